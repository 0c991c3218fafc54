// Signing keys that an operator keeps in files: the first one signs, the next is published, and what was in the store before or was
// revoked signs no more.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { createLocalJWKSet, exportJWK, jwtVerify } from "jose";
import { until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("signing keys in files", () => {
  let stage, gateway, keys;
  beforeEach(async () => {
    keys = Array.from({ length: 2 }, () => generateKeyPairSync("ec", { namedCurve: "P-256" }));
    stage = await Stage.open({ gateway: { signing: { algorithms: ["ES256"] } }, edit: (documents) => documents.delete("Target/partner-files") });
    ({ gateway } = stage);
    for (const [i, { privateKey }] of keys.entries()) gateway.writeSecret(`signing-${i}.pem`, privateKey.export({ type: "pkcs8", format: "pem" }));
  });
  afterEach(() => stage?.close());

  // Without a pause, as an operator does it.
  const use = async (...files) => {
    const { worker } = gateway;
    Object.assign(gateway.document.spec.signing, { keyFiles: files.map((i) => `signing-${i}.pem`) });
    stage.writeDocuments();
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(worker);
  };
  // Connections of before are served to their end by the worker of before.
  const signsWith = async (i) => {
    const expected = await publicHalf(i);
    await until(async () => (await signer()) === expected, `the key in signing-${i}.pem signs`);
  };
  const listed = async () => (await gateway.admin("/v1/keys")).json.keys;
  const jwks = async () => (await gateway.http.send("/jwks")).json;
  const headerOf = async ({ access_token: token }) => (await jwtVerify(token, createLocalJWKSet(await jwks()), { issuer: gateway.issuer })).protectedHeader;
  const publicHalf = async (i) => (await exportJWK(keys[i].publicKey)).x;
  const signer = async () => {
    const { kid } = await headerOf(assertGranted(await stage.exchange()));
    return (await jwks()).keys.find((key) => key.kid === kid).x;
  };

  test("take over from the store, are swapped by an operator, and verify meanwhile", { timeout: 120_000 }, async () => {
    const [{ kid: stored }] = await listed(), before = assertGranted(await stage.exchange());
    await use(0, 1);
    await signsWith(0);
    assert.ok((await jwks()).keys.some(({ x }) => x !== undefined) && (await jwks()).keys.length === 3, "both and the one of before are published");
    await headerOf(before);
    await until(async () => (await listed()).find(({ kid }) => kid === stored).state === "retired", "what the store had retires");
    assert.deepEqual((await listed()).map(({ state, kept_in }) => `${state} ${kept_in}`).sort(), ["active file", "published file", "retired store"]);
    const refused = await gateway.admin("/v1/keys/rotate?algorithm=ES256", { method: "POST" });
    assert.deepEqual([refused.status, refused.json.title], [409, "key_in_file"]);
    const shown = await gateway.cli(["key", "list"]);
    assert.match(shown.output, /active +file/);
    const first = assertGranted(await stage.exchange());
    await use(1, 0);
    await signsWith(1);
    await headerOf(first);
  });

  test("that was revoked signs and verifies no more, also after a restart", { timeout: 120_000 }, async () => {
    await use(0, 1);
    await signsWith(0);
    const token = assertGranted(await stage.exchange()), { kid } = await headerOf(token);
    assert.equal((await gateway.admin(`/v1/keys/${kid}/revoke`, { method: "POST" })).status, 200);
    for (const restarts of [false, true]) {
      if (restarts) await gateway.stop();
      if (restarts) await gateway.start();
      assert.equal(await signer(), await publicHalf(1));
      assert.ok(!(await jwks()).keys.some((key) => key.kid === kid));
      assert.equal((await listed()).find((key) => key.kid === kid).state, "revoked");
      assert.equal((await gateway.post("/introspect", { token: token.access_token }, { auth: stage.authOf("partner-api") })).json.active, false);
    }
  });

  test("that others could read are refused, and the gateway goes on as it was", { timeout: 60_000 }, async () => {
    const { worker } = gateway, before = await signer();
    chmodSync(join(stage.folder.path, "signing-0.pem"), 0o640);
    Object.assign(gateway.document.spec.signing, { keyFiles: ["signing-0.pem"] });
    stage.writeDocuments();
    gateway.program.child.kill("SIGHUP");
    await until(() => /signing-0\.pem cannot be read, is no regular file .* or is open to others than its owner/.test(gateway.program.errors), () => `it says so: ${gateway.program.errors}`);
    assert.equal(gateway.worker, worker);
    assert.equal(await signer(), before);
  });
});
