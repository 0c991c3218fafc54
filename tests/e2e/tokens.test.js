// One table of tokens that are wrong in one way each, presented at every place that takes a token: as subject, as actor,
// as a platform's proof of an agent, as a client's own assertion. No place may miss what another one checks.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { assertClientFault, assertFault, faults } from "./kit/faults.js";
import { base64url, decode, derSignature, encoded, forge, hmac, makeKey, now } from "./kit/forge.js";
import { tokenType } from "./kit/gateway.js";
import { assertGranted, Stage } from "./kit/stage.js";

const stranger = makeKey("ES256");
const strangerRsa = makeKey("RS256");
const otherCurve = makeKey("ES384");
const json = JSON.stringify;
const withHeader = (header) => (p) => forge({ ...p, header: { ...p.header, ...header } });
const withClaims = (claims) => (p) => forge({ ...p, claims: { ...p.claims, ...claims } });
const headerOf = (p) => ({ alg: p.key.alg, kid: p.key.kid, ...p.header });
// JSON text with one member added in front, so that it is there twice.
const doubled = (object, member) => json(object).replace("{", `{${member},`);
const asHmac = (secret) => (p) => forge({ ...p, header: { ...p.header, alg: "HS256" }, signature: (input) => hmac(secret(p.key), input) });
const signed = (change) => (p) => change(forge(p));
const parts = (token) => token.split(".");

// [what is wrong, the fault, how it is made]
const header = [
  ...["none", "None", "noNE", "es256", "ES256 ", "HS256", "RS1", "ES256K"].map((alg) => [`alg ${json(alg)}`, "TOKEN_ALGORITHM", withHeader({ alg })]),
  ...[undefined, null, "", 256, ["ES256"], { alg: "ES256" }].map((alg) => [`alg ${json(alg) ?? "missing"}`, "TOKEN_MALFORMED", withHeader({ alg })]),
  ["alg none without a signature", "TOKEN_MALFORMED", (p) => forge({ ...p, header: { ...p.header, alg: "none" }, signature: () => "" })],
  ["HS256 with the public key's PEM as secret", "TOKEN_ALGORITHM", asHmac((key) => key.publicKey.export({ type: "spki", format: "pem" }))],
  ["HS256 with the public key's DER as secret", "TOKEN_ALGORITHM", asHmac((key) => key.publicKey.export({ type: "spki", format: "der" }))],
  ["HS256 with the public JWK as secret", "TOKEN_ALGORITHM", asHmac((key) => json(key.jwk))],
  ["an algorithm the issuer may use with a key of another", "TOKEN_ALGORITHM", (p) => forge({ ...p, header: { ...p.header, alg: "RS256" }, signature: () => Buffer.alloc(256, 1) })],
  ["crit with an unknown name", "TOKEN_CRITICAL", withHeader({ crit: ["exp"], exp: 1 })],
  ["crit that is empty", "TOKEN_CRITICAL", withHeader({ crit: [] })],
  ["crit that names a missing parameter", "TOKEN_CRITICAL", withHeader({ crit: ["zip"] })],
  ["crit that is text", "TOKEN_CRITICAL", withHeader({ crit: "exp" })],
  ["crit that names alg", "TOKEN_CRITICAL", withHeader({ crit: ["alg"] })],
  ["crit with doubled names", "TOKEN_CRITICAL", withHeader({ crit: ["b64", "b64"], b64: true })],
  ["b64 false", "TOKEN_CRITICAL", withHeader({ crit: ["b64"], b64: false })],
  ["b64 false without crit", "TOKEN_CRITICAL", withHeader({ b64: false })],
  ["zip", "TOKEN_MALFORMED", (p) => { const full = { ...headerOf(p), enc: "A128GCM", alg: "dir", zip: "DEF" };
    return `${encoded(full)}..${base64url(Buffer.alloc(12))}.${base64url(deflateRawSync(Buffer.alloc(100_000)))}.${base64url(Buffer.alloc(16))}`; }],
  ["a kid nobody has", "TOKEN_KEY_UNKNOWN", withHeader({ kid: "unheard-of" })],
  ["a kid that climbs", "TOKEN_KEY_UNKNOWN", withHeader({ kid: "../../../../etc/passwd" })],
  ["a kid that is SQL", "TOKEN_KEY_UNKNOWN", withHeader({ kid: "' OR 1=1 --" })],
  ["a kid of 2 KiB", "TOKEN_MALFORMED", withHeader({ kid: "k".repeat(2048) })],
  ["a kid with NUL", "TOKEN_MALFORMED", withHeader({ kid: "key\u0000" })],
  ["a kid that is a number", "TOKEN_MALFORMED", withHeader({ kid: 7 })],
  ["a jwk of the attacker", "TOKEN_SIGNATURE", (p) => forge({ ...p, key: { ...stranger, kid: p.key.kid }, header: { ...p.header, jwk: stranger.jwk } })],
  ["a jwk and kid of the attacker", "TOKEN_KEY_UNKNOWN", (p) => forge({ ...p, key: stranger, header: { ...p.header, jwk: stranger.jwk } })],
  ["a jku, an x5u and an x5c of the attacker", "TOKEN_SIGNATURE", (p) => forge({ ...p, key: { ...stranger, kid: p.key.kid },
    header: { ...p.header, jku: "https://127.0.0.1:1/jwks", x5u: "https://127.0.0.1:1/x", x5c: ["MIIB"] } })],
  ["alg twice", "TOKEN_MALFORMED", (p) => forge({ ...p, header: doubled(headerOf(p), '"alg":"none"') })],
  ["kid twice, once escaped", "TOKEN_MALFORMED", (p) => forge({ ...p, header: doubled(headerOf(p), '"k\\u0069d":"x"') })],
  ["a header that is an array", "TOKEN_MALFORMED", (p) => forge({ ...p, header: "[]" })],
  ["a header with trailing bytes", "TOKEN_MALFORMED", (p) => forge({ ...p, header: json(headerOf(p)) + "{}" })],
  ...["logout+jwt", "dpop+jwt", "secevent+jwt", "oauth-id-jag+jwt", "txntoken+jwt", "kb+jwt", "x"].map((typ) => [`typ ${typ}`, "TOKEN_TYP", withHeader({ typ })]),
  ["a typ that is a number", "TOKEN_MALFORMED", withHeader({ typ: 1 })],
];

