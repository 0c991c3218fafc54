// A vendor's own keys behind egress: made by a program for whoever calls, used for many calls, deleted when the lease ends.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { build, until } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";
import { plainProgram } from "./kit/plain_program.js";
import { Vendor } from "./kit/vendor.js";

const settings = (origin) => ({
  create: { method: "POST", url: `${origin}/v1/keys`, headers: { "x-admin-key": "{secret}", "idempotency-key": "{lease}" },
    body: { name: "dragoman {lease}", permissions: "{scopes}", expires: "{expires_at}", labels: { for: "{subject} by {client}", literal: "{{x}}", root: "{root}" } } },
  delete: { method: "DELETE", url: `${origin}/v1/keys/{id}`, headers: { "x-admin-key": "{secret}" } },
  find: { method: "GET", url: `${origin}/v1/keys?name=dragoman%20{lease}`, headers: { "x-admin-key": "{secret}" }, list: "/keys", id: "/id", label: "/name", equals: "dragoman {lease}", more: "/next" },
  answer: { key: "/data/secret", id: "/data/key_id", expires_at: "/data/expires" },
  presentation: { header: "x-api-key" },
});

describe("a vendor's keys behind egress", () => {
  let folder, egress, stage, keys, vendor;
  before(async () => {
    // Where nobody but root and the gateway's user may put a program.
    folder = mkdtempSync(join(build, "adapters-"));
    chmodSync(folder, 0o755);
    copyFileSync(plainProgram("dragoman-vendor-key", "adapters/vendor_key/vendor_key"), join(folder, "vendor_key"));
    chmodSync(join(folder, "vendor_key"), 0o755);
    egress = await openEgress({
      gateway: { adapters: { directories: [folder] }, limits: { threads: 3 } },
      prepare: async ({ certificates }) => {
        keys = await Vendor.start(certificates);
        vendor = await new ModelVendor(certificates, { header: "x-api-key", scheme: "", accepts: (shown) => [...keys.keys.values()].some(({ key }) => key === shown) }).start();
      },
      edit: (documents) => {
        documents.set("Adapter/vendor-key", { kind: "Adapter", metadata: { name: "vendor-key" },
          spec: { program: "vendor_key", network: "any", sha256: createHash("sha256").update(readFileSync(join(folder, "vendor_key"))).digest("hex") } });
        documents.set("Target/model", egressTarget("model", { upstream: `${vendor.origin}/v1`, supplier: "vendor-key", settings: settings(keys.origin) }));
      },
    });
    stage = egress.stage;
    await until(async () => (await stage.gateway.admin("/v1/adapters")).json.adapters.some(({ name, state }) => name === "vendor-key" && state === "running"),
      () => `the adapter runs\n${stage.gateway.program.errors.slice(-2000)}`);
    const answer = await stage.gateway.admin("/v1/connections/model", { method: "POST", body: JSON.stringify({ answers: { secret: keys.secret } }) });
    assert.equal(answer.status, 200, answer.text);
  });
  after(async () => {
    await egress?.close();
    await keys?.stop();
    await vendor?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => vendor.behave(undefined));

  const made = () => keys.requests.filter(({ method }) => method === "POST").length;
  const gone = (id) => until(() => !keys.keys.has(id), "the vendor's key is deleted");
  const call = (token, path = "/models") => egress.call("model", path, { token });

  test("is made once for many calls of one lease, however many come at once", async () => {
    const { access_token: token, dragoman_exchange: lease } = await egress.credential("model");
    const before = made(), sent = vendor.calls.length;
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(token)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], answers.find(({ status }) => status !== 200)?.text);
    assert.equal(made() - before, 1);
    assert.equal(new Set(vendor.calls.slice(sent).map(({ headers }) => headers["x-api-key"])).size, 1);
    assert.equal((await call(token)).status, 200);
    assert.equal(made() - before, 1);
    const key = [...keys.keys.values()].at(-1);
    assert.deepEqual(key.permissions, ["chat", "models:read"]);
    const { json } = await stage.gateway.admin("/v1/trace", { method: "POST", body: `credential=${key.key}` });
    assert.ok(json.records.some(({ kind, parent, outcome }) => kind === "supply" && parent === lease && outcome === "granted"), JSON.stringify(json).slice(0, 400));
    const { access_token: other } = await egress.credential("model");
    assert.equal((await call(other)).status, 200);
    assert.equal(made() - before, 2, "another lease has its own");
  });

  test("is made anew, once, when the vendor takes it no more, and the old one is ended", async () => {
    const { access_token: token } = await egress.credential("model");
    assert.equal((await call(token)).status, 200);
    const before = made(), old = [...keys.keys.values()].at(-1);
    vendor.behave((request, body, response) => (request.headers["x-api-key"] === old.key ? response.writeHead(401).end() : response.end("{}")));
    assert.equal((await call(token)).status, 200);
    assert.equal(made() - before, 1);
    await gone(old.id);
    assert.equal((await call(token)).status, 200);
    assert.equal(made() - before, 1);
  });

  test("is made anew also where the first was made in the same call, and no third time", async () => {
    const { access_token: token } = await egress.credential("model");
    const before = made(), sent = vendor.calls.length;
    vendor.behave((request, body, response) => response.writeHead(401, { "content-type": "application/json" }).end('{"error":"no"}'));
    assert.equal((await call(token)).status, 401);
    assert.equal(made() - before, 2);
    assert.equal(vendor.calls.length - sent, 2);
    assert.equal((await call(token)).status, 401);
    assert.equal(made() - before, 2, "not again within a minute, whatever the upstream answers");
    vendor.behave(undefined);
    assert.equal((await call(token)).status, 200);
    assert.equal(made() - before, 2, "the second one is the lease's");
  });

  test("is deleted at the vendor when the tree is killed, and the next call is refused", async () => {
    const { access_token: token, dragoman_exchange: lease } = await egress.credential("model");
    assert.equal((await call(token)).status, 200);
    const key = [...keys.keys.values()].at(-1);
    assert.equal((await stage.gateway.kill("root", (await stage.gateway.record(lease)).root)).status, 200);
    assert.equal((await call(token)).status, 401);
    await gone(key.id);
  });

  test("is a refusal when the vendor makes none, and is made when it does again", async () => {
    const { access_token: token } = await egress.credential("model");
    keys.failing = [{ status: 503, headers: { "retry-after": "7" } }];
    const refused = await call(token);
    assert.equal(refused.status, 503, refused.text);
    assert.match(refused.headers["retry-after"], /^\d+$/);
    assert.equal((await call(token)).status, 200);
  });

  test("is swept when the gateway died before it could be recorded", { timeout: 120_000 }, async () => {
    const { access_token: token } = await egress.credential("model");
    const before = new Set(keys.keys.keys());
    // The vendor has made the key, and its answer does not come.
    keys.holdAnswers = true;
    const answer = call(token).catch(() => undefined);
    const id = await until(() => [...keys.keys.keys()].find((one) => !before.has(one)), "the vendor has made one");
    stage.gateway.program.child.kill("SIGKILL");
    await stage.gateway.program.ended;
    keys.holdAnswers = false;
    await answer;
    await stage.gateway.start();
    await until(() => !keys.keys.has(id), () => `the key nobody has is deleted\n${stage.gateway.program.errors.slice(-1500)}`, 90_000);
    assert.equal((await call(token)).status, 200);
  });
});
