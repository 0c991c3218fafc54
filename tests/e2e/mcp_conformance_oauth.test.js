// The conformance suite as an MCP server with an authorization server of its own, and the gateway's own leg to them: how the adapter
// saas_oauth finds the one behind the other, what it asks for a token, what it refuses, and what goes to the server with it. An
// administrator says which authorization server may be used, learns from the gateway's log which one the server names, and
// registers the gateway there.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connectClient, NEW_VERSION, OLD_VERSION } from "./kit/mcp_clients.js";
import { describeCheck } from "./kit/mcp_conformance.js";
import { ClientScenarios } from "./kit/mcp_conformance_client.js";
import { until } from "./kit/machine.js";
import { mcpTarget } from "./kit/mcp_stage.js";
import { formNamed, SaasStage } from "./kit/saas_stage.js";
import { TokenRelay } from "./kit/token_relay.js";

// Scenarios: with an account that a person connects.
const metadata = ["auth/metadata-default", "auth/metadata-var1", "auth/metadata-var2", "auth/metadata-var3"];
const legacy = ["auth/2025-03-26-oauth-metadata-backcompat", "auth/2025-03-26-oauth-endpoint-fallback"];
const connected = [...metadata, ...legacy,
  "auth/iss-supported", "auth/iss-not-advertised", "auth/iss-supported-missing", "auth/iss-wrong-issuer", "auth/iss-unexpected", "auth/iss-normalized", "auth/resource-mismatch", "auth/metadata-issuer-mismatch",
  "auth/offline-access-scope", "auth/offline-access-not-supported", "auth/authorization-server-migration", "auth/pre-registration", "auth/basic-cimd",
  "auth/token-endpoint-auth-basic", "auth/token-endpoint-auth-post", "auth/token-endpoint-auth-none",
  "auth/scope-from-www-authenticate", "auth/scope-from-scopes-supported", "auth/scope-omitted-when-undefined", "auth/scope-step-up", "auth/scope-retry-limit"];
// Those where the answer of the authorization server is such that the account must not come to be connected.
const refused = new Set(["auth/iss-supported-missing", "auth/iss-wrong-issuer", "auth/iss-unexpected", "auth/iss-normalized"]);
// Those where nobody may be sent to the authorization server, and what the log says.
const notFound = { "auth/resource-mismatch": /the server's metadata are of another resource/, "auth/metadata-issuer-mismatch": /the authorization server's metadata are of another issuer/ };
// Those that want to see somebody register: the administrator does.
const registered = new Set([...metadata, ...legacy, "auth/authorization-server-migration"]);
// And with a token that is the gateway's own.
const itself = ["auth/client-credentials-basic", "auth/client-credentials-jwt"];
// Both generations of the protocol: what is asked of an authorization server is the same in both, so these stand for all.
const both = ["auth/metadata-default", "auth/pre-registration", "auth/scope-step-up", "auth/client-credentials-basic"];
// How the gateway is registered as a client.
const methods = { "auth/pre-registration": "client_secret_basic", "auth/token-endpoint-auth-basic": "client_secret_basic", "auth/token-endpoint-auth-post": "client_secret_post",
  "auth/client-credentials-basic": "client_secret_basic", "auth/client-credentials-jwt": "private_key_jwt" };
const clientDocument = "https://conformance-test.local/client-metadata.json";
// Of a target: what agents can ask for, where the scenario is about that. Elsewhere it is "files:read", which is whatever the server wants.
const ownScopes = { "auth/scope-step-up": ["mcp:basic", "mcp:write"], "auth/scope-retry-limit": ["mcp:admin"] };

// Why the others of the suite's client scenarios are not here.
const left = {
  "auth/enterprise-managed-authorization": "an ID-JAG is asked for with the subject's own ID token, which calls that are relayed do not have and the gateway does not keep after a login; the adapter's preset is tried in saas_presets.test.js",
  "auth/wif-jwt-bearer": "the scenario hands over a workload's finished assertion; the gateway shows assertions of its own, or signs with a key that was handed over",
  "auth/dpop": "a token that is bound to a key is refused: the key's holder would have to be the relay, which shows what adapters made and signs nothing", "auth/dpop-nonce": "the same",
};

