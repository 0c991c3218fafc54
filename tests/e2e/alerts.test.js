// Every alert of the chart, with promtool: it fires for what it says and for nothing else, its metrics are in the list, and the page
// that it sends people to has a part about it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { dashboardMetrics, metricNames, namesIn } from "./kit/metrics_list.js";
import { privateFolder, root } from "./kit/machine.js";

const file = join(root, "helm/dragoman/files/alerts.yaml"), alerts = parse(readFileSync(file, "utf8")).groups.flatMap(({ rules }) => rules);
const at = { instance: "gateway-0:9443", job: "dragoman" }, from = "instance=\"gateway-0:9443\",job=\"dragoman\"";

// A minute a sample. fires: series at whose end it does; quiet: at whose end it does not. labels: what it then carries beside its own.
const counter = (name, labels, values) => [{ series: `${name}{${from}${labels && `,${labels}`}}`, values }];
const gauge = counter;
const exchanges = (failed) => [...counter("dragoman_exchange_requests_total", 'result="granted"', "0+600x20"), ...counter("dragoman_exchange_requests_total", 'result="failed"', `0+${failed}x20`),
  ...counter("dragoman_exchange_requests_total", 'result="refused"', "0+600x20")];
const answers = (fast) => [...counter("dragoman_exchange_answer_seconds_bucket", 'le="0.5"', `0+${fast}x20`), ...counter("dragoman_exchange_answer_seconds_bucket", 'le="1.0"', "0+1000x20"),
  ...counter("dragoman_exchange_answer_seconds_bucket", 'le="+Inf"', "0+1000x20")];
const calls = (failed) => [...counter("dragoman_adapter_calls_total", 'adapter="acme",result="answered"', "0+100x20"), ...counter("dragoman_adapter_calls_total", 'adapter="acme",result="failed"', `0+${failed}x20`),
  ...counter("dragoman_adapter_calls_total", 'adapter="acme",result="refused"', "0+100x20")];
