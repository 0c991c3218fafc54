/* Combinations: known cases, and random ones against the definition spelled out another way. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/combination.h"

enum { NOW_S = 1800000000, HOLDINGS_MAX = 5 };

static const struct text targets[] = {TEXT("orders"), TEXT("ledger"), TEXT("files")};
static const struct text domains[] = {TEXT("corp"), TEXT("partner")};
static const struct text scope_names[] = {TEXT("read"), TEXT("write"), TEXT("pay"), TEXT("sign")};

static struct scope_set scopes_of(const char *text)
{
    struct scope_set set;
    assert_int_equal(scope_set_parse(text_of(text), &set), FAULT_NONE);
    return set;
}

static const struct combined_right pay_and_approve[] = {
    {TEXT("pay"), {&targets[0], 1}, {NULL, 0}, {&scope_names[2], 1}},
    {TEXT("approve"), {&targets[1], 1}, {NULL, 0}, {NULL, 0}},
};
static const struct combination apart = {.name = TEXT("apart"),
                                         .label = TEXT("Combination/apart (c.yaml:1)"),
                                         .holder = POLICY_HOLDER_SUBJECT,
                                         .rights = pay_and_approve,
                                         .right_count = 2};

static struct combination_verdict judge(struct arena *arena, const struct combination *combination,
                                        const char *target, const char *scopes,
                                        const struct policy_holding *holding)
{
    struct combination_verdict verdict;
    struct scope_set asked = scopes_of(scopes);
    struct policy_facts facts = {.target = text_of(target),
                                 .holdings = holding,
                                 .holding_count = holding != NULL,
                                 .now_us = NOW_S * INT64_C(1000000)};
    combination_judge(arena, combination, &facts, TEXT("corp"), &asked, &verdict);
    return verdict;
}

static struct policy_holding ledger_until(int64_t expires_at_s)
{
    return (struct policy_holding){POLICY_HOLDER_SUBJECT, TEXT("corp"), TEXT("ledger"), TEXT("read"),
                                   expires_at_s};
}

static void refuses_what_would_complete_it_and_says_what_is_held(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct policy_holding held = ledger_until(NOW_S + 1);
    struct combination_verdict verdict = judge(arena, &apart, "orders", "pay", &held);
    assert_true(verdict.is_refused);
    assert_true(text_is(verdict.detail, "would meet: pay (asked for), approve (held)"));
    assert_false(judge(arena, &apart, "orders", "pay", NULL).is_refused);
    assert_false(judge(arena, &apart, "orders", "read", &held).is_refused);
    assert_false(judge(arena, &apart, "files", "pay", &held).is_refused);
}

static void passes_over_what_others_hold(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct policy_holding held = ledger_until(NOW_S + 1);
    held.holder = POLICY_HOLDER_AGENT;
    assert_false(judge(arena, &apart, "orders", "pay", &held).is_refused);
}

static void counts_what_has_ended_only_as_long_as_it_says(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct combination lately = apart;
    struct policy_holding held = ledger_until(NOW_S);
    assert_false(judge(arena, &lately, "orders", "pay", &held).is_refused);
    lately.within_s = 60;
    assert_true(judge(arena, &lately, "orders", "pay", &held).is_refused);
    held = ledger_until(NOW_S - 59);
    assert_true(judge(arena, &lately, "orders", "pay", &held).is_refused);
    held = ledger_until(NOW_S - 60);
    assert_false(judge(arena, &lately, "orders", "pay", &held).is_refused);
}

static void takes_scopes_that_cannot_be_read_for_all(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct policy_holding held = ledger_until(NOW_S + 1);
    held.target = TEXT("orders");
    held.scopes = TEXT("a b");
    assert_false(judge(arena, &apart, "ledger", "read", &held).is_refused);
    held.scopes = TEXT("a  b");
    assert_true(judge(arena, &apart, "ledger", "read", &held).is_refused);
}

static void takes_away_the_scopes_of_one_right_and_leaves_the_most(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct combined_right rights[] = {
        {TEXT("two"), {NULL, 0}, {NULL, 0}, {&scope_names[0], 2}},
        {TEXT("one"), {NULL, 0}, {NULL, 0}, {&scope_names[2], 1}},
    };
    struct combination narrowing = apart;
    narrowing.rights = rights;
    narrowing.narrows = true;
    struct combination_verdict verdict = judge(arena, &narrowing, "orders", "read write pay sign", NULL);
    assert_false(verdict.is_refused);
    assert_true(verdict.is_narrowed);
    assert_true(text_is(scope_set_text(arena, &verdict.scopes), "read write sign"));
}

static void refuses_where_taking_away_leaves_nothing_or_does_not_help(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct combination narrowing = apart;
    struct policy_holding held = ledger_until(NOW_S + 1);
    narrowing.narrows = true;
    assert_true(judge(arena, &narrowing, "orders", "pay", &held).is_refused);
    assert_true(judge(arena, &narrowing, "orders", "pay read", &held).is_narrowed);
    held.target = TEXT("orders"); /* the right that is asked for then goes with any scope */
    held.scopes = TEXT("pay");
    assert_true(judge(arena, &narrowing, "ledger", "read write", &held).is_refused);
}

