/* One entry per listening address. */
#include "kept_sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/doors.h"

static struct kept_socket *find(struct kept_sockets *sockets, struct text name)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (text_is(name, sockets->items[i].name))
            return &sockets->items[i];
    return NULL;
}

static enum fault add(struct kept_sockets *sockets, struct text name, bool is_unix, char *detail)
{
    struct kept_socket made = {.is_unix = is_unix};
    struct text address;
    uint16_t port;
    if (sockets->count == sizeof(sockets->items) / sizeof(sockets->items[0])) {
        snprintf(detail, 256, "too many addresses to listen on");
        return FAULT_DOCUMENT_INVALID;
    }
    if (is_unix) {
        TRY(listening_socket_open_unix(name.base, &made.descriptors[0], detail));
    } else if (listening_socket_parse(name, &address, &port)) {
        TRY(listening_socket_open(address, port, &made.bound, &made.bound_length, &made.descriptors[0],
                                  detail));
    } else {
        snprintf(detail, 256, "%.*s is no address and port", TEXT_ARGUMENTS(name));
        return FAULT_DOCUMENT_INVALID;
    }
    made.count = 1;
    made.name = strndup(name.base, name.length);
    INVARIANT(made.name != NULL);
    sockets->items[sockets->count++] = made;
    return FAULT_NONE;
}

/* A socket, and so a queue of the kernel's, for each thread. */
static enum fault widen(struct kept_socket *socket, size_t threads, char *detail)
{
    while (!socket->is_unix && socket->count < threads) {
        int more = listening_socket_open_another(&socket->bound, socket->bound_length);
        if (more < 0) {
            snprintf(detail, 256, "cannot listen on %.150s once per thread: %m", socket->name);
            return FAULT_FILE_UNREADABLE;
        }
        socket->descriptors[socket->count++] = more;
    }
    return FAULT_NONE;
}

static enum fault add_new(struct kept_sockets *sockets, const struct text_list *names, char *detail)
{
    for (size_t i = 0; i < names->count; i++)
        if (find(sockets, names->items[i]) == NULL)
            TRY(add(sockets, names->items[i], false, detail));
    return FAULT_NONE;
}

enum fault kept_sockets_open(struct kept_sockets *sockets, const struct gateway_document *settings,
                             char *detail)
{
    size_t threads = worker_threads(settings);
    struct door doors[WORKER_DOORS];
    doors_of(settings, doors);
    if (doors_count_addresses(settings) >= SERVER_LISTENERS_MAX) {
        snprintf(detail, 256,
                 "spec.listen and the listen of admin, egress and monitoring: more than %d addresses",
                 SERVER_LISTENERS_MAX - 1);
        return FAULT_DOCUMENT_INVALID;
    }
    for (size_t i = 0; i < WORKER_DOORS; i++)
        TRY(add_new(sockets, doors[i].addresses, detail));
    if (settings->admin_socket.length != 0 && find(sockets, settings->admin_socket) == NULL)
        TRY(add(sockets, settings->admin_socket, true, detail));
    if (threads < sockets->threads)
        threads = sockets->threads;
    for (size_t i = 0; i < sockets->count; i++)
        TRY(widen(&sockets->items[i], threads, detail));
    sockets->threads = threads;
    return FAULT_NONE;
}

static void shut_one(struct kept_socket *socket)
{
    for (size_t i = 0; i < socket->count; i++)
        close(socket->descriptors[i]);
    socket->count = 0;
}

static void close_one(struct kept_socket *socket)
{
    shut_one(socket);
    if (socket->is_unix)
        listening_socket_remove_unix(socket->name);
    free(socket->name);
}

bool kept_socket_is_wanted(const struct kept_socket *socket, const struct gateway_document *settings)
{
    if (socket->is_unix)
        return text_is(settings->admin_socket, socket->name);
    struct door doors[WORKER_DOORS];
    bool is_wanted = false;
    doors_of(settings, doors);
    for (size_t i = 0; i < WORKER_DOORS; i++)
        is_wanted |= text_list_has(doors[i].addresses, text_of(socket->name));
    return is_wanted;
}

void kept_sockets_close_others(struct kept_sockets *sockets, const struct gateway_document *settings)
{
    size_t kept = 0;
    for (size_t i = 0; i < sockets->count; i++)
        if (kept_socket_is_wanted(&sockets->items[i], settings))
            sockets->items[kept++] = sockets->items[i];
        else
            close_one(&sockets->items[i]);
    sockets->count = kept;
}

void kept_sockets_shut(struct kept_sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        shut_one(&sockets->items[i]);
}

void kept_sockets_close(struct kept_sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        close_one(&sockets->items[i]);
    sockets->count = 0;
}
