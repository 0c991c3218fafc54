// A collector of OpenTelemetry traces under the test's control: OTLP over HTTP in JSON, over TLS on loopback. What it takes is
// decoded with OpenTelemetry's own generated types of the protocol (opentelemetry-proto, from @opentelemetry/otlp-transformer):
// what those do not know, or know otherwise, is a mistake. It is no collector of OpenTelemetry's: building that takes minutes.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:https";
import { until } from "./machine.js";

const require = createRequire(import.meta.url);
const { opentelemetry } = require("@opentelemetry/otlp-transformer/build/src/generated/root.js");
const Request = opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;

const ids = { traceId: 16, spanId: 8, parentSpanId: 8 };

// The JSON encoding has ids in hexadecimal, where that of protobuf has base64.
// What is empty is not there, in protobuf.
const withBytes = (value, key) =>
  key in ids ? Buffer.from(value, "hex").toString("base64")
  : Array.isArray(value) ? value.map((one) => withBytes(one, ""))
  : value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).filter(([, one]) => one.length !== 0).map(([name, one]) => [name, withBytes(one, name)]))
  : value;

function checkIds(value) {
  for (const [key, one] of Object.entries(value)) {
    if (key in ids) assert.match(one, new RegExp(`^[0-9a-f]{${2 * ids[key]}}$`), key);
    else if (one !== null && typeof one === "object") checkIds(one);
  }
}

function decodeTraces(text) {
  const json = JSON.parse(text), bytes = withBytes(json, "");
  checkIds(json);
  assert.equal(Request.verify(Request.toObject(Request.fromObject(bytes))), null);
  const again = Request.toObject(Request.decode(Request.encode(Request.fromObject(bytes)).finish()), { longs: String, bytes: String });
  assert.deepEqual(again, bytes, "what is sent is what the protocol knows");
  return json.resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({
    ...span, scope, resource: attributesOf(resource), attributes: attributesOf(span) }))));
}

const attributesOf = ({ attributes }) => Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));

const take = (response, body = "{}") => response.writeHead(200, { "content-type": "application/json" }).end(body);

export class Collector {
  // behaviour(response, body): how it answers; may be changed at any time.
  constructor(certificates) {
    this.behaviour = (response) => take(response);
    this.messages = []; // { text, headers, spans }
    this.mistakes = [];
    this.server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => this.#serve(request, response));
  }

  static take = take;

  async start(port = 0) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
    return this;
  }

  get url() {
    return `https://localhost:${this.port}/v1/traces`;
  }

  async #serve(request, response) {
    let text = "";
    for await (const piece of request) text += piece;
    try {
      assert.equal(request.method, "POST");
      assert.equal(request.url, "/v1/traces");
      assert.equal(request.headers["content-type"], "application/json");
      this.messages.push({ text, headers: request.headers, spans: decodeTraces(text) });
    } catch (error) {
      this.mistakes.push(error);
    }
    this.behaviour(response, text);
  }

  get spans() {
    if (this.mistakes.length) throw this.mistakes[0];
    return this.messages.flatMap(({ spans }) => spans);
  }

  // The spans of one trace once its server's is there, which is sent with all others.
  async trace(id) {
    await until(() => this.spans.some((span) => span.traceId === id && span.kind === 2), `the trace ${id}`);
    return this.spans.filter((span) => span.traceId === id);
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}
