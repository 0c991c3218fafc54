/* Reads and writes what is kept of a connected account. */
#include "connection.h"

#include <time.h>

#include "account.h"
#include "base/clock.h"
#include "base/digest.h"
#include "token_request.h"
#include "json/json_writer.h"

/* Waits are short beside a request to the other side. A claim outlasts the call that has it, so that nobody
 * begins while its request may still be under way. */
enum { WAIT_MS = 50, POLL_MS = 10, CLAIM_BEYOND_MS = 2000, TOKENS_BYTES_MAX = 44 * 1024 };

/* The largest row without access tokens: what came from the other side is bounded where it is read, and each
 * byte of it is at most two in JSON, being printable. The access tokens have what is left (connection_put). */
enum {
    ORIGIN_MAX = 2048, /* of a URL in settings */
    CLIENT_MAX = 2048,
    LOST_MAX = 512,  /* our own words */
    NAMES_MAX = 512, /* of members, and two numbers */
    FINGERPRINT_MAX = 2 * DIGEST_SIZE,
    ROW_MAX =
        2 * (CONNECTION_REFRESH_TOKEN_MAX + TOKEN_SCOPE_MAX + ORIGIN_MAX + CLIENT_MAX + ACCOUNT_NAME_MAX) +
        LOST_MAX + 2 * FINGERPRINT_MAX + NAMES_MAX
};
_Static_assert((int)ROW_MAX <= (int)ADAPTER_STATE_VALUE_MAX, "whatever is connected can be kept");

static const struct json_limits connection_limits = {
    .bytes = ADAPTER_STATE_VALUE_MAX, .depth = 8, .members = 1024, .takes_nul = true};

struct text fingerprint_of(struct adapter_call *call, struct text secret)
{
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    digest_sha256(secret, digest);
    digest_hex(digest, hex);
    return arena_copy(adapter_arena(call), text_of(hex));
}

struct text connection_key(struct adapter_call *call, const struct adapter_target *target,
                           const struct adapter_party *subject)
{
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    const struct text parts[] = {subject->issuer, subject->subject, target->name, target->team};
    digest_parts(parts, sizeof(parts) / sizeof(*parts), digest);
    digest_hex(digest, hex);
    return arena_print(adapter_arena(call), "connection/%s", hex);
}

bool connection_is_for(const struct connection *connection, const struct oauth_settings *settings)
{
    return text_equal_ignoring_case(connection->origin, settings->origin) &&
           (connection->client.base == NULL || text_equal(connection->client, settings->client_id));
}

/* --- reading --- */

static void read_tokens(const struct json_value *list, struct connection *connection)
{
    const struct json_value *token = list != NULL && list->kind == JSON_ARRAY ? list->first : NULL;
    for (; token != NULL && connection->token_count < CONNECTION_TOKENS_MAX; token = token->next)
        connection->tokens[connection->token_count++] = (struct connection_token){
            .key = json_text_of(token, "key"),
            .access_token = json_text_of(token, "access_token"),
            .lease = json_text_of(token, "lease"),
            .scope = json_text_of(token, "scope"),
            .made_at_us = json_integer_of(token, "made_at_us"),
            .expires_at_s = json_integer_of(token, "expires_at"),
        };
}

enum adapter_outcome connection_read(struct adapter_call *call, struct text key, struct connection *connection)
{
    struct adapter_state state;
    const struct json_value *object;
    *connection = (struct connection){.key = key, .fence = connection->fence};
    ADAPTER_TRY(adapter_state_get(call, key, &state));
    if (state.value.base == NULL)
        return ADAPTER_DONE; /* one that was removed is as one that never was */
    connection->version = state.version;
    if (json_parse(adapter_arena(call), state.value, &connection_limits, &object) != FAULT_NONE)
        return adapter_fail(call, "what is kept of the account is not what was put there");
    connection->is_there = true;
    connection->origin = json_text_of(object, "origin");
    connection->client = json_text_of(object, "client");
    connection->refresh_token = json_text_of(object, "refresh_token");
    connection->account = json_text_of(object, "account");
    connection->granted = json_text_of(object, "granted");
    connection->refreshing = json_text_of(object, "refreshing");
    connection->refreshing_since_s = json_integer_of(object, "refreshing_since");
    connection->lost = json_text_of(object, "lost");
    connection->lost_token = json_text_of(object, "lost_token");
    read_tokens(json_member(object, TEXT("tokens")), connection);
    return ADAPTER_DONE;
}

/* --- writing --- */

static void write_token(struct json_writer *writer, const struct connection_token *token)
{
    json_begin_object(writer);
    json_member_text(writer, "key", token->key);
    json_member_text(writer, "access_token", token->access_token);
    json_member_text(writer, "lease", token->lease);
    json_member_text_if(writer, "scope", token->scope);
    json_member_integer(writer, "made_at_us", token->made_at_us);
    json_member_integer(writer, "expires_at", token->expires_at_s);
    json_end_object(writer);
}

