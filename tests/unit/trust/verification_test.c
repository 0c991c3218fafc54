/* The pipeline. The matrix runs every case over every way a token can come in, so that no way misses a check
 * that its siblings make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "verification_stage.h"

#define CLAIMS_MAX 4

struct refusal {
    const char *name;
    struct header_change header;
    struct test_claim claims[CLAIMS_MAX];
    enum fault fault;
};

/* clang-format off */
static const struct refusal refusals[] = {
    /* the algorithm (RFC 8725 section 3.1) */
    {"alg none", {.algorithm = "\"none\""}, {{0}}, FAULT_TOKEN_ALGORITHM},
    {"alg None", {.algorithm = "\"None\""}, {{0}}, FAULT_TOKEN_ALGORITHM},
    {"alg noNE", {.algorithm = "\"noNE\""}, {{0}}, FAULT_TOKEN_ALGORITHM},
    {"alg HS256", {.algorithm = "\"HS256\""}, {{0}}, FAULT_TOKEN_ALGORITHM},
    {"alg es256", {.algorithm = "\"es256\""}, {{0}}, FAULT_TOKEN_ALGORITHM},
    {"alg not in the issuer's list", {.algorithm = "\"ES384\""}, {{0}}, FAULT_TOKEN_ALGORITHM},
    {"alg of another key", {.algorithm = "\"RS256\""}, {{0}}, FAULT_TOKEN_ALGORITHM},
    {"alg empty", {.algorithm = "\"\""}, {{0}}, FAULT_TOKEN_MALFORMED},
    {"alg missing", {.algorithm = ""}, {{0}}, FAULT_TOKEN_MALFORMED},
    {"alg array", {.algorithm = "[\"ES256\"]"}, {{0}}, FAULT_TOKEN_MALFORMED},
    /* the key */
    {"kid unknown", {.key_id = "\"k3\""}, {{0}}, FAULT_TOKEN_KEY_UNKNOWN},
    {"kid of a path", {.key_id = "\"../../k1\""}, {{0}}, FAULT_TOKEN_KEY_UNKNOWN},
    {"kid missing where that is ambiguous", {.key_id = ""}, {{0}}, FAULT_TOKEN_KEY_UNKNOWN},
    {"kid number", {.key_id = "1"}, {{0}}, FAULT_TOKEN_MALFORMED},
    /* extensions (RFC 7515 section 4.1.11, RFC 7797) */
    {"crit", {.more = ",\"crit\":[\"exp\"],\"exp\":1"}, {{0}}, FAULT_TOKEN_CRITICAL},
    {"b64", {.more = ",\"b64\":false,\"crit\":[\"b64\"]"}, {{0}}, FAULT_TOKEN_CRITICAL},
    {"header member doubled", {.more = ",\"alg\":\"ES256\""}, {{0}}, FAULT_TOKEN_MALFORMED},
    /* typ (RFC 8725 section 3.11) */
    {"DPoP proof", {.type = "\"dpop+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"logout token", {.type = "\"logout+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"security event token", {.type = "\"secevent+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"ID-JAG", {.type = "\"oauth-id-jag+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"client assertion", {.type = "\"client-authentication+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"introspection answer", {.type = "\"token-introspection+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"transaction token", {.type = "\"txntoken+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"key binding", {.type = "\"kb+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"typ with the prefix", {.type = "\"application/dpop+jwt\""}, {{0}}, FAULT_TOKEN_TYP},
    {"typ of another tree", {.type = "\"text/JWT\""}, {{0}}, FAULT_TOKEN_TYP},
    {"typ of nobody", {.type = "\"x\""}, {{0}}, FAULT_TOKEN_TYP},
    {"typ number", {.type = "1"}, {{0}}, FAULT_TOKEN_MALFORMED},
    /* the issuer, byte for byte */
    {"iss missing", {0}, {{"iss", NULL}}, FAULT_TOKEN_CLAIMS},
    {"iss number", {0}, {{"iss", "7"}}, FAULT_TOKEN_CLAIMS},
    {"iss array", {0}, {{"iss", "[\"https://idp.example\"]"}}, FAULT_TOKEN_CLAIMS},
    {"iss stranger", {0}, {{"iss", "\"https://evil.example\""}}, FAULT_TOKEN_ISSUER_UNKNOWN},
    {"iss with a slash", {0}, {{"iss", "\"https://idp.example/\""}}, FAULT_TOKEN_ISSUER_UNKNOWN},
    {"iss in capitals", {0}, {{"iss", "\"https://IDP.example\""}}, FAULT_TOKEN_ISSUER_UNKNOWN},
    {"iss with a port", {0}, {{"iss", "\"https://idp.example:443\""}}, FAULT_TOKEN_ISSUER_UNKNOWN},
    {"iss cut short", {0}, {{"iss", "\"https://idp.exampl\""}}, FAULT_TOKEN_ISSUER_UNKNOWN},
    {"iss disabled", {0}, {{"iss", "\"https://disabled.example\""}}, FAULT_TOKEN_ISSUER_DISABLED},
    {"claim doubled", {0}, {{"x", "1,\"x\":2"}}, FAULT_TOKEN_CLAIMS},
    /* the audience */
    {"aud missing", {0}, {{"aud", NULL}}, FAULT_TOKEN_AUDIENCE},
    {"aud null", {0}, {{"aud", "null"}}, FAULT_TOKEN_CLAIMS},
    {"aud number", {0}, {{"aud", "7"}}, FAULT_TOKEN_CLAIMS},
    {"aud object", {0}, {{"aud", "{}"}}, FAULT_TOKEN_CLAIMS},
    {"aud empty array", {0}, {{"aud", "[]"}}, FAULT_TOKEN_CLAIMS},
    {"aud array of numbers", {0}, {{"aud", "[7]"}}, FAULT_TOKEN_CLAIMS},
    {"aud stranger", {0}, {{"aud", "\"https://stranger.example\""}}, FAULT_TOKEN_AUDIENCE},
    {"aud strangers", {0}, {{"aud", "[\"https://a.example\",\"https://b.example\"]"}}, FAULT_TOKEN_AUDIENCE},
    {"aud with a slash", {0}, {{"aud", "\"https://gateway.example/\""}}, FAULT_TOKEN_AUDIENCE},
    {"aud in capitals", {0}, {{"aud", "\"HTTPS://GATEWAY.EXAMPLE\""}}, FAULT_TOKEN_AUDIENCE},
    {"aud with more behind", {0}, {{"aud", "\"https://gateway.example.evil\""}}, FAULT_TOKEN_AUDIENCE},
    /* time */
    {"exp missing", {0}, {{"exp", NULL}}, FAULT_TOKEN_CLAIMS},
    {"exp long past", {0}, {{"exp", "1700000000"}}, FAULT_TOKEN_EXPIRED},
    {"exp and leeway past", {0}, {{"exp", "1799999970"}}, FAULT_TOKEN_EXPIRED},
    {"exp string", {0}, {{"exp", "\"1900000000\""}}, FAULT_TOKEN_CLAIMS},
    {"exp 1e30", {0}, {{"exp", "1e30"}}, FAULT_TOKEN_CLAIMS},
    {"exp negative", {0}, {{"exp", "-1"}}, FAULT_TOKEN_CLAIMS},
    {"exp absurd", {0}, {{"exp", "9999999999999"}}, FAULT_TOKEN_CLAIMS},
    {"nbf ahead", {0}, {{"nbf", "1800000060"}}, FAULT_TOKEN_NOT_YET_VALID},
    {"iat ahead", {0}, {{"iat", "1800000060"}}, FAULT_TOKEN_NOT_YET_VALID},
    {"iat missing", {0}, {{"iat", NULL}}, FAULT_TOKEN_CLAIMS},
    {"iat too long ago", {0}, {{"iat", "1799990000"}}, FAULT_TOKEN_TOO_OLD},
    /* bound to a key nobody has proved (RFC 7800) */
    {"cnf", {0}, {{"cnf", "{\"jkt\":\"x\"}"}}, FAULT_TOKEN_CONSTRAINED},
    {"cnf empty", {0}, {{"cnf", "{}"}}, FAULT_TOKEN_CONSTRAINED},
    {"cnf null", {0}, {{"cnf", "null"}}, FAULT_TOKEN_CONSTRAINED},
    /* another kind of token by its claims */
    {"events", {0}, {{"events", "{}"}}, FAULT_TOKEN_TYP},
    /* who */
    {"sub missing", {0}, {{"sub", NULL}}, FAULT_TOKEN_CLAIMS},
    {"sub empty", {0}, {{"sub", "\"\""}}, FAULT_TOKEN_CLAIMS},
    {"sub number", {0}, {{"sub", "7"}}, FAULT_TOKEN_CLAIMS},
    {"sub with a control character", {0}, {{"sub", "\"a\\u0001\""}}, FAULT_TOKEN_CLAIMS},
    {"sub with a bidi override", {0}, {{"sub", "\"a\\u202e\""}}, FAULT_TOKEN_CLAIMS},
    {"scope number", {0}, {{"scope", "7"}}, FAULT_TOKEN_CLAIMS},
    {"client_id number", {0}, {{"client_id", "7"}}, FAULT_TOKEN_CLAIMS},
    {"act string", {0}, {{"act", "\"agent\""}}, FAULT_ACTOR_MALFORMED},
    {"act without sub", {0}, {{"act", "{\"iss\":\"x\"}"}}, FAULT_ACTOR_MALFORMED},
    {"act too deep", {0}, {{"act", "{\"sub\":\"1\",\"act\":{\"sub\":\"2\",\"act\":{\"sub\":\"3\",\"act\":{\"sub\":\"4\","
                                   "\"act\":{\"sub\":\"5\"}}}}}"}}, FAULT_CHAIN_TOO_DEEP},
    {"may_act string", {0}, {{"may_act", "\"agent\""}}, FAULT_ACTOR_MALFORMED},
};
/* clang-format on */

