// Everything that a person who connects an account has to do with, and all of it real: the identity provider where they
// log in, the service with their account, the gateway between them with the program saas_oauth, and egress.
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Browser } from "./browser.js";
import { Chromium } from "./chromium.js";
import { Http1 } from "./http.js";
import { forge, now } from "./forge.js";
import { faults } from "./faults.js";
import { LoginProvider } from "./login_provider.js";
import { build, freePort, until } from "./machine.js";
import { plainProgram } from "./plain_program.js";
import { clientOf, SaasProvider } from "./saas_provider.js";
import { Stage } from "./stage.js";

// Where nobody but root and the gateway's user may put a program.
function adapterFolder() {
  const folder = mkdtempSync(join(build, "adapters-")), program = join(folder, "saas_oauth");
  chmodSync(folder, 0o755);
  copyFileSync(plainProgram("dragoman-saas-oauth", "adapters/saas_oauth/saas_oauth"), program);
  chmodSync(program, 0o755);
  return { folder, sha256: createHash("sha256").update(readFileSync(program)).digest("hex") };
}

export class SaasStage {
  // others: how many services there are besides the first. Others are as the first is. clients: further ones of the first.
  static async open({ others = 0, clients = [], gateway = {}, edit, ...options } = {}) {
    const made = new SaasStage();
    made.loginSecret = randomBytes(24).toString("hex");
    made.secret = randomBytes(24).toString("hex");
    made.program = adapterFolder();
    made.egressPort = await freePort();
    try {
      await made.#raise({ others, clients, gateway, edit, options });
    } catch (error) {
      await made.close().catch(() => {});
      throw error;
    }
    return made;
  }

