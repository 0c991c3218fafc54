// What somebody has who was agreed with about something, and asks for more at the token endpoint: other rights than those
// that the person saw, or more of our store than a client's budget gives.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AuthorizeStage, WEB } from "./kit/authorize_stage.js";

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

test("codes that nobody has to be asked for take from the budget of their client's team", async () => {
  const world = await AuthorizeStage.open({ edit: (documents) => {
    documents.set("Team/desks", { kind: "Team", metadata: { name: "desks" }, spec: { budget: { exchangesPerSecond: 2 } } });
    documents.get("Client/web").metadata.team = "desks";
  } });
  try {
    const changes = { client_id: "web", redirect_uri: WEB }, browser = world.browser();
    assert.notEqual((await world.agree(changes, { browser })).searchParams.get("code"), null);
    for (let i = 0; i < 20; i++) await browser.send(world.query(changes));
    const records = (await world.records("authorization")).length;
    assert.ok(records < 10, `${records} records of 21 requests with two a second`);
  } finally {
    await world.close();
  }
});

describe("a code, whose parts were switched off since it was given,", () => {
  let world, documents;
  before(async () => (world = await AuthorizeStage.open({ edit: (all) => (documents = all) })));
  after(() => world?.close());

  const restart = async (key, document) => {
    await world.gateway.stop();
    documents.set(key, document);
    world.gateway.writeDocuments([...documents.values()]);
    await world.gateway.start();
  };
  const cases = [
    ["its client", "Client/desk", { enabled: false }, "invalid_client"],
    ["its target", "Target/notes", { enabled: false }, "invalid_target"],
    ["its target's leave for the people", "Target/notes", { accepts: { issuers: ["corp-idp"], clients: ["desk"] } }, undefined],
    ["its people's issuer", "Issuer/people", { enabled: false }, "invalid_grant"],
    ["its people's domain", "Domain/corp", { enabled: false }, undefined],
  ];
  for (const [what, key, change, error] of cases)
    test(`gives nothing: ${what}`, async () => {
      const back = await world.agree(), one = back.searchParams.get("code");
      const was = documents.get(key);
      await restart(key, { ...was, spec: { ...was.spec, ...change } });
      const refused = await world.redeem(one);
      assert.equal(refused.json.access_token, undefined, refused.text);
      if (error !== undefined) assert.equal(refused.json.error, error, refused.text);
      await restart(key, was);
    });
});
