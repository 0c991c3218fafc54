/* What is the same for every request: the entities that documents make. Built once, then only read; the
 * entities of one request stand on them (policy/facts.h). */
#ifndef POLICY_POLICY_BASE_H
#define POLICY_POLICY_BASE_H

#include "base/arena.h"
#include "policy/scope.h"

struct policy_base;
struct policy_base *policy_base_create(struct arena *arena);
void policy_base_add_issuer(struct policy_base *base, struct text name, struct text identifier,
                            struct text domain, bool is_platform, int64_t risk);
/* kind: "AgentClass" or "Client"; team TEXT_NONE for none. */
void policy_base_add_principal(struct policy_base *base, const char *kind, struct text name, struct text team,
                               int64_t risk);
void policy_base_add_target(struct policy_base *base, struct text name, struct text domain, struct text team,
                            struct text audience, struct text adapter, const struct scope_set *scopes);
/* What a Target is besides that stands for an MCP server. */
void policy_base_add_server(struct policy_base *base, struct text name, struct text domain, struct text team);
void policy_base_seal(struct policy_base *base);

#endif
