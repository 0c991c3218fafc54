// PostgreSQL under Patroni, as docs/operations/patroni.md has it: the primary is killed under load and switched over, and
// whatever happens, each credential that was answered has its record where writes are taken then, and nothing was granted
// twice. With --full: twenty kills, with the times the page recommends.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isFull, privateFolder } from "../e2e/kit/machine.js";
import { makeCertificates } from "../e2e/kit/certificates.js";
import { Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { disturbUnderLoad } from "./kit/load.js";
import { PASSWORD, PatroniCluster } from "./kit/patroni.js";

const KILLS = isFull ? 20 : 2, SWITCHES = isFull ? 10 : 1;
const BACK_MS = 30_000; // promised, from the kill to the first credential
const SWITCHED_MS = 5000; // promised, the longest time without one
const ANSWER_MS = 5000; // answerTimeout, as it is unless somebody says otherwise
const LONGEST_MS = 2 * ANSWER_MS + 2000; // an exchange waits for the store twice when the first answer refuses it

describe("PostgreSQL under Patroni", () => {
  let folder, cluster, stage;
  before(async () => {
    folder = privateFolder();
    cluster = await PatroniCluster.open(makeCertificates(folder));
    stage = await Stage.open({ store: cluster, edit: (documents, { gateway }) => {
      delete documents.get("Team/payments").spec.budget;
      Object.assign(gateway.document.spec.store.postgres, { passwordFile: gateway.writeSecret("db-password", PASSWORD) });
    } });
  }, { timeout: 300_000 });
  after(async () => {
    await stage?.close();
    await cluster?.close();
    folder?.remove();
  }, { timeout: 120_000 });

  const say = (t, history, { requests, granted, refused, recordedUnanswered }) => {
    const longest = Math.max(...history.requests.map((request) => request.endedMs - request.begunMs));
    t.diagnostic(`${requests} requests, ${granted} granted, refused ${JSON.stringify(refused)}, ${recordedUnanswered} recorded and not answered, longest ${longest.toFixed(0)} ms; 0 violations`);
    assert.ok(longest < LONGEST_MS, `a request took ${longest} ms`);
  };

  test(`loses nothing that was answered when its primary is killed ${KILLS} times, and is back in time`, { timeout: 3_600_000 }, async (t) => {
    const history = new History(), { worker } = stage.gateway;
    t.diagnostic("| kill | primary before | after | first credential after |");
    for (let round = 1; round <= KILLS; round++) {
      const killed = await cluster.whole(), { standby } = cluster;
      const ms = await disturbUnderLoad(stage, history, () => killed.kill(), { withinMs: BACK_MS, countsFromStart: true, afterMs: Math.random() * 400 });
      await cluster.whole(cluster.nodes.filter((node) => node !== killed));
      assert.equal(cluster.leader, standby, "who confirmed commits is promoted, and nobody else");
      history.check(recordsOf(stage.gateway), { mayClose: false });
      t.diagnostic(`| ${round} | ${killed.name} | ${cluster.leader.name} | ${(ms / 1000).toFixed(1)} s |`);
      killed.start();
    }
    await cluster.whole();
    say(t, history, history.check(recordsOf(stage.gateway), { mayClose: false }));
    assert.equal(stage.gateway.worker, worker, "the worker is the same");
  });

  // The longest time between two credentials, whatever was begun when.
  const longestPause = (history, fromMs) => {
    const ends = [fromMs, ...history.granted.map(({ endedMs }) => endedMs).filter((endedMs) => endedMs > fromMs).sort((a, b) => a - b)];
    return Math.max(...ends.slice(1).map((endedMs, i) => endedMs - ends[i]));
  };

  test("is switched over within seconds", { timeout: 1_800_000 }, async (t) => {
    const history = new History();
    for (let round = 0; round < SWITCHES; round++) {
      const from = await cluster.whole();
      let begunMs;
      await disturbUnderLoad(stage, history, async () => {
        begunMs = performance.now();
        await cluster.switchOver();
      }, { withinMs: BACK_MS });
      const pause = longestPause(history, begunMs);
      t.diagnostic(`from ${from.name} to ${cluster.leader.name}: no credential for ${pause.toFixed(0)} ms`);
      assert.ok(pause < SWITCHED_MS, `no credential for ${pause} ms`);
    }
    await cluster.whole();
    say(t, history, history.check(recordsOf(stage.gateway), { mayClose: false }));
  });
});
