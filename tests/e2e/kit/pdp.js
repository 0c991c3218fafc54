// A policy decision point under the test's control (AuthZEN Authorization API 1.0, one access evaluation at a time), over TLS
// on loopback. A test says how it behaves, by name or by a function, and reads what it was asked.
import { once } from "node:events";
import { createServer } from "node:https";
import { setTimeout as delay } from "node:timers/promises";

const path = "/access/v1/evaluation";

const say = (response, body, { status = 200, type = "application/json" } = {}) =>
  response.writeHead(status, { "content-type": type }).end(typeof body === "string" ? body : JSON.stringify(body));

// Each takes (response, pdp, asked); asked is what #serve logs.
const behaviours = {
  allow: (response) => say(response, { decision: true }),
  deny: (response) => say(response, { decision: false }),
  denyWithReason: (response, pdp) => say(response, { decision: false, context: pdp.reason }),
  unknownObligation: (response) => say(response, { decision: true, context: { obligations: [{ id: "1", type: "unheard-of" }] } }),
  slow: async (response, pdp) => {
    await delay(pdp.slowMs);
    behaviours.allow(response);
  },
  silent: () => {}, // until the other side gives up
  closed: (response) => response.destroy(), // in the middle, after the question
  garbage: (response) => say(response, "decision: true, honestly"),
  html: (response) => say(response, '{"decision":true}', { type: "text/html" }),
  stringDecision: (response) => say(response, { decision: "true" }),
  doubled: (response) => say(response, '{"decision":false,"decision":true}'),
  huge: (response) => say(response, { decision: true, context: { padding: "x".repeat(10_000_000) } }),
  redirect: (response) => response.writeHead(307, { location: "/elsewhere" }).end(),
  otherRequest: (response) => {
    response.setHeader("x-request-id", "of-somebody-else");
    behaviours.allow(response);
  },
  badRequest: (response) => say(response, { error: "no such action" }, { status: 400 }),
  failing: (response) => say(response, { error: "out of order" }, { status: 500 }),
};

export class Pdp {
  // behaviour: a name of those above, or (response, pdp, asked) => {}; may be changed at any time, for what comes next.
  // token: the bearer token it wants to see; others get 401.
  constructor(certificates, { behaviour = "allow", token } = {}) {
    this.behaviour = behaviour;
    this.token = token;
    this.reason = { id: "7", reason_admin: { 403: "policy C076 says no" }, reason_user: { "en-403": "Ask your team." } };
    this.slowMs = 10_000;
    this.asked = []; // { path, method, headers, body, question }: question is the body as JSON, undefined if it is none
    this.wasFollowed = false; // somebody went where "redirect" pointed
    this.server = createServer({ cert: certificates.certificate, key: certificates.key }, (request, response) => this.#serve(request, response));
  }

  async start(port = 0) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
    return this;
  }

  get url() {
    return `https://127.0.0.1:${this.port}${path}`;
  }

  get last() {
    return this.asked.at(-1);
  }

  forget() {
    this.asked = [];
    this.wasFollowed = false;
  }

  async #serve(request, response) {
    const parts = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      return; // went away while it asked
    }
    const asked = { path: request.url, method: request.method, headers: request.headers, body: Buffer.concat(parts).toString("utf8") };
    try {
      asked.question = JSON.parse(asked.body);
    } catch {
      // stays undefined
    }
    this.asked.push(asked);
    if (request.url === "/elsewhere") {
      this.wasFollowed = true;
      return behaviours.allow(response);
    }
    if (asked.path !== path || asked.method !== "POST") return say(response, {}, { status: 404 });
    if (this.token !== undefined && asked.headers.authorization !== `Bearer ${this.token}`) return say(response, {}, { status: 401 });
    // What no decision point could answer is refused whatever the test wants, so that a malformed question is noticed.
    const fault = whatIsWrong(asked);
    if (fault !== null) return say(response, { error: fault }, { status: 400 });
    if (asked.headers["x-request-id"] !== undefined) response.setHeader("x-request-id", asked.headers["x-request-id"]);
    await (behaviours[this.behaviour] ?? this.behaviour)(response, this, asked);
  }

  // Stops listening and cuts every connection: connection refused from here on, until start with the same port.
  async stop() {
    if (!this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

// The shape of an access evaluation request; null if it is one.
function whatIsWrong({ headers, question }) {
  if (!/^application\/json\s*(;|$)/i.test(headers["content-type"] ?? "")) return "not application/json";
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isText = (value) => typeof value === "string" && value !== "";
  if (!isObject(question)) return "the question is not an object";
  const { subject, action, resource, context } = question;
  for (const [name, entity] of Object.entries({ subject, resource }))
    if (!isObject(entity) || !isText(entity.type) || !isText(entity.id)) return `${name} needs a type and an id`;
  if (!isObject(action) || !isText(action.name)) return "action needs a name";
  for (const [name, { properties }] of Object.entries({ subject, action, resource }))
    if (properties !== undefined && !isObject(properties)) return `the properties of ${name} are not an object`;
  return context === undefined || isObject(context) ? null : "the context is not an object";
}
