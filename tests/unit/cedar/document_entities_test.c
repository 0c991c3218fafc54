/* Entities from JSON. */
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
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    struct text mistake = TEXT("");
    assert_int_equal(cedar_entities_read(arena, json_of(arena, text), NULL, entities, &mistake),
                     FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, mistake).base, sentence);
}

static void reads_attributes_parents_and_tags(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    struct text mistake = TEXT("");
    const struct json_value *json =
        json_of(arena, "[{\"uid\": {\"type\": \"User\", \"id\": \"alice\"}, \"attrs\": {\"age\": 7},"
                       "  \"parents\": [{\"type\": \"Group\", \"id\": \"a\"}, {\"__entity\": {\"type\": "
                       "\"Group\", \"id\": \"b\"}}],"
                       "  \"tags\": {\"team\": \"x\"}},"
                       " {\"uid\": {\"__entity\": {\"type\": \"Group\", \"id\": \"a\"}}, \"attrs\": {},"
                       "  \"parents\": [{\"type\": \"Group\", \"id\": \"top\"}]}]");
    assert_int_equal(cedar_entities_read(arena, json, NULL, entities, &mistake), FAULT_NONE);
    struct cedar_uid culprit;
    assert_int_equal(cedar_entities_seal(entities, &culprit), FAULT_NONE);
    const struct cedar_uid alice = {TEXT("User"), TEXT("alice")};
    const struct cedar_uid top = {TEXT("Group"), TEXT("top")};
    const struct cedar_entity *entity = cedar_entities_find(entities, &alice);
    assert_non_null(entity);
    assert_int_equal(cedar_record_find(entity->attributes, TEXT("age"))->integer, 7);
    assert_true(text_is(cedar_record_find(entity->tags, TEXT("team"))->string, "x"));
    assert_int_equal(entity->parent_count, 2);
    assert_true(cedar_entity_has_ancestor(cedar_entities_find(entities, &alice), &top));
}

static void names_the_place_of_what_is_wrong(void **state)
{
    (void)state;
    assert_refused("{}", "entities: an array is expected, there is an object.");
    assert_refused("[7]", "entities[0]: an entity is an object, there is a number.");
    assert_refused(
        "[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {\"age\": 1.5}, \"parents\": []}]",
        "entities[0].attrs.age: 1.5 is not a whole number of 64 bits.");
    assert_refused("[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": [7]}]",
                   "entities[0].parents[0]: an entity is an object with type and id, there is a number.");
    assert_refused("[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": {}}]",
                   "entities[0].parents: an array is expected, there is an object.");
    assert_refused("[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": [], \"parents\": []}]",
                   "entities[0].attrs: an object is expected, there is an array.");
    assert_refused(
        "[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": [], \"tags\": 1}]",
        "entities[0].tags: an object is expected, there is a number.");
}

static void refuses_what_is_forgotten_misspelt_or_doubled(void **state)
{
    (void)state;
    assert_refused("[{\"attrs\": {}, \"parents\": []}]", "entities[0]: uid is missing.");
    assert_refused("[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"parents\": []}]",
                   "entities[0]: attrs is missing.");
    assert_refused("[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}}]",
                   "entities[0]: parents is missing.");
    assert_refused(
        "[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": [], \"tag\": {}}]",
        "entities[0].tag: no such member is known here.");
    assert_refused("[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": []},"
                   " {\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": []}]",
                   "entities[1]: there is another entity of this type with the id \"a\".");
}

