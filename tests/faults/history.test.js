// A checker that cannot fail proves nothing: each violation, made by hand, is found, and what is allowed is not called one.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { base64url } from "../e2e/kit/forge.js";
import { History } from "./kit/history.js";

const idOf = (n) => `01KAQZ3M5W8Y0E6T2R4V7N9${String(n).padStart(3, "0")}`;
const tokenOf = (id) => `${base64url("{}")}.${base64url(JSON.stringify({ jti: id }))}.x`;
const answer = (status, body, headers = {}) => ({ status, headers: { "dragoman-exchange": body.dragoman_exchange, ...headers }, text: JSON.stringify(body) });
const grant = (id, changes = {}) => answer(200, { access_token: tokenOf(id), dragoman_exchange: id, ...changes });
const refusal = (status, id, headers) => answer(status, { error: "e", error_description: "d", dragoman_exchange: id }, headers);

describe("the checker of histories", () => {
  // Three requests that went well: one granted, one refused, one whose stream was closed.
  const soundHistory = async () => {
    const history = new History();
    await history.send(async () => grant(idOf(0)), { uses: ["a"], about: "orders" });
    await history.send(async () => refusal(503, idOf(1), { "retry-after": "1" }), { uses: ["a"] });
    await history.send(async () => Promise.reject(new Error("reset")));
    return { history, records: [{ id: idOf(0), outcome: "granted", name: history.requests[0].name }] };
  };
  const assertFinds = (history, records, pattern, options) => {
    const found = history.violations(records, options);
    assert.equal(found.length, 1, found.join("\n") || "nothing was found");
    assert.match(found[0], pattern);
    assert.throws(() => history.check(records, options), { name: "AssertionError" });
  };

  test("has nothing against grants with a record, whole refusals and closed streams", async () => {
    const { history, records } = await soundHistory();
    assert.deepEqual(history.check(records), { requests: 3, granted: 1, refused: { 503: 1 }, closed: 1, recordedUnanswered: 0 });
    records.push({ id: idOf(2), outcome: "granted", name: history.requests[2].name });
    assert.equal(history.check(records).recordedUnanswered, 1, "stored, and the answer lost on its way");
  });

  test("finds a credential without a record, or with one that refuses it or is another request's", async () => {
    const { history, records } = await soundHistory();
    assertFinds(history, [], /without a record/);
    assertFinds(history, [{ ...records[0], outcome: "refused" }], /recorded as refused/);
    assertFinds(history, [{ ...records[0], name: "request 9" }], /credential of request 9/);
  });

  test("finds a single-use value that was granted twice, by two answers or by two records", async () => {
    const { history, records } = await soundHistory();
    assertFinds(history, [...records, { id: idOf(1), outcome: "granted", name: history.requests[1].name }], /single-use value was granted to request 0 .* and request 1 /);
    await history.send(async () => grant(idOf(3)), { uses: ["b", "a"] });
    assertFinds(history, [...records, { id: idOf(3), outcome: "granted", name: history.requests[3].name }], /single-use value was granted to request 0 .* and request 3 /);
  });

  test("finds a request that was carried out twice", async () => {
    const { history, records } = await soundHistory();
    const name = history.requests[2].name;
    assertFinds(history, [...records, { id: idOf(5), outcome: "granted", name }, { id: idOf(6), outcome: "granted", name }], /carried out more than once/);
  });

  test("finds a request that never ended and one that ended twice", async () => {
    const silent = await soundHistory();
    silent.history.begin();
    await silent.history.settle(30);
    assertFinds(silent.history, silent.records, /neither an answer nor a closed stream/);
    const twice = await soundHistory();
    twice.history.closed(twice.history.requests[1], "again");
    assertFinds(twice.history, twice.records, /ended more than once/);
  });

  test("finds one exchange that was answered to two requests", async () => {
    const { history, records } = await soundHistory();
    await history.send(async () => refusal(400, idOf(1)));
    assertFinds(history, records, /was answered to request 1 .* and request 3 /);
  });

  test("finds a closed stream where none may be", async () => {
    const { history, records } = await soundHistory();
    assertFinds(history, records, /stream was closed: reset/, { mayClose: false });
  });

  test("finds what was granted after a cutoff and its bound, and nothing else", async () => {
    const { history, records } = await soundHistory();
    const send = (id, about) => {
      records.push({ id, outcome: "granted", name: undefined });
      return history.send(async (name) => (records.at(-1).name = name, grant(id)), { about });
    };
    history.cutOff((about) => about === "orders", { boundMs: 40 });
    await send(idOf(3), "orders"); // within the bound
    await new Promise((done) => setTimeout(done, 60));
    await send(idOf(4), "files"); // not what was cut off
    history.check(records);
    await send(idOf(5), "orders");
    assertFinds(history, records, /^request 5 .*: granted after a cutoff/);
  });

  for (const [name, bad, pattern] of [
    ["that is no JSON", { status: 503, headers: {}, text: "busy" }, /not JSON/],
    ["that does not name its exchange", refusal(400, undefined), /does not name its exchange/],
    ["whose header names another exchange than its body", refusal(400, idOf(7), { "dragoman-exchange": idOf(8) }), /does not name its exchange/],
    ["503 without Retry-After", refusal(503, idOf(7)), /without Retry-After/],
    ["500", refusal(500, idOf(7)), /500 e/],
    ["with an error and a credential", answer(400, { error: "e", error_description: "d", access_token: "x", dragoman_exchange: idOf(7) }), /400 with a credential/],
    ["without an error", answer(400, { dragoman_exchange: idOf(7) }), /without an error/],
    ["200 without a credential", answer(200, { dragoman_exchange: idOf(7) }), /200 without the credential/],
    ["200 with another exchange's credential", grant(idOf(7), { access_token: tokenOf(idOf(8)) }), /200 without the credential/],
  ])
    test(`finds an answer ${name}`, async () => {
      const { history, records } = await soundHistory();
      await history.send(async () => bad);
      assertFinds(history, records, pattern);
    });

  test("measures from a moment to the next grant", async () => {
    const history = new History(), moment = performance.now();
    assert.equal(history.grantedAfter(moment), undefined);
    await history.send(async () => grant(idOf(1)));
    assert.ok(history.grantedAfter(moment) >= 0);
    assert.equal(history.grantedAfter(performance.now()), undefined);
  });
});