static enum fault verify(struct stage *stage, const struct way *way, struct text token)
{
    struct verification verification;
    return stage_verify(stage, way, token, &verification);
}

static void assert_fault(const struct way *way, const char *name, enum fault got, enum fault expected)
{
    if (got != expected)
        fail_msg("%s: %s: got %s, expected %s", way->name, name, fault_row(got)->reason,
                 fault_row(expected)->reason);
}

static void every_way_accepts_its_good_token(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < stage_way_count; i++)
        assert_fault(&stage_ways[i], "good",
                     verify(stage, &stage_ways[i], stage_token(stage, &stage_ways[i], NULL, NULL)), FAULT_NONE);
}

static void every_way_refuses_every_bad_token(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < stage_way_count; i++)
        for (size_t j = 0; j < sizeof(refusals) / sizeof(refusals[0]); j++) {
            const struct refusal *refusal = &refusals[j];
            struct text token = stage_token(stage, &stage_ways[i], &refusal->header, refusal->claims);
            assert_fault(&stage_ways[i], refusal->name, verify(stage, &stage_ways[i], token), refusal->fault);
        }
}

static void every_way_refuses_a_key_that_is_not_the_issuers(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < stage_way_count; i++) {
        const struct way *way = &stage_ways[i];
        struct header_change as_own = {.key_id = "\"own\""};
        /* The same kid at another trusted issuer; the kid of the issuer's other key. */
        struct text token = stage_token_signed_by(stage, &stage->other, way, NULL, NULL);
        assert_fault(way, "key of another issuer", verify(stage, way, token), FAULT_TOKEN_SIGNATURE);
        token = stage_token_signed_by(stage, &stage->idp_second, way, NULL, NULL);
        assert_fault(way, "another key of the issuer", verify(stage, way, token), FAULT_TOKEN_SIGNATURE);
        if (way->is_own)
            continue;
        token = stage_token_signed_by(stage, &stage->own, way, &as_own, NULL);
        assert_fault(way, "our key for a foreign issuer", verify(stage, way, token), FAULT_TOKEN_KEY_UNKNOWN);
    }
}

