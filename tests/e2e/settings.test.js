// Settings of the gateway: where they come from, dangerous choices with their second key, and former names.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { stream } from "./kit/gateway.js";
import { programs, run, until } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

describe("a gateway with dangerous choices", () => {
  let stage, gateway;
  before(async () => {
    stage = await Stage.open({ gateway: { confinement: { enabled: false }, insecure: ["workers-not-confined"] } });
    gateway = stage.gateway;
  });
  after(() => stage?.close());

  const change = (edit) => {
    edit(gateway.document.spec);
    writeFileSync(gateway.configPath, stream([gateway.document]));
  };
  const metric = async (choice) => (await gateway.admin("/metrics")).text.match(new RegExp(`^dragoman_insecure\\{choice="${choice}"\\} (\\d)$`, "m"))?.[1];
  const handOver = async () => {
    const before = gateway.worker;
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(before);
  };

  test("says so in a metric and in its log, from the start and after each hand-over", async () => {
    assert.equal(await metric("workers-not-confined"), "1");
    assert.equal(await metric("weak-durability"), "0");
    assert.deepEqual(gateway.events("insecure").map(({ level, choice }) => [level, choice]), [["warning", "workers-not-confined"]]);
    change((spec) => {
      spec.limits = { ...spec.limits, strangers: { refusalsPerMinute: 0 } };
      spec.insecure = ["strangers-not-limited", "workers-not-confined"];
    });
    await handOver();
    assert.equal(await metric("strangers-not-limited"), "1");
    assert.deepEqual(gateway.events("insecure").map(({ choice }) => choice).sort(), ["strangers-not-limited", "workers-not-confined", "workers-not-confined"]);
    change((spec) => {
      delete spec.limits;
      delete spec.confinement;
      delete spec.insecure;
    });
    await handOver();
    assert.equal(await metric("workers-not-confined"), "0");
    assert.equal(await metric("strangers-not-limited"), "0");
  });

  test("takes none without its word, and no word without its choice", async () => {
    const serving = gateway.worker, refusals = () => gateway.events("handover_failed").length;
    for (const [edit, sentence] of [
      [(spec) => (spec.confinement = { enabled: false }), /spec\.confinement\.enabled: false is dangerous: .*, add "workers-not-confined" to the list spec\.insecure/],
      [(spec) => { delete spec.confinement; spec.insecure = ["workers-not-confined"]; }, /spec\.insecure: "workers-not-confined" stands for spec\.confinement\.enabled: false, which is not chosen; take the word away/],
    ]) {
      change(edit);
      const checked = await run(programs.dragomand, ["check", gateway.configPath]);
      assert.equal(checked.code, 1);
      assert.match(checked.errors, sentence);
      const before = refusals();
      gateway.program.child.kill("SIGHUP");
      await until(() => refusals() > before, "the hand-over is refused");
      assert.match(gateway.events("documents_mistaken").at(-1).reason, sentence);
      assert.equal(gateway.worker, serving);
    }
  });
});

describe("a setting by its former name", () => {
  test("holds, with a warning of check and in the log", async () => {
    const stage = await Stage.open({ gateway: { sealing: undefined }, prepare: ({ gateways: [{ document, sealingKeyPath }] }) => (document.spec.sealingKeyFile = sealingKeyPath) });
    const { gateway } = stage, sentence = "spec.sealingKeyFile is called spec.sealing.keyFile since version 0.2; version 0.4 will not know it";
    const checked = await run(programs.dragomand, ["check", gateway.configPath]);
    assert.equal(checked.code, 0);
    assert.match(checked.output, /no mistakes, 1 warning\n/);
    assert.match(checked.errors, new RegExp(`^${gateway.configPath}:\\d+:\\d+: warning: ${sentence}\n$`));
    assert.deepEqual(gateway.events("documents_outdated").map(({ level, file, reason }) => [level, file, reason]), [["warning", gateway.configPath, sentence]]);
    gateway.document.spec.sealing = { keyFile: gateway.sealingKeyPath };
    writeFileSync(gateway.configPath, stream([gateway.document]));
    const both = await run(programs.dragomand, ["check", gateway.configPath]);
    assert.equal(both.code, 1);
    assert.match(both.errors, /spec\.sealingKeyFile is the former name of spec\.sealing\.keyFile, which is written too; take the former away/);
    await stage.close();
  });
});

