/* The built-in adapters, and then whoever else has some. */
#include "adapters/adapter_registry.h"

#include <stdlib.h>

#include "../api_key/api_key_adapter.h"
#include "../jwt/jwt_adapter.h"
#include "../mcp/mcp_adapter.h"
#include "../vault/vault_adapter.h"

enum { BUILT_IN_COUNT = 4 };

struct adapter_registry {
    struct adapter_registry_options options;
    struct adapter built_in[BUILT_IN_COUNT];
};

struct adapter_registry *adapter_registry_create(const struct adapter_registry_options *options)
{
    struct adapter_registry *registry = calloc(1, sizeof(*registry));
    INVARIANT(registry != NULL);
    registry->options = *options;
    registry->built_in[0] = jwt_adapter;
    registry->built_in[1] = vault_adapter(&registry->options);
    registry->built_in[2] = api_key_adapter(&registry->options);
    registry->built_in[3] = mcp_adapter(&registry->options);
    return registry;
}

void adapter_registry_destroy(struct adapter_registry *registry)
{
    free(registry);
}

const struct adapter *adapter_registry_find(const struct adapter_registry *registry, struct text name)
{
    for (size_t i = 0; i < BUILT_IN_COUNT; i++)
        if (text_equal(name, registry->built_in[i].name))
            return &registry->built_in[i];
    const struct adapter_registry_options *options = &registry->options;
    return options->find_program == NULL ? NULL : options->find_program(options->context, name);
}
