// Gateways on one PostgreSQL behind a real HAProxy, which passes TLS on and asks each at its monitoring listener whether it
// is ready. Clients see one address.
import assert from "node:assert/strict";
import { HAProxy } from "../../e2e/kit/haproxy.js";
import { freePort, until } from "../../e2e/kit/machine.js";
import { Stage } from "../../e2e/kit/stage.js";
import { Balanced } from "./balanced.js";

export class Balancer {
  static async open({ size }) {
    const balancer = new Balancer();
    const monitoring = await Promise.all(Array.from({ length: size }, freePort));
    balancer.stage = await Stage.open({
      store: "postgres", size,
      gateway: { supervisor: { stopDelay: "1s" } },
      prepare: ({ gateways }) => gateways.forEach((gateway, i) => (gateway.document.spec.monitoring = { listen: [`127.0.0.1:${monitoring[i]}`] })),
      edit: (documents) => delete documents.get("Team/payments").spec.budget,
    });
    const port = await freePort();
    balancer.origin = `https://127.0.0.1:${port}`;
    try {
      balancer.haproxy = await new HAProxy(balancer.stage.folder, `
listen gateways
  bind 127.0.0.1:${port}
  mode tcp
  balance leastconn
  option httpchk GET /readyz
  default-server check check-ssl verify none inter 200ms fall 1 rise 1
${balancer.stage.gateways.map((gateway, i) => `  server gateway-${i} 127.0.0.1:${gateway.port} port ${monitoring[i]}`).join("\n")}
`).start();
      await until(async () => (await balancer.states()).every((state) => state === "UP"), "the balancer finds all ready");
    } catch (error) {
      await balancer.close();
      throw error;
    }
    return balancer;
  }

  // Clients that go on until their stop().
  load(history) {
    return new Balanced(this.stage, history, { doors: [this], clients: 6 }).start();
  }

  async servers() {
    return (await this.haproxy.stat()).filter(({ svname }) => svname.startsWith("gateway-"));
  }

  // UP or DOWN, in the order of the gateways.
  async states() {
    return (await this.servers()).map(({ status }) => status);
  }

  // Connections it could not hand to the gateway it had chosen.
  async unconnected() {
    return (await this.servers()).reduce((sum, { econ }) => sum + Number(econ), 0);
  }

  // Stops one, and starts it as the program it has by then. The balancer must know both in time.
  async restart(gateway, { daemon = gateway.daemon } = {}) {
    const position = this.stage.gateways.indexOf(gateway);
    assert.deepEqual(await gateway.stop(), { code: 0, signal: null });
    assert.equal((await this.states())[position], "DOWN", "the balancer knew before it was gone");
    gateway.daemon = daemon;
    await gateway.start();
    await until(async () => (await this.states())[position] === "UP", "the balancer sends to it again");
  }

  async close() {
    await this.haproxy?.stop();
    await this.stage?.close();
  }
}

// Waits until so many more are granted, or one has failed.
export async function grantedMore(load, count) {
  const enough = load.counts.granted + count;
  await until(() => load.counts.granted >= enough || load.failed.length > 0, "the load goes on", 3_600_000);
}
