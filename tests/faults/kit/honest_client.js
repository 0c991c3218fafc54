// An honest client in a process of its own: what it waits for is the gateway, and not the attacker who fills the event loop
// of the test beside it. It exchanges one request after another over one HTTP/2 connection from begin() to end().
import { fork } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";
import { basic, formBody, Http2 } from "../../e2e/kit/http.js";

const TOKENS = 64; // shown in turn
const file = fileURLToPath(import.meta.url);

export class HonestClient {
  static async start(stage) {
    const client = new HonestClient();
    client.process = fork(file, { execArgv: [] });
    client.ended = once(client.process, "exit").then(([code]) => Promise.reject(new Error(`the honest client ended: ${code}`)));
    client.ended.catch(() => {}); // told to whoever waits for a word
    client.process.send({
      origin: stage.gateway.origin, ca: String(stage.certificates.ca), authorization: basic(...stage.auth),
      bodies: Array.from({ length: TOKENS }, () => formBody(stage.form())),
    });
    await client.#heard();
    return client;
  }

  async #heard() {
    return (await Promise.race([once(this.process, "message"), this.ended]))[0];
  }

  begin() {
    this.process.send("begin");
  }

  // { p99, granted }, the time in milliseconds, once it was granted as often as that.
  async end(least) {
    this.process.send({ least });
    const { times, refused } = await this.#heard();
    if (refused !== undefined) throw new Error(`an honest client was refused: ${refused}`);
    return { p99: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)], granted: times.length };
  }

  async stop() {
    this.process.disconnect();
    await this.ended.catch(() => {});
  }
}

async function exchangeUntilTold({ origin, ca, authorization, bodies }, heard) {
  const http2 = new Http2(origin, ca);
  const headers = { "content-type": "application/x-www-form-urlencoded", authorization };
  const times = [];
  let least = Infinity, refused;
  const told = heard().then((end) => (least = end.least));
  while (times.length < least && refused === undefined) {
    const begun = performance.now();
    const answer = await http2.send("/token", { method: "POST", headers, body: bodies[times.length % bodies.length] }).catch((error) => ({ text: error.message }));
    times.push(performance.now() - begun);
    if (answer.status !== 200) refused = answer.text;
  }
  http2.close();
  await told;
  process.send({ times, refused });
}

async function serve() {
  const messages = on(process, "message"); // keeps what comes while nobody waits
  const heard = async () => (await messages.next()).value[0];
  const where = await heard();
  process.send("ready");
  for (;;) {
    await heard();
    await exchangeUntilTold(where, heard);
  }
}

if (process.argv[1] === file) {
  process.once("disconnect", () => process.exit(0));
  await serve();
}
