/* One batch is in the air at a time; what arrives meanwhile shares the next one. A batch that failed as a whole
 * is tried again transaction by transaction when one of them may be at fault. One whose end was not heard
 * because the connection went is in doubt: what it left is looked for on the next connection, and only what is
 * found there and confirmed by the standbys counts as stored. Nothing waits longer than answerTimeout. */
#include "postgres/line/commit_line.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine.h"
#include "postgres/commit_batch.h"
#include "postgres/line/server_line.h"
#include "runtime/metrics.h"
#include "state.h"
#include "store_errors.h"

enum commit_state {
    COMMIT_IDLE,
    COMMIT_IN_THE_AIR,
    COMMIT_IN_DOUBT,  /* and no connection to ask on */
    COMMIT_ASKING,    /* whether what is in doubt was stored */
    COMMIT_NOT_ASKING /* any more: its submitters have been answered, the server has not */
};

struct commit_line {
    struct server_line base;
    struct store *store;
    enum commit_state state;
    int64_t sent_us;    /* the batch, or the question */
    size_t alone;       /* as many go one by one, as a batch with them failed */
    bool has_forgotten; /* the periods, and tried again: not twice for one batch */
    bool is_failing;    /* said once, not for every batch */
    size_t asked;       /* answers to the question that have come */
    bool is_confirmed;  /* by the standbys, what was found */
    bool found[BATCH_TRANSACTIONS_MAX];
    struct commit_batch batch;
};

static const char find_record_sql[] = "SELECT FROM record WHERE period = $1::int4 AND id = $2::text";
static const char find_lease_sql[] = "SELECT FROM lease WHERE id = $1::text";
/* A row can be seen before a standby has it: once the session that waited for the standby was ended, or the
 * server came up again from its own log. What is written after it is confirmed after it, so this is. */
static const char confirm_sql[] = "SELECT FROM pg_logical_emit_message(true, 'dragoman', 'found')";

/* --- answers to the submitters --- */

static void finish(struct commit_line *line, struct store_transaction *transaction, enum fault fault)
{
    bool is_waited_for = transaction->loop == NULL;
    transaction->fault = fault;
    transaction->counters = line->batch.counters;
    if (fault == FAULT_NONE && transaction->outcome == STORE_STORED)
        state_tell(transaction);
    metric_add(METRIC_STORE_ITEMS, fault == FAULT_NONE && transaction->outcome == STORE_STORED);
    metric_add(METRIC_STORE_FAILURES, fault != FAULT_NONE);
    if (transaction->loop == line->base.loop)
        store_transaction_finish(transaction); /* this is its loop, outside of its call */
    else
        store_transaction_complete(transaction);
    if (is_waited_for)
        loop_stop(line->base.loop);
}

static void note_failure(struct commit_line *line, const char *reason, enum metric kind)
{
    metric_add(kind, 1);
    if (!line->is_failing)
        LOG(LOG_ERROR, "store_failing", log_text("doing", TEXT("commit")), log_text("reason", text_of(reason)));
    line->is_failing = true;
}

static void note_success(struct commit_line *line)
{
    if (line->is_failing)
        LOG(LOG_INFO, "store_working", log_text("doing", TEXT("commit")));
    line->is_failing = false;
}

/* --- sending --- */

static void send_batch(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    if (line->state != COMMIT_IDLE || !server_link_is_open(line->base.connection) ||
        line->base.queue.count == 0)
        return;
    commit_batch_begin(batch, line->base.connection);
    (void)server_link_take_warning(line->base.connection);
    size_t most = line->alone != 0 ? 1 : SIZE_MAX;
    for (size_t taken = 0; taken < most && line->base.queue.count != 0; taken++) {
        if (!commit_batch_add(batch, *queue_first(&line->base.queue)))
            break;
        queue_take(&line->base.queue);
    }
    line->alone -= line->alone != 0;
    line->state = COMMIT_IN_THE_AIR;
    line->sent_us = clock_monotonic_us();
    if (!commit_batch_send(batch, line->base.connection))
        server_link_drop(line->base.connection, "a batch could not be queued");
}

static void run_send(struct loop_task *task)
{
    send_batch((struct commit_line *)((char *)task - offsetof(struct commit_line, base.send)));
}

static bool has_work(const struct commit_line *line)
{
    return line->state != COMMIT_IDLE || line->base.queue.count != 0;
}

/* Inside its submitter's call, so by a message; who waits without a loop has its answer already. */
static void hand_back(struct commit_line *line, struct store_transaction *transaction)
{
    bool is_waited_for = transaction->loop == NULL;
    store_transaction_complete(transaction);
    if (is_waited_for)
        loop_stop(line->base.loop);
}

