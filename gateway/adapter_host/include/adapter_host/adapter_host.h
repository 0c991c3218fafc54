/* Adapters that are programs, behind the same surface as the built-in ones (adapters/adapter.h). Each is spoken
 * to over one socket by one loop (adapters/PROTOCOL.md); calls of other loops are handed to that loop and are
 * completed on their own. Who starts the programs, and confines them, is elsewhere: the supervisor. */
#ifndef ADAPTER_HOST_ADAPTER_HOST_H
#define ADAPTER_HOST_ADAPTER_HOST_H

#include "adapters/adapter.h"
#include "config/documents.h"
#include "runtime/loop.h"
#include "store/store.h"

enum { ADAPTER_HOST_NAMES_MAX = 1024 };

struct adapter_host_options {
    struct loop *const *loops; /* an adapter is owned by one of them; copied, at most BROADCAST_LOOPS_MAX */
    size_t loop_count;
    struct store *store;         /* for their state */
    struct text gateway_version; /* borrowed */
    /* The way to whoever starts programs; from any thread. NULL start: there is nobody, adapters are
     * unavailable. */
    void (*start)(void *context, struct text name, struct text document);
    void (*stop)(void *context, struct text name);
    void (*kill)(void *context, struct text name, int64_t instance);
    void *context;
};

struct adapter_host;

struct adapter_host *adapter_host_create(const struct adapter_host_options *options);
void adapter_host_close(struct adapter_host *host);   /* loops run no more */
void adapter_host_destroy(struct adapter_host *host); /* after the loops are destroyed; NULL is fine */

/* What the supervisor says; from any thread. document: the SHA-256, in hexadecimal digits, of the one that it
 * was started by. The descriptor becomes the host's. */
void adapter_host_note_started(struct adapter_host *host, struct text name, struct text document,
                               int64_t instance, int descriptor);
void adapter_host_note_ended(struct adapter_host *host, struct text name, int64_t instance,
                             int64_t restarts_in_ms, struct text detail);
void adapter_host_note_refused(struct adapter_host *host, struct text name, struct text detail);

/* The Adapter documents that are in force, all of them: starts, stops, replaces what has changed. From any
 * loop, or before they run. */
void adapter_host_configure(struct adapter_host *host, const struct documents *documents);
/* By name; an entry is made for one not met before (bounded; then NULL), and stays as long as the host: so what
 * is returned is never freed. context is the host. From any thread. */
const struct adapter *adapter_host_find(void *host, struct text name);

/* Whether an Adapter document would work: started as a trial (`~NAME`), initialized, asked for its health,
 * stopped. On a loop. DOCUMENT_INVALID and a detail in the arena if it would not. */
struct adapter_trial {
    struct flow_wait wait;
    struct arena *arena;
    const struct document *document;
    enum fault fault;
    struct text detail;
};
void adapter_host_try(struct adapter_host *host, struct adapter_trial *trial);

/* An array, one object an adapter: name, state (absent, starting, running, paused, ended, refused), instance,
 * manifest, health, waiting, in flight, calls, failures, restarts, detail; for GET /v1/adapters. On a loop. */
struct adapter_status {
    struct flow_wait wait;
    struct arena *arena;
    struct text json;
};
void adapter_host_describe(struct adapter_host *host, struct adapter_status *status);

#endif
