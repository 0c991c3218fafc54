/* Messages to MCP servers as Cedar has them. Entities are named after their target, so that a policy can say
 * `resource in Server::"files"`. */
#include "mcp_request.h"

#include "base/fault.h"

static const struct {
    const char *action, *type;
    const char *attribute; /* that names it; NULL: it is the server */
} rows[] = {
    {"use_server", "Server", NULL},   {"call_tool", "Tool", "name"},    {"read_resource", "Resource", "uri"},
    {"get_prompt", "Prompt", "name"}, {"ask_sampling", "Server", NULL}, {"ask_elicitation", "Server", NULL},
    {"ask_roots", "Server", NULL},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static size_t find_row(struct text action)
{
    size_t i = 0;
    while (i < ROWS && !text_is(action, rows[i].action))
        i++;
    return i;
}

const char *policy_mcp_action(struct text name)
{
    size_t i = find_row(name);
    return i == ROWS ? NULL : rows[i].action;
}

bool policy_mcp_type(struct text action, const char **type, bool *has_name)
{
    size_t i = find_row(action);
    if (i == ROWS)
        return false;
    *type = rows[i].type;
    *has_name = rows[i].attribute != NULL;
    return true;
}

struct cedar_uid mcp_request_resource(struct arena *arena, struct cedar_entities *entities,
                                      const struct policy_facts *facts)
{
    size_t i = find_row(text_of(facts->action));
    struct cedar_uid *server = ARENA_NEW(arena, struct cedar_uid);
    *server = uid_of("Server", facts->target);
    if (i == ROWS || rows[i].attribute == NULL)
        return *server;
    const struct text parts[] = {facts->target, TEXT("/"), facts->mcp.name};
    struct members members = members_begin(arena, 1);
    struct cedar_entity entity = {
        .uid = uid_of(rows[i].type, arena_join(arena, parts, 3)), .parents = server, .parent_count = 1};
    members_add_text(&members, rows[i].attribute, facts->mcp.name);
    entity.attributes = members_end(arena, &members).record;
    (void)cedar_entities_add(entities, &entity);
    return entity.uid;
}

/* One entity whose tags are the arguments, or the numbers among them. */
static struct cedar_value arguments_of(struct arena *arena, struct cedar_entities *entities,
                                       const struct policy_mcp *mcp, bool are_numbers)
{
    struct cedar_attribute *tags = ARENA_ARRAY(arena, struct cedar_attribute, mcp->argument_count + 1);
    struct cedar_entity entity = {.uid = uid_of(are_numbers ? "Numbers" : "Arguments", TEXT("call"))};
    struct cedar_value record;
    size_t count = 0;
    for (size_t i = 0; i < mcp->argument_count; i++) {
        const struct policy_argument *argument = &mcp->arguments[i];
        if (!are_numbers)
            tags[count++] = (struct cedar_attribute){argument->pointer, cedar_string(argument->value)};
        else if (argument->is_number)
            tags[count++] = (struct cedar_attribute){argument->pointer, cedar_long(argument->number)};
    }
    INVARIANT(cedar_record_value(arena, tags, count, &record)); /* no object has a name twice */
    entity.tags = record.record;
    (void)cedar_entities_add(entities, &entity);
    return entity_of(arena, are_numbers ? "Numbers" : "Arguments", TEXT("call"));
}

void mcp_request_context(struct arena *arena, struct cedar_entities *entities, const struct policy_facts *facts,
                         struct members *members)
{
    const struct policy_mcp *mcp = &facts->mcp;
    struct members message = members_begin(arena, 4);
    members_add_text(&message, "method", mcp->method);
    members_add_text(&message, "generation", mcp->generation);
    members_add(&message, "is_listing", cedar_boolean(mcp->is_listing));
    members_add_text_if(&message, "definition", mcp->definition);
    members_add(members, "mcp", members_end(arena, &message));
    members_add(members, "arguments", arguments_of(arena, entities, mcp, false));
    members_add(members, "numbers", arguments_of(arena, entities, mcp, true));
}
