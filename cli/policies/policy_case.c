/* Reading cases and holding decisions against them; see policy_case.h. */
#include "policy_case.h"

#include "cedar/extension.h"

/* -- reading */

struct reading {
    struct policy_given given; /* first: rows read through it */
    struct policy_case *made;
};

static struct policy_expectation *expected_of(struct policy_given *given)
{
    return &((struct reading *)given)->made->expected;
}

static void read_decision(struct policy_given *given, const struct json_value *value)
{
    struct text word = json_string(value);
    expected_of(given)->is_allowed = text_is(word, "allow");
    if (!text_is(word, "allow") && !text_is(word, "deny"))
        policy_given_complain(given, "expect", TEXT("decision is allow or deny"));
}

static void read_policies(struct policy_given *given, const struct json_value *value)
{
    (void)policy_given_words(given, "expect.policies", value);
    if (value->kind != JSON_ARRAY)
        policy_given_complain(given, "expect.policies", TEXT("expected a list"));
    expected_of(given)->policies = value;
}

static void read_reason(struct policy_given *given, const struct json_value *value)
{
    struct text reason = policy_given_text(given, "expect.reason", value);
    bool is_known = false;
    for (int fault = 1; fault < FAULT_COUNT; fault++)
        is_known |= text_is(reason, fault_row((enum fault)fault)->reason);
    if (!is_known)
        policy_given_complain(given, "expect.reason",
                              TEXT("expected a reason of docs/reference/errors.md, such as policy_denied"));
    expected_of(given)->reason = reason;
}

static void read_says(struct policy_given *given, const struct json_value *value)
{
    expected_of(given)->says = policy_given_text(given, "expect.says", value);
}

static void read_maximum_lifetime(struct policy_given *given, const struct json_value *value)
{
    expected_of(given)->maximum_lifetime_s = policy_given_seconds(given, "expect.max_lifetime", value);
}

static void read_scopes(struct policy_given *given, const struct json_value *value)
{
    struct scope_set *scopes = ARENA_NEW(given->arena, struct scope_set);
    if (scope_set_parse(policy_given_words(given, "expect.scopes", value), scopes) != FAULT_NONE)
        policy_given_complain(given, "expect.scopes",
                              TEXT("expected scopes, as a list or parted by single spaces"));
    expected_of(given)->scopes = scopes;
}

static void read_acr(struct policy_given *given, const struct json_value *value)
{
    (void)policy_given_text(given, "expect.step_up.acr", value);
}

static void read_maximum_age(struct policy_given *given, const struct json_value *value)
{
    (void)policy_given_seconds(given, "expect.step_up.max_age", value);
}

static void read_step_up(struct policy_given *given, const struct json_value *value)
{
    static const struct policy_member members[] = {
        {"acr", read_acr}, {"max_age", read_maximum_age}, {NULL, NULL}};
    policy_given_members(given, "expect.step_up", value, members);
    expected_of(given)->step_up = value;
}

static void read_reports(struct policy_given *given, const struct json_value *value)
{
    expected_of(given)->reports = policy_given_text(given, "expect.reports", value);
}

static void read_approval(struct policy_given *given, const struct json_value *value)
{
    expected_of(given)->approval = policy_given_text(given, "expect.approval", value);
}

static void read_expect(struct policy_given *given, const struct json_value *value)
{
    static const struct policy_member members[] = {{"decision", read_decision},
                                                   {"policies", read_policies},
                                                   {"reason", read_reason},
                                                   {"says", read_says},
                                                   {"max_lifetime", read_maximum_lifetime},
                                                   {"scopes", read_scopes},
                                                   {"step_up", read_step_up},
                                                   {"approval", read_approval},
                                                   {"reports", read_reports},
                                                   {NULL, NULL}};
    if (json_is_string(value)) {
        read_decision(given, value);
        return;
    }
    if (json_member(value, TEXT("decision")) == NULL)
        policy_given_complain(given, "expect", TEXT("decision is missing: allow or deny"));
    policy_given_members(given, "expect", value, members);
}

