// Other sides that check what they are sent rather than answer anything: GitHub, Microsoft Entra, AWS STS, Google Cloud,
// Salesforce, Box, and the two servers of an ID-JAG. Each verifies signatures, claims and forms as its documentation has
// them, remembers the requests it accepted, and answers errors as its vendor does.
import { createServer } from "node:https";
import { randomBytes } from "node:crypto";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { forge, makeKey, now } from "./forge.js";
import { trustingFetch } from "./http.js";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
const CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

class Refusal extends Error {
  constructor(status, code, description) {
    super(`${code}: ${description}`);
    Object.assign(this, { status, code, description });
  }
}

const refuse = (status, code, description) => {
  throw new Refusal(status, code, description);
};
const need = (condition, code, description, status = 400) => condition || refuse(status, code, description);
const rfc3339 = (seconds) => new Date(seconds * 1000).toISOString().replace(".000", "");
const opaque = (prefix) => `${prefix}${randomBytes(24).toString("base64url")}`;

// What a JWT says, once it is verified; why not, as the error's description.
async function verified(token, keys, options, code, status = 400) {
  try {
    return await jwtVerify(token, keys, options);
  } catch (error) {
    return refuse(status, code, error.message);
  }
}

class Cloud {
  accepted = []; // {method, url, headers, form or json, claims}
  complaints = [];
  tokens = new Set(); // that are alive
  failing = []; // answers to give instead, one a request

