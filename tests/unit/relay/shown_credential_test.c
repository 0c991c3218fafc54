/* Where a call may show its credential, and what is somebody else's business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shown_headers_fixture.h"

#define KEY   "drg_whatever"
#define TOKEN "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"

static void assert_found(const struct header_row *rows, const char *own_header, enum fault expected,
                         const char *credential)
{
    SCOPED_ARENA arena = arena_create();
    const struct shown_headers headers = {header_rows_find, rows};
    struct text found;
    assert_int_equal(shown_credential_find(arena, &headers, text_of(own_header), &found), expected);
    if (expected == FAULT_NONE)
        assert_true(text_is(found, credential));
}
#define ROWS(...) ((const struct header_row[]){__VA_ARGS__, {NULL, NULL}})

static void is_found_wherever_an_sdk_puts_its_key(void **state)
{
    (void)state;
    assert_found(ROWS({"authorization", "Bearer " KEY}), NULL, FAULT_NONE, KEY);
    assert_found(ROWS({"authorization", "bearer " TOKEN}), NULL, FAULT_NONE, TOKEN);
    assert_found(ROWS({"x-api-key", KEY}), NULL, FAULT_NONE, KEY);
    assert_found(ROWS({"api-key", TOKEN}), NULL, FAULT_NONE, TOKEN);
    assert_found(ROWS({"authorization", "Basic ZHJnX3doYXRldmVyOg=="}), NULL, FAULT_NONE, KEY);
    assert_found(ROWS({"authorization", "Basic dG9rZW46ZHJnX3doYXRldmVy"}), NULL, FAULT_NONE, KEY);
    assert_found(ROWS({"x-depot", KEY}), "x-depot", FAULT_NONE, KEY);
}

static void is_missing_where_nothing_of_ours_is_shown(void **state)
{
    (void)state;
    assert_found(ROWS({"accept", "*/*"}), NULL, FAULT_CALL_CREDENTIAL_MISSING, NULL);
    assert_found(ROWS({"x-depot", KEY}), NULL, FAULT_CALL_CREDENTIAL_MISSING, NULL);
    assert_found(ROWS({"authorization", KEY}), NULL, FAULT_CALL_CREDENTIAL_MISSING, NULL);
    assert_found(ROWS({"authorization", "Bearer sk-other"}), NULL, FAULT_CALL_CREDENTIAL_MISSING, NULL);
    assert_found(ROWS({"authorization", "Basic !!!"}), NULL, FAULT_CALL_CREDENTIAL_MISSING, NULL);
    assert_found(ROWS({"x-api-key", "a.b.c"}), NULL, FAULT_CALL_CREDENTIAL_MISSING, NULL);
}

static void stands_beside_what_is_for_somebody_else(void **state)
{
    (void)state;
    assert_found(ROWS({"authorization", "Basic dXNlcjpwYXNz"}, {"x-api-key", KEY}), NULL, FAULT_NONE, KEY);
    assert_found(ROWS({"authorization", "Bearer " KEY}, {"x-api-key", KEY}), NULL, FAULT_NONE, KEY);
}

static void is_one_and_no_more(void **state)
{
    (void)state;
    assert_found(ROWS({"authorization", "Bearer " KEY}, {"x-api-key", KEY "2"}), NULL,
                 FAULT_CALL_CREDENTIAL_SEVERAL, NULL);
    assert_found(ROWS({"x-api-key", KEY}, {"x-api-key", TOKEN}), NULL, FAULT_CALL_CREDENTIAL_SEVERAL, NULL);
    assert_found(ROWS({"x-api-key", KEY}, {"x-depot", TOKEN}), "x-depot", FAULT_CALL_CREDENTIAL_SEVERAL, NULL);
    assert_found(ROWS({"x-api-key", "1"}, {"x-api-key", "2"}, {"x-api-key", "3"}, {"x-api-key", "4"},
                      {"x-api-key", KEY}),
                 NULL, FAULT_CALL_CREDENTIAL_SEVERAL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_found_wherever_an_sdk_puts_its_key),
        cmocka_unit_test(is_missing_where_nothing_of_ours_is_shown),
        cmocka_unit_test(stands_beside_what_is_for_somebody_else),
        cmocka_unit_test(is_one_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
