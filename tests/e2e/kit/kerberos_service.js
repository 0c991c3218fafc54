// The service that takes the tickets of a private realm (kerberos.js): Apache with mod_auth_gssapi, as an ordinary user, on
// loopback in the clear and over TLS. It answers with who it takes the caller for; its log says so of every request.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeServerCertificate } from "./certificates.js";
import { isListening, clockShifted, services } from "./kerberos.js";
import { freePort, Program, until } from "./machine.js";

const modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "include", "headers", "ssl", "auth_gssapi"];
const serviceHost = "app.mit.example";

export class KerberosService {
  // clock: the service's, as libfaketime has it. clockSkew: seconds that tickets are taken after their end.
  // principals: the services whose keys it has.
  static async open(realm, { clock, clockSkew = 300, principals = [services.app, services.second] } = {}) {
    const service = new KerberosService();
    Object.assign(service, { realm, clock, host: serviceHost, port: await freePort(), tlsPort: await freePort() });
    service.name = `service-${service.port}`;
    service.folder = realm.file(service.name);
    for (const folder of ["", "www", "www/bound", "cache"]) realm.own(mkdirSync(join(service.folder, folder), { recursive: true }) ?? join(service.folder, folder));
    await realm.writeKeytab(realm.file(`${service.name}/keytab`), ...principals);
    realm.own(realm.file(`${service.name}/keytab`));
    service.#write({ clockSkew });
    await service.start();
    return service;
  }

  #write({ clockSkew }) {
    const write = (name, ...rest) => this.realm.write(`${this.name}/${name}`, ...rest);
    const { certificate, key } = makeServerCertificate(this.realm.certificates, [serviceHost, "localhost"], ["127.0.0.1"]);
    this.certificate = certificate;
    write("tls.crt", certificate);
    write("tls.key", key, 0o600);
    write("krb5.conf", this.realm.clientConfiguration({ lines: [`clockskew = ${clockSkew}`] }));
    const page = '{"user":"<!--#echo encoding="none" var="REMOTE_USER" -->","path":"<!--#echo encoding="none" var="REQUEST_URI" -->"}\n';
    for (const name of ["index.shtml", "orders.shtml", "bound/index.shtml"]) write(`www/${name}`, page);
    write("httpd.conf", this.#configuration());
  }

  // Requests on one connection need a token each; under /bound/ the first one's holds for all that follow on it.
  #configuration() {
    const file = (name) => join(this.folder, name);
    return `ServerRoot ${this.folder}
ServerName ${serviceHost}
PidFile ${file("pid")}
Mutex file:${this.folder} default
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`).join("")}
Listen 127.0.0.1:${this.port}
Listen 127.0.0.1:${this.tlsPort}
StartServers 1
ServerLimit 1
ThreadsPerChild 32
MaxRequestWorkers 32
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
ErrorLog ${file("error.log")}
LogFormat "{\\"user\\":\\"%u\\",\\"status\\":%>s,\\"method\\":\\"%m\\",\\"path\\":\\"%U\\",\\"port\\":%{local}p,\\"client\\":%{remote}p,\\"before\\":%k}" json
CustomLog ${file("access.log")} json
DocumentRoot ${file("www")}
DirectoryIndex index.shtml
TypesConfig /dev/null
AddType application/json .shtml
AddOutputFilter INCLUDES .shtml
SSLSessionCache none
<VirtualHost 127.0.0.1:${this.tlsPort}>
 SSLEngine on
 SSLCertificateFile ${file("tls.crt")}
 SSLCertificateKeyFile ${file("tls.key")}
</VirtualHost>
${this.#protected(file("www"))}${this.#protected(file("www/bound"), " GssapiConnectionBound On\n")}`;
  }

  // In full for each: what mod_auth_gssapi is told about a folder does not hold in those within.
  #protected(folder, further = "") {
    return `<Directory ${folder}>
 Options +Includes
 AuthType GSSAPI
 AuthName "the realm"
 GssapiCredStore keytab:${join(this.folder, "keytab")}
 GssapiAllowedMech krb5
 Require valid-user
${further}</Directory>
`;
  }

  async start() {
    // The replay cache is a file of this service: another one has not seen what this one has.
    this.program = new Program("/usr/sbin/apache2", ["-f", join(this.folder, "httpd.conf"), "-DFOREGROUND"], { cwd: "/", ...this.realm.identity,
      env: { PATH: process.env.PATH, LANG: "C.UTF-8", KRB5_CONFIG: join(this.folder, "krb5.conf"), KRB5RCACHENAME: `file2:${join(this.folder, "cache/replays")}`, ...clockShifted(this.clock) } });
    await until(async () => {
      if (!this.program.isRunning) throw new Error(`Apache ended: ${this.program.errors}${this.log}`);
      return (await isListening(this.port)) && isListening(this.tlsPort);
    }, "Apache listens");
  }

  // Over TLS, by the address; the names of the certificate are localhost, 127.0.0.1 and the host's.
  get upstream() {
    return `https://127.0.0.1:${this.tlsPort}`;
  }

  get log() {
    const path = join(this.folder, "error.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  // What it was asked and by whom: { user, status, method, path, port, client, before }; client is the port that the
  // request came from, before how many came over that connection. user is "-" where nobody was let in.
  get requests() {
    const lines = readFileSync(join(this.folder, "access.log"), "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line)).filter(({ status }) => status !== 408);
  }

  // What a program has to be told to reach it by name: arguments of curl, the address last.
  curl({ path = "/", isSecure = true, ca = this.realm.certificates.authorityFile } = {}) {
    const port = isSecure ? this.tlsPort : this.port;
    return ["--silent", "--show-error", "--noproxy", "*", "--max-time", "20", "--cacert", ca, "--resolve", `${serviceHost}:${port}:127.0.0.1`,
      "--write-out", "%{http_code}", `${isSecure ? "https" : "http"}://${serviceHost}:${port}${path}`];
  }

  async stop() {
    await this.program?.stop("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