  constructor(certificates) {
    this.fetch = trustingFetch(certificates.ca);
    this.server = createServer({ key: certificates.key, cert: certificates.certificate }, (request, response) => this.#serve(request, response));
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.origin = `https://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.fetch.close?.();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  issue(prefix) {
    const token = opaque(prefix);
    this.tokens.add(token);
    return token;
  }

  // The keys of an issuer that is trusted, found as OpenID Connect has it: a cloud knows nothing but the issuer's URL.
  async keysOf(issuer) {
    const metadata = await (await this.fetch(`${issuer}/.well-known/openid-configuration`)).json();
    need(metadata.issuer === issuer, "invalid_grant", "the metadata names another issuer");
    return createRemoteJWKSet(new URL(metadata.jwks_uri), { [customFetch]: this.fetch });
  }

  async #serve(request, response) {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const instead = this.failing.shift();
    const type = (request.headers["content-type"] ?? "").split(";")[0];
    const got = { method: request.method, url: request.url, headers: request.headers,
      form: type === "application/x-www-form-urlencoded" ? Object.fromEntries(new URLSearchParams(body)) : undefined,
      json: type === "application/json" && body !== "" ? JSON.parse(body) : undefined };
    let answer;
    try {
      answer = instead ?? (await this.answer(got));
      if (instead === undefined) this.accepted.push(got);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.complaints.push(error.message);
      answer = this.refusal(error);
    }
    const { status = 200, type: answerType = "application/json", body: text = "", headers = {} } = answer;
    response.writeHead(status, { "content-type": answerType, "cache-control": "no-store", ...headers });
    response.end(typeof text === "string" ? text : JSON.stringify(text));
  }

  refusal({ status, code, description }) {
    return { status, body: { error: code, error_description: description } };
  }

  bearer(got) {
    const [, token] = /^Bearer (\S+)$/.exec(got.headers.authorization ?? "") ?? [];
    return token ?? refuse(401, "invalid_token", "no bearer token");
  }
}

export class GitHub extends Cloud {
  installation = "41870001";
  clientId = "Iv23liDragomanTest";
  permissions = { contents: ["read", "write"], issues: ["read", "write"], metadata: ["read"] };
  repositories = ["orders", "billing"];
  key = makeKey("RS256");

  refusal({ status, description }) {
    return { status, body: { message: description, documentation_url: "https://docs.github.com/rest" } };
  }

  async answer(got) {
    need(got.headers["user-agent"], "forbidden", "a request without user-agent", 403);
    if (got.method === "DELETE" && got.url === "/installation/token") {
      need(this.tokens.delete(this.bearer(got)), "bad", "Bad credentials", 401);
      return { status: 204, type: "text/plain" };
    }
    need(got.method === "POST" && got.url === `/app/installations/${this.installation}/access_tokens`, "none", "Not Found", 404);
    const { payload, protectedHeader } = await verified(this.bearer(got), this.key.publicKey, { algorithms: ["RS256"], issuer: this.clientId }, "bad", 401);
    need(payload.exp - payload.iat <= 600 && payload.exp <= now() + 600, "bad", "'Expiration time' claim ('exp') is too far in the future", 401);
    got.claims = { header: protectedHeader, payload };
    for (const [name, level] of Object.entries(got.json?.permissions ?? {}))
      need(this.permissions[name]?.includes(level), "bad", `The permissions requested are not granted: ${name}`, 422);
    for (const repository of got.json?.repositories ?? []) need(this.repositories.includes(repository), "bad", `There is no repository ${repository}`, 422);
    return { status: 201, body: { token: this.issue("ghs_"), expires_at: rfc3339(now() + 3600), permissions: got.json?.permissions ?? { metadata: "read" }, repository_selection: "selected" } };
  }
}

// Users' tokens come from it as well: userToken().
export class Entra extends Cloud {
  tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
  clientId = "6731de76-14a6-49ae-97bc-6eba6914391e";
  secret = `entra-${randomBytes(16).toString("hex")}`;
  key = makeKey("RS256");

  get issuer() {
    return `${this.origin}/${this.tenant}/v2.0`;
  }

  userToken(changes = {}) {
    return forge({ key: this.key, header: { typ: "JWT" }, claims: { iss: this.issuer, sub: "alice", aud: this.clientId, oid: "alice-oid", tid: this.tenant, scp: "user.read",
      iat: now(), nbf: now(), exp: now() + 600, jti: opaque(""), ...changes } });
  }

  async answer(got) {
    if (got.url === `/${this.tenant}/discovery/v2.0/keys`) return { body: { keys: [this.key.jwk] } };
    need(got.method === "POST" && got.url === `/${this.tenant}/oauth2/v2.0/token`, "invalid_request", "AADSTS90002: no such tenant");
    const { grant_type, client_id, client_secret, assertion, requested_token_use, scope } = got.form ?? {};
    need(grant_type === JWT_BEARER, "unsupported_grant_type", "AADSTS70003");
    need(client_id === this.clientId && client_secret === this.secret, "invalid_client", "AADSTS7000215: Invalid client secret provided", 401);
    need(requested_token_use === "on_behalf_of", "invalid_request", "AADSTS9001008: requested_token_use");
    need(scope?.startsWith("https://graph.microsoft.com/"), "invalid_scope", "AADSTS70011");
    const { payload } = await verified(assertion, this.key.publicKey, { issuer: this.issuer }, "invalid_grant");
    need([this.clientId, `api://${this.clientId}`].includes(payload.aud), "invalid_grant", "AADSTS500131: Assertion audience does not match the Client app");
    if (payload.sub === "needs-mfa") refuse(400, "interaction_required", "AADSTS50076: Due to a configuration change you must use multi-factor authentication");
    got.claims = { payload };
    // All that was consented to for this API, whatever is asked.
    return { body: { token_type: "Bearer", scope: `${scope} https://graph.microsoft.com/profile`, expires_in: 3599, ext_expires_in: 3599, access_token: this.issue("eyJ.entra.") } };
  }
}

export class AwsSts extends Cloud {
  role = "arn:aws:iam::123456789012:role/agents";
  audience = "sts.amazonaws.com";

