/* The states of a connection and the way from one to the next. Everything runs on the connection's loop and
 * nothing waits; host names are the exception, as libpq looks them up in place. */
#include "postgres/line/server_link.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/metrics.h"

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_PREPARING, LINK_OPEN };

/* The longest wait between two attempts is short, as what stands behind it is a person or a program at a login.
 */
enum { FIRST_PAUSE_MS = 20, LONGEST_PAUSE_MS = 800, DOUBLINGS_MAX = 6, READS_PER_EVENT_OVER_TLS = 4 };

struct server_link {
    const struct postgres_server *configured;
    struct loop *loop;
    const struct server_link_user *user;
    void *context;
    enum link_state state;
    PGconn *server;
    struct loop_watch *watch;
    int watched;             /* descriptor */
    struct loop_timer timer; /* the attempt's deadline, or the next attempt */
    unsigned attempts;       /* that failed, one after the other */
    unsigned losses;         /* and failed attempts in all: the server to begin with */
    unsigned syncs;          /* sent and not answered */
    unsigned answers;        /* while preparing */
    bool has_warned;         /* the server, beside its answers */
    uint32_t types[ROW_TYPES];
    char reason[STORE_DETAIL_SIZE]; /* of the last failure; said once, not for each attempt */
};

/* In the order of enum row_type. */
static const char types_sql[] =
    "SELECT 'record_row'::regtype::oid::int4, 'single_use_row'::regtype::oid::int4,"
    " 'guard_row'::regtype::oid::int4, 'cutoff_row'::regtype::oid::int4, 'lease_row'::regtype::oid::int4,"
    " 'lease_thing_row'::regtype::oid::int4, 'document_row'::regtype::oid::int4,"
    " 'signing_key_row'::regtype::oid::int4, 'bump_row'::regtype::oid::int4,"
    " 'holding_row'::regtype::oid::int4, 'tally_row'::regtype::oid::int4, 'issued_row'::regtype::oid::int4,"
    " 'issued_thing_row'::regtype::oid::int4, 'use_row'::regtype::oid::int4, 'state_row'::regtype::oid::int4,"
    " 'share_row'::regtype::oid::int4,"
    " 'version_row'::regtype::oid::int4";

static void advance(void *context, int events);

static void close_server(struct server_link *connection)
{
    metric_add(METRIC_STORE_SESSIONS, connection->state == LINK_OPEN ? -1 : 0);
    loop_timer_stop(connection->loop, &connection->timer);
    loop_watch_destroy(connection->watch);
    connection->watch = NULL;
    PQfinish(connection->server);
    connection->server = NULL;
    connection->state = LINK_CLOSED;
    connection->syncs = 0;
}

/* Between half of it and all of it, so that many gateways do not come back in step. */
static int64_t pause_ms(unsigned attempts)
{
    unsigned doublings = attempts < DOUBLINGS_MAX ? attempts : DOUBLINGS_MAX;
    int64_t pause = (int64_t)FIRST_PAUSE_MS << doublings;
    uint32_t chance;
    random_bytes(&chance, sizeof(chance));
    if (pause > LONGEST_PAUSE_MS)
        pause = LONGEST_PAUSE_MS;
    return pause / 2 + (int64_t)(chance % (uint32_t)(pause / 2 + 1));
}

static void try_again(struct loop_timer *timer)
{
    struct server_link *connection =
        (struct server_link *)((char *)timer - offsetof(struct server_link, timer));
    server_link_start(connection);
}

static void fail(struct server_link *connection, const char *reason)
{
    bool was_open = connection->state == LINK_OPEN;
    metric_add(METRIC_STORE_ERROR_CONNECTION, 1);
    if (was_open || strcmp(connection->reason, reason) != 0)
        LOG(LOG_WARNING, "store_connection_lost", log_text("reason", text_of(reason)));
    snprintf(connection->reason, sizeof(connection->reason), "%s", reason);
    close_server(connection);
    connection->losses++;
    connection->timer.run = try_again;
    loop_timer_start(connection->loop, &connection->timer, pause_ms(connection->attempts++));
    if (was_open)
        connection->user->lost(connection->context);
}

