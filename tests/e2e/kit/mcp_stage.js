// A stage with MCP servers behind the gateway, and what tests of those share: a token for a server, messages of both
// generations of the protocol byte by byte, and the official clients with such a token.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as tlsRequest } from "node:https";
import { Http1 } from "./http.js";
import { freePort } from "./machine.js";
import { connectClient, connectOldClient, NEW_VERSION, OLD_VERSION } from "./mcp_clients.js";
import { Stage } from "./stage.js";

const everything = { tools: [{ names: ["*"] }], resources: [{ names: ["*"] }], prompts: [{ names: ["*"] }], serverRequests: ["sampling", "elicitation", "roots"] };

// upstream: the exact URL of the MCP server. mcp: spec.mcp, everything allowed where it is not said.
export const mcpTarget = (name, port, { upstream, mcp = {}, adapter = "jwt", egress = {}, ...spec }) => ({ kind: "Target", metadata: { name },
  spec: { domain: "corp", audiences: [`https://127.0.0.1:${port}/mcp/${name}`], scopes: ["files:read", "files:write", "files:admin"], maximumLifetime: "5m",
    accepts: { issuers: ["corp-idp", "cluster", "self"], clients: ["orders-agent", "partner-api", "billing-agents"] },
    egress: { upstream, adapter, ...egress }, mcp: { ...everything, ...mcp }, ...spec } });

// What an answer says, one JSON-RPC message after another, whether it is one document or a stream of events.
export function messagesOf(answer) {
  if (answer.body.length === 0) return [];
  if (!`${answer.headers["content-type"]}`.startsWith("text/event-stream")) return [answer.json];
  return eventsOf(answer.text).filter(({ data }) => data !== "").map(({ data }) => JSON.parse(data));
}

// The events of a whole stream: {id, event, retry, data}; a comment is none.
export function eventsOf(text) {
  return text.split(/\r?\n\r?\n/).map((block) => {
    const event = {}, data = [];
    for (const line of block.split(/\r?\n/)) {
      const [, name, value] = /^([a-z]+):? ?(.*)$/.exec(line) ?? [];
      if (name === "data") data.push(value);
      else if (name !== undefined) event[name] = value;
    }
    return data.length === 0 && Object.keys(event).length === 0 ? undefined : { ...event, data: data.join("\n") };
  }).filter((event) => event !== undefined);
}

export class McpStage {
  #id = 0;

  // reached: where requests go, which say that they go to port; the same where there is one gateway.
  constructor(stage, port, reached = port) {
    this.stage = stage;
    this.port = port;
    this.origin = `https://127.0.0.1:${port}`;
    this.reached = `https://127.0.0.1:${reached}`;
    this.http = new Http1(this.reached, stage.certificates.ca);
    this.clients = [];
    this.others = []; // by the further gateways of the stage: raw requests
  }

  endpoint(name) {
    return `${this.origin}/mcp/${name}`;
  }

