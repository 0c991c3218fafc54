/* JSON before it is sealed, bound to its lease. See session_goodbye.h. */
#include "session_goodbye.h"

#include "exchange/gateway.h"
#include "mcp/mcp.h"
#include "mcp/mcp_keeper.h"
#include "stream/side_request.h"
#include "json/json_writer.h"

static struct text row_of(struct arena *arena, struct text lease)
{
    return arena_print(arena, "mcp-goodbye %.*s", TEXT_ARGUMENTS(lease));
}

struct text session_goodbye_seal(const struct sealer *sealer, struct arena *arena, struct text lease,
                                 const struct session_goodbye *goodbye)
{
    struct buffer json = buffer_in(arena, 1024); /* wiped with it */
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "url", goodbye->url);
    json_member_text(&writer, "session", goodbye->session_id);
    json_member_text(&writer, "version", goodbye->version);
    json_member_text(&writer, "header", goodbye->header);
    json_member_text(&writer, "credential", goodbye->credential);
    json_end_object(&writer);
    return seal(sealer, arena, buffer_text(&json), row_of(arena, lease));
}

enum fault session_goodbye_open(const struct sealer *sealer, struct arena *arena, struct text lease,
                                struct text handle, struct session_goodbye *goodbye)
{
    SCOPED_SECRET plain = NULL;
    const struct json_value *json;
    TRY(unseal(sealer, handle, row_of(arena, lease), &plain));
    struct text bytes = {(const char *)secret_bytes(plain), secret_length(plain)};
    TRY(json_parse(arena, bytes, &json_limits_document, &json));
    *goodbye = (struct session_goodbye){json_text_of(json, "url"), json_text_of(json, "session"),
                                        json_text_of(json, "version"), json_text_of(json, "header"),
                                        json_text_of(json, "credential")};
    return goodbye->session_id.length != 0 ? FAULT_NONE : FAULT_MCP_SESSION_UNKNOWN;
}

void session_goodbye_say(struct http_streams *streams, const struct session_goodbye *goodbye)
{
    const struct http_stream_header headers[] = {{goodbye->header, goodbye->credential},
                                                 {TEXT("mcp-session-id"), goodbye->session_id},
                                                 {TEXT("mcp-protocol-version"), goodbye->version}};
    side_request_send(
        streams, &(struct http_stream_request){
                     .url = goodbye->url, .method = TEXT("DELETE"), .headers = headers, .header_count = 3});
}

void mcp_session_end(void *context, struct credential_withdrawal *withdrawal)
{
    const struct gateway *gateway = context;
    struct session_goodbye goodbye;
    enum fault fault = session_goodbye_open(gateway->sealer, withdrawal->arena, withdrawal->lease,
                                            withdrawal->handle, &goodbye);
    /* What cannot be opened cannot be said, however often it is tried. */
    if (fault == FAULT_NONE && gateway->mcp != NULL && !gateway->is_closed)
        session_goodbye_say(mcp_keeper_streams(gateway->mcp), &goodbye);
    flow_wait_done(&withdrawal->wait);
}
