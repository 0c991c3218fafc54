// Tokens at an MCP server behind the gateway, which checks them as the protocol wants: what is shown to it is made for it, and
// nobody's token is passed through in either direction.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decode } from "./kit/forge.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { openMcp } from "./kit/mcp_stage.js";
import { verifierOf } from "./kit/mcp_verify.js";

describe("a server that checks its tokens", () => {
  const servers = {};
  let mcp;
  before(async () => {
    Object.assign(servers, { old: await new OldMcpFixture().start(), new: await new McpFixture().start() });
    mcp = await openMcp({ servers: Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, { upstream: url, resources: [url] }])) });
    for (const server of Object.values(servers)) server.verify = verifierOf(mcp.stage.gateway, { audience: server.url });
  });
  after(async () => {
    await mcp?.close();
    for (const server of Object.values(servers)) {
      server.verify?.close();
      await server.stop();
    }
  });

  for (const [name, connect] of [["old", (token) => mcp.connectOld("old", { token })], ["new", (token) => mcp.connect("new", { token })]]) {
    test(`is shown one that is for it, of whom the call is for and who makes it: the ${name} one`, async () => {
      const token = await mcp.token(name), server = servers[name];
      const client = await connect(token);
      const { content } = await client.callTool({ name: "add", arguments: { a: 3, b: 4 } });
      assert.equal(content[0].text, "7");
      const { claims, headers } = server.last;
      assert.deepEqual([claims.aud, claims.sub, claims.act.sub, claims.client_id], [server.url, "alice", "orders-agent", "orders-agent"]);
      assert.notEqual(headers.authorization, `Bearer ${token}`);
      assert.ok(!server.hasSeen(token) && !server.hasSeen(decode(token).claims.jti), "the agent's own token went on");
    });

    test(`takes no token of an agent's, and the gateway none that was made for it: the ${name} one`, async () => {
      const token = await mcp.token(name), server = servers[name];
      const ask = (url, bearer) => fetch(url, { method: "POST", headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } } }) });
      assert.equal((await ask(server.url, token)).status, 401);
      await mcp.openSession(name, { token });
      const shown = server.last.headers.authorization.slice("Bearer ".length), before = server.requests.length;
      assert.equal((await ask(server.url, shown)).status, 200);
      const refused = await mcp.send(name, { token: shown, message: mcp.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } }) });
      assert.equal(refused.status, 401, refused.text);
      assert.equal(server.requests.length, before + 1);
    });
  }
});
