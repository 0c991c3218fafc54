/* What a case of policy test says of a message to an MCP server; see policy_given.h. */
#include "policy_given.h"

static void read_name(struct policy_given *given, const struct json_value *value)
{
    given->facts.mcp.name = policy_given_text(given, "mcp.name", value);
}

static void read_method(struct policy_given *given, const struct json_value *value)
{
    given->facts.mcp.method = policy_given_text(given, "mcp.method", value);
}

static void read_generation(struct policy_given *given, const struct json_value *value)
{
    given->facts.mcp.generation = policy_given_text(given, "mcp.generation", value);
}

static void read_definition(struct policy_given *given, const struct json_value *value)
{
    given->facts.mcp.definition = policy_given_text(given, "mcp.definition", value);
}

static void read_listing(struct policy_given *given, const struct json_value *value)
{
    if (value->kind != JSON_BOOLEAN)
        policy_given_complain(given, "mcp.is_listing", TEXT("expected true or false"));
    given->facts.mcp.is_listing = json_is_true(value);
}

/* As a call has them. */
static void read_arguments(struct policy_given *given, const struct json_value *value)
{
    if (value->kind != JSON_OBJECT)
        policy_given_complain(given, "mcp.arguments", TEXT("expected a mapping"));
    given->arguments = value;
}

void policy_given_mcp(struct policy_given *given, const struct json_value *value)
{
    static const struct policy_member members[] = {{"name", read_name},
                                                   {"method", read_method},
                                                   {"generation", read_generation},
                                                   {"definition", read_definition},
                                                   {"is_listing", read_listing},
                                                   {"arguments", read_arguments},
                                                   {NULL, NULL}};
    policy_given_members(given, "mcp", value, members);
}

static struct text usual_method(const struct policy_facts *facts)
{
    static const struct {
        const char *action, *method, *list;
    } rows[] = {{"use_server", "initialize", "initialize"},
                {"call_tool", "tools/call", "tools/list"},
                {"read_resource", "resources/read", "resources/list"},
                {"get_prompt", "prompts/get", "prompts/list"},
                {"ask_sampling", "sampling/createMessage", "initialize"},
                {"ask_elicitation", "elicitation/create", "initialize"},
                {"ask_roots", "roots/list", "initialize"}};
    size_t i = 0;
    while (!text_is(text_of(facts->action), rows[i].action))
        i++;
    return text_of(facts->mcp.is_listing ? rows[i].list : rows[i].method);
}

/* The server is the target, by default the first that is one. */
static void take_server(struct policy_given *given)
{
    const struct document *target = documents_find(given->documents, DOCUMENT_TARGET, given->facts.target);
    for (size_t i = 0; !given->has_target && i < given->documents->count; i++) {
        const struct document *document = given->documents->items[i];
        if (document->kind == DOCUMENT_TARGET && document->target.mcp.is_server) {
            policy_given_take_target(given, document);
            return;
        }
    }
    if (target != NULL && !target->target.mcp.is_server)
        policy_given_complain(given, "target", TEXT("it is no MCP server: it has no spec.mcp"));
}

void policy_given_finish_mcp(struct policy_given *given)
{
    struct policy_mcp *mcp = &given->facts.mcp;
    const char *type;
    bool has_name;
    if (!policy_mcp_type(text_of(given->facts.action), &type, &has_name)) {
        if (mcp->name.length != 0 || given->arguments != NULL)
            policy_given_complain(given, "mcp", TEXT("this is of actions such as call_tool alone"));
        *mcp = (struct policy_mcp){.method = TEXT_NONE};
        return;
    }
    take_server(given);
    if (mcp->method.length == 0)
        mcp->method = usual_method(&given->facts);
    if (mcp->generation.length == 0)
        mcp->generation = TEXT("2026-07-28");
    if (!has_name && mcp->name.length != 0)
        policy_given_complain(given, "mcp.name", TEXT("this action is about the server as a whole"));
    if (has_name && mcp->name.length == 0)
        mcp->name = TEXT("example");
    if (given->arguments != NULL && (!has_name || mcp->is_listing))
        policy_given_complain(given, "mcp.arguments", TEXT("only a call of something has arguments"));
}
