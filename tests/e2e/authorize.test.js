// A person gives a client leave at /authorize, and the client redeems its code for a token: pre-registered, by a document of
// its own and self-registered clients, with openid-client as the client and a real identity provider.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as openid from "openid-client";
import { AuthorizeStage, LOOPBACK, NOTES, WEB } from "./kit/authorize_stage.js";
import { decode } from "./kit/forge.js";
import { until } from "./kit/machine.js";

describe("a client that a person gives leave", () => {
  let world, gateway;
  before(async () => {
    world = await AuthorizeStage.open();
    gateway = world.gateway;
  });
  after(() => world?.close());

  // As openid-client does it: its URL, its check of what comes back, its request for the token.
  async function byLibrary(clientId, { redirect = LOOPBACK, authentication, parameters = {}, browser } = {}) {
    const config = await world.library(clientId, authentication);
    const verifier = openid.randomPKCECodeVerifier(), state = openid.randomState();
    const url = openid.buildAuthorizationUrl(config, { redirect_uri: redirect, scope: "notes:read", resource: NOTES, state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...parameters });
    const back = await world.agree({}, { path: url.pathname + url.search, browser });
    return openid.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state }, { resource: NOTES });
  }

  test("finds out from the metadata what there is", async () => {
    const config = await world.library("desk");
    const metadata = config.serverMetadata();
    assert.equal(metadata.authorization_endpoint, `${gateway.issuer}/authorize`);
    assert.equal(metadata.registration_endpoint, `${gateway.issuer}/register`);
    assert.deepEqual(metadata.response_types_supported, ["code"]);
    assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
    assert.equal(metadata.client_id_metadata_document_supported, true);
    assert.ok(metadata.grant_types_supported.includes("authorization_code"));
    assert.ok(metadata.token_endpoint_auth_methods_supported.includes("none"));
    assert.equal(metadata.introspection_endpoint_auth_methods_supported.includes("none"), false);
  });

  test("gets a token for that person, through it, for what they agreed to", async () => {
    const answer = await byLibrary("desk");
    assert.equal(answer.scope, "notes:read");
    assert.ok(answer.expires_in > 250 && answer.expires_in <= 300);
    assert.equal("issued_token_type" in answer || "refresh_token" in answer, false);
    const { header, claims } = decode(answer.access_token);
    assert.equal(header.typ, "at+jwt");
    assert.deepEqual([claims.sub, claims.sub_iss, claims.aud, claims.scope, claims.client_id], ["ann", world.provider.identifier, NOTES, "notes:read", "desk"]);
    assert.deepEqual(claims.act, { iss: gateway.issuer, sub: "desk" });
    assert.equal(await world.isActive(answer.access_token), true);
    const record = await gateway.record(answer.dragoman_exchange);
    assert.deepEqual([record.kind, record.outcome, record.client, record.client_method, record.scope_given], ["exchange", "granted", "desk", "none", "notes:read"]);
    const [given] = await world.records("authorization"), [consent] = await world.records("consent");
    assert.deepEqual([given.root, consent.root], [record.root, record.root], "one tree");
    assert.deepEqual(record.stands_on.filter((thing) => thing.startsWith("lease ")).sort(), [`lease ${consent.id}`, `lease ${given.id}`].sort());
    assert.equal(given.parent, consent.id);
    const text = JSON.stringify([record, given, consent]);
    assert.equal(text.includes(answer.access_token), false);
  });

  test("shows the person who wants what, with rights in words where there are some", async () => {
    const { page } = await world.ask({ scope: "notes:read notes:write" }, { login: "bob" });
    assert.equal(page.status, 200);
    for (const words of ["desk", "a program on this computer (127.0.0.1:4711)", "bob", "notes", NOTES, "Read your notes (notes:read)", "notes:write"]) assert.ok(page.text.includes(words), `${words} in ${page.text}`);
    assert.equal(page.headers.get("x-frame-options"), "DENY");
    assert.match(page.headers.get("content-security-policy"), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.equal(page.headers.get("referrer-policy"), "no-referrer");
  });

  test("may come from any port of its own machine, and is asked about each time", async () => {
    const browser = world.browser();
    for (const port of [5001, 5002]) {
      const redirect = `http://127.0.0.1:${port}/back`;
      const { page } = await world.ask({ redirect_uri: redirect }, { browser });
      assert.equal(page.status, 200, "a page, not a redirect");
      const back = world.leaves(await world.answerTo({ browser, page }));
      assert.equal(back.origin, `http://127.0.0.1:${port}`);
      assert.equal((await world.redeem(back.searchParams.get("code"), { redirect_uri: redirect })).status, 200);
    }
    assert.equal((await world.ask({ redirect_uri: "http://localhost:9/back" }, { browser })).page.status, 200);
  });

  test("proves itself where it can, and where it comes back to a site is not asked about twice", async () => {
    const browser = world.browser(), authentication = openid.ClientSecretBasic(world.webSecret);
    const first = await byLibrary("web", { redirect: WEB, authentication, browser });
    assert.equal(decode(first.access_token).claims.act.sub, "web");
    const again = await world.ask({ client_id: "web", redirect_uri: WEB }, { browser });
    assert.equal(again.page.status, 303, "agreed to before");
    assert.equal(again.page.location.origin, "https://web.example");
    assert.deepEqual([again.page.location.searchParams.get("iss"), again.page.location.searchParams.get("state")], [gateway.issuer, "st/at&e"]);
    const wider = await world.ask({ client_id: "web", redirect_uri: WEB, scope: "notes:write" }, { browser });
    assert.equal(wider.page.status, 200, "not to this");
    assert.match(wider.page.text, /<dt>Agreed to before<\/dt><dd><bdi>notes:read<\/bdi>/);
    const both = world.leaves(await world.answerTo(wider));
    const token = await world.redeem(both.searchParams.get("code"), { client_id: undefined, redirect_uri: WEB }, { auth: ["web", world.webSecret] });
    assert.deepEqual([token.status, token.json.scope], [200, "notes:write"], token.text);
    assert.equal((await world.ask({ client_id: "web", redirect_uri: WEB, scope: "notes:read notes:write" }, { browser })).page.status, 303, "what was agreed to stays agreed to");
  });

  test("says who it is by a document at its client_id, which is fetched once", async () => {
    const clientId = world.documents.put("/notes.json", { client_name: "Notes <b>on</b> the desk" });
    const { page } = await world.ask({ client_id: clientId });
    for (const words of [world.documents.host, clientId, "Notes &lt;b&gt;on&lt;/b&gt; the desk", "which nobody has checked"]) assert.ok(page.text.includes(words), `${words} in ${page.text}`);
    const answer = await byLibrary(clientId);
    const { claims } = decode(answer.access_token);
    assert.deepEqual([claims.client_id, claims.act.sub], [clientId, clientId]);
    assert.equal(await world.isActive(answer.access_token), true);
    const fetched = world.documents.requests.filter((path) => path === "/notes.json").length;
    assert.ok(fetched >= 1 && fetched <= 2, `${fetched} fetches: one an event loop`);
    assert.equal((await gateway.record(answer.dragoman_exchange)).client, clientId);
  });

  test("is one of its class, and no other of that: consents and kills are its own", async () => {
    const one = world.documents.put("/one.json"), two = world.documents.put("/two.json");
    const redirect = `${world.documents.origin}/back`, browser = world.browser();
    const first = await world.token({ client_id: one, redirect_uri: redirect }, { client_id: one, redirect_uri: redirect }, { browser });
    assert.equal(first.status, 200, first.text);
    assert.equal((await world.ask({ client_id: one, redirect_uri: redirect }, { browser })).page.status, 303);
    assert.equal((await world.ask({ client_id: two, redirect_uri: redirect }, { browser })).page.status, 200, "nobody agreed to the other");
    assert.ok((await browser.send("/connections")).text.includes(`${one} (one of described)`));
    const second = await world.token({ client_id: two, redirect_uri: redirect }, { client_id: two, redirect_uri: redirect }, { browser });
    assert.equal((await gateway.kill("client", one)).status, 200);
    await until(async () => !(await world.isActive(first.json.access_token)), "the first's token has ended");
    assert.equal(await world.isActive(second.json.access_token), true);
    const { page } = await world.ask({ client_id: one, redirect_uri: redirect }, { browser });
    assert.equal(page.status, 403);
    assert.match(page.text, /switched off, or was ended/);
    await gateway.lift("client", one);
  });

  test("registers itself, without a secret, and then asks people like any other", async () => {
    const config = await openid.dynamicClientRegistration(new URL(gateway.issuer), { redirect_uris: [LOOPBACK], client_name: "Self-made", token_endpoint_auth_method: "none" }, openid.None(),
      { [openid.customFetch]: world.fetch, algorithm: "oauth2" });
    const { client_id: clientId } = config.clientMetadata();
    assert.match(clientId, /^urn:dragoman:client:[0-9a-f]{4}\.[\w-]{22}$/);
    assert.equal(config.clientMetadata().client_secret, undefined);
    const { page } = await world.ask({ client_id: clientId });
    assert.match(page.text, /registered itself/);
    assert.match(page.text, /Self-made/);
    const answer = await byLibrary(clientId);
    assert.equal(decode(answer.access_token).claims.act.sub, clientId);
    assert.equal(await world.isActive(answer.access_token), true);
    const unknown = clientId.slice(0, -3) + "AAA";
    assert.equal((await world.ask({ client_id: unknown })).page.status, 400);
  });

  test("at a target where people connect accounts needs no second consent, and no other client has it by that", async () => {
    const resource = "https://connected.example", clientId = world.documents.put("/connected.json");
    const { status, json, text } = await world.token({ resource, scope: "files:read", client_id: clientId }, { resource, client_id: clientId });
    assert.equal(status, 200, text);
    const record = await gateway.record(json.dragoman_exchange), [consent] = await world.records("consent");
    assert.equal(record.stands_on.filter((thing) => thing === `lease ${consent.id}`).length, 1, JSON.stringify(record.stands_on));
    assert.ok(json.expires_in <= 300);
    const [given] = await world.records("authorization");
    assert.deepEqual([given.parent, given.client, given.target], [consent.id, clientId, "connected"]);
  });

  test("gets nothing that policies do not permit of that person as they logged in", async () => {
    world.provider.groups.set("ida", ["writers"]);
    await gateway.apply({ kind: "Policy", metadata: { name: "writers" }, spec: { policies: `permit(principal, action == Action::"exchange", resource);
forbid(principal, action == Action::"exchange", resource == Target::"notes") unless { context has user && context.user.hasTag("groups") && context.user.getTag("groups").contains("writers") };` } });
    try {
      const refused = await world.token({}, {}, { login: "jon" });
      assert.deepEqual([refused.status, refused.json.error], [400, "actor_unauthorized"], refused.text);
      assert.equal((await world.token({}, {}, { login: "ida" })).status, 200);
    } finally {
      await gateway.admin("/v1/documents/Policy/writers", { method: "DELETE" });
    }
  });

  test("loses all when the person ends it on the page of their connections", async () => {
    const browser = world.browser();
    const { json } = await world.token({}, {}, { browser, login: "cleo" });
    assert.equal(await world.isActive(json.access_token), true);
    const page = await browser.send("/connections");
    assert.match(page.text, /desk/);
    const consent = /name="consent" value="([^"]+)"/.exec(page.text)[1], csrf = /name="csrf" value="([^"]+)"/.exec(page.text)[1];
    assert.equal((await browser.send("/connections/disconnect", { method: "POST", form: { consent, csrf } })).status, 200);
    await until(async () => !(await world.isActive(json.access_token)), "the token has ended");
  });

  test("is told no where the person says no, and that it was this gateway that says so", async () => {
    const asked = await world.ask();
    const back = world.leaves(await world.answerTo(asked, "Do not agree"));
    assert.deepEqual(Object.fromEntries(back.searchParams), { error: "access_denied", error_description: "The person did not agree.", state: "st/at&e", iss: gateway.issuer });
    const [denied] = await world.records("consent");
    assert.deepEqual([denied.outcome, denied.reason, denied.client], ["refused", "consent_denied", "desk"]);
  });

  test("gets what the target offers where it names no scope, and what there is where it wants to stay", async () => {
    const all = await world.token({ scope: undefined });
    assert.equal(all.json.scope, "notes:read notes:write");
    const some = await world.token({ scope: "notes:read offline_access" });
    assert.equal(some.json.scope, "notes:read");
    const fewer = await world.token({ scope: "notes:read notes:write" }, { scope: "notes:read" });
    assert.equal(fewer.json.scope, "notes:read");
  });
});

