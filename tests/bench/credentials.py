"""What credentials other than tokens cost: API keys of our own and those of an adapter that is a program, each beside
exchanges for plain tokens, turn and turn about with a gateway and a database of their own each time; credentials that
leases share, of as many subjects as the tokens have, each made before it is measured; and what it costs when a key is
shown: forward-auth and introspection.

A program's CPU time is its own business: here the gateway's processes alone are counted.
"""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import urllib.request

import process
import report

TOKENS = "https%3A%2F%2Fapi.partner.example"
# (name of the case, audience)
CASES = ((report.TOKEN, "api"), (report.KEY, "keys"), (report.PROGRAM, "program"), (report.OUTSIDE, "outside"),
         (report.SHARED, "shared"))
SUBJECTS, AT_ONCE = 5000, 200  # of bodies.c, each in as many tokens one behind the other; of how many one is made in a warm-up
PROGRAMS = {"program": "bench_adapter", "outside": "bench_adapter_outside", "shared": "bench_adapter_shared"}

TARGET = """\
---
kind: Target
metadata: {{name: {name}}}
spec:
  domain: partner
  audiences: [https://{name}.partner.example]
  adapter: {adapter}
  scopes: [orders:read, orders:write]
  accepts: {{issuers: [{issuers}], clients: [bench]}}
"""
ADAPTER = """\
---
kind: Adapter
metadata: {{name: {name}}}
spec:
  program: {program}
  sha256: {sha256}
  isolation: none
  limits: {{inParallel: 1024}}
"""


class Folder:
    """One that nobody but us can write, with these programs in it."""

    def __init__(self, bench, programs):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="adapters-", dir=bench.programs.resolve()))
        self.folder.chmod(0o755)
        bench.closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
        for path in programs:
            shutil.copy(bench.programs / path, self.folder / path.name)

    def settings(self):
        """With user ids that no other gateway of this machine has: who ends an adapter ends whatever runs as its user."""
        first = 1_000_000_000 + os.getpid() % 100_000 * 256
        return f"\n  adapters: {{directories: [{self.folder}], isolation: none, firstUserId: {first}}}\n  insecure: [adapters-not-isolated]"

    def digest(self, program):
        return hashlib.sha256((self.folder / program).read_bytes()).hexdigest()


class Programs(Folder):
    def __init__(self, bench):
        super().__init__(bench, [pathlib.Path("tests/bench") / name for name in PROGRAMS.values()])

    def documents(self, issuers):
        text = TARGET.format(name="keys", adapter="api-key", issuers=issuers)
        for name, program in PROGRAMS.items():
            text += ADAPTER.format(name=name, program=program, sha256=self.digest(program))
            text += TARGET.format(name=name, adapter=name, issuers=issuers)
        return text


def write_bodies(bench):
    """The same tokens, for other audiences."""
    good = (bench.folder / "bodies-ES256-good.txt").read_text()
    for _, name in CASES[1:]:
        (bench.folder / f"bodies-ES256-{name}.txt").write_text(good.replace(TOKENS, f"https%3A%2F%2F{name}.partner.example"))
    subjects = (bench.folder / "bodies-ES256-shared.txt").read_text().splitlines(keepends=True)[-SUBJECTS:]
    for first in range(0, SUBJECTS, AT_ONCE):
        (bench.folder / f"bodies-ES256-shared-{first}.txt").write_text("".join(subjects[first:first + AT_ONCE]))


def keep_programs_off(gateway, core):
    """Theirs is the other core, so that the gateway meets them as it would elsewhere: at the same time."""
    for member in process.family(gateway.pid):
        if not process.is_program(member, "dragomand"):
            for thread in os.listdir(f"/proc/{member}/task"):
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(int(thread), {int(core)})


def measure(bench, store, threads, pairs):
    """Exchanges, each kind on a gateway of its own."""
    for _ in range(pairs):
        for case, name in CASES:
            with bench.gateway_with_programs(store, threads) as gateway:
                keep_programs_off(gateway, bench.load_core)
                kind = "good" if name == "api" else name
                for first in range(0, SUBJECTS if case == report.SHARED else 0, AT_ONCE):  # until there is one for each
                    bench.warm_up(gateway, f"shared-{first}")
                bench.warm_up(gateway, kind)
                result = bench.load(gateway, "ES256", kind, bench.options.seconds / 2)
                bench.add((store, threads, case, "ES256"), result)


def post(gateway, path, body, authorization):
    request = urllib.request.Request(f"https://127.0.0.1:{gateway.port}{path}", data=body.encode(),
                                     headers={"authorization": authorization})
    with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
        return json.loads(answer.read())


def measure_shown(bench, store, authorization, pairs):
    """A key that is shown again and again, as a service's callers do."""
    with bench.gateway_with_programs(store, 1) as gateway:
        with open(bench.folder / "bodies-ES256-keys.txt") as bodies:
            key = post(gateway, "/token", bodies.readline().strip(), authorization)["access_token"]
        (bench.folder / "bodies-ES256-call.txt").write_text("-\n")
        (bench.folder / "bodies-ES256-introspect.txt").write_text(f"token={key}\n")
        calls = {"path": "/forward-auth/keys/orders", "shown": f"Bearer {key}"}
        loads = zip(report.SHOWN, ("call", "introspect"), (calls, {"path": "/introspect"}))
        for case, kind, how in list(loads) * pairs:
            bench.warm_up(gateway, kind, **how)
            bench.add((store, 1, case, "ES256"), bench.load(gateway, "ES256", kind, bench.options.seconds / 2, **how))
