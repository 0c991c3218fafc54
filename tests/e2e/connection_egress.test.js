// Calls through egress are no way around the gate: a key that is older than connection.lifetime meets it as an exchange does.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { faults } from "./kit/faults.js";
import { ModelVendor } from "./kit/model_vendor.js";

describe("a call through egress to a target where people connect", () => {
  let egress, stage, vendor;
  const key = "sk-kept-for-everybody";
  const target = (spec = {}) => egressTarget("model", { upstream: `${vendor.origin}/v1`, supplier: "vault", settings: { header: "authorization", scheme: "Bearer" }, ...spec });
  before(async () => {
    egress = await openEgress({
      prepare: async ({ certificates }) => (vendor = await new ModelVendor(certificates, { key }).start()),
      edit: (documents, { gateway }) => Object.assign(documents.get("Issuer/corp-idp").spec, { login: { clientId: "dragoman" } }),
    });
    stage = egress.stage;
    await stage.gateway.apply(target());
    await egress.connect("model", key);
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
  });

  test("goes on while nobody has to connect, and is refused with a link from then on", async () => {
    const { access_token: token } = await egress.credential("model");
    const call = () => egress.call("model", "/models", { token });
    assert.equal((await call()).status, 200);
    await stage.gateway.apply(target({ connection: { lifetime: "30d" } }));
    const sent = vendor.calls.length;
    const [first, second] = [await call(), await call()];
    for (const { status, json, text } of [first, second]) {
      assert.equal(status, 403, text);
      assert.deepEqual([json.error, json.error_description], ["interaction_required", faults.CONNECTION_MISSING.sentence]);
      assert.match(json.dragoman_interaction_uri, /\/connect\/[A-Za-z0-9_-]{43}$/);
      assert.ok(json.dragoman_interaction_uri.startsWith(stage.gateway.issuer));
      assert.equal(json.dragoman_interaction_expires_in, 600);
    }
    assert.notEqual(first.json.dragoman_interaction_uri, second.json.dragoman_interaction_uri);
    assert.equal(vendor.calls.length, sent, "nothing reached the other side");
    const record = await stage.gateway.record(first.json.dragoman_exchange);
    assert.deepEqual([record.kind, record.outcome, record.reason, record.subject.sub], ["call", "refused", "connection_missing", "alice"]);
  });

  test("with an agent's own token is refused in its own words: nobody can log in at its platform", async () => {
    const { status, json, text } = await egress.call("model", "/models", { token: stage.platformToken() });
    assert.equal(status, 403, text);
    assert.deepEqual([json.error, json.error_description], ["interaction_required", faults.INTERACTION_UNAVAILABLE.sentence]);
    assert.equal("dragoman_interaction_uri" in json, false);
  });
});
