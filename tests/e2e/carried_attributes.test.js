// What policies know of a subject is known at the next hop too: attributes go along in our own token, those that some
// policy asks for and no others.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { assertGranted, Stage } from "./kit/stage.js";

const policy = (name, policies, spec = {}) => ({ kind: "Policy", metadata: { name }, spec: { policies, ...spec } });
const permit = `permit(principal, action == Action::"exchange", resource);`;
const noContractors = `
@id("no-contractors")
forbid(principal, action == Action::"exchange", resource == Target::"partner-files")
when { context has user && context.user.hasTag("groups") && context.user.getTag("groups").contains("contractors") };`;
const noRisk = `
@id("no-risk")
forbid(principal, action == Action::"exchange", resource == Target::"partner-files") when { context.risk > 50 };`;

// Attributes the issuer maps; files' tokens come back too, so that there is a third hop.
const edit = (documents) => {
  documents.get("Issuer/corp-idp").spec.claims.attributes = { email: "email", groups: "groups", department: "department", risk: "risk" };
  documents.get("Target/partner-orders").spec.accepts.clients.push("stranger");
  const other = structuredClone(documents.get("Target/partner-orders"));
  Object.assign(other, { metadata: { name: "ledger" } });
  Object.assign(other.spec, { audiences: ["https://ledger.partner.example"], resources: [], resourceServer: "stranger" });
  other.spec.token = { claims: { email: "email", dep: "department" } };
  documents.set("Target/ledger", other);
  documents.get("Target/partner-files").spec.accepts.clients.push("stranger");
};
const person = { email: "alice@corp.example", department: "sales and more", groups: ["staff"], risk: 7 };

describe("attributes of a subject", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ edit: (documents) => {
      edit(documents);
      documents.set("Policy/files", policy("files", `${permit}${noContractors}${noRisk}`));
    } });
  });
  after(() => stage?.close());

  const first = async (claims = {}, changes = {}) => assertGranted(await stage.exchange({ subject_token: stage.userToken({ ...person, ...claims }), ...changes }));
  const onwards = (token, audience, who) => stage.exchange({ subject_token: token.access_token, audience, scope: undefined }, { auth: stage.authOf(who) });
  const toFiles = (token, who = "partner-api") => onwards(token, "https://files.partner.example", who);

  test("go along where a policy asks for them, and only those", async () => {
    const { claims } = await first();
    assert.deepEqual(claims.dragoman_attributes, { groups: ["staff"], risk: "7" });
    assert.equal(claims.email, person.email, "what a profile asks for is another matter");
    assert.equal("dragoman_attributes" in (await first({ groups: undefined, risk: undefined })).claims, false);
  });

  test("go with no token that cannot come back", async () => {
    const direct = assertGranted(await stage.exchange({ audience: "https://files.partner.example", scope: "files:read", subject_token: stage.userToken(person) }));
    assert.equal("dragoman_attributes" in direct.claims, false);
  });

  test("are not shown by introspection", async () => {
    const { access_token } = await first();
    const seen = await stage.gateway.post("/introspect", { token: access_token }, { auth: stage.authOf("partner-api") });
    assert.equal(seen.json.active, true);
    assert.equal(JSON.stringify(seen.json).includes("staff"), false);
  });

  test("hold a forbid on a group at the second hop, and at the third", async () => {
    const contractor = { groups: ["staff", "contractors"] };
    assertGranted(await toFiles(await first()));
    assertFault(await stage.exchange({ audience: "https://files.partner.example", scope: undefined, subject_token: stage.userToken({ ...person, ...contractor }) }), "POLICY_DENIED");
    assertFault(await toFiles(await first(contractor)), "POLICY_DENIED");
    const ledger = async (claims) => assertGranted(await onwards(await first(claims), "https://ledger.partner.example", "partner-api"));
    const second = await ledger(contractor);
    assert.deepEqual(second.claims.dragoman_attributes, { groups: ["staff", "contractors"], risk: "7" });
    assertFault(await toFiles(second, "stranger"), "POLICY_DENIED");
    assertGranted(await toFiles(await ledger({}), "stranger"));
  });

  test("hold a forbid on risk at the second hop", async () => {
    assertFault(await toFiles(await first({ risk: 90 })), "POLICY_DENIED");
    assertFault(await toFiles(await first({ risk: "much" })), "POLICY_DENIED");
    assertGranted(await toFiles(await first({ risk: 50 })));
  });

  test("are recorded as what was looked at", async () => {
    const { dragoman_exchange } = assertGranted(await toFiles(await first()));
    const { facts } = await stage.gateway.record(dragoman_exchange);
    assert.deepEqual(facts.subject.attributes, { groups: ["staff"], risk: "7" });
  });

  test("fill no claim of a target's profile at a later hop: a policy opens nothing to anybody", async () => {
    const second = assertGranted(await onwards(await first(), "https://ledger.partner.example", "partner-api"));
    assert.equal("email" in second.claims || "dep" in second.claims, false);
  });

  test("are believed of nobody else: not of a foreign token, nor of an actor's", async () => {
    const liar = await first({ groups: ["contractors"], dragoman_attributes: { groups: ["staff"], risk: "0" } });
    assert.deepEqual(liar.claims.dragoman_attributes, { groups: ["contractors"], risk: "7" });
    assertFault(await toFiles(liar), "POLICY_DENIED");
    const malformed = await first({ dragoman_attributes: 7 });
    assertGranted(await toFiles(malformed));
    const actor = { actor_token: stage.userToken({ sub: "bot", groups: ["staff"] }), actor_token_type: "urn:ietf:params:oauth:token-type:access_token" };
    assert.deepEqual((await first({ groups: ["contractors"] }, actor)).claims.dragoman_attributes.groups, ["contractors"]);
  });
});

describe("attributes of a subject before and after a policy", () => {
  let stage;
  before(async () => (stage = await Stage.open({ edit })));
  after(() => stage?.close());

  test("are missing in a token that is older than the policy that asks, until it has expired", async () => {
    const contractor = () => stage.exchange({ subject_token: stage.userToken({ ...person, groups: ["contractors"] }) });
    const toFiles = (token) => stage.exchange({ subject_token: token.access_token, audience: "https://files.partner.example", scope: undefined },
      { auth: stage.authOf("partner-api") });
    const older = assertGranted(await contractor());
    assert.equal("dragoman_attributes" in older.claims, false, "nobody asks, so nothing goes along");
    await stage.gateway.apply(policy("files", `${permit}${noContractors}`));
    const answer = assertGranted(await toFiles(older));
    assert.equal("attributes" in (await stage.gateway.record(answer.dragoman_exchange)).facts.subject, false);
    assert.ok(answer.claims.exp <= older.claims.exp);
    assertFault(await toFiles(assertGranted(await contractor())), "POLICY_DENIED");
    // A permit that asks for the group is not evaded by what is missing.
    await stage.gateway.apply(policy("files", `permit(principal, action == Action::"exchange", resource)
      when { context has user && context.user.hasTag("groups") && context.user.getTag("groups").contains("staff") };`));
    assertFault(await toFiles(older), "POLICY_NO_PERMIT");
    const staff = assertGranted(await stage.exchange({ subject_token: stage.userToken(person) }));
    assert.deepEqual(staff.claims.dragoman_attributes, { groups: ["staff"] });
    assertGranted(await toFiles(staff));
  });
});
