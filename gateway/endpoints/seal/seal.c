/* One key is tried at a time, and a few in a minute: each costs the start of a worker. Guessing one is hopeless
 * anyway. Words of the supervisor come on another thread than requests. */
#include "endpoints/seal.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "endpoint.h"
#include "keys/seal.h"
#include "keys/sealing_key.h"
#include "seal_offer.h"

enum { OFFERS_PER_MINUTE = 6 };

struct seal {
    pthread_mutex_t lock;
    struct seal_state state;
    bool (*offer)(const struct secret *key);
    struct request *waiting; /* for what becomes of its key; of its own loop */
    char offered_id[SEALER_KEY_ID_SIZE];
    enum seal_outcome outcome;
    struct loop_message answering;
    int64_t minute;
    unsigned offers; /* in that minute */
};

struct seal *seal_create(const struct seal_state *state, bool (*offer)(const struct secret *key))
{
    struct seal *seal = calloc(1, sizeof(*seal));
    INVARIANT(seal != NULL && pthread_mutex_init(&seal->lock, NULL) == 0);
    seal->state = *state;
    seal->offer = offer;
    return seal;
}

void seal_destroy(struct seal *seal)
{
    if (seal == NULL)
        return;
    pthread_mutex_destroy(&seal->lock);
    free(seal);
}

void seal_read(struct seal *seal, struct seal_state *state)
{
    pthread_mutex_lock(&seal->lock);
    *state = seal->state;
    pthread_mutex_unlock(&seal->lock);
}

void seal_note(struct seal *seal, const struct seal_state *state)
{
    pthread_mutex_lock(&seal->lock);
    seal->state = *state;
    pthread_mutex_unlock(&seal->lock);
}

void seal_write(const struct seal_state *state, struct buffer *body)
{
    struct json_writer writer = json_writer_on(body);
    json_begin_object(&writer);
    json_member_boolean(&writer, "sealed", state->is_sealed);
    json_member_text(&writer, "source", text_of(state->source));
    json_member_integer(&writer, "since", state->since_s);
    if (state->key_id[0] != '\0')
        json_member_text(&writer, "key_id", text_of(state->key_id));
    if (state->failure[0] != '\0')
        json_member_text(&writer, "failure", text_of(state->failure));
    json_end_object(&writer);
}

/* --- a key that is offered --- */

static void answer_problem(struct request *request, enum fault fault)
{
    const struct fault_row *row = fault_row(fault);
    const struct response_header headers[] = {{"cache-control", TEXT("no-store")}, {"retry-after", TEXT("60")}};
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "title", text_of(row->reason));
    json_member_integer(&writer, "status", row->http_status);
    json_member_text(&writer, "detail", text_of(row->sentence));
    json_end_object(&writer);
    struct response response = {.status = row->http_status,
                                .content_type = TEXT("application/problem+json"),
                                .body = buffer_text(&body),
                                .headers = headers,
                                .header_count = row->http_status == 429 || row->http_status == 503 ? 2 : 1};
    LOG(LOG_WARNING, "unseal_refused", log_text("reason", text_of(row->reason)));
    request_answer(request, &response);
}

/* What holds from now on, though another worker is the one that has the key. */
static struct seal_state opened_state(const struct seal *seal)
{
    struct seal_state state = {.source = "operator", .since_s = clock_wall_s()};
    snprintf(state.key_id, sizeof(state.key_id), "%s", seal->offered_id);
    return state;
}

static void answer(struct loop_message *message)
{
    static const enum fault faults[] = {[SEAL_OPENED] = FAULT_NONE,
                                        [SEAL_KEY_WRONG] = FAULT_SEALING_KEY_WRONG,
                                        [SEAL_NOT_TRIED] = FAULT_SEALING_KEY_UNTRIED};
    struct seal *seal = (struct seal *)((char *)message - offsetof(struct seal, answering));
    pthread_mutex_lock(&seal->lock);
    struct request *request = seal->waiting;
    enum fault fault = faults[seal->outcome];
    if (fault == FAULT_NONE)
        seal->state = opened_state(seal);
    struct seal_state state = seal->state;
    seal->waiting = NULL;
    pthread_mutex_unlock(&seal->lock);
    if (fault != FAULT_NONE) {
        answer_problem(request, fault);
        return;
    }
    SCOPED_BUFFER body = {0};
    seal_write(&state, &body);
    endpoint_answer(request, 200, "application/json", "no-store", buffer_text(&body));
}

void seal_note_outcome(struct seal *seal, enum seal_outcome outcome)
{
    pthread_mutex_lock(&seal->lock);
    bool is_new = seal->waiting != NULL && seal->answering.run == NULL;
    if (is_new) {
        seal->outcome = outcome;
        seal->answering.run = answer;
        loop_post(request_loop(seal->waiting), &seal->answering);
    }
    pthread_mutex_unlock(&seal->lock);
}

static void write_id(struct text line, char id[SEALER_KEY_ID_SIZE])
{
    struct sealer *sealer = sealer_create(sealing_key_parse(line));
    sealer_key_id(sealer, id);
    sealer_destroy(sealer);
}

/* False if another one is being tried, or too many were. */
static bool take_turn(struct seal *seal, struct request *request)
{
    int64_t minute = clock_monotonic_us() / (60 * 1000 * 1000);
    pthread_mutex_lock(&seal->lock);
    if (seal->minute != minute)
        seal->offers = 0;
    seal->minute = minute;
    bool is_taken = seal->waiting == NULL && seal->offers < OFFERS_PER_MINUTE;
    if (is_taken) {
        seal->offers++;
        seal->waiting = request;
        write_id(request_body(request), seal->offered_id);
        seal->answering = (struct loop_message){0};
    }
    pthread_mutex_unlock(&seal->lock);
    return is_taken;
}

void seal_take_offer(struct seal *seal, struct request *request)
{
    struct text line = request_body(request);
    SCOPED_SECRET key = line.length <= SEALING_KEY_LINE_MAX ? sealing_key_parse(line) : NULL;
    if (key == NULL)
        answer_problem(request, FAULT_SEALING_KEY_MALFORMED);
    else if (!take_turn(seal, request))
        answer_problem(request, FAULT_UNSEAL_RATE);
    else if (seal->offer == NULL || !seal->offer(key))
        seal_note_outcome(seal, SEAL_NOT_TRIED);
}
