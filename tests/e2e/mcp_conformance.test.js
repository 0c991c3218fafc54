// A proxy that changes nothing: the official conformance suite against a server directly and against the gateway in front of it,
// compared check by check, for the requirements of both generations of the protocol.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort } from "./kit/machine.js";
import { describeCheck, Injector, lostChecks, serverChecks } from "./kit/mcp_conformance.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";
import { openMcp } from "./kit/mcp_stage.js";
import { verifierOf } from "./kit/mcp_verify.js";

// How many checks pass with a server of ours: all that the suite makes, required or not.
const passing = { "2025-11-25": 84, "2026-07-28": 196 };

describe("the conformance suite", () => {
  let mcp;
  const fixtures = {}, injectors = {}, direct = {};
  before(async () => {
    fixtures["2025-11-25"] = await new OldMcpFixture().start();
    fixtures["2026-07-28"] = await new McpFixture().start();
    const ports = { "2025-11-25": await freePort(), "2026-07-28": await freePort() };
    mcp = await openMcp({ gateway: { mcp: { origins: Object.values(ports).map((port) => `http://127.0.0.1:${port}`) } },
      servers: Object.fromEntries(Object.entries(fixtures).map(([requirements, { url }]) => [`server-${requirements}`, { upstream: url, resources: [url] }])) });
    for (const requirements of Object.keys(fixtures)) {
      const name = `server-${requirements}`;
      const token = await mcp.token(name);
      injectors[requirements] = await new Injector(mcp.endpoint(name), { ca: mcp.stage.certificates.ca, token }).start(ports[requirements]);
    }
  });
  after(async () => {
    await mcp?.close();
    for (const one of [...Object.values(injectors), ...Object.values(fixtures)]) await one.stop();
  });

  for (const requirements of Object.keys(passing)) {
    test(`finds nothing wrong with a server of ours by the requirements of ${requirements}`, async () => {
      const { checks, output } = await serverChecks(fixtures[requirements].url, requirements);
      direct[requirements] = checks;
      assert.deepEqual(direct[requirements].filter(({ status }) => status === "FAILURE" || status === "WARNING").map(describeCheck), []);
      assert.equal(direct[requirements].filter(({ status }) => status === "SUCCESS").length, passing[requirements], output);
    });

    test(`finds the same through the gateway by the requirements of ${requirements}`, async () => {
      const fixture = fixtures[requirements], before = fixture.requests.length;
      fixture.verify = verifierOf(mcp.stage.gateway, { audience: fixture.url });
      const { checks } = await serverChecks(injectors[requirements].url, requirements);
      assert.deepEqual(lostChecks(direct[requirements], checks), []);
      assert.ok(fixture.requests.length > before);
      assert.ok(!fixture.hasSeen(injectors[requirements].token), "the agent's own token went on");
      fixture.verify.close();
    });
  }
});
