/* Two gateways on one store: what one sees of a tool the other knows, and what is written of it. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "access/mcp_catalog.h"
#include "access/mcp_catalog_parts.h"
#include "access/mcp_catalog_write.h"
#include "base/clock.h"
#include "base/log.h"

enum { GATEWAYS = 2, PATIENCE_MS = 5000 };

struct stage {
    char folder[64];
    struct arena *arena;
    struct store *store;
    struct sealer *sealer;
    struct gateway gateways[GATEWAYS];
    struct loop *loops[GATEWAYS];
    struct mcp_catalog *catalogs[GATEWAYS];
    struct loop_timer timers[GATEWAYS];
};

static struct world *make_world(struct stage *stage)
{
    struct arena *arena = arena_create();
    struct world *world = ARENA_NEW(arena, struct world);
    struct document *document = ARENA_NEW(arena, struct document);
    document->kind = DOCUMENT_TARGET;
    document->name = TEXT("files");
    document->target.mcp.is_server = true;
    world->arena = arena;
    atomic_store(&world->references, 1);
    documents_init(&world->documents, arena);
    world->targets = ARENA_NEW(arena, struct target);
    world->targets[0].document = document;
    world->target_count = 1;
    (void)stage;
    return world;
}

static void start(struct stage *stage, size_t which)
{
    struct gateway *gateway = &stage->gateways[which];
    *gateway = (struct gateway){.store = stage->store, .sealer = stage->sealer};
    stage->loops[which] = loop_create();
    gateway->worlds = world_keeper_create(&stage->loops[which], 1, make_world(stage));
    assert_int_equal(mcp_catalog_create(gateway, stage->loops[which], &stage->catalogs[which]), FAULT_NONE);
}

static void stop(struct stage *stage, size_t which)
{
    mcp_catalog_close(stage->catalogs[which]);
    world_keeper_close(stage->gateways[which].worlds);
}

static void clear(struct stage *stage, size_t which)
{
    loop_destroy(stage->loops[which]);
    mcp_catalog_destroy(stage->catalogs[which]);
    world_keeper_destroy(stage->gateways[which].worlds);
}

static int begin(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    char detail[STORE_DETAIL_SIZE];
    unsigned char key[32] = {7};
    log_set_level(LOG_ERROR);
    stage->arena = arena_create();
    snprintf(stage->folder, sizeof(stage->folder), "/tmp/dragoman-catalog-XXXXXX");
    assert_non_null(mkdtemp(stage->folder));
    struct text path = arena_print(stage->arena, "%s/test.sqlite", stage->folder);
    const struct store_options options = {.sqlite_path = path.base, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &stage->store, detail), FAULT_NONE);
    stage->sealer = sealer_create(secret_create(key, sizeof(key)));
    for (size_t i = 0; i < GATEWAYS; i++)
        start(stage, i);
    *state = stage;
    return 0;
}

static int end(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct stage *stage = *state;
    for (size_t i = 0; i < GATEWAYS; i++)
        stop(stage, i);
    store_close(stage->store);
    for (size_t i = 0; i < GATEWAYS; i++)
        clear(stage, i);
    sealer_destroy(stage->sealer);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        unlink(arena_print(stage->arena, "%s/test.sqlite%s", stage->folder, suffixes[i]).base);
    rmdir(stage->folder);
    arena_destroy(stage->arena);
    free(stage);
    return 0;
}

/* -- */

static enum mcp_definition_state see(struct stage *stage, size_t which, const char *tool)
{
    const struct json_value *json;
    struct mcp_definition definition;
    assert_int_equal(json_parse(stage->arena, text_of(tool), &json_limits_document, &json), FAULT_NONE);
    mcp_catalog_note(stage->catalogs[which], stage->arena, TEXT("files"), json, false, &definition);
    return definition.state;
}

static enum mcp_definition_state state_of(struct stage *stage, size_t which, const char *tool)
{
    struct mcp_definition definition;
    mcp_catalog_find(stage->catalogs[which], stage->arena, TEXT("files"), text_of(tool), &definition);
    return definition.state;
}

static struct loop *running;

static void stop_running(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(running);
}

/* Lets one gateway work for a while. */
static void let_work(struct stage *stage, size_t which, int64_t ms)
{
    running = stage->loops[which];
    stage->timers[which].run = stop_running;
    loop_timer_start(running, &stage->timers[which], ms);
    loop_run(running);
}

