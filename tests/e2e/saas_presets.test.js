// The presets of saas-oauth against vendors that check what they are sent: what each takes, what each refuses, what is
// said when a target is applied, and how it is taken back. What was accepted stands in the presets' pages.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { AwsSts, Box, CrossApp, Entra, GitHub, Google, Salesforce } from "./kit/clouds.js";
import { assertFault, faults } from "./kit/faults.js";
import { tokenType } from "./kit/gateway.js";
import { build, until } from "./kit/machine.js";
import { plainProgram } from "./kit/plain_program.js";
import * as made from "./kit/preset_targets.js";
import { recordedPage } from "./kit/recorded_page.js";
import { Stage } from "./kit/stage.js";

const pem = (key) => key.privateKey.export({ type: "pkcs8", format: "pem" });

describe("presets", () => {
  let folder, stage, github, entra, aws, google, salesforce, box, wiki, clouds, documents;

  // As in the pages, and as they are applied here.
  const raiseTargets = () => [
    [made.githubTarget(github), { options: { api: github.origin } }],
    [made.entraTarget(entra), { options: { authority: entra.origin } }],
    [made.awsTarget(aws), { tokenEndpoint: `${aws.origin}/` }],
    ...[made.googleTarget, made.googleAccountTarget, made.googleDelegatedTarget].map((make) => [make(google),
      { tokenEndpoint: `${google.origin}/v1/token`, options: { credentialsApi: google.origin, delegatedTokenEndpoint: `${google.origin}/token` } }]),
    [made.salesforceTarget(salesforce), { options: { domain: salesforce.origin } }],
    ...[made.boxTarget, made.boxEnterpriseTarget].map((make) => [make(box), { tokenEndpoint: `${box.origin}/oauth2/token`, revocationEndpoint: `${box.origin}/oauth2/revoke` }]),
    [made.idJagTarget(wiki), { issuer: wiki.application, tokenEndpoint: `${wiki.application}/token`,
      options: { provider: { issuer: wiki.provider, tokenEndpoint: `${wiki.provider}/token`, clientId: wiki.clientAtProvider } } }],
  ];
  const issuer = (name, spec, target) => ({ kind: "Issuer", metadata: { name }, spec: { domain: "corp", tokenTypes: ["access_token", "id_token", "jwt"],
    claims: { subject: "sub" }, handsTokensTo: [target], ...spec } });

  const edit = (all, { gateway }) => {
    all.set("Adapter/saas-oauth", { kind: "Adapter", metadata: { name: "saas-oauth" },
      spec: { program: "saas_oauth", network: "any", sha256: createHash("sha256").update(readFileSync(join(folder, "saas_oauth"))).digest("hex") } });
    all.set("Issuer/entra-id", issuer("entra-id", { issuer: entra.issuer, audiences: [entra.clientId, `api://${entra.clientId}`, gateway.issuer], algorithms: ["RS256"],
      keys: { jwksUri: `${entra.origin}/${entra.tenant}/discovery/v2.0/keys` } }, "entra"));
    all.set("Issuer/workforce", issuer("workforce", { issuer: wiki.provider, audiences: [wiki.clientAtProvider, gateway.issuer], algorithms: ["ES256"],
      keys: { jwksUri: `${wiki.provider}/keys` } }, "wiki"));
    documents = new Map();
    for (const [document, settings] of raiseTargets()) {
      documents.set(document.metadata.name, { shown: document, applied: made.fixtureTarget(document, settings) });
      // One client too many, to be told by the adapter that it is one.
      if (document.spec.settings.preset === "id-jag") documents.get(document.metadata.name).applied.spec.accepts = { ...document.spec.accepts, clients: ["orders-agent", "partner-api"] };
      all.set(`Target/${document.metadata.name}`, documents.get(document.metadata.name).applied);
    }
  };
  const handOver = async (target, answers) => {
    const answer = await stage.gateway.admin(`/v1/connections/${target}`, { method: "POST", body: JSON.stringify({ answers }) });
    assert.equal(answer.status, 200, answer.text);
  };

  before(async () => {
    // Where nobody but root and the gateway's user may put a program.
    folder = mkdtempSync(join(build, "adapters-"));
    chmodSync(folder, 0o755);
    copyFileSync(plainProgram("dragoman-saas-oauth", "adapters/saas_oauth/saas_oauth"), join(folder, "saas_oauth"));
    chmodSync(join(folder, "saas_oauth"), 0o755);
    stage = await Stage.open({
      gateway: { adapters: { directories: [folder] } },
      prepare: async ({ certificates }) => {
        clouds = await Promise.all([GitHub, Entra, AwsSts, Google, Salesforce, Box, CrossApp].map((Kind) => new Kind(certificates).start()));
        [github, entra, aws, google, salesforce, box, wiki] = clouds;
      },
      edit,
    });
    aws.issuer = google.issuer = stage.gateway.issuer;
    await until(async () => (await stage.gateway.admin("/v1/adapters")).json.adapters.some(({ name, state }) => name === "saas-oauth" && state === "running"),
      () => `the adapter runs\n${stage.gateway.program.errors.slice(-2000)}`);
    await handOver("github", { private_key: pem(github.key) });
    await handOver("entra", { client_secret: entra.secret });
    await handOver("salesforce", { private_key: pem(salesforce.key) });
    for (const target of ["box", "box-enterprise"]) await handOver(target, { private_key: pem(box.key), client_secret: box.secret });
    await handOver("wiki", { private_key: pem(wiki.clientKey) });
  });
  after(async () => {
    await stage?.close();
    for (const cloud of clouds ?? []) await cloud.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const exchange = (target, { sub = "alice", scope = documents.get(target).shown.spec.scopes?.join(" "), ...changes } = {}) =>
    stage.exchange({ audience: `https://${target}.example`, scope, subject_token: stage.userToken({ sub, scope }), ...changes });
  const entraForm = (changes) => ({ subject_token: entra.userToken(changes), subject_token_type: tokenType("access_token") });
  const idForm = (changes) => ({ subject_token: wiki.idToken(changes), subject_token_type: tokenType("id_token") });
  const granted = async (target, changes) => {
    const answer = await exchange(target, changes);
    assert.equal(answer.status, 200, `${target}: ${answer.text}\n${clouds.flatMap(({ complaints }) => complaints).join("\n")}\n${stage.gateway.program.errors.slice(-1500)}`);
    return answer.json;
  };
  // The exchange, and what the cloud accepted for it.
  const recorded = async (cloud, target, changes) => {
    const sent = cloud.accepted.length;
    const answer = await granted(target, changes);
    return { answer, requests: cloud.accepted.slice(sent).filter(({ url }) => !url.endsWith("/keys")) };
  };
  const refused = (answer, symbol, reason) => assertFault(answer, symbol, { sentence: [faults[symbol].sentence, reason].filter(Boolean).join(" ") });
  const refusedWith = (target, changes, reason) => exchange(target, changes).then((answer) => refused(answer, "ADAPTER_REFUSED", reason));
  // The cloud answers this to the next request.
  const answered = async (cloud, instead, target, changes) => {
    cloud.failing = [instead];
    const answer = await exchange(target, changes);
    assert.equal(cloud.failing.length, 0, `${target} was asked: ${answer.text}`);
    return answer;
  };
  const page = (name, target, { answer, requests }, token, names = [], marker) =>
    recordedPage(name, { marker, document: documents.get(target).shown, requests,
      answer: { ...answer, access_token: answer.access_token.replace(token, "TOKEN"), dragoman_exchange: "EXCHANGE" },
      names: [...names, [stage.gateway.issuer, "https://gateway.example"], [stage.corp.identifier, "https://idp.corp.example"]] });
  const host = (cloud, name) => [[cloud.origin, `https://${name}`], [cloud.origin.slice("https://".length), name]];
  const killed = async (cloud, { access_token: token, dragoman_exchange: lease }) => {
    assert.ok(cloud.tokens.has(token), "it is good");
    assert.equal((await stage.gateway.kill("root", (await stage.gateway.record(lease)).root)).status, 200);
    await until(() => !cloud.tokens.has(token), () => `the token is revoked\n${stage.gateway.program.errors.slice(-1500)}`);
  };

  describe("github-app", () => {
    test("gives a token of the installation with the order's permissions, and a kill ends it there", async () => {
      const got = await recorded(github, "github");
      assert.ok(github.tokens.has(got.answer.access_token));
      assert.deepEqual(got.requests.map(({ json }) => json), [{ permissions: { contents: "read", issues: "write" }, repositories: ["orders"] }]);
      page("github-app", "github", got, got.answer.access_token, host(github, "api.github.com"));
      await killed(github, got.answer);
      const { access_token: next } = await granted("github", { scope: "contents:read" });
      assert.ok(github.tokens.has(next));
      assert.deepEqual(github.accepted.at(-1).json.permissions, { contents: "read" });
    });

    test("asks for nothing where nothing was decided, since that would be everything", async () => {
      const before = github.accepted.length;
      await refusedWith("github", { scope: [], subject_token: stage.userToken({ scope: "orders:read" }) },
        "GitHub is asked for permissions by name: ask for at least one scope.");
      assert.equal(github.accepted.length, before);
    });

    test("takes no token that can more than was asked for", async () => {
      const answer = await answered(github, { status: 201, body: { token: github.issue("ghs_"), expires_at: "2099-01-01T00:00:00Z",
        permissions: { metadata: "read", contents: "write" } } }, "github", { sub: "bob", scope: "contents:read" });
      refused(answer, "ADAPTER_MISCONFIGURED");
      // What is wrong is for those who operate it: in the record, and not in the answer.
      const rung = (await stage.gateway.record(answer.json.dragoman_exchange)).ladder.at(-1);
      assert.match(rung.detail, /scopes|permissions/);
      assert.ok(!answer.text.includes(rung.detail), answer.text);
    });

    test("says which of GitHub's refusals are whose", async () => {
      for (const [status, body, symbol, reason] of [
        [401, { message: "A JSON web token could not be decoded" }, "ADAPTER_MISCONFIGURED"],
        [403, { message: "This installation has been suspended" }, "ADAPTER_REFUSED", "The other side says no for this subject."],
        [404, { message: "Not Found" }, "ADAPTER_MISCONFIGURED"],
        [422, { message: "The permissions requested are not granted to this installation." }, "ADAPTER_REFUSED", "The app's installation does not have these permissions or repositories."],
      ]) refused(await answered(github, { status, body }, "github", { sub: `gh-${status}` }), symbol, reason);
    });
  });

  describe("entra-on-behalf-of", () => {
    test("exchanges the user's token for one of an API", async () => {
      const got = await recorded(entra, "entra", entraForm());
      assert.ok(entra.tokens.has(got.answer.access_token));
      page("entra-on-behalf-of", "entra", got, got.answer.access_token,
        [[`${entra.issuer}`, `https://login.microsoftonline.com/${entra.tenant}/v2.0`], ...host(entra, "login.microsoftonline.com"), [entra.secret, "SECRET"]]);
      assert.equal((await granted("entra", entraForm({ aud: `api://${entra.clientId}`, sub: "bob" }))).issued_token_type, tokenType("access_token"));
    });

    test("says that a user's token is for another audience, and sends it nowhere", async () => {
      const before = entra.accepted.length + entra.complaints.length;
      await refusedWith("entra", entraForm({ aud: stage.gateway.issuer }), "The subject token's audience is not the app that acts on behalf of the user.");
      assert.equal(entra.accepted.length + entra.complaints.length, before);
    });

    test("says what Entra wants of the person, and what of the owner", async () => {
      await refusedWith("entra", entraForm({ sub: "needs-mfa" }), "The other side wants the person to log in or to agree there first.");
      refused(await answered(entra, { status: 400, body: { error: "invalid_grant", suberror: "consent_required", error_description: "AADSTS65001: The user or administrator has not consented" } },
        "entra", entraForm({ sub: "carol" })), "ADAPTER_REFUSED", "The other side wants the person to log in or to agree there first.");
      refused(await answered(entra, { status: 401, body: { error: "invalid_client", error_description: "AADSTS7000222: expired" } }, "entra", entraForm({ sub: "dave" })), "ADAPTER_MISCONFIGURED");
      refused(await answered(entra, { status: 429, body: {}, headers: { "retry-after": "9" } }, "entra", entraForm({ sub: "erin" })), "ADAPTER_UNAVAILABLE");
    });
  });

  describe("aws-sts", () => {
    test("names the session after the root, which leads back to the exchange", async () => {
      const got = await recorded(aws, "aws");
      const { AccessKeyId, SecretAccessKey, SessionToken, Version } = JSON.parse(got.answer.access_token);
      assert.equal(Version, 1);
      assert.match(AccessKeyId, /^ASIA/);
      assert.ok(SecretAccessKey.length > 20 && aws.tokens.has(SessionToken));
      const [{ form, claims }] = got.requests, { root } = await stage.gateway.record(got.answer.dragoman_exchange);
      assert.equal(form.RoleSessionName, root);
      assert.equal(claims.payload["https://aws.amazon.com/source_identity"], root);
      assert.equal(claims.payload.sub, "alice");
      const traced = await stage.gateway.cli(["trace", form.RoleSessionName]);
      assert.equal(traced.code, 0, traced.errors);
      assert.ok(traced.output.includes(got.answer.dragoman_exchange), traced.output);
      page("aws-sts", "aws", got, got.answer.access_token, [...host(aws, "sts.eu-central-1.amazonaws.com"), [root, "ROOT"]]);
      assert.equal((await stage.gateway.kill("root", root)).status, 200, "they end by themselves");
    });

    const complaint = (status, code) => ({ status, type: "text/xml", body: aws.refusal({ status, code, description: "why" }).body });
    test("says what each of AWS's errors means", async () => {
      for (const [status, code, symbol, reason] of [
        [400, "InvalidIdentityToken", "ADAPTER_REFUSED", "The other side does not take what was shown to it for this subject."],
        [400, "ExpiredTokenException", "ADAPTER_REFUSED", "The other side does not take what was shown to it for this subject."],
        [403, "IDPRejectedClaim", "ADAPTER_REFUSED", "The other side does not take what was shown to it for this subject."],
        [403, "AccessDenied", "ADAPTER_REFUSED", "The other side says no for this subject."],
        [403, "RegionDisabledException", "ADAPTER_MISCONFIGURED"],
        [400, "ValidationError", "ADAPTER_MISCONFIGURED"],
        [400, "IDPCommunicationError", "ADAPTER_UNAVAILABLE"],
        [400, "Throttling", "ADAPTER_UNAVAILABLE"],
        [503, "ServiceUnavailable", "ADAPTER_UNAVAILABLE"],
      ]) refused(await answered(aws, complaint(status, code), "aws", { sub: code }), symbol, reason);
    });

    test("takes no answer without credentials that end", async () => {
      for (const body of ["<Credentials><AccessKeyId>ASIA</AccessKeyId></Credentials>", "", "{}"])
        refused(await answered(aws, { type: "text/xml", body }, "aws", { sub: `x${body.length}` }), "ADAPTER_MISCONFIGURED");
    });
  });

  describe("google", () => {
    const googleHosts = () => {
      const at = (path, name) => [`POST ${path} HTTP/1.1\nhost: ${google.origin.slice("https://".length)}`, `POST ${path} HTTP/1.1\nhost: ${name}.googleapis.com`];
      return [at("/v1/token", "sts"), at("/token", "oauth2"), ...host(google, "iamcredentials.googleapis.com"),
        ["https://iamcredentials.googleapis.com/token", "https://oauth2.googleapis.com/token"]];
    };
    test("federates", async () => {
      const got = await recorded(google, "google");
      assert.deepEqual(got.requests.map(({ url }) => url), ["/v1/token"]);
      assert.ok(google.tokens.has(got.answer.access_token));
      page("google", "google", got, got.answer.access_token, googleHosts(), "recorded, federated");
    });

    test("impersonates a service account", async () => {
      const got = await recorded(google, "google-account");
      assert.deepEqual(got.requests.map(({ url }) => url.split(":").at(-1)), ["/v1/token", "generateAccessToken"]);
      assert.deepEqual(got.requests[1].json, { scope: ["https://www.googleapis.com/auth/devstorage.read_only"], lifetime: "600s" });
      const federated = got.requests[1].headers.authorization.slice("Bearer ".length);
      page("google", "google-account", got, got.answer.access_token, [[federated, "FEDERATED-TOKEN"], ...googleHosts()], "recorded, impersonated");
    });

    test("acts as a person of the organisation", async () => {
      const got = await recorded(google, "google-delegated", { sub: "alice@acme.example" });
      assert.deepEqual(got.requests.map(({ url }) => url.split(":").at(-1)), ["/v1/token", "signJwt", "/token"]);
      assert.equal(got.requests[2].claims.payload.sub, "alice@acme.example");
      const federated = got.requests[1].headers.authorization.slice("Bearer ".length);
      page("google", "google-delegated", got, got.answer.access_token, [[federated, "FEDERATED-TOKEN"], ...googleHosts()], "recorded, delegated");
      refused(await exchange("google-delegated", { sub: "alice@elsewhere.example" }), "ADAPTER_MISCONFIGURED");
    });

    test("says which of Google's refusals are whose", async () => {
      const said = (status, code) => ({ status, body: { error: { code: status, message: "why", status: code } } });
      refused(await answered(google, { status: 400, body: { error: "invalid_grant", error_description: "The audience in ID Token does not match" } }, "google", { sub: "g1" }),
        "ADAPTER_REFUSED", "The other side does not take what was shown to it for this subject.");
      refused(await answered(google, said(403, "PERMISSION_DENIED"), "google", { sub: "g2" }), "ADAPTER_REFUSED", "The other side says no for this subject.");
      refused(await answered(google, said(400, "INVALID_ARGUMENT"), "google", { sub: "g3" }), "ADAPTER_MISCONFIGURED");
      refused(await answered(google, said(503, "UNAVAILABLE"), "google", { sub: "g4" }), "ADAPTER_UNAVAILABLE");
    });
  });

  describe("salesforce", () => {
    test("gives a token of the user, and a kill revokes it", async () => {
      const got = await recorded(salesforce, "salesforce", { scope: undefined });
      page("salesforce", "salesforce", got, got.answer.access_token, [...host(salesforce, "acme.my.salesforce.com")]);
      await killed(salesforce, got.answer);
    });

    test("says that a user has not approved the app, and that one is inactive", async () => {
      await refusedWith("salesforce", { sub: "mallory", scope: undefined }, "The other side does not take what was shown to it for this subject.");
      refused(await answered(salesforce, { status: 400, body: { error: "inactive_user", error_description: "user is inactive" } }, "salesforce", { sub: "idle", scope: undefined }),
        "ADAPTER_REFUSED", "The other side says no for this subject.");
      refused(await answered(salesforce, { status: 400, body: { error: "invalid_app_access", error_description: "user is not admin approved to access this app" } }, "salesforce", { sub: "newcomer", scope: undefined }),
        "ADAPTER_REFUSED", "The other side says no for this subject.");
    });
  });

  describe("box", () => {
    test("gives a token of the user or of the enterprise, and a kill revokes it", async () => {
      const got = await recorded(box, "box", { scope: undefined });
      assert.deepEqual([got.requests[0].claims.payload.box_sub_type, got.requests[0].claims.payload.sub], ["user", "alice"]);
      page("box", "box", got, got.answer.access_token, [[box.secret, "SECRET"], ...host(box, "api.box.com")]);
      await killed(box, got.answer);
      const whole = await recorded(box, "box-enterprise", { scope: undefined });
      assert.deepEqual([whole.requests[0].claims.payload.box_sub_type, whole.requests[0].claims.payload.sub], ["enterprise", box.enterprise]);
    });

    test("says that there is no such user", () =>
      refusedWith("box", { sub: "mallory", scope: undefined }, "The other side does not take what was shown to it for this subject."));
  });

  describe("id-jag", () => {
    test("has the identity provider vouch for the person, and redeems that", async () => {
      const got = await recorded(wiki, "wiki", idForm());
      assert.deepEqual(got.requests.map(({ url }) => url), ["/idp/token", "/app/token"]);
      assert.ok(wiki.tokens.has(got.answer.access_token));
      page("id-jag", "wiki", got, got.answer.access_token, [[`${wiki.origin}/idp`, "https://idp.corp.example"], [`${wiki.origin}/app`, "https://auth.wiki.example"],
        ["POST /idp/token HTTP/1.1\nhost: " + wiki.origin.slice(8), "POST /token HTTP/1.1\nhost: idp.corp.example"],
        ["POST /app/token HTTP/1.1\nhost: " + wiki.origin.slice(8), "POST /token HTTP/1.1\nhost: auth.wiki.example"]]);
    });

    test("says that an ID Token is for another client, or is none, and sends it nowhere", async () => {
      const before = wiki.accepted.filter(({ method }) => method === "POST").length + wiki.complaints.length;
      const stranger = await exchange("wiki", idForm({ aud: "billing-app" }));
      refused(stranger, "TOKEN_AUDIENCE");
      const { detail } = (await stage.gateway.record(stranger.json.dragoman_exchange)).ladder.at(-1);
      assert.equal(detail, 'its aud is "billing-app"; that of an ID Token is the client that shows it, orders-agent');
      const answer = await stage.exchange({ audience: "https://wiki.example", ...idForm({ aud: "partner-api" }) }, { auth: stage.authOf("partner-api") });
      refused(answer, "ADAPTER_REFUSED", "The ID Token's aud is not the client that asks for the ID-JAG at that identity provider.");
      await refusedWith("wiki", { ...idForm(), subject_token_type: tokenType("jwt") }, "The subject token must be an ID Token for this target.");
      assert.equal(wiki.accepted.filter(({ method }) => method === "POST").length + wiki.complaints.length, before);
    });

    test("takes no assertion that is for another server", async () => {
      const other = wiki.idJag({ aud: "https://elsewhere.example", sub: "bob" });
      const answer = await answered(wiki, { body: { issued_token_type: "urn:ietf:params:oauth:token-type:id-jag", access_token: other, token_type: "N_A", expires_in: 300 } }, "wiki", idForm({ sub: "bob" }));
      refused(answer, "ADAPTER_MISCONFIGURED");
    });
  });

  describe("when a target is applied", () => {
    const mistakes = async (name, change) => {
      const document = structuredClone(documents.get(name).applied), another = `${name}-x`;
      document.metadata.name = another;
      Object.assign(document.spec, { audiences: [`https://${another}.example`], accepts: { issuers: [another], clients: ["orders-agent"] } });
      change(document.spec, document.spec.settings);
      const trusted = issuer(another, { issuer: `https://${another}.example`, handsTokensTo: document.spec.handOver?.subjectToken ? [another] : [] });
      const answer = await stage.gateway.admin("/v1/documents?dry_run=true", { method: "POST", document: [trusted, document] });
      assert.equal(answer.status, 422, answer.text);
      return answer.json.mistakes.map(({ sentence }) => sentence);
    };
    const assertMistake = async (name, change, ...expected) => {
      const found = await mistakes(name, change);
      for (const one of expected) assert.ok(found.some((sentence) => one.test(sentence)), `${name} ${one}: ${found.join("\n")}`);
    };
    test("what its vendor needs of it is said, each with where it is", async () => {
      await assertMistake("github", (spec, settings) => Object.assign(settings.options, { installation: "acme" }), /\/options\/installation.*number/);
      await assertMistake("github", (spec, settings) => Object.assign(settings, { clientId: undefined, algorithm: "ES256" }), /\/clientId.*missing/, /\/algorithm.*RS256/);
      await assertMistake("github", (spec, settings) => (settings.tokenEndpoint = `${entra.origin}/x`), /\/options\/api.*one host/);
      await assertMistake("entra", (spec) => delete spec.handOver, /handOver\.subjectToken/);
      await assertMistake("entra", (spec, settings) => (settings.options.tenant = "common"), /\/options\/tenant/);
      await assertMistake("entra", (spec, settings) => Object.assign(settings, { authentication: "private_key_jwt", algorithm: "RS256", issuer: entra.issuer }), /\/authentication.*client_secret_post/);
      await assertMistake("aws", (spec) => delete spec.handOver, /handOver\.assertionAudience/);
      await assertMistake("aws", (spec) => (spec.token.type = "at+jwt"), /spec\.token\.type/);
      await assertMistake("aws", (spec) => delete spec.token, /spec\.token\.type/);
      await assertMistake("aws", (spec, settings) => (settings.options = {}), /\/options\/role.*ARN/, /\/options\/region.*region/);
      await assertMistake("aws", (spec, settings) => (settings.scopes = { a: "b" }), /\/scopes.*role/);
      await assertMistake("google", (spec) => (spec.token = { algorithm: "ES256", type: "at+jwt" }), /spec\.token\.type/);
      await assertMistake("google", (spec) => delete spec.handOver, /handOver\.assertionAudience/);
      await assertMistake("google-delegated", (spec, settings) => Object.assign(settings.options, { serviceAccount: undefined, provider: "mine" }), /\/options\/delegate/, /\/options\/provider/);
      await assertMistake("google-account", (spec, settings) => Object.assign(settings.options, { serviceAccount: "root@acme.example" }), /\/options\/serviceAccount/);
      await assertMistake("salesforce", (spec, settings) => Object.assign(settings, { options: {}, scopes: { a: "api" } }), /\/options\/domain/, /\/scopes/);
      await assertMistake("box", (spec, settings) => Object.assign(settings, { keyId: undefined, algorithm: "ES256" }), /\/keyId/, /\/algorithm.*RS256/);
      await assertMistake("wiki", (spec, settings) => Object.assign(settings, { authentication: "client_secret_post", options: undefined }), /\/authentication.*private_key_jwt/, /\/options\/provider/);
      await assertMistake("wiki", (spec, settings) => (settings.options.provider.tokenEndpoint = "https://elsewhere.example/token"), /\/options\/provider\/tokenEndpoint.*issuer/);
      await assertMistake("wiki", (spec) => delete spec.handOver, /handOver\.subjectToken/);
    });
  });
});
