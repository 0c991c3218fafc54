// An MCP server of the new generation (2026-07-28) on the official SDK 2, with everything the conformance suite wants of one.
// What it asks of its clients it asks by results that want input, whose state it signs.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import { createMcpHandler, fromJsonSchema, inputRequired, inputResponse, McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { completion, prompts, readResource, resources, template, text, tools } from "./mcp_content.js";
import { McpHost } from "./mcp_host.js";
import { Tasks, TASKS, taskTools } from "./mcp_tasks.js";

const form = (message, properties) => ({ method: "elicitation/create", params: { mode: "form", message, requestedSchema: { type: "object", properties, required: Object.keys(properties) } } });
const sampling = (words, maxTokens) => ({ method: "sampling/createMessage", params: { messages: [{ role: "user", content: { type: "text", text: words } }], maxTokens } });
const roots = { method: "roots/list", params: {} };
const whatName = form("What is your name?", { name: { type: "string" } });
const confirm = form("Please confirm", { ok: { type: "boolean" } });

const key = randomBytes(32);
const signature = (payload) => createHmac("sha256", key).update(payload).digest("base64url");
const seal = (payload) => `${payload}.${signature(payload)}`;
function unseal(state) {
  const [payload, given = ""] = `${state}`.split(".");
  const right = signature(payload);
  if (given.length !== right.length || !timingSafeEqual(Buffer.from(given), Buffer.from(right))) throw new Error("the requestState is not one of ours");
  return payload;
}

// The answers to the named requests, or undefined where one is missing or of another kind.
function answersOf(context, requests) {
  const views = Object.keys(requests).map((name) => inputResponse(context.mcpReq.inputResponses, name));
  const kinds = { "elicitation/create": "elicit", "sampling/createMessage": "sampling", "roots/list": "roots" };
  return views.every(({ kind }, i) => kind === kinds[Object.values(requests)[i].method]) ? views : undefined;
}

// A tool that wants input once: complete(answers, state) makes the result. state: sealed and checked when it comes back.
const asking = (name, inputRequests, complete, state) => ({ name, description: "Wants input.", inputSchema: { type: "object", properties: {} }, call: (_, on) => {
  const answers = answersOf(on.context, inputRequests), given = on.context.mcpReq.requestState();
  if (answers === undefined) return inputRequired({ inputRequests, ...(state === undefined ? {} : { requestState: seal(state) }) });
  return state === given ? complete(answers) : text("This state is another tool's.", { isError: true });
} });

const several = { user_name: whatName, greeting: sampling("Generate a greeting", 50), client_roots: roots };
const steps = [{ step1: form("Step 1: What is your name?", { name: { type: "string" } }) }, { step2: form("Step 2: What is your favorite color?", { color: { type: "string" } }) }];

const askingTools = [
  asking("test_input_required_result_elicitation", { user_name: whatName }, ([{ content }]) => text(`Hello, ${content?.name}!`)),
  asking("test_input_required_result_sampling", { capital_question: sampling("What is the capital of France?", 100) }, ([{ result }]) => text(result.content.text)),
  asking("test_input_required_result_list_roots", { client_roots: roots }, ([answer]) => text(answer.roots.map(({ uri }) => uri).join(" "))),
  asking("test_input_required_result_request_state", { confirm }, () => text("state-ok"), "request-state"),
  asking("test_input_required_result_tampered_state", { confirm }, () => text("state-ok"), "tampered-state"),
  asking("test_input_required_result_multiple_inputs", several, (answers) => text(`${answers.length} answers`), "multiple-inputs"),
  { name: "test_input_required_result_multi_round", description: "Wants input twice.", inputSchema: { type: "object", properties: {} }, call: (_, on) => {
    const given = on.context.mcpReq.requestState(), round = Number(given ?? 0);
    const isAnswered = round > 0 && answersOf(on.context, steps[round - 1]) !== undefined;
    if (round === steps.length && isAnswered) return text("Both steps are done.");
    const next = round === 0 || !isAnswered ? Math.max(round, 1) : round + 1;
    return inputRequired({ inputRequests: steps[next - 1], requestState: seal(`${next}`) });
  } },
  { name: "test_input_required_result_capabilities", description: "Asks for what the client can do.", inputSchema: { type: "object", properties: {} }, call: (_, on) => {
    const can = on.context.mcpReq.envelope["io.modelcontextprotocol/clientCapabilities"] ?? {};
    const inputRequests = { ...(can.sampling ? { question: sampling("What is the capital of France?", 100) } : {}), ...(can.elicitation ? { user_name: whatName } : {}) };
    return answersOf(on.context, inputRequests) !== undefined && Object.keys(inputRequests).length > 0 ? text("answered") : inputRequired({ inputRequests });
  } },
  { name: "test_missing_capability", description: "Samples, whoever can do that.", inputSchema: { type: "object", properties: {} }, call: (_, on) => {
    const inputRequests = { question: sampling("What is the capital of France?", 100) };
    return answersOf(on.context, inputRequests) === undefined ? inputRequired({ inputRequests }) : text("sampled"); // the SDK refuses it where the client cannot
  } },
  { name: "test_streaming_elicitation", description: "Tells of progress, then wants input.", inputSchema: { type: "object", properties: {} }, call: async (_, on) => {
    await on.progress(1, 2);
    return answersOf(on.context, { user_name: whatName }) === undefined ? inputRequired({ inputRequests: { user_name: whatName } }) : text("done");
  } },
  { name: "test_logging_tool", description: "Logs for who wants it.", inputSchema: { type: "object", properties: {} }, call: async (_, on) => {
    await on.log("info", "A line of the log");
    return text("logged");
  } },
  { name: "test_x_mcp_header", description: "An argument that is a header too.", inputSchema: { type: "object",
    properties: { region: { type: "string", "x-mcp-header": "Region" }, query: { type: "string" } }, required: ["region"] }, call: ({ region }) => text(region) },
];

