/* What adapters keep: sealed on the way, bound to its key, refreshed by one of many. The peer is the store. */
#include "peer.h"

#include <string.h>
#include <time.h>

#include "base/base64url.h"

static bool is_new(struct text value, void *context)
{
    (void)context;
    return text_is(value, "new");
}

static enum adapter_outcome make_new(struct adapter_call *call, struct text old, struct text *value,
                                     int64_t *expires_at_s, void *context)
{
    const struct adapter_order *order = context;
    adapter_log(call, ADAPTER_LOG_INFO, "refreshing %.*s", TEXT_ARGUMENTS(old));
    if (text_is(order->purpose, "refresh fails"))
        return adapter_unavailable(call, 3, "not now");
    *value = TEXT("new");
    *expires_at_s = 5000;
    return ADAPTER_DONE;
}

static enum adapter_outcome refresh(struct adapter_call *call, const struct adapter_order *order,
                                    struct text *value)
{
    const struct adapter_refresh refresh = {.key = TEXT("token"),
                                            .claim_ms = 5000,
                                            .is_good = is_new,
                                            .refresh = make_new,
                                            .context = (void *)(uintptr_t)order};
    return adapter_state_refresh(call, &refresh, value);
}

static enum adapter_outcome keep(struct adapter_call *call, struct text value)
{
    const struct adapter_state_change change = {.value = value, .expected_version = 3, .expires_at_s = 9000};
    return adapter_state_put(call, TEXT("token"), &change);
}

static enum adapter_outcome mint(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made)
{
    struct adapter_state state = {0};
    made->credential = TEXT("none");
    if (text_starts_with(order->purpose, TEXT("refresh")))
        return refresh(call, order, &made->credential);
    if (text_is(order->purpose, "shielded put")) {
        adapter_shield(call, true);
        enum adapter_outcome outcome = keep(call, TEXT("my secret"));
        adapter_shield(call, false);
        return outcome;
    }
    if (text_is(order->purpose, "put"))
        return keep(call, TEXT("my secret"));
    if (text_is(order->purpose, "put much"))
        return keep(call,
                    (struct text){arena_allocate(adapter_arena(call), 70000), ADAPTER_STATE_VALUE_MAX + 1});
    if (text_is(order->purpose, "remove"))
        return keep(call, TEXT_NONE);
    if (text_is(order->purpose, "seal")) {
        struct text sealed = adapter_seal(call, TEXT("plain"), TEXT("handle/1"));
        ADAPTER_TRY(adapter_unseal(call, sealed, TEXT("handle/1"), &made->credential));
        return adapter_unseal(call, sealed, TEXT("handle/2"), &made->credential);
    }
    ADAPTER_TRY(
        adapter_state_get(call, text_is(order->purpose, "get other") ? TEXT("other") : TEXT("token"), &state));
    if (state.value.base != NULL)
        made->credential = state.value;
    return ADAPTER_DONE;
}

static const struct adapter_kind kinds[] = {{"urn:test", "N_A"}};
static const struct adapter_definition definition = {
    .name = "test", .version = "1", .kinds = kinds, .kind_count = 1, .concurrency = 4, .mint = mint};

/* The next line asks for this; its params. */
static const struct json_value *asked(struct peer *peer, const char *method, int64_t *id)
{
    const struct json_value *line = peer_receive(peer);
    assert_true(text_is(json_text_of(line, "method"), method));
    *id = json_integer_of(line, "id");
    return json_member(line, TEXT("params"));
}

static void give(struct peer *peer, int64_t id, const char *result)
{
    peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":%s}", (int)id, result);
}

static void give_value(struct peer *peer, int64_t id, struct text value)
{
    peer_send(peer,
              "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"value\":\"%.*s\",\"version\":3,\"fence\":0,"
              "\"claimed_for_ms\":0}}",
              (int)id, TEXT_ARGUMENTS(value));
}

static void deny(struct peer *peer, int64_t id, int code, const char *data)
{
    peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"error\":{\"code\":%d,\"message\":\"no\",\"data\":%s}}",
              (int)id, code, data);
}

/* Has it put what the purpose says, and returns the value as it came. */
static struct text sealed_by(struct peer *peer, int call, const char *purpose)
{
    int64_t id;
    peer_mint(peer, call, 5000, purpose);
    const struct json_value *params = asked(peer, "state.put", &id);
    struct text value = json_text_of(params, "value");
    assert_true(text_is(json_text_of(params, "key"), "token"));
    assert_int_equal(json_integer_of(params, "expected_version"), 3);
    assert_int_equal(json_integer_of(params, "expires_at"), 9000);
    assert_null(json_member(params, TEXT("fence")));
    give(peer, id, "{\"version\":4}");
    assert_int_equal(peer_answer(peer, call, NULL), 0);
    return value;
}

