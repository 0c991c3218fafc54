/* RFC 8693 section 2.1, rule by rule, and the parameters beside it. */
#include "exchange_request.h"

#include "base/base64url.h"
#include "base/random.h"

static const char grant_type[] = "urn:ietf:params:oauth:grant-type:token-exchange";

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

static enum fault read_targets(const struct form *form, struct exchange_request *request)
{
    size_t audiences = form_values(form, "audience", request->audiences);
    size_t resources = form_values(form, "resource", request->resources);
    for (size_t i = 0; i < audiences; i++)
        if (request->audiences[i].length > TARGET_NAME_BYTES_MAX)
            return FAULT_PARAMETER_INVALID;
    for (size_t i = 0; i < resources; i++)
        if (request->resources[i].length > TARGET_NAME_BYTES_MAX)
            return FAULT_TARGET_RESOURCE_INVALID;
    request->audience_count = audiences;
    request->resource_count = resources;
    for (size_t i = 0; i < request->resource_count; i++) {
        struct text rest = request->resources[i];
        /* RFC 8707 section 2: an absolute URI without a fragment. */
        if (!text_is_absolute_uri(rest) || text_cut(&rest, '#').length != request->resources[i].length)
            return FAULT_TARGET_RESOURCE_INVALID;
    }
    return request->audience_count + request->resource_count == 0 ? FAULT_TARGET_MISSING : FAULT_NONE;
}

static enum fault read_extensions(const struct form *form, struct exchange_request *request)
{
    struct text dry_run = form_value(form, "dragoman_dry_run");
    struct text task = form_value(form, "dragoman_task"), purpose = form_value(form, "dragoman_purpose");
    if (task.length > TASK_BYTES_MAX)
        return FAULT_TASK_INVALID;
    if (purpose.length > PURPOSE_BYTES_MAX)
        return FAULT_PURPOSE_INVALID;
    /* Only what is within bounds is kept: refusals are recorded with what was asked. */
    request->task = task;
    request->purpose = purpose;
    request->is_dry_run = text_is(dry_run, "true");
    struct text refused = form_value(form, "dragoman_refused");
    if (refused.length != 0 && identifier_time_ms(refused.base, refused.length) < 0)
        return FAULT_PARAMETER_INVALID;
    request->refused_exchange = refused;
    return dry_run.length == 0 || request->is_dry_run || text_is(dry_run, "false") ? FAULT_NONE
                                                                                   : FAULT_PARAMETER_INVALID;
}

/* The digest of a server's certificate (RFC 5929 section 4.1). What cannot be read is refused: left out, it
 * would be a credential that is bound to nothing. */
static enum fault read_channel_binding(struct arena *arena, const struct form *form,
                                       struct exchange_request *request)
{
    unsigned char *bytes = arena_allocate(arena, CHANNEL_BINDING_BYTES_MAX + 1);
    struct text written = form_value(form, "dragoman_channel_binding");
    size_t length;
    if (written.length == 0)
        return FAULT_NONE;
    if (written.length > BASE64URL_ENCODED_LENGTH(CHANNEL_BINDING_BYTES_MAX) ||
        !base64url_decode(written, bytes, &length) || length < CHANNEL_BINDING_BYTES_MIN)
        return FAULT_CHANNEL_BINDING_INVALID;
    request->channel_binding = (struct text){(const char *)bytes, length};
    return FAULT_NONE;
}

/* RFC 9396 section 6.1: a parameter of every grant. */
static enum fault read_details(struct arena *arena, const struct form *form, struct exchange_request *request)
{
    struct text details = form_value(form, "authorization_details");
    return details.length == 0 ? FAULT_NONE
                               : authorization_details_read(arena, details, &request->authorization_details);
}

enum fault exchange_request_read(struct arena *arena, const struct form *form, struct exchange_request *request)
{
    struct text grant = form_value(form, "grant_type");
    if (grant.length == 0)
        return FAULT_GRANT_TYPE_MISSING;
    if (!text_is(grant, grant_type))
        return FAULT_GRANT_TYPE_UNKNOWN;
    TRY(read_tokens(form, request));
    request->requested_type = form_value(form, "requested_token_type");
    if (request->requested_type.length != 0) {
        if (!text_is_absolute_uri(request->requested_type))
            return FAULT_TOKEN_TYPE_NOT_URI;
        /* Whether the target has it is for its adapter to say. */
        if (token_type_parse(request->requested_type) == TOKEN_TYPE_UNKNOWN &&
            !text_starts_with(request->requested_type, TEXT("urn:dragoman:token-type:")))
            return FAULT_TOKEN_TYPE_UNKNOWN;
    }
    TRY(read_targets(form, request));
    struct text scope = form_value(form, "scope");
    TRY(scope_set_parse(scope, &request->scope));
    request->scope_text = scope;
    request->has_scope = scope.length != 0;
    TRY(read_details(arena, form, request));
    TRY(read_channel_binding(arena, form, request));
    return read_extensions(form, request);
}
