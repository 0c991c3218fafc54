/* One statement per kind of query, so that each sees one state of the database without a transaction around it.
 * Every one is a seek or a short scan: tests/unit/store/query_test.c looks at the plans. */
#include "sqlite/query.h"

#include <limits.h>
#include <string.h>

#include "engine.h"
#include "sqlite/held_query.h"
#include "sqlite/state_query.h"

enum { SECONDS_PER_DAY = 86400 };

#define RECORD_COLUMNS                                                                                         \
    "record.id, record.at_us, record.kind, record.outcome, record.reason, record.root, record.parent, "        \
    "record.team,"                                                                                             \
    " record.client, record.actor, record.subject, record.target, record.expires_at, record.hash, "            \
    "record.canonical"

#define LEASE_COLUMNS                                                                                          \
    "lease.id, lease.state, lease.adapter, lease.target, lease.handle, lease.fingerprint, "                    \
    "lease.issued_at_us, lease.expires_at, lease.period, lease.attempts, lease.next_attempt_at, "              \
    "lease.revision, lease.shares"

#define CUTOFF_COLUMNS                                                                                         \
    "cutoff.kind, cutoff.id, cutoff.killed_epoch, cutoff.at_us, cutoff.expires_at, cutoff.stands, "            \
    "cutoff.reason, cutoff.record, cutoff.lift_reason, cutoff.lift_record, cutoff.epoch"

/* ?1 if the cutoffs have come from that epoch with the mark ?3, else 0: then none are known to the one who
 * asks. */
#define KNOWN_EPOCH "(SELECT coalesce(max(epoch), 0) FROM cutoff WHERE epoch = ?1 AND mark = ?3)"

/* The days under which leases are kept, newest first: everything about them begins with one. */
#define LEASE_DAYS                                                                                             \
    "WITH RECURSIVE day (period) AS (SELECT max(period) FROM lease_stands_on UNION ALL"                        \
    " SELECT (SELECT max(period) FROM lease_stands_on WHERE period < day.period) FROM day"                     \
    " WHERE day.period IS NOT NULL) "

/* What was killed of trees since that epoch and may have ended something that lives: ?4 microseconds. */
#define ROOTS_KILLED "cutoff.epoch > " KNOWN_EPOCH " AND cutoff.kind = 'root' AND cutoff.at_us > ?4"

/* The stretches of records since day ?5, where there is something to look for in them. */
#define SHARING_STRETCHES                                                                                      \
    "stretch (number, last) AS (SELECT ((SELECT sequence FROM record INDEXED BY record_by_id WHERE"            \
    " period >= ?5 ORDER BY period, id LIMIT 1) >> 9) - 1, (SELECT max(sequence) FROM record) >> 9"            \
    " WHERE EXISTS (SELECT 1 FROM cutoff WHERE " ROOTS_KILLED ")"                                              \
    " UNION ALL SELECT number + 1, last FROM stretch WHERE number < last) "

/* One that ends after ?6, and that somebody has to end what it shares for: not where that has gone already. */
#define SHARES_WHAT_IS_THERE                                                                                   \
    "(lease.shares IS NOT NULL AND lease.expires_at > ?6 AND EXISTS (SELECT 1 FROM lease AS shared"            \
    " INDEXED BY lease_by_id WHERE shared.id = lease.shares AND shared.state IN ('pending', 'live')))"

