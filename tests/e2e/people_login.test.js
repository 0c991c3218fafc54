// A person logs in at the gateway's pages with a real identity provider; and what a hostile one, another browser or a
// forged cookie can make of that.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Browser } from "./kit/browser.js";
import { base64url, encoded, forge, hmac, makeKey, now } from "./kit/forge.js";
import { tokenType } from "./kit/gateway.js";
import { HostileProvider } from "./kit/hostile_provider.js";
import { LoginProvider } from "./kit/login_provider.js";
import { until } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

const SESSION = "__Host-dragoman-session", LOGIN = "__Host-dragoman-login";

// people: the real provider, of which this gateway is a confidential client; evil: one that answers what a test says, and
// promises to name itself; unnamed: one that does not. others: false leaves them out.
class LoginStage {
  static async open({ others = true, gateway, people = {} } = {}) {
    const made = new LoginStage();
    made.secret = `${randomBytes(24).toString("base64url")}:&%+`;
    made.stage = await Stage.open({
      gateway,
      prepare: async ({ certificates, gateway: { issuer } }) => {
        made.provider = await new LoginProvider(certificates, issuer, { web: { clientId: "the-gateway", secret: made.secret, redirectUri: `${issuer}/login/callback/people` } }).start();
        made.evil = await new HostileProvider(certificates).start();
        made.unnamed = await new HostileProvider(certificates, { namesItself: false }).start();
      },
      edit: (documents, { gateway: ours }) => {
        const secretFile = ours.writeSecret("people-login.secret", made.secret);
        const issuer = (name, identifier, spec) => documents.set(`Issuer/${name}`, { kind: "Issuer", metadata: { name },
          spec: { domain: "corp", issuer: identifier, audiences: [ours.issuer], algorithms: ["ES256"], tokenTypes: ["access_token"], ...spec } });
        issuer("people", made.provider.identifier, { login: { clientId: "the-gateway", secretFile }, ...people });
        if (!others) return;
        issuer("evil", made.evil.identifier, { login: { clientId: "client of evil", secretFile, scopes: ["openid", "email"] } });
        issuer("unnamed", made.unnamed.identifier, { login: { clientId: "public-client" } });
        documents.get("Target/partner-orders").spec.accepts.issuers.push("people");
      },
    });
    made.gateway = made.stage.gateway;
    return made;
  }

  browser() {
    return new Browser(this.stage.certificates, this.gateway.issuer);
  }

  // Up to the provider, and what the provider sends the browser back with.
  async goAndComeBack(browser, login = "ann") {
    const sent = await browser.send("/login/people");
    assert.equal(sent.status, 303, sent.text);
    return { sent, callback: await this.provider.browse(sent.location.href, login, `${this.gateway.issuer}/login/callback/`) };
  }

  async logIn(login = "ann", browser = this.browser()) {
    const { callback } = await this.goAndComeBack(browser, login);
    return { browser, callback, answer: await browser.send(callback) };
  }

  // A login at one that answers what the test says, as far as the callback. claims: of the ID token, in place of good ones.
  async begin(name = "evil", browser = this.browser()) {
    const sent = await browser.send(`/login/${name}`);
    assert.equal(sent.status, 303, sent.text);
    const asked = sent.location.searchParams;
    const back = (parameters = {}, { path = `/login/callback/${name}`, by = browser } = {}) => {
      const all = { code: "c0de", state: asked.get("state"), iss: this[name].identifier, ...parameters };
      return by.send(`${path}?${new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined))}`);
    };
    const token = (claims = {}, header = {}, key = undefined) => this[name].token({ aud: asked.get("client_id"), nonce: asked.get("nonce"), sub: "eve", ...claims }, header, key);
    return { browser, sent, asked, back, token };
  }

  async isLoggedIn(browser) {
    const answer = await browser.send("/connections");
    if (answer.status === 303) assert.equal(answer.location.pathname, "/login");
    return answer.status === 200;
  }

  async records() {
    return (await this.gateway.admin("/v1/records?limit=100")).json.records.filter(({ kind }) => kind === "login");
  }

