/* Power fails in the middle of a life of the store, from its first migration on: in any write, truncation,
 * deletion or sync, with any part of what was not synced on the disk afterwards. Whatever was answered is there
 * when the store is opened again, whatever was not is there whole or not at all. With DRAGOMAN_FULL power fails
 * once in every operation of such a life; otherwise in a few of them. */
#include "losing_disk.h"
#include "standard_error.h"
#include "store_fixture.h"

#include <sqlite3.h>

enum { STEPS = 96, LARGE_RECORD_BYTES = 300000, CUTS = 48 };

/* What a step writes in one transaction, and where it is found again. */
enum step_kind { EXCHANGE, LARGE_EXCHANGE, WITHDRAWAL, KILL, LIFT, DOCUMENT, KEY, OLD_EXCHANGE, STEP_KINDS };

enum piece { RECORD = 1, SINGLE_USE = 2, LEASE = 4, VERSION = 8, CUTOFF = 16, DOCUMENT_ROW = 32, KEY_ROW = 64 };
static const unsigned pieces_of_kind[STEP_KINDS] = {
    [EXCHANGE] = RECORD | SINGLE_USE | LEASE | VERSION,
    [LARGE_EXCHANGE] = RECORD | SINGLE_USE,
    [WITHDRAWAL] = RECORD | LEASE,
    [KILL] = RECORD | CUTOFF,
    [LIFT] = RECORD | CUTOFF,
    [DOCUMENT] = RECORD | DOCUMENT_ROW,
    [KEY] = RECORD | KEY_ROW,
    [OLD_EXCHANGE] = RECORD | SINGLE_USE,
};

enum answer { NOT_ASKED, IN_DOUBT, ANSWERED };

struct step {
    enum step_kind kind;
    enum answer answer;
    struct text name; /* of whatever is not found by the record's id */
    struct store_record record;
    struct store_lease lease;
};

struct life {
    struct fixture fixture;
    struct step steps[STEPS];
    struct store_counters counters; /* of the last answer */
    bool has_dropped;               /* what is old may be gone */
};

/* Each step's own, and the same in every life, so that a cut hits the same place. */
static void plan_steps(struct life *life)
{
    struct arena *arena = life->fixture.arena;
    for (int i = 0; i < STEPS; i++) {
        struct step *step = &life->steps[i];
        step->kind = (enum step_kind)(i % STEP_KINDS);
        step->name = arena_print(arena, "name-%d", step->kind == LIFT ? i - 1 : i);
        step->record =
            fixture_record(arena, clock_wall_us() - (step->kind == OLD_EXCHANGE ? 3 * FIXTURE_DAY_US : 0));
        if (step->kind == LARGE_EXCHANGE)
            step->record.canonical = (struct text){
                memset(arena_allocate(arena, LARGE_RECORD_BYTES), 'x', LARGE_RECORD_BYTES), LARGE_RECORD_BYTES};
    }
}

/* --- a life --- */

static struct store_single_use single_use_of(const struct step *step)
{
    struct store_single_use use = {.expires_at_s = clock_wall_us() / 1000000 + 3600};
    digest_sha256(step->record.id, use.digest);
    return use;
}

static const struct store_guard stood_on = {TEXT("client"), TEXT("billing-agents"), 1};

/* The lease of an exchange is live; the withdrawal two steps later ends it. */
static struct store_lease lease_of(const struct step *step)
{
    bool is_end = step->kind == WITHDRAWAL;
    int64_t now_s = clock_wall_us() / 1000000;
    return (struct store_lease){.id = (is_end ? step - WITHDRAWAL : step)->record.id,
                                .state = is_end ? TEXT("ended") : TEXT("live"),
                                .adapter = TEXT("notebook"),
                                .target = TEXT("notebook"),
                                .issued_at_us = clock_wall_us(),
                                .expires_at_s = now_s + 3600,
                                .kept_until_s = now_s + 7200,
                                .revision = is_end,
                                .stands_on = &stood_on,
                                .stands_on_count = !is_end};
}

