// A gateway with the program kerberos between an identity provider and a private realm: who asks has a token of the provider's,
// and what comes out is shown to the realm's service. kerberos.js has the realm, kerberos_service.js the service.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { faults } from "./faults.js";
import { gatewayPrincipal, KerberosRealm, realmName, services } from "./kerberos.js";
import { KerberosService } from "./kerberos_service.js";
import { build, run, until } from "./machine.js";
import { plainProgram } from "./plain_program.js";
import { Stage } from "./stage.js";
import { TicketReader } from "./tickets.js";

export const spnego = "urn:dragoman:token-type:kerberos-spnego";
export const ccache = "urn:dragoman:token-type:kerberos-ccache";
export const audienceOf = (target) => `https://${target}.example`;
export const account = (name) => `${name}@${realmName}`;
export const fingerprint = (credential) => createHash("sha256").update(credential).digest("hex");

// Where nobody but root and the gateway's user may put a program.
function adapterFolder() {
  const folder = mkdtempSync(join(build, "adapters-")), program = join(folder, "kerberos");
  chmodSync(folder, 0o755);
  copyFileSync(plainProgram("dragoman-kerberos", "adapters/kerberos/kerberos"), program);
  chmodSync(program, 0o755);
  return { folder, sha256: createHash("sha256").update(readFileSync(program)).digest("hex") };
}

export class KerberosStage {
  // realm, service: options of theirs; service null: there is none. adapter: changes of the adapter "corp" (document()).
  // waitFor: adapters that have to run before anything is tried; all where it is not said.
  // prepare(world) comes once the realm stands; edit(documents, world): documents is a Map from "Kind/name" to the document.
  static async open({ realm, service = {}, adapter = {}, waitFor, prepare, edit, gateway = {}, ...options } = {}) {
    const world = new KerberosStage();
    world.program = adapterFolder();
    try {
      await world.#raise({ realm, service, adapter, waitFor, prepare, edit, gateway, options });
    } catch (error) {
      await world.close().catch(() => {});
      throw error;
    }
    return world;
  }

  async #raise({ realm, service, adapter, waitFor, prepare, edit, gateway, options }) {
    this.stage = await Stage.open({
      ...options,
      gateway: { adapters: { directories: [this.program.folder] }, limits: { threads: 3 }, ...gateway },
      prepare: async (stage) => {
        Object.assign(this, { corp: stage.corp, gateway: stage.gateway, folder: stage.folder });
        this.realm = await KerberosRealm.open(stage.certificates, realm);
        if (service !== null) this.service = await KerberosService.open(this.realm, service);
        this.keytab = await this.realm.writeKeytab(this.folder.file("gateway.keytab"), gatewayPrincipal);
        this.reader = new TicketReader(this.realm, this.folder, await this.realm.writeKeytab(this.folder.file("services.keytab"), ...Object.values(services)));
        await prepare?.(this);
      },
      edit: (documents) => {
        this.documents = documents;
        const put = (document) => documents.set(`${document.kind}/${document.metadata.name}`, document);
        put(this.adapter("corp", adapter));
        for (const target of this.#targets()) put(target);
        edit?.(documents, this);
      },
    });
    const adapters = [...this.documents.values()].filter(({ kind }) => kind === "Adapter").map(({ metadata }) => metadata.name);
    for (const name of waitFor ?? adapters) await this.running(name);
  }

  // One realm: an Adapter document. settings: changes of its spec.settings. Nobody waits longer than three seconds, whatever
  // waited before them.
  adapter(name, { principal = gatewayPrincipal, keytab = this.keytab, kdcs = [this.realm.address], settings = {}, spec = {} } = {}) {
    return { kind: "Adapter", metadata: { name }, spec: { program: "kerberos", sha256: this.program.sha256, network: "any", loopbackListener: true, files: { keytab }, limits: { timeout: "3s" },
      settings: { realm: realmName, kdcs, principal, subjects: [{ issuer: this.corp.identifier, name: "sub" }],
        services: [{ service: services.app, outputs: ["spnego", "ccache"] }, { service: services.second }, { service: services.other }, { service: "HTTP/unknown.mit.example" }], ...settings }, ...spec } };
  }

