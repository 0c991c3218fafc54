// Calls through egress with a credential that is made for each of them: bound to the server's certificate, on connections of its subject's
// own, and nothing of an answer is handed on before the server has proved that it is the one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as tlsRequest } from "node:https";
import { dirname, join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { build, root, until } from "./kit/machine.js";
import { OneTimeService, secret } from "./kit/one_time_service.js";

const python = "/usr/bin/python3";
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

// Another of the same name and authority.
function anotherCertificate(certificates) {
  const folder = dirname(certificates.authorityFile), openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout", "other.key", "-out", "other.csr");
  openssl("x509", "-req", "-in", "other.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "tls.ext", "-out", "other.crt");
  return { certificate: readFileSync(join(folder, "other.crt")), key: readFileSync(join(folder, "other.key")) };
}

describe("a credential for one call", () => {
  let folder, egress, stage, service, other, early;
  before(async () => {
    folder = mkdtempSync(join(build, "adapters-"));
    chmodSync(folder, 0o755);
    copyFileSync(join(root, "tests/e2e/kit/one_time.py"), join(folder, "one_time"));
    chmodSync(join(folder, "one_time"), 0o644);
    writeFileSync(join(folder, "slow"), `import time\ntime.sleep(5)\n${readFileSync(join(folder, "one_time"), "utf8")}`, { mode: 0o644 });
    egress = await openEgress({
      gateway: { adapters: { directories: [folder], interpreters: [python] }, limits: { threads: 2 } },
      prepare: async ({ certificates }) => {
        service = await new OneTimeService(certificates).start();
        other = anotherCertificate(certificates);
      },
      edit: (documents) => {
        for (const [name, program] of [["one-time", "one_time"], ["slow", "slow"]])
          documents.set(`Adapter/${name}`, { kind: "Adapter", metadata: { name },
            spec: { program, sha256: sha256(readFileSync(join(folder, program))), interpreter: { name: "python3", sha256: sha256(readFileSync(python)) } } });
        for (const [name, supplier] of [["app", "one-time"], ["twin", "one-time"], ["late", "slow"]]) {
          documents.set(`Target/${name}`, egressTarget(name, { upstream: `${service.origin}/app`, supplier, settings: { secret } }));
          documents.get(`Target/${name}`).spec.egress.answerHeaders = ["www-authenticate", "x-kept"];
        }
        documents.set("Target/renamed", egressTarget("renamed", { upstream: `${service.origin}/app`, supplier: "one-time", settings: { secret, accounts: ["alice", "asmith"] } }));
      },
    });
    stage = egress.stage;
    early = await egress.call("late", "/early", { token: (await egress.credential("late")).access_token });
    early.calls = service.calls.length;
    await until(async () => (await stage.gateway.admin("/v1/adapters")).json.adapters.some(({ name, state }) => name === "one-time" && state === "running"),
      () => `the adapter runs\n${stage.gateway.program.errors.slice(-2000)}`);
  });
  after(async () => {
    await egress?.close();
    service?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    service.behave(undefined);
    service.onHandshake = undefined;
    service.calls.length = 0;
  });

  const call = (token, path = "/x", options = {}) => egress.call("app", path, { token, ...options });
  const token = async (sub = "alice", target = "app") => (await egress.credential(target, {}, { sub })).access_token;
  const children = async (parent) => (await stage.gateway.admin("/v1/records?limit=100")).json.records.filter((record) => record.parent === parent);
  const assertKeptBack = (answer) => {
    assert.equal(answer.status, 502, answer.text);
    assert.doesNotMatch(answer.text, /secret of the answer/);
    for (const name of ["www-authenticate", "location", "retry-after"]) assert.equal(answer.headers[name], undefined);
  };

  test("is another for each call, bound to the certificate, on one connection, and recorded with its call", async () => {
    const { access_token: shown, dragoman_exchange: lease } = await egress.credential("app");
    const exchanges = [];
    for (let i = 0; i < 10; i++) {
      const answer = await call(shown);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(answer.json, { who: "alice" });
      assert.equal(answer.headers["www-authenticate"], undefined, "no challenge reaches the caller, whatever the target lets through");
      exchanges.push(answer.headers["dragoman-exchange"]);
    }
    assert.equal(new Set(service.calls.map(({ shown }) => shown)).size, 10);
    assert.deepEqual(service.calls.filter(({ refusal }) => refusal !== undefined), []);
    assert.ok(service.calls.every(({ payload }) => payload.binding === service.binding));
    assert.ok(new Set(service.calls.map(({ connection }) => connection)).size <= 2, "one for each loop of the gateway");
    const made = await children(lease);
    assert.equal(made.filter(({ kind }) => kind === "supply").length, 1, "one supply for all of them");
    assert.equal(made.filter(({ kind, outcome }) => kind === "call" && outcome === "done").length, 10);
    for (const [i, { shown: credential }] of service.calls.entries()) {
      const { json } = await stage.gateway.admin("/v1/trace", { method: "POST", body: `credential=${credential.replace("OneTime ", "")}` });
      assert.equal(json.asked, exchanges[i], JSON.stringify(json).slice(0, 300));
    }
  });

  let proofOfBefore;
  const unproved = {
    "a wrong proof": (response) => response.writeHead(200, { "www-authenticate": "OneTime d3Jvbmc" }).end("secret of the answer"),
    "none": (response) => response.writeHead(200).end("secret of the answer"),
    "the proof of another call": (response) => response.writeHead(200, { "www-authenticate": proofOfBefore }).end("secret of the answer"),
    "none, of a page that is not there": (response) => response.writeHead(404).end("secret of the answer"),
    "none, and says that it is down": (response) => response.writeHead(503, { "retry-after": "1" }).end("secret of the answer"),
    "none, and leads elsewhere": (response) => response.writeHead(302, { location: "/app/y" }).end("secret of the answer"),
    "what is no text": (response) => response.writeHead(200, { "www-authenticate": "OneTime \xff\xfe" }).end("secret of the answer"),
  };
  for (const [what, behaviour] of Object.entries(unproved))
    test(`is not enough where the server answers with ${what}: nothing is handed on, and that is recorded`, async () => {
      const shown = await token();
      service.behave((response, proof) => response.writeHead(200, { "www-authenticate": proofOfBefore = proof }).end());
      assert.equal((await call(shown)).status, 200);
      service.behave(behaviour);
      const answer = await call(shown);
      assertKeptBack(answer);
      assert.equal(service.calls.length, 2, "it is not sent again");
      const [refused] = await until(async () => { const found = await children(answer.headers["dragoman-exchange"]); return found.length !== 0 && found; }, "its record");
      assert.equal(refused.kind, "call");
      assert.equal(refused.outcome, "refused");
      assert.equal(refused.reason, "call_answer_unconfirmed");
      service.behave(undefined);
      assert.equal((await call(shown)).status, 200, "the next is let through again");
    });

  test("has whatever the server proves handed on: errors and ways elsewhere too", async () => {
    const shown = await token();
    for (const [status, headers] of [[500, {}], [404, { "x-kept": "y" }], [302, { location: `${service.origin}/app/y` }], [204, {}]]) {
      service.behave((response, proof) => response.writeHead(status, { "www-authenticate": [`Basic realm="x"`, proof], ...headers }).end());
      const answer = await call(shown);
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.headers["x-kept"], headers["x-kept"]);
      if (status === 302) assert.equal(answer.headers.location, "/egress/app/y");
    }
  });

  test("is made once more after a 401, and then that is handed on without its challenge", async () => {
    const shown = await token();
    service.behave((response) => response.writeHead(401, { "www-authenticate": "OneTime" }).end("who are you"));
    const answer = await call(shown, "/x", { method: "POST", body: "x" });
    assert.equal(answer.status, 401);
    assert.equal(answer.text, "who are you");
    assert.equal(answer.headers["www-authenticate"], undefined);
    assert.deepEqual(service.calls.map(({ payload }) => payload.fresh), [false, true]);
    assert.equal((await call(shown)).status, 401);
    assert.equal(service.calls.length, 3, "not again within a minute");
    const { json } = await stage.gateway.admin("/v1/trace", { method: "POST", body: `credential=${service.calls[1].shown.replace("OneTime ", "")}` });
    assert.ok(json.records.some(({ id, kind }) => id === json.asked && kind === "supply"), "the second has a supply of its own");
    service.behave(undefined);
    assert.equal((await call(shown)).status, 200);
  });

  test("is shown to no server that shows another certificate than it was made for", async () => {
    const { certificates } = stage, shown = await token();
    assert.equal((await call(shown)).status, 200);
    for (const next of [other, certificates]) {
      service.server.closeAllConnections();
      service.show(next);
      const answer = await call(shown);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(service.calls.at(-1).binding, service.binding);
    }
    assert.deepEqual(service.calls.filter(({ refusal }) => refusal !== undefined), [], "nobody has seen one that was bound to something else");
    assert.equal(service.calls.length, 3);
  });

  test("is shown to nobody where the certificate is another each time", async () => {
    const { certificates } = stage, shown = await token();
    assert.equal((await call(shown)).status, 200);
    let turn = 0;
    service.server.closeAllConnections();
    service.show(other);
    service.onHandshake = () => service.show(turn++ % 2 === 0 ? certificates : other);
    const answer = await call(shown);
    service.onHandshake = undefined;
    service.show(certificates);
    service.server.closeAllConnections();
    assertKeptBack(answer);
    assert.equal(service.calls.length, 1, "only the call of before");
    assert.equal((await call(shown)).status, 200);
  });

  test("is not sent unconfirmed while it is not known yet that its adapter confirms", async () => {
    assert.equal(early.status, 503, early.text);
    assert.equal(early.calls, 0);
    const { access_token: shown } = await egress.credential("late");
    assert.equal((await egress.call("late", "/x", { token: shown })).status, 200);
    assert.equal(service.calls[0].payload.binding, service.binding);
  });

  test("has its answer cut when just this call is killed", async () => {
    const shown = await token();
    service.behave((response, proof) => {
      response.writeHead(200, { "www-authenticate": proof });
      const timer = setInterval(() => response.write("tick\n"), 50);
      response.on("close", () => clearInterval(timer));
    });
    const request = tlsRequest(`${egress.origin}/egress/app/x`, { ca: stage.certificates.ca, agent: false, headers: { authorization: `Bearer ${shown}` } });
    request.on("error", () => {});
    request.end();
    const [response] = await once(request, "response");
    response.on("error", () => {});
    response.resume();
    const closed = new Promise((done) => response.on("close", done));
    assert.equal((await stage.gateway.kill("lease", response.headers["dragoman-exchange"])).status, 200);
    await closed;
    assert.equal(response.complete, false);
    service.behave(undefined);
    assert.equal((await call(shown)).status, 200, "another call of the same lease goes on");
  });

  test("has nothing handed on where its lease is killed while the answer is confirmed", async () => {
    const { access_token: shown, dragoman_exchange: lease } = await egress.credential("app");
    const asked = new Promise((done) => service.behave((response, proof) => {
      response.writeHead(200, { "www-authenticate": ["Slow", proof] });
      response.end("secret of the answer");
      done();
    }));
    const answer = call(shown);
    await asked;
    assert.equal((await stage.gateway.kill("lease", lease)).status, 200);
    const { status, text } = await answer;
    assert.equal(status, 401, text);
    assert.doesNotMatch(text, /secret of the answer/);
  });

  test("of two subjects never meets another's on a connection", async () => {
    const shown = { alice: await token("alice"), bob: await token("bob"), twin: await token("alice", "twin") };
    service.behave((response, proof, { payload }) => setTimeout(() => response.writeHead(200, { "www-authenticate": proof }).end(payload.subject), 20));
    const who = Object.keys(shown);
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 24 }, async (_, i) => {
        const name = who[i % 3], answer = await egress.call(name === "twin" ? "twin" : "app", `/${name}`, { token: shown[name] });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.text, name === "bob" ? "bob" : "alice");
      }));
    const on = new Map();
    for (const { connection, url } of service.calls) on.set(connection, new Set([...(on.get(connection) ?? []), url]));
    assert.deepEqual([...on.values()].filter((urls) => urls.size !== 1).map((urls) => [...urls]), []);
    assert.ok(on.size < service.calls.length, `they are kept: ${on.size} connections for ${service.calls.length} calls`);
  });

  test("of a subject that is another account there by now never meets the other's on a connection", async () => {
    const shown = await token("alice", "renamed"), on = new Map();
    for (let i = 0; i < 8; i++) assert.equal((await egress.call("renamed", "/x", { token: shown })).status, 200);
    for (const [i, { connection }] of service.calls.entries()) on.set(connection, (on.get(connection) ?? new Set()).add(i % 2));
    for (const accounts of on.values()) assert.equal(accounts.size, 1, "one account on each connection");
    assert.ok(on.size < service.calls.length, `they are kept: ${on.size} connections for ${service.calls.length} calls`);
  });

  test("is learned about once by all who call at the same time", async () => {
    const shown = await token();
    service.server.closeAllConnections();
    service.show(other);
    assert.equal((await call(shown)).status, 200);
    service.server.closeAllConnections();
    service.show(stage.certificates);
    const before = service.handshakes;
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(shown)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    // One each that was in vain and one that was not, and one that learns: two if somebody was late.
    assert.ok(service.handshakes - before <= 18, `${service.handshakes - before} handshakes`);
    assert.deepEqual(service.calls.filter(({ refusal }) => refusal !== undefined), []);
  });

  test("is no failure of its adapter when an answer is not confirmed", async () => {
    const { json } = await stage.gateway.admin("/v1/adapters"), adapter = json.adapters.find(({ name }) => name === "one-time");
    assert.equal(adapter.manifest.confirms, true);
    assert.equal(adapter.failures, 0);
  });
});
