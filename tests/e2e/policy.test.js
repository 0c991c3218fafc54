// One policy for every target: what it decides, what it narrows, what it tells the caller, and what is recorded of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { now } from "./kit/forge.js";
import { assertionType, tokenType } from "./kit/gateway.js";
import { until } from "./kit/machine.js";
import { Notebook } from "./kit/notebook.js";
import { assertGranted, Stage } from "./kit/stage.js";

const policy = (name, policies, spec = {}) => ({ kind: "Policy", metadata: { name }, spec: { policies, ...spec } });

const agents = `
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

@id("writes-need-mfa")
@require_step_up("urn:example:mfa max_age=5m")
forbid(principal, action == Action::"exchange", resource)
when { context.scopes.contains("orders:write") }
unless { context.authentication has acr && context.authentication.acr == "urn:example:mfa" &&
         context.authentication has age && context.authentication.age <= duration("5m") };

@id("ci-is-brief")
@max_lifetime("30s")
permit(principal in AgentClass::"billing-agents", action == Action::"exchange", resource);

@id("drafts-read-only")
@narrow_scopes("orders:read")
permit(principal, action == Action::"exchange", resource == Target::"partner-orders")
when { context has task && context.task == "draft" };

@id("asks-for-the-unknown")
@must_phone_home("yes")
permit(principal, action == Action::"exchange", resource)
when { context has task && context.task == "unknown" };

@id("asks-for-a-key")
@require_binding("dpop")
permit(principal, action == Action::"exchange", resource)
when { context has task && context.task == "bound" };

@id("not-while-testing")
forbid(principal, action, resource)
when { context has purpose && context.purpose like "test*" };
`;

const trial = `
@id("no-files")
forbid(principal, action == Action::"exchange", resource) when { context.scopes.contains("files:read") };
permit(principal, action, resource);
`;

