/* What MIT's tools write is read as they mean it, and nothing behind an end is. */
#include "keytab_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "keytab_bytes.h"

#define GATEWAY "gw/gateway.corp.example@CORP.EXAMPLE"

static const struct key_bytes good = {GATEWAY, 300, 18, 32, 'k'};

static void reads_holes_and_long_versions(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer bytes = keytab_bytes(arena);
    struct keytab_file file;
    keytab_bytes_add(&bytes, &good);
    keytab_bytes_number(&bytes, (uint32_t)-5, 4);
    buffer_append(&bytes, TEXT("\0\0\0\0\0"));
    keytab_bytes_add(&bytes, &(struct key_bytes){"host@OTHER", 3, 23, 16, 'r'});
    keytab_bytes_number(&bytes, 0, 4); /* the end, whatever comes then */
    buffer_append(&bytes, TEXT("\x7f\xff\xff\xff"));
    assert_null(keytab_file_read(arena, buffer_text(&bytes), &file));
    assert_int_equal(file.count, 2);
    assert_int_equal(file.entries[0].version, 300); /* of which 44 is in the one byte */
    assert_int_equal(file.entries[0].key_type, 18);
    assert_int_equal(file.entries[0].key.length, 32);
    assert_int_equal(file.entries[0].timestamp_s, 1790000000);
    assert_int_equal(file.entries[0].key.base[31], 'k');
    assert_int_equal(file.entries[1].version, 3);
    assert_true(keytab_entry_is_for(&file.entries[1], TEXT("host@OTHER")));
}

/* Without the long version, or with one of zero, which some write for "none". */
static void reads_versions_of_one_byte(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct keytab_file file;
    struct buffer bytes = keytab_bytes(arena);
    keytab_bytes_add(&bytes, &(struct key_bytes){GATEWAY, 7, 18, 32, 'k'});
    memset(bytes.base + bytes.length - 4, 0, 4);
    assert_null(keytab_file_read(arena, buffer_text(&bytes), &file));
    assert_int_equal(file.entries[0].version, 7);
    bytes.length -= 4;
    bytes.base[5] = (char)(bytes.base[5] - 4); /* the entry's length is below 256 */
    assert_null(keytab_file_read(arena, buffer_text(&bytes), &file));
    assert_int_equal(file.entries[0].version, 7);
}

static void compares_principals_component_by_component(void **state)
{
    (void)state;
    const struct keytab_entry entry = {
        .realm = TEXT("R"), .components = {TEXT("gw"), TEXT("host")}, .component_count = 2};
    const struct keytab_entry single = {
        .realm = TEXT("R"), .components = {TEXT("gw/host")}, .component_count = 1};
    static const char *const others[] = {"gw/host@r", "gw/Host@R", "gw@R", "gw/host/x@R", "gw/host@R@R",
                                         "gw/host",   "gw/hos@R",  "@R",   "gw/@R"};
    assert_true(keytab_entry_is_for(&entry, TEXT("gw/host@R")));
    assert_false(keytab_entry_is_for(&single, TEXT("gw/host@R")));
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (keytab_entry_is_for(&entry, text_of(others[i])))
            fail_msg("%s", others[i]);
    }
}

static void assert_no_keytab(struct text bytes, const char *words)
{
    SCOPED_ARENA arena = arena_create();
    struct keytab_file file;
    const char *mistake = keytab_file_read(arena, bytes, &file);
    if (mistake == NULL || strstr(mistake, words) == NULL)
        fail_msg("%s, not: %s", mistake != NULL ? mistake : "taken", words);
}

static void takes_no_file_that_is_none(void **state)
{
    (void)state;
    assert_no_keytab(TEXT(""), "0x0502");
    assert_no_keytab(TEXT("\x05"), "0x0502");
    assert_no_keytab(TEXT("\x05\x01"), "0x0502");
    assert_no_keytab(TEXT("\x05\x03"), "0x0502");
    assert_no_keytab(TEXT("\x05\x02\x7f\xff\xff\xff"), "longer than the file");
    assert_no_keytab(TEXT("\x05\x02\x80\0\0\0"), "longer than the file");
    assert_no_keytab(TEXT("\x05\x02\xff\xff\xff\xf0"), "longer than the file");
    assert_no_keytab(TEXT("\x05\x02\0\0\0\x02\0\x01"), "not whole");
    assert_no_keytab(TEXT("\x05\x02\0\0\0\x04\0\x09\0\0"), "not whole"); /* nine components */
    assert_no_keytab(TEXT("\x05\x02\0\0\0\x12\0\0\0\x01R\0\0\0\0\0\0\0\0\0\0\0\0\0"), "not whole"); /* none */
}

/* Wherever it is cut, it is either an end between entries or not whole; never is anything behind it read. */
static void notices_every_entry_that_was_cut(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer bytes = keytab_bytes(arena);
    keytab_bytes_add(&bytes, &good);
    for (size_t length = 6; length < bytes.length; length++)
        assert_no_keytab((struct text){bytes.base, length}, "longer than the file");
    uint32_t whole = (uint32_t)bytes.length - 6;
    for (uint32_t size = 1; size < whole - 4; size++) { /* the length says less than the entry has */
        bytes.base[5] = (char)size;
        assert_no_keytab((struct text){bytes.base, 6 + size}, "not whole");
    }
}

static void takes_64_kib_and_512_entries_and_no_more(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer bytes = keytab_bytes(arena);
    struct keytab_file file;
    for (int i = 0; i < KEYTAB_ENTRIES_MAX; i++)
        keytab_bytes_add(&bytes, &good);
    assert_null(keytab_file_read(arena, buffer_text(&bytes), &file));
    assert_int_equal(file.count, KEYTAB_ENTRIES_MAX);
    keytab_bytes_add(&bytes, &good);
    assert_no_keytab(buffer_text(&bytes), "512 entries");
    bytes = keytab_bytes(arena);
    keytab_bytes_number(&bytes, 0, 4);
    while (bytes.length < KEYTAB_BYTES_MAX)
        buffer_append_byte(&bytes, 0);
    assert_null(keytab_file_read(arena, buffer_text(&bytes), &file));
    buffer_append_byte(&bytes, 0);
    assert_no_keytab(buffer_text(&bytes), "64 KiB");
}

static void takes_no_name_of_more_components_than_eight(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer bytes = keytab_bytes(arena);
    struct keytab_file file;
    keytab_bytes_add(&bytes, &(struct key_bytes){"a/b/c/d/e/f/g/h@R", 1, 18, 32, 'k'});
    assert_null(keytab_file_read(arena, buffer_text(&bytes), &file));
    keytab_bytes_add(&bytes, &(struct key_bytes){"a/b/c/d/e/f/g/h/i@R", 1, 18, 32, 'k'});
    assert_no_keytab(buffer_text(&bytes), "not whole");
}

static void takes_no_key_that_is_too_long_for_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer bytes = keytab_bytes(arena);
    keytab_bytes_add(&bytes, &(struct key_bytes){GATEWAY, 1, 18, 257, 'k'});
    assert_no_keytab(buffer_text(&bytes), "not whole");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_holes_and_long_versions),
        cmocka_unit_test(reads_versions_of_one_byte),
        cmocka_unit_test(compares_principals_component_by_component),
        cmocka_unit_test(takes_no_file_that_is_none),
        cmocka_unit_test(notices_every_entry_that_was_cut),
        cmocka_unit_test(takes_64_kib_and_512_entries_and_no_more),
        cmocka_unit_test(takes_no_name_of_more_components_than_eight),
        cmocka_unit_test(takes_no_key_that_is_too_long_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
