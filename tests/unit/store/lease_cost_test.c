/* What a lease that comes with its record costs beside the record alone, as an API key's does: found by its
 * fingerprint, standing on nothing. Prints what docs/records.md says, and fails where such exchanges do not
 * share commits. */
#include "loop_load.h"

#include <sys/resource.h>

#include "runtime/metrics.h"

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

enum lease_kind { NO_LEASE, NO_FINGERPRINT, BY_TIME, BY_CHANCE, LEASE_KINDS };

/* A keyed hash, as good as chance; or one behind what grows with time. */
static struct text draw_fingerprint(struct arena *arena, enum lease_kind kind,
                                    const struct store_record *record)
{
    unsigned char bytes[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    random_bytes(bytes, sizeof(bytes));
    digest_hex(bytes, hex);
    return kind == BY_CHANCE ? arena_copy(arena, text_of(hex))
                             : arena_print(arena, "%.10s%s", record->id.base, hex);
}

static void add_leases(struct fixture *fixture, struct load *load, enum lease_kind kind)
{
    struct store_lease *leases = ARENA_ARRAY(fixture->arena, struct store_lease, load->count);
    for (size_t i = 0; i < load->count; i++) {
        const struct store_record *record = load->transactions[i].records;
        leases[i] = (struct store_lease){.id = record->id,
                                         .state = TEXT("live"),
                                         .adapter = TEXT("api_key"),
                                         .target = record->target,
                                         .issued_at_us = record->at_us,
                                         .expires_at_s = record->expires_at_s,
                                         .kept_until_s = record->expires_at_s + 30 * 86400};
        if (kind >= BY_TIME)
            leases[i].fingerprint = draw_fingerprint(fixture->arena, kind, record);
        load->transactions[i].leases = &leases[i];
        load->transactions[i].lease_count = 1;
    }
}

static double run(struct load *load, const char *what)
{
    int64_t commits = metric_read(METRIC_STORE_COMMITS);
    double cpu = cpu_s();
    load_run(load);
    double count = (double)load->count,
           per_commit = count / (double)(metric_read(METRIC_STORE_COMMITS) - commits);
    assert_int_equal(load->stored, load->count);
    print_message("%s, %zu in flight, %s: %.1f us of this process's time each, %.1f per commit\n",
                  fixture_postgres != NULL ? "postgres" : "sqlite", load->in_flight, what,
                  (cpu_s() - cpu) / count * 1e6, per_commit);
    return per_commit;
}

static void shares_commits_as_exchanges_without_a_lease(void **state)
{
    struct fixture *fixture = *state;
    size_t count = getenv("DRAGOMAN_FULL") != NULL ? 40000 : 4000;
    static const char *const kinds[] = {
        "a record", "with a lease", "with a fingerprint that begins with the time", "with one that does not"};
    for (size_t in_flight = 1; in_flight <= 256; in_flight *= 16)
        for (enum lease_kind kind = 0; kind < LEASE_KINDS; kind++) {
            struct load load = load_of_records(fixture, in_flight == 1 ? 500 : count, in_flight);
            if (kind != NO_LEASE)
                add_leases(fixture, &load, kind);
            double per_commit = run(&load, kinds[kind]);
            assert_true(in_flight != 256 || per_commit > 32);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shares_commits_as_exchanges_without_a_lease, fixture_begin,
                                        fixture_end),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}
