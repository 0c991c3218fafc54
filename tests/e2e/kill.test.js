// Taking back: a kill of each kind ends what stands on the thing, refuses what is new, touches nothing else, and says
// what it ended; leases are listed with what they stand on.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault, faults } from "./kit/faults.js";
import { assertionType, tokenType } from "./kit/gateway.js";
import { assertGranted, Stage } from "./kit/stage.js";

const files = "https://files.partner.example";

function assertProblem(answer, symbol) {
  assert.equal(`${answer.status} ${answer.json.title}`, `${faults[symbol].status} ${faults[symbol].reason}`, answer.text);
}

describe("a kill", () => {
  let stage, us, corp, cluster;
  before(async () => {
    // Without a margin, so that what was lifted works at once.
    stage = await Stage.open({ gateway: { kills: { clockMargin: "0s" } }, edit: (documents) => {
      documents.get("Target/partner-files").spec.accepts.clients.push("stranger");
      documents.get("Target/partner-files").spec.accepts.issuers.push("cluster");
      documents.get("Target/partner-orders").spec.accepts.clients.push("stranger");
      documents.get("Target/partner-files").metadata.team = "files-team";
      documents.set("Team/files-team", { kind: "Team", metadata: { name: "files-team" }, spec: {} });
    } });
    us = stage.gateway.issuer;
    corp = stage.corp.identifier;
    cluster = stage.cluster.identifier;
  });
  after(() => stage?.close());

  const kill = async (kind, id, parameters = {}) => {
    const answer = await stage.gateway.kill(kind, id, parameters);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const lift = (kind, id) => stage.gateway.lift(kind, id);
  const issue = async (changes, options) => assertGranted(await stage.exchange(changes, options));
  // Its platform gives it a new token each time, from after the kills before.
  const asAgent = async (changes, token = stage.platformToken({ iat: Math.floor(Date.now() / 1000) + 2 })) => assertGranted(await stage.exchangeAsAgent(changes, token));
  // What the partner's server makes of a token it was shown, to call the file server with.
  const onwards = (token, changes = {}) => stage.exchange({ subject_token: token, audience: files, scope: undefined, ...changes }, { auth: stage.authOf("partner-api") });
  // As its resource server sees it, or whoever obtained it.
  const isActive = async ({ access_token: token }, auth = stage.auth) => (await stage.gateway.post("/introspect", { token }, { auth })).json.active;
  const assertAlive = async (granted, auth) => assert.equal(await isActive(granted, auth), true);
  const assertDead = async (granted, auth) => assert.equal(await isActive(granted, auth), false);
  const asked = () => stage.authOf("partner-api");

  test("of a root ends its tree: what was made of it, its tasks, and the login itself", async () => {
    const login = stage.userToken(), other = stage.userToken();
    const first = await issue({ subject_token: login });
    const task = await issue({ subject_token: login, dragoman_task: "quarterly" });
    const second = assertGranted(await onwards(first.access_token));
    const bystander = await issue({ subject_token: other });
    assert.notEqual(task.claims.txn, first.claims.txn);
    const answer = await kill("root", first.claims.txn, { reason: "INC-1" });
    assert.deepEqual([answer.in_effect, answer.stands, answer.dry_run], [true, false, false]);
    await assertDead(first);
    await assertDead(task);
    await assertDead(second, asked());
    assertFault(await stage.exchange({ subject_token: login }), "TOKEN_REVOKED");
    assertFault(await stage.exchange({ subject_token: login, dragoman_task: "quarterly" }), "TOKEN_REVOKED");
    assertFault(await onwards(first.access_token), "TOKEN_REVOKED");
    await assertAlive(bystander);
    assertGranted(await stage.exchange({ subject_token: other }));
    const record = await stage.gateway.record(answer.record);
    assert.deepEqual([record.kind, record.outcome, record.change], ["kill", "done", { kind: "root", id: first.claims.txn, stands: false, reason: "INC-1" }]);
    assertProblem(await lift("root", first.claims.txn), "KILL_FOR_GOOD");
  });

  test("of a task's root ends that branch alone", async () => {
    const login = stage.userToken();
    const trunk = await issue({ subject_token: login }), branch = await issue({ subject_token: login, dragoman_task: "branch" });
    await kill("root", branch.claims.txn);
    await assertDead(branch);
    assertFault(await stage.exchange({ subject_token: login, dragoman_task: "branch" }), "TOKEN_REVOKED");
    await assertAlive(trunk);
    await issue({ subject_token: login, dragoman_task: "another" });
  });

  test("of a lease ends it and what was made from it, and not its siblings", async () => {
    const login = stage.userToken();
    const first = await issue({ subject_token: login }), sibling = await issue({ subject_token: login });
    const second = assertGranted(await onwards(first.access_token));
    await kill("lease", first.dragoman_exchange);
    await assertDead(first);
    await assertDead(second, asked());
    assertFault(await onwards(first.access_token), "TOKEN_REVOKED");
    await assertAlive(sibling);
    assertGranted(await onwards(sibling.access_token));
  });

  test("of an agent of a platform ends what it got and refuses it, not its class", async () => {
    const name = `${cluster} system:serviceaccount:agents:billing`;
    const granted = await asAgent();
    const second = assertGranted(await onwards(granted.access_token));
    await kill("agent", name);
    await assertDead(granted, asked());
    await assertDead(second, asked());
    assertFault(await stage.exchangeAsAgent(), "ACTOR_BARRED");
    assert.equal((await lift("agent", name)).status, 200);
    await asAgent();
    await assertDead(granted, asked());
  });

  test("of an agent leaves the platform token that it had refused, when it is lifted as when it was of the past alone", async () => {
    const name = `${cluster} system:serviceaccount:agents:billing`, stolen = stage.platformToken();
    await asAgent({}, stage.platformToken({ iat: Math.floor(Date.now() / 1000) + 2 }));
    await kill("agent", name);
    assert.equal((await lift("agent", name)).status, 200);
    assertFault(await stage.exchangeAsAgent({}, stolen), "ACTOR_BARRED");
    await asAgent();
    await kill("agent", name, { past_only: true });
    assertFault(await stage.exchangeAsAgent({}, stolen), "ACTOR_BARRED");
    await asAgent();
  });

  test("of an agent that acts for itself ends what it got, though no act names it", async () => {
    const own = stage.platformToken({ iat: Math.floor(Date.now() / 1000) + 2 });
    const granted = await asAgent({ subject_token: own, subject_token_type: tokenType("jwt"), audience: files, scope: undefined }, own);
    const isActiveToItself = async () => (await stage.gateway.post("/introspect", { token: granted.access_token, client_assertion_type: assertionType, client_assertion: own })).json.active;
    assert.equal(granted.claims.act, undefined);
    assert.equal(await isActiveToItself(), true);
    await kill("agent", `${cluster} system:serviceaccount:agents:billing`, { past_only: true });
    assert.equal(await isActiveToItself(), false);
  });

  test("of an agent ends what it obtained for another actor, too", async () => {
    const name = `${cluster} system:serviceaccount:agents:billing`;
    const actor = { actor_token: stage.userToken({ sub: "bot" }), actor_token_type: tokenType("access_token") };
    const granted = await asAgent(actor);
    assert.deepEqual(granted.claims.act, { iss: corp, sub: "bot" });
    await kill("agent", name, { past_only: true });
    await assertDead(granted, asked());
  });

  test("of an agent refuses it also when it calls for another actor, and so does one of its issuer", async () => {
    const name = `${cluster} system:serviceaccount:agents:billing`;
    const actor = () => ({ actor_token: stage.userToken({ sub: "bot" }), actor_token_type: tokenType("access_token") });
    await kill("agent", name);
    assertFault(await stage.exchangeAsAgent(actor()), "ACTOR_BARRED");
    assert.equal((await lift("agent", name)).status, 200);
    const granted = await asAgent(actor());
    await kill("issuer", cluster, { past_only: true });
    await assertDead(granted, asked());
  });

  test("of a client ends what was made of what it got for another actor", async () => {
    const actor = { actor_token: stage.userToken({ sub: "bot" }), actor_token_type: tokenType("access_token") };
    const second = assertGranted(await onwards((await issue(actor)).access_token));
    assert.ok(!JSON.stringify(second.claims.act).includes("orders-agent"));
    await kill("client", "orders-agent", { past_only: true });
    await assertDead(second, asked());
  });

  test("of an issuer refuses tokens of others that name an actor of its", async () => {
    const subject_token = stage.userToken({ act: { iss: cluster, sub: "carrier" } });
    await issue({ subject_token });
    await kill("issuer", "cluster");
    assertFault(await stage.exchange({ subject_token }), "TOKEN_REVOKED");
    assert.equal((await lift("issuer", "cluster")).status, 200);
  });

  test("of an actor leaves its older logins refused after the lift", async () => {
    const actor = (claims) => ({ actor_token: stage.userToken({ sub: "sleeper", ...claims }), actor_token_type: tokenType("access_token") });
    const old = actor();
    await kill("agent", `${corp} sleeper`);
    assert.equal((await lift("agent", `${corp} sleeper`)).status, 200);
    assertFault(await stage.exchange(old), "ACTOR_BARRED");
    await issue(actor({ iat: Math.floor(Date.now() / 1000) + 2 }));
  });

  test("of an actor named by an actor token ends what it acted for", async () => {
    const actor = { actor_token: stage.userToken({ sub: "courier" }), actor_token_type: tokenType("access_token") };
    const granted = await issue(actor), bystander = await issue();
    await kill("agent", `corp-idp courier`);
    await assertDead(granted);
    assertFault(await stage.exchange(actor), "ACTOR_BARRED");
    await assertAlive(bystander);
    assert.equal((await lift("agent", `${corp} courier`)).status, 200);
  });

  test("of the tree an actor's login began ends what it acted for", async () => {
    const login = stage.userToken({ sub: "walker" });
    const actor = { actor_token: login, actor_token_type: tokenType("access_token") };
    const granted = await issue(actor);
    const own = await issue({ subject_token: login });
    await kill("root", own.claims.txn);
    await assertDead(granted);
    assertFault(await stage.exchange(actor), "TOKEN_REVOKED");
  });

  test("of a subject refuses every login it has, until it is lifted", async () => {
    const login = stage.userToken({ sub: "mallory" });
    const granted = await issue({ subject_token: login }), bystander = await issue();
    const second = assertGranted(await onwards(granted.access_token));
    await kill("subject", `${corp} mallory`);
    await assertDead(granted);
    await assertDead(second, asked());
    for (const token of [login, stage.userToken({ sub: "mallory" })]) assertFault(await stage.exchange({ subject_token: token }), "TOKEN_REVOKED");
    await assertAlive(bystander);
    assert.equal((await lift("subject", "corp-idp mallory")).status, 200);
    await assertDead(granted);
    assertFault(await stage.exchange({ subject_token: login }), "TOKEN_REVOKED");
    const later = stage.userToken({ sub: "mallory", iat: Math.floor(Date.now() / 1000) + 2 });
    await issue({ subject_token: later });
  });

  test("of a client ends what it got and what was made of that, and refuses it", async () => {
    const granted = await issue(), bystander = await asAgent();
    const second = assertGranted(await onwards(granted.access_token));
    await kill("client", "orders-agent");
    await assertDead(granted, asked());
    await assertDead(second, asked());
    assertFault(await stage.exchange(), "ACTOR_BARRED");
    assertFault(await onwards(granted.access_token), "TOKEN_REVOKED");
    await assertAlive(bystander, asked());
    assert.equal((await lift("client", "orders-agent")).status, 200);
    await issue();
    await assertDead(granted, asked());
  });

  test("of a client refuses what others are to carry on for it, also by another issuer's word", async () => {
    const carried = () => stage.userToken({ act: { iss: us, sub: "orders-agent" }, iat: Math.floor(Date.now() / 1000) + 2 }); // after the kills above
    const granted = await issue({ subject_token: carried() }, { auth: stage.authOf("stranger") });
    await kill("client", "orders-agent");
    await assertDead(granted, asked());
    assertFault(await stage.exchange({ subject_token: carried() }, { auth: stage.authOf("stranger") }), "TOKEN_REVOKED");
    assert.equal((await lift("client", "orders-agent")).status, 200);
  });

  test("of whoever is named in foreign tokens is remembered for longer than any of these is accepted", async () => {
    for (const [kind, id, days] of [["subject", `${corp} nobody-yet`, 400], ["agent", `${corp} nobody-yet`, 400], ["client", "stranger", 31]]) {
      await kill(kind, id, { past_only: true });
      const { json: { kills: [row] } } = await stage.gateway.admin("/v1/kills?limit=1");
      assert.equal(row.kept_until - row.reaches, days * 86400);
      await kill(kind, id);
      assert.equal((await lift(kind, id)).status, 200);
      const { json: { kills: [lifted] } } = await stage.gateway.admin("/v1/kills?limit=1");
      assert.ok(lifted.kept_until - lifted.reaches >= days * 86400);
    }
  });

  test("of a client that only carried a token onwards ends what it made of it", async () => {
    const first = await issue();
    const second = assertGranted(await onwards(first.access_token));
    await kill("client", "partner-api", { past_only: true });
    await assertAlive(first);
    await assertDead(second, asked());
  });

  test("of an agent class is a kill of its client id", async () => {
    const granted = await asAgent();
    await kill("client", "billing-agents");
    await assertDead(granted, asked());
    assertFault(await stage.exchangeAsAgent(), "ACTOR_BARRED");
    assert.equal((await lift("client", "billing-agents")).status, 200);
    await asAgent();
  });

  test("of an issuer ends what its people and agents hold and believes it no more", async () => {
    const granted = await asAgent(), bystander = await issue();
    await kill("issuer", "cluster");
    await assertDead(granted, asked());
    assertFault(await stage.exchangeAsAgent(), "ACTOR_BARRED"); // it vouches for the agent, not for the token's subject
    await assertAlive(bystander);
    assert.equal((await lift("issuer", cluster)).status, 200);
    await asAgent();
    await assertDead(granted, asked());
    const mine = await issue();
    await kill("issuer", corp);
    await assertDead(mine);
    assertFault(await stage.exchange(), "TOKEN_REVOKED");
    assert.equal((await lift("issuer", "corp-idp")).status, 200);
    await issue();
  });

  test("of a target ends what is for it and what was made of that", async () => {
    const first = await issue(), bystander = await issue({ audience: files, scope: "files:read" });
    const second = assertGranted(await onwards(first.access_token));
    await kill("target", "partner-orders");
    await assertDead(first);
    await assertDead(second, asked());
    assertFault(await stage.exchange(), "TARGET_BARRED");
    assertFault(await onwards(first.access_token), "TOKEN_REVOKED");
    await assertAlive(bystander);
    assert.equal((await lift("target", "https://api.partner.example")).status, 200);
    await issue();
    await assertDead(first);
  });

  test("of a team ends what its clients got and what is for its targets", async () => {
    const granted = await issue(), bystander = await issue({}, { auth: stage.authOf("stranger") });
    await kill("team", "payments");
    await assertDead(granted, asked());
    assertFault(await stage.exchange(), "ACTOR_BARRED"); // the caller's own team
    await assertAlive(bystander, stage.authOf("stranger"));
    assert.equal((await lift("team", "payments")).status, 200);
    await issue();
    const file = await issue({ audience: files, scope: "files:read" });
    await kill("team", "files-team");
    await assertDead(file);
    await issue();
    assertFault(await stage.exchange({ audience: files, scope: "files:read" }), "TARGET_BARRED");
    assert.equal((await lift("team", "files-team")).status, 200);
  });

  test("of an adapter ends everything it minted", async () => {
    const granted = await issue();
    await kill("adapter", "jwt");
    await assertDead(granted);
    assertFault(await stage.exchange(), "TARGET_BARRED");
    assert.equal((await lift("adapter", "jwt")).status, 200);
    await issue();
  });

  test("of the past alone bars nothing", async () => {
    const granted = await issue();
    const answer = await kill("client", "orders-agent", { past_only: true });
    assert.equal(answer.stands, false);
    assert.equal(answer.issues_from, answer.at + 1);
    await assertDead(granted, asked());
    await assertAlive(await issue());
    assertProblem(await lift("client", "orders-agent"), "KILL_NOT_STANDING");
  });

  test("of the past of what is barred says that the bar stands, and takes nothing from it", async () => {
    await kill("client", "orders-agent", { reason: "stolen" });
    const answer = await kill("client", "orders-agent", { past_only: true, reason: "again" });
    assert.equal(answer.stands, true);
    assert.equal(answer.issues_from, undefined);
    assertFault(await stage.exchange(), "ACTOR_BARRED");
    assert.equal((await lift("client", "orders-agent")).json.stands, false);
    const { json: { kills: [bar, past] } } = await stage.gateway.admin("/v1/kills?limit=3");
    assert.deepEqual([bar.reason, past.reason, bar.stands, past.stands], ["stolen", "again", false, false]);
    await issue();
  });

  test("is remembered with its reason and its record beside the lift's", async () => {
    const killed = await kill("client", "orders-agent", { reason: "stolen" });
    const lifted = (await stage.gateway.lift("client", "orders-agent", { reason: "key replaced" })).json;
    const { json: { kills: [row] } } = await stage.gateway.admin("/v1/kills?limit=1");
    assert.deepEqual([row.reason, row.record, row.at], ["stolen", killed.record, killed.at]);
    assert.deepEqual(row.lifted, { at: lifted.at, reason: "key replaced", record: lifted.record });
    await issue();
  });

  test("is named to whom it ended by its time and its record, the first of several", async () => {
    const granted = await issue();
    const first = await kill("client", "orders-agent", { past_only: true });
    await kill("root", granted.claims.txn);
    await kill("target", "partner-orders", { past_only: true });
    const { json: lease } = await stage.gateway.admin(`/v1/leases/${granted.dragoman_exchange}`);
    assert.deepEqual(lease.killed_by, { kind: "client", id: "orders-agent", at: first.at, record: first.record });
  });

  test("of a lease finds none by the id of a refusal or of a kill", async () => {
    const refused = await stage.exchange({ audience: "https://nobody.example" });
    assertProblem(await stage.gateway.kill("lease", refused.json.dragoman_exchange), "KILL_UNKNOWN");
    const { record } = await kill("client", "orders-agent", { past_only: true });
    assertProblem(await stage.gateway.kill("lease", record), "KILL_UNKNOWN");
  });

  test("says to a client within the margin when it may ask again", async () => {
    const other = await Stage.open({ gateway: { kills: { clockMargin: "5s" } } });
    try {
      const killed = await other.gateway.kill("client", "orders-agent");
      const lifted = await other.gateway.lift("client", "orders-agent");
      assert.ok(lifted.json.issues_from - killed.json.at >= 5 && lifted.json.issues_from - killed.json.at <= 7, lifted.text);
    } finally {
      await other.close();
    }
  });

  test("ends what another gateway issued whose clock is ahead by up to the margin", async () => {
    const other = await Stage.open();
    try {
      const answer = await other.gateway.kill("client", "orders-agent", { past_only: true });
      assert.equal(answer.status, 200, answer.text);
      assertFault(await other.exchange(), "ACTOR_BARRED");
      await new Promise((resolve) => setTimeout(resolve, 1100));
      assertGranted(await other.exchange());
    } finally {
      await other.close();
    }
  });

  test("of something nobody knows is refused, unless somebody insists", async () => {
    for (const [kind, id] of [["root", "nothing"], ["lease", "01KAQZ3M5W8Y0E6T2R4V7N9B1C"], ["client", "ordrs-agent"], ["issuer", "https://x.example"], ["issuer", us],
      ["target", "x"], ["team", "x"], ["adapter", "x"], ["agent", "https://x.example y"], ["client", ""]])
      assertProblem(await stage.gateway.kill(kind, id), "KILL_UNKNOWN");
    for (const id of ["alice", " alice", "corp-idp "]) assertProblem(await stage.gateway.kill("subject", id), "KILL_NAME");
    for (const kind of ["", "key", "world"]) assertProblem(await stage.gateway.kill(kind, "x"), "KILL_KIND");
    await kill("client", "gone-agent", { force: true });
    assert.equal((await lift("client", "gone-agent")).status, 200);
    assertProblem(await lift("client", "gone-agent"), "KILL_NOT_STANDING");
  });

  test("holds after a restart", async () => {
    const granted = await issue();
    await kill("client", "orders-agent", { reason: "restart" });
    await stage.gateway.stop();
    await stage.gateway.start();
    await assertDead(granted, asked());
    assertFault(await stage.exchange(), "ACTOR_BARRED");
    assert.equal((await lift("client", "orders-agent")).status, 200);
    await issue();
  });

  test("refuses exchanges that were decided before it and not yet recorded", async () => {
    const http2 = stage.gateway.http2();
    for (let round = 0; round < 10; round++) {
      const login = stage.userToken();
      const root = (await issue({ subject_token: login })).claims.txn;
      const race = Array.from({ length: 64 }, () => stage.exchange({ subject_token: login }, { over: http2 }));
      await kill("root", root);
      for (const answer of await Promise.all(race)) {
        if (answer.status !== 200) assertFault(answer, "TOKEN_REVOKED");
        else await assertDead(answer.json);
      }
    }
    http2.close();
  });

  describe("on the command line", () => {
    const cli = (...args) => stage.gateway.cli(args);

    test("says beforehand what would be dead and changes nothing", async () => {
      const login = stage.userToken({ sub: "carol" });
      const granted = await issue({ subject_token: login });
      const planned = await cli("kill", "subject", corp, "carol", "--dry-run");
      assert.equal(planned.code, 0, planned.errors);
      assert.match(planned.output, /would kill subject .* carol\n  1 credential would be dead/);
      assert.ok(planned.output.includes(granted.dragoman_exchange), planned.output);
      await assertAlive(granted);
      await issue({ subject_token: login });
    });

    test("prints what died, until when it may be believed elsewhere, and how to lift", async () => {
      const login = stage.userToken({ sub: "dave" });
      const granted = [await issue({ subject_token: login }), await issue({ subject_token: login })];
      await kill("lease", granted[1].dragoman_exchange, { reason: "leaked" });
      const killed = await cli("kill", "subject", `${corp} dave`, "--reason", "laptop stolen");
      assert.equal(killed.code, 0, killed.errors);
      assert.match(killed.output, /killed subject .* dave\n[^]*  1 credential dead/);
      assert.match(killed.output, /refused here since .* within 2 s/);
      assert.match(killed.output, /a verifier that never asks may believe the last of them until .*\(in \d+ min/);
      assert.match(killed.output, /1 more stand on it and were dead already: dragoman lease list --all subject '.* dave'/);
      assert.match(killed.output, new RegExp(`${granted[0].dragoman_exchange} +killed +(now|\\d s ago): subject +dave +orders-agent +partner-orders +in \\d`));
      assert.ok(!killed.output.includes(granted[1].dragoman_exchange), killed.output);
      assert.match((await cli("kill", "subject", `${corp} dave`)).output, / 0 credentials dead[^]*2 more stand on it and were dead already/);
      assert.match((await cli("lease", "list", "--all", "subject", `${corp} dave`)).output, new RegExp(`${granted[1].dragoman_exchange} +killed +(now|\\d s ago): lease`));
      const shown = await cli("lease", "show", granted[1].dragoman_exchange);
      assert.match(shown.output, /killed +20.* UTC[^]*with +lease [^]*record +\w{26}\nbecause +leaked/);
      const listed = await cli("kill", "list");
      assert.match(listed.output, /subject +.* dave +(now|\d s ago) +barred +laptop stolen/);
      assert.match(listed.output, new RegExp(`lease +${granted[1].dragoman_exchange} +(now|\\d s ago) +ended`));
      const lifted = await cli("lift", "subject", "corp-idp", "dave", "-o", "json");
      assert.equal(JSON.parse(lifted.output).lifted, true);
      assert.match((await cli("kill", "list")).output, /subject +.* dave .*lifted (now|\d s ago) +laptop stolen/);
    });

    test("says from when on something may be issued again, and shows kill and lift to whoever looks them up", async () => {
      const killed = JSON.parse((await cli("kill", "client", "orders-agent", "--reason", "key stolen", "-o", "json")).output);
      const lifted = await cli("lift", "client", "orders-agent", "--reason", "key replaced");
      assert.match(lifted.output, /what is asked for from 20.* on may be issued/);
      assert.match((await cli("kill", "list")).output, /orders-agent +(now|\d s ago) +lifted (now|\d s ago) +key stolen; lifted: key replaced/);
      const explained = await cli("explain", killed.record);
      assert.match(explained.output, /kind +client\n +id +orders-agent\n +stands +true\n +reason +key stolen\n/);
      assert.match((await cli("trace", killed.record)).errors, /belongs to no tree; dragoman explain/);
      const past = await cli("kill", "client", "orders-agent", "--past-only");
      assert.match(past.output, /what is asked for from 20.* on may be issued/);
    });

    test("is shown in the tree it ended", async () => {
      const granted = await issue();
      await kill("root", granted.claims.txn, { reason: "wrong job" });
      const traced = await cli("trace", granted.dragoman_exchange);
      assert.match(traced.output, /granted, killed (now|\d s ago): root partner-orders/);
      assert.match(traced.output, /agent admin-socket\n.*done kill: wrong job/);
    });

    test("prints YAML as well, lists too", async () => {
      const granted = await issue({ subject_token: stage.userToken({ sub: "ivan" }) });
      const listed = await cli("lease", "list", "subject", corp, "ivan", "-o", "yaml");
      assert.match(listed.output, new RegExp(`^- id: "${granted.dragoman_exchange}"\n  state: live\n`));
      assert.equal((await cli("lease", "list", "subject", corp, "nobody", "-o", "yaml")).output, "[]\n");
      assert.match((await cli("kill", "lease", granted.dragoman_exchange, "-o", "yaml")).output, new RegExp(`leases:\n  - id: "${granted.dragoman_exchange}"\n    state: killed\n`));
      assert.match((await cli("kill", "list", "-o", "yaml")).output, /^kills:\n  - kind: lease\n/);
    });

    test("says beforehand what is dead already", async () => {
      const granted = await issue({ subject_token: stage.userToken({ sub: "judy" }) });
      await kill("lease", granted.dragoman_exchange);
      const planned = await cli("kill", "subject", corp, "judy", "--dry-run");
      assert.match(planned.output, /0 credentials would be dead\n  1 more stand on it and were dead already/);
      assert.doesNotMatch(planned.errors, /letter by letter/);
      assert.match((await cli("kill", "subject", corp, "jdy", "--dry-run")).errors, /nothing that is alive stands on it; names are compared letter by letter/);
    });

    test("counts what it ended over all pages, however few it shows", async () => {
      const login = stage.userToken({ sub: "heidi" });
      for (let i = 0; i < 60; i++) await issue({ subject_token: login });
      const early = await issue({ subject_token: login });
      await kill("lease", early.dragoman_exchange);
      const killed = await cli("kill", "subject", corp, "heidi", "--past-only");
      assert.match(killed.output, / 60 credentials dead\n[^]*1 more stand on it[^]*\.\.\. and 10 more/);
      const again = await cli("kill", "subject", corp, "heidi", "--past-only");
      assert.match(again.output, / 0 credentials dead\n[^]*61 more stand on it and were dead already/);
    });

    test("warns of a name nobody knows where a list would be silently empty", async () => {
      const listed = await cli("lease", "list", "target", "partner-ordres");
      assert.equal(listed.code, 0);
      assert.match(listed.errors, /nothing of this kind and name is known/);
      assert.doesNotMatch((await cli("lease", "list", "target", "partner-files")).errors, /nothing of this kind/);
    });

    test("prints one JSON object with the leases in it", async () => {
      const granted = await issue({ subject_token: stage.userToken({ sub: "erin" }) });
      const killed = JSON.parse((await cli("kill", "lease", granted.dragoman_exchange, "-o", "json")).output);
      assert.deepEqual([killed.kind, killed.in_effect, killed.leases.map(({ id, state }) => [id, state])], ["lease", true, [[granted.dragoman_exchange, "killed"]]]);
    });

    test("complains about a name it does not find, and changes nothing", async () => {
      const refused = await cli("kill", "client", "ordrs-agent");
      assert.equal(refused.code, 1);
      assert.match(refused.errors, /Nothing of this kind and name is known here[^]*--force\s+insists/);
      assert.equal((await cli("kill", "client")).code, 2);
      assert.equal((await cli("kill")).code, 2);
    });

    test("lists live leases, all of them, those of one thing, and one with what it stands on", async () => {
      const login = stage.userToken({ sub: "frank" });
      const first = await issue({ subject_token: login }), second = assertGranted(await onwards(first.access_token));
      const list = async (...args) => JSON.parse((await cli("lease", "list", ...args, "-o", "json")).output).map(({ id }) => id);
      const ids = [second.dragoman_exchange, first.dragoman_exchange];
      assert.deepEqual((await list()).slice(0, 2), ids);
      assert.deepEqual(await list("subject", corp, "frank"), ids);
      assert.deepEqual(await list("lease", first.dragoman_exchange), ids);
      assert.deepEqual(await list("lease", second.dragoman_exchange), ids.slice(0, 1));
      assert.deepEqual(await list("--limit", "1", "root", first.claims.txn), ids.slice(0, 1));
      const table = await cli("lease", "list", "root", first.claims.txn);
      assert.match(table.output, /LEASE +STATE +DIED +FOR +BY +TARGET +ENDS BY ITSELF/);
      assert.match(table.output, new RegExp(`${ids[1]} +live +- +frank +orders-agent +partner-orders +in [45] min`));
      await kill("lease", first.dragoman_exchange);
      assert.deepEqual(await list("subject", corp, "frank"), []);
      assert.deepEqual(await list("--all", "subject", corp, "frank"), ids);
      const shown = await cli("lease", "show", second.dragoman_exchange);
      assert.match(shown.output, /state +killed/);
      assert.match(shown.output, new RegExp(`lease +${first.dragoman_exchange} +killed`));
      assert.match(shown.output, /target +https:\/\/api.partner.example +alive/);
      assert.equal((await cli("lease", "show", "nothing")).code, 1);
      const { json: { stands_on: things } } = await stage.gateway.admin(`/v1/leases/${ids[0]}`);
      assert.equal(new Set(things.map(({ kind, id }) => `${kind} ${id}`)).size, things.length, "nothing twice");
    });
  });

  test("lists pages without a gap and without a double", async () => {
    const login = stage.userToken({ sub: "grace" });
    for (let i = 0; i < 7; i++) await issue({ subject_token: login });
    const seen = [];
    let before = "";
    do {
      const { json } = await stage.gateway.admin(`/v1/leases?limit=3&all=true&kind=subject&id=${encodeURIComponent("corp-idp grace")}${before && `&before=${before}`}`);
      seen.push(...json.leases.map(({ id }) => id));
      before = json.next;
    } while (before);
    assert.equal(seen.length, 7);
    assert.deepEqual(seen, [...new Set(seen)].sort().reverse());
    const kills = [];
    before = "";
    do {
      const { json } = await stage.gateway.admin(`/v1/kills?limit=5${before && `&before=${before}`}`);
      kills.push(...json.kills.map(({ record }) => record));
      before = json.next;
    } while (before);
    assert.equal(kills.length, new Set(kills).size);
    assert.ok(kills.length >= 15, `${kills.length} kills`);
    for (const path of ["/v1/leases?limit=0", "/v1/kills?limit=x", "/v1/kills?before=x", "/v1/kills?before=3.x", "/v1/kills?before=0", "/v1/kills?before=3.-1"]) assertProblem(await stage.gateway.admin(path), "PARAMETER_INVALID");
  });
});
