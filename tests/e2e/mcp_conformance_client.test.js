// The conformance suite as a server, with the gateway between it and an official client: what it wants of clients it sees through
// the gateway too. Of the scenarios about OAuth those that the gateway's own leg to a server takes part in are in
// mcp_conformance_oauth.test.js.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { describeCheck } from "./kit/mcp_conformance.js";
import { ClientScenarios, drive } from "./kit/mcp_conformance_client.js";
import { mcpTarget, openMcp } from "./kit/mcp_stage.js";

// Of each scenario, how many of its checks pass.
const scenarios = {
  "2025-11-25": { initialize: 1, tools_call: 2, "elicitation-sep1034-client-defaults": 5, "sse-retry": 3, "json-schema-2020-12-preservation": 9 },
  "2026-07-28": { tools_call: 2, "request-metadata": 8, "sep-2322-client-request-state": 5, "http-standard-headers": 9, "http-custom-headers": 18,
    "http-invalid-tool-headers": 12, "json-schema-ref-no-deref": 1, "json-schema-2020-12-preservation": 9 },
};

describe("the conformance suite sees through the gateway what it wants of clients:", () => {
  let mcp, suite, count = 0;
  before(async () => {
    mcp = await openMcp({ servers: {} });
    suite = await new ClientScenarios(async (told) => {
      const name = `scenario-${++count}`;
      await mcp.stage.gateway.apply(mcpTarget(name, mcp.port, { upstream: told.server.replace("//localhost", "//127.0.0.1") }));
      await drive(mcp.endpoint(name), told, { ca: mcp.stage.certificates.ca, token: await mcp.token(name) });
    }).start();
  });
  after(async () => {
    await suite?.stop();
    await mcp?.close();
  });

  for (const [version, row] of Object.entries(scenarios))
    for (const [scenario, passing] of Object.entries(row))
      test(`${scenario} of ${version}`, async () => {
        const { checks, output } = await suite.run(scenario, version);
        assert.ok(suite.failures[scenario] === undefined, `${suite.failures[scenario]?.stack}\n${output}`);
        assert.deepEqual(checks.filter(({ status }) => status === "FAILURE" || status === "WARNING").map(describeCheck), []);
        assert.equal(checks.filter(({ status }) => status === "SUCCESS").length, passing, output);
      });
});