  async close() {
    await this.stage?.close();
    await Promise.all([this.provider?.stop(), this.evil?.stop(), this.unnamed?.stop()]);
  }
}

const assertRefused = (answer, status, words) => {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.text, words);
  assert.equal(answer.setCookies.some((line) => line.startsWith(SESSION)), false, "no session");
};
const notBegunHere = /was not begun in this browser/;

describe("a person at a browser", () => {
  let login;
  before(async () => (login = await LoginStage.open()));
  after(() => login?.close());

  test("is sent to the issuer with a state, a nonce and a proof of that login alone", async () => {
    const browser = login.browser();
    const first = await browser.send("/login/people"), second = await login.browser().send("/login/people");
    const asked = first.location.searchParams;
    assert.equal(first.location.origin, login.provider.identifier);
    assert.equal(asked.get("response_type"), "code");
    assert.equal(asked.get("client_id"), "the-gateway");
    assert.equal(asked.get("redirect_uri"), `${login.gateway.issuer}/login/callback/people`);
    assert.equal(asked.get("scope"), "openid");
    assert.equal(asked.get("code_challenge_method"), "S256");
    assert.equal(asked.has("prompt") || asked.has("max_age"), false);
    for (const name of ["state", "nonce", "code_challenge"]) {
      assert.match(asked.get(name), /^[\w-]{43}$/);
      assert.notEqual(asked.get(name), second.location.searchParams.get(name));
    }
    assert.match(first.setCookies[0], /^__Host-dragoman-login=[\w-]{43}; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/);
    assert.equal(first.headers.get("cache-control"), "no-store");
    assert.equal(first.location.href.includes(browser.cookies.get(LOGIN)), false, "the cookie says nothing that the URL says");
  });

  test("comes back logged in, with a session of its own", async () => {
    const { browser, answer } = await login.logIn("ann");
    assert.equal(answer.status, 303, answer.text);
    assert.equal(answer.location.href, `${login.gateway.issuer}/connections`);
    assert.match(answer.setCookies[0], /^__Host-dragoman-session=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; Max-Age=900; Secure; HttpOnly; SameSite=Lax$/);
    assert.match(answer.setCookies[1], /^__Host-dragoman-login=; Path=\/; Max-Age=0;/);
    const page = await browser.send("/connections");
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, new RegExp(`ann \\(at ${login.provider.identifier}\\)`));
    assert.equal((await login.records())[0].outcome, "granted");
  });

  test("has another session with each login, recorded with who it is and until when", async () => {
    const first = await login.logIn("ann"), before = first.browser.cookies.get(SESSION);
    const second = await login.logIn("ann", first.browser);
    const id = (cookie) => JSON.parse(Buffer.from(cookie.split(".")[1], "base64url")).jti;
    assert.notEqual(id(before), id(second.browser.cookies.get(SESSION)));
    const record = await login.gateway.record(id(second.browser.cookies.get(SESSION)));
    const text = JSON.stringify(record);
    assert.match(text, /"kind":"login"/);
    assert.match(text, /"outcome":"granted"/);
    assert.ok(text.includes(`"${login.provider.identifier}"`) && text.includes('"ann"') && text.includes('"dragoman-people"'), text);
  });

  test("goes straight on where there is one issuer, chooses where there are several, and is not sent to one that is none", async () => {
    const choice = await login.browser().send("/login");
    assert.equal(choice.status, 200);
    for (const name of ["people", "evil", "unnamed"]) assert.match(choice.text, new RegExp(`href="/login/${name}"`));
    assert.equal(choice.text.includes("corp-idp"), false);
    for (const name of ["corp-idp", "nobody", "people/", "people/x", ""]) assertRefused(await login.browser().send(`/login/${name || "%20"}`), 404, /no place to log in/);
    assert.equal((await login.browser().send("/connections")).status, 303, "and without a session it is asked who it is");
  });

  test("is logged in with what agents may not bring: the issuer's ID Tokens are no subject tokens", async () => {
    const { asked, back, token } = await login.begin("unnamed");
    const given = token({ aud: login.gateway.issuer });
    login.unnamed.answer = () => ({ body: JSON.stringify({ id_token: token() }) });
    assert.equal((await back()).status, 303);
    const answer = await login.stage.exchange({ subject_token: given, subject_token_type: tokenType("id_token") });
    assert.equal(answer.status, 400, answer.text);
    assert.equal(asked.get("client_id"), "public-client");
  });

  test("comes back once: a callback that is sent again is refused, even with the cookie that was there before", async () => {
    const browser = login.browser(), { callback } = await login.goAndComeBack(browser), thief = browser.copy();
    assert.equal((await browser.send(callback)).status, 303);
    assertRefused(await browser.send(callback), 400, notBegunHere);
    assertRefused(await thief.send(callback), 400, notBegunHere);
  });

  test("comes back once, also at the same moment in two windows", async () => {
    const browser = login.browser(), { callback } = await login.goAndComeBack(browser);
    const answers = await Promise.all(Array.from({ length: 6 }, () => browser.copy().send(callback)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 400, 400, 400, 400, 400]);
  });

  test("is not logged in by a link from somebody else's login", async () => {
    const { callback } = await login.goAndComeBack(login.browser(), "mallory");
    assertRefused(await login.browser().send(callback), 400, notBegunHere);
    const busy = login.browser();
    await busy.send("/login/people");
    assertRefused(await busy.send(callback), 400, notBegunHere);
  });

  test("is not logged in with another state, a changed cookie, two cookies, or an answer of no shape", async () => {
    const { browser, back, asked, token } = await login.begin();
    login.evil.answer = () => ({ body: JSON.stringify({ id_token: token() }) });
    const state = asked.get("state"), cookie = browser.cookies.get(LOGIN);
    for (const parameters of [{ state: `${state.slice(0, -1)}~` }, { state: state.toUpperCase() }, { state: "" }, { state: undefined }, { code: undefined }, { error: "x" }, { code: "c".repeat(5000) }])
      assertRefused(await back(parameters), 400, notBegunHere);
    assertRefused(await browser.send(`/login/callback/evil?code=c&state=${state}&state=${state}`), 400, notBegunHere);
    for (const value of [cookie.replace(/.$/, (last) => (last === "A" ? "B" : "A")), "x", "", `${cookie}; ${LOGIN}=${cookie}`]) {
      const other = login.browser();
      other.cookies.set(LOGIN, value);
      assertRefused(await back({}, { by: other }), 400, notBegunHere);
    }
    assert.equal(login.evil.requests.some(({ form }) => form.get("code") === "c"), false, "no code was sent on");
    assert.equal((await back()).status, 303, "and none of that has used the login up");
  });

  test("is not logged in by an answer that comes to another issuer's path", async () => {
    const { back } = await login.begin();
    for (const path of ["/login/callback/people", "/login/callback/unnamed", "/login/callback/evil/", "/login/callback"])
      assertRefused(await back({}, { path }), 400, notBegunHere);
  });

  test("is not logged in by an answer that names another issuer, or none where one was promised", async () => {
    for (const iss of [login.provider.identifier, `${login.evil.identifier}/`, undefined]) {
      const { back, token } = await login.begin();
      login.evil.answer = () => ({ body: JSON.stringify({ id_token: token() }) });
      assertRefused(await back({ iss }), 400, /did not come from where you were sent/);
    }
    const { back, token } = await login.begin("unnamed");
    login.unnamed.answer = () => ({ body: JSON.stringify({ id_token: token() }) });
    assertRefused(await back({ iss: login.evil.identifier }), 400, /did not come from where you were sent/);
    assert.equal((await back({ iss: undefined })).status, 303);
  });

  test("is told when it was not logged in there, and that answer is used up too", async () => {
    const { back } = await login.begin();
    assertRefused(await back({ code: undefined, error: "access_denied", error_description: "<script>" }), 403, /not logged in at the place/);
    assertRefused(await back(), 400, notBegunHere);
  });

  test("is not logged in by a code that has expired", async () => {
    login.provider.codeSeconds = 1;
    const browser = login.browser(), { callback } = await login.goAndComeBack(browser);
    login.provider.codeSeconds = 60;
    await delay(2200);
    assertRefused(await browser.send(callback), 502, /cannot be trusted or used/);
  });

  test("shows the code with its proof and this gateway's own name, and the secret nowhere else", async () => {
    const { asked, back, token } = await login.begin();
    login.evil.answer = () => ({ body: JSON.stringify({ id_token: token() }) });
    await back({ code: "the one & only" });
    const { form, headers, method } = login.evil.requests.at(-1);
    assert.equal(method, "POST");
    assert.deepEqual([...form.keys()].sort(), ["code", "code_verifier", "grant_type", "redirect_uri"]);
    assert.equal(form.get("code"), "the one & only");
    assert.equal(form.get("redirect_uri"), asked.get("redirect_uri"));
    assert.equal(base64url(createHash("sha256").update(form.get("code_verifier")).digest()), asked.get("code_challenge"));
    const [client, secret] = Buffer.from(headers.authorization.split(" ")[1], "base64").toString().split(":").map(decodeURIComponent);
    assert.deepEqual([client, secret], ["client of evil", login.secret]);
    assert.equal(asked.get("scope"), "openid email");
    const open = await login.begin("unnamed");
    login.unnamed.answer = () => ({ body: JSON.stringify({ id_token: open.token() }) });
    await open.back({ iss: undefined });
    assert.equal(login.unnamed.requests.at(-1).headers.authorization, undefined);
    assert.equal(login.unnamed.requests.at(-1).form.get("client_id"), "public-client");
  });

  // [what is wrong, ID token of a login, why it is refused]
  const otherKey = makeKey("ES256");
  const badTokens = [
    ["of another issuer", ({ token }) => token({ iss: login.provider.identifier }), "token_issuer_unknown"],
    ["of another issuer that it really is of", ({ asked }) => login.unnamed.token({ aud: asked.get("client_id"), nonce: asked.get("nonce") }), "token_issuer_unknown"],
    ["for another client", ({ token }) => token({ aud: "public-client" }), "token_audience"],
    ["for this gateway as a resource", ({ token }) => token({ aud: login.gateway.issuer }), "token_audience"],
    ["for several, and another one's", ({ token, asked }) => token({ aud: [asked.get("client_id"), "other"], azp: "other" }), "token_audience"],
    ["for several, and nobody's", ({ token, asked }) => token({ aud: [asked.get("client_id"), "other"] }), "token_audience"],
    ["of another login", ({ token }) => token({ nonce: "another" }), "token_nonce"],
    ["of no login", ({ token }) => token({ nonce: undefined }), "token_nonce"],
    ["that has expired", ({ token }) => token({ iat: now() - 600, exp: now() - 300 }), "token_expired"],
    ["that does not expire", ({ token }) => token({ exp: undefined }), "token_claims"],
    ["of nobody", ({ token }) => token({ sub: undefined }), "token_claims"],
    ["signed by nobody", ({ token }) => `${encoded({ alg: "none" })}.${token().split(".")[1]}.AAAA`, "token_algorithm"],
    ["signed with another key of the same name", ({ token }) => token({}, { kid: login.evil.keys[0].kid }, otherKey), "token_signature"],
    ["signed with the client's secret", ({ token }) => forge({ header: { alg: "HS256", typ: "JWT" }, key: { alg: "HS256" }, claims: Buffer.from(token().split(".")[1], "base64url"), signature: (input) => hmac(login.secret, input) }), "token_algorithm"],
    ["that is an access token", ({ token }) => token({}, { typ: "at+jwt" }), "token_typ"],
    ["that is a logout token", ({ token }) => token({ events: {} }), "token_typ"],
    ["on whose behalf somebody acts", ({ token }) => token({ act: { sub: "agent" } }), "chain_too_deep"],
    ["that is bound to a key", ({ token }) => token({ cnf: { jkt: "x" } }), "token_constrained"],
  ];
  for (const [what, make, reason] of badTokens)
    test(`is not logged in by an ID Token ${what}`, async () => {
      const begun = await login.begin();
      login.evil.answer = () => ({ body: JSON.stringify({ id_token: make(begun) }) });
      assertRefused(await begun.back(), 502, /cannot be trusted or used/);
      assert.equal(await until(() => login.gateway.events("login_refused").at(-1)?.reason, "it is in the log"), reason);
    });

  const badAnswers = [
    ["an error", { status: 400, body: '{"error":"invalid_grant"}' }, 502],
    ["a token beside an error status", (token) => ({ status: 400, body: JSON.stringify({ id_token: token }) }), 502],
    ["a redirect", (token) => ({ status: 307, headers: { location: "/other" }, body: JSON.stringify({ id_token: token }) }), 502],
    ["no ID Token", { body: '{"access_token":"x"}' }, 502],
    ["no JSON", { body: "<html>" }, 502],
    ["more than anybody needs", (token) => ({ body: JSON.stringify({ id_token: token, filler: "x".repeat(70_000) }) }), 503],
  ];
  for (const [what, answer, status] of badAnswers)
    test(`is not logged in when the token endpoint answers ${what}`, async () => {
      const { back, token } = await login.begin();
      login.evil.answer = () => (typeof answer === "function" ? answer(token()) : answer);
      assertRefused(await back(), status, status === 502 ? /cannot be trusted or used/ : /cannot be reached/);
    });

  test("is told within seconds when the issuer is silent, and the login is over then", async () => {
    const { back } = await login.begin();
    login.evil.answer = () => null;
    const began = Date.now();
    assertRefused(await back(), 503, /cannot be reached or does not answer/);
    assert.ok(Date.now() - began < 9000);
    assertRefused(await back(), 400, notBegunHere);
  });

  test("is in no session that was made by hand, nor in one that was changed", async () => {
    const { browser } = await login.logIn("ann"), session = browser.cookies.get(SESSION);
    const [header, claims, signature] = session.split(".");
    const root = encoded({ ...JSON.parse(Buffer.from(claims, "base64url")), sub: "root" });
    const key = JSON.parse(Buffer.from(header, "base64url"));
    assert.equal(key.alg, "HS256");
    const none = encoded({ alg: "none", typ: "JWT" }), other = encoded({ alg: "HS512", typ: "JWT" });
    const forgeries = [`${header}.${root}.${signature}`, `${none}.${root}.`, `${none}.${claims}.`, `${none}.${claims}.${signature}`, `${other}.${claims}.${signature}`,
      `${header}.${root}.${base64url(hmac("", `${header}.${root}`))}`, `${header}.${claims}.${signature}A`, `${header}.${claims}.=${signature}`, "x", `${session}; ${SESSION}=${session}`,
      login.stage.userToken()];
    for (const forgery of forgeries) {
      const forger = login.browser();
      forger.cookies.set(SESSION, forgery);
      assert.equal(await login.isLoggedIn(forger), false, forgery);
    }
    assert.equal(await login.isLoggedIn(browser), true);
  });

  test("ends the session by logging out, every copy of it, and by a form of its own alone", async () => {
    const { browser } = await login.logIn("ann"), other = (await login.logIn("ben")).browser;
    const csrf = async (of) => /name="csrf" value="([^"]+)"/.exec((await of.send("/connections")).text)[1];
    const own = await csrf(browser), copy = browser.copy();
    for (const form of [{}, { csrf: "" }, { csrf: await csrf(other) }, { csrf: own.slice(0, -1) }]) assertRefused(await browser.send("/logout", { method: "POST", form }), 403, /form was not sent/);
    assertRefused(await browser.send("/logout", { method: "POST", form: { csrf: own }, headers: { "sec-fetch-site": "cross-site" } }), 403, /form was not sent/);
    assert.equal(await login.isLoggedIn(browser), true);
    const out = await browser.send("/logout", { method: "POST", form: { csrf: own } });
    assert.equal(out.status, 200, out.text);
    assert.equal(browser.cookies.has(SESSION), false);
    assert.equal(await login.isLoggedIn(copy), false);
    assert.equal(await login.isLoggedIn(other), true);
  });

  test("is in no session any more once its person, its issuer or the login itself is killed", async () => {
    const { browser } = await login.logIn("carl");
    const { jti } = JSON.parse(Buffer.from(browser.cookies.get(SESSION).split(".")[1], "base64url"));
    assert.equal((await login.gateway.kill("lease", jti)).status, 200);
    assert.equal(await login.isLoggedIn(browser), false);
    await login.logIn("carl", browser);
    assert.equal(await login.isLoggedIn(browser), true);
    assert.equal((await login.gateway.kill("subject", `${login.provider.identifier} carl`)).status, 200);
    assert.equal(await login.isLoggedIn(browser), false);
    const barred = await login.logIn("carl", browser);
    assertRefused(barred.answer, 403, /has ended your logins[^]*href="\/login"/);
    const [record] = await login.records();
    assert.equal(record.outcome, "refused", JSON.stringify(record));
    const { browser: another } = await login.logIn("ann");
    assert.equal(await login.isLoggedIn(another), true);
    assert.equal((await login.gateway.kill("everything", login.gateway.issuer, { past_only: "true" })).status, 200);
    assert.equal(await login.isLoggedIn(another), false);
  });

  test("is nowhere in the log with a code, a state, a secret or a cookie", async () => {
    const { browser, callback } = await login.logIn("ann");
    const { searchParams } = new URL(callback), log = login.gateway.program.errors + login.gateway.program.output;
    for (const secret of [searchParams.get("code"), searchParams.get("state"), browser.cookies.get(SESSION), login.secret]) assert.equal(log.includes(secret), false);
    assert.ok(login.gateway.events("login_refused").length > 0, "but why somebody was refused is there");
  });
});