void server_link_drop(struct server_link *connection, const char *reason)
{
    if (connection->state != LINK_CLOSED)
        fail(connection, reason);
}

static void fail_with_message(struct server_link *connection)
{
    char detail[STORE_DETAIL_SIZE];
    postgres_server_explain(connection->server, detail);
    fail(connection, detail);
}

static void give_up(struct loop_timer *timer)
{
    struct server_link *connection =
        (struct server_link *)((char *)timer - offsetof(struct server_link, timer));
    fail(connection, "connecting took longer than connectTimeout");
}

/* libpq may have gone on to another host, and so to another descriptor. */
static bool watch(struct server_link *connection, int events)
{
    int descriptor = PQsocket(connection->server);
    if (connection->watch != NULL && connection->watched != descriptor) {
        loop_watch_destroy(connection->watch);
        connection->watch = NULL;
    }
    if (connection->watch == NULL)
        connection->watch = loop_watch_create(connection->loop, descriptor, advance, connection);
    connection->watched = descriptor;
    if (connection->watch == NULL)
        return false;
    loop_watch_set(connection->watch, events);
    return true;
}

static void flush(struct server_link *connection)
{
    int left = PQflush(connection->server);
    if (left < 0)
        fail_with_message(connection);
    else if (!watch(connection, LOOP_READABLE | (left != 0 ? LOOP_WRITABLE : 0)))
        fail(connection, "no descriptor to watch it with");
}

void server_link_sync(struct server_link *connection)
{
    if (PQpipelineSync(connection->server) != 1)
        return fail_with_message(connection);
    connection->syncs++;
    flush(connection);
}

static void prepare(struct server_link *connection)
{
    PGconn *server = connection->server;
    connection->state = LINK_PREPARING;
    connection->answers = 0;
    if (PQsetnonblocking(server, 1) != 0 || PQenterPipelineMode(server) != 1 ||
        !postgres_server_send_session(connection->configured, server) ||
        PQsendQueryParams(server, types_sql, 0, NULL, NULL, NULL, NULL, 1) != 1 ||
        !connection->user->prepare(connection->context, server))
        return fail_with_message(connection);
    server_link_sync(connection);
}

static void go_on_connecting(struct server_link *connection)
{
    switch (PQconnectPoll(connection->server)) {
    case PGRES_POLLING_OK:
        return prepare(connection);
    case PGRES_POLLING_READING:
        if (!watch(connection, LOOP_READABLE))
            fail(connection, "no descriptor to watch it with");
        return;
    case PGRES_POLLING_WRITING:
        if (!watch(connection, LOOP_WRITABLE))
            fail(connection, "no descriptor to watch it with");
        return;
    default:
        return fail_with_message(connection);
    }
}

void server_link_start(struct server_link *connection)
{
    if (connection->state != LINK_CLOSED || connection->timer.heap_index != 0)
        return;
    connection->server =
        postgres_server_connect(connection->configured, connection->losses, &connection->has_warned);
    connection->state = LINK_CONNECTING;
    if (connection->server == NULL)
        return fail(connection, "the password file cannot be read, or there is no memory");
    if (PQstatus(connection->server) == CONNECTION_BAD)
        return fail_with_message(connection);
    connection->timer.run = give_up;
    loop_timer_start(connection->loop, &connection->timer, connection->configured->options.connect_timeout_ms);
    if (!watch(connection, LOOP_WRITABLE))
        fail(connection, "no descriptor to watch it with");
}

static void read_types(struct server_link *connection, const PGresult *result)
{
    for (int i = 0; i < ROW_TYPES; i++) {
        uint32_t number;
        memcpy(&number, PQgetvalue(result, 0, i), sizeof(number));
        connection->types[i] = be32toh(number);
    }
}

