/* The presets: what each wants to find when a target is applied, and what those that sign nothing here send.
 * tests/e2e/saas_presets.test.js has those that sign, and vendors that check all of it. */
#include "stage.h"

#include <string.h>

#include "base/base64url.h"

#define ASSERTS(algorithm, type)                                                                               \
    ",\"hands_over\":{\"assertion\":{\"audience\":\"https://a.example\",\"algorithm\":\"" algorithm            \
    "\",\"type\":\"" type "\"}}"
#define SHOWS       ",\"hands_over\":{\"subject_token\":true}"
#define AWS_OPTIONS "\"role\":\"arn:aws:iam::123456789012:role/agents\",\"region\":\"eu-central-1\""
#define AWS         "{\"preset\":\"aws-sts\",\"options\":{" AWS_OPTIONS "}}"
#define AWS_ROLE(role)                                                                                         \
    "{\"preset\":\"aws-sts\",\"options\":{\"region\":\"eu-central-1\",\"role\":\"" role "\"}}"
#define PROVIDER "\"provider\":\"projects/1/locations/global/workloadIdentityPools/p/providers/q\""
#define GOOGLE   "{\"preset\":\"google\",\"options\":{" PROVIDER "}}"
#define GITHUB(api, more)                                                                                      \
    "{\"preset\":\"github-app\",\"clientId\":\"c\",\"options\":{\"installation\":\"7\"" api "}" more "}"
#define ENTRA(tenant, more)                                                                                    \
    "{\"preset\":\"entra-on-behalf-of\",\"clientId\":\"c\",\"scopes\":{\"read\":\"https://g.example/Read\"},"  \
    "\"options\":{\"tenant\":\"" tenant "\"}" more "}"
#define SALESFORCE(more)                                                                                       \
    "{\"preset\":\"salesforce\",\"clientId\":\"c\",\"options\":{\"domain\":\"https://a.example\"}" more "}"
#define BOX(more) "{\"preset\":\"box\",\"clientId\":\"c\"" more "}"
#define ID_JAG(authentication, endpoint)                                                                       \
    "{\"preset\":\"id-jag\",\"issuer\":\"https://as.example\",\"tokenEndpoint\":\"https://as.example/t\","     \
    "\"clientId\":\"c\",\"authentication\":\"" authentication "\",\"algorithm\":\"ES256\",\"options\":{"       \
    "\"provider\":{\"issuer\":\"https://idp.example\",\"tokenEndpoint\":\"" endpoint                           \
    "\",\"clientId\":\"me\"}}}"

