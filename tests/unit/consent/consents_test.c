/* What a person agreed to is found again, by them alone, for the client and scopes it was given for. */
#include "consent_fixture.h"

static struct scope_set scopes(const char *text)
{
    struct scope_set set;
    assert_int_equal(scope_set_parse(text_of(text), &set), FAULT_NONE);
    return set;
}

static struct consents *of(struct consent_fixture *fixture, const char *issuer, const char *subject)
{
    struct consents *consents = ARENA_NEW(fixture->arena, struct consents);
    consents->person = (struct credential_identity){text_of(issuer), text_of(subject)};
    fixture_read_consents(fixture, consents);
    return consents;
}

static struct consents *of_alice(struct consent_fixture *fixture)
{
    return of(fixture, "https://idp.example", "alice");
}

static struct consent given(struct consent_fixture *fixture, const char *id, const char *client)
{
    return (struct consent){.id = text_of(id),
                            .target = TEXT("calendar"),
                            .client = text_of(client),
                            .scope = TEXT("read write"),
                            .account = TEXT("alice@vendor.example"),
                            .given_at_s = fixture->now_s,
                            .expires_at_s = fixture->now_s + 3600};
}

static enum store_outcome store_row(struct consent_fixture *fixture, const struct consents *consents)
{
    struct store_state change;
    consents_write(consents, &change);
    return fixture_store(fixture, &change, 1);
}

static void give(struct consent_fixture *fixture, struct consents *consents, const char *id, const char *client)
{
    struct consent consent = given(fixture, id, client);
    consents_add(consents, &consent);
    assert_int_equal(store_row(fixture, consents), STORE_STORED);
}

static const struct consent *find(struct consent_fixture *fixture, const struct consents *consents,
                                  const char *client, const char *scope)
{
    struct scope_set set = scopes(scope);
    return consents_find(consents, TEXT("calendar"), text_of(client), &set, fixture->now_s);
}

static void a_consent_is_found_again_as_it_was_given(void **state)
{
    struct consent_fixture *fixture = *state;
    give(fixture, of_alice(fixture), "C1", "client/agent");
    const struct consents *consents = of_alice(fixture);
    assert_int_equal(consents->fault, FAULT_NONE);
    assert_int_equal(consents->count, 1);
    assert_int_equal(consents->version, 1);
    const struct consent *consent = find(fixture, consents, "client/agent", "write");
    assert_non_null(consent);
    assert_true(text_is(consent->id, "C1"));
    assert_true(text_is(consent->target, "calendar"));
    assert_true(text_is(consent->scope, "read write"));
    assert_true(text_is(consent->account, "alice@vendor.example"));
    assert_int_equal(consent->given_at_s, fixture->now_s);
    assert_int_equal(consent->expires_at_s, fixture->now_s + 3600);
}

static void it_is_for_its_client_target_and_scopes_alone_and_until_it_expires(void **state)
{
    struct consent_fixture *fixture = *state;
    give(fixture, of_alice(fixture), "C1", "client/agent");
    const struct consents *consents = of_alice(fixture);
    struct scope_set none = scopes("");
    assert_null(find(fixture, consents, "client/other", "read"));
    assert_null(find(fixture, consents, "client/agent", "read delete"));
    assert_non_null(find(fixture, consents, "client/agent", ""));
    assert_null(consents_find(consents, TEXT("mail"), TEXT("client/agent"), &none, fixture->now_s));
    assert_non_null(
        consents_find(consents, TEXT("calendar"), TEXT("client/agent"), &none, fixture->now_s + 3599));
    assert_null(consents_find(consents, TEXT("calendar"), TEXT("client/agent"), &none, fixture->now_s + 3600));
}

static void nobody_else_has_it(void **state)
{
    struct consent_fixture *fixture = *state;
    give(fixture, of_alice(fixture), "C1", "client/agent");
    assert_int_equal(of(fixture, "https://idp.example", "bob")->count, 0);
    assert_int_equal(of(fixture, "https://other.example", "alice")->count, 0);
    /* Joined without a mark between them these would be one text. */
    assert_int_equal(of(fixture, "https://idp.examplea", "lice")->count, 0);
}

static struct store_state row_of(struct consent_fixture *fixture, const struct consents *consents)
{
    struct store_state change;
    consents_write(consents, &change);
    struct store_query query = {.kind = STORE_QUERY_STATE,
                                .adapter = change.adapter,
                                .id = change.key,
                                .limit = 1,
                                .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.state_count, 1);
    return query.states[0];
}

