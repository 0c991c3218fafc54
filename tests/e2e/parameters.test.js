// Parameter rules of RFC 6749 and RFC 8693, and every way to send them wrong: each gets its own short answer.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertFault, assertHeaders, faults } from "./kit/faults.js";
import { grantType, tokenType } from "./kit/gateway.js";
import { formBody } from "./kit/http.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("the token endpoint", () => {
  let stage;
  before(async () => (stage = await Stage.open()));
  after(() => stage?.close());

  const raw = (body, headers = {}) => stage.gateway.post("/token", body, { auth: stage.auth, headers });
  const doubled = (name, value) => raw([...Object.entries(stage.form({ scope: "orders:read", requested_token_type: tokenType("access_token") })), [name, value]]);

  test("wants its grant type, knows only its own, takes it once", async () => {
    assertFault(await stage.exchange({ grant_type: undefined }), "GRANT_TYPE_MISSING");
    assertFault(await stage.exchange({ grant_type: "" }), "GRANT_TYPE_MISSING");
    assertFault(await stage.exchange({ grant_type: "password" }), "GRANT_TYPE_UNKNOWN");
    assertFault(await stage.exchange({ grant_type: grantType.toUpperCase() }), "GRANT_TYPE_UNKNOWN");
    assertFault(await doubled("grant_type", grantType), "PARAMETER_DOUBLED");
  });

  test("takes audience and resource repeatedly and nothing else", async () => {
    assertGranted(await stage.exchange({ audience: ["https://api.partner.example", "https://api.partner.example"],
      resource: ["https://api.partner.example/orders", "https://api.partner.example/orders"] }));
    for (const [name, value] of [["scope", "orders:read"], ["subject_token", stage.userToken()], ["subject_token_type", tokenType("jwt")],
      ["requested_token_type", tokenType("jwt")], ["client_id", "orders-agent"], ["dragoman_task", "x"]]) {
      const both = name === "client_id" || name === "dragoman_task" ? await raw([...Object.entries(stage.form()), [name, value], [name, value]]) : await doubled(name, value);
      assertFault(both, "PARAMETER_DOUBLED");
    }
    assertFault(await stage.exchange({ audience: Array(17).fill("https://api.partner.example") }), "PARAMETER_TOO_MANY");
  });

  test("wants an actor token with its type and neither alone", async () => {
    assertFault(await stage.exchange({ actor_token: stage.userToken() }), "ACTOR_TYPE_MISSING");
    assertFault(await stage.exchange({ actor_token_type: tokenType("jwt") }), "ACTOR_TOKEN_MISSING");
  });

  test("counts an empty value as omitted", async () => {
    assertFault(await stage.exchange({ subject_token: "" }), "SUBJECT_TOKEN_MISSING");
    assertFault(await stage.exchange({ subject_token: undefined }), "SUBJECT_TOKEN_MISSING");
    assertFault(await stage.exchange({ subject_token_type: "" }), "SUBJECT_TYPE_MISSING");
    assertGranted(await stage.exchange({ scope: "", actor_token: "", actor_token_type: "", requested_token_type: "", resource: "" }));
  });

  test("takes only absolute URIs as token types and only types it knows", async () => {
    assertFault(await stage.exchange({ subject_token_type: "access_token" }), "TOKEN_TYPE_NOT_URI");
    assertFault(await stage.exchange({ subject_token_type: "urn:example:unheard-of" }), "TOKEN_TYPE_UNKNOWN");
    assertFault(await stage.exchange({ requested_token_type: "jwt" }), "TOKEN_TYPE_NOT_URI");
    assertFault(await stage.exchange({ requested_token_type: "urn:example:unheard-of" }), "TOKEN_TYPE_UNKNOWN");
    assertFault(await stage.exchange({ requested_token_type: tokenType("saml2") }), "TARGET_TYPE");
    assertFault(await stage.exchange({ requested_token_type: tokenType("refresh_token") }), "TARGET_TYPE");
    for (const type of ["saml1", "saml2", "refresh_token"])
      assertFault(await stage.exchange({ subject_token_type: tokenType(type) }), "TOKEN_TYPE_NOT_ACCEPTED");
  });

  test("names what it issued, in the type that was asked for", async () => {
    for (const type of ["access_token", "jwt"]) {
      const answer = assertGranted(await stage.exchange({ requested_token_type: tokenType(type) }));
      assert.equal(answer.issued_token_type, tokenType(type));
      assert.equal(answer.token_type, type === "access_token" ? "Bearer" : "N_A");
    }
  });

  test("refuses resources that are relative, have a fragment or are no URI", async () => {
    for (const resource of ["/orders", "orders", "https://api.partner.example/orders#part", "https://api partner.example/", "://x"])
      assertFault(await stage.exchange({ resource }), "TARGET_RESOURCE_INVALID");
  });

  test("ignores parameters it does not know", async () => {
    assertGranted(await stage.exchange({ example_unknown: "anything", code: "1", redirect_uri: "https://x.example" }));
  });

  test("reads no parameter from the URL", async () => {
    assertFault(await stage.gateway.post("/token?scope=orders%3Aread", stage.form(), { auth: stage.auth }), "REQUEST_QUERY");
  });

  test("answers POST alone, with a form alone", async () => {
    for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await stage.gateway.http.send("/token", { method });
      assertFault(answer, "REQUEST_METHOD");
      assert.equal(answer.headers.allow, "POST");
    }
    for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencodedx", ""])
      assertFault(await raw(formBody(stage.form()), { "content-type": type }), "REQUEST_MEDIA_TYPE");
    assertGranted(await raw(formBody(stage.form()), { "content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8" }));
    assertFault(await stage.gateway.http.send("/nowhere"), "REQUEST_PATH");
  });

  test("decodes forms strictly", async () => {
    const good = formBody(stage.form());
    for (const bad of ["&x=%", "&x=%4", "&x=%zz", "&x=%00", "&%=1"])
      assertFault(await raw(good + bad), "REQUEST_MALFORMED");
    for (const bad of ["&x=%ff", "&x=%c0%80", "&x=%ed%a0%80", "&x=%0a", "&x=%1b", `&${"n".repeat(65)}=1`, "&=1"])
      assertFault(await raw(good + bad), "PARAMETER_INVALID");
    assertGranted(await raw(good + "&scope=orders:read"));
    const both = stage.userToken({ scope: "orders:read orders:write" });
    for (const space of ["+", "%20"]) {
      const answer = assertGranted(await raw(formBody(stage.form({ subject_token: both })) + `&scope=orders:read${space}orders:write`));
      assert.equal(answer.claims.scope, "orders:read orders:write");
    }
    assertFault(await raw(Buffer.concat([Buffer.from(good + "&x="), Buffer.from([0])])), "REQUEST_MALFORMED", {});
  });

  test("bounds the number of parameters, the size of a token and the size of a body", async () => {
    assertFault(await raw(Array.from({ length: 10_000 }, (_, i) => `p${i}=`).join("&").slice(0, 60_000)), "PARAMETER_TOO_MANY");
    assertFault(await raw(Array.from({ length: 100 }, (_, i) => `p${i}=1`).join("&")), "PARAMETER_TOO_MANY");
    const part = "x".repeat(20_000);
    assertFault(await stage.exchange({ subject_token: `${part}.${part}.x` }), "TOKEN_TOO_LARGE");
    assertFault(await raw("x=" + "y".repeat(70_000)), "REQUEST_TOO_LARGE");
  });

  test("answers a body of a megabyte with 413 on both protocols and lives", async () => {
    const http2 = stage.gateway.http2();
    const body = formBody(stage.form({ subject_token: "e".repeat(1 << 20) }));
    assertFault(await raw(body), "REQUEST_TOO_LARGE");
    assertFault(await stage.gateway.post("/token", body, { auth: stage.auth, over: http2 }), "REQUEST_TOO_LARGE");
    assertGranted(await stage.exchange({}, { over: http2 }));
    http2.close();
  });

  test("bounds task and purpose and records them", async () => {
    assertFault(await stage.exchange({ dragoman_task: "t".repeat(129) }), "TASK_INVALID");
    assertFault(await stage.exchange({ dragoman_purpose: "p".repeat(513) }), "PURPOSE_INVALID");
    const answer = assertGranted(await stage.exchange({ dragoman_task: "month-end", dragoman_purpose: "Reconcile invoices — März" }));
    const record = await stage.gateway.record(answer.dragoman_exchange);
    assert.equal(record.task, "month-end");
    assert.equal(record.purpose, "Reconcile invoices — März");
  });

  test("never echoes what was sent", async () => {
    const marker = "echo-canary-7d1f";
    const answers = await Promise.all([
      stage.exchange({ subject_token: `${marker}.${marker}.${marker}` }), stage.exchange({ audience: `https://${marker}.example` }),
      stage.exchange({ scope: marker }), stage.exchange({ grant_type: marker }), stage.exchange({ subject_token_type: `urn:${marker}` }),
      stage.exchange({ resource: marker }), raw(`${marker}=%zz`), stage.gateway.http.send(`/${marker}`),
      stage.exchange({}, { auth: [marker, marker] }), stage.exchange({ dragoman_task: marker + "\u0007" }),
    ]);
    for (const answer of answers) {
      assert.ok(answer.status >= 400, answer.text);
      assert.ok(!answer.text.includes(marker) && !JSON.stringify(answer.headers).includes(marker), answer.text);
    }
  });

  test("marks every answer as not to be stored", async () => {
    for (const answer of [await stage.exchange(), await stage.exchange({ scope: "admin" }), await stage.exchange({}, { auth: ["x", "y"] })]) {
      assertHeaders(answer);
      assert.equal(answer.headers.pragma, "no-cache");
    }
  });

  test("uses only sentences that RFC 6749 can carry", () => {
    for (const [symbol, { sentence }] of Object.entries(faults))
      assert.match(sentence, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, symbol);
  });
});
