// API keys as others see them: their shape and checksum, and targets that have some.
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";

export const keyShape = /^drg_[0-9A-Za-z]{46}$/;
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// As a scanner would, with what its language brings: CRC-32 of zlib.
function checksum(text) {
  let value = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  value = (value ^ 0xffffffff) >>> 0;
  if (crc32 !== undefined) assert.equal(value, crc32(text));
  let out = "";
  for (let i = 0; i < 6; i++, value = Math.floor(value / 62)) out = digits[value % 62] + out;
  return out;
}
// The digits between prefix and checksum, eight of the time and 32 random ones, as a whole key.
export const whole = (random) => `drg_${random}${checksum(`drg_${random}`)}`;

// Targets whose credentials are keys, and what may be called with them.
export function keyTargets(documents) {
  const accepts = { issuers: ["corp-idp", "self"], clients: ["orders-agent", "partner-api", "billing-agents"] };
  const add = (name, spec) => documents.set(`Target/${name}`, { kind: "Target", metadata: { name }, spec: { domain: "partner",
    audiences: [name], adapter: "api-key", scopes: ["orders:read", "orders:write", "orders:admin"], maximumLifetime: "5m", accepts, resourceServer: "partner-api", ...spec } });
  add("shop", { calls: { rules: [
    { paths: ["/admin/**"], scopes: ["orders:admin"] },
    { methods: ["GET", "HEAD"], paths: ["/orders", "/orders/*"], scopes: ["orders:read"] },
    { methods: ["POST"], paths: ["/orders"], scopes: ["orders:write"] },
    { paths: ["/open/**"] }] } });
  add("depot", { settings: { header: "x-depot-key" } });
  add("slow", { calls: { perMinute: 3 } });
}
