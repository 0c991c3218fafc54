// Whom we believe and by which keys: rotation, issuers that lie, stall or answer with garbage, and what never happens.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertClientFault, assertFault } from "./kit/faults.js";
import { forge, makeKey } from "./kit/forge.js";
import { Issuer } from "./kit/issuer.js";
import { freePort, isAlive, until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("trust", () => {
  let stage;
  const cast = {};
  const manyKeys = Array.from({ length: 12_000 }, () => ({ kty: "EC", crv: "P-256", kid: "x".repeat(900), x: "", y: "" }));

  before(async () => {
    stage = await Stage.open({
      prepare: async ({ certificates }) => {
        for (const name of ["rotating", "garbage", "storm", "lying", "redirecting", "huge", "doubled", "mixed", "twin", "byUri", "slow"])
          cast[name] = await new Issuer(certificates).start();
        cast.late = new Issuer(certificates);
        cast.late.port = await freePort();
        cast.late.identifier = `https://127.0.0.1:${cast.late.port}`;
        cast.inline = new Issuer(certificates);
        cast.inline.identifier = "https://inline.example";
        cast.lying.metadata = { issuer: "https://somebody.else.example" };
        cast.redirecting.misbehave = (request, response, kind) => {
          if (request.url === "/elsewhere") cast.redirecting.wasFollowed = true;
          return kind === "jwks" && response.writeHead(302, { location: "/elsewhere" }).end();
        };
        cast.huge.misbehave = (request, response, kind) => kind === "jwks" && response.end(JSON.stringify({ keys: manyKeys }));
        const twins = [makeKey("ES256", "same"), makeKey("ES256", "same")];
        cast.doubled.keys = twins;
        cast.mixed.misbehave = (request, response, kind) => kind === "jwks" && response.end(JSON.stringify({ keys: [
          { kty: "oct", k: "c2VjcmV0", kid: "symmetric" }, { kty: "unheard-of", kid: "odd" },
          { ...makeKey("ES256", "for-encryption").jwk, use: "enc" }, cast.mixed.keys[0].jwk] }));
        cast.twin.keys = [makeKey("ES256", cast.storm.keys[0].kid)];
      },
      edit: (documents, { gateway }) => {
        for (const [name, issuer] of Object.entries(cast)) {
          const keys = name === "inline" ? { jwks: { keys: [issuer.keys[0].jwk] } } : name === "byUri" ? { jwksUri: issuer.jwksUri } : { discovery: true };
          const key = name.toLowerCase();
          documents.set(`Issuer/${key}`, { kind: "Issuer", metadata: { name: key }, spec: { domain: "corp", issuer: issuer.identifier, keys, audiences: [gateway.issuer] } });
          documents.get("Target/partner-orders").spec.accepts.issuers.push(key);
        }
      },
    });
  });
  after(async () => {
    await stage?.close();
    await Promise.all(Object.values(cast).map((issuer) => issuer.stop()));
  });

  const send = (issuer, key) => stage.exchange({ subject_token: issuer.token({ aud: stage.gateway.issuer }, { typ: "at+jwt" }, key) });

  test("takes keys from discovery, from a jwks_uri and from the document itself", async () => {
    for (const name of ["rotating", "byUri", "inline"]) assertGranted(await send(cast[name]));
    assert.equal(cast.byUri.hits.discovery, 0);
    assert.equal(cast.inline.hits.jwks, 0);
  });

  test("picks up a rotated key with the first token that names it, and forgets the old one", async () => {
    const [old] = cast.rotating.keys;
    const next = makeKey("ES256");
    cast.rotating.keys = [next];
    assertGranted(await send(cast.rotating, next));
    assertFault(await send(cast.rotating, old), "TOKEN_KEY_UNKNOWN");
  });

  test("lets every request of a burst through when a key rotates under it", async () => {
    assertGranted(await send(cast.slow));
    const next = makeKey("ES256");
    cast.slow.keys = [next, ...cast.slow.keys];
    const hits = cast.slow.hits.jwks;
    const http2 = stage.gateway.http2();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => stage.exchange(
      { subject_token: cast.slow.token({ aud: stage.gateway.issuer }, { typ: "at+jwt" }, cast.slow.keys[i % 2]) }, { over: http2 })));
    http2.close();
    answers.forEach(assertGranted);
    assert.equal(cast.slow.hits.jwks - hits, 1, "a single flight");
  });

  test("keeps a good set when the issuer answers with garbage", async () => {
    assertGranted(await send(cast.garbage));
    const hits = cast.garbage.hits.jwks;
    cast.garbage.misbehave = (request, response, kind) => kind === "jwks" && (response.end('{"keys":[{"kty":"EC"'), true);
    // The key may well be there, the issuer just cannot say so: worth trying again.
    assertFault(await send(cast.garbage, makeKey("ES256")), "ISSUER_UNREACHABLE");
    assert.ok(cast.garbage.hits.jwks > hits, "it was asked again");
    assertGranted(await send(cast.garbage));
  });

  test("does not flood an issuer when many unknown kids come", async () => {
    assertGranted(await send(cast.storm));
    const hits = cast.storm.hits.jwks;
    const stranger = makeKey("ES256");
    const http2 = stage.gateway.http2();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => stage.exchange(
      { subject_token: forge({ key: stranger, header: { typ: "at+jwt", kid: `storm-${i}` }, claims: cast.storm.claims({ aud: stage.gateway.issuer }) }) }, { over: http2 })));
    http2.close();
    for (const answer of answers) assertFault(answer, "TOKEN_KEY_UNKNOWN");
    assert.ok(cast.storm.hits.jwks - hits <= 4, `${cast.storm.hits.jwks - hits} fetches`);
    assertGranted(await send(cast.storm));
  });

  test("keeps the keys of two issuers apart though they share a kid", async () => {
    assertGranted(await send(cast.twin));
    const crossed = forge({ key: cast.twin.keys[0], header: { typ: "at+jwt" }, claims: cast.storm.claims({ aud: stage.gateway.issuer }) });
    assertFault(await stage.exchange({ subject_token: crossed }), "TOKEN_SIGNATURE");
  });

  test("ignores symmetric, unknown and encryption keys in a set", async () => {
    assertGranted(await send(cast.mixed));
    for (const kid of ["symmetric", "odd", "for-encryption"])
      assertFault(await send(cast.mixed, makeKey("ES256", kid)), "TOKEN_KEY_UNKNOWN");
  });

  test("does not believe an issuer whose metadata names another, that redirects, doubles a kid or sends megabytes", async () => {
    for (const name of ["lying", "redirecting", "doubled", "huge"]) {
      const answer = await send(cast[name]);
      assertFault(answer, "ISSUER_UNREACHABLE");
      assert.match(answer.headers["retry-after"], /^\d+$/);
    }
    assert.equal(cast.redirecting.wasFollowed, undefined);
  });

  test("answers 503 while an issuer has never been reached and works once it is there", async () => {
    assertFault(await send(cast.late), "ISSUER_UNREACHABLE");
    await cast.late.start(cast.late.port);
    const answer = await until(async () => {
      const tried = await send(cast.late);
      return tried.status === 200 && tried;
    }, "the issuer is found", 60_000);
    assertGranted(answer);
  });

  test("goes on with the keys it has while an issuer is down", async () => {
    assertGranted(await send(cast.byUri));
    await cast.byUri.stop();
    assertGranted(await send(cast.byUri));
  });
});

