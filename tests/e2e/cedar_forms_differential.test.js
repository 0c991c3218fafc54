// Cedar's JSON policy format, templates and links, here and in Cedar's own implementation: the same JSON for the same text,
// and the same decision whichever way a policy took. Over random policies and over the whole public corpus.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { policySetTextToParts } from "@cedar-policy/cedar-wasm/nodejs";
import { Cases } from "./kit/cedar_cases.js";
import { damagedJson, isTemplate, ourDecision, ours, Spellings, theirDecision, theirJson, theirs, theirText } from "./kit/cedar_forms.js";
import { isFull, privateFolder, run } from "./kit/machine.js";

const count = isFull ? 20_000 : 1_000;
const piece = 500;
const shown = 3;
const corpusPolicies = 3957;
const seed = Number(process.env.DRAGOMAN_SEED ?? Math.floor(Math.random() * 0x1_0000_0000));

// Numbers beyond 2^53 do not pass through JavaScript, which is between their JSON and us.
const withoutGiants = (text) => text.replace(/\d{16,}/g, "4096");

function assertNone(differences) {
  assert.equal(differences.length, 0, `${differences.length} differences, such as\n${differences.slice(0, shown).map((each) => JSON.stringify(each, null, 1)).join("\n")}`);
}

async function pieces(cases, work) {
  for (let begun = 0; begun < cases.length; begun += piece) await work(cases.slice(begun, begun + piece));
}

// Single policies of one text; none where Cedar refuses it.
function parts(text) {
  const answer = theirs(() => policySetTextToParts(text));
  return answer.type === "success" ? [...answer.policies, ...answer.policy_templates] : [];
}

// Texts of one policy each: their JSON is ours.
async function compareJson(texts, spellings, tally, differences) {
  const answers = await ours(texts.map((text) => ({ policies: text, to: "json" })));
  const expected = texts.map(theirJson);
  await spellings.learn(expected.map(({ json }) => json));
  for (const [index, text] of texts.entries()) {
    const { staticPolicies, templates } = answers[index].set ?? { staticPolicies: {}, templates: {} };
    const json = staticPolicies.policy0 ?? templates.policy0;
    const same = json !== undefined && JSON.stringify(spellings.canonical(json)) === JSON.stringify(spellings.canonical(expected[index].json));
    if (!same) differences.push({ text, theirs: expected[index], ours: answers[index] });
    tally.policies++;
  }
}

// Texts of one policy each: our JSON is a text to Cedar, whose JSON is the same again.
async function compareTexts(texts, spellings, tally, differences) {
  const answers = await ours(texts.map((text) => ({ policies: text, to: "json" })));
  const found = [];
  for (const [index, text] of texts.entries()) {
    const { staticPolicies, templates } = answers[index].set;
    const answer = theirText(staticPolicies.policy0 ?? templates.policy0, isTemplate(text));
    if (answer.tooDeep) tally.tooDeep++;
    else if (answer.refused) differences.push({ text, theirs: answer });
    else found.push({ text, ours: answers[index], printed: answer.text });
  }
  const again = await ours(found.map(({ printed }) => ({ policies: printed, to: "json" })));
  for (const [index, each] of found.entries())
    if (JSON.stringify(spellings.canonical(again[index].set)) !== JSON.stringify(spellings.canonical(each.ours.set))) differences.push({ ...each, again: again[index] });
}

test(`Cedar writes the JSON we write of ${count} random texts, and reads what we write (seed ${seed})`, async () => {
  const cases = new Cases(seed), spellings = new Spellings(), tally = { policies: 0, tooDeep: 0 }, differences = [];
  const texts = Array.from({ length: count }, () => parts(withoutGiants(cases.next().policies))).flat();
  await pieces(texts, (some) => compareJson(some, spellings, tally, differences));
  await pieces(texts, (some) => compareTexts(some, spellings, tally, differences));
  console.log(`seed ${seed}: ${JSON.stringify(tally)}, ${spellings.known.size} spellings`);
  assertNone(differences);
  assert.ok(tally.policies > count && spellings.known.size > 20, "the cases say too little");
});

// What is refused here and not there; docs/policy-language.md says each.
const stricter = [/no such member is known here/, /\.in: .*there is null/, /nothing else may stand beside/, /it needs something to ask/, /__(entity|extn)\b.*(is expected|is an object with)/, /is no name that can stand in a path/,
  /one of entity and (slot|entities) is expected/, /\.__extn\./, /an (entity is an )?object (is expected|with type and id), there is an array/];

test(`Of damaged JSON nothing is taken that Cedar refuses, and what Cedar alone takes is written down (seed ${seed})`, async () => {
  const cases = new Cases(seed), tally = { taken: 0, refused: 0, stricter: 0 }, differences = [];
  const texts = Array.from({ length: count }, () => parts(withoutGiants(cases.next().policies))).flat().filter((text) => !isTemplate(text));
  await pieces(texts, async (some) => {
    const damaged = some.map((text) => damagedJson(cases.chance, theirJson(text).json));
    const answers = await ours(damaged.map((set) => ({ set, to: "cedar" })));
    for (const [index, json] of damaged.entries()) {
      const [policy, template] = [theirText(json, false), theirText(json, true)], { refused, mistake } = answers[index];
      const isTaken = policy.refused === undefined || template.refused === undefined;
      if (isTaken && refused === undefined) tally.taken++;
      else if (!isTaken && refused !== undefined) tally.refused++;
      else if (isTaken && stricter.some((reason) => reason.test(mistake))) tally.stricter++;
      else differences.push({ json, theirs: policy, ours: answers[index] });
    }
  });
  console.log(`seed ${seed}: ${JSON.stringify(tally)}`);
  assertNone(differences);
  assert.ok(tally.taken > count / 20 && tally.refused > count / 20, "the cases say too little");
});

