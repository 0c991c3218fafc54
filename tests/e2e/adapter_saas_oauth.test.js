// The adapter saas_oauth as a program of its own, against a token endpoint that checks what it is sent.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createServer } from "node:https";
import { X509Certificate, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { AdapterPeer, AdapterState } from "./kit/adapter_peer.js";
import { makeCertificates } from "./kit/certificates.js";
import { build, privateFolder, programs, run } from "./kit/machine.js";

const program = join(build, "adapters/saas_oauth/saas_oauth");
const secret = `client-${randomBytes(12).toString("hex")}`;

/** RFC 6749 section 4.4 and RFC 7009, for one client that authenticates by its secret in the header. */
class TokenEndpoint {
  tokens = new Set();
  complaints = [];

  static async start(certificates) {
    const endpoint = new TokenEndpoint();
    endpoint.server = createServer({ key: certificates.key, cert: certificates.certificate, ca: certificates.ca, requestCert: true, rejectUnauthorized: false }, (request, response) => endpoint.#serve(request, response));
    await new Promise((resolve) => endpoint.server.listen(0, "127.0.0.1", resolve));
    endpoint.certificate = new X509Certificate(certificates.certificate).raw;
    endpoint.origin = `https://127.0.0.1:${endpoint.server.address().port}`;
    return endpoint;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request, response) {
    let body = "";
    try {
      for await (const part of request.setEncoding("utf8")) body += part;
    } catch {
      return; // it never came as a whole
    }
    const form = new URLSearchParams(body);
    const { status, answer } = this.#isKnown(request, form) ? this.#answer(request, form) : { status: 401, answer: { error: "invalid_client" } };
    if (status >= 400) this.complaints.push(answer.error);
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(answer));
  }

  /** By one way: its secret in the header, or the one certificate it is registered with and its id (RFC 8705 section 2.2). */
  #isKnown({ headers, socket }, form) {
    if (headers.authorization !== undefined) return headers.authorization === `Basic ${Buffer.from(`dragoman:${secret}`).toString("base64")}`;
    return form.get("client_id") === "by-certificate" && socket.getPeerCertificate().raw?.equals(this.certificate) === true;
  }

  #answer({ method, url, headers }, form) {
    if (method !== "POST" || headers["content-type"] !== "application/x-www-form-urlencoded") return { status: 400, answer: { error: "invalid_request" } };
    if (url === "/revoke") return { status: 200, answer: { was_there: this.tokens.delete(form.get("token")) } };
    if (url !== "/token" || form.get("grant_type") !== "client_credentials") return { status: 400, answer: { error: "unsupported_grant_type" } };
    const token = randomBytes(24).toString("base64url");
    this.tokens.add(token);
    return { status: 200, answer: { access_token: token, token_type: "Bearer", expires_in: 600, ...(form.has("scope") && { scope: form.get("scope") }) } };
  }
}

