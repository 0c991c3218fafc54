// Programs of adapters under a real supervisor: whose they are, what they survive, and what ends them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { build, isAlive, programs, run, until } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

const python = "/usr/bin/python3";
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

// As small as one can be: it says who it is and that it is well, and can be left behind by a child.
const script = `import json, os, socket, time
wire = socket.socket(fileno=3)
lines = wire.makefile("rw", encoding="utf-8")
started = json.loads(lines.readline())
print("hello from", started["params"]["adapter"], flush=True)
if os.fork() == 0:
    time.sleep(600)
manifest = {"name": "small", "version": "1", "credentials": [{"type": "urn:example:key", "token_type": "N_A"}],
            "settings_schema": {"type": "object"}, "outside_effects": False, "network": "none", "concurrency": 4,
            "renews": False, "connects": "none"}
for line in lines:
    message = json.loads(line)
    if message["method"] == "shutdown":
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {}}), file=lines, flush=True)
        break
    if "id" not in message:
        continue
    result = {"protocol": 1, "manifest": manifest} if message["method"] == "initialize" else {"status": "good"}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), file=lines, flush=True)
`;

// Not where tests keep their files: nobody but root and the gateway's user may be able to put a program there.
function adaptersFolder() {
  const folder = mkdtempSync(join(build, "adapters-"));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "small"), script, { mode: 0o644 });
  return folder;
}

function openStage(folder, options = {}) {
  return Stage.open({
    gateway: { adapters: { directories: [folder], interpreters: [python] } },
    edit: (documents) => documents.set("Adapter/small", { kind: "Adapter", metadata: { name: "small" },
      spec: { program: "small", sha256: sha256(join(folder, "small")), interpreter: { name: "python3", sha256: sha256(python) } } }),
    ...options,
  });
}

const running = async (gateway) => (await gateway.admin("/v1/adapters")).json.adapters.find(({ name }) => name === "small");
const isRunning = (gateway, instance) => until(async () => {
  const adapter = await running(gateway);
  return adapter?.state === "running" && adapter.instance >= instance && adapter;
}, () => `the adapter runs\n${gateway.program.errors.slice(-3000)}`);
const processOf = (gateway, instance) => gateway.events("adapter_program_started").find((event) => event.instance === instance).process;
const sessionOf = async (process) => (await run("ps", ["-o", "pid=", "-s", String(process)])).output.trim().split(/\s+/).filter(Boolean).map(Number);

const isGone = (process) => until(async () => (await sessionOf(process)).length === 0, "nothing of it is left");

describe("an adapter's program", () => {
  let folder, stage;
  before(async () => {
    folder = adaptersFolder();
    stage = await openStage(folder);
  });
  after(async () => {
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("runs beside the worker, confined, and what it prints is in the log", async () => {
    const { gateway } = stage, adapter = await isRunning(gateway, 1), process = processOf(gateway, adapter.instance);
    const status = readFileSync(`/proc/${process}/status`, "utf8");
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    assert.match(status, new RegExp(`^PPid:\t${gateway.program.child.pid}$`, "m"));
    await until(() => gateway.events("adapter_output").some((event) => event.adapter === "small" && event.line === "hello from small"), "its line");
    assert.match((await gateway.admin("/metrics")).text, /^dragoman_adapter_starts_total 1$/m);
    assert.match((await gateway.admin("/metrics")).text, /^dragoman_adapter_starts_not_isolated_total 0$/m);
  });

  test("is started again when it dies, and nothing of it is left", async () => {
    const { gateway } = stage, { instance } = await isRunning(gateway, 1), first = processOf(gateway, instance);
    assert.equal((await sessionOf(first)).length, 2);
    globalThis.process.kill(first, "SIGKILL");
    await isRunning(gateway, instance + 1);
    await isGone(first);
  });

  test("is its worker's: the next has its own, and the old one's ends with it", async () => {
    const { gateway } = stage, worker = gateway.worker, { instance } = await isRunning(gateway, 1), old = processOf(gateway, instance);
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(worker);
    await isRunning(gateway, instance + 1);
    await isGone(old);
    assert.equal(gateway.events("adapter_program_started").length, gateway.events("adapter_program_ended").length + 1);
  });

  test("does not start when somebody has swapped it, and starts again when it is back", async () => {
    const { gateway } = stage, { instance } = await isRunning(gateway, 1);
    renameSync(join(folder, "small"), join(folder, "good"));
    writeFileSync(join(folder, "small"), `${script}# swapped\n`, { mode: 0o644 });
    globalThis.process.kill(processOf(gateway, instance), "SIGKILL");
    const [refused] = await until(() => gateway.events("adapter_program_refused").length > 0 && gateway.events("adapter_program_refused"), "it is refused");
    assert.match(refused.reason, /^sha256 of .*\/small is [0-9a-f]{64}, expected [0-9a-f]{64}$/);
    await until(async () => (await running(gateway)).state === "refused", "people can see it");
    const ready = await gateway.admin("/readyz?verbose"), { state, reason } = ready.json.checks.find(({ name }) => name === "adapters");
    assert.deepEqual([ready.status, state, reason], [200, "noted", "0 of 1 adapters run"]);
    renameSync(join(folder, "good"), join(folder, "small"));
    const worker = gateway.worker;
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(worker);
    await isRunning(gateway, instance + 1);
  });

  test("ends with the gateway, however that ends", async () => {
    const { gateway } = stage, { instance } = await isRunning(gateway, 1), process = processOf(gateway, instance);
    gateway.program.child.kill("SIGTERM");
    await gateway.program.ended;
    await isGone(process);
    await gateway.start();
    await isRunning(gateway, 1);
    const next = processOf(gateway, 1);
    gateway.program.child.kill("SIGKILL");
    await until(() => !isAlive(next), "it dies with the supervisor");
    for (const left of await sessionOf(next)) globalThis.process.kill(left, "SIGKILL"); // its children have no parent to die with
    await gateway.start();
    await isRunning(gateway, 1);
  });
});

describe("an adapter's program under a supervisor that is replaced", () => {
  test("lives on, and the new one looks after it", { timeout: 120_000 }, async () => {
    const own = programs.dragomand, folder = adaptersFolder();
    const stage = await openStage(folder, { prepare: (made) => {
      copyFileSync(own, made.folder.file("dragomand"));
      chmodSync(made.folder.file("dragomand"), 0o755);
      made.gateway.daemon = made.folder.file("dragomand");
    } });
    try {
      const { gateway } = stage, { instance } = await isRunning(gateway, 1);
      copyFileSync(own, stage.folder.file("next"));
      chmodSync(stage.folder.file("next"), 0o755);
      renameSync(stage.folder.file("next"), stage.folder.file("dragomand"));
      gateway.program.child.kill("SIGUSR2");
      await until(() => gateway.events("resumed").length > 0, "the new program runs");
      const next = await isRunning(gateway, instance + 1), process = processOf(gateway, next.instance);
      assert.ok(isAlive(process));
      const ended = gateway.events("adapter_program_ended").length;
      globalThis.process.kill(process, "SIGKILL");
      const later = await isRunning(gateway, next.instance + 1);
      assert.equal(later.instance, next.instance + 1); // counted on
      assert.equal(gateway.events("adapter_program_ended").length, ended + 1);
      await isGone(process);
    } finally {
      await stage.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
