// People who give clients leave at /authorize: a gateway with a real identity provider, clients of every kind, and a host of
// documents in which clients say who they are, which also says what a test wants.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import * as openid from "openid-client";
import { Browser } from "./browser.js";
import { trustingFetch } from "./http.js";
import { LoginProvider } from "./login_provider.js";
import { Stage } from "./stage.js";

export const NOTES = "https://notes.example/mcp/notes", LOOPBACK = "http://127.0.0.1:4711/back", WEB = "https://web.example/back";

// Answers the documents that it was given, by their paths.
class DocumentHost {
  constructor(certificates) {
    this.requests = [];
    this.answers = new Map(); // path -> (response, url) => void
    this.server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => {
      this.requests.push(request.url);
      const answer = this.answers.get(request.url);
      if (answer === undefined) response.writeHead(404).end();
      else answer(response, `${this.origin}${request.url}`);
    });
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.host = `127.0.0.1:${this.server.address().port}`;
    this.origin = `https://${this.host}`;
    return this;
  }

  // A good document with changes; its URL. headers: of the answer.
  put(path, changes = {}, headers = {}) {
    const url = `${this.origin}${path}`;
    const document = { client_id: url, client_name: "Notes on the desk", redirect_uris: [LOOPBACK, `${this.origin}/back`], token_endpoint_auth_method: "none",
      grant_types: ["authorization_code"], response_types: ["code"], ...changes };
    this.answers.set(path, (response) => response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(document)));
    return url;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");

// What the form with this button would send.
export function formOf(html, button) {
  const form = html.split("<form").slice(1).map((part) => part.split("</form>")[0]).find((text) => text.includes(`>${button}</button>`));
  assert.ok(form, `no form "${button}" in ${html}`);
  return Object.fromEntries([...form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value)]));
}

export const challengeOf = (verifier) => createHash("sha256").update(verifier).digest("base64url");

export class AuthorizeStage {
  // isHostNamed: the host of documents, which is at a loopback address, is let in by its name and not as one of any.
  static async open({ gateway = {}, edit, size, store, isHostNamed = true } = {}) {
    const made = new AuthorizeStage();
    made.secret = randomBytes(24).toString("base64url");
    made.webSecret = randomBytes(24).toString("hex");
    const openToAll = { authorization: { registration: true, clientMetadataDocuments: ["*"] }, insecure: ["any-client"] };
    made.stage = await Stage.open({
      size, store, gateway: gateway.authorization === undefined ? { ...openToAll, ...gateway } : gateway,
      prepare: async ({ certificates, gateways }) => {
        const { issuer } = gateways[0];
        made.provider = await new LoginProvider(certificates, issuer, { web: { clientId: "the-gateway", secret: made.secret, redirectUri: `${issuer}/login/callback/people` } }).start();
        made.documents = await new DocumentHost(certificates).start();
        for (const { document: { spec } } of gateways)
          if (isHostNamed && spec.authorization.clientMetadataDocuments?.includes("*")) spec.authorization = { ...spec.authorization, clientMetadataDocuments: ["*", made.documents.host] };
      },
      edit: (documents, stage) => {
        const ours = stage.gateway;
        const put = (kind, name, spec) => documents.set(`${kind}/${name}`, { kind, metadata: { name }, spec });
        put("Issuer", "people", { domain: "corp", issuer: made.provider.identifier, audiences: [ours.issuer], algorithms: ["ES256"], tokenTypes: ["access_token"],
          claims: { attributes: { groups: "groups" } }, login: { clientId: "the-gateway", secretFile: ours.writeSecret("people-login.secret", made.secret) } });
        put("Client", "desk", { authentication: { methods: ["none"] }, redirectUris: [LOOPBACK, "http://localhost/back"] });
        put("Client", "web", { authentication: { methods: ["client_secret_basic"], secretFile: ours.writeSecret("web.secret", made.webSecret) }, redirectUris: [WEB] });
        put("Client", "described", { authentication: { methods: ["none"] }, clientMetadataDocuments: { hosts: ["*"] } });
        put("Client", "registered", { authentication: { methods: ["none"] }, registered: true });
        put("Client", "notes-server", { authentication: { methods: ["client_secret_basic"], secretFile: ours.writeSecret("notes.secret", made.webSecret) } });
        put("Target", "notes", { domain: "partner", audiences: [NOTES], scopes: ["notes:read", "notes:write"], scopeWords: { "notes:read": "Read your notes" }, maximumLifetime: "5m",
          accepts: { issuers: ["people"], clients: ["desk", "web", "described", "registered"] }, resourceServer: "notes-server" });
        put("Target", "connected", { domain: "partner", audiences: ["https://connected.example"], scopes: ["files:read"], connection: { lifetime: "1h" }, resourceServer: "notes-server",
          accepts: { issuers: ["people"], clients: ["desk", "described"] } });
        put("Target", "keyed", { domain: "partner", audiences: ["https://keyed.example"], scopes: ["keys:use"], adapter: "api-key", resourceServer: "notes-server",
          accepts: { issuers: ["people"], clients: ["desk"] } });
        put("Target", "unshared", { domain: "partner", audiences: ["https://unshared.example"], accepts: { issuers: ["people"], clients: ["orders-agent"] } });
        edit?.(documents, stage);
      },
    });
    made.gateway = made.stage.gateway;
    made.fetch = trustingFetch(made.stage.certificates.ca);
    made.browsers = [];
    return made;
  }

