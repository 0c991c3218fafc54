/* A decision point that is up, slow, down or lying, and what those who ask are told: never a permission that
 * it did not give, never later than the time allows, never more calls than there may be. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authzen/pdp.h"
#include "base/clock.h"
#include "canned_server.h"
#include "certificate.h"
#include "runtime/metrics.h"
#include "standard_error.h"

#define ANSWER_WITH(headers, body_text) "HTTP/1.1 200 OK\r\nConnection: close\r\n" headers "\r\n" body_text
#define ANSWER(body_text)               ANSWER_WITH("Content-Type: application/json\r\n", body_text)
#define ALLOW                           ANSWER("{\"decision\":true}")
#define FAILURE                         "HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n"

enum { ASKERS_MAX = 24 };

/* Somebody who asks once, as a flow of one step. */
struct asker {
    struct flow flow; /* first */
    struct authzen_evaluation evaluation;
    struct text body;
    bool is_done;
    struct asker *second;
};

static char directory[] = "/tmp/pdp-XXXXXX";
static char certificate[64], key[64], url[96];
static struct arena *arena;
static struct loop *loop;
static struct authzen_client *client;
static struct authzen_options options;
static struct canned_server *server;
static struct asker askers[ASKERS_MAX];
static unsigned asked, done;
static int64_t counted[METRIC_COUNT]; /* when the test began */

static const struct address_guard *make_guard(const char *exception)
{
    const struct address_guard *guard;
    struct text exceptions[] = {text_of(exception)};
    size_t bad;
    assert_int_equal(address_guard_create(arena, exceptions, exception != NULL ? 1 : 0, &guard, &bad),
                     FAULT_NONE);
    return guard;
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_create();
    loop = loop_create();
    options = (struct authzen_options){
        .guard = make_guard("127.0.0.0/8"), .timeout_ms = 5000, .failures = 2, .pause_ms = 400};
    memset(askers, 0, sizeof(askers));
    asked = done = 0;
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        counted[metric] = metric_read((enum metric)metric);
    return 0;
}

static void serve(const char *with_tls, const char *answer, size_t length)
{
    if (server != NULL)
        canned_server_stop(server);
    server = canned_server_start(with_tls, NULL, answer, length);
    snprintf(url, sizeof(url), "%s://127.0.0.1:%u/access/v1/evaluation", with_tls != NULL ? "https" : "http",
             canned_server_port(server));
    options.url = text_of(url);
}

static void begin(const char *answer)
{
    serve(NULL, answer, strlen(answer));
    client = authzen_client_create(loop, &options);
}

static int tear_down(void **state)
{
    (void)state;
    authzen_client_destroy(client);
    client = NULL;
    assert_int_equal(metric_read(METRIC_PDP_PAUSED), 0);
    if (server != NULL)
        canned_server_stop(server);
    server = NULL;
    loop_destroy(loop);
    arena_destroy(arena);
    return 0;
}

static int64_t count_of(enum metric metric)
{
    return metric_read(metric) - counted[metric];
}

/* --- asking --- */

static enum flow_step_result ask_step(struct flow *flow)
{
    struct asker *asker = (struct asker *)flow;
    FLOW_AWAIT(flow, &asker->evaluation.wait,
               authzen_evaluate(client, asker->body, TEXT("request-1"), &asker->evaluation));
    assert_int_equal(asker->evaluation.is_allowed, asker->evaluation.fault == FAULT_NONE);
    return FLOW_NEXT;
}

static void start(struct asker *asker, struct text body);

static void on_end(struct flow *flow)
{
    struct asker *asker = (struct asker *)flow;
    assert_false(asker->is_done);
    asker->is_done = true;
    if (asker->second != NULL)
        start(asker->second, asker->body);
    if (++done == asked)
        loop_stop(loop);
}

static void start(struct asker *asker, struct text body)
{
    static const struct flow_step steps[] = {FLOW_STEP(ask_step), FLOW_STEP_LAST};
    asked++;
    asker->body = body;
    flow_start(&asker->flow, steps, on_end);
}

static struct asker *ask(struct text body)
{
    struct asker *asker = &askers[asked];
    start(asker, body);
    return asker;
}

static void wait_for_all(void)
{
    if (done < asked)
        loop_run(loop);
    assert_int_equal(done, asked);
}

