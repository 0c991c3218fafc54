// Somebody else's OAuth, as a service has it: oidc-provider behind TLS with its own login and consent pages, PKCE, rotation
// with reuse detection, revocation, grants for assertions, and an API that takes its tokens. It is "localhost" where the
// gateway is 127.0.0.1, so that a browser takes them for two sites. misbehave() has it answer badly, once for each.
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import { createLocalJWKSet, jwtVerify } from "jose";
import Provider from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";
import { makeKey } from "./forge.js";
import { trustingFetch } from "./http.js";

export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer", TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const SECRETS = ["client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "assertion", "subject_token", "actor_token", "token"];
const CHUNK = Buffer.alloc(64 * 1024, 0x20);

// A client of each kind by which the gateway can say who it is. certificate: of the one with TLS.
export const clientOf = (authentication, { id, redirectUris = [], secret, jwks, certificate, grants }) => ({
  client_id: id, token_endpoint_auth_method: authentication, redirect_uris: redirectUris, response_types: redirectUris.length === 0 ? [] : ["code"],
  grant_types: grants ?? (redirectUris.length === 0 ? ["client_credentials"] : ["authorization_code", "refresh_token"]), id_token_signed_response_alg: "ES256",
  ...(secret !== undefined && { client_secret: secret }), ...(jwks !== undefined && { jwks, token_endpoint_auth_signing_alg: "ES256" }),
  ...(certificate !== undefined && { tls_client_auth_subject_dn: new X509Certificate(certificate).subject }),
});

export class SaasProvider {
  requests = []; // {path, method, form with secrets cut, client, status, error}
  calls = []; // of the API: {sub, client, scope, status}
  refreshes = 0; // that gave a token
  reuses = 0; // of a refresh token that was used before
  accessSeconds = 600;
  refreshMs = 0; // how long a refresh takes
  endsGrants = false; // with an access token that is revoked
  endlessBytes = 0; // that went out, of answers without an end
  refreshTokens = new Map(); // jti -> {accountId, grantId, consumed}
  trusted = new Map(); // issuer -> where its keys are
  actors = []; // whom actor tokens named, and who said so, of exchanges that were granted
  #faults = [];
  #seen = new Set();

  constructor(certificates, { clients = [], scopes = ["files.read", "files.write"] } = {}) {
    Object.assign(this, { certificates, clients, scopes, key: makeKey("ES256"), fetch: trustingFetch(certificates.ca) });
    this.server = createServer({ cert: certificates.certificate, key: certificates.key, ca: certificates.ca, requestCert: true, rejectUnauthorized: false },
      (request, response) => this.handler(request, response));
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.identifier = `https://localhost:${this.server.address().port}`;
    this.provider = new Provider(this.identifier, this.#configuration());
    this.provider.use((context, next) => this.#serve(context, next));
    this.provider.on("grant.success", ({ oidc }) => (this.refreshes += oidc.params.grant_type === "refresh_token"));
    this.provider.on("grant.error", (context, error) => (this.reuses += error.error_detail === "refresh token already used"));
    this.#keepGrants();
    this.#takeAssertions(JWT_BEARER, "assertion");
    this.#takeAssertions(TOKEN_EXCHANGE, "subject_token");
    this.handler = this.provider.callback();
    return this;
  }

  #configuration() {
    const { privateKey, kid, alg } = this.key;
    const certificateOf = ({ req }) => {
      const peer = req.socket.getPeerX509Certificate?.();
      return peer === undefined ? undefined : peer.toString();
    };
    return {
      adapter: this.#store(),
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" }] },
      clients: this.clients,
      scopes: ["openid", "offline_access", ...this.scopes],
      clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth", "none"],
      pkce: { required: () => true },
      cookies: { keys: ["only for this test"] },
      findAccount: (context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
      rotateRefreshToken: true,
      issueRefreshToken: (context, client) => client.grantTypeAllowed("refresh_token"),
      ttl: { AccessToken: () => this.accessSeconds, ClientCredentials: () => this.accessSeconds, RefreshToken: 86_400, Grant: 86_400, Session: 3600, Interaction: 600, AuthorizationCode: 60, IdToken: 600 },
      features: {
        devInteractions: { enabled: true }, clientCredentials: { enabled: true }, revocation: { enabled: true }, introspection: { enabled: true },
        mTLS: { enabled: true, tlsClientAuth: true, getCertificate: certificateOf, certificateAuthorized: ({ req }) => req.socket.authorized,
          certificateSubjectMatches: (context, property, expected) => property === "tls_client_auth_subject_dn" && new X509Certificate(certificateOf(context)).subject === expected },
      },
    };
  }

  // --- what it is asked ---

  async #serve(context, next) {
    const { path, method } = context;
    if (path === "/api/me") return this.#api(context);
    const fault = method === "POST" && path === "/token" ? this.#faults.shift() : undefined;
    if (fault?.instead) {
      this.requests.push({ path, method, fault: fault.name });
      return fault.instead(context);
    }
    if (path === "/token/revocation" && this.revocationStatus !== undefined) {
      this.requests.push({ path, method, fault: `${this.revocationStatus}` });
      return this.#say(context, { status: this.revocationStatus, body: "" });
    }
    await next();
    if (path === "/token" && this.refreshMs !== 0) await new Promise((resolve) => setTimeout(resolve, this.refreshMs));
    this.#log(context);
    fault?.after(context);
    this.#change(context);
  }

  #log(context) {
    const { path, method, status, oidc, body } = context;
    const form = Object.fromEntries(Object.entries(oidc?.body ?? {}).map(([name, value]) => [name, SECRETS.includes(name) ? "(cut)" : value]));
    this.requests.push({ path, method, form, client: oidc?.client?.clientId, status, error: body?.error });
  }

