// API keys of our own: minted in the exchange, recognised everywhere, ended like every other credential.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { assertFault } from "./kit/faults.js";
import { now } from "./kit/forge.js";
import { basic } from "./kit/http.js";
import { keyShape as shape, keyTargets, whole } from "./kit/keys.js";
import { until } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

const keyType = "urn:dragoman:token-type:api-key";

describe("API keys", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ edit: keyTargets });
  });
  after(() => stage?.close());

  const exchange = (changes = {}, options) => stage.exchange({ audience: "shop", scope: "orders:read", ...changes }, options);
  const mint = async (changes, options) => {
    const answer = await exchange(changes, options);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  // Nothing is issued in the first moments after a kill, either.
  const mintAfterKill = () => until(async () => {
    const answer = await exchange({ subject_token: stage.userToken({ iat: now() }) });
    return answer.status === 200 && answer.json;
  }, "keys are minted again");
  const introspect = async (token, who = "partner-api", form = {}) => (await stage.gateway.post("/introspect", { token, ...form }, { auth: stage.authOf(who) })).json;
  const inactive = { active: false };

  test("have a shape and a checksum that others can check, and are nowhere kept", async () => {
    const { access_token: key, ...answer } = await mint();
    assert.match(key, shape);
    assert.equal(key, whole(key.slice(4, 44)));
    assert.equal(answer.issued_token_type, keyType);
    assert.equal(answer.token_type, "N_A");
    assert.equal(answer.scope, "orders:read");
    assert.deepEqual(answer.dragoman_presentation, { in: "header", name: "authorization", scheme: "Bearer" });
    const lease = stage.gateway.sql(`SELECT state, adapter, target, fingerprint FROM lease WHERE id = '${answer.dragoman_exchange}'`);
    assert.match(lease, /^live\|api-key\|shop\|[0-9a-f]{64}$/);
    const record = await stage.gateway.record(answer.dragoman_exchange);
    assert.equal(record.token_type, keyType);
    assert.ok(!JSON.stringify(record).includes(key.slice(12, 44)));
    assert.ok(!JSON.stringify(record).includes(lease.split("|")[3]), "not even its fingerprint is in the record");
    assert.notEqual((await mint()).access_token, key);
  });

  test("are shown where the target says, and asked for by their type alone", async () => {
    assert.deepEqual((await mint({ audience: "depot", requested_token_type: keyType })).dragoman_presentation, { in: "header", name: "x-depot-key" });
    assertFault(await exchange({ requested_token_type: "urn:ietf:params:oauth:token-type:jwt" }), "TARGET_TYPE");
    assertFault(await stage.exchange({ requested_token_type: keyType }), "TARGET_TYPE");
    assert.equal((await stage.exchange()).json.dragoman_presentation, undefined, "a bearer token needs no word");
    assert.equal((await exchange({ dragoman_dry_run: "true" })).json.dragoman_presentation, undefined);
  });

  test("are introspected like tokens, by the same callers", async () => {
    const { access_token: key, dragoman_exchange: id } = await mint({ scope: "orders:read" });
    for (const who of ["orders-agent", "partner-api"]) {
      const seen = await introspect(key, who, { token_type_hint: "refresh_token" });
      const { records: [record] } = (await stage.gateway.admin(`/v1/trace/${id}`)).json;
      assert.deepEqual({ ...seen, iat: 0 }, { active: true, token_type: "N_A", iss: stage.gateway.issuer, sub: "alice", sub_iss: stage.corp.identifier,
        aud: "shop", client_id: "orders-agent", scope: "orders:read", exp: record.expires_at, iat: 0, jti: id, txn: record.root,
        act: { iss: stage.gateway.issuer, sub: "orders-agent" } });
    }
    assert.deepEqual(await introspect(key, "stranger"), inactive);
    const random = key.slice(4, 44);
    for (const other of [whole(`${random.slice(0, -1)}${random.at(-1) === "a" ? "b" : "a"}`), `${key.slice(0, -1)}${key.at(-1) === "0" ? "1" : "0"}`, key.slice(0, -1), `${key}0`, key.toUpperCase(), ` ${key}`])
      assert.deepEqual(await introspect(other), inactive, other);
  });

  test("end when they are revoked by their client, and by nobody else", async () => {
    const { access_token: key, dragoman_exchange: id } = await mint();
    const { access_token: sibling } = await mint();
    const revoke = (who) => stage.gateway.post("/revoke", { token: key, token_type_hint: "access_token" }, { auth: stage.authOf(who) });
    for (const who of ["stranger", "partner-api"]) assert.equal((await revoke(who)).status, 200);
    assert.equal((await introspect(key)).active, true);
    assert.equal((await revoke("orders-agent")).status, 200);
    assert.deepEqual(await introspect(key), inactive);
    assert.equal((await introspect(sibling)).active, true);
    const shown = (await stage.gateway.admin(`/v1/leases/${id}`)).json;
    assert.equal(shown.state, "killed");
  });

  test("are traced by their fingerprint or themselves, and so are tokens", async () => {
    const { access_token: key, dragoman_exchange: id } = await mint();
    const fingerprint = stage.gateway.sql(`SELECT fingerprint FROM lease WHERE id = '${id}'`);
    const byName = await stage.gateway.admin(`/v1/trace/${fingerprint}`);
    assert.equal(byName.status, 200, byName.text);
    assert.equal(byName.json.asked, id);
    assert.equal(byName.json.records.at(-1).id, id);
    const { access_token: token, dragoman_exchange: tokenId } = (await stage.exchange()).json;
    for (const [credential, asked] of [[key, id], [token, tokenId]]) {
      const shown = await stage.gateway.cli(["trace", "-"], { input: `${credential}\n` });
      assert.equal(shown.code, 0, shown.errors);
      assert.match(shown.output, /Triggered by alice of /);
      assert.match(shown.output, new RegExp(`${asked}.*asked`));
    }
    assert.equal((await stage.gateway.cli(["trace", "-"], { input: whole("B".repeat(40)) })).code, 1);
    assert.equal((await stage.gateway.admin("/v1/trace", { method: "POST", body: "" })).status, 400);
    assert.equal((await stage.gateway.admin(`/v1/trace/${"0".repeat(64)}`)).status, 404);
    const listed = await stage.gateway.cli(["lease", "list"]);
    assert.match(listed.output, new RegExp(`api-key.*${fingerprint.slice(0, 16)}`));
  });

  test("refuse settings that would not work when one is minted", async () => {
    await stage.gateway.apply({ kind: "Target", metadata: { name: "broken" }, spec: { audiences: ["broken"], adapter: "api-key", settings: { header: "Cookie" },
      domain: "partner", accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } }).catch(() => {});
    const answer = await exchange({ audience: "broken", scope: undefined });
    assert.notEqual(answer.status, 200, "by apply, or by the adapter");
  });

  test("end with whatever they stand on", async () => {
    for (const [kind, idOf] of [["root", ({ record }) => record.root], ["target", () => "shop"], ["client", () => "orders-agent"], ["adapter", () => "api-key"],
      ["subject", ({ record }) => `${record.subject.iss} ${record.subject.sub}`], ["issuer", ({ record }) => record.subject.iss]]) {
      const { access_token: key, dragoman_exchange: id } = await mintAfterKill();
      const thing = idOf({ record: await stage.gateway.record(id) });
      assert.equal((await introspect(key)).active, true);
      assert.equal((await stage.gateway.kill(kind, thing)).status, 200, kind);
      assert.deepEqual(await introspect(key), inactive, kind);
      if (kind !== "root") assert.equal((await stage.gateway.lift(kind, thing)).status, 200);
      assert.deepEqual(await introspect(key), inactive, `${kind}: what was dead stays dead`);
    }
  });
});