describe("saas_oauth", () => {
  let folder, certificates, endpoint;
  before(async () => {
    folder = privateFolder();
    certificates = makeCertificates(folder);
    endpoint = await TokenEndpoint.start(certificates);
  });
  after(async () => {
    await endpoint.stop();
    folder.remove();
  });
  const settings = () => ({ grant: "client_credentials", tokenEndpoint: `${endpoint.origin}/token`, revocationEndpoint: `${endpoint.origin}/revoke`, clientId: "dragoman" });

  test("gets a token by a secret that was handed over, and revokes it when its lease is killed", async () => {
    const peer = new AdapterPeer(program, { ca: certificates.authorityFile, allow_addresses: ["127.0.0.0/8"], state: new AdapterState() });
    const target = { name: "files", domain: "saas", audience: "https://files.example", settings: settings() };
    const { manifest } = await peer.initialize();
    assert.deepEqual([manifest.name, manifest.shares, manifest.connects, manifest.network, manifest.outside_effects], ["saas-oauth", true, "browser", "any", true]);
    assert.deepEqual(await peer.ask("connect_finish", { target, answers: { client_secret: secret } }), {});
    const now = Math.floor(Date.now() / 1000), lease = "01KAQZ3M5W8Y0E6T2R4V7N9B1C";
    const made = await peer.ask("mint", {
      lease, root: "root-1", fresh: false, target, subject: { issuer: "https://idp.example", subject: "alice" }, actors: [], client: "planner",
      scopes: ["files.read"], authorization_details: [], issued_at: now, expires_at: now + 300,
    });
    assert.ok(endpoint.tokens.has(made.credential));
    assert.deepEqual([made.type, made.expires_at, made.scopes, made.presentation.scheme], ["urn:ietf:params:oauth:token-type:access_token", now + 300, ["files.read"], "Bearer"]);
    assert.ok(made.lives_until >= now + 595 && !made.handle.includes(made.credential));
    assert.deepEqual(await peer.ask("revoke", { lease, target, handle: made.handle }), {});
    assert.ok(!endpoint.tokens.has(made.credential));
    assert.ok(!peer.output.includes(secret) && !JSON.stringify(peer.logs).includes(made.credential));
    await peer.end();
  });

  test("shows a certificate where that is how the client is known", async () => {
    const peer = new AdapterPeer(program, { ca: certificates.authorityFile, allow_addresses: ["127.0.0.0/8"], state: new AdapterState() });
    const target = { name: "files", domain: "saas", audience: "https://files.example", settings: { ...settings(), clientId: "by-certificate", authentication: "tls_client_auth" } };
    const now = Math.floor(Date.now() / 1000);
    const mint = () => peer.ask("mint", {
      lease: "01KAQZ3M5W8Y0E6T2R4V7N9B1D", root: "root-1", fresh: false, target, subject: { issuer: "https://idp.example", subject: "alice" }, actors: [],
      client: "planner", scopes: [], authorization_details: [], issued_at: now, expires_at: now + 300,
    });
    await peer.initialize();
    await assert.rejects(mint(), { code: -32003, message: /dragoman connection add files --name private_key/ });
    const { ask } = await peer.ask("connect_begin", { target });
    assert.deepEqual(ask.map(({ name }) => name), ["private_key", "certificate"]);
    await peer.ask("connect_finish", { target, answers: { private_key: `${certificates.key}`, certificate: `${certificates.certificate}` } });
    assert.ok(endpoint.tokens.has((await mint()).credential));
    await assert.rejects(peer.ask("connect_finish", { target, answers: { private_key: "-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n" } }), { code: -32001 });
    assert.ok(endpoint.tokens.has((await mint()).credential), "the one before is kept");
    await peer.ask("connect_finish", { target, answers: { certificate: "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n" } });
    await assert.rejects(mint(), { code: -32003 }); // trying again would not help
    await peer.end();
  });

  for (const [way, more, bad, least] of [
    ["as itself", {}, { grant: "password" }, 90],
    ["with accounts that people connect", { grant: "connected", authorizationEndpoint: "https://login.files.example/authorize" }, { authorizationEndpoint: "not a url" }, 50],
  ])
    test(`passes the conformance kit ${way}`, async () => {
      const write = (name, value) => {
        writeFileSync(folder.file(name), JSON.stringify(value));
        return folder.file(name);
      };
      const good = write("good.json", { ...settings(), ...more }), wrong = write("bad.json", { ...settings(), ...more, ...bad });
      const answers = write("answers.json", { client_secret: secret, private_key: `${certificates.key}`, certificate: `${certificates.certificate}` });
      const { code, output, errors } = await run(programs.dragoman, ["adapter", "test", program, "--settings", good, "--bad-settings", wrong, "--answers", answers,
        "--file", `ca=${certificates.authorityFile}`, "--allow-addresses", "127.0.0.0/8", "-o", "json"],
        // What the address sanitizer holds back is no leak of the adapter's.
        { env: { ...process.env, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ""}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64` } });
      const { checks, passed, not_reached: unreached } = JSON.parse(output);
      assert.deepEqual(checks.filter(({ verdict }) => verdict === "failed"), [], errors);
      assert.deepEqual([code, unreached], [0, 0]);
      assert.ok(passed >= least, `${passed} passed`);
    });
});
