/* What a decision looks at besides where it is about a message to an MCP server: actions "use_server",
 * "call_tool", "read_resource", "get_prompt", "ask_sampling", "ask_elicitation", "ask_roots". */
#ifndef POLICY_MCP_FACTS_H
#define POLICY_MCP_FACTS_H

#include "base/arena.h"
#include "base/fault.h"
#include "json/json_value.h"

/* Of one call, and of each: what policies can look at stays in bounds, whatever an agent sends. */
enum { POLICY_ARGUMENTS_MAX = 256, POLICY_ARGUMENT_BYTES_MAX = 4096, POLICY_POINTER_BYTES_MAX = 512 };

/* A text, number, true or false among the arguments. */
struct policy_argument {
    struct text pointer; /* RFC 6901: "/path" */
    struct text value;   /* of what is no text as it is written */
    bool is_number;      /* a whole one: number */
    int64_t number;
    bool is_recorded; /* some policy asks for it by its name */
};

struct policy_mcp {
    struct text method;     /* "tools/call"; TEXT_NONE: this is about something else */
    struct text generation; /* "2026-07-28" */
    struct text name;       /* of tool or prompt, URI of the resource; TEXT_NONE: the server as a whole */
    struct text definition; /* of the tool: digest; TEXT_NONE: not known, or no tool */
    bool is_listing;
    const struct policy_argument *arguments;
    size_t argument_count;
};

/* The type of what this action is done to, "Tool", and whether that has a name of its own beside the server's;
 * false for an action of something else. */
bool policy_mcp_type(struct text action, const char **type, bool *has_name);
/* That action as a word that lasts; NULL if it is none of them. */
const char *policy_mcp_action(struct text name);

struct policy_book;
/* What policies may look at of these arguments (NULL: none): those that any of the book asks for by name, or
 * all for somebody else who decides. POLICY_ERROR and why in *mistake where they are more than the bounds, or a
 * policy compares numbers and one it asks for is none that can be compared: what cannot be looked at is not
 * permitted. Texts are borrowed. */
MUST_USE enum fault policy_mcp_gather(struct arena *arena, const struct policy_book *book,
                                      const struct json_value *arguments, bool takes_all,
                                      struct policy_mcp *mcp, struct text *mistake);

#endif