static void refuses_actions_among_other_things(void **state)
{
    (void)state;
    assert_refused("[{\"uid\": {\"type\": \"A::Action\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": ["
                   "{\"type\": \"Action\", \"id\": \"b\"}, {\"type\": \"User\", \"id\": \"b\"}]}]",
                   "entities[0].parents[1]: an action is in other actions only.");
}

static struct cedar_schema *schema_of(struct arena *arena, const char *text)
{
    struct cedar_schema *schema = NULL;
    struct cedar_mistake mistake = {0};
    if (cedar_schema_parse(arena, text_of(text), &schema, &mistake) != FAULT_NONE)
        fail_msg("%.*s", TEXT_ARGUMENTS(mistake.sentence));
    return schema;
}

static const char *const photos =
    "entity Group, Device; entity User in Group { owner: User, at: __cedar::datetime, "
    "seen: Set<__cedar::ipaddr>, inner: { of: Device, n: Long } } tags __cedar::decimal;"
    "action all; action view in all; action edit in view;";

static void takes_implicit_forms_where_a_schema_wants_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    struct text mistake = TEXT("");
    const struct json_value *json =
        json_of(arena, "[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"parents\": [],"
                       " \"attrs\": {\"owner\": {\"type\": \"User\", \"id\": \"b\"}, \"at\": \"1970-01-02\","
                       " \"seen\": [\"::1\", {\"fn\": \"ip\", \"arg\": \"::2\"}],"
                       " \"inner\": {\"of\": {\"__entity\": {\"type\": \"Device\", \"id\": \"d\"}}, \"n\": 1}},"
                       " \"tags\": {\"share\": \"0.5\"}}]");
    if (cedar_entities_read(arena, json, schema_of(arena, photos), entities, &mistake) != FAULT_NONE)
        fail_msg("%.*s", TEXT_ARGUMENTS(mistake));
    const struct cedar_uid a = {TEXT("User"), TEXT("a")};
    const struct cedar_entity *entity = cedar_entities_find(entities, &a);
    const struct cedar_value expected = value_of(
        arena, "{\"owner\": {\"__entity\": {\"type\": \"User\", \"id\": \"b\"}},"
               " \"at\": {\"__extn\": {\"fn\": \"datetime\", \"arg\": \"1970-01-02\"}},"
               " \"seen\": [{\"__extn\": {\"fn\": \"ip\", \"arg\": \"::1\"}},"
               "            {\"__extn\": {\"fn\": \"ip\", \"arg\": \"::2\"}}],"
               " \"inner\": {\"of\": {\"__entity\": {\"type\": \"Device\", \"id\": \"d\"}}, \"n\": 1}}");
    const struct cedar_value read = {.kind = CEDAR_RECORD, .record = entity->attributes};
    assert_true(cedar_value_equal(&read, &expected));
    assert_int_equal(cedar_record_find(entity->tags, TEXT("share"))->kind, CEDAR_DECIMAL);
}

static void adds_the_actions_of_a_schema_with_their_groups(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    struct text mistake = TEXT("");
    struct cedar_uid culprit;
    const struct cedar_uid edit = {TEXT("Action"), TEXT("edit")}, all = {TEXT("Action"), TEXT("all")};
    const struct json_value *json =
        json_of(arena, "[{\"uid\": {\"type\": \"Action\", \"id\": \"view\"},"
                       "  \"attrs\": {}, \"parents\": [{\"type\": \"Action\", \"id\": \"all\"}]}]");
    assert_int_equal(cedar_entities_read(arena, json, schema_of(arena, photos), entities, &mistake),
                     FAULT_NONE);
    assert_int_equal(cedar_entities_seal(entities, &culprit), FAULT_NONE);
    assert_true(cedar_entity_has_ancestor(cedar_entities_find(entities, &edit), &all));
    assert_false(cedar_entity_has_ancestor(cedar_entities_find(entities, &all), &edit));
    size_t count;
    assert_non_null(cedar_entities_all(entities, &count));
    assert_int_equal(count, 3);
}

static void refuses_what_an_implicit_form_cannot_be(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    struct text mistake = TEXT("");
    const struct json_value *json =
        json_of(arena, "[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"parents\": [],"
                       " \"attrs\": {\"seen\": [\"::1\", \"nowhere\"]}}]");
    assert_int_equal(cedar_entities_read(arena, json, schema_of(arena, photos), entities, &mistake),
                     FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, mistake).base,
                        "entities[0].attrs.seen[1]: \"nowhere\" is no ipaddr.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_actions_among_other_things),
        cmocka_unit_test(takes_implicit_forms_where_a_schema_wants_them),
        cmocka_unit_test(adds_the_actions_of_a_schema_with_their_groups),
        cmocka_unit_test(refuses_what_an_implicit_form_cannot_be),
        cmocka_unit_test(reads_attributes_parents_and_tags),
        cmocka_unit_test(names_the_place_of_what_is_wrong),
        cmocka_unit_test(refuses_what_is_forgotten_misspelt_or_doubled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
