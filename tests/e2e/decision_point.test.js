// The outside decision point (spec.pdp): whatever it does, nothing is issued that it did not plainly permit.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault, faults } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { Pdp } from "./kit/pdp.js";
import { assertGranted, Stage } from "./kit/stage.js";

const named = (kind, name, spec) => ({ kind, metadata: { name }, spec });
const token = "the-gateways-own-bearer-token";
const both = "orders:read orders:write";

// One loop, so that what is each loop's own (the pause, shared calls) is everybody's.
async function open({ settings = {}, edit, withToken = true } = {}) {
  let pdp;
  try {
    const stage = await Stage.open({
      gateway: { limits: { threads: 1 } },
      edit,
      prepare: async (stage) => {
        pdp = await new Pdp(stage.certificates, withToken ? { token } : {}).start();
        stage.gateway.document.spec.pdp = { url: pdp.url, timeout: 5000, failures: 3, pause: "1s", ...settings,
          ...(withToken ? { tokenFile: stage.gateway.writeSecret("pdp.token", `${token}\n`) } : {}) };
      },
    });
    return { stage, pdp };
  } catch (error) {
    await pdp?.stop();
    throw error;
  }
}

const ladderOf = async (stage, answer) => (await stage.gateway.record(answer.json.dragoman_exchange)).ladder;
const rungOf = async (stage, answer) => (await ladderOf(stage, answer)).find(({ check }) => check === "decision_point");

// 503, nothing issued, when to come again; the record says what was wrong, the answer does not.
async function assertUnusable(stage, answer, detail, symbol = "PDP_UNAVAILABLE") {
  assertFault(answer, symbol);
  assert.match(answer.headers["retry-after"], /^[1-9]\d*$/);
  const rung = await rungOf(stage, answer);
  assert.equal(rung.result, faults[symbol].reason);
  assert.match(rung.detail, detail);
}

