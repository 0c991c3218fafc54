/* spec.signing: how often keys are rotated. */
#include "reading.h"

#define SIGNING(settings)                                                                                      \
    "kind: Gateway\nmetadata: {name: g}\n"                                                                     \
    "spec: {issuer: https://g.example, sealing: {keyFile: k}, tls: {certificateFile: a, keyFile: b}, "         \
    "signing: {" settings "}}\n"

static void says_what_is_wrong_with_the_time_between_rotations(void **state)
{
    (void)state;
    static const char *const wrong[] = {SIGNING("rotateEvery: 12h"),
                                        SIGNING("rotateEvery: 2d, publishBeforeUse: 2d")};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct documents documents = reading_of(arena, wrong[i]);
        reading_assert_mistakes(&documents,
                                "f.yaml:3:120: spec.signing.rotateEvery: expected 1d or more and more than "
                                "publishBeforeUse, or 0s, with which nothing is rotated by itself\n");
    }
}

static void wants_all_of_a_token(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents = reading_of(arena, SIGNING("pkcs11: {module: /m.so, tokenLabel: t}"));
    reading_assert_mistakes(&documents,
                            "f.yaml:3:115: spec.signing.pkcs11: module, tokenLabel and pinFile go together\n");
    const struct pkcs11_document *token =
        &reading_one(arena, SIGNING("pkcs11: {module: /m.so, tokenLabel: t, pinFile: /p}"))->gateway.pkcs11;
    assert_true(text_is(token->module, "/m.so") && text_is(token->token_label, "t") &&
                text_is(token->pin_file, "/p"));
}

static int64_t every_of(const char *content)
{
    SCOPED_ARENA arena = arena_create();
    return reading_one(arena, content)->gateway.key_rotate_s;
}

static void takes_days_and_never(void **state)
{
    (void)state;
    assert_int_equal(every_of(SIGNING("algorithms: [ES256]")), 90 * 86400);
    assert_int_equal(every_of(SIGNING("rotateEvery: 1d, publishBeforeUse: 23h")), 86400);
    assert_int_equal(every_of(SIGNING("rotateEvery: 0s, publishBeforeUse: 2d")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong_with_the_time_between_rotations),
        cmocka_unit_test(takes_days_and_never),
        cmocka_unit_test(wants_all_of_a_token),
    };
    return cmocka_run_group_tests_name("config/document_signing", tests, NULL, NULL);
}
