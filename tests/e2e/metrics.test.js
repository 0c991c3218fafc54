// What a gateway measures, after real exchanges: every metric of the list is on the page, promtool and a real Prometheus read it in both
// formats, and the dashboard's questions have answers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { assertFault } from "./kit/faults.js";
import { EchoingAdapters } from "./kit/echoing_adapter.js";
import { Http1 } from "./kit/http.js";
import { freePort, until } from "./kit/machine.js";
import { dashboard, dashboardFile, metrics, queries } from "./kit/metrics_list.js";
import { Prometheus } from "./kit/prometheus.js";
import { assertGranted, Stage } from "./kit/stage.js";

const alertsFile = dashboardFile.replace("dashboard.json", "alerts.yaml");
// The dashboard is about what a gateway may have and this one has not.
const mayHaveNoAnswer = /pdp_calls/;

describe("the metrics of a gateway", () => {
  let stage, adapters, monitoring, prometheus;
  const page = async (headers = {}) => (await monitoring.send("/metrics", { headers })).text;
  const target = async () => (await prometheus.ask("targets")).activeTargets[0];
  const value = async (sample) => Number((await page()).split("\n").find((line) => line.startsWith(`${sample} `))?.split(" ")[1] ?? NaN);

  before(async () => {
    const port = await freePort();
    adapters = new EchoingAdapters({ echo: {} });
    stage = await Stage.open({
      gateway: { ...adapters.gateway, monitoring: { listen: [`127.0.0.1:${port}`] } },
      edit: (documents) => {
        adapters.write(documents);
        documents.set("Target/echoed", { kind: "Target", metadata: { name: "echoed" }, spec: { domain: "partner", adapter: "echo", settings: {}, audiences: ["echoed"], scopes: ["orders:read"],
          maximumLifetime: "5m", accepts: { issuers: ["corp-idp"], clients: ["orders-agent"] } } });
      },
    });
    monitoring = new Http1(`https://127.0.0.1:${port}`, stage.gateway.certificates.ca);
    await adapters.running(stage.gateway);
    const token = stage.userToken();
    for (let i = 0; i < 5; i++) assertGranted(await stage.exchange({ subject_token: token }));
    assertFault(await stage.exchange({ subject_token: stage.userToken({ exp: 1 }) }), "TOKEN_EXPIRED");
    assert.equal((await stage.exchange({ audience: "echoed" })).status, 200);
    const assertion = stage.clientAssertion(), proof = { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", client_assertion: assertion };
    assertGranted(await stage.exchange(proof, { auth: undefined }));
    assertFault(await stage.exchange(proof, { auth: undefined }), "ASSERTION_REPLAYED");
    prometheus = await new Prometheus(stage.folder, { targets: [`127.0.0.1:${port}`], ca: stage.gateway.certificates.ca, rules: [alertsFile] }).start();
  });
  after(async () => {
    await prometheus?.stop();
    monitoring?.close();
    await stage?.close();
    adapters?.remove();
  });

  test("are those of the list, all of them and no other", async () => {
    const shown = new Map([...(await page()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]));
    assert.deepEqual([...shown.keys()].sort(), metrics().map(({ name }) => name).sort());
    for (const { name, type } of metrics()) assert.equal(shown.get(name), type, name);
    const samples = new Set([...(await page()).matchAll(/^(\w+?)(?:_bucket|_sum|_count)?(?:\{.*\})? /gm)].map(([, name]) => name));
    for (const { name } of metrics()) assert.equal(samples.has(name), true, `${name} has no sample`);
  });

  test("count exchanges by what they are and what came of them", async () => {
    const of = (labels) => value(`dragoman_exchange_requests_total{${labels}}`);
    assert.equal(await of('grant="token_exchange",source_kind="access_token",target_kind="jwt",result="granted",reason="none"'), 6);
    assert.equal(await of('grant="token_exchange",source_kind="access_token",target_kind="program",result="granted",reason="none"'), 1);
    assert.equal(await of('grant="token_exchange",source_kind="unknown",target_kind="unknown",result="refused",reason="token_expired"'), 1);
    assert.equal(await of('grant="token_exchange",source_kind="access_token",target_kind="jwt",result="refused",reason="assertion_replayed"'), 1);
    assert.equal(await value("dragoman_replay_rejected_total"), 1);
    assert.equal(await value("dragoman_exchange_in_flight"), 0);
    assert.equal(await value("dragoman_verified_cache_hits_total") >= 4, true, "one token was shown five times");
  });

  test("have the time of each exchange in each stage that it came to", async () => {
    const count = (stageName) => value(`dragoman_exchange_duration_seconds_count{stage="${stageName}"}`);
    assert.equal(await value("dragoman_exchange_answer_seconds_count"), 9);
    assert.deepEqual(await Promise.all(["parse", "verify", "policy", "replay", "adapter", "sign", "audit"].map(count)), [9, 9, 8, 1, 1, 7, 9]);
    const sum = (await Promise.all(["parse", "verify", "policy", "replay", "adapter", "sign", "audit"].map((name) => value(`dragoman_exchange_duration_seconds_sum{stage="${name}"}`)))).reduce((a, b) => a + b);
    assert.equal(Math.abs(sum - (await value("dragoman_exchange_answer_seconds_sum"))) < 1e-5, true, "stages add up to the whole");
  });

  test("name adapters", async () => {
    assert.equal(await value('dragoman_adapter_calls_total{adapter="echo",op="mint",result="answered"}'), 1);
    assert.equal(await value('dragoman_adapter_duration_seconds_count{adapter="echo"}') >= 1, true);
    assert.equal(await value('dragoman_breaker_state{adapter="echo"}'), 0);
    assert.equal(/adapter="~/.test(await page()), false, "trials are not shown");
  });

  test("tell of the process, also a confined one", async () => {
    assert.equal(await value("process_resident_memory_bytes") > 1e6, true);
    assert.equal(await value("process_open_fds") > 5, true);
    assert.equal(Math.abs((await value("process_start_time_seconds")) - Date.now() / 1000) < 600, true);
    assert.equal(await value("dragoman_kills_age_seconds") < 60, true);
    assert.equal(await value("dragoman_ready"), 1);
  });

  test("are good by promtool", async () => {
    const checked = spawnSync("promtool", ["check", "metrics"], { input: await page(), encoding: "utf8" });
    assert.equal(checked.status, 0, checked.stderr + checked.stdout);
  });

  test("are OpenMetrics for who accepts it, and text for all others", async () => {
    const type = async (accept) => (await monitoring.send("/metrics", { headers: accept === undefined ? {} : { accept } })).headers["content-type"];
    const text = "text/plain; version=0.0.4; charset=utf-8", open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert.equal(await type(), text);
    assert.equal(await type("text/plain"), text);
    assert.equal(await type("*/*"), text);
    assert.equal(await type("application/openmetrics-text;q=0"), text);
    assert.equal(await type("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"), open);
    assert.equal(await type("text/plain;q=0.5, Application/OpenMetrics-Text; version=1.0.0; q=0.8"), open);
    assert.equal((await page({ accept: "application/openmetrics-text" })).endsWith("\n# EOF\n"), true);
  });

  test("are scraped by Prometheus, whose rules and whose answers to the dashboard are good", async () => {
    await until(async () => (await target())?.health === "up", async () => `a scrape succeeds: ${JSON.stringify(await target())}`, 60_000);
    assert.equal((await target()).lastError, "");
    await until(async () => (await prometheus.query("count_over_time(dragoman_build_info[5m])"))[0]?.value[1] >= 4, "it was scraped four times", 60_000);
    const rules = (await prometheus.ask("rules")).groups.flatMap((group) => group.rules);
    await until(async () => (await prometheus.ask("rules")).groups.every((group) => group.rules.every(({ health }) => health === "ok")), "every rule was evaluated", 60_000);
    assert.notEqual(rules.length, 0);
    assert.deepEqual((await prometheus.ask("alerts")).alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname), []);
    for (const { panel, expr } of queries()) {
      const filled = expr.replaceAll("$job", ".*").replaceAll("$instance", ".*").replaceAll("$__rate_interval", "1m");
      const answer = await prometheus.query(filled);
      assert.equal(answer.length > 0 || mayHaveNoAnswer.test(expr), true, `${panel.title}: ${filled} has no answer`);
    }
  });
});

describe("the dashboard", () => {
  test("has panels with titles, units and descriptions, each once and beside the others", () => {
    const { panels, uid, title, schemaVersion, templating } = dashboard();
    assert.equal(uid, "dragoman");
    assert.equal(typeof title === "string" && schemaVersion >= 36, true);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, "ids are unique");
    assert.deepEqual(templating.list.map(({ name }) => name), ["datasource", "job", "instance"]);
    for (const panel of panels) {
      assert.equal(panel.title.length > 2 && panel.description.length > 2, true, JSON.stringify(panel.title));
      const { x, y, w, h } = panel.gridPos;
      assert.equal(x >= 0 && x + w <= 24 && h > 0, true, panel.title);
      for (const other of panels)
        if (other !== panel) assert.equal(x < other.gridPos.x + other.gridPos.w && other.gridPos.x < x + w && y < other.gridPos.y + other.gridPos.h && other.gridPos.y < y + h, false, `${panel.title} lies on ${other.title}`);
      if (panel.type === "row") continue;
      assert.equal(typeof panel.fieldConfig.defaults.unit, "string", panel.title);
      assert.equal(panel.targets.length > 0, true, panel.title);
      for (const { expr, datasource } of panel.targets) {
        assert.equal(datasource.uid, "${datasource}", panel.title);
        assert.match(expr, /\{job=~"\$job",instance=~"\$instance"/, panel.title);
      }
    }
  });
});
