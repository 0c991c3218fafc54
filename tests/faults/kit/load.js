// Clients that exchange over HTTP/2 until told to stop, reconnect when a connection goes, and note all they see in a
// history. Some prove themselves with assertions, and show each of them several times, whatever became of it.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { assertionType } from "../../e2e/kit/gateway.js";
import { until } from "../../e2e/kit/machine.js";

const RETRY_MS = 20;
const AT_LEAST = 20; // grants before anything is disturbed
const PROVES_ITSELF_EVERY = 5, SHOWS = 3;
const LIFETIME_S = 240; // of an assertion; a test that moves the clock makes its own

export class Load {
  // Per connection, `inFlight` clients one request at a time each.
  constructor(stage, history, { connections = 2, inFlight = 8 } = {}) {
    Object.assign(this, { stage, history, connections, inFlight });
    this.isOver = false;
    this.unused = []; // assertions to be shown again
  }

  start() {
    this.running = Promise.all(Array.from({ length: this.connections }, () => this.#connection()));
    return this;
  }

  // Resolves when every request has ended, or the history's limit has passed.
  async stop() {
    this.isOver = true;
    await Promise.race([this.running, this.history.settle()]);
    for (const http2 of this.open ?? []) http2.close();
  }

  async #connection() {
    while (!this.isOver) {
      const http2 = this.stage.gateway.http2();
      (this.open ??= new Set()).add(http2);
      const isOpen = await Promise.race([once(http2.session, "connect").then(() => true), once(http2.session, "close").then(() => false)]).catch(() => false);
      if (isOpen) await Promise.all(Array.from({ length: this.inFlight }, () => this.#client(http2)));
      else await delay(RETRY_MS);
      http2.close();
      this.open.delete(http2);
    }
  }

  async #client(http2) {
    while (!this.isOver && !http2.session.closed && !http2.session.destroyed) {
      const answer = await this.#exchange(http2, this.history.requests.length % PROVES_ITSELF_EVERY === 0);
      if (answer !== null && answer.status !== 200) await delay(RETRY_MS);
    }
  }

  #exchange(http2, provesItself) {
    if (!provesItself) return this.history.send((name) => this.stage.exchange({ dragoman_purpose: name }, { over: http2 }));
    const shown = this.unused.shift() ?? { assertion: this.stage.clientAssertion({ exp: Math.floor(Date.now() / 1000) + LIFETIME_S }), left: SHOWS };
    if (--shown.left > 0) this.unused.push(shown);
    const proof = { client_assertion_type: assertionType, client_assertion: shown.assertion };
    return this.history.send((name) => this.stage.gateway.post("/token", this.stage.form({ dragoman_purpose: name, ...proof }), { over: http2 }), { uses: [shown.assertion] });
  }
}

// What became of the requests begun since a moment, for whoever has to find out why none was granted.
function seen(history, momentMs) {
  const since = history.requests.filter(({ begunMs }) => begunMs >= momentMs);
  const counts = Object.groupBy(since, ({ status, closed, ends }) => status ?? closed ?? (ends === 0 ? "not answered" : "ended"));
  const silent = history.requests.filter(({ ends }) => ends === 0).length;
  return `${JSON.stringify(Object.fromEntries(Object.entries(counts).map(([what, list]) => [what, list.length])))}, ${silent} in all without an end`;
}

// Runs a load, disturbs once it is on, and waits until something that was begun after that (or, with countsFromStart,
// after it began to disturb) is granted; the milliseconds until then.
export async function disturbUnderLoad(stage, history, disturb, { withinMs, afterMs = 0, countsFromStart = false }) {
  const load = new Load(stage, history).start();
  try {
    const enough = history.granted.length + AT_LEAST;
    await until(() => history.granted.length >= enough, "the load is on");
    await delay(afterMs);
    const startMs = performance.now();
    await disturb();
    const momentMs = countsFromStart ? startMs : performance.now();
    await until(() => history.grantedAfter(momentMs) !== undefined, () => `it grants again; since then ${seen(history, momentMs)}`, withinMs);
    return history.grantedAfter(momentMs);
  } finally {
    await load.stop();
  }
}
