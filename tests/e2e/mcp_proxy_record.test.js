// What is durable when: nothing of an answer leaves before its call's record is, and what has effects is not begun before.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { McpHost } from "./kit/mcp_host.js";
import { openMcp } from "./kit/mcp_stage.js";

describe("while nothing can be written", () => {
  let mcp, raw, token;
  before(async () => {
    raw = await new McpHost().start();
    raw.behave((kept, request, response) => {
      const { id, method, params } = JSON.parse(kept.body);
      const result = method === "initialize" ? { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: "raw", version: "1" } } : { resultType: "complete", messages: [] };
      if (id === undefined) response.writeHead(202).end();
      else if (params.name === "streamed") response.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
      else response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "s-1" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
      return true;
    });
    mcp = await openMcp({ store: "sqlite", servers: { raw: { upstream: raw.url } } });
    token = await mcp.token("raw");
    assert.equal((await get("warm")).status, 200);
  });
  after(async () => {
    await mcp?.close();
    await raw?.stop();
  });

  const get = (name) => mcp.sendNew("raw", "prompts/get", { name }, { token });
  const seen = () => raw.requests.map(({ body }) => JSON.parse(body).params?.name);
  const whileNobodyWrites = async (run) => {
    const program = spawn("sqlite3", ["-batch", mcp.stage.gateway.databasePath], { stdio: ["pipe", "pipe", "inherit"] });
    program.stdin.write(".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'held';\n");
    await once(program.stdout, "data");
    try {
      return await run();
    } finally {
      program.stdin.end("ROLLBACK;\n");
      await once(program, "close");
    }
  };
  const settled = (answers) => {
    const done = answers.map(() => false);
    answers.forEach((answer, i) => answer.then(() => (done[i] = true), () => (done[i] = true)));
    return done;
  };
  // What comes of answers that were held up is the whole of them, recorded, or a refusal.
  const isRecorded = async (answer) => {
    assert.ok([200, 503].includes(answer.status), answer.text);
    if (answer.status === 200) assert.equal((await mcp.stage.gateway.record(answer.headers["dragoman-exchange"])).outcome, "done");
  };

  test("the server works on a call, and nothing of what it answers leaves, in one piece or as a stream", async () => {
    const answers = await whileNobodyWrites(async () => {
      const begun = [get("whole"), get("streamed")], done = settled(begun);
      await delay(1500);
      assert.deepEqual([seen().includes("whole"), seen().includes("streamed"), ...done], [true, true, false, false]);
      return begun;
    });
    for (const answer of await Promise.all(answers)) await isRecorded(answer);
  });

  test("no session is begun that nobody could end", async () => {
    const initialize = () => mcp.send("raw", { token, message: mcp.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } }) });
    const answers = await whileNobodyWrites(async () => {
      const begun = [initialize()], done = settled(begun);
      await delay(1000);
      assert.deepEqual(done, [false]);
      return begun;
    });
    const [answer] = await Promise.all(answers);
    await isRecorded(answer);
    assert.equal(answer.status === 200, answer.headers["mcp-session-id"] !== undefined);
  });

  test("a call that a policy marks as having effects is not begun", async () => {
    await mcp.stage.gateway.apply({ kind: "Policy", metadata: { name: "effects" }, spec: { policies: `permit (principal, action == Action::"exchange", resource);
      permit (principal, action in Action::"mcp", resource);
      @has_effects permit (principal, action == Action::"get_prompt", resource) when { resource.name == "effective" };` } });
    const answers = await whileNobodyWrites(async () => {
      const begun = [get("effective"), get("plain")];
      await delay(1500);
      assert.deepEqual([seen().includes("effective"), seen().includes("plain")], [false, true]);
      return begun;
    });
    for (const answer of await Promise.all(answers)) await isRecorded(answer);
    assert.equal((await get("effective")).status, 200);
  });
});
