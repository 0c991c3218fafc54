// RFC 7662 and RFC 7009: who may look at a token, who may end it, and that ended means ended.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault, assertHeaders } from "./kit/faults.js";
import { forge, makeKey } from "./kit/forge.js";
import { assertionType, tokenType } from "./kit/gateway.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("introspection and revocation", () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ edit: (documents) => {
      documents.get("AgentClass/billing-agents").spec.match = { '"kubernetes.io".namespace': "agents" };
    } });
  });
  after(() => stage?.close());

  const call = async (path, token, options) => {
    const answer = await stage.gateway.post(path, { token, ...options?.form }, options);
    if (answer.status === 200) assertHeaders(answer);
    return answer;
  };
  const introspect = async (token, options = { auth: stage.auth }) => (await call("/introspect", token, options)).json;
  const inactive = { active: false };

  test("shows a live token to the client that obtained it and to its resource server, act included", async () => {
    const { access_token: token, claims } = assertGranted(await stage.exchange({ scope: "orders:read" }));
    for (const who of ["orders-agent", "partner-api"]) {
      const seen = await introspect(token, { auth: stage.authOf(who) });
      const { active, token_type: type, ...shown } = seen;
      assert.deepEqual([active, type], [true, "Bearer"]);
      const { iss, sub, sub_iss, aud, client_id, scope, exp, iat, jti, txn, act } = claims;
      assert.deepEqual(shown, { iss, sub, sub_iss, aud, client_id, scope, exp, iat, jti, txn, act });
    }
  });

  test("shows nothing to anybody else, and nothing of what is not ours or not true", async () => {
    const { access_token: token, claims, header } = assertGranted(await stage.exchange());
    assert.deepEqual(await introspect(token, { auth: stage.authOf("stranger") }), inactive);
    const stranger = makeKey("ES256", header.kid);
    for (const other of [stage.userToken(), "garbage", "a.b.c", token.slice(0, -4), forge({ key: stranger, header: { typ: "at+jwt" }, claims }), "x".repeat(30_000)])
      assert.deepEqual(await introspect(other), inactive);
  });

  test("needs an authenticated caller and a token", async () => {
    assertFault(await call("/introspect", "x"), "CLIENT_MISSING");
    assertFault(await call("/revoke", "x"), "CLIENT_MISSING");
    assertFault(await call("/introspect", "", { auth: stage.auth }), "TOKEN_MISSING");
    assertFault(await call("/revoke", undefined, { auth: stage.auth }), "TOKEN_MISSING");
    assertFault(await call("/introspect", "x", { auth: ["orders-agent", "wrong".repeat(9)] }), "CLIENT_SECRET_WRONG");
    for (const path of ["/introspect", "/revoke"]) assertFault(await stage.gateway.http.send(path), "REQUEST_METHOD");
  });

  test("is remembered until after the token's own end, whatever leeway a verifier gives it", async () => {
    const { access_token: token, claims } = assertGranted(await stage.exchange());
    assert.equal((await call("/revoke", token, { auth: stage.auth })).status, 200);
    const { json: { kills: [row] } } = await stage.gateway.admin("/v1/kills?limit=1");
    assert.deepEqual([row.kind, row.id], ["lease", claims.jti]);
    assert.ok(row.kept_until >= claims.exp + 120, `${row.kept_until - claims.exp} s after it ends`);
  });

  test("keeps agents of one class apart", async () => {
    const agent = (sub) => ({ client_assertion_type: assertionType, client_assertion: stage.platformToken({ sub }) });
    const { access_token: token } = assertGranted(await stage.gateway.post("/token", { ...stage.form(), ...agent("one") }));
    assert.equal((await introspect(token, { form: agent("one") })).active, true);
    assert.deepEqual(await introspect(token, { form: agent("two") }), inactive);
    assert.equal((await call("/revoke", token, { form: agent("two") })).status, 200);
    assert.equal((await introspect(token, { form: agent("one") })).active, true, "another agent's revocation changes nothing");
  });

  test("ends a token for good when its client revokes it", async () => {
    const { access_token: token, dragoman_exchange: id, claims } = assertGranted(await stage.exchange());
    const answer = await call("/revoke", token, { auth: stage.auth, form: { token_type_hint: "refresh_token" } });
    assert.equal(answer.status, 200);
    assert.deepEqual(await introspect(token), inactive);
    assert.deepEqual(await introspect(token, { auth: stage.authOf("partner-api") }), inactive);
    const onwards = { subject_token: token, audience: "https://files.partner.example", scope: undefined };
    assertFault(await stage.exchange(onwards, { auth: stage.authOf("partner-api") }), "TOKEN_REVOKED");
    assert.equal((await call("/revoke", token, { auth: stage.auth })).status, 200, "again is fine");
    const { records } = (await stage.gateway.admin("/v1/records?limit=100")).json;
    assert.equal(records.filter((record) => record.kind === "revocation" && record.parent === id).length, 1, "and happens once");
    const record = await stage.gateway.record(answer.headers["dragoman-exchange"]);
    assert.equal(record.kind, "revocation");
    assert.equal(record.parent, id);
    assert.equal(record.root, claims.txn);
  });

  test("answers 200 to tokens that are unknown or somebody else's, and leaves those alone", async () => {
    const { access_token: token } = assertGranted(await stage.exchange());
    for (const who of ["stranger", "partner-api"]) assert.equal((await call("/revoke", token, { auth: stage.authOf(who) })).status, 200);
    for (const unknown of ["garbage", stage.userToken(), "a.b.c"]) assert.equal((await call("/revoke", unknown, { auth: stage.auth })).status, 200);
    assert.equal((await introspect(token)).active, true);
  });

  test("ends only the one token, not its siblings", async () => {
    const subject_token = stage.userToken();
    const [a, b] = [assertGranted(await stage.exchange({ subject_token })), assertGranted(await stage.exchange({ subject_token }))];
    await call("/revoke", a.access_token, { auth: stage.auth });
    assert.deepEqual(await introspect(a.access_token), inactive);
    assert.equal((await introspect(b.access_token)).active, true);
  });

  test("still knows after a restart", async () => {
    const { access_token: token } = assertGranted(await stage.exchange());
    await call("/revoke", token, { auth: stage.auth });
    await stage.gateway.stop();
    await stage.gateway.start();
    assert.deepEqual(await introspect(token), inactive);
  });

  test("refuses a revoked token also as actor token", async () => {
    const target = { requested_token_type: tokenType("access_token") };
    const { access_token: token } = assertGranted(await stage.exchange(target));
    await call("/revoke", token, { auth: stage.auth });
    const answer = await stage.exchange({ actor_token: token, actor_token_type: tokenType("access_token") }, { auth: stage.authOf("partner-api") });
    assert.ok(answer.status === 400, answer.text);
  });
});
