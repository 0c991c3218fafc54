// A session of the older protocol ends with what it was opened by, however often that is lifted again, and at its server too, though
// nobody calls.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { decode } from "./kit/forge.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { openMcp } from "./kit/mcp_stage.js";

describe("a session that nobody has open", () => {
  let mcp, server;
  before(async () => {
    server = await new OldMcpFixture().start();
    mcp = await openMcp({ servers: { files: { upstream: server.url } } });
  });
  after(async () => {
    await mcp?.close();
    await server.stop();
  });

  const alice = () => `${mcp.stage.corp?.identifier ?? mcp.stage.users.identifier} alice`;
  const kills = {
    "its subject, lifted since": async () => {
      assert.equal((await mcp.stage.gateway.kill("subject", alice())).status, 200);
      assert.equal((await mcp.stage.gateway.lift("subject", alice())).status, 200);
    },
    "what its subject had until now": async () =>
      assert.equal((await mcp.stage.gateway.kill("subject", alice(), { past_only: "true" })).status, 200),
    "the root it was opened in": async ({ token }) =>
      assert.equal((await mcp.stage.gateway.kill("root", decode(token).claims.txn)).status, 200),
  };
  for (const [what, kill] of Object.entries(kills))
    test(`is over here and at its server after a kill of ${what}`, async () => {
      const session = await mcp.openSession("files", { token: await mcp.token("files") });
      assert.equal((await mcp.sendOld("files", session, "tools/list", {})).status, 200);
      const ended = server.ended.length;
      await kill(session);
      await delay(2100); // past the second of the kill and the margin for clocks, for a token that is newer
      const answer = await mcp.sendOld("files", session, "tools/list", {}, { token: await mcp.token("files") });
      assert.equal(answer.status, 404, answer.text);
      for (let i = 0; i < 50 && server.ended.length === ended; i++) await delay(100);
      assert.equal(server.ended.length, ended + 1);
    });
});
