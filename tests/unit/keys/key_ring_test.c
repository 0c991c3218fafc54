/* The ring on a real store, and its snapshots under readers that never stop. */
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "key_fixture.h"
#include "ring_parts.h"
#include "signing_key_row.h"

enum { NOW = 1000000 };

static struct store *open_store(struct fixture *fixture)
{
    struct store_options options = {.sqlite_path = fixture->store_path, .queue_limit = 100};
    struct store *store = NULL;
    char detail[STORE_DETAIL_SIZE] = "";
    log_set_level(LOG_ERROR);
    if (store_open(&options, true, &store, detail) != FAULT_NONE)
        fail_msg("%s", detail);
    return store;
}

static struct key_ring *open_ring(struct fixture *fixture, struct store *store, int64_t now_s)
{
    static const enum algorithm algorithms[] = {ALGORITHM_ES256, ALGORITHM_ED25519, ALGORITHM_ES256};
    struct key_ring *ring = NULL;
    char detail[STORE_DETAIL_SIZE] = "";
    if (key_ring_open(store, fixture->sealer, NULL, algorithms, 3, now_s, &ring, detail) != FAULT_NONE)
        fail_msg("%s", detail);
    return ring;
}

static size_t count_keys(struct key_ring *ring)
{
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    size_t count = snapshot->count;
    key_ring_release(ring, snapshot);
    return count;
}

static struct text signer_of(struct fixture *fixture, struct key_ring *ring, enum algorithm algorithm,
                             int64_t now_s)
{
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    const struct signing_key *key = key_snapshot_signer(snapshot, algorithm, now_s);
    struct text id = key == NULL ? TEXT_NONE : arena_copy(fixture->arena, key->id);
    key_ring_release(ring, snapshot);
    return id;
}

static void makes_one_key_for_each_algorithm_on_the_first_start_and_finds_it_on_the_next(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store *store = open_store(fixture);
    struct key_ring *ring = open_ring(fixture, store, NOW);
    struct text first = signer_of(fixture, ring, ALGORITHM_ES256, NOW);
    assert_int_equal(count_keys(ring), 2);
    assert_non_null(first.base);
    assert_non_null(signer_of(fixture, ring, ALGORITHM_ED25519, NOW).base);
    assert_null(signer_of(fixture, ring, ALGORITHM_RS256, NOW).base);
    key_ring_close(ring);
    store_close(store);

    store = open_store(fixture);
    ring = open_ring(fixture, store, NOW + 100000);
    assert_int_equal(count_keys(ring), 2);
    assert_true(text_equal(signer_of(fixture, ring, ALGORITHM_ES256, NOW + 100000), first));
    key_ring_close(ring);
    store_close(store);
}

static void add_plan(struct store_transaction *transaction, const struct key_plan *plan)
{
    *transaction = (struct store_transaction){
        .keys = plan->rows, .key_count = plan->count, .single_uses = &plan->turn, .single_use_count = 1};
}

/* Two gateways have the same keys and plan at the same time: one of the plans is stored, and the other gateway
 * finds what the first one stored. */
static void stores_one_of_two_changes_that_were_planned_on_the_same_keys(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store *store = open_store(fixture);
    struct key_ring *rings[] = {open_ring(fixture, store, NOW), open_ring(fixture, store, NOW)};
    struct text old = signer_of(fixture, rings[0], ALGORITHM_ES256, NOW);
    struct key_plan plans[3] = {0};
    struct store_transaction changes[3];
    assert_int_equal(
        key_ring_plan_rotation(rings[0], ALGORITHM_ES256, NOW, 600, 300, fixture->arena, &plans[0]),
        FAULT_NONE);
    assert_int_equal(
        key_ring_plan_rotation(rings[1], ALGORITHM_ES256, NOW + 1, 600, 300, fixture->arena, &plans[1]),
        FAULT_NONE);
    assert_int_equal(key_ring_plan_revocation(rings[1], old, NOW + 1, 600, fixture->arena, &plans[2]),
                     FAULT_NONE);
    for (int i = 0; i < 3; i++) {
        add_plan(&changes[i], &plans[i]);
        store_submit_and_wait(store, &changes[i]);
        assert_int_equal(changes[i].fault, FAULT_NONE);
        assert_int_equal(changes[i].outcome, i == 0 ? STORE_STORED : STORE_REPLAYED);
    }
    key_ring_close(rings[1]);
    rings[1] = open_ring(fixture, store, NOW + 1);
    assert_int_equal(count_keys(rings[1]), 3);
    assert_int_equal(key_ring_plan_revocation(rings[1], old, NOW + 1, 600, fixture->arena, &plans[2]),
                     FAULT_NONE);
    add_plan(&changes[2], &plans[2]);
    store_submit_and_wait(store, &changes[2]);
    assert_int_equal(changes[2].outcome, STORE_STORED);
    for (int i = 0; i < 2; i++)
        key_ring_close(rings[i]);
    store_close(store);
}

