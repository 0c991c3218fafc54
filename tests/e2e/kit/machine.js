// What tests take from the machine: private folders, free loopback ports, programs that end when the test does.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export const root = resolve(import.meta.dirname, "../../..");
export const build = process.env.DRAGOMAN_BUILD ?? join(root, "build/asan");
export const programs = { dragomand: join(build, "gateway/dragomand"), dragoman: join(build, "cli/dragoman"),
  notebook: join(build, "tests/notebook/dragomand_notebook"), clock: join(build, "tests/clock/dragomand_clock"),
  next: join(build, "tests/next/dragomand_next"),
  hanging: join(build, "tests/hanging/dragomand_hanging"), failing: join(build, "tests/failing/dragomand_failing"),
  ticketReader: join(build, "tests/ticket_reader/ticket_reader") };
export const isFull = Boolean(process.env.DRAGOMAN_FULL);

export function privateFolder() {
  const path = mkdtempSync(join(tmpdir(), "dragoman-e2e-"));
  return { path, file: (name) => join(path, name), remove: () => rmSync(path, { recursive: true, force: true }) };
}

// A port nobody listens on at this moment; the server that wants it opens it in a while. Below those that the kernel gives to
// every connection that is made, of which the tests that run beside this make thousands.
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_000), server = createServer().listen(port, "127.0.0.1");
    const isFree = await new Promise((done) => server.once("listening", () => done(true)).once("error", () => done(false)));
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

// Whom servers run as that refuse to be root's, or that root's tests are not to run as root: a user that owns nothing else,
// the first of these that is there.
export function unprivileged(names) {
  if (process.getuid() !== 0) return {};
  const rows = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const row = names.map((name) => rows.find((fields) => fields[0] === name)).find((found) => found !== undefined);
  if (row === undefined) throw new Error(`there is none of the users ${names.join(", ")} to run a server as`);
  return { uid: Number(row[2]), gid: Number(row[3]) };
}

// Uses are counted by the minute of the clock: what has to be counted within one waits where the next is about to begin.
export async function withinMinute(spareMs = 10_000) {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < spareMs) await delay(left + 10);
}

// what: a text, or a function that says it when it is too late.
export async function until(condition, what, limitMs = 20_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${typeof what === "function" ? what() : what}`);
    await delay(50);
  }
}

export function isAlive(id) {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

const sanitizerComplaint = /(Address|Leak|UndefinedBehavior|Thread)Sanitizer|runtime error:/;

// A program with its output kept. stop() ends it by its own id and throws when a sanitizer complained.
export class Program {
  constructor(path, args, options = {}) {
    this.output = "";
    this.errors = "";
    this.child = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    this.child.stdout.setEncoding("utf8").on("data", (text) => (this.output += text));
    this.child.stderr.setEncoding("utf8").on("data", (text) => (this.errors += text));
    this.child.stdin.on("error", () => {});
    this.ended = new Promise((done) => {
      this.child.on("error", (error) => ((this.errors += error.message), done({ code: 127, signal: null })));
      this.child.on("close", (code, signal) => done({ code, signal }));
    });
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  async stop(signal = "SIGTERM", limitMs = 30_000) {
    if (this.isRunning) this.child.kill(signal);
    const late = setTimeout(() => this.child.kill("SIGKILL"), limitMs);
    const result = await this.ended;
    clearTimeout(late);
    if (sanitizerComplaint.test(this.errors)) throw new Error(`a sanitizer complained:\n${this.errors}`);
    return result;
  }
}

// Runs a program to its end: {code, output, errors}.
export async function run(path, args, { input = "", ...options } = {}) {
  const program = new Program(path, args, options);
  program.child.stdin.end(input);
  const { code } = await program.ended;
  if (sanitizerComplaint.test(program.errors)) throw new Error(`a sanitizer complained:\n${program.errors}`);
  return { code, output: program.output, errors: program.errors };
}
