// The documents of the page about Kerberos are taken as they stand: `dragomand check` has nothing against them, their policy does what
// the page says, and a gateway with the program takes them too, which asks it about each target. Besides what the page says there is only what it says is there
// already; replaced are where things lie and the KDCs, which nobody asks for anything here.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeCertificates } from "./kit/certificates.js";
import { makeKey } from "./kit/forge.js";
import { Gateway } from "./kit/gateway.js";
import { kerberosIsMissing } from "./kit/kerberos.js";
import { build, freePort, privateFolder, programs, root, run, until } from "./kit/machine.js";
import { plainProgram } from "./kit/plain_program.js";

const page = readFileSync(join(root, "docs/adapters/kerberos.md"), "utf8");
const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, block]) => block).filter((block) => /^kind: /m.test(block));
const client = (secretFile) => ({ kind: "Client", metadata: { name: "orders-agent" }, spec: { authentication: { methods: ["client_secret_basic"], secretFile } } });

// Exactly once: what is not there any more is not replaced in silence.
function replaced(text, pairs) {
  for (const [from, to] of pairs) {
    assert.equal(text.split(from).length, 2, `${from} stands in the page once`);
    text = text.replace(from, () => to);
  }
  return text;
}

describe("the documents of the page about Kerberos", () => {
  let folder;
  before(() => (folder = privateFolder()));
  after(() => folder.remove());

  test("have no mistake", async () => {
    const gateway = { kind: "Gateway", metadata: { name: "gateway" }, spec: {
      issuer: "https://gateway.example", tls: { certificateFile: "/etc/dragoman/tls.crt", keyFile: "/etc/dragoman/tls.key" }, sealing: { keyFile: "/etc/dragoman/sealing.key" },
      adapters: { directories: ["/usr/local/lib/dragoman/adapters"] } } };
    assert.equal(blocks.length, 1);
    const others = [gateway, client("/etc/dragoman/orders-agent.secret")], file = folder.file("kerberos.yaml");
    writeFileSync(file, [...blocks, ...others.map((document) => JSON.stringify(document))].join("\n---\n"));
    const { code, output, errors } = await run(programs.dragomand, ["check", file]);
    assert.equal(code, 0, `${output}${errors}`);
  });

  test("keep tickets that can be carried away to one group, and nothing else", async () => {
    const given = (output, ...groups) => ({ actor: "orders-agent", target: "reports", issued_token_type: `urn:dragoman:token-type:kerberos-${output}`, subject: { attributes: { groups } } });
    const cases = [
      { name: "a ticket, for the group", given: given("ccache", "staff", "ticket-files"), expect: { decision: "allow", policies: ["for-somebody-else"] } },
      { name: "a ticket, for another", given: given("ccache", "staff"), expect: { decision: "deny", policies: ["tickets-to-carry-away"] } },
      { name: "a ticket, for somebody without groups", given: { ...given("ccache"), subject: { attributes: {} } }, expect: { decision: "deny", policies: ["tickets-to-carry-away"] } },
      { name: "a token of one use", given: given("spnego", "staff"), expect: { decision: "allow", policies: ["for-somebody-else"] } },
      { name: "a call through the gateway", given: { action: "call", actor: "orders-agent", target: "intranet", subject: { attributes: { groups: ["staff"] } } }, expect: { decision: "allow", policies: ["for-somebody-else"] } },
    ];
    writeFileSync(folder.file("documents.yaml"), [...blocks, JSON.stringify(client("/etc/dragoman/orders-agent.secret"))].join("\n---\n"));
    writeFileSync(folder.file("cases.test.yaml"), JSON.stringify(cases));
    const { code, output, errors } = await run(programs.dragoman, ["policy", "test", folder.file("documents.yaml"), folder.file("cases.test.yaml")]);
    assert.equal(code, 0, `${output}${errors}`);
    assert.match(output, /5 passed, 0 failed; 2 of 2 policies decided/);
  });
});

