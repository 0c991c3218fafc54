// Grants that need no person, at an authorization server of somebody else's making: by the gateway's assertion, which it
// verifies, and by a key of the client's own.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { makeKey } from "./kit/forge.js";
import { until } from "./kit/machine.js";
import { SaasStage } from "./kit/saas_stage.js";
import { clientOf, JWT_BEARER, TOKEN_EXCHANGE } from "./kit/saas_provider.js";

describe("a service that trusts the gateway or its key", () => {
  const key = makeKey("ES256"), secret = randomBytes(24).toString("hex");
  let world, gateway, saas;
  before(async () => {
    world = await SaasStage.open({
      clients: [
        clientOf("client_secret_basic", { id: "asserting", secret, grants: [JWT_BEARER, TOKEN_EXCHANGE] }),
        clientOf("private_key_jwt", { id: "robot", jwks: { keys: [key.jwk] } }),
      ],
      edit: (documents, { saas: { identifier } }) => {
        const target = (name, spec) => documents.set(`Target/${name}`, { kind: "Target", metadata: { name }, spec: {
          domain: "partner", audiences: [`https://${name}.example`], scopes: ["files:read", "files:write"], maximumLifetime: "5m", adapter: "saas-oauth",
          accepts: { issuers: ["people"], clients: ["orders-agent"] }, ...spec, settings: { issuer: identifier, tokenEndpoint: `${identifier}/token`,
            revocationEndpoint: `${identifier}/token/revocation`, scopes: { "files:read": "files.read", "files:write": "files.write" }, ...spec.settings } } });
        const handOver = { assertionAudience: identifier };
        target("bearer", { handOver, settings: { grant: "jwt_bearer", clientId: "asserting", authentication: "client_secret_basic" } });
        target("swap", { handOver, settings: { grant: "token_exchange", clientId: "asserting" } });
        target("shown", { handOver: { ...handOver, subjectToken: true },
          settings: { grant: "token_exchange", clientId: "asserting", exchange: { subjectToken: "shown", actorToken: "assertion" } } });
        documents.get("Issuer/people").spec.handsTokensTo = ["shown"];
        target("robot", { settings: { grant: "client_credentials", clientId: "robot", authentication: "private_key_jwt", algorithm: "ES256", keyId: key.kid } });
      },
    });
    ({ gateway, saas } = world);
    const hand = async (target, answers) => {
      const { status, text } = await gateway.admin(`/v1/connections/${target}`, { method: "POST", body: JSON.stringify({ answers }) });
      assert.equal(status, 200, text);
    };
    for (const target of ["bearer", "swap", "shown"]) await hand(target, { client_secret: secret });
    await hand("robot", { private_key: key.privateKey.export({ type: "pkcs8", format: "pem" }) });
  });
  after(() => world?.close());

  const alive = async (token) => (await saas.fetch(`${saas.identifier}/api/me`, { headers: { authorization: `Bearer ${token}` } })).status === 200;
  const last = () => saas.asked("/token").at(-1);
  const assertEnds = async ({ access_token: token, dragoman_exchange: lease }) => {
    assert.equal((await gateway.kill("lease", lease)).status, 200);
    await until(async () => !(await alive(token)), () => `it is revoked there\n${gateway.program.errors.slice(-1500)}`);
  };

  test("gives nothing for an assertion before it trusts the gateway", async () => {
    const { status, json, text } = await world.exchange("ann", { target: "bearer" });
    assert.deepEqual([status, json.error], [400, "invalid_target"], text);
  });

  for (const [way, target, grant] of [["an assertion", "bearer", JWT_BEARER], ["an exchange", "swap", TOKEN_EXCHANGE]])
    test(`gives a token of the subject's by ${way}, with the scopes that were decided, and takes it back`, async () => {
      saas.trust(gateway.issuer, `${gateway.issuer}/jwks`);
      const sub = `${target}-ann`, answer = await world.granted(sub, { target });
      assert.deepEqual([last().form.grant_type, last().form.scope, answer.scope, answer.token_type], [grant, "files.read", "files:read", "Bearer"]);
      const { accountId, scope } = await saas.token(answer.access_token);
      assert.deepEqual([accountId, scope], [sub, "files.read"]);
      await assertEnds(answer);
    });

  test("gives one for the token that was shown, where the gateway says who acts, and takes it back", async () => {
    saas.trust(gateway.issuer, `${gateway.issuer}/jwks`);
    saas.trust(world.login.identifier, `${world.login.identifier}/jwks`);
    const shown = world.tokenOf("shown-ann", { aud: [gateway.issuer, saas.identifier] });
    const answer = await world.granted("shown-ann", { target: "shown", subject_token: shown });
    assert.equal((await saas.token(answer.access_token)).accountId, "shown-ann");
    assert.deepEqual(saas.actors, [{ actor: "orders-agent", saidBy: gateway.issuer, subjectSaidBy: world.login.identifier }]);
    await assertEnds(answer);
  });

  test("gives one to the client that has the key, whoever the subject is, and takes it back", async () => {
    const answer = await world.granted("ann", { target: "robot" });
    assert.equal(last().form.grant_type, "client_credentials");
    assert.ok(await alive(answer.access_token));
    await assertEnds(answer);
  });
});
