/* Targets and tools in memory. As many as there are documents, and at most MCP_CATALOG_TOOLS_MAX of each. */
#include "mcp_catalog_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

/* A server that says something else each time costs one write a minute for each of its tools at most. */
enum { AGAIN_AFTER_S = 60 };

static char *keep(struct text text)
{
    char *kept = malloc(text.length + 1);
    INVARIANT(kept != NULL);
    memcpy(kept, text.length != 0 ? text.base : "", text.length);
    return kept;
}

/* One block: the list, and behind it the characters of its texts. */
static struct mcp_header_parameters *keep_parameters(const struct mcp_header_parameters *parameters)
{
    size_t bytes = sizeof(*parameters), used = sizeof(*parameters);
    if (parameters->count == 0 && !parameters->is_mistaken)
        return NULL;
    for (size_t i = 0; i < parameters->count; i++)
        bytes += parameters->items[i].header.length + parameters->items[i].pointer.length;
    char *block = malloc(bytes);
    INVARIANT(block != NULL);
    struct mcp_header_parameters *kept = (struct mcp_header_parameters *)block;
    *kept = *parameters;
    for (size_t i = 0; i < kept->count; i++) {
        struct text *const texts[] = {&kept->items[i].header, &kept->items[i].pointer};
        for (size_t j = 0; j < 2; j++) {
            memcpy(block + used, texts[j]->base, texts[j]->length);
            texts[j]->base = block + used;
            used += texts[j]->length;
        }
    }
    return kept;
}

void catalog_book_open(struct catalog_book *book)
{
    *book = (struct catalog_book){.count = 0};
    INVARIANT(pthread_mutex_init(&book->mutex, NULL) == 0);
}

static void forget_tool(struct catalog_tool *tool)
{
    free(tool->name);
    free(tool->parameters);
    free(tool->text);
    free(tool);
}

void catalog_book_close(struct catalog_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        struct catalog_target *target = book->targets[i];
        for (size_t j = 0; j < target->count; j++)
            forget_tool(target->tools[j]);
        free(target->tools);
        free(target->name);
        free(target);
    }
    free(book->targets);
    pthread_mutex_destroy(&book->mutex);
}

static void *grow(void *items, size_t count, size_t *capacity)
{
    if (count < *capacity)
        return items;
    *capacity = 2 * *capacity + 8;
    items = realloc(items, *capacity * sizeof(void *));
    INVARIANT(items != NULL);
    return items;
}

struct catalog_target *catalog_book_target(struct catalog_book *book, struct text name, bool is_to_be_made)
{
    for (size_t i = 0; i < book->count; i++)
        if (text_equal((struct text){book->targets[i]->name, book->targets[i]->name_length}, name))
            return book->targets[i];
    if (!is_to_be_made)
        return NULL;
    struct catalog_target *target = calloc(1, sizeof(*target));
    INVARIANT(target != NULL);
    target->name = keep(name);
    target->name_length = name.length;
    book->targets = grow(book->targets, book->count, &book->capacity);
    book->targets[book->count++] = target;
    return target;
}

/* Where it is, or would be. */
static size_t place_of(const struct catalog_target *target, struct text name, bool *is_there)
{
    size_t low = 0, high = target->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct catalog_tool *tool = target->tools[middle];
        int order = text_compare((struct text){tool->name, tool->name_length}, name);
        if (order == 0) {
            *is_there = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is_there = false;
    return low;
}

struct catalog_tool *catalog_target_tool(struct catalog_target *target, struct text name, bool is_to_be_made)
{
    bool is_there;
    size_t place = place_of(target, name, &is_there);
    if (is_there)
        return target->tools[place];
    if (!is_to_be_made || target->count == MCP_CATALOG_TOOLS_MAX || name.length == 0 ||
        name.length > MCP_CATALOG_NAME_MAX)
        return NULL;
    struct catalog_tool *tool = calloc(1, sizeof(*tool));
    INVARIANT(tool != NULL);
    tool->name = keep(name);
    tool->name_length = name.length;
    target->tools = grow(target->tools, target->count, &target->capacity);
    memmove(&target->tools[place + 1], &target->tools[place],
            (target->count - place) * sizeof(struct catalog_tool *));
    target->tools[place] = tool;
    target->count++;
    return tool;
}

static void put_parameters(struct catalog_tool *tool, const struct mcp_header_parameters *parameters)
{
    free(tool->parameters);
    tool->parameters = keep_parameters(parameters);
}

static void put_text(struct catalog_tool *tool, struct text text)
{
    free(tool->text);
    tool->text = text.length > MCP_DEFINITION_KEPT_MAX || text.base == NULL ? NULL : keep(text);
    tool->text_length = tool->text == NULL ? 0 : text.length;
}

bool catalog_tool_see(struct catalog_tool *tool, struct text canonical, const unsigned char digest[DIGEST_SIZE],
                      const struct mcp_header_parameters *now, int64_t now_s, bool is_confirmation_needed)
{
    enum mcp_sight sight = mcp_standing_see(&tool->standing, digest, now_s, is_confirmation_needed);
    if (sight == MCP_SIGHT_SAME)
        return false;
    put_parameters(tool, now);
    put_text(tool, canonical);
    tool->is_event |= sight != MCP_SIGHT_CHANGED_AGAIN;
    if (sight != MCP_SIGHT_CHANGED_AGAIN)
        tool->not_before_s = 0;
    tool->is_dirty = true;
    return true;
}

void catalog_tool_load(struct catalog_tool *tool, const struct mcp_tool_row *row, int64_t now_s)
{
    unsigned char seen[DIGEST_SIZE];
    bool was_dirty = tool->is_dirty;
    memcpy(seen, tool->standing.seen, DIGEST_SIZE);
    tool->standing = row->standing;
    tool->has_stored = true;
    memcpy(tool->stored, row->standing.seen, DIGEST_SIZE);
    tool->is_dirty = tool->is_event = false;
    enum mcp_sight sight = was_dirty ? mcp_standing_see(&tool->standing, seen, now_s, true) : MCP_SIGHT_SAME;
    if (sight == MCP_SIGHT_SAME) {
        put_parameters(tool, &row->parameters);
        put_text(tool, TEXT_NONE);
        return;
    }
    tool->is_dirty = true;
    tool->is_event = sight == MCP_SIGHT_CHANGED;
}

void catalog_tool_settle(struct catalog_tool *tool, const unsigned char stored[DIGEST_SIZE], int64_t now_s)
{
    tool->has_stored = true;
    memcpy(tool->stored, stored, DIGEST_SIZE);
    tool->not_before_s = now_s + AGAIN_AFTER_S;
    if (memcmp(tool->standing.seen, stored, DIGEST_SIZE) != 0)
        return; /* something else was seen meanwhile */
    tool->is_dirty = tool->is_event = false;
    put_text(tool, TEXT_NONE);
}
