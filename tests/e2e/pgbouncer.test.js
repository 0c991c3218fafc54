// A real PgBouncer between gateways and PostgreSQL: what keeps sessions is used, what gives them away is refused at the start
// with what to do, before anything is stored.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { makeCertificates } from "./kit/certificates.js";
import { assertFault } from "./kit/faults.js";
import { privateFolder, programs, run, until } from "./kit/machine.js";
import { PgBouncer } from "./kit/pgbouncer.js";
import { PrivatePostgres } from "./kit/postgres.js";
import { assertGranted, Stage } from "./kit/stage.js";

const EXCHANGES = 100;
const HEARD_MS = 2000; // of a kill, at another gateway; docs/kill.md

describe("PgBouncer", () => {
  let postgres, folder;
  before(async () => {
    folder = privateFolder();
    postgres = await new PrivatePostgres().open();
  });
  after(async () => {
    await postgres?.close();
    folder.remove();
  });

  for (const [mode, settings] of [["transaction", []], ["transaction", ["server_round_robin = 1"]], ["transaction", ["default_pool_size = 1"]], ["statement", []]])
    test(`with pool_mode=${mode} ${settings} is refused with what to do, and nothing is made there`, async () => {
      const bouncer = await PgBouncer.open(postgres, mode, settings);
      try {
        const certificates = makeCertificates(folder);
        writeFileSync(folder.file("gateway.json"), JSON.stringify({ kind: "Gateway", metadata: { name: "gateway" }, spec: { issuer: "https://gateway.example",
          tls: { certificateFile: certificates.certificateFile, keyFile: certificates.keyFile }, sealingKeyFile: "sealing.key", store: { postgres: { connection: bouncer.connection } } } }));
        const { code, errors } = await run(programs.dragomand, ["migrate", "--config", folder.file("gateway.json")]);
        assert.equal(code, 1, errors);
        assert.match(errors, mode === "transaction" ? /gives our session to others between transactions .*pool_mode=session/ : /pool/);
        assert.equal(postgres.query("SELECT count(*) FROM pg_namespace WHERE nspname = 'dragoman'"), "0");
      } finally {
        await bouncer.close();
      }
    });

  test("with pool_mode=session serves, and gateways hear of each other's kills", { timeout: 120_000 }, async () => {
    const bouncer = await PgBouncer.open(postgres, "session");
    const stage = await Stage.open({ store: bouncer, size: 2 });
    try {
      const [first, second] = stage.gateways;
      for (let i = 0; i < EXCHANGES; i++) assertGranted(await stage.exchange({}, { over: stage.gateways[i % 2].http }));
      const { access_token: token } = assertGranted(await stage.exchange());
      assert.equal((await first.kill("client", "orders-agent")).status, 200);
      assertFault(await stage.exchange({}, { over: second.http }), "ACTOR_BARRED");
      await until(async () => (await second.post("/introspect", { token }, { auth: stage.authOf("partner-api") })).json.active === false, "the other gateway knows the kill", HEARD_MS);
    } finally {
      await stage.close();
      await bouncer.close();
    }
  });
});
