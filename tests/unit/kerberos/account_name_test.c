/* What may not be an account is not, however it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "account_name.h"

static void takes_one_component_of_printable_ascii(void **state)
{
    (void)state;
    static const struct text good[] = {TEXT("alice"), TEXT("Alice.Smith"), TEXT("a b"), TEXT("a"),
                                       TEXT("x-y_z+1")};
    static const struct text wrong[] = {
        TEXT(""),      TEXT("a/b"),    TEXT("a@b"),    TEXT("a\\b"),          TEXT("a\0b"), TEXT("a\nb"),
        TEXT("a\x7f"), TEXT(" alice"), TEXT("alice "), TEXT("m\xc3\xbcller"), TEXT("/"),    TEXT("\xff"),
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_null(account_name_mistake(good[i]));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        if (account_name_mistake(wrong[i]) == NULL)
            fail_msg("taken: number %zu", i);
    }
}

static void takes_names_of_104_bytes_and_no_longer_ones(void **state)
{
    (void)state;
    char name[ACCOUNT_NAME_MAX + 1];
    memset(name, 'a', sizeof(name));
    assert_null(account_name_mistake((struct text){name, ACCOUNT_NAME_MAX}));
    assert_non_null(account_name_mistake((struct text){name, ACCOUNT_NAME_MAX + 1}));
}

static void reserves_dangerous_names_without_case(void **state)
{
    (void)state;
    static const char *const reserved[] = {
        "krbtgt",  "KRBTGT",         "krbtgt_1234",   "K",
        "k",       "kadmin",         "Kiprop",        "changepw",
        "GUEST",   "root",           "WELLKNOWN",     "$",
        "DC1$",    "defaultaccount", "msol_1ab",      "wdagutilityaccount",
        "aad_12x", "administrator",  "Administrator", "anonymous",
    };
    static const char *const free_ones[] = {"alice", "krbtgt2", "kate", "administrators", "a$b", ""};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
        if (!account_name_is_reserved(text_of(reserved[i])))
            fail_msg("%s", reserved[i]);
    }
    for (size_t i = 0; i < sizeof(free_ones) / sizeof(*free_ones); i++) {
        if (account_name_is_reserved(text_of(free_ones[i])))
            fail_msg("%s", free_ones[i]);
    }
}

static void compares_beginnings_without_case(void **state)
{
    (void)state;
    assert_true(account_name_begins_with(TEXT("SVC-backup"), TEXT("svc-")));
    assert_false(account_name_begins_with(TEXT("svc"), TEXT("svc-")));
    assert_false(account_name_begins_with(TEXT("asvc-"), TEXT("svc-")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_one_component_of_printable_ascii),
        cmocka_unit_test(takes_names_of_104_bytes_and_no_longer_ones),
        cmocka_unit_test(reserves_dangerous_names_without_case),
        cmocka_unit_test(compares_beginnings_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
