// Answers through egress that go on, break off, flood, lie and show what they should not; and callers that leave.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import { connect as connect2 } from "node:http2";
import { request as tlsRequest } from "node:https";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { assertFault } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";

const key = "sk-vendor-51c2-never-for-agents";

describe("an answer through egress", () => {
  let egress, stage, vendor;
  before(async () => {
    egress = await openEgress({
      prepare: async ({ certificates }) => { vendor = await new ModelVendor(certificates, { key }).start(); },
      edit: (documents) => {
        documents.set("Target/model", egressTarget("model", { upstream: `${vendor.origin}/v1` }));
        documents.set("Target/patient", egressTarget("patient", { upstream: `${vendor.origin}/v1` }));
        documents.get("Target/patient").spec.egress.firstByteTimeout = "1s";
        documents.get("Target/patient").spec.egress.idleTimeout = "1s";
        documents.set("Target/private", egressTarget("private", { upstream: "https://10.1.2.3/v1" }));
      },
    });
    stage = egress.stage;
    for (const target of ["model", "patient", "private"]) await egress.connect(target, key);
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
  });
  beforeEach(() => vendor.behave(undefined));

  // A call whose answer is read piece by piece; with the request, to leave by.
  const open = async (target, path, token, options = {}) => {
    const request = tlsRequest(`${egress.origin}/egress/${target}${path}`, { ca: stage.certificates.ca, agent: false, headers: { authorization: `Bearer ${token}` }, ...options });
    request.on("error", () => {});
    request.end(options.body);
    const [response] = await once(request, "response");
    response.on("error", () => {});
    return { request, response, ended: new Promise((done) => response.on("close", () => done(response.complete))) };
  };
  // Sends an event every 50 ms until its caller is gone.
  const ticking = (request, body, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => response.write("data: tick\n\n"), 50);
    response.on("close", () => clearInterval(timer));
  };

  const kills = {
    "its lease": ({ lease }) => stage.gateway.kill("lease", lease),
    "its tree": async ({ lease }) => stage.gateway.kill("root", (await stage.gateway.record(lease)).root),
    "the credential that was put in": async ({ lease }) => {
      const { json } = await stage.gateway.admin("/v1/records?limit=50");
      return stage.gateway.kill("lease", json.records.find(({ kind, parent }) => kind === "supply" && parent === lease).id);
    },
  };
  for (const [what, kill] of Object.entries(kills)) {
    test(`is cut within 250 ms of the answer to the kill of ${what}`, async () => {
      const { access_token: token, dragoman_exchange: lease } = await egress.credential("model");
      vendor.behave(ticking);
      const { response, ended } = await open("model", "/events", token);
      await once(response, "data");
      response.resume();
      assert.equal((await kill({ lease })).status, 200);
      const begun = Date.now();
      assert.equal(await ended, false);
      assert.ok(Date.now() - begun < 250, `${Date.now() - begun} ms`);
    });
  }

  test("is not waited for any more when its credential is killed before it begins", async () => {
    const { access_token: token, dragoman_exchange: lease } = await egress.credential("model");
    let isGone = false;
    vendor.behave((request, body, response) => response.on("close", () => (isGone = true)));
    const answer = egress.call("model", "/slow", { token });
    await until(() => vendor.last?.url === "/v1/slow", "the vendor was asked");
    assert.equal((await stage.gateway.kill("lease", lease)).status, 200);
    assertFault(await answer, "CALL_CREDENTIAL_ENDED");
    await until(() => isGone, "the vendor is left");
    const { json } = await stage.gateway.admin("/v1/records?limit=20");
    assert.deepEqual(json.records.filter(({ kind, parent }) => kind === "call" && parent === lease).map(({ outcome }) => outcome), ["done"]);
  });

  test("goes on when somebody else's credential is killed, and over a second look", async () => {
    const { access_token: token } = await egress.credential("model");
    vendor.behave((request, body, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      setTimeout(() => response.end("data: last\n\n"), 2500);
    });
    const { response, ended } = await open("model", "/events", token);
    let text = "";
    response.setEncoding("utf8").on("data", (piece) => (text += piece));
    await stage.gateway.kill("lease", (await egress.credential("model")).dragoman_exchange);
    assert.equal(await ended, true);
    assert.equal(text, "data: first\n\ndata: last\n\n");
  });

  test("is cut where it shows the credential, however it is cut into pieces", async () => {
    const { access_token: token } = await egress.credential("model");
    for (const cut of [0, 1, 10, key.length - 1]) {
      vendor.behave(async (request, body, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write(`{"you":"sent ${key.slice(0, cut)}`);
        await delay(30);
        response.end(`${key.slice(cut)}"} and more`);
      });
      const { response, ended } = await open("model", "/echo", token);
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => (text += piece));
      assert.equal(await ended, false, `cut at ${cut}`);
      assert.ok(!text.includes(key) && !text.includes("and more"), text);
    }
    vendor.behave((request, body, response) => response.writeHead(200, { "x-request-id": `req ${key}`, etag: `"1"` }).end("ok"));
    const answer = await egress.call("model", "/echo", { token });
    assert.deepEqual([answer.text, answer.headers.etag], ["ok", `"1"`]);
    assert.match(answer.headers["x-request-id"], /^[0-9A-HJKMNP-TV-Z]{26}$/, "ours stands in for the one that was left out");
    vendor.behave((request, body, response) => response.end(`almost ${key.slice(0, -1)}`));
    assert.equal((await egress.call("model", "/echo", { token })).text, `almost ${key.slice(0, -1)}`);
  });

  test("leads nowhere else", async () => {
    const { access_token: token } = await egress.credential("model");
    const seen = vendor.calls.length;
    for (const [location, expected] of [["https://evil.example/x", undefined], [`${vendor.origin}/other`, undefined], [`${vendor.origin}/v1/models?a=b`, "/egress/model/models?a=b"], [`${vendor.origin}/v1evil`, undefined]]) {
      vendor.behave((request, body, response) => response.writeHead(307, { location }).end());
      const answer = await egress.call("model", "/old", { token });
      assert.deepEqual([answer.status, answer.headers.location], [307, expected], location);
    }
    assert.equal(vendor.calls.length, seen + 4, "none was followed");
  });

  test("may have no body, come after hints, and end with trailers", async () => {
    const { access_token: token } = await egress.credential("model");
    vendor.behave((request, body, response) => response.writeHead(200, { "content-length": 5, "content-type": "text/plain" }).end());
    const head = await egress.call("model", "/x", { token, method: "HEAD" });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    for (const status of [204, 304]) {
      vendor.behave((request, body, response) => response.writeHead(status, { etag: '"7"' }).end());
      const answer = await egress.call("model", "/x", { token });
      assert.deepEqual([answer.status, answer.headers.etag, answer.body.length], [status, '"7"', 0]);
    }
    vendor.behave((request, body, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.writeHead(200, { trailer: "x-request-id", "content-type": "text/plain" });
      response.write("with trailers");
      response.addTrailers({ "x-request-id": key });
      response.end();
    });
    const answer = await egress.call("model", "/x", { token });
    assert.deepEqual([answer.status, answer.text, answer.headers.trailer], [200, "with trailers", undefined]);
  });

  test("is a refusal when it does not begin, is no HTTP, or has a head without end", async () => {
    const { access_token: token } = await egress.credential("patient");
    vendor.behave(() => {});
    assertFault(await egress.call("patient", "/silent", { token }), "OUTBOUND_FAILED");
    vendor.behave((request) => request.socket.end("this is no HTTP at all\r\n\r\n"));
    assertFault(await egress.call("patient", "/x", { token }), "OUTBOUND_FAILED");
    vendor.behave((request) => {
      request.socket.write("HTTP/1.1 200 OK\r\n");
      const flood = () => { while (request.socket.writable && request.socket.write(`x-flood: ${"f".repeat(1000)}\r\n`)); };
      request.socket.on("drain", flood).on("error", () => {});
      flood();
    });
    assertFault(await egress.call("patient", "/flood", { token }), "OUTBOUND_FAILED");
    vendor.behave((request, body, response) => { response.writeHead(200); response.write("then nothing"); });
    await assert.rejects(egress.call("patient", "/idle", { token }));
    const reasons = stage.gateway.events("egress_failed").map(({ reason }) => reason);
    assert.ok(reasons.includes("no answer came in time") && reasons.includes("nothing more of the answer came in time"), reasons.join());
  });

  test("has one length, whatever it says of it", async () => {
    const { access_token: token } = await egress.credential("model");
    for (const head of ["content-length: 3\r\ntransfer-encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 300\r\n"]) {
      vendor.behave((request) => request.socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${head}\r\n5\r\nhello\r\n0\r\n\r\n`));
      const answer = await egress.call("model", "/x", { token }).catch(() => undefined);
      assert.ok(answer === undefined || answer.status === 502 || answer.text === "hello", answer?.text);
      assert.equal((await egress.call("model", "/after", { token }).catch(() => ({ status: 0 }))).status === 500, false);
    }
    vendor.behave((request, body, response) => { request.socket.end("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"); });
    assert.equal((await egress.call("model", "/x", { token })).text, "abc");
    vendor.behave(undefined);
    assert.equal((await egress.call("model", "/next", { token })).json.path, "/v1/next");
  });

  test("is not kept for a reader that takes its time", { timeout: 120_000 }, async () => {
    const { access_token: token } = await egress.credential("model");
    const rss = () => Number(readFileSync(`/proc/${stage.gateway.worker}/status`, "utf8").match(/^VmRSS:\s+(\d+)/m)[1]) / 1024;
    const size = 100 * 1024 * 1024;
    let sent = 0;
    vendor.behave((request, body, response) => {
      const piece = Buffer.alloc(64 * 1024, 120);
      response.writeHead(200, { "content-length": size });
      let own = 0; // libcurl asks again where a kept connection turns out to be closed, and the first answer goes nowhere
      const more = () => { while (own < size) { sent = own += piece.length; if (!response.write(piece)) return; } response.end(); };
      response.on("drain", more);
      more();
    });
    const before = rss();
    const { response, ended } = await open("model", "/large", token);
    response.pause();
    await delay(2000);
    const held = sent, grown = rss() - before;
    assert.ok(held < 40 * 1024 * 1024, `the vendor sent ${held} bytes for a reader that takes none`);
    assert.ok(grown < 48, `${grown.toFixed(1)} MiB more`); // under a sanitizer, which keeps what was freed for a while
    let taken = 0;
    response.on("data", (piece) => (taken += piece.length)).resume();
    assert.equal(await ended, true, `${taken} of ${size}, vendor sent ${sent}: ${stage.gateway.program.errors.slice(-600)} ${(await stage.gateway.admin("/metrics")).text.match(/^.*(stall|egress|slow|swept).* [1-9]\d*$/gm)}`);
    assert.equal(taken, size);
    const rest = rss() - before;
    console.log(`100 MiB for a slow reader: the vendor got rid of ${(held / 2 ** 20).toFixed(1)} MiB and the gateway had ${grown.toFixed(1)} MiB more while it read nothing, ${rest.toFixed(1)} MiB more after`);
  });

  test("has nobody to go to when its caller has left, and the vendor is left too", async () => {
    const { access_token: token } = await egress.credential("model");
    const states = [];
    vendor.behave((request, body, response) => {
      states.push({ url: request.url, get isGone() { return response.closed || request.socket.destroyed; } }); // or was, before this was called
      if (request.url !== "/v1/before-head") ticking(request, body, response);
    });
    // Before anything is known of it: the vendor may be asked or not, but is left.
    for (let i = 0; i < 10; i++) {
      const socket = connectTls({ host: "127.0.0.1", port: egress.port, ca: stage.certificates.ca });
      await once(socket, "secureConnect");
      socket.on("error", () => {}).write(`GET /egress/model/at-once HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
      await delay(i);
      socket.destroy();
    }
    const waiting = tlsRequest(`${egress.origin}/egress/model/before-head`, { ca: stage.certificates.ca, agent: false, headers: { authorization: `Bearer ${token}` } });
    waiting.on("error", () => {}).end();
    await until(() => states.some(({ url }) => url === "/v1/before-head"), "the vendor was asked");
    waiting.destroy();
    const { request, response } = await open("model", "/in-the-stream", token);
    await once(response, "data");
    request.destroy();
    const session = connect2(egress.origin, { ca: stage.certificates.ca });
    const stream = session.request({ ":path": "/egress/model/http2", authorization: `Bearer ${token}` });
    stream.on("error", () => {});
    await once(stream, "data");
    stream.close();
    await until(() => states.length >= 3 && states.every(({ isGone }) => isGone), () => JSON.stringify(states));
    session.close();
    vendor.behave(undefined);
    assert.equal((await egress.call("model", "/after", { token })).status, 200);
  });

  test("comes from no address that this gateway may not connect to", async () => {
    const { access_token: token } = await egress.credential("private");
    assertFault(await egress.call("private", "/x", { token }), "OUTBOUND_REFUSED");
    assert.equal(stage.gateway.events("egress_failed").at(-1).reason, "the address is not one that may be connected to");
  });

  test("goes on over a hand-over to another worker, and over its draining", async () => {
    const { access_token: token } = await egress.credential("model");
    let finish;
    vendor.behave((request, body, response) => {
      if (request.url !== "/v1/events") return response.end("{}");
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      finish = () => response.end("data: last\n\n");
    });
    const { response, ended } = await open("model", "/events", token);
    let text = "";
    response.setEncoding("utf8").on("data", (piece) => (text += piece));
    await until(() => text !== "", "the first piece");
    const before = stage.gateway.worker;
    stage.gateway.program.child.kill("SIGHUP");
    await stage.gateway.nextWorker(before);
    assert.equal((await until(() => egress.call("model", "/x", { token }).catch(() => undefined), "the next answers")).status, 200);
    finish();
    assert.equal(await ended, true);
    assert.equal(text, "data: first\n\ndata: last\n\n");
  });
});