/* One question whose answer is waited for. */
static enum fault fault_of_asking(const char *body)
{
    struct asker *asker = ask(text_of(body));
    if (!asker->is_done)
        wait_for_all();
    return asker->evaluation.fault;
}

static const struct authzen_evaluation *last(void)
{
    return &askers[asked - 1].evaluation;
}

/* --- up --- */

static void sends_the_question_and_hands_the_permission_on(void **state)
{
    (void)state;
    begin(ANSWER_WITH("Content-Type: application/json\r\nx-request-id: request-1\r\n",
                      "{\"decision\":true,\"context\":{\"reason\":\"fine\"}}"));
    assert_int_equal(fault_of_asking("{\"subject\":1}"), FAULT_NONE);
    assert_true(last()->is_allowed);
    assert_string_equal(last()->detail, "reason: \"fine\"");
    assert_string_equal(last()->request_id, "request-1");
    const char *request = canned_server_request(server);
    assert_non_null(strstr(request, "POST /access/v1/evaluation HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "\r\ncontent-type: application/json\r\n"));
    assert_null(strcasestr(request, "x-www-form-urlencoded"));
    assert_non_null(strstr(request, "\r\nx-request-id: request-1\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{\"subject\":1}"));
    assert_null(strcasestr(request, "authorization"));
    assert_int_equal(count_of(METRIC_PDP_ALLOWED), 1);
}

static void hands_a_denial_on_with_its_reason(void **state)
{
    (void)state;
    begin(ANSWER("{\"decision\":false,\"context\":{\"reason_admin\":{\"en\":\"no\"}}}"));
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_DENIED);
    assert_false(last()->is_allowed);
    assert_string_equal(last()->detail, "reason_admin: {\"en\":\"no\"}");
    assert_int_equal(count_of(METRIC_PDP_DENIED), 1);
}

static void denies_what_is_permitted_under_an_unknown_obligation(void **state)
{
    (void)state;
    begin(ANSWER("{\"decision\":true,\"context\":{\"obligations\":[{\"id\":\"1\"}]}}"));
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_OBLIGATION);
    assert_false(last()->is_allowed);
    assert_int_equal(count_of(METRIC_PDP_OBLIGATION), 1);
}

static void shows_its_secret_and_only_by_tls_to_whom_the_authority_vouches_for(void **state)
{
    (void)state;
    SCOPED_SECRET token = secret_create("t0ken", 5);
    SCOPED_SECRET password = secret_create("ab:\xfb\xef\xff\xff", 7); /* '+', '/' and padding */
    memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(directory));
    certificate_write(directory);
    snprintf(certificate, sizeof(certificate), "%s/tls.crt", directory);
    snprintf(key, sizeof(key), "%s/tls.key", directory);
    serve(directory, ALLOW, sizeof(ALLOW) - 1);
    options.token = token;
    client = authzen_client_create(loop, &options);
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_UNAVAILABLE); /* the system knows no such authority */
    assert_string_equal(canned_server_request(server), "");
    authzen_client_destroy(client);
    options.ca_file = certificate;
    client = authzen_client_create(loop, &options);
    assert_int_equal(fault_of_asking("{}"), FAULT_NONE);
    assert_non_null(strstr(canned_server_request(server), "\r\nauthorization: Bearer t0ken\r\n"));
    authzen_client_destroy(client);
    options.token = password;
    options.is_basic = true;
    client = authzen_client_create(loop, &options);
    assert_int_equal(fault_of_asking("{}"), FAULT_NONE);
    assert_non_null(strstr(canned_server_request(server), "\r\nauthorization: Basic YWI6++///w==\r\n"));
    unlink(certificate);
    unlink(key);
    assert_int_equal(rmdir(directory), 0);
}

/* --- down, slow --- */

static void denies_when_nobody_listens(void **state)
{
    (void)state;
    begin(ALLOW);
    canned_server_stop(server);
    server = NULL;
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_UNAVAILABLE);
    assert_int_not_equal(last()->detail[0], '\0');
    assert_int_equal(count_of(METRIC_PDP_FAILED), 1);
}

static void speaks_to_no_address_that_the_guard_refuses(void **state)
{
    (void)state;
    options.guard = make_guard(NULL);
    begin(ALLOW);
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_UNAVAILABLE);
    assert_int_equal(canned_server_connections(server), 0);
}

