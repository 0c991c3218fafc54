// Calls to a Kerberos service through egress: the agent holds a key of ours and nothing of Kerberos. The gateway shows a ticket of
// the person's with each call, on connections of that person's own, and hands on only what the service has proved to be its answer.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import { after, before, beforeEach, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { kerberosIsMissing, services, users } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { freePort, until } from "./kit/machine.js";

describe("a Kerberos service through egress", { skip: kerberosIsMissing }, () => {
  let world, egress, impostor;
  before(async () => {
    const port = await freePort(), settings = { service: services.app };
    egress = await openEgress({
      open: async (options) => (world = await KerberosStage.open(options)).stage,
      prepare: async ({ realm }) => {
        // Its certificate is good, and it has no key of the service's.
        const { certificate, key } = realm.certificates;
        impostor = createServer({ cert: certificate, key }, (request, response) => {
          impostor.seen.push(request.headers.authorization);
          response.writeHead(200, impostor.challenge === undefined ? {} : { "www-authenticate": impostor.challenge }).end("whatever it likes");
        });
        await new Promise((done) => impostor.listen(port, "127.0.0.1", done));
      },
      edit: (documents, { service }) => {
        const put = (name, upstream, more) => documents.set(`Target/${name}`, egressTarget(name, { upstream, supplier: "corp", settings, ...more }));
        put("app", service.upstream);
        put("impostor", `https://127.0.0.1:${port}`);
        put("read", service.upstream, { calls: { rules: [{ methods: ["GET"], paths: ["/orders.shtml"], scopes: ["models:read"] }] } });
      },
    });
  });
  after(async () => {
    impostor?.close();
    egress?.http.close();
    await world?.close();
  });
  beforeEach(() => {
    impostor.seen = [];
    impostor.challenge = undefined;
  });

  const credential = (sub = "alice", target = "app", changes = {}) => egress.credential(target, changes, { sub });
  const call = (token, path = "/orders.shtml", { target = "app", ...options } = {}) => egress.call(target, path, { token, ...options });
  const log = () => world.service.requests.filter(({ port }) => port === world.service.tlsPort);
  // A line is written once its answer has gone: all that there are when there are so many.
  const logged = (count) => until(async () => log().length >= count && log(), `${count} lines of the service's`);
  const traced = async (body) => (await world.gateway.admin("/v1/trace", { method: "POST", body })).json;

  test("is called ten times by one key, as the person each time, and the answer is the service's", async () => {
    const { access_token: token, dragoman_exchange: exchange } = await credential(), before = log().length;
    const calls = [];
    for (let i = 0; i < 10; i++) {
      const answer = await call(token);
      assert.equal(answer.status, 200, `${answer.text}\n${world.gateway.program.errors.slice(-3000)}`);
      assert.equal(answer.json.user, account("alice"));
      assert.equal(answer.headers["www-authenticate"], undefined);
      calls.push(answer.headers["dragoman-exchange"]);
    }
    const seen = (await logged(before + 10)).slice(before);
    assert.deepEqual([...new Set(seen.map(({ user, status }) => `${user} ${status}`))], [`${account("alice")} 200`], "nothing was tried without a ticket, nothing twice");
    assert.equal(seen.length, 10);
    assert.ok(new Set(seen.map(({ client }) => client)).size <= 3, "one connection of hers for each loop");
    const record = await world.gateway.record(calls[9]);
    assert.equal(record.parent, exchange);
    const { code, output, errors } = await world.gateway.cli(["trace", calls[9]]);
    assert.equal(code, 0, errors);
    for (const expected of ["alice", "orders-agent", account("alice")]) assert.ok(output.includes(expected), `${expected} in\n${output}`);
  });

  test("never sees two people on one connection", async () => {
    const before = log().length;
    await Promise.all(users.map(async (user) => {
      const { access_token: token } = await credential(user);
      for (let i = 0; i < 4; i++) assert.equal((await call(token)).json.user, account(user));
    }));
    const whose = new Map();
    for (const { client, user } of (await logged(before + 4 * users.length)).slice(before)) whose.set(client, (whose.get(client) ?? new Set()).add(user));
    for (const [client, people] of whose) assert.equal(people.size, 1, `${client}: ${[...people]}`);
  });

  test("that takes whoever opened a connection for all that follows on it is called as each of them", async () => {
    const before = log().length;
    const keys = await Promise.all(["alice", "bob"].map(async (user) => [user, (await credential(user)).access_token]));
    for (let i = 0; i < 3; i++)
      for (const [user, token] of keys) assert.equal((await call(token, "/bound/index.shtml")).json?.user, account(user));
    await logged(before + 6);
  });

  for (const [what, challenge] of [["proves nothing", undefined], ["says Negotiate alone", "Negotiate"], ["answers with what is no token", "Negotiate AAAA"],
    ["says that all is well", "Negotiate oRQwEqADCgEAoQsGCSqGSIb3EgECAg=="]])
    test(`is not believed where it ${what}: nothing of its answer is handed on`, async () => {
      const { access_token: token } = await credential("alice", "impostor");
      impostor.challenge = challenge;
      const answer = await call(token, "/x", { target: "impostor" });
      assert.equal(answer.status, 502, answer.text);
      assert.ok(!answer.text.includes("whatever it likes"));
      assert.equal(impostor.seen.length, 1);
    });

  test("is shown a token that is bound to its certificate, and that leads back to the call", async () => {
    const { access_token: token, dragoman_exchange: exchange } = await credential("carol", "impostor");
    const answer = await call(token, "/x", { target: "impostor" });
    const shown = impostor.seen[0].replace("Negotiate ", "");
    const binding = Buffer.concat([Buffer.from("tls-server-end-point:"), createHash("sha256").update(new X509Certificate(world.realm.certificates.certificate).raw).digest()]);
    const read = await world.reader.token(shown, { binding });
    assert.equal(read.acceptedAs, account("carol"));
    for (const flag of ["mutual", "channel-bound"]) assert.ok(read.agreed.includes(flag), read.agreed.join());
    assert.ok(!read.agreed.includes("delegation"));
    const { asked } = await traced(`credential=${shown.replaceAll("+", "%2B")}`);
    assert.equal(asked, answer.headers["dragoman-exchange"]);
    assert.equal((await world.gateway.record(asked)).parent, exchange);
  });

  test("is called with what the target's rules let, whatever its ticket would let", async () => {
    const { access_token: token } = await credential("alice", "read", { scope: "models:read" });
    const begun = log().length;
    assert.equal((await call(token, "/orders.shtml", { target: "read" })).json.user, account("alice"));
    const before = (await logged(begun + 1)).length;
    assert.equal((await call(token, "/index.shtml", { target: "read" })).status, 403);
    const { access_token: other } = await credential("alice", "read", { scope: "chat" });
    assert.equal((await call(other, "/orders.shtml", { target: "read" })).status, 403);
    assert.equal(log().length, before);
  });

  test("is not called any more once the key is killed, nor for whom the realm does not have", async () => {
    const { access_token: token, dragoman_exchange: exchange } = await credential("dave");
    const begun = log().length;
    assert.equal((await call(token)).status, 200);
    const { code, errors } = await world.gateway.cli(["kill", "lease", exchange]);
    assert.equal(code, 0, errors);
    const before = (await logged(begun + 1)).length;
    assert.equal((await call(token)).status, 401);
    for (const nobody of ["vip", "nobody"]) {
      const answer = await call((await credential(nobody)).access_token);
      assert.equal(answer.status, 403, answer.text);
    }
    assert.equal(log().length, before);
  });
});
