// Who tries to have somebody else's account connected for themselves, or their own for somebody else, or somebody else's
// browser do it. Each attempt is made with everything else right, and what counts is that nothing was connected, that no
// code reached a token endpoint, and that who was attacked can still go their own way.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { after, before, beforeEach, describe, test } from "node:test";
import { chromiumIsMissing } from "./kit/chromium.js";
import { faults } from "./kit/faults.js";
import { formNamed, SaasStage } from "./kit/saas_stage.js";

const INVITATION = "__Host-dragoman-invitation";

let world, saas, other, gateway, people = 0;
before(async () => {
  world = await SaasStage.open({ others: 1 });
  ({ saas, gateway } = world);
  [other] = world.others;
});
after(() => world?.close());
beforeEach(() => saas.behave());

const victim = () => `alice-${++people}`;
const codes = () => [saas, other].reduce((sum, service) => sum + service.asked("/token").length, 0);
const refused = (answer, symbol) => {
  assert.deepEqual([answer.status, answer.text.includes(faults[symbol].sentence.slice(0, 40).replaceAll("'", "&#39;"))], [faults[symbol].status, true], answer.text);
};
const nothing = async (...subs) => {
  for (const sub of subs) world.assertMissing(await world.exchange(sub));
};
// Somebody at a service, on their way back: the address that their browser would open next.
const comingBack = async (sub, { browser = world.plainBrowser(), service = saas, ...options } = {}) => {
  const url = await world.reachService(sub, { browser, ...options });
  return { browser, back: await world.login.browse(url, sub, `${gateway.issuer}/connect/callback/`), service };
};

describe("an account is not swapped", () => {
  test("when mallory sends her own link to alice", async () => {
    const alice = victim(), mallory = `mallory-${people}`, before = codes();
    refused(await world.reachConsent(mallory, { browser: world.plainBrowser(), login: alice }), "PERSON_OTHER");
    await nothing(alice, mallory);
    assert.equal(codes(), before);
  });

  test("when mallory gets alice's link, nor does she see what it is about", async () => {
    const alice = victim(), browser = world.plainBrowser();
    const page = await world.reachConsent(alice, { browser, login: `mallory-${people}`, dragoman_purpose: "a secret purpose" });
    refused(page, "PERSON_OTHER");
    assert.equal(page.text.includes("a secret purpose") || page.text.includes(alice), false);
    await nothing(alice, `mallory-${people}`);
  });

  test("when mallory gives her answer to alice's link, whose page she never saw", async () => {
    const alice = victim(), mallory = `mallory-${people}`, hers = world.plainBrowser(), before = codes();
    const own = await world.reachConsent(mallory, { browser: hers });
    const form = formNamed(own.text, "Agree");
    const answer = await hers.send(await world.link(alice), { method: "POST", form: {} });
    assert.equal(answer.status, 200);
    refused(await hers.send("/consent", { method: "POST", form }), "FORM_FOREIGN");
    await nothing(alice, mallory);
    assert.equal(codes(), before);
  });

  test("when mallory hands what she came back with to alice's browser, whatever alice is doing", async () => {
    const alice = victim(), { back } = await comingBack(`mallory-${people}`), before = codes();
    const idle = world.plainBrowser();
    assert.notEqual((await idle.send(back)).status, 200, "who is not logged in");
    const busy = await comingBack(alice);
    refused(await busy.browser.send(back), "CONNECTING_STATE");
    await nothing(alice, `mallory-${people}`);
    assert.equal(codes(), before, "the code was not used");
    assert.equal((await busy.browser.send(busy.back)).status, 200, "alice goes her own way");
    assert.equal((await saas.token((await world.granted(alice)).access_token)).accountId, alice);
  });

  test("when mallory has stolen what alice came back with", async () => {
    const alice = victim(), hers = await comingBack(alice), before = codes();
    const mallory = await comingBack(`mallory-${people}`);
    refused(await mallory.browser.send(hers.back), "CONNECTING_STATE");
    await nothing(alice, `mallory-${people}`);
    assert.equal(codes(), before);
  });
});

