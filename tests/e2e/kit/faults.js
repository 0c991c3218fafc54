// The gateway's own list of refusals, so that tests name a fault and are held to its exact status, error and sentence.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./machine.js";

const list = readFileSync(join(root, "gateway/base/include/base/fault_list.h"), "utf8");
const row = /^FAULT\((\w+),\s*"([^"]+)",\s*(\d+),\s*"([^"]+)"\)/gm;
export const faults = Object.fromEntries([...list.matchAll(row)].map(([, symbol, error, status, sentence]) =>
  [symbol, { reason: symbol.toLowerCase(), error, status: Number(status), sentence }]));

export const identifier = /^[0-9A-HJKMNP-TV-Z]{26}$/;

// What holds for every answer of an endpoint that takes forms, refusals included.
export function assertHeaders(answer) {
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.match(answer.headers["dragoman-exchange"] ?? "", identifier);
}

function assertRefusal(answer, { error, status, sentence }) {
  const { json } = answer;
  assert.equal(`${answer.status} ${json.error}: ${json.error_description}`, `${status} ${error}: ${sentence}`);
  assert.match(json.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/); // RFC 6749 section 5.2
  assert.match(json.dragoman_exchange, identifier);
  assert.equal(answer.headers["content-type"], "application/json");
  assertHeaders(answer);
  assert.equal(answer.headers["dragoman-exchange"], json.dragoman_exchange);
  assert.equal("access_token" in json, false);
}

export function assertFault(answer, symbol, { sentence } = {}) {
  const fault = faults[symbol];
  assert.ok(fault, `${symbol} is not in the fault list`);
  assertRefusal(answer, sentence ? { ...fault, sentence } : fault);
  return answer.json;
}

// A fault of a token that was meant to prove a client: the same sentence, as failed client authentication.
export function assertClientFault(answer, symbol) {
  assertRefusal(answer, { ...faults[symbol], error: "invalid_client", status: 401 });
  return answer.json;
}

// A fault of what was presented as a grant (RFC 6749 section 5.2), or of a token that is all that says who calls.
export function assertGrantFault(answer, symbol) {
  assertRefusal(answer, { ...faults[symbol], error: "invalid_grant", status: 400 });
  return answer.json;
}
