// PostgreSQL under Patroni as docs/operations/patroni.md has it: three etcd members and three nodes, from Debian's packages,
// as nobody's user, in one private folder and on loopback. The page's patroni.yml is what runs; here stand only the
// addresses, folders and times that are others. Each node is reached, and reaches etcd, by cables a test can cut.
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, isAlive, isFull, Program, root, run, unprivileged, until } from "../../e2e/kit/machine.js";
import { processesOf } from "../../e2e/kit/postgres.js";
import { Cable } from "./cable.js";

const MEMBERS = 3;
const ASKED_MS = 10_000;
export const PASSWORD = "dragoman-password"; // of the gateways
const STARTS_MS = 120_000; // initdb, two base backups and Python's start, on a busy machine
// What the page recommends takes twenty seconds to notice a loss; with --full it is waited for.
const SHORT_TIMES = [["ttl: 20", "ttl: 10"], ["loop_wait: 5", "loop_wait: 1"], ["retry_timeout: 5", "retry_timeout: 3"]];
const page = readFileSync(join(root, "docs/operations/patroni.md"), "utf8");
const template = /<!-- file: patroni.yml -->\n```yaml\n([\s\S]*?)```/.exec(page)[1];
const statements = /<!-- sql: once -->\n```sql\n([\s\S]*?)```/.exec(page)[1];
const versions = "/usr/lib/postgresql";
const programsFolder = join(versions, readdirSync(versions).filter((name) => /^\d+$/.test(name)).sort((a, b) => b - a)[0], "bin");

// What stands on the page has to be there to be replaced.
function replaced(text, pairs) {
  return pairs.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`docs/operations/patroni.md does not say "${from}"`);
    return changed.replaceAll(from, to);
  }, text);
}

const isPrimary = (state) => ["master", "primary"].includes(state?.role);

class Node {
  // What comes to it comes by one of its cables: ours, or for a gateway that is on its side of the network, the side's.
  static async prepare(name, cluster) {
    const node = new Node();
    Object.assign(node, { name, cluster, folder: join(cluster.folder, name), port: await freePort(), restPort: await freePort() });
    cluster.own(node.folder);
    node.ways = { postgres: await Cable.open(node.port), rest: await Cable.open(node.restPort) };
    node.side = await Cable.open(node.port);
    node.etcd = await Promise.all(cluster.clientPorts.map((port) => Cable.open(port)));
    node.configuration = join(node.folder, "patroni.yml");
    cluster.write(node.configuration, node.#document());
    return node;
  }

  #document() {
    const at = (port) => `127.0.0.1:${port}`, { folder, cluster } = this;
    return replaced(template, [
      ["name: db1", `name: ${this.name}`],
      ["listen: 10.0.0.11:8008", `listen: ${at(this.restPort)}`], ["connect_address: 10.0.0.11:8008", `connect_address: ${at(this.ways.rest.port)}`],
      ["listen: 10.0.0.11:5432", `listen: ${at(this.port)}`], ["connect_address: 10.0.0.11:5432", `connect_address: ${at(this.ways.postgres.port)}`],
      // Otherwise it would ask etcd for other addresses of etcd, which are not behind its own cables.
      ["hosts: [10.0.0.21:2379, 10.0.0.22:2379, 10.0.0.23:2379]", `hosts: [${this.etcd.map(({ port }) => at(port)).join(", ")}]\n  use_proxies: true`],
      ["10.0.0.0/24", "127.0.0.0/8"], ["local all postgres peer", "local all postgres trust"],
      ["/var/lib/postgresql/15/dragoman", join(folder, "data")], ["/usr/lib/postgresql/15/bin", programsFolder], ["/var/run/postgresql", folder],
      ["/etc/patroni/server.crt", cluster.certificate], ["/etc/patroni/server.key", cluster.key],
      ["mode: required", "mode: \"off\""], // there is one watchdog to a machine, and it would reset this one
      ...(isFull ? [] : SHORT_TIMES),
    ]);
  }