describe("a state is not fixed", () => {
  test("by mallory's invitation planted in alice's browser, before the consent", async () => {
    const alice = victim(), mallory = world.plainBrowser(), browser = world.plainBrowser();
    await world.reachConsent(`mallory-${people}`, { browser: mallory });
    await world.reachConsent(alice, { browser });
    browser.cookies.set(INVITATION, mallory.cookies.get(INVITATION));
    refused(await browser.send("/consent"), "PERSON_OTHER");
  });

  test("by mallory's invitation planted in alice's browser, on the way back", async () => {
    const alice = victim(), mallory = await comingBack(`mallory-${people}`), hers = await comingBack(alice), before = codes();
    hers.browser.cookies.set(INVITATION, mallory.browser.cookies.get(INVITATION));
    refused(await hers.browser.send(mallory.back), "PERSON_OTHER");
    refused(await hers.browser.send(hers.back), "PERSON_OTHER");
    await nothing(alice, `mallory-${people}`);
    assert.equal(codes(), before);
  });

  test("by a state that is wrong, missing or twice there; the right one works after that", async () => {
    const alice = victim(), { browser, back } = await comingBack(alice), before = codes(), url = new URL(back), state = url.searchParams.get("state");
    const at = (changed) => `${url.pathname}?${url.search.slice(1).replace(`state=${state}`, changed)}`;
    for (const changed of [`state=${"A".repeat(43)}`, `state=${state.slice(0, -1)}`, "state=", "x=1", `state=${state}&state=${state}`]) {
      const answer = await browser.send(at(changed));
      assert.equal(answer.status, 400, `${changed}: ${answer.text}`);
    }
    assert.equal(codes(), before);
    assert.equal((await browser.send(back)).status, 200);
    await world.granted(alice);
  });
});

describe("a code goes nowhere but to whom it is from", () => {
  test("when one service's answer is brought to another's callback", async () => {
    const alice = victim(), { browser, back } = await comingBack(alice), before = codes();
    refused(await browser.send(back.replace("/callback/files", "/callback/other-0")), "CONNECTING_STATE");
    assert.equal(codes(), before);
    assert.equal((await browser.send(back)).status, 200);
  });

  for (const [name, change] of [["another issuer", (url) => url.searchParams.set("iss", other.identifier)], ["no issuer", (url) => url.searchParams.delete("iss")]])
    test(`when the answer says ${name}`, async () => {
      const alice = victim(), before = codes();
      saas.changeAnswer = change;
      const { browser, back } = await comingBack(alice);
      const answer = await browser.send(back);
      assert.notEqual(answer.status, 200, answer.text);
      assert.equal(codes(), before, "the code was not sent anywhere");
      const [, reference] = /<dt>Reference<\/dt><dd><bdi>(\w{26})</.exec(answer.text);
      const { code, output } = await gateway.cli(["explain", reference]);
      assert.equal(code, 0);
      assert.match(output, /detail +the [^]*refused: adapter_refused/, "who is asked with that reference can say what happened");
      await nothing(alice);
    });

  test("when it comes again, also in six windows at once: it is used once", async () => {
    const alice = victim(), { browser, back } = await comingBack(alice), before = codes();
    const answers = await Promise.all(Array.from({ length: 6 }, () => browser.copy().send(back)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status }) => status).join());
    assert.notEqual((await browser.send(back)).status, 200);
    assert.equal(codes(), before + 1);
    await world.granted(alice);
  });
});

describe("a second program", () => {
  test("needs a consent of its own for an account that is connected, and the first one's end is not its", async () => {
    const alice = victim(), { browser } = await world.connect(alice);
    await world.granted(alice);
    const page = await world.reachConsent(alice, { browser, client: "partner-api" });
    assert.ok(page.text.includes("partner-api") && !page.text.includes("orders-agent"), page.text);
    const done = await browser.send("/consent", { method: "POST", form: formNamed(page.text, "Agree") });
    assert.match(done.text, /the agent can go on now/, "there is nothing to connect any more");
    await world.granted(alice, { client: "partner-api" });
    const connections = await browser.send("/connections");
    const ended = await browser.send("/connections/disconnect", { method: "POST", form: formNamed(connections.text, "End this for orders-agent of team payments") });
    assert.equal(ended.status, 200, ended.text);
    await nothing(alice);
    await world.granted(alice, { client: "partner-api" });
  });

  test("nor do rights that nobody agreed to come with those that somebody did", async () => {
    const alice = victim();
    await world.connect(alice);
    await world.granted(alice);
    world.assertMissing(await world.exchange(alice, { scope: "files:write" }));
  });
});

