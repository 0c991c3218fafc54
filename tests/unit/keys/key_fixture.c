/* Keys, folders and rows for the tests of the keys. */
#include "key_fixture.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static EVP_PKEY *keys[KEY_COUNT];

static EVP_PKEY *make(enum fixture_key which)
{
    switch (which) {
    case KEY_RSA:
    case KEY_RSA_OTHER:
        return EVP_RSA_gen(2048);
    case KEY_RSA_1024:
        return EVP_RSA_gen(1024);
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_P521:
        return EVP_EC_gen("P-521");
    case KEY_K256:
        return EVP_EC_gen("secp256k1");
    default:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
}

static void free_keys(void)
{
    for (int i = 0; i < KEY_COUNT; i++)
        EVP_PKEY_free(keys[i]);
}

EVP_PKEY *fixture_key(enum fixture_key which)
{
    static bool is_registered;
    if (!is_registered)
        atexit(free_keys);
    is_registered = true;
    if (keys[which] == NULL)
        keys[which] = make(which);
    assert_non_null(keys[which]);
    return keys[which];
}

enum fixture_key fixture_key_for(enum algorithm algorithm)
{
    switch (algorithm) {
    case ALGORITHM_ES256:
        return KEY_P256;
    case ALGORITHM_ES384:
        return KEY_P384;
    case ALGORITHM_ES512:
        return KEY_P521;
    case ALGORITHM_EDDSA:
    case ALGORITHM_ED25519:
        return KEY_ED25519;
    default:
        return KEY_RSA;
    }
}

int fixture_begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char detail[STORE_DETAIL_SIZE] = "";
    assert_non_null(fixture);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-keys-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->sealing_key_path, sizeof(fixture->sealing_key_path), "%s/sealing.key", fixture->folder);
    snprintf(fixture->store_path, sizeof(fixture->store_path), "%s/test.sqlite", fixture->folder);
    fixture->arena = arena_create();
    assert_int_equal(sealer_make_file(fixture->sealing_key_path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(fixture->sealing_key_path, &fixture->sealer, detail), FAULT_NONE);
    *state = fixture;
    return 0;
}

int fixture_end(void **state)
{
    static const char *const names[] = {"sealing.key",     "other.key",       "link",     "fifo", "test.sqlite",
                                        "test.sqlite-wal", "test.sqlite-shm", "directory"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", fixture->folder, names[i]);
        if (unlink(path) != 0)
            rmdir(path);
    }
    rmdir(fixture->folder);
    sealer_destroy(fixture->sealer);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

struct fixture *fixture_of(void **state)
{
    return *state;
}

const char *fixture_write(struct fixture *fixture, const char *name, const char *content, unsigned mode)
{
    const char *path = arena_print(fixture->arena, "%s/%s", fixture->folder, name).base;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(content, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

void fixture_store(struct fixture_rows *rows, const struct store_key *changed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < rows->count && !text_equal(rows->rows[at].id, changed[i].id))
            at++;
        assert_true(at < sizeof(rows->rows) / sizeof(rows->rows[0]));
        rows->rows[at] = changed[i];
        if (at == rows->count)
            rows->count++;
    }
}
