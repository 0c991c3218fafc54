/* Keys in files: which are taken, and what is said of the others; in a ring, who signs. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#include "key_fixture.h"
#include "keys/key_files.h"
#include "ring_parts.h"

enum { NOW = 1000000, LIVE = 300 };

static const enum algorithm both[] = {ALGORITHM_ES256, ALGORITHM_RS256};

/* The path of a file with this key. */
static struct text write_pem(struct fixture *fixture, const char *name, EVP_PKEY *key)
{
    BIO *bytes = BIO_new(BIO_s_mem());
    char *base = NULL;
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bytes, key, NULL, NULL, 0, NULL, NULL), 1);
    long length = BIO_get_mem_data(bytes, &base);
    struct text pem = arena_copy(fixture->arena, (struct text){base, (size_t)length});
    BIO_free(bytes);
    return text_of(fixture_write(fixture, name, pem.base, 0600));
}

static struct text write_key(struct fixture *fixture, const char *name, enum fixture_key which)
{
    return write_pem(fixture, name, fixture_key(which));
}

static void assert_refused(const struct text *paths, size_t count, const enum algorithm *algorithms,
                           size_t algorithm_count, const char *why)
{
    struct key_files files = {0};
    char detail[KEY_FILES_DETAIL_SIZE] = "";
    assert_int_not_equal(key_files_read(paths, count, algorithms, algorithm_count, &files, detail), FAULT_NONE);
    key_files_close(&files);
    if (strstr(detail, why) == NULL)
        fail_msg("\"%s\" says nothing of \"%s\"", detail, why);
}

static void says_why_it_does_not_take_a_file(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct text good = write_key(fixture, "p256.pem", KEY_P256), twice[] = {good, good};
    const struct text missing = TEXT("/nowhere/key.pem"), open = write_key(fixture, "open.pem", KEY_P256);
    const struct text other = write_key(fixture, "p384.pem", KEY_P384);
    const struct text weak = write_key(fixture, "weak.pem", KEY_RSA_1024);
    const struct text rsa = write_key(fixture, "rsa.pem", KEY_RSA);
    const struct text none = text_of(fixture_write(fixture, "none.pem", "no key", 0600));
    static const enum algorithm ambiguous[] = {ALGORITHM_RS256, ALGORITHM_PS256};
    assert_int_equal(chmod(open.base, 0640), 0);
    assert_refused(&missing, 1, both, 2, "/nowhere/key.pem cannot be read");
    assert_refused(&open, 1, both, 2, "open to others than its owner");
    assert_refused(&none, 1, both, 2, "is no unencrypted private key in PEM");
    assert_refused(&other, 1, both, 2, "fits none of signing.algorithms");
    assert_refused(&weak, 1, both, 2, "fits none of signing.algorithms");
    assert_refused(&rsa, 1, ambiguous, 2, "could sign several of signing.algorithms");
    assert_refused(twice, 2, both, 2, "is in another file too");
}

/* --- in a ring --- */

static struct key_ring *ring_of(struct fixture *fixture, const struct text *paths, size_t count)
{
    char detail[KEY_FILES_DETAIL_SIZE] = "";
    struct key_ring *ring = key_ring_create(fixture->sealer);
    if (key_files_read(paths, count, both, 2, &ring->files, detail) != FAULT_NONE)
        fail_msg("%s", detail);
    return ring;
}

static void reload(struct key_ring *ring, const struct fixture_rows *rows)
{
    assert_int_equal(key_ring_reload(ring, rows->rows, rows->count, REVISION, NOW), FAULT_NONE);
}

static struct text signer_of(struct fixture *fixture, struct key_ring *ring)
{
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    const struct signing_key *key = key_snapshot_signer(snapshot, ALGORITHM_ES256, NOW);
    struct text id = key == NULL ? TEXT_NONE : arena_copy(fixture->arena, key->id);
    key_ring_release(ring, snapshot);
    return id;
}