describe("forward-auth", () => {
  let stage, read, write;
  before(async () => {
    stage = await Stage.open({ edit: keyTargets, gateway: { limits: { threads: 1 } } });
    read = await mint();
    write = await mint({ scope: "orders:write" });
  });
  after(() => stage?.close());

  const mint = async (changes = {}) => {
    const answer = await stage.exchange({ subject_token: stage.userToken({ scope: "orders:read orders:write orders:admin" }), audience: "shop", scope: "orders:read", ...changes });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const nginx = (method, uri) => ({ "x-original-method": method, "x-original-uri": uri });
  const ask = (credential, headers = nginx("GET", "/orders"), { target = "shop", method = "GET", show = { authorization: `Bearer ${credential}` } } = {}) =>
    stage.gateway.http.send(`/forward-auth/${target}`, { method, headers: { ...(credential === undefined ? {} : show), ...headers } });
  const lookups = () => stage.gateway.admin("/metrics").then((answer) => answer.text);

  test("lets a good call through and says whose it is", async () => {
    const answer = await ask(read.access_token);
    assert.equal(answer.status, 200, answer.text);
    const { headers } = answer;
    assert.deepEqual([headers["dragoman-subject"], headers["dragoman-issuer"], headers["dragoman-client"], headers["dragoman-scope"], headers["dragoman-exchange"], headers["dragoman-target"]],
      ["alice", stage.corp.identifier, "orders-agent", "orders:read", read.dragoman_exchange, "shop"]);
    assert.equal(headers["dragoman-root"], (await stage.gateway.record(read.dragoman_exchange)).root);
    assert.equal(headers["cache-control"], "no-store");
  });

  test("takes the key wherever the vendor's SDK puts it, and one only", async () => {
    const key = read.access_token;
    for (const show of [{ "x-api-key": key }, { "api-key": key }, { authorization: basic(key, "") }, { authorization: basic("token", key) }, { authorization: `bearer ${key}` },
      { authorization: `Bearer ${key}`, "x-api-key": key }])
      assert.equal((await ask(key, undefined, { show })).status, 200, JSON.stringify(show));
    const both = await ask(key, undefined, { show: { authorization: `Bearer ${key}`, "x-api-key": write.access_token } });
    assertRefused(both, 401, "CALL_CREDENTIAL_SEVERAL");
    for (const show of [{}, { "x-depot-key": key }, { cookie: `key=${key}` }, { authorization: key }, { authorization: "Bearer whatever" }]) {
      const missing = await ask(key, undefined, { show });
      assertRefused(missing, 401, "CALL_CREDENTIAL_MISSING");
      assert.equal(missing.headers["www-authenticate"], 'Bearer realm="dragoman"');
    }
    const depot = (await mint({ audience: "depot" })).access_token;
    assert.equal((await ask(depot, undefined, { target: "depot", show: { "x-depot-key": depot } })).status, 200);
  });

  test("takes our tokens like keys", async () => {
    await stage.gateway.apply({ kind: "Target", metadata: { name: "wiki" }, spec: { domain: "partner", audiences: ["wiki"], scopes: ["orders:read"],
      accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });
    const { access_token: token } = await mint({ audience: "wiki" });
    const once = () => ask(token, undefined, { target: "wiki" });
    assert.equal((await once()).status, 200);
    assert.equal((await once()).headers["dragoman-subject"], "alice", "and remembers them");
    assertRefused(await ask(stage.userToken(), undefined, { target: "wiki" }), 401, "CALL_CREDENTIAL_UNKNOWN");
    assertRefused(await ask(`${token.slice(0, -6)}AAAAAA`, undefined, { target: "wiki" }), 401, "CALL_CREDENTIAL_UNKNOWN");
    const { kid } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
    assert.equal((await stage.gateway.admin(`/v1/keys/${kid}/revoke`, { method: "POST" })).status, 200);
    assert.equal((await once()).status, 401, "a token of a revoked key is none of ours, remembered or not");
  });

  function assertRefused(answer, status, symbol) {
    assert.equal(answer.status, status, answer.text);
    assert.ok(["invalid_token", "invalid_request", "insufficient_scope", "access_denied", "slow_down"].includes(answer.json.error), answer.text);
    assertFault(answer, symbol);
  }

  test("asks for the scopes that the first rule that fits needs", async () => {
    const wrong = await ask(read.access_token, nginx("POST", "/orders"));
    assertRefused(wrong, 403, "CALL_SCOPE");
    assert.equal(wrong.headers["www-authenticate"], 'Bearer realm="dragoman", error="insufficient_scope", scope="orders:write"');
    assert.equal((await ask(write.access_token, nginx("POST", "/orders"))).status, 200);
    assertRefused(await ask(write.access_token, nginx("GET", "/orders/7")), 403, "CALL_SCOPE");
    assertRefused(await ask(read.access_token, nginx("GET", "/admin")), 403, "CALL_SCOPE");
    assertRefused(await ask(read.access_token, nginx("GET", "/admin/")), 403, "CALL_SCOPE");
    assertRefused(await ask(read.access_token, nginx("GET", "/else")), 403, "CALL_NOT_OFFERED");
    assertRefused(await ask(read.access_token, nginx("DELETE", "/orders")), 403, "CALL_NOT_OFFERED");
    assert.equal((await ask(read.access_token, nginx("DELETE", "/open/x/y?z=/admin"))).status, 200);
    const record = await stage.gateway.record(wrong.headers["dragoman-exchange"]);
    assert.deepEqual([record.kind, record.outcome, record.reason, record.client, record.parent, record.target], ["call", "refused", "call_scope", "orders-agent", read.dragoman_exchange, "shop"]);
    assert.deepEqual(record.call, { method: "POST", path: "/orders" });
  });

  test("refuses paths that can be read in more than one way", async () => {
    for (const path of ["/open/../admin", "/open/%2e%2e/admin", "/open/..%2fadmin", "/open/%2E./admin", "//admin", "/open//admin", "/open/..;/admin", "/open/.;x/admin", "/open/%5c..%5cadmin",
      "/open/a\\..\\admin", "/open/%00", "/open/%0a", "/open/%", "/open/%zz", "/open/%252e%252e/admin", "/open/%c0%ae%c0%ae/admin", "/open/#/admin", "open/x", "/open/%3f", "/open/.", "/open;x/y", "/open/x;jsessionid=1"])
      assertRefused(await ask(read.access_token, nginx("GET", path)), 403, "CALL_PATH");
  });

  test("reads what nginx, Traefik and Envoy say, and no mixture of them", async () => {
    const key = read.access_token;
    const forwarded = { "x-forwarded-method": "GET", "x-forwarded-uri": "/orders", "x-forwarded-host": "shop.example" };
    assert.equal((await ask(key, forwarded)).status, 200);
    assert.equal((await ask(key, { "x-original-method": "GET", "x-original-url": "https://shop.example/orders?x=1" })).status, 200);
    assert.equal((await ask(key, {}, { target: "shop/orders/7" })).status, 200);
    assertRefused(await ask(key, {}, { target: "shop/orders", method: "DELETE" }), 403, "CALL_NOT_OFFERED");
    for (const [headers, options] of [[{}], [{ ...nginx("GET", "/open/x"), ...forwarded }], [nginx("GET", "/open/x"), { target: "shop/admin" }], [{ "x-original-uri": "/open/x" }],
      [{ "x-original-method": "GET" }], [forwarded, { target: "shop/admin" }], [{ ...nginx("GET", "/open/x"), "x-original-url": "https://shop.example/admin" }], [nginx("get", "/open/x")],
      [{ "x-original-method": "GET", "x-original-url": "/admin?next=https://shop.example/open/x" }]])
      assertRefused(await ask(key, headers, options), 403, "CALL_UNDESCRIBED");
  });

  test("knows keys of other targets, and targets that are none", async () => {
    const { access_token: depot } = await mint({ audience: "depot" });
    const answer = await ask(depot, nginx("GET", "/open/x"));
    assertRefused(answer, 401, "CALL_CREDENTIAL_TARGET");
    assert.match(answer.headers["www-authenticate"], /error="invalid_token"/);
    assert.equal((await stage.gateway.record(answer.headers["dragoman-exchange"])).reason, "call_credential_target");
    assertRefused(await ask(depot, nginx("GET", "/open/x"), { target: "nowhere" }), 401, "CALL_CREDENTIAL_TARGET");
    assertFault(await stage.gateway.http.send("/forward-auth"), "REQUEST_PATH");
  });

  test("asks nobody about a key that is not whole, and records nothing of strangers", async () => {
    const key = read.access_token;
    const before = (await stage.gateway.admin("/v1/records?limit=1")).json.records[0].id;
    assertRefused(await ask(`${key.slice(0, -1)}${key.at(-1) === "0" ? "1" : "0"}`), 401, "CALL_CREDENTIAL_MISTYPED");
    assertRefused(await ask(whole("A".repeat(40))), 401, "CALL_CREDENTIAL_UNKNOWN");
    assert.equal((await stage.gateway.admin("/v1/records?limit=1")).json.records[0].id, before);
    assert.match(await lookups(), /call_credential_mistyped/);
  });

  test("stops a key that is killed, one that is revoked, and those of who is switched off", async () => {
    const { access_token: key, dragoman_exchange: id } = await mint();
    assert.equal((await ask(key)).status, 200);
    assert.equal((await stage.gateway.kill("lease", id)).status, 200);
    assertRefused(await ask(key), 401, "CALL_CREDENTIAL_ENDED");
    const again = await mint();
    assert.equal((await ask(again.access_token)).status, 200);
    await stage.gateway.post("/revoke", { token: again.access_token }, { auth: stage.auth });
    assertRefused(await ask(again.access_token), 401, "CALL_CREDENTIAL_ENDED");
  });

  test("are an agent's as well as a client's, and end with their target", async () => {
    await stage.gateway.apply(lamp(true));
    const answer = await stage.exchangeAsAgent({ audience: "lamp", scope: "orders:read" });
    assert.equal(answer.status, 200, answer.text);
    const once = () => ask(answer.json.access_token, nginx("GET", "/"), { target: "lamp" });
    const { headers } = await once();
    assert.deepEqual([headers["dragoman-client"], headers["dragoman-subject"]], ["billing-agents", "alice"]);
    await stage.gateway.apply(lamp(false));
    assertRefused(await once(), 401, "CALL_CREDENTIAL_ENDED");
  });
  const lamp = (enabled) => ({ kind: "Target", metadata: { name: "lamp" }, spec: { domain: "partner", audiences: ["lamp"], adapter: "api-key", scopes: ["orders:read"], enabled,
    accepts: { issuers: ["corp-idp"], clients: ["billing-agents"] } } });

  test("are held to the rate of the client, and to its budget of records", async () => {
    const own = await Stage.open({ edit: (documents) => {
      keyTargets(documents);
      documents.get("Client/orders-agent").spec.budget = { exchangesPerSecond: 20, recordsPerHour: 4 };
    } });
    try {
      const { json: { access_token: key } } = await own.exchange({ audience: "shop", scope: "orders:read" });
      const call = (uri) => own.gateway.http.send("/forward-auth/shop", { headers: { "x-api-key": key, ...nginx("GET", uri) } });
      for (let i = 0; i < 8; i++) assert.equal((await call("/admin")).status, 403);
      const { records } = (await own.gateway.admin("/v1/records?limit=100")).json;
      assert.equal(records.filter(({ kind }) => kind === "call").length, 3, "one of four is the exchange's");
      const answers = await Promise.all(Array.from({ length: 60 }, () => call("/orders")));
      const late = answers.find(({ status }) => status === 429);
      assertRefused(late, 429, "BUDGET_RATE");
      assert.match(late.headers["retry-after"], /^[1-9]\d*$/);
    } finally {
      await own.close();
    }
  });

  test("are shut out by nobody who guesses through the same proxy, once they are known", async () => {
    const own = await Stage.open({ edit: keyTargets, gateway: { limits: { threads: 1, strangers: { refusalsPerMinute: 20 } } } });
    try {
      const keys = [await own.exchange({ audience: "shop", scope: "orders:read" }), await own.exchange({ audience: "shop", scope: "orders:read" })].map(({ json }) => json.access_token);
      const call = (key) => own.gateway.http.send("/forward-auth/shop", { headers: { "x-api-key": key, ...nginx("GET", "/orders") } });
      assert.equal((await call(keys[0])).status, 200);
      while (Date.now() % 60_000 > 50_000) await new Promise((resolve) => setTimeout(resolve, 500)); // within one minute
      const guesses = [];
      for (let i = 0; i < 30; i++) guesses.push((await call(whole(String(i).padStart(32, "G")))).status);
      assert.deepEqual([guesses[0], guesses.at(-1)], [401, 429]);
      assert.equal((await call(keys[0])).status, 200);
      assert.equal((await call(keys[1])).status, 429, "this one is as good as a guess");
      await own.gateway.kill("lease", (await own.gateway.admin("/v1/leases?limit=2")).json.leases[1].id);
      assert.equal((await call(keys[0])).status, 401, "known is not alive");
    } finally {
      await own.close();
    }
  });

  test("bring nothing down by leaving early", async () => {
    const worker = stage.gateway.worker;
    for (let i = 0; i < 40; i++) {
      const { access_token: key } = await mint();
      const socket = connect({ host: "127.0.0.1", port: stage.gateway.port, ca: stage.certificates.ca, servername: "localhost" });
      await once(socket, "secureConnect");
      socket.write(`GET /forward-auth/shop HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${i % 2 === 0 ? key : "drg_"}\r\nx-original-method: GET\r\nx-original-uri: /orders\r\n\r\n`);
      if (i % 3 === 0) await new Promise(setImmediate);
      socket.destroy();
    }
    assert.equal((await ask(read.access_token)).status, 200);
    assert.equal(stage.gateway.worker, worker);
  });

  test("counts what was used and what was refused, and writes it down", async () => {
    const own = await Stage.open({ edit: keyTargets });
    try {
      const { json } = await own.exchange({ audience: "shop", scope: "orders:read" });
      const call = (uri) => own.gateway.http.send("/forward-auth/shop", { headers: { "x-api-key": json.access_token, ...nginx("GET", uri) } });
      for (const uri of ["/orders", "/orders", "/orders/1", "/admin"]) await call(uri);
      await own.gateway.stop();
      assert.equal(own.gateway.sql(`SELECT sum(calls), sum(refused) FROM lease_use WHERE lease = '${json.dragoman_exchange}'`), "3|1");
      await own.gateway.start();
      const lease = (await own.gateway.admin(`/v1/leases/${json.dragoman_exchange}`)).json;
      assert.deepEqual([lease.calls, lease.calls_refused], [3, 1]);
      assert.ok(Math.abs(lease.last_used_at - now()) < 180);
    } finally {
      await own.close();
    }
  });

  test("bears as many calls in a minute as the target says", async () => {
    const { access_token: key } = await mint({ audience: "slow" });
    while (Date.now() % 60_000 > 55_000) await new Promise((resolve) => setTimeout(resolve, 500)); // within one minute
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await ask(key, nginx("GET", "/x"), { target: "slow" }));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 429]);
    assertRefused(answers[3], 429, "CALL_RATE");
    assert.ok(Number(answers[3].headers["retry-after"]) >= 1 && Number(answers[3].headers["retry-after"]) <= 60);
    const other = await mint({ audience: "slow" });
    assert.equal((await ask(other.access_token, nginx("GET", "/x"), { target: "slow" })).status, 200, "each key for itself");
  });
});
