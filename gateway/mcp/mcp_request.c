/* What policy is asked about is what is sent: one reading, one writing. */
#include "mcp_request.h"

#include "bridge/bridge_call.h"
#include "config/gateway_document.h"
#include "message/mcp_capabilities.h"
#include "message/request_state.h"
#include "parameter_schema.h"
#include "relay/presented_credential.h"
#include "state_box.h"
#include "json/json_writer.h"

enum { NAME_RECORDED_BYTES = 1024 };

static const struct mcp_gateway_document *settings_of(const struct mcp_call *x)
{
    return &x->relayed.call.world->gateway->mcp;
}

static const struct target_document *target_of(const struct mcp_call *x)
{
    return &world_target_named(x->relayed.call.world, x->relayed.described.target_name)->document->target;
}

/* Of the message, for longer than that is there. */
static struct text copy(const struct mcp_call *x, struct text text)
{
    return text.base == NULL ? TEXT_NONE : arena_copy(x->relayed.call.arena, text);
}

/* -- before anybody is known */

/* Host and port of an https URL; the port of https is as good as none. */
static struct text authority_of(struct text url)
{
    size_t scheme = sizeof("https://") - 1;
    struct text rest = {url.base + scheme, url.length - scheme};
    return text_cut(&rest, '/');
}

static struct text without_usual_port(struct text authority)
{
    struct text port = TEXT(":443");
    if (text_ends_with(authority, port))
        authority.length -= port.length;
    return authority;
}

/* What a page makes a browser send to an address of its own choosing carries that address's name (DNS
 * rebinding). */
static bool is_reached_by_name(const struct mcp_call *x)
{
    struct text own = without_usual_port(authority_of(target_of(x)->audiences.items[0]));
    return text_equal_ignoring_case(own, without_usual_port(request_authority(x->relayed.call.request)));
}

static bool is_origin_allowed(const struct mcp_call *x)
{
    const struct request *request = x->relayed.call.request;
    struct text origin = request_header(request, "origin", 0);
    return origin.base == NULL || (text_list_has(&settings_of(x)->origins, origin) &&
                                   request_header(request, "origin", 1).base == NULL);
}

bool mcp_request_is_preflight(const struct mcp_call *x)
{
    const struct request *request = x->relayed.call.request;
    return text_is(request_method(request), "OPTIONS") &&
           request_header(request, "access-control-request-method", 0).base != NULL &&
           request_header(request, "origin", 0).base != NULL && is_origin_allowed(x) && is_reached_by_name(x);
}

/* A token is shown in a header that the page sets, never by the browser: nothing here allows credentials. */
size_t mcp_request_page_headers(const struct mcp_call *x, struct response_header *headers)
{
    struct text origin = request_header(x->relayed.call.request, "origin", 0);
    size_t count = 0;
    if (origin.base == NULL || !is_origin_allowed(x))
        return 0;
    headers[count++] = (struct response_header){"access-control-allow-origin", origin};
    headers[count++] = (struct response_header){"vary", TEXT("origin")};
    if (!mcp_request_is_preflight(x)) {
        headers[count++] = (struct response_header){
            "access-control-expose-headers", TEXT("mcp-session-id, www-authenticate, dragoman-exchange")};
        return count;
    }
    headers[count++] = (struct response_header){"access-control-allow-methods", TEXT("POST, GET, DELETE")};
    headers[count++] = (struct response_header){"access-control-allow-headers", TEXT("authorization, *")};
    return count;
}

static bool read_verb(struct text method, enum mcp_verb *verb)
{
    *verb = text_is(method, "GET") ? MCP_GET : text_is(method, "DELETE") ? MCP_DELETE : MCP_POST;
    return *verb != MCP_POST || text_is(method, "POST");
}

/* Weights aside, which nobody gives here. */
static bool accepts(const struct request *request, const char *type, const char *family)
{
    if (request_header(request, "accept", 0).base == NULL)
        return true;
    for (size_t nth = 0; nth < 8; nth++) {
        struct text rest = request_header(request, "accept", nth);
        while (rest.length != 0) {
            struct text one = text_trim(text_cut(&rest, ','));
            if (text_is_media_type(one, text_of(type)) || text_is_media_type(one, text_of(family)) ||
                text_is_media_type(one, TEXT("*/*")))
                return true;
        }
    }
    return false;
}

