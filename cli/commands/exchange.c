/* dragoman exchange: one token exchange (RFC 8693) at a gateway's token endpoint. The token alone goes to
 * standard output, so that it can be piped; what it is goes to standard error. */
#include <string.h>

#include "commands.h"
#include "gateway.h"
#include "input.h"
#include "printer.h"

#include "base/base64url.h"

/* A short name of a token type as its URI (RFC 8693 section 3). */
static struct text token_type_uri(const struct invocation *invocation, const char *name)
{
    if (strchr(name, ':') != NULL)
        return text_of(name);
    return arena_print(invocation->arena, "urn:ietf:params:oauth:token-type:%s", name);
}

static void add_repeated(const struct invocation *invocation, struct buffer *form, const char *name)
{
    const char *value;
    for (unsigned i = 0; (value = invocation_option_at(invocation, name, i)) != NULL; i++)
        gateway_add_parameter(invocation->arena, form, name, text_of(value));
}

static void add_option(const struct invocation *invocation, struct buffer *form, const char *parameter,
                       const char *option)
{
    const char *value = invocation_option(invocation, option);
    if (value != NULL)
        gateway_add_parameter(invocation->arena, form, parameter, text_of(value));
}

static void add_scopes(const struct invocation *invocation, struct buffer *form)
{
    SCOPED_BUFFER scopes = {0};
    const char *scope;
    for (unsigned i = 0; (scope = invocation_option_at(invocation, "scope", i)) != NULL; i++)
        buffer_print(&scopes, "%s%s", i != 0 ? " " : "", scope);
    if (scopes.length != 0)
        gateway_add_parameter(invocation->arena, form, "scope", buffer_text(&scopes));
}

/* A token from the file an option names, with its type; nothing when the option is absent. */
static enum exit_code add_token(const struct invocation *invocation, struct buffer *form, const char *parameter,
                                const char *file_option, const char *type_option)
{
    const char *file = invocation_option(invocation, file_option);
    const char *type = invocation_option(invocation, type_option);
    struct text token;
    if (file == NULL)
        return EXIT_CODE_FINE;
    enum exit_code code = input_read_secret(invocation, file, &token);
    if (code != EXIT_CODE_FINE)
        return code;
    gateway_add_parameter(invocation->arena, form, parameter, token);
    gateway_add_parameter(invocation->arena, form, arena_print(invocation->arena, "%s_type", parameter).base,
                          token_type_uri(invocation, type != NULL ? type : "access_token"));
    return EXIT_CODE_FINE;
}

/* Client id and secret as HTTP Basic credentials, both form-encoded first (RFC 6749 section 2.3.1). */
static struct text basic_credentials(struct arena *arena, struct text client_id, struct text secret)
{
    struct text id = gateway_escape(arena, client_id), password = gateway_escape(arena, secret);
    struct text pair = arena_print(arena, "%.*s:%.*s", TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(password));
    struct buffer line = buffer_in(arena, 2 * pair.length + 32);
    buffer_append(&line, TEXT("authorization: Basic "));
    base64_append(&line, pair.base, pair.length);
    return buffer_text(&line);
}

/* Who is asking: an assertion, which is also how a platform token is shown (RFC 7523 section 2.2), or id and
 * secret. *authorization is a header, or TEXT_NONE. */
