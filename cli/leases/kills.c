/* dragoman kill, kill list, lift: ends a thing with everything that stands on it, and says what that was. */
#include <time.h>

#include "base/clock.h"
#include "commands/commands.h"
#include "gateway.h"
#include "leases/lease_pages.h"
#include "printer.h"
#include "table.h"

enum { LEASES_SHOWN = 50, WITHDRAWAL_WAIT_MS = 5000 };

static bool is_said(const struct json_value *object, const char *name)
{
    return json_is_true(json_member(object, text_of(name)));
}

static struct text reason_query(const struct invocation *invocation)
{
    const char *reason = invocation_option(invocation, "reason");
    if (reason == NULL)
        return TEXT("");
    return arena_print(invocation->arena, "&reason=%.*s",
                       TEXT_ARGUMENTS(gateway_escape(invocation->arena, text_of(reason))));
}

/* What the kill ended, how many, and until when somebody who does not ask could still believe one. */
struct toll {
    const struct lease_pages *pages;
    struct text record; /* of the kill */
    bool is_dry_run;
    bool is_taken_for_dead; /* what the gateway does not call dead yet, or would be dead */
    size_t dead;
    size_t dead_before; /* by something else */
    size_t unreached;   /* being withdrawn where they are valid */
    size_t lost;        /* that cannot be withdrawn */
    int64_t last_end_s;
};

/* Whether this kill ended it. */
static bool is_dead_by_it(const struct toll *toll, const struct json_value *lease)
{
    const struct json_value *killer = json_member(lease, TEXT("killed_by"));
    if (killer != NULL)
        return !toll->is_dry_run && text_equal(json_text_of(killer, "record"), toll->record);
    return (toll->is_taken_for_dead || toll->pages->kills_unknown) &&
           !text_is(json_text_of(lease, "state"), "ended");
}

/* Of an MCP server: only the gateway knows it, and asks itself at every request. */
static bool is_session(const struct json_value *lease)
{
    return text_is(json_text_of(lease, "adapter"), "mcp");
}

static bool count_lease(void *context, const struct json_value *lease)
{
    struct toll *toll = context;
    struct text state = json_text_of(lease, "state");
    if (!is_dead_by_it(toll, lease)) {
        toll->dead_before += json_member(lease, TEXT("killed_by")) != NULL || text_is(state, "ended");
        return false;
    }
    toll->dead++;
    toll->unreached += text_is(state, "pending") || text_is(state, "withdrawing");
    toll->lost += text_is(state, "lost");
    if (!text_is(state, "ended") && !is_session(lease) &&
        json_integer_of(lease, "expires_at") > toll->last_end_s)
        toll->last_end_s = json_integer_of(lease, "expires_at");
    return true;
}

static struct text time_of(const struct invocation *invocation, int64_t at_s)
{
    return terminal_time(invocation->arena, at_s, clock_wall_s());
}

static void print_deaths(const struct invocation *invocation, const struct toll *toll,
                         const struct json_value *kill)
{
    const struct terminal *terminal = invocation->terminal;
    fprintf(terminal->out, "  %zu credential%s %s\n", toll->dead, toll->dead == 1 ? "" : "s",
            toll->is_dry_run ? "would be dead" : "dead");
    if (toll->last_end_s != 0)
        fprintf(terminal->out, "  a verifier that never asks may believe the last of them until %.*s\n",
                TEXT_ARGUMENTS(time_of(invocation, toll->last_end_s)));
    if (toll->unreached != 0)
        fprintf(terminal->out,
                "  %zu could not be withdrawn yet where they are valid; that is tried on until they end\n",
                toll->unreached);
    if (toll->lost != 0)
        fprintf(terminal->out, "  %zu cannot be withdrawn where they are valid; they end by themselves\n",
                toll->lost);
    if (toll->dead_before != 0)
        fprintf(terminal->out,
                "  %zu more stand on it and were dead already: dragoman lease list --all %.*s '%.*s'\n",
                toll->dead_before, TEXT_ARGUMENTS(json_text_of(kill, "kind")),
                TEXT_ARGUMENTS(terminal_clean(invocation->arena, json_text_of(kill, "id"))));
}