  refusal({ status, code, description }) {
    return { status, type: "text/xml", body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${description}</Message></Error></ErrorResponse>` };
  }

  async answer(got) {
    const form = got.form ?? {};
    need(got.method === "POST" && got.url === "/", "InvalidAction", "no such path", 404);
    need(form.Action === "AssumeRoleWithWebIdentity" && form.Version === "2011-06-15", "InvalidAction", "Could not find operation");
    need(form.RoleArn === this.role, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403);
    need(/^[\w+=,.@-]{2,64}$/.test(form.RoleSessionName ?? ""), "ValidationError", "RoleSessionName");
    need(Number(form.DurationSeconds) >= 900 && Number(form.DurationSeconds) <= 43200, "ValidationError", "DurationSeconds");
    const { payload, protectedHeader } = await verified(form.WebIdentityToken, await this.keysOf(this.issuer),
      { issuer: this.issuer, audience: this.audience, typ: "JWT", algorithms: ["RS256", "ES256"] }, "InvalidIdentityToken");
    const source = payload["https://aws.amazon.com/source_identity"];
    need(source === undefined || /^[\w+=,.@-]{2,64}$/.test(source), "ValidationError", "source identity");
    got.claims = { header: protectedHeader, payload };
    const end = now() + Number(form.DurationSeconds);
    return { type: "text/xml", body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>` +
      `<SubjectFromWebIdentityToken>${payload.sub}</SubjectFromWebIdentityToken><Audience>${this.audience}</Audience>` +
      `<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/agents/${form.RoleSessionName}</Arn><AssumedRoleId>AROAEXAMPLE:${form.RoleSessionName}</AssumedRoleId></AssumedRoleUser>` +
      `<Credentials><SessionToken>${this.issue("FwoGZXIvYXdz")}</SessionToken><SecretAccessKey>${opaque("wJalrXUtnFEMI/K7MDENG/")}</SecretAccessKey>` +
      `<Expiration>${rfc3339(end)}</Expiration><AccessKeyId>ASIA${randomBytes(8).toString("hex").toUpperCase()}</AccessKeyId></Credentials>` +
      (source === undefined ? "" : `<SourceIdentity>${source}</SourceIdentity>`) + `<Provider>${this.issuer}</Provider>` +
      `</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>` };
  }
}

// One server for sts., iamcredentials. and oauth2.googleapis.com.
export class Google extends Cloud {
  provider = "projects/123456789/locations/global/workloadIdentityPools/agents/providers/dragoman";
  serviceAccount = "agents@acme-prod.iam.gserviceaccount.com";
  cloud = "https://www.googleapis.com/auth/cloud-platform";
  key = makeKey("RS256"); // the service account's

  refusal({ status, code, description }) {
    return code.startsWith("google:") ? { status, body: { error: { code: status, message: description, status: code.slice(7) } } } : super.refusal({ status, code, description });
  }

  async answer(got) {
    const account = `/v1/projects/-/serviceAccounts/${this.serviceAccount}`;
    need(got.method === "POST", "google:NOT_FOUND", "not found", 404);
    switch (got.url) {
      case "/v1/token": return this.#federate(got);
      case `${account}:generateAccessToken`: return this.#impersonate(got);
      case `${account}:signJwt`: return this.#sign(got);
      case "/token": return this.#delegate(got);
      default: return refuse(403, "google:PERMISSION_DENIED", "Permission 'iam.serviceAccounts.getAccessToken' denied on resource");
    }
  }

  async #federate(got) {
    const form = got.form ?? {};
    need(form.grant_type === TOKEN_EXCHANGE, "unsupported_grant_type", "grant_type");
    need(form.audience === `//iam.googleapis.com/${this.provider}`, "invalid_target", "The target service indicated by the \"audience\" parameters is invalid");
    need(form.requested_token_type === "urn:ietf:params:oauth:token-type:access_token", "invalid_request", "requested_token_type");
    need(form.subject_token_type === "urn:ietf:params:oauth:token-type:jwt", "invalid_request", "subject_token_type");
    need(form.scope?.includes("https://www.googleapis.com/auth/"), "invalid_scope", "scope");
    const { payload, protectedHeader } = await verified(form.subject_token, await this.keysOf(this.issuer),
      { issuer: this.issuer, audience: `https://iam.googleapis.com/${this.provider}`, algorithms: ["RS256", "ES256"] }, "invalid_grant");
    got.claims = { header: protectedHeader, payload };
    return { body: { access_token: this.issue("ya29.d."), issued_token_type: "urn:ietf:params:oauth:token-type:access_token", token_type: "Bearer", expires_in: 3599 } };
  }

