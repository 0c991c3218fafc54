"""Other servers that do the same work, measured beside the gateway in the same rounds.

They live outside this repository, in a folder with a runner (run.py), its list of targets and a generator of tokens; what
that needs built is its own business. Here they are only started, with durable audit in the benchmark's PostgreSQL, and
read: CPU of the server and of PostgreSQL per exchange. They are loaded over HTTP/2 without TLS, which favours them a little.
"""
import json
import os
import subprocess
import sys

CASES = {"ES256": "es:distinct:h2", "RS256": "rs:distinct:h2"}
TABLE = ("create table audit (id bigserial primary key, ts timestamptz not null default now(), iss text not null,"
         " sub text not null, jti_in text, client text not null, aud text not null, jti_out text not null,"
         " decision text not null)")


class Peers:
    def __init__(self, folder, work, bench):
        self.folder, self.work, self.bench = folder, work, bench
        self.results = {}  # (name, algorithm) -> one dict per round

    def measure(self):
        bench = self.bench
        bench.postgres.renew()
        bench.postgres.query(TABLE)
        out = bench.folder / "peers.json"
        server = bench.postgres.process.pid
        command = [sys.executable, str(self.folder / "run.py"), "--work", str(self.work), "--rounds", "1", "--audit",
                   "--secs", str(bench.options.seconds), "--warm", "1", "--prewarm", "2", "--pg-pid", str(server),
                   "--cases", ",".join(CASES.values()), "--cores", "0", "--load-cores", bench.load_core, "--out", str(out),
                   "--targets", "go-jwt,fastify-jose,oidc-provider"]
        done = subprocess.run(command, env=dict(os.environ, AUDIT_DSN=bench.postgres.dsn),
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit("the peers' runner failed:\n" + done.stderr[-2000:])
        for entry in json.loads(out.read_text()):
            algorithm = next(name for name, case in CASES.items() if case == entry["case"])
            for run in entry["runs"]:
                self.results.setdefault((entry["target"], algorithm), []).append(
                    {"cpu_us": run["cpu_us"], "store_us": run["pg_us"], "rate": run["rps"],
                     "bad": run["bad"] + run["neterr"], "memory_mib": run["rss_mb"]})
                print(f"  {entry['target']:16} {algorithm}  {run['rps']:8,.0f}/s  {run['cpu_us']:6.1f} + {run['pg_us']:.1f} us",
                      flush=True)
