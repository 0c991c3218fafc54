// A gssproxy of the test's own, which has a key that nobody else has: as the tests' user, with sockets and configuration of its
// own; the system's is never touched.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Program, until } from "./machine.js";

const program = "/usr/sbin/gssproxy";
export const gssproxyIsMissing = existsSync(program) ? false : `${program} is not there (PACKAGES_KERBEROS of scripts/packages.sh)`;

const usual = { mechs: "krb5", allow_protocol_transition: "true", allow_constrained_delegation: "true", cred_usage: "both" };

export class GssProxy {
  // folder: where only the tests' user may write, for sockets. services: by name, changes of the settings of each; every one has a
  // socket of its own.
  static async open(realm, folder, keytab, services = { dragoman: {} }) {
    const proxy = new GssProxy();
    Object.assign(proxy, { realm, folder, services: Object.keys(services) });
    writeFileSync(join(folder, "krb5.conf"), realm.clientConfiguration());
    writeFileSync(join(folder, "gssproxy.conf"), `[gssproxy]\n${Object.entries(services).map(([name, changes]) => proxy.#service(name, keytab, changes)).join("")}`);
    await proxy.start();
    return proxy;
  }

  #service(name, keytab, changes) {
    const settings = Object.entries({ ...usual, socket: this.socket(name), euid: process.getuid(), ...changes }).map(([key, value]) => `  ${key} = ${value}\n`);
    return `[service/${name}]\n${settings.join("")}  cred_store = keytab:${keytab}\n  cred_store = client_keytab:${keytab}\n  cred_store = ccache:MEMORY:${name}\n`;
  }

  socket(name = this.services[0]) {
    return join(this.folder, `${name}.sock`);
  }

  async start() {
    this.program = new Program(program, ["-i", "-c", join(this.folder, "gssproxy.conf"), "-s", join(this.folder, "default.sock")], { cwd: "/",
      env: { PATH: process.env.PATH, LANG: "C.UTF-8", KRB5_CONFIG: join(this.folder, "krb5.conf"), KRB5RCACHENAME: "none:" } });
    await until(() => {
      if (!this.program.isRunning) throw new Error(`gssproxy ended: ${this.program.errors}${this.program.output}`);
      return this.services.every((name) => existsSync(this.socket(name)));
    }, "gssproxy listens");
  }

  async stop() {
    await this.program?.stop("SIGTERM");
  }
}
