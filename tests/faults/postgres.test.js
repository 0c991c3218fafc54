// PostgreSQL that restarts, crashes, is killed or hangs under load: meanwhile every answer is a credential with its record
// or a whole 503, no stream is closed, nobody waits for ever, and the gateway comes back by itself. With --full: ten
// times each.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isFull } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { disturbUnderLoad } from "./kit/load.js";

const ROUNDS = isFull ? 10 : 1;
const ANSWER_MS = 2000; // answerTimeout below
const LONGEST_MS = 2 * ANSWER_MS + 2000; // an exchange waits for the store twice when the first answer refuses it
const AWAY_MS = ANSWER_MS + 1000; // so that what waits is given up
const RECOVERS_MS = 3000; // from the moment PostgreSQL is ready again; the longest pause between two attempts is 0.8 s

describe("with PostgreSQL", () => {
  let stage;
  before(async () => (stage = await Stage.open({
    store: "postgres",
    edit: (documents, { gateway }) => {
      delete documents.get("Team/payments").spec.budget;
      Object.assign(gateway.document.spec.store.postgres, { connectTimeout: "1s", statementTimeout: "1s", answerTimeout: `${ANSWER_MS / 1000}s` });
    },
  })));
  after(() => stage?.close());

  // name, what is done to it, and whether that takes longer than anything waits.
  for (const [name, disturb, isLong] of [
    ["restarted", (postgres) => postgres.restart("fast"), false],
    ["stopped in the middle of everything and started again", (postgres) => postgres.restart("immediate"), false],
    ["away for longer than anything waits", async (postgres) => {
      await postgres.stop("immediate");
      await delay(AWAY_MS);
      await postgres.start();
    }, true],
    ["killed", async (postgres) => {
      await postgres.kill();
      await postgres.start();
    }, false],
    ["frozen for longer than anything waits", async (postgres) => {
      postgres.pause();
      await delay(AWAY_MS);
      postgres.resume();
    }, true],
  ])
    test(`${name}, everything is answered, nothing is lost, and it grants again by itself`, { timeout: 600_000 }, async (t) => {
      const history = new History(), times = [];
      const { worker } = stage.gateway;
      for (let round = 0; round < ROUNDS; round++) times.push(await disturbUnderLoad(stage, history, () => disturb(stage.postgres), { withinMs: RECOVERS_MS }));
      const { requests, granted, refused, recordedUnanswered } = history.check(recordsOf(stage.gateway), { mayClose: false });
      const longest = Math.max(...history.requests.map((request) => request.endedMs - request.begunMs));
      t.diagnostic(`granting again ${Math.max(...times).toFixed(0)} ms after it was ready at most; ${requests} requests, ${granted} granted, refused ${JSON.stringify(refused)}, ${recordedUnanswered} recorded and not answered, longest ${longest.toFixed(0)} ms; 0 violations`);
      assert.ok(longest < LONGEST_MS, `a request took ${longest} ms`);
      if (isLong) assert.ok(refused[503] > 0, JSON.stringify(refused));
      assert.equal(stage.gateway.worker, worker, "the worker is the same");
    });
});
