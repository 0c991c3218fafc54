/* Reads and prints leases; see lease_pages.h. */
#include "leases/lease_pages.h"

#include <string.h>

#include "base/clock.h"
#include "gateway.h"
#include "table.h"

enum { PAGES_SILENT = 5, FINGERPRINT_SHOWN = 16 };

static void keep(struct lease_pages *pages, const struct json_value *lease)
{
    if (pages->wants != NULL && !pages->wants(pages->context, lease))
        return;
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
        fprintf(terminal->error, "\r%zu credentials looked at, %zu of them are asked for", looked_at,
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
        pages->kills_unknown |= !json_is_true(json_member(reply.json, TEXT("kills_known")));
        const struct json_value *known = json_member(reply.json, TEXT("known"));
        pages->is_unknown = known != NULL && !json_is_true(known);
        const struct json_value *leases = json_member(reply.json, TEXT("leases"));
        for (const struct json_value *lease = leases == NULL ? NULL : leases->first; lease != NULL;
             lease = lease->next)
            keep(pages, lease);
        looked_at += (size_t)json_integer_of(reply.json, "scanned");
        before = json_text_of(reply.json, "next");
        say_progress(pages, ++pages_read, looked_at);
        pages->has_stopped = before.length != 0 && pages->count == pages->limit && !pages->counts_further;
    } while (before.length != 0 && !pages->has_stopped);
    if (pages->invocation->terminal->width != 0 && pages_read > PAGES_SILENT)
        fputs("\n", pages->invocation->terminal->error);
    return EXIT_CODE_FINE;
}

struct text lease_agent(struct arena *arena, const struct json_value *record)
{
    struct text client = json_text_of(record, "client");
    struct text subject = json_text_of(json_member(record, TEXT("agent")), "sub");
    if (subject.length == 0 || text_equal(client, subject))
        return client;
    if (client.length == 0)
        return subject;
    return arena_print(arena, "%.*s (%.*s)", TEXT_ARGUMENTS(client), TEXT_ARGUMENTS(subject));
}

/* "withdrawing (2 tries)" */
static struct text state_of(struct arena *arena, const struct json_value *lease)
{
    struct text state = json_text_of(lease, "state");
    int64_t attempts = json_integer_of(lease, "attempts");
    if (text_is(state, "ended"))
        return TEXT("withdrawn");
    if (text_is(state, "withdrawing") || text_is(state, "lost"))
        return arena_print(arena, "%.*s (%lld tr%s)", TEXT_ARGUMENTS(state), (long long)attempts,
                           attempts == 1 ? "y" : "ies");
    return state;
}

struct text lease_death(struct arena *arena, const struct json_value *lease, int64_t now_s)
{
    const struct json_value *killer = json_member(lease, TEXT("killed_by"));
    int64_t at_s = json_integer_of(killer, "at");
    if (killer == NULL)
        return TEXT_NONE;
    return arena_print(arena, "%.*s: %.*s",
                       TEXT_ARGUMENTS(at_s == 0 ? TEXT("?") : terminal_distance(arena, at_s, now_s)),
                       TEXT_ARGUMENTS(json_text_of(killer, "kind")));
}

/* Empty where it was not used, or nobody is asked when it is. */
static struct text last_use(struct arena *arena, const struct json_value *lease, int64_t now_s)
{
    int64_t at_s = json_integer_of(lease, "last_used_at");
    return at_s == 0 ? TEXT_NONE : terminal_distance(arena, at_s, now_s);
}

/* Of the credential. One that several exchanges were given has it in a row of its own: that is named where it
 * was on no page that was read together with this lease. */
static struct text fingerprint_of(struct arena *arena, const struct json_value *lease)
{
    struct text own = json_text_of(lease, "fingerprint"), shared = json_text_of(lease, "shares");
    if (own.length == 0 && shared.length != 0)
        return arena_print(arena, "that of %.*s", TEXT_ARGUMENTS(shared));
    return text_beginning(own, FINGERPRINT_SHOWN);
}

void lease_pages_print(const struct lease_pages *pages)
{
    static const char *const headings[] = {"LEASE",  "STATE",          "DIED",    "FOR",       "BY",
                                           "TARGET", "ENDS BY ITSELF", "ADAPTER", "LAST USED", "FINGERPRINT"};
    struct arena *arena = pages->invocation->arena;
    int64_t now_s = clock_wall_s();
    struct table table = table_create(arena, headings, sizeof(headings) / sizeof(headings[0]));
    table.kept = 1;
    for (size_t i = 0; i < pages->count; i++) {
        const struct json_value *lease = pages->leases[i];
        struct text cells[] = {
            json_text_of(lease, "id"),
            state_of(arena, lease),
            lease_death(arena, lease, now_s),
            json_text_of(json_member(lease, TEXT("subject")), "sub"),
            lease_agent(arena, lease),
            json_text_of(lease, "target"),
            terminal_distance(arena, json_integer_of(lease, "expires_at"), now_s),
            json_text_of(lease, "adapter"),
            last_use(arena, lease, now_s),
            fingerprint_of(arena, lease),
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
