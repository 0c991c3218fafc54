// Adapters of two gateways on one PostgreSQL share what they keep: of many that find a credential ended one refreshes it, with
// what may be used once; who dies at it is followed by somebody else, and who is too slow overwrites nothing.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isFull, until } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { adapterTarget, programFolder, put, python, runs, scriptAdapter } from "./kit/adapters.js";

const EXPIRIES = isFull ? 60 : 6, ASKERS = 12, LIFE_MS = 600, CLAIM_MS = 2000;
const timeout = 300_000;

// Gives a new credential for what the last one came with, which is good for one more and never again.
class Refreshed {
  current = { refresh: "first", ends: 0 };
  refreshes = 0;
  complaints = [];
  lifeMs = LIFE_MS;
  before = async () => {}; // of the request with a number; what it brings is answered instead
  asked = 0;

  async start() {
    this.server = createServer((request, response) => this.#serve(request, response)).listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${this.server.address().port}/refresh`;
    return this;
  }

  async #serve(request, response) {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const instead = await this.before(++this.asked);
    if (response.destroyed) return; // nobody waits: nothing is used up
    response.end(JSON.stringify(instead ?? this.#next(JSON.parse(body).refresh)));
  }

  #next(shown) {
    if (shown !== this.current.refresh) this.complaints.push(`${shown} was shown again`);
    if (Date.now() < this.current.ends) this.complaints.push(`refreshed ${this.current.ends - Date.now()} ms too early`);
    const number = ++this.refreshes, ends = Date.now() + this.lifeMs;
    this.current = { refresh: `refresh-${number}`, ends };
    return { access: `access-${number}`, refresh: this.current.refresh, ends: ends / 1000 };
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

describe("what adapters of two gateways keep", () => {
  let folder, stage, first, second, others;
  const kept = ["often", "dying", "slow"];
  before(async () => {
    folder = programFolder({ bad: join(import.meta.dirname, "kit/refreshing_adapter.py") });
    others = Object.fromEntries(await Promise.all(kept.map(async (name) => [name, await new Refreshed().start()])));
    stage = await Stage.open({
      store: "postgres", size: 2, gateway: { adapters: { directories: [folder.path], interpreters: [python] } },
      edit: (documents) => {
        delete documents.get("Team/payments").spec.budget;
        put(documents, scriptAdapter(folder, "refreshing", { network: "any", limits: { timeout: "10s" } }),
          ...kept.map((name) => adapterTarget(name, "refreshing", { url: others[name].url, claim_ms: CLAIM_MS })));
      },
    });
    [first, second] = stage.gateways;
    for (const gateway of stage.gateways) await runs(gateway, "refreshing");
  });
  after(async () => {
    await stage?.close();
    await Promise.all(Object.values(others ?? {}).map((other) => other.stop()));
    folder?.remove();
  });

  const ask = (gateway, name) => stage.exchange({ audience: `https://${name}.example`, scope: "orders:read" }, { over: gateway.http });
  async function token(gateway, name) {
    const { status, json, text } = await ask(gateway, name);
    assert.equal(status, 200, text);
    return json.access_token;
  }

  test(`is refreshed once each time it ends, ${EXPIRIES} times, and all are given what that brought`, { timeout }, async (t) => {
    const other = others.often;
    let given = 0;
    for (let expiry = 1; expiry <= EXPIRIES; expiry++) {
      await until(() => Date.now() > other.current.ends, "the last one has ended");
      const before = other.refreshes;
      other.lifeMs = 60_000; // it does not end while it is asked for
      other.before = () => delay(20);
      const tokens = await Promise.all(Array.from({ length: 2 * ASKERS }, (_, i) => token(i % 2 ? first : second, "often")));
      given += tokens.length;
      assert.deepEqual([...new Set(tokens)], [`access-${before + 1}`]);
      assert.equal(other.refreshes, before + 1);
      other.current.ends = 0;
      // As if its time had passed: removed at both, so that what may be used once is all that is left to go by.
      first.sql(`UPDATE adapter_state SET value = convert_to('{"access":"access-${before + 1}","refresh":"${other.current.refresh}","ends":1}', 'UTF8') WHERE key = 'token/often'`);
    }
    assert.deepEqual(other.complaints, []);
    t.diagnostic(`${given} exchanges at two gateways, ${other.refreshes} refreshes for ${EXPIRIES} expiries`);
  });

  test("is refreshed once each time it ends by itself, however the askers come", { timeout }, async (t) => {
    const other = others.often, endMs = Date.now() + (isFull ? 20_000 : 4000), before = other.refreshes, seen = new Set();
    Object.assign(other, { lifeMs: LIFE_MS, before: async () => {} });
    await Promise.all(Array.from({ length: 8 }, async (_, i) => {
      while (Date.now() < endMs) seen.add(await token(i % 2 ? first : second, "often"));
    }));
    assert.deepEqual(other.complaints, []);
    assert.ok(other.refreshes - before >= 2);
    assert.equal(seen.size, other.refreshes - before);
    t.diagnostic(`${other.refreshes - before} refreshes`);
  });

  test("is not overwritten by who was too slow, and who was gets what came after", { timeout }, async () => {
    const other = others.slow;
    let release;
    other.before = (asked) => (asked === 1 ? new Promise((done) => (release = () => done({ access: "late", refresh: "late", ends: Date.now() / 1000 + 60 }))) : undefined);
    other.lifeMs = 60_000;
    const slow = token(first, "slow");
    await until(() => other.asked === 1, "one is at it");
    assert.equal(await token(second, "slow"), "access-1"); // when the claim has ended
    release();
    assert.equal(await slow, "access-1");
    assert.equal(await token(first, "slow"), "access-1");
    assert.deepEqual([other.refreshes, other.complaints], [1, []]);
  });

  test("is refreshed by another when the gateway that was at it dies", { timeout }, async (t) => {
    const other = others.dying;
    let release;
    other.before = (asked) => (asked === 1 ? new Promise((done) => (release = () => done(undefined))) : undefined);
    other.lifeMs = 60_000;
    const lost = token(second, "dying").catch(() => "lost");
    await until(() => other.asked === 1, "one is at it");
    const begunMs = performance.now(), { worker } = second;
    second.program.child.kill("SIGKILL");
    process.kill(worker, "SIGKILL");
    const tokens = await Promise.all(Array.from({ length: ASKERS }, () => token(first, "dying")));
    const tookMs = performance.now() - begunMs;
    release();
    assert.equal(await lost, "lost");
    assert.deepEqual([...new Set(tokens)], ["access-1"]);
    assert.deepEqual([other.refreshes, other.complaints], [1, []]);
    assert.ok(tookMs < CLAIM_MS + 3000, `${tookMs.toFixed(0)} ms`);
    t.diagnostic(`refreshed by the other after ${tookMs.toFixed(0)} ms; the claim was for ${CLAIM_MS}`);
    await second.program.ended;
    await second.start();
  });
});
