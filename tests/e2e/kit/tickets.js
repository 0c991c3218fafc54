// What is in Kerberos tokens, credential caches and KRB-CRED messages, all of it, as tests/ticket_reader finds it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { programs } from "./machine.js";

const numbers = ["starts", "ends", "renewable-until", "key-type", "further-ticket-bytes"];
const lists = ["flags", "agreed"];

function valueOf(name, text) {
  const plain = name.replace(/^ticket-/, "");
  if (numbers.includes(plain)) return Number(text);
  return lists.includes(plain) ? text.split(" ").filter((word) => word !== "") : text;
}

// "ticket-ends 12" becomes ticketEnds: 12.
function parse(output) {
  const whole = { entries: [] };
  let current = whole;
  for (const line of output.split("\n").slice(0, -1)) {
    if (line === "entry") {
      whole.entries.push((current = {}));
      continue;
    }
    const [name, ...rest] = line.split(" ");
    current[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] = valueOf(name, rest.join(" "));
  }
  return whole;
}

export class TicketReader {
  // folder: for what has to be a file. keytab: the services' keys, with which tickets are opened.
  constructor(realm, folder, keytab) {
    Object.assign(this, { realm, folder, keytab });
  }

  async #read(...words) {
    const done = await this.realm.client("reader").run(programs.ticketReader, words);
    assert.equal(done.code, 0, done.errors);
    return parse(done.output);
  }

  #file(bytes) {
    const path = this.folder.file(`${randomBytes(8).toString("hex")}.bytes`);
    writeFileSync(path, bytes, { mode: 0o600 });
    return path;
  }

  // As the service sees it, which does not hear of it: { acceptedAs, agreed, delegatedCredential, entries: [the ticket] }.
  // token: base64. binding: what the service has its channel bound to.
  token(token, { binding } = {}) {
    return this.#read("token", this.#file(Buffer.from(token, "base64")), this.keytab, ...(binding === undefined ? [] : [this.#file(binding)]));
  }

  // { owner, entries: [{ client, server, flags, starts, ends, renewableUntil, keyType, furtherTicketBytes, ticketClient, ... }] };
  // with isOpened the inside of each ticket too, and then all of them have to be the services'.
  cache(bytes, { isOpened = true } = {}) {
    return this.#read("cache", `FILE:${this.#file(bytes)}`, ...(isOpened ? [this.keytab] : []));
  }

  message(bytes, { isOpened = true } = {}) {
    return this.#read("message", this.#file(bytes), ...(isOpened ? [this.keytab] : []));
  }

  // Made by whoever has the cache in this environment: base64.
  async writeToken({ env }, service, { binding } = {}) {
    const path = this.#file("");
    await this.#write(env, "write-token", service.replace("/", "@"), path, ...(binding === undefined ? [] : [this.#file(binding)]));
    return readFileSync(path).toString("base64");
  }

  async writeMessage({ env }, cache) {
    const path = this.#file("");
    await this.#write(env, "write-message", cache, path);
    return readFileSync(path);
  }

  async #write(env, ...words) {
    const done = await this.realm.client("writer").run(programs.ticketReader, words, { env });
    assert.equal(done.code, 0, done.errors);
  }
}

// The one ticket of what was handed out: for this client and this service, inside and outside, to be used and nothing else.
export function assertOnlyTicket({ entries }, { client, server, from = Date.now() / 1000, longest }) {
  assert.deepEqual(entries.map((entry) => entry.server), [server]);
  const [entry] = entries, inside = entry.ticketClient === undefined ? [""] : ["", "ticket"];
  for (const prefix of inside) {
    const field = (name) => entry[prefix === "" ? name : prefix + name[0].toUpperCase() + name.slice(1)];
    assert.equal(field("client"), client);
    assert.equal(field("server"), server);
    assert.ok(!field("flags").includes("renewable") && field("renewableUntil") === 0, JSON.stringify(entry));
    assert.ok(!field("flags").some((flag) => ["initial", "forwarded", "proxy", "invalid", "postdated"].includes(flag)), JSON.stringify(entry));
    assert.ok(field("ends") <= Math.ceil(from) + longest, `${field("ends") - from} seconds`);
  }
  assert.equal(entry.furtherTicketBytes ?? 0, 0);
  return entry;
}
