/* Forms from elsewhere, tickets that are none, people who are others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "person_checks.h"

static const struct text issuer = {"https://gw.example:8443/x", 25};

static bool is_own(const char *fetch_site, const char *origin)
{
    return person_checks_is_own_form(issuer, text_of(fetch_site), text_of(origin));
}

static void takes_forms_that_the_browser_says_are_from_here(void **state)
{
    (void)state;
    assert_true(is_own("same-origin", "https://gw.example:8443"));
    assert_true(is_own("same-origin", "null")); /* as our own pages' are, which send no referrer */
    assert_true(is_own(NULL, "https://gw.example:8443"));
    assert_true(is_own(NULL, NULL)); /* no browser; what protects then is the token */
}

static void takes_no_form_from_elsewhere(void **state)
{
    (void)state;
    static const char *const sites[] = {"cross-site", "same-site", "none", "", "SAME-ORIGIN", "same-origin2"};
    for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
        if (is_own(sites[i], "https://gw.example:8443"))
            fail_msg("taken from %s", sites[i]);
    static const char *const origins[] = {"null",
                                          "",
                                          "https://gw.example",
                                          "http://gw.example:8443",
                                          "https://gw.example:8443.evil.example",
                                          "https://evil.example",
                                          "https://gw.example:8443/x"};
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++)
        if (is_own(NULL, origins[i]))
            fail_msg("taken from %s", origins[i]);
}

static void parts_the_issuer_where_its_path_begins(void **state)
{
    (void)state;
    assert_true(text_is(person_checks_origin(issuer), "https://gw.example:8443"));
    assert_true(text_is(person_checks_base_path(issuer), "/x"));
    assert_true(text_is(person_checks_origin(TEXT("https://gw.example")), "https://gw.example"));
    assert_int_equal(person_checks_base_path(TEXT("https://gw.example")).length, 0);
    assert_int_equal(person_checks_base_path(TEXT("https://gw.example/")).length, 0);
    assert_int_equal(person_checks_origin(TEXT("gw.example")).length, 0);
}

static void binds_a_form_to_one_invitation_under_one_key(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    unsigned char bytes[2][32] = {{1}, {2}};
    struct sealer *sealer = sealer_create(secret_create(bytes[0], 32));
    struct sealer *other = sealer_create(secret_create(bytes[1], 32));
    struct text one = person_checks_binding(sealer, arena, TEXT("ticket"));
    assert_int_equal(one.length, 64);
    assert_true(person_checks_equal(one, person_checks_binding(sealer, arena, TEXT("ticket"))));
    assert_false(person_checks_equal(one, person_checks_binding(sealer, arena, TEXT("another"))));
    assert_false(person_checks_equal(one, person_checks_binding(other, arena, TEXT("ticket"))));
    assert_false(person_checks_equal(TEXT("ticket"), one));
    sealer_destroy(sealer);
    sealer_destroy(other);
}

static void lets_nothing_equal_an_expectation_that_is_empty(void **state)
{
    (void)state;
    assert_true(person_checks_equal(TEXT("abc"), TEXT("abc")));
    assert_false(person_checks_equal(TEXT("abd"), TEXT("abc")));
    assert_false(person_checks_equal(TEXT("ab"), TEXT("abc")));
    assert_false(person_checks_equal(TEXT_NONE, TEXT_NONE));
    assert_false(person_checks_equal(TEXT(""), TEXT("")));
    assert_false(person_checks_equal(TEXT_NONE, TEXT("abc")));
}

static void knows_a_ticket_by_its_shape_before_anybody_is_asked(void **state)
{
    (void)state;
    assert_true(person_checks_is_ticket(TEXT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP-")));
    assert_false(person_checks_is_ticket(TEXT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP-_")));
    assert_false(person_checks_is_ticket(TEXT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP")));
    assert_false(person_checks_is_ticket(TEXT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO/+")));
    assert_false(person_checks_is_ticket((struct text){"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP\0", 43}));
    assert_false(person_checks_is_ticket(TEXT_NONE));
}

static void tells_people_apart_by_issuer_and_subject(void **state)
{
    (void)state;
    const struct credential_identity alice = {TEXT("https://a.example"), TEXT("alice")};
    const struct credential_identity same = {TEXT("https://a.example"), TEXT("alice")};
    const struct credential_identity elsewhere = {TEXT("https://b.example"), TEXT("alice")};
    const struct credential_identity bob = {TEXT("https://a.example"), TEXT("bob")};
    const struct credential_identity nobody = {TEXT_NONE, TEXT_NONE};
    assert_true(person_checks_is_same_person(&alice, &same));
    assert_false(person_checks_is_same_person(&alice, &elsewhere));
    assert_false(person_checks_is_same_person(&alice, &bob));
    assert_false(person_checks_is_same_person(&nobody, &nobody));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_forms_that_the_browser_says_are_from_here),
        cmocka_unit_test(takes_no_form_from_elsewhere),
        cmocka_unit_test(parts_the_issuer_where_its_path_begins),
        cmocka_unit_test(binds_a_form_to_one_invitation_under_one_key),
        cmocka_unit_test(lets_nothing_equal_an_expectation_that_is_empty),
        cmocka_unit_test(knows_a_ticket_by_its_shape_before_anybody_is_asked),
        cmocka_unit_test(tells_people_apart_by_issuer_and_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
