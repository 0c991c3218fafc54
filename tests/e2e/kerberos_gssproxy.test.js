// The gateway's key in gssproxy: an adapter that has no keytab, and cannot read one, makes tokens all the same, and no more than
// tokens.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { GssProxy, gssproxyIsMissing } from "./kit/gssproxy.js";
import { kerberosIsMissing, services, users } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { programs, run, until } from "./kit/machine.js";

// For one question to gssproxy; a token needs three at most.
const LIMIT_MS = 1000;
const withheld = { "no-transition": { allow_protocol_transition: "false" }, "no-delegation": { allow_constrained_delegation: "false" }, stranger: { euid: 54321 } };

describe("a Kerberos adapter whose key gssproxy has", { skip: kerberosIsMissing || gssproxyIsMissing }, () => {
  let world, gateway, proxy;
  const served = [{ service: services.app }, { service: services.second }, { service: services.other }, { service: "HTTP/unknown.mit.example" }];
  const document = (name, { settings = {}, spec = {}, socket = proxy.socket() } = {}) => world.adapter(name, {
    spec: { files: {}, sockets: { gssproxy: socket }, ...spec },
    settings: { gssproxy: true, kdcs: undefined, exchangeTimeout: LIMIT_MS, services: served, probe: { subject: "probe", service: services.app }, ...settings } });

  before(async () => {
    world = await KerberosStage.open({
      prepare: async (made) => {
        const folder = join(made.program.folder, "run");
        chownSync(made.keytab, process.getuid(), process.getgid());
        mkdirSync(folder);
        chmodSync(folder, 0o755);
        proxy = await GssProxy.open(made.realm, folder, made.keytab, { dragoman: {}, ...withheld });
      },
      waitFor: ["corp"],
      edit: (documents, made) => {
        world = made;
        for (const name of ["tickets", "messages"]) documents.delete(`Target/${name}`);
        documents.set("Adapter/corp", document("corp"));
        documents.set("Adapter/blind", document("blind", { settings: { probe: undefined } }));
        documents.set("Target/by-blind", made.target("by-blind", { service: services.other }, { adapter: "blind" }));
        for (const name of Object.keys(withheld)) {
          documents.set(`Adapter/${name}`, document(name, { socket: proxy.socket(name) }));
          documents.set(`Target/by-${name}`, made.target(`by-${name}`, { service: services.app }, { adapter: name }));
        }
      },
    });
    ({ gateway } = world);
  });
  after(async () => {
    await world?.close();
    await proxy?.stop();
  });

  // Every descriptor of the adapter's process, as the kernel has it.
  const descriptors = (process) => readdirSync(`/proc/${process}/fd`).map((number) => readlinkSync(`/proc/${process}/fd/${number}`));

  test("is the person's to the service, once, and the adapter has no keytab", async () => {
    const granted = await world.granted("alice");
    assert.deepEqual(await world.show(granted), { status: 200, user: account("alice"), path: "/orders.shtml" });
    assert.equal((await world.show(granted)).status, 401);
    assert.equal((await gateway.record(granted.dragoman_exchange)).account, account("alice"));
    assert.ok(granted.expires_in > 200 && granted.expires_in <= 301, `${granted.expires_in} s`);
    const open = descriptors(await world.process("corp"));
    assert.ok(!open.some((name) => name.includes("keytab")) && open.some((name) => name.startsWith("socket:")), open.join());
  });

  test("holds the ticket for that service and nothing else, for as long as was asked", async () => {
    const { access_token: token } = await world.granted("carol", { target: "second" });
    const read = await world.reader.token(token);
    assert.equal(read.acceptedAs, account("carol"));
    assert.equal(read.delegatedCredential, "no");
    assert.ok(!read.agreed.includes("delegation") && !read.agreed.includes("mutual"), read.agreed.join());
  });

  test("is each one's own when many ask at once", async (t) => {
    const begun = performance.now();
    const all = await Promise.all(Array.from({ length: 48 }, (_, i) => users[i % users.length]).map(async (name) => ({ name, granted: await world.granted(name) })));
    t.diagnostic(`${((performance.now() - begun) / all.length).toFixed(1)} ms each`);
    for (const { name, granted } of all.slice(0, 16)) assert.equal((await world.show(granted)).user, account(name));
  });

  test("costs one question of the KDC where its evidence is kept", async (t) => {
    const asked = () => world.realm.requests("TGS_REQ").filter((line) => line.includes("ISSUE")).length;
    await world.granted("erin");
    const before = asked(), begun = performance.now();
    for (let i = 0; i < 20; i++) await world.granted("erin");
    t.diagnostic(`${((performance.now() - begun) / 20).toFixed(1)} ms an exchange, one after another`);
    assert.equal(asked() - before, 20);
  });

  test("is refused for the reason that the KDC has, which stands in the record", async () => {
    const subject = { cause: /KDC_ERR_C_PRINCIPAL_UNKNOWN \(-1765328378\) at S4U2Self/ };
    const shown = (await world.exchange("nobody")).json.error_description;
    await world.refused(await world.exchange("nobody"), "ADAPTER_REFUSED_SUBJECT", { shown: shown.slice(shown.lastIndexOf(".", shown.length - 2) + 2), ...subject });
    for (const [name, cause] of [["disabled", /KDC_ERR_CLIENT_REVOKED \(-1765328366\)/], ["expired", /KDC_ERR_NAME_EXP \(-1765328383\)/], ["vip", /KDC_ERR_BADOPTION \(-1765328371\) at S4U2Proxy/]]) {
      const answer = await world.exchange(name);
      assert.deepEqual([answer.json.error, answer.json.error_description], ["invalid_request", shown], name);
      assert.match(await world.cause(answer.json.dragoman_exchange), cause);
    }
  });

  test("tells a service that it may not ask for from a person who is protected, by its probe", async () => {
    const other = await world.exchange("alice", { target: "other" });
    assert.equal(other.json.error, "invalid_target");
    assert.match(await world.cause(other.json.dragoman_exchange), /KDC_ERR_BADOPTION \(-1765328371\) at S4U2Proxy: the service is not in the gateway's delegation list/);
    const unknown = await world.exchange("alice", { target: "unknown" });
    assert.equal(unknown.json.error, "invalid_target");
    assert.match(await world.cause(unknown.json.dragoman_exchange), /KDC_ERR_S_PRINCIPAL_UNKNOWN \(-1765328377\) at S4U2Proxy/);
    const blind = await world.exchange("alice", { target: "by-blind" });
    assert.equal(blind.json.error, "invalid_request");
    assert.match(await world.cause(blind.json.dragoman_exchange), /this user, or everybody/);
  });

  for (const [name, expected] of Object.entries({ "no-transition": /allow_protocol_transition = true/, "no-delegation": /allow_constrained_delegation = true/ }))
    test(`says what gssproxy is not let do: ${name}`, async () => {
      const { detail } = await until(async () => (await world.described(name))?.detail && world.described(name), () => `it is known why\n${gateway.program.errors.slice(-3000)}`);
      assert.match(detail, expected);
    });

  test("says that gssproxy has ended its connection where that does not know the gateway's user", async () => {
    await until(() => gateway.events("adapter_output").some(({ adapter, line }) => adapter === "stranger" && /gssproxy has ended its connection.*\(euid\)/.test(line)), "it says so");
  });

  const refusals = {
    "a keytab beside it": [{ spec: { files: { keytab: "KEYTAB" } } }, /spec\.files of the Adapter document has a keytab, and gssproxy is to have the key/],
    "no socket": [{ spec: { sockets: {} } }, /the Adapter document names no socket gssproxy in spec\.sockets/],
    "a socket that it is not to use": [{ settings: { gssproxy: false, kdcs: ["127.0.0.1:88"] } }, /spec\.sockets of the Adapter document has gssproxy, and spec\.settings does not say gssproxy: true/],
    "KDCs of its own": [{ settings: { kdcs: ["127.0.0.1:88"] } }, /gssproxy asks the KDCs of its own krb5\.conf: leave this out/],
    "tickets to give out": [{ settings: { services: [{ service: services.app, outputs: ["ccache"] }] } }, /expected spnego alone: no ticket comes out of gssproxy/],
    "no network": [{ spec: { network: "none", loopbackListener: false } }, /spec\.sockets: they need network: any/],
    "nobody who listens": [{ socket: "/run/nobody-is-there.sock" }, /nobody-is-there\.sock: No such file or directory/],
  };
  for (const [what, [changes, expected]] of Object.entries(refusals))
    test(`is refused when its document is applied with ${what}`, async () => {
      const made = document(`with-${what.toLowerCase().replaceAll(" ", "-")}`, changes);
      if (made.spec.files.keytab !== undefined) made.spec.files.keytab = world.keytab;
      const { status, text } = await gateway.admin("/v1/documents", { method: "POST", document: made });
      assert.equal(status, 422, text);
      assert.match(text.replaceAll('\\"', '"'), expected);
    });

  test("is checked by the kit, which hands it the connection as the supervisor does", async () => {
    const { settings } = document("kit").spec, own = world.folder.file("own.json"), target = world.folder.file("target.json");
    writeFileSync(own, JSON.stringify(settings));
    writeFileSync(target, JSON.stringify({ service: services.app }));
    const kit = (...words) => run(programs.dragoman, ["adapter", "test", join(world.program.folder, "kerberos"), "--own-settings", own, "--settings", target, "--loopback-listener", "--only", "validate.good_settings", ...words]);
    const good = await kit("--socket", `gssproxy=${proxy.socket()}`);
    assert.equal(good.code, 0, good.output + good.errors);
    const without = await kit();
    assert.notEqual(without.code, 0);
    assert.match(without.output + without.errors, /names no socket gssproxy/);
    const nameless = await kit("--socket", proxy.socket());
    assert.match(nameless.errors, /--socket takes NAME=PATH, at most 4 times/);
  });

  test("waits no longer than its limit for a silent KDC, and serves as soon as gssproxy has an answer again", async (t) => {
    await world.granted("grace");
    world.realm.kdc.pause();
    const begun = performance.now(), answer = await world.exchange("grace");
    const ms = Math.round(performance.now() - begun);
    world.realm.kdc.resume();
    t.diagnostic(`${ms} ms`);
    assert.ok(ms >= LIMIT_MS && ms < 3 * LIMIT_MS, `${ms} ms`);
    await world.refused(answer, "ADAPTER_UNAVAILABLE", { cause: /gssproxy has not answered in time at S4U2Proxy/ });
    const next = await until(async () => {
      const again = await world.exchange("grace");
      return again.status === 200 && again.json;
    }, "it serves again");
    assert.equal((await world.show(next)).user, account("grace"));
  });

  test("goes on with a new connection when gssproxy was started anew", async () => {
    const { instance } = await world.described("corp");
    await proxy.stop();
    await until(() => gateway.events("adapter_output").some(({ adapter, line }) => adapter === "corp" && /gssproxy has ended its connection/.test(line)), "it notices");
    await proxy.start();
    await world.running("corp", instance + 1);
    assert.equal((await world.show(await world.granted("heidi"))).user, account("heidi"));
  });
});