static struct text write(struct adapter_call *call, const struct connection *connection)
{
    struct buffer out = buffer_in(adapter_arena(call), 4096);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "origin", connection->origin);
    json_member_text_if(&writer, "client", connection->client);
    json_member_text_if(&writer, "refresh_token", connection->refresh_token);
    json_member_text_if(&writer, "account", connection->account);
    json_member_text_if(&writer, "granted", connection->granted);
    json_member_text_if(&writer, "lost", connection->lost);
    json_member_text_if(&writer, "lost_token", connection->lost_token);
    if (connection->refreshing.base != NULL) {
        json_member_text(&writer, "refreshing", connection->refreshing);
        json_member_integer(&writer, "refreshing_since", connection->refreshing_since_s);
    }
    json_name(&writer, TEXT("tokens"));
    json_begin_array(&writer);
    for (size_t i = 0; i < connection->token_count; i++)
        write_token(&writer, &connection->tokens[i]);
    json_end_array(&writer);
    json_end_object(&writer);
    return buffer_text(&out);
}

enum adapter_outcome connection_check_refresh_token(struct adapter_call *call, struct text token)
{
    if (token.length > CONNECTION_REFRESH_TOKEN_MAX)
        return adapter_misconfigured(call, NULL,
                                     "the other side's refresh token has %zu bytes, of which %d can be kept: "
                                     "what was connected before stays as it is",
                                     token.length, (int)CONNECTION_REFRESH_TOKEN_MAX);
    if (!is_token_text(token))
        return adapter_misconfigured(call, NULL,
                                     "the other side's refresh token is no printable ASCII: what was connected "
                                     "before stays as it is");
    return ADAPTER_DONE;
}

static void drop(struct connection *connection, size_t at)
{
    for (size_t i = at; i + 1 < connection->token_count; i++)
        connection->tokens[i] = connection->tokens[i + 1];
    connection->token_count--;
}

static enum adapter_outcome put(struct adapter_call *call, const struct connection *connection,
                                struct text value)
{
    const struct adapter_state_change change = {
        .value = value, .expected_version = connection->version, .fence = connection->fence};
    return adapter_state_put(call, connection->key, &change);
}

enum adapter_outcome connection_put(struct adapter_call *call, struct connection *connection)
{
    struct text value = write(call, connection);
    while (value.length > ADAPTER_STATE_VALUE_MAX && connection->token_count != 0) {
        drop(connection, 0); /* the oldest stand first */
        value = write(call, connection);
    }
    return put(call, connection, value);
}

enum adapter_outcome connection_remove(struct adapter_call *call, const struct connection *connection)
{
    return put(call, connection, TEXT_NONE);
}

/* --- tokens --- */

static size_t bytes_of_tokens(const struct connection *connection)
{
    size_t bytes = 0;
    for (size_t i = 0; i < connection->token_count; i++) {
        const struct connection_token *token = &connection->tokens[i];
        bytes += token->access_token.length + token->key.length + token->lease.length + token->scope.length;
    }
    return bytes;
}

void connection_add_token(struct connection *connection, const struct connection_token *token, int64_t now_s)
{
    size_t i = 0;
    while (i < connection->token_count) {
        const struct connection_token *old = &connection->tokens[i];
        if (text_equal(old->key, token->key) || old->expires_at_s <= now_s)
            drop(connection, i);
        else
            i++;
    }
    if (connection->token_count == CONNECTION_TOKENS_MAX)
        drop(connection, 0);
    connection->tokens[connection->token_count++] = *token;
    while (connection->token_count > 1 && bytes_of_tokens(connection) > TOKENS_BYTES_MAX)
        drop(connection, 0); /* the oldest stand first */
}

bool connection_take_token(struct connection *connection, struct text lease, struct connection_token *token)
{
    for (size_t i = 0; i < connection->token_count; i++) {
        if (text_equal(connection->tokens[i].lease, lease)) {
            *token = connection->tokens[i];
            drop(connection, i);
            return true;
        }
    }
    return false;
}

/* --- the claim --- */

static void rest(struct adapter_call *call, int64_t wait_ms)
{
    int64_t end_us = clock_monotonic_us() + wait_ms * 1000;
    while (!adapter_is_over(call) && clock_monotonic_us() < end_us) {
        struct timespec moment = {.tv_nsec = POLL_MS * 1000000L};
        nanosleep(&moment, NULL);
    }
}

enum adapter_outcome connection_try_claim(struct adapter_call *call, struct text key, int64_t *fence)
{
    int64_t claimed_for_ms;
    *fence = 0;
    enum adapter_outcome outcome =
        adapter_state_claim(call, key, adapter_remaining_ms(call) + CLAIM_BEYOND_MS, fence, &claimed_for_ms);
    if (outcome == ADAPTER_CLAIMED)
        rest(call, claimed_for_ms < WAIT_MS ? claimed_for_ms : WAIT_MS);
    return outcome;
}

enum adapter_outcome connection_claim(struct adapter_call *call, struct text key, int64_t *fence)
{
    for (;;) {
        enum adapter_outcome outcome = connection_try_claim(call, key, fence);
        if (outcome != ADAPTER_CLAIMED)
            return outcome;
        if (adapter_is_over(call))
            return ADAPTER_CANCELLED;
    }
}

void connection_release(struct adapter_call *call, struct text key, int64_t fence)
{
    int64_t ignored;
    /* Where this fails the claim ends by itself. */
    if (adapter_state_claim(call, key, 0, &fence, &ignored) == ADAPTER_FAILED)
        adapter_log(call, ADAPTER_LOG_WARNING, "a claim could not be given up");
}
