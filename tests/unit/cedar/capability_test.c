/* Sets of capabilities, and when two expressions are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"
#include "validation/capability.h"

static void expressions_are_the_same_wherever_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_same;
    } pairs[] = {
        {"principal.a", "  principal [ \"a\" ]", true},
        {"principal.a", "principal.b", false},
        {"principal.a", "resource.a", false},
        {"[1, principal]", "[1, principal]", true},
        {"[1, principal]", "[2, principal]", false},
        {"{a: principal}", "{b: principal}", false},
        {"principal.a like \"x*\"", "principal.a like \"x*\"", true},
        {"principal.a like \"x*\"", "principal.a like \"x*y\"", false},
        {"principal.a like \"x*\"", "principal.a like \"y*\"", false},
        {"principal is A", "principal is B", false},
        {"1 + principal.a", "1 - principal.a", false},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        size_t work = 100;
        assert_int_equal(capability_is_same_expression(expression_of(arena, pairs[i].a),
                                                       expression_of(arena, pairs[i].b), &work),
                         pairs[i].is_same);
    }
}

static void attributes_and_tags_are_kept_apart(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    size_t work = 100;
    const struct cedar_expression *principal = expression_of(arena, "principal");
    struct capability attribute = {.receiver = principal, .attribute = TEXT("a")};
    struct capability tag = {.receiver = principal, .tag = expression_of(arena, "\"a\"")};
    const struct capabilities *set = capabilities_of(arena, &attribute);
    assert_true(capabilities_have(set, &attribute, &work));
    assert_false(capabilities_have(set, &tag, &work) || capabilities_have(NULL, &attribute, &work));
    set = capabilities_of(arena, &tag);
    assert_true(capabilities_have(set, &tag, &work));
    tag.tag = expression_of(arena, "\"b\"");
    assert_false(capabilities_have(set, &tag, &work));
}

static void unions_have_all_and_intersections_what_both_have(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    size_t work = 100;
    const struct cedar_expression *principal = expression_of(arena, "principal");
    struct capability a = {.receiver = principal, .attribute = TEXT("a")};
    struct capability b = {.receiver = principal, .attribute = TEXT("b")};
    struct capability c = {.receiver = principal, .attribute = TEXT("c")};
    const struct capabilities *ab =
        capabilities_union(arena, capabilities_of(arena, &a), capabilities_of(arena, &b));
    const struct capabilities *bc =
        capabilities_union(arena, capabilities_of(arena, &b), capabilities_of(arena, &c));
    assert_true(capabilities_have(ab, &a, &work) && capabilities_have(ab, &b, &work) &&
                !capabilities_have(ab, &c, &work));
    const struct capabilities *both = capabilities_intersection(arena, ab, bc, &work);
    assert_true(capabilities_have(both, &b, &work) && !capabilities_have(both, &a, &work) &&
                !capabilities_have(both, &c, &work));
    assert_null(capabilities_intersection(arena, ab, capabilities_of(arena, &c), &work));
    assert_null(capabilities_intersection(arena, NULL, ab, &work));
    assert_ptr_equal(capabilities_union(arena, NULL, ab), ab);
}

/* As many conditions make them; the test ends for want of stack if each takes some. */
static void a_search_in_a_deep_tree_ends_with_its_work(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct cedar_expression *principal = expression_of(arena, "principal");
    struct capability a = {.receiver = principal, .attribute = TEXT("a")};
    struct capability b = {.receiver = principal, .attribute = TEXT("b")};
    const struct capabilities *set = NULL;
    enum { COUNT = 1000000 };
    for (int i = 0; i < COUNT; i++)
        set = capabilities_union(arena, set, capabilities_of(arena, &a));
    size_t work = 2 * COUNT;
    assert_false(capabilities_have(set, &b, &work));
    assert_int_equal(work, 1); /* each one, and each joint between two */
    work = 1000;
    assert_true(capabilities_have(set, &b, &work)); /* which its caller refuses */
    assert_int_equal(work, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_are_the_same_wherever_they_stand),
        cmocka_unit_test(attributes_and_tags_are_kept_apart),
        cmocka_unit_test(unions_have_all_and_intersections_what_both_have),
        cmocka_unit_test(a_search_in_a_deep_tree_ends_with_its_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
