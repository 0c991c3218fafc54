// How clients find out where tokens for an MCP server come from: RFC 9728 at the server, RFC 8414 at the gateway.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as oauth from "oauth4webapi";
import { assertFault } from "./kit/faults.js";
import { openGrants } from "./kit/grants.js";
import { trustingFetch } from "./kit/http.js";
import { Stage } from "./kit/stage.js";

const wellKnown = "/.well-known/oauth-protected-resource";

describe("metadata of an MCP server", () => {
  let grants, fetch;
  before(async () => {
    grants = await openGrants({ edit: (documents, stage) => {
      const origin = `https://${stage.gateway.document.spec.egress.listen[0]}`;
      const target = (name, spec) => documents.set(`Target/${name}`, { kind: "Target", metadata: { name }, spec: {
        domain: "corp", scopes: ["x:read"], accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] }, ...spec } });
      const server = { egress: { upstream: "https://127.0.0.1:1/mcp", adapter: "jwt" } };
      target("off", { audiences: [`${origin}/mcp/off`], ...server, mcp: {}, enabled: false });
      target("open", { audiences: [`${origin}/mcp/open`], ...server, mcp: { tools: [{ names: ["*"] }] } });
      target("behind", { audiences: [`${origin}/team/mcp/behind`], ...server, mcp: { prompts: [{ names: ["*"], scopes: ["x:read", "offline_access"] }] }, scopes: ["x:read", "offline_access", "never:named"] });
      target("no-server", { audiences: [`${origin}/mcp/no-server`], ...server });
    } });
    fetch = trustingFetch(grants.stage.certificates.ca);
  });
  after(async () => {
    fetch?.close();
    await grants?.close();
  });

  const get = (path, options) => grants.egress.http.send(path, options);

  test("leads oauth4webapi from the endpoint to the gateway and its grants", async () => {
    const resource = new URL(grants.endpoint);
    const options = { [oauth.customFetch]: fetch };
    const metadata = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource, options));
    assert.deepEqual(metadata, { resource: grants.endpoint, authorization_servers: [grants.gateway.issuer],
      scopes_supported: ["files:read", "files:write"], bearer_methods_supported: ["header"], resource_name: "files" });
    const issuer = new URL(metadata.authorization_servers[0]);
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" }));
    assert.deepEqual(server.grant_types_supported, ["urn:ietf:params:oauth:grant-type:token-exchange", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]);
    assert.deepEqual(server.authorization_grant_profiles_supported, ["urn:ietf:params:oauth:grant-profile:id-jag"]);
  });

  test("names the scopes that its rules name and it offers, never offline_access", async () => {
    assert.equal("scopes_supported" in (await get(`${wellKnown}/mcp/open`)).json, false);
    const { json } = await get(`${wellKnown}/team/mcp/behind`);
    assert.deepEqual([json.resource, json.scopes_supported], [`${grants.egress.origin}/team/mcp/behind`, ["x:read"]]);
    assert.equal((await get(`${wellKnown}/mcp/behind`)).json.resource, json.resource, "what a proxy in front has cut off is not asked for");
  });

  test("is there for servers that are on, at exactly their path", async () => {
    for (const path of ["/mcp/off", "/mcp/no-server", "/mcp/nothing", "/mcp/files/", "/mcp/files/x", "/mcp/FILES", "/files", "/mcp", "/", "", "/xmcp/files", "/other/mcp/files"])
      assertFault(await get(wellKnown + path), "MCP_SERVER_UNKNOWN");
    const answer = await get(`${wellKnown}/mcp/files`, { method: "POST" });
    assertFault(answer, "REQUEST_METHOD");
    assert.equal(answer.headers.allow, "GET, HEAD");
    assertFault(await grants.gateway.http.send(`${wellKnown}/mcp/files`), "REQUEST_PATH"); // the public listener serves none
  });

  test("may be read by scripts of any page and kept for a while, as all that is public", async () => {
    const answers = [await get(`${wellKnown}/mcp/files`, { headers: { origin: "https://elsewhere.example" } }),
      await grants.gateway.http.send("/.well-known/oauth-authorization-server"), await grants.gateway.http.send("/jwks")];
    for (const { status, headers } of answers) {
      assert.deepEqual([status, headers["access-control-allow-origin"]], [200, "*"]);
      assert.match(headers["cache-control"], /^public, max-age=/);
      assert.equal("access-control-allow-credentials" in headers, false);
    }
    assert.equal("access-control-allow-origin" in (await grants.forItself()).headers, false, "tokens are for no page");
  });

  test("of the gateway says nothing of ID-JAGs where no issuer gives any", async () => {
    const stage = await Stage.open();
    try {
      const { json } = await stage.gateway.http.send("/.well-known/oauth-authorization-server");
      assert.equal("authorization_grant_profiles_supported" in json, false);
    } finally {
      await stage.close();
    }
  });
});
