// A real identity provider: oidc-provider behind TLS, issuing JWT access tokens for the gateway to services. Its keys can
// be rotated while it runs: a new provider with the new set takes over the same address.
import { once } from "node:events";
import { createServer } from "node:https";
import Provider from "oidc-provider";
import { makeKey } from "./forge.js";

const secret = "a-service-secret-of-more-than-32-characters";

export class RealProvider {
  constructor(certificates, audience) {
    this.audience = audience;
    this.keys = [makeKey("ES256")];
    this.clientId = "nightly-report";
    this.clientSecret = secret;
    this.server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => this.handler(request, response));
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.identifier = `https://127.0.0.1:${this.server.address().port}`;
    this.#build();
    return this;
  }

  #build() {
    const provider = new Provider(this.identifier, {
      jwks: { keys: this.keys.map(({ privateKey, kid, alg }) => ({ ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" })) },
      clients: [{ client_id: this.clientId, client_secret: secret, grant_types: ["client_credentials"], redirect_uris: [], response_types: [],
        id_token_signed_response_alg: "ES256" }],
      cookies: { keys: ["only for this test"] },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({ scope: "orders:read orders:write", audience: this.audience, accessTokenFormat: "jwt", accessTokenTTL: 600, jwt: { sign: { alg: "ES256" } } }),
        },
      },
    });
    this.handler = provider.callback();
  }

  // The new key signs from now on; the old ones stay in the set until forgetOldKeys.
  rotate() {
    this.keys = [makeKey("ES256"), ...this.keys];
    this.#build();
  }

  forgetOldKeys() {
    this.keys = this.keys.slice(0, 1);
    this.#build();
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
