/* What a decision on what is held costs beside an exchange that decides on nothing held, on both engines.
 * Prints what docs/records.md says, and fails where such exchanges do not share commits. */
#include "loop_load.h"

#include <sys/resource.h>

#include "runtime/metrics.h"

enum { HOLDERS_MAX = 3, HOLDER_LENGTH = 32 };

struct held_load {
    struct load load;
    size_t holders; /* of each exchange */
    struct store_version *versions;
    struct store_holding *holdings;
    struct store_tally *tallies;
};

/* A digest of kind and identity, as holders are named. */
static struct text name_holder(struct arena *arena, size_t number)
{
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    digest_sha256((struct text){(const char *)&number, sizeof(number)}, digest);
    digest_hex(digest, hex);
    return arena_copy(arena, (struct text){hex, HOLDER_LENGTH});
}

static struct held_load make_load(struct fixture *fixture, size_t count, size_t in_flight, size_t holders)
{
    struct held_load held = {.load = load_of_records(fixture, count, in_flight), .holders = holders};
    int64_t now_s = clock_wall_s();
    held.versions = ARENA_ARRAY(fixture->arena, struct store_version, count * HOLDERS_MAX);
    held.holdings = ARENA_ARRAY(fixture->arena, struct store_holding, count * HOLDERS_MAX);
    held.tallies = ARENA_ARRAY(fixture->arena, struct store_tally, count * HOLDERS_MAX);
    for (size_t i = 0; i < count * holders; i++) {
        const struct store_record *record = held.load.transactions[i / holders].records;
        held.versions[i] = (struct store_version){
            name_holder(fixture->arena, (in_flight * 4 + holders) * 1000000 + i), 0, now_s + 600};
        held.tallies[i] = (struct store_tally){held.versions[i].scope, now_s / 60};
        held.holdings[i] = (struct store_holding){.holder = held.versions[i].scope,
                                                  .id = record->id,
                                                  .root = record->root,
                                                  .agent = record->actor,
                                                  .domain = TEXT("partner"),
                                                  .target = record->target,
                                                  .scopes = TEXT("orders:read orders:write"),
                                                  .issued_at_us = record->at_us,
                                                  .expires_at_s = record->expires_at_s,
                                                  .kept_until_s = record->expires_at_s};
    }
    for (size_t i = 0; i < count && holders != 0; i++) {
        struct store_transaction *transaction = &held.load.transactions[i];
        transaction->versions = &held.versions[i * holders];
        transaction->holdings = &held.holdings[i * holders];
        transaction->tallies = &held.tallies[i * holders];
        transaction->version_count = transaction->holding_count = transaction->tally_count = holders;
    }
    return held;
}

/* The same holders once more, by somebody who has seen their versions. */
static void see_versions(struct fixture *fixture, struct held_load *held)
{
    struct store_query query = {.kind = STORE_QUERY_VERSIONS,
                                .versions = held->versions,
                                .version_count = held->load.count * held->holders,
                                .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
}

static double cpu_s(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double run(struct held_load *held, const char *what)
{
    int64_t commits = metric_read(METRIC_STORE_COMMITS), started_us = clock_monotonic_us();
    double cpu = cpu_s(RUSAGE_SELF);
    load_run(&held->load);
    double elapsed_s = (double)(clock_monotonic_us() - started_us) / 1e6, count = (double)held->load.count,
           per_commit = count / (double)(metric_read(METRIC_STORE_COMMITS) - commits);
    cpu = cpu_s(RUSAGE_SELF) - cpu;
    assert_int_equal(held->load.stored, held->load.count);
    print_message(
        "%s, %zu holders, %s: %.0f exchanges/s, %.1f us of this process's time each, %.1f per commit\n",
        fixture_postgres != NULL ? "postgres" : "sqlite", held->holders, what, count / elapsed_s,
        cpu / count * 1e6, per_commit);
    return per_commit;
}

static void shares_commits_as_exchanges_that_decide_on_nothing_held(void **state)
{
    struct fixture *fixture = *state;
    size_t count = getenv("DRAGOMAN_FULL") != NULL ? 40000 : 4000;
    for (size_t in_flight = 1; in_flight <= 256; in_flight *= 16)
        for (size_t holders = 0; holders <= HOLDERS_MAX; holders++) {
            if (holders == 2)
                continue;
            struct held_load first = make_load(fixture, in_flight == 1 ? 500 : count, in_flight, holders);
            char what[48];
            snprintf(what, sizeof(what), "%zu in flight", in_flight);
            double per_commit = run(&first, what);
            assert_true(in_flight != 256 || per_commit > 32);
            if (holders == 0)
                continue;
            struct held_load second = make_load(fixture, first.load.count, in_flight, holders);
            see_versions(fixture, &second);
            snprintf(what, sizeof(what), "%zu in flight, again", in_flight);
            run(&second, what);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shares_commits_as_exchanges_that_decide_on_nothing_held, fixture_begin,
                                        fixture_end),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}
