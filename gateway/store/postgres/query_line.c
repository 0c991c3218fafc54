/* Questions change nothing, so those whose answer was lost with a connection are asked again on the next, until
 * they have waited for answerTimeout. */
#include "postgres/query_line.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine.h"
#include "postgres/query_statement.h"
#include "postgres/queue.h"

enum { IN_THE_AIR_MAX = 32, TICK_MS = 50, GRACE_US = 250 * 1000 };

struct query_line {
    const struct postgres_server *server;
    struct loop *loop;
    struct server_link *connection;
    struct queue queue, sent;
    struct row_array array;
    struct loop_task send;
    struct loop_timer tick;
    int64_t moved_us;  /* when the first of those sent was, or became the first */
    int64_t closed_us; /* since when there is no connection; 0 if there is one */
    bool has_result;   /* of the first of those sent */
};

static void finish(struct query_line *line, struct store_query *query, enum fault fault)
{
    bool is_waited_for = query->loop == NULL;
    query->fault = fault;
    if (query->loop == line->loop)
        query->done(query); /* this is its loop, outside of its call */
    else
        store_query_complete(query);
    if (is_waited_for)
        loop_stop(line->loop);
}

static void send_queries(struct query_line *line)
{
    while (server_link_is_open(line->connection) && line->queue.count != 0 &&
           line->sent.count < IN_THE_AIR_MAX) {
        struct waiting waiting = queue_take(&line->queue);
        if (line->sent.count == 0) {
            line->moved_us = clock_monotonic_us();
            line->has_result = false;
        }
        INVARIANT(queue_put(&line->sent, waiting.item, waiting.since_us));
        if (!query_send(line->connection, waiting.item, &line->array))
            return server_link_drop(line->connection, "a query could not be queued");
        server_link_sync(line->connection);
    }
}

static void run_send(struct loop_task *task)
{
    send_queries((struct query_line *)((char *)task - offsetof(struct query_line, send)));
}

/* Inside its submitter's call, so by a message; who waits without a loop has its answer already. */
static void refuse(struct query_line *line, struct store_query *query)
{
    bool is_waited_for = query->loop == NULL;
    query->fault = FAULT_STORE_UNAVAILABLE;
    store_query_complete(query);
    if (is_waited_for)
        loop_stop(line->loop);
}

static bool is_given_up(const struct query_line *line, int64_t now_us)
{
    return line->closed_us != 0 && now_us - line->closed_us > line->server->options.answer_timeout_ms * 1000;
}

void query_line_find(struct query_line *line, struct store_query *query)
{
    int64_t now_us = clock_monotonic_us();
    /* A loop that only runs while somebody waits for it cannot know how long the server has been away. */
    if (line->closed_us == 0 || query->loop == NULL)
        line->closed_us = server_link_is_open(line->connection) ? 0 : now_us;
    if (is_given_up(line, now_us) || !queue_put(&line->queue, query, now_us))
        return refuse(line, query);
    server_link_start(line->connection);
    if (!line->send.is_queued)
        loop_defer(line->loop, &line->send);
    if (line->tick.heap_index == 0)
        loop_timer_start(line->loop, &line->tick, TICK_MS);
}

static void take_result(struct query_line *line, struct store_query *query, const PGresult *result)
{
    line->has_result = true;
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return query_read(query, result);
    query->fault = FAULT_STORE_UNAVAILABLE;
    LOG(LOG_WARNING, "store_failing", log_text("doing", TEXT("query")), log_number("kind", query->kind),
        log_text("reason", text_of(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY))));
}

static void answered(void *context, const PGresult *result)
{
    struct query_line *line = context;
    const struct waiting *first = queue_first(&line->sent);
    INVARIANT(first != NULL);
    struct store_query *query = first->item;
    if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
        return take_result(line, query, result);
    queue_take(&line->sent);
    enum fault fault = line->has_result ? query->fault : FAULT_STORE_UNAVAILABLE;
    line->has_result = false;
    line->moved_us = clock_monotonic_us();
    finish(line, query, fault);
    send_queries(line);
}

static void opened(void *context)
{
    struct query_line *line = context;
    line->closed_us = 0;
    send_queries(line);
}

/* To be asked again from the beginning, so what was read of an answer is dropped. */
static void forget_results(struct store_query *query)
{
    query->fault = FAULT_NONE;
    query->record_count = query->document_count = query->key_count = query->cutoff_count = query->lease_count =
        0;
    query->scanned = 0;
    query->is_cut_off = false;
}

static void lost(void *context)
{
    struct query_line *line = context;
    line->closed_us = clock_monotonic_us();
    struct queue lost = line->sent;
    queue_init(&line->sent, IN_THE_AIR_MAX);
    for (; lost.count != 0; lost.count--) {
        struct waiting last = lost.ring[(lost.first + lost.count - 1) & (lost.capacity - 1)];
        forget_results(last.item);
        queue_put_back(&line->queue, last);
    }
    queue_dispose(&lost);
}

static bool prepare(void *context, PGconn *server)
{
    (void)context;
    return query_statements_prepare(server);
}

static const struct server_link_user query_user = {prepare, opened, answered, lost, NULL};

static bool has_work(const struct query_line *line)
{
    return line->queue.count + line->sent.count != 0;
}

static void look_for_overdue(struct loop_timer *timer)
{
    struct query_line *line = (struct query_line *)((char *)timer - offsetof(struct query_line, tick));
    const struct store_postgres_options *options = &line->server->options;
    int64_t now_us = clock_monotonic_us();
    if (line->sent.count != 0 && now_us - line->moved_us > options->statement_timeout_ms * 1000 + GRACE_US)
        server_link_drop(line->connection, "no answer within statementTimeout");
    const struct waiting *first;
    while ((first = queue_first(&line->queue)) != NULL &&
           now_us - first->since_us > options->answer_timeout_ms * 1000)
        finish(line, queue_take(&line->queue).item, FAULT_STORE_UNAVAILABLE);
    if (has_work(line) && line->tick.heap_index == 0)
        loop_timer_start(line->loop, &line->tick, TICK_MS);
}

struct query_line *query_line_create(const struct postgres_server *server, struct loop *loop,
                                     size_t queue_limit)
{
    struct query_line *line = calloc(1, sizeof(*line));
    INVARIANT(line != NULL);
    line->server = server;
    line->loop = loop;
    line->connection = server_link_create(server, loop, &query_user, line);
    line->send.run = run_send;
    line->tick.run = look_for_overdue;
    queue_init(&line->queue, queue_limit);
    queue_init(&line->sent, IN_THE_AIR_MAX);
    return line;
}

void query_line_destroy(struct query_line *line)
{
    if (line == NULL)
        return;
    while (line->sent.count != 0)
        refuse(line, queue_take(&line->sent).item);
    while (line->queue.count != 0)
        refuse(line, queue_take(&line->queue).item);
    loop_defer_cancel(line->loop, &line->send);
    loop_timer_stop(line->loop, &line->tick);
    server_link_destroy(line->connection);
    queue_dispose(&line->queue);
    queue_dispose(&line->sent);
    row_array_dispose(&line->array);
    free(line);
}

bool query_line_is_idle(const struct query_line *line)
{
    return !has_work(line);
}

void query_line_move(struct query_line *line, struct loop *loop)
{
    loop_defer_cancel(line->loop, &line->send);
    loop_timer_stop(line->loop, &line->tick);
    server_link_move(line->connection, loop);
    line->loop = loop;
    loop_defer(loop, &line->send);
    loop_timer_start(loop, &line->tick, TICK_MS);
}
