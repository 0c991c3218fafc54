// A private PostgreSQL: its own data in a folder, a Unix socket in there and no network unless TLS is asked for, never the
// system's cluster. It syncs for real. Tests restart, kill and freeze it by its own process id.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unprivileged, until } from "./machine.js";

const folderOfVersions = "/usr/lib/postgresql";
const user = "dragoman";

function programsFolder() {
  const versions = readdirSync(folderOfVersions).filter((name) => /^\d+$/.test(name)).sort((a, b) => b - a);
  if (versions.length === 0) throw new Error("PostgreSQL is not installed; see scripts/packages.sh");
  return join(folderOfVersions, versions[0], "bin");
}

function parentOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ")[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}

const exists = (pid) => parentOf(pid) !== undefined;

// A server and its sessions and helpers, its children.
export function processesOf(server) {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => parentOf(pid) === server);
  return [server, ...children];
}

export class PrivatePostgres {
  // data: where its files are to be, for a file system of their own. tls: { certificate, key, port, password }: over the
  // network (127.0.0.1 and .2) it then answers over TLS alone, and asks for that password.
  constructor({ data, settings = [], tls } = {}) {
    this.programs = programsFolder();
    this.identity = unprivileged(["postgres", "nobody"]);
    this.settings = settings;
    this.tls = tls;
    this.folder = mkdtempSync(join(tmpdir(), "dragoman-postgres-"));
    this.data = data ?? join(this.folder, "data");
    this.connection = `host=${this.folder} user=${user} dbname=postgres`;
    const own = (path) => this.identity.uid !== undefined && chownSync(path, this.identity.uid, this.identity.gid);
    own(this.folder);
    if (data === undefined) mkdirSync(this.data, { mode: 0o700 });
    own(this.data);
  }

  async open() {
    this.#run("initdb", "-D", this.data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions");
    if (this.tls !== undefined) this.#closeNetwork();
    await this.start();
    if (this.tls !== undefined) this.setPassword(this.tls.password);
    return this;
  }

  #closeNetwork() {
    const { certificate, key, port } = this.tls;
    const own = (name, content) => {
      const path = join(this.folder, name);
      writeFileSync(path, content, { mode: 0o600 });
      if (this.identity.uid !== undefined) chownSync(path, this.identity.uid, this.identity.gid);
      return path;
    };
    writeFileSync(join(this.data, "pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n");
    this.settings = [...this.settings, "listen_addresses=127.0.0.1,127.0.0.2", `port=${port}`, "ssl=on", "password_encryption=scram-sha-256",
      `ssl_cert_file=${own("server.crt", certificate)}`, `ssl_key_file=${own("server.key", key)}`];
    this.connection += ` port=${port}`;
  }

  // A server that follows this one from now on. confirms: commits are answered when it has them too.
  async addStandby({ confirms }) {
    const standby = new PrivatePostgres();
    try {
      this.#run("pg_basebackup", "-D", standby.data, "-d", this.connection, "--write-recovery-conf", "--checkpoint=fast", "--no-sync");
      await standby.start();
      if (confirms) await this.#waitForStandbys();
    } catch (error) {
      await standby.close();
      throw error;
    }
    return standby;
  }

  // A standby takes writes from now on, and waits for nobody.
  async promote() {
    this.query("SELECT pg_promote()");
  }

  async #waitForStandbys() {
    this.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
    this.query("SELECT pg_reload_conf()");
    await until(() => this.query("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") === "1", "the standby confirms commits");
  }

  setPassword(password) {
    this.query(`ALTER ROLE ${user} PASSWORD '${password}'`);
  }

  async start() {
    const settings = ["listen_addresses=", `unix_socket_directories=${this.folder}`, "unix_socket_permissions=0700", "max_connections=200",
      "shared_buffers=64MB", "fsync=on", "synchronous_commit=on", ...this.settings];
    const log = openSync(join(this.folder, "log"), "a");
    this.server = spawn(join(this.programs, "postgres"), ["-D", this.data, ...settings.flatMap((setting) => ["-c", setting])],
      { stdio: ["ignore", log, log], cwd: "/", ...this.identity });
    closeSync(log);
    this.ended = new Promise((done) => this.server.on("exit", done));
    await until(() => {
      if (this.server.exitCode !== null) throw new Error(`PostgreSQL ended:\n${this.log}`);
      try {
        return this.#run("pg_isready", "-q", "-h", this.folder, "-p", `${this.tls?.port ?? 5432}`) !== undefined;
      } catch {
        return false;
      }
    }, "PostgreSQL is ready", 60_000);
    return this;
  }

  // "fast" ends its sessions, "immediate" is a crash: the log is replayed at the next start.
  async stop(mode = "fast") {
    if (this.server?.exitCode !== null || this.server.signalCode !== null) return;
    this.resume();
    this.server.kill({ fast: "SIGINT", immediate: "SIGQUIT" }[mode]);
    await this.ended;
  }

  async restart(mode) {
    await this.stop(mode);
    return this.start();
  }

  // kill -9 of the server; its sessions end when they notice.
  async kill() {
    const processes = processesOf(this.server.pid);
    this.server.kill("SIGKILL");
    await this.ended;
    await until(() => !processes.some(exists), "the sessions of the killed server have ended", 30_000);
  }

  // Nothing of it answers until resume; connections stay open.
  pause() {
    this.frozen = processesOf(this.server.pid);
    for (const pid of this.frozen) process.kill(pid, "SIGSTOP");
  }

  resume() {
    for (const pid of (this.frozen ?? []).filter(exists)) process.kill(pid, "SIGCONT");
    this.frozen = undefined;
  }

  // What to run, with the commands behind it, for a session beside the gateway's.
  session(schema = "dragoman") {
    return { program: join(this.programs, "psql"),
      args: ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", this.connection, "-c", `SET search_path = "${schema}"`] };
  }

  // Rows as text, columns separated by "|".
  query(sql, schema) {
    const { program, args } = this.session(schema);
    return execFileSync(program, [...args, "-c", sql], { encoding: "utf8", maxBuffer: 1 << 28 }).trim();
  }

  get log() {
    return readFileSync(join(this.folder, "log"), "utf8").slice(-4000);
  }

  #run(program, ...args) {
    return execFileSync(join(this.programs, program), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], cwd: "/", ...this.identity });
  }

  async close() {
    await this.stop("immediate");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
