// Behind a real HAProxy: TLS that is passed on with the PROXY protocol, TLS that it ends and makes anew, and plain HTTP to a
// loopback listener. What it says of the client counts; the same said by anybody else changes nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { assertFault } from "./kit/faults.js";
import { formBody, Http1 } from "./kit/http.js";
import { HAProxy, haproxyIsMissing } from "./kit/haproxy.js";
import { freePort, until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

// Loopback is one network, so who is who is told by the address that they come from: HAProxy is 127.0.0.2, a client 127.0.0.9.
const PROXY = "127.0.0.2", CLIENT = "127.0.0.9", DIRECT = "127.0.0.1";

// A certificate of a client, of the stage's authority, or of itself.
function clientCertificate(folder, name, alternative, { authority = folder.file("ca") } = {}) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/O=Corp/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
  writeFileSync(folder.file(`${name}.ext`), `subjectAltName=${alternative}\nextendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n`);
  const signing = authority === null ? ["-signkey", `${name}.key`] : ["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, "-CAcreateserial"];
  openssl("x509", "-req", "-in", `${name}.csr`, ...signing, "-days", "2", "-extfile", `${name}.ext`, "-out", `${name}.crt`);
  const certificate = readFileSync(folder.file(`${name}.crt`));
  const der = execFileSync("openssl", ["x509", "-in", `${name}.crt`, "-outform", "der"], { cwd: folder.path });
  return { key: readFileSync(folder.file(`${name}.key`)), cert: certificate, thumbprint: execFileSync("openssl", ["dgst", "-sha256", "-binary"], { input: der }).toString("base64url"), hash: execFileSync("openssl", ["dgst", "-sha256", "-r"], { input: der }).toString("utf8").slice(0, 64) };
}

// One request over a connection of its own, from an address, by a certificate if there is one.
function send({ port, ca, path = "/token", form, headers = {}, from = DIRECT, plain = false, certificate = {} }) {
  const body = form === undefined ? undefined : formBody(form);
  return new Promise((resolve, reject) => {
    const socket = plain ? connect({ host: "127.0.0.1", port, localAddress: from }) : connectTls({ host: "127.0.0.1", port, localAddress: from, ca, ALPNProtocols: ["http/1.1"], ...certificate });
    let text = "";
    socket.setEncoding("utf8").on("error", reject).on("data", (part) => (text += part)).on("close", () => {
      const [head, rest] = text.split(/\r\n\r\n(.*)/s);
      if (head === "") return reject(new Error("closed without an answer"));
      const lines = head.split("\r\n"), status = Number(lines[0].split(" ")[1]);
      const answered = Object.fromEntries(lines.slice(1).map((line) => line.split(/: (.*)/s)).map(([name, value]) => [name.toLowerCase(), value]));
      const content = answered["transfer-encoding"] === "chunked" ? rest.replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, "") : rest;
      resolve({ status, headers: answered, text: content, get json() { return JSON.parse(content); } });
    });
    const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`)).join("");
    const said = `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n${lines}${body === undefined ? "" : `content-type: application/x-www-form-urlencoded\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`}\r\n${body ?? ""}`;
    socket.write(said);
  });
}

const clientCalled = (name, names) => ({ kind: "Client", metadata: { name }, spec: { authentication: { methods: ["tls_client_auth"], certificate: names } } });

function withCertificateClients(documents) {
  documents.set("Client/mesh-agent", clientCalled("mesh-agent", { uri: "spiffe://corp.example/agents/orders" }));
  documents.set("Client/subject-agent", clientCalled("subject-agent", { subject: "CN=mesh-agent,O=Corp" }));
  documents.set("Client/dns-agent", clientCalled("dns-agent", { dns: "AGENT.corp.example" }));
  documents.set("Client/ip-agent", clientCalled("ip-agent", { ip: "192.0.2.7" }));
  documents.set("Client/email-agent", clientCalled("email-agent", { email: "agent@corp.example" }));
  const accepted = documents.get("Target/partner-orders").spec.accepts.clients;
  accepted.push("mesh-agent", "subject-agent", "dns-agent", "ip-agent", "email-agent");
  documents.set("Target/keys", { kind: "Target", metadata: { name: "keys" }, spec: { domain: "partner", audiences: ["keys"], adapter: "api-key", scopes: ["orders:read"],
    accepts: { issuers: ["corp-idp", "self"], clients: ["mesh-agent"] } } });
}

// Tasks say what must be bound: what is given, or what a call is made with.
const boundOnly = `@id("all") permit(principal, action, resource);
@id("given") @require_binding("mtls") permit(principal, action == Action::"exchange", resource) when { context has task && context.task == "given-bound" };
@id("shown") @require_binding("mtls") permit(principal, action == Action::"call", resource) when { context has task && context.task == "shown-bound" };`;

const alternatives = "URI:spiffe://corp.example/agents/orders,DNS:agent.corp.example,IP:192.0.2.7,email:agent@corp.example";

describe("clients that show a certificate to the gateway itself", () => {
  let stage, agent, other, self, ca;
  before(async () => {
    stage = await Stage.open({ gateway: ({ certificates }) => ({ tls: { certificateFile: certificates.certificateFile, keyFile: certificates.keyFile, clientCaFile: certificates.authorityFile } }), edit: (documents) => {
      withCertificateClients(documents);
      documents.set("Client/partner-mesh", { kind: "Client", metadata: { name: "partner-mesh" }, spec: { authentication: { methods: ["client_secret_post", "tls_client_auth"],
        secretFile: documents.get("Client/partner-api").spec.authentication.secretFile, certificate: { uri: "spiffe://corp.example/agents/orders" } } } });
      for (const name of ["partner-orders", "keys"]) documents.get(`Target/${name}`).spec.accepts.clients.push("partner-mesh");
      documents.get("Target/partner-orders").spec.resourceServer = "partner-mesh";
      documents.set("Policy/bound", { kind: "Policy", metadata: { name: "bound" }, spec: { policies: boundOnly } });
    } });
    ({ ca } = stage.certificates);
    agent = clientCertificate(stage.folder, "mesh-agent", alternatives);
    other = clientCertificate(stage.folder, "other-agent", "URI:spiffe://corp.example/agents/other");
    self = clientCertificate(stage.folder, "self-agent", alternatives, { authority: null });
  });
  after(() => stage?.close());

  const exchange = (client, certificate, changes = {}) => send({ port: stage.gateway.port, ca, form: stage.form({ client_id: client, ...changes }), certificate });

  test("are known by the one name that their document says, whichever it is", async () => {
    for (const client of ["mesh-agent", "subject-agent", "dns-agent", "ip-agent", "email-agent"]) {
      const answer = await exchange(client, agent);
      assert.equal(answer.status, 200, `${client}: ${answer.text}`);
      const record = await stage.gateway.record(answer.json.dragoman_exchange);
      assert.deepEqual([record.client, record.client_method, record.thumbprint], [client, "tls_client_auth", agent.thumbprint]);
    }
  });

  test("are not known by another certificate, by none, by one that nobody vouches for, nor by a secret beside it", async () => {
    for (const client of ["mesh-agent", "subject-agent", "dns-agent", "ip-agent", "email-agent"]) {
      assertFault(await exchange(client, other), "CLIENT_CERTIFICATE_WRONG");
      assertFault(await exchange(client, self), "CLIENT_CERTIFICATE_WRONG");
      assertFault(await exchange(client, {}), "CLIENT_MISSING");
    }
    assertFault(await exchange("mesh-agent", agent, { client_secret: "x" }), "CLIENT_SECRET_WRONG");
    assertFault(await exchange("orders-agent", agent), "CLIENT_MISSING");
    // X-Forwarded-Client-Cert is for terminators, and there is none.
    const said = { "x-forwarded-client-cert": `Hash=${agent.hash};URI=spiffe://corp.example/agents/orders` };
    assertFault(await send({ port: stage.gateway.port, ca, form: stage.form({ client_id: "mesh-agent" }), headers: said }), "CLIENT_MISSING");
    assertFault(await send({ port: stage.gateway.port, ca, form: stage.form({ client_id: "mesh-agent" }), headers: said, certificate: other }), "CLIENT_CERTIFICATE_WRONG");
  });

  test("get tokens that are bound to it, which are good for nothing without it", async () => {
    const { claims, access_token: token } = assertGranted(await exchange("mesh-agent", agent));
    assert.deepEqual(claims.cnf, { "x5t#S256": agent.thumbprint });
    const shown = { subject_token: token, subject_token_type: "urn:ietf:params:oauth:token-type:access_token" };
    const secret = { client_id: "partner-mesh", client_secret: stage.secrets["partner-api"] };
    const show = (certificate, form) => send({ port: stage.gateway.port, ca, form: stage.form({ ...shown, ...form }), certificate });
    for (const certificate of [{}, other, self]) assertFault(await show(certificate, secret), "TOKEN_CONSTRAINED");
    for (const form of [{ client_id: "partner-mesh" }, secret]) assert.deepEqual(assertGranted(await show(agent, form)).claims.cnf, { "x5t#S256": agent.thumbprint });
    assertFault(await show(agent, { client_id: "partner-mesh", audience: "keys" }), "TOKEN_CONSTRAINED");
    const introspected = await send({ port: stage.gateway.port, ca, path: "/introspect", form: { token, ...secret } });
    assert.deepEqual(introspected.json.cnf, { "x5t#S256": agent.thumbprint });
  });
  
  test("are let through where a proxy asks by such a token only with that certificate", async () => {
    const { access_token: token } = assertGranted(await exchange("mesh-agent", agent));
    const ask = (certificate) => send({ port: stage.gateway.port, ca, path: "/forward-auth/partner-orders", headers: { authorization: `Bearer ${token}`, "x-original-method": "GET", "x-original-uri": "/" }, certificate });
    for (let i = 0; i < 2; i++) {
      const answer = await ask(agent);
      assert.equal(answer.status, 200, answer.text);
      for (const certificate of [{}, other]) assert.equal((await ask(certificate)).status, 403);
    }
  });

  test("are given, and shown, what a policy wants bound; nobody else is, whatever they show", async () => {
    const ask = (task, { certificate = agent, headers = {}, ...changes } = {}) => send({ port: stage.gateway.port, ca, certificate, headers, form: stage.form({ client_id: "mesh-agent", dragoman_task: task, ...changes }) });
    const bySecret = { client_id: undefined, headers: { authorization: `Basic ${Buffer.from(stage.auth.join(":")).toString("base64")}` } };
    const given = await ask("given-bound");
    assert.deepEqual(assertGranted(given).claims.cnf, { "x5t#S256": agent.thumbprint });
    assert.equal((await stage.gateway.record(given.json.dragoman_exchange)).facts.bound, true);
    for (const certificate of [{}, agent, other]) assertFault(await ask("given-bound", { ...bySecret, certificate }), "BINDING_REQUIRED");
    assertFault(await ask("given-bound", { audience: "keys" }), "BINDING_REQUIRED");
    const call = (answer, certificate) => send({ port: stage.gateway.port, ca, certificate, path: "/forward-auth/partner-orders", headers: { authorization: `Bearer ${assertGranted(answer).access_token}`, "x-original-method": "GET", "x-original-uri": "/" } });
    assert.equal((await call(await ask("shown-bound"), agent)).status, 200);
    assert.equal((await call(await ask("other", bySecret), agent)).status, 200);
    assert.equal((await call(await ask("shown-bound", bySecret), agent)).status, 403);
  });

  test("are told so by the metadata", async () => {
    const { json } = await stage.gateway.http.send("/.well-known/oauth-authorization-server");
    assert.equal(json.tls_client_certificate_bound_access_tokens, true);
    assert.ok(json.token_endpoint_auth_methods_supported.includes("tls_client_auth"));
  });
});

