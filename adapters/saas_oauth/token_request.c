/* Sends, and reads answers strictly. */
#include "token_request.h"

#include <string.h>

#include "base/clock.h"
#include "base/percent.h"
#include "client_authentication.h"

enum { HEADERS_MAX = 12, SECRETS_MAX = FORM_SECRETS_MAX + 4 };
enum { LIFETIME_MAX_S = 10 * 365 * 24 * 3600 };

/* --- sending --- */

struct sending {
    struct text headers[HEADERS_MAX];
    struct adapter_request request;
    struct text basic; /* TEXT_NONE: the client proves itself in another way */
};

static void add_header(struct sending *sending, struct text header)
{
    INVARIANT(sending->request.header_count < HEADERS_MAX);
    sending->headers[sending->request.header_count++] = header;
}

static enum adapter_outcome prepare(const struct grant_run *run, const struct token_request *request,
                                    struct sending *sending)
{
    struct text authorization = TEXT_NONE;
    *sending =
        (struct sending){.request = {
                             .method = request->method.base != NULL ? request->method : TEXT("POST"),
                             .url = request->url.base != NULL ? request->url : run->settings->token_endpoint,
                             .headers = sending->headers,
                         }};
    add_header(sending, request->answer == ANSWER_XML ? TEXT("accept: application/xml, text/xml")
                                                      : TEXT("accept: application/json"));
    for (size_t i = 0; i < request->header_count; i++)
        add_header(sending, request->headers[i]);
    if (request->form != NULL && !request->is_unauthenticated)
        ADAPTER_TRY(client_authenticate(run, request->form, &authorization, &sending->request));
    if (authorization.base != NULL) {
        add_header(sending, authorization);
        text_cut(&authorization, ' ');
        text_cut(&authorization, ' ');
        sending->basic = authorization;
    }
    if (request->form != NULL) {
        add_header(sending, TEXT("content-type: application/x-www-form-urlencoded"));
        sending->request.body = buffer_text(&request->form->out);
    } else if (request->json.base != NULL) {
        add_header(sending, TEXT("content-type: application/json"));
        sending->request.body = request->json;
    }
    return ADAPTER_DONE;
}

/* --- answers --- */

static bool is_json_type(struct text content_type)
{
    return text_is_media_type(content_type, TEXT("application/json")) ||
           text_is_media_type(content_type, TEXT("text/json")) ||
           text_is_media_type(content_type, TEXT("application/vnd.github+json"));
}

/* The client's secret also as it is sent: in a form's letters, and behind "Basic". */
static void note_error(const struct grant_run *run, const struct token_request *request, struct text basic,
                       const struct adapter_answer *came, struct upstream_answer *answer)
{
    struct buffer encoded = buffer_in(adapter_arena(run->call), run->secrets.client_secret.length + 1);
    percent_encode(&encoded, run->secrets.client_secret);
    struct text secrets[SECRETS_MAX] = {request->secret, run->secrets.client_secret, buffer_text(&encoded),
                                        basic},
                code = TEXT_NONE, description = TEXT_NONE;
    size_t count = 4;
    for (size_t i = 0; request->form != NULL && i < request->form->secret_count; i++)
        secrets[count++] = request->form->secrets[i];
    if (request->find_error != NULL)
        request->find_error(answer, &code, &description);
    else
        upstream_error_find(answer->json, &code, &description);
    answer->error = upstream_error_of(adapter_arena(run->call), came, code, description, secrets, count);
}

enum adapter_outcome token_request_send(const struct grant_run *run, const struct token_request *request,
                                        struct upstream_answer *answer)
{
    struct sending sending;
    struct adapter_answer came;
    *answer = (struct upstream_answer){0};
    ADAPTER_TRY(prepare(run, request, &sending));
    ADAPTER_TRY(adapter_https(run->call, &sending.request, &came));
    answer->body = came.body;
    const struct json_value *json = NULL;
    if (is_json_type(came.content_type) &&
        json_parse(adapter_arena(run->call), came.body, &json_limits_document, &json) == FAULT_NONE &&
        json->kind == JSON_OBJECT)
        answer->json = json;
    note_error(run, request, sending.basic, &came, answer);
    if (answer->error.kind == UPSTREAM_FINE && request->answer == ANSWER_JSON && answer->json == NULL &&
        came.status != 204 && came.body.length != 0) {
        answer->error.kind = UPSTREAM_SHAPE;
        answer->error.description = is_json_type(came.content_type) ? TEXT("no strict JSON object")
                                                                    : TEXT("its content type is not JSON's");
    }
    return ADAPTER_DONE;
}

