/* Operators that look into entities and records: in, has, attributes and tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"

static void in_asks_for_the_entity_or_what_it_is_in(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"principal in principal", "true", NULL},
        {"principal in Team::\"t\"", "true", NULL},
        {"principal in Org::\"o\"", "true", NULL},
        {"principal in Org::\"p\"", "false", NULL},
        {"Team::\"t\" in principal", "false", NULL},
        {"action in Action::\"any\"", "true", NULL},
        {"resource in resource", "true", NULL},
        {"resource in Team::\"t\"", "false", NULL},
        {"Org::\"o\" in Org::\"o\"", "true", NULL},
        {"principal in [Doc::\"x\", Org::\"o\"]", "true", NULL},
        {"principal in [Doc::\"x\"]", "false", NULL},
        {"principal in []", "false", NULL},
        {"principal.owner in [principal.owner]", "true", NULL},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void in_refuses_what_is_no_entity(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.n in principal", "expected an entity, found a long", "context.n"},
        {"[principal] in principal", "expected an entity, found a set", "[principal]"},
        {"principal in context.n", "expected an entity or a set of entities, found a long", "context.n"},
        {"principal in context", "expected an entity or a set of entities, found a record", "context"},
        {"principal in [principal, context.n]", "expected an entity, found a long", "[principal, context.n]"},
        {"principal in context.set", "expected an entity, found a long", "context.set"},
        {"context.n in []", "expected an entity, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void has_asks_entities_and_records(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"principal has risk", "true", NULL},
        {"principal has \"risk\"", "true", NULL},
        {"principal has other", "false", NULL},
        {"resource has risk", "false", NULL},
        {"Team::\"t\" has risk", "false", NULL},
        {"context has n", "true", NULL},
        {"context has x", "false", NULL},
        {"context has deep.er", "true", NULL},
        {"context has deep.est", "false", NULL},
        {"context has none.est", "false", NULL},
        {"context.n has x", "expected an entity or a record, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void what_is_got_must_be_there(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"principal.risk", "7", NULL},
        {"principal[\"risk\"]", "7", NULL},
        {"context.deep.er", "true", NULL},
        {"principal.other", "Agent::\"a\" has no attribute \"other\"", "principal.other"},
        {"principal[\"a b\"]", "Agent::\"a\" has no attribute \"a b\"", "principal[\"a b\"]"},
        {"resource.other", "Doc::\"none\" does not exist", "resource"},
        {"Team::\"t\".name", "Team::\"t\" has no attribute \"name\"", "Team::\"t\".name"},
        {"principal.owner.name", "User::\"u\" does not exist", "principal.owner"},
        {"context.other", "the record has no attribute \"other\"", "context.other"},
        {"context.s.length", "expected an entity or a record, found a string", "context.s"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void tags_are_asked_for_by_name(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"principal.hasTag(\"env\")", "true", NULL},
        {"principal.hasTag(\"x\")", "false", NULL},
        {"resource.hasTag(\"env\")", "false", NULL},
        {"Team::\"t\".hasTag(\"env\")", "false", NULL},
        {"principal.getTag(\"env\")", "\"prod\"", NULL},
        {"principal.getTag(context.s)", "Agent::\"a\" has no tag \"text\"", "principal.getTag(context.s)"},
        {"resource.getTag(\"env\")", "Doc::\"none\" does not exist", "resource"},
        {"Team::\"t\".getTag(\"env\")", "Team::\"t\" has no tag \"env\"", "Team::\"t\".getTag(\"env\")"},
        {"principal.getTag(context.n)", "expected a string, found a long", "context.n"},
        {"principal.hasTag(context.n)", "expected a string, found a long", "context.n"},
        {"resource.hasTag(context.n)", "expected a string, found a long", "context.n"},
        {"context.hasTag(\"env\")", "expected an entity, found a record", "context"},
        {"context.n.getTag(\"env\")", "expected an entity, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_asks_for_the_entity_or_what_it_is_in),
        cmocka_unit_test(in_refuses_what_is_no_entity),
        cmocka_unit_test(has_asks_entities_and_records),
        cmocka_unit_test(what_is_got_must_be_there),
        cmocka_unit_test(tags_are_asked_for_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
