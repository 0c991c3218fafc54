// Documents are read at the start and when somebody asks, by nobody else: a reload that is refused leaves what is served and
// shows, a worker that dies is replaced by one with the documents it had, and a service manager hears of all of it.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { stream } from "./kit/gateway.js";
import { Program, until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

const syntax = "kind: Gateway\nmetadata: {name: gateway}\nspec: {isuer: x}\n";
// A mistake that a new worker alone can find, since the domain might stand in the store.
const reference = { kind: "Target", metadata: { name: "lost" }, spec: { domain: "nowhere", audiences: ["https://lost.example"] } };
const extra = { kind: "Target", metadata: { name: "extra" }, spec: { domain: "partner", audiences: ["https://extra.example"], scopes: ["orders:read"], accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } };

describe("a reload", () => {
  let stage, gateway, manager, documents;
  before(async () => {
    stage = await Stage.open({ gateway: { supervisor: { restartDelay: 50 } }, prepare: async ({ folder }) => {
      const path = folder.file("notify");
      manager = new Program("python3", ["-uc", "import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint('bound')\nwhile True: print(repr(s.recv(4096).decode()))", path]);
      await until(() => manager.output.includes("bound"), "the service manager listens");
      process.env.NOTIFY_SOCKET = path;
    }, edit: (all) => (documents = [...all.values()]) });
    delete process.env.NOTIFY_SOCKET;
    gateway = stage.gateway;
  });
  after(async () => {
    await stage?.close();
    await manager?.stop();
  });

  const write = (...more) => writeFileSync(gateway.configPath, stream([gateway.document, ...documents, ...more]));
  const refusals = () => gateway.events("handover_failed").length;
  const reload = () => gateway.program.child.kill("SIGHUP");
  const refuse = async () => {
    const earlier = refusals();
    reload();
    await until(() => refusals() > earlier, "the reload is refused");
  };
  const replaced = async (change) => {
    const { worker } = gateway;
    await change(worker);
    await gateway.nextWorker(worker);
  };
  // What both listeners and the metric say of the last reload, as soon as they agree. A worker that drains may answer still.
  const isMarked = async () => {
    const said = await until(async () => {
      const answers = await Promise.all([gateway.admin("/readyz"), gateway.http.send("/readyz")]).catch(() => []); // it may also go
      if (answers.length === 0 || answers.some((answer) => answer.json.draining)) return false;
      for (const answer of answers) assert.deepEqual([answer.status, answer.json.status], [200, "ready"]);
      const metric = /^dragoman_config_last_reload_success (\d)$/m.exec((await gateway.admin("/metrics")).text)[1] === "0";
      return answers.every((answer) => answer.json.reload_refused === metric) && [metric];
    }, "both listeners and the metric agree");
    return said[0];
  };
  const heard = () => manager.output.split("\n").slice(1, -1).map((line) => line.slice(1, -1).split("\\n"));
  const serves = async () => assertGranted(await stage.exchange({}, { over: gateway.http2() }));
  const knows = async (audience) => (await stage.exchange({ audience }, { over: gateway.http2() })).status === 200;

  afterEach(async () => {
    write();
    await replaced(reload);
    await until(async () => !(await isMarked()), "the good reload is in effect");
  });

  test("that finds mistakes shows in readiness and in a metric until the next good one", async () => {
    assert.equal(await isMarked(), false);
    for (const content of [syntax, stream([gateway.document, ...documents, reference])]) {
      const { worker } = gateway;
      writeFileSync(gateway.configPath, content);
      await refuse();
      await until(isMarked, "the refusal is shown");
      assert.equal(gateway.worker, worker);
      await serves();
      write();
      await replaced(reload);
      await until(async () => !(await isMarked()), "the next good one clears it");
    }
    assert.ok(gateway.events("documents_mistaken").some(({ file, line }) => file === gateway.configPath && line === 3));
    assert.ok(gateway.events("start_failed").some(({ reason }) => reason.includes("nowhere")), "what only the worker can see");
    for (const line of gateway.program.errors.trim().split("\n")) assert.doesNotThrow(() => JSON.parse(line), line);
  });

  test("that is asked for while another is under way follows with the files as they are then", async () => {
    const started = gateway.events("worker_started").length;
    write(extra);
    reload();
    await until(() => gateway.events("worker_started").length > started, "the first reload is under way");
    write();
    reload();
    await until(() => gateway.events("handover").length >= 2 && gateway.events("worker_started").length >= started + 2, "both are done");
    await until(async () => !(await knows("https://extra.example")), "the files of the second are served");
    await serves();
  });

  test("is told to a service manager, its beginning with the time and its end", async () => {
    const earlier = heard().length;
    const before = Number(process.hrtime.bigint() / 1000n);
    await replaced(reload);
    const told = await until(() => {
      const told = heard().slice(earlier);
      return told.some((one) => one.includes("READY=1")) && told;
    }, "the manager hears that it is over");
    assert.equal(told[0][0], "RELOADING=1");
    const [, time] = /^MONOTONIC_USEC=(\d+)$/.exec(told[0][1]);
    assert.ok(Number(time) >= before && Number(time) <= Number(process.hrtime.bigint() / 1000n), `${time}`);
    assert.deepEqual(told.at(-1), ["READY=1", "STATUS=serving"]);
    writeFileSync(gateway.configPath, syntax);
    await refuse();
    await until(() => heard().at(-1)[0] === "READY=1", "the manager hears that a refused one is over too");
    assert.match(heard().at(-1)[1], /^STATUS=serving; the last reload was refused/);
  });

  describe("was not asked for when a worker dies, so the next one", () => {
    const crash = () => replaced((worker) => process.kill(worker, "SIGKILL"));
    const kept = () => gateway.events("documents_kept");

    test("serves the last good documents while the files have mistakes, and says so loudly", async () => {
      for (const content of [syntax, "", undefined]) {
        const earlier = kept().length;
        if (content === undefined) rmSync(gateway.configPath);
        else writeFileSync(gateway.configPath, content);
        await crash();
        await serves();
        assert.ok(await isMarked());
        assert.deepEqual([kept().length, kept().at(-1).level], [earlier + 1, "error"]);
        assert.match(kept().at(-1).reason, /mistakes/);
      }
    });

    test("still shows a refusal of before", async () => {
      write(reference);
      await refuse();
      await crash();
      await serves();
      assert.ok(await isMarked());
    });

    test("does not serve what somebody is still writing", async () => {
      write(extra);
      await crash();
      await serves();
      assert.equal(await knows("https://extra.example"), false);
      assert.equal(await isMarked(), false);
      assert.deepEqual(kept().at(-1).level, "warning");
      assert.match(kept().at(-1).reason, /SIGHUP/);
      await replaced(reload);
      await until(() => knows("https://extra.example"), "it is served when asked for");
    });

    test("serves the documents of a reload that was asked for while none was alive", async () => {
      gateway.document.spec.supervisor.restartDelay = 60_000;
      write();
      await replaced(reload);
      gateway.document.spec.supervisor.restartDelay = 50;
      await delay(1100); // so that the count of deaths begins anew
      await crash();
      await replaced(async (worker) => {
        process.kill(worker, "SIGKILL");
        await until(() => gateway.events("worker_restarts").at(-1).delay_ms === 10_000, "the second restart is put off");
        write(extra);
        reload();
      });
      await until(() => knows("https://extra.example"), "the reload ends the wait");
    });
  });

  test("that is refused leaves the settings of the last good documents to later restarts", async () => {
    gateway.document.spec.supervisor.restartDelay = 60_000;
    write(reference);
    await refuse();
    gateway.document.spec.supervisor.restartDelay = 50;
    await delay(1100); // so that the count of deaths begins anew
    for (let i = 0; i < 3; i++) await replaced((worker) => process.kill(worker, "SIGKILL"));
    assert.ok(gateway.events("worker_restarts").slice(-3).every((event) => event.delay_ms <= 1000));
    await serves();
  });
});
