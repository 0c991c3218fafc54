/* Who gives tokens for the server, and one from there; see shim_login.h. */
#include "shim_login.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fault.h"
#include "session/authorization.h"
#include "shim_resource.h"

static enum exit_code log_in(struct shim_login *login)
{
    struct shim_resource resource;
    struct authorization_answer answer;
    const struct invocation *invocation = &login->invocation;
    enum exit_code code =
        shim_resource_discover(invocation, login->server, login->metadata, login->allowed_issuer, &resource);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct authorization authorization = {
        .issuer = resource.issuer,
        .client_id = login->client_id,
        .scope = login->scope.length != 0 ? login->scope : resource.scopes,
        .resource = resource.resource,
        .token = "access_token",
        .is_oauth = true,
        .opens_browser = login->opens_browser,
        .is_over = &login->is_over,
    };
    code = authorization_run(invocation, &authorization, &answer);
    if (code != EXIT_CODE_FINE)
        return code;
    login->token = answer.token;
    login->issuer = resource.issuer;
    login->granted = answer.scope.length != 0 ? answer.scope : authorization.scope;
    login->expires_at_s = answer.expires_in_s > 0 ? clock_wall_s() + answer.expires_in_s : 0;
    return EXIT_CODE_FINE;
}

static void *run(void *argument)
{
    struct shim_login *login = argument;
    login->code = log_in(login);
    loop_post(login->loop, &login->message);
    return NULL;
}

struct shim_login *shim_login_create(const struct invocation *invocation)
{
    struct shim_login *login = calloc(1, sizeof(*login));
    INVARIANT(login != NULL);
    login->arena = arena_create();
    login->invocation = *invocation; /* the same words, in an arena that no other thread uses */
    login->invocation.arena = login->arena;
    return login;
}

bool shim_login_start(struct shim_login *login)
{
    return pthread_create(&login->thread, NULL, run, login) == 0;
}

void shim_login_stop(struct shim_login *login)
{
    atomic_store(&login->is_over, true);
    pthread_join(login->thread, NULL);
}

void shim_login_destroy(struct shim_login *login)
{
    arena_destroy(login->arena);
    free(login);
}