describe("the gateway's own leg to an MCP server, as the conformance suite sees it:", { concurrency: 3 }, () => {
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

  const endpointOf = (name) => `https://127.0.0.1:${saas.egressPort}/mcp/${name}`;
  const anotherIssuer = /another authorization server than settings allow: (http[^" \\]+)/;
  const nobody = "https://nobody.example";

  // Scenarios run beside each other, but for this.
  let last = Promise.resolve();
  function inTurn(work) {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  }

  // settings beside those that every scenario has. Another target each time, since a consent to one that could not be used is one.
  async function apply(told, settings) {
    told.name = `scenario-${++count}`;
    await change(told, settings);
  }

  async function change({ name, server, scenario, context }, settings) {
    const isConnected = connected.includes(scenario), scopes = ownScopes[scenario];
    const target = mcpTarget(name, saas.egressPort, { upstream: server.replace("//localhost", "//127.0.0.1"), domain: "partner", scopes: scopes ?? ["files:read"], accepts: { issuers: ["people"], clients: ["orders-agent"] },
      ...(isConnected ? { connection: { lifetime: "30d" } } : {}),
      egress: { adapter: "saas-oauth", settings: { grant: isConnected ? "connected" : "client_credentials", clientId: "registered-here", authentication: methods[scenario] ?? "none",
        ...(methods[scenario] === "private_key_jwt" ? { algorithm: context.signing_algorithm } : {}),
        discover: { server, ...(scopes === undefined ? { scopes: "server" } : {}) }, ...settings } } });
    await inTurn(() => saas.gateway.apply(target));
  }

  const exchangeOptions = ({ name, scenario }, scope = ownScopes[scenario]?.[0] ?? "files:read") => ({ audience: endpointOf(name), scope, subject_token: saas.tokenOf("alice", { scope: "files:read mcp:basic mcp:write mcp:admin" }) });

  // What the log says meanwhile.
  const logged = (pattern, happen) => inTurn(async () => {
    const before = saas.gateway.program.errors.length, said = () => saas.gateway.program.errors.slice(before);
    await happen();
    await until(() => pattern.test(said()), () => `${pattern}: ${said()}`);
    return pattern.exec(said())[1];
  });

  // What it says of a target that cannot be used: where an account is connected its person is sent nowhere, and where none is, the
  // first call is refused.
  const refusal = (told, pattern) => logged(pattern, async () => {
    if (!connected.includes(told.scenario)) return assert.rejects(list(told));
    const browser = saas.plainBrowser(), consent = await saas.reachConsent("alice", { ...exchangeOptions(told), browser });
    const { status, text } = await browser.send("/consent", { method: "POST", form: formNamed(consent.text, "Agree") });
    assert.ok(status >= 400, text);
  });

  async function register(issuer, path = "/register") {
    const answer = await fetch(`${issuer}${path}`, { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_name: "the gateway", application_type: "web", token_endpoint_auth_method: "none", grant_types: ["authorization_code", "refresh_token"], redirect_uris: [`${saas.gateway.issuer}/connect/callback/any`] }) });
    assert.equal(answer.status, 201);
    return (await answer.json()).client_id;
  }

  // The suite's authorization servers give no refresh tokens, so that one endpoint of a connected account's is said.
  async function settingsFor({ scenario, context }, issuer, prefix = "") {
    const clientId = registered.has(scenario) ? await register(issuer, `${prefix}/register`) : scenario === "auth/basic-cimd" ? clientDocument : (context.client_id ?? "registered-here");
    return { issuer, clientId, ...(connected.includes(scenario) ? { tokenEndpoint: relay.before(`${issuer}${prefix}/token`) } : {}) };
  }

  async function use(from) {
    const told = { ...from }, { scenario } = told;
    if (legacy.includes(scenario)) return useLegacy(told);
    await apply(told, { issuer: nobody });
    if (scenario === "auth/resource-mismatch") return refusal(told, notFound[scenario]);
    const issuer = await refusal(told, anotherIssuer);
    if (scenario in notFound) {
      await apply(told, { issuer });
      return refusal(told, notFound[scenario]);
    }
    await apply(told, await settingsFor(told, issuer));
    await handOver(told);
    if (itself.includes(scenario)) return list(told);
    await connect(told);
    if (refused.has(scenario)) return undefined;
    return (special[scenario] ?? list)(told);
  }

  // Of 2025-03-26: the server is its own authorization server.
  async function useLegacy(told) {
    const { origin } = new URL(told.server), hasMetadata = told.scenario.endsWith("backcompat");
    await apply(told, { issuer: origin });
    await refusal(told, /needs legacyMetadata: true/);
    await apply(told, { ...(await settingsFor(told, origin, hasMetadata ? "/oauth" : "")), discover: { server: told.server, scopes: "server", legacyMetadata: true } });
    await connect(told);
    await list(told);
  }

  async function handOver({ name, scenario, context }) {
    const answers = { client_secret_basic: { client_secret: context.client_secret ?? "secret" }, client_secret_post: { client_secret: "secret" }, private_key_jwt: { private_key: context.private_key_pem } }[methods[scenario]];
    if (answers === undefined) return;
    const { status, text } = await saas.gateway.admin(`/v1/connections/${name}`, { method: "POST", body: JSON.stringify({ answers }) });
    assert.equal(status, 200, text);
  }

  // Behind the link that the agent's exchange is refused with; this authorization server asks nothing.
  async function connect(told, scope, link) {
    const browser = saas.plainBrowser();
    const url = await saas.reachService("alice", { ...exchangeOptions(told, scope), link, browser });
    const { headers } = await fetch(url, { redirect: "manual" });
    const back = await browser.send(headers.get("location"));
    assert.equal(back.status < 400, !refused.has(told.scenario), back.text);
  }

  async function open(told, scope) {
    const { access_token: token } = await saas.granted("alice", exchangeOptions(told, scope));
    return connectClient(endpointOf(told.name), { negotiation: told.version === NEW_VERSION ? "pinned" : "default", token, ca: saas.stage.certificates.ca });
  }

  // Of a call for a subject whose account has to be connected anew.
  async function linkOf(told) {
    const { access_token: token } = await saas.granted("alice", exchangeOptions(told));
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: OLD_VERSION, capabilities: {}, clientInfo: { name: "tests", version: "1" } } });
    const { json, text } = await saas.egress.send(new URL(endpointOf(told.name)).pathname, { method: "POST", body,
      headers: { authorization: `Bearer ${token}`, accept: "application/json, text/event-stream", "content-type": "application/json", "content-length": Buffer.byteLength(body) } });
    assert.ok(json.dragoman_interaction_uri !== undefined, text);
    return json.dragoman_interaction_uri;
  }

  async function list(told, scope) {
    const client = await open(told, scope);
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), ["test-tool"]);
    for (const tool of tools) await client.callTool({ name: tool.name, arguments: {} });
    await client.close();
  }

  const special = {
    // The server's challenge comes to the agent as the gateway's own; its person connects the account for more, and the call passes.
    "auth/scope-step-up": async (told) => {
      const client = await open(told);
      await client.listTools();
      await assert.rejects(client.callTool({ name: "test-tool", arguments: {} }), { name: "InsufficientScopeError", requiredScope: "mcp:basic mcp:write" });
      await client.close();
      await connect(told, "mcp:basic mcp:write");
      await list(told, "mcp:basic mcp:write");
    },
    // What is asked for was granted, and the server wants it all the same: that is the end.
    "auth/scope-retry-limit": async (told) => {
      await assert.rejects(async () => {
        const client = await open(told);
        await client.listTools().finally(() => client.close());
      });
    },
    // Another issuer than the settings' is nobody that the gateway goes to, until the administrator says so.
    "auth/authorization-server-migration": async (told) => {
      const client = await open(told);
      const issuer = await logged(anotherIssuer, () => assert.rejects(client.listTools())); // after the one request that connecting was
      await client.close();
      await change(told, await settingsFor(told, issuer));
      await connect(told, undefined, await linkOf(told));
      await list(told);
    },
  };

  const of = { [NEW_VERSION]: [...connected, ...itself].filter((scenario) => !legacy.includes(scenario)), [OLD_VERSION]: both, "2025-03-26": legacy };
  for (const [version, scenarios] of Object.entries(of))
    for (const scenario of scenarios)
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
