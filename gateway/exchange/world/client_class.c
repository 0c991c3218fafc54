/* See client_class.h. */
#include "exchange/client_class.h"

#include <string.h>

struct text client_url_host(struct text url)
{
    struct text scheme = TEXT("https://");
    if (!text_starts_with(url, scheme))
        return TEXT_NONE;
    struct text rest = {url.base + scheme.length, url.length - scheme.length};
    return text_cut(&rest, '/');
}

/* User and password would show people another host than the one that is asked. One spelling alone, as two would
 * be two clients. */
static bool is_host(struct text host)
{
    for (size_t i = 0; i < host.length; i++) {
        char byte = host.base[i];
        bool is_name = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (!is_name && (byte == '\0' || strchr("-._:[]", byte) == NULL))
            return false;
    }
    return host.length != 0 && host.base[0] != ':';
}

/* Browsers, and servers that decode before they look, take an encoded dot for one. */
static bool is_dot_segment(struct text segment)
{
    size_t dots = 0, i = 0;
    while (i < segment.length) {
        bool is_encoded = segment.length - i >= 3 &&
                          text_equal_ignoring_case((struct text){segment.base + i, 3}, TEXT("%2e"));
        if (!is_encoded && segment.base[i] != '.')
            return false;
        i += is_encoded ? 3 : 1;
        dots++;
    }
    return dots == 1 || dots == 2;
}

static bool has_dot_segment(struct text path)
{
    while (path.length != 0)
        if (is_dot_segment(text_cut(&path, '/')))
            return true;
    return false;
}

bool client_url_is_well_formed(struct text url)
{
    struct text host = client_url_host(url);
    if (url.length > CLIENT_URL_BYTES_MAX || !is_host(host) || !text_is_absolute_uri(url))
        return false;
    size_t before = sizeof("https://") - 1 + host.length;
    struct text path = {url.base + before, url.length - before};
    return path.length > 1 && memchr(path.base, '?', path.length) == NULL &&
           memchr(path.base, '#', path.length) == NULL && memchr(path.base, '\\', path.length) == NULL &&
           !has_dot_segment(path);
}

bool world_has_browser_clients(const struct world *world)
{
    for (size_t i = 0; i < world->client_count; i++) {
        const struct client_document *document = &world->clients[i].document->client;
        if (document->is_enabled && (document->redirect_uris.count != 0 || client_document_is_class(document)))
            return true;
    }
    return false;
}

static const struct client *by_url(const struct world *world, struct text url)
{
    for (size_t i = 0; i < world->client_count; i++)
        if (text_list_has(&world->clients[i].document->client.metadata_urls, url))
            return &world->clients[i];
    return NULL;
}

static const struct client *by_host(const struct world *world, struct text host)
{
    for (size_t i = 0; i < world->client_count; i++)
        if (text_list_has(&world->clients[i].document->client.metadata_hosts, host))
            return &world->clients[i];
    return NULL;
}

static const struct client *registered(const struct world *world)
{
    for (size_t i = 0; i < world->client_count; i++)
        if (world->clients[i].document->client.has_registered)
            return &world->clients[i];
    return NULL;
}

const struct client *client_class_find(const struct world *world, struct text client_id)
{
    const struct text_list *hosts = &world->gateway->authorization.metadata_hosts;
    if (text_starts_with(client_id, TEXT(REGISTERED_CLIENT_PREFIX)))
        return registered(world);
    if (hosts->count == 0 || !client_url_is_well_formed(client_id))
        return NULL;
    struct text host = client_url_host(client_id);
    if (!text_list_has(hosts, host) && !text_list_has(hosts, TEXT("*")))
        return NULL;
    const struct client *found = by_url(world, client_id);
    if (found == NULL)
        found = by_host(world, host);
    return found != NULL ? found : by_host(world, TEXT("*"));
}
