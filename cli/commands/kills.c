/* dragoman kill, kill list, lift: ends a thing with everything that stands on it, and says what that was. */
#include <time.h>

#include "base/clock.h"
#include "commands.h"
#include "gateway.h"
#include "lease_pages.h"
#include "printer.h"
#include "table.h"

enum { LEASES_SHOWN = 50, WITHDRAWAL_WAIT_MS = 5000 };

static struct text member(const struct json_value *object, const char *name)
{
    return json_string(json_member(object, text_of(name)));
}

static int64_t integer(const struct json_value *object, const char *name)
{
    int64_t value = 0;
    return json_integer(json_member(object, text_of(name)), &value) ? value : 0;
}

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
    size_t dead;
    size_t dead_before; /* by something else */
    size_t unreached;   /* being withdrawn where they are valid */
    size_t lost;        /* that cannot be withdrawn */
    int64_t last_end_s;
};

static struct toll count_toll(const struct lease_pages *pages, struct text kind)
{
    struct toll toll = {0};
    for (size_t i = 0; i < pages->count; i++) {
        const struct json_value *lease = pages->leases[i];
        const struct json_value *killer = json_member(lease, TEXT("killed_by"));
        struct text state = member(lease, "state");
        if (killer != NULL && !text_equal(member(killer, "kind"), kind)) {
            toll.dead_before++;
            continue;
        }
        toll.dead++;
        toll.unreached += text_is(state, "pending") || text_is(state, "withdrawing");
        toll.lost += text_is(state, "lost");
        if (!text_is(state, "ended") && integer(lease, "expires_at") > toll.last_end_s)
            toll.last_end_s = integer(lease, "expires_at");
    }
    return toll;
}

static void print_toll(const struct invocation *invocation, const struct lease_pages *pages,
                       const struct json_value *kill)
{
    const struct terminal *terminal = invocation->terminal;
    struct toll toll = count_toll(pages, member(kill, "kind"));
    bool is_dry_run = is_said(kill, "dry_run");
    size_t dead = toll.dead + pages->more;
    fprintf(terminal->out, "%s%s%s ", terminal_ink(terminal, terminal->out, INK_RED),
            is_dry_run ? "would kill" : "killed", terminal_ink(terminal, terminal->out, INK_PLAIN));
    terminal_print_foreign(terminal->out, member(kill, "kind"));
    fputc(' ', terminal->out);
    terminal_print_foreign(terminal->out, member(kill, "id"));
    fprintf(terminal->out, ": %zu credential%s %s\n", dead, dead == 1 ? "" : "s",
            is_dry_run ? "would be dead" : "dead");
    if (dead != 0 && !is_dry_run)
        fprintf(terminal->out, "  refused here since %.*s, by every gateway on this store within 2 s\n",
                TEXT_ARGUMENTS(terminal_time(invocation->arena, integer(kill, "at"), clock_wall_s())));
    if (toll.last_end_s != 0)
        fprintf(terminal->out, "  a verifier that never asks may believe the last of them until %.*s\n",
                TEXT_ARGUMENTS(terminal_time(invocation->arena, toll.last_end_s, clock_wall_s())));
    if (toll.unreached != 0)
        fprintf(terminal->out,
                "  %zu could not be withdrawn yet where they are valid; that is tried on until they end\n",
                toll.unreached);
    if (toll.lost != 0)
        fprintf(terminal->out, "  %zu cannot be withdrawn where they are valid; they end by themselves\n",
                toll.lost);
    if (toll.dead_before != 0)
        fprintf(terminal->out, "  %zu more stand on it and were dead already\n", toll.dead_before);
    if (is_said(kill, "stands") && !is_dry_run)
        fprintf(terminal->out, "  nothing is issued with it any more until: dragoman lift %.*s '%.*s'\n",
                TEXT_ARGUMENTS(member(kill, "kind")),
                TEXT_ARGUMENTS(terminal_clean(invocation->arena, member(kill, "id"))));
    if (pages->count != 0) {
        fputc('\n', terminal->out);
        lease_pages_print(pages);
    }
    if (pages->more != 0)
        fprintf(terminal->out, "... and %zu more: dragoman lease list --all %.*s '%.*s'\n", pages->more,
                TEXT_ARGUMENTS(member(kill, "kind")),
                TEXT_ARGUMENTS(terminal_clean(invocation->arena, member(kill, "id"))));
}

