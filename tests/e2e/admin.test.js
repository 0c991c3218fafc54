// The admin socket and the command line: documents applied all or nothing, keys rotated and revoked, exit codes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { statSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createLocalJWKSet, jwtVerify } from "jose";
import { faults } from "./kit/faults.js";
import { decode } from "./kit/forge.js";
import { stream } from "./kit/gateway.js";
import { programs, run } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

const target = (name, spec = {}) => ({ kind: "Target", metadata: { name },
  spec: { domain: "partner", audiences: [`https://${name}.example`], scopes: ["orders:read"], accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] }, ...spec } });

function assertProblem(answer, symbol) {
  assert.equal(`${answer.status} ${answer.json.title}`, `${faults[symbol].status} ${faults[symbol].reason}`, answer.text);
  assert.equal(answer.headers["content-type"], "application/problem+json");
  assert.equal(answer.json.status, answer.status);
  assert.equal(typeof answer.json.detail, "string");
  return answer.json;
}

describe("documents over the admin socket", () => {
  let stage, cli;
  before(async () => {
    stage = await Stage.open();
    cli = (...args) => stage.gateway.cli(...args);
  });
  after(() => stage?.close());

  const file = (name, ...documents) => {
    const path = stage.folder.file(name);
    writeFileSync(path, typeof documents[0] === "string" ? documents[0] : stream(documents));
    return path;
  };

  test("are reachable for the gateway's own user alone", () => {
    assert.equal(statSync(stage.gateway.socketPath).mode & 0o777, 0o600);
  });

  test("are not applied where an adapter among them cannot be started, and those in force are shown", async () => {
    const path = file("adapter.yaml", { kind: "Adapter", metadata: { name: "acme" }, spec: { program: "no-such-program", sha256: "9f".repeat(32) } });
    const applied = await cli(["apply", "-f", path]);
    assert.equal(applied.code, 1, applied.output);
    assert.match(applied.errors, /Adapter\/acme does not work: /);
    assert.equal((await cli(["get", "adapter", "acme"])).code, 1);
    const shown = await cli(["adapter", "list", "-o", "json"]);
    assert.equal(shown.code, 0, shown.errors);
    assert.deepEqual(JSON.parse(shown.output).adapters, []);
    assert.match((await cli(["adapter", "list"])).output, /NAME +PROGRAM +STATE/);
  });

  test("are in force for the next request once applied, and gone once deleted", async () => {
    const audience = "https://brand-new.example";
    assert.equal((await stage.exchange({ audience })).json.error, "invalid_target");
    const path = file("new.yaml", target("brand-new"));
    const planned = await cli(["apply", "--dry-run", "-f", path]);
    assert.equal(planned.code, 0, planned.errors);
    assert.match(planned.output, /brand-new/);
    assert.equal((await stage.exchange({ audience })).json.error, "invalid_target");
    const applied = await cli(["apply", "-f", path, "-o", "json"]);
    assert.equal(applied.code, 0, applied.errors);
    assert.equal(JSON.parse(applied.output).changes[0].change, "created");
    assertGranted(await stage.exchange({ audience }));
    const again = JSON.parse((await cli(["apply", "-f", path, "-o", "json"])).output);
    assert.equal(again.changes[0].change, "unchanged");
    assert.match((await cli(["delete", "target", "brand-new"])).errors, /Target\/brand-new has 1 live\s+lease/);
    assert.equal((await cli(["delete", "--cascade", "target", "brand-new"])).code, 0);
    assert.equal((await stage.exchange({ audience })).json.error, "invalid_target");
    assert.equal((await cli(["delete", "target", "brand-new"])).code, 1);
  });

  test("come back as they can be applied again, and diff says what would change", async () => {
    const path = file("round.yaml", target("round-trip"));
    assert.equal((await cli(["apply", "-f", path])).code, 0);
    const yaml = await cli(["get", "target", "round-trip", "-o", "yaml"]);
    assert.equal(yaml.code, 0, yaml.errors);
    const back = file("back.yaml", yaml.output);
    assert.equal((await cli(["diff", "-f", back])).code, 0);
    const changed = file("changed.yaml", target("round-trip", { maximumLifetime: "1m" }));
    const difference = await cli(["diff", "-f", changed]);
    assert.equal(difference.code, 1, difference.errors);
    assert.match(difference.output, /maximumLifetime/);
    assert.equal((await cli(["apply", "-f", changed])).code, 0);
    const { claims } = assertGranted(await stage.exchange({ audience: "https://round-trip.example" }));
    assert.equal(claims.exp - claims.iat, 60);
    const listed = await cli(["get", "targets"]);
    assert.match(listed.output, /round-trip/);
    assert.match(listed.output, /partner-orders/);
  });

  test("of policies and combinations come back with their text byte for byte", async () => {
    const text = "// Who may write.\n\npermit (\n  principal,\n\taction,\n  resource\n) when { true };\n";
    const path = file("rules.yaml", ["kind: Policy", "metadata: {name: rules}", "spec:", "  enforcement: report", "  policies: |",
      ...text.trimEnd().split("\n").map((line) => (line === "" ? "" : `    ${line}`)), "---", "kind: Combination", "metadata: {name: apart}",
      "spec: {holder: agent, within: 10m, rights: [{name: read, targets: [partner-orders], scopes: ['orders:read']}, {name: any, domains: [partner]}]}", ""].join("\n"));
    const applied = await cli(["apply", "-f", path]);
    assert.equal(applied.code, 0, applied.errors);
    assert.match(applied.output, /Policy\/rules created\nCombination\/apart created/);
    assert.equal((await cli(["diff", "-f", path])).code, 0);
    assert.equal(JSON.parse((await cli(["get", "policy", "rules", "-o", "json"])).output).spec.policies, text);
    for (const [kind, name] of [["policies", "rules"], ["combinations", "apart"]]) {
      const yaml = await cli(["get", kind, name, "-o", "yaml"]);
      assert.equal(yaml.code, 0, yaml.errors);
      assert.equal((await cli(["diff", "-f", file("back.yaml", yaml.output)])).code, 0);
      if (kind === "policies") assert.match(yaml.output, /policies: \|\n {4}\/\/ Who may write\.\n\n {4}permit \(\n {6}principal,\n {4}\taction,/);
    }
    const alone = file("alone.cedar", "forbid (principal, action, resource);\n");
    assert.equal((await cli(["apply", "-f", alone])).code, 0);
    assert.equal((await cli(["diff", "-f", alone])).code, 0);
    const named = file("alone.yaml", "kind: Policy\nmetadata: {name: alone}\nspec: {file: alone.cedar}\n");
    assert.equal((await cli(["diff", "-f", named])).code, 0);
    const unoffered = file("unoffered.yaml", "kind: Combination\nmetadata: {name: x}\nspec: {rights: [{name: a, targets: [partner-orders], scopes: ['orders:raed']}, {name: b, domains: [partner]}]}\n");
    const told = await cli(["apply", "-f", unoffered]);
    assert.equal(told.code, 1);
    assert.match(told.errors, /did you mean "orders:read"/);
    for (const [kind, name] of [["policy", "rules"], ["policy", "alone"], ["combination", "apart"]]) assert.equal((await cli(["delete", kind, name])).code, 0);
  });

  test("may be as long as a file may be, and no longer", async () => {
    const long = (count) => file("long.cedar", Array.from({ length: count }, (_, i) => `@id("p${i}") forbid (principal, action == Action::"exchange", resource) when { context.risk > ${101 + i} };\n`).join(""));
    const applied = await cli(["apply", "-f", long(5_000)]);
    assert.equal(applied.code, 0, applied.errors);
    assert.equal((await cli(["delete", "policy", "long"])).code, 0);
    assert.match((await cli(["apply", "-f", long(15_000)])).errors, /larger than 1024 KiB/);
  });

  test("change all together or not at all, and every mistake is told with its line", async () => {
    const wrong = [target("good-one"), target("bad-one", { domain: "nowhere", scopes: "orders:read" }), { kind: "Targte", metadata: { name: "x" }, spec: {} }];
    const answer = await stage.gateway.admin("/v1/documents", { method: "POST", document: wrong });
    const problem = assertProblem(answer, "DOCUMENT_INVALID");
    assert.ok(problem.mistakes.length >= 2, answer.text);
    for (const mistake of problem.mistakes) assert.ok(mistake.line > 0 && mistake.sentence.length > 0, JSON.stringify(mistake));
    assert.match(JSON.stringify(problem.mistakes), /Target/, "the nearest known name");
    assert.equal((await stage.gateway.admin("/v1/documents/Target/good-one")).status, 404);
    const told = await cli(["apply", "-f", file("wrong.yaml", ...wrong)]);
    assert.equal(told.code, 1);
    assert.match(told.errors, /wrong\.yaml:\d+/);
  });

  test("refuse references to nothing, and to delete what others need", async () => {
    const dangling = target("dangling", { accepts: { issuers: ["corp-ipd"], clients: ["orders-agent"] } });
    const answer = await stage.gateway.admin("/v1/documents", { method: "POST", document: [dangling] });
    assert.match(JSON.stringify(assertProblem(answer, "DOCUMENT_INVALID").mistakes), /corp-idp/);
    await stage.gateway.apply({ kind: "Client", metadata: { name: "needed" }, spec: { authentication: { methods: ["private_key_jwt"], jwks: { keys: [stage.clientKey.jwk] } } } },
      target("needs", { accepts: { issuers: ["corp-idp"], clients: ["needed"] } }));
    assertProblem(await stage.gateway.admin("/v1/documents/Client/needed", { method: "DELETE" }), "DOCUMENT_INVALID");
    assert.equal((await cli(["delete", "client", "needed"])).code, 1);
  });

  test("from a file are read-only here, and the answer names the file", async () => {
    const answer = await stage.gateway.admin("/v1/documents", { method: "POST", document: [target("partner-orders")] });
    assert.match(assertProblem(answer, "DOCUMENT_READ_ONLY").detail, /gateway\.yaml:\d+/);
    assertProblem(await stage.gateway.admin("/v1/documents/Target/partner-orders", { method: "DELETE" }), "DOCUMENT_READ_ONLY");
    assert.equal((await cli(["delete", "target", "partner-orders"])).code, 1);
    assert.equal((await stage.gateway.admin("/v1/documents", { method: "POST", document: [stage.gateway.document] })).status, 422);
  });

  test("are recorded when they change", async () => {
    await stage.gateway.apply(target("recorded"));
    const { records } = (await stage.gateway.admin("/v1/records?limit=1")).json;
    assert.equal(records[0].kind, "document");
    assert.match(JSON.stringify(records[0].change), /recorded/);
    assert.match(JSON.stringify(records[0].change), /created/);
  });

  test("may be YAML as people write it, and stay through a restart", async () => {
    const yaml = ["kind: Target", "metadata: {name: by-hand}", "spec:", "  domain: partner", "  audiences: [https://by-hand.example]",
      "  accepts:", "    issuers: [corp-idp]", "    clients: [orders-agent]", ""].join("\n");
    assert.equal((await cli(["apply", "-f", "-"], { input: yaml })).code, 0);
    await stage.gateway.stop();
    await stage.gateway.start();
    assertGranted(await stage.exchange({ audience: "https://by-hand.example" }));
  });

  test("do not take what is not a document", async () => {
    for (const body of ["", "[1,2", "kind: &a Target\nmetadata: *a", "just words", "\0"])
      assert.equal((await stage.gateway.admin("/v1/documents", { method: "POST", body })).status, 422, JSON.stringify(body));
    assert.equal((await stage.gateway.admin("/v1/documents/Target/nothing")).status, 404);
    assert.equal((await stage.gateway.admin("/v1/documents/Nothing/x")).status, 404);
    assert.equal((await stage.gateway.admin("/v1/documents", { method: "PATCH" })).status, 405);
  });
});

describe("signing keys", () => {
  let stage;
  before(async () => (stage = await Stage.open({ gateway: { signing: { algorithms: ["ES256", "RS256"], publishBeforeUse: "1s" } } })));
  after(() => stage?.close());

  const listed = async () => JSON.parse((await stage.gateway.cli(["key", "list", "-o", "json"])).output).keys;
  const published = async () => (await stage.gateway.http.send("/jwks")).json;
  const kidOf = async () => assertGranted(await stage.exchange()).header.kid;
  const introspect = async (token) => (await stage.gateway.post("/introspect", { token }, { auth: stage.auth })).json.active;

  test("are published before they sign, and verify what they signed after they retire", async () => {
    const old = assertGranted(await stage.exchange());
    const rotated = await stage.gateway.cli(["key", "rotate", "--algorithm", "ES256"]);
    assert.equal(rotated.code, 0, rotated.errors);
    const next = (await listed()).find((key) => key.algorithm === "ES256" && key.kid !== old.header.kid).kid;
    assert.ok((await published()).keys.some((key) => key.kid === next), "published at once");
    const end = Date.now() + 15_000;
    while ((await kidOf()) !== next) {
      assert.ok(Date.now() < end, "the new key takes over");
      await delay(200);
    }
    const set = await published();
    assert.deepEqual(set.keys.filter((key) => key.alg === "ES256").map((key) => key.kid).sort(), [old.header.kid, next].sort());
    await jwtVerify(old.access_token, createLocalJWKSet(set), { issuer: stage.gateway.issuer });
    assert.equal(await introspect(old.access_token), true);
  });

  test("end at once when they are revoked: no signing, no JWKS, nothing they signed lives", async () => {
    const { access_token: token, header } = assertGranted(await stage.exchange());
    const revoked = await stage.gateway.cli(["key", "revoke", header.kid, "-o", "json"]);
    assert.equal(revoked.code, 0, revoked.errors);
    assert.equal(JSON.parse(revoked.output).verifiers_may_cache_s, 300);
    assert.equal((await published()).keys.some((key) => key.kid === header.kid), false);
    assert.equal(await introspect(token), false);
    assert.equal((await listed()).find((key) => key.kid === header.kid).state, "revoked");
    const after = assertGranted(await stage.exchange());
    assert.notEqual(after.header.kid, header.kid);
    const onwards = { subject_token: token, audience: "https://files.partner.example", scope: undefined };
    assert.equal((await stage.exchange(onwards, { auth: stage.authOf("partner-api") })).status, 400);
    await stage.gateway.stop();
    await stage.gateway.start();
    assert.equal(await introspect(token), false, "also after a restart");
    assert.equal((await published()).keys.some((key) => key.kid === header.kid), false);
  });

  test("do not rotate or revoke what is not there", async () => {
    assert.equal((await stage.gateway.cli(["key", "revoke", "unheard-of"])).code, 1);
    assert.equal((await stage.gateway.cli(["key", "rotate", "--algorithm", "HS256"])).code, 1);
    assertProblem(await stage.gateway.admin("/v1/keys/unheard-of/revoke", { method: "POST" }), "KEY_UNKNOWN");
  });

  test("leave a record of each change", async () => {
    const { records } = (await stage.gateway.admin("/v1/records?limit=50")).json;
    assert.ok(records.filter((record) => record.kind === "key").length >= 2);
  });
});

describe("the command line", () => {
  let stage;
  before(async () => (stage = await Stage.open()));
  after(() => stage?.close());

  const withFile = (name, content) => stage.gateway.writeSecret(name, content);

  test("exchanges, for an agent with its platform's token and for a client with a secret", async () => {
    const user = withFile("user.jwt", stage.userToken());
    const audience = ["--audience", "https://api.partner.example"];
    for (const proof of [["--client-assertion-file", withFile("platform.jwt", stage.platformToken())],
      ["--client-id", "orders-agent", "--client-secret-file", withFile("secret", stage.secrets["orders-agent"])]]) {
      const done = await stage.gateway.cli(["exchange", ...audience, "--subject-token-file", user, ...proof]);
      assert.equal(done.code, 0, done.errors);
      assert.equal(decode(done.output.trim()).claims.sub, "alice");
      assert.match(done.errors, /^ {2}use as +Bearer$/m);
    }
    const dry = await stage.gateway.cli(["exchange", ...audience, "--subject-token-file", user, "--client-assertion-file", stage.folder.file("platform.jwt"), "--dry-run", "-o", "json"]);
    assert.equal(dry.code, 0, dry.errors);
    assert.equal(JSON.parse(dry.output).dragoman_dry_run, true);
  });

  test("says no with 1, does not understand with 2, reaches nobody with 3", async () => {
    const user = withFile("user.jwt", stage.userToken());
    const proof = ["--client-assertion-file", withFile("platform.jwt", stage.platformToken())];
    const refused = await stage.gateway.cli(["exchange", "--audience", "https://nowhere.example", "--subject-token-file", user, ...proof]);
    assert.equal(refused.code, 1);
    assert.match(refused.errors, /invalid_target/);
    assert.match(refused.errors, /[0-9A-HJKMNP-TV-Z]{26}/);
    assert.equal((await stage.gateway.cli(["exchnage"])).code, 2);
    assert.match((await stage.gateway.cli(["exchnage"])).errors, /exchange/);
    assert.equal((await stage.gateway.cli(["get", "--nonsense"])).code, 2);
    assert.equal((await stage.gateway.cli(["get"], { env: { DRAGOMAN_ADMIN_SOCKET: stage.folder.file("nothing.sock") } })).code, 3);
    const lost = await stage.gateway.cli(["exchange", "--audience", "x", "--subject-token-file", user, ...proof], { env: { DRAGOMAN_GATEWAY: "https://127.0.0.1:1" } });
    assert.equal(lost.code, 3);
    assert.equal((await run(programs.dragoman, ["--help"])).code, 0);
    assert.equal((await run(programs.dragoman, ["key", "rotate", "--help"])).code, 0);
  });

  test("verifies and inspects tokens offline", async () => {
    const { access_token: token } = assertGranted(await stage.exchange());
    const jwks = withFile("jwks.json", (await stage.gateway.http.send("/jwks")).text);
    const verify = (...args) => stage.gateway.cli(["token", "verify", "--jwks", jwks, ...args], { input: token });
    assert.equal((await verify("--alg", "ES256", "--typ", "at+jwt", "--aud", "https://api.partner.example")).code, 0);
    assert.equal((await verify("--alg", "RS256")).code, 1);
    assert.equal((await verify("--alg", "ES256", "--typ", "JWT")).code, 1);
    assert.equal((await verify("--alg", "ES256", "--aud", "https://other.example")).code, 1);
    const inspected = await stage.gateway.cli(["token", "inspect"], { input: token });
    assert.equal(inspected.code, 0);
    assert.match(inspected.output, /alice/);
  });

  test("writes documents for the reader's own issuer that can be applied and used", async () => {
    const { Issuer } = await import("./kit/issuer.js");
    const own = await new Issuer(stage.certificates).start();
    try {
      const token = own.token({ aud: stage.gateway.issuer, scope: "things:read" }, { typ: "at+jwt" });
      const written = await stage.gateway.cli(["issuer", "add", own.identifier, "--sample-token", "-", "--name", "own", "--client", "orders-agent"], { input: token });
      assert.equal(written.code, 0, written.errors);
      const applied = await stage.gateway.cli(["apply", "-f", "-"], { input: written.output });
      assert.equal(applied.code, 0, applied.errors + written.output);
      const forged = await stage.gateway.cli(["issuer", "add", own.identifier, "--sample-token", "-"], { input: token.slice(0, -6) + "AAAAAA" });
      assert.equal(forged.code, 1);
    } finally {
      await own.stop();
    }
  });
});
