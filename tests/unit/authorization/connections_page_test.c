/* What somebody agreed to is shown to them and ended by them alone, and no account stays connected out of their
 * reach. */
#include "pages_person.h"

#include "base/clock.h"
#include "consent/consents.h"

static void a_consent_is_ended_by_its_person_alone(void **state)
{
    (void)state;
    char body[256];
    go_to_vendor();
    struct text consent = stage_last_record()->id;
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", consent.base);
    assert_int_equal(stage_ask("/connections/disconnect", NULL, NULL, body), 403);
    assert_true(stage_shows("Nobody is logged in here"));
    assert_int_equal(stage_ask("/connections/disconnect", "alice", "Sec-Fetch-Site: cross-site\r\n", body),
                     403);
    assert_int_equal(stage_ask("/connections/disconnect", "mallory", NULL, body), 403);
    snprintf(body, sizeof(body), "csrf=csrf-mallory&consent=%.26s", consent.base);
    assert_int_equal(stage_ask("/connections/disconnect", "mallory", NULL, body), 404);
    assert_false(stage_is_ended(consent));
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", consent.base);
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, body), 200);
    assert_true(stage_is_ended(consent));
    assert_true(stage_shows("Disconnect mail for every program") && stage_shows("value=\"csrf-alice\""));
    stage_assert_record("consent", "done", NULL);
    assert_true(stage_shows("planner may not use mail in your name any more."));
    assert_false(stage_shows("taken back"));
    assert_int_equal(adapter.forgotten, 0);
    assert_true(agreed_to_nothing());
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, body), 404);
}

static void a_whole_service_is_forgotten_with_all_that_was_agreed_to(void **state)
{
    (void)state;
    go_to_vendor();
    struct text consent = stage_last_record()->id;
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_true(stage_is_ended(consent));
    assert_int_equal(adapter.forgotten, 1);
    assert_true(stage_shows("No agent may use mail in your name any more."));
    stage_assert_record("connection", "done", NULL);
    assert_true(agreed_to_nothing());
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=none"), 404);
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice"), 400);
}

static void of_the_other_side_is_said_what_it_said_and_no_more(void **state)
{
    (void)state;
    const char *form = "csrf=csrf-alice&target=mail";
    for (int i = 0; i < 3; i++) {
        go_to_vendor();
        adapter.is_revoked = i == 0;
        adapter.forget_fault = i == 2 ? FAULT_ADAPTER_UNAVAILABLE : FAULT_NONE;
        assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, form), i == 2 ? 502 : 200);
        assert_int_equal(stage_shows("here and at mail: the permission that you gave there was taken back"),
                         i == 0);
        assert_int_equal(stage_shows("mail did not say whether it took back"), i == 1);
        assert_int_equal(stage_shows("mail could not be told"), i == 2);
    }
}

static void an_account_whose_connecting_was_not_finished_is_not_shown_as_connected(void **state)
{
    (void)state;
    go_to_vendor();
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_true(stage_shows("End this for planner") && stage_shows("Connecting was not finished"));
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 200);
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_false(stage_shows("Connecting was not finished"));
    assert_true(stage_shows("alice@mail.example"));
}

static void an_account_that_was_connected_already_is_finished_and_keeps_its_name(void **state)
{
    (void)state;
    go_to_vendor();
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 200);
    adapter.go_to = NULL;
    go_to_vendor();
    assert_true(stage_shows("<h1>Done</h1>"));
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_false(stage_shows("Connecting was not finished"));
    assert_true(stage_shows("alice@mail.example"));
}

static void an_account_that_is_connected_without_a_name_is_finished(void **state)
{
    (void)state;
    adapter.is_nameless = true;
    go_to_vendor();
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 200);
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_false(stage_shows("Connecting was not finished") || stage_shows("<dt>Account</dt>"));
}

/* --- what is left of an account --- */

/* A row with this one consent, as it was agreed to some time ago. */
static void keep_consent(const char *id, const char *target, int64_t given_at_s, bool has_connection)
{
    static struct consents consents;
    struct store_state row;
    consents = (struct consents){.store = stage.gateway.store,
                                 .sealer = stage.gateway.sealer,
                                 .arena = stage.arena,
                                 .person = {TEXT("https://idp.example"), TEXT("alice")}};
    const struct consent consent = {.id = text_of(id),
                                    .target = text_of(target),
                                    .client = TEXT("client/planner"),
                                    .scope = TEXT("read"),
                                    .account = TEXT("alice@mail.example"),
                                    .has_connection = has_connection,
                                    .given_at_s = given_at_s,
                                    .expires_at_s = given_at_s + 3600};
    consents_add(&consents, &consent);
    consents_write(&consents, &row);
    row.expected_version = -1;
    struct store_transaction transaction = {.states = &row, .state_count = 1};
    store_submit_and_wait(stage.gateway.store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
}

static bool shows_a_trace(void)
{
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    return stage_shows("No agent may use this any more") && stage_shows("Disconnect mail for every program");
}

static void an_account_is_disconnected_after_all_that_was_agreed_to_has_expired(void **state)
{
    (void)state;
    keep_consent("01KAQZ3M5W8Y0E6T2R4V7N9B1D", "mail", clock_wall_s() - 7200, true);
    assert_true(agreed_to_nothing());
    assert_true(shows_a_trace() && stage_shows("alice@mail.example"));
    assert_false(stage_shows("End this for"));
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_int_equal(adapter.forgotten, 1);
    assert_false(shows_a_trace());
}

static void an_account_is_disconnected_after_each_consent_was_ended_by_itself(void **state)
{
    (void)state;
    char body[256];
    go_to_vendor();
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", stage_last_record()->id.base);
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, body), 200);
    assert_true(shows_a_trace());
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_int_equal(adapter.forgotten, 1);
    assert_false(shows_a_trace());
}

