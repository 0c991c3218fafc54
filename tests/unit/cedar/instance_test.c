/* Requests and entities held against a schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

#define GOOD_CONTEXT "{at: datetime(\"2024-01-01\"), color: Color::\"red\"}"
#define GOOD_AGENT   "{owner: Agent::\"b\", name: \"a\", age: 1, risk: 2, seen: {}}"
#define GOOD_TARGET                                                                                            \
    "{owner: Agent::\"a\", address: ip(\"::1\"), price: decimal(\"1.0\"), names: [], \"two words\": true}"

static void assert_said(const char *sentence, enum fault fault, struct text mistake)
{
    if (sentence == NULL && fault == FAULT_NONE)
        return;
    if (sentence == NULL || fault != FAULT_POLICY_INVALID || !text_is(mistake, sentence))
        fail_msg("%.*s\nexpected was: %s", TEXT_ARGUMENTS(mistake), sentence != NULL ? sentence : "nothing");
}

static const struct cedar_record *record_of(struct arena *arena, const char *text)
{
    return text != NULL ? expression_of(arena, text)->literal.record : NULL;
}

static void a_request_is_one_the_schema_allows(void **state)
{
    (void)state;
    static const struct {
        const char *principal, *action, *resource, *context, *sentence;
    } cases[] = {
        {"Agent::\"a\"", "Action::\"view\"", "Target::\"t\"", GOOD_CONTEXT, NULL},
        {"Agent::\"a\"", "Action::\"edit\"", "Target::\"t\"", "{}", NULL},
        {"Agent::\"a\"", "Action::\"veiw\"", "Target::\"t\"", "{}", "there is no action Action::\"veiw\""},
        {"Agnet::\"a\"", "Action::\"view\"", "Target::\"t\"", GOOD_CONTEXT,
         "the principal: there is no entity type \"Agnet\"; did you mean \"Agent\"?"},
        {"Group::\"a\"", "Action::\"view\"", "Target::\"t\"", GOOD_CONTEXT,
         "Group is no type that the principal of Action::\"view\" may have"},
        {"Agent::\"a\"", "Action::\"idle\"", "Target::\"t\"", "{}",
         "Agent is no type that the principal of Action::\"idle\" may have"},
        {"Agent::\"a\"", "Action::\"view\"", "Color::\"blue\"", GOOD_CONTEXT,
         "the resource: \"blue\" is none of the ids that Color has"},
        {"Agent::\"a\"", "Action::\"view\"", "Target::\"t\"", "{}", "at of the context is missing"},
        {"Agent::\"a\"", "Action::\"edit\"", "Target::\"t\"", "{held: 1}",
         "held of the context is not in the schema"},
        {"Agent::\"a\"", "Action::\"view\"", "Target::\"t\"", "{at: 1, color: Color::\"red\"}",
         "at of the context is of type long, but the schema says datetime"},
        {"Agent::\"a\"", "Action::\"view\"", "Target::\"t\"",
         "{at: datetime(\"2024-01-01\"), color: Color::\"x\"}",
         "color of the context: \"x\" is none of the ids that Color has"},
        {"Agent::\"a\"", "Action::\"view\"", "Target::\"t\"",
         "{at: datetime(\"2024-01-01\"), color: Agent::\"x\"}",
         "color of the context is of type Agent, but the schema says Color"},
    };
    SCOPED_ARENA arena = arena_create();
    const struct cedar_schema *schema = schema_of(arena, house_schema);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cedar_request request = {.principal = *expression_of(arena, cases[i].principal)->literal.entity,
                                        .action = *expression_of(arena, cases[i].action)->literal.entity,
                                        .resource = *expression_of(arena, cases[i].resource)->literal.entity,
                                        .context = expression_of(arena, cases[i].context)->literal.record};
        struct text mistake = TEXT_NONE;
        assert_said(cases[i].sentence, cedar_request_validate(arena, schema, &request, &mistake), mistake);
    }
}

static void entities_are_as_the_schema_says(void **state)
{
    (void)state;
    static const struct {
        const char *uid, *attributes, *tags, *parent, *sentence;
    } cases[] = {
        {"Group::\"g\"", "{}", NULL, NULL, NULL},
        {"Agent::\"a\"", GOOD_AGENT, NULL, "Group::\"g\"", NULL},
        {"Target::\"t\"", GOOD_TARGET, "{env: \"x\"}", NULL, NULL},
        {"Color::\"red\"", "{}", NULL, NULL, NULL},
        {"Color::\"blue\"", "{}", NULL, NULL, "Color::\"blue\": \"blue\" is none of the ids that Color has"},
        {"Gruop::\"g\"", "{}", NULL, NULL,
         "Gruop::\"g\": there is no such entity type; did you mean \"Group\"?"},
        {"Group::\"g\"", "{a: 1}", NULL, NULL, "a of Group::\"g\" is not in the schema"},
        {"Group::\"g\"", "{}", "{a: 1}", NULL, "Group::\"g\" has tags, but the schema has none for its type"},
        {"Group::\"g\"", "{}", NULL, "Group::\"h\"", "Group::\"g\" may not be in a Group"},
        {"Group::\"g\"", "{}", NULL, "Action::\"view\"", "Group::\"g\" may not be in a Action"},
        {"Agent::\"a\"", "{}", NULL, NULL, "age of Agent::\"a\" is missing"},
        {"Target::\"t\"", GOOD_TARGET, "{env: 1}", NULL,
         "the tag env of Target::\"t\" is of type long, but the schema says String"},
        {"Target::\"t\"", "{owner: Agent::\"a\", address: ip(\"::1\"), price: decimal(\"1.0\"), names: [1]}",
         NULL, NULL, "names[] of Target::\"t\" is of type long, but the schema says String"},
        {"Agent::\"a\"", "{owner: Agent::\"a\", name: \"a\", age: 1, seen: {at: 1}}", NULL, NULL,
         "seen.at of Agent::\"a\" is of type long, but the schema says datetime"},
        {"Action::\"view\"", "{}", NULL, NULL, NULL},
        {"Action::\"edit\"", "{}", NULL, "Action::\"write\"", NULL},
        {"Action::\"edit\"", "{}", NULL, NULL, "Action::\"edit\" is not as the schema declares it"},
        {"Action::\"view\"", "{}", NULL, "Action::\"write\"",
         "Action::\"view\" is not as the schema declares it"},
        {"Action::\"view\"", "{a: 1}", NULL, NULL, "Action::\"view\" is not as the schema declares it"},
        {"Action::\"foo\"", "{}", NULL, NULL, "there is no action Action::\"foo\""},
    };
    SCOPED_ARENA arena = arena_create();
    const struct cedar_schema *schema = schema_of(arena, house_schema);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cedar_entities *entities = cedar_entities_create(arena, NULL);
        struct cedar_uid culprit;
        struct text mistake = TEXT_NONE;
        struct cedar_entity entity = {.uid = *expression_of(arena, cases[i].uid)->literal.entity,
                                      .attributes = record_of(arena, cases[i].attributes),
                                      .tags = record_of(arena, cases[i].tags)};
        if (cases[i].parent != NULL) {
            entity.parents = expression_of(arena, cases[i].parent)->literal.entity;
            entity.parent_count = 1;
        }
        assert_true(cedar_entities_add(entities, &entity));
        assert_int_equal(cedar_entities_seal(entities, &culprit), FAULT_NONE);
        assert_said(cases[i].sentence, cedar_entities_validate(arena, schema, entities, &mistake), mistake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_one_the_schema_allows),
        cmocka_unit_test(entities_are_as_the_schema_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
