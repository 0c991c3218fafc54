// A vendor's key-management API over HTTPS that believes nothing: every request must be one of its three, with its
// secret, its media type and a body of exactly the members it documents; anything else is answered 4xx and remembered.
import { createServer } from "node:https";
import { randomBytes } from "node:crypto";

export class Vendor {
  keys = new Map(); // id -> {id, name, key, ...}
  requests = [];
  complaints = [];
  failing = []; // answers to give instead, one a request: {status, headers, body}
  ignoresFilter = false;
  holdAnswers = false; // does what it is asked for, and never says so
  slow = async () => {}; // waited for before a request is served, whether or not anybody waits for its answer
  secret = `mgmt-${randomBytes(12).toString("hex")}`;
  #made = new Map(); // Idempotency-Key -> id

  static async start(certificates) {
    const vendor = new Vendor();
    vendor.server = createServer({ key: certificates.key, cert: certificates.certificate }, (request, response) => vendor.#serve(request, response));
    await new Promise((resolve) => vendor.server.listen(0, "127.0.0.1", resolve));
    vendor.origin = `https://127.0.0.1:${vendor.server.address().port}`;
    return vendor;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request, response) {
    let body = "";
    try {
      for await (const part of request.setEncoding("utf8")) body += part;
    } catch {
      return; // it never came as a whole
    }
    await this.slow(request);
    this.requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    const instead = this.failing.shift();
    if (instead === "hang") return;
    const { status, headers = {}, body: answer } = instead ?? this.#answer(request, body);
    if (this.holdAnswers) return;
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(typeof answer === "string" ? answer : JSON.stringify(answer ?? {}));
  }

  #complain(status, what) {
    this.complaints.push(what);
    return { status, body: { error: what } };
  }

  #answer(request, body) {
    const { pathname, searchParams } = new URL(request.url, this.origin);
    if (request.headers["x-admin-key"] !== this.secret) return this.#complain(401, "not the secret");
    if (request.method === "POST" && request.url === "/v1/keys") return this.#create(request, body);
    if (request.method === "GET" && pathname === "/v1/keys") return this.#list(searchParams, body);
    const [, id] = pathname.match(/^\/v1\/keys\/([^/]+)$/) ?? [];
    if (request.method === "DELETE" && id !== undefined && request.url === pathname && body === "") return this.#delete(decodeURIComponent(id));
    return this.#complain(404, `${request.method} ${request.url}`);
  }

  #create(request, body) {
    if (request.headers["content-type"] !== "application/json") return this.#complain(415, "not application/json");
    const order = JSON.parse(body);
    if (Object.keys(order).sort().join() !== "expires,labels,name,permissions") return this.#complain(422, `members ${Object.keys(order)}`);
    if (typeof order.name !== "string" || !Array.isArray(order.permissions) || !Number.isSafeInteger(order.expires)) return this.#complain(422, "types");
    const once = request.headers["idempotency-key"];
    if (!once) return this.#complain(400, "no Idempotency-Key");
    if (!this.#made.has(once)) {
      const id = `key/${randomBytes(6).toString("hex")}`;
      this.#made.set(once, id);
      this.keys.set(id, { id, key: `vk_${randomBytes(24).toString("hex")}`, ...order });
    }
    const made = this.keys.get(this.#made.get(once));
    return { status: 201, body: { data: { secret: made.key, key_id: made.id, expires: new Date(made.expires * 1000).toISOString() } } };
  }

  #list(searchParams, body) {
    if (body !== "" || [...searchParams.keys()].join() !== "name") return this.#complain(400, "the query is a name");
    const found = [...this.keys.values()].filter(({ name }) => this.ignoresFilter || name === searchParams.get("name"));
    return { status: 200, body: { keys: found.map(({ id, name }) => ({ id, name })), next: null } };
  }

  #delete(id) {
    return this.keys.delete(id) ? { status: 204, body: "" } : { status: 404 };
  }
}
