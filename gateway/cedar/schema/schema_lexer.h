/* The words of a schema's text. White space and comments are skipped; every token knows where it stands. */
#ifndef CEDAR_SCHEMA_LEXER_H
#define CEDAR_SCHEMA_LEXER_H

#include "cedar/policy.h"

enum schema_token_kind {
    SCHEMA_END,
    SCHEMA_NAME,   /* text: as it is written, keywords included */
    SCHEMA_STRING, /* text: unescaped */
    SCHEMA_COLONS, /* "::" */
    SCHEMA_MARK    /* mark: one of , ; : { } [ ] < > = ? @ ( ) */
};

struct schema_token {
    enum schema_token_kind kind;
    char mark;
    struct text text;
    struct cedar_span span;
};

struct schema_lexer {
    struct arena *arena;
    struct text source;
    size_t offset;
    struct cedar_mistake *mistake;
};

/* POLICY_INVALID and a mistake for what is no word. */
MUST_USE enum fault schema_lexer_next(struct schema_lexer *lexer, struct schema_token *token);
/* Fills in a mistake and gives POLICY_INVALID, for whoever reads on from here. */
enum fault schema_mistake(struct cedar_mistake *mistake, struct text source, struct cedar_span span,
                          struct text sentence);

#endif
