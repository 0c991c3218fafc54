/* One line as a message of JSON-RPC 2.0, or as none. Pure. Private to this room. */
#ifndef ADAPTER_HOST_MESSAGE_H
#define ADAPTER_HOST_MESSAGE_H

#include "json/json_value.h"

enum message_kind { MESSAGE_BROKEN, MESSAGE_REQUEST, MESSAGE_NOTIFICATION, MESSAGE_RESULT, MESSAGE_ERROR };

struct message {
    enum message_kind kind;
    int64_t id;
    struct text method;
    const struct json_value *params; /* an object, or NULL */
    const struct json_value *result;
    int64_t code;
    struct text sentence;          /* of an error */
    const struct json_value *data; /* of an error: an object, or NULL */
    const char *mistake;           /* BROKEN: what is wrong, for the log */
};

/* In the arena. */
struct message message_read(struct arena *arena, struct text line);

#endif
