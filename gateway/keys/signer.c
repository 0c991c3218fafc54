/* With a key in this process it has signed before it returns; with one in a token, whoever has that does. */
#include "keys/signer.h"

#include "keys/key_token.h"

void signer_sign(const struct signing_key *key, struct text input, struct signing *signing)
{
    if (key->token != NULL)
        return key->token->sign(key->token, key, input, signing);
    bool is_signed = key->key != NULL && key->home != SIGNING_KEY_IN_TOKEN &&
                     algorithm_sign(key->algorithm, key->key, input, signing->signature, &signing->length);
    signing->fault = is_signed ? FAULT_NONE : FAULT_KEY_UNAVAILABLE;
    flow_wait_done(&signing->wait);
}
