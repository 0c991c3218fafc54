/* The consent gate: found in the store once, remembered, and let go of when it ends; and who is sent a link. */
#include "people_fixture.h"

#include <string.h>

#include "base/clock.h"
#include "consent/invitation.h"
#include "consent/own_state.h"

static const char first[] = "01K00000000000000000000001", second[] = "01K00000000000000000000002";

static void what_is_given_stands_on_the_consent_and_does_not_outlive_it(void **state)
{
    people_consent(state, "alice", "client/agent", "read", first);
    struct exchange *x = people_exchange(state);
    size_t before = x->order.ancestry_count;
    assert_int_equal(x->expires_at_s, FIXTURE_NOW + 300);
    assert_int_equal(people_check_consent(state, x), FAULT_NONE);
    assert_true(text_is(x->consent_id, first));
    assert_int_equal(x->order.ancestry_count, before + 1);
    assert_true(text_is(x->order.ancestry[before], "lease 01K00000000000000000000001"));
    assert_int_equal(x->standing.count, 1);
    assert_true(text_is(x->standing.things[0].kind, "lease"));
    assert_true(text_is(x->standing.things[0].id, first));
    assert_int_equal(x->standing.things[0].issued_at_us, 0);
    assert_int_equal(x->expires_at_s, FIXTURE_NOW + 100);
    assert_int_equal(x->order.expires_at_s, FIXTURE_NOW + 100);
}

static void somebody_who_has_not_agreed_to_this_is_not_acted_for(void **state)
{
    struct exchange *x = people_exchange(state);
    assert_int_equal(people_check_consent(state, x), FAULT_CONNECTION_MISSING);
    people_consent(state, "bob", "client/agent", "read", first);
    assert_int_equal(people_check_consent(state, people_exchange(state)), FAULT_CONNECTION_MISSING);
    people_consent(state, "alice", "client/stranger", "read", first);
    assert_int_equal(people_check_consent(state, people_exchange(state)), FAULT_CONNECTION_MISSING);
    people_consent(state, "alice", "client/agent", "write", first);
    assert_int_equal(people_check_consent(state, people_exchange(state)), FAULT_CONNECTION_MISSING);
    people_consent(state, "alice", "client/agent", "write read", first);
    assert_int_equal(people_check_consent(state, people_exchange(state)), FAULT_NONE);
}

static struct exchange *exchange_of_team(void **state, const char *team)
{
    struct exchange *x = people_exchange(state);
    struct document *document = ARENA_NEW(x->call.arena, struct document);
    *document = *x->call.caller->document;
    document->team = text_of(team);
    x->call.authentication.caller.document = document;
    return x;
}

static void a_program_of_another_team_by_the_same_name_has_not_what_was_agreed_to(void **state)
{
    people_consent(state, "alice", "client/agent@red", "read", first);
    assert_int_equal(people_check_consent(state, exchange_of_team(state, "red")), FAULT_NONE);
    assert_int_equal(people_check_consent(state, exchange_of_team(state, "blue")), FAULT_CONNECTION_MISSING);
    struct exchange *x = people_exchange(state); /* nobody's */
    assert_int_equal(people_check_consent(state, x), FAULT_CONNECTION_MISSING);
    assert_true(text_is(x->consent.program, "client/agent"));
    x = exchange_of_team(state, "red");
    x->call.gateway->store = NULL; /* it is remembered for its own team */
    assert_int_equal(people_check_consent(state, x), FAULT_NONE);
}

static void who_names_no_scope_needs_consent_to_all_that_is_offered(void **state)
{
    struct exchange *x = people_exchange(state);
    people_consent(state, "alice", "client/agent", "read", first);
    x->scope_text = TEXT_NONE;
    assert_int_equal(people_check_consent(state, x), FAULT_CONNECTION_MISSING);
    assert_true(text_is(x->consent.scope, "read write")); /* which is what the link is for */
    people_consent(state, "alice", "client/agent", "write read", second);
    x = people_exchange(state);
    x->scope_text = TEXT_NONE;
    assert_int_equal(people_check_consent(state, x), FAULT_NONE);
    assert_true(text_is(x->consent_id, second));
}

