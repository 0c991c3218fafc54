/* Reads and prints leases; see lease_pages.h. */
#include "lease_pages.h"

#include <string.h>

#include "base/clock.h"
#include "gateway.h"
#include "table.h"

enum { PAGES_SILENT = 5 };

static struct text member(const struct json_value *object, const char *name)
{
    return json_string(json_member(object, text_of(name)));
}

static int64_t integer(const struct json_value *object, const char *name)
{
    int64_t value = 0;
    return json_integer(json_member(object, text_of(name)), &value) ? value : 0;
}

static void keep(struct lease_pages *pages, const struct json_value *lease)
{
    if (pages->count == pages->limit) {
        pages->more++;
        return;
    }
    if (pages->count == pages->capacity) {
        size_t capacity = pages->capacity == 0 ? 256 : 2 * pages->capacity;
        const struct json_value **grown =
            ARENA_ARRAY(pages->invocation->arena, const struct json_value *, capacity);
        if (pages->count != 0)
            memcpy(grown, pages->leases, pages->count * sizeof(*grown));
        pages->leases = grown;
        pages->capacity = capacity;
    }
    pages->leases[pages->count++] = lease;
}

static void say_progress(const struct lease_pages *pages, size_t pages_read, size_t looked_at)
{
    const struct terminal *terminal = pages->invocation->terminal;
    if (terminal->width != 0 && pages_read > PAGES_SILENT)
        fprintf(terminal->error, "\r%zu credentials looked at, %zu of them asked for", looked_at,
                pages->count + pages->more);
}

enum exit_code lease_pages_read(struct lease_pages *pages)
{
    struct arena *arena = pages->invocation->arena;
    struct text before = TEXT("");
    size_t pages_read = 0, looked_at = 0;
    do {
        struct reply reply;
        struct text path =
            arena_print(arena, "/v1/leases?limit=200%s%.*s%.*s", before.length != 0 ? "&before=" : "",
                        TEXT_ARGUMENTS(before), TEXT_ARGUMENTS(pages->query));
        enum exit_code code = gateway_administer(pages->invocation, "GET", path, TEXT_NONE, &reply);
        if (code != EXIT_CODE_FINE)
            return code;
        const struct json_value *leases = json_member(reply.json, TEXT("leases"));
        for (const struct json_value *lease = leases == NULL ? NULL : leases->first; lease != NULL;
             lease = lease->next)
            keep(pages, lease);
        pages->kills_unknown |= !json_is_true(json_member(reply.json, TEXT("kills_known")));
        looked_at += (size_t)integer(reply.json, "scanned");
        before = member(reply.json, "next");
        say_progress(pages, ++pages_read, looked_at);
        pages->has_stopped = before.length != 0 && pages->count == pages->limit && !pages->counts_further;
    } while (before.length != 0 && !pages->has_stopped);
    if (pages->invocation->terminal->width != 0 && pages_read > PAGES_SILENT)
        fputs("\n", pages->invocation->terminal->error);
    return EXIT_CODE_FINE;
}

static struct text agent_of(struct arena *arena, const struct json_value *lease)
{
    struct text client = member(lease, "client"), subject = member(json_member(lease, TEXT("agent")), "sub");
    if (subject.length == 0 || text_equal(client, subject))
        return client;
    return arena_print(arena, "%.*s (%.*s)", TEXT_ARGUMENTS(client), TEXT_ARGUMENTS(subject));
}

/* "killed: root 8f3a", "withdrawing (2 tries)" */
static struct text state_of(struct arena *arena, const struct json_value *lease)
{
    const struct json_value *killer = json_member(lease, TEXT("killed_by"));
    struct text state = member(lease, "state");
    int64_t attempts = integer(lease, "attempts");
    if (text_is(state, "ended"))
        return TEXT("withdrawn");
    if (text_is(state, "withdrawing") || text_is(state, "lost"))
        return arena_print(arena, "%.*s (%lld tr%s)", TEXT_ARGUMENTS(state), (long long)attempts,
                           attempts == 1 ? "y" : "ies");
    if (killer == NULL)
        return state;
    return arena_print(arena, "%.*s: %.*s", TEXT_ARGUMENTS(state), TEXT_ARGUMENTS(member(killer, "kind")));
}

void lease_pages_print(const struct lease_pages *pages)
{
    static const char *const headings[] = {"LEASE", "STATE", "FOR", "BY", "TARGET", "ENDS BY ITSELF"};
    struct arena *arena = pages->invocation->arena;
    struct table table = table_create(arena, headings, 6);
    table.kept = 1;
    for (size_t i = 0; i < pages->count; i++) {
        const struct json_value *lease = pages->leases[i];
        struct text target = member(lease, "target");
        struct text cells[] = {
            member(lease, "id"),
            state_of(arena, lease),
            member(json_member(lease, TEXT("subject")), "sub"),
            agent_of(arena, lease),
            target.length != 0 ? target : member(lease, "adapter"),
            terminal_distance(arena, integer(lease, "expires_at"), clock_wall_s()),
        };
        table_add(&table, cells);
    }
    table_print(&table, pages->invocation->terminal);
}

const struct json_value *lease_pages_json(const struct lease_pages *pages)
{
    struct json_value *items = ARENA_ARRAY(pages->invocation->arena, struct json_value, pages->count + 1);
    struct json_value *array = &items[pages->count];
    for (size_t i = 0; i < pages->count; i++) {
        items[i] = *pages->leases[i];
        items[i].next = i + 1 < pages->count ? &items[i + 1] : NULL;
    }
    *array = (struct json_value){
        .kind = JSON_ARRAY, .count = (unsigned)pages->count, .first = pages->count != 0 ? items : NULL};
    return array;
}

struct text lease_thing_query(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    const char *const *words = invocation->arguments;
    struct text id =
        invocation->argument_count == 3 ? arena_print(arena, "%s %s", words[1], words[2]) : text_of(words[1]);
    return arena_print(arena, "kind=%.*s&id=%.*s", TEXT_ARGUMENTS(gateway_escape(arena, text_of(words[0]))),
                       TEXT_ARGUMENTS(gateway_escape(arena, id)));
}
