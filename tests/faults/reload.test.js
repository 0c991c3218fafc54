// SIGHUP again and again under load, each time with documents that have mistakes: those that the supervisor finds and those
// that only a new worker finds. Failed is every request without a whole answer, and every answer that is no grant but to an
// assertion that was shown before. With --full: 100,000 requests.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { faults } from "../e2e/kit/faults.js";
import { isFull, until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { Load } from "./kit/load.js";

const REQUESTS = isFull ? 100_000 : 2_000, PAUSE_MS = 100;
const lost = { kind: "Target", metadata: { name: "lost" }, spec: { domain: "nowhere", audiences: ["https://lost.example"] } };

describe("a gateway that is told to read documents with mistakes", () => {
  let stage;
  before(async () => (stage = await Stage.open({ edit: (documents) => delete documents.get("Team/payments").spec.budget })));
  after(() => stage?.close());

  test(`goes on with the last good ones and fails none of ${REQUESTS} requests`, { timeout: 3_600_000 }, async (t) => {
    const { gateway } = stage, { worker } = gateway;
    const good = readFileSync(gateway.configPath, "utf8");
    const bad = [good.replace('"kind": "Target"', '"kind": "Tagret"'), `${good}---\n${JSON.stringify(lost)}\n`, "", good.slice(0, good.length / 2)];
    const history = new History(), load = new Load(stage, history, { connections: 4 }).start();
    let rounds = 0;
    try {
      while (history.requests.length < REQUESTS) {
        const refused = gateway.events("handover_failed").length;
        writeFileSync(gateway.configPath, bad[rounds++ % bad.length]);
        gateway.program.child.kill("SIGHUP");
        await until(() => gateway.events("handover_failed").length > refused, "the documents are refused");
        await until(async () => (await gateway.admin("/readyz")).json.reload_refused, "the refusal is shown");
        await delay(PAUSE_MS);
      }
    } finally {
      writeFileSync(gateway.configPath, good);
      await load.stop();
    }
    const summary = history.check(recordsOf(gateway), { mayClose: false });
    const replayed = history.requests.filter((request) => request.uses.length !== 0).length;
    assert.deepEqual(Object.keys(summary.refused).filter((status) => Number(status) !== faults.ASSERTION_REPLAYED.status), []);
    assert.ok(summary.refused[faults.ASSERTION_REPLAYED.status] < replayed);
    assert.equal(history.requests.filter((request) => request.uses.length === 0 && request.status !== 200).length, 0);
    assert.equal(gateway.worker, worker);
    assert.equal(gateway.events("worker_ready").length, 1);
    gateway.program.child.kill("SIGHUP");
    await until(() => gateway.worker !== worker, "good documents are served again");
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
    t.diagnostic(`${rounds} reloads refused; ${summary.requests} requests, ${summary.granted} granted, ${JSON.stringify(summary.refused)} refused as replayed, 0 failed`);
  });
});
