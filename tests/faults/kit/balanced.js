// Clients of several gateways that serve as one, as behind a load balancer: each keeps one HTTP/2 connection to whichever
// is up, and behaves as RFC 9113 says. After a GOAWAY it begins nothing more on that connection, finishes what it began and
// opens another. It sends a request again only where the gateway said, or cannot but mean, that it never looked at it:
//   - the stream was refused (REFUSED_STREAM) or is above the last one that GOAWAY names (section 6.8),
//   - no connection came about: refused, or gone before a byte of the request was sent.
// Whatever else is not a 200 is a failed request: another status, a stream or a connection that ends without a whole answer
// to a request that may have been taken, and no answer within LIMIT_MS, all attempts together.
import { once } from "node:events";
import { connect, constants } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { basic, formBody } from "../../e2e/kit/http.js";

const LIMIT_MS = 15_000, AGAIN_MS = 10;
const SUBJECT_TOKENS = 16; // subject tokens may be shown any number of times

export class Balanced {
  counts = { requests: 0, granted: 0, again: 0, unconnected: 0 };
  failed = [];
  longestConnectMs = 0; // until a connection stood or was refused

  // clients: how many, each with inFlight requests at a time. doors: what they connect to, by its origin; the gateways
  // themselves, or a balancer in front of them.
  constructor(stage, history, { clients = 4, inFlight = 8, doors = stage.gateways } = {}) {
    Object.assign(this, { stage, history, clients, inFlight, doors, isOver: false });
    this.tokens = Array.from({ length: SUBJECT_TOKENS }, () => stage.userToken({ exp: Math.floor(Date.now() / 1000) + 3600 }));
    this.answeredBy = new Map(doors.map((door) => [door, 0]));
  }

  start() {
    this.running = Promise.all(Array.from({ length: this.clients }, () => this.#client()));
    return this;
  }

  async stop() {
    this.isOver = true;
    await this.running;
  }

  async #client() {
    const client = { connecting: undefined, connection: undefined };
    await Promise.all(Array.from({ length: this.inFlight }, () => this.#requests(client)));
    client.connection?.session.close();
  }

  async #requests(client) {
    while (!this.isOver && this.failed.length === 0) {
      const request = this.history.begin();
      const body = formBody(this.stage.form({ subject_token: this.tokens[this.counts.requests++ % SUBJECT_TOKENS], dragoman_purpose: request.name }));
      const answer = await this.#send(client, body);
      if (answer.status !== undefined) this.history.answered(request, answer);
      else this.history.closed(request, answer.failure);
      if (answer.status === 200) this.counts.granted++;
      else this.failed.push(answer.failure ?? `${answer.status} ${answer.text}`);
    }
  }

  async #send(client, body) {
    const end = performance.now() + LIMIT_MS;
    for (let last = "no connection"; performance.now() < end; ) {
      const connection = await this.#connection(client);
      if (connection === undefined) {
        await delay(AGAIN_MS);
        continue;
      }
      const result = await this.#attempt(connection, body, end);
      if (result.untaken === undefined) return result;
      this.counts.again++;
      last = result.untaken;
      if (performance.now() >= end) return { failure: `not answered in ${LIMIT_MS} ms; last: ${last}` };
    }
    return { failure: `no connection in ${LIMIT_MS} ms` };
  }

  // The client's connection, a new one if that has said goodbye; undefined when the gateway that was chosen has none for us.
  async #connection(client) {
    if (client.connection !== undefined && !client.connection.session.closed && !client.connection.session.destroyed) return client.connection;
    client.connecting ??= this.#connect(client).finally(() => (client.connecting = undefined));
    return client.connecting;
  }

  async #connect(client) {
    const door = this.doors[Math.floor(Math.random() * this.doors.length)]; // nobody tells the clients which is up
    const session = connect(door.origin, { ca: this.stage.certificates.ca });
    const connection = { door, session, lastStream: Infinity };
    session.setMaxListeners(0);
    session.on("error", () => {});
    session.on("goaway", (code, lastStream) => (connection.lastStream = Math.min(connection.lastStream, lastStream)));
    client.connection = undefined;
    const begunMs = performance.now();
    const isOpen = await Promise.race([once(session, "connect").then(() => true), once(session, "close").then(() => false), delay(LIMIT_MS / 3, false, { ref: false })]).catch(() => false);
    this.longestConnectMs = Math.max(this.longestConnectMs, performance.now() - begunMs);
    if (isOpen) return (client.connection = connection);
    this.counts.unconnected++;
    session.destroy();
    return undefined;
  }

  // {status, headers, text}, or {untaken: why} when it is to be sent again, or {failure: why}.
  #attempt(connection, body, end) {
    const { door, session } = connection;
    if (session.closed || session.destroyed) return { untaken: "the connection had said goodbye" };
    const stream = session.request({ [constants.HTTP2_HEADER_METHOD]: "POST", [constants.HTTP2_HEADER_PATH]: "/token",
      "content-type": "application/x-www-form-urlencoded", authorization: basic(...this.stage.auth) });
    stream.end(body);
    return new Promise((done) => {
      let headers, error, isWhole = false;
      const parts = [];
      const late = setTimeout(() => done({ failure: `no answer in ${LIMIT_MS} ms` }), Math.max(0, end - performance.now()));
      stream.on("response", (received) => (headers = received));
      stream.on("data", (part) => parts.push(part));
      stream.on("end", () => (isWhole = headers !== undefined && !stream.aborted));
      stream.on("error", (reason) => (error = reason));
      stream.on("close", () => {
        clearTimeout(late);
        if (isWhole) {
          this.answeredBy.set(door, this.answeredBy.get(door) + 1);
          return done({ status: headers[":status"], headers, text: Buffer.concat(parts).toString("utf8") });
        }
        const isUntaken = headers === undefined && (stream.id === undefined || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id > connection.lastStream);
        const why = `stream ${stream.id} ended with code ${stream.rstCode}, ${error?.message ?? "no error"}; last stream of GOAWAY: ${connection.lastStream}`;
        done(isUntaken ? { untaken: why } : { failure: why });
      });
    });
  }
}