enum fault mcp_request_check(struct mcp_call *x)
{
    const struct request *request = x->relayed.call.request;
    if (!is_reached_by_name(x))
        return FAULT_MCP_HOST;
    if (!is_origin_allowed(x))
        return FAULT_MCP_ORIGIN;
    if (!read_verb(request_method(request), &x->verb))
        return FAULT_MCP_METHOD;
    if (x->verb != MCP_DELETE && !accepts(request, "text/event-stream", "text/*"))
        return FAULT_MCP_ACCEPT;
    if (x->verb != MCP_POST)
        return FAULT_NONE;
    if (!accepts(request, "application/json", "application/*"))
        return FAULT_MCP_ACCEPT;
    if (!text_is_media_type(request_header(request, "content-type", 0), TEXT("application/json")) ||
        request_header(request, "content-type", 1).base != NULL)
        return FAULT_MCP_MEDIA_TYPE;
    bool is_large =
        request_body_is_too_large(request) || request_body(request).length > (size_t)settings_of(x)->body_bytes;
    return is_large ? FAULT_MCP_TOO_LARGE : FAULT_NONE;
}

/* -- which methods are passed on */

enum { OF_OLD = 1, OF_NEW = 2, OF_BOTH = 3 };

static const struct method {
    const char *name;
    enum mcp_access_kind kind;
    int generations;
} methods[] = {
    {"initialize", MCP_ACCESS_SERVER, OF_OLD},
    {"ping", MCP_ACCESS_SERVER, OF_OLD},
    {"server/discover", MCP_ACCESS_SERVER, OF_NEW},
    {"subscriptions/listen", MCP_ACCESS_SERVER, OF_NEW},
    {"logging/setLevel", MCP_ACCESS_SERVER, OF_OLD},
    {"tools/list", MCP_ACCESS_SERVER, OF_BOTH},
    {"prompts/list", MCP_ACCESS_SERVER, OF_BOTH},
    {"resources/list", MCP_ACCESS_SERVER, OF_BOTH},
    {"resources/templates/list", MCP_ACCESS_SERVER, OF_BOTH},
    {"tools/call", MCP_ACCESS_TOOL, OF_BOTH},
    {"prompts/get", MCP_ACCESS_PROMPT, OF_BOTH},
    {"resources/read", MCP_ACCESS_RESOURCE, OF_BOTH},
    {"resources/subscribe", MCP_ACCESS_RESOURCE, OF_OLD},
    {"resources/unsubscribe", MCP_ACCESS_RESOURCE, OF_OLD},
    {"completion/complete", MCP_ACCESS_PROMPT, OF_BOTH},
    {"tasks/get", MCP_ACCESS_TOOL, OF_NEW},
    {"tasks/update", MCP_ACCESS_TOOL, OF_NEW},
    {"tasks/cancel", MCP_ACCESS_TOOL, OF_NEW},
};

static const struct method *find_method(const struct mcp_message *message)
{
    int generation = message->generation == MCP_NEW ? OF_NEW : OF_OLD;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (mcp_message_is(message, methods[i].name) && (methods[i].generations & generation) != 0)
            return &methods[i];
    return NULL;
}

/* -- the message */

static const char *member_of(enum mcp_named named)
{
    static const char *const members[] = {
        [MCP_NAMED_TOOL] = "tool", [MCP_NAMED_PROMPT] = "prompt", [MCP_NAMED_RESOURCE] = "resource"};
    return members[named];
}

