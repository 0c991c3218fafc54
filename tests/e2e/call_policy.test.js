// The policy action call: asked about every call, with the facts of the credential and of the call itself.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { keyTargets } from "./kit/keys.js";
import { Pdp } from "./kit/pdp.js";
import { Stage } from "./kit/stage.js";

const policy = (name, policies, spec = {}) => ({ kind: "Policy", metadata: { name }, spec: { policies, ...spec } });
const permitExchanges = 'permit (principal, action == Action::"exchange", resource);';

describe("policies about calls", () => {
  let stage;
  const open = () => Stage.open({ edit: (documents) => {
    keyTargets(documents);
    documents.delete("Issuer/other-idp");
    documents.get("Target/partner-orders").spec.accepts.issuers = ["corp-idp", "self"];
    documents.get("Target/shop").spec.accepts.actors = ["orders-agent", "cluster/system:serviceaccount:agents:helper"];
    documents.get("Issuer/corp-idp").spec.claims.attributes = { department: "department" };
  } });
  before(async () => {
    stage = await open();
  });
  after(() => stage?.close());

  const mint = async (claims = {}, changes = {}) => {
    const answer = await stage.exchange({ subject_token: stage.userToken({ scope: "orders:read orders:write", ...claims }), audience: "shop", scope: "orders:read", ...changes });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const ask = ({ access_token: key }, uri = "/orders", headers = {}, target = "shop", method = "GET") =>
    stage.gateway.http.send(`/forward-auth/${target}`, { headers: { "x-api-key": key, "x-original-method": method, "x-original-uri": uri, ...headers } });
  const withPolicy = async (text, run) => {
    await stage.gateway.apply(policy("calls", text));
    try {
      return await run();
    } finally {
      assert.equal((await stage.gateway.admin("/v1/documents/Policy/calls", { method: "DELETE" })).status, 200);
    }
  };

  test("need a permit as soon as there is any policy, and none before", async () => {
    const key = await mint();
    assert.equal((await ask(key)).status, 200);
    await withPolicy(permitExchanges, async () => {
      const refused = await ask(key);
      assert.equal(refused.status, 403);
      assert.deepEqual([refused.json.error, refused.json.error_description], ["actor_unauthorized", "No policy permits this."]);
      const record = await stage.gateway.record(refused.headers["dragoman-exchange"]);
      assert.deepEqual([record.kind, record.reason, record.parent], ["call", "policy_no_permit", key.dragoman_exchange]);
      assert.ok(record.facts, "what it was decided on is recorded");
    });
    await withPolicy('permit (principal, action == Action::"call", resource);', async () => assert.equal((await ask(key)).status, 200));
  });

  test("see method, path and host", async () => {
    const key = await mint();
    await withPolicy(`permit (principal, action == Action::"call", resource == Target::"shop")
      when { context.call.method == "GET" && context.call.path like "/orders/*" && context.call has host && context.call.host == "shop.example" };`, async () => {
      assert.equal((await ask(key, "/orders/7", { "x-forwarded-host": "shop.example" })).status, 200);
      assert.equal((await ask(key, "/orders/%37", { "x-forwarded-host": "shop.example" })).status, 200, "decoded");
      assert.equal((await ask(key, "/orders/7", { "x-forwarded-host": "other.example" })).status, 403);
      assert.equal((await ask(key, "/orders/7")).status, 403);
      assert.equal((await ask(key, "/orders", { "x-forwarded-host": "shop.example" })).status, 403);
    });
  });

  test("see who the credential is for, as its issuer said, though nobody asked then", async () => {
    const [sales, other] = [await mint({ sub: "sue", department: "sales" }), await mint({ sub: "otto", department: "other" })];
    await withPolicy('permit (principal, action == Action::"call", resource) when { context has user && context.user.hasTag("department") && context.user.getTag("department").contains("sales") };', async () => {
      assert.equal((await ask(sales)).status, 200);
      assert.equal((await ask(other)).status, 403);
    });
    const writes = await mint({}, { scope: "orders:write" });
    await withPolicy('permit (principal in Client::"orders-agent", action == Action::"call", resource) when { context.scopes.contains("orders:read") && context.lifetime <= duration("5m") };', async () => {
      assert.equal((await ask(sales)).status, 200);
      assert.equal((await ask(writes, "/open/x")).status, 403);
    });
  });

  test("may ask for a stronger authentication, and for nothing that cannot be done about a call", async () => {
    const key = await mint();
    await withPolicy('@require_step_up("mfa") permit (principal, action == Action::"call", resource);', async () => {
      const answer = await ask(key);
      assert.equal(answer.status, 401);
      assert.match(answer.headers["www-authenticate"], /error="insufficient_user_authentication", acr_values="mfa"/);
    });
    for (const annotation of ['@max_lifetime("1m")', '@narrow_scopes("orders:read")', '@unheard_of("x")'])
      await withPolicy(`${annotation} permit (principal, action == Action::"call", resource);`, async () => assert.equal((await ask(key)).status, 403, annotation));
  });

  test("refuse a token whose facts were not written down", async () => {
    await stage.gateway.apply({ kind: "Target", metadata: { name: "wiki" }, spec: { domain: "partner", audiences: ["wiki"], scopes: ["orders:read"], accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });
    const token = await mint({}, { audience: "wiki" });
    assert.equal((await ask(token, "/x", {}, "wiki")).status, 200);
    await withPolicy('permit (principal, action, resource);', async () => {
      assertFault(await ask(token, "/x", {}, "wiki"), "CALL_FACTS");
      assert.equal((await ask(await mint({}, { audience: "wiki" }), "/x", {}, "wiki")).status, 200);
    });
  });

  test("are asked about who obtained the credential, too, where another acts", async () => {
    const actor = stage.cluster.token({ sub: "system:serviceaccount:agents:helper", aud: [stage.gateway.issuer] });
    const key = await mint({}, { actor_token: actor, actor_token_type: "urn:ietf:params:oauth:token-type:jwt" });
    await withPolicy(`permit (principal, action, resource);
      forbid (principal in Client::"orders-agent", action == Action::"call", resource) when { context.call.path like "/open/*" };`, async () => {
      assert.equal((await ask(key, "/orders")).status, 200);
      assert.equal((await ask(key, "/open/x")).status, 403);
    });
  });

  test("count the risk that documents give today", async () => {
    const extra = (risk) => ({ kind: "Issuer", metadata: { name: "extra" }, spec: { domain: "partner", issuer: stage.other.identifier, audiences: [stage.gateway.issuer], risk } });
    await stage.gateway.apply(extra(0), { kind: "Target", metadata: { name: "gallery" }, spec: { domain: "partner", audiences: ["gallery"], adapter: "api-key", scopes: ["look"],
      accepts: { issuers: ["extra"], clients: ["orders-agent"] } } });
    const answer = await stage.exchange({ subject_token: stage.other.token({ aud: stage.gateway.issuer }, { typ: "at+jwt" }), audience: "gallery", scope: "look" });
    assert.equal(answer.status, 200, answer.text);
    await withPolicy('permit (principal, action == Action::"call", resource) when { context.risk < 50 };', async () => {
      assert.equal((await ask(answer.json, "/", {}, "gallery")).status, 200);
      await stage.gateway.apply(extra(60));
      assert.equal((await ask(answer.json, "/", {}, "gallery")).status, 403);
      await stage.gateway.apply(extra(0));
    });
  });
});

describe("an outside decision point that is asked about calls", () => {
  let stage, pdp, key;
  before(async () => {
    stage = await Stage.open({ edit: keyTargets, gateway: { limits: { threads: 1 } }, prepare: async (own) => {
      pdp = await new Pdp(own.certificates).start();
      own.gateway.document.spec.pdp = { url: pdp.url, timeout: 2000, failures: 100 };
    } });
    key = (await stage.exchange({ audience: "shop", scope: "orders:read" })).json;
  });
  after(async () => {
    await stage?.close();
    await pdp?.stop();
  });
  const ask = (uri) => stage.gateway.http.send("/forward-auth/shop", { headers: { "x-api-key": key.access_token, "x-original-method": "GET", "x-original-uri": uri } });

  test("is told which call it is, and refuses it or not", async () => {
    pdp.forget();
    assert.equal((await ask("/orders/7?x=1")).status, 200);
    const { question } = pdp.last;
    assert.equal(question.action.name, "call");
    assert.deepEqual(question.context.call, { method: "GET", path: "/orders/7" });
    assert.equal(question.resource.id, "shop");
    pdp.behaviour = "deny";
    assert.equal((await ask("/orders/7")).status, 403);
    pdp.behaviour = "unknownObligation";
    assert.equal((await ask("/orders/7")).status, 403);
    pdp.behaviour = "garbage";
    const answer = await ask("/orders/7");
    assert.equal(answer.status, 503);
    assert.match(answer.headers["retry-after"], /^[1-9]\d*$/);
    assert.equal((await stage.gateway.record(answer.headers["dragoman-exchange"])).reason, "pdp_unavailable");
  });
});
