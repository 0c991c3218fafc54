/* What a caller gets of an adapter that works: what it is told, what comes back, on whichever loop. */
#include "host_fixture.h"

static char told[PEER_LINE_MAX]; /* the mint that the peer was asked, once the caller has its answer */

static void remembers(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    while (peer_next(peer)) {
        memcpy(told, peer->line, sizeof(told));
        peer_mint(peer);
    }
}

static void says_what_was_decided_and_gives_back_what_was_made(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = remembers;
    host_configure(fixture, "timeout: 5s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    asker->order.purpose = TEXT("a \"refund\"");
    host_wait(fixture);
    const struct credential_minting *minting = &asker->minting;
    assert_int_equal(minting->fault, FAULT_NONE);
    assert_memory_equal(minting->credential.base, "sk-", 3);
    assert_true(text_is(minting->issued_type, "urn:test:api-key"));
    assert_true(text_is(minting->token_type, "N_A"));
    assert_true(text_is(minting->presentation.header, "x-api-key"));
    assert_null(minting->presentation.scheme.base);
    assert_true(text_is(minting->scope, "charges:read"));
    assert_true(text_is(minting->handle, "key_1"));
    assert_int_equal(minting->expires_at_s, asker->order.expires_at_s);
    assert_int_equal(minting->fingerprint.length, 64);
    assert_non_null(strstr(told, "\"params\":{\"deadline_ms\":"));
    assert_non_null(strstr(told, "\"lease\":\"06F0000000000000000000TEST\",\"root\":\"root-1\",\"fresh\":false,"
                                 "\"target\":{\"name\":\"payments\",\"domain\":\"saas\","
                                 "\"audience\":\"https://pay.example\",\"settings\":{}},"
                                 "\"subject\":{\"issuer\":\"https://idp.example\",\"subject\":\"alice\"},"
                                 "\"actors\":[{\"issuer\":\"https://gw.example\",\"subject\":\"planner\"},"
                                 "{\"issuer\":\"https://gw.example\",\"subject\":\"worker\"}],"
                                 "\"client\":\"planner\",\"scopes\":[\"charges:read\",\"charges:write\"]"));
    assert_non_null(strstr(told, "\"task\":\"T-17\",\"purpose\":\"a \\\"refund\\\"\"}"));
    assert_null(strstr(told, "\"type\""));
    assert_null(strstr(told, "hands_over"));
    assert_null(strstr(told, "connects"));
    assert_null(strstr(told, "assertion"));
    assert_null(strstr(told, "subject_token"));
    assert_null(strstr(told, "sharing"));
    assert_null(strstr(told, "attributes"));
    assert_null(strstr(told, "documents"));
    assert_null(strstr(told, "channel_binding"));
    assert_null(strstr(told, "for_call"));
    assert_null(minting->confirmation.base);
    assert_int_equal(minting->lives_until_s, 0);
    assert_null(minting->made_for.base);
    assert_null(minting->account.base);
}

