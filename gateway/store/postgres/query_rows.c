/* Everything is copied into the query's arena: the result goes when it has been read. */
#include "postgres/query_rows.h"

#include <endian.h>
#include <string.h>

#include "held.h"

enum { SECONDS_PER_DAY = 86400, RECORD_COLUMN_COUNT = 15 };

bool query_rows_flag(const PGresult *result, int row, int column)
{
    return !PQgetisnull(result, row, column) && PQgetvalue(result, row, column)[0] != 0;
}

static int64_t number_of(const PGresult *result, int row, int column)
{
    uint64_t number;
    if (PQgetisnull(result, row, column) || PQgetlength(result, row, column) != sizeof(number))
        return 0;
    memcpy(&number, PQgetvalue(result, row, column), sizeof(number));
    return (int64_t)be64toh(number);
}

static struct store_counter counter_of(const PGresult *result, int row, int column)
{
    return (struct store_counter){number_of(result, row, column), number_of(result, row, column + 1)};
}

static struct text text_at(const PGresult *result, int row, int column, struct arena *arena)
{
    if (PQgetisnull(result, row, column))
        return TEXT_NONE;
    return arena_copy(arena,
                      (struct text){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)});
}

/* At the end of an array that has room for every row. */
static struct store_record *next_record(struct store_query *query, int rows)
{
    if (query->record_count == 0)
        query->records = ARENA_ARRAY(query->arena, struct store_record, (size_t)rows);
    return &query->records[query->record_count++];
}

static void read_record(struct store_query *query, const PGresult *result, int row)
{
    struct store_record *record = next_record(query, PQntuples(result));
    struct text *const texts[] = {&record->kind,    &record->outcome, &record->reason, &record->root,
                                  &record->parent,  &record->team,    &record->client, &record->actor,
                                  &record->subject, &record->target};
    record->id = text_at(result, row, 0, query->arena);
    record->at_us = number_of(result, row, 1);
    for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
        *texts[i] = text_at(result, row, 2 + i, query->arena);
    record->expires_at_s = number_of(result, row, 12);
    if (PQgetlength(result, row, 13) == STORE_HASH_SIZE)
        memcpy(record->hash, PQgetvalue(result, row, 13), STORE_HASH_SIZE);
    record->canonical = text_at(result, row, 14, query->arena);
}

static void read_issued(struct store_query *query, const PGresult *result, int row)
{
    query->scanned++;
    query->last = text_at(result, row, 0, query->arena);
    if (query_rows_flag(result, row, RECORD_COLUMN_COUNT))
        read_record(query, result, row);
}

static void read_document(struct store_query *query, const PGresult *result, int row)
{
    query->counters.generation = counter_of(result, row, 0);
    if (PQgetisnull(result, row, 2))
        return; /* there are no documents, only the generation */
    if (query->document_count == 0)
        query->documents = ARENA_ARRAY(query->arena, struct store_document, (size_t)PQntuples(result));
    int64_t generation = number_of(result, row, 6);
    query->documents[query->document_count++] =
        (struct store_document){.kind = text_at(result, row, 2, query->arena),
                                .name = text_at(result, row, 3, query->arena),
                                .team = text_at(result, row, 4, query->arena),
                                .body = text_at(result, row, 5, query->arena),
                                .generation = generation,
                                .expected_generation = generation};
}

static void read_key(struct store_query *query, const PGresult *result, int row)
{
    query->counters.key_revision = counter_of(result, row, 0);
    if (PQgetisnull(result, row, 2))
        return; /* there are no keys, only the revision */
    if (query->key_count == 0)
        query->keys = ARENA_ARRAY(query->arena, struct store_key, (size_t)PQntuples(result));
    query->keys[query->key_count++] = (struct store_key){.id = text_at(result, row, 2, query->arena),
                                                         .algorithm = text_at(result, row, 3, query->arena),
                                                         .state = text_at(result, row, 4, query->arena),
                                                         .sealed = text_at(result, row, 5, query->arena),
                                                         .public_jwk = text_at(result, row, 6, query->arena),
                                                         .created_at_s = number_of(result, row, 7),
                                                         .activate_at_s = number_of(result, row, 8),
                                                         .retire_at_s = number_of(result, row, 9),
                                                         .remove_at_s = number_of(result, row, 10)};
}

static void read_cutoff(struct store_query *query, const PGresult *result, int row)
{
    if (query->kind == STORE_QUERY_CUTOFFS) {
        query->counters.epoch = counter_of(result, row, 11);
        query->is_whole = query_rows_flag(result, row, 13);
    }
    if (PQgetisnull(result, row, 0))
        return; /* there are no cutoffs, only the epoch */
    if (query->cutoff_count == 0)
        query->cutoffs = ARENA_ARRAY(query->arena, struct store_cutoff, (size_t)PQntuples(result));
    query->cutoffs[query->cutoff_count++] =
        (struct store_cutoff){.kind = text_at(result, row, 0, query->arena),
                              .id = text_at(result, row, 1, query->arena),
                              .killed_epoch = number_of(result, row, 2),
                              .at_us = number_of(result, row, 3),
                              .expires_at_s = number_of(result, row, 4),
                              .stands = query_rows_flag(result, row, 5),
                              .reason = text_at(result, row, 6, query->arena),
                              .record = text_at(result, row, 7, query->arena),
                              .lift_reason = text_at(result, row, 8, query->arena),
                              .lift_record = text_at(result, row, 9, query->arena),
                              .epoch = number_of(result, row, 10)};
}

