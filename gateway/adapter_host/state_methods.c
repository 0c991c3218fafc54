/* state.get, state.put and state.claim: what an adapter keeps, in the store, as bytes that it has sealed. The
 * store compares and fences; here is what the protocol says of it. */
#include <stdlib.h>

#include "adapter_protocol/numbers.h"
#include "base/base64url.h"
#include "base/clock.h"
#include "program.h"

enum { CLAIM_MAX_MS = 3600000 };
_Static_assert((int)STORE_STATE_KEY_MAX == PROTOCOL_STATE_KEY_MAX &&
                   (int)STORE_STATE_VALUE_MAX == PROTOCOL_STATE_VALUE_MAX,
               "what may be sent can be kept");

struct state_request {
    struct program *program;
    struct arena *arena;
    int64_t id, instance; /* the request's, and of who asked */
    bool is_claim;
    struct store_state state;
    struct store_transaction transaction;
    struct store_query query;
};

static struct json_writer begin_answer(struct program *program, int64_t id)
{
    struct json_writer writer = json_writer_on(connection_lines(program->connection));
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    json_member_integer(&writer, "id", id);
    return writer;
}

static void end_answer(struct program *program, struct json_writer *writer)
{
    json_end_object(writer);
    buffer_append_byte(connection_lines(program->connection), '\n');
}

void program_answer_error(struct program *program, int64_t id, int64_t code, struct text sentence,
                          const char *data_name, int64_t data)
{
    struct json_writer writer = begin_answer(program, id);
    json_name(&writer, TEXT("error"));
    json_begin_object(&writer);
    json_member_integer(&writer, "code", code);
    json_member_text(&writer, "message", sentence);
    if (data_name != NULL) {
        json_name(&writer, TEXT("data"));
        json_begin_object(&writer);
        json_member_integer(&writer, data_name, data);
        json_end_object(&writer);
    }
    json_end_object(&writer);
    end_answer(program, &writer);
}

/* Whether who asked is still there; then its request is answered with what follows. */
static bool is_awaited(const struct state_request *request)
{
    struct program *program = request->program;
    if (program->connection == NULL || program->instance != request->instance)
        return false;
    program->requests--;
    return true;
}

static void end_request(struct state_request *request)
{
    arena_destroy(request->arena);
    free(request);
}

static void answer_unavailable(const struct state_request *request)
{
    program_answer_error(request->program, request->id, PROTOCOL_UNAVAILABLE,
                         TEXT("the store cannot be reached"), NULL, 0);
}

static int64_t claimed_for_ms(const struct store_query *query)
{
    int64_t left_ms = query->state_count == 0 ? 0 : query->states[0].claimed_until_ms - clock_wall_us() / 1000;
    return left_ms > 0 ? left_ms : 0;
}

/* --- what is there --- */

static void write_found(struct state_request *request)
{
    const struct store_query *query = &request->query;
    const struct store_state *state = query->state_count == 0 ? NULL : &query->states[0];
    struct json_writer writer = begin_answer(request->program, request->id);
    json_name(&writer, TEXT("result"));
    json_begin_object(&writer);
    if (state != NULL && state->value.base != NULL)
        json_member_text(&writer, "value",
                         base64url_encode_text(request->arena, state->value.base, state->value.length));
    json_member_integer(&writer, "version", state == NULL || state->value.base == NULL ? 0 : state->version);
    json_member_integer(&writer, "fence", state == NULL ? 0 : state->fence);
    json_member_integer(&writer, "claimed_for_ms", claimed_for_ms(query));
    json_end_object(&writer);
    end_answer(request->program, &writer);
}

static void found(struct store_query *query)
{
    struct state_request *request = query->context;
    if (is_awaited(request)) {
        if (query->fault != FAULT_NONE)
            answer_unavailable(request);
        else
            write_found(request);
    }
    end_request(request);
}

/* After a change that did not hold: how it stands now, for whoever tries again. */
static void found_other(struct store_query *query)
{
    struct state_request *request = query->context;
    bool has_value = query->state_count != 0 && query->states[0].value.base != NULL;
    if (is_awaited(request)) {
        if (query->fault != FAULT_NONE)
            answer_unavailable(request);
        else if (request->is_claim)
            program_answer_error(request->program, request->id, PROTOCOL_CLAIMED,
                                 TEXT("somebody else has claimed it"), "claimed_for_ms", claimed_for_ms(query));
        else
            program_answer_error(request->program, request->id, PROTOCOL_CONFLICT,
                                 TEXT("the version or the fence is another by now"), "version",
                                 has_value ? query->states[0].version : 0);
    }
    end_request(request);
}

