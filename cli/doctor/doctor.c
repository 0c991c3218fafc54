/* dragoman doctor: asks a gateway for its facts, looks around here, and prints what diagnosis.c says of both.
 */
#include <sys/stat.h>

#include "base/clock.h"
#include "commands/commands.h"
#include "diagnosis.h"
#include "gateway.h"
#include "printer.h"
#include "json/json_writer.h"

static struct seen_here look_around(const struct invocation *invocation)
{
    struct stat status;
    const char *socket = gateway_socket(invocation);
    struct seen_here here = {.version = TEXT(DRAGOMAN_VERSION), .now_us = clock_wall_us()};
    if (socket != NULL && stat(socket, &status) == 0) {
        here.socket = text_of(socket);
        here.socket_mode = (unsigned)status.st_mode;
    }
    return here;
}

static void print_finding(const struct terminal *terminal, const struct finding *finding)
{
    enum { INDENT = 26 };
    static const enum ink inks[VERDICT_COUNT] = {INK_GREEN, INK_YELLOW, INK_RED};
    FILE *out = terminal->out;
    struct text verdict = verdict_name(finding->verdict);
    fprintf(out, "%s%-4.*s%s  %-18s  ", terminal_ink(terminal, out, inks[finding->verdict]),
            TEXT_ARGUMENTS(verdict), terminal_ink(terminal, out, INK_PLAIN), finding->check);
    terminal_print_wrapped(out, INDENT, finding->found);
    if (finding->advice.base != NULL) {
        fprintf(out, "\n%*s", INDENT, "");
        terminal_print_wrapped(out, INDENT, finding->advice);
        fprintf(out, "\n%*s%s", INDENT, "", finding->page);
    }
    fputc('\n', out);
}

static void print_findings(const struct terminal *terminal, const struct finding *findings,
                           const unsigned *counts)
{
    for (const struct finding *finding = findings; finding != NULL; finding = finding->next)
        print_finding(terminal, finding);
    fprintf(terminal->out, "\n%u ok, %u to look at, %u wrong\n", counts[VERDICT_OK], counts[VERDICT_WARN],
            counts[VERDICT_FAIL]);
}

static void write_finding(struct json_writer *writer, const struct finding *finding)
{
    json_begin_object(writer);
    json_member_text(writer, "check", text_of(finding->check));
    json_member_text(writer, "verdict", verdict_name(finding->verdict));
    json_member_text(writer, "found", finding->found);
    if (finding->advice.base != NULL) {
        json_member_text(writer, "advice", finding->advice);
        json_member_text(writer, "page", text_of(finding->page));
    }
    json_end_object(writer);
}

/* The facts as well: scripts may judge otherwise. */
static void print_document(const struct invocation *invocation, const struct finding *findings,
                           const struct json_value *facts)
{
    SCOPED_BUFFER json = {0};
    const struct json_value *value = NULL;
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_name(&writer, TEXT("checks"));
    json_begin_array(&writer);
    for (const struct finding *finding = findings; finding != NULL; finding = finding->next)
        write_finding(&writer, finding);
    json_end_array(&writer);
    json_name(&writer, TEXT("facts"));
    json_write_value(&writer, facts);
    json_end_object(&writer);
    /* As large as it is: it is our own. */
    const struct json_limits limits = {.bytes = json.length, .depth = 64, .members = 1 << 22};
    INVARIANT(json_parse(invocation->arena, buffer_text(&json), &limits, &value) == FAULT_NONE);
    printer_print(invocation, value);
}

enum exit_code command_doctor(struct invocation *invocation)
{
    struct reply reply;
    enum exit_code code = gateway_administer(invocation, "GET", TEXT("/v1/doctor"), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct seen_here here = look_around(invocation);
    const struct finding *findings = diagnosis_make(invocation->arena, reply.json, &here);
    unsigned counts[VERDICT_COUNT] = {0};
    for (const struct finding *finding = findings; finding != NULL; finding = finding->next)
        counts[finding->verdict]++;
    if (invocation->output == OUTPUT_TABLE)
        print_findings(invocation->terminal, findings, counts);
    else
        print_document(invocation, findings, reply.json);
    return counts[VERDICT_FAIL] == 0 ? EXIT_CODE_FINE : EXIT_CODE_REFUSED;
}
