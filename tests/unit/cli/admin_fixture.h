/* A tiny admin socket for tests: answers each path it was told about, remembers the last request. Not HTTP in
 * full: one request a connection, which is all the command line sends. */
#ifndef TESTS_CLI_ADMIN_FIXTURE_H
#define TESTS_CLI_ADMIN_FIXTURE_H

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "session.h"

struct admin_fixture {
    char folder[64], path[96];
    int listener;
    pthread_t thread;
    int status;
    const char *answer;
    char request[65536]; /* the last one, head and body */
};

static inline size_t admin_fixture_missing(const char *request)
{
    const char *body = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "content-length:");
    if (body == NULL)
        return 1;
    size_t wanted = length != NULL && length < body ? strtoul(length + 15, NULL, 10) : 0;
    size_t got = strlen(body + 4);
    return wanted > got ? wanted - got : 0;
}

static inline void *admin_fixture_serve(void *argument)
{
    struct admin_fixture *fixture = argument;
    int connection;
    while ((connection = accept(fixture->listener, NULL, NULL)) >= 0) {
        size_t length = 0;
        ssize_t got;
        pthread_mutex_lock(&session_fixtures);
        memset(fixture->request, 0, sizeof(fixture->request));
        while (length + 1 < sizeof(fixture->request) && admin_fixture_missing(fixture->request) != 0 &&
               (got = read(connection, fixture->request + length, sizeof(fixture->request) - 1 - length)) > 0)
            length += (size_t)got;
        dprintf(connection,
                "HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %zu\r\nconnection: "
                "close\r\n\r\n%s",
                fixture->status, strlen(fixture->answer), fixture->answer);
        close(connection);
        pthread_mutex_unlock(&session_fixtures);
    }
    return NULL;
}

/* Also names the socket in the environment, as people would. */
static inline int admin_fixture_start(void **state)
{
    struct admin_fixture *fixture = calloc(1, sizeof(*fixture));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-cli-admin-XXXXXX");
    if (mkdtemp(fixture->folder) == NULL)
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/admin.sock", fixture->folder);
    memcpy(address.sun_path, fixture->path, strlen(fixture->path) + 1);
    fixture->status = 200;
    fixture->answer = "{}";
    fixture->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fixture->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fixture->listener, 4) != 0 ||
        pthread_create(&fixture->thread, NULL, admin_fixture_serve, fixture) != 0)
        return -1;
    setenv("DRAGOMAN_ADMIN_SOCKET", fixture->path, 1);
    *state = fixture;
    return 0;
}

static inline int admin_fixture_stop(void **state)
{
    struct admin_fixture *fixture = *state;
    shutdown(fixture->listener, SHUT_RDWR);
    pthread_join(fixture->thread, NULL);
    close(fixture->listener);
    unlink(fixture->path);
    rmdir(fixture->folder);
    unsetenv("DRAGOMAN_ADMIN_SOCKET");
    free(fixture);
    return 0;
}

#endif
