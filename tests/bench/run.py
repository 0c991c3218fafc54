"""scripts/bench: what an exchange costs, and how near that is to what this machine's cryptography alone would take.

Starts gateways of its own in temporary folders, loads them over HTTP/2 and TLS, reads CPU time and memory from the
kernel and prints a table. Every round runs every case once, so that what else the machine does meanwhile meets them all;
medians are reported. Rates of a shared machine move; CPU per exchange and its share of the limit that was measured on the
same core just before and after are what to compare.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import credentials
import kerberos
import mcp
import peers
import postgres
import process
import report

ISSUERS = 10
SECRET = "bench-secret-of-more-than-thirty-two-characters"
AUTHORIZATION = "Basic YmVuY2g6YmVuY2gtc2VjcmV0LW9mLW1vcmUtdGhhbi10aGlydHktdHdvLWNoYXJhY3RlcnM="

GATEWAY = """\
kind: Gateway
metadata: {{name: gateway}}
spec:
  issuer: https://gateway.example
  listen: ["127.0.0.1:{port}"]
  tls: {{certificateFile: tls.crt, keyFile: tls.key}}
  store: {store}
  sealing: {{keyFile: sealing.key}}
  adminSocket: {state}/admin.sock
  limits: {{threads: {threads}}}{more}
---
kind: Domain
metadata: {{name: corp}}
spec: {{leavesFor: [partner]}}
---
kind: Domain
metadata: {{name: partner}}
spec: {{leavesFor: []}}
---
kind: Client
metadata: {{name: bench}}
spec:
  authentication: {{methods: [client_secret_basic], secretFile: client.secret}}
