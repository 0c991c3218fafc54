/* What the store's tests share: a private folder, an open store, records that look like real ones, and running
 * on both engines. tests/kit/run_unit.py starts a PostgreSQL for all of them and names it in the environment.
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/random.h"
#include "store/store.h"

#define UNUSED_FIXTURE __attribute__((unused)) static

static const int64_t FIXTURE_DAY_US = 86400000000;

struct fixture {
    char folder[64];
    char path[96];
    struct store *store;
    struct arena *arena;
};

/* libpq's connection string of the engine under test, or NULL for SQLite. */
static const char *fixture_postgres;

UNUSED_FIXTURE int fixture_choose_sqlite(void **state)
{
    (void)state;
    fixture_postgres = NULL;
    return 0;
}

UNUSED_FIXTURE int fixture_choose_postgres(void **state)
{
    (void)state;
    fixture_postgres = getenv("DRAGOMAN_TEST_POSTGRES");
    return 0;
}

UNUSED_FIXTURE void runs_on_postgresql_too(void **state)
{
    (void)state;
    print_message("there is no PostgreSQL in DRAGOMAN_TEST_POSTGRES\n");
    skip();
}

/* The same tests on SQLite, then on PostgreSQL. */
#define RUN_ON_BOTH_ENGINES(tests)                                                                             \
    (cmocka_run_group_tests_name("sqlite", tests, fixture_choose_sqlite, NULL) + RUN_ON_POSTGRES(tests))
#define RUN_ON_POSTGRES(tests)                                                                                 \
    (getenv("DRAGOMAN_TEST_POSTGRES") != NULL                                                                  \
         ? cmocka_run_group_tests_name("postgres", tests, fixture_choose_postgres, NULL)                       \
         : cmocka_run_group_tests_name("postgres", fixture_skipped_tests, NULL, NULL))
UNUSED_FIXTURE const struct CMUnitTest fixture_skipped_tests[] = {cmocka_unit_test(runs_on_postgresql_too)};

/* On PostgreSQL each store has a schema of its own, named like the folder its file would be in. */
UNUSED_FIXTURE struct store_postgres_options fixture_postgres_options(const char *path)
{
    static char schema[64];
    snprintf(schema, sizeof(schema), "%s", strchr(path + 1, '/') + 1);
    *strchr(schema, '/') = '\0';
    for (char *c = schema; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z') /* of mkdtemp's; two schemas that differ only in this are one in 10^8 */
            *c = (char)(*c - 'A' + 'a');
    return (struct store_postgres_options){.connection = fixture_postgres,
                                           .schema = schema,
                                           .connect_timeout_ms = 5000,
                                           .statement_timeout_ms = 5000,
                                           .answer_timeout_ms = 10000};
}

UNUSED_FIXTURE struct store *fixture_open(const char *path, unsigned queue_limit)
{
    struct store_postgres_options postgres = {0};
    struct store_options options = {.sqlite_path = path, .queue_limit = queue_limit};
    struct store *store = NULL;
    char detail[STORE_DETAIL_SIZE] = "";
    if (fixture_postgres != NULL) {
        postgres = fixture_postgres_options(path);
        options.postgres = &postgres;
    }
    enum fault fault = store_open(&options, true, &store, detail);
    if (fault != FAULT_NONE)
        print_error("store_open: %s\n", detail);
    return fault == FAULT_NONE ? store : NULL;
}

UNUSED_FIXTURE void fixture_make_folder(struct fixture *fixture)
{
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/test.sqlite", fixture->folder);
    fixture->arena = arena_create();
    log_set_level(LOG_ERROR);
}

UNUSED_FIXTURE void fixture_remove_folder(struct fixture *fixture)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s%s", fixture->path, suffixes[i]);
        unlink(name);
    }
    rmdir(fixture->folder);
    arena_destroy(fixture->arena);
}

/* cmocka set-up and tear-down. */
UNUSED_FIXTURE int fixture_begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(fixture);
    fixture->store = fixture_open(fixture->path, 4096);
    *state = fixture;
    return fixture->store == NULL;
}

