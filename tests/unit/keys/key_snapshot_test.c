/* Who signs and who verifies at a time; no write makes a key change its state. */
#include "key_fixture.h"

static const struct signing_key keys[] = {
    {.id = {"old", 3},
     .algorithm = ALGORITHM_ES256,
     .state = SIGNING_KEY_ACTIVE,
     .created_at_s = 100,
     .activate_at_s = 100,
     .retire_at_s = 1000,
     .remove_at_s = 1300},
    {.id = {"new", 3},
     .algorithm = ALGORITHM_ES256,
     .state = SIGNING_KEY_PUBLISHED,
     .created_at_s = 900,
     .activate_at_s = 1000},
    {.id = {"rsa", 3},
     .algorithm = ALGORITHM_RS256,
     .state = SIGNING_KEY_ACTIVE,
     .created_at_s = 100,
     .activate_at_s = 100},
    {.id = {"bad", 3},
     .algorithm = ALGORITHM_ES256,
     .state = SIGNING_KEY_REVOKED,
     .created_at_s = 950,
     .activate_at_s = 950,
     .retire_at_s = 960,
     .remove_at_s = 9000,
     .revoked_at_s = 960},
};
static const struct key_snapshot snapshot = {keys, sizeof(keys) / sizeof(keys[0])};

static const char *signer_at(enum algorithm algorithm, int64_t now_s)
{
    const struct signing_key *key = key_snapshot_signer(&snapshot, algorithm, now_s);
    return key == NULL ? "nobody" : key->id.base;
}

static void lets_the_new_key_sign_the_moment_its_time_comes(void **state)
{
    (void)state;
    assert_string_equal(signer_at(ALGORITHM_ES256, 100), "old");
    assert_string_equal(signer_at(ALGORITHM_ES256, 955), "old");
    assert_string_equal(signer_at(ALGORITHM_ES256, 999), "old");
    assert_string_equal(signer_at(ALGORITHM_ES256, 1000), "new");
    assert_string_equal(signer_at(ALGORITHM_RS256, 1000), "rsa");
    assert_string_equal(signer_at(ALGORITHM_PS256, 1000), "nobody");
}

static void signs_with_the_first_key_when_the_clock_was_set_back_behind_all_of_them(void **state)
{
    (void)state;
    assert_string_equal(signer_at(ALGORITHM_ES256, 99), "old");
    assert_string_equal(signer_at(ALGORITHM_ES256, 1), "old");
    assert_string_equal(signer_at(ALGORITHM_RS256, 1), "rsa");
    const struct key_snapshot all_revoked = {&keys[3], 1};
    assert_null(key_snapshot_signer(&all_revoked, ALGORITHM_ES256, 1));
}

static void takes_the_newest_of_several_active_keys(void **state)
{
    (void)state;
    const struct signing_key several[] = {
        {.id = {"a", 1},
         .algorithm = ALGORITHM_ES256,
         .state = SIGNING_KEY_ACTIVE,
         .created_at_s = 5,
         .activate_at_s = 10},
        {.id = {"b", 1},
         .algorithm = ALGORITHM_ES256,
         .state = SIGNING_KEY_ACTIVE,
         .created_at_s = 4,
         .activate_at_s = 20},
        {.id = {"c", 1},
         .algorithm = ALGORITHM_ES256,
         .state = SIGNING_KEY_ACTIVE,
         .created_at_s = 6,
         .activate_at_s = 20},
        {.id = {"d", 1},
         .algorithm = ALGORITHM_ES256,
         .state = SIGNING_KEY_ACTIVE,
         .created_at_s = 6,
         .activate_at_s = 20},
    };
    struct key_snapshot of_several = {several, 4};
    assert_string_equal(key_snapshot_signer(&of_several, ALGORITHM_ES256, 15)->id.base, "a");
    assert_string_equal(key_snapshot_signer(&of_several, ALGORITHM_ES256, 30)->id.base, "d");
}

static void verifies_with_a_retired_key_until_it_is_removed(void **state)
{
    (void)state;
    assert_non_null(key_snapshot_verifier(&snapshot, TEXT("old"), 1299));
    assert_null(key_snapshot_verifier(&snapshot, TEXT("old"), 1300));
    assert_non_null(key_snapshot_verifier(&snapshot, TEXT("new"), 900)); /* another node's clock may be ahead */
    assert_null(key_snapshot_verifier(&snapshot, TEXT("bad"), 955));
    assert_null(key_snapshot_verifier(&snapshot, TEXT("unknown"), 955));
    assert_null(key_snapshot_verifier(&snapshot, TEXT_NONE, 955));
}

static void lists_what_may_verify_and_tells_each_state(void **state)
{
    (void)state;
    assert_true(signing_key_is_listed(&keys[0], 1299));
    assert_false(signing_key_is_listed(&keys[0], 1300));
    assert_false(signing_key_is_listed(&keys[3], 955));
    assert_int_equal(signing_key_state_at(&keys[0], 99), SIGNING_KEY_PUBLISHED);
    assert_int_equal(signing_key_state_at(&keys[0], 999), SIGNING_KEY_ACTIVE);
    assert_int_equal(signing_key_state_at(&keys[0], 1000), SIGNING_KEY_RETIRED);
    assert_int_equal(signing_key_state_at(&keys[3], 0), SIGNING_KEY_REVOKED);
    assert_true(text_is(signing_key_state_name(SIGNING_KEY_PUBLISHED), "published"));
    assert_true(text_is(signing_key_state_name(SIGNING_KEY_ACTIVE), "active"));
    assert_true(text_is(signing_key_state_name(SIGNING_KEY_RETIRED), "retired"));
    assert_true(text_is(signing_key_state_name(SIGNING_KEY_REVOKED), "revoked"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_the_new_key_sign_the_moment_its_time_comes),
        cmocka_unit_test(signs_with_the_first_key_when_the_clock_was_set_back_behind_all_of_them),
        cmocka_unit_test(takes_the_newest_of_several_active_keys),
        cmocka_unit_test(verifies_with_a_retired_key_until_it_is_removed),
        cmocka_unit_test(lists_what_may_verify_and_tells_each_state),
    };
    return cmocka_run_group_tests_name("keys/key_snapshot", tests, NULL, NULL);
}
