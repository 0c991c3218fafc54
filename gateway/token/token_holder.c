/* The key holder: one process that only starts another when it ends, and that other, in which the vendor's
 * module is. Both end with the worker. Requests are packets, so that each is taken by whichever thread is free.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "token_module.h"

enum { THREADS = 4, FIRST_PAUSE_S = 1, LONGEST_PAUSE_S = 30 };

static void tell(struct token_answer *answer)
{
    (void)send(TOKEN_DESCRIPTOR, answer, sizeof(*answer), MSG_NOSIGNAL);
}

static void *serve(void *context)
{
    struct token_session *session = context;
    struct token_request request;
    ssize_t size;
    while ((size = recv(TOKEN_DESCRIPTOR, &request, sizeof(request), 0)) != 0) {
        struct token_answer answer = {.id = request.id};
        if (size != (ssize_t)sizeof(request)) {
            if (size < 0 && errno != EINTR)
                break;
            continue;
        }
        token_session_answer(session, &request, &answer);
        tell(&answer);
    }
    return NULL;
}

/* Fails before the first thread serves, or serves until the worker is gone. */
static int hold(const struct token_start *start)
{
    struct token_session *sessions[THREADS] = {0};
    struct token_answer hello = {.kind = TOKEN_IS_NOT_OPEN};
    char detail[TOKEN_DETAIL_SIZE] = "";
    pthread_t threads[THREADS];
    struct token_module *module = token_module_open(start, detail);
    bool is_open = module != NULL;
    for (int i = 0; i < THREADS && is_open; i++)
        is_open = (sessions[i] = token_session_open(module, detail)) != NULL;
    hello.kind = is_open ? TOKEN_IS_OPEN : TOKEN_IS_NOT_OPEN;
    hello.length = (uint32_t)snprintf((char *)hello.result, sizeof(hello.result), "%s", detail);
    tell(&hello);
    if (!is_open)
        return 1;
    for (int i = 0; i < THREADS; i++)
        INVARIANT(pthread_create(&threads[i], NULL, serve, sessions[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

static bool is_worker_gone(void)
{
    struct pollfd waited = {.fd = TOKEN_DESCRIPTOR};
    return poll(&waited, 1, 0) == 1 && (waited.revents & (POLLHUP | POLLERR)) != 0;
}

/* Returns whether it ended by itself as the worker was gone. */
static bool hold_once(const struct token_start *start)
{
    int status = 0;
    pid_t parent = getpid(), holder = fork();
    if (holder == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        _exit(hold(start));
    }
    while (holder > 0 && waitpid(holder, &status, 0) < 0 && errno == EINTR)
        continue;
    return holder > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int token_holder_run(void)
{
    struct token_start start;
    struct stat status;
    if (fstat(TOKEN_DESCRIPTOR, &status) != 0 || !S_ISSOCK(status.st_mode) ||
        recv(TOKEN_DESCRIPTOR, &start, sizeof(start), 0) != (ssize_t)sizeof(start)) {
        fprintf(stderr,
                "dragomand key-holder is started by a worker; see signing.pkcs11 of the Gateway document\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (time_t pause_s = FIRST_PAUSE_S; !hold_once(&start) && !is_worker_gone();) {
        const struct timespec pause = {.tv_sec = pause_s};
        nanosleep(&pause, NULL);
        pause_s = pause_s * 2 < LONGEST_PAUSE_S ? pause_s * 2 : LONGEST_PAUSE_S;
    }
    return 0;
}
