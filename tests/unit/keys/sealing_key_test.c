/* The sealing key file: what is taken, what is refused and with which words. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "key_fixture.h"
#include "keys/sealing_key.h"

#define HEX       "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define BASE64URL "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void expect_refusal(const char *path, const char *because)
{
    char detail[SEALING_KEY_DETAIL_SIZE] = "";
    struct secret *key = NULL;
    assert_int_equal(sealing_key_read_file(path, &key, detail), FAULT_FILE_UNREADABLE);
    assert_null(key);
    if (strstr(detail, because) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", detail, because);
    assert_non_null(strstr(detail, path));
}

static void reads_hexadecimal_and_base64url_with_or_without_a_line_end(void **state)
{
    static const char *const spellings[] = {
        HEX, HEX "\n", BASE64URL, BASE64URL "\n",
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n"};
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        const char *path = fixture_write(fixture_of(state), "other.key", spellings[i], 0600);
        char detail[SEALING_KEY_DETAIL_SIZE];
        struct secret *key = NULL;
        assert_int_equal(sealing_key_read_file(path, &key, detail), FAULT_NONE);
        assert_int_equal(secret_length(key), 32);
        for (unsigned char at = 0; at < 32; at++)
            assert_int_equal(secret_bytes(key)[at], at);
        secret_destroy(key);
    }
}

static void refuses_a_file_that_others_may_touch(void **state)
{
    static const unsigned modes[] = {0640, 0604, 0660, 0644, 0620, 0602, 0610, 0601, 0777};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        expect_refusal(fixture_write(fixture_of(state), "other.key", HEX "\n", modes[i]), "group and others");
    char detail[SEALING_KEY_DETAIL_SIZE];
    struct secret *key = NULL;
    assert_int_equal(
        sealing_key_read_file(fixture_write(fixture_of(state), "other.key", HEX, 0400), &key, detail),
        FAULT_NONE);
    secret_destroy(key);
}

static void refuses_a_file_of_another_user(void **state)
{
    const char *path = fixture_write(fixture_of(state), "other.key", HEX "\n", 0600);
    if (geteuid() != 0) {
        print_message("needs root to give a file away\n");
        skip();
    }
    assert_int_equal(chown(path, 12345, 12345), 0);
    expect_refusal(path, "belongs to user 12345");
}

static void refuses_what_is_not_a_regular_file(void **state)
{
    struct fixture *fixture = fixture_of(state);
    const char *directory = arena_print(fixture->arena, "%s/directory", fixture->folder).base;
    const char *link_path = arena_print(fixture->arena, "%s/link", fixture->folder).base;
    const char *fifo = arena_print(fixture->arena, "%s/fifo", fixture->folder).base;
    assert_int_equal(mkdir(directory, 0700), 0);
    expect_refusal(directory, "not a regular file");
    assert_int_equal(symlink(fixture->sealing_key_path, link_path), 0);
    expect_refusal(link_path, "symbolic link");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    expect_refusal(fifo, "not a regular file");
    expect_refusal(arena_print(fixture->arena, "%s/missing", fixture->folder).base, "No such file");
}

static void refuses_any_other_content(void **state)
{
    static const char *const contents[] = {"",
                                           "\n",
                                           HEX "\n\n",
                                           HEX "0",
                                           " " HEX,
                                           HEX " ",
                                           HEX "\r\n",
                                           "0" BASE64URL,
                                           BASE64URL "=",
                                           BASE64URL "\n\n",
                                           "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                                           "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1@",
                                           "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9", /* leftover bits */
                                           "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka+xwdHh8",
                                           HEX "\n" HEX "\n"};
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
        expect_refusal(fixture_write(fixture_of(state), "other.key", contents[i], 0600), "must hold one line");
}

static void makes_a_new_owner_only_file_and_overwrites_none(void **state)
{
    struct fixture *fixture = fixture_of(state);
    char detail[SEALING_KEY_DETAIL_SIZE] = "";
    const char *path = arena_print(fixture->arena, "%s/other.key", fixture->folder).base;
    struct secret *first = NULL, *second = NULL;
    struct stat status;
    assert_int_equal(sealing_key_make_file(path, detail), FAULT_NONE);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 44);
    assert_int_equal(sealing_key_make_file(path, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "File exists"));
    assert_int_equal(sealing_key_read_file(path, &first, detail), FAULT_NONE);
    assert_int_equal(sealing_key_read_file(fixture->sealing_key_path, &second, detail), FAULT_NONE);
    assert_memory_not_equal(secret_bytes(first), secret_bytes(second), 32);
    secret_destroy(first);
    secret_destroy(second);
    assert_int_equal(sealing_key_make_file("/nonexistent/sealing.key", detail), FAULT_FILE_UNREADABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_hexadecimal_and_base64url_with_or_without_a_line_end,
                                        fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_a_file_that_others_may_touch, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_a_file_of_another_user, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_a_regular_file, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_any_other_content, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(makes_a_new_owner_only_file_and_overwrites_none, fixture_begin,
                                        fixture_end),
    };
    return cmocka_run_group_tests_name("keys/sealing_key", tests, NULL, NULL);
}