static void every_way_refuses_a_changed_token(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < stage_way_count; i++) {
        const struct way *way = &stage_ways[i];
        struct text token = stage_token(stage, way, NULL, NULL);
        for (size_t at = 0; at < token.length; at += 7) {
            struct text changed = arena_copy(stage->arena, token);
            ((char *)changed.base)[at] = changed.base[at] == 'A' ? 'B' : 'A';
            if (verify(stage, way, changed) == FAULT_NONE)
                fail_msg("%s: accepted with byte %zu changed", way->name, at);
            struct text prefix = {token.base, at};
            assert_int_not_equal(verify(stage, way, prefix), FAULT_NONE);
        }
    }
}

static void every_way_refuses_what_is_not_a_compact_jws(void **state)
{
    struct stage *stage = *state;
    struct arena *arena = stage->arena;
    for (size_t i = 0; i < stage_way_count; i++) {
        const struct way *way = &stage_ways[i];
        struct text good = stage_token(stage, way, NULL, NULL);
        const struct text forms[] = {
            TEXT(""),
            TEXT("opaque"),
            TEXT("{\"payload\":\"e30\",\"signatures\":[]}"),
            arena_print(arena, " %.*s", TEXT_ARGUMENTS(good)),
            arena_print(arena, "%.*s\n", TEXT_ARGUMENTS(good)),
            arena_print(arena, "%.*s=", TEXT_ARGUMENTS(good)),
            arena_print(arena, "%.*s.", TEXT_ARGUMENTS(good)),
            arena_print(arena, "%.*s.e30.e30", TEXT_ARGUMENTS(good)),
            (struct text){good.base, (size_t)((const char *)memchr(good.base, '.', good.length) - good.base)},
        };
        for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++)
            assert_fault(way, forms[form].base, verify(stage, way, forms[form]), FAULT_TOKEN_MALFORMED);
    }
}