describe("an issuer at a private address", () => {
  test("is never asked unless the operator listed the address", async () => {
    const stage = await Stage.open({ edit: (documents, { gateway }) => delete gateway.document.spec.outbound.allowAddresses });
    try {
      assertFault(await stage.exchange(), "ISSUER_UNREACHABLE");
      assert.deepEqual(stage.corp.hits, { discovery: 0, jwks: 0 });
    } finally {
      await stage.close();
    }
  });
});

describe("what is switched off", () => {
  let stage, stored;
  before(async () => {
    // Without a margin, so that what is switched on again works at once.
    stage = await Stage.open({ gateway: { kills: { clockMargin: "0s" } }, edit: (documents) => {
      // A file cannot be changed over the admin socket: what is switched here is stored instead.
      const names = ["Domain/corp", "Issuer/corp-idp", "Issuer/cluster", "AgentClass/billing-agents", "Client/orders-agent", "Target/partner-orders"];
      stored = names.map((name) => documents.get(name));
      for (const name of [...names, "Target/partner-files", "Target/closed"]) documents.delete(name);
    } });
    await stage.gateway.apply(...stored);
  });
  after(() => stage?.close());

  const withChange = (name, change) => {
    const copy = structuredClone(stored.find((one) => `${one.kind}/${one.metadata.name}` === name));
    Object.assign(copy.spec, change);
    return copy;
  };

  for (const [name, change, attempt, fault] of [
    ["Issuer/corp-idp", { enabled: false }, () => stage.exchange(), "TOKEN_ISSUER_DISABLED"],
    ["Target/partner-orders", { enabled: false }, () => stage.exchange(), "TARGET_DISABLED"],
    ["Client/orders-agent", { enabled: false }, () => stage.exchange(), "CLIENT_DISABLED"],
    ["AgentClass/billing-agents", { enabled: false }, () => stage.exchangeAsAgent(), "CLIENT_DISABLED"],
    ["Domain/corp", { enabled: false }, () => stage.exchange(), "TARGET_DOMAIN"],
    ["Domain/corp", { leavesFor: [] }, () => stage.exchange(), "TARGET_DOMAIN"],
  ])
    test(`is off at once: ${name} ${JSON.stringify(change)}`, async () => {
      const live = assertGranted(await attempt()).access_token;
      const endsLive = change.enabled === false && !name.startsWith("Domain/"); // a domain is about what may leave
      const isActive = async () => (await stage.gateway.post("/introspect", { token: live }, { auth: stage.authOf("partner-api") })).json.active;
      assert.equal(await isActive(), true);
      await stage.gateway.apply(withChange(name, change));
      assertFault(await attempt(), fault);
      if (endsLive) assert.equal(await isActive(), false, "live things stop too");
      await stage.gateway.apply(withChange(name, {}));
      assertGranted(await attempt());
      if (endsLive) assert.equal(await isActive(), false, "what ended while it was off stays ended");
    });

  test("is off for what a platform's agents hold, too", async () => {
    const live = assertGranted(await stage.exchangeAsAgent()).access_token;
    const isActive = async () => (await stage.gateway.post("/introspect", { token: live }, { auth: stage.authOf("partner-api") })).json.active;
    assert.equal(await isActive(), true);
    await stage.gateway.apply(withChange("Issuer/cluster", { enabled: false }));
    assert.equal(await isActive(), false);
    assertClientFault(await stage.exchangeAsAgent(), "TOKEN_ISSUER_DISABLED");
    await stage.gateway.apply(withChange("Issuer/cluster", {}));
    assertGranted(await stage.exchangeAsAgent());
    assert.equal(await isActive(), false, "what ended while it was off stays ended");
  });

  test("is off for what was issued while it was being switched off, too", async () => {
    const over = stage.gateway.http2(), granted = [];
    let isOver = false;
    const client = async () => {
      while (!isOver) {
        const answer = await stage.exchange({}, { over });
        if (answer.status === 200) granted.push(answer.json.access_token);
        else await delay(2);
      }
    };
    const clients = Array.from({ length: 24 }, client);
    for (let round = 0; round < 4; round++) {
      granted.length = 0;
      await until(() => granted.length > 100, "exchanges are under way");
      await stage.gateway.apply(withChange("Target/partner-orders", { enabled: false }));
      await delay(50);
      const ended = granted.splice(0).slice(-60);
      await stage.gateway.apply(withChange("Target/partner-orders", {}));
      for (const token of ended) assert.equal((await stage.gateway.post("/introspect", { token }, { auth: stage.auth })).json.active, false);
    }
    isOver = true;
    await Promise.all(clients);
    over.close();
  });
});