static struct store_state row_of_stored(struct consent_fixture *fixture, const struct consents *consents)
{
    assert_int_equal(store_row(fixture, consents), STORE_STORED);
    return row_of(fixture, consents);
}

static void a_row_that_is_copied_to_somebody_elses_place_does_not_open(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *alice = of_alice(fixture), *bob = of(fixture, "https://idp.example", "bob");
    give(fixture, alice, "C1", "client/agent");
    give(fixture, bob, "C2", "client/agent");
    struct store_state copied = row_of(fixture, alice), place = row_of(fixture, bob);
    copied.key = place.key;
    copied.expected_version = -1;
    assert_int_equal(fixture_store(fixture, &copied, 1), STORE_STORED);
    const struct consents *found = of(fixture, "https://idp.example", "bob");
    assert_int_equal(found->fault, FAULT_SEAL_BROKEN);
    assert_int_equal(found->count, 0);
}

static void the_row_says_nothing_to_whoever_copies_the_database(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *alice = of_alice(fixture);
    give(fixture, alice, "C1", "client/agent");
    struct store_state row = row_of(fixture, alice);
    assert_null(memmem(row.value.base, row.value.length, "calendar", 8));
    assert_null(memmem(row.value.base, row.value.length, "vendor", 6));
    assert_int_equal(row.key.length, 64);
    assert_true(text_is(row.adapter, "~consent"));
    assert_int_equal(row.expires_at_s, fixture->now_s + 3600);
}

static void of_two_who_change_it_at_once_one_is_stale(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *first = of_alice(fixture), *second = of_alice(fixture);
    give(fixture, first, "C1", "client/agent");
    struct consent other = given(fixture, "C2", "client/other");
    consents_add(second, &other);
    assert_int_equal(store_row(fixture, second), STORE_STALE);
    first = of_alice(fixture);
    second = of_alice(fixture);
    consents_forget(first, TEXT("calendar"));
    assert_int_equal(store_row(fixture, first), STORE_STORED);
    consents_add(second, &other);
    assert_int_equal(store_row(fixture, second), STORE_STALE);
    assert_int_equal(of_alice(fixture)->count, 0);
}

static void one_that_is_replaced_or_forgotten_is_named_so_that_it_can_be_ended(void **state)
{
    struct consent_fixture *fixture = *state;
    give(fixture, of_alice(fixture), "C1", "client/agent");
    struct consents *consents = of_alice(fixture);
    give(fixture, consents, "C2", "client/agent");
    assert_int_equal(consents->count, 1);
    assert_int_equal(consents->gone_count, 1);
    assert_true(text_is(consents->gone[0], "C1"));
    consents = of_alice(fixture);
    assert_true(text_is(consents->items[0].id, "C2"));
    assert_false(consents_forget(consents, TEXT("mail")));
    assert_true(consents_forget(consents, TEXT("calendar")));
    assert_int_equal(consents->gone_count, 1);
    assert_true(text_is(consents->gone[0], "C2"));
    assert_int_equal(store_row(fixture, consents), STORE_STORED);
    assert_int_equal(of_alice(fixture)->version, 0);
}

static void those_that_have_expired_make_room_and_need_no_end(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    struct consent old = given(fixture, "C1", "client/agent"), later = given(fixture, "C2", "client/other");
    consents_add(consents, &old);
    later.given_at_s = old.expires_at_s;
    consents_add(consents, &later);
    assert_int_equal(consents->count, 1);
    assert_true(text_is(consents->items[0].id, "C2"));
    assert_int_equal(consents->gone_count, 0);
}

static void of_more_than_128_the_oldest_goes(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    for (int i = 0; i < CONSENTS_MAX + 1; i++) {
        struct consent consent = given(fixture, "C", arena_print(fixture->arena, "client/%d", i).base);
        consent.id = arena_print(fixture->arena, "C%d", i);
        consent.given_at_s = fixture->now_s + (i == 5 ? -10 : i); /* the sixth is the oldest */
        consent.expires_at_s = fixture->now_s + 86400;
        consents_add(consents, &consent);
    }
    assert_int_equal(consents->count, CONSENTS_MAX);
    assert_int_equal(consents->gone_count, 1);
    assert_true(text_is(consents->gone[0], "C5"));
    assert_int_equal(store_row(fixture, consents), STORE_STORED);
    assert_int_equal(of_alice(fixture)->count, CONSENTS_MAX);
}