---
kind: Target
metadata: {{name: partner-orders}}
spec:
  domain: partner
  audiences: [https://api.partner.example]
  token: {{claims: {{email: email}}}}
  scopes: [orders:read, orders:write]
  accepts: {{issuers: [{issuers}], clients: [bench]}}
"""
ISSUER = """\
---
kind: Issuer
metadata: {{name: corp-idp-{number}}}
spec:
  domain: corp
  issuer: https://idp-{number}.corp.example
  keys: {{jwks: {jwks}}}
  algorithms: [RS256, ES256]
  claims: {{attributes: {{email: email}}}}
"""

POLICY = """\
---
kind: Policy
metadata: {name: bench}
spec: {file: bench.cedar}
"""
# Of each thousand policies these apply to every exchange; the others are for other agents, other targets or other actions.
EVERYWHERE = """\
permit(principal, action == Action::"exchange", resource in Domain::"partner") when {{ context.delegation.depth >= 1 }};
@max_lifetime("10m")
permit(principal is Agent, action == Action::"exchange", resource == Target::"partner-orders") when {{ context.scopes.contains("orders:read") || context.scopes.isEmpty() }};
forbid(principal, action == Action::"exchange", resource) when {{ context.delegation.depth > {0} }};
forbid(principal, action == Action::"exchange", resource) when {{ context.risk > 9{0} }};
forbid(principal, action == Action::"exchange", resource) when {{ context has user && context.user.hasTag("email") && context.user.getTag("email").contains("nobody-{0}@corp.example") }};
forbid(principal, action == Action::"exchange", resource) when {{ context.source.isInRange(ip("203.0.113.0/24")) }};
forbid(principal, action == Action::"exchange", resource) when {{ context has purpose && context.purpose like "*forbidden*" }};
"""
ELSEWHERE = ['permit(principal in AgentClass::"class-{0}", action == Action::"exchange", resource in Domain::"partner");\n',
             'permit(principal in Client::"client-{0}", action == Action::"exchange", resource == Target::"target-{0}") when {{ context.delegation.depth < 3 }};\n',
             'forbid(principal, action == Action::"exchange", resource == Target::"target-{0}") unless {{ context.authentication has acr }};\n',
             'permit(principal in Issuer::"issuer-{0}", action == Action::"call", resource in Domain::"domain-{0}");\n']


def policies(count):
    everywhere = EVERYWHERE.format(5)
    others = count - everywhere.count(";\n")
    return everywhere + "".join(ELSEWHERE[number % 4].format(number) for number in range(others))


# (name of the case, algorithm of the subject token, bodies, expected status)
LOADS = [("distinct", "ES256", "good", 200), ("distinct", "RS256", "good", 200), ("same", "ES256", "same", 200),
         ("same", "RS256", "same", 200), ("bad signature", "ES256", "signature", 400), ("expired", "ES256", "expired", 400),
         ("wrong audience", "ES256", "audience", 400)]


class Gateway:
    """dragomand, or the bench's own with the null store, on a port of its own; ended by its pid."""

    def __init__(self, bench, store, threads, policy_count=0, adapters=None, programs=None):
        self.port = process.free_port()
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="state-", dir=bench.folder))
        if store == "postgres":
            bench.postgres.renew()
            store_text = "{postgres: {connection: " + json.dumps(bench.postgres.dsn) + "}}"
        else:
            store_text = "{sqlite: " + str(self.state / "bench.sqlite") + "}"
        names = ", ".join(f"corp-idp-{number}" for number in range(ISSUERS))
        text = GATEWAY.format(port=self.port, state=self.state, threads=threads, store=store_text, issuers=names,
                              more=adapters.settings() if adapters else "")
        text += "".join(ISSUER.format(number=number, jwks=(bench.folder / f"issuer-{number}.json").read_text())
                        for number in range(ISSUERS))
        if adapters:
            text += adapters.documents(names)
        if policy_count != 0:
            (bench.folder / "bench.cedar").write_text(policies(policy_count))
            text += POLICY
        config = bench.folder / "gateway.yaml"
        config.write_text(text)
        program = "tests/bench/bench_gateway" if store == "null" else "gateway/dragomand"
        cores = "0" if threads == 1 else f"0-{threads - 1}"
        self.program = pathlib.Path(program).name
        self.log = open(bench.folder / "gateway.log", "ab")
        command = [str((programs or bench.programs) / program), "run", "--config", str(config)]
        self.process = subprocess.Popen(process.pinned(cores, command), stderr=self.log, stdout=self.log)
        self.pid = self.process.pid
        self.wait_until_open(bench)

    def wait_until_open(self, bench):
        probe = bench.load_command(self.port, bench.folder / "bodies-ES256-good.txt", seconds=0.05)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            if subprocess.run(probe, capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        sys.exit("dragomand did not start:\n" + "\n".join(pathlib.Path(self.log.name).read_text().splitlines()[-5:]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        process.end(self.process)
        self.log.close()
        shutil.rmtree(self.state, ignore_errors=True)


class Bench:
    def __init__(self, options, folder, closing):
        self.programs, self.folder, self.options, self.closing = options.programs, folder, options, closing
        self.load_core = str(os.cpu_count() - 1)
        self.cluster = self.postgres = None  # postgres: while it runs
        self.adapters = None  # programs of adapters, once they are needed
        self.tickets = None  # of a private realm, where they are measured
        self.results = {}  # (store, threads, case, algorithm) -> one dict per round

    @contextlib.contextmanager
    def database(self):
        """PostgreSQL for as long as it is needed and no longer: what shares its libraries with it looks smaller by them.
        Its files stay."""
        if self.cluster is None:
            self.cluster = self.closing.enter_context(postgres.Postgres(self.load_core))
        else:
            self.cluster.start()
        self.postgres = self.cluster
        try:
            yield
        finally:
            self.postgres = None
            self.cluster.stop()

    def database_of(self, store):
        return self.database() if store == "postgres" else contextlib.nullcontext()

    def prepare(self, count):
        def run(*command):
            subprocess.run([str(part) for part in command], check=True, capture_output=True)
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-keyout", self.folder / "tls.key", "-out", self.folder / "tls.crt")
        (self.folder / "client.secret").write_text(SECRET + "\n")
        for name in ("tls.key", "client.secret"):
            os.chmod(self.folder / name, 0o600)
        run(self.programs / "gateway/dragomand", "make-sealing-key", self.folder / "sealing.key")
        run(self.programs / "tests/bench/bench_bodies", self.folder, count)
        for algorithm in ("ES256", "RS256"):
            with open(self.folder / f"bodies-{algorithm}-good.txt") as bodies:
                (self.folder / f"bodies-{algorithm}-same.txt").write_text(bodies.readline())

    def load_command(self, port, bodies, seconds, connections=4, streams=8, rate=0, expect=200, path="/token",
                     shown=AUTHORIZATION):
        return process.pinned(self.load_core, [
            str(self.programs / "tests/bench/bench_load"), "--connections", str(connections), "--streams", str(streams),
            "--seconds", str(seconds), "--rate", str(rate), "--expect", str(expect), "--authorization", shown,
            "--path", path, str(port), str(bodies)])

    def limit(self, algorithm):
        command = process.pinned("0", [str(self.programs / "tests/bench/bench_limit"), algorithm, "0.4"])
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["us"]

    def load(self, gateway, algorithm, kind, seconds, **more):
        """One run of the load generator; CPU per exchange of the gateway and of PostgreSQL, memory while it runs."""
        bodies = self.folder / f"bodies-{algorithm}-{kind}.txt"
        server = self.postgres.process.pid if self.postgres else None
        limit_before = self.limit(algorithm)
        cpu, store_cpu = process.cpu_seconds(gateway.pid, gateway.program), process.cpu_seconds(server) if server else 0
        running = subprocess.Popen(self.load_command(gateway.port, bodies, seconds, **more), stdout=subprocess.PIPE, text=True)
        time.sleep(seconds * 0.7)
        memory = process.memory_kib(gateway.pid)
        printed = running.communicate(timeout=seconds + 60)[0]
        if not printed:
            sys.exit("the load generator failed; see its message above")
        result = json.loads(printed)
        answers = max(result["good"] + result["bad"], 1)
        result["cpu_us"] = (process.cpu_seconds(gateway.pid, gateway.program) - cpu) * 1e6 / answers
        result["store_us"] = (process.cpu_seconds(server) - store_cpu) * 1e6 / answers if server else 0
        result["limit_us"] = (limit_before + self.limit(algorithm)) / 2
        result["rate"] = result["good"] / result["seconds"]
        result["memory_mib"] = memory / 1024
        return result

    def warm_up(self, gateway, kind, **more):
        """Half of the usual: for loads that are short themselves."""
        bodies = self.folder / f"bodies-ES256-{kind}.txt"
        subprocess.run(self.load_command(gateway.port, bodies, self.options.warmup / 2, **more), capture_output=True)

    def add(self, key, result):
        self.results.setdefault(key, []).append(result)
        print(f"  {key[0]:8} {key[1]} {key[2]:18} {key[3]}  {result['rate']:8,.0f}/s  {result['cpu_us']:6.1f} us  "
              f"limit {result['limit_us']:5.1f}  p99 {result['p99_us'] / 1000:6.2f} ms  bad {result['bad']}", flush=True)

    def sync_p99_ms(self):
        """What one 8 KiB write and fdatasync take here and now."""
        times, path = [], self.folder / "sync"
        with open(path, "wb", buffering=0) as file:
            for _ in range(400):
                started = time.perf_counter()
                file.write(b"\0" * 8192)
                os.fdatasync(file.fileno())
                times.append(time.perf_counter() - started)
        path.unlink()
        return sorted(times)[int(len(times) * 0.99)] * 1000

    def measure_one_thread(self, store):
        with Gateway(self, store, 1) as gateway:
            self.load(gateway, "ES256", "good", self.options.warmup)
            for case, algorithm, kind, expect in LOADS:
                if store == "null" and case != "distinct":
                    continue
                self.add((store, 1, case, algorithm), self.load(gateway, algorithm, kind, self.options.seconds, expect=expect))
            half = self.results[(store, 1, "distinct", "ES256")][-1]["rate"] / 2
            result = self.load(gateway, "ES256", "good", self.options.seconds, rate=half, streams=64)
            result["sync_ms"] = self.sync_p99_ms()
            self.add((store, 1, "open loop, half", "ES256"), result)

    def measure_policies(self, store):
        """Beside a gateway without any, turn and turn about: what this costs is a few per cent."""
        for _ in range(3):
            for count in (0, 1000):
                with Gateway(self, store, 1, count) as gateway:
                    self.load(gateway, "ES256", "good", self.options.warmup / 2)
                    self.add((store, 1, f"{count:,} policies", "ES256"),
                             self.load(gateway, "ES256", "good", self.options.seconds / 2))

    def gateway_with_programs(self, store, threads):
        if self.adapters is None:
            self.adapters = credentials.Programs(self)
            credentials.write_bodies(self)
        return Gateway(self, store, threads, adapters=self.adapters)

    def gateway(self, store, threads, adapters):
        return Gateway(self, store, threads, adapters=adapters)

    def measure_api_keys(self, store):
        """Beside tokens, turn and turn about, and so are credentials that programs make; then keys that are shown."""
        for threads in (1, 2) if os.cpu_count() > 1 else (1,):
            credentials.measure(self, store, threads, 3 if threads == 1 else 1)
        credentials.measure_shown(self, store, AUTHORIZATION, 2)

    def measure_against(self, store, programs):
        """Another build beside this one, turn and turn about."""
        for _ in range(3):
            for name, chosen in zip(report.BUILDS, (self.programs, programs)):
                with Gateway(self, store, 1, programs=chosen) as gateway:
                    self.warm_up(gateway, "good")
                    self.add((store, 1, name, "ES256"), self.load(gateway, "ES256", "good", self.options.seconds / 2))

    def measure_two_threads(self, store):
        with Gateway(self, store, 2) as gateway:
            self.load(gateway, "ES256", "good", self.options.warmup)
            for algorithm in ("ES256", "RS256"):
                self.add((store, 2, "distinct", algorithm), self.load(gateway, algorithm, "good", self.options.seconds))
            result = self.load(gateway, "ES256", "good", self.options.seconds, connections=32, streams=1)
            self.add((store, 2, "32 connections", "ES256"), result)

    def idle_connection_kib(self, store, count=200):
        with self.database_of(store), Gateway(self, store, 2) as gateway:
            before = process.memory_kib(gateway.pid)
            command = [str(self.programs / "tests/bench/bench_load"), "--idle", str(count), str(gateway.port),
                       str(self.folder / "bodies-ES256-same.txt")]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as held:
                is_open = bool(held.stdout.readline())
                after = process.memory_kib(gateway.pid)
                held.stdin.close()
            return (after - before) / count if is_open else None


def measure_store(bench, store):
    options = bench.options
    if "exchanges" in options.parts:
        bench.measure_one_thread(store)
        bench.measure_policies(store)
        if store != "null" and os.cpu_count() > 1:
            bench.measure_two_threads(store)
    if "credentials" in options.parts and store != "null":
        bench.measure_api_keys(store)
    if bench.tickets and store != "null":
        bench.tickets.measure_exchanges(store)
        bench.tickets.measure_silence(store)
    if options.against and store != "null":
        bench.measure_against(store, options.against)


def run(bench):
    options = bench.options
    print(f"making {options.tokens:,} distinct tokens per algorithm from {ISSUERS} issuers ...", flush=True)
    bench.prepare(options.tokens)
    chosen = [name for name in options.stores.split(",") if name]
    if "kerberos" in options.parts:
        bench.tickets = kerberos.Tickets(bench)
    versus = peers.Peers(options.peers, options.peers_work, bench) if options.peers else None
    for number in range(0 if options.parts == "mcp" else options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        if bench.tickets:
            bench.tickets.measure_program()
        for store in chosen:
            with bench.database_of(store):
                measure_store(bench, store)
        if versus:
            with bench.database():
                versus.measure()
    proxied = mcp.measure(bench) if "mcp" in options.parts.split(",") else None
    idle = {store: bench.idle_connection_kib(store) for store in chosen if store != "null"} if "exchanges" in options.parts else {}
    parts = report.tables(bench.results, idle, versus.results if versus else {}, bench.tickets, proxied, describe(options))
    print("\n" + "\n\n".join("\n".join(lines) for lines in parts.values()))
    if options.write:
        report.write(options.write, parts)
    measured = [*bench.results.values(), *(bench.tickets.results.values() if bench.tickets else ())]
    return 1 if any(result.get("bad") for results in measured for result in results) else 0


def describe(options):
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    library = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split(" (")[0].strip()
    return {"cpu": f"{os.cpu_count()} cores of {model}", "library": library, "command": options.command,
            "rounds": options.rounds, "seconds": options.seconds}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="one short round: about a minute and a half per store")
    parser.add_argument("--rounds", type=int, default=5, help="5 unless said otherwise; medians are reported")
    parser.add_argument("--stores", default="sqlite,postgres,null", help="which, separated by commas")
    parser.add_argument("--parts", default="exchanges,credentials",
                        help="which, separated by commas, kerberos and mcp too; the other build needs none")
    parser.add_argument("--against", type=pathlib.Path, metavar="DIR",
                        help="also measure plain exchanges with another build, such as build/bench of an earlier commit")
    parser.add_argument("--peers", type=pathlib.Path, metavar="DIR",
                        help="also measure other servers: a folder with run.py, targets.json and mint.mjs")
    parser.add_argument("--peers-work", type=pathlib.Path, metavar="DIR", help="where those were built and their tokens made")
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE", help="put the tables into this page: docs/performance.md")
    options = parser.parse_args()
    options.command = " ".join(["scripts/bench", *(part for part in sys.argv[3:] if not part.startswith("/"))])
    options.seconds, options.warmup, options.tokens = (2, 1, 20000) if options.quick else (4, 2, 60000)
    if options.quick:
        options.rounds = 1
    if options.peers and not options.peers_work:
        parser.error("--peers needs --peers-work")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dragoman-bench-"))
    with contextlib.ExitStack() as closing:
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        return run(Bench(options, folder, closing))


if __name__ == "__main__":
    sys.exit(main())
