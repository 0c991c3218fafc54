// A vendor's API as tests need one: it checks the key it is shown, keeps what it was sent, and answers as vendors do, in
// one piece or as events. Nothing is answered to who shows another key.
import { createServer } from "node:https";
import { once } from "node:events";

const readBody = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

export class ModelVendor {
  // header: where it wants its key; scheme: what stands before it, if anything; accepts: of keys that come and go.
  constructor(certificates, { key, header = "authorization", scheme = "Bearer", accepts = (shown) => shown === (scheme === "" ? key : `${scheme} ${key}`) }) {
    Object.assign(this, { header, accepts, calls: [] });
    this.server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => this.#answer(request, response));
  }

  async start() {
    this.server.keepAliveTimeout = 60_000; // who asks again sooner finds its connection as it was
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `https://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  get last() {
    return this.calls.at(-1);
  }

  // handler(request, body, response): what it does instead, until it is taken away.
  behave(handler) {
    this.handler = handler;
  }

  async #answer(request, response) {
    const body = await readBody(request).catch(() => undefined);
    if (body === undefined) return;
    this.calls.push({ method: request.method, url: request.url, headers: request.headers, rawHeaders: request.rawHeaders, body });
    const shown = request.headers[this.header];
    if (!this.accepts(shown)) return this.#json(response, 401, { error: { message: "bad key", type: "auth" } });
    if (this.handler !== undefined) return this.handler(request, body, response);
    if (request.url.startsWith("/v1/chat/completions")) return this.#chat(JSON.parse(body), response);
    if (request.url.startsWith("/v1/messages")) return this.#messages(JSON.parse(body), response);
    this.#json(response, 200, { path: request.url, method: request.method, bytes: body.length });
  }

  #json(response, status, value, headers = {}) {
    const body = JSON.stringify(value);
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body), "x-request-id": "req-7", "set-cookie": "a=b", server: "vendor", ...headers });
    response.end(body);
  }

  #events(response) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", "x-request-id": "req-8" });
    return response;
  }

  // As OpenAI's chat completions are shaped.
  #chat({ model, stream }, response) {
    const words = ["Hello", " from", " the", " vendor"];
    const base = { id: "chatcmpl-1", created: 1, model };
    if (!stream) return this.#json(response, 200, { ...base, object: "chat.completion", choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: words.join("") } }] });
    this.#events(response);
    for (const content of words) response.write(`data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`);
    response.end("data: [DONE]\n\n");
  }

  // As Anthropic's messages are shaped.
  #messages({ model, stream }, response) {
    const message = { id: "msg_1", type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };
    if (!stream) return this.#json(response, 200, { ...message, content: [{ type: "text", text: "Hello from the vendor" }], stop_reason: "end_turn" });
    const send = (type, data) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    this.#events(response);
    send("message_start", { message });
    send("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    for (const text of ["Hello", " from", " the", " vendor"]) send("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
    send("content_block_stop", { index: 0 });
    send("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 4 } });
    send("message_stop", {});
    response.end();
  }
}
