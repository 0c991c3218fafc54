// Three gateways on one PostgreSQL, behind a real HAProxy that asks each whether it is ready, are stopped and started one
// after the other under load over HTTP/2. No request fails, and the balancer never sends anybody to a gateway that is gone:
// who is told to end says that it is not ready and serves on for stopDelay. With --full: 20 times round, 1,000,000 requests.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { haproxyIsMissing } from "../e2e/kit/haproxy.js";
import { isFull } from "../e2e/kit/machine.js";
import { Balancer, grantedMore } from "./kit/balancer.js";
import { History, recordsOf } from "./kit/history.js";

const REQUESTS = isFull ? 1_000_000 : 20_000, ROUNDS = isFull ? 20 : 1, GATEWAYS = 3;

describe("three gateways behind a balancer that are restarted one after the other", { skip: haproxyIsMissing }, () => {
  let balancer;
  before(async () => (balancer = await Balancer.open({ size: GATEWAYS })));
  after(() => balancer?.close());

  test("lose no request", { timeout: 7_200_000 }, async (t) => {
    const { stage } = balancer, history = new History(), load = balancer.load(history);
    const pause = Math.ceil(REQUESTS / (ROUNDS * GATEWAYS + 1));
    try {
      for (let i = 0; i < ROUNDS * GATEWAYS && load.failed.length === 0; i++) {
        await grantedMore(load, pause);
        await balancer.restart(stage.gateways[i % GATEWAYS]);
      }
      await grantedMore(load, pause);
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.failed, []);
    assert.ok(load.counts.granted >= REQUESTS);
    assert.equal(await balancer.unconnected(), 0, "nobody was sent to a gateway that did not take connections");
    history.check(recordsOf(stage.gateway), { mayClose: false });
    const { requests, again, unconnected } = load.counts;
    t.diagnostic(`${ROUNDS * GATEWAYS} restarts, ${requests} requests, 0 failed, ${again} sent again that were not taken, ${unconnected} connections refused, ${load.longestConnectMs.toFixed(0)} ms the longest wait for a connection`);
  });
});
