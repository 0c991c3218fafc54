/* One statement per kind of query, so that each sees one state of the database without a transaction around it.
 * Parameters and columns are in binary form: integers are bigint, whatever they are in their tables. */
#include "postgres/query_statement.h"

#include <endian.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "postgres/query_rows.h"

enum { PARAMETERS_MAX = 6, NAME_SIZE = 24, SECONDS_PER_DAY = 86400 };

#define RECORD_COLUMNS                                                                                         \
    "record.id, record.at_us, record.kind, record.outcome, record.reason, record.root, record.parent, "        \
    "record.team, record.client, record.actor, record.subject, record.target, record.expires_at, "             \
    "record.hash, record.canonical"

#define LEASE_COLUMNS                                                                                          \
    "lease.id, lease.state, lease.adapter, lease.target, lease.handle, lease.fingerprint, "                    \
    "lease.issued_at_us, lease.expires_at, lease.period::int8, lease.attempts, lease.next_attempt_at, "        \
    "lease.revision, lease.shares"

/* One that ends after $6, and that somebody has to end what it shares for: not where that has gone already. */
#define SHARES_WHAT_IS_THERE                                                                                   \
    "(lease.shares IS NOT NULL AND lease.expires_at > $6::int8 AND EXISTS (SELECT FROM lease e"                \
    " WHERE e.id = lease.shares AND e.state IN ('pending', 'live')))"

#define STATE_COLUMNS "adapter, key, value, version, fence, claimed_until, expires_at"

#define CUTOFF_COLUMNS                                                                                         \
    "cutoff.kind, cutoff.id, cutoff.killed_epoch, cutoff.at_us, cutoff.expires_at, cutoff.stands, "            \
    "cutoff.reason, cutoff.record, cutoff.lift_reason, cutoff.lift_record, cutoff.epoch"

/* $1 if the cutoffs have come from that epoch with the mark $3, else 0: then none are known to the one who
 * asks. */
#define KNOWN_EPOCH                                                                                            \
    "(SELECT coalesce(max(epoch), 0) AS epoch FROM cutoff WHERE epoch = $1::int8 AND mark = $3::int8) known"

/* A page of records: the period alone tells which partitions to look into, newest first. */
#define PAGE "FROM record WHERE (period, id) < ($1::int8, $2::text) AND period <= $1::int8 "

