/* Each code means what it means at its step; callers learn whose fault it is, and the record the code. */
#include "kerberos_error.h"

#include <gssapi/gssapi_ext.h>
#include <krb5/krb5.h>
#include <stdlib.h>

#include "call_stage.h"
#include "principal_mapping.h"

/* libgssapi keeps each code that it has ever said until the process ends, and does not give that back. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgssapi_krb5";
}

static const struct {
    enum kerberos_step step;
    int32_t code;
    bool is_forwardable;
    enum kerberos_probe probe;
    enum kerberos_cause cause;
    const char *said;
} cases[] = {
    /* of the subject */
    {KERBEROS_SELF, -1765328378, false, PROBE_NONE, CAUSE_SUBJECT,
     "KDC_ERR_C_PRINCIPAL_UNKNOWN (-1765328378) at S4U2Self"},
    {KERBEROS_SELF, -1765328366, false, PROBE_NONE, CAUSE_SUBJECT,
     "KDC_ERR_CLIENT_REVOKED (-1765328366) at S4U2Self"},
    {KERBEROS_SELF, -1765328372, false, PROBE_NONE, CAUSE_SUBJECT, "KDC_ERR_POLICY (-1765328372) at S4U2Self"},
    {KERBEROS_SELF, -1765328383, false, PROBE_NONE, CAUSE_SUBJECT,
     "KDC_ERR_NAME_EXP (-1765328383) at S4U2Self"},
    {KERBEROS_PROXY, -1765328361, true, PROBE_NONE, CAUSE_SUBJECT,
     "KDC_ERR_KEY_EXPIRED (-1765328361) at S4U2Proxy"},
    {KERBEROS_SELF, -1765328250, false, PROBE_NONE, CAUSE_SUBJECT, "PARSE_MALFORMED (-1765328250) at S4U2Self"},
    {KERBEROS_SELF, -1765328316, false, PROBE_NONE, CAUSE_SUBJECT, "KDC_ERR_WRONG_REALM"},
    {KERBEROS_PROXY, -1765328372, true, PROBE_NONE, CAUSE_SUBJECT, "KDC_ERR_POLICY (-1765328372) at S4U2Proxy"},
    /* of the subject or of the gateway: a user that is known to be good tells */
    {KERBEROS_SELF, -1765328377, false, PROBE_NONE, CAUSE_SUBJECT_OR_GATEWAY,
     "KDC_ERR_S_PRINCIPAL_UNKNOWN (-1765328377) at S4U2Self"},
    {KERBEROS_SELF, -1765328377, false, PROBE_GOOD, CAUSE_SUBJECT, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
    {KERBEROS_SELF, -1765328377, false, PROBE_BAD, CAUSE_GATEWAY, "service principal name"},
    {KERBEROS_SELF, -1765328230, false, PROBE_NONE, CAUSE_SUBJECT_OR_GATEWAY,
     "REALM_UNKNOWN (-1765328230) at S4U2Self"},
    {KERBEROS_SELF, -1765328230, false, PROBE_GOOD, CAUSE_SUBJECT, "REALM_UNKNOWN"},
    {KERBEROS_PROXY, -1765328371, false, PROBE_NONE, CAUSE_SUBJECT_OR_GATEWAY,
     "KDC_ERR_BADOPTION (-1765328371) at S4U2Proxy"},
    {KERBEROS_PROXY, -1765328371, false, PROBE_GOOD, CAUSE_SUBJECT,
     "KDC_ERR_BADOPTION (-1765328371) at S4U2Proxy"},
    {KERBEROS_PROXY, -1765328371, false, PROBE_BAD, CAUSE_GATEWAY, "ok_to_auth_as_delegate"},
    {KERBEROS_SELF, -1765328371, true, PROBE_GOOD, CAUSE_SUBJECT,
     "KDC_ERR_BADOPTION (-1765328371) at S4U2Self"},
    /* of the target */
    {KERBEROS_PROXY, -1765328371, true, PROBE_NONE, CAUSE_TARGET, "delegation list"},
    {KERBEROS_PROXY, -1765328371, true, PROBE_BAD, CAUSE_TARGET, "delegation list"},
    {KERBEROS_PROXY, -1765328377, true, PROBE_NONE, CAUSE_TARGET,
     "KDC_ERR_S_PRINCIPAL_UNKNOWN (-1765328377) at S4U2Proxy: no account"},
    {KERBEROS_PROXY, -1765328370, true, PROBE_NONE, CAUSE_TARGET, "no AES keys"},
    {KERBEROS_PROXY, -1765328365, true, PROBE_NONE, CAUSE_TARGET, "KDC_ERR_SERVICE_REVOKED"},
    {KERBEROS_PROXY, -1765328376, true, PROBE_NONE, CAUSE_TARGET, "several accounts"},
    /* of the gateway */
    {KERBEROS_ACQUIRE, -1765328353, false, PROBE_NONE, CAUSE_GATEWAY,
     "KRB_AP_ERR_BAD_INTEGRITY (-1765328353) at the gateway's login: make the keytab anew"},
    {KERBEROS_ACQUIRE, -1765328360, false, PROBE_NONE, CAUSE_GATEWAY, "KDC_ERR_PREAUTH_FAILED"},
    {KERBEROS_ACQUIRE, -1765328189, false, PROBE_NONE, CAUSE_GATEWAY, "the keytab lacks the principal"},
    {KERBEROS_ACQUIRE, -1765328203, false, PROBE_NONE, CAUSE_GATEWAY, "KT_NOTFOUND"},
    {KERBEROS_ACQUIRE, -1765328378, false, PROBE_GOOD, CAUSE_GATEWAY,
     "KDC_ERR_C_PRINCIPAL_UNKNOWN (-1765328378) at the gateway's login"},
    {KERBEROS_ACQUIRE, -1765328366, false, PROBE_GOOD, CAUSE_GATEWAY, "KDC_ERR_CLIENT_REVOKED"},
    {KERBEROS_ACQUIRE, -1765328372, false, PROBE_GOOD, CAUSE_GATEWAY, "KDC_ERR_POLICY"},
    {KERBEROS_ACQUIRE, -1765328383, false, PROBE_GOOD, CAUSE_GATEWAY, "KDC_ERR_NAME_EXP"},
    {KERBEROS_ACQUIRE, -1765328361, false, PROBE_GOOD, CAUSE_GATEWAY, "KDC_ERR_KEY_EXPIRED"},
    {KERBEROS_ACQUIRE, -1765328377, false, PROBE_NONE, CAUSE_GATEWAY, "kdcs"},
    {KERBEROS_ACQUIRE, -1765328230, false, PROBE_NONE, CAUSE_GATEWAY, "kdcs"},
    {KERBEROS_ACQUIRE, -1765328370, false, PROBE_NONE, CAUSE_GATEWAY, "no AES keys"},
    {KERBEROS_SELF, -1765328347, false, PROBE_GOOD, CAUSE_GATEWAY, "clocks"},
    /* later */
    {KERBEROS_ACQUIRE, -1765328228, false, PROBE_NONE, CAUSE_UNREACHABLE,
     "KDC_UNREACH (-1765328228) at the gateway's login"},
    {KERBEROS_SELF, -1765328228, false, PROBE_NONE, CAUSE_UNREACHABLE, "KDC_UNREACH (-1765328228) at S4U2Self"},
    {KERBEROS_PROXY, -1765328228, true, PROBE_NONE, CAUSE_UNREACHABLE,
     "KDC_UNREACH (-1765328228) at S4U2Proxy"},
    {KERBEROS_PROXY, -1765328164, true, PROBE_NONE, CAUSE_UNREACHABLE, "REALM_CANT_RESOLVE"},
    {KERBEROS_SELF, -1765328355, false, PROBE_NONE, CAUSE_UNREACHABLE, "SVC_UNAVAILABLE"},
    {KERBEROS_PROXY, -1765328352, true, PROBE_NONE, CAUSE_UNREACHABLE, "TKT_EXPIRED"},
    /* nobody knows */
    {KERBEROS_SELF, -1765328324, false, PROBE_NONE, CAUSE_UNKNOWN,
     "an error (-1765328324) at S4U2Self, GSS 0xd0000: "},
    {KERBEROS_ACQUIRE, -1765328250, false, PROBE_NONE, CAUSE_UNKNOWN, "an error (-1765328250)"},
    {KERBEROS_SELF, 0, false, PROBE_NONE, CAUSE_UNKNOWN, "an error (0) at S4U2Self"},
};

