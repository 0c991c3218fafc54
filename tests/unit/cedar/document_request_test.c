/* Requests, contexts and names of entities as policies write them, from JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cedar/schema.h"
#include "document_bench.h"

static void assert_refused(const char *text, const char *sentence)
{
    SCOPED_ARENA arena = arena_create();
    struct cedar_request request;
    struct text mistake = TEXT("");
    assert_int_equal(cedar_request_read(arena, json_of(arena, text), NULL, &request, &mistake),
                     FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, mistake).base, sentence);
}

static void reads_names_in_both_forms_and_a_context(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_request request;
    struct text mistake = TEXT("");
    const struct json_value *json = json_of(
        arena,
        "{\"principal\": \"Corp::User::\\\"a\\\\n\\\"\", \"action\": {\"type\": \"Action\", \"id\": \"read\"},"
        " \"resource\": \"File::\\\"\\\"\", \"context\": {\"mfa\": true}}");
    assert_int_equal(cedar_request_read(arena, json, NULL, &request, &mistake), FAULT_NONE);
    assert_true(text_is(request.principal.type, "Corp::User"));
    assert_true(text_is(request.principal.id, "a\n"));
    assert_true(text_is(request.action.id, "read"));
    assert_true(text_is(request.resource.type, "File"));
    assert_int_equal(request.resource.id.length, 0);
    assert_true(cedar_record_find(request.context, TEXT("mfa"))->boolean);
}

static void takes_no_context_for_an_empty_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_request request;
    struct text mistake = TEXT("");
    const struct json_value *json =
        json_of(arena, "{\"principal\": \"U::\\\"a\\\"\", \"action\": \"Action::\\\"b\\\"\","
                       " \"resource\": \"R::\\\"c\\\"\"}");
    assert_int_equal(cedar_request_read(arena, json, NULL, &request, &mistake), FAULT_NONE);
    assert_int_equal(request.context->count, 0);
}

static void names_the_place_of_what_is_wrong(void **state)
{
    (void)state;
    assert_refused("[]", "request: an object is expected, there is an array.");
    assert_refused("{}", "principal: this is missing.");
    assert_refused("{\"principal\": \"alice\"}",
                   "principal: \"alice\" is no entity; one is written User::\"alice\".");
    assert_refused("{\"principal\": {\"type\": \"U\", \"id\": \"a\"}, \"action\": 7}",
                   "action: an entity is an object with type and id, there is a number.");
    assert_refused(
        "{\"principal\": {\"type\": \"U\", \"id\": \"a\"}, \"action\": {\"type\": \"Action\", \"id\": \"a\"},"
        " \"resource\": {\"type\": \"R\", \"id\": \"a\"}, \"context\": {\"at\": null}}",
        "context.at: Cedar has no null; leave the attribute out.");
    assert_refused("{\"principle\": 1}", "request.principle: no such member is known here.");
}

static void refuses_contexts_that_are_no_objects(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct cedar_record *context;
    struct text mistake = TEXT("");
    assert_int_equal(cedar_context_read(arena, json_of(arena, "[]"), NULL, NULL, &context, &mistake),
                     FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, mistake).base, "context: an object is expected, there is an array.");
}

static void parses_names_of_entities_and_nothing_around_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_uid uid;
    assert_true(cedar_uid_parse(arena, TEXT("A::B::\"x\\\"y\""), &uid));
    assert_true(text_is(uid.type, "A::B"));
    assert_true(text_is(uid.id, "x\"y"));
    static const char *const others[] = {"",           "A",          "\"x\"",         "(A::\"x\")", " A::\"x\"",
                                         "A::\"x\" ",  "A::\"x\"//", "A::\"x\".name", "true",       "A::\"x",
                                         "[A::\"x\"]", "if::\"x\"",  "A::\"x\"\"y\""};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(cedar_uid_parse(arena, text_of(others[i]), &uid));
    assert_false(cedar_uid_parse(arena, TEXT_NONE, &uid));
}

static void reads_a_context_as_the_schema_has_it_for_the_action(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_schema *schema = NULL;
    struct cedar_mistake wrong = {0};
    struct cedar_request request;
    struct text mistake = TEXT("");
    assert_int_equal(
        cedar_schema_parse(arena,
                           TEXT("entity U; action a, b appliesTo { principal: U, resource: U, context: "
                                "{ from: __cedar::ipaddr } };"),
                           &schema, &wrong),
        FAULT_NONE);
    const struct json_value *json =
        json_of(arena, "{\"principal\": \"U::\\\"a\\\"\", \"action\": \"Action::\\\"b\\\"\","
                       " \"resource\": \"U::\\\"c\\\"\", \"context\": {\"from\": \"::1\"}}");
    assert_int_equal(cedar_request_read(arena, json, schema, &request, &mistake), FAULT_NONE);
    assert_int_equal(cedar_record_find(request.context, TEXT("from"))->kind, CEDAR_IPADDR);
    assert_int_equal(cedar_request_read(arena, json, NULL, &request, &mistake), FAULT_NONE);
    assert_int_equal(cedar_record_find(request.context, TEXT("from"))->kind, CEDAR_STRING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_context_as_the_schema_has_it_for_the_action),
        cmocka_unit_test(reads_names_in_both_forms_and_a_context),
        cmocka_unit_test(takes_no_context_for_an_empty_one),
        cmocka_unit_test(names_the_place_of_what_is_wrong),
        cmocka_unit_test(refuses_contexts_that_are_no_objects),
        cmocka_unit_test(parses_names_of_entities_and_nothing_around_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
