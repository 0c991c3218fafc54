// Calls through egress with the gateway's key in gssproxy: what a service answers is checked there, too, and nothing else is handed on.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { egressTarget, openEgress } from "./kit/egress.js";
import { GssProxy, gssproxyIsMissing } from "./kit/gssproxy.js";
import { kerberosIsMissing, services } from "./kit/kerberos.js";
import { account, KerberosStage } from "./kit/kerberos_stage.js";
import { freePort } from "./kit/machine.js";

describe("a Kerberos service through egress, by gssproxy", { skip: kerberosIsMissing || gssproxyIsMissing }, () => {
  let world, egress, proxy, impostor;
  before(async () => {
    const port = await freePort(), settings = { service: services.app };
    egress = await openEgress({
      open: async (options) => (world = await KerberosStage.open(options)).stage,
      prepare: async (made) => {
        const folder = join(made.program.folder, "run"), { certificate, key } = made.realm.certificates;
        chownSync(made.keytab, process.getuid(), process.getgid());
        mkdirSync(folder);
        chmodSync(folder, 0o755);
        proxy = await GssProxy.open(made.realm, folder, made.keytab);
        impostor = createServer({ cert: certificate, key }, (request, response) => response.end("whatever it likes"));
        await new Promise((done) => impostor.listen(port, "127.0.0.1", done));
      },
      edit: (documents, made) => {
        for (const name of ["tickets", "messages"]) documents.delete(`Target/${name}`);
        documents.set("Adapter/corp", made.adapter("corp", { spec: { files: {}, sockets: { gssproxy: proxy.socket() } },
          settings: { gssproxy: true, kdcs: undefined, services: [{ service: services.app }] } }));
        documents.set("Target/app", egressTarget("app", { upstream: made.service.upstream, supplier: "corp", settings }));
        documents.set("Target/impostor", egressTarget("impostor", { upstream: `https://127.0.0.1:${port}`, supplier: "corp", settings }));
      },
    });
  });
  after(async () => {
    impostor?.close();
    egress?.http.close();
    await world?.close();
    await proxy?.stop();
  });

  const call = async (target) => egress.call(target, "/orders.shtml", { token: (await egress.credential(target, {}, { sub: "alice" })).access_token });

  test("is called as the person, and its answer is confirmed", async () => {
    for (let i = 0; i < 3; i++) {
      const answer = await call("app");
      assert.equal(answer.status, 200, `${answer.text}\n${world.gateway.program.errors.slice(-3000)}`);
      assert.equal(answer.json.user, account("alice"));
    }
  });

  test("is not believed where it proves nothing", async () => {
    const answer = await call("impostor");
    assert.equal(answer.status, 502, answer.text);
    assert.doesNotMatch(answer.text, /whatever it likes/);
  });
});
