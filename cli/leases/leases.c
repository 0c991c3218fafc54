/* dragoman lease list, lease show: what is out there, whom it is for, and what it stands on. */
#include "base/clock.h"
#include "commands/commands.h"
#include "gateway.h"
#include "leases/lease_pages.h"
#include "printer.h"
#include "table.h"

enum { LEASES_SHOWN = 200 };

static void warn(const struct lease_pages *pages)
{
    const struct terminal *terminal = pages->invocation->terminal;
    if (pages->is_unknown && pages->count == 0)
        terminal_warn(terminal,
                      TEXT("nothing of this kind and name is known to the gateway; dragoman get names its "
                           "documents, and an agent or a subject is its issuer, a space, and its sub"));
    if (pages->has_stopped || pages->more != 0)
        terminal_warn(terminal, arena_print(pages->invocation->arena,
                                            "there are more; these are the newest %zu (--limit N shows N)",
                                            pages->count));
    gateway_warn_of_kills(pages->invocation, !pages->kills_unknown);
}

enum exit_code command_lease_list(struct invocation *invocation)
{
    const char *limit = invocation_option(invocation, "limit");
    int64_t count = LEASES_SHOWN;
    if (limit != NULL && (!text_to_int64(text_of(limit), &count) || count < 1)) {
        terminal_complain(invocation->terminal, TEXT("--limit is not a number of leases"), text_of(limit),
                          TEXT("give a number from 1 on"));
        return EXIT_CODE_USAGE;
    }
    if (invocation->argument_count == 1) {
        terminal_complain(invocation->terminal, TEXT("a kind needs the thing's name behind it"), TEXT_NONE,
                          TEXT("dragoman lease list target partner-orders"));
        return EXIT_CODE_USAGE;
    }
    struct text thing = invocation->argument_count == 0 ? TEXT("") : lease_thing_query(invocation);
    struct lease_pages pages = {
        .invocation = invocation,
        .limit = (size_t)count,
        .query = arena_print(invocation->arena, "%s%.*s%s", thing.length != 0 ? "&" : "", TEXT_ARGUMENTS(thing),
                             invocation_has(invocation, "all") ? "&all=true" : ""),
    };
    enum exit_code code = lease_pages_read(&pages);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output == OUTPUT_TABLE)
        lease_pages_print(&pages);
    else
        printer_print(invocation, lease_pages_json(&pages));
    warn(&pages);
    return EXIT_CODE_FINE;
}

static void print_line(const struct terminal *terminal, const char *name, struct text value)
{
    if (value.length == 0)
        return;
    fprintf(terminal->out, "%-12s", name);
    terminal_print_foreign(terminal->out, value);
    fputc('\n', terminal->out);
}

static struct text identity(struct arena *arena, const struct json_value *lease, const char *name)
{
    const struct json_value *who = json_member(lease, text_of(name));
    if (who == NULL)
        return TEXT_NONE;
    return arena_print(arena, "%.*s  (%.*s)", TEXT_ARGUMENTS(json_text_of(who, "sub")),
                       TEXT_ARGUMENTS(json_text_of(who, "iss")));
}

static struct text time_of(struct arena *arena, const struct json_value *lease, const char *name)
{
    int64_t at_s = 0;
    if (!json_integer(json_member(lease, text_of(name)), &at_s) || at_s == 0)
        return TEXT_NONE;
    return terminal_time(arena, at_s, clock_wall_s());
}

/* The first kill that ended it. Why is in that kill's record. */
static void print_death(const struct invocation *invocation, const struct json_value *lease)
{
    const struct terminal *terminal = invocation->terminal;
    struct arena *arena = invocation->arena;
    const struct json_value *killer = json_member(lease, TEXT("killed_by"));
    struct text record = json_text_of(killer, "record");
    struct reply reply;
    if (killer == NULL)
        return;
    print_line(terminal, "killed", time_of(arena, killer, "at"));
    print_line(terminal, "with",
               arena_print(arena, "%.*s %.*s", TEXT_ARGUMENTS(json_text_of(killer, "kind")),
                           TEXT_ARGUMENTS(json_text_of(killer, "id"))));
    print_line(terminal, "record", record);
    if (record.length != 0 &&
        gateway_administer(invocation, "GET", arena_print(arena, "/v1/records/%.*s", TEXT_ARGUMENTS(record)),
                           TEXT_NONE, &reply) == EXIT_CODE_FINE)
        print_line(terminal, "because", json_text_of(json_member(reply.json, TEXT("change")), "reason"));
}

