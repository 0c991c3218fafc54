// Adapters that make keys at a vendor are killed at random moments under load, stopped, and lose their worker: in the end
// every key there is at the vendor belongs to a live lease, whatever was asked of whom at which moment. With --full: 200
// kills. DRAGOMAN_SEED repeats a run's choices.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault } from "../e2e/kit/faults.js";
import { isFull, until } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";
import { Vendor } from "../e2e/kit/vendor.js";
import { plainProgram } from "../e2e/kit/plain_program.js";
import { adapterTarget, processOf, programFolder, put, randomOf, runs, sha256, stateOf } from "./kit/adapters.js";

const ROUNDS = isFull ? 200 : 10, ADAPTERS = isFull ? 16 : 4; // one that dies again and again is left dead for longer
const seed = Number(process.env.DRAGOMAN_SEED ?? randomInt(2 ** 31));
const timeout = isFull ? 1_800_000 : 300_000, SETTLED_MS = 120_000;
const VENDOR_MS = 250; // at most, until it does what it is asked
const names = Array.from({ length: ADAPTERS }, (_, i) => `vendor-${i}`);

const settings = (vendor) => ({
  create: { method: "POST", url: `${vendor.origin}/v1/keys`, headers: { "x-admin-key": "{secret}", "idempotency-key": "{lease}" },
    body: { name: "dragoman {lease}", permissions: "{scopes}", expires: "{expires_at}", labels: {} } },
  delete: { method: "DELETE", url: `${vendor.origin}/v1/keys/{id}`, headers: { "x-admin-key": "{secret}" } },
  find: { method: "GET", url: `${vendor.origin}/v1/keys?name=dragoman%20{lease}`, headers: { "x-admin-key": "{secret}" },
    list: "/keys", id: "/id", label: "/name", equals: "dragoman {lease}", more: "/next" },
  answer: { key: "/data/secret", id: "/data/key_id", expires_at: "/data/expires" },
  presentation: { header: "x-api-key" },
});

// Every key that was ever made.
class KeptKeys extends Map {
  made = new Set();

  set(id, key) {
    this.made.add(key.name.replace("dragoman ", ""));
    return super.set(id, key);
  }
}

