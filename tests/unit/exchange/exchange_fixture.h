/* Worlds compiled from documents as people write them, and an exchange in one of them up to where it is
 * decided. The tokens are given as verified; how they get there is trust's business. */
#ifndef TEST_EXCHANGE_FIXTURE_H
#define TEST_EXCHANGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"

#include <cmocka.h>

enum { FIXTURE_NOW = 1800000000 };

struct fixture {
    struct loop *loop;
    struct key_keeper *keeper;
    struct sealer *sealer;
    struct world *world;
    struct arena *arena, *guard_arena;
    char folder[64];
};

int fixture_begin(void **state);
int fixture_end(void **state);
/* alice of corp, by way of the client "agent", asks for orders; each test changes what it is about. The one
 * before is gone. */
struct exchange *fixture_exchange(void **state);
void fixture_ask_scope(struct exchange *x, const char *scope);
/* The target and the decision. */
enum fault fixture_decide(struct exchange *x);

#endif
