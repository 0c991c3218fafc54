// The connection to PostgreSQL goes while a credential with outside effects is being reserved: nothing is made outside that
// no lease stands for, and a lease for which nothing was made ends by itself.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readdirSync } from "node:fs";
import { assertFault } from "../e2e/kit/faults.js";
import { assertionType } from "../e2e/kit/gateway.js";
import { until } from "../e2e/kit/machine.js";
import { Notebook } from "../e2e/kit/notebook.js";
import { StoreProxy } from "./kit/store_proxy.js";

const ANSWER_MS = 2000; // answerTimeout below
const RESERVATION = "commit_issued";

describe("a reservation in doubt", () => {
  let notebook, stage, proxy;
  before(async () => {
    notebook = await Notebook.open({
      store: "postgres",
      prepare: async ({ postgres }) => (proxy = await StoreProxy.open(postgres)),
      edit: (documents, { gateway }) =>
        Object.assign(gateway.document.spec.store.postgres, { connection: proxy.connection, connectTimeout: "1s", statementTimeout: "1s", answerTimeout: `${ANSWER_MS / 1000}s` }),
    });
    ({ stage } = notebook);
  });
  after(async () => {
    await notebook?.close();
    proxy?.close();
  });

  const show = (assertion) => notebook.exchange({ client_assertion_type: assertionType, client_assertion: assertion }, { auth: undefined });
  const made = () => readdirSync(notebook.world).length;

  test("that was stored is found, and the credential is made", async () => {
    const { lost } = proxy;
    proxy.lose(RESERVATION, "answer");
    const granted = await show(stage.clientAssertion());
    assert.equal(granted.status, 200, granted.text);
    assert.equal(proxy.lost, lost + 1);
    assert.ok(notebook.isValid(granted.json.dragoman_exchange));
    assert.equal((await notebook.lease(granted.json.dragoman_exchange)).state, "live");
  });

  test("that was not stored makes nothing and uses nothing up", async () => {
    const before = made(), assertion = stage.clientAssertion();
    proxy.lose(RESERVATION, "request");
    const refused = await show(assertion);
    assertFault(refused, "STORE_UNAVAILABLE");
    assert.equal(made(), before);
    assert.equal((await stage.gateway.admin(`/v1/leases/${refused.json.dragoman_exchange}`)).status, 404);
    assert.equal((await show(assertion)).status, 200);
  });

  // The server is back in time for the record of the refusal, since it was not known to be away before it was silent.
  test("that nobody can be asked about in time makes nothing, is no replay of its own, and its lease ends by itself", async () => {
    const before = made(), assertion = stage.clientAssertion();
    proxy.lose(RESERVATION, "silence", () => {
      proxy.isAway = true;
      setTimeout(() => (proxy.isAway = false), ANSWER_MS + 500);
    });
    const refused = await show(assertion), id = refused.json.dragoman_exchange;
    assertFault(refused, "STORE_UNAVAILABLE");
    assert.equal(made(), before);
    assert.equal((await stage.gateway.record(id)).outcome, "refused");
    assertFault(await show(assertion), "ASSERTION_REPLAYED");
    await until(async () => (await notebook.lease(id)).state === "ended", "the lease ends");
  });
});
