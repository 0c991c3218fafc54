// Official clients and servers of both generations, each with each, directly and through the gateway: what comes to be spoken is
// the same, and who can only speak the new generation to a server of the older is refused, not left hanging.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connectClient, connectOldClient, generationOf } from "./kit/mcp_clients.js";
import { EverythingServer } from "./kit/mcp_everything.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { inspect } from "./kit/mcp_inspector.js";
import { openMcp } from "./kit/mcp_stage.js";

// Of each server, what each client comes to speak with it; none: it cannot. new answers old clients too, without sessions.
const expected = {
  everything: { sdk1: "old", default: "old", auto: "old", pinned: "none" },
  old: { sdk1: "old", default: "old", auto: "old", pinned: "none" },
  new: { sdk1: "old", default: "old", auto: "new", pinned: "new" },
  strict: { sdk1: "none", default: "none", auto: "new", pinned: "new" },
};
// The inspector's words for it.
const eras = { legacy: "default", auto: "auto", modern: "pinned" };
const calls = { everything: ["echo", { message: "seven" }], old: ["echo", { word: "seven" }], new: ["echo", { word: "seven" }], strict: ["echo", { word: "seven" }] };

const connectWith = (client, url, options) => (client === "sdk1" ? connectOldClient(url, options) : connectClient(url, { negotiation: client, ...options }));

describe("a client and a server that the gateway stands between", () => {
  const servers = {};
  let mcp, shown;
  before(async () => {
    Object.assign(servers, { everything: await new EverythingServer().start(), old: await new OldMcpFixture().start(),
      new: await new McpFixture().start(), strict: await new McpFixture({ legacy: "reject" }).start() });
    mcp = await openMcp({ servers: Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, { upstream: url }])) });
    shown = Object.fromEntries(await Promise.all(Object.keys(servers).map(async (name) => [name, { token: await mcp.token(name), ca: mcp.stage.certificates.ca }])));
  });
  after(async () => {
    await mcp?.close();
    for (const server of Object.values(servers)) await server.stop();
  });

  // What comes of it: the generation, the tools' names and what a call of one answers, to the last member.
  async function outcome(client, url, server, options) {
    let connected;
    try {
      connected = await connectWith(client, url, options);
    } catch (error) {
      assert.ok(error instanceof Error && !/timed? ?out/i.test(error.message), error);
      return { generation: "none" };
    }
    const { tools } = await connected.listTools(), [name, given] = calls[server];
    const result = await connected.callTool({ name, arguments: given });
    await connected.close();
    return { generation: generationOf(connected), tools: tools.map((tool) => tool.name).sort(), result };
  }

  for (const [server, row] of Object.entries(expected))
    for (const [client, generation] of Object.entries(row))
      test(`speaks ${generation === "none" ? "nothing" : `the ${generation} generation`} as ${client} with ${server}, as directly`, async () => {
        const direct = await outcome(client, servers[server].url, server);
        assert.equal(direct.generation, generation);
        assert.deepEqual(await outcome(client, mcp.endpoint(server), server, shown[server]), direct);
      });

  for (const [server, row] of Object.entries(expected))
    test(`is the inspector, with ${server} in each of its eras`, async () => {
      await Promise.all(Object.entries(eras).map(async ([era, client]) => {
        const [direct, through] = await Promise.all([inspect(servers[server].url, "tools/list", { era }),
          inspect(mcp.endpoint(server), "tools/list", { era, token: shown[server].token, caFile: mcp.stage.certificates.authorityFile })]);
        assert.equal(direct.code === 0, row[client] !== "none", `${era}: ${direct.errors}`);
        assert.equal(through.code === 0, row[client] !== "none", `${era}: ${through.errors}`);
        const names = ({ json }) => json?.tools.map(({ name }) => name).sort();
        assert.deepEqual(names(through), names(direct));
      }));
    });
});