  async #raise({ others, clients, gateway, edit, options }) {
    this.stage = await Stage.open({
      ...options,
      gateway: { adapters: { directories: [this.program.folder] }, limits: { threads: 3 }, ...gateway },
      prepare: async ({ certificates, gateway: { issuer } }) => {
        this.login = await new LoginProvider(certificates, issuer, { web: { clientId: "the-gateway", secret: this.loginSecret, redirectUri: `${issuer}/login/callback/people` } }).start();
        const service = (names, further = []) => new SaasProvider(certificates, {
          clients: [...names.map((name) => clientOf("client_secret_basic", { id: `dragoman-${name}`, secret: this.secret, redirectUris: [`${issuer}/connect/callback/${name}`] })), ...further] }).start();
        this.saas = await service(["files", "drive"], clients);
        this.others = await Promise.all(Array.from({ length: others }, (_, i) => service([`other-${i}`])));
      },
      edit: (documents, stage) => {
        this.#write(documents, stage);
        edit?.(documents, this);
      },
    });
    this.gateway = this.stage.gateway;
    this.gateways = this.stage.gateways;
    for (const one of this.gateways)
      await until(async () => (await one.admin("/v1/adapters")).json.adapters.some(({ name, state }) => name === "saas-oauth" && state === "running"), () => `the adapter runs\n${one.program.errors.slice(-2000)}`);
    const targets = ["files", ...(this.gateways.length === 1 ? ["drive"] : []), ...this.others.map((_, i) => `other-${i}`)];
    for (const target of targets) {
      const { status, text } = await this.gateway.admin(`/v1/connections/${target}`, { method: "POST", body: JSON.stringify({ answers: { client_secret: this.secret } }) });
      assert.equal(status, 200, text);
    }
    this.egress = new Http1(`https://127.0.0.1:${this.egressPort}`, this.stage.certificates.ca);
  }

  #write(documents, { gateway, gateways }) {
    const secretFile = gateway.writeSecret("people-login.secret", this.loginSecret);
    const clients = ["orders-agent", "partner-api", "billing-agents"];
    const put = (kind, name, spec) => documents.set(`${kind}/${name}`, { kind, metadata: { name }, spec });
    put("Issuer", "people", { domain: "corp", issuer: this.login.identifier, audiences: [gateway.issuer], algorithms: ["ES256"], tokenTypes: ["access_token"], login: { clientId: "the-gateway", secretFile } });
    put("Adapter", "saas-oauth", { program: "saas_oauth", network: "any", sha256: this.program.sha256, files: { ca: gateway.certificates.authorityFile } });
    const target = (name, spec) => put("Target", name, { domain: "partner", audiences: [`https://${name}.example`], scopes: ["files:read", "files:write"], maximumLifetime: "5m",
      connection: { lifetime: "30d" }, accepts: { issuers: ["people"], clients }, ...spec });
    target("files", { adapter: "saas-oauth", settings: this.settings("files") });
    this.others.forEach((service, i) => target(`other-${i}`, { adapter: "saas-oauth", settings: this.settings(`other-${i}`, service) }));
    if (gateways.length > 1) return;
    target("drive", { adapter: "saas-oauth", settings: this.settings("drive"), egress: { upstream: `${this.saas.identifier}/api`, adapter: "saas-oauth" } });
    gateway.document.spec.egress = { listen: [`127.0.0.1:${this.egressPort}`] };
  }

  // Each target is a client of its own there, so that the grants are its own, too.
  settings(name, { identifier } = this.saas, changes = {}) {
    return { grant: "connected", issuer: identifier, authorizationEndpoint: `${identifier}/auth`, tokenEndpoint: `${identifier}/token`, revocationEndpoint: `${identifier}/token/revocation`,
      clientId: `dragoman-${name}`, scopes: { "files:read": "files.read", "files:write": "files.write" }, connect: { parameters: { prompt: "consent" } }, ...changes };
  }

  // What an agent has of its person: a token of the identity provider's for the gateway.
  tokenOf(sub, claims = {}) {
    return forge({ key: this.login.key, header: { typ: "at+jwt" }, claims: { iss: this.login.identifier, sub, aud: this.gateway.issuer, client_id: "agents", scope: "files:read files:write", iat: now(), exp: now() + 600, jti: randomUUID(), ...claims } });
  }

  exchange(sub, { target = "files", scope = "files:read", client = "orders-agent", on = this.gateway, ...changes } = {}) {
    return on.post("/token", this.stage.form({ subject_token: this.tokenOf(sub), audience: `https://${target}.example`, scope, ...changes }), { auth: this.stage.authOf(client) });
  }

  // The link that an exchange is refused with.
  async link(sub, options) {
    return this.assertMissing(await this.exchange(sub, options));
  }

  // Refused with a link, behind a sentence of the gateway's and one of the adapter's, if it says one.
  assertMissing({ status, json, text }) {
    assert.deepEqual([status, json.error], [400, "interaction_required"], text);
    assert.ok(json.error_description.startsWith(faults.CONNECTION_MISSING.sentence), text);
    assert.match(json.dragoman_interaction_uri.slice(this.gateway.issuer.length), /^\/connect\/[\w-]{43}$/);
    return json.dragoman_interaction_uri;
  }

  async granted(sub, options) {
    const { status, json, text } = await this.exchange(sub, options);
    assert.equal(status, 200, `${text}\n${this.gateway.program.errors.slice(-1500)}`);
    return json;
  }

  async chromium() {
    this.browser ??= await Chromium.open(this.stage.certificates);
    return this.browser;
  }

  // Somebody with a browser of their own.
  async person(name) {
    return (await this.chromium()).person(name, this.gateway.issuer);
  }

  // A browser without a screen: for whoever has to send what no browser would, and for those who are only on their way.
  plainBrowser() {
    const browser = new Browser(this.stage.certificates, this.gateway.issuer);
    (this.plainBrowsers ??= []).push(browser);
    return browser;
  }

  // At the identity provider's own pages.
  async logIn(person, name) {
    await person.sees("Sign-in");
    await person.type("login", name);
    await person.type("password", "any");
    await person.press("Sign-in");
    await person.sees("Authorize");
    await person.press("Continue");
  }

  // With a browser without a screen: the link, the login, the consent and the service, and its answers.
  async connect(sub, { link, service = this.saas, account = sub, browser = this.plainBrowser(), ...options } = {}) {
    const url = await this.reachService(sub, { link, browser, ...options });
    const back = await this.login.browse.call({ fetch: this.login.fetch }, url, account, `${this.gateway.issuer}/connect/callback/`);
    const answer = await browser.send(back);
    return { browser, back, answer, service };
  }

  // As far as the address at the service, which is given.
  async reachService(sub, { link, browser, ...options }) {
    const consent = await this.reachConsent(sub, { link, browser, ...options });
    const answer = await browser.send("/consent", { method: "POST", form: formNamed(consent.text, "Agree") });
    assert.equal(answer.status, 200, answer.text);
    const [, url] = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(answer.text) ?? [];
    assert.ok(url, answer.text);
    return url.replaceAll("&amp;", "&");
  }

  async reachConsent(sub, { link, browser, login = sub, ...options }) {
    const opened = await browser.send(link ?? (await this.link(sub, options)), { method: "POST", form: {} });
    assert.equal(opened.status, 200, opened.text);
    let answer = await browser.send("/consent");
    if (answer.status === 303) {
      answer = await browser.send(await this.login.browse(answer.location.href, login, `${this.gateway.issuer}/login/callback/`));
      assert.equal(answer.status, 303, answer.text);
      answer = await browser.send("/consent");
    }
    return answer;
  }

  async close() {
    await this.browser?.close();
    this.egress?.close();
    for (const browser of this.plainBrowsers ?? []) browser.close();
    await this.stage?.close();
    await Promise.all([this.login, this.saas, ...(this.others ?? [])].map((one) => one?.stop()));
    rmSync(this.program.folder, { recursive: true, force: true });
  }
}

// What a page's form with this button would send.
export function formNamed(html, button) {
  const forms = html.split("<form").slice(1).map((part) => part.split("</form>")[0]);
  const form = forms.find((text) => text.includes(`>${button}</button>`));
  assert.ok(form, `no form "${button}" in ${html}`);
  return Object.fromEntries([...form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}