  #needFederated(got) {
    need(this.tokens.has(this.bearer(got)), "google:UNAUTHENTICATED", "Request had invalid authentication credentials", 401);
  }

  #impersonate(got) {
    this.#needFederated(got);
    need(Array.isArray(got.json?.scope) && got.json.scope.length > 0, "google:INVALID_ARGUMENT", "scope");
    need(/^\d+s$/.test(got.json.lifetime ?? ""), "google:INVALID_ARGUMENT", "lifetime");
    return { body: { accessToken: this.issue("ya29.c."), expireTime: rfc3339(now() + parseInt(got.json.lifetime, 10)) } };
  }

  #sign(got) {
    this.#needFederated(got);
    const claims = JSON.parse(got.json?.payload ?? "null");
    need(claims?.exp <= now() + 12 * 3600, "google:INVALID_ARGUMENT", "exp");
    got.claims = { payload: claims };
    return { body: { keyId: this.key.kid, signedJwt: forge({ key: this.key, claims }) } };
  }

  async #delegate(got) {
    need(got.form?.grant_type === JWT_BEARER, "unsupported_grant_type", "grant_type");
    const { payload } = await verified(got.form.assertion, this.key.publicKey, { issuer: this.serviceAccount, audience: `${this.origin}/token` }, "invalid_grant");
    need(payload.exp - payload.iat <= 3600, "invalid_grant", "Token must be a short-lived token (60 minutes)");
    need(payload.sub?.endsWith("@acme.example"), "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method", 401);
    got.claims = { payload };
    return { body: { access_token: this.issue("ya29.a."), token_type: "Bearer", expires_in: 3599 } };
  }
}

export class Salesforce extends Cloud {
  clientId = "3MVG9DragomanConsumerKey";
  audience = "https://login.salesforce.com";
  users = ["alice", "alice@acme.example"];
  key = makeKey("RS256");

  async answer(got) {
    if (got.url === "/services/oauth2/revoke") {
      need(this.tokens.delete(got.form?.token), "invalid_token", "invalid token");
      return { status: 200, type: "text/plain" };
    }
    need(got.method === "POST" && got.url === "/services/oauth2/token", "invalid_request", "no such path", 404);
    need(got.form?.grant_type === JWT_BEARER, "unsupported_grant_type", "grant type not supported");
    const { payload, protectedHeader } = await verified(got.form.assertion, this.key.publicKey, { algorithms: ["RS256"], issuer: this.clientId, audience: this.audience }, "invalid_grant");
    need(payload.exp <= now() + 180 + 5, "invalid_grant", "exp is more than three minutes from now");
    need(this.users.includes(payload.sub), "invalid_grant", "user hasn't approved this consumer");
    need(got.form.scope === undefined, "invalid_scope", "scope is not supported");
    got.claims = { header: protectedHeader, payload };
    return { body: { access_token: this.issue("00D5g000!"), scope: "api web", instance_url: this.origin, id: `${this.origin}/id/00D/005`, token_type: "Bearer" } };
  }
}

export class Box extends Cloud {
  clientId = "boxclient0123456789";
  secret = `box-${randomBytes(16).toString("hex")}`;
  enterprise = "7654321";
  users = ["alice"];
  key = makeKey("RS256", "x9k2qv5t");

  async answer(got) {
    const form = got.form ?? {};
    need(form.client_id === this.clientId && form.client_secret === this.secret, "invalid_client", "The client credentials are invalid");
    if (got.url === "/oauth2/revoke") {
      this.tokens.delete(form.token);
      return { status: 200, type: "text/plain" };
    }
    need(got.method === "POST" && got.url === "/oauth2/token" && form.grant_type === JWT_BEARER, "unsupported_grant_type", "grant type");
    const { payload, protectedHeader } = await verified(form.assertion, this.key.publicKey, { algorithms: ["RS256", "RS384", "RS512"], issuer: this.clientId, audience: `${this.origin}/oauth2/token` }, "invalid_grant");
    need(protectedHeader.kid === this.key.kid, "invalid_grant", "kid");
    need(payload.exp <= now() + 60, "invalid_grant", "Please check the 'exp' claim");
    need(payload.jti?.length >= 16 && payload.jti.length <= 128, "invalid_grant", "Please check the 'jti' claim");
    const known = payload.box_sub_type === "enterprise" ? payload.sub === this.enterprise : payload.box_sub_type === "user" && this.users.includes(payload.sub);
    need(known, "invalid_grant", "Please check the 'sub' claim");
    got.claims = { header: protectedHeader, payload };
    return { body: { access_token: this.issue("box"), expires_in: 4169, restricted_to: [], token_type: "bearer" } };
  }
}

