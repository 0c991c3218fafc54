// A private Kerberos realm: MIT's KDC with its LDAP back end (the one that knows who may delegate to whom), slapd behind it,
// both as an ordinary user, in a folder of their own and on loopback. The system's krb5.conf and services are never touched.
// kerberos_service.js is the service that takes its tickets, broken_kdc.js what stands where a KDC should.
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeServerCertificate } from "./certificates.js";
import { Directory, directorySchema } from "./directory.js";
import { freePort, Program, run, unprivileged, until } from "./machine.js";

const needed = ["/usr/sbin/krb5kdc", "/usr/sbin/kdb5_ldap_util", "/usr/sbin/kadmin.local", "/usr/sbin/slapd", "/usr/sbin/apache2",
  "/usr/lib/apache2/modules/mod_auth_gssapi.so", "/usr/bin/kinit", "/usr/bin/ldapmodify", directorySchema];
const missing = needed.find((path) => !existsSync(path));
export const kerberosIsMissing = missing === undefined ? false : `${missing} is not there (PACKAGES_KERBEROS of scripts/packages.sh)`;

export const realmName = "MIT.EXAMPLE";
export const users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
export const gatewayPrincipal = "gw/gateway.mit.example";
// Has the same list, and may not let anybody in whom it has not seen the ticket of.
export const untrustedPrincipal = "gw2/gateway.mit.example";
// The gateway may delegate to the first two; the third is there as well. unknownService is not.
export const services = { app: "HTTP/app.mit.example", second: "HTTP/second.mit.example", other: "HTTP/other.mit.example" };
export const unknownService = "HTTP/unknown.mit.example";

// libfaketime moves the wall clock of what is started with this.
export const clockShifted = (shift) => shift === undefined ? {}
  : { LD_PRELOAD: "/usr/$LIB/faketime/libfaketime.so.1", FAKETIME: shift, FAKETIME_DONT_FAKE_MONOTONIC: "1" };

export class KerberosRealm {
  // certificates: of the test, for the directory's TLS. clock: the KDC's, as libfaketime has it ("+10m").
  // settings: lines of its part of kdc.conf.
  static async open(certificates, { clock, settings = [] } = {}) {
    const realm = new KerberosRealm(certificates, clock, settings);
    try {
      await realm.#raise();
    } catch (error) {
      await realm.close();
      throw error;
    }
    return realm;
  }

  constructor(certificates, clock, settings) {
    this.certificates = certificates;
    this.clock = clock;
    this.settings = settings;
    this.identity = unprivileged(["nobody"]);
    this.folder = mkdtempSync(join(tmpdir(), "dragoman-kerberos-"));
    this.own(this.folder);
    chmodSync(this.folder, 0o711);
    this.password = randomBytes(12).toString("hex"); // of every user
    this.kdcs = [];
    this.masterPassword = randomBytes(12).toString("hex");
  }

  file(name) {
    return join(this.folder, name);
  }

  own(path) {
    if (this.identity.uid !== undefined) chownSync(path, this.identity.uid, this.identity.gid);
    return path;
  }

  write(name, content, mode = 0o644) {
    writeFileSync(this.file(name), content, { mode });
    return this.own(this.file(name));
  }

