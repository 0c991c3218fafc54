/* A state in memory as the gateway would keep it: versions, fences, claims; see host_state.h. */
#include "host_state.h"

#include "adapter_protocol/numbers.h"
#include "base/base64url.h"

struct host_state *host_state_create(struct arena *arena)
{
    struct host_state *state = ARENA_NEW(arena, struct host_state);
    state->arena = arena;
    return state;
}

void host_state_dispose(struct host_state *state)
{
    buffer_dispose(&state->kept);
    buffer_dispose(&state->kept_as_sent);
}

static struct state_entry *entry_of(struct host_state *state, struct text key)
{
    for (struct state_entry *entry = state->entries; entry != NULL; entry = entry->next)
        if (text_equal(entry->key, key))
            return entry;
    struct state_entry *entry = ARENA_NEW(state->arena, struct state_entry);
    entry->key = arena_copy(state->arena, key);
    entry->next = state->entries;
    state->entries = entry;
    return entry;
}

static void write_error(struct json_writer *writer, int64_t code, const char *message, const char *name,
                        int64_t value)
{
    json_name(writer, TEXT("error"));
    json_begin_object(writer);
    json_member_integer(writer, "code", code);
    json_member_text(writer, "message", text_of(message));
    if (name != NULL) {
        json_name(writer, TEXT("data"));
        json_begin_object(writer);
        json_member_integer(writer, name, value);
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void begin_result(const struct host_state *state, struct json_writer *writer)
{
    json_name(writer, TEXT("result"));
    json_begin_object(writer);
    if (state->mood == STATE_CHATTY)
        json_member_text(writer, "of_a_later_version", TEXT("{}"));
}

static void get(const struct host_state *state, const struct state_entry *entry, int64_t now_ms,
                struct json_writer *writer)
{
    begin_result(state, writer);
    json_member_text_if(writer, "value", entry->value);
    json_member_integer(writer, "version", entry->version);
    json_member_integer(writer, "fence", entry->fence);
    json_member_integer(writer, "claimed_for_ms",
                        entry->claimed_until_ms > now_ms ? entry->claimed_until_ms - now_ms : 0);
    json_end_object(writer);
}

/* What it hides in what it keeps is looked for later, so every value stays. */
static void keep(struct host_state *state, struct text value)
{
    size_t length = 0;
    char *room = buffer_reserve(&state->kept, BASE64URL_DECODED_LENGTH(value.length) + 1);
    if (base64url_decode(value, (unsigned char *)room, &length))
        state->kept.length += length;
    buffer_append_byte(&state->kept, '\n');
    buffer_append(&state->kept_as_sent, value);
    buffer_append_byte(&state->kept_as_sent, '\n');
}

static void put(struct host_state *state, struct state_entry *entry, const struct json_value *params,
                struct json_writer *writer)
{
    const struct json_value *value = json_member(params, TEXT("value"));
    int64_t expected = json_integer_of(params, "expected_version");
    int64_t fence = entry->fence;
    json_integer(json_member(params, TEXT("fence")), &fence);
    bool conflicts = state->mood == STATE_CONFLICTS ||
                     (state->mood == STATE_CONFLICTS_ONCE && state->conflicts == 0) ||
                     (expected != -1 && expected != entry->version) || fence != entry->fence;
    if (conflicts) {
        state->conflicts++;
        write_error(writer, PROTOCOL_CONFLICT, "the version or the fence is another by now", "version",
                    entry->version);
        return;
    }
    if (json_is_string(value)) {
        keep(state, json_string(value));
        entry->value = arena_copy(state->arena, json_string(value));
        entry->version++;
    } else {
        entry->value = TEXT_NONE;
        entry->version = 0;
    }
    begin_result(state, writer);
    json_member_integer(writer, "version", entry->version);
    json_end_object(writer);
}

static void claim(const struct host_state *state, struct state_entry *entry, const struct json_value *params,
                  int64_t now_ms, struct json_writer *writer)
{
    int64_t fence = 0, for_ms = json_integer_of(params, "for_ms");
    bool is_his = json_integer(json_member(params, TEXT("fence")), &fence) && fence == entry->fence;
    if (state->mood == STATE_CLAIMED || (entry->claimed_until_ms > now_ms && !is_his)) {
        int64_t left = entry->claimed_until_ms > now_ms ? entry->claimed_until_ms - now_ms : 1000;
        write_error(writer, PROTOCOL_CLAIMED, "claimed by somebody else", "claimed_for_ms", left);
        return;
    }
    if (!is_his)
        entry->fence++;
    entry->claimed_until_ms = now_ms + for_ms;
    begin_result(state, writer);
    json_member_integer(writer, "fence", entry->fence);
    json_end_object(writer);
}

static const char *mistake_of(const struct json_value *params, struct text method)
{
    int64_t number;
    struct text key = json_text_of(params, "key");
    const struct json_value *value = json_member(params, TEXT("value"));
    if (key.length == 0 || key.length > PROTOCOL_STATE_KEY_MAX)
        return "the key of a state request is a text of 1 to 512 bytes";
    if (text_is(method, "state.claim"))
        return json_integer(json_member(params, TEXT("for_ms")), &number) && number >= 0
                   ? NULL
                   : "for_ms of state.claim is a whole number from 0";
    if (!text_is(method, "state.put"))
        return NULL;
    if (!json_integer(json_member(params, TEXT("expected_version")), &number) || number < -1)
        return "expected_version of state.put is a whole number from -1";
    if (value == NULL || (value->kind != JSON_NULL && value->kind != JSON_STRING))
        return "value of state.put is base64url or null";
    if (value->kind == JSON_STRING) {
        SCOPED_ARENA arena = arena_create();
        size_t length = 0;
        unsigned char *room = arena_allocate(arena, BASE64URL_DECODED_LENGTH(value->text.length) + 1);
        if (!base64url_decode(value->text, room, &length))
            return "value of state.put is base64url without padding";
        if (length > PROTOCOL_STATE_VALUE_MAX)
            return "value of state.put has at most 64 KiB";
    }
    return NULL;
}

const char *host_state_answer(struct host_state *state, struct text method, const struct json_value *params,
                              int64_t now_ms, struct json_writer *writer)
{
    const char *mistake = mistake_of(params, method);
    state->gets += text_is(method, "state.get");
    state->puts += text_is(method, "state.put");
    state->claims += text_is(method, "state.claim");
    if (mistake != NULL) {
        write_error(writer, PROTOCOL_PARAMS_INVALID, mistake, NULL, 0);
        return mistake;
    }
    struct state_entry *entry = entry_of(state, json_text_of(params, "key"));
    if (state->mood == STATE_FAILS)
        write_error(writer, PROTOCOL_FAILED, "the store is down", NULL, 0);
    else if (text_is(method, "state.get"))
        get(state, entry, now_ms, writer);
    else if (text_is(method, "state.put"))
        put(state, entry, params, writer);
    else
        claim(state, entry, params, now_ms, writer);
    return NULL;
}
