// KDCs that are closed, silent, half open or talk nonsense: how soon the caller hears of it, and that nobody else waits.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BrokenKdc, closedKdc } from "./kit/broken_kdc.js";
import { kerberosIsMissing, services } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { isFull, until } from "./kit/machine.js";
import { assertGranted } from "./kit/stage.js";

// Two seconds for the KDC, and what the gateway adds.
const LIMIT_MS = 3000;
const alone = ["silent", "half", "dripping", "endless", "closing", "resetting", "cutOff", "nonsense"];
const unreachable = /^(KDC_UNREACH \(-1765328228\)|REALM_CANT_RESOLVE|an error)/;

describe("a KDC that is no good", { skip: kerberosIsMissing }, () => {
  let world, gateway, broken;
  before(async () => {
    world = await KerberosStage.open({
      prepare: async (made) => {
        broken = Object.fromEntries(await Promise.all(alone.map(async (manner) => [manner, await BrokenKdc.open(manner)])));
        broken.through = await BrokenKdc.open("through", { behind: made.realm.address });
        broken.closed = { address: await closedKdc(), close: () => {} };
      },
      edit: (documents, made) => {
        const put = (document) => documents.set(`${document.kind}/${document.metadata.name}`, document);
        for (const [manner, { address }] of Object.entries(broken)) {
          for (const [name, kdcs] of [[manner.toLowerCase(), [address]], [`first-${manner.toLowerCase()}`, [address, made.realm.address]]]) {
            put(made.adapter(name, { kdcs }));
            put(made.target(`by-${name}`, { service: services.app }, { adapter: name }));
          }
        }
      },
    });
    ({ gateway } = world);
  });
  after(async () => {
    await world?.close();
    for (const kdc of Object.values(broken ?? {})) await kdc.close();
  });

  const timed = async (begin) => {
    const started = performance.now(), answer = await begin();
    return { answer, ms: Math.round(performance.now() - started) };
  };

  for (const manner of ["closed", ...alone])
    test(`that is ${manner} and the only one costs no more than ${LIMIT_MS} ms, and its caller is to try again`, async (t) => {
      const { answer, ms } = await timed(() => world.exchange("alice", { target: `by-${manner.toLowerCase()}` }));
      t.diagnostic(`${ms} ms`);
      assert.ok(ms < LIMIT_MS, `${ms} ms`);
      await world.refused(answer, "ADAPTER_UNAVAILABLE", { cause: unreachable });
      assert.ok(Number(answer.headers["retry-after"]) >= 1);
    });

  for (const manner of ["closed", ...alone])
    test(`that is ${manner} and the first of two is passed over`, async (t) => {
      const target = `by-first-${manner.toLowerCase()}`;
      const first = await timed(() => world.granted("alice", { target })), second = await timed(() => world.granted("bob", { target }));
      t.diagnostic(`${first.ms} ms, then ${second.ms} ms`);
      assert.ok(first.ms < LIMIT_MS && second.ms < LIMIT_MS);
      for (const [{ answer }, name] of [[first, "alice"], [second, "bob"]]) assert.equal((await world.show(answer)).user, account(name));
    });

  test("and was good before is passed over within the exchange that finds it silent, and left alone by the next", async (t) => {
    const target = "by-first-through", { through } = broken;
    assert.equal((await world.show(await world.granted("alice", { target }))).user, account("alice"));
    assert.ok(through.requests > 0);
    through.manner = "silent";
    const found = await timed(() => world.granted("bob", { target })), asked = through.requests;
    const next = await timed(() => world.granted("carol", { target }));
    t.diagnostic(`${found.ms} ms, then ${next.ms} ms`);
    assert.ok(found.ms < LIMIT_MS && next.ms < 500, `${found.ms} ms, then ${next.ms} ms`);
    assert.equal(through.requests, asked, "it is not asked again at once");
    assert.equal((await world.show(found.answer)).user, account("bob"));
    through.manner = "through";
  });

  test("opens its own circuit and nobody else's", async () => {
    for (let i = 0; i < 6; i++) await world.exchange("alice", { target: "by-closed" });
    const { answer, ms } = await timed(() => world.exchange("alice", { target: "by-closed" }));
    assert.deepEqual([answer.status, answer.json.error], [503, "temporarily_unavailable"]);
    assert.ok(ms < 500, `${ms} ms`);
    assert.equal((await world.show(await world.granted("carol"))).user, account("carol"));
  });
});