const epochs = (other) => [{ series: 'dragoman_kill_epoch{instance="a"}', values: "5x20" }, { series: 'dragoman_kill_epoch{instance="b"}', values: other }];
const hashes = (other) => [{ series: 'dragoman_config_hash{instance="a"}', values: "140000000000001x20" }, { series: 'dragoman_config_hash{instance="b"}', values: other }];
const own = { instance: at.instance }, adapter = { adapter: "acme" };
const cases = {
  DragomanAbsent: { fires: [], quiet: gauge("dragoman_build_info", "", "1x20"), labels: {} },
  DragomanNotReady: { fires: gauge("dragoman_ready", "", "0x20"), quiet: gauge("dragoman_ready", "", "1x18 0 0"), labels: at },
  DragomanSealed: { fires: gauge("dragoman_sealed", "", "1x20"), quiet: gauge("dragoman_sealed", "", "1x17 0 1"), labels: at },
  DragomanExchangesFailing: { fires: exchanges(20), quiet: exchanges(5), labels: {} },
  DragomanExchangesSlow: { fires: answers(980), quiet: answers(995), labels: {} },
  DragomanConnectionsRefused: { fires: counter("dragoman_connections_refused_total", "", "0x18 1 1"), quiet: counter("dragoman_connections_refused_total", "", "7x20"), labels: at },
  DragomanRecordsNotWritten: { fires: counter("dragoman_audit_write_failures_total", 'sink="store"', "0x18 1"), quiet: counter("dragoman_audit_write_failures_total", 'sink="store"', "3x20"), labels: { ...at, sink: "store" } },
  DragomanRecordsSlow: { fires: gauge("dragoman_audit_lag_seconds", "", "1.5x20"), quiet: gauge("dragoman_audit_lag_seconds", "", "0x18 1.5"), labels: at },
  DragomanStoreUnreachable: { fires: [...counter("dragoman_db_errors_total", 'class="connection"', "0+1x20"), ...counter("dragoman_db_errors_total", 'class="read_only"', "0x20")], quiet: [...counter("dragoman_db_errors_total", 'class="connection"', "0x18 1 1"), ...counter("dragoman_db_errors_total", 'class="other"', "0+9x20")], labels: own },
  DragomanStoreFull: { fires: counter("dragoman_db_errors_total", 'class="no_space"', "0x18 1"), quiet: counter("dragoman_db_errors_total", 'class="other"', "0+9x20"), labels: { ...at, class: "no_space" } },
  DragomanStoreBehind: { fires: gauge("dragoman_db_pool_waiting", "", "900x20"), quiet: gauge("dragoman_db_pool_waiting", "", "900x18 3 900"), labels: at },
  DragomanKillsLate: { fires: gauge("dragoman_kills_age_seconds", "", "1x18 4"), quiet: gauge("dragoman_kills_age_seconds", "", "9x18 1.4"), labels: at },
  DragomanKillsDiffer: { fires: epochs("4x20"), quiet: epochs("4x18 5"), labels: {} },
  DragomanKeysStale: { fires: gauge("dragoman_jwks_age_seconds", "", "9000x20"), quiet: gauge("dragoman_jwks_age_seconds", "", "3600x20"), labels: at },
  DragomanKeysMissing: { fires: gauge("dragoman_jwks_missing", "", "1x20"), quiet: gauge("dragoman_jwks_missing", "", "0x15 1x4"), labels: at },
  DragomanSigningKeyOld: { fires: gauge("dragoman_signing_key_expiry_timestamp_seconds", "", "200x20"), quiet: [...gauge("dragoman_signing_key_expiry_timestamp_seconds", "", "1000x20"), ...gauge("dragoman_signing_key_expiry_timestamp_seconds", 'other="1"', "0x20")], labels: at },
  DragomanReplays: { fires: counter("dragoman_replay_rejected_total", "", "0+12x20"), quiet: counter("dragoman_replay_rejected_total", "", "0+3x20"), labels: {} },
  DragomanStrangersHeldOff: { fires: counter("dragoman_strangers_held_off_total", "", "0+2x20"), quiet: counter("dragoman_strangers_held_off_total", "", "0x18 1 2"), labels: own },
  DragomanFlooded: { fires: counter("dragoman_connections_cut_total", 'reason="resets"', "0+120x20"), quiet: counter("dragoman_connections_cut_total", 'reason="resets"', "0+10x20"), labels: own },
  DragomanClockJumped: { fires: counter("dragoman_clock_jump_total", "", "0x18 1 1"), quiet: counter("dragoman_clock_jump_total", "", "1x20"), labels: at },
  DragomanBreakerOpen: { fires: gauge("dragoman_breaker_state", 'adapter="acme"', "2x20"), quiet: gauge("dragoman_breaker_state", 'adapter="acme"', "2x18 0"), labels: { ...at, ...adapter } },
  DragomanAdapterFailing: { fires: calls(30), quiet: calls(5), labels: adapter },
  DragomanAdapterRestarting: { fires: counter("dragoman_adapter_restarts_total", "", "0+1x20"), quiet: counter("dragoman_adapter_restarts_total", "", "0x18 1 2"), labels: own },
  DragomanAccountsToConnect: { fires: counter("dragoman_adapter_calls_total", 'adapter="acme",result="misconfigured"', "0x18 1 1"), quiet: calls(0), labels: adapter },
  DragomanDecisionPointDown: { fires: gauge("dragoman_pdp_paused", "", "2x20"), quiet: gauge("dragoman_pdp_paused", "", "2x18 0"), labels: at },
  DragomanReloadRefused: { fires: gauge("dragoman_config_last_reload_success", "", "0x20"), quiet: gauge("dragoman_config_last_reload_success", "", "1x20"), labels: at },
  DragomanDocumentsDiffer: { fires: hashes("140000000000002x20"), quiet: hashes("140000000000002x15 140000000000001x4"), labels: {} },
  DragomanWorkersLost: { fires: counter("dragoman_workers_lost_total", 'reason="died"', "0x18 1 1"), quiet: counter("dragoman_workers_lost_total", 'reason="died"', "2x20"), labels: own },
  DragomanNotConfined: { fires: [...gauge("dragoman_confined", 'layer="files"', "0x20"), ...gauge("dragoman_confined", 'layer="system_calls"', "1x20")], quiet: gauge("dragoman_confined", 'layer="files"', "1x20"), labels: own },
  DragomanInsecure: { fires: gauge("dragoman_insecure", 'choice="any-client"', "1x20"), quiet: gauge("dragoman_insecure", 'choice="any-client"', "0x20"), labels: { ...at, choice: "any-client" } },
  DragomanAdapterNotIsolated: { fires: counter("dragoman_adapter_starts_not_isolated_total", "", "1x20"), quiet: counter("dragoman_adapter_starts_not_isolated_total", "", "0x20"), labels: at },
  DragomanDescriptorsShort: { fires: [...gauge("process_open_fds", "", "900x20"), ...gauge("process_max_fds", "", "1024x20")], quiet: [...gauge("process_open_fds", "", "100x20"), ...gauge("process_max_fds", "", "1024x20")], labels: at },
};

