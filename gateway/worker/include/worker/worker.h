/* The process that serves: opens the store and the keys, compiles the documents, runs one loop per thread until
 * it is told to stop, drains. dragomand runs it, dragoman-dev runs it beside its fixtures. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "base/buffer.h"
#include "config/documents.h"
#include "keys/seal.h"
#include "transport/listening_socket.h"

enum { WORKER_THREADS_MAX = 64 };

struct worker;
struct adapter_host;

/* Sockets that listen already, kept open by a supervisor: one per thread for each Internet address, one for a
 * Unix socket. The worker takes over what it is given. */
struct worker_sockets {
    const struct listening_sockets *items;
    size_t count;
    size_t threads; /* 1 to WORKER_THREADS_MAX */
};

/* The way to whoever starts adapters that are programs (adapter_host/adapter_host.h); from any thread, and from
 * the first loops on, which may run before worker_start returns. */
struct worker_programs {
    void (*start)(void *context, struct text name, struct text document);
    void (*stop)(void *context, struct text name);
    void (*kill)(void *context, struct text name, int64_t instance);
    void *context;
};

struct key_token;

/* The key to the store, or that there is none yet: then the worker answers so, and does nothing else. */
struct worker_sealing {
    struct sealer *sealer; /* the worker's from then on; NULL: sealed */
    struct text source;    /* where the key comes from: a member of spec.sealing, or "operator" */
    int64_t since_s;       /* sealed or unsealed */
    struct text failure;   /* of the last attempt to have it; TEXT_NONE: none */
    bool is_by_operator;   /* the key was given just now, which is recorded */
    bool (*offer)(const struct secret *key); /* hands on one that an operator gives; may be NULL */
    struct key_token *token; /* that signing keys are made in; NULL: there is none. The worker's */
};

/* How many threads these settings ask for. */
size_t worker_threads(const struct gateway_document *settings);
/* Starts serving what these documents (already checked, kept by the caller as long as the worker) describe,
 * together with those in the store. SEAL_BROKEN: the key is another than the store's. sockets, kept as long,
 * may be NULL: then it opens its own; programs too: then adapters that are programs are unavailable. mistakes
 * gets what people must read when it fails. */
MUST_USE enum fault worker_start(const struct documents *documents, const struct worker_sockets *sockets,
                                 const struct worker_programs *programs, const struct worker_sealing *sealing,
                                 struct worker **worker, struct buffer *mistakes);
/* For what becomes of the programs: adapter_host_note_started and the like. Lives as long as the worker. */
struct adapter_host *worker_adapter_host(struct worker *worker);
/* The port of the nth listen address (for port 0). */
uint16_t worker_port(const struct worker *worker, size_t listener);
/* Shows from now on that a reload was refused, in /readyz and a metric: what is served is the last that was
 * good.
 */
void worker_note_refused_reload(struct worker *worker);
/* While it is sealed: why there is still no key, and what became of one that was offered. */
void worker_note_sealed(struct worker *worker, struct text failure);
void worker_note_offer(struct worker *worker, struct text outcome); /* "opened", "wrong", "untried" */
/* It is going to be drained: not ready from now on, and serves on. */
void worker_note_leaving(struct worker *worker);
/* Whether all loops have turned since this was asked last, without waiting for any; otherwise silent gets the
 * names of those that have not. From one thread. */
MUST_USE bool worker_has_pulse(struct worker *worker, struct buffer *silent);
/* Drains and ends: returns when the last answer has left or drain_ms have passed. */
void worker_stop(struct worker *worker, int64_t drain_ms);

#endif
