// Streams of MCP servers through the gateway, byte by byte: however a server cuts them, what arrives is each event once, as soon as
// it is there; what a client does not take holds the server back; and a half that ends takes the other with it.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { eventsOf, openMcp } from "./kit/mcp_stage.js";

const KEEP_ALIVE_MS = 1000, EVENT_BYTES = 65536;
const result = (id, words = "done") => ({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: words }], resultType: "complete" } });
const progress = (step) => ({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 1, progress: step } });

describe("a stream through the gateway", () => {
  const servers = {}, tokens = {};
  let mcp;
  before(async () => {
    Object.assign(servers, { old: await new OldMcpFixture().start(), new: await new McpFixture({ keepAliveMs: 0 }).start() });
    mcp = await openMcp({ gateway: { mcp: { keepAlive: "1s", stallTimeout: "2s", eventBytes: EVENT_BYTES } },
      servers: Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, { upstream: url }])) });
    for (const name of Object.keys(servers)) {
      tokens[name] = await mcp.token(name);
      servers[name].session = await mcp.openSession(name, { token: tokens[name] });
      await mcp.sendOld(name, servers[name].session, "tools/list");
    }
  });
  after(async () => {
    await mcp?.close();
    for (const server of Object.values(servers)) await server.stop();
  });
  beforeEach(() => {
    for (const server of Object.values(servers)) server.behave(undefined);
  });

  // A call at the new server, which answers it as write says; the rest of its requests as always.
  const answered = async (write, { head = { "content-type": "text/event-stream" } } = {}) => {
    servers.new.behave(async ({ method, body }, request, response) => {
      const message = method === "POST" ? JSON.parse(body) : {};
      if (message.method !== "tools/call") return false;
      response.writeHead(200, head);
      response.flushHeaders();
      await write(response, message);
      return true;
    });
    const { message, headers } = mcp.newMessage("tools/call", { name: "echo", arguments: {}, _meta: { progressToken: 1 } });
    return Object.assign(await mcp.open("new", { token: tokens.new, method: "POST", message, headers }), { id: message.id });
  };

  test("brings every event once, whatever pieces and line ends it comes in", async () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const stream = await answered(async (response, { id }) => {
        const lines = [": a comment", "id: 1", "data: ", "", "event: message", "id: 2", `data: ${JSON.stringify(progress(1))}`, "", "retry: 700", "id: 3",
          ...JSON.stringify(progress(2), null, 1).split("\n").map((line) => `data: ${line}`), "", `data:${JSON.stringify(result(id, "ä€😀"))}`, "", ""];
        for (const byte of Buffer.from(lines.join(end))) {
          response.write(Buffer.of(byte));
          if (byte % 7 === 0) await delay(1);
        }
        response.end();
      });
      await stream.ended;
      assert.deepEqual(stream.messages.map(({ params, result: done }) => params?.progress ?? done?.content[0].text), [1, 2, "ä€😀"], `${JSON.stringify(end)}: ${stream.text}`);
    }
  });

  test("brings an event as soon as it is there, and a comment where it is silent", async () => {
    let go;
    const stream = await answered(async (response, { id }) => {
      response.write(`data: ${JSON.stringify(progress(1))}\n\n`);
      await new Promise((done) => (go = done));
      response.end(`data: ${JSON.stringify(result(id))}\n\n`);
    });
    await until(() => stream.messages.length === 1, "the first event", 1000);
    await until(() => /^:/m.test(stream.text), () => `a comment keeps it alive: ${stream.text}`, 4 * KEEP_ALIVE_MS);
    assert.equal(stream.isEnded, false);
    go();
    await stream.ended;
    assert.equal(stream.messages.length, 2);
  });

  test("ends with an error for its call where the server breaks off, says too much or what is no message", async () => {
    const endings = { breaks: (response) => response.write(`data: ${JSON.stringify(progress(1))}\n\ndata: {"jso`, () => response.socket.destroy()),
      floods: (response) => response.write(`data: "${"x".repeat(2 * EVENT_BYTES)}`), lies: (response) => response.write("data: {]\n\n"),
      ends: (response) => response.end(`data: ${JSON.stringify(progress(1))}\n\n`) };
    for (const [name, write] of Object.entries(endings)) {
      const stream = await answered(async (response) => void write(response));
      await Promise.race([stream.ended, delay(5000)]);
      assert.ok(stream.isEnded, name);
      const last = stream.messages.at(-1) ?? (stream.text === "" ? {} : JSON.parse(stream.text));
      assert.deepEqual([last.id, last.error?.code], [stream.id, -32603], `${name}: ${stream.status} ${stream.text.slice(0, 300)}`);
      assert.ok(!stream.text.includes("xxxx"), name);
    }
  });

  test("is taken up again where it was cut, with nothing lost and nothing twice", async () => {
    const { session } = servers.old, headers = mcp.headersOf(session);
    const first = await mcp.open("old", { token: tokens.old, method: "POST", headers, message: mcp.request("tools/call", { name: "slow", arguments: { steps: 6, everyMs: 150 }, _meta: { progressToken: 1 } }) });
    await until(() => first.messages.length === 2, "two events");
    const lastId = eventsOf(first.text).at(-1).id;
    first.close();
    // A server may take the stream for one that is open still; clients ask again.
    const second = await until(async () => {
      const again = await mcp.open("old", { token: tokens.old, headers: { ...headers, "last-event-id": lastId } });
      return again.status === 200 && again;
    }, "it is taken up", 3000);
    await until(() => second.messages.some(({ result: done }) => done !== undefined), () => `the result: ${second.status} ${second.text}`);
    second.close();
    assert.deepEqual([...first.messages, ...second.messages].map(({ params, result: done }) => params?.progress ?? done.content[0].text), [1, 2, 3, 4, 5, 6, "6 steps"]);
  });

  test("that its client leaves ends at the server in the new generation, where that is a cancel", async () => {
    const { message, headers } = mcp.newMessage("tools/call", { name: "slow", arguments: { steps: 1000, everyMs: 20 }, _meta: { progressToken: 1 } });
    const stream = await mcp.open("new", { token: tokens.new, method: "POST", message, headers });
    await until(() => stream.messages.length > 2, "it runs");
    const { last } = servers.new, at = Date.now();
    stream.close();
    await until(() => last.isClosed, "the server's half ends", 2000);
    assert.ok(last.closedAt - at < 1000, `${last.closedAt - at} ms`);
  });

  test("holds the server back while its client takes nothing, and ends when that lasts", async () => {
    let written = 0;
    const stream = await answered(async (response) => {
      const event = `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x".repeat(8000) } })}\n\n`;
      for (let i = 0; i < 8000 && !response.destroyed; i++) {
        const isTaken = response.write(event);
        written += event.length;
        if (!isTaken) await Promise.race([new Promise((done) => response.once("drain", done).once("close", done)), delay(6000)]);
      }
    });
    stream.response.pause();
    await delay(1200);
    const held = written;
    assert.ok(held < 24 * 1024 * 1024, `${held} bytes`);
    await delay(300);
    assert.ok(written - held < 1024 * 1024, `${written - held} bytes more`);
    const kept = servers.new.last;
    await until(() => kept.isClosed, "it is dropped", 8000);
    stream.close();
  });
});
