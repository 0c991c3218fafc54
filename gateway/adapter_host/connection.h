/* One adapter's socket on its loop, as lines: reads what comes, hands on each line, writes what one turn has
 * gathered at its end in one go. What a line means is program_lines.c's. */
#ifndef ADAPTER_HOST_CONNECTION_H
#define ADAPTER_HOST_CONNECTION_H

#include "base/buffer.h"
#include "runtime/loop.h"

enum { CONNECTION_UNSENT_MAX = 16 * 1024 * 1024 };

struct connection;

struct connection_user {
    /* Each line without its end, borrowed; false: the connection was destroyed in it. */
    bool (*heard)(void *context, struct text line);
    /* It is of no use any more; the user destroys it, in this call. */
    void (*ended)(void *context, const char *reason);
};

/* The descriptor becomes the connection's. */
struct connection *connection_create(struct loop *loop, int descriptor, const struct connection_user *user,
                                     void *context);
void connection_destroy(struct connection *connection); /* without another word to its user; NULL is fine */
/* Where whole lines are appended to be written at the end of the turn. What was written is wiped. */
struct buffer *connection_lines(struct connection *connection);
/* Writes what it can now: before it is destroyed. */
void connection_flush(struct connection *connection);
/* It is asked something, and may say so much more. Beyond that, and some a second, it is read no further for a
 * moment. */
void connection_note_request(struct connection *connection);
size_t connection_unsent(const struct connection *connection);

#endif
