// Applying documents as a team and as an operator: what would change is said first, what the files do not hold any more is
// removed when asked to, and no target goes with live leases unless they are to go as well.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { faults } from "./kit/faults.js";
import { assertGranted } from "./kit/stage.js";
import { TeamStage, team } from "./kit/team.js";

describe("applying as a team", () => {
  let teams, gateway;
  before(async () => {
    teams = await TeamStage.open();
    gateway = teams.gateway;
    await teams.logInAll("ann", "olga");
  });
  after(() => teams?.close());

  const names = async () => (await gateway.admin("/v1/documents")).json.items.filter((item) => item.source === "store").map((item) => `${item.kind}/${item.name}`).sort();
  const exchange = (name) => teams.stage.exchange({ audience: `https://${name}.example` });
  const isActive = async (granted) => (await gateway.post("/introspect", { token: granted.access_token }, { auth: teams.stage.auth })).json.active;
  const records = async () => (await gateway.admin("/v1/records?limit=500")).json.records.length;

  // Names of their own for each test: what one has ended ends a little of what comes right after, too.
  let round = 0, a, b, c, other, start;
  beforeEach(async () => {
    round++;
    [a, b, c, other] = ["shop-a", "shop-b", "shop-c", "books-a"].map((name) => `${name}${round}`);
    start = [`Target/${other}`, `Target/${a}`, `Target/${b}`, "Team/books", "Team/platform", "Team/shop"];
    await gateway.apply(team("shop", "shop-devs"), team("books", "books-devs"), team("platform", "platform-ops", { operator: true }));
    const files = teams.file("reset.yaml", team("shop", "shop-devs"), team("books", "books-devs"), team("platform", "platform-ops", { operator: true }), teams.target(a, "shop"), teams.target(b, "shop"), teams.target(other, "books"));
    const done = await gateway.cli(["apply", "--prune", "--all", "--cascade", "-f", files]);
    assert.equal(done.code, 0, done.errors);
  });

  test("a dry run says what would change and changes nothing", async () => {
    const path = teams.file("plan.yaml", teams.target(a, "shop", { maximumLifetime: "1m", scopes: ["orders:write"] }), teams.target(c));
    const granted = assertGranted(await exchange(b));
    const before = (await gateway.admin("/v1/documents")).text, count = await records();
    const planned = await teams.as("ann", ["apply", "--dry-run", "--prune", "-f", path]);
    assert.equal(planned.code, 0, planned.errors);
    assert.match(planned.output, /^CHANGE\s+KIND\s+NAME\s+TEAM\s+WHAT/);
    assert.match(planned.output, /changed\s+Target\s+shop-a\d+\s+shop\s+spec\.scopes: \["orders:read"\] -> \["orders:write"\]\nchanged\s+Target\s+shop-a\d+\s+shop\s+spec\.maximumLifetime: \+ "1m"/);
    assert.match(planned.output, /created\s+Target\s+shop-c\d+\s+shop/);
    assert.match(planned.output, /removed\s+Target\s+shop-b\d+\s+shop\s+1 live lease until .*needs --cascade/);
    assert.doesNotMatch(planned.output, /books/);
    assert.equal((await gateway.admin("/v1/documents")).text, before);
    assert.equal(await records(), count);
    assert.equal((await exchange(c)).status, 400);
    assert.equal(await isActive(granted), true);
  });

  test("pruning removes what the files do not hold, of the caller's team alone", async () => {
    const path = teams.file("prune.yaml", teams.target(a), teams.target(c));
    const done = await teams.as("ann", ["apply", "--prune", "-f", path]);
    assert.equal(done.code, 0, done.errors);
    assert.match(done.output, /Target\/shop-b\d+ removed/);
    assert.deepEqual(await names(), [`Target/${other}`, `Target/${a}`, `Target/${c}`, ...start.slice(3)]);
  });

  test("and happens with all of it or not at all", async () => {
    assertGranted(await exchange(b));
    const refused = await teams.as("ann", ["apply", "--prune", "-f", teams.file("prune.yaml", teams.target(a), teams.target(c))]);
    assert.equal(refused.code, 1);
    assert.match(refused.errors, /target_has_leases/);
    assert.match(refused.errors, /Target\/shop-b\d+ has 1 live lease/);
    assert.deepEqual(await names(), start);
    const taken = await teams.as("ann", ["apply", "--prune", "--team", "books", "-f", teams.file("prune.yaml", teams.target(a))]);
    assert.match(taken.errors, /right 'delete' for team\s+books/);
    const wrong = await teams.as("ann", ["apply", "--prune", "-f", teams.file("prune.yaml", teams.target(a, undefined, { domain: "nowhere" }))]);
    assert.equal(wrong.code, 1);
    assert.deepEqual(await names(), start);
  });

  test("whoever may remove everything says whose is meant", async () => {
    const path = teams.file("one.yaml", teams.target(a, "shop"));
    for (const run of [(args) => teams.as("olga", args), (args) => gateway.cli(args)]) {
      const vague = await run(["apply", "--prune", "-f", path]);
      assert.equal(vague.code, 1);
      assert.match(vague.errors, /Say whose documents/);
      assert.deepEqual(await names(), start);
    }
    assert.equal((await teams.as("olga", ["apply", "--prune", "--team", "shop", "-f", path])).code, 0);
    assert.deepEqual(await names(), start.filter((name) => name !== `Target/${b}`));
    assert.equal((await gateway.cli(["apply", "--prune", "--team", "books", "-f", path])).code, 0);
    assert.deepEqual(await names(), start.filter((name) => !/shop-b|books-a/.test(name)));
    assert.equal((await gateway.cli(["apply", "--team", "books", "-f", path])).code, 2);
  });

  test("a target with live leases goes only together with them", async () => {
    const granted = assertGranted(await exchange(b)), kept = assertGranted(await exchange(a));
    const answer = await teams.call(`/v1/documents/Target/${b}`, { person: "ann", method: "DELETE" });
    assert.equal(answer.status, 409, answer.text);
    assert.equal(answer.json.title, faults.TARGET_HAS_LEASES.reason);
    assert.match(answer.json.detail, new RegExp(`1 live lease, the last until ${new Date(granted.claims.exp * 1000).toISOString().slice(0, 19)}`));
    assert.equal(await isActive(granted), true);
    const done = await teams.as("ann", ["delete", "target", b, "--cascade"]);
    assert.equal(done.code, 0, done.errors);
    assert.equal(await isActive(granted), false);
    assert.equal(await isActive(kept), true);
    const { json: lease } = await gateway.admin(`/v1/leases/${granted.dragoman_exchange}`);
    assert.deepEqual([lease.state, lease.killed_by.kind], ["killed", "target"]);
    await gateway.apply(teams.target(b, "shop"));
    assert.equal(await isActive(granted), false, "what was ended stays so when the name comes again");
  });

  test("and one whose leases were all killed goes without further words", async () => {
    const granted = assertGranted(await exchange(b));
    await gateway.kill("lease", granted.dragoman_exchange);
    assert.equal((await teams.as("ann", ["delete", "target", b])).code, 0);
  });

  test("adapters are asked before anything changes, and their mistakes told in the file's lines", async () => {
    const bad = teams.file("vault.yaml", ["kind: Target", `metadata: {name: ${c}}`, "spec:", "  domain: partner", `  audiences: [https://${c}.example]`, "  adapter: vault",
      "  settings:", "    scheme: Bearer", "    header: Content-Type", "  accepts: {issuers: [corp-idp], clients: [orders-agent]}", ""].join("\n"), teams.target(a, undefined, { maximumLifetime: "1m" }));
    for (const args of [["apply"], ["apply", "--dry-run"]]) {
      const told = await teams.as("ann", [...args, "-f", bad]);
      assert.equal(told.code, 1);
      assert.match(told.errors, /:9:13: spec\.settings\/header: expected the name of a header/);
    }
    assert.deepEqual(await names(), start);
    const egress = { egress: { upstream: "https://api.vendor.example", adapter: "vault", settings: { keys: "mine" } } };
    assert.match((await teams.as("ann", ["apply", "-f", teams.file("egress.yaml", teams.target(c, undefined, egress))])).errors, /spec\.egress\.settings\/keys: expected either, own or shared/);
    const waived = await teams.as("olga", ["apply", "--without-validation", "-f", teams.file("egress.yaml", teams.target(c, "shop", egress))]);
    assert.equal(waived.code, 0, waived.errors);
  });

  test("secrets are handed over for a team's own targets alone", async () => {
    const vault = (name, owner) => teams.target(name, owner, { adapter: "vault" });
    await gateway.apply(vault(c, "shop"), vault(`${other}-vault`, "books"));
    const hand = (name, method, body) => teams.http.send(`/v1/connections/${name}`, { method, headers: { authorization: `Bearer ${teams.session("ann")}` }, body });
    const key = JSON.stringify({ answers: { key: "a-vendor-key-of-some-length" } });
    for (const [method, body] of [["GET"], ["POST", key], ["DELETE"]]) {
      const refused = await hand(`${other}-vault`, method, body);
      assert.deepEqual([refused.status, refused.json.title], [403, "admin_right_missing"], method);
    }
    const kept = await hand(c, "POST", key);
    assert.equal(kept.status, 200, kept.text);
    const record = (await gateway.admin("/v1/records?limit=50")).json.records.find((one) => one.kind === "connection");
    assert.deepEqual([record.client_method, record.agent.sub, record.change.target], ["admin_session", "ann", c]);
    await gateway.apply(team("shop", "shop-devs", { kinds: ["Client"] }));
    for (const [method, body] of [["POST", key], ["DELETE"]])
      assert.equal((await hand(c, method, body)).status, 403, "of a kind that the team may not change");
    assert.equal((await hand(c, "GET")).status, 200);
  });

  test("what one team handed over, and what came of it, is not for another that takes the name once it is free", async () => {
    const name = `${c}-keys`, key = "a-key-of-the-shop-0123456789";
    const vault = (owner) => teams.target(name, owner, { adapter: "vault", audiences: [`https://${name}-${owner}.example`] });
    const ask = (owner) => teams.stage.exchange({ audience: `https://${name}-${owner}.example` });
    const hand = (person, method, body) => teams.http.send(`/v1/connections/${name}`, { method, headers: { authorization: `Bearer ${teams.session(person)}` }, body });
    assert.equal((await teams.as("ann", ["apply", "-f", teams.file("keys.yaml", vault("shop"))])).code, 0);
    assert.equal((await hand("ann", "POST", JSON.stringify({ answers: { key } }))).status, 200);
    const given = await ask("shop");
    assert.equal(given.json.access_token, key);
    assert.equal((await teams.as("ann", ["delete", "target", name, "--cascade"])).code, 0);
    await teams.logInAll("ben");
    const taken = await teams.as("ben", ["apply", "-f", teams.file("keys.yaml", vault("books"))]);
    assert.equal(taken.code, 0, taken.errors);
    assert.deepEqual((await hand("ben", "GET")).json.asks.kept, []);
    const refused = await ask("books");
    assert.ok(!refused.text.includes(key));
    for (const path of ["records", "leases", "trace"])
      assert.equal((await teams.call(`/v1/${path}/${given.json.dragoman_exchange}`, { person: "ben" })).status, 404, path);
    assert.equal((await teams.call(`/v1/kills?kind=lease&id=${given.json.dragoman_exchange}`, { person: "ben", method: "POST" })).status, 403);
    const { records } = (await teams.call("/v1/records?limit=500", { person: "ben" })).json;
    assert.deepEqual(records.filter((one) => one.target === name).map((one) => one.id), [refused.json.dragoman_exchange]);
    assert.equal(refused.json.error_description, `${faults.ADAPTER_REFUSED.sentence} No key is kept for this subject at this target.`);
  });

  test("nothing goes unvalidated but for operators, which is recorded", async () => {
    const path = teams.file("quick.yaml", teams.target(a, "shop", { maximumLifetime: "2m" }));
    assert.match((await teams.as("ann", ["apply", "--without-validation", "-f", path])).errors, /which\s+is\s+for\s+operators/);
    assert.equal((await teams.as("olga", ["apply", "--without-validation", "-f", path])).code, 0);
    const change = (await gateway.admin("/v1/records?limit=50")).json.records.find((one) => one.kind === "document");
    assert.equal(change.change.without_validation, true);
  });
});
