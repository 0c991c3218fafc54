// What the tests of Cedar's JSON policy format share: our batch program, Cedar's own functions with their answers
// unpacked, and one canonical spelling for what may be spelled in several ways.
import assert from "node:assert/strict";
import { join } from "node:path";
import { isAuthorized, policyToJson, policyToText, templateToJson, templateToText } from "@cedar-policy/cedar-wasm/nodejs";
import { build, run } from "./machine.js";

export async function ours(cases) {
  const { code, output, errors } = await run(join(build, "tests/differential/cedar_batch"), [], { input: cases.map((each) => `${JSON.stringify(each)}\n`).join("") });
  assert.equal(code, 0, errors);
  const answers = output.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(answers.length, cases.length);
  return answers;
}

// Their JSON reader goes 128 levels deep and throws beyond.
export function theirs(call) {
  try {
    const answer = call();
    return answer.type === "success" ? answer : { refused: answer.errors.map(({ message }) => message) };
  } catch (error) {
    if (/recursion limit/.test(String(error))) return { tooDeep: true };
    throw error;
  }
}

export const isTemplate = (text) => templateToJson(text).type === "success";
export const theirJson = (text) => theirs(() => (isTemplate(text) ? templateToJson(text) : policyToJson(text)));
export const theirText = (json, template) => theirs(() => (template ? templateToText(json) : policyToText(json)));

export function theirDecision({ policies, entities, request }) {
  const answer = theirs(() => isAuthorized({ ...request, entities, policies }));
  if (answer.type !== "success") return answer;
  const { decision, diagnostics } = answer.response;
  return { decision, reason: [...diagnostics.reason].sort(), errors: [...new Set(diagnostics.errors.map(({ policyId }) => policyId))].sort() };
}

export function ourDecision({ refused, mistake, decision, diagnostics }) {
  if (refused !== undefined) return { refused: [refused, mistake] };
  return { decision, reason: [...diagnostics.reason].sort(), errors: [...new Set(diagnostics.errors.map(({ policyId }) => policyId))].sort() };
}

const constructors = ["ip", "decimal", "datetime", "duration"];
const spelled = (json) => {
  const [key] = Object.keys(json);
  const [argument] = constructors.includes(key) && json[key].length === 1 ? json[key] : [];
  return typeof argument?.Value === "string" ? [key, argument.Value] : undefined;
};

// Extension values go by one spelling here. What ours is, is asked once for each of theirs, and Cedar itself must call the
// two equal, or refuse both.
export class Spellings {
  known = new Map();

  collect(json, found = new Map()) {
    if (json === null || typeof json !== "object") return found;
    const pair = Object.keys(json).length === 1 && spelled(json);
    if (pair && !this.known.has(pair.join(" "))) found.set(pair.join(" "), pair);
    for (const inner of Object.values(json)) this.collect(inner, found);
    return found;
  }

  async learn(jsons) {
    const found = new Map();
    for (const json of jsons) this.collect(json, found);
    if (found.size === 0) return;
    const call = ([name, argument]) => ({ [name]: [{ Value: argument }] });
    const policy = (body) => ({ effect: "permit", principal: { op: "All" }, action: { op: "All" }, resource: { op: "All" }, conditions: [{ kind: "when", body }] });
    const answers = await ours([...found.values()].map((pair) => ({ set: policy(call(pair)), to: "json" })));
    for (const [index, [name, pair]] of [...found].entries()) {
      const { body } = answers[index].set.staticPolicies.policy0.conditions[0];
      const request = { principal: { type: "A", id: "" }, action: { type: "Action", id: "" }, resource: { type: "A", id: "" }, context: {} };
      const same = policy({ "==": { left: call(pair), right: body } });
      const { decision, errors } = theirDecision({ policies: { staticPolicies: { same } }, entities: [], request });
      const isRefused = errors.length === 1 && spelled(body)[1] === pair[1];
      assert.ok(decision === "allow" || isRefused, `${JSON.stringify(call(pair))} is not ${JSON.stringify(body)}`);
      this.known.set(name, body);
    }
  }

  // Sets without order and doubles, annotations without null, extension values as we spell them.
  canonical(json) {
    if (json === null || typeof json !== "object") return json;
    if (Array.isArray(json)) return json.map((each) => this.canonical(each));
    const keys = Object.keys(json);
    const pair = keys.length === 1 && spelled(json);
    if (pair && this.known.has(pair.join(" "))) return this.known.get(pair.join(" "));
    if (keys.length === 1 && Array.isArray(json.Set)) return { Set: [...new Set(json.Set.map((each) => JSON.stringify(this.canonical(each))))].sort() };
    return Object.fromEntries(keys.sort().map((key) => [key, key === "annotations" ? this.annotations(json[key]) : this.canonical(json[key])]));
  }

  annotations(json) {
    return Object.fromEntries(Object.keys(json).sort().map((key) => [key, json[key] ?? ""]));
  }
}

const scraps = [1, "x", null, true, [], {}, { Value: 1 }, { Var: "principal" }, { Value: null }, { Value: [1, 1] }, { Value: { __entity: { type: "A", id: "x" } } }, { Slot: "?principal" }, { ip: [] },
  { isIpv4: [{ Value: 1 }] }, { type: "A", id: "x" }, "==", "in", "All", "when", "permit", "A::B", ["a", "b"], "a b", -1, 1.5, { op: "All" }, "Wildcard", { Literal: "" }];
const places = (json, found = []) => {
  if (json === null || typeof json !== "object") return found;
  for (const key of Object.keys(json)) {
    found.push([json, key]);
    places(json[key], found);
  }
  return found;
};

// A policy in JSON with one or two changes that often make it none: something gone, replaced, added, or copied elsewhere.
export function damagedJson(chance, policy) {
  const json = structuredClone(policy);
  for (let changes = 1 + chance.below(2); changes > 0; changes--) {
    const all = places(json), [place, key] = chance.one(all), scrap = structuredClone(chance.one(scraps));
    switch (chance.below(4)) {
      case 0: if (Array.isArray(place)) place.splice(key, 1); else delete place[key]; break;
      case 1: place[key] = scrap; break;
      case 2: if (Array.isArray(place)) place.push(scrap); else place[chance.one(["left", "right", "arg", "attr", "entity", "in", "Value", "==", "!", "x", "slot"])] = scrap; break;
      default: {
        const [other, name] = chance.one(all);
        place[key] = structuredClone(other[name]);
      }
    }
  }
  return json;
}