void mcp_request_note(struct mcp_call *x)
{
    static const char *const verbs[] = {[MCP_GET] = "GET", [MCP_DELETE] = "DELETE"};
    const struct mcp_message *message = &x->message;
    struct buffer json = buffer_in(x->relayed.call.arena, 256);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "method",
                     x->verb != MCP_POST             ? text_of(verbs[x->verb])
                     : message->kind == MCP_RESPONSE ? TEXT("response")
                                                     : text_beginning(message->method, NAME_RECORDED_BYTES));
    if (message->named != MCP_NAMED_NOTHING)
        json_member_text(&writer, member_of(message->named),
                         text_beginning(message->name, NAME_RECORDED_BYTES));
    json_member_text_if(&writer, "generation", x->version);
    json_member_text_if(&writer, "session", x->session.facts.lease);
    json_end_object(&writer);
    x->relayed.described.recorded = buffer_text(&json);
}

/* GET and DELETE are of the older protocol alone, and have no message. */
static enum fault read_bodiless(struct mcp_call *x, const struct shown_headers *headers)
{
    struct text shown = request_header(x->relayed.call.request, "mcp-protocol-version", 0);
    if (mcp_version_is_new(shown))
        return FAULT_MCP_METHOD;
    x->generation = MCP_OLD;
    return mcp_headers_version(headers, &x->version);
}

static struct text version_asked(const struct mcp_message *message)
{
    struct text version = json_text_of(message->params, "protocolVersion");
    return mcp_version_is_supported(MCP_OLD, version) ? version : TEXT_NONE;
}

static enum fault read_body(struct mcp_call *x)
{
    const struct request *request = x->relayed.call.request;
    x->reading = arena_create();
    enum fault fault =
        mcp_message_read(x->reading, request_body(request), (size_t)settings_of(x)->body_bytes, &x->message);
    mcp_message_keep(x->relayed.call.own, &x->message); /* what is answered is asked about to the end */
    return fault;
}

static enum fault read_message(struct mcp_call *x, const struct shown_headers *headers)
{
    x->has_message = true;
    enum fault fault = read_body(x);
    if (fault == FAULT_MCP_PARAMS && find_method(&x->message) == NULL)
        return FAULT_MCP_METHOD_UNKNOWN; /* which makes its params nobody's business */
    TRY(fault);
    TRY(mcp_headers_check(x->relayed.call.arena, headers, &x->message));
    x->generation = x->message.generation;
    x->version = x->message.version;
    if (mcp_call_is_beginning(x)) /* whose headers say none: it is only being agreed upon */
        x->version = copy(x, version_asked(&x->message));
    return FAULT_NONE;
}

enum fault mcp_request_read(struct mcp_call *x)
{
    const struct shown_headers headers = relayed_call_headers(&x->relayed);
    enum fault fault = x->verb == MCP_POST ? read_message(x, &headers) : read_bodiless(x, &headers);
    mcp_request_note(x);
    return fault;
}

/* -- what is asked about it */

/* What is completed is an argument of a prompt, or of a template of resources. */
static enum fault ask_about_reference(const struct mcp_call *x, struct mcp_access_question *question)
{
    const struct mcp_message *message = &x->message;
    const struct json_value *reference = json_member(message->params, TEXT("ref"));
    struct text type = json_text_of(reference, "type");
    question->name = TEXT_NONE;
    if (text_is(type, "ref/prompt"))
        question->name = copy(x, json_text_of(reference, "name"));
    else if (text_is(type, "ref/resource"))
        question->name = copy(x, json_text_of(reference, "uri"));
    question->kind = text_is(type, "ref/prompt") ? MCP_ACCESS_PROMPT : MCP_ACCESS_RESOURCE;
    return question->name.base == NULL ? FAULT_MCP_PARAMS : FAULT_NONE;
}

static bool is_about_task(const struct mcp_message *message)
{
    return message->kind == MCP_REQUEST && text_starts_with(message->method, TEXT("tasks/"));
}

static bool knows_tasks(const struct mcp_message *message)
{
    const struct json_value *capabilities = json_member(message->meta, TEXT(MCP_META_CAPABILITIES));
    return json_member(json_member(capabilities, TEXT("extensions")), TEXT("io.modelcontextprotocol/tasks")) !=
           NULL;
}

/* As if the tool was called again: what may be called no more has no results. A client that does not know the
 * extension is told so by the server; a server that does not look hears of no task that there is, as the id
 * could be anybody's. */