static void a_target_without_connections_asks_nobody(void **state)
{
    struct exchange *x = people_exchange(state);
    struct exchange *plain = x;
    plain->target = world_target(x->call.world, TEXT("orders"));
    assert_int_equal(people_check_consent(state, plain), FAULT_NONE);
    assert_false(plain->consent.is_asked);
    assert_int_equal(plain->consent_id.length, 0);
}

static void a_consent_that_was_found_needs_no_store_the_next_time(void **state)
{
    people_consent(state, "alice", "client/agent", "read", first);
    assert_int_equal(people_check_consent(state, people_exchange(state)), FAULT_NONE);
    struct exchange *x = people_exchange(state);
    x->call.gateway->store = NULL; /* to ask it would be the end of this program */
    assert_int_equal(people_check_consent(state, x), FAULT_NONE);
    assert_true(text_is(x->consent_id, first));
    assert_int_equal(x->expires_at_s, FIXTURE_NOW + 100);
}

static void one_that_was_ended_is_not_remembered_and_not_found_either(void **state)
{
    people_consent(state, "alice", "client/agent", "read", first);
    struct exchange *x = people_exchange(state);
    assert_int_equal(people_check_consent(state, x), FAULT_NONE);
    people_end_lease(x, first);
    assert_int_equal(people_check_consent(state, people_exchange(state)), FAULT_CONNECTION_MISSING);
    people_consent(state, "alice", "client/agent", "read", second);
    x = people_exchange(state);
    assert_int_equal(people_check_consent(state, x), FAULT_NONE);
    assert_true(text_is(x->consent_id, second));
}

static void one_that_the_commit_finds_ended_is_forgotten(void **state)
{
    const struct store_guard ended = {TEXT("lease"), TEXT(first), 0}, other = {TEXT("lease"), TEXT(second), 0};
    people_consent(state, "alice", "client/agent", "read", first);
    struct exchange *x = people_exchange(state);
    assert_int_equal(people_check_consent(state, x), FAULT_NONE);
    people_consent(state, "alice", "client/agent", "read", second); /* by another gateway */
    exchange_note_consent_ended(x, &other);
    struct exchange *again = people_exchange(state);
    assert_int_equal(people_check_consent(state, again), FAULT_NONE);
    assert_true(text_is(again->consent_id, first));
    assert_int_equal(exchange_refuse_ended(again, &ended), FAULT_CONNECTION_MISSING);
    again = people_exchange(state);
    assert_int_equal(people_check_consent(state, again), FAULT_NONE);
    assert_true(text_is(again->consent_id, second));
    assert_int_equal(standing_fault(&again->standing, &again->standing.things[0]), FAULT_CONNECTION_MISSING);
}

/* --- links --- */

static struct exchange *refused(void **state)
{
    struct exchange *x = people_exchange(state);
    x->call.fault = people_check_consent(state, x);
    assert_int_equal(x->call.fault, FAULT_CONNECTION_MISSING);
    return x;
}

static void a_refusal_makes_a_link_and_its_row_goes_with_the_record(void **state)
{
    struct exchange *x = refused(state);
    struct ledger_entry entry = {0};
    x->request.purpose = TEXT("tidy up");
    exchange_invite(x);
    exchange_write_invitation(x, &entry);
    assert_int_equal(x->call.fault, FAULT_CONNECTION_MISSING);
    assert_int_equal(entry.transaction.state_count, 1);
    assert_true(text_is(entry.transaction.states[0].adapter, "~invitation"));
    assert_int_equal(entry.transaction.states[0].expected_version, 0);
    assert_int_equal(entry.transaction.states[0].expires_at_s, FIXTURE_NOW + 600);
    assert_int_equal(x->call.interaction_expires_s, 600);
    assert_true(text_starts_with(x->call.interaction_uri, TEXT("https://gateway.example/connect/")));
    assert_int_equal(x->call.interaction_uri.length, strlen("https://gateway.example/connect/") + 43);
    const struct oauth_error error = call_describe_fault(&x->call);
    assert_true(text_equal(error.interaction_uri, x->call.interaction_uri));
    x->call.fault = FAULT_STORE_UNAVAILABLE; /* nothing was stored: the link leads nowhere */
    assert_int_equal(call_describe_fault(&x->call).interaction_uri.length, 0);
}