static void seals_what_it_keeps_and_binds_it_to_its_key(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    int64_t id;
    peer_begin(&peer, &definition, "");
    struct text value = sealed_by(&peer, 2, "put");
    unsigned char bytes[256];
    size_t length;
    assert_true(base64url_decode(value, bytes, &length));
    assert_null(memmem(bytes, length, "secret", 6));
    peer_mint(&peer, 3, 5000, "get");
    asked(&peer, "state.get", &id);
    give_value(&peer, id, value);
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "my secret"));
    peer_mint(&peer, 4, 5000, "get other"); /* somebody moved it there */
    asked(&peer, "state.get", &id);
    give_value(&peer, id, value);
    assert_int_equal(peer_answer(&peer, 4, NULL), -32603);
    peer_mint(&peer, 5, 5000, "get");
    asked(&peer, "state.get", &id);
    give_value(&peer, id, TEXT("not=sealed"));
    assert_int_equal(peer_answer(&peer, 5, NULL), -32603);
    peer_mint(&peer, 6, 5000, "get");
    asked(&peer, "state.get", &id);
    give(&peer, id, "{\"version\":0,\"fence\":0,\"claimed_for_ms\":0}");
    assert_int_equal(peer_answer(&peer, 6, &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "none"));
    peer_mint(&peer, 7, 5000, "seal");
    assert_int_equal(peer_answer(&peer, 7, &answer), -32603);
    assert_true(text_is(json_text_of(answer, "message"), "what was sealed does not open"));
    assert_int_equal(peer_end(&peer), 0);
}

static void removes_and_is_told_what_the_store_says(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    int64_t id;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 5000, "remove");
    assert_int_equal(json_member(asked(&peer, "state.put", &id), TEXT("value"))->kind, JSON_NULL);
    deny(&peer, id, -32010, "{\"version\":9}");
    assert_int_equal(peer_answer(&peer, 2, &answer), -32603);
    assert_true(text_is(json_text_of(answer, "message"), "the state was changed by somebody else"));
    peer_mint(&peer, 3, 5000, "put much");
    assert_int_equal(peer_answer(&peer, 3, NULL), -32603); /* and nothing was asked */
    peer_mint(&peer, 4, 5000, "get");
    asked(&peer, "state.get", &id);
    deny(&peer, id, -32002, "{\"retry_after_s\":4}");
    assert_int_equal(peer_answer(&peer, 4, &answer), -32002);
    assert_int_equal(json_integer_of(json_member(answer, TEXT("data")), "retry_after_s"), 4);
    peer_mint(&peer, 5, 5000, "get");
    asked(&peer, "state.get", &id);
    deny(&peer, id, -32603, "{}");
    assert_int_equal(peer_answer(&peer, 5, NULL), -32603);
    assert_int_equal(peer_end(&peer), 0);
}

/* The answer comes when the deadline is over: what is shielded takes it, and no longer than the protocol lets.
 */
static void a_shield_holds_beyond_the_deadline_and_not_for_ever(void **state)
{
    (void)state;
    static const struct {
        const char *purpose;
        int late_ms, code;
    } cases[] = {{"put", 500, -32800}, {"shielded put", 500, 0}, {"shielded put", 1600, -32800}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct peer peer;
        int64_t id;
        peer_begin(&peer, &definition, "");
        peer_mint(&peer, 2, 200, cases[i].purpose);
        asked(&peer, "state.put", &id);
        const struct timespec late = {cases[i].late_ms / 1000, cases[i].late_ms % 1000 * 1000000L};
        nanosleep(&late, NULL);
        give(&peer, id, "{\"version\":4}");
        assert_int_equal(peer_answer(&peer, 2, NULL), cases[i].code);
        assert_int_equal(peer_end(&peer), 0);
    }
}

static const char nothing[] = "{\"version\":0,\"fence\":0,\"claimed_for_ms\":0}";

/* Get, claim, get again, refresh, put under the fence, give up the claim. Hands back what was put. */
static struct text watch_refresh(struct peer *peer)
{
    int64_t id;
    asked(peer, "state.get", &id);
    give(peer, id, nothing);
    assert_int_equal(json_integer_of(asked(peer, "state.claim", &id), "for_ms"), 5000);
    give(peer, id, "{\"fence\":17}");
    asked(peer, "state.get", &id);
    give(peer, id, nothing);
    assert_true(text_is(json_text_of(peer_receive(peer), "method"), "log"));
    const struct json_value *put = asked(peer, "state.put", &id);
    assert_int_equal(json_integer_of(put, "fence"), 17);
    assert_int_equal(json_integer_of(put, "expected_version"), 0);
    assert_int_equal(json_integer_of(put, "expires_at"), 5000);
    give(peer, id, "{\"version\":1}");
    const struct json_value *end = asked(peer, "state.claim", &id);
    assert_int_equal(json_integer_of(end, "for_ms"), 0);
    assert_int_equal(json_integer_of(end, "fence"), 17);
    give(peer, id, "{\"fence\":17}");
    return json_text_of(put, "value");
}