// As Prometheus fills it in.
const filled = (text, labels) => text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name) => labels[name] ?? "");
const annotations = (alert, labels) => Object.fromEntries(Object.entries(alert.annotations).map(([name, text]) => [name, filled(text, labels)]));

describe("the alerts of the chart", () => {
  let folder;
  before(() => (folder = privateFolder()));
  after(() => folder.remove());

  test("are rules that promtool takes", () => {
    assert.match(execFileSync("promtool", ["check", "rules", file], { encoding: "utf8" }), new RegExp(`SUCCESS: ${alerts.length} rules found`));
  });

  test("fire when they should and are silent when they should not", () => {
    assert.deepEqual(Object.keys(cases).sort(), alerts.map(({ alert }) => alert).sort(), "each has its two cases here");
    const tests = alerts.flatMap((alert) => {
      const { fires, quiet, labels } = cases[alert.alert];
      const expected = { exp_labels: { ...alert.labels, ...labels }, exp_annotations: annotations(alert, labels) };
      const one = (input_series, exp_alerts) => ({ interval: "1m", name: alert.alert, input_series, alert_rule_test: [{ eval_time: "19m", alertname: alert.alert, exp_alerts }] });
      return [one(fires, [expected]), one(quiet, [])];
    });
    writeFileSync(folder.file("tests.yaml"), JSON.stringify({ rule_files: [file], evaluation_interval: "1m", tests }));
    execFileSync("promtool", ["test", "rules", folder.file("tests.yaml")], { encoding: "utf8" });
  });

  test("ask for metrics that there are, as the dashboard does", () => {
    const known = metricNames();
    for (const { alert, expr } of alerts) {
      const names = namesIn(expr);
      assert.notEqual(names.length, 0, alert);
      for (const name of names) assert.equal(known.has(name), true, `${alert} names ${name}`);
    }
    for (const name of dashboardMetrics()) assert.equal(known.has(name), true, `the dashboard names ${name}`);
  });

  test("say what is wrong, and lead to what to do", () => {
    const page = readFileSync(join(root, "docs/operations/monitoring.md"), "utf8");
    for (const { alert, labels, annotations: { summary, description, runbook_url: runbook } } of alerts) {
      assert.match(labels.severity, /^(critical|warning)$/, alert);
      assert.equal(summary.length > 10 && description.length > 20, true, alert);
      assert.equal(runbook, `docs/operations/monitoring.md#${alert.toLowerCase()}`);
      assert.match(page, new RegExp(`^### ${alert}$`, "m"), `monitoring.md says nothing of ${alert}`);
    }
  });
});
