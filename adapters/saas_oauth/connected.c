/* Looks, claims, looks again, refreshes. */
#include "connected.h"

#include "base/clock.h"
#include "base/digest.h"
#include "client_authentication.h"
#include "grant_steps.h"
#include "refresh.h"

/* As the gateway counts: a new one is made when less than the greater of a minute and a fifth of its life is
 * left. Of one that lives shorter than two minutes half is used. */
enum { EARLY_S = 60, EARLY_PART = 5 };

static bool is_good(const struct connection_token *token, int64_t now_s)
{
    int64_t life_s = token->expires_at_s - token->made_at_us / 1000000;
    int64_t early_s = life_s / EARLY_PART > EARLY_S ? life_s / EARLY_PART : EARLY_S;
    if (early_s > life_s / 2)
        early_s = life_s / 2;
    return token->expires_at_s - now_s > early_s;
}

struct text connected_token_key(const struct grant_run *run)
{
    const struct adapter_order *order = run->order;
    struct arena *arena = adapter_arena(run->call);
    size_t count = 0;
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    struct text *parts = ARENA_ARRAY(arena, struct text, 4 + 2 * order->actor_count);
    parts[count++] = order->sharing; /* the caller, its consent, the settings */
    parts[count++] = order->client;
    parts[count++] = scopes_theirs(run->settings, arena, order->scopes, order->scope_count);
    parts[count++] = text_of(run->settings->grant->type);
    for (size_t i = 0; i < order->actor_count; i++) {
        parts[count++] = order->actors[i].issuer;
        parts[count++] = order->actors[i].subject;
    }
    digest_parts(parts, count, digest);
    digest_hex(digest, hex);
    return arena_copy(arena, text_of(hex));
}

/* --- what is kept --- */

static enum adapter_outcome check(const struct refresh *refresh)
{
    const struct connection *connection = &refresh->connection;
    struct adapter_call *call = refresh->run->call;
    if (!connection->is_there)
        return adapter_needs_interaction(call, "No account is connected.",
                                         "the subject has no account connected");
    if (connection->lost.base != NULL)
        return adapter_needs_interaction(call, "The account has to be connected again.",
                                         "the account has to be connected again: %.*s",
                                         TEXT_ARGUMENTS(connection->lost));
    /* Settings come from teams: a refresh token is not sent to another host than it came from; nor by another
     * client, to which it is answered that it is none, and then it would be lost. */
    if (!connection_is_for(connection, refresh->run->settings) || connection->refresh_token.base == NULL)
        return adapter_needs_interaction(
            call, "The account has to be connected again.",
            "the account was connected at another host or by another client than the settings name");
    if (!scopes_have(connection->granted, refresh->scope))
        return adapter_needs_interaction(call, "The account was connected for less than this.",
                                         "the account was connected for fewer scopes than the order has");
    return ADAPTER_DONE;
}

/* After a refusal nothing serves that was there when it was noticed. */
static bool find(const struct refresh *refresh, int64_t begun_us, struct connection_token *token)
{
    const struct connection *connection = &refresh->connection;
    for (size_t i = 0; i < connection->token_count; i++) {
        const struct connection_token *kept = &connection->tokens[i];
        if (text_equal(kept->key, refresh->token_key) && is_good(kept, clock_wall_s()) &&
            (!refresh->run->order->is_fresh || kept->made_at_us >= begun_us)) {
            *token = *kept;
            return true;
        }
    }
    return false;
}

/* --- claim first, refresh second --- */

static enum adapter_outcome look_and_refresh(struct refresh *refresh, int64_t begun_us,
                                             struct connection_token *token)
{
    ADAPTER_TRY(connection_read(refresh->run->call, refresh->connection.key, &refresh->connection));
    ADAPTER_TRY(check(refresh));
    if (find(refresh, begun_us, token)) /* by whoever had the claim before */
        return ADAPTER_DONE;
    return refresh_run(refresh, token);
}

static enum adapter_outcome get(struct refresh *refresh, struct connection_token *token)
{
    struct adapter_call *call = refresh->run->call;
    int64_t begun_us = clock_wall_us();
    struct text key = connection_key(call, &refresh->run->order->target, &refresh->run->order->subject);
    for (;;) {
        refresh->connection = (struct connection){0};
        ADAPTER_TRY(connection_read(call, key, &refresh->connection));
        if (check(refresh) == ADAPTER_DONE && find(refresh, begun_us, token))
            return ADAPTER_DONE;
        /* Before a person is sent to connect what could not be connected, and before a refresh is marked. */
        ADAPTER_TRY(needed_secrets_check(refresh->run, refresh->run->order->target.name));
        ADAPTER_TRY(check(refresh)); /* said anew */
        int64_t fence;
        enum adapter_outcome outcome = connection_try_claim(call, key, &fence);
        if (outcome == ADAPTER_DONE) {
            refresh->connection.fence = fence;
            outcome = look_and_refresh(refresh, begun_us, token);
            connection_release(call, key, fence);
        }
        if (outcome != ADAPTER_CONFLICT && outcome != ADAPTER_CLAIMED)
            return outcome;
        if (adapter_is_over(call))
            return ADAPTER_CANCELLED;
    }
}

enum adapter_outcome connected_token(const struct grant_run *run, struct connection_token *token,
                                     struct text *asked)
{
    const struct adapter_order *order = run->order;
    struct refresh refresh = {
        .run = run,
        .token_key = connected_token_key(run),
        .scope = scopes_theirs(run->settings, adapter_arena(run->call), order->scopes, order->scope_count)};
    ADAPTER_TRY(get(&refresh, token));
    *asked = refresh_scope(&refresh);
    return ADAPTER_DONE;
}
