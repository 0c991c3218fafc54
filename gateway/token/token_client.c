/* The worker's side: requests are sent by whichever loop has one, answers are taken by one thread, which hands
 * each to the loop that waits for it, or gives up on it in time. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "keys/signer.h"
#include "programs/trusted_folder.h"
#include "runtime/loop.h"
#include "token_message.h"

enum {
    OPENS_MS = 15 * 1000,
    SIGNS_US = 2 * 1000000,  /* longer, and whoever waits is told to come again */
    MAKES_US = 20 * 1000000, /* RSA in a slow card */
    TICK_MS = 100,
    OUTSTANDING_MAX = 1024,
    LISTENER_STACK = 256 * 1024
};

struct token;

/* One request under way. Either a flow waits for it, or a thread. */
struct pending {
    struct token *token;
    uint64_t id; /* 0: free */
    int64_t until_us;
    struct signing *signing;
    struct key_making *making;
    struct loop *loop; /* NULL: a thread waits */
    struct loop_message message;
    bool is_done;
};

struct token {
    struct key_token base; /* first */
    int link;
    pthread_t listener;
    pthread_mutex_t mutex;
    pthread_cond_t done; /* for threads that wait */
    uint64_t last_id;
    _Atomic bool is_closing;
    struct pending pending[OUTSTANDING_MAX];
};

/* --- starting the key holder --- */

static bool check_module(const char *path, char *detail)
{
    struct stat status;
    char resolved[PATH_MAX];
    if (realpath(path, resolved) == NULL || stat(resolved, &status) != 0) {
        snprintf(detail, TOKEN_DETAIL_SIZE, "signing.pkcs11.module %.300s: %s", path, strerror(errno));
        return false;
    }
    return trusted_file(resolved, &status, detail);
}

static void become_holder(int link)
{
    char *const arguments[] = {(char *)(uintptr_t) "dragomand", (char *)(uintptr_t) "key-holder", NULL};
    if (link == TOKEN_DESCRIPTOR)
        fcntl(link, F_SETFD, 0);
    else
        dup2(link, TOKEN_DESCRIPTOR);
    close_range(TOKEN_DESCRIPTOR + 1, ~0U, 0);
    execv("/proc/self/exe", arguments);
    _exit(127);
}

/* What the vendor's code has in its process is not believed to be well made. */
static bool receive(int link, struct token_answer *answer, int flags)
{
    return recv(link, answer, sizeof(*answer), flags) == (ssize_t)sizeof(*answer) &&
           answer->length <= sizeof(answer->result);
}

static bool wait_for_hello(int link, char *detail)
{
    struct token_answer hello;
    struct pollfd waited = {.fd = link, .events = POLLIN};
    if (poll(&waited, 1, OPENS_MS) != 1 || !receive(link, &hello, 0)) {
        snprintf(detail, TOKEN_DETAIL_SIZE,
                 "the PKCS#11 token was not opened within %d s, or its module crashed", OPENS_MS / 1000);
        return false;
    }
    if (hello.kind == TOKEN_IS_NOT_OPEN)
        snprintf(detail, TOKEN_DETAIL_SIZE, "%.*s", (int)hello.length, (const char *)hello.result);
    return hello.kind == TOKEN_IS_OPEN;
}

enum fault token_start(const struct token_settings *settings, int *link, char *detail)
{
    struct token_start start = {0};
    int pair[2];
    snprintf(start.module, sizeof(start.module), "%s", settings->module);
    snprintf(start.label, sizeof(start.label), "%s", settings->label);
    snprintf(start.pin_file, sizeof(start.pin_file), "%s", settings->pin_file);
    if (!check_module(settings->module, detail))
        return FAULT_FILE_UNREADABLE;
    INVARIANT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    pid_t holder = fork();
    if (holder == 0)
        become_holder(pair[1]);
    close(pair[1]);
    if (holder > 0 && send(pair[0], &start, sizeof(start), MSG_NOSIGNAL) == (ssize_t)sizeof(start) &&
        wait_for_hello(pair[0], detail)) {
        *link = pair[0];
        return FAULT_NONE;
    }
    close(pair[0]);
    return FAULT_KEY_UNAVAILABLE;
}

/* --- answers --- */

