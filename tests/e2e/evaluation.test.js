// The gateway as a decision point for others: POST /access/v1/evaluation (AuthZEN Authorization API 1.0).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { basic } from "./kit/http.js";
import { root } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

const path = "/access/v1/evaluation";
const policy = (name, policies, spec = {}) => ({ kind: "Policy", metadata: { name }, spec: { policies, ...spec } });
const evaluator = (stage, name) => {
  stage.secrets[name] = randomBytes(24).toString("hex");
  return { kind: "Client", metadata: { name }, spec: { evaluates: true,
    authentication: { methods: ["client_secret_basic", "client_secret_post"], secretFile: stage.gateway.writeSecret(`${name}.secret`, stage.secrets[name]) } } };
};

const policies = `
@id("agents") permit(principal is Agent in Client::"orders-agent", action == Action::"exchange", resource in Domain::"partner");
@id("short") @max_lifetime("60s") @narrow_scopes("orders:read files:read")
permit(principal is Agent in Client::"orders-agent", action == Action::"exchange", resource == Target::"partner-files");
@id("staff") permit(principal is User, action in [Action::"call", Action::"exchange"], resource)
when { principal.hasTag("groups") && principal.getTag("groups").contains("staff") };
@id("class") permit(principal in AgentClass::"billing-agents", action == Action::"call", resource == Target::"partner-orders");
@id("no-night") @reason("Not at night.") forbid(principal, action in [Action::"exchange", Action::"redeem", Action::"call"], resource is Target) when { context.now.toTime() < duration("5h") };
@id("not-from-there") forbid(principal, action in [Action::"exchange", Action::"redeem", Action::"call"], resource is Target) when { context.source.isInRange(ip("203.0.113.0/24")) };
@id("risky") forbid(principal, action in [Action::"exchange", Action::"redeem", Action::"call"], resource is Target) when { context.risk > 70 };
@id("not-for-long") forbid(principal, action in [Action::"exchange", Action::"redeem", Action::"call"], resource is Target) when { context.lifetime > duration("1h") };
@id("held") forbid(principal, action in [Action::"exchange", Action::"redeem", Action::"call"], resource is Target) when { context.held_by_subject.domains.contains(Domain::"corp") };
@id("not-for-contractors") forbid(principal, action in [Action::"exchange", Action::"redeem", Action::"call"], resource is Target)
when { context has user && context.user.hasTag("groups") && context.user.getTag("groups").contains("contractors") };
@id("strong") @require_step_up("urn:example:mfa max_age=5m")
permit(principal is Agent in Client::"orders-agent", action == Action::"redeem", resource);
@id("broken") forbid(principal is Workload, action == Action::"exchange", resource) when { principal.risk * 9223372036854775807 * 2 < 0 };
`;

