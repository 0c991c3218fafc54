/* The time and the room that what waits for the server has. */
#include "postgres/line/server_line.h"

#include "base/clock.h"

/* How often overdue answers are looked for, and what the server's own timeouts have before ours. */
enum { TICK_MS = 50, GRACE_US = 250 * 1000 };

void server_line_open(struct server_line *line, const struct postgres_server *server, struct loop *loop,
                      const struct server_link_user *user, void *context, size_t queue_limit)
{
    line->server = server;
    line->loop = loop;
    line->connection = server_link_create(server, loop, user, context);
    queue_init(&line->queue, queue_limit);
}

static void stop(struct server_line *line)
{
    loop_defer_cancel(&line->send);
    loop_timer_stop(line->loop, &line->tick);
}

void server_line_close(struct server_line *line)
{
    stop(line);
    server_link_destroy(line->connection);
    queue_dispose(&line->queue);
}

bool server_line_is_overdue(const struct server_line *line, int64_t since_us, int64_t now_us)
{
    return now_us - since_us > line->server->options.answer_timeout_ms * 1000;
}

bool server_line_put(struct server_line *line, void *item, bool is_waited_for)
{
    int64_t now_us = clock_monotonic_us();
    /* A loop that only runs while somebody waits for it cannot know how long the server has been away. */
    if (line->closed_us == 0 || is_waited_for)
        line->closed_us = server_link_is_open(line->connection) ? 0 : now_us;
    bool is_given_up = line->closed_us != 0 && server_line_is_overdue(line, line->closed_us, now_us);
    if (is_given_up || !queue_put(&line->queue, item, now_us))
        return false;
    server_link_start(line->connection);
    server_line_plan_tick(line);
    return true;
}

void server_line_plan_send(struct server_line *line)
{
    if (line->send.queue == NULL)
        loop_defer_to_turn_end(line->loop, &line->send);
}

void server_line_plan_tick(struct server_line *line)
{
    if (line->tick.heap_index == 0)
        loop_timer_start(line->loop, &line->tick, TICK_MS);
}

void server_line_drop_if_late(struct server_line *line, int64_t sent_us, int64_t now_us)
{
    if (now_us - sent_us > line->server->options.statement_timeout_ms * 1000 + GRACE_US)
        server_link_drop(line->connection, "no answer within statementTimeout");
}

void *server_line_take_overdue(struct server_line *line, int64_t now_us)
{
    const struct waiting *first = queue_first(&line->queue);
    if (first == NULL || !server_line_is_overdue(line, first->since_us, now_us))
        return NULL;
    return queue_take(&line->queue).item;
}

void server_line_move(struct server_line *line, struct loop *loop)
{
    stop(line);
    server_link_move(line->connection, loop);
    line->loop = loop;
    server_line_plan_send(line);
    server_line_plan_tick(line);
}