static const struct {
    enum adapter_outcome outcome;
    const char *shown, *logged;
} ends[] = {
    [CAUSE_SUBJECT] = {ADAPTER_REFUSED, SUBJECT_REFUSED_SHOWN, NULL},
    [CAUSE_SUBJECT_OR_GATEWAY] = {ADAPTER_REFUSED, SUBJECT_REFUSED_SHOWN, "\"warning\""},
    [CAUSE_TARGET] = {ADAPTER_REFUSED, "The target's service takes no delegated tickets of this gateway.",
                      NULL},
    [CAUSE_GATEWAY] = {ADAPTER_MISCONFIGURED, NULL, "\"error\""},
    [CAUSE_UNREACHABLE] = {ADAPTER_UNAVAILABLE, NULL, NULL},
    [CAUSE_UNKNOWN] = {ADAPTER_FAILED, NULL, NULL},
};

static void assert_end(const struct kerberos_failure *failure, enum kerberos_cause cause, const char *said)
{
    struct call_stage stage;
    call_stage_begin(&stage);
    enum kerberos_cause found = kerberos_error_cause(failure);
    enum adapter_outcome outcome = kerberos_error_end(&stage.call, failure);
    struct text log = call_stage_log(&stage);
    if (found != cause || outcome != ends[cause].outcome || !text_has(stage.call.said, said) ||
        !text_equal(stage.call.shown, text_of(ends[cause].shown)))
        fail_msg("%d at %d: cause %d, outcome %d, \"%.*s\"", (int)failure->minor, failure->step, found, outcome,
                 TEXT_ARGUMENTS(stage.call.said));
    if (ends[cause].logged == NULL ? log.length != 0 : !text_has(log, ends[cause].logged))
        fail_msg("%d at %d: logged %.*s", (int)failure->minor, failure->step, TEXT_ARGUMENTS(log));
    assert_int_equal(stage.call.retry_after_s, cause == CAUSE_UNREACHABLE ? 5 : 0);
    call_stage_end(&stage);
}