// The identity provider at /idp and the application's authorization server at /app (two issuers on one address).
export class CrossApp extends Cloud {
  key = makeKey("ES256"); // the provider's
  clientKey = makeKey("ES256"); // the gateway's, known at both
  clientAtProvider = "orders-agent"; // as it calls itself here: an ID Token names who asks
  clientAtApplication = "gateway-at-app";
  #seen = new Set();

  get provider() {
    return `${this.origin}/idp`;
  }

  get application() {
    return `${this.origin}/app`;
  }

  idToken(changes = {}) {
    return forge({ key: this.key, header: { typ: "JWT" }, claims: { iss: this.provider, sub: "alice", aud: this.clientAtProvider, iat: now(), exp: now() + 300, jti: opaque(""), ...changes } });
  }

  // As the provider makes it.
  idJag(claims) {
    return forge({ key: this.key, header: { typ: "oauth-id-jag+jwt" }, claims: { iss: this.provider, aud: this.application, client_id: this.clientAtApplication, jti: opaque(""), iat: now(), exp: now() + 300, ...claims } });
  }

  async #authenticate(form, client, issuer) {
    need(form.client_assertion_type === CLIENT_ASSERTION, "invalid_client", "client_assertion_type", 401);
    const { payload } = await verified(form.client_assertion, this.clientKey.publicKey, { issuer: client, subject: client, typ: "client-authentication+jwt" }, "invalid_client", 401);
    need(payload.aud === issuer, "invalid_client", "aud is the issuer alone", 401);
    need(payload.jti !== undefined && !this.#seen.has(payload.jti), "invalid_client", "jti", 401);
    this.#seen.add(payload.jti);
  }

  async answer(got) {
    const form = got.form ?? {};
    if (got.url === "/idp/keys") return { body: { keys: [this.key.jwk] } };
    need(got.method === "POST", "invalid_request", "POST", 405);
    if (got.url === "/idp/token") return this.#assert(got, form);
    need(got.url === "/app/token", "invalid_request", "no such path", 404);
    return this.#redeem(got, form);
  }

  async #assert(got, form) {
    await this.#authenticate(form, this.clientAtProvider, this.provider);
    need(form.grant_type === TOKEN_EXCHANGE && form.requested_token_type === ID_JAG, "invalid_request", "requested_token_type");
    need(form.subject_token_type === ID_TOKEN, "invalid_request", "subject_token_type");
    need(form.audience === this.application, "invalid_target", "audience");
    const { payload } = await verified(form.subject_token, this.key.publicKey, { issuer: this.provider, audience: this.clientAtProvider }, "invalid_grant");
    got.claims = { payload };
    const assertion = this.idJag({ sub: payload.sub, scope: form.scope, ...(form.resource === undefined ? {} : { resource: form.resource }) });
    return { body: { issued_token_type: ID_JAG, access_token: assertion, token_type: "N_A", scope: form.scope, expires_in: 300 } };
  }

  async #redeem(got, form) {
    await this.#authenticate(form, this.clientAtApplication, this.application);
    need(form.grant_type === JWT_BEARER, "unsupported_grant_type", "grant_type");
    const { payload, protectedHeader } = await verified(form.assertion, this.key.publicKey, { issuer: this.provider, audience: this.application, typ: "oauth-id-jag+jwt" }, "invalid_grant");
    need(payload.client_id === this.clientAtApplication, "invalid_grant", "client_id");
    need(!this.#seen.has(payload.jti), "invalid_grant", "jti was used");
    this.#seen.add(payload.jti);
    got.claims = { header: protectedHeader, payload };
    return { body: { token_type: "Bearer", access_token: this.issue("app-"), expires_in: 3600, scope: payload.scope } };
  }
}
