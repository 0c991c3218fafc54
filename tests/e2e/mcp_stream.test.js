// Answers of MCP servers that are streams: event by event, kept alive, held back, cut, resumed, killed.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { decode } from "./kit/forge.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { McpHost } from "./kit/mcp_host.js";
import { eventsOf, openMcp } from "./kit/mcp_stage.js";

const events = (response, headers = {}) => {
  response.writeHead(200, { "content-type": "text/event-stream", ...headers });
  response.flushHeaders();
};
const data = (message) => `data: ${JSON.stringify(message)}\n\n`;
const progress = (n) => ({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 1, progress: n } });
const until = async (condition, forMs = 5000) => {
  for (const end = Date.now() + forMs; !condition() && Date.now() < end;) await delay(10);
  assert.ok(condition(), "in time");
};

describe("an answer that is a stream", () => {
  let mcp, fixture, old, raw, token;
  before(async () => {
    [fixture, old, raw] = [await new McpFixture().start(), await new OldMcpFixture({ retryMs: 50 }).start(), await new McpHost().start()];
    mcp = await openMcp({ gateway: { mcp: { eventBytes: 65536, answerBytes: 65536, keepAlive: "1s", stallTimeout: "2s", callTimeout: "4s" } },
      servers: { fixture: { upstream: fixture.url }, old: { upstream: old.url }, raw: { upstream: raw.url, egress: { firstByteTimeout: "2s" }, mcp: { streamsAtOnce: 4 } }, curious: { upstream: raw.url, mcp: { serverRequests: [] } } } });
    token = { fixture: await mcp.token("fixture"), old: await mcp.token("old"), raw: await mcp.token("raw") };
  });
  after(async () => {
    await mcp?.close();
    for (const server of [fixture, old, raw]) await server?.stop();
  });
  beforeEach(() => raw.behave(undefined));

  // A call of the raw server in the new generation, whose answer is read as it comes. told(kept, response, id) is what the server does.
  async function stream(told, method = "prompts/get") {
    const made = mcp.newMessage(method, method === "prompts/get" ? { name: "x" } : {});
    let kept;
    raw.behave((request, _, response) => ((kept = request), told(request, response, JSON.parse(request.body).id), true));
    const opened = await mcp.open("raw", { token: token.raw, method: "POST", message: made.message, headers: made.headers });
    return Object.assign(opened, { kept, id: made.message.id });
  }
  const result = (id) => ({ jsonrpc: "2.0", id, result: { resultType: "complete", messages: [] } });

  test("passes event by event, whatever pieces it comes in", async () => {
    let go;
    const opened = await stream(async (kept, response, id) => {
      events(response);
      response.write(": hello\n\nretry: 50\n\n");
      response.write(data(progress(1)));
      await new Promise((done) => (go = done));
      const rest = `event: message\r\ndata: {"jsonrpc":"2.0",\r\ndata: "method":"notifications/progress","params":{"progressToken":1,"progress":2}}\r\n\r\n${data(result(id))}`;
      for (const byte of Buffer.from(rest)) {
        response.write(Buffer.from([byte]));
        if (byte % 16 === 0) await delay(1);
      }
      response.end();
    });
    await until(() => opened.messages.length === 1);
    assert.deepEqual([opened.headers["content-type"], opened.headers["x-accel-buffering"], opened.headers["content-length"]], ["text/event-stream", "no", undefined]);
    go();
    await opened.ended;
    assert.deepEqual(opened.messages, [progress(1), progress(2), result(opened.id)]);
    assert.equal(opened.error, undefined);
  });

  test("begins with its record: nothing comes of a call before that is durable", async () => {
    const opened = await stream((kept, response, id) => (events(response), response.end(data(result(id)))));
    await opened.ended;
    const { json: { records } } = await mcp.stage.gateway.admin("/v1/records?limit=5");
    assert.ok(records.some(({ id }) => id === opened.headers["dragoman-exchange"]));
  });

  test("is kept alive by comments while it is silent", async () => {
    const opened = await stream(async (kept, response, id) => {
      events(response);
      await delay(2500);
      response.end(data(result(id)));
    });
    await opened.ended;
    assert.ok(opened.text.split(": keep-alive\n\n").length >= 3, opened.text);
    assert.deepEqual(opened.messages, [result(opened.id)]);
  });

  test("ends with an error of its own id where the server breaks it, and says nothing of the server's", async () => {
    for (const [i, told] of [(response) => response.write("data: {secret\n\n"), (response) => response.write(data([progress(1)])), (response) => response.write(`data: ${"x".repeat(70000)}`),
      (response) => response.write(`${"x".repeat(70000)}`), (response) => response.socket.destroy(), (response) => response.end(), (response) => response.end('data: {"jsonrpc":"2.0","secr'),
      (response) => response.write(Buffer.from([...Buffer.from("data: "), 0xff, 0xfe, 10, 10])), (response) => response.write(data({ jsonrpc: "2.0", id: "another", result: { secret: 1 } })),
      (response) => response.write(data({ jsonrpc: "2.0", id: 1, method: "sampling/createMessage", params: { secret: 1 } }))].entries()) {
      const opened = await stream(async (kept, response) => {
        events(response);
        response.write(data(progress(1)));
        await delay(20);
        told(response);
      });
      await opened.ended;
      assert.deepEqual(opened.messages.map(({ method, id, error }) => method ?? [id, error?.code]), ["notifications/progress", [opened.id, -32603]], `${i}: ${opened.text}`);
      assert.ok(!opened.text.includes("secret"), `${i}`);
      await until(() => opened.kept.isClosed);
    }
  });

  test("never shows the credential that went on", async () => {
    const opened = await stream((kept, response, id) => {
      events(response);
      response.write(data({ ...result(id), result: { resultType: "complete", text: kept.headers.authorization.slice(7) } }));
    });
    await opened.ended;
    assert.ok(!opened.text.includes(opened.kept.headers.authorization.slice(7)));
    assert.equal(opened.messages.at(-1).error.code, -32603);
    for (const field of ["id", "event"]) {
      const other = await stream((kept, response, id) => (events(response), response.write(`${field}: ${kept.headers.authorization.slice(7)}\n${data(result(id))}`)));
      await other.ended;
      assert.ok(!other.text.includes(other.kept.headers.authorization.slice(7)), field);
    }
  });

  test("ends where a server asks again and again what it may not ask", async () => {
    const shown = await mcp.token("curious");
    let asked = 0, refused = 0;
    raw.behave((kept, request, response) => {
      const { method, id, params, error } = kept.method === "POST" ? JSON.parse(kept.body) : {};
      if (error !== undefined) refused++;
      if (method === "initialize") response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "s-2" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "raw", version: "1" } } }));
      else if (method === "prompts/get") {
        events(response);
        while (asked < 100) response.write(data({ jsonrpc: "2.0", id: `q${asked++}`, method: "sampling/createMessage", params: {} }));
      } else response.writeHead(202).end();
      return true;
    });
    const session = await mcp.openSession("curious", { token: shown }), answer = await mcp.sendOld("curious", session, "prompts/get", { name: "x" });
    assert.deepEqual(answer.messages.map(({ method, error }) => method ?? error.code), [-32603]);
    await until(() => refused === 64);
  });

  test("is refused where the server does not begin it in time, and ended where it does not end it", async () => {
    const made = mcp.newMessage("prompts/get", { name: "x" });
    raw.behave(() => true);
    const began = Date.now(), slow = await mcp.send("raw", { token: token.raw, message: made.message, headers: made.headers });
    assert.deepEqual([slow.status, slow.json.error.code], [504, -32603], slow.text);
    assert.ok(Date.now() - began < 4000);
    let timer;
    const opened = await stream((kept, response) => {
      events(response);
      timer = setInterval(() => response.write(data(progress(1))), 200); // progress prolongs nothing
    });
    const ended = await opened.ended;
    clearInterval(timer);
    assert.ok(ended - began < 12000);
    assert.equal(opened.messages.at(-1).error.code, -32603);
    await until(() => opened.kept.isClosed);
  });

  test("holds the server back while the client takes nothing, and is dropped when that lasts", async () => {
    let sent = 0;
    const opened = await stream(async (kept, response) => {
      events(response);
      const piece = data({ ...progress(1), params: { progressToken: 1, progress: 1, message: "x".repeat(30000) } });
      const write = () => {
        for (let more = true; more && !kept.isClosed;) {
          more = response.write(piece);
          sent += piece.length;
        }
      };
      response.on("drain", write);
      write();
    }, "subscriptions/listen");
    opened.response.pause();
    await delay(1000);
    const held = sent;
    await delay(500);
    assert.equal(sent, held, "it went on");
    assert.ok(held < 16 * 1024 * 1024, `${held}`);
    await until(() => opened.kept.isClosed, 6000);
    opened.close();
  });

  test("may be as long as it likes where the client takes it: nothing of it is kept", async () => {
    const total = 64 * 1024 * 1024, piece = data({ ...progress(1), params: { progressToken: 1, progress: 1, message: "x".repeat(60000) } });
    let taken = 0;
    const opened = await stream((kept, response) => {
      let sent = 0;
      events(response);
      const write = () => {
        while (sent < total) {
          sent += piece.length;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on("drain", write);
      write();
    }, "subscriptions/listen");
    opened.response.removeAllListeners("data");
    opened.response.on("data", (part) => (taken += part.length));
    await opened.ended;
    assert.ok(taken >= total, `${taken}`);
  });

  test("is cancelled at the server when its client has left", async () => {
    const opened = await stream((kept, response) => (events(response), response.write(data(progress(1)))));
    await until(() => opened.messages.length === 1);
    opened.close();
    await until(() => opened.kept.isClosed, 3000);
  });

  test("is one of so many at a time", async () => {
    const fresh = await mcp.token("raw");
    raw.behave((kept, request, response) => (events(response), true));
    const made = () => mcp.newMessage("subscriptions/listen", {});
    const open = () => ((one) => mcp.open("raw", { token: fresh, method: "POST", message: one.message, headers: one.headers }))(made());
    const opened = await Promise.all([open(), open(), open(), open()]);
    const more = await open();
    assert.equal(more.status, 429);
    opened[0].close(); // which nobody announces on HTTP/1.1: it is noticed within a second
    let again;
    for (const end = Date.now() + 4000; again?.status !== 200 && Date.now() < end; await delay(100)) {
      again?.close();
      again = await open();
    }
    assert.equal(again.status, 200);
    for (const one of [...opened, more, again]) one.close();
  });

  test("ends at both sides within 250 ms of a kill of its credential, its tree, its subject, its client or its server", async () => {
    const kills = { lease: ({ dragoman_exchange: id }) => ["lease", id], root: ({ access_token: shown }) => ["root", JSON.parse(Buffer.from(shown.split(".")[1], "base64url")).txn], subject: () => ["subject", `${mcp.stage.corp.identifier} zoe-subject`], client: () => ["client", "partner-api"] };
    for (const [name, thing] of Object.entries(kills)) {
      const credential = await mcp.credential("raw", { subject_token: mcp.stage.userToken({ sub: `zoe-${name}`, scope: "files:read" }) }, { auth: mcp.stage.authOf("partner-api") });
      let kept;
      raw.behave((request, _, response) => ((kept = request), events(response), true));
      const made = mcp.newMessage("subscriptions/listen", {});
      const opened = await mcp.open("raw", { token: credential.access_token, method: "POST", message: made.message, headers: made.headers });
      await delay(200);
      assert.equal((await mcp.stage.gateway.kill(...thing(credential))).status, 200, name);
      const at = Date.now();
      const ended = await opened.ended;
      await until(() => kept.isClosed, 1000);
      console.log(`the client's stream ended ${ended - at} ms after the kill of its ${name} was answered`);
      assert.ok(ended - at <= 250, `${name}: ${ended - at} ms`);
    }
  });

  // -- the older protocol

  const openStream = (session, headers = {}) => mcp.open("old", { token: session.token, headers: { ...mcp.headersOf(session), ...headers } });

  test("is a session's own, in the older protocol, for what the server says unasked", async () => {
    const session = await mcp.openSession("old", { token: token.old }), opened = await openStream(session);
    assert.equal(opened.status, 200);
    await mcp.sendOld("old", session, "tools/call", { name: "test_trigger_tool_change", arguments: {} });
    await until(() => opened.messages.length === 1);
    assert.equal(opened.messages[0].method, "notifications/tools/list_changed");
    opened.close();
  });

  test("is resumed where it was cut, with nothing lost and nothing twice", async () => {
    const session = await mcp.openSession("old", { token: token.old });
    const opened = await mcp.open("old", { token: token.old, method: "POST", headers: mcp.headersOf(session),
      message: { jsonrpc: "2.0", id: 5, method: "tools/call", params: { name: "slow", arguments: { steps: 4, everyMs: 100 }, _meta: { progressToken: 1 } } } });
    await until(() => opened.messages.length >= 2);
    opened.close();
    const before = eventsOf(opened.text).filter(({ data: said }) => said !== "");
    await delay(600); // the call goes on at the server: a lost connection is no cancellation
    const resumed = await openStream(session, { "last-event-id": before.at(-1).id });
    await until(() => resumed.messages.some(({ id }) => id === 5));
    resumed.close();
    const all = [...before.map(({ data: said }) => JSON.parse(said)), ...resumed.messages];
    assert.deepEqual(all.filter(({ method }) => method === "notifications/progress").map(({ params }) => params.progress), [1, 2, 3, 4]);
    assert.equal(all.filter(({ id }) => id === 5).length, 1);
  });

  test("shows no more of a list when that is read back than when it is asked for", async () => {
    const narrow = await mcp.token("raw"), id = 3;
    raw.behave((kept, request, response) => {
      const { method, id: asked, params } = kept.method === "POST" ? JSON.parse(kept.body) : {};
      if (method === "initialize") response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "s-1" }).end(JSON.stringify({ jsonrpc: "2.0", id: asked, result: { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "raw", version: "1" } } }));
      else if (kept.method === "POST") response.writeHead(202).end();
      else {
        events(response);
        response.write(`id: s-1~1\n${data({ jsonrpc: "2.0", id, result: { tools: [{ name: "a b\u202e", inputSchema: { type: "object" } }, { name: "fine", inputSchema: { type: "object" } }] } })}`);
      }
      return true;
    });
    const session = await mcp.openSession("raw", { token: narrow });
    const opened = await mcp.open("raw", { token: narrow, headers: { ...mcp.headersOf(session), "last-event-id": "s-1~0" } });
    await until(() => opened.messages.length === 1);
    assert.deepEqual(opened.messages[0].result.tools.map(({ name }) => name), ["fine"]);
    opened.close();
  });

  test("tells the server of a kill: the call is cancelled and the session ended", async () => {
    const credential = await mcp.credential("old"), session = await mcp.openSession("old", { token: credential.access_token });
    const opened = await mcp.open("old", { token: credential.access_token, method: "POST", headers: mcp.headersOf(session),
      message: { jsonrpc: "2.0", id: 5, method: "tools/call", params: { name: "slow", arguments: { steps: 50, everyMs: 100 }, _meta: { progressToken: 1 } } } });
    await until(() => opened.messages.length >= 1);
    const own = old.last.headers["mcp-session-id"], before = old.methods.length;
    assert.equal((await mcp.stage.gateway.kill("root", decode(credential.access_token).claims.txn)).status, 200);
    await opened.ended;
    await until(() => old.ended.includes(own));
    assert.deepEqual(old.methods.slice(before).sort(), ["DELETE", "notifications/cancelled"]);
  });
});
