// A real nginx with auth_request in front of a small API, on loopback and in a private folder.
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { freePort, Program, until } from "./machine.js";

const program = "/usr/sbin/nginx";
export const nginxIsMissing = existsSync(program) ? false : `${program} is not there (apt install nginx)`;

export class ProtectedApi {
  // What reached the API, request by request: method, url and the headers that say who calls.
  calls = [];

  constructor(folder, certificates, gateway, target) {
    Object.assign(this, { folder, certificates, gateway, target });
  }

  async start() {
    this.api = createServer((request, response) => {
      this.calls.push({ method: request.method, url: request.url, headers: request.headers });
      response.end(JSON.stringify({ subject: request.headers["dragoman-subject"], scope: request.headers["dragoman-scope"] }));
    }).listen(0, "127.0.0.1");
    await once(this.api, "listening");
    this.port = await freePort();
    for (const name of ["nginx", "nginx/temporary"]) mkdirSync(this.folder.file(name), { recursive: true });
    writeFileSync(this.folder.file("nginx/nginx.conf"), this.#configuration());
    this.program = new Program(program, ["-p", this.folder.file("nginx"), "-c", this.folder.file("nginx/nginx.conf"), "-e", "stderr"]);
    await until(() => this.send("/").then(() => true, () => {
      if (!this.program.isRunning) throw new Error(`nginx ended: ${this.program.errors}`);
      return false;
    }), "nginx answers");
    this.calls.length = 0;
    return this;
  }

  // docs/api-keys.md has the middle of this; a test holds them together.
  #configuration() {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${this.folder.file(`nginx/temporary/${name}`)};`).join(" ");
    return `daemon off; master_process off; pid ${this.folder.file("nginx/pid")}; error_log stderr;
events { }
http {
  access_log off; ${temporary}
  server {
    listen 127.0.0.1:${this.port};
${protectedLocation({ gateway: this.gateway, authority: this.certificates.authorityFile, target: this.target, name: "localhost", api: `http://127.0.0.1:${this.api.address().port}` })}
  }
}
`;
  }

  async send(path, { method = "GET", headers = {}, body } = {}) {
    const { request } = await import("node:http");
    const sent = request({ host: "127.0.0.1", port: this.port, path, method, headers, agent: false });
    sent.end(body);
    const [response] = await once(sent, "response");
    const parts = [];
    for await (const part of response) parts.push(part);
    return { status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString("utf8") };
  }

  async stop() {
    await this.program?.stop("SIGQUIT");
    this.api?.close();
  }
}

// What docs/api-keys.md shows.
export const protectedLocation = ({ gateway, authority, target, name, api }) => `    location / {
      auth_request /dragoman;
      auth_request_set $dragoman_status $upstream_status;
      auth_request_set $dragoman_challenge $upstream_http_www_authenticate;
      auth_request_set $dragoman_retry $upstream_http_retry_after;
      auth_request_set $dragoman_subject $upstream_http_dragoman_subject;
      auth_request_set $dragoman_scope $upstream_http_dragoman_scope;
      proxy_set_header dragoman-subject $dragoman_subject;
      proxy_set_header dragoman-scope $dragoman_scope;
      proxy_set_header Authorization "";
      proxy_set_header x-api-key "";
      proxy_set_header api-key "";
      error_page 500 = @refused;
      proxy_pass ${api};
    }
    location = /dragoman {
      internal;
      proxy_pass ${gateway}/forward-auth/${target};
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Original-URI $request_uri;
      proxy_set_header X-Original-URL "";
      proxy_set_header X-Forwarded-Method "";
      proxy_set_header X-Forwarded-Uri "";
      proxy_set_header X-Forwarded-Host $host;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate ${authority};
      proxy_ssl_name ${name};
    }
    location @refused {
      internal;
      add_header Retry-After $dragoman_retry always;
      if ($dragoman_status = 429) { return 429; }
      return 503;
    }`;