static void print_json(const struct invocation *invocation, const struct lease_pages *pages,
                       const struct json_value *kill)
{
    struct json_value leases = *lease_pages_json(pages), whole = *kill;
    struct json_value *members = ARENA_ARRAY(invocation->arena, struct json_value, kill->count);
    size_t count = 0;
    for (const struct json_value *each = kill->first; each != NULL; each = each->next, count++) {
        members[count] = *each;
        members[count].next = each->next == NULL ? &leases : &members[count + 1];
    }
    leases.name = TEXT("leases");
    whole.first = members;
    whole.count++;
    printer_print(invocation, &whole);
}

static bool has_unreached(const struct lease_pages *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        struct text state = member(pages->leases[i], "state");
        if (text_is(state, "pending") || text_is(state, "withdrawing"))
            return true;
    }
    return false;
}

/* What stands on the thing now, once whatever can be withdrawn has been, or after WITHDRAWAL_WAIT_MS. */
static enum exit_code read_toll(struct lease_pages *pages, bool is_dry_run)
{
    const struct timespec pause = {.tv_nsec = 250 * 1000000};
    struct lease_pages fresh = *pages;
    enum exit_code code = lease_pages_read(pages);
    for (int waited_ms = 0;
         code == EXIT_CODE_FINE && !is_dry_run && has_unreached(pages) && waited_ms < WITHDRAWAL_WAIT_MS;
         waited_ms += 250) {
        nanosleep(&pause, NULL);
        *pages = fresh;
        code = lease_pages_read(pages);
    }
    return code;
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
    if (!is_dry_run && !is_said(reply.json, "in_effect"))
        terminal_warn(
            invocation->terminal,
            TEXT("the kill is stored and holds for everything new; the gateway could not confirm that "
                 "all of its threads know yet, which takes a second more"));
    struct lease_pages pages = {
        .invocation = invocation,
        .limit = invocation->output == OUTPUT_TABLE ? LEASES_SHOWN : SIZE_MAX,
        .counts_further = true,
        .query = arena_print(arena, "&%.*s%s", TEXT_ARGUMENTS(thing), is_dry_run ? "" : "&all=true")};
    code = read_toll(&pages, is_dry_run);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output == OUTPUT_TABLE)
        print_toll(invocation, &pages, reply.json);
    else
        print_json(invocation, &pages, reply.json);
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
    terminal_print_foreign(terminal->out, member(reply.json, "kind"));
    fputc(' ', terminal->out);
    terminal_print_foreign(terminal->out, member(reply.json, "id"));
    fputs(": what is asked for from now on may be issued, at the earliest\n"
          "  spec.kills.clockMargin (1 s) after the kill; what was dead stays dead\n",
          terminal->out);
    return EXIT_CODE_FINE;
}

static struct text kill_state(const struct json_value *kill)
{
    struct text kind = member(kill, "kind");
    if (text_is(kind, "root") || text_is(kind, "lease"))
        return TEXT("ended");
    return is_said(kill, "stands") ? TEXT("barred") : TEXT("past only");
}

static void print_kills(const struct invocation *invocation, const struct json_value *kills)
{
    static const char *const headings[] = {"KIND", "WHICH", "SINCE", "NOW", "REASON", "RECORD"};
    struct arena *arena = invocation->arena;
    struct table table = table_create(arena, headings, 6);
    for (const struct json_value *kill = kills == NULL ? NULL : kills->first; kill != NULL; kill = kill->next) {
        int64_t now_s = clock_wall_s(), at_s = integer(kill, "at");
        struct text cells[] = {
            member(kill, "kind"),
            member(kill, "id"),
            terminal_distance(arena, at_s < now_s ? at_s : now_s, now_s), /* it reaches clockMargin ahead */
            kill_state(kill),
            member(kill, "reason"),
            member(kill, "record"),
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
    int64_t next = integer(reply.json, "next");
    if (next != 0)
        terminal_warn(invocation->terminal,
                      arena_print(invocation->arena, "there are older ones: dragoman kill list --before %lld",
                                  (long long)next));
    return EXIT_CODE_FINE;
}
