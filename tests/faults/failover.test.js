// The server that takes writes is lost for good and its standby takes over: with a standby that confirms commits, every
// credential that was answered has its record there, and what was used once stays used. With --full: ten times. Where it
// does not confirm them, the gateways go on with what it has and with nothing else.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { assertFault } from "../e2e/kit/faults.js";
import { isFull, until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";
import { disturbUnderLoad } from "./kit/load.js";

const ROUNDS = isFull ? 10 : 1;
const ANSWER_MS = 2000; // answerTimeout below
const LONGEST_MS = 2 * ANSWER_MS + 2000; // an exchange waits for the store twice when the first answer refuses it
const RECOVERS_MS = 5000; // from the moment the standby takes writes

// One gateway that knows both servers, by the order in which an operator would list them.
async function open({ confirms }) {
  let standby;
  const stage = await Stage.open({
    store: "postgres",
    prepare: async ({ postgres }) => (standby = await postgres.addStandby({ confirms })),
    edit: (documents, { gateway }) => {
      delete documents.get("Team/payments").spec.budget;
      const { postgres } = gateway.document.spec.store;
      Object.assign(postgres, { connection: postgres.connection.replace(/host=\S+/, (host) => `${host},${standby.folder}`), connectTimeout: "1s", statementTimeout: "1s", answerTimeout: `${ANSWER_MS / 1000}s` });
    },
  });
  return { stage, standby };
}

async function close({ stage, standby }) {
  await stage.close();
  await standby.close();
}

describe("a primary that is lost", () => {
  test("loses nothing that was answered when its standby confirms commits", { timeout: 1_800_000 }, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const cast = await open({ confirms: true });
      try {
        const { stage, standby } = cast, history = new History();
        const { worker } = stage.gateway;
        const ms = await disturbUnderLoad(stage, history, async () => {
          await stage.postgres.kill();
          await standby.promote();
        }, { withinMs: RECOVERS_MS, afterMs: Math.random() * 400 });
        stage.gateway.postgres = standby;
        const { requests, granted, refused, recordedUnanswered } = history.check(recordsOf(stage.gateway), { mayClose: false });
        const longest = Math.max(...history.requests.map((request) => request.endedMs - request.begunMs));
        t.diagnostic(`granting again ${ms.toFixed(0)} ms after the standby took writes; ${requests} requests, ${granted} granted, refused ${JSON.stringify(refused)}, ${recordedUnanswered} recorded and not answered, longest ${longest.toFixed(0)} ms; 0 violations`);
        assert.ok(longest < LONGEST_MS, `a request took ${longest} ms`);
        assert.equal(stage.gateway.worker, worker, "the worker is the same");
      } finally {
        await close(cast);
      }
    }
  });

  // Visible on the primary is not kept: whoever ends the session that waits for a standby, or its wait, makes a commit visible that no
  // standby has. After the second the server even says that it was committed, and warns.
  for (const end of ["pg_terminate_backend", "pg_cancel_backend"]) test(`answers with nothing that no standby has after ${end}`, { timeout: 120_000 }, async () => {
    const cast = await open({ confirms: true });
    try {
      const { stage, standby } = cast;
      assertGranted(await stage.exchange());
      standby.pause();
      const commits = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
      const records = () => Number(stage.postgres.query("SELECT count(*) FROM record"));
      const before = records();
      let isAnswered = false;
      const answer = stage.exchange().finally(() => (isAnswered = true));
      await until(() => stage.postgres.query(`SELECT count(*) ${commits}`) === "1", "the commit waits for the standby");
      stage.postgres.query(`SELECT ${end}(pid) ${commits}`);
      await until(() => records() > before, "the record can be seen");
      await until(() => isAnswered || stage.postgres.query(`SELECT count(*) ${commits}`) === "1", "it was found, and waits for the standby again");
      assert.equal(isAnswered, false);
      standby.resume();
      assertGranted(await answer);
    } finally {
      cast.standby.resume();
      await close(cast);
    }
  });

  // Were nothing lost here, the tests above would prove nothing. It is what docs/operations.md warns of.
  test("loses what was answered when its standby confirms nothing", { timeout: 120_000 }, async (t) => {
    const cast = await open({ confirms: false });
    try {
      const { stage, standby } = cast, history = new History();
      await standby.stop();
      await disturbUnderLoad(stage, history, async () => {
        await stage.postgres.kill();
        await standby.start();
        await standby.promote();
      }, { withinMs: RECOVERS_MS });
      stage.gateway.postgres = standby;
      const lost = history.violations(recordsOf(stage.gateway));
      t.diagnostic(`${lost.length} violations, such as: ${lost[0]}`);
      assert.ok(lost.some((violation) => violation.includes("answered without a record")));
    } finally {
      await close(cast);
    }
  });
});

// What a standby without the last commits has, put back in place of what is there; the connections stay, so that nothing but
// the rows can tell. The counters then move on, and come to the lost numbers again.
class Past {
  static TABLES = ["counter", "cutoff", "signing_key", "document"];