describe("an outside decision point", () => {
  let stage, pdp;
  before(async () => ({ stage, pdp } = await open({
    settings: { failures: 100 },
    edit: (documents) => {
      documents.get("Issuer/corp-idp").spec.claims.attributes.groups = "groups";
      documents.set("Policy/own", named("Policy", "own", { policies: `
permit(principal, action == Action::"exchange", resource);
@id("read-only") @narrow_scopes("orders:read files:read") @max_lifetime("60s")
permit(principal, action == Action::"exchange", resource) when { context has task && context.task == "report" };
@id("no-files")
forbid(principal, action == Action::"exchange", resource == Target::"partner-files");
` }));
    },
  })));
  after(async () => {
    await stage?.close();
    await pdp?.stop();
  });
  afterEach(() => {
    pdp.behaviour = "allow";
    pdp.forget();
  });

  test("that allows is asked once for each exchange, and its record says so", async () => {
    const answer = await stage.exchange();
    assertGranted(answer);
    assert.equal(pdp.asked.length, 1);
    const ladder = await ladderOf(stage, answer);
    const places = ["policy", "decision_point"].map((name) => ladder.findIndex(({ check }) => check === name));
    assert.ok(places[0] >= 0 && places[0] < places[1], JSON.stringify(ladder));
    assert.equal(ladder[places[1]].result, undefined);
  });

  test("that denies makes actor_unauthorized; its reason stands in the record and not in the answer", async () => {
    pdp.behaviour = "denyWithReason";
    const answer = await stage.exchange();
    assertFault(answer, "PDP_DENIED");
    assert.doesNotMatch(answer.text, /C076|Ask your team/);
    assert.doesNotMatch(JSON.stringify(answer.headers), /C076|Ask your team/);
    const { result, detail } = await rungOf(stage, answer);
    assert.equal(result, "pdp_denied");
    assert.match(detail, /policy C076 says no/);
    assert.match(detail, /Ask your team/);
    pdp.behaviour = "deny";
    assertFault(await stage.exchange(), "PDP_DENIED");
  });

  test("is told who acts on what for whom, in the words of the model", async () => {
    assertGranted(await stage.exchange({ scope: "orders:read", dragoman_task: "month-end", dragoman_purpose: "to close the books" }));
    const { question, headers } = pdp.last;
    assert.deepEqual(Object.keys(question), ["subject", "action", "resource", "context"]);
    const us = stage.gateway.issuer;
    assert.equal(question.subject.type, "Agent");
    assert.equal(question.subject.id, `${us} orders-agent`);
    assert.equal(question.subject.properties.proof, "client_secret_basic");
    assert.deepEqual(question.subject.properties.in.find(({ type }) => type === "Client"), { type: "Client", id: "orders-agent" });
    assert.deepEqual(question.subject.properties.in.find(({ type }) => type === "Team"), { type: "Team", id: "payments" });
    assert.deepEqual(question.action, { name: "exchange" });
    assert.equal(question.resource.type, "Target");
    assert.equal(question.resource.id, "partner-orders");
    assert.equal(question.resource.properties.audience, "https://api.partner.example");
    const { context } = question;
    assert.deepEqual(context.scopes, ["orders:read"]);
    assert.equal(context.task, "month-end");
    assert.equal(context.purpose, "to close the books");
    assert.equal(context.user.type, "User");
    assert.match(context.user.id, new RegExp(`^${stage.corp.identifier} `));
    assert.equal(context.subject.domain, "corp");
    assert.equal(context.subject.is_actor, false);
    assert.equal(context.delegation.depth, 1);
    assert.deepEqual(context.delegation.actors, [`${us} orders-agent`]);
    assert.equal(context.lifetime, 300);
    assert.equal(context.source, "127.0.0.1");
    assert.equal("now" in context, false);
    assert.match(headers["x-request-id"], /^[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.equal(headers.accept, "application/json");
  });

  test("is told what is known of the person it is done for, too", async () => {
    assertGranted(await stage.exchange({ subject_token: stage.userToken({ groups: ["finance", "staff"], email: "a@corp.example" }) }));
    const { user } = pdp.last.question.context;
    assert.deepEqual(user.properties.attributes, { email: ["a@corp.example"], groups: ["finance", "staff"] });
    assert.equal(user.properties.issuer, stage.corp.identifier);
    assert.deepEqual(user.properties.in.map(({ type, id }) => `${type} ${id}`).sort(), ["Domain corp", "Issuer corp-idp"]);
  });

  test("sees no token and no secret, nor any part of one", async () => {
    const subject = stage.userToken();
    const platform = stage.platformToken();
    assertGranted(await stage.exchange({ subject_token: subject }));
    assertGranted(await stage.exchangeAsAgent({ subject_token: subject }, platform));
    assert.equal(pdp.asked.length, 2);
    for (const { body, headers } of pdp.asked) {
      const seen = body + JSON.stringify({ ...headers, authorization: undefined });
      for (const secret of [...subject.split("."), ...platform.split("."), stage.secrets["orders-agent"], token])
        assert.equal(seen.includes(secret), false);
    }
  });

  test("is shown the bearer token of the file", async () => {
    assertGranted(await stage.exchange());
    assert.equal(pdp.last.headers.authorization, `Bearer ${token}`);
    pdp.token = "another";
    try {
      await assertUnusable(stage, await stage.exchange(), /status 401/);
    } finally {
      pdp.token = token;
    }
  });

  test("is asked only after our own policies allowed, and with what they narrowed", async () => {
    assertFault(await stage.exchange({ audience: "https://files.partner.example", scope: "files:read" }), "POLICY_DENIED");
    assert.equal(pdp.asked.length, 0);
    const narrowed = assertGranted(await stage.exchange({ subject_token: stage.userToken({ scope: both }), scope: both, dragoman_task: "report" }));
    assert.equal(narrowed.scope, "orders:read");
    assert.deepEqual(pdp.last.question.context.scopes, ["orders:read"]);
    assert.equal(pdp.last.question.context.lifetime, 60);
  });

  test("is asked by a dry run too", async () => {
    const granted = await stage.exchange({ dragoman_dry_run: "true" });
    assert.equal(granted.status, 200, granted.text);
    assert.equal(granted.json.dragoman_dry_run, true);
    assert.equal(pdp.asked.length, 1);
    pdp.behaviour = "deny";
    assertFault(await stage.exchange({ dragoman_dry_run: "true" }), "PDP_DENIED");
    assert.equal(pdp.asked.length, 2);
  });

  test("that permits under conditions denies", async () => {
    pdp.behaviour = "unknownObligation";
    const answer = await stage.exchange();
    assertFault(answer, "PDP_OBLIGATION");
    assert.equal((await rungOf(stage, answer)).result, "pdp_obligation");
  });

  const lies = { html: /not application\/json/, stringDecision: /no boolean decision/, garbage: /not one strict JSON object/,
    doubled: /not one strict JSON object/, huge: /./, redirect: /status 307/, otherRequest: /X-Request-ID/, closed: /./,
    failing: /status 500/, badRequest: /status 400/ };
  for (const [behaviour, detail] of Object.entries(lies))
    test(`that answers with what is no answer permits nothing: ${behaviour}`, async () => {
      pdp.behaviour = behaviour;
      await assertUnusable(stage, await stage.exchange(), detail);
      // A connection that was used before and ends without a byte of an answer is one that had ended already: asked anew.
      assert.ok(pdp.asked.length === 1 || (behaviour === "closed" && pdp.asked.length === 2), `asked ${pdp.asked.length} times`);
      assert.equal(pdp.wasFollowed, false);
      pdp.behaviour = "allow";
      assertGranted(await stage.exchange());
    });

  // Answers whatever comes once this many questions have come, or when released.
  const gated = () => {
    const gate = { waiting: 0 };
    gate.opened = new Promise((resolve) => (gate.open = resolve));
    gate.behaviour = async (response) => {
      gate.waiting++;
      await gate.opened;
      response.writeHead(200, { "content-type": "application/json" }).end('{"decision":true}');
    };
    return gate;
  };
  const metric = async (name) => Number((await stage.gateway.admin("/metrics")).text.match(new RegExp(`^${name.replace(/[{}"]/g, "\\$&")} (\\d+)$`, "m"))[1]);

  test("is asked once for equal questions that come together, and each exchange has its own record", async () => {
    const gate = gated();
    pdp.behaviour = gate.behaviour;
    const subject_token = stage.userToken({ sub: "shared" });
    const before = await metric("dragoman_pdp_shared_total");
    const together = Array.from({ length: 20 }, () => stage.exchange({ subject_token }));
    await until(async () => (await metric("dragoman_pdp_shared_total")) === before + 19, "nineteen wait with the first");
    gate.open();
    const answers = await Promise.all(together);
    answers.forEach(assertGranted);
    assert.equal(pdp.asked.length, 1);
    assert.equal(new Set(answers.map(({ json }) => json.dragoman_exchange)).size, 20);
    for (const answer of answers) assert.equal((await rungOf(stage, answer)).result, undefined);
  });

  test("is asked for each question that differs, though they come together", async () => {
    const gate = gated();
    pdp.behaviour = gate.behaviour;
    const together = ["a", "b", "c"].map((sub) => stage.exchange({ subject_token: stage.userToken({ sub }) }));
    await until(() => gate.waiting === 3, "three questions");
    gate.open();
    (await Promise.all(together)).forEach(assertGranted);
  });
});

describe("an outside decision point that cannot be relied on", () => {
  let stage, pdp;
  before(async () => ({ stage, pdp } = await open({ settings: { timeout: 300 }, withToken: false })));
  after(async () => {
    await stage?.close();
    await pdp?.stop();
  });

  test("is asked where there is no policy of our own", async () => {
    assertGranted(await stage.exchange());
    assert.equal(pdp.asked.length, 1);
    assert.equal(pdp.last.headers.authorization, undefined);
    pdp.behaviour = "deny";
    assertFault(await stage.exchange(), "PDP_DENIED");
  });

  test("denies when it is slow, no later than its timeout and a little", async () => {
    pdp.behaviour = "silent";
    const began = performance.now();
    const answer = await stage.exchange();
    const took = performance.now() - began;
    await assertUnusable(stage, answer, /./);
    assert.ok(took >= 290 && took < 2000, `${took} ms`);
    pdp.behaviour = "allow";
    assertGranted(await stage.exchange());
  });

  test("is left alone for a while after three failures in a row, and asked again once that is over", async () => {
    const port = pdp.port;
    await pdp.stop();
    for (let i = 0; i < 3; i++) await assertUnusable(stage, await stage.exchange(), /./);
    await pdp.start(port);
    pdp.forget();
    pdp.behaviour = "allow";
    await assertUnusable(stage, await stage.exchange(), /failed too often/, "PDP_PAUSED");
    assert.equal(pdp.asked.length, 0);
    assert.equal(stage.gateway.events("pdp_paused").length, 1);
    await delay(1100);
    assertGranted(await stage.exchange());
    assert.equal(pdp.asked.length, 1);
    assertGranted(await stage.exchange());
    assert.equal(stage.gateway.events("pdp_asked_again").length, 1);
  });

  test("that still fails when it is tried again is left alone once more", async () => {
    pdp.behaviour = "failing";
    for (let i = 0; i < 3; i++) await assertUnusable(stage, await stage.exchange(), /status 500/);
    await delay(1100);
    await assertUnusable(stage, await stage.exchange(), /status 500/);
    await assertUnusable(stage, await stage.exchange(), /failed too often/, "PDP_PAUSED");
    pdp.behaviour = "allow";
    await delay(1100);
    assertGranted(await stage.exchange());
  });

  test("that refuses questions as such does not get everybody else a pause", async () => {
    pdp.behaviour = "badRequest";
    for (let i = 0; i < 5; i++) await assertUnusable(stage, await stage.exchange(), /status 400/);
    pdp.behaviour = "allow";
    assertGranted(await stage.exchange());
  });
});

describe("an exchange that is decided again", () => {
  let stage, pdp;
  before(async () => ({ stage, pdp } = await open({
    edit: (documents) => documents.set("Combination/read-and-files", named("Combination", "read-and-files", {
      rights: [{ name: "orders", targets: ["partner-orders"], scopes: ["orders:write"] }, { name: "files", targets: ["partner-files"] }],
    })),
  })));
  after(async () => {
    await stage?.close();
    await pdp?.stop();
  });

  test("asks the decision point again, since what it said was of another state", async () => {
    const write = { scope: "orders:write", subject_token: stage.userToken({ scope: both }) };
    let other;
    pdp.behaviour = async (response, pdp, { question }) => {
      // While the first question waits, the same subject gets something else of the same combination.
      if (question.resource.id === "partner-orders" && pdp.asked.length === 1)
        other = await stage.exchange({ ...write, dragoman_task: "meanwhile" });
      response.writeHead(200, { "content-type": "application/json" }).end('{"decision":true}');
    };
    const answer = await stage.exchange(write);
    assertGranted(other);
    assertGranted(answer);
    const tasks = pdp.asked.map(({ question }) => question.context.task ?? "none");
    assert.deepEqual(tasks, ["none", "meanwhile", "none"]);
    const ladder = await ladderOf(stage, answer);
    assert.equal(ladder.filter(({ check }) => check === "decision_point").length, 1);
  });

  test("and is refused if it says no then", async () => {
    const write = { scope: "orders:write", subject_token: stage.userToken({ sub: "second", scope: both }) };
    pdp.forget();
    pdp.behaviour = async (response, pdp, { question }) => {
      const isFirst = pdp.asked.length === 1;
      if (isFirst) assertGranted(await stage.exchange({ ...write, dragoman_task: "meanwhile" }));
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ decision: isFirst || question.context.task !== undefined }));
    };
    assertFault(await stage.exchange(write), "PDP_DENIED");
    assert.equal(pdp.asked.length, 3);
  });
});
