/* One thread, one connection after the other: those who ask do so one at a time. */
#include "directory_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"

enum { DRIP_US = 20000, REQUEST_MAX = 4096 };

struct directory_server {
    enum directory_way way;
    const char *folder;
    int listener, stray; /* on 127.0.0.3 */
    uint16_t port;
    _Atomic unsigned connections, strays;
    _Atomic bool is_ending;
    pthread_t thread;
};

static int listen_on(uint32_t address, uint16_t port)
{
    const int on = 1;
    struct sockaddr_in place = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(address), .sin_port = htons(port)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    INVARIANT(descriptor >= 0 && setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
    INVARIANT(bind(descriptor, (struct sockaddr *)&place, sizeof(place)) == 0 && listen(descriptor, 8) == 0);
    return descriptor;
}

static bool say(int peer, const void *bytes, size_t length)
{
    return send(peer, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* Until the other side ends it, or all is to end. */
static void wait_for_end(struct directory_server *server, int peer)
{
    char ignored[REQUEST_MAX];
    struct pollfd waited = {.fd = peer, .events = POLLIN};
    while (!server->is_ending && (poll(&waited, 1, 20) == 0 || recv(peer, ignored, sizeof(ignored), 0) > 0))
        ;
}

static void say_again(struct directory_server *server, int peer, const void *bytes, size_t length,
                      unsigned pause_us)
{
    while (!server->is_ending && say(peer, bytes, length)) {
        if (pause_us != 0)
            usleep(pause_us);
    }
}

/* --- messages to the request of number 1 (RFC 4511 section 4) --- */

static size_t write_reference(const struct directory_server *server, char out[64])
{
    char url[40];
    int length = snprintf(url, sizeof(url), "ldap://127.0.0.3:%u/dc=x", (unsigned)server->port);
    const char head[] = {0x30, (char)(length + 7), 2, 1, 1, 0x73, (char)(length + 2), 4, (char)length};
    memcpy(out, head, sizeof(head));
    memcpy(out + sizeof(head), url, (size_t)length);
    return sizeof(head) + (size_t)length;
}

static size_t write_referral(const struct directory_server *server, char out[64])
{
    char url[40];
    int length = snprintf(url, sizeof(url), "ldap://127.0.0.3:%u/dc=x", (unsigned)server->port);
    const char head[] = {
        0x30,       (char)(length + 16), 2, 1,           1, 0x65, (char)(length + 11), 0x0a, 1, 10, 4, 0, 4, 0,
        (char)0xa3, (char)(length + 2),  4, (char)length};
    memcpy(out, head, sizeof(head));
    memcpy(out + sizeof(head), url, (size_t)length);
    return sizeof(head) + (size_t)length;
}

static void answer(struct directory_server *server, int peer)
{
    static const char half[] = {0x30, (char)0x82, 0x40, 0, 2, 1, 1, 0x64};
    static const char large[] = {0x30, (char)0x84, 0x10, 0, 0, 0, 2, 1, 1, 0x64};
    static const char entry[] = {0x30, 0x0b, 2, 1, 1, 0x64, 6, 4, 2, 'c', '=', 0x30, 0};
    static const char zeroes[65536];
    static const char page[] =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 40\r\n\r\n"
        "This is a server of quite another kind.\n";
    char made[64];
    switch (server->way) {
    case DIRECTORY_HALF:
        (void)say(peer, half, sizeof(half));
        break;
    case DIRECTORY_DRIPS:
        (void)say(peer, half, sizeof(half));
        say_again(server, peer, zeroes, 1, DRIP_US);
        break;
    case DIRECTORY_LARGE:
        (void)say(peer, large, sizeof(large));
        say_again(server, peer, zeroes, sizeof(zeroes), 0);
        break;
    case DIRECTORY_NONSENSE:
        (void)say(peer, page, sizeof(page) - 1);
        break;
    case DIRECTORY_ENTRIES:
        say_again(server, peer, entry, sizeof(entry), 0);
        break;
    case DIRECTORY_REFERS:
        say_again(server, peer, made, write_reference(server, made), 1000);
        break;
    case DIRECTORY_SENDS_AWAY:
        (void)say(peer, made, write_referral(server, made));
        break;
    default:
        break;
    }
}

/* --- */

static void talk_old_tls(struct directory_server *server, int peer)
{
    char path[512];
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    INVARIANT(context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION) == 1 &&
              SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION) == 1 &&
              SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1);
    snprintf(path, sizeof(path), "%s/directory.crt", server->folder);
    INVARIANT(SSL_CTX_use_certificate_file(context, path, SSL_FILETYPE_PEM) == 1);
    snprintf(path, sizeof(path), "%s/directory.key", server->folder);
    INVARIANT(SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1);
    SSL *session = SSL_new(context);
    INVARIANT(session != NULL && SSL_set_fd(session, peer) == 1);
    if (SSL_accept(session) == 1)
        wait_for_end(server, peer);
    SSL_free(session);
    SSL_CTX_free(context);
}

static void talk(struct directory_server *server, int peer)
{
    char request[REQUEST_MAX];
    if (server->way == DIRECTORY_OLD_TLS)
        talk_old_tls(server, peer);
    else if (server->way != DIRECTORY_SILENT && recv(peer, request, sizeof(request), 0) > 0)
        answer(server, peer);
    if (server->way != DIRECTORY_CLOSES && server->way != DIRECTORY_OLD_TLS)
        wait_for_end(server, peer);
    close(peer);
}

/* Strays are counted only: they are connections already when they lie in the queue. */
static void count_strays(struct directory_server *server)
{
    struct pollfd waited = {.fd = server->stray, .events = POLLIN};
    while (poll(&waited, 1, 0) > 0) {
        close(accept(server->stray, NULL, NULL));
        server->strays++;
    }
}

static void *serve(void *context)
{
    struct directory_server *server = context;
    while (!server->is_ending) {
        struct pollfd waited = {.fd = server->listener, .events = POLLIN};
        if (poll(&waited, 1, 20) <= 0)
            continue;
        int peer = accept(server->listener, NULL, NULL);
        INVARIANT(peer >= 0);
        server->connections++;
        talk(server, peer);
    }
    return NULL;
}

struct directory_server *directory_server_start(enum directory_way way, const char *folder)
{
    struct sockaddr_in place = {0};
    socklen_t size = sizeof(place);
    struct directory_server *server = calloc(1, sizeof(*server));
    INVARIANT(server != NULL);
    server->way = way;
    server->folder = folder;
    server->listener = listen_on(INADDR_LOOPBACK, 0);
    INVARIANT(getsockname(server->listener, (struct sockaddr *)&place, &size) == 0);
    server->port = ntohs(place.sin_port);
    server->stray = listen_on(INADDR_LOOPBACK + 2, server->port);
    INVARIANT(pthread_create(&server->thread, NULL, serve, server) == 0);
    return server;
}

uint16_t directory_server_port(const struct directory_server *server)
{
    return server->port;
}

unsigned directory_server_connections(struct directory_server *server)
{
    return server->connections;
}

unsigned directory_server_strays(struct directory_server *server)
{
    count_strays(server);
    return server->strays;
}

void directory_server_stop(struct directory_server *server)
{
    server->is_ending = true;
    pthread_join(server->thread, NULL);
    close(server->listener);
    close(server->stray);
    free(server);
}
