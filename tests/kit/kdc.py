"""A private Kerberos realm for tests: MIT.EXAMPLE, its KDC on a free loopback port and the directory that holds its
principals behind a Unix socket, both as whoever calls, in a temporary folder, and never the system's krb5.conf. The
directory is what makes delegation real: of the KDC's stores only that one has lists of who may delegate to whom. It
also has people under other names than the realm's (PEOPLE), for whoever asks by loopback, with TLS and without.

    with PrivateRealm() as realm:
        realm.folder  # krb5.conf; gw.keytab, gw2.keytab: gateways; http.keytab: the service; kdc.log
                      # directory.ports: with TLS, without; directory.ca: who vouches for it; other.ca: who does not

As a program it serves until its standard input ends, having printed one line: the folder. Who there is stands in
USERS and SERVICES.
"""

import gzip
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

REALM = "MIT.EXAMPLE"
BASE = "dc=mit,dc=example"
ADMINISTRATOR = f"cn=admin,{BASE}"
# Anybody may read the first, the second only who has logged in.
OPEN, CLOSED = f"ou=open,{BASE}", f"ou=closed,{BASE}"
SCHEMA = pathlib.Path("/usr/share/doc/krb5-kdc-ldap/kerberos.schema.gz")
SCHEMA_FOLDER = pathlib.Path("/etc/ldap/schema")
PROGRAMS = ("openssl", "slapd", "krb5kdc", "kdb5_ldap_util", "kadmin.local", "ldapadd", "ldapmodify", "ldapsearch")
START_LIMIT_S = 30

PASSWORD = "pw"  # everybody's
USERS = {**{name: "" for name in ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "probe")},
         "vip": "-allow_forwardable",   # sensitive: is never delegated
         "gone": "-allow_tix",          # disabled
         "late": '-expire "2020-01-01 00:00:00 UTC"'}
SERVICES = {"HTTP/app.mit.example": "-maxlife 10minutes",
            "HTTP/other.mit.example": "",  # nobody may delegate to it
            "gw/gateway.mit.example": "+ok_to_auth_as_delegate",
            "ldap/127.0.0.1": "",  # the directory
            "gw2/gateway.mit.example": ""}  # may delegate, and make no ticket of its own for a user
KEYTABS = {"gw.keytab": "gw/gateway.mit.example", "gw2.keytab": "gw2/gateway.mit.example",
           "http.keytab": "HTTP/app.mit.example", "ldap.keytab": "ldap/127.0.0.1"}
DELEGATION = {"gw/gateway.mit.example": "HTTP/app.mit.example", "gw2/gateway.mit.example": "HTTP/app.mit.example"}

# Who is where in the directory, as whom (userPrincipalName), with which accounts (sAMAccountName, of which there may be
# several here, as there never are in Active Directory).
PEOPLE = ((OPEN, "Alice Smith", "Alice.Smith@mit.example", ("alice",)),
          (OPEN, "Twin One", "twin@mit.example", ("one",)),
          (OPEN, "Twin Two", "twin@mit.example", ("two",)),
          (OPEN, "Triplet", "triplet@mit.example", ("t1",)),
          (OPEN, "Triplet 2", "triplet@mit.example", ("t2",)),
          (OPEN, "Triplet 3", "triplet@mit.example", ("t3",)),
          (OPEN, "No Account", "none@mit.example", ()),
          (OPEN, "Two Accounts", "several@mit.example", ("first", "second")),
          (CLOSED, "Bob Jones", "bob.jones@mit.example", ("bob",)))

CLIENT_PROFILE = """[libdefaults]
 default_realm = {realm}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 forwardable = true
 ticket_lifetime = 1h
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 .mit.example = {realm}
"""

# Tickets of this KDC can be renewed, as a directory's of the field can: what asks for one must not get it by chance.
KDC_PROFILE = """[realms]
 {realm} = {{
  database_module = directory
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:{port}
  key_stash_file = {folder}/stash
  max_life = 10h
  max_renewable_life = 7d
  supported_enctypes = aes256-cts-hmac-sha1-96:normal
 }}
[dbmodules]
 directory = {{
  db_library = kldap
  ldap_kerberos_container_dn = "cn=krb,{base}"
  ldap_kdc_dn = "{administrator}"
  ldap_kadmind_dn = "{administrator}"
  ldap_service_password_file = {folder}/ldap.stash
  ldap_servers = {directory}
 }}
[logging]
 kdc = FILE:{folder}/kdc.log
"""

DIRECTORY_PROFILE = """include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
include {folder}/kerberos.schema
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
TLSCertificateFile {folder}/directory.crt
TLSCertificateKeyFile {folder}/directory.key
sasl-host 127.0.0.1
sasl-cbinding tls-endpoint
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix "{base}"
rootdn "{administrator}"
rootpw {password}
directory {folder}/ldap
dbnosync
access to dn.subtree="{closed}" by users read by * none
access to * by * read
"""


def search_path():
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # daemons stand there, whoever's PATH it is


