// Who is calling: secrets by Basic and by form, self-signed assertions, and a platform's own token through AgentClass.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertClientFault, assertFault, faults } from "./kit/faults.js";
import { forge, makeKey, now } from "./kit/forge.js";
import { assertionType } from "./kit/gateway.js";
import { basic } from "./kit/http.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("client authentication", () => {
  let stage;
  const oddName = "odd:name%+&=";
  const oddSecret = "päss:w%rd+ &=secret-that-is-long-enough";
  before(async () => {
    stage = await Stage.open({
      edit: (documents, { gateway, clientKey }) => {
        const client = (name, authentication, more = {}) => documents.set(`Client/${name}`, { kind: "Client", metadata: { name }, spec: { authentication, ...more } });
        const keys = { jwks: { keys: [clientKey.jwk] } };
        client("odd", { methods: ["client_secret_basic"], secretFile: gateway.writeSecret("odd.secret", oddSecret) }, { clientId: oddName });
        client("old-fashioned", { methods: ["private_key_jwt"], ...keys, acceptTokenEndpointAudience: true });
        client("basic-only", { methods: ["client_secret_basic"], secretFile: gateway.writeSecret("b.secret", "b".repeat(40)) });
        client("keys-only", { methods: ["private_key_jwt"], ...keys });
        client("switched-off", { methods: ["client_secret_basic"], secretFile: gateway.writeSecret("off.secret", "o".repeat(40)) }, { enabled: false });
        documents.get("Target/partner-orders").spec.accepts.clients.push("odd", "old-fashioned", "basic-only", "keys-only", "switched-off");
        documents.set("AgentClass/all-of-ci", { kind: "AgentClass", metadata: { name: "all-of-ci" }, spec: { issuer: "cluster", match: { '"kubernetes.io".namespace': "ci" } } });
        documents.set("AgentClass/deployer", { kind: "AgentClass", metadata: { name: "deployer" }, spec: { issuer: "cluster", match: { sub: "deployer" } } });
      },
    });
  });
  after(() => stage?.close());

  const withAssertion = (client_assertion, more = {}) =>
    stage.gateway.post("/token", stage.form({ client_assertion_type: assertionType, client_assertion, ...more }));
  const assertion = (...args) => stage.clientAssertion(...args);
  const plain = (changes = {}, headers = {}) => stage.gateway.post("/token", stage.form(changes), { headers });

  test("is required", async () => {
    const answer = await plain();
    assertFault(answer, "CLIENT_MISSING");
    assertFault(await plain({ client_id: "orders-agent" }), "CLIENT_MISSING");
  });

  test("by Basic works and challenges with Basic only when Basic was used", async () => {
    assertGranted(await stage.exchange());
    const wrong = await stage.exchange({}, { auth: ["orders-agent", "wrong".repeat(8)] });
    assertFault(wrong, "CLIENT_SECRET_WRONG");
    assert.match(wrong.headers["www-authenticate"], /^Basic realm="/);
    const byForm = await plain({ client_id: "orders-agent", client_secret: "wrong".repeat(8) });
    assertFault(byForm, "CLIENT_SECRET_WRONG");
    assert.equal(byForm.headers["www-authenticate"], undefined);
    assert.equal((await withAssertion("garbage")).headers["www-authenticate"], undefined);
  });

  test("by Basic takes form-encoded names and secrets with any character", async () => {
    assertGranted(await stage.exchange({}, { auth: [oddName, oddSecret] }));
    const unescaped = "Basic " + Buffer.from(`${oddName}:${oddSecret}`).toString("base64");
    const answer = await plain({}, { authorization: unescaped });
    assert.equal(answer.status, 401);
    assert.equal(answer.json.error, "invalid_client");
  });

  test("by Basic is read strictly", async () => {
    for (const header of ["Basic", "Basic ", "Basic !!!!", "Basic bm9jb2xvbg==", "Bearer abc", "Basic OnNlY3JldA==",
      "Basic " + Buffer.from("a%zz:b").toString("base64"), "Basic " + "A".repeat(5000)])
      assertFault(await plain({}, { authorization: header }), "CLIENT_HEADER_MALFORMED");
    assertGranted(await plain({}, { authorization: basic(...stage.auth).replace("Basic", "bAsIc") }));
  });

  test("tells an unknown client and a wrong secret apart in the record only", async () => {
    const unknown = await stage.exchange({}, { auth: ["nobody", "x".repeat(40)] });
    assertFault(unknown, "CLIENT_UNKNOWN");
    assert.equal(faults.CLIENT_UNKNOWN.sentence, faults.CLIENT_SECRET_WRONG.sentence);
  });

  test("by form works", async () => {
    const [client_id, client_secret] = stage.auth;
    assertGranted(await plain({ client_id, client_secret }));
    assertFault(await plain({ client_secret }), "CLIENT_MISSING");
  });

  test("is one method per request", async () => {
    const [client_id, client_secret] = stage.auth;
    assertFault(await stage.exchange({ client_id, client_secret }), "CLIENT_METHODS_MIXED");
    assertFault(await stage.exchange({ client_assertion_type: assertionType, client_assertion: assertion() }), "CLIENT_METHODS_MIXED");
    assertFault(await withAssertion(assertion(), { client_id, client_secret }), "CLIENT_METHODS_MIXED");
    assertFault(await stage.exchange({ client_assertion: assertion() }), "CLIENT_METHODS_MIXED");
    assertFault(await plain({ client_assertion: assertion() }), "ASSERTION_TYPE_UNKNOWN");
  });

  test("keeps to the methods a client is registered for, and to enabled clients", async () => {
    assertFault(await plain({ client_id: "basic-only", client_secret: "b".repeat(40) }), "CLIENT_METHOD_NOT_ALLOWED");
    assertFault(await withAssertion(assertion({ iss: "basic-only", sub: "basic-only" })), "CLIENT_METHOD_NOT_ALLOWED");
    assertFault(await stage.exchange({}, { auth: ["keys-only", "k".repeat(40)] }), "CLIENT_SECRET_WRONG");
    assertFault(await stage.exchange({}, { auth: ["switched-off", "o".repeat(40)] }), "CLIENT_DISABLED");
  });

  test("wants client_id, when it is sent, to be the client that authenticated", async () => {
    assertGranted(await stage.exchange({ client_id: "orders-agent" }));
    assertFault(await stage.exchange({ client_id: "partner-api" }), "CLIENT_ID_MISMATCH");
    assertFault(await withAssertion(assertion(), { client_id: "partner-api" }), "CLIENT_ID_MISMATCH");
  });

  test("by a signed assertion works once per assertion", async () => {
    const once = assertion();
    assertGranted(await withAssertion(once));
    assertFault(await withAssertion(once), "ASSERTION_REPLAYED");
    assertGranted(await withAssertion(assertion({}, { typ: "JWT" })));
    assertGranted(await withAssertion(assertion({}, { typ: undefined })));
    assertGranted(await withAssertion(assertion({ aud: [stage.gateway.issuer] })));
  });

  test("lets exactly one of many simultaneous uses of an assertion through", async () => {
    const once = assertion();
    const http2 = stage.gateway.http2();
    const form = stage.form({ client_assertion_type: assertionType, client_assertion: once });
    const overs = Array.from({ length: 16 }, (_, i) => (i % 2 ? http2 : stage.gateway.http));
    const answers = await Promise.all(overs.map((over) => stage.gateway.post("/token", form, { over })));
    http2.close();
    const granted = answers.filter((answer) => answer.status === 200);
    assert.equal(granted.length, 1);
    for (const answer of answers.filter((answer) => answer.status !== 200)) assertFault(answer, "ASSERTION_REPLAYED");
  });

  test("counts an assertion as used at every endpoint", async () => {
    const once = assertion();
    const granted = assertGranted(await stage.exchange());
    const form = { token: granted.access_token, client_assertion_type: assertionType, client_assertion: once };
    assert.equal((await stage.gateway.post("/introspect", form)).json.active, true);
    assertFault(await withAssertion(once), "ASSERTION_REPLAYED");
    assertFault(await stage.gateway.post("/introspect", form), "ASSERTION_REPLAYED");
    assertFault(await stage.gateway.post("/revoke", form), "ASSERTION_REPLAYED");
  });

  test("counts an assertion as used though the call was refused", async () => {
    for (const [path, changes, symbol] of [["/revoke", {}, "TOKEN_MISSING"], ["/token", stage.form({ scope: "orders:write" }), "SCOPE_WIDER"],
      ["/token", stage.form({ grant_type: "password" }), "GRANT_TYPE_UNKNOWN"]]) {
      const once = assertion();
      assertFault(await stage.gateway.post(path, { ...changes, client_assertion_type: assertionType, client_assertion: once }), symbol);
      assertFault(await withAssertion(once), "ASSERTION_REPLAYED");
    }
  });

  test("wants our issuer identifier as an assertion's only audience, and says so", async () => {
    const us = stage.gateway.issuer;
    const sentence = `${faults.ASSERTION_AUDIENCE.sentence} Expected: ${us}`;
    for (const aud of [`${us}/token`, `${us}/`, [us, "https://other.example"], [`${us}/token`], [], undefined, "https://other.example", us.toUpperCase()]) {
      const answer = await withAssertion(assertion({ aud }));
      if (aud === undefined || aud.length === 0) assert.equal(answer.json.error, "invalid_client");
      else assertFault(answer, "ASSERTION_AUDIENCE", { sentence });
    }
  });

  test("accepts the token endpoint as audience for a client that was switched to it, still alone", async () => {
    const us = stage.gateway.issuer;
    const old = (aud) => withAssertion(assertion({ iss: "old-fashioned", sub: "old-fashioned", aud }));
    assertGranted(await old(`${us}/token`));
    assertGranted(await old(us));
    assertFault(await old([us, `${us}/token`]), "ASSERTION_AUDIENCE", { sentence: `${faults.ASSERTION_AUDIENCE.sentence} Expected: ${us}` });
  });

  test("by assertion checks signature, claims, time and typ", async () => {
    const stranger = makeKey("ES256", stage.clientKey.kid);
    assertFault(await withAssertion(assertion({}, {}, stranger)), "ASSERTION_SIGNATURE");
    assertFault(await withAssertion(assertion({}, { kid: "another" })), "ASSERTION_SIGNATURE");
    assertFault(await withAssertion(assertion({ sub: "partner-api" })), "ASSERTION_CLAIMS");
    assertFault(await withAssertion(assertion({ jti: undefined })), "ASSERTION_CLAIMS");
    assertFault(await withAssertion(assertion({ exp: undefined })), "ASSERTION_CLAIMS");
    assertFault(await withAssertion(assertion({ exp: now() - 60 })), "ASSERTION_TIME");
    assertFault(await withAssertion(assertion({ nbf: now() + 600 })), "ASSERTION_TIME");
    assertFault(await withAssertion(assertion({ exp: now() + 86_400 })), "ASSERTION_TIME");
    assertFault(await withAssertion(assertion({}, { typ: "at+jwt" })), "ASSERTION_TYP");
    assertFault(await withAssertion(assertion({ iss: "nobody", sub: "nobody" })), "CLIENT_UNKNOWN");
    assertFault(await withAssertion("no.jwt"), "ASSERTION_MALFORMED");
    const other = await withAssertion(assertion(), { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer" });
    assertFault(other, "ASSERTION_TYPE_UNKNOWN");
  });

  test("uses an assertion up for its own client alone: another's may bear the same jti", async () => {
    const jti = "a jti that two clients happen to choose";
    const of = (client) => forge({ key: stage.clientKey, claims: { iss: client, sub: client, aud: stage.gateway.issuer, jti, iat: now(), exp: now() + 60 } });
    assertGranted(await withAssertion(of("keys-only")));
    assertGranted(await withAssertion(of("old-fashioned")));
    assertFault(await withAssertion(of("keys-only")), "ASSERTION_REPLAYED");
  });

  test("is refused when the Authorization header is there twice", async () => {
    const twice = await stage.gateway.http.send("/token", { method: "POST", body: new URLSearchParams(stage.form()).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", authorization: [basic(...stage.auth), basic(...stage.auth)] } });
    assertFault(twice, "CLIENT_METHODS_MIXED");
  });

  test("takes a platform's token again and again, since it is not single-use", async () => {
    const token = stage.platformToken();
    assertGranted(await stage.exchangeAsAgent({}, token));
    assertGranted(await stage.exchangeAsAgent({}, token));
  });

  test("matches an agent class exactly, claim by claim", async () => {
    const refused = async (claims) => assertFault(await stage.exchangeAsAgent({}, stage.platformToken(claims)), "AGENT_CLASS_NONE");
    await refused({ sub: "system:serviceaccount:agents:billing2" });
    await refused({ sub: "system:serviceaccount:agents:Billing" });
    await refused({ "kubernetes.io": { namespace: "agents2" } });
    await refused({ "kubernetes.io": { namespace: ["agents"] } });
    await refused({ "kubernetes.io": undefined });
    await refused({ "kubernetes.io.namespace": "agents", "kubernetes.io": {} });
    assertFault(await stage.exchangeAsAgent({}, stage.platformToken({ sub: "deployer", "kubernetes.io": { namespace: "ci" } })), "AGENT_CLASS_AMBIGUOUS");
  });

  test("verifies a platform's token like every other token", async () => {
    assertClientFault(await stage.exchangeAsAgent({}, stage.platformToken({ aud: ["https://elsewhere.example"] })), "TOKEN_AUDIENCE");
    assertClientFault(await stage.exchangeAsAgent({}, stage.platformToken({ exp: now() - 120, iat: now() - 200 })), "TOKEN_EXPIRED");
    const forged = forge({ key: makeKey("RS256", stage.cluster.keys[0].kid), claims: stage.cluster.claims({ sub: "system:serviceaccount:agents:billing", aud: stage.gateway.issuer, "kubernetes.io": { namespace: "agents" } }) });
    assertClientFault(await stage.exchangeAsAgent({}, forged), "TOKEN_SIGNATURE");
  });

  test("finds the class among many of the same issuer, whatever audience it names", async () => {
    const classes = Array.from({ length: 40 }, (_, i) => ({ kind: "AgentClass", metadata: { name: `other-${i}` }, spec: { issuer: "cluster", match: { sub: `other-${i}` } } }));
    const last = { kind: "AgentClass", metadata: { name: "zz-last" }, spec: { issuer: "cluster", match: { sub: "last" }, audiences: ["https://last.example"] } };
    await stage.gateway.apply(...classes, last);
    const answer = await stage.gateway.http.send("/targets", { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ client_assertion_type: assertionType, client_assertion: stage.platformToken({ sub: "last", aud: ["https://last.example"] }) }).toString() });
    assert.equal(answer.status, 200, answer.text);
  });

  test("tells nobody which clients there are, or how they prove themselves", async () => {
    const guess = (client) => withAssertion(forge({ key: makeKey("ES256"), claims: { iss: client, sub: client, aud: stage.gateway.issuer, jti: client, iat: now(), exp: now() + 60 } }));
    const answers = await Promise.all(["nobody", "orders-agent", "keys-only", "basic-only", "partner-api"].map(guess));
    const said = answers.map(({ status, json: { error, error_description } }) => `${status} ${error} ${error_description}`);
    assert.deepEqual(new Set(said).size, 1, said.join("\n"));
    const wrong = await stage.exchange({}, { auth: ["basic-only", "wrong".repeat(8)] }), unknown = await stage.exchange({}, { auth: ["nobody", "wrong".repeat(8)] });
    assert.equal(wrong.json.error_description, answers[0].json.error_description);
    assert.equal(unknown.json.error_description, answers[0].json.error_description);
  });

  test("takes no token of an ordinary issuer, and none of our own, as client proof", async () => {
    assertFault(await stage.exchangeAsAgent({}, stage.corp.token({ aud: stage.gateway.issuer })), "CLIENT_UNKNOWN");
    const own = assertGranted(await stage.exchange()).access_token;
    assertFault(await stage.exchangeAsAgent({}, own), "CLIENT_UNKNOWN");
  });
});

describe("an address that is refused too often before its client is known", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ gateway: { limits: { threads: 2, strangers: { refusalsPerMinute: 6, logFrom: 6 } } } });
    while (new Date().getSeconds() > 50) await new Promise((resolve) => setTimeout(resolve, 1000)); // one minute sees it all
  });
  after(() => stage?.close());

  const stolen = () => ({ client_assertion_type: assertionType, client_assertion: stage.clientAssertion({}, {}, makeKey("ES256")) });
  const metric = async (name) => Number((await stage.gateway.admin("/metrics")).text.match(new RegExp(`^${name} (\\d+)$`, "m"))?.[1]);

  test("is answered 429 on every endpoint, before anything is verified, and the log says why", async () => {
    for (let i = 0; i < 8; i++) assertGranted(await stage.exchange());
    for (let i = 0; i < 8; i++) assertFault(await stage.exchange({ scope: "nonsense" }), "SCOPE_NOT_OFFERED");
    for (let i = 0; i < 4; i++) assertFault(await stage.gateway.post("/token", stage.form(stolen())), "ASSERTION_SIGNATURE");
    for (let i = 0; i < 2; i++) assertFault(await stage.exchange({}, { auth: ["nobody", "n".repeat(40)] }), "CLIENT_UNKNOWN");
    for (const path of ["/token", "/introspect", "/revoke"]) {
      const answer = await stage.gateway.post(path, stage.form({ ...stolen(), token: "x" }));
      assertFault(answer, "ADDRESS_RATE");
      assert.ok(Number(answer.headers["retry-after"]) > 0 && Number(answer.headers["retry-after"]) <= 60);
    }
    assertFault(await stage.exchange(), "ADDRESS_RATE");
    for (const method of ["GET", "POST"]) assertFault(await stage.gateway.http.send("/targets", { method, headers: { authorization: basic("orders-agent", "guess".repeat(8)), "content-type": "application/x-www-form-urlencoded" } }), "ADDRESS_RATE");
    assert.equal(await metric("dragoman_strangers"), 1);
    assert.equal(await metric("dragoman_strangers_held_off_total"), 1);
    assert.equal((await stage.gateway.admin("/metrics")).text.includes("127.0.0.1"), false);
    await stage.gateway.stop();
    const [line] = stage.gateway.events("strangers_refused");
    assert.deepEqual({ ...line, ts: undefined, minute: undefined }, { ts: undefined, minute: undefined, level: "warning",
      event: "strangers_refused", address: "127.0.0.1", refused: 6, held_off: 6, reasons: "assertion_signature=4 client_unknown=2" });
  });
});
