// The store's disk fills up under load and is cleared again: meanwhile whole 503s and nothing without a record, what is
// read is read, and it works again by itself. With --full: ten times.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isFull, until } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { disturbUnderLoad } from "./kit/load.js";
import { onSmallDisk } from "./kit/small_disk.js";

const disk = onSmallDisk(112);
const ROUNDS = isFull ? 10 : 1;
const FULL_MS = 1000, RECOVERS_MS = 3000;

describe("a gateway whose store's disk is full", () => {
  let stage, history;
  before(async () => {
    if (disk.skip) return;
    const isPostgres = process.env.DRAGOMAN_STORE === "postgres";
    stage = await Stage.open({
      postgres: { data: isPostgres ? disk.subfolder("data") : undefined },
      gateway: { supervisor: { restartDelay: 1, restartDelayMaximum: "1s" } },
      edit: (documents, { gateway }) => {
        delete documents.get("Team/payments").spec.budget;
        if (!isPostgres) gateway.document.spec.store.sqlite = gateway.databasePath = join(disk.subfolder("store"), "gateway.sqlite");
      },
    });
    history = new History();
  });
  after(() => stage?.close());

  const fillUntilRefused = async () => {
    disk.fill();
    const refusals = () => history.requests.filter((request) => request.status === 503).length;
    const before = refusals();
    await until(() => refusals() > before + 10, "exchanges are refused");
  };
  const check = (t, times, options) => {
    const { requests, granted, refused } = history.check(recordsOf(stage.gateway), options);
    t.diagnostic(`${times.length} times full; granting again ${Math.max(...times).toFixed(0)} ms after it was cleared at most; ${requests} requests, ${granted} granted, refused ${JSON.stringify(refused)}; 0 violations`);
  };

  test("answers 503 while it is, reads what it has, and grants again when it is not", { timeout: 600_000, skip: disk.skip ?? false }, async (t) => {
    const times = [];
    const { worker } = stage.gateway;
    const seen = (await stage.exchange()).json;
    for (let round = 0; round < ROUNDS; round++)
      times.push(await disturbUnderLoad(stage, history, async () => {
        await fillUntilRefused();
        const { granted: { length: before } } = history;
        await delay(FULL_MS);
        assert.equal((await stage.gateway.record(seen.dragoman_exchange)).outcome, "granted");
        assert.equal((await stage.gateway.post("/introspect", { token: seen.access_token }, { auth: stage.auth })).json.active, true);
        t.diagnostic(`${history.granted.length - before} granted in ${FULL_MS} ms while it was full`);
        disk.clear();
      }, { withinMs: RECOVERS_MS }));
    check(t, times, { mayClose: false });
    assert.equal(stage.gateway.worker, worker, "the worker is the same");
  });

  test("loses nothing when its worker is killed meanwhile", { timeout: 600_000, skip: disk.skip ?? false }, async (t) => {
    const times = [];
    for (let round = 0; round < ROUNDS; round++)
      times.push(await disturbUnderLoad(stage, history, async () => {
        await fillUntilRefused();
        process.kill(stage.gateway.worker, "SIGKILL");
        await delay(FULL_MS);
        disk.clear();
      }, { withinMs: RECOVERS_MS }));
    check(t, times);
  });
});
