// A token in, a ticket out: a person's token and an agent at the gateway, Negotiate at the service, which sees that person.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { assertFault, assertHeaders } from "./kit/faults.js";
import { kerberosIsMissing, services, users } from "./kit/kerberos.js";
import { account, audienceOf, ccache, fingerprint, KerberosStage, spnego } from "./kit/kerberos_stage.js";
import { assertOnlyTicket } from "./kit/tickets.js";

describe("a Kerberos token for a service", { skip: kerberosIsMissing }, () => {
  let world, gateway;
  before(async () => {
    world = await KerberosStage.open();
    ({ gateway } = world);
  });
  after(() => world?.close());

  const traced = async (id, word = "trace") => {
    const { code, output, errors } = await gateway.cli([word, id]);
    assert.equal(code, 0, errors);
    return output;
  };

  test("is the person's to the service, once", async () => {
    const answer = await world.exchange("alice"), { json } = answer;
    assert.equal(answer.status, 200, `${answer.text}\n${gateway.program.errors.slice(-2000)}`);
    assertHeaders(answer);
    assert.deepEqual([json.token_type, json.issued_token_type, json.dragoman_presentation], ["N_A", spnego, { in: "header", name: "authorization", scheme: "Negotiate" }]);
    assert.deepEqual(await world.show(json), { status: 200, user: account("alice"), path: "/orders.shtml" });
    assert.equal((await world.show(json)).status, 401);
    assert.match(world.service.log, /replay/i);
  });

  test("lives no longer than its ticket, nor than acceptors take it for", async () => {
    const { expires_in } = await world.granted("alice");
    assert.ok(expires_in > 200 && expires_in <= 301, `${expires_in} s`);
    const short = await world.granted("alice", { target: "tickets", requested_token_type: spnego });
    assert.ok(short.expires_in > 30 && short.expires_in <= 61, `${short.expires_in} s`);
  });

  test("says by its fingerprint whose it is, who asked for it and from which login it comes", async () => {
    const answer = await world.granted("alice"), record = await gateway.record(answer.dragoman_exchange);
    assert.equal(record.account, account("alice"));
    const output = await traced(fingerprint(answer.access_token));
    for (const expected of [account("alice"), "orders-agent", world.corp.identifier, record.root, answer.dragoman_exchange])
      assert.ok(output.includes(expected), `${expected} in\n${output}`);
    assert.equal(await traced(answer.dragoman_exchange), output);
    assert.ok((await traced(answer.dragoman_exchange, "explain")).includes(account("alice")));
    for (const place of [output, JSON.stringify(record), gateway.program.errors]) assert.ok(!place.includes(answer.access_token.slice(0, 60)), "the token stands nowhere");
  });

  test("is given to an agent that has no secret, and names it", async () => {
    const asked = await world.stage.exchangeAsAgent({ subject_token: world.stage.userToken({ sub: "bob" }), audience: audienceOf("intranet") });
    assert.equal(asked.status, 200, asked.text);
    assert.equal((await world.show(asked.json)).user, account("bob"));
    assert.match(await traced(fingerprint(asked.json.access_token)), /system:serviceaccount:agents:billing/);
  });

  test("is had by the command line too, which says where it goes", async () => {
    const file = (name, content) => gateway.writeSecret(name, content);
    const asked = (target, ...more) => gateway.cli(["exchange", "--audience", audienceOf(target), "--subject-token-file", file("user.jwt", world.stage.userToken({ sub: "alice" })),
      "--client-id", "orders-agent", "--client-secret-file", file("secret", world.stage.secrets["orders-agent"]), ...more]);
    const { output, errors } = await asked("intranet");
    assert.match(errors, /^ {2}use as +authorization: Negotiate …$/m);
    assert.match(output, /^YI[A-Za-z0-9+/=]+$/m);
    assert.doesNotMatch((await asked("tickets", "--requested-token-type", ccache)).errors, /use as|N_A/);
  });

  test("holds the ticket for that service and nothing else: it is not renewable, nothing is delegated with it", async () => {
    for (const [target, service] of [["intranet", services.app], ["second", services.second]]) {
      const { access_token: token } = await world.granted("carol", { target }), read = await world.reader.token(token);
      assert.deepEqual([read.acceptedAs, read.delegatedCredential], [account("carol"), "no"]);
      assertOnlyTicket(read, { client: account("carol"), server: account(service), longest: 301 });
      for (const flag of ["delegation", "mutual", "channel-bound"]) assert.ok(!read.agreed.includes(flag), read.agreed.join());
    }
  });

  test("is bound to the server's certificate where the agent says which it is, which a ticket cannot be", async () => {
    const digest = createHash("sha256").update("a certificate").digest(), binding = (bytes) => Buffer.concat([Buffer.from("tls-server-end-point:"), bytes]);
    const { access_token: token } = await world.granted("erin", { dragoman_channel_binding: digest.toString("base64url") });
    const read = await world.reader.token(token, { binding: binding(digest) });
    assert.equal(read.acceptedAs, account("erin"));
    assert.ok(read.agreed.includes("channel-bound"), read.agreed.join());
    const { access_token: unbound } = await world.granted("erin");
    assert.ok(!(await world.reader.token(unbound, { binding: binding(digest) })).agreed.includes("channel-bound"));
    await assert.rejects(world.reader.token(token, { binding: binding(createHash("sha256").update("another").digest()) }), /bindings/i);
    await world.refused(await world.exchange("erin", { target: "tickets", requested_token_type: ccache, dragoman_channel_binding: digest.toString("base64url") }), "ADAPTER_REFUSED",
      { shown: "A ticket cannot be bound to a channel, only a token can.", cause: /^a channel binding was asked for$/ });
  });

  test("is new each time, and asks the KDC for a ticket only the first time", async () => {
    await world.granted("dave");
    const before = world.realm.requests("TGS_REQ").length, tokens = new Set();
    for (let i = 0; i < 10; i++) {
      const answer = await world.granted("dave");
      tokens.add(answer.access_token);
      assert.equal((await world.show(answer)).user, account("dave"));
    }
    assert.equal(tokens.size, 10);
    // The service asks nothing, so whatever came is the gateway's.
    assert.equal(world.realm.requests("TGS_REQ").length, before);
  });

  test("is for each of the people who ask at the same time", async () => {
    const answers = await Promise.all(users.map(async (name) => [name, await world.show(await world.granted(name))]));
    for (const [name, { user }] of answers) assert.equal(user, account(name));
  });

  test("is not given for scopes, nor for what narrows, nor in another form", async () => {
    const audience = { target: "narrow" };
    await gateway.apply(world.target("narrow", { service: services.app }, { scopes: ["orders:read"] }));
    await world.refused(await world.exchange("alice", { ...audience, scope: "orders:read" }), "ADAPTER_REFUSED",
      { shown: "A ticket cannot be narrowed to scopes: ask for none, or call through egress.", cause: /^scopes were asked for$/ });
    await world.refused(await world.exchange("alice", { requested_token_type: ccache }), "ADAPTER_REFUSED",
      { shown: "This target does not give that type of credential.", cause: /settings\.outputs of the target/ });
    assertFault(await world.exchange("alice", { requested_token_type: "urn:ietf:params:oauth:token-type:access_token" }), "TARGET_TYPE");
  });

  test("is given by no means but the service that the target's settings name", async () => {
    const { access_token: token } = await world.granted("alice", { service: services.other, spn: services.other, settings: JSON.stringify({ service: services.other }) });
    assert.deepEqual((await world.reader.token(token)).entries.map(({ server }) => server), [account(services.app)]);
    for (const changes of [{ resource: `https://${services.other}` }, { audience: services.other }])
      assertFault(await world.exchange("alice", changes), "TARGET_UNKNOWN");
  });
});
