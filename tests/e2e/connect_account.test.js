// A person connects an account, with everything real: Chromium, the identity provider, the service, the program between.
// By the keyboard alone; each of our pages is looked at for what it asks others and what it complains of.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { chromiumIsMissing } from "./kit/chromium.js";
import { until } from "./kit/machine.js";
import { SaasStage } from "./kit/saas_stage.js";

describe("a person who connects an account", { skip: chromiumIsMissing }, () => {
  let world, gateway, saas, alice;
  before(async () => {
    world = await SaasStage.open({ gateway: { people: { link: "1m" } } });
    ({ gateway, saas } = world);
    alice = await world.person("alice");
  });
  after(() => world?.close());

  const me = (token) => saas.fetch(`${saas.identifier}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  const keyForCalls = { target: "drive", requested_token_type: "urn:dragoman:token-type:api-key" };
  const call = (token, path = "/me") => world.egress.send(`/egress/drive${path}`, { headers: { authorization: `Bearer ${token}` } });
  const agree = async (person, link) => {
    await person.open(link);
    await person.press("Go on");
  };
  const atService = async (person, account) => {
    await world.logIn(person, account);
    await person.sees("Done");
  };

  let link, token;
  test("is sent by an agent's link to a page that says nothing of anybody, and previews do not use it up", async () => {
    link = await world.link("alice", { dragoman_purpose: "sort the holiday pictures <b>now</b>" });
    for (let i = 0; i < 3; i++) {
      const preview = await saas.fetch(link, { headers: { "user-agent": "preview-bot" } });
      const text = await preview.text();
      assert.equal(preview.status, 200);
      for (const word of ["alice", "orders-agent", "holiday", "files"]) assert.equal(text.includes(word), false, word);
      assert.deepEqual(preview.headers.getSetCookie(), []);
    }
    assert.equal(await alice.open(link), 200);
    await alice.sees("Connect an account");
    await alice.shot("connect-1-link");
  });

  test("logs in, and is told who wants what, for whom, what for and until when", async () => {
    await alice.press("Go on");
    await world.logIn(alice, "alice");
    await alice.sees("Do you agree?");
    const text = await alice.text();
    for (const word of ["orders-agent", "files", "files:read", "alice", "sort the holiday pictures <b>now</b>"]) assert.ok(text.includes(word), `${word} in ${text}`);
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    assert.ok(text.includes(until), text);
    await alice.shot("connect-2-consent");
    const looks = () => alice.page.evaluate(() => [...document.querySelectorAll("button")].map((button) => [button.innerText, getComputedStyle(button).backgroundColor, getComputedStyle(button).color]));
    const dark = "rgb(27, 27, 27)", light = "rgb(255, 255, 255)";
    assert.deepEqual(await looks(), [["Agree", dark, light], ["Do not agree", light, dark]]);
    await alice.page.emulateMedia({ colorScheme: "dark" });
    await alice.shot("connect-13-consent-in-the-dark");
    assert.deepEqual(await looks(), [["Agree", "rgb(242, 242, 242)", "rgb(22, 22, 22)"], ["Do not agree", "rgb(22, 22, 22)", "rgb(242, 242, 242)"]]);
    await alice.page.emulateMedia({ colorScheme: "light" });
    assert.equal(saas.requests.length, 0, "the service has heard of nothing");
  });

  test("agrees, logs in and agrees at the service, and is back where it says what is done", async () => {
    await alice.press("Agree");
    await atService(alice, "alice-at-the-service");
    await alice.shot("connect-3-done");
    assert.match(await alice.text(), /the agent can go on now/);
    const asked = saas.asked("/token")[0];
    assert.deepEqual([asked.form.grant_type, asked.form.code_verifier, asked.client], ["authorization_code", "(cut)", "dragoman-files"]);
  });

  test("has given their agent tokens of the service's, which work there and are theirs", async () => {
    const granted = await world.granted("alice");
    token = granted.access_token;
    const answer = await me(token);
    assert.deepEqual([answer.status, await answer.json()], [200, { sub: "alice-at-the-service", client: "dragoman-files", scope: "files.read" }]);
    assert.equal((await world.granted("alice")).access_token, token, "cached");
    const record = await gateway.record(granted.dragoman_exchange);
    assert.ok(record.stands_on.some((thing) => thing.startsWith("lease ")), JSON.stringify(record));
  });

  test("cannot use the link a second time, nor can anybody", async () => {
    const mallory = await world.person("mallory");
    for (const person of [alice, mallory]) {
      await person.open(link);
      await person.press("Go on");
      await person.sees("This did not work");
      assert.match(await person.text(), /used already/);
    }
    await mallory.shot("connect-4-used-link");
    mallory.assertClean();
    await mallory.close();
  });

  test("has calls made for them through egress, whose caller sees no token of the service's", async () => {
    await agree(alice, await world.link("alice", { target: "drive" }));
    await alice.sees("Do you agree?");
    await alice.press("Agree");
    // The service knows its person already; it asks for the consent alone.
    await alice.sees("Authorize");
    await alice.press("Continue");
    await alice.sees("Done");
    const { access_token: key, issued_token_type: type } = await world.granted("alice", keyForCalls);
    assert.deepEqual([key.slice(0, 4), type], ["drg_", keyForCalls.requested_token_type]);
    const answer = await call(key);
    assert.deepEqual([answer.status, answer.json.sub], [200, "alice-at-the-service"], answer.text);
    assert.equal((await me(key)).status, 401, "the caller's key is nothing there");
  });

  test("has the same target's own token given to who asks for that, with the account that was connected once", async () => {
    const connected = saas.refreshTokensOf("alice-at-the-service");
    const { access_token: own } = await world.granted("alice", { target: "drive" });
    assert.equal((await (await me(own)).json()).sub, "alice-at-the-service");
    assert.equal((await call(own)).status, 401, "what is good there is nothing here");
    assert.equal(saas.refreshTokensOf("alice-at-the-service"), connected);
    const { status, json } = await world.exchange("alice", { ...keyForCalls, target: "files" });
    assert.deepEqual([status, json.error], [400, "invalid_target"], "there are no calls to it");
  });

  test("has a key for calls end alone, or with the adapter that makes keys", async () => {
    const [first, second] = [await world.granted("alice", keyForCalls), await world.granted("alice", keyForCalls)];
    assert.equal((await gateway.kill("lease", first.dragoman_exchange)).status, 200);
    assert.deepEqual([(await call(first.access_token)).status, (await call(second.access_token)).status], [401, 200]);
    assert.equal((await gateway.kill("adapter", "api-key", { past_only: "true" })).status, 200);
    assert.equal((await call(second.access_token)).status, 401);
  });

  test("sees what is connected, and who may use it", async () => {
    assert.equal(await alice.open(`${gateway.issuer}/connections`), 200);
    await alice.sees("Your connections");
    const text = await alice.text();
    for (const word of ["files", "drive", "orders-agent", "files:read"]) assert.ok(text.includes(word), text);
    await alice.shot("connect-5-connections");
  });

  test("disconnects, and it is over at the service, too, and for the agent", async () => {
    const before = saas.refreshTokensOf("alice-at-the-service");
    await alice.press("Disconnect files for every program");
    await alice.sees("Ended");
    await alice.shot("connect-6-disconnected");
    assert.match(await alice.text(), /No agent may use files in your name any more\.[^]*here and at files: the permission that you gave there was taken back/);
    assert.equal(saas.refreshTokensOf("alice-at-the-service"), before - 1, "the refresh token is dead at the service");
    await until(async () => (await me(token)).status === 401, "the agent's token is dead at the service");
    world.assertMissing(await world.exchange("alice"));
    await alice.open(`${gateway.issuer}/connections`);
    const text = await alice.text();
    assert.ok(text.includes("drive") && !text.includes("Disconnect files"), text);
    const { json } = await gateway.admin("/v1/records?limit=50");
    assert.ok(json.records.some(({ kind, outcome, target }) => kind === "connection" && outcome === "done" && target !== "drive"), JSON.stringify(json.records.slice(0, 5)));
  });

  test("may say no, and nothing is connected", async () => {
    // What the disconnecting before revokes may still be on its way.
    const asked = () => saas.requests.filter(({ path }) => !path.includes("revocation")).length;
    const before = asked();
    await agree(alice, await world.link("alice"));
    await alice.sees("Do you agree?");
    await alice.press("Do not agree");
    await alice.sees("You did not agree");
    await alice.shot("connect-7-denied");
    assert.equal(asked(), before);
    world.assertMissing(await world.exchange("alice"));
  });

  test("may say no at the service, and is told so", async () => {
    await agree(alice, await world.link("alice"));
    await alice.sees("Do you agree?");
    await alice.press("Agree");
    await alice.sees("Authorize");
    await alice.press("[ Cancel ]");
    await alice.sees("This did not work");
    await alice.shot("connect-8-refused-there");
    assert.match(await alice.text(), /did not connect your account, or you said no there/);
    world.assertMissing(await world.exchange("alice"));
    await alice.open(`${gateway.issuer}/connections`);
    assert.match(await alice.text(), /Connecting was not finished/);
    await alice.shot("connect-11-unfinished");
  });

  test("is told when the service had trouble, and can come again", async () => {
    saas.misbehave({ status: 503 });
    await agree(alice, await world.link("alice"));
    await alice.sees("Do you agree?");
    await alice.press("Agree");
    await alice.sees("Authorize");
    await alice.press("Continue");
    await alice.sees("This did not work");
    await alice.shot("connect-12-trouble");
    await agree(alice, await world.link("alice"));
    await alice.sees("Do you agree?");
    await alice.press("Agree");
    await alice.sees("Authorize");
    await alice.press("Continue");
    await alice.sees("Done");
    await world.granted("alice");
  });

  test("comes too late to a link that has expired", async () => {
    const late = await world.link("alice", { client: "partner-api" });
    await new Promise((resolve) => setTimeout(resolve, 61_000));
    await agree(alice, late);
    await alice.sees("This did not work");
    assert.match(await alice.text(), /expired/);
    await alice.shot("connect-9-expired");
  });

  test("logs out", async () => {
    await alice.open(`${gateway.issuer}/connections`);
    await alice.press("Log out");
    await alice.sees("Logged out");
    await alice.shot("connect-10-logged-out");
  });

  test("was never sent to anybody else by one of our pages, and no page broke its own rules", () => {
    assert.ok(alice.visited.filter(({ url }) => url.startsWith(gateway.issuer)).length > 15);
    alice.assertClean();
    assert.deepEqual([saas.reuses, saas.faultsLeft], [0, 0]);
  });
});