describe("policy", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        documents.get("Issuer/corp-idp").spec.claims.attributes.groups = "groups";
        const home = structuredClone(documents.get("Target/partner-orders"));
        home.metadata.name = "home";
        Object.assign(home.spec, { domain: "corp", audiences: ["https://home.corp.example"], resources: [], resourceServer: undefined });
        documents.set("Target/home", home);
        documents.set("Policy/agents", policy("agents", agents));
        documents.set("Policy/trial", policy("trial", trial, { enforcement: "report" }));
      },
    });
  });
  after(() => stage?.close());

  const files = { audience: "https://files.partner.example", scope: "files:read" };
  const write = { scope: "orders:write" };
  const mayWrite = (claims) => ({ ...write, subject_token: stage.userToken({ scope: "orders:write", ...claims }) });
  const recordOf = async (answer) => (await stage.gateway.admin(`/v1/records/${answer.json.dragoman_exchange}`)).json;
  const rung = (record, check) => record.ladder.find((one) => one.check === check);

  test("governs two targets with the same two policies", async () => {
    const contractor = stage.userToken({ groups: ["staff", "contractors"] });
    for (const target of [{}, files]) {
      assertGranted(await stage.exchange(target));
      assertFault(await stage.exchange({ ...target, subject_token: contractor }), "POLICY_DENIED");
    }
  });

  test("refuses by default, whatever the documents accept", async () => {
    const answer = await stage.exchange({ audience: "https://home.corp.example", scope: "orders:read" });
    assertFault(answer, "POLICY_NO_PERMIT");
    const { detail } = rung(await recordOf(answer), "policy");
    assert.match(detail, /^nearest: agents\/asks-for-the-unknown line \d+: context has task is not so$/);
  });

  test("refuses a chain of three by its depth, and tells the caller the policy's reason", async () => {
    const act = { iss: "https://a.example", sub: "one", act: { sub: "two" } };
    assertGranted(await stage.exchange({ subject_token: stage.userToken({ act: { iss: "https://a.example", sub: "one" } }) }));
    const answer = await stage.exchange({ subject_token: stage.userToken({ act }) });
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error, "actor_unauthorized");
    assert.equal(answer.json.error_description, "Policy refuses this. Chains end after two actors.");
    const { result, detail, document } = rung(await recordOf(answer), "policy");
    assert.equal(result, "policy_denied");
    assert.match(detail, /^agents\/no-deep-chains line \d+: when \{ context\.delegation\.depth > 2 \}$/);
    assert.match(document, /^Policy\/agents /);
  });

  test("takes an array that is one group for no other, and a name with a space for one name", async () => {
    assertGranted(await stage.exchange({ subject_token: stage.userToken({ groups: "staff contractors" }) }));
    assertGranted(await stage.exchange({ subject_token: stage.userToken({ groups: ["contractors-of-old"] }) }));
  });

  test("narrows scopes and lifetimes to what its permits say, and says so", async () => {
    const answer = await stage.exchange({ ...mayWrite({ scope: "orders:read orders:write", acr: "urn:example:mfa", auth_time: now() }),
      scope: "orders:read orders:write", dragoman_task: "draft" });
    const { claims } = assertGranted(answer);
    assert.equal(answer.json.scope, "orders:read");
    assert.equal(claims.scope, "orders:read");
    assert.equal(rung(await recordOf(answer), "policy_scopes").detail, "orders:read");
    const brief = assertGranted(await stage.exchangeAsAgent());
    assert.ok(brief.expires_in <= 30 && brief.claims.exp - brief.claims.iat <= 30);
  });

  test("refuses where narrowing leaves none of the scopes that were asked for", async () => {
    assertFault(await stage.exchange({ ...mayWrite({ acr: "urn:example:mfa", auth_time: now() }), dragoman_task: "draft" }), "SCOPE_NARROWED");
  });

  test("answers with a step-up where a stronger or fresher login would do", async () => {
    for (const claims of [{}, { acr: "urn:example:pwd", auth_time: now() }, { acr: "urn:example:mfa" }, { acr: "urn:example:mfa", auth_time: now() - 400 }, { acr: ["urn:example:mfa"], auth_time: now() }]) {
      const answer = await stage.exchange(mayWrite(claims));
      assertFault(answer, "STEP_UP_REQUIRED");
      assert.equal(answer.status, 400);
      assert.equal(answer.json.acr_values, "urn:example:mfa");
      assert.equal(answer.json.max_age, 300);
      assert.equal(answer.headers["www-authenticate"], 'Bearer error="insufficient_user_authentication", acr_values="urn:example:mfa", max_age="300"');
    }
    const { claims } = assertGranted(await stage.exchange(mayWrite({ acr: "urn:example:mfa", amr: ["pwd", "otp"], auth_time: now() - 100 })));
    assert.equal(claims.acr, "urn:example:mfa");
    assert.deepEqual(claims.amr, ["pwd", "otp"]);
    assert.ok(Number.isInteger(claims.auth_time));
  });

  test("asks the same of a token of ours that is carried on", async () => {
    const fresh = { subject_token: stage.userToken({ scope: "orders:read files:read", acr: "urn:example:mfa", auth_time: now() - 290 }), scope: "orders:read" };
    const { access_token, claims } = assertGranted(await stage.exchange(fresh));
    assert.equal(claims.acr, "urn:example:mfa");
    const seen = await stage.gateway.post("/introspect", { token: access_token }, { auth: stage.authOf("partner-api") });
    assert.equal(seen.json.acr, "urn:example:mfa");
    assert.equal(seen.json.auth_time, claims.auth_time);
  });

  test("refuses by what it does not know and by what it cannot enforce yet", async () => {
    assertFault(await stage.exchange({ dragoman_task: "unknown" }), "POLICY_ANNOTATION");
    assertFault(await stage.exchange({ dragoman_task: "bound" }), "NOT_AVAILABLE");
    assertGranted(await stage.exchange({ dragoman_task: "other" }));
  });

  test("lets the agent's own purpose tighten a decision", async () => {
    assertFault(await stage.exchange({ dragoman_purpose: "testing" }), "POLICY_DENIED");
    assertGranted(await stage.exchange({ dragoman_purpose: "month end" }));
  });

  test("only records what a policy on trial would have refused, and permits nothing by it", async () => {
    const answer = await stage.exchange(files);
    assertGranted(answer);
    const { detail, document, result } = rung(await recordOf(answer), "policy_would_refuse");
    assert.equal(result, undefined);
    assert.match(detail, /^policy_denied: trial\/no-files line 3/);
    assert.match(document, /^Policy\/trial /);
    assertFault(await stage.exchange({ audience: "https://home.corp.example", scope: "orders:read" }), "POLICY_NO_PERMIT");
  });

  test("records which policies there were and what they looked at", async () => {
    const { policy: version, facts } = await recordOf(await stage.exchange({ ...files, subject_token: stage.userToken({ groups: ["staff"], email: "a@corp.example" }) }));
    assert.match(version, /^[0-9a-f]{16}$/);
    assert.deepEqual(facts, {
      actor: { kind: "agent", iss: stage.gateway.issuer, sub: "orders-agent", client: "orders-agent" },
      proof: "client_secret_basic",
      subject: { kind: "user", issuer: "corp-idp", attributes: { email: "a@corp.example", groups: ["staff"] } },
      chain: [{ iss: stage.gateway.issuer, sub: "orders-agent" }],
      scopes: "files:read", lifetime: facts.lifetime,
    });
    assert.ok(facts.lifetime > 0 && facts.lifetime <= 600);
  });

  test("decides a dry run alike", async () => {
    const contractor = stage.userToken({ groups: ["contractors"] });
    assertFault(await stage.exchange({ dragoman_dry_run: "true", subject_token: contractor }), "POLICY_DENIED");
    const dry = await stage.exchange({ dragoman_dry_run: "true", dragoman_task: "draft", scope: "orders:read" });
    assert.equal(dry.json.dragoman_dry_run, true);
    assert.equal(dry.json.scope, "orders:read");
  });

  test("tells an actor token's subject apart from the agent that brings it", async () => {
    const actor = { actor_token: stage.userToken({ sub: "bot" }), actor_token_type: tokenType("access_token") };
    const answer = await stage.exchange(actor);
    assertGranted(answer);
    const { facts } = await recordOf(answer);
    assert.equal(facts.actor.kind, "user");
    assert.equal(facts.actor.sub, "bot");
    assert.equal(facts.proof, undefined);
  });
});