const signature = [
  ["a signature in DER", "TOKEN_SIGNATURE", (p) => forge({ ...p, signature: (input) => derSignature(p.key.privateKey, input) })],
  ["a signature of zeros", "TOKEN_SIGNATURE", (p) => forge({ ...p, signature: () => Buffer.alloc(64) })],
  ["a signature of 63 bytes", "TOKEN_SIGNATURE", (p) => forge({ ...p, signature: () => Buffer.alloc(63, 7) })],
  ["a signature of 65 bytes", "TOKEN_SIGNATURE", (p) => forge({ ...p, signature: () => Buffer.alloc(65, 7) })],
  ["a signature of another curve", "TOKEN_SIGNATURE", (p) => forge({ ...p, key: { ...otherCurve, kid: p.key.kid }, header: { ...p.header, alg: "ES256" } })],
  ["a signature by a stranger under our kid", "TOKEN_SIGNATURE", (p) => forge({ ...p, key: { ...stranger, kid: p.key.kid } })],
  ["a signature by a stranger's RSA key", "TOKEN_KEY_UNKNOWN", (p) => forge({ ...p, key: strangerRsa })],
  ["one claim changed after signing", "TOKEN_SIGNATURE", signed((token) => { const [h, , s] = parts(token); return [h, encoded({ ...decode(token).claims, sub: "mallory" }), s].join("."); })],
  ["an empty signature", "TOKEN_MALFORMED", signed((token) => parts(token).slice(0, 2).join(".") + ".")],
];