describe("what is switched off in a file", () => {
  let stage, documents;
  before(async () => (stage = await Stage.open({ edit: (all) => (documents = all) })));
  after(() => stage?.close());

  test("is off for whatever it vouched for, in act as in sub", async () => {
    const { access_token: token } = assertGranted(await stage.exchangeAsAgent());
    const over = () => stage.gateway.http2();
    const isActive = async () => (await stage.gateway.post("/introspect", { token }, { auth: stage.authOf("partner-api"), over: over() })).json.active;
    assert.equal(await isActive(), true);
    for (const isEnabled of [false, true]) {
      documents.get("Issuer/cluster").spec.enabled = isEnabled;
      stage.gateway.writeDocuments([...documents.values()]);
      const { worker } = stage.gateway;
      stage.gateway.program.child.kill("SIGHUP");
      await stage.gateway.nextWorker(worker);
      await until(() => !isAlive(worker), "the old worker has ended");
      assert.equal(await isActive(), isEnabled); // no kill: what a file says holds while it says so
    }
  });
});

describe("a gateway that cannot hold its kills in memory", () => {
  let stage, target;
  before(async () => {
    stage = await Stage.open({ gateway: { kills: { clockMargin: "0s", inMemory: 0 } }, edit: (documents) => {
      target = documents.get("Target/partner-orders");
      documents.delete("Target/partner-orders");
    } });
    await stage.gateway.apply(target);
  });
  after(() => stage?.close());

  test("keeps a bar when what it bars is renamed", async () => {
    assertGranted(await stage.exchange());
    assert.equal((await stage.gateway.kill("target", "partner-orders")).status, 200);
    assertFault(await stage.exchange(), "TARGET_BARRED");
    await stage.gateway.apply({ ...target, spec: { ...target.spec, audiences: ["https://renamed.partner.example"] } });
    assertFault(await stage.exchange({ audience: "https://renamed.partner.example" }), "TARGET_BARRED");
  });

  test("says that it does not know what is dead", async () => {
    const { dragoman_exchange: id } = assertGranted(await stage.exchange({ audience: "https://files.partner.example", scope: undefined }));
    for (const command of [["lease", "list"], ["lease", "show", id], ["trace", id], ["kill", "lease", id]])
      assert.match((await stage.gateway.cli(command)).errors, /holds too few kills in memory/, command.join(" "));
  });
});

