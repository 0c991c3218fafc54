/* API keys of our own: made here, shown to whoever asks this gateway what they are worth. */
#ifndef ADAPTERS_API_KEY_ADAPTER_H
#define ADAPTERS_API_KEY_ADAPTER_H

#include "adapters/adapter.h"

/* Its context is a struct adapter_registry_options, which the registry sets. */
extern const struct adapter api_key_adapter;

#endif