UNUSED_FIXTURE int fixture_end(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    fixture_remove_folder(fixture);
    free(fixture);
    return 0;
}

UNUSED_FIXTURE void fixture_reopen(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = fixture_open(fixture->path, 4096);
    assert_non_null(fixture->store);
}

UNUSED_FIXTURE struct text fixture_id(struct arena *arena, int64_t at_us)
{
    char id[IDENTIFIER_SIZE];
    identifier_make(at_us, id);
    return arena_copy(arena, text_of(id));
}

/* As an exchange between two domains leaves it, with its ladder of a dozen checks. */
UNUSED_FIXTURE struct store_record fixture_record(struct arena *arena, int64_t at_us)
{
    static const char *const checks[] = {"client",        "budget",     "subject_token",  "subject_issuer",
                                         "target",        "leaves_for", "scope",          "target_client",
                                         "target_issuer", "lifetime",   "subject_claims", "signed"};
    struct store_record record = {.id = fixture_id(arena, at_us),
                                  .at_us = at_us,
                                  .kind = TEXT("exchange"),
                                  .outcome = TEXT("granted"),
                                  .team = TEXT("payments"),
                                  .client = TEXT("billing-agents"),
                                  .actor = TEXT("https://cluster.example system:serviceaccount:agents:billing"),
                                  .subject = TEXT("https://idp.corp.example 8f14e45f-ceea-467f-ab1c"),
                                  .target = TEXT("partner-orders"),
                                  .expires_at_s = at_us / 1000000 + 300};
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    digest_sha256(record.id, digest);
    digest_hex(digest, hex);
    record.root = arena_copy(arena, text_of(hex));
    struct text ladder = TEXT_NONE;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        ladder = arena_print(
            arena, "%.*s%s{\"check\":\"%s\",\"result\":\"passed\",\"document\":\"Target/partner-orders\"}",
            TEXT_ARGUMENTS(ladder), i == 0 ? "" : ",", checks[i]);
    record.canonical = arena_print(
        arena,
        "{\"id\":\"%s\",\"at\":\"2026-11-23T14:05:06.123456Z\",\"kind\":\"exchange\",\"outcome\":\"granted\","
        "\"team\":"
        "\"payments\",\"client\":\"billing-agents\",\"client_method\":\"agent_class\",\"agent\":{\"iss\":"
        "\"https://"
        "cluster.example\",\"sub\":\"system:serviceaccount:agents:billing\"},\"subject\":{\"iss\":\"https://"
        "idp.corp.example\",\"sub\":\"8f14e45f-ceea-467f-ab1c\"},\"subject_token\":\"%s\",\"root\":\"%s\","
        "\"from\":"
        "\"corp\",\"to\":\"partner\",\"target\":\"partner-orders\",\"audience\":\"https://"
        "api.partner.example\","
        "\"scope_asked\":\"orders:read\",\"scope_given\":\"orders:read\",\"token_type\":\"urn:ietf:params:"
        "oauth:"
        "token-type:access_token\",\"kid\":\"0123456789abcdef0123456789abcdef0123456789a\",\"generation\":17,"
        "\"address\":\"10.1.2.3\",\"ladder\":[%.*s]}",
        record.id.base, hex, hex, TEXT_ARGUMENTS(ladder));
    digest_sha256(record.canonical, record.hash);
    return record;
}

UNUSED_FIXTURE struct store_transaction fixture_store_records(struct store *store,
                                                              const struct store_record *records, size_t count)
{
    struct store_transaction transaction = {.records = records, .record_count = count};
    store_submit_and_wait(store, &transaction);
    return transaction;
}

UNUSED_FIXTURE bool fixture_has_record(struct fixture *fixture, struct text id)
{
    struct store_query query = {.kind = STORE_QUERY_RECORD, .id = id, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query.record_count == 1;
}

UNUSED_FIXTURE size_t fixture_count_records(struct fixture *fixture)
{
    struct store_query query = {.kind = STORE_QUERY_STATISTICS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query.record_count;
}

#endif
