// The gateway's end of the adapter protocol, for tests of one adapter alone: starts the program with a socket at
// descriptor 3, asks, and keeps its state. Whatever breaks adapters/PROTOCOL.md fails the test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { once } from "node:events";

const LINE_MAX = 1024 * 1024;
const sanitizers = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(A|L|UB|T)SAN_OPTIONS$/.test(name)));

// Node takes the connections of every socket that listens in it.
const listening = `import os, socket, sys
listener, at = socket.create_server(("127.0.0.1", 0), backlog=64), int(sys.argv[1])
os.dup2(listener.fileno(), at)
os.set_inheritable(at, True)
os.execvp(sys.argv[2], sys.argv[2:])`;

/** One store for as many peers as share it. */
export class AdapterState {
  entries = new Map();
  #fences = 0;

  entry(key) {
    assert.equal(typeof key, "string");
    assert.ok(Buffer.byteLength(key) >= 1 && Buffer.byteLength(key) <= 512);
    if (!this.entries.has(key)) this.entries.set(key, { version: 0, fence: 0, until: 0 });
    return this.entries.get(key);
  }

  get({ key }) {
    const { value, version, fence, until } = this.entry(key);
    return { ...(value !== undefined && { value }), version, fence, claimed_for_ms: Math.max(0, until - Date.now()) };
  }

  put({ key, value, expected_version, fence }) {
    const entry = this.entry(key);
    assert.ok(value === null || Buffer.from(value, "base64url").length <= 64 * 1024);
    if ((expected_version !== -1 && expected_version !== (entry.value === undefined ? 0 : entry.version)) || (fence !== undefined && fence !== entry.fence))
      throw { code: -32010, message: "conflict", data: { version: entry.version } };
    entry.value = value ?? undefined;
    return { version: ++entry.version };
  }

  claim({ key, for_ms, fence }) {
    const entry = this.entry(key);
    if (entry.until > Date.now() && fence !== entry.fence) throw { code: -32011, message: "claimed", data: { claimed_for_ms: entry.until - Date.now() } };
    if (fence === undefined) entry.fence = ++this.#fences;
    entry.until = for_ms === 0 ? 0 : Date.now() + for_ms;
    return { fence: entry.fence };
  }
}

export class AdapterPeer {
  logs = [];
  output = "";
  #asked = new Map();
  #lastId = 0;
  #rest = "";

  // files: paths of what its document would name; settings: its document's. hasListener: with a socket that listens.
  // under: a program with arguments that runs it.
  constructor(program, { ca, files = ca === undefined ? {} : { ca }, settings, hasListener = false, under = [], allow_addresses, state = new AdapterState(), sealingKey = randomBytes(32) } = {}) {
    this.state = state;
    const opened = Object.entries(files).map(([name, path], i) => ({ name, at: 4 + i, file: openSync(path, "r") }));
    const listener = hasListener ? 4 + opened.length : undefined;
    const [first, ...rest] = [...(hasListener ? ["python3", "-c", listening, String(listener)] : []), ...under, program];
    this.child = spawn(first, rest, {
      stdio: ["ignore", "pipe", "pipe", "pipe", ...opened.map(({ file }) => file)], cwd: "/",
      env: { PATH: process.env.PATH, LANG: "C.UTF-8", HOME: "/", ...sanitizers },
    });
    for (const { file } of opened) closeSync(file);
    this.socket = this.child.stdio[3];
    this.socket.setEncoding("utf8");
    this.socket.on("data", (text) => this.#receive(text));
    this.socket.on("error", () => {}); // it has gone; what was asked is never answered
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.output += text));
    this.exited = once(this.child, "exit").then(([status, signal]) => ({ status, signal }));
    this.#send({
      jsonrpc: "2.0", method: "start",
      params: { adapter: "tested", sealing_key: sealingKey.toString("base64url"), files: Object.fromEntries(opened.map(({ name, at }) => [name, at])),
        ...(listener !== undefined && { listener }), ...(settings && { settings }), ...(allow_addresses && { allow_addresses }) },
    });
  }

  initialize() {
    return this.ask("initialize", { protocol: { lowest: 1, highest: 1 }, gateway: "0.1.0", adapter: "tested", in_parallel: 64, deadline_ms: 10_000 });
  }

  /** The result; an error of the adapter is thrown, with code, message and data. */
  ask(method, params) {
    return this.begin(method, params).answer;
  }

  begin(method, params) {
    const id = ++this.#lastId;
    const answer = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
    this.#send({ jsonrpc: "2.0", id, method, params: { deadline_ms: 10_000, ...params } });
    return { id, answer };
  }

  cancel(id) {
    this.#send({ jsonrpc: "2.0", method: "cancel", params: { id } });
  }

  async end() {
    await this.ask("shutdown", {});
    assert.deepEqual(await this.exited, { status: 0, signal: null }, this.output);
  }

  #send(message) {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  #receive(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    assert.ok(this.#rest.length <= LINE_MAX);
    for (const line of lines) this.#take(JSON.parse(line));
  }

  #take(message) {
    assert.equal(message.jsonrpc, "2.0");
    if (message.method === undefined) return this.#answered(message);
    if (message.method === "log") return void this.logs.push(message.params);
    const answer = { jsonrpc: "2.0", id: message.id };
    assert.match(message.method, /^state\.(get|put|claim)$/);
    try {
      answer.result = this.state[message.method.slice("state.".length)](message.params);
    } catch (error) {
      if (error.code === undefined || error instanceof Error) throw error;
      answer.error = error;
    }
    this.#send(answer);
  }

  #answered({ id, result, error }) {
    const asked = this.#asked.get(id);
    assert.ok(asked, `an answer to ${id}, which was not asked`);
    assert.ok((result === undefined) !== (error === undefined));
    this.#asked.delete(id);
    if (error) asked.reject(Object.assign(new Error(error.message), error));
    else asked.resolve(result);
  }
}
