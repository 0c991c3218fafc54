// Adapters that keep to nothing, under a real supervisor and its sandbox: whatever one does, its exchange is answered in time
// and with the right fault, what it made and nobody was given is taken back, and others are not slowed.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault, faults } from "../e2e/kit/faults.js";
import { isFull, run, until } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { adapterTarget, badAdapter, middle, processorMs, processOf, programFolder, put, python, runs, scriptAdapter, stateOf } from "./kit/adapters.js";

const timeout = isFull ? 1_800_000 : 300_000;
const IN_TIME_MS = 4500; // a second for the adapter, two for its answer to cancel, and a busy machine
const kinds = ["crash", "exit", "hang", "spin", "flood", "flood_requests", "flood_large", "garbage", "long_line", "unasked", "linger", "close",
  "leak_descriptors", "leak_memory", "fork", "print", "print_flood", "lifetime", "scopes", "type", "twice", "network", "files"];
const adapterOf = (kind) => kind.replaceAll("_", "-");
const targetOf = (kind) => `does-${adapterOf(kind)}`;

async function openStage(folder, chosen) {
  const listener = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const stage = await Stage.open({
    gateway: { adapters: { directories: [folder.path], interpreters: [python] }, leases: { pendingFor: "5s", retryDelay: "1s", retryDelayMaximum: "1s" },
      limits: { threads: 2, connections: { requests: 10_000_000 } } },
    edit: (documents, { gateway }) => {
      delete documents.get("Team/payments").spec.budget;
      const paths = [gateway.sealingKeyPath, gateway.certificates.keyFile, gateway.databasePath, gateway.configPath, `${gateway.folder.path}/orders-agent.secret`];
      const settings = (kind) => ({ does: kind, port: listener.address().port, paths });
      put(documents, scriptAdapter(folder, "good", { limits: {} }), adapterTarget("well", "good", { does: "good" }));
      // One for each, so that no failure is one after others.
      for (const kind of chosen)
        put(documents, scriptAdapter(folder, adapterOf(kind), { limits: { timeout: "1s", memory: 64, openFiles: 64, processes: 16 } }),
          adapterTarget(targetOf(kind), adapterOf(kind), settings(kind)), adapterTarget(`${targetOf(kind)}-well`, adapterOf(kind), settings("good")));
    },
  });
  stage.listener = listener;
  return stage;
}

