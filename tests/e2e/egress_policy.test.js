// Policies about calls through egress, what has effects among them, and the budget of records.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { assertFault } from "./kit/faults.js";
import { ModelVendor } from "./kit/model_vendor.js";

const key = "sk-vendor-3e11-never-for-agents";

describe("a policy about calls through egress", () => {
  let egress, stage, vendor, token;
  before(async () => {
    egress = await openEgress({
      store: "sqlite",
      prepare: async ({ certificates }) => { vendor = await new ModelVendor(certificates, { key }).start(); },
      edit: (documents) => {
        for (const target of ["model", "counted"]) documents.set(`Target/${target}`, egressTarget(target, { upstream: `${vendor.origin}/v1`, calls: { perMinute: 100000 } }));
        documents.get("Client/partner-api").spec.budget = { recordsPerHour: 5 };
        documents.get("Target/counted").spec.accepts.clients = ["partner-api"];
      },
    });
    stage = egress.stage;
    for (const target of ["model", "counted"]) await egress.connect(target, key);
    token = (await egress.credential("model")).access_token;
    assert.equal((await egress.call("model", "/x", { token })).status, 200); // the key that is put in is recorded by now
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
  });

  const withPolicy = async (text, run, spec = {}) => {
    await stage.gateway.apply({ kind: "Policy", metadata: { name: "calls" }, spec: { policies: text, ...spec } });
    try {
      return await run();
    } finally {
      assert.equal((await stage.gateway.admin("/v1/documents/Policy/calls", { method: "DELETE" })).status, 200);
    }
  };
  // Nobody can write into the store while this runs.
  const whileNobodyWrites = async (run) => {
    const program = spawn("sqlite3", ["-batch", stage.gateway.databasePath], { stdio: ["pipe", "pipe", "inherit"] });
    program.stdin.write(".timeout 5000\nBEGIN IMMEDIATE;\nSELECT 'held';\n");
    await once(program.stdout, "data");
    try {
      return await run();
    } finally {
      program.stdin.end("ROLLBACK;\n");
      await once(program, "close");
    }
  };

  test("permits and forbids by method and path, and asks for a stronger authentication", async () => {
    await withPolicy(`permit (principal, action == Action::"call", resource == Target::"model") when { context.call.method == "GET" };
      @reason("Keys are not for agents.") forbid (principal, action == Action::"call", resource) when { context.call.path like "/keys*" };`, async () => {
      const seen = vendor.calls.length;
      assert.equal((await egress.call("model", "/models", { token })).status, 200);
      assert.equal((await egress.call("model", "/models", { token, method: "POST" })).status, 403);
      const refused = await egress.call("model", "/keys/7", { token });
      assert.equal(refused.status, 403);
      assert.match(refused.json.error_description, /Keys are not for agents\./);
      assert.equal(vendor.calls.length, seen + 1);
    });
    await withPolicy('@require_step_up("mfa") permit (principal, action == Action::"call", resource);', async () => {
      const answer = await egress.call("model", "/models", { token });
      assert.equal(answer.status, 401);
      assert.match(answer.headers["www-authenticate"], /error="insufficient_user_authentication", acr_values="mfa"/);
    });
  });

  test("on trial is in the record of the call that it would have refused", async () => {
    await withPolicy('forbid (principal, action == Action::"call", resource) when { context.call.path like "/keys*" };', async () => {
      const answer = await egress.call("model", "/keys", { token });
      assert.equal(answer.status, 200);
      const record = await stage.gateway.record(answer.headers["dragoman-exchange"]);
      assert.equal(record.outcome, "done");
      assert.match(JSON.stringify(record), /policy_would_refuse/);
    }, { enforcement: "report" });
  });

  test("may say that a call has effects, which is then not begun before it is recorded", async () => {
    await withPolicy(`permit (principal, action == Action::"call", resource);
      @has_effects permit (principal, action == Action::"call", resource) when { context.call.method == "POST" };`, async () => {
      assert.equal((await egress.call("model", "/warm", { token, method: "POST" })).status, 200);
      const seen = () => vendor.calls.map(({ url }) => url);
      const [before, beside] = await whileNobodyWrites(async () => {
        const answers = [egress.call("model", "/with-effects", { token, method: "POST" }), egress.call("model", "/without", { token })];
        await delay(1500);
        assert.ok(!seen().includes("/v1/with-effects"), "sent before it was recorded");
        assert.ok(seen().includes("/v1/without"), "the other is sent meanwhile");
        return answers;
      });
      for (const answer of await Promise.all([before, beside])) {
        assert.ok([200, 503].includes(answer.status), answer.text);
        if (answer.status === 200) assert.equal((await stage.gateway.record(answer.headers["dragoman-exchange"])).outcome, "done");
        else assert.notEqual(answer, before);
      }
      const asked = (method) => stage.gateway.http.send("/forward-auth/model", { headers: { "x-api-key": token, "x-original-method": method, "x-original-uri": "/asked" } });
      const records = async () => (await stage.gateway.admin("/v1/records?limit=30")).json.records.filter(({ call }) => call?.path === "/asked");
      assert.equal((await asked("GET")).status, 200);
      assert.equal((await records()).length, 0);
      assert.equal((await asked("POST")).status, 200);
      assert.deepEqual((await records()).map(({ outcome }) => outcome), ["done"]);
    });
  });

  test("is asked no more when the records of this hour are used up", async () => {
    const { status, json, text } = await stage.exchange({ audience: "https://counted.example", subject_token: stage.userToken({ scope: "chat" }) }, { auth: stage.authOf("partner-api") });
    assert.equal(status, 200, text);
    const statuses = [];
    let last;
    for (let i = 0; i < 6; i++) statuses.push((last = await egress.call("counted", "/x", { token: json.access_token })).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
    assertFault(last, "BUDGET_RECORDS");
    assert.match(last.headers["retry-after"], /^[1-9]\d*$/);
  });
});