/* Whoever is ended by name shows tokens that others made, some of them before the kill. */
static bool is_identity(const struct json_value *kill)
{
    struct text kind = json_text_of(kill, "kind");
    return text_is(kind, "subject") || text_is(kind, "agent");
}

/* What becomes of what is asked for from now on. */
static void print_prospect(const struct invocation *invocation, const struct json_value *kill)
{
    const struct terminal *terminal = invocation->terminal;
    int64_t from_s = json_integer_of(kill, "issues_from");
    if (is_said(kill, "stands"))
        fprintf(terminal->out, "  nothing is issued with it any more until: dragoman lift %.*s '%.*s'\n",
                TEXT_ARGUMENTS(json_text_of(kill, "kind")),
                TEXT_ARGUMENTS(terminal_clean(invocation->arena, json_text_of(kill, "id"))));
    else if (from_s != 0)
        fprintf(terminal->out, "  what is asked for from %.*s on may be issued\n",
                TEXT_ARGUMENTS(time_of(invocation, from_s)));
    if (from_s != 0 && is_identity(kill))
        fputs("  with a token that was issued later, too: whoever this names gets a new one\n", terminal->out);
}

/* What holds already, before anybody knows what it ended. */
static void print_kill(const struct invocation *invocation, const struct json_value *kill)
{
    const struct terminal *terminal = invocation->terminal;
    bool is_dry_run = is_said(kill, "dry_run");
    fprintf(terminal->out, "%s%s%s ", terminal_ink(terminal, terminal->out, INK_RED),
            is_dry_run ? "would kill" : "killed", terminal_ink(terminal, terminal->out, INK_PLAIN));
    terminal_print_foreign(terminal->out, json_text_of(kill, "kind"));
    fputc(' ', terminal->out);
    terminal_print_foreign(terminal->out, json_text_of(kill, "id"));
    fputc('\n', terminal->out);
    if (!is_dry_run) {
        fprintf(terminal->out, "  refused here since %.*s, by every gateway on this store within 2 s\n",
                TEXT_ARGUMENTS(time_of(invocation, json_integer_of(kill, "at"))));
        print_prospect(invocation, kill);
    }
    fflush(terminal->out);
}

static void print_toll(const struct invocation *invocation, const struct toll *toll,
                       const struct json_value *kill)
{
    const struct terminal *terminal = invocation->terminal;
    const struct lease_pages *pages = toll->pages;
    print_deaths(invocation, toll, kill);
    if (toll->dead + toll->dead_before == 0)
        terminal_warn(terminal,
                      TEXT("nothing that is alive stands on it; names are compared letter by letter"));
    if (pages->count != 0) {
        fputc('\n', terminal->out);
        lease_pages_print(pages);
    }
    if (pages->more != 0)
        fprintf(terminal->out, "... and %zu more: dragoman lease list --all %.*s '%.*s'\n", pages->more,
                TEXT_ARGUMENTS(json_text_of(kill, "kind")),
                TEXT_ARGUMENTS(terminal_clean(invocation->arena, json_text_of(kill, "id"))));
}

/* The answer to the kill, with what it ended. */
static void print_json(const struct invocation *invocation, const struct toll *toll,
                       const struct json_value *kill)
{
    struct json_value leases = *lease_pages_json(toll->pages), whole = *kill;
    struct json_value dead_before = {.kind = JSON_NUMBER,
                                     .name = TEXT("dead_before"),
                                     .text = arena_print(invocation->arena, "%zu", toll->dead_before),
                                     .next = &leases};
    struct json_value *members = ARENA_ARRAY(invocation->arena, struct json_value, kill->count);
    size_t count = 0;
    for (const struct json_value *each = kill->first; each != NULL; each = each->next, count++) {
        members[count] = *each;
        members[count].next = each->next == NULL ? &dead_before : &members[count + 1];
    }
    leases.name = TEXT("leases");
    whole.first = members;
    whole.count += 2;
    printer_print(invocation, &whole);
}

