// kill -9 at a random moment under load over HTTP/2, again and again, of the worker alone and of everything: the
// history of all that clients saw agrees with the store. With --full: two hundred workers, a hundred times everything.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isFull, until } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { disturbUnderLoad } from "./kit/load.js";

const WORKERS = isFull ? 200 : 5, WHOLES = isFull ? 100 : 3;
const SERVES_AGAIN_MS = 10_000; // with sanitizers on a busy machine; docs/operations.md tells what is usual
const MOMENT_MS = 400;

describe("a gateway that is killed", () => {
  let stage, history;
  before(async () => {
    stage = await Stage.open({ gateway: { supervisor: { restartDelay: 1, restartDelayMaximum: "1s" } }, edit: (documents) => delete documents.get("Team/payments").spec.budget });
    history = new History();
  });
  after(() => stage?.close());

  // At a random moment under load; the milliseconds until something is granted again.
  const killUnderLoad = (kill, revive) => {
    const disturb = async () => {
      await kill();
      await revive();
    };
    return disturbUnderLoad(stage, history, disturb, { withinMs: SERVES_AGAIN_MS, countsFromStart: true, afterMs: Math.random() * MOMENT_MS });
  };
  const check = (t, times) => {
    const { requests, granted, closed, recordedUnanswered } = history.check(recordsOf(stage.gateway));
    t.diagnostic(`${times.length} killed; granting again after ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms; ${requests} requests, ${granted} granted, ${closed} streams closed, ${recordedUnanswered} recorded and not answered; 0 violations`);
  };

  test(`keeps all its promises when ${WORKERS} workers are killed`, { timeout: 3_600_000 }, async (t) => {
    const times = [];
    for (let round = 0; round < WORKERS; round++) {
      const worker = stage.gateway.worker;
      times.push(await killUnderLoad(() => process.kill(worker, "SIGKILL"), () => stage.gateway.nextWorker(worker)));
    }
    check(t, times);
  });

  test(`keeps all its promises when everything is killed ${WHOLES} times`, { timeout: 3_600_000 }, async (t) => {
    const times = [];
    for (let round = 0; round < WHOLES; round++) {
      const kill = () => {
        const { worker } = stage.gateway;
        stage.gateway.program.child.kill("SIGKILL");
        process.kill(worker, "SIGKILL");
        return stage.gateway.stop("SIGKILL");
      };
      times.push(await killUnderLoad(kill, () => stage.gateway.start()));
    }
    check(t, times);
    const last = history.granted.at(-1).exchange;
    assert.equal((await stage.gateway.record(last)).outcome, "granted");
  });
});
