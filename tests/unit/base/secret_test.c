/* Secrets: kept, wiped, compared, and left out of core dumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_copy_of_its_own),  cmocka_unit_test(may_be_empty_or_larger_than_a_page),
        cmocka_unit_test(wipes_what_it_is_told_to), cmocka_unit_test(compares_every_byte),
        cmocka_unit_test(stays_out_of_core_dumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
