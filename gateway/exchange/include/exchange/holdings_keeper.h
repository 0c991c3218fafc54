/* What was issued before documents asked what is held (decision 0032): nobody wrote it down as held then. When
 * documents come that ask more than those before, the live credentials of the store are looked through and
 * written down; until that is done, exchanges that ask are refused with HELD_UNKNOWN. Twice more a little
 * later, for what other gateways and exchanges under way issued by the documents before. */
#ifndef EXCHANGE_HOLDINGS_KEEPER_H
#define EXCHANGE_HOLDINGS_KEEPER_H

#include "exchange/gateway.h"

struct holdings_keeper;

/* At the start of a program, blocking while what the first world asks for is looked up. It works on that loop,
 * which is the one that worlds are swapped from, as soon as it runs. */
struct holdings_keeper *holdings_keeper_create(struct gateway *gateway, struct loop *loop, struct world *first);
/* After the loops; once gateway->is_closed nothing is begun any more. */
void holdings_keeper_destroy(struct holdings_keeper *keeper);

/* On that loop. Before a world takes effect: whether it asks more than the one in effect is noted in it. */
void holdings_keeper_compare(struct holdings_keeper *keeper, struct world *next);
/* Once it is in effect on every loop. */
void holdings_keeper_follow(struct holdings_keeper *keeper, struct world *world);

#endif
