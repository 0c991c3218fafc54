/* Explanations. Only made where something is refused, except for the names of permits; each is cut to what a
 * rung of the ladder keeps. */
#include "explanation.h"

enum {
    SOURCE_BYTES_MAX = 160,   /* of a condition */
    NAMES_BYTES_MAX = 240,    /* of permits */
    POLICIES_LOOKED_AT = 512, /* for a permit that came close */
    WORK = 10000
};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Whether a byte goes on with a character of UTF-8 that began before it. */
static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* A piece of source on one line, cut between two characters. */
static void print_source(struct buffer *out, const struct cedar_policy *policy, struct cedar_span span)
{
    const char *base = policy->source.base + span.offset;
    size_t start = out->length;
    for (size_t i = 0; i < span.length; i++)
        if (out->length - start >= SOURCE_BYTES_MAX && !is_continuation(base[i]))
            break;
        else if (!is_space(base[i]))
            buffer_append_byte(out, base[i]);
        else if (i > 0 && !is_space(base[i - 1]))
            buffer_append_byte(out, ' ');
}

static void print_place(struct buffer *out, const struct cedar_policy *policy, size_t offset)
{
    unsigned line, column;
    cedar_position(policy->source, offset, &line, &column);
    buffer_print(out, "%.*s line %u", TEXT_ARGUMENTS(policy->id), line);
}

struct text explanation_of_policy(struct arena *arena, const struct cedar_policy *policy)
{
    struct buffer out = buffer_in(arena, 256);
    print_place(&out, policy,
                policy->condition_count == 0 ? policy->span.offset : policy->conditions[0].span.offset);
    for (size_t i = 0; i < policy->condition_count; i++) {
        buffer_append(&out, i == 0 ? TEXT(": ") : TEXT(" "));
        print_source(&out, policy, policy->conditions[i].span);
    }
    return buffer_text(&out);
}

struct text explanation_of_permits(struct arena *arena, const struct cedar_response *response)
{
    struct buffer out = buffer_in(arena, 64);
    for (size_t i = 0; i < response->reason_count; i++) {
        if (i != 0)
            buffer_append(&out, TEXT(", "));
        if (out.length > NAMES_BYTES_MAX) {
            buffer_append(&out, TEXT("..."));
            break;
        }
        buffer_append(&out, response->reasons[i]->id);
    }
    return buffer_text(&out);
}

struct text explanation_of_error(struct arena *arena, const struct cedar_error *error)
{
    struct buffer out = buffer_in(arena, 256);
    print_place(&out, error->policy, error->span.offset);
    buffer_print(&out, ": %.*s", TEXT_ARGUMENTS(error->sentence));
    return buffer_text(&out);
}

/* Of a conjunction the first part that is not true, down to one that is no conjunction. */
static const struct cedar_expression *first_failing(struct arena *arena,
                                                    const struct cedar_expression *expression,
                                                    const struct cedar_entities *entities,
                                                    const struct cedar_request *request)
{
    struct cedar_value value;
    struct cedar_error error;
    while (expression->operation == CEDAR_AND) {
        bool is_first = cedar_evaluate(arena, expression->operands[0], entities, request, WORK, &value,
                                       &error) != FAULT_NONE ||
                        !value.boolean;
        expression = expression->operands[is_first ? 0 : 1];
    }
    return expression;
}

static const struct cedar_condition *failing_condition(struct arena *arena, const struct cedar_policy *policy,
                                                       const struct cedar_entities *entities,
                                                       const struct cedar_request *request)
{
    struct cedar_value value;
    struct cedar_error error;
    for (size_t i = 0; i < policy->condition_count; i++) {
        const struct cedar_condition *condition = &policy->conditions[i];
        if (cedar_evaluate(arena, condition->expression, entities, request, WORK, &value, &error) !=
                FAULT_NONE ||
            value.kind != CEDAR_BOOLEAN || value.boolean == condition->is_unless)
            return condition;
    }
    return NULL;
}

struct text explanation_of_missing_permit(struct arena *arena, const struct policy_book *book,
                                          const struct cedar_entities *entities,
                                          const struct cedar_request *request)
{
    bool is_any_near = false;
    for (size_t i = 0; i < book->count && i < POLICIES_LOOKED_AT; i++) {
        const struct cedar_policy *policy = book->policies[i];
        const struct cedar_condition *condition;
        bool is_near = !policy->is_forbid && !book->sources[book->effects[i].source].is_report &&
                       cedar_policy_is_for(policy, entities, request);
        is_any_near |= is_near;
        if (!is_near || (condition = failing_condition(arena, policy, entities, request)) == NULL)
            continue;
        const struct cedar_expression *culprit =
            condition->is_unless ? condition->expression
                                 : first_failing(arena, condition->expression, entities, request);
        struct buffer out = buffer_in(arena, 256);
        buffer_append(&out, TEXT("nearest: "));
        print_place(&out, policy, culprit->span.offset);
        buffer_append(&out, TEXT(": "));
        print_source(&out, policy, culprit->span);
        buffer_append(&out, condition->is_unless ? TEXT(" (unless)") : TEXT(" is not so"));
        return buffer_text(&out);
    }
    if (is_any_near || book->count > POLICIES_LOOKED_AT)
        return TEXT_NONE;
    return policy_book_enforced_count(book) == 0
               ? TEXT("no policy is in force, and spec.policy.required asks for one")
               : TEXT("no permit is for this principal, action and resource");
}
