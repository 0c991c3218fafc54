"""House rules as a program: every function named rule_... of the modules below is one rule, printed as one test.

A rule returns what breaks it (a list of lines; empty is good) and may note() what is near its limit without failing.
Needs python3's standard library, clang-format and cmake; scripts/test installs them and reads the counts.
"""

import os
import pathlib
import subprocess
import sys

import build_rules
import page_rules
import shape_rules
import source
import word_rules


def rules():
    for module in (shape_rules, word_rules, page_rules, build_rules):
        for name, rule in vars(module).items():
            if name.startswith("rule_"):
                yield name[len("rule_"):].replace("_", " "), rule


def main():
    counts = [0, 0]
    for name, rule in rules():
        try:
            problems = rule()
        except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as broken:
            problems = [f"the rule could not be checked: {broken}"]
        if problems:
            counts[1] += 1
            print(f"not ok {name}")
        else:
            counts[0] += 1
            print(f"ok {name}")
        for line in problems:
            print(f"    {line}")
        for line in source.take_notes():
            print(f"    note: {line}")
        sys.stdout.flush()
    result = os.environ.get("DRAGOMAN_RESULT")
    if result:
        pathlib.Path(result).write_text("%d %d 0\n" % tuple(counts))
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
