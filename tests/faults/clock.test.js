// The clock is moved a day ahead and a day back while the gateway serves: whatever it shows, tokens are judged by it, what
// was used once stays used, what was killed stays dead, what was recorded is found, and the gateway goes on.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createPublicKey, verify } from "node:crypto";
import { writeFileSync } from "node:fs";
import { assertFault } from "../e2e/kit/faults.js";
import { assertionType } from "../e2e/kit/gateway.js";
import { programs, until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";

const DAY_S = 86400, SETTLES_MS = 1300; // longer than a look at the store

describe("a gateway whose clock is moved", () => {
  let stage, shiftS = 0, moves = 0, used, killed, dead, old;
  const move = async (to) => {
    shiftS = to;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(to));
    writeFileSync(stage.clock, bytes, { flag: "r+" });
    moves++;
    await new Promise((resolve) => setTimeout(resolve, SETTLES_MS));
    await until(async () => (await jumps()) === moves, "the jump is counted, and counted once");
  };
  const jumps = async () => Number(/^dragoman_clock_jump_total (\d+)$/m.exec((await stage.gateway.admin("/metrics")).text)[1]);
  const now = () => Math.floor(Date.now() / 1000) + shiftS;
  const times = (claims = {}) => ({ iat: now(), exp: now() + 300, ...claims });
  const login = (claims) => stage.userToken(times(claims));
  const exchange = (changes, options) => stage.exchange({ subject_token: login(), ...changes }, options);
  const proof = (assertion) => [{ client_assertion_type: assertionType, client_assertion: assertion }, { auth: undefined }];
  const assertion = () => stage.clientAssertion(times({ exp: now() + 60 }));
  const isActive = async ({ access_token: token }) => (await stage.gateway.post("/introspect", { token }, { auth: stage.auth })).json.active;
  const keys = async () => (await stage.gateway.http.send("/jwks")).json;
  const isSigned = async ({ access_token: token, header }) => {
    const jwk = (await keys()).keys.find(({ kid }) => kid === header.kid), [head, claims, signature] = token.split(".");
    return jwk !== undefined && verify("sha256", Buffer.from(`${head}.${claims}`), { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  };

  before(async () => {
    stage = await Stage.open({
      daemon: programs.clock,
      gateway: { kills: { clockMargin: "0s" } },
      prepare: (made) => {
        made.clock = made.folder.file("clock");
        writeFileSync(made.clock, Buffer.alloc(8));
        process.env.DRAGOMAN_CLOCK = made.clock;
      },
    });
    old = assertGranted(await exchange());
    used = assertion();
    assertGranted(await exchange(...proof(used)));
    dead = assertGranted(await exchange());
    killed = dead.dragoman_exchange;
    assert.equal((await stage.gateway.kill("lease", killed)).status, 200);
  });
  after(() => stage?.close());

  // What must hold whatever the clock shows.
  const holds = async () => {
    const { worker } = stage.gateway;
    for (let i = 0; i < 5; i++) {
      const granted = assertGranted(await exchange(...proof(assertion())));
      assert.equal(granted.claims.iat - now() <= 1 && now() - granted.claims.iat <= 1, true, "by the clock as it is");
      assert.ok(await isSigned(granted), "by a key that is published");
      assert.equal(await isActive(granted), true);
      assert.equal((await stage.gateway.record(granted.dragoman_exchange)).outcome, "granted");
    }
    const once = assertion();
    assertGranted(await exchange(...proof(once)));
    assertFault(await exchange(...proof(once)), "ASSERTION_REPLAYED");
    for (const id of [old.dragoman_exchange, killed]) assert.equal((await stage.gateway.record(id)).outcome, "granted");
    assert.equal(await isActive(dead), false);
    assert.equal(stage.gateway.worker, worker);
  };

  test("a day ahead: what was issued has expired, new logins are granted, its keys rotate once at most", async () => {
    const before = (await keys()).keys.length;
    const yesterday = stage.userToken();
    assert.equal(await isActive(old), true);
    await move(DAY_S);
    assertFault(await stage.exchange({ subject_token: yesterday }), "TOKEN_EXPIRED");
    assert.equal(await isActive(old), false);
    await holds();
    assert.ok((await keys()).keys.length <= before + 2, "one rotation of each algorithm at most");
  });

  test("back again: what was used is used, what was killed is dead, what bears a later time is refused", async () => {
    const tomorrow = login(), later = assertGranted(await exchange());
    await move(0);
    assertFault(await stage.exchange({ subject_token: tomorrow }), "TOKEN_NOT_YET_VALID");
    assertFault(await exchange(...proof(used)), "ASSERTION_REPLAYED");
    assert.equal(await isActive(old), true, "it has not expired any more");
    assert.equal((await stage.gateway.record(later.dragoman_exchange)).outcome, "granted");
    await holds();
  });

  test("a day back: it goes on, and what was used stays used once the clock is right again", async () => {
    await move(-DAY_S);
    await holds();
    await move(0);
    assertFault(await exchange(...proof(used)), "ASSERTION_REPLAYED");
    await holds();
  });

  test("a kill made while it was a day back holds when it is right again, and one made ahead when it is back", async () => {
    for (const away of [-DAY_S, DAY_S]) {
      await move(away);
      const granted = assertGranted(await exchange({ subject_token: login({ exp: now() + 3 * DAY_S }) }));
      assert.equal((await stage.gateway.kill("root", granted.claims.txn)).status, 200);
      assert.equal(await isActive(granted), false);
      await move(0);
      assert.equal(await isActive(granted), false);
      await until(async () => (await stage.gateway.admin("/v1/kills?limit=5")).json.kills.some(({ id }) => id === granted.claims.txn), "the kill is listed");
    }
    await holds();
  });
});