static void print_things(const struct invocation *invocation, const struct json_value *things)
{
    static const char *const headings[] = {"STANDS ON", "WHICH", "NOW"};
    struct arena *arena = invocation->arena;
    struct table table = table_create(arena, headings, 3);
    for (const struct json_value *thing = things == NULL ? NULL : things->first; thing != NULL;
         thing = thing->next) {
        int64_t at_s = json_integer_of(thing, "at");
        struct text now = TEXT("alive");
        if (json_is_true(json_member(thing, TEXT("ended"))))
            now = at_s == 0 ? TEXT("killed")
                            : arena_print(arena, "killed %.*s",
                                          TEXT_ARGUMENTS(terminal_distance(arena, at_s, clock_wall_s())));
        struct text cells[] = {json_text_of(thing, "kind"), json_text_of(thing, "id"), now};
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
}

/* Where this gateway is asked with every use. */
static void print_uses(const struct terminal *terminal, struct arena *arena, const struct json_value *lease)
{
    if (json_member(lease, TEXT("last_used_at")) == NULL)
        return;
    print_line(terminal, "last used", time_of(arena, lease, "last_used_at"));
    print_line(terminal, "calls",
               arena_print(arena, "%lld, refused %lld", (long long)json_integer_of(lease, "calls"),
                           (long long)json_integer_of(lease, "calls_refused")));
}

static void print_lease(const struct invocation *invocation, const struct json_value *lease)
{
    const struct terminal *terminal = invocation->terminal;
    struct arena *arena = invocation->arena;
    print_line(terminal, "lease", json_text_of(lease, "id"));
    print_line(terminal, "state", json_text_of(lease, "state"));
    print_line(terminal, "for", identity(arena, lease, "subject"));
    print_line(terminal, "by", identity(arena, lease, "agent"));
    print_line(terminal, "client", json_text_of(lease, "client"));
    print_line(terminal, "target", json_text_of(lease, "target"));
    print_line(terminal, "scope", json_text_of(lease, "scope_given"));
    print_line(terminal, "root", json_text_of(lease, "root"));
    print_line(terminal, "made from", json_text_of(lease, "parent"));
    print_line(terminal, "issued", time_of(arena, lease, "issued_at"));
    print_line(terminal, "ends", time_of(arena, lease, "expires_at"));
    print_line(terminal, "next try", time_of(arena, lease, "next_attempt_at"));
    print_line(terminal, "adapter", json_text_of(lease, "adapter"));
    print_line(terminal, "shares", json_text_of(lease, "shares"));
    print_line(terminal, "fingerprint", json_text_of(lease, "fingerprint"));
    print_uses(terminal, arena, lease);
    print_death(invocation, lease);
    fputc('\n', terminal->out);
    print_things(invocation, json_member(lease, TEXT("stands_on")));
}

enum exit_code command_lease_show(struct invocation *invocation)
{
    struct text id = gateway_escape(invocation->arena, text_of(invocation->arguments[0]));
    struct reply reply;
    enum exit_code code = gateway_administer(
        invocation, "GET", arena_print(invocation->arena, "/v1/leases/%.*s", TEXT_ARGUMENTS(id)), TEXT_NONE,
        &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output == OUTPUT_TABLE)
        print_lease(invocation, reply.json);
    else
        printer_print(invocation, reply.json);
    gateway_warn_of_kills(invocation, json_is_true(json_member(reply.json, TEXT("kills_known"))));
    return EXIT_CODE_FINE;
}
