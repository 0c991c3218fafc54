/* What adapters keep, in the gateway's store: sealed here, bound to its key, so that the gateway and whoever
 * copies its database see bytes, and nobody can put one entry in the place of another. */
#include <string.h>
#include <time.h>

#include "adapter_protocol/numbers.h"
#include "base/base64url.h"
#include "base/clock.h"
#include "base/digest.h"
#include "call.h"
#include "dragoman/adapter_tools.h"

enum { POLL_FIRST_MS = 20, POLL_LAST_MS = 500 };
_Static_assert((int)ADAPTER_STATE_KEY_MAX == PROTOCOL_STATE_KEY_MAX, "a key goes over as it is");

/* --- sealing --- */

/* State and what adapters seal for themselves are never taken for each other; of a name, however long, its
 * digest. */
static struct text binding(struct adapter_call *call, const char *purpose, struct text name)
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(name, digest);
    struct text parts[] = {text_of(purpose), {(const char *)digest, sizeof(digest)}};
    return arena_join(call->arena, parts, 2);
}

struct text adapter_seal(struct adapter_call *call, struct text plain, struct text bound_to)
{
    return seal(call->program->sealer, call->arena, plain, binding(call, "adapter ", bound_to));
}

static bool open_seal(struct adapter_call *call, struct text sealed, struct text row, struct text *plain)
{
    SCOPED_SECRET secret = NULL;
    if (unseal(call->program->sealer, sealed, row, &secret) != FAULT_NONE)
        return false;
    *plain = arena_copy(call->arena, (struct text){(const char *)secret_bytes(secret), secret_length(secret)});
    return true;
}

enum adapter_outcome adapter_unseal(struct adapter_call *call, struct text sealed, struct text bound_to,
                                    struct text *plain)
{
    if (!open_seal(call, sealed, binding(call, "adapter ", bound_to), plain))
        return adapter_fail(call, "what was sealed does not open");
    return ADAPTER_DONE;
}

/* --- get --- */

/* Keys are often made of names that others have chosen. */
static enum adapter_outcome check_key(struct adapter_call *call, struct text key)
{
    if (key.length == 0 || key.length > ADAPTER_STATE_KEY_MAX || !text_is_utf8(key))
        return adapter_fail(call, "a key of the state has 1 to 512 bytes");
    return ADAPTER_DONE;
}

static void write_key(struct json_writer *writer, const void *context)
{
    const struct text *key = context;
    json_member_text(writer, "key", *key);
}

static bool open_value(struct adapter_call *call, struct text key, struct text encoded, struct text *value)
{
    unsigned char *sealed = arena_allocate(call->arena, BASE64URL_DECODED_LENGTH(encoded.length) + 1);
    size_t length;
    return base64url_decode(encoded, sealed, &length) &&
           open_seal(call, (struct text){(const char *)sealed, length}, binding(call, "state ", key), value);
}

enum adapter_outcome adapter_state_get(struct adapter_call *call, struct text key, struct adapter_state *state)
{
    const struct json_value *answer;
    *state = (struct adapter_state){0};
    ADAPTER_TRY(check_key(call, key));
    ADAPTER_TRY(gateway_ask(call, "state.get", write_key, &key, &answer));
    state->version = json_integer_of(answer, "version");
    state->fence = json_integer_of(answer, "fence");
    state->claimed_for_ms = json_integer_of(answer, "claimed_for_ms");
    const struct json_value *value = json_member(answer, TEXT("value"));
    if (value == NULL || value->kind == JSON_NULL)
        return ADAPTER_DONE;
    if (!open_value(call, key, json_string(value), &state->value))
        return adapter_fail(call, "what is kept does not open with this adapter's key");
    return ADAPTER_DONE;
}

/* --- put --- */

struct put {
    struct text key, encoded; /* encoded TEXT_NONE: removes */
    const struct adapter_state_change *change;
};

static void write_put(struct json_writer *writer, const void *context)
{
    const struct put *put = context;
    json_member_text(writer, "key", put->key);
    if (put->encoded.base != NULL) {
        json_member_text(writer, "value", put->encoded);
    } else {
        json_name(writer, TEXT("value"));
        json_write_null(writer);
    }
    json_member_integer(writer, "expected_version", put->change->expected_version);
    if (put->change->fence != 0)
        json_member_integer(writer, "fence", put->change->fence);
    if (put->change->expires_at_s != 0)
        json_member_integer(writer, "expires_at", put->change->expires_at_s);
}

