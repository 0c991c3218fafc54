// The LDAP directory behind a private Kerberos realm (kerberos.js): its database, and the people in it under names that
// Active Directory gives them. A Unix socket for the KDC and who sets it up, ldaps on loopback for everybody else.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { freePort, Program, until } from "./machine.js";

// The package krb5-kdc-ldap has it among its documents, which small images leave out.
export const directorySchema = "/usr/share/doc/krb5-kdc-ldap/kerberos.schema.gz";

// As Active Directory has them. slapd's own file of its attributes compares none of them.
const activeDirectoryAttributes = [["userPrincipalName", "1.2.840.113556.1.4.656"], ["sAMAccountName", "1.2.840.113556.1.4.221"]];

export class Directory {
  suffix = "dc=mit,dc=example";
  password = randomBytes(12).toString("hex");
  administrator = `cn=admin,${this.suffix}`;
  people = `ou=people,${this.suffix}`;

  // realm: the folder, the user and the environment are its.
  constructor(realm, { certificate, key }) {
    this.realm = realm;
    this.url = `ldapi://${encodeURIComponent(realm.file("ldapi"))}`;
    realm.write("ldap.crt", certificate);
    realm.write("ldap.key", key, 0o600);
  }

  async start() {
    this.port = await freePort();
    this.secureUrl = `ldaps://127.0.0.1:${this.port}`; // libldap takes "localhost" for the machine's own name
    mkdirSync(this.realm.file("ldap"), { mode: 0o700 });
    this.realm.own(this.realm.file("ldap"));
    this.realm.write("kerberos.schema", gunzipSync(readFileSync(directorySchema)));
    this.realm.write("slapd.conf", this.#configuration(), 0o600);
    await this.restart();
    await this.#run("ldapadd", `dn: ${this.suffix}\nobjectClass: dcObject\nobjectClass: organization\ndc: mit\no: mit\n
dn: ${this.people}\nobjectClass: organizationalUnit\nou: people\n`);
    return this;
  }

  #configuration() {
    return `${["core", "cosine", "inetorgperson"].map((name) => `include /etc/ldap/schema/${name}.schema\n`).join("")}include ${this.realm.file("kerberos.schema")}
${activeDirectoryAttributes.map(([name, identifier]) => `attributetype ( ${identifier} NAME '${name}' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )\n`).join("")}TLSCertificateFile ${this.realm.file("ldap.crt")}
TLSCertificateKeyFile ${this.realm.file("ldap.key")}
sasl-host 127.0.0.1
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "${this.suffix}"
rootdn "${this.administrator}"
rootpw ${this.password}
directory ${this.realm.file("ldap")}
dbnosync
index objectClass,krbPrincipalName eq
`;
  }

  async restart() {
    this.program = new Program("/usr/sbin/slapd", ["-d", "none", "-f", this.realm.file("slapd.conf"), "-h", `${this.url} ldaps://127.0.0.1:${this.port}`],
      { cwd: "/", ...this.realm.identity, env: { ...this.realm.environment, KRB5_KTNAME: this.realm.file("ldap.keytab") } });
    await until(() => {
      if (!this.program.isRunning) throw new Error(`slapd ended: ${this.program.errors}`);
      return this.realm.as("ldapsearch", ["-x", "-H", this.url, "-b", "", "-s", "base"]).then(() => true, () => false);
    }, "slapd answers");
  }

  // Attributes of a person, e.g. { userPrincipalName, sAMAccountName, mail }.
  addPerson(name, attributes = {}) {
    const lines = Object.entries(attributes).map(([attribute, value]) => `${attribute}: ${value}\n`).join("");
    return this.#run("ldapadd", `dn: cn=${name},${this.people}\nobjectClass: inetOrgPerson\nobjectClass: extensibleObject\ncn: ${name}\nsn: ${name}\n${lines}`);
  }

  // From now on it is a service of the realm, which lets in whoever has a ticket for it.
  takeTickets() {
    return this.realm.kadmin("addprinc -randkey ldap/127.0.0.1", `ktadd -norandkey -k ${this.realm.file("ldap.keytab")} ldap/127.0.0.1`);
  }

  modify(entry, change) {
    return this.#run("ldapmodify", `dn: ${entry}\nchangetype: modify\n${change}`);
  }

  #run(program, input) {
    return this.realm.as(program, ["-x", "-H", this.url, "-D", this.administrator, "-w", this.password], { input });
  }

  pause() {
    this.program.child.kill("SIGSTOP");
  }

  resume() {
    this.program.child.kill("SIGCONT");
  }

  async stop() {
    this.resume();
    await this.program.stop("SIGTERM");
  }
}
