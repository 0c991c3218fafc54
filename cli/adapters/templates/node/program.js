#!/usr/bin/env node
// @NAME@: an adapter for Dragoman. mint() makes a credential that whoever shares the target's secret can check; change it to
// make yours. What stands below health() is the adapter protocol, version 1, and needs no change. One file, no packages.
"use strict";
const { createHash, createHmac, randomBytes } = require("node:crypto");
const net = require("node:net");

const TYPE = "urn:dragoman:token-type:@NAME@";
const MANIFEST = {
  name: "@NAME@", version: "0.1.0", credentials: [{ type: TYPE, token_type: "N_A" }],
  settings_schema: { type: "object", properties: { secret: { type: "string", minLength: 32 } }, required: ["secret"] },
  outside_effects: false, network: "none", concurrency: 8, renews: false, connects: "none",
};

// -32001 refused, -32002 unavailable, -32003 misconfigured. No secret in the message.
class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// What is wrong with a target's settings: JSON pointers and sentences. Looks at nothing else.
function mistakes(settings) {
  const found = Object.keys(settings).filter((name) => name !== "secret")
    .map((name) => ({ path: "/" + name.replaceAll("~", "~0").replaceAll("/", "~1"), message: "is not known; there is secret" }));
  if (typeof settings.secret !== "string" || settings.secret.length < 32) found.push({ path: "/secret", message: "expected a text of at least 32 characters" });
  return found;
}

// The credential. May narrow what was ordered (expires_at, scopes), never widen it. call.signal is aborted when nobody waits
// any more: hand it to whatever waits, fetch for example.
async function mint(call, order) {
  const settings = order.target.settings ?? {};
  if (mistakes(settings).length > 0) throw new Failure(-32003, "the settings of the target have mistakes");
  if (order.expires_at <= Date.now() / 1000) throw new Failure(-32001, "it would have ended already");
  const claims = { sub: order.subject.subject, scopes: order.scopes, exp: order.expires_at, nonce: randomBytes(9).toString("base64url") };
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  const credential = `${payload}.${createHmac("sha256", settings.secret).update(payload).digest("base64url")}`;
  return {
    credential, type: TYPE, expires_at: order.expires_at, scopes: order.scopes,
    fingerprint: createHash("sha256").update(credential).digest("hex"), presentation: { in: "header", name: "x-@NAME@" },
  };
}

async function health() {
  return { status: "good" };
}

// -- the protocol

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function checkedMint(call, order) {
  const is = { lease: typeof order.lease === "string", target: isObject(order.target), subject: isObject(order.subject) && typeof order.subject.subject === "string",
    actors: Array.isArray(order.actors), scopes: Array.isArray(order.scopes), expires_at: Number.isSafeInteger(order.expires_at) };
  for (const [name, isGood] of Object.entries(is)) if (!isGood) throw new Failure(-32602, `${name} is missing or has the wrong type`);
  return mint(call, order);
}

function validate(call, params) {
  if (!isObject(params.target)) throw new Failure(-32602, "target is missing");
  return { mistakes: mistakes(params.target.settings ?? {}) };
}

const METHODS = { initialize: () => ({ protocol: 1, manifest: MANIFEST }), validate, mint: checkedMint, health, shutdown: () => ({}) };

async function outcome(call, method, params) {
  try {
    if (!Object.hasOwn(METHODS, method)) throw new Failure(-32601, "there is no such method");
    if (!isObject(params)) throw new Failure(-32602, "params are an object");
    if (params.deadline_ms !== undefined && !(params.deadline_ms > 0)) throw new Failure(-32800, "the time is over");
    return { result: await METHODS[method](call, params) };
  } catch (mistake) {
    if (call.signal.aborted) return { error: { code: -32800, message: "nobody waits any more" } };
    // Of any other mistake the message may have a secret in it.
    return { error: mistake instanceof Failure ? { code: mistake.code, message: mistake.message } : { code: -32603, message: mistake.name } };
  }
}

function serve(gateway) {
  const calls = new Map();
  const work = async (id, method, params) => {
    const call = new AbortController();
    const late = setTimeout(() => call.abort(), Math.min(params?.deadline_ms ?? 10_000, 600_000));
    calls.set(id, call);
    const answer = await outcome(call, method, params);
    clearTimeout(late);
    calls.delete(id);
    gateway.write(JSON.stringify({ jsonrpc: "2.0", id, ...answer }) + "\n", () => method === "shutdown" && process.exit(0));
  };
  const take = (message) => {
    if (!isObject(message)) return;
    const { id, method, params } = message;
    if (Number.isSafeInteger(id) && typeof method === "string") work(id, method, params);
    else if (method === "cancel" && isObject(params)) calls.get(params.id)?.abort();
  };
  let pieces = [];
  gateway.on("data", (piece) => {
    for (let end; (end = piece.indexOf(10)) >= 0; piece = piece.subarray(end + 1)) {
      take(JSON.parse(Buffer.concat([...pieces, piece.subarray(0, end)]).toString()));
      pieces = [];
    }
    pieces.push(piece);
  });
  gateway.on("close", () => process.exit(0)); // the gateway has gone
  gateway.on("error", () => process.exit(0));
}

if (require.main === module) serve(new net.Socket({ fd: 3 }));
module.exports = { mistakes, outcome };
