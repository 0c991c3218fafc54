// Says which call is to fail in a dragomand that fails on demand, and lets exchanges meet it. The kinds and the layout of
// the file are those of tests/failing/failing.c.
import assert from "node:assert/strict";
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { isFull, programs, until } from "../../e2e/kit/machine.js";
import { Stage } from "../../e2e/kit/stage.js";

const kinds = ["memory", "random", "store", "store memory", "network"];
const FIELDS = ["calls", "failsAt", "failed"], BYTES = 8;
const offset = (kind, field) => BYTES * (1 + FIELDS.length * kinds.indexOf(kind) + FIELDS.indexOf(field));

const SAMPLE = 6; // calls of a kind, the first and the last among them
const ATTEMPTS = 200; // exchanges until the call has come: not every one asks for random numbers
const RECOVERS_MS = 10_000;

function sample(count) {
  if (isFull || count <= SAMPLE) return Array.from({ length: count }, (_, i) => i + 1);
  return Array.from({ length: SAMPLE }, (_, i) => 1 + Math.round((i * (count - 1)) / (SAMPLE - 1)));
}

class Failures {
  constructor(path) {
    writeFileSync(path, Buffer.alloc(BYTES * (1 + FIELDS.length * kinds.length)));
    this.file = openSync(path, "r+");
  }

  #write(at, number) {
    const bytes = Buffer.alloc(BYTES);
    bytes.writeBigInt64LE(BigInt(number));
    writeSync(this.file, bytes, 0, BYTES, at);
  }

  #read(kind, field) {
    const bytes = Buffer.alloc(BYTES);
    readSync(this.file, bytes, 0, BYTES, offset(kind, field));
    return Number(bytes.readBigInt64LE());
  }

  // The calls of this process count, and of no other.
  #aim(process) {
    this.#write(0, process);
  }

  async #callsOf(kind, attempt, times) {
    for (let i = 0; i < 3; i++) assert.equal(await attempt(), 200);
    const before = this.#read(kind, "calls");
    for (let i = 0; i < times; i++) assert.equal(await attempt(), 200);
    return this.#read(kind, "calls") - before;
  }

  // How the attempt ended that met the call, the n-th from now on; "none" if something else the process does met it.
  async #fail(kind, call, attempt) {
    const failed = this.#read(kind, "failed");
    let status = "none";
    this.#write(offset(kind, "failsAt"), call);
    for (let i = 0; i < ATTEMPTS && this.#read(kind, "failed") === failed; i++) status = await attempt();
    assert.equal(this.#read(kind, "failed"), failed + 1, `call ${call} of ${kind} has failed`);
    return status;
  }

  // Lets each call fail that so many attempts make, or a sample of them. An attempt gives its status, or "closed"; again:
  // what has to be granted afterwards, if not another attempt. endsWorker: the gateway ends the process rather than go on,
  // and another takes its place.
  async endure(t, gateway, kind, { attempt, again = attempt, times = 1, endsWorker = false }) {
    this.#aim(gateway.worker);
    const count = await this.#callsOf(kind, attempt, times), calls = sample(count), seen = {};
    assert.ok(count > 0, `an exchange asks for ${kind}`);
    for (const call of calls) {
      let status = "none";
      for (let tries = 0; status === "none" && tries < 5; tries++) {
        const { worker } = gateway;
        status = await this.#fail(kind, call, attempt);
        if (endsWorker && (status === "closed" || status === "none")) this.#aim(await gateway.nextWorker(worker));
        await until(async () => (await again()) === 200, "it is granted again", RECOVERS_MS);
        if (!endsWorker) assert.equal(gateway.worker, worker, "the worker is the same");
      }
      assert.ok([200, 503, ...(endsWorker ? ["closed"] : [])].includes(status), `call ${call} of ${count}: ${status}`);
      seen[status] = (seen[status] ?? 0) + 1;
    }
    t.diagnostic(`${count} calls of ${kind}, ${calls.length} failed: ${Object.entries(seen).map(([status, n]) => `${n} × ${status}`).join(", ")}`);
  }

  close() {
    closeSync(this.file);
  }
}

// A stage whose gateway fails on demand: stage.failures.
export async function openFailing({ gateway, prepare, edit } = {}) {
  let failures;
  const stage = await Stage.open({
    daemon: programs.failing,
    gateway: { limits: { threads: 1 }, supervisor: { restartDelay: 1, restartDelayMaximum: "1s" }, ...gateway },
    prepare: (made) => {
      process.env.DRAGOMAN_FAILING = made.folder.file("failures");
      failures = new Failures(process.env.DRAGOMAN_FAILING);
      return prepare?.(made);
    },
    edit: (documents, made) => {
      delete documents.get("Team/payments").spec.budget;
      edit?.(documents, made);
    },
  }).finally(() => delete process.env.DRAGOMAN_FAILING);
  return Object.assign(stage, { failures });
}
