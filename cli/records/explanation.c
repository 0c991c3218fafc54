/* dragoman explain: one record as the ladder of checks that made it, and the verdict. */
#include "commands/commands.h"
#include "gateway.h"
#include "printer.h"
#include "records/explained_facts.h"
#include "records/recorded_call.h"

#include "base/fault.h"
#include "json/json_writer.h"

/* The public sentence behind a reason; TEXT_NONE for a reason this program does not know. */
static struct text reason_sentence(struct text reason)
{
    for (int fault = 1; fault < FAULT_COUNT; fault++)
        if (text_is(reason, fault_row((enum fault)fault)->reason))
            return text_of(fault_row((enum fault)fault)->sentence);
    return TEXT_NONE;
}

static void print_row(const struct terminal *terminal, const char *label, struct text value)
{
    if (value.length == 0)
        return;
    fprintf(terminal->out, "  %s%-9s%s ", terminal_ink(terminal, terminal->out, INK_DIM), label,
            terminal_ink(terminal, terminal->out, INK_PLAIN));
    terminal_print_foreign(terminal->out, value);
    fputc('\n', terminal->out);
}

/* "billing-agents (system:serviceaccount:agents:billing)", and on a line of its own who says so. */
static void print_identity(const struct terminal *terminal, struct arena *arena, const char *label,
                           const struct json_value *identity, struct text client)
{
    struct text subject = json_text_of(identity, "sub"), issuer = json_text_of(identity, "iss");
    if (client.length == 0 || subject.length == 0 || text_equal(client, subject))
        print_row(terminal, label, subject.length != 0 ? subject : client);
    else
        print_row(terminal, label,
                  arena_print(arena, "%.*s (%.*s)", TEXT_ARGUMENTS(client), TEXT_ARGUMENTS(subject)));
    if (issuer.length != 0)
        print_row(terminal, "", arena_print(arena, "of %.*s", TEXT_ARGUMENTS(issuer)));
}

static void print_facts(const struct invocation *invocation, const struct json_value *record)
{
    const struct terminal *terminal = invocation->terminal;
    struct arena *arena = invocation->arena;
    struct text from = json_text_of(record, "from"), to = json_text_of(record, "to"),
                target = json_text_of(record, "target");
    fprintf(terminal->out, "%s", terminal_ink(terminal, terminal->out, INK_BOLD));
    terminal_print_foreign(terminal->out, json_text_of(record, "kind"));
    fputc(' ', terminal->out);
    terminal_print_foreign(terminal->out, json_text_of(record, "id"));
    fprintf(terminal->out, "%s  ", terminal_ink(terminal, terminal->out, INK_PLAIN));
    terminal_print_foreign(terminal->out, json_text_of(record, "at"));
    fputc('\n', terminal->out);
    print_identity(terminal, arena, "agent", json_member(record, TEXT("agent")),
                   json_text_of(record, "client"));
    print_identity(terminal, arena, "for", json_member(record, TEXT("subject")), TEXT_NONE);
    if (target.length != 0)
        print_row(terminal, "target",
                  arena_print(arena, "%.*s, from domain %.*s to %.*s", TEXT_ARGUMENTS(target),
                              TEXT_ARGUMENTS(from.length != 0 ? from : TEXT("?")),
                              TEXT_ARGUMENTS(to.length != 0 ? to : TEXT("?"))));
    print_row(terminal, "call", recorded_call(arena, record));
    print_row(terminal, "session", json_text_of(json_member(record, TEXT("call")), "session"));
    print_row(terminal, "audience", json_text_of(record, "audience"));
    print_row(terminal, "asked", json_text_of(record, "scope_asked"));
    print_row(terminal, "given", json_text_of(record, "scope_given"));
    print_row(terminal, "account", json_text_of(record, "account"));
    print_row(terminal, "task", json_text_of(record, "task"));
    print_row(terminal, "purpose", json_text_of(record, "purpose"));
}

/* What an administrator did, member by member. */
static void print_change(const struct invocation *invocation, const struct json_value *change)
{
    struct arena *arena = invocation->arena;
    for (const struct json_value *each = change == NULL ? NULL : change->first; each != NULL;
         each = each->next) {
        SCOPED_BUFFER written = {0};
        if (json_is_string(each)) {
            buffer_append(&written, each->text);
        } else {
            struct json_writer writer = json_writer_on(&written);
            json_write_value(&writer, each);
        }
        print_row(invocation->terminal, arena_copy(arena, each->name).base, buffer_text(&written));
    }
}

