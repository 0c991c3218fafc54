// Records: durable before the answer, complete, without secrets; refusals too; budgets; and what reads them back.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { assertFault, faults } from "./kit/faults.js";
import { makeKey } from "./kit/forge.js";
import { basic, formBody } from "./kit/http.js";
import { until } from "./kit/machine.js";
import { tokenType } from "./kit/gateway.js";
import { assertGranted, Stage } from "./kit/stage.js";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const memberOrder = ["id", "at", "kind", "outcome", "reason", "team", "client", "client_method", "agent", "subject", "subject_token", "actor_token",
  "chain", "root", "task", "purpose", "parent", "from", "to", "target", "audience", "scope_asked", "scope_given", "token_type",
  "expires_at", "kid", "generation", "address", "ladder", "change", "stands_on"];

describe("a record", () => {
  let stage, us;
  before(async () => {
    stage = await Stage.open();
    us = stage.gateway.issuer;
    await stage.gateway.apply({ kind: "Domain", metadata: { name: "elsewhere" }, spec: {} }); // the first generation
  });
  after(() => stage?.close());

  test("says who, for whom, through whom, from where, to what, what was asked and given", async () => {
    const subject = stage.userToken();
    const actor = stage.userToken({ sub: "bot" });
    const answer = assertGranted(await stage.exchange({ subject_token: subject, actor_token: actor, actor_token_type: tokenType("access_token"),
      scope: "orders:read", dragoman_task: "task-1", dragoman_purpose: "a reason" }));
    const record = await stage.gateway.record(answer.dragoman_exchange);
    const { at, ladder, generation, kid, ...rest } = record;
    assert.ok(Math.abs(new Date(at) - Date.now()) < 60_000, at);
    assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.equal(kid, answer.header.kid);
    assert.equal(generation, 1);
    assert.deepEqual(rest, {
      id: answer.claims.jti, kind: "exchange", outcome: "granted", team: "payments", client: "orders-agent", client_method: "client_secret_basic",
      agent: { iss: us, sub: "orders-agent" }, subject: { iss: stage.corp.identifier, sub: "alice" },
      subject_token: sha256(subject), actor_token: sha256(actor), chain: [{ iss: stage.corp.identifier, sub: "bot" }], root: answer.claims.txn,
      task: "task-1", purpose: "a reason", from: "corp", to: "partner", target: "partner-orders", audience: "https://api.partner.example",
      scope_asked: "orders:read", scope_given: "orders:read", token_type: tokenType("access_token"), expires_at: answer.claims.exp, address: "127.0.0.1",
      stands_on: answer.claims.dragoman_stands_on,
    });
    assert.deepEqual(answer.claims.dragoman_stands_on.map((thing) => thing.split(" ")[0]), ["root", "root", "team"], "the trees of both logins, and the client's team");
    const order = Object.keys(record).map((name) => memberOrder.indexOf(name));
    assert.deepEqual(order, [...order].sort((a, b) => a - b), "canonical order");
    assert.ok(ladder.length > 8 && ladder.every((rung) => rung.check && !("result" in rung)), JSON.stringify(ladder));
  });

  test("is there for refusals of authenticated callers, with the reason and the ladder down to it", async () => {
    const refusals = [
      [await stage.exchange({ scope: "orders:write" }), "SCOPE_WIDER"],
      [await stage.exchange({ subject_token: "x.y.z" }), "TOKEN_MALFORMED"],
      [await stage.exchange({ audience: "https://nowhere.example" }), "TARGET_UNKNOWN"],
      [await stage.exchange({ grant_type: "password" }), "GRANT_TYPE_UNKNOWN"],
      [await stage.exchange({ subject_token: stage.userToken({ exp: 5, iat: 1 }) }), "TOKEN_EXPIRED"],
    ];
    for (const [answer, symbol] of refusals) {
      const record = await stage.gateway.record(assertFault(answer, symbol).dragoman_exchange);
      assert.equal(record.outcome, "refused");
      assert.equal(record.reason, faults[symbol].reason);
      assert.equal(record.client, "orders-agent");
      assert.equal("expires_at" in record, false);
      assert.equal("kid" in record, false);
      const failed = record.ladder.filter((rung) => "result" in rung);
      assert.deepEqual(failed.map((rung) => rung.result), [faults[symbol].reason], JSON.stringify(record.ladder));
      assert.equal(record.ladder.at(-1), failed[0], "the ladder ends where it broke");
    }
  });

  test("names documents with file and line in its ladder", async () => {
    const { dragoman_exchange: id } = assertFault(await stage.exchange({ scope: "orders:write" }), "SCOPE_WIDER");
    const { ladder } = await stage.gateway.record(id);
    assert.ok(ladder.some((rung) => /^Target\/partner-orders \(.*gateway\.yaml:\d+\)$/.test(rung.document)), JSON.stringify(ladder, null, 1));
    assert.match(ladder[ladder.at(-1).as].document, /^Issuer\//, "the last check names its document by the position of the first that did");
  });

  test("is not made for strangers: they are counted", async () => {
    const count = async () => Number((await stage.gateway.admin("/metrics")).text.match(/^dragoman_faults_total\{(?=.*reason="client_unknown")(?=.*"anonymous").*\} (\d+)$/m)?.[1] ?? 0);
    const before = await count();
    const { dragoman_exchange: id } = assertFault(await stage.exchange({}, { auth: ["nobody", "n".repeat(40)] }), "CLIENT_UNKNOWN");
    assert.equal((await stage.gateway.admin(`/v1/records/${id}`)).status, 404);
    assert.equal(await count(), before + 1);
  });

  test("of a caller that left before the decision says so, and nothing was issued", async () => {
    const held = [], key = makeKey("ES256");
    stage.corp.keys.push(key);
    stage.corp.misbehave = (request, response, kind) => kind === "jwks" && held.push(response);
    const http2 = stage.gateway.http2();
    const body = formBody(stage.form({ subject_token: stage.userToken({}, {}, key), audience: "https://nowhere.example" }));
    const stream = http2.session.request({ ":method": "POST", ":path": "/token", authorization: basic(...stage.auth), "content-type": "application/x-www-form-urlencoded" });
    stream.on("error", () => {});
    stream.end(body);
    await until(() => held.length > 0, "the gateway asks for the key");
    stream.close(8); // CANCEL
    await new Promise((done) => stream.once("close", done));
    stage.corp.misbehave = null;
    for (const response of held) response.end(JSON.stringify({ keys: stage.corp.keys.map((key) => key.jwk) }));
    const newest = async () => (await stage.gateway.admin("/v1/records?limit=1")).json.records[0];
    const record = await until(async () => (await newest()).reason === "caller_gone" && newest(), "it is recorded");
    assert.equal(record.outcome, "refused");
    assert.equal("kid" in record || "expires_at" in record, false);
    http2.close();
  });

  test("is listed newest first, in pages", async () => {
    const ids = [];
    for (let i = 0; i < 5; i++) ids.unshift(assertGranted(await stage.exchange()).dragoman_exchange);
    const page = async (query) => (await stage.gateway.admin(`/v1/records?${query}`)).json.records.map((record) => record.id);
    assert.deepEqual(await page("limit=3"), ids.slice(0, 3));
    assert.deepEqual(await page(`limit=2&before=${ids[2]}`), ids.slice(3));
  });

  test("leads back from a credential to the person: trace by record, jti or root", async () => {
    const first = assertGranted(await stage.exchange({ subject_token: stage.userToken({ scope: "orders:read" }) }));
    const second = assertGranted(await stage.exchange({ subject_token: first.access_token, audience: "https://files.partner.example" }, { auth: stage.authOf("partner-api") }));
    for (const id of [first.dragoman_exchange, second.claims.jti, second.claims.txn]) {
      const { root, records } = (await stage.gateway.admin(`/v1/trace/${id}`)).json;
      assert.equal(root, first.claims.txn);
      assert.deepEqual(records.map((record) => record.id), [first.dragoman_exchange, second.dragoman_exchange], "parents before children");
    }
    const told = await stage.gateway.cli(["trace", second.dragoman_exchange]);
    assert.equal(told.code, 0, told.errors);
    assert.match(told.output, /alice/);
    assert.match(told.output, /orders-agent/);
    assert.match(told.output, /partner-api/);
    assert.equal((await stage.gateway.cli(["trace", "01KAQZ3M5W8Y0E6T2R4V7N9B1C"])).code, 1);
  });

  test("is found in a tree that is too large to be shown whole", async () => {
    const login = { subject_token: stage.userToken() };
    const ids = [];
    for (let round = 0; round < 17; round++) ids.push(...(await Promise.all(Array.from({ length: 60 }, () => stage.exchange(login)))).map((answer) => assertGranted(answer).dragoman_exchange));
    const asked = ids.at(-1);
    const { json } = await stage.gateway.admin(`/v1/trace/${asked}`);
    assert.deepEqual([json.complete, json.records.length], [false, 1000]);
    assert.ok(json.records.some(({ id }) => id === asked));
    assert.match((await stage.gateway.cli(["trace", asked])).errors, /the tree has more records/);
    assert.equal((await stage.gateway.admin(`/v1/trace/${assertGranted(await stage.exchange()).dragoman_exchange}`)).json.complete, true);
  });

  test("is explained at a prompt: every check, and which document said no", async () => {
    const { dragoman_exchange: id } = assertFault(await stage.exchange({ scope: "orders:write" }), "SCOPE_WIDER");
    const told = await stage.gateway.cli(["explain", id]);
    assert.equal(told.code, 0, told.errors);
    assert.match(told.output, /scope_wider/);
    assert.match(told.output, /scope_not_wider +Issuer\/.*gateway\.yaml:\d+/, "also where the record has its position only");
    const asJson = await stage.gateway.cli(["explain", id, "-o", "json"]);
    assert.equal(JSON.parse(asJson.output).reason ?? JSON.parse(asJson.output).record?.reason, "scope_wider");
  });

  test("outlives a restart and a kill -9", async () => {
    const { dragoman_exchange: id, access_token: token } = assertGranted(await stage.exchange());
    await stage.gateway.stop("SIGKILL");
    await stage.gateway.start();
    assert.equal((await stage.gateway.record(id)).outcome, "granted");
    const { json } = await stage.gateway.post("/introspect", { token }, { auth: stage.auth });
    assert.equal(json.active, true, "the signing keys are the same");
  });

  test("that cannot be made means nothing is issued", async () => {
    const lock = spawn("sqlite3", [stage.gateway.databasePath], { stdio: ["pipe", "pipe", "inherit"] });
    lock.stdin.write("BEGIN IMMEDIATE;\nSELECT 'locked';\n");
    await until(() => lock.stdout.read()?.includes("locked"), "the database is locked");
    const refused = await stage.exchange();
    lock.stdin.end("ROLLBACK;\n");
    assertFault(refused, "STORE_UNAVAILABLE");
    assert.match(refused.headers["retry-after"], /^\d+$/);
    await until(async () => (await stage.exchange()).status === 200, "the store is back");
  });
});

describe("a budget", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      edit: (documents, { gateway }) => {
        documents.get("Client/orders-agent").spec.budget = { exchangesPerSecond: 3 };
        documents.get("AgentClass/billing-agents").spec.budget = { liveCredentials: 4 };
        documents.get("Client/partner-api").spec.budget = { recordsPerHour: 5 };
        documents.get("Client/stranger").spec.budget = { recordsPerHour: 2 };
        documents.get("Team/payments").spec.budget = { exchangesPerSecond: 1000 };
        documents.set("Client/switched-off", { kind: "Client", metadata: { name: "switched-off" }, spec: { enabled: false, budget: { recordsPerHour: 3 },
          authentication: { methods: ["client_secret_basic"], secretFile: gateway.writeSecret("off.secret", "o".repeat(40)) } } });
      },
    });
  });
  after(() => stage?.close());

  const burst = (count, attempt) => Promise.all(Array.from({ length: count }, attempt));
  const judge = (answers, symbol, most) => {
    const refused = answers.filter((answer) => answer.status !== 200);
    assert.ok(answers.length - refused.length <= most && refused.length > 0, `${refused.length} of ${answers.length} refused`);
    for (const answer of refused) {
      assertFault(answer, symbol);
      assert.match(answer.headers["retry-after"], /^[1-9]\d*$/);
    }
  };

  test("bounds the rate of a client and gives it back with time", async () => {
    judge(await burst(20, () => stage.exchange()), "BUDGET_RATE", 6);
    await until(async () => (await stage.exchange()).status === 200, "a second has passed");
  });

  test("bounds the live credentials of an agent class", async () => {
    const answers = [];
    for (let i = 0; i < 7; i++) answers.push(await stage.exchangeAsAgent());
    judge(answers, "BUDGET_LEASES", 4);
  });

  test("bounds the records of a client, refusals included", async () => {
    const answers = [];
    for (let i = 0; i < 8; i++) answers.push(await stage.exchange({ scope: "nonsense" }, { auth: stage.authOf("partner-api") }));
    assert.equal(answers.filter((answer) => answer.json.error === "invalid_scope").length, 5);
    for (const answer of answers.slice(5)) assertFault(answer, "BUDGET_RECORDS");
  });

  test("bounds also the records of a client that is switched off and asks on", async () => {
    for (let i = 0; i < 8; i++) assertFault(await stage.exchange({}, { auth: ["switched-off", "o".repeat(40)] }), "CLIENT_DISABLED");
    assert.equal(stage.gateway.sql("select count(*) from record where client = 'switched-off'"), "3");
  });

  // Each leaves a record, and a row for every gateway to know.
  test("counts revocations among the records", async () => {
    const revoke = () => stage.gateway.post("/revoke", { token: "unknown" }, { auth: stage.authOf("stranger") });
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await revoke());
    assert.deepEqual(answers.slice(0, 2).map((answer) => answer.status), [200, 200]);
    for (const answer of answers.slice(2)) assertFault(answer, "BUDGET_RECORDS");
  });
});

