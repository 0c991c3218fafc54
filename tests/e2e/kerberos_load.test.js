// Eight people at the same time, through caches that are too small for them: each gets what is theirs, and the adapter's memory
// stays as it is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { kerberosIsMissing, services, users } from "./kit/kerberos.js";
import { account, ccache, KerberosStage, spnego } from "./kit/kerberos_stage.js";
import { isFull } from "./kit/machine.js";
import { assertOnlyTicket } from "./kit/tickets.js";

const count = isFull ? 10_000 : 500;
const RSS_MAY_GROW_KB = 4096;

describe("eight people who ask at the same time", { skip: kerberosIsMissing }, () => {
  let world;
  before(async () => {
    // Evidence and tickets of eight people at two services are 24 rows.
    world = await KerberosStage.open({ service: null, adapter: { settings: { cache: { entries: 8 } } }, edit: (documents) => delete documents.get("Team/payments").spec.budget });
  });
  after(() => world?.close());

  const memory = async () => {
    const status = readFileSync(`/proc/${await world.process("corp")}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]);
  };

  // Three of four are tokens, which is what most people ask for.
  const kinds = [
    { target: "intranet", type: spnego, server: services.app, read: (bytes) => world.reader.token(bytes.toString("base64")) },
    { target: "second", type: spnego, server: services.second, read: (bytes) => world.reader.token(bytes.toString("base64")) },
    { target: "tickets", type: ccache, server: services.app, read: (bytes) => world.reader.cache(bytes) },
    { target: "tickets", type: spnego, server: services.app, read: (bytes) => world.reader.token(bytes.toString("base64")) },
  ];

  // Each person's requests one after another; everybody's beside everybody else's.
  async function asks(times, { isOpened = true } = {}) {
    let opened = 0, minting = 0;
    await Promise.all(users.map(async (user, at) => {
      const over = world.gateway.http2();
      for (let i = 0; i < times / users.length; i++) {
        const { target, type, server, read } = kinds[(i + at) % kinds.length], begun = performance.now();
        const { access_token: token, issued_token_type: issued } = await world.granted(user, { target, requested_token_type: type, over });
        minting += performance.now() - begun;
        assert.equal(issued, type);
        if (!isOpened) continue;
        const found = await read(Buffer.from(token, "base64"));
        assertOnlyTicket(found, { client: account(user), server: account(server), longest: 302 });
        if (type === spnego) assert.equal(found.acceptedAs, account(user));
        opened++;
      }
      over.close();
    }));
    return { opened, each: minting / opened };
  }

  test(`get ${count} tokens and tickets, never one of somebody else's, and the adapter grows no more`, { timeout: 3_600_000 }, async (t) => {
    await asks(800, { isOpened: false }); // until each of its threads has the memory that it takes
    const before = await memory(), instance = (await world.described("corp")).instance, begun = performance.now();
    const { opened, each } = await asks(count);
    const after = await memory(), described = await world.described("corp");
    t.diagnostic(`${opened} opened in ${((performance.now() - begun) / 1000).toFixed(1)} s, ${each.toFixed(1)} ms for each to be made; resident ${before} kB before, ${after} kB after`);
    assert.ok(opened >= count);
    assert.deepEqual([described.instance, described.failures, described.restarts], [instance, 0, 0]);
    assert.ok(after - before < RSS_MAY_GROW_KB, `${before} kB before, ${after} kB after`);
  });
});
