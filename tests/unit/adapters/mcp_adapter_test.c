/* What the adapter of MCP sessions mints, and what it does when one has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../adapters/mcp/mcp_adapter.h"
#include "adapters/api_key.h"
#include "adapters/mcp_session.h"

struct stage {
    struct arena *arena;
    struct sealer *sealer;
    struct adapter_registry_options options;
    struct adapter adapter;
    unsigned ended;
};

static void end_session(void *context, struct credential_withdrawal *withdrawal)
{
    struct stage *stage = context;
    stage->ended++;
    flow_wait_done(&withdrawal->wait);
}

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
    stage->options.end_session = end_session;
    stage->options.session_context = stage;
    stage->adapter = mcp_adapter(&stage->options);
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

/* As a step of a flow waits that goes on at once. */
static struct flow running = {.is_running = true};
static const struct flow_wait pending = {FLOW_WAIT_PENDING, &running};

static void mints_a_key_that_is_shown_as_a_bearer_whatever_the_target_says_of_others(void **state)
{
    struct stage *stage = *state;
    struct credential_order order = {.scope = TEXT("a b"), .expires_at_s = 1800000000};
    struct credential_minting minting = {.wait = pending, .arena = stage->arena};
    char fingerprint[API_KEY_FINGERPRINT_SIZE];
    stage->adapter.mint(&stage->adapter, &order, &minting);
    assert_int_equal(minting.wait.state, FLOW_WAIT_READY);
    assert_int_equal(minting.fault, FAULT_NONE);
    assert_true(api_key_is_whole(minting.credential));
    api_key_fingerprint(stage->sealer, minting.credential, fingerprint);
    assert_true(text_is(minting.fingerprint, fingerprint));
    assert_true(text_is(minting.issued_type, MCP_SESSION_TOKEN_TYPE));
    assert_true(text_is(minting.token_type, "N_A"));
    assert_true(text_is(minting.presentation.header, "authorization"));
    assert_true(text_is(minting.presentation.scheme, "Bearer"));
    assert_true(text_is(minting.scope, "a b"));
    assert_int_equal(minting.expires_at_s, 1800000000);
}

static void issues_sessions_and_nothing_else(void **state)
{
    struct stage *stage = *state;
    assert_true(stage->adapter.issues(&stage->adapter, TEXT(MCP_SESSION_TOKEN_TYPE)));
    assert_false(stage->adapter.issues(&stage->adapter, TEXT(API_KEY_TOKEN_TYPE)));
    assert_false(stage->adapter.issues(&stage->adapter, TEXT("urn:ietf:params:oauth:token-type:access_token")));
}

static struct credential_withdrawal withdraw(struct stage *stage, struct text handle)
{
    struct credential_withdrawal withdrawal = {
        .wait = pending, .arena = stage->arena, .handle = handle, .fault = FAULT_OUTBOUND_FAILED};
    stage->adapter.revoke(&stage->adapter, &withdrawal);
    assert_int_equal(withdrawal.wait.state, FLOW_WAIT_READY);
    return withdrawal;
}

static void ends_at_the_server_what_is_open_there_and_has_nothing_to_do_else(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(withdraw(stage, TEXT_NONE).fault, FAULT_NONE);
    assert_int_equal(stage->ended, 0);
    assert_int_equal(withdraw(stage, TEXT("sealed")).fault, FAULT_NONE);
    assert_int_equal(stage->ended, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            mints_a_key_that_is_shown_as_a_bearer_whatever_the_target_says_of_others, begin, end),
        cmocka_unit_test_setup_teardown(issues_sessions_and_nothing_else, begin, end),
        cmocka_unit_test_setup_teardown(ends_at_the_server_what_is_open_there_and_has_nothing_to_do_else, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