static void submit(struct store *store, struct step *step, struct store_transaction *transaction)
{
    unsigned pieces = pieces_of_kind[step->kind];
    const struct store_single_use use = single_use_of(step);
    const struct store_lease lease = lease_of(step);
    const struct store_version version = {step->name, 0, clock_wall_us() / 1000000 + 3600};
    const struct store_holding holding = {
        .holder = step->name, .id = step->record.id, .kept_until_s = version.expires_at_s};
    const struct store_tally tally = {step->name, clock_wall_us() / 60000000};
    const struct store_cutoff cutoff = {.kind = TEXT("client"),
                                        .id = step->name,
                                        .at_us = clock_wall_us(),
                                        .expires_at_s = clock_wall_us() / 1000000 + 3600,
                                        .stands = step->kind == KILL,
                                        .is_lift = step->kind == LIFT};
    const struct store_document document = {TEXT("Target"), step->name, TEXT("payments"), TEXT("{}"), 0, 0};
    const struct store_key key = {.id = step->name,
                                  .algorithm = TEXT("ES256"),
                                  .state = TEXT("active"),
                                  .sealed = TEXT("sealed"),
                                  .public_jwk = TEXT("{}")};
    *transaction = (struct store_transaction){
        .records = &step->record,
        .record_count = 1,
        .single_uses = &use,
        .single_use_count = (pieces & SINGLE_USE) != 0,
        .leases = &lease,
        .lease_count = (pieces & LEASE) != 0,
        .versions = &version,
        .version_count = (pieces & VERSION) != 0,
        .holdings = &holding,
        .holding_count = (pieces & VERSION) != 0,
        .tallies = &tally,
        .tally_count = (pieces & VERSION) != 0,
        .cutoffs = &cutoff,
        .cutoff_count = (pieces & CUTOFF) != 0,
        .documents = &document,
        .document_count = (pieces & DOCUMENT_ROW) != 0,
        .keys = &key,
        .key_count = (pieces & KEY_ROW) != 0,
    };
    store_submit_and_wait(store, transaction);
}

/* True if it was answered; false if power is gone. */
static bool take_step(struct life *life, struct step *step)
{
    struct store_transaction transaction;
    step->answer = IN_DOUBT;
    submit(life->fixture.store, step, &transaction);
    if (transaction.fault != FAULT_NONE)
        return false;
    assert_int_equal(transaction.outcome, STORE_STORED);
    step->answer = ANSWERED;
    life->counters = transaction.counters;
    return true;
}

/* From an empty folder; ends when power fails or after the last step. */
static void live(struct life *life, const struct losing_disk_plan *plan)
{
    struct store_options options = {.sqlite_path = life->fixture.path, .queue_limit = 16};
    char detail[STORE_DETAIL_SIZE];
    losing_disk_power_on(plan);
    if (store_open(&options, true, &life->fixture.store, detail) != FAULT_NONE)
        return;
    for (int i = 0; i < STEPS && take_step(life, &life->steps[i]); i++) {
        if (i != STEPS / 2)
            continue;
        life->has_dropped = true;
        store_drop_before(life->fixture.store, clock_wall_us() / FIXTURE_DAY_US - 1);
    }
    store_close(life->fixture.store);
    life->fixture.store = NULL;
}

/* --- what is found afterwards --- */

