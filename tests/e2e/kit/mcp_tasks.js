// The extension named tasks (io.modelcontextprotocol/tasks) of a server of the new generation, which the SDK does not have: calls
// whose result is fetched later. It answers what is its own and leaves everything else to the SDK. A second of what its tools
// are asked to take is 40 ms.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { text } from "./mcp_content.js";

export const TASKS = "io.modelcontextprotocol/tasks";
const SECOND_MS = 40;
const capabilitiesOf = ({ params }) => params?._meta?.["io.modelcontextprotocol/clientCapabilities"] ?? {};
const object = (properties = {}) => ({ type: "object", properties });

const elicitation = (message, property) => ({ method: "elicitation/create", params: { mode: "form", message, requestedSchema: object({ [property]: { type: property === "confirm" ? "boolean" : "string" } }) } });
const asks = { confirm_delete: () => ({ confirm: elicitation("Delete it?", "confirm") }),
  multi_input: () => ({ first: elicitation("Your name?", "name"), second: elicitation("Are you sure?", "confirm") }) };

// What comes of a call in the end: a result, or an error of the protocol.
const outcomes = {
  slow_compute: async ({ seconds = 0 }) => (await delay(seconds * SECOND_MS), { result: text(`computed for ${seconds} seconds`) }),
  failing_job: async () => (await delay(SECOND_MS), { result: text("it failed", { isError: true }) }),
  protocol_error_job: async () => ({ error: { code: -32603, message: "it broke" } }),
  test_tool_with_task: async (_, responses) => ({ result: text(`Hello, ${responses?.user_name?.content?.name}`) }),
};
const required = new Set(["failing_job", "protocol_error_job", "test_tool_with_task"]); // of a client without the extension they are refused

// As tools of the SDK: what they are without tasks. wantsName(on) asks for input.
export const taskTools = (wantsName) => [
  { name: "greet", description: "Greets.", inputSchema: object({ name: { type: "string" } }), call: ({ name }) => text(`Hello, ${name}!`) },
  { name: "slow_compute", description: "Takes a while.", inputSchema: object({ seconds: { type: "number" }, label: { type: "string" } }),
    call: async (given) => (await outcomes.slow_compute(given)).result },
  { name: "confirm_delete", description: "Deletes once that is confirmed.", inputSchema: object({ filename: { type: "string" } }), call: () => text("not confirmed", { isError: true }) },
  { name: "multi_input", description: "Wants two things.", inputSchema: object(), call: () => text("not said", { isError: true }) },
  ...["failing_job", "protocol_error_job"].map((name) => ({ name, description: "Fails.", inputSchema: object(), call: () => text("only as a task", { isError: true }) })),
  { name: "test_tool_with_task", description: "Wants a name, then takes a while.", inputSchema: object(), call: (_, on) => wantsName(on) },
];

export class Tasks {
  #tasks = new Map();

  // {status, body} of what is answered here, or undefined.
  answer(message, headers) {
    const { method, params = {}, id } = message;
    const answered = (body, status = 200) => ({ status, body: { jsonrpc: "2.0", id, ...body } });
    const refused = (code, words, data, status = 200) => answered({ error: { code, message: words, ...(data === undefined ? {} : { data }) } }, status);
    const hasTasks = capabilitiesOf(message).extensions?.[TASKS] !== undefined;
    const missing = () => refused(-32021, `Missing required client capability: ${TASKS}`, { requiredCapabilities: { extensions: { [TASKS]: {} } } }, 400);
    if (method === "tools/call") {
      if (!hasTasks) return required.has(params.name) ? missing() : undefined;
      if (!(params.name in outcomes) && !(params.name in asks)) return undefined;
      if (params.name === "test_tool_with_task" && params.inputResponses?.user_name === undefined) return undefined;
      return answered({ result: { resultType: "task", ...this.#wire(this.#create(params)) } });
    }
    if (!["tasks/get", "tasks/update", "tasks/cancel"].includes(method)) return undefined;
    if (headers["mcp-name"] !== undefined && headers["mcp-name"] !== params.taskId) return refused(-32020, "Mcp-Name is not the taskId", undefined, 400);
    if (!hasTasks) return missing();
    const task = this.#tasks.get(params.taskId);
    if (task === undefined) return refused(-32602, "Unknown task");
    if (method === "tasks/get") return answered({ result: { resultType: "complete", ...this.#wire(task), ...task.outcome, ...(task.status === "input_required" ? { inputRequests: task.inputRequests } : {}) } });
    if (method === "tasks/cancel") this.#end(task, "cancelled");
    else this.#update(task, params.inputResponses ?? {});
    return answered({ result: { resultType: "complete" } });
  }

  #wire({ taskId, status, createdAt, lastUpdatedAt }) {
    return { taskId, status, createdAt, lastUpdatedAt, ttlMs: 60_000, pollIntervalMs: 50 };
  }

  #create({ name, arguments: given = {}, inputResponses }) {
    const at = new Date().toISOString();
    const task = { taskId: randomUUID(), status: "working", createdAt: at, lastUpdatedAt: at };
    this.#tasks.set(task.taskId, task);
    if (name in asks) Object.assign(task, { status: "input_required", inputRequests: asks[name]() });
    else outcomes[name](given, inputResponses).then((outcome) => this.#end(task, "error" in outcome ? "failed" : "completed", outcome));
    return task;
  }

  #update(task, responses) {
    for (const name of Object.keys(responses)) delete task.inputRequests?.[name];
    if (task.status === "input_required" && Object.keys(task.inputRequests).length === 0) this.#end(task, "completed", { result: text("done") });
  }

  #end(task, status, outcome) {
    if (["completed", "failed", "cancelled"].includes(task.status)) return;
    Object.assign(task, { status, outcome, lastUpdatedAt: new Date().toISOString() });
  }
}
