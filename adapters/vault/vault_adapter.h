/* Keys of somebody else that people have handed over, one for everybody who comes to a target or one for each
 * subject there: kept sealed, given out under a lease or, better, put into calls by egress. */
#ifndef ADAPTERS_VAULT_ADAPTER_H
#define ADAPTERS_VAULT_ADAPTER_H

#include "adapters/adapter_registry.h"

/* Needs the options' store and sealer, which are borrowed. */
struct adapter vault_adapter(const struct adapter_registry_options *options);

#endif
