/* The pages over HTTP, on a real store, from the opened link to the end of what was agreed to, and each way to
 * get somewhere without being who one has to be. */
#include "pages_person.h"

#include "base/clock.h"

/* --- the link --- */

static void a_link_is_looked_at_as_often_as_one_likes_and_opened_once(void **state)
{
    (void)state;
    char path[128];
    invite();
    snprintf(path, sizeof(path), "/connect/%s", link_ticket);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(stage_ask(path, "alice", NULL, NULL), 200);
    assert_false(stage_shows("mail"));
    assert_false(stage_shows("alice"));
    assert_int_equal(open_link(NULL), 200);
    assert_true(stage_shows("0;url=https://gateway.example/consent"));
    assert_int_equal(strlen(stage.browser), 43);
    assert_string_not_equal(stage.browser, link_ticket);
    assert_int_equal(open_link(NULL), 404);
    memcpy(stage.browser, link_ticket, sizeof(stage.browser)); /* whoever has the link has not the browser's */
    assert_int_equal(stage_ask("/consent", "alice", NULL, NULL), 404);
    assert_int_equal(stage_ask("/connect/nonsense", NULL, NULL, NULL), 404);
}

static void a_link_is_not_opened_by_a_form_from_elsewhere(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link("Sec-Fetch-Site: cross-site\r\n"), 403);
    assert_int_equal(open_link("Origin: https://evil.example\r\n"), 403);
    assert_int_equal(open_link("Origin: null\r\n"), 403);
    assert_int_equal(open_link("Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n"), 200);
}

/* --- consent --- */

static void a_consent_is_shown_to_its_person_and_nobody_else(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(stage_ask("/consent", NULL, NULL, NULL), 303);
    assert_true(stage_shows("/idp/corp/consent"));
    assert_int_equal(stage_ask("/consent", "mallory", NULL, NULL), 403);
    assert_false(stage_shows("planner"));
    assert_false(stage_shows("sort"));
    assert_int_equal(stage_ask("/consent", "alice", NULL, NULL), 200);
    assert_true(stage_shows("<bdi>planner</bdi>") && stage_shows("https://mail.example"));
    assert_true(stage_shows("<blockquote dir=\"auto\">sort &lt;b&gt;mail&lt;/b&gt;</blockquote>"));
}

static void a_consent_is_given_by_its_person_on_its_own_form(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(decide("mallory", "allow", "csrf-mallory", NULL), 403);
    assert_int_equal(decide("alice", "allow", "csrf-mallory", NULL), 403);
    assert_int_equal(decide("alice", "allow", "csrf-alice", "0000"), 403);
    assert_int_equal(decide("alice", "perhaps", "csrf-alice", NULL), 400);
    assert_int_equal(decide(NULL, "allow", "csrf-alice", NULL), 403);
    assert_true(stage_shows("Nobody is logged in here"));
    assert_int_equal(adapter.begun, 0);
    assert_true(agreed_to_nothing());
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_true(stage_shows("0;url=https://vendor.example/authorize?a=b&amp;c=d"));
    assert_string_equal(adapter.redirect, "https://gateway.example/connect/callback/mail");
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 404);
    assert_int_equal(adapter.begun, 1);
    stage_assert_record("consent", "done", NULL);
    assert_true(text_is(stage_last_record()->root, "root-1"));
    assert_true(text_is(stage_last_record()->client, "planner-id"));
    assert_true(text_is(stage_last_record()->parent, "01K00000000000000000000000"));
}

static void a_no_is_recorded_and_the_link_is_over(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(decide("alice", "deny", "csrf-alice", NULL), 200);
    assert_true(stage_shows("__Host-dragoman-invitation=; Path=/; Max-Age=0"));
    stage_assert_record("consent", "refused", "consent_denied");
    assert_int_equal(adapter.begun, 0);
    assert_true(agreed_to_nothing());
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 404);
}

static void a_newer_consent_of_the_same_program_ends_the_one_before(void **state)
{
    (void)state;
    go_to_vendor();
    struct text first = stage_last_record()->id;
    assert_false(stage_is_ended(first));
    go_to_vendor();
    assert_true(stage_is_ended(first));
    assert_false(stage_is_ended(stage_last_record()->id));
}

static void two_answers_of_one_person_at_once_are_both_kept(void **state)
{
    (void)state;
    static const char *const clients[] = {"client/first", "client/second"};
    for (unsigned round = 0; round < 5; round++) {
        char browsers[2][sizeof(stage.browser)];
        struct wire *wires[2];
        for (size_t i = 0; i < 2; i++) {
            invite_for(clients[i], "read");
            assert_int_equal(open_link(NULL), 200);
            memcpy(browsers[i], stage.browser, sizeof(stage.browser));
        }
        for (size_t i = 0; i < 2; i++) {
            memcpy(stage.browser, browsers[i], sizeof(stage.browser));
            wires[i] = send_decision("alice", "allow", "csrf-alice", NULL);
        }
        assert_int_equal(stage_hear(wires[0]), 200);
        assert_int_equal(stage_hear(wires[1]), 200);
        assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
        assert_true(stage_shows("End this for first") && stage_shows("End this for second"));
    }
}

