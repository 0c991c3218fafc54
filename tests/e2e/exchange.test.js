// The main job: one token of one's own domain in, another domain's token out; who is named in it and for how long.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { assertFault, assertHeaders } from "./kit/faults.js";
import { now } from "./kit/forge.js";
import { assertionType, tokenType } from "./kit/gateway.js";
import { trustingFetch } from "./kit/http.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("an exchange", () => {
  let stage;
  before(async () => (stage = await Stage.open()));
  after(() => stage?.close());

  test("gives an RFC 9068 access token for the other domain that its resource server verifies", async () => {
    const fetch = trustingFetch(stage.certificates.ca);
    const keys = createRemoteJWKSet(new URL(`${stage.gateway.issuer}/jwks`), { [customFetch]: fetch });
    const answer = assertGranted(await stage.exchange({ subject_token: stage.userToken({ email: "alice@corp.example" }) }));
    const { payload, protectedHeader } = await jwtVerify(answer.access_token, keys, {
      issuer: stage.gateway.issuer, audience: "https://api.partner.example", typ: "at+jwt", algorithms: ["ES256"],
      requiredClaims: ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "txn"],
    });
    fetch.close();
    assert.equal(answer.issued_token_type, tokenType("access_token"));
    assert.equal(answer.token_type, "Bearer");
    assert.equal(payload.sub, "alice");
    assert.equal(payload.sub_iss, stage.corp.identifier);
    assert.equal(payload.client_id, "orders-agent");
    assert.equal(payload.jti, answer.dragoman_exchange);
    assert.equal(payload.email, "alice@corp.example");
    assert.deepEqual(payload.act, { iss: stage.gateway.issuer, sub: "orders-agent" });
    assert.equal(payload.exp - payload.iat, 300);
    assert.ok(answer.expires_in <= 300 && answer.expires_in > 295);
    assert.equal(typeof protectedHeader.kid, "string");
  });

  test("is the same over HTTP/2", async () => {
    const http2 = stage.gateway.http2();
    const answers = await Promise.all(Array.from({ length: 20 }, () => stage.exchange({}, { over: http2 })));
    const granted = answers.map(assertGranted);
    http2.close();
    assert.equal(new Set(granted.map((answer) => answer.claims.jti)).size, 20);
  });

  test("follows the target's own token profile: algorithm, typ, lifetime", async () => {
    const { header, claims } = assertGranted(await stage.exchange({ audience: "https://files.partner.example", subject_token: stage.userToken({ exp: now() + 3000 }) }));
    assert.equal(header.alg, "RS256");
    assert.equal(header.typ, "JWT");
    assert.equal(claims.exp - claims.iat, 600);
    assert.equal("email" in claims, false);
  });

  test("finds the target by any of its audiences and by its resource, together too", async () => {
    for (const target of [{ audience: "partner-orders" }, { audience: undefined, resource: "https://api.partner.example/orders" },
      { audience: ["https://api.partner.example", "partner-orders"], resource: ["https://api.partner.example/orders"] }]) {
      const { claims } = assertGranted(await stage.exchange(target));
      assert.equal(claims.aud, "https://api.partner.example");
    }
  });

  test("lets an agent with nothing but its platform's token act for a user, and leaves no client behind", async () => {
    const answer = assertGranted(await stage.exchangeAsAgent());
    assert.equal(answer.claims.client_id, "billing-agents");
    assert.deepEqual(answer.claims.act, { iss: stage.cluster.identifier, sub: "system:serviceaccount:agents:billing" });
    assert.ok(answer.expires_in <= 120, "the agent class's ceiling holds");
    const { items } = (await stage.gateway.admin("/v1/documents")).json;
    assert.equal(items.filter((item) => item.kind === "Client" && item.name.startsWith("system")).length, 0);
  });

  test("never outlives the subject token, the actor token or the agent's own proof", async () => {
    const soon = now() + 45;
    const cases = [
      stage.exchange({ subject_token: stage.userToken({ exp: soon }) }),
      stage.exchange({ actor_token: stage.userToken({ sub: "bot", exp: soon }), actor_token_type: tokenType("access_token") }),
      stage.exchangeAsAgent({}, stage.platformToken({ exp: soon })),
    ];
    for (const answer of await Promise.all(cases)) {
      const { claims, expires_in: left } = assertGranted(answer);
      assert.ok(claims.exp <= soon, `${claims.exp} is past ${soon}`);
      assert.ok(left <= 45 && left > 0);
    }
  });

  test("with an id_token takes only one that was made for this client", async () => {
    const mine = stage.corp.token({ aud: "orders-agent" });
    const granted = assertGranted(await stage.exchange({ subject_token: mine, subject_token_type: tokenType("id_token") }));
    assert.equal(granted.claims.sub, "alice");
    const others = stage.corp.token({ aud: "another-client" });
    assertFault(await stage.exchange({ subject_token: others, subject_token_type: tokenType("id_token") }), "TOKEN_AUDIENCE");
  });

  test("narrows scopes and never widens them", async () => {
    const narrowed = assertGranted(await stage.exchange({ scope: "orders:read" }));
    assert.equal(narrowed.claims.scope, "orders:read");
    const unasked = assertGranted(await stage.exchange({ scope: undefined }));
    assert.equal(unasked.scope, "orders:read", "what both the subject token and the target have");
    assertFault(await stage.exchange({ scope: "orders:write" }), "SCOPE_WIDER");
    assertFault(await stage.exchange({ scope: "orders:read orders:write" }), "SCOPE_WIDER");
    assertFault(await stage.exchange({ scope: "admin" }), "SCOPE_NOT_OFFERED");
    assertFault(await stage.exchange({ scope: "files:read" }), "SCOPE_NOT_OFFERED");
    assertFault(await stage.exchange({ scope: "orders:read  files:read" }), "SCOPE_MALFORMED");
    assertFault(await stage.exchange({ scope: 'orders"read' }), "SCOPE_MALFORMED");
  });

  test("gives no scope to a subject that has none unless it is asked for by name", async () => {
    const silent = stage.userToken({ scope: undefined });
    const unasked = assertGranted(await stage.exchange({ subject_token: silent }));
    assert.equal("scope" in unasked.claims, false);
    const asked = assertGranted(await stage.exchange({ subject_token: silent, scope: "orders:read" }));
    assert.equal(asked.claims.scope, "orders:read");
  });

  test("needs both domains to agree", async () => {
    const stranger = stage.other.token({ aud: stage.gateway.issuer }, { typ: "at+jwt" });
    assertFault(await stage.exchange({ subject_token: stranger }), "TARGET_DOMAIN");
    assertFault(await stage.exchange({ subject_token: stage.cluster.token({ aud: stage.gateway.issuer }, { typ: "at+jwt" }) }), "TARGET_ISSUER");
    assertFault(await stage.exchange({}, { auth: stage.authOf("stranger") }), "TARGET_CLIENT");
  });

  test("refuses targets that are missing, unknown, disabled or several", async () => {
    assertFault(await stage.exchange({ audience: undefined }), "TARGET_MISSING");
    assertFault(await stage.exchange({ audience: "https://nowhere.example" }), "TARGET_UNKNOWN");
    assertFault(await stage.exchange({ audience: "https://closed.partner.example" }), "TARGET_DISABLED");
    assertFault(await stage.exchange({ audience: ["https://api.partner.example", "https://files.partner.example"] }), "TARGET_SEVERAL");
    assertFault(await stage.exchange({ audience: "https://API.partner.example" }), "TARGET_UNKNOWN");
    assertFault(await stage.exchange({ audience: "https://api.partner.example/" }), "TARGET_UNKNOWN");
  });

  test("as a dry run decides and records but issues nothing", async () => {
    const answer = await stage.exchange({ dragoman_dry_run: "true", scope: "orders:read" });
    assert.equal(answer.status, 200, answer.text);
    assertHeaders(answer);
    assert.equal(answer.json.dragoman_dry_run, true);
    assert.equal(answer.json.scope, "orders:read");
    assert.equal("access_token" in answer.json, false);
    const record = await stage.gateway.record(answer.json.dragoman_exchange);
    assert.equal(record.outcome, "dry_run");
    assert.equal("expires_at" in record, false);
    assertFault(await stage.exchange({ dragoman_dry_run: "true", scope: "orders:write" }), "SCOPE_WIDER");
    assertFault(await stage.exchange({ dragoman_dry_run: "perhaps" }), "PARAMETER_INVALID");
  });

  test("counts one foreign token used five times as one tree, and a task as a branch of it", async () => {
    const subject = stage.userToken();
    const roots = new Set();
    for (let i = 0; i < 5; i++) roots.add(assertGranted(await stage.exchange({ subject_token: subject })).claims.txn);
    assert.equal(roots.size, 1);
    const branch = async (form, ask = (changes) => stage.exchange(changes)) => assertGranted(await ask({ subject_token: subject, ...form })).claims.txn;
    const first = await branch({ dragoman_task: "invoices" });
    assert.equal(first, await branch({ dragoman_task: "invoices" }), "the same task is the same branch");
    roots.add(first).add(await branch({ dragoman_task: "refunds" }));
    roots.add(await branch({ dragoman_task: "invoices" }, (changes) => stage.exchangeAsAgent(changes)));
    roots.add(assertGranted(await stage.exchange({})).claims.txn);
    assert.equal(roots.size, 5, "another task, another client and another login are other trees");
  });

  test("tells nothing about tokens without jti apart that are the same token", async () => {
    const subject = stage.userToken({ jti: undefined });
    const [a, b] = [await stage.exchange({ subject_token: subject }), await stage.exchange({ subject_token: subject })].map(assertGranted);
    assert.equal(a.claims.txn, b.claims.txn);
    const c = assertGranted(await stage.exchange({ subject_token: stage.userToken({ jti: undefined, iat: now() - 1 }) }));
    assert.notEqual(a.claims.txn, c.claims.txn);
  });

  test("lists for each caller the targets it may ask for", async () => {
    const seen = async (auth) => (await stage.gateway.http.send("/targets", { headers: { authorization: (await import("./kit/http.js")).basic(...auth) } })).json;
    const mine = JSON.stringify(await seen(stage.auth));
    assert.match(mine, /https:\/\/api\.partner\.example/);
    assert.match(mine, /https:\/\/files\.partner\.example/);
    assert.doesNotMatch(mine, /closed/);
    assert.doesNotMatch(JSON.stringify(await seen(stage.authOf("stranger"))), /partner\.example/);
    const byForm = await stage.gateway.post("/targets", { client_assertion_type: assertionType, client_assertion: stage.platformToken() });
    assert.match(byForm.text, /https:\/\/api\.partner\.example/);
    assertFault(await stage.gateway.http.send("/targets"), "CLIENT_MISSING");
  });
});