static void refuse(struct commit_line *line, struct store_transaction *transaction)
{
    transaction->fault = FAULT_STORE_UNAVAILABLE;
    metric_add(METRIC_STORE_FAILURES, 1);
    hand_back(line, transaction);
}

void commit_line_submit(struct commit_line *line, struct store_transaction *transaction)
{
    if (commit_batch_check(transaction) != FAULT_NONE) {
        LOG(LOG_ERROR, "store_row_refused", log_text("reason", TEXT("a record's id names no day")));
        return refuse(line, transaction);
    }
    if (transaction->outcome != STORE_STORED)
        return hand_back(line, transaction);
    if (!server_line_put(&line->base, transaction, transaction->loop == NULL))
        return refuse(line, transaction);
    if (line->state == COMMIT_IDLE)
        server_line_plan_send(&line->base);
}

/* --- the batch's end --- */

static void finish_followers(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    while (batch->follower_count != 0) {
        struct commit_follower *follower = &batch->followers[--batch->follower_count];
        struct store_transaction *transaction = follower->waiting.item;
        /* The leader's outcome is kept apart: its memory is its submitter's again. */
        if (!line->found[follower->leader]) {
            queue_put_back(&line->base.queue, follower->waiting);
            continue;
        }
        transaction->outcome = follower->wants_scope ? STORE_STALE : STORE_REPLAYED;
        transaction->is_version_stale = follower->wants_scope;
        finish(line, transaction, FAULT_NONE);
    }
}

static bool has_moved_counters(const struct commit_line *line)
{
    bool has_moved = false;
    for (size_t i = 0; i < line->batch.count; i++) {
        const struct store_transaction *transaction = line->batch.transactions[i].item;
        has_moved |= transaction->outcome == STORE_STORED &&
                     transaction->cutoff_count + transaction->document_count + transaction->key_count != 0;
    }
    return has_moved;
}

/* found says of each whether it is stored. Before anything is handed back, so that whoever sees an answer sees
 * it counted. */
static void finish_batch(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    size_t stored = 0;
    for (size_t i = 0; i < batch->count; i++)
        stored += line->found[i];
    metric_add(METRIC_STORE_COMMITS, stored != 0);
    if (has_moved_counters(line))
        store_note_change(line->store);
    for (size_t i = 0; i < batch->count; i++)
        finish(line, batch->transactions[i].item, FAULT_NONE);
    batch->count = 0;
    finish_followers(line);
}

/* Not again and again: who has waited for as long as anybody may is not tried once more. */
static void put_back_or_give_up(struct commit_line *line, struct waiting waiting, int64_t now_us)
{
    if (!server_line_is_overdue(&line->base, waiting.since_us, now_us))
        return queue_put_back(&line->base.queue, waiting);
    note_failure(line, "tried until it was too late", METRIC_STORE_ERROR_TIMEOUT);
    finish(line, waiting.item, FAULT_STORE_UNAVAILABLE);
}

static void put_back(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    int64_t now_us = clock_monotonic_us();
    while (batch->follower_count != 0)
        put_back_or_give_up(line, batch->followers[--batch->follower_count].waiting, now_us);
    while (batch->count != 0)
        put_back_or_give_up(line, batch->transactions[--batch->count], now_us);
}

static void fail_batch(struct commit_line *line, const char *reason)
{
    struct commit_batch *batch = &line->batch;
    note_failure(line, reason, store_error_of_state(batch->state));
    for (size_t i = 0; i < batch->count; i++)
        finish(line, batch->transactions[i].item, FAULT_STORE_UNAVAILABLE);
    for (size_t i = 0; i < batch->follower_count; i++)
        finish(line, batch->followers[i].waiting.item, FAULT_STORE_UNAVAILABLE);
    batch->count = batch->follower_count = 0;
}

/* SQLSTATE classes and codes (PostgreSQL's Appendix A). */
static bool state_is(const struct commit_batch *batch, const char *beginning)
{
    return strncmp(batch->state, beginning, strlen(beginning)) == 0;
}

static void take_failure(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    bool is_of_the_data = state_is(batch, "22") || state_is(batch, "23") || state_is(batch, "54");
    if (state_is(batch, "40"))
        return put_back(line); /* two batches stood in each other's way */
    if (state_is(batch, "23514") && !line->has_forgotten) {
        line->has_forgotten = true; /* another gateway has dropped the day meanwhile */
        commit_batch_forget_periods(batch);
        return put_back(line);
    }
    commit_batch_forget_periods(batch);
    if (is_of_the_data && batch->count + batch->follower_count > 1) {
        line->alone = batch->count + batch->follower_count;
        return put_back(line);
    }
    if (is_of_the_data) {
        LOG(LOG_ERROR, "store_row_refused", log_text("reason", text_of(batch->message)));
        batch->count = 0;
        return finish(line, batch->transactions[0].item, FAULT_STORE_UNAVAILABLE);
    }
    fail_batch(line, batch->message);
    /* A server that takes no writes any more is not the one to stay with. */
    if (state_is(batch, "25006"))
        server_link_drop(line->base.connection, "the server has become read-only");
}

