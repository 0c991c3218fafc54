/* One JSON-RPC message as a client of the stdio transport writes it, read for what the HTTP transport wants to
 * know besides: which generation of MCP it is of, and the headers that mirror it. Pure. */
#ifndef CLI_SHIM_MESSAGE_H
#define CLI_SHIM_MESSAGE_H

#include "base/buffer.h"
#include "json/json_value.h"

enum { SHIM_MESSAGE_BYTES_MAX = 16 * 1024 * 1024 };

enum shim_kind { SHIM_NO_MESSAGE, SHIM_REQUEST, SHIM_NOTIFICATION, SHIM_RESPONSE };

struct shim_message {
    enum shim_kind kind;
    struct text method;
    const struct json_value *id;     /* NULL for a notification */
    const struct json_value *params; /* or NULL */
    const struct json_value *result; /* of a response that is no error */
    struct text version;             /* of the generation without sessions; TEXT_NONE: not of that */
};

/* NULL, or what is wrong with it. Texts lie in the arena. */
const char *shim_message_read(struct arena *arena, struct text line, struct shim_message *message);

/* What tools/call, prompts/get and resources/read are about, as the value of Mcp-Name, which is US-ASCII
 * whatever the name is; TEXT_NONE for all others. */
struct text shim_message_name(struct arena *arena, const struct shim_message *message);

/* A value as a header can bear it: as it is, or in the base64 spelling. */
struct text shim_message_encode(struct arena *arena, struct text value);

/* On one line: what an event brought may have line breaks between its tokens. */
void shim_message_flatten(struct buffer *out, struct text message);

/* An answer of our own to a request; id NULL: nobody can say to which. */
void shim_message_write_error(struct buffer *out, const struct json_value *id, int code, struct text sentence);
/* The error of somebody's answer, to this request. */
void shim_message_write_given(struct buffer *out, const struct json_value *id, const struct json_value *error);

#endif
