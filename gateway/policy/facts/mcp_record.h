/* The part of the facts of a record that is about an MCP server, for facts_record.c. */
#ifndef POLICY_MCP_RECORD_H
#define POLICY_MCP_RECORD_H

#include "policy/facts_record.h"

/* The member "mcp", where the facts are about one. */
void mcp_record_write(const struct policy_facts *facts, struct json_writer *writer);
/* From the facts' JSON; false where what is there makes no sense, or is too little to decide again. */
bool mcp_record_read(struct arena *arena, const struct json_value *json, struct policy_facts *facts);

#endif
