// The worker runs out of descriptors: clients that are connected are served on, whoever comes waits and is served when
// others have gone, a new issuer's keys are fetched then, and nothing spins meanwhile.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { makeKey } from "../e2e/kit/forge.js";
import { Issuer } from "../e2e/kit/issuer.js";
import { until } from "../e2e/kit/machine.js";
import { assertGranted, Stage } from "../e2e/kit/stage.js";
import { History, recordsOf } from "./kit/history.js";

const SPARE = 40; // descriptors above those in use when it begins
const IDLE_CPU_SHARE = 0.25, WATCH_MS = 1500;

describe("a worker without a descriptor left", () => {
  let stage, history, late;
  before(async () => {
    stage = await Stage.open({
      gateway: { limits: { threads: 2, connections: { perAddress: 1000, handshakeTimeout: "1m" } } },
      prepare: async ({ certificates }) => (late = await new Issuer(certificates).start()),
      edit: (documents, { gateway }) => {
        delete documents.get("Team/payments").spec.budget;
        documents.set("Issuer/late", { kind: "Issuer", metadata: { name: "late" }, spec: { domain: "corp", issuer: late.identifier, keys: { discovery: true }, audiences: [gateway.issuer] } });
        documents.get("Target/partner-orders").spec.accepts.issuers.push("late");
      },
    });
    history = new History();
  });
  after(async () => {
    await stage?.close();
    await late?.stop();
  });

  // Some may be above a limit that was set later.
  const descriptors = () => readdirSync(`/proc/${stage.gateway.worker}/fd`).length;
  const cpuMs = () => {
    const fields = readFileSync(`/proc/${stage.gateway.worker}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const send = (over) => history.send((name) => stage.exchange({ dragoman_purpose: name }, { over }));

  test("serves who is connected, spins on nothing, and serves the others when there is room again", { timeout: 60_000 }, async (t) => {
    const { gateway } = stage, { worker } = gateway;
    const connected = [gateway.http2(), gateway.http2(), gateway.http2(), gateway.http2()];
    for (const over of connected) assertGranted(await send(over));
    const limit = descriptors() + SPARE;
    execFileSync("prlimit", ["--pid", String(worker), `--nofile=${limit}:${limit}`]);
    const crowd = Array.from({ length: 3 * SPARE }, () => connect(gateway.port, "127.0.0.1").on("error", () => {}));
    await until(() => descriptors() >= limit, "there is no descriptor left");
    await delay(500);
    const before = cpuMs();
    await delay(WATCH_MS);
    const share = (cpuMs() - before) / WATCH_MS;
    assert.ok(share < IDLE_CPU_SHARE, `it used ${(100 * share).toFixed(0)} % of a processor for nothing`);
    for (let round = 0; round < 10; round++) for (const answer of await Promise.all(connected.map(send))) assertGranted(answer);
    const next = makeKey("ES256"), show = () => stage.exchange({ subject_token: late.token({ aud: gateway.issuer }, { typ: "at+jwt" }, next) }, { over: connected[0] });
    late.keys = [next];
    const refused = await show();
    assert.ok([400, 503].includes(refused.status), refused.text);
    const newcomer = gateway.http2(), waiting = send(newcomer);
    crowd.forEach((socket) => socket.destroy());
    assertGranted(await waiting);
    await until(async () => (await show()).status === 200, "the key that could not be fetched is fetched");
    [...connected, newcomer].forEach((session) => session.close());
    assert.equal(gateway.worker, worker);
    const { requests, granted } = history.check(recordsOf(gateway), { mayClose: false });
    t.diagnostic(`${requests} requests, ${granted} granted; ${(100 * share).toFixed(1)} % of a processor while nothing could be accepted`);
  });
});
