/* Sends requests of a description and reads answers. Nothing that the vendor sent is repeated in messages: it
 * may hold the key. */
#include "vendor.h"

#include <string.h>

#include "json/json_pointer.h"

enum { ID_MAX = 1024, KEY_MAX = 64 * 1024 };

/* --- a request --- */

static bool has_content_type(const struct vendor_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (text_equal_ignoring_case(request->headers[i].name, TEXT("content-type")))
            return true;
    }
    return false;
}

static enum adapter_outcome write_headers(struct adapter_call *call, const struct vendor_request *request,
                                          const struct template_values *values, struct text *headers,
                                          size_t *count)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct buffer line = buffer_in(adapter_arena(call), 256);
        buffer_append(&line, request->headers[i].name);
        buffer_append(&line, TEXT(": "));
        const char *wrong = template_header(&line, request->headers[i].value, values);
        if (wrong != NULL)
            return adapter_refuse(call, NULL, "%s", wrong);
        headers[(*count)++] = buffer_text(&line);
    }
    if (request->body != NULL && !has_content_type(request))
        headers[(*count)++] = TEXT("content-type: application/json");
    return ADAPTER_DONE;
}

/* What means the same for every request; the rest is for who asked. */
static enum adapter_outcome judge(struct adapter_call *call, const char *what,
                                  const struct adapter_answer *answer)
{
    int status = answer->status;
    if (status == 401 || status == 403)
        return adapter_misconfigured(
            call, NULL, "the vendor refuses to %s with status %d: connect the target again", what, status);
    if (status == 408 || status == 425 || status == 429 || status >= 500)
        return adapter_unavailable(call, answer->retry_after_s, "the vendor answers %s with status %d", what,
                                   status);
    return ADAPTER_DONE;
}

static enum adapter_outcome send(struct adapter_call *call, const char *what,
                                 const struct vendor_request *request, const struct template_values *values,
                                 struct adapter_answer *answer)
{
    struct text headers[DESCRIPTION_HEADERS_MAX + 1];
    struct buffer url = buffer_in(adapter_arena(call), 512), body = buffer_in(adapter_arena(call), 1024);
    struct adapter_request sent = {.method = request->method, .headers = headers};
    const char *wrong = template_url(&url, request->url, values);
    if (wrong != NULL)
        return adapter_refuse(call, NULL, "%s", wrong);
    ADAPTER_TRY(write_headers(call, request, values, headers, &sent.header_count));
    if (request->body != NULL) {
        struct json_writer writer = json_writer_on(&body);
        template_body(&writer, request->body, values);
    }
    sent.url = buffer_text(&url);
    sent.body = buffer_text(&body);
    ADAPTER_TRY(adapter_https(call, &sent, answer));
    return judge(call, what, answer);
}

static enum adapter_outcome odd_status(struct adapter_call *call, const char *what, int status)
{
    return adapter_misconfigured(
        call, NULL, "the vendor answers %s with status %d, which is not what is described", what, status);
}

static enum adapter_outcome parse(struct adapter_call *call, const char *what,
                                  const struct adapter_answer *answer, const struct json_value **value)
{
    if (json_parse(adapter_arena(call), answer->body, &json_limits_document, value) != FAULT_NONE)
        return adapter_fail(call, "the vendor's answer to %s is not strict JSON", what);
    return ADAPTER_DONE;
}

/* --- values in answers --- */

/* As text, whether it is one or a whole number. */
static bool read_id(const struct json_value *value, struct text *id)
{
    int64_t number;
    bool is_id = value != NULL && (value->kind == JSON_STRING || json_integer(value, &number));
    *id = is_id ? value->text : TEXT_NONE;
    return is_id && id->length != 0 && id->length <= ID_MAX && text_is_printable(*id);
}

static bool read_key(const struct json_value *value, struct text *key)
{
    *key = json_string(value);
    for (size_t i = 0; i < key->length; i++) {
        if (key->base[i] <= 0x20 || key->base[i] > 0x7e)
            return false;
    }
    return key->length != 0 && key->length <= KEY_MAX;
}

/* --- create --- */

/* Who writes the settings chooses what is asked and where in the answer the key is, and may not know the
 * secret; a vendor that repeats what it was sent would give it out. */
static bool repeats(struct text made, struct text secret)
{
    return secret.length != 0 && made.length != 0 &&
           memmem(made.base, made.length, secret.base, secret.length) != NULL;
}