/* -- against the definition */

static uint64_t seed = 3;

static unsigned roll(unsigned sides)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % sides;
}

static struct scope_set random_scopes(void)
{
    struct scope_set set = {.count = 0};
    for (size_t i = 0; i < 4; i++)
        if (roll(2) == 0)
            set.scopes[set.count++] = scope_names[i];
    return set;
}

static struct combined_names random_names(const struct text *names, unsigned count)
{
    unsigned start = roll(count);
    return roll(2) == 0 ? (struct combined_names){NULL, 0}
                        : (struct combined_names){&names[start], 1 + roll(count - start)};
}

static void random_combination(struct combination *combination, struct combined_right *rights)
{
    *combination = apart;
    combination->rights = rights;
    combination->right_count = 2 + roll(3);
    combination->narrows = roll(2) == 0;
    combination->within_s = roll(2) * 10;
    combination->holder = (enum policy_holder)roll(POLICY_HOLDER_COUNT);
    for (size_t i = 0; i < combination->right_count; i++)
        rights[i] = (struct combined_right){TEXT("right"), random_names(targets, 3), random_names(domains, 2),
                                            random_names(scope_names, 4)};
}

/* What somebody has of one target in one domain with one scope; none: TEXT_NONE. */
struct grain {
    struct text target, domain, scope;
};

static bool is_among(const struct combined_names *names, struct text name)
{
    for (size_t i = 0; i < names->count; i++)
        if (text_equal(names->items[i], name))
            return true;
    return false;
}

static bool grain_gives(const struct combined_right *right, const struct grain *grain)
{
    return (right->targets.count == 0 || is_among(&right->targets, grain->target)) &&
           (right->domains.count == 0 || is_among(&right->domains, grain->domain)) &&
           (right->scopes.count == 0 || (grain->scope.length != 0 && is_among(&right->scopes, grain->scope)));
}

static size_t add_grains(struct grain *grains, size_t count, struct text target, struct text domain,
                         const struct scope_set *scopes)
{
    grains[count++] = (struct grain){target, domain, TEXT_NONE};
    for (size_t i = 0; i < scopes->count; i++)
        grains[count++] = (struct grain){target, domain, scopes->scopes[i]};
    return count;
}

static bool is_met(const struct combined_right *right, const struct grain *grains, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (grain_gives(right, &grains[i]))
            return true;
    return false;
}

struct situation {
    struct text target, domain;
    struct scope_set scopes;
    struct policy_holding holdings[HOLDINGS_MAX];
    size_t holding_count;
};

static void random_situation(struct arena *arena, struct situation *situation)
{
    *situation =
        (struct situation){.target = targets[roll(3)], .domain = domains[roll(2)], .scopes = random_scopes()};
    situation->holding_count = roll(HOLDINGS_MAX + 1);
    for (size_t i = 0; i < situation->holding_count; i++) {
        struct scope_set scopes = random_scopes();
        situation->holdings[i] =
            (struct policy_holding){(enum policy_holder)roll(POLICY_HOLDER_COUNT), domains[roll(2)],
                                    targets[roll(3)], scope_set_text(arena, &scopes), NOW_S - 15 + roll(20)};
    }
}

static void judge_situation(struct arena *arena, const struct combination *combination,
                            const struct situation *situation, const struct scope_set *scopes,
                            struct combination_verdict *verdict)
{
    const struct policy_facts facts = {.target = situation->target,
                                       .holdings = situation->holdings,
                                       .holding_count = situation->holding_count,
                                       .now_us = NOW_S * INT64_C(1000000)};
    combination_judge(arena, combination, &facts, situation->domain, scopes, verdict);
}

