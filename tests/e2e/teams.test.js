// The admin API for teams: a person logs in at a real identity provider with the real command line and may change what is
// their team's, and nothing else.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { faults } from "./kit/faults.js";
import { decode, forge, now } from "./kit/forge.js";
import { tokenType } from "./kit/gateway.js";
import { assertGranted } from "./kit/stage.js";
import { TeamStage, team } from "./kit/team.js";

function assertProblem(answer, symbol) {
  assert.equal(answer.status, faults[symbol].status, answer.text);
  assert.equal(answer.json.title, faults[symbol].reason, answer.text);
  return answer.json;
}

describe("the admin API for teams", () => {
  let teams, gateway;
  before(async () => {
    teams = await TeamStage.open();
    gateway = teams.gateway;
  });
  after(() => teams?.close());

  const record = async (kind) => (await gateway.admin("/v1/records?limit=50")).json.records.find((one) => one.kind === kind);
  const apply = (person, ...documents) => teams.call("/v1/documents", { person, method: "POST", documents });

  describe("lets people in", () => {
    test("by a login with PKCE at their identity provider, and keeps the session for them alone", async () => {
      const done = await teams.login("ann");
      assert.equal(done.code, 0, done.errors);
      assert.match(done.errors, /team shop: read apply delete kill lift\nlogged in until/);
      assert.equal(statSync(teams.sessionPath("ann")).mode & 0o777, 0o600);
      const { header, claims } = decode(teams.session("ann"));
      assert.deepEqual([header.typ, claims.aud, claims.sub, claims.sub_iss, claims.iss], ["at+jwt", "dragoman-admin", "ann", teams.provider.identifier, gateway.issuer]);
      assert.deepEqual(claims.dragoman_attributes, { groups: ["shop-devs"] }, "no more than teams ask for");
      assert.ok(claims.exp - claims.iat <= 600);
      const login = await record("login");
      assert.deepEqual([login.id, login.outcome, login.subject.sub, login.root, login.change.teams], [claims.jti, "granted", "ann", claims.txn, ["shop"]]);
    });

    test("by an access token of theirs as well", async () => {
      const done = await teams.login("ben", ["--token-type", "access_token", "--resource", "https://gateway.example/admin", "--scope", "openid admin"]);
      assert.equal(done.code, 0, done.errors);
      assert.match(done.errors, /team books:/);
    });

    test("and pipelines by a token that they have", async () => {
      const { stage } = teams;
      await gateway.apply({ kind: "Team", metadata: { name: "release" }, spec: { members: [{ issuer: "cluster", value: "repo:shop/api", rights: ["read", "apply"] }] } });
      const token = stage.cluster.token({ sub: "repo:shop/api", aud: gateway.issuer });
      const done = await teams.as("pipeline", ["login", "--token-file", "-"], { input: token });
      assert.equal(done.code, 0, done.errors);
      const applied = await teams.as("pipeline", ["apply", "-f", "-"], { input: JSON.stringify(teams.target("released")) });
      assert.equal(applied.code, 0, applied.errors);
      const other = await teams.as("pipeline2", ["login", "--token-file", "-"], { input: stage.cluster.token({ sub: "repo:else/where", aud: gateway.issuer }) });
      assert.equal(other.code, 1);
      assert.match(other.errors, /admin_no_team/);
    });

    test("but nobody whom no team names, which is recorded", async () => {
      const done = await teams.login("nobody");
      assert.equal(done.code, 1);
      assert.match(done.errors, /admin_no_team/);
      const refused = await record("login");
      assert.deepEqual([refused.outcome, refused.reason, refused.subject.sub], ["refused", "admin_no_team", "nobody"]);
    });

    test("but not by the same group of another issuer", async () => {
      const token = teams.stage.corp.token({ sub: "ann", aud: gateway.issuer, groups: ["shop-devs"] });
      assertProblem(await teams.post("/v1/login", { subject_token: token, subject_token_type: tokenType("jwt") }), "ADMIN_NO_TEAM");
    });

    test("but not by a token for somebody else, one that was forged, one that an agent holds for them, nor one of ours", async () => {
      const claims = { iss: teams.provider.identifier, sub: "olga", groups: ["platform-ops"], aud: gateway.issuer, iat: now(), exp: now() + 300 };
      const login = (token, type = "jwt") => teams.post("/v1/login", { subject_token: token, subject_token_type: tokenType(type) });
      const ours = (more, key = teams.provider.key) => forge({ key, header: {}, claims: { ...claims, ...more } });
      assert.equal((await login(ours({}))).status, 200, "the token is good as it is");
      assertProblem(await login(ours({ aud: "https://elsewhere.example" })), "TOKEN_AUDIENCE");
      assertProblem(await login(ours({}, { ...teams.stage.clientKey, kid: teams.provider.key.kid })), "TOKEN_SIGNATURE");
      assertProblem(await login(ours({ act: { sub: "agent" } })), "CHAIN_TOO_DEEP");
      assertProblem(await login(ours({ exp: now() - 120 })), "TOKEN_EXPIRED");
      assertProblem(await login(ours({ aud: "another-client" }), "id_token"), "TOKEN_AUDIENCE");
      const granted = assertGranted(await teams.stage.exchange());
      assertProblem(await login(granted.access_token, "access_token"), "TOKEN_TYPE_NOT_ACCEPTED");
      assertProblem(await login(teams.session("ann"), "access_token"), "TOKEN_TYPE_NOT_ACCEPTED");
      assertProblem(await teams.post("/v1/login", { subject_token: "x" }), "SUBJECT_TYPE_MISSING");
    });

    test("for no longer than their own token lives", async () => {
      const token = forge({ key: teams.provider.key, header: {}, claims: { iss: teams.provider.identifier, sub: "ann", groups: ["shop-devs"], aud: gateway.issuer, iat: now(), exp: now() + 60 } });
      const answer = await teams.post("/v1/login", { subject_token: token, subject_token_type: tokenType("jwt") });
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.json.expires_in <= 60);
    });
  });

  describe("opens for a session alone", () => {
    test("and for no other token of ours, nor for none, nor for a changed one", async () => {
      const without = await teams.call("/v1/documents");
      assertProblem(without, "ADMIN_TOKEN_MISSING");
      assert.match(without.headers["www-authenticate"], /^Bearer/);
      const granted = assertGranted(await teams.stage.exchange());
      for (const token of [granted.access_token, teams.stage.userToken(), `${teams.session("ann").slice(0, -6)}AAAAAA`, "x"])
        assertProblem(await teams.call("/v1/documents", { token }), "ADMIN_TOKEN_INVALID");
      assert.equal((await teams.call("/v1/documents", { person: "ann" })).status, 200);
      for (const path of ["/metrics", "/readyz", "/token"]) assert.equal((await teams.call(path, { person: "ann" })).status, 404);
    });

    test("until it has expired, to the second", async () => {
      const soon = forge({ key: teams.provider.key, header: {}, claims: { iss: teams.provider.identifier, sub: "ann", groups: ["shop-devs"], aud: gateway.issuer, iat: now(), exp: now() + 2 } });
      const { access_token: token } = (await teams.post("/v1/login", { subject_token: soon, subject_token_type: tokenType("jwt") })).json;
      assert.equal((await teams.call("/v1/session", { token })).status, 200);
      await delay(Math.max(0, decode(token).claims.exp * 1000 - Date.now()) + 50);
      assertProblem(await teams.call("/v1/session", { token }), "ADMIN_TOKEN_INVALID");
    });

    test("shown once: two are none", async () => {
      const bearer = `Bearer ${teams.session("ann")}`;
      assertProblem(await teams.http.send("/v1/session", { headers: { authorization: [bearer, bearer] } }), "ADMIN_TOKEN_MISSING");
      assert.equal((await teams.http.send("/v1/session", { headers: { authorization: bearer.replace("Bearer", "bearer") } })).status, 200);
    });

    test("which is good for nothing else: no exchange carries it on, nobody is told about it", async () => {
      const answer = await teams.stage.exchange({ subject_token: teams.session("ann") });
      assert.equal(answer.status, 400);
      assert.equal(answer.json.error_description, faults.TOKEN_AUDIENCE.sentence);
      const told = await gateway.post("/introspect", { token: teams.session("ann") }, { auth: teams.stage.auth });
      assert.deepEqual(told.json, { active: false });
      const as = await gateway.admin("/v1/documents", { method: "POST", document: teams.target("thief", undefined, { audiences: ["dragoman-admin"] }) });
      assert.match(assertProblem(as, "DOCUMENT_INVALID").mistakes[0].sentence, /stands for the gateway's admin API/);
    });

    test("and not on the public address", async () => {
      assert.equal((await gateway.http.send("/v1/documents", { headers: { authorization: `Bearer ${teams.session("ann")}` } })).status, 404);
    });
  });

  describe("lets a team change its own documents", () => {
    test("of which it owns what it creates, and they are in force", async () => {
      const applied = await teams.as("ann", ["apply", "-f", teams.file("own.yaml", teams.target("shop-orders"))]);
      assert.equal(applied.code, 0, applied.errors);
      const shown = await teams.as("ann", ["get", "target", "shop-orders", "-o", "json"]);
      assert.equal(JSON.parse(shown.output).metadata.team, "shop");
      assertGranted(await teams.stage.exchange({ audience: "https://shop-orders.example" }));
      const change = await record("document");
      assert.deepEqual([change.client_method, change.agent.sub, change.parent], ["admin_session", "ann", decode(teams.session("ann")).claims.jti]);
    });

    test("and no other's: not in its place, not by naming the owner, not by taking it over, not by giving one away", async () => {
      await gateway.apply(teams.target("books-orders", "books"));
      const before = (await gateway.admin("/v1/documents")).json;
      for (const [document, person] of [[teams.target("books-orders", "books"), "ann"], [teams.target("books-orders", "shop"), "ann"], [teams.target("books-orders"), "ann"],
        [teams.target("shop-orders", "books"), "ann"], [teams.target("new-one", "books"), "ann"], [teams.target("shop-orders"), "ben"], [teams.target("partner-orders"), "ann"]]) {
        const problem = assertProblem(await apply(person, document), "ADMIN_RIGHT_MISSING");
        assert.match(problem.detail, /right 'apply' for Target\//);
      }
      const refused = await record("admin");
      assert.deepEqual([refused.outcome, refused.reason, refused.agent.sub, refused.change.method], ["refused", "admin_right_missing", "ann", "POST"]);
      const deletion = await teams.as("ann", ["delete", "target", "books-orders"]);
      assert.equal(deletion.code, 1);
      assert.match(deletion.errors, /right 'delete' for Target\/books-orders/);
      assert.deepEqual((await gateway.admin("/v1/documents")).json, before);
    });

    test("all together or not at all: one that is another's keeps the rest from changing", async () => {
      assertProblem(await apply("ann", teams.target("shop-more"), teams.target("books-orders", "books")), "ADMIN_RIGHT_MISSING");
      assert.equal((await gateway.admin("/v1/documents/Target/shop-more")).status, 404);
    });

    test("and none of the kinds that say who is trusted and who may do what", async () => {
      const made = (kind, spec) => ({ kind, metadata: { name: "mine", team: "shop" }, spec });
      for (const document of [team("mine", "shop-devs", { operator: true }), { ...team("shop", "shop-devs", { operator: true }), metadata: { name: "shop", team: "shop" } },
        made("Policy", { policies: "permit (principal, action, resource);" }), made("Domain", {}), made("Issuer", { issuer: "https://evil.example", keys: { jwksUri: "https://evil.example/jwks" } }),
        made("Client", { authentication: { methods: ["private_key_jwt"], jwks: { keys: [teams.stage.clientKey.jwk] } } })])
        assertProblem(await apply("ann", document), "ADMIN_RIGHT_MISSING");
    });

    test("also of a kind that its document allows, but none that makes the gateway read a file", async () => {
      await gateway.apply(team("shop", "shop-devs", { kinds: ["Target", "Client"] }));
      const client = (authentication) => ({ kind: "Client", metadata: { name: "shop-agent" }, spec: { authentication } });
      const good = client({ methods: ["private_key_jwt"], jwks: { keys: [teams.stage.clientKey.jwk] } });
      assert.equal((await apply("ann", good)).status, 200);
      assertProblem(await apply("ann", client({ methods: ["client_secret_basic"], secretFile: "/etc/shadow" })), "ADMIN_RIGHT_MISSING");
      assert.equal((await teams.as("ann", ["delete", "client", "shop-agent"])).code, 0);
      const admin = { ...good, metadata: { name: "shop-admin" }, spec: { ...good.spec, clientId: "dragoman-admin" } };
      assert.match(assertProblem(await apply("ann", admin), "DOCUMENT_INVALID").mistakes[0].sentence, /stands for the gateway's admin API/);
      await gateway.apply(team("shop", "shop-devs"));
      assertProblem(await apply("ann", good), "ADMIN_RIGHT_MISSING");
    });

    test("while operators change everything", async () => {
      await teams.logInAll("olga");
      assert.equal((await apply("olga", teams.target("books-orders", "books", { maximumLifetime: "1m" }))).status, 200);
      assert.equal((await apply("olga", { kind: "Domain", metadata: { name: "annex" }, spec: {} })).status, 200);
      assert.equal((await teams.as("olga", ["key", "list"])).code, 0);
      assert.match((await teams.as("ann", ["key", "list"])).errors, /as a member of an operator's\s+team/);
      assert.match((await teams.as("olga", ["doctor"])).output, /^ok {4}store {15}/m);
      assert.match((await teams.as("ann", ["doctor"])).errors, /as a member of an operator's\s+team/);
      assert.match((await teams.as("olga", ["config", "show"])).output, /^issuer +https/m);
      assert.match((await teams.as("ann", ["config", "show"])).errors, /as a member of an operator's\s+team/);
    });

    test("with its mistakes told in their lines", async () => {
      const told = await teams.as("ann", ["apply", "-f", teams.file("bad.yaml", "kind: Target\nmetadata: {name: shop-bad}\nspec:\n  audiences: [https://x.example]\n  domain: nowhere\n")]);
      assert.equal(told.code, 1);
      assert.match(told.errors, /5:11: .*nowhere/);
    });
  });

  describe("shows a team what is its own", () => {
    test("documents, records, leases and traces of its targets, and operators everything", async () => {
      const mine = assertGranted(await teams.stage.exchange({ audience: "https://shop-orders.example" }));
      const other = assertGranted(await teams.stage.exchange({ audience: "https://books-orders.example" }));
      const names = (await teams.call("/v1/documents", { person: "ann" })).json.items.map((item) => item.name);
      assert.deepEqual(names, ["shop-orders"]);
      assert.equal((await teams.call("/v1/documents/Target/books-orders", { person: "ann" })).status, 404);
      for (const path of ["records", "leases", "trace"]) {
        assert.equal((await teams.call(`/v1/${path}/${mine.dragoman_exchange}`, { person: "ann" })).status, 200, path);
        assert.equal((await teams.call(`/v1/${path}/${other.dragoman_exchange}`, { person: "ann" })).status, 404, path);
        assert.equal((await teams.call(`/v1/${path}/${other.dragoman_exchange}`, { person: "olga" })).status, 200, path);
      }
      const { records } = (await teams.call("/v1/records?limit=500", { person: "ann" })).json;
      assert.ok(records.length > 0 && records.every((one) => one.target === "shop-orders"));
      const { leases } = (await teams.call("/v1/leases?all=true", { person: "ann" })).json;
      assert.ok(leases.some((one) => one.id === mine.dragoman_exchange) && leases.every((one) => one.target === "shop-orders"));
      const { leases: everything } = (await teams.call("/v1/leases?all=true", { person: "olga" })).json;
      assert.ok(everything.some((one) => one.id === other.dragoman_exchange));
    });
  });

  describe("lets a team end what is its own", () => {
    test("its targets and their leases, and nothing of another's", async () => {
      const mine = assertGranted(await teams.stage.exchange({ audience: "https://shop-orders.example" }));
      const other = assertGranted(await teams.stage.exchange({ audience: "https://books-orders.example" }));
      for (const [kind, id] of [["target", "books-orders"], ["lease", other.dragoman_exchange], ["root", mine.claims.txn], ["client", "orders-agent"], ["team", "shop"], ["issuer", "corp-idp"], ["target", "never-there"]])
        assert.equal((await teams.as("ann", ["kill", "--force", kind, id])).code, 1, `${kind} ${id}`);
      assertProblem(await teams.call(`/v1/kills?kind=lease&id=${other.dragoman_exchange}`, { person: "ann", method: "POST" }), "ADMIN_RIGHT_MISSING");
      assert.equal((await teams.as("ann", ["kill", "lease", mine.dragoman_exchange])).code, 0);
      const bar = await teams.as("ann", ["kill", "target", "shop-orders"]);
      assert.equal(bar.code, 0, bar.errors);
      assert.equal((await teams.stage.exchange({ audience: "https://shop-orders.example" })).status, 400);
      assertGranted(await teams.stage.exchange({ audience: "https://books-orders.example" }));
      await gateway.kill("target", "books-orders");
      assert.match((await teams.as("ann", ["lift", "target", "books-orders"])).errors, /right 'lift'/);
      const { kills } = (await teams.call("/v1/kills", { person: "ann" })).json;
      assert.ok(kills.length > 0 && kills.every((kill) => kill.id === "https://shop-orders.example"));
      assert.equal((await teams.as("ann", ["lift", "target", "shop-orders"])).code, 0);
      await gateway.lift("target", "books-orders");
    });
  });

  describe("works out rights anew at each call", () => {
    test("so that a Team document that changes counts at once, for sessions that are open", async () => {
      const document = teams.target("shop-counts");
      assert.equal((await apply("ann", document)).status, 200);
      await gateway.apply(team("shop", "shop-devs", { rights: ["read"] }));
      const problem = assertProblem(await apply("ann", document), "ADMIN_RIGHT_MISSING");
      assert.match(problem.detail, /right 'apply'/);
      assert.equal((await teams.call("/v1/documents", { person: "ann" })).status, 200);
      await gateway.apply(team("shop", "others"));
      assertProblem(await teams.call("/v1/documents", { person: "ann" }), "ADMIN_RIGHT_MISSING");
      await gateway.apply(team("shop", "shop-devs"));
      assert.equal((await apply("ann", document)).status, 200);
    });

    test("and a group that somebody has left counts from their next login", async () => {
      teams.provider.groups.set("ann", ["staff"]);
      const done = await teams.login("ann");
      assert.equal(done.code, 1);
      assert.match(done.errors, /admin_no_team/);
      teams.provider.groups.set("ann", ["staff", "shop-devs"]);
      await teams.logInAll("ann");
    });
  });

  describe("lets a policy take away what a team has", () => {
    const policy = (text) => ({ kind: "Policy", metadata: { name: "admin-rules" }, spec: { policies: text } });

    test("of each right by document, team and person, and give nothing", async () => {
      await gateway.apply(teams.target("shop-locked", "shop"), policy(`
        permit (principal, action == Action::"exchange", resource);
        permit (principal, action in Action::"admin", resource);
        forbid (principal, action == Action::"admin:apply", resource == Document::"Target/shop-locked");
        forbid (principal, action == Action::"admin:delete", resource in Team::"shop") unless { principal.hasTag("groups") && principal.getTag("groups").contains("platform-ops") };
        forbid (principal, action in [Action::"admin:kill", Action::"admin:read"], resource) when { resource is Document && resource.name like "*-locked" };`));
      const problem = assertProblem(await apply("ann", teams.target("shop-locked")), "ADMIN_RIGHT_MISSING");
      assert.match(problem.detail, /or a policy forbids it/);
      assert.equal((await apply("ann", teams.target("shop-counts"))).status, 200);
      assert.equal((await teams.as("ann", ["delete", "--cascade", "target", "shop-counts"])).code, 1);
      assert.equal((await teams.as("ann", ["kill", "target", "shop-locked"])).code, 1);
      assert.equal((await teams.call("/v1/documents/Target/shop-locked", { person: "ann" })).status, 404);
      assert.equal((await teams.call("/v1/documents/Target/shop-counts", { person: "ann" })).status, 200);
      assertProblem(await apply("ann", teams.target("books-orders", "books")), "ADMIN_RIGHT_MISSING");
      assert.equal((await teams.as("olga", ["delete", "--cascade", "target", "shop-counts"])).code, 0);
      assertProblem(await apply("olga", teams.target("shop-locked", "shop")), "ADMIN_RIGHT_MISSING");
      await gateway.apply(teams.target("shop-locked", "shop", { maximumLifetime: "1m" }));
      assert.equal((await gateway.admin("/v1/documents/Policy/admin-rules", { method: "DELETE" })).status, 200, "the socket is not asked about");
      assert.equal((await apply("ann", teams.target("shop-locked"))).status, 200);
    });

    test("and needs none to permit what the Team document gives", async () => {
      await gateway.apply(policy('permit (principal, action == Action::"exchange", resource);'));
      assert.equal((await apply("ann", teams.target("shop-locked", undefined, { maximumLifetime: "2m" }))).status, 200);
      await gateway.admin("/v1/documents/Policy/admin-rules", { method: "DELETE" });
    });
  });

  test("counts what a team's sessions change against its budget, but lets them end things", async () => {
    const few = { kind: "Team", metadata: { name: "few" }, spec: { budget: { recordsPerHour: 2 }, members: [{ issuer: "cluster", value: "few" }, { issuer: "cluster", value: "few", rights: ["kill"] }] } };
    await gateway.apply(few);
    const login = () => teams.post("/v1/login", { subject_token: teams.stage.cluster.token({ sub: "few", aud: gateway.issuer }), subject_token_type: tokenType("jwt") });
    const token = (await login()).json.access_token; // one
    const change = (lifetime) => teams.call("/v1/documents", { token, method: "POST", documents: [teams.target("few-a", undefined, { maximumLifetime: lifetime })] });
    assert.equal((await change("1m")).status, 200); // two
    const refused = await change("2m");
    assert.equal(assertProblem(refused, "BUDGET_RECORDS").status, 429);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.equal((await login()).status, 429);
    assert.equal((await teams.call("/v1/documents", { token })).status, 200);
    assert.equal((await teams.call("/v1/kills?kind=target&id=few-a", { token, method: "POST" })).status, 200);
  });

  test("goes on through a hand-over", async () => {
    const before = gateway.worker;
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(before);
    assert.equal((await teams.call("/v1/session", { person: "ann" })).status, 200);
  });

  describe("ends a session", () => {
    const isOpen = async (person) => (await teams.call("/v1/session", { person })).status === 200;

    test("with a kill of its subject, its tree, itself, or its team, and not before its time otherwise", async () => {
      const { provider } = teams;
      for (const [kind, id] of [["subject", () => `${provider.identifier} ben`], ["root", () => decode(teams.session("ben")).claims.txn], ["lease", () => decode(teams.session("ben")).claims.jti], ["team", () => "books"]]) {
        const again = await teams.login("ben");
        assert.equal(again.code, 0, `before ${kind}: ${again.errors} ${(await gateway.admin("/v1/kills")).text}`);
        assert.ok(await isOpen("ben"));
        assert.equal((await gateway.kill(kind, id())).status, 200);
        assert.equal(await isOpen("ben"), false, kind);
        assertProblem(await teams.call("/v1/documents", { person: "ben" }), "ADMIN_TOKEN_INVALID");
        if (kind === "root") await delay(1100); // two logins of one second that say the same are one tree
        if (kind === "subject" || kind === "team") assert.equal((await teams.login("ben")).code, 1, `${kind} is barred`);
        if (kind === "subject" || kind === "team") {
          const lifted = (await gateway.lift(kind, id())).json;
          await delay(Math.max(0, lifted.issues_from * 1000 - Date.now()) + 50);
        }
      }
      assert.ok(await isOpen("ann"));
    });

    test("with its issuer", async () => {
      await teams.logInAll("ben");
      assert.equal((await gateway.kill("issuer", "people")).status, 200);
      assert.equal(await isOpen("ben"), false);
      const lifted = (await gateway.lift("issuer", "people")).json;
      await delay(Math.max(0, lifted.issues_from * 1000 - Date.now()) + 50);
      await teams.logInAll("ann", "olga");
    });

    test("with a logout, which is recorded", async () => {
      await teams.logInAll("ben");
      const token = teams.session("ben");
      const done = await teams.as("ben", ["logout"]);
      assert.equal(done.code, 0, done.errors);
      assertProblem(await teams.call("/v1/session", { token }), "ADMIN_TOKEN_INVALID");
      assert.equal((await record("logout")).agent.sub, "ben");
      assert.match((await teams.as("ben", ["get", "--gateway", teams.origin])).errors, /there is no session with this gateway/);
    });
  });
});
