// The official conformance suite as a program that tests run, its checks as data, and what stands between it and the gateway:
// it can neither speak TLS to a private authority nor show a token.
import { once } from "node:events";
import { createServer } from "node:http";
import { request as tlsRequest } from "node:https";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { privateFolder, root, run } from "./machine.js";

export const suite = join(root, "tests/e2e/node_modules/@modelcontextprotocol/conformance/dist/index.js");

// conformance ARGS -o FOLDER: {output, checks: [{scenario, id, name, status, errorMessage, details}]}.
export async function conformance(args, options) {
  const folder = privateFolder();
  try {
    const { output, errors } = await run(process.execPath, [suite, ...args, ...(args[0] === "list" ? [] : ["-o", folder.path])], options);
    return { output: output + errors, checks: checksIn(folder.path) };
  } finally {
    folder.remove();
  }
}

// Each scenario has a folder whose name ends with the time.
export function checksIn(path) {
  const files = readdirSync(path, { recursive: true }).filter((name) => name.endsWith("checks.json"));
  return files.flatMap((name) => {
    const scenario = name.replace(/[/\\]?checks\.json$/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "").replace(/^server-/, "");
    return JSON.parse(readFileSync(join(path, name), "utf8")).map((check) => ({ scenario, ...check }));
  });
}

export const serverChecks = (url, requirements) => conformance(["server", "--url", url, "--requirements", requirements]);

export const describeCheck = ({ scenario, id, name, status, errorMessage }) => `${scenario} ${id} (${name}): ${status}${errorMessage === undefined ? "" : `: ${errorMessage}`}`;

// A check may be made several times in one scenario: each of its results counts, by its name and its place among the equal ones.
function byPlace(checks) {
  const seen = new Map(), placed = new Map();
  for (const check of checks.filter(({ status }) => status !== "INFO")) {
    const key = `${check.scenario} ${check.id} ${check.name}`, place = seen.get(key) ?? 0;
    seen.set(key, place + 1);
    placed.set(`${key} ${place}`, check);
  }
  return placed;
}

// What is SUCCESS in the first and not in the second.
export function lostChecks(direct, through) {
  const second = byPlace(through);
  return [...byPlace(direct)].filter(([, { status }]) => status === "SUCCESS")
    .map(([key, check]) => [check, second.get(key)]).filter(([, other]) => other?.status !== "SUCCESS")
    .map(([check, other]) => describeCheck(other ?? { ...check, status: "not made" }));
}

// On loopback, in front of a gateway's endpoint: adds the token to what comes, byte for byte and unbuffered otherwise. A
// Host that is this one's own becomes the gateway's; any other, and the Origin, go through for the gateway to judge.
export class Injector {
  constructor(endpoint, { ca, token }) {
    this.endpoint = new URL(endpoint);
    this.token = token;
    this.server = createServer((request, response) => {
      const pairs = request.rawHeaders.flatMap((_, i, all) => (i % 2 === 0 ? [[all[i], all[i + 1]]] : [])).map(([name, value]) =>
        [name, name.toLowerCase() === "host" && value === `127.0.0.1:${this.server.address().port}` ? this.endpoint.host : value]);
      const sent = tlsRequest(this.endpoint, { ca, method: request.method, agent: false, headers: [...pairs, ["Authorization", `Bearer ${token}`]].flat() });
      sent.on("response", (answer) => {
        response.writeHead(answer.statusCode, answer.rawHeaders);
        response.flushHeaders();
        answer.on("error", () => response.destroy()).pipe(response);
      });
      sent.on("error", () => response.destroy());
      response.on("close", () => sent.destroy());
      request.pipe(sent);
    });
  }

  async start(port = 0) {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    this.url = `${this.origin}/mcp`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, "close");
  }
}