describe("an adapter that keeps to nothing", () => {
  let folder, stage, gateway, connections;
  before(async () => {
    folder = programFolder({ bad: badAdapter });
    ({ gateway } = stage = await openStage(folder, kinds));
    for (const kind of kinds) await runs(gateway, adapterOf(kind));
    connections = [gateway.http2()];
  });
  after(async () => {
    connections?.forEach((connection) => connection.close());
    stage?.listener.close();
    await stage?.close();
    folder?.remove();
  });

  const ask = (target, changes = {}) => stage.exchange({ audience: `https://${target}.example`, scope: "orders:read", requested_token_type: undefined, ...changes }, { over: connections[0] });

  async function does(kind) {
    const before = (await stateOf(gateway, adapterOf(kind))).instance, begunMs = performance.now();
    const answer = await ask(targetOf(kind));
    const tookMs = performance.now() - begunMs;
    assert.ok(tookMs < IN_TIME_MS, `answered after ${tookMs.toFixed(0)} ms`);
    return { answer, before };
  }

  // Whatever it did, then it works: at once or when it has been started again.
  async function isWell(kind, before) {
    await runs(gateway, adapterOf(kind), before);
    const answer = await until(() => ask(`${targetOf(kind)}-well`).then((one) => one.status === 200 && one), () => `it mints\n${gateway.program.errors.slice(-2000)}`);
    return answer;
  }

  const killedFor = (kind, reason) => until(() => gateway.events("adapter_killed").some((event) => event.adapter === adapterOf(kind) && reason.test(event.problem)),
    () => `killed for ${reason}\n${gateway.program.errors.slice(-2000)}`);
  const outputOf = (kind) => gateway.events("adapter_output").filter(({ adapter }) => adapter === adapterOf(kind)).map(({ line }) => line);

  const failures = [
    ["crashes", "crash", "ADAPTER_FAILED"], ["exits", "exit", "ADAPTER_FAILED"], ["answers garbage", "garbage", "ADAPTER_FAILED", /JSON|message|UTF/],
    ["sends a line without an end", "long_line", "ADAPTER_FAILED", /too long/], ["answers what was not asked", "unasked", "ADAPTER_FAILED", /not asked/],
    ["lives longer than was decided", "lifetime", "ADAPTER_FAILED", /expires|long|later|lifetime/], ["gives more scopes", "scopes", "ADAPTER_FAILED", /scope/],
    ["gives another type", "type", "ADAPTER_FAILED", /type/], ["closes its socket", "close", "ADAPTER_FAILED", /closed/],
    ["leaves a child behind", "linger", "ADAPTER_FAILED"], ["takes memory to its limit", "leak_memory", "ADAPTER_FAILED"],
    ["hangs", "hang", "ADAPTER_UNAVAILABLE", /cancelled/], ["spins", "spin", "ADAPTER_UNAVAILABLE", /cancelled/],
    ["floods with lines for the log", "flood", "ADAPTER_UNAVAILABLE", /cancelled/], ["floods with requests", "flood_requests", "ADAPTER_UNAVAILABLE", /cancelled/],
    ["floods with large lines", "flood_large", "ADAPTER_UNAVAILABLE", /cancelled/],
  ];
  for (const [name, kind, fault, reason] of failures)
    test(`that ${name} is answered for in time, replaced, and nothing of it is left`, { timeout }, async () => {
      const { answer, before } = await does(kind);
      assertFault(answer, fault);
      assert.equal(answer.status === 503, answer.headers["retry-after"] !== undefined);
      if (reason) await killedFor(kind, reason);
      await isWell(kind, before + 1);
      const process = processOf(gateway, adapterOf(kind), before);
      await until(async () => (await run("ps", ["-o", "pid=", "-s", String(process)])).output.trim() === "", "nothing of it is left");
    });

  test("that answers twice has had its first answer, and is ended for the second", { timeout }, async () => {
    const { answer, before } = await does("twice");
    assert.equal(answer.status, 200, answer.text);
    await killedFor("twice", /twice/);
    await isWell("twice", before + 1);
  });

  test("that uses up its descriptors or its processes does so within its own limits", { timeout }, async () => {
    for (const kind of ["leak_descriptors", "fork"]) {
      const { answer, before } = await does(kind);
      assert.ok([200, 500, 503].includes(answer.status), answer.text);
      const last = processOf(gateway, adapterOf(kind), before);
      process.kill(last, "SIGKILL");
      await isWell(kind, before + 1);
      await until(async () => (await run("ps", ["-o", "pid=", "-s", String(last)])).output.trim() === "", "nothing of it is left");
    }
  });

  test("that prints is heard, and not for long if it does not stop", { timeout }, async () => {
    assert.equal((await does("print")).answer.status, 200);
    await until(() => outputOf("print").includes("a line for people"), "its line");
    const { answer } = await does("print_flood");
    assert.equal(answer.status, 200, answer.text);
    await delay(1000);
    assert.equal((await ask(`${targetOf("print_flood")}-well`)).status, 200);
    assert.equal(outputOf("print_flood").length, 20);
  });

  test("reaches no network that it did not declare, and no file of ours", { timeout }, async () => {
    const reached = (await does("network")).answer;
    assert.match(reached.json.access_token, /^could-not-[0-9A-Z]{26}$/, reached.text);
    const read = (await does("files")).answer;
    assert.match(read.json.access_token, /^(could-not-){5}[0-9A-Z]{26}$/, read.text);
  });

  test("leaves nothing made that is not recorded", { timeout }, async () => {
    await until(() => gateway.sql("SELECT count(*) FROM lease WHERE state IN ('pending', 'withdrawing')") === "0", () => gateway.sql("SELECT id, state FROM lease WHERE state <> 'live'"), 60_000);
    const rows = (text) => gateway.sql(text).split("\n").filter((row) => row !== "").sort();
    const made = rows("SELECT substr(key, 6) FROM adapter_state WHERE key LIKE 'made/%' AND value IS NOT NULL");
    assert.deepEqual(made, rows("SELECT lease.id FROM lease JOIN record ON record.id = lease.id WHERE lease.state = 'live' AND outcome = 'granted'"));
    assert.ok(made.length > 0);
    assert.equal(new Set(gateway.events("worker_ready").map((event) => event.process)).size, 1, "the worker went on");
  });
});