describe("other sites in alice's browser", { skip: chromiumIsMissing }, () => {
  let person, site, alice, connections, answers;
  // page: what the hostile site shows; it is https://localhost (another site) and https://127.0.0.1 (another origin of the same site).
  let page = "";
  before(async () => {
    const { certificate, key } = world.stage.certificates;
    site = createServer({ cert: certificate, key }, (request, response) => response.writeHead(200, { "content-type": "text/html" }).end(page));
    site.listen(0, "127.0.0.1");
    await once(site, "listening");
    alice = victim();
    person = await world.person(alice);
    await person.open(await world.link(alice));
    await person.press("Go on");
    await world.logIn(person, alice);
    await person.sees("Do you agree?");
    answers = await person.page.evaluate(() => Object.fromEntries([...document.querySelector("form").elements].filter(({ name }) => name).map(({ name, value }) => [name, value])));
    await person.press("Agree");
    await world.logIn(person, alice);
    await person.sees("Done");
    await person.open(`${gateway.issuer}/connections`);
    connections = await person.page.content();
  });
  after(() => {
    site?.closeAllConnections();
    site?.close();
  });
  const origins = () => ["localhost", "127.0.0.1"].map((host) => `https://${host}:${site.address().port}`);
  const form = (action, fields) => `<form method="post" action="${gateway.issuer}${action}">${Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`).join("")}</form><script>document.forms[0].submit()</script>`;

  test("cannot end a connection by a form, even one that knows every field", async () => {
    const fields = formNamed(connections, "Disconnect files for every program");
    assert.ok(fields.csrf.length > 20);
    for (const origin of origins()) {
      page = form("/connections/disconnect", fields);
      await person.open(origin);
      await person.sees("This did not work");
      await world.granted(alice);
    }
  });

  test("cannot agree for her by a form, even one that knows every field", async () => {
    const second = await world.link(alice, { client: "partner-api" });
    await person.open(second);
    await person.press("Go on");
    await person.sees("Do you agree?");
    const fields = await person.page.evaluate(() => Object.fromEntries([...document.querySelector("form").elements].filter(({ name }) => name).map(({ name, value }) => [name, value])));
    assert.deepEqual(Object.keys(fields).sort(), Object.keys(answers).sort());
    for (const origin of origins()) {
      page = form("/consent", fields);
      await person.open(origin);
      await person.sees("This did not work");
      world.assertMissing(await world.exchange(alice, { client: "partner-api" }));
    }
    await person.open(`${gateway.issuer}/consent`);
    await person.sees("Do you agree?");
    await person.press("Agree");
    await person.sees("Done");
    await world.granted(alice, { client: "partner-api" });
  });

  test("cannot open a link in her browser by a form, nor log her out", async () => {
    const link = await world.link(alice, { target: "drive" });
    for (const origin of origins())
      for (const path of [new URL(link).pathname, "/logout"]) {
        page = form(path, {});
        await person.open(origin);
        await person.sees("This did not work");
      }
    await person.open(`${gateway.issuer}/connections`);
    await person.sees("Your connections");
  });

  test("cannot show a page of ours in a frame", async () => {
    for (const origin of origins())
      for (const path of ["/connections", "/consent", new URL(await world.link(alice, { target: "drive" })).pathname]) {
        page = `<h1>Win a prize</h1><iframe src="${gateway.issuer}${path}" width="600" height="400"></iframe>`;
        await person.open(origin);
        const frame = person.page.frames().find((one) => one !== person.page.mainFrame());
        await person.page.waitForTimeout(200);
        const text = await frame.locator("body").innerText().catch(() => "");
        assert.equal(/connections|agree|Connect an account|did not work/i.test(text), false, `${path} in ${origin}: ${text}`);
        // Without its cookies, at another site, one of ours may send it on to the identity provider, which guards itself.
        if (origin.includes("127.0.0.1")) assert.match(frame.url(), /^chrome-error:/);
        else assert.notEqual(new URL(frame.url()).origin, gateway.issuer);
      }
  });
});
