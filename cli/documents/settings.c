/* dragoman config show: the settings that a gateway serves with, as it tells them. */
#include "commands/commands.h"
#include "gateway.h"
#include "printer.h"
#include "table.h"
#include "json/json_writer.h"

static struct text written(struct arena *arena, const struct json_value *value)
{
    if (value == NULL || value->kind == JSON_STRING || value->kind == JSON_NUMBER)
        return value == NULL ? TEXT_NONE : value->text;
    SCOPED_BUFFER out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_write_value(&writer, value);
    return arena_copy(arena, buffer_text(&out));
}

static void print_settings(const struct invocation *invocation, const struct json_value *settings)
{
    static const char *const headings[] = {"SETTING", "VALUE", "FROM"};
    bool has_built_in = invocation_has(invocation, "effective");
    struct table table = table_create(invocation->arena, headings, 3);
    for (const struct json_value *row = settings->first; row != NULL; row = row->next) {
        struct text origin = json_text_of(row, "origin");
        if (!has_built_in && text_is(origin, "built-in"))
            continue;
        struct text cells[] = {json_text_of(row, "setting"),
                               written(invocation->arena, json_member(row, TEXT("value"))), origin};
        table_add(&table, cells);
    }
    table_print(&table, invocation->terminal);
}

enum exit_code command_config_show(struct invocation *invocation)
{
    struct reply reply;
    enum exit_code code = gateway_administer(invocation, "GET", TEXT("/v1/settings"), TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct json_value *settings = json_member(reply.json, TEXT("settings"));
    if (invocation->output != OUTPUT_TABLE)
        printer_print(invocation, reply.json);
    else if (settings != NULL)
        print_settings(invocation, settings);
    return EXIT_CODE_FINE;
}