static void every_way_refuses_a_large_token_unread(void **state)
{
    struct stage *stage = *state;
    struct text large = {arena_allocate(stage->arena, 1024 * 1024), 1024 * 1024};
    memset((char *)large.base, '.', large.length);
    for (size_t i = 0; i < stage_way_count; i++)
        assert_fault(&stage_ways[i], "1 MiB of dots", verify(stage, &stage_ways[i], large),
                     FAULT_TOKEN_TOO_LARGE);
}

static void every_way_ends_when_its_issuer_is_disabled(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < stage_way_count; i++) {
        struct document *document = &stage->documents[stage_ways[i].is_own ? 3 : 0];
        document->issuer.is_enabled = false;
        enum fault fault = verify(stage, &stage_ways[i], stage_token(stage, &stage_ways[i], NULL, NULL));
        document->issuer.is_enabled = true;
        assert_fault(&stage_ways[i], "disabled", fault, FAULT_TOKEN_ISSUER_DISABLED);
    }
}

static void leeway_ends_to_the_second(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < stage_way_count; i++) {
        const struct way *way = &stage_ways[i];
        int leeway_s = way->is_own ? 5 : 30;
        struct test_claim claims[] = {{"exp", arena_print(stage->arena, "%d", STAGE_NOW_S - leeway_s + 1).base},
                                      {NULL, NULL}};
        assert_fault(way, "within", verify(stage, way, stage_token(stage, way, NULL, claims)), FAULT_NONE);
        claims[0].value = arena_print(stage->arena, "%d", STAGE_NOW_S - leeway_s).base;
        assert_fault(way, "at the end", verify(stage, way, stage_token(stage, way, NULL, claims)),
                     FAULT_TOKEN_EXPIRED);
    }
}

