// Workers that are alive but silent: a loop that spins or waits for ever, a control loop that does, a process that stands
// still. The supervisor notices, says which, and starts another; and it takes nobody for hung because it slept itself.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { basic, formBody } from "../e2e/kit/http.js";
import { isAlive, Program, programs, until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";

const DEADLINE_MS = 3000, CONNECTIONS = 10, SPINS = 1, WAITS = 2, PAUSES = 3;
const NOTICED_MS = 1.25 * DEADLINE_MS + 1500; // a loop that hangs is noticed after five quarters; the rest is the machine's
const orders = ["loop", "control", "start", "kill"]; // as tests/hanging/hanging.c has them

const open = async (settings = {}, environment = () => ({})) => {
  const variables = {};
  const stage = await Stage.open({
    daemon: programs.hanging,
    gateway: { supervisor: { silenceDeadline: `${DEADLINE_MS / 1000}s`, drainDeadline: "30s", ...settings } },
    prepare: async (made) => {
      made.orders = made.folder.file("orders");
      writeFileSync(made.orders, Buffer.alloc(orders.length));
      Object.assign(variables, { DRAGOMAN_HANGING: made.orders, ...(await environment(made)) });
      Object.assign(process.env, variables);
    },
    edit: (documents) => delete documents.get("Team/payments").spec.budget,
  });
  Object.keys(variables).forEach((name) => delete process.env[name]);
  stage.order = (what, how) => {
    const bytes = readFileSync(stage.orders);
    bytes[orders.indexOf(what)] = how;
    writeFileSync(stage.orders, bytes, { flag: "r+" });
  };
  stage.isTaken = (what) => readFileSync(stage.orders)[orders.indexOf(what)] === 0;
  return stage;
};

const hasStopped = (process_) => until(() => /^State:\s+T/m.test(readFileSync(`/proc/${process_}/status`, "utf8")), "it stands still");
const stop = async (process_) => {
  process.kill(process_, "SIGSTOP");
  await hasStopped(process_);
};

// The numbers of workers that were lost, by reason, as the worker that serves shows them.
const lost = async (gateway) => {
  const rows = (await gateway.admin("/metrics")).text.matchAll(/^dragoman_workers_lost_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...rows].map(([, reason, count]) => [reason, Number(count)]));
};

// Exchanges over as many connections, begun while the worker is silent; each is answered by it or by the next.
const crowd = (stage) => Promise.all(Array.from({ length: CONNECTIONS }, async () => {
  for (;;) {
    const over = stage.gateway.http2();
    try {
      return await stage.exchange({}, { over });
    } catch (error) {
      if (error.message !== "the connection is gone" && error.code !== "ECONNRESET" && error.code !== "ERR_HTTP2_STREAM_CANCEL") throw error;
    } finally {
      over.close();
    }
  }
}));