describe("settings from four sources", () => {
  let stage, gateway;
  const environment = { DRAGOMAN__LIMITS__CHAIN_DEPTH: "5", DRAGOMAN__LIMITS__STREAMS: "500", DRAGOMAN__RECORDS__RETENTION_DAYS: "7" };
  const flags = ["--set", "limits.streams=600"];
  const shown = async (...args) => {
    const { code, output, errors } = await run(programs.dragomand, ["config", "show", "--config", gateway.configPath, ...flags, ...args], { env: { ...process.env, ...environment } });
    assert.equal(code, 0, errors);
    return output;
  };
  // What the worker that serves now says of one.
  const served = async (setting) => {
    const { json } = await gateway.admin("/v1/settings");
    const row = json.settings.find((one) => one.setting === setting);
    return row && [row.value, row.origin];
  };
  const threads = () => gateway.events("serving").at(-1).threads;

  before(async () => {
    stage = await Stage.open({ gateway: { limits: { threads: 1, chainDepth: 3, streams: 300 } }, prepare: (made) => {
      copyFileSync(programs.dragomand, made.folder.file("dragomand"));
      chmodSync(made.folder.file("dragomand"), 0o755);
      made.gateway.daemon = made.folder.file("dragomand");
      made.gateway.environment = environment;
      made.gateway.flags = flags;
    } });
    gateway = stage.gateway;
    mkdirSync(gateway.folder.file("gateway.d"));
  });
  after(() => stage?.close());

  test("are shown with the strongest of each, and where it is from", async () => {
    writeFileSync(gateway.folder.file("gateway.d/10-limits.yaml"), "limits:\n  threads: 2\n  chainDepth: 4\n");
    const folder = gateway.folder.path;
    const list = JSON.parse(await shown("--origin", "--effective", "-o", "json"));
    const of = (setting) => list.filter((row) => row.setting === setting).map(({ value, origin }) => [value, origin]);
    assert.deepEqual(of("limits.threads"), [[2, `${folder}/gateway.d/10-limits.yaml:2`]]);
    assert.deepEqual(of("limits.chainDepth"), [[5, "DRAGOMAN__LIMITS__CHAIN_DEPTH"]]);
    assert.deepEqual(of("limits.streams"), [[600, "--set limits.streams"]]);
    assert.deepEqual(of("limits.rememberedTokens"), [[4096, "built-in"]]);
    assert.match(of("issuer")[0][1], /gateway\.yaml:\d+$/);
    const yaml = await shown("--effective");
    rmSync(gateway.folder.file("gateway.d/10-limits.yaml"));
    writeFileSync(gateway.folder.file("shown.yaml"), yaml);
    const again = await run(programs.dragomand, ["config", "show", "--config", gateway.folder.file("shown.yaml"), "--effective"]);
    assert.equal(again.output, yaml);
  });

  test("take a drop-in at the next hand-over, refuse a bad one, and keep what they had when a worker dies", async () => {
    assert.equal(threads(), 1);
    writeFileSync(gateway.folder.file("gateway.d/20-more.yml"), "limits: {threads: 2}\n");
    let before = gateway.worker;
    process.kill(before, "SIGKILL");
    await gateway.nextWorker(before);
    assert.equal(threads(), 1); // nobody asked for it yet
    await until(() => gateway.events("documents_kept").length > 0, "it is said that the files have changed");
    before = gateway.worker;
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(before);
    assert.equal(threads(), 2);
    assert.deepEqual(await served("limits.threads"), [2, `${gateway.folder.file("gateway.d/20-more.yml")}:1`]);
    const table = await gateway.cli(["config", "show"]);
    assert.match(table.output, /^limits\.streams +600 +--set limits\.streams$/m);
    assert.doesNotMatch(table.output, /built-in/);
    assert.match((await gateway.cli(["config", "show", "--effective"])).output, /^limits\.rememberedTokens +4096 +built-in$/m);
    writeFileSync(gateway.folder.file("gateway.d/30-bad.yaml"), "limits: {thraeds: 2}\n");
    gateway.program.child.kill("SIGHUP");
    await until(() => gateway.events("handover_failed").length > 0, "the hand-over is refused");
    const { file, line, column, reason } = gateway.events("documents_mistaken").at(-1);
    assert.deepEqual([file, line, column, reason], [gateway.folder.file("gateway.d/30-bad.yaml"), 1, 10, 'unknown key "thraeds" in spec.limits; did you mean "threads"?']);
    rmSync(gateway.folder.file("gateway.d/30-bad.yaml"));
  });

  test("keep environment and flags through a restart of the worker and an upgrade of the program", { timeout: 120_000 }, async () => {
    const cmdline = () => readFileSync(`/proc/${gateway.program.child.pid}/cmdline`, "utf8").split("\0");
    assert.ok(cmdline().includes("limits.streams=600"));
    copyFileSync(programs.dragomand, gateway.folder.file("next"));
    chmodSync(gateway.folder.file("next"), 0o755);
    renameSync(gateway.folder.file("next"), gateway.folder.file("dragomand"));
    let before = gateway.worker;
    gateway.program.child.kill("SIGUSR2");
    await gateway.nextWorker(before);
    await until(() => gateway.events("resumed").length > 0, "the new program runs", 60_000);
    assert.ok(cmdline().includes("limits.streams=600"));
    assert.match(readFileSync(`/proc/${gateway.program.child.pid}/environ`, "utf8"), /DRAGOMAN__LIMITS__CHAIN_DEPTH=5/);
    // What the new supervisor was left has them, so that the files alone are no change.
    const kept = gateway.events("documents_kept").length;
    before = gateway.worker;
    process.kill(before, "SIGKILL");
    await gateway.nextWorker(before);
    assert.equal(gateway.events("documents_kept").length, kept);
    assert.equal(threads(), 2);
    assert.deepEqual(await served("limits.chainDepth"), [5, "DRAGOMAN__LIMITS__CHAIN_DEPTH"]);
    assert.deepEqual(await served("limits.streams"), [600, "--set limits.streams"]);
  });

  test("refuse what is no setting, with the nearest name, wherever it stands", async () => {
    const check = (args, env) => run(programs.dragomand, ["check", gateway.configPath, ...args], { env: { ...process.env, ...env } });
    for (const [args, env, sentence] of [
      [["--set", "limits.threds=4"], {}, '--set limits.threds: there is no setting of this name; did you mean "limits.threads"?'],
      [["--set", "limits.threads"], {}, "--set limits.threads: expected SETTING=VALUE, such as limits.threads=4"],
      [["--set", "limits.threads=300"], {}, "--set limits.threads: spec.limits.threads: expected a whole number from 0 to 256, found the number 300"],
      [[], { DRAGOMAN__LIMITS__THREDS: "4" }, 'DRAGOMAN__LIMITS__THREDS: no setting is called so in the environment; did you mean "DRAGOMAN__LIMITS__THREADS"?'],
      [[], { DRAGOMAN__CONFINEMENT__ENABLED: "false" }, 'DRAGOMAN__CONFINEMENT__ENABLED: spec.confinement.enabled: false is dangerous: whoever takes a worker over has every system call and every file of its user; if that is wanted, add "workers-not-confined" to the list spec.insecure'],
      [[], { DRAGOMAN__TLS__KEY_FILE: "tls.key" }, 'DRAGOMAN__TLS__KEY_FILE: spec.tls.keyFile: expected an absolute file name, since this setting stands in no file, found "tls.key"'],
    ]) {
      const { code, errors } = await check(args, env);
      assert.equal(code, 1);
      assert.ok(errors.split("\n").includes(sentence), errors);
    }
    assert.equal((await check([], { DRAGOMAN_VECTORS: "x", DRAGOMAN__CONFINEMENT__ENABLED: "false", DRAGOMAN__INSECURE: "[workers-not-confined]" })).code, 0);
    assert.equal((await run(programs.dragomand, ["run", "--config", gateway.configPath, "--set"])).code, 2);
  });
});