describe("what was killed", () => {
  let stage, target, client;
  before(async () => {
    stage = await Stage.open({ gateway: { kills: { clockMargin: "0s" } }, edit: (documents) => {
      target = documents.get("Target/partner-orders");
      client = documents.get("Client/orders-agent");
      for (const name of ["Target/partner-orders", "Client/orders-agent"]) documents.delete(name);
      for (const document of documents.values()) if (document.kind === "Target") document.spec.accepts.clients = document.spec.accepts.clients.filter((name) => name !== "orders-agent");
    } });
    target.spec.audiences = ["https://api.partner.example", "https://api2.partner.example"];
    await stage.gateway.apply(client, target);
  });
  after(() => stage?.close());

  const withAudiences = (...audiences) => ({ ...target, spec: { ...target.spec, audiences } });
  const isActive = async ({ access_token: token }) => (await stage.gateway.post("/introspect", { token }, { auth: stage.authOf("partner-api") })).json.active;
  const issue = async (changes) => assertGranted(await stage.exchange(changes));
  const [first, second, third] = ["https://api.partner.example", "https://api2.partner.example", "https://api3.partner.example"];

  test("as one of a target's names stays killed whatever the order of its names", async () => {
    const granted = await issue();
    assert.equal((await stage.gateway.kill("target", "partner-orders")).status, 200);
    assert.equal(await isActive(granted), false);
    await stage.gateway.apply(withAudiences(second, first));
    assert.equal(await isActive(granted), false, "the names in another order");
    assertFault(await stage.exchange(), "TARGET_BARRED");
    await stage.gateway.apply(target);
    assert.equal((await stage.gateway.lift("target", first)).status, 200);
    assert.equal(await isActive(granted), false, "lifting revives nothing");
    await issue();
  });

  test("stays killed and barred under a new name, and the old one ends what bears it", async () => {
    const granted = await issue();
    assert.equal((await stage.gateway.kill("target", first)).status, 200);
    await stage.gateway.apply(withAudiences(third));
    assertFault(await stage.exchange({ audience: third }), "TARGET_BARRED");
    const { json: { kills } } = await stage.gateway.admin("/v1/kills?limit=9");
    assert.ok(kills.some(({ id, stands, reason }) => id === third && stands && /former name/.test(reason)), JSON.stringify(kills));
    await stage.gateway.apply(withAudiences(third, second, first));
    assert.equal(await isActive(granted), false);
    for (const id of [third, first]) assert.equal((await stage.gateway.admin(`/v1/kills?${new URLSearchParams({ kind: "target", id, force: true })}`, { method: "DELETE" })).status, 200, id);
    await stage.gateway.apply(target);
    assert.equal(await isActive(granted), false);
    await issue();
  });

  test("with its team stays dead when it leaves the team, and is barred no more than the others outside", async () => {
    const granted = await issue();
    assert.ok(granted.claims.dragoman_stands_on.includes("team payments"));
    assert.equal((await stage.gateway.kill("team", "payments")).status, 200);
    assert.equal(await isActive(granted), false);
    const { team, ...metadata } = client.metadata;
    assert.equal(team, "payments");
    await stage.gateway.apply({ ...client, metadata });
    assert.equal(await isActive(granted), false);
    await issue();
    assert.equal((await stage.gateway.lift("team", "payments")).status, 200);
    await stage.gateway.apply(client);
  });

  test("can be switched off, renamed and moved in one change", async () => {
    assert.equal((await stage.gateway.kill("target", first)).status, 200);
    await stage.gateway.apply({ ...target, metadata: { ...target.metadata, team: "payments" }, spec: { ...target.spec, enabled: false, audiences: [third, second] } });
    await stage.gateway.apply(withAudiences(third, first));
    assertFault(await stage.exchange({ audience: third }), "TARGET_BARRED");
    for (const id of [third, first]) await stage.gateway.lift("target", id);
    await stage.gateway.apply(target);
    await issue();
  });

  test("is listed as dead also when no document has its target any more", async () => {
    const granted = await issue();
    assert.equal((await stage.gateway.admin("/v1/documents/Target/partner-orders?cascade=true", { method: "DELETE" })).status, 200);
    assert.equal(await isActive(granted), false);
    const { json: lease } = await stage.gateway.admin(`/v1/leases/${granted.dragoman_exchange}`);
    assert.deepEqual([lease.state, lease.killed_by.kind, lease.killed_by.id], ["killed", "target", first]);
    await stage.gateway.apply(target);
    await issue();
  });

  test("is listed whole, however many one change ended and however short a page is", async () => {
    const many = Array.from({ length: 15 }, (_, i) => `https://many-${i}.partner.example`);
    const spec = { ...target.spec, audiences: many, resources: [], resourceServer: undefined };
    const names = { kind: "Target", metadata: { name: "many" }, spec };
    await stage.gateway.apply(names);
    await stage.gateway.apply({ ...names, spec: { ...spec, enabled: false } });
    const { json: { kills: whole } } = await stage.gateway.admin("/v1/kills?limit=500");
    assert.ok(many.every((id) => whole.some((kill) => kill.id === id)));
    for (const limit of [1, 4, 15]) {
      const seen = [];
      for (let before = ""; before !== undefined; ) {
        const { json } = await stage.gateway.admin(`/v1/kills?limit=${limit}${before && `&before=${before}`}`);
        seen.push(...json.kills);
        before = json.next;
      }
      assert.deepEqual(seen, whole, `pages of ${limit}`);
    }
  });

  test("ends no more than its team does: an issuer may move", async () => {
    const granted = await issue();
    const issuer = { kind: "Issuer", metadata: { name: "moving", team: "payments" }, spec: { domain: "other", issuer: stage.other.identifier + "/moving", audiences: [stage.gateway.issuer] } };
    await stage.gateway.apply(issuer);
    assert.equal((await stage.gateway.kill("team", "payments", { past_only: true })).status, 200);
    await stage.gateway.apply({ ...issuer, metadata: { name: "moving" } });
    const { json: { kills } } = await stage.gateway.admin("/v1/kills?limit=2");
    assert.equal(kills[0].kind, "team");
    assert.equal(await isActive(granted), false);
  });

  test("under a client's former id stays barred", async () => {
    assert.equal((await stage.gateway.kill("client", "orders-agent")).status, 200);
    await stage.gateway.apply({ ...client, spec: { ...client.spec, clientId: "orders-agent-2" } });
    assertFault(await stage.exchange({}, { auth: ["orders-agent-2", stage.auth[1]] }), "ACTOR_BARRED");
    await stage.gateway.apply(client);
    for (const id of ["orders-agent", "orders-agent-2"]) assert.equal((await stage.gateway.admin(`/v1/kills?${new URLSearchParams({ kind: "client", id })}`, { method: "DELETE" })).status, 200, id);
    await issue();
  });
});
