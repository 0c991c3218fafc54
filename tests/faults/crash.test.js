// kill -9 at a random moment under load over HTTP/2, again and again: every credential that was answered has its record,
// and every assertion that was answered is used up. With --full: twenty rounds of ten thousand.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "../e2e/kit/faults.js";
import { decode } from "../e2e/kit/forge.js";
import { assertionType } from "../e2e/kit/gateway.js";
import { isFull } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";

const rounds = isFull ? 20 : 2;
const exchanges = isFull ? 10_000 : 500;
const sessions = 4;
const inFlight = 32; // per session

describe("a gateway that is killed", () => {
  let stage;
  before(async () => (stage = await Stage.open({ edit: (documents) => delete documents.get("Team/payments").spec.budget })));
  after(() => stage?.close());

  // Every 20th exchange proves itself with an assertion of its own.
  const send = (http2, i) => {
    if (i % 20 !== 0) return { assertion: null, answer: stage.exchange({}, { over: http2 }) };
    const assertion = stage.clientAssertion({ exp: Math.floor(Date.now() / 1000) + 240 });
    return { assertion, answer: stage.gateway.post("/token", stage.form({ client_assertion_type: assertionType, client_assertion: assertion }), { over: http2 }) };
  };

  const runUntilKilled = async (killAfter) => {
    const answered = [], used = [];
    let next = 0, isKilled = false;
    const worker = async (http2) => {
      while (next < exchanges && !isKilled) {
        const { assertion, answer } = send(http2, next++);
        const received = await answer.catch(() => null);
        if (received === null) return; // the connection went with the process
        if (received.status !== 200) throw new Error(`${received.status} ${received.text}`);
        answered.push(decode(received.json.access_token).claims.jti);
        if (assertion !== null) used.push(assertion);
        if (answered.length >= killAfter && !isKilled) {
          isKilled = true;
          stage.gateway.program.child.kill("SIGKILL");
        }
      }
    };
    const open = Array.from({ length: sessions }, () => stage.gateway.http2());
    await Promise.all(open.flatMap((http2) => Array.from({ length: inFlight }, () => worker(http2))));
    open.forEach((http2) => http2.close());
    await stage.gateway.stop("SIGKILL");
    return { answered, used };
  };

  for (let round = 1; round <= rounds; round++)
    test(`has a record of every credential it answered: round ${round} of ${rounds}`, { timeout: 900_000 }, async (t) => {
      const killAfter = 1 + Math.floor(Math.random() * exchanges * 0.9);
      const { answered, used } = await runUntilKilled(killAfter);
      assert.ok(answered.length >= killAfter);
      assert.equal(new Set(answered).size, answered.length);
      await stage.gateway.start();
      const stored = new Set(stage.gateway.sql("SELECT id FROM record WHERE outcome = 'granted'").split("\n"));
      const lost = answered.filter((id) => !stored.has(id));
      t.diagnostic(`killed after ${killAfter} of ${exchanges}; ${answered.length} answered, ${stored.size} recorded so far, ${lost.length} lost`);
      assert.deepEqual(lost, []);
      for (const assertion of used.slice(-5))
        assertFault(await stage.gateway.post("/token", stage.form({ client_assertion_type: assertionType, client_assertion: assertion })), "ASSERTION_REPLAYED");
      assert.equal((await stage.gateway.record(answered.at(-1))).outcome, "granted");
    });
});
