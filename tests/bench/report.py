"""Turns what run.py measured into tables, with every goal beside what was reached, and puts them into the page."""
import datetime
import statistics

import mcp

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL", "null": "no record"}
GOAL = {("postgres", "RS256"): 60, ("postgres", "ES256"): 75, ("sqlite", "RS256"): 45, ("sqlite", "ES256"): 60}
TOKEN, KEY, PROGRAM, OUTSIDE = "a token", "an API key", "a program's", "a program's, outside effects"
SHARED = "a program's, shared"
SHOWN = ("forward-auth, a key", "introspection, a key")
BUILDS = ("this build", "the other build")
BESIDE = (TOKEN, KEY, PROGRAM, OUTSIDE, SHARED, *SHOWN, *BUILDS)  # a table of their own
REFUSED = ("bad signature", "expired", "wrong audience")


def median(results, field):
    return statistics.median(result[field] for result in results)


def share(results):
    """Of the limit, in percent: each round with the limit measured beside it."""
    return statistics.median(100 * result["limit_us"] / result["cpu_us"] for result in results)


def workloads(results):
    yield "| store | threads | subject tokens | exchanges/s | CPU µs: gateway | + PostgreSQL | crypto µs | of the limit | p50 ms | p99 ms | PSS MiB |"
    yield "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for (store, threads, case, algorithm), runs in sorted(results.items(), key=lambda item: (item[0][0], item[0][1])):
        if case in BESIDE:
            continue
        database = f"{median(runs, 'store_us'):.1f}" if store == "postgres" else "-"
        yield (f"| {NAMES[store]} | {threads} | {algorithm}, {case} | {median(runs, 'rate'):,.0f} | {median(runs, 'cpu_us'):.1f} | {database} | "
               f"{median(runs, 'limit_us'):.1f} | {share(runs):.0f} % | {median(runs, 'p50_us') / 1000:.2f} | "
               f"{median(runs, 'p99_us') / 1000:.2f} | {median(runs, 'memory_mib'):.1f} |")


def beside(results):
    yield "| store | threads | what | a second | CPU µs: gateway | + PostgreSQL | by a token's, or the other build's | p50 ms | p99 ms |"
    yield "|---|---|---|---:|---:|---:|---:|---:|---:|"
    for (store, threads, case, algorithm), runs in sorted(results.items(), key=lambda item: (item[0][0], item[0][1])):
        if case not in BESIDE:
            continue
        database = f"{median(runs, 'store_us'):.1f}" if store == "postgres" else "-"
        other = {"this build": "the other build"}.get(case, TOKEN)
        times = None if case in (TOKEN, *SHOWN, "the other build") else ratio(
            results, (store, threads, case, algorithm), (store, threads, other, algorithm), "cpu_us")
        yield (f"| {NAMES[store]} | {threads} | {case} | {median(runs, 'rate'):,.0f} | {median(runs, 'cpu_us'):.1f} | {database} | "
               f"{f'{times:.2f} ×' if times else ''} | {median(runs, 'p50_us') / 1000:.2f} | {median(runs, 'p99_us') / 1000:.2f} |")


def ratio(results, above, below, field):
    """Median over the rounds of one case by another."""
    pairs = zip(results.get(above, []), results.get(below, []))
    ratios = [one[field] / other[field] for one, other in pairs]
    return statistics.median(ratios) if ratios else None


def difference(results, more, less, field):
    pairs = list(zip(results.get(more, []), results.get(less, [])))
    return statistics.median(one[field] - other[field] for one, other in pairs) if pairs else None


def goal(name, wanted, reached, is_met):
    return f"| {name} | {wanted} | {reached} | {'yes' if is_met else '**no**'} |"


def goals_of_store(results, store):
    name = NAMES[store]
    for algorithm in ("RS256", "ES256"):
        runs = results.get((store, 1, "distinct", algorithm))
        wanted = GOAL[(store, algorithm)]
        if runs:
            what = "gateway CPU" if store == "postgres" else "writer thread included"
            yield goal(f"{algorithm} in, ES256 out, distinct, {name}, {what}", f"≥ {wanted} % of the limit",
                       f"{share(runs):.0f} %", share(runs) >= wanted)
    for algorithm in ("ES256", "RS256"):
        same = ratio(results, (store, 1, "distinct", algorithm), (store, 1, "same", algorithm), "cpu_us")
        if same:
            yield goal(f"{algorithm}, the same token, {name}", "≥ 2.4 × distinct", f"{same:.2f} ×", same >= 2.4)
    cost = ratio(results, (store, 1, "1,000 policies", "ES256"), (store, 1, "0 policies", "ES256"), "cpu_us")
    if cost:
        yield goal(f"1,000 policies, {name}", "≤ 1.10 × none", f"{cost:.2f} ×", cost <= 1.1)
    for case in REFUSED:
        cost = ratio(results, (store, 1, case, "ES256"), (store, 1, "distinct", "ES256"), "cpu_us")
        if cost:
            yield goal(f"refused: {case}, {name}", "≤ 1 × an accepted one", f"{cost:.2f} ×", cost <= 1)
    for algorithm in ("ES256", "RS256"):
        threads = ratio(results, (store, 2, "distinct", algorithm), (store, 1, "distinct", algorithm), "cpu_us")
        if threads:
            yield goal(f"two threads, {algorithm}, {name}", "≤ 1.08 × one thread's CPU", f"{threads:.2f} ×", threads <= 1.08)
    memory = results.get((store, 2, "32 connections", "ES256"))
    if memory:
        used = median(memory, "memory_mib")
        yield goal(f"PSS under load, two threads, 32 connections, 10 issuers, {name}", "≤ 20 MiB", f"{used:.1f} MiB", used <= 20)
    opened = results.get((store, 1, "open loop, half", "ES256"))
    if opened:
        times = statistics.median(run["p99_us"] / 1000 / run["sync_ms"] for run in opened)
        yield goal(f"open loop at half capacity, {name}", "p99 ≤ 4 × fdatasync's p99",
                   f"{times:.1f} × ({median(opened, 'p99_us') / 1000:.2f} ms by {median(opened, 'sync_ms'):.2f} ms)", times <= 4)


