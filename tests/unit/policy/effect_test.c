/* Annotations: what each may say, and where it may stand. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "effect.h"

static bool read_effect(struct arena *arena, const char *annotations, const char *kind,
                        struct policy_effect *effect)
{
    struct cedar_policy *policies;
    struct cedar_mistake mistake = {0};
    size_t count;
    struct text source = arena_print(arena, "%s %s(principal, action, resource);", annotations, kind);
    assert_int_equal(cedar_policies_parse(arena, source, &policies, &count, &mistake), FAULT_NONE);
    *effect = (struct policy_effect){0};
    bool is_good = policy_effect_read(arena, policies, effect, &mistake);
    assert_int_equal(is_good, mistake.sentence.length == 0);
    return is_good;
}

static void assert_good(const char *const *annotations)
{
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    for (; *annotations != NULL; annotations++)
        if (!read_effect(arena, *annotations, "permit", &effect))
            fail_msg("%s is refused", *annotations);
}

static void assert_bad(const char *const *annotations)
{
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    for (; *annotations != NULL; annotations++)
        if (read_effect(arena, *annotations, "permit", &effect))
            fail_msg("%s is taken", *annotations);
}

static int64_t lifetime_of(const char *value)
{
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    struct text annotation = arena_print(arena, "@max_lifetime(\"%s\")", value);
    return read_effect(arena, annotation.base, "permit", &effect) ? effect.maximum_lifetime_s : -1;
}

static void says_durations_in_seconds_minutes_hours_and_days(void **state)
{
    (void)state;
    assert_int_equal(lifetime_of("90"), 90);
    assert_int_equal(lifetime_of("60s"), 60);
    assert_int_equal(lifetime_of("5m"), 300);
    assert_int_equal(lifetime_of("1h"), 3600);
    assert_int_equal(lifetime_of("2d"), 172800);
    assert_int_equal(lifetime_of("999999999d"), INT64_C(86399999913600));
}

static void refuses_what_is_no_duration(void **state)
{
    (void)state;
    static const char *const values[] = {"",     "0",   "0s",  "-1m",   "m",           "1w",
                                         "1.5h", " 1m", "1 m", "1m\\0", "9999999999s", "1mm"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (lifetime_of(values[i]) != -1)
            fail_msg("%s", values[i]);
}

static void bounds_reasons_to_what_an_error_may_say(void **state)
{
    (void)state;
    char reason[POLICY_REASON_BYTES_MAX + 32];
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    memset(reason, 'x', sizeof(reason));
    assert_true(read_effect(arena,
                            arena_print(arena, "@reason(\"%.*s\")", POLICY_REASON_BYTES_MAX, reason).base,
                            "forbid", &effect));
    assert_int_equal(effect.reason.length, POLICY_REASON_BYTES_MAX);
    assert_false(read_effect(arena,
                             arena_print(arena, "@reason(\"%.*s\")", POLICY_REASON_BYTES_MAX + 1, reason).base,
                             "forbid", &effect));
    assert_bad((const char *const[]){"@reason", "@reason(\"\")", "@reason(\"a\\\"b\")", "@reason(\"a\\\\b\")",
                                     "@reason(\"a\\nb\")", "@reason(\"\\0\")", "@reason(\"\xc3\xa9\")", NULL});
}

static void takes_an_id_without_anything_that_could_part_two(void **state)
{
    (void)state;
    assert_good((const char *const[]){"@id(\"a\")", "@id(\"no-deep/chains.2\")", NULL});
    assert_bad(
        (const char *const[]){"@id", "@id(\"\")", "@id(\"a b\")", "@id(\"a\\nb\")", "@id(\"\xc3\xa9\")", NULL});
}

static void narrows_scopes_down_to_none(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    assert_true(read_effect(arena, "@narrow_scopes(\"a b\")", "permit", &effect));
    assert_true(effect.narrows_scopes);
    assert_int_equal(effect.scopes.count, 2);
    assert_true(read_effect(arena, "@narrow_scopes", "permit", &effect));
    assert_true(effect.narrows_scopes);
    assert_int_equal(effect.scopes.count, 0);
    assert_bad((const char *const[]){"@narrow_scopes(\"a  b\")", "@narrow_scopes(\" a\")",
                                     "@narrow_scopes(\"a\\nb\")", NULL});
}

static void reads_acr_values_and_an_age_in_any_order(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    assert_true(read_effect(arena, "@require_step_up(\"mfa max_age=5m phr\")", "permit", &effect));
    assert_true(effect.needs_step_up);
    assert_true(text_is(effect.acr_values, "mfa phr"));
    assert_int_equal(effect.maximum_age_s, 300);
    assert_true(read_effect(arena, "@require_step_up(\"max_age=60\")", "forbid", &effect));
    assert_null(effect.acr_values.base);
    assert_int_equal(effect.maximum_age_s, 60);
    assert_bad((const char *const[]){"@require_step_up", "@require_step_up(\"a  b\")",
                                     "@require_step_up(\"max_age=\")", "@require_step_up(\"max_age=0\")",
                                     "@require_step_up(\"max_age=1m max_age=2m\")",
                                     "@require_step_up(\"a\\\"b\")", "@require_step_up(\"a\\nb\")", NULL});
}

static void refuses_on_a_forbid_what_only_a_permit_can_give(void **state)
{
    (void)state;
    static const char *const gives[] = {"@max_lifetime(\"1m\")", "@narrow_scopes(\"a\")",
                                        "@require_binding(\"dpop\")", "@require_approval(\"ops\")",
                                        "@has_effects"};
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    for (size_t i = 0; i < sizeof(gives) / sizeof(gives[0]); i++) {
        assert_true(read_effect(arena, gives[i], "permit", &effect));
        assert_false(read_effect(arena, gives[i], "forbid", &effect));
    }
}

static void keeps_the_first_annotation_that_it_does_not_know(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    assert_true(read_effect(arena, "@first @description(\"x\") @second(\"y\")", "forbid", &effect));
    assert_true(text_is(effect.unknown, "first"));
    assert_int_equal(effect.not_available.length, 0);
    assert_true(read_effect(arena, "@require_binding(\"dpop\")", "permit", &effect));
    assert_true(text_is(effect.not_available, "require_binding"));
    assert_false(effect.needs_binding);
    assert_true(read_effect(arena, "@require_binding(\"mtls\")", "permit", &effect));
    assert_int_equal(effect.not_available.length, 0);
    assert_true(effect.needs_binding);
    assert_true(read_effect(arena, "@has_effects", "permit", &effect));
    assert_true(effect.has_effects);
    assert_bad((const char *const[]){"@has_effects(\"none\")", NULL});
    assert_bad((const char *const[]){"@require_binding(\"hope\")", "@require_approval", NULL});
}

static void takes_an_approval_on_a_forbid_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct policy_effect effect;
    assert_true(read_effect(arena, "@approval(\"owner\")", "forbid", &effect));
    assert_true(text_is(effect.approval, "owner"));
    assert_false(read_effect(arena, "@approval", "forbid", &effect));
    assert_false(read_effect(arena, "@approval(\"a\\\"b\")", "forbid", &effect));
    assert_bad((const char *const[]){"@approval(\"owner\")", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_durations_in_seconds_minutes_hours_and_days),
        cmocka_unit_test(refuses_what_is_no_duration),
        cmocka_unit_test(bounds_reasons_to_what_an_error_may_say),
        cmocka_unit_test(takes_an_id_without_anything_that_could_part_two),
        cmocka_unit_test(narrows_scopes_down_to_none),
        cmocka_unit_test(reads_acr_values_and_an_age_in_any_order),
        cmocka_unit_test(refuses_on_a_forbid_what_only_a_permit_can_give),
        cmocka_unit_test(keeps_the_first_annotation_that_it_does_not_know),
        cmocka_unit_test(takes_an_approval_on_a_forbid_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