static void means_what_each_code_means_at_its_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct kerberos_failure failure = {cases[i].step, GSS_S_FAILURE, (OM_uint32)cases[i].code,
                                                 cases[i].is_forwardable, cases[i].probe};
        assert_end(&failure, cases[i].cause, cases[i].said);
    }
}

static void takes_a_bad_name_for_the_subjects_whatever_its_code(void **state)
{
    (void)state;
    const struct kerberos_failure self = {KERBEROS_SELF, GSS_S_BAD_NAME, 7, false, PROBE_NONE};
    const struct kerberos_failure acquire = {KERBEROS_ACQUIRE, GSS_S_BAD_NAME, 7, false, PROBE_NONE};
    assert_end(&self, CAUSE_SUBJECT, "an error (7) at S4U2Self");
    assert_end(&acquire, CAUSE_UNKNOWN, "an error (7) at the gateway's login");
}

static void says_that_it_is_the_probe_which_is_no_subject_of_anybody(void **state)
{
    (void)state;
    struct kerberos_failure failure = {
        KERBEROS_SELF, GSS_S_FAILURE, (OM_uint32)-1765328378,
        false,         PROBE_BAD,     .tried = TEXT("the probe prob at HTTP/app.mit.example")};
    assert_end(&failure, CAUSE_GATEWAY,
               "the probe prob at HTTP/app.mit.example: KDC_ERR_C_PRINCIPAL_UNKNOWN (-1765328378) at S4U2Self: "
               "look at the probe's account");
    failure.step = KERBEROS_PROXY;
    failure.minor = (OM_uint32)-1765328371;
    assert_end(&failure, CAUSE_GATEWAY, "or the probe is sensitive");
    failure.is_forwardable = true;
    assert_end(&failure, CAUSE_TARGET, "the probe prob at HTTP/app.mit.example: KDC_ERR_BADOPTION");
}

