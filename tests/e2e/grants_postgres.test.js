// What is redeemed once is redeemed once by all gateways of a cluster together.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { openGrants } from "./kit/grants.js";

describe("an ID-JAG shown to two gateways at once", () => {
  let grants;
  before(async () => (grants = await openGrants({ store: "postgres", size: 2 })));
  after(() => grants?.close());

  test("is redeemed by one of them", async () => {
    const [first, second] = grants.stage.gateways;
    for (let round = 0; round < 5; round++) {
      const assertion = grants.idJag();
      const answers = await Promise.all([first, second, first, second].map((gateway) => grants.redeem(assertion, {}, { over: gateway.http })));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400]);
      for (const answer of answers) if (answer.status !== 200) assertFault(answer, "GRANT_REPLAYED");
    }
  });
});