// A head whose slots Cedar allows.
const heads = ["principal == ?principal, action, resource", "principal in ?principal, action, resource in ?resource", "principal is User in ?principal, action, resource",
  "principal, action, resource == ?resource", "principal, action in Action::\"any\", resource is Corp::Doc in ?resource", "principal == ?principal, action, resource == ?resource"];

// Templates made of random policies, random links of them (some wrong on purpose), and the policies beside them.
function linkedCase(cases) {
  const { chance } = cases;
  const { policies, entities, request } = cases.next();
  const found = parts(withoutGiants(policies)).filter((text) => !isTemplate(text)).map((text) => ({ text, json: theirJson(text).json }));
  const staticPolicies = {}, templates = {};
  for (const [index, { text, json }] of found.entries()) {
    const head = chance.one(heads), body = text.slice(text.indexOf(") when") + 1 || text.indexOf(") unless") + 1 || text.length - 1);
    if (chance.is(0.3)) staticPolicies[`s${index}`] = json;
    else templates[`t${index}`] = theirJson(`${chance.one(["permit", "forbid"])}(${head}) ${/^ (when|unless)/.test(body) ? body : ";"}`).json ?? theirJson(`permit(${head});`).json;
  }
  const values = () => {
    const [principal, resource] = [request.principal, request.resource].map((uid) => chance.is(0.6) ? uid : cases.uid());
    return { principal: chance.is(0.2) ? { __entity: principal } : principal, resource };
  };
  const templateLinks = Object.entries(templates).flatMap(([templateId, json]) => chance.many(3, () => {
    const { principal, resource } = values(), text = JSON.stringify(json);
    const wanted = { "?principal": text.includes("\"?principal\"") !== chance.is(0.01), "?resource": text.includes("\"?resource\"") !== chance.is(0.01) };
    return { templateId: chance.is(0.01) ? "t9" : templateId, newId: chance.is(0.02) ? chance.one(["s0", "t0", "l1"]) : `l${chance.below(100_000)}`,
      values: { ...(wanted["?principal"] && { "?principal": principal }), ...(wanted["?resource"] && { "?resource": resource }) } };
  }));
  return { set: { staticPolicies, templates, templateLinks }, entities, request };
}

test(`Cedar decides ${count} random sets of policies, templates and links alike, all in JSON (seed ${seed})`, async () => {
  const cases = new Cases(seed), tally = { allow: 0, deny: 0, refused: 0, errors: 0, linked: 0 }, differences = [];
  await pieces(Array.from({ length: count }, () => linkedCase(cases)), async (some) => {
    const answers = await ours(some);
    const rewritten = await ours(some.map((each) => ({ ...each, to: "json" })));
    for (const [index, { set, entities, request }] of some.entries()) {
      const expected = theirDecision({ policies: set, entities, request }), actual = ourDecision(answers[index]);
      if (expected.tooDeep) continue;
      const essence = ({ refused, ...decided }) => JSON.stringify(refused !== undefined ? "refused" : decided);
      if (essence(expected) !== essence(actual)) differences.push({ set, entities, request, theirs: expected, ours: actual });
      if (expected.refused) tally.refused++;
      else {
        tally[expected.decision]++;
        tally.errors += expected.errors.length;
        tally.linked += [...expected.reason, ...expected.errors].filter((id) => id.startsWith("l")).length;
      }
      const again = rewritten[index].set && theirDecision({ policies: rewritten[index].set, entities, request });
      if (again && essence(again) !== essence(expected)) differences.push({ set, written: rewritten[index].set, theirs: expected, again });
    }
  });
  console.log(`seed ${seed}: ${JSON.stringify(tally)}`);
  assertNone(differences);
  assert.ok(Object.values(tally).every((number) => number > count / 50), "the cases say too little");
});

test("Cedar writes and reads the JSON we write of its whole public corpus", { skip: !process.env.DRAGOMAN_VECTORS }, async () => {
  const folder = privateFolder(), spellings = new Spellings(), tally = { policies: 0, tooDeep: 0 }, differences = [];
  try {
    const { code, errors } = await run("tar", ["-xzf", join(process.env.DRAGOMAN_VECTORS, "cedar/corpus-half.tar.gz"), "-C", folder.path]);
    assert.equal(code, 0, errors);
    const files = readdirSync(folder.path, { recursive: true }).filter((name) => name.endsWith(".cedar"));
    assert.equal(files.length, corpusPolicies);
    const texts = files.flatMap((name) => parts(withoutGiants(readFileSync(folder.file(name), "utf8"))));
    await pieces(texts, (some) => compareJson(some, spellings, tally, differences));
    await pieces(texts, (some) => compareTexts(some, spellings, tally, differences));
  } finally {
    folder.remove();
  }
  console.log(`corpus: ${JSON.stringify(tally)}, ${spellings.known.size} spellings`);
  assertNone(differences);
  assert.ok(tally.policies >= corpusPolicies);
});
