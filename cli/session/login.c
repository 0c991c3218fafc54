/* dragoman login, logout: a session of a gateway's admin API for a person's or a pipeline's own token. */
#include <string.h>

#include "authorization.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "commands/commands.h"
#include "gateway.h"
#include "input.h"
#include "session_file.h"

static enum exit_code complain_usage(const struct invocation *invocation, const char *what, const char *next)
{
    terminal_complain(invocation->terminal, text_of(what), TEXT_NONE, text_of(next));
    return EXIT_CODE_USAGE;
}

static struct text option_text(const struct invocation *invocation, const char *name, const char *otherwise)
{
    const char *value = invocation_option(invocation, name);
    return text_of(value != NULL ? value : otherwise);
}

/* What a person's login gives, by the name of the token's kind here. */
static enum exit_code log_in_as_person(const struct invocation *invocation, struct text type,
                                       struct text *token)
{
    struct authorization authorization = {
        .issuer = option_text(invocation, "issuer", NULL),
        .client_id = option_text(invocation, "client-id", NULL),
        .scope = option_text(invocation, "scope", "openid"),
        .resource = option_text(invocation, "resource", NULL),
        .token = text_is(type, "id_token") ? "id_token" : "access_token",
    };
    if (authorization.issuer.length == 0 || authorization.client_id.length == 0)
        return complain_usage(invocation, "who logs in where is not said",
                              "name the identity provider with --issuer and this program's client there with "
                              "--client-id, or bring a token with --token-file");
    if (!text_starts_with(authorization.issuer, TEXT("https://")))
        return complain_usage(invocation, "the issuer's URL does not start with https://", NULL);
    struct authorization_answer answer;
    enum exit_code code = authorization_run(invocation, &authorization, &answer);
    if (code == EXIT_CODE_FINE)
        *token = answer.token;
    return code;
}

static void print_teams(const struct invocation *invocation, const struct json_value *answer, int64_t expires_s)
{
    FILE *stream = invocation->terminal->error;
    const struct json_value *teams = json_member(answer, TEXT("teams"));
    for (const struct json_value *team = teams != NULL ? teams->first : NULL; team != NULL; team = team->next) {
        const struct json_value *rights = json_member(team, TEXT("rights"));
        fputs("team ", stream);
        terminal_print_foreign(stream, json_text_of(team, "name"));
        fputs(json_is_true(json_member(team, TEXT("operator"))) ? " (operator):" : ":", stream);
        for (const struct json_value *right = rights != NULL ? rights->first : NULL; right != NULL;
             right = right->next) {
            fputc(' ', stream);
            terminal_print_foreign(stream, json_string(right));
        }
        fputc('\n', stream);
    }
    int64_t now_s = clock_wall_s();
    struct text until = terminal_time(invocation->arena, now_s + expires_s, now_s);
    fprintf(stream, "logged in until %.*s\n", TEXT_ARGUMENTS(until));
}

static enum exit_code take_session(const struct invocation *invocation, struct text url, struct text type,
                                   struct text token)
{
    struct arena *arena = invocation->arena;
    struct text header = TEXT("content-type: application/x-www-form-urlencoded");
    struct buffer form = buffer_in(arena, token.length + 256); /* wiped with it */
    struct reply reply;
    buffer_print(&form, "subject_token_type=urn:ietf:params:oauth:token-type:%.*s&subject_token=%.*s",
                 TEXT_ARGUMENTS(type), TEXT_ARGUMENTS(gateway_escape(arena, token)));
    enum exit_code code =
        gateway_fetch(invocation, TEXT("POST"), arena_print(arena, "%.*s/v1/login", TEXT_ARGUMENTS(url)),
                      &header, 1, buffer_text(&form), &reply);
    if (code == EXIT_CODE_FINE)
        code = gateway_check(invocation, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    int64_t expires_s = json_integer_of(reply.json, "expires_in");
    const struct session session = {url, json_text_of(reply.json, "access_token"), clock_wall_s() + expires_s};
    code = session_file_write(invocation, &session);
    if (code == EXIT_CODE_FINE)
        print_teams(invocation, reply.json, expires_s);
    return code;
}

enum exit_code command_login(struct invocation *invocation)
{
    const char *file = invocation_option(invocation, "token-file");
    struct text url = gateway_url(invocation, ""), token = TEXT_NONE;
    struct text type = option_text(invocation, "token-type", file != NULL ? "jwt" : "id_token");
    if (url.base == NULL)
        return EXIT_CODE_USAGE;
    if (!text_is(type, "id_token") && !text_is(type, "access_token") && !text_is(type, "jwt"))
        return complain_usage(invocation, "there is no such token type",
                              "--token-type is id_token, access_token or, with --token-file, jwt");
    enum exit_code code =
        file != NULL ? input_read_secret(invocation, file, &token) : log_in_as_person(invocation, type, &token);
    return code != EXIT_CODE_FINE ? code : take_session(invocation, url, type, token);
}

enum exit_code command_logout(struct invocation *invocation)
{
    struct session session;
    struct text why;
    struct reply reply;
    if (!session_file_read(invocation, &session, &why)) {
        terminal_warn(invocation->terminal, why.base != NULL ? why : TEXT("nobody is logged in"));
        return EXIT_CODE_FINE;
    }
    struct arena *arena = invocation->arena;
    struct text header = arena_print(arena, "authorization: Bearer %.*s", TEXT_ARGUMENTS(session.token));
    struct text url = arena_print(arena, "%.*s/v1/session", TEXT_ARGUMENTS(session.gateway));
    enum exit_code code = gateway_fetch(invocation, TEXT("DELETE"), url, &header, 1, TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code; /* it stays, to be ended when the gateway can be reached */
    session_file_remove(invocation);
    if (reply.status == 401) { /* over already is what was wanted */
        fputs("logged out\n", invocation->terminal->error);
        return EXIT_CODE_FINE;
    }
    code = gateway_check(invocation, &reply);
    if (code == EXIT_CODE_FINE)
        fputs("logged out\n", invocation->terminal->error);
    return code;
}
