/* What an adapter says of itself when it is initialized. Pure. Private to this room. */
#ifndef ADAPTER_HOST_MANIFEST_H
#define ADAPTER_HOST_MANIFEST_H

#include "json/json_writer.h"

enum { MANIFEST_CREDENTIALS_MAX = 16, MANIFEST_NAME_MAX = 64, MANIFEST_TYPE_MAX = 255, PROTOCOL_VERSION = 1 };

/* A text with its bytes, so that a manifest can be copied as a whole. */
struct manifest_text {
    size_t length;
    char bytes[MANIFEST_TYPE_MAX + 1];
};

struct manifest {
    struct manifest_text name, version;
    struct manifest_credential {
        struct manifest_text type;
        bool is_bearer; /* token_type "Bearer", else "N_A" */
    } credentials[MANIFEST_CREDENTIALS_MAX];
    size_t credential_count; /* at least 1; the first is what is made where no type is asked for */
    bool has_outside_effects, wants_network, renews, shares, binds, confirms;
    enum manifest_connects { CONNECTS_NONE, CONNECTS_SECRET, CONNECTS_BROWSER } connects;
    int64_t concurrency;
};

/* From the result of initialize; false and what is wrong, for people, if it is none. */
bool manifest_read(const struct json_value *result, struct manifest *manifest, const char **mistake);
struct text manifest_text_of(const struct manifest_text *text);
/* NULL if there is none of this type. */
const struct manifest_credential *manifest_find(const struct manifest *manifest, struct text type);
void manifest_write(const struct manifest *manifest, struct json_writer *writer);

#endif
