// What somebody has who was agreed with about something, and asks for more at the token endpoint: other rights than those
// that the person saw, or more of our store than a client's budget gives.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AuthorizeStage } from "./kit/authorize_stage.js";

describe("a code", () => {
  let world;
  before(async () => {
    world = await AuthorizeStage.open({ edit: (documents) => {
      documents.get("Target/notes").spec.authorizationDetails = ["payment"];
      documents.get("Client/desk").spec.budget = { exchangesPerSecond: 2 };
    } });
  });
  after(() => world?.close());

  test("gives no authorization details, which the person was never shown", async () => {
    const clientId = world.documents.put("/grows.json");
    const back = await world.agree({ client_id: clientId });
    const one = back.searchParams.get("code"), wanted = JSON.stringify([{ type: "payment", amount: "1000000" }]);
    const refused = await world.redeem(one, { client_id: clientId, authorization_details: wanted });
    assert.deepEqual([refused.status, refused.json.error], [400, "invalid_authorization_details"], refused.text);
    const granted = await world.redeem(one, { client_id: clientId });
    assert.equal(granted.status, 200, "it is not used up by that");
    assert.equal("authorization_details" in granted.json, false);
  });

  test("that is shown for something else takes from the budget of its client, though that is public", async () => {
    const one = (await world.agree()).searchParams.get("code");
    const before = (await world.records("exchange")).length;
    for (let i = 0; i < 20; i++) assert.notEqual((await world.redeem(one, { resource: "https://unshared.example" })).status, 200);
    const records = (await world.records("exchange")).length - before;
    assert.ok(records < 10, `${records} records of 20 requests with two exchanges a second`);
  });
});
