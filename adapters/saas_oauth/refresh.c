/* What can go wrong between the other side's rotation and our write is the point of this file. Before the
 * request a mark is put, so that a refresh whose answer nobody saw is known as one: the next tries the old
 * refresh token once more, and where the other side takes it for a stolen one that is said as what it is. From
 * the request to the write nothing but the protocol's own bound interrupts (adapter_shield). */
#include "refresh.h"

#include <time.h>

#include "base/clock.h"
#include "grant_steps.h"

/* Less time than this is not enough for a request and a write. */
enum { REFRESH_LEAST_MS = 500, PUT_AGAIN_MS = 100 };

#define CONNECT_AGAIN "The account has to be connected again."

/* --- the mark --- */

static enum adapter_outcome put_mark(struct adapter_call *call, struct connection *connection)
{
    struct adapter_state state;
    connection->refreshing = fingerprint_of(call, connection->refresh_token);
    connection->refreshing_since_s = clock_wall_s();
    ADAPTER_TRY(connection_put(call, connection));
    ADAPTER_TRY(adapter_state_get(call, connection->key, &state));
    connection->version = state.version;
    return ADAPTER_DONE;
}

/* --- no --- */

static enum adapter_outcome lose(struct refresh *refresh, const struct upstream_error *error,
                                 bool was_interrupted)
{
    struct adapter_call *call = refresh->run->call;
    struct connection *connection = &refresh->connection;
    struct text why =
        was_interrupted
            ? arena_print(
                  adapter_arena(call),
                  "a refresh was interrupted %lld s ago, after which the other side may have rotated the "
                  "refresh token, and it takes the old one no more",
                  (long long)(clock_wall_s() - connection->refreshing_since_s))
            : TEXT("the other side takes the refresh token no more: it has ended, or was revoked there");
    connection->lost = why;
    connection->lost_token = fingerprint_of(call, connection->refresh_token);
    connection->refresh_token = TEXT_NONE;
    connection->refreshing = TEXT_NONE;
    ADAPTER_TRY(connection_put(call, connection));
    adapter_log(call, ADAPTER_LOG_ERROR, "a connected account of target %.*s is lost: %.*s (%.*s)",
                TEXT_ARGUMENTS(refresh->run->order->target.name), TEXT_ARGUMENTS(why),
                TEXT_ARGUMENTS(error->code));
    return adapter_needs_interaction(call, CONNECT_AGAIN, "%.*s (%.*s)", TEXT_ARGUMENTS(why),
                                     TEXT_ARGUMENTS(error->code));
}

/* --- yes --- */

struct text refresh_scope(const struct refresh *refresh)
{
    const struct grant_run *run = refresh->run;
    if (run->order->scope_count != 0)
        return refresh->scope;
    return scopes_least(run->settings, adapter_arena(run->call), refresh->connection.granted);
}

static void take_answer(const struct refresh *refresh, struct connection *connection, const struct token *token,
                        bool is_token, struct connection_token *made)
{
    const struct grant_run *run = refresh->run;
    if (token->refresh_token.base != NULL)
        connection->refresh_token = token->refresh_token;
    connection->refreshing = TEXT_NONE;
    connection->lost = connection->lost_token = TEXT_NONE;
    if (!is_token)
        return;
    *made = (struct connection_token){
        .key = refresh->token_key,
        .access_token = token->credential,
        .lease = run->order->lease,
        /* "If omitted, identical to the scope requested by the client" (RFC 6749 section 5.1). */
        .scope = token->scope.base != NULL ? token->scope : refresh_scope(refresh),
        .made_at_us = clock_wall_us(),
        .expires_at_s = token->expires_at_s,
    };
    connection_add_token(connection, made, clock_wall_s());
}

static void rest(struct adapter_call *call)
{
    struct timespec moment = {.tv_nsec = PUT_AGAIN_MS * 1000000L};
    if (!adapter_is_over(call))
        nanosleep(&moment, NULL);
}

/* The claim was over before the answer came, and somebody else has begun. As long as what is kept is still the
 * refresh token that ours came from, ours is the newer one, whatever the other side has told them of the old
 * one. */
