// Secrets handed over to an adapter that is a program: asked for in its words, recorded as done, told to nobody again.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { build, root, until } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

const python = "/usr/bin/python3";
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("what an adapter's program is handed over", () => {
  let stage, folder;
  before(async () => {
    folder = mkdtempSync(join(build, "adapters-"));
    chmodSync(folder, 0o755);
    const program = join(folder, "keeper");
    writeFileSync(program, `FLAW = "none"\n${readFileSync(join(root, "tests/adapter/broken/adapter.py"), "utf8")}`, { mode: 0o644 });
    stage = await Stage.open({
      gateway: { adapters: { directories: [folder], interpreters: [python] } },
      edit: (documents) => {
        documents.set("Adapter/keeper", { kind: "Adapter", metadata: { name: "keeper" },
          spec: { program: "keeper", sha256: sha256(program), interpreter: { name: "python3", sha256: sha256(python) } } });
        documents.set("Target/kept", { kind: "Target", metadata: { name: "kept" }, spec: { domain: "partner", audiences: ["https://kept.example"], adapter: "keeper",
          settings: { region: "eu" }, scopes: ["orders:read"], accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });
      },
    });
    await until(async () => (await stage.gateway.admin("/v1/adapters")).json.adapters[0]?.state === "running", () => `it runs\n${stage.gateway.program.errors.slice(-2000)}`);
  });
  after(async () => {
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const connection = (options) => stage.gateway.admin("/v1/connections/kept", options);

  test("is asked for in its words, and whoever hands it over is told the record that says so", async () => {
    const asked = (await connection()).json.asks.ask;
    assert.ok(asked.length > 0);
    const secret = "handed-over-4e1f";
    const { status, json, text } = await connection({ method: "POST", body: JSON.stringify({ answers: Object.fromEntries(asked.map(({ name }) => [name, secret])) }) });
    assert.equal(status, 200, text);
    assert.equal(json.does, "keep");
    const record = await stage.gateway.record(json.record);
    assert.deepEqual([record.kind, record.change], ["connection", { adapter: "keeper", does: "keep", target: "kept" }]);
    assert.ok(![text, JSON.stringify(record), stage.gateway.program.errors].join().includes(secret));
  });

  test("is forgotten with a record, too", async () => {
    const { status, json, text } = await connection({ method: "DELETE" });
    assert.equal(status, 200, text);
    assert.deepEqual([json.does, (await stage.gateway.record(json.record)).change.does], ["forget", "forget"]);
  });
});