describe("a request through egress", () => {
  let egress, stage, vendor;
  before(async () => {
    egress = await openEgress({
      prepare: async ({ certificates }) => { vendor = await new ModelVendor(certificates, { key }).start(); },
      edit: (documents) => documents.set("Target/model", egressTarget("model", { upstream: `${vendor.origin}/v1` })),
    });
    stage = egress.stage;
    await egress.connect("model", key);
  });
  after(async () => {
    await egress?.close();
    await vendor?.stop();
  });

  // Bytes as they are; the answer's head and the beginning of its body.
  const raw = async (bytes) => {
    const socket = connectTls({ host: "127.0.0.1", port: egress.port, ca: stage.certificates.ca });
    await once(socket, "secureConnect");
    socket.on("error", () => {}).setEncoding("latin1").write(Buffer.from(bytes, "latin1"));
    let text = "";
    for await (const piece of socket) {
      text += piece;
      if (/\r\n\r\n./s.test(text)) break;
    }
    socket.destroy();
    return text;
  };
  const statusOf = (text) => Number(text.match(/^HTTP\/1\.1 (\d+)/)?.[1] ?? 0);

  test("takes no header along that would show its caller or change its meaning", async () => {
    const { access_token: token } = await egress.credential("model");
    const text = await raw(`GET /egress/model/x HTTP/1.1\r\nhost: evil.example\r\nauthorization: Bearer ${token}\r\nconnection: x-api-key, authorization, x-mine\r\nx-mine: 1\r\nx-other: 2\r\n` +
      `x-forwarded-host: evil.example\r\nx-original-url: /admin\r\ncookie: a=b\r\nte: trailers\r\nvia: 1.1 other\r\nproxy-authorization: Basic eA==\r\nx-api-key: somebody-elses\r\nx-latin: caf\xe9\r\n\r\n`);
    assert.equal(statusOf(text), 200, text);
    const { headers, rawHeaders } = vendor.last;
    assert.equal(headers.host, new URL(vendor.origin).host);
    assert.equal(headers.authorization, `Bearer ${key}`);
    assert.deepEqual(Object.keys(headers).filter((name) => /^(x-mine|x-forwarded|x-original|cookie|te|via|proxy-|x-api-key|connection)/.test(name) && headers[name] !== "keep-alive"), []);
    assert.equal(headers["x-other"], "2");
    assert.equal(rawHeaders.filter((name) => name.toLowerCase() === "authorization").length, 1);
    assert.ok(!JSON.stringify(rawHeaders).includes(token));
  });

  test("shows one credential of ours, once, and is one request", async () => {
    const { access_token: token } = await egress.credential("model"), { access_token: other } = await egress.credential("model");
    const begin = "GET /egress/model/x HTTP/1.1\r\nhost: x\r\n", seen = vendor.calls.length;
    const refused = [
      [`${begin}authorization: Bearer ${token}\r\nauthorization: Bearer ${other}\r\n\r\n`, [400, 401]],
      [`${begin}authorization: Bearer ${token}\r\nx-api-key: ${other}\r\n\r\n`, [401]],
      [`${begin}authorization: Bearer ${token}\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
      [`${begin}authorization: Bearer ${token}\r\nx-a\x00b: 1\r\n\r\n`, [400]],
      [`${begin}authorization: Bearer ${token}\r\nx-long: ${"l".repeat(200_000)}\r\n\r\n`, [0, 400, 413, 431]],
      [`${begin}authorization: Bearer ${"t".repeat(20_000)}\r\n\r\n`, [0, 400, 401, 431]],
    ];
    for (const [bytes, expected] of refused) {
      const text = await raw(bytes);
      assert.ok(expected.includes(statusOf(text)), `${bytes.slice(0, 160)}: ${text.slice(0, 300)}`);
    }
    assert.equal(vendor.calls.length, seen);
  });

  test("does not change over to another protocol", async () => {
    const { access_token: token } = await egress.credential("model"), seen = vendor.calls.length;
    for (const headers of ["connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "connection: upgrade\r\nupgrade: h2c\r\n", "sec-websocket-key: x\r\n"]) {
      const text = await raw(`GET /egress/model/realtime HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${headers}\r\n`);
      assert.equal(statusOf(text), 403, text);
      assert.match(text, /does not change over to WebSocket/);
    }
    assert.equal(vendor.calls.length, seen);
    const { headers } = await egress.call("model", "/x", { token, headers: { "sec-websocket-key": "x" } });
    assert.equal((await stage.gateway.record(headers["dragoman-exchange"])).reason, "call_upgrade");
  });

  test("is made where egress is listened for, and nowhere else", async () => {
    const { access_token: token } = await egress.credential("model"), seen = vendor.calls.length;
    assert.equal((await stage.gateway.http.send("/egress/model/x", { headers: { authorization: `Bearer ${token}` } })).status, 404);
    assert.equal((await stage.gateway.admin("/egress/model/x")).status, 404);
    assert.equal((await egress.http.send("/token", { method: "POST" })).status, 404);
    assert.equal((await egress.http.send("/v1/records")).status, 404);
    assert.equal(vendor.calls.length, seen);
  });
});