static void hands_over_what_the_target_says_and_says_what_that_is(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = remembers;
    host_configure(fixture, "timeout: 5s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    asker->order.target.assertion_audience = TEXT("https://vendor.example");
    asker->order.target.assertion_algorithm = ALGORITHM_RS256;
    asker->order.target.assertion_type = TEXT("JWT");
    asker->order.target.is_subject_token_handed_over = true;
    asker->order.target.is_connected_by_people = true;
    asker->order.assertion = TEXT("e.y.J");
    asker->order.sharing = TEXT("c0ffee");
    asker->order.subject_token = TEXT("as-it-was-shown");
    asker->order.subject_token_type = TEXT("urn:ietf:params:oauth:token-type:jwt");
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_non_null(
        strstr(told, "\"audience\":\"https://pay.example\",\"settings\":{},\"hands_over\":{\"assertion\":{"
                     "\"audience\":\"https://vendor.example\",\"algorithm\":\"RS256\",\"type\":"
                     "\"JWT\"},\"subject_token\":true},\"connects\":true}"));
    assert_non_null(strstr(told, "\"sharing\":\"c0ffee\""));
    assert_non_null(strstr(told, "\"assertion\":\"e.y.J\",\"subject_token\":{\"token\":\"as-it-was-shown\","
                                 "\"type\":\"urn:ietf:params:oauth:token-type:jwt\"}"));
}

static void tells_attributes_documents_and_the_channel(void **state)
{
    struct host_fixture *fixture = *state;
    const struct text names[] = {TEXT("mail"), TEXT("groups")};
    SCOPED_ARENA arena = arena_create();
    fixture->behave = remembers;
    fixture->manifest = MANIFEST_WITH("\"binds\":true,\"concurrency\":8");
    host_configure(fixture, "timeout: 5s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    struct credential_order *order = &asker->order;
    order->target.handed_attributes = names;
    order->target.handed_attribute_count = 2;
    assert_int_equal(json_parse(arena, TEXT("{\"mail\":\"a@b\",\"groups\":[\"x\"]}"), &json_limits_document,
                                &order->handed_attributes),
                     FAULT_NONE);
    order->documents = TEXT("c0ffee");
    order->channel_binding = TEXT("channel of 20 bytes!");
    order->is_binding_asked = true;
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_non_null(strstr(told, "\"hands_over\":{\"attributes\":[\"mail\",\"groups\"]}"));
    assert_non_null(strstr(told, ",\"attributes\":{\"mail\":\"a@b\",\"groups\":[\"x\"]}},\"actors\""));
    assert_non_null(
        strstr(told, "\"documents\":\"c0ffee\",\"channel_binding\":\"Y2hhbm5lbCBvZiAyMCBieXRlcyE\""));
}

static void asks_for_nothing_bound_where_the_manifest_does_not_say_that_it_binds(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = remembers;
    host_configure(fixture, "timeout: 5s");
    const struct adapter *adapter = adapter_host_find(fixture->host, TEXT("acme"));
    assert_true(adapter->binds(adapter)); /* not known yet */
    told[0] = '\0';
    struct asker *asker = host_mint(fixture, 0, NULL);
    asker->order.channel_binding = TEXT("channel of 20 bytes!");
    asker->order.is_binding_asked = true;
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_TARGET_BINDING);
    assert_false(adapter->binds(adapter));
    assert_int_equal(told[0], '\0');
    /* Of what nobody relies on it is told, and may take no notice. */
    asker = host_mint(fixture, 0, NULL);
    asker->order.channel_binding = TEXT("channel of 20 bytes!");
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
}

#define SHARED_LEASE "06F7Z3N0Q4M8V2X5Y1B6C9D3E7"

/* The first was made before, for another; the second for the very lease that asks. */
static void shares(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    for (int i = 0; peer_next(peer); i++) {
        long long end = strtoll(strstr(peer->line, "\"expires_at\":") + 13, NULL, 10);
        peer_write(peer,
                   "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"credential\":\"sk\",\"expires_at\":%lld,"
                   "\"lives_until\":%lld,\"made_for\":\"%s\"}}",
                   peer_id(peer), end, end + 3000, i == 0 ? SHARED_LEASE : "06F7Z3N0Q4M8V2X5Y1B6C9D3E8");
    }
}

static void says_until_when_what_is_shared_is_good_and_whose_it_was(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = shares;
    fixture->manifest = MANIFEST_WITH("\"shares\":true,\"concurrency\":8");
    host_configure(fixture, "timeout: 5s");
    const struct adapter *adapter = adapter_host_find(fixture->host, TEXT("acme"));
    assert_false(adapter->is_shared(adapter)); /* not known yet */
    host_await(fixture, "running");
    assert_true(adapter->is_shared(adapter));
    struct asker *asker = host_mint(fixture, 1, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_int_equal(asker->minting.expires_at_s, asker->order.expires_at_s);
    assert_int_equal(asker->minting.lives_until_s, asker->order.expires_at_s + 3000);
    assert_true(text_is(asker->minting.made_for, SHARED_LEASE));
    asker = host_mint(fixture, 0, NULL);
    asker->order.id = TEXT("06F7Z3N0Q4M8V2X5Y1B6C9D3E8");
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_null(asker->minting.made_for.base);
}

/* Whoever asked then reserved a lease as if nothing were shared. */
static void makes_nothing_for_who_asked_before_it_was_known_to_share(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = shares;
    fixture->manifest = MANIFEST_WITH("\"shares\":true,\"concurrency\":8");
    host_configure(fixture, "timeout: 5s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_int_equal(asker->minting.retry_after_s, 1);
    asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
}

static void confirms(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    while (peer_next(peer)) {
        memcpy(told, peer->line, sizeof(told));
        peer_write(peer,
                   "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"credential\":\"sk\",\"expires_at\":%lld,"
                   "\"confirmation\":\"c-1\"}}",
                   peer_id(peer), strtoll(strstr(peer->line, "\"expires_at\":") + 13, NULL, 10));
    }
}

static void says_what_it_is_bound_to_and_by_what_it_is_confirmed(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = confirms;
    fixture->manifest = MANIFEST_WITH("\"confirms\":true,\"outside_effects\":false,\"concurrency\":8");
    host_configure(fixture, "timeout: 5s");
    const struct adapter *adapter = adapter_host_find(fixture->host, TEXT("acme"));
    assert_false(adapter->confirms(adapter)); /* not known yet */
    host_await(fixture, "running");
    assert_true(adapter->confirms(adapter));
    struct asker *asker = host_mint(fixture, 0, NULL);
    asker->order.is_for_call = true;
    asker->order.channel_binding = (struct text){"\0\377\376", 3};
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_non_null(strstr(told, "\"channel_binding\":\"AP_-\",\"for_call\":true}"));
    assert_true(text_is(asker->minting.confirmation, "c-1"));
}

static void sends_for_the_person(struct peer *peer)
{
    static const char *const data[] = {"{\"public\":\"Connect it again.\"}", "{\"public\":\"\\u0007bell\"}",
                                       "{}"};
    if (!peer_begin(peer))
        return;
    for (size_t i = 0; peer_next(peer); i++)
        peer_write(peer,
                   "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"code\":-32004,\"message\":\"dead\","
                   "\"data\":%s}}",
                   peer_id(peer), data[i % 3]);
}

static void is_well_however_many_have_to_connect_an_account(void **state)
{
    struct host_fixture *fixture = *state;
    struct asker *asker;
    fixture->behave = sends_for_the_person;
    host_configure(fixture, "timeout: 5s");
    for (size_t i = 0; i < 12; i++) { /* more failures than a breaker takes */
        asker = host_mint(fixture, 0, NULL);
        host_wait(fixture);
        assert_int_equal(asker->minting.fault, FAULT_CONNECTION_MISSING);
        if (i % 3 == 0)
            assert_true(text_is(asker->minting.public_reason, "Connect it again."));
        else
            assert_null(asker->minting.public_reason.base);
    }
    assert_non_null(strstr(host_describe(fixture).base, "\"failures\":0"));
    assert_int_equal(fixture->killed, 0);
}

static void answers_each_caller_on_the_loop_it_asked_from(void **state)
{
    struct host_fixture *fixture = *state;
    struct asker *askers[40];
    host_configure(fixture, "timeout: 10s, inParallel: 4");
    for (size_t i = 0; i < 40; i++)
        askers[i] = host_mint(fixture, i % 2, i % 3 == 0 ? "urn:test:bearer" : NULL);
    host_wait(fixture);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(askers[i]->minting.fault, FAULT_NONE);
        assert_true(askers[i]->is_on_its_loop);
        for (size_t k = 0; k < i; k++)
            assert_false(text_equal(askers[i]->minting.credential, askers[k]->minting.credential));
    }
    assert_int_equal(fixture->killed, 0);
    assert_int_equal(fixture->started, 1);
}

static void refuses_a_type_that_the_manifest_does_not_have(void **state)
{
    struct host_fixture *fixture = *state;
    host_configure(fixture, "timeout: 5s");
    const struct adapter *adapter = adapter_host_find(fixture->host, TEXT("acme"));
    assert_true(adapter->issues(adapter, TEXT("urn:test:other"))); /* not known yet */
    assert_true(adapter->has_outside_effects(adapter));
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(adapter->usual_type(adapter, arena).length, 0);
    struct asker *asker = host_mint(fixture, 0, "urn:test:other");
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_TARGET_TYPE);
    assert_false(adapter->issues(adapter, TEXT("urn:test:other")));
    assert_true(adapter->issues(adapter, TEXT("urn:test:bearer")));
    assert_true(adapter->issues(adapter, adapter->usual_type(adapter, arena)));
}

static void refuses(struct peer *peer)
{
    static const char *const errors[] = {
        "{\"code\":-32001,\"message\":\"no such customer\",\"data\":{\"public\":\"Not your account.\"}}",
        "{\"code\":-32001,\"message\":\"no\",\"data\":{\"public\":\"\\u0007bell\"}}",
        "{\"code\":-32002,\"message\":\"later\",\"data\":{\"retry_after_s\":17}}",
        "{\"code\":-32003,\"message\":\"no region\",\"data\":{\"path\":\"/region\"}}",
        "{\"code\":-32603,\"message\":\"a bug\"}",
    };
    if (!peer_begin(peer))
        return;
    for (size_t i = 0; peer_next(peer); i++)
        peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":%s}", peer_id(peer), errors[i % 5]);
}

