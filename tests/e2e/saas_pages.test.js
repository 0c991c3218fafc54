// The documents in the pages about adapters and connected accounts are taken as they stand: whoever follows a page is not told
// of a mistake in it. Besides what a page says there is only what it says is there already.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { privateFolder, programs, root, run } from "./kit/machine.js";

const gateway = { kind: "Gateway", metadata: { name: "gateway" }, spec: {
  issuer: "https://gateway.example", tls: { certificateFile: "/etc/dragoman/tls.crt", keyFile: "/etc/dragoman/tls.key" }, sealing: { keyFile: "/etc/dragoman/sealing.key" },
  signing: { algorithms: ["ES256", "RS256"] }, adapters: { directories: ["/usr/local/lib/dragoman/adapters"] } } };
const domain = (name, leavesFor = []) => ({ kind: "Domain", metadata: { name }, spec: { leavesFor } });
const given = [
  domain("saas"), domain("partner"), domain("corp"),
  { kind: "Issuer", metadata: { name: "corp-idp" }, spec: { domain: "corp", issuer: "https://people.corp.example", login: { clientId: "dragoman" } } },
  { kind: "Client", metadata: { name: "orders-agent" }, spec: { authentication: { methods: ["client_secret_basic"], secretFile: "/etc/dragoman/orders-agent.secret" } } },
  { kind: "Adapter", metadata: { name: "saas-oauth" }, spec: { program: "saas_oauth", sha256: "0".repeat(64), network: "any" } },
];
const pages = ["connecting-accounts.md", "adapters/saas-oauth.md", "adapters/vendor-key.md",
  ...["README", "aws-sts", "box", "entra-on-behalf-of", "github-app", "google", "id-jag", "salesforce"].map((name) => `adapters/saas-oauth/${name}.md`)];

describe("documents of pages", () => {
  let folder;
  before(() => (folder = privateFolder()));
  after(() => folder.remove());

  // Blocks without a kind are parts of a document that is there.
  const blocks = (text) => [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, block]) => block).filter((block) => /^kind: /m.test(block));
  const names = (block) => [...block.matchAll(/^kind: (\w+)\nmetadata:(?: \{|\n {2})name: ([\w-]+)/gm)].map(([, kind, name]) => `${kind}/${name}`);

  for (const page of pages)
    test(`${page} has none with a mistake`, async () => {
      const found = blocks(readFileSync(join(root, "docs", page), "utf8")), there = found.flatMap(names);
      assert.ok(there.length >= 1 && new Set(there).size === there.length, there.join(" "));
      const others = [gateway, ...given.filter(({ kind, metadata }) => !there.includes(`${kind}/${metadata.name}`))];
      const file = folder.file(`${basename(page)}.yaml`);
      writeFileSync(file, [...found, ...others.map((document) => JSON.stringify(document))].join("\n---\n"));
      const { code, output, errors } = await run(programs.dragomand, ["check", file]);
      assert.equal(code, 0, `${output}${errors}`);
    });

  test("connecting accounts needs nothing that its page does not have", () => {
    const there = blocks(readFileSync(join(root, "docs/connecting-accounts.md"), "utf8")).flatMap(names);
    assert.deepEqual(there, ["Domain/corp", "Domain/saas", "Issuer/corp-idp", "Client/orders-agent", "Adapter/saas-oauth", "Target/files"]);
  });
});
