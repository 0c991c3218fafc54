/* What a sealed gateway answers. Strangers learn that it is sealed and where its key is to come from; what went
 * wrong, which may name files, is said on the admin socket alone. */
#include "endpoint.h"
#include "runtime/metrics_page.h"
#include "seal_offer.h"

static void say_ready(struct request *request, const struct seal_state *state)
{
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "status", TEXT("not ready"));
    json_member_boolean(&writer, "sealed", true);
    json_member_text(&writer, "reason", TEXT("there is no key yet that opens the store"));
    json_member_text(&writer, "source", text_of(state->source));
    json_end_object(&writer);
    endpoint_answer(request, 503, "application/json", "no-store", buffer_text(&body));
}

static void say_metrics(struct request *request)
{
    SCOPED_BUFFER body = {0};
    metrics_write(&body, false, NULL, 0, NULL);
    endpoint_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8", "no-store", buffer_text(&body));
}

static void say_seal(struct request *request, const struct seal_state *state)
{
    SCOPED_BUFFER body = {0};
    seal_write(state, &body);
    endpoint_answer(request, 200, "application/json", "no-store", buffer_text(&body));
}

/* Numbers for who watches; the rest for whoever may open the socket. */
static bool handle_operator(struct request *request, struct seal *seal, const struct seal_state *state)
{
    struct text path = request_path(request), method = request_method(request);
    enum request_listener listener = request_listener(request);
    bool is_on_socket = listener == REQUEST_LISTENER_ADMIN;
    if (!is_on_socket && listener != REQUEST_LISTENER_MONITORING)
        return false;
    if (text_is(path, "/metrics"))
        say_metrics(request);
    else if (!is_on_socket)
        return false;
    else if (text_is(path, "/v1/seal") && text_is(method, "POST"))
        seal_take_offer(seal, request);
    else if (text_is(path, "/v1/seal"))
        say_seal(request, state);
    else
        return false;
    return true;
}

void sealed_routes_handle(struct request *request, void *context)
{
    struct seal_state state;
    struct text path = request_path(request);
    seal_read(context, &state);
    if (handle_operator(request, context, &state))
        return;
    if (text_is(path, "/livez") || text_is(path, "/startupz"))
        endpoint_answer(request, 200, "application/json", "no-store", TEXT("{\"status\":\"ok\"}"));
    else if (text_is(path, "/readyz"))
        say_ready(request, &state);
    else
        endpoint_answer_fault(request, FAULT_SEALED, NULL);
}
