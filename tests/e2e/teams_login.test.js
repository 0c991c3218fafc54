// What can go wrong on the way from the command line to the identity provider and back.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { TeamStage } from "./kit/team.js";

describe("dragoman login", () => {
  let teams;
  before(async () => (teams = await TeamStage.open()));
  after(() => teams?.close());

  const waiting = async (person, args) => {
    const { program, url } = teams.startLogin(person, args);
    return { program, url: new URL(await url()) };
  };
  const comeBack = (url, parameters) => fetch(`${url.searchParams.get("redirect_uri")}?${new URLSearchParams(parameters)}`);

  test("asks for a code with a proof of its own that nobody else has", async () => {
    const first = await waiting("x1"), second = await waiting("x2");
    for (const { url } of [first, second]) {
      assert.equal(url.searchParams.get("response_type"), "code");
      assert.equal(url.searchParams.get("code_challenge_method"), "S256");
      assert.match(url.searchParams.get("code_challenge"), /^[\w-]{43}$/);
      assert.match(url.searchParams.get("redirect_uri"), /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    }
    assert.notEqual(first.url.searchParams.get("state"), second.url.searchParams.get("state"));
    assert.notEqual(first.url.searchParams.get("code_challenge"), second.url.searchParams.get("code_challenge"));
    for (const { program } of [first, second]) await program.stop();
  });

  test("shows the code together with the proof: a code alone is worth nothing", async () => {
    const { program, url } = await waiting("x3");
    const callback = new URL(await teams.provider.browse(url.href, "ann"));
    const stolen = await teams.provider.fetch(`${teams.provider.identifier}/token`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ grant_type: "authorization_code", code: callback.searchParams.get("code"), redirect_uri: url.searchParams.get("redirect_uri"), client_id: teams.provider.clientId,
        code_verifier: createHash("sha256").update("guess").digest("hex") }).toString() });
    assert.equal(stolen.status, 400);
    await program.stop();
  });

  test("takes no answer without its state, and goes on waiting for its own", async () => {
    const { program, url } = await waiting("ann");
    for (const parameters of [{ code: "theirs", state: "guess" }, { code: "theirs" }, { state: url.searchParams.get("state") }])
      assert.equal((await comeBack(url, parameters)).status, 404);
    assert.equal((await fetch(new URL("/favicon.ico", url.searchParams.get("redirect_uri")))).status, 404);
    assert.equal((await fetch(await teams.provider.browse(url.href, "ann"))).status, 200);
    assert.equal((await program.ended).code, 0, program.errors);
  });

  test("takes no answer of another issuer, nor one that does not name its own", async () => {
    for (const more of [{ iss: "https://evil.example" }, {}]) {
      const { program, url } = await waiting("x4");
      await comeBack(url, { code: "theirs", state: url.searchParams.get("state"), ...more });
      assert.equal((await program.ended).code, 1);
      assert.match(program.errors, /did not come from the issuer that was asked/);
    }
  });

  test("says what the identity provider said when it refuses", async () => {
    const { program, url } = await waiting("x5");
    await comeBack(url, { error: "access_denied", error_description: "not \u001b[31mtoday", state: url.searchParams.get("state"), iss: teams.provider.identifier });
    assert.equal((await program.ended).code, 1);
    assert.match(program.errors, /not \\u001B\[31mtoday/i, "and nothing that steers the terminal");
  });

  test("uses no discovery document of another issuer", async () => {
    const { corp } = teams.stage;
    corp.metadata = { issuer: "https://elsewhere.example" };
    const done = await teams.as("x6", ["login", "--issuer", corp.identifier, "--client-id", "x"]);
    corp.metadata = {};
    assert.equal(done.code, 1);
    assert.match(done.errors, /another issuer's/);
    assert.match((await teams.as("x6", ["login"])).errors, /who logs in where is not said/);
  });

  test("keeps a session that is used by its owner alone, and for that gateway alone", async () => {
    await teams.logInAll("ann");
    const path = teams.sessionPath("ann");
    assert.equal((await teams.as("ann", ["get"])).code, 0);
    const kept = readFileSync(path, "utf8");
    chmodSync(path, 0o644);
    assert.match((await teams.as("ann", ["get", "--gateway", teams.origin])).errors, /is not yours alone/);
    chmodSync(path, 0o600);
    assert.match((await teams.as("ann", ["get", "--gateway", "https://127.0.0.1:1"])).errors, /no session with this gateway/);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(kept), expires_at: 1 }));
    assert.match((await teams.as("ann", ["get"])).errors, /session has expired[\s\S]*dragoman login/);
    writeFileSync(path, kept);
    const out = await teams.as("ann", ["logout"]);
    assert.equal(out.code, 0, out.errors);
    assert.equal(existsSync(path), false);
    assert.match((await teams.as("ann", ["logout"])).errors, /nobody is logged in/);
    writeFileSync(path, kept, { mode: 0o600 });
    assert.match((await teams.as("ann", ["get"])).errors, /admin_token_invalid[\s\S]*log in again/);
  });

  test("says so where nobody is logged in, or another port of the gateway is meant", async () => {
    const nobody = await teams.as("nobody", ["get"]);
    assert.equal(nobody.code, 3);
    assert.match(nobody.errors, /nobody is logged in at https:[\s\S]*dragoman login/);
    const token = teams.stage.folder.file("some.jwt");
    writeFileSync(token, "a.b.c", { mode: 0o600 });
    const elsewhere = await teams.as("nobody", ["login", "--gateway", teams.stage.gateway.issuer, "--token-file", token]);
    assert.match(elsewhere.errors, /status 404[\s\S]*spec\.admin\.listen/);
  });

  test("never shows a token: not in its output, not in what the gateway logs", async () => {
    const { errors } = await teams.login("ann");
    const token = teams.session("ann");
    for (const text of [errors, teams.gateway.program.errors, teams.gateway.program.output]) assert.equal(text.includes(token.slice(-40)), false);
  });
});

describe("an address whose logins fail again and again", () => {
  let teams;
  before(async () => (teams = await TeamStage.open({ gateway: { limits: { threads: 2, strangers: { refusalsPerMinute: 10 } } } })));
  after(() => teams?.close());

  test("is held off before its next signature costs anything, and so is one that guesses sessions", async () => {
    await teams.logInAll("ann");
    const guess = () => teams.call("/v1/session", { token: "guess" });
    const login = () => teams.post("/v1/login", { subject_token: "guess", subject_token_type: "urn:ietf:params:oauth:token-type:jwt" });
    for (let i = 0; i < 5; i++) assert.deepEqual([(await guess()).status, (await login()).status], [401, 400]);
    for (const answer of [await guess(), await login(), await teams.call("/v1/session", { person: "ann" })]) {
      assert.equal(answer.status, 429, answer.text);
      assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
    assert.equal((await teams.gateway.admin("/v1/documents")).status, 200, "the socket is nobody's address");
  });
});
