// What may stand where a KDC should, over TCP: one that is silent, goes away, answers half or nonsense, and a way to a real
// one that can be cut. tests of outages list them in front of, or instead of, a KDC of kerberos.js.
import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import { freePort } from "./machine.js";

const lengthOf = (bytes) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
};

// What each does with a connection, once something was asked.
const manners = {
  silent: () => {},
  closing: (socket) => socket.end(),
  resetting: (socket) => socket.resetAndDestroy(),
  half: (socket) => socket.write(Buffer.concat([lengthOf(1000), Buffer.alloc(400, 0x7e)])),
  cutOff: (socket) => socket.end(Buffer.concat([lengthOf(1000), Buffer.alloc(400, 0x7e)])),
  nonsense: (socket) => socket.end(Buffer.concat([lengthOf(64), Buffer.alloc(64, 0xa5)])),
  endless: (socket) => socket.write(Buffer.concat([lengthOf(0x7fffffff), Buffer.alloc(100_000)])),
  // Every byte in time for a reader that only waits for the next one.
  dripping: (socket) => {
    socket.write(lengthOf(1000));
    const drops = setInterval(() => socket.write(Buffer.of(0x7e)), 200);
    socket.once("close", () => clearInterval(drops));
  },
};

export class BrokenKdc {
  // manner: one of those above, or "through", which is a good one until it is told otherwise: it passes everything on to
  // the address behind.
  static async open(manner, { behind } = {}) {
    const kdc = new BrokenKdc();
    Object.assign(kdc, { manner, behind, connections: 0, requests: 0, sockets: new Set() });
    kdc.server = createServer((socket) => kdc.#take(socket)).listen(0, "127.0.0.1");
    await once(kdc.server, "listening");
    kdc.address = `127.0.0.1:${kdc.server.address().port}`;
    return kdc;
  }

  #take(socket) {
    this.connections++;
    this.#keep(socket);
    socket.once("data", (bytes) => {
      this.requests++;
      if (this.manner === "through") this.#pass(socket, bytes);
      else manners[this.manner](socket);
    });
  }

  #pass(socket, bytes) {
    const [host, port] = this.behind.split(":");
    const further = this.#keep(createConnection(Number(port), host));
    further.write(bytes);
    socket.pipe(further).pipe(socket);
  }

  #keep(socket) {
    this.sockets.add(socket);
    socket.on("error", () => {}).once("close", () => this.sockets.delete(socket));
    return socket;
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}

// Where nobody listens at all.
export const closedKdc = async () => `127.0.0.1:${await freePort()}`;
