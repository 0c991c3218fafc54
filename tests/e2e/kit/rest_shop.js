// The HTTP API of a small shop, as an author of APIs would write one: paths by pattern, bodies by hand, bearer tokens. It reads
// strictly, knows nothing of MCP, and keeps every request as it came.
import { once } from "node:events";
import { createServer } from "node:http";

const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

export class RestShop {
  // verify(token) is awaited and throws for one that is not good: 401.
  constructor({ verify } = {}) {
    this.verify = verify;
    this.requests = []; // {method, url, headers, rawHeaders, body, claims, isClosed}
    this.orders = new Map([["7", { id: "7", item: "lamp", quantity: 2 }]]);
    this.server = createServer((request, response) => this.#serve(request, response).catch(() => response.writeHead(500).end()));
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${this.server.address().port}/v2`;
    return this;
  }

  // (kept, response) => true when it has answered; undefined: the shop is as it should be.
  behave(misbehaviour) {
    this.misbehaviour = misbehaviour;
  }

  get last() {
    return this.requests.at(-1);
  }

  hasSeen(bytes) {
    return this.requests.some(({ url, rawHeaders, body }) => url.includes(bytes) || rawHeaders.join("\n").includes(bytes) || body.includes(bytes));
  }

  async #serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { method, url, headers, rawHeaders } = request;
    const kept = { method, url, headers, rawHeaders, body: Buffer.concat(parts).toString(), isClosed: false };
    this.requests.push(kept);
    response.on("close", () => Object.assign(kept, { isClosed: true, closedAt: Date.now() }));
    try {
      kept.claims = await this.verify?.(/^Bearer (.+)$/.exec(headers.authorization)?.[1]);
    } catch {
      return this.#json(response, 401, { error: "unauthorized" }, { "www-authenticate": 'Bearer error="invalid_token"' });
    }
    if (await this.misbehaviour?.(kept, response)) return;
    this.#route(kept, response);
  }

  #json(response, status, value, headers = {}) {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  }

  #route({ method, url, headers, body }, response) {
    const [, path, query] = /^\/v2(\/[A-Za-z0-9\-._~%/]*)(\?[^#]*)?$/.exec(url) ?? [];
    const [, id, label] = /^\/orders\/([^/]+)(\/label)?$/.exec(path ?? "") ?? [];
    const order = id === undefined ? undefined : this.orders.get(decodeURIComponent(id));
    if (path === "/orders" && method === "GET") {
      const wanted = new URLSearchParams(query);
      return this.#json(response, 200, { orders: [...this.orders.values()].slice(0, Number(wanted.get("limit") ?? 100)), asked: wanted.getAll("status"), region: headers["x-region"] });
    }
    if (path === "/orders" && method === "POST") {
      if (headers["content-type"] !== "application/json") return this.#json(response, 415, { error: "JSON, please" });
      const made = { id: `${this.orders.size + 7}`, ...JSON.parse(body) };
      this.orders.set(made.id, made);
      return this.#json(response, 201, made);
    }
    if (order === undefined) return this.#json(response, 404, { error: `there is no ${method} ${path}` });
    if (label !== undefined) return void response.writeHead(200, { "content-type": "image/png" }).end(png);
    if (method === "GET") return this.#json(response, 200, order);
    if (method !== "DELETE") return this.#json(response, 405, { error: "no" });
    this.orders.delete(order.id);
    response.writeHead(204).end();
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, "close");
  }
}

export const label = png.toString("base64");
