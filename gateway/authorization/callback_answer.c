/* See callback_answer.h. */
#include "callback_answer.h"

#include "person_checks.h"

enum fault callback_answer_read(struct text path, const struct form *query, struct callback_answer *answer)
{
    struct text own = TEXT("/connect/callback/");
    *answer = (struct callback_answer){
        .target = text_starts_with(path, own) ? (struct text){path.base + own.length, path.length - own.length}
                                              : TEXT_NONE,
        .state = form_value(query, "state"),
        .code = form_value(query, "code"),
        .issuer = form_value(query, "iss"),
        .error = form_value(query, "error"),
    };
    bool is_one = (answer->code.length == 0) != (answer->error.length == 0);
    return is_one && answer->code.length <= CALLBACK_CODE_BYTES_MAX &&
                   answer->issuer.length <= CALLBACK_ISSUER_BYTES_MAX
               ? FAULT_NONE
               : FAULT_CONNECTING_STATE;
}

/* Each target has a path of its own, so that what one side answers is never taken for another's (RFC 9700
 * section 4.4.2.2). */
enum fault callback_answer_check(const struct callback_answer *answer, const struct invitation *invitation)
{
    if (invitation->step != INVITATION_CONSENTED)
        return FAULT_INVITATION_UNKNOWN;
    bool is_ours = text_equal(answer->target, invitation->target) &&
                   person_checks_equal(answer->state, invitation->browser_state);
    return is_ours ? FAULT_NONE : FAULT_CONNECTING_STATE;
}

const struct json_value *callback_answer_json(const struct callback_answer *answer, struct arena *arena)
{
    const struct json_value *json = NULL;
    struct buffer buffer = buffer_in(arena, 512);
    struct json_writer writer = json_writer_on(&buffer);
    json_begin_object(&writer);
    json_member_text(&writer, "code", answer->code);
    if (answer->issuer.length != 0)
        json_member_text(&writer, "iss", answer->issuer);
    json_end_object(&writer);
    return json_parse(arena, buffer_text(&buffer), &json_limits_document, &json) == FAULT_NONE ? json : NULL;
}