static bool has_lease(struct fixture *fixture, const struct step *step)
{
    bool is_end = step->kind == WITHDRAWAL;
    struct store_query query = {.kind = STORE_QUERY_LEASE, .id = lease_of(step).id, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    return query.lease_count == 1 && (!is_end || text_equal(query.leases[0].state, TEXT("ended")));
}

static bool has_used(struct fixture *fixture, const struct step *step)
{
    const struct store_single_use use = single_use_of(step);
    struct store_transaction transaction = {.single_uses = &use, .single_use_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    return transaction.outcome == STORE_REPLAYED;
}

/* With what was added under it, or without. */
static bool has_version(struct fixture *fixture, const struct step *step)
{
    struct store_holder holder = {.name = step->name};
    struct store_query query = {.kind = STORE_QUERY_HELD,
                                .holders = &holder,
                                .holder_count = 1,
                                .at_s = clock_wall_us() / 1000000,
                                .limit = 2,
                                .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.holding_count, holder.version != 0);
    assert_int_equal(holder.last_hour, holder.version != 0);
    return holder.version != 0;
}

/* Killed by a kill, whatever became of it since; lifted by a lift. */
static bool has_cutoff(struct fixture *fixture, const struct step *step)
{
    struct store_query query = {.kind = STORE_QUERY_CUTOFFS, .limit = STEPS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    for (size_t i = 0; i < query.cutoff_count; i++)
        if (text_equal(query.cutoffs[i].id, step->name))
            return step->kind == KILL || !query.cutoffs[i].stands;
    return false;
}

static bool has_document(struct fixture *fixture, const struct step *step)
{
    struct store_query query = {.kind = STORE_QUERY_DOCUMENTS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    for (size_t i = 0; i < query.document_count; i++)
        if (text_equal(query.documents[i].name, step->name))
            return true;
    return false;
}

static bool has_key(struct fixture *fixture, const struct step *step)
{
    struct store_query query = {.kind = STORE_QUERY_KEYS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    for (size_t i = 0; i < query.key_count; i++)
        if (text_equal(query.keys[i].id, step->name))
            return true;
    return false;
}

static bool has_record(struct fixture *fixture, const struct step *step)
{
    return fixture_has_record(fixture, step->record.id);
}

static const struct {
    enum piece piece;
    bool (*is_there)(struct fixture *fixture, const struct step *step);
} searches[] = {
    {RECORD, has_record}, {SINGLE_USE, has_used},       {LEASE, has_lease}, {VERSION, has_version},
    {CUTOFF, has_cutoff}, {DOCUMENT_ROW, has_document}, {KEY_ROW, has_key},
};

static unsigned pieces_found(struct fixture *fixture, const struct step *step, unsigned pieces)
{
    unsigned found = 0;
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++)
        if ((pieces & searches[i].piece) != 0 && searches[i].is_there(fixture, step))
            found |= searches[i].piece;
    return found;
}

/* NULL, or what is wrong with it. */
static const char *judge_step(struct life *life, const struct step *step)
{
    unsigned pieces = pieces_of_kind[step->kind];
    if (step->kind == OLD_EXCHANGE && life->has_dropped)
        pieces &= ~(unsigned)RECORD;
    unsigned found = pieces_found(&life->fixture, step, pieces);
    if (step->answer == ANSWERED && found == 0)
        return "what was answered is gone";
    if (found != 0 && found != pieces)
        return "there is half of a transaction";
    return step->answer == NOT_ASKED && found != 0 ? "there is what was never asked for" : NULL;
}

static const char *judge_steps(struct life *life)
{
    for (int i = 0; i < STEPS; i++) {
        const char *verdict = judge_step(life, &life->steps[i]);
        if (verdict != NULL)
            return verdict;
    }
    struct store_query query = {.kind = STORE_QUERY_COUNTERS, .arena = life->fixture.arena};
    store_find_and_wait(life->fixture.store, &query);
    bool is_behind = query.counters.generation.number < life->counters.generation.number ||
                     query.counters.epoch.number < life->counters.epoch.number ||
                     query.counters.key_revision.number < life->counters.key_revision.number;
    return is_behind ? "a counter went back" : NULL;
}

static bool says(sqlite3 *handle, const char *sql, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    bool is_so = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW &&
                 strcmp((const char *)sqlite3_column_text(statement, 0), expected) == 0;
    sqlite3_finalize(statement);
    return is_so;
}

static const char *judge_file(const struct life *life)
{
    sqlite3 *handle = NULL;
    assert_int_equal(sqlite3_open(life->fixture.path, &handle), SQLITE_OK);
    const char *verdict = NULL;
    if (!says(handle, "PRAGMA integrity_check", "ok"))
        verdict = "the file is damaged";
    else if (!says(handle,
                   "SELECT (SELECT coalesce(sum(records), 0) FROM period) = (SELECT count(*) FROM record)",
                   "1"))
        verdict = "the records of the periods are miscounted";
    sqlite3_close(handle);
    return verdict;
}

/* Opens the store as after any start, looks at everything and goes on with it. */
static const char *judge(struct life *life)
{
    losing_disk_power_on(&(struct losing_disk_plan){0});
    struct store_options options = {.sqlite_path = life->fixture.path, .queue_limit = 16};
    char detail[STORE_DETAIL_SIZE];
    if (store_open(&options, true, &life->fixture.store, detail) != FAULT_NONE)
        return "it cannot be opened any more";
    const char *verdict = judge_steps(life);
    struct store_record record = fixture_record(life->fixture.arena, clock_wall_us());
    if (verdict == NULL && fixture_store_records(life->fixture.store, &record, 1).fault != FAULT_NONE)
        verdict = "it takes nothing new";
    store_close(life->fixture.store);
    life->fixture.store = NULL;
    return verdict != NULL ? verdict : judge_file(life);
}

/* --- cuts --- */

static int begin(void **state)
{
    losing_disk_install();
    log_set_level(LOG_ERROR);
    (void)state;
    return 0;
}

static void begin_life(struct life *life)
{
    *life = (struct life){0};
    fixture_make_folder(&life->fixture);
    plan_steps(life);
}

static void end_life(struct life *life)
{
    losing_disk_clear();
    fixture_remove_folder(&life->fixture);
}

/* Power fails once more while the store is opened again, as it does when it comes and goes. */
static void lose_power_while_opening(struct life *life, const struct losing_disk_plan *before)
{
    struct losing_disk_plan plan = *before;
    plan.cut_at = 1 + before->cut_at % 7;
    struct store_options options = {.sqlite_path = life->fixture.path, .queue_limit = 16};
    char detail[STORE_DETAIL_SIZE];
    losing_disk_power_on(&plan);
    if (store_open(&options, true, &life->fixture.store, detail) == FAULT_NONE)
        store_close(life->fixture.store);
    life->fixture.store = NULL;
    losing_disk_lose();
}

/* NULL or what was lost. *operations: of the whole life; *answered: steps before the cut. */
static const char *lose_power(const struct losing_disk_plan *plan, uint64_t *operations, int *answered)
{
    struct life life;
    begin_life(&life);
    standard_error_catch();
    live(&life, plan);
    *operations = losing_disk_operations();
    losing_disk_lose();
    if (!plan->ignores_syncs && plan->cut_at != 0)
        lose_power_while_opening(&life, plan);
    const char *verdict = judge(&life);
    standard_error_release();
    *answered = 0;
    for (int i = 0; i < STEPS; i++)
        *answered += life.steps[i].answer == ANSWERED;
    end_life(&life);
    return verdict;
}

static void keeps_what_it_answered_for_wherever_power_fails(void **state)
{
    (void)state;
    uint64_t total, ended;
    int answered, least = STEPS, most = 0;
    assert_null(lose_power(&(struct losing_disk_plan){0}, &total, &answered));
    assert_int_equal(answered, STEPS);
    uint64_t step = getenv("DRAGOMAN_FULL") != NULL ? 1 : total / CUTS, cuts = 0;
    for (uint64_t at = 1; at <= total; at += step, cuts++) {
        struct losing_disk_plan plan = {.cut_at = at, .luck = (enum losing_disk_luck)(cuts % 3), .seed = at};
        const char *verdict = lose_power(&plan, &ended, &answered);
        if (verdict != NULL)
            fail_msg("power failed in operation %lu of %lu (luck %d): %s", (unsigned long)at,
                     (unsigned long)total, plan.luck, verdict);
        least = answered < least ? answered : least;
        most = answered > most ? answered : most;
    }
    print_message("power failed %lu times in %lu operations, after %d to %d of %d answers: all there\n",
                  (unsigned long)cuts, (unsigned long)total, least, most, STEPS);
    assert_true(least == 0 && most > STEPS - STEPS / 8);
}

/* Were nothing lost here, the test above would prove nothing. */
static void loses_what_a_disk_did_not_sync_that_says_it_has(void **state)
{
    (void)state;
    uint64_t operations;
    int answered;
    for (int luck = LOSING_DISK_KEEPS_NOTHING; luck <= LOSING_DISK_KEEPS_SOME; luck += 2) {
        struct losing_disk_plan plan = {.luck = (enum losing_disk_luck)luck, .seed = 1, .ignores_syncs = true};
        const char *verdict = lose_power(&plan, &operations, &answered);
        assert_non_null(verdict);
        print_message("%d answers on a disk that lies: %s\n", answered, verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_it_answered_for_wherever_power_fails),
        cmocka_unit_test(loses_what_a_disk_did_not_sync_that_says_it_has),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