static const char *const query_sql[QUERY_STATEMENTS] = {
    [STORE_QUERY_RECORD] = "SELECT " RECORD_COLUMNS " FROM record WHERE period = ?1 AND id = ?2",
    /* One seek per stretch of records, in their order; within a stretch the index keeps commit order. */
    [STORE_QUERY_TREE] =
        "WITH RECURSIVE stretch (number, last) AS (SELECT (SELECT min(sequence) FROM record) >> 9,"
        " (SELECT max(sequence) FROM record) >> 9"
        " UNION ALL SELECT number + 1, last FROM stretch WHERE number < last)"
        " SELECT " RECORD_COLUMNS " FROM stretch CROSS JOIN record INDEXED BY record_by_root"
        " ON record.sequence >> 9 = stretch.number AND record.root = ?1 LIMIT ?2",
    [STORE_QUERY_RECENT] = "SELECT " RECORD_COLUMNS " FROM record INDEXED BY record_by_id"
                           " WHERE (period, id) < (?1, ?2) ORDER BY period DESC, id DESC LIMIT ?3",
    /* What is not asked for is only counted, so the limit bounds the work and not what comes of it. */
    [STORE_QUERY_ISSUED] = "SELECT " RECORD_COLUMNS ", record.outcome = 'granted' AND record.expires_at > ?4"
                           " FROM record INDEXED BY record_by_id WHERE (period, id) < (?1, ?2) AND period >= ?5"
                           " ORDER BY period DESC, id DESC LIMIT ?3",
    [STORE_QUERY_ISSUED_FOR_TARGET] =
        "SELECT " RECORD_COLUMNS
        ", record.outcome = 'granted' AND record.expires_at > ?4 AND record.target = ?6"
        " FROM record INDEXED BY record_by_id WHERE (period, id) < (?1, ?2) AND period >= ?5"
        " ORDER BY period DESC, id DESC LIMIT ?3",
    [STORE_QUERY_DOCUMENTS] = "SELECT generation.value, generation.generation_mark, document.kind, "
                              "document.name, document.team, document.body,"
                              " document.generation FROM generation LEFT JOIN document"
                              " ORDER BY document.kind, document.name",
    [STORE_QUERY_KEYS] =
        "SELECT generation.key_revision, generation.key_mark, signing_key.id, algorithm, state,"
        " sealed, public_jwk, created_at, activate_at, retire_at, remove_at FROM generation LEFT JOIN "
        "signing_key"
        " ORDER BY created_at, signing_key.id",
    [STORE_QUERY_CUT_OFF] = "SELECT 1 FROM cutoff WHERE kind = ?1 AND id = ?2 AND (stands = 1 OR at_us >= ?3)",
    [STORE_QUERY_CUTOFFS] =
        "SELECT " CUTOFF_COLUMNS ", generation.epoch, generation.epoch_mark, " KNOWN_EPOCH " = 0"
        " FROM generation LEFT JOIN cutoff ON cutoff.epoch > " KNOWN_EPOCH " ORDER BY cutoff.epoch LIMIT ?2",
    [STORE_QUERY_CUTOFFS_RECENT] =
        "SELECT " CUTOFF_COLUMNS " FROM cutoff WHERE epoch < ?1"
        " ORDER BY epoch DESC, kind DESC, id DESC, killed_epoch DESC LIMIT ?2 OFFSET ?3",
    [STORE_QUERY_COUNTERS] =
        "SELECT value, generation_mark, epoch, epoch_mark, key_revision, key_mark FROM generation",
    [STORE_QUERY_VERSIONS] = "SELECT version FROM scope_version WHERE scope = ?1",
    [STORE_QUERY_LEASE] = "SELECT " LEASE_COLUMNS " FROM lease WHERE id = ?1",
    [STORE_QUERY_LEASES] = "SELECT " LEASE_COLUMNS " FROM lease WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
    [STORE_QUERY_LEASES_ON] = LEASE_DAYS
    "SELECT " LEASE_COLUMNS " FROM day CROSS JOIN lease_stands_on AS thing ON thing.period = day.period AND"
    " thing.kind = ?1 AND thing.id = ?2 AND thing.issued_at_us <= ?3 CROSS JOIN lease"
    " ON lease.period = thing.period AND lease.id = thing.lease LIMIT ?4",
    [STORE_QUERY_LEASES_DUE] = "SELECT " LEASE_COLUMNS " FROM lease WHERE next_attempt_at > 0"
                               " AND next_attempt_at <= ?1 AND (state <> 'live' OR handle IS NOT NULL)"
                               " ORDER BY next_attempt_at LIMIT ?2",
    /* By what they stand on; of those that share, by themselves, what they share, and the tree of their record,
     * of the last days only. */
    [STORE_QUERY_LEASES_DOOMED] =
        LEASE_DAYS ", " SHARING_STRETCHES "SELECT " LEASE_COLUMNS
                   " FROM cutoff CROSS JOIN day CROSS JOIN lease_stands_on AS thing ON"
                   " thing.period = day.period AND thing.kind = cutoff.kind AND thing.id = cutoff.id AND"
                   " (cutoff.stands = 1 OR cutoff.at_us >= thing.issued_at_us) CROSS JOIN lease"
                   " ON lease.period = thing.period AND lease.id = thing.lease AND lease.state = 'live'"
                   " AND (lease.handle IS NOT NULL OR " SHARES_WHAT_IS_THERE ")"
                   " WHERE cutoff.epoch > " KNOWN_EPOCH " UNION ALL"
                   " SELECT " LEASE_COLUMNS " FROM cutoff CROSS JOIN lease INDEXED BY lease_by_id"
                   " ON lease.id = cutoff.id AND lease.state = 'live' AND " SHARES_WHAT_IS_THERE
                   " WHERE cutoff.epoch > " KNOWN_EPOCH " AND cutoff.kind = 'lease' UNION ALL"
                   " SELECT " LEASE_COLUMNS " FROM cutoff CROSS JOIN stretch CROSS JOIN record INDEXED BY"
                   " record_by_root ON record.sequence >> 9 = stretch.number AND record.root = cutoff.id"
                   " CROSS JOIN lease INDEXED BY lease_by_id ON lease.id = record.id"
                   " AND lease.state = 'live' AND " SHARES_WHAT_IS_THERE " WHERE " ROOTS_KILLED " LIMIT ?2",
    [STORE_QUERY_LEASES_SHARING] = "SELECT " LEASE_COLUMNS " FROM lease WHERE shares = ?1 AND expires_at > ?2"
                                   " AND state = 'live' ORDER BY id DESC LIMIT ?3",
    [STORE_QUERY_LEASES_GIVEN] =
        "SELECT " LEASE_COLUMNS " FROM lease WHERE shares = ?1 ORDER BY id DESC LIMIT ?2",
    [STORE_QUERY_LEASE_BY_FINGERPRINT] =
        "SELECT " LEASE_COLUMNS " FROM lease WHERE fingerprint = ?1 ORDER BY id DESC LIMIT ?2",
    [STORE_QUERY_LEASES_OF_TARGET] = "SELECT " LEASE_COLUMNS " FROM lease WHERE target = ?1 AND expires_at > ?2"
                                     " AND state IN ('pending', 'live') ORDER BY expires_at LIMIT ?3",
    [STORE_QUERY_USES] = STATE_QUERY_USES_SQL,
    [STORE_QUERY_STATE] = STATE_QUERY_ONE_SQL,
    [STORE_QUERY_STATES] = STATE_QUERY_PAGE_SQL,
    [STORE_QUERY_HELD] = HELD_QUERY_HOLDINGS_SQL,
    [QUERY_TALLIES] = HELD_QUERY_TALLIES_SQL,
    [STORE_QUERY_STATISTICS] = "SELECT (SELECT coalesce(sum(records), 0) FROM period),"
                               " (page_count - freelist_count) * page_size"
                               " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
};

