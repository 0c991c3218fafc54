/* Rows and the record of definitions. The row of the target is written with each, under the version that was
 * read: two gateways that saw different things do not both say so. */
#include "mcp_catalog_write.h"

#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "json/json_writer.h"

enum { TOOLS_AT_ONCE = 32, STATES_PER_TOOL = 3 };

/* -- what is due */

static void choose_of(struct catalog_write *write, struct catalog_target *target, int64_t now_s)
{
    for (size_t i = 0; i < target->count && write->count < TOOLS_AT_ONCE; i++) {
        struct catalog_tool *tool = target->tools[i];
        if (tool->is_dirty && tool->not_before_s <= now_s)
            write->tools[write->count++] = tool;
    }
    if (write->count != 0)
        write->target = target;
}

static void choose(struct catalog_write *write, struct catalog_book *book, int64_t now_s)
{
    for (size_t i = 0; i < book->count && write->count == 0; i++)
        choose_of(write, book->targets[i], now_s);
}

/* -- rows */

static struct text name_of(const struct catalog_target *target)
{
    return (struct text){target->name, target->name_length};
}

/* What was the last one seen is kept only as long as it is that, or confirmed. */
static bool is_passed(const struct catalog_tool *tool)
{
    const struct mcp_standing *standing = &tool->standing;
    return tool->has_stored && memcmp(tool->stored, standing->seen, DIGEST_SIZE) != 0 &&
           !(standing->is_confirmed && memcmp(tool->stored, standing->confirmed, DIGEST_SIZE) == 0);
}

static size_t put_tool(const struct catalog_write *write, const struct sealer *sealer,
                       const struct catalog_tool *tool, struct store_state *states)
{
    struct arena *arena = write->arena;
    struct text target = arena_copy(arena, name_of(write->target));
    struct mcp_tool_row row = {.tool = arena_copy(arena, (struct text){tool->name, tool->name_length}),
                               .standing = tool->standing};
    size_t count = 0;
    if (tool->parameters != NULL)
        row.parameters = *tool->parameters;
    mcp_definition_put_tool(sealer, arena, target, &row, &states[count++]);
    if (tool->text != NULL)
        mcp_definition_put_text(sealer, arena, target, tool->standing.seen,
                                (struct text){tool->text, tool->text_length}, &states[count++]);
    if (is_passed(tool))
        mcp_definition_put_text(sealer, arena, target, tool->stored, TEXT_NONE, &states[count++]);
    return count;
}

/* -- the record */

static void describe_tool(struct json_writer *writer, const struct catalog_tool *tool)
{
    char hex[2 * DIGEST_SIZE + 1];
    digest_hex(tool->standing.seen, hex);
    json_begin_object(writer);
    json_member_text(writer, "tool", (struct text){tool->name, tool->name_length});
    json_member_text(writer, "seen", text_of(tool->has_stored ? "changed" : "first"));
    json_member_text(writer, "digest", text_of(hex));
    json_member_text(writer, "state", text_of(mcp_definition_state_name(mcp_standing_state(&tool->standing))));
    json_end_object(writer);
}

/* TEXT_NONE: nothing that is an event. */
static struct text describe_change(const struct catalog_write *write)
{
    struct buffer out = buffer_in(write->arena, 512);
    struct json_writer writer = json_writer_on(&out);
    size_t events = 0;
    json_begin_object(&writer);
    json_member_text(&writer, "server", name_of(write->target));
    json_name(&writer, TEXT("tools"));
    json_begin_array(&writer);
    for (size_t i = 0; i < write->count; i++)
        if (write->tools[i]->is_event) {
            describe_tool(&writer, write->tools[i]);
            events++;
        }
    json_end_array(&writer);
    json_end_object(&writer);
    return events == 0 ? TEXT_NONE : buffer_text(&out);
}

static void begin_entry(struct catalog_write *write, struct gateway *gateway, int64_t now_us)
{
    struct world *world = world_keeper_take(gateway->worlds);
    struct text name = name_of(write->target), change = describe_change(write);
    const struct document *document = documents_find(&world->documents, DOCUMENT_TARGET, name);
    char *id = arena_allocate(write->arena, IDENTIFIER_SIZE);
    identifier_make(now_us, id);
    struct record record = {.id = {id, IDENTIFIER_LENGTH},
                            .at_us = now_us,
                            .kind = TEXT("definition"),
                            .outcome = TEXT("done"),
                            .target = name,
                            .target_team = document == NULL ? TEXT_NONE : document->team,
                            .generation = world->generation,
                            .change = change};
    write->entry = (struct ledger_entry){.fault = FAULT_NONE};
    ledger_entry_begin(&write->entry, write->arena, change.base == NULL ? NULL : &record);
    world_release(world);
}

/* -- both */

bool catalog_write_begin(struct catalog_write *write, struct catalog_book *book, struct gateway *gateway,
                         int64_t now_us)
{
    *write = (struct catalog_write){.arena = arena_create()};
    write->tools = ARENA_ARRAY(write->arena, struct catalog_tool *, TOOLS_AT_ONCE);
    write->standings = ARENA_ARRAY(write->arena, struct mcp_standing, TOOLS_AT_ONCE);
    struct store_state *states =
        ARENA_ARRAY(write->arena, struct store_state, 1 + STATES_PER_TOOL * TOOLS_AT_ONCE);
    pthread_mutex_lock(&book->mutex);
    choose(write, book, now_us / 1000000);
    if (write->count == 0) {
        pthread_mutex_unlock(&book->mutex);
        arena_destroy(write->arena);
        write->arena = NULL;
        return false;
    }
    size_t count = 1;
    mcp_definition_put_head(gateway->sealer, write->arena, name_of(write->target), write->target->version,
                            now_us / 1000000, &states[0]);
    for (size_t i = 0; i < write->count; i++) {
        write->standings[i] = write->tools[i]->standing;
        count += put_tool(write, gateway->sealer, write->tools[i], &states[count]);
    }
    begin_entry(write, gateway, now_us);
    pthread_mutex_unlock(&book->mutex);
    write->entry.transaction.states = states;
    write->entry.transaction.state_count = count;
    return true;
}

void catalog_write_end(struct catalog_write *write, struct catalog_book *book, int64_t now_s)
{
    pthread_mutex_lock(&book->mutex);
    if (write->entry.fault == FAULT_NONE) {
        write->target->version = write->entry.transaction.states[0].version;
        for (size_t i = 0; i < write->count; i++)
            catalog_tool_settle(write->tools[i], write->standings[i].seen, now_s);
    }
    pthread_mutex_unlock(&book->mutex);
    arena_destroy(write->arena);
    write->arena = NULL;
}
