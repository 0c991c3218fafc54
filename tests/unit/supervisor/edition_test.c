/* An edition is what the files were, in this process and in the next, and nobody changes it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edition.h"
#include "standard_error.h"

static char folder[] = "/tmp/dragoman-edition-XXXXXX";
static char first[64], second[64];

static const char gateway[] =
    "kind: Gateway\nmetadata: {name: gateway}\nspec:\n  issuer: https://gateway.example\n"
    "  tls: {certificateFile: c.pem, keyFile: k.pem}\n  sealing: {keyFile: s.key}\n";

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, strlen(content), file), strlen(content));
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(first, sizeof(first), "%s/a.yaml", folder);
    snprintf(second, sizeof(second), "%s/b.yaml", folder);
    return 0;
}

static int write_files(void **state)
{
    (void)state;
    write_file(first, gateway);
    write_file(second, "kind: Team\nmetadata: {name: payments}\n");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(first);
    unlink(second);
    return rmdir(folder);
}

static struct edition read_folder(void)
{
    struct edition edition;
    assert_true(edition_read(&edition, &(struct configuration){.path = folder}));
    return edition;
}

static void is_the_same_for_whoever_takes_it_over_whatever_became_of_the_files(void **state)
{
    (void)state;
    struct edition edition = read_folder(), taken;
    unlink(first);
    unlink(second);
    assert_true(edition_take(&taken, fcntl(edition.descriptor, F_DUPFD_CLOEXEC, 0)));
    edition_drop(&edition);
    assert_int_equal(taken.documents.count, 2);
    assert_true(text_is(taken.documents.items[1]->name, "payments"));
    assert_true(text_is(taken.documents.items[1]->source, second));
    /* Files that documents name are found where they were. */
    assert_true(text_starts_with(edition_settings(&taken)->sealing.key_file, text_of(folder)));
    edition_drop(&taken);
}

static void has_the_files_that_documents_name_too(void **state)
{
    (void)state;
    struct edition taken;
    char third[80];
    snprintf(third, sizeof(third), "%s/rules.txt", folder);
    write_file(third, "permit (principal, action, resource);\n");
    write_file(second, "kind: Policy\nmetadata: {name: rules}\nspec: {file: rules.txt}\n");
    struct edition edition = read_folder();
    assert_int_equal(edition_compare(&edition, &(struct configuration){.path = folder}), EDITION_SAME);
    write_file(third, "forbid (principal, action, resource);\n");
    assert_int_equal(edition_compare(&edition, &(struct configuration){.path = folder}), EDITION_OTHER);
    unlink(third);
    assert_true(edition_take(&taken, fcntl(edition.descriptor, F_DUPFD_CLOEXEC, 0)));
    edition_drop(&edition);
    assert_true(text_is(taken.documents.items[1]->policy.policies, "permit (principal, action, resource);\n"));
    edition_drop(&taken);
}

static void cannot_be_changed(void **state)
{
    (void)state;
    struct edition edition = read_folder();
    assert_int_equal(pwrite(edition.descriptor, "x", 1, 0), -1);
    assert_int_equal(ftruncate(edition.descriptor, 0), -1);
    assert_int_equal(ftruncate(edition.descriptor, 1 << 20), -1);
    assert_ptr_equal(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, edition.descriptor, 0), MAP_FAILED);
    edition_drop(&edition);
}

static void knows_whether_the_files_have_changed_or_gone_bad(void **state)
{
    (void)state;
    struct edition edition = read_folder();
    assert_int_equal(edition_compare(&edition, &(struct configuration){.path = folder}), EDITION_SAME);
    write_file(second, "kind: Team\nmetadata: {name: billing}\n");
    assert_int_equal(edition_compare(&edition, &(struct configuration){.path = folder}), EDITION_OTHER);
    unlink(second);
    assert_int_equal(edition_compare(&edition, &(struct configuration){.path = folder}), EDITION_OTHER);
    standard_error_catch();
    write_file(second, "kind: Tem\n");
    assert_int_equal(edition_compare(&edition, &(struct configuration){.path = folder}), EDITION_MISTAKEN);
    unlink(first);
    unlink(second);
    assert_int_equal(edition_compare(&edition, &(struct configuration){.path = folder}), EDITION_MISTAKEN);
    (void)standard_error_release();
    edition_drop(&edition);
}

static void is_none_when_the_files_have_mistakes(void **state)
{
    (void)state;
    struct edition edition;
    standard_error_catch();
    write_file(first, "kind: Gateway\nspec: {isuer: x}\n");
    assert_false(edition_read(&edition, &(struct configuration){.path = folder}));
    (void)standard_error_release();
    assert_null(edition.arena);
    edition_drop(&edition);
}

static void is_none_when_what_is_handed_over_is_no_edition(void **state)
{
    (void)state;
    static const char *const contents[] = {"", "x", "5 5\nab", "-1 3\nabc", "1 -3\nabc", "3 0\nabc"};
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        struct edition edition;
        int descriptor = memfd_create("edition", MFD_CLOEXEC);
        assert_int_equal(write(descriptor, contents[i], strlen(contents[i])), strlen(contents[i]));
        standard_error_catch();
        assert_false(edition_take(&edition, descriptor));
        (void)standard_error_release();
        assert_int_equal(fcntl(descriptor, F_GETFD), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(is_the_same_for_whoever_takes_it_over_whatever_became_of_the_files, write_files),
        cmocka_unit_test_setup(has_the_files_that_documents_name_too, write_files),
        cmocka_unit_test_setup(cannot_be_changed, write_files),
        cmocka_unit_test_setup(knows_whether_the_files_have_changed_or_gone_bad, write_files),
        cmocka_unit_test_setup(is_none_when_the_files_have_mistakes, write_files),
        cmocka_unit_test(is_none_when_what_is_handed_over_is_no_edition),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
