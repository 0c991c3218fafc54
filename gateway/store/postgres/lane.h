/* The connections of one loop: one that commits, one for short and one for long questions, and on the loop that
 * watches one that listens. Each is made when it is first needed. */
#ifndef STORE_POSTGRES_LANE_H
#define STORE_POSTGRES_LANE_H

#include "expiry_clock.h"
#include "postgres/postgres_server.h"
#include "runtime/loop.h"

struct commit_line;
struct query_line;
struct listener;

struct lane {
    struct store *store;
    const struct postgres_server *server;
    const struct expiry_clock *clock;
    size_t queue_limit;
    _Atomic(struct loop *) loop; /* NULL: free for another one */
    struct loop_ending ending;
    struct commit_line *commits;
    struct query_line *short_queries, *long_queries;
    struct listener *listener;
    struct store_query forget;
    int64_t forget_before; /* a period */
    bool is_forgetting, is_closing;
};

/* store, server, clock and queue_limit are set. The lane ends with its loop, or before by lane_close. */
void lane_open(struct lane *lane, struct loop *loop);
/* What still waits is answered STORE_UNAVAILABLE. */
void lane_close(struct lane *lane);
void lane_submit(struct lane *lane, struct store_transaction *transaction);
void lane_find(struct lane *lane, struct store_query *query);
void lane_listen(struct lane *lane);
void lane_forget(struct lane *lane, int64_t before);
/* One bite, for whoever waits and asks again while query->scanned is not 0. */
void lane_fill_forget(const struct lane *lane, int64_t before, struct store_query *query);
bool lane_is_idle(const struct lane *lane);
/* What is under way goes on, on another loop, when the lane's own runs no more. */
void lane_move_work(struct lane *lane, struct loop *loop);

#endif
