/* The ladder: its order, its bounds, and that a failure is never lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/ladder.h"

static struct ladder ladder;

static int empty_ladder(void **state)
{
    (void)state;
    ladder.count = 0;
    return 0;
}

static struct text written(struct arena *arena)
{
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    ladder_write(&ladder, &writer);
    return arena_copy(arena, buffer_text(&out));
}

static void writes_its_rungs_in_order(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    ladder_pass(&ladder, "client_authenticated", TEXT("Client/a (gateway.yaml:3)"), TEXT_NONE);
    ladder_pass(&ladder, "token_signed", TEXT_NONE, TEXT("ES256"));
    assert_int_equal(ladder_fail(&ladder, "audience", FAULT_TOKEN_AUDIENCE, TEXT_NONE, TEXT("\"x\"")),
                     FAULT_TOKEN_AUDIENCE);
    assert_string_equal(written(arena).base,
                        "[{\"check\":\"client_authenticated\",\"document\":\"Client/a (gateway.yaml:3)\"},"
                        "{\"check\":\"token_signed\",\"detail\":\"ES256\"},"
                        "{\"check\":\"audience\",\"result\":\"token_audience\",\"detail\":\"\\\"x\\\"\"}]");
}

static void names_a_document_once_and_then_the_rung_that_did(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text client = TEXT("Client/a (gateway.yaml:3)"), target = TEXT("Target/b (gateway.yaml:9)");
    ladder_pass(&ladder, "client_known", client, TEXT_NONE);
    ladder_pass(&ladder, "target_known", target, TEXT_NONE);
    ladder_pass(&ladder, "chain_depth", TEXT_NONE, TEXT_NONE);
    ladder_pass(&ladder, "chain_again", TEXT_NONE, TEXT_NONE);
    ladder_pass(&ladder, "lifetime_left", target, TEXT_NONE);
    assert_int_equal(ladder_fail(&ladder, "client_enabled", FAULT_CLIENT_DISABLED, client, TEXT_NONE),
                     FAULT_CLIENT_DISABLED);
    assert_string_equal(written(arena).base,
                        "[{\"check\":\"client_known\",\"document\":\"Client/a (gateway.yaml:3)\"},"
                        "{\"check\":\"target_known\",\"document\":\"Target/b (gateway.yaml:9)\"},"
                        "{\"check\":\"chain_depth\"},{\"check\":\"chain_again\"},"
                        "{\"check\":\"lifetime_left\",\"as\":1},"
                        "{\"check\":\"client_enabled\",\"result\":\"client_disabled\",\"as\":0}]");
}

static void is_an_empty_array_without_rungs(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(written(arena).base, "[]");
}

static void keeps_a_failure_even_when_it_is_full(void **state)
{
    (void)state;
    for (int i = 0; i < LADDER_RUNGS_MAX + 10; i++)
        ladder_pass(&ladder, "passed", TEXT_NONE, TEXT_NONE);
    assert_int_equal(ladder.count, LADDER_RUNGS_MAX);
    assert_int_equal(ladder_fail(&ladder, "last", FAULT_SCOPE_WIDER, TEXT_NONE, TEXT_NONE), FAULT_SCOPE_WIDER);
    assert_int_equal(ladder.count, LADDER_RUNGS_MAX);
    assert_int_equal(ladder.rungs[LADDER_RUNGS_MAX - 1].fault, FAULT_SCOPE_WIDER);
    assert_string_equal(ladder.rungs[LADDER_RUNGS_MAX - 1].check, "last");
    ladder_pass(&ladder, "after", TEXT_NONE, TEXT_NONE);
    assert_string_equal(ladder.rungs[LADDER_RUNGS_MAX - 1].check, "last");
}

static void bounds_what_is_written_and_keeps_it_utf8(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char detail[1001];
    memset(detail, 'a', 255);
    for (size_t i = 255; i < sizeof(detail) - 1; i += 2)
        memcpy(detail + i, "\xc3\xa9", 2);
    for (int i = 0; i < LADDER_RUNGS_MAX; i++)
        ladder_pass(&ladder, "check", TEXT_NONE, (struct text){detail, sizeof(detail)});
    struct text text = written(arena);
    assert_true(text.length < LADDER_RUNGS_MAX * 330);
    assert_true(text_is_utf8(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(writes_its_rungs_in_order, empty_ladder),
        cmocka_unit_test_setup(names_a_document_once_and_then_the_rung_that_did, empty_ladder),
        cmocka_unit_test_setup(is_an_empty_array_without_rungs, empty_ladder),
        cmocka_unit_test_setup(keeps_a_failure_even_when_it_is_full, empty_ladder),
        cmocka_unit_test_setup(bounds_what_is_written_and_keeps_it_utf8, empty_ladder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
