/* What an adapter is handed: our word about the subject for one audience and a few minutes, and the subject
 * token only where its issuer's owner lets it be. */
#include "exchange_fixture.h"

#include "base/base64url.h"
#include "exchange/assertion.h"
#include "keys/key_ring.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char documents[] =
    "---\nkind: Issuer\nmetadata: {name: people-idp}\n"
    "spec: {domain: corp, issuer: 'https://people.example', handsTokensTo: [drive], keys: {jwks: {keys: [{kty: "
    "OKP, crv: Ed25519, kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}}\n"
    "---\nkind: Target\nmetadata: {name: drive}\n"
    "spec: {domain: corp, audiences: [drive], scopes: [read], maximumLifetime: 1h, token: {type: JWT},\n"
    "  handOver: {assertionAudience: sts.amazonaws.com, subjectToken: true, assertionClaims: "
    "{'https://aws.amazon.com/source_identity': root, exchange_id: exchange, who: actor, by: client, why: "
    "task}},\n"
    "  accepts: {issuers: [people-idp], clients: [agent]}}\n"
    "---\nkind: Target\nmetadata: {name: plain}\n"
    "spec: {domain: corp, audiences: [plain], scopes: [read], accepts: {issuers: [people-idp], clients: "
    "[agent]}}\n";

static int begin(void **state)
{
    return fixture_begin_with(state, documents);
}

static struct exchange *decided(void **state, const char *target)
{
    struct exchange *x = fixture_exchange(state);
    x->subject.issuer = world_issuer(x->call.world, TEXT("https://people.example"));
    x->subject.token.issuer = x->subject.issuer;
    x->subject.token.identity.issuer = TEXT("https://people.example");
    x->subject.token.root = TEXT("AbCdEf0123456789-_xyzw");
    x->request.subject_token = TEXT("eyJ.subject.token");
    x->request.subject_type = TOKEN_TYPE_ID_TOKEN;
    x->request.audiences[0] = text_of(target);
    assert_int_equal(fixture_decide(x), FAULT_NONE);
    return x;
}

/* --- the subject token --- */

static void the_subject_token_is_handed_over_as_it_was_shown(void **state)
{
    struct exchange *x = decided(state, "drive");
    assert_true(text_is(x->order.subject_token, "eyJ.subject.token"));
    assert_true(text_is(x->order.subject_token_type, "urn:ietf:params:oauth:token-type:id_token"));
    assert_int_equal(decided(state, "plain")->order.subject_token.length, 0);
}

static void no_document_that_disagrees_and_no_token_of_ours_hands_it_over(void **state)
{
    struct exchange *x = decided(state, "drive");
    x->order.subject_token = TEXT_NONE;
    x->subject.token.issuer = world_issuer(x->call.world, TEXT("https://idp.corp.example"));
    exchange_hand_over_token(x); /* that issuer's document names nobody */
    assert_int_equal(x->order.subject_token.length, 0);
    x->subject.token.issuer = &x->call.world->self;
    exchange_hand_over_token(x);
    assert_int_equal(x->order.subject_token.length, 0);
}

/* --- the assertion --- */

/* A store and a signing key of this test's own. */
struct keys {
    char path[128];
    struct store *store;
    struct key_ring *ring;
    const struct key_snapshot *snapshot;
};

static struct keys open_keys(struct fixture *fixture)
{
    static const enum algorithm algorithm = ALGORITHM_ES256;
    struct keys keys;
    char detail[STORE_DETAIL_SIZE];
    snprintf(keys.path, sizeof(keys.path), "%s/keys.sqlite", fixture->folder);
    struct store_options options = {.sqlite_path = keys.path, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &keys.store, detail), FAULT_NONE);
    assert_int_equal(
        key_ring_open(keys.store, fixture->sealer, NULL, &algorithm, 1, FIXTURE_NOW, &keys.ring, detail),
        FAULT_NONE);
    keys.snapshot = key_ring_acquire(keys.ring);
    return keys;
}

static void close_keys(struct keys *keys)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    key_ring_release(keys->ring, keys->snapshot);
    key_ring_close(keys->ring);
    store_close(keys->store);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[160];
        snprintf(name, sizeof(name), "%s%s", keys->path, suffixes[i]);
        unlink(name);
    }
}

/* As the step does it; the signer completes at once. */
static enum fault sign(struct exchange *x, const struct keys *keys)
{
    x->order.keys = keys->snapshot;
    x->call.flow.is_running = true;
    x->assertion.wait = (struct flow_wait){FLOW_WAIT_PENDING, &x->call.flow};
    exchange_sign_assertion(x);
    assert_int_equal(x->assertion.wait.state, FLOW_WAIT_READY);
    return exchange_complete_assertion(x);
}

static const struct json_value *part_of(struct arena *arena, struct text token, size_t part)
{
    const struct json_value *value;
    struct text encoded = TEXT_NONE;
    size_t length;
    for (size_t i = 0; i <= part; i++)
        encoded = text_cut(&token, '.');
    unsigned char *bytes = arena_allocate(arena, encoded.length + 1);
    assert_true(base64url_decode(encoded, bytes, &length));
    assert_int_equal(json_parse(arena, (struct text){(char *)bytes, length}, &json_limits_token, &value),
                     FAULT_NONE);
    return value;
}