static void read_name(struct policy_given *given, const struct json_value *value)
{
    ((struct reading *)given)->made->name = policy_given_text(given, "name", value);
}

static struct text read_case(struct arena *arena, const struct json_value *json,
                             const struct documents *documents, struct policy_case *made)
{
    static const struct policy_member members[] = {
        {"name", read_name}, {"given", policy_given_read}, {"expect", read_expect}, {NULL, NULL}};
    struct reading *reading = ARENA_NEW(arena, struct reading);
    struct policy_given *given = &reading->given;
    given->arena = arena;
    given->documents = documents;
    reading->made = made;
    made->expected.maximum_lifetime_s = -1;
    if (json_member(json, TEXT("given")) == NULL)
        policy_given_read(given, NULL);
    policy_given_members(given, "case", json, members);
    if (json_member(json, TEXT("expect")) == NULL)
        policy_given_complain(given, "case", TEXT("expect is missing"));
    if (made->name.length == 0)
        policy_given_complain(given, "case", TEXT("name is missing"));
    made->facts = given->facts; /* its scopes stay in the reading */
    made->arguments = given->arguments;
    made->target_domain = given->target_domain;
    return given->mistake;
}

bool policy_cases_read(struct arena *arena, const struct json_value *list, const struct documents *documents,
                       struct policy_case **cases, size_t *count, struct text *mistake)
{
    *count = 0;
    if (list->kind != JSON_ARRAY) {
        *mistake = TEXT("expected a list of cases, each with name, given and expect");
        return false;
    }
    *cases = ARENA_ARRAY(arena, struct policy_case, list->count + 1);
    for (const struct json_value *one = list->first; one != NULL; one = one->next) {
        struct policy_case *made = &(*cases)[*count];
        struct text wrong = read_case(arena, one, documents, made);
        ++*count;
        if (wrong.length == 0)
            continue;
        *mistake = made->name.length != 0 ? arena_print(arena, "case \"%.*s\": %.*s",
                                                        TEXT_ARGUMENTS(made->name), TEXT_ARGUMENTS(wrong))
                                          : arena_print(arena, "case %zu: %.*s", *count, TEXT_ARGUMENTS(wrong));
        return false;
    }
    return true;
}

/* -- comparing */

/* "agents/no-deep-chains", or without the document's name. */
static bool is_named(const struct cedar_policy *policy, struct text name)
{
    return text_equal(policy->id, name) ||
           (policy->id.length > name.length && text_ends_with(policy->id, name) &&
            policy->id.base[policy->id.length - name.length - 1] == '/');
}

static bool has_policy(const struct policy_decision *decision, struct text name)
{
    for (size_t i = 0; i < decision->policy_count; i++)
        if (is_named(decision->policies[i], name))
            return true;
    return false;
}

static void print_policies(struct buffer *out, const struct policy_decision *decision)
{
    for (size_t i = 0; i < decision->policy_count; i++)
        buffer_print(out, "%s%.*s", i == 0 ? "" : ", ", TEXT_ARGUMENTS(decision->policies[i]->id));
    if (decision->policy_count == 0)
        buffer_append(out, TEXT("none"));
}

static void compare_policies(struct buffer *out, const struct policy_expectation *expected,
                             const struct policy_decision *decision)
{
    bool is_same = expected->policies->count == decision->policy_count;
    for (const struct json_value *one = expected->policies->first; one != NULL; one = one->next)
        is_same &= has_policy(decision, json_string(one));
    if (is_same)
        return;
    buffer_append(out, TEXT("policies: expected "));
    for (const struct json_value *one = expected->policies->first; one != NULL; one = one->next)
        buffer_print(out, "%s%.*s", one == expected->policies->first ? "" : ", ",
                     TEXT_ARGUMENTS(json_string(one)));
    buffer_append(out, expected->policies->count == 0 ? TEXT("none, decided: ") : TEXT(", decided: "));
    print_policies(out, decision);
    buffer_append_byte(out, '\n');
}

