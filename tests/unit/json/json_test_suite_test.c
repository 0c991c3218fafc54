/* The public JSONTestSuite, whole: y_ files must be read, n_ files refused, i_ files do what the table here
 * says, which docs/json.md shows to people. The few y_ files that our rules refuse are in the table too, each
 * with its rule. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "archive.h"
#include "json/json_value.h"

#define DOUBLED   "An object has the same name twice."
#define NUL       "The character U+0000 is not allowed, not even escaped."
#define NO_LOW    "An escaped high surrogate has no low surrogate after it."
#define NO_HIGH   "An escaped low surrogate has no high surrogate before it."
#define NOT_UTF8  "The text is not well-formed UTF-8."
#define CONTROL   "A control character is not allowed here; in a string it must be escaped."
#define TOO_DEEP  "The document is nested too deeply."
#define BYTE_MARK "The text begins with a byte order mark."

struct outcome {
    const char *file;
    const char *mistake; /* NULL = read */
};

/* Everything that RFC 8259 alone does not decide. */
static const struct outcome outcomes[] = {
    {"y_object_duplicated_key.json", DOUBLED},
    {"y_object_duplicated_key_and_value.json", DOUBLED},
    {"y_object_escaped_null_in_key.json", NUL},
    {"y_string_null_escape.json", NUL},
    {"i_number_double_huge_neg_exp.json", NULL},
    {"i_number_huge_exp.json", NULL},
    {"i_number_neg_int_huge_exp.json", NULL},
    {"i_number_pos_double_huge_exp.json", NULL},
    {"i_number_real_neg_overflow.json", NULL},
    {"i_number_real_pos_overflow.json", NULL},
    {"i_number_real_underflow.json", NULL},
    {"i_number_too_big_neg_int.json", NULL},
    {"i_number_too_big_pos_int.json", NULL},
    {"i_number_very_big_negative_int.json", NULL},
    {"i_object_key_lone_2nd_surrogate.json", NO_HIGH},
    {"i_string_1st_surrogate_but_2nd_missing.json", NO_LOW},
    {"i_string_1st_valid_surrogate_2nd_invalid.json", NO_LOW},
    {"i_string_UTF-16LE_with_BOM.json", NOT_UTF8},
    {"i_string_UTF-8_invalid_sequence.json", NOT_UTF8},
    {"i_string_UTF8_surrogate_U+D800.json", NOT_UTF8},
    {"i_string_incomplete_surrogate_and_escape_valid.json", NO_LOW},
    {"i_string_incomplete_surrogate_pair.json", NO_HIGH},
    {"i_string_incomplete_surrogates_escape_valid.json", NO_LOW},
    {"i_string_invalid_lonely_surrogate.json", NO_LOW},
    {"i_string_invalid_surrogate.json", NO_LOW},
    {"i_string_invalid_utf-8.json", NOT_UTF8},
    {"i_string_inverted_surrogates_U+1D11E.json", NO_HIGH},
    {"i_string_iso_latin_1.json", NOT_UTF8},
    {"i_string_lone_second_surrogate.json", NO_HIGH},
    {"i_string_lone_utf8_continuation_byte.json", NOT_UTF8},
    {"i_string_not_in_unicode_range.json", NOT_UTF8},
    {"i_string_overlong_sequence_2_bytes.json", NOT_UTF8},
    {"i_string_overlong_sequence_6_bytes.json", NOT_UTF8},
    {"i_string_overlong_sequence_6_bytes_null.json", NOT_UTF8},
    {"i_string_truncated-utf-8.json", NOT_UTF8},
    {"i_string_utf16BE_no_BOM.json", CONTROL},
    {"i_string_utf16LE_no_BOM.json", CONTROL},
    {"i_structure_500_nested_arrays.json", TOO_DEEP},
    {"i_structure_UTF-8_BOM_empty_object.json", BYTE_MARK},
};
enum { OUTCOMES = sizeof(outcomes) / sizeof(outcomes[0]), SUITE_FILES = 318 };

static struct archive archive;

static int unpack(void **state)
{
    (void)state;
    return archive_unpack(&archive, "json/JSONTestSuite.tar.gz");
}

static int remove_archive(void **state)
{
    (void)state;
    return archive_remove(&archive);
}

