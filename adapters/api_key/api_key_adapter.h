/* API keys of our own: made here, shown to whoever asks this gateway what they are worth. */
#ifndef ADAPTERS_API_KEY_ADAPTER_H
#define ADAPTERS_API_KEY_ADAPTER_H

#include "adapters/adapter_registry.h"

/* A key and all that an answer has of it, but for its type and how it is shown; completes nothing. */
void api_key_mint(const struct sealer *sealer, const struct credential_order *order,
                  struct credential_minting *minting);

struct adapter api_key_adapter(struct adapter_registry_options *options);

#endif
