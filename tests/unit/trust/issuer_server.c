/* One thread that answers one request at a time; the test thread changes what it answers. */
/* A scripted issuer for the tests: an HTTP server on a thread of its own that rotates, lies, hangs and goes
 * away. */
#include "issuer_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/fault.h"

enum { PATHS_MAX = 8 };

struct path {
    char name[128];
    int status;
    char headers[256];
    struct buffer body;
    int count;
};

struct issuer_server {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards paths and delay_ms */
    struct path paths[PATHS_MAX];
    int delay_ms;
    int listener;
    int stop[2];
    char url[64];
};

static struct path *find_path(struct issuer_server *server, const char *name)
{
    int i = 0;
    while (server->paths[i].name[0] != '\0' && strcmp(server->paths[i].name, name) != 0)
        INVARIANT(++i < PATHS_MAX);
    if (server->paths[i].name[0] == 0)
        snprintf(server->paths[i].name, sizeof(server->paths[i].name), "%s", name);
    return &server->paths[i];
}

/* False when the server is to stop. */
static bool pause_for(const struct issuer_server *server, int milliseconds)
{
    struct pollfd stop = {.fd = server->stop[0], .events = POLLIN};
    return poll(&stop, 1, milliseconds) == 0;
}

static void send_all(int connection, struct text bytes)
{
    while (bytes.length != 0) {
        ssize_t sent = send(connection, bytes.base, bytes.length, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the other side has had enough */
        bytes.base += sent;
        bytes.length -= (size_t)sent;
    }
}

static bool read_path(int connection, char path[128])
{
    char request[4096];
    size_t length = 0;
    while (length < sizeof(request) - 1) {
        ssize_t got = recv(connection, request + length, sizeof(request) - 1 - length, 0);
        if (got <= 0)
            return false;
        length += (size_t)got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL)
            return sscanf(request, "GET %127s HTTP/1.1", path) == 1;
    }
    return false;
}

static void serve(struct issuer_server *server, int connection)
{
    char path[128];
    SCOPED_BUFFER answer = {0};
    if (!read_path(connection, path))
        return;
    pthread_mutex_lock(&server->mutex);
    struct path *found = find_path(server, path);
    found->count++;
    int delay_ms = server->delay_ms, status = found->status;
    buffer_print(&answer, "HTTP/1.1 %d x\r\ncontent-length: %zu\r\nconnection: close\r\n%s\r\n", status,
                 found->body.length, found->headers);
    buffer_append(&answer, buffer_text(&found->body));
    pthread_mutex_unlock(&server->mutex);
    if (pause_for(server, delay_ms) && status != 0)
        send_all(connection, buffer_text(&answer));
}

static void *run(void *context)
{
    struct issuer_server *server = context;
    struct pollfd ready[] = {{.fd = server->listener, .events = POLLIN},
                             {.fd = server->stop[0], .events = POLLIN}};
    while (poll(ready, 2, -1) > 0 && ready[1].revents == 0) {
        int connection = accept(server->listener, NULL, NULL);
        if (connection < 0)
            continue;
        struct timeval patience = {.tv_sec = 5};
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        serve(server, connection);
        close(connection);
    }
    return NULL;
}

struct issuer_server *issuer_server_start(void)
{
    struct issuer_server *server = calloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    INVARIANT(bind(server->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    INVARIANT(listen(server->listener, 64) == 0);
    INVARIANT(getsockname(server->listener, (struct sockaddr *)&address, &length) == 0);
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    INVARIANT(pipe(server->stop) == 0);
    pthread_mutex_init(&server->mutex, NULL);
    INVARIANT(pthread_create(&server->thread, NULL, run, server) == 0);
    return server;
}

void issuer_server_stop(struct issuer_server *server)
{
    INVARIANT(write(server->stop[1], "x", 1) == 1);
    pthread_join(server->thread, NULL);
    for (int i = 0; i < PATHS_MAX; i++)
        buffer_dispose(&server->paths[i].body);
    close(server->listener);
    close(server->stop[0]);
    close(server->stop[1]);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

const char *issuer_server_url(const struct issuer_server *server)
{
    return server->url;
}

void issuer_server_answer(struct issuer_server *server, const char *path, int status, const char *headers,
                          struct text body)
{
    pthread_mutex_lock(&server->mutex);
    struct path *found = find_path(server, path);
    found->status = status;
    snprintf(found->headers, sizeof(found->headers), "%s", headers);
    buffer_dispose(&found->body);
    found->body = (struct buffer){0};
    buffer_append(&found->body, body);
    pthread_mutex_unlock(&server->mutex);
}

void issuer_server_delay(struct issuer_server *server, int delay_ms)
{
    pthread_mutex_lock(&server->mutex);
    server->delay_ms = delay_ms;
    pthread_mutex_unlock(&server->mutex);
}

int issuer_server_count(struct issuer_server *server, const char *path)
{
    pthread_mutex_lock(&server->mutex);
    int count = find_path(server, path)->count;
    pthread_mutex_unlock(&server->mutex);
    return count;
}

bool issuer_server_wait(struct issuer_server *server, const char *path, int count)
{
    for (int64_t end_us = clock_monotonic_us() + 5000000; clock_monotonic_us() < end_us; usleep(2000))
        if (issuer_server_count(server, path) >= count)
            return true;
    return false;
}