def is_installed():
    return SCHEMA.exists() and SCHEMA_FOLDER.exists() and all(shutil.which(name, path=search_path()) for name in PROGRAMS)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PrivateRealm:
    def __init__(self):
        if not is_installed():
            raise RuntimeError("the KDC and its directory are not installed; see scripts/packages.sh")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dragoman-kdc-"))
        self.port, self.secure_port, self.plain_port = free_port(), free_port(), free_port()
        self.directory = "ldapi://" + urllib.parse.quote(str(self.folder / "ldapi"), safe="")
        self.environment = dict(os.environ, PATH=search_path(), KRB5_CONFIG=str(self.folder / "krb5.conf"),
                                KRB5_KDC_PROFILE=str(self.folder / "kdc.conf"), LDAPNOINIT="1",
                                KRB5_KTNAME=str(self.folder / "ldap.keytab"),
                                KRB5CCNAME=f"FILE:{self.folder}/ccache")
        self.login = ["-x", "-H", self.directory, "-D", ADMINISTRATOR, "-w", PASSWORD]
        self.processes = []

    def __enter__(self):
        try:
            self.write_profiles()
            self.write_certificates()
            self.start("slapd", "-f", self.folder / "slapd.conf", "-d", "0", "-h",
                       f"{self.directory} ldap://127.0.0.1:{self.plain_port} ldaps://127.0.0.1:{self.secure_port} "
                       f"ldaps://127.0.0.2:{self.secure_port}")
            self.wait(lambda: self.call("ldapsearch", "-x", "-H", self.directory, "-b", "", "-s", "base")[0] == 0)
            self.fill()
            self.start_kdc()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_certificates(self):
        """The directory's is for 127.0.0.1, where it is, and not for 127.0.0.2, where it is as well."""
        new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")
        for name in ("directory", "other"):
            self.run(*new, "-subj", f"/CN=the {name}'s authority", "-keyout", self.folder / f"{name}-ca.key",
                     "-out", self.folder / f"{name}.ca")
        self.run(*new, "-subj", "/CN=directory", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE",
                 "-CA", self.folder / "directory.ca", "-CAkey", self.folder / "directory-ca.key",
                 "-keyout", self.folder / "directory.key", "-out", self.folder / "directory.crt")
        (self.folder / "directory.ports").write_text(f"{self.secure_port} {self.plain_port}\n")

    def write_profiles(self):
        (self.folder / "ldap").mkdir()
        (self.folder / "kerberos.schema").write_bytes(gzip.decompress(SCHEMA.read_bytes()))
        values = {"realm": REALM, "port": self.port, "folder": self.folder, "base": BASE, "schemas": SCHEMA_FOLDER,
                  "closed": CLOSED,
                  "administrator": ADMINISTRATOR, "password": PASSWORD, "directory": self.directory}
        profiles = {"krb5.conf": CLIENT_PROFILE, "kdc.conf": KDC_PROFILE, "slapd.conf": DIRECTORY_PROFILE}
        for name, profile in profiles.items():
            (self.folder / name).write_text(profile.format(**values))

    def fill(self):
        self.run("ldapadd", *self.login, text=f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\n"
                                              "dc: mit\no: mit\n")
        self.run("ldapadd", *self.login, text="\n".join(self.entries()))
        self.run("kdb5_ldap_util", "-D", ADMINISTRATOR, "-w", PASSWORD, "-H", self.directory, "create", "-s",
                 "-subtrees", BASE, "-r", REALM, "-P", "master")
        self.run("kdb5_ldap_util", "stashsrvpw", "-f", self.folder / "ldap.stash", ADMINISTRATOR,
                 text=f"{PASSWORD}\n{PASSWORD}\n")
        self.administer(*(f"addprinc -pw {PASSWORD} {options} {name}" for name, options in USERS.items()),
                        *(f"addprinc -randkey {options} {name}" for name, options in SERVICES.items()),
                        *(f"ktadd -k {self.folder / file} {name}" for file, name in KEYTABS.items()))
        there = self.administer("listprincs")  # it never fails, whatever its commands did
        missing = [name for name in (*USERS, *SERVICES) if f"{name}@{REALM}" not in there.split()]
        missing += [file for file in KEYTABS if not (self.folder / file).exists()]
        if missing:
            raise RuntimeError(f"the private realm lacks {', '.join(missing)}:\n{there}")
        for gateway, service in DELEGATION.items():
            self.allow(gateway, service)

    def entries(self):
        for unit in (OPEN, CLOSED):
            yield f"dn: {unit}\nobjectClass: organizationalUnit\n"
        for unit, name, principal, accounts in PEOPLE:
            yield (f"dn: cn={name},{unit}\nobjectClass: inetOrgPerson\nobjectClass: extensibleObject\nsn: {name}\n"
                   f"userPrincipalName: {principal}\n" + "".join(f"sAMAccountName: {account}\n" for account in accounts))

    def administer(self, *commands):
        """Commands of kadmin, while the realm runs too; returns what it says."""
        return self.run("kadmin.local", "-r", REALM, text="\n".join(commands) + "\n")

    def allow(self, gateway, service, change="add"):
        self.run("ldapmodify", *self.login, text=f"dn: krbPrincipalName={gateway}@{REALM},cn={REALM},cn=krb,{BASE}\n"
                                                 f"changetype: modify\n{change}: krbAllowedToDelegateTo\n"
                                                 f"krbAllowedToDelegateTo: {service}@{REALM}\n")

    def start_kdc(self):
        self.start("krb5kdc", "-r", REALM, "-n", "-P", self.folder / "kdc.pid")
        log = self.folder / "kdc.log"  # that something answers at the port would not say who
        self.wait(lambda: log.exists() and "commencing operation" in log.read_text())

    def start(self, *command):
        with open(self.folder / "log", "ab") as log:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                                                   env=self.environment))

    def wait(self, is_there):
        deadline = time.monotonic() + START_LIMIT_S
        while not is_there():
            if self.processes[-1].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.processes[-1].args[0]} did not start:\n" + (self.folder / "log").read_text())
            time.sleep(0.02)

    def call(self, *command, text=""):
        done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/",
                              env=self.environment, check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def run(self, *command, text=""):
        status, output = self.call(*command, text=text)
        if status != 0:
            raise RuntimeError(f"{command[0]}: {output}")
        return output


def main():
    with PrivateRealm() as realm:
        print(realm.folder, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main()
