// Credentials that are known outside: reserved before they are made, withdrawn where they are valid when they are killed,
// when they cannot be recorded and when the gateway that made them died. The outside world is a folder with a file for
// each credential (tests/notebook).
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { assertFault } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { Notebook } from "./kit/notebook.js";
import { assertGranted } from "./kit/stage.js";

describe("a credential with outside effects", () => {
  let stage, world, notebook;
  before(async () => {
    notebook = await Notebook.open({ gateway: { kills: { clockMargin: "0s" } } });
    ({ stage, world } = notebook);
  });
  after(() => notebook?.close());
  beforeEach(() => notebook.behave());

  const make = (name) => notebook.misbehave(name);
  const exchange = (changes, options) => notebook.exchange(changes, options);
  const isValid = (id) => notebook.isValid(id);
  const lease = (id) => notebook.lease(id);
  const kill = async (kind, id) => assert.equal((await stage.gateway.kill(kind, id, { past_only: "true" })).status, 200);
  const state = async (id, wanted) => until(async () => (await lease(id)).state === wanted, `lease ${id} is ${wanted}`);
  const withdrawals = (id) => stage.gateway.admin("/v1/records?limit=100").then(({ json }) => json.records.filter(({ kind, parent }) => kind === "withdrawal" && parent === id));

  test("is a lease with a handle from before it is made", async () => {
    make("slow");
    const pending = exchange();
    await until(() => stage.gateway.sql("select count(*) from lease where state = 'pending'") === "1", "a pending lease");
    assert.deepEqual(readdirSync(world), ["slow"]);
    rmSync(`${world}/slow`);
    const granted = assertGrantedKey(await pending);
    assert.ok(isValid(granted.dragoman_exchange));
    const shown = await lease(granted.dragoman_exchange);
    assert.deepEqual([shown.state, shown.adapter, shown.attempts], ["live", "notebook", 0]);
    assert.equal((await stage.gateway.record(granted.dragoman_exchange)).outcome, "granted");
  });

  function assertGrantedKey(answer) {
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.token_type, "N_A");
    return answer.json;
  }

  test("is withdrawn soon after anything it stands on is killed, with a record", async () => {
    for (const [kind, id] of [["target", "notebook"], ["client", "orders-agent"], ["lease"], ["adapter", "notebook"], ["subject", "corp-idp alice"]]) {
      const granted = assertGrantedKey(await exchange({ subject_token: stage.userToken({ sub: "alice" }) }));
      await kill(kind, id ?? granted.dragoman_exchange);
      await state(granted.dragoman_exchange, "ended");
      assert.ok(!isValid(granted.dragoman_exchange), `${kind} killed`);
      const [record, ...more] = await withdrawals(granted.dragoman_exchange);
      assert.deepEqual([record.change, more], [{ lease: granted.dragoman_exchange, state: "ended", attempts: 1 }, []]);
    }
  });

  test("is tried again while the outside is down, and the command line says so", async () => {
    const granted = assertGrantedKey(await exchange());
    make("down");
    const killed = await stage.gateway.cli(["kill", "lease", granted.dragoman_exchange]);
    assert.match(killed.output, /1 could not be withdrawn yet where they are valid/);
    await until(async () => (await lease(granted.dragoman_exchange)).attempts >= 2, "two tries");
    assert.equal((await lease(granted.dragoman_exchange)).state, "withdrawing");
    assert.match((await stage.gateway.cli(["lease", "list", "--all", "lease", granted.dragoman_exchange])).output, /withdrawing \(\d tries\)/);
    rmSync(`${world}/down`);
    await state(granted.dragoman_exchange, "ended");
    assert.ok(!isValid(granted.dragoman_exchange));
    const reached = assertGrantedKey(await exchange());
    const table = (await stage.gateway.cli(["kill", "lease", reached.dragoman_exchange])).output;
    assert.match(table, new RegExp(`${reached.dragoman_exchange} +withdrawn `));
    assert.doesNotMatch(table, /never asks/);
  });

  test("is lost where it cannot be withdrawn, and says when it ends by itself", async () => {
    const granted = assertGrantedKey(await exchange({ audience: "https://stone.example" }));
    await kill("lease", granted.dragoman_exchange);
    await state(granted.dragoman_exchange, "lost");
    const shown = await lease(granted.dragoman_exchange);
    assert.ok(shown.expires_at > 0 && isValid(granted.dragoman_exchange));
    assert.match((await stage.gateway.cli(["lease", "list", "--all", "lease", granted.dragoman_exchange])).output, /lost/);
  });

  test("leaves nothing behind when it cannot be made", async () => {
    make("down");
    const refused = await exchange();
    assertFault(refused, "OUTBOUND_FAILED");
    const id = refused.json.dragoman_exchange;
    assert.equal((await stage.gateway.record(id)).outcome, "refused");
    rmSync(`${world}/down`);
    await state(id, "ended");
  });

  test("is taken back when its adapter gives more than was decided", async () => {
    make("wide");
    const refused = await exchange();
    assert.equal(refused.status, 500, refused.text);
    assert.ok(!isValid(refused.json.dragoman_exchange), "at once");
    await state(refused.json.dragoman_exchange, "ended");
  });

  test("is taken back when it was killed while it was made", async () => {
    make("slow");
    const subject_token = stage.userToken();
    const pending = exchange({ subject_token });
    await until(() => stage.gateway.sql("select count(*) from lease where state = 'pending'") === "1", "a pending lease");
    await kill("client", "orders-agent");
    rmSync(`${world}/slow`);
    const refused = await pending;
    assertFault(refused, "ACTOR_BARRED");
    assert.ok(!isValid(refused.json.dragoman_exchange), "at once");
    assert.equal((await stage.gateway.record(refused.json.dragoman_exchange)).outcome, "refused");
    await state(refused.json.dragoman_exchange, "ended");
  });

  test("is taken back when it was killed by its own id while it was made", async () => {
    make("slow");
    const pending = exchange();
    await until(() => stage.gateway.sql("select count(*) from lease where state = 'pending'") === "1", "a pending lease");
    await kill("lease", stage.gateway.sql("select id from lease where state = 'pending'"));
    rmSync(`${world}/slow`);
    const refused = await pending;
    assertFault(refused, "TOKEN_REVOKED");
    assert.ok(!isValid(refused.json.dragoman_exchange), "at once");
    await state(refused.json.dragoman_exchange, "ended");
  });

  test("is refused before anything is made when it was killed before", async () => {
    const count = () => stage.gateway.sql("select count(*) from lease");
    const before = count();
    const answer = await stage.gateway.kill("target", "notebook");
    assert.equal(answer.status, 200, answer.text);
    assertFault(await exchange(), "TARGET_BARRED");
    assert.equal(count(), before);
    assert.equal((await stage.gateway.lift("target", "notebook")).status, 200);
  });

  test("uses the caller's assertion up once, with the reservation", async () => {
    const assertion = stage.clientAssertion();
    const changes = { client_assertion: assertion, client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" };
    assertGrantedKey(await exchange(changes, { auth: undefined }));
    const before = readdirSync(world).length;
    assertFault(await exchange(changes, { auth: undefined }), "ASSERTION_REPLAYED");
    assert.equal(readdirSync(world).length, before, "nothing was made for a replay");
  });

  test("is too late when it took longer to make than a lease may be pending", async () => {
    make("slow");
    const pending = exchange();
    await until(() => stage.gateway.sql("select count(*) from lease where state = 'pending'") === "1", "a pending lease");
    await until(() => stage.gateway.sql("select count(*) from lease where state = 'pending'") === "0", "the lease is taken for abandoned");
    rmSync(`${world}/slow`);
    const refused = await pending;
    assertFault(refused, "CREDENTIAL_TOO_LATE");
    assert.ok(!isValid(refused.json.dragoman_exchange));
  });

  test("is withdrawn by the next gateway when the one that made it died before it was recorded", async () => {
    make("slow");
    const before = new Set(readdirSync(world));
    const pending = exchange().catch(() => undefined);
    await until(() => stage.gateway.sql("select count(*) from lease where state = 'pending'") === "1", "a pending lease");
    const id = stage.gateway.sql("select id from lease where state = 'pending'");
    writeFileSync(`${world}/credential-${id}`, ""); // made, and nobody knows whether it was
    process.kill(stage.gateway.worker, "SIGKILL");
    await pending;
    rmSync(`${world}/slow`);
    await until(async () => {
      try { return (await lease(id)).state === "ended"; } catch { return false; }
    }, "the next worker withdraws it");
    assert.ok(!isValid(id));
    assert.ok(before.has("slow"));
  });

  test("is listed with the others", async () => {
    const first = assertGrantedKey(await exchange()), second = assertGranted(await stage.exchange()), third = assertGrantedKey(await exchange());
    const { json } = await stage.gateway.admin("/v1/leases?limit=3");
    assert.deepEqual(json.leases.slice(0, 3).map(({ id, adapter, state: now }) => [id, adapter, now]),
      [[third.dragoman_exchange, "notebook", "live"], [second.dragoman_exchange, undefined, "live"], [first.dragoman_exchange, "notebook", "live"]]);
  });
});
