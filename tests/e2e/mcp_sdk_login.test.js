// The official SDKs find their way by themselves: from an endpoint's 401 to the gateway's metadata, a token for the client
// itself (client credentials), and again for more scopes, at a gateway where nobody logs in by a browser.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ClientCredentialsProvider } from "@modelcontextprotocol/client";
import { ClientCredentialsProvider as OldProvider } from "@modelcontextprotocol/sdk/client/auth-extensions.js";
import { programs, run } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { openMcp } from "./kit/mcp_stage.js";

describe("an SDK's client with a secret", () => {
  let server, mcp;
  before(async () => {
    server = await new McpFixture().start();
    mcp = await openMcp({ servers: { files: { upstream: server.url, accepts: { issuers: ["cluster"], clients: ["orders-agent"], clientCredentials: true },
      mcp: { tools: [{ names: ["echo"], scopes: ["files:read"] }, { names: ["add"], scopes: ["files:write"] }], resources: [], prompts: [] } } },
    edit: (documents) => documents.set("Domain/local", { kind: "Domain", metadata: { name: "local" }, spec: { leavesFor: ["corp", "partner"] } }) });
  });
  after(async () => {
    await mcp?.close();
    await server?.stop();
  });

  // SDK 1 asks for the scopes that it was given, SDK 2 for those of the challenge.
  const providers = { old: [OldProvider, { scope: "files:read files:write" }], new: [ClientCredentialsProvider, {}] };
  for (const [name, [Provider, more]] of Object.entries(providers)) {
    test(`gets its tokens and calls what they are for: the ${name} one`, async () => {
      const authProvider = new Provider({ clientId: "orders-agent", clientSecret: mcp.stage.secrets["orders-agent"], expectedIssuer: mcp.stage.gateway.issuer, ...more });
      const client = await (name === "old" ? mcp.connectOld("files", { transport: { authProvider } }) : mcp.connect("files", { transport: { authProvider } }));
      assert.deepEqual((await client.listTools()).tools.map((tool) => tool.name).sort(), ["add", "echo"]);
      assert.equal((await client.callTool({ name: "add", arguments: { a: 1, b: 2 } })).content[0].text, "3");
    });
  }

  test("is what this gateway has: dragoman mcp connect says that nobody logs in", async () => {
    const begin = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "desk", version: "1" } } };
    const { errors } = await run(programs.dragoman, ["mcp", "connect", mcp.endpoint("files"), "--no-browser"], { input: `${JSON.stringify(begin)}\n`,
      env: { ...process.env, HOME: "/nowhere", DRAGOMAN_CA_FILE: mcp.stage.certificates.authorityFile, NO_COLOR: "1" } });
    assert.match(errors.replace(/\s+/g, " "), /it logs nobody in for programs/);
  });
});
