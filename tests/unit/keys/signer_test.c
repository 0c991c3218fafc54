/* The signer completes its wait before it returns, whether it could sign or not: a step that awaits it goes
 * straight on. */
#include "key_fixture.h"
#include "keys/signer.h"

struct one_signature {
    struct flow flow;
    const struct signing_key *key;
    struct signing signing;
    int entered, ended;
};

static enum flow_step_result sign(struct flow *flow)
{
    struct one_signature *one = (struct one_signature *)flow;
    one->entered++;
    FLOW_AWAIT(flow, &one->signing.wait, signer_sign(one->key, TEXT("message"), &one->signing));
    return FLOW_NEXT;
}

static void end(struct flow *flow)
{
    ((struct one_signature *)flow)->ended++;
}

static struct one_signature run(const struct signing_key *key)
{
    static const struct flow_step steps[] = {FLOW_STEP(sign), FLOW_STEP_LAST};
    struct one_signature one = {.key = key};
    flow_start(&one.flow, steps, end);
    assert_int_equal(one.entered, 1);
    assert_int_equal(one.ended, 1);
    return one;
}

static void signs_before_it_returns(void **state)
{
    (void)state;
    struct signing_key key = {.algorithm = ALGORITHM_ES256, .key = fixture_key(KEY_P256)};
    struct one_signature one = run(&key);
    assert_int_equal(one.signing.fault, FAULT_NONE);
    assert_true(algorithm_verify(ALGORITHM_ES256, key.key, TEXT("message"),
                                 (struct text){(const char *)one.signing.signature, one.signing.length}));
}

static void completes_with_a_fault_when_the_key_cannot_sign(void **state)
{
    (void)state;
    struct signing_key keys[] = {{.algorithm = ALGORITHM_ES256, .key = fixture_key(KEY_P384)},
                                 {.algorithm = ALGORITHM_ES256, .key = NULL, .state = SIGNING_KEY_REVOKED}};
    for (size_t i = 0; i < 2; i++) {
        struct one_signature one = run(&keys[i]);
        assert_int_equal(one.signing.fault, FAULT_KEY_UNAVAILABLE);
        assert_int_equal(one.signing.length, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_before_it_returns),
        cmocka_unit_test(completes_with_a_fault_when_the_key_cannot_sign),
    };
    return cmocka_run_group_tests_name("keys/signer", tests, NULL, NULL);
}
