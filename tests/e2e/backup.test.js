// The commands of docs/operations/backup.md, as they stand there, and what the page says comes of them: what is back after a
// restore, what a store that was set back has forgotten, and that ending everything makes it safe again.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { assertFault } from "./kit/faults.js";
import { now } from "./kit/forge.js";
import { programs, root, run, until } from "./kit/machine.js";
import { PrivatePostgres } from "./kit/postgres.js";
import { assertGranted, Stage } from "./kit/stage.js";

const page = readFileSync(join(root, "docs/operations/backup.md"), "utf8");
const blocks = new Map([...page.matchAll(/```(?:sh|ini)\n# (.*)\n([\s\S]*?)```/g)].map(([, name, text]) => [name, text]));
const MARGIN_MS = 2000; // spec.kills.clockMargin, and the second that iat is told in

// A gateway, its store, and the folders that the page names.
class Site {
  static ran = new Set();

  static async open(postgres) {
    const site = new Site();
    site.stage = await Stage.open({ store: postgres ?? "sqlite" });
    site.postgres = postgres;
    site.folder = mkdtempSync(join(tmpdir(), "dragoman-backup-"));
    for (const name of ["backup", "keys", "archive"]) mkdirSync(site.place(name));
    const { gateway } = site.stage;
    site.places = [["/var/lib/dragoman/store/dragoman.sqlite", gateway.databasePath], ["/etc/dragoman/sealing.key", gateway.sealingKeyPath], ["/etc/dragoman/sealing-new.key", site.place("new.key")],
      ["/etc/dragoman/gateway.yaml", gateway.configPath], ["/mnt/", `${site.folder}/`], ["host=db.internal dbname=dragoman user=dragoman", postgres?.connection],
      ["host=db.internal user=postgres", postgres?.connection], ["/var/lib/postgresql/15/restored", site.place("restored")], ["https://gateway.internal", gateway.issuer],
      ["https://idp.example carol", "corp-idp carol"], ["dragoman kill", `dragoman kill --admin-socket ${gateway.socketPath}`]];
    return site;
  }

  place(name) {
    return join(this.folder, name);
  }

  // more: what else of a block is another here.
  text(name, more = []) {
    assert.ok(blocks.has(name), `the page has no block "${name}"`);
    Site.ran.add(name);
    return [...more, ...this.places].reduce((text, [from, to]) => text.replaceAll(from, to), blocks.get(name));
  }

  async does(name, { more, ...options } = {}) {
    const { code, output, errors } = await run("/bin/bash", ["-ec", this.text(name, more)], { cwd: "/", ...options, env: { ...process.env,
      PATH: `${dirname(programs.dragoman)}:${dirname(programs.dragomand)}:${this.postgres?.programs ?? ""}:${process.env.PATH}`, NO_COLOR: "1" } });
    assert.equal(code, 0, `${name}: ${output}${errors}`);
    return output;
  }

  as(sub, claims = {}) {
    return this.stage.exchange({ subject_token: this.stage.userToken({ sub, ...claims }) });
  }

  async isActive(token) {
    return (await this.stage.gateway.post("/introspect", { token }, { auth: this.stage.authOf("partner-api") })).json.active;
  }

  async keyIds() {
    return (await this.stage.gateway.admin("/v1/keys")).json.keys.map(({ kid }) => kid).sort();
  }

