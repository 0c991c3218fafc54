/* A compact JWS taken apart without believing it: what inspect shows, what issuer add reads first. */
#ifndef CLI_COMMANDS_TOKEN_TEXT_H
#define CLI_COMMANDS_TOKEN_TEXT_H

#include "command.h"
#include "json/json_value.h"

struct token_text {
    const struct json_value *header; /* always an object */
    const struct json_value *claims; /* NULL when the payload is not a JSON object */
    struct text payload;             /* decoded bytes */
};

/* Splits and decodes; a static sentence about what is wrong, or NULL. Checks no signature and no rule. */
const char *token_text_read(struct arena *arena, struct text token, struct token_text *parts);
/* Header and claims, times in words, for people. */
void token_text_print(const struct invocation *invocation, const struct token_text *parts);

#endif
