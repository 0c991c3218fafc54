/* A server's message: what is read is the same after it was written here. A list that was filtered has no entry
 * that was not kept, and is private; what is not permitted is not asked for in another spelling. */
#include "message/mcp_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { BYTES_MAX = 1 << 20 };

static bool keeps(void *context, enum mcp_named named, struct text name, const struct json_value *entry)
{
    (void)context, (void)named, (void)entry;
    return name.length % 2 == 0;
}

static struct mcp_answer read_again(struct arena *arena, struct text text)
{
    struct mcp_answer answer;
    INVARIANT(mcp_answer_read(arena, text, BYTES_MAX, &answer) == FAULT_NONE);
    return answer;
}

static void check_private(const struct mcp_answer *answer)
{
    int64_t ttl = -1;
    INVARIANT(text_is(json_text_of(answer->result, "cacheScope"), "private"));
    INVARIANT(json_integer(json_member(answer->result, TEXT("ttlMs")), &ttl) && ttl >= 0 && ttl <= 1000);
}

static void check_list(struct arena *arena, const struct mcp_answer *answer, struct text method,
                       const char *name)
{
    const struct mcp_list_view view = {MCP_NEW, 1000, keeps, NULL};
    struct text text;
    if (mcp_list_write(arena, answer, method, &view, &text) != FAULT_NONE)
        return;
    struct mcp_answer again = read_again(arena, text);
    if (again.kind != MCP_ANSWER_RESULT)
        return;
    check_private(&again);
    const struct json_value *list = json_member(again.result, text_of(mcp_list_member(method)));
    for (const struct json_value *entry = list->first; entry != NULL; entry = entry->next)
        INVARIANT(json_text_of(entry, name).length != 0 && json_text_of(entry, name).length % 2 == 0);
}

static void check_description(struct arena *arena, const struct mcp_answer *answer)
{
    static const char *const hidden[] = {"prompts", NULL};
    const struct mcp_list_view view = {.generation = MCP_NEW, .ttl_ms_max = 1000};
    struct text text;
    if (mcp_list_write_description(arena, answer, &view, hidden, &text) != FAULT_NONE)
        return;
    struct mcp_answer again = read_again(arena, text);
    if (again.kind != MCP_ANSWER_RESULT)
        return;
    check_private(&again);
    INVARIANT(json_member(json_member(again.result, TEXT("capabilities")), TEXT("prompts")) == NULL);
}

static void check_asked(struct arena *arena, const struct mcp_answer *answer)
{
    const struct mcp_permitted nothing = {0};
    struct text missing = TEXT_NONE;
    if (mcp_answer_is_permitted(answer, &nothing, &missing)) {
        INVARIANT(answer->kind != MCP_ANSWER_REQUEST || text_is(answer->method, "ping"));
        INVARIANT(answer->input_requests == NULL || answer->input_requests->count == 0);
    }
    if (answer->kind == MCP_ANSWER_REQUEST)
        INVARIANT(read_again(arena, mcp_answer_refuse(arena, answer)).kind == MCP_ANSWER_ERROR);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer;
    if (mcp_answer_read(arena, (struct text){(const char *)bytes, size}, BYTES_MAX, &answer) != FAULT_NONE)
        return 0;
    struct mcp_answer again = read_again(arena, mcp_answer_write(arena, &answer));
    INVARIANT(again.kind == answer.kind && text_equal(again.method, answer.method) &&
              text_equal(again.request_state, answer.request_state));
    check_asked(arena, &answer);
    if (answer.kind == MCP_ANSWER_REQUEST || answer.kind == MCP_ANSWER_NOTIFICATION)
        return 0;
    check_list(arena, &answer, TEXT("tools/list"), "name");
    check_list(arena, &answer, TEXT("prompts/list"), "name");
    check_list(arena, &answer, TEXT("resources/list"), "uri");
    check_list(arena, &answer, TEXT("resources/templates/list"), "uriTemplate");
    check_description(arena, &answer);
    return 0;
}