static void an_account_that_could_not_be_forgotten_can_be_disconnected_again(void **state)
{
    (void)state;
    go_to_vendor();
    adapter.forget_fault = FAULT_ADAPTER_UNAVAILABLE;
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 502);
    assert_true(stage_shows("Disconnect mail for every program"));
    size_t count;
    const struct store_record *all = stage_records(&count);
    assert_true(stage_shows_reference(text_is(all[0].outcome, "refused") ? all[0].id : all[1].id));
    assert_true(shows_a_trace());
    adapter.forget_fault = FAULT_NONE;
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_int_equal(adapter.forgotten, 2);
    assert_false(shows_a_trace());
}

static void nothing_is_left_of_what_has_no_account_or_no_target(void **state)
{
    (void)state;
    keep_consent("01KAQZ3M5W8Y0E6T2R4V7N9B1D", "mail", clock_wall_s() - 7200, false);
    assert_false(shows_a_trace());
    keep_consent("01KAQZ3M5W8Y0E6T2R4V7N9B1D", "gone", clock_wall_s() - 7200, true);
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_false(stage_shows("Disconnect"));
}

static void an_account_that_nobody_could_be_asked_to_forget_is_not_taken_for_forgotten(void **state)
{
    (void)state;
    static const struct adapter keeps_nothing = {.name = {"jwt", 3}};
    struct target *mail = &stage.world->targets[0];
    const struct adapter *connecting = mail->adapter;
    go_to_vendor();
    mail->adapter = &keeps_nothing;
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_int_equal(adapter.forgotten, 0);
    assert_false(shows_a_trace());
    mail->adapter = connecting;
    assert_true(shows_a_trace());
}

/* The other side's answer is on its way while everything there is disconnected. */
static void an_account_that_was_connected_meanwhile_can_be_disconnected(void **state)
{
    (void)state;
    char path[256];
    go_to_vendor();
    snprintf(path, sizeof(path), "/connect/callback/mail?state=%s&code=c", adapter.state);
    struct wire *back = send_and_hold(path, "alice");
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_false(shows_a_trace());
    let_finish();
    assert_int_equal(stage_hear(back), 200);
    assert_true(shows_a_trace() && stage_shows("alice@mail.example"));
}

/* --- where people do not connect any more --- */

static void an_account_is_forgotten_where_people_connect_no_more_for_those_who_did(void **state)
{
    (void)state;
    go_to_vendor();
    struct document *mail = (struct document *)stage.world->targets[0].document;
    mail->target.consent_s = 0;
    assert_int_equal(stage_ask("/connections/disconnect", "mallory", NULL, "csrf=csrf-mallory&target=mail"),
                     404);
    assert_int_equal(adapter.forgotten, 0);
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_int_equal(adapter.forgotten, 1);
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, pages_begin, pages_end)
    const struct CMUnitTest tests[] = {
        TRIED(a_consent_is_ended_by_its_person_alone),
        TRIED(a_whole_service_is_forgotten_with_all_that_was_agreed_to),
        TRIED(of_the_other_side_is_said_what_it_said_and_no_more),
        TRIED(an_account_whose_connecting_was_not_finished_is_not_shown_as_connected),
        TRIED(an_account_that_was_connected_already_is_finished_and_keeps_its_name),
        TRIED(an_account_that_is_connected_without_a_name_is_finished),
        TRIED(an_account_is_disconnected_after_all_that_was_agreed_to_has_expired),
        TRIED(an_account_is_disconnected_after_each_consent_was_ended_by_itself),
        TRIED(an_account_that_could_not_be_forgotten_can_be_disconnected_again),
        TRIED(nothing_is_left_of_what_has_no_account_or_no_target),
        TRIED(an_account_that_nobody_could_be_asked_to_forget_is_not_taken_for_forgotten),
        TRIED(an_account_that_was_connected_meanwhile_can_be_disconnected),
        TRIED(an_account_is_forgotten_where_people_connect_no_more_for_those_who_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
