/* The ways to the sealing key that need no waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h> /* after what it needs */

#include "keys/sealing_key.h"
#include "sealing/sealing_source.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void expect_key(const struct sealing_document *settings)
{
    char detail[SEALING_KEY_DETAIL_SIZE] = "";
    struct secret *key = sealing_source_read(settings, detail);
    if (key == NULL)
        fail_msg("%s", detail);
    for (unsigned char i = 0; i < SEALING_KEY_SIZE; i++)
        assert_int_equal(secret_bytes(key)[i], i);
    secret_destroy(key);
}

static void expect_none(const struct sealing_document *settings, const char *because)
{
    char detail[SEALING_KEY_DETAIL_SIZE] = "";
    assert_null(sealing_source_read(settings, detail));
    if (strstr(detail, because) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", detail, because);
}

static void takes_a_variable_once_and_wipes_it_where_it_stands(void **state)
{
    (void)state;
    static char variable[] = "SEALING_TEST=" HEX;
    const struct sealing_document settings = {.environment = TEXT("SEALING_TEST")};
    assert_int_equal(putenv(variable), 0);
    expect_key(&settings);
    for (size_t i = strlen("SEALING_TEST="); i < sizeof(variable); i++)
        assert_int_equal(variable[i], 0);
    expect_none(&settings, "SEALING_TEST is not set");
    setenv("SEALING_TEST", "no key", 1);
    expect_none(&settings, "must hold 64 hexadecimal digits");
    assert_null(getenv("SEALING_TEST"));
}

static void takes_a_credential_from_the_folder_of_the_service_manager(void **state)
{
    (void)state;
    char folder[] = "/tmp/dragoman-credentials-XXXXXX", path[64];
    const struct sealing_document settings = {.credential = TEXT("key")};
    unsetenv("CREDENTIALS_DIRECTORY");
    expect_none(&settings, "CREDENTIALS_DIRECTORY names no folder");
    assert_non_null(mkdtemp(folder));
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    expect_none(&settings, "No such file");
    snprintf(path, sizeof(path), "%s/key", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(HEX "\n", file);
    fclose(file);
    assert_int_equal(chmod(path, 0400), 0);
    expect_key(&settings);
    unlink(path);
    rmdir(folder);
}

static void names_its_sources_as_documents_do(void **state)
{
    (void)state;
    struct text argument = TEXT("/bin/kms");
    const struct sealing_document settings[] = {{.key_file = TEXT("/k")},
                                                {.credential = TEXT("k")},
                                                {.environment = TEXT("K")},
                                                {.command = {&argument, 1}},
                                                {.is_manual = true}};
    static const char *const names[] = {"keyFile", "credential", "environment", "command", "manual"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_string_equal(sealing_source_name(sealing_source_of(&settings[i])), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_variable_once_and_wipes_it_where_it_stands),
        cmocka_unit_test(takes_a_credential_from_the_folder_of_the_service_manager),
        cmocka_unit_test(names_its_sources_as_documents_do),
    };
    return cmocka_run_group_tests_name("supervisor/sealing_source", tests, NULL, NULL);
}
