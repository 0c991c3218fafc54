// Combinations that come and go while credentials are live: what was issued before anybody asked what is held counts as
// well, whoever issued it; and where nobody asks, nothing is kept.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault, faults } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

const target = (name, spec = {}) => ({ kind: "Target", metadata: { name },
  spec: { domain: "partner", audiences: [name], scopes: ["read"], maximumLifetime: "5m", accepts: { issuers: ["corp-idp", "self"], clients: ["orders-agent", "partner-api"] }, resourceServer: "partner-api", ...spec } });
const combination = (spec = {}) => ({ kind: "Combination", metadata: { name: "apart" },
  spec: { rights: [{ name: "pay", targets: ["pay", "pay-briefly"] }, { name: "approve", targets: ["approve"] }], ...spec } });
const policy = { kind: "Policy", metadata: { name: "few" }, spec: { policies: `
permit(principal, action == Action::"exchange", resource);
forbid(principal, action == Action::"exchange", resource == Target::"elsewhere") when { context.held_by_subject.count >= 2 };` } };
const isPostgres = process.env.DRAGOMAN_STORE === "postgres";

let people = 0;
const somebody = () => `somebody-${++people}`;

describe("a combination that comes", () => {
  let stage, gateway, documents;
  before(async () => {
    stage = await Stage.open({
      edit: (all) => {
        for (const each of [target("pay"), target("approve"), target("elsewhere"), target("pay-briefly", { maximumLifetime: "2s" })]) all.set(`Target/${each.metadata.name}`, each);
        documents = all;
      },
    });
    ({ gateway } = stage);
  });
  after(() => stage?.close());
  afterEach(async () => {
    for (const path of ["Combination/apart", "Policy/few"]) await gateway.admin(`/v1/documents/${path}`, { method: "DELETE" });
  });

  const login = (sub) => stage.userToken({ sub, scope: "read" });
  const ask = (audience, sub, options) => stage.exchange({ audience, subject_token: login(sub) }, options);
  const onwards = (audience, token) => stage.exchange({ audience, subject_token: token }, { auth: stage.authOf("partner-api") });
  const rows = () => ["holding", "scope_version", "tally"].map((table) => Number(gateway.sql(`select count(*) from ${table}`)));
  const lookedThrough = () => gateway.events("holdings_looked_through").length;
  // Until it is known what was issued before, whoever asks is told to come again.
  const settled = (request) => until(async () => {
    const answer = await request();
    return answer.json.error_description === faults.HELD_UNKNOWN.sentence ? false : answer;
  }, "what was issued before is looked through");

  test("finds nothing kept by those who did not ask", async () => {
    for (const audience of ["pay", "approve", "elsewhere"]) assertGranted(await ask(audience, somebody()));
    assert.deepEqual(rows(), [0, 0, 0]);
    assert.equal(lookedThrough(), 0);
  });

  test("counts what was issued before it, for each holder", async () => {
    for (const holder of ["subject", "tree", "agent"]) {
      const [sub, other] = [somebody(), somebody()];
      const first = assertGranted(await ask("pay", sub));
      await gateway.apply(combination({ holder }));
      const second = () => (holder === "tree" ? onwards("approve", first.access_token) : ask("approve", sub));
      assertFault(await settled(second), "COMBINATION_FORBIDDEN");
      if (holder !== "agent") assertGranted(await ask("approve", other));
      assert.equal((await gateway.admin("/v1/documents/Combination/apart", { method: "DELETE" })).status, 200);
      assert.equal((await second()).status, 200, "nothing forbids it any more");
    }
  });

  test("keeps nothing more once it is gone, and counts what was issued meanwhile when it comes again", async () => {
    const sub = somebody();
    await gateway.apply(combination());
    await settled(() => ask("approve", somebody()));
    await gateway.admin("/v1/documents/Combination/apart", { method: "DELETE" });
    const before = rows();
    assertGranted(await ask("pay", sub));
    assert.deepEqual(rows(), before);
    await gateway.apply(combination());
    assertFault(await settled(() => ask("approve", sub)), "COMBINATION_FORBIDDEN");
    const times = lookedThrough();
    await gateway.apply(combination(), target("another")); // asks nothing new
    assertFault(await ask("approve", sub), "COMBINATION_FORBIDDEN");
    await delay(200);
    assert.equal(lookedThrough(), times);
  });

  test("and asks for longer, keeps what is held for longer", async () => {
    const sub = somebody();
    await gateway.apply(combination());
    assertGranted(await settled(() => ask("pay-briefly", sub)));
    await gateway.apply(combination({ within: "1h" }));
    assertFault(await settled(() => ask("approve", sub)), "COMBINATION_FORBIDDEN");
    await delay(3000);
    assertFault(await ask("approve", sub), "COMBINATION_FORBIDDEN");
  });

  test("is no more than a policy that asks what is held", async () => {
    const sub = somebody();
    for (const audience of ["pay", "approve"]) assertGranted(await ask(audience, sub));
    await gateway.apply(policy);
    assertFault(await settled(() => ask("elsewhere", sub)), "POLICY_DENIED");
    assertGranted(await ask("elsewhere", somebody()));
  });

  test("with another configuration is in force with the first exchange", async () => {
    const sub = somebody();
    assertGranted(await ask("pay", sub));
    await gateway.stop();
    gateway.writeDocuments([...documents.values(), combination()]);
    await gateway.start();
    assertFault(await ask("approve", sub), "COMBINATION_FORBIDDEN");
    assertGranted(await ask("approve", somebody()));
    await gateway.stop();
    gateway.writeDocuments([...documents.values()]);
    await gateway.start();
    assertGranted(await ask("approve", sub));
  });

  test("lets the rights meet while it is off, which the record and the log say", async () => {
    const sub = somebody();
    await gateway.apply(combination());
    assertGranted(await settled(() => ask("pay", sub)));
    assertFault(await settled(() => ask("approve", sub)), "COMBINATION_FORBIDDEN");
    const { changes } = await gateway.apply(combination({ enabled: false }));
    assert.equal(changes[0].enabled, false);
    assertGranted(await ask("approve", sub));
    const [change] = (await gateway.admin("/v1/records?limit=5")).json.records.filter(({ kind }) => kind === "document");
    assert.deepEqual(change.change.changes.map(({ name, enabled }) => [name, enabled]), [["apart", false]]);
    assert.equal((await until(() => gateway.events("combination_off").at(-1), "the log warns")).name, "apart");
  });

  if (!isPostgres) return;

  // What another gateway still issued by the documents before is missing like this.
  test("looks again a little later", async () => {
    const sub = somebody();
    assertGranted(await ask("pay", sub));
    await gateway.apply(combination());
    assertFault(await settled(() => ask("approve", sub)), "COMBINATION_FORBIDDEN");
    const times = lookedThrough();
    gateway.sql("delete from holding");
    await until(() => lookedThrough() > times, "it is looked through once more");
    assertFault(await ask("approve", sub), "COMBINATION_FORBIDDEN");
  });

  test("has those who ask wait, and nobody else", async () => {
    const sub = somebody();
    assertGranted(await ask("pay", sub));
    const { program, args } = stage.postgres.session();
    const holder = spawn(program, [...args, "-c", "begin; lock table holding in access exclusive mode; select pg_sleep(2); commit"], { stdio: "ignore" });
    const ended = new Promise((done) => holder.on("exit", done));
    await until(() => gateway.sql("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'holding'::regclass and granted") === "1", "the table is locked");
    await gateway.apply(combination());
    assertFault(await ask("approve", sub), "HELD_UNKNOWN");
    assertGranted(await ask("elsewhere", sub));
    await ended;
    assertFault(await settled(() => ask("approve", sub)), "COMBINATION_FORBIDDEN");
  });
});
