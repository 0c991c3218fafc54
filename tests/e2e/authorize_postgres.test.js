// Two gateways on one PostgreSQL are one authorization server: a code given by one is redeemed at the other, once between them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AuthorizeStage } from "./kit/authorize_stage.js";
import { until } from "./kit/machine.js";

describe("codes of two gateways", () => {
  let world, one, other;
  before(async () => {
    world = await AuthorizeStage.open({ size: 2, store: "postgres" });
    [one, other] = world.stage.gateways;
  });
  after(() => world?.close());

  const code = async () => (await world.agree()).searchParams.get("code");

  test("are redeemed at the one that did not give them", async () => {
    const answer = await world.redeem(await code(), {}, { gateway: other });
    assert.equal(answer.status, 200, answer.text);
  });

  test("are redeemed once, whoever is asked, and then no more: what was given ends on both", async () => {
    for (let round = 0; round < 5; round++) {
      const shown = await code();
      const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => world.redeem(shown, {}, { gateway: i % 2 === 0 ? one : other })));
      const granted = answers.filter(({ status }) => status === 200);
      assert.equal(granted.length, 1, answers.map(({ status, text }) => `${status} ${text}`).join("\n"));
      for (const answer of answers) if (answer !== granted[0]) assert.deepEqual([answer.status, answer.json.error], [400, "invalid_grant"], answer.text);
      const isActive = async (gateway) => (await gateway.post("/introspect", { token: granted[0].json.access_token }, { auth: ["notes-server", world.webSecret] })).json.active;
      await until(async () => !(await isActive(one)) && !(await isActive(other)), "ended on both");
    }
  });
});
