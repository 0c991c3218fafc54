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
    struct adapter_registry *adapters;
    struct world *world;
    struct arena *arena, *guard_arena;
    char folder[64];
};

int fixture_begin(void **state);
int fixture_end(void **state);
/* The cast, and more documents behind it. */
int fixture_begin_with(void **state, const char *more);
/* Compiles them in place of the world there is; false: there are mistakes, a line each. */
bool fixture_use(struct fixture *fixture, const char *more, struct buffer *mistakes);
/* On the thread of the fixture's loop, and until it returns. */
void fixture_on_loop(struct fixture *fixture, void (*run)(void *context), void *context);
/* alice of corp, by way of the client "agent", asks for orders; each test changes what it is about. The one
 * before is gone. */
struct exchange *fixture_exchange(void **state);
void fixture_ask_scope(struct exchange *x, const char *scope);
/* The same by an agent of class "deployer" (documents: fixture_class_documents) that shows its own token. */
struct exchange *fixture_exchange_by_agent(void **state);
extern const char fixture_class_documents[];
/* The target and the decision. */
enum fault fixture_decide(struct exchange *x);

#endif
