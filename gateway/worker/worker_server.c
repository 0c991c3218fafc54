/* From documents to listeners: which addresses, on which sockets, with which limits. */
#include "worker_server.h"

#include "exchange/call.h"
#include "relay/egress.h"
#include "server_settings.h"
#include "worker/doors.h"

static enum fault complain(struct buffer *mistakes, const char *what, const char *detail, enum fault fault)
{
    buffer_print(mistakes, "%s: %s\n", what, detail);
    return fault;
}

/* The sockets a supervisor keeps for this address. Without a supervisor the server opens its own. */
static enum fault find_sockets(const struct worker_sockets *sockets, struct text name,
                               struct server_listener *listener, struct buffer *mistakes)
{
    if (sockets == NULL)
        return FAULT_NONE;
    for (size_t i = 0; i < sockets->count; i++)
        if (text_equal(sockets->items[i].name, name))
            listener->sockets = &sockets->items[i];
    if (listener->sockets != NULL)
        return FAULT_NONE;
    buffer_print(mistakes, "listen: no socket was handed over for %.*s\n", TEXT_ARGUMENTS(name));
    return FAULT_FILE_UNREADABLE;
}

static enum fault add_listeners(const struct worker_sockets *sockets, const struct door *door,
                                struct server_options *options, struct buffer *mistakes)
{
    for (size_t i = 0; i < door->addresses->count; i++) {
        struct text name = door->addresses->items[i];
        struct server_listener *listener = &options->listeners[options->listener_count++];
        *listener = (struct server_listener){.kind = door->kind, .is_tls = door->is_tls};
        if (!listening_socket_parse(name, &listener->address, &listener->port))
            return complain(mistakes, "listen", name.base, FAULT_DOCUMENT_INVALID);
        TRY(find_sockets(sockets, name, listener, mistakes));
    }
    return FAULT_NONE;
}

enum fault worker_server_open(struct arena *arena, const struct gateway_document *settings,
                              const struct worker_sockets *sockets,
                              void (*handle)(struct request *request, void *context), void *context,
                              struct server **server, struct buffer *mistakes)
{
    char detail[256] = "";
    struct server_options options = {
        .certificate_file = settings->certificate_file.base,
        .key_file = settings->key_file.base,
        .client_ca_file = settings->client_ca_file.length == 0 ? NULL : settings->client_ca_file.base,
        .body_limit = CALL_BODY_BYTES_MAX,
        .relay_body_limit = EGRESS_BODY_BYTES_MAX,
        .admin_body_limit = DOCUMENTS_BYTES_MAX, /* a whole stream of documents */
        .in_flight_limit = (unsigned)settings->requests_in_flight,
        .in_flight_limit_per_connection = (unsigned)settings->requests_in_flight_per_connection,
        .stream_limit = (unsigned)settings->streams,
        .limits = server_limits_of(&settings->connections),
        .handle = handle,
        .context = context,
    };
    struct text bad;
    enum fault terminators = server_terminators_of(arena, settings, &options.terminators, &bad);
    if (terminators != FAULT_NONE)
        return complain(mistakes, "terminators.addresses", bad.base, terminators);
    if (doors_count_addresses(settings) >= SERVER_LISTENERS_MAX)
        return complain(mistakes, "listen", "more addresses than a gateway listens on", FAULT_DOCUMENT_INVALID);
    struct door doors[WORKER_DOORS];
    doors_of(settings, doors);
    for (size_t i = 0; i < WORKER_DOORS; i++)
        TRY(add_listeners(sockets, &doors[i], &options, mistakes));
    if (settings->admin_socket.length != 0) {
        struct server_listener *listener = &options.listeners[options.listener_count++];
        *listener =
            (struct server_listener){.kind = REQUEST_LISTENER_ADMIN, .unix_path = settings->admin_socket.base};
        TRY(find_sockets(sockets, settings->admin_socket, listener, mistakes));
    }
    enum fault fault = server_create(&options, server, detail);
    return fault == FAULT_NONE ? FAULT_NONE : complain(mistakes, "listen", detail, fault);
}
