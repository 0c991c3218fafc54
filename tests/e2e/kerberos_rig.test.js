// The private realm and the service that the tests of Kerberos stand on, tried with MIT's own programs and curl alone: what
// they cannot do here, the adapter could not either.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { BrokenKdc, closedKdc } from "./kit/broken_kdc.js";
import { makeCertificates } from "./kit/certificates.js";
import { gatewayPrincipal, kerberosIsMissing, KerberosRealm, realmName, services, unknownService, untrustedPrincipal } from "./kit/kerberos.js";
import { KerberosService } from "./kit/kerberos_service.js";
import { privateFolder, until } from "./kit/machine.js";
import { assertOnlyTicket, TicketReader } from "./kit/tickets.js";

describe("a private realm and its service", { skip: kerberosIsMissing }, () => {
  let folder, certificates, realm, service, gateway, reader, started;

  before(async () => {
    folder = privateFolder();
    certificates = makeCertificates(folder);
    const begun = performance.now();
    realm = await KerberosRealm.open(certificates);
    const readyAt = performance.now();
    service = await KerberosService.open(realm);
    started = { realm: Math.round(readyAt - begun), service: Math.round(performance.now() - readyAt) };
    gateway = await gatewayClient("gateway");
    reader = new TicketReader(realm, folder, await realm.writeKeytab(folder.file("services.keytab"), ...Object.values(services)));
  });
  after(async () => {
    await service?.stop();
    await realm?.close();
    folder.remove();
  });

  async function gatewayClient(name, principal = gatewayPrincipal, options = {}) {
    const client = realm.client(name, options);
    client.keytab = await realm.writeKeytab(folder.file(`${name}.keytab`), principal);
    await good(client, "kinit", "-k", "-t", client.keytab, principal);
    return client;
  }

  async function good(client, program, ...args) {
    const done = await client.run(program, args);
    assert.equal(done.code, 0, `${program}: ${done.output}${done.errors}`);
    return done.output;
  }

  async function refused(client, expected, program, ...args) {
    const done = await client.run(program, args);
    assert.notEqual(done.code, 0, done.output);
    assert.match(done.errors, expected);
  }

  async function logIn(name) {
    const client = realm.client(name);
    const done = await client.run("kinit", [name], { input: `${realm.password}\n` });
    assert.equal(done.code, 0, done.errors);
    return client;
  }

  const ticketFor = (client, user, target) => good(client, "kvno", "-U", user, "-P", target);

  // What the service says to a caller with a ticket of their own, and the token that was shown.
  async function call(client, { more = [], ...options } = {}) {
    const done = await client.run("curl", ["--verbose", "--negotiate", "--user", ":", ...more, ...service.curl(options)]);
    assert.equal(done.code, 0, done.errors);
    const [, token] = /^> Authorization: Negotiate (\S+)/m.exec(done.errors) ?? [];
    return { status: Number(done.output.slice(-3)), body: done.output.slice(0, -3), token, answered: /^< WWW-Authenticate: Negotiate \S+/m.test(done.errors) };
  }

  async function callWithToken(token, options) {
    const output = await good(realm.client("nobody"), "curl", "--header", `Authorization: Negotiate ${token}`, ...service.curl(options));
    return Number(output.slice(-3));
  }

  test("it starts within a few seconds", (t) => {
    t.diagnostic(`${started.realm} ms for the realm, ${started.service} ms for the service`);
    assert.ok(started.realm + started.service < 10_000);
  });

  test("the gateway gets in with its keytab, and a ticket for the service on behalf of alice", async () => {
    await ticketFor(gateway, "alice", services.app);
    assert.match(await good(gateway, "klist", "-f"), /HTTP\/app\.mit\.example@MIT\.EXAMPLE\n\s+for client alice@MIT\.EXAMPLE, Flags: [A-Za-z]*F/);
  });

  test("alice is let in at the service with her own ticket, in the clear and over TLS, and hears who she is and that it is the service", async () => {
    const alice = await logIn("alice");
    for (const isSecure of [false, true]) {
      const { status, body, answered } = await call(alice, { isSecure, path: "/orders.shtml" });
      assert.equal(status, 200, service.log);
      assert.deepEqual(JSON.parse(body), { user: `alice@${realmName}`, path: "/orders.shtml" });
      assert.ok(answered);
      // A line is written once the answer has gone.
      const wanted = isSecure ? service.tlsPort : service.port;
      const seen = await until(async () => service.requests.find(({ user, port, path }) => user !== "-" && port === wanted && path === "/orders.shtml"), "the service's line");
      assert.deepEqual([seen.user, seen.status], [`alice@${realmName}`, 200]);
    }
  });

  test("nobody is let in without a ticket, nor with a token that was shown before", async () => {
    const { token } = await call(await logIn("bob"), { path: "/orders.shtml" });
    assert.equal(await callWithToken(token), 401);
    assert.match(service.log, /replay/);
    assert.equal((await call(realm.client("stranger"))).status, 401);
    await until(async () => service.requests.at(-1).user === "-", "the service's line");
  });

  test("the KDC refuses users that are unknown, disabled, expired or sensitive, and services that are unknown or not in the list", async () => {
    for (const [user, target, expected] of [
      ["nobody-of-that-name", services.app, /Client 'nobody-of-that-name@MIT\.EXAMPLE' not found/],
      ["disabled", services.app, /Client's credentials have been revoked/],
      ["expired", services.app, /Client's entry in database has expired/],
      ["vip", services.app, /KDC can't fulfill requested option/],
      ["alice", services.other, /KDC can't fulfill requested option/],
      ["alice", unknownService, /Server HTTP\/unknown\.mit\.example@MIT\.EXAMPLE not found/],
    ]) await refused(gateway, expected, "kvno", "-U", user, "-P", target);
    await ticketFor(gateway, "carol", services.second);
  });

  test("a gateway without the right to speak for those it has not seen gets no ticket on behalf of anybody", async () => {
    const untrusted = await gatewayClient("untrusted", untrustedPrincipal);
    await refused(untrusted, /KDC can't fulfill requested option/, "kvno", "-U", "alice", "-P", services.app);
  });

  test("users are added, disabled and enabled, and the list of services changed, while it runs", async () => {
    await realm.addUser("newcomer");
    await ticketFor(gateway, "newcomer", services.app);
    await realm.disable("newcomer");
    await refused(await gatewayClient("later"), /have been revoked/, "kvno", "-U", "newcomer", "-P", services.second); // the first keeps what it has
    await realm.enable("newcomer");
    await ticketFor(gateway, "newcomer", services.second);
    await realm.mayDelegateTo(gatewayPrincipal, [services.app]);
    await refused(gateway, /can't fulfill/, "kvno", "-U", "dave", "-P", services.second);
    await realm.mayDelegateTo(gatewayPrincipal, [services.app, services.second]);
    await ticketFor(gateway, "dave", services.second);
  });

  test("a keytab is stale once the key was changed, and one written then is not", async () => {
    const client = realm.client("rotated"), path = await realm.writeKeytab(folder.file("rotated.keytab"), untrustedPrincipal);
    await realm.rotateKey(untrustedPrincipal);
    await refused(client, /Password incorrect|decrypt integrity check failed/i, "kinit", "-k", "-t", path, untrustedPrincipal);
    await realm.writeKeytab(path, untrustedPrincipal);
    await good(client, "kinit", "-k", "-t", path, untrustedPrincipal);
    await realm.writeForeignKeytab(path, [{ principal: untrustedPrincipal, version: 7, cipher: "arcfour-hmac" }]);
    assert.match(await good(client, "klist", "-k", "-e", path), /7 gw2\/gateway\.mit\.example@MIT\.EXAMPLE \(DEPRECATED:arcfour-hmac\)/);
  });

  test("whoever asks gets a renewable ticket, for longer than it may be used at a service", async () => {
    const client = realm.client("renewing");
    await good(client, "kinit", "-k", "-r", "2d", "-t", gateway.keytab, gatewayPrincipal);
    await good(client, "kvno", services.app);
    assert.match(await good(client, "klist", "-f"), /HTTP\/app\.mit\.example@MIT\.EXAMPLE\n\s+renew until .*, Flags: [A-Za-z]*R/);
  });

  test("a client whose clock is past the end of its ticket does not show it, and a service whose clock is refuses it", async () => {
    const erin = await logIn("erin");
    const { token } = await call(erin);
    const late = { ...erin, run: realm.client("late", { clock: "+61m" }).run };
    const cache = { env: { KRB5CCNAME: erin.env.KRB5CCNAME } };
    assert.match((await late.run("klist", ["-s"], cache)).code.toString(), /1/);
    const other = await KerberosService.open(realm, { clock: "+16m" });
    const output = await good(realm.client("nobody"), "curl", "--header", `Authorization: Negotiate ${token}`, ...other.curl());
    assert.equal(output.slice(-3), "401");
    assert.match(other.log, /Ticket expired|Clock skew too great/);
    await other.stop();
  });

  test("under /bound/ one token is enough for what follows on its connection", async () => {
    const frank = await logIn("frank");
    const [first, ...rest] = service.curl({ path: "/bound/" }).reverse();
    const output = await good(frank, "curl", "--negotiate", "--user", ":", ...rest.reverse(), first, first);
    assert.match(output, /^({"user":"frank@MIT\.EXAMPLE","path":"\/bound\/"}\n200){2}$/);
    const seen = await until(async () => { const bound = service.requests.filter(({ user, path }) => user.startsWith("frank@") && path.startsWith("/bound/")); return bound.length >= 2 && bound; }, "the service's lines");
    assert.equal(new Set(seen.map(({ client }) => client)).size, 1);
  });

  test("another KDC of the realm serves when the first is closed, and one that is no good answers nothing", async () => {
    const second = await realm.addKdc();
    const log = (name, kdcs) => gatewayClient(name, gatewayPrincipal, { kdcs });
    await log("two", [await closedKdc(), second.address]);
    for (const manner of ["closing", "resetting", "cutOff", "nonsense", "endless"]) {
      const broken = await BrokenKdc.open(manner);
      await assert.rejects(log(manner, [broken.address]), /kinit: /);
      assert.ok(broken.requests > 0, manner);
      await broken.close();
    }
    for (const manner of ["silent", "half", "dripping"]) {
      const broken = await BrokenKdc.open(manner);
      const waiting = realm.client(manner, { kdcs: [broken.address] }).run("timeout", ["1", "kinit", "-k", "-t", gateway.keytab, gatewayPrincipal]);
      assert.equal((await waiting).code, 124, manner);
      await broken.close();
    }
    const through = await BrokenKdc.open("through", { behind: realm.address });
    await log("through", [through.address]);
    assert.ok(through.requests > 0);
    await through.close();
    await second.stop();
  });

  test("a KDC that is paused is silent, and answers again when it goes on", async () => {
    realm.kdc.pause();
    const args = ["kinit", "-k", "-t", gateway.keytab, gatewayPrincipal];
    assert.equal((await realm.client("paused").run("timeout", ["1", ...args])).code, 124);
    realm.kdc.resume();
    await good(realm.client("resumed"), ...args);
  });

  test("the directory says over TLS who a person is", async () => {
    await realm.directory.addPerson("Alice Smith", { userPrincipalName: "alice.smith@corp.example", sAMAccountName: "alice" });
    const { secureUrl, people } = realm.directory;
    const found = await realm.client("reader").run("ldapsearch", ["-x", "-LLL", "-H", secureUrl, "-b", people, "(userPrincipalName=ALICE.SMITH@corp.example)", "sAMAccountName"],
      { env: { LDAPTLS_CACERT: certificates.authorityFile } });
    assert.match(found.output, /^sAMAccountName: alice$/m, found.errors);
  });

  test("the reader of tokens says whose a token is, what ticket is in it and what came with it", async () => {
    const grace = await logIn("grace");
    const { token } = await call(grace);
    const read = await reader.token(token);
    assert.deepEqual([read.acceptedAs, read.delegatedCredential], [`grace@${realmName}`, "no"]);
    assert.ok(read.agreed.includes("mutual") && !read.agreed.includes("delegation") && !read.agreed.includes("channel-bound"), read.agreed.join());
    assertOnlyTicket(read, { client: `grace@${realmName}`, server: `${services.app}@${realmName}`, longest: 600 });
    const generous = await reader.token((await call(grace, { more: ["--delegation", "always"] })).token);
    assert.equal(generous.delegatedCredential, "yes");
    assert.ok(generous.agreed.includes("delegation"));
  });

  test("the reader of tokens finds a channel that is bound, and refuses another's", async () => {
    const grace = await logIn("grace"), binding = Buffer.from("tls-server-end-point:any digest");
    const token = await reader.writeToken(grace, services.app, { binding });
    assert.ok((await reader.token(token, { binding })).agreed.includes("channel-bound"));
    await assert.rejects(reader.token(token, { binding: Buffer.from("tls-server-end-point:another") }), /incorrect channel bindings/i);
  });

  test("the reader of caches and messages finds every entry: what grants tickets, what can be renewed, what is beside", async () => {
    const client = realm.client("generous");
    await good(client, "kinit", "-k", "-r", "2d", "-t", gateway.keytab, gatewayPrincipal);
    await good(client, "kvno", services.app);
    await ticketFor(client, "heidi", services.second);
    const server = (name) => `${name}@${realmName}`, all = [`krbtgt/${realmName}`, services.app, services.second, gatewayPrincipal].map(server);
    const cache = await reader.cache(readFileSync(client.cache), { isOpened: false });
    const message = await reader.message(await reader.writeMessage(client, client.env.KRB5CCNAME), { isOpened: false });
    for (const read of [cache, message]) {
      for (const name of all) assert.ok(read.entries.some((entry) => entry.server === name && entry.ticketServer === name), `${name}: ${JSON.stringify(read)}`);
      assert.ok(read.entries.some((entry) => entry.flags.includes("renewable") && entry.renewableUntil > entry.ends));
      assert.ok(read.entries.some((entry) => entry.client === `heidi@${realmName}` && entry.server === server(services.second)));
      assert.throws(() => assertOnlyTicket(read, { client: server("heidi"), server: server(services.second), longest: 600 }));
    }
    await assert.rejects(reader.cache(readFileSync(client.cache)), /do not open/);
  });

  test("the reader opens a ticket with the service's key, and a renewable one does not pass for one that is not", async () => {
    const client = realm.client("single"), server = `${services.app}@${realmName}`, whose = { client: `heidi@${realmName}`, server, longest: 600 };
    const got = async (...lifetime) => {
      await client.run("kinit", ["-S", services.app, ...lifetime, "heidi"], { input: `${realm.password}\n` });
      return readFileSync(client.cache);
    };
    const lasting = await reader.cache(await got("-r", "1d"));
    assert.deepEqual(lasting.entries.filter(({ ticketFlags }) => ticketFlags?.includes("renewable")).length, 1);
    assert.throws(() => assertOnlyTicket({ entries: lasting.entries.filter((entry) => entry.server === server) }, whose), /renewable/);
  });
});
