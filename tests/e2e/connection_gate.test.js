// Where people connect their own accounts: an exchange for somebody who has not gets a link for that person, and no credential.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { assertGranted, Stage } from "./kit/stage.js";

const connectedTarget = (name, spec = {}) => ({ kind: "Target", metadata: { name }, spec: { domain: "partner", audiences: [`https://${name}.example`],
  scopes: ["orders:read", "files:read"], connection: { lifetime: "30d" }, accepts: { issuers: ["corp-idp", "other-idp", "self"], clients: ["orders-agent", "billing-agents"] }, ...spec } });

describe("an exchange for a target where people connect", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ store: "sqlite", gateway: { people: { link: "5m" } }, edit: (documents, { gateway }) => {
      Object.assign(documents.get("Issuer/corp-idp").spec, { login: { clientId: "dragoman", secretFile: gateway.writeSecret("login.secret", "a-secret-of-the-login") } });
      documents.get("Domain/other").spec.leavesFor = ["partner"];
      documents.set("Target/drive", connectedTarget("drive"));
      documents.set("Target/mail", connectedTarget("mail"));
      documents.set("Target/loop", connectedTarget("loop"));
    } });
  });
  after(() => stage?.close());

  const ask = (changes = {}, options) => stage.exchange({ audience: "https://drive.example", ...changes }, options);
  const rows = () => Number(stage.gateway.sql("SELECT count(*) FROM adapter_state WHERE adapter = '~invitation'"));
  const ticketOf = ({ dragoman_interaction_uri: uri }) => {
    const prefix = `${stage.gateway.issuer}/connect/`;
    assert.ok(uri.startsWith(prefix), uri);
    const ticket = uri.slice(prefix.length);
    assert.match(ticket, /^[A-Za-z0-9_-]{43}$/);
    return ticket;
  };

  test("is refused with a link that is good for a while, and the refusal is recorded with it", async () => {
    const before = rows();
    const json = assertFault(await ask({ dragoman_purpose: "tidy up" }), "CONNECTION_MISSING");
    assert.equal(json.error, "interaction_required");
    assert.equal(json.dragoman_interaction_expires_in, 300);
    const ticket = ticketOf(json);
    assert.equal(rows(), before + 1);
    const key = createHash("sha256").update(ticket).digest("hex");
    assert.equal(stage.gateway.sql(`SELECT count(*) FROM adapter_state WHERE adapter = '~invitation' AND key = '${key}'`), "1");
    const record = await stage.gateway.record(json.dragoman_exchange);
    assert.deepEqual([record.outcome, record.reason, record.subject.sub, record.target], ["refused", "connection_missing", "alice", "drive"]);
    assert.ok(record.ladder.some(({ check, result }) => check === "consent" && result !== undefined), JSON.stringify(record.ladder));
    assert.equal(JSON.stringify(record).includes(ticket), false, "a record opens nothing");
  });

  test("has another link each time, and none of them or of what it is for is in the database", async () => {
    const tickets = [];
    for (let i = 0; i < 3; i++) tickets.push(ticketOf(assertFault(await ask({ dragoman_purpose: "a-purpose-to-look-for" }), "CONNECTION_MISSING")));
    assert.equal(new Set(tickets).size, 3);
    const dump = stage.gateway.sql("SELECT hex(value) FROM adapter_state WHERE adapter = '~invitation'");
    for (const secret of [...tickets, "a-purpose-to-look-for", "orders-agent"])
      assert.equal(dump.includes(Buffer.from(secret).toString("hex").toUpperCase()), false);
    assert.notEqual(stage.gateway.program.errors, "");
    assert.equal(tickets.some((ticket) => stage.gateway.program.errors.includes(ticket)), false, "no log has it either");
  });

  test("makes no link in a dry run", async () => {
    const before = rows();
    const json = assertFault(await ask({ dragoman_dry_run: "true" }), "CONNECTION_MISSING");
    assert.equal("dragoman_interaction_uri" in json, false);
    assert.equal("dragoman_interaction_expires_in" in json, false);
    assert.equal(rows(), before);
  });

  test("says so where nobody of that issuer can log in", async () => {
    const before = rows();
    const token = stage.other.token({ aud: stage.gateway.issuer, scope: "orders:read" }, { typ: "at+jwt" });
    const json = assertFault(await ask({ subject_token: token }), "INTERACTION_UNAVAILABLE");
    assert.equal("dragoman_interaction_uri" in json, false);
    assert.equal(rows(), before);
    assert.equal((await stage.gateway.record(json.dragoman_exchange)).reason, "interaction_unavailable");
  });

  test("is refused by documents before anybody is sent anywhere", async () => {
    const before = rows();
    assertFault(await ask({ scope: "everything" }), "SCOPE_NOT_OFFERED");
    assertFault(await ask({}, { auth: stage.authOf("stranger") }), "TARGET_CLIENT");
    assert.equal(rows(), before);
  });

  test("does not bury a person in links, and counts each person, client and target for itself", async () => {
    const bob = { audience: "https://loop.example", subject_token: stage.userToken({ sub: "bob" }) };
    const answers = [];
    for (let i = 0; i < 21; i++) answers.push(await ask(bob));
    for (const answer of answers.slice(0, 20)) ticketOf(assertFault(answer, "CONNECTION_MISSING"));
    const before = rows();
    const json = assertFault(answers[20], "INTERACTION_RATE");
    assert.equal("dragoman_interaction_uri" in json, false);
    assert.ok(Number(answers[20].headers["retry-after"]) <= 300);
    assert.equal(rows(), before);
    ticketOf(assertFault(await ask({ ...bob, audience: "https://mail.example" }), "CONNECTION_MISSING"));
    ticketOf(assertFault(await ask({ audience: "https://loop.example" }), "CONNECTION_MISSING"));
  });

  test("has its kills of single leases, which a consent is one of, kept for as long as any consent may live", async () => {
    const { dragoman_exchange: id } = assertGranted(await stage.exchange());
    const killed = await stage.gateway.kill("lease", id);
    assert.equal(killed.status, 200, killed.text);
    const until = Number(stage.gateway.sql(`SELECT expires_at FROM cutoff WHERE kind = 'lease' AND id = '${id}'`));
    assert.ok(until >= Date.now() / 1000 + 400 * 86400 - 60, String(until));
  });

  test("leaves targets without connection.lifetime as they were", async () => {
    assertGranted(await stage.exchange());
  });
});