static void claims_first_and_refreshes_second(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    int64_t id;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 5000, "refresh");
    struct text value = watch_refresh(&peer);
    assert_int_equal(peer_answer(&peer, 2, &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "new"));
    peer_mint(&peer, 3, 5000, "refresh"); /* what is kept is good: nothing is claimed */
    asked(&peer, "state.get", &id);
    give_value(&peer, id, value);
    assert_int_equal(peer_answer(&peer, 3, NULL), 0);
    assert_int_equal(peer_end(&peer), 0);
}

static void waits_for_who_has_the_claim_and_takes_what_it_put(void **state)
{
    (void)state;
    struct peer peer;
    const struct json_value *answer;
    int64_t id;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 5000, "refresh");
    struct text value = watch_refresh(&peer);
    assert_int_equal(peer_answer(&peer, 2, NULL), 0);
    peer_mint(&peer, 3, 5000, "refresh");
    for (int i = 0; i < 3; i++) {
        asked(&peer, "state.get", &id);
        give(&peer, id, nothing);
        asked(&peer, "state.claim", &id);
        deny(&peer, id, -32011, "{\"claimed_for_ms\":400}");
    }
    asked(&peer, "state.get", &id);
    give_value(&peer, id, value);
    assert_int_equal(peer_answer(&peer, 3, &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "new"));
    /* It may also have been put between the look and the claim. */
    peer_mint(&peer, 4, 5000, "refresh");
    asked(&peer, "state.get", &id);
    give(&peer, id, nothing);
    asked(&peer, "state.claim", &id);
    give(&peer, id, "{\"fence\":18}");
    asked(&peer, "state.get", &id);
    give_value(&peer, id, value);
    assert_int_equal(json_integer_of(asked(&peer, "state.claim", &id), "for_ms"), 0);
    give(&peer, id, "{\"fence\":18}");
    assert_int_equal(peer_answer(&peer, 4, NULL), 0);
    assert_int_equal(peer_end(&peer), 0);
}

static void gives_up_its_claim_where_the_refresh_fails_or_came_too_late(void **state)
{
    (void)state;
    struct peer peer;
    int64_t id;
    peer_begin(&peer, &definition, "");
    peer_mint(&peer, 2, 5000, "refresh fails");
    asked(&peer, "state.get", &id);
    give(&peer, id, nothing);
    asked(&peer, "state.claim", &id);
    give(&peer, id, "{\"fence\":5}");
    asked(&peer, "state.get", &id);
    give(&peer, id, nothing);
    assert_true(text_is(json_text_of(peer_receive(&peer), "method"), "log"));
    assert_int_equal(json_integer_of(asked(&peer, "state.claim", &id), "for_ms"), 0);
    give(&peer, id, "{\"fence\":5}");
    assert_int_equal(peer_answer(&peer, 2, NULL), -32002);
    peer_mint(&peer, 3, 5000, "refresh");
    asked(&peer, "state.get", &id);
    give(&peer, id, nothing);
    asked(&peer, "state.claim", &id);
    give(&peer, id, "{\"fence\":6}");
    asked(&peer, "state.get", &id);
    give(&peer, id, nothing);
    assert_true(text_is(json_text_of(peer_receive(&peer), "method"), "log"));
    struct text late = json_text_of(asked(&peer, "state.put", &id), "value");
    deny(&peer, id, -32010, "{\"version\":2}");
    assert_int_equal(json_integer_of(asked(&peer, "state.claim", &id), "for_ms"), 0);
    give(&peer, id, "{\"fence\":6}");
    asked(&peer, "state.get", &id); /* what others have put meanwhile is taken */
    give_value(&peer, id, late);
    assert_int_equal(peer_answer(&peer, 3, NULL), 0);
    assert_int_equal(peer_end(&peer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_what_it_keeps_and_binds_it_to_its_key),
        cmocka_unit_test(removes_and_is_told_what_the_store_says),
        cmocka_unit_test(a_shield_holds_beyond_the_deadline_and_not_for_ever),
        cmocka_unit_test(claims_first_and_refreshes_second),
        cmocka_unit_test(waits_for_who_has_the_claim_and_takes_what_it_put),
        cmocka_unit_test(gives_up_its_claim_where_the_refresh_fails_or_came_too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
