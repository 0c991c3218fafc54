// The cast most tests share: two foreign issuers, a platform, clients, agent classes, targets, and the gateway between
// them. A test changes what it needs before the curtain rises.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { makeCertificates } from "./certificates.js";
import { assertHeaders, identifier } from "./faults.js";
import { decode, forge, makeKey, now } from "./forge.js";
import { assertionType, Gateway, grantType, tokenType } from "./gateway.js";
import { Issuer } from "./issuer.js";
import { privateFolder } from "./machine.js";
import { PrivatePostgres } from "./postgres.js";

const named = (kind, name, spec, metadata = {}) => ({ kind, metadata: { name, ...metadata }, spec });

export class Stage {
  // store: "sqlite" or "postgres", a private one, or what is to be asked in place of one, which its maker closes; DRAGOMAN_STORE
  // where a test does not say.
  // prepare(stage) comes first and may wait; edit(documents, stage): documents is a Map from "Kind/name" to the document.
  // size: how many gateways serve as one, on one PostgreSQL. gatewayClass: a kind of Gateway that is started in another way.
  static async open({ gateway: gatewaySpec, prepare, edit, corpKeys, store = process.env.DRAGOMAN_STORE ?? "sqlite", postgres, size = 1, daemon, gatewayClass = Gateway } = {}) {
    const stage = new Stage();
    stage.folder = privateFolder();
    stage.folders = Array.from({ length: size - 1 }, privateFolder);
    try {
      if (store === "postgres") stage.postgres = await new PrivatePostgres(postgres).open();
      await stage.#raise({ gatewaySpec, prepare, edit, corpKeys, daemon, gatewayClass, postgres: typeof store === "object" ? store : stage.postgres });
    } catch (error) {
      await stage.close().catch(() => {});
      throw error;
    }
    return stage;
  }

  async #raise({ gatewaySpec, prepare, edit, corpKeys, daemon, gatewayClass, postgres }) {
    this.certificates = makeCertificates(this.folder);
    this.corp = await new Issuer(this.certificates, { keys: corpKeys ?? [makeKey("ES256"), makeKey("RS256")] }).start();
    this.other = await new Issuer(this.certificates).start();
    this.cluster = await new Issuer(this.certificates, { keys: [makeKey("RS256")] }).start();
    this.clientKey = makeKey("ES256");
    this.secrets = Object.fromEntries(["orders-agent", "partner-api", "stranger"].map((name) => [name, randomBytes(24).toString("hex")]));
    this.gateway = new gatewayClass(this.folder, this.certificates, { postgres, daemon });
    await this.gateway.prepare(gatewaySpec);
    this.gateways = [this.gateway, ...this.folders.map((folder) => new gatewayClass(folder, this.certificates, { postgres, daemon, beside: this.gateway }))];
    for (const gateway of this.gateways.slice(1)) await gateway.prepare(gatewaySpec);
    await prepare?.(this);
    const documents = new Map(this.#documents().map((document) => [`${document.kind}/${document.metadata.name}`, document]));
    edit?.(documents, this);
    this.documents = documents;
    this.writeDocuments();
    await Promise.all(this.gateways.map((gateway) => gateway.start()));
  }

  // Anew, after a test has changed what a gateway's own document says.
  writeDocuments() {
    for (const gateway of this.gateways) gateway.writeDocuments([...this.documents.values()]);
  }

