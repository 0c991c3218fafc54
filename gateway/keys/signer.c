/* The signer that holds the keys in this process: it has signed before it returns. */
#include "keys/signer.h"

void signer_sign(const struct signing_key *key, struct text input, struct signing *signing)
{
    bool is_signed = key->key != NULL &&
                     algorithm_sign(key->algorithm, key->key, input, signing->signature, &signing->length);
    signing->fault = is_signed ? FAULT_NONE : FAULT_KEY_UNAVAILABLE;
    flow_wait_done(&signing->wait);
}