describe("a realm whose only KDC falls silent", { skip: kerberosIsMissing }, () => {
  let world, gateway;
  before(async () => {
    world = await KerberosStage.open({
      prepare: async (made) => (made.second = await made.realm.addKdc()),
      edit: (documents, made) => {
        documents.set("Adapter/elsewhere", made.adapter("elsewhere", { kdcs: [made.second.address], settings: { cache: { evidence: 0, ticket: 0 } } }));
        documents.set("Target/by-elsewhere", made.target("by-elsewhere", { service: services.app }, { adapter: "elsewhere" }));
      },
    });
    ({ gateway } = world);
  });
  after(() => world?.close());

  const percentile = (times, share) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];

  // How long exchanges for a JWT take, a few at a time, until isOver() or there are so many.
  async function jwtTimes(count, isOver = () => false) {
    const times = [];
    const worker = async () => {
      const over = gateway.http2();
      while (times.length < count && !isOver()) {
        const begun = performance.now();
        assertGranted(await world.stage.exchange({}, { over }));
        times.push(performance.now() - begun);
      }
      over.close();
    };
    await Promise.all([worker(), worker()]);
    return times;
  }

  test("says so within three seconds while JWT exchanges keep their p99, and those with a ticket are served", async (t) => {
    await world.granted("alice");
    await jwtTimes(isFull ? 1000 : 100); // warm
    const before = await jwtTimes(isFull ? 5000 : 400);
    world.realm.kdc.pause();
    let isOver = false;
    try {
      const kept = await world.granted("alice"); // while nothing waits before her
      const beside = jwtTimes(Infinity, () => isOver);
      const slow = [];
      // More than it works on at once: who waits behind those that fail is told with them.
      const unserved = Array(3).fill(["bob", "carol", "dave", "erin", "frank", "grace", "heidi", "probe"]).flat().map(async (name) => {
        const begun = performance.now(), { status, json } = await world.exchange(name);
        slow.push(Math.round(performance.now() - begun));
        assert.deepEqual([status, json.error], [503, "temporarily_unavailable"], JSON.stringify(json));
      });
      const elsewhere = [];
      for (const name of ["bob", "carol", "dave"]) {
        const begun = performance.now();
        await world.granted(name, { target: "by-elsewhere" });
        elsewhere.push(Math.round(performance.now() - begun));
      }
      assert.ok(Math.max(...elsewhere) < 1000, `another realm's adapter: ${elsewhere} ms`);
      await Promise.all(unserved);
      isOver = true;
      const still = await world.granted("alice"); // after so many failures: what is kept needs no KDC
      const during = await beside, quiet = percentile(before, 0.99), loud = percentile(during, 0.99);
      t.diagnostic(`Kerberos without its KDC: error after ${Math.max(...slow)} ms at most; JWT p50 and p99 before ${percentile(before, 0.5).toFixed(1)} and ${quiet.toFixed(1)} ms, beside it ${percentile(during, 0.5).toFixed(1)} and ${loud.toFixed(1)} ms (${during.length} exchanges)`);
      // One of those that waited may be what tries whether the KDC is back, and is cut off at three seconds.
      assert.ok(percentile(slow, 0.9) < LIMIT_MS && Math.max(...slow) < LIMIT_MS + 300, `${slow}`);
      assert.ok(during.length > 50, `${during.length} exchanges`);
      assert.ok(loud < Math.max(4 * quiet, 250), `${loud} ms`);
      world.realm.kdc.resume();
      for (const one of [kept, still]) assert.equal((await world.show(one)).user, account("alice"));
    } finally {
      isOver = true;
      world.realm.kdc.resume();
    }
  });

  test("serves again once it answers", async () => {
    await until(async () => (await world.exchange("bob")).status === 200, () => gateway.program.errors.slice(-2000), 30_000);
    assert.equal((await world.show(await world.granted("carol"))).user, account("carol"));
  });
});
