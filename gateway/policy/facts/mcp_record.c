/* What was looked at of a message to an MCP server. Of the arguments those that a policy asks for by name: the
 * others decide nothing, and may be anything of anybody (decision 0049). */
#include "mcp_record.h"

/* In one record; of more only the number is told, and the record cannot be decided again. */
enum { ARGUMENTS_BYTES_MAX = 8192 };

/* -- writing */

static bool is_too_long(const struct policy_mcp *mcp)
{
    size_t bytes = 0;
    for (size_t i = 0; i < mcp->argument_count; i++)
        if (mcp->arguments[i].is_recorded)
            bytes += mcp->arguments[i].pointer.length + mcp->arguments[i].value.length;
    return bytes > ARGUMENTS_BYTES_MAX;
}

static bool has_recorded(const struct policy_mcp *mcp)
{
    for (size_t i = 0; i < mcp->argument_count; i++)
        if (mcp->arguments[i].is_recorded)
            return true;
    return false;
}

static void write_arguments(const struct policy_mcp *mcp, struct json_writer *writer)
{
    if (!has_recorded(mcp))
        return;
    if (is_too_long(mcp)) {
        json_member_integer(writer, "argument_count", (int64_t)mcp->argument_count);
        return;
    }
    json_name(writer, TEXT("arguments"));
    json_begin_object(writer);
    for (size_t i = 0; i < mcp->argument_count; i++) {
        const struct policy_argument *argument = &mcp->arguments[i];
        if (!argument->is_recorded)
            continue;
        json_name(writer, argument->pointer);
        if (argument->is_number)
            json_write_integer(writer, argument->number);
        else
            json_write_text(writer, argument->value);
    }
    json_end_object(writer);
}

void mcp_record_write(const struct policy_facts *facts, struct json_writer *writer)
{
    const struct policy_mcp *mcp = &facts->mcp;
    if (mcp->method.length == 0)
        return;
    json_name(writer, TEXT("mcp"));
    json_begin_object(writer);
    json_member_text(writer, "action", text_of(facts->action));
    json_member_text(writer, "method", mcp->method);
    json_member_text(writer, "generation", mcp->generation);
    json_member_text_if(writer, "name", mcp->name);
    json_member_text_if(writer, "definition", mcp->definition);
    if (mcp->is_listing)
        json_member_boolean(writer, "is_listing", true);
    write_arguments(mcp, writer);
    json_end_object(writer);
}

/* -- reading */

static bool read_argument(const struct json_value *json, struct policy_argument *argument)
{
    *argument = (struct policy_argument){.pointer = json->name, .value = json->text, .is_recorded = true};
    argument->is_number = json->kind == JSON_NUMBER && json_integer(json, &argument->number);
    return json_is_string(json) || argument->is_number;
}

static bool read_arguments(struct arena *arena, const struct json_value *json, struct policy_mcp *mcp)
{
    if (json == NULL)
        return true;
    if (json->kind != JSON_OBJECT || json->count > POLICY_ARGUMENTS_MAX)
        return false;
    struct policy_argument *arguments = ARENA_ARRAY(arena, struct policy_argument, json->count + 1u);
    for (const struct json_value *one = json->first; one != NULL; one = one->next)
        if (!read_argument(one, &arguments[mcp->argument_count++]))
            return false;
    mcp->arguments = arguments;
    return true;
}

bool mcp_record_read(struct arena *arena, const struct json_value *json, struct policy_facts *facts)
{
    const struct json_value *member = json_member(json, TEXT("mcp"));
    struct policy_mcp *mcp = &facts->mcp;
    const char *type;
    bool has_name;
    if (member == NULL)
        return true;
    facts->action = policy_mcp_action(json_text_of(member, "action"));
    if (facts->action == NULL || !policy_mcp_type(text_of(facts->action), &type, &has_name))
        return false;
    facts->call = (struct policy_call){.method = TEXT_NONE};
    mcp->method = json_text_of(member, "method");
    mcp->generation = json_text_of(member, "generation");
    mcp->name = json_text_of(member, "name");
    mcp->definition = json_text_of(member, "definition");
    mcp->is_listing = json_is_true(json_member(member, TEXT("is_listing")));
    return mcp->method.length != 0 && mcp->generation.length != 0 && has_name == (mcp->name.length != 0) &&
           json_member(member, TEXT("argument_count")) == NULL &&
           read_arguments(arena, json_member(member, TEXT("arguments")), mcp);
}
