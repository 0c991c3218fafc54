/* Requests and their spans, through the flow runner: what is recorded, what is folded, and that everything ends
 * exactly once, whatever still refers to it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "runtime/flow.h"

#define PARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static struct taken {
    unsigned count;
    struct trace_request last;
    struct trace_span spans[TRACE_SPANS_MAX];
} taken;

static void take(struct trace_sink *sink, const struct trace_request *request)
{
    (void)sink;
    taken.count++;
    taken.last = *request;
    for (size_t i = 0; i < request->span_count; i++)
        taken.spans[i] = request->spans[i];
}

static struct trace_sink sink = {.percent = 0, .take = take};

static int set_up(void **state)
{
    (void)state;
    taken = (struct taken){.count = 0};
    sink.percent = 0;
    trace_attach(&sink);
    return 0;
}

static struct trace *begin(const char *traceparent)
{
    return trace_begin(&(struct trace_beginning){.method = TEXT("POST"), .traceparent = text_of(traceparent)});
}

/* --- a flow of three steps, the second of which waits --- */

struct walk {
    struct flow flow;
    struct flow_wait wait;
    struct trace_call call;
    bool refuses;
    unsigned disposed;
};

static enum flow_step_result nothing(struct flow *flow)
{
    (void)flow;
    return FLOW_NEXT;
}

static enum flow_step_result ask(struct flow *flow)
{
    struct walk *walk = (struct walk *)flow;
    FLOW_AWAIT(flow, &walk->wait, trace_call_begin(&walk->call));
    trace_note_reason("because");
    return walk->refuses ? FLOW_SKIP : FLOW_NEXT;
}

static void dispose(struct flow *flow)
{
    ((struct walk *)flow)->disposed++;
}

static const struct flow_step steps[] = {FLOW_STEP(nothing), FLOW_STEP(ask), FLOW_STEP_ALWAYS(nothing),
                                         FLOW_STEP_LAST};

static void start(struct walk *walk, struct trace *trace)
{
    struct trace_place before = trace_enter((struct trace_place){trace, 0});
    flow_start(&walk->flow, steps, dispose);
    trace_return(before);
}

static void finish(struct walk *walk)
{
    trace_call_end(&walk->call, TEXT("POST"), TEXT("pdp.example"), 443, 200);
    flow_wait_done(&walk->wait);
}

static const struct trace_span *span_named(const char *name)
{
    for (size_t i = 0; i < taken.last.span_count; i++) {
        if (taken.spans[i].name != NULL && strcmp(taken.spans[i].name, name) == 0)
            return &taken.spans[i];
    }
    return NULL;
}

static void a_step_that_waited_is_a_span_and_what_it_sent_is_below(void **state)
{
    struct walk walk = {.refuses = false};
    struct trace *trace = begin(PARENT);
    (void)state;
    start(&walk, trace);
    assert_null(trace_here().trace);
    char parent[TRACE_PARENT_SIZE];
    memcpy(parent, walk.call.parent, sizeof(parent));
    finish(&walk);
    assert_int_equal(walk.disposed, 1);
    trace_end(trace, 200);
    assert_int_equal(taken.count, 1);
    const struct trace_span *step = span_named("ask"), *call = &taken.spans[0];
    assert_non_null(step);
    assert_int_equal(call->kind, TRACE_CLIENT);
    assert_int_equal(call->parent, step->id);
    assert_int_equal(step->parent, 0);
    assert_false(step->has_failed);
    assert_string_equal(call->host, "pdp.example");
    char expected[TRACE_PARENT_SIZE];
    trace_context_write(&taken.last.context, call->id, expected);
    assert_string_equal(parent, expected);
    assert_string_equal(taken.last.reason, "because");
}

static void a_step_that_refuses_is_a_span_that_failed(void **state)
{
    struct walk walk = {.refuses = true};
    struct trace *trace = begin(PARENT);
    (void)state;
    start(&walk, trace);
    finish(&walk);
    trace_end(trace, 400);
    assert_true(span_named("ask")->has_failed);
}