describe("behind a balancer that passes TLS on", { skip: haproxyIsMissing }, () => {
  let stage, proxy, port, ca, agent;
  before(async () => {
    stage = await Stage.open({ gateway: ({ certificates }) => ({ terminators: { addresses: [`${PROXY}/32`], proxyProtocol: true, headers: ["x-forwarded-for", "x-forwarded-client-cert"] }, limits: { threads: 2, connections: { handshakeTimeout: "2s" } },
      tls: { certificateFile: certificates.certificateFile, keyFile: certificates.keyFile, clientCaFile: certificates.authorityFile } }), edit: withCertificateClients });
    ({ ca } = stage.certificates);
    agent = clientCertificate(stage.folder, "mesh-agent", alternatives);
    port = await freePort();
    proxy = await new HAProxy(stage.folder, `listen gateway
  mode tcp
  bind 127.0.0.1:${port}
  source ${PROXY}
  option httpchk GET /readyz
  server one 127.0.0.1:${stage.gateway.port} send-proxy-v2 proxy-v2-options ssl,cert-cn,authority,crc32c check check-ssl verify none check-send-proxy inter 200ms`).start();
  });
  after(async () => {
    await proxy?.stop();
    await stage?.close();
  });

  const asClient = (changes = {}) => ({ port, ca, form: stage.form(), headers: { authorization: `Basic ${Buffer.from(stage.auth.join(":")).toString("base64")}` }, from: CLIENT, ...changes });
  const addressOf = async (answer) => {
    assert.equal(answer.status, 200, answer.text);
    return (await stage.gateway.record(answer.json.dragoman_exchange)).address;
  };

  test("the record has the client's address, and the balancer's own checks are answered", async () => {
    assert.equal(await addressOf(await send(asClient())), CLIENT);
    await until(async () => (await proxy.stat()).find((row) => row.svname === "one").status === "UP", "the check succeeds");
  });

  test("a client's own headers say nothing, through it or past it", async () => {
    const lie = { "x-forwarded-for": "203.0.113.5", forwarded: "for=203.0.113.5" };
    assert.equal(await addressOf(await send(asClient({ headers: { ...asClient().headers, ...lie } }))), CLIENT);
    assert.equal(await addressOf(await send(asClient({ port: stage.gateway.port, headers: { ...asClient().headers, ...lie } }))), CLIENT);
    const said = { "x-forwarded-client-cert": `Hash=${agent.hash};URI=spiffe://corp.example/agents/orders` };
    assertFault(await send(asClient({ form: stage.form({ client_id: "mesh-agent" }), headers: said })), "CLIENT_MISSING");
  });

  test("a certificate that a client shows to the gateway through it is the client's", async () => {
    const answer = await send(asClient({ form: stage.form({ client_id: "mesh-agent" }), headers: {}, certificate: agent }));
    assert.equal(await addressOf(answer), CLIENT);
  });

  const raw = (bytes, from) => new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: stage.gateway.port, localAddress: from }), parts = [];
    socket.on("error", () => resolve(Buffer.concat(parts))).on("data", (part) => parts.push(part)).on("close", () => resolve(Buffer.concat(parts)));
    socket.write(bytes);
  });
  const header = (command, family, rest) => Buffer.concat([Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1"), Buffer.from([command, family, rest.length >> 8, rest.length & 255]), rest]);
  const addresses = Buffer.from([203, 0, 113, 5, 127, 0, 0, 1, 0, 80, 0, 81]);

  test("a header from anybody else is a broken handshake, and so is the balancer's connection without one, with the old one, or with half of one", async () => {
    await raw(header(0x21, 0x11, addresses), CLIENT);
    const refused = () => stage.gateway.admin("/metrics").then(({ text }) => Number(/^dragoman_proxy_headers_refused_total (\d+)/m.exec(text)[1]));
    const before = await refused();
    assert.equal((await raw("PROXY TCP4 203.0.113.5 127.0.0.1 80 81\r\n", PROXY)).length, 0);
    assert.equal((await raw(Buffer.from([22, 3, 1]), PROXY)).length, 0);
    assert.equal((await raw(header(0x21, 0x12, addresses), PROXY)).length, 0);
    assert.equal((await raw(header(0x21, 0x11, addresses.subarray(1)), PROXY)).length, 0);
    assert.equal(await refused(), before + 4);
    const from = Date.now();
    assert.equal((await raw(header(0x21, 0x11, addresses).subarray(0, 20), PROXY)).length, 0);
    assert.ok(Date.now() - from > 1500, "it is waited for, as long as a handshake may take");
  });
});