static void a_link_is_for_the_team_whose_program_asked(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_entry entry = {0};
    struct exchange *x = exchange_of_team(state, "red");
    x->call.fault = people_check_consent(state, x);
    exchange_invite(x);
    exchange_write_invitation(x, &entry);
    assert_int_equal(entry.transaction.state_count, 1);
    const struct store_query query = {.arena = x->call.arena,
                                      .adapter = entry.transaction.states[0].adapter,
                                      .id = entry.transaction.states[0].key,
                                      .states = entry.transaction.states,
                                      .state_count = 1};
    const struct json_value *row;
    int64_t version;
    assert_int_equal(own_state_read(fixture->sealer, &query, &row, &version), FAULT_NONE);
    assert_true(text_is(json_text_of(row, "client"), "client/agent@red"));
}

static void each_refusal_has_another_link(void **state)
{
    char before[128];
    struct exchange *x = refused(state);
    exchange_invite(x);
    memcpy(before, x->call.interaction_uri.base, x->call.interaction_uri.length + 1);
    x = refused(state);
    exchange_invite(x);
    assert_string_not_equal(before, x->call.interaction_uri.base);
}

static void a_dry_run_makes_no_link(void **state)
{
    struct exchange *x = refused(state);
    struct ledger_entry entry = {0};
    x->request.is_dry_run = true;
    exchange_invite(x);
    exchange_write_invitation(x, &entry);
    assert_int_equal(entry.transaction.state_count, 0);
    assert_int_equal(x->call.interaction_uri.length, 0);
    assert_int_equal(x->call.fault, FAULT_CONNECTION_MISSING);
}

static void where_nobody_can_log_in_that_is_what_is_said(void **state)
{
    struct exchange *x = refused(state);
    x->consent.issuer = world_issuer(x->call.world, TEXT("https://idp.corp.example"));
    exchange_invite(x);
    assert_int_equal(x->call.fault, FAULT_INTERACTION_UNAVAILABLE);
    assert_false(x->is_invited);
    x = refused(state);
    x->consent.issuer = &x->call.world->self;
    exchange_invite(x);
    assert_int_equal(x->call.fault, FAULT_INTERACTION_UNAVAILABLE);
    x = refused(state);
    x->consent.issuer = NULL;
    x->request.is_dry_run = true;
    exchange_invite(x);
    assert_int_equal(x->call.fault, FAULT_INTERACTION_UNAVAILABLE);
}

static void a_person_is_not_buried_in_links(void **state)
{
    for (int i = 0; i < CONSENT_MEMORY_LINKS_MAX; i++) {
        struct exchange *x = refused(state);
        exchange_invite(x);
        assert_true(x->is_invited);
    }
    struct exchange *x = refused(state);
    exchange_invite(x);
    assert_false(x->is_invited);
    assert_int_equal(x->call.fault, FAULT_INTERACTION_RATE);
    assert_int_equal(x->call.retry_after_s, 600);
    x = refused(state);
    x->consent.person.subject = TEXT("bob");
    exchange_invite(x);
    assert_true(x->is_invited);
}

static void other_refusals_make_none(void **state)
{
    struct exchange *x = refused(state);
    x->call.fault = FAULT_ADAPTER_REFUSED;
    exchange_invite(x);
    assert_false(x->is_invited);
    assert_int_equal(x->call.fault, FAULT_ADAPTER_REFUSED);
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, people_begin, people_end)
    const struct CMUnitTest tests[] = {
        TRIED(what_is_given_stands_on_the_consent_and_does_not_outlive_it),
        TRIED(somebody_who_has_not_agreed_to_this_is_not_acted_for),
        TRIED(a_program_of_another_team_by_the_same_name_has_not_what_was_agreed_to),
        TRIED(who_names_no_scope_needs_consent_to_all_that_is_offered),
        TRIED(a_target_without_connections_asks_nobody),
        TRIED(a_consent_that_was_found_needs_no_store_the_next_time),
        TRIED(one_that_was_ended_is_not_remembered_and_not_found_either),
        TRIED(one_that_the_commit_finds_ended_is_forgotten),
        TRIED(a_refusal_makes_a_link_and_its_row_goes_with_the_record),
        TRIED(a_link_is_for_the_team_whose_program_asked),
        TRIED(each_refusal_has_another_link),
        TRIED(a_dry_run_makes_no_link),
        TRIED(where_nobody_can_log_in_that_is_what_is_said),
        TRIED(a_person_is_not_buried_in_links),
        TRIED(other_refusals_make_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
