// The protocol's own sample server, as it comes from its package: of the older generation, and with 400 for a session that
// there is not.
import { join } from "node:path";
import { freePort, Program, root, until } from "./machine.js";

const folder = join(root, "tests/e2e");

export class EverythingServer {
  async start() {
    const port = await freePort();
    this.program = new Program(process.execPath, ["--import", join(folder, "kit/loopback_only.js"),
      join(folder, "node_modules/@modelcontextprotocol/server-everything/dist/index.js"), "streamableHttp"], { env: { ...process.env, PORT: `${port}` } });
    this.url = `http://127.0.0.1:${port}/mcp`;
    await until(() => fetch(this.url).then(() => true, () => false), () => `server-everything answers:\n${this.program.errors}`);
    return this;
  }

  async stop() {
    await this.program?.stop("SIGKILL");
  }
}