static void waits_no_longer_than_its_time(void **state)
{
    (void)state;
    options.timeout_ms = 200;
    begin("");
    int64_t start_us = clock_monotonic_us();
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_UNAVAILABLE);
    assert_true(clock_monotonic_us() - start_us < 2 * 1000 * 1000);
}

/* More calls than connections to one host: some wait for a connection first, and that counts too. */
static void waits_no_longer_for_a_connection_either(void **state)
{
    (void)state;
    static const char digits[] = "abcdefghijklmnopqrstuvwx";
    options.timeout_ms = 500;
    begin("");
    int64_t start_us = clock_monotonic_us();
    for (size_t i = 0; i < 20; i++)
        ask((struct text){digits + i, 1});
    wait_for_all();
    assert_true(clock_monotonic_us() - start_us < 950 * 1000);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(askers[i].evaluation.fault, FAULT_PDP_UNAVAILABLE);
}

/* --- lying --- */

static void check_lie(const char *answer, size_t length, const char *problem)
{
    serve(NULL, answer, length);
    client = authzen_client_create(loop, &options);
    if (fault_of_asking("{}") != FAULT_PDP_UNAVAILABLE || last()->is_allowed ||
        strstr(last()->detail, problem) == NULL)
        fail_msg("%.200s\ngave %d: %s", answer, (int)last()->fault, last()->detail);
    authzen_client_destroy(client);
    client = NULL;
    assert_int_equal(count_of(METRIC_PDP_FAILED), asked);
}

static void believes_no_lie(void **state)
{
    (void)state;
#define LIE(answer, problem) check_lie((answer), sizeof(answer) - 1, (problem))
    LIE(ANSWER_WITH("Content-Type: text/html\r\n", "{\"decision\":true}"), "not application/json");
    LIE(ANSWER_WITH("", "{\"decision\":true}"), "not application/json");
    LIE(ANSWER("{\"decision\":\"true\"}"), "no boolean decision");
    LIE(ANSWER("{\"decision\":false,\"decision\":true}"), "not one strict JSON object");
    LIE(ANSWER(""), "not one strict JSON object");
    LIE(ANSWER_WITH("Content-Type: application/json\r\nContent-Length: 100\r\n", "{\"decision\":true}"), "");
    LIE(ANSWER_WITH("Content-Type: application/json\r\nX-Request-ID: other\r\n", "{\"decision\":true}"),
        "X-Request-ID");
    LIE(ANSWER_WITH("Content-Type: application/json\r\nX-Request-ID: request-1\r\nX-Request-ID: other\r\n",
                    "{\"decision\":true}"),
        "X-Request-ID");
    LIE("HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
        "{\"decision\":true}",
        "status 403");
    LIE("{\"decision\":true}", "");
#undef LIE
}

static void reads_no_answer_of_ten_megabytes_to_its_end(void **state)
{
    (void)state;
    enum { SIZE = 10 * 1024 * 1024 };
    char *answer = malloc(SIZE);
    assert_non_null(answer);
    memset(answer, ' ', SIZE);
    memcpy(answer, ALLOW, sizeof(ALLOW) - 1);
    check_lie(answer, SIZE, "larger than the limit");
    canned_server_stop(server);
    server = NULL;
    free(answer);
}

static void follows_no_redirect_to_somebody_else(void **state)
{
    (void)state;
    struct canned_server *elsewhere = canned_server_start(NULL, NULL, ALLOW, sizeof(ALLOW) - 1);
    char redirect[160];
    snprintf(redirect, sizeof(redirect),
             "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:%u/\r\nConnection: close\r\n\r\n",
             canned_server_port(elsewhere));
    check_lie(redirect, strlen(redirect), "status 307");
    assert_int_equal(canned_server_connections(elsewhere), 0);
    canned_server_stop(elsewhere);
}

/* --- sharing --- */

static void asks_once_for_all_who_ask_the_same(void **state)
{
    (void)state;
    begin(ALLOW);
    char same[10][3];
    for (size_t i = 0; i < 10; i++) {
        memcpy(same[i], "{}", 3);
        ask((struct text){same[i], 2});
    }
    assert_int_equal(done, 0);
    wait_for_all();
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(askers[i].evaluation.fault, FAULT_NONE);
        assert_string_equal(askers[i].evaluation.request_id, "request-1");
    }
    assert_int_equal(canned_server_connections(server), 1);
    assert_int_equal(count_of(METRIC_PDP_ALLOWED), 1);
    assert_int_equal(count_of(METRIC_PDP_SHARED), 9);
}

