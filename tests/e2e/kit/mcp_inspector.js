// The protocol's inspector as a command, a third client beside the two lines of the SDK.
import { join } from "node:path";
import { privateFolder, root, run } from "./machine.js";

const program = join(root, "tests/e2e/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");

// era: legacy, auto or modern. {code, json, errors}: what it printed. caFile: whom it trusts besides.
export async function inspect(url, method, { era = "auto", token, caFile, args = [] } = {}) {
  const home = privateFolder(); // it keeps a file in there
  try {
    const { code, output, errors } = await run(process.execPath, [program, "--cli", url, "--transport", "http", "--method", method, "--protocol-era", era,
      ...(token === undefined ? [] : ["--header", `Authorization: Bearer ${token}`]), ...args],
    { env: { ...process.env, HOME: home.path, ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }) } });
    return { code, errors, json: code === 0 ? JSON.parse(output) : undefined };
  } finally {
    home.remove();
  }
}
