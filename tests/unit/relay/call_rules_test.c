/* Which calls a target lets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/call_rules.h"

static struct text admin_paths[] = {{"/admin/**", 9}}, order_paths[] = {{"/orders", 7}, {"/orders/*", 9}},
                   all_paths[] = {{"/**", 3}}, reading[] = {{"GET", 3}, {"HEAD", 4}},
                   admin_scopes[] = {{"admin", 5}, {"audit", 5}}, order_scopes[] = {{"read", 4}};

static struct call_rule rules[] = {
    {.paths = {admin_paths, 1}, .scopes = {admin_scopes, 2}},
    {.methods = {reading, 2}, .paths = {order_paths, 2}, .scopes = {order_scopes, 1}},
    {.methods = {reading, 2}, .paths = {all_paths, 1}},
};

static enum fault ask(const char *method, const char *path, const char *scopes, struct text *needed)
{
    static struct arena *arena;
    const struct calls_document calls = {.rules = {rules, 3}};
    const struct policy_call call = {.method = text_of(method), .path = text_of(path)};
    struct scope_set held;
    static char kept[64];
    arena = arena_create();
    assert_int_equal(scope_set_parse(text_of(scopes), &held), FAULT_NONE);
    *needed = TEXT_NONE;
    enum fault fault = call_rules_ask(arena, &calls, &call, &held, needed);
    for (size_t i = 0; i < needed->length; i++)
        kept[i] = needed->base[i];
    if (needed->length != 0)
        needed->base = kept;
    arena_destroy(arena);
    return fault;
}

static void the_first_one_that_fits_counts(void **state)
{
    (void)state;
    struct text needed;
    assert_int_equal(ask("GET", "/orders/7", "read", &needed), FAULT_NONE);
    assert_int_equal(ask("GET", "/orders/7", "admin", &needed), FAULT_CALL_SCOPE);
    assert_true(text_is(needed, "read"));
    assert_int_equal(ask("GET", "/orders/7/x", "admin", &needed), FAULT_NONE);
    assert_int_equal(ask("GET", "/admin/x", "read", &needed), FAULT_CALL_SCOPE);
}

static void all_its_scopes_are_needed(void **state)
{
    (void)state;
    struct text needed;
    assert_int_equal(ask("DELETE", "/admin", "admin", &needed), FAULT_CALL_SCOPE);
    assert_true(text_is(needed, "admin audit"));
    assert_int_equal(ask("DELETE", "/admin", "audit", &needed), FAULT_CALL_SCOPE);
    assert_int_equal(ask("DELETE", "/admin", "audit admin", &needed), FAULT_NONE);
}

static void what_none_fits_is_refused(void **state)
{
    (void)state;
    struct text needed;
    assert_int_equal(ask("POST", "/orders", "read admin audit", &needed), FAULT_CALL_NOT_OFFERED);
    assert_int_equal(ask("get", "/orders", "read", &needed), FAULT_CALL_NOT_OFFERED);
}

static void without_any_every_call_is_let_through(void **state)
{
    (void)state;
    const struct calls_document calls = {0};
    const struct policy_call call = {.method = TEXT("POST"), .path = TEXT("/x")};
    const struct scope_set none = {.count = 0};
    struct text needed = TEXT_NONE;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(call_rules_ask(arena, &calls, &call, &none, &needed), FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_one_that_fits_counts),
        cmocka_unit_test(all_its_scopes_are_needed),
        cmocka_unit_test(what_none_fits_is_refused),
        cmocka_unit_test(without_any_every_call_is_let_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