enum fault query_set_prepare(struct query_set *set, struct database *database)
{
    *set = (struct query_set){.database = database};
    return database_prepare(database, query_sql, QUERY_STATEMENTS, set->statements);
}

void query_set_dispose(struct query_set *set)
{
    database_finalize(set->statements, QUERY_STATEMENTS);
}

void *query_make_room(struct arena *arena, void *items, size_t count, size_t size)
{
    bool is_full = count == 0 || (count >= 8 && (count & (count - 1)) == 0);
    if (!is_full)
        return items;
    void *larger = arena_allocate(arena, size * (count == 0 ? 8 : 2 * count));
    if (count != 0)
        memcpy(larger, items, size * count);
    return larger;
}

static void read_record(sqlite3_stmt *row, struct store_query *query)
{
    query->records =
        query_make_room(query->arena, query->records, query->record_count, sizeof(*query->records));
    struct store_record *record = &query->records[query->record_count++];
    struct text *const texts[] = {&record->kind,    &record->outcome, &record->reason, &record->root,
                                  &record->parent,  &record->team,    &record->client, &record->actor,
                                  &record->subject, &record->target};
    record->id = statement_column_text(row, 0, query->arena);
    record->at_us = sqlite3_column_int64(row, 1);
    for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
        *texts[i] = statement_column_text(row, 2 + i, query->arena);
    record->expires_at_s = sqlite3_column_int64(row, 12);
    const void *hash = sqlite3_column_blob(row, 13);
    if (hash != NULL && sqlite3_column_bytes(row, 13) == STORE_HASH_SIZE)
        memcpy(record->hash, hash, STORE_HASH_SIZE);
    record->canonical = statement_column_text(row, 14, query->arena);
}