  #documents() {
    const us = this.gateway.issuer;
    const secret = (name) => this.gateway.writeSecret(`${name}.secret`, this.secrets[name]);
    const clients = ["orders-agent", "partner-api", "billing-agents"];
    return [
      named("Domain", "corp", { leavesFor: ["partner"] }),
      named("Domain", "partner", { leavesFor: [] }),
      named("Issuer", "corp-idp", { domain: "corp", issuer: this.corp.identifier, audiences: [us], algorithms: ["ES256", "RS256"],
        tokenTypes: ["access_token", "id_token", "jwt"], claims: { subject: "sub", attributes: { email: "email" } } }),
      named("Issuer", "other-idp", { domain: "other", issuer: this.other.identifier, audiences: [us] }),
      named("Domain", "other", { leavesFor: [] }),
      named("Issuer", "cluster", { domain: "corp", issuer: this.cluster.identifier, audiences: [us], algorithms: ["RS256"], platform: true }),
      named("AgentClass", "billing-agents", { issuer: "cluster", maximumLifetime: "2m",
        match: { sub: "system:serviceaccount:agents:billing", '"kubernetes.io".namespace': "agents" } }, { team: "payments" }),
      named("Team", "payments", { budget: { exchangesPerSecond: 100000 } }),
      named("Client", "orders-agent", { authentication: { methods: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        secretFile: secret("orders-agent"), jwks: { keys: [this.clientKey.jwk] } } }, { team: "payments" }),
      named("Client", "partner-api", { authentication: { methods: ["client_secret_basic"], secretFile: secret("partner-api") } }),
      named("Client", "stranger", { authentication: { methods: ["client_secret_basic"], secretFile: secret("stranger") } }),
      named("Target", "partner-orders", { domain: "partner", audiences: ["https://api.partner.example", "partner-orders"],
        resources: ["https://api.partner.example/orders"], scopes: ["orders:read", "orders:write"], maximumLifetime: "5m",
        token: { claims: { email: "email" } }, accepts: { issuers: ["corp-idp", "other-idp", "self"], clients: [...clients] }, resourceServer: "partner-api" }),
      named("Target", "partner-files", { domain: "partner", audiences: ["https://files.partner.example"], scopes: ["files:read", "orders:read"],
        maximumLifetime: "10m", token: { algorithm: "RS256", type: "JWT" }, accepts: { issuers: ["corp-idp", "self"], clients: [...clients] } }),
      named("Target", "closed", { domain: "partner", audiences: ["https://closed.partner.example"], enabled: false,
        accepts: { issuers: ["corp-idp"], clients: [...clients] } }),
    ];
  }

  // The parameters of a good exchange, with changes; undefined leaves one out.
  form(changes = {}) {
    return { grant_type: grantType, subject_token: this.userToken(), subject_token_type: tokenType("access_token"),
      audience: "https://api.partner.example", ...changes };
  }

  userToken(claims = {}, header = {}, key = undefined) {
    return this.corp.token({ aud: this.gateway.issuer, scope: "orders:read files:read", ...claims }, { typ: "at+jwt", ...header }, key);
  }

  platformToken(claims = {}, header = {}) {
    return this.cluster.token({ sub: "system:serviceaccount:agents:billing", aud: [this.gateway.issuer],
      "kubernetes.io": { namespace: "agents", pod: { name: "billing-7" } }, ...claims }, header);
  }

  clientAssertion(claims = {}, header = {}, key = this.clientKey) {
    return forge({ key, header: { typ: "client-authentication+jwt", ...header },
      claims: { iss: "orders-agent", sub: "orders-agent", aud: this.gateway.issuer, iat: now(), exp: now() + 60, jti: randomBytes(8).toString("hex"), ...claims } });
  }

  get auth() {
    return ["orders-agent", this.secrets["orders-agent"]];
  }

  authOf(name) {
    return [name, this.secrets[name]];
  }

  exchange(changes = {}, options = {}) {
    return this.gateway.post("/token", this.form(changes), { auth: this.auth, ...options });
  }

  // An agent of the class, without any secret.
  exchangeAsAgent(changes = {}, platformToken = this.platformToken()) {
    return this.gateway.post("/token", this.form({ client_assertion_type: assertionType, client_assertion: platformToken, ...changes }));
  }

  // What a gateway complains of as it ends is thrown when nothing of the stage is left.
  async close() {
    const gateways = this.gateways ?? [];
    const ends = await Promise.allSettled(gateways.map((gateway) => gateway.stop()));
    await Promise.all([this.corp?.stop(), this.other?.stop(), this.cluster?.stop()]);
    await this.postgres?.close();
    for (const folder of [this.folder, ...this.folders]) folder.remove();
    for (const [i, { reason, value }] of ends.entries()) {
      if (reason !== undefined) throw reason;
      if (value !== undefined) assert.deepEqual(value, { code: 0, signal: null }, `dragomand ended badly:\n${gateways[i].logs.slice(-4000)}`);
    }
  }
}

export function assertGranted(answer) {
  assert.equal(answer.status, 200, answer.text);
  assertHeaders(answer);
  const { json } = answer;
  assert.match(json.dragoman_exchange, identifier);
  assert.equal(answer.headers["dragoman-exchange"], json.dragoman_exchange);
  assert.equal(typeof json.access_token, "string");
  assert.equal(typeof json.issued_token_type, "string");
  return { ...json, ...decode(json.access_token) };
}
