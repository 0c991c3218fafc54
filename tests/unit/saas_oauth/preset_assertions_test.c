/* What the presets sign, or have signed: the claims that each vendor's page asks for, verified with the public
 * key. tests/e2e/saas_presets.test.js has vendors that do the same, and refuse. */
#include "stage.h"

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "keys.h"

static void hand_over(struct stage *stage, const char *settings, struct text pem)
{
    stage_hand_over(stage, settings,
                    arena_print(stage->arena, "{\"private_key\":\"%.*s\",\"client_secret\":\"s-3cret\"}",
                                TEXT_ARGUMENTS(pem))
                        .base);
}

/* Of the last request. */
static struct text bearer(struct stage *stage)
{
    static const char name[] = "\r\nauthorization: Bearer ";
    const char *begin = strstr(canned_server_request(stage->server), name);
    assert_non_null(begin);
    struct text line = arena_copy(stage->arena, text_of(begin + strlen(name)));
    return text_cut(&line, '\r');
}

static void assert_lives(const struct json_value *claims, int64_t ago_s, int64_t lives_s)
{
    int64_t now_s = clock_wall_s();
    assert_in_range(json_integer_of(claims, "iat"), now_s - ago_s - 10, now_s - ago_s);
    assert_in_range(json_integer_of(claims, "exp"), now_s + lives_s - 10, now_s + lives_s);
}

static void names_the_github_app_and_no_more_than_ten_minutes(void **state)
{
    (void)state;
    static const char settings[] = "{\"preset\":\"github-app\",\"clientId\":\"Iv1.app\",\"scopes\":{\"read\":"
                                   "\"contents:read\"},\"options\":{"
                                   "\"api\":\"@\",\"installation\":\"7\",\"repositories\":[\"orders\"]}}";
    struct stage stage;
    struct text pem;
    const struct json_value *header, *claims, *answer;
    stage_begin(&stage, 1);
    EVP_PKEY *key = keys_make_rsa(stage.arena, &pem);
    hand_over(&stage, settings, pem);
    stage_answers(
        &stage, 201,
        "{\"token\":\"ghs_1\",\"expires_at\":\"2099-01-01T00:00:00Z\",\"permissions\":{\"contents\":\"read\","
        "\"metadata\":\"read\"}}");
    assert_int_equal(stage_mint(&stage, settings, "", &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "ghs_1"));
    assert_true(stage_request_has(&stage, "POST /app/installations/7/access_tokens "));
    assert_true(
        stage_request_has(&stage, "{\"permissions\":{\"contents\":\"read\"},\"repositories\":[\"orders\"]}"));
    assert_true(keys_verify(stage.arena, key, bearer(&stage), &header, &claims));
    assert_true(text_is(json_text_of(claims, "iss"), "Iv1.app"));
    assert_null(json_member(claims, TEXT("sub")));
    assert_lives(claims, 60, 540);
    assert_true(json_integer_of(claims, "exp") - json_integer_of(claims, "iat") <= 600); /* or GitHub refuses */
    EVP_PKEY_free(key);
    stage_end(&stage);
}