static void read_document(sqlite3_stmt *row, struct store_query *query)
{
    query->counters.generation = statement_column_counter(row, 0);
    if (sqlite3_column_type(row, 2) == SQLITE_NULL)
        return; /* there are no documents, only the generation */
    query->documents =
        query_make_room(query->arena, query->documents, query->document_count, sizeof(*query->documents));
    struct store_document *document = &query->documents[query->document_count++];
    document->kind = statement_column_text(row, 2, query->arena);
    document->name = statement_column_text(row, 3, query->arena);
    document->team = statement_column_text(row, 4, query->arena);
    document->body = statement_column_text(row, 5, query->arena);
    document->generation = sqlite3_column_int64(row, 6);
    document->expected_generation = document->generation;
}

static void read_key(sqlite3_stmt *row, struct store_query *query)
{
    query->counters.key_revision = statement_column_counter(row, 0);
    if (sqlite3_column_type(row, 2) == SQLITE_NULL)
        return; /* there are no keys, only the revision */
    query->keys = query_make_room(query->arena, query->keys, query->key_count, sizeof(*query->keys));
    struct store_key *key = &query->keys[query->key_count++];
    key->id = statement_column_text(row, 2, query->arena);
    key->algorithm = statement_column_text(row, 3, query->arena);
    key->state = statement_column_text(row, 4, query->arena);
    key->sealed = statement_column_text(row, 5, query->arena);
    key->public_jwk = statement_column_text(row, 6, query->arena);
    key->created_at_s = sqlite3_column_int64(row, 7);
    key->activate_at_s = sqlite3_column_int64(row, 8);
    key->retire_at_s = sqlite3_column_int64(row, 9);
    key->remove_at_s = sqlite3_column_int64(row, 10);
}

static void read_cutoff(sqlite3_stmt *row, struct store_query *query)
{
    if (query->kind == STORE_QUERY_CUTOFFS) {
        query->counters.epoch = statement_column_counter(row, 11);
        query->is_whole = sqlite3_column_int64(row, 13) != 0;
    }
    if (sqlite3_column_type(row, 0) == SQLITE_NULL)
        return; /* there are no cutoffs, only the epoch */
    query->cutoffs =
        query_make_room(query->arena, query->cutoffs, query->cutoff_count, sizeof(*query->cutoffs));
    query->cutoffs[query->cutoff_count++] =
        (struct store_cutoff){.kind = statement_column_text(row, 0, query->arena),
                              .id = statement_column_text(row, 1, query->arena),
                              .killed_epoch = sqlite3_column_int64(row, 2),
                              .at_us = sqlite3_column_int64(row, 3),
                              .expires_at_s = sqlite3_column_int64(row, 4),
                              .stands = sqlite3_column_int64(row, 5) != 0,
                              .reason = statement_column_text(row, 6, query->arena),
                              .record = statement_column_text(row, 7, query->arena),
                              .lift_reason = statement_column_text(row, 8, query->arena),
                              .lift_record = statement_column_text(row, 9, query->arena),
                              .epoch = sqlite3_column_int64(row, 10)};
}

static void read_counters(sqlite3_stmt *row, struct store_query *query)
{
    query->counters = (struct store_counters){
        statement_column_counter(row, 0), statement_column_counter(row, 2), statement_column_counter(row, 4)};
}

static void read_lease(sqlite3_stmt *row, struct store_query *query)
{
    query->leases = query_make_room(query->arena, query->leases, query->lease_count, sizeof(*query->leases));
    query->leases[query->lease_count++] =
        (struct store_lease){.id = statement_column_text(row, 0, query->arena),
                             .state = statement_column_text(row, 1, query->arena),
                             .adapter = statement_column_text(row, 2, query->arena),
                             .target = statement_column_text(row, 3, query->arena),
                             .handle = statement_column_text(row, 4, query->arena),
                             .fingerprint = statement_column_text(row, 5, query->arena),
                             .issued_at_us = sqlite3_column_int64(row, 6),
                             .expires_at_s = sqlite3_column_int64(row, 7),
                             .kept_until_s = sqlite3_column_int64(row, 8) * SECONDS_PER_DAY,
                             .attempts = sqlite3_column_int64(row, 9),
                             .next_attempt_at_s = sqlite3_column_int64(row, 10),
                             .revision = sqlite3_column_int64(row, 11),
                             .shares = statement_column_text(row, 12, query->arena)};
}