  browser(gateway = this.gateway) {
    const browser = new Browser(this.stage.certificates, gateway.origin);
    this.browsers.push(browser);
    return browser;
  }

  // A request as clients make it; undefined leaves a parameter out.
  query(changes = {}) {
    this.verifier = changes.verifier ?? randomBytes(32).toString("base64url");
    const all = { response_type: "code", client_id: "desk", redirect_uri: LOOPBACK, scope: "notes:read", resource: NOTES, state: "st/at&e", code_challenge: challengeOf(this.verifier),
      code_challenge_method: "S256", ...changes, verifier: undefined };
    return `/authorize?${new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined))}`;
  }

  // Follows the person to the provider and back to the first page of ours that is no redirect.
  async follow(browser, answer, login = "ann") {
    for (let i = 0; i < 4 && answer.status === 303; i++) {
      if (answer.location.origin === this.provider.identifier)
        answer = await browser.send(await this.provider.browse(answer.location.href, login, `${this.gateway.issuer}/login/callback/`));
      else if (answer.location.origin === browser.origin) answer = await browser.send(answer.location.pathname + answer.location.search);
      else return answer;
    }
    return answer;
  }

  // The page that asks, for somebody who is logged in by then.
  async ask(changes = {}, { browser = this.browser(), login = "ann", path = this.query(changes) } = {}) {
    const page = await this.follow(browser, await browser.send(path), login);
    return { browser, page };
  }

  // Where the browser goes on to, by a redirect or by a page that leads on.
  leaves(answer) {
    if (answer.location !== null && answer.location !== undefined) return answer.location;
    const refresh = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(answer.text);
    assert.ok(refresh, `it leads nowhere (${answer.status}): ${answer.text}`);
    return new URL(unescaped(refresh[1]));
  }

  answerTo({ browser, page }, decision = "Agree", changes = {}, headers = {}) {
    assert.equal(page.status, 200, page.text);
    return browser.send("/authorize", { method: "POST", form: { ...formOf(page.text, decision), ...changes }, headers });
  }

  // All of it: the URL at which the client gets its answer.
  async agree(changes = {}, options = {}) {
    const asked = await this.ask(changes, options);
    if (asked.page.status === 303) return asked.page.location;
    return this.leaves(await this.answerTo(asked));
  }

  redeem(code, changes = {}, options = {}) {
    const form = { grant_type: "authorization_code", code, client_id: "desk", redirect_uri: LOOPBACK, code_verifier: this.verifier, resource: NOTES, ...changes };
    return (options.gateway ?? this.gateway).post("/token", Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined)), options);
  }

  async token(changes = {}, redeemed = {}, options = {}) {
    const back = await this.agree(changes, options);
    return this.redeem(back.searchParams.get("code"), redeemed);
  }

  async isActive(token) {
    return (await this.gateway.post("/introspect", { token }, { auth: ["notes-server", this.webSecret] })).json.active;
  }

  // openid-client as this client.
  async library(clientId, authentication = openid.None()) {
    const config = await openid.discovery(new URL(this.gateway.issuer), clientId, undefined, authentication, { [openid.customFetch]: this.fetch, algorithm: "oauth2" });
    config[openid.customFetch] = this.fetch;
    return config;
  }

  async records(kind) {
    return (await this.gateway.admin("/v1/records?limit=200")).json.records.filter((record) => record.kind === kind);
  }

  async close() {
    this.fetch?.close();
    for (const browser of this.browsers ?? []) browser.close();
    await this.stage?.close();
    this.documents?.stop();
    await this.provider?.stop();
  }
}