static enum fault ask_about_task(struct mcp_call *x, struct mcp_access_question *question)
{
    struct text task = copy(x, json_text_of(x->message.params, "taskId"));
    if (!knows_tasks(&x->message)) {
        question->kind = MCP_ACCESS_SERVER;
        if (json_member(x->message.params, TEXT("taskId")) != NULL)
            x->task.id = TEXT("none");
        return FAULT_NONE;
    }
    if (task.base == NULL)
        return FAULT_MCP_PARAMS;
    x->view.task = task;
    TRY(task_box_open(&x->relayed, x->relayed.call.arena, x->view.task, &x->task));
    question->name = x->task.tool;
    return FAULT_NONE;
}

enum fault mcp_request_question(struct mcp_call *x, struct mcp_access_question *question)
{
    const struct mcp_message *message = &x->message;
    *question = (struct mcp_access_question){
        .kind = MCP_ACCESS_SERVER, .method = message->method, .generation = x->version};
    if (x->verb != MCP_POST || message->kind == MCP_RESPONSE) {
        question->method = x->verb == MCP_POST ? TEXT("response") : request_method(x->relayed.call.request);
        return FAULT_NONE;
    }
    if (message->kind == MCP_NOTIFICATION)
        return text_starts_with(message->method, TEXT("notifications/")) ? FAULT_NONE
                                                                         : FAULT_MCP_METHOD_UNKNOWN;
    const struct method *method = find_method(message);
    if (method == NULL)
        return FAULT_MCP_METHOD_UNKNOWN;
    question->kind = method->kind;
    question->name = message->name;
    question->arguments = message->arguments;
    question->definition = bridge_call_definition(x);
    return mcp_message_is(message, "completion/complete") ? ask_about_reference(x, question)
           : is_about_task(message)                       ? ask_about_task(x, question)
                                                          : FAULT_NONE;
}

/* -- the request upstream */

/* Of what the client wants to hear of, what it may: a server would tell of the rest that it is there. */
static const struct json_value *subscriptions_shown(struct mcp_call *x)
{
    const struct json_value *wanted =
        json_member(json_member(x->message.params, TEXT("notifications")), TEXT("resourceSubscriptions"));
    if (!mcp_message_is(&x->message, "subscriptions/listen") || wanted == NULL)
        return NULL;
    struct json_value *shown = ARENA_NEW(x->relayed.call.arena, struct json_value);
    const struct json_value **place = &shown->first;
    shown->kind = JSON_ARRAY;
    const struct json_value *uri = wanted->kind == JSON_ARRAY ? wanted->first : NULL;
    for (; uri != NULL; uri = uri->next) {
        if (!json_is_string(uri) || !answer_view_shows_resource(&x->view, uri->text))
            continue;
        struct json_value *kept = ARENA_NEW(x->relayed.call.arena, struct json_value);
        *kept = message_edit_string(uri->text);
        shown->count++;
        *place = kept;
        place = &kept->next;
    }
    return shown;
}

static enum fault write_body(struct mcp_call *x)
{
    struct arena *arena = x->relayed.call.arena;
    struct message_edit edits[MCP_CAPABILITY_EDITS_MAX + 3];
    const struct json_value *subscriptions;
    struct json_value state, task = message_edit_string(x->task.id);
    struct text opened;
    if (x->verb != MCP_POST)
        return FAULT_NONE;
    size_t count = mcp_capabilities_hide(&x->message, answer_view_permitted(&x->view), edits);
    if (x->message.request_state.base != NULL) {
        TRY(state_box_open(&x->relayed, &x->message, &opened));
        state = message_edit_string(opened);
        edits[count++] = (struct message_edit){.path = {"params", "requestState"}, .value = &state};
    }
    if (x->task.id.base != NULL)
        edits[count++] = (struct message_edit){.path = {"params", "taskId"}, .value = &task};
    if ((subscriptions = subscriptions_shown(x)) != NULL)
        edits[count++] = (struct message_edit){.path = {"params", "notifications", "resourceSubscriptions"},
                                               .value = subscriptions};
    x->body = count == 0 ? mcp_message_write(arena, &x->message)
                         : mcp_message_write_edited(arena, &x->message, edits, count);
    return FAULT_NONE;
}

