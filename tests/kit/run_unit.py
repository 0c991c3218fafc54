"""Runs every unit test executable of a build directory, or of one room, and counts test cases from the TAP of cmocka.

Prints one line per executable, the whole output of those that fail, and the reason of every skip. Called by
scripts/test; not a test framework of its own.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import time

import kdc
import postgres

TIME_LIMIT_S = 3600 if os.environ.get("DRAGOMAN_FULL") else 300  # power fails in every operation of a store's life
CASE = re.compile(r"^(not ok|ok) \d+ - (\S+)(.*)$")
SKIP = re.compile(r"^(?:not )?ok \d+ .*# SKIP\b")  # cmocka says "not ok" of what it skipped
PLAN = re.compile(r"^1\.\.(\d+)")


def run(executable):
    """In the build directory: a compiler cache may have made __FILE__ relative to it, and tests find files by that."""
    started = time.monotonic()
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    try:
        done = subprocess.run([executable.resolve()], cwd=executable.parent.parent, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT_S, env=environment)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"") + b"\ntook longer than %d s\n" % TIME_LIMIT_S, -1
    return executable, output.decode(errors="replace"), status, time.monotonic() - started


def count(output, status):
    """Passed, failed, skipped. A program that died, or whose plan was not kept, has failed at least once."""
    planned = passed = failed = skipped = 0
    for line in output.splitlines():
        plan, case = PLAN.match(line), CASE.match(line)
        if plan:
            planned += int(plan.group(1))
        elif SKIP.match(line):
            skipped += 1
        elif case and case.group(1) == "ok":
            passed += 1
        elif line.startswith("not ok "):
            failed += 1
    failed += max(0, planned - passed - failed - skipped)
    if failed == 0 and (status != 0 or planned == 0):
        failed = 1
    return passed, failed, skipped


def private_postgres():
    """One server for all tests of stores, each of which makes a schema of its own in it."""
    if postgres.find_programs() is None:
        return contextlib.nullcontext()
    return postgres.PrivatePostgres()


def private_realm():
    """One for all tests of the Kerberos adapter, whose tickets are a real KDC's."""
    is_needed = any((pathlib.Path(sys.argv[1]) / "tests").glob("unit_kerberos_*_test"))
    return kdc.PrivateRealm() if is_needed and kdc.is_installed() else contextlib.nullcontext()


def main():
    with private_postgres() as server, private_realm() as realm:
        if server:
            os.environ["DRAGOMAN_TEST_POSTGRES"] = server.connection
        if realm:
            os.environ["DRAGOMAN_TEST_KDC"] = str(realm.folder)
        return run_all()


def run_all():
    folder, room = pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    executables = sorted(path for path in (folder / "tests").glob(f"unit_{room and room + '_'}*_test") if os.access(path, os.X_OK))
    totals = [0, 0, 0]
    jobs = int(os.environ.get("DRAGOMAN_JOBS") or os.cpu_count() or 1)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for executable, output, status, seconds in pool.map(run, executables):
            counts = count(output, status)
            totals = [a + b for a, b in zip(totals, counts)]
            name = executable.name[len("unit_"):]
            if counts[1]:
                print(output)
                print(f"not ok {name}: {counts[1]} of {sum(counts)} failed (exit status {status})", flush=True)
            else:
                note = f", {counts[2]} skipped" if counts[2] else ""
                print(f"ok {name}: {counts[0]} passed{note} in {seconds:.1f} s", flush=True)
            if counts[2]:
                print("\n".join(f"    {line}" for line in output.splitlines()
                                if SKIP.match(line) or not re.match(r"(not )?ok \d|\d|# (not )?ok", line)))
    if not executables:
        print(f"not ok there are no unit tests {room and f'of {room} '}in {folder}")
        totals[1] += 1
    result = os.environ.get("DRAGOMAN_RESULT")
    if result:
        pathlib.Path(result).write_text("%d %d %d\n" % tuple(totals))
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
