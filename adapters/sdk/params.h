/* The params of the gateway's requests as what adapters are told. */
#ifndef SDK_PARAMS_H
#define SDK_PARAMS_H

#include "dragoman/adapter_sdk.h"

enum { DEADLINE_MS_MAX = 24 * 3600 * 1000 };

/* All false for what is missing, is of another kind or is longer than it may be. Texts point into params. */
bool params_deadline(const struct json_value *params, int64_t *deadline_ms);
bool params_target(const struct json_value *params,
                   struct adapter_target *target); /* settings have to be there */
bool params_order(struct arena *arena, const struct json_value *params, struct adapter_order *order);
bool params_lease(const struct json_value *params, struct adapter_lease *lease);
bool params_renewal(const struct json_value *params, struct adapter_lease *lease);
bool params_confirmation(struct arena *arena, const struct json_value *params,
                         struct adapter_confirmation *confirmation);
/* needs_answers: of connect_finish. */
bool params_connection(const struct json_value *params, bool needs_answers,
                       struct adapter_connection *connection);

#endif
