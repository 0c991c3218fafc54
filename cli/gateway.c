/* Requests to a gateway; see gateway.h. The transport is runtime's blocking fetch. */
#include "gateway.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/percent.h"
#include "documents/sent_places.h"
#include "runtime/http_client.h"
#include "session/session_file.h"

enum { ANSWER_LIMIT = 16 * 1024 * 1024, TIMEOUT_MS = 30000 };

static const struct json_limits answer_limits = {.bytes = ANSWER_LIMIT, .depth = 32, .members = 1 << 20};

static void take_answer(const struct invocation *invocation, const struct http_answer *answer,
                        const struct buffer *body, struct reply *reply)
{
    *reply = (struct reply){.status = answer->status, .body = arena_copy(invocation->arena, buffer_text(body))};
    if (json_parse(invocation->arena, reply->body, &answer_limits, &reply->json) != FAULT_NONE)
        reply->json = NULL;
}

enum exit_code gateway_fetch(const struct invocation *invocation, struct text method, struct text url,
                             const struct text *headers, size_t header_count, struct text body,
                             struct reply *reply)
{
    const char *place = invocation_option(invocation, "connect-to");
    struct http_request request = {
        .url = url,
        .connect_to = place == NULL ? NULL : arena_print(invocation->arena, "::%s", place).base,
        .method = method,
        .headers = headers,
        .header_count = header_count,
        .body = body,
        .answer_limit = ANSWER_LIMIT,
        .timeout_ms = TIMEOUT_MS};
    struct http_answer answer = {0};
    SCOPED_BUFFER content = {0};
    if (http_fetch(&request, NULL, invocation_option(invocation, "ca-file"), &answer, &content) != FAULT_NONE) {
        terminal_complain(
            invocation->terminal, arena_print(invocation->arena, "%.*s did not answer", TEXT_ARGUMENTS(url)),
            text_of(answer.detail),
            TEXT("check that it runs and that the URL is right; where its certificate is signed by an "
                 "authority of your own, name that with --ca-file"));
        return EXIT_CODE_UNREACHABLE;
    }
    take_answer(invocation, &answer, &content, reply);
    return EXIT_CODE_FINE;
}

void gateway_add_parameter(struct arena *arena, struct buffer *form, const char *name, struct text value)
{
    struct text escaped = gateway_escape(arena, value);
    buffer_print(form, "%s%s=%.*s", form->length != 0 ? "&" : "", name, TEXT_ARGUMENTS(escaped));
}

struct text gateway_url(const struct invocation *invocation, const char *path)
{
    struct text base = text_of(invocation_option(invocation, "gateway"));
    if (base.base == NULL || !text_starts_with(base, TEXT("https://"))) {
        terminal_complain(invocation->terminal,
                          base.base == NULL ? TEXT("no gateway is named")
                                            : TEXT("the gateway's URL does not start with https://"),
                          TEXT_NONE,
                          TEXT("name it with --gateway https://gateway.example or DRAGOMAN_GATEWAY"));
        return TEXT_NONE;
    }
    base = session_gateway(base);
    return arena_print(invocation->arena, "%.*s%s", TEXT_ARGUMENTS(base), path);
}

/* "b.yaml:2:158: ", as far as it is known. */
static void print_place(const struct invocation *invocation, const struct json_value *mistake)
{
    FILE *stream = invocation->terminal->error;
    struct text source = json_text_of(mistake, "source");
    int64_t told[] = {json_integer_of(mistake, "line"), json_integer_of(mistake, "column")};
    unsigned line = told[0] > 0 && told[0] <= INT_MAX ? (unsigned)told[0] : 0;
    unsigned column = told[1] > 0 && told[1] <= INT_MAX ? (unsigned)told[1] : 0;
    if (invocation->sent != NULL)
        (void)sent_places_find(invocation->sent, &source, &line, &column);
    terminal_print_foreign(stream, source);
    if (line != 0)
        fprintf(stream, ":%u", line);
    if (line != 0 && column != 0)
        fprintf(stream, ":%u", column);
    fputs(": ", stream);
}

static void print_mistakes(const struct invocation *invocation, const struct json_value *mistakes)
{
    FILE *stream = invocation->terminal->error;
    for (const struct json_value *mistake = mistakes != NULL ? mistakes->first : NULL; mistake != NULL;
         mistake = mistake->next) {
        fputs("  ", stream);
        print_place(invocation, mistake);
        struct text sentence = json_text_of(mistake, "sentence");
        terminal_print_foreign(stream, invocation->sent == NULL
                                           ? sentence
                                           : sent_places_tell(invocation->sent, invocation->arena, sentence));
        fputc('\n', stream);
    }
}