static void compare_text(struct buffer *out, const char *what, struct text expected, struct text found)
{
    if (expected.base != NULL && !text_equal(expected, found))
        buffer_print(out, "%s: expected %.*s, found %.*s\n", what, TEXT_ARGUMENTS(expected),
                     TEXT_ARGUMENTS(found.length != 0 ? found : TEXT("none")));
}

static void compare_seconds(struct buffer *out, const char *what, int64_t expected_s, int64_t found_s)
{
    if (expected_s >= 0 && expected_s != found_s)
        buffer_print(out, "%s: expected %lld s, found %lld s\n", what, (long long)expected_s,
                     (long long)found_s);
}

static void compare_scopes(struct arena *arena, struct buffer *out, const struct scope_set *expected,
                           const struct scope_set *found)
{
    if (expected == NULL || (scope_set_is_subset(expected, found) && scope_set_is_subset(found, expected)))
        return;
    struct text wanted = scope_set_text(arena, expected), given = scope_set_text(arena, found);
    buffer_print(out, "scopes: expected %.*s, found %.*s\n",
                 TEXT_ARGUMENTS(wanted.length != 0 ? wanted : TEXT("none")),
                 TEXT_ARGUMENTS(given.length != 0 ? given : TEXT("none")));
}

static void compare_step_up(struct buffer *out, const struct json_value *expected,
                            const struct policy_trial *trial)
{
    int64_t age_ms = 0;
    if (trial->fault != FAULT_STEP_UP_REQUIRED) {
        buffer_append(out, TEXT("step_up: expected one, none is asked for\n"));
        return;
    }
    const struct policy_decision *decision = &trial->decision;
    struct text age = json_text_of(expected, "max_age"), acr = json_text_of(expected, "acr");
    compare_text(out, "step_up.acr", acr, decision->acr_values);
    if (age.length != 0 && cedar_duration_parse(age, &age_ms))
        compare_seconds(out, "step_up.max_age", age_ms / 1000, decision->maximum_age_s);
}

static void compare_outcome(struct buffer *out, const struct policy_case *tried,
                            const struct policy_trial *trial)
{
    const char *reason = fault_row(trial->fault)->reason;
    if (tried->expected.is_allowed == (trial->fault == FAULT_NONE))
        return;
    buffer_print(out, "decision: expected %s, found %s%s\n", tried->expected.is_allowed ? "allow" : "deny",
                 trial->fault == FAULT_NONE ? "allow" : "deny, ", trial->fault == FAULT_NONE ? "" : reason);
}

struct text policy_case_difference(struct arena *arena, const struct policy_case *tried,
                                   const struct policy_trial *trial)
{
    const struct policy_expectation *expected = &tried->expected;
    const struct policy_decision *decision = &trial->decision;
    static const struct scope_set nothing;
    struct buffer out = buffer_in(arena, 256);
    compare_outcome(&out, tried, trial);
    if (expected->policies != NULL)
        compare_policies(&out, expected, decision);
    compare_text(&out, "reason", expected->reason,
                 trial->fault == FAULT_NONE ? TEXT_NONE : text_of(fault_row(trial->fault)->reason));
    compare_text(&out, "says", expected->says, decision->public_reason);
    compare_seconds(&out, "max_lifetime", expected->maximum_lifetime_s, decision->maximum_lifetime_s);
    compare_scopes(arena, &out, expected->scopes, trial->fault == FAULT_NONE ? &trial->scopes : &nothing);
    if (expected->step_up != NULL)
        compare_step_up(&out, expected->step_up, trial);
    compare_text(&out, "approval", expected->approval,
                 decision->approval.length == 0 ? TEXT("") : decision->approval);
    compare_text(&out, "reports", expected->reports,
                 decision->reported == FAULT_NONE ? TEXT("") : text_of(fault_row(decision->reported)->reason));
    return buffer_text(&out);
}
