/* Read as strictly as what clients send: a server is not trusted either, and two readers of one answer would be
 * as bad here. Who may be asked what is decided before anything is passed on. */
#include "mcp_answer.h"

#include <string.h>

#include "mcp_error.h"
#include "message_edit.h"

/* -- reading */

static bool is_object(const struct json_value *value)
{
    return value != NULL && value->kind == JSON_OBJECT;
}

static bool is_id(const struct json_value *id)
{
    return id != NULL && id->text.length <= MCP_ID_BYTES_MAX &&
           (id->kind == JSON_STRING || id->kind == JSON_NUMBER);
}

static enum fault read_result(struct mcp_answer *answer)
{
    answer->kind = MCP_ANSWER_RESULT;
    if (!is_object(answer->result) || answer->id == NULL)
        return FAULT_MCP_UPSTREAM_ANSWER;
    struct text type = json_text_of(answer->result, "resultType");
    answer->is_input_required = type.base != NULL && text_is(type, "input_required");
    if (!answer->is_input_required)
        return FAULT_NONE;
    answer->input_requests = json_member(answer->result, TEXT("inputRequests"));
    const struct json_value *state = json_member(answer->result, TEXT("requestState"));
    if ((answer->input_requests != NULL && !is_object(answer->input_requests)) ||
        (state != NULL && state->kind != JSON_STRING))
        return FAULT_MCP_UPSTREAM_ANSWER;
    answer->request_state = json_string(state);
    return FAULT_NONE;
}

static enum fault read_error(struct mcp_answer *answer)
{
    answer->kind = MCP_ANSWER_ERROR;
    answer->message = json_text_of(answer->error, "message");
    bool has_code = json_integer(json_member(answer->error, TEXT("code")), &answer->code);
    return has_code && answer->message.base != NULL ? FAULT_NONE : FAULT_MCP_UPSTREAM_ANSWER;
}

static enum fault read_asking(struct mcp_answer *answer, const struct json_value *method)
{
    answer->kind = answer->id != NULL ? MCP_ANSWER_REQUEST : MCP_ANSWER_NOTIFICATION;
    answer->method = json_string(method);
    answer->params = json_member(answer->whole, TEXT("params"));
    bool is_one = answer->method.length != 0 && answer->method.length <= MCP_ID_BYTES_MAX &&
                  (answer->params == NULL || is_object(answer->params));
    return is_one ? FAULT_NONE : FAULT_MCP_UPSTREAM_ANSWER;
}

static enum fault read_kind(struct mcp_answer *answer)
{
    const struct json_value *id = json_member(answer->whole, TEXT("id"));
    const struct json_value *method = json_member(answer->whole, TEXT("method"));
    answer->result = json_member(answer->whole, TEXT("result"));
    answer->error = json_member(answer->whole, TEXT("error"));
    bool is_nobodys = id != NULL && id->kind == JSON_NULL && answer->error != NULL;
    if (id != NULL && !is_nobodys && !is_id(id))
        return FAULT_MCP_UPSTREAM_ANSWER;
    answer->id = is_nobodys ? NULL : id;
    if ((method != NULL) + (answer->result != NULL) + (answer->error != NULL) != 1)
        return FAULT_MCP_UPSTREAM_ANSWER;
    if (method != NULL)
        return read_asking(answer, method);
    return answer->result != NULL ? read_result(answer) : read_error(answer);
}

enum fault mcp_answer_read(struct arena *arena, struct text body, size_t bytes, struct mcp_answer *answer)
{
    const struct json_limits limits = {
        .bytes = bytes, .depth = MCP_DEPTH_MAX, .members = MCP_VALUES_MAX, .takes_nul = true};
    *answer = (struct mcp_answer){0};
    if (json_parse(arena, body, &limits, &answer->whole) != FAULT_NONE ||
        !text_is(json_text_of(answer->whole, "jsonrpc"), "2.0"))
        return FAULT_MCP_UPSTREAM_ANSWER;
    return read_kind(answer);
}

bool mcp_answer_is_to(const struct mcp_answer *answer, const struct json_value *id)
{
    return (answer->kind == MCP_ANSWER_RESULT || answer->kind == MCP_ANSWER_ERROR) && answer->id != NULL &&
           id != NULL && json_equal(answer->id, id);
}

/* -- what a server asks for */

struct asked_row {
    const char *method, *capability;
    size_t permission; /* of struct mcp_permitted */
};

static const struct asked_row asked_rows[] = {
    {"sampling/createMessage", "sampling", offsetof(struct mcp_permitted, sampling)},
    {"elicitation/create", "elicitation", offsetof(struct mcp_permitted, elicitation)},
    {"roots/list", "roots", offsetof(struct mcp_permitted, roots)},
};

