/* The state that the conformance kit plays the gateway with: versions, fences, claims and moods, as
 * adapters/PROTOCOL.md says. */
#include "session.h"

#include "adapters/host_state.h"

struct played {
    struct arena *arena;
    struct host_state *state;
};

static int set_up(void **context)
{
    struct played *played = calloc(1, sizeof(*played));
    played->arena = arena_create();
    played->state = host_state_create(played->arena);
    *context = played;
    return 0;
}

static int tear_down(void **context)
{
    struct played *played = *context;
    host_state_dispose(played->state);
    arena_destroy(played->arena);
    free(played);
    return 0;
}

/* The answer as JSON; a mistake of the request is *mistake. */
static struct text ask(struct played *played, const char *method, const char *params, int64_t now_ms,
                       const char **mistake)
{
    const struct json_value *value = NULL;
    struct buffer out = buffer_in(played->arena, 256);
    struct json_writer writer = json_writer_on(&out);
    assert_int_equal(json_parse(played->arena, text_of(params), &json_limits_document, &value), FAULT_NONE);
    json_begin_object(&writer);
    *mistake = host_state_answer(played->state, text_of(method), value, now_ms, &writer);
    json_end_object(&writer);
    return buffer_text(&out);
}

static void assert_answers(struct played *played, const char *method, const char *params, int64_t now_ms,
                           const char *expected)
{
    const char *mistake = NULL;
    struct text answer = ask(played, method, params, now_ms, &mistake);
    assert_null(mistake);
    if (!text_is(answer, expected))
        fail_msg("%.*s, not %s", TEXT_ARGUMENTS(answer), expected);
}

static void a_value_is_put_at_the_version_that_was_read(void **context)
{
    assert_answers(*context, "state.get", "{\"key\":\"k\"}", 0,
                   "{\"result\":{\"version\":0,\"fence\":0,\"claimed_for_ms\":0}}");
    assert_answers(*context, "state.put", "{\"key\":\"k\",\"value\":\"AAAA\",\"expected_version\":0}", 0,
                   "{\"result\":{\"version\":1}}");
    assert_answers(*context, "state.put", "{\"key\":\"k\",\"value\":\"BBBB\",\"expected_version\":0}", 0,
                   "{\"error\":{\"code\":-32010,\"message\":\"the version or the fence is another by "
                   "now\",\"data\":{\"version\":1}}}");
    assert_answers(*context, "state.put", "{\"key\":\"k\",\"value\":\"BBBB\",\"expected_version\":-1}", 0,
                   "{\"result\":{\"version\":2}}");
    assert_answers(*context, "state.get", "{\"key\":\"k\"}", 0,
                   "{\"result\":{\"value\":\"BBBB\",\"version\":2,\"fence\":0,\"claimed_for_ms\":0}}");
    assert_answers(*context, "state.put", "{\"key\":\"k\",\"value\":null,\"expected_version\":2}", 0,
                   "{\"result\":{\"version\":0}}");
}

static void a_claim_keeps_others_away_until_it_ends(void **context)
{
    assert_answers(*context, "state.claim", "{\"key\":\"k\",\"for_ms\":1000}", 0, "{\"result\":{\"fence\":1}}");
    assert_answers(*context, "state.claim", "{\"key\":\"k\",\"for_ms\":1000}", 400,
                   "{\"error\":{\"code\":-32011,\"message\":\"claimed by somebody "
                   "else\",\"data\":{\"claimed_for_ms\":600}}}");
    assert_answers(*context, "state.claim", "{\"key\":\"k\",\"for_ms\":1000,\"fence\":1}", 400,
                   "{\"result\":{\"fence\":1}}");
    assert_answers(*context, "state.claim", "{\"key\":\"k\",\"for_ms\":1000}", 1500,
                   "{\"result\":{\"fence\":2}}");
}

static void who_was_too_slow_has_not_overwritten_what_came_after(void **context)
{
    assert_answers(*context, "state.claim", "{\"key\":\"k\",\"for_ms\":10}", 0, "{\"result\":{\"fence\":1}}");
    assert_answers(*context, "state.claim", "{\"key\":\"k\",\"for_ms\":10}", 20, "{\"result\":{\"fence\":2}}");
    assert_answers(*context, "state.put",
                   "{\"key\":\"k\",\"value\":\"AAAA\",\"expected_version\":0,\"fence\":1}", 21,
                   "{\"error\":{\"code\":-32010,\"message\":\"the version or the fence is another by "
                   "now\",\"data\":{\"version\":0}}}");
}

static void requests_of_a_wrong_shape_are_named(void **context)
{
    static const struct {
        const char *method, *params, *mistake;
    } cases[] = {
        {"state.get", "{}", "the key of a state request is a text of 1 to 512 bytes"},
        {"state.put", "{\"key\":\"k\",\"value\":\"AAAA\"}",
         "expected_version of state.put is a whole number from -1"},
        {"state.put", "{\"key\":\"k\",\"expected_version\":0}", "value of state.put is base64url or null"},
        {"state.put", "{\"key\":\"k\",\"value\":\"A===\",\"expected_version\":0}",
         "value of state.put is base64url without padding"},
        {"state.claim", "{\"key\":\"k\",\"for_ms\":-1}", "for_ms of state.claim is a whole number from 0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *mistake = NULL;
        ask(*context, cases[i].method, cases[i].params, 0, &mistake);
        assert_string_equal(mistake, cases[i].mistake);
    }
}

static void it_conflicts_once_where_that_is_its_mood(void **context)
{
    struct played *played = *context;
    played->state->mood = STATE_CONFLICTS_ONCE;
    assert_answers(played, "state.put", "{\"key\":\"k\",\"value\":\"AAAA\",\"expected_version\":0}", 0,
                   "{\"error\":{\"code\":-32010,\"message\":\"the version or the fence is another by "
                   "now\",\"data\":{\"version\":0}}}");
    assert_answers(played, "state.put", "{\"key\":\"k\",\"value\":\"AAAA\",\"expected_version\":0}", 0,
                   "{\"result\":{\"version\":1}}");
    played->state->mood = STATE_FAILS;
    assert_answers(played, "state.get", "{\"key\":\"k\"}", 0,
                   "{\"error\":{\"code\":-32603,\"message\":\"the store is down\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_value_is_put_at_the_version_that_was_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_claim_keeps_others_away_until_it_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_too_slow_has_not_overwritten_what_came_after, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(requests_of_a_wrong_shape_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_conflicts_once_where_that_is_its_mood, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
