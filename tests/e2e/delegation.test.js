// Who acts for whom: act, may_act, the depth of a chain, and tokens of our own that a resource server carries onwards.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { assertFault } from "./kit/faults.js";
import { now } from "./kit/forge.js";
import { tokenType } from "./kit/gateway.js";
import { privateFolder, programs, run } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("delegation", () => {
  let stage, us, corp;
  before(async () => {
    stage = await Stage.open({
      edit: (documents) => {
        documents.get("Target/partner-files").spec.resourceServer = "stranger";
        for (const name of ["partner-files", "partner-orders"]) documents.get(`Target/${name}`).spec.authorizationDetails = ["list"];
        documents.get("Target/partner-files").spec.accepts.clients.push("stranger");
        documents.get("Target/partner-orders").spec.accepts.clients.push("stranger");
        const target = structuredClone(documents.get("Target/partner-orders"));
        Object.assign(target, { metadata: { name: "guarded" } });
        Object.assign(target.spec, { audiences: ["https://guarded.partner.example"], resources: [], resourceServer: undefined });
        target.spec.accepts.actors = ["billing-agents", "corp-idp/bot"];
        documents.set("Target/guarded", target);
      },
    });
    us = stage.gateway.issuer;
    corp = stage.corp.identifier;
  });
  after(() => stage?.close());

  const actor = (sub, claims = {}) => ({ actor_token: stage.userToken({ sub, ...claims }), actor_token_type: tokenType("access_token") });

  test("names the actor of an actor token, outermost", async () => {
    const { claims } = assertGranted(await stage.exchange(actor("bot")));
    assert.deepEqual(claims.act, { iss: corp, sub: "bot" });
  });

  test("names the client when no actor token was sent: leaving a parameter out never impersonates", async () => {
    const { claims } = assertGranted(await stage.exchange());
    assert.deepEqual(claims.act, { iss: us, sub: "orders-agent" });
  });

  test("does not take the subject's own token for that of an actor: the caller would be left out", async () => {
    const same = stage.userToken();
    assertFault(await stage.exchange({ subject_token: same, actor_token: same, actor_token_type: tokenType("access_token") }), "ACTOR_IS_SUBJECT");
    assertFault(await stage.exchange({ ...actor("alice") }), "ACTOR_IS_SUBJECT");
    const agent = stage.platformToken();
    const form = { subject_token: agent, subject_token_type: tokenType("jwt"), audience: "https://files.partner.example" };
    assertFault(await stage.exchangeAsAgent(form, agent), "TARGET_ISSUER");
  });

  test("takes nothing that we issued for an actor's own token", async () => {
    const ours = assertGranted(await stage.exchange()).access_token;
    assertFault(await stage.exchange({ actor_token: ours, actor_token_type: tokenType("access_token") }, { auth: stage.authOf("partner-api") }), "ACTOR_DELEGATED");
  });

  test("leaves no claim that is the gateway's own word to a target's profile", async () => {
    const said = { acr: "mfa", amr: ["otp"], auth_time: now() - 60, authorization_details: [{ type: "list" }] };
    const first = assertGranted(await stage.exchange({ subject_token: stage.userToken(said) }));
    const { claims } = assertGranted(await stage.exchange({ subject_token: first.access_token, audience: "https://files.partner.example", scope: undefined },
      { auth: stage.authOf("partner-api") }));
    assert.ok(claims.dragoman_stands_on.length > 0 && claims.act.act !== undefined);
    for (const [name, value] of Object.entries(said)) assert.deepEqual(claims[name], value);
    const folder = privateFolder();
    for (const name of Object.keys(claims)) {
      writeFileSync(folder.file("target.json"), JSON.stringify({ kind: "Target", metadata: { name: "t" },
        spec: { audiences: ["t"], token: { claims: { [name]: "email" } } } }));
      const { errors } = await run(programs.dragomand, ["check", folder.file("target.json")]);
      assert.match(errors, new RegExp(`found "?${name}"?`), `${name} may be written by a profile`);
    }
    folder.remove();
  });

  test("does not take a user whose sub reads like a client_id for that client", async () => {
    const { claims } = assertGranted(await stage.exchange({ subject_token: stage.userToken({ sub: "orders-agent" }) }));
    assert.equal(claims.sub_iss, corp);
    assert.deepEqual(claims.act, { iss: us, sub: "orders-agent" });
  });

  test("keeps the chain that a subject token brings, in its order", async () => {
    const act = { iss: "https://a.example", sub: "one", act: { sub: "two" } };
    const { claims } = assertGranted(await stage.exchange({ subject_token: stage.userToken({ act }) }));
    assert.equal(claims.act.sub, "orders-agent");
    assert.equal(claims.act.act.sub, "one");
    assert.equal(claims.act.act.act.sub, "two");
    assert.equal(claims.act.act.act.act, undefined);
  });

  test("reads nothing in act but who it is", async () => {
    const act = { iss: corp, sub: "one", exp: 1, aud: "https://x.example", cnf: { jkt: "x" }, scope: "admin" };
    const { claims } = assertGranted(await stage.exchange({ subject_token: stage.userToken({ act }) }));
    assert.deepEqual(claims.act.act, { iss: corp, sub: "one" });
  });

  test("ends at the depth limit and never cuts a chain short", async () => {
    const chain = (depth) => Array.from({ length: depth }).reduce((inner, _, i) => ({ iss: corp, sub: `agent-${i}`, ...(inner && { act: inner }) }), undefined);
    assertGranted(await stage.exchange({ subject_token: stage.userToken({ act: chain(3) }) }));
    assertFault(await stage.exchange({ subject_token: stage.userToken({ act: chain(4) }) }), "CHAIN_TOO_DEEP");
    assertFault(await stage.exchange({ subject_token: stage.userToken({ act: chain(8) }) }), "CHAIN_TOO_DEEP");
    assert.equal((await stage.exchange({ subject_token: stage.userToken({ act: chain(60) }) })).status, 400);
  });

  test("heeds may_act, against the actor token or else the client", async () => {
    const may = (may_act, changes = {}) => stage.exchange({ subject_token: stage.userToken({ may_act }), ...changes });
    assertGranted(await may({ sub: "orders-agent" }));
    assertGranted(await may({ iss: us, sub: "orders-agent" }));
    assertGranted(await may({ iss: corp, sub: "bot" }, actor("bot")));
    assertFault(await may({ sub: "bot" }), "MAY_ACT_MISMATCH");
    assertFault(await may({ iss: corp, sub: "orders-agent" }), "MAY_ACT_MISMATCH");
    assertFault(await may({ sub: "orders-agent" }, actor("bot")), "MAY_ACT_MISMATCH");
    assertFault(await may({ iss: stage.other.identifier, sub: "bot" }, actor("bot")), "MAY_ACT_MISMATCH");
    // Without iss it names somebody its own issuer or we know, not whoever has that name at a third one.
    const namesake = { actor_token: stage.other.token({ sub: "bot", aud: us }, { typ: "at+jwt" }), actor_token_type: tokenType("access_token") };
    assertGranted(await may({ sub: "bot" }, actor("bot")));
    assertFault(await may({ sub: "bot" }, namesake), "MAY_ACT_MISMATCH");
    const { claims } = assertGranted(await may({ sub: "orders-agent" }));
    assert.equal("may_act" in claims, false, "an input, never copied");
  });

  test("refuses an actor token that is itself delegated", async () => {
    assertFault(await stage.exchange(actor("bot", { act: { sub: "other" } })), "ACTOR_DELEGATED");
    const own = assertGranted(await stage.exchange()).access_token;
    const asActor = { actor_token: own, actor_token_type: tokenType("access_token") };
    assertFault(await stage.exchange(asActor, { auth: stage.authOf("partner-api") }), "ACTOR_DELEGATED");
  });

  test("keeps to the actors a target accepts", async () => {
    const audience = "https://guarded.partner.example";
    assertGranted(await stage.exchangeAsAgent({ audience }));
    assertGranted(await stage.exchange({ audience, ...actor("bot") }));
    assertFault(await stage.exchange({ audience }), "TARGET_ACTOR");
    assertFault(await stage.exchange({ audience, ...actor("mallory") }), "TARGET_ACTOR");
    // Who acted before is history and gives no rights (RFC 8693 section 4.1).
    assertFault(await stage.exchange({ audience, subject_token: stage.userToken({ act: { iss: corp, sub: "bot" } }) }), "TARGET_ACTOR");
  });

  test("lets a resource server carry a token it received onwards: same root, longer chain, never longer life or wider scope", async () => {
    const first = assertGranted(await stage.exchange({ scope: "orders:read", subject_token: stage.userToken({ exp: now() + 100 }) }));
    const carried = { subject_token: first.access_token, audience: "https://files.partner.example", scope: undefined };
    const second = assertGranted(await stage.exchange(carried, { auth: stage.authOf("partner-api") }));
    assert.equal(second.claims.txn, first.claims.txn);
    assert.equal(second.claims.sub, "alice");
    assert.equal(second.claims.sub_iss, corp);
    assert.ok(second.claims.exp <= first.claims.exp);
    assert.deepEqual(second.claims.act, { iss: us, sub: "partner-api", act: { iss: us, sub: "orders-agent" } });
    assert.equal(second.claims.scope, "orders:read");
    const record = await stage.gateway.record(second.dragoman_exchange);
    assert.equal(record.parent, first.dragoman_exchange);
    assertFault(await stage.exchange({ ...carried, scope: "files:read" }, { auth: stage.authOf("partner-api") }), "SCOPE_WIDER");
  });

  test("lets nobody else carry it", async () => {
    const first = assertGranted(await stage.exchange());
    const carried = { subject_token: first.access_token, audience: "https://files.partner.example", scope: undefined };
    assertFault(await stage.exchange(carried), "TOKEN_AUDIENCE");
    assertFault(await stage.exchange(carried, { auth: stage.authOf("stranger") }), "TOKEN_AUDIENCE");
    assertFault(await stage.exchangeAsAgent(carried), "TOKEN_AUDIENCE");
  });

  test("bounds a loop of tokens that go back and forth", async () => {
    let token = assertGranted(await stage.exchange({ subject_token: stage.userToken({ scope: "orders:read" }) })).access_token;
    const hops = [["partner-api", "https://files.partner.example", "access_token"], ["stranger", "https://api.partner.example", "jwt"]];
    const depths = [];
    for (let i = 0; i < 10; i++) {
      const [who, audience, type] = hops[i % 2];
      const subject_token_type = tokenType(i % 2 === 0 ? "access_token" : type);
      const answer = await stage.exchange({ subject_token: token, audience, subject_token_type, scope: undefined }, { auth: stage.authOf(who) });
      if (answer.status !== 200) {
        assertFault(answer, "CHAIN_TOO_DEEP");
        assert.deepEqual(depths, [2, 3, 4]);
        return;
      }
      const { access_token, claims } = assertGranted(answer);
      let depth = 0;
      for (let act = claims.act; act; act = act.act) depth++;
      depths.push(depth);
      token = access_token;
    }
    assert.fail("the loop did not end");
  });
});