static bool is_method_permitted(struct text method, const struct mcp_permitted *permitted, struct text *missing)
{
    for (size_t i = 0; i < sizeof(asked_rows) / sizeof(asked_rows[0]); i++) {
        const struct asked_row *row = &asked_rows[i];
        if (method.base == NULL || !text_is(method, row->method))
            continue;
        *missing = text_of(row->capability);
        return *(const bool *)((const char *)permitted + row->permission);
    }
    *missing = method;
    return false;
}

bool mcp_answer_is_permitted(const struct mcp_answer *answer, const struct mcp_permitted *permitted,
                             struct text *missing)
{
    struct text unused;
    struct text *name = missing != NULL ? missing : &unused;
    if (answer->kind == MCP_ANSWER_REQUEST)
        return text_is(answer->method, "ping") || is_method_permitted(answer->method, permitted, name);
    const struct json_value *asked = answer->input_requests != NULL ? answer->input_requests->first : NULL;
    for (; asked != NULL; asked = asked->next)
        if (!is_method_permitted(json_text_of(asked, "method"), permitted, name))
            return false;
    return true;
}

struct text mcp_answer_refuse(struct arena *arena, const struct mcp_answer *request)
{
    const struct mcp_error error = {.code = MCP_CODE_METHOD, .message = TEXT("Method not found")};
    return mcp_error_write(arena, &error, request->id);
}

/* -- what a server does not know */

/* Whether text is NAME with these words around it. */
static bool is_about(struct text text, const char *before, struct text name, const char *behind)
{
    struct text head = text_of(before), tail = text_of(behind);
    if (text.length != head.length + name.length + tail.length || !text_starts_with(text, head) ||
        !text_ends_with(text, tail))
        return false;
    return text_equal((struct text){text.base + head.length, name.length}, name);
}

struct unknown_words {
    enum mcp_named named;
    const char *before, *behind;
};

/* Of the official SDKs: the older one puts a prefix before it, and says it of tools in a result. A tool that
 * was switched off is as good as none. */
static const struct unknown_words unknown_words[] = {
    {MCP_NAMED_TOOL, "Unknown tool: ", ""},           {MCP_NAMED_TOOL, "Tool ", " not found"},
    {MCP_NAMED_TOOL, "Tool ", " disabled"},           {MCP_NAMED_TOOL, "Tool not found: ", ""},
    {MCP_NAMED_PROMPT, "Unknown prompt: ", ""},       {MCP_NAMED_PROMPT, "Prompt ", " not found"},
    {MCP_NAMED_PROMPT, "Prompt ", " disabled"},       {MCP_NAMED_PROMPT, "Prompt not found: ", ""},
    {MCP_NAMED_RESOURCE, "Resource not found: ", ""}, {MCP_NAMED_RESOURCE, "Unknown resource: ", ""},
    {MCP_NAMED_RESOURCE, "Resource ", " not found"},  {MCP_NAMED_RESOURCE, "Resource ", " disabled"},
};

static bool says_unknown(struct text said, const struct mcp_message *message)
{
    struct text prefix = TEXT("MCP error -32602: ");
    if (text_starts_with(said, prefix))
        said = (struct text){said.base + prefix.length, said.length - prefix.length};
    for (size_t i = 0; i < sizeof(unknown_words) / sizeof(unknown_words[0]); i++) {
        const struct unknown_words *words = &unknown_words[i];
        if (words->named == message->named && is_about(said, words->before, message->name, words->behind))
            return true;
    }
    return false;
}

bool mcp_answer_says_unknown(const struct mcp_answer *answer, const struct mcp_message *message)
{
    if (message->named == MCP_NAMED_NOTHING)
        return false;
    if (answer->kind == MCP_ANSWER_ERROR) {
        bool is_code = message->named == MCP_NAMED_RESOURCE && answer->code == MCP_CODE_RESOURCE;
        return is_code || (answer->code == MCP_CODE_PARAMS && says_unknown(answer->message, message));
    }
    if (answer->kind != MCP_ANSWER_RESULT || message->named != MCP_NAMED_TOOL ||
        !json_is_true(json_member(answer->result, TEXT("isError"))))
        return false;
    const struct json_value *content = json_member(answer->result, TEXT("content"));
    if (content == NULL || content->kind != JSON_ARRAY || content->count != 1)
        return false;
    return says_unknown(json_text_of(content->first, "text"), message);
}

/* -- writing */

struct text mcp_answer_write(struct arena *arena, const struct mcp_answer *answer)
{
    return message_edit_text(arena, answer->whole, NULL, 0);
}

struct text mcp_answer_write_with(struct arena *arena, const struct mcp_answer *answer, const char *member,
                                  const struct json_value *value)
{
    const struct message_edit edit = {{"result", member, NULL}, value};
    return message_edit_text(arena, answer->whole, &edit, 1);
}
