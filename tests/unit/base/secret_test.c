/* Secrets: kept, wiped, compared, and left out of core dumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

static void keeps_a_copy_of_its_own(void **state)
{
    (void)state;
    char original[] = "high entropy";
    SCOPED_SECRET secret = secret_create(original, 12);
    memset(original, 0, sizeof(original));
    assert_int_equal(secret_length(secret), 12);
    assert_memory_equal(secret_bytes(secret), "high entropy", 12);
}

static void may_be_empty_or_larger_than_a_page(void **state)
{
    (void)state;
    SCOPED_SECRET empty = secret_create(NULL, 0);
    assert_int_equal(secret_length(empty), 0);
    static char bytes[20000];
    memset(bytes, 'k', sizeof(bytes));
    SCOPED_SECRET large = secret_create(bytes, sizeof(bytes));
    assert_memory_equal(secret_bytes(large), bytes, sizeof(bytes));
    secret_destroy(NULL);
}

static void wipes_what_it_is_told_to(void **state)
{
    (void)state;
    char bytes[] = "abcdef";
    secret_wipe(bytes + 1, 3);
    assert_memory_equal(bytes, "a\0\0\0ef", 6);
    secret_wipe(NULL, 0);
}

static void compares_every_byte(void **state)
{
    (void)state;
    char a[40];
    char b[40];
    memset(a, 'x', sizeof(a));
    memset(b, 'x', sizeof(b));
    assert_true(secret_equal(a, b, sizeof(a)));
    assert_true(secret_equal(a, b, 0));
    for (size_t i = 0; i < sizeof(a); i++) {
        b[i] = 'y';
        assert_false(secret_equal(a, b, sizeof(a)));
        b[i] = 'x';
    }
}

/* The kernel shows "dd" (do not dump) among the flags of the mapping that holds the address. */
static void stays_out_of_core_dumps(void **state)
{
    (void)state;
    FILE *maps = fopen("/proc/self/smaps", "r");
    if (maps == NULL) {
        print_message("/proc/self/smaps cannot be read\n");
        skip();
    }
    SCOPED_SECRET secret = secret_create("key", 3);
    unsigned long address = (unsigned long)(uintptr_t)secret_bytes(secret);
    char line[512];
    bool is_inside = false;
    bool is_left_out = false;
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long start, end;
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            is_inside = start <= address && address < end;
        else if (is_inside && strncmp(line, "VmFlags:", 8) == 0)
            is_left_out = strstr(line, " dd") != NULL;
    }
    fclose(maps);
    assert_true(is_left_out);
}

static char file_path[] = "/tmp/dragoman-secret-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    memcpy(file_path + sizeof(file_path) - 7, "XXXXXX", 6);
    int file = mkstemp(file_path);
    assert_true(file >= 0);
    close(file);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file_path);
}

static void write_file(const char *bytes, size_t length)
{
    FILE *file = fopen(file_path, "w");
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void assert_reads(const char *expected, size_t length)
{
    SCOPED_SECRET secret = NULL;
    assert_int_equal(secret_read_file(file_path, &secret), FAULT_NONE);
    assert_int_equal(secret_length(secret), length);
    assert_memory_equal(secret_bytes(secret), expected, length);
}

static void assert_unreadable(const char *path)
{
    SCOPED_SECRET secret = NULL;
    assert_int_equal(secret_read_file(path, &secret), FAULT_FILE_UNREADABLE);
    assert_null(secret);
}

static void reads_a_file_without_the_line_ends_behind(void **state)
{
    (void)state;
    write_file("top secret", 10);
    assert_reads("top secret", 10);
    write_file("a\nb \0c\r\n\n", 9);
    assert_reads("a\nb \0c", 6);
    write_file("\n", 1);
    assert_reads("", 0);
}

static void reads_a_file_up_to_its_bound(void **state)
{
    (void)state;
    static char bytes[SECRET_FILE_BYTES_MAX + 1];
    memset(bytes, 'k', sizeof(bytes));
    write_file(bytes, SECRET_FILE_BYTES_MAX);
    assert_reads(bytes, SECRET_FILE_BYTES_MAX);
    write_file(bytes, sizeof(bytes));
    assert_unreadable(file_path);
}

static void refuses_a_file_that_others_may_read_or_write(void **state)
{
    (void)state;
    static const mode_t modes[] = {0604, 0640, 0620, 0602, 0610, 0601};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(file_path, modes[i]), 0);
        assert_unreadable(file_path);
    }
    assert_int_equal(chmod(file_path, 0400), 0);
    assert_reads("", 0);
}

static void refuses_what_is_no_regular_file(void **state)
{
    (void)state;
    char link_path[64], pipe_path[64];
    snprintf(link_path, sizeof(link_path), "%s.link", file_path);
    snprintf(pipe_path, sizeof(pipe_path), "%s.pipe", file_path);
    assert_int_equal(symlink(file_path, link_path), 0);
    assert_unreadable(link_path);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_unreadable(pipe_path); /* and does not wait for a writer */
    assert_int_equal(unlink(pipe_path), 0);
    assert_unreadable("/tmp");
    assert_unreadable("/tmp/dragoman-is-not-there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_copy_of_its_own),
        cmocka_unit_test(may_be_empty_or_larger_than_a_page),
        cmocka_unit_test(wipes_what_it_is_told_to),
        cmocka_unit_test(compares_every_byte),
        cmocka_unit_test(stays_out_of_core_dumps),
        cmocka_unit_test_setup_teardown(reads_a_file_without_the_line_ends_behind, make_file, remove_file),
        cmocka_unit_test_setup_teardown(reads_a_file_up_to_its_bound, make_file, remove_file),
        cmocka_unit_test_setup_teardown(refuses_a_file_that_others_may_read_or_write, make_file, remove_file),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_regular_file, make_file, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
