/* What the vault takes from a target's settings, and what it says is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../adapters/vault/vault_settings.h"

static const struct json_value *parse(struct arena *arena, const char *json)
{
    const struct json_value *value = NULL;
    assert_int_equal(json_parse(arena, text_of(json), &json_limits_document, &value), FAULT_NONE);
    return value;
}

static void presents_keys_as_bearer_tokens_where_nothing_is_said(void **state)
{
    (void)state;
    struct vault_settings settings = vault_settings_read(NULL);
    assert_true(text_is(settings.presentation.header, "authorization"));
    assert_true(text_is(settings.presentation.scheme, "Bearer"));
    assert_int_equal(settings.keys, VAULT_KEYS_EITHER);
}

static void presents_keys_bare_in_a_header_of_their_own(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct vault_settings settings =
        vault_settings_read(parse(arena, "{\"header\":\"x-api-key\",\"keys\":\"own\"}"));
    assert_true(text_is(settings.presentation.header, "x-api-key"));
    assert_null(settings.presentation.scheme.base);
    assert_int_equal(settings.keys, VAULT_KEYS_OWN);
}

static void says_where_settings_are_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *path; /* NULL: nothing is wrong */
    } cases[] = {
        {"{}", NULL},
        {"{\"header\":\"api-key\",\"scheme\":\"Key\",\"keys\":\"shared\"}", NULL},
        {"{\"header\":\"Api-Key\"}", "/header"},
        {"{\"header\":\"host\"}", "/header"},
        {"{\"header\":\"content-length\"}", "/header"},
        {"{\"header\":\"a b\"}", "/header"},
        {"{\"header\":\"\"}", "/header"},
        {"{\"header\":7}", "/header"},
        {"{\"scheme\":\"Be arer\"}", "/scheme"},
        {"{\"scheme\":\"x\\r\\ny\"}", "/scheme"},
        {"{\"keys\":\"all\"}", "/keys"},
        {"{\"heather\":\"x\"}", "/heather"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct settings_validation validation = {.arena = arena,
                                                 .target = {.settings = parse(arena, cases[i].settings)}};
        vault_settings_check(&validation);
        assert_int_equal(validation.mistake_count, cases[i].path != NULL);
        if (cases[i].path != NULL)
            assert_string_equal(validation.mistakes[0].path.base, cases[i].path);
    }
}

static void takes_no_header_that_says_how_a_request_is_read(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct vault_settings settings = vault_settings_read(parse(arena, "{\"header\":\"transfer-encoding\"}"));
    assert_true(text_is(settings.presentation.header, "authorization"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presents_keys_as_bearer_tokens_where_nothing_is_said),
        cmocka_unit_test(presents_keys_bare_in_a_header_of_their_own),
        cmocka_unit_test(says_where_settings_are_wrong),
        cmocka_unit_test(takes_no_header_that_says_how_a_request_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
