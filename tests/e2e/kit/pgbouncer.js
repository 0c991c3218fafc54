// A PgBouncer of the test's own before a private PostgreSQL: a Unix socket in a folder, as the same user.
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, until } from "./machine.js";

const PORT = 6432; // a name of the socket

export class PgBouncer {
  // mode: session, transaction or statement; settings: further lines.
  static async open(postgres, mode, settings = []) {
    const bouncer = new PgBouncer(), { identity } = postgres;
    bouncer.postgres = postgres;
    bouncer.folder = mkdtempSync(join(tmpdir(), "dragoman-pgbouncer-"));
    const file = join(bouncer.folder, "pgbouncer.ini");
    writeFileSync(file, ["[databases]", `postgres = host=${postgres.folder} user=dragoman`, "[pgbouncer]", "listen_addr =", `listen_port = ${PORT}`,
      `unix_socket_dir = ${bouncer.folder}`, "auth_type = any", `pool_mode = ${mode}`, "default_pool_size = 50", ...settings, ""].join("\n"));
    if (identity.uid !== undefined) for (const path of [bouncer.folder, file]) chownSync(path, identity.uid, identity.gid);
    bouncer.connection = `host=${bouncer.folder} port=${PORT} user=dragoman dbname=postgres`;
    bouncer.program = new Program("/usr/sbin/pgbouncer", [file], { cwd: "/", ...identity });
    await until(() => {
      if (!bouncer.program.isRunning) throw new Error(`pgbouncer ended:\n${bouncer.program.errors}`);
      return /process up/.test(bouncer.program.errors);
    }, "PgBouncer is up");
    return bouncer;
  }

  // Past it, for who looks at what is stored.
  query(...args) {
    return this.postgres.query(...args);
  }

  async close() {
    await this.program.stop("SIGINT");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