static void read_issued(sqlite3_stmt *row, struct store_query *query)
{
    query->scanned++;
    query->last = statement_column_text(row, 0, query->arena);
    if (sqlite3_column_int64(row, 15) != 0)
        read_record(row, query);
}

static void read_statistics(sqlite3_stmt *row, struct store_query *query)
{
    query->record_count = (size_t)sqlite3_column_int64(row, 0);
    query->record_bytes = sqlite3_column_int64(row, 1);
}

static void read_row(sqlite3_stmt *row, struct store_query *query)
{
    switch (query->kind) {
    case STORE_QUERY_RECORD:
    case STORE_QUERY_TREE:
    case STORE_QUERY_RECENT:
        return read_record(row, query);
    case STORE_QUERY_ISSUED:
    case STORE_QUERY_ISSUED_FOR_TARGET:
        return read_issued(row, query);
    case STORE_QUERY_DOCUMENTS:
        return read_document(row, query);
    case STORE_QUERY_KEYS:
        return read_key(row, query);
    case STORE_QUERY_CUT_OFF:
        query->is_cut_off = true;
        return;
    case STORE_QUERY_CUTOFFS:
    case STORE_QUERY_CUTOFFS_RECENT:
        return read_cutoff(row, query);
    case STORE_QUERY_COUNTERS:
        return read_counters(row, query);
    case STORE_QUERY_VERSIONS:
    case STORE_QUERY_HELD:
        return; /* read where they are asked for, one statement each */
    case STORE_QUERY_LEASE:
    case STORE_QUERY_LEASES:
    case STORE_QUERY_LEASES_ON:
    case STORE_QUERY_LEASES_DUE:
    case STORE_QUERY_LEASES_DOOMED:
    case STORE_QUERY_LEASES_SHARING:
    case STORE_QUERY_LEASES_GIVEN:
    case STORE_QUERY_LEASE_BY_FINGERPRINT:
    case STORE_QUERY_LEASES_OF_TARGET:
        return read_lease(row, query);
    case STORE_QUERY_USES:
        return state_query_read_use(row, query);
    case STORE_QUERY_STATE:
    case STORE_QUERY_STATES:
        return state_query_read_state(row, query);
    case STORE_QUERY_STATISTICS:
        return read_statistics(row, query);
    }
}

static enum fault read_rows(struct query_set *set, sqlite3_stmt *statement, struct store_query *query)
{
    for (;;) {
        bool has_row;
        TRY(database_step(set->database, statement, &has_row));
        if (!has_row)
            return FAULT_NONE;
        read_row(statement, query);
    }
}

static int64_t limit_of(const struct store_query *query)
{
    return query->limit < INT_MAX ? (int64_t)query->limit : INT_MAX;
}

/* Any of the guards is enough. */
static enum fault find_cutoff(struct query_set *set, struct store_query *query)
{
    for (size_t i = 0; i < query->guard_count && !query->is_cut_off; i++) {
        SCOPED_STATEMENT statement = set->statements[STORE_QUERY_CUT_OFF];
        statement_bind_text(statement, 1, query->guards[i].kind);
        statement_bind_text(statement, 2, query->guards[i].id);
        statement_bind_integer(statement, 3, query->guards[i].issued_at_us);
        TRY(read_rows(set, statement, query));
    }
    return FAULT_NONE;
}

static enum fault find_versions(struct query_set *set, struct store_query *query)
{
    for (size_t i = 0; i < query->version_count; i++) {
        SCOPED_STATEMENT statement = set->statements[STORE_QUERY_VERSIONS];
        statement_bind_text(statement, 1, query->versions[i].scope);
        bool exists;
        TRY(database_step(set->database, statement, &exists));
        query->versions[i].version = exists ? sqlite3_column_int64(statement, 0) : 0;
    }
    return FAULT_NONE;
}

/* (?1, ?2) is where a page of records begins, ?3 how long it is. */
static void bind_page(sqlite3_stmt *statement, const struct store_query *query)
{
    bool has_start = query->id.base != NULL;
    statement_bind_integer(statement, 1, has_start ? store_period(query->id) : INT64_MAX);
    statement_bind_text(statement, 2, has_start ? query->id : TEXT(""));
    statement_bind_integer(statement, 3, limit_of(query));
}

