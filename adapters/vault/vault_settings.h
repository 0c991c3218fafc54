/* A target's settings for the vault: {"header": "x-api-key", "scheme": "Bearer", "keys": "own"}. */
#ifndef ADAPTERS_VAULT_SETTINGS_H
#define ADAPTERS_VAULT_SETTINGS_H

#include "adapters/adapter.h"

/* Whose key a subject gets. */
enum vault_keys {
    VAULT_KEYS_EITHER, /* its own, or the one that is for everybody */
    VAULT_KEYS_OWN,    /* its own alone */
    VAULT_KEYS_SHARED, /* the one that is for everybody alone */
};

struct vault_settings {
    struct credential_presentation presentation; /* default authorization, Bearer */
    enum vault_keys keys;
};

/* settings NULL: all defaults. What is wrong is left at its default. */
struct vault_settings vault_settings_read(const struct json_value *settings);
/* Fills validation->mistakes. */
void vault_settings_check(struct settings_validation *validation);

#endif
