// Traces: what a request brings is kept, what it spends its time on is sent to a collector, and nothing ever waits for that.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import { Collector } from "./kit/collector.js";
import { assertFault } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { Pdp } from "./kit/pdp.js";
import { assertGranted, Stage } from "./kit/stage.js";

const parentOf = (id = randomBytes(16).toString("hex"), flags = "01") => ({ id, span: "00f067aa0ba902b7", header: `00-${id}-00f067aa0ba902b7-${flags}` });

async function open({ tracing = {}, threads = 1, prepare, edit } = {}) {
  let collector;
  const stage = await Stage.open({
    gateway: { limits: { threads }, logging: { level: "debug" } }, edit,
    prepare: async (stage) => {
      collector = await new Collector(stage.certificates).start();
      stage.gateway.document.spec.tracing = { url: collector.url, caFile: stage.certificates.authorityFile, allowAddresses: ["127.0.0.0/8", "::1/128"],
        sampleRatio: 0, timeout: "1s", headersFile: stage.gateway.writeSecret("collector.headers", "x-tenant: dragoman\nAuthorization: Bearer of-the-collector\n"), ...tracing };
      await prepare?.(stage);
    },
  }).catch(async (error) => {
    await collector?.stop();
    throw error;
  });
  return { stage, collector };
}

async function metrics(stage) {
  const { text } = await stage.gateway.admin("/metrics");
  return (name) => Number(text.match(new RegExp(`^${name.replace(/[{}]/g, "\\$&")} (\\d+)$`, "m"))?.[1]);
}
const spansOf = (read, outcome) => read(`dragoman_trace_spans_total{outcome="${outcome}"}`);

