/* The built-in adapters by name. */
#include "adapters/adapter.h"

static const struct adapter *const built_in[] = {&jwt_adapter};

const struct adapter *adapter_find(struct text name)
{
    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
        if (text_is(name, built_in[i]->name))
            return built_in[i];
    return NULL;
}
