// Three gateways on one PostgreSQL, behind a real HAProxy, are replaced one after the other by the next release, which brings
// one migration more (tests/next), under load. What is not replaced yet goes on beside the newer schema, also when its
// worker dies or it is started again, and so does what is put back to the release of before.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { haproxyIsMissing } from "../e2e/kit/haproxy.js";
import { isFull, programs } from "../e2e/kit/machine.js";
import { assertGranted } from "../e2e/kit/stage.js";
import { Balancer, grantedMore } from "./kit/balancer.js";
import { History, recordsOf } from "./kit/history.js";

const BETWEEN = isFull ? 50_000 : 1_000; // requests

describe("three gateways that are upgraded one after the other across a schema version", { skip: haproxyIsMissing }, () => {
  let balancer;
  const history = new History();
  before(async () => (balancer = await Balancer.open({ size: 3 })));
  after(() => balancer?.close());

  const migrations = () => Number(balancer.stage.gateway.sql("SELECT count(*) FROM schema_migration"));
  // Each restarted as that program, in this order, under load; what the clients saw.
  const replace = async (gateways, daemon) => {
    const load = balancer.load(history);
    try {
      for (const gateway of gateways) {
        await grantedMore(load, BETWEEN);
        await balancer.restart(gateway, { daemon });
      }
      await grantedMore(load, BETWEEN);
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.failed, []);
    return load.counts;
  };

  test("lose no request, on the way there and back", { timeout: 7_200_000 }, async (t) => {
    const [first, second, third] = balancer.stage.gateways, known = migrations();
    let counts = await replace([first], programs.next);
    assert.equal(migrations(), known + 1, "the next release has migrated");
    t.diagnostic(`the first of three upgraded: ${counts.requests} requests, 0 failed`);

    const { worker } = second;
    process.kill(worker, "SIGKILL");
    await second.nextWorker(worker);
    assertGranted(await balancer.stage.exchange({}, { over: second.http2() }));

    counts = await replace([third], third.daemon);
    t.diagnostic(`one of before started again beside the newer schema: ${counts.requests} requests, 0 failed`);
    counts = await replace([second, third], programs.next);
    t.diagnostic(`the others upgraded: ${counts.requests} requests, 0 failed`);
    counts = await replace([first], programs.dragomand);
    t.diagnostic(`the first put back to the release of before: ${counts.requests} requests, 0 failed`);

    assert.equal(migrations(), known + 1);
    history.check(recordsOf(balancer.stage.gateway), { mayClose: false });
  });
});
