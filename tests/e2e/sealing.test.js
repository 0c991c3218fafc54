// Where the sealing key comes from, and a gateway that has none: it is there, says so, and opens by itself or by an operator.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";
import { makeCertificates } from "./kit/certificates.js";
import { Gateway } from "./kit/gateway.js";
import { Http1 } from "./kit/http.js";
import { Program, privateFolder, programs, root, run, until } from "./kit/machine.js";

// In a folder that root alone or we may write, as the command has to be.
const trustedFolder = `${root}/build`;

describe("the sealing key", () => {
  let folder, gateway, key;
  before(async () => {
    folder = privateFolder();
    gateway = new Gateway(folder, makeCertificates(folder));
    await gateway.prepare();
    key = readFileSync(gateway.sealingKeyPath, "utf8").trim();
    delete gateway.document.spec.sealing;
  });
  afterEach(() => gateway.stop());
  after(() => folder.remove());

  const start = (sealing, env = {}) => {
    gateway.document.spec.sealing = sealing;
    gateway.writeDocuments([]);
    gateway.program = new Program(gateway.daemon, ["run", "--config", gateway.configPath], { env: { ...process.env, ...env } });
    gateway.http = new Http1(gateway.origin, gateway.certificates.ca);
    return until(() => gateway.events("worker_ready").length > 0, () => `a worker is ready: ${gateway.program.errors}`, 60_000);
  };
  const status = async () => (await gateway.admin("/v1/seal")).json;
  const isUnsealed = () => until(async () => (await status()).sealed === false, () => `it is unsealed: ${gateway.program.errors}`, 60_000);
  const isReady = async () => (await gateway.http.send("/readyz")).status === 200;

  test("is read from a file, from a credential and from the environment, and is the same key", async () => {
    const ids = [];
    mkdirSync(folder.file("credentials"));
    writeFileSync(folder.file("credentials/dragoman-key"), `${key}\n`, { mode: 0o400 });
    for (const [sealing, env] of [
      [{ keyFile: gateway.sealingKeyPath }, {}],
      [{ credential: "dragoman-key" }, { CREDENTIALS_DIRECTORY: folder.file("credentials") }],
      [{ environment: "DRAGOMAN_TEST_KEY" }, { DRAGOMAN_TEST_KEY: key }],
    ]) {
      await start(sealing, env);
      const said = await status();
      assert.equal(said.sealed, false, gateway.program.errors);
      assert.equal(said.source, Object.keys(sealing)[0]);
      ids.push(said.key_id);
      if (sealing.environment === undefined) await gateway.stop();
    }
    assert.equal(new Set(ids).size, 1);
    assert.match(ids[0], /^[0-9a-f]{16}$/);
    for (const id of [gateway.program.child.pid, gateway.worker])
      assert.ok(!readFileSync(`/proc/${id}/environ`, "utf8").includes(key), "the environment is wiped");
    const lost = gateway.worker;
    process.kill(lost, "SIGKILL");
    await gateway.nextWorker(lost);
    assert.equal((await status()).sealed, false, "a worker that dies does not lose what was wiped");
    assert.equal(gateway.events("sealing_key_in_environment").length, 1);
  });

  test("is printed by a command, which gets what is listed and no more, and which is killed when it takes too long", async () => {
    const program = `${trustedFolder}/sealing-command-${process.pid}`;
    writeFileSync(program, `#!/bin/sh
echo "for $1 in $REGION" >&2
env >"$2"
if [ -e "$3" ]; then cat "$3"; else sleep 600; fi
`, { mode: 0o700 });
    try {
      await start({ command: [program, "dragoman", folder.file("seen"), folder.file("late.key")], commandEnvironment: ["REGION"], commandTimeout: "1s" },
        { REGION: "eu-1", SECRET_OF_OTHERS: "x" });
      assert.equal((await status()).sealed, true);
      assert.match((await status()).failure, /did not end within sealing.commandTimeout/);
      const seen = readFileSync(folder.file("seen"), "utf8");
      assert.match(seen, /^REGION=eu-1$/m);
      assert.ok(!seen.includes("SECRET_OF_OTHERS"));
      assert.equal(gateway.events("sealing_command_said")[0].text, "for dragoman in eu-1\n");
      writeFileSync(folder.file("late.key"), key, { mode: 0o600 });
      await isUnsealed();
      await until(isReady, "it is ready");
      chmodSync(program, 0o722);
      await gateway.stop();
      await start({ command: [program, "dragoman", folder.file("seen"), folder.file("late.key")] });
      assert.match((await status()).failure, /only its owner may be able to write it/);
    } finally {
      renameSync(program, folder.file("command"));
    }
  });

  test("that is missing seals the gateway, which opens once it is there", async () => {
    renameSync(gateway.sealingKeyPath, folder.file("away.key"));
    await start({ keyFile: gateway.sealingKeyPath });
    assert.equal((await gateway.http.send("/livez")).status, 200);
    assert.equal((await gateway.http.send("/startupz")).status, 200);
    const ready = await gateway.http.send("/readyz");
    assert.equal(ready.status, 503);
    assert.equal(ready.json.sealed, true);
    assert.ok(!ready.text.includes(folder.path), "strangers learn no file names");
    for (const path of ["/token", "/jwks", "/.well-known/oauth-authorization-server"]) {
      const answer = await gateway.post(path, {});
      assert.equal(answer.status, 503, path);
      assert.equal(answer.json.error, "temporarily_unavailable");
      assert.match(answer.json.error_description, /The gateway is sealed/);
      assert.equal(answer.headers["retry-after"], "5");
    }
    assert.match((await gateway.admin("/metrics")).text, /^dragoman_sealed 1$/m);
    const shown = await gateway.cli(["seal", "status"]);
    assert.match(shown.output, /sealed +.*keyFile/);
    assert.match(shown.errors, /No such file/);
    renameSync(folder.file("away.key"), gateway.sealingKeyPath);
    await isUnsealed();
    await until(isReady, "it is ready");
    assert.match((await gateway.admin("/metrics")).text, /^dragoman_sealed 0$/m);
    assert.equal((await gateway.admin("/v1/seal", { method: "POST", body: key })).status, 409);
  });

  test("that is another one is refused, by a file and by an operator, and nothing is changed", async () => {
    const other = folder.file("other.key");
    if ((await run(programs.dragomand, ["make-sealing-key", other])).code !== 0) throw new Error("no other key");
    const rows = gateway.sql("SELECT count(*), max(created_at) FROM signing_key");
    await start({ keyFile: other });
    await until(async () => /does not open/.test((await status()).failure ?? ""), "the wrong key is noticed", 60_000);
    const wrong = await gateway.cli(["unseal", "--key-file", other]);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.errors, /does not open what is sealed in the store/);
    assert.equal((await status()).sealed, true);
    assert.equal(gateway.sql("SELECT count(*), max(created_at) FROM signing_key"), rows);
  });

  test("is given by an operator, is recorded, and outlives a worker but not the supervisor", async () => {
    await start({ manual: true });
    assert.match((await status()).failure, /dragoman unseal/);
    const examined = await gateway.cli(["doctor"]);
    assert.equal(examined.code, 1);
    assert.match(examined.errors.replaceAll(/\s+/g, " "), /why: The gateway is sealed.* next: dragoman seal status/);
    assert.match((await gateway.cli(["top", "--once", "--interval", "0.1"])).output, /^sealed +everything is answered 503/m);
    const malformed = await gateway.cli(["unseal"], { input: "no key\n" });
    assert.match(malformed.errors, /64 hexadecimal digits/);
    const given = await gateway.cli(["unseal"], { input: `${key}\n` });
    assert.equal(given.code, 0, given.errors);
    assert.match(given.output, /^unsealed +(now|\d+ s ago) +operator +[0-9a-f]{16}\n$/m);
    await isUnsealed();
    assert.ok(given.output.includes((await status()).key_id), "the key that was given is the one in force");
    assert.equal((await status()).source, "operator");
    const { records } = (await gateway.admin("/v1/records")).json;
    assert.equal(records.find((record) => record.kind === "unseal").client, "admin-socket");
    const lost = gateway.worker;
    process.kill(lost, "SIGKILL");
    await gateway.nextWorker(lost);
    assert.equal((await status()).sealed, false);
    await gateway.stop();
    await start({ manual: true });
    assert.equal((await status()).sealed, true);
    for (let i = 0; i < 6; i++) await gateway.admin("/v1/seal", { method: "POST", body: "ab".repeat(32) });
    const rate = await gateway.admin("/v1/seal", { method: "POST", body: key });
    assert.equal(rate.status, 429, rate.text);
  });

  // The supervisor has it from the operator alone: forgotten, the gateway would be sealed by its next crash.
  test("is kept if the sealed worker that it was given to dies before the one that has it is ready", async () => {
    await start({ manual: true });
    const sealed = gateway.worker, supervisor = gateway.program.child.pid;
    const others = () => readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, "utf8").trim().split(" ").map(Number).filter((id) => id !== sealed);
    const before = others();
    const given = gateway.cli(["unseal"], { input: `${key}\n` });
    const opening = await until(() => others().find((id) => !before.includes(id)), "a worker is started with the key");
    process.kill(opening, "SIGSTOP");
    process.kill(sealed, "SIGKILL");
    await until(() => gateway.events("worker_ended").some((event) => event.process === sealed), "the death is noticed");
    process.kill(opening, "SIGCONT");
    await given;
    assert.equal(await gateway.nextWorker(sealed), opening);
    process.kill(opening, "SIGKILL");
    await gateway.nextWorker(opening);
    assert.equal((await status()).sealed, false);
  });

  test("that goes away does not seal a gateway that serves", async () => {
    await start({ keyFile: gateway.sealingKeyPath });
    await isUnsealed();
    renameSync(gateway.sealingKeyPath, folder.file("away.key"));
    gateway.program.child.kill("SIGHUP");
    const [refused] = await until(() => gateway.events("handover_failed").length > 0 && gateway.events("handover_failed"), "the hand-over is refused");
    assert.match(refused.reason, /No such file/);
    await until(isReady, "it is ready");
    renameSync(folder.file("away.key"), gateway.sealingKeyPath);
  });
});
