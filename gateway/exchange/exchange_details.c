/* Authorization details (RFC 9396), downwards only, as scopes are (decision 0006): what is asked for must be of
 * a type the target offers and be carried by the subject token, if that is ours, carries any, or is redeemed.
 * No I/O and no clock; exchange_agreement.c calls this.
 */
#include "exchange.h"
#include "policy/authorization_details.h"

static enum fault fail(struct exchange *x, const char *check, enum fault fault, const struct document *document,
                       struct text detail)
{
    return ladder_fail(&x->call.ladder, check, fault, document_label(document), detail);
}

static enum fault check_asked(struct exchange *x, const struct json_value *held)
{
    const struct document *target = x->target->document, *issuer = x->subject.token.issuer->document;
    const struct text_list *offered = &target->target.authorization_details;
    const struct json_value *asked = x->request.authorization_details;
    /* Ours without any was given none, and what is redeemed once says all that was agreed: a person has seen
     * scopes, and what else an identity provider lets through is in its assertion. */
    bool is_limited = held != NULL || exchange_carries_on(x) || x->proof.kind.length != 0;
    struct text type = authorization_details_not_offered(asked, offered->items, offered->count);
    if (type.length != 0)
        return fail(x, "details_offered", FAULT_AUTHORIZATION_DETAILS_NOT_OFFERED, target, type);
    ladder_pass(&x->call.ladder, "details_offered", document_label(target), TEXT_NONE);
    if (!is_limited)
        return FAULT_NONE;
    type = authorization_details_not_held(asked, held);
    if (type.length != 0)
        return fail(x, "details_not_wider", FAULT_AUTHORIZATION_DETAILS_WIDER, issuer, type);
    return FAULT_NONE;
}

enum fault exchange_narrow_details(struct exchange *x)
{
    const struct document *issuer = x->subject.token.issuer->document;
    const struct text_list *offered = &x->target->document->target.authorization_details;
    const struct json_value *held = json_member(x->subject.token.claims.all, TEXT("authorization_details"));
    const struct json_value *asked = x->request.authorization_details;
    if (asked == NULL && held == NULL)
        return FAULT_NONE;
    if (held != NULL && !authorization_details_are_well_formed(held))
        return fail(x, "subject_details", FAULT_TOKEN_CLAIMS, issuer, TEXT_NONE);
    if (asked != NULL)
        TRY(check_asked(x, held));
    x->details = asked != NULL
                     ? asked
                     : authorization_details_of_types(x->call.arena, held, offered->items, offered->count);
    unsigned count = x->details == NULL ? 0 : x->details->count;
    ladder_pass(&x->call.ladder, "details_not_wider", document_label(issuer),
                arena_print(x->call.arena, "%u", count));
    return FAULT_NONE;
}
