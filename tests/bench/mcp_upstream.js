// An MCP server that does nothing but answer, in a process of its own: how long it takes over a call is its first argument,
// in milliseconds. What asks to be told of changes gets a stream that stays silent. Prints its port.
import { createServer } from "node:http";

const delayMs = Number(process.argv[2] ?? 0), waiting = [];
const tools = [{ name: "add", description: "Adds.", inputSchema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } } } }];
const results = {
  "tools/list": { tools, resultType: "complete", ttlMs: 60_000, cacheScope: "public" },
  "tools/call": { content: [{ type: "text", text: "7" }], resultType: "complete" },
};

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const { id, method } = JSON.parse(Buffer.concat(parts));
  if (method === "subscriptions/listen") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const acknowledged = { jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params: { _meta: { "io.modelcontextprotocol/subscriptionId": id }, notifications: {} } };
    return void response.write(`data: ${JSON.stringify(acknowledged)}\n\n`);
  }
  const body = JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} });
  const answer = () => response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
  if (delayMs === 0) answer();
  else waiting.push(setTimeout(answer, delayMs));
});
server.keepAliveTimeout = 120_000;
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => console.log(server.address().port));
