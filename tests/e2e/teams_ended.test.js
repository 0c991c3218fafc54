// Sessions of those who should have none: what agents hold for people opens no door of theirs where operators say what does, and
// sessions that end while their change is under way: an adapter takes its time to say whether settings are good, and whoever
// asked is killed meanwhile.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { faults } from "./kit/faults.js";
import { forge, now } from "./kit/forge.js";
import { tokenType } from "./kit/gateway.js";
import { build, until } from "./kit/machine.js";
import { TeamStage } from "./kit/team.js";

const python = "/usr/bin/python3";
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

const script = `import json, socket, threading
wire = socket.socket(fileno=3)
lines, turn = wire.makefile("r", encoding="utf-8"), threading.Lock()
started = json.loads(lines.readline())
manifest = {"name": "slow", "version": "1", "credentials": [{"type": "urn:example:key", "token_type": "N_A"}],
            "settings_schema": {"type": "object"}, "outside_effects": False, "network": "none", "concurrency": 4,
            "renews": False, "connects": "none"}
def answer(message, result):
    with turn:
        wire.sendall(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode() + b"\\n")
for line in lines:
    message = json.loads(line)
    if "id" not in message:
        continue
    if message["method"] == "validate":  # slow, but well: other questions are answered meanwhile
        print("asked", flush=True)
        threading.Timer(2, answer, (message, {"mistakes": []})).start()
        continue
    results = {"initialize": {"protocol": 1, "manifest": manifest}, "shutdown": {}}
    answer(message, results.get(message["method"], {"status": "good"}))
    if message["method"] == "shutdown":
        break
`;

describe("a session that nobody should have, or that ends while its change is under way", () => {
  let folder, teams, gateway;
  before(async () => {
    folder = mkdtempSync(join(build, "adapters-"));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "slow"), script, { mode: 0o644 });
    assert.ok(existsSync(python));
    teams = await TeamStage.open({
      admin: { audiences: ["dragoman-cli", "https://gateway.example/admin"] },
      gateway: { adapters: { directories: [folder], interpreters: [python], firstUserId: 100_000 + 256 * (process.pid % 100_000) } }, // no other gateway of this host has these
      edit: (documents) => documents.set("Adapter/slow", { kind: "Adapter", metadata: { name: "slow" },
        spec: { program: "slow", sha256: sha256(join(folder, "slow")), interpreter: { name: "python3", sha256: sha256(python) } } }),
    });
    gateway = teams.gateway;
    await until(async () => (await gateway.admin("/v1/adapters")).json.adapters.some(({ state }) => state === "running"), "the adapter runs");
    await teams.logInAll("ann", "ben");
  });
  after(async () => {
    await teams?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const asked = () => gateway.events("adapter_output").filter((event) => event.line === "asked").length;
  const startThen = async (person, name, meanwhile) => {
    const before = asked();
    const answer = teams.call("/v1/documents", { person, method: "POST", documents: [teams.target(name, undefined, { adapter: "slow", settings: {} })] });
    await until(() => asked() > before, "the adapter is asked");
    await meanwhile();
    return answer;
  };

  test("is not to be had for a token that is meant for exchanges", async () => {
    const claims = { iss: teams.provider.identifier, sub: "olga", groups: ["platform-ops"], iat: now(), exp: now() + 300 };
    const login = (aud, type) => teams.post("/v1/login", { subject_token: forge({ key: teams.provider.key, header: {}, claims: { ...claims, aud } }), subject_token_type: tokenType(type) });
    for (const [aud, type] of [[gateway.issuer, "jwt"], [gateway.issuer, "access_token"], [gateway.issuer, "id_token"]]) {
      const refused = await login(aud, type);
      assert.deepEqual([refused.status, refused.json.title], [faults.TOKEN_AUDIENCE.status, faults.TOKEN_AUDIENCE.reason], type);
    }
    assert.equal((await login("https://gateway.example/admin", "access_token")).status, 200);
    assert.equal((await login("dragoman-cli", "id_token")).status, 200);
  });

  test("changes nothing any more, when it is killed", async () => {
    const good = await startThen("ben", "good", () => {});
    assert.equal(good.status, 200, good.text);
    const answer = await startThen("ann", "late", async () => {
      assert.equal((await gateway.cli(["kill", "subject", `${teams.provider.identifier} ann`])).code, 0);
    });
    assert.deepEqual([answer.status, answer.json.title], [401, faults.ADMIN_TOKEN_INVALID.reason], answer.text);
    assert.equal((await gateway.admin("/v1/documents/Target/late")).status, 404);
    assert.equal((await gateway.admin("/v1/documents/Target/good")).status, 200);
  });
});
