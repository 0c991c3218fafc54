"""Rules that need a tool: formatting, the layer rule as the compiler enforces it, and what is generated from a table."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import errors_page
import log_events_page
import metrics_page
from source import ROOT, c_files, code, text


def rule_c_is_formatted():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if tool is None:
        return ["clang-format is not installed"]
    done = subprocess.run([tool, "--dry-run", "-Werror", "-ferror-limit=1", *c_files()], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    return [line for line in done.stderr.splitlines() if ": error:" in line]


def compile_command(room):
    """How the build compiles a file of this room, without the file and the output."""
    build = pathlib.Path(os.environ.get("DRAGOMAN_BUILD") or ROOT / "build" / "asan")
    database = build / "compile_commands.json"
    if not database.is_file():
        subprocess.run(["cmake", "--preset", "asan", "-B", str(build)], cwd=ROOT, check=True, capture_output=True)
    for entry in json.loads(database.read_text()):
        if f"/gateway/{room}/" in entry["file"]:
            words = shlex.split(entry["command"])
            return words[:words.index("-o")], entry["directory"]
    raise RuntimeError(f"the build has no file of {room}")


def includes(room, header):
    """Whether a file of this room that includes this header compiles."""
    command, directory = compile_command(room)
    with tempfile.TemporaryDirectory() as folder:
        probe = pathlib.Path(folder) / "probe.c"
        probe.write_text(f'#include "{header}"\nextern int probe;\n')
        done = subprocess.run([*command, "-fsyntax-only", str(probe)], cwd=directory, capture_output=True, check=False)
    return done.returncode == 0


def rule_a_wrong_include_does_not_compile():
    broken = []
    if not includes("policy", "base/text.h"):
        broken.append("policy cannot include base/text.h, which it sees")
    for header in ("config/documents.h", "store/store.h", "exchange/world.h", "transport/request.h"):
        if includes("policy", header):
            broken.append(f"policy can include {header}, which it must not see")
    if includes("jose", "trust/issuer.h"):
        broken.append("jose can include trust/issuer.h, which it must not see")
    return broken


def rule_rooms_see_only_rooms_above_them():
    """The order in gateway/CMakeLists.txt is the layer rule; a room that names a later one would turn it round."""
    broken, above = [], []
    listing = re.sub(r"#[^\n]*", "", text("gateway/CMakeLists.txt"))
    for entry in re.finditer(r"dragoman_room\((\w+)([^)]*)\)|add_subdirectory\(\S*/(adapters) ", listing):
        room, rest = entry.group(1) or entry.group(3), entry.group(2) or ""
        sees = re.search(r"SEES((?:\s+[a-z_]+)+)", rest)
        broken.extend(f"{room} names {other}, which does not stand above it"
                      for other in (sees.group(1).split() if sees else []) if other not in above)
        above.extend([room, "adapter_protocol"] if room == "adapters" else [room])  # numbers alone, beside the adapters
    return broken


def rule_the_error_page_says_what_the_fault_list_says():
    page = ROOT / "docs" / "reference" / "errors.md"
    if not page.is_file() or page.read_text() != errors_page.render():
        return ["docs/reference/errors.md is not what the list makes: python3 tests/rules/errors_page.py >docs/reference/errors.md"]
    return []


def rule_the_metrics_page_says_what_the_list_of_metrics_says():
    page = ROOT / "docs" / "reference" / "metrics.md"
    if not page.is_file() or page.read_text() != metrics_page.render():
        return ["docs/reference/metrics.md is not what the list makes: "
                "python3 tests/rules/metrics_page.py >docs/reference/metrics.md"]
    return []


def rule_the_page_of_log_events_says_what_code_logs():
    page = ROOT / log_events_page.PAGE
    if not page.is_file() or page.read_text() != log_events_page.render():
        return [f"{log_events_page.PAGE} is not what code logs: python3 tests/rules/log_events_page.py --write"]
    return [f"{log_events_page.PAGE} does not say what {event} means" for event in log_events_page.without_sentence()]


def rule_every_metric_is_in_the_list_moved_and_described():
    """Names are written in the list alone, so that none is shown that the page does not have."""
    used, broken = set(), []
    for name in c_files("gateway", "adapters"):
        used.update(re.findall(r"\b(?:METRIC|HISTOGRAM|AGE|FAMILY)_(\w+)", code(name)))
        broken.extend(f"{name} names {metric}, which belongs in {metrics_page.LIST}" if name != metrics_page.LIST else ""
                      for metric in re.findall(r'"(dragoman_\w+_(?:total|seconds|bytes))[{"]', text(name)))
    for kind, symbol in re.findall(r"^(METRIC|HISTOGRAM|AGE|FAMILY)\((\w+),", text(metrics_page.LIST), re.M):
        if symbol not in used:
            broken.append(f"{kind}_{symbol} is in the list and nowhere else")
    broken.extend(f"{metric.name} has no help" for metric in metrics_page.metrics().values() if len(metric.help) < 10)
    broken.extend(f"{metric.name} begins with neither dragoman_ nor process_"
                  for metric in metrics_page.metrics().values() if not metric.name.startswith(("dragoman_", "process_")))
    return [line for line in broken if line]


def rule_every_fault_is_used():
    used = set()
    for name in c_files("gateway", "cli", "adapters"):
        used.update(re.findall(r"\bFAULT_(\w+)", code(name)))
    return [f"{row.symbol} is in the list and nowhere else" for row in errors_page.rows() if row.symbol not in used]


def rule_error_sentences_keep_to_the_characters_of_rfc_6749():
    return [f"{row.symbol}: {row.sentence}" for row in errors_page.rows()
            if not re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", row.sentence)]


def rule_the_debian_package_is_built_with_what_scripts_install():
    listed = {name: set(re.search(rf"^PACKAGES_{name}=\(([^)]*)\)", text("scripts/packages.sh"), re.M)[1].split()) for name in ("BUILD", "PACKAGE")}
    field = re.search(r"^Build-Depends: ((?:.*\n)(?: .*\n)*)", text("packaging/debian/control"), re.M)[1]
    said = {re.sub(r"^debhelper-compat .*", "debhelper", name.strip()) for name in field.split(",")}
    return [f"{name} is in one of packaging/debian/control and scripts/packages.sh" for name in sorted(said ^ listed["BUILD"] ^ listed["PACKAGE"])]
