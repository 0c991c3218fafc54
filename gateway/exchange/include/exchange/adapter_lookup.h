/* Adapters and targets as the documents are now, for work that goes on without a request: withdrawing what was
 * made. */
#ifndef EXCHANGE_ADAPTER_LOOKUP_H
#define EXCHANGE_ADAPTER_LOOKUP_H

#include "exchange/gateway.h"

/* Both take a struct gateway, on one of its loops. NULL: there is no such adapter. */
const struct adapter *adapter_lookup(void *gateway, struct text name);
/* Copied into the arena; the name alone where there is no such target any more. */
struct credential_target adapter_lookup_target(void *gateway, struct arena *arena, struct text name,
                                               struct text adapter);

#endif
