/* Names of tools, prompts and resources, and the rules for them. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "access/mcp_rules.h"
#include "base/buffer.h"

static void names_are_printable_and_within_bounds(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *longest = arena_allocate(arena, MCP_NAME_BYTES_MAX + 2);
    for (size_t i = 0; i <= MCP_NAME_BYTES_MAX; i++)
        longest[i] = 'n';
    assert_true(mcp_name_is_plain(TEXT("read_file")) && mcp_name_is_plain(TEXT("a/b c")));
    assert_true(mcp_name_is_plain((struct text){longest, MCP_NAME_BYTES_MAX}));
    assert_false(mcp_name_is_plain((struct text){longest, MCP_NAME_BYTES_MAX + 1}));
    assert_false(mcp_name_is_plain(TEXT_NONE) || mcp_name_is_plain(TEXT("a\nb")) ||
                 mcp_name_is_plain(TEXT("a\0b")) || mcp_name_is_plain(TEXT("a\xff")));
}

static void uris_go_nowhere_that_a_pattern_does_not_see(void **state)
{
    static const char *const good[] = {"file:///docs/a.txt",        "test://static-text",
                                       "test://template/{id}/data", "file:///docs/a..b/...",
                                       "https://x.example/a?b=c#d", "docs:%20a"};
    static const char *const bad[] = {"file:///docs/../x",
                                      "file:///docs/..",
                                      "file:///docs/./x",
                                      "file:///docs/%2e%2e/x",
                                      "file:///docs/.%2E/x",
                                      "file:///docs/a%2fb",
                                      "file:///docs\\..\\x",
                                      "file:///docs/%5c..",
                                      "file:///docs/%00",
                                      "file:///docs/..?x",
                                      "file:///docs/..#x",
                                      "file:///docs/%252e%252e/x",
                                      "../x",
                                      "file:///docs/\x01",
                                      ""};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!mcp_uri_is_plain(text_of(good[i])))
            fail_msg("%s is refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (mcp_uri_is_plain(text_of(bad[i])))
            fail_msg("%s is taken", bad[i]);
}

static void the_first_rule_that_fits_counts(void **state)
{
    (void)state;
    struct text one[] = {TEXT("write_*"), TEXT("read_*")}, two[] = {TEXT("*")};
    struct mcp_rule rules[] = {{.names = {one, 2}}, {.names = {two, 1}}};
    const struct mapping_list list = {rules, 2}, none = {NULL, 0};
    assert_ptr_equal(mcp_rules_find(&list, TEXT("read_x")), &rules[0]);
    assert_ptr_equal(mcp_rules_find(&list, TEXT("delete")), &rules[1]);
    assert_null(mcp_rules_find(&none, TEXT("read_x")));
}

static void scopes_can_be_had_that_the_target_offers(void **state)
{
    (void)state;
    struct text needed[] = {TEXT("read"), TEXT("write")}, offered[] = {TEXT("write"), TEXT("read")};
    const struct mcp_rule rule = {.scopes = {needed, 2}};
    const struct text_list all = {offered, 2}, some = {offered, 1};
    struct scope_set held, more;
    assert_int_equal(scope_set_parse(TEXT("read other"), &held), FAULT_NONE);
    assert_false(mcp_rule_is_met(&rule, &held));
    assert_true(mcp_rule_step_up(&rule, &all, &held, &more));
    assert_true(mcp_rule_is_met(&rule, &more) && more.count == 3 && scope_set_has(&more, TEXT("other")));
    assert_false(mcp_rule_step_up(&rule, &some, &held, &more));
    assert_true(mcp_rule_is_met(&(struct mcp_rule){0}, &held));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_printable_and_within_bounds),
        cmocka_unit_test(uris_go_nowhere_that_a_pattern_does_not_see),
        cmocka_unit_test(the_first_rule_that_fits_counts),
        cmocka_unit_test(scopes_can_be_had_that_the_target_offers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
