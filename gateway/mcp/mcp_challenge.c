/* Challenges of an MCP server. What stands in them is quotable by itself: scopes and URLs by their grammar,
 * sentences of the fault list by theirs. */
#include "mcp_challenge.h"

#include "mcp/resource_metadata.h"

static void begin(struct buffer *header)
{
    buffer_append(header, TEXT("Bearer realm=\"dragoman\""));
}

static void add(struct buffer *header, const char *name, struct text value)
{
    if (value.length != 0)
        buffer_print(header, ", %s=\"%.*s\"", name, TEXT_ARGUMENTS(value));
}

static void add_metadata(struct buffer *header, struct arena *arena, const struct target *server)
{
    add(header, "resource_metadata", mcp_resource_metadata_url(arena, server));
}

struct text mcp_challenge_unauthorized(struct arena *arena, const struct target *server,
                                       const struct oauth_error *error)
{
    struct buffer header = buffer_in(arena, 512);
    struct scope_set least;
    begin(&header);
    if (error != NULL) {
        add(&header, "error", error->error);
        add(&header, "error_description", error->description);
        add(&header, "acr_values", error->acr_values); /* RFC 9470 section 3 */
        if (error->maximum_age_s != 0)
            add(&header, "max_age", arena_print(arena, "%lld", (long long)error->maximum_age_s));
    }
    mcp_least_scopes(server, &least);
    add(&header, "scope", scope_set_text(arena, &least));
    add_metadata(&header, arena, server);
    return buffer_text(&header);
}

/* Held first: what a client has, in the order in which it has it. */
static void add_scopes(struct scope_set *all, const struct scope_set *more)
{
    for (size_t i = 0; i < more->count && all->count < SCOPES_MAX; i++)
        if (!scope_set_has(all, more->scopes[i]) && !text_is(more->scopes[i], "offline_access"))
            all->scopes[all->count++] = more->scopes[i];
}

struct text mcp_challenge_insufficient(struct arena *arena, const struct target *server,
                                       const struct scope_set *held, struct text needed)
{
    struct buffer header = buffer_in(arena, 512);
    struct scope_set all = {.count = 0}, wanted;
    if (scope_set_parse(needed, &wanted) != FAULT_NONE) /* of documents, where it was parsed before */
        wanted.count = 0;
    add_scopes(&all, held);
    add_scopes(&all, &wanted);
    begin(&header);
    add(&header, "error", TEXT("insufficient_scope"));
    add(&header, "error_description", text_of(fault_row(FAULT_CALL_SCOPE)->sentence));
    add(&header, "scope", scope_set_text(arena, &all));
    add_metadata(&header, arena, server);
    return buffer_text(&header);
}