static const struct {
    const char *sql;
    int parameters;
} query_sql[QUERY_KINDS] = {
    [STORE_QUERY_RECORD] = {"SELECT " RECORD_COLUMNS " FROM record WHERE period = $1::int8 AND id = $2::text",
                            2},
    [STORE_QUERY_TREE] = {"SELECT " RECORD_COLUMNS " FROM record WHERE root = $1::text"
                          " ORDER BY period, at_us, id LIMIT $2::int8",
                          2},
    [STORE_QUERY_RECENT] = {"SELECT " RECORD_COLUMNS " " PAGE "ORDER BY period DESC, id DESC LIMIT $3::int8",
                            3},
    /* What is not asked for is only counted, so the limit bounds the work and not what comes of it. */
    [STORE_QUERY_ISSUED] = {"SELECT " RECORD_COLUMNS ", outcome = 'granted' AND expires_at > $4::int8 " PAGE
                            "AND period >= $5::int8 ORDER BY period DESC, id DESC LIMIT $3::int8",
                            5},
    [STORE_QUERY_ISSUED_FOR_TARGET] = {"SELECT " RECORD_COLUMNS
                                       ", outcome = 'granted' AND expires_at > $4::int8"
                                       " AND target IS NOT DISTINCT FROM $6::text " PAGE
                                       "AND period >= $5::int8 ORDER BY period DESC, id DESC LIMIT $3::int8",
                                       6},
    [STORE_QUERY_DOCUMENTS] = {"SELECT counter.generation, counter.generation_mark, document.kind, "
                               "document.name, document.team, document.body,"
                               " document.generation FROM counter LEFT JOIN document ON true"
                               " ORDER BY document.kind, document.name",
                               0},
    [STORE_QUERY_KEYS] =
        {"SELECT counter.key_revision, counter.key_mark, k.id, k.algorithm, k.state, k.sealed, k.public_jwk,"
         " k.created_at, k.activate_at, k.retire_at, k.remove_at"
         " FROM counter LEFT JOIN signing_key k ON true ORDER BY k.created_at, k.id",
         0},
    [STORE_QUERY_CUT_OFF] =
        {"SELECT FROM unnest($1::guard_row[]) g JOIN cutoff c ON c.kind = g.kind AND c.id = g.id"
         " AND (c.stands OR c.at_us >= g.issued_at_us) LIMIT 1",
         1},
    [STORE_QUERY_CUTOFFS] = {"SELECT " CUTOFF_COLUMNS
                             ", counter.epoch, counter.epoch_mark, known.epoch = 0 FROM counter CROSS JOIN"
                             " " KNOWN_EPOCH
                             " LEFT JOIN LATERAL (SELECT * FROM cutoff WHERE epoch > known.epoch ORDER BY epoch"
                             " LIMIT $2::int8) cutoff ON true ORDER BY cutoff.epoch",
                             3},
    [STORE_QUERY_CUTOFFS_RECENT] = {"SELECT " CUTOFF_COLUMNS " FROM cutoff WHERE epoch < $1::int8"
                                    " ORDER BY epoch DESC, kind DESC, id DESC, killed_epoch DESC"
                                    " LIMIT $2::int8 OFFSET $3::int8",
                                    3},
    [STORE_QUERY_COUNTERS] = {"SELECT generation, generation_mark, epoch, epoch_mark, key_revision, key_mark"
                              " FROM counter",
                              0},
    [STORE_QUERY_VERSIONS] = {"SELECT coalesce(s.version, 0) FROM unnest($1::version_row[]) WITH ORDINALITY"
                              " AS u (scope, version, expires_at, number)"
                              " LEFT JOIN scope_version s ON s.scope = u.scope ORDER BY u.number",
                              1},
    [STORE_QUERY_LEASE] = {"SELECT " LEASE_COLUMNS " FROM lease WHERE id = $1::text", 1},
    [STORE_QUERY_LEASES] = {"SELECT " LEASE_COLUMNS " FROM lease WHERE id < $1::text ORDER BY id DESC"
                            " LIMIT $2::int8",
                            2},
    [STORE_QUERY_LEASES_ON] = {"SELECT " LEASE_COLUMNS
                               " FROM lease_stands_on t JOIN lease ON lease.id = t.lease"
                               " WHERE t.kind = $1::text AND t.id = $2::text AND t.issued_at_us <= $3::int8"
                               " LIMIT $4::int8",
                               4},
    [STORE_QUERY_LEASES_DUE] = {"SELECT " LEASE_COLUMNS " FROM lease WHERE next_attempt_at > 0"
                                " AND next_attempt_at <= $1::int8 AND (state <> 'live' OR handle IS NOT NULL)"
                                " ORDER BY next_attempt_at LIMIT $2::int8",
                                2},
    [STORE_QUERY_LEASES_DOOMED] = {"SELECT " LEASE_COLUMNS " FROM " KNOWN_EPOCH
                                   " JOIN cutoff ON cutoff.epoch > known.epoch"
                                   " JOIN lease_stands_on t ON t.kind = cutoff.kind"
                                   " AND t.id = cutoff.id AND (cutoff.stands OR cutoff.at_us >= t.issued_at_us)"
                                   " JOIN lease ON lease.id = t.lease AND lease.state = 'live'"
                                   " AND (lease.handle IS NOT NULL OR " SHARES_WHAT_IS_THERE ") UNION ALL"
                                   " SELECT " LEASE_COLUMNS " FROM " KNOWN_EPOCH
                                   " JOIN cutoff ON cutoff.epoch > known.epoch AND cutoff.kind = 'lease'"
                                   " JOIN lease ON lease.id = cutoff.id AND lease.state = 'live'"
                                   " AND " SHARES_WHAT_IS_THERE " UNION ALL"
                                   " SELECT " LEASE_COLUMNS " FROM " KNOWN_EPOCH
                                   " JOIN cutoff ON cutoff.epoch > known.epoch AND cutoff.kind = 'root'"
                                   " AND cutoff.at_us > $4::int8"
                                   " JOIN record ON record.root = cutoff.id AND record.period >= $5::int8"
                                   " JOIN lease ON lease.id = record.id AND lease.state = 'live'"
                                   " AND " SHARES_WHAT_IS_THERE " LIMIT $2::int8",
                                   6},
    [STORE_QUERY_LEASES_SHARING] = {"SELECT " LEASE_COLUMNS " FROM lease WHERE shares = $1::text"
                                    " AND expires_at > $2::int8 AND state = 'live'"
                                    " ORDER BY id DESC LIMIT $3::int8",
                                    3},
    [STORE_QUERY_LEASES_GIVEN] = {"SELECT " LEASE_COLUMNS " FROM lease WHERE shares = $1::text"
                                  " ORDER BY id DESC LIMIT $2::int8",
                                  2},
    [STORE_QUERY_LEASE_BY_FINGERPRINT] = {"SELECT " LEASE_COLUMNS " FROM lease"
                                          " WHERE fingerprint COLLATE \"C\" = $1::text"
                                          " ORDER BY id DESC LIMIT $2::int8",
                                          2},
    [STORE_QUERY_LEASES_OF_TARGET] = {"SELECT " LEASE_COLUMNS
                                      " FROM lease WHERE target COLLATE \"C\" = $1::text"
                                      " AND expires_at > $2::int8 AND state IN ('pending', 'live')"
                                      " ORDER BY expires_at LIMIT $3::int8",
                                      3},
    [STORE_QUERY_USES] = {"SELECT lease, minute, calls, refused, sum(calls) OVER ()::int8, sum(refused) OVER"
                          " ()::int8 FROM lease_use WHERE lease = $1::text ORDER BY minute DESC LIMIT $2::int8",
                          2},
    [STORE_QUERY_STATE] = {"SELECT " STATE_COLUMNS
                           " FROM adapter_state WHERE adapter = $1::text AND key = $2::text",
                           2},
    /* Behind every key that begins so: as many of the highest character as a key has room for. One lower bound,
     * so that a page begins where it begins. */
    [STORE_QUERY_STATES] = {"SELECT " STATE_COLUMNS " FROM adapter_state WHERE adapter = $1::text"
                            " AND key >= greatest($2::text COLLATE \"C\", $3::text COLLATE \"C\")"
                            " AND key <= $2::text || repeat(chr(1114111), 128) AND key <> $3::text"
                            " AND value IS NOT NULL ORDER BY key LIMIT $4::int8",
                            4},
    [STORE_QUERY_STATISTICS] =
        {"SELECT (SELECT count(*) FROM record), (SELECT sum(pg_total_relation_size(oid))::int8"
         " FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r')",
         0},
    /* One snapshot: a version is never newer than what it stands for. A row for each holder without holdings,
     * too. Each is looked up by itself, whatever a plan was made of when the tables were empty. */
    [STORE_QUERY_HELD] =
        {"SELECT h.number, (SELECT v.version FROM scope_version v WHERE v.scope = h.scope),"
         " t.now, t.minute_before, t.hour, t.hour_before, g.id, g.root, g.agent, g.domain, g.target, g.scopes,"
         " g.issued_at_us, g.expires_at, g.kept_until"
         " FROM unnest($1::version_row[]) WITH ORDINALITY AS h (scope, version, expires_at, number)"
         " CROSS JOIN LATERAL (SELECT sum(count) FILTER (WHERE minute >= $2::int8 / 60)::int8 AS now,"
         " sum(count) FILTER (WHERE minute = $2::int8 / 60 - 1)::int8 AS minute_before,"
         " sum(count) FILTER (WHERE minute BETWEEN $2::int8 / 60 - 59 AND $2::int8 / 60 - 1)::int8 AS hour,"
         " sum(count) FILTER (WHERE minute = $2::int8 / 60 - 60)::int8 AS hour_before"
         " FROM tally WHERE holder = h.scope AND minute >= $2::int8 / 60 - 60) t"
         " LEFT JOIN LATERAL (SELECT * FROM holding WHERE holder = h.scope AND kept_until >= $2::int8"
         " ORDER BY id DESC LIMIT $3::int8 + 1) g ON true",
         3},
    [QUERY_FORGET] = {"SELECT f.is_done AND h.is_done AND a.is_done"
                      " FROM forget($1::int8::int4, $2::int8, $3::int8::int4) AS f (is_done),"
                      " forget_held($2::int8, $3::int8::int4) AS h (is_done),"
                      " forget_adapters($2::int8, $3::int8::int4) AS a (is_done)",
                      3},
};

