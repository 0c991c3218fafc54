// Two gateways on one PostgreSQL are restarted one after the other, three times round, under load over HTTP/2: by a
// hand-over and by a stop and a start. No request fails; kit/balanced.js says what that means. With --full: 100,000 requests
// each.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isFull, until } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { Balanced } from "./kit/balanced.js";
import { History, recordsOf } from "./kit/history.js";

const REQUESTS = isFull ? 100_000 : 2_000, ROUNDS = 3;

describe("two gateways that are restarted one after the other", () => {
  let stage;
  before(async () => (stage = await Stage.open({ store: "postgres", size: 2, edit: (documents) => delete documents.get("Team/payments").spec.budget })));
  after(() => stage?.close());

  // restart(gateway) of one after the other under load, spread over all requests; what comes out of it.
  const roll = async (restart) => {
    const history = new History(), load = new Balanced(stage, history).start();
    const pause = Math.ceil(REQUESTS / (ROUNDS * stage.gateways.length + 1));
    const more = async (count) => {
      const enough = load.counts.granted + count;
      await until(() => load.counts.granted >= enough || load.failed.length > 0, "the load goes on", 600_000);
    };
    try {
      for (let i = 0; i < ROUNDS * stage.gateways.length && load.failed.length === 0; i++) {
        await more(pause);
        await restart(stage.gateways[i % stage.gateways.length]);
      }
      await more(pause);
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.failed, []);
    history.check(recordsOf(stage.gateway), { mayClose: false });
    assert.ok(load.counts.granted >= REQUESTS);
    assert.ok([...load.answeredBy.values()].every((count) => count > REQUESTS / 20), "both served");
    return load;
  };
  const say = (t, { counts, longestConnectMs }) => t.diagnostic(`${counts.requests} requests, 0 failed, ${counts.again} sent again that were not taken, ${counts.unconnected} connections refused, ${longestConnectMs.toFixed(0)} ms the longest wait for a connection`);

  test("lose no request when each hands over to a new worker", { timeout: 3_600_000 }, async (t) => {
    say(t, await roll(async (gateway) => {
      const { worker } = gateway, ended = gateway.events("worker_ended").length;
      gateway.program.child.kill("SIGHUP");
      await until(() => gateway.worker !== worker && gateway.events("worker_ended").length > ended, "the old worker is replaced and has ended");
    }));
  });

  test("lose no request when each is stopped and started", { timeout: 3_600_000 }, async (t) => {
    say(t, await roll(async (gateway) => {
      assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
      await gateway.start();
    }));
  });
});
