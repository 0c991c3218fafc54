// The gateway's own account in the realm: what it must be for anything to be delegated, and what people hear where it is not.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kerberosIsMissing, services } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { until } from "./kit/machine.js";

// How each account was made, and what its adapter's self-test says.
const accounts = {
  "unforwardable": { flags: "+ok_to_auth_as_delegate -allow_forwardable", said: /^the KDC gives the gateway no forwardable tickets: without them nothing can be delegated/ },
  "short-lived": { flags: "+ok_to_auth_as_delegate -maxlife 30minutes", said: /^the KDC gives tickets of less than an hour, and renewable ones in their place/ },
  "disabled-one": { flags: "+ok_to_auth_as_delegate -allow_tix", said: /^KDC_ERR_CLIENT_REVOKED \(-1765328366\) at the gateway's login: look at the gateway's account in the directory$/ },
  "expired-one": { flags: "+ok_to_auth_as_delegate -expire \"2020-01-01 00:00:00 UTC\"", said: /^KDC_ERR_NAME_EXP \(-1765328383\) at the gateway's login: look at the gateway's account in the directory$/ },
};
const principalOf = (name) => `${name}/gateway.mit.example`;

describe("the gateway's account in a Kerberos realm", { skip: kerberosIsMissing }, () => {
  let world, gateway;
  before(async () => {
    world = await KerberosStage.open({
      prepare: async ({ realm, folder }) => {
        for (const [name, { flags }] of Object.entries(accounts)) {
          await realm.kadmin(`addprinc -randkey ${flags} ${principalOf(name)}`);
          await realm.mayDelegateTo(principalOf(name), [services.app]);
          await realm.writeKeytab(folder.file(`${name}.keytab`), principalOf(name));
        }
      },
      edit: (documents, made) => {
        for (const name of Object.keys(accounts)) {
          documents.set(`Adapter/${name}`, made.adapter(name, { principal: principalOf(name), keytab: made.folder.file(`${name}.keytab`) }));
          documents.set(`Target/by-${name}`, made.target(`by-${name}`, { service: services.app }, { adapter: name }));
        }
      },
    });
    ({ gateway } = world);
  });
  after(() => world?.close());

  for (const [name, { said }] of Object.entries(accounts))
    test(`that is ${name} is said to be: nothing is asked of its adapter, and none like it is registered`, async () => {
      const described = await until(async () => (await world.described(name)).health === "bad" && world.described(name), () => `${name} is found out\n${gateway.program.errors.slice(-2000)}`);
      assert.match(described.detail, said);
      await world.refused(await world.exchange("alice", { target: `by-${name}` }), "ADAPTER_UNAVAILABLE", { cause: new RegExp(said.source.replace("^", "^it is not running, or is not well: ")) });
      const { status, text } = await gateway.admin("/v1/documents", { method: "POST", document: { ...world.documents.get(`Adapter/${name}`), metadata: { name: `${name}-again` } } });
      assert.equal(status, 422, text);
      assert.equal((await world.show(await world.granted("alice"))).user, account("alice"));
    });

  test("that is mended is used as soon as the next question for health finds it", async () => {
    await world.realm.enable(principalOf("disabled-one"));
    await until(async () => (await world.described("disabled-one")).health === "good", () => gateway.program.errors.slice(-2000), 30_000);
    assert.equal((await world.show(await world.granted("bob", { target: "by-disabled-one" }))).user, account("bob"));
  });

  test("is of no use to a document with mistakes: one without a listener, a key or a realm is not registered", async () => {
    const mistaken = async (change, expected) => {
      const document = world.adapter("mistaken");
      change(document.spec);
      const { status, text } = await gateway.admin("/v1/documents", { method: "POST", document });
      assert.equal(status, 422, text);
      assert.match(text, expected);
    };
    await mistaken((spec) => delete spec.loopbackListener, /loopbackListener: true/);
    await mistaken((spec) => (spec.files = {}), /names no file keytab in spec\.files/);
    await mistaken((spec) => delete spec.settings, /the Adapter document has no spec\.settings/);
    await mistaken((spec) => (spec.settings.kdcs = ["corp.example:port"]), /kdcs/);
    await mistaken((spec) => (spec.settings.realm = "MIT.EXAMPLE } [libdefaults]"), /realm/);
    await mistaken((spec) => (spec.settings.services = [{ service: "krbtgt/MIT.EXAMPLE" }]), /services/);
    await mistaken((spec) => (spec.settings.subjects = [{ issuer: world.corp.identifier, name: "email" }]), /email_verified/);
    await mistaken((spec) => (spec.settings.probe = { subject: "krbtgt", service: services.app }), /nobody may be this account/);
  });
});