const format = [
  ["two segments", "TOKEN_MALFORMED", signed((token) => parts(token).slice(0, 2).join("."))],
  ["four segments", "TOKEN_MALFORMED", signed((token) => token + ".e30")],
  ["five segments", "TOKEN_MALFORMED", signed((token) => token + ".e30.e30")],
  ["JSON serialization", "TOKEN_MALFORMED", signed((token) => { const [h, payload, s] = parts(token); return json({ protected: h, payload, signature: s }); })],
  ["padding", "TOKEN_MALFORMED", signed((token) => token + "=")],
  ["a space", "TOKEN_MALFORMED", signed((token) => token.replace(".", ". "))],
  ["standard base64 characters", "TOKEN_MALFORMED", signed((token) => { const [h, c] = parts(token); return `${h}.${c}.${"+/".repeat(43)}`; })],
  ["a last character with spare bits set", "TOKEN_MALFORMED", signed((token) => { // 64 bytes leave four spare bits
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"; return token.slice(0, -1) + letters[letters.indexOf(token.at(-1)) ^ 1]; })],
  ["an empty payload", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: "" })],
  ["a payload that is an array", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: "[]" })],
  ["a payload that is a JWT", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, header: { ...p.header, cty: "JWT" }, claims: forge(p) })],
  ["a payload with trailing bytes", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: json(p.claims) + "x" })],
  ["a payload that is not UTF-8", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: Buffer.concat([Buffer.from(json(p.claims).slice(0, -1) + ',"x":"'), Buffer.from([0xff]), Buffer.from('"}')]) })],
  ["a payload with a lone surrogate", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: doubled(p.claims, '"x":"\\ud800"') })],
  ["a payload with a byte order mark", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: "\ufeff" + json(p.claims) })],
  ["a payload nested a thousand deep", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: doubled(p.claims, `"x":${"[".repeat(1000)}${"]".repeat(1000)}`) })],
  ["sub twice", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: doubled(p.claims, '"sub":"mallory"') })],
  ["sub twice, once escaped", "TOKEN_MALFORMED|TOKEN_CLAIMS", (p) => forge({ ...p, claims: doubled(p.claims, '"s\\u0075b":"mallory"') })],
  ["20 KiB", "TOKEN_TOO_LARGE", withClaims({ padding: "x".repeat(20_000) })],
];

const claims = [
  ...[undefined, "", null, 7, ["alice"], "a\u0007b", "s".repeat(4096)].map((sub) => [`sub ${json(sub)?.slice(0, 20) ?? "missing"}`, "TOKEN_CLAIMS", withClaims({ sub })]),
  ...[undefined, null, [], [7], {}, 7].map((aud) => [`aud ${json(aud) ?? "missing"}`, "TOKEN_AUDIENCE|TOKEN_CLAIMS", withClaims({ aud })]),
  ["aud of somebody else", "TOKEN_AUDIENCE", withClaims({ aud: "https://elsewhere.example" })],
  ["aud with a slash more", "TOKEN_AUDIENCE", (p) => withClaims({ aud: `${p.us}/` })(p)],
  ["aud in capitals", "TOKEN_AUDIENCE", (p) => withClaims({ aud: p.us.toUpperCase() })(p)],
  ["exp in the past", "TOKEN_EXPIRED", withClaims({ exp: now() - 300, iat: now() - 900 })],
  ["exp zero", "TOKEN_EXPIRED|TOKEN_CLAIMS", withClaims({ exp: 0 })],
  ...[undefined, null, "soon", String(now() + 600), true, -5, { at: 1 }].map((exp) => [`exp ${json(exp) ?? "missing"}`, "TOKEN_CLAIMS", withClaims({ exp })]),
  ["exp 1e30", "TOKEN_CLAIMS", (p) => forge({ ...p, claims: json({ ...p.claims, exp: "X" }).replace('"X"', "1e30") })],
  ["exp past 64 bits", "TOKEN_CLAIMS", (p) => forge({ ...p, claims: json({ ...p.claims, exp: "X" }).replace('"X"', "99999999999999999999") })],
  ["nbf in the future", "TOKEN_NOT_YET_VALID", withClaims({ nbf: now() + 600 })],
  ["nbf that is text", "TOKEN_CLAIMS", withClaims({ nbf: "now" })],
  ["iat in the future", "TOKEN_NOT_YET_VALID", withClaims({ iat: now() + 600, exp: now() + 900 })],
  ["iat that is text", "TOKEN_CLAIMS", withClaims({ iat: "then" })],
  ["iat older than accepted", "TOKEN_TOO_OLD", withClaims({ iat: now() - 200_000 })],
  ["jti that is a number", "TOKEN_CLAIMS", withClaims({ jti: 7 })],
  ["cnf", "TOKEN_CONSTRAINED", withClaims({ cnf: { jkt: "x".repeat(43) } })],
  ["act that is text", "ACTOR_MALFORMED", withClaims({ act: "bot" })],
  ["act without sub", "ACTOR_MALFORMED", withClaims({ act: { iss: "https://x.example" } })],
  ["act with an act that is a list", "ACTOR_MALFORMED|CHAIN_TOO_DEEP", withClaims({ act: { sub: "a", act: ["b"] } })],
  ["act with a numeric iss", "ACTOR_MALFORMED", withClaims({ act: { sub: "a", iss: 7 } })],
  ["may_act that is text", "ACTOR_MALFORMED", withClaims({ may_act: "bot" })],
];

