// The tools for people: the starter set is valid and does what its cases say, a draft is replayed on what was recorded,
// and explain shows what decided and on what.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { now } from "./kit/forge.js";
import { privateFolder, Program, programs, root } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

async function dragoman(args, options) {
  const program = new Program(programs.dragoman, args, options);
  program.child.stdin.end();
  const { code } = await program.ended;
  return { code, out: program.output, error: program.errors };
}

describe("the starter set", () => {
  const folder = join(root, "docs/policies");
  const cases = readdirSync(folder).filter((name) => name.endsWith(".test.yaml"));

  test("is valid, names nothing that is not there, and has cases for every policy", async () => {
    const validated = await dragoman(["policy", "validate", folder]);
    assert.deepEqual({ code: validated.code, error: validated.error }, { code: 0, error: "" });
    const tried = await dragoman(["policy", "test", folder]);
    assert.equal(tried.code, 0, tried.out + tried.error);
    const [, passed, decided, policies] = tried.out.match(/(\d+) passed, 0 failed; (\d+) of (\d+) policies decided/);
    assert.ok(Number(passed) >= 30);
    assert.equal(decided, policies);
  });

  test("has a case file for each of its files, and each is tried alone with the baseline too", async () => {
    for (const name of cases) {
      const about = name.replace(".test.yaml", "");
      const files = readdirSync(folder).filter((file) => ["cedar", "yaml"].some((end) => file === `${about}.${end}`) || file === `${about}-trial.yaml`);
      assert.ok(files.length > 0, `${name} is about nothing`);
      const paths = new Set(["documents.yaml", "baseline.cedar", ...files, name]);
      const { code, out, error } = await dragoman(["policy", "test", ...[...paths].map((file) => join(folder, file))]);
      assert.equal(code, 0, `${name}: ${out}${error}`);
    }
  });
});

