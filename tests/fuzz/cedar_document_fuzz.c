/* Entities and requests in Cedar's JSON. What is refused is refused with a sentence that is text; what is read
 * is sorted, each value comes back equal from what is printed of it, and entities are found again. The first
 * line of an input is a request, the rest entities. */
#include "cedar/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_refusal(enum fault fault, struct text mistake)
{
    INVARIANT(fault == FAULT_POLICY_INVALID);
    INVARIANT(mistake.length != 0 && mistake.length < 8192 && text_is_utf8(mistake));
}

static void check_record(struct arena *arena, const struct cedar_record *record)
{
    const struct cedar_value value = {.kind = CEDAR_RECORD, .record = record};
    const struct cedar_request nothing = {.context = &cedar_record_empty};
    struct buffer printed = buffer_in(arena, 256);
    const struct cedar_expression *expression = NULL;
    struct cedar_mistake mistake = {0};
    struct cedar_value again;
    struct cedar_error error;
    for (size_t i = 1; i < record->count; i++)
        INVARIANT(text_compare(record->attributes[i - 1].name, record->attributes[i].name) < 0);
    cedar_value_print(&value, &printed);
    if (printed.length > CEDAR_POLICY_BYTES_MAX)
        return;
    INVARIANT(cedar_expression_parse(arena, buffer_text(&printed), &expression, &mistake) == FAULT_NONE);
    INVARIANT(cedar_evaluate(arena, expression, cedar_entities_create(arena, NULL), &nothing, SIZE_MAX, &again,
                             &error) == FAULT_NONE);
    INVARIANT(cedar_value_equal(&value, &again));
}

static void check_request(struct arena *arena, const struct json_value *json)
{
    struct cedar_request request;
    struct text mistake = TEXT("");
    enum fault fault = cedar_request_read(arena, json, NULL, &request, &mistake);
    if (fault != FAULT_NONE) {
        check_refusal(fault, mistake);
        return;
    }
    struct buffer printed = buffer_in(arena, 64);
    struct cedar_uid again;
    cedar_uid_print(&request.principal, &printed);
    INVARIANT(cedar_uid_parse(arena, buffer_text(&printed), &again));
    INVARIANT(cedar_uid_equal(&again, &request.principal));
    check_record(arena, request.context);
}

static void check_entities(struct arena *arena, const struct json_value *json)
{
    struct cedar_entities *entities = cedar_entities_create(arena, NULL);
    struct cedar_uid culprit;
    struct text mistake = TEXT("");
    size_t count;
    enum fault fault = cedar_entities_read(arena, json, NULL, entities, &mistake);
    if (fault != FAULT_NONE) {
        check_refusal(fault, mistake);
        return;
    }
    const struct cedar_entity *all = cedar_entities_all(entities, &count);
    INVARIANT(count == json->count);
    for (size_t i = 0; i < count; i++) {
        INVARIANT(cedar_entities_find(entities, &all[i].uid) == &all[i]);
        check_record(arena, all[i].attributes);
        if (all[i].tags != NULL)
            check_record(arena, all[i].tags);
    }
    if (cedar_entities_seal(entities, &culprit) != FAULT_NONE)
        INVARIANT(cedar_entities_find(entities, &culprit) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text rest = {(const char *)bytes, size};
    struct text request = text_cut(&rest, '\n');
    SCOPED_ARENA arena = arena_create();
    const struct json_value *json = NULL;
    if (json_parse(arena, request, &cedar_document_limits, &json) == FAULT_NONE)
        check_request(arena, json);
    if (json_parse(arena, rest, &cedar_document_limits, &json) == FAULT_NONE)
        check_entities(arena, json);
    return 0;
}
