/* See request_origin.h. */
#include "origin/request_origin.h"

#include "connection.h"
#include "origin/forwarded_address.h"

static struct text text_of_iovec(h2o_iovec_t bytes)
{
    return (struct text){bytes.base, bytes.len};
}

bool request_origin_is_said_in(struct text name)
{
    return text_is(name, "x-forwarded-for") || text_is(name, "forwarded") ||
           text_is(name, "x-forwarded-client-cert");
}

static enum fault read_address(const h2o_req_t *h2o, const struct server_terminators *terminators,
                               struct sockaddr_storage *origin)
{
    const char *name = terminators->sets_forwarded ? "forwarded" : "x-forwarded-for";
    struct forwarded_hops hops = {0};
    for (size_t i = 0; i < h2o->headers.size; i++) {
        const h2o_header_t *header = &h2o->headers.entries[i];
        if (!text_is(text_of_iovec(*header->name), name))
            continue;
        struct text line = text_of_iovec(header->value);
        if (!(terminators->sets_forwarded ? forwarded_hops_add_forwarded(&hops, line)
                                          : forwarded_hops_add_list(&hops, line)))
            return FAULT_FORWARDED_UNCLEAR;
    }
    if (hops.count == 0) /* its own: a health check */
        return FAULT_NONE;
    return forwarded_hops_client(&hops, terminators->addresses, origin) ? FAULT_NONE : FAULT_FORWARDED_UNCLEAR;
}

enum fault request_origin_read(const h2o_req_t *h2o, const struct connection *connection,
                               struct sockaddr_storage *origin)
{
    const struct server_terminators *terminators = &connection_serving(connection)->server->options.terminators;
    *origin = connection->origin;
    if (!connection->is_terminator || !(terminators->sets_forwarded || terminators->sets_forwarded_for))
        return FAULT_NONE;
    return read_address(h2o, terminators, origin);
}