static void bind_issued(sqlite3_stmt *statement, const struct store_query *query)
{
    bind_page(statement, query);
    statement_bind_integer(statement, 4, query->at_s);
    statement_bind_integer(statement, 5, query->since_us / 1000000 / SECONDS_PER_DAY);
}

static void bind(sqlite3_stmt *statement, const struct store_query *query)
{
    switch (query->kind) {
    case STORE_QUERY_RECORD:
        statement_bind_integer(statement, 1, store_period(query->id));
        statement_bind_text(statement, 2, query->id);
        return;
    case STORE_QUERY_TREE:
    case STORE_QUERY_LEASE_BY_FINGERPRINT:
    case STORE_QUERY_LEASES_GIVEN:
    case STORE_QUERY_USES:
        statement_bind_text(statement, 1, query->id);
        statement_bind_integer(statement, 2, limit_of(query));
        return;
    case STORE_QUERY_RECENT:
        return bind_page(statement, query);
    case STORE_QUERY_ISSUED_FOR_TARGET:
        statement_bind_text(statement, 6, query->target);
        return bind_issued(statement, query);
    case STORE_QUERY_ISSUED:
        return bind_issued(statement, query);
    case STORE_QUERY_LEASES_SHARING:
        statement_bind_text(statement, 1, query->id);
        statement_bind_integer(statement, 2, query->at_s);
        statement_bind_integer(statement, 3, limit_of(query));
        return;
    case STORE_QUERY_LEASES_OF_TARGET:
        statement_bind_text(statement, 1, query->target);
        statement_bind_integer(statement, 2, query->at_s);
        statement_bind_integer(statement, 3, limit_of(query));
        return;
    case STORE_QUERY_STATE:
        statement_bind_text(statement, 1, query->adapter);
        statement_bind_text(statement, 2, query->id);
        return;
    case STORE_QUERY_STATES:
        return state_query_bind_page(statement, query);
    case STORE_QUERY_LEASES_DOOMED:
        statement_bind_integer(statement, 4, (query->at_s - STORE_SHARING_MAX_S) * 1000000);
        statement_bind_integer(statement, 5, (query->at_s - STORE_SHARING_MAX_S) / SECONDS_PER_DAY);
        statement_bind_integer(statement, 6, query->at_s);
        /* fall through */
    case STORE_QUERY_CUTOFFS:
        statement_bind_integer(statement, 1, query->known_epoch.number);
        statement_bind_integer(statement, 2, limit_of(query));
        statement_bind_integer(statement, 3, query->known_epoch.mark);
        return;
    case STORE_QUERY_CUTOFFS_RECENT:
        statement_bind_integer(statement, 1, query->epoch != 0 ? query->epoch : INT64_MAX);
        statement_bind_integer(statement, 2, limit_of(query));
        statement_bind_integer(statement, 3, query->skip);
        return;
    case STORE_QUERY_LEASE:
        statement_bind_text(statement, 1, query->id);
        return;
    case STORE_QUERY_LEASES:
        statement_bind_text(statement, 1, query->id.base != NULL ? query->id : TEXT("\x7f"));
        statement_bind_integer(statement, 2, limit_of(query));
        return;
    case STORE_QUERY_LEASES_ON:
        statement_bind_text(statement, 1, query->guards[0].kind);
        statement_bind_text(statement, 2, query->guards[0].id);
        statement_bind_integer(statement, 3, query->guards[0].issued_at_us);
        statement_bind_integer(statement, 4, limit_of(query));
        return;
    case STORE_QUERY_LEASES_DUE:
        statement_bind_integer(statement, 1, query->at_s);
        statement_bind_integer(statement, 2, limit_of(query));
        return;
    default:
        return; /* the statement takes nothing, or is run once for each thing asked about */
    }
}

enum fault query_set_run(struct query_set *set, struct store_query *query)
{
    if (query->kind == STORE_QUERY_CUT_OFF)
        return find_cutoff(set, query);
    if (query->kind == STORE_QUERY_VERSIONS)
        return find_versions(set, query);
    if (query->kind == STORE_QUERY_HELD)
        return held_query_run(set, query);
    SCOPED_STATEMENT statement = set->statements[query->kind];
    bind(statement, query);
    return read_rows(set, statement, query);
}