/* What is sent with a statement; numbers in network order. */
struct parameters {
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    uint64_t numbers[PARAMETERS_MAX];
    int count;
};

bool query_is_quick(const struct store_query *query)
{
    switch (query->kind) {
    case STORE_QUERY_RECORD:
    case STORE_QUERY_CUT_OFF:
    case STORE_QUERY_COUNTERS:
    case STORE_QUERY_VERSIONS:
    case STORE_QUERY_HELD:
    case STORE_QUERY_LEASE:
    case STORE_QUERY_LEASE_BY_FINGERPRINT:
    case STORE_QUERY_STATE:
        return true;
    default:
        return false;
    }
}

static void name_statement(int kind, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "query_%d", kind);
}

bool query_statements_prepare(PGconn *server)
{
    char name[NAME_SIZE];
    for (int kind = 0; kind < QUERY_KINDS; kind++) {
        name_statement(kind, name);
        if (PQsendPrepare(server, name, query_sql[kind].sql, query_sql[kind].parameters, NULL) != 1)
            return false;
    }
    return true;
}

static void add_value(struct parameters *parameters, const char *base, int length)
{
    parameters->values[parameters->count] = base;
    parameters->lengths[parameters->count] = length;
    parameters->formats[parameters->count++] = 1;
}

static void add_number(struct parameters *parameters, int64_t number)
{
    uint64_t *slot = &parameters->numbers[parameters->count];
    *slot = htobe64((uint64_t)number);
    add_value(parameters, (const char *)slot, sizeof(*slot));
}

