// What egress adds to a call: the same request to the same upstream over the loopback, directly and through the gateway,
// in turns, one at a time over kept connections. From the root of the repository:
//   cmake --preset release && ninja -C build/release && DRAGOMAN_BUILD=$PWD/build/release node tests/bench/egress.js
import { egressTarget, openEgress } from "../e2e/kit/egress.js";
import { Http1 } from "../e2e/kit/http.js";
import { ModelVendor } from "../e2e/kit/model_vendor.js";

const calls = Number(process.env.CALLS ?? 3000), key = "sk-vendor-of-the-bench";
let vendor;
const egress = await openEgress({
  store: "sqlite",
  prepare: async ({ certificates }) => { vendor = await new ModelVendor(certificates, { key }).start(); },
  edit: (documents) => documents.set("Target/model", egressTarget("model", { upstream: `${vendor.origin}/v1`, maximumLifetime: "1h" })),
});
await egress.connect("model", key);
const { access_token: token } = await egress.credential("model");
const direct = new Http1(vendor.origin, egress.stage.certificates.ca);
const ways = {
  direct: { times: [], call: () => direct.send("/v1/models", { headers: { authorization: `Bearer ${key}` } }) },
  egress: { times: [], call: () => egress.call("model", "/models", { token }) },
};
for (let i = 0; i < calls + 200; i++) {
  for (const { times, call } of Object.values(ways)) {
    const begun = process.hrtime.bigint();
    const { status } = await call();
    if (status !== 200) throw new Error(`status ${status}`);
    if (i >= 200) times.push(Number(process.hrtime.bigint() - begun) / 1e6);
  }
  vendor.calls.length = 0;
}
const at = (times, share) => times.toSorted((a, b) => a - b)[Math.floor(times.length * share)];
const result = Object.fromEntries(["p50", "p90", "p99"].map((name) => {
  const share = Number(name.slice(1)) / 100, [one, other] = [at(ways.direct.times, share), at(ways.egress.times, share)];
  return [name, { direct_ms: +one.toFixed(3), egress_ms: +other.toFixed(3), added_ms: +(other - one).toFixed(3), ratio: +(other / one).toFixed(2) }];
}));
console.log(JSON.stringify({ calls, ...result }, null, 2));
direct.close();
await egress.close();
await vendor.stop();