static void what_still_goes_on_after_the_answer_is_waited_for(void **state)
{
    struct walk walk = {.refuses = false};
    struct trace *trace = begin(PARENT);
    (void)state;
    start(&walk, trace);
    trace_end(trace, 200);
    assert_int_equal(taken.count, 0);
    finish(&walk);
    assert_int_equal(taken.count, 1);
    assert_int_equal(taken.last.status, 200);
}

static void a_request_whose_parent_does_not_record_carries_its_context_on_all_the_same(void **state)
{
    struct walk walk = {.refuses = false};
    struct trace *trace = begin("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    (void)state;
    start(&walk, trace);
    assert_memory_equal(walk.call.parent, "00-4bf92f3577b34da6a3ce929d0e0e4736-", 36);
    assert_string_equal(walk.call.parent + 52, "-00");
    assert_memory_not_equal(walk.call.parent + 36, "00f067aa0ba902b7", 16);
    finish(&walk);
    trace_end(trace, 200);
    assert_int_equal(taken.count, 0);
}

static void without_a_parent_the_share_decides(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        trace_end(begin(NULL), 200);
    assert_int_equal(taken.count, 0);
    sink.percent = 100;
    for (int i = 0; i < 20; i++)
        trace_end(begin(NULL), 200);
    assert_int_equal(taken.count, 20);
    assert_false(taken.last.has_parent);
    assert_int_equal(taken.last.context.flags, TRACE_SAMPLED | TRACE_RANDOM);
}

static void with_nowhere_to_send_it_nothing_is_recorded_and_no_header_is_made(void **state)
{
    struct walk walk = {.refuses = false};
    (void)state;
    trace_attach(NULL);
    struct trace *trace = begin(PARENT);
    start(&walk, trace);
    assert_string_equal(walk.call.parent, "");
    finish(&walk);
    trace_end(trace, 200);
    assert_int_equal(taken.count, 0);
}

static void two_parents_are_none(void **state)
{
    (void)state;
    sink.percent = 100;
    struct trace *trace = trace_begin(&(struct trace_beginning){
        .method = TEXT("BREW"), .traceparent = TEXT(PARENT), .second_traceparent = TEXT(PARENT)});
    trace_end(trace, 0);
    assert_false(taken.last.has_parent);
    assert_string_equal(taken.last.method, "_OTHER");
}

static void spans_are_bounded_and_those_left_out_counted(void **state)
{
    struct trace *trace = begin(PARENT);
    struct trace_place before = trace_enter((struct trace_place){trace, 0});
    (void)state;
    for (int i = 0; i < TRACE_SPANS_MAX + 3; i++) {
        struct trace_call call;
        trace_call_begin(&call);
        trace_call_end(&call, TEXT_NONE, TEXT_NONE, 0, 0);
    }
    trace_return(before);
    trace_end(trace, 200);
    assert_int_equal(taken.last.span_count, TRACE_SPANS_MAX);
    assert_int_equal(taken.last.spans_left_out, 3);
    assert_true(taken.spans[0].has_failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_step_that_waited_is_a_span_and_what_it_sent_is_below, set_up),
        cmocka_unit_test_setup(a_step_that_refuses_is_a_span_that_failed, set_up),
        cmocka_unit_test_setup(what_still_goes_on_after_the_answer_is_waited_for, set_up),
        cmocka_unit_test_setup(a_request_whose_parent_does_not_record_carries_its_context_on_all_the_same,
                               set_up),
        cmocka_unit_test_setup(without_a_parent_the_share_decides, set_up),
        cmocka_unit_test_setup(with_nowhere_to_send_it_nothing_is_recorded_and_no_header_is_made, set_up),
        cmocka_unit_test_setup(two_parents_are_none, set_up),
        cmocka_unit_test_setup(spans_are_bounded_and_those_left_out_counted, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
