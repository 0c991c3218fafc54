// Two gateways that serve as one: a session of the older protocol that was opened at one goes on at the other, and ends at both.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "./kit/machine.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { openMcp } from "./kit/mcp_stage.js";

const KNOWN_MS = 2000; // promised in docs/operations.md

describe("a session at two gateways", () => {
  let mcp, server;
  before(async () => {
    server = await new OldMcpFixture().start();
    mcp = await openMcp({ size: 2, store: "postgres", servers: { files: { upstream: server.url } } });
  });
  after(async () => {
    await mcp?.close();
    await server?.stop();
  });

  test("goes on at the other one, as the same session of the server's", async () => {
    const token = await mcp.token("files"), session = await mcp.openSession("files", { token }), [other] = mcp.others;
    for (const gateway of [mcp, other, mcp]) {
      const answer = await gateway.sendOld("files", session, "tools/call", { name: "add", arguments: { a: 1, b: 2 } });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.messages.at(-1).result.content[0].text, "3");
    }
    assert.equal(server.sessions.size, 1);
  });

  test("that is ended at one is unknown at the other", async () => {
    const token = await mcp.token("files"), session = await mcp.openSession("files", { token }), [other] = mcp.others;
    assert.equal((await other.sendOld("files", session, "ping")).status, 200);
    const ended = await mcp.send("files", { token, method: "DELETE", headers: mcp.headersOf(session) });
    assert.ok(ended.status < 300, `${ended.status} ${ended.text}`);
    const answer = await until(async () => {
      const { status, json } = await other.sendOld("files", session, "ping");
      return status !== 200 && { status, json };
    }, "the other knows", KNOWN_MS);
    assert.deepEqual([answer.status, answer.json.error.code], [404, -32001]);
  });
});
