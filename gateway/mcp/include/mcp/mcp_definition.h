/* What is kept of a tool's definition: its digests, what they mean, and the rows of the store that have them.
 * For the catalog, which reads them into memory, and for whoever confirms. Pure. */
#ifndef MCP_DEFINITION_H
#define MCP_DEFINITION_H

#include "consent/own_state.h"

#define MCP_DEFINITIONS_OWNER "mcp-definitions"

/* More of one target are not known, and what is not known is not called. A definition that is longer than that
 * is kept as its digest alone. */
enum {
    MCP_CATALOG_TOOLS_MAX = 1024,
    MCP_CATALOG_NAME_MAX = 128,
    MCP_CATALOG_PARAMETERS_MAX = 16,
    MCP_DEFINITION_KEPT_MAX = 16384
};

enum mcp_definition_state {
    MCP_DEFINITION_UNSEEN,      /* in no list of the server's so far, or beyond the bounds */
    MCP_DEFINITION_CONFIRMED,   /* by a person or, without confirmDefinitions, by having been the first */
    MCP_DEFINITION_UNCONFIRMED, /* the first, with confirmDefinitions */
    MCP_DEFINITION_SUSPENDED,   /* another than the confirmed one was seen */
};
const char *mcp_definition_state_name(enum mcp_definition_state state);

/* An argument that goes into a header besides: x-mcp-header in inputSchema. */
struct mcp_header_parameter {
    struct text header;  /* "Region" of Mcp-Param-Region */
    struct text pointer; /* of the argument: "/region" */
};

struct mcp_header_parameters {
    struct mcp_header_parameter items[MCP_CATALOG_PARAMETERS_MAX];
    size_t count;
    bool is_mistaken; /* x-mcp-header that makes no sense, or more than there may be */
};
void mcp_header_parameters_read(struct arena *arena, const struct json_value *tool,
                                struct mcp_header_parameters *parameters);

/* The same bytes for the same definition, whatever the order of its members: all of them but _meta, which is
 * for programs and changes with every answer. */
struct text mcp_definition_canonical(struct arena *arena, const struct json_value *tool);

/* A tool as it stands. */
struct mcp_standing {
    unsigned char seen[DIGEST_SIZE], confirmed[DIGEST_SIZE];
    bool is_confirmed; /* once: confirmed says what */
    bool is_suspended; /* another was seen since; stays so until a person confirms, whatever is seen then */
    int64_t first_seen_s, changed_s, confirmed_s;
};
enum mcp_sight {
    MCP_SIGHT_SAME,
    MCP_SIGHT_FIRST,
    MCP_SIGHT_CHANGED,       /* a confirmed one: it is suspended by that */
    MCP_SIGHT_CHANGED_AGAIN, /* one that nobody may call anyway */
};
/* Of one that is zeroed: the first. */
enum mcp_sight mcp_standing_see(struct mcp_standing *standing, const unsigned char digest[DIGEST_SIZE],
                                int64_t now_s, bool is_confirmation_needed);
void mcp_standing_confirm(struct mcp_standing *standing, int64_t now_s);
enum mcp_definition_state mcp_standing_state(const struct mcp_standing *standing);

/* Rows: one for each target, which changes whenever anything of it does; one for each tool; and the definitions
 * themselves by their digests. Target names have no slash. */
struct mcp_tool_row {
    struct text tool;
    struct mcp_standing standing;
    struct mcp_header_parameters parameters;
};
struct text mcp_definition_head_key(struct arena *arena, struct text target);
struct text mcp_definition_tool_prefix(struct arena *arena, struct text target);
struct text mcp_definition_text_key(struct arena *arena, struct text target,
                                    const unsigned char digest[DIGEST_SIZE]);

/* Changes, whatever version they meet: the row of the target has the one that counts. */
void mcp_definition_put_head(const struct sealer *sealer, struct arena *arena, struct text target,
                             int64_t version, int64_t now_s, struct store_state *change);
void mcp_definition_put_tool(const struct sealer *sealer, struct arena *arena, struct text target,
                             const struct mcp_tool_row *row, struct store_state *change);
/* TEXT_NONE removes it. */
void mcp_definition_put_text(const struct sealer *sealer, struct arena *arena, struct text target,
                             const unsigned char digest[DIGEST_SIZE], struct text definition,
                             struct store_state *change);
/* One row as a query found it. SEAL_BROKEN, also for what makes no sense. */
MUST_USE enum fault mcp_definition_read_tool(const struct sealer *sealer, struct arena *arena,
                                             const struct store_state *state, struct mcp_tool_row *row);
/* *definition is NULL where it is not kept. */
MUST_USE enum fault mcp_definition_read_text(const struct sealer *sealer, struct arena *arena,
                                             const struct store_state *state,
                                             const struct json_value **definition);

#endif
