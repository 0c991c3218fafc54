// A foreign issuer under the test's control: discovery, a JWK Set, and whatever misbehaviour a test asks for.
import { once } from "node:events";
import { createServer } from "node:https";
import { randomUUID } from "node:crypto";
import { forge, makeKey, now } from "./forge.js";

export class Issuer {
  constructor(certificates, { keys = [makeKey("ES256")], path = "" } = {}) {
    this.keys = keys;
    this.path = path;
    this.hits = { discovery: 0, jwks: 0 };
    this.misbehave = null; // (request, response, kind) => true when it has answered
    this.metadata = {};
    this.server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => this.#serve(request, response));
  }

  async start(port = 0) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
    this.identifier = `https://127.0.0.1:${this.port}${this.path}`;
    return this;
  }

  get jwksUri() {
    return `https://127.0.0.1:${this.port}/jwks`;
  }

  #serve(request, response) {
    const kind = /^\/jwks(-|$)/.test(request.url) ? "jwks" : request.url.includes("/.well-known/openid-configuration") ? "discovery" : null;
    if (kind !== null) this.hits[kind]++;
    if (this.misbehave?.(request, response, kind)) return;
    response.setHeader("content-type", "application/json");
    response.statusCode = kind === null ? 404 : 200;
    if (kind === "jwks") response.end(JSON.stringify({ keys: this.keys.map((key) => key.jwk) }));
    else if (kind === "discovery")
      response.end(JSON.stringify({ issuer: this.identifier, jwks_uri: this.jwksUri, response_types_supported: ["code"],
        subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["ES256", "RS256"], ...this.metadata }));
    else response.end("{}");
  }

  claims(overrides = {}) {
    return { iss: this.identifier, sub: "alice", iat: now(), exp: now() + 600, jti: randomUUID(), ...overrides };
  }

  // A token of this issuer; claims that are undefined are left out.
  token(claims = {}, header = {}, key = this.keys[0]) {
    return forge({ key, header, claims: this.claims(claims) });
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, "close");
  }
}
