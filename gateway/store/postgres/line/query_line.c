/* Questions change nothing, so those whose answer was lost with a connection are asked again on the next, until
 * they have waited for answerTimeout. */
#include "postgres/line/query_line.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine.h"
#include "postgres/line/server_line.h"
#include "postgres/query_statement.h"
#include "runtime/metrics.h"
#include "store_errors.h"

enum { IN_THE_AIR_MAX = 32 };

struct query_line {
    struct server_line base;
    struct queue sent;
    struct row_array array;
    int64_t moved_us; /* when the first of those sent was, or became the first */
    bool has_result;  /* of the first of those sent */
};

static void finish(struct query_line *line, struct store_query *query, enum fault fault)
{
    bool is_waited_for = query->loop == NULL;
    query->fault = fault;
    if (query->loop == line->base.loop)
        store_query_finish(query); /* this is its loop, outside of its call */
    else
        store_query_complete(query);
    if (is_waited_for)
        loop_stop(line->base.loop);
}

static void send_queries(struct query_line *line)
{
    while (server_link_is_open(line->base.connection) && line->base.queue.count != 0 &&
           line->sent.count < IN_THE_AIR_MAX) {
        struct waiting waiting = queue_take(&line->base.queue);
        if (line->sent.count == 0) {
            line->moved_us = clock_monotonic_us();
            line->has_result = false;
        }
        INVARIANT(queue_put(&line->sent, waiting.item, waiting.since_us));
        if (!query_send(line->base.connection, waiting.item, &line->array))
            return server_link_drop(line->base.connection, "a query could not be queued");
        server_link_sync(line->base.connection);
    }
}

static void run_send(struct loop_task *task)
{
    send_queries((struct query_line *)((char *)task - offsetof(struct query_line, base.send)));
}

/* Inside its submitter's call, so by a message; who waits without a loop has its answer already. */
static void refuse(struct query_line *line, struct store_query *query)
{
    bool is_waited_for = query->loop == NULL;
    query->fault = FAULT_STORE_UNAVAILABLE;
    store_query_complete(query);
    if (is_waited_for)
        loop_stop(line->base.loop);
}

void query_line_find(struct query_line *line, struct store_query *query)
{
    if (!server_line_put(&line->base, query, query->loop == NULL))
        return refuse(line, query);
    server_line_plan_send(&line->base);
}

static void take_result(struct query_line *line, struct store_query *query, const PGresult *result)
{
    line->has_result = true;
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return query_read(query, result);
    query->fault = FAULT_STORE_UNAVAILABLE;
    metric_add(store_error_of_state(PQresultErrorField(result, PG_DIAG_SQLSTATE)), 1);
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
    line->base.closed_us = 0;
    send_queries(line);
}

/* To be asked again from the beginning, so what was read of an answer is dropped. */
static void forget_results(struct store_query *query)
{
    query->fault = FAULT_NONE;
    query->record_count = query->document_count = query->key_count = query->cutoff_count = query->lease_count =
        query->holding_count = query->state_count = query->use_count = 0;
    query->used = (struct store_use){0};
    query->scanned = 0;
    query->is_cut_off = false;
}

static void lost(void *context)
{
    struct query_line *line = context;
    line->base.closed_us = clock_monotonic_us();
    struct queue lost = line->sent;
    queue_init(&line->sent, IN_THE_AIR_MAX);
    for (; lost.count != 0; lost.count--) {
        struct waiting last = lost.ring[(lost.first + lost.count - 1) & (lost.capacity - 1)];
        forget_results(last.item);
        queue_put_back(&line->base.queue, last);
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
    return line->base.queue.count + line->sent.count != 0;
}

static void look_for_overdue(struct loop_timer *timer)
{
    struct query_line *line = (struct query_line *)((char *)timer - offsetof(struct query_line, base.tick));
    int64_t now_us = clock_monotonic_us();
    if (line->sent.count != 0)
        server_line_drop_if_late(&line->base, line->moved_us, now_us);
    struct store_query *overdue;
    while ((overdue = server_line_take_overdue(&line->base, now_us)) != NULL)
        finish(line, overdue, FAULT_STORE_UNAVAILABLE);
    if (has_work(line))
        server_line_plan_tick(&line->base);
}

struct query_line *query_line_create(const struct postgres_server *server, struct loop *loop,
                                     size_t queue_limit)
{
    struct query_line *line = calloc(1, sizeof(*line));
    INVARIANT(line != NULL);
    line->base.send.run = run_send;
    line->base.tick.run = look_for_overdue;
    server_line_open(&line->base, server, loop, &query_user, line, queue_limit);
    queue_init(&line->sent, IN_THE_AIR_MAX);
    return line;
}

void query_line_destroy(struct query_line *line)
{
    if (line == NULL)
        return;
    while (line->sent.count != 0)
        refuse(line, queue_take(&line->sent).item);
    while (line->base.queue.count != 0)
        refuse(line, queue_take(&line->base.queue).item);
    server_line_close(&line->base);
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
    server_line_move(&line->base, loop);
}
