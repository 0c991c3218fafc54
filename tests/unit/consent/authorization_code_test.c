/* A code leads to what was agreed to, for whoever has the verifier; a copy of the database redeems none. */
#include "consent_fixture.h"

#include "base/base64url.h"
#include "consent/authorization_code.h"

struct errand {
    struct flow flow; /* first */
    struct loop *loop;
    struct loop_message start;
    struct authorization_code_reading *reading;
    struct flow_wait wait;
};

static enum flow_step_result read_step(struct flow *flow)
{
    struct errand *errand = (struct errand *)flow;
    FLOW_AWAIT(flow, &errand->wait, authorization_code_read(errand->reading));
    return FLOW_NEXT;
}

static void finish(struct flow *flow)
{
    loop_stop(((struct errand *)flow)->loop);
}

static void start(struct loop_message *message)
{
    static const struct flow_step steps[] = {FLOW_STEP(read_step), FLOW_STEP_LAST};
    struct errand *errand = (struct errand *)((char *)message - offsetof(struct errand, start));
    flow_start(&errand->flow, steps, finish);
}

static struct authorization_code_reading read_code(struct consent_fixture *fixture, struct text code)
{
    struct authorization_code_reading reading = {
        .store = fixture->store, .sealer = fixture->sealer, .arena = fixture->arena, .code = code};
    struct errand errand = {.loop = loop_create(), .reading = &reading, .start.run = start};
    reading.wait = &errand.wait;
    loop_post(errand.loop, &errand.start);
    loop_run(errand.loop);
    loop_destroy(errand.loop);
    return reading;
}