describe("evaluations for others", () => {
  let stage, us;
  const noon = "2027-01-15T12:00:00Z";
  before(async () => {
    stage = await Stage.open({ edit: (documents, stage) => {
      documents.set("Client/enforcer", evaluator(stage, "enforcer"));
      documents.set("Policy/others", policy("others", policies));
    } });
    us = stage.gateway.issuer;
  });
  after(() => stage?.close());

  const agent = (name = "orders-agent") => ({ type: "Agent", id: `${us} ${name}` });
  const question = (changes = {}) => ({ subject: agent(), action: { name: "exchange" }, resource: { type: "Target", id: "partner-orders" }, ...changes,
    context: { now: noon, ...(changes.action?.name === "call" ? { call: { method: "GET", path: "/" } } : {}), ...changes.context } });
  const send = (body, { auth = stage.authOf("enforcer"), headers = {}, at = path, method = "POST" } = {}) => stage.gateway.http.send(at, { method,
    headers: { "content-type": "application/json", ...(auth ? { authorization: basic(...auth) } : {}), ...headers },
    body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body) });
  const ask = async (changes) => {
    const answer = await send(question(changes));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.headers["cache-control"], "no-store");
    return answer.json;
  };
  const permitted = (ids, obligations = []) => ({ decision: true, context: { policies: ids.map((id) => `others/${id}`), obligations } });
  const refused = (reason, ids = [], rest = {}) => ({ decision: false, context: { reason, ...rest, policies: ids.map((id) => `others/${id}`), obligations: [] } });
  const malformed = async (body, sentence) => {
    const answer = await send(body);
    const { error_description } = answer.json;
    assert.match(error_description, sentence);
    assertFault(answer, "EVALUATION_MALFORMED", { sentence: error_description });
  };

  test("are announced in the metadata of a decision point", async () => {
    const answer = await stage.gateway.http.send("/.well-known/authzen-configuration");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.deepEqual(answer.json, { policy_decision_point: us, access_evaluation_endpoint: us + path });
    assertFault(await stage.gateway.http.send("/.well-known/authzen-configuration/elsewhere"), "REQUEST_PATH");
  });

  test("permit what policies permit, and say which did", async () => {
    assert.deepEqual(await ask(), permitted(["agents"]));
  });

  test("answer a question of four words", async () => {
    const { decision } = (await send({ subject: agent(), action: { name: "exchange" }, resource: { type: "Target", id: "partner-orders" } })).json;
    assert.equal(decision, new Date().getUTCHours() >= 5);
  });

  test("refuse what no policy permits and what one forbids", async () => {
    assert.deepEqual(await ask({ action: { name: "call" } }), refused("policy_no_permit"));
    assert.deepEqual(await ask({ subject: agent("stranger") }), refused("policy_no_permit"));
    assert.deepEqual(await ask({ context: { now: "2027-01-15T03:00:00Z" } }), refused("policy_denied", ["no-night"], { reason_user: { en: "Not at night." } }));
    assert.deepEqual(await ask({ context: { source: "203.0.113.9" } }), refused("policy_denied", ["not-from-there"]));
  });

  test("are told which call it is, or cannot be decided", async () => {
    const answer = await send({ ...question({ action: { name: "call" } }), context: { now: noon } });
    assert.equal(answer.status, 400);
    assert.match(answer.json.error_description, /call of the context is missing/);
  });

  test("refuse where a forbid cannot be evaluated", async () => {
    const { decision, context } = await ask({ subject: { type: "Workload", id: "https://cluster.example w", properties: { risk: 1 } } });
    assert.deepEqual([decision, context.reason], [false, "policy_error"]);
  });

  test("refuse what documents have switched off or do not know", async () => {
    assert.deepEqual(await ask({ resource: { type: "Target", id: "unheard-of" } }), refused("target_unknown"));
    assert.deepEqual(await ask({ resource: { type: "Target", id: "closed" } }), refused("target_disabled"));
  });

  test("look at what is said of the subject: attributes, risk, what it belongs to", async () => {
    const user = (properties) => ({ subject: { type: "User", id: `${stage.corp.identifier} alice`, properties } });
    assert.deepEqual(await ask(user({ attributes: { groups: ["sales", "staff"] } })), permitted(["staff"]));
    assert.deepEqual(await ask(user({ attributes: { groups: "staff" } })), permitted(["staff"]));
    assert.deepEqual(await ask(user({ attributes: { groups: ["sales"] } })), refused("policy_no_permit"));
    assert.deepEqual(await ask(user({ attributes: { groups: [] } })), refused("policy_no_permit"));
    assert.deepEqual(await ask(user({ risk: 71, attributes: { groups: "staff" } })), refused("policy_denied", ["risky"]));
    assert.deepEqual(await ask(user({ attributes: { groups: "staff", risk: "90" } })), refused("policy_denied", ["risky"]));
    const inClass = { type: "Agent", id: `${stage.cluster.identifier} billing`, properties: { in: [{ type: "AgentClass", id: "billing-agents" }], proof: "platform_token", binding: "none" } };
    assert.deepEqual(await ask({ subject: inClass, action: { name: "call" } }), permitted(["class"]));
    assert.deepEqual(await ask({ subject: { ...inClass, properties: {} }, action: { name: "call" } }), refused("policy_no_permit"));
  });

  test("look at the context over what is known without it", async () => {
    assert.deepEqual(await ask({ context: { risk: 71 } }), refused("policy_denied", ["risky"]));
    assert.deepEqual(await ask({ context: { lifetime: 3601 } }), refused("policy_denied", ["not-for-long"]));
    assert.deepEqual(await ask({ context: { lifetime: "61m" } }), refused("policy_denied", ["not-for-long"]));
    assert.deepEqual(await ask({ context: { held_by_subject: { domains: [{ type: "Domain", id: "corp" }] } } }), refused("policy_denied", ["held"]));
    const user = { type: "User", id: `${stage.corp.identifier} bob`, properties: { attributes: { groups: ["contractors"] } } };
    assert.deepEqual(await ask({ context: { user } }), refused("policy_denied", ["not-for-contractors"]));
    assert.deepEqual(await ask({ context: { user: { ...user, properties: {} } } }), permitted(["agents"]));
  });

  test("take nobody's word for less risk than is known", async () => {
    const risky = { type: "User", id: `${stage.corp.identifier} bob`, properties: { risk: 80 } };
    assert.deepEqual(await ask({ context: { user: risky, risk: 1 } }), refused("policy_denied", ["risky"]));
  });

  const files = (context) => ({ resource: { type: "Target", id: "partner-files" }, context });
  const lifetime = { id: "max_lifetime", type: "max_lifetime", properties: { seconds: 60 } };
  const scopes = { id: "narrow_scopes", type: "narrow_scopes", properties: { scopes: ["files:read"] } };

  test("give what a permit asks for as obligations, unless the question keeps to it", async () => {
    const both = ["agents", "short"];
    assert.deepEqual(await ask(files({ scopes: ["files:read", "orders:write"], lifetime: 300 })), permitted(both, [lifetime, scopes]));
    assert.deepEqual(await ask(files({ scopes: ["files:read"], lifetime: 300 })), permitted(both, [lifetime]));
    assert.deepEqual(await ask(files({ scopes: ["files:read"], lifetime: 60 })), permitted(both));
    assert.deepEqual(await ask(files()), permitted(both, [lifetime]));
    assert.deepEqual(await ask(files({ scopes: ["orders:write"] })), refused("scope_narrowed", both));
  });

  test("refuse what needs a stronger authentication, and say which", async () => {
    const redeem = (authentication) => ({ action: { name: "redeem" }, context: { authentication } });
    const stepUp = { id: "require_step_up", type: "require_step_up", properties: { acr_values: "urn:example:mfa", max_age: 300 } };
    const { decision, context } = await ask(redeem({ acr: "urn:example:password", age: 10 }));
    assert.deepEqual([decision, context.reason, context.obligations], [false, "step_up_required", [stepUp]]);
    assert.equal((await ask(redeem({}))).decision, false);
    assert.equal((await ask(redeem({ acr: "urn:example:mfa", age: 301 }))).decision, false);
    assert.deepEqual(await ask(redeem({ acr: "urn:example:mfa", age: 300 })), permitted(["strong"]));
    assert.deepEqual(await ask(redeem({ acr: "urn:example:mfa", age: "5m" })), permitted(["strong"]));
  });

  test("say the request's identifier back", async () => {
    const named = { headers: { "x-request-id": "bfe9eb29-ab87-4ca3-be83-a1d5d8305716" } };
    assert.equal((await send(question(), named)).headers["x-request-id"], named.headers["x-request-id"]);
    assert.equal((await send("{", named)).headers["x-request-id"], named.headers["x-request-id"]);
    const own = /^[0-9A-HJKMNP-TV-Z]{26}$/; // the log's
    assert.match((await send(question())).headers["x-request-id"], own);
    assert.match((await send(question(), { headers: { "x-request-id": "x".repeat(129) } })).headers["x-request-id"], own);
    assert.match((await send(question(), { headers: { "x-request-id": "two words" } })).headers["x-request-id"], own);
  });

  test("are for clients that prove themselves in the header and may ask", async () => {
    const anonymous = await send(question(), { auth: null });
    assertFault(anonymous, "CLIENT_MISSING");
    assert.match(anonymous.headers["www-authenticate"], /^Basic /);
    assertFault(await send(question(), { auth: ["enforcer", "wrong"] }), "CLIENT_SECRET_WRONG");
    assertFault(await send(question(), { auth: null, headers: { authorization: `Bearer ${stage.userToken()}` } }), "CLIENT_HEADER_MALFORMED");
    assertFault(await send(question(), { auth: stage.auth }), "EVALUATION_NOT_ALLOWED");
    assertFault(await send("{", { auth: stage.auth }), "EVALUATION_NOT_ALLOWED");
    const form = `client_id=enforcer&client_secret=${stage.secrets.enforcer}`;
    assertFault(await send(form, { auth: null, headers: { "content-type": "application/x-www-form-urlencoded" } }), "CLIENT_MISSING");
  });

  test("are asked in JSON of at most 64 KiB, with nothing in the URL, by POST", async () => {
    assertFault(await send(question(), { headers: { "content-type": "text/plain" } }), "EVALUATION_MEDIA_TYPE");
    assertFault(await send(JSON.stringify(question({ context: { task: "x".repeat(70_000) } }))), "REQUEST_TOO_LARGE");
    assertFault(await send(question(), { at: `${path}?subject=x` }), "REQUEST_QUERY");
    assertFault(await send(undefined, { method: "GET" }), "REQUEST_METHOD");
    assert.equal((await send(question(), { headers: { "content-type": "application/json; charset=utf-8" } })).status, 200);
  });

  test("refuse what is no question, and say what of it", async () => {
    await malformed("", /Byte 0/);
    await malformed("{", /Byte 1/);
    await malformed("garbage", /Byte \d/);
    await malformed(Buffer.from([0x7b, 0xff, 0x7d]), /Byte \d/);
    await malformed('{"subject":1,"subject":2}', /Byte \d+/);
    await malformed("[]", /subject: an object with type and id/);
    await malformed("7", /subject: an object with type and id/);
    const without = (name) => JSON.stringify({ ...question(), [name]: undefined });
    await malformed(without("subject"), /subject: an object/);
    await malformed(without("action"), /action\.name/);
    await malformed(without("resource"), /resource: an object/);
    const wrong = (changes, sentence) => malformed(question(changes), sentence);
    await wrong({ subject: { type: "Robot", id: "a b" } }, /subject\.type: Agent, User or Workload/);
    await wrong({ subject: { type: "Agent", id: "nospace" } }, /subject\.id: an issuer, a space and a sub/);
    await wrong({ subject: { type: "Agent", id: 7 } }, /subject\.id: a string/);
    await wrong({ subject: { ...agent(), properties: [] } }, /subject\.properties: an object/);
    await wrong({ subject: { ...agent(), properties: { admin: true } } }, /subject\.properties: issuer, sub, proof/);
    await wrong({ subject: { ...agent(), properties: { issuer: "https://other.example" } } }, /subject\.properties\.issuer/);
    await wrong({ subject: { ...agent(), properties: { sub: "x" } } }, /subject\.properties\.sub/);
    await wrong({ subject: { ...agent(), properties: { risk: 101 } } }, /subject\.properties\.risk/);
    await wrong({ subject: { ...agent(), properties: { binding: "dpop" } } }, /subject\.properties\.binding/);
    await wrong({ subject: { ...agent(), properties: { attributes: { a: 7 } } } }, /subject\.properties\.attributes/);
    await wrong({ subject: { ...agent(), properties: { attributes: { a: ["a\nb", "c"] } } } }, /subject\.properties\.attributes/);
    await wrong({ subject: { ...agent(), properties: { in: [{ type: "Target", id: "x" }] } } }, /subject\.properties\.in/);
    await wrong({ subject: { type: "User", id: "a b", properties: { in: [{ type: "Client", id: "x" }] } } }, /may not be in a Client/);
    await wrong({ action: { name: "delete" } }, /action\.name: exchange, redeem or call/);
    await wrong({ resource: { type: "Server", id: "x" } }, /resource\.type: Target/);
    await malformed({ ...question(), context: [] }, /context: an object/);
    await wrong({ context: { unheard_of: 1 } }, /unheard_of of the context is not in the schema/);
    await wrong({ context: { scopes: "orders:read" } }, /scopes of the context is of type string/);
    await wrong({ context: { scopes: ["two words"] } }, /context\.scopes/);
    await wrong({ context: { source: "nowhere" } }, /source/);
    await wrong({ context: { lifetime: 1.5 } }, /lifetime/);
    await wrong({ context: { lifetime: null } }, /lifetime/);
    await wrong({ context: { authentication: "strong" } }, /authentication/);
    await wrong({ context: { user: agent() } }, /context\.user\.type/);
    await wrong({ context: { user: { type: "User", id: "a b" }, workload: { type: "Workload", id: "a b" } } }, /do not stand together/);
  });

  test("are decided or refused, whatever a question is made into", async () => {
    const whole = () => question({ subject: { ...agent(), properties: { proof: "p", binding: "none", risk: 1, attributes: { groups: ["a", "b"] }, in: [{ type: "Team", id: "t" }] } },
      context: { user: { type: "User", id: "a b", properties: { attributes: { x: "y" } } }, scopes: ["orders:read"], lifetime: 60, source: "::1", auth_time: 1_700_000_000,
        authentication: { acr: "x", amr: ["y"], age: 5 }, held_in_tree: { count: 1, domains: [{ type: "Domain", id: "corp" }] }, authorization_details: { types: ["t"] } } });
    const values = [null, true, 0, -1, 1e400, 1.5, 9223372036854775807n, "", " ", "x", "\u0000", "\ud83d\ude00", [], {}, [[]], { type: "User" }, { type: "User", id: "a b" },
      { __entity: { type: "User", id: "x" } }, { __extn: { fn: "ip", arg: "x" } }, "x".repeat(2000), Array(200).fill("z"), "9".repeat(30)];
    let seed = 7;
    const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    const write = (value) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one));
    const counts = { 200: 0, 400: 0 };
    for (let round = 0; round < 400; round++) {
      const mutated = whole();
      for (let changes = 1 + random(2); changes > 0; changes--) {
        let place = mutated;
        for (;;) {
          const names = Object.keys(place);
          const name = names[random(names.length)];
          if (typeof place[name] === "object" && place[name] !== null && Object.keys(place[name]).length !== 0 && random(4) !== 0) {
            place = place[name];
            continue;
          }
          if (random(5) === 0) delete place[name];
          else place[random(8) === 0 && !Array.isArray(place) ? `${name}x` : name] = values[random(values.length)];
          break;
        }
        if (Object.keys(mutated).length === 0) break;
      }
      const text = write(mutated);
      const answer = await send(random(10) === 0 ? text.slice(0, random(text.length)) : text);
      assert.ok(answer.status in counts, `${answer.status} to ${text}: ${answer.text}`);
      counts[answer.status]++;
      if (answer.status === 400) assertFault(answer, "EVALUATION_MALFORMED", { sentence: answer.json.error_description });
      else assert.equal(typeof answer.json.decision, "boolean");
    }
    assert.ok(counts[200] > 20 && counts[400] > 100, JSON.stringify(counts));
  });

  test("are counted by what was decided, and leave no record", async () => {
    const read = async () => {
      const { text } = await stage.gateway.admin("/metrics");
      return ["true", "false"].map((decision) => Number(text.match(new RegExp(`^dragoman_evaluations_total\\{decision="${decision}"\\} (\\d+)$`, "m"))[1]));
    };
    const [yes, no] = await read();
    const records = stage.gateway.sql("SELECT count(*) FROM record");
    await ask();
    await ask({ action: { name: "call" } });
    await ask({ action: { name: "call" } });
    assert.deepEqual(await read(), [yes + 1, no + 2]);
    assert.equal(stage.gateway.sql("SELECT count(*) FROM record"), records);
  });
});

