// The gateway under test: dragomand with documents of its own, on free loopback ports, in a private folder.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { basic, formBody, Http1, Http2, sendToSocket } from "./http.js";
import { freePort, Program, programs, run, until } from "./machine.js";

export const grantType = "urn:ietf:params:oauth:grant-type:token-exchange";
export const tokenType = (name) => `urn:ietf:params:oauth:token-type:${name}`;
export const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const FIRST_USER_ID = 1_000_000, USERS_OF_A_GATEWAY = 256;

// JSON is YAML; one document after another.
export const stream = (documents) => documents.map((document) => `---\n${JSON.stringify(document, null, 2)}\n`).join("");

export class Gateway {
  // postgres: the server that is its store; a file otherwise.
  // beside: a gateway of the same cluster, prepared already, whose name, sealing key and settings this one shares.
  // daemon: another program that is one.
  constructor(folder, certificates, { postgres, beside, daemon = programs.dragomand } = {}) {
    this.daemon = daemon;
    this.folder = folder;
    this.postgres = postgres;
    this.beside = beside;
    this.certificates = certificates;
    this.socketPath = folder.file("admin.sock");
    this.databasePath = folder.file("store/gateway.sqlite");
    this.configPath = folder.file("gateway.yaml");
    this.sealingKeyPath = beside?.sealingKeyPath ?? folder.file("sealing.key");
  }

  // Where it is reached, whatever it is called.
  get origin() {
    return `https://127.0.0.1:${this.port}`;
  }

  // given: settings of its document, or a function that makes them when the port is known.
  async prepare(given = {}) {
    this.port ??= await freePort();
    const gatewaySpec = typeof given === "function" ? given(this) : given;
    this.issuer ??= gatewaySpec.issuer ?? this.beside?.issuer ?? this.origin;
    mkdirSync(this.folder.file("store"), { recursive: true, mode: 0o700 });
    if (this.beside === undefined) {
      const made = await run(programs.dragomand, ["make-sealing-key", this.sealingKeyPath]);
      if (made.code !== 0) throw new Error(`make-sealing-key: ${made.errors}`);
    }
    this.document = {
      kind: "Gateway", metadata: { name: "gateway" },
      spec: {
        issuer: this.issuer, listen: [`127.0.0.1:${this.port}`],
        tls: { certificateFile: this.certificates.certificateFile, keyFile: this.certificates.keyFile },
        store: this.postgres === undefined ? { sqlite: this.databasePath } : { postgres: { connection: this.postgres.connection } }, sealing: { keyFile: this.sealingKeyPath }, adminSocket: this.socketPath,
        outbound: { caFile: this.certificates.authorityFile, allowAddresses: ["127.0.0.0/8"] },
        signing: { algorithms: ["ES256", "RS256"] }, limits: { threads: 2 }, ...gatewaySpec,
      },
    };
    // Of its own, as its port is: what runs as one of another gateway's users would be ended with that one's adapters.
    if (gatewaySpec.adapters !== undefined)
      this.document.spec.adapters = { firstUserId: FIRST_USER_ID + USERS_OF_A_GATEWAY * this.port, ...gatewaySpec.adapters };
  }

  writeDocuments(documents) {
    writeFileSync(this.configPath, stream([this.document, ...documents]));
  }

  writeSecret(name, secret) {
    writeFileSync(join(this.folder.path, name), secret, { mode: 0o600 });
    return this.folder.file(name);
  }

  // The command line that is it.
  get command() {
    return [this.daemon, "run", "--config", this.configPath];
  }

  async start() {
    const [program, ...args] = this.command;
    this.program = new Program(program, args);
    this.http = new Http1(this.origin, this.certificates.ca);
    await until(async () => {
      if (!this.program.isRunning) throw new Error(`dragomand ended:\n${this.program.output}${this.program.errors}`);
      return this.http.send("/readyz").then((answer) => answer.status === 200 && this.events("worker_ready").length > 0, () => false);
    }, "dragomand is ready");
    return this;
  }

  // The lines of one event in the log so far; what follows the last line's end may be half of one.
  events(name) {
    return this.program.errors.split("\n").slice(0, -1).filter((line) => line.includes(`"event":"${name}"`)).map((line) => JSON.parse(line));
  }

  // The process that serves; the one started here is its supervisor.
  get worker() {
    return this.events("worker_ready").at(-1).process;
  }

  // The one that serves after that.
  nextWorker(before) {
    return until(() => this.worker !== before && this.worker, "another worker is ready");
  }

  http2() {
    return new Http2(this.origin, this.certificates.ca);
  }

  // POST of a form. auth is [client, secret] for Basic.
  post(path, form, { auth, headers = {}, over = this.http } = {}) {
    return over.send(path, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...(auth ? { authorization: basic(...auth) } : {}), ...headers },
      body: formBody(form),
    });
  }

  admin(path, { method = "GET", document, ...options } = {}) {
    const body = document === undefined ? options.body : Array.isArray(document) ? stream(document) : JSON.stringify(document);
    return sendToSocket(this.socketPath, path, { method, ...options, body, headers: body === undefined ? {} : { "content-type": "application/yaml", "content-length": Buffer.byteLength(body) } });
  }

  async apply(...documents) {
    const answer = await this.admin("/v1/documents", { method: "POST", document: documents });
    if (answer.status !== 200) throw new Error(`apply: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  kill(kind, id, parameters = {}) {
    return this.admin(`/v1/kills?${new URLSearchParams({ kind, id, ...parameters })}`, { method: "POST" });
  }

  lift(kind, id, parameters = {}) {
    return this.admin(`/v1/kills?${new URLSearchParams({ kind, id, ...parameters })}`, { method: "DELETE" });
  }

  async record(id) {
    const answer = await this.admin(`/v1/records/${id}`);
    if (answer.status !== 200) throw new Error(`record ${id}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  // What stands in the store, read from outside: rows as text, columns separated by "|".
  sql(text) {
    if (this.postgres !== undefined) return this.postgres.query(text);
    return execFileSync("sqlite3", ["-readonly", this.databasePath, text], { encoding: "utf8", maxBuffer: 1 << 28 }).trim();
  }

  cli(args, options = {}) {
    return run(programs.dragoman, args, {
      ...options,
      env: { ...process.env, DRAGOMAN_GATEWAY: this.origin, DRAGOMAN_CA_FILE: this.certificates.authorityFile,
        DRAGOMAN_ADMIN_SOCKET: this.socketPath, NO_COLOR: "1", ...options.env },
    });
  }

  async stop(signal) {
    this.http?.close();
    if (this.program === undefined) return undefined;
    const result = await this.program.stop(signal);
    this.logs = (this.logs ?? "") + this.program.output + this.program.errors;
    return result;
  }
}
