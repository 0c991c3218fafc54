/* urn:ietf:params:oauth:grant-type:token-exchange (RFC 8693): the subject is whoever subject_token is about. */
#include "grant/presented_token.h"

static enum fault read_token_type(struct text uri, enum token_type *type)
{
    if (!text_is_absolute_uri(uri))
        return FAULT_TOKEN_TYPE_NOT_URI;
    *type = token_type_parse(uri);
    return *type == TOKEN_TYPE_UNKNOWN ? FAULT_TOKEN_TYPE_UNKNOWN : FAULT_NONE;
}

static enum fault read_tokens(const struct form *form, struct exchange_request *request)
{
    struct text subject_type = form_value(form, "subject_token_type");
    struct text actor_type = form_value(form, "actor_token_type");
    request->subject_token = form_value(form, "subject_token");
    request->actor_token = form_value(form, "actor_token");
    if (request->subject_token.length == 0)
        return FAULT_SUBJECT_TOKEN_MISSING;
    if (subject_type.length == 0)
        return FAULT_SUBJECT_TYPE_MISSING;
    /* actor_token_type exactly when there is an actor_token. */
    if (request->actor_token.length != 0 && actor_type.length == 0)
        return FAULT_ACTOR_TYPE_MISSING;
    if (request->actor_token.length == 0 && actor_type.length != 0)
        return FAULT_ACTOR_TOKEN_MISSING;
    TRY(read_token_type(subject_type, &request->subject_type));
    if (actor_type.length != 0)
        TRY(read_token_type(actor_type, &request->actor_type));
    return FAULT_NONE;
}

static enum fault identify(struct exchange *x)
{
    x->subject_rules = presented_token_rules(x, TOKEN_USE_SUBJECT, x->request.subject_type);
    return presented_token_identify(x, "subject_token_read", x->request.subject_token, &x->subject_rules,
                                    &x->subject);
}

static void find(struct exchange *x)
{
    verification_find_key(&x->subject, &x->subject_rules);
}

static enum fault complete(struct exchange *x)
{
    return presented_token_complete(x, "subject_token_verified", &x->subject_rules, &x->subject);
}

const struct grant token_exchange_grant = {
    .name = "urn:ietf:params:oauth:grant-type:token-exchange",
    .is_exchange = true,
    .read = read_tokens,
    .identify = identify,
    .find = find,
    .complete = complete,
};
