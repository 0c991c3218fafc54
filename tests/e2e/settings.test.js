// Settings of the gateway: dangerous choices with their second key, and former names.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeFileSync } from "node:fs";
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
      assert.match(gateway.program.errors, sentence);
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
