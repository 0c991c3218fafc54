// A certificate authority of our own and certificates for loopback, a server's and a client's, made with the openssl program.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export function makeCertificates(folder) {
  openssl(folder.path, "req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.crt",
    "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
  makeCertificate(folder.path, { authority: folder.file("ca"), names: ["localhost"], addresses: ["127.0.0.1", "::1"] });
  return {
    authorityFile: folder.file("ca.crt"), certificateFile: folder.file("tls.crt"), keyFile: folder.file("tls.key"),
    ca: readFileSync(folder.file("ca.crt")), certificate: readFileSync(folder.file("tls.crt")),
    key: readFileSync(folder.file("tls.key")),
  };
}

// A further one of the same authority, for servers of other names.
export function makeServerCertificate({ authorityFile }, names, addresses = [], { days } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "dragoman-certificate-"));
  try {
    makeCertificate(folder, { authority: authorityFile.replace(/\.crt$/, ""), names, addresses, days });
    return { certificate: readFileSync(join(folder, "tls.crt")), key: readFileSync(join(folder, "tls.key")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// tls.key and tls.crt in this folder.
function makeCertificate(folder, { authority, names, addresses, days = 2 }) {
  const alternatives = [...names.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)];
  openssl(folder, "req", ...newKey, "-subj", `/CN=${names[0]}`, "-keyout", "tls.key", "-out", "tls.csr");
  writeFileSync(join(folder, "tls.ext"), `subjectAltName=${alternatives.join(",")}\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n`);
  openssl(folder, "x509", "-req", "-in", "tls.csr", "-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, "-CAcreateserial", "-days", String(days),
    "-extfile", "tls.ext", "-out", "tls.crt");
  chmodSync(join(folder, "tls.key"), 0o600);
}

function openssl(folder, ...args) {
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
}
