/* Our signing keys as a loop sees them: immutable, made by the key ring. Their states change by themselves as
 * their times come, without any write, so every question names the time it is asked at. */
#ifndef KEYS_KEY_SNAPSHOT_H
#define KEYS_KEY_SNAPSHOT_H

#include "keys/algorithm.h"

enum signing_key_state { SIGNING_KEY_PUBLISHED, SIGNING_KEY_ACTIVE, SIGNING_KEY_RETIRED, SIGNING_KEY_REVOKED };

struct key_token;

enum { KEY_REFERENCE_SIZE = 16 }; /* of a key in a token: its CKA_ID */

enum signing_key_home { SIGNING_KEY_IN_STORE, SIGNING_KEY_IN_TOKEN, SIGNING_KEY_IN_FILE };
/* Of a key in a file behind the one that signs: it is published until an operator puts it first. */
#define SIGNING_KEY_WAITS INT64_MAX

struct signing_key {
    struct text id; /* kid: base64url SHA-256 of the SubjectPublicKeyInfo */
    enum algorithm algorithm;
    enum signing_key_home home;
    enum signing_key_state state; /* when the snapshot was made; signing_key_state_at tells it now */
    EVP_PKEY *key;                /* of one in a token its public half; NULL once revoked */
    struct key_token *token;      /* of one in a token; NULL where that is not there */
    unsigned char reference[KEY_REFERENCE_SIZE]; /* of one in a token */
    struct text public_jwk;                      /* JSON object with kty, the public members, kid, alg, use */
    int64_t created_at_s, activate_at_s, retire_at_s, remove_at_s, revoked_at_s; /* 0: not said */
};

enum signing_key_state signing_key_state_at(const struct signing_key *key, int64_t now_s);
/* Whether it may still verify, and so belongs in the JWKS: neither revoked nor past remove_at_s. */
bool signing_key_is_listed(const struct signing_key *key, int64_t now_s);
struct text
signing_key_state_name(enum signing_key_state state); /* "published", ... as rows and the admin API say it */

struct key_snapshot {
    const struct signing_key *keys;
    size_t count;
};

/* In a snapshot: the key that signs this algorithm now, or NULL; the key of this id that may still verify, or
 * NULL. */
const struct signing_key *key_snapshot_signer(const struct key_snapshot *snapshot, enum algorithm algorithm,
                                              int64_t now_s);
const struct signing_key *key_snapshot_verifier(const struct key_snapshot *snapshot, struct text id,
                                                int64_t now_s);
/* Whether files have this algorithm's keys: then what the store still has signs no more. */
bool key_snapshot_is_in_files(const struct key_snapshot *snapshot, enum algorithm algorithm);
/* The key in the store of this algorithm that nobody is to follow yet, published or active, or NULL. */
const struct signing_key *key_snapshot_last(const struct key_snapshot *snapshot, enum algorithm algorithm);

#endif
