/* For tests of Cedar's JSON policy format: policies of texts as JSON, of JSON as policies, and what is said of
 * JSON that is none. JSON in these tests is written with ' for ". */
#ifndef FORMS_FIXTURE_H
#define FORMS_FIXTURE_H

#include "cedar/policy_set.h"
#include "syntax_fixture.h"

static struct text said; /* the last mistake in JSON */

static inline struct text quoted(const char *json)
{
    struct buffer out = buffer_in(arena, 256);
    for (; *json != '\0'; json++)
        buffer_append_byte(&out, *json == '\'' ? '"' : *json);
    buffer_append_byte(&out, '\0');
    return text_of(out.base);
}

static inline const struct json_value *json_of(struct text text)
{
    const struct json_value *json = NULL;
    if (json_parse(arena, text, &cedar_policy_limits, &json) != FAULT_NONE)
        fail_msg("no JSON: %.200s", text.base);
    return json;
}

static inline struct text written(const struct cedar_policy *policy)
{
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_policy_write(policy, &writer);
    buffer_append_byte(&out, '\0');
    return text_of(out.base);
}

static inline struct text printed(const struct cedar_policy *policy)
{
    struct buffer out = buffer_in(arena, 256);
    cedar_policy_print(policy, &out);
    buffer_append_byte(&out, '\0');
    return text_of(out.base);
}

/* Expected in single quotes; the condition alone is compared. */
static inline void assert_body(const char *expression, const char *expected)
{
    struct text source = arena_print(arena, "permit(principal, action, resource) when { %s };", expression);
    struct text json = written(policies_of(source.base, 1));
    struct text whole = arena_print(arena,
                                    "{\"effect\":\"permit\",\"principal\":{\"op\":\"All\"},\"action\":{\"op\":"
                                    "\"All\"},\"resource\":{\"op\":"
                                    "\"All\"},\"conditions\":[{\"kind\":\"when\",\"body\":%s}]}",
                                    quoted(expected).base);
    assert_string_equal(json.base, whole.base);
}

static inline enum fault read_policy(const char *json, struct cedar_policy *policy)
{
    struct cedar_policy_set set = {.count = 0};
    said = TEXT("");
    enum fault fault = cedar_policy_set_read(arena, json_of(quoted(json)), &set, &said);
    if (fault == FAULT_NONE)
        *policy = set.policies[0];
    return fault;
}

static inline struct text with_body(const char *body)
{
    return arena_print(
        arena,
        "{'effect':'permit','principal':{'op':'All'},'action':{'op':'All'},'resource':{'op':'All'},"
        "'conditions':[{'kind':'when','body':%s}]}",
        body);
}

/* The expression that a body in JSON is, as Cedar text. */
static inline void assert_reads(const char *body, const char *expression)
{
    struct cedar_policy policy = {.tag = 0};
    struct buffer out = buffer_in(arena, 256);
    if (read_policy(with_body(body).base, &policy) != FAULT_NONE)
        fail_msg("%s: %.*s", body, TEXT_ARGUMENTS(said));
    cedar_expression_print(policy.conditions[0].expression, &out);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base, expression);
}

static inline void assert_json_refused(const char *json, const char *sentence)
{
    struct cedar_policy policy;
    if (read_policy(json, &policy) != FAULT_POLICY_INVALID)
        fail_msg("%s is accepted", json);
    assert_string_equal(arena_copy(arena, said).base, sentence);
}

static inline void assert_body_refused(const char *body, const char *sentence)
{
    assert_json_refused(with_body(body).base, arena_print(arena, "policy.conditions[0].body%s", sentence).base);
}

#endif
