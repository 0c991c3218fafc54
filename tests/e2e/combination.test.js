// Rights that must never meet: what counts as one hand, what counts as held, and what becomes of the credential that would
// bring them together. Each test has targets of its own, so that no combination concerns another's.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault } from "./kit/faults.js";
import { tokenType } from "./kit/gateway.js";
import { Notebook } from "./kit/notebook.js";
import { assertGranted, Stage } from "./kit/stage.js";

const clients = ["orders-agent", "partner-api", "billing-agents"];
const target = (name, spec = {}) => ({ kind: "Target", metadata: { name },
  spec: { domain: "partner", audiences: [name], scopes: ["read", "write"], maximumLifetime: "5m", accepts: { issuers: ["corp-idp", "self"], clients }, resourceServer: "partner-api", ...spec } });
const combination = (name, spec = {}) => ({ kind: "Combination", metadata: { name },
  spec: { rights: [{ name: "pay", targets: [`${name}-a`] }, { name: "approve", targets: [`${name}-b`] }], ...spec } });
const policy = (name, policies) => ({ kind: "Policy", metadata: { name }, spec: { policies } });

const pairs = {
  subject: {}, tree: { holder: "tree" }, agent: { holder: "agent" }, within: { within: "1h" }, ended: {}, dry: {}, once: {},
  narrow: { effect: "narrow", rights: [{ name: "read", targets: ["narrow-a"], scopes: ["read"] }, { name: "write", targets: ["narrow-b"], scopes: ["write"] }] },
  both: { rights: [{ name: "read", targets: ["both-a"], scopes: ["read"] }, { name: "write", targets: ["both-a"], scopes: ["write"] }] },
  three: { rights: [{ name: "one", targets: ["three-a"], scopes: ["read"] }, { name: "two", targets: ["three-a"], scopes: ["write"] }, { name: "three", domains: ["other"], targets: ["three-b"] }] },
  killed: {}, namesake: {},
};
const people = { next: 0 };
const somebody = () => `somebody-${++people.next}`;

const counted = `
permit(principal, action == Action::"exchange", resource);
@id("three-at-once") forbid(principal, action == Action::"exchange", resource == Target::"count-a") when { context.held_by_subject.count >= 3 };
@id("not-with-b") forbid(principal, action == Action::"exchange", resource == Target::"count-a") when { context.held_by_subject.targets.contains(Target::"count-b") };
@id("not-with-write") forbid(principal, action == Action::"exchange", resource == Target::"count-c") when { context.held_by_agent.scopes.contains("count-b write") };
@id("tree") forbid(principal, action == Action::"exchange", resource == Target::"count-d") when { context.held_in_tree.domains.contains(Domain::"other") };
@id("slowly") forbid(principal, action == Action::"exchange", resource == Target::"count-e") when { context.exchanges_in_tree.last_minute >= 2 };
@id("agent-slowly") forbid(principal, action == Action::"exchange", resource == Target::"count-f") when { context.exchanges_by_agent.last_hour >= 1 };
`;

