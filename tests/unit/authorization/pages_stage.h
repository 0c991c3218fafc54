/* What the tests of the pages share: a gateway with a store, a server, one target that people connect, and a
 * browser. Nothing here knows a page; a test says who answers. */
#ifndef PAGES_STAGE_H
#define PAGES_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

#include "exchange/gateway.h"
#include "transport/request.h"
#include "wire.h"

struct pages_stage {
    char folder[64], path[96];
    struct gateway gateway;
    struct loop *loop;
    struct world *world;
    struct server *server;
    struct arena *arena, *guard_arena;
    pthread_t thread;
    char last[65536]; /* answer */
    char browser[64]; /* its invitation's cookie; empty: it has none */
};
extern struct pages_stage stage;

/* adapter: that of the target "mail". */
void pages_stage_begin(void (*handle)(struct request *request, void *context), const struct adapter *adapter);
void pages_stage_end(void);

/* person: what its header x-person says; headers: whole lines; NULL for none. body NULL: a GET. */
struct wire *stage_send(const char *path, const char *person, const char *headers, const char *body);
/* The status; the whole answer is in stage.last. */
int stage_hear(struct wire *wire);
int stage_ask(const char *path, const char *person, const char *headers, const char *body);
bool stage_shows(const char *part);
bool stage_shows_reference(struct text id);

/* Newest first. */
struct store_record *stage_records(size_t *count);
const struct store_record *stage_last_record(void);
/* reason NULL: it has none. */
void stage_assert_record(const char *kind, const char *outcome, const char *reason);
/* Whether a cutoff of this lease is stored. */
bool stage_is_ended(struct text id);
/* As another gateway would: this one has not seen it yet. */
void stage_kill(const char *kind, const char *id);
/* More kills than this gateway keeps in memory: from then on it has to ask the store. */
void stage_forget_kills(void);

#endif