static void names_the_user_to_salesforce_for_three_minutes(void **state)
{
    (void)state;
    static const char settings[] =
        "{\"preset\":\"salesforce\",\"clientId\":\"3MVG9\",\"options\":{\"domain\":\"@\"}}";
    struct stage stage;
    struct text pem;
    const struct json_value *header, *claims;
    stage_begin(&stage, 1);
    EVP_PKEY *key = keys_make_rsa(stage.arena, &pem);
    hand_over(&stage, settings, pem);
    stage_answers(&stage, 200, "{\"access_token\":\"00D\",\"token_type\":\"Bearer\",\"scope\":\"api web\"}");
    assert_int_equal(stage_mint(&stage, settings, ",\"scopes\":[]", NULL), 0);
    assert_true(stage_request_has(&stage, "POST /services/oauth2/token "));
    assert_true(text_is(stage_form(&stage, "grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer"));
    assert_null(stage_form(&stage, "client_secret").base);
    assert_true(keys_verify(stage.arena, key, stage_form(&stage, "assertion"), &header, &claims));
    assert_true(text_is(json_text_of(claims, "iss"), "3MVG9"));
    assert_true(text_is(json_text_of(claims, "sub"), "alice"));
    assert_true(text_is(json_text_of(claims, "aud"), "https://login.salesforce.com"));
    assert_lives(claims, 0, 180);
    EVP_PKEY_free(key);
    stage_end(&stage);
}

#define BOX(options)                                                                                           \
    "{\"preset\":\"box\",\"clientId\":\"box-app\",\"tokenEndpoint\":\"@/"                                      \
    "token\",\"keyId\":\"k7\",\"options\":{" options "}}"

static void names_boxs_enterprise_or_its_user_for_less_than_a_minute(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *kind, *subject;
    } cases[] = {{BOX("\"enterprise\":\"e-1\""), "enterprise", "e-1"}, {BOX(""), "user", "alice"}};
    struct stage stage;
    struct text pem;
    const struct json_value *header, *claims;
    stage_begin(&stage, 1);
    EVP_PKEY *key = keys_make_rsa(stage.arena, &pem);
    hand_over(&stage, cases[0].settings, pem);
    stage_answers(&stage, 200, "{\"access_token\":\"at\",\"token_type\":\"bearer\",\"expires_in\":3600}");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(stage_mint(&stage, cases[i].settings, "", NULL), 0);
        assert_true(text_is(stage_form(&stage, "client_id"), "box-app"));
        assert_true(text_is(stage_form(&stage, "client_secret"), "s-3cret"));
        assert_true(keys_verify(stage.arena, key, stage_form(&stage, "assertion"), &header, &claims));
        assert_true(text_is(json_text_of(header, "kid"), "k7"));
        assert_true(text_is(json_text_of(claims, "iss"), "box-app"));
        assert_true(text_is(json_text_of(claims, "sub"), cases[i].subject));
        assert_true(text_is(json_text_of(claims, "box_sub_type"), cases[i].kind));
        assert_true(text_is(json_text_of(claims, "aud"), stage_text(&stage, "@/token")));
        assert_in_range(json_text_of(claims, "jti").length, 16, 128);
        assert_lives(claims, 0, 45);
    }
    EVP_PKEY_free(key);
    stage_end(&stage);
}

/* --- ID-JAG: this client has another name at each of the two servers --- */

#define TYPE "urn:ietf:params:oauth:token-type:"

static const char id_jag[] = "{\"preset\":\"id-jag\",\"issuer\":\"https://as.example\",\"tokenEndpoint\":\"@/"
                             "there\",\"clientId\":\"app\","
                             "\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\",\"options\":{"
                             "\"provider\":{\"issuer\":\"@\","
                             "\"tokenEndpoint\":\"@/provider\",\"clientId\":\"me\"}}}";

static struct text token_for(struct stage *stage, const char *audience)
{
    struct text claims = arena_print(stage->arena, "{\"aud\":\"%s\"}", audience);
    return arena_print(stage->arena, "e30.%.*s.c2ln",
                       TEXT_ARGUMENTS(base64url_encode_text(stage->arena, claims.base, claims.length)));
}

static void answers_with(struct stage *stage, const char *audience)
{
    stage_answers(stage, 200,
                  arena_print(stage->arena,
                              "{\"access_token\":\"%.*s\",\"token_type\":\"Bearer\",\"expires_in\":300,"
                              "\"issued_token_type\":\"" TYPE "id-jag\"}",
                              TEXT_ARGUMENTS(token_for(stage, audience)))
                      .base);
}

static void assert_client(struct stage *stage, EVP_PKEY *key, const char *client, const char *audience)
{
    const struct json_value *header, *claims;
    assert_true(keys_verify(stage->arena, key, stage_form(stage, "client_assertion"), &header, &claims));
    assert_true(text_is(json_text_of(header, "typ"), "client-authentication+jwt"));
    assert_true(text_is(json_text_of(claims, "iss"), client));
    assert_true(text_is(json_text_of(claims, "sub"), client));
    assert_true(text_is(json_text_of(claims, "aud"), audience));
    assert_lives(claims, 0, 60);
}

