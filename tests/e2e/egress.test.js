// Calls through the gateway: the agent shows what it has, the vendor sees its own key, and nobody else does.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { Http2 } from "./kit/http.js";
import { ModelVendor } from "./kit/model_vendor.js";

const key = "sk-vendor-7f3a-never-for-agents";

describe("a call through egress", () => {
  let egress, stage, vendor;
  before(async () => {
    egress = await openEgress({
      prepare: async ({ certificates }) => { vendor = await new ModelVendor(certificates, { key }).start(); },
      edit: (documents) => {
        documents.set("Target/openai", egressTarget("openai", { upstream: `${vendor.origin}/v1` }));
        documents.set("Target/ruled", egressTarget("ruled", { upstream: `${vendor.origin}/v1`, calls: { perMinute: 50, rules: [
          { methods: ["GET"], paths: ["/models", "/models/*"], scopes: ["models:read"] }, { methods: ["POST"], paths: ["/chat/**"], scopes: ["chat"] }] } }));
        documents.set("Target/tokens", egressTarget("tokens", { upstream: `${vendor.origin}/v1`, adapter: "jwt" }));
      },
    });
    stage = egress.stage;
    for (const target of ["openai", "ruled", "tokens"]) await egress.connect(target, key);
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
  });
  beforeEach(() => vendor.behave(undefined));

  const credential = (...order) => egress.credential(...order), call = (...order) => egress.call(...order);

  test("goes on with the vendor's key in place of what was shown, and the answer comes back", async () => {
    const { access_token: token } = await credential("openai");
    const answer = await call("openai", "/models/gpt?limit=2", { token, headers: { "openai-organization": "org-1", cookie: "a=b", "x-forwarded-for": "1.2.3.4" } });
    assert.deepEqual([answer.status, answer.json], [200, { path: "/v1/models/gpt?limit=2", method: "GET", bytes: 0 }]);
    const { headers } = vendor.last;
    assert.equal(headers.authorization, `Bearer ${key}`);
    assert.equal(headers["openai-organization"], "org-1");
    assert.deepEqual([headers.cookie, headers["x-forwarded-for"], headers["x-api-key"]], [undefined, undefined, undefined]);
    assert.deepEqual([answer.headers["x-request-id"], answer.headers["set-cookie"], answer.headers.server], ["req-7", undefined, undefined]);
  });

  test("is made with whichever header the vendor's client uses, and with a token of ours as with a key", async () => {
    const { access_token: token } = await credential("openai");
    for (const headers of [{ "x-api-key": token }, { "api-key": token }, { authorization: `Bearer ${token}` }]) {
      assert.equal((await call("openai", "/models", { headers })).status, 200);
      assert.ok(!JSON.stringify(vendor.last.headers).includes(token));
    }
    const { access_token: jwt } = await credential("tokens");
    assert.match(jwt, /^eyJ/);
    assert.equal((await call("tokens", "/models", { token: jwt })).status, 200);
  });

  test("is made with an agent's own token, for which it needs no exchange of its own", async () => {
    const token = stage.platformToken();
    const answers = await Promise.all([1, 2, 3].map(() => call("openai", "/models", { token })));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200], answers[0].text);
    const { json } = await stage.gateway.admin("/v1/records?limit=20");
    const exchanges = json.records.filter(({ kind, client }) => kind === "exchange" && client === "billing-agents");
    assert.equal(exchanges.length, 1);
    const calls = json.records.filter(({ kind, parent }) => kind === "call" && parent === exchanges[0].id);
    assert.deepEqual(calls.map(({ outcome }) => outcome), ["done", "done", "done"]);
  });

  test("carries bodies of up to 8 MiB and answers of any size", async () => {
    const { access_token: token } = await credential("openai");
    const body = Buffer.alloc(8 * 1024 * 1024, 97);
    const headers = { "content-type": "application/octet-stream" };
    assert.equal((await call("openai", "/files", { token, method: "POST", body, headers })).json.bytes, body.length);
    assert.equal((await call("openai", "/files", { token, method: "POST", body: Buffer.concat([body, Buffer.from("b")]), headers })).status, 413);
    vendor.behave((request, sent, response) => response.end(Buffer.alloc(20 * 1024 * 1024, 98)));
    assert.equal((await call("openai", "/large", { token })).body.length, 20 * 1024 * 1024);
  });

  test("is refused where the target's rules, its limit or its policies say so", async () => {
    const { access_token: token } = await credential("ruled", { scope: "models:read" });
    const before = vendor.calls.length;
    assert.equal((await call("ruled", "/models", { token })).status, 200);
    for (const [path, method, status] of [["/chat/completions", "POST", 403], ["/models", "DELETE", 403], ["/models/a/b", "GET", 403], ["/models/%2e%2e/keys", "GET", 403], ["/models%2fkeys", "GET", 403], ["//models", "GET", 403]])
      assert.equal((await call("ruled", path, { token, method })).status, status, `${method} ${path}`);
    assert.equal(vendor.calls.length, before + 1);
  });

  // Policies compare methods as they are, and there are servers that make capitals of them.
  test("is refused where its method could be read as another", async () => {
    const { access_token: token } = await credential("openai");
    const before = vendor.calls.length, http2 = new Http2(egress.origin, stage.certificates.ca);
    const send = (method, headers = {}) => http2.send("/egress/openai/models", { method, headers: { authorization: `Bearer ${token}`, ...headers } });
    for (const method of ["delete", "Get"])
      assert.equal((await send(method)).status, 403, method);
    assert.equal(vendor.calls.length, before);
    assert.equal((await send("GET", { "x-http-method-override": "DELETE", x_http_method: "DELETE" })).status, 200);
    assert.deepEqual(Object.keys(vendor.last.headers).filter((name) => name.includes("method")), []);
    http2.close();
  });

  test("is refused to who shows nothing, another target's credential, or one that was ended", async () => {
    const { access_token: token, dragoman_exchange: lease } = await credential("openai");
    const before = vendor.calls.length;
    assert.equal((await call("openai", "/models")).status, 401);
    assert.equal((await call("ruled", "/models", { token })).status, 401);
    assert.equal((await call("nowhere", "/models", { token })).status, 401);
    assert.equal((await call("openai", "/models", { token: stage.userToken() })).status, 401);
    assert.equal((await stage.gateway.kill("lease", lease)).status, 200);
    assert.equal((await call("openai", "/models", { token })).status, 401);
    assert.equal(vendor.calls.length, before);
  });

  test("is traced from the vendor's key to whoever made it", async () => {
    const { access_token: token, dragoman_exchange: lease } = await credential("openai");
    await call("openai", "/models", { token });
    const { json } = await stage.gateway.admin("/v1/trace", { method: "POST", body: `credential=${key}` });
    const supply = json.records.find(({ kind, parent }) => kind === "supply" && parent === lease);
    assert.ok(supply, JSON.stringify(json).slice(0, 500));
    assert.deepEqual([supply.subject.sub, supply.target], ["alice", "openai"]);
  });

  // What a POST does may have been done when the connection it went over is closed.
  test("is not sent a second time where it may have had effects", async () => {
    const { access_token: token } = await credential("openai");
    const post = (path) => call("openai", path, { token, method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    assert.equal((await post("/first")).status, 200); // leaves a connection that the next one takes
    vendor.behave((request) => request.socket.destroy());
    const before = vendor.calls.length;
    assert.equal((await post("/second")).status, 502);
    assert.deepEqual(vendor.calls.slice(before).map(({ url }) => url), ["/v1/second"]);
  });

  test("is a refusal when the vendor cannot be reached, and cut when the vendor breaks off", async () => {
    const { access_token: token } = await credential("openai");
    vendor.behave((request) => request.socket.destroy());
    assert.equal((await call("openai", "/models", { token })).status, 502);
    vendor.behave((request, body, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("half");
      setTimeout(() => request.socket.destroy(), 50);
    });
    await assert.rejects(call("openai", "/models", { token }));
  });
});
