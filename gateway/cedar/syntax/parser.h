/* What all parsers of Cedar's policy language share: where they are in the text, the token there, names, and
 * how a mistake is said. Recursive descent, one token ahead, the first mistake ends it. */
#ifndef CEDAR_SYNTAX_PARSER_H
#define CEDAR_SYNTAX_PARSER_H

#include "syntax/lexer.h"

struct cedar_parser {
    struct arena *arena;
    struct text source;
    struct cedar_token token; /* the next one */
    uint32_t end;             /* of the token before it */
    unsigned nesting;         /* expressions within expressions here */
    size_t repeated;          /* expressions that stand in trees more than once, counted as often as they do */
    struct cedar_mistake *mistake;
};

/* Copies the text and reads the first token. POLICY_INVALID for one that is too long or not UTF-8. */
MUST_USE enum fault cedar_parser_begin(struct cedar_parser *parser, struct arena *arena, struct text text,
                                       struct cedar_mistake *mistake);
void cedar_parser_advance(struct cedar_parser *parser);
/* Whether the next token is this sign or word. */
bool cedar_parser_at(const struct cedar_parser *parser, const char *written);
/* The same, and past it if it is. */
bool cedar_parser_accept(struct cedar_parser *parser, const char *written);
/* expected: what stands there or might have instead, for people ("\")\" or an operator"). */
MUST_USE enum fault cedar_parser_expect(struct cedar_parser *parser, const char *written, const char *expected);

/* From a place to the end of the last token. */
struct cedar_span cedar_parser_span_since(const struct cedar_parser *parser, uint32_t offset);
struct text cedar_parser_token_text(const struct cedar_parser *parser);

/* All of these give POLICY_INVALID. The first says what the next token is, and guesses what was meant. */
MUST_USE enum fault cedar_parser_unexpected(struct cedar_parser *parser, const char *expected);
/* The same, with the candidates for the word that is expected, ended by NULL. */
MUST_USE enum fault cedar_parser_unexpected_word(struct cedar_parser *parser, const char *expected,
                                                 const char *const *candidates);
MUST_USE enum fault cedar_parser_fail(struct cedar_parser *parser, struct cedar_span span,
                                      struct text suggestion, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* For something that would stand behind the last token. */
MUST_USE enum fault cedar_parser_missing(struct cedar_parser *parser, const char *expected,
                                         struct text suggestion);
/* "Did you mean X?" for the nearest candidate, else TEXT_NONE. */
struct text cedar_parser_did_you_mean(const struct cedar_parser *parser, struct text name,
                                      const char *const *candidates);

/* One name that is not reserved. */
MUST_USE enum fault cedar_parse_name(struct cedar_parser *parser, const char *expected, struct text *name);
/* A::B::C, without the spaces between. Stops at a "::" without a name behind it, and *goes_on says so: past the
 * "::". */
MUST_USE enum fault cedar_parse_path(struct cedar_parser *parser, const char *expected, struct text *path,
                                     bool *goes_on);
/* A path that is whole. */
MUST_USE enum fault cedar_parse_type(struct cedar_parser *parser, struct text *type);
/* The string that is the next token. */
MUST_USE enum fault cedar_parse_string(struct cedar_parser *parser, const char *expected, struct text *value);
/* Before and after what may contain itself. */
MUST_USE enum fault cedar_parser_enter(struct cedar_parser *parser);
void cedar_parser_leave(struct cedar_parser *parser);

#endif
