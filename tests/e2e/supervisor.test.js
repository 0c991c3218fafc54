// The parent process: workers that die, hang or never start, and workers that are replaced under load.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { makeCertificates } from "./kit/certificates.js";
import { assertFault } from "./kit/faults.js";
import { Gateway } from "./kit/gateway.js";
import { basic, formBody, Http2 } from "./kit/http.js";
import { freePort, isAlive, isFull, privateFolder, programs, run, until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

// What steps() does, under the load of clients that reconnect when a connection says goodbye. A request that the gateway
// never took (the connection went, or its stream was refused, before an answer began) is sent again; anything else that is
// not an answer is lost. The load ends with the steps, however they end.
async function underLoad(stage, clients, steps) {
  const counts = { granted: 0, again: 0, lost: [] };
  let isOver = false;
  const client = async () => {
    let http2 = stage.gateway.http2();
    while (!isOver && counts.lost.length === 0) {
      if (http2.session.closed || http2.session.destroyed) http2 = stage.gateway.http2();
      try {
        const answer = await stage.exchange({}, { over: http2 });
        if (answer.status === 200) counts.granted++;
        else counts.lost.push(`${answer.status} ${answer.text}`);
      } catch (error) {
        if (error.code === "ERR_HTTP2_STREAM_ERROR" && error.message.includes("NGHTTP2_REFUSED_STREAM")) counts.again++;
        else if (error.message === "the connection is gone" && http2.session.closed) counts.again++;
        else counts.lost.push(error.stack);
        http2.close();
        http2 = stage.gateway.http2();
      }
    }
    http2.close();
  };
  const loading = Promise.all(Array.from({ length: clients }, client));
  try {
    await steps();
  } finally {
    isOver = true;
    await loading;
  }
  return counts;
}

// Of the certificate that a new connection is shown.
const fingerprint = (gateway) => new Promise((done, failed) => {
  const socket = connectTls({ host: "127.0.0.1", port: gateway.port, rejectUnauthorized: false }, () => {
    done(socket.getPeerCertificate().fingerprint256);
    socket.destroy();
  }).on("error", failed);
});

describe("a supervisor", () => {
  let stage;
  before(async () => (stage = await Stage.open({
    gateway: { supervisor: { drainDeadline: "3s", restartDelay: 50, restartDelayMaximum: "1s" } },
    edit: (documents) => delete documents.get("Team/payments").spec.budget,
  })));
  after(() => stage?.close());

  test("starts another worker when one is killed, and answers who waited", async (t) => {
    const { gateway } = stage;
    const killed = gateway.worker;
    process.kill(killed, "SIGSTOP"); // so that the connection below is not accepted
    await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${killed}/status`, "utf8")), "the worker stands still");
    const waiting = connectTls({ host: "127.0.0.1", port: gateway.port, ca: gateway.certificates.ca, ALPNProtocols: ["http/1.1"] });
    const lateToken = stage.userToken();
    await delay(100);
    const started = Date.now();
    process.kill(killed, "SIGKILL");
    await new Promise((done, failed) => waiting.once("secureConnect", done).once("error", failed));
    t.diagnostic(`served again after ${Date.now() - started} ms`);
    assert.ok(Date.now() - started < 5_000);
    waiting.destroy();
    await gateway.nextWorker(killed);
    assertGranted(await stage.exchange({ subject_token: lateToken }, { over: gateway.http2() }));
  });

  test("waits longer and longer while workers keep dying, and serves when they stop", async () => {
    const { gateway } = stage;
    const earlier = gateway.events("worker_restarts").length;
    for (let i = 0; i < 5; i++) {
      const worker = gateway.worker;
      process.kill(worker, "SIGKILL");
      await gateway.nextWorker(worker);
    }
    const delays = gateway.events("worker_restarts").slice(earlier).map((event) => event.delay_ms);
    assert.equal(delays.length, 5);
    assert.ok(delays.at(-1) > delays[0], `${delays}`);
    assert.ok(delays.every((one) => one <= 1000), `${delays}`);
    assert.equal((await gateway.http.send("/readyz")).status, 200);
  });

  test("hands over to a new worker under load without losing a request", { timeout: 600_000 }, async (t) => {
    const { gateway } = stage;
    const handovers = isFull ? 20 : 3;
    const counts = await underLoad(stage, 8, async () => {
      for (let i = 0; i < handovers; i++) {
        const worker = gateway.worker;
        gateway.program.child.kill("SIGUSR2");
        await gateway.nextWorker(worker);
        await until(() => !isAlive(worker), "the old worker has ended");
        await delay(100);
      }
    });
    t.diagnostic(`${counts.granted} granted over ${handovers} hand-overs, ${counts.again} sent again, ${counts.lost.length} lost`);
    assert.deepEqual(counts.lost, []);
    assert.ok(counts.granted > 100);
    assert.equal((await gateway.admin("/v1/documents")).status, 200);
  });

  test("keeps the old worker and loses nothing when it is told to read documents with mistakes", async () => {
    const { gateway } = stage;
    const { worker } = gateway, good = readFileSync(gateway.configPath);
    const { lost } = await underLoad(stage, 4, async () => {
      writeFileSync(gateway.configPath, "kind: Gateway\nmetadata: {name: gateway}\nspec: {isuer: x}\n");
      gateway.program.child.kill("SIGHUP");
      await until(() => gateway.events("handover_failed").length > 0, "the documents are refused");
      assert.ok(gateway.events("documents_mistaken").some(({ file, line }) => file === gateway.configPath && line === 3));
      // These are found by the new worker alone, which knows what stands in the store.
      writeFileSync(gateway.configPath, `${good}---\n${JSON.stringify({ kind: "Target", metadata: { name: "lost" }, spec: { domain: "nowhere", audiences: ["https://lost.example"] } })}\n`);
      gateway.program.child.kill("SIGHUP");
      await until(() => gateway.events("handover_failed").length > 1, "the new worker ends");
      writeFileSync(gateway.configPath, good);
    });
    assert.deepEqual(lost, []);
    assert.equal(gateway.worker, worker);
    assert.ok(isAlive(worker));
  });

  test("serves changed documents and a new certificate after SIGHUP", async () => {
    const { gateway } = stage;
    const { worker } = gateway, good = readFileSync(gateway.configPath, "utf8");
    const audience = "https://api.partner.example";
    assert.ok(good.includes(`"${audience}",`));
    writeFileSync(gateway.configPath, good.replace(`"${audience}",`, ""));
    const before = await fingerprint(gateway);
    const folder = privateFolder(), next = makeCertificates(folder);
    writeFileSync(gateway.certificates.certificateFile, readFileSync(next.certificateFile));
    writeFileSync(gateway.certificates.keyFile, readFileSync(next.keyFile));
    folder.remove();
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(worker);
    await until(() => !isAlive(worker), "the old worker, which accepts for a moment more, has ended");
    assert.notEqual(await fingerprint(gateway), before, "the new certificate is shown");
    const over = new Http2(gateway.origin, next.ca);
    assertFault(await stage.exchange({}, { over }), "TARGET_UNKNOWN");
    assertGranted(await stage.exchange({ audience: "partner-orders" }, { over }));
    over.close();
    gateway.certificates.ca = next.ca; // what the clients of later tests trust
    writeFileSync(gateway.configPath, good);
    const changed = gateway.worker;
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(changed);
  });

  test("closes an address that the documents name no more, and opens it again when they do", async () => {
    const { gateway } = stage, good = readFileSync(gateway.configPath, "utf8"), port = await freePort();
    const reload = async (text) => {
      const { worker } = gateway;
      writeFileSync(gateway.configPath, text);
      gateway.program.child.kill("SIGHUP");
      await gateway.nextWorker(worker);
      await until(() => !isAlive(worker), "the old worker has ended");
    };
    const outcome = () => new Promise((done) => {
      const socket = connectTcp({ host: "127.0.0.1", port }, () => done(socket.destroy() && "connected")).on("error", ({ code }) => done(code));
    });
    const more = good.replace(`"127.0.0.1:${gateway.port}"`, `"127.0.0.1:${gateway.port}","127.0.0.1:${port}"`);
    assert.notEqual(more, good);
    for (let turn = 0; turn < 2; turn++) {
      await reload(more);
      assert.equal(await outcome(), "connected");
      await reload(good);
      await until(async () => await outcome() === "ECONNREFUSED", "nobody listens there");
    }
  });

  test("confines its workers, and says in the log and in metrics how far", async (t) => {
    const { gateway } = stage;
    const status = readFileSync(`/proc/${gateway.worker}/status`, "utf8");
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    assert.doesNotMatch(readFileSync(`/proc/${gateway.program.child.pid}/status`, "utf8"), /^Seccomp:\t2$/m);
    const { system_calls, files, landlock_version } = gateway.events("confined").at(-1);
    assert.equal(system_calls, "filtered");
    assert.equal(files, landlock_version > 0 ? "named" : "all");
    t.diagnostic(`Landlock version ${landlock_version}`);
    const metrics = (await gateway.admin("/metrics")).text;
    assert.match(metrics, /^dragoman_confined\{layer="system_calls"\} 1$/m);
    assert.match(metrics, new RegExp(`^dragoman_confined\\{layer="files"\\} ${landlock_version > 0 ? 1 : 0}$`, "m"));
  });

  test("kills a worker that does not end within its deadline", async () => {
    const { gateway } = stage;
    const hung = gateway.worker;
    gateway.program.child.kill("SIGUSR2");
    await gateway.nextWorker(hung);
    if (isAlive(hung)) process.kill(hung, "SIGSTOP");
    await until(() => !isAlive(hung), "the hung worker is gone", 10_000);
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
  });
});

describe("a supervisor at its end", () => {
  test("drains and exits 0 on SIGTERM, its worker with it, its admin socket gone", async () => {
    const stage = await Stage.open();
    const worker = stage.gateway.worker;
    const open = stage.gateway.http2();
    assertGranted(await stage.exchange({}, { over: open }));
    await stage.close();
    assert.equal(isAlive(worker), false);
    open.close();
  });

  test("refuses connections at once while it drains, and answers requests whose body is still coming", { timeout: 60_000 }, async () => {
    const stage = await Stage.open();
    const { gateway } = stage;
    const connect = (then) => connectTls({ host: "127.0.0.1", port: gateway.port, ca: gateway.certificates.ca, ALPNProtocols: ["http/1.1"] }, then);
    const body = formBody(stage.form()), headers = { authorization: basic(...stage.auth), "content-type": "application/x-www-form-urlencoded", "content-length": body.length };
    const http1 = connect(), http2 = gateway.http2();
    let answer = "";
    http1.setEncoding("utf8").on("data", (text) => (answer += text));
    http1.write(`POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
    const begun = http2.session.request({ ":method": "POST", ":path": "/token", ...headers });
    const status = new Promise((done, failed) => begun.on("response", (received) => done(received[":status"])).on("error", failed).on("close", () => failed(new Error("no answer"))));
    await until(() => answer.includes("100 Continue"), "the request is begun");
    await new Promise((done, failed) => http2.session.ping((error) => (error ? failed(error) : done())));
    gateway.program.child.kill("SIGTERM");
    const refusal = () => new Promise((done) => {
      const late = connect(() => done(undefined)).on("error", (error) => done(error.code));
      late.once("close", () => done("closed")).setTimeout(2000, () => late.destroy());
    });
    await until(async () => (await refusal()) === "ECONNREFUSED", "connections are refused", 5_000);
    await assert.rejects(gateway.admin("/livez"), { code: "ECONNREFUSED" });
    await delay(3000); // longer than connections without a request are kept
    http1.write(body);
    begun.end(body);
    assert.equal(await status, 200);
    await until(() => answer.includes("access_token"), "the answer arrives");
    assert.match(answer, /HTTP\/1\.1 200/);
    http2.close();
    await gateway.program.ended;
    assert.equal(existsSync(gateway.socketPath), false);
    await stage.close();
  });

  test("is not ready and serves on for stopDelay, and drains at once when it is told so once more", { timeout: 60_000 }, async () => {
    const stage = await Stage.open({ gateway: { supervisor: { stopDelay: "10m" } } });
    const { gateway } = stage;
    gateway.program.child.kill("SIGTERM");
    await until(async () => (await gateway.http.send("/readyz")).status === 503, "it is not ready");
    const leaving = (await gateway.admin("/readyz?verbose")).json.checks.find(({ name }) => name === "leaving");
    assert.deepEqual([leaving.state, typeof leaving.since], ["failed", "string"]);
    assert.equal((await gateway.admin("/startupz")).status, 200, "it was ready once");
    assertGranted(await stage.exchange({}, { over: gateway.http2() })); // over a new connection
    const { worker } = gateway;
    gateway.program.child.kill("SIGHUP"); // nothing new is begun any more
    process.kill(worker, "SIGKILL");
    await gateway.nextWorker(worker);
    assert.equal((await gateway.http.send("/readyz")).status, 503, "nor is the worker that comes after one that dies");
    assert.equal((await gateway.admin("/startupz")).status, 503, "which never was");
    gateway.program.child.kill("SIGTERM");
    assert.deepEqual(await gateway.program.ended, { code: 0, signal: null });
    await stage.close();
  });

  test("ends at once on a second signal, also while its worker hangs", async () => {
    const stage = await Stage.open({ gateway: { supervisor: { drainDeadline: "1h" } } });
    const { gateway } = stage;
    process.kill(gateway.worker, "SIGSTOP");
    gateway.program.child.kill("SIGTERM");
    await until(() => gateway.events("stopping").length > 0, "it is draining");
    const started = Date.now();
    gateway.program.child.kill("SIGTERM");
    const result = await gateway.program.ended;
    assert.ok(Date.now() - started < 5_000);
    assert.deepEqual(result, { code: 0, signal: null });
    await stage.close();
  });

  test("takes its worker along when it is killed", async () => {
    const stage = await Stage.open();
    const worker = stage.gateway.worker;
    await stage.gateway.stop("SIGKILL");
    await until(() => !isAlive(worker), "the worker is gone");
    await stage.gateway.start();
    assertGranted(await stage.exchange());
    await stage.close();
  });

  test("takes as many open files as it may have, and not only those it was given", async () => {
    const stage = await Stage.open({ gatewayClass: class extends Gateway {
      get command() {
        return ["prlimit", "--nofile=300:4000", ...super.command];
      }
    } });
    try {
      assert.match((await stage.gateway.admin("/metrics")).text, /^process_max_fds 4000$/m);
    } finally {
      await stage.close();
    }
  });

  test("leaves its workers unconfined where the settings say so", async () => {
    const stage = await Stage.open({ gateway: { confinement: { enabled: false }, insecure: ["workers-not-confined"] } });
    const { gateway } = stage;
    assert.doesNotMatch(readFileSync(`/proc/${gateway.worker}/status`, "utf8"), /^Seccomp:\t2$/m);
    assert.match((await gateway.admin("/metrics")).text, /^dragoman_confined\{layer="system_calls"\} 0$/m);
    assert.equal(gateway.events("confined").at(-1).level, "warning");
    await stage.close();
  });

  test("is refused to run as a worker by itself", async () => {
    const { code, errors } = await run(programs.dragomand, ["worker", "--config", "nothing.yaml"]);
    assert.equal(code, 2);
    assert.match(errors, /dragomand run/);
  });
});

describe("a program that is replaced", () => {
  test("runs in the supervisor's place too, under the same process id, and nothing is lost", { timeout: 120_000 }, async (t) => {
    const own = programs.dragomand;
    const stage = await Stage.open({ prepare: (made) => {
      copyFileSync(own, made.folder.file("dragomand"));
      chmodSync(made.folder.file("dragomand"), 0o755);
      made.gateway.daemon = made.folder.file("dragomand");
    } });
    const { gateway } = stage, worker = gateway.worker;
    copyFileSync(own, stage.folder.file("next"));
    chmodSync(stage.folder.file("next"), 0o755);
    const counts = await underLoad(stage, 4, async () => {
      renameSync(stage.folder.file("next"), stage.folder.file("dragomand"));
      gateway.program.child.kill("SIGUSR2");
      await until(() => gateway.events("resumed").length > 0, "the new program runs");
      assert.match(readFileSync(`/proc/${gateway.program.child.pid}/cmdline`, "utf8"), /dragomand\0run\0/);
      const next = await gateway.nextWorker(worker);
      process.kill(next, "SIGKILL"); // the new supervisor looks after the worker it was given
      await gateway.nextWorker(next);
    });
    t.diagnostic(`${counts.granted} granted, ${counts.again} sent again`);
    assert.ok(isAlive(gateway.program.child.pid));
    assertGranted(await stage.exchange({}, { over: gateway.http2() }));
    await stage.close();
  });
});
