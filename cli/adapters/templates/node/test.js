// Tests of @NAME@: node --test, and dragoman adapter test for the protocol.
"use strict";
const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const { test } = require("node:test");
const { mistakes, outcome } = require("./@NAME@.js");

const settings = { secret: "0123456789abcdef0123456789abcdef" };
const order = (changes) => ({ deadline_ms: 1000, lease: "L1", target: { name: "t", settings }, subject: { issuer: "i", subject: "alice" },
  actors: [], scopes: ["read"], expires_at: Math.floor(Date.now() / 1000) + 60, ...changes });
const mint = (changes) => outcome(new AbortController(), "mint", order(changes));

test("makes what was ordered and no more", async () => {
  const { expires_at } = order();
  const { result } = await mint({ expires_at });
  assert.equal(result.expires_at, expires_at);
  assert.deepEqual(result.scopes, ["read"]);
  assert.equal(result.fingerprint, createHash("sha256").update(result.credential).digest("hex"));
});

test("refuses settings with mistakes", async () => {
  assert.equal((await mint({ target: { settings: { secret: "short" } } })).error.code, -32003);
});

test("refuses what would have ended", async () => {
  assert.equal((await mint({ expires_at: 1 })).error.code, -32001);
});

test("says where a mistake is", () => {
  assert.deepEqual(mistakes({ secret: 1, "a/b": 2 }).map(({ path }) => path), ["/a~1b", "/secret"]);
});
