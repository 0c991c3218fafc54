// What somebody can make of /authorize and of codes who has no leave: other redirects, other clients, other proofs, a code
// twice, documents that lie, forms from elsewhere; and what a kill leaves of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import * as openid from "openid-client";
import { AuthorizeStage, challengeOf, formOf, LOOPBACK, NOTES, WEB } from "./kit/authorize_stage.js";
import { until } from "./kit/machine.js";

describe("who has no leave", () => {
  let world, gateway;
  before(async () => {
    world = await AuthorizeStage.open();
    gateway = world.gateway;
  });
  after(() => world?.close());

  const send = (changes, browser = world.browser()) => browser.send(world.query(changes));
  // Shown to the person, who is sent nowhere.
  const assertPage = (answer, status, words) => {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.location, null);
    assert.equal(/http-equiv="refresh"/.test(answer.text), false);
    assert.match(answer.text, words);
    assert.equal(answer.headers.get("x-frame-options"), "DENY");
  };
  const assertRefused = (answer, error, reason) => {
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.json.error, error, answer.text);
    if (reason !== undefined) assert.match(answer.json.error_description, reason);
    assert.equal(answer.json.access_token, undefined);
  };

  describe("is sent nowhere that is not the client's", () => {
    for (const redirect of ["https://evil.example/back", "http://127.0.0.1:4711/backdoor", "http://127.0.0.1:4711/back?x=1", "http://127.0.0.1:4711/back/", "http://127.0.0.1.evil.example/back",
      "http://127.0.0.1:4711@evil.example/back", "http://127.0.0.2:4711/back", "https://127.0.0.1:4711/back", "http://127.0.0.1:99999/back", "http://127.0.0.1:/back", "http://[::1]:4711/back",
      "javascript:alert(1)", "https://web.example/back#fragment", "//web.example/back", ""])
      test(`not to ${redirect === "" ? "nowhere at all" : redirect}`, async () => assertPage(await send({ redirect_uri: redirect || undefined }), 400, /address that it has not registered/));

    test("not even with an error", async () => {
      assertPage(await send({ redirect_uri: "https://evil.example/", response_type: "token" }), 400, /has not registered/);
      assertPage(await send({ client_id: "nobody" }), 400, /not known to this gateway/);
      assertPage(await send({ client_id: "described" }), 400, /not known/); // a class is no client
      assertPage(await send({ client_id: "orders-agent" }), 400, /has not registered/);
      assertPage(await world.browser().send(`${world.query()}&redirect_uri=https%3A%2F%2Fevil.example`), 400, /same thing twice/);
    });

    test("nor by what a client without an own document asks for: the person sees where it leads", async () => {
      const clientId = world.documents.put("/redirector.json");
      const answer = await send({ client_id: clientId, redirect_uri: `${world.documents.origin}/back`, code_challenge_method: "plain" });
      assert.equal(answer.status, 400);
      assert.equal(answer.location, null, "no open redirector");
      const registered = (await gateway.http.send("/register", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ redirect_uris: ["https://evil.example/landing"] }) })).json;
      const led = await send({ client_id: registered.client_id, redirect_uri: "https://evil.example/landing", scope: "nonsense:scope" });
      assert.deepEqual([led.status, led.location], [400, null]);
      assert.match(led.text, />Go back to evil\.example</);
    });
  });

  describe("is told so, where the client is", () => {
    const refusals = [["response_type", "token", "unsupported_response_type"], ["response_type", undefined, "unsupported_response_type"], ["code_challenge", undefined, "invalid_request"],
      ["code_challenge", "short", "invalid_request"], ["code_challenge_method", "plain", "invalid_request"], ["code_challenge_method", undefined, "invalid_request"], ["code_challenge_method", "s256", "invalid_request"],
      ["scope", "notes:delete", "invalid_scope"], ["resource", undefined, "invalid_target"], ["resource", "https://nowhere.example", "invalid_target"], ["resource", "https://unshared.example", "invalid_target"],
      ["response_mode", "fragment", "invalid_request"]];
    for (const [name, value, error] of refusals)
      test(`${name} ${value ?? "left out"} is ${error}`, async () => {
        const answer = await send({ [name]: value });
        assert.equal(answer.status, 303, answer.text);
        assert.equal(answer.location.href.startsWith(`${LOOPBACK}?`), true, answer.location.href);
        const back = Object.fromEntries(answer.location.searchParams);
        assert.deepEqual([back.error, back.state, back.iss, back.code], [error, "st/at&e", gateway.issuer, undefined]);
      });

    test("two resources are one too many, and a state may not be a book", async () => {
      const answer = await world.browser().send(`${world.query()}&resource=https%3A%2F%2Fnowhere.example`);
      assert.equal(answer.location.searchParams.get("error"), "invalid_target");
      assertPage(await send({ state: "s".repeat(1025) }), 400, /could not be used/);
    });
  });

  describe("redeems no code", () => {
    const code = async (changes = {}, options = {}) => (await world.agree(changes, options)).searchParams.get("code");

    test("with another redirect URI, proof, resource or client, and the right one is not used up by that", async () => {
      const one = await code();
      assertRefused(await world.redeem(one, { redirect_uri: "http://127.0.0.1:4712/back" }), "invalid_grant", /redirect_uri/);
      assertRefused(await world.redeem(one, { redirect_uri: undefined }), "invalid_request", /redirect_uri/);
      assertRefused(await world.redeem(one, { code_verifier: "x".repeat(43) }), "invalid_grant", /code_verifier/);
      assertRefused(await world.redeem(one, { code_verifier: undefined }), "invalid_request", /code_verifier/);
      assertRefused(await world.redeem(one, { code_verifier: challengeOf(world.verifier) }), "invalid_grant", /code_verifier/);
      assertRefused(await world.redeem(one, { resource: "https://unshared.example" }), "invalid_target");
      assertRefused(await world.redeem(one, { scope: "notes:write" }), "invalid_scope");
      const clientId = world.documents.put("/thief.json");
      assertRefused(await world.redeem(one, { client_id: clientId }), "invalid_grant", /no such code/);
      assertRefused(await world.redeem(one, { client_id: undefined }, { auth: ["web", world.webSecret] }), "invalid_grant", /no such code/);
      assert.equal((await world.redeem(one)).status, 200);
    });

    test("of a client that can prove itself without that proof, nor as a class", async () => {
      const one = await code({ client_id: "web", redirect_uri: WEB });
      for (const [changes, options] of [[{ client_id: "web" }, {}], [{ client_id: "web" }, { auth: ["web", "x".repeat(48)] }], [{ client_id: "described" }, {}], [{ client_id: "nobody" }, {}]]) {
        const answer = await world.redeem(one, { redirect_uri: WEB, ...changes }, options);
        assert.deepEqual([answer.status, answer.json.error], [401, "invalid_client"], answer.text);
      }
    });

    test("that it made up", async () => assertRefused(await world.redeem("A".repeat(43)), "invalid_grant", /no such code/));

    test("and a public client is nobody anywhere else", async () => {
      for (const [path, form] of [["/introspect", { token: "x" }], ["/revoke", { token: "x" }], ["/targets", {}], ["/token", world.stage.form()], ["/token", { ...world.stage.form(), grant_type: "client_credentials", resource: NOTES }]]) {
        for (const more of [{}, path === "/token" ? {} : { grant_type: "authorization_code" }]) {
          const answer = await gateway.post(path, { ...form, client_id: "desk", ...more });
          assert.deepEqual([answer.status, answer.json.error], [401, "invalid_client"], `${path}: ${answer.text}`);
        }
      }
    });

    test("a second time: then what it gave the first time has ended, too", async () => {
      const one = await code();
      const first = await world.redeem(one);
      assert.equal(first.status, 200, first.text);
      assert.equal(await world.isActive(first.json.access_token), true);
      const second = await world.redeem(one);
      assertRefused(second, "invalid_grant", /redeemed before/);
      await until(async () => !(await world.isActive(first.json.access_token)), "the first token has ended");
      const [record] = (await world.records("exchange")).filter(({ id }) => id === second.json.dragoman_exchange);
      assert.equal(record.reason, "grant_replayed");
    });

    test("a second time for a key: it has ended, and there is no other", async () => {
      const keyed = { resource: "https://keyed.example", scope: "keys:use" }, again = { resource: keyed.resource };
      const one = await code(keyed);
      const first = await world.redeem(one, again);
      assert.equal(first.status, 200, first.text);
      assert.match(first.json.access_token, /^drg_/);
      assertRefused(await world.redeem(one, again), "invalid_grant", /redeemed before/);
      await until(async () => !(await world.isActive(first.json.access_token)), "the key has ended");
    });

    test("twenty times at once: one is granted, and it is ended", async () => {
      const one = await code();
      const answers = await Promise.all(Array.from({ length: 20 }, () => world.redeem(one)));
      const granted = answers.filter(({ status }) => status === 200);
      assert.equal(granted.length, 1, JSON.stringify(answers.map(({ status }) => status)));
      for (const answer of answers.filter((each) => each !== granted[0])) assertRefused(answer, "invalid_grant");
      await until(async () => !(await world.isActive(granted[0].json.access_token)), "it has ended");
    });

    test("guesses fill no records, and are held against an address alone", async () => {
      const before = (await world.records("exchange")).length;
      for (let i = 0; i < 5; i++) assertRefused(await world.redeem(`${i}`.repeat(43)), "invalid_grant");
      assert.equal((await world.records("exchange")).length, before);
    });
  });

  describe("forges no consent", () => {
    const refuse = async (changes, headers) => {
      const asked = await world.ask();
      assertPage(await world.answerTo(asked, "Agree", changes, headers), 403, /not sent from the page/);
    };
    test("from another site", () => refuse({}, { "sec-fetch-site": "cross-site", origin: "https://evil.example" }));
    test("without the session's token", () => refuse({ csrf: "0".repeat(64) }));
    test("with what another page was about", async () => {
      const other = Buffer.from(world.query({ scope: "notes:read notes:write" }).split("?")[1]).toString("base64url");
      await refuse({ request: other });
    });
    test("with another's answer", async () => {
      const mine = await world.ask(), theirs = await world.ask({}, { login: "mallory" });
      const form = formOf(theirs.page.text, "Agree");
      assertPage(await mine.browser.send("/authorize", { method: "POST", form }), 403, /not sent from the page/);
    });
    test("nor without anybody who is logged in", async () => {
      const { page } = await world.ask();
      assertPage(await world.browser().send("/authorize", { method: "POST", form: formOf(page.text, "Agree") }), 403, /Nobody is logged in/);
    });
    test("nor after the person has logged out", async () => {
      const { browser, page } = await world.ask();
      const before = browser.copy(), csrf = /name="csrf" value="([^"]+)"/.exec(page.text)[1];
      assert.equal((await browser.send("/logout", { method: "POST", form: { csrf } })).status, 200);
      assertPage(await before.send("/authorize", { method: "POST", form: formOf(page.text, "Agree") }), 403, /Nobody is logged in/);
    });
  });

  test("an answer of another issuer is taken for this one's by no client that looks (RFC 9207)", async () => {
    const config = await world.library("desk");
    const back = await world.agree();
    const redeem = () => openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: world.verifier, expectedState: "st/at&e" }, { resource: NOTES });
    back.searchParams.set("iss", "https://evil.example");
    await assert.rejects(redeem(), (error) => /iss/.test(error.cause.message));
    back.searchParams.delete("iss");
    await assert.rejects(redeem(), (error) => /iss/.test(error.cause.message));
  });

  describe("is not believed for a document", () => {
    const ask = (clientId, more = {}) => send({ client_id: clientId, redirect_uri: LOOPBACK, ...more });
    let count = 0;
    const path = () => `/bad-${++count}.json`;
    const cases = [
      ["that names another client", (at) => world.documents.put(at, { client_id: "https://other.example/me.json" })],
      ["that names itself with another spelling", (at) => world.documents.put(at, { client_id: `${world.documents.origin}${at}?` })],
      ["with a secret", (at) => world.documents.put(at, { client_secret: "s3cret" })],
      ["that wants to prove itself by a secret", (at) => world.documents.put(at, { token_endpoint_auth_method: "client_secret_post" })],
      ["without redirect URIs", (at) => world.documents.put(at, { redirect_uris: undefined })],
      ["whose redirect URIs are all another's", (at) => world.documents.put(at, { redirect_uris: ["https://web.example/back"] })],
      ["of another grant", (at) => world.documents.put(at, { grant_types: ["implicit"] })],
      ["of another media type", (at) => world.documents.put(at, {}, { "content-type": "text/html" })],
      ["that is no object", (at) => (world.documents.answers.set(at, (response) => response.writeHead(200, { "content-type": "application/json" }).end("[]")), world.documents.origin + at)],
      ["that says a name twice", (at) => (world.documents.answers.set(at, (response, url) => response.writeHead(200, { "content-type": "application/json" })
        .end(`{"client_id":"${url}","client_id":"${url}","redirect_uris":["${LOOPBACK}"]}`)), world.documents.origin + at)],
      ["that lies elsewhere", (at) => (world.documents.answers.set(at, (response) => response.writeHead(302, { location: world.documents.put("/elsewhere.json") }).end()), world.documents.origin + at)],
      ["that lies elsewhere, though all that it should say is there", (at) => (world.documents.answers.set(at, (response, url) => response.writeHead(302, { location: "/elsewhere.json", "content-type": "application/json" })
        .end(JSON.stringify({ client_id: url, redirect_uris: [LOOPBACK] }))), world.documents.origin + at)],
      ["that is not there", (at) => world.documents.origin + at],
    ];
    for (const [what, put] of cases) test(what, async () => assertPage(await ask(put(path())), 400, /cannot be used/));

    test("that has more than 5 KiB, or comes too slowly", async () => {
      const large = world.documents.put(path(), { more: "x".repeat(6000) });
      assertPage(await ask(large), 503, /cannot be fetched/);
      const at = path();
      world.documents.answers.set(at, (response) => response.writeHead(200, { "content-type": "application/json" }).write("{"));
      const began = Date.now();
      assertPage(await ask(world.documents.origin + at), 503, /cannot be fetched/);
      assert.ok(Date.now() - began < 7000);
    });

    test("at an address inside, or with a URL that is none for a client", async () => {
      for (const inside of ["https://10.0.0.1/client.json", "https://169.254.169.254/latest/client.json", "https://[fd00::1]/client.json", "https://192.168.1.1:8443/client.json"]) {
        const began = Date.now();
        assertPage(await ask(inside), 503, /cannot be fetched/);
        assert.ok(Date.now() - began < 2000, "refused, not tried");
      }
      for (const wrong of [`http://${world.documents.host}/client.json`, `${world.documents.origin}/a/../client.json`, `${world.documents.origin}/client.json#x`, `${world.documents.origin}/client.json?x=1`,
        `https://user@${world.documents.host}/client.json`, `${world.documents.origin}`, `${world.documents.origin}/`, `${world.documents.origin.toUpperCase()}/client.json`])
        assertPage(await ask(wrong), 400, /not known/);
    });

    test("which is fetched for no request that is not whole, and a bad one not again and again", async () => {
      const clientId = world.documents.put("/lazy.json");
      assert.equal((await ask(clientId, { code_challenge: undefined })).status, 400);
      assert.equal((await ask(clientId, { resource: "https://unshared.example" })).status, 400);
      assert.equal(world.documents.requests.includes("/lazy.json"), false);
      const bad = world.documents.put("/again.json", { redirect_uris: [] });
      for (let i = 0; i < 6; i++) assert.equal((await ask(bad)).status, 400);
      assert.ok(world.documents.requests.filter((path) => path === "/again.json").length <= 2, "once an event loop");
    });

    test("and sends people nowhere but to its own origin and their own machine", async () => {
      const clientId = world.documents.put("/mixed.json", { redirect_uris: [LOOPBACK, WEB] });
      assertPage(await ask(clientId, { redirect_uri: WEB }), 400, /has not registered/);
      assert.equal((await ask(clientId)).status, 303);
    });
  });

  describe("registers nothing but a public client", () => {
    const register = (metadata, headers = {}) => gateway.http.send("/register", { method: "POST", headers: { "content-type": "application/json", ...headers }, body: typeof metadata === "string" ? metadata : JSON.stringify(metadata) });
    for (const [error, metadata] of [["invalid_redirect_uri", {}], ["invalid_redirect_uri", { redirect_uris: [] }], ["invalid_redirect_uri", { redirect_uris: ["http://evil.example/back"] }],
      ["invalid_redirect_uri", { redirect_uris: ["myapp:/back"] }], ["invalid_redirect_uri", { redirect_uris: Array.from({ length: 11 }, (_, i) => `https://a.example/${i}`) }],
      ["invalid_client_metadata", { redirect_uris: [WEB], token_endpoint_auth_method: "client_secret_basic" }], ["invalid_client_metadata", { redirect_uris: [WEB], grant_types: ["client_credentials"] }],
      ["invalid_client_metadata", { redirect_uris: [WEB], client_name: "x".repeat(129) }], ["invalid_client_metadata", "[1]"], ["invalid_client_metadata", "{"]])
      test(`${JSON.stringify(metadata).slice(0, 60)} is ${error}`, async () => {
        const answer = await register(metadata);
        assert.deepEqual([answer.status, answer.json.error], [400, error], answer.text);
      });
    test("and no page of another site registers any", async () => assert.equal((await register({ redirect_uris: [WEB] }, { "sec-fetch-site": "cross-site" })).status, 403));
  });

  describe("a kill", () => {
    const codeFor = async (login) => (await world.agree({}, { login })).searchParams.get("code");
    const people = () => world.provider.identifier;

    test("of the person leaves the code worth nothing, and gives no other", async () => {
      const { browser, page } = await world.ask({}, { login: "dora" });
      const one = await codeFor("dora");
      assert.equal((await gateway.kill("subject", `${people()} dora`)).status, 200);
      assertRefused(await world.redeem(one), "invalid_grant");
      assertPage(await world.answerTo({ browser, page }), 403, /Nobody is logged in/);
    });

    test("of the client does the same", async () => {
      const { browser, page } = await world.ask({}, { login: "emil" });
      const one = await codeFor("emil");
      assert.equal((await gateway.kill("client", "desk")).status, 200);
      assert.equal((await world.redeem(one)).status, 400);
      assertPage(await world.answerTo({ browser, page }), 403, /switched off, or was ended/);
      assertPage(await send({}), 403, /switched off, or was ended/);
      assert.equal((await gateway.lift("client", "desk")).status, 200);
      await until(async () => (await send({})).status === 303, "it is let in again");
    });

    test("of the consent, or of the code by its record, ends what came of it", async () => {
      for (const kind of ["consent", "authorization"]) {
        const { json } = await world.token({}, {}, { login: "fred" });
        const [record] = await world.records(kind);
        assert.equal((await gateway.kill("lease", record.id)).status, 200);
        await until(async () => !(await world.isActive(json.access_token)), `ended by its ${kind}`);
      }
    });

    test("of a class ends all of its clients", async () => {
      const clientId = world.documents.put("/classy.json");
      const { json } = await world.token({ client_id: clientId }, { client_id: clientId }, { login: "gina" });
      assert.equal((await gateway.kill("client", "described")).status, 200);
      await until(async () => !(await world.isActive(json.access_token)), "ended with its class");
      assertPage(await send({ client_id: clientId }), 403, /was ended/);
      await gateway.lift("client", "described");
    });
  });
});

