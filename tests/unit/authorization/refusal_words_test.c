/* What a person is told when something did not work: words of theirs, and whom to ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "refusal_words.h"

/* All that stores, forms, addresses, logins and adapters answer a page with. */
static const enum fault reaching[] = {
    FAULT_REQUEST_MALFORMED,  FAULT_REQUEST_TOO_LARGE,  FAULT_REQUEST_MEDIA_TYPE, FAULT_PARAMETER_DOUBLED,
    FAULT_PARAMETER_TOO_MANY, FAULT_PARAMETER_INVALID,  FAULT_ADDRESS_RATE,       FAULT_BUDGET_RATE,
    FAULT_OVERLOADED,         FAULT_STORE_UNAVAILABLE,  FAULT_STORE_CONFLICT,     FAULT_SEAL_BROKEN,
    FAULT_INTERNAL,           FAULT_TARGET_DISABLED,    FAULT_ISSUER_UNREACHABLE, FAULT_INTERACTION_UNAVAILABLE,
    FAULT_ADAPTER_REFUSED,    FAULT_CONNECTION_MISSING, FAULT_ADAPTER_PAUSED,     FAULT_ADAPTER_UNAVAILABLE,
    FAULT_ADAPTER_BUSY,       FAULT_ADAPTER_FAILED,     FAULT_CONNECTING_ANSWER,  FAULT_ADAPTER_MISCONFIGURED,
    FAULT_SESSION_MISSING,    FAULT_LOGIN_UNKNOWN,      FAULT_LOGIN_STATE,        FAULT_LOGIN_ISSUER,
    FAULT_LOGIN_DENIED,       FAULT_LOGIN_UNREACHABLE,  FAULT_LOGIN_ANSWER,       FAULT_LOGIN_BARRED,
    FAULT_INVITATION_UNKNOWN, FAULT_PERSON_OTHER,       FAULT_FORM_FOREIGN,       FAULT_CONSENT_UNKNOWN,
    FAULT_CONNECTING_STATE,   FAULT_CONNECTING_REFUSED,
};

static void a_person_reads_no_word_that_is_for_operators_or_programs(void **state)
{
    (void)state;
    static const char *const foreign[] = {"adapter",     "target",    "issued",         "Retry-After",
                                          "parameter",   "its owner", "exchange",       "credentials",
                                          "gateway can", "sealing",   "form-urlencoded"};
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(reaching) / sizeof(reaching[0]); i++) {
        const char *shown = arena_copy(arena, refusal_words_of(reaching[i]).sentence).base;
        for (size_t j = 0; j < sizeof(foreign) / sizeof(foreign[0]); j++)
            if (strstr(shown, foreign[j]) != NULL)
                fail_msg("\"%s\" says \"%s\"", shown, foreign[j]);
    }
}

static void what_a_person_cannot_mend_is_said_not_to_be_their_fault(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(reaching) / sizeof(reaching[0]); i++) {
        const struct refusal_words words = refusal_words_of(reaching[i]);
        if (words.help == HELP_NEEDED)
            assert_non_null(strstr(arena_copy(arena, words.sentence).base, "You did nothing wrong"));
    }
    assert_int_equal(refusal_words_of(FAULT_ADAPTER_MISCONFIGURED).help, HELP_NEEDED);
    assert_int_equal(refusal_words_of(FAULT_PERSON_OTHER).help, HELP_NONE);
}

static void says_whom_to_tell_and_with_what(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(refusal_advice(arena, HELP_NONE, TEXT("red"), true).length, 0);
    assert_true(
        text_is(refusal_advice(arena, HELP_NEEDED, TEXT_NONE, true),
                "Please tell whoever runs this gateway, and give them the reference below: with it they "
                "can look up what happened."));
    assert_true(text_is(refusal_advice(arena, HELP_IF_AGAIN, TEXT("red"), false),
                        "If it happens again, tell the team red, which set this service up here, and say when "
                        "it happened."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_reads_no_word_that_is_for_operators_or_programs),
        cmocka_unit_test(what_a_person_cannot_mend_is_said_not_to_be_their_fault),
        cmocka_unit_test(says_whom_to_tell_and_with_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