describe("behind a terminator that makes TLS anew, and one that makes none", { skip: haproxyIsMissing }, () => {
  let stage, proxy, ports, ca, agent, other;
  before(async () => {
    ports = { tls: await freePort(), plain: await freePort(), clear: await freePort() };
    stage = await Stage.open({ gateway: ({ certificates }) => ({ plaintextListen: [`127.0.0.1:${ports.clear}`], insecure: ["plaintext-listener"], terminators: { addresses: [`${PROXY}/32`, "127.0.0.3/32"], headers: ["x-forwarded-for", "x-forwarded-client-cert"] },
      tls: { certificateFile: certificates.certificateFile, keyFile: certificates.keyFile, clientCaFile: certificates.authorityFile } }), edit: (documents) => {
      withCertificateClients(documents);
      documents.set("Policy/network", { kind: "Policy", metadata: { name: "network" }, spec: { policies: '@id("all") permit(principal, action, resource); @id("not-from-there") forbid(principal, action == Action::"exchange", resource is Target) when { context.source.isInRange(ip("127.0.0.8/32")) };' } });
      documents.set("Policy/bound", { kind: "Policy", metadata: { name: "bound" }, spec: { policies: boundOnly } });
    } });
    ({ ca } = stage.certificates);
    agent = clientCertificate(stage.folder, "mesh-agent", alternatives);
    other = clientCertificate(stage.folder, "other-agent", "URI:spiffe://corp.example/agents/other");
    writeFileSync(stage.folder.file("proxy.pem"), Buffer.concat([stage.certificates.certificate, stage.certificates.key]));
    const says = `  option forwardfor header X-Forwarded-For
  http-request del-header X-Forwarded-For
  http-request del-header X-Forwarded-Client-Cert
  http-request set-header X-Forwarded-Client-Cert 'Hash=%[ssl_c_der,sha2(256),hex];Cert="-----BEGIN%%20CERTIFICATE-----%%0A%[ssl_c_der,base64]%%0A-----END%%20CERTIFICATE-----";Subject="%[ssl_c_s_dn(,0,rfc2253)]"' if { ssl_c_used } { ssl_c_verify 0 }`;
    const bind = (port) => `bind 127.0.0.1:${port} ssl crt ${stage.folder.file("proxy.pem")} ca-file ${stage.certificates.authorityFile} verify optional alpn http/1.1`;
    proxy = await new HAProxy(stage.folder, `listen reencrypting
  ${bind(ports.tls)}
${says}
  source ${PROXY}
  server one 127.0.0.1:${stage.gateway.port} ssl verify required ca-file ${stage.certificates.authorityFile} crt ${stage.folder.file("proxy.pem")}
listen ending
  ${bind(ports.plain)}
${says}
  source ${PROXY}
  server one 127.0.0.1:${ports.clear}`).start();
  });
  after(async () => {
    await proxy?.stop();
    await stage?.close();
  });

  const basic = () => ({ authorization: `Basic ${Buffer.from(stage.auth.join(":")).toString("base64")}` });
  const asClient = (changes = {}) => ({ ca, form: stage.form(), headers: basic(), from: CLIENT, ...changes });
  const addressOf = async (answer) => {
    assert.equal(answer.status, 200, answer.text);
    return (await stage.gateway.record(answer.json.dragoman_exchange)).address;
  };

  test("the record has the client's address, whatever the client says it is", async () => {
    for (const port of [ports.tls, ports.plain])
      for (const headers of [{}, { "x-forwarded-for": "203.0.113.5" }]) assert.equal(await addressOf(await send(asClient({ port, headers: { ...basic(), ...headers } }))), CLIENT);
  });

  test("the client is known by the certificate that it showed there, and by none of its own words", async () => {
    for (const port of [ports.tls, ports.plain]) {
      const form = stage.form({ client_id: "mesh-agent" });
      const answer = await send(asClient({ port, form, headers: {}, certificate: agent }));
      assert.equal(answer.status, 200, answer.text);
      const record = await stage.gateway.record(answer.json.dragoman_exchange);
      assert.deepEqual([record.client, record.thumbprint, record.address], ["mesh-agent", agent.thumbprint, CLIENT]);
      assertFault(await send(asClient({ port, form, headers: {}, certificate: other })), "CLIENT_CERTIFICATE_WRONG");
      // HAProxy shows a certificate of its own to the gateway, which is nobody's who comes through it.
      const said = { "x-forwarded-client-cert": `Hash=${agent.hash};URI=spiffe://corp.example/agents/orders` };
      assertFault(await send(asClient({ port, form, headers: said })), "CLIENT_MISSING");
      assertFault(await send(asClient({ port, form: stage.form({ client_id: "dns-agent" }), headers: {} })), "CLIENT_MISSING");
    }
  });

  test("what a policy wants bound is given to who is bound by the certificate that it showed there", async () => {
    for (const port of [ports.tls, ports.plain]) {
      const bound = { dragoman_task: "given-bound" };
      const { claims } = assertGranted(await send(asClient({ port, form: stage.form({ client_id: "mesh-agent", ...bound }), headers: {}, certificate: agent })));
      assert.deepEqual(claims.cnf, { "x5t#S256": agent.thumbprint });
      for (const certificate of [{}, agent]) assertFault(await send(asClient({ port, form: stage.form(bound), certificate })), "BINDING_REQUIRED");
    }
  });

  test("policies are asked about the client's network", async () => {
    for (const port of [ports.tls, ports.plain]) {
      assert.equal((await send(asClient({ port, from: "127.0.0.8" }))).status, 400);
      assert.equal((await send(asClient({ port }))).status, 200);
    }
  });

  test("who is not listed may say what they like, over TLS and without", async () => {
    const said = { "x-forwarded-for": "203.0.113.5", "x-forwarded-client-cert": `Hash=${agent.hash};URI=spiffe://corp.example/agents/orders` };
    for (const way of [{ port: stage.gateway.port }, { port: ports.clear, plain: true }]) {
      assert.equal(await addressOf(await send(asClient({ ...way, headers: { ...basic(), ...said } }))), CLIENT);
      assertFault(await send(asClient({ ...way, form: stage.form({ client_id: "mesh-agent" }), headers: said })), "CLIENT_MISSING");
    }
  });

  test("of several hops the last that is nobody's of ours counts, and what cannot be read is refused", async () => {
    const say = (forwarded) => send(asClient({ port: ports.clear, plain: true, from: PROXY, headers: { ...basic(), "x-forwarded-for": forwarded } }));
    assert.equal(await addressOf(await say("203.0.113.5, 198.51.100.7, 127.0.0.3")), "198.51.100.7");
    assert.equal(await addressOf(await say(["203.0.113.5", "198.51.100.7", "[2001:db8::1]:4711"])), "2001:db8::1");
    assert.equal(await addressOf(await say("127.0.0.3")), "127.0.0.3");
    assert.equal(await addressOf(await say("what the client wrote, 198.51.100.7:80")), "198.51.100.7");
    for (const bad of ["unknown", "198.51.100.7,", "198.51.100", Array(40).fill("127.0.0.3").join(",")]) assert.equal((await say(bad)).status, 400, bad);
    const certificate = (value) => send(asClient({ port: ports.clear, plain: true, from: PROXY, form: stage.form({ client_id: "mesh-agent" }), headers: { "x-forwarded-client-cert": value } }));
    const good = `Hash=${agent.hash};URI=spiffe://corp.example/agents/orders`;
    assert.equal((await certificate(good)).status, 200);
    assert.equal((await certificate(`Hash=${other.hash};URI=spiffe://corp.example/agents/other,By=spiffe://corp.example/proxy;${good}`)).status, 200);
    assertFault(await certificate(`${good},Hash=${other.hash};URI=spiffe://corp.example/agents/other`), "CLIENT_CERTIFICATE_WRONG");
    for (const bad of ["Hash=12", `URI=spiffe://corp.example/agents/orders`, `${good};Hash=${other.hash}`, `${good},`, `Subject="x`, `Hash=${other.hash};Cert="${encodeURIComponent(agent.cert)}"`]) assert.equal((await certificate(bad)).status, 400, bad);
    assert.equal((await certificate([good, good])).status, 400);
  });

  test("without TLS there is HTTP/2 with prior knowledge", async () => {
    const session = connectHttp2(`http://127.0.0.1:${ports.clear}`);
    const stream = session.request({ ":path": "/readyz" });
    const [headers] = await Promise.all([new Promise((resolve, reject) => stream.on("response", resolve).on("error", reject))]);
    assert.equal(headers[":status"], 200);
    stream.close();
    session.close();
  });
});