static void ask(struct commit_line *line);

/* A commit whose wait for a standby was cancelled is said to be one, with a warning: it is in doubt as well. */
static void end_batch(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    if (commit_batch_failed(batch)) {
        take_failure(line);
    } else if (batch->has_moved) {
        put_back(line);
    } else if (server_link_take_warning(line->base.connection)) {
        return ask(line);
    } else {
        note_success(line);
        line->has_forgotten = false;
        for (size_t i = 0; i < batch->count; i++)
            line->found[i] = ((struct store_transaction *)batch->transactions[i].item)->outcome == STORE_STORED;
        finish_batch(line);
    }
    line->state = COMMIT_IDLE;
    send_batch(line);
}

/* --- in doubt --- */

/* By what it alone can have stored: a record, or a lease that was not there before. Not one that has to be told
 * what its states became: that was in the answer. */
static bool can_be_found(const struct store_transaction *transaction)
{
    if (transaction->state_count != 0)
        return false;
    bool leaves_lease = transaction->lease_count != 0 && transaction->leases[0].revision == 0;
    return transaction->record_count != 0 || leaves_lease;
}

static bool ask_for_record(PGconn *server, const struct store_record *record)
{
    uint32_t period = htobe32((uint32_t)store_period(record->id));
    const char *const values[] = {(const char *)&period, record->id.base};
    const int lengths[] = {sizeof(period), (int)record->id.length}, formats[] = {1, 1};
    return PQsendQueryPrepared(server, "find_record", 2, values, lengths, formats, 1) == 1;
}

static bool ask_for_lease(PGconn *server, const struct store_lease *lease)
{
    const int length = (int)lease->id.length, format = 1;
    return PQsendQueryPrepared(server, "find_lease", 1, &lease->id.base, &length, &format, 1) == 1;
}

static bool send_question(PGconn *server, const struct store_transaction *transaction)
{
    return transaction->record_count != 0 ? ask_for_record(server, &transaction->records[0])
                                          : ask_for_lease(server, &transaction->leases[0]);
}

/* A transaction is stored as a whole, so one row of each is enough. What left none of its own cannot be told
 * from what another did, and counts as not stored. */
static void ask(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    PGconn *server = server_link_server(line->base.connection);
    line->state = COMMIT_ASKING;
    line->asked = 0;
    line->is_confirmed = false;
    line->sent_us = clock_monotonic_us();
    batch->state[0] = '\0';
    for (size_t i = 0; i < batch->count; i++) {
        const struct store_transaction *transaction = batch->transactions[i].item;
        line->found[i] = false;
        if (can_be_found(transaction) && !send_question(server, transaction))
            return server_link_drop(line->base.connection, "a question could not be queued");
    }
    if (PQsendQueryPrepared(server, "confirm", 0, NULL, NULL, NULL, 1) != 1)
        return server_link_drop(line->base.connection, "a question could not be queued");
    server_link_sync(line->base.connection);
}

static void skip_those_not_asked_for(struct commit_line *line)
{
    const struct commit_batch *batch = &line->batch;
    while (line->asked < batch->count && !can_be_found(batch->transactions[line->asked].item))
        line->asked++;
}

static void end_question(struct commit_line *line)
{
    struct commit_batch *batch = &line->batch;
    size_t stored = 0, lost = 0;
    for (size_t i = 0; i < batch->count; i++) {
        stored += line->found[i];
        lost += !line->found[i];
    }
    LOG(LOG_WARNING, "store_commit_in_doubt", log_number("stored", (int64_t)stored),
        log_number("not_stored", (int64_t)lost));
    metric_add(METRIC_STORE_COMMITS, stored != 0);
    store_note_change(line->store);               /* it may have been a change of what is counted */
    batch->counters = (struct store_counters){0}; /* those it had are from before */
    for (size_t i = 0; i < batch->count; i++) {
        struct store_transaction *transaction = batch->transactions[i].item;
        transaction->outcome = STORE_STORED;
        transaction->is_version_stale = transaction->is_share_stale = false;
        finish(line, transaction, line->found[i] ? FAULT_NONE : FAULT_STORE_UNAVAILABLE);
    }
    batch->count = 0;
    finish_followers(line);
    line->state = COMMIT_IDLE;
    send_batch(line);
}