static void a_refused_token_leaves_nothing_but_its_fingerprint(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    const struct test_claim claims[] = {{"act", "7"}, {"scope", "\"admin\""}, {NULL, NULL}};
    struct text token = stage_token(stage, &stage_ways[0], NULL, claims);
    assert_int_equal(stage_verify(stage, &stage_ways[0], token, &verification), FAULT_ACTOR_MALFORMED);
    assert_null(verification.token.issuer);
    assert_null(verification.token.identity.subject.base);
    assert_null(verification.token.claims.all);
    assert_false(verification.token.has_scope);
    assert_int_equal(verification.token.fingerprint.length, 2 * DIGEST_SIZE);
    assert_ptr_equal(verification.issuer, &stage->issuers[0]); /* for the ladder */
}

static void says_who_it_is(void **state)
{
    struct stage *stage = *state;
    struct verification verification;
    const struct test_claim claims[] = {{"act", "{\"sub\":\"agent\"}"},
                                        {"may_act", "{\"sub\":\"next\"}"},
                                        {"scope", "\"read write\""},
                                        {"client_id", "\"web-app\""},
                                        {NULL, NULL}};
    struct text text = stage_token(stage, &stage_ways[0], NULL, claims);
    assert_int_equal(stage_verify(stage, &stage_ways[0], text, &verification), FAULT_NONE);
    const struct verified_token *token = &verification.token;
    assert_ptr_equal(token->issuer, &stage->issuers[0]);
    assert_int_equal(token->type, TOKEN_TYPE_JWT);
    assert_true(text_is(token->identity.issuer, "https://idp.example"));
    assert_true(text_is(token->identity.subject, "alice"));
    assert_int_equal(token->chain_length, 1);
    assert_true(text_is(token->may_act.subject, "next"));
    assert_true(text_is(token->scope, "read write"));
    assert_true(text_is(token->client_id, "web-app"));
    assert_true(text_is(token->claims.id, "J1"));
    unsigned char digest[DIGEST_SIZE];
    char hexadecimal[2 * DIGEST_SIZE + 1];
    digest_sha256(text, digest);
    digest_hex(digest, hexadecimal);
    assert_true(text_is(token->fingerprint, hexadecimal));
}

static struct text root_of(struct stage *stage, const struct way *way, struct text token)
{
    struct verification verification;
    assert_int_equal(stage_verify(stage, way, token, &verification), FAULT_NONE);
    return verification.token.root;
}

static void one_foreign_login_is_one_root_however_often_it_is_used(void **state)
{
    struct stage *stage = *state;
    const struct way *way = &stage_ways[0];
    const struct test_claim later[] = {{"iat", "1799999999"}, {NULL, NULL}},
                            other_id[] = {{"jti", "\"J2\""}, {NULL, NULL}};
    struct text root = root_of(stage, way, stage_token(stage, way, NULL, NULL));
    assert_int_equal(root.length, 22);
    assert_true(text_equal(root, root_of(stage, way, stage_token(stage, way, NULL, NULL))));
    assert_true(
        text_equal(root, root_of(stage, way, stage_token(stage, way, NULL, later)))); /* by iss and jti alone */
    assert_false(text_equal(root, root_of(stage, way, stage_token(stage, way, NULL, other_id))));
    /* The same jti from another issuer is another login. A foreign txn is not ours to follow. */
    const struct test_claim foreign[] = {{"iss", "\"https://other.example\""}, {NULL, NULL}};
    assert_false(
        text_equal(root, root_of(stage, way, stage_token_signed_by(stage, &stage->other, way, NULL, foreign))));
    assert_false(text_is(root, "root-1"));
}

