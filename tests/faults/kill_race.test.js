// Kills race exchanges over two gateways on one PostgreSQL: whatever was granted before a kill was stored is dead at the
// gateway that was told when it answers and at the other within two seconds; nothing that is asked for after the answer is
// granted, at either. With --full: a thousand kills.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault } from "../e2e/kit/faults.js";
import { isFull, until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";

const ROUNDS = isFull ? 1000 : 12, RACERS = 64, LATE = 8, SESSIONS = 2; // sessions to each gateway
const HERE_MS = 50, THERE_MS = 2000;

const middle = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

describe("a kill on two gateways", () => {
  let stage, sessions;
  before(async () => {
    stage = await Stage.open({ store: "postgres", size: 2, gateway: { kills: { clockMargin: "0s" }, limits: { connections: { requests: 10_000_000 } } }, edit: (documents) => delete documents.get("Team/payments").spec.budget });
    sessions = stage.gateways.map((gateway) => Array.from({ length: SESSIONS }, () => gateway.http2()));
  });
  after(async () => {
    sessions?.flat().forEach((session) => session.close());
    await stage?.close();
  });

  const isActive = async (token, over) => (await stage.gateway.post("/introspect", { token }, { auth: stage.authOf("partner-api"), over })).json.active;

  // Milliseconds until none of the tokens is active; fails past the bound.
  async function dead(tokens, over, boundMs) {
    const begun = performance.now();
    for (let alive = tokens; ; await delay(10)) {
      const answers = await Promise.all(alive.map((token) => isActive(token, over)));
      alive = alive.filter((_, i) => answers[i]);
      const elapsed = performance.now() - begun;
      if (alive.length === 0) return elapsed;
      assert.ok(elapsed < boundMs, `${alive.length} of ${tokens.length} are active ${elapsed.toFixed(0)} ms after the kill`);
    }
  }

  // Lifting reaches the other gateway as a kill does: within its bound, not with the answer.
  async function lift(gateway, kind, id) {
    assert.equal((await gateway.lift(kind, id)).status, 200);
    let again;
    for (const [over] of sessions)
      await until(async () => {
        again = await stage.exchange({ subject_token: stage.userToken({ iat: Math.floor(Date.now() / 1000) + 1 }) }, { over });
        return again.status === 200;
      }, () => `lifted, and still refused: ${again.text}`, THERE_MS);
  }

  async function race(history, round, times) {
    const [kind, fault] = round % 4 !== 3 ? ["root", "TOKEN_REVOKED"] : [["client", "ACTOR_BARRED"], ["subject", "TOKEN_REVOKED"], ["target", "TARGET_BARRED"]][Math.floor(round / 4) % 3];
    const here = round % 2, login = stage.userToken({ sub: `racer-${round}` });
    const first = assertGranted(await stage.exchange({ subject_token: login }, { over: sessions[here][0] }));
    const id = { root: first.claims.txn, client: "orders-agent", subject: `corp-idp racer-${round}`, target: "partner-orders" }[kind];
    const ask = (i) => history.send((name) => stage.exchange({ subject_token: login, dragoman_purpose: name }, { over: sessions[i % 2][Math.floor(i / 2) % SESSIONS] }), { about: round });
    const tokens = [first.access_token];
    // Each racer asks until it is refused, so that every kill meets exchanges, however fast or slow the machine is.
    const racers = Array.from({ length: RACERS }, async (_, i) => {
      for (;;) {
        const answer = await ask(i);
        if (answer.status !== 200) return assertFault(answer, fault);
        tokens.push(answer.json.access_token);
        await delay(Math.random() * 40); // a race, not a flood: the kill has to get through, too
      }
    });
    await delay(Math.random() * 8);
    const begun = performance.now();
    const answer = await stage.gateways[here].kill(kind, id);
    times.kill.push(performance.now() - begun);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.in_effect, true);
    history.cutOff((about) => about === round);
    for (const late of await Promise.all(Array.from({ length: LATE }, (_, i) => ask(i)))) assertFault(late, fault);
    await Promise.all(racers);
    times.here.push(await dead(tokens, sessions[here][0], HERE_MS + THERE_MS / 10));
    times.there.push(await dead(tokens, sessions[1 - here][0], THERE_MS));
    times.granted += tokens.length - 1;
    if (kind === "root") return;
    await lift(stage.gateways[1 - here], kind, id);
    assert.equal(await isActive(first.access_token, sessions[here][0]), false, "lifting revives nothing");
  }

  test(`ends all that was granted in ${ROUNDS} races with ${RACERS} exchanges at a time, and nothing is granted after it`, { timeout: 3_600_000 }, async (t) => {
    const history = new History(), times = { kill: [], here: [], there: [], granted: 0 };
    for (let round = 0; round < ROUNDS; round++) await race(history, round, times);
    const { requests } = history.check(recordsOf(stage.gateway), { mayClose: false });
    assert.ok(times.granted > ROUNDS, `${times.granted} granted in ${ROUNDS} races`);
    if (isFull) assert.ok(middle(times.kill) < HERE_MS, `half of the kills took longer than ${HERE_MS} ms`);
    const say = (name) => `${middle(times[name]).toFixed(0)} ms, at most ${Math.max(...times[name]).toFixed(0)}`;
    t.diagnostic(`${requests} requests, ${times.granted} granted; a kill was answered in ${say("kill")}; then dead here in ${say("here")} and there in ${say("there")}`);
  });

  // Without its LISTEN connection a gateway still looks every second.
  test("reaches a gateway that hears nothing of it within the bound", { timeout: 60_000 }, async (t) => {
    const [here, there] = stage.gateways;
    const { access_token: token } = assertGranted(await stage.exchange({}, { over: sessions[0][0] }));
    const cut = here.sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where query ilike 'listen%' and pid <> pg_backend_pid()");
    assert.ok(Number(cut) >= 2, `${cut} listening sessions`);
    assert.equal((await here.kill("client", "orders-agent")).status, 200);
    assertFault(await stage.exchange({}, { over: sessions[1][0] }), "ACTOR_BARRED");
    t.diagnostic(`dead at the other after ${(await dead([token], there.http, THERE_MS)).toFixed(0)} ms`);
    await lift(here, "client", "orders-agent");
  });

  // What a gateway cannot know to be alive is not: neither granted nor active.
  test("is not needed for a gateway that cannot reach the store to say nothing is active", { timeout: 60_000 }, async () => {
    const { access_token: token } = assertGranted(await stage.exchange({}, { over: sessions[1][0] }));
    assert.equal(await isActive(token, sessions[1][0]), true);
    stage.postgres.pause();
    try {
      await delay(THERE_MS);
      const answer = await stage.gateway.post("/introspect", { token }, { auth: stage.authOf("partner-api"), over: sessions[1][0] });
      assert.ok(answer.status === 503 || answer.json.active === false, answer.text);
    } finally {
      stage.postgres.resume();
    }
    await until(() => isActive(token, sessions[1][0]).then((active) => active === true, () => false), "active again with the store");
  });
});