  // As the user that the servers are, which is to read what comes of it.
  async as(program, args, { input, env } = {}) {
    const done = await run(program, args, { input, cwd: "/", ...this.identity, env: { ...this.environment, ...env } });
    if (done.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.code}\n${done.output}${done.errors}`);
    return done.output;
  }

  // Of the realm's own programs.
  get environment() {
    return { PATH: `${process.env.PATH}:/usr/sbin`, LANG: "C.UTF-8", HOME: this.folder, KRB5_CONFIG: this.file("krb5.conf"), KRB5_KDC_PROFILE: this.file("kdc.conf"), KRB5CCNAME: this.file("ccache") };
  }

  async #raise() {
    this.port = await freePort();
    this.write("krb5.conf", this.clientConfiguration());
    this.directory = await new Directory(this, makeServerCertificate(this.certificates, ["localhost"], ["127.0.0.1"])).start();
    this.write("kdc.conf", this.#configuration(this.port));
    const { administrator, password, url, suffix } = this.directory;
    await Promise.all([
      this.as("kdb5_ldap_util", ["-D", administrator, "-w", password, "-H", url, "create", "-subtrees", suffix, "-r", realmName, "-s", "-P", this.masterPassword,
        "-maxtktlife", "10 hours", "-maxrenewlife", "7 days"]),
      this.as("kdb5_ldap_util", ["stashsrvpw", "-f", this.file("ldap.stash"), administrator], { input: `${password}\n${password}\n` }),
    ]);
    await this.#populate();
    await this.start();
  }

  // Renewable tickets are there for whoever asks, as they are in most realms: that ours are not is to be seen.
  #configuration(port) {
    return `[kdcdefaults]
 kdc_listen = ""
 kdc_tcp_listen = 127.0.0.1:${port}
[realms]
 ${realmName} = {
  database_module = ldap
  key_stash_file = ${this.file("stash")}
  max_life = 10h
  max_renewable_life = 7d
  supported_enctypes = aes256-cts-hmac-sha1-96:normal
${this.settings.map((line) => `  ${line}\n`).join("")} }
[dbmodules]
 ldap = {
  db_library = kldap
  ldap_kerberos_container_dn = "cn=krb,${this.directory.suffix}"
  ldap_kdc_dn = "${this.directory.administrator}"
  ldap_kadmind_dn = "${this.directory.administrator}"
  ldap_service_password_file = ${this.file("ldap.stash")}
  ldap_servers = ${this.directory.url}
 }
[logging]
 kdc = FILE:${this.file("kdc.log")}
`;
  }

  async #populate() {
    await this.kadmin(
      ...[...users, "probe"].map((name) => `addprinc -pw ${this.password} ${name}`),
      `addprinc -pw ${this.password} -allow_forwardable vip`,
      `addprinc -pw ${this.password} -allow_tix disabled`,
      `addprinc -pw ${this.password} -expire "2020-01-01 00:00:00 UTC" expired`,
      `addprinc -randkey +ok_to_auth_as_delegate ${gatewayPrincipal}`,
      `addprinc -randkey ${untrustedPrincipal}`,
      ...Object.values(services).map((name) => `addprinc -randkey -maxlife 10minutes ${name}`));
    for (const principal of [gatewayPrincipal, untrustedPrincipal]) await this.mayDelegateTo(principal, [services.app, services.second]);
  }

  // What is done in kadmin.local, which says on its error output alone that something did not work.
  async kadmin(...lines) {
    const done = await run("kadmin.local", ["-r", realmName], { input: `${lines.join("\n")}\n`, cwd: "/", ...this.identity, env: this.environment });
    const complaints = done.errors.split("\n").filter((line) => /^[a-z_]+: /.test(line));
    if (done.code !== 0 || complaints.length > 0) throw new Error(`kadmin.local: ${done.code} ${complaints.join("\n")}`);
    return done.output;
  }

  addUser(name, ...flags) {
    return this.kadmin(`addprinc -pw ${this.password} ${flags.join(" ")} ${name}`);
  }

  disable(principal) {
    return this.kadmin(`modprinc -allow_tix ${principal}`);
  }

  enable(principal) {
    return this.kadmin(`modprinc +allow_tix ${principal}`);
  }

  // The keytabs written before are stale from now on.
  rotateKey(principal) {
    return this.kadmin(`cpw -randkey ${principal}`);
  }

  // The whole list of those that a principal may ask tickets for on behalf of others; empty: none.
  mayDelegateTo(principal, list) {
    return this.directory.modify(`krbPrincipalName=${principal}@${realmName},cn=${realmName},cn=krb,${this.directory.suffix}`,
      `replace: krbAllowedToDelegateTo\n${list.map((service) => `krbAllowedToDelegateTo: ${service}@${realmName}\n`).join("")}`);
  }

  // With the keys as they are; only the tests' user may read it. It can be written over an older one.
  async writeKeytab(path, ...principals) {
    const made = this.file(`${randomBytes(8).toString("hex")}.keytab`);
    await this.kadmin(...principals.map((name) => `ktadd -norandkey -k ${made} ${name}`));
    return this.#handOver(made, path);
  }

  // A copy belongs to whoever the original does.
  #handOver(made, path) {
    copyFileSync(made, path);
    chownSync(path, process.getuid(), process.getgid());
    chmodSync(path, 0o600);
    rmSync(made);
    return path;
  }

  // A keytab as nobody should have one: entries are { principal, version, cipher } made of a password.
  async writeForeignKeytab(path, entries) {
    const made = this.file(`${randomBytes(8).toString("hex")}.keytab`);
    const lines = entries.map(({ principal, version = 1, cipher = "aes256-cts-hmac-sha1-96" }) => `addent -password -p ${principal}@${realmName} -k ${version} -e ${cipher}\nany password\n`);
    await this.as("ktutil", [], { input: `${lines.join("")}wkt ${made}\nquit\n` });
    return this.#handOver(made, path);
  }

  // The krb5.conf of whoever is to find this realm. kdcs: other places than its own.
  clientConfiguration({ kdcs = [this.address], lines = [] } = {}) {
    return `[libdefaults]
 default_realm = ${realmName}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 forwardable = true
 ticket_lifetime = 1h
 udp_preference_limit = 1
${lines.map((line) => ` ${line}\n`).join("")}[realms]
 ${realmName} = {
${kdcs.map((kdc) => `  kdc = ${kdc}\n`).join("")} }
[domain_realm]
 .mit.example = ${realmName}
`;
  }

  // Somebody with Kerberos programs: an environment with a cache of their own. clock: theirs.
  client(name, { clock, kdcs, lines } = {}) {
    const configuration = this.write(`${name}.conf`, this.clientConfiguration({ kdcs, lines }));
    const cache = this.file(`${name}.ccache`);
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, KRB5_CONFIG: configuration, KRB5CCNAME: `FILE:${cache}`, ...clockShifted(clock) };
    return { env, cache, run: (program, args, options = {}) => run(program, args, { ...options, env: { ...env, ...options.env } }) };
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  get kdc() {
    return this.kdcs[0];
  }

  start() {
    return this.#startKdc(this.port, "kdc.conf");
  }

  // A further KDC of this realm, with the same database.
  async addKdc() {
    const port = await freePort();
    this.write(`kdc-${port}.conf`, this.#configuration(port));
    return this.#startKdc(port, `kdc-${port}.conf`);
  }

  async #startKdc(port, configuration) {
    const program = new Program("/usr/sbin/krb5kdc", ["-r", realmName, "-n"], { cwd: "/", ...this.identity,
      env: { ...this.environment, KRB5_KDC_PROFILE: this.file(configuration), ...clockShifted(this.clock) } });
    const kdc = { port, address: `127.0.0.1:${port}`, program,
      // Nothing of it answers until resume; connections are taken by the kernel and stay open.
      pause: () => program.child.kill("SIGSTOP"), resume: () => program.child.kill("SIGCONT"),
      stop: () => (program.child.kill("SIGCONT"), program.stop("SIGTERM")) };
    this.kdcs = [...this.kdcs.filter((other) => other.port !== port), kdc];
    await until(() => {
      if (!program.isRunning) throw new Error(`the KDC ended: ${program.errors}${this.log}`);
      return isListening(port);
    }, "the KDC listens");
    return kdc;
  }

  get log() {
    return existsSync(this.file("kdc.log")) ? readFileSync(this.file("kdc.log"), "utf8") : "";
  }

  // The lines of the KDC's log about one kind of request: AS_REQ, TGS_REQ.
  requests(kind) {
    return this.log.split("\n").filter((line) => line.includes(`${kind} `));
  }

  async close() {
    await Promise.allSettled(this.kdcs.map((kdc) => kdc.stop()));
    await this.directory?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const isListening = (port) => new Promise((done) => {
  const socket = createConnection(port, "127.0.0.1");
  socket.once("connect", () => (socket.destroy(), done(true))).once("error", () => done(false));
});
