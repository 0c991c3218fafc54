// Hostile clients beside an honest one: each flood ends its own connection, the honest p99 stays under twice the quiet one
// (or under a floor, for a scheduler's hiccup on a busy machine is no slow gateway), and memory stays bounded.
// With --full: three million resets, two thousand slow readers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { basic, formBody } from "../e2e/kit/http.js";
import { isFull } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { Attacker, CONTINUATION, DATA, frame, HEADERS, number, PING, PRIORITY, request, RST_STREAM, SETTINGS, WINDOW_UPDATE } from "./kit/attacker.js";
import { HonestClient } from "./kit/honest_client.js";

const FLOOR_MS = 20, CLOSED_WITHIN_MS = 1000, PAUSE_MS = 5;
// What a sanitizer keeps of freed memory (256 MiB) is in it.
const MEMORY_GROWTH_KIB = 512 * 1024;
const resets = isFull ? 3_000_000 : 20_000;
const slowReaders = isFull ? 2000 : 100;
const odd = (i) => 2 * i + 1;

// name, the reason under which it is cut, how many, and the frames of the i-th.
const floods = [
  ["PING", "pings", 5000, () => frame(PING, 0, 0, Buffer.alloc(8))],
  ["SETTINGS", "settings", 5000, () => frame(SETTINGS, 0, 0)],
  ["PRIORITY", "priorities", 5000, () => frame(PRIORITY, 0, 1, Buffer.from([0, 0, 0, 0, 16]))],
  ["WINDOW_UPDATE", "window_updates", 20_000, () => frame(WINDOW_UPDATE, 0, 0, number(1))],
  ["empty DATA", "empty_data", 5000, (i) => (i === 0 ? request(1, { method: "POST", ends: false }) : frame(DATA, 0, 1))],
  ["CONTINUATION", "continuations", 5000, (i) => frame(i === 0 ? HEADERS : CONTINUATION, 0, 1, Buffer.from([0x82]))],
  ["HPACK reference", "header_block", 90, (i) => request(odd(i), { fields: Buffer.alloc(16_000, 0x90) })],
  ["header block", "header_block", 100, (i) => frame(i === 0 ? HEADERS : CONTINUATION, 0, 1, Buffer.alloc(16_000, 0xbe))],
];