/* What stands on the thing now, once whatever can be withdrawn has been, or after WITHDRAWAL_WAIT_MS. */
static enum exit_code read_toll(struct lease_pages *pages, struct toll *toll)
{
    const struct timespec pause = {.tv_nsec = 250 * 1000000};
    const struct lease_pages fresh_pages = *pages;
    const struct toll fresh_toll = *toll;
    enum exit_code code = lease_pages_read(pages);
    for (int waited_ms = 0;
         code == EXIT_CODE_FINE && !toll->is_dry_run && toll->unreached != 0 && waited_ms < WITHDRAWAL_WAIT_MS;
         waited_ms += 250) {
        nanosleep(&pause, NULL);
        *pages = fresh_pages;
        *toll = fresh_toll;
        code = lease_pages_read(pages);
    }
    return code;
}

static void warn_of_unread(const struct invocation *invocation, const struct json_value *kill)
{
    if (!is_said(kill, "dry_run"))
        terminal_warn(
            invocation->terminal,
            arena_print(invocation->arena,
                        "the kill holds (record %.*s); only what it ended could not be read: dragoman "
                        "lease list --all KIND ID",
                        TEXT_ARGUMENTS(json_text_of(kill, "record"))));
}

static void warn_of_delays(const struct invocation *invocation, const struct json_value *kill)
{
    if (!is_said(kill, "dry_run") && !is_said(kill, "in_effect"))
        terminal_warn(
            invocation->terminal,
            TEXT("the kill is stored and holds for everything new; the gateway could not confirm that "
                 "all of its threads know yet, which takes a second more"));
    if (is_said(kill, "documents_changed"))
        terminal_warn(invocation->terminal,
                      TEXT("documents were changed at the same moment: if what you meant has another name now, "
                           "kill it by that, too"));
}