static void nothing_is_agreed_to_for_whom_a_kill_has_ended_since_the_link_was_made(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *id;
    } kills[] = {{"root", "root-1"},
                 {"client", "planner-id"},
                 {"agent", "https://gateway.example planner-id"},
                 {"target", "https://mail.example"}};
    for (size_t i = 0; i < sizeof(kills) / sizeof(kills[0]); i++) {
        pages_end(NULL);
        pages_begin(NULL);
        invite();
        assert_int_equal(open_link(NULL), 200);
        stage_kill(kills[i].kind, kills[i].id);
        assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 404);
        assert_int_equal(adapter.begun, 0);
        assert_true(agreed_to_nothing());
        assert_int_equal(decide("alice", "deny", "csrf-alice", NULL), 200);
    }
    pages_end(NULL);
    pages_begin(NULL);
    go_to_vendor();
    stage_kill(kills[0].kind, kills[0].id);
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 404);
    assert_int_equal(adapter.finished, 0);
}

static void nobody_is_sent_to_an_address_that_is_not_encrypted(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    adapter.go_to = "http://vendor.example/";
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 502);
    stage_assert_record("connection", "refused", "connecting_answer");
    size_t count;
    const struct store_record *all = stage_records(&count);
    assert_true(stage_shows_reference(text_is(all[0].outcome, "refused") ? all[0].id : all[1].id));
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 404);
    assert_int_equal(adapter.finished, 0);
}

static void an_account_that_is_connected_already_needs_no_journey(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    adapter.go_to = NULL;
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_true(stage_shows("<h1>Done</h1>"));
    assert_false(agreed_to_nothing());
    assert_int_equal(stage_ask("/consent", "alice", NULL, NULL), 404);
}

/* --- the way back --- */

static void who_comes_back_is_the_person_with_the_state_at_the_target_that_were_sent(void **state)
{
    (void)state;
    go_to_vendor();
    assert_int_equal(come_back("mallory", "mail", adapter.state, "code=c"), 403);
    assert_int_equal(come_back(NULL, "mail", adapter.state, "code=c"), 403);
    assert_int_equal(come_back("alice", "mail", "planted", "code=c"), 400);
    assert_int_equal(come_back("alice", "calendar", adapter.state, "code=c"), 400);
    char browser[64];
    memcpy(browser, stage.browser, sizeof(browser));
    stage.browser[0] = '\0';
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 404);
    memcpy(stage.browser, browser, sizeof(browser));
    assert_int_equal(adapter.finished, 0);
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c1&iss=https%3A%2F%2Fvendor.example&x=y"),
                     200);
    assert_string_equal(adapter.answers, "{\"code\":\"c1\",\"iss\":\"https://vendor.example\"}");
    assert_string_equal(adapter.keep, "kept");
    assert_true(stage_shows("alice@mail.example"));
    stage_assert_record("connection", "done", NULL);
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c1"), 404);
    assert_int_equal(adapter.finished, 1);
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_true(stage_shows("<bdi>planner</bdi>") && stage_shows("alice@mail.example"));
}

static void what_came_back_is_used_once_even_while_it_is_being_used(void **state)
{
    (void)state;
    char path[256];
    go_to_vendor();
    snprintf(path, sizeof(path), "/connect/callback/mail?state=%s&code=c", adapter.state);
    struct wire *first = send_and_hold(path, "alice");
    assert_int_equal(stage_ask(path, "alice", NULL, NULL), 404);
    assert_int_equal(atomic_load(&adapter.finished), 1);
    let_finish();
    assert_int_equal(stage_hear(first), 200);
}

static void another_account_that_is_connected_is_that_of_every_program_and_they_see_so(void **state)
{
    (void)state;
    go_to_vendor();
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c1"), 200);
    invite_for("client/other", "send");
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    adapter.account = "private@mail.example";
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c2"), 200);
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_true(stage_shows("<bdi>planner</bdi>") && stage_shows("<bdi>other</bdi>"));
    assert_true(stage_shows("private@mail.example") && !stage_shows("alice@mail.example"));
}

/* The service is disconnected while the adapter has the code: it forgets, and then it keeps. */
static void what_is_disconnected_while_it_is_being_connected_can_be_disconnected_again(void **state)
{
    (void)state;
    char path[256];
    go_to_vendor();
    snprintf(path, sizeof(path), "/connect/callback/mail?state=%s&code=c", adapter.state);
    struct wire *coming_back = send_and_hold(path, "alice");
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_true(agreed_to_nothing() && !stage_shows("may still be connected"));
    let_finish();
    assert_int_equal(stage_hear(coming_back), 200);
    assert_true(stage_shows("Ended meanwhile") && !stage_shows("the agent can go on now"));
    assert_true(agreed_to_nothing() && stage_shows("may still be connected") &&
                stage_shows("alice@mail.example"));
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_int_equal(adapter.forgotten, 2);
    assert_true(agreed_to_nothing() && !stage_shows("may still be connected"));
}

