"""scripts/bench: exchanges per second, CPU per exchange, and the share of what this machine's cryptography alone allows.

Starts dragomand with a configuration of its own in a temporary directory, loads it over HTTP/2 and TLS with tokens that
are all different, reads the CPU time of the whole process from the kernel, and prints a table. Rates of a shared machine
move; CPU per exchange and its share of the limit, measured in the same run, are what to compare.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

DOCUMENTS = """\
kind: Gateway
metadata: {{name: gateway}}
spec:
  issuer: https://gateway.example
  listen: ["127.0.0.1:{port}"]
  tls: {{certificateFile: tls.crt, keyFile: tls.key}}
  store: {{sqlite: {state}/bench.sqlite}}
  sealingKeyFile: sealing.key
  adminSocket: {state}/admin.sock
  limits: {{threads: {threads}}}
---
kind: Domain
metadata: {{name: corp}}
spec: {{leavesFor: [partner]}}
---
kind: Domain
metadata: {{name: partner}}
spec: {{leavesFor: []}}
---
kind: Issuer
metadata: {{name: corp-idp}}
spec:
  domain: corp
  issuer: https://idp.corp.example
  keys: {{jwks: {jwks}}}
  algorithms: [RS256, ES256]
  claims: {{attributes: {{email: email}}}}
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
  accepts: {{issuers: [corp-idp], clients: [bench]}}
"""

SECRET = "bench-secret-of-more-than-thirty-two-characters"
AUTHORIZATION = "Basic YmVuY2g6YmVuY2gtc2VjcmV0LW9mLW1vcmUtdGhhbi10aGlydHktdHdvLWNoYXJhY3RlcnM="


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def pinned(cores, command):
    return ["taskset", "-c", cores, *command] if shutil.which("taskset") else command


class Gateway:
    """A dragomand with the bench documents, on its own port, ended by its pid."""

    def __init__(self, programs, folder, algorithm, threads, cores):
        self.port = free_port()
        jwks = (folder / f"jwks-{algorithm}.json").read_text()
        state = folder / f"state-{algorithm}-{threads}"
        state.mkdir(exist_ok=True)
        config = folder / "gateway.yaml"
        config.write_text(DOCUMENTS.format(port=self.port, state=state, threads=threads, jwks=jwks))
        self.log = open(folder / "gateway.log", "ab")
        self.process = subprocess.Popen(pinned(cores, [str(programs / "gateway/dragomand"), "run", "--config", str(config)]),
                                        stderr=self.log, stdout=self.log)
        self.wait_until_open()

    def wait_until_open(self):
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit("dragomand did not start:\n" + pathlib.Path(self.log.name).read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


def load(programs, port, bodies, seconds, cores):
    command = pinned(cores, [str(programs / "tests/bench/bench_load"), str(port), str(bodies), AUTHORIZATION, "4", "8",
                             str(seconds), "wrap"])
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if not done.stdout:
        sys.exit(f"the load generator failed: {done.stderr}")
    return json.loads(done.stdout)


def crypto_limit(programs, algorithm, seconds, cores):
    command = pinned(cores, [str(programs / "tests/bench/bench_limit"), algorithm, str(seconds)])
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["us"]


def measure(programs, folder, algorithm, threads, options):
    cores = "0" if threads == 1 else f"0-{os.cpu_count() - 1}"
    load_cores = str(os.cpu_count() - 1)
    gateway = Gateway(programs, folder, algorithm, threads, cores)
    try:
        bodies = folder / f"bodies-{algorithm}.txt"
        load(programs, gateway.port, bodies, options.warmup, load_cores)
        before = cpu_seconds(gateway.process.pid)
        result = load(programs, gateway.port, bodies, options.seconds, load_cores)
        cpu = cpu_seconds(gateway.process.pid) - before
        memory = resident_mib(gateway.process.pid)
    finally:
        gateway.stop()
    limit = crypto_limit(programs, algorithm, 1, "0")
    each = cpu * 1e6 / max(result["good"], 1)
    return [f"{algorithm} in, ES256 out", threads, f"{result['good'] / result['seconds']:,.0f}", f"{each:.1f}",
            f"{limit:.1f}", f"{100 * limit / each:.0f} %", f"{result['p50_us'] / 1000:.2f}",
            f"{result['p99_us'] / 1000:.2f}", f"{memory:.1f}", result["bad"]]


def prepare(programs, folder, count):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", "/CN=localhost", "-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt")],
                   check=True, capture_output=True)
    os.chmod(folder / "tls.key", 0o600)
    (folder / "client.secret").write_text(SECRET + "\n")
    os.chmod(folder / "client.secret", 0o600)
    subprocess.run([str(programs / "gateway/dragomand"), "make-sealing-key", str(folder / "sealing.key")], check=True)
    for algorithm in ("ES256", "RS256"):
        subprocess.run([str(programs / "tests/bench/bench_bodies"), algorithm, str(count),
                        str(folder / f"jwks-{algorithm}.json"), str(folder / f"bodies-{algorithm}.txt")], check=True)


def print_table(rows):
    head = ["workload", "threads", "exchanges/s", "CPU us each", "crypto us", "of the limit", "p50 ms", "p99 ms", "PSS MiB",
            "bad"]
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, type=pathlib.Path, help="the build directory")
    parser.add_argument("--quick", action="store_true", help="short rounds: about a minute in all")
    options = parser.parse_args()
    options.seconds, options.warmup, count = (4, 1, 20000) if options.quick else (15, 3, 120000)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dragoman-bench-"))
    try:
        print(f"making {count:,} distinct tokens per algorithm ...", flush=True)
        prepare(options.programs, folder, count)
        rows = []
        for algorithm in ("ES256", "RS256"):
            for threads in sorted({1, os.cpu_count()}):
                print(f"{algorithm}, {threads} thread{'s' if threads > 1 else ''} ...", flush=True)
                rows.append(measure(options.programs, folder, algorithm, threads, options))
        print()
        print_table(rows)
        print("\nEvery exchange is recorded durably (SQLite, full sync) before it is answered; 32 requests in flight.\n"
              "CPU is the whole process, store writer included. crypto: verify + sign alone, same run, same machine.\n"
              "With all threads the load generator shares their cores, so that row's rate is a lower bound.")
        return 1 if any(row[-1] for row in rows) else 0
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
