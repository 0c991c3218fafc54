/* What is less than was ordered is good, what is more is wider, what is malformed is broken: in each dimension.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "protocol/minting_check.h"

enum { NOW = 1000, END = 1300 };

static struct manifest manifest;
static bool is_for_call;

static enum judgement check_ordered(const char *type, const char *result)
{
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    const char *mistake = NULL;
    const struct credential_order order = {.scope = TEXT("a b c"),
                                           .expires_at_s = END,
                                           .requested_type = text_of(type),
                                           .is_for_call = is_for_call};
    assert_int_equal(json_parse(arena, text_of(result), &json_limits_document, &value), FAULT_NONE);
    enum judgement judgement = minting_check(&order, &manifest, NOW, value, &mistake);
    assert_non_null(mistake);
    return judgement;
}

static enum judgement check(const char *result)
{
    return check_ordered("", result);
}

static int read_manifest(void **state)
{
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    const char *mistake;
    (void)state;
    return json_parse(arena,
                      TEXT("{\"protocol\":1,\"manifest\":{\"name\":\"n\",\"version\":\"1\",\"concurrency\":1,"
                           "\"credentials\":[{\"type\":\"urn:t:a\",\"token_type\":\"N_A\"},"
                           "{\"type\":\"urn:t:c\",\"token_type\":\"N_A\"}]}}"),
                      &json_limits_document, &value) != FAULT_NONE ||
           !manifest_read(value, &manifest, &mistake);
}

#define WITH(more) "{\"credential\":\"sk\",\"expires_at\":1300" more "}"
#define DIGITS     "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static void takes_what_was_ordered_or_less(void **state)
{
    (void)state;
    assert_int_equal(check(WITH("")), JUDGED_GOOD);
    assert_int_equal(check("{\"credential\":\"sk\",\"expires_at\":1001}"), JUDGED_GOOD);
    assert_int_equal(check(WITH(",\"scopes\":[]")), JUDGED_GOOD);
    assert_int_equal(check(WITH(",\"scopes\":[\"c\",\"a\"],\"type\":\"urn:t:a\",\"handle\":\"h\"")),
                     JUDGED_GOOD);
    assert_int_equal(check(WITH(",\"fingerprint\":\"" DIGITS "\"")), JUDGED_GOOD);
    assert_int_equal(
        check(WITH(",\"presentation\":{\"in\":\"header\",\"name\":\"authorization\",\"scheme\":\"Bearer\"}")),
        JUDGED_GOOD);
}

static void finds_what_is_more(void **state)
{
    (void)state;
    assert_int_equal(check("{\"credential\":\"sk\",\"expires_at\":1301}"), JUDGED_WIDER);
    assert_int_equal(check(WITH(",\"scopes\":[\"d\"]")), JUDGED_WIDER);
    assert_int_equal(check(WITH(",\"scopes\":[\"a b\"]")), JUDGED_WIDER);
    assert_int_equal(check(WITH(",\"scopes\":[\"\"]")), JUDGED_WIDER);
    assert_int_equal(check(WITH(",\"scopes\":[\"a\",\"a\",\"a\",\"a\"]")), JUDGED_WIDER);
    assert_int_equal(check(WITH(",\"type\":\"urn:t:b\"")), JUDGED_WIDER);
    assert_int_equal(check(WITH(",\"type\":7")), JUDGED_WIDER);
}

static void takes_the_type_that_was_ordered_and_any_of_its_own_where_none_was(void **state)
{
    (void)state;
    assert_int_equal(check(WITH(",\"type\":\"urn:t:c\"")), JUDGED_GOOD);
    assert_int_equal(check_ordered("urn:t:a", WITH(",\"type\":\"urn:t:a\"")), JUDGED_GOOD);
    assert_int_equal(check_ordered("urn:t:a", WITH("")), JUDGED_GOOD);
    assert_int_equal(check_ordered("urn:t:a", WITH(",\"type\":\"urn:t:c\"")), JUDGED_WIDER);
}

static void finds_what_has_ended_already(void **state)
{
    (void)state;
    assert_int_equal(check("{\"credential\":\"sk\",\"expires_at\":1000}"), JUDGED_FAILED);
}

static void finds_what_is_malformed(void **state)
{
    static const char *const results[] = {
        "{\"credential\":\"sk\"}",
        "{\"credential\":\"sk\",\"expires_at\":\"1300\"}",
        "{\"expires_at\":1300}",
        "{\"credential\":\"\",\"expires_at\":1300}",
        "{\"credential\":7,\"expires_at\":1300}",
        "{\"credential\":\"a\\r\\nb\",\"expires_at\":1300}",
        "{\"credential\":\"a\\u007fb\",\"expires_at\":1300}",
        WITH(",\"scopes\":\"a\""),
        WITH(",\"scopes\":[1]"),
        WITH(",\"handle\":7"),
        WITH(",\"fingerprint\":\"abc\""),
        WITH(",\"fingerprint\":7"),
        WITH(",\"fingerprint\":\"g123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef\""),
        WITH(",\"account\":7"),
        WITH(",\"account\":\"\""),
        WITH(",\"account\":\"alice\\nbob\""),
        WITH(",\"presentation\":\"header\""),
        WITH(",\"presentation\":{\"in\":\"query\",\"name\":\"key\"}"),
        WITH(",\"presentation\":{\"in\":\"header\"}"),
        WITH(",\"presentation\":{\"in\":\"header\",\"name\":\"x key\"}"),
        WITH(",\"presentation\":{\"in\":\"header\",\"name\":\"Host\"}"),
        WITH(",\"presentation\":{\"in\":\"header\",\"name\":\"Transfer-Encoding\"}"),
        WITH(",\"presentation\":{\"in\":\"header\",\"name\":\"Cookie\"}"),
        WITH(",\"presentation\":{\"in\":\"header\",\"name\":\"x\",\"scheme\":\"a b\"}"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        if (check(results[i]) != JUDGED_BROKEN)
            fail_msg("not broken: %s", results[i]);
}

#define LEASE "06F7Z3N0Q4M8V2X5Y1B6C9D3E7"

static void takes_what_is_shared_for_as_long_as_it_lives_or_longer(void **state)
{
    static const char *const broken[] = {
        WITH(",\"lives_until\":1299"),     WITH(",\"lives_until\":\"1300\""),
        WITH(",\"lives_until\":1300.5"),   WITH(",\"lives_until\":253402300800"),
        WITH(",\"made_for\":\"a lease\""), WITH(",\"made_for\":\"\""),
        WITH(",\"made_for\":7"),
    };
    (void)state;
    manifest.shares = true;
    assert_int_equal(check(WITH(",\"lives_until\":1300")), JUDGED_GOOD);
    assert_int_equal(check(WITH(",\"lives_until\":4900,\"made_for\":\"" LEASE "\"")), JUDGED_GOOD);
    assert_int_equal(check("{\"credential\":\"sk\",\"expires_at\":1301,\"lives_until\":4900}"), JUDGED_WIDER);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        if (check(broken[i]) != JUDGED_BROKEN)
            fail_msg("not broken: %s", broken[i]);
    manifest.shares = false;
}

static void takes_nothing_shared_of_one_that_does_not_say_so(void **state)
{
    (void)state;
    assert_int_equal(check(WITH(",\"lives_until\":4900")), JUDGED_BROKEN);
    assert_int_equal(check(WITH(",\"made_for\":\"" LEASE "\"")), JUDGED_BROKEN);
}

static void takes_a_confirmation_where_one_will_be_asked_for(void **state)
{
    static const char good[] = WITH(",\"confirmation\":\"c\"");
    (void)state;
    assert_int_equal(check(good), JUDGED_BROKEN);
    manifest.confirms = true;
    assert_int_equal(check(good), JUDGED_BROKEN);
    is_for_call = true;
    assert_int_equal(check(good), JUDGED_GOOD);
    assert_int_equal(check(WITH("")), JUDGED_GOOD);
    assert_int_equal(check(WITH(",\"confirmation\":\"\"")), JUDGED_BROKEN);
    assert_int_equal(check(WITH(",\"confirmation\":7")), JUDGED_BROKEN);
    manifest.confirms = false;
    assert_int_equal(check(good), JUDGED_BROKEN);
    is_for_call = false;
}

static enum judgement check_long(const char *member, size_t length)
{
    SCOPED_ARENA arena = arena_create();
    char *text = arena_allocate(arena, length + 1);
    memset(text, 'x', length);
    bool is_credential = strcmp(member, "credential") == 0;
    return check(arena_print(arena, "{\"expires_at\":1300,%s\"%s\":\"%s\"}",
                             is_credential ? "" : "\"credential\":\"sk\",", member, text)
                     .base);
}

static void bounds_the_credential_and_its_handle(void **state)
{
    (void)state;
    assert_int_equal(check_long("credential", 65536), JUDGED_GOOD);
    assert_int_equal(check_long("credential", 65537), JUDGED_BROKEN);
    assert_int_equal(check_long("handle", 4096), JUDGED_GOOD);
    assert_int_equal(check_long("handle", 4097), JUDGED_BROKEN);
    manifest.confirms = is_for_call = true;
    assert_int_equal(check_long("confirmation", 128), JUDGED_GOOD);
    assert_int_equal(check_long("confirmation", 129), JUDGED_BROKEN);
    manifest.confirms = is_for_call = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_was_ordered_or_less),
        cmocka_unit_test(finds_what_is_more),
        cmocka_unit_test(takes_the_type_that_was_ordered_and_any_of_its_own_where_none_was),
        cmocka_unit_test(finds_what_has_ended_already),
        cmocka_unit_test(finds_what_is_malformed),
        cmocka_unit_test(bounds_the_credential_and_its_handle),
        cmocka_unit_test(takes_what_is_shared_for_as_long_as_it_lives_or_longer),
        cmocka_unit_test(takes_a_confirmation_where_one_will_be_asked_for),
        cmocka_unit_test(takes_nothing_shared_of_one_that_does_not_say_so),
    };
    return cmocka_run_group_tests(tests, read_manifest, NULL);
}
