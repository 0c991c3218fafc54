// What an exchange stands on ends while its commit is on the way, told to the other of two gateways, so that the one that
// decides cannot know: the commit itself must find it, and nothing is issued. The commit is held in front of PostgreSQL
// until the end is stored, so this is no race.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "../e2e/kit/faults.js";
import { assertionType } from "../e2e/kit/gateway.js";
import { until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";
import { StoreProxy } from "./kit/store_proxy.js";

describe("what ends while a commit is on the way", () => {
  let stage, proxy, there;
  before(async () => {
    stage = await Stage.open({
      store: "postgres", size: 2, gateway: { kills: { clockMargin: "0s" } },
      prepare: async ({ postgres }) => (proxy = await StoreProxy.open(postgres)),
      edit: (documents, { gateway }) => {
        gateway.document.spec.store.postgres.connection = proxy.connection;
        documents.get("Domain/other").spec.leavesFor = ["partner"];
      },
    });
    there = stage.gateways[1];
  });
  after(async () => {
    await stage?.close();
    proxy?.close();
  });

  // An exchange whose commit reaches PostgreSQL when `end` has been answered by the other gateway.
  async function overtake(changes, end, options) {
    const held = proxy.hold("commit_records");
    const exchange = stage.exchange(changes, options);
    const release = await held;
    try {
      const answer = await end();
      assert.equal(answer.status, 200, answer.text);
    } finally {
      release();
    }
    return exchange;
  }

  const eve = () => ({ subject_token: stage.userToken({ sub: "eve" }) });
  const ofOther = () => ({ subject_token: stage.other.token({ aud: stage.gateway.issuer }, { typ: "at+jwt" }), scope: undefined });
  for (const [kind, id, fault, changes = () => ({})] of [
    ["subject", "corp-idp eve", "TOKEN_REVOKED", eve],
    ["issuer", "other-idp", "TOKEN_REVOKED", ofOther],
    ["client", "orders-agent", "ACTOR_BARRED"],
    ["target", "partner-orders", "TARGET_BARRED"],
    ["adapter", "jwt", "TARGET_BARRED"],
    ["team", "payments", "ACTOR_BARRED"], // the caller's own
  ])
    test(`${kind} ${id}: refused, and recorded as refused`, async () => {
      const answer = await overtake(changes(), () => there.kill(kind, id));
      assertFault(answer, fault);
      assert.equal((await there.record(answer.headers["dragoman-exchange"])).outcome, "refused");
      assert.equal((await there.lift(kind, id)).status, 200);
      await until(async () => (await stage.exchange()).status === 200, "lifted here as well");
    });

  test("nothing: granted, however long the commit was on the way", async () => {
    assertGranted(await overtake({}, () => there.admin("/v1/kills")));
  });

  test("the key that signed: asked to try again, and then signed with another", async () => {
    const { header: { kid } } = assertGranted(await stage.exchange());
    assert.equal((await there.admin("/v1/keys/rotate?algorithm=ES256", { method: "POST" })).status, 200);
    const revoke = () => there.admin(`/v1/keys/${kid}/revoke`, { method: "POST" });
    const assertion = { client_assertion_type: assertionType, client_assertion: stage.clientAssertion() };
    assertFault(await overtake(assertion, revoke, { auth: undefined }), "STORE_CONFLICT");
    assertFault(await stage.exchange(assertion, { auth: undefined }), "ASSERTION_REPLAYED"); // used up by what was recorded
    // This gateway hears of the kill first and of the keys right after.
    const granted = await until(async () => {
      const answer = await stage.exchange();
      return answer.status === 200 && assertGranted(answer);
    }, "another key signs");
    assert.notEqual(granted.header.kid, kid);
  });
});
