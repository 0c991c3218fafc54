// Policies that permit by the type of what would be given: asked for, made unasked, and made of another type than is usual.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { carried, EchoingAdapters, single } from "./kit/echoing_adapter.js";
import { assertFault } from "./kit/faults.js";
import { privateFolder, programs, run, until } from "./kit/machine.js";

const apiKey = "urn:dragoman:token-type:api-key";
const rules = `
permit(principal, action, resource);

@id("no-ticket-files")
@reason("Ask for a token of one use.")
forbid(principal, action == Action::"exchange", resource)
when { context has issued_token_type && context.issued_token_type == "${carried}" }
unless { context has user && context.user.hasTag("groups") && context.user.getTag("groups").contains("ticket-files") };

@id("calls-only")
forbid(principal, action == Action::"exchange", resource == Target::"calls-only")
unless { context has issued_token_type && context.issued_token_type == "${apiKey}" };
`;

describe("policies about the type of a credential", () => {
  let adapters, egress, stage;
  before(async () => {
    adapters = new EchoingAdapters({ tickets: {} });
    egress = await openEgress({
      gateway: adapters.gateway,
      edit: (documents) => {
        adapters.write(documents);
        documents.get("Issuer/corp-idp").spec.claims.attributes.groups = "groups";
        for (const [name, settings] of [["intranet", {}], ["archive", { usual: carried }]])
          documents.set(`Target/${name}`, egressTarget(name, { adapter: "tickets", settings: undefined, egress: undefined })).get(`Target/${name}`).spec.settings = settings;
        documents.set("Target/calls-only", egressTarget("calls-only", { adapter: "tickets", supplier: "tickets", upstream: "https://127.0.0.1:1/" }));
        documents.set("Policy/types", { kind: "Policy", metadata: { name: "types" }, spec: { policies: rules } });
      },
    });
    stage = egress.stage;
    await adapters.running(stage.gateway);
  });
  after(async () => {
    await egress?.close();
    adapters?.remove();
  });

  const assertRefused = ({ json }) => assert.equal(json.error_description, "Policy refuses this. Ask for a token of one use.");
  const ask = (target, type, claims = {}) => stage.exchange({ audience: `https://${target}.example`, scope: "chat", requested_token_type: type,
    subject_token: stage.userToken({ sub: "alice", scope: "chat", ...claims }) });
  const recordOf = async (answer) => (await stage.gateway.admin(`/v1/records/${answer.json.dragoman_exchange}`)).json;
  const revoked = (answer) => adapters.printed(stage.gateway).includes(`revoked ${answer.json.dragoman_exchange}`);

  test("forbid the one that was asked for, but to a group, before anything is made", async () => {
    const refused = await ask("intranet", carried);
    assertRefused(refused);
    const record = await recordOf(refused);
    assert.equal(record.facts.issued_token_type, carried);
    assert.ok(!record.ladder.some(({ check }) => check === "mint"));
    const given = await ask("intranet", carried, { groups: ["ticket-files"] });
    assert.equal(given.json.issued_token_type, carried, given.text);
    assert.equal((await ask("intranet", single)).json.issued_token_type, single);
    assert.equal((await recordOf(await ask("intranet", undefined))).facts.issued_token_type, single);
  });

  test("forbid what an adapter makes unasked, which is withdrawn and not given", async () => {
    const refused = await ask("archive", undefined);
    assertRefused(refused);
    const record = await recordOf(refused);
    assert.equal(record.outcome, "refused");
    assert.equal(record.facts.issued_token_type, carried);
    await until(() => revoked(refused), "what was made is taken back");
    assert.equal((await ask("archive", undefined, { groups: ["ticket-files"] })).json.issued_token_type, carried);
    assert.equal((await ask("archive", single)).json.issued_token_type, single);
  });

  test("let a service be used by calls alone", async () => {
    assertFault(await ask("calls-only", undefined), "POLICY_DENIED");
    assertFault(await ask("calls-only", single), "POLICY_DENIED");
    const key = await ask("calls-only", apiKey);
    assert.equal(key.json.issued_token_type, apiKey, key.text);
    assert.equal((await recordOf(key)).facts.issued_token_type, apiKey);
  });

  test("are tried on what was recorded, and explained", async () => {
    const folder = privateFolder(), environment = { env: { DRAGOMAN_ADMIN_SOCKET: stage.gateway.socketPath, NO_COLOR: "1" } };
    try {
      const given = await ask("intranet", undefined, { groups: ["staff"] });
      writeFileSync(folder.file("draft.cedar"), `permit(principal, action, resource);\n@id("none-at-all")\nforbid(principal, action, resource) when { context has issued_token_type && context.issued_token_type == "${single}" };\n`);
      const { output, errors } = await run(programs.dragoman, ["policy", "replay", "--since", "1h", "--only", "--file", folder.file("draft.cedar"), "-o", "json"], environment);
      assert.match(output, /none-at-all/, errors);
      const explained = await run(programs.dragoman, ["explain", given.json.dragoman_exchange], environment);
      assert.match(explained.output, new RegExp(`type +${single}`));
    } finally {
      folder.remove();
    }
  });
});
