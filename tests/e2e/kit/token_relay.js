// In front of a token endpoint that gives no refresh tokens, which a connected account needs: everything goes on as it came and
// back as it went, but for the refresh token that is added to an answer with an access token.
import { once } from "node:events";
import { createServer } from "node:http";

export class TokenRelay {
  constructor() {
    this.endpoints = []; // by their number, which is the path here
    this.server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const { host, connection, "content-length": length, ...headers } = request.headers;
      const answer = await fetch(this.endpoints[Number(request.url.slice(1))], { method: request.method, headers, body: Buffer.concat(parts) });
      const json = await answer.json();
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.ok ? { ...json, refresh_token: "added-here" } : json));
    });
  }

  async start() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  // Where that endpoint is to be reached.
  before(endpoint) {
    return `http://127.0.0.1:${this.server.address().port}/${this.endpoints.push(endpoint) - 1}`;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, "close");
  }
}