static void proves_this_client_to_each_server_by_its_name_there(void **state)
{
    (void)state;
    struct stage stage;
    struct text pem;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    EVP_PKEY *key = keys_make(stage.arena, &pem);
    hand_over(&stage, id_jag, pem);
    const char *shown =
        arena_print(stage.arena, ",\"subject_token\":{\"token\":\"%.*s\",\"type\":\"" TYPE "id_token\"}",
                    TEXT_ARGUMENTS(token_for(&stage, "me")))
            .base;
    answers_with(&stage, "https://elsewhere.example"); /* which ends it after the first leg */
    int64_t code = stage_mint(&stage, id_jag, shown, &answer);
    stage_assert_error(answer, code, -32003, "not for the server it was asked for");
    assert_true(stage_request_has(&stage, "POST /provider "));
    assert_true(text_is(stage_form(&stage, "requested_token_type"), TYPE "id-jag"));
    assert_true(text_is(stage_form(&stage, "audience"), "https://as.example"));
    assert_true(text_equal(stage_form(&stage, "subject_token"), token_for(&stage, "me")));
    assert_client(&stage, key, "me", stage.origin);
    answers_with(&stage, "https://as.example");
    assert_int_equal(stage_mint(&stage, id_jag, shown, NULL), 0);
    assert_true(stage_request_has(&stage, "POST /there "));
    assert_true(text_equal(stage_form(&stage, "assertion"), token_for(&stage, "https://as.example")));
    assert_null(stage_form(&stage, "subject_token").base);
    assert_client(&stage, key, "app", "https://as.example");
    EVP_PKEY_free(key);
    stage_end(&stage);
}

/* --- Google: what the service account is to sign, and who is asked for what comes of it --- */

#define UNAUTHORIZED "{\"error\":\"unauthorized_client\",\"error_description\":\"Client is unauthorized.\"}"

static const char *google(struct stage *stage, struct canned_server *delegated)
{
    return arena_print(
               stage->arena,
               "{\"preset\":\"google\",\"tokenEndpoint\":\"@/sts\",\"scopes\":{\"read\":\"https://g.example/"
               "a\"},"
               "\"options\":{\"provider\":\"projects/1/locations/global/workloadIdentityPools/p/providers/q\","
               "\"serviceAccount\":\"a\\u0040b.iam.gserviceaccount.com\",\"delegate\":\"subject\","
               "\"credentialsApi\":\"@\",\"delegatedTokenEndpoint\":\"http://127.0.0.1:%u/token\"}}",
               canned_server_port(delegated))
        .base;
}

static const struct json_value *asked_to_sign(struct stage *stage)
{
    const struct json_value *body, *claims;
    const char *begin = strstr(canned_server_request(stage->server), "\r\n\r\n");
    assert_non_null(begin);
    assert_int_equal(
        json_parse(stage->arena, arena_copy(stage->arena, text_of(begin + 4)), &json_limits_document, &body),
        0);
    assert_int_equal(json_parse(stage->arena, json_text_of(body, "payload"), &json_limits_document, &claims),
                     0);
    return claims;
}

static void has_google_sign_for_the_person_and_says_where_that_is_allowed(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    struct text refusal =
        arena_print(stage.arena,
                    "HTTP/1.1 401 x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                    "Connection: close\r\n\r\n" UNAUTHORIZED,
                    strlen(UNAUTHORIZED));
    struct canned_server *delegated = canned_server_start(NULL, NULL, refusal.base, refusal.length);
    const char *settings = google(&stage, delegated);
    stage_answers(&stage, 200,
                  "{\"access_token\":\"federated\",\"token_type\":\"Bearer\",\"expires_in\":600,\"signedJwt\":"
                  "\"s.j.w\"}");
    int64_t code = stage_mint(&stage, settings, ",\"assertion\":\"a.b.c\"", &answer);
    stage_assert_error(answer, code, -32003, "Domain-wide delegation");
    assert_true(text_is(json_text_of(json_member(answer, TEXT("data")), "path"), "/options/delegate"));
    assert_true(
        stage_request_has(&stage, "POST /v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:signJwt "));
    assert_true(text_is(bearer(&stage), "federated"));
    const struct json_value *claims = asked_to_sign(&stage);
    assert_true(text_is(json_text_of(claims, "iss"), "a@b.iam.gserviceaccount.com"));
    assert_true(text_is(json_text_of(claims, "sub"), "alice"));
    assert_true(text_is(json_text_of(claims, "scope"), "https://g.example/a"));
    assert_lives(claims, 0, 3600);
    assert_non_null(strstr(canned_server_request(delegated), "assertion=s.j.w"));
    canned_server_stop(delegated);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_github_app_and_no_more_than_ten_minutes),
        cmocka_unit_test(names_the_user_to_salesforce_for_three_minutes),
        cmocka_unit_test(names_boxs_enterprise_or_its_user_for_less_than_a_minute),
        cmocka_unit_test(proves_this_client_to_each_server_by_its_name_there),
        cmocka_unit_test(has_google_sign_for_the_person_and_says_where_that_is_allowed),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}
