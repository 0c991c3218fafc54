/* Which kinds of token pass as what: the rules that differ between declared types. What holds for all is in
 * verification_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verification_stage.h"

static const struct way as_jwt = {
    "jwt", TOKEN_USE_SUBJECT, TOKEN_TYPE_JWT, false, NULL, "\"https://gateway.example\""};
static const struct way as_access_token = {
    "access token", TOKEN_USE_ACTOR, TOKEN_TYPE_ACCESS_TOKEN, false, NULL, "\"https://gateway.example\""};
static const struct way as_id_token = {"ID Token", TOKEN_USE_SUBJECT, TOKEN_TYPE_ID_TOKEN, false,
                                       NULL,       "\"web\""};
static const struct way as_client = {
    "client", TOKEN_USE_CLIENT, TOKEN_TYPE_JWT, false, NULL, "\"https://gateway.example\""};
static const struct way as_own = {"own", TOKEN_USE_SUBJECT, TOKEN_TYPE_ACCESS_TOKEN,
                                  true,  "\"at+jwt\"",      "\"https://self.example\""};

/* The stage's tokens live five minutes and are made for whoever the way says. */
static const struct way as_id_jag = {"ID-JAG", TOKEN_USE_ASSERTION,    TOKEN_TYPE_ID_JAG,
                                     false,    "\"oauth-id-jag+jwt\"", "\"https://self.example\""};

static enum fault with_type(struct stage *stage, const struct way *way, const char *type)
{
    struct verification verification;
    struct header_change header = {.type = type};
    return stage_verify(stage, way, stage_token(stage, way, &header, NULL), &verification);
}

static enum fault with_claim(struct stage *stage, const struct way *way, const char *name, const char *value)
{
    struct verification verification;
    const struct test_claim claims[] = {{name, value}, {NULL, NULL}};
    return stage_verify(stage, way, stage_token(stage, way, NULL, claims), &verification);
}

static void a_header_type_is_a_media_type_in_any_case(void **state)
{
    struct stage *stage = *state;
    static const char *const types[] = {
        "\"at+jwt\"", "\"AT+JWT\"", "\"application/at+jwt\"", "\"Application/At+Jwt\"",
        "\"JWT\"",    "\"jwt\"",    "\"application/jwt\"",    ""};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        assert_int_equal(with_type(stage, &as_jwt, types[i]), FAULT_NONE);
        assert_int_equal(with_type(stage, &as_access_token, types[i]), FAULT_NONE);
    }
}

static void an_access_token_is_no_id_token_and_proves_no_client(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(with_type(stage, &as_id_token, "\"at+jwt\""), FAULT_TOKEN_TYP);
    assert_int_equal(with_type(stage, &as_client, "\"at+jwt\""), FAULT_TOKEN_TYP);
    assert_int_equal(with_type(stage, &as_client, "\"application/at+jwt\""), FAULT_TOKEN_TYP);
    assert_int_equal(with_type(stage, &as_id_token, "\"JWT\""), FAULT_NONE);
    assert_int_equal(with_type(stage, &as_client, "\"JWT\""), FAULT_NONE);
}

static void our_own_tokens_always_have_a_type(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(with_type(stage, &as_own, "\"at+jwt\""), FAULT_NONE);
    assert_int_equal(with_type(stage, &as_own, "\"JWT\""), FAULT_NONE);
    assert_int_equal(with_type(stage, &as_own, ""), FAULT_TOKEN_TYP);
}

static void a_configured_type_is_accepted_from_that_issuer_alone(void **state)
{
    struct stage *stage = *state;
    struct text types[] = {TEXT("application/corp+jwt")};
    struct verification verification;
    stage->documents[0].issuer.types = (struct text_list){types, 1};
    enum fault faults[] = {with_type(stage, &as_jwt, "\"corp+jwt\""),
                           with_type(stage, &as_access_token, "\"CORP+jwt\""),
                           with_type(stage, &as_client, "\"application/corp+jwt\""),
                           with_type(stage, &as_id_token, "\"corp+jwt\""), FAULT_NONE};
    struct header_change header = {.type = "\"corp+jwt\""};
    const struct test_claim other[] = {{"iss", "\"https://other.example\""}, {NULL, NULL}};
    faults[4] = stage_verify(
        stage, &as_jwt, stage_token_signed_by(stage, &stage->other, &as_jwt, &header, other), &verification);
    stage->documents[0].issuer.types = (struct text_list){0};
    assert_int_equal(faults[0], FAULT_NONE);
    assert_int_equal(faults[1], FAULT_NONE);
    assert_int_equal(faults[2], FAULT_NONE);
    assert_int_equal(faults[3], FAULT_TOKEN_TYP);
    assert_int_equal(faults[4], FAULT_TOKEN_TYP);
}

