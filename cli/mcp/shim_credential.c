/* What the server is shown: a token from a file, read again when it is refused, as others renew those; or one
 * from a login, had again when it has expired or more is wanted. See shim.h. */
#include <stddef.h>

#include "base/clock.h"
#include "input.h"
#include "shim.h"
#include "shim_memory.h"

static void use_token(struct shim *shim, struct text token, struct text scope)
{
    shim->token = arena_copy(shim->invocation->arena, token);
    shim->held_scope = scope.length != 0 ? arena_copy(shim->invocation->arena, scope) : TEXT_NONE;
    shim->credential_number++;
}

enum exit_code shim_credential_open(struct shim *shim)
{
    struct shim_remembered remembered;
    struct text token;
    if (shim->token_file != NULL) {
        enum exit_code code = input_read_secret(shim->invocation, shim->token_file, &token);
        if (code == EXIT_CODE_FINE)
            use_token(shim, token, TEXT_NONE);
        return code;
    }
    if (!shim->remembers || !shim_memory_find(shim->invocation, shim->server, shim->client_id, &remembered))
        return EXIT_CODE_FINE;
    if (shim->allowed_issuer.base == NULL)
        shim->allowed_issuer = remembered.issuer;
    if (text_equal(shim->allowed_issuer, remembered.issuer) && remembered.token.length != 0 &&
        remembered.expires_at_s > clock_wall_s())
        use_token(shim, remembered.token, remembered.scope);
    return EXIT_CODE_FINE;
}

/* Every call that waits, or those that began with an older credential, with the new one. */
static void start_waiting(struct shim *shim)
{
    for (struct shim_call *call = shim->first; call != NULL; call = call->next)
        if (call->is_waiting)
            shim_call_start(call);
}

static void fail_waiting(struct shim *shim, struct text what)
{
    struct shim_call *call = shim->first;
    while (call != NULL) {
        bool is_waiting = call->is_waiting;
        struct shim_call *next = call->next;
        if (is_waiting)
            shim_fail_call(call, what);
        call = next;
    }
}

static void keep(struct shim *shim, const struct shim_login *login)
{
    if (!shim->remembers)
        return;
    const struct shim_remembered remembered = {shim->server, shim->client_id, login->issuer,
                                               login->token, login->granted,  login->expires_at_s};
    shim_memory_keep(shim->invocation, &remembered);
}

static void on_login_end(struct loop_message *message)
{
    struct shim_login *login =
        (struct shim_login *)(void *)((char *)message - offsetof(struct shim_login, message));
    struct shim *shim = login->owner;
    if (shim->is_over) /* whoever ends it disposes of it */
        return;
    shim->login = NULL;
    shim_login_stop(login);
    if (login->code == EXIT_CODE_FINE) {
        use_token(shim, login->token, login->granted);
        keep(shim, login);
    } else {
        shim->failed_logins++;
    }
    bool is_fine = login->code == EXIT_CODE_FINE;
    shim_login_destroy(login);
    if (is_fine)
        start_waiting(shim);
    else
        fail_waiting(shim, TEXT("nobody has logged in at the server; standard error says why"));
}

static bool begin_login(struct shim *shim, const struct shim_challenge *challenge)
{
    struct shim_login *login = shim_login_create(shim->invocation);
    struct text wanted = shim_scopes_join(login->arena, shim->asked_scope, shim->held_scope);
    login->message.run = on_login_end;
    login->loop = shim->loop;
    login->owner = shim;
    login->server = shim->server;
    login->metadata = challenge->resource_metadata.base == NULL
                          ? TEXT_NONE
                          : arena_copy(login->arena, challenge->resource_metadata);
    login->allowed_issuer = shim->allowed_issuer;
    login->client_id = shim->client_id;
    login->scope = shim_scopes_join(login->arena, wanted, challenge->scope);
    login->opens_browser = shim->opens_browser;
    if (!shim_login_start(login)) {
        shim_login_destroy(login);
        return false;
    }
    shim->login = login;
    return true;
}

/* Somebody may have renewed it; what is there now is tried once. */
static void read_file_again(struct shim_call *call, const struct shim_challenge *challenge)
{
    struct shim *shim = call->shim;
    struct text token;
    bool is_read = input_read_secret(shim->invocation, shim->token_file, &token) == EXIT_CODE_FINE;
    if (is_read && !text_equal(token, shim->token)) {
        use_token(shim, token, TEXT_NONE);
        shim_call_start(call);
        return;
    }
    bool is_narrow = call->status == 403;
    struct text why = is_narrow ? call->wanted_scope : challenge->description;
    shim_fail_call(call, arena_print(call->arena, "the server does not take the token of %s for this%s%.*s",
                                     shim->token_file,
                                     is_narrow         ? "; it wants the scopes "
                                     : why.length != 0 ? ": "
                                                       : "",
                                     TEXT_ARGUMENTS(why)));
}

void shim_want_credential(struct shim_call *call, const struct shim_challenge *challenge)
{
    struct shim *shim = call->shim;
    call->wanted_scope = challenge->scope;
    if (call->credential_number != shim->credential_number) { /* there is another one meanwhile */
        shim_call_start(call);
    } else if (shim->token_file != NULL) {
        read_file_again(call, challenge);
    } else if (call->logins == SHIM_LOGINS_MAX || shim->failed_logins >= SHIM_LOGINS_MAX) {
        shim_fail_call(call, TEXT("the server does not take what the logins gave"));
    } else {
        call->logins++;
        call->is_waiting = true;
        if (shim->login == NULL && !begin_login(shim, challenge))
            shim_fail_call(call, TEXT("no login can be begun"));
    }
}
