/* What commits and questions have in common: a queue before a connection, and how long anything may stand in
 * it. What is sent, and what an answer or a loss means, is commit_line.c's and query_line.c's. */
#ifndef STORE_POSTGRES_SERVER_LINE_H
#define STORE_POSTGRES_SERVER_LINE_H

#include "postgres/line/queue.h"
#include "postgres/line/server_link.h"

struct server_line {
    const struct postgres_server *server;
    struct loop *loop;
    struct server_link *connection;
    struct queue queue;
    struct loop_task send;  /* its run is the user's: what waits is to be sent */
    struct loop_timer tick; /* its run is the user's: what is overdue is to be looked for */
    int64_t closed_us;      /* since when there is no connection; 0 if there is one */
};

/* line is zeroed but for the runs of send and tick. */
void server_line_open(struct server_line *line, const struct postgres_server *server, struct loop *loop,
                      const struct server_link_user *user, void *context, size_t queue_limit);
/* The queue is empty by now. */
void server_line_close(struct server_line *line);

/* Queues an item and sees to the connection; false if as many wait as may, or the server has been away for as
 * long as anybody waits. is_waited_for: its submitter has no loop and runs this one until it has an answer. */
bool server_line_put(struct server_line *line, void *item, bool is_waited_for);
void server_line_plan_send(struct server_line *line);
/* While anything waits or is in the air: at the end of the tick's run again. */
void server_line_plan_tick(struct server_line *line);
/* Drops a connection whose server has not answered since then within its own timeout and some grace. */
void server_line_drop_if_late(struct server_line *line, int64_t sent_us, int64_t now_us);
/* Whether what came then has waited for longer than answerTimeout. */
bool server_line_is_overdue(const struct server_line *line, int64_t since_us, int64_t now_us);
/* The first of the queue if it is overdue, out of the queue; NULL if it is not. */
void *server_line_take_overdue(struct server_line *line, int64_t now_us);
/* To another loop, when the one it was on runs no more. */
void server_line_move(struct server_line *line, struct loop *loop);

#endif
