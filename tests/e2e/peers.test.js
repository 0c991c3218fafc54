// The main job among real peers: oidc-provider issues, openid-client and oauth4webapi exchange, jose verifies at a
// resource server of its own. Nothing here but configuration is ours.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { after, before, describe, test } from "node:test";
import { createRemoteJWKSet, customFetch as joseFetch, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { grantType, tokenType } from "./kit/gateway.js";
import { trustingFetch } from "./kit/http.js";
import { RealProvider } from "./kit/provider.js";
import { Stage } from "./kit/stage.js";

const audience = "https://api.partner.example";

describe("among real peers", () => {
  let stage, provider, fetch, resourceServer;

  before(async () => {
    stage = await Stage.open({
      prepare: async ({ certificates, gateway }) => (provider = await new RealProvider(certificates, gateway.issuer).start()),
      edit: (documents, { gateway }) => {
        documents.set("Issuer/real-idp", { kind: "Issuer", metadata: { name: "real-idp" }, spec: { domain: "corp", issuer: provider.identifier, audiences: [gateway.issuer], algorithms: ["ES256"] } });
        documents.get("Target/partner-orders").spec.accepts.issuers.push("real-idp");
      },
    });
    fetch = trustingFetch(stage.certificates.ca);
    resourceServer = await openResourceServer();
  });
  after(async () => {
    await stage?.close();
    await provider?.stop();
    resourceServer?.close();
    fetch?.close();
  });

  // The other domain's API: believes the gateway's published keys and nothing else.
  async function openResourceServer() {
    const keys = createRemoteJWKSet(new URL(`${stage.gateway.issuer}/jwks`), { [joseFetch]: fetch });
    const server = createServer({ cert: stage.certificates.certificate, key: stage.certificates.key }, async (request, response) => {
      try {
        const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
        const { payload } = await jwtVerify(token, keys, { issuer: stage.gateway.issuer, audience, typ: "at+jwt" });
        response.end(JSON.stringify({ hello: payload.sub, through: payload.act?.sub, scope: payload.scope }));
      } catch (error) {
        response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end(JSON.stringify({ error: error.code }));
      }
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { url: `https://127.0.0.1:${server.address().port}/orders`, close: () => server.closeAllConnections() || server.close() };
  }

  async function call(token) {
    const response = await fetch(resourceServer.url, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, ...(await response.json()) };
  }

  async function serviceToken() {
    const config = await openid.discovery(new URL(provider.identifier), provider.clientId, undefined, openid.ClientSecretBasic(provider.clientSecret), { [openid.customFetch]: fetch });
    config[openid.customFetch] = fetch;
    const { access_token: token } = await openid.clientCredentialsGrant(config, { resource: stage.gateway.issuer, scope: "orders:read" });
    return token;
  }

  const parameters = (subjectToken) => ({ subject_token: subjectToken, subject_token_type: tokenType("access_token"), audience, scope: "orders:read" });

  async function gatewayByOpenidClient() {
    const [clientId, secret] = stage.auth;
    const config = await openid.discovery(new URL(stage.gateway.issuer), clientId, undefined, openid.ClientSecretBasic(secret), { [openid.customFetch]: fetch, algorithm: "oauth2" });
    config[openid.customFetch] = fetch;
    return config;
  }

  test("openid-client exchanges a token of oidc-provider, and jose's resource server accepts the result", async () => {
    const subject = await serviceToken();
    assert.equal((await call(subject)).status, 401, "the foreign token itself opens nothing");
    const answer = await openid.genericGrantRequest(await gatewayByOpenidClient(), grantType, parameters(subject));
    assert.equal(answer.token_type, "bearer"); // the library lower-cases it
    assert.equal(answer.issued_token_type, tokenType("access_token"));
    assert.deepEqual(await call(answer.access_token), { status: 200, hello: "nightly-report", through: "orders-agent", scope: "orders:read" });
  });

  test("oauth4webapi exchanges too, proving itself with private_key_jwt", async () => {
    const options = { [oauth.customFetch]: fetch };
    const issuer = new URL(stage.gateway.issuer);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...options, algorithm: "oauth2" }));
    const client = { client_id: "orders-agent" };
    const key = await globalThis.crypto.subtle.importKey("jwk", stage.clientKey.privateKey.export({ format: "jwk" }), { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
    const proof = oauth.PrivateKeyJwt({ key, kid: stage.clientKey.kid });
    const response = await oauth.genericTokenEndpointRequest(as, client, proof, grantType, new URLSearchParams(parameters(await serviceToken())), options);
    const answer = await oauth.processGenericTokenEndpointResponse(as, client, response);
    assert.equal((await call(answer.access_token)).status, 200);
    const introspected = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, proof, answer.access_token, options));
    assert.equal(introspected.active, true);
    assert.equal(introspected.act.sub, "orders-agent");
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof, answer.access_token, options));
    const after = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, proof, answer.access_token, options));
    assert.equal(after.active, false);
  });

  test("libraries read our refusals as OAuth errors", async () => {
    const config = await gatewayByOpenidClient();
    const subject = await serviceToken();
    await assert.rejects(openid.genericGrantRequest(config, grantType, { ...parameters(subject), audience: "https://nowhere.example" }), (error) => {
      assert.equal(error.error, "invalid_target");
      assert.equal(error.status, 400);
      return true;
    });
  });

  test("no exchange fails while oidc-provider rotates its keys, and the forgotten key opens nothing", async () => {
    const config = await gatewayByOpenidClient();
    const early = await serviceToken();
    const exchangeOne = async () => (await openid.genericGrantRequest(config, grantType, parameters(await serviceToken()))).access_token;
    const tokens = [];
    for (let i = 0; i < 10; i++) tokens.push(await exchangeOne());
    provider.rotate();
    tokens.push(...(await Promise.all(Array.from({ length: 12 }, exchangeOne))));
    tokens.push((await openid.genericGrantRequest(config, grantType, parameters(early))).access_token);
    provider.forgetOldKeys();
    tokens.push(...(await Promise.all(Array.from({ length: 12 }, exchangeOne))));
    for (const token of tokens) assert.equal((await call(token)).status, 200);
  });

  test("a resource server refuses our token for another audience, and a changed one", async () => {
    const config = await gatewayByOpenidClient();
    const forFiles = await openid.genericGrantRequest(config, grantType, { subject_token: stage.userToken(), subject_token_type: tokenType("access_token"), audience: "https://files.partner.example" });
    assert.equal((await call(forFiles.access_token)).status, 401);
    const good = await openid.genericGrantRequest(config, grantType, parameters(await serviceToken()));
    assert.equal((await call(good.access_token.slice(0, -8) + "AAAAAAAA")).status, 401);
  });
});
