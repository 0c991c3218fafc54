/* Challenges of MCP servers, and the scopes that stand in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mcp/resource_metadata.h"
#include "mcp_challenge.h"

#define METADATA "resource_metadata=\"https://gw.example:8444/.well-known/oauth-protected-resource/mcp/files\""

static struct arena *arena; /* of one test */
static struct text audiences[] = {TEXT("https://gw.example:8444/mcp/files")};

static int begin(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct text_list list_of(const char *scopes)
{
    struct scope_set set;
    struct text_list list = {ARENA_ARRAY(arena, struct text, SCOPES_MAX), 0};
    assert_int_equal(scope_set_parse(text_of(scopes), &set), FAULT_NONE);
    for (size_t i = 0; i < set.count; i++)
        list.items[list.count++] = set.scopes[i];
    return list;
}

/* A server that offers these scopes, with a rule of tools for each of the others; NULL ends them. */
static struct target *server(const char *offered, const char *const *needed)
{
    struct document *document = ARENA_NEW(arena, struct document);
    struct target *target = ARENA_NEW(arena, struct target);
    struct mcp_rule *rules = ARENA_ARRAY(arena, struct mcp_rule, 8);
    document->name = TEXT("files");
    document->target.audiences = (struct text_list){audiences, 1};
    document->target.mcp.is_server = true;
    document->target.mcp.tools.items = rules;
    for (size_t i = 0; needed[i] != NULL; i++)
        rules[document->target.mcp.tools.count++] = (struct mcp_rule){.scopes = list_of(needed[i])};
    target->document = document;
    assert_int_equal(scope_set_parse(text_of(offered), &target->scopes), FAULT_NONE);
    return target;
}

static struct target *usual(void)
{
    static const char *const needed[] = {"files:read files:write", "files:read", NULL};
    return server("files:read files:write files:admin", needed);
}

static void who_shows_nothing_is_told_where_to_begin(void **state)
{
    (void)state;
    struct text header = mcp_challenge_unauthorized(arena, usual(), NULL);
    assert_string_equal(arena_print(arena, "%.*s", TEXT_ARGUMENTS(header)).base,
                        "Bearer realm=\"dragoman\", scope=\"files:read\", " METADATA);
}

static void who_shows_what_is_no_good_is_told_why(void **state)
{
    (void)state;
    const struct oauth_error error = {.error = TEXT("invalid_token"), .description = TEXT("It has expired.")};
    struct text header = mcp_challenge_unauthorized(arena, usual(), &error);
    assert_string_equal(
        arena_print(arena, "%.*s", TEXT_ARGUMENTS(header)).base,
        "Bearer realm=\"dragoman\", error=\"invalid_token\", error_description=\"It has expired.\", "
        "scope=\"files:read\", " METADATA);
}

static void who_has_to_log_in_better_is_told_how(void **state)
{
    (void)state;
    const struct oauth_error error = {.error = TEXT("insufficient_user_authentication"),
                                      .description = TEXT("Policy asks."),
                                      .acr_values = TEXT("urn:mfa"),
                                      .maximum_age_s = 300};
    struct text header = mcp_challenge_unauthorized(arena, usual(), &error);
    assert_non_null(strstr(arena_print(arena, "%.*s", TEXT_ARGUMENTS(header)).base,
                           ", acr_values=\"urn:mfa\", max_age=\"300\", scope="));
}

static void who_lacks_scopes_is_told_all_to_ask_for(void **state)
{
    (void)state;
    struct scope_set held;
    assert_int_equal(scope_set_parse(TEXT("files:read offline_access extra"), &held), FAULT_NONE);
    struct text header =
        mcp_challenge_insufficient(arena, usual(), &held, TEXT("files:write files:read offline_access"));
    const char *text = arena_print(arena, "%.*s", TEXT_ARGUMENTS(header)).base;
    assert_non_null(strstr(text, "error=\"insufficient_scope\""));
    assert_non_null(strstr(text, ", scope=\"files:read extra files:write\", " METADATA));
    assert_null(strstr(text, "offline_access"));
}

static void the_least_is_what_one_rule_needs(void **state)
{
    (void)state;
    static const char *const open[] = {"files:read", "", NULL};
    static const char *const offline[] = {"offline_access files:read", NULL};
    static const char *const none[] = {NULL};
    struct scope_set least;
    mcp_least_scopes(usual(), &least);
    assert_int_equal(least.count, 1);
    mcp_least_scopes(server("files:read", open), &least);
    assert_int_equal(least.count, 0);
    mcp_least_scopes(server("files:read offline_access", offline), &least);
    assert_int_equal(least.count, 1);
    assert_true(text_is(least.scopes[0], "files:read"));
    mcp_least_scopes(server("files:read", none), &least);
    assert_int_equal(least.count, 0);
    struct text header = mcp_challenge_unauthorized(arena, server("files:read", open), NULL);
    assert_string_equal(arena_print(arena, "%.*s", TEXT_ARGUMENTS(header)).base,
                        "Bearer realm=\"dragoman\", " METADATA);
}

static void all_are_those_that_rules_name_and_the_target_offers(void **state)
{
    (void)state;
    static const char *const needed[] = {"files:read offline_access", "files:write never:offered", "files:read",
                                         NULL};
    struct scope_set all;
    mcp_all_scopes(server("files:read files:write files:admin offline_access", needed), &all);
    assert_true(text_is(scope_set_text(arena, &all), "files:read files:write"));
}

static void the_well_known_part_stands_between_host_and_path(void **state)
{
    (void)state;
    struct target *target = usual();
    static struct text deeper[] = {TEXT("https://gw.example/team/mcp/files")};
    ((struct document *)target->document)->target.audiences = (struct text_list){deeper, 1};
    assert_true(text_is(mcp_resource_metadata_url(arena, target),
                        "https://gw.example/.well-known/oauth-protected-resource/team/mcp/files"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_shows_nothing_is_told_where_to_begin, begin, end),
        cmocka_unit_test_setup_teardown(who_shows_what_is_no_good_is_told_why, begin, end),
        cmocka_unit_test_setup_teardown(who_has_to_log_in_better_is_told_how, begin, end),
        cmocka_unit_test_setup_teardown(who_lacks_scopes_is_told_all_to_ask_for, begin, end),
        cmocka_unit_test_setup_teardown(the_least_is_what_one_rule_needs, begin, end),
        cmocka_unit_test_setup_teardown(all_are_those_that_rules_name_and_the_target_offers, begin, end),
        cmocka_unit_test_setup_teardown(the_well_known_part_stands_between_host_and_path, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
