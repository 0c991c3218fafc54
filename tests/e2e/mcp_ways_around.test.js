// Ways around what stands in the way to an MCP server: other doors, other spellings, answers that are asked for by nobody.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { request as tlsRequest } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { basic, formBody } from "./kit/http.js";
import { until } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { McpHost } from "./kit/mcp_host.js";
import { openMcp } from "./kit/mcp_stage.js";

const TYPE = "urn:dragoman:token-type:mcp-session";
const json = (response, status, value, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
const answerWith = (result) => (kept, request, response) => (json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result }), true);
const events = (response) => response.writeHead(200, { "content-type": "text/event-stream" });

describe("whoever wants more of an MCP server than they may have", () => {
  let mcp, fixture, raw, token;
  before(async () => {
    [fixture, raw] = [await new McpFixture().start(), await new McpHost().start()];
    mcp = await openMcp({ servers: {
      raw: { upstream: raw.url },
      ruled: { upstream: raw.url, mcp: { serverRequests: [], tools: [{ names: ["add"] }], resources: [{ names: ["test://*"] }], prompts: [{ names: ["hello"] }] } },
      free: { upstream: raw.url, mcp: { direct: true } },
      fixture: { upstream: fixture.url },
    } });
    token = { raw: await mcp.token("raw"), ruled: await mcp.token("ruled"), fixture: await mcp.token("fixture") };
  });
  after(async () => {
    await mcp?.close();
    for (const server of [fixture, raw]) await server?.stop();
  });
  beforeEach(() => raw.behave(undefined));

  const openSession = async (name) => {
    raw.behave((kept, request, response) => {
      const { id, method } = JSON.parse(kept.body);
      if (method !== "initialize") return (response.writeHead(202).end(), true);
      json(response, 200, { jsonrpc: "2.0", id, result: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "raw", version: "1" } } }, { "mcp-session-id": "theirs" });
      return true;
    });
    return mcp.openSession(name, { token: token[name] });
  };

  test("does not reach it by the door of plain calls, where nobody asks about tools", async () => {
    raw.behave(answerWith({ content: [{ type: "text", text: "deleted" }] }));
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "delete_all", arguments: {} } }), before = raw.requests.length;
    for (const shown of [token.ruled, mcp.stage.platformToken()])
      for (const path of ["/egress/ruled", "/egress/ruled/"]) {
        const answer = await mcp.http.send(path, { method: "POST", body, headers: { authorization: `Bearer ${shown}`, "content-type": "application/json", accept: "application/json, text/event-stream" } });
        assert.equal(answer.status, 403, answer.text);
      }
    assert.equal(raw.requests.length, before);
  });

  test("asks about no task of somebody else's by keeping silent about tasks, or by spelling them otherwise", async () => {
    raw.behave(answerWith({ resultType: "complete", taskId: "theirs-1", status: "completed", result: { secret: 1 } }));
    const silent = await mcp.sendNew("raw", "tasks/get", { taskId: "theirs-1" }, { token: token.raw, headers: { "mcp-name": "theirs-1" } });
    assert.ok(!raw.hasSeen("theirs-1"), silent.text);
    const before = raw.requests.length, capabilities = { extensions: { "io.modelcontextprotocol/tasks": {} } };
    for (const alias of ["TaskId", "taskid", "ta\u017fkId", "tas\u212aId"]) {
      const answer = await mcp.sendNew("raw", "tasks/get", { taskId: "mine", [alias]: "theirs-1" }, { token: token.raw, capabilities, headers: { "mcp-name": "mine" } });
      assert.equal(answer.status, 400, `${alias}: ${answer.text}`);
    }
    assert.equal(raw.requests.length, before);
  });

  test("completes nothing of a prompt that is denied by naming it in another spelling besides", async () => {
    raw.behave(answerWith({ completion: { values: ["secret"] } }));
    const before = raw.requests.length, argument = { name: "a", value: "" };
    for (const params of [{ ref: { type: "ref/prompt", name: "hello" }, Ref: { type: "ref/prompt", name: "denied" }, argument },
      { ref: { type: "ref/prompt", name: "hello", Name: "denied" }, argument }, { ref: { type: "ref/prompt", Type: "ref/resource", name: "hello", uri: "file:///secret" }, argument },
      { ref: { type: "ref/resource", uri: "test://a", URI: "file:///secret" }, argument }]) {
      const answer = await mcp.sendNew("ruled", "completion/complete", params, { token: token.ruled });
      assert.equal(answer.status, 400, `${JSON.stringify(params)}: ${answer.text}`);
    }
    assert.equal(raw.requests.length, before);
    assert.equal((await mcp.sendNew("ruled", "completion/complete", { ref: { type: "ref/prompt", name: "hello" }, argument }, { token: token.ruled })).status, 200);
  });

  test("brings no gateway down by an answer in the shape of the other generation", async () => {
    const session = await openSession("raw");
    for (const result of [{ resultType: "input_required", requestState: "x" }, { resultType: "input_required", requestState: "x", inputRequests: {} }, { taskId: "x" }]) {
      raw.behave((kept, request, response) => (events(response).end(`data: ${JSON.stringify({ jsonrpc: "2.0", id: 7, result })}\n\n`), true));
      const stream = await mcp.open("raw", { token: token.raw, headers: mcp.headersOf(session) });
      await stream.ended;
      assert.ok(!stream.text.includes("requestState"), stream.text);
    }
    raw.behave(answerWith({ tools: [] }));
    assert.equal((await mcp.sendOld("raw", session, "tools/list", {})).status, 200);
  });

  test("sends nobody to an address by an error, where a server may not ask for that", async () => {
    const error = { code: -32042, message: "please", data: { elicitations: [{ mode: "url", elicitationId: "1", url: "https://phish.example/", message: "log in" }] } };
    raw.behave((kept, request, response) => {
      const { id, method } = JSON.parse(kept.body);
      json(response, 200, method === "tools/list" ? { jsonrpc: "2.0", id, result: { tools: [{ name: "add", inputSchema: { type: "object" } }] } } : { jsonrpc: "2.0", id, error });
      return true;
    });
    const ask = async (name) => mcp.sendNew(name, "tools/call", { name: "add", arguments: {} }, { token: token[name] });
    assert.equal((await ask("raw")).messages.at(-1).error.code, -32042);
    const answer = await ask("ruled");
    assert.ok(!/phish|-32042/.test(answer.text), answer.text);
  });

  test("reads no credential of the gateway's in what a server says of itself as a session is opened", async () => {
    raw.behave((kept, request, response) => {
      const { id, method } = JSON.parse(kept.body);
      if (method !== "server/discover") return (json(response, 200, { jsonrpc: "2.0", id, result: { tools: [] } }), true);
      json(response, 200, { jsonrpc: "2.0", id, result: { supportedVersions: ["2026-07-28"], capabilities: {}, _meta: { "io.modelcontextprotocol/serverInfo": { name: kept.headers.authorization.slice(7), version: "1" } } } });
      return true;
    });
    const answer = await mcp.stage.exchange({ audience: undefined, resource: mcp.endpoint("raw"), requested_token_type: TYPE, subject_token: mcp.stage.userToken({ sub: "alice", scope: "files:read" }) });
    assert.ok(!answer.text.includes(raw.last.headers.authorization.slice(7)), answer.text);
    assert.notEqual(answer.status, 200);
  });

  test("subscribes to no resource that is denied, which an acknowledgement would tell of", async () => {
    raw.behave((kept, request, response) => {
      events(response).write(`data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params: { notifications: JSON.parse(kept.body).params.notifications } })}\n\n`);
      return true;
    });
    const { message, headers } = mcp.newMessage("subscriptions/listen", { notifications: { toolsListChanged: true, resourceSubscriptions: ["test://a", "file:///secret"] } });
    const stream = await mcp.open("ruled", { method: "POST", token: token.ruled, message, headers });
    while (stream.messages.length === 0) await delay(10);
    stream.close();
    assert.ok(!stream.text.includes("secret"), stream.text);
    assert.ok(!raw.last.body.includes("secret"), raw.last.body.toString());
    assert.ok(stream.text.includes("test://a"), stream.text);
  });

  test("has no more questions about tools open at a server than calls, by naming ones that are not there", async () => {
    const waiting = [];
    raw.behave((kept, request, response) => (waiting.push([kept, response]), true));
    const fresh = await mcp.token("raw");
    const calls = Array.from({ length: 40 }, (_, i) => mcp.sendNew("raw", "tools/call", { name: `none-${i}`, arguments: {} }, { token: fresh }));
    while (waiting.length < 32) await delay(20);
    await delay(300);
    assert.equal(waiting.length, 32);
    for (const [kept, response] of waiting) json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result: { tools: [] } });
    assert.deepEqual((await Promise.all(calls)).map(({ status }) => status).sort(), [...Array(32).fill(200), ...Array(8).fill(429)]);
  });

  test("makes a server list its tools once for all the names that are not there, and finds a new one a moment later", async () => {
    const fresh = await mcp.token("raw"), other = await mcp.token("raw"), from = raw.requests.length;
    const lists = () => raw.requests.slice(from).filter(({ body }) => body.includes('"tools/list"')).length;
    const tools = [{ name: "soon", inputSchema: { type: "object" } }], call = (name, token) => mcp.sendNew("raw", "tools/call", { name, arguments: {} }, { token });
    raw.behave(answerWith({ tools: [] }));
    for (let i = 0; i < 5; i++) assert.notEqual((await call(`not-${i}`, fresh)).messages.at(-1).error, undefined);
    assert.equal(lists(), 1);
    await call("not-5", other);
    assert.equal(lists(), 2, "whose list is another's");
    raw.behave((kept, request, response) => {
      const { id, method } = JSON.parse(kept.body);
      return (json(response, 200, { jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : { content: [] } }), true);
    });
    await delay(5100);
    assert.deepEqual((await call("soon", fresh)).messages.at(-1).result?.content, []);
  });

  test("calls no tool by a credential that was killed while the gateway asked what tools there are", async () => {
    let release;
    raw.behave(async (kept, request, response) => {
      const { id, method } = JSON.parse(kept.body);
      if (method === "tools/list") await new Promise((done) => (release = done));
      json(response, 200, { jsonrpc: "2.0", id, result: method === "tools/list" ? { tools: [{ name: "killed", inputSchema: { type: "object" } }] } : { content: [] } });
      return true;
    });
    const credential = await mcp.credential("raw"), called = mcp.sendNew("raw", "tools/call", { name: "killed", arguments: {} }, { token: credential.access_token });
    while (release === undefined) await delay(10);
    assert.equal((await mcp.stage.gateway.kill("lease", credential.dragoman_exchange)).status, 200);
    const answer = await Promise.race([called, delay(2000)]);
    release();
    assert.notEqual(answer, undefined, "it goes on asking");
    assert.equal(answer.status, 401, answer.text);
    assert.ok(!raw.requests.some(({ body }) => body.includes('"tools/call"') && body.includes('"killed"')));
  });

  test("is given no credential of the server's own after a kill that came while the server was asked", async () => {
    let release;
    raw.behave(async (kept, request, response) => {
      const { id, method } = JSON.parse(kept.body);
      if (method === "server/discover") await new Promise((done) => (release = done));
      json(response, 200, { jsonrpc: "2.0", id, result: method === "server/discover" ? { supportedVersions: ["2026-07-28"], capabilities: { tools: {} } } : { tools: [] } });
      return true;
    });
    const asked = mcp.stage.exchange({ audience: undefined, resource: mcp.endpoint("free"), requested_token_type: TYPE, mcp: JSON.stringify({ mode: "direct" }),
      subject_token: mcp.stage.userToken({ sub: "mallory", scope: "files:read" }) });
    while (release === undefined) await delay(10);
    assert.equal((await mcp.stage.gateway.kill("subject", `${mcp.stage.corp.identifier} mallory`)).status, 200);
    const from = raw.requests.length;
    release();
    const answer = await asked;
    assert.equal(raw.requests.length, from, "it goes on asking");
    assert.equal(answer.json.access_token, undefined, answer.text);
    assert.ok(answer.status >= 400, answer.text);
  });

  test("opens a session however its name is written", async () => {
    raw.behave((kept, request, response) => {
      const { id, method } = JSON.parse(kept.body);
      json(response, 200, { jsonrpc: "2.0", id, result: method === "server/discover" ? { supportedVersions: ["2026-07-28"], capabilities: {} } : { tools: [] } });
      return true;
    });
    const form = formBody(mcp.stage.form({ audience: undefined, resource: mcp.endpoint("raw"), requested_token_type: TYPE, subject_token: mcp.stage.userToken({ sub: "alice", scope: "files:read" }) }));
    for (const written of ["mcp%2Dsession", "%6Dcp-session", "mcp-sessio%6e"]) {
      const answer = await mcp.stage.gateway.http2().send("/token", { method: "POST", body: form.replace("mcp-session", written), headers: { "content-type": "application/x-www-form-urlencoded", authorization: basic(...mcp.stage.authOf("orders-agent")) } });
      assert.equal(answer.status, 200, answer.text);
      assert.notEqual(answer.json.dragoman_mcp, undefined, answer.text);
    }
  });

  test("begins no session that nothing is recorded of, by leaving before it is answered", async () => {
    let seen;
    raw.behave((kept) => (kept.body.includes('"initialize"') ? ((seen = kept), true) : undefined));
    const body = JSON.stringify(mcp.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "left", version: "1" } }));
    const own = await mcp.token("raw", { subject_token: mcp.stage.userToken({ sub: "leaver", scope: "files:read" }) });
    const request = tlsRequest(mcp.endpoint("raw"), { method: "POST", ca: mcp.stage.certificates.ca, agent: false, headers: { accept: "application/json, text/event-stream", "content-type": "application/json", authorization: `Bearer ${own}` } });
    request.on("error", () => {});
    request.end(body);
    await until(() => seen !== undefined, "the server was asked");
    request.destroy();
    await until(async () => (await mcp.stage.gateway.admin("/v1/records?limit=50")).json.records.some(({ kind, outcome, call, subject }) => kind === "call" && outcome === "done" && call.method === "initialize" && subject.sub === "leaver"), "the record");
  });

  test("leaves no session open at a server whose answer to its beginning is none", async () => {
    raw.behave((kept, request, response) => {
      if (kept.method === "DELETE") return (response.writeHead(200).end(), true);
      response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "half-open" }).end("{}");
      return true;
    });
    const answer = await mcp.send("raw", { token: token.raw, message: mcp.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } }) });
    assert.equal(answer.status, 502, answer.text);
    await until(() => raw.requests.some(({ method, headers }) => method === "DELETE" && headers["mcp-session-id"] === "half-open"), "the end at the server");
  });
});