static void it_says_of_the_subject_what_a_token_would_for_one_audience_and_five_minutes(void **state)
{
    struct keys keys = open_keys(*state);
    struct exchange *x = decided(state, "drive");
    x->request.task = TEXT("task 7");
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 3600);
    assert_int_equal(sign(x, &keys), FAULT_NONE);
    const struct json_value *header = part_of(x->call.arena, x->order.assertion, 0),
                            *claims = part_of(x->call.arena, x->order.assertion, 1);
    assert_true(text_is(json_text_of(header, "typ"), "JWT"));
    assert_true(text_is(json_text_of(header, "alg"), "ES256"));
    assert_true(text_is(json_text_of(claims, "iss"), "https://gateway.example"));
    assert_true(text_is(json_text_of(claims, "aud"), "sts.amazonaws.com"));
    assert_true(text_is(json_text_of(claims, "sub"), "alice"));
    assert_true(text_is(json_text_of(claims, "sub_iss"), "https://people.example"));
    assert_true(text_is(json_text_of(json_member(claims, TEXT("act")), "sub"), "agent"));
    assert_true(text_is(json_text_of(claims, "txn"), "AbCdEf0123456789-_xyzw"));
    assert_int_equal(json_integer_of(claims, "exp"), FIXTURE_NOW + 300);
    assert_true(text_is(json_text_of(claims, "exchange_id"), "01K00000000000000000000000"));
    assert_true(text_is(json_text_of(claims, "who"), "https://gateway.example agent"));
    assert_true(text_is(json_text_of(claims, "by"), "agent"));
    assert_true(text_is(json_text_of(claims, "why"), "task 7"));
    assert_int_equal(x->order.audience_count, 1);
    assert_true(text_is(x->order.audiences[0], "drive")); /* the order is as it was */
    close_keys(&keys);
}

static void it_never_outlives_the_order(void **state)
{
    struct keys keys = open_keys(*state);
    struct exchange *x = decided(state, "drive");
    x->order.expires_at_s = FIXTURE_NOW + 60;
    assert_int_equal(sign(x, &keys), FAULT_NONE);
    assert_int_equal(json_integer_of(part_of(x->call.arena, x->order.assertion, 1), "exp"), FIXTURE_NOW + 60);
    close_keys(&keys);
}

/* AWS: 2 to 64 of [A-Za-z0-9_+=,.@-]. A task makes a root of its own. */
static void the_root_in_it_is_one_that_narrow_claims_take(void **state)
{
    struct keys keys = open_keys(*state);
    for (int with_task = 0; with_task < 2; with_task++) {
        struct exchange *x = decided(state, "drive");
        if (with_task) {
            x->request.task = TEXT("any \"words\"");
            assert_int_equal(fixture_decide(x), FAULT_NONE);
        }
        assert_int_equal(sign(x, &keys), FAULT_NONE);
        struct text root = json_text_of(part_of(x->call.arena, x->order.assertion, 1),
                                        "https://aws.amazon.com/source_identity");
        assert_true(text_equal(root, x->root));
        assert_int_equal(root.length, 22);
        assert_int_equal(strspn(root.base, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                         22);
    }
    close_keys(&keys);
}

/* They would tell the other side of trees and policies of ours. */
static void what_only_we_would_read_is_left_out(void **state)
{
    static const struct credential_attribute attributes[] = {{TEXT("email"), TEXT("a@corp.example"), false}};
    struct keys keys = open_keys(*state);
    struct exchange *x = decided(state, "drive");
    ancestry_add(&x->ancestry, "root", TEXT("another"));
    x->order.ancestry_count = x->ancestry.count;
    x->order.attributes = attributes;
    x->order.attribute_count = 1;
    assert_int_equal(sign(x, &keys), FAULT_NONE);
    const struct json_value *claims = part_of(x->call.arena, x->order.assertion, 1);
    assert_null(json_member(claims, TEXT("dragoman_stands_on")));
    assert_null(json_member(claims, TEXT("dragoman_attributes")));
    assert_null(json_member(claims, TEXT("why"))); /* no task was named */
    close_keys(&keys);
}

static void none_is_made_where_none_is_wanted_and_none_in_a_dry_run(void **state)
{
    struct keys keys = open_keys(*state);
    struct exchange *x = decided(state, "plain");
    assert_int_equal(sign(x, &keys), FAULT_NONE);
    assert_int_equal(x->order.assertion.length, 0);
    x = decided(state, "drive");
    x->request.is_dry_run = true;
    assert_int_equal(sign(x, &keys), FAULT_NONE);
    assert_int_equal(x->order.assertion.length, 0);
    close_keys(&keys);
}

static void without_a_key_that_is_the_refusal(void **state)
{
    static const struct key_snapshot none = {0};
    struct exchange *x = decided(state, "drive");
    const struct keys keys = {.snapshot = &none};
    assert_int_equal(sign(x, &keys), FAULT_KEY_UNAVAILABLE);
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TRIED(the_subject_token_is_handed_over_as_it_was_shown),
        TRIED(no_document_that_disagrees_and_no_token_of_ours_hands_it_over),
        TRIED(it_says_of_the_subject_what_a_token_would_for_one_audience_and_five_minutes),
        TRIED(it_never_outlives_the_order),
        TRIED(the_root_in_it_is_one_that_narrow_claims_take),
        TRIED(what_only_we_would_read_is_left_out),
        TRIED(none_is_made_where_none_is_wanted_and_none_in_a_dry_run),
        TRIED(without_a_key_that_is_the_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