describe("logins where there is one issuer", () => {
  let login;
  before(async () => (login = await LoginStage.open({ others: false, gateway: { limits: { threads: 1, strangers: { refusalsPerMinute: 10 } } } })));
  after(() => login?.close());

  const rows = () => Number(login.gateway.sql("SELECT count(*) FROM adapter_state WHERE adapter = '~login' AND value IS NOT NULL"));

  test("begin there at once, and as many people as there are may log in from one address", async () => {
    for (let i = 0; i < 14; i++) {
      const { browser, answer } = await login.logIn(`ann-${i}`);
      assert.equal(answer.status, 303, `${i}: ${answer.text}`);
      assert.equal(await login.isLoggedIn(browser), true);
    }
    assert.equal(rows(), 0);
  });

  test("are not begun in any number by one address that finishes none", async () => {
    const browser = login.browser(), answers = [];
    for (let i = 0; i < 32; i++) answers.push(await browser.send("/login"));
    assert.equal(answers[0].status, 303);
    assert.equal(answers[0].location.origin, login.provider.identifier);
    assert.equal(answers.at(-1).status, 429);
    assert.match(answers.at(-1).headers.get("retry-after"), /^[1-9]\d?$/);
    // The minute may be over once meanwhile.
    assert.ok(rows() <= 20, `${rows()} rows`);
  });

  test("that are not begun any more keep no agent at that address from what it does", async () => {
    const browser = login.browser();
    await until(async () => (await browser.send("/login")).status === 429, "no more are begun");
    assert.equal((await login.stage.exchange()).status, 200);
  });
});

describe("logins at an issuer whose metadata is wrong", () => {
  let login;
  before(async () => (login = await LoginStage.open()));
  after(() => login?.close());

  test("do not begin, and begin once it is mended", async () => {
    const good = login.evil.metadata;
    for (const change of [{ issuer: login.provider.identifier }, { token_endpoint: "http://127.0.0.1/token" }, { authorization_endpoint: "javascript:alert(1)" }, { code_challenge_methods_supported: ["plain"] }]) {
      login.evil.metadata = { ...good, ...change };
      await until(async () => {
        const answer = await login.browser().send("/login/evil");
        assert.notEqual(answer.status, 303);
        return login.gateway.events("login_discovery_failed").some(({ problem }) => JSON.stringify(problem).length > 2) && answer.status === 502;
      }, "the metadata is refused");
      await delay(2200); // what was wrong is not asked again at once
    }
    login.evil.metadata = good;
    await until(async () => (await login.browser().send("/login/evil")).status === 303, "the mended metadata is seen");
  });
});
