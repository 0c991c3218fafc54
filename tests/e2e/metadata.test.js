// What others read to find their way: RFC 8414 metadata, the key set, health.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { calculateJwkThumbprint, importJWK } from "jose";
import { assertFault } from "./kit/faults.js";
import { grantType } from "./kit/gateway.js";
import { Stage } from "./kit/stage.js";

describe("the public documents", () => {
  let stage;
  const get = (path, options) => stage.gateway.http.send(path, options);
  before(async () => (stage = await Stage.open({ gateway: { signing: { algorithms: ["ES256", "RS256", "PS256", "EdDSA"] } } })));
  after(() => stage?.close());

  test("describe this gateway under both well-known names", async () => {
    const us = stage.gateway.issuer;
    const answers = [await get("/.well-known/oauth-authorization-server"), await get("/.well-known/openid-configuration")];
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["content-type"], "application/json");
      const { json } = answer;
      assert.equal(json.issuer, us);
      assert.equal(json.token_endpoint, `${us}/token`);
      assert.equal(json.jwks_uri, `${us}/jwks`);
      assert.equal(json.introspection_endpoint, `${us}/introspect`);
      assert.equal(json.revocation_endpoint, `${us}/revoke`);
      assert.deepEqual(json.grant_types_supported, [grantType, "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]);
      assert.deepEqual(json.response_types_supported, []);
      assert.deepEqual(json.token_endpoint_auth_methods_supported, ["client_secret_basic", "client_secret_post", "private_key_jwt"]);
      assert.ok(json.token_endpoint_auth_signing_alg_values_supported.includes("ES256"));
      assert.ok(!json.token_endpoint_auth_signing_alg_values_supported.some((alg) => alg === "none" || alg.startsWith("HS")));
    }
    assert.equal(answers[0].text, answers[1].text);
    assertFault(await get("/.well-known/oauth-authorization-server/other"), "REQUEST_PATH");
  });

  test("hold one public key per algorithm, each named by itself and usable by an independent library", async () => {
    const answer = await get("/jwks");
    assert.equal(answer.headers["content-type"], "application/jwk-set+json");
    assert.match(answer.headers["cache-control"], /max-age=\d+/);
    const { keys } = answer.json;
    assert.deepEqual(keys.map((key) => key.alg).sort(), ["ES256", "EdDSA", "PS256", "RS256"]);
    assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
    for (const key of keys) {
      assert.equal(key.use, "sig");
      for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) assert.equal(secret in key, false);
      await importJWK(key);
      assert.equal((await calculateJwkThumbprint(key)).length, 43);
      assert.match(key.kid, /^[A-Za-z0-9_-]+$/);
    }
  });

  test("answer HEAD without a body and nothing but GET and HEAD", async () => {
    for (const path of ["/jwks", "/.well-known/oauth-authorization-server", "/livez", "/readyz"]) {
      const head = await get(path, { method: "HEAD" });
      assert.deepEqual([head.status, head.body.length], [200, 0], path);
      const answer = await get(path, { method: "POST" });
      assertFault(answer, "REQUEST_METHOD");
      assert.equal(answer.headers.allow, "GET, HEAD");
    }
  });

  test("say whether the gateway lives and is ready", async () => {
    assert.equal((await get("/livez")).json.status, "ok");
    assert.equal((await get("/readyz")).json.status, "ready");
  });

  test("are the same over HTTP/2", async () => {
    const http2 = stage.gateway.http2();
    assert.equal((await http2.send("/jwks")).text, (await get("/jwks")).text);
    http2.close();
  });

  test("keep administration off the public listener", async () => {
    for (const path of ["/v1/documents", "/v1/keys", "/v1/records", "/metrics", "/v1/trace/x"]) assertFault(await get(path), "REQUEST_PATH");
  });
});
