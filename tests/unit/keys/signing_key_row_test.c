/* A row gives back the key that went into it, or nothing. */
#include <openssl/evp.h>
#include <string.h>

#include "key_fixture.h"
#include "signing_key_row.h"

static struct store_key make(struct fixture *fixture, enum algorithm algorithm)
{
    struct store_key row;
    assert_int_equal(signing_key_row_make(fixture->sealer, fixture->arena, algorithm, NULL, 1000, 1600, &row),
                     FAULT_NONE);
    return row;
}

static enum fault open_row(struct fixture *fixture, const struct store_key *row, struct signing_key *key)
{
    return signing_key_row_open(fixture->sealer, fixture->arena, row, NULL, 1000, key);
}

static void makes_a_key_of_every_algorithm_that_opens_and_signs(void **state)
{
    struct fixture *fixture = fixture_of(state);
    static const enum algorithm algorithms[] = {ALGORITHM_RS256, ALGORITHM_ES256, ALGORITHM_ES384,
                                                ALGORITHM_ES512, ALGORITHM_EDDSA, ALGORITHM_ED25519};
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        struct store_key row = make(fixture, algorithms[i]);
        struct signing_key key;
        unsigned char signature[SIGNATURE_SIZE_MAX];
        size_t length = 0;
        assert_int_equal(open_row(fixture, &row, &key), FAULT_NONE);
        assert_int_equal(key.algorithm, algorithms[i]);
        assert_int_equal(key.id.length, 43);
        assert_int_equal(key.state, SIGNING_KEY_PUBLISHED);
        assert_true(text_equal(key.public_jwk, row.public_jwk));
        assert_true(algorithm_sign(key.algorithm, key.key, TEXT("message"), signature, &length));
        assert_true(algorithm_verify(key.algorithm, key.key, TEXT("message"),
                                     (struct text){(const char *)signature, length}));
        EVP_PKEY_free(key.key);
    }
    struct store_key none;
    assert_int_equal(
        signing_key_row_make(fixture->sealer, fixture->arena, ALGORITHM_NONE_KNOWN, NULL, 0, 0, &none),
        FAULT_KEY_UNAVAILABLE);
}

static void makes_rsa_keys_of_2048_bits(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_key row = make(fixture, ALGORITHM_PS256);
    struct signing_key key;
    assert_int_equal(open_row(fixture, &row, &key), FAULT_NONE);
    assert_int_equal(EVP_PKEY_get_bits(key.key), 2048);
    EVP_PKEY_free(key.key);
}

static void does_not_open_a_private_key_under_another_id(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_key one = make(fixture, ALGORITHM_ES256), other = make(fixture, ALGORITHM_ES256);
    struct signing_key key;
    other.sealed = one.sealed;
    assert_int_equal(open_row(fixture, &other, &key), FAULT_SEAL_BROKEN);
    assert_null(key.key);
}

static void does_not_open_a_key_that_is_not_what_its_row_says(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_key row = make(fixture, ALGORITHM_ES256);
    struct signing_key key;
    row.algorithm = TEXT("ES384");
    assert_int_equal(open_row(fixture, &row, &key), FAULT_KEY_INVALID);
    row.algorithm = TEXT("HS256");
    assert_int_equal(open_row(fixture, &row, &key), FAULT_KEY_INVALID);
    row = make(fixture, ALGORITHM_ES256);
    row.id = TEXT("not-the-hash-of-this-key");
    row.sealed =
        seal(fixture->sealer, fixture->arena, TEXT("no key at all"), TEXT("key/not-the-hash-of-this-key"));
    assert_int_equal(open_row(fixture, &row, &key), FAULT_KEY_INVALID);
    assert_null(key.key);
}

/* Sealed in the right place by whoever holds the sealing key, but another key than the id names. */
static void does_not_open_another_key_under_an_id(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_key one = make(fixture, ALGORITHM_ES256), other = make(fixture, ALGORITHM_ES256);
    SCOPED_SECRET der = NULL;
    struct signing_key key;
    assert_int_equal(
        unseal(fixture->sealer, one.sealed, arena_print(fixture->arena, "key/%s", one.id.base), &der),
        FAULT_NONE);
    other.sealed = seal(fixture->sealer, fixture->arena,
                        (struct text){(const char *)secret_bytes(der), secret_length(der)},
                        arena_print(fixture->arena, "key/%s", other.id.base));
    assert_int_equal(open_row(fixture, &other, &key), FAULT_KEY_INVALID);
    assert_null(key.key);
}

static void publishes_the_key_it_opened_whatever_the_row_says_is_public(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_key row = make(fixture, ALGORITHM_ES256);
    struct text genuine = row.public_jwk;
    struct signing_key key;
    row.public_jwk = make(fixture, ALGORITHM_ES256).public_jwk;
    assert_int_equal(open_row(fixture, &row, &key), FAULT_NONE);
    assert_true(text_equal(key.public_jwk, genuine));
    EVP_PKEY_free(key.key);
}

static void opens_a_revoked_row_without_its_private_half(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store_key row = make(fixture, ALGORITHM_ES256);
    struct signing_key key;
    row.state = TEXT("revoked");
    row.sealed = TEXT_NONE;
    row.retire_at_s = 1234;
    assert_int_equal(open_row(fixture, &row, &key), FAULT_NONE);
    assert_null(key.key);
    assert_int_equal(key.state, SIGNING_KEY_REVOKED);
    assert_int_equal(key.revoked_at_s, 1234);
}

static void tells_state_and_end_by_the_times_alone(void **state)
{
    (void)state;
    struct store_key row = {
        .state = TEXT("published"), .activate_at_s = 100, .retire_at_s = 200, .remove_at_s = 300};
    assert_int_equal(signing_key_row_state(&row, 99), SIGNING_KEY_PUBLISHED);
    assert_int_equal(signing_key_row_state(&row, 100), SIGNING_KEY_ACTIVE);
    assert_int_equal(signing_key_row_state(&row, 200), SIGNING_KEY_RETIRED);
    assert_false(signing_key_row_is_gone(&row, 299));
    assert_true(signing_key_row_is_gone(&row, 300));
    row.state = TEXT("revoked");
    assert_int_equal(signing_key_row_state(&row, 100), SIGNING_KEY_REVOKED);
    row.remove_at_s = 0;
    assert_false(signing_key_row_is_gone(&row, INT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_key_of_every_algorithm_that_opens_and_signs),
        cmocka_unit_test(makes_rsa_keys_of_2048_bits),
        cmocka_unit_test(does_not_open_a_private_key_under_another_id),
        cmocka_unit_test(does_not_open_a_key_that_is_not_what_its_row_says),
        cmocka_unit_test(does_not_open_another_key_under_an_id),
        cmocka_unit_test(publishes_the_key_it_opened_whatever_the_row_says_is_public),
        cmocka_unit_test(opens_a_revoked_row_without_its_private_half),
        cmocka_unit_test(tells_state_and_end_by_the_times_alone),
    };
    return cmocka_run_group_tests_name("keys/signing_key_row", tests, fixture_begin, fixture_end);
}