static void a_row_never_grows_larger_than_the_store_takes(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    char scope[4001];
    memset(scope, 's', sizeof(scope) - 1);
    scope[sizeof(scope) - 1] = '\0';
    for (int i = 0; i < 40; i++) {
        struct consent consent = given(fixture, "C", arena_print(fixture->arena, "client/%d", i).base);
        consent.id = arena_print(fixture->arena, "C%d", i);
        consent.scope = text_of(scope);
        consent.account = text_of(scope);        /* of whatever length the other side likes */
        consent.given_at_s = fixture->now_s - i; /* a clock that is set back: the new one stays all the same */
        consents_add(consents, &consent);
        assert_true(text_equal(consents->items[consents->count - 1].id, consent.id));
    }
    assert_in_range(consents->count, 13, 16);
    assert_int_equal(consents->count + consents->gone_count, 40);
    struct store_state change;
    consents_write(consents, &change);
    assert_in_range(change.value.length, 50000, STORE_STATE_VALUE_MAX);
    assert_int_equal(fixture_store(fixture, &change, 1), STORE_STORED);
    assert_int_equal(of_alice(fixture)->count, consents->count);
}

/* --- what is left of an account --- */

static void give_connected(struct consent_fixture *fixture, struct consents *consents, const char *id,
                           const char *client, int64_t given_at_s)
{
    struct consent consent = given(fixture, id, client);
    consent.has_connection = true;
    consent.given_at_s = given_at_s;
    consent.expires_at_s = given_at_s + 3600;
    consents_add(consents, &consent);
}

static void an_account_is_named_for_all_of_its_target_as_long_as_there_is_room(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    char scope[4001], account[257];
    memset(scope, 's', sizeof(scope) - 1);
    memset(account, '"', sizeof(account) - 1);
    scope[sizeof(scope) - 1] = account[sizeof(account) - 1] = '\0';
    for (int i = 0; i < 20; i++) {
        struct consent consent = given(fixture, "C", arena_print(fixture->arena, "client/%d", i).base);
        consent.has_connection = true;
        consent.account = TEXT_NONE;
        consent.scope = text_of(scope);
        consents_add(consents, &consent);
    }
    struct consent connected = {.id = TEXT("C"), .target = consents->items[0].target, .account = TEXT("a@b")};
    consents->items[1].target = TEXT("elsewhere");
    consents_note_connection(consents, &connected);
    assert_true(text_is(consents->items[0].account, "a@b") && consents->items[1].account.length == 0);
    assert_true(text_is(consents->items[consents->count - 1].account, "a@b"));
    connected.account = text_of(account);
    consents_note_connection(consents, &connected);
    assert_true(text_is(consents->items[0].account, account));
    struct store_state change;
    consents_write(consents, &change);
    assert_in_range(change.value.length, 60000, STORE_STATE_VALUE_MAX);
}

static void of_a_connected_account_the_last_consent_stays_when_it_is_over(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    give_connected(fixture, consents, "C1", "client/agent", fixture->now_s - 7200);
    give_connected(fixture, consents, "C2", "client/other", fixture->now_s - 7200);
    struct consent mail = given(fixture, "C3", "client/agent");
    mail.target = TEXT("mail");
    consents_add(consents, &mail);
    assert_int_equal(consents->count, 2); /* one of the two that have expired, and the new one */
    assert_true(text_is(consents->items[0].target, "calendar"));
    assert_int_equal(row_of_stored(fixture, consents).expires_at_s, 0);
    consents = of_alice(fixture);
    assert_int_equal(consents->count, 2);
    assert_true(consents->items[0].has_connection);
    assert_true(text_is(consents->items[0].account, "alice@vendor.example"));
    assert_null(find(fixture, consents, text_is(consents->items[0].id, "C1") ? "client/agent" : "client/other",
                     "read"));
    give_connected(fixture, consents, "C4", "client/third", fixture->now_s);
    assert_int_equal(consents->count, 2); /* what is agreed to now is a trace, too */
}

static void a_yes_to_more_keeps_the_name_of_the_account(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    struct consent more = given(fixture, "C2", "client/agent");
    more.account = TEXT_NONE;
    give_connected(fixture, consents, "C1", "client/agent", fixture->now_s);
    consents_add(consents, &more);
    assert_int_equal(consents->count, 1);
    assert_true(text_is(consents->items[0].id, "C2"));
    assert_true(text_is(consents->items[0].account, "alice@vendor.example"));
    more.account = TEXT("other@vendor.example");
    consents_add(consents, &more);
    assert_true(text_is(consents->items[0].account, "other@vendor.example"));
}