static void read_lease(struct store_query *query, const PGresult *result, int row)
{
    if (query->lease_count == 0)
        query->leases = ARENA_ARRAY(query->arena, struct store_lease, (size_t)PQntuples(result));
    query->leases[query->lease_count++] =
        (struct store_lease){.id = text_at(result, row, 0, query->arena),
                             .state = text_at(result, row, 1, query->arena),
                             .adapter = text_at(result, row, 2, query->arena),
                             .target = text_at(result, row, 3, query->arena),
                             .handle = text_at(result, row, 4, query->arena),
                             .fingerprint = text_at(result, row, 5, query->arena),
                             .issued_at_us = number_of(result, row, 6),
                             .expires_at_s = number_of(result, row, 7),
                             .kept_until_s = number_of(result, row, 8) * SECONDS_PER_DAY,
                             .attempts = number_of(result, row, 9),
                             .next_attempt_at_s = number_of(result, row, 10),
                             .revision = number_of(result, row, 11),
                             .shares = text_at(result, row, 12, query->arena)};
}

static void read_state(struct store_query *query, const PGresult *result, int row)
{
    if (query->state_count == 0)
        query->states = ARENA_ARRAY(query->arena, struct store_state, (size_t)PQntuples(result));
    query->states[query->state_count++] = (struct store_state){.adapter = text_at(result, row, 0, query->arena),
                                                               .key = text_at(result, row, 1, query->arena),
                                                               .value = text_at(result, row, 2, query->arena),
                                                               .version = number_of(result, row, 3),
                                                               .fence = number_of(result, row, 4),
                                                               .claimed_until_ms = number_of(result, row, 5),
                                                               .expires_at_s = number_of(result, row, 6)};
}

static void read_use(struct store_query *query, const PGresult *result, int row)
{
    if (query->use_count == 0)
        query->uses = ARENA_ARRAY(query->arena, struct store_use, (size_t)PQntuples(result));
    struct store_use *use = &query->uses[query->use_count++];
    *use = (struct store_use){.lease = text_at(result, row, 0, query->arena),
                              .minute = number_of(result, row, 1),
                              .calls = number_of(result, row, 2),
                              .refused = number_of(result, row, 3)};
    query->used = (struct store_use){
        .lease = use->lease, .calls = number_of(result, row, 4), .refused = number_of(result, row, 5)};
}

/* Columns: the holder with what is counted of it, then one holding, or NULL. */
static void read_held(struct store_query *query, const PGresult *result, int row)
{
    size_t index = (size_t)number_of(result, row, 0) - 1;
    if (index >= query->holder_count)
        return;
    struct store_holder *holder = &query->holders[index];
    const struct held_tallies tallies = {number_of(result, row, 2), number_of(result, row, 3),
                                         number_of(result, row, 4), number_of(result, row, 5)};
    holder->version = number_of(result, row, 1);
    held_count(holder, &tallies, query->at_s);
    if (PQgetisnull(result, row, 6))
        return;
    if (query->holding_count == 0)
        query->holdings = ARENA_ARRAY(query->arena, struct store_holding, (size_t)PQntuples(result));
    query->holdings[query->holding_count++] =
        (struct store_holding){.holder = holder->name,
                               .id = text_at(result, row, 6, query->arena),
                               .root = text_at(result, row, 7, query->arena),
                               .agent = text_at(result, row, 8, query->arena),
                               .domain = text_at(result, row, 9, query->arena),
                               .target = text_at(result, row, 10, query->arena),
                               .scopes = text_at(result, row, 11, query->arena),
                               .issued_at_us = number_of(result, row, 12),
                               .expires_at_s = number_of(result, row, 13),
                               .kept_until_s = number_of(result, row, 14),
                               .holder_index = index};
}

static void read_row(struct store_query *query, const PGresult *result, int row)
{
    switch (query->kind) {
    case STORE_QUERY_RECORD:
    case STORE_QUERY_TREE:
    case STORE_QUERY_RECENT:
        return read_record(query, result, row);
    case STORE_QUERY_ISSUED:
    case STORE_QUERY_ISSUED_FOR_TARGET:
        return read_issued(query, result, row);
    case STORE_QUERY_DOCUMENTS:
        return read_document(query, result, row);
    case STORE_QUERY_KEYS:
        return read_key(query, result, row);
    case STORE_QUERY_CUT_OFF:
        query->is_cut_off = true;
        return;
    case STORE_QUERY_CUTOFFS:
    case STORE_QUERY_CUTOFFS_RECENT:
        return read_cutoff(query, result, row);
    case STORE_QUERY_COUNTERS:
        query->counters = (struct store_counters){counter_of(result, row, 0), counter_of(result, row, 2),
                                                  counter_of(result, row, 4)};
        return;
    case STORE_QUERY_VERSIONS:
        if ((size_t)row < query->version_count)
            query->versions[row].version = number_of(result, row, 0);
        return;
    case STORE_QUERY_HELD:
        return read_held(query, result, row);
    case STORE_QUERY_LEASE:
    case STORE_QUERY_LEASES:
    case STORE_QUERY_LEASES_ON:
    case STORE_QUERY_LEASES_DUE:
    case STORE_QUERY_LEASES_DOOMED:
    case STORE_QUERY_LEASES_SHARING:
    case STORE_QUERY_LEASES_GIVEN:
    case STORE_QUERY_LEASE_BY_FINGERPRINT:
    case STORE_QUERY_LEASES_OF_TARGET:
        return read_lease(query, result, row);
    case STORE_QUERY_USES:
        return read_use(query, result, row);
    case STORE_QUERY_STATE:
    case STORE_QUERY_STATES:
        return read_state(query, result, row);
    case STORE_QUERY_STATISTICS:
        query->record_count = (size_t)number_of(result, row, 0);
        query->record_bytes = number_of(result, row, 1);
        return;
    }
}

void query_rows_read(struct store_query *query, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++)
        read_row(query, result, row);
    if (query->kind == STORE_QUERY_HELD)
        held_keep_newest(query);
}
