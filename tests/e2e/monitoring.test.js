// The monitoring listener: probes and metrics over the network, with TLS or without, and nothing else.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Http1 } from "./kit/http.js";
import { freePort } from "./kit/machine.js";
import { Stage } from "./kit/stage.js";

for (const plaintext of [false, true]) {
  describe(`the monitoring listener ${plaintext ? "without" : "with"} TLS`, () => {
    let stage, monitoring;
    before(async () => {
      const port = await freePort();
      stage = await Stage.open({ gateway: { monitoring: { listen: [`127.0.0.1:${port}`], plaintext } } });
      monitoring = new Http1(`${plaintext ? "http" : "https"}://127.0.0.1:${port}`, stage.gateway.certificates.ca);
    });
    after(async () => {
      monitoring?.close();
      await stage?.close();
    });

    test("answers probes and shows metrics", async () => {
      assert.equal((await monitoring.send("/livez")).status, 200);
      assert.equal((await monitoring.send("/readyz")).json.status, "ready");
      assert.match((await monitoring.send("/metrics")).text, /^dragoman_requests_total \d+$/m);
    });

    test("has nothing else", async () => {
      for (const path of ["/token", "/jwks", "/v1/documents", "/egress/orders/", "/.well-known/oauth-authorization-server"])
        assert.equal((await monitoring.send(path)).status, 404, path);
    });

    test("is the only one over the network that shows metrics", async () => {
      assert.equal((await stage.gateway.http.send("/metrics")).status, 404);
    });

    test("is kept over a hand-over", async () => {
      const { worker } = stage.gateway;
      stage.gateway.program.child.kill("SIGHUP");
      await stage.gateway.nextWorker(worker);
      assert.equal((await monitoring.send("/livez")).status, 200);
    });
  });
}