/* The session's row, the types' row, then one answer for each prepared statement. */
static void take_preparation(struct server_link *connection, const PGresult *result)
{
    char detail[STORE_DETAIL_SIZE];
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
        loop_timer_stop(connection->loop, &connection->timer);
        connection->state = LINK_OPEN;
        metric_add(METRIC_STORE_SESSIONS, 1);
        if (connection->attempts > 1)
            LOG(LOG_INFO, "store_connection_restored", log_number("attempts", connection->attempts));
        connection->attempts = 0;
        connection->reason[0] = '\0';
        return connection->user->opened(connection->context);
    }
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        return fail_with_message(connection);
    unsigned answer = connection->answers++;
    if (answer == 0 && postgres_server_check_session(connection->configured, result, detail) != FAULT_NONE)
        return fail(connection, detail);
    if (answer == 1)
        read_types(connection, result);
}

static void take(struct server_link *connection, const PGresult *result)
{
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
        connection->syncs--;
    if (connection->state == LINK_PREPARING)
        take_preparation(connection, result);
    else
        connection->user->answered(connection->context, result);
}

/* Whoever takes an answer may drop the connection, so it is looked at anew each time. Between the results of
 * two statements libpq says NULL once. */
static void take_results(struct server_link *connection)
{
    PGconn *server = connection->server;
    while (connection->server == server && connection->syncs > 0 && PQisBusy(server) == 0) {
        if (PQstatus(server) != CONNECTION_OK)
            return fail_with_message(connection);
        PGresult *result = PQgetResult(server);
        if (result != NULL)
            take(connection, result);
        PQclear(result);
    }
}

static void take_notifications(struct server_link *connection)
{
    bool has_any = false;
    for (PGnotify *notify; (notify = PQnotifies(connection->server)) != NULL; PQfreemem(notify))
        has_any = true;
    if (has_any && connection->state == LINK_OPEN && connection->user->notified != NULL)
        connection->user->notified(connection->context);
}

/* Over TLS, bytes may wait inside the library, where no descriptor tells of them. */
static void read_more(struct server_link *connection)
{
    PGconn *server = connection->server;
    int reads = PQsslInUse(server) != 0 ? READS_PER_EVENT_OVER_TLS : 1;
    for (int i = 0; i < reads && connection->server == server; i++) {
        if (PQconsumeInput(server) != 1)
            return fail_with_message(connection);
        take_results(connection);
    }
    if (connection->server == server)
        take_notifications(connection);
}

static void advance(void *context, int events)
{
    struct server_link *connection = context;
    if (connection->state == LINK_CONNECTING)
        return go_on_connecting(connection);
    PGconn *server = connection->server;
    if ((events & LOOP_READABLE) != 0)
        read_more(connection);
    if ((events & LOOP_WRITABLE) != 0 && connection->server == server && server != NULL)
        flush(connection);
}

struct server_link *server_link_create(const struct postgres_server *server, struct loop *loop,
                                       const struct server_link_user *user, void *context)
{
    struct server_link *connection = calloc(1, sizeof(*connection));
    INVARIANT(connection != NULL);
    connection->configured = server;
    connection->loop = loop;
    connection->user = user;
    connection->context = context;
    return connection;
}

void server_link_destroy(struct server_link *connection)
{
    if (connection == NULL)
        return;
    close_server(connection);
    free(connection);
}

bool server_link_is_open(const struct server_link *connection)
{
    return connection->state == LINK_OPEN;
}

PGconn *server_link_server(struct server_link *connection)
{
    return connection->server;
}

bool server_link_take_warning(struct server_link *connection)
{
    bool has_warned = connection->has_warned;
    connection->has_warned = false;
    return has_warned;
}

uint32_t server_link_type(const struct server_link *connection, enum row_type type)
{
    return connection->types[type];
}

void server_link_move(struct server_link *connection, struct loop *loop)
{
    bool has_timer = connection->timer.heap_index != 0;
    int64_t left_ms = (connection->timer.due_us - clock_monotonic_us()) / 1000;
    loop_timer_stop(connection->loop, &connection->timer);
    loop_watch_destroy(connection->watch);
    connection->watch = NULL;
    connection->loop = loop;
    if (has_timer)
        loop_timer_start(loop, &connection->timer, left_ms);
    if (connection->server != NULL && !watch(connection, LOOP_READABLE | LOOP_WRITABLE))
        fail(connection, "no descriptor to watch it with");
}
