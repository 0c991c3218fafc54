// A way through the network that a test can take away: bytes to a port pass, pass later, or are swallowed. Swallowing is what
// a partition does: nobody is told, connections stay, new ones are taken and never answered.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export class Cable {
  #sockets = new Set();

  // delayMs: how much later bytes arrive, each way.
  static async open(target, { delayMs = 0 } = {}) {
    const cable = new Cable();
    Object.assign(cable, { target, delayMs, isCut: false });
    cable.server = createServer((near) => cable.#join(near)).listen(0, "127.0.0.1");
    await once(cable.server, "listening");
    cable.port = cable.server.address().port;
    return cable;
  }

  #join(near) {
    if (this.isCut) return void this.#sockets.add(near.on("error", () => {}).on("close", () => this.#sockets.delete(near)));
    const far = connect(this.target, "127.0.0.1");
    for (const [from, to] of [[near, far], [far, near]]) {
      this.#sockets.add(from.setNoDelay());
      from.on("error", () => to.destroy()).on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      void this.#carry(from, to);
    }
  }

  async #carry(from, to) {
    try {
      for await (const bytes of from) {
        if (this.isCut) return void (await once(from, "close")); // what is lost on the way makes the rest useless
        if (this.delayMs > 0) await delay(this.delayMs);
        if (!to.write(bytes)) await once(to, "drain");
      }
      to.end();
    } catch {
      to.destroy();
    }
  }

  // From now on nothing arrives, and what is connected stays so until it is mended.
  cut() {
    this.isCut = true;
  }

  mend() {
    this.isCut = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  close() {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
