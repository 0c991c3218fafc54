// Signing keys in a PKCS#11 token (SoftHSM): made there, used there by a process of its own, rotated and revoked like any other; a
// token that is slow, crashes or is not there takes nothing with it but what it would have signed.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";
import { root, until } from "./kit/machine.js";
import { PIN, softTokenIsMissing, SoftToken } from "./kit/soft_token.js";
import { assertGranted, Stage } from "./kit/stage.js";

const SIGNS_MS = 2000; // then whoever waits is told to come again

describe("signing keys in a token", { skip: softTokenIsMissing }, () => {
  let folder, token, stage;
  // Below a folder that only its owner can write, which /tmp is not.
  before(() => {
    folder = mkdtempSync(join(root, "build/token-"));
    token = new SoftToken(folder);
  });
  afterEach(async () => {
    token.behave(undefined);
    await stage?.close();
    stage = undefined;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const open = async ({ algorithms = ["ES256", "RS256"], pkcs11 = {}, pin = PIN } = {}) => {
    const edit = (documents) => Object.assign(documents.get("Target/partner-files").spec.token, { algorithm: algorithms.at(-1) });
    stage = await Stage.open({ edit, prepare: ({ gateway }) => {
      gateway.environment = { ...gateway.environment, ...token.environment };
      gateway.document.spec.signing = { algorithms, publishBeforeUse: "0s", pkcs11: { module: token.module, tokenLabel: token.label, pinFile: gateway.writeSecret("pin", pin), ...pkcs11 } };
    } });
    return stage.gateway;
  };
  const files = { audience: "https://files.partner.example", scope: "files:read" }; // signed with the last of the algorithms
  const headerOf = async ({ access_token: jwt }) => {
    const set = (await stage.gateway.http.send("/jwks")).json;
    return (await jwtVerify(jwt, createLocalJWKSet(set), { issuer: stage.gateway.issuer })).protectedHeader;
  };
  const keysOf = async (gateway) => (await gateway.admin("/v1/keys")).json.keys;
  const holders = (gateway) => {
    const children = (id) => readFileSync(`/proc/${id}/task/${id}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
    const guard = children(gateway.worker).find((id) => readFileSync(`/proc/${id}/cmdline`, "utf8").includes("key-holder"));
    return { guard, holder: children(guard)[0] };
  };

  test("are made there and sign there, and stay over a restart", { timeout: 120_000 }, async () => {
    const gateway = await open();
    const tokens = [assertGranted(await stage.exchange()), assertGranted(await stage.exchange(files))];
    assert.deepEqual([(await headerOf(tokens[0])).alg, (await headerOf(tokens[1])).alg], ["ES256", "RS256"]);
    assert.deepEqual((await keysOf(gateway)).map(({ state, kept_in }) => `${state} ${kept_in}`), ["active token", "active token"]);
    const { holder } = holders(gateway);
    assert.match(readFileSync(`/proc/${holder}/maps`, "utf8"), /libsofthsm2/);
    assert.doesNotMatch(readFileSync(`/proc/${gateway.worker}/maps`, "utf8"), /libsofthsm2|wrapped\.so/, "the worker has none of the vendor's code");
    const kids = (await keysOf(gateway)).map(({ kid }) => kid).sort();
    await gateway.stop();
    await until(() => !readdirSync("/proc").includes(`${holder}`), "the key holder ends with its worker");
    await gateway.start();
    assert.deepEqual((await keysOf(gateway)).map(({ kid }) => kid).sort(), kids);
    for (const one of tokens) await headerOf(one);
    await headerOf(assertGranted(await stage.exchange()));
  });

  test("sign PS256", { timeout: 60_000 }, async () => {
    await open({ algorithms: ["ES256", "PS256"] });
    assert.equal((await headerOf(assertGranted(await stage.exchange(files)))).alg, "PS256");
  });

  test("are rotated and revoked", { timeout: 120_000 }, async () => {
    const gateway = await open();
    const first = assertGranted(await stage.exchange()), { kid } = await headerOf(first);
    assert.equal((await gateway.admin("/v1/keys/rotate?algorithm=ES256", { method: "POST" })).status, 200);
    const second = assertGranted(await stage.exchange()), { kid: next } = await headerOf(second);
    assert.notEqual(next, kid);
    await headerOf(first);
    assert.equal((await gateway.admin(`/v1/keys/${next}/revoke`, { method: "POST" })).status, 200);
    const third = assertGranted(await stage.exchange()), { kid: last } = await headerOf(third);
    assert.ok(![kid, next].includes(last));
    assert.ok((await keysOf(gateway)).filter(({ state }) => state === "active").every(({ kept_in }) => kept_in === "token"));
  });

  test("hold nobody up where the token is slow", { timeout: 120_000 }, async () => {
    const gateway = await open();
    assertGranted(await stage.exchange());
    token.behave("slow");
    const begun = performance.now(), waiting = Promise.all(Array.from({ length: 8 }, () => stage.exchange({}, { over: gateway.http2() })));
    for (let i = 0; i < 20; i++) {
      const asked = performance.now();
      assert.equal((await gateway.http.send("/livez")).status, 200);
      assert.equal((await gateway.http.send("/jwks")).status, 200);
      assert.ok(performance.now() - asked < SIGNS_MS / 2, "the loops go on");
    }
    for (const { status, json } of await waiting) assert.deepEqual([status, json.error], [503, "temporarily_unavailable"]);
    assert.ok(performance.now() - begun >= SIGNS_MS);
    assert.ok(gateway.events("token_failed").some(({ reason }) => reason === "no answer in time"));
    token.behave(undefined);
    await until(async () => (await stage.exchange()).status === 200, "it signs again");
  });

  test("are there again after the vendor's module has crashed", { timeout: 120_000 }, async () => {
    const gateway = await open(), { worker } = gateway, { guard, holder } = holders(gateway);
    assertGranted(await stage.exchange());
    token.behave("crash");
    assert.equal((await stage.exchange()).status, 503);
    token.behave(undefined);
    await until(async () => (await stage.exchange()).status === 200, "it signs again", 60_000);
    assert.equal(gateway.worker, worker, "the worker is the same");
    assert.equal(holders(gateway).guard, guard);
    assert.notEqual(holders(gateway).holder, holder);
    assert.equal(gateway.events("token_opened_again").length, 1);
  });

  test("are there again with another worker after the key holder was killed", { timeout: 120_000 }, async () => {
    const gateway = await open(), { worker } = gateway;
    process.kill(holders(gateway).guard, "SIGKILL");
    await gateway.nextWorker(worker);
    await until(async () => (await stage.exchange().catch(() => undefined))?.status === 200, "it signs again");
    assert.equal(gateway.events("token_lost").length, 1);
  });

  for (const [name, more, why] of [
    ["a wrong PIN", { pin: "0000" }, /the token does not take the PIN/],
    ["a token that is not there", { pkcs11: { tokenLabel: "nobody" } }, /no token that is called \\"nobody\\"/],
    ["a module that is not there", { pkcs11: { module: "/nowhere/module.so" } }, /signing\.pkcs11\.module \/nowhere\/module\.so: No such file/],
    ["a module that is none", { pkcs11: { module: "/usr/lib/x86_64-linux-gnu/libz.so.1" } }, /no PKCS#11 module|No such file/],
    ["an algorithm that tokens do not do for us", { algorithms: ["EdDSA", "ES256", "RS256"] }, /no signing key could be made for the algorithm \\"EdDSA\\"/],
  ])
    test(`say why they cannot be had with ${name}`, { timeout: 60_000 }, async () => {
      await assert.rejects(open(more), why);
    });

  test("are not had from a module that others can change", { timeout: 60_000 }, async () => {
    chmodSync(token.module, 0o777);
    try {
      await assert.rejects(open(), /only its owner may be able to write it/);
    } finally {
      chmodSync(token.module, 0o755);
    }
  });
});
