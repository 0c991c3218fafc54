// The server that takes writes is lost for good and its standby takes over: with a standby that confirms commits, every
// credential that was answered has its record there, and what was used once stays used. With --full: ten times.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isFull } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { disturbUnderLoad } from "./kit/load.js";

const ROUNDS = isFull ? 10 : 1;
const ANSWER_MS = 2000; // answerTimeout below
const LONGEST_MS = 2 * ANSWER_MS + 2000; // an exchange waits for the store twice when the first answer refuses it
const RECOVERS_MS = 5000; // from the moment the standby takes writes

// One gateway that knows both servers, by the order in which an operator would list them.
async function open({ confirms }) {
  let standby;
  const stage = await Stage.open({
    store: "postgres",
    prepare: async ({ postgres }) => (standby = await postgres.addStandby({ confirms })),
    edit: (documents, { gateway }) => {
      delete documents.get("Team/payments").spec.budget;
      const { postgres } = gateway.document.spec.store;
      Object.assign(postgres, { connection: postgres.connection.replace(/host=\S+/, (host) => `${host},${standby.folder}`), connectTimeout: "1s", statementTimeout: "1s", answerTimeout: `${ANSWER_MS / 1000}s` });
    },
  });
  return { stage, standby };
}

async function close({ stage, standby }) {
  await stage.close();
  await standby.close();
}

describe("a primary that is lost", () => {
  test("loses nothing that was answered when its standby confirms commits", { timeout: 1_800_000 }, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const cast = await open({ confirms: true });
      try {
        const { stage, standby } = cast, history = new History();
        const { worker } = stage.gateway;
        const ms = await disturbUnderLoad(stage, history, async () => {
          await stage.postgres.kill();
          await standby.promote();
        }, { withinMs: RECOVERS_MS, afterMs: Math.random() * 400 });
        stage.gateway.postgres = standby;
        const { requests, granted, refused, recordedUnanswered } = history.check(recordsOf(stage.gateway), { mayClose: false });
        const longest = Math.max(...history.requests.map((request) => request.endedMs - request.begunMs));
        t.diagnostic(`granting again ${ms.toFixed(0)} ms after the standby took writes; ${requests} requests, ${granted} granted, refused ${JSON.stringify(refused)}, ${recordedUnanswered} recorded and not answered, longest ${longest.toFixed(0)} ms; 0 violations`);
        assert.ok(longest < LONGEST_MS, `a request took ${longest} ms`);
        assert.equal(stage.gateway.worker, worker, "the worker is the same");
      } finally {
        await close(cast);
      }
    }
  });

  // Were nothing lost here, the test above would prove nothing. It is what docs/operations.md warns of.
  test("loses what was answered when its standby confirms nothing", { timeout: 120_000 }, async (t) => {
    const cast = await open({ confirms: false });
    try {
      const { stage, standby } = cast, history = new History();
      await standby.stop();
      await disturbUnderLoad(stage, history, async () => {
        await stage.postgres.kill();
        await standby.start();
        await standby.promote();
      }, { withinMs: RECOVERS_MS });
      stage.gateway.postgres = standby;
      const lost = history.violations(recordsOf(stage.gateway));
      t.diagnostic(`${lost.length} violations, such as: ${lost[0]}`);
      assert.ok(lost.some((violation) => violation.includes("answered without a record")));
    } finally {
      await close(cast);
    }
  });
});
