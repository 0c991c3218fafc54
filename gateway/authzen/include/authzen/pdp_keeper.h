/* A client of the outside policy decision point for every loop, which only that loop uses. */
#ifndef AUTHZEN_PDP_KEEPER_H
#define AUTHZEN_PDP_KEEPER_H

#include "authzen/pdp.h"

struct pdp_keeper;

struct pdp_keeper *pdp_keeper_create(struct loop *const *loops, size_t count,
                                     const struct authzen_options *options);
/* When no loop runs any more, before they are destroyed. NULL is fine. */
void pdp_keeper_destroy(struct pdp_keeper *keeper);
/* Of the calling loop; NULL where there is no decision point (no keeper). */
struct authzen_client *pdp_keeper_client(const struct pdp_keeper *keeper);

#endif
