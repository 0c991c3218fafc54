// dragoman mcp connect between the official clients on standard input and output and the official servers behind HTTP.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CreateMessageRequestSchema, ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { makeCertificates } from "./kit/certificates.js";
import { LoginProvider } from "./kit/login_provider.js";
import { Program, privateFolder, programs, until } from "./kit/machine.js";
import { NEW_VERSION } from "./kit/mcp_clients.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { OldMcpFixture } from "./kit/mcp_fixture_old.js";

const information = { name: "desktop", version: "1" };
const post = (method) => ({ jsonrpc: "2.0", id: 1, method, params: {} });

class Desk {
  constructor() {
    this.folder = privateFolder();
    this.certificates = makeCertificates(this.folder);
    mkdirSync(this.folder.file("state"), { mode: 0o700 });
    this.environment = { PATH: "/nowhere", HOME: this.folder.path, XDG_STATE_HOME: this.folder.file("state"), DRAGOMAN_CA_FILE: this.certificates.authorityFile, NO_COLOR: "1",
      ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? "", LSAN_OPTIONS: process.env.LSAN_OPTIONS ?? "" };
    this.memory = this.folder.file("state/dragoman/mcp.json");
  }

  words(url, args) {
    return ["mcp", "connect", url, ...args];
  }

  // What the program says goes to client.errors.
  async connect(client, Transport, url, args = []) {
    const transport = new Transport({ command: programs.dragoman, args: this.words(url, args), env: this.environment, stderr: "pipe" });
    client.errors = "";
    transport.stderr.setEncoding("utf8").on("data", (text) => (client.errors += text));
    await client.connect(transport);
    return client;
  }

  old(url, args, options = {}) {
    const client = new OldClient(information, { capabilities: { sampling: {} } });
    options.prepare?.(client);
    return this.connect(client, OldTransport, url, args);
  }

  new(url, args, mode = { pin: NEW_VERSION }) {
    return this.connect(new Client(information, { capabilities: {}, versionNegotiation: { mode } }), StdioClientTransport, url, args);
  }

  // Lines in, lines out, without an SDK.
  raw(url, args = []) {
    const program = new Program(programs.dragoman, this.words(url, args), { env: this.environment });
    program.say = (message) => program.child.stdin.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
    program.lines = () => program.output.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    program.line = (i) => until(() => program.lines()[i], () => `line ${i}: ${program.output}\n${program.errors}`);
    return program;
  }

  // Over the server's own errors: its 401, its metadata as a protected resource.
  protect(server, { issuers = [this.provider.identifier], scope = "admin", resource = server.url } = {}) {
    server.behave((kept, request, response) => {
      if (kept.url !== "/.well-known/oauth-protected-resource/mcp") return undefined;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ resource, authorization_servers: issuers, scopes_supported: [scope] }));
      return true;
    });
    return server;
  }

  async openProvider() {
    this.provider = await new LoginProvider(this.certificates, "the server").start();
    const keys = createRemoteJWKSet(new URL(`${this.provider.identifier}/jwks`), { [customFetch]: this.provider.fetch });
    this.verify = async (token) => (await jwtVerify(token ?? "", keys, { issuer: this.provider.identifier, audience: "the server" })).payload;
    return this;
  }

  loginAddress(errors, nth = 0) {
    return until(() => [...errors().matchAll(/(https:\/\/\S+\/auth\?\S+)\n/g)][nth]?.[1], () => `a login's address: ${errors()}`);
  }

  async logIn(errors, person, nth) {
    const callback = await this.provider.browse(await this.loginAddress(errors, nth), person);
    assert.equal((await fetch(callback)).status, 200);
  }

  async close() {
    await this.provider?.stop();
    this.folder.remove();
  }
}

