/* Sealing binds to the key and to the row; hashing under a derived key. */
#include <stdio.h>
#include <string.h>

#include "key_fixture.h"

static const struct text plain = {"the private half", 16};
static const struct text row = {"key/abc", 7};

static void opens_what_it_sealed(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct secret *opened = NULL;
    struct text sealed = seal(fixture->sealer, fixture->arena, plain, row);
    assert_int_equal(unseal(fixture->sealer, sealed, row, &opened), FAULT_NONE);
    assert_int_equal(secret_length(opened), plain.length);
    assert_memory_equal(secret_bytes(opened), plain.base, plain.length);
    secret_destroy(opened);
    sealed = seal(fixture->sealer, fixture->arena, TEXT_NONE, row);
    assert_int_equal(unseal(fixture->sealer, sealed, row, &opened), FAULT_NONE);
    assert_int_equal(secret_length(opened), 0);
    secret_destroy(opened);
}

static void shows_nothing_of_what_it_sealed_and_never_twice_the_same(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct text first = seal(fixture->sealer, fixture->arena, plain, row);
    struct text second = seal(fixture->sealer, fixture->arena, plain, row);
    assert_int_equal(first.length, plain.length + 29);
    assert_int_equal(first.base[0], 1);
    assert_null(memmem(first.base, first.length, plain.base, 4));
    assert_memory_not_equal(first.base + 1, second.base + 1, 12); /* the nonce */
    assert_memory_not_equal(first.base + 13, second.base + 13, plain.length);
}

static void does_not_open_in_another_row(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct secret *opened = NULL;
    struct text sealed = seal(fixture->sealer, fixture->arena, plain, row);
    assert_int_equal(unseal(fixture->sealer, sealed, TEXT("key/abd"), &opened), FAULT_SEAL_BROKEN);
    assert_int_equal(unseal(fixture->sealer, sealed, TEXT_NONE, &opened), FAULT_SEAL_BROKEN);
    assert_null(opened);
}

static void does_not_open_with_another_sealing_key(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct sealer *other = NULL;
    struct secret *opened = NULL;
    char detail[STORE_DETAIL_SIZE], path[96];
    snprintf(path, sizeof(path), "%s/other.key", fixture->folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &other, detail), FAULT_NONE);
    struct text sealed = seal(fixture->sealer, fixture->arena, plain, row);
    assert_int_equal(unseal(other, sealed, row, &opened), FAULT_SEAL_BROKEN);
    unsigned char ours[DIGEST_SIZE], theirs[DIGEST_SIZE];
    sealer_keyed_hash(fixture->sealer, "client-secret", plain, ours);
    sealer_keyed_hash(other, "client-secret", plain, theirs);
    assert_memory_not_equal(ours, theirs, DIGEST_SIZE);
    sealer_destroy(other);
}

static void derives_a_key_for_each_name_and_the_same_one_each_time(void **state)
{
    struct fixture *fixture = fixture_of(state);
    SCOPED_SECRET first = sealer_derive(fixture->sealer, "adapter", TEXT("acme"));
    SCOPED_SECRET again = sealer_derive(fixture->sealer, "adapter", TEXT("acme"));
    SCOPED_SECRET other = sealer_derive(fixture->sealer, "adapter", TEXT("acmf"));
    SCOPED_SECRET elsewhere = sealer_derive(fixture->sealer, "purpose", TEXT("acme"));
    assert_int_equal(secret_length(first), 32);
    assert_memory_equal(secret_bytes(first), secret_bytes(again), 32);
    assert_memory_not_equal(secret_bytes(first), secret_bytes(other), 32);
    assert_memory_not_equal(secret_bytes(first), secret_bytes(elsewhere), 32);
}