static void knows_what_gssproxy_is_not_let_do_and_when_it_says_nothing(void **state)
{
    (void)state;
    const struct kerberos_failure transition = {KERBEROS_SELF, GSS_S_NO_CRED, (OM_uint32)-1765328243,
                                                .is_proxied = true};
    const struct kerberos_failure delegation = {KERBEROS_PROXY, GSS_S_UNAUTHORIZED, 0, .is_proxied = true};
    const struct kerberos_failure silent = {KERBEROS_PROXY, .is_proxied = true, .is_unanswered = true,
                                            .probe = PROBE_GOOD};
    const struct kerberos_failure own = {KERBEROS_SELF, GSS_S_NO_CRED, (OM_uint32)-1765328243};
    const struct kerberos_failure stranger = {KERBEROS_ACQUIRE, GSS_S_NO_CRED, 39756032, .is_proxied = true};
    assert_end(&stranger, CAUSE_GATEWAY, "gssproxy has no key of spec.settings.principal");
    assert_end(&transition, CAUSE_GATEWAY, "allow_protocol_transition = true");
    assert_end(&delegation, CAUSE_GATEWAY, "allow_constrained_delegation = true");
    assert_end(&silent, CAUSE_UNREACHABLE, "gssproxy has not answered in time at S4U2Proxy");
    assert_end(&own, CAUSE_UNKNOWN,
               "an error (-1765328243) at S4U2Self"); /* libkrb5's, and about nothing of it */
}

static void asks_a_probe_where_gssproxy_shows_no_flags(void **state)
{
    (void)state;
    struct kerberos_failure failure = {KERBEROS_PROXY, GSS_S_FAILURE, (OM_uint32)-1765328371,
                                       .is_proxied = true, .probe = PROBE_BAD};
    assert_true(kerberos_error_hangs_on_service(&failure));
    assert_end(&failure, CAUSE_GATEWAY, "the krb5.conf of gssproxy forwardable = true");
    failure.probe = PROBE_GOOD;
    assert_end(&failure, CAUSE_SUBJECT, "KDC_ERR_BADOPTION");
    failure.is_forwardable = true;
    assert_end(&failure, CAUSE_TARGET, "the service is not in the gateway's delegation list");
    failure.is_proxied = false;
    assert_false(kerberos_error_hangs_on_service(&failure));
    failure = (struct kerberos_failure){KERBEROS_PROXY, GSS_S_FAILURE, (OM_uint32)-1765328377,
                                        .is_proxied = true, .probe = PROBE_GOOD};
    assert_false(kerberos_error_hangs_on_service(&failure));
}

static void says_what_libkrb5_says_of_what_it_does_not_know(void **state)
{
    (void)state;
    gss_key_value_element_desc element = {"ccache", "NOWHERE:x"};
    const gss_key_value_set_desc store = {1, &element};
    gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
    OM_uint32 minor;
    setenv("KRB5_CONFIG", "/dev/null", 1);
    OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 60, GSS_C_NO_OID_SET, GSS_C_INITIATE, &store,
                                            &credential, NULL, NULL);
    assert_true(GSS_ERROR(major));
    const struct kerberos_failure failure = {KERBEROS_ACQUIRE, major, minor, false, PROBE_NONE};
    assert_end(&failure, CAUSE_UNKNOWN, "Unknown credential cache type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_what_each_code_means_at_its_step),
        cmocka_unit_test(takes_a_bad_name_for_the_subjects_whatever_its_code),
        cmocka_unit_test(says_that_it_is_the_probe_which_is_no_subject_of_anybody),
        cmocka_unit_test(knows_what_gssproxy_is_not_let_do_and_when_it_says_nothing),
        cmocka_unit_test(asks_a_probe_where_gssproxy_shows_no_flags),
        cmocka_unit_test(says_what_libkrb5_says_of_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
