// The gateway's keys: files that nobody should hand over, and keys that the KDC knows no more. What is wrong is said when the document is registered, by `dragoman adapter list`, and in the record of each refusal.
import assert from "node:assert/strict";
import { chmodSync, chownSync, renameSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { gatewayPrincipal, kerberosIsMissing, services, untrustedPrincipal } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { until } from "./kit/machine.js";

// What is wrong with each file, and what is said about it.
const bad = {
  missing: /keytab.*(No such file|not there|cannot be opened)/i,
  readable: /the file keytab: its mode lets others than its owner have it: chmod 0400/,
  foreign: /keytab belongs to user \d+, who is neither root nor the gateway's user/,
  rc4: /the newest keys of gw\/gateway\.mit\.example@MIT\.EXAMPLE in the file keytab are not for AES/,
  other: /the file keytab has no key of gw\/gateway\.mit\.example@MIT\.EXAMPLE/,
  nonsense: /the file keytab: /,
  stale: /KRB_AP_ERR_BAD_INTEGRITY \(-1765328353\) at the gateway's login: make the keytab anew/,
};

async function writeKeytabs({ realm, folder }) {
  const file = (name) => folder.file(`${name}.keytab`);
  for (const name of ["readable", "foreign"]) await realm.writeKeytab(file(name), gatewayPrincipal);
  chmodSync(file("readable"), 0o644);
  chownSync(file("foreign"), 12345, 12345);
  await realm.writeForeignKeytab(file("rc4"), [{ principal: gatewayPrincipal, version: 99, cipher: "arcfour-hmac" }]);
  await realm.writeForeignKeytab(file("stale"), [{ principal: gatewayPrincipal, version: 2 }]);
  await realm.writeKeytab(file("other"), untrustedPrincipal);
  realm.write("nonsense", "this is no keytab\n");
  renameSync(realm.file("nonsense"), file("nonsense"));
  chownSync(file("nonsense"), process.getuid(), process.getgid());
  chmodSync(file("nonsense"), 0o600);
}

describe("the gateway's keytab", { skip: kerberosIsMissing }, () => {
  let world, gateway;
  before(async () => {
    world = await KerberosStage.open({
      prepare: writeKeytabs,
      waitFor: ["corp"],
      edit: (documents, made) => {
        for (const name of Object.keys(bad)) {
          documents.set(`Adapter/${name}`, made.adapter(name, { keytab: made.folder.file(`${name}.keytab`) }));
          documents.set(`Target/by-${name}`, made.target(`by-${name}`, { service: services.app }, { adapter: name }));
        }
      },
    });
    ({ gateway } = world);
  });
  after(() => world?.close());

  for (const [name, expected] of Object.entries(bad)) {
    test(`that is ${name} is said to be, and nothing is given for it`, async () => {
      const described = await until(async () => (await world.described(name))?.detail && world.described(name), () => `it is known why\n${gateway.program.errors.slice(-3000)}`);
      assert.match(described.detail, expected);
      const answer = await world.exchange("alice", { target: `by-${name}` });
      assert.ok(Number(answer.headers["retry-after"]) > 0);
      await world.refused(answer, "ADAPTER_UNAVAILABLE", { cause: expected });
      const { code, output } = await gateway.cli(["adapter", "list"]);
      assert.equal(code, 0);
      assert.ok(output.includes(name), output);
    });

    test(`that is ${name} is refused when its document is applied`, async () => {
      const { status, text } = await gateway.admin("/v1/documents", { method: "POST", document: world.adapter(`new-${name}`, { keytab: world.folder.file(`${name}.keytab`) }) });
      assert.equal(status, 422, text);
      assert.match(text.replaceAll('\\"', '"'), expected);
      assert.equal(await world.described(`new-${name}`), undefined);
    });
  }

  test("of another realm's adapter stops nobody: the good one serves", async () => {
    assert.equal((await world.show(await world.granted("alice"))).user, account("alice"));
  });

  test("that was mended is used once the gateway has read its documents anew", async () => {
    const { worker } = gateway;
    await world.realm.writeKeytab(world.folder.file("missing.keytab"), gatewayPrincipal);
    chmodSync(world.folder.file("readable.keytab"), 0o400);
    chownSync(world.folder.file("foreign.keytab"), process.getuid(), process.getgid());
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(worker);
    const over = gateway.http2(); // connections of before are the old worker's
    for (const name of ["missing", "readable", "foreign"]) {
      await until(async () => (await world.described(name)).health === "good", () => `${name} is good\n${gateway.program.errors.slice(-2000)}`);
      assert.equal((await world.show(await world.granted("bob", { target: `by-${name}`, over }))).user, account("bob"));
    }
    over.close();
  });
});
