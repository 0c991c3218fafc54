/* The parser's memory: blocks keep their bytes when they grow out of the region, and the region is wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parser_memory.h"

static void gives_aligned_blocks_that_do_not_overlap(void **state)
{
    (void)state;
    struct parser_memory memory = {.used = 0};
    yajl_alloc_funcs functions = parser_memory_functions(&memory);
    unsigned char *blocks[300];
    for (int i = 0; i < 300; i++) {
        blocks[i] = functions.malloc(functions.ctx, 1 + (size_t)i);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], i & 0xff, 1 + (size_t)i);
    }
    for (int i = 0; i < 300; i++) {
        for (int j = 0; j <= i; j++)
            assert_int_equal(blocks[i][j], i & 0xff);
        functions.free(functions.ctx, blocks[i]);
    }
    parser_memory_wipe(&memory);
}

static void keeps_the_bytes_of_a_block_that_grows(void **state)
{
    (void)state;
    struct parser_memory memory = {.used = 0};
    yajl_alloc_funcs functions = parser_memory_functions(&memory);
    unsigned char *block = functions.realloc(functions.ctx, NULL, 10);
    memset(block, 0x5a, 10);
    for (size_t size = 20; size < 100000; size *= 2) {
        block = functions.realloc(functions.ctx, block, size);
        for (size_t i = 0; i < size / 2; i++)
            assert_int_equal(block[i], 0x5a);
        memset(block, 0x5a, size);
    }
    block = functions.realloc(functions.ctx, block, 5);
    assert_memory_equal(block, "ZZZZZ", 5);
    functions.free(functions.ctx, block);
    functions.free(functions.ctx, NULL);
    parser_memory_wipe(&memory);
}

static void leaves_nothing_in_the_region_once_wiped(void **state)
{
    (void)state;
    struct parser_memory memory = {.used = 0};
    yajl_alloc_funcs functions = parser_memory_functions(&memory);
    memset(functions.malloc(functions.ctx, 100), 0x5a, 100);
    parser_memory_wipe(&memory);
    for (size_t i = 0; i < 100; i++)
        assert_int_not_equal(memory.region[i], 0x5a);
    assert_int_equal(memory.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_aligned_blocks_that_do_not_overlap),
        cmocka_unit_test(keeps_the_bytes_of_a_block_that_grows),
        cmocka_unit_test(leaves_nothing_in_the_region_once_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
