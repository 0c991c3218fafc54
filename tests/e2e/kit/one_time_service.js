// A service that takes the credentials of one_time.py: each once, only where it is bound to the certificate that it shows, and it proves
// with its answer who it is. What it was shown and on which connection is kept.
import { createHash, createHmac, X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import { once } from "node:events";

export const secret = "of-the-service-and-the-adapter";
export const sign = (text) => createHmac("sha256", secret).update(text).digest("base64url");

export class OneTimeService {
  constructor(certificates) {
    this.calls = [];
    this.handshakes = 0;
    this.nonces = new Set();
    this.show(certificates);
    this.server = createServer({ cert: certificates.certificate, key: certificates.key, ALPNProtocols: ["http/1.1"] }, (request, response) => this.#answer(request, response));
    this.server.keepAliveTimeout = 60_000;
    this.server.on("secureConnection", (socket) => {
      socket.number = ++this.handshakes;
      socket.binding = this.binding;
      this.onHandshake?.();
    });
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.origin = `https://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  // From the next connection on; RFC 5929 section 4.1, of a signature by SHA-256.
  show({ certificate, key }) {
    this.server?.setSecureContext({ cert: certificate, key });
    this.binding = createHash("sha256").update(new X509Certificate(certificate).raw).digest("base64url");
  }

  // handler(response, proof, call): what it does with a call that it took, until it is taken away.
  behave(handler) {
    this.handler = handler;
  }

  // Why it does not take a credential; undefined: it does.
  #refusal(call) {
    if (call.payload === undefined) return "signature";
    if (this.nonces.has(call.payload.nonce)) return "replay";
    this.nonces.add(call.payload.nonce);
    return call.payload.binding === call.binding ? undefined : "binding";
  }

  async #answer(request, response) {
    for await (const piece of request) void piece;
    const [payload, signature] = (request.headers.authorization ?? "").replace(/^OneTime /, "").split(".");
    const call = { url: request.url, method: request.method, shown: request.headers.authorization, connection: request.socket.number, binding: request.socket.binding,
      payload: signature === sign(payload) ? JSON.parse(Buffer.from(payload, "base64url")) : undefined };
    call.refusal = this.#refusal(call);
    this.calls.push(call);
    if (call.refusal !== undefined) return response.writeHead(401, { "www-authenticate": "OneTime" }).end(call.refusal);
    const proof = `OneTime ${sign(`proof ${call.payload.nonce}`)}`;
    if (this.handler !== undefined) return this.handler(response, proof, call);
    response.writeHead(200, { "www-authenticate": proof, "content-type": "application/json" });
    response.end(JSON.stringify({ who: call.payload.subject }));
  }
}