static void notices_every_changed_byte_and_every_missing_one(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct secret *opened = NULL;
    struct text sealed = seal(fixture->sealer, fixture->arena, plain, row);
    char *bytes = arena_allocate(fixture->arena, sealed.length + 1);
    for (size_t at = 0; at < sealed.length; at++) {
        memcpy(bytes, sealed.base, sealed.length);
        bytes[at] ^= 1;
        assert_int_equal(unseal(fixture->sealer, (struct text){bytes, sealed.length}, row, &opened),
                         FAULT_SEAL_BROKEN);
    }
    memcpy(bytes, sealed.base, sealed.length);
    for (size_t length = 0; length < sealed.length; length++)
        assert_int_equal(unseal(fixture->sealer, (struct text){bytes, length}, row, &opened),
                         FAULT_SEAL_BROKEN);
    assert_int_equal(unseal(fixture->sealer, (struct text){bytes, sealed.length + 1}, row, &opened),
                     FAULT_SEAL_BROKEN);
    assert_int_equal(unseal(fixture->sealer, TEXT_NONE, row, &opened), FAULT_SEAL_BROKEN);
    assert_null(opened);
}

static void hashes_the_same_text_differently_for_each_purpose(void **state)
{
    struct fixture *fixture = fixture_of(state);
    unsigned char one[DIGEST_SIZE], again[DIGEST_SIZE], other_purpose[DIGEST_SIZE], other_text[DIGEST_SIZE];
    sealer_keyed_hash(fixture->sealer, "client-secret", plain, one);
    sealer_keyed_hash(fixture->sealer, "client-secret", plain, again);
    sealer_keyed_hash(fixture->sealer, "api-key", plain, other_purpose);
    sealer_keyed_hash(fixture->sealer, "client-secret", row, other_text);
    assert_memory_equal(one, again, DIGEST_SIZE);
    assert_memory_not_equal(one, other_purpose, DIGEST_SIZE);
    assert_memory_not_equal(one, other_text, DIGEST_SIZE);
}

/* What is sealed today must open in ten years: a known key, a known sealed value, a known hash. */
static void opens_what_an_earlier_version_sealed(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct sealer *sealer = NULL;
    struct secret *opened = NULL;
    char detail[STORE_DETAIL_SIZE], hex[2 * DIGEST_SIZE + 1];
    unsigned char hash[DIGEST_SIZE];
    static const char sealed[] =
        "\x01\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f\x7a\x93\x27\xfe\x17\x97\x10\x80\x67"
        "\xb8\xad\x51\x69\x43\x4f\x3d\xe4\xb9\xd2\x53\xb7\xe9\xbf\x68\x7b\x8c\xe7\x14\x16\xcc\x8d\x3f";
    const char *path = fixture_write(
        fixture, "other.key", "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\n", 0600);
    assert_int_equal(sealer_open(path, &sealer, detail), FAULT_NONE);
    assert_int_equal(unseal(sealer, (struct text){sealed, sizeof(sealed) - 1}, row, &opened), FAULT_NONE);
    assert_int_equal(secret_length(opened), plain.length);
    assert_memory_equal(secret_bytes(opened), plain.base, plain.length);
    sealer_keyed_hash(sealer, "client-secret", plain, hash);
    digest_hex(hash, hex);
    assert_string_equal(hex, "f30c1d9bd11302f02fffc1abacb662b3d00675fe65edade1e54ea2ddde1dd5b7");
    secret_destroy(opened);
    sealer_destroy(sealer);
}

static void opens_by_a_key_that_came_another_way(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char detail[STORE_DETAIL_SIZE];
    unsigned char bytes[32];
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    struct sealer *sealer = NULL, *same = sealer_create(secret_create(bytes, sizeof(bytes)));
    struct secret *opened = NULL;
    const char *path = fixture_write(
        fixture, "same.key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600);
    assert_int_equal(sealer_open(path, &sealer, detail), FAULT_NONE);
    struct text sealed = seal(same, fixture->arena, plain, row);
    assert_int_equal(unseal(sealer, sealed, row, &opened), FAULT_NONE);
    secret_destroy(opened);
    sealer_destroy(sealer);
    sealer_destroy(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_what_it_sealed, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(shows_nothing_of_what_it_sealed_and_never_twice_the_same, fixture_begin,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(does_not_open_in_another_row, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(does_not_open_with_another_sealing_key, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(derives_a_key_for_each_name_and_the_same_one_each_time, fixture_begin,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(notices_every_changed_byte_and_every_missing_one, fixture_begin,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(hashes_the_same_text_differently_for_each_purpose, fixture_begin,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(opens_what_an_earlier_version_sealed, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(opens_by_a_key_that_came_another_way, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests_name("keys/seal", tests, NULL, NULL);
}
