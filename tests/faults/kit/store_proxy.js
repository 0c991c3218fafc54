// Stands between the gateway and PostgreSQL and knows just enough of the protocol (PostgreSQL 15, chapter 55) to lose one
// particular answer: it sees which statement is called, and when the server is done with all it was sent.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SOCKET = ".s.PGSQL.5432";
const BIND = 0x42, SYNC = 0x53, READY_FOR_QUERY = 0x5a; // types of messages

// Cuts a stream of bytes into messages: {type, body}. A client's first message has no type.
class Messages {
  constructor({ beginsUntyped }) {
    this.isUntyped = beginsUntyped;
    this.rest = Buffer.alloc(0);
  }

  *take(bytes) {
    this.rest = Buffer.concat([this.rest, bytes]);
    for (;;) {
      const head = this.isUntyped ? 0 : 1;
      if (this.rest.length < head + 4) return;
      const end = head + this.rest.readUInt32BE(head);
      if (this.rest.length < end) return;
      const message = { type: this.isUntyped ? undefined : this.rest[0], body: this.rest.subarray(head + 4, end) };
      this.rest = this.rest.subarray(end);
      this.isUntyped = false;
      yield message;
    }
  }
}

// Of a Bind message: behind the portal's name, each ended by a zero.
const statementOf = (body) => body.subarray(body.indexOf(0) + 1, body.indexOf(0, body.indexOf(0) + 1)).toString();

export class StoreProxy {
  static async open(postgres) {
    const proxy = new StoreProxy();
    proxy.postgres = postgres;
    proxy.folder = mkdtempSync(join(tmpdir(), "dragoman-proxy-"));
    proxy.connection = postgres.connection.replace(postgres.folder, proxy.folder);
    proxy.plans = []; // what is to happen to the next calls of a statement: {statement, loss}
    proxy.lost = 0;
    proxy.isAway = false; // whoever connects is turned away
    proxy.sockets = new Set();
    proxy.server = createServer((client) => proxy.#serve(client)).listen(join(proxy.folder, SOCKET));
    await once(proxy.server, "listening");
    return proxy;
  }

  // loss: "request" (the server never gets it), "answer" (it never comes back; the connection is closed), "half answer"
  // (the connection is closed in the middle of it), "silence" (it never comes back and the connection stays).
  lose(statement, loss, then) {
    this.plans.push({ statement, loss, then });
  }

  // The next call of a statement waits in front of the server; resolves when it does, with what lets it go.
  hold(statement) {
    return new Promise((resolve) => this.plans.push({ statement, loss: "nothing", then: resolve }));
  }

  #serve(client) {
    if (this.isAway) return client.destroy();
    const server = connect(join(this.postgres.folder, SOCKET));
    const link = { client, server, asked: new Messages({ beginsUntyped: true }), told: new Messages({ beginsUntyped: false }), owed: 1, kept: [] };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on("error", () => {}).on("close", () => {
        this.sockets.delete(socket);
        this.#cut(link);
      });
    }
    client.on("data", (bytes) => this.#pass(link, bytes));
    server.on("data", (bytes) => this.#passBack(link, bytes));
  }

  #pass(link, bytes) {
    for (const { type, body } of link.asked.take(bytes)) {
      if (type === SYNC) link.owed++;
      if (type === BIND && link.plan === undefined && statementOf(body) === this.plans[0]?.statement) link.plan = this.plans.shift();
    }
    if (link.plan?.loss === "request") return this.#lose(link);
    if (link.plan?.loss === "nothing") return this.#hold(link, bytes);
    link.server.write(bytes);
  }

  #hold(link, bytes) {
    link.client.pause();
    link.plan.then(() => {
      link.server.write(bytes);
      link.client.resume();
    });
    link.plan = undefined;
  }

  #passBack(link, bytes) {
    for (const { type } of link.told.take(bytes)) if (type === READY_FOR_QUERY) link.owed--;
    if (link.plan === undefined) return link.client.write(bytes);
    link.kept.push(bytes);
    if (link.owed > 0) return; // the server is not done yet: not committed, or not said so
    const answer = Buffer.concat(link.kept);
    if (link.plan.loss === "half answer") link.client.write(answer.subarray(0, answer.length / 2), () => this.#lose(link));
    else this.#lose(link);
  }

  #lose(link) {
    this.lost++;
    link.plan.then?.();
    if (link.plan.loss !== "silence") this.#cut(link);
  }

  #cut(link) {
    link.client.destroy();
    link.server.destroy();
  }

  close() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
