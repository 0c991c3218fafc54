/* dragoman connection show, add, remove: what an adapter keeps for a target, such as somebody else's API key.
 * The secret comes from a file or standard input, never from the command line. */
#include "commands.h"

#include "base/clock.h"
#include "gateway.h"
#include "input.h"
#include "printer.h"
#include "table.h"
#include "json/json_writer.h"

static struct text path_of(const struct invocation *invocation)
{
    struct text target = gateway_escape(invocation->arena, text_of(invocation->arguments[0]));
    return arena_print(invocation->arena, "/v1/connections/%.*s", TEXT_ARGUMENTS(target));
}

static void print_wanted(const struct invocation *invocation, const struct json_value *asks)
{
    const struct terminal *terminal = invocation->terminal;
    const struct json_value *wanted = json_member(asks, TEXT("ask"));
    for (const struct json_value *one = wanted != NULL ? wanted->first : NULL; one != NULL; one = one->next)
        fprintf(terminal->out, "wants %.*s: %.*s\n",
                TEXT_ARGUMENTS(terminal_clean(invocation->arena, json_text_of(one, "name"))),
                TEXT_ARGUMENTS(terminal_clean(invocation->arena, json_text_of(one, "label"))));
    if (wanted == NULL || wanted->first == NULL)
        fputs("wants nothing\n", terminal->out);
}

