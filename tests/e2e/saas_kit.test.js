// The service that other tests connect accounts at does what it is taken for: it is tried here by somebody else's client,
// and by a person at a real browser.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import * as client from "openid-client";
import { Agent, fetch as plainFetch } from "undici";
import { makeCertificates } from "./kit/certificates.js";
import { Chromium, chromiumIsMissing } from "./kit/chromium.js";
import { forge, makeKey, now } from "./kit/forge.js";
import { trustingFetch } from "./kit/http.js";
import { privateFolder } from "./kit/machine.js";
import { Issuer } from "./kit/issuer.js";
import { clientOf, JWT_BEARER, SaasProvider, TOKEN_EXCHANGE } from "./kit/saas_provider.js";

describe("somebody else's OAuth", () => {
  let folder, certificates, saas, issuer, fetch, config, chromium;
  const secret = randomBytes(24).toString("hex"), key = makeKey("ES256"), callback = "https://127.0.0.1:1/callback";
  const configure = async (id, authentication) => {
    const made = await client.discovery(new URL(saas.identifier), id, undefined, authentication, { [client.customFetch]: fetch });
    made[client.customFetch] = fetch;
    return made;
  };
  before(async () => {
    folder = privateFolder();
    certificates = makeCertificates(folder);
    fetch = trustingFetch(certificates.ca);
    issuer = await new Issuer(certificates).start();
    saas = await new SaasProvider(certificates, { clients: [
      clientOf("client_secret_basic", { id: "web", secret, redirectUris: [callback] }),
      clientOf("private_key_jwt", { id: "key", jwks: { keys: [key.jwk] } }),
      clientOf("tls_client_auth", { id: "tls", certificate: certificates.certificate }),
      clientOf("client_secret_basic", { id: "asserting", secret, grants: [JWT_BEARER, TOKEN_EXCHANGE] }),
    ] }).start();
    config = await configure("web", client.ClientSecretBasic(secret));
  });
  after(async () => {
    await chromium?.close();
    await issuer?.stop();
    await saas?.stop();
    fetch?.close();
    folder?.remove();
  });

  const me = async (token) => (await fetch(`${saas.identifier}/api/me`, { headers: { authorization: `Bearer ${token}` } })).status;
  const refused = (promise, error) => assert.rejects(promise, (thrown) => (assert.equal(thrown.error ?? thrown.cause?.[0]?.parameters?.error, error, thrown.stack), true));

  // The person's way through login and consent there, by the keyboard.
  const connect = async (name) => {
    chromium ??= await Chromium.open(certificates);
    const person = await chromium.person(name, "https://127.0.0.1:1");
    const verifier = client.randomPKCECodeVerifier(), state = client.randomState();
    const url = client.buildAuthorizationUrl(config, { redirect_uri: callback, scope: "files.read files.write", state, prompt: "consent",
      code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" });
    await person.open(url.href);
    await person.type("login", name);
    await person.type("password", "any");
    await person.press("Sign-in");
    await person.sees("Authorize");
    const back = person.page.waitForRequest((request) => request.url().startsWith(callback));
    await person.press("Continue");
    const came = new URL((await back).url());
    await person.close();
    return { came, tokens: () => client.authorizationCodeGrant(config, came, { pkceCodeVerifier: verifier, expectedState: state }) };
  };

  test("takes a person through login and consent, says who it is, and rotates refresh tokens", { skip: chromiumIsMissing }, async () => {
    const { came, tokens } = await connect("ann");
    assert.equal(came.searchParams.get("iss"), saas.identifier);
    const first = await tokens();
    assert.equal(await me(first.access_token), 200);
    const second = await client.refreshTokenGrant(config, first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.deepEqual([saas.refreshes, saas.reuses, saas.refreshTokensOf("ann")], [1, 0, 1]);
    await refused(client.refreshTokenGrant(config, first.refresh_token), "invalid_grant");
    assert.deepEqual([saas.reuses, saas.refreshTokensOf("ann"), await me(second.access_token)], [1, 0, 401]);
    await refused(client.refreshTokenGrant(config, second.refresh_token), "invalid_grant");
  });

  test("ends what it is told to end", { skip: chromiumIsMissing }, async () => {
    const { access_token: token, refresh_token: refresh } = await (await connect("ben")).tokens();
    await client.tokenRevocation(config, token);
    assert.deepEqual([await me(token), saas.refreshTokensOf("ben")], [401, 1]);
    await client.tokenRevocation(config, refresh);
    assert.equal(saas.refreshTokensOf("ben"), 0);
  });

  test("gives no code without a proof of it", async () => {
    const url = client.buildAuthorizationUrl(config, { redirect_uri: callback, scope: "files.read" });
    const { headers } = await fetch(url, { redirect: "manual" });
    assert.equal(new URL(headers.get("location")).searchParams.get("error"), "invalid_request");
  });

  test("knows clients by secret, key and certificate, and no others", async () => {
    const byKey = await configure("key", client.PrivateKeyJwt({ key: await crypto.subtle.importKey("pkcs8", key.privateKey.export({ type: "pkcs8", format: "der" }), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]), kid: key.kid }));
    assert.equal(await me((await client.clientCredentialsGrant(byKey, { scope: "files.read" })).access_token), 200);
    const byCertificate = await configure("tls", client.TlsClientAuth()), dispatcher = new Agent({ connect: { ca: certificates.ca, cert: certificates.certificate, key: certificates.key }, allowH2: false });
    byCertificate[client.customFetch] = (url, options) => plainFetch(url, { ...options, dispatcher });
    assert.equal(await me((await client.clientCredentialsGrant(byCertificate)).access_token), 200);
    await dispatcher.close();
    await refused(client.clientCredentialsGrant(await configure("tls", client.TlsClientAuth())), "invalid_client");
    await refused(client.clientCredentialsGrant(await configure("key", client.ClientSecretBasic("wrong"))), "invalid_client");
  });

  const assertion = (claims = {}, by = issuer) => forge({ key: by.keys[0], header: { typ: "JWT" }, claims: { iss: by.identifier, sub: "ann", aud: saas.identifier, iat: now(), exp: now() + 60, jti: randomBytes(8).toString("hex"), ...claims } });
  test("takes assertions of those it trusts, once, and for itself", async () => {
    const asserting = await configure("asserting", client.ClientSecretBasic(secret));
    const ask = (made) => client.genericGrantRequest(asserting, JWT_BEARER, { assertion: made, scope: "files.read" });
    await refused(ask(assertion()), "invalid_grant");
    saas.trust(issuer.identifier, `${issuer.identifier}/jwks`);
    const good = assertion();
    const { access_token: token } = await ask(good);
    assert.equal(await me(token), 200);
    assert.equal(saas.calls.at(-1).sub, "ann");
    await refused(ask(good), "invalid_grant");
    await refused(ask(assertion({ aud: "https://other.example" })), "invalid_grant");
    await refused(ask(assertion({ exp: now() - 600 })), "invalid_grant");
    const exchanged = await client.genericGrantRequest(asserting, TOKEN_EXCHANGE, { subject_token: assertion(), subject_token_type: "urn:ietf:params:oauth:token-type:jwt" });
    assert.match(exchanged.issued_token_type, /access_token$/);
  });

  test("misbehaves when it is told to, once, and keeps no secret of what it was sent", async () => {
    const ask = () => fetch(`${saas.identifier}/token`, { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "grant_type=refresh_token&client_id=web&refresh_token=very-secret" });
    saas.misbehave({ status: 429, headers: { "retry-after": "7" } }, "page", "redirect", "cut");
    const later = await ask();
    assert.deepEqual([later.status, later.headers.get("retry-after")], [429, "7"]);
    assert.match((await ask()).headers.get("content-type"), /html/);
    assert.equal((await ask()).status, 307);
    await assert.rejects(ask());
    assert.equal(saas.faultsLeft, 0);
    assert.equal((await ask()).status, 401);
    assert.equal(JSON.stringify(saas.requests).includes("very-secret"), false);
  });
});
