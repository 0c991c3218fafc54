// docs/onboarding-a-team.md, walked from its first line to its last: what it says to write is written, what it says to run is
// run, and what it says is shown has to be shown.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LoginProvider } from "./kit/login_provider.js";
import { freePort, Program, programs, root, run, until } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";
import { Stage } from "./kit/stage.js";

const key = "wk-7d1e-only-the-vendor-and-the-vault";

// Its blocks in their order: {does, how, text}, each after a comment of its own. A fence without one is a mistake of the page.
function readPage() {
  const page = readFileSync(join(root, "docs/onboarding-a-team.md"), "utf8");
  const blocks = [...page.matchAll(/<!-- ([^>]+?) -->\n(?:[^\n`]*\n)*?```\w*\n([\s\S]*?)\n```/g)].map(([, marker, text]) => {
    const [does, who] = marker.split(": ");
    return { does, who, text };
  });
  assert.equal(blocks.length, page.match(/^```\w*$/gm).length / 2, "every block of the page says what it is");
  return blocks;
}

const spaces = (text) => text.replace(/\s+/g, " ").trim();
const pattern = (line) => new RegExp(spaces(line).split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*"));

describe("the page for a new team", () => {
  const blocks = readPage();
  let stage, provider, vendor, replaced;

  const inPlace = (text) => replaced.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  const page = (name) => inPlace(blocks.find(({ does, who }) => does === "file" && who === name).text);
  const place = (...names) => stage.folder.file(join("desk", ...names));

  before(async () => {
    const ports = { admin: await freePort(), egress: await freePort() };
    stage = await Stage.open({
      prepare: async (it) => {
        const { gateway, certificates, folder } = it;
        stage = it;
        mkdirSync(folder.file("desk"), { mode: 0o700 });
        provider = await new LoginProvider(certificates, gateway.issuer).start();
        provider.groups.set("wanda", ["staff", "weather-devs"]);
        vendor = await new ModelVendor(certificates, { key }).start();
        vendor.behave((request, body, response) => response.end(JSON.stringify({ city: new URL(request.url, vendor.origin).searchParams.get("city"), forecast: "snow" })));
        replaced = [
          ["https://gateway.example:8444", `https://127.0.0.1:${ports.admin}`], ["https://gateway.example:8445", `https://127.0.0.1:${ports.egress}`],
          ["https://gateway.example", gateway.issuer], ["0.0.0.0:8443", `127.0.0.1:${gateway.port}`], ["0.0.0.0:8444", `127.0.0.1:${ports.admin}`],
          ["0.0.0.0:8445", `127.0.0.1:${ports.egress}`], ["10.0.0.0/8", "127.0.0.0/8"], ["https://login.example", provider.identifier],
          ["https://cluster.example", it.cluster.identifier], ["https://api.weather.example", vendor.origin],
          ["/etc/dragoman/tls.crt", certificates.certificateFile], ["/etc/dragoman/tls.key", certificates.keyFile], ["/etc/dragoman/ca.crt", certificates.authorityFile],
          ["/etc/dragoman/sealing.key", gateway.sealingKeyPath], ["/run/dragoman/admin.sock", gateway.socketPath],
          ["/var/lib/dragoman/store/dragoman.sqlite", gateway.databasePath], ["/var/run/secrets/dragoman/token", folder.file("desk/platform.jwt")],
        ];
        gateway.writeDocuments = () => writeFileSync(gateway.configPath, page("gateway.yaml"));
      },
      store: "sqlite",
    });
    writeFileSync(place("platform.jwt"), stage.platformToken({ sub: "system:serviceaccount:agents:weather" }), { mode: 0o600 });
    writeFileSync(place("vendor.key"), key, { mode: 0o600 });
  });
  after(async () => {
    await stage?.close();
    await provider?.stop();
    await vendor?.stop();
  });

  const environment = () => ({ ...process.env, PATH: `${dirname(programs.dragoman)}:${process.env.PATH}`, HOME: place(), XDG_STATE_HOME: place(), NO_COLOR: "1",
    DRAGOMAN_CA_FILE: stage.certificates.authorityFile, DRAGOMAN_ADMIN_SOCKET: "" });
  // What a block exports holds in those after it, as in a shell that stays open.
  const exported = [];
  const shell = (text) => {
    const script = ["set -e", ...exported, inPlace(text)].join("\n");
    exported.push(...inPlace(text).split("\n").filter((line) => line.startsWith("export ")));
    return ["/bin/bash", ["-c", script], { cwd: place(), env: environment() }];
  };

  async function walk({ does, who, text }) {
    if (does === "file") return void writeFileSync(place(who), `${inPlace(text)}\n`);
    const program = does === "run in a browser" ? await inABrowser(text) : undefined;
    const { code, output, errors } = program ?? await run(...shell(text));
    const said = output + errors;
    assert.equal(code !== 0, does === "run, refused", `${text}\n${said}`);
    return said;
  }

  async function inABrowser(text) {
    const program = new Program(...shell(text));
    program.child.stdin.end();
    const url = await until(() => program.isRunning ? /https:\/\/\S+/.exec(program.errors.replace(/\S*$/, ""))?.[0] : Promise.reject(new Error(program.errors)), "the login's address");
    assert.equal((await fetch(await provider.browse(url, "wanda"))).status, 200);
    const { code } = await program.ended;
    return { code, output: program.output, errors: program.errors };
  }

  test("leads from nothing to a call, a trace and refusals, as it says, in less than fifteen minutes", async (context) => {
    const began = process.hrtime.bigint();
    let said = "", shown = 0;
    for (const block of blocks) {
      if (block.does !== "shows") said = (await walk(block)) ?? said;
      else for (const line of block.text.split("\n").filter((line) => line.trim() !== "")) {
        assert.match(spaces(said), pattern(inPlace(line)), `the page says that this is shown:\n${line}\nand what was shown is:\n${said}`);
        shown += 1;
      }
    }
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    context.diagnostic(`walked in ${(seconds / 60).toFixed(2)} minutes of the machine's time: ${blocks.length} blocks, ${shown} lines shown`);
    assert.ok(seconds < 15 * 60);
  });

  test("leaves the key with the vendor and the vault alone", async () => {
    assert.equal(vendor.last.headers.authorization, `Bearer ${key}`);
    const agent = readFileSync(place("agent.key"), "utf8").trim();
    assert.match(agent, /^drg_/);
    assert.ok(!JSON.stringify(vendor.calls.map(({ headers }) => headers)).includes(agent));
    assert.ok(vendor.calls.every(({ method }) => method === "GET"), "the refused call never arrived");
    assert.ok(!stage.gateway.program.errors.includes(key));
  });

  test("leaves the team's documents to the team, and the rest as it was", async () => {
    const { json } = await stage.gateway.admin("/v1/documents");
    const owned = json.items.filter(({ team }) => team === "weather").map(({ kind, name }) => `${kind}/${name}`).sort();
    assert.deepEqual(owned, ["AgentClass/weather-agents", "Target/weather"]);
  });
});