static void take_found(struct commit_line *line, const PGresult *result)
{
    bool is_sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC,
         is_row = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
    if (is_sync && (!line->is_confirmed || server_link_take_warning(line->base.connection)))
        return server_link_drop(line->base.connection, "what was found could not be confirmed");
    if (is_sync)
        return end_question(line);
    skip_those_not_asked_for(line);
    if (line->asked < line->batch.count)
        line->found[line->asked++] = is_row;
    else
        line->is_confirmed = is_row;
}

/* --- what the connection says --- */

static bool prepare(void *context, PGconn *server)
{
    (void)context;
    return commit_batch_prepare(server) &&
           PQsendPrepare(server, "find_record", find_record_sql, 2, NULL) == 1 &&
           PQsendPrepare(server, "find_lease", find_lease_sql, 1, NULL) == 1 &&
           PQsendPrepare(server, "confirm", confirm_sql, 0, NULL) == 1;
}

static void opened(void *context)
{
    struct commit_line *line = context;
    line->base.closed_us = 0;
    commit_batch_forget_periods(&line->batch); /* it may be another server, or its backup */
    if (line->state == COMMIT_IN_DOUBT)
        ask(line);
    else
        send_batch(line);
}

static void answered(void *context, const PGresult *result)
{
    struct commit_line *line = context;
    if (line->state == COMMIT_IN_THE_AIR && commit_batch_take(&line->batch, result))
        end_batch(line);
    else if (line->state == COMMIT_ASKING)
        take_found(line, result);
    else if (line->state == COMMIT_NOT_ASKING && PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        line->state = COMMIT_IDLE;
        send_batch(line);
    }
}

static void lost(void *context)
{
    struct commit_line *line = context;
    line->base.closed_us = clock_monotonic_us();
    if (line->state == COMMIT_IN_THE_AIR || line->state == COMMIT_ASKING)
        line->state = COMMIT_IN_DOUBT;
    else if (line->state == COMMIT_NOT_ASKING)
        line->state = COMMIT_IDLE;
}

static const struct server_link_user commit_user = {prepare, opened, answered, lost, NULL};

/* --- time --- */

static void give_up_doubt(struct commit_line *line)
{
    line->state = line->state == COMMIT_ASKING ? COMMIT_NOT_ASKING : COMMIT_IDLE;
    fail_batch(line, "whether it was committed could not be found out in time");
}

static void look_for_overdue(struct loop_timer *timer)
{
    struct commit_line *line = (struct commit_line *)((char *)timer - offsetof(struct commit_line, base.tick));
    int64_t now_us = clock_monotonic_us();
    if (line->state != COMMIT_IDLE && line->state != COMMIT_IN_DOUBT)
        server_line_drop_if_late(&line->base, line->sent_us, now_us);
    bool is_in_doubt = line->state == COMMIT_IN_DOUBT || line->state == COMMIT_ASKING;
    if (is_in_doubt && server_line_is_overdue(&line->base, line->batch.transactions[0].since_us, now_us))
        give_up_doubt(line);
    struct store_transaction *overdue;
    while ((overdue = server_line_take_overdue(&line->base, now_us)) != NULL) {
        note_failure(line, "no connection in time", METRIC_STORE_ERROR_CONNECTION);
        finish(line, overdue, FAULT_STORE_UNAVAILABLE);
    }
    if (has_work(line))
        server_line_plan_tick(&line->base);
}

/* --- its life --- */

struct commit_line *commit_line_create(struct store *store, const struct postgres_server *server,
                                       struct loop *loop, size_t queue_limit)
{
    struct commit_line *line = calloc(1, sizeof(*line));
    INVARIANT(line != NULL);
    line->store = store;
    line->base.send.run = run_send;
    line->base.tick.run = look_for_overdue;
    server_line_open(&line->base, server, loop, &commit_user, line, queue_limit);
    return line;
}

void commit_line_destroy(struct commit_line *line)
{
    if (line == NULL)
        return;
    while (line->batch.follower_count != 0)
        refuse(line, line->batch.followers[--line->batch.follower_count].waiting.item);
    while (line->batch.count != 0)
        refuse(line, line->batch.transactions[--line->batch.count].item);
    while (line->base.queue.count != 0)
        refuse(line, queue_take(&line->base.queue).item);
    server_line_close(&line->base);
    commit_batch_dispose(&line->batch);
    free(line);
}

bool commit_line_is_idle(const struct commit_line *line)
{
    return !has_work(line);
}

void commit_line_move(struct commit_line *line, struct loop *loop)
{
    server_line_move(&line->base, loop);
}
