/* Column by column as the row types of schema/postgres have them. */
#include "postgres/commit_rows.h"

#include <string.h>

#include "engine.h"
#include "held.h"

enum { SECONDS_PER_DAY = 86400 };

static void note_period(struct commit_batch *batch, int32_t period)
{
    for (size_t i = 0; i < batch->periods.length; i += sizeof(period))
        if (memcmp(batch->periods.base + i, &period, sizeof(period)) == 0)
            return;
    buffer_append(&batch->periods, (struct text){(const char *)&period, sizeof(period)});
}

static void write_record(struct commit_batch *batch, const struct store_record *record)
{
    struct row_array *array = &batch->arrays[ROW_RECORD];
    int32_t period = (int32_t)store_period(record->id);
    note_period(batch, period);
    row_array_add_row(array, 17);
    row_array_integer(array, (int32_t)batch->count);
    row_array_integer(array, period);
    row_array_text(array, record->id);
    row_array_bigint(array, record->at_us);
    const struct text texts[] = {record->kind,    record->outcome, record->reason, record->root,
                                 record->parent,  record->team,    record->client, record->actor,
                                 record->subject, record->target};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        row_array_text(array, texts[i]);
    row_array_bigint(array, record->expires_at_s);
    row_array_bytes(array, record->hash, sizeof(record->hash));
    row_array_bytes(array, record->canonical.base, record->canonical.length);
    row_array_end_row(array);
    batch->bytes += record->canonical.length;
}

static void write_single_use(struct commit_batch *batch, const struct store_single_use *use)
{
    struct row_array *array = &batch->arrays[ROW_SINGLE_USE];
    row_array_add_row(array, 3);
    row_array_integer(array, (int32_t)batch->count);
    row_array_bytes(array, use->digest, sizeof(use->digest));
    row_array_bigint(array, use->expires_at_s);
    row_array_end_row(array);
}

/* Guards are worth sending only for a transaction whose submitter looked at other cutoffs than there were when
 * the server was last heard of, or that has a revocation before it in the batch. */
static bool may_omit_guards(const struct commit_batch *batch, const struct store_transaction *transaction)
{
    return !batch->is_change && !batch->sends_all_guards && batch->arrays[ROW_CUTOFF].rows == 0 &&
           transaction->checked_epoch.number != 0 &&
           store_counter_equal(transaction->checked_epoch, batch->counters.epoch);
}

static void write_guards(struct commit_batch *batch, const struct store_transaction *transaction)
{
    struct row_array *array = &batch->arrays[ROW_GUARD];
    if (transaction->guard_count != 0 && may_omit_guards(batch, transaction)) {
        batch->omits_guards = true;
        return;
    }
    for (size_t i = 0; i < transaction->guard_count; i++) {
        row_array_add_row(array, 5);
        row_array_integer(array, (int32_t)batch->count);
        row_array_integer(array, (int32_t)i);
        row_array_text(array, transaction->guards[i].kind);
        row_array_text(array, transaction->guards[i].id);
        row_array_bigint(array, transaction->guards[i].issued_at_us);
        row_array_end_row(array);
    }
}

static void write_bump(struct commit_batch *batch, const struct store_transaction *transaction,
                       const struct store_version *version)
{
    struct row_array *array = &batch->arrays[ROW_BUMP];
    row_array_add_row(array, 5);
    row_array_integer(array, (int32_t)batch->count);
    row_array_text(array, version->scope);
    row_array_bigint(array, version->version);
    row_array_bigint(array, held_draw_version());
    row_array_bigint(array, held_version_expiry(transaction, version));
    row_array_end_row(array);
}

static void write_holding(struct commit_batch *batch, const struct store_holding *holding)
{
    struct row_array *array = &batch->arrays[ROW_HOLDING];
    size_t begin = array->bytes.length;
    row_array_add_row(array, 11);
    row_array_integer(array, (int32_t)batch->count);
    const struct text texts[] = {holding->holder, holding->id,     holding->root,  holding->agent,
                                 holding->domain, holding->target, holding->scopes};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        row_array_text(array, texts[i]);
    row_array_bigint(array, holding->issued_at_us);
    row_array_bigint(array, holding->expires_at_s);
    row_array_bigint(array, holding->kept_until_s);
    row_array_end_row(array);
    batch->bytes += array->bytes.length - begin;
}