static void a_refusal_at_the_other_side_is_recorded_and_ends_the_link(void **state)
{
    (void)state;
    go_to_vendor();
    assert_int_equal(come_back("alice", "mail", adapter.state, "error=access_denied"), 400);
    stage_assert_record("connection", "refused", "connecting_refused");
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 404);
    assert_int_equal(adapter.finished, 0);
}

static void a_code_that_the_adapter_refuses_is_recorded_below_the_attempt(void **state)
{
    (void)state;
    go_to_vendor();
    adapter.finish_fault = FAULT_ADAPTER_REFUSED;
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 400);
    assert_true(stage_shows("No account was connected") && stage_shows("give them the reference below"));
    size_t count;
    const struct store_record *all = stage_records(&count);
    const struct store_record *failure = text_is(all[0].outcome, "refused") ? &all[0] : &all[1];
    const struct store_record *attempt = failure == &all[0] ? &all[1] : &all[0];
    assert_true(text_is(failure->reason, "adapter_refused"));
    assert_non_null(strstr(arena_copy(stage.arena, failure->canonical).base, "the secret is missing"));
    assert_true(stage_shows_reference(failure->id));
    assert_true(text_equal(failure->parent, attempt->id));
    assert_true(text_is(attempt->outcome, "done"));
}

static void a_service_that_is_not_set_up_rightly_is_not_its_persons_fault(void **state)
{
    (void)state;
    go_to_vendor();
    adapter.finish_fault = FAULT_ADAPTER_MISCONFIGURED;
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 500);
    assert_true(stage_shows("not set up rightly here. You did nothing wrong"));
    assert_true(stage_shows("Please tell whoever runs this gateway, and give them the reference below"));
    assert_true(stage_shows("<dt>Service</dt><dd><bdi>mail</bdi>"));
    assert_false(stage_shows("its owner has to mend"));
    assert_false(stage_shows("the secret is missing"));
}

static void what_was_ended_meanwhile_is_not_connected(void **state)
{
    (void)state;
    char body[256];
    go_to_vendor();
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", stage_last_record()->id.base);
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, body), 200);
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 404);
    assert_int_equal(adapter.finished, 0);
}

/* --- the end --- */

static void a_session_that_was_ended_is_none_wherever_its_cookie_went(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(stage_ask("/logout", NULL, NULL, "csrf=csrf-alice"), 403);
    assert_true(stage_shows("Nobody is logged in here"));
    assert_int_equal(stage_ask("/logout", "alice", NULL, "csrf=csrf-mallory"), 403);
    assert_int_equal(stage_ask("/consent", "alice", NULL, NULL), 200);
    assert_int_equal(stage_ask("/logout", "alice", NULL, "csrf=csrf-alice"), 200);
    assert_true(stage_shows("__Host-dragoman-session=; Path=/; Max-Age=0"));
    stage_assert_record("logout", "done", NULL);
    assert_int_equal(stage_ask("/consent", "alice", NULL, NULL), 303);
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 403);
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 303);
    static const char *const forms[] = {"/connections/disconnect", "/logout"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_int_equal(stage_ask(forms[i], "alice", NULL, "csrf=csrf-alice&target=mail"), 403);
        assert_true(stage_shows("Nobody is logged in here"));
    }
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, pages_begin, pages_end)
    const struct CMUnitTest tests[] = {
        TRIED(a_link_is_looked_at_as_often_as_one_likes_and_opened_once),
        TRIED(a_link_is_not_opened_by_a_form_from_elsewhere),
        TRIED(a_consent_is_shown_to_its_person_and_nobody_else),
        TRIED(a_consent_is_given_by_its_person_on_its_own_form),
        TRIED(a_no_is_recorded_and_the_link_is_over),
        TRIED(a_newer_consent_of_the_same_program_ends_the_one_before),
        TRIED(two_answers_of_one_person_at_once_are_both_kept),
        TRIED(nothing_is_agreed_to_for_whom_a_kill_has_ended_since_the_link_was_made),
        TRIED(nobody_is_sent_to_an_address_that_is_not_encrypted),
        TRIED(an_account_that_is_connected_already_needs_no_journey),
        TRIED(who_comes_back_is_the_person_with_the_state_at_the_target_that_were_sent),
        TRIED(what_came_back_is_used_once_even_while_it_is_being_used),
        TRIED(another_account_that_is_connected_is_that_of_every_program_and_they_see_so),
        TRIED(what_is_disconnected_while_it_is_being_connected_can_be_disconnected_again),
        TRIED(a_refusal_at_the_other_side_is_recorded_and_ends_the_link),
        TRIED(a_code_that_the_adapter_refuses_is_recorded_below_the_attempt),
        TRIED(a_service_that_is_not_set_up_rightly_is_not_its_persons_fault),
        TRIED(what_was_ended_meanwhile_is_not_connected),
        TRIED(a_session_that_was_ended_is_none_wherever_its_cookie_went),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
