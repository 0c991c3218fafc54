// HTTP as the tests speak it: 1.1 over TLS, TCP or a Unix socket with full control of bytes and headers, 2 over one session,
// and a fetch that trusts the test authority, for libraries that want one.
import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { connect as connect2, constants } from "node:http2";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { once } from "node:events";
import { Agent, fetch } from "undici";

async function collect(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

class Answer {
  constructor(status, headers, body) {
    Object.assign(this, { status, headers, body });
  }

  get text() {
    return this.body.toString("utf8");
  }

  get json() {
    try {
      return JSON.parse(this.text);
    } catch {
      throw new Error(`not JSON (${this.status}): ${this.text.slice(0, 200)}`);
    }
  }
}

// An object or a list of pairs as a form body; strings and buffers are sent as they are.
export function formBody(form) {
  if (typeof form === "string" || Buffer.isBuffer(form)) return form;
  const pairs = Array.isArray(form) ? form : Object.entries(form).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined).map((one) => [name, one]));
  return new URLSearchParams(pairs).toString();
}

export function basic(name, secret) {
  const encode = (text) => encodeURIComponent(text).replaceAll("%20", "+");
  return "Basic " + Buffer.from(`${encode(name)}:${encode(secret)}`).toString("base64");
}

export class Http1 {
  constructor(origin, ca) {
    this.origin = origin;
    this.isTls = origin.startsWith("https:");
    this.agent = new (this.isTls ? TlsAgent : PlainAgent)({ ca, keepAlive: true, maxSockets: 64 });
  }

  async send(path, { method = "GET", headers = {}, body } = {}) {
    const request = (this.isTls ? tlsRequest : plainRequest)(this.origin + path, { method, headers, agent: this.agent });
    request.end(body);
    const [response] = await once(request, "response");
    return new Answer(response.statusCode, response.headers, await collect(response));
  }

  close() {
    this.agent.destroy();
  }
}

export async function sendToSocket(socketPath, path, { method = "GET", headers = {}, body } = {}) {
  const request = plainRequest({ socketPath, path, method, agent: false, headers: { host: "localhost", ...headers } }); // no connection stays open
  request.end(body);
  const [response] = await once(request, "response");
  return new Answer(response.statusCode, response.headers, await collect(response));
}

export class Http2 {
  constructor(origin, ca) {
    this.session = connect2(origin, { ca });
    this.session.on("error", () => {});
    this.session.setMaxListeners(0);
  }

  async send(path, { method = "GET", headers = {}, body } = {}) {
    if (this.session.destroyed || this.session.closed) throw new Error("the connection is gone");
    const stream = this.session.request({ [constants.HTTP2_HEADER_METHOD]: method, [constants.HTTP2_HEADER_PATH]: path, ...headers });
    stream.end(body);
    // A stream whose connection dies may close without an error and without an answer.
    return new Promise((answered, failed) => {
      stream.on("error", failed);
      stream.on("close", () => failed(new Error("the stream closed without a whole answer")));
      // Nor do streams that wait for a connection always hear that it will not come.
      const gone = () => failed(new Error("the connection is gone"));
      this.session.once("close", gone);
      stream.once("close", () => this.session.off("close", gone));
      stream.on("response", (received) => {
        const parts = [];
        stream.on("data", (part) => parts.push(part));
        stream.on("end", () => !stream.aborted && answered(new Answer(received[":status"], received, Buffer.concat(parts))));
      });
    });
  }

  close() {
    this.session.destroy();
  }
}

// The standard fetch, trusting our authority.
export function trustingFetch(ca) {
  const dispatcher = new Agent({ connect: { ca }, allowH2: false });
  const trusting = (url, options = {}) => fetch(url, { ...options, dispatcher });
  trusting.close = () => dispatcher.destroy();
  return trusting;
}