static unsigned check_width(const struct json_value *ladder)
{
    unsigned width = 0;
    for (const struct json_value *rung = ladder; rung != NULL; rung = rung->next) {
        unsigned columns = terminal_columns(json_text_of(rung, "check"));
        width = columns > width ? columns : width;
    }
    return width < 40 ? width : 40;
}

/* Named by the rung itself, or by the earlier one that "as" gives the position of (docs/records.md). */
static struct text document_of(const struct json_value *first, const struct json_value *rung)
{
    const struct json_value *as = json_member(rung, TEXT("as"));
    int64_t position = 0;
    if (as == NULL || !json_integer(as, &position))
        return json_text_of(rung, "document");
    const struct json_value *named = first;
    while (named != rung && position-- > 0)
        named = named->next;
    return json_text_of(named, "document");
}

/* What a policy on trial says is neither passed nor failed. */
static void print_sign(const struct terminal *terminal, const struct json_value *rung)
{
    bool has_passed = json_member(rung, TEXT("result")) == NULL;
    bool is_trial = text_is(json_text_of(rung, "check"), "policy_would_refuse");
    enum ink ink = is_trial ? INK_YELLOW : has_passed ? INK_GREEN : INK_RED;
    const char *sign = is_trial     ? terminal_sign(terminal, "!", "! ")
                       : has_passed ? terminal_sign(terminal, "✓", "ok")
                                    : terminal_sign(terminal, "✗", "NO");
    fprintf(terminal->out, "  %s%s%s ", terminal_ink(terminal, terminal->out, ink), sign,
            terminal_ink(terminal, terminal->out, INK_PLAIN));
}

static void print_rung(const struct terminal *terminal, const struct json_value *first,
                       const struct json_value *rung, unsigned width)
{
    struct text check = json_text_of(rung, "check"), document = document_of(first, rung),
                detail = json_text_of(rung, "detail");
    unsigned columns = terminal_columns(check);
    print_sign(terminal, rung);
    terminal_print_foreign(terminal->out, check);
    if (document.length != 0) {
        fprintf(terminal->out, "%*s  %s", (int)(width > columns ? width - columns : 0), "",
                terminal_ink(terminal, terminal->out, INK_DIM));
        terminal_print_foreign(terminal->out, document);
        fputs(terminal_ink(terminal, terminal->out, INK_PLAIN), terminal->out);
    }
    fputc('\n', terminal->out);
    if (detail.length != 0) {
        fprintf(terminal->out, "      ");
        terminal_print_foreign(terminal->out, detail);
        fputc('\n', terminal->out);
    }
}

static void print_verdict(const struct invocation *invocation, const struct json_value *record)
{
    const struct terminal *terminal = invocation->terminal;
    struct text outcome = json_text_of(record, "outcome"), reason = json_text_of(record, "reason");
    struct text sentence = reason_sentence(reason);
    bool is_refused = text_is(outcome, "refused");
    bool is_call = !is_refused && text_is(json_text_of(record, "kind"), "call");
    fprintf(terminal->out, "\n%s", terminal_ink(terminal, terminal->out, is_refused ? INK_RED : INK_GREEN));
    terminal_print_foreign(terminal->out, is_call ? TEXT("let through") : outcome);
    fputs(terminal_ink(terminal, terminal->out, INK_PLAIN), terminal->out);
    if (is_refused && reason.length != 0) {
        fputs(": ", terminal->out);
        terminal_print_foreign(terminal->out, reason);
        if (sentence.length != 0) {
            fprintf(terminal->out, "\n  ");
            terminal_print_wrapped(terminal->out, 2, sentence);
        }
    }
    if (is_call) { /* the record is durable before there is an answer */
        fputs("\n  ", terminal->out);
        terminal_print_wrapped(terminal->out, 2,
                               TEXT("What the other side made of it is not in the record; where it failed, the "
                                    "gateway's log says why, under this id."));
    }
    fputc('\n', terminal->out);
}

enum exit_code command_explain(struct invocation *invocation)
{
    struct reply reply;
    enum exit_code code = gateway_look_up(invocation, "/v1/records", &reply);
    if (code != EXIT_CODE_FINE || printer_print_instead(invocation, reply.json))
        return code;
    const struct json_value *ladder = json_member(reply.json, TEXT("ladder"));
    const struct json_value *first = ladder != NULL ? ladder->first : NULL;
    print_facts(invocation, reply.json);
    print_change(invocation, json_member(reply.json, TEXT("change")));
    fputc('\n', invocation->terminal->out);
    for (const struct json_value *rung = first; rung != NULL; rung = rung->next)
        print_rung(invocation->terminal, first, rung, check_width(first));
    explained_facts_print(invocation, reply.json);
    print_verdict(invocation, reply.json);
    return EXIT_CODE_FINE;
}
