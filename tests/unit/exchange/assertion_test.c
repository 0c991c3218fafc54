/* What an adapter is handed: our word about the subject for one audience and a few minutes, and the subject
 * token only where its issuer's owner lets it be. */
#include "exchange_fixture.h"

#include "base/clock.h"
#include "exchange/assertion.h"
#include "jose/jws.h"
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

/* A store and signing keys of this test's own. */
struct keys {
    char path[128];
    struct store *store;
    struct key_ring *ring;
    const struct key_snapshot *snapshot;
};

static void open_keys(struct fixture *fixture, struct keys *keys)
{
    char detail[STORE_DETAIL_SIZE];
    snprintf(keys->path, sizeof(keys->path), "%s/keys.sqlite", fixture->folder);
    struct store_options options = {.sqlite_path = keys->path, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &keys->store, detail), FAULT_NONE);
    struct key_ring_options ring = {.store = keys->store, .sealer = fixture->sealer};
    ring.algorithms[ring.algorithm_count++] = ALGORITHM_ES256;
    assert_int_equal(key_ring_open(&ring, &keys->ring, detail), FAULT_NONE);
    keys->snapshot = key_ring_acquire(keys->ring);
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

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TRIED(the_subject_token_is_handed_over_as_it_was_shown),
        TRIED(no_document_that_disagrees_and_no_token_of_ours_hands_it_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
