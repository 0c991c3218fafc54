/* A call of alice's agent to the server "files", decided about without a gateway around it. */
#ifndef TESTS_MCP_ACCESS_FIXTURE_H
#define TESTS_MCP_ACCESS_FIXTURE_H

#include "access/mcp_access.h"
#include "access/mcp_catalog.h"
#include "access/mcp_catalog_parts.h"

struct access_fixture {
    struct arena *arena;
    struct gateway gateway;
    struct mcp_catalog catalog;
    struct world world;
    struct target target;
    struct relayed_call call;
    struct mcp_access access;
};

/* mcp: spec.mcp as YAML; policies: Cedar, or NULL for none; scopes: that the credential has. */
struct access_fixture *access_fixture_make(const char *mcp, const char *policies, const char *scopes);
void access_fixture_destroy(struct access_fixture *fixture);

/* As if a list had this tool. */
enum mcp_definition_state access_fixture_list(struct access_fixture *fixture, const char *tool);
/* Asked as the call as a whole, and aside. */
enum mcp_verdict access_fixture_ask(struct access_fixture *fixture, enum mcp_access_kind kind, const char *name,
                                    const char *arguments);
enum mcp_verdict access_fixture_look(struct access_fixture *fixture, enum mcp_access_kind kind,
                                     const char *name);
/* The target offers one scope less: admin. */
void access_fixture_offer_less(struct access_fixture *fixture);
/* Another agent acts than the one that obtained the credential. */
void access_fixture_let_another_call(struct access_fixture *fixture);

#endif