/* What to do about the problems people meet most. */
static struct text advice(struct text title)
{
    static const struct {
        const char *title, *sentence;
    } rows[] = {
        {"record_unknown",
         "an exchange's id is dragoman_exchange in its answer and jti in its token; a fingerprint is all of "
         "its 64 digits, as dragoman lease show has it; callers that were not authenticated are counted, not "
         "recorded"},
        {"document_unknown", "dragoman get lists what there is"},
        {"key_unknown", "dragoman key list shows the keys"},
        {"kill_unknown",
         "dragoman get lists what there is, dragoman lease list what was issued; --force insists"},
        {"kill_not_standing", "dragoman kill list shows what is barred, by which name"},
        {"admin_token_missing", "dragoman login --gateway URL begins a session"},
        {"admin_token_invalid", "log in again: dragoman login --gateway URL"},
        {"admin_no_team", "a Team document must name this issuer with an attribute that you have; operators "
                          "write those"},
        {"admin_right_missing", "dragoman login shows what your teams allow; operators change Team documents"},
        {"target_has_leases", "--dry-run shows them; --cascade ends them along with the target"},
        {"kill_kind", "dragoman kill --help says what each kind is"},
        {"record_in_no_tree", "dragoman explain ID"},
        {"store_unavailable",
         "whether a change came into force all the same may not be known: look at dragoman "
         "kill list, or dragoman get"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (text_is(title, rows[i].title))
            return text_of(rows[i].sentence);
    return TEXT_NONE;
}

static enum exit_code complain_problem(const struct invocation *invocation, const struct reply *reply)
{
    struct text title = json_text_of(reply->json, "title");
    struct text what =
        title.base != NULL
            ? arena_print(invocation->arena, "the gateway refused: %.*s", TEXT_ARGUMENTS(title))
            : arena_print(invocation->arena, "the gateway answered with status %d", reply->status);
    /* A sealed gateway answers everybody as the token endpoint does. */
    struct text detail = json_text_of(reply->json, title.base != NULL ? "detail" : "error_description");
    bool is_elsewhere = title.base == NULL && reply->status == 404;
    bool is_sealed = title.base == NULL && reply->status == 503 && detail.base != NULL;
    terminal_complain(invocation->terminal, what, detail,
                      is_elsewhere ? TEXT("name the port of the gateway's admin API (spec.admin.listen), which "
                                          "is not the one that exchanges tokens")
                      : is_sealed  ? TEXT("dragoman seal status, on the gateway's host, says why it has none")
                                   : advice(title));
    print_mistakes(invocation, json_member(reply->json, TEXT("mistakes")));
    return EXIT_CODE_REFUSED;
}

void gateway_warn_of_kills(const struct invocation *invocation, bool are_known)
{
    if (!are_known)
        terminal_warn(invocation->terminal,
                      TEXT("the gateway holds too few kills in memory to say which of these are dead; "
                           "raise spec.kills.inMemory"));
}

enum exit_code gateway_check(const struct invocation *invocation, const struct reply *reply)
{
    if (reply->status < 200 || reply->status > 299)
        return complain_problem(invocation, reply);
    if (reply->json == NULL && reply->status != 204) {
        terminal_complain(invocation->terminal, TEXT("the gateway's answer is not JSON"), TEXT_NONE,
                          TEXT("check that the socket, or the URL, is that of a gateway's admin API"));
        return EXIT_CODE_REFUSED;
    }
    return EXIT_CODE_FINE;
}

/* On the command line itself, and not by a variable. */
static bool is_given(const struct invocation *invocation, const char *option)
{
    for (unsigned i = 0; i < invocation->given_count; i++)
        if (strcmp(invocation->given[i].option->name, option) == 0)
            return true;
    return false;
}

static enum exit_code complain_session(const struct invocation *invocation, struct text what, struct text why)
{
    terminal_complain(invocation->terminal, what, why,
                      TEXT("dragoman login --gateway URL begins a session; on the gateway's own host "
                           "--admin-socket needs none"));
    return EXIT_CODE_REFUSED;
}

/* What was typed counts more than what is set, and the socket more than a session. DRAGOMAN_GATEWAY alone means
 * the session only where there is one with that gateway, since most commands mean its public address by it. */
static enum exit_code choose_session(const struct invocation *invocation, struct session *session,
                                     bool *is_used)
{
    struct text why, url = TEXT_NONE;
    bool is_named = is_given(invocation, "gateway");
    *is_used = false;
    if (!is_named && (is_given(invocation, "admin-socket") || invocation_has(invocation, "admin-socket") ||
                      !invocation_has(invocation, "gateway")))
        return EXIT_CODE_FINE;
    if (is_named && (url = gateway_url(invocation, "")).base == NULL)
        return EXIT_CODE_USAGE;
    if (!is_named)
        url = session_gateway(text_of(invocation_option(invocation, "gateway")));
    bool is_there = session_file_read(invocation, session, &why) && text_equal(session->gateway, url);
    if (!is_there)
        return is_named ? complain_session(invocation, TEXT("there is no session with this gateway"), why)
                        : EXIT_CODE_FINE;
    *is_used = true;
    return session->expires_at_s > clock_wall_s()
               ? EXIT_CODE_FINE
               : complain_session(invocation, TEXT("the session has expired"), TEXT_NONE);
}

static enum exit_code administer_by_session(const struct invocation *invocation, const struct session *session,
                                            const char *method, struct text path, struct text body,
                                            struct reply *reply)
{
    struct arena *arena = invocation->arena;
    const struct text headers[] = {
        arena_print(arena, "authorization: Bearer %.*s", TEXT_ARGUMENTS(session->token)),
        TEXT("content-type: application/yaml")};
    struct text url = arena_print(arena, "%.*s%.*s", TEXT_ARGUMENTS(session->gateway), TEXT_ARGUMENTS(path));
    enum exit_code code =
        gateway_fetch(invocation, text_of(method), url, headers, body.base != NULL ? 2 : 1, body, reply);
    return code == EXIT_CODE_FINE ? gateway_check(invocation, reply) : code;
}

static const char *socket_of(const struct invocation *invocation)
{
    const char *socket = invocation_option(invocation, "admin-socket");
    return socket != NULL ? socket : "/run/dragoman/admin.sock";
}

static enum exit_code complain_silent_socket(const struct invocation *invocation, const char *detail)
{
    struct arena *arena = invocation->arena;
    const char *socket = socket_of(invocation);
    if (!invocation_has(invocation, "admin-socket") && invocation_has(invocation, "gateway")) {
        (void)complain_session(
            invocation,
            arena_print(arena, "nobody is logged in at %s", invocation_option(invocation, "gateway")),
            arena_print(arena, "there is no session with it, and no gateway answers on %s either", socket));
        return EXIT_CODE_UNREACHABLE;
    }
    terminal_complain(
        invocation->terminal, arena_print(arena, "no gateway answers on the admin socket %s", socket),
        text_of(detail),
        TEXT("start the gateway, run this as a user who may open its socket, or name another with "
             "--admin-socket or DRAGOMAN_ADMIN_SOCKET; from elsewhere use --gateway after a dragoman "
             "login"));
    return EXIT_CODE_UNREACHABLE;
}

static bool ask_socket(const struct invocation *invocation, const char *method, struct text path,
                       struct text body, struct http_answer *answer, struct reply *reply)
{
    struct text type = TEXT("content-type: application/yaml");
    struct http_request request = {
        .url = arena_print(invocation->arena, "http://localhost%.*s", TEXT_ARGUMENTS(path)),
        .method = text_of(method),
        .headers = &type,
        .header_count = body.base != NULL ? 1 : 0,
        .body = body,
        .answer_limit = ANSWER_LIMIT,
        .timeout_ms = TIMEOUT_MS};
    SCOPED_BUFFER content = {0};
    if (http_fetch(&request, socket_of(invocation), NULL, answer, &content) != FAULT_NONE)
        return false;
    take_answer(invocation, answer, &content, reply);
    return true;
}

static enum exit_code administer_on_socket(const struct invocation *invocation, const char *method,
                                           struct text path, struct text body, struct reply *reply)
{
    struct http_answer answer = {0};
    if (!ask_socket(invocation, method, path, body, &answer, reply))
        return complain_silent_socket(invocation, answer.detail);
    return gateway_check(invocation, reply);
}

enum exit_code gateway_read_socket(const struct invocation *invocation, struct text path, bool is_quiet,
                                   struct reply *reply)
{
    struct http_answer answer = {0};
    if (!ask_socket(invocation, "GET", path, TEXT_NONE, &answer, reply))
        return is_quiet ? EXIT_CODE_UNREACHABLE : complain_silent_socket(invocation, answer.detail);
    if (reply->status == 200)
        return EXIT_CODE_FINE;
    return is_quiet ? EXIT_CODE_REFUSED : complain_problem(invocation, reply);
}

enum exit_code gateway_administer(const struct invocation *invocation, const char *method, struct text path,
                                  struct text body, struct reply *reply)
{
    struct session session;
    bool is_session;
    enum exit_code code = choose_session(invocation, &session, &is_session);
    if (code != EXIT_CODE_FINE)
        return code;
    return is_session ? administer_by_session(invocation, &session, method, path, body, reply)
                      : administer_on_socket(invocation, method, path, body, reply);
}

const char *gateway_socket(const struct invocation *invocation)
{
    struct session session;
    bool is_session;
    return choose_session(invocation, &session, &is_session) == EXIT_CODE_FINE && !is_session
               ? socket_of(invocation)
               : NULL;
}

struct text gateway_escape(struct arena *arena, struct text text)
{
    SCOPED_BUFFER out = {0};
    percent_encode(&out, text);
    return arena_copy(arena, buffer_text(&out));
}

enum exit_code gateway_look_up(const struct invocation *invocation, const char *collection, struct reply *reply)
{
    struct text id = gateway_escape(invocation->arena, text_of(invocation->arguments[0]));
    struct text path = arena_print(invocation->arena, "%s/%.*s", collection, TEXT_ARGUMENTS(id));
    return gateway_administer(invocation, "GET", path, TEXT_NONE, reply);
}
