// A real Prometheus on loopback, with a configuration and data in a private folder.
import { mkdirSync, writeFileSync } from "node:fs";
import { freePort, Program, until } from "./machine.js";

const program = "/usr/bin/prometheus";

export class Prometheus {
  // ca: the certificate that targets' are checked against. rules: files.
  constructor(folder, { targets, ca, rules = [] }) {
    Object.assign(this, { folder, targets, ca, rules });
  }

  async start() {
    const port = await freePort(), config = this.folder.file("prometheus.yml"), authority = this.folder.file("prometheus-ca.pem"), data = this.folder.file("prometheus");
    this.origin = `http://127.0.0.1:${port}`;
    mkdirSync(data);
    writeFileSync(authority, this.ca);
    writeFileSync(config, JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: this.rules,
      scrape_configs: [{ job_name: "dragoman", scheme: "https", tls_config: { ca_file: authority }, static_configs: [{ targets: this.targets }] }],
    }));
    this.program = new Program(program, [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`]);
    await until(() => fetch(`${this.origin}/-/ready`).then((answer) => answer.ok, () => {
      if (!this.program.isRunning) throw new Error(`prometheus ended: ${this.program.errors}`);
      return false;
    }), "prometheus is ready", 60_000);
    return this;
  }

  async ask(path, parameters = {}) {
    const answer = await (await fetch(`${this.origin}/api/v1/${path}?${new URLSearchParams(parameters)}`)).json();
    if (answer.status !== "success") throw new Error(`${path} ${JSON.stringify(parameters)}: ${answer.error}`);
    return answer.data;
  }

  async query(query) {
    return (await this.ask("query", { query })).result;
  }

  async stop() {
    await this.program?.stop();
  }
}
