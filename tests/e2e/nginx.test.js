// Our keys through a real nginx that asks /forward-auth, in front of an API that knows nothing of any of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { keyTargets } from "./kit/keys.js";
import { nginxIsMissing, protectedLocation, ProtectedApi } from "./kit/nginx.js";
import { Stage } from "./kit/stage.js";

describe("behind nginx", { skip: nginxIsMissing }, () => {
  let stage, api, slow, key;
  before(async () => {
    stage = await Stage.open({ edit: keyTargets });
    api = await new ProtectedApi(stage.folder, stage.certificates, stage.gateway.origin, "shop").start();
    key = await mint();
  });
  after(async () => {
    await api?.stop();
    await slow?.stop();
    await stage?.close();
  });

  const mint = async (changes = {}) => {
    const answer = await stage.exchange({ audience: "shop", scope: "orders:read", ...changes });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const bearer = ({ access_token: token }) => ({ authorization: `Bearer ${token}` });
  const refusedBy = async (status, path, options) => {
    const before = api.calls.length;
    const answer = await api.send(path, options);
    assert.equal(answer.status, status, answer.text);
    assert.equal(api.calls.length, before, "the API is not reached");
    return answer;
  };

  test("the configuration that is tried here is the one that is documented", () => {
    const page = readFileSync(new URL("../../docs/api-keys.md", import.meta.url), "utf8");
    const documented = protectedLocation({ gateway: "https://gateway.example", authority: "/etc/ssl/certs/ca-certificates.crt", target: "shop", name: "gateway.example", api: "http://127.0.0.1:8080" });
    assert.ok(page.includes(documented), "docs/api-keys.md shows another one");
  });

  test("a good key reaches the API, which is told whose it is and not shown the key", async () => {
    for (const headers of [bearer(key), { "x-api-key": key.access_token }, { "api-key": key.access_token, "dragoman-subject": "mallory" }]) {
      const answer = await api.send("/orders/7?full=1", { headers });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(JSON.parse(answer.text), { subject: "alice", scope: "orders:read" });
      const call = api.calls.at(-1);
      assert.equal(call.url, "/orders/7?full=1");
      assert.ok(!JSON.stringify(call.headers).includes(key.access_token));
    }
  });

  test("a key without the scope for this path does not", async () => {
    await refusedBy(403, "/orders", { method: "POST", headers: bearer(key), body: "{}" });
    await refusedBy(403, "/admin/users", { headers: bearer(key) });
    await refusedBy(403, "/nowhere", { headers: bearer(key) });
  });

  test("nor does a call without a key, with one of another target, with a typo, or with headers that say another call", async () => {
    const missing = await refusedBy(401, "/orders", {});
    assert.equal(missing.headers["www-authenticate"], 'Bearer realm="dragoman"');
    await refusedBy(401, "/orders", { headers: bearer(await mint({ audience: "depot" })) });
    const text = key.access_token;
    await refusedBy(401, "/orders", { headers: bearer({ access_token: text.slice(0, -1) + (text.at(-1) === "0" ? "1" : "0") }) });
    for (const header of ["X-Original-URI", "X-Original-URL", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Original-Method"])
      await refusedBy(403, "/admin/users", { headers: { ...bearer(key), [header]: header.endsWith("Method") ? "GET" : "/open/x" } });
  });

  test("nor do paths that the API would read otherwise", async () => {
    for (const path of ["/open/%2e%2e/admin", "/open/..%2fadmin", "/open//admin", "/open/..;/admin", "/open/%252e%252e/admin", "/open/%5c../admin", "/open/../admin"])
      await refusedBy(403, path, { headers: bearer(key) });
  });

  test("a killed key is dead within two seconds, and so is one that has expired", async () => {
    const killed = await mint();
    assert.equal((await api.send("/orders", { headers: bearer(killed) })).status, 200);
    assert.equal((await stage.gateway.kill("lease", killed.dragoman_exchange)).status, 200);
    const from = Date.now();
    while ((await api.send("/orders", { headers: bearer(killed) })).status !== 401) assert.ok(Date.now() - from < 2000, "still alive after 2 s");
    await stage.gateway.apply({ kind: "Target", metadata: { name: "brief" }, spec: { domain: "partner", audiences: ["brief"], adapter: "api-key", scopes: ["orders:read"], maximumLifetime: "2s",
      accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });
    const brief = await mint({ audience: "brief" });
    const ask = () => stage.gateway.http.send("/forward-auth/brief", { headers: { ...bearer(brief), "x-original-method": "GET", "x-original-uri": "/" } });
    assert.equal((await ask()).status, 200);
    await sleep(2100);
    assert.equal((await ask()).status, 401);
  });

  test("more calls than the target bears are 429 with Retry-After, though auth_request knows no such answer", async () => {
    slow = new ProtectedApi({ file: (name) => stage.folder.file(`slow-${name}`) }, stage.certificates, stage.gateway.origin, "slow");
    await slow.start();
    const headers = bearer(await mint({ audience: "slow" }));
    while (Date.now() % 60_000 > 55_000) await sleep(500); // within one minute
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await slow.send("/x", { headers }));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 429]);
    assert.ok(Number(answers[3].headers["retry-after"]) >= 1);
  });
});
