/* See authorization_request.h. */
#include "code/authorization_request.h"

#include "code/redirect_uri.h"
#include "consent/authorization_code.h"

enum fault authorization_request_read(struct arena *arena, struct text query,
                                      struct authorization_request *request)
{
    *request = (struct authorization_request){0};
    if (query.length > AUTHORIZE_QUERY_BYTES_MAX)
        return FAULT_PARAMETER_INVALID;
    request->query = arena_copy(arena, query);
    TRY(form_parse(arena, request->query, &request->form));
    request->client_id = form_value(&request->form, "client_id");
    request->redirect_uri = form_value(&request->form, "redirect_uri");
    request->state = form_value(&request->form, "state");
    request->login = form_value(&request->form, "dragoman_login");
    if (request->client_id.length == 0 || request->client_id.length > AUTHORIZE_CLIENT_BYTES_MAX)
        return FAULT_AUTHORIZE_CLIENT;
    if (!redirect_uri_is_acceptable(request->redirect_uri))
        return FAULT_AUTHORIZE_REDIRECT;
    return request->state.length <= AUTHORIZE_STATE_BYTES_MAX ? FAULT_NONE : FAULT_PARAMETER_INVALID;
}

/* There are no refresh tokens, and who asks for one is given what there is (RFC 6749 section 3.3). */
static enum fault read_scope(struct arena *arena, struct authorization_request *request)
{
    struct scope_set asked;
    TRY(scope_set_parse(form_value(&request->form, "scope"), &asked));
    for (size_t i = 0; i < asked.count; i++)
        if (!text_is(asked.scopes[i], "offline_access"))
            request->scope.scopes[request->scope.count++] = asked.scopes[i];
    request->scope_text = scope_set_text(arena, &request->scope);
    return FAULT_NONE;
}

static enum fault read_resource(struct authorization_request *request)
{
    struct text values[FORM_VALUES_MAX];
    size_t count = form_values(&request->form, "resource", values);
    if (count != 1 || values[0].length > AUTHORIZE_RESOURCE_BYTES_MAX)
        return FAULT_AUTHORIZE_RESOURCE;
    request->resource = values[0];
    return FAULT_NONE;
}

enum fault authorization_request_check(struct arena *arena, struct authorization_request *request)
{
    const struct form *form = &request->form;
    struct text mode = form_value(form, "response_mode");
    if (!text_is(form_value(form, "response_type"), "code"))
        return FAULT_AUTHORIZE_RESPONSE_TYPE;
    if (mode.length != 0 && !text_is(mode, "query"))
        return FAULT_PARAMETER_INVALID;
    /* Left out, the method would be plain (RFC 7636 section 4.3), which shows the verifier to whoever sees the
     * request. */
    request->challenge = form_value(form, "code_challenge");
    if (!text_is(form_value(form, "code_challenge_method"), "S256") ||
        !authorization_code_is_challenge(request->challenge))
        return FAULT_AUTHORIZE_CHALLENGE;
    TRY(read_scope(arena, request));
    return read_resource(request);
}
