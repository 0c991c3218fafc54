/* spec.mcp of a Target: which names it lets through, and which scopes they need. Pure. */
#ifndef MCP_RULES_H
#define MCP_RULES_H

#include "config/mcp_document.h"
#include "policy/scope.h"

enum { MCP_NAME_BYTES_MAX = 128, MCP_URI_BYTES_MAX = 2048 };

/* The first rule (struct mcp_rule) that has a pattern which fits (mcp_pattern_fits); NULL: none, so it is
 * denied. */
const struct mcp_rule *mcp_rules_find(const struct mapping_list *rules, struct text name);

/* A name of a tool or prompt that can be written down and compared: printable UTF-8 within bounds. */
bool mcp_name_is_plain(struct text name);
/* The same of a URI, which besides goes nowhere that a pattern would not see: no segments that are dots, no
 * backslash, no escaped slash, backslash, dot or zero byte. */
bool mcp_uri_is_plain(struct text uri);

/* Those that were held and all that the rule needs; false where one is not in offered, or they are too many. */
bool mcp_rule_step_up(const struct mcp_rule *rule, const struct text_list *offered,
                      const struct scope_set *held, struct scope_set *more);
bool mcp_rule_is_met(const struct mcp_rule *rule, const struct scope_set *held);

#endif