static void complete(struct loop_message *message)
{
    struct pending *pending = (struct pending *)((char *)message - offsetof(struct pending, message));
    struct flow_wait *wait = pending->signing != NULL ? &pending->signing->wait : &pending->making->wait;
    pthread_mutex_lock(&pending->token->mutex);
    pending->id = 0;
    pthread_mutex_unlock(&pending->token->mutex);
    flow_wait_done(wait);
}

static void take_made(struct key_making *making, const struct token_answer *answer)
{
    const unsigned char *at = answer->result;
    making->public_half = d2i_PUBKEY(NULL, &at, (long)answer->length);
    ERR_clear_error();
    memcpy(making->reference, answer->reference, KEY_REFERENCE_SIZE);
    making->fault =
        algorithm_fits_key(making->algorithm, making->public_half) ? FAULT_NONE : FAULT_KEY_UNAVAILABLE;
}

static void take_signed(struct signing *signing, const struct token_answer *answer)
{
    signing->fault = answer->length <= SIGNATURE_SIZE_MAX ? FAULT_NONE : FAULT_KEY_UNAVAILABLE;
    signing->length = signing->fault == FAULT_NONE ? answer->length : 0;
    memcpy(signing->signature, answer->result, signing->length);
}

/* answer: NULL if there was none in time. With the mutex held. */
static void end(struct token *token, struct pending *pending, const struct token_answer *answer)
{
    bool is_good = answer != NULL && answer->kind == TOKEN_DONE;
    if (!is_good)
        LOG(LOG_ERROR, "token_failed",
            log_text("doing", pending->signing != NULL ? TEXT("sign") : TEXT("make")),
            log_text("reason", answer == NULL ? TEXT("no answer in time")
                                              : (struct text){(const char *)answer->result, answer->length}));
    if (pending->signing != NULL && is_good)
        take_signed(pending->signing, answer);
    else if (pending->signing != NULL)
        pending->signing->fault = FAULT_KEY_UNAVAILABLE;
    else if (is_good)
        take_made(pending->making, answer);
    else
        pending->making->fault = FAULT_KEY_UNAVAILABLE;
    pending->is_done = true;
    pending->message.run = complete;
    if (pending->loop != NULL)
        loop_post(pending->loop, &pending->message);
    else
        pthread_cond_broadcast(&token->done);
}

static void take_answer(struct token *token, const struct token_answer *answer)
{
    if (answer->kind == TOKEN_IS_OPEN || answer->kind == TOKEN_IS_NOT_OPEN) {
        LOG(answer->kind == TOKEN_IS_OPEN ? LOG_WARNING : LOG_ERROR, "token_opened_again",
            log_text("reason", (struct text){(const char *)answer->result, answer->length}));
        return;
    }
    pthread_mutex_lock(&token->mutex);
    struct pending *pending = &token->pending[answer->id % OUTSTANDING_MAX];
    if (pending->id == answer->id && !pending->is_done)
        end(token, pending, answer);
    pthread_mutex_unlock(&token->mutex);
}

static void give_up_late(struct token *token)
{
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&token->mutex);
    for (size_t i = 0; i < OUTSTANDING_MAX; i++) {
        struct pending *pending = &token->pending[i];
        if (pending->id != 0 && !pending->is_done && pending->until_us < now_us)
            end(token, pending, NULL);
    }
    pthread_mutex_unlock(&token->mutex);
}

/* Nobody is at the other end, who would start another one: only a new worker has a new key holder, and without
 * one nothing is granted. */
static void leave(const struct token *token)
{
    if (atomic_load(&token->is_closing))
        return;
    LOG(LOG_ERROR, "token_lost", log_text("reason", TEXT("the key holder has ended")));
    _exit(EXIT_FAILURE);
}

static void *listen_on(void *context)
{
    struct token *token = context;
    struct token_answer answer;
    while (!atomic_load(&token->is_closing)) {
        struct pollfd waited = {.fd = token->link, .events = POLLIN};
        bool is_there = poll(&waited, 1, TICK_MS) == 1;
        while (is_there && receive(token->link, &answer, MSG_DONTWAIT))
            take_answer(token, &answer);
        give_up_late(token);
        if (is_there && (waited.revents & POLLHUP) != 0)
            leave(token);
    }
    return NULL;
}

/* --- requests --- */