static enum adapter_outcome read_made(struct adapter_call *call, const struct vendor_description *description,
                                      const struct json_value *answer, struct vendor_key *made)
{
    const struct json_value *end = description->answer.expires_at.base != NULL
                                       ? json_pointer_find(answer, description->answer.expires_at)
                                       : NULL;
    if (!read_key(json_pointer_find(answer, description->answer.key), &made->key))
        return adapter_misconfigured(call, "/answer/key", "the vendor's answer has no key there");
    if (!read_id(json_pointer_find(answer, description->answer.id), &made->id))
        return adapter_misconfigured(call, "/answer/id", "the vendor's answer has no id there");
    if (end != NULL && end->kind != JSON_NULL && !adapter_timestamp(end, &made->expires_at_s))
        return adapter_misconfigured(call, "/answer/expires_at", "the vendor's answer has no time there");
    return ADAPTER_DONE;
}

/* Where this fails after the vendor made a key, the gateway has it revoked by its lease. */
enum adapter_outcome vendor_create(struct adapter_call *call, const struct vendor_description *description,
                                   const struct template_values *values, struct vendor_key *made)
{
    struct adapter_answer answer;
    const struct json_value *value;
    *made = (struct vendor_key){0};
    ADAPTER_TRY(send(call, "create", &description->create, values, &answer));
    if (answer.status != 200 && answer.status != 201)
        return odd_status(call, "create", answer.status);
    ADAPTER_TRY(parse(call, "create", &answer, &value));
    ADAPTER_TRY(read_made(call, description, value, made));
    if (repeats(made->key, values->secret) || repeats(made->id, values->secret))
        return adapter_misconfigured(call, "/answer", "the vendor's answer has the secret there and no key");
    return ADAPTER_DONE;
}

/* --- delete --- */

enum adapter_outcome vendor_delete(struct adapter_call *call, const struct vendor_description *description,
                                   const struct template_values *values)
{
    struct adapter_answer answer;
    ADAPTER_TRY(send(call, "delete", &description->removal, values, &answer));
    bool is_gone = answer.status == 200 || answer.status == 202 || answer.status == 204 ||
                   answer.status == 404 || answer.status == 410;
    return is_gone ? ADAPTER_DONE : odd_status(call, "delete", answer.status);
}

/* --- find --- */

static bool says_more(const struct json_value *answer, struct text pointer)
{
    const struct json_value *more = pointer.base != NULL ? json_pointer_find(answer, pointer) : NULL;
    if (more == NULL || more->kind == JSON_NULL)
        return false;
    if (more->kind == JSON_BOOLEAN)
        return more->boolean;
    return more->kind == JSON_STRING ? more->text.length != 0 : true; /* a cursor or the next page's address */
}

static enum adapter_outcome collect(struct adapter_call *call, const struct vendor_description *description,
                                    const struct json_value *list, struct text label,
                                    struct vendor_found *found)
{
    for (const struct json_value *key = list->first; key != NULL; key = key->next) {
        const struct json_value *its = json_pointer_find(key, description->found.label);
        if (!json_is_string(its) || !text_equal(json_string(its), label))
            continue;
        if (found->count == VENDOR_FOUND_MAX)
            return ADAPTER_DONE; /* those are deleted, and what is left when this is asked again */
        if (!read_id(json_pointer_find(key, description->found.id), &found->ids[found->count++]))
            return adapter_misconfigured(call, "/find/id", "a key of the vendor's list has no id there");
    }
    return ADAPTER_DONE;
}

enum adapter_outcome vendor_find(struct adapter_call *call, const struct vendor_description *description,
                                 const struct template_values *values, struct vendor_found *found)
{
    struct adapter_answer answer;
    const struct json_value *value;
    struct buffer label = buffer_in(adapter_arena(call), 128);
    *found = (struct vendor_found){0};
    template_text(&label, description->found.equals, values);
    ADAPTER_TRY(send(call, "find", &description->find, values, &answer));
    if (answer.status != 200)
        return odd_status(call, "find", answer.status);
    ADAPTER_TRY(parse(call, "find", &answer, &value));
    const struct json_value *list = json_pointer_find(value, description->found.list);
    if (list == NULL || list->kind != JSON_ARRAY)
        return adapter_misconfigured(call, "/find/list", "the vendor's answer has no list there");
    ADAPTER_TRY(collect(call, description, list, buffer_text(&label), found));
    if (found->count == 0 && says_more(value, description->found.more))
        return adapter_misconfigured(call, "/find/url",
                                     "the vendor's list has more pages: have it filtered by the lease's label");
    return ADAPTER_DONE;
}
