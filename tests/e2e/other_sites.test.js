// A page of somebody else's, in the browser of a person whose address agents share: whatever it has the browser ask of
// the gateway, nobody at that address is held off for it. And who guesses is, whatever they say of themselves.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { faults } from "./kit/faults.js";
import { SaasStage } from "./kit/saas_stage.js";

const LIMIT = 5, TRIES = 12;
const asImage = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
const inFrame = { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" };
const followed = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

let world;
before(async () => (world = await SaasStage.open({ gateway: { limits: { threads: 1, strangers: { refusalsPerMinute: LIMIT } } } })));
after(() => world?.close());
// All of a test in one minute of the gateway's: what is counted is forgotten with it.
beforeEach(async () => {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 8_000) await delay(left + 100);
});

const many = async (path, options) => {
  const browser = world.plainBrowser(), answers = [];
  for (let i = 0; i < TRIES; i++) answers.push(await browser.send(path, options));
  return answers;
};
const assertNobodyIsHeldOff = async () => {
  world.assertMissing(await world.exchange("alice"));
  assert.equal((await world.plainBrowser().send("/connections")).status, 303);
};

describe("a page of another site holds nobody off", () => {
  for (const path of ["/consent", "/connections", "/connect/callback/files?code=c&state=s", "/login/callback/people?code=c&state=s", "/login", "/login/people"])
    for (const [how, headers] of Object.entries({ "an image": asImage, "a frame": inFrame }))
      test(`that has ${path} as ${how}`, async () => {
        for (const { status, text, headers: has } of await many(path, { headers })) {
          assert.deepEqual([status, JSON.parse(text).error_description], [403, faults.REQUEST_FOREIGN.sentence]);
          assert.equal(has.get("x-frame-options"), "DENY");
        }
        await assertNobodyIsHeldOff();
        if (/^\/login(\/people)?$/.test(path)) assert.equal((await world.plainBrowser().send("/login/people")).status, 303);
      });

  for (const path of ["/token", "/introspect", "/revoke", "/access/v1/evaluation"])
    test(`that sends forms to ${path}`, async () => {
      for (const headers of [asImage, followed])
        for (const { status } of await many(path, { method: "POST", form: { grant_type: "x" }, headers })) assert.equal(status, 403);
      await assertNobodyIsHeldOff();
    });

  for (const path of ["/consent", "/connect/callback/files?code=c&state=s", "/login/callback/people?code=c&state=s"])
    test(`that sends a window to ${path} again and again`, async () => {
      for (const { status } of await many(path, { headers: followed })) assert.ok(status === 404 || status === 400, `${status}`);
      await assertNobodyIsHeldOff();
    });
});

describe("who guesses is held off", () => {
  const guess = () => randomBytes(32).toString("base64url");
  // Last, and one alone: after it this address is shut for the rest of the minute.
  test("by the cookie of a login that nobody began, whatever site it says it comes from", async () => {
    const browser = world.plainBrowser(), statuses = [];
    for (let i = 0; i < TRIES; i++) {
      browser.cookies.set("__Host-dragoman-login", guess());
      statuses.push((await browser.send("/login/callback/people?code=c&state=s", { headers: followed })).status);
    }
    assert.deepEqual([statuses[0], statuses.at(-1)], [400, 429]);
  });
});
