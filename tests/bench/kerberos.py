"""What Kerberos tickets cost, at a private realm (tests/kit/kdc.py): the adapter's program alone on one core, by what it has
kept; whole exchanges for a ticket beside those for a token, turn and turn about; and exchanges for tokens while the KDC is
silent and exchanges for tickets wait for it.
"""
import contextlib
import itertools
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

import credentials
import process
import report

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "kit"))
import kdc
import kerberos_adapter
from kerberos_adapter import KerberosAdapter

USERS = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")  # of bodies.c, too
PROGRAM = pathlib.Path("adapters/kerberos/kerberos")
AT_ONCE, BATCH, COLD, PROCESSES = 8, 2000, 300, 15
NOTHING, LOGIN, EVIDENCE, TICKET = ("nothing: login, evidence and ticket", "the gateway's login", "login and evidence",
                                    "all of it, the ticket too")
TOKEN, KEPT, ANEW = "a token", "a ticket that is kept", "a ticket from the KDC"
ALONE, ANSWERS, SILENT = "nobody asks it", "it answers", "it is silent"
PAIRS, TICKETS_PER_S, LIMIT_S, ALIKE = 3, 50, 3, 1.2

DOCUMENTS = """\
---
kind: Adapter
metadata: {{name: {name}}}
spec:
  program: {program}
  sha256: {sha256}
  isolation: none
  network: any
  loopbackListener: true
  files: {{keytab: {keytab}}}
  settings: {settings}
---
kind: Target
metadata: {{name: {name}}}
spec:
  domain: partner
  audiences: [https://{name}.partner.example]
  adapter: {name}
  settings: {target}
  accepts: {{issuers: [{issuers}], clients: [bench]}}
"""
CACHES = {"kerberos-kept": {}, "kerberos-anew": {"evidence": 0, "ticket": 0, "entries": 1}}
CASES = ((TOKEN, "api"), (KEPT, "kerberos-kept"), (ANEW, "kerberos-anew"))


class Documents(credentials.Folder):
    """Two realms as far as the gateway is concerned: of one tickets are kept, of the other they are not."""

    def __init__(self, bench, realm):
        super().__init__(bench, [PROGRAM])
        self.realm, self.keytab = realm, self.folder / "gw.keytab"
        self.keytab.write_bytes((realm.folder / "gw.keytab").read_bytes())
        self.keytab.chmod(0o600)

    def documents(self, issuers):
        urls = [f"https://{name.replace('corp-idp', 'idp')}.corp.example" for name in issuers.split(", ")]
        return "".join(DOCUMENTS.format(
            name=name, program=PROGRAM.name, sha256=self.digest(PROGRAM.name), keytab=self.keytab, issuers=issuers,
            settings=json.dumps(kerberos_adapter.realm_settings(self.realm, urls, cache=cache)),
            target=json.dumps(kerberos_adapter.target_settings())) for name, cache in CACHES.items())


def write_bodies(bench):
    """Without scopes, by which no ticket can be narrowed."""
    few = (bench.folder / "bodies-ES256-few.txt").read_text().replace("&scope=orders%3Aread", "")
    for _, name in CASES:
        (bench.folder / f"bodies-ES256-few-{name}.txt").write_text(
            few.replace(credentials.TOKENS, f"https%3A%2F%2F{name}.partner.example"))