describe("a limit of live credentials", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        documents.get("Client/orders-agent").spec.budget = { liveCredentials: 5 };
        documents.get("Team/payments").spec.budget = { liveCredentials: 6 };
      },
    });
  });
  after(() => stage?.close());

  test("holds for exchanges that are under way together, and those that issue nothing leave it alone", async () => {
    for (let i = 0; i < 7; i++) {
      assertFault(await stage.exchange({ scope: "nonsense" }), "SCOPE_NOT_OFFERED");
      assert.equal((await stage.exchange({ dragoman_dry_run: "true" })).status, 200);
    }
    const answers = await Promise.all(Array.from({ length: 40 }, () => stage.exchange()));
    const granted = answers.filter((answer) => answer.status === 200);
    for (const answer of answers) if (answer.status !== 200) assertFault(answer, "BUDGET_LEASES");
    assert.equal(granted.length, 5);
    const mine = { token: granted[0].json.access_token };
    assert.equal((await stage.gateway.post("/revoke", mine, { auth: stage.auth })).status, 200);
    const more = await Promise.all(Array.from({ length: 10 }, () => stage.exchange()));
    assert.equal(more.filter((answer) => answer.status === 200).length, 1);
    const ofTeam = await Promise.all(Array.from({ length: 10 }, () => stage.exchangeAsAgent()));
    assert.equal(ofTeam.filter((answer) => answer.status === 200).length, 1);
  });
});

describe("a team over its budget", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        documents.get("Team/payments").spec.budget = { exchangesPerSecond: 1 };
        documents.get("Client/orders-agent").spec.budget = { recordsPerHour: 10 };
      },
    });
  });
  after(() => stage?.close());

  test("uses up nothing of its clients", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => stage.exchange()));
    const refused = answers.filter((answer) => answer.status !== 200);
    assert.ok(refused.length > 20, `${refused.length} of 40 refused`);
    for (const answer of refused) assertFault(answer, "BUDGET_RATE");
    await until(async () => (await stage.exchange()).status === 200, "a second has passed");
  });
});
