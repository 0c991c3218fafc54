/* The parameters that every grant has: RFC 8693 section 2.1, rule by rule, and those beside it. A grant reads
 * its own first. */
#include "exchange_request.h"

#include "base/base64url.h"
#include "base/random.h"

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
    bool is_missing = request->audience_count + request->resource_count == 0;
    return is_missing && !request->grant->names_target ? FAULT_TARGET_MISSING : FAULT_NONE;
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

/* Whether the target has it is for its adapter to say. */
static enum fault read_requested_type(const struct form *form, struct exchange_request *request)
{
    request->requested_type = form_value(form, "requested_token_type");
    if (request->requested_type.length == 0)
        return FAULT_NONE;
    if (!text_is_absolute_uri(request->requested_type))
        return FAULT_TOKEN_TYPE_NOT_URI;
    bool is_known = token_type_parse(request->requested_type) != TOKEN_TYPE_UNKNOWN ||
                    text_starts_with(request->requested_type, TEXT("urn:dragoman:token-type:"));
    return is_known ? FAULT_NONE : FAULT_TOKEN_TYPE_UNKNOWN;
}

enum fault exchange_request_read(struct arena *arena, const struct form *form, struct exchange_request *request)
{
    struct text grant_type = form_value(form, "grant_type");
    if (grant_type.length == 0)
        return FAULT_GRANT_TYPE_MISSING;
    request->grant = grant_named(grant_type);
    if (request->grant == NULL)
        return FAULT_GRANT_TYPE_UNKNOWN;
    if (request->grant->read != NULL)
        TRY(request->grant->read(form, request));
    TRY(read_requested_type(form, request));
    TRY(read_targets(form, request));
    struct text scope = form_value(form, "scope");
    TRY(scope_set_parse(scope, &request->scope));
    request->scope_text = scope;
    request->has_scope = scope.length != 0;
    TRY(read_details(arena, form, request));
    TRY(read_channel_binding(arena, form, request));
    return read_extensions(form, request);
}