describe("a worker that is silent", () => {
  let stage, gateway;
  before(async () => ({ gateway } = stage = await open()));
  after(() => stage?.close());

  // What make() does to the worker is noticed in time, said, and mended; who comes meanwhile is served.
  const isReplaced = async (t, make, silent) => {
    const { worker } = gateway, began = Date.now(), kills = gateway.events("worker_killed").length;
    await make(worker);
    const made = Date.now(), served = crowd(stage);
    await until(() => gateway.events("worker_killed").length > kills, "it is noticed", NOTICED_MS);
    const noticedMs = Date.now() - made;
    assert.equal(gateway.events("worker_killed").length, kills + 1);
    const killed = gateway.events("worker_killed").at(-1);
    assert.equal(killed.process, worker);
    assert.equal(killed.level, "error");
    assert.equal(killed.reason, "it was silent for silenceDeadline");
    assert.match(killed.silent, silent);
    assert.ok(killed.silent_ms >= DEADLINE_MS && killed.silent_ms < NOTICED_MS, `${killed.silent_ms} ms`);
    assert.ok(Date.now() - began > 0.7 * DEADLINE_MS, "not before the deadline");
    (await served).forEach(assertGranted);
    const servedMs = Date.now() - made;
    await gateway.nextWorker(worker);
    assert.equal(gateway.events("worker_ended").at(-1).signal, "Killed");
    assert.equal(isAlive(worker), false);
    assert.deepEqual(await lost(gateway), { died: 0, silent: kills + 1 });
    t.diagnostic(`noticed after ${noticedMs} ms, everybody served after ${servedMs} ms`);
  };
  const hangLoop = (how) => async () => {
    stage.order("loop", how);
    const over = gateway.http2();
    stage.exchange({}, { over }).catch(() => {}).finally(() => over.close());
    await until(() => stage.isTaken("loop"), "a request hangs its loop");
  };

  test("is not taken for hung, nor a loop named later, because that loop was busy for half the deadline", async (t) => {
    const kills = gateway.events("worker_killed").length;
    stage.order("loop", PAUSES);
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
    await delay(DEADLINE_MS);
    assert.equal(gateway.events("worker_killed").length, kills);
    await isReplaced(t, stop, /^all of it, or what speaks for it$/);
  });

  test("is replaced when one of its loops spins", (t) => isReplaced(t, hangLoop(SPINS), /^loop [01]$/));
  test("is replaced when one of its loops waits for ever", (t) => isReplaced(t, hangLoop(WAITS), /^loop [01]$/));
  test("is replaced when both its loops hang", (t) => isReplaced(t, async () => {
    const over = [];
    stage.order("loop", WAITS);
    while (!stage.isTaken("loop")) over.push(gateway.http2()), stage.exchange({}, { over: over.at(-1) }).catch(() => {}), await delay(20);
    stage.order("loop", SPINS); // by one of the connections that the other loop has accepted
    while (!stage.isTaken("loop")) over.push(gateway.http2()), stage.exchange({}, { over: over.at(-1) }).catch(() => {}), await delay(20);
  }, /^loop 0, loop 1$/));
  test("is replaced when the loop that speaks for it hangs", async (t) => {
    const good = readFileSync(gateway.configPath);
    await isReplaced(t, async () => {
      stage.order("control", WAITS);
      writeFileSync(gateway.configPath, "kind: Gateway\n");
      gateway.program.child.kill("SIGHUP");
      await until(() => stage.isTaken("control"), "it hangs");
    }, /^all of it, or what speaks for it$/);
    writeFileSync(gateway.configPath, good);
  });

  test("is watched until its successor is ready, which then serves", async () => {
    const { worker } = gateway;
    stage.order("start", WAITS);
    gateway.program.child.kill("SIGUSR2");
    await until(() => gateway.events("worker_started").at(-1).process !== worker, "a successor starts");
    const successor = gateway.events("worker_started").at(-1).process;
    await stop(worker);
    await until(() => !isAlive(worker), "the silent one is gone", NOTICED_MS);
    assert.equal(gateway.events("worker_killed").at(-1).process, worker);
    assert.ok(isAlive(successor), "who is starting is not taken for silent");
    stage.order("start", 0);
    assert.equal(await gateway.nextWorker(worker), successor);
    assert.deepEqual(await lost(gateway), { died: 0, silent: gateway.events("worker_killed").length }, "one that died after it was started too");
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
    await stop(successor);
    await until(() => !isAlive(successor), "it is watched from then on", NOTICED_MS);
    await gateway.nextWorker(successor);
  });

  test("is given its drainDeadline when it drains", async () => {
    const { worker } = gateway, kills = gateway.events("worker_killed").length;
    const socket = connectTls({ host: "127.0.0.1", port: gateway.port, ca: gateway.certificates.ca, ALPNProtocols: ["http/1.1"] });
    const body = formBody(stage.form());
    let answer = "";
    socket.setEncoding("utf8").on("data", (text) => (answer += text)).on("error", () => {});
    socket.write(`POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nauthorization: ${basic(...stage.auth)}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n`);
    await until(() => answer.includes("100 Continue"), "the request is begun");
    gateway.program.child.kill("SIGUSR2");
    await gateway.nextWorker(worker);
    await delay(NOTICED_MS);
    socket.write(body);
    await until(() => answer.includes("access_token"), "the answer arrives");
    await until(() => !isAlive(worker), "it has ended");
    assert.equal(gateway.events("worker_killed").length, kills);
  });

  test("is not taken for hung by a supervisor that was stopped, alone or with it", async () => {
    const { worker } = gateway, supervisor = gateway.program.child.pid, kills = gateway.events("worker_killed").length;
    await stop(supervisor);
    await delay(2 * DEADLINE_MS);
    process.kill(supervisor, "SIGCONT");
    await delay(DEADLINE_MS);
    await Promise.all([supervisor, worker].map(stop));
    await delay(2 * DEADLINE_MS);
    process.kill(supervisor, "SIGCONT");
    await delay(DEADLINE_MS / 6); // it runs first
    process.kill(worker, "SIGCONT");
    await delay(2 * DEADLINE_MS);
    assert.equal(gateway.events("worker_killed").length, kills);
    assert.equal(gateway.worker, worker);
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
  });
});