  constructor(postgres) {
    this.postgres = postgres;
    postgres.query(Past.TABLES.map((table) => `CREATE TABLE public.${table} AS SELECT * FROM ${table}`).join(";"));
  }

  // again: what the server that took over has stored since, as SQL in the same transaction.
  comeBack(again = "") {
    const back = Past.TABLES.map((table) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM public.${table}`);
    this.postgres.query(`BEGIN; ${back.join(";")}; ${again}; COMMIT`);
  }
}

describe("a store that has lost the last changes under running gateways", () => {
  const files = "https://files.partner.example"; // signed with RS256
  const KNOWN_MS = 2000; // by when what is changed at one gateway is in effect at the others
  let stage, first, second, past;
  beforeEach(async () => {
    stage = await Stage.open({ store: "postgres", size: 2, gateway: { kills: { clockMargin: "0s" } } });
    [first, second] = stage.gateways;
    for (const gateway of stage.gateways) assertGranted(await on(gateway));
    past = new Past(stage.postgres);
  });
  afterEach(() => stage?.close());

  const on = (gateway, changes = {}) => stage.exchange(changes, { over: gateway.http });
  const epochOf = async (gateway) => (await gateway.http.send("/readyz")).json.epoch;
  const soon = (isSo, what) => until(isSo, what, KNOWN_MS);
  const kill = (id) => `SELECT commit_change(NULL, NULL, NULL, 0, 0, ARRAY[ROW(0, 'client', '${id}', ${Date.now() * 1000}, 0, 1, 0, NULL, NULL)::cutoff_row], NULL, NULL, NULL, NULL, NULL)`;

  test("grants on in time and forgets the kill that was lost", { timeout: 60_000 }, async () => {
    const { epoch } = (await first.kill("subject", "corp-idp bob")).json;
    const asBob = (gateway) => on(gateway, { subject_token: stage.userToken({ sub: "bob" }) });
    await soon(async () => (await epochOf(second)) === epoch, "both know the kill");
    for (const gateway of stage.gateways) assert.equal((await asBob(gateway)).status, 400);
    past.comeBack();
    for (const gateway of stage.gateways) {
      const begunMs = performance.now();
      assertGranted(await on(gateway));
      assert.ok(performance.now() - begunMs < KNOWN_MS, "an exchange waits for nothing");
      await soon(async () => (await epochOf(gateway)) === epoch - 1, "the lower epoch is the one in effect");
      assertGranted(await asBob(gateway));
    }
  });

  test("tells a kill from the lost one that had its number", { timeout: 60_000 }, async () => {
    const { epoch } = (await first.kill("client", "stranger")).json;
    await soon(async () => (await epochOf(second)) === epoch, "both know the kill");
    const { access_token: token } = assertGranted(await on(second));
    const { access_token: other } = assertGranted(await on(first));
    past.comeBack(kill("orders-agent"));
    for (const [gateway, credential] of [[first, other], [second, token]]) {
      assertFault(await on(gateway), "ACTOR_BARRED"); // also before the gateway has looked: the commit compares
      await soon(async () => (await gateway.post("/introspect", { token: credential }, { auth: stage.authOf("partner-api") })).json.active === false, "its credentials are dead");
      assert.equal(await epochOf(gateway), epoch, "with the number of the lost one");
    }
  });

  test("tells a revoked key and a changed document from the lost ones that had their numbers", { timeout: 60_000 }, async () => {
    const keyOf = async (algorithm) => (await second.admin("/v1/keys")).json.keys.find((key) => key.algorithm === algorithm && key.state === "active").kid;
    const revoke = (kid) => second.admin(`/v1/keys/${kid}/revoke`, { method: "POST" });
    const domain = (name) => ({ kind: "Domain", metadata: { name }, spec: {} });
    const publishes = async (gateway, kid) => (await gateway.http.send("/jwks")).text.includes(kid);
    const has = async (gateway, name) => (await gateway.admin("/v1/documents")).text.includes(`"${name}"`);
    const [lostKey, key] = [await keyOf("ES256"), await keyOf("RS256")];
    assert.equal((await revoke(lostKey)).status, 200);
    await second.apply(domain("lost"));
    await soon(async () => !(await publishes(first, lostKey)) && (await has(first, "lost")), "both know the change");
    past.comeBack();
    assert.equal((await revoke(key)).status, 200);
    assert.equal(await publishes(second, key), false, "where it is revoked, before it is said");
    await second.apply(domain("found"));
    for (const gateway of stage.gateways) {
      await soon(async () => !(await publishes(gateway, key)), "the key is published no more");
      await soon(async () => (await has(gateway, "found")) && !(await has(gateway, "lost")), "the documents are those that are stored");
      assert.notEqual(assertGranted(await on(gateway, { audience: files })).header.kid, key);
    }
  });
});