  // The answer of /token for a server, on behalf of alice.
  async credential(name, changes = {}, { claims = {}, auth } = {}) {
    const answer = await this.stage.exchange({ audience: undefined, resource: this.endpoint(name),
      subject_token: this.stage.userToken({ sub: "alice", scope: "files:read files:write files:admin", ...claims }), ...changes }, auth === undefined ? {} : { auth });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  async token(name, changes, options) {
    return (await this.credential(name, changes, options)).access_token;
  }

  // Any request to a server's endpoint; message: what is sent as JSON, body: or these bytes.
  async send(name, { token, method = "POST", message, body = message === undefined ? undefined : JSON.stringify(message), headers = {} } = {}) {
    const answer = await this.http.send(`/mcp/${name}`, { method, body, headers: { host: `127.0.0.1:${this.port}`,
      ...(method === "POST" ? { accept: "application/json, text/event-stream", "content-type": "application/json" } : {}),
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers } });
    Object.defineProperty(answer, "messages", { get: () => messagesOf(answer) });
    return answer;
  }

  // A request whose answer is read as it comes: {request, response, text, ended}; close() breaks it off.
  async open(name, { token, method = "GET", message, headers = {} } = {}) {
    const request = tlsRequest(`${this.reached}/mcp/${name}`, { method, ca: this.stage.certificates.ca, agent: false, headers: { host: `127.0.0.1:${this.port}`,
      accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream", "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers } });
    request.end(message === undefined ? undefined : JSON.stringify(message));
    const [response] = await once(request, "response");
    const stream = { request, response, status: response.statusCode, headers: response.headers, text: "", isEnded: false, close: () => request.destroy() };
    stream.ended = new Promise((done) => {
      response.setEncoding("utf8").on("data", (part) => (stream.text += part));
      response.on("error", (error) => (stream.error = error));
      response.on("close", () => ((stream.isEnded = true), done(Date.now())));
    });
    Object.defineProperty(stream, "messages", { get: () => eventsOf(stream.text).filter(({ data }) => data !== "").map(({ data }) => JSON.parse(data)) });
    return stream;
  }

  request(method, params = {}) {
    return { jsonrpc: "2.0", id: ++this.#id, method, params };
  }

  // A message of the new generation: with the version in _meta, and the headers that repeat what the body says.
  newMessage(method, params = {}, { capabilities = {}, version = NEW_VERSION } = {}) {
    const message = this.request(method, { ...params, _meta: { "io.modelcontextprotocol/protocolVersion": version,
      "io.modelcontextprotocol/clientCapabilities": capabilities, "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1.0.0" }, ...params._meta } });
    const named = params.name ?? params.uri;
    return { message, headers: { "mcp-protocol-version": version, "mcp-method": method,
      ...(["tools/call", "prompts/get", "resources/read"].includes(method) && named !== undefined ? { "mcp-name": named } : {}) } };
  }

  sendNew(name, method, params, { token, headers = {}, ...options } = {}) {
    const made = this.newMessage(method, params, options);
    return this.send(name, { token, message: made.message, headers: { ...made.headers, ...headers } });
  }

  // initialize and what follows it: {session, version, result, token}, to be given to sendOld.
  async openSession(name, { token, capabilities = {}, version = OLD_VERSION } = {}) {
    const answer = await this.send(name, { token, message: this.request("initialize", { protocolVersion: version, capabilities, clientInfo: { name: "raw", version: "1.0.0" } }) });
    assert.equal(answer.status, 200, answer.text);
    const { result } = answer.messages.at(-1);
    const session = { token, session: answer.headers["mcp-session-id"], version: result.protocolVersion, result };
    const { status } = await this.send(name, { token, message: { jsonrpc: "2.0", method: "notifications/initialized" }, headers: this.headersOf(session) });
    assert.equal(status, 202);
    return session;
  }

  headersOf({ session, version }) {
    return { ...(session === undefined ? {} : { "mcp-session-id": session }), "mcp-protocol-version": version };
  }

  sendOld(name, session, method, params, { headers = {}, token = session.token } = {}) {
    return this.send(name, { token, message: this.request(method, params), headers: { ...this.headersOf(session), ...headers } });
  }

  // The official clients, closed with the stage. options as those of mcp_clients.js.
  async connectOld(name, options = {}) {
    return this.#kept(await connectOldClient(this.endpoint(name), { ca: this.stage.certificates.ca, ...options }));
  }

  async connect(name, options = {}) {
    return this.#kept(await connectClient(this.endpoint(name), { ca: this.stage.certificates.ca, ...options }));
  }

  #kept(client) {
    this.clients.push(client);
    return client;
  }

  async close() {
    await Promise.allSettled(this.clients.map((client) => client.close()));
    for (const { http } of [this, ...this.others]) http.close();
    await this.stage.close();
  }
}

// servers: a map from the name of a server to the options of its mcpTarget; further options as those of Stage.open. With a size,
// the further gateways are mcp.others.
export async function openMcp({ servers, gateway = {}, edit, open = (options) => Stage.open(options), size = 1, ...options }) {
  const ports = [];
  for (let i = 0; i < size; i++) ports.push(await freePort());
  const stage = await open({ gateway: { egress: { listen: [`127.0.0.1:${ports[0]}`] }, ...gateway }, size, ...options, edit: (documents, raised) => {
    raised.gateways.forEach((one, i) => (one.document.spec.egress = { ...one.document.spec.egress, listen: [`127.0.0.1:${ports[i]}`] }));
    for (const [name, server] of Object.entries(servers)) documents.set(`Target/${name}`, mcpTarget(name, ports[0], server));
    edit?.(documents, raised, ports[0]);
  } });
  const mcp = new McpStage(stage, ports[0]);
  mcp.others = ports.slice(1).map((port) => new McpStage(stage, ports[0], port));
  return mcp;
}
