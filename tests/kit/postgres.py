"""A private PostgreSQL for tests and benchmarks: its own data in a temporary folder, a Unix socket in there and no
network unless a loopback port is asked for, never the system's cluster. It syncs for real, as what is tested is durability.

    with PrivatePostgres() as server:
        server.connection   # libpq's connection string

As a program it serves until its standard input ends, having printed one line: the connection string.
"""

import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

USER = "dragoman"
START_LIMIT_S = 30


def find_programs():
    """The folder of initdb and postgres, newest version first; None where PostgreSQL is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    if found:
        return pathlib.Path(found[-1]).parent
    other = shutil.which("initdb")
    return pathlib.Path(other).parent if other else None


def server_identity():
    """The server refuses to run as root, so it then runs as a user that owns nothing else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        except KeyError:
            continue
    raise RuntimeError("there is neither a user postgres nor nobody to run the server as")


class PrivatePostgres:
    def __init__(self, settings=(), port=None):
        self.programs = find_programs()
        if self.programs is None:
            raise RuntimeError("PostgreSQL is not installed; see scripts/packages.sh")
        self.settings, self.port = settings, port
        self.identity = server_identity()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dragoman-postgres-"))
        self.process = None
        self.address = ["-h", "127.0.0.1", "-p", str(port)] if port else ["-h", str(self.folder)]
        place = f"127.0.0.1 port={port}" if port else self.folder
        self.connection = f"host={place} user={USER} dbname=postgres"

    def __enter__(self):
        if self.identity:
            os.chown(self.folder, self.identity["user"], self.identity["group"])
        try:
            self.run("initdb", "-D", self.folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C",
                     "--no-sync", "--no-instructions")
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        self.remove()

    def run(self, program, *arguments):
        done = subprocess.run([self.programs / program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd="/", **self.identity)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout.decode(errors='replace')}")

    def start(self):
        network = ["listen_addresses=127.0.0.1", f"port={self.port}"] if self.port else ["listen_addresses="]
        options = [*network, f"unix_socket_directories={self.folder}", "unix_socket_permissions=0700",
                   "max_connections=300", "shared_buffers=64MB", "fsync=on", "synchronous_commit=on",
                   "log_min_messages=warning", *self.settings]
        arguments = [argument for option in options for argument in ("-c", option)]
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([self.programs / "postgres", "-D", self.folder / "data", *arguments],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **self.identity)
        log.close()
        deadline = time.monotonic() + START_LIMIT_S
        while subprocess.run([self.programs / "pg_isready", "-q", *self.address], check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the private PostgreSQL did not start:\n" + (self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)  # fast: sessions are ended
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        self.process = None

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    with PrivatePostgres(sys.argv[1:]) as server:
        print(server.connection, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main()
