// The conformance suite's scenarios for authorization servers, with this gateway as one: a public client that sends its person to
// /authorize, for a token for an MCP server.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Browser } from "./kit/browser.js";
import { LoginProvider } from "./kit/login_provider.js";
import { freePort, privateFolder, Program, until } from "./kit/machine.js";
import { checksIn, describeCheck, suite } from "./kit/mcp_conformance.js";
import { openMcp } from "./kit/mcp_stage.js";
import { formNamed } from "./kit/saas_stage.js";

describe("the conformance suite finds in this gateway an authorization server", () => {
  let mcp, login, port;
  before(async () => {
    const secret = randomBytes(24).toString("hex");
    port = await freePort();
    mcp = await openMcp({
      servers: { files: { upstream: "http://127.0.0.1:9/mcp", accepts: { issuers: ["people"], clients: ["desktop"] } } },
      gateway: { authorization: { clientMetadataDocuments: ["clients.example"] } },
      prepare: async ({ certificates, gateway: { issuer } }) => {
        login = await new LoginProvider(certificates, issuer, { web: { clientId: "the-gateway", secret, redirectUri: `${issuer}/login/callback/people` } }).start();
      },
      edit: (documents, { gateway }) => {
        const put = (kind, name, spec) => documents.set(`${kind}/${name}`, { kind, metadata: { name }, spec });
        put("Issuer", "people", { domain: "corp", issuer: login.identifier, audiences: [gateway.issuer], algorithms: ["ES256"], tokenTypes: ["access_token"],
          login: { clientId: "the-gateway", secretFile: gateway.writeSecret("people-login.secret", secret) } });
        put("Client", "desktop", { authentication: { methods: ["none"] }, redirectUris: ["http://127.0.0.1/callback"] });
      },
    });
  });
  after(async () => {
    await mcp?.close();
    await login?.stop();
  });

  // What a person's browser does from an authorization URL on: logs in, agrees, and comes back to the client.
  async function browse(url) {
    const { issuer } = mcp.stage.gateway, browser = new Browser(mcp.stage.certificates, issuer), callback = `http://127.0.0.1:${port}/`;
    let next = { url, options: {} };
    try {
      for (let step = 0; step < 12; step++) {
        const { status, location, text } = await browser.send(next.url, next.options);
        const target = location?.href ?? /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1].replaceAll("&amp;", "&");
        if (target?.startsWith(callback)) return fetch(target);
        if (target?.startsWith(login.identifier)) next = { url: await login.browse(target, "alice", `${issuer}/login/callback/`), options: {} };
        else if (target !== undefined) next = { url: target, options: {} };
        else {
          assert.equal(status, 200, text);
          next = { url: new URL(/<form[^>]*action="([^"]+)"/.exec(text)?.[1] ?? next.url, next.url), options: { method: "POST", form: formNamed(text, "Agree") } };
        }
      }
      throw new Error("the way to the client does not come to an end");
    } finally {
      browser.close();
    }
  }

  test("with metadata that MCP clients need, and a code that becomes a token", async () => {
    const folder = privateFolder();
    const program = new Program(process.execPath, [suite, "authorization", "--url", mcp.stage.gateway.issuer, "--client-id", "desktop", "--resource", mcp.endpoint("files"), "-p", `${port}`, "-o", folder.path],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: mcp.stage.certificates.authorityFile } });
    try {
      const url = await until(() => /^https:\/\/\S+\/authorize\?\S+$/m.exec(program.output)?.[0] ?? !program.isRunning, () => `it says where to go:\n${program.output}${program.errors}`);
      assert.equal(typeof url, "string", program.output + program.errors);
      await browse(url);
      const { code } = await program.ended;
      const checks = checksIn(folder.path);
      assert.deepEqual(checks.filter(({ status }) => status !== "SUCCESS").map(describeCheck), []);
      assert.deepEqual(checks.map(({ id }) => id).sort(), ["authorization-code-grant", "authorization-server-metadata", "authorization-server-metadata-cimd"]);
      assert.equal(code, 0, program.output);
    } finally {
      await program.stop("SIGKILL");
      folder.remove();
    }
  });
});
