// Grants beside token exchange: a client for itself, a person of another domain by ID-JAG, an agent by its platform's
// token. What is asked of an exchange is asked of them, and what is redeemed once is redeemed once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { assertFault, assertGrantFault, assertHeaders, faults } from "./kit/faults.js";
import { makeKey, now } from "./kit/forge.js";
import { assertionType, tokenType } from "./kit/gateway.js";
import { claimsOf, jwtBearer, openGrants } from "./kit/grants.js";
import { trustingFetch } from "./kit/http.js";

function assertGranted(answer) {
  assert.equal(answer.status, 200, answer.text);
  assertHeaders(answer);
  assert.equal(answer.json.token_type, "Bearer");
  assert.equal("issued_token_type" in answer.json, false, "that is RFC 8693's");
  assert.equal("refresh_token" in answer.json, false);
  return claimsOf(answer);
}

describe("a client", () => {
  let grants, stage, us;
  before(async () => {
    grants = await openGrants();
    ({ stage } = grants);
    us = stage.gateway.issuer;
  });
  after(() => grants?.close());

  test("that proves itself gets a token for itself: it is the subject, and nobody acts for it", async () => {
    const post = { client_id: "orders-agent", client_secret: stage.secrets["orders-agent"] };
    const byKey = { client_assertion_type: assertionType, client_assertion: stage.clientAssertion() };
    const answers = [await grants.forItself({ scope: "files:read" }), await grants.forItself({ scope: "files:read", ...post }, { auth: undefined }),
      await grants.forItself({ scope: "files:read", ...byKey }, { auth: undefined })];
    const roots = new Set();
    for (const answer of answers) {
      const claims = assertGranted(answer);
      assert.deepEqual([claims.sub, claims.sub_iss, claims.client_id, claims.aud], ["orders-agent", us, "orders-agent", grants.endpoint]);
      assert.equal("act" in claims, false);
      assert.equal(claims.scope, "files:read");
      roots.add(claims.txn);
      assert.equal(await grants.isActive(answer.json.access_token), true);
    }
    assert.equal(roots.size, 3, "each is a tree of its own");
    const record = await stage.gateway.record(answers[0].json.dragoman_exchange);
    assert.deepEqual([record.outcome, record.subject, record.chain ?? []], ["granted", { iss: us, sub: "orders-agent" }, []]);
  });

  test("is understood by oauth4webapi and openid-client", async () => {
    const fetch = trustingFetch(stage.certificates.ca);
    const server = await oauth.processDiscoveryResponse(new URL(us), await oauth.discoveryRequest(new URL(us), { algorithm: "oauth2", [oauth.customFetch]: fetch }));
    const client = { client_id: "orders-agent" };
    const response = await oauth.clientCredentialsGrantRequest(server, client, oauth.ClientSecretBasic(stage.secrets["orders-agent"]),
      { resource: grants.endpoint, scope: "files:read" }, { [oauth.customFetch]: fetch });
    assert.equal((await oauth.processClientCredentialsResponse(server, client, response)).scope, "files:read");
    const key = await crypto.subtle.importKey("pkcs8", stage.clientKey.privateKey.export({ format: "der", type: "pkcs8" }), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    const config = await openid.discovery(new URL(us), "orders-agent", undefined, openid.PrivateKeyJwt({ key, kid: stage.clientKey.kid }), { [openid.customFetch]: fetch, algorithm: "oauth2" });
    config[openid.customFetch] = fetch;
    assert.equal((await openid.clientCredentialsGrant(config, { resource: grants.endpoint, scope: "files:write" })).scope, "files:write");
    fetch.close();
  });

  test("gets no scope that it does not name, and none that the target does not offer", async () => {
    assert.equal("scope" in assertGranted(await grants.forItself()), false);
    assertFault(await grants.forItself({ scope: "orders:read" }), "SCOPE_NOT_OFFERED");
  });

  test("gets nothing where the target takes it only on somebody's behalf, or not at all", async () => {
    const orders = { resource: undefined, audience: "partner-orders" };
    assertFault(await grants.forItself(orders), "TARGET_CLIENT_ALONE");
    assert.equal((await stage.exchange()).status, 200, "for alice it does");
    assertFault(await grants.forItself({}, { auth: stage.authOf("stranger") }), "TARGET_CLIENT");
    assertFault(await grants.forItself({ resource: undefined }), "TARGET_MISSING");
    assertFault(await grants.forItself({}, { auth: ["orders-agent", "wrong"] }), "CLIENT_SECRET_WRONG");
    assertFault(await grants.forItself({}, { auth: undefined }), "CLIENT_MISSING");
  });

  test("that is an agent of a class is what its platform says, with what that token lets it", async () => {
    const proof = (claims) => ({ client_assertion_type: assertionType, client_assertion: stage.platformToken(claims) });
    const claims = assertGranted(await grants.forItself(proof(), { auth: undefined }));
    assert.deepEqual([claims.sub, claims.sub_iss, claims.client_id], ["system:serviceaccount:agents:billing", stage.cluster.identifier, "billing-agents"]);
    assert.equal("act" in claims, false);
    assertFault(await grants.forItself({ ...proof({ scope: "files:read" }), scope: "files:write" }, { auth: undefined }), "SCOPE_WIDER");
    const soon = now() + 40;
    assert.ok(assertGranted(await grants.forItself(proof({ exp: soon }), { auth: undefined })).exp <= soon);
  });

  test("has its own token carried on by the resource server it is for, where that is accepted", async () => {
    const { access_token: token } = (await grants.forItself({ scope: "files:read" })).json;
    const onwards = (audience) => stage.exchange({ subject_token: token, audience, scope: undefined }, { auth: stage.authOf("partner-api") });
    assertFault(await onwards("https://files.partner.example"), "TARGET_CLIENT_ALONE"); // accepts self, which is for people
    await stage.gateway.apply({ kind: "Target", metadata: { name: "behind" }, spec: { domain: "partner", audiences: ["https://behind.example"], scopes: ["files:read"],
      accepts: { issuers: ["self"], clients: ["partner-api"], clientCredentials: true } } });
    const carried = await onwards("https://behind.example");
    assert.equal(carried.status, 200, carried.text);
    const claims = claimsOf(carried);
    assert.deepEqual([claims.sub, claims.sub_iss, claims.act.sub, claims.scope], ["orders-agent", us, "partner-api", "files:read"]);
  });

  test("as a dry run is told what it would get, and is given nothing", async () => {
    const { json } = await grants.forItself({ dragoman_dry_run: "true", scope: "files:read" });
    assert.deepEqual([json.dragoman_dry_run, json.scope, "access_token" in json], [true, "files:read", false]);
  });

  test("is asked about by policies as an agent that acts for nobody", async () => {
    const policy = (cedar) => ({ kind: "Policy", metadata: { name: "alone" }, spec: { policies: cedar } });
    const remove = () => stage.gateway.admin("/v1/documents/Policy/alone", { method: "DELETE" });
    await stage.gateway.apply(policy('permit(principal is Agent, action == Action::"exchange", resource) when { context.subject.is_actor && !(context has user) };'));
    try {
      assertGranted(await grants.forItself({ scope: "files:read" }));
      assertFault(await stage.exchange(), "POLICY_NO_PERMIT");
    } finally {
      assert.equal((await remove()).status, 200);
    }
  });

  test("has its token and its record read by all who read those of people", async () => {
    const policies = 'permit(principal, action == Action::"exchange", resource); permit(principal is Agent, action == Action::"call", resource) when { context.subject.is_actor && !(context has user) };';
    await stage.gateway.apply({ kind: "Policy", metadata: { name: "calls" }, spec: { policies } });
    await stage.gateway.apply({ kind: "Target", metadata: { name: "rest" }, spec: { domain: "corp", audiences: ["rest"], scopes: ["files:read"],
      accepts: { issuers: ["corp-idp"], clients: ["orders-agent"], clientCredentials: true }, egress: { upstream: "https://127.0.0.1:1/", adapter: "jwt" } } });
    try {
      const { json } = await grants.forItself({ resource: undefined, audience: "rest", scope: "files:read" });
      assert.equal((await grants.egress.call("rest", "/x", { token: json.access_token })).status, 502, "it was let through to a server that is not there");
      const person = (await stage.exchange({ audience: "rest", subject_token: stage.userToken({ scope: "files:read" }), scope: "files:read" })).json;
      assert.equal((await grants.egress.call("rest", "/x", { token: person.access_token })).status, 403);
      const explained = await stage.gateway.cli(["explain", json.dragoman_exchange]);
      assert.equal(explained.code, 0, explained.errors);
      assert.match(explained.output, /subject_is_caller/);
      const draft = (when) => stage.gateway.writeSecret("draft.cedar", `forbid(principal, action == Action::"exchange", resource) when { ${when} };`);
      const isRefusedBy = async (when) => (await stage.gateway.cli(["policy", "replay", "--since", "1h", "--file", draft(when)])).output.includes(json.dragoman_exchange);
      assert.equal(await isRefusedBy("context.subject.is_actor && !(context has user)"), true);
      assert.equal(await isRefusedBy("context has user"), false);
    } finally {
      assert.equal((await stage.gateway.admin("/v1/documents/Policy/calls", { method: "DELETE" })).status, 200);
    }
  });

  test("is refused what no grant is", async () => {
    assertFault(await grants.forItself({ grant_type: "password" }), "GRANT_TYPE_UNKNOWN");
    assertFault(await grants.forItself({ grant_type: undefined }), "GRANT_TYPE_MISSING");
    assertFault(await grants.forItself({ grant_type: "CLIENT_CREDENTIALS" }), "GRANT_TYPE_UNKNOWN");
  });
});

describe("an ID-JAG", () => {
  let grants, stage, us;
  before(async () => {
    grants = await openGrants();
    ({ stage } = grants);
    us = stage.gateway.issuer;
  });
  after(() => grants?.close());

  test("gives the client it names a token for the resource and person it names, with the client as who acts", async () => {
    const answer = await grants.redeem(grants.idJag({ sub: "alice", acr: "urn:mfa" }));
    const claims = assertGranted(answer);
    assert.deepEqual([claims.sub, claims.sub_iss, claims.aud, claims.client_id], ["alice", stage.corp.identifier, grants.endpoint, "orders-agent"]);
    assert.deepEqual(claims.act, { iss: us, sub: "orders-agent" });
    assert.equal(claims.scope, "files:read files:write");
    assert.equal(await grants.isActive(answer.json.access_token), true);
  });

  test("is redeemed by oauth4webapi", async () => {
    const fetch = trustingFetch(stage.certificates.ca);
    const server = await oauth.processDiscoveryResponse(new URL(us), await oauth.discoveryRequest(new URL(us), { algorithm: "oauth2", [oauth.customFetch]: fetch }));
    assert.deepEqual(server.authorization_grant_profiles_supported, ["urn:ietf:params:oauth:grant-profile:id-jag"]);
    const client = { client_id: "orders-agent" };
    const response = await oauth.genericTokenEndpointRequest(server, client, oauth.ClientSecretBasic(stage.secrets["orders-agent"]), jwtBearer,
      { assertion: grants.idJag(), scope: "files:read" }, { [oauth.customFetch]: fetch });
    assert.equal((await oauth.processGenericTokenEndpointResponse(server, client, response)).scope, "files:read");
    fetch.close();
  });

  test("takes the resource of the request only where it is its own", async () => {
    assertGranted(await grants.redeem(grants.idJag(), { resource: grants.endpoint }));
    assertGranted(await grants.redeem(grants.idJag({ resource: [grants.endpoint] }), { audience: "files" }));
    assertFault(await grants.redeem(grants.idJag(), { resource: "https://api.partner.example/orders" }), "GRANT_RESOURCE");
    assertFault(await grants.redeem(grants.idJag(), { audience: "partner-orders", resource: grants.endpoint }), "TARGET_SEVERAL");
    assertFault(await grants.redeem(grants.idJag({ resource: "https://nowhere.example/mcp" })), "TARGET_UNKNOWN");
    assertFault(await grants.redeem(grants.idJag({ resource: "https://nowhere.example/mcp" }), { resource: grants.endpoint }), "GRANT_RESOURCE");
    for (const resource of [undefined, [], [grants.endpoint, "https://api.partner.example/orders"], 7, [7], ""])
      assertGrantFault(await grants.redeem(grants.idJag({ resource }), { resource: grants.endpoint }), "TOKEN_CLAIMS");
  });

  test("gives no more scope than it has", async () => {
    assertFault(await grants.redeem(grants.idJag({ scope: "files:read" }), { scope: "files:write" }), "SCOPE_WIDER");
    assert.equal(assertGranted(await grants.redeem(grants.idJag({ scope: "files:read calendar" }))).scope, "files:read");
  });

  test("is refused as invalid_grant whatever is wrong with it", async () => {
    const stranger = makeKey("ES256");
    const cases = [
      ["GRANT_CLIENT", grants.idJag({ client_id: "stranger" })],
      ["TOKEN_CLAIMS", grants.idJag({ client_id: undefined })],
      ["TOKEN_CLAIMS", grants.idJag({ client_id: ["orders-agent"] })],
      ["TOKEN_CLAIMS", grants.idJag({ jti: undefined })],
      ["TOKEN_CLAIMS", grants.idJag({ iat: undefined })],
      ["TOKEN_TYP", grants.idJag({}, { typ: "JWT" })],
      ["TOKEN_TYP", grants.idJag({}, { typ: undefined })],
      ["TOKEN_TYP", grants.idJag({}, { typ: "at+jwt" })],
      ["TOKEN_AUDIENCE", grants.idJag({ aud: "https://elsewhere.example" })],
      ["TOKEN_AUDIENCE", grants.idJag({ aud: [us, "https://elsewhere.example"] })],
      ["TOKEN_AUDIENCE", grants.idJag({ aud: `${us}/token` })],
      ["TOKEN_AUDIENCE", grants.idJag({ aud: `${us}/` })],
      ["TOKEN_EXPIRED", grants.idJag({ iat: now() - 300, exp: now() - 60 })],
      ["TOKEN_LIFETIME", grants.idJag({ exp: now() + 3600 })],
      ["TOKEN_NOT_YET_VALID", grants.idJag({ nbf: now() + 120 })],
      ["TOKEN_CONSTRAINED", grants.idJag({ cnf: { jkt: "x" } })],
      ["TOKEN_KEY_UNKNOWN", grants.idJag({}, {}, stranger)],
      ["TOKEN_SIGNATURE", grants.idJag({}, {}, { ...stranger, kid: stage.corp.keys[0].kid })],
      ["TOKEN_ISSUER_UNKNOWN", grants.idJag({ iss: "https://idp.nowhere.example" })],
      ["TOKEN_MALFORMED", "not.a.token"],
    ];
    for (const [symbol, assertion] of cases) assertGrantFault(await grants.redeem(assertion), symbol);
    assertFault(await grants.redeem(""), "GRANT_MISSING");
  });

  test("is taken from no issuer that was not said to give any", async () => {
    const foreign = stage.other.token({ aud: us, client_id: "orders-agent", resource: grants.endpoint, exp: now() + 300 }, { typ: "oauth-id-jag+jwt" });
    assertGrantFault(await grants.redeem(foreign), "TOKEN_TYPE_NOT_ACCEPTED");
  });

  test("is good for nothing else: no subject, no actor, no client's proof", async () => {
    for (const type of ["jwt", "access_token", "id_token"])
      assertFault(await stage.exchange({ subject_token: grants.idJag(type === "id_token" ? { aud: "orders-agent" } : {}), subject_token_type: tokenType(type) }), "TOKEN_TYP");
    assertFault(await stage.exchange({ subject_token: grants.idJag(), subject_token_type: tokenType("id-jag") }), "TOKEN_TYPE_NOT_ACCEPTED");
    assertFault(await stage.exchange({ actor_token: grants.idJag(), actor_token_type: tokenType("jwt") }), "TOKEN_TYP");
    assertFault(await grants.redeem(grants.idJag(), {}, { auth: undefined }), "CLIENT_MISSING");
  });

  test("and nothing else is an ID-JAG: another token of the same person is refused", async () => {
    assertGrantFault(await grants.redeem(stage.userToken()), "TOKEN_TYP");
    assertGrantFault(await grants.redeem(stage.platformToken()), "TOKEN_TYPE_NOT_ACCEPTED"); // of an agent, shown by a client
  });

  test("is redeemed once, also of ten at a time and after a restart", async () => {
    const assertion = grants.idJag();
    const answers = await Promise.all(Array.from({ length: 10 }, () => grants.redeem(assertion)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(400)]);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      assertFault(answer, "GRANT_REPLAYED");
      const record = await stage.gateway.record(answer.json.dragoman_exchange);
      assert.deepEqual([record.outcome, record.reason], ["refused", "grant_replayed"]);
    }
    await stage.gateway.stop();
    await stage.gateway.start();
    assertFault(await grants.redeem(assertion), "GRANT_REPLAYED");
    assertGranted(await grants.redeem(grants.idJag()));
  });

  test("is told apart from a client assertion that is used again", async () => {
    const proof = stage.clientAssertion();
    const byKey = (assertion, clientAssertion) => grants.redeem(assertion, { client_assertion_type: assertionType, client_assertion: clientAssertion }, { auth: undefined });
    const assertion = grants.idJag();
    assertGranted(await byKey(assertion, proof));
    const again = await byKey(grants.idJag(), proof);
    assertFault(again, "ASSERTION_REPLAYED");
    const record = await stage.gateway.record(again.json.dragoman_exchange);
    assert.deepEqual([record.outcome, record.reason], ["refused", "assertion_replayed"]);
    assertFault(await byKey(assertion, proof), "ASSERTION_REPLAYED"); // both
    assertFault(await byKey(assertion, stage.clientAssertion()), "GRANT_REPLAYED");
  });

  test("that was refused is not used up", async () => {
    const assertion = grants.idJag({ scope: "files:read" });
    assertFault(await grants.redeem(assertion, { scope: "files:admin" }), "SCOPE_WIDER");
    assert.equal((await grants.redeem(assertion, { dragoman_dry_run: "true" })).status, 200);
    assertGranted(await grants.redeem(assertion));
    assertFault(await grants.redeem(assertion), "GRANT_REPLAYED");
  });

  test("brings its chain of actors along, to which the client is added", async () => {
    const act = { iss: "https://agents.example", sub: "planner" };
    const claims = assertGranted(await grants.redeem(grants.idJag({ act })));
    assert.deepEqual(claims.act, { iss: us, sub: "orders-agent", act });
    assertGrantFault(await grants.redeem(grants.idJag({ act: "planner" })), "ACTOR_MALFORMED");
  });
});

