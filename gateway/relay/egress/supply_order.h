/* What is to be made for a call: the order to the adapter, and what the credential stands on, as the record of
 * the credential that calls says them, narrowed to what was asked for. Pure. For credential_supply.c. */
#ifndef RELAY_SUPPLY_ORDER_H
#define RELAY_SUPPLY_ORDER_H

#include "relay/credential_supply.h"

struct supply_stands {
    struct text *items; /* as records write them: "lease ID" */
    size_t count;
};

/* The lease that calls, and whatever it stands on beside what its record says anyway. */
void supply_stands_list(const struct relayed_call *call, struct supply_stands *stands);
/* One that is too many is left out. */
void supply_stands_add(struct supply_stands *stands, struct text thing);

/* The latest moment at which anything that is made for this call may end, whatever its target says. */
int64_t supply_order_latest_s(const struct relayed_call *call);
/* Fills in all but the order's assertion; of a shared one, whose key is sharing, nobody's own tree is part. */
void supply_order_write(const struct credential_supply *asked, struct text id, struct text sharing,
                        const struct supply_stands *stands, struct credential_order *order);

#endif