static void tells_each_kind_of_refusal_apart(void **state)
{
    struct host_fixture *fixture = *state;
    struct asker *askers[5];
    fixture->behave = refuses;
    host_configure(fixture, "timeout: 5s");
    for (size_t i = 0; i < 5; i++) {
        askers[i] = host_mint(fixture, i % 2, NULL);
        host_wait(fixture);
    }
    assert_int_equal(askers[0]->minting.fault, FAULT_ADAPTER_REFUSED);
    assert_true(text_is(askers[0]->minting.public_reason, "Not your account."));
    assert_int_equal(askers[1]->minting.fault, FAULT_ADAPTER_REFUSED);
    assert_null(askers[1]->minting.public_reason.base);
    assert_int_equal(askers[2]->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_int_equal(askers[2]->minting.retry_after_s, 17);
    assert_int_equal(askers[3]->minting.fault, FAULT_ADAPTER_MISCONFIGURED);
    assert_int_equal(askers[4]->minting.fault, FAULT_ADAPTER_FAILED);
    assert_int_equal(fixture->killed, 0);
}

static void refuses_subjects(struct peer *peer)
{
    static const char *const data[] = {"{\"about\":\"subject\",\"public\":\"Not that one.\"}",
                                       "{\"about\":\"subject\"}", "{\"about\":\"target\"}",
                                       "{\"about\":[\"subject\"]}"};
    if (!peer_begin(peer))
        return;
    for (size_t i = 0; peer_next(peer); i++)
        peer_write(peer,
                   "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"error\":{\"code\":-32001,\"message\":\"no account "
                   "alice\",\"data\":%s}}",
                   peer_id(peer), data[i % 4]);
}

/* And it is no failure of the adapter: after as many it would be left alone for a while. */
static void tells_apart_whether_it_is_the_subject_that_is_refused(void **state)
{
    struct host_fixture *fixture = *state;
    static const enum fault faults[] = {FAULT_ADAPTER_REFUSED_SUBJECT, FAULT_ADAPTER_REFUSED_SUBJECT,
                                        FAULT_ADAPTER_REFUSED, FAULT_ADAPTER_REFUSED};
    fixture->behave = refuses_subjects;
    host_configure(fixture, "timeout: 5s");
    for (size_t i = 0; i < 12; i++) {
        struct asker *asker = host_mint(fixture, i % 2, NULL);
        host_wait(fixture);
        assert_int_equal(asker->minting.fault, faults[i % 4]);
        assert_true(text_is(asker->minting.detail, "no account alice"));
        assert_true(i % 4 == 0 ? text_is(asker->minting.public_reason, "Not that one.")
                               : asker->minting.public_reason.base == NULL);
    }
    assert_string_equal(fault_row(FAULT_ADAPTER_REFUSED_SUBJECT)->oauth_error, "invalid_request");
}

static void names_an_account(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    while (peer_next(peer))
        peer_write(peer,
                   "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"credential\":\"sk\",\"expires_at\":%lld,"
                   "\"account\":\"alice@CORP.EXAMPLE\"}}",
                   peer_id(peer), strtoll(strstr(peer->line, "\"expires_at\":") + 13, NULL, 10));
}

static void says_who_the_subject_is_on_the_other_side(void **state)
{
    struct host_fixture *fixture = *state;
    fixture->behave = names_an_account;
    host_configure(fixture, "timeout: 5s");
    struct asker *asker = host_mint(fixture, 0, NULL);
    host_wait(fixture);
    assert_int_equal(asker->minting.fault, FAULT_NONE);
    assert_true(text_is(asker->minting.account, "alice@CORP.EXAMPLE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_what_was_decided_and_gives_back_what_was_made, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(answers_each_caller_on_the_loop_it_asked_from, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_type_that_the_manifest_does_not_have, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(hands_over_what_the_target_says_and_says_what_that_is, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(tells_attributes_documents_and_the_channel, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(asks_for_nothing_bound_where_the_manifest_does_not_say_that_it_binds,
                                        host_set_up, host_tear_down),
        cmocka_unit_test_setup_teardown(says_until_when_what_is_shared_is_good_and_whose_it_was, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(makes_nothing_for_who_asked_before_it_was_known_to_share, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(says_what_it_is_bound_to_and_by_what_it_is_confirmed, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(is_well_however_many_have_to_connect_an_account, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(tells_each_kind_of_refusal_apart, host_set_up, host_tear_down),
        cmocka_unit_test_setup_teardown(tells_apart_whether_it_is_the_subject_that_is_refused, host_set_up,
                                        host_tear_down),
        cmocka_unit_test_setup_teardown(says_who_the_subject_is_on_the_other_side, host_set_up, host_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
