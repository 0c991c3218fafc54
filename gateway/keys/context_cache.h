/* One thread's prepared EVP_PKEY_CTXs, by key, algorithm and operation: preparing one for each signature would
 * cost 3 microseconds of the 17 that verifying RS256 takes. Private to keys/; algorithm.c calls it. */
#ifndef KEYS_CONTEXT_CACHE_H
#define KEYS_CONTEXT_CACHE_H

#include "keys/algorithm.h"

enum context_operation { CONTEXT_SIGN, CONTEXT_VERIFY };

/* The calling thread's context for this, made at need; NULL if the algorithm does not fit the key, which is
 * checked when a context is made. The cache's, until the next call. Not for Ed25519's names, which take no
 * context. */
EVP_PKEY_CTX *context_cache_take(enum algorithm algorithm, EVP_PKEY *key, enum context_operation operation);

#endif
