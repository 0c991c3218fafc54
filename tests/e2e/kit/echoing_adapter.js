// An adapter whose credentials say what it was told: base64url of the params of its mint. It makes two types, and where
// nobody asks the one that the target's settings name. What it was asked to take back it prints.
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, until } from "./machine.js";

const python = "/usr/bin/python3";
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

export const single = "urn:dragoman:token-type:kerberos-spnego", carried = "urn:dragoman:token-type:kerberos-ccache";

const script = (manifest) => `import base64, json, socket
lines = socket.socket(fileno=3).makefile("rw", encoding="utf-8")
manifest = json.loads(${JSON.stringify(JSON.stringify(manifest))})
lines.readline()
for line in lines:
    message = json.loads(line)
    method, params = message["method"], message.get("params") or {}
    if "id" not in message:
        continue
    result = {}
    if method == "initialize":
        result = {"protocol": 1, "manifest": manifest}
    elif method == "health":
        result = {"status": "good"}
    elif method == "validate":
        print("validate", json.dumps(params["target"]), flush=True)
        result = {"mistakes": []}
    elif method == "mint":
        usual = params["target"].get("settings", {}).get("usual", "${single}")
        credential = base64.urlsafe_b64encode(json.dumps(params).encode()).decode().rstrip("=")
        result = {"credential": credential, "type": params.get("type", usual), "expires_at": params["expires_at"],
                  "scopes": params["scopes"], "presentation": {"in": "header", "name": "authorization", "scheme": "Negotiate"}}
    elif method == "revoke":
        print("revoked", params["lease"], flush=True)
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), file=lines, flush=True)
    if method == "shutdown":
        break
`;

/** Adapters of these names, each with members of its manifest that are its own. */
export class EchoingAdapters {
  constructor(manifests) {
    this.manifests = manifests;
    this.folder = mkdtempSync(join(build, "adapters-")); // where nobody but root and the gateway's user may put a program
    chmodSync(this.folder, 0o755);
    for (const [name, manifest] of Object.entries(manifests))
      writeFileSync(join(this.folder, name), script({ name, version: "1", settings_schema: { type: "object" }, outside_effects: true, network: "none",
        concurrency: 4, renews: false, connects: "none", credentials: [single, carried].map((type) => ({ type, token_type: "N_A" })), ...manifest }), { mode: 0o644 });
  }

  get gateway() {
    return { adapters: { directories: [this.folder], interpreters: [python] } };
  }

  write(documents) {
    for (const name of Object.keys(this.manifests))
      documents.set(`Adapter/${name}`, { kind: "Adapter", metadata: { name },
        spec: { program: name, sha256: sha256(join(this.folder, name)), interpreter: { name: "python3", sha256: sha256(python) } } });
  }

  async running(gateway) {
    await until(async () => (await gateway.admin("/v1/adapters")).json.adapters.filter(({ name, state }) => name in this.manifests && state === "running").length === Object.keys(this.manifests).length,
      () => `the adapters run\n${gateway.program.errors.slice(-3000)}`);
  }

  printed(gateway) {
    return gateway.events("adapter_output").filter(({ adapter }) => adapter in this.manifests).map(({ line }) => line);
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What an adapter was told, by what it made. */
export const told = (answer) => JSON.parse(Buffer.from(answer.access_token ?? answer, "base64url"));