enum adapter_outcome token_request_answer(const struct grant_run *run, const struct token_request *request,
                                          struct upstream_answer *answer)
{
    ADAPTER_TRY(token_request_send(run, request, answer));
    if (answer->error.kind == UPSTREAM_FINE && request->answer == ANSWER_JSON && answer->json == NULL)
        answer->error.kind = UPSTREAM_SHAPE;
    return upstream_error_end(run->call, &answer->error, false);
}

/* --- a token --- */

bool is_token_text(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.base[i] <= 0x20 || text.base[i] > 0x7e)
            return false;
    }
    return text.length != 0 && text.length <= TOKEN_TEXT_MAX;
}

/* A number, or digits in quotes, as some send it. */
static bool read_seconds(const struct json_value *value, int64_t *seconds)
{
    return value->kind == JSON_STRING ? text_to_int64(json_string(value), seconds)
                                      : json_integer(value, seconds);
}

static enum adapter_outcome read_end(const struct grant_run *run, const struct json_value *json,
                                     struct token *token)
{
    const struct json_value *value = json_member(json, TEXT("expires_in"));
    int64_t seconds = run->settings->assumed_lifetime_s;
    if (value == NULL && seconds == 0)
        return adapter_misconfigured(run->call, "/assumedLifetime",
                                     "the other side does not say how long its token lives (no expires_in)");
    if (value != NULL && (!read_seconds(value, &seconds) || seconds <= 0))
        return adapter_misconfigured(run->call, NULL,
                                     "the other side's expires_in is no number of seconds that is to come");
    token->expires_at_s = clock_wall_s() + (seconds < LIFETIME_MAX_S ? seconds : LIFETIME_MAX_S);
    return ADAPTER_DONE;
}

static enum adapter_outcome read_token_type(const struct grant_run *run, struct text type, bool takes_any)
{
    if (takes_any || text_equal_ignoring_case(type, TEXT("Bearer")))
        return ADAPTER_DONE;
    if (text_equal_ignoring_case(type, TEXT("DPoP")))
        return adapter_misconfigured(
            run->call, NULL, "the other side binds its tokens to a key (DPoP), which cannot be handed on");
    return adapter_misconfigured(run->call, NULL, "the other side's token has a type that is not Bearer");
}

static bool is_scope(const struct json_value *value)
{
    struct text scope = json_string(value);
    return value == NULL || value->kind == JSON_NULL ||
           (json_is_string(value) && scope.length <= TOKEN_SCOPE_MAX && text_is_printable(scope));
}

enum adapter_outcome token_read(const struct grant_run *run, const struct json_value *json,
                                bool takes_any_token_type, struct token *token)
{
    const struct json_value *scope = json_member(json, TEXT("scope"));
    *token = (struct token){
        .credential = json_text_of(json, "access_token"),
        .token_type = json_text_of(json, "token_type"),
        .scope = json_string(scope),
        .issued_token_type = json_text_of(json, "issued_token_type"),
        .refresh_token = json_text_of(json, "refresh_token"),
        .id_token = json_text_of(json, "id_token"),
    };
    if (token->refresh_token.length == 0)
        token->refresh_token = TEXT_NONE; /* so some say that there is none */
    if (!is_token_text(token->credential))
        return adapter_misconfigured(run->call, NULL, "the other side's answer has no usable access_token");
    if (!is_scope(scope))
        return adapter_misconfigured(run->call, NULL, "the other side's scope is no list of scopes");
    ADAPTER_TRY(read_token_type(run, token->token_type, takes_any_token_type));
    return read_end(run, json, token);
}

enum adapter_outcome token_request_token(const struct grant_run *run, const struct token_request *request,
                                         struct token *token)
{
    struct upstream_answer answer;
    ADAPTER_TRY(token_request_answer(run, request, &answer));
    return token_read(run, answer.json, request->takes_any_token_type, token);
}
