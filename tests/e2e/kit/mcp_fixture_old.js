// An MCP server of the older generation on the official SDK 1: sessions with their own streams, resumable by what it keeps of
// them, and requests of the server's to its client in the middle of a call.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, CompleteRequestSchema, CreateMessageResultSchema, ElicitResultSchema, ErrorCode, GetPromptRequestSchema, ListPromptsRequestSchema,
  ListResourcesRequestSchema, ListResourceTemplatesRequestSchema, ListRootsResultSchema, ListToolsRequestSchema, McpError, ReadResourceRequestSchema, SetLevelRequestSchema,
  SubscribeRequestSchema, UnsubscribeRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { completion, prompts, readResource, resources, template, text, tools } from "./mcp_content.js";
import { McpHost } from "./mcp_host.js";

const object = (properties = {}, required = Object.keys(properties)) => ({ type: "object", properties, required });

// A tool that asks the client in the middle of its call.
const asking = (name, inputSchema, call) => ({ name, description: "Asks its client.", inputSchema, call });
const elicited = ({ action, content }) => text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
const options = (count, letter) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
const titled = (titles) => titles.map((title, i) => ({ const: `value${i + 1}`, title }));

const defaults = object({ name: { type: "string", default: "John Doe" }, age: { type: "integer", default: 30 }, score: { type: "number", default: 95.5 },
  status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" }, verified: { type: "boolean", default: true } }, []);
const enums = object({
  untitledSingle: { type: "string", enum: options(3, "option") },
  titledSingle: { type: "string", oneOf: titled(["First Option", "Second Option", "Third Option"]) },
  legacyEnum: { type: "string", enum: options(3, "opt"), enumNames: ["Option One", "Option Two", "Option Three"] },
  untitledMulti: { type: "array", items: { type: "string", enum: options(3, "option") } },
  titledMulti: { type: "array", items: { anyOf: titled(["First Choice", "Second Choice", "Third Choice"]) } },
}, []);

const askingTools = [
  asking("test_sampling", object({ prompt: { type: "string" } }), async ({ prompt }, on) => {
    const { content } = await on.ask("sampling/createMessage", { messages: [{ role: "user", content: { type: "text", text: prompt } }], maxTokens: 100 }, CreateMessageResultSchema);
    return text(`LLM response: ${content.text}`);
  }),
  asking("test_elicitation", object({ message: { type: "string" } }), async ({ message }, on) => {
    const { action, content } = await on.ask("elicitation/create", { mode: "form", message, requestedSchema: object({
      username: { type: "string", description: "User's response" }, email: { type: "string", description: "User's email address" } }) }, ElicitResultSchema);
    return text(`User response: action: ${action}, content: ${JSON.stringify(content ?? {})}`);
  }),
  asking("test_elicitation_sep1034_defaults", object(), async (_, on) =>
    elicited(await on.ask("elicitation/create", { mode: "form", message: "Review these values", requestedSchema: defaults }, ElicitResultSchema))),
  asking("test_elicitation_sep1330_enums", object(), async (_, on) =>
    elicited(await on.ask("elicitation/create", { mode: "form", message: "Choose", requestedSchema: enums }, ElicitResultSchema))),
  asking("test_roots", object(), async (_, on) => text((await on.ask("roots/list", {}, ListRootsResultSchema)).roots.map(({ uri }) => uri).join(" "))),
  { name: "test_reconnection", description: "Closes its stream before the result is there.", inputSchema: object(), call: async (_, on) => {
    on.closeStream();
    await delay(100);
    return text("Reconnection test completed");
  } },
];

// What was sent over each stream, for who comes back; ids say the stream and the place in it.
class KeptEvents {
  #streams = new Map();

  async storeEvent(stream, message) {
    const events = this.#streams.get(stream) ?? this.#streams.set(stream, []).get(stream);
    events.push(message);
    return `${stream}~${events.length - 1}`;
  }

  async getStreamIdForEventId(id) {
    return this.#streams.has(id.split("~")[0]) ? id.split("~")[0] : undefined;
  }

  async replayEventsAfter(id, { send }) {
    const [stream, place] = id.split("~");
    for (const [i, message] of (this.#streams.get(stream) ?? []).entries())
      if (i > Number(place) && Object.keys(message).length > 0) await send(`${stream}~${i}`, message);
    return stream;
  }
}

export class OldMcpFixture extends McpHost {
  // statusOfUnknown: of a session that there is not; 400 is what some servers say.
  constructor({ statusOfUnknown = 404, retryMs = 100, ...more } = {}) {
    super(more);
    this.statusOfUnknown = statusOfUnknown;
    this.retryMs = retryMs;
    this.sessions = new Map(); // id -> {server, transport}
    this.ended = []; // ids that a client ended
    this.definitions = {};
  }

  #made() {
    const server = new Server({ name: "old-fixture", version: "1.0.0" }, { capabilities: { tools: { listChanged: true }, prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true }, logging: {}, completions: {} } });
    const all = [...tools, ...askingTools, ...this.#triggers(server)], subscribed = new Set();
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: all.map(({ call, ...tool }) => ({ ...tool, ...this.definitions[tool.name] })) }));
    server.setRequestHandler(CallToolRequestSchema, (request, extra) => this.#call(all, request.params, extra));
    server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: resources.map(({ contents, ...resource }) => resource) }));
    server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [template] }));
    server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
      const found = readResource(uri);
      if (found === undefined) throw new McpError(-32002, "Resource not found", { uri });
      return found;
    });
    server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => (subscribed.add(uri), {}));
    server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => (subscribed.delete(uri), {}));
    server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: prompts.map(({ get, ...prompt }) => prompt) }));
    server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
      const prompt = prompts.find(({ name }) => name === params.name);
      if (prompt === undefined) throw new McpError(ErrorCode.InvalidParams, `Prompt ${params.name} not found`);
      return prompt.get(params.arguments ?? {});
    });
    server.setRequestHandler(CompleteRequestSchema, ({ params }) => ({ completion: { values: completion(params.argument) } }));
    server.setRequestHandler(SetLevelRequestSchema, () => ({}));
    server.subscribed = subscribed;
    return server;
  }

  // Of what changed, on the session's own stream.
  #triggers(server) {
    const trigger = (name, tell) => ({ name, description: "Tells of a change.", inputSchema: object(), call: async () => (await tell(), text("changed")) });
    return [trigger("test_trigger_tool_change", () => server.sendToolListChanged()), trigger("test_trigger_prompt_change", () => server.sendPromptListChanged()),
      trigger("test_trigger_resource_change", async () => {
        for (const uri of server.subscribed) await server.sendResourceUpdated({ uri });
      })];
  }

  async #call(all, { name, arguments: given = {} }, extra) {
    const tool = all.find((one) => one.name === name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, `Tool ${name} not found`);
    const progressToken = extra._meta?.progressToken;
    const tell = (method, params) => extra.sendNotification({ method, params });
    return tool.call(given, { signal: extra.signal, log: (level, data) => tell("notifications/message", { level, data }),
      progress: async (progress, total) => progressToken === undefined || tell("notifications/progress", { progressToken, progress, total }),
      ask: (method, params, schema) => extra.sendRequest({ method, params }, schema), closeStream: () => extra.closeSSEStream?.() });
  }

  async #openSession() {
    const server = this.#made();
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, eventStore: new KeptEvents(), retryInterval: this.retryMs,
      onsessioninitialized: (id) => this.sessions.set(id, { server, transport }), onsessionclosed: (id) => this.ended.push(id) });
    transport.onclose = () => this.sessions.delete(transport.sessionId);
    await server.connect(transport);
    return transport;
  }

  async handle(request, response, kept) {
    let message;
    try {
      message = kept.body.length === 0 ? undefined : JSON.parse(kept.body);
    } catch {
      return this.refuse(response, 400, -32700, "Parse error");
    }
    const id = kept.headers["mcp-session-id"];
    if (id !== undefined && !this.sessions.has(id)) return this.refuse(response, this.statusOfUnknown, -32001, "Session not found");
    if (id === undefined && message?.method !== "initialize") return this.refuse(response, 400, -32000, "Bad Request: Server not initialized");
    const transport = id === undefined ? await this.#openSession() : this.sessions.get(id).transport;
    await transport.handleRequest(request, response, message);
  }

  async close() {
    await Promise.allSettled([...this.sessions.values()].map(({ server }) => server.close()));
  }
}
