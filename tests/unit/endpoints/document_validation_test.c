/* Adapters are asked about settings before anything changes, and what they say is told at its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "documents/document_change.h"

static const char two_targets[] =
    "kind: Target\nmetadata: {name: one}\nspec:\n  audiences: [https://one.example]\n"
    "  adapter: vendor\n  settings:\n    region: eu\n    keys: [a, b]\n---\n"
    "kind: Target\nmetadata: {name: two}\nspec:\n  audiences: [https://two.example]\n"
    "  egress:\n    upstream: https://api.example\n    adapter: vendor\n"
    "    settings: {url: x}\n";

/* A program's adapter, as the registry gives it: says of every settings object what it was told to say. */
struct vendor {
    struct adapter adapter; /* first */
    enum fault fault;
    const char *path;
    size_t asked;
    struct text targets[4];
};

static void validate(const struct adapter *adapter, struct settings_validation *validation)
{
    struct vendor *vendor = adapter->context;
    vendor->targets[vendor->asked++] = validation->target.name;
    validation->fault = vendor->fault;
    validation->detail = TEXT("it rests");
    if (vendor->path != NULL && json_member(validation->target.settings, TEXT("url")) == NULL) {
        validation->mistakes = ARENA_NEW(validation->arena, struct settings_mistake);
        validation->mistakes[validation->mistake_count++] =
            (struct settings_mistake){text_of(vendor->path), TEXT("is not good")};
    }
    flow_wait_done(&validation->wait);
}

static const struct adapter *find_program(void *context, struct text name)
{
    struct vendor *vendor = context;
    return text_is(name, "vendor") ? &vendor->adapter : NULL;
}

struct scene {
    struct arena *arena;
    struct vendor vendor;
    struct gateway gateway;
    struct document_change x;
};

static int set_up(void **state)
{
    struct arena *arena = arena_create();
    struct scene *scene = ARENA_NEW(arena, struct scene);
    struct document_change *x = &scene->x;
    scene->arena = arena;
    scene->vendor.adapter =
        (struct adapter){.name = TEXT("vendor"), .validate = validate, .context = &scene->vendor};
    scene->gateway.adapters = adapter_registry_create(
        &(struct adapter_registry_options){.find_program = find_program, .context = &scene->vendor});
    x->call.arena = arena;
    x->call.gateway = &scene->gateway;
    documents_init(&x->sent, arena);
    documents_read(&x->sent, TEXT("request"), text_of(two_targets));
    assert_int_equal(x->sent.mistake_count, 0);
    x->changes = ARENA_ARRAY(arena, struct planned_change, x->sent.count);
    for (size_t i = 0; i < x->sent.count; i++)
        x->changes[x->change_count++] =
            (struct planned_change){.document = x->sent.items[i], .kind = DOCUMENT_TARGET, .change = "created"};
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    adapter_registry_destroy(scene->gateway.adapters);
    arena_destroy(scene->arena);
    return 0;
}

static enum flow_step_result ask(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->validation.wait, document_validation_start(x));
    return FLOW_NEXT;
}

static enum flow_step_result take(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    bool is_more;
    x->call.fault = document_validation_take(x, &is_more);
    return is_more ? flow_go_back(flow, ask) : FLOW_NEXT;
}

static void end(struct flow *flow)
{
    (void)flow;
}

static const struct flow_step steps[] = {FLOW_STEP(ask), FLOW_STEP(take), FLOW_STEP_LAST};

static enum fault ask_all(struct document_change *x)
{
    document_validation_list(x);
    flow_start(&x->call.flow, steps, end);
    return x->call.fault;
}

static void asks_about_what_is_minted_and_about_what_is_put_into_calls(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(ask_all(&scene->x), FAULT_NONE);
    assert_int_equal(scene->vendor.asked, 2);
    assert_true(text_is(scene->vendor.targets[0], "one"));
    assert_true(text_is(scene->vendor.targets[1], "two"));
}

static void asks_nothing_about_what_stays_as_it_is(void **state)
{
    struct scene *scene = *state;
    scene->x.changes[0].change = "unchanged";
    scene->x.changes[1].document = NULL; /* removed */
    scene->vendor.path = "/region";
    assert_int_equal(ask_all(&scene->x), FAULT_NONE);
    assert_int_equal(scene->vendor.asked, 0);
}

static void asks_nothing_where_an_operator_wants_it_so(void **state)
{
    struct scene *scene = *state;
    scene->x.is_unvalidated = true;
    scene->vendor.path = "/region";
    assert_int_equal(ask_all(&scene->x), FAULT_NONE);
    assert_int_equal(scene->vendor.asked, 0);
}

static void tells_what_is_wrong_at_its_line(void **state)
{
    struct scene *scene = *state;
    struct document_change *x = &scene->x;
    scene->vendor.path = "/keys/1";
    assert_int_equal(ask_all(x), FAULT_DOCUMENT_INVALID);
    assert_int_equal(x->call.mistakes.mistake_count, 1);
    assert_int_equal(x->call.mistakes.mistakes[0].line, 8);
    assert_int_equal(x->call.mistakes.mistakes[0].column, 15);
    assert_true(text_is(x->call.mistakes.mistakes[0].sentence, "spec.settings/keys/1: is not good"));
    assert_int_equal(scene->vendor.asked, 2); /* the rest is looked at all the same */
}

static void refuses_where_an_adapter_cannot_be_asked(void **state)
{
    struct scene *scene = *state;
    scene->vendor.fault = FAULT_ADAPTER_UNAVAILABLE;
    assert_int_equal(ask_all(&scene->x), FAULT_ADAPTER_UNAVAILABLE);
    assert_non_null(strstr(scene->x.call.detail.base, "vendor could not be asked"));
    assert_non_null(strstr(scene->x.call.detail.base, "Target/one are good: it rests"));
}

static void says_which_comes_first_where_the_adapter_is_new_too(void **state)
{
    struct scene *scene = *state;
    struct planned_change changes[] = {
        scene->x.changes[0],
        {.kind = DOCUMENT_ADAPTER, .name = TEXT("vendor"), .change = "created"},
    };
    scene->x.changes = changes;
    scene->vendor.fault = FAULT_ADAPTER_UNAVAILABLE;
    assert_int_equal(ask_all(&scene->x), FAULT_ADAPTER_UNAVAILABLE);
    assert_non_null(strstr(scene->x.call.detail.base, "apply its document alone first"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_about_what_is_minted_and_about_what_is_put_into_calls, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(asks_nothing_about_what_stays_as_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_nothing_where_an_operator_wants_it_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_what_is_wrong_at_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_where_an_adapter_cannot_be_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_which_comes_first_where_the_adapter_is_new_too, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
