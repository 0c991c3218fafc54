// Sessions with MCP servers by the token endpoint: what is opened before they are given, what is told of them, and their end.
import assert from "node:assert/strict";
import { constants } from "node:http2";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { basic, formBody } from "./kit/http.js";
import { until } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { openMcp } from "./kit/mcp_stage.js";
import { verifierOf } from "./kit/mcp_verify.js";

const TYPE = "urn:dragoman:token-type:mcp-session";
const client = { client_info: { name: "agent", version: "7" }, capabilities: { sampling: {}, roots: {} } };

describe("a session with an MCP server", () => {
  let mcp, old, modern, dead, verify;
  const tools = [{ names: ["test_image_content"], scopes: ["files:admin"] }, { names: ["test_simple_text", "test_sampling"] }];
  before(async () => {
    old = await new OldMcpFixture().start();
    modern = await new McpFixture({ legacy: "reject" }).start();
    dead = await new OldMcpFixture().start();
    mcp = await openMcp({ servers: {
      old: { upstream: old.url, mcp: { tools, serverRequests: ["sampling"] }, maximumLifetime: "1h" },
      modern: { upstream: modern.url, mcp: { tools } },
      free: { upstream: old.url, mcp: { direct: true } },
      dead: { upstream: dead.url },
    } });
    verify = verifierOf(mcp.stage.gateway);
    old.verify = modern.verify = verify;
    await dead.stop();
  });
  after(async () => {
    verify?.close();
    await mcp?.close();
    await old?.stop();
    await modern?.stop();
  });

  const ask = (name, parameter, changes = {}, claims = {}) => mcp.stage.exchange({ audience: undefined, resource: mcp.endpoint(name), requested_token_type: TYPE,
    subject_token: mcp.stage.userToken({ sub: "alice", scope: "files:read files:write", ...claims }), mcp: parameter === undefined ? undefined : typeof parameter === "string" ? parameter : JSON.stringify(parameter), ...changes });
  const given = async (...args) => {
    const answer = await ask(...args);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const leases = async () => (await mcp.stage.gateway.admin("/v1/leases?limit=200")).json.leases;

  test("of the older protocol begins with what the agent says of itself, and goes on with the first call", async () => {
    const from = old.requests.length;
    const answer = await given("old", { ...client, generation: "old" });
    assert.equal(answer.issued_token_type, TYPE);
    assert.equal(answer.token_type, "N_A");
    assert.deepEqual(answer.dragoman_presentation, { in: "header", name: "authorization", scheme: "Bearer" });
    const session = answer.dragoman_mcp;
    assert.deepEqual([session.lease, session.mode, session.enforcement, session.endpoint, session.resource, session.generation, session.protocol_version, session.server_info.name],
      [answer.dragoman_exchange, "proxy", "gateway", mcp.endpoint("old"), mcp.endpoint("old"), "old", "2025-11-25", "old-fixture"]);
    assert.match(session.session_id, /^[\w-]{43}$/);
    assert.ok(Math.abs(session.expires_at - Date.now() / 1000 - answer.expires_in) < 3);
    assert.ok(session.idle_timeout > 0 && session.limits.calls_at_once > 0);
    const beginning = JSON.parse(old.requests.slice(from).find(({ body }) => body.includes('"initialize"')).body);
    assert.deepEqual(beginning.params.clientInfo, client.client_info);
    assert.deepEqual(beginning.params.capabilities, { sampling: {} }, "what the server may not ask is not offered");
    const begun = old.requests.length;
    const listed = await mcp.sendOld("old", { token: answer.access_token, session: session.session_id, version: session.protocol_version }, "tools/list", {});
    assert.equal(listed.status, 200, listed.text);
    assert.deepEqual(listed.messages.at(-1).result.tools.map(({ name }) => name).sort(), session.tools.map(({ name }) => name).sort());
    assert.ok(!old.methods.slice(begun).includes("initialize"), "there is one session at the server, and it is the agent's");
    assert.notEqual(old.last.headers["mcp-session-id"], session.session_id);
    assert.equal(old.last.headers.authorization.includes(answer.access_token), false);
  });

  test("tells which tools may be used, and what those take that may be had; of others it says nothing", async () => {
    for (const name of ["old", "modern"]) {
      const { dragoman_mcp } = await given(name, client);
      const decisions = Object.fromEntries(dragoman_mcp.tools.map(({ name, ...more }) => [name, more]));
      assert.deepEqual(decisions.test_simple_text, { decision: "allow" });
      assert.equal(decisions.test_image_content.decision, "step_up");
      assert.ok(decisions.test_image_content.scope.split(" ").includes("files:admin"));
      assert.equal(decisions.test_error_handling, undefined);
      assert.equal(decisions.test_audio_content, undefined);
      assert.equal(dragoman_mcp.tools_are_all, true);
    }
  });

  test("of the newer protocol has nothing open anywhere", async () => {
    const answer = await given("modern", client);
    assert.deepEqual([answer.dragoman_mcp.generation, answer.dragoman_mcp.protocol_version, answer.dragoman_mcp.session_id], ["new", "2026-07-28", null]);
    const called = await mcp.sendNew("modern", "tools/call", { name: "test_simple_text", arguments: {} }, { token: answer.access_token });
    assert.match(called.messages.at(-1).result.content[0].text, /simple text/);
    assert.ok(!modern.methods.includes("initialize"));
  });

  test("finds out which protocol it is, and leaves nothing open for whoever begins a session of its own", async () => {
    const from = old.ended.length;
    const { dragoman_mcp } = await given("old");
    assert.deepEqual([dragoman_mcp.generation, dragoman_mcp.session_id], ["old", null]);
    await until(() => old.ended.length === from + 1, "the end of the session that was for looking around");
    assert.equal((await ask("old", { generation: "new" })).json.error, "temporarily_unavailable");
    assert.equal((await ask("modern", { generation: "old" })).json.error, "temporarily_unavailable");
  });

  test("begins with a server of the older protocol without asking again which it is, until that is wrong", async () => {
    await given("old");
    const from = old.requests.length;
    await given("old", client);
    assert.deepEqual(old.methods.slice(from, from + 2), ["initialize", "notifications/initialized"]);
    const isOld = (kept) => kept.body.includes('"initialize"');
    old.behave((kept, request, response) => {
      if (isOld(kept)) return old.refuse(response, 400, -32022, "Unsupported protocol version"), true;
      const { id, method } = JSON.parse(kept.body);
      const result = method === "server/discover" ? { supportedVersions: ["2026-07-28"], capabilities: {}, resultType: "complete", ttlMs: 0, cacheScope: "private" } : {};
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
      return true;
    });
    const { dragoman_mcp } = await given("old", client);
    old.behave(undefined);
    assert.deepEqual([dragoman_mcp.generation, dragoman_mcp.tools, dragoman_mcp.server_info], ["new", [], null]);
  });

  test("is the agent's alone", async () => {
    const mine = await given("old", { ...client, generation: "old" }), other = await given("old", client, {}, { sub: "mallory" });
    const { status, messages } = await mcp.sendOld("old", { token: other.access_token, session: mine.dragoman_mcp.session_id, version: "2025-11-25" }, "tools/list", {});
    assert.equal(status, 404);
    assert.equal(messages[0].error.code, -32001);
  });

  test("lives no longer than was asked for", async () => {
    const answer = await given("old", { max_lifetime: 60 });
    assert.ok(answer.expires_in <= 60 && answer.expires_in > 55, `${answer.expires_in}`);
  });

  test("is not given where its server cannot be asked, and then nothing is left of it", async () => {
    const answer = await ask("dead", client);
    assert.equal(answer.status, 503, answer.text);
    assert.equal(answer.json.error, "temporarily_unavailable");
    assert.ok(!(await leases()).some(({ target }) => target === "dead"), "no key is alive that nobody has");
    const records = (await mcp.stage.gateway.admin(`/v1/records/${answer.headers["dragoman-exchange"]}`)).json;
    assert.match(JSON.stringify(records), /mcp_session_failed/i);
  });

  test("that its server answers badly is ended there too", async () => {
    const from = old.ended.length;
    old.behave((kept, request, response) => {
      if (!kept.body.includes("tools/list")) return undefined;
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      return true;
    });
    const answer = await ask("old", client);
    old.behave(undefined);
    assert.equal(answer.json.error, "temporarily_unavailable", answer.text);
    await until(() => old.ended.length === from + 1, "the end at the server");
  });

  test("that its agent did not wait for is ended, too", async () => {
    const from = old.ended.length, known = new Set((await leases()).map(({ id }) => id));
    const http = mcp.stage.gateway.http2();
    const form = formBody(mcp.stage.form({ audience: undefined, resource: mcp.endpoint("old"), requested_token_type: TYPE, mcp: JSON.stringify(client),
      subject_token: mcp.stage.userToken({ sub: "alice", scope: "files:read" }) }));
    old.behave(async (kept) => {
      if (!kept.body.includes("tools/list")) return;
      stream.close(constants.NGHTTP2_CANCEL);
      await delay(300); // until the gateway has heard of it
    });
    const stream = http.session.request({ ":method": "POST", ":path": "/token", "content-type": "application/x-www-form-urlencoded", authorization: basic(...mcp.stage.auth) });
    stream.on("error", () => {}).end(form);
    await until(() => old.ended.length === from + 1, "the end at the server");
    old.behave(undefined);
    http.close();
    await until(async () => (await leases()).filter(({ id, target, adapter }) => target === "old" && adapter === "mcp" && !known.has(id)).length === 0, "no lease that is alive");
  });

  test("stops at a list without end", async () => {
    let pages = 0;
    modern.behave((kept, request, response) => {
      if (!kept.body.includes("tools/list")) return undefined;
      const { id } = JSON.parse(kept.body);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: { resultType: "complete", ttlMs: 0, cacheScope: "private",
        tools: [{ name: "test_simple_text", inputSchema: { type: "object" } }], nextCursor: `page-${++pages}` } }));
      return true;
    });
    const { dragoman_mcp } = await given("modern", client);
    modern.behave(undefined);
    assert.equal(pages, 64);
    assert.equal(dragoman_mcp.tools_are_all, false);
  });

  test("ends at its server when it is killed here, though nobody uses it", async () => {
    const answer = await given("old", { ...client, generation: "old" }), from = old.ended.length;
    const killed = await mcp.stage.gateway.cli(["kill", "lease", answer.dragoman_mcp.lease]);
    assert.equal(killed.code, 0, killed.errors);
    await until(() => old.ended.length === from + 1, "the end at the server", 10_000);
    assert.equal(old.last.method, "DELETE");
    const { status } = await mcp.sendOld("old", { token: answer.access_token, session: answer.dragoman_mcp.session_id, version: "2025-11-25" }, "tools/list", {});
    assert.equal(status, 401);
  });

  test("goes past the gateway only where the target says that it may, with what the server itself takes", async () => {
    const refused = await ask("old", { ...client, mode: "direct" });
    assert.equal(refused.status, 403, refused.text);
    assert.equal(refused.json.error, "access_denied");
    const answer = await given("free", { ...client, generation: "old", mode: "direct" });
    assert.deepEqual([answer.dragoman_mcp.mode, answer.dragoman_mcp.enforcement, answer.dragoman_mcp.resource], ["direct", "token", old.url]);
    const direct = await fetch(old.url, { method: "POST", headers: { authorization: `Bearer ${answer.access_token}`, "content-type": "application/json",
      accept: "application/json, text/event-stream", "mcp-session-id": answer.dragoman_mcp.session_id, "mcp-protocol-version": "2025-11-25" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }) });
    assert.equal(direct.status, 200);
    assert.equal((await mcp.send("free", { token: answer.access_token, message: mcp.request("ping") })).status, 401, "and is good for nothing here");
  });

  test("goes past the gateway only where policy lets it", async () => {
    await mcp.stage.gateway.apply({ kind: "Policy", metadata: { name: "nobody-directly" }, spec: { policies:
      '@id("base") permit (principal, action, resource); @id("no-direct") forbid (principal, action == Action::"use_server", resource) when { context.mcp.method == "dragoman/direct" };' } });
    const refused = await ask("free", { ...client, generation: "old", mode: "direct" });
    assert.match(refused.text, /Policy refuses/);
    assert.equal(refused.json.access_token, undefined);
    assert.equal((await ask("free", { ...client, generation: "old" })).status, 200);
    const removed = await mcp.stage.gateway.cli(["delete", "policy", "nobody-directly"]);
    assert.equal(removed.code, 0, removed.errors);
  });

  test("is asked for in words that are known", async () => {
    for (const parameter of ["[]", "{", '{"mode":"sideways"}', '{"generation":"2024"}', '{"client_info":{"name":"x"}}', '{"capabilities":[]}', '{"max_lifetime":0}', '{"max_lifetime":"1h"}', '{"unknown":1}',
      JSON.stringify({ client_info: { name: "x".repeat(9000), version: "1" } })]) {
      const answer = await ask("old", parameter);
      assert.equal(answer.status, 400, `${parameter}: ${answer.text}`);
      assert.equal(answer.json.error, "invalid_request");
    }
  });

  test("is refused and tried as any token is", async () => {
    const dry = await ask("old", client, { dragoman_dry_run: "true" });
    assert.equal(dry.json.dragoman_dry_run, true);
    assert.equal(dry.json.dragoman_mcp, undefined);
    const nobody = await mcp.stage.exchange({ audience: undefined, resource: mcp.endpoint("old"), requested_token_type: TYPE }, { auth: ["orders-agent", "guess"] });
    assert.equal(nobody.status, 401, nobody.text);
    assert.equal(nobody.json.error, "invalid_client");
    assert.match((await ask("old", client, { resource: undefined, audience: "https://orders.partner.example" })).json.error, /invalid_target|invalid_request/);
  });
});