static size_t add_own(const struct mcp_call *x, const struct kept_credential *supply, struct arena *arena,
                      struct http_stream_header *headers)
{
    struct text session = x->session.facts.upstream_id;
    size_t count = 0;
    headers[count++] = presented_credential(arena, supply->credential, &supply->presentation);
    if (session.base != NULL)
        headers[count++] = (struct http_stream_header){TEXT("mcp-session-id"), session};
    return count;
}

size_t mcp_request_headers_aside(const struct mcp_call *x, const struct kept_credential *supply,
                                 struct arena *arena, struct http_stream_header *headers)
{
    size_t count = add_own(x, supply, arena, headers);
    headers[count++] = (struct http_stream_header){TEXT("content-type"), TEXT("application/json")};
    headers[count++] = (struct http_stream_header){TEXT("accept"), TEXT("application/json, text/event-stream")};
    headers[count++] = (struct http_stream_header){TEXT("mcp-protocol-version"), x->version};
    return count;
}

/* Arguments that the tool's definition has in headers besides: as they are in the message. */
static const struct json_value *schema_of(const struct mcp_call *x)
{
    const struct relayed_call *relayed = &x->relayed;
    struct mcp_definition definition;
    if (x->generation != MCP_NEW || x->message.named != MCP_NAMED_TOOL)
        return NULL;
    mcp_catalog_find(relayed->call.gateway->definitions, relayed->call.arena, relayed->target->document->name,
                     x->message.name, &definition);
    return parameter_schema_make(relayed->call.arena, &definition);
}

/* What the client did not say of the older protocol is not said in its place. */
static struct text version_shown(const struct mcp_call *x)
{
    bool is_said = request_header(x->relayed.call.request, "mcp-protocol-version", 0).base != NULL;
    return is_said || x->generation == MCP_NEW ? x->version : TEXT_NONE;
}

enum fault mcp_request_write(struct mcp_call *x)
{
    if (mcp_call_is_bridged(x))
        return bridge_call_write(x);
    struct arena *arena = x->relayed.call.arena;
    const struct shown_headers headers = relayed_call_headers(&x->relayed);
    struct mcp_header_list *list = ARENA_NEW(arena, struct mcp_header_list);
    const struct json_value *schema = schema_of(x);
    TRY(write_body(x));
    TRY(mcp_headers_check_parameters(arena, &headers, &x->message, schema));
    mcp_headers_upstream(arena, &headers, x->verb == MCP_POST ? &x->message : NULL, version_shown(x), schema,
                         list);
    x->headers = ARENA_ARRAY(arena, struct http_stream_header, MCP_HEADERS_MAX + 2);
    x->header_count = add_own(x, &x->supply.supply, arena, x->headers);
    for (size_t i = 0; i < list->count; i++) {
        struct mcp_header row = list->rows[i];
        if (x->task.id.base != NULL && text_is(row.name, "mcp-name"))
            row.value = mcp_headers_encode(arena, x->task.id);
        x->headers[x->header_count++] = (struct http_stream_header){row.name, copy(x, row.value)};
    }
    return FAULT_NONE;
}

/* The credential comes first, whoever wrote the headers. */
void mcp_request_write_again(struct mcp_call *x)
{
    const struct kept_credential *supply = &x->supply.supply;
    x->headers[0] = presented_credential(x->relayed.call.arena, supply->credential, &supply->presentation);
}

void mcp_request_forget(struct mcp_call *x)
{
    if (x->reading == NULL)
        return;
    if (x->generation == MCP_NEW)
        x->view.arguments = request_state_arguments(x->relayed.call.arena, x->message.arguments);
    mcp_message_forget(&x->message);
    x->relayed.facts.mcp.arguments = NULL;
    x->relayed.facts.mcp.argument_count = 0;
    arena_destroy(x->reading);
    x->reading = NULL;
}
