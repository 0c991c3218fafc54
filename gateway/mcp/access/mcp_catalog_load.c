/* Pages of rows into the book. A target is read whole whenever its row has another version than the one that
 * was read or written here last. */
#include "mcp_catalog_load.h"

enum { ROWS_AT_ONCE = 256, TARGETS_MAX = 16384 };

void catalog_load_begin(struct catalog_load *load)
{
    *load = (struct catalog_load){.arena = arena_create()};
    load->targets = ARENA_ARRAY(load->arena, struct text, TARGETS_MAX);
    load->versions = ARENA_ARRAY(load->arena, int64_t, TARGETS_MAX);
    load->after = TEXT_NONE;
}

void catalog_load_end(struct catalog_load *load)
{
    arena_destroy(load->page);
    arena_destroy(load->arena);
    *load = (struct catalog_load){.arena = NULL};
}

bool catalog_load_next(struct catalog_load *load)
{
    if (load->has_heads && load->next == load->count)
        return false;
    arena_destroy(load->page);
    load->page = arena_create();
    load->query = (struct store_query){
        .kind = STORE_QUERY_STATES,
        .adapter = TEXT(MCP_DEFINITIONS_OWNER),
        .id = load->has_heads ? mcp_definition_tool_prefix(load->arena, load->targets[load->next])
                              : mcp_definition_head_key(load->arena, TEXT("")),
        .after = load->after,
        .limit = ROWS_AT_ONCE,
        .arena = load->page};
    return true;
}

/* -- which have changed */

static struct text target_of_head(struct text key)
{
    size_t prefix = sizeof("head/") - 1;
    return key.length <= prefix ? TEXT_NONE : (struct text){key.base + prefix, key.length - prefix};
}

static void take_head(struct catalog_load *load, struct catalog_book *book, const struct store_state *row)
{
    struct text name = target_of_head(row->key);
    if (name.length == 0 || load->count == TARGETS_MAX)
        return;
    pthread_mutex_lock(&book->mutex);
    const struct catalog_target *target = catalog_book_target(book, name, false);
    bool is_known = target != NULL && target->version == row->version;
    pthread_mutex_unlock(&book->mutex);
    if (is_known)
        return;
    load->targets[load->count] = arena_copy(load->arena, name);
    load->versions[load->count++] = row->version;
}

/* -- the tools of one */

static enum fault take_tool(struct catalog_load *load, struct catalog_book *book, const struct sealer *sealer,
                            const struct store_state *state, int64_t now_s)
{
    struct mcp_tool_row *row = ARENA_NEW(load->page, struct mcp_tool_row);
    TRY(mcp_definition_read_tool(sealer, load->page, state, row));
    pthread_mutex_lock(&book->mutex);
    struct catalog_target *target = catalog_book_target(book, load->targets[load->next], true);
    struct catalog_tool *tool = catalog_target_tool(target, row->tool, true);
    if (tool != NULL)
        catalog_tool_load(tool, row, now_s);
    pthread_mutex_unlock(&book->mutex);
    return FAULT_NONE;
}

static void finish_target(struct catalog_load *load, struct catalog_book *book)
{
    pthread_mutex_lock(&book->mutex);
    catalog_book_target(book, load->targets[load->next], true)->version = load->versions[load->next];
    pthread_mutex_unlock(&book->mutex);
    load->next++;
}

enum fault catalog_load_take(struct catalog_load *load, struct catalog_book *book, const struct sealer *sealer,
                             int64_t now_s)
{
    const struct store_query *query = &load->query;
    TRY(query->fault);
    for (size_t i = 0; i < query->state_count; i++) {
        const struct store_state *row = &query->states[i];
        if (!load->has_heads)
            take_head(load, book, row);
        else
            TRY(take_tool(load, book, sealer, row, now_s));
    }
    if (query->state_count == ROWS_AT_ONCE) {
        load->after = arena_copy(load->arena, query->states[query->state_count - 1].key);
        return FAULT_NONE;
    }
    load->after = TEXT_NONE;
    if (load->has_heads)
        finish_target(load, book);
    load->has_heads = true;
    return FAULT_NONE;
}
