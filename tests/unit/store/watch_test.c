/* Watching: own commits are seen at once, those of another process within the second, and a store that does not
 * answer is not said to stand still. */
#include "store_fixture.h"

#include "base/clock.h"
#include "runtime/loop.h"

struct watching {
    struct store_watch watch; /* first */
    struct loop *loop;
    struct loop_message start;
    struct store *changed_through; /* once the first look has come */
    struct store_transaction transaction;
    struct store_cutoff cutoffs[20];
    int64_t changed_at_us, seen_after_us, first_epoch, wanted_epoch;
    size_t looks, looks_wanted;
};

static void ignore(struct store_transaction *transaction)
{
    (void)transaction;
}

static void change(struct watching *watching)
{
    for (size_t i = 0; i < 20; i++)
        watching->cutoffs[i] = (struct store_cutoff){.kind = TEXT("root"), .id = TEXT("r"), .at_us = 1};
    watching->transaction = (struct store_transaction){
        .cutoffs = watching->cutoffs, .cutoff_count = 1, .done = ignore, .context = watching};
    watching->changed_at_us = clock_monotonic_us();
    watching->wanted_epoch = watching->first_epoch + 1;
    if (watching->changed_through == watching->watch.store)
        store_submit(watching->changed_through, &watching->transaction);
    else
        store_submit_and_wait(watching->changed_through, &watching->transaction);
}

static void looked(struct store_watch *watch, const struct store_counters *counters)
{
    struct watching *watching = (struct watching *)watch;
    assert_ptr_equal(loop_current(), watching->loop);
    if (watching->looks++ == 0) {
        watching->first_epoch = counters->epoch.number;
        if (watching->changed_through != NULL)
            change(watching);
    } else if (watching->changed_through != NULL && counters->epoch.number == watching->wanted_epoch) {
        watching->seen_after_us = clock_monotonic_us() - watching->changed_at_us;
        loop_stop(watching->loop);
    }
    if (watching->looks == watching->looks_wanted)
        loop_stop(watching->loop);
}

static void start(struct loop_message *message)
{
    struct watching *watching = (struct watching *)((char *)message - offsetof(struct watching, start));
    store_watch_start(watching->watch.store, &watching->watch);
}

static void watch(struct fixture *fixture, struct watching *watching)
{
    watching->watch.looked = looked;
    watching->watch.store = fixture->store;
    watching->loop = loop_create();
    watching->start.run = start;
    loop_post(watching->loop, &watching->start);
    loop_run(watching->loop);
    store_close(fixture->store);
    fixture->store = NULL;
    loop_destroy(watching->loop);
}

static void sees_a_change_of_its_own_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct watching watching = {.changed_through = fixture->store};
    watch(fixture, &watching);
    assert_true(watching.seen_after_us > 0 && watching.seen_after_us < 500000);
}

static void sees_a_change_of_another_process_within_two_seconds(void **state)
{
    struct fixture *fixture = *state;
    struct watching watching = {.changed_through = fixture_open(fixture->path, 16)};
    watch(fixture, &watching);
    store_close(watching.changed_through);
    assert_true(watching.seen_after_us > 0 && watching.seen_after_us < 2000000);
}

/* The second look may come at once, when the listening begins. */
static void looks_every_second_though_nothing_happens(void **state)
{
    struct fixture *fixture = *state;
    struct watching watching = {.looks_wanted = 4};
    int64_t began_us = clock_monotonic_us();
    watch(fixture, &watching);
    int64_t took_us = clock_monotonic_us() - began_us;
    assert_true(took_us > 1500000 && took_us < 5000000);
}

static void forgets_no_change_that_is_noted_from_other_threads_in_a_burst(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 50; i++) {
        struct store_cutoff cutoff = {.kind = TEXT("root"), .id = TEXT("r"), .at_us = 1};
        struct store_transaction transaction = {.cutoffs = &cutoff, .cutoff_count = 1};
        store_submit_and_wait(fixture->store, &transaction);
    }
    struct watching watching = {.changed_through = fixture->store};
    watch(fixture, &watching);
    assert_int_equal(watching.first_epoch, 51);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(sees_a_change_of_its_own_at_once),
        TEST(sees_a_change_of_another_process_within_two_seconds),
        TEST(looks_every_second_though_nothing_happens),
        TEST(forgets_no_change_that_is_noted_from_other_threads_in_a_burst),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}
