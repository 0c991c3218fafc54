/* One login for an MCP server, on a thread of its own, as a person may take minutes and calls go on meanwhile.
 * Posts its end to the loop. */
#ifndef CLI_SHIM_LOGIN_H
#define CLI_SHIM_LOGIN_H

#include <pthread.h>
#include <stdatomic.h>

#include "command.h"
#include "runtime/loop.h"

struct shim_login {
    struct loop_message message; /* its run is set by the owner; runs on the loop when the login is over */
    struct loop *loop;
    void *owner;
    /* What it is for, in its arena. */
    struct text server, metadata, allowed_issuer, client_id;
    struct text scope; /* wanted; empty: what the server lists */
    bool opens_browser;
    /* How it ended. */
    enum exit_code code;
    struct text token, issuer, granted;
    int64_t expires_at_s; /* 0: not known */

    struct arena *arena;
    struct invocation invocation;
    atomic_bool is_over;
    pthread_t thread;
};

struct shim_login *shim_login_create(const struct invocation *invocation);
/* false: no thread can be had. */
bool shim_login_start(struct shim_login *login);
/* Waits for the thread; a login that is under way is given up. Its message may still be to run. */
void shim_login_stop(struct shim_login *login);
/* When it has been stopped, and its message has run. */
void shim_login_destroy(struct shim_login *login);

#endif
