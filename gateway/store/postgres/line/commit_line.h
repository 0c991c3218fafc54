/* What one loop commits: a queue, one batch in the air, and what is to be done when something goes wrong. */
#ifndef STORE_POSTGRES_COMMIT_LINE_H
#define STORE_POSTGRES_COMMIT_LINE_H

#include "postgres/postgres_server.h"
#include "runtime/loop.h"

struct commit_line;

struct commit_line *commit_line_create(struct store *store, const struct postgres_server *server,
                                       struct loop *loop, size_t queue_limit);
/* What still waits is answered STORE_UNAVAILABLE, with a message to its loop. NULL is fine. */
void commit_line_destroy(struct commit_line *line);
void commit_line_submit(struct commit_line *line, struct store_transaction *transaction);
bool commit_line_is_idle(const struct commit_line *line);
/* To another loop, when the one it was on runs no more. */
void commit_line_move(struct commit_line *line, struct loop *loop);

#endif
