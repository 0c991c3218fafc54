// The HTTP side that the MCP servers of the tests share: on loopback, with every request kept byte for byte, whoever calls
// checked by a bearer token where a test wants that, and pages of other origins refused.
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";

export class McpHost {
  // verify(token) is awaited and throws for one that is not good: 401. certificates: https with them.
  constructor({ verify, certificates } = {}) {
    this.verify = verify;
    this.requests = []; // {method, url, headers, rawHeaders, body, claims, isClosed, closedAt, response}
    this.isSecure = certificates !== undefined;
    const serve = (request, response) => this.#serve(request, response).catch((error) => this.#fail(response, error));
    this.server = this.isSecure ? createTlsServer({ cert: certificates.certificate, key: certificates.key }, serve) : createServer(serve);
  }

  async start(port = 0) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `${this.isSecure ? "https" : "http"}://127.0.0.1:${this.server.address().port}`;
    this.url = `${this.origin}/mcp`;
    return this;
  }

  // (kept, request, response) => true when it has answered; undefined: the server is as it should be.
  behave(misbehaviour) {
    this.misbehaviour = misbehaviour;
  }

  get last() {
    return this.requests.at(-1);
  }

  // The JSON-RPC methods that were called, in their order.
  get methods() {
    return this.requests.map(({ method, body }) => (method === "POST" ? /"method":\s*"([^"]+)"/.exec(body.toString())?.[1] : method));
  }

  // Whether these bytes came with any request, in its line, its headers or its body.
  hasSeen(bytes) {
    return this.requests.some(({ url, rawHeaders, body }) => url.includes(bytes) || rawHeaders.join("\n").includes(bytes) || body.includes(bytes));
  }

  async #serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { method, url, headers, rawHeaders } = request;
    const kept = { method, url, headers, rawHeaders, body: Buffer.concat(parts), isClosed: false, response };
    this.requests.push(kept);
    response.on("close", () => Object.assign(kept, { isClosed: true, closedAt: Date.now() }));
    if (await this.misbehaviour?.(kept, request, response)) return;
    if (new URL(url, this.origin).pathname !== "/mcp") return void response.writeHead(404).end();
    if (!this.#isLocal(headers.host) || !this.#isLocal(headers.origin?.replace(/^https?:\/\//, "")))
      return this.refuse(response, 403, -32000, "Invalid Host or Origin header");
    if (this.verify !== undefined) {
      try {
        kept.claims = await this.verify(/^Bearer (.+)$/i.exec(headers.authorization)?.[1]);
      } catch (error) {
        response.setHeader("www-authenticate", `Bearer error="invalid_token", error_description="${error.message.replaceAll('"', "'")}"`);
        return this.refuse(response, 401, -32001, "Unauthorized");
      }
    }
    await this.handle(request, response, kept);
  }

  #isLocal(host) {
    return host === undefined || /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
  }

  refuse(response, status, code, message) {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null }));
  }

  #fail(response, error) {
    this.error = error;
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }

  async stop() {
    await this.close?.();
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, "close");
  }
}
