// A gateway that is called one thing and reached at another: what names it (iss, audiences, its keys) says the one, what leads
// to it (endpoints, links, redirect URIs) the other.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Browser } from "./kit/browser.js";
import { assertFault, faults } from "./kit/faults.js";
import { assertionType } from "./kit/gateway.js";
import { LoginProvider } from "./kit/login_provider.js";
import { programs, run } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

const ISSUER = "https://id.example.org/agents";

describe("a gateway with an issuer identifier and a service URL", () => {
  let stage, gateway, provider, service;
  before(async () => {
    const secret = randomBytes(24).toString("hex");
    stage = await Stage.open({
      gateway: ({ origin }) => ({ issuer: ISSUER, serviceUrl: `${origin}/in`, authorization: { registration: true } }),
      prepare: async ({ certificates, gateway: { origin } }) => {
        provider = await new LoginProvider(certificates, ISSUER, { web: { clientId: "the-gateway", secret, redirectUri: `${origin}/in/login/callback/people` } }).start();
      },
      edit: (documents, { gateway: ours }) => {
        documents.set("Issuer/people", { kind: "Issuer", metadata: { name: "people" }, spec: { domain: "corp", issuer: provider.identifier, audiences: [ISSUER], algorithms: ["ES256"],
          tokenTypes: ["access_token"], login: { clientId: "the-gateway", secretFile: ours.writeSecret("login.secret", secret) } } });
        documents.get("Issuer/corp-idp").spec.login = { clientId: "dragoman" };
        documents.set("Client/programs", { kind: "Client", metadata: { name: "programs" }, spec: { registered: true, authentication: { methods: ["none"] } } });
        documents.get("Target/partner-orders").spec.accepts.clients.push("programs");
        documents.set("Client/old", { kind: "Client", metadata: { name: "old" }, spec: { authentication: { methods: ["private_key_jwt"], jwks: { keys: [stage_key(documents)] }, acceptTokenEndpointAudience: true } } });
        documents.set("Target/drive", { kind: "Target", metadata: { name: "drive" }, spec: { domain: "partner", audiences: ["https://drive.example"], scopes: ["orders:read"], connection: { lifetime: "30d" },
          accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });
      },
    });
    gateway = stage.gateway;
    service = `${gateway.origin}/in`;
  });
  const stage_key = (documents) => documents.get("Client/orders-agent").spec.authentication.jwks.keys[0];
  after(async () => {
    await stage?.close();
    await provider?.stop();
  });

  test("says in its metadata who it is, and where; keys stay with the name", async () => {
    // RFC 8414 section 3.1 for the issuer and for who asks where it is reached; a proxy in front takes its path off the others.
    const paths = ["/.well-known/oauth-authorization-server/agents", "/.well-known/oauth-authorization-server/in", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
    for (const path of paths) {
      const { status, json, text } = await gateway.http.send(path);
      assert.equal(status, 200, `${path}: ${text}`);
      assert.equal(json.issuer, ISSUER);
      assert.equal(json.jwks_uri, `${ISSUER}/jwks`);
      for (const [member, own] of [["token_endpoint", "/token"], ["introspection_endpoint", "/introspect"], ["revocation_endpoint", "/revoke"], ["authorization_endpoint", "/authorize"], ["registration_endpoint", "/register"]])
        assert.equal(json[member], `${service}${own}`);
    }
    assertFault(await gateway.http.send("/.well-known/oauth-authorization-server/elsewhere"), "REQUEST_PATH");
    const { json } = await gateway.http.send("/.well-known/authzen-configuration/in");
    assert.deepEqual(json, { policy_decision_point: service, access_evaluation_endpoint: `${service}/access/v1/evaluation` });
  });

  test("issues under its name", async () => {
    const { claims } = assertGranted(await stage.exchange());
    assert.equal(claims.iss, ISSUER);
    assert.equal(claims.act.iss, ISSUER);
  });

  test("takes client assertions for its name, and for where its token endpoint is from clients that were told so", async () => {
    const assertRefused = (answer) => assertFault(answer, "ASSERTION_AUDIENCE", { sentence: `${faults.ASSERTION_AUDIENCE.sentence} Expected: ${ISSUER}` });
    const show = (client, aud) => stage.exchange({ client_assertion_type: assertionType, client_assertion: stage.clientAssertion({ iss: client, sub: client, aud }) }, { auth: undefined });
    assertGranted(await show("orders-agent", ISSUER));
    for (const aud of [`${service}/token`, service, `${ISSUER}/token`, [ISSUER, `${service}/token`]]) assertRefused(await show("orders-agent", aud));
    assert.notEqual((await show("old", `${service}/token`)).json.error, "invalid_client");
    for (const aud of [service, `${ISSUER}/token`]) assertRefused(await show("old", aud));
  });

  test("sends people to where it is reached, and takes back who comes from there", async () => {
    const { dragoman_interaction_uri: link } = assertFault(await stage.exchange({ audience: "https://drive.example" }), "CONNECTION_MISSING");
    assert.ok(link.startsWith(`${service}/connect/`), link);
    const browser = new Browser(stage.certificates, gateway.origin);
    const sent = await browser.send("/login/people");
    assert.equal(sent.location.searchParams.get("redirect_uri"), `${service}/login/callback/people`);
    const callback = await provider.browse(sent.location.href, "ann", `${service}/login/callback/`);
    const path = new URL(callback, gateway.origin);
    const answer = await browser.send(`${path.pathname.replace("/in/", "/")}${path.search}`);
    assert.equal(answer.status, 303, answer.text);
    assert.equal(answer.location.pathname, "/in/connections");
    browser.close();
  });

  test("knows its own forms by where it is reached, where a browser says no more than its origin", async () => {
    const post = async (origin) => (await gateway.post("/connections/disconnect", { connection: "x" }, { headers: { origin } })).text.includes(faults.FORM_FOREIGN.sentence);
    assert.equal(await post(new URL(ISSUER).origin), true);
    assert.equal(await post(gateway.origin), false);
  });

  test("is refused a service URL that endpoints cannot be written behind", async () => {
    for (const [serviceUrl, sentence] of [[`${ISSUER}/`, "spec.serviceUrl: where clients reach us must not end with a slash"], ["http://gateway.example", "spec.serviceUrl: expected"], [`${ISSUER}?x`, "spec.serviceUrl: expected"]]) {
      const document = { ...gateway.document, spec: { ...gateway.document.spec, serviceUrl } };
      const path = stage.folder.file("bad.yaml");
      writeFileSync(path, JSON.stringify(document));
      const { code, errors, output } = await run(programs.dragomand, ["check", path]);
      assert.notEqual(code, 0);
      assert.ok((errors + output).includes(sentence), errors + output);
    }
  });
});
