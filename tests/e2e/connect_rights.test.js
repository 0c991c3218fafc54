// An agent that needs now these rights and now those asks its person once for each, and not for ever.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { formNamed, SaasStage } from "./kit/saas_stage.js";

describe("somebody who is asked for further rights", () => {
  let world, saas, browser;
  before(async () => {
    world = await SaasStage.open();
    ({ saas } = world);
    ({ browser } = await world.connect("alice", { scope: "files:read" }));
  });
  after(() => world?.close());

  const scopeOf = async ({ access_token: token }) => (await (await saas.fetch(`${saas.identifier}/api/me`, { headers: { authorization: `Bearer ${token}` } })).json()).scope;

  test("sees all that the program may do after a yes, and the service is asked for all of it", async () => {
    await world.granted("alice", { scope: "files:read" });
    const link = await world.link("alice", { scope: "files:write" });
    const { text } = await world.reachConsent("alice", { link, browser });
    assert.match(text, /With the rights<\/dt><dd><bdi>files:read files:write</);
    assert.match(text, /Agreed to before<\/dt><dd><bdi>files:read</);
    const agreed = await browser.send("/consent", { method: "POST", form: formNamed(text, "Agree") });
    const url = new URL(/content="0;url=([^"]+)"/.exec(agreed.text)[1].replaceAll("&amp;", "&"));
    assert.deepEqual(url.searchParams.get("scope").split(" ").filter((scope) => scope.startsWith("files.")).sort(), ["files.read", "files.write"]);
    const back = await world.login.browse.call({ fetch: world.login.fetch }, url.href, "alice", `${world.gateway.issuer}/connect/callback/`);
    assert.equal((await browser.send(back)).status, 200);
  });

  test("is not asked again for either", async () => {
    for (let i = 0; i < 2; i++) {
      assert.equal(await scopeOf(await world.granted("alice", { scope: "files:write" })), "files.write");
      assert.equal(await scopeOf(await world.granted("alice", { scope: "files:read" })), "files.read");
    }
  });
});
