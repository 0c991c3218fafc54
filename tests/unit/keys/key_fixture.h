/* What the tests of the keys share: keys of every kind, a private folder, a sealer, a ring on rows in memory.
 */
#ifndef KEY_FIXTURE_H
#define KEY_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "keys/key_ring.h"

enum fixture_key {
    KEY_RSA,
    KEY_RSA_OTHER,
    KEY_RSA_1024,
    KEY_P256,
    KEY_P384,
    KEY_P521,
    KEY_ED25519,
    KEY_K256,
    KEY_COUNT
};

/* Made once per program, freed at its end. */
EVP_PKEY *fixture_key(enum fixture_key which);
enum fixture_key fixture_key_for(enum algorithm algorithm);

struct fixture {
    char folder[64];
    char sealing_key_path[96];
    char store_path[96];
    struct arena *arena;
    struct sealer *sealer;
};

int fixture_begin(void **state);
int fixture_end(void **state);
struct fixture *fixture_of(void **state);

/* Writes a file of this mode into the folder; the path is the arena's. */
const char *fixture_write(struct fixture *fixture, const char *name, const char *content, unsigned mode);

/* The rows of a store that lives in the test. */
struct fixture_rows {
    struct store_key rows[64];
    size_t count;
};
/* What a store does with the rows of a plan: insert, or replace by id. */
#define REVISION ((struct store_counter){1, 1}) /* of rows whose history is no matter */
void fixture_store(struct fixture_rows *rows, const struct store_key *changed, size_t count);

#endif