static void print_kept(const struct invocation *invocation, const struct json_value *asks)
{
    static const char *const headings[] = {"FOR", "KEPT", "FINGERPRINT"};
    const struct json_value *kept = json_member(asks, TEXT("kept"));
    struct table table = table_create(invocation->arena, headings, 3);
    if (kept == NULL || kept->first == NULL) {
        fputs(kept == NULL ? "the adapter does not say whether it has any of it\n" : "nothing is kept yet\n",
              invocation->terminal->out);
        return;
    }
    for (const struct json_value *one = kept->first; one != NULL; one = one->next) {
        bool is_shared = json_text_of(one, "subject").length == 0;
        struct text cells[] = {
            is_shared ? TEXT("everybody")
                      : arena_print(invocation->arena, "%.*s %.*s", TEXT_ARGUMENTS(json_text_of(one, "issuer")),
                                    TEXT_ARGUMENTS(json_text_of(one, "subject"))),
            terminal_distance(invocation->arena, json_integer_of(one, "kept_at"), clock_wall_s()),
            json_text_of(one, "fingerprint"),
        };
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
}

enum exit_code command_connection_show(struct invocation *invocation)
{
    struct reply reply;
    enum exit_code code = gateway_administer(invocation, "GET", path_of(invocation), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output != OUTPUT_TABLE) {
        printer_print(invocation, reply.json);
        return EXIT_CODE_FINE;
    }
    const struct json_value *asks = json_member(reply.json, TEXT("asks"));
    print_wanted(invocation, asks);
    print_kept(invocation, asks);
    return EXIT_CODE_FINE;
}

/* Both or neither; false after a complaint. */
static bool read_subject(const struct invocation *invocation, struct text *issuer, struct text *subject)
{
    const char *names[] = {invocation_option(invocation, "issuer"), invocation_option(invocation, "subject")};
    if ((names[0] == NULL) != (names[1] == NULL)) {
        terminal_complain(invocation->terminal, TEXT("half a subject was named"),
                          TEXT("a subject is its issuer and its sub"),
                          TEXT("give --issuer and --subject, or neither for everybody"));
        return false;
    }
    *issuer = names[0] == NULL ? TEXT_NONE : text_of(names[0]);
    *subject = names[1] == NULL ? TEXT_NONE : text_of(names[1]);
    return true;
}

/* "client_secret, private_key or certificate" */
static struct text list_wanted(const struct invocation *invocation, const struct json_value *wanted)
{
    struct buffer list = buffer_in(invocation->arena, 128);
    for (const struct json_value *one = wanted != NULL ? wanted->first : NULL; one != NULL; one = one->next)
        buffer_print(&list, "%s%.*s",
                     one == wanted->first ? ""
                     : one->next == NULL  ? " or "
                                          : ", ",
                     TEXT_ARGUMENTS(json_text_of(one, "name")));
    return buffer_text(&list);
}

static bool is_wanted(const struct json_value *wanted, struct text name)
{
    for (const struct json_value *one = wanted != NULL ? wanted->first : NULL; one != NULL; one = one->next)
        if (text_equal(json_text_of(one, "name"), name))
            return true;
    return false;
}

static enum exit_code complain_name(const struct invocation *invocation, const struct reply *reply,
                                    const struct json_value *wanted, const char *given)
{
    struct arena *arena = invocation->arena;
    struct text adapter = json_text_of(reply->json, "adapter");
    struct text list = list_wanted(invocation, wanted);
    struct text what = given == NULL ? TEXT("it is not clear what this secret is")
                                     : arena_print(arena, "nothing called '%s' is wanted", given);
    struct text why =
        arena_print(arena, "%.*s, which is this target's adapter, asks for %.*s", TEXT_ARGUMENTS(adapter),
                    TEXT_ARGUMENTS(list.length == 0 ? TEXT("nothing") : list));
    terminal_complain(invocation->terminal, what, why,
                      arena_print(arena, "say which with --name; dragoman connection show %s says what each is",
                                  invocation->arguments[0]));
    return EXIT_CODE_REFUSED;
}

/* The name of the one thing that is wanted; where there are more it has to be given. One that is not known is
 * told before anybody is asked for a secret. */
static enum exit_code find_name(struct invocation *invocation, struct text *name)
{
    struct reply reply;
    const char *given = invocation_option(invocation, "name");
    enum exit_code code = gateway_administer(invocation, "GET", path_of(invocation), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *wanted = json_member(json_member(reply.json, TEXT("asks")), TEXT("ask"));
    bool is_one = wanted != NULL && wanted->first != NULL && wanted->first->next == NULL;
    if (given != NULL ? !is_wanted(wanted, text_of(given)) : !is_one)
        return complain_name(invocation, &reply, wanted, given);
    *name = given != NULL ? text_of(given) : json_text_of(wanted->first, "name");
    return EXIT_CODE_FINE;
}

static enum exit_code read_secret(const struct invocation *invocation, struct text name, struct text *secret)
{
    const char *file = invocation_option(invocation, "secret-file");
    const struct terminal *terminal = invocation->terminal;
    if (file == NULL && terminal_is_typed_at(terminal)) {
        fputs("type or paste the value of ", terminal->error);
        terminal_print_foreign(terminal->error, name);
        fputs(", then Enter and Ctrl-D; or give it with --secret-file FILE, or < FILE\n", terminal->error);
    }
    return input_read_secret(invocation, file != NULL ? file : "-", secret);
}

static struct text write_body(const struct invocation *invocation, struct text issuer, struct text subject,
                              struct text name, struct text secret)
{
    struct buffer body = buffer_in(invocation->arena, secret.length + 256);
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    if (subject.length != 0) {
        json_name(&writer, TEXT("subject"));
        json_begin_object(&writer);
        json_member_text(&writer, "issuer", issuer);
        json_member_text(&writer, "subject", subject);
        json_end_object(&writer);
    }
    json_name(&writer, TEXT("answers"));
    json_begin_object(&writer);
    json_name(&writer, name);
    json_write_text(&writer, secret);
    json_end_object(&writer);
    json_end_object(&writer);
    return buffer_text(&body);
}

static enum exit_code say_kept(const struct invocation *invocation, const struct reply *reply)
{
    if (invocation->output != OUTPUT_TABLE)
        printer_print(invocation, reply->json);
    else
        fprintf(invocation->terminal->out, "kept for %.*s (record %.*s)\n",
                TEXT_ARGUMENTS(json_text_of(reply->json, "target")),
                TEXT_ARGUMENTS(json_text_of(reply->json, "record")));
    return EXIT_CODE_FINE;
}

enum exit_code command_connection_add(struct invocation *invocation)
{
    struct text issuer, subject, name, secret;
    struct reply reply;
    if (!read_subject(invocation, &issuer, &subject))
        return EXIT_CODE_USAGE;
    enum exit_code code = find_name(invocation, &name);
    if (code == EXIT_CODE_FINE)
        code = read_secret(invocation, name, &secret);
    if (code != EXIT_CODE_FINE)
        return code;
    code = gateway_administer(invocation, "POST", path_of(invocation),
                              write_body(invocation, issuer, subject, name, secret), &reply);
    return code == EXIT_CODE_FINE ? say_kept(invocation, &reply) : code;
}

/* An adapter does not say whether there was anything to forget (adapters/PROTOCOL.md, disconnect), so neither
 * does this; of what was agreed to the gateway knows. */
static void say_forgotten(const struct invocation *invocation, const struct reply *reply, struct text issuer,
                          struct text subject)
{
    struct arena *arena = invocation->arena;
    int64_t ended = json_integer_of(reply->json, "consents_ended");
    struct text whose = TEXT("everybody"), consents = TEXT("");
    if (subject.length != 0) {
        whose = arena_print(arena, "%.*s of %.*s", TEXT_ARGUMENTS(subject), TEXT_ARGUMENTS(issuer));
        consents = ended == 0 ? TEXT("; they had agreed to nothing there")
                              : arena_print(arena, "; %lld consent%s of theirs ended", (long long)ended,
                                            ended == 1 ? "" : "s");
    }
    struct text line =
        arena_print(arena, "%.*s: forgotten is what %.*s kept for %.*s, if it kept anything%.*s (record %.*s)",
                    TEXT_ARGUMENTS(json_text_of(reply->json, "target")),
                    TEXT_ARGUMENTS(json_text_of(reply->json, "adapter")), TEXT_ARGUMENTS(whose),
                    TEXT_ARGUMENTS(consents), TEXT_ARGUMENTS(json_text_of(reply->json, "record")));
    terminal_print_foreign(invocation->terminal->out, line);
    fputc('\n', invocation->terminal->out);
}

enum exit_code command_connection_remove(struct invocation *invocation)
{
    struct text issuer, subject, path = path_of(invocation);
    struct reply reply;
    if (!read_subject(invocation, &issuer, &subject))
        return EXIT_CODE_USAGE;
    if (subject.length != 0)
        path = arena_print(invocation->arena, "%.*s?issuer=%.*s&subject=%.*s", TEXT_ARGUMENTS(path),
                           TEXT_ARGUMENTS(gateway_escape(invocation->arena, issuer)),
                           TEXT_ARGUMENTS(gateway_escape(invocation->arena, subject)));
    enum exit_code code = gateway_administer(invocation, "DELETE", path, TEXT_NONE, &reply);
    if (code == EXIT_CODE_FINE && !printer_print_instead(invocation, reply.json))
        say_forgotten(invocation, &reply, issuer, subject);
    return code;
}
