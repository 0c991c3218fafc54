// Our Cedar and Cedar's own, given the same random cases: the same decision, the same determining policies, the same
// policies in error, and the same texts refused. DRAGOMAN_SEED repeats a run; what is different on purpose is in
// docs/policy-language.md.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { Cases } from "./kit/cedar_cases.js";
import { build, isFull, run } from "./kit/machine.js";

const count = isFull ? 100_000 : 2_000;
const piece = 1_000;
const shown = 5;
const seed = Number(process.env.DRAGOMAN_SEED ?? Math.floor(Math.random() * 0x1_0000_0000));

function theirs({ policies, entities, request }) {
  let answer;
  try {
    answer = isAuthorized({ ...request, entities, policies: { staticPolicies: policies } });
  } catch (error) {
    return { refused: `it failed: ${error.message}` };
  }
  if (answer.type !== "success") return { refused: answer.errors.map(({ message }) => message).join("; ") };
  const { decision, diagnostics } = answer.response;
  return { decision, reason: diagnostics.reason.toSorted(), errors: diagnostics.errors.map(({ policyId }) => policyId).toSorted(), messages: diagnostics.errors.map(({ error }) => error.message) };
}

function ours(answer) {
  if (answer.refused !== undefined) return { refused: `${answer.refused}: ${answer.mistake}` };
  const { decision, diagnostics } = answer;
  return { decision, reason: diagnostics.reason.toSorted(), errors: diagnostics.errors.map(({ policyId }) => policyId).toSorted(), messages: diagnostics.errors.map(({ error }) => error) };
}

const essence = ({ refused, decision, reason, errors }) => JSON.stringify(refused === undefined ? { decision, reason, errors } : "refused");

test(`Cedar's own implementation decides ${count} random cases alike (seed ${seed})`, async () => {
  const cases = new Cases(seed);
  const tally = { allow: 0, deny: 0, refused: 0, errors: 0 };
  const differences = [];
  for (let begun = 0; begun < count; begun += piece) {
    const some = Array.from({ length: piece }, () => cases.next());
    const { code, output, errors } = await run(join(build, "tests/differential/cedar_batch"), [], { input: some.map((each) => `${JSON.stringify(each)}\n`).join("") });
    assert.equal(code, 0, errors);
    const answers = output.trimEnd().split("\n").map((line) => ours(JSON.parse(line)));
    assert.equal(answers.length, piece);
    for (const [index, each] of some.entries()) {
      const expected = theirs(each);
      if (expected.refused !== undefined) tally.refused++;
      else tally[expected.decision]++, tally.errors += expected.errors.length;
      if (essence(expected) !== essence(answers[index])) differences.push({ number: begun + index, ...each, theirs: expected, ours: answers[index] });
    }
  }
  console.log(`seed ${seed}: ${JSON.stringify(tally)}, ${differences.length} differences`);
  assert.ok(tally.allow > count / 20 && tally.deny > count / 20 && tally.errors > count / 20, "the cases say too little");
  assert.equal(differences.length, 0, differences.slice(0, shown).map((each) => JSON.stringify(each, null, 1)).join("\n"));
});