static void add_text(struct parameters *parameters, struct text text)
{
    add_value(parameters, text.length != 0 ? text.base : "", (int)text.length);
}

static void add_limit(struct parameters *parameters, const struct store_query *query)
{
    add_number(parameters, query->limit < INT_MAX ? (int64_t)query->limit : INT_MAX);
}

/* Where a page of records begins and how long it is. */
static void add_page(struct parameters *parameters, const struct store_query *query)
{
    bool has_start = query->id.base != NULL;
    add_number(parameters, has_start ? store_period(query->id) : INT_MAX);
    add_text(parameters, has_start ? query->id : TEXT(""));
    add_limit(parameters, query);
}

static void add_guards(struct parameters *parameters, const struct store_query *query, struct row_array *array)
{
    for (size_t i = 0; i < query->guard_count; i++) {
        row_array_add_row(array, 5);
        row_array_integer(array, 0);
        row_array_integer(array, (int32_t)i);
        row_array_text(array, query->guards[i].kind);
        row_array_text(array, query->guards[i].id);
        row_array_bigint(array, query->guards[i].issued_at_us);
        row_array_end_row(array);
    }
    int length = 0;
    const char *value = row_array_value(array, &length);
    add_value(parameters, value, length);
}

static void add_scope(struct row_array *array, struct text scope)
{
    row_array_add_row(array, 3);
    row_array_text(array, scope);
    row_array_bigint(array, 0);
    row_array_bigint(array, 0);
    row_array_end_row(array);
}

/* Scopes of versions, or holders, whose names are such. */
static void add_scopes(struct parameters *parameters, const struct store_query *query, struct row_array *array)
{
    if (query->kind == STORE_QUERY_VERSIONS)
        for (size_t i = 0; i < query->version_count; i++)
            add_scope(array, query->versions[i].scope);
    else
        for (size_t i = 0; i < query->holder_count; i++)
            add_scope(array, query->holders[i].name);
    int length = 0;
    const char *value = row_array_value(array, &length);
    add_value(parameters, value, length);
}

static void add_issued(struct parameters *parameters, const struct store_query *query)
{
    add_page(parameters, query);
    add_number(parameters, query->at_s);
    add_number(parameters, query->since_us / 1000000 / SECONDS_PER_DAY);
}

