/* https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding, and the semantic conventions for HTTP
 * spans.
 */
#include "otlp.h"

#include <stdio.h>
#include <string.h>

#include "json/json_value.h"
#include "json/json_writer.h"

enum { KIND_INTERNAL = 1, KIND_SERVER = 2, KIND_CLIENT = 3, STATUS_ERROR = 2 };
/* Of a span's flags: beside those of traceparent, whether its parent was somewhere else, and that this is said.
 */
enum { FLAG_SAYS_WHERE = 0x100, FLAG_IS_ELSEWHERE = 0x200 };

/* --- parts --- */

static void write_text(struct json_writer *writer, const char *key, struct text value)
{
    if (value.length == 0)
        return;
    json_begin_object(writer);
    json_member_text(writer, "key", text_of(key));
    json_name(writer, TEXT("value"));
    json_begin_object(writer);
    json_member_text(writer, "stringValue", value);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_number(struct json_writer *writer, const char *key, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%lld", (long long)value);
    json_begin_object(writer);
    json_member_text(writer, "key", text_of(key));
    json_name(writer, TEXT("value"));
    json_begin_object(writer);
    json_member_text(writer, "intValue", text_of(digits));
    json_end_object(writer);
    json_end_object(writer);
}

/* 0: there is none. */
static void write_id(struct json_writer *writer, const char *name, uint64_t id)
{
    char digits[17];
    snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)id);
    if (id != 0)
        json_member_text(writer, name, text_of(digits));
}

/* Wall time where the request began, and from there by the clock that nobody sets. */
static void write_time(struct json_writer *writer, const char *name, const struct trace_request *request,
                       int64_t at_us)
{
    char digits[24];
    int64_t wall_us = request->began_wall_us + at_us - request->began_us;
    snprintf(digits, sizeof(digits), "%lld000", (long long)wall_us);
    json_member_text(writer, name, text_of(digits));
}

struct span_head {
    uint64_t id, parent;
    struct text name;
    int kind;
    int64_t began_us, ended_us;
    bool is_parent_elsewhere;
};

static void begin_span(struct json_writer *writer, const struct trace_request *request,
                       const struct span_head *head)
{
    char trace_id[TRACE_ID_TEXT_SIZE];
    unsigned where = FLAG_SAYS_WHERE | (head->is_parent_elsewhere ? FLAG_IS_ELSEWHERE : 0u);
    trace_context_write_id(&request->context, trace_id);
    json_begin_object(writer);
    json_member_text(writer, "traceId", text_of(trace_id));
    write_id(writer, "spanId", head->id);
    write_id(writer, "parentSpanId", head->parent);
    json_member_text_if(writer, "traceState", request->state);
    json_member_integer(writer, "flags", (int64_t)(request->context.flags | where));
    json_member_text(writer, "name", head->name);
    json_member_integer(writer, "kind", head->kind);
    write_time(writer, "startTimeUnixNano", request, head->began_us);
    write_time(writer, "endTimeUnixNano", request, head->ended_us);
    json_name(writer, TEXT("attributes"));
    json_begin_array(writer);
}

static void end_span(struct json_writer *writer, bool has_failed)
{
    json_end_array(writer);
    if (has_failed) {
        json_name(writer, TEXT("status"));
        json_begin_object(writer);
        json_member_integer(writer, "code", STATUS_ERROR);
        json_end_object(writer);
    }
    json_end_object(writer);
}

/* --- the three kinds --- */

/* Refusals are answers like others: an error of a server's span is one of the server (5xx). The path is that of
 * the route: what is behind it may name whatever a client put there. */
