// The connection to PostgreSQL goes at the worst moment, before or after the commit: the gateway finds out which it was
// and answers with the credential or a whole refusal, and never with one whose record it only hopes for.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { assertFault, faults } from "../e2e/kit/faults.js";
import { assertionType } from "../e2e/kit/gateway.js";
import { isFull, until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { StoreProxy } from "./kit/store_proxy.js";

const ROUNDS = isFull ? 50 : 2, AT_ONCE = 24;
const ANSWER_MS = 2000; // answerTimeout below
const COMMIT = "commit_records", QUESTION = "find_record";

describe("a commit in doubt", () => {
  let stage, proxy, history, http2;
  before(async () => {
    stage = await Stage.open({
      store: "postgres",
      prepare: async ({ postgres }) => (proxy = await StoreProxy.open(postgres)),
      edit: (documents, { gateway }) => {
        delete documents.get("Team/payments").spec.budget;
        Object.assign(gateway.document.spec.store.postgres, { connection: proxy.connection, connectTimeout: "1s", statementTimeout: "1s", answerTimeout: `${ANSWER_MS / 1000}s` });
      },
    });
    http2 = stage.gateway.http2();
  });
  after(async () => {
    http2?.close();
    await stage?.close();
    proxy?.close();
  });
  beforeEach(() => (history = new History()));

  const show = (assertion) => history.send((name) => stage.gateway.post("/token",
    stage.form({ dragoman_purpose: name, client_assertion_type: assertionType, client_assertion: assertion }), { over: http2 }), { uses: [assertion] });
  // What the gateway found out in the commits it doubted since a moment of its log.
  const doubts = (from) => stage.gateway.events("store_commit_in_doubt").slice(from).reduce((sum, event) => ({ stored: sum.stored + event.stored, not_stored: sum.not_stored + event.not_stored }), { stored: 0, not_stored: 0 });

  // Many exchanges at once, each with an assertion of its own, of whose commits one meets its fate.
  const endure = async () => {
    const { length: from } = stage.gateway.events("store_commit_in_doubt"), { lost } = proxy;
    const assertions = Array.from({ length: AT_ONCE }, () => stage.clientAssertion());
    const answers = await Promise.all(assertions.map(show));
    assert.ok(proxy.lost > lost, "the answer was lost");
    return { assertions, answers, ...doubts(from) };
  };
  const check = () => history.check(recordsOf(stage.gateway), { mayClose: false });

  for (const [name, lose] of [
    ["after which the connection is closed", () => proxy.lose(COMMIT, "answer")],
    ["whose answer breaks off in the middle", () => proxy.lose(COMMIT, "half answer")],
    ["whose answer never comes", () => proxy.lose(COMMIT, "silence")],
    ["whose fate cannot be asked for at once either", () => {
      proxy.lose(COMMIT, "answer");
      proxy.lose(QUESTION, "answer");
      proxy.lose(QUESTION, "request");
    }],
  ])
    test(`that was stored, and ${name}, is answered with the credentials`, { timeout: 300_000 }, async (t) => {
      for (let round = 0; round < ROUNDS; round++) {
        lose();
        const { assertions, answers, stored, not_stored } = await endure();
        answers.forEach(assertGranted);
        assert.ok(stored > 0);
        assert.equal(not_stored, 0);
        t.diagnostic(`round ${round + 1}: ${stored} of ${answers.length} were in doubt and found stored`);
        for (const assertion of assertions.slice(0, 3)) assertFault(await show(assertion), "ASSERTION_REPLAYED");
      }
      assert.equal(check().recordedUnanswered, 0);
    });

  test("that was not stored is answered with 503 and uses nothing up", { timeout: 300_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      proxy.lose(COMMIT, "request");
      const { assertions, answers, stored, not_stored } = await endure();
      const refused = answers.map((answer, i) => ({ answer, assertion: assertions[i] })).filter(({ answer }) => answer.status !== 200);
      assert.equal(refused.length, not_stored);
      assert.ok(not_stored > 0);
      assert.equal(stored, 0);
      for (const { answer, assertion } of refused) {
        assertFault(answer, "STORE_UNAVAILABLE");
        assertGranted(await show(assertion));
      }
    }
    assert.equal(check().recordedUnanswered, 0);
  });

  test("that nobody can be asked about in time is answered with 503, and what it used up stays used", async () => {
    proxy.lose(COMMIT, "answer", () => (proxy.isAway = true));
    const assertion = stage.clientAssertion();
    const begun = performance.now();
    assertFault(await show(assertion), "STORE_UNAVAILABLE");
    assert.ok(performance.now() - begun < 2 * ANSWER_MS);
    proxy.isAway = false;
    await until(async () => (await show(stage.clientAssertion())).status === 200, "the store is back");
    assertFault(await show(assertion), "ASSERTION_REPLAYED");
    assert.equal(check().recordedUnanswered, 1, "stored after all");
  });

  for (const [loss, status] of [["answer", 200], ["request", 503]])
    test(`of a revocation whose ${loss} is lost is looked up as well`, async () => {
      const { access_token: token } = assertGranted(await stage.exchange());
      const isActive = async () => (await stage.gateway.post("/introspect", { token }, { auth: stage.auth })).json.active;
      proxy.lose(COMMIT, loss);
      const answer = await stage.gateway.post("/revoke", { token }, { auth: stage.auth });
      assert.equal(answer.status, status, answer.text);
      if (status === 503) assert.equal(answer.json.error_description, faults.STORE_UNAVAILABLE.sentence);
      assert.equal(await isActive(), status === 503, "the answer tells the truth");
      assert.equal((await stage.gateway.post("/revoke", { token }, { auth: stage.auth })).status, 200);
      assert.equal(await isActive(), false);
    });
});
