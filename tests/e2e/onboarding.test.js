// docs/onboarding-a-team.md, walked from its first line to its last: what it says to write is written, what it says to run is
// run, and what it says is shown has to be shown.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { LoginProvider } from "./kit/login_provider.js";
import { freePort, Program, until } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";
import { Stage } from "./kit/stage.js";
import { WalkedPage } from "./kit/walked_page.js";

const key = "wk-7d1e-only-the-vendor-and-the-vault";

describe("the page for a new team", () => {
  let stage, provider, vendor, page;

  before(async () => {
    const ports = { admin: await freePort(), egress: await freePort() };
    stage = await Stage.open({
      prepare: async (it) => {
        const { gateway, certificates, folder } = it;
        stage = it;
        provider = await new LoginProvider(certificates, gateway.issuer).start();
        provider.groups.set("wanda", ["staff", "weather-devs"]);
        vendor = await new ModelVendor(certificates, { key }).start();
        vendor.behave((request, body, response) => response.end(JSON.stringify({ city: new URL(request.url, vendor.origin).searchParams.get("city"), forecast: "snow" })));
        const replaced = [
          ["https://gateway.example:8444", `https://127.0.0.1:${ports.admin}`], ["https://gateway.example:8445", `https://127.0.0.1:${ports.egress}`],
          ["https://gateway.example", gateway.issuer], ["0.0.0.0:8443", `127.0.0.1:${gateway.port}`], ["0.0.0.0:8444", `127.0.0.1:${ports.admin}`],
          ["0.0.0.0:8445", `127.0.0.1:${ports.egress}`], ["10.0.0.0/8", "127.0.0.0/8"], ["https://login.example", provider.identifier],
          ["https://cluster.example", it.cluster.identifier], ["https://api.weather.example", vendor.origin],
          ["/etc/dragoman/tls.crt", certificates.certificateFile], ["/etc/dragoman/tls.key", certificates.keyFile], ["/etc/dragoman/ca.crt", certificates.authorityFile],
          ["/etc/dragoman/sealing.key", gateway.sealingKeyPath], ["/run/dragoman/admin.sock", gateway.socketPath],
          ["/var/lib/dragoman/store/dragoman.sqlite", gateway.databasePath], ["/var/run/secrets/dragoman/token", folder.file("desk/platform.jwt")],
        ];
        page = new WalkedPage("onboarding-a-team.md", { stage: it, replaced, more: { "run in a browser": inABrowser } });
        gateway.writeDocuments = () => writeFileSync(gateway.configPath, page.file("gateway.yaml"));
      },
      store: "sqlite",
    });
    writeFileSync(page.place("platform.jwt"), stage.platformToken({ sub: "system:serviceaccount:agents:weather" }), { mode: 0o600 });
    writeFileSync(page.place("vendor.key"), key, { mode: 0o600 });
  });
  after(async () => {
    await stage?.close();
    await provider?.stop();
    await vendor?.stop();
  });

  async function inABrowser(text) {
    const program = new Program(...page.shell(text));
    program.child.stdin.end();
    const url = await until(() => program.isRunning ? /https:\/\/\S+/.exec(program.errors.replace(/\S*$/, ""))?.[0] : Promise.reject(new Error(program.errors)), "the login's address");
    assert.equal((await fetch(await provider.browse(url, "wanda"))).status, 200);
    const { code } = await program.ended;
    assert.equal(code, 0, program.errors);
    return program.output + program.errors;
  }

  test("leads from nothing to a call, a trace and refusals, as it says, in less than fifteen minutes", async (context) => {
    const began = process.hrtime.bigint();
    const { blocks, shown } = await page.walk();
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    context.diagnostic(`walked in ${(seconds / 60).toFixed(2)} minutes of the machine's time: ${blocks} blocks, ${shown} lines shown`);
    assert.ok(seconds < 15 * 60);
  });

  test("leaves the key with the vendor and the vault alone", async () => {
    assert.equal(vendor.last.headers.authorization, `Bearer ${key}`);
    const agent = readFileSync(page.place("agent.key"), "utf8").trim();
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
