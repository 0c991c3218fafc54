// A key of the gateway's that is changed at the KDC while the gateway runs: the new one is picked up from a file in the old one's
// place, and from the same file. Until then people hear what is wrong, and the adapter is asked for nothing.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { gatewayPrincipal, kerberosIsMissing } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { until } from "./kit/machine.js";

describe("a key of the gateway's that is changed while it runs", { skip: kerberosIsMissing }, () => {
  let world, gateway, realm;
  before(async () => {
    world = await KerberosStage.open({ adapter: { settings: { cache: { evidence: 0, ticket: 0 } } } });
    ({ gateway, realm } = world);
  });
  after(() => world?.close());

  // The next question for health comes within 15 seconds.
  async function isPickedUp(instance) {
    await until(async () => {
      const described = await world.described("corp");
      return described.instance > instance && described.state === "running" && described.health === "good";
    }, () => `it is started with the new key\n${gateway.program.errors.slice(-3000)}`, 40_000);
    assert.equal((await world.show(await world.granted("bob"))).user, account("bob"));
    const says = gateway.events("adapter_says").filter(({ message }) => /another by now: ends, to be started with that/.test(message));
    assert.equal(says.length, instance);
  }

  test("is picked up from another file in its place", async () => {
    await world.granted("alice");
    await realm.rotateKey(gatewayPrincipal);
    await realm.writeKeytab(world.folder.file("new.keytab"), gatewayPrincipal);
    renameSync(world.folder.file("new.keytab"), world.keytab);
    await isPickedUp(1);
  });

  test("stops what needs it, and is what people are told of, until it was written into the file, as ktadd does", async () => {
    await realm.rotateKey(gatewayPrincipal);
    await until(async () => (await world.described("corp")).health === "bad", () => gateway.program.errors.slice(-3000), 40_000);
    const answer = await world.exchange("alice");
    await world.refused(answer, "ADAPTER_UNAVAILABLE", { cause: /KRB_AP_ERR_BAD_INTEGRITY \(-1765328353\) at the gateway's login: make the keytab anew/ });
    await realm.writeKeytab(world.keytab, gatewayPrincipal);
    await isPickedUp(2);
  });
});
