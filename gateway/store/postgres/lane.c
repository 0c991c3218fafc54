/* Chooses the connection for what a loop wants of the store. */
#include "postgres/lane.h"

#include <stdatomic.h>

#include "engine.h"
#include "postgres/line/commit_line.h"
#include "postgres/line/listener.h"
#include "postgres/line/query_line.h"
#include "postgres/query_statement.h"

enum { FORGET_BITE = 1024 };

static void end_with_loop(struct loop_ending *ending)
{
    struct lane *lane = (struct lane *)((char *)ending - offsetof(struct lane, ending));
    lane_close(lane);
}

void lane_open(struct lane *lane, struct loop *loop)
{
    lane->ending.run = end_with_loop;
    loop_at_end(loop, &lane->ending);
    atomic_store(&lane->loop, loop);
}

void lane_close(struct lane *lane)
{
    struct loop *loop = atomic_load(&lane->loop);
    if (loop == NULL)
        return;
    loop_at_end_cancel(loop, &lane->ending);
    commit_line_destroy(lane->commits);
    query_line_destroy(lane->short_queries);
    query_line_destroy(lane->long_queries);
    listener_destroy(lane->listener);
    lane->commits = NULL;
    lane->short_queries = lane->long_queries = NULL;
    lane->listener = NULL;
    lane->is_forgetting = false;
    atomic_store(&lane->loop, NULL);
}

void lane_submit(struct lane *lane, struct store_transaction *transaction)
{
    if (lane->commits == NULL)
        lane->commits =
            commit_line_create(lane->store, lane->server, atomic_load(&lane->loop), lane->queue_limit);
    commit_line_submit(lane->commits, transaction);
}

void lane_find(struct lane *lane, struct store_query *query)
{
    struct query_line **line = query_is_quick(query) ? &lane->short_queries : &lane->long_queries;
    if (*line == NULL)
        *line = query_line_create(lane->server, atomic_load(&lane->loop), lane->queue_limit);
    query_line_find(*line, query);
}

void lane_listen(struct lane *lane)
{
    if (lane->listener == NULL)
        lane->listener = listener_create(lane->store, lane->server, atomic_load(&lane->loop));
}

void lane_fill_forget(const struct lane *lane, int64_t before, struct store_query *query)
{
    *query = (struct store_query){.kind = (enum store_query_kind)QUERY_FORGET,
                                  .limit = FORGET_BITE,
                                  .at_s = expiry_clock_now_s(lane->clock),
                                  .since_us = before};
}

static void forget_more(struct store_query *query);

static void send_forget(struct lane *lane)
{
    lane_fill_forget(lane, lane->forget_before, &lane->forget);
    lane->forget.loop = atomic_load(&lane->loop);
    lane->forget.done = forget_more;
    lane->forget.context = lane;
    lane_find(lane, &lane->forget);
}

static void forget_more(struct store_query *query)
{
    struct lane *lane = query->context;
    lane->is_forgetting = query->fault == FAULT_NONE && query->scanned != 0 && !lane->is_closing &&
                          atomic_load(&lane->loop) != NULL;
    if (lane->is_forgetting)
        send_forget(lane);
}

void lane_forget(struct lane *lane, int64_t before)
{
    lane->forget_before = before;
    if (lane->is_forgetting)
        return;
    lane->is_forgetting = true;
    send_forget(lane);
}

bool lane_is_idle(const struct lane *lane)
{
    return (lane->commits == NULL || commit_line_is_idle(lane->commits)) &&
           (lane->short_queries == NULL || query_line_is_idle(lane->short_queries)) &&
           (lane->long_queries == NULL || query_line_is_idle(lane->long_queries));
}

void lane_move_work(struct lane *lane, struct loop *loop)
{
    if (lane->commits != NULL)
        commit_line_move(lane->commits, loop);
    if (lane->short_queries != NULL)
        query_line_move(lane->short_queries, loop);
    if (lane->long_queries != NULL)
        query_line_move(lane->long_queries, loop);
    lane->forget.loop = loop; /* its own is gone when the answer comes */
    lane->is_closing = true;
}
