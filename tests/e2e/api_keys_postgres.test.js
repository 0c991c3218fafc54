// One key at two gateways on one store: minted at the one, used at the other, killed at the one.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { keyTargets } from "./kit/keys.js";
import { Stage } from "./kit/stage.js";

describe("a key at two gateways", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ store: "postgres", size: 2, edit: keyTargets });
  });
  after(() => stage?.close());

  test("is good at both, remembered by both, and dead at both within two seconds of its kill at one", async () => {
    const answer = await stage.exchange({ audience: "shop", scope: "orders:read" });
    assert.equal(answer.status, 200, answer.text);
    const { access_token: key, dragoman_exchange: id } = answer.json;
    const ask = (gateway) => gateway.http.send("/forward-auth/shop", { headers: { "x-api-key": key, "x-original-method": "GET", "x-original-uri": "/orders" } });
    for (const gateway of [...stage.gateways, ...stage.gateways]) assert.equal((await ask(gateway)).status, 200);
    assert.equal((await stage.gateways[0].kill("root", (await stage.gateway.record(id)).root)).status, 200);
    const killed = Date.now();
    assert.equal((await ask(stage.gateways[0])).status, 401);
    while ((await ask(stage.gateways[1])).status !== 401) assert.ok(Date.now() - killed < 2000, "still alive there after 2 s");
  });

  test("is neither let through nor called unknown by a gateway whose store is out of reach", async () => {
    const [{ json: known }, { json: unseen }] = [await stage.exchange({ audience: "shop", scope: "orders:read" }), await stage.exchange({ audience: "shop", scope: "orders:read" })];
    const ask = (key) => stage.gateway.http.send("/forward-auth/shop", { headers: { "x-api-key": key, "x-original-method": "GET", "x-original-uri": "/orders" } });
    assert.equal((await ask(known.access_token)).status, 200);
    await stage.postgres.stop();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal((await ask(`${unseen.access_token.slice(0, -1)}${unseen.access_token.at(-1) === "0" ? "1" : "0"}`)).status, 401, "a typo is one without any store");
    assert.equal((await ask(unseen.access_token)).status, 503);
    assert.equal((await ask(known.access_token)).status, 503, "whether it was killed elsewhere is not known");
    await stage.postgres.start();
  });
});