static void without_a_jti_what_is_signed_is_the_root_however_it_is_signed(void **state)
{
    struct stage *stage = *state;
    const struct way *way = &stage_ways[0];
    const struct test_claim none[] = {{"jti", NULL}, {NULL, NULL}};
    struct text token = stage_token(stage, way, NULL, none), again = stage_token(stage, way, NULL, none);
    const struct test_claim other[] = {{"jti", NULL}, {"iat", "1799999999"}, {NULL, NULL}};
    struct text root = root_of(stage, way, token);
    assert_false(text_equal(token, again));
    assert_true(text_equal(root, root_of(stage, way, again)));
    assert_false(text_equal(root, root_of(stage, way, stage_token(stage, way, NULL, other))));
}

static void our_own_token_carries_its_root(void **state)
{
    struct stage *stage = *state;
    const struct way *way = &stage_ways[3];
    assert_true(text_is(root_of(stage, way, stage_token(stage, way, NULL, NULL)), "root-1"));
    static const char *const bad[] = {NULL, "\"\"", "7", "[\"root-1\"]"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct test_claim claims[] = {{"txn", bad[i]}, {NULL, NULL}};
        assert_int_equal(verify(stage, way, stage_token(stage, way, NULL, claims)), FAULT_TOKEN_CLAIMS);
    }
}

static void our_own_key_verifies_only_while_the_ring_lists_it(void **state)
{
    struct stage *stage = *state;
    const struct way *way = &stage_ways[3];
    struct text token = stage_token(stage, way, NULL, NULL);
    stage->own_key.revoked_at_s = STAGE_NOW_S - 1;
    stage->own_key.state = SIGNING_KEY_REVOKED;
    enum fault fault = verify(stage, way, token);
    stage->own_key.revoked_at_s = 0;
    stage->own_key.state = SIGNING_KEY_ACTIVE;
    assert_int_equal(fault, FAULT_TOKEN_KEY_UNKNOWN);
    struct verification_rules rules = stage_rules(stage, way);
    struct verification verification;
    rules.own_keys = NULL;
    assert_int_equal(stage_verify_by(stage, &rules, token, &verification), FAULT_TOKEN_KEY_UNKNOWN);
}

static void an_algorithm_the_key_could_do_is_still_the_issuers_to_allow(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < stage_way_count; i++) {
        struct issuer *issuer = &stage->issuers[stage_ways[i].is_own ? 3 : 0];
        unsigned allowed = issuer->algorithms;
        issuer->algorithms = 1u << ALGORITHM_RS256;
        enum fault fault = verify(stage, &stage_ways[i], stage_token(stage, &stage_ways[i], NULL, NULL));
        issuer->algorithms = allowed;
        assert_fault(&stage_ways[i], "ES256", fault, FAULT_TOKEN_ALGORITHM);
    }
}

static void the_verified_issuer_must_be_the_one_that_was_looked_up(void **state)
{
    struct stage *stage = *state;
    struct flow running = {.is_running = true};
    struct verification verification;
    struct verification_rules rules = stage_rules(stage, &stage_ways[0]);
    struct text token = stage_token(stage, &stage_ways[0], NULL, NULL);
    assert_int_equal(verification_identify(stage->arena, token, &rules, &verification), FAULT_NONE);
    assert_true(flow_wait_begin(&running, &verification.lookup.wait));
    verification_find_key(&verification, &rules);
    verification.issuer = &stage->issuers[1];
    assert_int_equal(verification_complete(stage->arena, &rules, &verification), FAULT_TOKEN_ISSUER_UNKNOWN);
    verification_dispose(&verification);
}

