/* A line as a message of the protocol (JSON-RPC 2.0), strictly. */
#ifndef SDK_MESSAGE_H
#define SDK_MESSAGE_H

#include "json/json_value.h"
#include "json/json_writer.h"

enum message_kind { MESSAGE_REQUEST, MESSAGE_NOTIFICATION, MESSAGE_RESULT, MESSAGE_ERROR };

struct message {
    enum message_kind kind;
    int64_t id;                                       /* of all but a notification */
    struct text method;                               /* of a request or a notification */
    const struct json_value *params, *result, *error; /* params: of any kind, which its method looks at */
};

/* False for what is no message of the protocol. It lies in the arena, a copy of the line with it. */
bool message_read(struct arena *arena, struct text line, struct message *message);

/* {"jsonrpc":"2.0" and what is given: the object is left open for params, result or error. */
struct json_writer message_begin(struct buffer *out, int64_t id,
                                 const char *method); /* id 0, method NULL: none */

#endif
