/* The reader thread: answers on the asking loop, sees what was answered as stored, and has a bounded queue. */
#include "loop_load.h"

struct asking {
    struct store *store;
    struct store_query *queries;
    size_t count, done, found, failed, misplaced;
    struct loop *loop;
    struct loop_message start;
    bool is_asking;
};

static void answered(struct store_query *query)
{
    struct asking *asking = query->context;
    asking->misplaced += asking->is_asking || loop_current() != asking->loop;
    asking->found += query->record_count;
    asking->failed += query->fault != FAULT_NONE;
    if (++asking->done == asking->count)
        loop_stop(asking->loop);
}

static void ask_everything(struct loop_message *message)
{
    struct asking *asking = (struct asking *)((char *)message - offsetof(struct asking, start));
    asking->is_asking = true;
    for (size_t i = 0; i < asking->count; i++)
        store_find(asking->store, &asking->queries[i]);
    asking->is_asking = false;
}

static void ask(struct asking *asking, struct fixture *fixture, struct text id, size_t count)
{
    asking->store = fixture->store;
    asking->count = count;
    asking->queries = ARENA_ARRAY(fixture->arena, struct store_query, count);
    for (size_t i = 0; i < count; i++)
        asking->queries[i] = (struct store_query){
            .kind = STORE_QUERY_RECORD, .id = id, .arena = fixture->arena, .done = answered, .context = asking};
    asking->loop = loop_create();
    asking->start.run = ask_everything;
    loop_post(asking->loop, &asking->start);
    loop_run(asking->loop);
    loop_destroy(asking->loop);
}

static void answers_on_the_asking_loop_with_what_was_stored_before(void **state)
{
    struct fixture *fixture = *state;
    struct store_record record = fixture_record(fixture->arena, clock_wall_us());
    assert_int_equal(fixture_store_records(fixture->store, &record, 1).fault, FAULT_NONE);
    struct asking asking = {0};
    ask(&asking, fixture, record.id, 200);
    assert_int_equal(asking.found, 200);
    assert_int_equal(asking.failed, 0);
    assert_int_equal(asking.misplaced, 0);
}

static void refuses_questions_beyond_the_queue_limit(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    fixture->store = fixture_open(fixture->path, 5);
    struct store_record record = fixture_record(fixture->arena, clock_wall_us());
    fixture_store_records(fixture->store, &record, 1);
    struct asking asking = {0};
    ask(&asking, fixture, record.id, 2000);
    assert_true(asking.failed > 0);
    assert_int_equal(asking.found + asking.failed, 2000);
    assert_int_equal(asking.misplaced, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_on_the_asking_loop_with_what_was_stored_before, fixture_begin,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(refuses_questions_beyond_the_queue_limit, fixture_begin, fixture_end),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}
