// A ticket with its key, for programs that speak Kerberos themselves: what they can do with it, for how long, and what is
// in it; and that no output, of whatever form, holds anything else that the gateway has.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault } from "./kit/faults.js";
import { gatewayPrincipal, kerberosIsMissing, realmName, services } from "./kit/kerberos.js";
import { account, ccache, fingerprint, KerberosStage, spnego } from "./kit/kerberos_stage.js";
import { isFull, until } from "./kit/machine.js";
import { assertOnlyTicket } from "./kit/tickets.js";

describe("a Kerberos ticket that is handed out", { skip: kerberosIsMissing }, () => {
  let world, gateway, realm;
  before(async () => {
    world = await KerberosStage.open();
    ({ gateway, realm } = world);
  });
  after(() => world?.close());

  const bytesOf = ({ access_token: text }) => Buffer.from(text, "base64");
  const asked = (sub, options) => world.granted(sub, { target: "tickets", requested_token_type: ccache, ...options });

  // Somebody who has nothing but this cache. clock: theirs.
  let holders = 0;
  function holder(bytes, options) {
    const client = realm.client(`holder-${++holders}`, options);
    writeFileSync(client.cache, bytes, { mode: 0o600 });
    return client;
  }

  async function call(client) {
    const done = await client.run("curl", ["--negotiate", "--user", ":", ...world.service.curl({ path: "/orders.shtml" })]);
    assert.equal(done.code, 0, done.errors);
    return [Number(done.output.slice(-3)), done.output.startsWith("{") && done.output.includes('"user"') ? JSON.parse(done.output.slice(0, -3)).user : undefined];
  }

  test("is good for any number of calls of a program that speaks Kerberos", async () => {
    const answer = await asked("alice"), client = holder(bytesOf(answer));
    assert.deepEqual([answer.token_type, answer.issued_token_type], ["N_A", ccache]);
    assert.ok(answer.expires_in > 30 && answer.expires_in <= 61, `${answer.expires_in} s`);
    for (let i = 0; i < 2; i++) assert.deepEqual(await call(client), [200, account("alice")], world.service.log);
  });

  test("is not used by the program after its end", async () => {
    const bytes = bytesOf(await asked("alice"));
    assert.deepEqual(await call(holder(bytes, { clock: "+30s" })), [200, account("alice")], "the clock alone is no reason");
    assert.deepEqual(await call(holder(bytes, { clock: "+61s" })), [401, undefined]);
    await until(async () => world.service.requests.at(-1).user === "-", "the service's line");
  });

  if (isFull) test("is not used after its end, which is waited for", async () => {
    const client = holder(bytesOf(await asked("alice")));
    assert.deepEqual(await call(client), [200, account("alice")]);
    await delay(61_000);
    assert.deepEqual(await call(client), [401, undefined]);
  });

  test("is the one thing in the cache, and none that grants or renews", async () => {
    const bytes = bytesOf(await asked("bob")), read = await world.reader.cache(bytes);
    assert.equal(read.owner, account("bob"));
    assertOnlyTicket(read, { client: account("bob"), server: account(services.app), longest: 61 });
    const { output } = await holder(bytes).run("klist", ["-f"]);
    assert.deepEqual([...output.matchAll(/\S+\/\S+@MIT\.EXAMPLE/g)].map(([name]) => name), [account(services.app)], output);
    assert.match(output, /Flags: FT\n/);
  });

  test("is the one thing in a KRB-CRED", async () => {
    const answer = await asked("carol", { target: "messages" });
    assert.ok(answer.expires_in > 200 && answer.expires_in <= 301);
    assertOnlyTicket(await world.reader.message(bytesOf(answer)), { client: account("carol"), server: account(services.app), longest: 301 });
  });

  test("gets its holder nothing else: no other service, no longer life, nobody else's ticket", async () => {
    const client = holder(bytesOf(await asked("dave")));
    const refused = async (program, ...args) => {
      const { code, output, errors } = await client.run(program, args);
      assert.notEqual(code, 0, `${program} ${args.join(" ")}: ${output}`);
      assert.match(errors, /Matching credential not found|KDC can't fulfill|not renewable|TGT|No credentials/i);
    };
    await refused("kvno", services.second);
    await refused("kvno", `krbtgt/${realmName}`);
    await refused("kvno", "-U", "bob", "-P", services.app);
    await refused("kinit", "-R");
    await refused("kinit", "-R", "-S", services.app);
  });

  test("is found by its fingerprint, and stands in no record", async () => {
    const answer = await asked("erin"), { output } = await gateway.cli(["trace", fingerprint(answer.access_token)]);
    for (const expected of [answer.dragoman_exchange, account("erin"), "orders-agent"]) assert.ok(output.includes(expected), output);
    const piped = await gateway.cli(["trace", "-"], { input: answer.access_token });
    assert.equal(piped.output, output);
    const stored = readdirSync(world.folder.file("store")).map((name) => readFileSync(world.folder.file(`store/${name}`)));
    assert.ok(stored.some((bytes) => bytes.includes(answer.dragoman_exchange)) && !stored.some((bytes) => bytes.includes(answer.access_token.slice(0, 60))));
  });

  test("is given only where the target and the realm let it", async () => {
    const { issued_token_type: first } = await world.granted("alice", { target: "tickets" });
    assert.equal(first, spnego, "nobody asked for more");
    await world.refused(await world.exchange("alice", { target: "intranet", requested_token_type: ccache }), "ADAPTER_REFUSED",
      { shown: "This target does not give that type of credential.", cause: /settings\.outputs of the target does not have it/ });
    const answer = await gateway.admin("/v1/documents", { method: "POST", document: world.target("more", { service: services.second, outputs: ["ccache"] }) });
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, /outputs.*the realm lets spnego alone for this service/);
    assertFault(await world.exchange("alice", { target: "more", requested_token_type: ccache }), "TARGET_UNKNOWN");
  });

  // Everything that the gateway has while it makes these, with a name that a ticket cannot be without.
  test("has in no form anything of the gateway's: not its login, not what it knows the subject by", async () => {
    const mine = [Buffer.from("krbtgt"), ...gatewayPrincipal.split("/").filter((part) => part.length > 2).map((part) => Buffer.from(part))];
    for (const target of ["tickets", "messages"]) {
      const read = target === "tickets" ? "cache" : "message", bytes = bytesOf(await asked("frank", { target }));
      assertOnlyTicket(await world.reader[read](bytes), { client: account("frank"), server: account(services.app), longest: 301 });
      for (const name of mine) assert.ok(!bytes.includes(name), `${name} in what ${target} gives`);
    }
    const token = await world.granted("frank"), read = await world.reader.token(token.access_token);
    assertOnlyTicket(read, { client: account("frank"), server: account(services.app), longest: 301 });
    assert.equal(read.delegatedCredential, "no");
    for (const name of mine) assert.ok(!bytesOf(token).includes(name), `${name} in a token`);
    // The gateway's own login has these names in it: they would have been found.
    const own = realm.client("gateway-itself");
    assert.equal((await own.run("kinit", ["-k", "-t", world.keytab, gatewayPrincipal])).code, 0);
    const { output } = await own.run("base64", [own.cache]);
    for (const name of mine) assert.ok(Buffer.from(output, "base64").includes(name));
  });
});
