// One policy for every target: what it decides, what it narrows, what it tells the caller, and what is recorded of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { now } from "./kit/forge.js";
import { assertGranted, Stage } from "./kit/stage.js";

const policy = (name, policies, spec = {}) => ({ kind: "Policy", metadata: { name }, spec: { policies, ...spec } });

describe("policy", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        documents.get("Issuer/corp-idp").spec.claims.attributes.groups = "groups";
        documents.set("Policy/agents", policy("agents", `
@id("delegated")
permit(principal, action == Action::"exchange", resource in Domain::"partner")
when { context.delegation.depth >= 1 };

@id("no-deep-chains")
@reason("Chains end after two actors.")
forbid(principal, action == Action::"exchange", resource)
when { context.delegation.depth > 2 };

@id("not-for-contractors")
forbid(principal, action == Action::"exchange", resource)
when { context has user && context.user.hasTag("groups") && context.user.getTag("groups").contains("contractors") };
`));
        documents.set("Policy/trial", policy("trial", `
@id("weekdays")
forbid(principal, action == Action::"exchange", resource) when { context.scopes.contains("files:read") };
`, { enforcement: "report" }));
      },
    });
  });
  after(() => stage?.close());

  const files = { audience: "https://files.partner.example", scope: "files:read" };
  const explain = async (answer) => (await stage.gateway.admin(`/v1/records/${answer.json.dragoman_exchange}`)).json;

  test("governs two targets with the same two policies", async () => {
    const contractor = stage.userToken({ groups: ["contractors"] });
    for (const target of [{}, files]) {
      assertGranted(await stage.exchange(target));
      assertFault(await stage.exchange({ ...target, subject_token: contractor }), "POLICY_DENIED");
    }
  });

  test("records which policy decided, what it looked at, and which policies there were", async () => {
    const granted = await explain(await stage.exchange(files));
    console.log(JSON.stringify(granted, null, 1));
    assert.match(granted.policy, /^[0-9a-f]{16}$/);
  });
});