// Stretches with and without somebody who asks the bad one for all it takes, one after the other in one run: the middle of
// the times of plain exchanges and of another adapter's, and the worker's processor time for each exchange.
const hammered = ["crash", "hang", "spin", "flood", "flood_requests", "flood_large", "garbage", "lifetime", "print_flood", "leak_memory", "fork"];
const STRETCH_MS = isFull ? 3000 : 600, PAIRS = isFull ? 8 : 5, HAMMERS = 8, HAMMER_EVERY_MS = 100;
const MOST = 2; // 1.1 is what is aimed at; a machine's neighbours move it more than that

describe("beside an adapter that keeps to nothing", () => {
  let folder, stage, gateway, connections, token;
  before(async () => {
    folder = programFolder({ bad: badAdapter });
    ({ gateway } = stage = await openStage(folder, hammered));
    for (const kind of hammered) await runs(gateway, adapterOf(kind));
    await runs(gateway, "good");
    connections = Array.from({ length: 4 }, () => gateway.http2());
    token = stage.userToken({ exp: Math.floor(Date.now() / 1000) + 7200 });
  });
  after(async () => {
    connections?.forEach((connection) => connection.close());
    stage?.listener.close();
    await stage?.close();
    folder?.remove();
  });

  const ask = (audience, over, scope = "orders:read") => stage.exchange({ subject_token: token, audience, scope }, { over });

  async function client(audience, over, endMs, times) {
    while (performance.now() < endMs) {
      const begunMs = performance.now(), answer = await ask(audience, over);
      assert.equal(answer.status, 200, `${answer.text}\n${gateway.program.errors.split("\n").filter((line) => line.includes('"good"')).slice(-20).join("\n")}`);
      times.push(performance.now() - begunMs);
    }
  }

  // With another adapter asked at the same pace where no bad one is, so that the load is the same but for what it does.
  async function stretch(kind) {
    const endMs = performance.now() + STRETCH_MS, plain = [], other = [], asked = [];
    const processorBefore = processorMs(gateway.worker);
    const hammer = async (over) => {
      for (; performance.now() < endMs; await delay(HAMMER_EVERY_MS)) {
        const begunMs = performance.now();
        const { status } = await ask(kind === undefined ? "https://well.example" : `https://${targetOf(kind)}.example`, over);
        asked.push({ status, tookMs: performance.now() - begunMs });
      }
    };
    const hammers = Array.from({ length: HAMMERS }, () => hammer(connections[3]));
    await Promise.all([client("https://api.partner.example", connections[0], endMs, plain), client("https://api.partner.example", connections[1], endMs, plain),
      client("https://well.example", connections[2], endMs, other)]);
    const processor = processorMs(gateway.worker) - processorBefore;
    await Promise.all(hammers);
    const slowest = Math.max(...asked.map(({ tookMs }) => tookMs));
    assert.ok(slowest < IN_TIME_MS, `${slowest.toFixed(0)} ms`);
    return { plain: middle(plain), other: middle(other), processor: processor / (plain.length + other.length + asked.length) };
  }

  for (const kind of hammered)
    test(`that is asked to ${kind}, others are not slowed`, { timeout }, async (t) => {
      const ratios = { plain: [], other: [], processor: [] };
      await stretch();
      for (let i = 0; i < PAIRS; i++) {
        const without = await stretch();
        const beside = await stretch(kind);
        for (const name of Object.keys(ratios)) ratios[name].push(beside[name] / without[name]);
      }
      const [plain, other, processor] = Object.values(ratios).map(middle);
      t.diagnostic(`plain exchanges take ${plain.toFixed(2)} of their time, another adapter's ${other.toFixed(2)}; the worker's processor time for each ${processor.toFixed(2)}`);
      assert.ok(plain < MOST, `plain exchanges: ${ratios.plain.map((ratio) => ratio.toFixed(2))}`);
      assert.ok(other < MOST, `another adapter's: ${ratios.other.map((ratio) => ratio.toFixed(2))}`);
      assert.equal(new Set(gateway.events("worker_ready").map((event) => event.process)).size, 1);
    });
});
