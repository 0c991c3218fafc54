// What a gateway says of whether it can do its job: each check, what it decides, and to whom reasons are said.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Http1 } from "./kit/http.js";
import { freePort, until } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

const checkOf = (answer, name) => answer.json.checks.find((check) => check.name === name);

describe("a gateway that is ready or not", () => {
  let stage, gateway, patient, monitoring, documents;
  before(async () => {
    const port = await freePort(), nowhere = await freePort();
    // Two on one store: the second one has the longer patience with it.
    stage = await Stage.open({ size: 2, store: "postgres",
      gateway: ({ beside, postgres: { connection } }) => ({ store: { postgres: { connection }, readyGrace: beside === undefined ? "3s" : "1h" },
        monitoring: beside === undefined ? { listen: [`127.0.0.1:${port}`] } : undefined }),
      edit: (all) => {
        all.set("Issuer/silent", { kind: "Issuer", metadata: { name: "silent" }, spec: { domain: "other", issuer: `https://127.0.0.1:${nowhere}`, audiences: ["https://us.example"] } });
        documents = [...all.values()];
      } });
    [gateway, patient] = stage.gateways;
    monitoring = new Http1(`https://127.0.0.1:${port}`, gateway.certificates.ca);
  });
  after(async () => {
    monitoring?.close();
    await stage?.close();
  });

  test("shows every check to operators, and has started", async () => {
    for (const send of [(path) => monitoring.send(path), (path) => gateway.admin(path)]) {
      const answer = await send("/readyz?verbose");
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json.checks.map(({ name }) => name), ["signing_keys", "leaving", "store", "documents", "adapters", "issuers"]);
      for (const name of ["signing_keys", "leaving", "store", "documents", "adapters"]) assert.deepEqual(checkOf(answer, name), { name, state: "ok" });
      assert.equal((await send("/readyz")).json.checks, undefined);
      assert.deepEqual((await send("/startupz")).json, { status: "started" });
    }
  });

  test("is ready without an issuer's keys, and says so", async () => {
    const answer = await until(async () => {
      const answer = await monitoring.send("/readyz?verbose");
      return checkOf(answer, "issuers").reason.startsWith("1 of 4 ") && answer; // the others' are there by then
    }, "the keys of the other issuers");
    assert.equal(answer.status, 200);
    assert.deepEqual(checkOf(answer, "issuers"), { name: "issuers", state: "noted", reason: "1 of 4 issuers have no keys here yet" });
  });

  test("is ready with documents that were refused, and says so", async () => {
    const begun = Date.now() - 1;
    writeFileSync(gateway.configPath, "kind: Gateway\n");
    gateway.program.child.kill("SIGHUP");
    const answer = await until(async () => {
      const answer = await monitoring.send("/readyz?verbose");
      return checkOf(answer, "documents").state !== "ok" && answer;
    }, "the refusal is shown");
    assert.equal(answer.status, 200);
    assert.equal(checkOf(answer, "documents").state, "noted");
    assert.ok(Date.parse(checkOf(answer, "documents").since) >= begun);
    const { worker } = gateway;
    gateway.writeDocuments(documents);
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(worker);
    await until(async () => checkOf(await monitoring.send("/readyz?verbose"), "documents").state === "ok", "the good ones are served");
  });

  test("is not ready while the store is away for longer than its grace, and is again by itself", async () => {
    await until(async () => (await gateway.http.send("/readyz")).status === 200, "no worker of before answers");
    await stage.postgres.stop();
    await until(async () => (await gateway.http.send("/readyz")).status === 503, "it is not ready");
    assert.equal((await patient.http.send("/readyz")).status, 200);
    assert.equal(checkOf(await patient.admin("/readyz?verbose"), "store").state, "ok");

    const shown = await monitoring.send("/readyz?verbose"), store = checkOf(shown, "store");
    assert.deepEqual([shown.status, shown.json.status, store.state], [503, "not ready", "failed"]);
    assert.match(store.reason, /^the store has not answered for \d+ s, longer than spec.store.readyGrace \(3 s\)$/);
    assert.ok(Date.parse(store.since) <= Date.now() - 3000);
    assert.match((await monitoring.send("/metrics")).text, /^dragoman_ready 0$/m);
    for (const path of ["/livez", "/startupz"]) assert.equal((await monitoring.send(path)).status, 200, path);

    await stage.postgres.start();
    await until(async () => (await gateway.http.send("/readyz")).status === 200, "it is ready again");
    assert.deepEqual(checkOf(await monitoring.send("/readyz?verbose"), "store"), { name: "store", state: "ok" });
  });

  test("says no reasons, and not that it has started, on the public listener", async () => {
    for (const query of ["?verbose", "?verbose=true"]) {
      const answer = await gateway.http.send(`/readyz${query}`);
      assert.deepEqual(Object.keys(answer.json), ["status", "draining", "signing_keys", "generation", "epoch", "reload_refused"]);
    }
    assert.equal((await gateway.http.send("/startupz")).status, 404);
  });
});
