"""A load on the Kerberos adapter's program: eight users at once, whose tokens are opened with the service's key.

    run.py BUILD [PLAIN]

BUILD is a directory with sanitizers: nobody's credential is ever another's, and the sanitizer finds nothing until the
program has ended. PLAIN is one without: under valgrind memory is counted while the program runs, and does not grow.
Prints one line per test; scripts/test reads the counts. DRAGOMAN_FULL: 10,000 credentials in place of 500.
"""
import base64
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kit"))
import kdc
from kerberos_adapter import CCACHE, SERVICE, SPNEGO, KerberosAdapter, must_be_made

USERS = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")
REFUSED = ("vip", "gone", "nobody")
MINTS = 10_000 if os.environ.get("DRAGOMAN_FULL") else 500
AT_ONCE = 8
PROGRAM = "adapters/kerberos/kerberos"
VALGRIND_STATUS = 99
# Blocks, not bytes: whatever is lost for each mint of a kind, however small, is one for every fifth mint at least; what
# comes and goes is a few chunks of arenas, each thread's own.
BLOCKS_PER_MINT = 0.1


def orders(count, order=KerberosAdapter.order):
    """Of five: everything anew, a ticket with its key, two from what is kept, and one more or one that is refused."""
    for number in range(count):
        kind, user = number % 5, USERS[number % len(USERS)]
        if kind == 4 and number % 4 == 0:
            yield order(REFUSED[number % len(REFUSED)])
        else:
            yield order(user, type=CCACHE if kind == 1 else SPNEGO, fresh=kind == 0)


class Answers:
    """Whose each credential is, by what the service's key opens of it."""

    def __init__(self, realm, reader):
        self.realm, self.reader = realm, reader
        self.environment = dict(os.environ, KRB5_CONFIG=str(realm.folder / "krb5.conf"))
        self.tokens, self.caches, self.refused = [], [], 0  # (user, bytes)

    def add(self, order, answer):
        user = order["subject"]["subject"]
        if user in REFUSED:
            if answer.get("error", {}).get("code") != -32001:
                raise RuntimeError(f"{user} was not refused: {answer.get('error', 'something was made')}")
            self.refused += 1
            return
        must_be_made(order, answer)
        if answer["result"]["account"] != f"{user}@{kdc.REALM}":
            raise RuntimeError(f"{user} was given a credential of {answer['result']['account']}")
        made = base64.b64decode(answer["result"]["credential"])
        (self.caches if order["type"] == CCACHE else self.tokens).append((user, made))

    def read(self, *words, text=""):
        done = subprocess.run([self.reader, *words], input=text, capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"the service does not take one: {done.stderr}")
        return done.stdout.splitlines()

    def check(self):
        keytab = str(self.realm.folder / "http.keytab")
        owners = self.read("owners", keytab, text="".join(token.hex() + "\n" for _, token in self.tokens))
        wanted = [f"{user}@{kdc.REALM}" for user, _ in self.tokens]
        if owners != wanted:
            raise RuntimeError(f"{sum(a != b for a, b in zip(owners, wanted))} tokens of {len(owners)} are another's")
        if len({token for _, token in self.tokens}) != len(self.tokens):
            raise RuntimeError("a token was handed out twice")
        with tempfile.NamedTemporaryFile() as file:
            for user, cache in self.caches:
                pathlib.Path(file.name).write_bytes(cache)
                self.check_cache(user, self.read("cache", f"FILE:{file.name}", keytab))

    def check_cache(self, user, lines):
        names = {line for line in lines if re.match(r"(ticket-)?(owner|client|server) ", line)}
        client, server = f"{user}@{kdc.REALM}", f"{SERVICE}@{kdc.REALM}"
        wanted = {f"owner {client}", f"client {client}", f"ticket-client {client}", f"server {server}", f"ticket-server {server}"}
        if names != wanted or lines.count("entry") != 1:
            raise RuntimeError(f"a cache for {user} is of {sorted(names)}")


def everybody_gets_their_own_and_the_sanitizer_finds_nothing(realm, build):
    answers = Answers(realm, build / "tests/ticket_reader/ticket_reader")
    sanitizer = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    with KerberosAdapter([build / PROGRAM], realm, sanitizer) as adapter:
        adapter.mint_many(orders(MINTS), AT_ONCE, answers.add)
    answers.check()
    return f"{len(answers.tokens)} tokens, {len(answers.caches)} caches, {answers.refused} refused"


def blocks_in_use(adapter):
    """Lost ones and those that are still pointed at, while nothing is asked."""
    done = subprocess.run(["vgdb", f"--pid={adapter.pid}", "leak_check", "summary", "any"], capture_output=True, text=True,
                          timeout=120)
    found = re.findall(r"(lost|reachable): [\d,]+ bytes in ([\d,]+) blocks", done.stdout)
    if len(found) != 4:
        raise RuntimeError(f"valgrind does not say what is in use: {done.stdout}{done.stderr}")
    return sum(int(count.replace(",", "")) for _, count in found)


def memory_is_flat_under_valgrind(realm, build, plain):
    answers = Answers(realm, build / "tests/ticket_reader/ticket_reader")
    with tempfile.NamedTemporaryFile("r") as log:
        command = ["valgrind", "--vgdb=yes", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
                   f"--error-exitcode={VALGRIND_STATUS}", f"--log-file={log.name}", plain / PROGRAM]
        try:
            with KerberosAdapter(command, realm) as adapter:
                adapter.mint_many(orders(MINTS), AT_ONCE, answers.add)  # all caches are full, all threads have begun
                once = blocks_in_use(adapter)
                adapter.mint_many(orders(2 * MINTS), AT_ONCE, answers.add)
                thrice = blocks_in_use(adapter)
        except RuntimeError as broken:
            raise RuntimeError(f"{broken}\n{log.read()}") from broken
    answers.check()
    if thrice - once >= 2 * MINTS * BLOCKS_PER_MINT:
        raise RuntimeError(f"{once} blocks were in use after {MINTS} mints, {thrice} after {3 * MINTS}")
    return f"{once} blocks in use after {MINTS}, {thrice} after {3 * MINTS}"


def why_skipped(test):
    if not kdc.is_installed():
        return "the KDC and its directory are not installed (PACKAGES_KERBEROS of scripts/packages.sh)"
    if test is memory_is_flat_under_valgrind and not shutil.which("valgrind"):
        return "there is no valgrind"
    return None


def run(test, *arguments):
    """0, 1 or 2: passed, failed, skipped."""
    name, reason = test.__name__.replace("_", " "), why_skipped(test)
    if reason:
        print(f"skipped {name}: {reason}", flush=True)
        return 2
    try:
        with kdc.PrivateRealm() as realm:
            print(f"ok {name}: {test(realm, *arguments)}", flush=True)
        return 0
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as broken:
        print(f"not ok {name}: {broken}", flush=True)
        return 1


def main():
    build, *plain = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    ended = [run(everybody_gets_their_own_and_the_sanitizer_finds_nothing, build)]
    ended += [run(memory_is_flat_under_valgrind, build, *plain)] if plain else []
    if result := os.environ.get("DRAGOMAN_RESULT"):
        pathlib.Path(result).write_text(f"{ended.count(0)} {ended.count(1)} {ended.count(2)}\n")
    return 1 if 1 in ended else 0


if __name__ == "__main__":
    sys.exit(main())
