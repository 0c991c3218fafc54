/* Policies in Cedar's JSON, and sets of them with their links. What is refused is refused with a sentence that
 * is text. What is read is no larger than a text may say: it has a text, which parses to the policy itself;
 * written it is read again, and written again it is the same; links make policies that are no templates. */
#include "cedar/policy_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_refusal(enum fault fault, struct text mistake)
{
    INVARIANT(fault == FAULT_POLICY_INVALID);
    INVARIANT(mistake.length != 0 && mistake.length < 16384 && text_is_utf8(mistake));
}

static struct text written(struct arena *arena, const struct cedar_policy *policy)
{
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_policy_write(policy, &writer);
    return buffer_text(&out);
}

static void check_text(struct arena *arena, const struct cedar_policy *policy, struct text json)
{
    struct buffer out = buffer_in(arena, 256);
    struct cedar_policy *parsed = NULL;
    struct cedar_mistake mistake = {0};
    size_t count = 0;
    cedar_policy_print(policy, &out);
    INVARIANT(policy->source.length <= CEDAR_POLICY_BYTES_MAX && text_is_utf8(policy->source));
    INVARIANT(cedar_policies_parse(arena, buffer_text(&out), &parsed, &count, &mistake) == FAULT_NONE);
    INVARIANT(count == 1 && parsed[0].is_template == policy->is_template);
    INVARIANT(text_equal(written(arena, &parsed[0]), json));
}

static void check_policy(struct arena *arena, const struct cedar_policy *policy)
{
    struct text json = written(arena, policy), mistake = TEXT("");
    const struct json_limits wide = {
        .bytes = SIZE_MAX, .depth = JSON_DEPTH_MAX, .members = UINT32_MAX, .takes_nul = true};
    const struct json_value *value = NULL;
    struct cedar_policy_set again;
    check_text(arena, policy, json);
    INVARIANT(json_parse(arena, json, &wide, &value) == FAULT_NONE);
    INVARIANT(cedar_policy_set_read(arena, value, &again, &mistake) == FAULT_NONE && again.count == 1);
    INVARIANT(text_equal(written(arena, &again.policies[0]), json));
}

static void check_links(struct arena *arena, const struct cedar_policy_set *set)
{
    struct cedar_policy *linked = NULL;
    struct text mistake = TEXT("");
    enum fault fault = cedar_policy_set_link(arena, set, &linked, &mistake);
    if (fault != FAULT_NONE) {
        check_refusal(fault, mistake);
        return;
    }
    for (size_t i = 0; i < set->link_count; i++) {
        INVARIANT(!linked[i].is_template && text_equal(linked[i].id, set->links[i].id));
        check_policy(arena, &linked[i]);
    }
}

/* A policy or a set; behind the first line feed, where there is one, a file of links. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text rest = {(const char *)bytes, size};
    struct text first = text_cut(&rest, '\n');
    SCOPED_ARENA arena = arena_create();
    const struct json_value *json = NULL;
    struct cedar_policy_set set = {.count = 0};
    struct text mistake = TEXT("");
    if (json_parse(arena, first, &cedar_policy_limits, &json) != FAULT_NONE)
        return 0;
    enum fault fault = cedar_policy_set_read(arena, json, &set, &mistake);
    if (fault != FAULT_NONE) {
        check_refusal(fault, mistake);
        return 0;
    }
    for (size_t i = 0; i < set.count; i++)
        check_policy(arena, &set.policies[i]);
    if (json_parse(arena, rest, &cedar_policy_limits, &json) == FAULT_NONE) {
        fault = cedar_links_read(arena, json, &set, &mistake);
        if (fault != FAULT_NONE)
            check_refusal(fault, mistake);
    }
    check_links(arena, &set);
    return 0;
}