static const struct {
    const char *settings, *target, *path, *words; /* path NULL: there is no mistake */
} cases[] = {
    {GITHUB("", ""), "", NULL, NULL},
    {"{\"preset\":\"github-app\",\"clientId\":\"c\",\"options\":{\"installation\":\"x\"}}", "",
     "/options/installation", "number"},
    {GITHUB("", ",\"algorithm\":\"ES256\""), "", "/algorithm", "RS256 alone"},
    {GITHUB("", ",\"tokenEndpoint\":\"https://b.example/t\""), "", "/options/api", "one host"},
    {GITHUB(",\"repositories\":[]", ""), "", "/options/repositories", "names of repositories"},
    {GITHUB(",\"organisation\":\"acme\"", ""), "", "/options/organisation", "no such setting"},
    {GITHUB(",\"repos\":[\"orders\"]", ""), "", "/options/repos", "known: api, installation, repositories"},
    {GITHUB("", ",\"scopes\":{\"a\":\"contents:read issues:write\",\"b\":\"pull_requests:admin\"}"), "", NULL,
     NULL},
    {GITHUB("", ",\"scopes\":{\"a\":\"contents:read write_issues\"}"), "", "/scopes",
     "\"write_issues\" is no permission"},
    {GITHUB("", ",\"scopes\":{\"a\":\"issues:own\"}"), "", "/scopes", "contents:read"},
    {GITHUB("", ",\"scopes\":{\"a\":\":read\"}"), "", "/scopes", "contents:read"},
    {ENTRA("t-1", ""), SHOWS, NULL, NULL},
    {ENTRA("t-1", ""), "", "", "spec.handOver.subjectToken"},
    {ENTRA("common", ""), SHOWS, "/options/tenant", "one tenant"},
    {ENTRA("a/b", ""), SHOWS, "/options/tenant", "one tenant"},
    {ENTRA("t-1", ",\"authentication\":\"none\""), SHOWS, "/authentication", "client_secret_post"},
    {AWS, ASSERTS("RS256", "JWT"), NULL, NULL},
    {AWS, "", "", "spec.handOver.assertionAudience"},
    {AWS, ASSERTS("EdDSA", "JWT"), "", "spec.token.algorithm"},
    {AWS, ASSERTS("RS256", "at+jwt"), "", "spec.token.type"},
    {"{\"preset\":\"aws-sts\",\"options\":{\"region\":\"eu-central-1\",\"role\":\"agents\"}}",
     ASSERTS("RS256", "JWT"), "/options/role", "ARN"},
    {AWS_ROLE("arn:aws-cn:iam::123456789012:role/teams/agents"), ASSERTS("RS256", "JWT"), NULL, NULL},
    {AWS_ROLE("arn:aws:iam::12345:role/agents"), ASSERTS("RS256", "JWT"), "/options/role", "twelve digits"},
    {AWS_ROLE("arn:aws:iam::12345678901x:role/agents"), ASSERTS("RS256", "JWT"), "/options/role", "ARN"},
    {AWS_ROLE("arn:aws:sts::123456789012:role/agents"), ASSERTS("RS256", "JWT"), "/options/role", "ARN"},
    {AWS_ROLE("arn:aws:iam::123456789012:user/role/agents"), ASSERTS("RS256", "JWT"), "/options/role", "ARN"},
    {AWS_ROLE("arn:aws:iam::123456789012:role/"), ASSERTS("RS256", "JWT"), "/options/role", "ARN"},
    {AWS_ROLE("arn:aws:iam::123456789012:role/a b"), ASSERTS("RS256", "JWT"), "/options/role", "ARN"},
    {"{\"preset\":\"aws-sts\",\"options\":{\"region\":\"a.b\",\"role\":\"arn:aws:iam::123456789012:role/a\"},"
     "\"tokenEndpoint\":\"https://a.example/\"}",
     ASSERTS("RS256", "JWT"), "/options/region", "region"},
    {"{\"preset\":\"aws-sts\",\"options\":{" AWS_OPTIONS ",\"durationSeconds\":60}}", ASSERTS("RS256", "JWT"),
     "/options/durationSeconds", "900"},
    {GOOGLE, ASSERTS("ES256", "JWT"), NULL, NULL},
    {GOOGLE, ASSERTS("PS256", "JWT"), "", "spec.token.algorithm"},
    {"{\"preset\":\"google\",\"options\":{\"provider\":\"q\"}}", ASSERTS("ES256", "JWT"), "/options/provider",
     "projects/NUMBER"},
    {"{\"preset\":\"google\",\"options\":{" PROVIDER ",\"delegate\":\"subject\"}}", ASSERTS("ES256", "JWT"),
     "/options/delegate", "serviceAccount"},
    {"{\"preset\":\"google\",\"options\":{" PROVIDER ",\"serviceAccount\":\"a/../b.gserviceaccount.com\"}}",
     ASSERTS("ES256", "JWT"), "/options/serviceAccount", "e-mail"},
    {SALESFORCE(""), "", NULL, NULL},
    {SALESFORCE(",\"algorithm\":\"RS512\""), "", "/algorithm", "RS256 alone"},
    {SALESFORCE(",\"scopes\":{\"a\":\"api\"}"), "", "/scopes", "no scopes"},
    {BOX(",\"keyId\":\"k\""), "", NULL, NULL},
    {BOX(""), "", "/keyId", "public key"},
    {BOX(",\"keyId\":\"k\",\"algorithm\":\"ES256\""), "", "/algorithm", "RS256, RS384"},
    {ID_JAG("private_key_jwt", "https://idp.example/t"), SHOWS, NULL, NULL},
    {ID_JAG("private_key_jwt", "https://idp.example/t"), "", "", "spec.handOver.subjectToken"},
    {ID_JAG("client_secret_post", "https://idp.example/t"), SHOWS, "/authentication", "private_key_jwt"},
    {ID_JAG("private_key_jwt", "https://b.example/t"), SHOWS, "/options/provider/tokenEndpoint", "issuer"},
};