static void an_issuer_without_a_source_is_unreachable(void **state)
{
    struct stage *stage = *state;
    struct key_source *keys = stage->issuers[0].keys;
    stage->issuers[0].keys = NULL;
    enum fault fault = verify(stage, &stage_ways[0], stage_token(stage, &stage_ways[0], NULL, NULL));
    stage->issuers[0].keys = keys;
    assert_int_equal(fault, FAULT_ISSUER_UNREACHABLE);
}

static void routes_by_the_unverified_issuer_and_nothing_else(void **state)
{
    struct stage *stage = *state;
    const struct test_claim number[] = {{"iss", "7"}, {NULL, NULL}};
    struct verification read;
    struct text good = stage_token(stage, &stage_ways[0], NULL, NULL);
    struct text nameless = stage_token(stage, &stage_ways[0], NULL, number);
    assert_int_equal(verification_read(stage->arena, good, &read), FAULT_NONE);
    assert_true(text_is(verification_unverified_issuer(&read), "https://idp.example"));
    assert_int_equal(verification_read(stage->arena, nameless, &read), FAULT_NONE);
    assert_null(verification_unverified_issuer(&read).base);
    assert_int_equal(verification_read(stage->arena, TEXT("a.b.c"), &read), FAULT_TOKEN_MALFORMED);
    assert_null(verification_unverified_issuer(&read).base);
}

static void takes_an_authentication_in_the_future_for_none(void **state)
{
    struct stage *stage = *state;
    static const char *const times[] = {"1799999000", "1800000020", "1900000000", "1800000000000"};
    static const int64_t taken[] = {1799999000, 1800000020, 0, 0};
    const struct way *way = &stage_ways[0];
    for (size_t i = 0; i < 4; i++) {
        struct verification verification;
        struct test_claim claims[] = {{"auth_time", times[i]}, {0}};
        struct text token = stage_token(stage, way, &(struct header_change){0}, claims);
        assert_int_equal(stage_verify(stage, way, token, &verification), FAULT_NONE);
        assert_int_equal(verification.token.auth_time_s, taken[i]);
        verification_dispose(&verification);
    }
}

static void a_name_is_its_issuer_a_space_and_its_subject(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct identity alice = {TEXT("https://idp.corp.example"), TEXT("alice b")};
    assert_true(text_is(identity_name(arena, &alice), "https://idp.corp.example alice b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_accepts_its_good_token),
        cmocka_unit_test(every_way_refuses_every_bad_token),
        cmocka_unit_test(every_way_refuses_a_key_that_is_not_the_issuers),
        cmocka_unit_test(every_way_refuses_a_changed_token),
        cmocka_unit_test(every_way_refuses_what_is_not_a_compact_jws),
        cmocka_unit_test(every_way_refuses_a_large_token_unread),
        cmocka_unit_test(every_way_ends_when_its_issuer_is_disabled),
        cmocka_unit_test(leeway_ends_to_the_second),
        cmocka_unit_test(a_refused_token_leaves_nothing_but_its_fingerprint),
        cmocka_unit_test(says_who_it_is),
        cmocka_unit_test(one_foreign_login_is_one_root_however_often_it_is_used),
        cmocka_unit_test(without_a_jti_what_is_signed_is_the_root_however_it_is_signed),
        cmocka_unit_test(our_own_token_carries_its_root),
        cmocka_unit_test(our_own_key_verifies_only_while_the_ring_lists_it),
        cmocka_unit_test(an_algorithm_the_key_could_do_is_still_the_issuers_to_allow),
        cmocka_unit_test(the_verified_issuer_must_be_the_one_that_was_looked_up),
        cmocka_unit_test(an_issuer_without_a_source_is_unreachable),
        cmocka_unit_test(routes_by_the_unverified_issuer_and_nothing_else),
        cmocka_unit_test(a_name_is_its_issuer_a_space_and_its_subject),
        cmocka_unit_test_setup_teardown(takes_an_authentication_in_the_future_for_none, stage_create,
                                        stage_destroy),
    };
    return cmocka_run_group_tests(tests, stage_create, stage_destroy);
}
