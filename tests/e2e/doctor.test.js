// dragoman doctor: a sound gateway is all ok, and each seeded fault is found with its sentence.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeServerCertificate } from "./kit/certificates.js";
import { freePort, until } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

// What the kernel of this machine cannot do is no fault of the gateway, and what the shell allows none either.
const OF_THIS_MACHINE = ["confinement", "limits", "disk"];

const examine = async (gateway) => {
  const { code, output, errors } = await gateway.cli(["doctor", "-o", "json"]);
  assert.ok(code === 0 || code === 1, errors);
  return { code, ...JSON.parse(output) };
};
const found = ({ checks }, check, verdict) => checks.filter((row) => row.check === check && row.verdict === verdict).map((row) => row.found).join("\n");
const unwell = ({ checks }) => checks.filter(({ check, verdict }) => verdict !== "ok" && !OF_THIS_MACHINE.includes(check)).map(({ check, verdict }) => `${check} ${verdict}`);

const replaceCertificate = ({ certificates }, options) => {
  const { certificate, key } = makeServerCertificate(certificates, ["localhost"], ["127.0.0.1"], options);
  writeFileSync(certificates.certificateFile, certificate);
  writeFileSync(certificates.keyFile, key, { mode: 0o600 });
};
const isFetched = (gateway) => until(async () => (await examine(gateway)).facts.issuers.every(({ usable }) => usable), "the keys of all issuers are there");

describe("a sound gateway", () => {
  let stage, gateway;
  before(async () => {
    stage = await Stage.open({ prepare: (it) => replaceCertificate(it, { days: 90 }) });
    gateway = stage.gateway;
    await isFetched(gateway);
  });
  after(() => stage?.close());

  test("is all ok, and says what it found", async () => {
    const seen = await examine(gateway);
    assert.deepEqual(unwell(seen), []);
    assert.equal(seen.code, 0);
    assert.deepEqual([...new Set(seen.checks.map(({ check }) => check))], ["version", "readiness", "documents", "store", "kills", "disk", "dangerous settings",
      "confinement", "certificate", "issuers", "adapters", "signing keys", "limits", "clock", "admin socket"]);
    assert.match(found(seen, "certificate", "ok"), /^names 127\.0\.0\.1, expires in (89 d 23 h|90 d)$/);
    assert.match(found(seen, "issuers", "ok"), /^keys of 3 are there/);
    assert.match(found(seen, "signing keys", "ok"), /^2 sign/);
    assert.ok(seen.facts.store.answer_us > 0 && seen.facts.store.free_bytes > 0);
    const { output } = await gateway.cli(["doctor"]);
    assert.match(output, /^ok {4}version {13}\S+\n/);
    assert.match(output, /\n\n\d+ ok, \d to look at, 0 wrong\n$/);
  });

  test("that then gets mistakes into its files and a socket that others may open is not", async () => {
    writeFileSync(gateway.configPath, "kind: Gateway\n");
    gateway.program.child.kill("SIGHUP");
    await until(() => gateway.events("handover_failed").length > 0, "the reload is refused");
    chmodSync(gateway.socketPath, 0o666);
    const seen = await until(async () => {
      const now = await examine(gateway);
      return now.facts.reload_refused && now;
    }, "it is seen");
    assert.equal(seen.code, 1);
    assert.deepEqual(unwell(seen), ["documents FAIL", "admin socket FAIL"]);
    assert.match(found(seen, "documents", "FAIL"), /^the files have mistakes: the documents of before are served, and a restart would fail$/);
    assert.match(found(seen, "admin socket", "FAIL"), /admin\.sock has mode 0666$/);
  });
});

describe("a gateway with faults", () => {
  let stage, adapters, seen;
  before(async () => {
    adapters = mkdtempSync(join(tmpdir(), "dragoman-doctor-"));
    chmodSync(adapters, 0o755);
    writeFileSync(join(adapters, "small"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const nobody = `https://127.0.0.1:${await freePort()}`;
    stage = await Stage.open({
      gateway: (gateway) => ({ serviceUrl: `https://gateway.internal:${gateway.port}`, limits: { threads: 2, strangers: { refusalsPerMinute: 0 } },
        insecure: ["strangers-not-limited"], adapters: { directories: [adapters] } }),
      prepare: (it) => replaceCertificate(it, { days: 5 }),
      edit: (documents) => {
        documents.set("Issuer/gone", { kind: "Issuer", metadata: { name: "gone" }, spec: { domain: "other", issuer: nobody } });
        documents.set("Adapter/small", { kind: "Adapter", metadata: { name: "small" }, spec: { program: "small", sha256: "0".repeat(64) } });
      },
    });
    seen = await until(async () => {
      const now = await examine(stage.gateway);
      return found(now, "issuers", "FAIL") && found(now, "adapters", "FAIL") && now.facts.issuers.filter(({ usable }) => usable).length === 3 && now;
    }, "all of them are seen");
  });
  after(async () => {
    await stage?.close();
    rmSync(adapters, { recursive: true, force: true });
  });

  test("is told each of them, and nothing else", () => {
    assert.equal(seen.code, 1);
    assert.deepEqual(unwell(seen), ["dangerous settings warn", "certificate warn", "certificate warn", "issuers FAIL", "adapters FAIL"]);
  });
  test("a certificate that expires in five days, and does not name where the gateway is reached", () =>
    assert.match(found(seen, "certificate", "warn"), /^expires in (4 d 23 h|5 d)\ndoes not name gateway\.internal$/));
  test("an issuer that is down", () => assert.match(found(seen, "issuers", "FAIL"), /^gone: there are no keys of it \(metadata: .+\)$/));
  test("a dangerous setting", () => assert.match(found(seen, "dangerous settings", "warn"), /^strangers-not-limited: one address may be refused any number of times/));
  test("an adapter that does not start", () => assert.match(found(seen, "adapters", "FAIL"), /^small: refused, .+/));
  test("all with what to do and a page", () => {
    for (const { check, verdict, advice, page } of seen.checks) assert.ok(verdict === "ok" || (advice && page?.startsWith("docs/")), check);
  });
});

describe("a gateway on PostgreSQL", () => {
  test("is told that its store is away", async () => {
    const stage = await Stage.open({ store: "postgres", gateway: ({ postgres }) => ({ store: { postgres: { connection: postgres.connection, answerTimeout: "1s", statementTimeout: "1s" } } }) });
    try {
      const sound = await examine(stage.gateway);
      assert.match(found(sound, "store", "ok") + found(sound, "store", "warn"), /^postgres answers in /);
      assert.equal(found(sound, "disk", "ok"), "");
      await stage.postgres.stop("immediate");
      const seen = await until(async () => {
        const now = await examine(stage.gateway);
        return !now.facts.store.answers && found(now, "kills", "warn") && now;
      }, "the store is missed");
      assert.equal(seen.code, 1);
      assert.match(found(seen, "store", "FAIL"), /^postgres does not answer; \d+\.\d m?s was waited for it$/);
      assert.match(found(seen, "kills", "warn"), /^the store has not told of kills for /);
    } finally {
      await stage.close();
    }
  });
});
