// Calls through egress whose leases share the credential that is put into them (tests/notebook, "circle").
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, beforeEach, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { assertFault } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";
import { Notebook } from "./kit/notebook.js";

describe("calls whose leases share a credential", () => {
  let egress, stage, notebook, vendor, people = 0;
  const isValid = (key) => notebook.isValid(String(key).replace(/^note-/, ""));
  before(async () => {
    egress = await openEgress({
      gateway: { kills: { clockMargin: "0s" }, limits: { threads: 2 } },
      open: async (options) => (notebook = await Notebook.open(options)).stage,
      prepare: async ({ certificates }) => {
        vendor = await new ModelVendor(certificates, { header: "x-api-key", scheme: "", accepts: isValid }).start();
      },
      edit: (documents) => documents.set("Target/raw", egressTarget("raw", { upstream: `${vendor.origin}/v1`, supplier: "notebook", adapter: "jwt" })).set("Target/model", egressTarget("model", { upstream: `${vendor.origin}/v1`, supplier: "circle", adapter: "jwt" })),
    });
    stage = egress.stage;
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
  });
  beforeEach(() => vendor.behave(undefined));

  const person = () => `caller-${++people}`;
  const lease = (sub) => egress.credential("model", {}, { sub });
  const call = async ({ access_token: token }) => {
    const before = vendor.calls.length, { status, text } = await egress.call("model", "/models", { token });
    assert.equal(status, 200, text);
    return vendor.calls[vendor.calls.length - 1].headers["x-api-key"] ?? assert.fail(`${before} calls before`);
  };
  const supplies = async ({ dragoman_exchange: id }) =>
    (await stage.gateway.admin(`/v1/trace/${id}`)).json.records.filter(({ kind, parent }) => kind === "supply" && parent === id);
  const shared = (key) => key.replace(/^note-/, "");
  const kill = async (kind, id) => assert.equal((await stage.gateway.kill(kind, id, { past_only: "true" })).status, 200);

  test("go out with one, made once however many come at once, and each lease has its record of it once", async () => {
    const sub = person(), one = await lease(sub), two = await lease(sub), sent = vendor.calls.length;
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => egress.call("model", "/models", { token: (i % 2 ? one : two).access_token })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], answers.find(({ status }) => status !== 200)?.text);
    const keys = new Set(vendor.calls.slice(sent).map(({ headers }) => headers["x-api-key"]));
    assert.equal(keys.size, 1);
    const [key] = keys;
    const count = [(await supplies(one)).length, (await supplies(two)).length];
    assert.ok(count.every((records) => records >= 1), String(count));
    await call(one);
    await call(two);
    assert.deepEqual([(await supplies(one)).length, (await supplies(two)).length], count, "nothing new is recorded");
    const [record] = await supplies(one);
    assert.ok(record.stands_on.includes(`lease ${shared(key)}`) && record.stands_on.includes(`lease ${one.dragoman_exchange}`));
    const { json } = await stage.gateway.admin("/v1/trace", { method: "POST", body: `credential=${key}` });
    assert.ok(json.given.some(({ id }) => id === record.id));
    assert.notEqual(await call(await lease(person())), key, "another person's is another");
  });

  test("lose it only with the last of their leases", async () => {
    const sub = person(), one = await lease(sub), two = await lease(sub), key = await call(one);
    assert.equal(await call(two), key);
    await kill("lease", one.dragoman_exchange);
    assert.equal((await egress.call("model", "/models", { token: one.access_token })).status, 401);
    const [record] = await supplies(one);
    await until(async () => (await notebook.lease(record.id)).state === "ended", "the first one's supply is settled");
    assert.equal(await call(two), key);
    await kill("root", (await stage.gateway.record(two.dragoman_exchange)).root);
    await until(() => !isValid(key), "it is withdrawn outside");
  });

  test("get another for all of them, once, when the upstream takes it no more", async () => {
    const sub = person(), one = await lease(sub), two = await lease(sub), key = await call(one);
    await call(two);
    vendor.behave((request, body, response) => (request.headers["x-api-key"] === key ? response.writeHead(401).end() : response.end("{}")));
    const [next, same] = [await call(one), await call(two)];
    assert.notEqual(next, key);
    assert.equal(same, next);
    await until(() => !isValid(key), "the old one is withdrawn");
    assert.ok(isValid(next));
    vendor.behave((request, body, response) => response.writeHead(401).end());
    const sent = vendor.calls.length;
    assert.equal((await egress.call("model", "/models", { token: one.access_token })).status, 401);
    assert.equal((await egress.call("model", "/models", { token: two.access_token })).status, 401);
    assert.deepEqual([...new Set(vendor.calls.slice(sent).map(({ headers }) => headers["x-api-key"]))], [next], "not again within a minute");
  });

  test("do not go out where what was made for them is no header's, and it is taken back", async () => {
    const { access_token: token } = await egress.credential("raw", {}, { sub: person() }), before = vendor.calls.length, kept = readdirSync(notebook.world);
    assertFault(await egress.call("raw", "/models", { token }), "ADAPTER_MISCONFIGURED");
    assert.equal(vendor.calls.length, before);
    await until(() => !readdirSync(notebook.world).some((name) => name.startsWith("credential-") && !kept.includes(name)), () => "it is taken back");
  });

  test("get another when what they share was killed", async () => {
    const one = await lease(person()), key = await call(one);
    await kill("lease", shared(key));
    await until(() => !isValid(key), "it is withdrawn outside");
    assert.notEqual(await call(one), key);
  });
});
