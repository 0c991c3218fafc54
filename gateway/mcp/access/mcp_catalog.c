/* What the catalog answers: from memory, under a lock that is held for a look-up. Whatever costs more, such as
 * the digest of a definition, is done before. */
#include "mcp_catalog.h"

#include <string.h>

#include "base/clock.h"
#include "mcp_catalog_parts.h"

enum { LISTED_MS = 5000 };

/* Copied: what is in the book may change as soon as the lock is given back. */
static void describe(struct arena *arena, const struct catalog_tool *tool, struct mcp_definition *definition)
{
    const struct mcp_header_parameters *parameters = tool->parameters;
    char *hex = arena_allocate(arena, 2 * DIGEST_SIZE + 1);
    definition->state = mcp_standing_state(&tool->standing);
    digest_hex(tool->standing.seen, hex);
    definition->digest = (struct text){hex, 2 * DIGEST_SIZE};
    if (parameters == NULL)
        return;
    struct mcp_header_parameter *items = ARENA_ARRAY(arena, struct mcp_header_parameter, parameters->count + 1);
    for (size_t i = 0; i < parameters->count; i++)
        items[i] = (struct mcp_header_parameter){arena_copy(arena, parameters->items[i].header),
                                                 arena_copy(arena, parameters->items[i].pointer)};
    definition->parameters = items;
    definition->parameter_count = parameters->count;
}

void mcp_catalog_find(struct mcp_catalog *catalog, struct arena *arena, struct text target, struct text tool,
                      struct mcp_definition *definition)
{
    *definition = (struct mcp_definition){.state = MCP_DEFINITION_UNSEEN};
    pthread_mutex_lock(&catalog->book.mutex);
    struct catalog_target *of = catalog_book_target(&catalog->book, target, false);
    const struct catalog_tool *found = of == NULL ? NULL : catalog_target_tool(of, tool, false);
    if (found != NULL)
        describe(arena, found, definition);
    pthread_mutex_unlock(&catalog->book.mutex);
}

bool mcp_catalog_knows(struct mcp_catalog *catalog, struct text target, struct text tool)
{
    pthread_mutex_lock(&catalog->book.mutex);
    struct catalog_target *of = catalog_book_target(&catalog->book, target, false);
    bool is_known = of != NULL && catalog_target_tool(of, tool, false) != NULL;
    pthread_mutex_unlock(&catalog->book.mutex);
    return is_known;
}

void mcp_catalog_note_listed(struct mcp_catalog *catalog, struct text target, struct text lease, int64_t now_ms)
{
    pthread_mutex_lock(&catalog->book.mutex);
    struct catalog_target *of = catalog_book_target(&catalog->book, target, true);
    struct catalog_listed *listed = &of->listed[of->next_listed++ % CATALOG_LISTED_MAX];
    INVARIANT(lease.length == IDENTIFIER_LENGTH);
    memcpy(listed->lease, lease.base, lease.length);
    listed->at_ms = now_ms;
    pthread_mutex_unlock(&catalog->book.mutex);
}

bool mcp_catalog_is_listed(struct mcp_catalog *catalog, struct text target, struct text lease, int64_t now_ms)
{
    bool is_listed = false;
    pthread_mutex_lock(&catalog->book.mutex);
    const struct catalog_target *of = catalog_book_target(&catalog->book, target, false);
    for (size_t i = 0; of != NULL && i < CATALOG_LISTED_MAX; i++)
        is_listed |= of->listed[i].at_ms != 0 && now_ms - of->listed[i].at_ms < LISTED_MS &&
                     text_is(lease, of->listed[i].lease);
    pthread_mutex_unlock(&catalog->book.mutex);
    return is_listed;
}

void mcp_catalog_note(struct mcp_catalog *catalog, struct arena *arena, struct text target,
                      const struct json_value *tool, bool is_confirmation_needed,
                      struct mcp_definition *definition)
{
    struct text canonical = mcp_definition_canonical(arena, tool);
    unsigned char digest[DIGEST_SIZE];
    struct mcp_header_parameters *parameters = ARENA_NEW(arena, struct mcp_header_parameters);
    bool is_to_be_written = false;
    digest_sha256(canonical, digest);
    mcp_header_parameters_read(arena, tool, parameters);
    *definition = (struct mcp_definition){.state = MCP_DEFINITION_UNSEEN};
    pthread_mutex_lock(&catalog->book.mutex);
    struct catalog_target *of = catalog_book_target(&catalog->book, target, true);
    struct catalog_tool *noted = catalog_target_tool(of, json_text_of(tool, "name"), true);
    if (noted != NULL) {
        is_to_be_written =
            catalog_tool_see(noted, canonical, digest, parameters, clock_wall_s(), is_confirmation_needed);
        describe(arena, noted, definition);
    }
    pthread_mutex_unlock(&catalog->book.mutex);
    if (is_to_be_written)
        mcp_catalog_refresh(catalog);
}
