// A KDC and a service whose clock is not the gateway's: within the five minutes that Kerberos lets (RFC 4120 section 3.2.3) all
// works and people are told; beyond them nothing is given, and they are told why.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kerberosIsMissing, services } from "./kit/kerberos.js";
import { account, ccache, KerberosStage } from "./kit/kerberos_stage.js";
import { until } from "./kit/machine.js";
import { assertGranted } from "./kit/stage.js";
import { assertOnlyTicket } from "./kit/tickets.js";

// What `dragoman adapter list` says of the realm.
async function isTold(world, apart) {
  const corp = await until(async () => (await world.described("corp")).health === "degraded" && world.described("corp"), "it is noticed");
  const [, seconds] = /^the KDC's clock and this host's are (\d+) seconds apart: lifetimes are wrong by as much; set the clock$/.exec(corp.detail) ?? [];
  assert.ok(Math.abs(Number(seconds) - Math.abs(apart)) < 30, corp.detail);
  assert.ok((await world.gateway.cli(["adapter", "list"])).output.includes("degraded"));
}

for (const [clock, apart] of [["+2m", 120], ["-2m", -120]])
  describe(`a realm whose clock is two minutes ${apart > 0 ? "ahead" : "behind"}`, { skip: kerberosIsMissing }, () => {
    let world;
    before(async () => (world = await KerberosStage.open({ realm: { clock }, service: { clock } })));
    after(() => world?.close());

    test("is told of", () => isTold(world, apart));

    test("takes the gateway's tokens, also those with a ticket that was kept", async () => {
      for (let i = 0; i < 2; i++) {
        const answer = await world.granted("alice");
        // From when the call came; the adapter counts from a moment later, which may be the next second.
        assert.ok(answer.expires_in > 100 && answer.expires_in <= 301, `${answer.expires_in} s`);
        assert.deepEqual(await world.show(answer), { status: 200, user: account("alice"), path: "/orders.shtml" });
      }
    });

    // Tickets end at a time, and the time is the gateway's.
    if (apart > 0) test("gives tickets that end when the gateway says, and none that would have ended already", async () => {
      const answer = await world.granted("bob", { target: "messages", requested_token_type: ccache }), from = Date.now() / 1000;
      const { ends } = assertOnlyTicket(await world.reader.message(Buffer.from(answer.access_token, "base64")), { client: account("bob"), server: account(services.app), from, longest: 301 });
      assert.ok(answer.expires_in <= ends - from + 2 && answer.expires_in > 250, `${answer.expires_in} s`);
      await world.refused(await world.exchange("bob", { target: "tickets", requested_token_type: ccache }), "ADAPTER_MISCONFIGURED",
        { cause: /^the ticket for "HTTP\/app\.mit\.example" lasts -[56]\d s, and 60 were asked for: the KDC's clock is not this host's, set them$/ });
    });
    else test("hands out no ticket that would last longer there than was decided", async () => {
      await world.refused(await world.exchange("bob", { target: "messages", requested_token_type: ccache }), "ADAPTER_MISCONFIGURED",
        { cause: /^the ticket for "HTTP\/app\.mit\.example" lasts 4[12]\d s, and 300 were asked for: the KDC's clock is not this host's, set them$/ });
    });
  });

for (const [clock, apart] of [["+10m", 600], ["-10m", -600]])
  describe(`a realm whose clock is ten minutes ${apart > 0 ? "ahead" : "behind"}`, { skip: kerberosIsMissing }, () => {
    let world;
    before(async () => (world = await KerberosStage.open({ realm: { clock }, service: null })));
    after(() => world?.close());

    test("is told of, and gives nothing: the record says what to set, other targets go on", async () => {
      await isTold(world, apart);
      await world.refused(await world.exchange("alice"), "ADAPTER_MISCONFIGURED", { cause: /^KRB_AP_ERR_SKEW \(-1765328347\) at S4U2Proxy: set the clocks$/ });
      assertGranted(await world.stage.exchange());
    });

    test("is a realm whose document is not taken where a probe tells of it", async () => {
      const { status, text } = await world.gateway.admin("/v1/documents", { method: "POST",
        document: world.adapter("probed", { settings: { probe: { subject: "probe", service: services.app } } }) });
      assert.equal(status, 422, text);
      assert.match(text, /KRB_AP_ERR_SKEW \(-1765328347\) at S4U2Proxy: set the clocks/);
    });
  });
