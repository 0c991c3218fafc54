/* Opening listening sockets. Shared ports (SO_REUSEPORT) let each loop have a socket, and a queue, of its own.
 */
#include "transport/listening_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* h2o reads and decrypts all that the kernel holds for a connection before another has its turn. What is held
 * is bounded therefore, and not left to grow with the sender; the kernel takes twice this, its own needs
 * included. */
enum { BACKLOG = 1024, DETAIL_SIZE = 256, RECEIVE_BUFFER = 96 * 1024 };

bool listening_socket_parse(struct text name, struct text *address, uint16_t *port)
{
    size_t colon = name.length;
    int64_t number;
    while (colon > 0 && name.base[colon - 1] != ':')
        colon--;
    if (colon < 2 || !text_to_int64((struct text){name.base + colon, name.length - colon}, &number) ||
        number < 0 || number > 65535)
        return false;
    *address = (struct text){name.base, colon - 1};
    if (address->base[0] == '[' && address->base[address->length - 1] == ']')
        *address = (struct text){address->base + 1, address->length - 2};
    *port = (uint16_t)number;
    return address->length != 0;
}

bool listening_socket_address(struct text address, uint16_t port, struct sockaddr_storage *bound,
                              socklen_t *length)
{
    char text[INET6_ADDRSTRLEN];
    if (address.length == 0 || address.length >= sizeof(text))
        return false;
    memcpy(text, address.base, address.length);
    text[address.length] = '\0';
    *bound = (struct sockaddr_storage){0};
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)bound;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)bound;
    if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons(port);
        *length = sizeof(*ipv4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &ipv6->sin6_addr) == 1) {
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        *length = sizeof(*ipv6);
        return true;
    }
    return false;
}

static int open_internet(const struct sockaddr_storage *bound, socklen_t length, bool is_shared)
{
    int descriptor = socket(bound->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    static const int on = 1, receive_buffer = RECEIVE_BUFFER;
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    /* Accepted sockets inherit it, and the window they offer is settled with the first packet. */
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    if (is_shared)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (bound->ss_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(descriptor, (const struct sockaddr *)bound, length) == 0 &&
        (!is_shared || listen(descriptor, BACKLOG) == 0))
        return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

enum fault listening_socket_open(struct text address, uint16_t port, struct sockaddr_storage *bound,
                                 socklen_t *bound_length, int *descriptor, char *detail)
{
    if (!listening_socket_address(address, port, bound, bound_length)) {
        snprintf(detail, DETAIL_SIZE, "the listen address %.*s is not a numeric IPv4 or IPv6 address",
                 TEXT_ARGUMENTS(address));
        return FAULT_DOCUMENT_INVALID;
    }
    /* A shared port would quietly be shared with a second gateway too: first see that it is free. */
    int probe = open_internet(bound, *bound_length, false);
    if (probe >= 0)
        close(probe);
    *descriptor = probe >= 0 ? open_internet(bound, *bound_length, true) : -1;
    if (*descriptor < 0) {
        snprintf(detail, DETAIL_SIZE, "cannot listen on %.*s port %u: %m", TEXT_ARGUMENTS(address), port);
        return FAULT_FILE_UNREADABLE;
    }
    INVARIANT(getsockname(*descriptor, (struct sockaddr *)bound, bound_length) == 0);
    return FAULT_NONE;
}

int listening_socket_open_another(const struct sockaddr_storage *bound, socklen_t bound_length)
{
    return open_internet(bound, bound_length, true);
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

enum fault listening_socket_open_unix(const char *path, int *descriptor, char *detail)
{
    struct sockaddr_un address;
    if (!read_unix_path(path, &address)) {
        snprintf(detail, DETAIL_SIZE, "the socket path is longer than %zu bytes", sizeof(address.sun_path) - 1);
        return FAULT_DOCUMENT_INVALID;
    }
    TRY(clear_unix_path(&address, detail));
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* Nobody can connect between bind and listen, so the mode is set in time. */
    if (made < 0 || bind(made, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        chmod(path, S_IRUSR | S_IWUSR) != 0 || listen(made, BACKLOG) != 0) {
        snprintf(detail, DETAIL_SIZE,
                 "cannot listen on %.140s: %m; its folder must exist and be ours (spec.adminSocket)", path);
        if (made >= 0)
            close(made);
        return FAULT_FILE_UNREADABLE;
    }
    *descriptor = made;
    return FAULT_NONE;
}

void listening_socket_remove_unix(const char *path)
{
    struct sockaddr_un address;
    /* Our own socket is closed by now: if somebody answers, the path is the next gateway's. */
    if (read_unix_path(path, &address) && !is_answered(&address))
        unlink(path);
}