static void write_tally(struct commit_batch *batch, const struct store_tally *tally)
{
    struct row_array *array = &batch->arrays[ROW_TALLY];
    row_array_add_row(array, 3);
    row_array_integer(array, (int32_t)batch->count);
    row_array_text(array, tally->holder);
    row_array_bigint(array, tally->minute);
    row_array_end_row(array);
}

/* transaction: where many of them stand together, as new ones may; else NULL. */
static void write_lease_things(struct row_array *array, const struct store_lease *lease,
                               const size_t *transaction)
{
    bool is_found = text_is(lease->state, "pending") || text_is(lease->state, "live");
    for (size_t i = 0; is_found && lease->revision == 0 && i < lease->stands_on_count; i++) {
        row_array_add_row(array, transaction != NULL ? 6 : 5);
        if (transaction != NULL)
            row_array_integer(array, (int32_t)*transaction);
        row_array_text(array, lease->id);
        row_array_text(array, lease->stands_on[i].kind);
        row_array_text(array, lease->stands_on[i].id);
        row_array_bigint(array, lease->stands_on[i].issued_at_us);
        row_array_integer(array, (int32_t)(lease->kept_until_s / SECONDS_PER_DAY));
        row_array_end_row(array);
    }
}

static void write_lease(struct row_array *array, const struct store_lease *lease, const size_t *transaction)
{
    row_array_add_row(array, 12);
    if (transaction != NULL)
        row_array_integer(array, (int32_t)*transaction);
    row_array_text(array, lease->id);
    row_array_text(array, lease->state);
    row_array_text(array, lease->adapter);
    row_array_text(array, lease->target);
    row_array_bytes(array, lease->handle.base, lease->handle.length);
    row_array_text(array, lease->fingerprint);
    row_array_bigint(array, lease->issued_at_us);
    row_array_bigint(array, lease->expires_at_s);
    row_array_integer(array, (int32_t)(lease->kept_until_s / SECONDS_PER_DAY));
    row_array_bigint(array, lease->attempts);
    row_array_bigint(array, lease->next_attempt_at_s);
    if (transaction == NULL)
        row_array_bigint(array, lease->revision);
    row_array_end_row(array);
}

static void write_share(struct commit_batch *batch, struct text lease, struct text shares,
                        struct text shared_as, int64_t keep_until_s)
{
    struct row_array *array = &batch->arrays[ROW_SHARE];
    row_array_add_row(array, 5);
    row_array_integer(array, (int32_t)batch->count);
    row_array_text(array, lease);
    row_array_text(array, shares);
    row_array_text(array, shared_as);
    row_array_bigint(array, keep_until_s);
    row_array_end_row(array);
}

/* A lease that is shared becomes live in the transaction of the first that shares it. */
static void write_shares(struct commit_batch *batch, const struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->lease_count; i++) {
        const struct store_lease *lease = &transaction->leases[i];
        if (lease->revision == 0 && (lease->shares.length != 0 || lease->shared_as.length != 0))
            write_share(batch, lease->id, lease->shares, lease->shared_as, 0);
    }
    for (size_t i = 0; i < transaction->share_count; i++) {
        const struct store_share *share = &transaction->shares[i];
        write_share(batch, share->lease, TEXT_NONE, share->shared_as, share->until_s);
    }
}

static void write_leases(struct commit_batch *batch, const struct store_transaction *transaction)
{
    const size_t *number = batch->is_change ? NULL : &batch->count;
    struct row_array *leases = &batch->arrays[batch->is_change ? ROW_LEASE : ROW_ISSUED];
    struct row_array *things = &batch->arrays[batch->is_change ? ROW_LEASE_THING : ROW_ISSUED_THING];
    for (size_t i = 0; i < transaction->lease_count; i++) {
        write_lease(leases, &transaction->leases[i], number);
        write_lease_things(things, &transaction->leases[i], number);
    }
}

