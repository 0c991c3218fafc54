// What others can make of a person who connects an account: forwarded links, planted answers and cookies, answers of another
// service, forms and frames of another site. None of it connects anything, and the service is handed no code.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromiumIsMissing } from "./kit/chromium.js";
import { faults } from "./kit/faults.js";
import { build } from "./kit/machine.js";
import { formNamed, SaasStage } from "./kit/saas_stage.js";

let world, gateway, saas;
before(async () => {
  world = await SaasStage.open({ others: 1, gateway: { limits: { threads: 3, strangers: { refusalsPerMinute: 1000 } } } });
  ({ gateway, saas } = world);
});
after(() => world?.close());

const INVITATION = "__Host-dragoman-invitation";
const tokenRequests = () => saas.asked("/token").length + world.others[0].asked("/token").length;
const unescaped = (html) => html.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
function assertPage(answer, ...symbols) {
  const fault = symbols.map((symbol) => faults[symbol]).find(({ sentence }) => unescaped(answer.text).includes(sentence));
  assert.ok(fault, `${answer.status} is none of ${symbols}: ${answer.text}`);
  assert.equal(answer.status, fault.status, answer.text);
}
const assertNothing = async (subs, before, options) => {
  assert.equal(tokenRequests(), before, "no code was taken to a service");
  for (const sub of subs) world.assertMissing(await world.exchange(sub, options));
};
// Up to the service and back: the address that the browser is sent to, not opened yet.
async function comeBack(sub, browser, { account = sub, ...options } = {}) {
  const url = await world.reachService(sub, { browser, ...options });
  return { url, back: await atService(url, account) };
}
const atService = (url, account) => world.login.browse(url, account, `${gateway.issuer}/connect/callback/`);
const edited = (url, edit) => {
  const changed = new URL(url);
  edit(changed);
  return changed.href;
};

describe("an account is not swapped", () => {
  test("by a link that is forwarded to somebody else, in either direction", async () => {
    const before = tokenRequests();
    for (const [subject, opener] of [["mallory", "alice"], ["alice", "mallory"]]) {
      const browser = world.plainBrowser(), answer = await world.reachConsent(subject, { browser, login: opener });
      assertPage(answer, "PERSON_OTHER");
      for (const words of ["orders-agent", subject, "Agree<"]) assert.equal(answer.text.includes(words), false, `${words} is shown to somebody else`);
    }
    await assertNothing(["alice", "mallory"], before);
  });

  test("by somebody else's consent form, sent where the invitation is not theirs", async () => {
    const before = tokenRequests(), own = world.plainBrowser(), other = world.plainBrowser();
    const form = formNamed((await world.reachConsent("mallory", { browser: own })).text, "Agree");
    await world.reachConsent("alice", { browser: other });
    const refused = await other.send("/consent", { method: "POST", form });
    assertPage(refused, "FORM_FOREIGN", "INVITATION_UNKNOWN");
    other.cookies.set(INVITATION, own.cookies.get(INVITATION));
    assertPage(await other.send("/consent"), "PERSON_OTHER");
    const { csrf } = formNamed((await other.send("/connections")).text, "Log out");
    assertPage(await other.send("/consent", { method: "POST", form: { ...form, csrf } }), "PERSON_OTHER", "FORM_FOREIGN");
    await assertNothing(["alice", "mallory"], before);
  });

  test("by mallory's answer of the service in alice's browser", async () => {
    const before = tokenRequests(), hers = world.plainBrowser(), victim = world.plainBrowser();
    const { back } = await comeBack("mallory", hers);
    await world.reachService("alice", { browser: victim });
    assertPage(await victim.send(back), "CONNECTING_STATE");
    assertPage(await world.plainBrowser().send(back), "INVITATION_UNKNOWN", "SESSION_MISSING", "CONNECTING_STATE");
    await assertNothing(["alice", "mallory"], before);
  });

  test("by having alice log in at the service for mallory's invitation", async () => {
    const before = tokenRequests(), hers = world.plainBrowser(), victim = world.plainBrowser();
    const url = await world.reachService("mallory", { browser: hers });
    await world.reachService("alice", { browser: victim });
    assertPage(await victim.send(await atService(url, "alice")), "CONNECTING_STATE");
    await assertNothing(["alice", "mallory"], before);
  });

  test("by planting mallory's invitation in alice's browser: the state fits, and the person does not", async () => {
    const before = tokenRequests(), hers = world.plainBrowser(), victim = world.plainBrowser();
    const { back } = await comeBack("mallory", hers, { account: "alice" });
    await world.reachConsent("alice", { browser: victim });
    victim.cookies.set(INVITATION, hers.cookies.get(INVITATION));
    assertPage(await victim.send(back), "PERSON_OTHER");
    await assertNothing(["alice", "mallory"], before);
    assert.equal((await hers.send(back)).status, 200, "it would have fitted");
  });
});

