/* Manifests: what is kept of one, and each that is none. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/manifest.h"

#define CREDENTIALS "\"credentials\":[{\"type\":\"urn:t:a\",\"token_type\":\"N_A\"}]"
#define GOOD(more)  "{\"protocol\":1,\"manifest\":{\"name\":\"n\",\"version\":\"1\"," more "}}"

static bool read(const char *result, struct manifest *manifest, const char **mistake)
{
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    assert_int_equal(json_parse(arena, text_of(result), &json_limits_document, &value), FAULT_NONE);
    return manifest_read(value, manifest, mistake);
}

static void keeps_what_it_says(void **state)
{
    struct manifest manifest;
    const char *mistake;
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    (void)state;
    assert_true(
        read(GOOD("\"credentials\":[{\"type\":\"urn:t:a\",\"token_type\":\"N_A\"},{\"type\":\"urn:t:b\","
                  "\"token_type\":\"Bearer\"}],\"outside_effects\":false,\"network\":\"any\","
                  "\"concurrency\":1024,\"renews\":true,\"shares\":true,\"binds\":true,\"connects\":"
                  "\"browser\",\"more\":1"),
             &manifest, &mistake));
    assert_int_equal(manifest.credential_count, 2);
    assert_true(manifest_find(&manifest, TEXT("urn:t:b"))->is_bearer);
    assert_false(manifest_find(&manifest, TEXT("urn:t:a"))->is_bearer);
    assert_null(manifest_find(&manifest, TEXT("urn:t:c")));
    manifest_write(&manifest, &writer);
    assert_true(text_is(buffer_text(&out),
                        "{\"name\":\"n\",\"version\":\"1\",\"credentials\":[\"urn:t:a\",\"urn:t:b\"],"
                        "\"outside_effects\":false,\"network\":\"any\",\"concurrency\":1024,\"renews\":true,"
                        "\"shares\":true,\"binds\":true,\"confirms\":false,\"connects\":\"browser\"}"));
}

static void confirms_what_is_neither_known_elsewhere_nor_shared(void **state)
{
    struct manifest manifest;
    const char *mistake;
    (void)state;
    assert_true(read(GOOD(CREDENTIALS ",\"concurrency\":1,\"confirms\":true,\"outside_effects\":false"),
                     &manifest, &mistake));
    assert_true(manifest.confirms);
    assert_false(read(GOOD(CREDENTIALS ",\"concurrency\":1,\"confirms\":true"), &manifest, &mistake));
    assert_false(read(GOOD(CREDENTIALS ",\"concurrency\":1,\"confirms\":true,\"outside_effects\":false,"
                                       "\"shares\":true"),
                      &manifest, &mistake));
}

static void takes_one_that_says_nothing_of_effects_for_one_that_has_some(void **state)
{
    struct manifest manifest;
    const char *mistake;
    (void)state;
    assert_true(read(GOOD(CREDENTIALS ",\"concurrency\":1"), &manifest, &mistake));
    assert_true(manifest.has_outside_effects);
    assert_false(manifest.wants_network);
    assert_false(manifest.shares);
    assert_false(manifest.binds);
    assert_false(manifest.confirms);
}

static void refuses_what_is_none(void **state)
{
    static const char *const results[] = {
        "{}",
        "{\"protocol\":2,\"manifest\":{}}",
        "{\"protocol\":1}",
        "{\"protocol\":1,\"manifest\":[]}",
        "{\"protocol\":1,\"manifest\":{\"name\":\"\",\"version\":\"1\"," CREDENTIALS ",\"concurrency\":1}}",
        "{\"protocol\":1,\"manifest\":{\"name\":\"a\\nb\",\"version\":\"1\"," CREDENTIALS
        ",\"concurrency\":1}}",
        "{\"protocol\":1,\"manifest\":{\"name\":\"n\"," CREDENTIALS ",\"concurrency\":1}}",
        GOOD("\"concurrency\":1"),
        GOOD("\"credentials\":[],\"concurrency\":1"),
        GOOD("\"credentials\":[1],\"concurrency\":1"),
        GOOD("\"credentials\":[{\"type\":\"key\",\"token_type\":\"N_A\"}],\"concurrency\":1"),
        GOOD("\"credentials\":[{\"type\":\"urn:t:a\",\"token_type\":\"mac\"}],\"concurrency\":1"),
        GOOD("\"credentials\":[{\"type\":\"urn:t:a\",\"token_type\":\"N_A\"},{\"type\":\"urn:t:a\",\"token_"
             "type\":"
             "\"N_A\"}],\"concurrency\":1"),
        GOOD(CREDENTIALS),
        GOOD(CREDENTIALS ",\"concurrency\":0"),
        GOOD(CREDENTIALS ",\"concurrency\":1025"),
        GOOD(CREDENTIALS ",\"concurrency\":1,\"outside_effects\":\"no\""),
        GOOD(CREDENTIALS ",\"concurrency\":1,\"renews\":1"),
        GOOD(CREDENTIALS ",\"concurrency\":1,\"network\":\"some\""),
        GOOD(CREDENTIALS ",\"concurrency\":1,\"connects\":true"),
        GOOD(CREDENTIALS ",\"concurrency\":1,\"settings_schema\":[]"),
        GOOD(CREDENTIALS ",\"concurrency\":1,\"shares\":\"yes\""),
        GOOD(CREDENTIALS ",\"concurrency\":1,\"outside_effects\":false,\"confirms\":\"yes\""),
    };
    struct manifest manifest;
    (void)state;
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        const char *mistake = NULL;
        if (read(results[i], &manifest, &mistake) || mistake == NULL)
            fail_msg("taken: %s", results[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_it_says),
        cmocka_unit_test(confirms_what_is_neither_known_elsewhere_nor_shared),
        cmocka_unit_test(takes_one_that_says_nothing_of_effects_for_one_that_has_some),
        cmocka_unit_test(refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
