// PostgreSQL as it is met in earnest: over TLS with a private authority, with a password; and what is said when that fails.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { makeCertificates } from "./kit/certificates.js";
import { freePort, privateFolder, programs, run, until } from "./kit/machine.js";
import { PrivatePostgres } from "./kit/postgres.js";
import { assertGranted, Stage } from "./kit/stage.js";

const SESSIONS_MAX = 10; // of a gateway with two threads; docs/operations.md

describe("PostgreSQL over TLS with a password", () => {
  const password = "a pass'word \\ with odd=characters";
  let folder, certificates, postgres, passwordFile;
  before(async () => {
    folder = privateFolder();
    certificates = makeCertificates(folder);
    passwordFile = folder.file("password");
    postgres = await new PrivatePostgres({ tls: { certificate: certificates.certificate, key: certificates.key, port: await freePort(), password: password.replaceAll("'", "''") } }).open();
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  });
  after(async () => {
    await postgres?.close();
    folder.remove();
  });

  const connection = (changes = {}) => Object.entries({ host: "localhost", hostaddr: "127.0.0.1", port: postgres.tls.port, user: "dragoman", dbname: "postgres",
    sslmode: "verify-full", sslrootcert: certificates.authorityFile, ...changes }).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}`).join(" ");
  const store = (changes, more = {}) => ({ store: { postgres: { connection: connection(changes), passwordFile, ...more } } });

  test("serves, connects again after a loss, says why it cannot, and reads a changed password anew", async () => {
    const stage = await Stage.open({ gateway: store({}, { schema: "served" }) });
    try {
      assertGranted(await stage.exchange());
      const inUse = "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'dragomand'";
      const [overTls, inAll] = postgres.query(inUse).split("|");
      assert.ok(Number(overTls) > 0 && overTls === inAll, `${overTls} of ${inAll} over TLS`);
      postgres.setPassword("another one");
      postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dragomand'");
      const reasons = () => stage.gateway.events("store_connection_lost").map((event) => event.reason);
      await until(() => reasons().some((reason) => /28P01.*passwordFile/.test(reason)), "the log says why there is no connection");
      assert.ok(reasons().filter((reason) => /28P01/.test(reason)).length <= SESSIONS_MAX, "once for each connection, not for each attempt");
      writeFileSync(passwordFile, "another one");
      await until(async () => (await stage.exchange()).status === 200, "the store is back with the new password");
      assert.equal(stage.gateway.program.errors.includes("another one"), false);
    } finally {
      postgres.setPassword(password.replaceAll("'", "''"));
      writeFileSync(passwordFile, password);
      await stage.close();
    }
  });

  // What a start says, on its one line.
  const says = async (spec) => {
    writeFileSync(folder.file("gateway.json"), JSON.stringify({ kind: "Gateway", metadata: { name: "gateway" }, spec: { issuer: "https://gateway.example",
      tls: { certificateFile: certificates.certificateFile, keyFile: certificates.keyFile }, sealing: { keyFile: "sealing.key" }, ...spec } }));
    const { code, errors } = await run(programs.dragomand, ["migrate", "--config", folder.file("gateway.json")]);
    assert.equal(code, 1, errors);
    assert.equal(errors.includes(password), false, errors);
    assert.equal(errors.split("\n").length, 2, errors);
    return errors;
  };

  test("says what to do about a wrong password, and about none", async () => {
    writeFileSync(folder.file("wrong"), "wrong", { mode: 0o600 });
    assert.match(await says(store({}, { passwordFile: folder.file("wrong") })), /28P01.*"dragoman"; user .*passwordFile/);
    assert.match(await says(store({}, { passwordFile: undefined })), /no password supplied; .*passwordFile/);
  });

  test("says what to do about a host that is not known or does not answer", async () => {
    assert.match(await says(store({ host: "nowhere.invalid", hostaddr: undefined })), /"nowhere.invalid".*; see host in store.postgres.connection/);
    assert.match(await says(store({ port: await freePort() })), /refused.*; .*host and port/);
  });

  test("says what to do about a certificate that is another host's or another authority's", async () => {
    assert.match(await says(store({ host: "db.internal" })), /"db.internal"; .*certificate/);
    assert.match(await says(store({ host: "127.0.0.2", hostaddr: undefined })), /"127.0.0.2"; .*certificate/);
    const other = privateFolder();
    assert.match(await says(store({ sslrootcert: makeCertificates(other).authorityFile })), /certificate verify failed; .*sslrootcert/);
    other.remove();
    assert.match(await says(store({ sslrootcert: folder.file("missing.crt") })), /missing.crt" does not exist; .*sslrootcert/);
  });

  test("says what to do where the server wants TLS, or has no such database", async () => {
    assert.match(await says(store({ sslmode: "disable" })), /28000.*; .*pg_hba.conf.*sslmode/);
    assert.match(await says(store({ dbname: "nothing" })), /3D000.*"nothing".*; .*dbname/);
  });
});
