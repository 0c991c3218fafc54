/* Finds the metadata and chooses the issuer; see shim_resource.h. */
#include "shim_resource.h"

#include "base/buffer.h"
#include "gateway.h"

static enum exit_code refuse(const struct invocation *invocation, struct text what, struct text why,
                             struct text next)
{
    terminal_complain(invocation->terminal, what, why, next);
    return EXIT_CODE_REFUSED;
}

/* Of "https://host:1/a" it is "https://host:1". TEXT_NONE for what has no host, or a user. */
static struct text origin_of(struct text url)
{
    size_t start = 0, end;
    while (start + 3 <= url.length && !text_equal((struct text){url.base + start, 3}, TEXT("://")))
        start++;
    for (end = start + 3; end < url.length; end++) {
        if (url.base[end] == '@')
            return TEXT_NONE;
        if (url.base[end] == '/' || url.base[end] == '?' || url.base[end] == '#')
            break;
    }
    return start == 0 || end <= start + 3 || end > url.length ? TEXT_NONE : (struct text){url.base, end};
}

struct text shim_host_of(struct text url)
{
    struct text rest = origin_of(url);
    if (rest.base == NULL)
        return TEXT_NONE;
    text_cut(&rest, '/');
    text_cut(&rest, '/');
    if (rest.length != 0 && rest.base[0] == '[') { /* an address of IPv6 has colons */
        struct text inside = rest, address = text_cut(&inside, ']');
        return address;
    }
    return text_cut(&rest, ':');
}

static struct text without_slash(struct text url)
{
    while (text_ends_with(url, TEXT("/")))
        url.length--;
    return url;
}

/* RFC 9728 section 3.3: who answers for another's resource is lying. A server may speak for all paths below
 * one. */
static bool is_about(struct text resource, struct text server)
{
    struct text about = without_slash(resource), here = without_slash(server);
    return text_equal(origin_of(about), origin_of(here)) && text_starts_with(here, about) &&
           (here.length == about.length || here.base[about.length] == '/' || here.base[about.length] == '?');
}

/* Where the host says what it knows of one of its resources (section 3.1). */
static struct text well_known_place(struct arena *arena, struct text resource)
{
    struct text origin = origin_of(resource);
    struct text path = {resource.base + origin.length, resource.length - origin.length};
    return arena_print(arena, "%.*s/.well-known/oauth-protected-resource%.*s", TEXT_ARGUMENTS(origin),
                       TEXT_ARGUMENTS(without_slash(path)));
}

/* Where the challenge says, else behind the host with the endpoint's path, else behind the host (section 3.1).
 */
static size_t list_places(struct arena *arena, struct text server, struct text metadata, struct text places[2])
{
    if (metadata.base != NULL) {
        places[0] = metadata;
        return 1;
    }
    places[0] = well_known_place(arena, server);
    places[1] = well_known_place(arena, origin_of(server));
    return 2;
}

/* Of several servers behind one host each writes below its own path, and whoever has the host at the well-known
 * ones: a token for more than the endpoint is not for the endpoint alone to ask for. */
static bool may_ask_for(struct arena *arena, struct text resource, struct text server, struct text metadata)
{
    return metadata.base == NULL || text_equal(without_slash(resource), without_slash(server)) ||
           text_equal(metadata, well_known_place(arena, server)) ||
           text_equal(metadata, well_known_place(arena, resource));
}

static enum exit_code fetch(const struct invocation *invocation, struct text server, struct text metadata,
                            struct reply *reply)
{
    struct text places[2];
    size_t count = list_places(invocation->arena, server, metadata, places);
    for (size_t i = 0; i < count; i++) {
        /* The challenge is the server's: it must not send us about. */
        if (!text_equal(origin_of(places[i]), origin_of(server)))
            return refuse(invocation, TEXT("the server's metadata are said to be at another server"), places[i],
                          TEXT_NONE);
        enum exit_code code = gateway_fetch(invocation, TEXT("GET"), places[i], NULL, 0, TEXT_NONE, reply);
        if (code != EXIT_CODE_FINE)
            return code;
        if (reply->status == 200 && reply->json != NULL)
            return EXIT_CODE_FINE;
    }
    return refuse(invocation, TEXT("the server wants a token and does not say who gives one"),
                  TEXT("it has no metadata as a protected resource (RFC 9728)"),
                  TEXT("bring a token with --token-file"));
}

static struct text choose_issuer(const struct json_value *issuers, struct text server, struct text allowed)
{
    for (const struct json_value *issuer = issuers != NULL ? issuers->first : NULL; issuer != NULL;
         issuer = issuer->next) {
        struct text name = json_string(issuer);
        bool is_allowed = allowed.base != NULL
                              ? text_equal(name, allowed)
                              : name.length != 0 && text_equal(shim_host_of(name), shim_host_of(server));
        if (is_allowed && text_starts_with(name, TEXT("https://")))
            return name;
    }
    return TEXT_NONE;
}

static enum exit_code refuse_issuers(const struct invocation *invocation, const struct json_value *issuers,
                                     struct text allowed)
{
    struct text named = json_string(issuers != NULL ? issuers->first : NULL);
    if (named.length == 0)
        return refuse(invocation, TEXT("the server names no authorization server"), TEXT_NONE,
                      TEXT("bring a token with --token-file"));
    return refuse(
        invocation,
        arena_print(invocation->arena, "the server sends its callers to %.*s for a login",
                    TEXT_ARGUMENTS(named)),
        allowed.base != NULL
            ? TEXT("which is not the issuer that is allowed here")
            : TEXT("which is at another host: where people log in is not for a server to choose"),
        arena_print(invocation->arena, "if that is whom you trust, say --issuer %.*s", TEXT_ARGUMENTS(named)));
}

static struct text list_scopes(struct arena *arena, const struct json_value *scopes)
{
    if (scopes == NULL)
        return TEXT_NONE;
    struct buffer out = buffer_in(arena, 256);
    for (const struct json_value *scope = scopes->first; scope != NULL; scope = scope->next)
        buffer_print(&out, "%s%.*s", out.length != 0 ? " " : "", TEXT_ARGUMENTS(json_string(scope)));
    return buffer_text(&out);
}

enum exit_code shim_resource_discover(const struct invocation *invocation, struct text server,
                                      struct text metadata, struct text allowed, struct shim_resource *resource)
{
    struct reply reply;
    enum exit_code code = fetch(invocation, server, metadata, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *issuers = json_member(reply.json, TEXT("authorization_servers"));
    *resource = (struct shim_resource){
        .resource = json_text_of(reply.json, "resource"),
        .issuer = choose_issuer(issuers, server, allowed),
        .scopes = list_scopes(invocation->arena, json_member(reply.json, TEXT("scopes_supported"))),
    };
    if (!is_about(resource->resource, server) ||
        !may_ask_for(invocation->arena, resource->resource, server, metadata))
        return refuse(invocation, TEXT("the server's metadata are another resource's"), resource->resource,
                      TEXT("name the server as it names itself"));
    return resource->issuer.base != NULL ? EXIT_CODE_FINE : refuse_issuers(invocation, issuers, allowed);
}
