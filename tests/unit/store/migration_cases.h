/* What holds for migrations on either engine, through what the engine's own test says of itself. A test's state
 * begins with a struct migrating. */
#ifndef MIGRATION_CASES_H
#define MIGRATION_CASES_H

#include "migration_history.h"
#include "store_fixture.h"

struct migrating {
    enum fault (*migrate)(struct migrating *migrating, const struct migration *list, size_t count, bool may);
    int64_t (*number)(struct migrating *migrating, const char *sql); /* the only value of the only row */
    void (*execute)(struct migrating *migrating, const char *sql);
    char detail[STORE_DETAIL_SIZE];
};

static const struct migration rewritten[] = {
    {1, "0001_first", "CREATE TABLE first (x integer);"},
    {2, "0002_second", "CREATE TABLE second (x text); INSERT INTO second VALUES (1);"},
};
static const struct migration history[] = {
    {1, "0001_first", "CREATE TABLE first (x text);"},
    {2, "0002_second", "CREATE TABLE second (x text); INSERT INTO second VALUES (1);"},
    {3, "0003_third", "CREATE TABLE third (x text); INSERT INTO nowhere VALUES (1);"},
};

static enum fault migrate(void *state, const struct migration *list, size_t count, bool may)
{
    struct migrating *migrating = state;
    return migrating->migrate(migrating, list, count, may);
}

static int64_t number(void *state, const char *sql)
{
    struct migrating *migrating = state;
    return migrating->number(migrating, sql);
}

static void forget_needs(void *state)
{
    struct migrating *migrating = state;
    migrating->execute(migrating, "ALTER TABLE schema_migration DROP COLUMN needs");
}

static void applies_what_is_missing_once_and_in_order(void **state)
{
    assert_int_equal(migrate(*state, history, 1, true), FAULT_NONE);
    assert_int_equal(number(*state, "SELECT count(*) FROM schema_migration"), 1);
    assert_int_equal(migrate(*state, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(*state, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(*state, history, 2, false), FAULT_NONE);
    assert_int_equal(number(*state, "SELECT count(*) FROM second"), 1);
    assert_int_equal(number(*state, "SELECT max(number) FROM schema_migration"), 2);
}

static void refuse_the_half_of_a_migration(struct migrating *migrating)
{
    assert_int_equal(migrate(migrating, history, 3, true), FAULT_STORE_UNAVAILABLE);
    assert_non_null(strstr(migrating->detail, "0003_third"));
    assert_non_null(strstr(migrating->detail, "nowhere"));
    assert_int_equal(number(migrating, "SELECT max(number) FROM schema_migration"), 2);
}

static void refuses_a_schema_newer_than_the_program(void **state)
{
    struct migrating *migrating = *state;
    assert_int_equal(migrate(migrating, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(migrating, history, 1, true), FAULT_SCHEMA_NEWER);
    assert_non_null(strstr(migrating->detail, "newer program"));
    assert_int_equal(migrate(migrating, history, 1, false), FAULT_SCHEMA_NEWER);
}

/* So that a program of before goes on, and can be started again, while others are replaced or rolled back. */
static void works_with_a_later_schema_that_says_so(void **state)
{
    static const struct migration beside[] = {
        {1, "0001_first", "CREATE TABLE first (x text);"},
        {2, "0002_second", "-- beside 0001\nCREATE TABLE second (x text);"},
        {3, "0003_third", "-- beside 0002\nCREATE TABLE third (x text);"},
    };
    assert_int_equal(migrate(*state, beside, 2, true), FAULT_NONE);
    assert_int_equal(migrate(*state, beside, 1, true), FAULT_NONE);
    assert_int_equal(migrate(*state, beside, 1, false), FAULT_NONE);
    assert_int_equal(number(*state, "SELECT count(*) FROM schema_migration"), 2);
    assert_int_equal(migrate(*state, beside, 3, true), FAULT_NONE);
    assert_int_equal(migrate(*state, beside, 2, true), FAULT_NONE);
    assert_int_equal(migrate(*state, beside, 1, true), FAULT_SCHEMA_NEWER);
    assert_int_equal(migrate(*state, rewritten, 2, true), FAULT_SCHEMA_CHANGED);
}

static void goes_on_with_the_books_of_before(void **state)
{
    assert_int_equal(migrate(*state, history, 1, true), FAULT_NONE);
    assert_int_equal(number(*state, "SELECT needs FROM schema_migration"), 1);
    forget_needs(*state);
    assert_int_equal(migrate(*state, history, 1, false), FAULT_NONE);
    assert_int_equal(migrate(*state, history, 2, true), FAULT_NONE);
    assert_int_equal(number(*state, "SELECT needs FROM schema_migration WHERE number = 2"), 2);
    assert_int_equal(migrate(*state, history, 1, true), FAULT_SCHEMA_NEWER);
}

static void refuses_a_migration_whose_content_changed(void **state)
{
    struct migrating *migrating = *state;
    assert_int_equal(migrate(migrating, history, 1, true), FAULT_NONE);
    assert_int_equal(migrate(migrating, rewritten, 2, true), FAULT_SCHEMA_CHANGED);
    assert_non_null(strstr(migrating->detail, "0001_first"));
    assert_int_equal(number(migrating, "SELECT max(number) FROM schema_migration"), 1);
}

/* count_leftovers: of anything a first look must not make. */
static void only_check(struct migrating *migrating, const char *count_leftovers)
{
    assert_int_equal(migrate(migrating, history, 1, false), FAULT_SCHEMA_OLDER);
    assert_int_equal(number(migrating, count_leftovers), 0);
    assert_int_equal(migrate(migrating, history, 1, true), FAULT_NONE);
    assert_int_equal(migrate(migrating, history, 2, false), FAULT_SCHEMA_OLDER);
    assert_non_null(strstr(migrating->detail, "1 of 2"));
}

static void apply_without_gaps(struct migrating *migrating, const struct migration *list, size_t count)
{
    assert_true(count >= 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(list[i].number, (int)i + 1);
    assert_int_equal(migrate(migrating, list, count, true), FAULT_NONE);
}

#endif
