/* What the tests about schemas share. */
#include "schema_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

const char *const house_schema =
    "entity Group;\n"
    "entity Agent in [Group] { owner: Agent, name: String, age: Long, risk?: Long, seen?: { at?: datetime } "
    "};\n"
    "entity Target { owner: Agent, address: ipaddr, price: decimal, \"two words\"?: Bool, names: Set<String> "
    "}\n"
    "    tags String;\n"
    "entity Color enum [\"red\", \"green\"];\n"
    "action write;\n"
    "action view appliesTo { principal: Agent, resource: Target,\n"
    "    context: { held?: Long, at: datetime, color: Color } };\n"
    "action edit in [write] appliesTo { principal: [Agent, Group], resource: [Target], context: {} };\n"
    "action idle;\n";

struct cedar_schema *schema_of(struct arena *arena, const char *text)
{
    struct cedar_schema *schema = NULL;
    struct cedar_mistake mistake = {0};
    if (cedar_schema_parse(arena, text_of(text), &schema, &mistake) != FAULT_NONE)
        fail_msg("%s: %.*s", text, TEXT_ARGUMENTS(mistake.sentence));
    return schema;
}

const struct cedar_policy *const *policies_of(struct arena *arena, const char *text, size_t *count)
{
    struct cedar_policy *policies = NULL;
    struct cedar_mistake mistake = {0};
    if (cedar_policies_parse(arena, text_of(text), &policies, count, &mistake) != FAULT_NONE)
        fail_msg("%s: %.*s", text, TEXT_ARGUMENTS(mistake.sentence));
    const struct cedar_policy **all = ARENA_ARRAY(arena, const struct cedar_policy *, *count + 1);
    for (size_t i = 0; i < *count; i++)
        all[i] = &policies[i];
    return all;
}

const struct cedar_expression *expression_of(struct arena *arena, const char *text)
{
    const struct cedar_expression *expression = NULL;
    struct cedar_mistake mistake = {0};
    if (cedar_expression_parse(arena, text_of(text), &expression, &mistake) != FAULT_NONE)
        fail_msg("%s: %.*s", text, TEXT_ARGUMENTS(mistake.sentence));
    return expression;
}

static void assert_said(const struct schema_case *expected, const struct cedar_mistake *mistake)
{
    if (expected->sentence == NULL && mistake != NULL)
        fail_msg("%s: %.*s", expected->text, TEXT_ARGUMENTS(mistake->sentence));
    if (expected->sentence == NULL)
        return;
    if (mistake == NULL)
        fail_msg("%s: nothing was said, but expected was: %s", expected->text, expected->sentence);
    if (!text_is(mistake->sentence, expected->sentence))
        fail_msg("%s: %.*s\nexpected was: %s", expected->text, TEXT_ARGUMENTS(mistake->sentence),
                 expected->sentence);
    assert_true((size_t)mistake->span.offset + mistake->span.length <= mistake->source.length);
    struct text place = {mistake->source.base + mistake->span.offset, mistake->span.length};
    if (expected->place != NULL && !text_is(place, expected->place))
        fail_msg("%s: the place is \"%.*s\", but expected was \"%s\"", expected->text, TEXT_ARGUMENTS(place),
                 expected->place);
}

void assert_schemas_say(const struct schema_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        SCOPED_ARENA arena = arena_create();
        struct cedar_schema *schema = NULL;
        struct cedar_mistake mistake = {0};
        enum fault fault = cedar_schema_parse(arena, text_of(cases[i].text), &schema, &mistake);
        assert_true(fault == FAULT_NONE || fault == FAULT_POLICY_INVALID);
        assert_said(&cases[i], fault == FAULT_NONE ? NULL : &mistake);
    }
}

void assert_policies_say(const char *schema, const struct schema_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        SCOPED_ARENA arena = arena_create();
        struct cedar_validation validation = {0};
        size_t policy_count = 0;
        const struct cedar_policy *const *policies = policies_of(arena, cases[i].text, &policy_count);
        cedar_validate(arena, schema_of(arena, schema), policies, policy_count, &validation);
        assert_said(&cases[i], validation.count == 0 ? NULL : &validation.mistakes[0]);
    }
}

void assert_conditions_say(const char *schema, const struct schema_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        SCOPED_ARENA arena = arena_create();
        struct text policy = arena_print(
            arena, "permit (principal, action == Action::\"view\", resource) when { %s };", cases[i].text);
        struct schema_case whole = {policy.base, cases[i].sentence, cases[i].place};
        assert_policies_say(schema, &whole, 1);
    }
}
