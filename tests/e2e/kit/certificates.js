// A certificate authority of our own and one certificate for loopback, a server's and a client's, made with the openssl program.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";

const names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";

export function makeCertificates(folder) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder.path, stdio: ["ignore", "pipe", "pipe"] });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.crt",
    "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
  openssl("req", ...newKey, "-subj", "/CN=localhost", "-keyout", "tls.key", "-out", "tls.csr");
  writeFileSync(folder.file("tls.ext"), `${names}\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=CA:FALSE\n`);
  openssl("x509", "-req", "-in", "tls.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
    "-extfile", "tls.ext", "-out", "tls.crt");
  chmodSync(folder.file("tls.key"), 0o600);
  return {
    authorityFile: folder.file("ca.crt"), certificateFile: folder.file("tls.crt"), keyFile: folder.file("tls.key"),
    ca: readFileSync(folder.file("ca.crt")), certificate: readFileSync(folder.file("tls.crt")),
    key: readFileSync(folder.file("tls.key")),
  };
}