const issuers = [
  ...[undefined, null, 7, ["x"]].map((iss) => [`iss ${json(iss) ?? "missing"}`, "TOKEN_ISSUER_UNKNOWN|TOKEN_CLAIMS", withClaims({ iss })]),
  ["iss with a slash more", "TOKEN_ISSUER_UNKNOWN", (p) => withClaims({ iss: `${p.claims.iss}/` })(p)],
  ["iss in capitals", "TOKEN_ISSUER_UNKNOWN", (p) => withClaims({ iss: p.claims.iss.toUpperCase() })(p)],
  ["iss of another host", "TOKEN_ISSUER_UNKNOWN", (p) => withClaims({ iss: p.claims.iss.replace("127.0.0.1", "localhost") })(p)],
  ["iss of one trusted issuer with the key of another", "TOKEN_KEY_UNKNOWN", (p) => withClaims({ iss: p.anotherIssuer })(p)],
  ["iss of one trusted issuer with the key of another under its kid", "TOKEN_SIGNATURE", (p) => forge({ ...p, key: { ...p.key, kid: p.anotherKid }, claims: { ...p.claims, iss: p.anotherIssuer } })],
];

describe("a token that is wrong in one way", () => {
  let stage, places;
  before(async () => {
    stage = await Stage.open({
      edit: (documents, cast) => {
        cast.cluster.keys.unshift(makeKey("ES256"));
        documents.get("Issuer/cluster").spec.algorithms = ["RS256", "ES256"];
        documents.get("Issuer/other-idp").spec.platform = true;
        documents.set("AgentClass/others", { kind: "AgentClass", metadata: { name: "others" }, spec: { issuer: "other-idp", match: { sub: "nobody" } } });
      },
    });
    const us = stage.gateway.issuer;
    const from = (issuer, another, typ, claims) => () => ({ us, key: issuer.keys[0], header: { typ }, claims: issuer.claims({ aud: us, ...claims }),
      anotherIssuer: another.identifier, anotherKid: another.keys[0].kid });
    const oneOf = (assertion) => (answer, symbols) => {
      let error;
      for (const symbol of symbols.split("|")) {
        try {
          return assertion(answer, symbol);
        } catch (failure) {
          error = failure;
        }
      }
      throw error;
    };
    // A client's proof that does not even read is refused before anybody knows whose it might be.
    const asClient = oneOf((answer, symbol) => assertClientFault(answer, symbol));
    const asProof = (answer, symbols) => {
      const early = [faults.ASSERTION_MALFORMED.sentence, faults.CLIENT_UNKNOWN.sentence];
      if (early.includes(answer.json.error_description)) return assertFault(answer, answer.json.error_description === early[0] ? "ASSERTION_MALFORMED" : "CLIENT_UNKNOWN");
      return asClient(answer, symbols);
    };
    places = {
      "as subject": { base: from(stage.corp, stage.other, "at+jwt", { scope: "orders:read" }), send: (token) => stage.exchange({ subject_token: token }), refused: oneOf(assertFault) },
      "as actor": { base: from(stage.corp, stage.other, "at+jwt", { sub: "bot" }),
        send: (token) => stage.exchange({ actor_token: token, actor_token_type: tokenType("access_token") }), refused: oneOf(assertFault) },
      "as a platform's proof": { base: from(stage.cluster, stage.other, "JWT", { sub: "system:serviceaccount:agents:billing", "kubernetes.io": { namespace: "agents" } }),
        send: (token) => stage.exchangeAsAgent({}, token), refused: asProof },
      "as a client's assertion": {
        base: () => ({ us, key: stage.clientKey, header: { typ: "client-authentication+jwt" }, anotherIssuer: "partner-api", anotherKid: "x",
          claims: { iss: "orders-agent", sub: "orders-agent", aud: us, iat: now(), exp: now() + 60, jti: String(Math.random()) } }),
        send: (token) => stage.exchangeAsAgent({}, token),
        refused: (answer) => {
          assert.equal(`${answer.status} ${answer.json.error}`, "401 invalid_client");
          const symbol = Object.keys(faults).find((name) => answer.json.error_description.startsWith(faults[name].sentence) && faults[name].error === "invalid_client");
          assert.ok(symbol, answer.text);
        },
      },
    };
  });
  after(() => stage?.close());

  for (const place of ["as subject", "as actor", "as a platform's proof", "as a client's assertion"]) {
    describe(place, () => {
      test("is a good one otherwise", async () => {
        const { base, send } = places[place];
        assertGranted(await send(forge(base())));
      });

      const groups = place === "as a client's assertion" ? { header, signature, format, claims } : { header, signature, format, claims, issuers };
      for (const [group, table] of Object.entries(groups)) {
        test(`is refused: ${group}`, async (t) => {
          for (const [name, fault, make] of table) {
            // What a client's own assertion may leave open: it has no cnf, act or may_act of meaning, and iat is optional.
            if (place === "as a client's assertion" && /^(cnf|act|may_act|iat older)/.test(name)) continue;
            await t.test(name, async () => {
              const { base, send, refused } = places[place];
              refused(await send(make(base())), fault);
            });
          }
        });
      }

      if (place === "as a client's assertion") return;
      const good = [
        ["aud that names us among others", withClaims({ aud: ["https://elsewhere.example", "US"] })],
        ["exp within the leeway", withClaims({ exp: now() + 12, iat: now() - 60 })],
        ["exp with a fraction", withClaims({ exp: now() + 600.5 })],
        ["a jku that nobody follows", withHeader({ jku: "https://127.0.0.1:1/jwks" })],
        ["no kid where one key fits", withHeader({ kid: undefined })],
        ["an iat that is a little early", withClaims({ iat: now() + 8 })],
      ];
      for (const [name, make] of good)
        test(`is not wrong with ${name}`, async () => {
          const { base, send } = places[place];
          const p = base();
          const made = make({ ...p });
          const { claims: made_claims } = decode(made);
          const token = Array.isArray(made_claims.aud) ? withClaims({ aud: ["https://elsewhere.example", p.us] })(p) : made;
          assertGranted(await send(token));
        });
    });
  }

  test("as to its type: what is declared must be what it is", async () => {
    const idToken = stage.corp.token({ aud: "orders-agent", nonce: "n" });
    assertFault(await stage.exchange({ subject_token: idToken, subject_token_type: tokenType("access_token") }), "TOKEN_TYP");
    assertFault(await stage.exchange({ subject_token: stage.userToken(), subject_token_type: tokenType("id_token") }), "TOKEN_TYP");
    // "jwt" is a JWT of some kind (RFC 8693 section 3): any kind that stands for an identity, no other.
    assertGranted(await stage.exchange({ subject_token: stage.userToken(), subject_token_type: tokenType("jwt") }));
    for (const typ of ["logout+jwt", "secevent+jwt", "client-authentication+jwt", "oauth-id-jag+jwt", "dpop+jwt"])
      assertFault(await stage.exchange({ subject_token: stage.userToken({}, { typ }), subject_token_type: tokenType("jwt") }), "TOKEN_TYP");
    for (const typ of ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT"])
      assertGranted(await stage.exchange({ subject_token: stage.userToken({}, { typ }) }));
    const plain = stage.corp.token({ aud: stage.gateway.issuer });
    assertGranted(await stage.exchange({ subject_token: plain, subject_token_type: tokenType("jwt") }));
    assertFault(await stage.exchange({ subject_token: stage.other.token({ aud: "orders-agent" }), subject_token_type: tokenType("id_token") }), "TOKEN_TYPE_NOT_ACCEPTED");
  });

  test("as an id_token for several: azp decides", async () => {
    const aud = ["orders-agent", "another"];
    const send = (claims) => stage.exchange({ subject_token: stage.corp.token({ aud, ...claims }), subject_token_type: tokenType("id_token") });
    assertGranted(await send({ azp: "orders-agent" }));
    assertFault(await send({ azp: "another" }), "TOKEN_AUDIENCE");
    assertFault(await send({}), "TOKEN_AUDIENCE");
    assertFault(await send({ aud: "orders-agent", azp: "another" }), "TOKEN_AUDIENCE");
  });

  test("leaves nothing behind: a good one works after all of them", async () => {
    assertGranted(await stage.exchange());
  });
});
