// dragomand check, and what dragomand refuses to start with: every mistake, with file, line, expectation, nearest name.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { makeCertificates } from "./kit/certificates.js";
import { Gateway } from "./kit/gateway.js";
import { privateFolder, programs, root, run } from "./kit/machine.js";

const gatewayYaml = `kind: Gateway
metadata: {name: gateway}
spec:
  issuer: https://gateway.example
  listen: ["127.0.0.1:8443"]
  tls: {certificateFile: tls.crt, keyFile: tls.key}
  store: {sqlite: gateway.sqlite}
  sealing: {keyFile: sealing.key}
  adminSocket: admin.sock
`;

describe("dragomand's exit status", () => {
  test("is one of those that the manual lists, and means what it says there", async () => {
    const [, table] = readFileSync(join(root, "docs/operations.md"), "utf8").match(/^\| exit status \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)/m);
    const header = readFileSync(join(root, "gateway/supervisor/include/supervisor/exit_status.h"), "utf8");
    assert.deepEqual([...table.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => status), [...header.matchAll(/EXIT_STATUS_\w+ = (\d+)/g)].map(([, status]) => status));
    const status = async (...args) => (await run(programs.dragomand, args)).code;
    assert.equal(await status("--help"), 0);
    assert.equal(await status("run", "--config", "/nowhere"), 1);
    assert.equal(await status("check", "/nowhere"), 1);
    for (const args of [[], ["dance"], ["run"], ["worker", "--config", "/nowhere"], ["check", "--hepl"], ["make-sealing-key", "-x"], ["make-sealing-key", "--config"], ["check", "--explain"]]) assert.equal(await status(...args), 2, args.join(" "));
  });
});

