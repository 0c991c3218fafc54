/* What one loop asks: a queue and several questions in the air, each for itself. A loop has two of these, so
 * that a short question never stands behind a long one. */
#ifndef STORE_POSTGRES_QUERY_LINE_H
#define STORE_POSTGRES_QUERY_LINE_H

#include "postgres/postgres_server.h"
#include "runtime/loop.h"

struct query_line;

struct query_line *query_line_create(const struct postgres_server *server, struct loop *loop,
                                     size_t queue_limit);
/* What still waits is answered STORE_UNAVAILABLE, with a message to its loop. NULL is fine. */
void query_line_destroy(struct query_line *line);
void query_line_find(struct query_line *line, struct store_query *query);
bool query_line_is_idle(const struct query_line *line);
/* To another loop, when the one it was on runs no more. */
void query_line_move(struct query_line *line, struct loop *loop);

#endif
