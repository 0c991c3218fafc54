// What the proxy for MCP costs: latency and CPU of calls beside direct ones, what a kill takes to reach open streams here and at
// a second gateway, and what an idle stream holds. Prints one JSON object; scripts/bench --parts mcp makes tables of it. From the
// root of the repository, with a release build:
//   DRAGOMAN_BUILD=$PWD/build/bench node tests/bench/mcp.js latency|kills|idle
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fdatasyncSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, writeSync } from "node:fs";
import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent, request as tlsRequest } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { tmpdir } from "node:os";
import { programs } from "../e2e/kit/machine.js";
import { openMcp } from "../e2e/kit/mcp_stage.js";

const rate = Number(process.env.RATE ?? 500), seconds = Number(process.env.SECONDS ?? 5), rounds = Number(process.env.ROUNDS ?? 4);
const streams = Number(process.env.STREAMS ?? 5000);

async function upstream(delayMs) {
  const child = spawn(process.execPath, [new URL("mcp_upstream.js", import.meta.url).pathname, String(delayMs)], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(child.stdout, "data");
  return { port: Number(String(port)), stop: () => child.kill() };
}

const at = (times, share) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];
const rounded = (number, digits = 3) => Number(number.toFixed(digits));

// Of all processes that run this gateway's program.
function workers() {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      return readlinkSync(`/proc/${name}/exe`) === programs.dragomand;
    } catch {
      return false;
    }
  });
}
const status = (process, name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${process}/status`, "utf8"))[1]);
const residentKib = () => Math.max(...workers().map((process) => status(process, "VmRSS")));
const cpuSeconds = () => workers().reduce((sum, process) => {
  const fields = readFileSync(`/proc/${process}/stat`, "utf8").split(") ")[1].split(" ");
  return sum + (Number(fields[11]) + Number(fields[12])) / 100;
}, 0);

// A request as this and that library would send it; resolves when the answer has been read.
function send(ask, options, body) {
  return new Promise((done, fail) => {
    const request = ask({ method: "POST", ...options }, (response) => {
      response.resume();
      response.on("end", () => done(response.statusCode));
      response.on("error", fail);
    });
    request.on("error", fail);
    request.end(body);
  });
}

// So many a second, whether or not the earlier ones have been answered: times count from when each was due.
async function load(call, count) {
  const times = [], under = [], begun = performance.now();
  for (let i = 0; i < count; i++) {
    const due = begun + (i * 1000) / rate;
    if (performance.now() < due) await delay(Math.max(1, due - performance.now()));
    const from = Math.min(due, performance.now());
    under.push(call().then((code) => {
      if (code !== 200) throw new Error(`status ${code}`);
      times.push(performance.now() - from);
    }));
  }
  await Promise.all(under);
  return times;
}

// What a write and its fdatasync take here and now: below that no answer of the proxy can be whose record is new.
function syncTimes() {
  const path = `${tmpdir()}/sync-${process.pid}`, file = openSync(path, "w"), times = [];
  for (let i = 0; i < 200; i++) {
    const begun = performance.now();
    writeSync(file, Buffer.alloc(8192));
    fdatasyncSync(file);
    times.push(performance.now() - begun);
  }
  closeSync(file);
  rmSync(path);
  return times;
}

async function latency(delayMs) {
  const server = await upstream(delayMs), origin = `http://127.0.0.1:${server.port}/mcp`;
  const mcp = await openMcp({ store: process.env.STORE ?? "sqlite", gateway: { limits: { threads: 1 } }, servers: { files: { upstream: origin, mcp: { callsAtOnce: 1024 }, maximumLifetime: "1h" } } });
  try {
    const token = await mcp.token("files");
    await mcp.sendNew("files", "tools/list", {}, { token });
    const { message, headers } = mcp.newMessage("tools/call", { name: "add", arguments: { a: 3, b: 4 } }), body = JSON.stringify(message);
    const common = { ...headers, accept: "application/json, text/event-stream", "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const secure = new Agent({ keepAlive: true, maxSockets: 64, ca: mcp.stage.certificates.ca }), plain = new PlainAgent({ keepAlive: true, maxSockets: 64 });
    const ways = {
      direct: { times: [], call: () => send(plainRequest, { agent: plain, host: "127.0.0.1", port: server.port, path: "/mcp", headers: common }, body) },
      proxy: { times: [], cpu: 0, call: () => send(tlsRequest, { agent: secure, host: "127.0.0.1", port: mcp.port, path: "/mcp/files", headers: { ...common, authorization: `Bearer ${token}` } }, body) },
    };
    const synced = [];
    for (let round = 0; round <= rounds; round++)
      for (const way of Object.values(ways)) {
        const before = cpuSeconds(), times = await load(way.call, rate * (round === 0 ? 1 : seconds));
        if (round === 0) continue; // connections are made, the tool is known
        way.times.push(...times);
        way.cpu += cpuSeconds() - before;
        synced.push(...syncTimes());
      }
    const result = { upstream_ms: delayMs, sync_p50_ms: rounded(at(synced, 0.5)), sync_p99_ms: rounded(at(synced, 0.99)), calls: ways.proxy.times.length, rate, cpu_us: rounded((ways.proxy.cpu * 1e6) / ways.proxy.times.length, 0) };
    for (const [name, share] of [["p50", 0.5], ["p99", 0.99]]) {
      const [one, other] = [at(ways.direct.times, share), at(ways.proxy.times, share)];
      Object.assign(result, { [`${name}_direct_ms`]: rounded(one), [`${name}_proxy_ms`]: rounded(other), [`${name}_added_ms`]: rounded(other - one) });
    }
    secure.destroy();
    plain.destroy();
    return result;
  } finally {
    await mcp.close();
    server.stop();
  }
}

// --- kills ---

// Two gateways on one store, each at a port of its own.
async function pair(server) {
  const mcp = await openMcp({ store: "postgres", size: 2, gateway: { kills: { clockMargin: "0s" } },
    servers: { files: { upstream: `http://127.0.0.1:${server.port}/mcp`, mcp: { streamsAtOnce: 64 } } } });
  return { mcp, ports: [mcp.port, ...mcp.others.map(({ reached }) => Number(new URL(reached).port))] };
}

function ask(mcp, port, host, token, method, params) {
  const { message, headers } = mcp.newMessage(method, params), body = JSON.stringify(message);
  return { body, options: { host: "127.0.0.1", port, path: "/mcp/files", method: "POST", ca: mcp.stage.certificates.ca,
    headers: { ...headers, host, authorization: `Bearer ${token}`, accept: "application/json, text/event-stream", "content-type": "application/json", "content-length": Buffer.byteLength(body) } } };
}

async function listen(mcp, port, host, token) {
  const { body, options } = ask(mcp, port, host, token, "subscriptions/listen", { notifications: { toolsListChanged: true } });
  const request = tlsRequest({ ...options, agent: false });
  request.on("error", () => {});
  request.end(body);
  const [response] = await once(request, "response");
  if (response.statusCode !== 200) throw new Error(`a stream is refused: ${response.statusCode}`);
  response.on("error", () => {});
  const ended = new Promise((done) => response.on("close", () => done(performance.now())));
  await once(response, "data");
  response.resume();
  return { ended };
}

async function killOnce(mcp, ports, kind, id, token) {
  const host = `127.0.0.1:${ports[0]}`, agent = new Agent({ keepAlive: true, ca: mcp.stage.certificates.ca }), here = [], there = [];
  for (let i = 0; i < 8; i++) {
    here.push((await listen(mcp, ports[0], host, token)).ended);
    there.push((await listen(mcp, ports[1], host, token)).ended);
  }
  const refused = async (port, from) => {
    for (;;) {
      const { body, options } = ask(mcp, port, host, token, "tools/call", { name: "add", arguments: {} }), sent = performance.now();
      const code = await send(tlsRequest, { ...options, agent }, body);
      if (code === 401) return sent - from;
      if (code !== 200 || sent - from > 10_000) throw new Error(`status ${code} ${Math.round(sent - from)} ms after a kill`);
      await delay(2);
    }
  };
  await delay(200 * Math.random() + 100);
  const answer = await mcp.stage.gateways[0].kill(kind, id, { past_only: "true" });
  if (answer.status !== 200) throw new Error(`${kind} ${id}: ${answer.text}`);
  const from = performance.now();
  const [refusedHere, refusedThere, closedHere, closedThere] = await Promise.all([refused(ports[0], from), refused(ports[1], from), Promise.all(here), Promise.all(there)]);
  agent.destroy();
  return { refused_ms: refusedHere, closed_ms: Math.max(...closedHere) - from, refused_there_ms: refusedThere, closed_there_ms: Math.max(...closedThere) - from };
}

async function kills() {
  const server = await upstream(0), { mcp, ports } = await pair(server), result = {};
  const ids = { agent: ({ record }) => `${record.agent.iss} ${record.agent.sub}`, subject: ({ record }) => `${record.subject.iss} ${record.subject.sub}`, root: ({ record }) => record.root, lease: ({ id }) => id, target: () => "files" };
  try {
    for (const [kind, idOf] of Object.entries(ids)) {
      const runs = [];
      for (let round = 0; round < rounds; round++) {
        const answer = await mcp.stage.exchange({ audience: undefined, resource: `https://127.0.0.1:${ports[0]}/mcp/files`, subject_token: mcp.stage.userToken({ sub: "alice", scope: "files:read" }) });
        if (answer.status !== 200) throw new Error(answer.text);
        const { access_token: token, dragoman_exchange: id } = answer.json, record = await mcp.stage.gateway.record(id);
        for (const port of ports) { // both know the tool then
          const { body, options } = ask(mcp, port, `127.0.0.1:${ports[0]}`, token, "tools/list", {});
          await send(tlsRequest, { ...options, agent: false }, body);
        }
        runs.push(await killOnce(mcp, ports, kind, idOf({ id, record }), token));
        console.error(kind, JSON.stringify(runs.at(-1)));
        await delay(1100); // what comes within the second of a kill is dead with it
      }
      result[kind] = Object.fromEntries(Object.keys(runs[0]).map((name) => [name, rounded(Math.max(...runs.map((run) => run[name])), 1)]));
    }
    return { streams: 8, rounds, worst: result };
  } finally {
    await mcp.close();
    server.stop();
  }
}

// --- idle streams ---

async function idle() {
  const server = await upstream(0), origin = `http://127.0.0.1:${server.port}/mcp`, each = 1000;
  const mcp = await openMcp({ store: "sqlite", servers: { files: { upstream: origin, mcp: { streamsAtOnce: 1024 }, maximumLifetime: "1h" } },
    gateway: { limits: { threads: 1, streams: 2 * streams + 100, connections: { unfinishedBytes: 1 << 30, unfinishedBytesPerAddress: 1 << 30, inAll: 2 * streams + 100, perAddress: 2 * streams + 100 } } } });
  try {
    return await hold(mcp, each);
  } finally {
    await mcp.close();
    server.stop();
  }
}

async function hold(mcp, each) {
  const sockets = [], host = mcp.origin.replace("https://", ""), ca = mcp.stage.certificates.ca;
  let token;
  const open = () => new Promise((done, fail) => {
    const { body, options } = ask(mcp, mcp.port, host, token, "subscriptions/listen", { notifications: { toolsListChanged: true } });
    const head = Object.entries({ ...options.headers, host }).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const socket = connect({ host: "127.0.0.1", port: mcp.port, ca, ALPNProtocols: ["http/1.1"] });
    socket.on("error", fail);
    let text = "";
    socket.on("data", (part) => {
      text = (text + part).slice(-4000);
      if (text.includes("acknowledged")) done();
      else if (/^HTTP\/1\.1 [345]/.test(text)) fail(new Error(text));
    });
    sockets.push(socket);
    socket.write(`POST /mcp/files HTTP/1.1\r\n${head}\r\n${body}`);
  });
  const openMany = async (count) => {
    for (let i = 0; i < count; i += 20) await Promise.all(Array.from({ length: Math.min(20, count - i) }, open));
  };
  token = await mcp.token("files");
  await mcp.sendNew("files", "tools/list", {}, { token });
  await openMany(20);
  const before = residentKib();
  for (let left = streams; left > 0; left -= each) {
    token = await mcp.token("files", {}, { claims: { sub: `person-${left}` } });
    await openMany(Math.min(each, left));
  }
  await delay(3000);
  const after = residentKib(), cpu = cpuSeconds();
  await delay(10_000);
  const result = { streams, kb_each: rounded(((after - before) * 1.024) / streams, 1), cpu_percent: rounded((cpuSeconds() - cpu) * 10, 2), resident_mb: rounded(after / 976.6, 1) };
  for (const socket of sockets) socket.destroy();
  return result;
}

const parts = { latency: async () => ({ instant: await latency(0), working: await latency(5) }), kills, idle };
const chosen = process.argv.slice(2);
const result = {};
for (const name of chosen.length === 0 ? Object.keys(parts) : chosen) result[name] = await parts[name]();
console.log(JSON.stringify(result, null, 2));