describe("the settings of the page about Kerberos", { skip: kerberosIsMissing }, () => {
  let folder, adapters, gateway, adapter, rest;
  before(async () => {
    folder = privateFolder();
    // Where nobody but root and the gateway's user may put a program.
    adapters = mkdtempSync(join(build, "adapters-"));
    chmodSync(adapters, 0o755);
    const program = join(adapters, "kerberos"), keytab = folder.file("gateway.keytab");
    copyFileSync(plainProgram("dragoman-kerberos", "adapters/kerberos/kerberos"), program);
    chmodSync(program, 0o755);
    writeFileSync(folder.file("krb5.conf"), "[libdefaults]\n default_realm = CORP.EXAMPLE\n");
    const made = await run("ktutil", [], { env: { ...process.env, KRB5_CONFIG: folder.file("krb5.conf") },
      input: `addent -password -p gw/gateway.corp.example@CORP.EXAMPLE -k 1 -e aes256-cts-hmac-sha1-96\nany password\nwkt ${keytab}\nquit\n` });
    assert.equal(made.code, 0, made.errors);
    chmodSync(keytab, 0o600);
    const documents = replaced(blocks.join("\n---\n"), [
      ["0".repeat(64), createHash("sha256").update(readFileSync(program)).digest("hex")],
      ["/etc/dragoman/gateway.keytab", keytab],
      ['["10.0.0.10", "10.0.0.11"]', `["127.0.0.1:${await freePort()}"]`],
      ["  claims: {attributes: {upn: upn", `  keys: {jwks: {keys: [${JSON.stringify(makeKey("ES256").jwk)}]}}\n  claims: {attributes: {upn: upn`],
    ]);
    const end = documents.indexOf("---\n");
    adapter = documents.slice(0, end);
    rest = documents.slice(end);
    gateway = new Gateway(folder, makeCertificates(folder));
    await gateway.prepare({ adapters: { directories: [adapters] } });
    gateway.writeDocuments([client(gateway.writeSecret("orders-agent.secret", "a".repeat(48)))]);
    await gateway.start();
  });
  after(async () => {
    await gateway?.stop();
    rmSync(adapters, { recursive: true, force: true });
    folder.remove();
  });

  // The adapter first and alone, as the page says: then it is there to be asked about targets.
  const apply = (text) => gateway.admin("/v1/documents", { method: "POST", body: text });

  test("are refused by the program where it cannot be so", async () => {
    const answer = await apply(replaced(adapter, [["probe: {subject: probe", "probe: {subject: svc-probe"]]));
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, /nobody may be this account/);
  });

  test("are taken by the program", async () => {
    const answer = await apply(adapter);
    assert.equal(answer.status, 200, `${answer.text}\n${gateway.program.errors.slice(-2000)}`);
    const described = await until(async () => (await gateway.admin("/v1/adapters")).json.adapters.find(({ health }) => health === "degraded"), () => gateway.program.errors.slice(-2000));
    assert.deepEqual([described.name, described.state], ["kerberos-corp", "running"]);
    assert.match(described.detail, /KDC/);
  });

  for (const [what, from, to, expected] of [
    ["another service", "    settings: {service: HTTP/intranet.corp.example}", "    settings: {service: HTTP/else.corp.example}", /realm CORP\.EXAMPLE has no such service/],
    ["outputs that the realm does not let", "service: HTTP/reports.corp.example, outputs", "service: HTTP/intranet.corp.example, outputs", /the realm lets spnego alone for this service/],
    ["a longer ticket than the realm lets", "service: HTTP/reports.corp.example, outputs", "lifetime: 301, service: HTTP/reports.corp.example, outputs", /lifetime/],
    ["an attribute that is not handed over", "  handOver: {attributes: [upn, groups]}\n  settings", "  handOver: {attributes: [upn]}\n  settings", /needs the attribute \\?"groups\\?"/],
  ])
    test(`of a target are refused by the program with ${what}`, async () => {
      const answer = await apply(replaced(rest, [[from, to]]));
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.text, expected);
    });

  test("of targets are taken, with all that stands beside them", async () => {
    const answer = await apply(rest);
    assert.equal(answer.status, 200, `${answer.text}\n${gateway.program.errors.slice(-2000)}`);
  });
});