describe("dragomand", () => {
  let folder;
  before(() => (folder = privateFolder()));
  after(() => folder.remove());

  test("explains a command that is asked for help, and does nothing else", async () => {
    for (const [command, ...more] of [["run"], ["check"], ["migrate"], ["make-sealing-key"], ["hash-secret"], ["config"], ["check", folder.file("x")]])
      for (const help of ["--help", "-h"]) {
        const { code, output, errors } = await run(programs.dragomand, [command, ...more, help], { cwd: folder.path });
        assert.deepEqual([code, errors], [0, ""], command);
        assert.match(output, new RegExp(`^usage: dragomand ${command} .*\n\n\\w`));
      }
    for (const [command, ...wrong] of [["run"], ["run", "--config"], ["check"], ["manual", "x"], ["config", "show"], ["config", "--explain", "a", "b"]]) {
      const { code, output, errors } = await run(programs.dragomand, [command, ...wrong], { cwd: folder.path });
      assert.deepEqual([code, output], [2, ""], command);
      assert.match(errors, new RegExp(`^usage: dragomand ${command} .*\n\n.*\n$`), "its own arguments, and not those of all");
    }
    const whole = await run(programs.dragomand, ["--help"]);
    for (const line of whole.output.split("\n")) assert.ok(line.length <= 120, line);
    const refused = await run(programs.dragomand, ["make-sealing-key", "--halp"], { cwd: folder.path });
    assert.match(refused.errors, /make-sealing-key: there is no option "--halp"/);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  test("says which version it is, the one dragoman is", async () => {
    const [daemon, cli] = await Promise.all([run(programs.dragomand, ["--version"]), run(programs.dragoman, ["version"])]);
    assert.match(daemon.output, /^dragomand \d+\.\d+\.\d+\n$/);
    assert.equal(cli.output.split(" ")[1], daemon.output.trim().split(" ")[1]);
  });
});

describe("dragomand check", () => {
  let folder;
  before(() => (folder = privateFolder()));
  after(() => folder.remove());

  const check = async (content, name = "gateway.yaml") => {
    writeFileSync(folder.file(name), content);
    return run(programs.dragomand, ["check", folder.file(name)]);
  };
  // Each [line, what the message must say].
  const complains = async (content, ...expected) => {
    const { code, errors } = await check(content);
    assert.equal(code, 1, errors);
    for (const [line, ...words] of expected) {
      const said = errors.split("\n").filter((text) => text.includes(`gateway.yaml:${line}:`)).join("\n");
      for (const word of words) assert.ok(said.includes(word), `line ${line} should say "${word}":\n${errors}`);
    }
    return errors;
  };

  test("is content with good documents, in one file, several, or a folder", async () => {
    const good = await check(gatewayYaml);
    assert.equal(good.code, 0, good.errors);
    mkdirSync(folder.file("many"));
    writeFileSync(folder.file("many/10-gateway.yaml"), gatewayYaml);
    writeFileSync(folder.file("many/20-domain.json"), '{"kind":"Domain","metadata":{"name":"corp"},"spec":{}}');
    assert.equal((await run(programs.dragomand, ["check", folder.file("many")])).code, 0);
    assert.equal((await run(programs.dragomand, ["check", folder.file("many/10-gateway.yaml"), folder.file("many/20-domain.json")])).code, 0);
  });

  test("reads the policies as the gateway would, and tells each mistake at its line", async () => {
    const permit = 'permit (principal, action == Action::"exchange", resource)';
    mkdirSync(folder.file("policies"));
    writeFileSync(folder.file("policies/gateway.yaml"), `${gatewayYaml}---\nkind: Policy\nmetadata: {name: block}\nspec:\n  policies: |\n    ${permit};\n`);
    writeFileSync(folder.file("policies/agents.cedar"), `${permit}\nwhen { context.risk < 50 };\n`);
    const good = await run(programs.dragomand, ["check", folder.file("policies")]);
    assert.equal(good.code, 0, good.errors);
    writeFileSync(folder.file("policies/agents.cedar"), `${permit}\nwhen { context.rsik < 50 };\n`);
    writeFileSync(folder.file("policies/more.cedar"), `@max_lifetime("soon")\n${permit};\n`);
    const { code, errors } = await run(programs.dragomand, ["check", folder.file("policies")]);
    assert.equal(code, 1);
    assert.match(errors, /agents\.cedar:2:8: there is no attribute "rsik" .*did you mean "risk"\?/);
    assert.match(errors, /more\.cedar:1:1: @max_lifetime must be a duration/);
    assert.match(errors, /2 mistakes/);
  });

  test("is content with the smallest configuration that README shows, of at most 25 lines", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const [, block] = readme.match(/```yaml\n(kind: Gateway[\s\S]*?)```/);
    assert.ok(block.trimEnd().split("\n").length <= 25);
    const { code, errors } = await check(block);
    assert.equal(code, 0, errors);
  });

  test("tells all mistakes of a file at once, each where it is", async () => {
    const errors = await complains(`${gatewayYaml}---
kind: Issuer
metadata: {name: corp-idp}
spec:
  issuer: http://idp.corp.example
  algorithm: [RS256]
  maximumAge: 1 hour
---
kind: Target
metadata: {name: Orders}
spec:
  audiences: []
  accepts: {issuers: [corp-ipd], clients: [nobody]}
---
kind: Clinet
metadata: {name: x}
spec: {}
`, [14, "https"], [15, "algorithms"], [16, "maximumAge"], [19, "name"], [21, "audiences"], [24, "Client"]);
    assert.ok(errors.includes("corp-idp"), errors);
    assert.ok(errors.split("\n").filter((line) => line.includes("gateway.yaml:")).length >= 7, errors);
  });

  test("knows only its own keys, each once, at the top too", async () => {
    await complains(gatewayYaml.replace("adminSocket", "adminSokcet"), [9, "adminSocket"]);
    await complains(`${gatewayYaml}extra: 1\n`, [10, "extra"]);
    await complains(gatewayYaml.replace("  sealing: {keyFile: sealing.key}", "  issuer: https://again.example"), [8, "issuer"]);
    await complains(gatewayYaml.replace("{name: gateway}", "{name: gateway, nmae: x}"), [2, "name"]);
    await complains(gatewayYaml.replace("metadata: {name: gateway}\n", ""), [1, "metadata"]);
  });

  test("takes no anchors, aliases, tags, merge keys or surprising scalars", async () => {
    for (const [was, becomes] of [["127.0.0.1:8443", "*here"], ["{name: gateway}", "&here {name: gateway}"], ["issuer: https", "issuer: !!str https"],
      ["  adminSocket: admin.sock", "  <<: {adminSocket: admin.sock}"], ["store: {sqlite: gateway.sqlite}", "store: {sqlite: true}"]])
      assert.equal((await check(gatewayYaml.replace(was, becomes).replace('"*here"', "*here"))).code, 1, becomes);
  });

  test("says where YAML or JSON itself is broken", async () => {
    await complains(`${gatewayYaml}---\nkind: Domain\nmetadata: {name: a\nspec: {}\n`, [13]);
    await complains("kind: [Gateway\n", [2]);
    assert.equal((await check("\u0000\u0001")).code, 1);
    const empty = await check("");
    assert.equal(empty.code, 1);
    assert.match(empty.errors, /Gateway/);
  });

  test("bounds what it reads: depth, size, number", async () => {
    assert.equal((await check("[".repeat(5000))).code, 1);
    assert.equal((await check(`${gatewayYaml}# ${"x".repeat(8 << 20)}`)).code, 1);
  });

  test("holds names, durations, numbers and lists to their ranges", async () => {
    const issuer = (spec) => `${gatewayYaml}---\nkind: Issuer\nmetadata: {name: idp}\nspec: {issuer: https://idp.example, ${spec}}\n`;
    for (const spec of ["leeway: 2m", "leeway: -1s", "maximumAge: 0s", "maximumAge: 30", "maximumAge: 99999d", "algorithms: [HS256]", "algorithms: [none]",
      "algorithms: []", "tokenTypes: [saml2]", "enabled: maybe", "platform: 1", "keys: {discovery: true, jwksUri: https://idp.example/jwks}",
      "keys: {jwksUri: http://idp.example/jwks}", "keys: {jwks: {keys: []}}", "keys: {jwks: [1]}"])
      await complains(issuer(spec), [13]);
    assert.equal((await check(issuer("leeway: 60s"))).code, 0);
  });

  test("refuses two documents of one name, two clients of one id, two issuers of one identifier, two targets of one audience", async () => {
    const twice = (kind, a, b) => `${gatewayYaml}---\nkind: ${kind}\nmetadata: {name: one}\nspec: ${a}\n---\nkind: ${kind}\nmetadata: {name: ${b.name}}\nspec: ${b.spec}\n`;
    await complains(twice("Domain", "{}", { name: "one", spec: "{}" }), [16, "one"]);
    const hash = "a".repeat(64);
    const client = `{clientId: same, authentication: {methods: [client_secret_basic], secretHash: ${hash}}}`;
    assert.equal((await check(twice("Client", client, { name: "two", spec: client }))).code, 1);
    const issuer = "{issuer: https://idp.example}";
    assert.equal((await check(twice("Issuer", issuer, { name: "two", spec: issuer }))).code, 1);
    const target = "{audiences: [https://api.example]}";
    assert.equal((await check(twice("Target", target, { name: "two", spec: target }))).code, 1);
  });

  test("wants a missing file told by name", async () => {
    const { code, errors } = await run(programs.dragomand, ["check", folder.file("nothing.yaml")]);
    assert.equal(code, 1);
    assert.match(errors, /nothing\.yaml/);
    assert.equal((await run(programs.dragomand, ["check"])).code, 2);
    assert.equal((await run(programs.dragomand, ["chekc"])).code, 2);
  });
});

describe("dragomand run", () => {
  let folder, certificates, gateway;
  before(async () => {
    folder = privateFolder();
    certificates = makeCertificates(folder);
    gateway = new Gateway(folder, certificates);
    await gateway.prepare();
    gateway.writeDocuments([]);
  });
  after(() => folder.remove());

  const refuses = async (expected, edit = () => {}) => {
    const kept = structuredClone(gateway.document);
    edit(gateway.document.spec);
    gateway.writeDocuments([]);
    const { code, errors, output } = await run(programs.dragomand, ["run", "--config", gateway.configPath]);
    gateway.document = kept;
    assert.equal(code, 1, errors + output);
    assert.match(errors + output, expected);
  };

  test("does not start without its files, or with files others may read", async () => {
    await refuses(/tls\.crt|certificate/, (spec) => (spec.tls.certificateFile = folder.file("no/tls.crt")));
    chmodSync(folder.file("tls.key"), 0o644);
    await refuses(/tls\.key|key/);
    chmodSync(folder.file("tls.key"), 0o600);
    writeFileSync(folder.file("empty.yaml"), "kind: Domain\nmetadata: {name: x}\nspec: {}\n");
    const alone = await run(programs.dragomand, ["run", "--config", folder.file("empty.yaml")]);
    assert.equal(alone.code, 1);
    assert.match(alone.errors, /Gateway/);
    const migrated = await run(programs.dragomand, ["migrate", "--config", folder.file("empty.yaml")]);
    assert.equal(migrated.code, 1);
    assert.match(migrated.errors, /Gateway/);
  });

  test("starts, keeps its files to itself, and ends with 0 on SIGTERM", async () => {
    await gateway.start();
    assert.equal(statSync(gateway.databasePath).mode & 0o077, 0);
    assert.equal(statSync(gateway.sealingKeyPath).mode & 0o077, 0);
    assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  });

  test("refuses a schema newer than itself, and a migration that was changed after it was applied", async () => {
    const sql = (text) => execFileSync("sqlite3", [gateway.databasePath, text], { encoding: "utf8" });
    const checksum = sql("SELECT sha256 FROM schema_migration WHERE number = 1").trim();
    assert.match(checksum, /^[0-9a-f]{64}$/);
    sql("UPDATE schema_migration SET sha256 = 'changed' WHERE number = 1");
    await refuses(/another content|checksum/);
    sql(`UPDATE schema_migration SET sha256 = '${checksum}' WHERE number = 1`);
    sql("INSERT INTO schema_migration VALUES (9999, 'from the future', 'x', 0, 9999)");
    await refuses(/newer/);
    sql("DELETE FROM schema_migration WHERE number = 9999");
    await gateway.start();
    assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
  });

  test("never overwrites a sealing key", async () => {
    const other = folder.file("other.key");
    assert.equal((await run(programs.dragomand, ["make-sealing-key", other])).code, 0);
    const twice = await run(programs.dragomand, ["make-sealing-key", other]);
    assert.equal(twice.code, 1, "it never overwrites a key");
  });
});
