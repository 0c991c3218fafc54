// The clients that vendors publish, through egress: a base URL and a variable are all that is changed for them, and what
// the gateway refuses arrives as the errors they know.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { trustingFetch } from "./kit/http.js";
import { egressTarget, openEgress } from "./kit/egress.js";
import { withinMinute } from "./kit/machine.js";
import { ModelVendor } from "./kit/model_vendor.js";

const rules = [{ methods: ["POST"], paths: ["/chat/completions", "/v1/messages", "/messages"], scopes: ["chat"] }, { methods: ["GET"], paths: ["/models"], scopes: ["models:read"] }];

// name: of the variable that the client takes its key from; both say where calls go by the option baseURL.
const sdks = {
  openai: {
    make: (options) => new OpenAI(options), errors: OpenAI, variable: "OPENAI_API_KEY", upstream: "/v1", vendor: { header: "authorization", scheme: "Bearer" }, settings: undefined,
    ask: (client) => client.chat.completions.create({ model: "gpt", messages: [{ role: "user", content: "hi" }] }),
    textOf: (answer) => answer.choices[0].message.content,
    stream: (client) => client.chat.completions.create({ model: "gpt", messages: [{ role: "user", content: "hi" }], stream: true }),
    pieceOf: (event) => event.choices[0]?.delta?.content ?? "",
    event: (text) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "gpt", choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`,
    end: "data: [DONE]\n\n", notOffered: (client) => client.files.list(),
  },
  anthropic: {
    make: (options) => new Anthropic(options), errors: Anthropic, variable: "ANTHROPIC_API_KEY", upstream: "", vendor: { header: "x-api-key", scheme: "" }, settings: { header: "x-api-key" },
    ask: (client) => client.messages.create({ model: "claude", max_tokens: 10, messages: [{ role: "user", content: "hi" }] }),
    textOf: (answer) => answer.content[0].text,
    stream: (client) => client.messages.create({ model: "claude", max_tokens: 10, messages: [{ role: "user", content: "hi" }], stream: true }),
    pieceOf: (event) => (event.type === "content_block_delta" ? event.delta.text : ""),
    event: (text) => `event: content_block_delta\ndata: ${JSON.stringify({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })}\n\n`,
    end: `event: message_stop\ndata: {"type":"message_stop"}\n\n`, notOffered: (client) => client.models.list(),
  },
};

for (const [name, sdk] of Object.entries(sdks)) {
  describe(`the client of ${name}`, () => {
    const key = `sk-${name}-never-for-agents`;
    let egress, vendor, fetch;
    before(async () => {
      egress = await openEgress({
        prepare: async ({ certificates }) => { vendor = await new ModelVendor(certificates, { key, ...sdk.vendor }).start(); },
        edit: (documents) => {
          for (const [target, calls] of [["model", { rules }], ["slow", { perMinute: 1, rules }]])
            documents.set(`Target/${target}`, egressTarget(target, { upstream: `${vendor.origin}${sdk.upstream}`, settings: sdk.settings, calls }));
        },
      });
      for (const target of ["model", "slow"]) await egress.connect(target, key);
      fetch = trustingFetch(egress.stage.certificates.ca);
    });
    after(async () => {
      await fetch?.close();
      await egress?.close();
      await vendor?.stop();
    });
    beforeEach(() => vendor.behave(undefined));

    // The variable is set for as long as the client reads it, which is when it is made.
    const clientOf = (shown, target = "model", options = {}) => {
      process.env[sdk.variable] = shown;
      try {
        return sdk.make({ baseURL: `${egress.origin}/egress/${target}`, fetch, maxRetries: 0, ...options });
      } finally {
        delete process.env[sdk.variable];
      }
    };
    const shownBy = { "its own platform's token": async () => egress.stage.platformToken(), "a key of ours": async () => (await egress.credential("model")).access_token };

    for (const [what, show] of Object.entries(shownBy)) {
      test(`asks and streams with ${what}, and the vendor sees its own key`, async () => {
        const shown = await show(), client = clientOf(shown);
        assert.equal(sdk.textOf(await sdk.ask(client)), "Hello from the vendor");
        let text = "", pieces = 0;
        for await (const event of await sdk.stream(client)) {
          const piece = sdk.pieceOf(event);
          text += piece;
          pieces += piece !== "";
        }
        assert.deepEqual([text, pieces], ["Hello from the vendor", 4]);
        for (const { headers } of vendor.calls.slice(-2)) {
          assert.equal(headers[sdk.vendor.header], sdk.vendor.scheme === "" ? key : `Bearer ${key}`);
          assert.ok(!JSON.stringify(headers).includes(shown));
        }
      });
    }

    test("gets the first event while the vendor has not ended its answer", async () => {
      let finish;
      vendor.behave((request, body, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(sdk.event("first"));
        finish = () => response.end(sdk.event("second") + sdk.end);
      });
      const events = (await sdk.stream(clientOf(egress.stage.platformToken())))[Symbol.asyncIterator]();
      assert.equal(sdk.pieceOf((await events.next()).value), "first");
      finish();
      assert.equal(sdk.pieceOf((await events.next()).value), "second");
    });

    test("is refused in the terms it knows", async () => {
      const { AuthenticationError, PermissionDeniedError, RateLimitError, InternalServerError, NotFoundError } = sdk.errors;
      await assert.rejects(sdk.ask(clientOf(egress.stage.platformToken({ sub: "system:serviceaccount:agents:nobody" }))), AuthenticationError);
      await assert.rejects(sdk.ask(clientOf("drg_nonsense")), AuthenticationError);
      const seen = vendor.calls.length;
      await assert.rejects(Promise.resolve(sdk.notOffered(clientOf(egress.stage.platformToken()))), PermissionDeniedError);
      assert.equal(vendor.calls.length, seen);
      const slow = clientOf((await egress.credential("slow")).access_token, "slow");
      await withinMinute();
      await sdk.ask(slow);
      await assert.rejects(sdk.ask(slow), (error) => {
        assert.ok(error instanceof RateLimitError, String(error));
        assert.match(error.headers.get("retry-after"), /^\d+$/);
        return true;
      });
      vendor.behave((request) => request.socket.destroy());
      await assert.rejects(sdk.ask(clientOf(egress.stage.platformToken())), (error) => error instanceof InternalServerError && error.status === 502);
      vendor.behave((request, body, response) => response.writeHead(404, { "content-type": "application/json", "x-request-id": "req-9" }).end('{"error":{"message":"no such model","type":"not_found"}}'));
      await assert.rejects(sdk.ask(clientOf(egress.stage.platformToken())), (error) => error instanceof NotFoundError && /no such model/.test(error.message));
    });

    test("trusts nobody whose certificate is not of an authority it was given", async () => {
      await assert.rejects(sdk.ask(clientOf(egress.stage.platformToken(), "model", { fetch: globalThis.fetch })), sdk.errors.APIConnectionError);
    });
  });
}
