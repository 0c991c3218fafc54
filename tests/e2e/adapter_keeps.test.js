// What an adapter is told by its own document, the socket it may accept on, and what it says of the subject: a small program under
// a real supervisor, from the document to the record.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { assertFault, faults } from "./kit/faults.js";
import { build, until } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";

const python = "/usr/bin/python3";
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const type = "urn:example:ticket", audience = "https://tickets.example";

// Greets whoever connects to the socket it was handed; without one it tries what it can.
const script = `import errno, json, socket, threading
wire = socket.socket(fileno=3)
lines = wire.makefile("r", encoding="utf-8")
start = json.loads(lines.readline())["params"]
settings = start.get("settings", {})
realm = settings.get("realm", "NOWHERE")

def word_for(action):
    try:
        action()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]

def greet(listener):
    while True:
        client, _ = listener.accept()
        client.sendall(("you are at " + realm).encode())
        client.close()

if "listener" in start:
    listener = socket.socket(fileno=start["listener"])
    threading.Thread(target=greet, args=(listener,), daemon=True).start()
    print(realm, "listens at", *listener.getsockname(), flush=True)
own = socket.socket()
print(realm, "listens itself:", word_for(lambda: own.listen(1)), flush=True)
if "listener" not in start:
    print(realm, "accepts itself:", word_for(wire.accept), flush=True)

def mint(params):
    subject = params["subject"]["subject"]
    if subject == "mallory":
        return {"error": {"code": -32001, "message": "there is no account mallory", "data": {"about": "subject"}}}
    if subject == "bob":
        return {"error": {"code": -32001, "message": "bob is on leave", "data": {"about": "subject", "public": "Not these days."}}}
    if subject == "eve":
        return {"error": {"code": -32001, "message": "not for this target"}}
    return {"result": {"credential": "ticket-of-" + subject, "type": "${type}", "expires_at": params["expires_at"], "scopes": params["scopes"],
                       "presentation": {"in": "header", "name": "x-ticket"}, "account": subject + "@" + realm}}

manifest = {"name": "keeps", "version": "1", "credentials": [{"type": "${type}", "token_type": "N_A"}], "settings_schema": {"type": "object"},
            "outside_effects": False, "network": "any", "concurrency": 4, "renews": False, "connects": "none"}
for line in lines:
    message = json.loads(line)
    if "id" not in message:
        continue
    method = message["method"]
    answer = mint(message["params"]) if method == "mint" else {"result": {
        "initialize": {"protocol": 1, "manifest": manifest}, "validate": {"mistakes": []}, "health": {"status": "good"}}.get(method, {})}
    wire.sendall((json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}) + "\\n").encode())
    if method == "shutdown":
        break
`;

const hear = (port) => new Promise((resolve, reject) => {
  let heard = "";
  connect(port, "127.0.0.1").on("data", (piece) => (heard += piece)).on("end", () => resolve(heard)).on("error", reject);
});