static void write_server(struct json_writer *writer, const struct trace_request *request)
{
    char name[80], status[8];
    bool is_other = strcmp(request->method, "_OTHER") == 0, has_failed = request->status >= 500;
    snprintf(name, sizeof(name), "%s%s%s", is_other ? "HTTP" : request->method,
             request->route != NULL ? " " : "", request->route != NULL ? request->route : "");
    snprintf(status, sizeof(status), "%d", request->status);
    const struct span_head head = {.id = request->span,
                                   .parent = request->has_parent ? request->context.parent : 0,
                                   .name = text_of(name),
                                   .kind = KIND_SERVER,
                                   .began_us = request->began_us,
                                   .ended_us = request->ended_us,
                                   .is_parent_elsewhere = request->has_parent};
    begin_span(writer, request, &head);
    write_text(writer, "http.request.method", text_of(request->method));
    write_text(writer, "http.route", text_of(request->route));
    write_text(writer, "url.path", text_of(request->route));
    write_text(writer, "url.scheme", text_of(request->scheme));
    write_text(writer, "network.protocol.version", text_of(request->version));
    if (request->status != 0)
        write_number(writer, "http.response.status_code", request->status);
    if (has_failed)
        write_text(writer, "error.type", text_of(status));
    write_text(writer, "dragoman.request", text_of(request->request_id));
    write_text(writer, "dragoman.exchange", text_of(request->exchange));
    write_text(writer, "dragoman.grant", text_of(request->grant));
    write_text(writer, "dragoman.target", text_of(request->target));
    write_text(writer, "dragoman.reason", text_of(request->reason));
    if (request->spans_left_out != 0)
        write_number(writer, "dragoman.spans_left_out", (int64_t)request->spans_left_out);
    end_span(writer, has_failed);
}

static void write_call(struct json_writer *writer, const struct trace_span *span)
{
    char status[8];
    snprintf(status, sizeof(status), "%d", span->status);
    write_text(writer, "http.request.method", text_of(span->method));
    write_text(writer, "server.address", text_of(span->host));
    if (span->port != 0)
        write_number(writer, "server.port", span->port);
    if (span->status != 0)
        write_number(writer, "http.response.status_code", span->status);
    if (span->has_failed)
        write_text(writer, "error.type", span->status != 0 ? text_of(status) : TEXT("no_answer"));
}

static void write_span(struct json_writer *writer, const struct trace_request *request,
                       const struct trace_span *span)
{
    bool is_call = span->kind == TRACE_CLIENT;
    const struct span_head head = {.id = span->id,
                                   /* Of what a flow began that had no step open. */
                                   .parent = span->parent != 0 ? span->parent : request->span,
                                   .name = text_of(is_call ? span->method : span->name),
                                   .kind = is_call ? KIND_CLIENT : KIND_INTERNAL,
                                   .began_us = span->began_us,
                                   .ended_us = span->ended_us};
    begin_span(writer, request, &head);
    if (is_call)
        write_call(writer, span);
    else if (span->has_failed)
        write_text(writer, "dragoman.reason", text_of(request->reason));
    end_span(writer, span->has_failed);
}

/* --- a message --- */

void otlp_begin(struct buffer *out, const char *version, const char *instance)
{
    SCOPED_BUFFER resource = {0};
    struct json_writer writer = json_writer_on(&resource);
    json_begin_array(&writer);
    write_text(&writer, "service.name", TEXT("dragoman"));
    write_text(&writer, "service.version", text_of(version));
    write_text(&writer, "service.instance.id", text_of(instance));
    json_end_array(&writer);
    buffer_append(out, TEXT("{\"resourceSpans\":[{\"resource\":{\"attributes\":"));
    buffer_append(out, buffer_text(&resource));
    buffer_append(out, TEXT("},\"scopeSpans\":[{\"scope\":{\"name\":\"dragoman\"},\"spans\":["));
}

void otlp_end(struct buffer *out)
{
    buffer_append(out, TEXT("]}]}]}"));
}

size_t otlp_write_spans(struct buffer *out, bool is_first, const struct trace_request *request)
{
    for (size_t i = 0; i <= request->span_count; i++) {
        if (!is_first || i != 0)
            buffer_append_byte(out, ',');
        struct json_writer writer = json_writer_on(out);
        if (i == 0)
            write_server(&writer, request);
        else
            write_span(&writer, request, &request->spans[i - 1]);
    }
    return request->span_count + 1;
}

int64_t otlp_read_rejected(struct text answer, char *detail, size_t size)
{
    static const struct json_limits limits = {.bytes = OTLP_ANSWER_BYTES_MAX, .depth = 8, .members = 64};
    int64_t rejected = 0;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    detail[0] = '\0';
    if (json_parse(arena, answer, &limits, &value) != FAULT_NONE)
        return 0;
    const struct json_value *partial = json_member(value, TEXT("partialSuccess"));
    const struct json_value *count = json_member(partial, TEXT("rejectedSpans"));
    snprintf(detail, size, "%.*s", TEXT_ARGUMENTS(json_text_of(partial, "errorMessage")));
    /* A 64-bit number, which this encoding writes as a text; it must be read as a number too. */
    if (count == NULL || !text_to_int64(count->text, &rejected) || rejected < 0)
        return 0;
    return rejected;
}
