/* The words of Cedar: what the policy parser and the schema parser are given instead of characters. Tokens are
 * spans of the text; a string keeps its quotes and escapes (string_literal.h). Cedar language reference,
 * "Grammar". */
#ifndef CEDAR_SYNTAX_LEXER_H
#define CEDAR_SYNTAX_LEXER_H

#include "cedar/policy.h"

enum cedar_token_kind {
    CEDAR_TOKEN_END,
    CEDAR_TOKEN_NAME, /* keywords too: which names are keywords depends on the place */
    CEDAR_TOKEN_SLOT, /* ?name */
    CEDAR_TOKEN_NUMBER,
    CEDAR_TOKEN_STRING,
    CEDAR_TOKEN_SIGN,
    CEDAR_TOKEN_UNCLOSED, /* a string without its second quote, to the end of its line */
    CEDAR_TOKEN_WRONG     /* one character no token begins with */
};

struct cedar_token {
    enum cedar_token_kind kind;
    struct cedar_span span;
};

/* The first token at or behind an offset, past white space and comments. The text is UTF-8. */
struct cedar_token cedar_token_at(struct text source, size_t offset);
/* How many bytes the character at an offset takes; 0 where it is no UTF-8. */
size_t cedar_character_length(struct text source, size_t offset);

static inline struct text cedar_span_text(struct text source, struct cedar_span span)
{
    return (struct text){source.base + span.offset, span.length};
}

#endif
