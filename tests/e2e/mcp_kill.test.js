// A kill reaches what is open at MCP servers, in both generations and at both of two gateways: streams and running calls end on the
// client's side and on the server's, and nothing new begins. How long that took is printed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { decode } from "./kit/forge.js";
import { until } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { openMcp } from "./kit/mcp_stage.js";

// After the kill was answered: the end of a stream at the same gateway, and at the other. What is asked there at once is refused
// already, however long that answer takes.
const CLOSED_MS = 250, CLOSED_THERE_MS = 2000;
const slow = { name: "slow", arguments: { steps: 4000, everyMs: 25 }, _meta: { progressToken: 1 } };

describe("a kill with open streams", () => {
  let mcp, us, corp;
  const servers = {};
  before(async () => {
    Object.assign(servers, { old: await new OldMcpFixture().start(), new: await new McpFixture().start(), calm: await new OldMcpFixture().start() });
    mcp = await openMcp({ size: 2, store: "postgres", gateway: { kills: { clockMargin: "0s" } },
      servers: Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, { upstream: url }])) });
    us = mcp.stage.gateway.issuer;
    corp = mcp.stage.corp.identifier;
  });
  after(async () => {
    await mcp?.close();
    for (const server of Object.values(servers)) await server.stop();
  });

  // What a client has open at a server through one gateway: a stream that waits, and a call that goes on and on.
  const begin = {
    old: async (gateway, name, token) => {
      const session = await gateway.openSession(name, { token }), headers = gateway.headersOf(session);
      const streams = [await gateway.open(name, { token, headers }), await gateway.open(name, { token, headers, method: "POST", message: gateway.request("tools/call", slow) })];
      return { streams, ask: (other = token) => gateway.sendOld(name, session, "ping", {}, { token: other }) };
    },
    new: async (gateway, name, token) => {
      const open = ({ message, headers }) => gateway.open(name, { token, method: "POST", message, headers });
      const streams = [await open(gateway.newMessage("subscriptions/listen", { notifications: { toolsListChanged: true } })), await open(gateway.newMessage("tools/call", slow))];
      return { streams, ask: () => gateway.sendNew(name, "tools/list", {}, { token }) };
    },
  };
  const isRunning = (request) => /"tools\/call"|"subscriptions\/listen"/.test(request.body.toString()) || request.method === "GET";

  const kinds = {
    root: ({ txn }) => txn,
    lease: ({ jti }) => jti,
    subject: ({ sub }) => `${corp} ${sub}`,
    agent: () => `${us} orders-agent`,
    client: () => "orders-agent",
    target: (claims, name) => name,
  };

  for (const name of ["old", "new"])
    for (const [kind, idOf] of Object.entries(kinds))
      test(`of ${kind === "agent" ? "an" : "a"} ${kind} ends them at the ${name} server, and nobody else's`, async (t) => {
        const server = servers[name], before = server.requests.length;
        const calm = await begin.old(mcp, "calm", await mcp.token("calm", { subject_token: mcp.stage.userToken({ sub: "bob", scope: "files:read" }) }, { auth: mcp.stage.authOf("partner-api") }));
        const token = await mcp.token(name, {}, { claims: { sub: `ann-${kind}-${name}` } }), here = await begin[name](mcp, name, token), there = await begin[name](mcp.others[0], name, token);
        const all = [...here.streams, ...there.streams], open = server.requests.slice(before).filter(isRunning);
        await delay(150);
        assert.deepEqual([...all, ...calm.streams].map(({ status, isEnded }) => [status, isEnded]), Array(6).fill([200, false]));
        assert.equal(open.length, 4);
        assert.ok(all.filter(({ text }) => text.includes("notifications/progress")).length === 2, "the calls tell of their progress");

        const killed = await mcp.stage.gateway.kill(kind, idOf(decode(token).claims, name), { past_only: "true" });
        const at = Date.now();
        assert.equal(killed.status, 200, killed.text);
        const refused = await here.ask();
        const refusedMs = Date.now() - at;
        assert.equal(refused.status, 401, refused.text);
        const ends = await Promise.race([Promise.all(all.map(({ ended }) => ended)), delay(5000)]);
        assert.ok(ends, "not all streams have ended");
        await until(() => open.every(({ isClosed }) => isClosed), "the server's halves are closed", 5000);
        const [hereMs, thereMs] = [ends.slice(0, 2), ends.slice(2)].map((times) => Math.max(...times) - at);
        const serverMs = Math.max(...open.map(({ closedAt }) => closedAt)) - at;
        t.diagnostic(`refused after ${refusedMs} ms, closed here after ${hereMs} ms, at the other gateway after ${thereMs} ms, at the server after ${serverMs} ms`);
        assert.ok(hereMs <= CLOSED_MS && thereMs <= CLOSED_THERE_MS && serverMs <= CLOSED_THERE_MS, `${hereMs} ${thereMs} ${serverMs}`);
        assert.equal((await there.ask()).status, 401);
        if (name === "old" && kind === "lease") {
          await delay(1000);
          assert.equal(servers.old.sessions.size, 2, "whose they are goes on with another token");
          const other = await mcp.token(name, {}, { claims: { sub: `ann-${kind}-${name}` } });
          assert.equal((await here.ask(other)).status, 200);
          servers.old.sessions.clear();
        } else if (name === "old") await until(() => servers.old.sessions.size === 0, () => `the sessions are ended at the server: ${server.methods.slice(before)}`, 3000);
        assert.deepEqual(calm.streams.map(({ isEnded }) => isEnded), [false, false]);
        assert.equal((await calm.ask()).status, 200);
        for (const stream of calm.streams) stream.close();
      });
});
