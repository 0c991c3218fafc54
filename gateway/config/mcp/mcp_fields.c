/* The rows of spec.mcp: of a Target, which is an MCP server then, and of the Gateway. */
#include "field_rows.h"

#define KEPT_MCP_RULE(member) .offset = offsetof(struct mcp_rule, member)

/* clang-format off */
static const struct field mcp_rule_fields[] = {
    {"names", LIST(VALUE_TEXT, 64), .minimum = 1, .is_required = true, KEPT_MCP_RULE(names),
     .help = "Of these names (of resources: URIs), * for any run of characters; upper and lower case count."},
    {"scopes", LIST(VALUE_SCOPE, 16), KEPT_MCP_RULE(scopes), .fallback = "[]",
     .help = "Scopes that using it needs, all of them. A caller that could get them is told which."},
    {"upstreamScopes", LIST(VALUE_SCOPE, 16), KEPT_MCP_RULE(upstream_scopes), .otherwise = "those of the caller's credential",
     .help = "Scopes of the credential that the server is shown for it."},
    {"upstreamLifetime", .type = VALUE_DURATION, SECONDS(1, DAY), KEPT_MCP_RULE(upstream_lifetime_s), .otherwise = "the target's maximumLifetime",
     .help = "The longest life of that credential."},
    END};

static const struct field openapi_fields[] = {
    {"document", .type = VALUE_SETTINGS, KEPT(target.mcp.openapi.document), .otherwise = "that of file",
     .help = "The OpenAPI document (3.0 or 3.1). Its servers are ignored: requests go to egress.upstream."},
    {"file", .type = VALUE_CONTENT_FILE, KEPT(target.mcp.openapi.file), .otherwise = "none",
     .help = "A file with the OpenAPI document, in YAML or JSON, instead of document."},
    END};

const struct field mcp_fields[] = {
    {"openapi", GROUP(openapi_fields),
     .help = "The server is an HTTP API and no MCP server: the operations of this OpenAPI document, as far as a rule of tools fits them, are the tools, and egress.upstream is the URL that their paths go behind."},
    {"tools", GROUPS(mcp_rule_fields, struct mcp_rule, 256), KEPT(target.mcp.tools), .fallback = "[]",
     .help = "Tools that may be called: the first rule that fits counts, and a tool that none fits does not exist for callers."},
    {"resources", GROUPS(mcp_rule_fields, struct mcp_rule, 256), KEPT(target.mcp.resources), .fallback = "[]",
     .help = "The same of resources, by their URIs; templates of URIs are listed by the same rules."},
    {"prompts", GROUPS(mcp_rule_fields, struct mcp_rule, 256), KEPT(target.mcp.prompts), .fallback = "[]",
     .help = "The same of prompts."},
    {"serverRequests", LIST(VALUE_SERVER_REQUEST, 3), KEPT(target.mcp.server_requests), .fallback = "[]",
     .help = "What the server may ask of a client, where policies permit it as well; nothing else that a client offers is shown to it."},
    {"confirmDefinitions", .type = VALUE_BOOLEAN, KEPT(target.mcp.is_definition_confirmed), .fallback = "false",
     .help = "true: a tool is used once somebody has confirmed its definition. false: the first one seen counts as confirmed; a changed one is suspended either way."},
    {"direct", .type = VALUE_BOOLEAN, KEPT(target.mcp.is_direct), .fallback = "false",
     .help = "true: an agent that asks for it, and that policies permit, is given the server's own credential instead of the gateway's endpoint; tools are then for the server to guard."},
    {"sessionIdle", .type = VALUE_DURATION, SECONDS(1, DAY), KEPT(target.mcp.session_idle_s), .fallback = "15m",
     .help = "How long a session of the older protocol lives without a request."},
    {"sessionLifetime", .type = VALUE_DURATION, SECONDS(1, DAY), KEPT(target.mcp.session_lifetime_s), .fallback = "8h",
     .help = "How long it lives in all."},
    {"callsAtOnce", .type = VALUE_INTEGER, .unit = "calls", .minimum = 1, .maximum = 1024, KEPT(target.mcp.calls_at_once), .fallback = "32",
     .help = "Calls of one credential that are answered at a time on one gateway."},
    {"streamsAtOnce", .type = VALUE_INTEGER, .unit = "streams", .minimum = 1, .maximum = 1024, KEPT(target.mcp.streams_at_once), .fallback = "16",
     .help = "Streams of one credential that are open at a time on one gateway: those that wait for what the server sends unasked."},
    END};

const struct field mcp_gateway_fields[] = {
    {"origins", LIST(VALUE_TEXT, 64), KEPT(gateway.mcp.origins), .fallback = "[]",
     .help = "Origins of pages that may call MCP servers, such as https://console.example; those of all others are refused. Clients that are no browsers send none."},
    {"bodyBytes", .type = VALUE_INTEGER, .unit = "bytes", .minimum = 4096, .maximum = 8 * 1024 * 1024, KEPT(gateway.mcp.body_bytes), .fallback = "4194304",
     .help = "The largest message of a client."},
    {"eventBytes", .type = VALUE_INTEGER, .unit = "bytes", .minimum = 4096, .maximum = 16 * 1024 * 1024, KEPT(gateway.mcp.event_bytes), .fallback = "1048576",
     .help = "The largest event of a server's stream."},
    {"answerBytes", .type = VALUE_INTEGER, .unit = "bytes", .minimum = 4096, .maximum = 64 * 1024 * 1024, KEPT(gateway.mcp.answer_bytes), .fallback = "16777216",
     .help = "The largest answer that is no stream."},
    {"keepAlive", .type = VALUE_DURATION, SECONDS(1, MINUTE), KEPT(gateway.mcp.keep_alive_s), .fallback = "15s",
     .help = "How long a stream to a client is silent before a comment keeps it alive."},
    {"stallTimeout", .type = VALUE_DURATION, SECONDS(1, 10 * MINUTE), KEPT(gateway.mcp.stall_s), .fallback = "30s",
     .help = "How long a client may take nothing of a stream that has something for it."},
    {"callTimeout", .type = VALUE_DURATION, SECONDS(1, HOUR), KEPT(gateway.mcp.call_s), .fallback = "5m",
     .help = "How long a call may take in all, whatever progress it tells of."},
    END};
/* clang-format on */
