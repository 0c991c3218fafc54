// Two gateways on one PostgreSQL behave as one: what is changed at one holds at the other within two seconds, and what may
// be used once is used once between them. With --full: two hundred assertions shown 64 times each.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault } from "../e2e/kit/faults.js";
import { assertionType } from "../e2e/kit/gateway.js";
import { isFull, until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";

const ROUNDS = isFull ? 200 : 5, USES = 64, SESSIONS = 4; // sessions to each gateway
const BOUND_MS = 2000;

describe("two gateways on one PostgreSQL", () => {
  let stage, first, second;
  before(async () => {
    stage = await Stage.open({ store: "postgres", size: 2, gateway: { signing: { algorithms: ["ES256", "RS256"], publishBeforeUse: "1s" } } });
    [first, second] = stage.gateways;
  });
  after(() => stage?.close());

  const at = (gateway) => ({ over: gateway.http });
  const introspect = async (gateway, token) => (await gateway.post("/introspect", { token }, { auth: stage.auth })).json.active;
  const keys = async (gateway) => (await gateway.http.send("/jwks")).json.keys.map((key) => key.kid).sort();
  // A resource server goes on with what it was shown.
  const onwards = (gateway, token) => stage.exchange({ subject_token: token, audience: "https://files.partner.example", scope: undefined }, { auth: stage.authOf("partner-api"), ...at(gateway) });
  const rotate = (gateway) => gateway.admin("/v1/keys/rotate?algorithm=ES256", { method: "POST" });
  const target = (name, scopes) => ({ kind: "Target", metadata: { name }, spec: { domain: "partner", audiences: [`https://${name}.example`], scopes, accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });

  // The milliseconds from now until it is so; fails when that is past the bound.
  const soon = async (isSo, what) => {
    const begun = performance.now();
    for (;;) {
      const value = await isSo();
      const elapsed = performance.now() - begun;
      if (value) return elapsed.toFixed(0);
      assert.ok(elapsed < BOUND_MS, `waited ${BOUND_MS} ms in vain: ${what}`);
      await delay(10);
    }
  };

  test("start at the same time on an empty database, and publish the same keys", async (t) => {
    t.diagnostic(`the same keys after ${await soon(async () => `${await keys(first)}` === `${await keys(second)}`, "both publish the same keys")} ms`);
    assert.ok((await keys(first)).length >= 2);
  });

  test("take each other's credentials as their own", async () => {
    for (const [here, there] of [[first, second], [second, first]]) {
      const { access_token: token, claims } = assertGranted(await stage.exchange({ scope: "orders:read" }, at(here)));
      assert.equal(await introspect(there, token), true);
      const next = assertGranted(await onwards(there, token));
      assert.equal(next.claims.txn, claims.txn);
    }
  });

  test("have a document in effect at both that was applied at one, and lose it at both", async (t) => {
    const reports = { audience: "https://reports.example", scope: "orders:read" };
    assertFault(await stage.exchange(reports, at(second)), "TARGET_UNKNOWN");
    await first.apply(target("reports", ["orders:read"]));
    const there = await soon(async () => (await stage.exchange(reports, at(second))).status === 200, "the target is known at the other");
    assert.equal((await first.admin("/v1/documents/Target/reports?cascade=true", { method: "DELETE" })).status, 200);
    const gone = await soon(async () => (await stage.exchange(reports, at(second))).status !== 200, "the target is gone at the other");
    assertFault(await stage.exchange(reports, at(second)), "TARGET_UNKNOWN");
    t.diagnostic(`in effect after ${there} ms, gone after ${gone} ms`);
  });

  // Of two rotations on the same keys one is stored; the other is told to come again.
  const rotateAfterAll = (gateway) => until(async () => {
    const answer = await rotate(gateway);
    return answer.json.title !== "store_conflict" && answer;
  }, "it is rotated");

  test("agree in the end when both change documents and keys at the same time", async () => {
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all([first.admin("/v1/documents", { method: "POST", document: target(`first-${round}`, ["orders:read"]) }),
        second.admin("/v1/documents", { method: "POST", document: target(`second-${round}`, ["orders:read"]) }), rotateAfterAll(first), rotateAfterAll(second)]);
      assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 200, 200], answers.map((answer) => answer.text).join("\n"));
      await soon(async () => `${await keys(first)}` === `${await keys(second)}`, "both publish the same keys");
      for (const gateway of [first, second])
        for (const name of [`first-${round}`, `second-${round}`])
          await soon(async () => (await stage.exchange({ audience: `https://${name}.example` }, at(gateway))).status === 200, `${name} is known at both`);
    }
    // The same document with two contents: one of them in the end, and the same one at both.
    await Promise.all([first, second].map((gateway, i) => gateway.admin("/v1/documents", { method: "POST", document: target("contested", [["orders:read"], ["files:read"]][i]) })));
    const scopes = async (gateway) => JSON.stringify((await gateway.admin("/v1/documents/Target/contested")).json);
    await soon(async () => (await scopes(first)) === (await scopes(second)), "both have the same document");
    assert.match(await scopes(first), /(orders|files):read/);
  });

  test("publish and use a rotated key at both, and drop a revoked one at both", async (t) => {
    const before = await keys(second);
    const rotated = await rotate(first);
    assert.equal(rotated.status, 200, rotated.text);
    const published = await soon(async () => (await keys(second)).some((kid) => !before.includes(kid)), "the new key is published at the other");
    await delay(1500); // it signs by now
    const old = assertGranted(await stage.exchange({}, at(second)));
    assert.equal(before.includes(old.header.kid), false, "the other signs with the new key");
    assert.equal((await first.admin(`/v1/keys/${old.header.kid}/revoke`, { method: "POST" })).status, 200);
    const dropped = await soon(async () => !(await keys(second)).includes(old.header.kid), "the revoked key is not published any more");
    assert.equal(await introspect(second, old.access_token), false);
    assert.notEqual(assertGranted(await stage.exchange({}, at(second))).header.kid, old.header.kid);
    t.diagnostic(`a new key published after ${published} ms, a revoked one dropped after ${dropped} ms`);
  });

  test("refuse at both what was revoked at one", async (t) => {
    for (const [here, there] of [[first, second], [second, first]]) {
      const { access_token: token } = assertGranted(await stage.exchange({ scope: "orders:read" }, at(here)));
      assert.equal(await introspect(there, token), true);
      assert.equal((await here.post("/revoke", { token }, { auth: stage.auth })).status, 200);
      t.diagnostic(`inactive at the other after ${await soon(async () => !(await introspect(there, token)), "it is inactive at the other")} ms`);
      assertFault(await onwards(there, token), "TOKEN_REVOKED");
    }
  });

  test(`take a single-use assertion once, ${ROUNDS} times out of ${USES} uses at the same moment`, { timeout: 1_800_000 }, async (t) => {
    const history = new History();
    const sessions = Array.from({ length: SESSIONS }, () => stage.gateways.map((gateway) => gateway.http2())).flat();
    for (let round = 0; round < ROUNDS; round++) {
      const assertion = stage.clientAssertion();
      const proof = { client_assertion_type: assertionType, client_assertion: assertion };
      const answers = await Promise.all(Array.from({ length: USES }, (_, i) => history.send((name) =>
        first.post("/token", stage.form({ dragoman_purpose: name, ...proof }), { over: sessions[i % sessions.length] }), { uses: [assertion] })));
      const refused = answers.filter((answer) => answer.status !== 200);
      assert.equal(refused.length, USES - 1, `${USES - refused.length} of ${USES} were granted`);
      for (const answer of refused) assertFault(answer, "ASSERTION_REPLAYED");
    }
    for (const session of sessions) session.close();
    const records = recordsOf(first);
    const { requests, granted } = history.check(records, { mayClose: false });
    const names = new Set(history.requests.map((request) => request.name));
    const recorded = records.filter((record) => names.has(record.name));
    assert.equal(granted, ROUNDS);
    assert.equal(recorded.filter((record) => record.outcome === "granted").length, ROUNDS);
    assert.equal(recorded.length, requests, "every refusal has its record");
    t.diagnostic(`${requests} uses of ${ROUNDS} assertions: ${granted} granted, ${requests - granted} refused alike`);
  });
});