/* The kill first: looking for what it ended takes as long as it takes. */
enum exit_code command_kill(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    struct text thing = lease_thing_query(invocation);
    struct reply reply;
    enum exit_code code =
        gateway_administer(invocation, "POST",
                           arena_print(arena, "/v1/kills?%.*s%.*s%s%s%s", TEXT_ARGUMENTS(thing),
                                       TEXT_ARGUMENTS(reason_query(invocation)),
                                       invocation_has(invocation, "dry-run") ? "&dry_run=true" : "",
                                       invocation_has(invocation, "past-only") ? "&past_only=true" : "",
                                       invocation_has(invocation, "force") ? "&force=true" : ""),
                           TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    bool is_dry_run = is_said(reply.json, "dry_run");
    warn_of_delays(invocation, reply.json);
    if (invocation->output == OUTPUT_TABLE)
        print_kill(invocation, reply.json);
    struct lease_pages pages;
    struct toll toll = {.pages = &pages,
                        .record = json_text_of(reply.json, "record"),
                        .is_dry_run = is_dry_run,
                        .is_taken_for_dead = is_dry_run || !is_said(reply.json, "in_effect")};
    pages = (struct lease_pages){.invocation = invocation,
                                 .wants = count_lease,
                                 .context = &toll,
                                 .limit = invocation->output == OUTPUT_TABLE ? LEASES_SHOWN : SIZE_MAX,
                                 .counts_further = true,
                                 .query = arena_print(arena, "&%.*s&all=true", TEXT_ARGUMENTS(thing))};
    code = read_toll(&pages, &toll);
    if (code != EXIT_CODE_FINE) {
        warn_of_unread(invocation, reply.json);
        return code;
    }
    gateway_warn_of_kills(invocation, !pages.kills_unknown);
    if (invocation->output == OUTPUT_TABLE)
        print_toll(invocation, &toll, reply.json);
    else
        print_json(invocation, &toll, reply.json);
    return EXIT_CODE_FINE;
}

enum exit_code command_lift(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    const struct terminal *terminal = invocation->terminal;
    struct reply reply;
    enum exit_code code = gateway_administer(invocation, "DELETE",
                                             arena_print(arena, "/v1/kills?%.*s%.*s",
                                                         TEXT_ARGUMENTS(lease_thing_query(invocation)),
                                                         TEXT_ARGUMENTS(reason_query(invocation))),
                                             TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output != OUTPUT_TABLE) {
        printer_print(invocation, reply.json);
        return EXIT_CODE_FINE;
    }
    fputs("lifted ", terminal->out);
    terminal_print_foreign(terminal->out, json_text_of(reply.json, "kind"));
    fputc(' ', terminal->out);
    terminal_print_foreign(terminal->out, json_text_of(reply.json, "id"));
    fputs("; what was dead stays dead\n", terminal->out);
    print_prospect(invocation, reply.json);
    return EXIT_CODE_FINE;
}

static struct text kill_state(struct arena *arena, const struct json_value *kill, int64_t now_s)
{
    struct text kind = json_text_of(kill, "kind");
    const struct json_value *lifted = json_member(kill, TEXT("lifted"));
    if (text_is(kind, "root") || text_is(kind, "lease"))
        return TEXT("ended");
    if (lifted != NULL)
        return arena_print(arena, "lifted %.*s",
                           TEXT_ARGUMENTS(terminal_distance(arena, json_integer_of(lifted, "at"), now_s)));
    return is_said(kill, "stands") ? TEXT("barred") : TEXT("past only");
}

/* "stolen; lifted: key replaced" */
static struct text kill_reason(struct arena *arena, const struct json_value *kill)
{
    struct text reason = json_text_of(kill, "reason");
    struct text lifted = json_text_of(json_member(kill, TEXT("lifted")), "reason");
    if (lifted.length == 0)
        return reason;
    return arena_print(arena, "%.*s; lifted: %.*s", TEXT_ARGUMENTS(reason.length != 0 ? reason : TEXT("-")),
                       TEXT_ARGUMENTS(lifted));
}

static void print_kills(const struct invocation *invocation, const struct json_value *kills)
{
    static const char *const headings[] = {"KIND", "WHICH", "SINCE", "NOW", "REASON", "RECORD"};
    struct arena *arena = invocation->arena;
    struct table table = table_create(arena, headings, 6);
    int64_t now_s = clock_wall_s();
    for (const struct json_value *kill = kills == NULL ? NULL : kills->first; kill != NULL; kill = kill->next) {
        struct text cells[] = {
            json_text_of(kill, "kind"),
            json_text_of(kill, "id"),
            terminal_distance(arena, json_integer_of(kill, "at"), now_s),
            kill_state(arena, kill, now_s),
            kill_reason(arena, kill),
            json_text_of(kill, "record"),
        };
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
}

enum exit_code command_kill_list(struct invocation *invocation)
{
    struct reply reply;
    const char *before = invocation_option(invocation, "before");
    struct text from = gateway_escape(invocation->arena, text_of(before != NULL ? before : ""));
    enum exit_code code =
        gateway_administer(invocation, "GET",
                           arena_print(invocation->arena, "/v1/kills?limit=200%s%.*s",
                                       from.length != 0 ? "&before=" : "", TEXT_ARGUMENTS(from)),
                           TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output != OUTPUT_TABLE) {
        printer_print(invocation, reply.json);
        return EXIT_CODE_FINE;
    }
    print_kills(invocation, json_member(reply.json, TEXT("kills")));
    struct text next = json_text_of(reply.json, "next");
    if (next.length != 0)
        terminal_warn(invocation->terminal,
                      arena_print(invocation->arena, "there are older ones: dragoman kill list --before %.*s",
                                  TEXT_ARGUMENTS(next)));
    return EXIT_CODE_FINE;
}
