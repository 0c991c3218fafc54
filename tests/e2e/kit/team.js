// A gateway whose admin API is on the network, an identity provider, three teams, and people with the command line.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Http1 } from "./http.js";
import { LoginProvider } from "./login_provider.js";
import { freePort, Program, programs, until } from "./machine.js";
import { Stage } from "./stage.js";

export const everyRight = ["read", "apply", "delete", "kill", "lift"];
export const team = (name, group, { rights = everyRight, ...spec } = {}) =>
  ({ kind: "Team", metadata: { name }, spec: { members: [{ issuer: "people", attribute: "groups", value: group, rights }], ...spec } });

export class TeamStage {
  static async open({ gateway = {}, admin = {}, edit, ...options } = {}) {
    const made = new TeamStage();
    made.port = await freePort();
    made.stage = await Stage.open({
      ...options,
      gateway: { admin: { listen: [`127.0.0.1:${made.port}`], sessionLifetime: "10m", ...admin }, ...gateway },
      prepare: async ({ certificates, gateway }) => {
        made.provider = await new LoginProvider(certificates, gateway.issuer).start();
        gateway.document.spec.admin.audiences ??= [made.provider.clientId, gateway.issuer];
      },
      edit: (documents, stage) => {
        documents.set("Issuer/people", { kind: "Issuer", metadata: { name: "people" }, spec: { domain: "corp", issuer: made.provider.identifier,
          audiences: [stage.gateway.issuer, made.provider.clientId], algorithms: ["ES256"], tokenTypes: ["id_token", "access_token", "jwt"], claims: { attributes: { groups: "groups" } } } });
        documents.get("Issuer/corp-idp").spec.claims.attributes.groups = "groups";
        edit?.(documents, stage);
      },
    });
    made.origin = `https://127.0.0.1:${made.port}`;
    made.http = new Http1(made.origin, made.stage.certificates.ca);
    for (const [sub, groups] of [["ann", ["staff", "shop-devs"]], ["ben", ["books-devs"]], ["olga", ["platform-ops"]], ["nobody", ["staff"]]]) made.provider.groups.set(sub, groups);
    await made.stage.gateway.apply(team("shop", "shop-devs"), team("books", "books-devs"), team("platform", "platform-ops", { operator: true }));
    return made;
  }

  get gateway() {
    return this.stage.gateway;
  }

  // A Target that the stage's client may ask for.
  target(name, owner, spec = {}) {
    return { kind: "Target", metadata: { name, ...(owner ? { team: owner } : {}) },
      spec: { domain: "partner", audiences: [`https://${name}.example`], scopes: ["orders:read"], accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] }, ...spec } };
  }

  // Runs the command line as a person with a home of their own, on no socket.
  as(person, args, options = {}) {
    return this.gateway.cli(args, { ...options, env: this.environment(person, options.env) });
  }

  environment(person, more = {}) {
    const home = this.stage.folder.file(`home-${person}`);
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return { XDG_STATE_HOME: home, HOME: home, DRAGOMAN_ADMIN_SOCKET: "", DRAGOMAN_GATEWAY: this.origin, ...more };
  }

  sessionPath(person) {
    return this.stage.folder.file(`home-${person}/dragoman/session.json`);
  }

  session(person) {
    return JSON.parse(readFileSync(this.sessionPath(person), "utf8")).access_token;
  }

  // The program waits while the person is in the browser.
  startLogin(person, args = []) {
    const program = new Program(programs.dragoman, ["login", "--issuer", this.provider.identifier, "--client-id", this.provider.clientId, ...args],
      { env: { ...process.env, DRAGOMAN_CA_FILE: this.stage.certificates.authorityFile, NO_COLOR: "1", ...this.environment(person) } });
    const url = () => until(() => !program.isRunning ? Promise.reject(new Error(program.errors)) : /https:\/\/\S+/.exec(program.errors.replace(/\S*$/, ""))?.[0], "the login's address");
    return { program, url };
  }

  async login(person, args = []) {
    const { program, url } = this.startLogin(person, args);
    const callback = await this.provider.browse(await url(), person);
    assert.equal((await fetch(callback)).status, 200);
    const { code } = await program.ended;
    return { code, errors: program.errors };
  }

  async logInAll(...people) {
    for (const person of people) {
      const done = await this.login(person);
      assert.equal(done.code, 0, done.errors);
    }
  }

  file(name, ...documents) {
    const path = this.stage.folder.file(name);
    writeFileSync(path, documents.map((document) => (typeof document === "string" ? document : JSON.stringify(document, null, 2))).join("\n---\n"));
    return path;
  }

  // One call of the API itself with somebody's session, or with any token.
  call(path, { token, person, method = "GET", documents, headers = {} } = {}) {
    const bearer = token ?? (person === undefined ? undefined : this.session(person));
    const body = documents?.map((document) => `---\n${JSON.stringify(document)}\n`).join("");
    return this.http.send(path, { method, body, headers: { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...(body === undefined ? {} : { "content-type": "application/yaml" }), ...headers } });
  }

  post(path, form) {
    return this.http.send(path, { method: "POST", body: new URLSearchParams(form).toString(), headers: { "content-type": "application/x-www-form-urlencoded" } });
  }

  async close() {
    this.http?.close();
    await this.stage?.close();
    await this.provider?.stop();
  }
}