enum adapter_outcome adapter_state_put(struct adapter_call *call, struct text key,
                                       const struct adapter_state_change *change)
{
    const struct json_value *answer;
    struct put put = {.key = key, .change = change};
    ADAPTER_TRY(check_key(call, key));
    if (change->value.length > ADAPTER_STATE_VALUE_MAX)
        return adapter_fail(call, "what is to be kept is larger than 64 KiB");
    if (change->value.base != NULL) {
        struct text sealed =
            seal(call->program->sealer, call->arena, change->value, binding(call, "state ", key));
        put.encoded = base64url_encode_text(call->arena, sealed.base, sealed.length);
    }
    return gateway_ask(call, "state.put", write_put, &put, &answer);
}

/* --- claim --- */

struct claim {
    struct text key;
    int64_t for_ms, fence;
};

static void write_claim(struct json_writer *writer, const void *context)
{
    const struct claim *claim = context;
    json_member_text(writer, "key", claim->key);
    json_member_integer(writer, "for_ms", claim->for_ms);
    if (claim->fence != 0)
        json_member_integer(writer, "fence", claim->fence);
}

enum adapter_outcome adapter_state_claim(struct adapter_call *call, struct text key, int64_t for_ms,
                                         int64_t *fence, int64_t *claimed_for_ms)
{
    const struct json_value *answer = NULL;
    struct claim claim = {key, for_ms, *fence};
    *claimed_for_ms = 0;
    ADAPTER_TRY(check_key(call, key));
    enum adapter_outcome outcome = gateway_ask(call, "state.claim", write_claim, &claim, &answer);
    if (outcome == ADAPTER_CLAIMED)
        *claimed_for_ms = json_integer_of(json_member(answer, TEXT("data")), "claimed_for_ms");
    if (outcome == ADAPTER_DONE)
        *fence = json_integer_of(answer, "fence");
    return outcome;
}

/* --- claim first, refresh second --- */

/* Not longer than the claim lasts, nor than the call. */
static void rest(struct adapter_call *call, int64_t wait_ms)
{
    int64_t end_us = clock_monotonic_us() + wait_ms * 1000;
    while (!adapter_is_over(call) && clock_monotonic_us() < end_us) {
        struct timespec moment = {.tv_nsec = POLL_FIRST_MS * 1000000L};
        nanosleep(&moment, NULL);
    }
}

static void give_up(struct adapter_call *call, struct text key, int64_t fence)
{
    int64_t ignored;
    /* Where this fails the claim ends by itself. */
    if (adapter_state_claim(call, key, 0, &fence, &ignored) == ADAPTER_FAILED)
        adapter_log(call, ADAPTER_LOG_WARNING, "a claim could not be given up");
}

static bool is_kept_good(const struct adapter_refresh *refresh, const struct adapter_state *state)
{
    return state->value.base != NULL && refresh->is_good(state->value, refresh->context);
}

/* Under the claim. CONFLICT: it was too slow, and what others have put is looked at. */
static enum adapter_outcome refresh_claimed(struct adapter_call *call, const struct adapter_refresh *refresh,
                                            int64_t fence, struct text *value)
{
    struct adapter_state state;
    ADAPTER_TRY(adapter_state_get(call, refresh->key, &state));
    if (is_kept_good(refresh, &state)) { /* by whoever had the claim before */
        *value = state.value;
        return ADAPTER_DONE;
    }
    struct adapter_state_change change = {.expected_version = state.version, .fence = fence};
    ADAPTER_TRY(refresh->refresh(call, state.value, &change.value, &change.expires_at_s, refresh->context));
    ADAPTER_TRY(adapter_state_put(call, refresh->key, &change));
    *value = change.value;
    return ADAPTER_DONE;
}

enum adapter_outcome adapter_state_refresh(struct adapter_call *call, const struct adapter_refresh *refresh,
                                           struct text *value)
{
    int64_t wait_ms = POLL_FIRST_MS;
    for (;;) {
        struct adapter_state state;
        int64_t fence = 0, claimed_for_ms;
        ADAPTER_TRY(adapter_state_get(call, refresh->key, &state));
        if (is_kept_good(refresh, &state)) {
            *value = state.value;
            return ADAPTER_DONE;
        }
        enum adapter_outcome outcome =
            adapter_state_claim(call, refresh->key, refresh->claim_ms, &fence, &claimed_for_ms);
        if (outcome == ADAPTER_DONE) {
            outcome = refresh_claimed(call, refresh, fence, value);
            give_up(call, refresh->key, fence);
            if (outcome != ADAPTER_CONFLICT)
                return outcome;
        } else if (outcome == ADAPTER_CLAIMED) {
            rest(call, claimed_for_ms < wait_ms ? claimed_for_ms : wait_ms);
            wait_ms = wait_ms * 2 < POLL_LAST_MS ? wait_ms * 2 : POLL_LAST_MS;
        } else {
            return outcome;
        }
    }
}