const isNew = ({ headers, body }) => headers["mcp-protocol-version"] === "2026-07-28" && /"method":"(tasks\/|tools\/call")/.test(body.toString());

export class McpFixture extends McpHost {
  // legacy: "stateless" answers the older protocol as well, without sessions; "reject" does not. keepAliveMs as the SDK has it.
  // definitions: what a tool's definition is changed to, by its name. only: these tools in place of all.
  constructor({ legacy = "stateless", keepAliveMs, only, ...options } = {}) {
    super(options);
    this.only = only;
    this.definitions = {};
    this.tasks = new Tasks();
    this.handler = createMcpHandler(() => this.#made(), { legacy, keepAliveMs });
  }

  #made() {
    const server = new McpServer({ name: "fixture", version: "1.0.0" }, { capabilities: { tools: { listChanged: true }, prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true }, logging: {}, completions: {}, extensions: { [TASKS]: {} } }, requestState: { verify: unseal }, cacheHints: Object.fromEntries(
      ["tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read", "server/discover"].map((method) => [method, { ttlMs: 5000, cacheScope: "public" }])) });
    server.server.setRequestHandler("completion/complete", ({ params }) => ({ completion: { values: completion(params.argument) } }));
    const all = [...tools, ...askingTools, ...taskTools(() => inputRequired({ inputRequests: { user_name: whatName } })), ...this.#triggers()];
    for (const tool of this.only ?? all) this.#register(server, tool);
    for (const { uri, name, contents, ...more } of resources) server.registerResource(name, uri, more, () => readResource(uri));
    server.registerResource(template.name, new ResourceTemplate(template.uriTemplate, { list: undefined }), { description: template.description, mimeType: template.mimeType },
      (uri) => readResource(uri.href));
    for (const prompt of prompts) this.#registerPrompt(server, prompt);
    server.registerPrompt("test_input_required_result_prompt", { description: "A prompt that wants input." }, (context) => {
      const inputRequests = { user_context: form("What context should the prompt use?", { context: { type: "string" } }) };
      const [answer] = answersOf(context, inputRequests) ?? [];
      return answer === undefined ? inputRequired({ inputRequests }) : { messages: [{ role: "user", content: { type: "text", text: answer.content.context } }] };
    });
    return server;
  }

  #triggers() {
    const trigger = (name, change) => ({ name, description: "Tells subscribers of a change.", inputSchema: { type: "object", properties: {} }, call: () => (change(), text("changed")) });
    return [trigger("test_trigger_tool_change", () => this.handler.notify.toolsChanged()), trigger("test_trigger_prompt_change", () => this.handler.notify.promptsChanged()),
      trigger("test_trigger_resource_change", () => this.handler.notify.resourceUpdated("test://watched-resource"))];
  }

  #register(server, { name, description, inputSchema, call }) {
    const shown = { description, inputSchema, ...this.definitions[name] };
    server.registerTool(name, { ...shown, inputSchema: fromJsonSchema(shown.inputSchema) }, (given, context) => call(given, {
      context, signal: context.mcpReq.signal, log: (level, words) => context.mcpReq.log(level, words),
      progress: async (done, total) => {
        const progressToken = context.mcpReq._meta?.progressToken;
        if (progressToken !== undefined) await context.mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress: done, total } });
      } }));
  }

  #registerPrompt(server, { name, description, arguments: wanted = [], get }) {
    const schema = { type: "object", properties: Object.fromEntries(wanted.map((argument) => [argument.name, { type: "string", description: argument.description }])),
      required: wanted.map((argument) => argument.name) };
    if (wanted.length === 0) return void server.registerPrompt(name, { description }, () => get({}));
    server.registerPrompt(name, { description, argsSchema: fromJsonSchema(schema) }, get);
  }

  async handle(request, response, kept) {
    const early = kept.method === "POST" && isNew(kept) ? this.tasks.answer(JSON.parse(kept.body), kept.headers) : undefined;
    if (early !== undefined) return void response.writeHead(early.status, { "content-type": "application/json" }).end(JSON.stringify(early.body));
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const { statusText, status, headers, body } = await this.handler.fetch(new Request(`${this.origin}${kept.url}`, { method: kept.method, signal: gone.signal,
      headers: Object.entries(kept.headers).map(([name, value]) => [name, `${value}`]), body: kept.method === "POST" ? kept.body : undefined }));
    response.writeHead(status, statusText, Object.fromEntries(headers));
    if (body === null) return void response.end();
    response.flushHeaders();
    Readable.fromWeb(body).on("error", () => response.destroy()).pipe(response);
  }

  close() {
    return this.handler.close();
  }
}
