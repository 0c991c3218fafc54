// What an MCP server does about tokens that the gateway makes for it: signature by the gateway's own JWK Set, issuer and audience.
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { trustingFetch } from "./http.js";

// gateway: that of a stage; audience: of the tokens, any where it is left out. The claims, or it throws.
export function verifierOf(gateway, { audience } = {}) {
  const trusting = trustingFetch(gateway.certificates.ca);
  const keys = createRemoteJWKSet(new URL(`${gateway.issuer}/jwks`), { [customFetch]: trusting });
  const verify = async (token) => {
    if (token === undefined) throw new Error("no token");
    return (await jwtVerify(token, keys, { issuer: gateway.issuer, audience, typ: "at+jwt" })).payload;
  };
  verify.close = () => trusting.close();
  return verify;
}