static void shares_nothing_between_different_questions(void **state)
{
    (void)state;
    begin(ALLOW);
    ask(TEXT("{\"a\":1}"));
    ask(TEXT("{\"a\":2}"));
    ask(TEXT("{\"a\":1} "));
    wait_for_all();
    assert_int_equal(canned_server_connections(server), 3);
    assert_int_equal(count_of(METRIC_PDP_SHARED), 0);
}

/* An answer is of its moment: whoever comes when it is there asks anew, also one that comes from its midst. */
static void keeps_no_answer_for_who_comes_later(void **state)
{
    (void)state;
    begin(ALLOW);
    struct asker later = {0};
    askers[0].second = &later;
    ask(TEXT("{}"));
    ask(TEXT("{}"));
    wait_for_all();
    assert_true(later.is_done);
    assert_int_equal(canned_server_connections(server), 2);
}

/* --- bounds --- */

static void makes_no_more_calls_than_it_may(void **state)
{
    (void)state;
    options.calls_max = 2;
    begin(ALLOW);
    ask(TEXT("1"));
    ask(TEXT("2"));
    struct asker *one_too_many = ask(TEXT("3"));
    assert_true(one_too_many->is_done);
    assert_int_equal(one_too_many->evaluation.fault, FAULT_OVERLOADED);
    struct asker *sharer = ask(TEXT("2"));
    wait_for_all();
    assert_int_equal(sharer->evaluation.fault, FAULT_NONE);
    assert_int_equal(fault_of_asking("3"), FAULT_NONE);
    assert_int_equal(count_of(METRIC_PDP_UNASKED_OVERLOADED), 1);
}

static void lets_no_more_wait_than_may(void **state)
{
    (void)state;
    options.questions_max = 2;
    begin(ALLOW);
    ask(TEXT("1"));
    ask(TEXT("1"));
    struct asker *one_too_many = ask(TEXT("1"));
    assert_true(one_too_many->is_done);
    assert_int_equal(one_too_many->evaluation.fault, FAULT_OVERLOADED);
    wait_for_all();
    assert_int_equal(fault_of_asking("1"), FAULT_NONE);
}

static void sends_no_question_over_its_limit(void **state)
{
    (void)state;
    static char large[AUTHZEN_QUESTION_MAX + 2];
    memset(large, 'x', sizeof(large) - 1);
    begin(ALLOW);
    assert_int_equal(fault_of_asking(large), FAULT_PDP_UNAVAILABLE);
    assert_int_equal(canned_server_connections(server), 0);
}

/* --- the breaker --- */

static void pause_over(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(loop);
}

static void sleep_through_the_pause(void)
{
    struct loop_timer timer = {.run = pause_over};
    loop_timer_start(loop, &timer, options.pause_ms + 20);
    loop_run(loop);
}

static void answer_with(const char *answer)
{
    canned_server_change(server, answer, strlen(answer));
}

static void begin_with_changing_answers(const char *first)
{
    serve(NULL, first, strlen(first));
    client = authzen_client_create(loop, &options);
}

static void leaves_a_decision_point_alone_that_fails(void **state)
{
    (void)state;
    begin_with_changing_answers(FAILURE);
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_UNAVAILABLE);
    assert_int_equal(metric_read(METRIC_PDP_PAUSED), 0);
    standard_error_catch();
    assert_int_equal(fault_of_asking("{}"), FAULT_PDP_UNAVAILABLE);
    assert_non_null(strstr(standard_error_release(), "\"event\":\"pdp_paused\""));
    assert_int_equal(metric_read(METRIC_PDP_PAUSED), 1);
    answer_with(ALLOW);
    struct asker *asker = ask(TEXT("{}"));
    assert_true(asker->is_done); /* at once */
    assert_int_equal(asker->evaluation.fault, FAULT_PDP_PAUSED);
    assert_string_equal(asker->evaluation.request_id, "");
    assert_int_equal(canned_server_connections(server), 2);
    assert_int_equal(count_of(METRIC_PDP_UNASKED_PAUSED), 1);
}

