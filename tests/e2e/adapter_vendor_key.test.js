// The adapter vendor_key as a program of its own, against a vendor that checks what it is sent.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AdapterPeer, AdapterState } from "./kit/adapter_peer.js";
import { makeCertificates } from "./kit/certificates.js";
import { build, privateFolder, programs, run } from "./kit/machine.js";
import { Vendor } from "./kit/vendor.js";

const program = join(build, "adapters/vendor_key/vendor_key");
const type = "urn:dragoman:token-type:api-key";

describe("vendor_key", () => {
  let folder, certificates, vendor, peer, state;
  before(() => {
    folder = privateFolder();
    certificates = makeCertificates(folder);
  });
  after(() => folder.remove());
  beforeEach(async () => {
    vendor = await Vendor.start(certificates);
    state = new AdapterState();
    peer = start();
  });
  afterEach(async () => {
    await peer.end();
    await vendor.stop();
    assert.ok(!peer.output.includes(vendor.secret));
  });

  const start = (more = {}) => new AdapterPeer(program, { ca: certificates.authorityFile, allow_addresses: ["127.0.0.0/8"], state, ...more });
  const settings = (origin = vendor.origin) => ({
    create: {
      method: "POST", url: `${origin}/v1/keys`, headers: { "x-admin-key": "{secret}", "idempotency-key": "{lease}" },
      body: { name: "dragoman {lease}", permissions: "{scopes}", expires: "{expires_at}", labels: { for: "{subject} by {client}", literal: "{{x}}", root: "{root}" } },
    },
    delete: { method: "DELETE", url: `${origin}/v1/keys/{id}`, headers: { "x-admin-key": "{secret}" } },
    find: {
      method: "GET", url: `${origin}/v1/keys?name=dragoman%20{lease}`, headers: { "x-admin-key": "{secret}" },
      list: "/keys", id: "/id", label: "/name", equals: "dragoman {lease}", more: "/next",
    },
    answer: { key: "/data/secret", id: "/data/key_id", expires_at: "/data/expires" },
    presentation: { header: "x-api-key" },
  });
  const target = (itsSettings = settings()) => ({ name: "payments", domain: "saas", audience: "https://pay.example", settings: itsSettings });
  const order = (more = {}) => ({
    lease: "06FLEASE", root: "root-1", fresh: false, target: target(), subject: { issuer: "https://idp.example", subject: "alice" }, actors: [],
    client: "planner", type, scopes: ["charges:read", "charges:write"], authorization_details: [], issued_at: 1790000000, expires_at: 1790000300, ...more,
  });
  const connect = async () => {
    await peer.initialize();
    assert.deepEqual(await peer.ask("connect_finish", { target: target(), answers: { secret: vendor.secret } }), {});
  };
  const failsWith = (code, pattern, promise) => assert.rejects(promise, (error) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    assert.ok(!JSON.stringify(error).includes(vendor.secret) && ![...vendor.keys.values()].some(({ key }) => error.message.includes(key)));
    return true;
  });

  test("says what it is and what it wants to be given", async () => {
    const { protocol, manifest } = await peer.initialize();
    assert.equal(protocol, 1);
    assert.deepEqual(manifest.credentials, [{ type, token_type: "N_A" }]);
    assert.deepEqual([manifest.outside_effects, manifest.network, manifest.connects, manifest.renews], [true, "any", "secret", false]);
    const { ask } = await peer.ask("connect_begin", { target: target() });
    assert.deepEqual(ask.map(({ name, secret }) => [name, secret]), [["secret", true]]);
    assert.deepEqual(await peer.ask("health", {}), { status: "good" });
    assert.equal((await peer.ask("health", { target: target() })).status, "degraded");
  });

  test("makes a key as described, and deletes it", async () => {
    await connect();
    const made = await peer.ask("mint", order());
    const [key] = vendor.keys.values();
    assert.deepEqual(made, {
      credential: key.key, type, expires_at: 1790000300, scopes: ["charges:read", "charges:write"],
      presentation: { in: "header", name: "x-api-key" }, handle: key.id,
    });
    assert.deepEqual(key, {
      id: key.id, key: key.key, name: "dragoman 06FLEASE", permissions: ["charges:read", "charges:write"], expires: 1790000300,
      labels: { for: "alice by planner", literal: "{x}", root: "root-1" },
    });
    const { headers } = vendor.requests.at(-1);
    assert.deepEqual([headers["x-admin-key"], headers["idempotency-key"], headers.authorization], [vendor.secret, "06FLEASE", undefined]);
    assert.deepEqual(await peer.ask("revoke", { lease: "06FLEASE", target: target(), handle: made.handle }), {});
    assert.equal(vendor.keys.size, 0);
    assert.equal(vendor.requests.at(-1).url, `/v1/keys/${encodeURIComponent(key.id)}`);
    assert.deepEqual(await peer.ask("revoke", { lease: "06FLEASE", target: target(), handle: made.handle }), {}, "gone already");
    assert.deepEqual(vendor.complaints, []);
  });

  test("makes another key for another lease, and fresh or not for every one", async () => {
    await connect();
    const first = await peer.ask("mint", order());
    const second = await peer.ask("mint", order({ lease: "06FOTHER", fresh: true }));
    assert.notEqual(first.credential, second.credential);
    assert.equal(vendor.keys.size, 2);
  });

  test("makes no key for authorization details, by which it could not be narrowed", async () => {
    await connect();
    await failsWith(-32001, /authorization_details/, peer.ask("mint", order({ authorization_details: [{ type: "charge", amount: 5 }] })));
    assert.equal(vendor.keys.size, 0);
  });

  test("takes no longer life and no later end from the vendor than was decided", async () => {
    await connect();
    const answer = (expires) => ({ status: 201, body: { data: { secret: "vk_1", key_id: 7, expires } } });
    vendor.failing = [answer("2099-01-01T00:00:00.123Z"), answer(1790000100), answer(null), answer("soon")];
    const longer = await peer.ask("mint", order());
    assert.deepEqual([longer.expires_at, longer.handle], [1790000300, "7"]);
    assert.equal((await peer.ask("mint", order())).expires_at, 1790000100);
    assert.equal((await peer.ask("mint", order())).expires_at, 1790000300);
    await failsWith(-32003, /no time there/, peer.ask("mint", order()));
  });

  test("finds by its lease what it made where the handle is not known, and nothing else", async () => {
    await connect();
    await peer.ask("mint", order());
    const other = await peer.ask("mint", order({ lease: "06FLEASE2" }));
    vendor.ignoresFilter = true; // a vendor that overlooks the filter lists all there are
    assert.deepEqual(await peer.ask("revoke", { lease: "06FLEASE", target: target() }), {});
    assert.deepEqual([...vendor.keys.keys()], [other.handle]);
    assert.deepEqual(await peer.ask("revoke", { lease: "06FNEVER", target: target() }), {});
    assert.equal(vendor.keys.size, 1);
    vendor.failing = [{ status: 200, body: { keys: [], next: "page2" } }];
    await failsWith(-32003, /more pages/, peer.ask("revoke", { lease: "06FLEASE2", target: target() }));
  });

  test("deletes what it made though the target has gone", async () => {
    await connect();
    const { handle } = await peer.ask("mint", order());
    const { settings: _, ...gone } = target();
    assert.deepEqual(await peer.ask("revoke", { lease: "06FLEASE", target: gone, handle }), {});
    assert.equal(vendor.keys.size, 0);
    await peer.ask("disconnect", { target: target() });
    await failsWith(-32003, /nothing is kept/, peer.ask("revoke", { lease: "06FLEASE", target: gone, handle }));
  });

  test("gives what one team handed over to no other that takes the name, and still deletes what the first had made", async () => {
    await peer.initialize();
    const of = (team) => ({ ...target(), team });
    await peer.ask("connect_finish", { target: of("shop"), answers: { secret: vendor.secret } });
    const { handle } = await peer.ask("mint", order({ target: of("shop") }));
    for (const other of [of("books"), target()]) {
      await failsWith(-32003, /connected for another team/, peer.ask("mint", order({ lease: "06FTHIEF", target: other })));
      assert.equal((await peer.ask("health", { target: other })).status, "degraded");
    }
    assert.equal(vendor.keys.size, 1);
    assert.deepEqual(await peer.ask("revoke", { lease: "06FLEASE", target: of("books"), handle }), {});
    assert.equal(vendor.keys.size, 0);
    await peer.ask("connect_finish", { target: of("books"), answers: { secret: vendor.secret } });
    await peer.ask("mint", order({ lease: "06FLEASE3", target: of("books") }));
  });

  test("puts values in as values, whatever is in them", async () => {
    await connect();
    const lease = '../x?a=b&c#"\\ \u00e9\r\nX-Evil: 1';
    const subject = 'al"ice\\","admin":true,"x":"\n{secret}';
    const plain = settings();
    delete plain.create.headers["idempotency-key"];
    plain.create.headers["idempotency-key"] = "always";
    await peer.ask("mint", order({ lease, subject: { issuer: "i", subject }, target: target(plain) }));
    const [key] = vendor.keys.values();
    assert.equal(key.labels.for, `${subject} by planner`);
    assert.equal(key.name, `dragoman ${lease}`);
    vendor.requests.length = 0;
    assert.deepEqual(await peer.ask("revoke", { lease, target: target() }), {});
    assert.equal(vendor.keys.size, 0, "found by an escaped query");
    assert.equal(new URL(vendor.requests[0].url, vendor.origin).searchParams.get("name"), `dragoman ${lease}`);
    assert.ok(vendor.requests.every(({ headers }) => headers["x-evil"] === undefined));
    await failsWith(-32001, /not plain ASCII/, peer.ask("mint", order({ lease })));
    const before = vendor.requests.length;
    for (const handle of ["..", ".", ""]) await failsWith(-32001, /another path|empty/, peer.ask("revoke", { lease: "x", target: target(), handle }));
    assert.equal(vendor.requests.length, before, "nothing was sent");
    assert.deepEqual(vendor.complaints, []);
  });

  test("sends the secret to no host but the one it was given for", async () => {
    await connect();
    const thief = await Vendor.start(certificates);
    await failsWith(-32003, /connect it again/, peer.ask("mint", order({ target: target(settings(thief.origin)) })));
    await failsWith(-32003, /connect it again/, peer.ask("revoke", { lease: "x", target: target(settings(thief.origin)) }));
    assert.equal((await peer.ask("health", { target: target(settings(thief.origin)) })).status, "degraded");
    assert.equal(thief.requests.length, 0);
    thief.failing = [];
    vendor.failing = [{ status: 307, headers: { location: `${thief.origin}/v1/keys` } }];
    await failsWith(-32003, /status 307/, peer.ask("mint", order()));
    assert.equal(thief.requests.length, 0, "no redirect is followed");
    await thief.stop();
  });

  test("gives out no key that the secret is in, whatever the vendor repeats", async () => {
    await connect();
    for (const data of [{ secret: vendor.secret, key_id: "1" }, { secret: "vk_1", key_id: `for-${vendor.secret}` }]) {
      vendor.failing.push({ status: 201, body: { data } });
      await failsWith(-32003, /has the secret there/, peer.ask("mint", order()));
    }
  });

  test("keeps the secret sealed, for a target and for nobody else", async () => {
    await connect();
    await failsWith(-32003, /not connected/, peer.ask("mint", order({ target: { ...target(), name: "other" } })));
    assert.ok(state.entries.size >= 1);
    for (const { value } of state.entries.values()) if (value !== undefined) assert.ok(!Buffer.from(value, "base64url").includes(vendor.secret));
    state.entries.set("target/other", { ...state.entries.get("target/payments") });
    await failsWith(-32603, /does not open/, peer.ask("mint", order({ target: { ...target(), name: "other" } })));
    await failsWith(-32001, /for a subject/, peer.ask("connect_finish", { target: target(), subject: { issuer: "i", subject: "s" }, answers: { secret: "x" } }));
    await failsWith(-32001, /for a subject/, peer.ask("disconnect", { target: target(), subject: { issuer: "i", subject: "s" } }));
    await failsWith(-32001, /no usable secret/, peer.ask("connect_finish", { target: target(), answers: { secret: "a\r\nb" } }));
    await peer.ask("disconnect", { target: target() });
    await failsWith(-32003, /not connected/, peer.ask("mint", order()));
  });

  test("says by the kind of error what has to happen", async () => {
    await connect();
    vendor.failing = [
      { status: 429, headers: { "retry-after": "17" } }, { status: 503, headers: { "retry-after": new Date(Date.now() + 60_000).toUTCString() } }, { status: 500 },
      { status: 401, body: { error: vendor.secret } }, { status: 403 }, { status: 422, body: { error: vendor.secret } }, { status: 200, body: "{" },
      { status: 200, body: { data: { secret: 7, key_id: "x" } } }, { status: 201, body: { data: { secret: "k" } } }, { status: 200, body: { data: { secret: "a\nb", key_id: "x" } } },
    ];
    await assert.rejects(peer.ask("mint", order()), { code: -32002, data: { retry_after_s: 17 } });
    await assert.rejects(peer.ask("mint", order()), ({ code, data }) => code === -32002 && data.retry_after_s > 50 && data.retry_after_s <= 60);
    await failsWith(-32002, /status 500/, peer.ask("mint", order()));
    await failsWith(-32003, /status 401: connect/, peer.ask("mint", order()));
    await failsWith(-32003, /status 403/, peer.ask("mint", order()));
    await failsWith(-32003, /status 422/, peer.ask("mint", order()));
    await failsWith(-32603, /strict JSON/, peer.ask("mint", order()));
    await assert.rejects(peer.ask("mint", order()), { code: -32003, data: { path: "/answer/key" } });
    await assert.rejects(peer.ask("mint", order()), { code: -32003, data: { path: "/answer/id" } });
    await assert.rejects(peer.ask("mint", order()), { code: -32003, data: { path: "/answer/key" } });
    await vendor.stop();
    await failsWith(-32002, /other side/, peer.ask("mint", order()));
    vendor.server.listen(0);
  });

  test("stops when nobody waits any more, while others go on", async () => {
    await connect();
    vendor.failing = ["hang", "hang"];
    const hanging = peer.begin("mint", order());
    const late = peer.ask("mint", order({ deadline_ms: 700 }));
    const ended = assert.rejects(hanging.answer, { code: -32800 });
    while (vendor.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok((await peer.ask("mint", order({ lease: "06FOTHER" }))).credential);
    const begun = Date.now();
    peer.cancel(hanging.id);
    await ended;
    assert.ok(Date.now() - begun < 2000, `${Date.now() - begun} ms`);
    await assert.rejects(late, { code: -32800 });
  });

  test("goes to public addresses and excepted ones alone", async () => {
    await connect();
    const guarded = start({ allow_addresses: undefined });
    const sealed = state.entries.get("target/payments");
    await guarded.initialize();
    state.entries.delete("target/payments");
    await guarded.ask("connect_finish", { target: target(), answers: { secret: vendor.secret } });
    await assert.rejects(guarded.ask("mint", order()), { code: -32003, message: /address is not one/ });
    assert.equal(vendor.requests.length, 0);
    await guarded.end();
    state.entries.set("target/payments", sealed);
    const untrusting = start({ ca: undefined });
    await untrusting.initialize();
    await untrusting.ask("connect_finish", { target: target(), answers: { secret: vendor.secret } });
    await assert.rejects(untrusting.ask("mint", order()), { code: -32002, message: /certificate/i });
    assert.equal(vendor.requests.length, 0);
    await untrusting.end();
  });

  test("finds every mistake in settings, with its path", async () => {
    await peer.initialize();
    const mistakesOf = async (change) => {
      const changed = settings();
      change(changed);
      return (await peer.ask("validate", { target: target(changed) })).mistakes.map(({ path, message }) => `${path} ${message}`);
    };
    assert.deepEqual(await mistakesOf(() => {}), []);
    const wrong = [
      [(s) => delete s.create, /^\/create .*missing/], [(s) => (s.creat = 1), /^\/creat there is no such/], [(s) => (s.create.method = "GET"), /^\/create\/method expected POST, PUT or PATCH/],
      [(s) => (s.create.url = "https://{client}.example/v1"), /^\/create\/url .*fixed/], [(s) => (s.create.url = "https://a.example:{id}/"), /^\/create\/url/],
      [(s) => (s.create.url = "{root}://a.example/"), /^\/create\/url .*fixed/], [(s) => (s.create.url = "http://a.example/{lease}"), /^\/create\/url .*https/],
      [(s) => (s.create.url = "https://u@a.example/{lease}"), /^\/create\/url .*user information/], [(s) => (s.create.url = `${vendor.origin}/../{lease}`), /^\/create\/url .*another path/],
      [(s) => (s.create.url = `${vendor.origin}/{secret}`), /^\/create\/url .*not known at this point/], [(s) => (s.create.url = `${vendor.origin}/{lease`), /^\/create\/url .*brace/],
      [(s) => (s.create.headers.host = "evil.example"), /^\/create\/headers\/host /], [(s) => (s.create.headers["a b"] = "x"), /^\/create\/headers\/a b /],
      [(s) => (s.create.headers["x~/"] = "x"), /^\/create\/headers\/x~0~1 /], [(s) => (s.create.headers.x = "a\r\nb: c"), /^\/create\/headers\/x .*ASCII/],
      [(s) => (s.create.body.name = "{lease} {secret}"), /^\/create\/body .*not known at this point/],
      [(s) => (s.create.body.name = "{leese}"), /^\/create\/body .*not one of/], [(s) => (s.create.body.name = "{id}"), /^\/create\/body .*not known/],
      [(s) => (s.delete.url = "https://other.example/{id}"), /^ .*one host/], [(s) => delete s.find, /^\/find .*lease/], [(s) => (s.find.equals = "dragoman"), /^\/find\/equals .*\{lease\}/],
      [(s) => (s.find.body = {}), /^\/find\/body GET/], [(s) => (s.answer.key = "data"), /^\/answer\/key .*pointer/], [(s) => (s.answer.key = "/a~2"), /^\/answer\/key .*pointer/],
      [(s) => (s.presentation.header = "connection"), /^\/presentation\/header /], [(s) => (s.create.body.pad = "x".repeat(41_000)), /^ .*larger/],
      [(s) => ((s.create.body.name = "n"), delete s.create.headers["idempotency-key"]), /^\/create \{lease\}/],
    ];
    for (const [change, expected] of wrong) {
      const found = await mistakesOf(change);
      assert.ok(found.some((mistake) => expected.test(mistake)), `${change}: ${JSON.stringify(found)}`);
    }
  });

  test("passes the conformance kit", async () => {
    const write = (name, value) => {
      writeFileSync(folder.file(name), JSON.stringify(value));
      return folder.file(name);
    };
    const good = write("good.json", settings()), bad = write("bad.json", { ...settings(), create: { method: "FETCH", url: "not a url" } });
    const answers = write("answers.json", { secret: vendor.secret });
    const { code, output, errors } = await run(programs.dragoman, ["adapter", "test", program, "--settings", good, "--bad-settings", bad, "--answers", answers,
      "--file", `ca=${certificates.authorityFile}`, "--allow-addresses", "127.0.0.0/8", "-o", "json"],
      // What the address sanitizer holds back is no leak of the adapter's.
      { env: { ...process.env, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64` } });
    const { checks, passed, not_reached: unreached } = JSON.parse(output);
    assert.deepEqual(checks.filter(({ verdict }) => verdict === "failed"), [], errors);
    assert.deepEqual([code, unreached], [0, 0]);
    assert.ok(passed >= 100, `${passed} passed`);
  });
});