static void an_id_token_does_not_pass_as_an_access_token(void **state)
{
    struct stage *stage = *state;
    static const char *const claims[] = {"nonce", "at_hash", "c_hash", "s_hash"};
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        assert_int_equal(with_claim(stage, &as_access_token, claims[i], "\"x\""), FAULT_TOKEN_TYP);
        assert_int_equal(with_claim(stage, &as_id_token, claims[i], "\"x\""), FAULT_NONE);
        assert_int_equal(with_claim(stage, &as_jwt, claims[i], "\"x\""), FAULT_NONE);
    }
}

static void a_token_for_the_client_itself_is_an_access_token_only_if_it_says_so(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    const struct test_claim both[] = {{"aud", "[\"web\",\"https://gateway.example\"]"}, {NULL, NULL}};
    struct header_change typed = {.type = "\"at+jwt\""}, untyped = {.type = "\"JWT\""};
    assert_int_equal(stage_verify(stage, &as_access_token, stage_token(stage, &as_access_token, &untyped, both),
                                  &verification),
                     FAULT_TOKEN_TYP);
    assert_int_equal(
        stage_verify(stage, &as_access_token, stage_token(stage, &as_access_token, NULL, both), &verification),
        FAULT_TOKEN_TYP);
    assert_int_equal(stage_verify(stage, &as_access_token, stage_token(stage, &as_access_token, &typed, both),
                                  &verification),
                     FAULT_NONE);
}

static void a_resource_server_of_ours_may_be_named_like_its_audience(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    struct verification_rules rules = stage_rules(stage, &as_own);
    struct header_change header = {.type = "\"JWT\""};
    const struct test_claim claims[] = {{"aud", "\"partner-api\""}, {NULL, NULL}};
    rules.client_id = TEXT("partner-api");
    assert_int_equal(
        stage_verify_by(stage, &rules, stage_token(stage, &as_own, &header, claims), &verification),
        FAULT_NONE);
}

static void an_id_token_is_for_the_client_that_presents_it(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    assert_int_equal(with_claim(stage, &as_id_token, "aud", "\"other-client\""), FAULT_TOKEN_AUDIENCE);
    assert_int_equal(with_claim(stage, &as_id_token, "aud", "\"https://gateway.example\""),
                     FAULT_TOKEN_AUDIENCE);
    struct verification_rules rules = stage_rules(stage, &as_id_token);
    rules.client_id = TEXT_NONE;
    assert_int_equal(
        stage_verify_by(stage, &rules, stage_token(stage, &as_id_token, NULL, NULL), &verification),
        FAULT_TOKEN_AUDIENCE);
}

static enum fault with_party(struct stage *stage, const char *audience, const char *party)
{
    struct verification verification;
    const struct test_claim claims[] = {{"aud", audience}, {"azp", party}, {NULL, NULL}};
    return stage_verify(stage, &as_id_token, stage_token(stage, &as_id_token, NULL, claims), &verification);
}

static void an_id_token_for_several_names_the_client_as_its_party(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(with_party(stage, "[\"web\",\"other\"]", "\"web\""), FAULT_NONE);
    assert_int_equal(with_party(stage, "[\"web\",\"other\"]", NULL), FAULT_TOKEN_AUDIENCE);
    assert_int_equal(with_party(stage, "[\"web\",\"other\"]", "\"other\""), FAULT_TOKEN_AUDIENCE);
    assert_int_equal(with_party(stage, "\"web\"", "\"other\""), FAULT_TOKEN_AUDIENCE);
    assert_int_equal(with_party(stage, "\"web\"", "\"web\""), FAULT_NONE);
    assert_int_equal(with_party(stage, "\"web\"", "[\"web\"]"), FAULT_TOKEN_CLAIMS);
}

static void an_id_token_says_when_it_was_issued_even_without_a_maximum_age(void **state)
{
    struct stage *stage = *state;
    stage->documents[0].issuer.maximum_age_s = 0;
    enum fault id_token = with_claim(stage, &as_id_token, "iat", NULL),
               jwt = with_claim(stage, &as_jwt, "iat", NULL);
    stage->documents[0].issuer.maximum_age_s = 3600;
    assert_int_equal(id_token, FAULT_TOKEN_CLAIMS);
    assert_int_equal(jwt, FAULT_NONE);
}

