// The whole way in a real browser, by the keyboard: a client on the person's own machine sends them to /authorize, they log in
// at a real identity provider, agree, and are back at the client, which redeems its code with openid-client.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import * as openid from "openid-client";
import { AuthorizeStage, NOTES } from "./kit/authorize_stage.js";
import { Chromium, chromiumIsMissing } from "./kit/chromium.js";
import { decode } from "./kit/forge.js";

describe("a person in a browser", { skip: chromiumIsMissing }, () => {
  let world, browser, person, client;
  before(async () => {
    world = await AuthorizeStage.open();
    browser = await Chromium.open(world.stage.certificates);
    person = await browser.person("hanna", world.gateway.issuer);
    client = await listen();
  });
  after(async () => {
    await browser?.close();
    client?.server.closeAllConnections();
    client?.server.close();
    await world?.close();
  });

  // The client's own listener, on a port that it found free.
  async function listen() {
    const server = createServer((request, response) => {
      if (request.url.startsWith("/back?")) server.last = request.url; // a browser asks for an icon, too
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Back</title><h1>Back in the client</h1>");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { server, origin: `http://127.0.0.1:${server.address().port}` };
  }

  async function begin(clientId) {
    const config = await world.library(clientId);
    const verifier = openid.randomPKCECodeVerifier(), state = openid.randomState();
    const url = openid.buildAuthorizationUrl(config, { redirect_uri: `${client.origin}/back`, scope: "notes:read", resource: NOTES, state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" });
    const finish = () => openid.authorizationCodeGrant(config, new URL(client.server.last, client.origin), { pkceCodeVerifier: verifier, expectedState: state }, { resource: NOTES });
    return { url: url.href, finish };
  }

  test("logs in, sees who wants what, agrees, and is back where they began", async () => {
    const clientId = world.documents.put("/desk.json", { client_name: "Notes <script>alert(1)</script>", redirect_uris: ["http://127.0.0.1/back"] });
    const { url, finish } = await begin(clientId);
    await person.open(url);
    await person.sees("Sign-in");
    await person.type("login", "hanna");
    await person.type("password", "any");
    await person.press("Sign-in");
    await person.sees("Authorize");
    await person.press("Continue");
    await person.sees("Do you agree?");
    const text = await person.text();
    for (const words of [world.documents.host, "Notes <script>alert(1)</script>", "hanna", "Read your notes (notes:read)", "a program on this computer"]) assert.ok(text.includes(words), `${words} in ${text}`);
    await person.shot("authorize-1-consent");
    await person.press("Agree");
    await person.sees("Back in the client");
    const { access_token: token } = await finish();
    const { claims } = decode(token);
    assert.deepEqual([claims.sub, claims.act.sub, claims.scope], ["hanna", clientId, "notes:read"]);
  });

  test("says no, and the client is told", async () => {
    const { url, finish } = await begin("desk");
    await person.open(url);
    await person.sees("Do you agree?");
    await person.press("Do not agree");
    await person.sees("Back in the client");
    await assert.rejects(finish(), (error) => error.error === "access_denied");
  });

  test("finds both on the page of their connections, and pages that ask nobody else for anything", async () => {
    await person.open(`${world.gateway.issuer}/connections`);
    await person.sees("Your connections");
    assert.match(await person.text(), /notes:read/);
    await person.shot("authorize-2-connections");
    person.assertClean();
  });
});
