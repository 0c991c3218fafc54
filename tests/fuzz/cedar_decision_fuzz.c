/* Decisions: policies over a request and entities, with little work. The index decides as a look at every
 * policy does, what is allowed has a permit and no forbid for a reason, an error names its policy and a place
 * in it, and work that is used up allows nothing. The first line of an input is a request, the second entities,
 * the rest policies. */
#include "cedar/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { WORK_SMALL = 2000, WORK_TINY = 40 };

struct decision {
    struct arena *arena;
    const struct cedar_policy **policies;
    size_t count;
    struct cedar_entities *entities;
    struct cedar_request request;
};

static bool read_policies(struct decision *decision, struct text text)
{
    struct cedar_policy *policies;
    struct cedar_mistake mistake;
    size_t count;
    if (cedar_policies_parse(decision->arena, text, &policies, &count, &mistake) != FAULT_NONE)
        return false;
    decision->policies = ARENA_ARRAY(decision->arena, const struct cedar_policy *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!policies[i].is_template)
            decision->policies[decision->count++] = &policies[i];
    return true;
}

static bool read_world(struct decision *decision, struct text request, struct text entities)
{
    const struct json_value *json = NULL;
    struct text mistake;
    struct cedar_uid culprit;
    decision->entities = cedar_entities_create(decision->arena, NULL);
    return json_parse(decision->arena, request, &cedar_document_limits, &json) == FAULT_NONE &&
           cedar_request_read(decision->arena, json, NULL, &decision->request, &mistake) == FAULT_NONE &&
           json_parse(decision->arena, entities, &cedar_document_limits, &json) == FAULT_NONE &&
           cedar_entities_read(decision->arena, json, NULL, decision->entities, &mistake) == FAULT_NONE &&
           cedar_entities_seal(decision->entities, &culprit) == FAULT_NONE;
}

static void check_errors(const struct cedar_response *response)
{
    for (size_t i = 0; i < response->error_count; i++) {
        const struct cedar_error *error = &response->errors[i];
        INVARIANT(error->sentence.length != 0 && error->policy != NULL);
        INVARIANT((size_t)error->span.offset + error->span.length <= error->policy->source.length);
    }
}

static void check_response(const struct decision *decision, const struct cedar_response *response)
{
    for (size_t i = 0; i < response->reason_count; i++) {
        INVARIANT(response->reasons[i]->is_forbid == !response->is_allowed);
        INVARIANT(cedar_policy_is_for(response->reasons[i], decision->entities, &decision->request));
    }
    INVARIANT(!response->is_allowed || (response->reason_count != 0 && !response->is_exhausted));
    check_errors(response);
    struct buffer out = buffer_in(decision->arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_response_write(response, &writer);
}

/* One policy alone, as often as there are policies: what holds must be what the whole found. */
static void compare_with_each_alone(const struct decision *decision, const struct cedar_response *whole)
{
    size_t permits = 0, forbids = 0, errors = 0;
    for (size_t i = 0; i < decision->count; i++) {
        struct cedar_response alone;
        const struct cedar_policy_index *index =
            cedar_policy_index_create(decision->arena, &decision->policies[i], 1);
        cedar_authorize(decision->arena, index, decision->entities, &decision->request, WORK_SMALL, &alone);
        if (alone.is_exhausted)
            return;
        permits += alone.reason_count != 0 && alone.is_allowed;
        forbids += alone.reason_count != 0 && !alone.is_allowed;
        errors += alone.error_count;
    }
    INVARIANT(whole->is_allowed == (permits != 0 && forbids == 0));
    INVARIANT(whole->reason_count == (forbids != 0 ? forbids : permits));
    INVARIANT(whole->error_count == errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text rest = {(const char *)bytes, size};
    struct text request = text_cut(&rest, '\n');
    struct text entities = text_cut(&rest, '\n');
    SCOPED_ARENA arena = arena_create();
    struct decision decision = {.arena = arena};
    struct cedar_response response, hurried;
    if (!read_world(&decision, request, entities) || !read_policies(&decision, rest))
        return 0;
    const struct cedar_policy_index *index =
        cedar_policy_index_create(arena, decision.policies, decision.count);
    cedar_authorize(arena, index, decision.entities, &decision.request, WORK_SMALL, &response);
    check_response(&decision, &response);
    if (!response.is_exhausted)
        compare_with_each_alone(&decision, &response);
    cedar_authorize(arena, index, decision.entities, &decision.request, WORK_TINY, &hurried);
    check_response(&decision, &hurried);
    INVARIANT(!hurried.is_allowed || response.is_allowed);
    return 0;
}
