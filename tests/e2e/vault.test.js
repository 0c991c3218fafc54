// Somebody else's API keys: handed over once, kept sealed, given out under a lease by subject.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault, faults } from "./kit/faults.js";
import { Stage } from "./kit/stage.js";

const vaultTarget = (name, settings) => ({ kind: "Target", metadata: { name }, spec: { domain: "partner", audiences: [`https://${name}.example`],
  adapter: "vault", settings, scopes: ["orders:read"], accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });

describe("the vault", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ edit: (documents) => {
      documents.set("Target/shared", vaultTarget("shared", { header: "x-api-key", keys: "shared" }));
      documents.set("Target/either", vaultTarget("either"));
      documents.set("Target/own", vaultTarget("own", { keys: "own", header: "authorization", scheme: "Key" }));
    } });
  });
  after(() => stage?.close());

  const connection = (target, { method = "POST", subject, key, query = "" } = {}) =>
    stage.gateway.admin(`/v1/connections/${target}${query}`, { method, body: key === undefined ? undefined : JSON.stringify({ subject, answers: { key } }) });
  const keep = async (target, key, subject) => assert.equal((await connection(target, { key, subject })).status, 200);
  const alice = () => ({ issuer: stage.corp.identifier, subject: "alice" });
  const ask = (target, sub = "alice") => stage.exchange({ audience: `https://${target}.example`, subject_token: stage.userToken({ sub }) });

  test("gives a kept key to who may use the target, as it is to be presented", async () => {
    await keep("shared", "sk-of-everybody-0123456789");
    const { status, json, text } = await ask("shared");
    assert.equal(status, 200, text);
    assert.deepEqual([json.access_token, json.token_type, json.issued_token_type],
      ["sk-of-everybody-0123456789", "N_A", "urn:dragoman:token-type:api-key"]);
  });

  const assertNothingKept = (answer) => assertFault(answer, "ADAPTER_REFUSED", { sentence: `${faults.ADAPTER_REFUSED.sentence} No key is kept for this subject at this target.` });

  test("finds a subject's own key without a route for each, and nobody else's", async () => {
    await keep("either", "sk-either-for-all");
    await keep("either", "sk-of-alice", alice());
    assert.equal((await ask("either", "alice")).json.access_token, "sk-of-alice");
    assert.equal((await ask("either", "bob")).json.access_token, "sk-either-for-all");
    await keep("own", "sk-own-of-alice", alice());
    assert.equal((await ask("own", "alice")).json.access_token, "sk-own-of-alice");
    assertNothingKept(await ask("own", "bob"));
  });

  test("forgets a key, and a new one takes an old one's place", async () => {
    await keep("own", "sk-first", alice());
    await keep("own", "sk-second", alice());
    assert.equal((await ask("own")).json.access_token, "sk-second");
    const query = `?issuer=${encodeURIComponent(stage.corp.identifier)}&subject=alice`;
    assert.equal((await connection("own", { method: "DELETE", query })).status, 200);
    assertNothingKept(await ask("own"));
  });

  test("says what it wants and for whom it has it, never the key", async () => {
    await keep("shared", "sk-never-shown-again");
    const { json, text } = await connection("shared", { method: "GET" });
    assert.deepEqual(json.asks.ask.map(({ name, secret }) => [name, secret]), [["key", true]]);
    assert.equal(json.asks.kept.length, 1);
    assert.match(json.asks.kept[0].fingerprint, /^[0-9a-f]{64}$/);
    assert.ok(!text.includes("sk-never"));
  });

  test("records who handed something over, without it, and keeps nothing in clear", async () => {
    const handed = await connection("shared", { key: "sk-nowhere-in-clear" });
    const record = await stage.gateway.record(handed.json.record);
    assert.deepEqual([record.kind, record.change], ["connection", { adapter: "vault", does: "keep", target: "shared" }]);
    const rows = stage.gateway.sql("select hex(value) from adapter_state");
    assert.ok(rows.length > 0 && !rows.includes(Buffer.from("sk-nowhere").toString("hex").toUpperCase()));
    assert.ok(!stage.gateway.program.errors.includes("sk-nowhere"));
  });

  test("takes nothing that could not stand in a header, and nothing for a target that keeps nothing", async () => {
    for (const key of ["", "with space", "line\nfeed", "x".repeat(16385)]) {
      const { status, json } = await connection("shared", { key });
      assert.deepEqual([status, json.title], [400, "parameter_invalid"], JSON.stringify(key));
    }
    assert.equal((await connection("partner-orders", { key: "k" })).json.title, "connection_none");
    assert.equal((await connection("nowhere", { key: "k" })).json.title, "document_unknown");
    assert.equal((await connection("own", { key: "k", subject: { issuer: stage.corp.identifier } })).status, 400);
  });
});
