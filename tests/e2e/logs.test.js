// The log: whose each line is, what has a line, and how much of it there is in a flood.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { until } from "./kit/machine.js";
import { assertGranted, Stage } from "./kit/stage.js";

describe("log lines", () => {
  let stage, gateway;
  before(async () => {
    stage = await Stage.open({ gateway: { limits: { threads: 1 } } });
    gateway = stage.gateway;
  });
  after(() => stage?.close());

  const metric = async () => Number((await gateway.admin("/metrics")).text.match(/^dragoman_log_lines_left_out_total (\d+)$/m)[1]);
  const lineOf = (answer, event = "request_refused") =>
    until(() => gateway.events(event).find(({ request_id }) => request_id === answer.headers["x-request-id"]), "its line");

  test("a refused request has one, with its reason and the ids by which it is found", async () => {
    const id = "4bf92f3577b34da6a3ce929d0e0e4736";
    const answer = await stage.exchange({ subject_token: stage.userToken({ exp: 1 }) }, { headers: { traceparent: `00-${id}-00f067aa0ba902b7-01`, "x-request-id": "given.7" } });
    assertFault(answer, "TOKEN_EXPIRED");
    const line = await lineOf(answer);
    const { ladder } = await gateway.record(answer.json.dragoman_exchange);
    assert.equal(line.level, "info");
    assert.equal(line.reason, ladder.at(-1).result);
    assert.equal(line.exchange, answer.json.dragoman_exchange);
    assert.equal(line.trace_id, id, "also where traces are sent nowhere");
    assert.equal(line.given_request_id, "given.7");
    assert.deepEqual([line.method, line.route, line.status, line.address], ["POST", "/token", answer.status, "127.0.0.1"]);
  });

  test("an id that is not plain is not written down", async () => {
    for (const given of ["two words", 'quo"te', "x".repeat(65), "a=b"])
      assert.equal((await lineOf(await gateway.http.send("/nowhere", { headers: { "x-request-id": given } }))).given_request_id, undefined);
  });

  test("a granted request has none at info", async () => {
    const granted = await stage.exchange();
    assertGranted(granted);
    await lineOf(await gateway.http.send("/nowhere"));
    assert.ok(!gateway.program.errors.includes(granted.headers["x-request-id"]));
  });

  test("a flood of refusals leaves some a second, and the next line says how many were left out", async () => {
    const SENT = 400, PER_SECOND = 20; // ACCESS_LINES_PER_SECOND, of one loop
    const already = gateway.events("request_refused").length, leftOut = await metric(), began = performance.now();
    await Promise.all(Array.from({ length: SENT }, () => gateway.http.send("/nowhere")));
    const seconds = Math.ceil((performance.now() - began) / 1000) + 1;
    const counted = await metric() - leftOut, written = gateway.events("request_refused").length - already;
    assert.equal(counted + written, SENT);
    assert.ok(written <= PER_SECOND * seconds, `${written} lines in ${seconds} s`);
    assert.ok(counted > 0 || seconds > SENT / PER_SECOND);
    const said = async () => {
      await gateway.http.send("/nowhere");
      return gateway.events("request_refused").slice(already).reduce((sum, { left_out }) => sum + left_out, 0) >= counted;
    };
    await until(said, "a line that says so");
  });

  test("the level is read again at a hand-over", async () => {
    const earlier = gateway.worker;
    writeFileSync(gateway.configPath, readFileSync(gateway.configPath, "utf8").replace('"spec": {', '"spec": { "logging": { "level": "debug" },'));
    gateway.program.child.kill("SIGHUP");
    await gateway.nextWorker(earlier);
    const granted = [];
    await until(async () => {
      granted.push((await stage.exchange()).headers["x-request-id"]);
      return gateway.events("request_answered").some(({ request_id }) => granted.includes(request_id));
    }, "a granted request has its line at debug");
  });
});
