/* RFC 9728 metadata of MCP servers. A client may believe it because it stands below the endpoint that it asked
 * for (section 3.3), so resource is that endpoint byte for byte. */
#include "mcp/resource_metadata.h"

#include <string.h>

static struct text endpoint_of(const struct target *server)
{
    return server->document->target.audiences.items[0];
}

static size_t scheme_and_host(struct text url)
{
    const size_t scheme = sizeof("https://") - 1;
    const char *path = memchr(url.base + scheme, '/', url.length - scheme);
    return path == NULL ? url.length : (size_t)(path - url.base);
}

const struct target *mcp_resource_named(const struct world *world, struct text suffix)
{
    struct text name = suffix;
    while (memchr(name.base, '/', name.length) != NULL)
        text_cut(&name, '/');
    const struct target *target = world_target_named(world, name);
    if (target == NULL || !target->document->target.mcp.is_server || !target->document->target.is_enabled)
        return NULL;
    /* /mcp/NAME, or with what a proxy in front puts before that. */
    size_t shortest = sizeof("/mcp/") - 1 + name.length;
    return suffix.length >= shortest && text_ends_with(endpoint_of(target), suffix) ? target : NULL;
}

struct text mcp_resource_metadata_url(struct arena *arena, const struct target *server)
{
    struct text endpoint = endpoint_of(server);
    size_t host = scheme_and_host(endpoint);
    const struct text parts[] = {{endpoint.base, host},
                                 TEXT("/.well-known/oauth-protected-resource"),
                                 {endpoint.base + host, endpoint.length - host}};
    return arena_join(arena, parts, 3);
}

enum { RULE_LISTS = 3 };

static const struct mapping_list *rules_of(const struct target *server, size_t list)
{
    const struct mcp_document *mcp = &server->document->target.mcp;
    const struct mapping_list *const lists[RULE_LISTS] = {&mcp->tools, &mcp->resources, &mcp->prompts};
    return lists[list];
}

static void add_scopes(const struct target *server, const struct text_list *scopes, struct scope_set *set)
{
    for (size_t i = 0; i < scopes->count && set->count < SCOPES_MAX; i++) {
        struct text scope = scopes->items[i];
        if (scope_set_has(&server->scopes, scope) && !scope_set_has(set, scope) &&
            !text_is(scope, "offline_access"))
            set->scopes[set->count++] = scope;
    }
}

void mcp_all_scopes(const struct target *server, struct scope_set *all)
{
    all->count = 0;
    for (size_t list = 0; list < RULE_LISTS; list++) {
        const struct mapping_list *rules = rules_of(server, list);
        const struct mcp_rule *items = rules->items;
        for (size_t i = 0; i < rules->count; i++)
            add_scopes(server, &items[i].scopes, all);
    }
}

void mcp_least_scopes(const struct target *server, struct scope_set *least)
{
    const struct text_list *fewest = NULL;
    for (size_t list = 0; list < RULE_LISTS; list++) {
        const struct mapping_list *rules = rules_of(server, list);
        const struct mcp_rule *items = rules->items;
        for (size_t i = 0; i < rules->count; i++)
            if (fewest == NULL || items[i].scopes.count < fewest->count)
                fewest = &items[i].scopes;
    }
    least->count = 0;
    if (fewest != NULL)
        add_scopes(server, fewest, least);
}

static void write_one(struct json_writer *writer, const char *name, struct text value)
{
    json_name(writer, text_of(name));
    json_begin_array(writer);
    json_write_text(writer, value);
    json_end_array(writer);
}

void mcp_write_resource_metadata(const struct world *world, const struct target *server,
                                 struct json_writer *writer)
{
    struct scope_set scopes;
    mcp_all_scopes(server, &scopes);
    json_member_text(writer, "resource", endpoint_of(server));
    write_one(writer, "authorization_servers", world->issuer);
    if (scopes.count != 0) {
        json_name(writer, TEXT("scopes_supported"));
        json_begin_array(writer);
        for (size_t i = 0; i < scopes.count; i++)
            json_write_text(writer, scopes.scopes[i]);
        json_end_array(writer);
    }
    write_one(writer, "bearer_methods_supported", TEXT("header"));
    json_member_text(writer, "resource_name", server->document->name);
}
