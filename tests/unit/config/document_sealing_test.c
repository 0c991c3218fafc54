/* spec.sealing: one way to the key, and one alone. */
#include "reading.h"

#define SEALED(ways)                                                                                           \
    "kind: Gateway\nmetadata: {name: g}\n"                                                                     \
    "spec: {issuer: https://g.example, tls: {certificateFile: a, keyFile: b}" ways "}\n"

static const struct reading_case bad[] = {
    {SEALED(", sealing: {commandTimeout: 5s, manual: false}"),
     "f.yaml:3:83: spec.sealing: one of keyFile, credential, environment, command and manual is missing\n"},
    {SEALED(", sealing: {keyFile: k, manual: true}"),
     "f.yaml:3:83: spec.sealing: expected one of keyFile, credential, environment, command and manual, found "
     "several\n"},
    {SEALED(", sealing: {command: [kms, decrypt, decrypt]}"),
     "f.yaml:3:93: spec.sealing.command: expected a program by its absolute path, since none is searched "
     "for\n"},
    {SEALED(", sealing: {environment: 1KEY}"),
     "f.yaml:3:97: spec.sealing.environment: expected the name of an environment variable: letters, digits and "
     "\"_\", no digit first, found \"1KEY\"\n"},
};

static void says_what_is_wrong_with_the_way_to_the_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct documents documents = reading_of(arena, bad[i].content);
        reading_assert_mistakes(&documents, bad[i].mistakes);
    }
}

static const struct sealing_document *sealing_of(struct arena *arena, const char *content)
{
    return &reading_one(arena, content)->gateway.sealing;
}

static void takes_each_way(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(sealing_of(arena, SEALED(", sealing: {keyFile: /k}"))->key_file, "/k"));
    assert_true(text_is(sealing_of(arena, SEALED(", sealing: {credential: k}"))->credential, "k"));
    assert_true(text_is(sealing_of(arena, SEALED(", sealing: {environment: KEY}"))->environment, "KEY"));
    assert_true(sealing_of(arena, SEALED(", sealing: {manual: true}"))->is_manual);
    const struct sealing_document *command =
        sealing_of(arena, SEALED(", sealing: {command: [/bin/kms, -v, -v], commandEnvironment: [HSM]}"));
    assert_int_equal(command->command.count, 3);
    assert_int_equal(command->command_timeout_s, 10);
    assert_true(text_is(command->command_environment.items[0], "HSM"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong_with_the_way_to_the_key),
        cmocka_unit_test(takes_each_way),
    };
    return cmocka_run_group_tests_name("config/document_sealing", tests, NULL, NULL);
}
