// An identity provider that answers whatever a test wants: metadata, and tokens for a code. Nobody logs in there; a test
// makes the browser's answer itself.
import { Issuer } from "./issuer.js";

export class HostileProvider extends Issuer {
  constructor(certificates, { namesItself = true } = {}) {
    super(certificates);
    this.namesItself = namesItself;
    this.requests = []; // at the token endpoint
    this.answer = () => ({ status: 500, body: "{}" }); // (form, request) => {status, body, headers}; null: none, ever
    this.misbehave = (request, response) => request.url === "/token" && (this.#giveTokens(request, response), true);
  }

  async start(port) {
    await super.start(port);
    this.metadata = { authorization_endpoint: `${this.identifier}/auth`, token_endpoint: `${this.identifier}/token`,
      authorization_response_iss_parameter_supported: this.namesItself, code_challenge_methods_supported: ["S256"] };
    return this;
  }

  #giveTokens(request, response) {
    const parts = [];
    request.on("data", (part) => parts.push(part)).on("end", () => {
      const form = new URLSearchParams(Buffer.concat(parts).toString());
      this.requests.push({ form, headers: request.headers, method: request.method });
      const answer = this.answer(form, request);
      if (answer === null) return;
      response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
      response.end(answer.body);
    });
  }
}
