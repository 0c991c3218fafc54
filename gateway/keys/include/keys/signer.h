/* Signing. In process it completes before it returns, with a key in a token later. */
#ifndef KEYS_SIGNER_H
#define KEYS_SIGNER_H

#include "base/fault.h"
#include "keys/key_snapshot.h"
#include "runtime/flow.h"

struct signing {
    struct flow_wait wait;
    enum fault fault; /* KEY_UNAVAILABLE */
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length;
};

/* Completes signing->wait. input and key are borrowed until then. */
void signer_sign(const struct signing_key *key, struct text input, struct signing *signing);

#endif