describe("a worker that a new program in the supervisor's place is given", () => {
  test("is watched also when it has fallen silent before", { timeout: 60_000 }, async () => {
    const stage = await open({ silenceDeadline: `${2 * DEADLINE_MS / 1000}s` }, ({ folder, gateway }) => {
      gateway.daemon = folder.file("dragomand");
      copyFileSync(programs.hanging, gateway.daemon);
      chmodSync(gateway.daemon, 0o755);
      return {};
    });
    const { gateway } = stage, first = gateway.worker;
    process.kill(first, "SIGKILL");
    const old = await gateway.nextWorker(first), connected = gateway.http2();
    assertGranted(await stage.exchange({}, { over: connected })); // a connection that the old one takes its time to end
    copyFileSync(programs.hanging, stage.folder.file("next"));
    chmodSync(stage.folder.file("next"), 0o755);
    renameSync(stage.folder.file("next"), gateway.daemon);
    gateway.program.child.kill("SIGUSR2");
    const silent = await gateway.nextWorker(old);
    await stop(silent);
    assert.equal(gateway.events("resumed").length, 0, "the old program still runs");
    await until(() => gateway.events("resumed").length > 0, "the new program runs");
    await until(() => gateway.events("worker_killed").length > 0, "it is noticed", 3 * DEADLINE_MS);
    assert.equal(gateway.events("worker_killed")[0].process, silent);
    await gateway.nextWorker(silent);
    assert.deepEqual(await lost(gateway), { died: 1, silent: 1 });
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
    connected.close();
    await stage.close();
  });
});

describe("workers that hang again and again", () => {
  test("are restarted later and later: silence is no life", async () => {
    const stage = await open({ soundAfter: `${DEADLINE_MS / 1000}s`, restartDelay: 700 });
    const { gateway } = stage;
    for (let i = 0; i < 2; i++) {
      const { worker } = gateway;
      process.kill(worker, "SIGSTOP");
      await gateway.nextWorker(worker);
    }
    assert.deepEqual(gateway.events("worker_restarts").map((event) => event.delay_ms), [0, 700]);
    await stage.close();
  });
});

// Prints a line for each datagram.
const listener = "import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint('bound', flush=True)\nwhile True: print(s.recv(4096).decode().replace('\\n', ' '), flush=True)\n";

describe("a service manager's watchdog", () => {
  test("hears nothing while a silent worker cannot even be killed, and hears again when it is gone", async () => {
    let manager;
    const stage = await open({}, async ({ folder }) => {
      manager = new Program("python3", ["-c", listener, folder.file("notify")]);
      await until(() => manager.output.includes("bound"), "the manager listens");
      return { NOTIFY_SOCKET: folder.file("notify"), WATCHDOG_USEC: "200000" };
    });
    const { gateway } = stage, { worker } = gateway;
    const beats = () => manager.output.split("WATCHDOG=1").length - 1;
    const beatsIn = async (ms) => {
      const before = beats();
      await delay(ms);
      return beats() - before;
    };
    assert.ok((await beatsIn(1000)) > 1);
    stage.order("kill", 1);
    await stop(worker);
    assert.ok((await beatsIn(1000)) > 1, "silence is the supervisor's to act on first");
    await until(() => gateway.events("worker_killed").length > 0, "it is noticed", NOTICED_MS);
    await delay(200); // what was on its way
    assert.equal(await beatsIn(1500), 0);
    assert.equal(gateway.events("worker_killed").length, 1, "said once");
    stage.order("kill", 0);
    process.kill(worker, "SIGKILL");
    await gateway.nextWorker(worker);
    assert.ok((await beatsIn(1000)) > 1);
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
    await stage.close();
    await manager.stop();
  });
});
