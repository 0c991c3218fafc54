// The conformance suite as an MCP server with an authorization server of its own, and the gateway's own leg to them: what the adapter
// saas_oauth asks for a token, what it refuses, and what goes to the server with it. Who writes a target's settings is an
// administrator, so the test reads the servers' metadata as one would; the gateway itself discovers no authorization server.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connectClient, NEW_VERSION } from "./kit/mcp_clients.js";
import { describeCheck } from "./kit/mcp_conformance.js";
import { ClientScenarios } from "./kit/mcp_conformance_client.js";
import { mcpTarget } from "./kit/mcp_stage.js";
import { SaasStage } from "./kit/saas_stage.js";
import { TokenRelay } from "./kit/token_relay.js";

// Scenarios: with an account that a person connects, whatever the answer of the authorization server is like.
const connected = ["auth/pre-registration", "auth/token-endpoint-auth-basic", "auth/token-endpoint-auth-post", "auth/token-endpoint-auth-none", "auth/iss-supported",
  "auth/iss-not-advertised", "auth/iss-supported-missing", "auth/iss-wrong-issuer", "auth/iss-unexpected", "auth/iss-normalized"];
// Those where the account must not come to be connected.
const refused = new Set(["auth/iss-supported-missing", "auth/iss-wrong-issuer", "auth/iss-unexpected", "auth/iss-normalized"]);
// And with a token that is the gateway's own.
const itself = ["auth/client-credentials-basic", "auth/client-credentials-jwt"];

// Why the others of the suite's client scenarios are not here.
const left = {
  "auth/metadata-default": "where an authorization server is, settings say; nothing is discovered",
  "auth/metadata-var1": "the same", "auth/metadata-var2": "the same", "auth/metadata-var3": "the same", "auth/resource-mismatch": "the same",
  "auth/metadata-issuer-mismatch": "the same", "auth/2025-03-26-oauth-metadata-backcompat": "the same", "auth/2025-03-26-oauth-endpoint-fallback": "the same",
  "auth/authorization-server-migration": "the same: another issuer is another target, and dynamic registration is not done",
  "auth/basic-cimd": "the gateway is registered where it is a client; it has no client ID metadata document",
  "auth/offline-access-scope": "scopes of a connection are those of the settings", "auth/offline-access-not-supported": "the same",
  "auth/scope-from-www-authenticate": "the same", "auth/scope-from-scopes-supported": "the same", "auth/scope-omitted-when-undefined": "the same",
  "auth/scope-step-up": "more scopes are asked for by the agent, at the gateway", "auth/scope-retry-limit": "the same",
  "auth/enterprise-managed-authorization": "an ID-JAG is asked for with the subject's own token, which calls that are relayed do not have; the adapter's preset is tried in saas_presets.test.js",
  "auth/wif-jwt-bearer": "assertions are the gateway's own, or signed here; not somebody's else",
  "auth/dpop": "tokens bound to a key are refused", "auth/dpop-nonce": "the same",
};

describe("the gateway's own leg to an MCP server, as the conformance suite sees it:", () => {
  let saas, suite, relay, count = 0;
  before(async () => {
    saas = await SaasStage.open({ gateway: {} });
    suite = await new ClientScenarios(use).start();
    relay = await new TokenRelay().start();
  });
  after(async () => {
    await suite?.stop();
    await relay?.stop();
    await saas?.close();
  });

  const get = async (url) => (await fetch(url)).json();

  // What an administrator reads of a server before writing its target.
  async function discovered(server) {
    const { origin, pathname } = new URL(server);
    const resource = await get(`${origin}/.well-known/oauth-protected-resource${pathname}`);
    return { resource, authorization: await get(`${resource.authorization_servers[0]}/.well-known/oauth-authorization-server`) };
  }

  async function use({ server, scenario, version, context }) {
    const { resource, authorization } = await discovered(server);
    const isConnected = connected.includes(scenario), name = `scenario-${++count}`;
    const method = authorization.token_endpoint_auth_methods_supported[0];
    const settings = { grant: isConnected ? "connected" : "client_credentials", issuer: authorization.issuer, tokenEndpoint: isConnected ? relay.before(authorization.token_endpoint) : authorization.token_endpoint, clientId: context.client_id ?? "registered-here",
      authentication: method, resource: resource.resource, ...(method === "private_key_jwt" ? { algorithm: context.signing_algorithm } : {}),
      ...(isConnected ? { authorizationEndpoint: authorization.authorization_endpoint, 
        connect: { requireIss: authorization.authorization_response_iss_parameter_supported === true } } : {}) };
    const { gateway } = saas;
    await gateway.apply(mcpTarget(name, saas.egressPort, { upstream: server.replace("//localhost", "//127.0.0.1"), domain: "partner", scopes: ["files:read"], accepts: { issuers: ["people"], clients: ["orders-agent"] },
      ...(isConnected ? { connection: { lifetime: "30d" } } : {}), egress: { adapter: "saas-oauth", settings } }));
    const answers = { client_secret_basic: { client_secret: context.client_secret ?? "secret" }, client_secret_post: { client_secret: "secret" }, private_key_jwt: { private_key: context.private_key_pem }, none: undefined }[method];
    if (answers !== undefined) {
      const { status, text } = await gateway.admin(`/v1/connections/${name}`, { method: "POST", body: JSON.stringify({ answers }) });
      assert.equal(status, 200, text);
    }
    const endpoint = `https://127.0.0.1:${saas.egressPort}/mcp/${name}`;
    if (isConnected) await connect(endpoint, refused.has(scenario));
    if (!refused.has(scenario)) await list(endpoint, (await saas.granted("alice", { audience: endpoint })).access_token, version);
  }

  // Behind the link that the agent's exchange is refused with; this authorization server asks nothing.
  async function connect(audience, isRefused) {
    const browser = saas.plainBrowser();
    const url = await saas.reachService("alice", { audience, browser });
    const { headers } = await fetch(url, { redirect: "manual" });
    const back = await browser.send(headers.get("location"));
    assert.equal(back.status < 400, !isRefused, back.text);
  }

  async function list(endpoint, token, version) {
    const client = await connectClient(endpoint, { negotiation: version === NEW_VERSION ? "pinned" : "default", token, ca: saas.stage.certificates.ca });
    const { tools } = await client.listTools();
    for (const tool of tools) await client.callTool({ name: tool.name, arguments: {} });
    await client.close();
  }

  for (const scenario of [...connected, ...itself])
    for (const version of scenario.startsWith("auth/iss-") ? ["2026-07-28"] : ["2025-11-25", "2026-07-28"])
      test(`${scenario} of ${version}`, async () => {
        const { checks, output } = await suite.run(scenario, version);
        assert.ok(suite.failures[scenario] === undefined, `${suite.failures[scenario]?.stack}\n${output}`);
        assert.deepEqual(checks.filter(({ status }) => status === "FAILURE" || status === "WARNING").map(describeCheck), []);
        assert.ok(checks.some(({ status }) => status === "SUCCESS"), output);
      });

  test("every other scenario that the suite has about OAuth is left for a reason", async () => {
    const { output } = await suite.all();
    const named = new Set([...output.matchAll(/^\s+- (auth\/[\w-]+) /gm)].map(([, name]) => name));
    assert.deepEqual([...named].sort(), [...connected, ...itself, ...Object.keys(left)].sort());
  });
});
