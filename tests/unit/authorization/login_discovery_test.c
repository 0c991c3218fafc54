/* Where people log in is asked of the issuer itself, once for all who wait, and remembered a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "canned_server.h"
#include "login/login_discovery.h"

enum { ASKERS_MAX = 80 };

struct asker {
    struct flow flow; /* first */
    struct errand *errand;
    struct text issuer;
    struct login_discovery discovery;
};

struct errand {
    struct loop_message start;
    struct loop *loop;
    struct people_keeper *keeper;
    struct asker askers[ASKERS_MAX];
    size_t count, done;
};

static enum flow_step_result ask_step(struct flow *flow)
{
    struct asker *asker = (struct asker *)flow;
    FLOW_AWAIT(flow, &asker->discovery.wait,
               login_discovery_find(asker->errand->keeper, asker->issuer, &asker->discovery));
    return FLOW_NEXT;
}

static void end(struct flow *flow)
{
    struct errand *errand = ((struct asker *)flow)->errand;
    if (++errand->done == errand->count)
        loop_stop(errand->loop);
}

static void start(struct loop_message *message)
{
    static const struct flow_step steps[] = {FLOW_STEP(ask_step), FLOW_STEP_LAST};
    struct errand *errand = (struct errand *)message;
    for (size_t i = 0; i < errand->count; i++)
        flow_start(&errand->askers[i].flow, steps, end);
}

struct stage {
    struct arena *arena;
    struct loop *loop;
    struct people_keeper *keeper;
    struct canned_server *server;
    char issuer[64];
};

static void answer(struct stage *stage, const char *status, const char *issuer)
{
    struct text body = arena_print(
        stage->arena, "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/a\",\"token_endpoint\":\"%s/t\"}",
        issuer, stage->issuer, stage->issuer);
    struct text whole =
        arena_print(stage->arena, "HTTP/1.1 %s\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n%.*s", status,
                    body.length, TEXT_ARGUMENTS(body));
    canned_server_change(stage->server, whole.base, whole.length);
}

static void open_stage(struct stage *stage, const char *exception)
{
    const struct address_guard *guard;
    struct text exceptions[] = {text_of(exception)};
    size_t bad;
    log_set_level(LOG_ERROR);
    stage->arena = arena_create();
    stage->loop = loop_create();
    assert_int_equal(address_guard_create(stage->arena, exceptions, exception == NULL ? 0 : 1, &guard, &bad),
                     FAULT_NONE);
    stage->keeper = people_keeper_create(&stage->loop, 1, guard, NULL);
    stage->server = canned_server_start(NULL, NULL, "", 0);
    snprintf(stage->issuer, sizeof(stage->issuer), "http://127.0.0.1:%u",
             (unsigned)canned_server_port(stage->server));
    answer(stage, "200 OK", stage->issuer);
}

static void close_stage(struct stage *stage)
{
    people_keeper_destroy(stage->keeper);
    loop_destroy(stage->loop);
    canned_server_stop(stage->server);
    arena_destroy(stage->arena);
}

static struct errand *ask(struct stage *stage, size_t count)
{
    struct errand *errand = ARENA_NEW(stage->arena, struct errand);
    *errand = (struct errand){{start, NULL}, stage->loop, stage->keeper, .count = count};
    for (size_t i = 0; i < count; i++)
        errand->askers[i] = (struct asker){
            .errand = errand, .issuer = text_of(stage->issuer), .discovery = {.arena = stage->arena}};
    return errand;
}

static enum fault run(struct errand *errand)
{
    loop_post(errand->loop, &errand->start);
    loop_run(errand->loop);
    return errand->askers[0].discovery.fault;
}

static void is_fetched_once_for_all_who_wait_and_remembered(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, "127.0.0.0/8");
    struct errand *errand = ask(&stage, 5);
    assert_int_equal(run(errand), FAULT_NONE);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(errand->askers[i].discovery.fault, FAULT_NONE);
        assert_true(text_ends_with(errand->askers[i].discovery.metadata.token_endpoint, TEXT("/t")));
    }
    assert_non_null(strstr(canned_server_request(stage.server), "GET /.well-known/openid-configuration "));
    answer(&stage, "500 No", "x");
    assert_int_equal(run(ask(&stage, 1)), FAULT_NONE);
    assert_int_equal(canned_server_connections(stage.server), 1);
    close_stage(&stage);
}

