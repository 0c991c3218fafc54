/* Every adapter by its name: the built-in ones, and the programs that the adapter host knows. */
#ifndef ADAPTERS_ADAPTER_REGISTRY_H
#define ADAPTERS_ADAPTER_REGISTRY_H

#include "adapters/adapter.h"
#include "keys/seal.h"

struct store;

struct adapter_registry_options {
    struct store *store;
    const struct sealer *sealer;
    /* Where programs are found; NULL: there are none. What it gives stays as long as the registry. */
    const struct adapter *(*find_program)(void *context, struct text name);
    void *context;
    /* Ends what a session has open at an MCP server, as its handle says; completes the wait. NULL: nobody can.
     */
    void (*end_session)(void *context, struct credential_withdrawal *withdrawal);
    void *session_context;
};

struct adapter_registry;

/* What stands in the options is borrowed until the registry is destroyed. */
struct adapter_registry *adapter_registry_create(const struct adapter_registry_options *options);
void adapter_registry_destroy(struct adapter_registry *registry);
/* By name, NULL if there is none. From any thread. */
const struct adapter *adapter_registry_find(const struct adapter_registry *registry, struct text name);

#endif