describe("an answer is taken once, from whom it is and where it belongs", () => {
  test("with no other state than that of this browser", async () => {
    const before = tokenRequests(), browser = world.plainBrowser(), { back } = await comeBack("bob", browser);
    const state = new URL(back).searchParams.get("state");
    for (const change of [(url) => url.searchParams.set("state", `${state}x`), (url) => url.searchParams.set("state", ""), (url) => url.searchParams.delete("state"),
      (url) => url.searchParams.set("state", state.toUpperCase()), (url) => url.searchParams.append("state", "other"), (url) => url.searchParams.append("code", "other")]) {
      const answer = await browser.send(edited(back, change));
      assertPage(answer, "CONNECTING_STATE", "PARAMETER_DOUBLED");
    }
    await assertNothing(["bob"], before);
    assert.equal((await browser.send(back)).status, 200, "and none of that has used it up");
    await world.granted("bob");
  });

  test("not at another target's address (mix-up)", async () => {
    const before = tokenRequests(), browser = world.plainBrowser(), { back } = await comeBack("carl", browser);
    const answer = await browser.send(edited(back, (url) => (url.pathname = "/connect/callback/other-0")));
    assertPage(answer, "CONNECTING_STATE");
    await assertNothing(["carl"], before);
    world.assertMissing(await world.exchange("carl", { target: "other-0" }));
  });

  for (const [what, change] of [["names another issuer", (url) => url.searchParams.set("iss", world.others[0].identifier)], ["names none", (url) => url.searchParams.delete("iss")],
    ["names it almost", (url) => url.searchParams.set("iss", `${saas.identifier}/`)]])
    test(`not where it ${what}`, async () => {
      const before = tokenRequests(), browser = world.plainBrowser(), { back } = await comeBack("dora", browser);
      const answer = await browser.send(edited(back, change));
      assert.ok(answer.status >= 400, answer.text);
      assert.match(answer.text, /no account was connected/);
      await assertNothing(["dora"], before);
    });

  test("not a second time, even at the same moment", async () => {
    const browser = world.plainBrowser(), { back } = await comeBack("emma", browser), before = tokenRequests();
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.copy().send(back)));
    assert.deepEqual(answers.map(({ status }) => status < 400).sort(), [false, false, false, false, true], answers.map(({ text }) => text).join());
    const again = await browser.send(back);
    assertPage(again, "INVITATION_UNKNOWN", "CONNECTING_STATE");
    assert.equal(tokenRequests(), before + 1, "the code was shown once");
    await world.granted("emma");
  });
});

test("another program of the same person's needs its own consent, and another person theirs", async () => {
  const { answer } = await world.connect("fred");
  assert.equal(answer.status, 200, answer.text);
  await world.granted("fred");
  world.assertMissing(await world.exchange("fred", { client: "partner-api" }));
  world.assertMissing(await world.exchange("fred", { scope: "files:write" }));
  world.assertMissing(await world.exchange("gina"));
});

describe("another site", { skip: chromiumIsMissing }, () => {
  let server, html, alice;
  before(async () => {
    const { certificate: cert, key } = world.stage.certificates;
    server = createServer({ cert, key }, (request, response) => response.writeHead(200, { "content-type": "text/html" }).end(html)).listen(0, "127.0.0.1");
    await once(server, "listening");
    alice = await world.person("alice");
    await alice.open(await world.link("alice"));
    await alice.press("Go on");
    await world.logIn(alice, "alice");
    await alice.sees("Do you agree?");
  });
  after(() => (server?.closeAllConnections(), server?.close()));

  const sites = () => [`https://localhost:${server.address().port}/`, `https://127.0.0.1:${server.address().port}/`]; // the second's forms have the cookies
  // Sends a form with everything that the real one has.
  async function sendFrom(site, path, form) {
    html = `<form method="post" action="${gateway.issuer}${path}">${Object.entries(form).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join("")}</form><script>document.forms[0].submit()</script>`;
    const page = await alice.context.newPage();
    const answered = page.waitForResponse((response) => response.url() === `${gateway.issuer}${path}` && response.request().method() === "POST");
    await page.goto(site, { waitUntil: "commit" });
    const response = await answered, { "sec-fetch-site": from } = await response.request().allHeaders();
    const answer = { status: response.status(), text: await response.text(), from };
    await page.close();
    return answer;
  }

  test("cannot agree for somebody, even if it knew what is in the form", async () => {
    const before = tokenRequests(), form = formNamed(await alice.page.content(), "Agree");
    const answers = [];
    for (const site of sites()) answers.push(await sendFrom(site, "/consent", form));
    assert.deepEqual(answers.map(({ from }) => from), ["cross-site", "same-site"]);
    for (const answer of answers) assertPage(answer, "FORM_FOREIGN");
    await assertNothing(["alice"], before);
    assert.equal(await alice.open(`${gateway.issuer}/consent`), 200, "and the invitation is as it was");
    await alice.sees("Do you agree?");
  });

  test("cannot disconnect somebody's account", async () => {
    await alice.press("Agree");
    await world.logIn(alice, "alice");
    await alice.sees("Done");
    await world.granted("alice");
    await alice.open(`${gateway.issuer}/connections`);
    const form = formNamed(await alice.page.content(), "Disconnect files for everything");
    for (const site of sites()) assertPage(await sendFrom(site, "/connections/disconnect", form), "FORM_FOREIGN");
    await world.granted("alice");
  });

  test("cannot show a page of ours in a frame", async () => {
    for (const [i, path] of ["/connections", "/consent"].entries()) {
      html = `<h1>Win a prize</h1><iframe src="${gateway.issuer}${path}"></iframe>`;
      const page = await alice.context.newPage();
      const refused = page.waitForEvent("console", (message) => /frame-ancestors|X-Frame-Options/i.test(message.text()));
      await page.goto(sites()[1]);
      await refused;
      if (i === 0) await page.screenshot({ path: join(build, "screenshots/attack-frame.png") });
      assert.equal(page.frames().some((frame) => frame.url().startsWith(gateway.issuer)), false);
      await page.close();
    }
  });
});
