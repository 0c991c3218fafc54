/* A login that was begun is found by its own browser alone, for a while, and used up once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "login/login_state.h"

struct fixture {
    char folder[64], path[96];
    struct store *store;
    struct sealer *sealer;
    struct arena *arena;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    char detail[STORE_DETAIL_SIZE];
    unsigned char master[32] = {7};
    log_set_level(LOG_ERROR);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-login-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/test.sqlite", fixture->folder);
    fixture->sealer = sealer_create(secret_create(master, sizeof(master)));
    struct store_options options = {.sqlite_path = fixture->path, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &fixture->store, detail), FAULT_NONE);
    fixture->arena = arena_create();
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct fixture *fixture = *state;
    store_close(fixture->store);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s%s", fixture->path, suffixes[i]);
        unlink(name);
    }
    rmdir(fixture->folder);
    sealer_destroy(fixture->sealer);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

struct errand {
    struct flow flow; /* first */
    struct loop *loop;
    struct loop_message start;
    struct login_state_reading *reading;
};

static enum flow_step_result read_step(struct flow *flow)
{
    struct errand *errand = (struct errand *)flow;
    FLOW_AWAIT(flow, &errand->reading->wait, login_state_read(errand->reading));
    return FLOW_NEXT;
}

static void finish(struct flow *flow)
{
    loop_stop(((struct errand *)flow)->loop);
}

static void start(struct loop_message *message)
{
    static const struct flow_step steps[] = {FLOW_STEP(read_step), FLOW_STEP_LAST};
    struct errand *errand = (struct errand *)((char *)message - offsetof(struct errand, start));
    flow_start(&errand->flow, steps, finish);
}

static struct login_state_reading *read_by(struct fixture *fixture, struct text ticket)
{
    struct errand errand = {.loop = loop_create(), .start = {start, NULL}};
    errand.reading = ARENA_NEW(fixture->arena, struct login_state_reading);
    errand.reading->store = fixture->store;
    errand.reading->sealer = fixture->sealer;
    errand.reading->arena = fixture->arena;
    errand.reading->ticket = arena_copy(fixture->arena, ticket);
    loop_post(errand.loop, &errand.start);
    loop_run(errand.loop);
    loop_destroy(errand.loop);
    return errand.reading;
}

static enum store_outcome store(struct fixture *fixture, struct store_state *change)
{
    struct store_transaction transaction = {.states = change, .state_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    return transaction.outcome;
}

static struct login_state make(struct fixture *fixture, int64_t now_s, char ticket[LOGIN_STATE_RANDOM_SIZE],
                               struct store_state *change)
{
    struct login_state state = {.issuer_name = TEXT("corp"),
                                .issuer = TEXT("https://idp.example"),
                                .token_endpoint = TEXT("https://idp.example/token"),
                                .names_itself = true,
                                .return_path = TEXT("/consent")};
    login_state_begin(fixture->arena, now_s, &state);
    login_state_make(fixture->sealer, fixture->arena, &state, ticket, change);
    assert_int_equal(store(fixture, change), STORE_STORED);
    return state;
}

static void comes_back_as_it_was_kept(void **state)
{
    struct fixture *fixture = *state;
    char ticket[LOGIN_STATE_RANDOM_SIZE];
    struct store_state change;
    struct login_state made = make(fixture, clock_wall_s(), ticket, &change);
    struct login_state_reading *reading = read_by(fixture, text_of(ticket));
    assert_int_equal(reading->fault, FAULT_NONE);
    assert_true(text_equal(reading->state.issuer_name, made.issuer_name));
    assert_true(text_equal(reading->state.issuer, made.issuer));
    assert_true(text_equal(reading->state.state, made.state));
    assert_true(text_equal(reading->state.nonce, made.nonce));
    assert_true(text_equal(reading->state.verifier, made.verifier));
    assert_true(text_equal(reading->state.token_endpoint, made.token_endpoint));
    assert_true(text_equal(reading->state.return_path, made.return_path));
    assert_true(reading->state.names_itself);
}

static void has_secrets_that_nobody_else_has(void **state)
{
    struct fixture *fixture = *state;
    char first_ticket[LOGIN_STATE_RANDOM_SIZE], second_ticket[LOGIN_STATE_RANDOM_SIZE];
    struct store_state change;
    struct login_state first = make(fixture, clock_wall_s(), first_ticket, &change);
    struct login_state second = make(fixture, clock_wall_s(), second_ticket, &change);
    const struct text secrets[] = {first.state,           first.nonce,           first.verifier,
                                   second.state,          second.nonce,          second.verifier,
                                   text_of(first_ticket), text_of(second_ticket)};
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        assert_int_equal(secrets[i].length, 43); /* RFC 7636 section 4.1: at least 43 */
        for (size_t j = 0; j < i; j++)
            assert_false(text_equal(secrets[i], secrets[j]));
        assert_null(memmem(change.value.base, change.value.length, secrets[i].base, secrets[i].length));
        assert_null(memmem(change.key.base, change.key.length, secrets[i].base, secrets[i].length));
    }
}