describe(`adapters of a vendor, seed ${seed}`, () => {
  const random = randomOf(seed);
  let folder, stage, gateway, vendor;
  before(async () => {
    folder = programFolder({ vendor_key: plainProgram("dragoman-vendor-key", "adapters/vendor_key/vendor_key") });
    stage = await Stage.open({
      gateway: { adapters: { directories: [folder.path] }, leases: { pendingFor: "6s", retryDelay: "1s", retryDelayMaximum: "2s" },
        limits: { threads: 2, connections: { requests: 10_000_000, perAddress: 10_000 } } },
      prepare: async (made) => {
        vendor = await Vendor.start(made.certificates);
        vendor.keys = new KeptKeys();
        vendor.slow = () => delay(Math.random() * VENDOR_MS);
      },
      edit: (documents) => {
        delete documents.get("Team/payments").spec.budget;
        const spec = { program: "vendor_key", sha256: sha256(folder.file("vendor_key")), network: "any", limits: { timeout: "3s" } };
        for (const name of names) put(documents, { kind: "Adapter", metadata: { name }, spec }, adapterTarget(name, name, settings(vendor)));
      },
    });
    ({ gateway } = stage);
    for (const name of names) {
      await runs(gateway, name);
      const { status, text } = await gateway.admin(`/v1/connections/${name}`, { method: "POST", body: JSON.stringify({ answers: { secret: vendor.secret } }) });
      assert.equal(status, 200, text);
    }
  });
  after(async () => {
    await stage?.close();
    await vendor?.stop();
    folder?.remove();
  });

  const pick = (list) => list[Math.floor(random() * list.length)];
  const nowS = () => Math.floor(Date.now() / 1000);

  // Clients that exchange until told to stop; seen counts statuses, of the vendor's targets and of others.
  function load({ clients = 6, others = 2, mayClose = false } = {}) {
    const seen = { vendor: {}, other: {} }, token = stage.userToken({ exp: nowS() + 7200 });
    let isOver = false;
    const count = (where, what) => (seen[where][what] = (seen[where][what] ?? 0) + 1);
    async function client(where, audienceOf) {
      let over;
      while (!isOver) {
        over = over === undefined || over.session.closed || over.session.destroyed ? gateway.http2() : over;
        const audience = audienceOf();
        const answer = await stage.exchange({ subject_token: token, audience, scope: "orders:read" }, { over }).catch((error) => error);
        if (answer instanceof Error) {
          if (!mayClose) throw answer;
          over.close();
          count(where, "closed");
          await delay(20);
        } else {
          count(where, answer.status);
          if (answer.status !== 200) (seen.said ??= new Set()).add(answer.json.error_description.slice(0, 80));
          if (answer.status !== 200) await delay(50);
        }
      }
      over?.close();
    }
    const running = Promise.all([
      ...Array.from({ length: clients }, () => client("vendor", () => `https://${names[Math.floor(Math.random() * names.length)]}.example`)),
      ...Array.from({ length: others }, () => client("other", () => "https://api.partner.example"))]);
    return { seen, stop: () => ((isOver = true), running) };
  }

  const rows = (text) => gateway.sql(text).split("\n").filter((row) => row !== "").sort();

  // What was begun is finished or taken back; then the vendor knows what the store knows, no more and no less.
  async function settled() {
    const unsettled = () => gateway.sql("SELECT state, adapter, attempts, next_attempt_at, id FROM lease WHERE state IN ('pending', 'withdrawing') LIMIT 20");
    // Not all the time: the vendor is in this process, and waits while the store is asked.
    await until(() => delay(1000).then(() => unsettled() === ""), "all is settled", SETTLED_MS).catch(async (error) => {
      throw new Error(`${error.message}: ${unsettled()}\n${(await gateway.admin("/v1/adapters")).text}\n${gateway.program.errors.slice(-4000)}`);
    });
    const live = rows("SELECT lease.id FROM lease JOIN record ON record.id = lease.id WHERE lease.state = 'live' AND record.outcome = 'granted' AND lease.adapter LIKE 'vendor-%'");
    assert.deepEqual([...vendor.keys.values()].map(({ name }) => name.replace("dragoman ", "")).sort(), live);
    assert.deepEqual(vendor.complaints, []);
    const lost = rows("SELECT id FROM lease WHERE state NOT IN ('live', 'ended')");
    assert.deepEqual(lost, []);
    return { made: vendor.keys.made.size, live: live.length };
  }

  test(`are killed ${ROUNDS} times under load, and no key is without a lease`, { timeout }, async (t) => {
    const { worker } = gateway, traffic = load(), killed = new Set();
    for (let round = 0; round < ROUNDS; round++) {
      await delay(random() * 500);
      const running = await until(async () => {
        const { adapters } = (await gateway.admin("/v1/adapters")).json;
        const alive = adapters.filter(({ state, instance }) => state === "running" && !killed.has(instance));
        return alive.length > 0 && alive;
      }, "one runs", 60_000);
      const { name, instance } = pick(running);
      killed.add(instance);
      process.kill(processOf(gateway, name, instance), "SIGKILL");
    }
    for (const name of names) await runs(gateway, name);
    await traffic.stop();
    const { seen } = traffic;
    assert.deepEqual(Object.keys(seen.other), ["200"], JSON.stringify(seen));
    assert.deepEqual(Object.keys(seen.vendor).filter((status) => !["200", "500", "503"].includes(status)), [], JSON.stringify(seen));
    assert.ok(seen.vendor[200] > 0);
    const { made, live } = await settled();
    assert.equal(gateway.worker, worker, "the worker was never started again");
    assert.ok(gateway.events("adapter_program_ended").length >= ROUNDS);
    t.diagnostic(`seed ${seed}: ${JSON.stringify(seen)}; ${made} keys made at the vendor, ${live} are live, the others were deleted there`);
  });

  test("lose their worker in the middle, end with it, and the next one takes back what was begun", { timeout }, async (t) => {
    const traffic = load({ mayClose: true });
    for (let round = 0; round < (isFull ? 10 : 2); round++) {
      await delay(300 + random() * 500);
      const { worker } = gateway;
      const own = gateway.events("adapter_program_started").slice(-ADAPTERS).map((event) => event.process);
      process.kill(worker, "SIGKILL");
      await gateway.nextWorker(worker);
      await until(() => own.every((one) => gateway.events("adapter_program_ended").length >= ADAPTERS && !isRunning(one)), "they end with it");
      for (const name of names) await runs(gateway, name);
    }
    await traffic.stop();
    const { made, live } = await settled();
    t.diagnostic(`${JSON.stringify(traffic.seen)}; ${made} keys made, ${live} live`);
  });

  // Deleting what came of it finds nothing at first: the vendor has not made it yet.
  test("are killed while the vendor is at it, and what it makes afterwards is deleted, too", { timeout }, async () => {
    const name = names[0], { instance } = await runs(gateway, name), over = gateway.http2();
    vendor.slow = (request) => (request.method === "POST" ? delay(2500) : delay(0));
    const count = vendor.keys.made.size, asked = stage.exchange({ audience: `https://${name}.example`, scope: "orders:read" }, { over });
    await delay(500);
    process.kill(processOf(gateway, name, instance), "SIGKILL");
    assertFault(await asked, "ADAPTER_FAILED");
    await until(() => vendor.keys.made.size === count + 1, "it was made all the same");
    vendor.slow = () => delay(Math.random() * VENDOR_MS);
    over.close();
    await settled();
  });

  test("are stopped, and are ended when the time is over", { timeout }, async () => {
    const name = names[0], { instance } = await runs(gateway, name), stopped = processOf(gateway, name, instance);
    const over = gateway.http2();
    process.kill(stopped, "SIGSTOP");
    const begunMs = performance.now();
    const [answer, other] = await Promise.all([stage.exchange({ audience: `https://${name}.example`, scope: "orders:read" }, { over }),
      stage.exchange({ audience: `https://${names[1]}.example`, scope: "orders:read" }, { over })]);
    assertFault(answer, "ADAPTER_UNAVAILABLE");
    assert.ok(performance.now() - begunMs < 5000);
    assert.equal(other.status, 200, other.text);
    await runs(gateway, name, instance + 1);
    assert.ok(!isRunning(stopped));
    over.close();
    await settled();
  });

  test("are handed over with their workers while keys are made: none is lost, none is without a lease", { timeout }, async (t) => {
    const before = rows("SELECT id FROM lease WHERE state = 'ended'").length;
    const granted = () => Number(gateway.sql("SELECT count(*) FROM lease WHERE state = 'live' AND adapter LIKE 'vendor-%'"));
    const grantedBefore = granted(), traffic = load({ mayClose: true });
    for (let round = 0; round < (isFull ? 10 : 2); round++) {
      await delay(300 + random() * 500);
      const { worker } = gateway;
      gateway.program.child.kill("SIGHUP");
      await gateway.nextWorker(worker);
      for (const name of names) await runs(gateway, name);
    }
    await traffic.stop();
    const { seen } = traffic;
    await settled();
    assert.equal(rows("SELECT id FROM lease WHERE state = 'ended'").length - before, Object.entries(seen.vendor).filter(([what]) => ["500", "503"].includes(what)).reduce((sum, [, count]) => sum + count, 0), JSON.stringify(seen));
    assert.equal(granted() - grantedBefore, seen.vendor[200], "as many answers as leases");
    assert.deepEqual(Object.keys(seen.other).filter((status) => !["200", "closed"].includes(status)), [], JSON.stringify(seen));
    t.diagnostic(`${JSON.stringify(seen)} ${[...(seen.said ?? [])].join("; ")}`);
  });

  function isRunning(one) {
    try {
      process.kill(one, 0);
      return true;
    } catch {
      return false;
    }
  }
});