describe("the schema of cases", () => {
  const schema = JSON.parse(readFileSync(join(root, "schema/policy-test.schema.json"), "utf8"));
  const folder = privateFolder();
  after(() => folder.remove());

  // What is not known is answered with what is.
  const known = async (yaml) => {
    writeFileSync(folder.file("x.test.yaml"), yaml);
    const { error } = await dragoman(["policy", "test", join(root, "docs/policies/documents.yaml"), folder.file("x.test.yaml")]);
    return error.match(/there are ([^"]*)\n/)[1].split(/, | and /).sort();
  };

  test("has the members that the program knows", async () => {
    const { given, expect } = schema.$defs;
    assert.deepEqual(await known("- {name: a, expect: allow, zzzzzzzz: 1}"), Object.keys(schema.items.properties).sort());
    assert.deepEqual(await known("- {name: a, expect: allow, given: {zzzzzzzz: 1}}"), Object.keys(given.properties).sort());
    assert.deepEqual(await known("- {name: a, expect: {decision: allow, zzzzzzzz: 1}}"), Object.keys(expect.properties).sort());
    for (const party of ["actor", "subject"])
      assert.deepEqual(await known(`- {name: a, expect: allow, given: {${party}: {zzzzzzzz: 1}}}`), Object.keys(given.properties[party].oneOf[1].properties).sort());
  });
});

describe("the guide", () => {
  test("names every member of the model's contexts, and every annotation", async () => {
    const guide = readFileSync(join(root, "docs/policy.md"), "utf8");
    const model = (await dragoman(["policy", "schema"])).out;
    const types = Object.fromEntries([...model.matchAll(/^type (\w+) = \{(.*?)\};/gms)].map(([, name, body]) => [name, [...body.replaceAll(/\/\/.*/g, "").matchAll(/(\w+)\??:/g)].map(([, member]) => member)]));
    const members = ["Authentication", "Delegation", "AuthorizationDetails", "Holdings", "Exchanges", "ExchangeContext"].flatMap((name) => types[name]);
    assert.ok(members.length >= 35);
    for (const member of members) assert.match(guide, new RegExp(`[\`.]${member}\\b`), member);
    for (const annotation of ["id", "description", "reason", "max_lifetime", "narrow_scopes", "require_step_up", "require_binding", "require_approval"]) assert.ok(guide.includes(`@${annotation}(`));
  });
});

const present = `
@id("delegated")
permit(principal, action == Action::"exchange", resource in Domain::"partner");

@id("no-contractors")
forbid(principal, action == Action::"exchange", resource)
when { context has user && context.user.hasTag("groups") && context.user.getTag("groups").contains("contractors") };
`;
const draft = `
@id("delegated") @max_lifetime("60s")
permit(principal, action == Action::"exchange", resource in Domain::"partner");

@id("no-files")
forbid(principal, action == Action::"exchange", resource == Target::"partner-files");
`;

describe("replay and explain", () => {
  let stage, granted, files, refused, draftPath;
  const environment = () => ({ env: { ...process.env, DRAGOMAN_ADMIN_SOCKET: stage.gateway.socketPath } });
  const replay = async (...args) => dragoman(["policy", "replay", "--since", "1h", ...args], environment());
  const asJson = async (...args) => {
    const { code, out, error } = await replay(...args, "-o", "json");
    assert.equal(code, 0, error);
    return { ...JSON.parse(out), error };
  };

  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        documents.get("Issuer/corp-idp").spec.claims.attributes.groups = "groups";
        documents.set("Policy/agents", { kind: "Policy", metadata: { name: "agents" }, spec: { policies: present } });
      },
    });
    draftPath = stage.folder.file("agents.cedar");
    writeFileSync(draftPath, draft);
    granted = await stage.exchange({ subject_token: stage.userToken({ groups: ["staff"], acr: "urn:example:mfa", amr: ["pwd", "otp"], auth_time: now() - 60 }) });
    assertGranted(granted);
    files = await stage.exchange({ audience: "https://files.partner.example", scope: "files:read" });
    assertGranted(files);
    refused = await stage.exchange({ subject_token: stage.userToken({ groups: ["contractors"] }) });
    assertFault(refused, "POLICY_DENIED");
  });
  after(() => stage?.close());

  test("finds no difference where nothing was changed", async () => {
    const answer = await asJson();
    assert.deepEqual([answer.exchanges, answer.same, answer.changes], [3, 3, []]);
    assert.equal(answer.complete, true);
  });

  test("says of each exchange what a draft would have made of it, and which policy", async () => {
    const answer = await asJson("--file", draftPath);
    assert.match(answer.error, /^draft: Policy\/agents in place of the present one$/m);
    const { same, allowed_to_refused, refused_to_allowed, narrowed } = answer;
    assert.deepEqual({ same, allowed_to_refused, refused_to_allowed, narrowed }, { same: 0, allowed_to_refused: 1, refused_to_allowed: 1, narrowed: 1 });
    const changes = Object.fromEntries(answer.changes.map((change) => [change.id, change]));
    const change = (exchange) => changes[exchange.json.dragoman_exchange];
    assert.deepEqual([change(files).change, change(files).after, change(files).target], ["allowed_to_refused", "refused: policy_denied", "partner-files"]);
    assert.match(change(files).policy, /agents\/no-files/);
    assert.deepEqual([change(refused).change, change(refused).before], ["refused_to_allowed", "refused: policy_denied"]);
    assert.equal(change(granted).change, "narrowed");
    assert.match(change(granted).before, /^allowed: orders:read for (299|300) s$/);
    assert.equal(change(granted).after, "allowed: orders:read for 60 s");
    const table = await replay("--file", draftPath);
    assert.equal(table.code, 0);
    assert.match(table.out, /^1 +allowed, would be refused$/m);
    assert.match(table.out, new RegExp(`^${files.json.dragoman_exchange} .*refused: policy_denied`, "m"));
  });

  test("takes a draft instead of everything where that is asked for, and adds it otherwise", async () => {
    const path = stage.folder.file("extra.cedar");
    writeFileSync(path, `forbid(principal, action == Action::"exchange", resource) when { context.held_by_agent.count > 100 };`);
    const added = await asJson("--file", path);
    assert.match(added.error, /^draft: Policy\/extra added$/m);
    assert.match(added.error, /held_by_agent/);
    assert.equal(added.same, 3);
    const alone = await asJson("--only", "--file", path);
    assert.deepEqual([alone.allowed_to_refused, alone.other_reason], [2, 1]);
  });

  test("reads no more records than it may, and says that there are more", async () => {
    const answer = await asJson("--limit", "1");
    assert.deepEqual([answer.exchanges, answer.complete], [1, false]);
    assert.match(answer.error, /there are more records/);
    const none = await dragoman(["policy", "replay", "--since", "0s", "-o", "json"], environment());
    assert.equal(JSON.parse(none.out).exchanges, 0);
  });

  test("leaves no record of itself and changes nothing", async () => {
    const before = (await stage.gateway.admin("/v1/records?limit=10")).text;
    await asJson("--file", draftPath);
    assert.equal((await stage.gateway.admin("/v1/records?limit=10")).text, before);
    assertGranted(await stage.exchange({ audience: "https://files.partner.example", scope: "files:read" }));
  });

  test("refuses a draft that has mistakes, with its line", async () => {
    const path = stage.folder.file("wrong.cedar");
    writeFileSync(path, `permit(principal, action == Action::"exchange", resource)\nwhen { context.rsk > 3 };\n`);
    const { code, error } = await replay("--file", path);
    assert.equal(code, 1);
    assert.match(error, /wrong\.cedar:2:8: .*did you mean "risk"/);
  });

  test("reads on, page by page", async () => {
    const contractor = stage.userToken({ groups: ["contractors"] });
    const { exchanges } = await asJson();
    for (let i = 0; i < 42; i++) await Promise.all(Array.from({ length: 5 }, () => stage.exchange({ subject_token: contractor })));
    const answer = await asJson("--file", draftPath);
    assert.equal(answer.exchanges, exchanges + 210);
    assert.ok(answer.refused_to_allowed >= 211);
    assert.equal(new Set(answer.changes.map((change) => change.id)).size, answer.changes.length);
  });

  test("explains which policy and which condition decided, and on what", async () => {
    const explain = async (exchange) => (await dragoman(["explain", exchange.json.dragoman_exchange], environment())).out;
    const no = await explain(refused);
    assert.match(no, /policy +Policy\/agents/);
    assert.match(no, /agents\/no-contractors line \d+: when \{ context has user/);
    assert.match(no, /what policies looked at {2}version [0-9a-f]{16}/);
    assert.match(no, /subject +user, issuer corp-idp\n +groups: contractors/);
    assert.match(no, /refused: policy_denied/);
    const yes = await explain(granted);
    assert.match(yes, /actor +agent, client orders-agent, by client_secret_basic/);
    assert.match(yes, /login +acr urn:example:mfa, amr pwd otp, 1 min( \d+ s)? before/);
    assert.match(yes, /agents\/delegated/);
  });
});