describe("beside hostile clients", () => {
  let stage, honest, quiet, memoryBefore;
  const memory = () => Number(readFileSync(`/proc/${stage.gateway.worker}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]);
  const metric = async (name) => Number((await stage.gateway.admin("/metrics")).text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ").at(-1) ?? 0);
  const cut = (reason) => metric(`dragoman_connections_cut_total{reason="${reason}"}`);

  const during = async (attack) => {
    const memoryJustBefore = memory();
    honest.begin();
    const result = await attack();
    const { p99, granted } = await honest.end(150);
    assert.ok(p99 < Math.max(2 * quiet, FLOOR_MS), `honest p99 ${p99.toFixed(1)} ms, quiet ${quiet.toFixed(1)} ms`);
    assert.ok(memory() - memoryBefore < MEMORY_GROWTH_KIB, `memory grew from ${memoryBefore} to ${memory()} KiB`);
    return { ...result, p99, granted, grownKib: memory() - memoryJustBefore };
  };
  const exchange = () => ({ method: "POST", path: "/token", authorization: basic(...stage.auth), type: "application/x-www-form-urlencoded", body: formBody(stage.form()) });

  before(async () => {
    // All clients of this test come from one address.
    const limits = { threads: 2, connections: { perAddress: 2 * slowReaders } };
    stage = await Stage.open({ gateway: { limits }, edit: (documents) => delete documents.get("Team/payments").spec.budget });
    honest = await HonestClient.start(stage);
    for (const exchanges of [150, 400]) { // the first time is for getting warm
      honest.begin();
      ({ p99: quiet } = await honest.end(exchanges));
    }
    setPriority(constants.priority.PRIORITY_LOW); // attackers have a processor of their own and not half of ours
    memoryBefore = memory();
  });
  after(async () => {
    await honest?.stop();
    await stage?.close();
  });

  for (const [name, reason, count, make] of floods)
    test(`a flood of ${name} frames ends its own connection at once`, async (context) => {
      const before = await cut(reason);
      const { ms, p99 } = await during(async () => {
        const attacker = await Attacker.open(stage);
        return { ms: await attacker.flood(count, make) };
      });
      context.diagnostic(`closed after ${ms?.toFixed(0)} ms; honest p99 ${p99.toFixed(1)} ms, quiet ${quiet.toFixed(1)} ms`);
      assert.ok(ms < CLOSED_WITHIN_MS, `closed after ${ms} ms`);
      assert.equal(await cut(reason), before + 1);
    });

  test("exchanges that are reset as soon as they are asked for end their connection, and nothing is signed for them", async (context) => {
    const grants = 'dragoman_faults_total{reason="none",caller="authenticated"}';
    const before = await cut("resets"), grantedBefore = await metric(grants);
    const asked = exchange();
    const { ms, p99, granted } = await during(async () => {
      const attacker = await Attacker.open(stage);
      return { ms: await attacker.flood(resets, (i) => Buffer.concat([request(odd(i), asked), frame(RST_STREAM, 0, odd(i), number(8))]), 50) };
    });
    context.diagnostic(`closed after ${ms?.toFixed(0)} ms; honest p99 ${p99.toFixed(1)} ms, quiet ${quiet.toFixed(1)} ms`);
    assert.ok(ms < CLOSED_WITHIN_MS, `closed after ${ms} ms`);
    assert.equal(await cut("resets"), before + 1);
    assert.equal((await metric(grants)) - grantedBefore, granted, "every grant was an honest client's");
  });

  test("streams the gateway is made to reset end their connection as well", async () => {
    const before = await cut("resets");
    const { ms } = await during(async () => {
      const attacker = await Attacker.open(stage);
      return { ms: await attacker.flood(2000, (i) => Buffer.concat([request(odd(i)), frame(WINDOW_UPDATE, 0, odd(i), number(0))]), 20) };
    });
    assert.ok(ms < CLOSED_WITHIN_MS, `closed after ${ms} ms`);
    assert.equal(await cut("resets"), before + 1);
  });

  test("bodies that never end hold a bounded amount of memory", async () => {
    const before = await cut("unfinished_requests");
    await during(async () => {
      const attackers = await Promise.all(Array.from({ length: 12 }, () => Attacker.open(stage)));
      const part = Buffer.alloc(16_384, 97);
      await Promise.all(attackers.map(async (attacker) => {
        for (let i = 0; i < 95; i++) {
          const frames = [request(odd(i), { method: "POST", path: "/token", ends: false }), ...Array(5).fill(0).map(() => frame(DATA, 0, odd(i), part))];
          if (!(await attacker.write(Buffer.concat(frames)))) break;
          await pause(attackers.length * PAUSE_MS); // this process carries the honest client too
        }
      }));
      for (const attacker of attackers) attacker.close();
      return {};
    });
    assert.ok((await cut("unfinished_requests")) > before);
  });

  test("readers that take nothing are borne beside honest ones", async (t) => {
    const { p99, grownKib } = await during(async () => {
      const attackers = [];
      for (let i = 0; i < slowReaders; i++) {
        const attacker = await Attacker.open(stage, { reads: false, settings: Buffer.from([0, 4, 0, 0, 0, 0]) }); // a window of nothing
        attackers.push(attacker);
        await attacker.write(Buffer.concat(Array.from({ length: 20 }, (_, k) => request(odd(k), { path: "/.well-known/oauth-authorization-server" }))));
      }
      for (const attacker of attackers) attacker.close();
      return {};
    });
    t.diagnostic(`honest p99 ${p99.toFixed(1)} ms, quiet ${quiet.toFixed(1)} ms; ${(grownKib / slowReaders).toFixed(0)} KiB for each of ${slowReaders} readers with 20 answers untaken`);
  });
});
