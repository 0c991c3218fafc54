/* Keys in a token that makes them and signs with them for us, such as a hardware security module: what the ring
 * and the signer ask of it. Implemented by token/. */
#ifndef KEYS_KEY_TOKEN_H
#define KEYS_KEY_TOKEN_H

#include "base/fault.h"
#include "keys/key_snapshot.h"
#include "runtime/flow.h"

struct signing;

/* A key pair made in a token. Zeroed before use but for the algorithm. */
struct key_making {
    struct flow_wait wait;
    enum algorithm algorithm;
    enum fault fault; /* KEY_UNAVAILABLE */
    unsigned char reference[KEY_REFERENCE_SIZE];
    EVP_PKEY *public_half; /* NULL: none was made; key_making_end frees it */
};

struct key_token {
    /* Completes signing->wait on the calling loop, in bounded time. input and key are borrowed until then. */
    void (*sign)(struct key_token *token, const struct signing_key *key, struct text input,
                 struct signing *signing);
    /* Completes making->wait. */
    void (*make)(struct key_token *token, struct key_making *making);
    /* The same, blocking, for the start of a program. */
    void (*make_and_wait)(struct key_token *token, struct key_making *making);
    /* After the loops and before what waits on them is gone: nothing completes any more. */
    void (*close)(struct key_token *token);
};

#endif
