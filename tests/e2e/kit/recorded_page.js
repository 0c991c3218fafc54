// What a test sent, kept in a page of docs: between marker comments stand the document that was applied, the requests that
// the other side accepted and the answer. With DRAGOMAN_WRITE_PAGES=1 they are written, else compared, so that a page
// cannot say what is not so. Parts that differ each time are replaced by what they are.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "./forge.js";
import { root } from "./machine.js";

const shownHeaders = ["accept", "authorization", "content-type", "user-agent", "x-github-api-version"];
const isPlain = (text) => /^[A-Za-z/][\w./@-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text);
const scalar = (value) => (typeof value !== "string" || isPlain(value) || /^https:\/\/[\w./-]+$/.test(value) ? String(value) : JSON.stringify(value));
const isScalar = (value) => typeof value !== "object";

// Block style, with short lists on one line.
function yaml(value, indent = "") {
  return Object.entries(value).map(([name, member]) => {
    const key = `${indent}${isPlain(name) ? name : JSON.stringify(name)}:`;
    if (isScalar(member)) return `${key} ${scalar(member)}\n`;
    if (Array.isArray(member)) return `${key} [${member.map(scalar).join(", ")}]\n`;
    return `${key}\n${yaml(member, `${indent}  `)}`;
  }).join("");
}

// names: [what stood there, what is shown instead], each everywhere.
const renamed = (text, names) => names.reduce((so_far, [was, shown]) => so_far.replaceAll(was, shown), text);
const isJwt = (text) => /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/.test(text);

// Its times as they are to each other, and what is another each time by its name.
function shownClaims(claims) {
  const start = claims.iat;
  const one = ([name, value]) => {
    if (["iat", "nbf", "exp"].includes(name)) return [name, value === start ? "NOW" : `NOW + ${value - start}`];
    return ["jti", "txn"].includes(name) ? [name, name.toUpperCase()] : [name, value];
  };
  return JSON.stringify(Object.fromEntries(Object.entries(claims).map(one)), null, 1).replaceAll(/\s*\n\s*/g, " ").replaceAll(/"(NOW[^"]*)"/g, "$1");
}

function shownHeader(header) {
  return JSON.stringify({ ...header, ...(header.kid?.length > 12 ? { kid: "KID" } : {}) }).replaceAll(/([,:])"/g, '$1 "');
}

class Shown {
  tokens = [];

  // A JWT by its number; what it says comes below.
  value(text) {
    return text.replaceAll(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g, (token) => {
      if (!this.tokens.includes(token)) this.tokens.push(token);
      return `JWT-${this.tokens.indexOf(token) + 1}`;
    });
  }

  request({ method, url, headers, form, json }) {
    const lines = [`${method} ${url} HTTP/1.1`, `host: ${headers.host}`];
    for (const name of shownHeaders) if (headers[name] !== undefined) lines.push(`${name}: ${this.value(headers[name])}`);
    lines.push("");
    if (form !== undefined) for (const [name, value] of Object.entries(form)) lines.push(`${name}=${this.value(value)}`);
    if (json !== undefined) lines.push(this.#json(json));
    return lines.join("\n").trimEnd();
  }

  #json(json) {
    const payload = json.payload === undefined ? undefined : shownClaims(JSON.parse(json.payload));
    return payload === undefined ? JSON.stringify(json) : `{"payload": "${payload.replaceAll('"', '\\"')}"}`;
  }

  told() {
    return this.tokens.filter(isJwt).map((token, i) => {
      const { header, claims } = decode(token);
      return `JWT-${i + 1}: ${shownHeader(header)}\n${shownClaims(claims)}`;
    }).join("\n\n");
  }
}

const block = (language, text) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;

// Where a marker stands twice or not at all, nobody would notice what is not compared.
function replace(page, marker, text) {
  const [begin, end] = [`<!-- ${marker} -->\n`, `\n<!-- end of ${marker} -->`];
  const parts = page.split(begin);
  assert.equal(parts.length, 2, `${marker} begins once`);
  const rest = parts[1].split(end);
  assert.equal(rest.length, 2, `${marker} ends once`);
  return parts[0] + begin + text + end + rest[1];
}

// document: as applied; requests: as accepted; answer: of the exchange. names as above, for all three.
export function recordedPage(name, { marker = "recorded", document, requests, answer, names }) {
  const path = join(root, "docs/adapters/saas-oauth", `${name}.md`), before = readFileSync(path, "utf8"), shown = new Shown();
  const asked = requests.map((request) => shown.request(request)).join("\n\n");
  const recorded = [asked, shown.told()].filter((part) => part !== "").join("\n\n");
  const text = [`The target:`, block("yaml", yaml(document)), "What was sent, and accepted:", block("http", recorded), "What the exchange answered:",
    block("json", JSON.stringify(answer, null, 1))].join("\n\n");
  const after = replace(before, marker, renamed(text, names));
  if (process.env.DRAGOMAN_WRITE_PAGES === "1") writeFileSync(path, after);
  else assert.equal(before, after, `${path} says otherwise; DRAGOMAN_WRITE_PAGES=1 writes it`);
}