describe("an adapter that is told by its document what it needs", () => {
  let folder, egress, stage, gateway, vendor;
  const document = (name, more) => ({ kind: "Adapter", metadata: { name }, spec: { program: "keeps", sha256: sha256(join(folder, "keeps")),
    interpreter: { name: "python3", sha256: sha256(python) }, network: "any", ...more } });
  const printed = (adapter, pattern) => until(() => gateway.events("adapter_output").filter((event) => event.adapter === adapter).map(({ line }) => line.match(pattern)).filter(Boolean).at(-1),
    () => `${adapter} prints ${pattern}\n${gateway.program.errors.slice(-3000)}`);
  const ask = (sub) => stage.exchange({ audience, subject_token: stage.userToken({ sub }) });

  before(async () => {
    folder = mkdtempSync(join(build, "adapters-"));
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "keeps"), script, { mode: 0o644 });
    egress = await openEgress({
      gateway: { adapters: { directories: [folder], interpreters: [python] } },
      prepare: async ({ certificates }) => (vendor = await new ModelVendor(certificates, { header: "x-ticket", scheme: "", accepts: (shown) => /^ticket-of-/.test(shown) }).start()),
    });
    stage = egress.stage;
    gateway = stage.gateway;
    await gateway.apply(document("keeps", { loopbackListener: true, settings: { realm: "CORP.EXAMPLE" } }), document("plain", {}));
    await gateway.apply({ kind: "Target", metadata: { name: "tickets" }, spec: { domain: "partner", audiences: [audience], scopes: ["orders:read"], adapter: "keeps",
        accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } },
      egressTarget("called", { upstream: `${vendor.origin}/v1`, supplier: "keeps", settings: {} }));
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("has its settings, and accepts at the loopback address that it was handed", async () => {
    // The one that was tried when the document was applied had a port of its own, and is gone.
    const heard = await until(async () => hear((await printed("keeps", /^CORP\.EXAMPLE listens at 127\.0\.0\.1 (\d+)$/))[1]).catch(() => false), "it greets");
    assert.equal(heard, "you are at CORP.EXAMPLE");
    assert.equal((await printed("keeps", /^CORP\.EXAMPLE listens itself: (\w+)$/))[1], "EPERM");
  });

  test("accepts nowhere without its document's word, and is told nothing where it says nothing", async () => {
    assert.equal((await printed("plain", /^NOWHERE listens itself: (\w+)$/))[1], "EPERM");
    assert.equal((await printed("plain", /^NOWHERE accepts itself: (\w+)$/))[1], "EPERM");
    assert.ok(!gateway.events("adapter_output").some(({ line }) => /^NOWHERE listens at/.test(line)));
  });

  test("says whose account its credential is for, in the record, explain and trace", async () => {
    const answer = await ask("alice");
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!answer.text.includes("alice@"), "which is not the caller's");
    const id = answer.json.dragoman_exchange;
    assert.equal((await gateway.record(id)).account, "alice@CORP.EXAMPLE");
    assert.match((await gateway.cli(["explain", id])).output, /account +alice@CORP\.EXAMPLE/);
    assert.match((await gateway.cli(["trace", id])).output, /granted tickets in partner +\S* *as alice@CORP\.EXAMPLE/);
  });

  test("says the same of what is put into calls, and refuses a subject there as well", async () => {
    const { access_token: token, dragoman_exchange: lease } = await egress.credential("called");
    assert.equal((await egress.call("called", "/models", { token })).status, 200);
    assert.equal(vendor.last.headers["x-ticket"], "ticket-of-alice");
    const { records } = (await gateway.admin(`/v1/trace/${lease}`)).json;
    assert.equal(records.find(({ kind, parent }) => kind === "supply" && parent === lease).account, "alice@CORP.EXAMPLE");
    assert.equal("account" in (await gateway.record(lease)), false, "of the key that the caller has nobody said so");
    const { access_token: refused } = await egress.credential("called", {}, { sub: "mallory" });
    const answer = await egress.call("called", "/models", { token: refused });
    assert.equal(answer.status, 403, answer.text);
    assert.ok(!answer.text.includes("no account") && vendor.calls.length === 1, answer.text);
  });

  test("refuses a subject as an invalid request that tells nobody which accounts there are", async () => {
    const refused = await ask("mallory");
    assert.equal(assertFault(refused, "ADAPTER_REFUSED_SUBJECT").error, "invalid_request");
    assert.ok(!refused.text.includes("no account"));
    assert.match((await gateway.cli(["explain", refused.json.dragoman_exchange])).output, /there is no account mallory[^]*adapter_refused_subject/);
    assertFault(await ask("bob"), "ADAPTER_REFUSED_SUBJECT", { sentence: `${faults.ADAPTER_REFUSED_SUBJECT.sentence} Not these days.` });
    assert.equal(assertFault(await ask("eve"), "ADAPTER_REFUSED").error, "invalid_target");
  });

  test("is started anew with other settings", async () => {
    await gateway.apply(document("keeps", { loopbackListener: true, settings: { realm: "NEXT.EXAMPLE" } }));
    await printed("keeps", /^NEXT\.EXAMPLE listens at/);
    const account = await until(async () => {
      const answer = await ask("alice");
      return answer.status === 200 && (await gateway.record(answer.json.dragoman_exchange)).account;
    }, "it answers again");
    assert.equal(account, "alice@NEXT.EXAMPLE");
  });

  test("is not taken where its document asks for what cannot be", async () => {
    for (const [more, sentence] of [[{ network: "none", loopbackListener: true }, /spec\.loopbackListener: it needs network: any/],
      [{ settings: { word: "x".repeat(33000) } }, /spec\.settings: expected at most 32768 bytes as JSON, found 33011/]])
      await assert.rejects(gateway.apply(document("wrong", more)), sentence);
  });
});
