/* A thread for each connection; stopping closes all sockets under them. */
#include "keeping_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, REQUEST_MAX = 16 * 1024 };

struct kept_connection {
    struct keeping_server *server;
    _Atomic int descriptor;
    SSL *ssl;
    unsigned number;
    pthread_t thread;
};

struct keeping_server {
    int listening;
    uint16_t port;
    pthread_mutex_t mutex; /* of context */
    SSL_CTX *context;
    pthread_t thread;
    struct kept_connection connections[CONNECTIONS_MAX];
    _Atomic unsigned begun, done, requests, ended;
    _Atomic bool is_offered_http2;
};

#define CHECK(condition)                                                                                       \
    do {                                                                                                       \
        if (!(condition)) {                                                                                    \
            fprintf(stderr, "keeping_server: %s\n", #condition);                                               \
            abort();                                                                                           \
        }                                                                                                      \
    } while (0)

static bool read_request(SSL *ssl)
{
    char bytes[REQUEST_MAX + 1];
    int length = 0;
    for (;;) {
        int got = SSL_read(ssl, bytes + length, REQUEST_MAX - length);
        if (got <= 0)
            return false;
        length += got;
        bytes[length] = '\0';
        if (strstr(bytes, "\r\n\r\n") != NULL) /* bodies are not for this server */
            return true;
    }
}

static void *serve(void *context)
{
    struct kept_connection *connection = context;
    struct keeping_server *server = connection->server;
    char body[16], answer[128];
    if (SSL_accept(connection->ssl) == 1) {
        connection->number = atomic_fetch_add(&server->done, 1) + 1;
        while (read_request(connection->ssl)) {
            atomic_fetch_add(&server->requests, 1);
            snprintf(body, sizeof(body), "%u", connection->number);
            int length = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                                  strlen(body), body);
            if (SSL_write(connection->ssl, answer, length) <= 0)
                break;
        }
    }
    SSL_free(connection->ssl);
    int descriptor = atomic_exchange(&connection->descriptor, -1);
    if (descriptor >= 0)
        close(descriptor);
    atomic_fetch_add(&server->ended, 1);
    return NULL;
}

static void *accept_all(void *context)
{
    struct keeping_server *server = context;
    for (;;) {
        int descriptor = accept(server->listening, NULL, NULL);
        if (descriptor < 0)
            return NULL;
        unsigned index = atomic_load(&server->begun);
        CHECK(index < CONNECTIONS_MAX);
        struct kept_connection *connection = &server->connections[index];
        connection->server = server;
        connection->descriptor = descriptor;
        pthread_mutex_lock(&server->mutex);
        connection->ssl = SSL_new(server->context);
        pthread_mutex_unlock(&server->mutex);
        SSL_set_fd(connection->ssl, descriptor);
        CHECK(pthread_create(&connection->thread, NULL, serve, connection) == 0);
        atomic_fetch_add(&server->begun, 1);
    }
}

/* Notes what is offered, and chooses nothing. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *offered,
                   unsigned offered_length, void *context)
{
    struct keeping_server *server = context;
    (void)ssl, (void)out, (void)length;
    if (memmem(offered, offered_length, "\2h2", 3) != NULL)
        server->is_offered_http2 = true;
    return SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *make_context(struct keeping_server *server, const char *directory)
{
    char certificate[512], key[512];
    snprintf(certificate, sizeof(certificate), "%s/tls.crt", directory);
    snprintf(key, sizeof(key), "%s/tls.key", directory);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    CHECK(context != NULL && SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1);
    CHECK(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, server);
    return context;
}

struct keeping_server *keeping_server_start(const char *directory)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    CHECK(sigaction(SIGPIPE, &ignore, NULL) == 0);
    struct keeping_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    CHECK(server != NULL && pthread_mutex_init(&server->mutex, NULL) == 0);
    server->context = make_context(server, directory);
    server->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(server->listening >= 0 && bind(server->listening, (struct sockaddr *)&address, length) == 0);
    CHECK(listen(server->listening, 64) == 0);
    CHECK(getsockname(server->listening, (struct sockaddr *)&address, &length) == 0);
    server->port = ntohs(address.sin_port);
    CHECK(pthread_create(&server->thread, NULL, accept_all, server) == 0);
    return server;
}

uint16_t keeping_server_port(const struct keeping_server *server)
{
    return server->port;
}

unsigned keeping_server_connections(struct keeping_server *server)
{
    return server->done;
}

unsigned keeping_server_requests(struct keeping_server *server)
{
    return server->requests;
}

bool keeping_server_settle(struct keeping_server *server)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    for (unsigned i = 0; i < 1000; i++) {
        if (server->begun != 0 && server->ended == server->begun)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

bool keeping_server_was_offered_http2(struct keeping_server *server)
{
    return server->is_offered_http2;
}

void keeping_server_change(struct keeping_server *server, const char *directory)
{
    SSL_CTX *next = make_context(server, directory);
    pthread_mutex_lock(&server->mutex);
    SSL_CTX_free(server->context); /* what has one of its own keeps it */
    server->context = next;
    pthread_mutex_unlock(&server->mutex);
}

void keeping_server_stop(struct keeping_server *server)
{
    shutdown(server->listening, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listening);
    for (unsigned i = 0; i < server->begun; i++) {
        int descriptor = server->connections[i].descriptor;
        if (descriptor >= 0)
            shutdown(descriptor, SHUT_RDWR);
        pthread_join(server->connections[i].thread, NULL);
    }
    SSL_CTX_free(server->context);
    free(server);
}
