// One message to an MCP server through the gateway: what is refused before it, what the server sees of it, what comes back.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { once } from "node:events";
import { request as tlsRequest } from "node:https";
import { Http2 } from "./kit/http.js";
import { until } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { McpHost } from "./kit/mcp_host.js";
import { openMcp } from "./kit/mcp_stage.js";
import { verifierOf } from "./kit/mcp_verify.js";

const json = (response, status, value, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
const errorOf = (answer) => answer.messages[0].error;

describe("a message to an MCP server", () => {
  let mcp, fixture, old, raw, token;
  before(async () => {
    [fixture, old, raw] = [await new McpFixture().start(), await new OldMcpFixture().start(), await new McpHost().start()];
    mcp = await openMcp({
      gateway: { mcp: { origins: ["https://console.example"], bodyBytes: 65536, answerBytes: 65536, eventBytes: 65536 } },
      servers: {
        fixture: { upstream: fixture.url }, old: { upstream: old.url }, raw: { upstream: raw.url },
        ruled: { upstream: fixture.url, mcp: { serverRequests: [], tools: [{ names: ["add", "nowhere"] }, { names: ["echo"], scopes: ["files:write", "files:admin"] }, { names: ["slow"], upstreamScopes: ["rows:read", "rows:write"], upstreamLifetime: "30s" }],
          resources: [{ names: ["test://*"] }, { names: ["file:///docs/*"] }], prompts: [] } },
        closed: { upstream: fixture.url, accepts: { issuers: ["cluster"], clients: ["orders-agent"] } },
        ruledtasks: { upstream: fixture.url, mcp: { serverRequests: [] } },
        ruledold: { upstream: old.url, mcp: { serverRequests: [], tools: [{ names: ["add", "nowhere", "test_sampling"] }] } },
      },
    });
    fixture.verify = verifierOf(mcp.stage.gateway);
    token = { fixture: await mcp.token("fixture"), old: await mcp.token("old"), raw: await mcp.token("raw"), ruled: await mcp.token("ruled"), ruledold: await mcp.token("ruledold") };
  });
  after(async () => {
    await mcp?.close();
    fixture?.verify?.close();
    for (const server of [fixture, old, raw]) await server?.stop();
  });
  beforeEach(() => raw.behave(undefined));

  const records = async () => (await mcp.stage.gateway.admin("/v1/records?limit=50")).json.records;
  const call = (name, tool, given = {}, options = {}) => mcp.sendNew(name, "tools/call", { name: tool, arguments: given }, { token: token[name], ...options });

  test("is answered by the server, with a credential of the gateway's in place of the agent's", async () => {
    const answer = await call("fixture", "add", { a: 2, b: 3 });
    assert.deepEqual([answer.status, answer.messages.at(-1).result.content[0].text], [200, "5"]);
    assert.ok(!fixture.hasSeen(token.fixture));
    assert.equal(fixture.last.claims.sub, "alice");
    assert.deepEqual([answer.headers["cache-control"], answer.headers["mcp-session-id"]], ["no-store", undefined]);
    assert.match(answer.headers["dragoman-exchange"], /^[0-9A-Z]{26}$/);
  });

  test("is made over HTTP/2 as over HTTP/1.1", async () => {
    const http2 = new Http2(mcp.origin, mcp.stage.certificates.ca);
    const { message, headers } = mcp.newMessage("tools/call", { name: "add", arguments: { a: 1, b: 1 } });
    const answer = await http2.send("/mcp/fixture", { method: "POST", body: JSON.stringify(message), headers: { authorization: `Bearer ${token.fixture}`, accept: "application/json, text/event-stream", "content-type": "application/json", ...headers } });
    assert.equal(answer.status, 200, answer.text);
    http2.close();
  });

  test("is recorded as what it was, with who, for whom and to what", async () => {
    const { headers } = await call("fixture", "add", { a: 2, b: 3 });
    const record = (await records()).find(({ id }) => id === headers["dragoman-exchange"]);
    assert.deepEqual([record.kind, record.outcome, record.target, record.subject.sub], ["call", "done", "fixture", "alice"]);
    assert.deepEqual(record.call, { method: "tools/call", tool: "add", generation: "2026-07-28" });
  });

  test("is made with an agent's own token, for which it needs no exchange of its own", async () => {
    const own = mcp.stage.platformToken();
    const answers = await Promise.all([1, 2, 3].map(() => mcp.sendNew("fixture", "tools/list", {}, { token: own })));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200], answers[0].text);
    assert.ok(!fixture.hasSeen(own));
  });

  test("costs one credential for the server, however many there are at a time", async () => {
    const fresh = await mcp.token("fixture"), before = fixture.requests.length;
    await Promise.all(Array.from({ length: 20 }, () => mcp.sendNew("fixture", "tools/list", {}, { token: fresh })));
    assert.equal(new Set(fixture.requests.slice(before).map(({ headers }) => headers.authorization)).size, 1);
  });

  test("is refused to who shows nothing, something else or another server's credential, with where to get one", async () => {
    const metadata = `resource_metadata="${mcp.origin}/.well-known/oauth-protected-resource/mcp/fixture"`;
    for (const shown of [undefined, "nonsense", token.raw, mcp.stage.userToken({ aud: "https://elsewhere.example" })]) {
      const answer = await mcp.sendNew("fixture", "tools/list", {}, { token: shown });
      assert.equal(answer.status, 401, answer.text);
      assert.ok(answer.headers["www-authenticate"].includes(metadata), answer.headers["www-authenticate"]);
    }
    const expired = await mcp.sendNew("fixture", "tools/list", {}, { token: mcp.stage.platformToken({ iat: 1_700_000_000, exp: 1_700_000_600 }) });
    assert.deepEqual([expired.status, Object.keys(expired.json)], [401, ["error", "error_description", "dragoman_exchange"]], expired.text);
    assert.match(expired.json.error_description, /The token has expired/);
    const stranger = await mcp.sendNew("closed", "tools/list", {}, { token: mcp.stage.platformToken() });
    assert.deepEqual([stranger.status, stranger.json.error], [403, "invalid_target"], stranger.text);
    assert.equal(stranger.json.dragoman_exchange, stranger.headers["dragoman-exchange"]);
    assert.equal((await mcp.stage.gateway.record(stranger.json.dragoman_exchange)).reason, "target_client", "the id that it was told explains it");
    assert.equal((await mcp.sendNew("nowhere", "tools/list", {}, { token: token.fixture })).status, 404);
  });

  test("is refused for another host, a page's origin, a method or a media type", async () => {
    const before = fixture.requests.length;
    for (const host of ["evil.example", `127.0.0.1:${mcp.port + 1}`]) {
      const request = tlsRequest(mcp.endpoint("fixture"), { method: "POST", ca: mcp.stage.certificates.ca, agent: false, servername: "localhost", headers: { host, accept: "application/json, text/event-stream", "content-type": "application/json", authorization: `Bearer ${token.fixture}` } });
      request.end("{}");
      const [response] = await once(request, "response");
      response.resume();
      assert.equal(response.statusCode, 403, host);
    }
    for (const [headers, status] of [[{ origin: "https://evil.example" }, 403], [{ origin: "null" }, 403],
      [{ "content-type": "text/plain" }, 415], [{ accept: "application/json" }, 406], [{ accept: "text/event-stream" }, 406]])
      assert.equal((await mcp.sendNew("fixture", "tools/list", {}, { token: token.fixture, headers })).status, status, JSON.stringify(headers));
    for (const method of ["PUT", "OPTIONS", "HEAD"]) {
      const answer = await mcp.send("fixture", { method, token: token.fixture });
      assert.deepEqual([answer.status, answer.headers.allow], [405, "POST, GET, DELETE"], method);
    }
    assert.equal(fixture.requests.length, before);
    const page = await mcp.sendNew("fixture", "tools/list", {}, { token: token.fixture, headers: { origin: "https://console.example" } });
    assert.equal(page.status, 200, page.text);
    assert.equal(fixture.last.headers.origin, undefined);
  });

  test("is one that a page of an allowed origin may send and read, and no other page", async () => {
    const ask = (origin) => mcp.send("fixture", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization, mcp-method" } });
    const before = fixture.requests.length, allowed = await ask("https://console.example");
    assert.deepEqual([allowed.status, allowed.headers["access-control-allow-origin"], allowed.headers["access-control-allow-headers"], allowed.headers.vary], [204, "https://console.example", "authorization, *", "origin"]);
    const other = await ask("https://evil.example");
    assert.deepEqual([other.status, other.headers["access-control-allow-origin"]], [403, undefined]);
    assert.equal(fixture.requests.length, before);
    const send = (origin, shown) => mcp.sendNew("fixture", "tools/list", {}, { token: shown, headers: { origin } });
    for (const answer of [await send("https://console.example", token.fixture), await send("https://console.example", "nonsense")])
      assert.deepEqual([answer.headers["access-control-allow-origin"], answer.headers["access-control-allow-credentials"]], ["https://console.example", undefined]);
    assert.equal((await send("https://evil.example", token.fixture)).headers["access-control-allow-origin"], undefined);
  });

  test("is refused where it is not one message, read in one way", async () => {
    const before = raw.requests.length, start = '{"jsonrpc":"2.0","id":1,"method":"ping"';
    for (const [body, code] of [["{", -32700], ["", -32700], [`[${start}}]`, -32600], [`${start},"method":"tools/call"}`, -32700], [`${start},"params":{"a":1,"a":2}}`, -32700], [`${start}} {}`, -32700],
      ['{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600], ['{"id":1,"method":"ping"}', -32600], [`${start},"params":${"[".repeat(70)}${"]".repeat(70)}}`, -32700],
      [Buffer.from([...Buffer.from('{"jsonrpc":"2.0","id":1,"method":"p'), 0xff, ...Buffer.from('"}')]), -32700]]) {
      const answer = await mcp.send("raw", { token: token.raw, body });
      assert.equal(answer.status, 400, `${body}: ${answer.text}`);
      assert.ok([-32700, -32600].includes(errorOf(answer).code), `${code}: ${answer.text}`);
    }
    assert.equal((await mcp.send("raw", { token: token.raw, body: `${start},"params":{"a":"${"x".repeat(70000)}"}}` })).status, 413);
    assert.equal(raw.requests.length, before);
  });

  test("is refused where its headers say something else than it does, or twice", async () => {
    const before = fixture.requests.length;
    const { message, headers } = mcp.newMessage("tools/call", { name: "add", arguments: { a: 1, b: 2 } });
    const send = (changes) => mcp.send("fixture", { token: token.fixture, message, headers: Object.fromEntries(Object.entries({ ...headers, ...changes }).filter(([, value]) => value !== undefined)) });
    for (const changes of [{ "mcp-name": "delete_all" }, { "mcp-name": undefined }, { "mcp-method": "tools/list" }, { "mcp-method": undefined }, { "mcp-protocol-version": "2025-11-25" }, { "mcp-name": ["add", "add"] }, { "mcp-method": ["tools/call", "tools/call"] },
      { "mcp-name": `=?base64?${Buffer.from("delete_all").toString("base64")}?=` }]) {
      const answer = await send(changes);
      assert.equal(answer.status, 400, `${JSON.stringify(changes)}: ${answer.text}`);
    }
    assert.equal(errorOf(await send({ "mcp-name": "delete_all" })).code, -32020);
    assert.equal(fixture.requests.length, before);
    assert.equal((await send({ "mcp-name": `=?base64?${Buffer.from("add").toString("base64")}?=` })).status, 200);
  });

  test("goes on in the gateway's own bytes, with headers that were allowed and no others", async () => {
    let seen;
    raw.behave((kept, request, response) => {
      seen = kept;
      json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result: { resultType: "complete", content: [] } });
      return true;
    });
    const { message, headers } = mcp.newMessage("prompts/get", { name: "of many" });
    const body = JSON.stringify(message, undefined, 3).replace('"of many"', '"\\u006ff many"');
    const answer = await mcp.send("raw", { token: token.raw, body, headers: { ...headers, "mcp-name": "of many", cookie: "a=b", "x-forwarded-for": "1.2.3.4", "x-other": "1", "mcp-session-id": "mine", "last-event-id": "7", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "x-api-key": token.raw } });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(seen.body.toString(), JSON.stringify(message));
    assert.ok(!raw.hasSeen(token.raw));
    assert.deepEqual(Object.keys(seen.headers).filter((name) => !["host", "user-agent", "connection", "content-length"].includes(name)).sort(),
      ["accept", "authorization", "content-type", "mcp-method", "mcp-name", "mcp-protocol-version", "traceparent"]);
  });

  test("has an answer without headers of the server's own, and with none of its challenges or texts", async () => {
    const id = (kept) => JSON.parse(kept.body).id;
    const behaviours = [
      [(kept, response) => json(response, 200, { jsonrpc: "2.0", id: id(kept), result: {} }, { "set-cookie": "a=b", server: "secret", "mcp-session-id": "upstream-1", "x-powered-by": "x" }), 200],
      [(kept, response) => response.writeHead(500, { "content-type": "text/plain" }).end("stack trace at secret.js:1"), 502],
      [(kept, response) => json(response, 503, { jsonrpc: "2.0", id: id(kept), error: { code: -1, message: "secret" } }), 502],
      [(kept, response) => response.writeHead(302, { location: "https://secret.example/" }).end(), 502],
      [(kept, response) => response.writeHead(200, { "content-type": "text/html" }).end("<b>secret</b>"), 502],
      [(kept, response) => response.writeHead(200, { "content-type": "application/json" }).end("{secret"), 502],
      [(kept, response) => json(response, 200, { jsonrpc: "2.0", id: "another", result: { secret: 1 } }), 502],
      [(kept, response) => json(response, 200, [{ jsonrpc: "2.0", id: id(kept), result: { secret: 1 } }]), 502],
      [(kept, response) => json(response, 200, { jsonrpc: "2.0", id: id(kept), result: { text: "secret".repeat(20000) } }), 502],
      [(kept, response) => response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end("secret"), 502],
      [(kept, response) => response.writeHead(401, { "www-authenticate": 'Bearer realm="secret", resource_metadata="https://secret.example"' }).end("secret"), 502],
      [(kept, response) => response.writeHead(403, { "www-authenticate": 'Bearer error="insufficient_scope", scope="secret:all"' }).end("secret"), 502],
      [(kept, response) => json(response, 429, { secret: 1 }, { "retry-after": "7" }), 429],
      [(kept) => kept.response.socket.destroy(), 502],
    ];
    for (const [i, [behave, status]] of behaviours.entries()) {
      raw.behave((kept, request, response) => (behave(kept, response), true));
      const answer = await mcp.sendNew("raw", "prompts/get", { name: "x" }, { token: token.raw });
      assert.equal(answer.status, status, `${i}: ${answer.text}`);
      assert.ok(!/secret|upstream-1/.test(answer.text + JSON.stringify(answer.headers)), `${i}: ${answer.text} ${JSON.stringify(answer.headers)}`);
      if (status === 502) {
        assert.equal(errorOf(answer).code, -32603, answer.text);
        await until(() => mcp.stage.gateway.events("mcp_failed").some(({ exchange }) => exchange === answer.headers["dragoman-exchange"]), `${i}: the log says why`);
      }
      if (status === 429) assert.equal(answer.headers["retry-after"], "7");
    }
  });

  test("is made once more, with another credential, when the server does not take the first one any more", async () => {
    const fresh = await mcp.token("raw");
    let refused;
    raw.behave((kept, request, response) => {
      refused ??= kept.headers.authorization;
      if (kept.headers.authorization === refused) response.writeHead(401).end();
      else json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result: { resultType: "complete", tools: [], ttlMs: 0, cacheScope: "private" } });
      return true;
    });
    const before = raw.requests.length;
    assert.equal((await mcp.sendNew("raw", "tools/list", {}, { token: fresh })).status, 200);
    assert.equal(raw.requests.length, before + 2);
    assert.equal((await mcp.sendNew("raw", "tools/list", {}, { token: fresh })).status, 200);
    assert.equal(raw.requests.length, before + 3);
  });

  test("is refused for want of a scope that the server wants and that can be had, and says all that it takes", async () => {
    raw.behave((kept, request, response) => (response.writeHead(403, { "www-authenticate": 'Bearer error="insufficient_scope", scope="files:write files:admin", resource_metadata="https://secret.example"' }).end(), true));
    const narrow = await mcp.token("raw", { scope: "files:read" });
    const answer = await mcp.sendNew("raw", "tools/list", {}, { token: narrow });
    assert.equal(answer.status, 403, answer.text);
    assert.match(answer.headers["www-authenticate"], /error="insufficient_scope".*scope="files:read files:write files:admin".*resource_metadata="https:\/\/127/);
  });

  test("never shows the credential that went on, wherever the server puts it", async () => {
    for (const put of [(shown) => ({ text: `it was ${shown}` }), (shown) => ({ [shown]: 1 })]) {
      raw.behave((kept, request, response) => (json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result: put(kept.headers.authorization.slice(7)) }), true));
      assert.equal((await mcp.sendNew("raw", "prompts/get", { name: "x" }, { token: token.raw })).status, 502);
    }
  });

  // -- what may be used

  test("lists what its caller may use, as nobody else's", async () => {
    const { result } = (await mcp.sendNew("ruled", "tools/list", {}, { token: token.ruled })).messages.at(-1);
    assert.deepEqual(result.tools.map(({ name }) => name).sort(), ["add", "echo", "slow"]);
    assert.equal(result.cacheScope, "private");
    assert.ok(result.ttlMs <= 60000);
    const resources = (await mcp.sendNew("ruled", "resources/list", {}, { token: token.ruled })).messages.at(-1).result;
    assert.deepEqual(resources.resources.map(({ uri }) => uri).filter((uri) => uri.startsWith("file:")), ["file:///docs/readme.md"]);
    assert.deepEqual((await mcp.sendNew("ruled", "prompts/list", {}, { token: token.ruled })).messages.at(-1).result.prompts, []);
  });

  test("is answered alike, byte for byte, for a tool that is denied and for one that the server does not have", async () => {
    const before = fixture.methods.filter((method) => method === "tools/call").length;
    for (const [name, send] of [["ruled", (tool) => mcp.send("ruled", { token: token.ruled, ...((made) => ({ message: { ...made.message, id: 7 }, headers: made.headers }))(mcp.newMessage("tools/call", { name: tool, arguments: {} })) })]]) {
      const [denied, absent] = [await send("delete_all"), await send("nowhere")];
      assert.deepEqual([denied.status, absent.status], [200, 200], name);
      assert.equal(denied.text.replaceAll("delete_all", "nowhere"), absent.text);
      assert.deepEqual(errorOf(denied), { code: -32602, message: "Unknown tool: delete_all" });
      assert.deepEqual(Object.keys(denied.headers).sort(), Object.keys(absent.headers).sort());
    }
    assert.ok(fixture.methods.filter((method) => method === "tools/call").length <= before + 1);
    for (const [method, params, message] of [["prompts/get", { name: "test_simple_prompt" }, "Unknown prompt: test_simple_prompt"], ["resources/read", { uri: "file:///secret/salaries.csv" }, "Resource not found: file:///secret/salaries.csv"]])
      assert.deepEqual((({ code, message: said }) => [code, said])(errorOf(await mcp.sendNew("ruled", method, params, { token: token.ruled }))), [-32602, message]);
  });

  test("is the same in the older generation, whose server has its own words for it", async () => {
    const session = await mcp.openSession("ruledold", { token: token.ruledold });
    const send = (tool) => mcp.send("ruledold", { token: token.ruledold, message: { jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: tool, arguments: {} } }, headers: mcp.headersOf(session) });
    const [denied, absent] = [await send("delete_all"), await send("nowhere")];
    assert.deepEqual(errorOf(denied), { code: -32602, message: "Unknown tool: delete_all" });
    assert.equal(denied.status, 200);
    assert.deepEqual(absent.messages.at(-1), { jsonrpc: "2.0", id: 7, error: { code: -32602, message: "Unknown tool: nowhere" } });
    assert.equal(denied.text.replaceAll("delete_all", "nowhere"), absent.text);
  });

  test("is refused with all the scopes that it takes, and goes on with them", async () => {
    const narrow = await mcp.token("ruled", { scope: "files:read" });
    const answer = await call("ruled", "echo", { word: "x" }, { token: narrow });
    assert.equal(answer.status, 403, answer.text);
    assert.match(answer.headers["www-authenticate"], /error="insufficient_scope".*scope="files:read files:write files:admin"/);
    assert.equal(answer.json.error, "insufficient_scope");
    assert.equal((await call("ruled", "echo", { word: "x" })).status, 200);
  });

  test("has a credential of its own for a tool that wants another scope or a shorter life", async () => {
    assert.equal((await call("ruled", "slow", { steps: 1, everyMs: 1 })).status, 200);
    const { claims } = fixture.last;
    assert.equal(claims.scope, "rows:read rows:write");
    assert.ok(claims.exp - claims.iat <= 30, `${claims.exp - claims.iat}`);
    await call("ruled", "add", { a: 1, b: 2 });
    assert.equal(fixture.last.claims.scope, "files:read files:write files:admin");
  });

  test("is refused for a method that nobody knows, as each generation says it", async () => {
    const before = fixture.requests.length + old.requests.length;
    const answer = await mcp.sendNew("fixture", "tools/erase", {}, { token: token.fixture });
    assert.deepEqual([answer.status, errorOf(answer).code], [404, -32601]);
    const session = await mcp.openSession("old", { token: token.old });
    const { status, messages } = await mcp.sendOld("old", session, "tools/erase", {});
    assert.deepEqual([status, messages[0].error.code], [200, -32601]);
    assert.equal(fixture.requests.length + old.requests.length, before + 2); // initialize and its notification
  });

  // -- what the server asks

  test("hides from the server what it may not ask, and refuses it where it asks all the same", async () => {
    const capabilities = { sampling: {}, elicitation: {}, roots: {} };
    await call("ruled", "add", { a: 1, b: 2 }, { capabilities });
    assert.deepEqual(JSON.parse(fixture.last.body).params._meta["io.modelcontextprotocol/clientCapabilities"], {});
    raw.behave((kept, request, response) => (json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result: { resultType: "input_required", inputRequests: { a: { method: "tools/call", params: {} } } } }), true));
    assert.equal((await mcp.sendNew("raw", "prompts/get", { name: "x" }, { token: token.raw, capabilities })).status, 502);
  });

  test("answers a server of the older generation in the client's place, so that it does not wait for ever", async () => {
    const session = await mcp.openSession("ruledold", { token: token.ruledold, capabilities: { sampling: {} } });
    const began = Date.now(), answer = await mcp.sendOld("ruledold", session, "tools/call", { name: "test_sampling", arguments: { prompt: "x" } });
    assert.ok(Date.now() - began < 3000);
    assert.deepEqual(answer.messages.filter(({ method }) => method !== undefined), []);
    assert.ok(answer.messages.at(-1).error !== undefined || answer.messages.at(-1).result.isError, answer.text);
  });

  test("keeps a server's state in a box that fits this call of this caller alone", async () => {
    const capabilities = { elicitation: {} }, name = "test_input_required_result_request_state";
    const first = await call("fixture", name, {}, { capabilities });
    const { requestState, inputRequests } = first.messages.at(-1).result;
    const answers = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, { action: "accept", content: { ok: true } }]));
    const repeat = (shown, changes = {}, state = requestState) => mcp.sendNew("fixture", "tools/call", { name, arguments: {}, requestState: state, inputResponses: answers, ...changes }, { token: shown, capabilities });
    const before = fixture.requests.length;
    const bob = await mcp.token("fixture", { subject_token: mcp.stage.userToken({ sub: "bob", scope: "files:read" }) });
    for (const refused of [await repeat(bob), await repeat(token.fixture, { arguments: { other: 1 } }), await repeat(token.fixture, { name: "test_input_required_result_tampered_state" }), await repeat(token.fixture, {}, `${requestState.slice(0, -4)}AAAA`)])
      assert.equal(errorOf(refused).code, -32602, refused.text);
    assert.equal(fixture.requests.length, before);
    const renewed = await mcp.token("fixture");
    assert.equal((await repeat(renewed)).messages.at(-1).result.content[0].text, "state-ok");
  });

  test("begins a task that its caller alone asks about, with an id that is not the server's", async () => {
    const capabilities = { extensions: { "io.modelcontextprotocol/tasks": {} } };
    const begun = (await call("fixture", "slow_compute", { seconds: 1 }, { capabilities })).messages.at(-1).result;
    assert.equal(begun.resultType, "task");
    assert.ok(!JSON.stringify(begun).match(/[0-9a-f]{8}-[0-9a-f]{4}-/), "the server's id");
    const get = (shown, taskId = begun.taskId) => mcp.sendNew("fixture", "tasks/get", { taskId }, { token: shown, capabilities, headers: { "mcp-name": taskId } });
    assert.equal((await get(token.fixture)).messages.at(-1).result.taskId, begun.taskId);
    assert.equal((await get(await mcp.token("fixture"))).messages.at(-1).result.taskId, begun.taskId);
    const before = fixture.requests.length;
    const bob = await mcp.token("fixture", { subject_token: mcp.stage.userToken({ sub: "bob", scope: "files:read" }) });
    for (const refused of [await get(bob), await get(token.fixture, `${begun.taskId.slice(0, -4)}AAAA`), await get(token.fixture, "another")])
      assert.equal(errorOf(refused).code, -32602, refused.text);
    assert.equal(fixture.requests.length, before);
  });

  test("asks nothing by a task that the server may not ask", async () => {
    const begun = await call("ruledtasks", "confirm_delete", {}, { token: await mcp.token("ruledtasks"), capabilities: { elicitation: {}, extensions: { "io.modelcontextprotocol/tasks": {} } } });
    const { taskId } = begun.messages.at(-1).result;
    const answer = await mcp.sendNew("ruledtasks", "tasks/get", { taskId }, { token: await mcp.token("ruledtasks"), capabilities: { elicitation: {}, extensions: { "io.modelcontextprotocol/tasks": {} } }, headers: { "mcp-name": taskId } });
    assert.deepEqual([answer.status, errorOf(answer).code], [502, -32603], answer.text);
  });

  test("is refused when its caller has as many open as the server bears, and goes on when one has ended", async () => {
    const waiting = [];
    raw.behave((kept, request, response) => (waiting.push([kept, response]), true));
    const fresh = await mcp.token("raw");
    const calls = Array.from({ length: 32 }, () => mcp.sendNew("raw", "prompts/get", { name: "x" }, { token: fresh }));
    while (waiting.length < 32) await new Promise((done) => setTimeout(done, 20));
    const more = await mcp.sendNew("raw", "prompts/get", { name: "x" }, { token: fresh });
    assert.equal(more.status, 429, more.text);
    assert.ok(Number(more.headers["retry-after"]) >= 1);
    for (const [kept, response] of waiting) json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result: {} });
    assert.deepEqual([...new Set((await Promise.all(calls)).map(({ status }) => status))], [200]);
    raw.behave((kept, request, response) => (json(response, 200, { jsonrpc: "2.0", id: JSON.parse(kept.body).id, result: {} }), true));
    assert.equal((await mcp.sendNew("raw", "prompts/get", { name: "x" }, { token: fresh })).status, 200);
  });

  test("asks for a server's tools itself before a call of one that was in no list is refused", async () => {
    raw.behave((kept, request, response) => {
      const { method, id } = JSON.parse(kept.body);
      json(response, 200, { jsonrpc: "2.0", id, result: method === "tools/list" ? { resultType: "complete", tools: [{ name: "late", inputSchema: { type: "object" } }], ttlMs: 0, cacheScope: "private" } : { content: [] } });
      return true;
    });
    const before = raw.methods.length;
    assert.equal((await call("raw", "late", {}, { token: token.raw })).status, 200);
    assert.deepEqual(raw.methods.slice(before), ["tools/list", "tools/call"]);
    assert.equal((await call("raw", "late", {}, { token: token.raw })).status, 200);
    assert.equal(raw.methods.length, before + 3);
  });
});
