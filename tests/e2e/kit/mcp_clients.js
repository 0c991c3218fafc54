// The official clients of the Model Context Protocol, connected to any URL: the line that speaks the older protocol (SDK 1)
// and the one that speaks both (SDK 2).
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { trustingFetch } from "./http.js";

export const NEW_VERSION = "2026-07-28", OLD_VERSION = "2025-11-25";

// How SDK 2 finds out what a server speaks; left out, it begins as SDK 1 does.
export const negotiations = { default: undefined, auto: { mode: "auto" }, pinned: { mode: { pin: NEW_VERSION } } };

// ca: of an https server's certificate. token: shown as a bearer; a function is asked for each request.
function fetchWith({ ca, token, headers = {} }) {
  const base = ca === undefined ? fetch : trustingFetch(ca);
  const shown = () => (typeof token === "function" ? token() : token);
  const wrapped = (url, options = {}) => {
    const all = new Headers(options.headers);
    if (token !== undefined) all.set("authorization", `Bearer ${shown()}`);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    return base(url, { ...options, headers: Object.fromEntries(all) });
  };
  wrapped.close = () => base.close?.();
  return wrapped;
}

const information = { name: "dragoman-tests", version: "1.0.0" };

async function connected(client, transport, http) {
  const close = client.close.bind(client);
  client.transportUsed = transport;
  client.close = async () => {
    await close();
    await http.close();
  };
  try {
    await client.connect(transport);
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
  return client;
}

// prepare(client) comes before the connection: handlers of what servers ask.
export async function connectOldClient(url, { capabilities = {}, prepare, transport = {}, ...shown } = {}) {
  const client = new OldClient(information, { capabilities }), http = fetchWith(shown);
  prepare?.(client);
  return connected(client, new OldTransport(new URL(url), { fetch: http, ...transport }), http);
}

// negotiation: one of negotiations.
export async function connectClient(url, { negotiation = "auto", capabilities = {}, prepare, transport = {}, ...shown } = {}) {
  const client = new Client(information, { capabilities, versionNegotiation: negotiations[negotiation] }), http = fetchWith(shown);
  prepare?.(client);
  return connected(client, new StreamableHTTPClientTransport(new URL(url), { fetch: http, ...transport }), http);
}

// What came to be spoken, whichever SDK: both keep it on the transport or the client.
export const generationOf = (client) => ((client.getNegotiatedProtocolVersion?.() ?? client.transportUsed.protocolVersion) === NEW_VERSION ? "new" : "old");