static bool verifies(struct key_ring *ring, struct text id)
{
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    bool is_there = key_snapshot_verifier(snapshot, id, NOW) != NULL;
    key_ring_release(ring, snapshot);
    return is_there;
}

static void revoke(struct fixture *fixture, struct key_ring *ring, struct fixture_rows *rows, struct text id)
{
    struct key_plan plan = {0};
    assert_int_equal(key_ring_plan_revocation(ring, id, NOW, 600, fixture->arena, &plan), FAULT_NONE);
    fixture_store(rows, plan.rows, plan.count);
    reload(ring, rows);
}

/* Another one than the fixture's. */
static struct text write_new_p256(struct fixture *fixture, const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct text path = write_pem(fixture, name, key);
    EVP_PKEY_free(key);
    return path;
}

static void signs_with_the_first_and_goes_on_with_the_next_when_that_is_revoked(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct text paths[] = {write_key(fixture, "first.pem", KEY_P256),
                                 write_new_p256(fixture, "second.pem")};
    struct key_ring *ring = ring_of(fixture, paths, 2);
    struct fixture_rows rows = {0};
    struct key_plan plan = {0};
    reload(ring, &rows);
    const struct text first = ring->files.items[0].id, second = ring->files.items[1].id;
    assert_true(text_equal(signer_of(fixture, ring), first));
    assert_true(verifies(ring, second));
    assert_int_equal(key_ring_plan_rotation(ring, ALGORITHM_ES256, NOW, 600, LIVE, fixture->arena, &plan),
                     FAULT_KEY_IN_FILE);

    revoke(fixture, ring, &rows, first);
    assert_int_equal(rows.count, 1); /* the other one takes over by itself */
    assert_int_equal(rows.rows[0].remove_at_s, 0);
    assert_true(text_equal(signer_of(fixture, ring), second));
    assert_false(verifies(ring, first));

    /* Nothing is left: a key in the store signs at once. */
    revoke(fixture, ring, &rows, second);
    assert_int_equal(rows.count, 3);
    assert_false(verifies(ring, second));
    assert_true(text_equal(signer_of(fixture, ring), rows.rows[2].id));
    key_ring_close(ring);
}

static void retires_what_the_store_has_of_an_algorithm_in_files(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const struct text path = write_key(fixture, "first.pem", KEY_P256);
    struct key_ring *before = key_ring_create(fixture->sealer), *ring = ring_of(fixture, &path, 1);
    struct fixture_rows rows = {0};
    struct key_plan plan = {0};
    reload(before, &rows);
    assert_int_equal(key_ring_plan_rotation(before, ALGORITHM_ES256, NOW - 100, 0, LIVE, fixture->arena, &plan),
                     FAULT_NONE);
    fixture_store(&rows, plan.rows, plan.count);
    reload(ring, &rows);
    const struct text old = rows.rows[0].id;
    assert_true(text_equal(signer_of(fixture, ring), ring->files.items[0].id));
    assert_int_equal(key_ring_plan_retirement(ring, ALGORITHM_ES256, NOW, LIVE, fixture->arena, &plan),
                     FAULT_NONE);
    assert_int_equal(plan.count, 1);
    assert_true(text_equal(plan.rows[0].id, old));
    assert_int_equal(plan.rows[0].retire_at_s, NOW);
    assert_int_equal(plan.rows[0].remove_at_s, NOW + LIVE);
    assert_true(verifies(ring, old));
    key_ring_close(before);
    key_ring_close(ring);
}

#define KEY_FILES_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_FILES_TEST(says_why_it_does_not_take_a_file),
        KEY_FILES_TEST(signs_with_the_first_and_goes_on_with_the_next_when_that_is_revoked),
        KEY_FILES_TEST(retires_what_the_store_has_of_an_algorithm_in_files),
    };
    return cmocka_run_group_tests_name("keys/key_files", tests, NULL, NULL);
}
