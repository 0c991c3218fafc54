// The program of the Kerberos adapter by itself, over its protocol: what valgrind and the sanitizers have to say about it, and how
// many tokens it makes of a ticket that it has.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { AdapterPeer } from "./kit/adapter_peer.js";
import { makeCertificates } from "./kit/certificates.js";
import { gatewayPrincipal, kerberosIsMissing, KerberosRealm, realmName, services, users } from "./kit/kerberos.js";
import { ccache, spnego } from "./kit/kerberos_stage.js";
import { build, isFull, privateFolder, programs, root, run } from "./kit/machine.js";
import { plainProgram } from "./kit/plain_program.js";

const valgrind = "/usr/bin/valgrind";
const whyNot = kerberosIsMissing || (existsSync(valgrind) ? false : `${valgrind} is not there (PACKAGES_KERBEROS of scripts/packages.sh)`);

describe("the Kerberos adapter's program", { skip: whyNot }, () => {
  let folder, realm, keytab;
  before(async () => {
    folder = privateFolder();
    realm = await KerberosRealm.open(makeCertificates(folder));
    keytab = await realm.writeKeytab(folder.file("gateway.keytab"), gatewayPrincipal);
  });
  after(async () => {
    await realm?.close();
    folder.remove();
  });

  // entries: of its cache. Eight people's evidence and tickets are 24 rows.
  async function start(program, { under, entries = 8 } = {}) {
    const peer = new AdapterPeer(program, { files: { keytab }, hasListener: true, under, allow_addresses: ["127.0.0.0/8"], settings: {
      realm: realmName, kdcs: [realm.address], principal: gatewayPrincipal, exchangeTimeout: 10_000, subjects: [{ issuer: "https://idp.example", name: "sub" }],
      services: [{ service: services.app, outputs: ["spnego", "ccache"] }, { service: services.second }], cache: { entries } } });
    await peer.initialize();
    assert.equal((await peer.ask("health", {})).status, "good", peer.output);
    return peer;
  }

  const orders = [
    { type: spnego, settings: { service: services.app } }, { type: spnego, settings: { service: services.second } },
    { type: ccache, settings: { service: services.app, outputs: ["ccache"], format: "ccache" } }, { type: ccache, settings: { service: services.app, outputs: ["ccache"], format: "krb-cred" } },
  ];
  function mint(peer, subject, { type, settings } = orders[0]) {
    const now = Math.floor(Date.now() / 1000);
    return peer.ask("mint", { deadline_ms: 60_000, lease: "06FLEASE", root: "root", fresh: false, target: { name: "intranet", domain: "corp", audience: "https://app.example", settings },
      subject: { issuer: "https://idp.example", subject }, actors: [], client: "planner", scopes: [], issued_at: now, expires_at: now + 300, type });
  }

  // Under valgrind on a busy machine the KDC's answer may be there and be read too late: whoever is told to come again does.
  async function mintSurely(peer, subject, order) {
    for (let tries = 1; ; tries++) {
      try {
        return await mint(peer, subject, order);
      } catch (error) {
        if (tries === 10 || error.data?.retry_after_s === undefined) throw error;
      }
    }
  }

  // Tokens, caches and messages of eight people at once, and what is refused in between.
  async function work(peer, count) {
    await Promise.all(users.map(async (user, at) => {
      for (let i = 0; i < count / users.length; i++) {
        assert.equal((await mintSurely(peer, user, orders[(i + at) % orders.length])).account, `${user}@${realmName}`);
        if (i % 10 === 0) await assert.rejects(mint(peer, i % 20 === 0 ? "vip" : "nobody-of-that-name"), { code: -32001 });
      }
    }));
  }

  test("is a good adapter, by the kit, as the page says to run it", async () => {
    const own = folder.file("realm.yaml"), target = folder.file("target.yaml"), page = readFileSync(join(root, "docs/adapters/kerberos.md"), "utf8");
    writeFileSync(own, JSON.stringify({ realm: realmName, kdcs: [realm.address], principal: gatewayPrincipal, subjects: [{ issuer: "https://idp.example", name: "sub" }], services: [{ service: services.app }] }));
    writeFileSync(target, `service: ${services.app}\n`);
    const [, line] = /^dragoman (adapter test [^`]*?)\n```/m.exec(page), words = line.replaceAll("\\\n", " ").split(/ +/);
    const places = { "/usr/local/lib/dragoman/adapters/kerberos": plainProgram("dragoman-kerberos", "adapters/kerberos/kerberos"), "keytab=gateway.keytab": `keytab=${keytab}`, "realm.yaml": own, "target.yaml": target };
    const { code, output, errors } = await run(programs.dragoman, words.map((word) => places[word] ?? word));
    assert.equal(code, 0, `${output}${errors}`);
    assert.match(output, /^\d{3} checks: \d+ passed, 0 failed, \d+ not applicable$/m); // and none that was not reached
    assert.match(output, /✓ makes a credential for a plain order/);
  });

  test("has nothing to be complained of by the sanitizers, and loses no memory", async () => {
    const peer = await start(join(build, "adapters/kerberos/kerberos"));
    await work(peer, isFull ? 10_000 : 400);
    await peer.end();
    assert.doesNotMatch(peer.output, /Sanitizer|runtime error/);
  });

  test("has nothing to be complained of by valgrind, and holds as much after three times the work", { timeout: 1_800_000 }, async (t) => {
    const held = [];
    for (const count of isFull ? [1000, 3000] : [80, 240]) {
      const log = folder.file(`valgrind-${count}`);
      const peer = await start(plainProgram("dragoman-kerberos", "adapters/kerberos/kerberos"),
        { under: [valgrind, "--leak-check=full", "--show-leak-kinds=definite,indirect,possible", "--errors-for-leak-kinds=definite,indirect,possible", "--error-exitcode=9", `--log-file=${log}`] });
      await work(peer, count);
      await peer.end();
      const said = readFileSync(log, "utf8");
      assert.match(said, /ERROR SUMMARY: 0 errors/, said);
      held.push(Number(/in use at exit: [\d,]+ bytes in ([\d,]+) blocks/.exec(said)[1].replaceAll(",", "")));
      t.diagnostic(`${count} of them: ${/in use at exit: (.*)/.exec(said)[1]} at the end, ${/total heap usage: (.*)/.exec(said)[1]}`);
    }
    // Blocks and not bytes: an arena's chunk that is kept is large, and there is one more or less of them.
    assert.ok(Math.abs(held[1] - held[0]) < 16, `${held.join(" and ")} blocks`);
  });

  test("makes five thousand tokens a second of one core with a ticket that it has, and grows no more", async (t) => {
    const peer = await start(plainProgram("dragoman-kerberos", "adapters/kerberos/kerberos"), { entries: 4096 });
    const process = (name) => readFileSync(`/proc/${peer.child.pid}/${name}`, "utf8");
    const resident = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(process("status"))[1]);
    const cpuMs = () => process("stat").split(") ")[1].split(" ").slice(11, 13).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
    const many = (count) => Promise.all(Array.from({ length: 32 }, async (_, at) => {
      for (let i = 0; i < count / 32; i++) await mint(peer, users[at % users.length]);
    }));
    await many(20_000); // until each of its threads has the memory that it takes
    const count = isFull ? 200_000 : 20_000, before = { kB: resident(), cpu: cpuMs(), at: performance.now() };
    await many(count);
    const cpuEach = (cpuMs() - before.cpu) * 1000 / count, after = resident();
    t.diagnostic(`${count} tokens: ${Math.round(count / (performance.now() - before.at) * 1000)} a second, ${cpuEach.toFixed(0)} us of the processor each; resident ${before.kB} kB before, ${after} kB after`);
    assert.ok(cpuEach < 200, `${cpuEach} us each`);
    assert.ok(after - before.kB < 4096, `${before.kB} kB, then ${after} kB`);
    await peer.end();
  });
});
