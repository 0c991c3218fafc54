// docs/operations/runbooks.md, walked from its first line to its last.
import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeKey } from "./kit/forge.js";
import { Stage } from "./kit/stage.js";
import { WalkedPage } from "./kit/walked_page.js";

describe("the runbooks", () => {
  let stage, page;

  before(async () => {
    stage = await Stage.open({ store: "sqlite" });
    const { gateway, certificates, corp } = stage;
    const login = (name) => writeFileSync(page.place(name), stage.userToken(), { mode: 0o600 });
    const happenings = {
      "the identity provider goes down": () => corp.stop(),
      "the identity provider comes back": () => corp.start(corp.port),
      "the identity provider signs with another key and publishes the stolen one no more": () => {
        corp.keys = [makeKey("ES256")];
        login("alice-again.jwt");
      },
    };
    const reload = `before=$(pgrep -P ${gateway.program.child.pid}); kill -HUP ${gateway.program.child.pid}; while [ -d /proc/$before ]; do sleep 0.1; done`;
    page = new WalkedPage("operations/runbooks.md", { stage, more: { meanwhile: async (text) => void (await happenings[text]()) }, replaced: [
      ["https://gateway.example", gateway.issuer], ["/run/dragoman/admin.sock", gateway.socketPath], ["systemctl reload dragoman", reload],
    ] });
    login("alice.jwt");
    copyFileSync(certificates.authorityFile, page.place("ca.crt"));
    for (const name of ["orders-agent", "partner-api"]) writeFileSync(page.place(`${name}.secret`), stage.secrets[name], { mode: 0o600 });
  });
  after(() => stage?.close());

  test("do what they say", { timeout: 300_000 }, async (t) => {
    const { blocks, shown } = await page.walk();
    t.diagnostic(`${blocks} blocks, ${shown} lines shown`);
    assert.ok(shown > 10);
  });
});
