/* A listener's sockets: opened here, or given by the supervisor and then not ours to unlink. Without TLS only
 * loopback addresses and Unix sockets are listened on. */
#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/address_guard.h"

/* Before anything is bound. What is no address at all is refused by whoever opens it. */
static enum fault check_cleartext(const struct server_listener *wanted, char *detail)
{
    struct sockaddr_storage address;
    socklen_t length;
    if (wanted->is_tls || wanted->kind == REQUEST_LISTENER_MONITORING ||
        !listening_socket_address(wanted->address, wanted->port, &address, &length) ||
        address_guard_is_loopback((const struct sockaddr *)&address))
        return FAULT_NONE;
    snprintf(detail, DETAIL_SIZE, "without TLS only loopback addresses are listened on, and %.*s is not one",
             TEXT_ARGUMENTS(wanted->address));
    return FAULT_DOCUMENT_INVALID;
}

static enum fault open_unix(struct listener *listener, const char *path, char *detail)
{
    TRY(listening_socket_open_unix(path, &listener->descriptor, detail));
    listener->is_name_ours = true;
    return FAULT_NONE;
}

static enum fault take_over(struct listener *listener, const struct listening_sockets *sockets, char *detail)
{
    listener->address_length = sizeof(listener->address);
    if (sockets->count == 0 || getsockname(sockets->descriptors[0], (struct sockaddr *)&listener->address,
                                           &listener->address_length) != 0) {
        snprintf(detail, DETAIL_SIZE, "no usable socket was handed over for %.*s",
                 TEXT_ARGUMENTS(sockets->name));
        return FAULT_FILE_UNREADABLE;
    }
    listener->given = sockets;
    return FAULT_NONE;
}

static enum fault open_sockets(struct listener *listener, const struct server_listener *wanted, char *detail)
{
    if (wanted->sockets != NULL)
        return take_over(listener, wanted->sockets, detail);
    if (wanted->unix_path != NULL)
        return open_unix(listener, wanted->unix_path, detail);
    return listening_socket_open(wanted->address, wanted->port, &listener->address, &listener->address_length,
                                 &listener->descriptor, detail);
}

enum fault listener_open(struct listener *listener, const struct server_listener *wanted,
                         const struct server_options *options, char *detail)
{
    *listener = (struct listener){.kind = wanted->kind, .descriptor = -1};
    if (wanted->is_tls)
        TRY(tls_context_create(options->certificate_file, options->key_file,
                               wanted->kind == REQUEST_LISTENER_MONITORING ? NULL : options->client_ca_file,
                               &listener->tls, detail));
    if (wanted->unix_path != NULL) {
        listener->unix_path = strdup(wanted->unix_path);
        INVARIANT(listener->unix_path != NULL);
    }
    if (wanted->unix_path == NULL)
        TRY(check_cleartext(wanted, detail));
    return open_sockets(listener, wanted, detail);
}

int listener_take(struct listener *listener)
{
    if (listener->given != NULL)
        return listener->taken < listener->given->count ? listener->given->descriptors[listener->taken++] : -1;
    int descriptor = listener->descriptor;
    listener->descriptor = -1;
    if (descriptor < 0 && listener->unix_path == NULL)
        descriptor = listening_socket_open_another(&listener->address, listener->address_length);
    return descriptor;
}

uint16_t listener_port(const struct listener *listener)
{
    if (listener->unix_path != NULL)
        return 0;
    if (listener->address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&listener->address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&listener->address)->sin_port);
}

void listener_close(struct listener *listener)
{
    if (listener->descriptor >= 0)
        close(listener->descriptor);
    listener->descriptor = -1;
    if (listener->is_name_ours)
        listening_socket_remove_unix(listener->unix_path);
    listener->is_name_ours = false;
    free(listener->unix_path);
    listener->unix_path = NULL;
    SSL_CTX_free(listener->tls);
    listener->tls = NULL;
}
