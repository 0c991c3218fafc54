/* Before and after of one record; see replay_comparison.h. */
#include "replay_comparison.h"

#include "policy/facts_record.h"

/* What a record says became of it. */
struct outcome {
    bool is_allowed;
    struct scope_set scopes;
    int64_t lifetime_s; /* 0: not known */
    struct text reason;
};

static const struct {
    const char *name, *words;
} rows[REPLAY_CHANGE_COUNT] = {
    [REPLAY_SAME] = {"same", "same"},
    [REPLAY_REFUSED] = {"allowed_to_refused", "allowed, would be refused"},
    [REPLAY_ALLOWED] = {"refused_to_allowed", "refused, would be allowed"},
    [REPLAY_NARROWED] = {"narrowed", "would get less"},
    [REPLAY_WIDENED] = {"widened", "would get more"},
    [REPLAY_OTHER_REASON] = {"other_reason", "refused, would be for another reason"},
    [REPLAY_WITHOUT_FACTS] = {"without_facts", "without facts, not decided"},
};

const char *replay_change_name(enum replay_change change)
{
    return rows[change].name;
}

const char *replay_change_words(enum replay_change change)
{
    return rows[change].words;
}

/* Refusals that policies and combinations speak. What anything else refused stays refused whatever they say. */
static bool is_of_policy(struct text reason)
{
    static const enum fault faults[] = {
        FAULT_POLICY_DENIED,     FAULT_POLICY_NO_PERMIT,     FAULT_POLICY_ERROR,     FAULT_POLICY_EXHAUSTED,
        FAULT_POLICY_ANNOTATION, FAULT_NOT_AVAILABLE,        FAULT_BINDING_REQUIRED, FAULT_STEP_UP_REQUIRED,
        FAULT_SCOPE_NARROWED,    FAULT_COMBINATION_FORBIDDEN};
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        if (text_is(reason, fault_row(faults[i])->reason))
            return true;
    return false;
}

static struct outcome outcome_of(const struct json_value *record, const struct policy_facts *facts)
{
    struct outcome outcome = {.is_allowed = !text_is(json_text_of(record, "outcome"), "refused"),
                              .reason = json_text_of(record, "reason")};
    int64_t until_s = json_integer_of(record, "expires_at");
    if (scope_set_parse(json_text_of(record, "scope_given"), &outcome.scopes) != FAULT_NONE)
        outcome.scopes.count = 0;
    if (until_s != 0)
        outcome.lifetime_s = until_s - facts->now_us / 1000000;
    return outcome;
}

static enum replay_change change_of(const struct outcome *before, const struct policy_trial *after)
{
    bool is_allowed = after->fault == FAULT_NONE;
    if (!before->is_allowed && !is_of_policy(before->reason))
        return REPLAY_SAME;
    if (before->is_allowed != is_allowed)
        return is_allowed ? REPLAY_ALLOWED : REPLAY_REFUSED;
    if (!is_allowed)
        return text_is(before->reason, fault_row(after->fault)->reason) ? REPLAY_SAME : REPLAY_OTHER_REASON;
    if (!scope_set_is_subset(&before->scopes, &after->scopes) ||
        (before->lifetime_s != 0 && after->lifetime_s < before->lifetime_s))
        return REPLAY_NARROWED;
    bool is_more = !scope_set_is_subset(&after->scopes, &before->scopes) ||
                   (before->lifetime_s != 0 && after->lifetime_s > before->lifetime_s);
    return is_more ? REPLAY_WIDENED : REPLAY_SAME;
}

static struct text allowed_text(struct arena *arena, const struct scope_set *scopes, int64_t lifetime_s)
{
    struct text words = scope_set_text(arena, scopes);
    if (words.length == 0)
        words = TEXT("no scope");
    return lifetime_s == 0
               ? arena_print(arena, "allowed: %.*s", TEXT_ARGUMENTS(words))
               : arena_print(arena, "allowed: %.*s for %lld s", TEXT_ARGUMENTS(words), (long long)lifetime_s);
}

static struct text refused_text(struct arena *arena, struct text reason)
{
    return arena_print(arena, "refused: %.*s", TEXT_ARGUMENTS(reason));
}

static struct text policy_text(struct arena *arena, const struct policy_trial *trial)
{
    if (trial->document.length == 0)
        return trial->detail;
    return arena_print(arena, "%.*s: %.*s", TEXT_ARGUMENTS(trial->document), TEXT_ARGUMENTS(trial->detail));
}

static void describe(struct arena *arena, const struct json_value *record, struct replay_comparison *comparison)
{
    struct text agent = json_text_of(record, "client"),
                subject = json_text_of(json_member(record, TEXT("subject")), "sub");
    if (agent.length == 0)
        agent = json_text_of(json_member(record, TEXT("agent")), "sub");
    *comparison = (struct replay_comparison){
        .change = REPLAY_WITHOUT_FACTS,
        .id = json_text_of(record, "id"),
        .at = json_text_of(record, "at"),
        .who = arena_print(arena, "%.*s for %.*s", TEXT_ARGUMENTS(agent),
                           TEXT_ARGUMENTS(subject.length != 0 ? subject : TEXT("?"))),
        .target = json_text_of(record, "target"),
    };
}

bool replay_compare(struct arena *arena, const struct policy_set *set, const struct json_value *record,
                    struct replay_comparison *comparison)
{
    struct policy_facts facts;
    struct policy_trial trial;
    if (!text_is(json_text_of(record, "kind"), "exchange"))
        return false;
    describe(arena, record, comparison);
    if (!policy_facts_read(arena, record, &facts))
        return true;
    struct outcome before = outcome_of(record, &facts);
    policy_trial_decide(arena, set, &facts, json_text_of(record, "to"), &trial);
    comparison->change = change_of(&before, &trial);
    comparison->before = before.is_allowed ? allowed_text(arena, &before.scopes, before.lifetime_s)
                                           : refused_text(arena, before.reason);
    comparison->after = trial.fault == FAULT_NONE
                            ? allowed_text(arena, &trial.scopes, trial.lifetime_s)
                            : refused_text(arena, text_of(fault_row(trial.fault)->reason));
    comparison->policy = policy_text(arena, &trial);
    if (trial.decision.reported != FAULT_NONE)
        comparison->would_refuse = trial.decision.reported_detail;
    return true;
}
