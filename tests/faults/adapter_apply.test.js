// What cannot work is refused when it is applied, with the place of the mistake, and what runs goes on as it was.
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Stage } from "../e2e/kit/stage.js";
import { adapterTarget, badAdapter, programFolder, put, python, runs, scriptAdapter, sha256, stateOf } from "./kit/adapters.js";

// Answers whatever it is asked, and none of it is a manifest.
const garbage = `import json, socket
wire = socket.socket(fileno=3)
for line in wire.makefile("rb"):
    message = json.loads(line)
    if "id" in message:
        wire.sendall(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"protocol": 1, "manifest": "none"}}).encode() + b"\\n")
`;

describe("applying what cannot work", () => {
  let folder, stage, gateway;
  before(async () => {
    folder = programFolder({ bad: badAdapter, networked: join(import.meta.dirname, "kit/refreshing_adapter.py") });
    writeFileSync(folder.file("garbage"), garbage, { mode: 0o755 });
    writeFileSync(folder.file("writable"), "import time\n", { mode: 0o755 });
    chmodSync(folder.file("writable"), 0o777);
    stage = await Stage.open({
      gateway: { adapters: { directories: [folder.path], interpreters: [python] } },
      edit: (documents) => put(documents, scriptAdapter(folder, "good"), adapterTarget("well", "good", { does: "good" })),
    });
    ({ gateway } = stage);
    await runs(gateway, "good");
  });
  after(async () => {
    await stage?.close();
    folder?.remove();
  });

  async function apply(text) {
    const file = stage.folder.file("applied.yaml");
    writeFileSync(file, text);
    const { code, output, errors } = await gateway.cli(["apply", "-f", file]);
    return { code, said: output + errors };
  }

  async function isRefused(text, pattern) {
    const records = gateway.sql("SELECT count(*) FROM document");
    const { code, said } = await apply(text);
    assert.notEqual(code, 0, said);
    assert.match(said, pattern);
    assert.equal(gateway.sql("SELECT count(*) FROM document"), records);
    assert.equal((await stage.exchange({ audience: "https://well.example", scope: "orders:read" })).status, 200, "what is there goes on");
  }

  test("names line and column of what its adapter does not take in a target's settings", async () => {
    const target = (settings) => `kind: Target
metadata:
  name: wrong
spec:
  domain: partner
  audiences: [https://wrong.example]
  adapter: good
  settings:
${settings}
  scopes: [orders:read]
  accepts: {issuers: [corp-idp], clients: [orders-agent]}
`;
    await isRefused(target("    other: 1\n    does: nonsense"), /:10:11: spec\.settings\/does: there is no nonsense/);
    await isRefused(target("    { other: 1, does: nonsense }"), /:9:23: spec\.settings\/does: there is no nonsense/);
    assert.equal((await apply(target("    does: good"))).code, 0);
  });

  const adapter = (name, program, more = {}) => JSON.stringify({ ...scriptAdapter(folder, name, { program, sha256: sha256(folder.file(program)), ...more }) });

  test("refuses a program that is not the one that was pinned", () => isRefused(adapter("wrong", "bad", { sha256: "0".repeat(64) }), /sha256\s+of\s+\S+bad\s+is\s+[0-9a-f]{64},\s+expected\s+0{64}/));

  test("refuses a program that others may write", () => isRefused(adapter("wrong", "writable"), /writable/));

  test("refuses one that wants a network that its document does not give it", () => isRefused(adapter("wrong", "networked"), /network/));

  test("refuses one that says nonsense of itself", () => isRefused(adapter("wrong", "garbage"), /manifest/));

  test("leaves nothing of what was tried", async () => {
    assert.equal(await stateOf(gateway, "wrong"), undefined);
    assert.equal((await apply(adapter("another", "bad"))).code, 0);
    await runs(gateway, "another");
  });
});