static void find(struct state_request *request, void (*done)(struct store_query *query))
{
    request->query = (struct store_query){.kind = STORE_QUERY_STATE,
                                          .adapter = request->state.adapter,
                                          .id = request->state.key,
                                          .limit = 1,
                                          .arena = request->arena,
                                          .done = done,
                                          .context = request};
    store_find(adapter_host_options_of(request->program->host)->store, &request->query);
}

/* --- changes --- */

static void write_stored(struct state_request *request)
{
    struct json_writer writer = begin_answer(request->program, request->id);
    json_name(&writer, TEXT("result"));
    json_begin_object(&writer);
    if (request->is_claim)
        json_member_integer(&writer, "fence", request->state.fence);
    else
        json_member_integer(&writer, "version", request->state.value.base == NULL ? 0 : request->state.version);
    json_end_object(&writer);
    end_answer(request->program, &writer);
}

static void stored(struct store_transaction *transaction)
{
    struct state_request *request = transaction->context;
    if (transaction->fault == FAULT_NONE && transaction->outcome == STORE_STALE &&
        !adapter_host_is_closed(request->program->host)) {
        find(request, found_other);
        return;
    }
    if (is_awaited(request)) {
        if (transaction->fault != FAULT_NONE)
            answer_unavailable(request);
        else
            write_stored(request);
    }
    end_request(request);
}

static void submit(struct state_request *request)
{
    request->transaction = (struct store_transaction){
        .states = &request->state, .state_count = 1, .done = stored, .context = request};
    store_submit(adapter_host_options_of(request->program->host)->store, &request->transaction);
}

/* --- params --- */

/* A member that may be missing; false for one that is there and is no integer from least. */
static bool read_optional(const struct json_value *params, const char *name, int64_t least, int64_t *value)
{
    const struct json_value *member = json_member(params, text_of(name));
    *value = 0;
    return member == NULL || (json_integer(member, value) && *value >= least);
}

static bool read_value(struct state_request *request, const struct json_value *value)
{
    if (value == NULL || value->kind == JSON_NULL)
        return value != NULL;
    struct text encoded = json_string(value);
    size_t length;
    if (!json_is_string(value) || encoded.length > BASE64URL_ENCODED_LENGTH(STORE_STATE_VALUE_MAX))
        return false;
    unsigned char *bytes = arena_allocate(request->arena, BASE64URL_DECODED_LENGTH(encoded.length) + 1);
    bool is_well_formed = base64url_decode(encoded, bytes, &length);
    request->state.value = (struct text){(const char *)bytes, length};
    return is_well_formed && length <= STORE_STATE_VALUE_MAX;
}

static bool read_put(struct state_request *request, const struct json_value *params)
{
    struct store_state *state = &request->state;
    state->change = STORE_STATE_PUT;
    return read_value(request, json_member(params, TEXT("value"))) &&
           json_integer(json_member(params, TEXT("expected_version")), &state->expected_version) &&
           state->expected_version >= -1 && read_optional(params, "fence", 1, &state->fence) &&
           read_optional(params, "expires_at", 1, &state->expires_at_s);
}

static bool read_claim(struct state_request *request, const struct json_value *params)
{
    struct store_state *state = &request->state;
    int64_t for_ms;
    state->change = STORE_STATE_CLAIM;
    request->is_claim = true;
    if (!json_integer(json_member(params, TEXT("for_ms")), &for_ms) || for_ms < 0 || for_ms > CLAIM_MAX_MS ||
        !read_optional(params, "fence", 1, &state->fence) || (for_ms == 0 && state->fence == 0))
        return false;
    state->now_ms = clock_wall_us() / 1000;
    state->claimed_until_ms = for_ms == 0 ? 0 : state->now_ms + for_ms;
    return true;
}

static bool read_params(struct state_request *request, const struct message *message)
{
    struct text key = json_text_of(message->params, "key");
    request->state.adapter = request->program->state_name;
    request->state.key = arena_copy(request->arena, key);
    if (key.length == 0 || key.length > STORE_STATE_KEY_MAX)
        return false;
    if (text_is(message->method, "state.get"))
        return true;
    return text_is(message->method, "state.put") ? read_put(request, message->params)
                                                 : read_claim(request, message->params);
}

bool state_methods_answer(struct program *program, const struct message *message)
{
    bool is_get = text_is(message->method, "state.get");
    if (!is_get && !text_is(message->method, "state.put") && !text_is(message->method, "state.claim"))
        return false;
    struct state_request *request = calloc(1, sizeof(*request));
    INVARIANT(request != NULL);
    request->program = program;
    request->arena = arena_create();
    request->id = message->id;
    request->instance = program->instance;
    if (!read_params(request, message)) {
        program_answer_error(program, message->id, PROTOCOL_PARAMS_INVALID,
                             TEXT("the params are not as documented"), NULL, 0);
        end_request(request);
        return true;
    }
    program->requests++;
    if (is_get)
        find(request, found);
    else
        submit(request);
    return true;
}