describe("where any host is let in, and addresses inside are excepted for others", () => {
  let world;
  before(async () => (world = await AuthorizeStage.open({ isHostNamed: false })));
  after(() => world?.close());

  test("nobody has documents fetched from there", async () => {
    const clientId = world.documents.put("/client.json");
    const answer = await world.browser().send(world.query({ client_id: clientId }));
    assert.deepEqual([answer.status, answer.location], [503, null], answer.text);
    assert.match(answer.text, /cannot be fetched/);
    assert.deepEqual(world.documents.requests, []);
  });
});

describe("where only some hosts are let in", () => {
  let world;
  before(async () => (world = await AuthorizeStage.open({ gateway: { authorization: { clientMetadataDocuments: ["agents.example"] } } })));
  after(() => world?.close());

  test("no other's documents are fetched, nobody registers, and a code is late after a minute", { timeout: 120_000 }, async () => {
    const clientId = world.documents.put("/client.json");
    assert.equal((await world.browser().send(world.query({ client_id: clientId }))).status, 400);
    assert.deepEqual(world.documents.requests, []);
    const answer = await world.gateway.http.send("/register", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ redirect_uris: [WEB] }) });
    assert.equal(answer.status, 404);
    const back = await world.agree(), one = back.searchParams.get("code"), verifier = world.verifier;
    const used = (await world.agree()).searchParams.get("code"), usedBy = world.verifier;
    const { json } = await world.redeem(used);
    await delay(61_500);
    const late = await world.redeem(one, { code_verifier: verifier });
    assert.deepEqual([late.status, late.json.error], [400, "invalid_grant"]);
    assert.match(late.json.error_description, /older than a minute/);
    assert.equal(await world.isActive(json.access_token), true);
    assert.equal((await world.redeem(used, { code_verifier: usedBy })).status, 400);
    await until(async () => !(await world.isActive(json.access_token)), "one that is shown late ends what it gave");
  });
});