describe("a combination", () => {
  let notebook, stage;
  before(async () => {
    const right = (name) => ({ name, targets: [name] });
    const apart = (name, ...rights) => ({ kind: "Combination", metadata: { name }, spec: { rights: rights.map(right) } });
    notebook = await Notebook.open({
      gateway: { kills: { clockMargin: "0s" } },
      edit: (documents) => {
        documents.set("Combination/tokens", apart("tokens", "partner-orders", "partner-files"));
        documents.set("Combination/keys", apart("keys", "notebook", "partner-orders"));
      },
    });
    ({ stage } = notebook);
  });
  after(() => notebook?.close());

  test("is not evaded by revoking a token that its resource server goes on believing", async () => {
    const carol = () => stage.userToken({ sub: "carol" });
    const files = { audience: "https://files.partner.example", scope: "files:read" };
    const { access_token: token } = assertGranted(await stage.exchange({ subject_token: carol() }));
    assertFault(await stage.exchange({ ...files, subject_token: carol() }), "COMBINATION_FORBIDDEN");
    assert.equal((await stage.gateway.post("/revoke", { token }, { auth: stage.auth })).status, 200);
    assertFault(await stage.exchange({ ...files, subject_token: carol() }), "COMBINATION_FORBIDDEN");
  });

  test("is over when what was given can be and was withdrawn", async () => {
    const dave = () => stage.userToken({ sub: "dave" });
    const key = await notebook.exchange({ subject_token: dave() });
    assert.equal(key.status, 200, key.text);
    assertFault(await stage.exchange({ subject_token: dave() }), "COMBINATION_FORBIDDEN");
    assert.equal((await stage.gateway.kill("lease", key.json.dragoman_exchange)).status, 200);
    assertGranted(await stage.exchange({ subject_token: dave() }));
  });
});

describe("who holds more than a decision looks at", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      gateway: { policy: { held: 2 } },
      edit: (documents) => documents.set("Policy/few", policy("few", 'permit(principal, action, resource); forbid(principal, action == Action::"exchange", resource) when { context.held_by_subject.count > 9 };')),
    });
  });
  after(() => stage?.close());

  test("is refused, with a record and an assertion that is used up", async () => {
    for (let i = 0; i < 3; i++) assertGranted(await stage.exchange());
    const assertion = { client_assertion_type: assertionType, client_assertion: stage.clientAssertion() };
    const ask = () => stage.gateway.post("/token", stage.form(assertion));
    const answer = await ask();
    assertFault(answer, "HELD_TOO_MUCH");
    assert.equal((await stage.gateway.record(answer.json.dragoman_exchange)).outcome, "refused");
    assertFault(await ask(), "ASSERTION_REPLAYED");
  });
});

