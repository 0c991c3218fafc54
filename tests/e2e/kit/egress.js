// A stage with a listener for calls through the gateway, and what tests of those share.
import assert from "node:assert/strict";
import { Http1 } from "./http.js";
import { freePort } from "./machine.js";
import { Stage } from "./stage.js";

// adapter: what callers get for it; supplier: what makes the credential that is put into their calls.
export const egressTarget = (name, { upstream, settings, supplier, calls, adapter = "api-key", ...spec }) => ({ kind: "Target", metadata: { name },
  spec: { domain: "corp", audiences: [`https://${name}.example`], adapter, scopes: ["chat", "models:read"], maximumLifetime: "5m",
    accepts: { issuers: ["corp-idp", "cluster"], clients: ["orders-agent", "billing-agents"] }, egress: { upstream, settings, adapter: supplier }, calls, ...spec } });

class Egress {
  constructor(stage, port) {
    this.stage = stage;
    this.port = port;
    this.origin = `https://127.0.0.1:${port}`;
    this.http = new Http1(this.origin, stage.certificates.ca);
  }

  // Of a key that all who call a target share.
  async connect(target, key) {
    const answer = await this.stage.gateway.admin(`/v1/connections/${target}`, { method: "POST", body: JSON.stringify({ answers: { key } }) });
    assert.equal(answer.status, 200, answer.text);
  }

  // Of ours, for a target, on behalf of alice.
  async credential(target, changes = {}, claims = {}) {
    const { status, json, text } = await this.stage.exchange({ audience: `https://${target}.example`,
      subject_token: this.stage.userToken({ sub: "alice", scope: "chat models:read", ...claims }), ...changes });
    assert.equal(status, 200, text);
    return json;
  }

  call(target, path, { token, method = "GET", headers = {}, body } = {}) {
    return this.http.send(`/egress/${target}${path}`, { method, body, headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers } });
  }

  async close() {
    this.http.close();
    await this.stage.close();
  }
}

// As Stage.open, or what opens another stage.
export async function openEgress({ gateway = {}, open = (options) => Stage.open(options), ...options }) {
  const port = await freePort();
  return new Egress(await open({ gateway: { egress: { listen: [`127.0.0.1:${port}`] }, ...gateway }, ...options }), port);
}