static void is_used_up_once(void **state)
{
    struct fixture *fixture = *state;
    char ticket[LOGIN_STATE_RANDOM_SIZE];
    struct store_state change, again;
    make(fixture, clock_wall_s(), ticket, &change);
    struct login_state_reading *first = read_by(fixture, text_of(ticket)),
                               *second = read_by(fixture, text_of(ticket));
    assert_int_equal(second->fault, FAULT_NONE); /* both were there in time, and one of them is first */
    login_state_use_up(first, &change);
    login_state_use_up(second, &again);
    assert_int_equal(store(fixture, &change), STORE_STORED);
    assert_int_equal(store(fixture, &again), STORE_STALE);
    assert_int_equal(read_by(fixture, text_of(ticket))->fault, FAULT_LOGIN_STATE);
}

static void is_over_after_ten_minutes(void **state)
{
    struct fixture *fixture = *state;
    char ticket[LOGIN_STATE_RANDOM_SIZE];
    struct store_state change;
    struct login_state made = make(fixture, clock_wall_s() - LOGIN_STATE_LIFETIME_S, ticket, &change);
    assert_int_equal(change.expires_at_s, made.expires_at_s);
    assert_int_equal(read_by(fixture, text_of(ticket))->fault, FAULT_LOGIN_STATE);
    make(fixture, clock_wall_s() - LOGIN_STATE_LIFETIME_S + 30, ticket, &change);
    assert_int_equal(read_by(fixture, text_of(ticket))->fault, FAULT_NONE);
}

static void is_found_by_its_ticket_alone(void **state)
{
    struct fixture *fixture = *state;
    char ticket[LOGIN_STATE_RANDOM_SIZE], other[LOGIN_STATE_RANDOM_SIZE];
    struct store_state change, moved;
    make(fixture, clock_wall_s(), ticket, &change);
    memcpy(other, ticket, sizeof(other));
    other[5] = other[5] == 'A' ? 'B' : 'A';
    assert_int_equal(read_by(fixture, text_of(other))->fault, FAULT_LOGIN_STATE);
    assert_int_equal(read_by(fixture, TEXT_NONE)->fault, FAULT_LOGIN_STATE);
    assert_int_equal(read_by(fixture, TEXT("short"))->fault, FAULT_LOGIN_STATE);
    /* A row that somebody who can write the store puts under a ticket of theirs does not open there. */
    make(fixture, clock_wall_s(), other, &moved);
    moved.value = change.value;
    moved.expected_version = -1;
    assert_int_equal(store(fixture, &moved), STORE_STORED);
    assert_int_equal(read_by(fixture, text_of(other))->fault, FAULT_SEAL_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was_kept),
        cmocka_unit_test(has_secrets_that_nobody_else_has),
        cmocka_unit_test(is_used_up_once),
        cmocka_unit_test(is_over_after_ten_minutes),
        cmocka_unit_test(is_found_by_its_ticket_alone),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