describe("a combination", () => {
  let notebook, stage, gateway;
  before(async () => {
    notebook = await Notebook.open({
      gateway: { policy: { held: 8 }, kills: { clockMargin: "0s" } },
      edit: (documents) => {
        const set = (document) => documents.set(`${document.kind}/${document.metadata.name}`, document);
        documents.get("Domain/corp").spec.leavesFor.push("other");
        documents.get("Domain/partner").spec.leavesFor.push("other");
        for (const [name, spec] of Object.entries(pairs)) {
          set(target(`${name}-a`));
          set(target(`${name}-b`, { domain: "other" }));
          set(combination(name, spec));
        }
        documents.get("Target/ended-a").spec.maximumLifetime = "2s";
        documents.get("Target/within-a").spec.maximumLifetime = "1s";
        // What these give can be withdrawn.
        for (const name of ["killed-a", "namesake-a"]) Object.assign(documents.get(`Target/${name}`).spec, { adapter: "notebook" });
        // Called what another is reached by.
        documents.get("Target/namesake-a").spec.audiences = ["namesake-reached"];
        set(target("namesake-other", { audiences: ["namesake-a"] }));
        // The same rights must not meet in a tree either: each holder has a limit of its own.
        set({ ...combination("once"), metadata: { name: "once-in-a-tree" }, spec: { ...combination("once").spec, holder: "tree" } });
      },
    });
    ({ stage } = notebook);
    ({ gateway } = stage);
  });
  after(() => notebook?.close());

  const login = (sub, claims = {}) => stage.userToken({ sub, scope: "read write", ...claims });
  const ask = (audience, subject_token, form = {}, options = {}) => stage.exchange({ audience, subject_token, ...form }, options);
  const asAgent = (audience, subject_token, claims) => stage.exchangeAsAgent({ audience, subject_token }, stage.platformToken(claims));
  const onwards = (audience, token, form = {}) => ask(audience, token, form, { auth: stage.authOf("partner-api") });
  const rung = async (answer, check = "combination") => (await gateway.record(answer.json.dragoman_exchange)).ladder.find((each) => each.check === check);
  const held = () => Number(gateway.sql("select count(*) from holding"));

  test("refuses the second right in one hand, and its record names both", async () => {
    const token = login(somebody());
    assertGranted(await ask("subject-a", token));
    assertGranted(await ask("subject-a", token)); // the same right again completes nothing
    const refused = await ask("subject-b", token);
    assertFault(refused, "COMBINATION_FORBIDDEN");
    const { document, detail } = await rung(refused);
    assert.match(document, /Combination\/subject/);
    assert.equal(detail, "would meet: pay (held), approve (asked for)");
    assertGranted(await ask("subject-b", login(somebody())));
  });

  test("is not evaded by another login, another agent, another client or another tree", async () => {
    const sub = somebody();
    assertGranted(await ask("subject-a", login(sub)));
    assertFault(await ask("subject-b", login(sub, { jti: "another", iat: Math.floor(Date.now() / 1000) - 5 })), "COMBINATION_FORBIDDEN");
    assertFault(await asAgent("subject-b", login(sub)), "COMBINATION_FORBIDDEN");
    assertFault(await asAgent("subject-b", login(sub), { sub: "system:serviceaccount:agents:billing", "kubernetes.io": { namespace: "agents", pod: { name: "other" } } }), "COMBINATION_FORBIDDEN");
    assertFault(await ask("subject-b", login(sub), {}, { auth: stage.authOf("partner-api") }), "COMBINATION_FORBIDDEN");
    assertFault(await ask("subject-b", login(sub), { actor_token: stage.userToken({ sub: "bot" }), actor_token_type: tokenType("access_token") }), "COMBINATION_FORBIDDEN");
  });

  test("holds across domains and for whoever carries the credential onwards: the subject stays the same", async () => {
    const sub = somebody();
    const first = assertGranted(await ask("subject-a", login(sub)));
    const refused = await onwards("subject-b", first.access_token);
    assertFault(refused, "COMBINATION_FORBIDDEN");
    const second = assertGranted(await onwards("tree-a", first.access_token));
    assertFault(await onwards("subject-b", second.access_token), "COMBINATION_FORBIDDEN");
  });

  test("of a tree concerns that tree alone, with all its branches", async () => {
    const token = login(somebody());
    const first = assertGranted(await ask("tree-a", token));
    assertFault(await onwards("tree-b", first.access_token), "COMBINATION_FORBIDDEN");
    const beside = assertGranted(await ask("subject-a", login(somebody())));
    assertGranted(await onwards("tree-b", beside.access_token));
  });

  test("of an agent concerns all it does for anybody, and no other agent", async () => {
    assertGranted(await ask("agent-a", login(somebody())));
    assertFault(await ask("agent-b", login(somebody())), "COMBINATION_FORBIDDEN");
    assertGranted(await asAgent("agent-b", login(somebody())));
    assertFault(await asAgent("agent-a", login(somebody())), "COMBINATION_FORBIDDEN");
  });

  test("takes scopes away where it says so, and refuses where nothing would be left", async () => {
    const sub = somebody();
    assertGranted(await ask("narrow-a", login(sub), { scope: "read write" }));
    const narrowed = await ask("narrow-b", login(sub), { scope: "read write" });
    assert.equal(assertGranted(narrowed).scope, "read");
    assert.equal((await rung(narrowed)).detail, "read");
    assertFault(await ask("narrow-b", login(sub), { scope: "write" }), "COMBINATION_FORBIDDEN");
    assert.equal(assertGranted(await ask("narrow-a", login(sub), { scope: "read" })).scope, "read");
  });

  test("refuses one credential that would have both", async () => {
    const sub = somebody();
    const refused = await ask("both-a", login(sub), { scope: "read write" });
    assertFault(refused, "COMBINATION_FORBIDDEN");
    assert.equal((await rung(refused)).detail, "would meet: read (asked for), write (asked for)");
    assertGranted(await ask("both-a", login(sub), { scope: "write" }));
    assertFault(await ask("both-a", login(sub), { scope: "read" }), "COMBINATION_FORBIDDEN");
  });

  test("of three rights lets any two meet", async () => {
    const sub = somebody();
    assertGranted(await ask("three-a", login(sub), { scope: "read" }));
    assertGranted(await ask("three-b", login(sub)));
    const refused = await ask("three-a", login(sub), { scope: "write" });
    assertFault(refused, "COMBINATION_FORBIDDEN");
    assert.equal((await rung(refused)).detail, "would meet: one (held), two (asked for), three (held)");
  });

  test("does not take a token for gone that its resource server goes on believing", async () => {
    for (const end of [(first) => gateway.post("/revoke", { token: first.access_token }, { auth: stage.auth }), (first) => gateway.kill("lease", first.dragoman_exchange)]) {
      const sub = somebody();
      const first = assertGranted(await ask("subject-a", login(sub)));
      assert.equal((await end(first)).status, 200);
      assertFault(await ask("subject-b", login(sub)), "COMBINATION_FORBIDDEN");
    }
  });

  test("lets the other right be had once the first was withdrawn, by a kill of whatever it stood on", async () => {
    for (const [kind, id] of [["lease", (first) => first.id], ["root", (first) => first.root], ["subject", (_, sub) => `corp-idp ${sub}`], ["target", () => "killed-a"]]) {
      const sub = somebody();
      const granted = await ask("killed-a", login(sub));
      assert.equal(granted.status, 200, granted.text);
      const first = await gateway.record(granted.json.dragoman_exchange);
      const again = () => login(sub, { iat: Math.floor(Date.now() / 1000) + 1 });
      assertFault(await ask("killed-b", again()), "COMBINATION_FORBIDDEN");
      assert.equal((await gateway.kill(kind, id(first, sub))).status, 200);
      if (kind === "subject" || kind === "target") assert.equal((await gateway.lift(kind, id(first, sub))).status, 200);
      await delay(1100); // what is issued within a second of a kill may be of before it
      const other = await ask("killed-b", again());
      assert.equal(other.status, 200, `${kind}: ${other.text}`);
    }
  });

  test("is not fooled by a kill of a target that is reached by another's name", async () => {
    const sub = somebody();
    assert.equal((await ask("namesake-reached", login(sub))).status, 200);
    assert.equal((await gateway.kill("target", "namesake-a")).status, 200);
    assertFault(await ask("namesake-b", login(sub)), "COMBINATION_FORBIDDEN");
    assert.equal((await gateway.lift("target", "namesake-a")).status, 200);
  });

  test("lets the other right be had once the first has expired, and not before the time it says", async () => {
    const [sub, careful] = [somebody(), somebody()];
    assertGranted(await ask("ended-a", login(sub)));
    assertGranted(await ask("within-a", login(careful)));
    assertFault(await ask("ended-b", login(sub)), "COMBINATION_FORBIDDEN");
    await delay(2100);
    assertGranted(await ask("ended-b", login(sub)));
    assertFault(await ask("within-b", login(careful)), "COMBINATION_FORBIDDEN");
  });

  test("holds nothing for a dry run, which is told what would happen", async () => {
    const sub = somebody(), before = held();
    assertDry(await ask("dry-a", login(sub), { dragoman_dry_run: "true" }));
    assert.equal(held(), before);
    assertGranted(await ask("dry-b", login(sub)));
    assertFault(await ask("dry-a", login(sub), { dragoman_dry_run: "true" }), "COMBINATION_FORBIDDEN");
    assertFault(await ask("dry-a", login(sub)), "COMBINATION_FORBIDDEN");
  });
  const assertDry = (answer) => assert.deepEqual([answer.status, answer.json.dragoman_dry_run], [200, true], answer.text);

  test("has those of one holder that come at once wait for each other, and none of them give up", async () => {
    const sessions = Array.from({ length: 4 }, () => gateway.http2());
    for (let round = 0; round < 6; round++) {
      const token = login(somebody());
      const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => ask("subject-a", token, {}, { over: sessions[i % 4] })));
      answers.forEach(assertGranted);
    }
    sessions.forEach((session) => session.close());
  });

  test("decides nothing on more than it may look at, for each holder", async () => {
    const sub = somebody();
    const first = assertGranted(await ask("once-a", login(sub)));
    for (let i = 0; i < 8; i++) assertGranted(await onwards("once-a", first.access_token)); // the last is the ninth, and eight were looked at
    assertFault(await ask("once-a", login(sub)), "HELD_TOO_MUCH");
    assertFault(await ask("once-b", login(sub)), "HELD_TOO_MUCH");
    assertGranted(await ask("once-a", login(somebody())));
  });
});

