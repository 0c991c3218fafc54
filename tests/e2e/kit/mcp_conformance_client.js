// Scenarios of the conformance suite for clients: the suite plays a server, and a test says what is put in front of it. drive is what
// an official client does there to let the suite see all that it wants to see.
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { root } from "./machine.js";
import { connectClient, NEW_VERSION } from "./mcp_clients.js";
import { conformance } from "./mcp_conformance.js";

const command = join(root, "tests/e2e/kit/mcp_conformance_command.js");

// use(told): told is {server, scenario, version, context}; what it throws is the client's failure.
export class ClientScenarios {
  constructor(use) {
    this.failures = {}; // by scenario: what was thrown
    this.server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const told = JSON.parse(Buffer.concat(parts));
      delete this.failures[told.scenario];
      await use(told).then(() => response.end("done"), (error) => {
        this.failures[told.scenario] = error;
        response.writeHead(500).end(`${error.stack}`);
      });
    });
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  // {checks, output} of one scenario. One of an extension belongs to no version and is run by any.
  run(scenario, version) {
    return conformance(["client", "--command", `${process.execPath} ${command} http://127.0.0.1:${this.server.address().port}/`, "--scenario", scenario, "--spec-version", version, "--force"]);
  }

  // What there is, in the suite's own words.
  all() {
    return conformance(["list"]);
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, "close");
  }
}

// A value that a schema takes.
const samples = { string: "text", number: 2, integer: 3, boolean: true, array: [], object: {} };
const argumentsFor = ({ properties = {}, required = [] }) => Object.fromEntries(required.map((name) => [name, samples[properties[name]?.type] ?? null]));

// Lists and calls everything that a server has, as an official client; answers what it asks. A call may fail, as some scenarios'
// servers mean it to: what there was to see the suite has seen.
export async function drive(url, { version, context }, shown = {}) {
  const client = await connectClient(url, { ...shown, negotiation: version === NEW_VERSION ? "auto" : "default",
    capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
    prepare: (made) => made.setRequestHandler("elicitation/create", ({ params }) => ({ action: "accept", content: "confirmed" in (params.requestedSchema?.properties ?? {}) ? { confirmed: true } : {} })) });
  try {
    const { tools } = await client.listTools();
    const schema = tools.find(({ name }) => name === "json_schema_2020_12_tool")?.inputSchema;
    const wanted = context.toolCalls ?? tools.map((tool) => ({ name: tool.name, arguments: tool.name === "json_schema_echo" ? { schema } : argumentsFor(tool.inputSchema) }));
    for (const call of wanted) await client.callTool(call).catch(() => {});
    const { resources, prompts } = client.getServerCapabilities() ?? {};
    if (resources !== undefined) for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
    if (prompts !== undefined) for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name });
  } finally {
    await client.close();
  }
}