static enum fault declared(struct stage *stage, const struct way *way, enum token_type type)
{
    struct verification verification;
    struct verification_rules rules = stage_rules(stage, way);
    rules.declared_type = type;
    return stage_verify_by(stage, &rules, stage_token(stage, way, NULL, NULL), &verification);
}

static void refuses_declared_types_it_has_no_profile_for(void **state)
{
    struct stage *stage = *state;
    static const enum token_type types[] = {TOKEN_TYPE_REFRESH_TOKEN, TOKEN_TYPE_SAML1, TOKEN_TYPE_SAML2};
    struct text names[] = {TEXT("refresh_token"), TEXT("saml1"), TEXT("saml2"), TEXT("jwt")};
    struct text_list accepted = stage->documents[0].issuer.token_types;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(declared(stage, &as_jwt, types[i]), FAULT_TOKEN_TYPE_NOT_ACCEPTED);
        assert_int_equal(declared(stage, &as_client, types[i]), FAULT_TOKEN_TYPE_NOT_ACCEPTED);
        stage->documents[0].issuer.token_types =
            (struct text_list){names, 4}; /* not even when a document lists it */
        enum fault fault = declared(stage, &as_jwt, types[i]);
        stage->documents[0].issuer.token_types = accepted;
        assert_int_equal(fault, FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    }
    assert_int_equal(declared(stage, &as_jwt, TOKEN_TYPE_UNKNOWN), FAULT_TOKEN_TYPE_UNKNOWN);
    assert_int_equal(declared(stage, &as_jwt, TOKEN_TYPE_NONE), FAULT_TOKEN_TYPE_UNKNOWN);
}

