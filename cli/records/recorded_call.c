/* A call has a method, and a path or, of an MCP server, what it names there. */
#include "records/recorded_call.h"

struct text recorded_call(struct arena *arena, const struct json_value *record)
{
    static const char *const named[] = {"path", "tool", "resource", "prompt"};
    const struct json_value *call = json_member(record, TEXT("call"));
    struct text method = json_text_of(call, "method");
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        struct text name = json_text_of(call, named[i]);
        if (name.length != 0)
            return arena_print(arena, "%.*s %.*s", TEXT_ARGUMENTS(method), TEXT_ARGUMENTS(name));
    }
    return method.length != 0 ? method : TEXT_NONE;
}
