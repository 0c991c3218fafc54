// On the way of an exchange the first, the second, the n-th call of a kind fails: an allocation, a random number, a step
// of the store, a socket. Its answer is whole or its stream is closed, nothing is half done, and the next exchange is as
// good as ever. With --full: every call there is.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { mkdirSync, readdirSync } from "node:fs";
import { assertionType } from "../e2e/kit/gateway.js";
import { until } from "../e2e/kit/machine.js";
import { openFailing } from "./kit/failures.js";
import { History, recordsOf } from "./kit/history.js";

const isPostgres = process.env.DRAGOMAN_STORE === "postgres";
const timeout = 3_600_000;

// Exchanges over one connection for as long as it lasts, and then over another.
class Caller {
  constructor(stage) {
    this.gateway = stage.gateway;
    this.over = stage.gateway.http2();
  }

  exchange(form) {
    return this.gateway.post("/token", form, { over: this.over }).catch((error) => {
      this.close();
      this.over = this.gateway.http2();
      throw error;
    });
  }

  close() {
    this.over.close();
  }
}

const withAssertion = (stage, changes) => stage.form({ client_assertion_type: assertionType, client_assertion: stage.clientAssertion(), ...changes });
const statusOf = (answer) => answer?.status ?? "closed";

describe("an exchange in which a call fails", () => {
  let stage, gateway, caller, history;
  before(async () => {
    ({ gateway } = stage = await openFailing({
      prepare: ({ corp }) => {
        corp.misbehave = (request, response) => void response.setHeader("connection", "close"); // it is asked over another each time
      },
    }));
    caller = new Caller(stage);
  });
  after(async () => {
    caller?.close();
    await stage?.close();
    stage?.failures.close();
  });
  beforeEach(() => (history = new History()));

  // Each with an assertion of its own.
  const exchange = async (changes = {}) => {
    const form = withAssertion(stage, changes);
    return statusOf(await history.send((name) => caller.exchange({ ...form, dragoman_purpose: name }), { uses: [form.client_assertion] }));
  };
  const endure = async (t, kind, options) => {
    await stage.failures.endure(t, gateway, kind, { attempt: exchange, ...options });
    history.check(recordsOf(gateway), { mayClose: options?.endsWorker ?? false });
    assert.equal(gateway.sql("SELECT count(*) FROM lease WHERE id NOT IN (SELECT id FROM record)"), "0");
  };

  test("of the store's is answered whole and leaves nothing behind", { timeout }, (t) => endure(t, "store"));

  if (isPostgres)
    test("on a socket to the store is answered whole and leaves nothing behind", { timeout }, (t) => endure(t, "network"));
  else
    test("for memory of the store's is answered whole and leaves nothing behind", { timeout }, (t) => endure(t, "store memory"));

  // Each time another issuer, of whom nothing is known yet.
  test("on a socket to the issuer is answered whole and leaves nothing behind", { timeout }, async (t) => {
    const issuers = [];
    const target = { kind: "Target", metadata: { name: "tenants" }, spec: { domain: "partner", audiences: ["https://tenants.example"], scopes: ["orders:read"],
      accepts: { issuers, clients: ["orders-agent"] } } };
    const again = () => exchange({ audience: "https://tenants.example",
      subject_token: stage.userToken({ iss: `${stage.corp.identifier}/${issuers.at(-1)}`, scope: "orders:read" }) });
    const attempt = async () => {
      const name = `tenant-${issuers.length}`;
      const issuer = { kind: "Issuer", metadata: { name }, spec: { domain: "corp", issuer: `${stage.corp.identifier}/${name}`,
        audiences: [gateway.issuer], keys: { jwksUri: `${stage.corp.jwksUri}-${name}` } } };
      issuers.push(name);
      const { status } = await gateway.admin("/v1/documents", { method: "POST", document: [issuer, target] });
      if (status === 200) return again();
      issuers.pop(); // it is introduced the next time
      return status;
    };
    await endure(t, "network", { attempt, again });
  });

  test("for a random number ends the worker and leaves nothing behind", { timeout }, (t) => endure(t, "random", { times: 64, endsWorker: true }));

  test("for memory ends the worker and leaves nothing behind", { timeout }, (t) => endure(t, "memory", { endsWorker: true }));
});

// The outside world is a folder with a file for each credential (tests/notebook).
describe("an exchange for what is known outside, in which a call fails", () => {
  let stage, gateway, caller, world, granted;
  before(async () => {
    ({ gateway } = stage = await openFailing({
      gateway: { leases: { pendingFor: "2s", retryDelay: "1s", retryDelayMaximum: "1s" }, confinement: { enabled: false }, insecure: ["workers-not-confined"] },
      prepare: ({ folder }) => mkdirSync((world = process.env.DRAGOMAN_NOTEBOOK = folder.file("world"))),
      edit: (documents) => {
        const target = structuredClone(documents.get("Target/partner-files"));
        target.metadata.name = "notebook";
        Object.assign(target.spec, { audiences: ["https://notebook.example"], adapter: "notebook", token: undefined });
        documents.set("Target/notebook", target);
      },
    }));
    caller = new Caller(stage);
  });
  after(async () => {
    caller?.close();
    await stage?.close();
    stage?.failures.close();
  });
  beforeEach(() => (granted = []));

  const attempt = async () => {
    const form = withAssertion(stage, { audience: "https://notebook.example", scope: "files:read" });
    const answer = await caller.exchange(form).catch(() => null);
    if (answer?.status === 200) granted.push(answer.json.dragoman_exchange);
    return statusOf(answer);
  };
  const rows = (text) => gateway.sql(text).split("\n").filter((row) => row !== "").sort();

  for (const [kind, options] of [["store", {}], [isPostgres ? "network" : "store memory", {}], ["memory", { endsWorker: true }]])
    test(`of ${kind}, leaves there what is recorded and nothing else`, { timeout }, async (t) => {
      await stage.failures.endure(t, gateway, kind, { attempt, ...options });
      await until(() => rows("SELECT id FROM lease WHERE state IN ('pending', 'withdrawing')").length === 0, "what was begun is finished or taken back");
      const live = rows("SELECT id FROM lease WHERE state = 'live'");
      assert.deepEqual(readdirSync(world).map((name) => name.replace("credential-", "")).sort(), live);
      assert.deepEqual(rows("SELECT lease.id FROM lease JOIN record ON record.id = lease.id WHERE state = 'live' AND outcome = 'granted'"), live);
      for (const id of granted) assert.ok(live.includes(id), `${id} was answered and is live`);
    });
});
