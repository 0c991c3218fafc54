/* What is recognised without any look into the store: there is none here, so that a look would not go unseen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/issued_credential.h"

/* As a step of a flow waits that goes on at once. */
static struct flow running = {.is_running = true};
static const struct flow_wait pending = {FLOW_WAIT_PENDING, &running};

static enum fault read(struct issued_credential *credential, struct arena *arena, const char *shown)
{
    static const struct key_snapshot no_keys;
    static struct gateway gateway; /* neither a store nor a sealer */
    struct call call = {.arena = arena, .gateway = &gateway, .keys = &no_keys, .now_s = 1800000000};
    *credential = (struct issued_credential){
        .lease_wait = pending, .record_wait = pending, .liveness = {.wait = pending}};
    return issued_credential_read(credential, &call, text_of(shown));
}

static void a_key_that_is_not_whole_is_asked_of_nobody(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const rows[] = {"drg_", "drg_x", "drg_000000000000000000000000000000000000000000000x",
                                       "drg_0000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct issued_credential credential;
        struct call call = {.arena = arena};
        assert_int_equal(read(&credential, arena, rows[i]), FAULT_CALL_CREDENTIAL_MISTYPED);
        assert_false(credential.is_ours);
        issued_credential_find_lease(&credential, &call);
        issued_credential_find_record(&credential, &call);
        assert_int_equal(credential.lease_wait.state, FLOW_WAIT_READY);
        assert_int_equal(credential.record_wait.state, FLOW_WAIT_READY);
        assert_int_equal(issued_credential_complete(&credential, &call), FAULT_NONE);
        assert_false(credential.is_ours);
    }
}

static void a_token_that_none_of_our_keys_has_signed_is_asked_of_nobody(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct issued_credential credential;
    struct call call = {.arena = arena};
    assert_int_equal(read(&credential, arena, "eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.c2ln"),
                     FAULT_CALL_CREDENTIAL_UNKNOWN);
    issued_credential_find_record(&credential, &call);
    assert_int_equal(credential.record_wait.state, FLOW_WAIT_READY);
    issued_credential_check_liveness(&credential, &call);
    assert_int_equal(credential.liveness.wait.state, FLOW_WAIT_READY);
    assert_false(issued_credential_is_active(&credential, &call));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_is_not_whole_is_asked_of_nobody),
        cmocka_unit_test(a_token_that_none_of_our_keys_has_signed_is_asked_of_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
