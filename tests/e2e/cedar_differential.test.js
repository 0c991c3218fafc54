// Our Cedar and Cedar's own, given the same random cases: the same decision, the same determining policies, the same
// policies in error, and the same texts refused. DRAGOMAN_SEED repeats a run; what is different on purpose is in
// docs/policy-language.md.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { isAuthorized, validate } from "@cedar-policy/cedar-wasm/nodejs";
import { Cases, schema } from "./kit/cedar_cases.js";
import { build, isFull, run } from "./kit/machine.js";

const count = isFull ? 100_000 : 2_000;
const piece = 1_000;
const shown = 5;
const seed = Number(process.env.DRAGOMAN_SEED ?? Math.floor(Math.random() * 0x1_0000_0000));

function theirDecision({ policies, entities, request }) {
  const answer = isAuthorized({ ...request, entities, policies: { staticPolicies: policies } });
  if (answer.type !== "success") return { refused: answer.errors.map(({ message }) => message) };
  const { decision, diagnostics } = answer.response;
  return { decision, reason: diagnostics.reason, errors: diagnostics.errors.map(({ policyId }) => policyId), sentences: diagnostics.errors.map(({ error }) => error.message) };
}

function ourDecision({ refused, mistake, decision, diagnostics }) {
  if (refused !== undefined) return { refused: [refused, mistake] };
  return { decision, reason: diagnostics.reason, errors: diagnostics.errors.map(({ policyId }) => policyId), sentences: diagnostics.errors.map(({ error }) => error) };
}

// A head that fits no request is a warning there and a mistake here.
function theirMistakes({ policies }) {
  const answer = validate({ validationSettings: { mode: "strict" }, schema, policies: { staticPolicies: policies } });
  if (answer.type !== "success") return { refused: answer.errors.map(({ message }) => message) };
  const mistakes = [...answer.validationErrors, ...answer.validationWarnings.filter(({ error }) => error.message.includes("unable to find an applicable action"))];
  return { mistaken: mistakes.map(({ policyId }) => policyId), sentences: mistakes.map(({ error }) => error.message) };
}

function ourMistakes({ refused, mistake, mistakes }) {
  if (refused !== undefined) return { refused: [refused, mistake] };
  return { mistaken: mistakes.map(({ policyId }) => policyId), sentences: mistakes.map((each) => each.mistake) };
}

const once = (names) => [...new Set(names)].sort();
const essence = ({ refused, decision, reason, errors, mistaken }) =>
  JSON.stringify(refused !== undefined ? "refused" : [decision, ...[reason, errors, mistaken].map((names) => names && once(names))]);

// Gives every case to both; say(theirs) counts what was tried.
async function compare(cases, { asked, theirs, ours, say }) {
  const differences = [];
  for (let begun = 0; begun < count; begun += piece) {
    const some = Array.from({ length: piece }, () => cases.next());
    const { code, output, errors } = await run(join(build, "tests/differential/cedar_batch"), [], { input: some.map((each) => `${JSON.stringify(asked(each))}\n`).join("") });
    assert.equal(code, 0, errors);
    const answers = output.trimEnd().split("\n").map((line) => ours(JSON.parse(line)));
    assert.equal(answers.length, piece);
    for (const [index, each] of some.entries()) {
      const expected = theirs(each);
      say(expected);
      if (essence(expected) !== essence(answers[index])) differences.push({ number: begun + index, ...asked(each), theirs: expected, ours: answers[index] });
    }
  }
  assert.equal(differences.length, 0, `${differences.length} differences, such as\n${differences.slice(0, shown).map((each) => JSON.stringify(each, null, 1)).join("\n")}`);
}

test(`Cedar's own implementation decides ${count} random cases alike (seed ${seed})`, async () => {
  const tally = { allow: 0, deny: 0, refused: 0, errors: 0 };
  await compare(new Cases(seed), {
    asked: (each) => each, theirs: theirDecision, ours: ourDecision,
    say: ({ refused, decision, errors }) => refused !== undefined ? tally.refused++ : (tally[decision]++, tally.errors += errors.length),
  });
  console.log(`seed ${seed}: ${JSON.stringify(tally)}`);
  assert.ok(Object.values(tally).every((number) => number > count / 20), "the cases say too little");
});

test(`Cedar's own validator finds the same policies mistaken in ${count} random cases (seed ${seed})`, async () => {
  const tally = { valid: 0, mistaken: 0, refused: 0 };
  await compare(new Cases(seed), {
    asked: ({ policies }) => ({ policies, schema }), theirs: theirMistakes, ours: ourMistakes,
    say: ({ refused, mistaken }) => refused !== undefined ? tally.refused++ : mistaken.length !== 0 ? tally.mistaken++ : tally.valid++,
  });
  console.log(`seed ${seed}: ${JSON.stringify(tally)}`);
  assert.ok(Object.values(tally).every((number) => number > count / 20), "the cases say too little");
});
