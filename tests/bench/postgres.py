"""A PostgreSQL of the benchmark's own: its own data folder, user and socket, fsync on, ended with the run.

Where the tests run as root it runs as the system's postgres user (PostgreSQL refuses root); else as whoever runs them.
"""
import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

import process


def programs():
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        if os.access(f"{folder}/initdb", os.X_OK):
            return pathlib.Path(folder)
    found = shutil.which("initdb")
    return pathlib.Path(found).resolve().parent if found else None


class Postgres:
    """Started in the constructor; dsn says how to reach it. Ended by stop, or never started: programs() is None."""

    def __init__(self, cores):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dragoman-pg-"))
        self.user = pwd.getpwnam("postgres").pw_name if os.getuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        self.port = process.free_port()
        data = self.folder / "data"
        self.run(["initdb", "-D", str(data), "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C"])
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": str(self.folder),
                    "fsync": "on", "synchronous_commit": "on", "max_connections": 100, "shared_buffers": "128MB"}
        with open(data / "postgresql.conf", "a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.log = open(self.folder / "log", "ab")
        self.server = subprocess.Popen(process.pinned(cores, self.command(["postgres", "-D", str(data)])),
                                       stdout=self.log, stderr=self.log)
        self.wait_until_open()
        self.run(["createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "bench", "bench"])

    def command(self, command):
        command = [str(programs() / command[0]), *command[1:]]
        return ["setpriv", "--reuid", self.user, "--regid", self.user, "--clear-groups", *command] if self.user else command

    def run(self, command):
        subprocess.run(self.command(command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")

    def wait_until_open(self):
        probe = self.command(["pg_isready", "-h", "127.0.0.1", "-p", str(self.port)])
        for _ in range(300):
            if subprocess.run(probe, stdout=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("PostgreSQL did not start:\n" + (self.folder / "log").read_text())

    @property
    def dsn(self):
        return f"postgresql://bench@127.0.0.1:{self.port}/bench"

    def renew(self):
        """An empty database for the next gateway."""
        arguments = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "bench", "bench"]
        self.run(["dropdb", "--force", *arguments])
        self.run(["createdb", *arguments])

    def stop(self):
        process.end(self.server)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