static void write_use(struct commit_batch *batch, const struct store_use *use)
{
    struct row_array *array = &batch->arrays[ROW_USE];
    row_array_add_row(array, 5);
    row_array_integer(array, (int32_t)batch->count);
    row_array_text(array, use->lease);
    row_array_bigint(array, use->minute);
    row_array_bigint(array, use->calls);
    row_array_bigint(array, use->refused);
    row_array_end_row(array);
}

static void write_state(struct row_array *array, const struct store_state *state, size_t position)
{
    row_array_add_row(array, 10);
    row_array_integer(array, (int32_t)position);
    row_array_text(array, state->adapter);
    row_array_text(array, state->key);
    row_array_integer(array, state->change == STORE_STATE_CLAIM);
    row_array_bytes(array, state->value.base, state->value.length);
    row_array_bigint(array, state->expected_version);
    row_array_bigint(array, state->fence);
    row_array_bigint(array, state->claimed_until_ms);
    row_array_bigint(array, state->now_ms);
    row_array_bigint(array, state->expires_at_s);
    row_array_end_row(array);
}

static void write_cutoff(struct commit_batch *batch, const struct store_cutoff *cutoff)
{
    struct row_array *array = &batch->arrays[ROW_CUTOFF];
    row_array_add_row(array, 9);
    row_array_integer(array, (int32_t)batch->count);
    row_array_text(array, cutoff->kind);
    row_array_text(array, cutoff->id);
    row_array_bigint(array, cutoff->at_us);
    row_array_bigint(array, cutoff->expires_at_s);
    row_array_integer(array, cutoff->stands);
    row_array_integer(array, cutoff->is_lift);
    row_array_text(array, cutoff->reason);
    row_array_text(array, cutoff->record);
    row_array_end_row(array);
}

static void write_document(struct row_array *array, const struct store_document *document)
{
    row_array_add_row(array, 5);
    row_array_text(array, document->kind);
    row_array_text(array, document->name);
    row_array_text(array, document->team);
    row_array_text(array, document->body);
    row_array_bigint(array, document->expected_generation);
    row_array_end_row(array);
}

static void write_key(struct row_array *array, const struct store_key *key)
{
    row_array_add_row(array, 9);
    row_array_text(array, key->id);
    row_array_text(array, key->algorithm);
    row_array_text(array, key->state);
    row_array_bytes(array, key->sealed.base, key->sealed.length);
    row_array_text(array, key->public_jwk);
    row_array_bigint(array, key->created_at_s);
    row_array_bigint(array, key->activate_at_s);
    row_array_bigint(array, key->retire_at_s);
    row_array_bigint(array, key->remove_at_s);
    row_array_end_row(array);
}

void commit_rows_write(struct commit_batch *batch, const struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->record_count; i++)
        write_record(batch, &transaction->records[i]);
    for (size_t i = 0; i < transaction->single_use_count; i++)
        write_single_use(batch, &transaction->single_uses[i]);
    write_guards(batch, transaction);
    for (size_t i = 0; i < transaction->version_count; i++)
        write_bump(batch, transaction, &transaction->versions[i]);
    for (size_t i = 0; i < transaction->holding_count; i++)
        write_holding(batch, &transaction->holdings[i]);
    for (size_t i = 0; i < transaction->tally_count; i++)
        write_tally(batch, &transaction->tallies[i]);
    write_leases(batch, transaction);
    write_shares(batch, transaction);
    for (size_t i = 0; i < transaction->use_count; i++)
        write_use(batch, &transaction->uses[i]);
    for (size_t i = 0; i < transaction->state_count; i++)
        write_state(&batch->arrays[ROW_STATE], &transaction->states[i], i);
    for (size_t i = 0; i < transaction->cutoff_count; i++)
        write_cutoff(batch, &transaction->cutoffs[i]);
    for (size_t i = 0; i < transaction->document_count; i++)
        write_document(&batch->arrays[ROW_DOCUMENT], &transaction->documents[i]);
    for (size_t i = 0; i < transaction->key_count; i++)
        write_key(&batch->arrays[ROW_SIGNING_KEY], &transaction->keys[i]);
}