static void a_declared_type_is_judged_before_the_token_is_read(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    struct verification_rules rules = stage_rules(stage, &as_jwt);
    rules.declared_type = TOKEN_TYPE_REFRESH_TOKEN;
    assert_int_equal(verification_identify(stage->arena, TEXT("opaque"), &rules, &verification),
                     FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    rules.declared_type = TOKEN_TYPE_UNKNOWN;
    assert_int_equal(verification_identify(stage->arena, TEXT("opaque"), &rules, &verification),
                     FAULT_TOKEN_TYPE_UNKNOWN);
}

static void a_client_is_proved_by_a_jwt_and_by_nothing_else(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(declared(stage, &as_client, TOKEN_TYPE_ACCESS_TOKEN), FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    assert_int_equal(declared(stage, &as_client, TOKEN_TYPE_ID_TOKEN), FAULT_TOKEN_TYPE_NOT_ACCEPTED);
}

static void an_issuer_is_used_only_for_the_types_of_its_document(void **state)
{
    struct stage *stage = *state;
    struct text names[] = {TEXT("access_token")};
    struct text_list accepted = stage->documents[0].issuer.token_types;
    stage->documents[0].issuer.token_types = (struct text_list){names, 1};
    enum fault jwt = declared(stage, &as_jwt, TOKEN_TYPE_JWT),
               access_token = declared(stage, &as_jwt, TOKEN_TYPE_ACCESS_TOKEN),
               id_token = declared(stage, &as_id_token, TOKEN_TYPE_ID_TOKEN);
    stage->documents[0].issuer.token_types = (struct text_list){0};
    enum fault none = declared(stage, &as_jwt, TOKEN_TYPE_JWT);
    stage->documents[0].issuer.token_types = accepted;
    assert_int_equal(jwt, FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    assert_int_equal(id_token, FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    assert_int_equal(access_token, FAULT_NONE);
    assert_int_equal(none, FAULT_TOKEN_TYPE_NOT_ACCEPTED);
}

static void only_a_platform_proves_clients(void **state)
{
    struct stage *stage = *state;
    stage->documents[0].issuer.is_platform = false;
    enum fault client = declared(stage, &as_client, TOKEN_TYPE_JWT),
               subject = declared(stage, &as_jwt, TOKEN_TYPE_JWT);
    stage->documents[0].issuer.is_platform = true;
    assert_int_equal(client, FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    assert_int_equal(subject, FAULT_NONE);
    /* Nor do we, whatever our own document says. */
    struct way own_as_client = as_own;
    own_as_client.use = TOKEN_USE_CLIENT;
    stage->documents[3].issuer.is_platform = true;
    enum fault own = declared(stage, &own_as_client, TOKEN_TYPE_JWT);
    stage->documents[3].issuer.is_platform = false;
    assert_int_equal(own, FAULT_TOKEN_TYPE_NOT_ACCEPTED);
}

static void an_issuer_without_audiences_must_name_us(void **state)
{
    struct stage *stage = *state;
    struct text_list configured = stage->documents[0].issuer.audiences;
    stage->documents[0].issuer.audiences = (struct text_list){0};
    enum fault before = with_claim(stage, &as_jwt, "aud", "\"https://gateway.example\"");
    enum fault us = with_claim(stage, &as_jwt, "aud", "\"https://self.example\"");
    enum fault client = with_claim(stage, &as_client, "aud", "\"https://self.example\"");
    stage->documents[0].issuer.audiences = configured;
    assert_int_equal(before, FAULT_TOKEN_AUDIENCE);
    assert_int_equal(us, FAULT_NONE);
    assert_int_equal(client, FAULT_NONE);
    /* With a list of its own, our name is not in it by itself. */
    assert_int_equal(with_claim(stage, &as_jwt, "aud", "\"https://self.example\""), FAULT_TOKEN_AUDIENCE);
}

static void nothing_is_for_us_when_we_have_no_name(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    struct text_list configured = stage->documents[0].issuer.audiences;
    struct verification_rules rules = stage_rules(stage, &as_jwt);
    rules.own_issuer = TEXT_NONE;
    stage->documents[0].issuer.audiences = (struct text_list){0};
    enum fault fault = stage_verify_by(stage, &rules, stage_token(stage, &as_jwt, NULL, NULL), &verification);
    stage->documents[0].issuer.audiences = configured;
    assert_int_equal(fault, FAULT_TOKEN_AUDIENCE);
}

static void audiences_of_the_agent_class_override_the_issuers(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    const struct text audiences[] = {TEXT("https://agents.example")};
    struct verification_rules rules = stage_rules(stage, &as_client);
    rules.audiences = audiences;
    rules.audience_count = 1;
    const struct test_claim claims[] = {{"aud", "\"https://agents.example\""}, {NULL, NULL}};
    assert_int_equal(
        stage_verify_by(stage, &rules, stage_token(stage, &as_client, NULL, claims), &verification),
        FAULT_NONE);
    assert_int_equal(stage_verify_by(stage, &rules, stage_token(stage, &as_client, NULL, NULL), &verification),
                     FAULT_TOKEN_AUDIENCE);
}

static void our_own_token_is_for_us_or_for_the_caller_that_received_it(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    assert_int_equal(with_claim(stage, &as_own, "aud", "\"https://self.example\""), FAULT_NONE);
    assert_int_equal(with_claim(stage, &as_own, "aud", "\"partner-api\""), FAULT_NONE);
    assert_int_equal(with_claim(stage, &as_own, "aud", "\"third-api\""), FAULT_TOKEN_AUDIENCE);
    assert_int_equal(with_claim(stage, &as_own, "aud", "\"https://gateway.example\""), FAULT_TOKEN_AUDIENCE);
    struct verification_rules rules = stage_rules(stage, &as_own);
    rules.own_audience_count = 0;
    const struct test_claim claims[] = {{"aud", "\"partner-api\""}, {NULL, NULL}};
    assert_int_equal(stage_verify_by(stage, &rules, stage_token(stage, &as_own, NULL, claims), &verification),
                     FAULT_TOKEN_AUDIENCE);
}

static enum fault with_nonce(struct stage *stage, const struct way *way, const char *name, const char *value,
                             struct text nonce)
{
    struct verification verification;
    struct verification_rules rules = stage_rules(stage, way);
    const struct test_claim claims[] = {{name, value}, {NULL, NULL}};
    rules.login_nonce = nonce;
    return stage_verify_by(stage, &rules, stage_token(stage, way, NULL, claims), &verification);
}

static void an_id_token_of_a_login_is_of_that_login(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(with_nonce(stage, &as_id_token, "nonce", "\"n-0S6\"", TEXT("n-0S6")), FAULT_NONE);
    static const char *const others[] = {"\"n-0S7\"", "\"n-0S\"", "\"\"", "7", "null", "[\"n-0S6\"]"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(with_nonce(stage, &as_id_token, "nonce", others[i], TEXT("n-0S6")), FAULT_TOKEN_NONCE);
    assert_int_equal(with_nonce(stage, &as_id_token, "at_hash", "\"n-0S6\"", TEXT("n-0S6")), FAULT_TOKEN_NONCE);
    assert_int_equal(with_nonce(stage, &as_jwt, "at_hash", "\"n-0S6\"", TEXT("n-0S6")), FAULT_TOKEN_NONCE);
}

/* People log in with what agents may not bring. */
static void a_login_is_possible_where_id_tokens_are_not_accepted(void **state)
{
    struct stage *stage = *state;
    struct text only_access[] = {TEXT("access_token")};
    struct text_list all = stage->documents[0].issuer.token_types;
    stage->documents[0].issuer.token_types = (struct text_list){only_access, 1};
    enum fault faults[] = {
        with_nonce(stage, &as_id_token, "nonce", "\"n-0S6\"", TEXT("n-0S6")),
        with_nonce(stage, &as_id_token, "nonce", "\"n-0S6\"", TEXT_NONE),
        with_nonce(stage, &as_jwt, "nonce", "\"n-0S6\"", TEXT("n-0S6")),
    };
    stage->documents[0].issuer.token_types = all;
    assert_int_equal(faults[0], FAULT_NONE);
    assert_int_equal(faults[1], FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    assert_int_equal(faults[2], FAULT_TOKEN_TYPE_NOT_ACCEPTED);
    struct way own = as_own;
    own.declared_type = TOKEN_TYPE_ID_TOKEN;
    assert_int_equal(with_nonce(stage, &own, "nonce", "\"n-0S6\"", TEXT("n-0S6")),
                     FAULT_TOKEN_TYPE_NOT_ACCEPTED);
}

static enum fault as_grant(struct stage *stage, const struct header_change *header, const char *name,
                           const char *value)
{
    static const struct text types[] = {TEXT("id-jag")};
    struct verification verification;
    const struct test_claim claims[] = {
        {"client_id", "\"web\""}, {name == NULL ? "resource" : name, value}, {NULL, NULL}};
    struct text_list before = stage->documents[0].issuer.token_types;
    stage->documents[0].issuer.token_types = (struct text_list){(struct text *)types, 1};
    enum fault fault =
        stage_verify(stage, &as_id_jag, stage_token(stage, &as_id_jag, header, claims), &verification);
    stage->documents[0].issuer.token_types = before;
    return fault;
}

static void an_id_jag_is_for_us_alone_and_for_the_client_that_shows_it(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(as_grant(stage, NULL, NULL, NULL), FAULT_NONE);
    assert_int_equal(as_grant(stage, NULL, "aud", "[\"https://self.example\"]"), FAULT_NONE);
    assert_int_equal(as_grant(stage, NULL, "aud", "\"https://gateway.example\""), FAULT_TOKEN_AUDIENCE);
    assert_int_equal(as_grant(stage, NULL, "aud", "[\"https://self.example\",\"https://gateway.example\"]"),
                     FAULT_TOKEN_AUDIENCE);
}

static void an_id_jag_says_what_it_has_to(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(as_grant(stage, NULL, "jti", NULL), FAULT_TOKEN_CLAIMS);
    assert_int_equal(as_grant(stage, NULL, "iat", NULL), FAULT_TOKEN_CLAIMS);
    assert_int_equal(as_grant(stage, NULL, "sub", NULL), FAULT_TOKEN_CLAIMS);
    struct verification verification;
    static const struct text types[] = {TEXT("id-jag")};
    struct text_list before = stage->documents[0].issuer.token_types;
    stage->documents[0].issuer.token_types = (struct text_list){(struct text *)types, 1};
    const struct test_claim other[] = {{"client_id", "\"another\""}, {NULL, NULL}};
    enum fault faults[] = {
        stage_verify(stage, &as_id_jag, stage_token(stage, &as_id_jag, NULL, NULL), &verification),
        stage_verify(stage, &as_id_jag, stage_token(stage, &as_id_jag, NULL, other), &verification)};
    stage->documents[0].issuer.token_types = before;
    assert_int_equal(faults[0], FAULT_TOKEN_CLAIMS);
    assert_int_equal(faults[1], FAULT_GRANT_CLIENT);
}

static void an_id_jag_lives_for_minutes(void **state)
{
    struct stage *stage = *state;
    struct text longest = arena_print(stage->arena, "%d", STAGE_NOW_S - 60 + ID_JAG_LIFETIME_MAX_S);
    struct text longer = arena_print(stage->arena, "%d", STAGE_NOW_S - 60 + ID_JAG_LIFETIME_MAX_S + 1);
    assert_int_equal(as_grant(stage, NULL, "exp", longest.base), FAULT_NONE);
    assert_int_equal(as_grant(stage, NULL, "exp", longer.base), FAULT_TOKEN_LIFETIME);
}

static void only_an_id_jag_is_a_grant_and_it_is_nothing_else(void **state)
{
    struct stage *stage = *state;
    static const char *const types[] = {"\"JWT\"", "\"at+jwt\"", "", "\"oauth-id-jag\""};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct header_change header = {.type = types[i]};
        assert_int_equal(as_grant(stage, &header, NULL, NULL), FAULT_TOKEN_TYP);
    }
    struct header_change written = {.type = "\"application/OAuth-ID-JAG+jwt\""};
    assert_int_equal(as_grant(stage, &written, NULL, NULL), FAULT_NONE);
    /* Also where the issuer's document says that this type is one of its. */
    static const struct text configured[] = {TEXT("oauth-id-jag+jwt")};
    stage->documents[0].issuer.types = (struct text_list){(struct text *)configured, 1};
    const struct way *const ways[] = {&as_jwt, &as_access_token, &as_id_token, &as_client};
    enum fault faults[4];
    for (size_t i = 0; i < 4; i++)
        faults[i] = with_type(stage, ways[i], "\"oauth-id-jag+jwt\"");
    stage->documents[0].issuer.types = (struct text_list){0};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(faults[i], FAULT_TOKEN_TYP);
}

static void an_id_jag_comes_from_issuers_that_were_said_to_give_them(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    const struct test_claim claims[] = {{"client_id", "\"web\""}, {NULL, NULL}};
    assert_int_equal(
        stage_verify(stage, &as_id_jag, stage_token(stage, &as_id_jag, NULL, claims), &verification),
        FAULT_TOKEN_TYPE_NOT_ACCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_type_is_a_media_type_in_any_case),
        cmocka_unit_test(an_access_token_is_no_id_token_and_proves_no_client),
        cmocka_unit_test(our_own_tokens_always_have_a_type),
        cmocka_unit_test(a_configured_type_is_accepted_from_that_issuer_alone),
        cmocka_unit_test(an_id_token_does_not_pass_as_an_access_token),
        cmocka_unit_test(a_token_for_the_client_itself_is_an_access_token_only_if_it_says_so),
        cmocka_unit_test(a_resource_server_of_ours_may_be_named_like_its_audience),
        cmocka_unit_test(an_id_token_is_for_the_client_that_presents_it),
        cmocka_unit_test(an_id_token_for_several_names_the_client_as_its_party),
        cmocka_unit_test(an_id_token_says_when_it_was_issued_even_without_a_maximum_age),
        cmocka_unit_test(refuses_declared_types_it_has_no_profile_for),
        cmocka_unit_test(a_declared_type_is_judged_before_the_token_is_read),
        cmocka_unit_test(a_client_is_proved_by_a_jwt_and_by_nothing_else),
        cmocka_unit_test(an_issuer_is_used_only_for_the_types_of_its_document),
        cmocka_unit_test(only_a_platform_proves_clients),
        cmocka_unit_test(an_issuer_without_audiences_must_name_us),
        cmocka_unit_test(nothing_is_for_us_when_we_have_no_name),
        cmocka_unit_test(audiences_of_the_agent_class_override_the_issuers),
        cmocka_unit_test(our_own_token_is_for_us_or_for_the_caller_that_received_it),
        cmocka_unit_test(an_id_token_of_a_login_is_of_that_login),
        cmocka_unit_test(a_login_is_possible_where_id_tokens_are_not_accepted),
        cmocka_unit_test(an_id_jag_is_for_us_alone_and_for_the_client_that_shows_it),
        cmocka_unit_test(an_id_jag_says_what_it_has_to),
        cmocka_unit_test(an_id_jag_lives_for_minutes),
        cmocka_unit_test(only_an_id_jag_is_a_grant_and_it_is_nothing_else),
        cmocka_unit_test(an_id_jag_comes_from_issuers_that_were_said_to_give_them),
    };
    return cmocka_run_group_tests(tests, stage_create, stage_destroy);
}