static void one_that_is_ended_covers_nothing_and_leaves_a_trace_until_it_is_forgotten(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    give_connected(fixture, consents, "C1", "client/agent", fixture->now_s);
    give_connected(fixture, consents, "C2", "client/other", fixture->now_s);
    consents_end(consents, 1);
    assert_int_equal(consents->count, 1);
    consents_end(consents, 0);
    assert_int_equal(consents->count, 1);
    assert_int_equal(consents->gone_count, 2);
    assert_true(text_is(consents->gone[1], "C1"));
    assert_null(find(fixture, consents, "client/agent", ""));
    consents_end(consents, 0); /* it is no news */
    assert_int_equal(consents->gone_count, 2);
    assert_int_equal(store_row(fixture, consents), STORE_STORED);
    consents = of_alice(fixture);
    assert_int_equal(consents->count, 1);
    assert_true(consents_forget(consents, TEXT("calendar")));
    assert_int_equal(consents->count, 0);
}

static void a_program_has_its_team_in_its_name(void **state)
{
    struct consent_fixture *fixture = *state;
    struct text text = consent_program_text(fixture->arena, TEXT("client/agent"), TEXT("red"), TEXT_NONE);
    struct consent_program parts = consent_program_of(text);
    assert_true(text_is(text, "client/agent@red"));
    assert_true(text_is(parts.kind, "client") && text_is(parts.name, "agent") && text_is(parts.team, "red"));
    text = consent_program_text(fixture->arena, TEXT("agent-class/sorters"), TEXT_NONE, TEXT_NONE);
    parts = consent_program_of(text);
    assert_true(text_is(text, "agent-class/sorters"));
    assert_true(text_is(parts.kind, "agent-class") && text_is(parts.name, "sorters"));
    assert_int_equal(parts.team.length, 0);
    text =
        consent_program_text(fixture->arena, TEXT("client/desks"), TEXT("red"), TEXT("https://a.example/me@x"));
    parts = consent_program_of(text);
    assert_true(text_is(text, "client/desks@red https://a.example/me@x"));
    assert_true(text_is(parts.name, "desks") && text_is(parts.team, "red"));
    assert_true(text_is(parts.client_id, "https://a.example/me@x"));
    text = consent_program_text(fixture->arena, TEXT("client/desks"), TEXT_NONE, TEXT("urn:dragoman:client:1"));
    parts = consent_program_of(text);
    assert_true(text_is(parts.name, "desks") && text_is(parts.client_id, "urn:dragoman:client:1"));
    assert_int_equal(parts.team.length, 0);
}

static void an_account_is_noted_with_its_consent_or_what_is_left_of_it(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    struct consent connected = given(fixture, "C2", "client/other");
    connected.account = TEXT("new@vendor.example");
    const struct consent agents = given(fixture, "C1", "client/agent"),
                         others = given(fixture, "C2", "client/other");
    consents_add(consents, &agents);
    consents_add(consents, &others);
    consents_note_connection(consents, &connected);
    assert_true(text_is(consents->items[0].account, "alice@vendor.example"));
    assert_true(text_is(consents->items[1].account, "new@vendor.example"));
    assert_true(consents->items[1].has_connection);
    consents_forget(consents, TEXT("calendar"));
    consents_add(consents, &agents);
    consents_note_connection(consents, &connected); /* ended meanwhile: another has it */
    assert_int_equal(consents->count, 1);
    assert_true(consents->items[0].has_connection && text_is(consents->items[0].id, "C1"));
    consents_forget(consents, TEXT("calendar"));
    consents_note_connection(consents, &connected);
    assert_int_equal(consents->count, 1);
    assert_true(consents->items[0].has_connection && consents->items[0].expires_at_s == 0);
    assert_null(find(fixture, consents, "client/other", ""));
}