describe("what is held", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        documents.get("Domain/corp").spec.leavesFor.push("other");
        documents.get("Domain/partner").spec.leavesFor.push("other");
        for (const name of ["a", "b", "c", "d", "e", "f"]) documents.set(`Target/count-${name}`, target(`count-${name}`, name === "b" ? { domain: "other" } : {}));
        documents.set("Policy/counted", policy("counted", counted));
      },
    });
  });
  after(() => stage?.close());

  const login = (sub) => stage.userToken({ sub, scope: "read write" });
  const ask = (name, subject_token, form = {}, client = "orders-agent") => stage.exchange({ audience: `count-${name}`, subject_token, ...form }, { auth: stage.authOf(client) });

  test("by a subject is told to policies: how much, and for which targets", async () => {
    const sub = somebody();
    for (let i = 0; i < 3; i++) assertGranted(await ask("a", login(sub)));
    assertFault(await ask("a", login(sub)), "POLICY_DENIED");
    const other = somebody();
    assertGranted(await ask("b", login(other), { scope: "read" }));
    assertFault(await ask("a", login(other)), "POLICY_DENIED");
  });

  test("by an agent is told to policies, with its scopes", async () => {
    assertGranted(await ask("c", login(somebody()), {}, "partner-api"));
    assertGranted(await ask("b", login(somebody()), { scope: "write" }, "partner-api"));
    assertFault(await ask("c", login(somebody()), {}, "partner-api"), "POLICY_DENIED");
    assertGranted(await ask("c", login(somebody())));
  });

  test("in a tree is told to policies, with its domains", async () => {
    const root = assertGranted(await ask("b", login(somebody()), { scope: "read" }));
    assertFault(await ask("d", root.access_token, {}, "partner-api"), "POLICY_DENIED");
    assertGranted(await ask("d", login(somebody())));
  });

  test("is told beside how often something happened lately", async () => {
    const root = assertGranted(await ask("a", login(somebody())));
    assertGranted(await ask("e", root.access_token, {}, "partner-api"));
    assertFault(await ask("e", root.access_token, {}, "partner-api"), "POLICY_DENIED");
    assertGranted(await ask("e", login(somebody())));
    assertFault(await ask("f", login(somebody())), "POLICY_DENIED");
  });
});