describe("a workload's token as the grant", () => {
  let grants, stage;
  before(async () => {
    grants = await openGrants();
    ({ stage } = grants);
  });
  after(() => grants?.close());

  test("is all that an agent of a class needs, and is not used up", async () => {
    const token = stage.platformToken();
    for (let i = 0; i < 2; i++) {
      const claims = assertGranted(await grants.asWorkload(token, { scope: "files:read" }));
      assert.deepEqual([claims.sub, claims.sub_iss, claims.client_id, claims.scope], ["system:serviceaccount:agents:billing", stage.cluster.identifier, "billing-agents", "files:read"]);
      assert.equal("act" in claims, false);
    }
    assertGranted(await grants.asWorkload(token, { client_id: "billing-agents" }));
  });

  test("is refused as invalid_grant whatever is wrong with it", async () => {
    const cases = [
      ["AGENT_CLASS_NONE", stage.platformToken({ sub: "system:serviceaccount:agents:other" })],
      ["TOKEN_AUDIENCE", stage.platformToken({ aud: "https://elsewhere.example" })],
      ["TOKEN_EXPIRED", stage.platformToken({ iat: now() - 600, exp: now() - 300 })],
      ["TOKEN_SIGNATURE", stage.platformToken().replace(/.{8}$/, "AAAAAAAA")],
      ["TOKEN_TYPE_NOT_ACCEPTED", stage.userToken()], // of an issuer that is no platform
      ["TOKEN_ISSUER_UNKNOWN", stage.platformToken({ iss: "https://cluster.nowhere.example" })],
      ["TOKEN_MALFORMED", "not a token"],
      ["TOKEN_TYP", stage.platformToken({}, { typ: "at+jwt" })],
    ];
    for (const [symbol, assertion] of cases) assertGrantFault(await grants.asWorkload(assertion), symbol);
  });

  test("opens what the target's rules open to that issuer and class, and needs a target", async () => {
    assertFault(await grants.asWorkload(undefined, { resource: undefined }), "TARGET_MISSING");
    assertFault(await grants.asWorkload(undefined, { resource: "https://api.partner.example/orders" }), "TARGET_ISSUER");
    assertGrantFault(await grants.asWorkload(undefined, { client_id: "orders-agent" }), "CLIENT_ID_MISMATCH");
  });
});

