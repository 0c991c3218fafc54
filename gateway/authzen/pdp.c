/* The calls of one loop's client: which questions share one, how many there may be, and whether any is made at
 * all while the decision point fails. What an answer means stands in answer.c. */
#include "authzen/pdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "base/base64url.h"
#include "base/clock.h"
#include "base/log.h"
#include "breaker.h"
#include "runtime/metrics.h"

enum {
    TIMEOUT_MS = 1000,
    FAILURES = 5,
    PAUSE_MS = 5000,
    CALLS_MAX = 64,
    CALLS_LIMIT =
        1000, /* beyond it the HTTP client refuses, which would look like the decision point's failure */
    QUESTIONS_MAX = 1024,
};

struct call {
    struct authzen_client *client;
    struct text body; /* of the first that waits */
    bool is_probe;
    struct authzen_evaluation *waiting, **end; /* in the order they came */
    struct call *next, **link;
};

struct authzen_client {
    struct http_client *http;
    char *url;
    struct secret *authorization; /* the whole header line, or NULL */
    struct breaker breaker;
    int64_t timeout_ms;
    struct call *calls;
    unsigned calls_count, calls_max;
    unsigned questions_count, questions_max;
    bool is_ending;
};

/* --- outcomes --- */

static enum fault fault_of(enum answer_outcome outcome)
{
    switch (outcome) {
    case ANSWER_ALLOWED:
        return FAULT_NONE;
    case ANSWER_DENIED:
        return FAULT_PDP_DENIED;
    case ANSWER_OBLIGATION:
        return FAULT_PDP_OBLIGATION;
    case ANSWER_FAILED:
        break;
    }
    return FAULT_PDP_UNAVAILABLE;
}

static void complete(struct authzen_evaluation *evaluation, enum fault fault, const char *detail)
{
    evaluation->fault = fault;
    evaluation->is_allowed = fault == FAULT_NONE;
    snprintf(evaluation->detail, sizeof(evaluation->detail), "%s", detail);
    flow_wait_done(&evaluation->wait);
}

static void count(enum answer_outcome outcome)
{
    static const enum metric metrics[] = {
        [ANSWER_FAILED] = METRIC_PDP_FAILED,
        [ANSWER_ALLOWED] = METRIC_PDP_ALLOWED,
        [ANSWER_DENIED] = METRIC_PDP_DENIED,
        [ANSWER_OBLIGATION] = METRIC_PDP_OBLIGATION,
    };
    metric_add(metrics[outcome], 1);
}

static void tell_breaker(struct authzen_client *client, bool is_probe, bool has_failed, const char *detail)
{
    struct breaker *breaker = &client->breaker;
    bool was_closed = breaker->state == BREAKER_CLOSED;
    if (has_failed)
        breaker_failed(breaker, is_probe, clock_monotonic_us());
    else
        breaker_succeeded(breaker, is_probe);
    bool is_closed = breaker->state == BREAKER_CLOSED;
    if (is_closed == was_closed)
        return;
    metric_add(METRIC_PDP_PAUSED, is_closed ? -1 : 1);
    if (is_closed)
        LOG(LOG_INFO, "pdp_asked_again", log_text("url", text_of(client->url)));
    else
        LOG(LOG_WARNING, "pdp_paused", log_text("url", text_of(client->url)),
            log_text("problem", text_of(detail)), log_number("pause_ms", breaker->pause_us / 1000));
}

/* --- calls --- */

static void link_call(struct authzen_client *client, struct call *call)
{
    call->link = &client->calls;
    call->next = client->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    client->calls = call;
    client->calls_count++;
}

static void unlink_call(struct authzen_client *client, struct call *call)
{
    *call->link = call->next;
    if (call->next != NULL)
        call->next->link = call->link;
    client->calls_count--;
}

/* Unlinked first: a flow that goes on may ask again, and then asks anew. */
static void on_answer(const struct http_answer *answer, void *context)
{
    struct call *call = context;
    struct authzen_client *client = call->client;
    char detail[AUTHZEN_DETAIL_SIZE];
    unlink_call(client, call);
    enum answer_outcome outcome = answer_read(answer, text_of(call->waiting->request_id), detail);
    if (!client->is_ending) {
        count(outcome);
        /* Who asks chooses part of the question, and must not be able to take the decision point from everybody
         * else by one that it refuses. */
        tell_breaker(client, call->is_probe, outcome == ANSWER_FAILED && !answer_refuses_question(answer),
                     detail);
    }
    for (struct authzen_evaluation *evaluation = call->waiting, *next; evaluation != NULL; evaluation = next) {
        next = evaluation->next;
        client->questions_count--;
        complete(evaluation, fault_of(outcome), detail);
    }
    free(call);
}

