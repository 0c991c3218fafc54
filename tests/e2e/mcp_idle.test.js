// Streams that are open for long and mostly silent: what they leave to everybody else, and that what is decided in their course
// is decided as at their beginning.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { until } from "./kit/machine.js";
import { McpHost } from "./kit/mcp_host.js";
import { mcpTarget, openMcp } from "./kit/mcp_stage.js";

const data = (message) => `data: ${JSON.stringify(message)}\n\n`;
const updated = (uri) => ({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } });
const policies = `permit (principal, action == Action::"exchange", resource);
  permit (principal, action in Action::"mcp", resource);
  forbid (principal, action == Action::"read_resource", resource == Resource::"quiet/file:///docs/secret.md");
  forbid (principal, action == Action::"call_tool", resource == Tool::"quiet/hidden") when { !context.subject.is_actor };`;

describe("a stream that is open for long", () => {
  let mcp, host, told, token;
  before(async () => {
    host = await new McpHost().start();
    mcp = await openMcp({ gateway: { limits: { threads: 1, streams: 3, requestsInFlight: 2 } },
      servers: { quiet: { upstream: host.url, mcp: { streamsAtOnce: 64 } } },
      edit: (documents) => documents.set("Policy/mcp", { kind: "Policy", metadata: { name: "mcp" }, spec: { policies } }) });
    token = await mcp.token("quiet");
  });
  after(async () => {
    await mcp?.close();
    await host?.stop();
  });
  beforeEach(() => {
    told = [];
    host.behave((kept, request, response) => {
      const { method, id, params } = kept.method === "POST" ? JSON.parse(kept.body) : {};
      if (method === "subscriptions/listen" || kept.method === "GET") {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(data({ jsonrpc: "2.0", method: "notifications/tools/list_changed" }));
        told.push({ response, kept, id });
      } else if (method === "initialize") {
        response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "s-1" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "quiet", version: "1" } } }));
      } else if (id !== undefined) {
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: { resultType: "complete", messages: [], tools: [] } }));
      } else response.writeHead(202).end();
      return true;
    });
  });

  const listen = async (name = "quiet") => {
    const { message, headers } = mcp.newMessage("subscriptions/listen", { notifications: { toolsListChanged: true } });
    const opened = await mcp.open(name, { token, method: "POST", message, headers });
    if (opened.status === 200) await until(() => opened.messages.length === 1);
    return Object.assign(opened, { id: message.id, told: told.at(-1) });
  };
  const close = async (streams) => {
    for (const stream of streams) stream.close();
    await until(() => told.every(({ kept }) => kept.isClosed));
  };

  test("takes the place of no request, and is refused where there are as many as may be", async () => {
    const streams = [await listen(), await listen(), await listen()];
    for (let i = 0; i < 3; i++) {
      await mcp.token("quiet", {}, { claims: { sub: `other-${i}` } });
      assert.equal((await mcp.sendNew("quiet", "prompts/get", { name: "x" }, { token })).status, 200);
    }
    const refused = await listen();
    assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "1"]);
    assert.equal(told.length, 3, "its server is not asked");
    streams[0].close();
    await until(() => told[0].kept.isClosed);
    const again = await listen();
    assert.equal(again.status, 200);
    await close([...streams, again]);
  });

  test("is told of what its caller may use alone, by the policies of its beginning", async () => {
    const stream = await listen();
    for (const uri of ["file:///docs/a.md", "file:///docs/secret.md", "file:///docs/b.md"]) stream.told.response.write(data(updated(uri)));
    await until(() => stream.messages.length === 3);
    assert.deepEqual(stream.messages.slice(1), [updated("file:///docs/a.md"), updated("file:///docs/b.md")]);
    await close([stream]);
  });

  test("ends with its answer, and with an error of its own id where there is none", async () => {
    const [one, other] = [await listen(), await listen()];
    one.told.response.end(data({ jsonrpc: "2.0", id: one.told.id, result: { resultType: "complete" } }));
    other.told.response.destroy();
    await Promise.all([one.ended, other.ended]);
    assert.deepEqual(one.messages.at(-1), { jsonrpc: "2.0", id: one.id, result: { resultType: "complete" } });
    assert.deepEqual([other.messages.at(-1).id, other.messages.at(-1).error.code], [other.id, -32603]);
  });

  test("shows of what it is asked again for, and of what its server asks, what is permitted", async () => {
    const session = await mcp.openSession("quiet", { token }), stream = await mcp.open("quiet", { token, headers: mcp.headersOf(session) });
    await until(() => stream.messages.length === 1);
    const { response } = told.at(-1), schema = { type: "object" };
    response.write(data({ jsonrpc: "2.0", id: 7, method: "roots/list" }));
    response.write(data({ jsonrpc: "2.0", id: 1, result: { tools: [{ name: "seen", inputSchema: schema }, { name: "hidden", inputSchema: schema }] } }));
    await until(() => stream.messages.length === 3);
    assert.equal(stream.messages[1].method, "roots/list");
    assert.deepEqual(stream.messages[2].result.tools.map(({ name }) => name), ["seen"]);
    await close([stream]);
  });

  test("ends when its subject is killed, or the target is switched off", async () => {
    const shown = await mcp.credential("quiet", {}, { claims: { sub: "bob" } });
    token = shown.access_token;
    const stream = await listen(), record = await mcp.stage.gateway.record(shown.dragoman_exchange);
    assert.equal((await mcp.stage.gateways[0].kill("subject", `${record.subject.iss} ${record.subject.sub}`)).status, 200);
    await stream.ended;
    const target = mcpTarget("other", mcp.port, { upstream: host.url });
    await mcp.stage.gateway.apply(target);
    token = await mcp.token("other");
    const other = await listen("other");
    await mcp.stage.gateway.apply({ ...target, spec: { ...target.spec, enabled: false } });
    await other.ended;
  });
});
