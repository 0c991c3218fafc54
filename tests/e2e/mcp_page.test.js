// docs/mcp.md, walked from its first line to its last, with a server and a client of the official SDK 2.
import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort, root } from "./kit/machine.js";
import { connectClient } from "./kit/mcp_clients.js";
import { text } from "./kit/mcp_content.js";
import { McpFixture } from "./kit/mcp_fixture.js";
import { verifierOf } from "./kit/mcp_verify.js";
import { Stage } from "./kit/stage.js";
import { WalkedPage } from "./kit/walked_page.js";

const inputSchema = (...names) => ({ type: "object", properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])), required: names });
const tools = [
  { name: "read_file", description: "Reads a file.", inputSchema: inputSchema("path"), call: () => text("Sales: 4711") },
  { name: "write_file", description: "Writes a file.", inputSchema: inputSchema("path", "text"), call: () => text("written") },
  { name: "delete_all", description: "Deletes everything.", inputSchema: inputSchema(), call: () => text("deleted") },
];

describe("the page about MCP servers", () => {
  let stage, files, verify, page;

  before(async () => {
    const port = await freePort();
    stage = await Stage.open({
      prepare: async (it) => {
        const { gateway, certificates, folder } = it;
        stage = it;
        files = await new McpFixture({ certificates, only: tools, verify: (token) => verify(token) }).start();
        verify = verifierOf(gateway, { audience: files.url });
        page = new WalkedPage("mcp.md", { stage: it, more: { changed: async (definition) => change(JSON.parse(definition)) }, replaced: [
          ["https://gateway.example:8444", `https://127.0.0.1:${port}`], ["https://gateway.example", gateway.issuer], ["0.0.0.0:8443", `127.0.0.1:${gateway.port}`],
          ["0.0.0.0:8444", `127.0.0.1:${port}`], ["10.0.0.0/8", "127.0.0.0/8"], ["https://cluster.example", it.cluster.identifier], ["https://files.internal/mcp", files.url],
          ["/etc/dragoman/tls.crt", certificates.certificateFile], ["/etc/dragoman/tls.key", certificates.keyFile], ["/etc/dragoman/ca.crt", certificates.authorityFile],
          ["/etc/dragoman/sealing.key", gateway.sealingKeyPath], ["/run/dragoman/admin.sock", gateway.socketPath],
          ["/var/lib/dragoman/store/dragoman.sqlite", gateway.databasePath], ["/var/run/secrets/dragoman/token", folder.file("desk/platform.jwt")] ] });
        gateway.writeDocuments = () => writeFileSync(gateway.configPath, page.file("gateway.yaml"));
      },
      store: "sqlite",
    });
    symlinkSync(join(root, "tests/e2e/node_modules"), page.place("node_modules"));
    writeFileSync(page.place("platform.jwt"), stage.platformToken({ sub: "system:serviceaccount:agents:billing" }), { mode: 0o600 });
  });
  after(async () => {
    await stage?.close();
    await files?.stop();
    await verify?.close();
  });

  const list = async () => {
    const client = await connectClient(page.inPlace("https://gateway.example:8444/mcp/files"), { ca: stage.certificates.ca, token: stage.platformToken({ sub: "system:serviceaccount:agents:billing" }) });
    const listed = await client.listTools();
    await client.close();
    return listed.tools.map(({ name }) => name);
  };

  async function change({ name, ...definition }) {
    assert.ok((await list()).includes(name));
    files.definitions[name] = definition;
    assert.ok(!(await list()).includes(name), "what has changed is not listed");
  }

  test("leads to a server behind the gateway, a client that uses it, and its end", async (context) => {
    const { blocks, shown } = await page.walk();
    context.diagnostic(`${blocks} blocks, ${shown} lines shown`);
    assert.ok(!files.hasSeen("delete_all") && !files.hasSeen("/etc/passwd"), "what is denied never arrived");
  });
});
