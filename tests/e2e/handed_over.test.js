// What adapters are told beside the order: attributes of the subject, by what documents it was decided, and the channel
// that what they make is to be bound to. A key for calls stands on its exchange, with the attributes of then.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { EchoingAdapters, told } from "./kit/echoing_adapter.js";
import { assertFault } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";

const apiKey = "urn:dragoman:token-type:api-key";
const digest = (size) => createHash("sha512").update("a certificate").digest().subarray(0, size).toString("base64url");
const handOver = { attributes: ["groups", "email"] };

describe("what is handed over", () => {
  let adapters, egress, stage, vendor, shown;
  before(async () => {
    adapters = new EchoingAdapters({ echo: {}, binding: { binds: true }, sharing: { shares: true, binds: true } });
    egress = await openEgress({
      gateway: adapters.gateway,
      prepare: async ({ certificates }) => {
        vendor = await new ModelVendor(certificates, { header: "authorization", accepts: (value) => { shown = value.replace("Negotiate ", ""); return true; } }).start();
      },
      edit: (documents) => {
        adapters.write(documents);
        Object.assign(documents.get("Issuer/corp-idp").spec.claims.attributes, { groups: "groups", phone: "phone" });
        const target = (name, adapter, more) => documents.set(`Target/${name}`, { ...egressTarget(name, { adapter, ...more }) });
        target("plain", "echo", { settings: undefined, egress: undefined });
        for (const [name, adapter] of [["people", "echo"], ["bound", "binding"], ["shared", "sharing"]]) target(name, adapter, { egress: undefined, handOver });
        documents.set("Target/service", egressTarget("service", { adapter: "echo", supplier: "echo", upstream: `${vendor.origin}/v1`, handOver }));
        for (const document of documents.values()) if (document.kind === "Target") delete document.spec.egress?.settings;
      },
    });
    stage = egress.stage;
    await adapters.running(stage.gateway);
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
    adapters?.remove();
  });

  const alice = { email: "alice@corp.example", groups: ["staff", "buy\"ers"], phone: "+49 1" };
  const ask = (target, changes = {}, claims = alice) => stage.exchange({ audience: `https://${target}.example`, scope: "chat",
    subject_token: stage.userToken({ sub: "alice", scope: "chat", ...claims }), ...changes });
  const given = async (...args) => {
    const { status, json, text } = await ask(...args);
    assert.equal(status, 200, text);
    return json;
  };
  const recordOf = async ({ dragoman_exchange: id }) => (await stage.gateway.admin(`/v1/records/${id}`)).json;

  test("are the attributes that the target names, in the order and in the record, and no others", async () => {
    const answer = await given("people"), order = told(answer), { groups, email } = alice;
    assert.deepEqual(order.subject, { issuer: stage.corp.identifier, subject: "alice", attributes: { groups, email } });
    assert.deepEqual(order.target.hands_over, { attributes: ["groups", "email"] });
    assert.deepEqual((await recordOf(answer)).handed_over, { groups, email });
    assert.deepEqual(told(await given("people", {}, {})).subject.attributes, {});
    const without = await given("plain");
    assert.equal(told(without).subject.attributes, undefined);
    assert.equal(told(without).target.hands_over, undefined);
    const record = await recordOf(without);
    assert.equal(record.handed_over, undefined);
    assert.ok(!JSON.stringify(record).includes(alice.phone));
  });

  test("are those of the exchange in every call that stands on it", async () => {
    const key = await given("service", { requested_token_type: apiKey }), { groups, email } = alice;
    assert.deepEqual((await recordOf(key)).handed_over, { groups, email });
    for (let i = 0; i < 2; i++) {
      assert.equal((await egress.call("service", "/models", { token: key.access_token })).status, 200);
      assert.deepEqual(told(shown).subject.attributes, { groups, email });
    }
    const other = await given("service", { requested_token_type: apiKey }, { email: "bob@corp.example" });
    assert.equal((await egress.call("service", "/models", { token: other.access_token })).status, 200);
    assert.deepEqual(told(shown).subject.attributes, { email: "bob@corp.example" });
  });

  test("part shared credentials by what they say, and by the channel", async () => {
    const [first, same, other] = [await given("shared"), await given("shared"), await given("shared", {}, { ...alice, groups: ["staff"] })];
    assert.equal(same.access_token, first.access_token);
    assert.notEqual(other.access_token, first.access_token);
    assert.notEqual(told(other).sharing, told(first).sharing);
    const bound = await given("shared", { dragoman_channel_binding: digest(32) });
    assert.notEqual(bound.access_token, first.access_token);
    assert.equal(told(bound).channel_binding, digest(32));
    assert.notEqual((await given("shared", { dragoman_channel_binding: digest(48) })).access_token, bound.access_token);
    assert.equal((await given("shared", { dragoman_channel_binding: digest(32) })).access_token, bound.access_token);
  });

  test("is named to validate, so that an adapter can say what it misses", async () => {
    const target = egressTarget("late", { adapter: "echo", egress: undefined, handOver: { attributes: ["email"] } });
    assert.equal((await stage.gateway.admin("/v1/documents", { method: "POST", body: JSON.stringify(target) })).status, 200);
    const looked = () => adapters.printed(stage.gateway).filter((line) => line.startsWith("validate ")).map((line) => JSON.parse(line.slice(9))).find(({ name }) => name === "late");
    assert.deepEqual((await until(looked, "it was asked")).hands_over, { attributes: ["email"] });
  });

  test("have a name of the documents, which is another one when a policy changes", async () => {
    const before = told(await given("people")).documents;
    assert.match(before, /^[0-9a-f]{32}$/);
    assert.equal(told(await given("plain")).documents, before);
    const policy = JSON.stringify({ kind: "Policy", metadata: { name: "new" }, spec: { policies: "permit(principal, action, resource);" } });
    assert.equal((await stage.gateway.admin("/v1/documents", { method: "POST", body: policy })).status, 200);
    const after = told(await given("people")).documents;
    assert.notEqual(after, before);
    const key = await given("service", { requested_token_type: apiKey });
    assert.equal((await egress.call("service", "/models", { token: key.access_token })).status, 200);
    assert.equal(told(shown).documents, after);
  });

  test("is the channel that is to be bound to, and a target that cannot gives nothing", async () => {
    const answer = await given("bound", { dragoman_channel_binding: digest(32) });
    assert.equal(told(answer).channel_binding, digest(32));
    assert.equal(told(await given("bound")).channel_binding, undefined);
    const record = await recordOf(answer);
    assert.deepEqual(record.ladder.find(({ check }) => check === "target_binds").detail, "binding");
    assert.ok(!JSON.stringify(record).includes(digest(32)));
    assertFault(await ask("people", { dragoman_channel_binding: digest(32) }), "TARGET_BINDING");
    assertFault(await ask("service", { dragoman_channel_binding: digest(32), requested_token_type: apiKey }), "TARGET_BINDING");
    assertFault(await stage.exchange({ dragoman_channel_binding: digest(32) }), "TARGET_BINDING"); // a JWT is bound to nothing
    for (const wrong of [digest(19), `${digest(32)}=`, "tls-server-end-point:x", Buffer.alloc(65).toString("base64url")])
      assertFault(await ask("bound", { dragoman_channel_binding: wrong }), "CHANNEL_BINDING_INVALID");
  });
});
