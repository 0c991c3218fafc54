// A real HAProxy on loopback, with a configuration and a socket for orders in a private folder.
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { Program, run, until } from "./machine.js";

const program = "/usr/sbin/haproxy";
export const haproxyIsMissing = existsSync(program) ? false : `${program} is not there (apt install haproxy)`;

export class HAProxy {
  // sections: its frontends, backends and listeners. What they leave out of times is short, since tests wait for it.
  constructor(folder, sections, name = "haproxy") {
    this.socketPath = folder.file(`${name}.sock`);
    this.configPath = folder.file(`${name}.cfg`);
    this.sections = sections;
  }

  async start() {
    writeFileSync(this.configPath, `global
  maxconn 2000
  stats socket ${this.socketPath} mode 600 level admin
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout check 2s
${this.sections}
`);
    const checked = await run(program, ["-c", "-f", this.configPath]);
    if (checked.code !== 0) throw new Error(`haproxy refuses its configuration:\n${checked.errors}${checked.output}`);
    this.program = new Program(program, ["-db", "-f", this.configPath]);
    await until(() => this.order("show info").then((answer) => answer.includes("Pid:"), () => {
      if (!this.program.isRunning) throw new Error(`haproxy ended: ${this.program.errors}${this.program.output}`);
      return false;
    }), "haproxy answers");
    return this;
  }

  // An order of the management guide, such as "set server gateways/one state drain"; what it answers.
  async order(text) {
    const socket = connect(this.socketPath);
    const parts = [];
    socket.on("data", (part) => parts.push(part));
    socket.end(`${text}\n`);
    await once(socket, "close");
    return Buffer.concat(parts).toString("utf8");
  }

  // Rows of "show stat": {pxname, svname, status, ...}.
  async stat() {
    const [head, ...rows] = (await this.order("show stat")).trim().split("\n");
    const names = head.replace(/^# /, "").split(",");
    return rows.map((row) => Object.fromEntries(row.split(",").map((value, i) => [names[i], value])));
  }

  // SIGUSR1 lets what is under way end first.
  async stop(signal = "SIGTERM") {
    await this.program?.stop(signal);
  }
}
