// A KDC and a service whose clock is ten minutes from the gateway's: what still works, and who is told that it is wrong.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kerberosIsMissing, services } from "./kit/kerberos.js";
import { account, ccache, KerberosStage } from "./kit/kerberos_stage.js";
import { until } from "./kit/machine.js";
import { assertOnlyTicket } from "./kit/tickets.js";

for (const [clock, apart] of [["+10m", 600], ["-10m", -600]])
  describe(`a realm whose clock is ten minutes ${apart > 0 ? "ahead" : "behind"}`, { skip: kerberosIsMissing }, () => {
    let world;
    before(async () => (world = await KerberosStage.open({ realm: { clock }, service: { clock } })));
    after(() => world?.close());

    test("is told of, and is worked with", async () => {
      const corp = await until(async () => (await world.described("corp")).health === "degraded" && world.described("corp"), "it is noticed");
      const [, seconds] = /^the KDC's clock and this host's are (\d+) seconds apart: lifetimes are wrong by as much; set the clock$/.exec(corp.detail) ?? [];
      assert.ok(Math.abs(Number(seconds) - 600) < 30, corp.detail);
      assert.ok((await world.gateway.cli(["adapter", "list"])).output.includes("degraded"));
    });

    test("takes the gateway's tokens, for the KDC's time is in them", async () => {
      const answer = await world.granted("alice");
      assert.ok(answer.expires_in > 200 && answer.expires_in <= 300, `${answer.expires_in} s`);
      assert.deepEqual(await world.show(answer), { status: 200, user: account("alice"), path: "/orders.shtml" });
      assert.equal((await world.show(await world.granted("alice"))).status, 200, "and with the ticket that was kept");
    });

    test("gives tickets of the life that was asked for, by its own clock, and the gateway promises no more than there is by its", async () => {
      const answer = await world.granted("bob", { target: "messages", requested_token_type: ccache });
      assert.ok(answer.expires_in > 0 && answer.expires_in <= 300, `${answer.expires_in} s`);
      const read = await world.reader.message(Buffer.from(answer.access_token, "base64"));
      const { starts, ends } = assertOnlyTicket(read, { client: account("bob"), server: account(services.app), from: Date.now() / 1000 + apart, longest: 301 });
      assert.ok(ends - starts >= 290 && ends - starts <= 301, `${ends - starts} s`);
    });
  });
