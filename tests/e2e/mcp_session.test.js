// Sessions of the older protocol: whose they are, what ends them, what goes on in them.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { until } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { McpHost } from "./kit/mcp_host.js";
import { openMcp } from "./kit/mcp_stage.js";

const unknown = { jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } };

describe("a session of the older protocol", () => {
  let mcp, old, four, stateless, other, token;
  before(async () => {
    [old, four, stateless, other] = [await new OldMcpFixture().start(), await new OldMcpFixture({ statusOfUnknown: 400 }).start(), await new McpFixture().start(), await new McpHost().start()];
    mcp = await openMcp({ gateway: { mcp: { keepAlive: "1s" } }, servers: { old: { upstream: old.url }, twin: { upstream: old.url }, hasty: { upstream: old.url, mcp: { sessionIdle: "4s" } }, short: { upstream: old.url, mcp: { sessionLifetime: "4s" } }, four: { upstream: four.url }, stateless: { upstream: stateless.url }, other: { upstream: other.url, adapter: "jwt" } } });
    token = await mcp.token("old");
  });
  after(async () => {
    await mcp?.close();
    for (const server of [old, four, stateless, other]) await server?.stop();
  });

  const list = (session, shown = session.token, name = "old", headers = {}) =>
    mcp.send(name, { token: shown, message: { jsonrpc: "2.0", id: 7, method: "tools/list", params: {} }, headers: { ...mcp.headersOf(session), ...headers } });
  const isUnknown = (answer) => assert.deepEqual([answer.status, answer.json], [404, unknown], answer.text);
  const leaseOf = async (session) => {
    const { json } = await mcp.stage.gateway.admin("/v1/records?limit=30");
    return json.records.find(({ call }) => call?.method === "tools/list" && call.session !== undefined && call.session !== session.skip)?.call.session;
  };

  test("has an id of the gateway's, and the server's own is seen by nobody", async () => {
    const session = await mcp.openSession("old", { token });
    assert.match(session.session, /^[A-Za-z0-9_-]{43}$/);
    assert.ok(!old.hasSeen(session.session));
    const answer = await list(session);
    assert.deepEqual([answer.status, answer.headers["mcp-session-id"]], [200, undefined]);
    assert.ok(old.sessions.has(old.last.headers["mcp-session-id"]));
    assert.ok(!answer.text.includes(old.last.headers["mcp-session-id"]));
  });

  test("goes on with a renewed token, and over another connection", async () => {
    const session = await mcp.openSession("old", { token });
    assert.equal((await list(session, await mcp.token("old"))).status, 200);
  });

  test("is as unknown as one that never was to another subject, client, chain or server", async () => {
    const session = await mcp.openSession("old", { token }), before = old.requests.length;
    const bob = await mcp.token("old", { subject_token: mcp.stage.userToken({ sub: "bob", scope: "files:read" }) });
    const chained = await mcp.token("old", { actor_token: mcp.stage.userToken({ sub: "bot" }), actor_token_type: "urn:ietf:params:oauth:token-type:access_token" });
    const partner = await mcp.token("old", {}, { auth: mcp.stage.authOf("partner-api") });
    for (const foreign of [bob, partner, chained]) isUnknown(await list(session, foreign));
    isUnknown(await list(session, mcp.stage.platformToken())); // the agent alone, without whom it acts for
    isUnknown(await list(session, await mcp.token("twin"), "twin"));
    const doubled = await list(session, token, "old", { "mcp-session-id": [session.session, session.session] });
    assert.equal(doubled.status, 400, doubled.text);
    for (const never of ["A".repeat(43), "x", `${session.session.slice(0, -2)}${session.session.endsWith("AA") ? "BA" : "AA"}`, "%00", "a b"]) isUnknown(await list({ session: never, version: session.version }, token));
    assert.equal(old.requests.length, before);
    assert.equal((await list(session)).status, 200);
  });

  test("is wanted by every message but the one that begins it", async () => {
    const answer = await list({ version: "2025-11-25" }, token);
    assert.equal(answer.status, 400, answer.text);
    assert.equal((await mcp.send("old", { token, method: "GET", headers: { accept: "text/event-stream" } })).status, 400);
    assert.equal((await mcp.send("old", { token, method: "GET", headers: { accept: "text/event-stream", "mcp-protocol-version": "2026-07-28" } })).status, 405);
  });

  test("is over at the server as well when its client ends it", async () => {
    const session = await mcp.openSession("old", { token });
    await list(session);
    const own = old.last.headers["mcp-session-id"];
    const epoch = async () => (await mcp.stage.gateway.http.send("/readyz")).json.epoch, before = await epoch();
    // The server takes its time; meanwhile every loop here knows that the session is over.
    old.behave(async ({ method }) => {
      if (method === "DELETE") await until(async () => (await epoch()) > before, "the end is in effect");
      if (method === "DELETE") await delay(100);
    });
    assert.equal((await mcp.send("old", { token, method: "DELETE", headers: mcp.headersOf(session) })).status, 200);
    old.behave(undefined);
    assert.ok(old.ended.includes(own));
    isUnknown(await list(session));
    isUnknown(await mcp.send("old", { token, method: "DELETE", headers: mcp.headersOf(session) }));
  });

  test("is over when its lease is ended, whatever credential is shown", async () => {
    const session = await mcp.openSession("old", { token });
    assert.equal((await list(session)).status, 200);
    const lease = await leaseOf({});
    assert.equal((await mcp.stage.gateway.kill("lease", lease)).status, 200);
    isUnknown(await list(session));
    isUnknown(await list(session, await mcp.token("old")));
  });

  test("is over when the server does not know it any more, whether it says so by 404 or by 400", async () => {
    for (const [name, server] of [["old", old], ["four", four]]) {
      const session = await mcp.openSession(name, { token: await mcp.token(name) });
      assert.equal((await list(session, session.token, name)).status, 200);
      await server.sessions.get(server.last.headers["mcp-session-id"]).transport.close();
      isUnknown(await list(session, session.token, name));
      const before = server.requests.length;
      isUnknown(await list(session, session.token, name));
      assert.equal(server.requests.length, before);
    }
  });

  test("is not over because the server finds fault with one message of it", async () => {
    const session = await mcp.openSession("other", { token: await (async () => {
      other.behave((kept, request, response) => {
        const { id, method, params } = JSON.parse(kept.body);
        if (id === undefined) response.writeHead(202).end();
        else if (method === "prompts/get") response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32602, message: "bad arguments" } }));
        else response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "upstream-9" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: method === "initialize" ? { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "raw", version: "1" } } : {} }));
        return true;
      });
      return mcp.token("other");
    })() });
    const answer = await mcp.sendOld("other", session, "prompts/get", { name: "x" });
    assert.deepEqual([answer.status, answer.json.error.message], [400, "bad arguments"]);
    assert.equal((await mcp.sendOld("other", session, "ping", {})).status, 200);
  });

  test("is one also where the server has none, and is pinned all the same", async () => {
    const session = await mcp.openSession("stateless", { token: await mcp.token("stateless") });
    assert.match(session.session, /^[A-Za-z0-9_-]{43}$/);
    assert.equal((await list(session, session.token, "stateless")).status, 200);
    assert.equal(stateless.last.headers["mcp-session-id"], undefined);
    isUnknown(await list(session, await mcp.token("stateless", { subject_token: mcp.stage.userToken({ sub: "bob", scope: "files:read" }) }), "stateless"));
  });

  test("is recorded with what began it, and is a lease among others", async () => {
    const session = await mcp.openSession("old", { token });
    await list(session);
    const { json: { records } } = await mcp.stage.gateway.admin("/v1/records?limit=10");
    const [begun, listed] = ["initialize", "tools/list"].map((method) => records.find(({ call }) => call?.method === method));
    assert.deepEqual([begun.outcome, begun.call.generation], ["done", session.version]);
    const { json: { leases } } = await mcp.stage.gateway.admin("/v1/leases?limit=50");
    const lease = leases.find(({ id }) => id === listed.call.session);
    assert.deepEqual([lease.adapter, lease.target, lease.state], ["mcp", "old", "live"]);
    assert.equal(lease.id, begun.id);
  });

  test("is shown with whose it is and what it stands on, and found by that", async () => {
    const { access_token: shown, dragoman_exchange: credential } = await mcp.credential("old", { subject_token: mcp.stage.userToken({ sub: "carol", scope: "files:read" }) });
    const session = await mcp.openSession("old", { token: shown });
    await list(session);
    const id = await leaseOf({});
    const cli = async (...words) => (await mcp.stage.gateway.cli(words)).output;
    const subject = (await mcp.stage.gateway.admin(`/v1/leases/${credential}`)).json.subject.iss;
    const { json: lease } = await mcp.stage.gateway.admin(`/v1/leases/${id}`);
    const things = lease.stands_on.map((thing) => `${thing.kind} ${thing.id}`);
    assert.deepEqual([lease.subject, lease.client, lease.parent], [{ iss: subject, sub: "carol" }, "orders-agent", credential]);
    for (const thing of [`lease ${id}`, `lease ${credential}`, `subject ${subject} carol`, `target ${mcp.endpoint("old")}`, "client orders-agent"]) assert.ok(things.includes(thing), `${thing}: ${things}`);
    for (const thing of [["subject", subject, "carol"], ["lease", credential], ["client", "orders-agent"], ["target", "old"]])
      assert.match(await cli("lease", "list", ...thing), new RegExp(`${id} +live +- +carol +orders-agent`), `${thing}`);
    assert.ok(!(await cli("lease", "list", "subject", subject, "bob")).includes(id));
    const table = await cli("kill", "lease", id);
    assert.match(table, new RegExp(`${id} `));
    assert.doesNotMatch(table, /never asks/);
    isUnknown(await list(session, shown));
  });

  test("is over when it was idle for too long, which an open stream is not, and after all of its time", async () => {
    const open = async (name) => mcp.openSession(name, { token: await mcp.token(name) });
    const [idle, used, streaming, short] = await Promise.all([open("hasty"), open("hasty"), open("hasty"), open("short")]);
    const stream = await mcp.open("hasty", { token: streaming.token, headers: mcp.headersOf(streaming) });
    for (let i = 0; i < 6; i++) {
      await delay(1000);
      assert.equal((await list(used, used.token, "hasty")).status, 200);
      if (i < 1) assert.equal((await list(short, short.token, "short")).status, 200);
    }
    isUnknown(await list(idle, idle.token, "hasty"));
    isUnknown(await list(short, short.token, "short"));
    assert.equal((await list(streaming, streaming.token, "hasty")).status, 200);
    stream.close();
  });

  test("is one of a hundred that its owner may have at a server, whatever tokens are shown", async () => {
    const credential = () => mcp.token("twin", {}, { claims: { sub: "collector" } });
    const tokens = [await credential(), await credential()], sessions = [];
    for (let i = 0; i < 100; i++) sessions.push(await mcp.openSession("twin", { token: tokens[i % 2] }));
    const seen = old.requests.length;
    const message = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } } };
    const refused = await mcp.send("twin", { token: await credential(), message });
    assert.equal(refused.status, 429, refused.text);
    assert.match(refused.headers["retry-after"], /^[1-9]/);
    assert.equal(old.requests.length, seen);
    await mcp.openSession("twin", { token: await mcp.token("twin") });
    assert.equal((await mcp.send("twin", { token: tokens[0], method: "DELETE", headers: mcp.headersOf(sessions[0]) })).status, 200);
    await mcp.openSession("twin", { token: tokens[1] });
  });

  test("takes a client's answers and notifications, which the server acknowledges", async () => {
    const session = await mcp.openSession("old", { token });
    for (const message of [{ jsonrpc: "2.0", id: "none-of-it", result: {} }, { jsonrpc: "2.0", method: "notifications/roots/list_changed" }]) {
      const answer = await mcp.send("old", { token, message, headers: mcp.headersOf(session) });
      assert.deepEqual([answer.status, answer.text], [202, ""]);
    }
  });

  test("lets a server ask what it may, and the client answer it", async () => {
    const session = await mcp.openSession("old", { token, capabilities: { roots: {} } });
    const stream = await mcp.open("old", { token, method: "POST", message: { jsonrpc: "2.0", id: 9, method: "tools/call", params: { name: "test_roots", arguments: {} } }, headers: mcp.headersOf(session) });
    while (!stream.messages.some(({ method }) => method === "roots/list")) await delay(10);
    const { id } = stream.messages.find(({ method }) => method === "roots/list");
    assert.equal((await mcp.send("old", { token, message: { jsonrpc: "2.0", id, result: { roots: [{ uri: "file:///a" }] } }, headers: mcp.headersOf(session) })).status, 202);
    await stream.ended;
    assert.equal(stream.messages.at(-1).result.content[0].text, "file:///a");
  });
});
