// A real identity provider that people log in at: oidc-provider behind TLS with its own login and consent pages, a public
// client for a command line, a confidential one for pages, and groups in its tokens. browse() is the person with a browser.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import Provider from "oidc-provider";
import { makeKey } from "./forge.js";
import { trustingFetch } from "./http.js";

export class LoginProvider {
  // web: {clientId, secret, redirectUri} of the confidential client, if there is one.
  constructor(certificates, audience, { web } = {}) {
    this.audience = audience;
    this.web = web;
    this.codeSeconds = 60;
    this.key = makeKey("ES256");
    this.clientId = "dragoman-cli";
    this.groups = new Map(); // sub -> list
    this.fetch = trustingFetch(certificates.ca);
    this.server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => this.handler(request, response));
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.identifier = `https://127.0.0.1:${this.server.address().port}`;
    const { privateKey, kid, alg } = this.key;
    const claims = (sub) => ({ sub, groups: this.groups.get(sub) ?? [] });
    const provider = new Provider(this.identifier, {
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" }] },
      clients: [{ client_id: this.clientId, token_endpoint_auth_method: "none", application_type: "native", grant_types: ["authorization_code"], response_types: ["code"],
        redirect_uris: ["http://127.0.0.1/callback"], id_token_signed_response_alg: "ES256" },
        ...(this.web === undefined ? [] : [{ client_id: this.web.clientId, client_secret: this.web.secret, token_endpoint_auth_method: "client_secret_basic",
          grant_types: ["authorization_code"], response_types: ["code"], redirect_uris: [this.web.redirectUri], id_token_signed_response_alg: "ES256" }])],
      ttl: { AuthorizationCode: () => this.codeSeconds },
      cookies: { keys: ["only for this test"] },
      claims: { openid: ["sub", "groups"] },
      conformIdTokenClaims: false,
      findAccount: (context, sub) => ({ accountId: sub, claims: () => claims(sub) }),
      extraTokenClaims: (context, token) => (token.accountId === undefined ? {} : { groups: claims(token.accountId).groups }),
      features: {
        devInteractions: { enabled: true },
        resourceIndicators: { enabled: true, defaultResource: () => undefined, useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: "admin", audience: this.audience, accessTokenFormat: "jwt", accessTokenTTL: 600, jwt: { sign: { alg: "ES256" } } }) },
      },
    });
    this.handler = provider.callback();
    return this;
  }

  // Follows the pages as a browser would, logs in, consents, and stops before leaving for the callback: its URL.
  async browse(url, login, callback = "http://127.0.0.1:") {
    const cookies = new Map();
    let request = { url, options: {} };
    for (let step = 0; step < 20; step++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await this.fetch(request.url, { redirect: "manual", ...request.options, headers: { cookie, ...request.options.headers } });
      for (const line of response.headers.getSetCookie()) {
        const [name, value] = line.split(";")[0].split(/=(.*)/);
        if (value === "") cookies.delete(name);
        else cookies.set(name, value);
      }
      const text = await response.text();
      const location = response.headers.get("location");
      if (location !== null) {
        const next = new URL(location, request.url).href;
        if (next.startsWith(callback)) return next;
        request = { url: next, options: {} };
        continue;
      }
      const form = /<form[^>]*action="([^"]+)"/.exec(text), prompt = /name="prompt" value="(\w+)"/.exec(text);
      assert.ok(form && prompt, `a page without a form (${response.status}): ${text.slice(0, 600)}`);
      request = { url: new URL(form[1], request.url).href, options: { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ prompt: prompt[1], login, password: "any" }).toString() } };
    }
    throw new Error("the login does not come to an end");
  }

  async stop() {
    this.fetch.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}