static void add_parameters(struct parameters *parameters, const struct store_query *query,
                           struct row_array *array)
{
    switch ((int)query->kind) {
    case STORE_QUERY_RECORD:
        add_number(parameters, store_period(query->id));
        return add_text(parameters, query->id);
    case STORE_QUERY_TREE:
    case STORE_QUERY_LEASE_BY_FINGERPRINT:
    case STORE_QUERY_LEASES_GIVEN:
    case STORE_QUERY_USES:
        add_text(parameters, query->id);
        return add_limit(parameters, query);
    case STORE_QUERY_RECENT:
        return add_page(parameters, query);
    case STORE_QUERY_ISSUED:
        return add_issued(parameters, query);
    case STORE_QUERY_ISSUED_FOR_TARGET:
        add_issued(parameters, query);
        return add_text(parameters, query->target);
    case STORE_QUERY_LEASES_SHARING:
        add_text(parameters, query->id);
        add_number(parameters, query->at_s);
        return add_limit(parameters, query);
    case STORE_QUERY_LEASES_OF_TARGET:
        add_text(parameters, query->target);
        add_number(parameters, query->at_s);
        return add_limit(parameters, query);
    case STORE_QUERY_STATE:
        add_text(parameters, query->adapter);
        return add_text(parameters, query->id);
    case STORE_QUERY_STATES:
        add_text(parameters, query->adapter);
        add_text(parameters, query->id);
        add_text(parameters, query->after);
        return add_limit(parameters, query);
    case STORE_QUERY_CUT_OFF:
        return add_guards(parameters, query, array);
    case STORE_QUERY_VERSIONS:
        return add_scopes(parameters, query, array);
    case STORE_QUERY_HELD:
        add_scopes(parameters, query, array);
        add_number(parameters, query->at_s);
        return add_limit(parameters, query);
    case STORE_QUERY_CUTOFFS:
    case STORE_QUERY_LEASES_DOOMED:
        add_number(parameters, query->known_epoch.number);
        add_limit(parameters, query);
        add_number(parameters, query->known_epoch.mark);
        if (query->kind == STORE_QUERY_CUTOFFS)
            return;
        add_number(parameters, (query->at_s - STORE_SHARING_MAX_S) * 1000000);
        add_number(parameters, (query->at_s - STORE_SHARING_MAX_S) / SECONDS_PER_DAY);
        return add_number(parameters, query->at_s);
    case STORE_QUERY_CUTOFFS_RECENT:
        add_number(parameters, query->epoch != 0 ? query->epoch : INT64_MAX);
        add_limit(parameters, query);
        return add_number(parameters, query->skip);
    case STORE_QUERY_LEASE:
        return add_text(parameters, query->id);
    case STORE_QUERY_LEASES:
        add_text(parameters, query->id.base != NULL ? query->id : TEXT("\x7f"));
        return add_limit(parameters, query);
    case STORE_QUERY_LEASES_ON:
        add_text(parameters, query->guards[0].kind);
        add_text(parameters, query->guards[0].id);
        add_number(parameters, query->guards[0].issued_at_us);
        return add_limit(parameters, query);
    case STORE_QUERY_LEASES_DUE:
        add_number(parameters, query->at_s);
        return add_limit(parameters, query);
    case QUERY_FORGET:
        add_number(parameters, query->since_us);
        add_number(parameters, query->at_s);
        return add_limit(parameters, query);
    default:
        return;
    }
}

bool query_send(struct server_link *connection, const struct store_query *query, struct row_array *array)
{
    struct parameters parameters = {.count = 0};
    char name[NAME_SIZE];
    name_statement((int)query->kind, name);
    bool asks_about_scopes = query->kind == STORE_QUERY_VERSIONS || query->kind == STORE_QUERY_HELD;
    row_array_begin(array, server_link_type(connection, asks_about_scopes ? ROW_VERSION : ROW_GUARD));
    add_parameters(&parameters, query, array);
    return PQsendQueryPrepared(server_link_server(connection), name, parameters.count, parameters.values,
                               parameters.lengths, parameters.formats, 1) == 1;
}

void query_read(struct store_query *query, const PGresult *result)
{
    if ((int)query->kind == QUERY_FORGET)
        query->scanned = query_rows_flag(result, 0, 0) ? 0 : 1;
    else
        query_rows_read(query, result);
}
