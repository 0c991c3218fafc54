// A connected account's tokens over time, with a real service that rotates refresh tokens and ends the grant when one is
// used twice: a crowd on two gateways, an answer that is lost half-way, and every way in which the service can answer badly.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { faults } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { SaasStage } from "./kit/saas_stage.js";

const ACCESS_SECONDS = 4;

describe("a crowd on two gateways whose token has expired", () => {
  let world;
  before(async () => (world = await SaasStage.open({ store: "postgres", size: 2 })));
  after(() => world?.close());

  test("has one refresh made for all of them; nobody fails, and no refresh token is used twice", async () => {
    const { saas } = world;
    saas.accessSeconds = ACCESS_SECONDS;
    const { answer } = await world.connect("alice");
    assert.equal(answer.status, 200, answer.text);
    const first = await world.granted("alice");
    await delay(ACCESS_SECONDS * 1000 + 500);
    assert.equal(await saas.token(first.access_token), undefined, "it has expired");
    saas.accessSeconds = 600;
    saas.refreshMs = 500;
    const before = saas.refreshes;
    const crowd = await Promise.all(Array.from({ length: 50 }, (_, i) => world.exchange("alice", { on: world.gateways[i % 2] })));
    assert.deepEqual(crowd.filter(({ status }) => status !== 200).map(({ text }) => text), []);
    assert.equal(saas.refreshes - before, 1);
    const tokens = new Set(crowd.map(({ json }) => json.access_token));
    assert.equal(tokens.size, 1);
    assert.equal((await saas.token([...tokens][0])).accountId, "alice");
    assert.deepEqual([saas.reuses, saas.refreshTokensOf("alice")], [0, 1]);
  });
});

describe("a service that answers badly", () => {
  let world, saas, people = 0;
  before(async () => {
    world = await SaasStage.open();
    ({ saas } = world);
  });
  after(() => world?.close());

  // Somebody new who has connected an account, and whose next exchange refreshes.
  const somebody = async () => {
    saas.behave();
    const sub = `person-${++people}`, { answer } = await world.connect(sub);
    assert.equal(answer.status, 200, answer.text);
    return sub;
  };
  const assertKept = async (sub) => {
    saas.behave();
    const { access_token: token } = await world.granted(sub);
    assert.equal((await saas.token(token)).accountId, sub, "the connection is still there");
    assert.equal(saas.reuses, 0);
  };
  const misconfigured = "ADAPTER_MISCONFIGURED", unavailable = "ADAPTER_UNAVAILABLE";

  for (const [name, fault, symbol] of [
    ["400 for a request it does not understand", { status: 400, body: { error: "invalid_request" } }, misconfigured],
    ["400 for scopes it does not give", { status: 400, body: { error: "invalid_scope" } }, "ADAPTER_REFUSED"],
    ["401", { status: 401, body: { error: "invalid_client" } }, misconfigured],
    ["401 and no word", { status: 401, body: "" }, misconfigured],
    ["429", { status: 429, headers: { "retry-after": "2" } }, unavailable],
    ["500", { status: 500, body: "oops" }, unavailable],
    ["503", { status: 503, body: { error: "invalid_grant" } }, unavailable],
    ["a redirect", "redirect", misconfigured],
    ["a page", "page", misconfigured],
  ])
    test(`with ${name}: ${symbol}, and nothing is lost`, async () => {
      const sub = await somebody();
      saas.misbehave(...Array(8).fill(fault));
      const { status, json, text } = await world.exchange(sub);
      assert.deepEqual([status, json.error], [faults[symbol].status, faults[symbol].error], text);
      assert.ok(json.error_description.startsWith(faults[symbol].sentence), text);
      assert.ok(saas.faultsLeft < 8 && saas.faultsLeft >= 6, `it was asked ${8 - saas.faultsLeft} times`);
      assert.equal(text.includes("oops"), false);
      if (symbol === "ADAPTER_REFUSED") await delay(5500); // which is remembered for a moment
      await assertKept(sub);
    });

  test("with an answer without an end is given up, having read little of it, and nothing is lost", async () => {
    const sub = await somebody();
    saas.misbehave("endless");
    const { status, text } = await world.exchange(sub);
    assert.equal(status, faults[unavailable].status, text);
    assert.ok(saas.endlessBytes < 16 * 1024 * 1024, `${saas.endlessBytes} bytes`);
    await assertKept(sub);
  });

  test("with silence is given up in time, and nothing is lost", async () => {
    const sub = await somebody(), begun = Date.now();
    saas.misbehave("silence");
    const { status, text } = await world.exchange(sub);
    assert.equal(status, faults[unavailable].status, text);
    assert.ok(Date.now() - begun < 15_000);
    await assertKept(sub);
  });

  test("with a token that does not say how long it lives: none is given, and the rotated refresh token is kept", async () => {
    const sub = await somebody();
    saas.misbehave("no_expiry");
    const { status, text } = await world.exchange(sub);
    assert.equal(status, faults[misconfigured].status, text);
    await assertKept(sub);
  });

  test("with invalid_grant: the person is asked to connect again, and can", async () => {
    const sub = await somebody();
    saas.misbehave({ status: 400, body: { error: "invalid_grant" } });
    world.assertMissing(await world.exchange(sub));
    assert.equal(saas.faultsLeft, 0);
    const { answer } = await world.connect(sub);
    assert.equal(answer.status, 200, answer.text);
    await assertKept(sub);
  });

  test("with nothing at all after it rotated: the old refresh token trips it, and that is said, not silent", async () => {
    const sub = await somebody(), before = saas.reuses;
    saas.misbehave("cut");
    const { status, text } = await world.exchange(sub);
    assert.equal(status, faults[unavailable].status, text);
    world.assertMissing(await world.exchange(sub));
    assert.equal(saas.reuses, before + 1);
    const said = world.gateway.program.errors.split("\n").filter((line) => line.includes("a refresh was interrupted"));
    assert.equal(said.length, 1, world.gateway.program.errors.slice(-2000));
    saas.reuses = 0;
    const { answer } = await world.connect(sub);
    assert.equal(answer.status, 200, answer.text);
    await assertKept(sub);
  });

  test("while the adapter is killed between its answer and what would have kept it: the same, and nothing is silent", async () => {
    const sub = await somebody(), { refreshes, reuses } = saas;
    saas.refreshMs = 1500;
    const interrupted = world.exchange(sub);
    await until(() => saas.refreshes > refreshes, "the service has rotated");
    const { process: adapter } = world.gateway.events("adapter_program_started").findLast((event) => event.adapter === "saas-oauth");
    process.kill(adapter, "SIGKILL");
    const { status, text } = await interrupted;
    assert.ok(status >= 500, text);
    saas.refreshMs = 0;
    await until(async () => (await world.exchange(sub)).json.error === "interaction_required", "the account has to be connected again");
    assert.equal(saas.reuses, reuses + 1);
    assert.ok(world.gateway.program.errors.includes("a refresh was interrupted"), world.gateway.program.errors.slice(-2000));
    saas.reuses = 0;
    const { answer } = await world.connect(sub);
    assert.equal(answer.status, 200, answer.text);
    await assertKept(sub);
  });
});