describe("the page about decision points", () => {
  let stage;
  const page = readFileSync(join(root, "docs/policy-decision-point.md"), "utf8");
  const [, cedar] = page.match(/```cedar\n(.*?)```/s);
  before(async () => (stage = await Stage.open({ edit: (documents, stage) => {
    documents.set("Client/enforcer", evaluator(stage, "enforcer"));
    documents.set("Policy/examples", policy("examples", cedar));
  } })));
  after(() => stage?.close());

  test("shows questions and the answers to them", async () => {
    const examples = [...page.matchAll(/-d '\n(.*?)'\n```\n```json\n(.*?)```/gs)];
    assert.equal(examples.length, 3);
    for (const [, question, answer] of examples) {
      const { status, json } = await stage.gateway.http.send(path, { method: "POST", body: question.replaceAll("https://gateway.example", stage.gateway.issuer),
        headers: { "content-type": "application/json", authorization: basic(...stage.authOf("enforcer")) } });
      assert.equal(status, 200);
      assert.deepEqual(json, JSON.parse(answer));
    }
  });
});

describe("evaluations where there is no policy", () => {
  let stage;
  before(async () => (stage = await Stage.open({ edit: (documents, stage) => documents.set("Client/enforcer", evaluator(stage, "enforcer")) })));
  after(() => stage?.close());

  test("permit nothing, though exchanges go by the other documents", async () => {
    assertGranted(await stage.exchange());
    const answer = await stage.gateway.http.send(path, { method: "POST",
      headers: { "content-type": "application/json", authorization: basic(...stage.authOf("enforcer")) },
      body: JSON.stringify({ subject: { type: "Agent", id: `${stage.gateway.issuer} orders-agent` }, action: { name: "exchange" }, resource: { type: "Target", id: "partner-orders" } }) });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.decision, false);
    assert.equal(answer.json.context.reason, "policy_no_permit");
  });

  test("are held to the rate of the client", async () => {
    await stage.gateway.apply({ ...evaluator(stage, "slow-enforcer"), spec: { ...evaluator(stage, "slow-enforcer").spec, budget: { exchangesPerSecond: 1 } } });
    const send = () => stage.gateway.http.send(path, { method: "POST", headers: { "content-type": "application/json", authorization: basic(...stage.authOf("slow-enforcer")) }, body: "{" });
    const answers = [];
    for (let i = 0; i < 30; i++) answers.push(await send());
    const last = answers.find(({ status }) => status === 429);
    assert.ok(last, "one is refused");
    assertFault(last, "BUDGET_RATE");
    assert.match(last.headers["retry-after"], /^\d+$/);
  });
});

describe("one gateway as the decision point of another", () => {
  let asked, asking;
  before(async () => {
    asked = await Stage.open({ edit: (documents, stage) => {
      documents.set("Client/other-gateway", evaluator(stage, "other-gateway"));
      documents.set("Policy/central", policy("central", `
@id("agents") permit(principal is Agent, action == Action::"exchange", resource in Domain::"partner")
when { principal in Team::"payments" && context.delegation.depth == 1 && context.lifetime <= duration("5m") };
@id("files") @narrow_scopes("files:read") permit(principal, action, resource == Target::"partner-files");
@id("blocked") @reason("Ask the security desk.") forbid(principal, action, resource)
when { context has user && context.user.hasTag("email") && context.user.getTag("email").contains("mallory@corp.example") };
`));
    } });
    try {
      asking = await Stage.open({ prepare: (stage) => {
        const { document } = stage.gateway;
        stage.gateway.writeSecret("both.pem", stage.certificates.ca + asked.certificates.ca);
        document.spec.outbound.caFile = stage.folder.file("both.pem");
        document.spec.pdp = { url: asked.gateway.issuer + path, timeout: 5000, basicFile: stage.gateway.writeSecret("pdp.basic", `other-gateway:${asked.secrets["other-gateway"]}\n`) };
      } });
    } catch (error) {
      await asked.close();
      throw error;
    }
  });
  after(async () => {
    await asking?.close();
    await asked?.close();
  });
  const rungOf = async (answer) => (await asking.gateway.record(answer.json.dragoman_exchange)).ladder.find(({ check }) => check === "decision_point");

  test("permits what its policies permit, of an agent it has never heard of", async () => {
    const answer = await asking.exchange();
    assert.equal(answer.status, 200, JSON.stringify(answer.status === 200 ? "" : await rungOf(answer)));
    assertGranted(answer);
    assertGranted(await asking.exchangeAsAgent());
  });

  test("refuses what they forbid, by what it is told of the person; why stands in the record alone", async () => {
    const answer = await asking.exchange({ subject_token: asking.userToken({ email: "mallory@corp.example" }) });
    assertFault(answer, "PDP_DENIED");
    assert.match((await rungOf(answer)).detail, /policy_denied.*Ask the security desk/);
  });

  test("is not obeyed by who does not know its obligations: nothing is issued", async () => {
    const files = { audience: "https://files.partner.example", subject_token: asking.userToken({ scope: "orders:read files:read" }) };
    assertFault(await asking.exchange({ ...files, scope: "files:read orders:read" }), "PDP_OBLIGATION");
    assertGranted(await asking.exchange({ ...files, scope: "files:read" }));
  });
});

test("a gateway whose basicFile has no name and password does not start, and says so", async () => {
  const opening = Stage.open({ prepare: (stage) => {
    stage.gateway.document.spec.pdp = { url: "https://127.0.0.1:1/access/v1/evaluation", basicFile: stage.gateway.writeSecret("pdp.basic", "no-colon-here\n") };
  } });
  await assert.rejects(opening, /pdp\.basicFile, which must hold a name, a colon and a password/);
});
