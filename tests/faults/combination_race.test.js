// Exchanges race each other for two rights that must never meet: over two gateways on one PostgreSQL, and over the threads
// of one gateway on SQLite. Whatever the order, both are never granted to one hand. With --full: a thousand rounds.
// Gateways are kept apart by versions in the store alone. Within one, exchanges of one holder take turns as well, so what
// versions do on SQLite is shown by the store's own tests.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { faults } from "../e2e/kit/faults.js";
import { isFull } from "../e2e/kit/machine.js";
import { Stage } from "../e2e/kit/stage.js";

const ROUNDS = isFull ? 1000 : 60;
const clients = ["orders-agent", "partner-api", "billing-agents"];

// Both rights of each combination, and a target that both resource servers may go on from.
const target = (name, domain = "partner") => ({ kind: "Target", metadata: { name },
  spec: { domain, audiences: [name], scopes: ["read"], accepts: { issuers: ["corp-idp", "self"], clients }, resourceServer: "partner-api" } });
const combination = (name, holder) => ({ kind: "Combination", metadata: { name },
  spec: { holder, rights: [{ name: "pay", targets: [`${name}-pay`] }, { name: "approve", targets: [`${name}-approve`] }] } });

const open = (options) => Stage.open({
  gateway: { limits: { threads: 2, connections: { requests: 10_000_000 } } },
  edit: (documents) => {
    delete documents.get("Team/payments").spec.budget;
    documents.get("Domain/corp").spec.leavesFor.push("other");
    documents.get("Domain/partner").spec.leavesFor.push("other");
    const set = (document) => documents.set(`${document.kind}/${document.metadata.name}`, document);
    set(target("entrance"));
    for (const holder of ["subject", "tree"]) {
      set(target(`${holder}-pay`));
      set(target(`${holder}-approve`, "other"));
      set(combination(holder, holder));
    }
  },
  ...options,
});

// Sessions that are connections of their own: over them exchanges come to different threads, or gateways.
const sessionsOf = (gateway, count) => Array.from({ length: count }, () => gateway.http2());

function describeRaces(name, options, sessionsPerGateway) {
  describe(name, () => {
    let stage, sessions;
    before(async () => {
      stage = await open(options);
      // One of each gateway in turn.
      const each = stage.gateways.map((gateway) => sessionsOf(gateway, sessionsPerGateway));
      sessions = Array.from({ length: sessionsPerGateway }, (_, i) => each.map((of) => of[i])).flat();
    });
    after(async () => {
      sessions?.forEach((session) => session.close());
      await stage?.close();
    });

    const login = (round) => stage.userToken({ sub: `racer-${round}`, scope: "read" });
    const asThemselves = (token) => (audience, over) => stage.exchange({ audience, subject_token: token }, { over });
    const onwards = (token) => (audience, over) => stage.exchange({ audience, subject_token: token }, { over, auth: stage.authOf("partner-api") });

    // What becomes of one round: how many were granted each right. A refusal says that it would complete the combination,
    // or that too much changed meanwhile; nothing else refuses.
    async function race(holder, ask, parallel, round) {
      const rights = [`${holder}-pay`, `${holder}-approve`];
      const answers = await Promise.all(Array.from({ length: parallel }, async (_, i) => {
        // Both rights at both places, in another order each round.
        const right = rights[(i + round) % 2], over = sessions[(i + Math.floor(round / 2)) % sessions.length];
        return { right, answer: await ask(right, over) };
      }));
      const granted = { [rights[0]]: 0, [rights[1]]: 0 };
      let contended = 0;
      for (const { right, answer } of answers) {
        if (answer.status === 200) granted[right]++;
        else if (answer.json.error_description === faults.HELD_CONTENDED.sentence) contended++;
        else assert.equal(answer.json.error_description, faults.COMBINATION_FORBIDDEN.sentence, answer.text);
      }
      return { both: granted[rights[0]] !== 0 && granted[rights[1]] !== 0, none: granted[rights[0]] + granted[rights[1]] === 0, contended };
    }

    async function rounds(t, holder, parallel, prepare) {
      const count = { both: 0, none: 0, one: 0, contended: 0 };
      for (let round = 0; round < ROUNDS; round++) {
        const { both, none, contended } = await race(holder, await prepare(`${t.name}-${round}`.replace(/\W+/g, "-"), round), parallel, round);
        count[both ? "both" : none ? "none" : "one"]++;
        count.contended += contended;
      }
      t.diagnostic(`${name}, ${t.name}: of ${ROUNDS} rounds ${count.one} granted one of the rights, ${count.none} none, ${count.both} both; ${count.contended} exchanges gave up as too much changed`);
      assert.equal(count.both, 0, `both were granted in ${count.both} of ${ROUNDS} rounds`);
      assert.ok(count.one > ROUNDS / 2, `one was granted in ${count.one} of ${ROUNDS} rounds`);
      // What was decided by one place is known at all of them.
      assert.equal(Number(stage.gateway.sql("select count(*) from (select holder from holding group by holder having count(distinct target) > 1) both_held")), 0);
    }

    test("two at once, for one subject with a login each", { timeout: 3_600_000 }, (t) =>
      rounds(t, "subject", 2, (name) => (audience, over) => asThemselves(login(name))(audience, over)));
    test("four at once, for one subject with one login", { timeout: 3_600_000 }, (t) =>
      rounds(t, "subject", 4, (name) => asThemselves(login(name))));
    test("two at once, in one tree", { timeout: 3_600_000 }, (t) =>
      rounds(t, "tree", 2, async (name) => onwards(await enter(name))));
    test("four at once, in one tree", { timeout: 3_600_000 }, (t) =>
      rounds(t, "tree", 4, async (name) => onwards(await enter(name))));

    async function enter(name) {
      const entered = await stage.exchange({ audience: "entrance", subject_token: login(name) }, { over: sessions[0] });
      assert.equal(entered.status, 200, entered.text);
      return entered.json.access_token;
    }
  });
}

describeRaces("two gateways on one PostgreSQL", { store: "postgres", size: 2 }, 2);
describeRaces("two threads on SQLite", { store: "sqlite" }, 4);