static void tries_with_one_call_and_goes_on_when_that_succeeds(void **state)
{
    (void)state;
    begin_with_changing_answers(FAILURE);
    (void)fault_of_asking("{}");
    (void)fault_of_asking("{}");
    answer_with(ALLOW);
    sleep_through_the_pause();
    struct asker *probe = ask(TEXT("1"));
    struct asker *sharer = ask(TEXT("1"));
    struct asker *other = ask(TEXT("2"));
    assert_true(other->is_done);
    assert_int_equal(other->evaluation.fault, FAULT_PDP_PAUSED);
    wait_for_all();
    assert_int_equal(probe->evaluation.fault, FAULT_NONE);
    assert_int_equal(sharer->evaluation.fault, FAULT_NONE);
    assert_int_equal(canned_server_connections(server), 3);
    assert_int_equal(metric_read(METRIC_PDP_PAUSED), 0);
    assert_int_equal(fault_of_asking("2"), FAULT_NONE);
}

static void pauses_anew_when_the_one_call_fails(void **state)
{
    (void)state;
    begin_with_changing_answers(FAILURE);
    (void)fault_of_asking("{}");
    (void)fault_of_asking("{}");
    sleep_through_the_pause();
    assert_int_equal(fault_of_asking("1"), FAULT_PDP_UNAVAILABLE);
    assert_int_equal(fault_of_asking("1"), FAULT_PDP_PAUSED);
    assert_int_equal(metric_read(METRIC_PDP_PAUSED), 1);
    assert_int_equal(canned_server_connections(server), 3);
}

static void counts_failures_in_a_row_only(void **state)
{
    (void)state;
    begin_with_changing_answers(FAILURE);
    for (int i = 0; i < 3; i++) {
        answer_with(FAILURE);
        assert_int_equal(fault_of_asking("1"), FAULT_PDP_UNAVAILABLE);
        answer_with(i == 1 ? ANSWER("{\"decision\":false}") : ALLOW);
        assert_int_equal(fault_of_asking("1"), i == 1 ? FAULT_PDP_DENIED : FAULT_NONE);
    }
}

/* Or whoever can make a question that is refused could stop everybody's. */
static void goes_on_asking_a_decision_point_that_refuses_a_question(void **state)
{
    (void)state;
    begin("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 5; i++)
        assert_int_equal(fault_of_asking("1"), FAULT_PDP_UNAVAILABLE);
    assert_int_equal(canned_server_connections(server), 5);
}

/* --- the end --- */

static void tells_everybody_who_waits_when_it_ends(void **state)
{
    (void)state;
    begin("");
    struct asker later = {0};
    askers[0].second = &later;
    ask(TEXT("1"));
    ask(TEXT("1"));
    ask(TEXT("2"));
    authzen_client_destroy(client);
    client = NULL;
    assert_int_equal(done, 4);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(askers[i].evaluation.fault, FAULT_PDP_UNAVAILABLE);
    assert_int_equal(later.evaluation.fault, FAULT_PDP_UNAVAILABLE);
    assert_int_equal(count_of(METRIC_PDP_FAILED), 0);
}

#define PDP_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PDP_TEST(sends_the_question_and_hands_the_permission_on),
        PDP_TEST(hands_a_denial_on_with_its_reason),
        PDP_TEST(denies_what_is_permitted_under_an_unknown_obligation),
        PDP_TEST(shows_its_secret_and_only_by_tls_to_whom_the_authority_vouches_for),
        PDP_TEST(denies_when_nobody_listens),
        PDP_TEST(speaks_to_no_address_that_the_guard_refuses),
        PDP_TEST(waits_no_longer_than_its_time),
        PDP_TEST(waits_no_longer_for_a_connection_either),
        PDP_TEST(believes_no_lie),
        PDP_TEST(reads_no_answer_of_ten_megabytes_to_its_end),
        PDP_TEST(follows_no_redirect_to_somebody_else),
        PDP_TEST(asks_once_for_all_who_ask_the_same),
        PDP_TEST(shares_nothing_between_different_questions),
        PDP_TEST(keeps_no_answer_for_who_comes_later),
        PDP_TEST(makes_no_more_calls_than_it_may),
        PDP_TEST(lets_no_more_wait_than_may),
        PDP_TEST(sends_no_question_over_its_limit),
        PDP_TEST(leaves_a_decision_point_alone_that_fails),
        PDP_TEST(tries_with_one_call_and_goes_on_when_that_succeeds),
        PDP_TEST(pauses_anew_when_the_one_call_fails),
        PDP_TEST(counts_failures_in_a_row_only),
        PDP_TEST(goes_on_asking_a_decision_point_that_refuses_a_question),
        PDP_TEST(tells_everybody_who_waits_when_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
