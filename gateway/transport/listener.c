/* Opening listening sockets. Without TLS only loopback addresses and Unix sockets are listened on. */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/address_guard.h"

enum { BACKLOG = 1024 };

static bool read_address(struct listener *listener, struct text address, uint16_t port)
{
    char text[INET6_ADDRSTRLEN];
    if (address.length == 0 || address.length >= sizeof(text))
        return false;
    memcpy(text, address.base, address.length);
    text[address.length] = '\0';
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&listener->address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&listener->address;
    if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons(port);
        listener->address_length = sizeof(*ipv4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &ipv6->sin6_addr) == 1) {
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        listener->address_length = sizeof(*ipv6);
        return true;
    }
    return false;
}

static int open_internet(const struct listener *listener, bool is_shared)
{
    int descriptor = socket(listener->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    static const int on = 1;
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (is_shared)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (listener->address.ss_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(descriptor, (const struct sockaddr *)&listener->address, listener->address_length) == 0 &&
        (!is_shared || listen(descriptor, BACKLOG) == 0))
        return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

static enum fault listen_on_internet(struct listener *listener, const struct server_listener *wanted,
                                     char *detail)
{
    if (!read_address(listener, wanted->address, wanted->port)) {
        snprintf(detail, DETAIL_SIZE, "the listen address %.*s is not a numeric IPv4 or IPv6 address",
                 TEXT_ARGUMENTS(wanted->address));
        return FAULT_DOCUMENT_INVALID;
    }
    if (!wanted->is_tls && !address_guard_is_loopback((const struct sockaddr *)&listener->address)) {
        snprintf(detail, DETAIL_SIZE,
                 "without TLS only loopback addresses are listened on, and %.*s is not one",
                 TEXT_ARGUMENTS(wanted->address));
        return FAULT_DOCUMENT_INVALID;
    }
    /* A shared port would quietly be shared with a second gateway too: first see that it is free. */
    int probe = open_internet(listener, false);
    if (probe >= 0)
        close(probe);
    listener->descriptor = probe >= 0 ? open_internet(listener, true) : -1;
    if (listener->descriptor < 0) {
        snprintf(detail, DETAIL_SIZE, "cannot listen on %.*s port %u: %m", TEXT_ARGUMENTS(wanted->address),
                 wanted->port);
        return FAULT_FILE_UNREADABLE;
    }
    INVARIANT(getsockname(listener->descriptor, (struct sockaddr *)&listener->address,
                          &listener->address_length) == 0);
    return FAULT_NONE;
}

static bool is_answered(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return true; /* not known: leave it alone */
    bool is_connected = connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0;
    close(probe);
    return is_connected;
}

static bool read_unix_path(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address->sun_path))
        return false;
    memcpy(address->sun_path, path, strlen(path) + 1);
    return true;
}

/* What a gateway that was killed left behind is removed; a socket that somebody answers on is not. */
static enum fault clear_unix_path(const struct sockaddr_un *address, char *detail)
{
    struct stat status;
    if (lstat(address->sun_path, &status) != 0)
        return FAULT_NONE;
    if (!S_ISSOCK(status.st_mode)) {
        snprintf(detail, DETAIL_SIZE, "%s exists and is not a socket", address->sun_path);
        return FAULT_FILE_UNREADABLE;
    }
    if (is_answered(address) || unlink(address->sun_path) != 0) {
        snprintf(detail, DETAIL_SIZE, "%s is in use by another program", address->sun_path);
        return FAULT_FILE_UNREADABLE;
    }
    return FAULT_NONE;
}

static enum fault listen_on_unix(struct listener *listener, const char *path, char *detail)
{
    struct sockaddr_un address;
    if (!read_unix_path(path, &address)) {
        snprintf(detail, DETAIL_SIZE, "the socket path is longer than %zu bytes", sizeof(address.sun_path) - 1);
        return FAULT_DOCUMENT_INVALID;
    }
    TRY(clear_unix_path(&address, detail));
    listener->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* Nobody can connect between bind and listen, so the mode is set in time. */
    if (listener->descriptor < 0 ||
        bind(listener->descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        chmod(path, S_IRUSR | S_IWUSR) != 0 || listen(listener->descriptor, BACKLOG) != 0) {
        snprintf(detail, DETAIL_SIZE,
                 "cannot listen on %.140s: %m; its folder must exist and be ours (spec.adminSocket)", path);
        return FAULT_FILE_UNREADABLE;
    }
    listener->unix_path = strdup(path);
    INVARIANT(listener->unix_path != NULL);
    return FAULT_NONE;
}

enum fault listener_open(struct listener *listener, const struct server_listener *wanted,
                         const struct server_options *options, char *detail)
{
    *listener = (struct listener){.kind = wanted->kind, .descriptor = -1};
    if (wanted->is_tls)
        TRY(tls_context_create(options->certificate_file, options->key_file, &listener->tls, detail));
    if (wanted->unix_path != NULL)
        return listen_on_unix(listener, wanted->unix_path, detail);
    return listen_on_internet(listener, wanted, detail);
}

int listener_take(struct listener *listener)
{
    int descriptor = listener->descriptor;
    listener->descriptor = -1;
    if (descriptor < 0 && listener->unix_path == NULL)
        descriptor = open_internet(listener, true);
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
    struct sockaddr_un address;
    /* Our own socket is closed by now: if somebody answers, the path is the next gateway's. */
    if (listener->unix_path != NULL && read_unix_path(listener->unix_path, &address) && !is_answered(&address))
        unlink(listener->unix_path);
    free(listener->unix_path);
    listener->unix_path = NULL;
    SSL_CTX_free(listener->tls);
    listener->tls = NULL;
}