class Tickets:
    def __init__(self, bench):
        self.bench, self.results = bench, {}
        self.realm = bench.closing.enter_context(kdc.PrivateRealm())
        self.documents = Documents(bench, self.realm)
        write_bodies(bench)

    def add(self, key, **result):
        self.results.setdefault(key, []).append(result)
        shown = "  ".join(f"{name} {value:,.1f}" for name, value in result.items() if isinstance(value, (int, float)))
        print(f"  {'  '.join(key)}: {shown}", flush=True)

    # --- the program alone ---

    def adapter(self):
        return KerberosAdapter(process.pinned("0", [str(self.bench.programs.resolve() / PROGRAM)]), self.realm)

    def kdc_cpu(self):
        return sum(process.cpu_seconds(server.pid) for server in self.realm.processes)

    def measure_program(self):
        """Asked from the other core, so that its own is all its."""
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {int(self.bench.load_core)})
        try:
            self.measure_first()
            with self.adapter() as adapter:
                self.measure_cold(adapter, LOGIN, (adapter.order(user, fresh=True) for user in itertools.cycle(USERS)))
                lifetimes = ((user, lifetime) for lifetime in range(60, 600) for user in USERS)
                self.measure_cold(adapter, EVIDENCE, (adapter.order(user, lifetime=life) for user, life in lifetimes))
                self.measure_kept(adapter)
        finally:
            os.sched_setaffinity(0, before)

    def measure_first(self):
        """libkrb5 keeps the login as long as the process lives: so each of these is the first of a process."""
        times = []
        for _ in range(PROCESSES):
            with self.adapter() as adapter:
                started = time.perf_counter()
                adapter.ask("mint", adapter.order("alice"))
                times.append(time.perf_counter() - started)
        self.add(("program", NOTHING), ms=statistics.median(times) * 1000)

    def measure_cold(self, adapter, case, orders):
        for _ in USERS:
            adapter.ask("mint", next(orders))
        cpu, servers, started = process.cpu_seconds(adapter.pid), self.kdc_cpu(), time.perf_counter()
        for order in itertools.islice(orders, COLD):
            adapter.ask("mint", order)
        self.add(("program", case), ms=(time.perf_counter() - started) * 1000 / COLD,
                 adapter_us=(process.cpu_seconds(adapter.pid) - cpu) * 1e6 / COLD,
                 kdc_us=(self.kdc_cpu() - servers) * 1e6 / COLD)

    def measure_kept(self, adapter):
        orders = [adapter.order(user) for user in USERS]
        adapter.mint_many(orders, AT_ONCE)
        count, cpu, started = 0, process.cpu_seconds(adapter.pid), time.perf_counter()
        while time.perf_counter() - started < self.bench.options.seconds:
            adapter.mint_many(itertools.islice(itertools.cycle(orders), BATCH), AT_ONCE)
            count += BATCH
        seconds = time.perf_counter() - started
        self.add(("program", TICKET), ms=seconds * 1000 / count, rate=count / seconds,
                 adapter_us=(process.cpu_seconds(adapter.pid) - cpu) * 1e6 / count)

    # --- whole exchanges ---

    @contextlib.contextmanager
    def gateway(self, store):
        with self.bench.gateway(store, 1, self.documents) as gateway:
            credentials.keep_programs_off(gateway, self.bench.load_core)
            for name in CACHES:  # until it serves
                self.bench.warm_up(gateway, f"few-{name}")
            yield gateway

    def measure_exchanges(self, store):
        bench = self.bench
        with self.gateway(store) as gateway:
            for case, name in CASES * 2:
                bench.warm_up(gateway, f"few-{name}")
                cpu = process.cpu_seconds(gateway.pid, PROGRAM.name)
                result = bench.load(gateway, "ES256", f"few-{name}", bench.options.seconds / 2)
                adapter_cpu = process.cpu_seconds(gateway.pid, PROGRAM.name) - cpu
                self.add((store, case), adapter_us=adapter_cpu * 1e6 / max(result["good"] + result["bad"], 1), **result)

    # --- a silent KDC ---

    @contextlib.contextmanager
    def silence(self):
        server = self.realm.processes[-1]
        server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            server.send_signal(signal.SIGCONT)

    def measure_silence(self, store):
        """Tickets are asked for at a rate that the KDC bears, and none is kept; tokens at a quarter of what the gateway can."""
        bench = self.bench
        for _ in range(PAIRS):
            with self.gateway(store) as gateway:
                rate = bench.load(gateway, "ES256", "few-api", bench.options.seconds / 2)["rate"] / 4
                self.measure_tokens(store, ALONE, gateway, rate)
                self.measure_beside(store, ANSWERS, gateway, rate, 200)
                with self.silence():
                    self.measure_beside(store, SILENT, gateway, rate, 503)

    def open_loop(self, gateway, name, rate, expect=200):
        bench = self.bench
        command = bench.load_command(gateway.port, bench.folder / f"bodies-ES256-few-{name}.txt",
                                     max(bench.options.seconds, LIMIT_S), streams=64, rate=rate, expect=expect)
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def measure_tokens(self, store, case, gateway, rate):
        with self.open_loop(gateway, "api", rate) as tokens:
            token = json.loads(tokens.communicate(timeout=60)[0])
        self.add((store, case), p50_us=token["p50_us"], p99_us=token["p99_us"], bad=token["bad"])

    def measure_beside(self, store, case, gateway, rate, expect):
        with self.open_loop(gateway, "kerberos-anew", TICKETS_PER_S, expect) as tickets:
            self.measure_tokens(store, case, gateway, rate)
            ticket = json.loads(tickets.communicate(timeout=60)[0])
        self.results[(store, case)][-1]["bad"] += ticket["bad"]
        self.add((store, case, "tickets"), p50_us=ticket["p50_us"], longest_us=ticket["longest_us"])

    # --- what came of it ---

    def median(self, key, field):
        return report.median(self.results[key], field)

    def goals(self, store):
        late = max(one["longest_us"] for one in self.results[(store, SILENT, "tickets")]) / 1e6
        yield report.goal(f"the KDC is silent: the longest error, {report.NAMES[store]}", f"≤ {LIMIT_S} s", f"{late:.2f} s", late <= LIMIT_S)
        times = report.ratio(self.results, (store, SILENT), (store, ALONE), "p99_us")
        yield report.goal(f"the KDC is silent: p99 of exchanges for tokens, {report.NAMES[store]}",
                          f"≤ {ALIKE} × where nobody asks for tickets", f"{times:.2f} ×", times <= ALIKE)

    def program_lines(self):
        yield "| kept | ms each | CPU µs: adapter | + KDC and its directory | tokens/s, 8 at once, one core |"
        yield "|---|---:|---:|---:|---:|"
        for case in (NOTHING, LOGIN, EVIDENCE, TICKET):
            shown = [f"{self.median(('program', case), field):,.{digits}f}" if field in self.results[("program", case)][0] else "-"
                     for field, digits in (("ms", 2), ("adapter_us", 1), ("kdc_us", 0), ("rate", 0))]
            yield f"| {case} | {' | '.join(shown)} |"

    def exchange_lines(self, stores):
        yield "| store | exchange for | a second | by a token's | CPU µs: gateway | by a token's | adapter | p50 ms | p99 ms |"
        yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
        for store, case in itertools.product(stores, (TOKEN, KEPT, ANEW)):
            rate, cpu = (report.ratio(self.results, (store, case), (store, TOKEN), field) for field in ("rate", "cpu_us"))
            value = {field: self.median((store, case), field) for field in ("rate", "cpu_us", "adapter_us", "p50_us", "p99_us")}
            yield (f"| {report.NAMES[store]} | {case} | {value['rate']:,.0f} | {rate:.2f} × | {value['cpu_us']:.1f} | {cpu:.2f} × | "
                   f"{value['adapter_us']:.1f} | {value['p50_us'] / 1000:.2f} | {value['p99_us'] / 1000:.2f} |")

    def silence_lines(self, stores):
        yield "| store | the KDC | tokens: p50 ms | p99 ms | tickets: p50 ms | longest ms |"
        yield "|---|---|---:|---:|---:|---:|"
        for store, case in itertools.product(stores, (ALONE, ANSWERS, SILENT)):
            columns = ((store, case), "p50_us"), ((store, case), "p99_us"), ((store, case, "tickets"), "p50_us"), ((store, case, "tickets"), "longest_us")
            shown = [f"{self.median(key, field) / 1000:,.2f}" if key in self.results else "-" for key, field in columns]
            yield f"| {report.NAMES[store]} | {case} | {' | '.join(shown)} |"

    def lines(self):
        stores = [store for store in report.NAMES if (store, TOKEN) in self.results]
        reached = self.median(("program", TICKET), "rate")
        yield from ("| | goal | measured | reached |", "|---|---|---|---|")
        yield report.goal("tokens with a ticket that is kept, the adapter on one core", "≥ 5,000/s", f"{reached:,.0f}/s", reached >= 5000)
        for store in stores:
            yield from self.goals(store)
        yield from ("", *self.program_lines())
        if stores:
            yield from ("", *self.exchange_lines(stores), "", *self.silence_lines(stores))
