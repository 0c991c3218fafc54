// What the command line says of accounts that people connect: the link, what is wanted, what is kept, who agreed to what.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SaasStage } from "./kit/saas_stage.js";

describe("on the command line", () => {
  let world, gateway, first;
  before(async () => {
    world = await SaasStage.open();
    ({ gateway } = world);
  });
  after(() => world?.close());

  const exchange = (sub, client = "orders-agent") => gateway.cli(["exchange", "--audience", "https://files.example", "--scope", "files:read",
    "--subject-token-file", gateway.writeSecret(`${sub}.jwt`, world.tokenOf(sub)), "--client-id", client, "--client-secret-file", gateway.writeSecret(`${client}.secret`, world.stage.secrets[client])]);

  test("an exchange that its person has to agree to first shows the link on a line of its own, for whom, and for how long", async () => {
    const refused = await exchange("alice");
    assert.equal(refused.code, 1);
    assert.match(refused.errors, /error: the exchange was refused: interaction_required, exchange [0-9A-Z]{26}\n/);
    assert.match(refused.errors, /^ {2}next: open this link, or give it to whom the subject token is about/m);
    assert.match(refused.errors.replaceAll(/\s+/g, " "), /is for that person, who logs in there, and for nobody else; it is good for 10 min\. Then exchange again/);
    [, first] = /exchange ([0-9A-Z]{26})/.exec(refused.errors);
    const [link] = refused.errors.split("\n").filter((line) => line.startsWith("https://"));
    assert.match(link, /\/connect\/[\w-]{43}$/);
    assert.doesNotMatch(refused.errors, /dragoman explain/);
    assert.equal((await world.connect("alice", { link })).answer.status, 200, "it is the link");
    assert.equal((await exchange("alice")).code, 0);
    assert.equal((await exchange("alice")).code, 0);
  });

  test("leases are listed with their target and with the fingerprint of what they share", async () => {
    const list = (...which) => Promise.all([[], ["-o", "json"]].map(async (format) => (await gateway.cli(["lease", "list", ...which, ...format])).output));
    for (const which of [[], ["target", "files"]]) {
      const [table, json] = await list(...which), listed = JSON.parse(json);
      const rows = new Map(table.trim().split("\n").slice(1).map((line) => line.trim().split(/ {2,}/)).map((cells) => [cells[0], cells]));
      const sharing = listed.filter(({ shares }) => shares !== undefined);
      assert.equal(sharing.length, 2, json);
      for (const { id, shares, fingerprint } of sharing) {
        assert.match(fingerprint, /^[0-9a-f]{64}$/);
        assert.equal(rows.get(id).at(-1), fingerprint.slice(0, 16));
        if (which.length !== 0) continue;
        const shared = listed.find((one) => one.id === shares);
        assert.deepEqual([shared.target, shared.fingerprint], ["files", fingerprint]);
        assert.ok(rows.get(shares).includes("files"), table);
      }
    }
  });

  test("a trace says who agreed, for whom", async () => {
    const trace = await gateway.cli(["trace", first]);
    assert.match(trace.output, /person alice\n/);
    assert.match(trace.output, /agreed for orders-agent: files in partner {2}files:read\n/);
    assert.match(trace.output, /connected an account for orders-agent: files/);
    assert.doesNotMatch(trace.output, /orders-agent \(alice\)/);
  });

  test("what is not wanted is not taken, and what is forgotten is told with what ended", async () => {
    const wrong = await gateway.cli(["connection", "add", "files", "--name", "privatekey"], { input: "x" });
    assert.equal(wrong.code, 1);
    assert.match(wrong.errors, /nothing called 'privatekey' is wanted/);
    assert.match(wrong.errors.replaceAll(/\s+/g, " "), /asks for .*client_secret/);
    const remove = (issuer, sub) => gateway.cli(["connection", "remove", "files", "--issuer", issuer, "--subject", sub]);
    assert.match((await remove("https://nobody.example", "alice")).output, /kept for alice of https:\/\/nobody\.example, if it kept anything; they had agreed to nothing there \(record /);
    assert.match((await remove(world.login.identifier, "alice")).output, /kept for alice of .*, if it kept anything; 1 consent of theirs ended \(record /);
  });

  test("a mistake that only the gateway can see is told in the file that has it", async () => {
    const good = gateway.writeSecret("a.yaml", "kind: Domain\nmetadata: {name: fine}\nspec: {}\n");
    const bad = gateway.writeSecret("b.yaml", "# one that is not there\nkind: Target\nmetadata: {name: lost}\nspec:\n  domain: nowhere\n  audiences: [\"https://lost.example\"]\n  scopes: [read]\n");
    for (const files of [["-f", good, "-f", bad], ["-f", bad]]) {
      const applied = await gateway.cli(["apply", ...files]);
      assert.equal(applied.code, 1);
      assert.match(applied.errors, /b\.yaml:5:\d+: .*nowhere/, applied.errors);
      assert.doesNotMatch(applied.errors, /request:/);
    }
    const twice = await gateway.cli(["apply", "-f", good, "-f", gateway.writeSecret("c.yaml", "# once more\nkind: Domain\nmetadata: {name: fine}\nspec: {}\n")]);
    assert.match(twice.errors, /c\.yaml:3:\d+: .*a\.yaml:1/);
    assert.doesNotMatch(twice.errors, /request:/);
  });
});