/* Whether something asked for meets a right of it, and with what is held all of them are met. */
static bool is_complete(const struct combination *combination, const struct situation *situation,
                        const struct scope_set *scopes)
{
    struct grain held[HOLDINGS_MAX * 5], wanted[5];
    size_t held_count = 0, wanted_count = add_grains(wanted, 0, situation->target, situation->domain, scopes);
    bool is_concerned = false, is_whole = true;
    for (size_t i = 0; i < situation->holding_count; i++) {
        const struct policy_holding *holding = &situation->holdings[i];
        struct scope_set set;
        assert_int_equal(scope_set_parse(holding->scopes, &set), FAULT_NONE);
        if (holding->holder == combination->holder && holding->expires_at_s + combination->within_s > NOW_S)
            held_count = add_grains(held, held_count, holding->target, holding->domain, &set);
    }
    for (size_t i = 0; i < combination->right_count; i++) {
        bool is_wanted = is_met(&combination->rights[i], wanted, wanted_count);
        is_concerned |= is_wanted;
        is_whole &= is_wanted || is_met(&combination->rights[i], held, held_count);
    }
    assert_int_equal(combination_concerns(combination, situation->target, situation->domain, scopes),
                     is_concerned);
    return is_concerned && is_whole;
}

static void assert_judged_right(const struct combination *combination, const struct situation *situation,
                                const struct combination_verdict *verdict)
{
    bool is_forbidden = is_complete(combination, situation, &situation->scopes);
    assert_int_equal(verdict->is_refused || verdict->is_narrowed, is_forbidden);
    assert_false(verdict->is_refused && verdict->is_narrowed);
    assert_true(combination->narrows || !verdict->is_narrowed);
    if (!verdict->is_narrowed)
        return;
    assert_true(verdict->scopes.count != 0 && verdict->scopes.count < situation->scopes.count);
    assert_true(scope_set_is_subset(&verdict->scopes, &situation->scopes));
    assert_false(is_complete(combination, situation, &verdict->scopes));
}

static void judges_as_the_definition_says(void **state)
{
    (void)state;
    unsigned refused = 0, narrowed = 0;
    for (int round = 0; round < 30000; round++) {
        SCOPED_ARENA arena = arena_create();
        struct combined_right rights[4];
        struct combination combination;
        struct situation situation;
        struct combination_verdict verdict;
        random_combination(&combination, rights);
        random_situation(arena, &situation);
        judge_situation(arena, &combination, &situation, &situation.scopes, &verdict);
        assert_judged_right(&combination, &situation, &verdict);
        refused += verdict.is_refused;
        narrowed += verdict.is_narrowed;
    }
    assert_true(refused > 1000 && narrowed > 500);
}

/* As the exchange asks several, one after the other: none that was passed is completed by a later one. */
static void leaves_none_whole_when_several_are_asked_in_turn(void **state)
{
    (void)state;
    unsigned narrowed = 0;
    for (int round = 0; round < 30000; round++) {
        SCOPED_ARENA arena = arena_create();
        struct combined_right rights[3][4];
        struct combination combinations[3];
        struct situation situation;
        bool is_refused = false;
        random_situation(arena, &situation);
        struct scope_set scopes = situation.scopes;
        for (int i = 0; i < 3 && !is_refused; i++) {
            struct combination_verdict verdict;
            random_combination(&combinations[i], rights[i]);
            judge_situation(arena, &combinations[i], &situation, &scopes, &verdict);
            is_refused = verdict.is_refused;
            scopes = verdict.is_narrowed ? verdict.scopes : scopes;
            narrowed += verdict.is_narrowed;
        }
        for (int i = 0; i < 3 && !is_refused; i++)
            assert_false(is_complete(&combinations[i], &situation, &scopes));
    }
    assert_true(narrowed > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_would_complete_it_and_says_what_is_held),
        cmocka_unit_test(passes_over_what_others_hold),
        cmocka_unit_test(counts_what_has_ended_only_as_long_as_it_says),
        cmocka_unit_test(takes_scopes_that_cannot_be_read_for_all),
        cmocka_unit_test(takes_away_the_scopes_of_one_right_and_leaves_the_most),
        cmocka_unit_test(refuses_where_taking_away_leaves_nothing_or_does_not_help),
        cmocka_unit_test(judges_as_the_definition_says),
        cmocka_unit_test(leaves_none_whole_when_several_are_asked_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
