/* A link is good for one browser, once, for a while; a copy of the database opens none. */
#include "consent_fixture.h"

static struct invitation invitation_until(int64_t expires_at_s)
{
    return (struct invitation){.exchange = TEXT("01KAQZ3M5W8Y0E6T2R4V7N9B1C"),
                               .target = TEXT("calendar"),
                               .client = TEXT("client/agent"),
                               .person = {TEXT("https://idp.example"), TEXT("alice")},
                               .actor = {TEXT("https://cluster.example"), TEXT("agent-7")},
                               .scope = TEXT("read write"),
                               .task = TEXT("t-1"),
                               .purpose = TEXT("plan a journey"),
                               .root = TEXT("r1"),
                               .expires_at_s = expires_at_s};
}

static struct invitation_reading *found_by(struct consent_fixture *fixture, const char *ticket)
{
    struct invitation_reading *reading = ARENA_NEW(fixture->arena, struct invitation_reading);
    reading->ticket = arena_copy(fixture->arena, text_of(ticket));
    fixture_read_invitation(fixture, reading);
    return reading;
}

static void make(struct consent_fixture *fixture, int64_t expires_at_s, char ticket[INVITATION_TICKET_SIZE])
{
    struct invitation invitation = invitation_until(expires_at_s);
    struct store_state change;
    invitation_make(fixture->sealer, fixture->arena, &invitation, ticket, &change);
    assert_int_equal(fixture_store(fixture, &change, 1), STORE_STORED);
}

static void assert_same_invitation(const struct invitation *a, const struct invitation *b)
{
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->expires_at_s, b->expires_at_s);
    assert_true(text_equal(a->exchange, b->exchange) && text_equal(a->target, b->target));
    assert_true(text_equal(a->client, b->client) && text_equal(a->root, b->root));
    assert_true(text_equal(a->person.issuer, b->person.issuer));
    assert_true(text_equal(a->person.subject, b->person.subject));
    assert_true(text_equal(a->actor.issuer, b->actor.issuer));
    assert_true(text_equal(a->actor.subject, b->actor.subject));
    assert_true(text_equal(a->scope, b->scope) && text_equal(a->task, b->task));
    assert_true(text_equal(a->purpose, b->purpose) && text_equal(a->consent, b->consent));
    assert_true(text_equal(a->browser_state, b->browser_state) && text_equal(a->keep, b->keep));
}

