/* What an operation takes and answers, as far as it is JSON: bodies of other kinds (forms, uploads) are not
 * sent, and answers of other kinds have no schema. */
#include "openapi_parts.h"

#include "openapi_schema.h"

/* application/json, or something+json (RFC 6839 section 3.1). */
static bool is_json(struct text media_type)
{
    struct text rest = media_type, type = text_cut(&rest, ';');
    while (text_ends_with(type, TEXT(" ")))
        type.length--;
    return text_equal_ignoring_case(type, TEXT("application/json")) ||
           (type.length > 5 &&
            text_equal_ignoring_case((struct text){type.base + type.length - 5, 5}, TEXT("+json")) &&
            text_is_printable(type));
}

/* The JSON among several media types: the plain one first. */
static const struct json_value *find_json(const struct json_value *content)
{
    const struct json_value *plain = json_member(content, TEXT("application/json"));
    if (plain != NULL)
        return plain;
    for (const struct json_value *type = content != NULL ? content->first : NULL; type != NULL;
         type = type->next)
        if (is_json(type->name))
            return type;
    return NULL;
}

static void read_request(struct openapi_reading *reading, struct openapi_draft *draft)
{
    struct openapi_spot body = openapi_member(reading, draft->spot, TEXT("requestBody"));
    if (body.value == NULL || text_is(draft->operation.method, "GET") || !openapi_resolve(reading, &body))
        return;
    struct openapi_spot content = openapi_member(reading, body, TEXT("content"));
    const struct json_value *json = find_json(content.value);
    bool is_required = json_is_true(json_member(body.value, TEXT("required")));
    if (json == NULL) {
        if (is_required)
            openapi_mistake(reading, body, "the body has to be sent, but cannot be: it is no JSON");
        return;
    }
    for (size_t i = 0; i < draft->operation.parameter_count; i++)
        if (text_is(draft->parameters[i].name, "body"))
            openapi_mistake(reading, body, "a parameter is called \"body\" where there is a body");
    draft->operation.has_body = true;
    draft->operation.is_body_required = is_required;
    draft->operation.body_type = json->name;
    draft->body_description = json_text_of(body.value, "description");
    draft->body = openapi_member(reading, openapi_member(reading, content, json->name), TEXT("schema"));
}

/* Of the first success that says so. */
static void read_answer(struct openapi_reading *reading, struct openapi_draft *draft)
{
    struct openapi_spot responses = openapi_member(reading, draft->spot, TEXT("responses"));
    const struct json_value *one = responses.value != NULL ? responses.value->first : NULL;
    for (; one != NULL; one = one->next) {
        if (!text_starts_with(one->name, TEXT("2")))
            continue;
        struct openapi_spot response = openapi_member(reading, responses, one->name);
        if (!openapi_resolve(reading, &response))
            return;
        struct openapi_spot content = openapi_member(reading, response, TEXT("content"));
        const struct json_value *json = find_json(content.value);
        if (json == NULL || draft->output.value != NULL) {
            draft->output = (struct openapi_spot){NULL, TEXT_NONE}; /* not all of its successes are objects */
            return;
        }
        draft->output = openapi_member(reading, openapi_member(reading, content, json->name), TEXT("schema"));
    }
}

void openapi_read_bodies(struct openapi_reading *reading, struct openapi_draft *draft)
{
    read_request(reading, draft);
    read_answer(reading, draft);
    struct openapi_spot output = draft->output;
    if (output.value == NULL || !openapi_resolve(reading, &output) ||
        openapi_schema_kinds(output.value) != OPENAPI_OBJECT)
        draft->output = (struct openapi_spot){NULL, TEXT_NONE};
}