static void is_not_believed_of_another_issuer_and_not_asked_again_at_once(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, "127.0.0.0/8");
    answer(&stage, "200 OK", "https://elsewhere.example");
    assert_int_equal(run(ask(&stage, 1)), FAULT_LOGIN_ANSWER);
    answer(&stage, "200 OK", stage.issuer);
    assert_int_equal(run(ask(&stage, 1)), FAULT_LOGIN_ANSWER);
    assert_int_equal(canned_server_connections(stage.server), 1);
    close_stage(&stage);
}

static void follows_no_redirect_and_believes_no_error(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        enum fault fault;
    } cases[] = {{"302 Found\r\nlocation: https://elsewhere.example/", FAULT_LOGIN_ANSWER},
                 {"404 Not Found", FAULT_LOGIN_ANSWER},
                 {"503 Busy", FAULT_LOGIN_UNREACHABLE}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stage stage;
        open_stage(&stage, "127.0.0.0/8");
        answer(&stage, cases[i].status, stage.issuer);
        assert_int_equal(run(ask(&stage, 1)), cases[i].fault);
        assert_int_equal(canned_server_connections(stage.server), 1);
        close_stage(&stage);
    }
}

static void goes_to_no_address_that_is_guarded(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, NULL);
    assert_int_equal(run(ask(&stage, 1)), FAULT_LOGIN_UNREACHABLE);
    assert_int_equal(canned_server_connections(stage.server), 0);
    close_stage(&stage);
}

static void remembers_no_more_issuers_than_there_is_room_for(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, NULL);
    struct errand *errand = ask(&stage, LOGIN_DISCOVERY_ISSUERS_MAX + 1);
    for (size_t i = 0; i < errand->count; i++)
        errand->askers[i].issuer = arena_print(stage.arena, "https://127.0.0.1:1/%zu", i);
    run(errand);
    assert_int_equal(errand->askers[LOGIN_DISCOVERY_ISSUERS_MAX - 1].discovery.fault, FAULT_LOGIN_UNREACHABLE);
    assert_int_equal(errand->askers[LOGIN_DISCOVERY_ISSUERS_MAX].discovery.fault, FAULT_OVERLOADED);
    close_stage(&stage);
}

struct admission {
    struct loop_message message; /* first */
    struct stage *stage;
    enum fault last, over, later;
};

static void admit(struct loop_message *message)
{
    struct admission *admission = (struct admission *)message;
    for (int i = 0; i < LOGINS_BEGUN_MAX; i++)
        admission->last = people_keeper_admit_login(admission->stage->keeper, 1000000);
    admission->over = people_keeper_admit_login(admission->stage->keeper, 2000000);
    admission->later = people_keeper_admit_login(admission->stage->keeper, 602000000);
    loop_stop(admission->stage->loop);
}

static void lets_only_so_many_logins_begin_while_their_rows_are_kept(void **state)
{
    (void)state;
    struct stage stage;
    open_stage(&stage, NULL);
    struct admission admission = {{admit, NULL}, &stage, FAULT_INTERNAL, FAULT_INTERNAL, FAULT_INTERNAL};
    loop_post(stage.loop, &admission.message);
    loop_run(stage.loop);
    assert_int_equal(admission.last, FAULT_NONE);
    assert_int_equal(admission.over, FAULT_OVERLOADED);
    assert_int_equal(admission.later, FAULT_NONE);
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_fetched_once_for_all_who_wait_and_remembered),
        cmocka_unit_test(is_not_believed_of_another_issuer_and_not_asked_again_at_once),
        cmocka_unit_test(follows_no_redirect_and_believes_no_error),
        cmocka_unit_test(goes_to_no_address_that_is_guarded),
        cmocka_unit_test(remembers_no_more_issuers_than_there_is_room_for),
        cmocka_unit_test(lets_only_so_many_logins_begin_while_their_rows_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
