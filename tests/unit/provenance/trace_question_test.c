/* What a trace begins with, told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "adapters/api_key.h"
#include "provenance/trace_question.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void takes_64_hexadecimal_digits_for_a_fingerprint_and_all_else_for_an_id(void **state)
{
    (void)state;
    static const char *const ids[] = {"01KAQZ3M5W8Y0E6T2R4V7N9B1C", "root", DIGITS "0",
                                      "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"};
    struct trace_question question;
    trace_question_name(TEXT(DIGITS), &question);
    assert_int_equal(question.count, 1);
    assert_true(text_is(question.fingerprints[0], DIGITS));
    assert_int_equal(question.id.length, 0);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        trace_question_name(text_of(ids[i]), &question);
        assert_int_equal(question.count, 0);
        assert_true(text_is(question.id, ids[i]));
    }
}

static struct sealer *open_sealer(void)
{
    char folder[] = "/tmp/dragoman-unit-XXXXXX", path[64], detail[256];
    struct sealer *sealer;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/sealing.key", folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &sealer, detail), FAULT_NONE);
    unlink(path);
    rmdir(folder);
    return sealer;
}

static void knows_a_credential_by_its_hashes_and_a_token_by_its_jti(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct sealer *sealer = open_sealer();
    struct trace_question question;
    trace_question_show(arena, sealer, TEXT("abc"), &question);
    assert_int_equal(question.count, 2);
    assert_true(text_is(question.fingerprints[1],
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")); /* SHA-256 */
    assert_false(text_equal(question.fingerprints[0], question.fingerprints[1]));
    assert_int_equal(question.id.length, 0);
    trace_question_show(arena, sealer, TEXT("eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.eyJqdGkiOiJpZCJ9.c2ln"),
                        &question);
    assert_true(text_is(question.id, "id"));
    trace_question_show(arena, sealer, TEXT("eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.c2ln"), &question);
    assert_int_equal(question.id.length, 0);
    sealer_destroy(sealer);
}

static void knows_a_key_of_ours_by_its_fingerprint_and_the_vault_may_have_the_same(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct sealer *sealer = open_sealer();
    struct trace_question question;
    char key[API_KEY_SIZE], fingerprint[API_KEY_FINGERPRINT_SIZE];
    api_key_make(1800000000123, key);
    api_key_fingerprint(sealer, text_of(key), fingerprint);
    trace_question_show(arena, sealer, text_of(key), &question);
    assert_int_equal(question.count, TRACE_FINGERPRINTS_MAX);
    assert_true(text_is(question.fingerprints[0], fingerprint));
    key[API_KEY_LENGTH - 1] = key[API_KEY_LENGTH - 1] == '0' ? '1' : '0';
    trace_question_show(arena, sealer, text_of(key), &question);
    assert_int_equal(question.count, 2);
    sealer_destroy(sealer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_64_hexadecimal_digits_for_a_fingerprint_and_all_else_for_an_id),
        cmocka_unit_test(knows_a_credential_by_its_hashes_and_a_token_by_its_jti),
        cmocka_unit_test(knows_a_key_of_ours_by_its_fingerprint_and_the_vault_may_have_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
