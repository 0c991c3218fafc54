/* dragoman adapter list: the adapters that are programs, as the gateway's admin API tells. */
#include "commands/commands.h"
#include "gateway.h"
#include "printer.h"
#include "table.h"

static struct text number_of(struct arena *arena, const struct json_value *adapter, const char *member)
{
    return arena_print(arena, "%lld", (long long)json_integer_of(adapter, member));
}

/* What the program calls itself. */
static struct text program_of(struct arena *arena, const struct json_value *adapter)
{
    const struct json_value *manifest = json_member(adapter, TEXT("manifest"));
    const struct text parts[] = {json_text_of(manifest, "name"), TEXT(" "), json_text_of(manifest, "version")};
    return manifest == NULL ? TEXT_NONE : arena_join(arena, parts, 3);
}

static void print_adapters(const struct invocation *invocation, const struct json_value *answer)
{
    static const char *const headings[] = {"NAME",  "PROGRAM",  "STATE",    "HEALTH", "IN FLIGHT",
                                           "CALLS", "FAILURES", "RESTARTS", "DETAIL"};
    struct arena *arena = invocation->arena;
    const struct json_value *adapters = json_member(answer, TEXT("adapters"));
    struct table table = table_create(arena, headings, 9);
    table.kept = 1; /* what documents call it */
    for (const struct json_value *adapter = adapters != NULL ? adapters->first : NULL; adapter != NULL;
         adapter = adapter->next) {
        struct text cells[] = {
            json_text_of(adapter, "name"),          program_of(arena, adapter),
            json_text_of(adapter, "state"),         json_text_of(adapter, "health"),
            number_of(arena, adapter, "in_flight"), number_of(arena, adapter, "calls"),
            number_of(arena, adapter, "failures"),  number_of(arena, adapter, "restarts"),
            json_text_of(adapter, "detail"),
        };
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
}

enum exit_code command_adapter_list(struct invocation *invocation)
{
    struct reply reply;
    enum exit_code code = gateway_administer(invocation, "GET", TEXT("/v1/adapters"), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (invocation->output != OUTPUT_TABLE)
        printer_print(invocation, reply.json);
    else
        print_adapters(invocation, reply.json);
    return EXIT_CODE_FINE;
}
