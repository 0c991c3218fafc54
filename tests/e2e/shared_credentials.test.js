// Leases that share a credential: made once for all who may have the same, recorded for each, and withdrawn when the last of
// them is gone. The outside world is a folder with a file for each credential (tests/notebook, target "circle").
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { readdirSync, rmSync } from "node:fs";
import { assertFault } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { Notebook } from "./kit/notebook.js";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

describe("a credential that leases share", () => {
  let stage, world, notebook, people = 0;
  before(async () => {
    notebook = await Notebook.open({ gateway: { kills: { clockMargin: "0s" } } });
    ({ stage, world } = notebook);
  });
  after(() => notebook?.close());
  beforeEach(() => notebook.behave());

  const person = () => `person-${++people}`;
  const exchange = (sub, { scope = "files:read", audience = "https://circle.example", options, ...changes } = {}) =>
    stage.exchange({ subject_token: stage.userToken({ sub }), audience, scope, ...changes }, options);
  function granted(answer) {
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }
  const give = async (...parameters) => granted(await exchange(...parameters));
  const sharedOf = (credential) => credential.replace(/^note-/, "");
  const isThere = ({ access_token }) => notebook.isValid(sharedOf(access_token));
  const made = () => readdirSync(world).filter((name) => name.startsWith("credential-")).length;
  const kill = async (kind, id) => assert.equal((await stage.gateway.kill(kind, id, { past_only: "true" })).status, 200);
  const isGone = (one) => until(() => !isThere(one), "it is withdrawn outside");
  const column = (id, name) => stage.gateway.sql(`select ${name} from lease where id = '${id}'`);
  const metric = async (outcome) => Number((await stage.gateway.admin("/metrics")).text.match(new RegExp(`shared_credentials_total\\{outcome="${outcome}"\\} (\\d+)`))[1]);

  test("is made once for as many as ask for the same, at once or later, and each has a record and a lease of its own", async () => {
    const sub = person(), before = made();
    notebook.misbehave("slow");
    const pending = Array.from({ length: 20 }, () => exchange(sub));
    await until(() => Number(stage.gateway.sql("select count(*) from lease where state = 'pending'")) === 1, "one is being made");
    rmSync(`${world}/slow`);
    const all = (await Promise.all(pending)).map(granted);
    all.push(await give(sub));
    assert.equal(made(), before + 1);
    assert.equal(new Set(all.map(({ access_token }) => access_token)).size, 1);
    assert.equal(new Set(all.map(({ dragoman_exchange }) => dragoman_exchange)).size, 21);
    const shared = sharedOf(all[0].access_token);
    for (const { dragoman_exchange } of all.slice(-3)) {
      const record = await stage.gateway.record(dragoman_exchange);
      assert.ok(record.stands_on.includes(`lease ${shared}`));
      assert.equal(column(dragoman_exchange, "shares"), shared);
      assert.equal(column(dragoman_exchange, "state"), "live");
    }
    assert.equal(column(shared, "state"), "live");
    assert.equal(column(shared, "fingerprint"), sha256(all[0].access_token));
    assert.ok(!all.some(({ dragoman_exchange }) => dragoman_exchange === shared), "nobody's own lease");
  });

  test("is another for another subject, client, scope", async () => {
    const sub = person(), first = await give(sub);
    const others = [await give(person()), await give(sub, { scope: "orders:read" }),
      await give(sub, { options: { auth: stage.authOf("partner-api") } })];
    assert.equal(new Set([first, ...others].map(({ access_token }) => access_token)).size, 4);
    const found = await metric("found");
    await give(sub);
    assert.equal(await metric("found"), found + 1);
  });

  test("is not given to somebody else though its adapter does so, and keeps what it was made for", async () => {
    notebook.misbehave("open");
    const one = await give(person()), due = column(sharedOf(one.access_token), "next_attempt_at");
    const refused = await exchange(person());
    assertFault(refused, "ADAPTER_FAILED");
    assert.ok(!refused.text.includes(one.access_token));
    assert.equal(column(sharedOf(one.access_token), "next_attempt_at"), due);
    assert.ok(isThere(one));
  });

  test("stays when one of two is killed, and is withdrawn with the last", async () => {
    const sub = person(), one = await give(sub), two = await give(sub);
    await kill("lease", one.dragoman_exchange);
    await until(async () => (await notebook.lease(one.dragoman_exchange)).state === "ended", "the first is settled");
    assert.ok(isThere(two));
    await kill("lease", two.dragoman_exchange);
    await isGone(two);
    await until(() => column(sharedOf(two.access_token), "state") === "ended", "so is what they shared");
    const three = await give(sub);
    assert.notEqual(three.access_token, two.access_token, "dead, so another is made");
  });

  test("is withdrawn with the last whose tree is killed", async () => {
    const sub = person(), one = await give(sub), two = await give(sub);
    for (const { dragoman_exchange } of [one, two]) {
      assert.ok(isThere(one));
      await kill("root", (await stage.gateway.record(dragoman_exchange)).root);
    }
    await isGone(one);
  });

  test("is withdrawn at once with what all of them stand on", async () => {
    for (const [kind, id] of [["subject", (sub) => `corp-idp ${sub}`], ["client", () => "orders-agent"], ["target", () => "circle"], ["adapter", () => "circle"], ["everything", () => stage.gateway.issuer]]) {
      const sub = person(), one = await give(sub);
      await give(sub);
      await kill(kind, id(sub));
      await isGone(one);
      const next = await until(async () => {
        const answer = await exchange(sub, { subject_token: stage.userToken({ sub, iat: Math.floor(Date.now() / 1000) + 1 }) });
        return answer.status === 200 && answer.json;
      }, `somebody who asks after the kill of a ${kind} is given another`);
      assert.notEqual(next.access_token, one.access_token);
    }
    await until(async () => (await exchange(person())).status === 200, "what is issued from now on is good again");
  });

  test("is traced from its fingerprint to everybody who was given it", async () => {
    const sub = person(), all = [await give(sub), await give(sub), await give(sub)];
    const fingerprint = sha256(all[0].access_token);
    const { json } = await stage.gateway.admin(`/v1/trace/${fingerprint}`);
    assert.deepEqual(json.given.map(({ id }) => id), all.map(({ dragoman_exchange }) => dragoman_exchange).reverse());
    assert.equal(json.given_complete, true);
    const { output } = await stage.gateway.cli(["trace", fingerprint]);
    for (const { dragoman_exchange } of all) assert.match(output, new RegExp(dragoman_exchange));
    await kill("lease", all[1].dragoman_exchange);
    await until(async () => (await notebook.lease(all[1].dragoman_exchange)).state === "ended", "one is settled");
    const then = (await stage.gateway.admin(`/v1/trace/${fingerprint}`)).json.given;
    assert.deepEqual(then.map(({ state }) => state), ["live", "ended", "live"], "whatever became of it");
    await kill("lease", sharedOf(all[0].access_token));
    const after = await until(async () => {
      const { json: now } = await stage.gateway.admin(`/v1/trace/${fingerprint}`);
      return now.killed.length > 0 && now;
    }, "its kill is known");
    assert.deepEqual([after.killed[0].killed_by.kind, after.killed[0].killed_by.id], ["lease", sharedOf(all[0].access_token)]);
  });

  test("is made anew once when the other side refused it, and the old one is withdrawn", async () => {
    const sub = person(), one = await give(sub), two = await give(sub);
    const fresh = await give(sub, { dragoman_refused: one.dragoman_exchange });
    assert.notEqual(fresh.access_token, one.access_token);
    await isGone(one);
    assert.equal((await give(sub, { dragoman_refused: two.dragoman_exchange })).access_token, fresh.access_token, "it is another already");
    assert.equal((await give(sub, { dragoman_refused: fresh.dragoman_exchange })).access_token, fresh.access_token, "at most once a minute");
    const stranger = person(), his = await give(stranger);
    assert.equal((await give(stranger, { dragoman_refused: fresh.dragoman_exchange })).access_token, his.access_token, "somebody else's says nothing");
    assertFault(await exchange(sub, { dragoman_refused: "everything" }), "PARAMETER_INVALID");
  });

  // Another gateway may have been given it by then; here the next who asks stands for that one.
  test("is not taken from under those who share it where its maker is refused", async () => {
    const sub = person(), before = new Set(readdirSync(world));
    notebook.misbehave("wide");
    assert.equal((await exchange(sub)).status, 500);
    notebook.behave();
    const [credential] = readdirSync(world).filter((name) => name.startsWith("credential-") && !before.has(name));
    assert.equal(column(credential.replace("credential-", ""), "state"), "pending", "it comes due by itself");
    const next = await give(sub);
    assert.equal(`credential-${sharedOf(next.access_token)}`, credential);
    assert.ok(isThere(next));
  });

  test("is refused to everybody for a moment when it was refused to one", async () => {
    const sub = person();
    notebook.misbehave("closed");
    const refused = await exchange(sub);
    assertFault(refused, "ADAPTER_REFUSED", { sentence: "The target's adapter refuses this subject or this request. the circle is closed" });
    rmSync(`${world}/closed`);
    assertFault(await exchange(sub), "ADAPTER_REFUSED", { sentence: "The target's adapter refuses this subject or this request. the circle is closed" });
    await until(async () => (await exchange(sub)).status === 200, "it is asked again");
  });

  test("is not remembered where its adapter could not be asked", async () => {
    const sub = person();
    notebook.misbehave("down");
    assertFault(await exchange(sub), "OUTBOUND_FAILED");
    rmSync(`${world}/down`);
    await give(sub);
  });

  test("is found again by its adapter when the gateway was started anew", async () => {
    const pending = () => stage.gateway.sql("select count(*) from lease where state = 'pending'");
    const sub = person(), one = await give(sub), before = made(), left = pending();
    await stage.gateway.stop();
    await stage.gateway.start();
    const two = await give(sub);
    assert.equal(two.access_token, one.access_token);
    assert.equal(made(), before);
    assert.equal(column(two.dragoman_exchange, "shares"), sharedOf(one.access_token));
    assert.equal(pending(), left, "what was reserved for another is settled");
    await kill("lease", one.dragoman_exchange);
    await until(async () => (await notebook.lease(one.dragoman_exchange)).state === "ended", "the first is settled");
    assert.ok(isThere(two));
    await kill("lease", two.dragoman_exchange);
    await isGone(two);
  });
});