describe("who is dead gets no token by any grant", () => {
  let grants, stage, us;
  before(async () => {
    grants = await openGrants({ gateway: { kills: { clockMargin: "0s" } }, edit: (documents, { gateway }) => {
      documents.set("Client/switched-off", { kind: "Client", metadata: { name: "switched-off" }, spec: { enabled: false,
        authentication: { methods: ["client_secret_basic"], secretFile: gateway.writeSecret("off.secret", "o".repeat(40)) } } });
      Object.assign(documents.get("Issuer/other-idp").spec, { enabled: false, tokenTypes: ["id-jag"] });
    } });
    ({ stage } = grants);
    us = stage.gateway.issuer;
  });
  after(() => grants?.close());

  const workload = "system:serviceaccount:agents:billing";
  // Made after the kills before, so that only a bar refuses them.
  const later = () => ({ iat: now() + 2 });
  const asks = {
    "client_credentials of a client": () => grants.forItself(),
    "client_credentials of an agent": () => grants.forItself({ client_assertion_type: assertionType, client_assertion: stage.platformToken(later()) }, { auth: undefined }),
    "an ID-JAG": () => grants.redeem(grants.idJag(later())),
    "a workload's token": () => grants.asWorkload(stage.platformToken(later())),
    "an exchange": () => stage.exchange({ subject_token: stage.userToken({ ...later(), scope: "files:read" }), audience: "files" }),
  };
  const ofClient = ["client_credentials of a client", "an ID-JAG", "an exchange"];
  const ofAgent = ["client_credentials of an agent", "a workload's token"];
  const ofAlice = ["an ID-JAG", "an exchange"];
  const cases = () => [
    ["client", "orders-agent", ofClient], ["client", "billing-agents", ofAgent],
    ["agent", `${us} orders-agent`, ofClient], ["agent", `${stage.cluster.identifier} ${workload}`, ofAgent],
    ["subject", `${us} orders-agent`, ["client_credentials of a client"]], ["subject", `${stage.corp.identifier} alice`, ofAlice],
    ["subject", `${stage.cluster.identifier} ${workload}`, ofAgent],
    ["issuer", stage.corp.identifier, ofAlice], ["issuer", stage.cluster.identifier, ofAgent],
    ["target", "files", Object.keys(asks)], ["everything", us, Object.keys(asks)],
  ];

  test("and what it had got is dead", async () => {
    for (const [kind, id, dead] of cases()) {
      const before = {};
      for (const [name, ask] of Object.entries(asks)) {
        const answer = await ask();
        assert.equal(answer.status, 200, `${name} before the kill of ${kind} ${id}: ${answer.text}`);
        before[name] = answer.json.access_token;
      }
      const killed = await stage.gateway.kill(kind, id);
      assert.equal(killed.status, 200, `${kind} ${id}: ${killed.text}`);
      for (const [name, ask] of Object.entries(asks)) {
        const { status, json } = await ask();
        assert.equal(status === 200, !dead.includes(name), `${name} after the kill of ${kind} ${id}: ${JSON.stringify(json)}`);
        if (dead.includes(name)) assert.ok([faults.ACTOR_BARRED, faults.TARGET_BARRED, faults.TOKEN_REVOKED].some(({ sentence }) => sentence === json.error_description), json.error_description);
        assert.equal(await grants.isActive(before[name], stage.authOf("partner-api")), !dead.includes(name), `${name}, issued before the kill of ${kind} ${id}`);
      }
      assert.equal((await stage.gateway.lift(kind, id)).status, 200);
    }
  });

  test("nor where a document says that it is off", async () => {
    assertFault(await grants.forItself({}, { auth: ["switched-off", "o".repeat(40)] }), "CLIENT_DISABLED");
    const foreign = stage.other.token({ aud: us, client_id: "orders-agent", resource: grants.endpoint, exp: now() + 300 }, { typ: "oauth-id-jag+jwt" });
    assertGrantFault(await grants.redeem(foreign), "TOKEN_ISSUER_DISABLED");
  });
});