  // settings: of the target; service, outputs, format, lifetime, tokenBytes. spec: changes of the rest.
  target(name, settings, { adapter = "corp", ...spec } = {}) {
    return { kind: "Target", metadata: { name }, spec: { domain: "partner", audiences: [audienceOf(name)], maximumLifetime: "10m", adapter,
      accepts: { issuers: ["corp-idp"], clients: ["orders-agent", "billing-agents"] }, settings, ...spec } };
  }

  #targets() {
    const both = { service: services.app, outputs: ["spnego", "ccache"] };
    return [
      this.target("intranet", { service: services.app }),
      this.target("tickets", { ...both, lifetime: 60 }),
      this.target("messages", { ...both, format: "krb-cred" }),
      this.target("second", { service: services.second }),
      this.target("other", { service: services.other }),
      this.target("unknown", { service: "HTTP/unknown.mit.example" }),
    ];
  }

  // --- what is asked ---

  exchange(sub, { target = "intranet", claims = {}, auth, over, ...changes } = {}) {
    return this.stage.exchange({ subject_token: this.stage.userToken({ sub, ...claims }), audience: audienceOf(target), ...changes },
      { ...(auth === undefined ? {} : { auth }), ...(over === undefined ? {} : { over }) });
  }

  async granted(sub, options) {
    const { status, json, text } = await this.exchange(sub, options);
    assert.equal(status, 200, `${text}\n${this.gateway.program.errors.slice(-2000)}`);
    return json;
  }

  // A refusal is one of the gateway's, with the adapter's sentence behind it where it says one to callers; cause is what
  // stands in the record for people who run it.
  async refused(answer, symbol, { shown, cause }) {
    const { error, status, sentence } = faults[symbol], { json } = answer;
    assert.equal(`${answer.status} ${json.error}: ${json.error_description}`, `${status} ${error}: ${sentence}${shown === undefined ? "" : ` ${shown}`}`);
    assert.match(await this.cause(json.dragoman_exchange), cause);
    return json;
  }

  // What the step "mint" of an exchange ended with, as dragoman explain shows it.
  async cause(exchange) {
    const { ladder } = await this.gateway.record(exchange), last = ladder.at(-1);
    assert.equal(last.check, "mint", JSON.stringify(ladder));
    const { code, output, errors } = await this.gateway.cli(["explain", exchange]);
    assert.equal(code, 0, errors);
    assert.ok(output.replaceAll(/\s+/g, " ").includes(last.detail.replaceAll(/\s+/g, " ")), `${output}\n${last.detail}`);
    return last.detail;
  }

  // --- what comes of it ---

  // The service's answer to a token: its status, and who it takes the caller for.
  async show(answer, { service = this.service, path = "/orders.shtml" } = {}) {
    const { dragoman_presentation: { name, scheme }, access_token: token } = answer;
    const { code, output, errors } = await run("curl", ["--header", `${name}: ${scheme} ${token}`, ...service.curl({ path })]);
    assert.equal(code, 0, errors);
    const status = Number(output.slice(-3));
    return { status, ...(status === 200 ? JSON.parse(output.slice(0, -3)) : {}) };
  }

  // --- the programs ---

  async described(name) {
    return (await this.gateway.admin("/v1/adapters")).json.adapters.find((adapter) => adapter.name === name);
  }

  running(name, instance = 1) {
    return until(async () => {
      const adapter = await this.described(name);
      return adapter?.state === "running" && adapter.instance >= instance && adapter;
    }, () => `the adapter ${name} runs\n${this.gateway.program.errors.slice(-2000)}`);
  }

  async process(name) {
    const { instance } = await this.running(name);
    return this.gateway.events("adapter_program_started").find((event) => event.adapter === name && event.instance === instance).process;
  }

  async close() {
    await this.stage?.close().finally(async () => {
      await this.service?.stop();
      await this.realm?.close();
      rmSync(this.program.folder, { recursive: true, force: true });
    });
  }
}
