/* One connection at a time, blocking; stopping closes the listening socket under it. */
#include "canned_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUEST_MAX = 64 * 1024 };

struct canned_server {
    int listening;
    uint16_t port;
    SSL_CTX *context;
    pthread_mutex_t mutex; /* over the three below */
    const char *answer;
    size_t answer_length;
    char request[REQUEST_MAX + 1];
    pthread_t thread;
    _Atomic unsigned connections;
    _Atomic int current;
    _Atomic bool is_stopping;
    char incoming[REQUEST_MAX + 1]; /* the thread's */
    char shown[REQUEST_MAX + 1];    /* its user's */
};

static ssize_t receive(SSL *ssl, int descriptor, char *out, size_t size)
{
    return ssl != NULL ? SSL_read(ssl, out, (int)size) : recv(descriptor, out, size, 0);
}

static bool is_complete(const char *request, size_t length)
{
    const char *end = strstr(request, "\r\n\r\n");
    if (end == NULL)
        return false;
    const char *field = strcasestr(request, "\r\nContent-Length:");
    size_t body = field != NULL && field < end ? strtoul(field + 17, NULL, 10) : 0;
    return length >= (size_t)(end - request) + 4 + body;
}

static bool read_request(struct canned_server *server, SSL *ssl, int descriptor)
{
    size_t length = 0;
    server->incoming[0] = '\0';
    while (!is_complete(server->incoming, length)) {
        ssize_t got = receive(ssl, descriptor, server->incoming + length, REQUEST_MAX - length);
        if (got <= 0)
            return false;
        length += (size_t)got;
        server->incoming[length] = '\0';
    }
    pthread_mutex_lock(&server->mutex);
    memcpy(server->request, server->incoming, length + 1);
    pthread_mutex_unlock(&server->mutex);
    return true;
}

static void wait_for_end(SSL *ssl, int descriptor)
{
    char byte;
    while (receive(ssl, descriptor, &byte, 1) > 0)
        ;
}

static size_t current_answer(struct canned_server *server, const char **answer)
{
    pthread_mutex_lock(&server->mutex);
    size_t length = server->answer_length;
    *answer = server->answer;
    pthread_mutex_unlock(&server->mutex);
    return length;
}

static void send_answer(SSL *ssl, int descriptor, const char *answer, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        const char *rest = answer + sent;
        size_t left = length - sent;
        ssize_t now =
            ssl != NULL ? SSL_write(ssl, rest, (int)left) : send(descriptor, rest, left, MSG_NOSIGNAL);
        if (now <= 0)
            return;
        sent += (size_t)now;
    }
}

static void serve(struct canned_server *server, int descriptor)
{
    SSL *ssl = NULL;
    if (server->context != NULL) {
        ssl = SSL_new(server->context);
        SSL_set_fd(ssl, descriptor);
        if (SSL_accept(ssl) != 1) {
            SSL_free(ssl);
            return;
        }
    }
    if (read_request(server, ssl, descriptor)) {
        const char *answer;
        size_t length = current_answer(server, &answer);
        if (length == 0)
            wait_for_end(ssl, descriptor);
        send_answer(ssl, descriptor, answer, length);
    }
    if (ssl != NULL)
        SSL_shutdown(ssl);
    SSL_free(ssl);
}

static void *run(void *context)
{
    struct canned_server *server = context;
    int descriptor;
    while ((descriptor = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        atomic_fetch_add(&server->connections, 1);
        atomic_store(&server->current, descriptor);
        if (!atomic_load(&server->is_stopping))
            serve(server, descriptor);
        atomic_store(&server->current, -1);
        close(descriptor);
    }
    return NULL;
}

static int listen_on(const struct sockaddr *address, socklen_t length)
{
    int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || bind(descriptor, address, length) != 0 || listen(descriptor, 64) != 0)
        abort();
    return descriptor;
}

static void open_socket(struct canned_server *server, const char *unix_path)
{
    if (unix_path != NULL) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        snprintf(address.sun_path, sizeof(address.sun_path), "%s", unix_path);
        server->listening = listen_on((const struct sockaddr *)&address, sizeof(address));
        return;
    }
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listening = listen_on((const struct sockaddr *)&address, sizeof(address));
    if (getsockname(server->listening, (struct sockaddr *)&address, &length) != 0)
        abort();
    server->port = ntohs(address.sin_port);
}

struct canned_server *canned_server_start(const char *directory, const char *unix_path, const char *answer,
                                          size_t answer_length)
{
    struct canned_server *server = calloc(1, sizeof(*server));
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    /* A client that closes early must not end the test. */
    if (server == NULL || sigaction(SIGPIPE, &ignore, NULL) != 0)
        abort();
    pthread_mutex_init(&server->mutex, NULL);
    canned_server_change(server, answer, answer_length);
    atomic_store(&server->current, -1);
    open_socket(server, unix_path);
    if (directory != NULL) {
        char certificate[256], key[256];
        snprintf(certificate, sizeof(certificate), "%s/tls.crt", directory);
        snprintf(key, sizeof(key), "%s/tls.key", directory);
        server->context = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(server->context, certificate) != 1 ||
            SSL_CTX_use_PrivateKey_file(server->context, key, SSL_FILETYPE_PEM) != 1)
            abort();
    }
    if (pthread_create(&server->thread, NULL, run, server) != 0)
        abort();
    return server;
}

void canned_server_change(struct canned_server *server, const char *answer, size_t answer_length)
{
    pthread_mutex_lock(&server->mutex);
    server->answer = answer;
    server->answer_length = answer_length;
    pthread_mutex_unlock(&server->mutex);
}

uint16_t canned_server_port(const struct canned_server *server)
{
    return server->port;
}

unsigned canned_server_connections(struct canned_server *server)
{
    return atomic_load(&server->connections);
}

/* The thread takes the mutex between reading a request and answering it, so that whoever has the answer sees
 * all of the request. */
const char *canned_server_request(struct canned_server *server)
{
    pthread_mutex_lock(&server->mutex);
    memcpy(server->shown, server->request, sizeof(server->shown));
    pthread_mutex_unlock(&server->mutex);
    return server->shown;
}

void canned_server_stop(struct canned_server *server)
{
    atomic_store(&server->is_stopping, true);
    shutdown(server->listening, SHUT_RDWR);
    int current = atomic_load(&server->current);
    if (current >= 0)
        shutdown(current, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listening);
    SSL_CTX_free(server->context);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}
