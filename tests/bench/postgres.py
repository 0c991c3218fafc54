"""The benchmark's PostgreSQL: the private server of the tests' kit on a loopback port, since the peers know no sockets of
the file system, kept to the load generator's core, with an empty database for each program that is measured."""
import contextlib
import os
import pathlib
import sys

import process

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from kit import postgres as kit

DATABASE = "bench"
# A small server of its own: rows of a few seconds stay in memory until a checkpoint writes them, as they would there.
SETTINGS = ("shared_buffers=1GB", "max_wal_size=4GB", "min_wal_size=4GB")
LOG_FILES = 200  # of 16 MiB, more than one round writes; those that were written are used again after each stop


class Postgres(kit.PrivatePostgres):
    def __init__(self, core):
        super().__init__(SETTINGS, port=process.free_port())
        self.core = core

    def __enter__(self):
        """Worn in: a server that has run for a while writes its log into files it has used before. A new one fills each with
        zeros first, one a second under this load, and no commit ends for 50 ms meanwhile."""
        super().__enter__()
        self.run("psql", "-q", "-o", os.devnull, self.connection, "-c",
                 f"select pg_logical_emit_message(false, '', ''), pg_switch_wal() from generate_series(1, {LOG_FILES})")
        self.stop()
        self.start()
        return self

    def start(self):
        super().start()
        for member in process.family(self.process.pid):  # sessions inherit it
            with contextlib.suppress(ProcessLookupError):  # the one that recovers ends by itself
                os.sched_setaffinity(member, {int(self.core)})

    @property
    def dsn(self):
        return f"postgresql://{kit.USER}@127.0.0.1:{self.port}/{DATABASE}"

    def renew(self):
        """An empty database for the next program."""
        self.run("psql", "-q", self.connection, "-c", f"drop database if exists {DATABASE} with (force)",
                 "-c", f"create database {DATABASE}")

    def query(self, text):
        self.run("psql", "-q", self.dsn, "-c", text)
