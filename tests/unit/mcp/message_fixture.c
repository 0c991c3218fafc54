/* What tests of messages begin with. */
#include "message_fixture.h"

#include <string.h>

struct mcp_message fixture_message(struct arena *arena, const char *body)
{
    struct mcp_message message;
    INVARIANT(mcp_message_read(arena, text_of(body), FIXTURE_BYTES_MAX, &message) == FAULT_NONE);
    return message;
}

struct mcp_answer fixture_answer(struct arena *arena, const char *body)
{
    struct mcp_answer answer;
    INVARIANT(mcp_answer_read(arena, text_of(body), FIXTURE_BYTES_MAX, &answer) == FAULT_NONE);
    return answer;
}

const struct json_value *fixture_json(struct arena *arena, const char *text)
{
    const struct json_value *value;
    INVARIANT(json_parse(arena, text_of(text), &json_limits_document, &value) == FAULT_NONE);
    return value;
}

struct text fixture_headers_find(const void *context, const char *name, size_t nth)
{
    for (const struct fixture_header *row = context; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0 && nth-- == 0)
            return text_of(row->value);
    return TEXT_NONE;
}
