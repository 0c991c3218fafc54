/* What a person is asked for is what they have agreed to afterwards: all of it is named, and nothing else is in
 * it. Who is asked, and on which form, is in pages_test.c. */
#include "pages_person.h"

#include "base/clock.h"

static void ask_for(const char *client, const char *scope)
{
    invite_for(client, scope);
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(stage_ask("/consent", "alice", NULL, NULL), 200);
}

static void agree_to(const char *client, const char *scope)
{
    ask_for(client, scope);
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
}

static bool shows_fact(const char *name, const char *value)
{
    char fact[256];
    snprintf(fact, sizeof(fact), "<dt>%s</dt><dd><bdi>%s</bdi></dd>", name, value);
    return stage_shows(fact);
}

static bool agreed_to(const char *rights)
{
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    return shows_fact("Rights", rights);
}

static void a_yes_to_more_keeps_what_was_agreed_to_before_and_says_so(void **state)
{
    (void)state;
    ask_for("client/planner", "read");
    assert_true(shows_fact("With the rights", "read"));
    assert_false(stage_shows("Agreed to before"));
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_string_equal(adapter.scope, "read");
    ask_for("client/planner", "send");
    assert_true(shows_fact("With the rights", "read send"));
    assert_true(shows_fact("Agreed to before", "read"));
    assert_true(agreed_to("read")); /* looking changes nothing */
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_string_equal(adapter.scope, "read send");
    const char *record = arena_copy(stage.arena, stage_last_record()->canonical).base;
    assert_non_null(strstr(record, "\"scope_asked\":\"send\""));
    assert_non_null(strstr(record, "\"scope_given\":\"read send\""));
    assert_true(agreed_to("read send"));
    ask_for("client/planner", "read");
    assert_true(shows_fact("With the rights", "read send"));
    assert_true(shows_fact("Agreed to before", "read send"));
}

static void what_is_asked_for_anyway_is_not_said_to_come_from_before(void **state)
{
    (void)state;
    agree_to("client/planner", "send");
    ask_for("client/planner", "send");
    assert_false(stage_shows("Agreed to before"));
    ask_for("client/planner", "read send");
    assert_true(shows_fact("With the rights", "send read"));
    assert_false(stage_shows("Agreed to before"));
}

static void a_no_leaves_what_was_agreed_to_before(void **state)
{
    (void)state;
    agree_to("client/planner", "read");
    ask_for("client/planner", "send");
    assert_int_equal(decide("alice", "deny", "csrf-alice", NULL), 200);
    assert_true(agreed_to("read"));
}

static void what_was_ended_is_not_agreed_to_again_with_something_else(void **state)
{
    (void)state;
    char body[256];
    agree_to("client/planner", "read");
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", stage_last_record()->id.base);
    ask_for("client/planner", "send");
    assert_true(shows_fact("With the rights", "read send"));
    assert_int_equal(stage_ask("/connections/disconnect", "alice", NULL, body), 200);
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_string_equal(adapter.scope, "send");
    assert_true(agreed_to("send"));
}

/* This gateway does not know of the kill, as where there are more than it keeps in memory. */
static void what_was_killed_is_not_agreed_to_again_with_something_else_wherever_it_was(void **state)
{
    (void)state;
    agree_to("client/planner", "read");
    const char *killed = arena_copy(stage.arena, stage_last_record()->id).base;
    stage_forget_kills();
    stage_kill("lease", killed);
    ask_for("client/planner", "send");
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_string_equal(adapter.scope, "send");
    assert_null(strstr(arena_copy(stage.arena, stage_last_record()->canonical).base, "read"));
    assert_true(agreed_to("send"));
}

static void what_another_program_may_do_is_not_agreed_to_for_this_one(void **state)
{
    (void)state;
    agree_to("client/other", "read");
    ask_for("client/planner", "send");
    assert_true(shows_fact("With the rights", "send"));
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_string_equal(adapter.scope, "send");
}

static void a_record_names_the_client_of_that_team_alone(void **state)
{
    (void)state;
    agree_to("client/planner", "read");
    assert_true(text_is(stage_last_record()->client, "planner-id"));
    agree_to("client/planner@red", "send"); /* whose document has gone: the name is nobody's now */
    assert_true(text_is(stage_last_record()->client, "planner"));
    assert_string_equal(adapter.scope, "send");
}

static void what_the_target_offers_no_more_is_not_agreed_to_again(void **state)
{
    (void)state;
    agree_to("client/planner", "read");
    struct target *mail = &stage.world->targets[0];
    assert_int_equal(scope_set_parse(TEXT("send"), &mail->scopes), FAULT_NONE);
    ask_for("client/planner", "send");
    assert_true(shows_fact("With the rights", "send"));
}

static void a_program_is_called_by_its_name(void **state)
{
    (void)state;
    ask_for("client/planner", "read");
    assert_true(shows_fact("Agent", "planner"));
    assert_false(stage_shows("<dt>Through</dt>") || stage_shows("planner-id"));
    ask_for("client/planner@red", "read");
    assert_true(shows_fact("Through", "planner of team red")); /* another's by that name is who acts */
    assert_true(shows_fact("Agent", "planner-id (at https://gateway.example)"));
    ask_for("agent-class/sorters", "read");
    assert_true(shows_fact("Through", "agent class sorters"));
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_int_equal(come_back("alice", "mail", adapter.state, "code=c"), 200);
    assert_true(shows_fact("Agent&#39;s program", "agent class sorters"));
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    assert_true(stage_shows("End this for agent class sorters"));
    assert_false(stage_shows("agent-class/"));
}

static void to_agree_is_the_button_that_stands_out(void **state)
{
    (void)state;
    ask_for("client/planner", "read");
    assert_true(stage_shows(" class=\"main\">Agree</button>"));
    assert_true(stage_shows("<button type=\"submit\">Do not agree</button>"));
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, pages_begin, pages_end)
    const struct CMUnitTest tests[] = {
        TRIED(a_yes_to_more_keeps_what_was_agreed_to_before_and_says_so),
        TRIED(what_is_asked_for_anyway_is_not_said_to_come_from_before),
        TRIED(a_no_leaves_what_was_agreed_to_before),
        TRIED(what_was_ended_is_not_agreed_to_again_with_something_else),
        TRIED(what_was_killed_is_not_agreed_to_again_with_something_else_wherever_it_was),
        TRIED(what_another_program_may_do_is_not_agreed_to_for_this_one),
        TRIED(a_record_names_the_client_of_that_team_alone),
        TRIED(what_the_target_offers_no_more_is_not_agreed_to_again),
        TRIED(a_program_is_called_by_its_name),
        TRIED(to_agree_is_the_button_that_stands_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
