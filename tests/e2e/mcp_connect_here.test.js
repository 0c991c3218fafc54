// dragoman mcp connect with the gateway as the authorization server, as docs/mcp.md sets it up: a person logs in at their
// provider, says yes on the gateway's page, and a client on standard input and output calls a server behind the gateway.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { AuthorizeStage } from "./kit/authorize_stage.js";
import { freePort, programs, until } from "./kit/machine.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { mcpTarget } from "./kit/mcp_stage.js";

describe("dragoman mcp connect at a server behind the gateway", () => {
  let made, server, url;

  before(async () => {
    server = await new McpFixture().start();
    const port = await freePort();
    url = `https://127.0.0.1:${port}/mcp/files`;
    made = await AuthorizeStage.open({ gateway: { egress: { listen: [`127.0.0.1:${port}`] } }, edit: (documents) => {
      documents.set("Client/dragoman-cli", { kind: "Client", metadata: { name: "dragoman-cli" },
        spec: { authentication: { methods: ["none"] }, redirectUris: ["http://127.0.0.1/callback"] } });
      documents.set("Target/files", mcpTarget("files", port, { upstream: server.url, accepts: { issuers: ["people"], clients: ["dragoman-cli"] },
        mcp: { tools: [{ names: ["echo"], scopes: ["files:read"] }, { names: ["add"], scopes: ["files:write"] }], resources: [], prompts: [] } }));
    } });
  });
  after(async () => {
    await made?.close();
    await server?.stop();
  });

  const address = (errors, nth) => until(() => [...errors().matchAll(/(https:\/\/\S+\/authorize\?\S+)\n/g)][nth]?.[1], () => `a login's address: ${errors()}`);

  // The person, in one browser all along.
  async function agree(browser, errors, nth = 0) {
    const asked = new URL(await address(errors, nth));
    const page = await made.follow(browser, await browser.send(asked.pathname + asked.search));
    const back = page.status === 303 ? page.location : made.leaves(await made.answerTo({ browser, page }));
    assert.equal((await fetch(back)).status, 200);
    return asked;
  }

  test("logs a person in, who says yes, and again where a call takes more", async () => {
    mkdirSync(made.stage.folder.file("state"), { mode: 0o700 });
    const transport = new StdioClientTransport({ command: programs.dragoman, args: ["mcp", "connect", url, "--no-browser"], stderr: "pipe",
      env: { PATH: "/nowhere", HOME: made.stage.folder.path, XDG_STATE_HOME: made.stage.folder.file("state"), DRAGOMAN_CA_FILE: made.stage.certificates.authorityFile, NO_COLOR: "1",
        ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? "", LSAN_OPTIONS: process.env.LSAN_OPTIONS ?? "" } });
    let errors = "";
    transport.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    const client = new Client({ name: "desktop", version: "1" }), browser = made.browser();
    const connected = client.connect(transport);
    const asked = await agree(browser, () => errors);
    assert.equal(asked.searchParams.get("resource"), url);
    assert.equal(asked.searchParams.get("scope"), "files:read");
    await connected;
    assert.deepEqual((await client.listTools()).tools.map(({ name }) => name).sort(), ["add", "echo"]);
    assert.equal((await client.callTool({ name: "echo", arguments: { text: "hello" } })).isError ?? false, false);
    const more = client.callTool({ name: "add", arguments: { a: 1, b: 2 } });
    assert.equal((await agree(browser, () => errors, 1)).searchParams.get("scope"), "files:read files:write");
    assert.equal((await more).content[0].text, "3");
    await client.close();
  });
});