static void a_link_leads_to_what_it_was_made_for_and_says_nothing_of_it(void **state)
{
    struct consent_fixture *fixture = *state;
    char ticket[INVITATION_TICKET_SIZE], other[INVITATION_TICKET_SIZE];
    make(fixture, fixture->now_s + 600, ticket);
    make(fixture, fixture->now_s + 600, other);
    assert_int_equal(strlen(ticket), INVITATION_TICKET_SIZE - 1);
    assert_int_equal(strspn(ticket, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     INVITATION_TICKET_SIZE - 1);
    assert_string_not_equal(ticket, other);
    struct invitation_reading *reading = found_by(fixture, ticket);
    struct invitation made = invitation_until(fixture->now_s + 600);
    assert_int_equal(reading->fault, FAULT_NONE);
    assert_same_invitation(&reading->invitation, &made);
    ticket[7] = ticket[7] == 'A' ? 'B' : 'A';
    assert_int_equal(found_by(fixture, ticket)->fault, FAULT_DOCUMENT_UNKNOWN);
    assert_int_equal(found_by(fixture, "")->fault, FAULT_DOCUMENT_UNKNOWN);
}

static void neither_the_ticket_nor_what_it_is_for_is_in_the_database(void **state)
{
    struct consent_fixture *fixture = *state;
    char ticket[INVITATION_TICKET_SIZE];
    struct invitation invitation = invitation_until(fixture->now_s + 600);
    struct store_state change;
    invitation_make(fixture->sealer, fixture->arena, &invitation, ticket, &change);
    assert_true(text_is(change.adapter, "~invitation"));
    assert_int_equal(change.key.length, 64);
    assert_null(memmem(change.key.base, change.key.length, ticket, 8));
    assert_null(memmem(change.value.base, change.value.length, ticket, strlen(ticket)));
    assert_null(memmem(change.value.base, change.value.length, "alice", 5));
    assert_int_equal(change.expires_at_s, fixture->now_s + 600);
}

static void a_row_that_is_copied_to_another_link_does_not_open(void **state)
{
    struct consent_fixture *fixture = *state;
    char ticket[INVITATION_TICKET_SIZE], other[INVITATION_TICKET_SIZE];
    struct invitation invitation = invitation_until(fixture->now_s + 600);
    struct store_state changes[2];
    invitation_make(fixture->sealer, fixture->arena, &invitation, ticket, &changes[0]);
    invitation_make(fixture->sealer, fixture->arena, &invitation, other, &changes[1]);
    changes[1].value = changes[0].value;
    assert_int_equal(fixture_store(fixture, changes, 2), STORE_STORED);
    assert_int_equal(found_by(fixture, ticket)->fault, FAULT_NONE);
    assert_int_equal(found_by(fixture, other)->fault, FAULT_SEAL_BROKEN);
}

static void a_link_that_has_expired_leads_nowhere(void **state)
{
    struct consent_fixture *fixture = *state;
    char ticket[INVITATION_TICKET_SIZE];
    make(fixture, clock_wall_s() - 1, ticket);
    assert_int_equal(found_by(fixture, ticket)->fault, FAULT_DOCUMENT_UNKNOWN);
}

static void a_step_is_taken_once(void **state)
{
    struct consent_fixture *fixture = *state;
    char ticket[INVITATION_TICKET_SIZE];
    make(fixture, fixture->now_s + 600, ticket);
    struct invitation_reading *first = found_by(fixture, ticket), *second = found_by(fixture, ticket);
    struct store_state change;
    first->invitation.step = INVITATION_CONSENTED;
    first->invitation.consent = TEXT("01KAQZ3M5W8Y0E6T2R4V7N9B1D");
    first->invitation.browser_state = TEXT("st");
    first->invitation.keep = TEXT("{\"verifier\":\"v\"}");
    invitation_advance(first, &change);
    assert_int_equal(fixture_store(fixture, &change, 1), STORE_STORED);
    invitation_advance(second, &change);
    assert_int_equal(fixture_store(fixture, &change, 1), STORE_STALE);
    struct invitation_reading *now = found_by(fixture, ticket);
    assert_same_invitation(&now->invitation, &first->invitation);
    struct store_state gone;
    invitation_remove(now, &gone);
    assert_int_equal(fixture_store(fixture, &gone, 1), STORE_STORED);
    assert_int_equal(found_by(fixture, ticket)->fault, FAULT_DOCUMENT_UNKNOWN);
    invitation_remove(now, &gone);
    assert_int_equal(fixture_store(fixture, &gone, 1), STORE_STALE);
}

static void one_that_was_moved_to_a_browser_is_there_alone(void **state)
{
    struct consent_fixture *fixture = *state;
    char ticket[INVITATION_TICKET_SIZE], browser[INVITATION_TICKET_SIZE], other[INVITATION_TICKET_SIZE];
    make(fixture, fixture->now_s + 600, ticket);
    struct invitation_reading *first = found_by(fixture, ticket), *second = found_by(fixture, ticket);
    struct store_state changes[2];
    first->invitation.step = INVITATION_OPENED;
    invitation_move(first, browser, changes);
    assert_int_equal(fixture_store(fixture, changes, 2), STORE_STORED);
    assert_string_not_equal(ticket, browser);
    assert_int_equal(found_by(fixture, ticket)->fault, FAULT_DOCUMENT_UNKNOWN);
    assert_same_invitation(&found_by(fixture, browser)->invitation, &first->invitation);
    /* Whoever opened the link at the same moment has nothing. */
    invitation_move(second, other, changes);
    assert_int_equal(fixture_store(fixture, changes, 2), STORE_STALE);
    assert_int_equal(found_by(fixture, other)->fault, FAULT_DOCUMENT_UNKNOWN);
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TRIED(a_link_leads_to_what_it_was_made_for_and_says_nothing_of_it),
        TRIED(neither_the_ticket_nor_what_it_is_for_is_in_the_database),
        TRIED(a_row_that_is_copied_to_another_link_does_not_open),
        TRIED(a_link_that_has_expired_leads_nowhere),
        TRIED(a_step_is_taken_once),
        TRIED(one_that_was_moved_to_a_browser_is_there_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