  start() {
    this.patroni = new Program("/usr/bin/patroni", [this.configuration], { cwd: "/", ...this.cluster.identity, env: this.cluster.environment });
  }

  // What Patroni's own interface says of it; undefined when it says nothing.
  async state() {
    return fetch(`http://127.0.0.1:${this.restPort}/patroni`, { signal: AbortSignal.timeout(2000) }).then((answer) => answer.json(), () => undefined);
  }

  get postmaster() {
    try {
      return Number(readFileSync(join(this.folder, "data/postmaster.pid"), "utf8").split("\n")[0]);
    } catch {
      return undefined;
    }
  }

  // A session over its socket, as the superuser, whatever its cables do.
  #session(sql, database) {
    return [join(programsFolder, "psql"), ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", this.folder, "-p", `${this.port}`, "-U", "postgres", "-d", database, "-c", sql]];
  }

  // Rows as text. Only for reading: a commit is confirmed by way of cables, which stand still meanwhile.
  query(sql, database = "dragoman") {
    return execFileSync(...this.#session(sql, database), { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"], timeout: ASKED_MS }).trim();
  }

  async change(sql, database = "dragoman") {
    const { code, errors } = await run(...this.#session(sql, database));
    if (code !== 0) throw new Error(`${sql}: ${errors}`);
  }

  // The whole node at once, as when its machine loses power.
  async kill() {
    const { postmaster } = this;
    this.patroni.child.kill("SIGKILL");
    if (postmaster !== undefined && isAlive(postmaster)) process.kill(postmaster, "SIGKILL");
    await this.patroni.ended;
    await until(() => postmaster === undefined || !isAlive(postmaster), "the killed server is gone");
  }

  // From etcd, from the other nodes and from all but those who are on its side, who reach it alone.
  isolate() {
    for (const way of [...this.#ways, ...this.#othersSides]) way.cut();
  }

  rejoin() {
    for (const way of [...this.#ways, ...this.#othersSides]) way.mend();
  }

  get #othersSides() {
    return this.cluster.nodes.filter((node) => node !== this).map(({ side }) => side);
  }

  // Everything of it stands still, as a machine does whose disk answers no more.
  freeze() {
    this.frozen = [this.patroni.child.pid, ...processesOf(this.postmaster)];
    for (const pid of this.frozen) process.kill(pid, "SIGSTOP");
  }

  thaw() {
    for (const pid of (this.frozen ?? []).filter(isAlive)) process.kill(pid, "SIGCONT");
    this.frozen = undefined;
  }

  async isLeader() {
    return isPrimary(await this.state());
  }

  get takesWrites() {
    return this.query("SELECT pg_is_in_recovery()", "postgres") === "f";
  }

  get #ways() {
    return [this.ways.postgres, this.ways.rest, ...this.etcd];
  }

  async close() {
    this.thaw();
    if (this.patroni?.isRunning) await this.kill();
    for (const way of [...this.#ways, this.side]) way.close();
  }
}

export class PatroniCluster {
  static async open(certificates) {
    const cluster = new PatroniCluster();
    try {
      await cluster.#open(certificates);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  async #open(certificates) {
    this.identity = unprivileged(["postgres", "nobody"]);
    this.folder = mkdtempSync(join(tmpdir(), "dragoman-patroni-"));
    this.#give(this.folder);
    this.environment = { PATH: "/usr/bin:/bin", HOME: this.folder, LANG: "C.UTF-8" };
    this.authority = certificates.authorityFile;
    this.certificate = join(this.folder, "server.crt");
    this.key = join(this.folder, "server.key");
    this.write(this.certificate, certificates.certificate);
    this.write(this.key, certificates.key);
    await this.#startEtcd();
    this.nodes = [];
    for (let i = 1; i <= MEMBERS; i++) this.nodes.push(await Node.prepare(`db${i}`, this));
    for (const node of this.nodes) node.start();
    await this.whole();
    for (const statement of replaced(statements, [["GATEWAY-PASSWORD", PASSWORD]]).trim().split("\n")) await this.leader.change(statement, "postgres");
  }

  #give(path) {
    if (this.identity.uid !== undefined) chownSync(path, this.identity.uid, this.identity.gid);
  }

  own(folder) {
    mkdirSync(folder, { mode: 0o700 });
    this.#give(folder);
  }

  write(path, content) {
    writeFileSync(path, content, { mode: 0o600 });
    this.#give(path);
  }

  async #startEtcd() {
    const members = [];
    for (let i = 1; i <= MEMBERS; i++) members.push({ name: `etcd${i}`, client: await freePort(), peer: await freePort() });
    const at = (port) => `http://127.0.0.1:${port}`;
    const all = members.map(({ name, peer }) => `${name}=${at(peer)}`).join(",");
    this.clientPorts = members.map(({ client }) => client);
    this.etcd = members.map(({ name, client, peer }) => new Program("/usr/bin/etcd", ["--name", name, "--data-dir", join(this.folder, name), "--listen-client-urls", at(client),
      "--advertise-client-urls", at(client), "--listen-peer-urls", at(peer), "--initial-advertise-peer-urls", at(peer), "--initial-cluster", all,
      "--initial-cluster-state", "new", "--initial-cluster-token", this.folder], { cwd: "/", ...this.identity, env: this.environment }));
    await until(() => fetch(`${at(members[0].client)}/health`).then((answer) => answer.ok, () => false), () => `etcd is healthy:\n${this.etcd.map(({ errors }) => errors.slice(-500)).join("\n")}`, STARTS_MS);
  }

  // Until there is a primary, every node that runs follows it, and one of them is known to confirm its commits.
  async whole(nodes = this.nodes) {
    const isWhole = async () => {
      const states = await Promise.all(nodes.map((node) => node.state()));
      const leader = states.findIndex((state) => isPrimary(state) && state.state === "running");
      this.standby = nodes[states.findIndex((state) => state?.sync_standby === true)];
      if (leader < 0 || this.standby === undefined) return false;
      this.leader = nodes[leader];
      return states.every((state) => state?.state === "running" && state.timeline === states[leader].timeline) && this.#followers === nodes.length - 1;
    };
    await until(async () => isWhole().catch(() => false), () => `the cluster is whole:\n${nodes.map(({ name, patroni }) => `${name}: ${patroni.errors.slice(-1500)}`).join("\n")}`, STARTS_MS);
    return this.leader;
  }

  get #followers() {
    return Number(this.leader.query("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", "postgres"));
  }

  // As an operator does it.
  async switchOver(candidate = this.standby) {
    const { code, output, errors } = await run("/usr/bin/patronictl", ["-c", this.leader.configuration, "switchover", "dragoman", "--leader", this.leader.name, "--candidate", candidate.name, "--force"],
      { cwd: "/", ...this.identity, env: this.environment });
    if (code !== 0 || !/Successfully switched over/.test(output)) throw new Error(`patronictl switchover: ${output}${errors}`);
    this.leader = candidate;
  }

  // For a gateway: by the nodes' cables.
  get connection() {
    return this.#by(this.nodes.map(({ ways }) => ways.postgres.port));
  }

  get connectionBySides() {
    return this.#by(this.nodes.map(({ side }) => side.port));
  }

  #by(ports) {
    return `host=${ports.map(() => "localhost").join(",")} hostaddr=${ports.map(() => "127.0.0.1").join(",")} port=${ports.join(",")} dbname=dragoman user=dragoman sslmode=verify-full sslrootcert=${this.authority}`;
  }

  // What the primary has, as recordsOf asks for it.
  query(sql) {
    return this.leader.query(`SET search_path = dragoman; ${sql}`);
  }

  async close() {
    await Promise.all((this.nodes ?? []).map((node) => node.close()));
    await Promise.all((this.etcd ?? []).map((member) => member.stop("SIGKILL")));
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}