static void send_call(struct authzen_client *client, const struct call *call)
{
    struct text headers[4] = {TEXT("content-type: application/json"), TEXT("accept: application/json")};
    size_t count = 2;
    SCOPED_BUFFER request_id = {0};
    buffer_print(&request_id, "x-request-id: %s", call->waiting->request_id);
    headers[count++] = buffer_text(&request_id);
    if (client->authorization != NULL)
        headers[count++] = (struct text){(const char *)secret_bytes(client->authorization),
                                         secret_length(client->authorization)};
    struct http_request request = {.url = text_of(client->url),
                                   .method = TEXT("POST"),
                                   .headers = headers,
                                   .header_count = count,
                                   .body = call->body,
                                   .answer_limit = ANSWER_BYTES_MAX,
                                   .timeout_ms = client->timeout_ms,
                                   .is_traced = true,
                                   .wanted_header = TEXT("x-request-id")};
    http_client_send(client->http, &request, on_answer, (void *)call);
}

static void join(struct call *call, struct authzen_evaluation *evaluation)
{
    evaluation->next = NULL;
    *call->end = evaluation;
    call->end = &evaluation->next;
    call->client->questions_count++;
}

static void begin_call(struct authzen_client *client, struct text body, bool is_probe,
                       struct authzen_evaluation *evaluation)
{
    struct call *call = calloc(1, sizeof(*call));
    INVARIANT(call != NULL);
    *call = (struct call){.client = client, .body = body, .is_probe = is_probe, .end = &call->waiting};
    link_call(client, call);
    join(call, evaluation);
    send_call(client, call);
}

/* The same bytes are the same question, and its answer then is of a moment after the first was asked. */
static struct call *find_call(const struct authzen_client *client, struct text body)
{
    struct call *call = client->calls;
    while (call != NULL && !text_equal(call->body, body))
        call = call->next;
    return call;
}

/* --- the client --- */

static void refuse_overloaded(struct authzen_evaluation *evaluation)
{
    metric_add(METRIC_PDP_UNASKED_OVERLOADED, 1);
    complete(evaluation, FAULT_OVERLOADED, "as many questions as accepted wait for the decision point");
}

void authzen_evaluate(struct authzen_client *client, struct text body, struct text request_id,
                      struct authzen_evaluation *evaluation)
{
    INVARIANT(request_id.length != 0 && request_id.length < AUTHZEN_REQUEST_ID_SIZE);
    bool is_probe;
    if (client->is_ending) {
        complete(evaluation, FAULT_PDP_UNAVAILABLE, "cancelled");
        return;
    }
    if (body.length > AUTHZEN_QUESTION_MAX) {
        complete(evaluation, FAULT_PDP_UNAVAILABLE, "the question is larger than 64 KiB");
        return;
    }
    if (client->questions_count >= client->questions_max) {
        refuse_overloaded(evaluation);
        return;
    }
    struct call *call = find_call(client, body);
    if (call != NULL) {
        metric_add(METRIC_PDP_SHARED, 1);
        memcpy(evaluation->request_id, call->waiting->request_id, sizeof(evaluation->request_id));
        join(call, evaluation);
    } else if (client->calls_count >= client->calls_max) {
        refuse_overloaded(evaluation);
    } else if (!breaker_admits(&client->breaker, clock_monotonic_us(), &is_probe)) {
        metric_add(METRIC_PDP_UNASKED_PAUSED, 1);
        complete(evaluation, FAULT_PDP_PAUSED, "not asked: it failed too often a moment ago");
    } else {
        memcpy(evaluation->request_id, request_id.base, request_id.length);
        evaluation->request_id[request_id.length] = '\0';
        begin_call(client, body, is_probe, evaluation);
    }
}

static struct secret *make_authorization(const struct secret *token, bool is_basic)
{
    if (token == NULL)
        return NULL;
    SCOPED_BUFFER line = {0};
    buffer_append(&line, is_basic ? TEXT("authorization: Basic ") : TEXT("authorization: Bearer "));
    if (is_basic)
        base64_append(&line, secret_bytes(token), secret_length(token));
    else
        buffer_append(&line, (struct text){(const char *)secret_bytes(token), secret_length(token)});
    return secret_create(line.base, line.length);
}

struct authzen_client *authzen_client_create(struct loop *loop, const struct authzen_options *options)
{
    struct authzen_client *client = calloc(1, sizeof(*client));
    INVARIANT(client != NULL && options->calls_max <= CALLS_LIMIT);
    *client = (struct authzen_client){
        .http = http_client_create(loop, options->guard, options->ca_file),
        .url = strndup(options->url.base, options->url.length),
        .authorization = make_authorization(options->token, options->is_basic),
        .breaker = {.failures_allowed = options->failures != 0 ? options->failures : FAILURES,
                    .pause_us = 1000 * (options->pause_ms > 0 ? options->pause_ms : PAUSE_MS)},
        .timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS,
        .calls_max = options->calls_max != 0 ? options->calls_max : CALLS_MAX,
        .questions_max = options->questions_max != 0 ? options->questions_max : QUESTIONS_MAX,
    };
    INVARIANT(client->url != NULL);
    return client;
}

void authzen_client_destroy(struct authzen_client *client)
{
    if (client == NULL)
        return;
    client->is_ending = true;
    http_client_destroy(client->http); /* each call hears of it, and then whoever waits for it */
    if (client->breaker.state != BREAKER_CLOSED)
        metric_add(METRIC_PDP_PAUSED, -1);
    secret_destroy(client->authorization);
    free(client->url);
    free(client);
}