static struct authorization_code agreed(struct consent_fixture *fixture)
{
    const struct json_value *claims = NULL;
    assert_int_equal(json_parse(fixture->arena, TEXT("{\"sub\":\"ann\",\"groups\":[\"a\"]}"),
                                &json_limits_document, &claims),
                     FAULT_NONE);
    return (struct authorization_code){.id = TEXT("01KAQZ3M5W8Y0E6T2R4V7N9B1C"),
                                       .client_id = TEXT("https://agents.example/me.json"),
                                       .redirect_uri = TEXT("http://127.0.0.1:7/back"),
                                       .challenge = TEXT("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                                       .target = TEXT("notes"),
                                       .resource = TEXT("https://notes.example"),
                                       .scope = TEXT("read"),
                                       .consent = TEXT("01KAQZ3M5W8Y0E6T2R4V7N9B1D"),
                                       .consent_expires_at_s = fixture->now_s + 1000,
                                       .person = {TEXT("https://idp.example"), TEXT("ann")},
                                       .claims = claims,
                                       .root = TEXT("r1"),
                                       .fingerprint = TEXT("f1"),
                                       .expires_at_s = fixture->now_s + 60};
}

static void leads_to_all_that_it_is_bound_to(void **state)
{
    struct consent_fixture *fixture = *state;
    char code[AUTHORIZATION_CODE_SIZE], other[AUTHORIZATION_CODE_SIZE];
    struct authorization_code made = agreed(fixture);
    struct store_state rows[2];
    assert_true(authorization_code_make(fixture->sealer, fixture->arena, &made, code, &rows[0]));
    assert_true(authorization_code_make(fixture->sealer, fixture->arena, &made, other, &rows[1]));
    assert_string_not_equal(code, other);
    assert_int_equal(fixture_store(fixture, rows, 2), STORE_STORED);
    assert_true(text_is(rows[0].adapter, "~code") && rows[0].expires_at_s > made.expires_at_s);
    struct authorization_code_reading reading = read_code(fixture, text_of(code));
    assert_int_equal(reading.fault, FAULT_NONE);
    const struct authorization_code *found = &reading.found;
    assert_true(text_equal(found->id, made.id) && text_equal(found->client_id, made.client_id));
    assert_true(text_equal(found->redirect_uri, made.redirect_uri) &&
                text_equal(found->challenge, made.challenge));
    assert_true(text_equal(found->target, made.target) && text_equal(found->resource, made.resource));
    assert_true(text_equal(found->scope, made.scope) && text_equal(found->consent, made.consent));
    assert_int_equal(found->consent_expires_at_s, made.consent_expires_at_s);
    assert_int_equal(found->expires_at_s, made.expires_at_s);
    assert_true(text_equal(found->person.issuer, made.person.issuer) &&
                text_equal(found->person.subject, made.person.subject));
    assert_true(json_equal(found->claims, made.claims));
    assert_true(text_equal(found->root, made.root) && text_equal(found->fingerprint, made.fingerprint));
}

static void leads_nowhere_where_it_was_not_given(void **state)
{
    struct consent_fixture *fixture = *state;
    static const char *const codes[] = {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
                                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_int_equal(read_code(fixture, text_of(codes[i])).fault, FAULT_CODE_UNKNOWN);
}

static void is_in_no_row_and_opens_with_the_sealing_key_alone(void **state)
{
    struct consent_fixture *fixture = *state;
    char code[AUTHORIZATION_CODE_SIZE];
    struct authorization_code made = agreed(fixture);
    struct store_state row;
    assert_true(authorization_code_make(fixture->sealer, fixture->arena, &made, code, &row));
    assert_null(memmem(row.key.base, row.key.length, code, AUTHORIZATION_CODE_SIZE - 1));
    assert_null(memmem(row.value.base, row.value.length, "agents.example", 14));
    assert_int_equal(fixture_store(fixture, &row, 1), STORE_STORED);
    unsigned char another[32] = {9};
    struct sealer *other = sealer_create(secret_create(another, sizeof(another))), *own = fixture->sealer;
    fixture->sealer = other;
    assert_int_equal(read_code(fixture, text_of(code)).fault, FAULT_SEAL_BROKEN);
    fixture->sealer = own;
    sealer_destroy(other);
}

static void is_not_given_for_more_than_a_row_holds(void **state)
{
    struct consent_fixture *fixture = *state;
    char code[AUTHORIZATION_CODE_SIZE];
    struct authorization_code made = agreed(fixture);
    struct store_state row;
    made.scope = arena_print(fixture->arena, "%0*d", STORE_STATE_VALUE_MAX, 7);
    assert_false(authorization_code_make(fixture->sealer, fixture->arena, &made, code, &row));
}

/* The pair of RFC 7636 appendix B. */
static void is_proved_by_what_its_challenge_was_made_of(void **state)
{
    (void)state;
    struct text challenge = TEXT("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    assert_true(authorization_code_is_challenge(challenge));
    assert_true(authorization_code_proves(challenge, TEXT("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
    assert_false(authorization_code_proves(challenge, TEXT("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl")));
    assert_false(authorization_code_proves(challenge, challenge));
    assert_false(authorization_code_proves(challenge, TEXT("")));
    assert_false(authorization_code_proves(TEXT_NONE, TEXT("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
    assert_false(authorization_code_is_challenge(TEXT("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN")));
    assert_false(authorization_code_is_challenge(TEXT("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c")));
}

/* Of a challenge that somebody made of a verifier that RFC 7636 section 4.1 does not allow. */
static void takes_verifiers_of_43_to_128_unreserved_characters(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const struct {
        int length;
        char last;
        bool is_one;
    } cases[] = {{42, 'a', false}, {43, 'a', true},  {43, '~', true},  {43, '.', true},
                 {43, '+', false}, {43, ' ', false}, {128, 'a', true}, {129, 'a', false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text verifier = arena_print(arena, "%0*d%c", cases[i].length - 1, 7, cases[i].last);
        unsigned char digest[DIGEST_SIZE];
        digest_sha256(verifier, digest);
        struct text challenge = base64url_encode_text(arena, digest, sizeof(digest));
        assert_int_equal(authorization_code_proves(challenge, verifier), cases[i].is_one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_to_all_that_it_is_bound_to),
        cmocka_unit_test(leads_nowhere_where_it_was_not_given),
        cmocka_unit_test(is_in_no_row_and_opens_with_the_sealing_key_alone),
        cmocka_unit_test(is_not_given_for_more_than_a_row_holds),
        cmocka_unit_test(is_proved_by_what_its_challenge_was_made_of),
        cmocka_unit_test(takes_verifiers_of_43_to_128_unreserved_characters),
    };
    return cmocka_run_group_tests(tests, fixture_begin, fixture_end);
}
