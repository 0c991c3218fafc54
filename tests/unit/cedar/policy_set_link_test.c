/* Links made policies. */
#include "forms_fixture.h"

static const struct cedar_uid alice = {{"User", 4}, {"alice", 5}}, photo = {{"Photo", 5}, {"1", 1}};
static struct cedar_policy *linked;

static enum fault link_all(struct cedar_link *links, size_t count)
{
    struct cedar_policy *policies =
        policies_of("permit(principal == ?principal, action, resource);"
                    "permit(principal, action, resource);"
                    "forbid(principal in ?principal, action, resource == ?resource);",
                    3);
    const struct cedar_policy_set set = {policies, 3, links, count};
    said = TEXT("");
    return cedar_policy_set_link(arena, &set, &linked, &said);
}

static void assert_link_refused(struct cedar_link link, const char *sentence)
{
    assert_int_equal(link_all(&link, 1), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, said).base, sentence);
}

static void each_link_is_a_policy_in_their_order(void **state)
{
    (void)state;
    struct cedar_link links[] = {{TEXT("policy2"), TEXT("b"), &alice, &photo},
                                 {TEXT("policy0"), TEXT("a"), &alice, NULL}};
    assert_int_equal(link_all(links, 2), FAULT_NONE);
    assert_string_equal(printed(&linked[0]).base,
                        "forbid(principal in User::\"alice\", action, resource == Photo::\"1\");");
    assert_string_equal(printed(&linked[1]).base, "permit(principal == User::\"alice\", action, resource);");
    assert_true(text_is(linked[0].id, "b"));
    assert_true(text_is(linked[1].id, "a"));
}

static void a_link_fills_exactly_the_slots_of_a_template(void **state)
{
    (void)state;
    assert_link_refused((struct cedar_link){TEXT("t"), TEXT("l"), &alice, NULL},
                        "link \"l\": \"t\" is no template's id.");
    assert_link_refused((struct cedar_link){TEXT("policy1"), TEXT("l"), NULL, NULL},
                        "link \"l\": \"policy1\" is no template's id.");
    assert_link_refused((struct cedar_link){TEXT("policy0"), TEXT("l"), &alice, &photo},
                        "link \"l\": the template \"policy0\" has ?principal to fill, no more and no less.");
    assert_link_refused(
        (struct cedar_link){TEXT("policy2"), TEXT("l\n"), NULL, &photo},
        "link \"l\\n\": the template \"policy2\" has ?principal and ?resource to fill, no more and no "
        "less.");
}

static void an_id_stands_once(void **state)
{
    (void)state;
    struct cedar_link twice[] = {{TEXT("policy0"), TEXT("l"), &alice, NULL},
                                 {TEXT("policy0"), TEXT("l"), &alice, NULL}};
    assert_int_equal(link_all(twice, 2), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, said).base, "link \"l\": another policy has this id already.");
    assert_link_refused((struct cedar_link){TEXT("policy0"), TEXT("policy1"), &alice, NULL},
                        "link \"policy1\": another policy has this id already.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_link_is_a_policy_in_their_order),
        cmocka_unit_test(a_link_fills_exactly_the_slots_of_a_template),
        cmocka_unit_test(an_id_stands_once),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
