/* The gateway's key becomes a token as somebody else, which the service takes as theirs, once; and the answer
 * of the service is told from everybody else's. Against a real KDC. */
#include "private_realm.h"

#include <krb5.h>
#include <string.h>

#include "confirmations.h"
#include "delegation.h"
#include "evidence.h"

static struct delegation *open_as(struct arena *arena, const char *principal, const char *keytab)
{
    const char *path = arena_print(arena, "FILE:%s", realm_path(arena, keytab)).base;
    return delegation_open(TEXT("MIT.EXAMPLE"), text_of(principal), text_of(path));
}

/* Everything a test needs, and what goes at its end. */
struct stage {
    struct arena *arena;
    struct delegation *delegation;
    struct delegation_credential *evidence;
    struct kerberos_failure failure;
    struct delegation_token token;
};

static void begin(struct stage *stage, const char *principal, const char *keytab)
{
    realm_begin(NULL);
    *stage = (struct stage){.arena = arena_create()};
    stage->delegation = open_as(stage->arena, principal, keytab);
}

static void end(struct stage *stage)
{
    delegation_abandon(&stage->token.context);
    delegation_release(stage->evidence);
    delegation_close(stage->delegation);
    arena_destroy(stage->arena);
}

static bool impersonate(struct stage *stage, const char *account)
{
    return delegation_impersonate(stage->delegation, text_of(account), &stage->evidence, &stage->failure);
}

static bool initiate(struct stage *stage, const char *service, bool is_mutual)
{
    const struct delegation_request request = {.credential = stage->evidence,
                                               .service = text_of(service),
                                               .lifetime_s = 120,
                                               .channel_binding = TEXT_NONE,
                                               .is_mutual = is_mutual};
    return delegation_initiate(stage->delegation, &request, stage->arena, &stage->token, &stage->failure);
}

static void the_service_takes_the_token_as_the_subjects(void **state)
{
    struct stage stage;
    struct text user;
    (void)state;
    begin(&stage, REALM_GATEWAY, "gw.keytab");
    assert_true(impersonate(&stage, "alice"));
    assert_true(initiate(&stage, REALM_SERVICE, false));
    realm_accept(stage.arena, stage.token.token, &user);
    assert_true(text_is(user, "alice@MIT.EXAMPLE"));
    assert_true(stage.token.rest_s > 110 && stage.token.rest_s <= 120);
    assert_ptr_equal(stage.token.context.context, GSS_C_NO_CONTEXT);
    end(&stage);
}

static void the_answer_of_the_service_is_confirmed_and_no_other(void **state)
{
    struct stage stage, another;
    struct text user;
    char changed[256];
    (void)state;
    begin(&stage, REALM_GATEWAY, "gw.keytab");
    begin(&another, REALM_GATEWAY, "gw.keytab");
    assert_true(impersonate(&stage, "alice") && impersonate(&another, "alice"));
    assert_true(initiate(&stage, REALM_SERVICE, true) && initiate(&another, REALM_SERVICE, true));
    struct text answer = realm_accept(stage.arena, stage.token.token, &user);
    assert_true(answer.length != 0 && answer.length < sizeof(changed));
    memcpy(changed, answer.base, answer.length);
    changed[answer.length - 1] ^= 1;
    assert_false(delegation_confirm(&another.token.context, answer)); /* of another token */
    assert_true(delegation_confirm(&stage.token.context, answer));
    delegation_abandon(&another.token.context);
    assert_true(initiate(&another, REALM_SERVICE, true));
    assert_false(delegation_confirm(&another.token.context, (struct text){changed, answer.length}));
    end(&another);
    end(&stage);
}

static void assert_fails(const char *principal, const char *keytab, const char *account, const char *service,
                         enum kerberos_step step, OM_uint32 minor, bool is_forwardable)
{
    struct stage stage;
    begin(&stage, principal, keytab);
    assert_false(impersonate(&stage, account) && initiate(&stage, service, false));
    if (stage.failure.step != step || stage.failure.minor != minor)
        fail_msg("%s at %s: step %d, minor %d", account, service, stage.failure.step, (int)stage.failure.minor);
    assert_int_equal(stage.failure.is_forwardable, is_forwardable);
    end(&stage);
}