static void the_name_of_an_account_is_left_out_where_a_row_has_no_room_for_it(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    char scope[4000];
    memset(scope, 'a', sizeof(scope));
    for (int i = 0; i < CONSENTS_MAX && consents->gone_count == 0; i++) {
        struct consent consent = given(fixture, "C", arena_print(fixture->arena, "client/%d", i).base);
        consent.scope = (struct text){scope, sizeof(scope)};
        consent.account = TEXT_NONE;
        consents_add(consents, &consent);
    }
    assert_int_equal(consents->gone_count, 1); /* one more had no room */
    for (size_t i = 0; i < consents->count; i++) {
        struct consent connected = given(fixture, "", "client/agent");
        connected.id = consents->items[i].id = arena_print(fixture->arena, "D%zu", i);
        connected.account = (struct text){scope, CONSENT_ACCOUNT_BYTES_MAX};
        consents_note_connection(consents, &connected);
    }
    assert_int_equal(consents->items[0].account.length, CONSENT_ACCOUNT_BYTES_MAX);
    assert_int_equal(consents->items[consents->count - 1].account.length, 0);
    assert_int_equal(store_row(fixture, consents), STORE_STORED);
}

/* A row from before this was noted has no word of it, like one whose connecting was finished. */
static void connecting_is_unfinished_where_the_row_says_so_and_nowhere_else(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    struct consent begun = given(fixture, "C1", "client/agent"), old = given(fixture, "C2", "client/other");
    begun.has_connection = begun.is_unfinished = old.has_connection = true;
    consents_add(consents, &begun);
    consents_add(consents, &old);
    assert_int_equal(store_row(fixture, consents), STORE_STORED);
    consents = of_alice(fixture);
    assert_true(consents->items[0].is_unfinished);
    assert_false(consents->items[1].is_unfinished);
}

static void an_end_of_what_has_no_account_leaves_nothing(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    give(fixture, consents, "C1", "client/agent");
    consents_end(consents, 0);
    assert_int_equal(consents->count, 0);
    assert_int_equal(consents->gone_count, 1);
}

static void a_trace_goes_before_anything_that_is_agreed_to(void **state)
{
    struct consent_fixture *fixture = *state;
    struct consents *consents = of_alice(fixture);
    for (int i = 0; i < CONSENTS_MAX; i++) {
        struct consent consent = given(fixture, "C", "client/agent");
        consent.id = arena_print(fixture->arena, "C%d", i);
        consent.target = arena_print(fixture->arena, "target-%d", i);
        consent.has_connection = true;
        consent.given_at_s = fixture->now_s + i;
        consent.expires_at_s = fixture->now_s + 86400;
        consents_add(consents, &consent);
    }
    consents_end(consents, 7);
    assert_int_equal(consents->count, CONSENTS_MAX);
    give_connected(fixture, consents, "new", "client/agent", fixture->now_s + 1000);
    assert_int_equal(consents->count, CONSENTS_MAX);
    assert_int_equal(consents->gone_count, 1); /* the one that was ended before */
    for (size_t i = 0; i < consents->count; i++)
        assert_false(text_is(consents->items[i].id, "C7"));
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TRIED(a_consent_is_found_again_as_it_was_given),
        TRIED(it_is_for_its_client_target_and_scopes_alone_and_until_it_expires),
        TRIED(nobody_else_has_it),
        TRIED(a_row_that_is_copied_to_somebody_elses_place_does_not_open),
        TRIED(the_row_says_nothing_to_whoever_copies_the_database),
        TRIED(of_two_who_change_it_at_once_one_is_stale),
        TRIED(one_that_is_replaced_or_forgotten_is_named_so_that_it_can_be_ended),
        TRIED(those_that_have_expired_make_room_and_need_no_end),
        TRIED(of_more_than_128_the_oldest_goes),
        TRIED(a_row_never_grows_larger_than_the_store_takes),
        TRIED(an_account_is_named_for_all_of_its_target_as_long_as_there_is_room),
        TRIED(of_a_connected_account_the_last_consent_stays_when_it_is_over),
        TRIED(a_yes_to_more_keeps_the_name_of_the_account),
        TRIED(one_that_is_ended_covers_nothing_and_leaves_a_trace_until_it_is_forgotten),
        TRIED(a_program_has_its_team_in_its_name),
        TRIED(an_account_is_noted_with_its_consent_or_what_is_left_of_it),
        TRIED(the_name_of_an_account_is_left_out_where_a_row_has_no_room_for_it),
        TRIED(connecting_is_unfinished_where_the_row_says_so_and_nowhere_else),
        TRIED(an_end_of_what_has_no_account_leaves_nothing),
        TRIED(a_trace_goes_before_anything_that_is_agreed_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
