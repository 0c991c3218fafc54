/* One request of the gateway while it is worked on, and the program it belongs to. */
#ifndef SDK_CALL_H
#define SDK_CALL_H

#include <stdatomic.h>

#include "channel.h"
#include "dragoman/adapter_sdk.h"
#include "gateway_asks.h"
#include "keys/seal.h"
#include "message.h"
#include "opening.h"
#include "runtime/address_guard.h"
#include "work.h"

/* What start and initialize told; does not change while calls run. */
struct adapter_program {
    const struct adapter_definition *definition;
    struct channel channel;
    struct gateway_asks asks;
    struct work work;
    struct opening opening;
    struct arena *arena;
    struct sealer *sealer;
    const struct address_guard *guard;
    struct text ca;                    /* PEM, or TEXT_NONE: the system's */
    const struct json_value *files;    /* name -> descriptor; NULL: none */
    const struct json_value *sockets;  /* the same */
    const struct json_value *settings; /* of its own document; NULL: none */
    int listener;                      /* -1: none */
    bool is_initialized;
};

struct adapter_call {
    struct adapter_program *program;
    struct arena *arena;
    struct message message;
    int64_t deadline_us;             /* monotonic */
    _Atomic int64_t cancelled_at_us; /* monotonic; 0: it is not */
    bool is_shielded;                /* of the thread that runs it */
    bool is_running;                 /* under work's mutex */
    struct text said;                /* why it did not end well */
    struct text shown, path;
    const char *about;     /* "subject", "request" or NULL: see data.about in PROTOCOL.md */
    struct text account;   /* that was connected */
    bool is_revoked_there; /* what was disconnected */
    int64_t retry_after_s;
    struct adapter_call *next; /* of all that are not answered */
};

/* The message's memory becomes the call's. */
struct adapter_call *call_create(struct adapter_program *program, struct arena *arena,
                                 const struct message *message, int64_t deadline_ms);
void call_cancel(struct adapter_call *call);
void call_destroy(struct adapter_call *call);

#endif