describe("a credential whose leases expire", () => {
  test("is withdrawn a minute after the last of them, and not before", { timeout: 180_000 }, async () => {
    const notebook = await Notebook.open({
      edit: (documents) => Object.assign(documents.get("Target/circle").spec, { maximumLifetime: "10s" }),
    });
    try {
      const { stage } = notebook, subject_token = stage.userToken();
      const ask = async () => {
        const answer = await notebook.exchange({ subject_token, audience: "https://circle.example" });
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
      };
      const first = await ask(), shared = first.access_token.replace(/^note-/, "");
      await delay(8_000);
      const last = await ask(), askedAt = Date.now();
      assert.equal(last.access_token, first.access_token);
      await until(() => !notebook.isValid(shared), "it is withdrawn", 100_000);
      assert.ok(Date.now() - askedAt > 68_000, "the last one's ten seconds, and a minute");
      await until(() => stage.gateway.sql(`select state from lease where id = '${shared}'`) === "ended", "it is settled");
      assert.notEqual((await ask()).access_token, first.access_token);
      assert.ok(!stage.gateway.program.errors.includes(first.access_token));
    } finally {
      await notebook.close();
    }
  });
});

describe("a credential that leases of two gateways share", () => {
  test("is one, and is withdrawn with the last of both", async () => {
    const notebook = await Notebook.open({ store: "postgres", size: 2, gateway: { kills: { clockMargin: "0s" } } });
    try {
      const { stage } = notebook, [first, second] = stage.gateways;
      const ask = async (gateway) => {
        const answer = await gateway.post("/token", stage.form({ audience: "https://circle.example", scope: "files:read", subject_token: stage.userToken({ sub: "dora" }) }), { auth: stage.auth });
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
      };
      const one = await ask(first), two = await ask(second), three = await ask(second);
      assert.equal(new Set([one, two, three].map(({ access_token }) => access_token)).size, 1);
      const isThere = () => notebook.isValid(one.access_token.replace(/^note-/, ""));
      for (const { dragoman_exchange } of [one, two, three]) {
        assert.ok(isThere());
        assert.equal((await first.kill("lease", dragoman_exchange, { past_only: "true" })).status, 200);
        await until(async () => (await notebook.lease(dragoman_exchange)).state === "ended", "it is settled");
      }
      await until(() => !isThere(), "the last is gone");
      const next = await until(async () => {
        const answer = await ask(second);
        return answer.access_token !== one.access_token && answer;
      }, "the other gateway notices");
      assert.ok(notebook.isValid(next.access_token.replace(/^note-/, "")));
    } finally {
      await notebook.close();
    }
  });
});