static void keeps_a_rotation_and_a_revocation_in_the_store(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store *store = open_store(fixture);
    struct key_ring *ring = open_ring(fixture, store, NOW);
    struct text old = signer_of(fixture, ring, ALGORITHM_ES256, NOW);
    struct store_transaction rotation = {0}, revocation = {0};
    struct key_plan plan = {0};
    assert_int_equal(key_ring_plan_rotation(ring, ALGORITHM_ES256, NOW, 600, 300, fixture->arena, &plan),
                     FAULT_NONE);
    add_plan(&rotation, &plan);
    store_submit_and_wait(store, &rotation);
    assert_int_equal(rotation.fault, FAULT_NONE);
    assert_int_equal(count_keys(ring), 2); /* nothing changes before the reload */
    key_ring_close(ring);
    ring = open_ring(fixture, store, NOW);
    assert_int_equal(count_keys(ring), 3);
    assert_true(text_equal(signer_of(fixture, ring, ALGORITHM_ES256, NOW), old));
    assert_false(text_equal(signer_of(fixture, ring, ALGORITHM_ES256, NOW + 600), old));

    assert_int_equal(key_ring_plan_revocation(ring, old, NOW + 1, 600, fixture->arena, &plan), FAULT_NONE);
    add_plan(&revocation, &plan);
    store_submit_and_wait(store, &revocation);
    assert_int_equal(revocation.fault, FAULT_NONE);
    key_ring_close(ring);
    ring = open_ring(fixture, store, NOW + 1);
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    assert_int_equal(snapshot->count, 3); /* the revoked one is still shown */
    assert_null(key_snapshot_verifier(snapshot, old, NOW + 1));
    key_ring_release(ring, snapshot);
    assert_false(text_equal(signer_of(fixture, ring, ALGORITHM_ES256, NOW + 1), old));
    key_ring_close(ring);
    store_close(store);
}

static void does_not_start_with_another_sealing_key_and_says_so(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store *store = open_store(fixture);
    key_ring_close(open_ring(fixture, store, NOW));
    struct sealer *other = NULL;
    struct key_ring *ring = NULL;
    char detail[STORE_DETAIL_SIZE] = "", path[128];
    const enum algorithm algorithm = ALGORITHM_ES256;
    snprintf(path, sizeof(path), "%s/other.key", fixture->folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &other, detail), FAULT_NONE);
    assert_int_equal(key_ring_open(store, other, NULL, &algorithm, 1, NOW, &ring, detail), FAULT_SEAL_BROKEN);
    assert_null(ring);
    assert_non_null(strstr(detail, "sealing key"));
    sealer_destroy(other);
    store_close(store);
}

static void holds_no_private_key_in_clear_in_the_database(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct store *store = open_store(fixture);
    struct key_ring *ring = open_ring(fixture, store, NOW);
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    unsigned char seed[32];
    size_t length = sizeof(seed);
    const struct signing_key *key = key_snapshot_signer(snapshot, ALGORITHM_ED25519, NOW);
    assert_int_equal(EVP_PKEY_get_raw_private_key(key->key, seed, &length), 1);
    key_ring_release(ring, snapshot);
    key_ring_close(ring);
    store_close(store);
    FILE *file = fopen(fixture->store_path, "rb");
    static char content[1024 * 1024];
    assert_non_null(file);
    size_t size = fread(content, 1, sizeof(content), file);
    fclose(file);
    assert_non_null(memmem(content, size, "signing_key", 11));
    assert_null(memmem(content, size, seed, sizeof(seed)));
}

static struct store_key make_row(struct fixture *fixture, int64_t activate_at_s)
{
    struct store_key row;
    assert_int_equal(signing_key_row_make(fixture->sealer, fixture->arena, ALGORITHM_ES256, activate_at_s,
                                          activate_at_s, &row),
                     FAULT_NONE);
    return row;
}

static void keeps_a_borrowed_snapshot_as_it_was(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct key_ring *ring = key_ring_create(fixture->sealer);
    struct store_key rows[] = {make_row(fixture, 1), make_row(fixture, 2)};
    assert_int_equal(key_ring_reload(ring, rows, 1, REVISION, NOW), FAULT_NONE);
    const struct key_snapshot *before = key_ring_acquire(ring);
    for (int round = 0; round < 5; round++)
        assert_int_equal(key_ring_reload(ring, rows, 2, REVISION, NOW), FAULT_NONE);
    const struct key_snapshot *after = key_ring_acquire(ring);
    assert_int_equal(before->count, 1);
    assert_int_equal(after->count, 2);
    assert_true(text_equal(before->keys[0].id, rows[0].id));
    assert_ptr_equal(before->keys[0].key, after->keys[0].key); /* opened once */
    key_ring_release(ring, before);
    key_ring_release(ring, after);
    key_ring_close(ring);
}

