// What tests of bad adapters share: a folder that programs may lie in, documents of adapters and their targets, and what
// the worker has used of the processor.
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, root, until } from "../../e2e/kit/machine.js";

export const python = "/usr/bin/python3";
export const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

// Not where tests keep their files: nobody but root and the gateway's user may be able to put a program there.
export function programFolder(files) {
  const path = mkdtempSync(join(build, "adapters-"));
  chmodSync(path, 0o755);
  for (const [name, from] of Object.entries(files)) {
    copyFileSync(from, join(path, name));
    chmodSync(join(path, name), 0o755);
  }
  return { path, file: (name) => join(path, name), remove: () => rmSync(path, { recursive: true, force: true }) };
}

// A number from 0 to 1 and the next, the same for the same seed (mulberry32).
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export const badAdapter = join(import.meta.dirname, "bad_adapter.py");

export function scriptAdapter(folder, name, spec = {}) {
  return { kind: "Adapter", metadata: { name }, spec: { program: "bad", sha256: sha256(folder.file("bad")),
    interpreter: { name: "python3", sha256: sha256(python) }, limits: { timeout: "1s", ...spec.limits }, ...spec } };
}

export function adapterTarget(name, adapter, settings, spec = {}) {
  return { kind: "Target", metadata: { name }, spec: { domain: "partner", audiences: [`https://${name}.example`], adapter, settings,
    scopes: ["orders:read", "orders:write"], maximumLifetime: "5m", accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] }, ...spec } };
}

export const put = (documents, ...added) => added.forEach((document) => documents.set(`${document.kind}/${document.metadata.name}`, document));

export const stateOf = async (gateway, name) => (await gateway.admin("/v1/adapters")).json.adapters.find((adapter) => adapter.name === name);

export const runs = (gateway, name, instance = 0, limitMs = 60_000) => until(async () => {
  const adapter = await stateOf(gateway, name).catch(() => undefined);
  return adapter?.state === "running" && adapter.instance >= instance && adapter;
}, () => `${name} runs\n${gateway.program.errors.slice(-3000)}`, limitMs);

// Of an instance; one worker's instances are the supervisor's numbers.
export const processOf = (gateway, name, instance) =>
  gateway.events("adapter_program_started").find((event) => event.adapter === name && event.instance === instance)?.process;

const TICK_MS = 10;

// Milliseconds of processor time that a process has used.
export function processorMs(process) {
  const fields = readFileSync(`/proc/${process}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

export const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
