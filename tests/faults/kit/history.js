// What clients saw of every request they sent, and what must hold of it beside what the store says. It sends nothing by
// itself and starts nothing: load.js and the tests do. history.test.js proves that each violation is found.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { identifier } from "../../e2e/kit/faults.js";
import { decode } from "../../e2e/kit/forge.js";

const SHOWN = 10; // of the violations, in the message
const nowMs = () => performance.now();
const listOf = (map, key) => map.get(key) ?? map.set(key, []).get(key);

function claimsOf(token) {
  try {
    return decode(token).claims;
  } catch {
    return undefined;
  }
}

// Why an answer is neither a whole credential nor a whole refusal; undefined if it is one of them.
function blemish({ status, headers, text }) {
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    return `${status} is not JSON: ${text.slice(0, 100)}`;
  }
  if (!identifier.test(json.dragoman_exchange ?? "") || headers["dragoman-exchange"] !== json.dragoman_exchange) return `${status} does not name its exchange`;
  if (status === 200) return claimsOf(json.access_token ?? "")?.jti === json.dragoman_exchange ? undefined : "200 without the credential of its exchange";
  if (typeof json.error !== "string" || typeof json.error_description !== "string") return `${status} without an error`;
  if ("access_token" in json) return `${status} with a credential`;
  if (status === 503 && !/^[1-9]\d*$/.test(headers["retry-after"] ?? "")) return "503 without Retry-After";
  return status >= 500 && status !== 503 ? `${status} ${json.error}` : undefined;
}

export class History {
  requests = [];
  cutoffs = [];
  mark = randomBytes(4).toString("hex"); // tells its requests from those of other histories in the same store

  // uses: single-use values that it shows; about: whatever a cutoff is asked of. The name is to be sent along as
  // dragoman_purpose, so that the record tells whose it is.
  begin({ uses = [], about } = {}) {
    const request = { name: `request ${this.requests.length} of ${this.mark}`, uses, about, begunMs: nowMs(), ends: 0 };
    this.requests.push(request);
    return request;
  }

  answered(request, { status, headers, text }) {
    this.#end(request);
    const answer = { status, headers, text };
    request.status = status;
    request.blemish = blemish(answer);
    if (request.blemish === undefined) request.exchange = JSON.parse(text).dragoman_exchange;
  }

  closed(request, reason) {
    this.#end(request);
    request.closed = String(reason);
  }

  #end(request) {
    request.ends++;
    request.endedMs = nowMs();
  }

  // Notes the request that send(name) makes; its answer, or null when the stream was closed without one.
  async send(send, what) {
    const request = this.begin(what);
    const answer = await send(request.name).catch((error) => {
      this.closed(request, error.message);
      return null;
    });
    if (answer !== null) this.answered(request, answer);
    return answer;
  }

  // From now on, and boundMs later at the latest, nothing that isAbout(about, request) is true of is granted any more.
  cutOff(isAbout, { boundMs = 0 } = {}) {
    this.cutoffs.push({ isAbout, fromMs: nowMs() + boundMs });
  }

  // Waits until every request has ended. Those that have not by then are silent.
  async settle(limitMs = 15_000) {
    for (const end = nowMs() + limitMs; nowMs() < end && this.requests.some((request) => request.ends === 0); ) await delay(20);
  }

  get granted() {
    return this.requests.filter((request) => request.status === 200);
  }

  // The milliseconds until one of the requests begun after a moment was granted; undefined if none was.
  grantedAfter(momentMs) {
    const ends = this.granted.filter((request) => request.begunMs >= momentMs).map((request) => request.endedMs);
    return ends.length === 0 ? undefined : Math.min(...ends) - momentMs;
  }

  // records: [{id, outcome, name}] of the store, name being the purpose. mayClose: streams may end without an answer.
  violations(records, { mayClose = true } = {}) {
    const found = [];
    const stored = new Map(records.map((record) => [record.id, record]));
    const grantsOf = new Map(), exchanges = new Map(), shown = new Map();
    for (const record of records) if (record.outcome === "granted") listOf(grantsOf, record.name).push(record.id);
    for (const request of this.requests) {
      const violation = (text) => found.push(`${request.name}: ${text}`);
      if (request.ends === 0) violation("neither an answer nor a closed stream");
      if (request.ends > 1) violation("ended more than once");
      if (request.closed !== undefined && !mayClose) violation(`its stream was closed: ${request.closed}`);
      if (request.blemish !== undefined) violation(request.blemish);
      if (request.exchange !== undefined) listOf(exchanges, request.exchange).push(request);
      if (request.status === 200) this.#judgeGrant(request, stored, violation);
      if ((grantsOf.get(request.name)?.length ?? 0) > 1) violation(`carried out more than once: ${grantsOf.get(request.name)}`);
      for (const value of request.uses) listOf(shown, value).push(request);
    }
    for (const [id, requests] of exchanges) if (requests.length > 1) found.push(`exchange ${id} was answered to ${requests.map((request) => request.name).join(" and ")}`);
    for (const requests of shown.values()) {
      // By what was answered and by what was recorded: neither may hide in the other.
      const granted = requests.filter((request) => request.status === 200 || grantsOf.has(request.name));
      if (granted.length > 1) found.push(`a single-use value was granted to ${granted.map((request) => request.name).join(" and ")}`);
    }
    return found;
  }

  #judgeGrant(request, stored, violation) {
    if (request.exchange !== undefined) {
      const record = stored.get(request.exchange);
      if (record === undefined) violation(`answered without a record: ${request.exchange}`);
      else if (record.outcome !== "granted") violation(`answered and recorded as ${record.outcome}: ${request.exchange}`);
      else if (record.name !== request.name) violation(`answered with the credential of ${record.name || "a stranger"}: ${request.exchange}`);
    }
    for (const { isAbout, fromMs } of this.cutoffs) if (request.begunMs > fromMs && isAbout(request.about, request)) violation("granted after a cutoff");
  }

  check(records, options) {
    const found = this.violations(records, options);
    assert.equal(found.length, 0, `${found.length} violations:\n${found.slice(0, SHOWN).join("\n")}`);
    return this.summary(records);
  }

  summary(records) {
    const answered = new Set(this.granted.map((request) => request.exchange)), names = new Set(this.requests.map((request) => request.name));
    const refused = {};
    for (const { status } of this.requests) if (status !== undefined && status !== 200) refused[status] = (refused[status] ?? 0) + 1;
    return { requests: this.requests.length, granted: answered.size, refused, closed: this.requests.filter((request) => request.closed !== undefined).length,
      recordedUnanswered: records.filter((record) => record.outcome === "granted" && names.has(record.name) && !answered.has(record.id)).length };
  }
}

// What the store of a gateway says, read from outside.
export function recordsOf(gateway) {
  const purpose = gateway.postgres === undefined ? "json_extract(CAST(canonical AS TEXT), '$.purpose')" : "convert_from(canonical, 'UTF8')::json->>'purpose'";
  const rows = gateway.sql(`SELECT id, outcome, coalesce(${purpose}, '') FROM record WHERE kind = 'exchange'`);
  return rows.split("\n").filter((row) => row !== "").map((row) => {
    const [id, outcome, name] = row.split("|");
    return { id, outcome, name };
  });
}
