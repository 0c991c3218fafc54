// Tokens of every kind, right and wrong. Signing goes through node:crypto directly, so that a test can make what no
// decent library would.
import { createHmac, createSign, constants, generateKeyPairSync, randomUUID, sign } from "node:crypto";

export const now = () => Math.floor(Date.now() / 1000);
export const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
export const encoded = (value) => base64url(typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value));

const kinds = {
  ES256: ["ec", { namedCurve: "P-256" }], ES384: ["ec", { namedCurve: "P-384" }], ES512: ["ec", { namedCurve: "P-521" }],
  RS256: ["rsa", { modulusLength: 2048 }], RS384: ["rsa", { modulusLength: 2048 }], RS512: ["rsa", { modulusLength: 2048 }],
  PS256: ["rsa", { modulusLength: 2048 }], PS384: ["rsa", { modulusLength: 2048 }], PS512: ["rsa", { modulusLength: 2048 }],
  EdDSA: ["ed25519", {}], Ed25519: ["ed25519", {}],
};

// {kid, alg, privateKey, publicKey, jwk}: jwk is the public one with kid, alg and use.
export function makeKey(alg = "ES256", kid = randomUUID()) {
  const { privateKey, publicKey } = generateKeyPairSync(...kinds[alg]);
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" } };
}

export function rawSignature(alg, key, input) {
  const hash = "sha" + alg.slice(2);
  switch (alg.slice(0, 2)) {
    case "ES": return sign(hash, input, { key, dsaEncoding: "ieee-p1363" });
    case "PS": return sign(hash, input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
    case "RS": return sign(hash, input, key);
    default: return sign(null, input, key);
  }
}

export const derSignature = (key, input) => createSign("sha256").update(input).sign(key);
export const hmac = (secret, input) => createHmac("sha256", secret).update(input).digest();

// A compact JWS. header and claims may be objects, or text to be taken as the JSON bytes; signature is (input) => bytes.
export function forge({ key, header = {}, claims, signature }) {
  const full = typeof header === "string" ? header : { alg: key.alg, kid: key.kid, typ: "JWT", ...header };
  const input = `${encoded(full)}.${encoded(claims)}`;
  const bytes = signature ? signature(Buffer.from(input)) : rawSignature(key.alg, key.privateKey, Buffer.from(input));
  return `${input}.${base64url(bytes)}`;
}

export function decode(token) {
  const [header, claims] = token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  return { header, claims };
}