describe("where people log in at several places, or at none", () => {
  let world;
  before(async () => {
    world = await AuthorizeStage.open({
      edit: (documents, { gateway }) => {
        documents.set("Issuer/elsewhere", { kind: "Issuer", metadata: { name: "elsewhere" }, spec: { domain: "corp", issuer: "https://elsewhere.example", audiences: [gateway.issuer], login: { clientId: "us" } } });
        documents.get("Target/notes").spec.accepts.issuers.push("elsewhere");
        documents.get("Target/unshared").spec.accepts = { issuers: ["corp-idp"], clients: ["desk"] };
        documents.get("Target/keyed").spec.accepts.issuers = ["elsewhere"];
      },
    });
  });
  after(() => world?.close());

  test("they choose one that the target accepts, and go on with what they came for", async () => {
    const browser = world.browser(), path = world.query();
    const choice = await browser.send(path);
    assert.equal(choice.status, 200, choice.text);
    for (const name of ["people", "elsewhere"]) assert.match(choice.text, new RegExp(`dragoman_login=${name}"`));
    const { page } = await world.ask({}, { browser, path: `${path}&dragoman_login=people` });
    assert.match(page.text, /Do you agree\?/);
    const back = world.leaves(await world.answerTo({ browser, page }));
    assert.equal((await world.redeem(back.searchParams.get("code"))).status, 200);
  });

  test("whoever is logged in at a place that the target does not accept is not taken for anybody", async () => {
    const browser = world.browser();
    await world.ask({}, { browser, path: `${world.query()}&dragoman_login=people` });
    const answer = await browser.send(world.query({ resource: "https://keyed.example", scope: "keys:use" }));
    assert.equal(answer.status, 503, "it asks elsewhere, which is not there");
    assert.match(answer.text, /cannot be reached/);
  });

  test("and where nobody can log in, the person is told", async () => {
    const answer = await world.browser().send(world.query({ resource: "https://unshared.example", scope: undefined }));
    assert.equal(answer.status, 503);
    assert.match(answer.text, /Nobody can log in for this service/);
  });
});

test("no more clients register than there are places", async () => {
  const world = await AuthorizeStage.open({ gateway: { authorization: { registration: true, registrations: 1 } } });
  try {
    const register = () => world.gateway.http.send("/register", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ redirect_uris: [WEB] }) });
    assert.equal((await register()).status, 201);
    const full = await register();
    assert.deepEqual([full.status, full.json.error], [503, "temporarily_unavailable"]);
  } finally {
    await world.close();
  }
});
