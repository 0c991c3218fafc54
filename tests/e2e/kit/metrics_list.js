// The names of all metrics, as docs/reference/metrics.md has them (tests/rules holds that page to the list), and those that queries name.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./machine.js";

export function metrics() {
  const page = readFileSync(join(root, "docs/reference/metrics.md"), "utf8");
  return [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => ({ name, type }));
}

// As samples are called.
export function metricNames() {
  return new Set(metrics().flatMap(({ name, type }) => (type === "histogram" ? ["_bucket", "_sum", "_count"].map((ending) => name + ending) : [name])));
}

export const namesIn = (query) => [...query.matchAll(/\b(?:dragoman|process)_\w+/g)].map(([name]) => name);

export const dashboardFile = join(root, "helm/dragoman/files/dashboard.json");
export const dashboard = () => JSON.parse(readFileSync(dashboardFile, "utf8"));
export const queries = () => dashboard().panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => ({ panel, expr })));
export const dashboardMetrics = () => new Set(queries().flatMap(({ expr }) => namesIn(expr)));
