// A client that writes HTTP/2 frames by hand over TLS, as fast as the other side takes them.
import { once } from "node:events";
import { connect } from "node:tls";

export const DATA = 0, HEADERS = 1, PRIORITY = 2, RST_STREAM = 3, SETTINGS = 4, PING = 6, WINDOW_UPDATE = 8, CONTINUATION = 9;
export const END_STREAM = 1, END_HEADERS = 4;
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

export function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

// HPACK (RFC 7541): literals without indexing, names by their number in the static table.
function integer(first, prefixBits, value) {
  const most = (1 << prefixBits) - 1;
  if (value < most) return Buffer.from([first | value]);
  const bytes = [first | most];
  for (value -= most; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}
const field = (name, value) => Buffer.concat([integer(0, 4, name), integer(0, 7, Buffer.byteLength(value)), Buffer.from(value)]);

export function request(stream, { method = "GET", path = "/readyz", authorization, type, fields = Buffer.alloc(0), body, ends = body === undefined } = {}) {
  const block = Buffer.concat([field(2, method), Buffer.from([0x87]), field(4, path), field(1, "127.0.0.1"),
    ...(authorization ? [field(23, authorization)] : []), ...(type ? [field(31, type)] : []), fields]);
  const headers = frame(HEADERS, END_HEADERS | (ends ? END_STREAM : 0), stream, block);
  return body === undefined ? headers : Buffer.concat([headers, frame(DATA, END_STREAM, stream, Buffer.from(body))]);
}

export class Attacker {
  static async open(stage, { settings = Buffer.alloc(0), reads = true } = {}) {
    const socket = connect({ host: "127.0.0.1", port: stage.gateway.port, ca: stage.certificates.ca, ALPNProtocols: ["h2"], highWaterMark: 1 << 16 });
    await once(socket, "secureConnect");
    const attacker = new Attacker();
    attacker.socket = socket;
    attacker.closed = new Promise((done) => socket.once("close", () => done(performance.now())));
    socket.on("error", () => {});
    if (reads) socket.resume();
    socket.write(Buffer.concat([preface, frame(SETTINGS, 0, 0, settings)]));
    return attacker;
  }

  // False once the connection is gone.
  async write(bytes) {
    if (this.socket.destroyed) return false;
    if (!this.socket.write(bytes)) await Promise.race([once(this.socket, "drain").catch(() => {}), this.closed]);
    return !this.socket.destroyed;
  }

  // Writes what make(i) gives, for i below count; the milliseconds from the first byte until the connection was closed,
  // undefined if it was not.
  async flood(count, make, batch = 100) {
    const begun = performance.now();
    for (let i = 0; i < count; i += batch) {
      const pieces = Array.from({ length: Math.min(batch, count - i) }, (_, k) => make(i + k));
      if (!(await this.write(Buffer.concat(pieces)))) break;
    }
    const ended = await Promise.race([this.closed, new Promise((done) => setTimeout(done, 5000).unref())]);
    return ended === undefined ? undefined : ended - begun;
  }

  close() {
    this.socket.destroy();
  }
}