describe("policies and other documents", () => {
  let stage;
  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage?.close());

  const apply = (document) => stage.gateway.admin("/v1/documents", { method: "POST", document: [document] });
  const remove = (name) => stage.gateway.admin(`/v1/documents/Policy/${name}`, { method: "DELETE" });

  test("leave it to the other documents where there is no policy, and need a permit from the first one on", async () => {
    assertGranted(await stage.exchange());
    assert.equal((await apply(policy("first", 'forbid(principal, action, resource) when { false };'))).status, 200);
    assertFault(await stage.exchange(), "POLICY_NO_PERMIT");
    assert.equal((await apply(policy("first", "permit(principal, action, resource);"))).status, 200);
    assertGranted(await stage.exchange());
    assert.doesNotMatch(stage.gateway.program.errors, /policies_gone/);
    assert.equal((await remove("first")).status, 200);
    assertGranted(await stage.exchange());
    assert.match(stage.gateway.program.errors, /"event":"policies_gone"/);
  });

  test("may forbid who introspects, and need not permit it", async () => {
    const { access_token: token } = assertGranted(await stage.exchange());
    const ask = async (name) => (await stage.gateway.post("/introspect", { token }, { auth: stage.authOf(name) })).json.active;
    assert.equal((await apply(policy("seen", 'permit(principal, action == Action::"exchange", resource);'))).status, 200);
    assert.deepEqual([await ask("partner-api"), await ask("orders-agent")], [true, true]);
    assert.equal((await apply(policy("seen", 'forbid(principal in Client::"partner-api", action == Action::"introspect", resource == Target::"partner-orders") when { context.source.isLoopback() };'))).status, 200);
    assert.deepEqual([await ask("partner-api"), await ask("orders-agent")], [false, true]);
    assert.equal((await remove("seen")).status, 200);
    assert.equal(await ask("partner-api"), true);
  });

  test("bind a client whoever its actor token names", async () => {
    const actor = { actor_token: stage.userToken({ sub: "bot" }), actor_token_type: tokenType("access_token") };
    assertGranted(await stage.exchange(actor));
    assert.equal((await apply(policy("rogue", 'permit(principal, action, resource); forbid(principal in Client::"orders-agent", action == Action::"exchange", resource);'))).status, 200);
    assertFault(await stage.exchange(), "POLICY_DENIED");
    assertFault(await stage.exchange(actor), "POLICY_DENIED");
    assert.equal((await remove("rogue")).status, 200);
    const apart = { kind: "Combination", metadata: { name: "apart" }, spec: { holder: "agent", rights: [{ name: "orders", targets: ["partner-orders"] }, { name: "files", targets: ["partner-files"] }] } };
    assert.equal((await apply(apart)).status, 200);
    await until(async () => (await stage.exchange({ dragoman_dry_run: "true" })).status === 200, "what was issued before is known");
    assertGranted(await stage.exchange());
    assertFault(await stage.exchange({ ...actor, audience: "https://files.partner.example", scope: "files:read" }), "COMBINATION_FORBIDDEN");
    assert.equal((await stage.gateway.admin("/v1/documents/Combination/apart", { method: "DELETE" })).status, 200);
  });

  test("are not touched by one that only reports", async () => {
    assert.equal((await apply(policy("trial", "forbid(principal, action, resource);", { enforcement: "report" }))).status, 200);
    const answer = await stage.exchange();
    assertGranted(answer);
    assert.equal((await remove("trial")).status, 200);
  });

  test("keep the last good where a new one has a mistake, which is told with its place", async () => {
    const good = policy("rules", 'permit(principal, action, resource) when { context.delegation.depth < 9 };');
    good.spec.policies = 'permit(principal, action == Action::"exchange", resource) when { context.delegation.depth < 9 };';
    assert.equal((await apply(good)).status, 200);
    for (const [text, complaint] of [
      ["permit(principal, action, resource) when { context.delegation.dept > 1 };", /dept/],
      ["permit(principal, action, resource)\nwhen { 1 + };", /expected/],
      ['permit(principal, action == Action::"exchnge", resource);', /exchange/],
      ['permit(principal in AgentClss::"x", action, resource);', /AgentClass/],
      ['@max_lifetime("soon") permit(principal, action, resource);', /max_lifetime/],
      ['@max_lifetime("1m") forbid(principal, action, resource);', /forbid/],
      ['@id("a") permit(principal, action, resource); @id("a") permit(principal, action, resource);', /@id/],
      ['permit(principal, action == Action::"exchange", resource) when { context has purpose && context.purpose == "x" };', /purpose/],
      ["permit(principal == ?principal, action, resource);", /template/],
    ]) {
      const answer = await apply(policy("rules", text));
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.text, complaint);
      assertGranted(await stage.exchange());
    }
    assert.equal((await remove("rules")).status, 200);
  });
});