def goals_of_credentials(results, store):
    name = NAMES[store]
    rate = ratio(results, (store, 1, TOKEN, "ES256"), (store, 1, KEY, "ES256"), "cpu_us")
    if rate:
        yield goal(f"API keys minted in the CPU time of tokens, {name}", "≥ 0.85", f"{rate:.2f}", rate >= 0.85)
    shared = ratio(results, (store, 1, KEY, "ES256"), (store, 1, SHARED, "ES256"), "cpu_us")
    if shared:
        yield goal(f"shared credentials that are there already in the CPU time of API keys, {name}", "≥ 0.85", f"{shared:.2f}", shared >= 0.85)
    for threads, named in ((1, "one thread"), (2, "two threads")):
        # A key of our own has a lease with its record as well, is not signed either, and is made without a hop.
        hop = difference(results, (store, threads, PROGRAM, "ES256"), (store, threads, KEY, "ES256"), "cpu_us")
        if hop is not None:
            yield goal(f"a program's credential beside an API key, {named}, {name}", "≤ 15 µs more", f"{hop:.1f} µs", hop <= 15)
    build = ratio(results, (store, 1, BUILDS[0], "ES256"), (store, 1, BUILDS[1], "ES256"), "cpu_us")
    if build:
        yield goal(f"plain exchanges of this build, {name}", "≤ 1.03 × the other's", f"{build:.2f} ×", build <= 1.03)


def goals(results, idle, versus):
    yield "| | goal | measured | reached |"
    yield "|---|---|---|---|"
    for store in ("postgres", "sqlite"):
        yield from goals_of_store(results, store)
    for store in ("postgres", "sqlite"):
        for algorithm in ("ES256", "RS256"):
            kept = ratio(results, ("null", 1, "distinct", algorithm), (store, 1, "distinct", algorithm), "cpu_us")
            if kept:
                yield goal(f"with the record against without, {algorithm}, {NAMES[store]}", "≥ 0.90 by gateway CPU", f"{kept:.2f}", kept >= 0.9)
    opened = results.get(("null", 1, "open loop, half", "ES256"))
    if opened:
        late = median(opened, "p99_us") / 1000
        yield goal("open loop at half capacity, no record", "p99 ≤ 0.6 ms", f"{late:.2f} ms", late <= 0.6)
    for store, kib in idle.items():
        reached = "connections refused" if kib is None else f"{kib * 1.024:.1f} kB"
        yield goal(f"an idle TLS connection, {NAMES[store]}", "≤ 26 kB", reached, kib is not None and kib * 1.024 <= 26)
    for (name, least) in (("go-jwt", 2.5), ("fastify-jose", 4), ("oidc-provider", 7)):
        for algorithm in ("ES256", "RS256"):
            ours, theirs = results.get(("postgres", 1, "distinct", algorithm)), versus.get((name, algorithm))
            if ours and theirs:
                times = (median(theirs, "cpu_us") + median(theirs, "store_us")) / (median(ours, "cpu_us") + median(ours, "store_us"))
                yield goal(f"gateway + PostgreSQL CPU against {name}, {algorithm}", f"≤ 1/{least:g}", f"1/{times:.1f}", times >= least)


def peers(versus):
    yield "| peer, h2 without TLS, one audit row per exchange | exchanges/s | CPU µs: server | + PostgreSQL | PSS MiB |"
    yield "|---|---:|---:|---:|---:|"
    for (name, algorithm), runs in versus.items():
        yield (f"| {name}, {algorithm} in | {median(runs, 'rate'):,.0f} | {median(runs, 'cpu_us'):.0f} | {median(runs, 'store_us'):.0f} | "
               f"{median(runs, 'memory_mib'):.0f} |")


def headed(run, lines):
    return [f"Measured {datetime.date.today():%d %b %Y} by `{run['command']}`: {run['rounds']} rounds of {run['seconds']} s per case, medians; "
            f"{run['cpu']}, {run['library']}.", "", *lines]


def exchanges(results, idle, versus, run):
    lines = [*goals(results, idle, versus), "", *workloads(results)]
    return headed(run, lines + ["", *peers(versus)] if versus else lines)


def credentials(results, run):
    lines = ["| | goal | measured | reached |", "|---|---|---|---|"]
    for store in ("postgres", "sqlite"):
        lines += goals_of_credentials(results, store)
    return headed(run, [*lines, "", *beside(results)])


def tables(results, idle, versus, tickets, proxied, run):
    """Of each part of the page that was measured."""
    parts = {}
    if versus or any(case not in BESIDE for _, _, case, _ in results):
        parts["measured"] = exchanges(results, idle, versus, run)
    if any(case in BESIDE for _, _, case, _ in results):
        parts["credentials"] = credentials(results, run)
    if tickets:
        parts["kerberos"] = headed(run, [*tickets.lines()])
    if proxied:
        parts["mcp"] = headed(run, [*mcp.lines(proxied, goal)])
    return parts


def write(path, parts):
    text = path.read_text()
    for part, lines in parts.items():
        begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
        before, after = text.split(begin)[0], text.split(end)[1]
        text = before + begin + "\n" + "\n".join(lines) + "\n" + end + after
    path.write_text(text)