describe("dragoman mcp connect without a login", () => {
  let desk, old, modern;
  before(async () => {
    desk = new Desk();
    old = await new OldMcpFixture({ certificates: desk.certificates }).start();
    modern = await new McpFixture({ certificates: desk.certificates, legacy: "reject" }).start();
  });
  after(async () => {
    await old?.stop();
    await modern?.stop();
    await desk?.close();
  });

  test("carries a session of the older generation: calls, streams, what the server asks, and the end", async () => {
    const progress = [];
    const client = await desk.old(old.url, [], { prepare: (made) => made.setRequestHandler(CreateMessageRequestSchema, () => ({ model: "m", role: "assistant", content: { type: "text", text: "Paris" } })) });
    const changed = new Promise((done) => client.setNotificationHandler(ToolListChangedNotificationSchema, done));
    assert.ok((await client.listTools()).tools.some(({ name }) => name === "test_simple_text"));
    const call = (name, args = {}, options) => client.callTool({ name, arguments: args }, undefined, options);
    assert.match((await call("test_simple_text")).content[0].text, /simple text/);
    await call("test_tool_with_progress", {}, { onprogress: (one) => progress.push(one.progress) });
    assert.ok(progress.length >= 2, `${progress}`);
    assert.match((await call("test_sampling", { prompt: "capital of France?" })).content[0].text, /Paris/);
    await call("test_trigger_tool_change");
    await changed; // by the stream that is open for what the server sends on its own
    await client.close();
    await until(() => old.ended.length === 1, "the session's end");
    const headers = old.requests.find(({ body }) => body.includes("tools/list")).headers;
    assert.equal(headers["mcp-protocol-version"], "2025-11-25");
    assert.match(headers["mcp-session-id"], /^[0-9a-f-]{36}$/);
  });

  test("takes up a stream that the server closed before its answer, where it stopped", async () => {
    const client = await desk.old(old.url);
    const from = old.requests.length;
    assert.match((await client.callTool({ name: "test_reconnection", arguments: {} })).content[0].text, /completed/);
    assert.ok(old.requests.slice(from).some(({ method, headers }) => method === "GET" && headers["last-event-id"]?.includes("~")));
    await client.close();
  });

  test("ends with words where the server has forgotten the session", async () => {
    const client = await desk.old(old.url);
    await client.listTools();
    for (const { transport } of old.sessions.values()) await transport.close();
    await assert.rejects(client.listTools(), /does not know this session any more/);
    await client.close();
  });

  test("carries the generation without sessions, with the headers that mirror the message", async () => {
    const client = await desk.new(modern.url);
    assert.ok((await client.listTools()).tools.length > 3);
    assert.match((await client.callTool({ name: "test_simple_text", arguments: {} })).content[0].text, /simple text/);
    const { headers } = modern.last;
    assert.deepEqual([headers["mcp-method"], headers["mcp-name"], headers["mcp-protocol-version"]], ["tools/call", "test_simple_text", NEW_VERSION]);
    assert.equal(headers["mcp-session-id"], undefined);
    await client.close();
    assert.ok(!modern.methods.includes("DELETE") && !modern.methods.includes("GET"));
  });

  test("lets a client find out which generation it is", async () => {
    for (const [server, version] of [[modern, NEW_VERSION], [old, "2025-11-25"]]) {
      const client = await desk.new(server.url, [], "auto");
      assert.equal(client.getNegotiatedProtocolVersion(), version);
      assert.ok((await client.listTools()).tools.length > 3);
      await client.close();
    }
  });

  test("repeats in headers the arguments that a tool's schema marks", async () => {
    const client = await desk.new(modern.url);
    const call = (region) => client.callTool({ name: "test_x_mcp_header", arguments: { region, query: "q" } });
    await client.listTools();
    assert.equal((await call("eu-1")).content[0].text, "eu-1");
    assert.equal(modern.last.headers["mcp-param-region"], "eu-1");
    assert.equal((await call("Zürich")).content[0].text, "Zürich");
    assert.equal(modern.last.headers["mcp-param-region"], `=?base64?${Buffer.from("Zürich").toString("base64")}?=`);
    assert.equal(modern.last.headers["mcp-param-query"], undefined);
    await client.close();
  });

  test("encodes a name that no header can bear", async () => {
    const program = desk.raw(modern.url);
    const meta = { "io.modelcontextprotocol/protocolVersion": NEW_VERSION, "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/clientInfo": information };
    program.say({ jsonrpc: "2.0", id: "ü-1", method: "tools/call", params: { name: "größe", arguments: {}, _meta: meta } });
    const answer = await program.line(0);
    assert.equal(answer.id, "ü-1");
    assert.match(answer.error.message, /größe/);
    assert.equal(modern.last.headers["mcp-name"], `=?base64?${Buffer.from("größe").toString("base64")}?=`);
    await program.stop();
  });

  test("closes the stream of a request that is cancelled, in the generation where that is the cancel", async () => {
    const client = await desk.new(modern.url);
    let isOpen = false, isClosed = false;
    modern.behave((kept, request, response) => {
      if (!kept.body.includes("never_ends")) return undefined;
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": here\n\n");
      response.on("close", () => (isClosed = true));
      return (isOpen = true);
    });
    const given = new AbortController();
    const call = client.callTool({ name: "never_ends", arguments: {} }, { signal: given.signal });
    await until(() => isOpen, "the call");
    given.abort();
    await assert.rejects(call);
    await until(() => isClosed, "the stream's end");
    assert.ok(!modern.methods.includes("notifications/cancelled"));
    modern.behave(undefined);
    await client.close();
  });

  test("answers what is no message, and goes on", async () => {
    const program = desk.raw(modern.url);
    for (const [line, mistake] of [["{", /no JSON/], ["[]", /no batches/], ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', /name twice/], ['{"jsonrpc":"1.0","id":1,"method":"ping"}', /JSON-RPC 2.0/]]) {
      const before = program.lines().length;
      program.say(line);
      assert.match((await program.line(before)).error.message, mistake);
    }
    program.say(post("no/such"));
    assert.equal((await program.line(4)).id, 1);
    program.child.stdin.end();
    assert.equal((await program.ended).code, 0);
  });

  test("reads a file to its end, waits for the answers, and leaves", async () => {
    const program = desk.raw(old.url);
    program.child.stdin.end(`${JSON.stringify({ ...post("initialize"), params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: information } })}\n`);
    assert.equal((await program.ended).code, 0, program.errors);
    assert.equal(program.lines()[0].result.serverInfo.name, "old-fixture");
  });

  test("says which server does not answer, to the client and on standard error", async () => {
    const program = desk.raw("https://127.0.0.1:1/mcp");
    program.say(post("ping"));
    const { error } = await program.line(0);
    assert.match(error.message, /https:\/\/127\.0\.0\.1:1\/mcp did not answer/);
    assert.match(program.errors, /did not answer/);
    await program.stop();
  });

  test("goes nowhere without TLS but on this machine, and shows how it is used", async () => {
    for (const [url, words] of [["http://mcp.example/mcp", /does not start with https/], ["ftp://127.0.0.1/", /does not start with https/], ["https://a@b.example/", /does not start with https/]]) {
      const program = desk.raw(url);
      assert.equal((await program.ended).code, 2);
      assert.match(program.errors, words);
    }
    const help = new Program(programs.dragoman, ["mcp", "connect", "--help"], { env: desk.environment });
    await help.ended;
    assert.match(help.output, /mcpServers/);
  });
});

