// RFC 9396 in a token exchange: what may be asked for, what is given, where it shows, and that no hop adds to it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { assertGranted, Stage } from "./kit/stage.js";

const pay = { type: "payment_initiation", actions: ["initiate", "status"], locations: ["https://api.partner.example/payments"],
  instructedAmount: { currency: "EUR", amount: "123.50" }, creditorAccount: { iban: "DE02100100109307118603" } };
const read = { type: "account_information", actions: ["list_accounts"], datatypes: ["balance"], identifier: "account-14", privileges: ["viewer"] };
const unknown = { type: "photo_api", actions: ["read"] };
const json = (...elements) => JSON.stringify(elements);
const files = { audience: "https://files.partner.example", scope: undefined };

// For both stages: orders offers both types, files one of them.
const offer = (documents) => {
  documents.get("Target/partner-orders").spec.authorizationDetails = [pay.type, read.type];
  documents.get("Target/partner-files").spec.authorizationDetails = [read.type];
};

describe("authorization details", () => {
  let stage, partner;
  before(async () => {
    stage = await Stage.open({ edit: offer });
    partner = { auth: stage.authOf("partner-api") };
  });
  after(() => stage?.close());

  const ask = (authorization_details, changes = {}, options = {}) => stage.exchange({ authorization_details, ...changes }, options);
  const carrying = (...elements) => stage.userToken({ authorization_details: elements });

  test("are given as asked, in the answer, the token, introspection and the record", async () => {
    const answer = assertGranted(await ask(json(pay, read)));
    assert.deepEqual(answer.authorization_details, [pay, read]);
    assert.deepEqual(answer.claims.authorization_details, [pay, read]);
    const seen = await stage.gateway.post("/introspect", { token: answer.access_token }, partner);
    assert.deepEqual(seen.json.authorization_details, [pay, read]);
    const record = await stage.gateway.record(answer.dragoman_exchange);
    assert.deepEqual(record.authorization_details, [pay, read]);
    assert.equal(Object.keys(record).at(-1), "authorization_details");
  });

  test("are nowhere when none were asked for and none carried", async () => {
    for (const authorization_details of [undefined, ""]) {
      const answer = assertGranted(await ask(authorization_details));
      assert.equal("authorization_details" in answer, false);
      assert.equal("authorization_details" in answer.claims, false);
      assert.equal("authorization_details" in (await stage.gateway.record(answer.dragoman_exchange)), false);
    }
  });

  test("are what the order of members and escapes in JSON do not change", async () => {
    const answer = assertGranted(await ask('[ {"\\u0061ctions":["read\\n\\"x\\""], "type":"account_\\u0069nformation","n":1e2,"u":"\\ud83d\\ude00"} ]'));
    assert.deepEqual(answer.claims.authorization_details, [{ actions: ['read\n"x"'], type: read.type, n: 100, u: "\u{1f600}" }]);
  });

  test("are shown by a dry run, and recorded as asked by a refusal", async () => {
    const dry = await ask(json(pay), { dragoman_dry_run: "true" });
    assert.equal(dry.status, 200);
    assert.deepEqual(dry.json.authorization_details, [pay]);
    const refused = assertFault(await ask(json(unknown)), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    assert.deepEqual((await stage.gateway.record(refused.dragoman_exchange)).authorization_details, [unknown]);
  });

  test("are refused in every malformed shape, before anything is looked at", async () => {
    const shapes = ["x", "null", "7", "{}", "[]", "[[]]", "[null]", '["payment_initiation"]', "[{}]", JSON.stringify(pay), `${json(pay)},`, `${json(pay)}${json(pay)}`,
      json({ ...pay, type: undefined }), json({ ...pay, type: "" }), json({ ...pay, type: 1 }), json({ ...pay, type: [pay.type] }), json(pay, {}),
      json({ ...pay, actions: "initiate" }), json({ ...pay, actions: [1] }), json({ ...pay, actions: null }), json({ ...pay, locations: "https://a.example" }),
      json({ ...pay, datatypes: {} }), json({ ...pay, privileges: [["admin"]] }), json({ ...pay, identifier: 14 }), json({ ...pay, identifier: ["a"] }),
      '[{"type":"payment_initiation","type":"account_information"}]', '[{"type":"payment_initiation","\\u0074ype":"account_information"}]',
      '[{"type":"payment_initiation",}]', "[{type:'payment_initiation'}]", '[{"type":"payment_initiation"} // no\\n]', '[{"type":"payment_initiation","n":01}]',
      '[{"type":"payment_initiation","n":NaN}]', '[{"type":"payment_initiation\\u0000"}]', '[{"type":"payment_initiation","x":"\\ud800"}]',
      `[{"type":"payment_initiation","x":${"[".repeat(20)}${"]".repeat(20)}}]`];
    for (const shape of shapes) assertFault(await ask(shape), "AUTHORIZATION_DETAILS_INVALID");
    assertFault(await ask("["), "AUTHORIZATION_DETAILS_INVALID");
    assertFault(await ask(json(pay).replace(",", ",\n")), "PARAMETER_INVALID");
    assertFault(await ask([json(pay), json(read)]), "PARAMETER_DOUBLED");
  });

  test("are bounded in size and in number", async () => {
    const sized = (bytes) => json({ ...read, x: "x".repeat(bytes - json({ ...read, x: "" }).length) });
    assertGranted(await ask(sized(8192)));
    assertFault(await ask(sized(8193)), "AUTHORIZATION_DETAILS_INVALID");
    assertGranted(await ask(json(...Array(64).fill(read).map(({ type }) => ({ type })))));
    assertFault(await ask(json(...Array(65).fill(read).map(({ type }) => ({ type })))), "AUTHORIZATION_DETAILS_INVALID");
  });

  test("are only of types the target offers, spelled as it spells them", async () => {
    assertFault(await ask(json(unknown)), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    assertFault(await ask(json(read, unknown)), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    assertFault(await ask(json({ ...pay, type: "Payment_Initiation" })), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    assertFault(await ask(json({ ...pay, type: "payment_initiation " })), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    assertFault(await ask(json(pay), files), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    assertGranted(await ask(json(read), files));
  });

  test("are no wider than what a foreign token carries, if it carries any", async () => {
    const subject_token = carrying(pay, unknown);
    assert.deepEqual(assertGranted(await ask(json(pay), { subject_token })).claims.authorization_details, [pay]);
    for (const wider of [read, { ...pay, actions: [...pay.actions, "cancel"] }, { ...pay, actions: ["initiate"] }, { type: pay.type },
      { ...pay, instructedAmount: { currency: "EUR", amount: "123.51" } }, { ...pay, privileges: ["admin"] }])
      assertFault(await ask(json(wider), { subject_token }), "AUTHORIZATION_DETAILS_WIDER");
    assertFault(await ask(json(pay, read), { subject_token }), "AUTHORIZATION_DETAILS_WIDER");
    assertFault(await ask(json(pay), { subject_token: carrying() }), "AUTHORIZATION_DETAILS_WIDER");
    // Carried, unknown to the target.
    assertFault(await ask(json(unknown), { subject_token }), "AUTHORIZATION_DETAILS_NOT_OFFERED");
  });

  test("come unasked from the subject token, where the target offers them", async () => {
    assert.deepEqual(assertGranted(await ask(undefined, { subject_token: carrying(unknown, read, pay) })).claims.authorization_details, [read, pay]);
    const none = assertGranted(await ask(undefined, { subject_token: carrying(unknown) }));
    assert.equal("authorization_details" in none.claims || "authorization_details" in none, false);
  });

  test("refuse a subject token whose claim is malformed", async () => {
    for (const authorization_details of [null, {}, "[]", [null], [{ actions: ["x"] }], [{ ...pay, actions: "initiate" }]])
      assertFault(await ask(undefined, { subject_token: stage.userToken({ authorization_details }) }), "TOKEN_CLAIMS");
  });

  test("never grow along a chain of ours", async () => {
    const first = assertGranted(await ask(json(pay, read)));
    const onwards = (authorization_details, token = first) => ask(authorization_details, { ...files, subject_token: token.access_token }, partner);
    assert.deepEqual(assertGranted(await onwards(undefined)).claims.authorization_details, [read]);
    assert.deepEqual(assertGranted(await onwards(json(read))).claims.authorization_details, [read]);
    assertFault(await onwards(json({ ...read, privileges: ["viewer", "admin"] })), "AUTHORIZATION_DETAILS_WIDER");
    assertFault(await onwards(json(pay)), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    // One that was given none is not one that says nothing.
    const bare = assertGranted(await ask(undefined));
    assertFault(await onwards(json(read), bare), "AUTHORIZATION_DETAILS_WIDER");
    assert.equal("authorization_details" in assertGranted(await onwards(undefined, bare)).claims, false);
  });

  test("are listed by type where targets are, and in the metadata", async () => {
    const targets = (await stage.gateway.post("/targets", {}, { auth: stage.auth })).json.targets;
    const offered = Object.fromEntries(targets.map((target) => [target.name, target.authorization_details_types]));
    assert.deepEqual(offered, { "partner-orders": [pay.type, read.type], "partner-files": [read.type] });
    const metadata = (await stage.gateway.http.send("/.well-known/oauth-authorization-server")).json;
    assert.deepEqual(metadata.authorization_details_types_supported, [read.type, pay.type]);
  });

  test("are asked for from the command line", async () => {
    const file = (name, content) => (writeFileSync(stage.folder.file(name), content, { mode: 0o600 }), stage.folder.file(name));
    const done = await stage.gateway.cli(["exchange", "--audience", "https://api.partner.example", "--authorization-details", json(read), "-o", "json",
      "--subject-token-file", file("user.jwt", stage.userToken()), "--client-id", "orders-agent",
      "--client-secret-file", file("client.secret", stage.secrets["orders-agent"])]);
    assert.equal(done.code, 0, done.errors);
    assert.deepEqual(JSON.parse(done.output).authorization_details, [read]);
  });

  test("are not what an attacker says beside them", async () => {
    // An actor's token gives nothing, and takes nothing.
    const actor = { actor_token: stage.userToken({ sub: "bot", authorization_details: [pay] }), actor_token_type: "urn:ietf:params:oauth:token-type:access_token" };
    assertFault(await ask(json(pay), { ...actor, subject_token: carrying(read) }), "AUTHORIZATION_DETAILS_WIDER");
    // Names of an object's own machinery are names.
    const odd = '[{"type":"account_information","__proto__":{"type":"payment_initiation"},"constructor":"x"}]';
    assertFault(await ask(odd, { subject_token: carrying(pay, read) }), "AUTHORIZATION_DETAILS_WIDER");
    // A payload that would close the claim is a string.
    const type = 'account_information","exp":9999999999,"x":"';
    assertFault(await ask(json({ type })), "AUTHORIZATION_DETAILS_NOT_OFFERED");
    const { claims } = assertGranted(await ask(json({ ...read, identifier: '"}],"sub":"mallory","x":[{"y":"' })));
    assert.equal(claims.sub, "alice");
    // Of many members in the worst order the cost is small.
    const members = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`m${i}`, 1]));
    const backwards = Object.fromEntries(Object.entries(members).reverse());
    const begun = performance.now();
    assertGranted(await ask(json({ type: read.type, ...backwards }), { subject_token: carrying({ ...members, type: read.type }) }));
    assert.ok(performance.now() - begun < 1000);
  });
});

describe("authorization details before a policy", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        offer(documents);
        documents.set("Policy/details", { kind: "Policy", metadata: { name: "details" }, spec: { policies: `
permit(principal, action == Action::"exchange", resource);
@id("no-cancelling")
forbid(principal, action == Action::"exchange", resource) when { context.authorization_details.actions.contains("cancel") };
@id("read-only-there")
forbid(principal, action == Action::"exchange", resource)
when { context.authorization_details.types.contains("${pay.type}") && context.authorization_details.types.contains("${read.type}") };
@id("no-admins")
forbid(principal, action == Action::"exchange", resource)
when { context.authorization_details.privileges.contains("admin") || context.authorization_details.identifiers.contains("account-1") ||
       context.authorization_details.datatypes.contains("secret") || context.authorization_details.locations.contains("https://evil.example") };
` } });
      },
    });
  });
  after(() => stage?.close());

  const ask = (...elements) => stage.exchange({ authorization_details: elements.length === 0 ? undefined : json(...elements) });

  test("are looked at, field by field", async () => {
    for (const good of [[], [pay], [read]]) assertGranted(await ask(...good));
    for (const bad of [[{ ...pay, actions: ["initiate", "cancel"] }], [pay, read], [{ ...read, privileges: ["admin"] }], [{ ...read, identifier: "account-1" }],
      [{ ...read, datatypes: ["balance", "secret"] }], [{ ...read, locations: ["https://evil.example"] }], [read, { ...read, actions: ["cancel"] }]])
      assertFault(await ask(...bad), "POLICY_DENIED");
  });

  test("are looked at unasked, too, as what would be given", async () => {
    const subject_token = stage.userToken({ authorization_details: [{ ...pay, actions: ["cancel"] }] });
    assertFault(await stage.exchange({ subject_token }), "POLICY_DENIED");
    assertGranted(await stage.exchange({ subject_token, ...files }));
  });

  test("stand in the record with what else was looked at, once", async () => {
    const record = await stage.gateway.record(assertGranted(await ask(pay)).dragoman_exchange);
    assert.deepEqual(record.facts.authorization_details, [pay]);
    assert.equal("authorization_details" in record, false);
  });
});