  // changeAnswer(url): what the browser takes back is changed on its way.
  #change(context) {
    const location = context.response.get("location");
    if (this.changeAnswer === undefined || location === "" || !/[?&](code|error)=/.test(location) || location.startsWith(this.identifier)) return;
    const url = new URL(location);
    this.changeAnswer(url);
    context.set("location", url.href);
  }

  asked(path, matches = () => true) {
    return this.requests.filter((request) => request.path === path && matches(request));
  }

  async #api(context) {
    const [, shown] = /^Bearer (.+)$/i.exec(context.get("authorization")) ?? [];
    const token = await this.token(shown);
    const call = { sub: token?.accountId, client: token?.clientId, scope: token?.scope, status: token === undefined ? 401 : 200 };
    this.calls.push(call);
    context.status = call.status;
    if (token === undefined) context.set("www-authenticate", 'Bearer error="invalid_token"');
    context.body = token === undefined ? { error: "invalid_token" } : { sub: call.sub, client: call.client, scope: call.scope };
  }

  // --- what lives here ---

  // The access token, if it is good.
  async token(value) {
    if (value === undefined) return undefined;
    const found = (await this.provider.AccessToken.find(value)) ?? (await this.provider.ClientCredentials.find(value));
    return found?.isValid ? found : undefined;
  }

  // Of somebody: how many refresh tokens are still good for one more use.
  refreshTokensOf(sub) {
    return [...this.refreshTokens.values()].filter((token) => token.accountId === sub && !token.consumed).length;
  }

  // Where all of it lies, of this service alone; refresh tokens are looked at as they come and go.
  #store() {
    const make = createMemoryAdapter(), kept = this.refreshTokens;
    return (model) => {
      const adapter = make(model), is = model === "RefreshToken";
      return {
        find: (id) => adapter.find(id), findByUid: (uid) => adapter.findByUid(uid), findByUserCode: (code) => adapter.findByUserCode(code),
        upsert: (id, payload, expiresIn) => (is && kept.set(id, { accountId: payload.accountId, grantId: payload.grantId, consumed: payload.consumed !== undefined }), adapter.upsert(id, payload, expiresIn)),
        consume: (id) => (is && Object.assign(kept.get(id), { consumed: true }), adapter.consume(id)),
        destroy: (id) => (is && kept.delete(id), adapter.destroy(id)),
        revokeByGrantId: (grantId) => {
          for (const [id, token] of kept) if (token.grantId === grantId) kept.delete(id);
          return adapter.revokeByGrantId(grantId);
        },
      };
    };
  }

  // This library ends all of a grant with any of its access tokens. RFC 7009 section 2.1 lets servers choose, and most
  // services end the one alone.
  #keepGrants() {
    const { prototype } = this.provider.AccessToken, saas = this, destroy = prototype.destroy;
    prototype.destroy = async function () {
      await destroy.call(this);
      if (!saas.endsGrants) this.grantId = undefined;
    };
  }

  // --- assertions ---

  // issuer: who may speak for people here; keysUrl: where its keys are.
  trust(issuer, keysUrl) {
    this.trusted.set(issuer, keysUrl);
  }

  async #verify(assertion) {
    const { iss } = JSON.parse(Buffer.from(assertion.split(".")[1], "base64url"));
    const keysUrl = this.trusted.get(iss);
    if (keysUrl === undefined) throw new Error(`${iss} is nobody here`);
    const keys = createLocalJWKSet(await (await this.fetch(keysUrl)).json());
    const { payload } = await jwtVerify(assertion, keys, { issuer: iss, audience: this.identifier, requiredClaims: ["sub", "exp", "iat", "jti"], maxTokenAge: 300 });
    if (this.#seen.has(payload.jti)) throw new Error("this assertion was used before");
    this.#seen.add(payload.jti);
    return payload;
  }

  // Somebody else's word on who acts for whom the subject token is about.
  async #verifyActor(assertion, { iss, sub }) {
    const { act, ...actor } = await this.#verify(assertion);
    if (actor.sub !== sub || actor.iss === iss || act?.sub === undefined) throw new Error("the actor token names nobody who acts for this subject");
    this.actors.push({ actor: act.sub, saidBy: actor.iss, subjectSaidBy: iss });
  }

  #takeAssertions(grantType, parameter) {
    const names = [parameter, "scope", "audience", "resource", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type"];
    this.provider.registerGrantType(grantType, async (context) => {
      const { client, params } = context.oidc, { AccessToken, Grant } = this.provider;
      let payload;
      try {
        payload = await this.#verify(params[parameter]);
        if (params.actor_token !== undefined) await this.#verifyActor(params.actor_token, payload);
      } catch (error) {
        context.status = 400;
        context.body = { error: "invalid_grant", error_description: error.message };
        return;
      }
      const grant = new Grant({ accountId: payload.sub, clientId: client.clientId });
      grant.addOIDCScope(params.scope ?? "");
      const token = new AccessToken({ accountId: payload.sub, client, grantId: await grant.save(), gty: grantType, scope: params.scope });
      const answer = { access_token: await token.save(), token_type: "Bearer", expires_in: token.expiration, scope: params.scope };
      context.body = grantType === TOKEN_EXCHANGE ? { ...answer, issued_token_type: "urn:ietf:params:oauth:token-type:access_token" } : answer;
    }, names.filter((name) => name === parameter || name === "scope" || grantType === TOKEN_EXCHANGE));
  }

  // --- badly ---

  // The next answers of the token endpoint, one for each: "silence", "endless", "redirect", "page", "no_expiry", "cut"
  // (everything is done here, and nobody hears of it), or {status, body, headers}.
  misbehave(...faults) {
    for (const fault of faults) this.#faults.push(typeof fault === "string" ? { name: fault, ...this.#named(fault) } : { name: `${fault.status}`, instead: (context) => this.#say(context, fault) });
  }

  get faultsLeft() {
    return this.#faults.length;
  }

  // None of those that nobody came for.
  behave() {
    this.#faults = [];
    this.changeAnswer = undefined;
    this.revocationStatus = undefined;
    this.refreshMs = 0;
  }

  #say(context, { status, body, headers = {} }) {
    context.status = status;
    context.set(headers);
    context.body = body ?? { error: "server_error" };
  }

  #named(name) {
    const raw = (does) => ({ instead: (context) => ((context.respond = false), does(context.res)) });
    const named = {
      silence: raw(() => {}),
      endless: raw((response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write('{"access_token":"');
        const more = () => {
          while (!response.destroyed && response.write(CHUNK)) this.endlessBytes += CHUNK.length;
          this.endlessBytes += CHUNK.length;
        };
        response.on("drain", more).on("error", () => {}); // whoever has enough of it hangs up
        response.socket.on("error", () => {});
        more();
      }),
      redirect: { instead: (context) => this.#say(context, { status: 307, body: {}, headers: { location: `${this.identifier}/token?again` } }) },
      page: { instead: (context) => this.#say(context, { status: 200, body: "<!doctype html><title>Come back later</title>", headers: { "content-type": "text/html" } }) },
      no_expiry: { after: (context) => delete context.body?.expires_in },
      cut: { after: (context) => ((context.respond = false), context.req.socket.destroy()) },
    };
    if (named[name] === undefined) throw new Error(`no fault is called ${name}`);
    return named[name];
  }

  async stop() {
    this.fetch.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}