static void keeps_the_old_snapshot_when_rows_do_not_open(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct key_ring *ring = key_ring_create(fixture->sealer);
    struct store_key rows[] = {make_row(fixture, 1), make_row(fixture, 2)};
    assert_int_equal(key_ring_reload(ring, rows, 1, REVISION, NOW), FAULT_NONE);
    rows[1].sealed = rows[0].sealed;
    assert_int_equal(key_ring_reload(ring, rows, 2, REVISION, NOW), FAULT_SEAL_BROKEN);
    assert_int_equal(count_keys(ring), 1);
    key_ring_close(ring);
}

static void leaves_out_keys_that_are_gone(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct key_ring *ring = key_ring_create(fixture->sealer);
    struct store_key rows[] = {make_row(fixture, 1), make_row(fixture, 2)};
    rows[0].retire_at_s = 2;
    rows[0].remove_at_s = NOW;
    assert_int_equal(key_ring_reload(ring, rows, 2, REVISION, NOW - 1), FAULT_NONE);
    assert_int_equal(count_keys(ring), 2);
    assert_int_equal(key_ring_reload(ring, rows, 2, REVISION, NOW), FAULT_NONE);
    assert_int_equal(count_keys(ring), 1);
    key_ring_close(ring);
}

static void frees_replaced_keys_at_once_and_reuses_its_slots(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct key_ring *ring = key_ring_create(fixture->sealer);
    struct store_key row = make_row(fixture, 1);
    for (int round = 0; round < 50; round++)
        assert_int_equal(key_ring_reload(ring, &row, 1, REVISION, NOW), FAULT_NONE);
    int slots = 0, filled = 0;
    for (struct ring_slot *slot = ring->slots; slot != NULL; slot = slot->next) {
        slots++;
        filled += slot->arena != NULL;
    }
    assert_int_equal(slots, 2);
    assert_int_equal(filled, 1);
    key_ring_close(ring);
}

struct readers {
    struct key_ring *ring;
    atomic_bool is_over;
    atomic_uint mistakes;
};

static void *read_on(void *context)
{
    struct readers *readers = context;
    while (!atomic_load(&readers->is_over)) {
        const struct key_snapshot *snapshot = key_ring_acquire(readers->ring);
        const struct signing_key *key = key_snapshot_signer(snapshot, ALGORITHM_ES256, NOW);
        if (key == NULL || key->id.length != 43 || !algorithm_fits_key(ALGORITHM_ES256, key->key))
            atomic_fetch_add(&readers->mistakes, 1);
        key_ring_release(readers->ring, snapshot);
    }
    return NULL;
}

static void swaps_snapshots_under_readers(void **state)
{
    struct fixture *fixture = fixture_of(state);
    struct readers readers = {.ring = key_ring_create(fixture->sealer)};
    struct store_key rows[] = {make_row(fixture, 1), make_row(fixture, 2)};
    pthread_t threads[2];
    assert_int_equal(key_ring_reload(readers.ring, rows, 1, REVISION, NOW), FAULT_NONE);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &readers), 0);
    for (int round = 0; round < 300; round++)
        assert_int_equal(key_ring_reload(readers.ring, &rows[round % 2], 1, REVISION, NOW), FAULT_NONE);
    atomic_store(&readers.is_over, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&readers.mistakes), 0);
    key_ring_close(readers.ring);
}

#define KEY_RING_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_RING_TEST(makes_one_key_for_each_algorithm_on_the_first_start_and_finds_it_on_the_next),
        KEY_RING_TEST(keeps_a_rotation_and_a_revocation_in_the_store),
        KEY_RING_TEST(stores_one_of_two_changes_that_were_planned_on_the_same_keys),
        KEY_RING_TEST(does_not_start_with_another_sealing_key_and_says_so),
        KEY_RING_TEST(holds_no_private_key_in_clear_in_the_database),
        KEY_RING_TEST(keeps_a_borrowed_snapshot_as_it_was),
        KEY_RING_TEST(keeps_the_old_snapshot_when_rows_do_not_open),
        KEY_RING_TEST(leaves_out_keys_that_are_gone),
        KEY_RING_TEST(frees_replaced_keys_at_once_and_reuses_its_slots),
        KEY_RING_TEST(swaps_snapshots_under_readers),
    };
    return cmocka_run_group_tests_name("keys/key_ring", tests, NULL, NULL);
}
