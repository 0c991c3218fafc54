/* Written by this gateway and read again as any client's message is, so that it has the same headers and hides
 * the same capabilities. */
#include "client_request.h"

#include "json/json_writer.h"

enum { CONNECT_MS = 5 * 1000 };

static const char *method_of(enum mcp_client_stage stage)
{
    static const char *const methods[] = {[MCP_CLIENT_DISCOVER] = "server/discover",
                                          [MCP_CLIENT_INITIALIZE] = "initialize",
                                          [MCP_CLIENT_INITIALIZED] = "notifications/initialized",
                                          [MCP_CLIENT_LIST] = "tools/list"};
    return methods[stage];
}

static void write_client(const struct mcp_client *x, struct json_writer *writer, struct text name)
{
    json_name(writer, name);
    if (x->client_info != NULL)
        json_write_value(writer, x->client_info);
    else
        mcp_message_write_own_client(writer);
}

static void write_capabilities(const struct mcp_client *x, struct json_writer *writer, struct text name)
{
    json_name(writer, name);
    if (x->capabilities != NULL) {
        json_write_value(writer, x->capabilities);
        return;
    }
    json_begin_object(writer);
    json_end_object(writer);
}

/* The version that is asked for where it is not known yet: the newest. */
static struct text version_of(const struct mcp_client *x)
{
    return x->version.base != NULL ? x->version : text_of(mcp_versions_new[0]);
}

static bool is_new(const struct mcp_client *x)
{
    return x->stage == MCP_CLIENT_DISCOVER || (x->stage == MCP_CLIENT_LIST && x->generation == MCP_NEW);
}

static void write_params(const struct mcp_client *x, struct json_writer *writer)
{
    json_name(writer, TEXT("params"));
    json_begin_object(writer);
    if (x->stage == MCP_CLIENT_INITIALIZE) {
        json_member_text(writer, "protocolVersion", text_of(mcp_versions_old[0]));
        write_capabilities(x, writer, TEXT("capabilities"));
        write_client(x, writer, TEXT("clientInfo"));
    } else if (x->cursor.base != NULL) {
        json_member_text(writer, "cursor", x->cursor);
    }
    if (is_new(x)) {
        json_name(writer, TEXT("_meta"));
        json_begin_object(writer);
        json_member_text(writer, MCP_META_VERSION, version_of(x));
        write_client(x, writer, TEXT(MCP_META_CLIENT));
        write_capabilities(x, writer, TEXT(MCP_META_CAPABILITIES));
        json_end_object(writer);
    }
    json_end_object(writer);
}

static struct text write_message(struct mcp_client *x)
{
    struct buffer body = buffer_in(x->page, 1024);
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    if (x->stage != MCP_CLIENT_INITIALIZED)
        json_member_integer(&writer, "id", ++x->last_id);
    json_member_text(&writer, "method", text_of(method_of(x->stage)));
    write_params(x, &writer);
    json_end_object(&writer);
    return buffer_text(&body);
}

static struct text no_header(const void *context, const char *name, size_t nth)
{
    (void)context, (void)name, (void)nth;
    return TEXT_NONE;
}

static size_t write_headers(struct mcp_client *x, struct http_stream_header *rows)
{
    static const struct shown_headers nothing = {no_header, NULL};
    struct mcp_header_list *list = ARENA_NEW(x->page, struct mcp_header_list);
    struct text version = is_new(x) ? version_of(x) : x->version;
    size_t count = 0;
    mcp_headers_upstream(x->page, &nothing, &x->message, version, NULL, list);
    for (; count < list->count; count++)
        rows[count] = (struct http_stream_header){list->rows[count].name, list->rows[count].value};
    rows[count++] = x->credential;
    if (x->session_id.base != NULL)
        rows[count++] = (struct http_stream_header){TEXT("mcp-session-id"), x->session_id};
    return count;
}

enum fault client_request_write(struct mcp_client *x, struct client_request *request)
{
    static const struct mcp_permitted nothing = {0};
    struct message_edit edits[MCP_CAPABILITY_EDITS_MAX];
    struct text body = write_message(x);
    TRY(mcp_message_read(x->page, body, x->answer_bytes, &x->message));
    size_t count = mcp_capabilities_hide(&x->message, x->permitted != NULL ? x->permitted : &nothing, edits);
    x->message.generation = is_new(x) ? MCP_NEW : MCP_OLD;
    x->message.version = is_new(x) ? version_of(x) : x->version;
    x->body = count == 0 ? body : mcp_message_write_edited(x->page, &x->message, edits, count);
    request->http = (struct http_stream_request){.url = x->url,
                                                 .method = TEXT("POST"),
                                                 .headers = request->headers,
                                                 .header_count = write_headers(x, request->headers),
                                                 .body = x->body,
                                                 .connect_ms = CONNECT_MS,
                                                 .idle_ms = x->call_ms};
    return FAULT_NONE;
}