static struct text file_contents(struct arena *arena, const char *path)
{
    enum { LARGEST = 1024 * 1024 };
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return TEXT_NONE;
    char *bytes = arena_allocate(arena, LARGEST);
    size_t length = fread(bytes, 1, LARGEST, file);
    fclose(file);
    return (struct text){bytes, length};
}

static enum fault take_nothing(void *context)
{
    (void)context;
    return FAULT_NONE;
}

static enum fault take_boolean(void *context, bool value)
{
    (void)context;
    (void)value;
    return FAULT_NONE;
}

static enum fault take_text(void *context, struct text value)
{
    (void)context;
    (void)value;
    return FAULT_NONE;
}

/* NULL if the document is read. */
static const char *mistake_in(struct text document)
{
    static const struct json_handler everything = {
        .on_null = take_nothing,
        .on_boolean = take_boolean,
        .on_number = take_text,
        .on_string = take_text,
        .on_object_begin = take_nothing,
        .on_name = take_text,
        .on_array_begin = take_nothing,
    };
    const char *mistake = NULL;
    size_t offset;
    enum fault fault = json_read(document, &json_limits_token, &everything, NULL, &mistake, &offset);
    assert_true((fault == FAULT_NONE) == (mistake == NULL));
    return mistake;
}

static const struct outcome *outcome_of(const char *file)
{
    for (size_t i = 0; i < OUTCOMES; i++)
        if (strcmp(outcomes[i].file, file) == 0)
            return &outcomes[i];
    return NULL;
}

/* False, and said, if the file does not do what its first letter or the table promises. */
static bool does_what_is_promised(const char *file, struct text document)
{
    const char *mistake = mistake_in(document);
    const struct outcome *outcome = outcome_of(file);
    bool as_promised;
    if (outcome != NULL)
        as_promised = mistake == outcome->mistake ||
                      (mistake != NULL && outcome->mistake != NULL && strcmp(mistake, outcome->mistake) == 0);
    else
        as_promised = file[0] == 'y' ? mistake == NULL : file[0] == 'n' && mistake != NULL;
    if (!as_promised)
        print_error("%s: %s\n", file, mistake == NULL ? "was read" : mistake);
    return as_promised;
}

static void treats_every_file_of_the_suite_as_promised(void **state)
{
    (void)state;
    if (!archive.is_unpacked)
        skip();
    char path[4096];
    snprintf(path, sizeof(path), "%s/test_parsing", archive.folder);
    DIR *files = opendir(path);
    assert_non_null(files);
    int seen = 0;
    int broken = 0;
    int listed = 0;
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        SCOPED_ARENA arena = arena_create();
        snprintf(path, sizeof(path), "%s/test_parsing/%s", archive.folder, entry->d_name);
        struct text document = file_contents(arena, path);
        assert_non_null(document.base);
        seen++;
        listed += outcome_of(entry->d_name) != NULL;
        broken += !does_what_is_promised(entry->d_name, document);
    }
    closedir(files);
    assert_int_equal(broken, 0);
    assert_int_equal(seen, SUITE_FILES);
    assert_int_equal(listed, OUTCOMES);
}

static void shows_the_table_in_the_documentation(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const char *slash = strrchr(__FILE__, '/');
    assert_non_null(slash);
    struct text path = arena_print(arena, "%.*s/../../../docs/json.md", (int)(slash - __FILE__), __FILE__);
    struct text page = file_contents(arena, path.base);
    if (page.base == NULL) {
        print_message("%s is not there to be read\n", path.base);
        arena_destroy(arena); /* skip() leaves by longjmp, past every cleanup */
        skip();
    }
    for (size_t i = 0; i < OUTCOMES; i++) {
        struct text row = arena_print(arena, "| `%s` | %s |\n", outcomes[i].file,
                                      outcomes[i].mistake == NULL ? "read" : outcomes[i].mistake);
        if (memmem(page.base, page.length, row.base, row.length) == NULL)
            fail_msg("docs/json.md lacks the row %s", row.base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(treats_every_file_of_the_suite_as_promised),
        cmocka_unit_test(shows_the_table_in_the_documentation),
    };
    return cmocka_run_group_tests(tests, unpack, remove_archive);
}
