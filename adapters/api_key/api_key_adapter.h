/* API keys of our own: made here, shown to whoever asks this gateway what they are worth. */
#ifndef ADAPTERS_API_KEY_ADAPTER_H
#define ADAPTERS_API_KEY_ADAPTER_H

#include "adapters/adapter_registry.h"

struct adapter api_key_adapter(struct adapter_registry_options *options);

#endif
