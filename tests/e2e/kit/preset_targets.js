// The targets of the presets' pages, and what has to be another where the other side is a fixture.
const target = (name, spec) => ({ kind: "Target", metadata: { name }, spec: { domain: "partner", audiences: [`https://${name}.example`], adapter: "saas-oauth",
  accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] }, ...spec } });
const rs256 = { algorithm: "RS256", type: "JWT" };

export const githubTarget = ({ clientId, installation }) => target("github", { scopes: ["contents:read", "issues:write"],
  settings: { preset: "github-app", clientId, options: { installation, repositories: ["orders"] } } });

export const entraTarget = ({ clientId, tenant }) => target("entra", { scopes: ["user.read"], accepts: { issuers: ["entra-id"], clients: ["orders-agent"] },
  handOver: { subjectToken: true },
  settings: { preset: "entra-on-behalf-of", clientId, scopes: { "user.read": "https://graph.microsoft.com/User.Read" }, widerScopes: "accept", options: { tenant } } });

export const awsTarget = ({ role, audience }) => target("aws", { token: rs256,
  handOver: { assertionAudience: audience, assertionClaims: { "https://aws.amazon.com/source_identity": "root" } },
  settings: { preset: "aws-sts", options: { region: "eu-central-1", role } } });

const google = (name, { provider }, options, rest = {}) => target(name, { scopes: ["storage:read"], token: rs256, handOver: { assertionAudience: `https://iam.googleapis.com/${provider}` },
  settings: { preset: "google", scopes: { "storage:read": "https://www.googleapis.com/auth/devstorage.read_only" }, options: { provider, ...options } }, ...rest });
export const googleTarget = (cloud) => google("google", cloud, {});
export const googleAccountTarget = (cloud) => google("google-account", cloud, { serviceAccount: cloud.serviceAccount, lifetimeSeconds: 600 });
export const googleDelegatedTarget = (cloud) => google("google-delegated", cloud, { serviceAccount: cloud.serviceAccount, delegate: "subject" });

export const salesforceTarget = ({ clientId }) => target("salesforce", { settings: { preset: "salesforce", clientId, options: { domain: "https://acme.my.salesforce.com" } } });

export const boxTarget = ({ clientId, key }) => target("box", { settings: { preset: "box", clientId, keyId: key.kid } });
export const boxEnterpriseTarget = ({ clientId, key, enterprise }) => target("box-enterprise", { settings: { preset: "box", clientId, keyId: key.kid, options: { enterprise } } });

export const idJagTarget = ({ clientAtApplication, clientAtProvider }) => target("wiki", { scopes: ["pages:read"], accepts: { issuers: ["workforce"], clients: ["orders-agent"] },
  handOver: { subjectToken: true },
  settings: { preset: "id-jag", issuer: "https://auth.wiki.example", tokenEndpoint: "https://auth.wiki.example/token", clientId: clientAtApplication, authentication: "private_key_jwt",
    algorithm: "ES256", resource: "https://api.wiki.example",
    options: { provider: { issuer: "https://idp.corp.example", tokenEndpoint: "https://idp.corp.example/token", clientId: clientAtProvider } } } });

// The same with settings that lead to the fixture.
export function fixtureTarget(document, { options = {}, ...settings }) {
  const { spec } = document;
  return { ...document, spec: { ...spec, settings: { ...spec.settings, ...settings, options: { ...spec.settings.options, ...options } } } };
}
