// A stage with an MCP server whose tokens clients get for themselves, for people of another domain by ID-JAG, and agents
// by what their platform gives them.
import { decode, now } from "./forge.js";
import { openEgress } from "./egress.js";
import { freePort } from "./machine.js";

export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

export async function openGrants({ edit, ...options } = {}) {
  // Each gateway listens for itself; the endpoint is the first one's.
  const prepare = async ({ gateways }) => {
    for (const gateway of gateways.slice(1)) gateway.document.spec.egress = { listen: [`127.0.0.1:${await freePort()}`] };
  };
  const egress = await openEgress({ ...options, prepare, edit: (documents, stage) => {
    const endpoint = `https://${stage.gateway.document.spec.egress.listen[0]}/mcp/files`;
    documents.set("Domain/local", { kind: "Domain", metadata: { name: "local" }, spec: { leavesFor: ["corp", "partner"] } });
    documents.get("Issuer/corp-idp").spec.tokenTypes.push("id-jag");
    documents.set("Target/files", { kind: "Target", metadata: { name: "files" }, spec: {
      domain: "corp", audiences: [endpoint, "files"], scopes: ["files:read", "files:write", "files:admin"], resourceServer: "partner-api",
      accepts: { issuers: ["corp-idp", "cluster"], clients: ["orders-agent", "billing-agents"], clientCredentials: true },
      egress: { upstream: "https://127.0.0.1:1/mcp", adapter: "jwt" },
      mcp: { tools: [{ names: ["write_*"], scopes: ["files:read", "files:write"] }, { names: ["read_*"], scopes: ["files:read"] }] },
    } });
    edit?.(documents, stage);
  } });
  return new Grants(egress);
}

class Grants {
  constructor(egress) {
    this.egress = egress;
    this.stage = egress.stage;
    this.gateway = this.stage.gateway;
    this.endpoint = `${egress.origin}/mcp/files`;
  }

  // What alice's identity provider lets orders-agent redeem here; undefined leaves a claim out.
  idJag(claims = {}, header = {}, key = undefined) {
    return this.stage.corp.token({ aud: this.gateway.issuer, client_id: "orders-agent", resource: this.endpoint, scope: "files:read files:write", exp: now() + 300, ...claims },
      { typ: "oauth-id-jag+jwt", ...header }, key);
  }

  redeem(assertion, form = {}, options = {}) {
    return this.gateway.post("/token", { grant_type: jwtBearer, assertion, ...form }, { auth: this.stage.auth, ...options });
  }

  // Nothing but what its platform gave it.
  asWorkload(assertion = this.stage.platformToken(), form = {}) {
    return this.gateway.post("/token", { grant_type: jwtBearer, assertion, resource: this.endpoint, ...form });
  }

  forItself(form = {}, options = {}) {
    return this.gateway.post("/token", { grant_type: "client_credentials", resource: this.endpoint, ...form }, { auth: this.stage.auth, ...options });
  }

  async isActive(token, auth = this.stage.auth) {
    return (await this.gateway.post("/introspect", { token }, { auth })).json.active;
  }

  close() {
    return this.egress.close();
  }
}

export const claimsOf = (answer) => decode(answer.json.access_token).claims;