  async close() {
    await this.stage.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// backUp and restore do what they say between the acts.
async function setBack(site, { backUp, restore }) {
  const { stage } = site, { gateway } = stage;
  const kept = assertGranted(await site.as("alice"));
  assert.equal((await gateway.kill("subject", "corp-idp bob")).status, 200);
  await gateway.apply({ kind: "Domain", metadata: { name: "before" }, spec: {} });
  const keys = await site.keyIds(), exchanged = ({ access_token: token }) => stage.exchange({ subject_token: token, audience: "https://files.partner.example" }, { auth: stage.authOf("partner-api") });
  await backUp();
  const later = assertGranted(await site.as("alice"));
  const stolen = stage.userToken({ sub: "carol" });
  assert.equal((await gateway.kill("subject", "corp-idp carol")).status, 200);
  await until(async () => (await site.as("carol", { iat: now() - 5 })).status === 400, "carol is barred");
  await gateway.stop();
  await restore();
  await gateway.start();

  assert.equal((await gateway.record(kept.dragoman_exchange)).outcome, "granted", "records are back");
  assert.deepEqual(await site.keyIds(), keys, "so are the keys");
  assertFault(await site.as("bob"), "TOKEN_REVOKED");
  assert.match((await gateway.admin("/v1/documents")).text, /"before"/);
  assert.equal((await gateway.admin(`/v1/records/${later.dragoman_exchange}`)).status, 404, "what came after is not");
  assert.equal(await site.isActive(kept.access_token), true);
  assert.equal(await site.isActive(later.access_token), false, "nobody has its record");
  // What the page warns of:
  assertGranted(await exchanged(later));
  assertGranted(await stage.exchange({ subject_token: stolen }));

  assert.equal((await gateway.kill("everything", "all")).status, 400, "which is named by the gateway's own name alone");
  await site.does("end everything");
  assert.equal(await site.isActive(kept.access_token), false);
  for (const issued of [kept, later]) assertFault(await exchanged(issued), "TOKEN_REVOKED");
  assertFault(await stage.exchange({ subject_token: stolen }), "TOKEN_REVOKED");
  await delay(MARGIN_MS);
  assertGranted(await site.as("alice"));
  assertGranted(await site.as("carol")); // who logs in again: everything was ended, nobody is barred
  await site.does("tell again");
  await delay(MARGIN_MS);
  assertFault(await site.as("carol"), "TOKEN_REVOKED");
  assertGranted(await site.as("alice"));
}

describe("docs/operations/backup.md", () => {
  after(() => assert.deepEqual([...blocks.keys()].filter((name) => !Site.ran.has(name)), [], "every block of the page was run"));

  test("SQLite is backed up while it runs, restored, and made safe", { timeout: 120_000 }, async () => {
    const site = await Site.open();
    try {
      await setBack(site, { backUp: async () => assert.equal((await site.does("sqlite backup")).trim(), "ok"), restore: () => site.does("sqlite restore") });
    } finally {
      await site.close();
    }
  });

  test("PostgreSQL is dumped while it runs, restored, and made safe", { timeout: 120_000 }, async () => {
    const postgres = await new PrivatePostgres().open();
    const site = await Site.open(postgres);
    try {
      await setBack(site, { backUp: () => site.does("dump"), restore: () => site.does("restore dump") });
    } finally {
      await site.close();
      await postgres.close();
    }
  });

  test("PostgreSQL is restored to a point in time, and made safe", { timeout: 180_000 }, async () => {
    const postgres = new PrivatePostgres(), own = (path) => postgres.identity.uid !== undefined && chownSync(path, postgres.identity.uid, postgres.identity.gid);
    const archive = join(postgres.folder, "archive");
    mkdirSync(archive);
    own(archive);
    // The settings come from the page, as postgresql.conf would read them.
    const setting = (line) => line.replace(/ = '?/, "=").replace(/'$/, "").replaceAll("/mnt/archive", archive);
    postgres.settings = blocks.get("archive").trim().split("\n").map(setting);
    Site.ran.add("archive");
    await postgres.open();
    const site = await Site.open(postgres), user = { ...postgres.identity };
    const places = [["/mnt/base", join(postgres.folder, "base")], ["/mnt/archive", archive], ["/var/lib/postgresql/15/restored", join(postgres.folder, "restored")]];
    try {
      await site.does("base backup", { more: places, ...user });
      let moment;
      const backUp = async () => {
        await delay(100);
        moment = postgres.query("SELECT now()", "public");
        await delay(100);
      };
      const restore = async () => {
        postgres.query("SELECT pg_switch_wal()");
        await until(() => postgres.query("SELECT last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) FROM pg_stat_archiver") === "t", "the log is archived");
        await postgres.stop();
        await site.does("restore base", { more: [...places, ["2026-11-30 12:00:00+00", moment]], ...user });
        renameSync(join(postgres.folder, "restored"), `${postgres.data}-restored`);
        postgres.data = `${postgres.data}-restored`;
        await postgres.start();
        await until(() => postgres.query("SELECT pg_is_in_recovery()") === "f", "it takes writes");
      };
      await setBack(site, { backUp, restore });
    } finally {
      await site.close();
      await postgres.close();
    }
  });

  test("a lost store is begun anew: nothing of before verifies", { timeout: 120_000 }, async () => {
    const site = await Site.open();
    try {
      const { gateway } = site.stage, { access_token: token } = assertGranted(await site.as("alice"));
      const keys = await site.keyIds();
      await gateway.stop();
      for (const end of ["", "-wal", "-shm"]) rmSync(gateway.databasePath + end, { force: true });
      await gateway.start();
      assert.equal(await site.isActive(token), false);
      assert.deepEqual((await site.keyIds()).filter((kid) => keys.includes(kid)), []);
      assertGranted(await site.as("alice"));
    } finally {
      await site.close();
    }
  });

  test("a lost sealing key is noticed at the start, its copy opens the store, and without one it is begun anew", { timeout: 120_000 }, async () => {
    const site = await Site.open();
    try {
      const { gateway } = site.stage, { access_token: token } = assertGranted(await site.as("alice"));
      await site.does("sealing key");
      await site.does("new sealing key");
      await gateway.stop();
      renameSync(site.place("new.key"), gateway.sealingKeyPath);
      const ready = gateway.start();
      await until(async () => (await gateway.http.send("/readyz").catch(() => undefined))?.json.sealed, () => `it is sealed: ${gateway.program.errors}`);
      assert.match((await gateway.admin("/v1/seal")).json.failure, /does not open what is sealed in the store/);
      renameSync(site.place("keys/sealing.key"), gateway.sealingKeyPath);
      await ready;
      assert.equal(await site.isActive(token), true);
      await gateway.stop();
      rmSync(gateway.sealingKeyPath);
      await site.does("new sealing key");
      renameSync(site.place("new.key"), gateway.sealingKeyPath);
      for (const end of ["", "-wal", "-shm"]) rmSync(gateway.databasePath + end, { force: true });
      await gateway.start();
      assert.equal(await site.isActive(token), false);
      assertGranted(await site.as("alice"));
    } finally {
      await site.close();
    }
  });
});
