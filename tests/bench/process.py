"""What the benchmark asks the kernel about processes: CPU time and memory of one and all it started."""
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    """Below those that the kernel gives to every connection that is made."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def pinned(cores, command):
    return ["taskset", "-c", cores, *command] if shutil.which("taskset") else command


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGINT if "postgres" in str(process.args) else signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def family(pid):
    """The process and everything that came of it."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
                children.setdefault(int(fields[1]), []).append(int(entry))
            except OSError:
                pass
    members, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        members.append(member)
        waiting += children.get(member, [])
    return members


def is_program(pid, name):
    try:
        return pathlib.Path(os.readlink(f"/proc/{pid}/exe")).name == name
    except OSError:
        return False


def cpu_seconds(pid, program=None):
    """Of the whole family, those included that have ended and were waited for; or of its members that run this program."""
    ticks = 0
    for member in family(pid):
        if program and not is_program(member, program):
            continue
        try:
            fields = pathlib.Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
        except OSError:
            pass
    return ticks / TICKS


def memory_kib(pid):
    """Proportional set size of the family."""
    total = 0
    for member in family(pid):
        try:
            for line in pathlib.Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total