describe("dragoman mcp connect with a login", () => {
  let desk, server;
  before(async () => {
    desk = await new Desk().openProvider();
    server = desk.protect(await new OldMcpFixture({ certificates: desk.certificates, verify: desk.verify }).start());
  });
  after(async () => {
    await server?.stop();
    await desk?.close();
  });

  const begin = { ...post("initialize"), params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: information } };
  const waiting = (args) => {
    const program = desk.raw(server.url, args);
    program.say(begin);
    return program;
  };

  test("logs in when the server asks, for that server, and calls with what it was given", async () => {
    const client = new OldClient(information);
    const connected = desk.connect(client, OldTransport, server.url, ["--no-browser"]);
    const url = new URL(await desk.loginAddress(() => client.errors));
    assert.equal(url.searchParams.get("resource"), server.url);
    assert.equal(url.searchParams.get("code_challenge_method"), "S256");
    assert.equal(url.searchParams.get("scope"), "admin");
    assert.equal(url.searchParams.get("client_id"), "dragoman-cli");
    await desk.logIn(() => client.errors, "ann");
    await connected;
    assert.ok((await client.listTools()).tools.length > 3);
    assert.equal(server.last.claims.sub, "ann");
    await client.close();
    assert.equal(existsSync(desk.memory), false, "a token is kept where that is asked for, and nowhere else");
    assert.doesNotMatch(client.errors, /eyJ/);
  });

  test("logs in again when the token is not taken any more, and gives up after the second time", async () => {
    const program = waiting(["--no-browser"]);
    await desk.logIn(() => program.errors, "ann");
    assert.equal((await program.line(0)).id, 1);
    const verify = server.verify;
    server.verify = async () => {
      throw new Error("revoked");
    };
    program.say({ jsonrpc: "2.0", id: 2, method: "tools/list", params: {} });
    await desk.logIn(() => program.errors, "ann", 1);
    await desk.logIn(() => program.errors, "ann", 2);
    const { id, error } = await program.line(1);
    server.verify = verify;
    assert.equal(id, 2);
    assert.match(error.message, /does not take what the logins gave/);
    program.say({ jsonrpc: "2.0", id: 3, method: "tools/list", params: {} });
    assert.ok((await program.line(2)).result.tools.length > 3, "and goes on when it is taken again");
    await program.stop();
  });

  test("asks for what a call lacks together with what it has", async () => {
    const program = waiting(["--no-browser", "--scope", "openid"]);
    await desk.logIn(() => program.errors, "ann");
    await program.line(0);
    let isAsked = false;
    const before = server.misbehaviour;
    server.behave((kept, request, response) => {
      if (!kept.body.includes("tools/list") || isAsked) return before(kept, request, response);
      isAsked = true;
      response.writeHead(403, { "www-authenticate": `Bearer error="insufficient_scope", error_description="unexpected "aud" value", scope="admin more"` }).end();
      return true;
    });
    program.say({ jsonrpc: "2.0", id: 2, method: "tools/list", params: {} });
    const url = new URL(await desk.loginAddress(() => program.errors, 1));
    assert.deepEqual(url.searchParams.get("scope").split(" ").sort(), ["admin", "more", "openid"]);
    await desk.logIn(() => program.errors, "ann", 1);
    assert.ok((await program.line(1)).result.tools.length > 3);
    server.behave(before);
    await program.stop();
  });

  test("keeps the token where that is asked for, for its owner alone, and needs no login the next time", async () => {
    const first = waiting(["--no-browser", "--remember"]);
    await desk.logIn(() => first.errors, "ben");
    await first.line(0);
    await first.stop();
    assert.equal(statSync(desk.memory).mode & 0o777, 0o600);
    const second = waiting(["--no-browser", "--remember"]);
    await second.line(0);
    assert.equal(server.last.claims?.sub ?? server.requests.at(-2).claims.sub, "ben");
    assert.doesNotMatch(second.errors, /Open this/);
    await second.stop();
    const kept = JSON.parse(readFileSync(desk.memory, "utf8"));
    writeFileSync(desk.memory, JSON.stringify({ servers: kept.servers.map((row) => ({ ...row, expires_at: 1 })) }));
    const third = waiting(["--no-browser", "--remember"]);
    await desk.loginAddress(() => third.errors);
    await third.stop();
  });

  test("logs in where it is allowed to, which is not for the server to say", async () => {
    const provider = desk.provider.identifier, elsewhere = "https://login.evil.example";
    const say = async (protection, args, words) => {
      desk.protect(server, protection);
      const program = waiting(["--no-browser", ...args]);
      const { error } = await program.line(0);
      assert.match(error.message, /nobody has logged in/);
      assert.match(program.errors.replaceAll(/\s+/g, " "), words);
      await program.stop();
    };
    await say({ issuers: [elsewhere] }, [], /at another host[\s\S]*--issuer https:\/\/login\.evil\.example/);
    await say({ issuers: [provider] }, ["--issuer", "https://login.example"], /not the issuer that is allowed/);
    await say({ issuers: [`${provider}/`] }, [], /another issuer's/);
    await say({ resource: "https://other.example/mcp" }, [], /another resource's/);
    await say({ resource: `${server.origin}/mc` }, [], /another resource's/);
    await say({ issuers: [] }, [], /names no authorization server/);
    desk.protect(server, { issuers: [elsewhere, provider] });
    const program = waiting(["--no-browser", "--issuer", provider]);
    await desk.logIn(() => program.errors, "ann");
    await program.line(0);
    await program.stop();
    desk.protect(server);
  });

  test("reads what the server says of itself where the challenge says it is, at the server alone", async () => {
    const other = await new OldMcpFixture({ certificates: desk.certificates }).start();
    const say = (at, resource = server.url) => server.behave((kept, request, response) => {
      if (kept.url === "/said") response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ resource, authorization_servers: [desk.provider.identifier] }));
      else if (kept.headers.authorization === undefined) response.writeHead(401, { "www-authenticate": `Bearer resource_metadata="${at}", scope="admin"` }).end();
      else return undefined;
      return true;
    });
    say(`${other.origin}/said`);
    const first = waiting(["--no-browser"]);
    assert.match((await first.line(0)).error.message, /nobody has logged in/);
    assert.match(first.errors, /said to be at another server/);
    assert.equal(other.requests.length, 0);
    await first.stop();
    await other.stop();
    say(`${server.origin}/said`);
    const second = waiting(["--no-browser"]);
    await desk.logIn(() => second.errors, "ann");
    assert.equal((await second.line(0)).result.serverInfo.name, "old-fixture");
    await second.stop();
    // One server of several on a host, for all of them.
    for (const at of ["/said", "/.well-known/oauth-protected-resource/../../said"]) {
      say(`${server.origin}${at}`, server.origin);
      const third = waiting(["--no-browser"]);
      assert.match((await third.line(0)).error.message, /nobody has logged in/);
      assert.match(third.errors, /another resource's/);
      await third.stop();
    }
    desk.protect(server, { resource: server.origin }); // whoever has the host may say so
    const fourth = waiting(["--no-browser"]);
    await desk.loginAddress(() => fourth.errors);
    await fourth.stop();
    desk.protect(server);
  });

  test("takes no answer of another authorization server", async () => {
    const program = waiting(["--no-browser"]);
    const url = new URL(await desk.loginAddress(() => program.errors));
    await fetch(`${url.searchParams.get("redirect_uri")}?${new URLSearchParams({ code: "theirs", state: url.searchParams.get("state"), iss: "https://evil.example" })}`);
    assert.match((await program.line(0)).error.message, /nobody has logged in/);
    assert.match(program.errors, /did not come from the issuer that was asked/);
    await program.stop();
  });

  test("ends with its client, whatever a login waits for", async () => {
    const program = waiting(["--no-browser"]);
    await desk.loginAddress(() => program.errors);
    const asked = Date.now();
    await program.stop("SIGTERM");
    assert.ok(Date.now() - asked < 5000);
  });

  test("shows a token of a file, and the one that is there when that is refused", async () => {
    const file = desk.folder.file("token.jwt");
    const { servers } = JSON.parse(readFileSync(desk.memory, "utf8"));
    writeFileSync(file, "a.b.c\n", { mode: 0o600 });
    const program = desk.raw(server.url, ["--token-file", file]);
    program.say(begin);
    assert.match((await program.line(0)).error.message, /does not take the token of .*token\.jwt for this: [A-Z]\w+ /);
    writeFileSync(file, servers[0].access_token);
    program.say({ ...begin, id: 2 });
    assert.equal((await program.line(1)).result?.serverInfo.name, "old-fixture", program.errors);
    await program.stop();
  });
});