/* A place whose number is the id's, so that an answer finds it. NULL: as many are under way as there may be. */
static struct pending *take_place(struct token *token)
{
    for (size_t i = 0; i < OUTSTANDING_MAX; i++) {
        uint64_t id = ++token->last_id;
        struct pending *pending = &token->pending[id % OUTSTANDING_MAX];
        if (pending->id == 0 && id != 0) {
            *pending = (struct pending){.id = id};
            return pending;
        }
    }
    return NULL;
}

/* False, and nothing is under way: the holder is away or has too much to do. */
static bool submit(struct token *token, struct token_request *request, const struct pending *what)
{
    pthread_mutex_lock(&token->mutex);
    struct pending *pending = take_place(token);
    bool is_sent = false;
    if (pending != NULL) {
        uint64_t id = pending->id;
        *pending = *what;
        pending->token = token;
        pending->id = request->id = id;
        is_sent = send(token->link, request, sizeof(*request), MSG_DONTWAIT | MSG_NOSIGNAL) ==
                  (ssize_t)sizeof(*request);
        if (!is_sent)
            pending->id = 0;
    }
    pthread_mutex_unlock(&token->mutex);
    return is_sent;
}

static void sign(struct key_token *base, const struct signing_key *key, struct text input,
                 struct signing *signing)
{
    struct token *token = (struct token *)base;
    struct token_request request = {.kind = TOKEN_SIGN, .algorithm = key->algorithm};
    memcpy(request.reference, key->reference, KEY_REFERENCE_SIZE);
    digest_sha256(input, request.digest);
    const struct pending pending = {
        .signing = signing, .loop = loop_current(), .until_us = clock_monotonic_us() + SIGNS_US};
    if (token_knows(key->algorithm) && submit(token, &request, &pending))
        return;
    signing->fault = FAULT_KEY_UNAVAILABLE;
    flow_wait_done(&signing->wait);
}

static bool start_making(struct token *token, struct key_making *making, struct loop *loop)
{
    struct token_request request = {.kind = TOKEN_MAKE, .algorithm = making->algorithm};
    const struct pending pending = {
        .making = making, .loop = loop, .until_us = clock_monotonic_us() + MAKES_US};
    if (token_knows(making->algorithm) && submit(token, &request, &pending))
        return true;
    making->fault = FAULT_KEY_UNAVAILABLE;
    return false;
}

static void make(struct key_token *base, struct key_making *making)
{
    if (!start_making((struct token *)base, making, loop_current()))
        flow_wait_done(&making->wait);
}

static struct pending *pending_of(struct token *token, const struct key_making *making)
{
    for (size_t i = 0; i < OUTSTANDING_MAX; i++)
        if (token->pending[i].id != 0 && token->pending[i].making == making)
            return &token->pending[i];
    return NULL;
}

static void make_and_wait(struct key_token *base, struct key_making *making)
{
    struct token *token = (struct token *)base;
    if (!start_making(token, making, NULL))
        return;
    pthread_mutex_lock(&token->mutex);
    struct pending *pending = pending_of(token, making);
    while (!pending->is_done)
        pthread_cond_wait(&token->done, &token->mutex);
    pending->id = 0;
    pthread_mutex_unlock(&token->mutex);
}

/* --- its life --- */

static void end_all(struct key_token *base)
{
    struct token *token = (struct token *)base;
    atomic_store(&token->is_closing, true);
    pthread_join(token->listener, NULL);
    close(token->link);
    pthread_mutex_destroy(&token->mutex);
    pthread_cond_destroy(&token->done);
    free(token);
}

struct key_token *token_open(int link)
{
    struct token *token = calloc(1, sizeof(*token));
    pthread_attr_t attributes;
    INVARIANT(token != NULL && pthread_mutex_init(&token->mutex, NULL) == 0 &&
              pthread_cond_init(&token->done, NULL) == 0 && pthread_attr_init(&attributes) == 0);
    token->base = (struct key_token){sign, make, make_and_wait, end_all};
    token->link = link;
    (void)pthread_attr_setstacksize(&attributes, LISTENER_STACK);
    INVARIANT(pthread_create(&token->listener, &attributes, listen_on, token) == 0);
    pthread_attr_destroy(&attributes);
    return &token->base;
}
