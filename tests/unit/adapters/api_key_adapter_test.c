/* What the adapter mints, and which settings it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../adapters/api_key/api_key_adapter.h"
#include "adapters/api_key.h"
#include "json/json_value.h"

struct stage {
    struct arena *arena;
    struct sealer *sealer;
    struct adapter_registry_options options;
    struct adapter adapter;
};

static int begin(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    char folder[] = "/tmp/dragoman-unit-XXXXXX", path[64], detail[256];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/sealing.key", folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &stage->sealer, detail), FAULT_NONE);
    unlink(path);
    rmdir(folder);
    stage->arena = arena_create();
    stage->options.sealer = stage->sealer;
    stage->adapter = api_key_adapter(&stage->options);
    *state = stage;
    return 0;
}

static int end(void **state)
{
    struct stage *stage = *state;
    sealer_destroy(stage->sealer);
    arena_destroy(stage->arena);
    free(stage);
    return 0;
}

static const struct json_value *settings_of(struct stage *stage, const char *json)
{
    const struct json_value *settings = NULL;
    if (json != NULL)
        assert_int_equal(json_parse(stage->arena, text_of(json), &json_limits_document, &settings), FAULT_NONE);
    return settings;
}

/* As a step of a flow waits that goes on at once. */
static struct flow running = {.is_running = true};
static const struct flow_wait pending = {FLOW_WAIT_PENDING, &running};

static struct credential_minting mint(struct stage *stage, const char *settings)
{
    struct credential_order order = {
        .target = {.settings = settings_of(stage, settings)}, .scope = TEXT("a b"), .expires_at_s = 1800000000};
    struct credential_minting minting = {.wait = pending, .arena = stage->arena};
    stage->adapter.mint(&stage->adapter, &order, &minting);
    assert_int_equal(minting.wait.state, FLOW_WAIT_READY);
    return minting;
}

static void mints_a_whole_key_with_what_was_decided_and_its_fingerprint(void **state)
{
    struct stage *stage = *state;
    char fingerprint[API_KEY_FINGERPRINT_SIZE];
    struct credential_minting minting = mint(stage, NULL);
    assert_int_equal(minting.fault, FAULT_NONE);
    assert_true(api_key_is_whole(minting.credential));
    api_key_fingerprint(stage->sealer, minting.credential, fingerprint);
    assert_true(text_is(minting.fingerprint, fingerprint));
    assert_true(text_is(minting.issued_type, "urn:dragoman:token-type:api-key"));
    assert_true(text_is(minting.token_type, "N_A"));
    assert_true(text_is(minting.scope, "a b"));
    assert_int_equal(minting.expires_at_s, 1800000000);
    assert_int_equal(minting.handle.length, 0);
    assert_true(stage->adapter.is_checked_here);
    assert_null(stage->adapter.has_outside_effects);
}

static void is_shown_as_a_bearer_token_or_in_the_header_of_the_settings(void **state)
{
    struct credential_minting usual = mint(*state, NULL), own = mint(*state, "{\"header\":\"x-depot-key\"}");
    assert_true(text_is(usual.presentation.header, "authorization"));
    assert_true(text_is(usual.presentation.scheme, "Bearer"));
    assert_true(text_is(own.presentation.header, "x-depot-key"));
    assert_int_equal(own.presentation.scheme.length, 0);
}

static void answers_its_own_token_type_alone(void **state)
{
    struct stage *stage = *state;
    assert_true(stage->adapter.issues(&stage->adapter, TEXT("urn:dragoman:token-type:api-key")));
    assert_false(stage->adapter.issues(&stage->adapter, TEXT("urn:ietf:params:oauth:token-type:jwt")));
}

static void refuses_other_settings_and_says_where_the_mistake_is(void **state)
{
    struct stage *stage = *state;
    static const struct {
        const char *settings, *path;
    } rows[] = {
        {"{\"header\":\"X-Key\"}", "/header"},
        {"{\"header\":\"\"}", "/header"},
        {"{\"header\":7}", "/header"},
        {"{\"header\":\"x key\"}", "/header"},
        {"{\"header\":\"x\\r\\ny\"}", "/header"},
        {"{\"header\":\"cookie\"}", "/header"},
        {"{\"header\":\"host\"}", "/header"},
        {"{\"header\":\"x_key\"}", "/header"},
        {"{\"header\":\"transfer-encoding\"}", "/header"},
        {"{\"header\":\"content-length\"}", "/header"},
        {"{\"heder\":\"x-key\"}", "/heder"},
        {"{\"a/b~c\":1}", "/a~1b~0c"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct settings_validation validation = {.wait = pending,
                                                 .arena = stage->arena,
                                                 .target = {.settings = settings_of(stage, rows[i].settings)}};
        stage->adapter.validate(&stage->adapter, &validation);
        assert_int_equal(validation.wait.state, FLOW_WAIT_READY);
        assert_int_equal(validation.mistake_count, 1);
        assert_true(text_is(validation.mistakes[0].path, rows[i].path));
        struct credential_minting minting = mint(stage, rows[i].settings);
        assert_int_equal(minting.fault, FAULT_ADAPTER_MISCONFIGURED);
        assert_int_equal(minting.credential.length, 0);
    }
    struct settings_validation good = {
        .wait = pending,
        .arena = stage->arena,
        .target = {.settings = settings_of(stage, "{\"header\":\"x-api-key\"}")}};
    stage->adapter.validate(&stage->adapter, &good);
    assert_int_equal(good.mistake_count, 0);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(mints_a_whole_key_with_what_was_decided_and_its_fingerprint),
        TEST_OF(is_shown_as_a_bearer_token_or_in_the_header_of_the_settings),
        TEST_OF(answers_its_own_token_type_alone),
        TEST_OF(refuses_other_settings_and_says_where_the_mistake_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