static enum exit_code add_client(const struct invocation *invocation, struct buffer *form,
                                 struct text *authorization)
{
    const char *assertion = invocation_option(invocation, "client-assertion-file");
    const char *secret = invocation_option(invocation, "client-secret-file");
    const char *client_id = invocation_option(invocation, "client-id");
    struct text value;
    *authorization = TEXT_NONE;
    if (secret != NULL) {
        enum exit_code code = input_read_secret(invocation, secret, &value);
        if (code == EXIT_CODE_FINE)
            *authorization = basic_credentials(invocation->arena, text_of(client_id), value);
        return code;
    }
    add_option(invocation, form, "client_id", "client-id");
    if (assertion == NULL)
        return EXIT_CODE_FINE;
    enum exit_code code = input_read_secret(invocation, assertion, &value);
    if (code != EXIT_CODE_FINE)
        return code;
    gateway_add_parameter(invocation->arena, form, "client_assertion_type",
                          TEXT("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    gateway_add_parameter(invocation->arena, form, "client_assertion", value);
    return EXIT_CODE_FINE;
}

static enum exit_code build_form(const struct invocation *invocation, struct buffer *form,
                                 struct text *authorization)
{
    gateway_add_parameter(invocation->arena, form, "grant_type",
                          TEXT("urn:ietf:params:oauth:grant-type:token-exchange"));
    add_repeated(invocation, form, "audience");
    add_repeated(invocation, form, "resource");
    add_scopes(invocation, form);
    add_option(invocation, form, "authorization_details", "authorization-details");
    const char *requested = invocation_option(invocation, "requested-token-type");
    if (requested != NULL)
        gateway_add_parameter(invocation->arena, form, "requested_token_type",
                              token_type_uri(invocation, requested));
    add_option(invocation, form, "dragoman_task", "task");
    add_option(invocation, form, "dragoman_purpose", "purpose");
    add_option(invocation, form, "dragoman_channel_binding", "channel-binding");
    if (invocation_has(invocation, "dry-run"))
        gateway_add_parameter(invocation->arena, form, "dragoman_dry_run", TEXT("true"));
    enum exit_code code = add_client(invocation, form, authorization);
    if (code == EXIT_CODE_FINE)
        code = add_token(invocation, form, "subject_token", "subject-token-file", "subject-token-type");
    if (code == EXIT_CODE_FINE)
        code = add_token(invocation, form, "actor_token", "actor-token-file", "actor-token-type");
    return code;
}

/* The record explains a refusal; callers that could not prove who they are have none. */
static struct text next_step(struct arena *arena, int status, struct text error, struct text exchange)
{
    if (exchange.length == 0)
        return TEXT("check that --gateway is the gateway's issuer URL");
    if (status == 404)
        return TEXT(
            "name the gateway's issuer URL with --gateway: its admin API and its egress are at ports of "
            "their own, which exchange no tokens");
    if (text_is(error, "invalid_client"))
        return TEXT(
            "check the client's id and secret, or that the platform token is fresh and meant for the gateway "
            "(dragoman token inspect)");
    return arena_print(arena, "dragoman explain %.*s", TEXT_ARGUMENTS(exchange));
}

/* What only the person can do, by a link of their own: on a line of its own, to be copied whole. */
static void print_link(const struct invocation *invocation, const struct json_value *answer, struct text link)
{
    const struct terminal *terminal = invocation->terminal;
    int64_t expires_in = json_integer_of(answer, "dragoman_interaction_expires_in");
    struct text period = expires_in > 0
                             ? arena_print(invocation->arena, "; it is good for %.*s",
                                           TEXT_ARGUMENTS(terminal_duration(invocation->arena, expires_in)))
                             : TEXT("");
    terminal_complain_next(
        terminal, arena_print(invocation->arena,
                              "open this link, or give it to whom the subject token is about: it is for that "
                              "person, who logs in there, and for nobody else%.*s. Then exchange again",
                              TEXT_ARGUMENTS(period)));
    terminal_print_foreign(terminal->error, link);
    fputc('\n', terminal->error);
}

static enum exit_code refused(const struct invocation *invocation, const struct reply *reply)
{
    struct arena *arena = invocation->arena;
    struct text error = json_text_of(reply->json, "error");
    struct text exchange = json_text_of(reply->json, "dragoman_exchange");
    struct text what = error.base != NULL
                           ? arena_print(arena, "the exchange was refused: %.*s%s%.*s", TEXT_ARGUMENTS(error),
                                         exchange.length != 0 ? ", exchange " : "", TEXT_ARGUMENTS(exchange))
                           : arena_print(arena, "the gateway answered with status %d", reply->status);
    if (invocation->output != OUTPUT_TABLE && reply->json != NULL)
        printer_print(invocation, reply->json);
    struct text link = json_text_of(reply->json, "dragoman_interaction_uri");
    terminal_complain(invocation->terminal, what, json_text_of(reply->json, "error_description"),
                      link.length != 0 ? TEXT_NONE : next_step(arena, reply->status, error, exchange));
    if (link.length != 0)
        print_link(invocation, reply->json, link);
    return EXIT_CODE_REFUSED;
}

static void print_fact(const struct invocation *invocation, const char *label, struct text value)
{
    const struct terminal *terminal = invocation->terminal;
    if (value.length == 0)
        return;
    fprintf(terminal->error, "  %s%-9s%s ", terminal_ink(terminal, terminal->error, INK_DIM), label,
            terminal_ink(terminal, terminal->error, INK_PLAIN));
    terminal_print_foreign(terminal->error, value);
    fputc('\n', terminal->error);
}

/* N_A says that it is no access token (RFC 8693 section 2.2.1), and not what to do with it: where it goes into
 * a header the answer says which. Without: it is a file, or a key that each service takes in its own way. */
static struct text use_of(struct arena *arena, const struct json_value *answer)
{
    const struct json_value *presentation = json_member(answer, TEXT("dragoman_presentation"));
    struct text type = json_text_of(answer, "token_type"), scheme = json_text_of(presentation, "scheme");
    if (presentation == NULL)
        return text_is(type, "N_A") ? TEXT_NONE : type;
    return arena_print(arena, "%.*s: %.*s%s…", TEXT_ARGUMENTS(json_text_of(presentation, "name")),
                       TEXT_ARGUMENTS(scheme), scheme.length == 0 ? "" : " ");
}

static void print_summary(const struct invocation *invocation, const struct json_value *answer)
{
    const struct terminal *terminal = invocation->terminal;
    struct arena *arena = invocation->arena;
    bool is_dry = json_is_true(json_member(answer, TEXT("dragoman_dry_run")));
    int64_t expires_in = 0;
    fprintf(terminal->error, "%s%s%s\n", terminal_ink(terminal, terminal->error, INK_GREEN),
            is_dry ? "would be granted; this was a dry run and nothing was issued" : "granted",
            terminal_ink(terminal, terminal->error, INK_PLAIN));
    print_fact(invocation, "exchange", json_text_of(answer, "dragoman_exchange"));
    print_fact(invocation, "scope", json_text_of(answer, "scope"));
    print_fact(invocation, "type", json_text_of(answer, "issued_token_type"));
    print_fact(invocation, "use as", use_of(arena, answer));
    if (json_integer(json_member(answer, TEXT("expires_in")), &expires_in))
        print_fact(invocation, is_dry ? "lasts" : "expires",
                   arena_print(arena, "%s%.*s", is_dry ? "" : "in ",
                               TEXT_ARGUMENTS(terminal_duration(arena, expires_in))));
}

static enum exit_code check_options(const struct invocation *invocation)
{
    const char *what = NULL;
    if (!invocation_has(invocation, "subject-token-file"))
        what =
            "there is no token to exchange; name its file with --subject-token-file, or - for standard input";
    else if (!invocation_has(invocation, "audience") && !invocation_has(invocation, "resource"))
        what = "there is no target; name it with --audience or --resource";
    else if (invocation_has(invocation, "client-secret-file") &&
             invocation_has(invocation, "client-assertion-file"))
        what = "a client proves itself one way: --client-secret-file or --client-assertion-file";
    else if (invocation_has(invocation, "client-secret-file") && !invocation_has(invocation, "client-id"))
        what = "whose secret is it? name the client with --client-id";
    if (what == NULL)
        return EXIT_CODE_FINE;
    terminal_complain(invocation->terminal, text_of(what), TEXT_NONE, TEXT("dragoman exchange --help"));
    return EXIT_CODE_USAGE;
}

enum exit_code command_exchange(struct invocation *invocation)
{
    enum exit_code code = check_options(invocation);
    if (code != EXIT_CODE_FINE)
        return code;
    struct text url = gateway_url(invocation, "/token");
    if (url.base == NULL)
        return EXIT_CODE_USAGE;
    SCOPED_BUFFER form = {0};
    struct reply reply;
    struct text headers[] = {TEXT("content-type: application/x-www-form-urlencoded"),
                             TEXT("accept: application/json"), TEXT_NONE};
    code = build_form(invocation, &form, &headers[2]);
    if (code == EXIT_CODE_FINE)
        code = gateway_fetch(invocation, TEXT("POST"), url, headers, headers[2].base != NULL ? 3 : 2,
                             buffer_text(&form), &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (reply.status != 200 || reply.json == NULL)
        return refused(invocation, &reply);
    if (invocation->output != OUTPUT_TABLE) {
        printer_print(invocation, reply.json);
        return EXIT_CODE_FINE;
    }
    print_summary(invocation, reply.json);
    struct text token = json_text_of(reply.json, "access_token");
    if (token.length != 0) {
        terminal_print_foreign(invocation->terminal->out, token);
        fputc('\n', invocation->terminal->out);
    }
    return EXIT_CODE_FINE;
}
