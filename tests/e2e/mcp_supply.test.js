// The credential that an MCP server is shown: one for all calls of a lease, made anew by one of them before it ends or when the
// server does not take it any more, and as narrow and short as the rule of the tool says.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { decodeJwt } from "jose";
import { McpFixture } from "./kit/mcp_fixture.js";
import { openMcp } from "./kit/mcp_stage.js";

const BRIEF_S = 16;

describe("the credential for an MCP server", () => {
  let server, mcp, people = 0;
  before(async () => {
    server = await new McpFixture().start();
    mcp = await openMcp({ gateway: { kills: { clockMargin: "0s" }, limits: { threads: 2 } }, servers: { files: { upstream: server.url, mcp: { callsAtOnce: 64, tools: [
      { names: ["echo"] },
      { names: ["test_simple_text"], upstreamScopes: ["notes.write", "notes.read"], upstreamLifetime: "30s" },
      { names: ["test_image_content"], upstreamLifetime: `${BRIEF_S}s` },
    ] } } } });
  });
  after(async () => {
    await mcp?.close();
    await server?.stop();
  });
  beforeEach(() => server.behave(undefined));

  // A lease, whose tool is known already: what is counted from here on are calls.
  async function lease() {
    const { access_token: token, dragoman_exchange: id } = await mcp.credential("files", {}, { claims: { sub: `caller-${++people}` } });
    assert.equal((await mcp.sendNew("files", "tools/list", {}, { token })).status, 200);
    return { token, id };
  }
  const call = (token, name = "echo") => mcp.sendNew("files", "tools/call", { name, arguments: {} }, { token });
  const shown = (from) => server.requests.slice(from).filter(({ body }) => body.includes('"tools/call"')).map(({ headers }) => headers.authorization.replace(/^Bearer /, ""));
  const supplies = async (id) => (await mcp.stage.gateway.admin(`/v1/trace/${id}`)).json.records.filter(({ kind, parent }) => kind === "supply" && parent === id);
  const kill = async (kind, id) => assert.equal((await mcp.stage.gateway.kill(kind, id, { past_only: "true" })).status, 200);

  test("is made once for fifty calls at once, and recorded once", async () => {
    const { token, id } = await lease(), from = server.requests.length;
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(token)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], answers.find(({ status }) => status !== 200)?.text);
    assert.equal(shown(from).length, 50);
    assert.equal(new Set(shown(from)).size, 1);
    assert.equal((await supplies(id)).length, 1);
    assert.ok(!server.hasSeen(token), "never the agent's own");
  });

  test("is another one for another lease", async () => {
    const one = await lease(), two = await lease(), from = server.requests.length;
    for (const { token } of [one, two, one, two]) assert.equal((await call(token)).status, 200);
    const [first, second, third, fourth] = shown(from);
    assert.notEqual(first, second);
    assert.deepEqual([third, fourth], [first, second]);
  });

  test("says the scopes of the server's choice and lives as long as the rule says, and so does its record", async () => {
    const { token, id } = await lease(), from = server.requests.length;
    assert.equal((await call(token)).status, 200);
    assert.equal((await call(token, "test_simple_text")).status, 200);
    const [wide, narrow] = shown(from).map(decodeJwt);
    assert.equal(wide.scope, "files:read files:write files:admin");
    assert.equal(narrow.scope, "notes.write notes.read");
    assert.ok(narrow.exp - narrow.iat <= 30, `${narrow.exp - narrow.iat} s`);
    const records = await supplies(id);
    assert.deepEqual(records.map(({ scope_given }) => scope_given).sort(), ["files:read files:write files:admin", "notes.write notes.read"]);
    assert.ok(records.some(({ scope_given: scope, expires_at: end }) => scope.startsWith("notes") && end === narrow.exp));
  });

  test("is made anew by one call before it ends, while the others still use the old one", { timeout: 60_000 }, async () => {
    const { token, id } = await lease(), from = server.requests.length, begun = Date.now();
    while (Date.now() - begun < (BRIEF_S - 6) * 1000) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => call(token, "test_image_content")));
      assert.ok(answers.every(({ status }) => status === 200));
      await delay(400);
    }
    const used = [...new Set(shown(from))].map(decodeJwt);
    assert.equal(used.length, 2);
    assert.ok(used[1].iat - used[0].iat >= BRIEF_S / 2 - 1 && used[1].iat < used[0].exp - 5, `made ${used[1].iat - used[0].iat} s after`);
    assert.equal((await supplies(id)).filter(({ expires_at: end }) => used.some(({ exp }) => exp === end)).length, 2);
  });

  test("is made anew exactly once when the server does not take it any more", async () => {
    const { token, id } = await lease();
    assert.equal((await call(token)).status, 200);
    const old = server.last.headers.authorization, from = server.requests.length, before = (await supplies(id)).length;
    server.behave((kept, request, response) => kept.headers.authorization === old && (response.writeHead(401).end(), true));
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(token)));
    assert.ok(answers.every(({ status }) => status === 200), answers.find(({ status }) => status !== 200)?.text);
    assert.equal(new Set(shown(from)).size, 2);
    assert.equal((await supplies(id)).length, before + 1);
  });

  test("is not made anew for every call by a server that takes none", async () => {
    const { token, id } = await lease(), before = (await supplies(id)).length;
    server.behave((kept, request, response) => (response.writeHead(401, { "www-authenticate": 'Bearer realm="theirs"' }).end(), true));
    for (let i = 0; i < 4; i++) {
      const answer = await call(token);
      assert.equal(answer.status, 502, answer.text);
      assert.equal(answer.headers["www-authenticate"], undefined);
    }
    assert.equal((await supplies(id)).length, before + 1);
  });

  test("is another one after its own lease was killed, and none after the agent's was", async () => {
    const { token, id } = await lease(), from = server.requests.length;
    assert.equal((await call(token)).status, 200);
    for (const { id: supply } of await supplies(id)) await kill("lease", supply);
    assert.equal((await call(token)).status, 200);
    assert.equal(new Set(shown(from)).size, 2);
    await kill("lease", id);
    assert.equal((await call(token)).status, 401);
    assert.equal(shown(from).length, 2);
  });
});
