/* One message of an MCP client, read strictly from a body: what it is, what it is about, and how it is written
 * again in this gateway's own bytes, so that a server and policy see the same thing. Pure. */
#ifndef MCP_MCP_MESSAGE_H
#define MCP_MCP_MESSAGE_H

#include "base/buffer.h"
#include "json/json_value.h"

/* Depth, ids and names as docs/mcp-messages.md lists them. */
enum { MCP_DEPTH_MAX = 64, MCP_ID_BYTES_MAX = 256, MCP_TOOL_NAME_BYTES_MAX = 128 };
/* Of a client's message, which is in memory as a whole until it is sent, and of a server's. */
enum { MCP_MESSAGE_VALUES_MAX = 65536, MCP_VALUES_MAX = 262144 };

#define MCP_META_VERSION      "io.modelcontextprotocol/protocolVersion"
#define MCP_META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"
#define MCP_META_CLIENT       "io.modelcontextprotocol/clientInfo"
#define MCP_META_SERVER       "io.modelcontextprotocol/serverInfo"

/* OLD: 2025-11-25 and before, which begin with initialize. NEW: 2026-07-28, where each request says all in its
 * _meta. */
enum mcp_generation { MCP_OLD, MCP_NEW };

/* RESPONSE: a client's answer to what a server asked, in the old generation only. */
enum mcp_message_kind { MCP_REQUEST, MCP_NOTIFICATION, MCP_RESPONSE };

/* What a message is about. */
enum mcp_named { MCP_NAMED_NOTHING, MCP_NAMED_TOOL, MCP_NAMED_PROMPT, MCP_NAMED_RESOURCE };

/* Texts and values live as long as the arena of the reading. What is not there is TEXT_NONE or NULL. */
struct mcp_message {
    bool is_json; /* it was JSON at all: also known of what is refused */
    enum mcp_message_kind kind;
    enum mcp_generation generation; /* by _meta alone; mcp_headers_check has the last word */
    const struct json_value *whole;
    const struct json_value *id; /* a string, or a whole number as written; also known of what is refused for
                                    its params */
    struct text method;          /* not of a response */
    const struct json_value *params, *meta;
    struct text version; /* of the protocol: by _meta, and by the header once that is checked */
    enum mcp_named named;
    struct text name;                         /* of the tool or prompt, or the resource's URI */
    const struct json_value *arguments;       /* of tools/call and prompts/get: an object */
    struct text request_state;                /* of a call that is repeated with what a server asked for */
    const struct json_value *input_responses; /* the same */
};

/* One object, no array; no name twice, UTF-8, no deeper than MCP_DEPTH_MAX; at most bytes long.
 * FAULT_MCP_MESSAGE; FAULT_MCP_PARAMS where the message is one but what it is about is not said, or not as a
 * text of due length; FAULT_MCP_META where _meta says the protocol's version as something that is no text. */
MUST_USE enum fault mcp_message_read(struct arena *arena, struct text body, size_t bytes,
                                     struct mcp_message *message);
/* What is needed of it as long as it is not answered goes into another arena: id, method, version, name. */
void mcp_message_keep(struct arena *arena, struct mcp_message *message);
/* All else is gone, with the arena of the reading. */
void mcp_message_forget(struct mcp_message *message);
bool mcp_message_is(const struct mcp_message *message, const char *method);

/* The protocol's versions that are spoken here, newest first, by generation; ends with NULL. */
extern const char *const mcp_versions_old[];
extern const char *const mcp_versions_new[];
bool mcp_version_is_supported(enum mcp_generation generation, struct text version);
/* Whether a version that is perhaps not known here says all in _meta: 2026-07-28 and whatever is later. */
bool mcp_version_is_new(struct text version);

/* The message in our own bytes, as it was read. */
struct text mcp_message_write(struct arena *arena, const struct mcp_message *message);
/* The same with other members. Edits are applied in one pass; see message_edit.h for how one names its place.
 */
struct message_edit;
struct text mcp_message_write_edited(struct arena *arena, const struct mcp_message *message,
                                     const struct message_edit *edits, size_t count);

/* clientInfo of this gateway, for what it asks of a server itself. */
struct json_writer;
void mcp_message_write_own_client(struct json_writer *writer);

#endif