static enum adapter_outcome keep_late(const struct refresh *refresh, struct text used,
                                      const struct token *token, bool is_token, struct connection_token *made)
{
    struct adapter_call *call = refresh->run->call;
    struct connection now = {0};
    connection_release(call, refresh->connection.key,
                       refresh->connection.fence); /* if it is not over after all */
    ADAPTER_TRY(connection_claim(call, refresh->connection.key, &now.fence));
    enum adapter_outcome outcome = connection_read(call, refresh->connection.key, &now);
    bool is_ours =
        outcome == ADAPTER_DONE && now.is_there &&
        (text_equal(now.refresh_token, used) || text_equal(now.lost_token, fingerprint_of(call, used)));
    if (is_ours) {
        take_answer(refresh, &now, token, is_token, made);
        outcome = connection_put(call, &now);
    } else if (outcome == ADAPTER_DONE) {
        outcome = ADAPTER_CONFLICT; /* what they have is newer */
    }
    connection_release(call, refresh->connection.key, now.fence);
    return outcome;
}

/* Until it is kept or the call is over: the old refresh token is worth nothing any more. */
static enum adapter_outcome keep(struct refresh *refresh, struct text used, const struct token *token,
                                 bool is_token, struct connection_token *made)
{
    struct adapter_call *call = refresh->run->call;
    bool is_rotated = token->refresh_token.base != NULL && !text_equal(token->refresh_token, used);
    take_answer(refresh, &refresh->connection, token, is_token, made);
    enum adapter_outcome outcome = connection_put(call, &refresh->connection);
    while (outcome != ADAPTER_DONE && is_rotated && !adapter_is_over(call)) {
        if (outcome == ADAPTER_CONFLICT) {
            outcome = keep_late(refresh, used, token, is_token, made);
            if (outcome == ADAPTER_CONFLICT)
                return outcome;
        } else {
            rest(call);
            outcome = connection_put(call, &refresh->connection);
        }
    }
    if (outcome != ADAPTER_DONE && is_rotated)
        adapter_log(call, ADAPTER_LOG_ERROR,
                    "a rotated refresh token of target %.*s could not be kept: the next refresh will tell",
                    TEXT_ARGUMENTS(refresh->run->order->target.name));
    return outcome;
}

/* --- the whole --- */

static enum adapter_outcome ask(const struct refresh *refresh, struct upstream_answer *answer)
{
    const struct grant_run *run = refresh->run;
    struct form form = form_in(adapter_arena(run->call));
    form_add(&form, "grant_type", TEXT("refresh_token"));
    form_add_secret(&form, "refresh_token", refresh->connection.refresh_token);
    form_add(&form, "scope", refresh_scope(refresh));
    form_add(&form, "audience", run->settings->audience);
    form_add(&form, "resource", run->settings->resource);
    form_add_pairs(&form, &run->settings->parameters);
    const struct token_request request = {.form = &form};
    return token_request_send(run, &request, answer);
}

static enum adapter_outcome refresh_marked(struct refresh *refresh, bool was_interrupted,
                                           struct connection_token *made)
{
    struct adapter_call *call = refresh->run->call;
    struct text used = refresh->connection.refresh_token;
    struct upstream_answer answer;
    struct token token;
    ADAPTER_TRY(ask(refresh, &answer));
    if (answer.error.kind == UPSTREAM_GRANT)
        return lose(refresh, &answer.error, was_interrupted);
    /* Of all other errors none says that the refresh token is not good: it stays, and so does the mark. */
    ADAPTER_TRY(upstream_error_end(call, &answer.error, true));
    if (answer.json == NULL)
        return adapter_unavailable(call, 0, "the other side's answer is empty");
    enum adapter_outcome read = token_read(refresh->run, answer.json, false, &token);
    /* One that cannot be kept must not take the place of one that is: the mark stays, so that it is known why
     * where the other side takes the old one no more. */
    if (token.refresh_token.base != NULL)
        ADAPTER_TRY(connection_check_refresh_token(call, token.refresh_token));
    if (read == ADAPTER_DONE || token.refresh_token.base != NULL)
        ADAPTER_TRY(keep(refresh, used, &token, read == ADAPTER_DONE, made));
    if (read != ADAPTER_DONE) /* said anew: keeping it has asked the gateway meanwhile */
        return token_read(refresh->run, answer.json, false, &token);
    return ADAPTER_DONE;
}

enum adapter_outcome refresh_run(struct refresh *refresh, struct connection_token *token)
{
    struct adapter_call *call = refresh->run->call;
    struct connection *connection = &refresh->connection;
    bool was_interrupted = connection->refreshing.base != NULL &&
                           text_equal(connection->refreshing, fingerprint_of(call, connection->refresh_token));
    if (adapter_remaining_ms(call) < REFRESH_LEAST_MS)
        return adapter_unavailable(call, 1, "there is too little time left to begin a refresh");
    if (!was_interrupted)
        ADAPTER_TRY(put_mark(call, connection));
    adapter_shield(call, true);
    enum adapter_outcome outcome = refresh_marked(refresh, was_interrupted, token);
    adapter_shield(call, false);
    return outcome;
}