static void what_goes_wrong_says_at_which_step_and_why(void **state)
{
    (void)state;
    assert_fails(REALM_GATEWAY, "gw.keytab", "nobody", REALM_SERVICE, KERBEROS_SELF,
                 (OM_uint32)KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, false);
    assert_fails(REALM_GATEWAY, "gw.keytab", "gone", REALM_SERVICE, KERBEROS_SELF,
                 (OM_uint32)KRB5KDC_ERR_CLIENT_REVOKED, false);
    assert_fails(REALM_GATEWAY, "gw.keytab", "vip", REALM_SERVICE, KERBEROS_PROXY,
                 (OM_uint32)KRB5KDC_ERR_BADOPTION, false);
    assert_fails(REALM_GATEWAY, "gw.keytab", "bob", "HTTP/other.mit.example", KERBEROS_PROXY,
                 (OM_uint32)KRB5KDC_ERR_BADOPTION, true);
    assert_fails("gw2/gateway.mit.example", "gw2.keytab", "bob", REALM_SERVICE, KERBEROS_PROXY,
                 (OM_uint32)KRB5KDC_ERR_BADOPTION, false);
}

static void a_copy_has_no_ticket_that_was_got_by_the_other(void **state)
{
    struct stage stage;
    struct delegation_credential *copy;
    (void)state;
    begin(&stage, REALM_GATEWAY, "gw.keytab");
    assert_true(impersonate(&stage, "carol"));
    assert_true(evidence_is_forwardable(delegation_gss_credential(stage.evidence)));
    assert_true(delegation_copy(stage.evidence, &copy, &stage.failure));
    assert_true(initiate(&stage, REALM_SERVICE, false));
    /* Without a time any ticket that is there would do: this one was asked for, with the KDC's ten minutes. */
    const struct delegation_request request = {.credential = copy, .service = TEXT(REALM_SERVICE)};
    assert_true(delegation_initiate(stage.delegation, &request, stage.arena, &stage.token, &stage.failure));
    assert_true(stage.token.rest_s > 300);
    delegation_release(copy);
    end(&stage);
}

static struct text add(struct stage *stage, struct confirmations *confirmations, const char *account)
{
    assert_true(initiate(stage, REALM_SERVICE, true));
    struct text name = confirmations_add(confirmations, stage->arena, text_of(account), &stage->token.context);
    stage->token.context = (struct delegation_context){0};
    return name;
}

static bool is_taken(struct confirmations *confirmations, struct text name)
{
    struct delegation_context context = {0};
    bool is_found = confirmations_take(confirmations, name, &context);
    delegation_abandon(&context);
    return is_found;
}

static void who_calls_for_one_account_gives_up_no_answer_of_another(void **state)
{
    struct stage stage;
    struct confirmations *confirmations = confirmations_open(4, 2);
    struct text mallory[5];
    (void)state;
    begin(&stage, REALM_GATEWAY, "gw.keytab");
    assert_true(impersonate(&stage, "dave"));
    struct text alice = add(&stage, confirmations, "alice");
    for (size_t i = 0; i < 5; i++)
        mallory[i] = add(&stage, confirmations, "mallory");
    struct text bob = add(&stage, confirmations, "bob");
    assert_true(is_taken(confirmations, alice));
    assert_true(is_taken(confirmations, bob));
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(is_taken(confirmations, mallory[i]), i >= 3);
    confirmations_close(confirmations);
    end(&stage);
}

static void a_context_is_given_out_once_and_to_who_can_name_it(void **state)
{
    struct stage stage;
    struct confirmations *confirmations = confirmations_open(2, 2);
    struct text names[3];
    (void)state;
    begin(&stage, REALM_GATEWAY, "gw.keytab");
    assert_true(impersonate(&stage, "dave"));
    for (size_t i = 0; i < 3; i++) {
        names[i] = add(&stage, confirmations, "dave");
    }
    struct delegation_context context;
    assert_false(confirmations_take(confirmations, names[0], &context)); /* the oldest is given up */
    assert_false(confirmations_take(confirmations, TEXT("0"), &context));
    assert_true(confirmations_take(confirmations, names[1], &context));
    delegation_abandon(&context);
    assert_false(confirmations_take(confirmations, names[1], &context));
    confirmations_close(confirmations); /* names[2] with it */
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_takes_the_token_as_the_subjects),
        cmocka_unit_test(the_answer_of_the_service_is_confirmed_and_no_other),
        cmocka_unit_test(what_goes_wrong_says_at_which_step_and_why),
        cmocka_unit_test(a_copy_has_no_ticket_that_was_got_by_the_other),
        cmocka_unit_test(who_calls_for_one_account_gives_up_no_answer_of_another),
        cmocka_unit_test(a_context_is_given_out_once_and_to_who_can_name_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