describe("traces", () => {
  let stage, collector, pdp;
  before(async () => {
    ({ stage, collector } = await open({
      prepare: async (stage) => {
        pdp = await new Pdp(stage.certificates).start();
        stage.gateway.document.spec.pdp = { url: pdp.url, timeout: 5000 };
      },
    }));
  });
  after(async () => {
    await stage?.close();
    await collector?.stop();
    await pdp?.stop();
  });
  afterEach(() => { collector.behaviour = (response) => Collector.take(response); });

  test("an exchange is a span of its caller's trace, and each step that waited one of its own", async () => {
    const parent = parentOf();
    const answer = await stage.exchange({}, { headers: { traceparent: parent.header, tracestate: "vendor=1, other=2" } });
    const { dragoman_exchange: exchange } = assertGranted(answer);
    const spans = await collector.trace(parent.id);
    const server = spans.find(({ kind }) => kind === 2);
    assert.equal(server.parentSpanId, parent.span);
    assert.equal(server.name, "POST /token");
    assert.equal(server.traceState, "vendor=1, other=2");
    assert.equal(server.flags, 0x301);
    assert.equal(server.status, undefined);
    assert.deepEqual(server.attributes, { "http.request.method": "POST", "http.route": "/token", "url.path": "/token", "url.scheme": "https",
      "network.protocol.version": "1.1", "http.response.status_code": 200, "dragoman.request": answer.headers["x-request-id"], "dragoman.exchange": exchange,
      "dragoman.grant": "urn:ietf:params:oauth:grant-type:token-exchange", "dragoman.target": "partner-orders" });
    assert.equal(server.resource["service.name"], "dragoman");
    const steps = spans.filter(({ kind }) => kind === 1);
    for (const name of ["verify_subject", "consult", "mint", "record_exchange"]) assert.ok(steps.some((span) => span.name === name), `${name} of ${steps.map(({ name }) => name)}`);
    const above = new Set(spans.filter(({ kind }) => kind !== 3).map(({ spanId }) => spanId));
    assert.ok(steps.every(({ parentSpanId }) => above.has(parentSpanId)));
    assert.ok(steps.filter(({ name }) => name === "mint").every(({ parentSpanId }) => parentSpanId === server.spanId));
    for (const span of spans) {
      assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano));
      assert.ok(BigInt(span.startTimeUnixNano) >= BigInt(server.startTimeUnixNano));
    }
  });

  test("the question to the decision point is a span of its step, and carries the context on", async () => {
    const parent = parentOf();
    assertGranted(await stage.exchange({}, { headers: { traceparent: parent.header, tracestate: "vendor=1" } }));
    const spans = await collector.trace(parent.id);
    const call = spans.find(({ kind }) => kind === 3), step = spans.find(({ name }) => name === "consult");
    assert.equal(call.name, "POST");
    assert.equal(call.parentSpanId, step.spanId);
    assert.deepEqual(call.attributes, { "http.request.method": "POST", "server.address": "127.0.0.1", "server.port": pdp.port, "http.response.status_code": 200 });
    const { headers } = pdp.asked.at(-1);
    assert.equal(headers.traceparent, `00-${parent.id}-${call.spanId}-01`);
    assert.equal(headers.tracestate, "vendor=1");
  });

  test("a refusal says its reason, at the request and at the step that refused", async () => {
    const parent = parentOf();
    const answer = await stage.exchange({ subject_token: stage.userToken({ exp: 1 }) }, { headers: { traceparent: parent.header } });
    assertFault(answer, "TOKEN_EXPIRED");
    const spans = await collector.trace(parent.id);
    const server = spans.find(({ kind }) => kind === 2), step = spans.find(({ status, kind }) => kind === 1 && status?.code === 2);
    assert.equal(server.attributes["dragoman.reason"], step.attributes["dragoman.reason"]);
    assert.equal(server.attributes["http.response.status_code"], answer.status);
    assert.equal(server.status, undefined, "an answer like others: not an error of the server");
  });

  test("nothing that a caller wrote is in a span but the target's name", async () => {
    const parent = parentOf(), secret = "s3cret-of-a-caller";
    await stage.exchange({ dragoman_purpose: secret, subject_token: secret }, { headers: { traceparent: parent.header, "user-agent": secret, "x-request-id": secret } });
    await stage.gateway.http.send(`/connect/callback/${secret}?code=${secret}`, { headers: { traceparent: parentOf(parent.id).header, cookie: secret } });
    await stage.gateway.http.send(`/${secret}?${secret}`, { method: "BREW", headers: { traceparent: parentOf(parent.id).header } });
    await until(() => collector.spans.filter(({ traceId, kind }) => traceId === parent.id && kind === 2).length === 3, "all three");
    assert.ok(!collector.messages.some(({ text }) => text.includes(secret)));
    assert.ok(collector.spans.some(({ traceId, name }) => traceId === parent.id && name === "HTTP"));
  });

  test("what is malformed is as if it had not been sent, and counted", async () => {
    const counted = async () => (await metrics(stage))("dragoman_trace_contexts_malformed_total");
    const { id, header } = parentOf(), already = await counted();
    const malformed = [header.toUpperCase(), header.replace(/^00/, "ff"), `${header}-00`, header.slice(0, -1), `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      `00-${id}-${"0".repeat(16)}-01`, "", "x".repeat(4000)];
    for (const traceparent of malformed) assertGranted(await stage.exchange({}, { headers: { traceparent } }));
    assert.equal(await counted() - already, malformed.length);
    const later = parentOf();
    assertGranted(await stage.exchange({}, { headers: { traceparent: `01${later.header.slice(2)}-of-a-later-version`, tracestate: "a=1,a=2" } }));
    const spans = await collector.trace(later.id);
    assert.equal(spans[0].traceState, undefined, "a key twice: the state is left out, the trace is not");
    assert.ok(!collector.spans.some(({ traceId }) => traceId === id));
  });

  test("what its caller does not record is not recorded here, and log lines name its trace all the same", async () => {
    const parent = parentOf(undefined, "00"), recorded = parentOf();
    const answer = await stage.exchange({}, { headers: { traceparent: parent.header, "x-request-id": "given-7" } });
    assertGranted(answer);
    assert.match(pdp.asked.at(-1).headers.traceparent, new RegExp(`^00-${parent.id}-[0-9a-f]{16}-00$`));
    await stage.exchange({}, { headers: { traceparent: recorded.header } });
    await collector.trace(recorded.id);
    assert.ok(!collector.spans.some(({ traceId }) => traceId === parent.id));
    const line = await until(() => stage.gateway.events("request_answered").find(({ trace_id }) => trace_id === parent.id), "its line");
    assert.equal(line.request_id, answer.headers["x-request-id"]);
    assert.equal(line.given_request_id, "given-7");
    assert.equal(line.exchange, answer.json.dragoman_exchange);
  });

  test("the collector is shown its headers; probes are no traces", async () => {
    const { headers } = collector.messages.at(-1);
    assert.equal(headers.authorization, "Bearer of-the-collector");
    assert.equal(headers["x-tenant"], "dragoman");
    const parent = parentOf(), next = parentOf();
    await stage.gateway.http.send("/readyz", { headers: { traceparent: parent.header } });
    await stage.exchange({}, { headers: { traceparent: next.header } });
    await collector.trace(next.id);
    assert.ok(!collector.spans.some(({ traceId }) => traceId === parent.id));
  });

  test("what the collector does not take of a message is counted and its reason logged", async () => {
    const already = spansOf(await metrics(stage), "rejected");
    collector.behaviour = (response) => Collector.take(response, JSON.stringify({ partialSuccess: { rejectedSpans: "2", errorMessage: "too old" } }));
    await stage.exchange({}, { headers: { traceparent: parentOf().header } });
    await until(async () => spansOf(await metrics(stage), "rejected") === already + 2, "two rejected spans");
    assert.equal(stage.gateway.events("traces_rejected").at(-1).reason, "too old");
  });

  test("garbage for an answer is no reason to send again", async () => {
    const parent = parentOf();
    collector.behaviour = (response) => Collector.take(response, "\u0000{{{ <html>");
    await stage.exchange({}, { headers: { traceparent: parent.header } });
    await collector.trace(parent.id);
    const next = parentOf();
    await stage.exchange({}, { headers: { traceparent: next.header } });
    await collector.trace(next.id);
    assert.equal(collector.spans.filter(({ traceId, kind }) => traceId === parent.id && kind === 2).length, 1);
  });

  test("a collector that is busy is asked again when it says", async () => {
    const parent = parentOf();
    let times = [];
    collector.behaviour = (response) => {
      times.push(performance.now());
      if (times.length === 1) response.writeHead(429, { "retry-after": "2" }).end();
      else Collector.take(response);
    };
    await stage.exchange({}, { headers: { traceparent: parent.header } });
    await until(() => times.length >= 2, "a second attempt", 20_000);
    assert.ok(times[1] - times[0] >= 1990, `${times[1] - times[0]} ms`);
    const servers = collector.spans.filter(({ traceId, kind }) => traceId === parent.id && kind === 2);
    assert.equal(new Set(servers.map(({ spanId }) => spanId)).size, 1);
    assert.equal(servers.length, 2);
  });

  test("what is left is sent at the end", async () => {
    const parent = parentOf();
    await stage.exchange({}, { headers: { traceparent: parent.header } });
    await stage.gateway.stop();
    assert.ok(collector.spans.some(({ traceId, kind }) => traceId === parent.id && kind === 2));
  });
});

describe("traces that nobody takes", () => {
  let stage, collector;
  afterEach(async () => {
    await stage?.close();
    await collector?.stop().catch(() => {});
    stage = collector = undefined;
  });

  test("exchanges go on whatever the collector does, what it never took is counted, and the gateway ends in time", async () => {
    ({ stage, collector } = await open({ tracing: { sampleRatio: 100 } }));
    const failed = async () => spansOf(await metrics(stage), "failed");
    for (const [behave, status] of [[(response) => response.writeHead(400).end("no"), 400], [(response) => response.destroy(), 0], [() => {}, 0]]) {
      const heard = collector.messages.length;
      collector.behaviour = behave;
      for (let i = 0; i < 5; i++) assertGranted(await stage.exchange());
      await until(() => collector.messages.length > heard, "the collector hears of it", 60_000);
      if (status === 400) {
        await until(async () => await failed() > 0, "what is refused is not tried again");
        assert.equal(stage.gateway.events("traces_not_exported").at(-1).status, status);
      }
    }
    assertGranted(await stage.exchange());
    const read = await metrics(stage);
    assert.ok(read("dragoman_trace_spans_waiting") > 0);
    assert.equal(spansOf(read, "exported"), 0);
    const began = performance.now();
    await stage.gateway.stop();
    assert.ok(performance.now() - began < 9000, `${performance.now() - began} ms`);
  });

  test("a collector at an address that is not allowed is not connected to", async () => {
    ({ stage, collector } = await open({ tracing: { sampleRatio: 100, allowAddresses: [] } }));
    assertGranted(await stage.exchange());
    await until(() => stage.gateway.events("traces_not_exported").length !== 0, "it is logged");
    await until(async () => spansOf(await metrics(stage), "failed") > 0, "its spans are counted");
    assert.equal(collector.messages.length, 0);
  });
});