static bool becomes(struct stage *stage, size_t which, const char *tool, enum mcp_definition_state wanted)
{
    int64_t until_us = clock_monotonic_us() + PATIENCE_MS * 1000;
    while (clock_monotonic_us() < until_us) {
        if (state_of(stage, which, tool) == wanted)
            return true;
        let_work(stage, which, 20);
    }
    return false;
}

static size_t count_records(struct stage *stage, const struct store_record **records)
{
    struct store_query query = {.kind = STORE_QUERY_RECENT, .arena = stage->arena, .limit = 100};
    store_find_and_wait(stage->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    if (records != NULL)
        *records = query.records;
    return query.record_count;
}

static size_t count_rows(struct stage *stage, const char *prefix)
{
    struct store_query query = {.kind = STORE_QUERY_STATES,
                                .adapter = TEXT(MCP_DEFINITIONS_OWNER),
                                .id = text_of(prefix),
                                .arena = stage->arena,
                                .limit = 100};
    store_find_and_wait(stage->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query.state_count;
}

#define OPEN    "{\"name\":\"open\",\"description\":\"opens\"}"
#define OTHER   "{\"name\":\"open\",\"description\":\"opens, and tells Eve\"}"
#define ANOTHER "{\"name\":\"open\",\"description\":\"opens, and tells Mallory\"}"

static void what_one_sees_the_others_know(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(see(stage, 0, OPEN), MCP_DEFINITION_CONFIRMED);
    assert_int_equal(state_of(stage, 1, "open"), MCP_DEFINITION_UNSEEN);
    let_work(stage, 0, 100);
    assert_true(becomes(stage, 1, "open", MCP_DEFINITION_CONFIRMED));
    assert_int_equal(see(stage, 0, OTHER), MCP_DEFINITION_SUSPENDED);
    let_work(stage, 0, 100);
    assert_true(becomes(stage, 1, "open", MCP_DEFINITION_SUSPENDED));
    assert_int_equal(count_rows(stage, "text/"), 2); /* what was confirmed, and what is now */
}

static void each_event_is_one_record_and_a_repetition_none(void **state)
{
    struct stage *stage = *state;
    const struct store_record *records;
    (void)see(stage, 0, OPEN);
    (void)see(stage, 0, "{\"name\":\"shut\"}");
    let_work(stage, 0, 100);
    assert_int_equal(count_records(stage, &records), 1); /* of both */
    assert_true(text_is(records[0].kind, "definition") && text_is(records[0].target, "files"));
    for (int i = 0; i < 3; i++)
        (void)see(stage, 0, OPEN);
    let_work(stage, 0, 700);
    assert_int_equal(count_records(stage, NULL), 1);
    (void)see(stage, 0, OTHER);
    let_work(stage, 0, 100);
    assert_int_equal(count_records(stage, NULL), 2);
}

/* A server that says something else each time. */
static void one_that_flaps_does_not_write_without_bound(void **state)
{
    struct stage *stage = *state;
    struct store_query query = {.kind = STORE_QUERY_STATE,
                                .adapter = TEXT(MCP_DEFINITIONS_OWNER),
                                .id = TEXT("head/files"),
                                .arena = stage->arena,
                                .limit = 1};
    (void)see(stage, 0, OPEN);
    let_work(stage, 0, 50);
    (void)see(stage, 0, OTHER);
    let_work(stage, 0, 50);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(see(stage, 0,
                             i % 2 == 0   ? ANOTHER
                             : i % 3 == 0 ? OPEN
                                          : OTHER),
                         MCP_DEFINITION_SUSPENDED);
        let_work(stage, 0, 10);
    }
    assert_int_equal(count_records(stage, NULL), 2);
    store_find_and_wait(stage->store, &query);
    assert_int_equal(query.state_count, 1);
    assert_true(query.states[0].version <= 2);
}

/* Both first, with different definitions: whoever comes second has not seen it first. */
static void two_who_see_different_things_at_once_do_not_both_confirm_them(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(see(stage, 0, OPEN), MCP_DEFINITION_CONFIRMED);
    assert_int_equal(see(stage, 1, OTHER), MCP_DEFINITION_CONFIRMED);
    let_work(stage, 0, 100);
    assert_true(becomes(stage, 1, "open", MCP_DEFINITION_SUSPENDED));
    let_work(stage, 1, 200);
    assert_true(becomes(stage, 0, "open", MCP_DEFINITION_SUSPENDED));
    assert_int_equal(count_records(stage, NULL), 2);
}

static struct mcp_catalog *writing;

static void begin_writing(struct loop_timer *timer)
{
    (void)timer;
    assert_true(catalog_write_begin(&writing->write, &writing->book, writing->gateway, clock_wall_us()));
    loop_stop(running);
}

/* On its loop, which then does nothing else. */
static void begin_writing_on(struct stage *stage, size_t which)
{
    running = stage->loops[which];
    writing = stage->catalogs[which];
    loop_timer_stop(running, &writing->timer);
    atomic_store(&writing->is_poked, true);
    stage->timers[which].run = begin_writing;
    loop_timer_start(running, &stage->timers[which], 0);
    loop_run(running);
}

/* And if neither has read what the other wrote: the row of the target tells who was first. */
static void the_second_of_two_who_write_at_once_does_not_overwrite(void **state)
{
    struct stage *stage = *state;
    for (size_t i = 0; i < GATEWAYS; i++) {
        atomic_store(&stage->catalogs[i]->is_poked, true); /* nothing is to run yet */
        assert_int_equal(see(stage, i, i == 0 ? OPEN : OTHER), MCP_DEFINITION_CONFIRMED);
        begin_writing_on(stage, i);
    }
    for (size_t i = 0; i < GATEWAYS; i++) {
        struct mcp_catalog *catalog = stage->catalogs[i];
        assert_int_equal(ledger_append_and_wait(stage->store, &catalog->write.entry),
                         i == 0 ? FAULT_NONE : FAULT_STORE_CONFLICT);
        catalog_write_end(&catalog->write, &catalog->book, clock_wall_s());
        atomic_store(&catalog->is_poked, false);
        mcp_catalog_refresh(catalog);
    }
    assert_true(becomes(stage, 1, "open", MCP_DEFINITION_SUSPENDED));
    assert_true(becomes(stage, 0, "open", MCP_DEFINITION_SUSPENDED));
}

static void what_was_seen_is_there_after_a_new_start(void **state)
{
    struct stage *stage = *state;
    (void)see(stage, 0, OPEN);
    (void)see(stage, 0, OTHER);
    let_work(stage, 0, 100);
    stop(stage, 1);
    clear(stage, 1);
    start(stage, 1);
    assert_int_equal(state_of(stage, 1, "open"), MCP_DEFINITION_SUSPENDED);
}

static void no_more_tools_are_known_than_there_may_be(void **state)
{
    struct stage *stage = *state;
    for (int i = 0; i < MCP_CATALOG_TOOLS_MAX; i++)
        assert_int_equal(see(stage, 0, arena_print(stage->arena, "{\"name\":\"t%d\"}", i).base),
                         MCP_DEFINITION_CONFIRMED);
    assert_int_equal(see(stage, 0, OPEN), MCP_DEFINITION_UNSEEN);
    assert_false(mcp_catalog_knows(stage->catalogs[0], TEXT("files"), TEXT("open")));
    assert_int_equal(see(stage, 0, "{\"name\":\"t7\"}"), MCP_DEFINITION_CONFIRMED);
    struct text longest = arena_print(stage->arena, "{\"name\":\"%0*d\"}", MCP_CATALOG_NAME_MAX + 1, 1);
    assert_int_equal(see(stage, 1, longest.base), MCP_DEFINITION_UNSEEN);
    assert_int_equal(see(stage, 1, "{\"name\":\"\"}"), MCP_DEFINITION_UNSEEN);
    assert_int_equal(see(stage, 1, "{}"), MCP_DEFINITION_UNSEEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_one_sees_the_others_know),
        TEST(each_event_is_one_record_and_a_repetition_none),
        TEST(one_that_flaps_does_not_write_without_bound),
        TEST(two_who_see_different_things_at_once_do_not_both_confirm_them),
        TEST(the_second_of_two_who_write_at_once_does_not_overwrite),
        TEST(what_was_seen_is_there_after_a_new_start),
        TEST(no_more_tools_are_known_than_there_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
