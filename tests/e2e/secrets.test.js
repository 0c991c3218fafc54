// Canaries: unique secrets go through every path, good and bad; then every answer, every log line, everything the command
// line prints and every byte of the database is searched for them.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { randomBytes } from "node:crypto";
import { assertionType, tokenType } from "./kit/gateway.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("no secret", () => {
  let stage;
  const canaries = new Map(); // bytes -> what they are
  const answers = [];
  const granted = new Map(); // token -> the one answer that may hold it

  const watch = (what, secret) => {
    const text = Buffer.isBuffer(secret) ? secret : Buffer.from(secret);
    canaries.set(text.toString("latin1"), what);
    canaries.set(text.toString("base64").replace(/=+$/, ""), `${what} (base64)`);
    canaries.set(text.toString("base64url"), `${what} (base64url)`);
    canaries.set(text.toString("hex"), `${what} (hexadecimal)`);
    return secret;
  };
  // Of a token nothing that could be put together again: the whole of it, its payload, its signature.
  const watchToken = (what, token) => {
    const [, payload, signature] = token.split(".");
    canaries.set(token, what).set(payload, `${what} (payload)`).set(signature, `${what} (signature)`);
    return token;
  };
  const keep = async (promise) => {
    const answer = await promise;
    answers.push(answer);
    if (answer.status === 200 && answer.json.access_token) granted.set(watchToken("an issued token", answer.json.access_token), answer);
    return answer;
  };
  const findIn = (where, text, except) => {
    for (const [canary, what] of canaries) if (!except?.(canary)) assert.equal(text.includes(canary), false, `${where} holds ${what}`);
  };

  before(async () => {
    stage = await Stage.open();
    for (const [name, secret] of Object.entries(stage.secrets)) watch(`the secret of ${name}`, secret);
    const sealing = readFileSync(stage.gateway.sealingKeyPath);
    watch("the sealing key file", sealing.toString("utf8").trim());
    if (sealing.length === 32) watch("the sealing key", sealing);
  });
  after(() => stage?.close());

  test("is lost on the way through", async () => {
    const auth = stage.auth;
    const user = () => watchToken("a subject token", stage.userToken());
    const wrong = () => watch("a wrong secret", randomBytes(24).toString("hex"));
    const assertion = (claims, header) => watchToken("a client assertion", stage.clientAssertion(claims, header));
    const platform = (claims) => watchToken("a platform token", stage.platformToken(claims));
    const post = (form, options) => keep(stage.gateway.post("/token", { ...stage.form({ subject_token: user() }), ...form }, options));
    const proof = (client_assertion) => ({ client_assertion_type: assertionType, client_assertion });

    const first = assertGranted(await post({}, { auth }));
    await post({ client_id: auth[0], client_secret: auth[1] });
    await post(proof(assertion()));
    await post(proof(platform()));
    await post({ actor_token: user(), actor_token_type: tokenType("access_token") }, { auth });
    await keep(stage.gateway.post("/token", stage.form({ subject_token: first.access_token, audience: "https://files.partner.example" }), { auth: stage.authOf("partner-api") }));

    await post({}, { auth: [auth[0], wrong()] });
    await post({}, { auth: [wrong(), wrong()] });
    await post({ client_id: auth[0], client_secret: wrong() });
    await post({ client_secret: auth[1] }, { auth });
    await post({}, { headers: { authorization: "Basic " + watch("a malformed header", randomBytes(30).toString("hex")) } });
    await post({}, { headers: { authorization: "Bearer " + watchToken("a bearer token", stage.userToken()) } });
    await post(proof(assertion({ aud: "https://elsewhere.example" })));
    await post(proof(assertion({ exp: 1 })));
    await post(proof(assertion({}, { alg: "none" })));
    await post(proof(platform({ sub: "unknown" })));
    await post(proof(platform({ exp: 1, iat: 0 })));
    await post({ scope: "orders:write" }, { auth });
    await post({ subject_token: watchToken("an expired token", stage.userToken({ exp: 5, iat: 1 })) }, { auth });
    await post({ subject_token: watchToken("a token of a stranger", stage.userToken({ iss: "https://stranger.example" })) }, { auth });
    await post({ subject_token: user() + "x" }, { auth });
    await post({ subject_token_type: "urn:nonsense" }, { auth });
    await post({ [watch("a parameter name", randomBytes(20).toString("hex"))]: watch("a parameter", randomBytes(20).toString("hex")) }, { auth });
    await keep(stage.gateway.post(`/token?client_secret=${watch("a secret in the URL", randomBytes(20).toString("hex"))}`, stage.form(), { auth }));
    await keep(stage.gateway.http.send(`/${watch("a path", randomBytes(20).toString("hex"))}`));
    await keep(stage.gateway.post("/introspect", { token: first.access_token }, { auth }));
    await keep(stage.gateway.post("/introspect", { token: user() }, { auth: [auth[0], wrong()] }));
    await keep(stage.gateway.post("/revoke", { token: first.access_token }, { auth }));
    await keep(stage.gateway.admin("/v1/documents", { method: "POST", body: `kind: Client\nmetadata: {name: x}\nspec: {secret: ${watch("a secret in a document", randomBytes(20).toString("hex"))}}\n` }));
    assert.ok(granted.size >= 6 && answers.length >= 25, `${granted.size} of ${answers.length}`);
  });

  test("is in an answer, but for the token that was asked for", async () => {
    for (const answer of answers) {
      const own = [...granted].filter(([, one]) => one === answer).flatMap(([token]) => [token, ...token.split(".")]);
      findIn(`an answer (${answer.status})`, answer.text + JSON.stringify(answer.headers), (canary) => own.includes(canary));
    }
    assert.ok(answers.some((answer) => answer.status === 400) && answers.some((answer) => answer.status === 401));
  });

  test("is in what administration shows", async () => {
    const { records } = (await stage.gateway.admin("/v1/records?limit=100")).json;
    assert.ok(records.length >= 10);
    findIn("the records", JSON.stringify(records));
    for (const path of ["/v1/documents", "/v1/keys", "/metrics", `/v1/trace/${records[0].id}`]) findIn(path, (await stage.gateway.admin(path)).text);
    for (const args of [["explain", records[0].id], ["trace", records[0].id], ["get"], ["get", "clients", "-o", "yaml"], ["key", "list", "-o", "json"]]) {
      const told = await stage.gateway.cli(args);
      findIn(args.join(" "), told.output + told.errors);
    }
  });

  test("is in the database, its log beside it, or what the program printed", async () => {
    const folder = stage.folder.file("store");
    const search = (when) => {
      const files = readdirSync(folder);
      assert.ok(files.length > 0);
      for (const name of files) {
        const bytes = readFileSync(join(folder, name)).toString("latin1");
        findIn(`${name} ${when}`, bytes);
        // What an unsealed P-256 or RSA private key would begin with (RFC 5208, RFC 5915).
        for (const prefix of ["PRIVATE KEY", Buffer.from("020100301306072a8648ce3d0201", "hex").toString("latin1"), Buffer.from("020100300d06092a864886f70d010101", "hex").toString("latin1")])
          assert.equal(bytes.includes(prefix), false, `${name} ${when} holds a private key in the clear`);
      }
    };
    search("while running");
    await stage.gateway.stop();
    search("after the end");
    findIn("the log", stage.gateway.logs);
    await stage.gateway.start();
  });
});