static void says_what_each_needs_where_it_is(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct json_value *answer;
        assert_int_equal(stage_ask(&stage, "validate", &answer, "\"target\":" STAGE_TARGET, cases[i].settings,
                                   cases[i].target),
                         0);
        const struct json_value *mistakes = json_member(answer, TEXT("mistakes"));
        struct text path = json_text_of(mistakes->first, "path"),
                    message = json_text_of(mistakes->first, "message");
        bool is_expected = cases[i].path == NULL ? mistakes->count == 0
                                                 : mistakes->count == 1 && text_is(path, cases[i].path) &&
                                                       strstr(message.base, cases[i].words) != NULL;
        if (!is_expected)
            fail_msg("%s: %u mistakes, %.*s: %.*s", cases[i].settings, mistakes->count, TEXT_ARGUMENTS(path),
                     TEXT_ARGUMENTS(message));
    }
    stage_end(&stage);
}

#define XML(parts)                                                                                             \
    "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/1</SecretAccessKey>" parts             \
    "</Credentials></R>"
#define AWS_HERE "{\"preset\":\"aws-sts\",\"tokenEndpoint\":\"@/\",\"options\":{" AWS_OPTIONS "}}"

static int64_t mint_aws(struct stage *stage, const char *body, const struct json_value **answer)
{
    stage_answers_with(stage, 200, "content-type: text/xml\r\n", body);
    return stage_mint(stage, AWS_HERE, ",\"scopes\":[],\"assertion\":\"a.b.c\"", answer);
}

static void asks_aws_for_a_session_named_after_the_root(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    const char *good = XML("<SessionToken>t+1=</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>");
    assert_int_equal(mint_aws(&stage, good, &answer), 0);
    assert_true(text_is(stage_form(&stage, "Action"), "AssumeRoleWithWebIdentity"));
    assert_true(text_is(stage_form(&stage, "RoleSessionName"), "r"));
    assert_true(text_is(stage_form(&stage, "WebIdentityToken"), "a.b.c"));
    assert_true(text_is(stage_form(&stage, "DurationSeconds"), "900"));
    assert_null(stage_form(&stage, "client_id").base);
    int64_t code = mint_aws(&stage, XML("<SessionToken>t</SessionToken>"), &answer);
    stage_assert_error(answer, code, -32003, "no credentials with an end");
    /* What would end the text of the credential is no credential. */
    const char *bad = XML("<SessionToken>t\"x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>");
    code = mint_aws(&stage, bad, &answer);
    stage_assert_error(answer, code, -32003, "no credentials with an end");
    stage_end(&stage);
}

/* With ,"subject_token" of these claims. */
static const char *shown(struct stage *stage, const char *claims, const char *type)
{
    struct text body = base64url_encode_text(stage->arena, claims, strlen(claims));
    return arena_print(stage->arena,
                       ",\"subject_token\":{\"token\":\"e30.%.*s.c2ln\",\"type\":"
                       "\"urn:ietf:params:oauth:token-type:%s\"}",
                       TEXT_ARGUMENTS(body), type)
        .base;
}

static void shows_entra_a_users_token_for_the_app_alone(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char settings[] = "{\"preset\":\"entra-on-behalf-of\",\"clientId\":\"app\",\"tokenEndpoint\":"
                                   "\"@/t\",\"scopes\":{\"read\":\"https://g.example/Read\"},\"options\":{"
                                   "\"tenant\":\"t-1\"}}";
    stage_begin(&stage, 1);
    stage_answers(&stage, 200, "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":600}");
    stage_hand_over(&stage, settings, "{\"client_secret\":\"s-3cret\"}");
    assert_int_equal(
        stage_mint(&stage, settings, shown(&stage, "{\"aud\":[\"x\",\"api://app\"]}", "jwt"), NULL), 0);
    assert_true(text_is(stage_form(&stage, "requested_token_use"), "on_behalf_of"));
    assert_true(text_is(stage_form(&stage, "scope"), "https://g.example/Read"));
    assert_true(text_is(stage_form(&stage, "client_secret"), "s-3cret"));
    for (int i = 0; i < 3; i++) {
        static const char *const claims[] = {"{\"aud\":\"other\"}", "{}", "[]"};
        int64_t code = stage_mint(&stage, settings, shown(&stage, claims[i], "jwt"), &answer);
        stage_assert_error(answer, code, -32001, "not for app");
    }
    stage_answers(&stage, 400, "{\"error\":\"invalid_grant\",\"suberror\":\"consent_required\"}");
    int64_t code = stage_mint(&stage, settings, shown(&stage, "{\"aud\":\"app\"}", "jwt"), &answer);
    stage_assert_error(answer, code, -32001, "interaction");
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_each_needs_where_it_is),
        cmocka_unit_test(asks_aws_for_a_session_named_after_the_root),
        cmocka_unit_test(shows_entra_a_users_token_for_the_app_alone),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}
