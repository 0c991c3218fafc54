/* Declarations and namespaces: what may stand where, and what is said of what may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void reads_every_kind_of_declaration(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity A, B in [A, B] = { a: Long } tags Set<String>; entity C in A {}; entity D in [];", NULL, NULL},
        {"entity E enum [\"a\", \"b\", \"a\"];", NULL, NULL},
        {"namespace N::M { type T = Long; entity A { t: T }; action a; }", NULL, NULL},
        {"entity A; action a, \"b c\", d in [\"b\", Action::\"e\"] appliesTo { principal: A, resource: [A, A], "
         "context: { x: Long }, } attributes {}; action b, e;",
         NULL, NULL},
        {"type C = {}; entity A; action a appliesTo { context: C, resource: A, principal: [A] };", NULL, NULL},
        {"action a in b; action b in \"c\"; action c;", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void says_what_was_expected(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity A", "the schema ends here, but \";\" was expected", ""},
        {"entity A;;", "\";\" stands here, but \"namespace\", \"entity\", \"action\" or \"type\" was expected",
         ";"},
        {"entity A = B;", "\"B\" stands here, but \"{\" was expected", "B"},
        {"entity A in [A,];", "\"]\" stands here, but an entity type was expected", "]"},
        {"entity A enum [];", "\"]\" stands here, but an id, a string, was expected", "]"},
        {"entity A enum [\"a\"] tags Long;", "\"tags\" stands here, but \";\" was expected", "tags"},
        {"action a in [];", "\"]\" stands here, but the name of an action was expected", "]"},
        {"action a in B::c;", "\";\" stands here, but \"::\" and the action's name in quotes was expected",
         ";"},
        {"namespace N { namespace M {} }",
         "\"namespace\" stands here, but \"entity\", \"action\", \"type\" or \"}\" was expected", "namespace"},
        {"action a attributes { b: Long };",
         "\"b\" stands here, but \"}\", as actions have no attributes, was expected", "b"},
        {"action a appliesTo {};",
         "\"}\" stands here, but \"principal\", \"resource\" or \"context\" was expected", "}"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void wants_principals_and_resources_once(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"entity A; action a appliesTo { principal: A };",
         "\"resource\" is missing: the entity types this may be done to", "appliesTo"},
        {"entity A; action a appliesTo { resource: A };",
         "\"principal\" is missing: the entity types that may do this", "appliesTo"},
        {"entity A; action a appliesTo { principal: A, principal: A, resource: A };",
         "this action says twice what its principals are", "principal"},
        {"entity A; action a appliesTo { resource: A, resource: A, principal: A };",
         "this action says twice what its resources are", "resource"},
        {"entity A; action a appliesTo { context: {}, context: {} };", "this action has two contexts",
         "context"},
        {"entity A; action a appliesTo { principal: [] };",
         "this list is empty: the action would apply to nothing; leave out the whole appliesTo to say that",
         "principal"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void refuses_a_namespace_that_stands_twice(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"namespace N {} namespace M {} namespace N {}", "this namespace stands twice; write it as one", "N"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_declaration),
        cmocka_unit_test(says_what_was_expected),
        cmocka_unit_test(wants_principals_and_resources_once),
        cmocka_unit_test(refuses_a_namespace_that_stands_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
