/* Reads an answer. Strict, since whoever can make this answer read as a permission decides in the decision
 * point's place: a captive portal's page, a proxy's cached answer to somebody else, a document two readers
 * understand differently. */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "json/json_writer.h"

/* Members of the context that say why (section "Reason" of the specification, and what implementations send);
 * informative. Those for operators first: what is too long is cut. An obligation is one, since it may deny. */
static const char *const reasons[] = {"reason_admin", "reason",      "reason_user",
                                      "id",           "obligations", "obligation"};

/* --- detail --- */

static enum answer_outcome fail(char detail[AUTHZEN_DETAIL_SIZE], const char *what)
{
    snprintf(detail, AUTHZEN_DETAIL_SIZE, "%s", what);
    return ANSWER_FAILED;
}

static void keep_detail(char detail[AUTHZEN_DETAIL_SIZE], struct text text)
{
    struct text kept = text_beginning(text, AUTHZEN_DETAIL_SIZE - 1);
    if (kept.length != 0)
        memcpy(detail, kept.base, kept.length);
    detail[kept.length] = '\0';
}

static bool is_nothing(const struct json_value *value)
{
    bool is_list = value->kind == JSON_ARRAY || value->kind == JSON_OBJECT;
    return value->kind == JSON_NULL || (is_list && value->count == 0);
}

static void keep_reasons(const struct json_value *context, char detail[AUTHZEN_DETAIL_SIZE])
{
    SCOPED_BUFFER told = {0};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
        const struct json_value *reason = json_member(context, text_of(reasons[i]));
        if (reason == NULL || is_nothing(reason))
            continue;
        SCOPED_BUFFER value = {0};
        struct json_writer writer = json_writer_on(&value);
        json_write_value(&writer, reason); /* commonly an object of texts by language or status */
        /* It goes into records, which people read on terminals. */
        buffer_print(&told, "%s%s: ", told.length != 0 ? ", " : "", reasons[i]);
        buffer_append(&told,
                      text_is_printable(buffer_text(&value)) ? buffer_text(&value) : TEXT("(not printable)"));
    }
    keep_detail(detail, buffer_text(&told));
}

/* --- the envelope --- */

static bool is_usable(const struct http_answer *answer, struct text request_id,
                      char detail[AUTHZEN_DETAIL_SIZE])
{
    if (answer->fault != FAULT_NONE) /* the words may be the other side's, such as a name in its certificate */
        fail(detail, text_is_printable(text_of(answer->detail)) ? answer->detail : "the call failed");
    else if (answer->status != 200) /* a redirect included: nobody else may decide */
        snprintf(detail, AUTHZEN_DETAIL_SIZE, "status %d", answer->status);
    else if (!text_is_media_type(answer->content_type, TEXT("application/json")))
        fail(detail, "the answer is not application/json");
    else if (answer->header.base != NULL && !text_equal(answer->header, request_id))
        fail(detail, "the answer has the X-Request-ID of another request");
    else
        return true;
    return false;
}

bool answer_refuses_question(const struct http_answer *answer)
{
    return answer->fault == FAULT_NONE &&
           (answer->status == 400 || answer->status == 413 || answer->status == 422);
}

/* --- obligations --- */

/* A permission under a condition is one only to who fulfils it. No obligation is known here, so any denies,
 * whatever its shape; an empty list of them asks for nothing. */
static bool has_obligations(const struct json_value *object)
{
    for (const struct json_value *member = object != NULL ? object->first : NULL; member != NULL;
         member = member->next) {
        if ((text_equal_ignoring_case(member->name, TEXT("obligations")) ||
             text_equal_ignoring_case(member->name, TEXT("obligation"))) &&
            !is_nothing(member))
            return true;
    }
    return false;
}

enum answer_outcome answer_read(const struct http_answer *answer, struct text request_id,
                                char detail[AUTHZEN_DETAIL_SIZE])
{
    const struct json_limits limits = {ANSWER_BYTES_MAX, 16, 4096};
    const struct json_value *value;
    SCOPED_ARENA arena = arena_create();
    if (!is_usable(answer, request_id, detail))
        return ANSWER_FAILED;
    if (json_parse(arena, answer->body, &limits, &value) != FAULT_NONE || value->kind != JSON_OBJECT)
        return fail(detail, "the answer is not one strict JSON object");
    const struct json_value *decision = json_member(value, TEXT("decision"));
    if (decision == NULL || decision->kind != JSON_BOOLEAN)
        return fail(detail, "the answer has no boolean decision");
    const struct json_value *context = json_member(value, TEXT("context"));
    if (context != NULL && context->kind != JSON_OBJECT)
        return fail(detail, "the answer's context is not an object");
    keep_reasons(context, detail);
    if (!json_is_true(decision))
        return ANSWER_DENIED;
    return has_obligations(value) || has_obligations(context) ? ANSWER_OBLIGATION : ANSWER_ALLOWED;
}
