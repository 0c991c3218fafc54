"""What the proxy for MCP costs: tests/bench/mcp.js measures it at a stage of the end-to-end tests with the bench's programs, and
this makes tables of what it says. A stage is in Node, where the clients are.
"""
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / "tests/e2e/node_modules/.bin/node"
# Of the record's commit nothing is left where the store lies in memory: what is added then is the proxy's own.
MEMORY, DISK = "the store in memory", "the store on the disk"
PARTS = ((MEMORY, "latency", {"TMPDIR": "/dev/shm"}), (DISK, "latency", {}), ("kills", "kills", {}), ("idle", "idle", {}))
KINDS = ("agent", "subject", "root", "lease", "target")


def measure(bench):
    options = bench.options
    streams, rounds = 500 if options.quick else 5000, options.rounds
    environment = {**os.environ, "DRAGOMAN_BUILD": str(bench.programs.resolve()), "ROUNDS": str(rounds),
                   "SECONDS": str(options.seconds), "STREAMS": str(streams)}
    # One at a time: what is left of one that fails is the others'.
    results = {}
    for name, part, folder in PARTS:
        done = subprocess.run([str(NODE), str(ROOT / "tests/bench/mcp.js"), part], env=environment | folder, capture_output=True,
                              text=True, timeout=600, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise SystemExit(f"mcp, {name}:\n{done.stderr[-2000:]}")
        results[name] = json.loads(done.stdout)[part]
        print(f"  mcp, {name}: {json.dumps(results[name])}", flush=True)
    return results


def lines(results, goal):
    kills, idle, working = results["kills"]["worst"], results["idle"], results[MEMORY]["working"]
    yield "| | goal | measured | reached |"
    yield "|---|---|---|---|"
    for name, most in (("p50", 0.5), ("p99", 2)):
        added = working[f"{name}_added_ms"]
        yield goal(f"added to a call that takes the server {working['upstream_ms']} ms, {working['rate']} calls/s, {name}", f"≤ {most:g} ms",
                   f"{added:.2f} ms", added <= most)
    closed, there = max(kills[kind]["closed_ms"] for kind in KINDS), max(kills[kind]["closed_there_ms"] for kind in KINDS)
    refused = max(kills[kind]["refused_ms"] for kind in KINDS)
    yield goal("after a kill: a new call is refused", "≤ 50 ms", f"{refused:.1f} ms", refused <= 50)
    yield goal("after a kill: open streams are closed", "≤ 250 ms", f"{closed:.0f} ms", closed <= 250)
    yield goal("after a kill: open streams of a second gateway are closed", "≤ 2 s", f"{there:.0f} ms", there <= 2000)
    yield goal(f"an idle stream, of {idle['streams']:,}", "≤ 64 kB", f"{idle['kb_each']:.1f} kB", idle["kb_each"] <= 64)
    yield ""
    yield "| calls | direct p50 / p99 | through the proxy | added | gateway CPU | a write and fdatasync there |"
    yield "|---|---|---|---|---:|---|"
    for where, row in ((where, row) for where in (MEMORY, DISK) for row in results[where].values()):
        answers = "at once" if row["upstream_ms"] == 0 else f"after {row['upstream_ms']:g} ms"
        yield (f"| the server answers {answers}, {where} | {row['p50_direct_ms']:.2f} / {row['p99_direct_ms']:.2f} ms "
               f"| {row['p50_proxy_ms']:.2f} / {row['p99_proxy_ms']:.2f} ms | {row['p50_added_ms']:.2f} / {row['p99_added_ms']:.2f} ms | {row['cpu_us']:.0f} µs "
               f"| {row['sync_p50_ms']:.2f} / {row['sync_p99_ms']:.2f} ms |")
    yield ""
    yield "| a kill of | first call refused | streams closed | refused at the second gateway | streams closed there |"
    yield "|---|---:|---:|---:|---:|"
    for kind in KINDS:
        row = kills[kind]
        yield (f"| {kind} | {row['refused_ms']:.1f} ms | {row['closed_ms']:.0f} ms | {row['refused_there_ms']:.0f} ms | "
               f"{row['closed_there_ms']:.0f} ms |")
    yield ""
    yield (f"{idle['streams']:,} idle streams: {idle['resident_mb']:.0f} MB in the worker, {idle['cpu_percent']:.1f} % of a core.")
