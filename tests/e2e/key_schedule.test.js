// A signing key that has signed for spec.signing.rotateEvery is followed by another one, without an operator, once on however
// many gateways, and what the old one signed verifies on.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createLocalJWKSet, jwtVerify } from "jose";
import { until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

const DAY_S = 24 * 3600, EVERY_DAYS = 30;
const LOOKED_MS = 3000; // each gateway has looked at its keys again
const algorithms = ["ES256"], edit = (documents) => documents.delete("Target/partner-files"); // which is signed with RS256
const signing = { algorithms, rotateEvery: `${EVERY_DAYS}d`, publishBeforeUse: "0s" };

const keysOf = async (gateway) => (await gateway.admin("/v1/keys")).json.keys;
const verify = async (gateway, { access_token: token }) => jwtVerify(token, createLocalJWKSet((await gateway.http.send("/jwks")).json), { issuer: gateway.issuer });
const rotations = (stage) => stage.gateways.flatMap((gateway) => gateway.events("key_rotated"));
const change = (stage, sql) => (stage.postgres !== undefined ? stage.postgres.query(sql) : execFileSync("sqlite3", [stage.gateway.databasePath, sql]));

// While nobody serves, the keys get older by so many days.
async function age(stage, days) {
  await Promise.all(stage.gateways.map((gateway) => gateway.stop()));
  change(stage, `UPDATE signing_key SET created_at = created_at - ${days * DAY_S}, activate_at = activate_at - ${days * DAY_S}`);
  await Promise.all(stage.gateways.map((gateway) => gateway.start()));
}

describe("signing keys that have become old", () => {
  for (const [store, size] of [["sqlite", 1], ["postgres", 2]])
    test(`are followed by one other key each, on ${size} gateway${size > 1 ? "s" : ""} with ${store}`, { timeout: 120_000 }, async () => {
      const stage = await Stage.open({ store, size, edit, gateway: { signing } });
      try {
        const { gateway } = stage, [first] = await keysOf(gateway), before = assertGranted(await stage.exchange());
        assert.equal(first.rotate_at, first.activate_at + EVERY_DAYS * DAY_S);
        await age(stage, EVERY_DAYS - 1);
        await delay(LOOKED_MS);
        assert.deepEqual((await keysOf(gateway)).map(({ kid }) => kid), [first.kid], "a day early nothing happens");
        await age(stage, 2);
        await until(() => rotations(stage).length > 0, "a key is rotated");
        await delay(LOOKED_MS);
        for (const each of stage.gateways) {
          const keys = await until(async () => (await keysOf(each)).find(({ state }) => state === "retired") && keysOf(each), "this gateway knows");
          assert.deepEqual(keys.map(({ state }) => state).sort(), ["active", "retired"]);
          const [old, next] = ["retired", "active"].map((state) => keys.find((key) => key.state === state));
          assert.equal(old.kid, first.kid);
          assert.equal(old.rotate_at, 0);
          assert.equal(next.rotate_at, next.activate_at + EVERY_DAYS * DAY_S);
          const { protectedHeader } = await verify(each, assertGranted(await stage.exchange({}, { over: each.http })));
          assert.equal(protectedHeader.kid, next.kid);
          await verify(each, before);
        }
        assert.equal(rotations(stage).length, 1);
        const { records } = (await gateway.admin("/v1/records?limit=100")).json;
        const scheduled = records.filter(({ kind, change: what }) => kind === "key" && what?.scheduled);
        assert.equal(scheduled.length, 1, "it is recorded, once");
      } finally {
        await stage.close();
      }
    });

  test("sign on where nothing is rotated by itself", { timeout: 60_000 }, async () => {
    const stage = await Stage.open({ edit, gateway: { signing: { algorithms, rotateEvery: "0s" } } });
    try {
      const [first] = await keysOf(stage.gateway);
      await age(stage, 1000);
      await delay(LOOKED_MS);
      const keys = await keysOf(stage.gateway);
      assert.deepEqual(keys.map(({ kid, rotate_at }) => [kid, rotate_at]), [[first.kid, 0]]);
    } finally {
      await stage.close();
    }
  });

  // Both plan on the keys as they were; the second plan would publish a third key and retire the second one unseen.
  test("are changed by one of two operators who say so at the same time", { timeout: 60_000 }, async () => {
    const stage = await Stage.open({ store: "postgres", size: 2, edit, gateway: { signing: { algorithms } } });
    try {
      for (let round = 1; round <= 5; round++) {
        const answers = await Promise.all(stage.gateways.map((gateway) => gateway.admin("/v1/keys/rotate?algorithm=ES256", { method: "POST" })));
        const stored = answers.filter(({ status }) => status === 200).length;
        for (const { status, json } of answers) assert.ok(status === 200 || json.title === "store_conflict", JSON.stringify(json));
        assert.ok(stored >= 1);
        const successors = Number(stage.gateway.sql("SELECT count(*) FROM signing_key")) - 1;
        assert.equal(successors, Number(stage.gateway.sql("SELECT count(*) FROM record WHERE kind = 'key'")), "each change is one that was answered");
      }
    } finally {
      await stage.close();
    }
  });
});
