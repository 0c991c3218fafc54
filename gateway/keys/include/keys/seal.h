/* Sealing: AES-256-GCM under a key from a file outside the database, bound to the row it belongs to by
 * associated data. Also derives the keys for keyed hashes of client secrets. A database copy alone reveals
 * nothing. */
#ifndef KEYS_SEAL_H
#define KEYS_SEAL_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/secret.h"

struct sealer;

/* Reads 32 bytes (as 64 hexadecimal digits or 43 base64url characters, one line) from an owner-only file.
 * detail, at least 256 bytes, says what is wrong. */
MUST_USE enum fault sealer_open(const char *path, struct sealer **sealer, char *detail);
/* Makes such a file, mode 0600; fails if it exists. */
MUST_USE enum fault sealer_make_file(const char *path, char *detail);
/* Of a key that came another way; master becomes the sealer's. */
struct sealer *sealer_create(struct secret *master);
/* A name for the key that says nothing of it: two gateways show the same one if they have the same key. */
enum { SEALER_KEY_ID_SIZE = 17 };
void sealer_key_id(const struct sealer *sealer, char id[SEALER_KEY_ID_SIZE]);
void sealer_destroy(struct sealer *sealer);

struct text seal(const struct sealer *sealer, struct arena *arena, struct text plain, struct text row);
MUST_USE enum fault unseal(const struct sealer *sealer, struct text sealed, struct text row,
                           struct secret **plain);
/* A key of its own for whoever is called so, e.g. "adapter" and "acme" (HKDF): another name is another key, and
 * none of them says anything of ours. */
struct secret *sealer_derive(const struct sealer *sealer, const char *purpose, struct text name);
/* HMAC under a key derived for this purpose (HKDF), e.g. "client-secret". */
void sealer_keyed_hash(const struct sealer *sealer, const char *purpose, struct text text,
                       unsigned char out[DIGEST_SIZE]);

#endif
