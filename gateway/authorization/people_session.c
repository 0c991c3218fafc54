/* The session's cookie, the keys of its token and of the tokens in its forms, which are made of nothing but its
 * id: whoever cannot read our pages cannot know them. */
#include "people_session.h"

#include "base/clock.h"
#include "base/digest.h"
#include "browser_cookie.h"
#include "person_checks.h"
#include "session_token.h"

static struct secret *token_key(const struct gateway *gateway)
{
    return sealer_derive(gateway->sealer, "people-session", TEXT("token"));
}

static struct text form_token(const struct gateway *gateway, struct text id, char hex[2 * DIGEST_SIZE + 1])
{
    unsigned char hash[DIGEST_SIZE];
    sealer_keyed_hash(gateway->sealer, "people-session-form", id, hash);
    digest_hex(hash, hex);
    return (struct text){hex, 2 * DIGEST_SIZE};
}

/* One that its document no longer lets people log in at vouches for nobody. */
static enum fault take(const struct world *world, struct arena *arena, const struct session_token *token,
                       struct people_session *session)
{
    const struct issuer *issuer = world_issuer(world, token->person.issuer);
    if (issuer == NULL || issuer->is_self || !issuer->document->issuer.is_enabled ||
        issuer->document->issuer.login.client_id.length == 0)
        return FAULT_SESSION_MISSING;
    *session = (struct people_session){.id = token->id,
                                       .issuer_name = arena_copy(arena, issuer->document->name),
                                       .person = token->person,
                                       .expires_at_s = token->expires_at_s};
    return FAULT_NONE;
}

enum fault people_session_read(const struct gateway *gateway, struct arena *arena,
                               const struct request *request, struct people_session *session)
{
    struct text cookie = browser_cookie_read(request, BROWSER_COOKIE_SESSION);
    struct session_token token;
    if (cookie.length == 0)
        return FAULT_SESSION_MISSING;
    struct world *world = world_keeper_take(gateway->worlds);
    SCOPED_SECRET key = token_key(gateway);
    enum fault fault = session_token_read(arena, key, cookie, world->issuer, clock_wall_s(), &token);
    if (fault == FAULT_NONE)
        fault = take(world, arena, &token, session);
    world_release(world);
    if (fault == FAULT_NONE)
        session->csrf = form_token(gateway, session->id, arena_allocate(arena, 2 * DIGEST_SIZE + 1));
    return fault;
}

bool people_session_accepts(const struct gateway *gateway, const struct people_session *session,
                            struct text csrf)
{
    char hex[2 * DIGEST_SIZE + 1];
    return session->id.length != 0 && person_checks_equal(csrf, form_token(gateway, session->id, hex));
}

struct text people_session_begin(const struct gateway *gateway, struct arena *arena, struct text issuer,
                                 const struct people_session *session, int64_t now_s)
{
    SCOPED_SECRET key = token_key(gateway);
    const struct session_token token = {.id = session->id,
                                        .issuer = issuer,
                                        .person = session->person,
                                        .issued_at_s = now_s,
                                        .expires_at_s = session->expires_at_s};
    return session_token_make(arena, key, &token);
}
