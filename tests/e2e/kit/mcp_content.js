// What the MCP servers of the tests have to offer, the same in both generations of the protocol: what the scenarios of the
// official conformance suite ask for by name, and a few tools more that tests of the gateway call. Only data and functions;
// mcp_fixture.js and mcp_fixture_old.js serve it.
import { setTimeout as delay } from "node:timers/promises";

// One red point; a WAV file without samples.
export const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const wav = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

export const text = (words, more = {}) => ({ content: [{ type: "text", text: words }], ...more });
const object = (properties = {}, more = {}) => ({ type: "object", properties, ...more });
const image = { type: "image", data: png, mimeType: "image/png" };

const dialect = { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object",
  $defs: { address: { $anchor: "addressDef", type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
  properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" }, contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" }, email: { type: "string" } },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] }, then: { required: ["phone"] }, else: { required: ["email"] },
  additionalProperties: false };

async function progress(on, steps, everyMs) {
  for (const [i, step] of steps.entries()) {
    if (i > 0) await delay(everyMs, undefined, { signal: on.signal });
    await on.progress(step, steps.at(-1));
  }
}

async function logs(on) {
  for (const [i, sentence] of ["Tool execution started", "Tool processing data", "Tool execution completed"].entries()) {
    if (i > 0) await delay(50);
    await on.log("info", sentence);
  }
}

// call(arguments, on): on has progress(done, total), log(level, words) and signal, which is aborted with the call.
export const tools = [
  { name: "test_simple_text", description: "A text.", call: () => text("This is a simple text response for testing.") },
  { name: "test_image_content", description: "An image.", call: () => ({ content: [image] }) },
  { name: "test_audio_content", description: "A sound.", call: () => ({ content: [{ type: "audio", data: wav, mimeType: "audio/wav" }] }) },
  { name: "test_embedded_resource", description: "A resource within a result.", call: () => ({ content: [{ type: "resource",
    resource: { uri: "test://embedded-resource", mimeType: "text/plain", text: "This is an embedded resource content." } }] }) },
  { name: "test_multiple_content_types", description: "A text, an image and a resource.", call: () => ({ content: [
    { type: "text", text: "Multiple content types test:" }, image,
    { type: "resource", resource: { uri: "test://mixed-content-resource", mimeType: "application/json", text: JSON.stringify({ test: "data", value: 123 }) } }] }) },
  { name: "test_error_handling", description: "Fails.", call: () => text("This tool intentionally returns an error for testing", { isError: true }) },
  { name: "test_tool_with_progress", description: "Tells how far it is.", call: async (_, on) => {
    await progress(on, [0, 50, 100], 50);
    return text("Progress complete");
  } },
  { name: "test_tool_with_logging", description: "Logs.", call: async (_, on) => {
    await logs(on);
    return text("Logging complete");
  } },
  { name: "json_schema_2020_12_tool", description: "Tool with JSON Schema 2020-12 features", inputSchema: dialect, call: (given) => text(JSON.stringify(given)) },
  { name: "add", description: "Adds two numbers.", inputSchema: object({ a: { type: "number" }, b: { type: "number" } }, { required: ["a", "b"] }),
    call: ({ a, b }) => text(String(a + b)) },
  { name: "echo", description: "Answers what it was given.", inputSchema: object({}, { additionalProperties: true }), call: (given) => text(JSON.stringify(given)) },
  { name: "delete_all", description: "Deletes everything.", call: () => text("deleted") },
  { name: "slow", description: "Tells of progress for a while.", inputSchema: object({ steps: { type: "integer" }, everyMs: { type: "integer" } }),
    call: async ({ steps = 4, everyMs = 50 }, on) => {
      await progress(on, Array.from({ length: steps }, (_, i) => i + 1), everyMs);
      return text(`${steps} steps`);
    } },
];
for (const tool of tools) tool.inputSchema ??= object();

export const resources = [
  { uri: "test://static-text", name: "static-text", description: "A text.", mimeType: "text/plain", contents: { text: "This is the content of the static text resource." } },
  { uri: "test://static-binary", name: "static-binary", description: "An image.", mimeType: "image/png", contents: { blob: png } },
  { uri: "test://watched-resource", name: "watched-resource", description: "It changes.", mimeType: "text/plain", contents: { text: "As it is now." } },
  { uri: "file:///docs/readme.md", name: "readme", description: "A file among documents.", mimeType: "text/markdown", contents: { text: "# Read me" } },
  { uri: "file:///secret/salaries.csv", name: "salaries", description: "A file that few may read.", mimeType: "text/csv", contents: { text: "name,salary" } },
];

export const template = { uriTemplate: "test://template/{id}/data", name: "template", description: "Data by number.", mimeType: "application/json" };

// The contents at a URI, or undefined.
export function readResource(uri) {
  const found = resources.find((resource) => resource.uri === uri);
  if (found !== undefined) return { contents: [{ uri, mimeType: found.mimeType, ...found.contents }] };
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) return undefined;
  return { contents: [{ uri, mimeType: template.mimeType, text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) }] };
}

const said = (...contents) => ({ messages: contents.map((content) => ({ role: "user", content: typeof content === "string" ? { type: "text", text: content } : content })) });
const argument = (name, description) => ({ name, description, required: true });

export const prompts = [
  { name: "test_simple_prompt", description: "A prompt.", get: () => said("This is a simple prompt for testing.") },
  { name: "test_prompt_with_arguments", description: "A prompt with arguments.", arguments: [argument("arg1", "First test argument"), argument("arg2", "Second test argument")],
    get: ({ arg1, arg2 }) => said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`) },
  { name: "test_prompt_with_embedded_resource", description: "A prompt with a resource.", arguments: [argument("resourceUri", "URI of the resource to embed")],
    get: ({ resourceUri }) => said({ type: "resource", resource: { uri: resourceUri, mimeType: "text/plain", text: "Embedded resource content for testing." } },
      "Please process the embedded resource above.") },
  { name: "test_prompt_with_image", description: "A prompt with an image.", get: () => said(image, "Please analyze the image above.") },
];

export const completion = ({ value }) => ["paris", "park", "party"].filter((word) => word.startsWith(value));
