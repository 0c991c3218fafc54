"""The tree as the rules see it: which files are the project's, C without its comments and strings, where functions are."""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_OURS = {"build", "node_modules", ".git", "__pycache__"}
_notes = []


def note(line):
    _notes.append(line)


def take_notes():
    taken, _notes[:] = list(_notes), []
    return taken


@functools.lru_cache(maxsize=None)
def files():
    """Every file of the project, as paths relative to the top: what git knows or would add, else what is there."""
    try:
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    return sorted(name for name in set(listed)
                  if name and not NOT_OURS & set(pathlib.PurePath(name).parts) and (ROOT / name).is_file())


def c_files(*folders, suffixes=(".c", ".h")):
    return [name for name in files()
            if name.endswith(suffixes) and (not folders or name.startswith(tuple(f + "/" for f in folders)))]


@functools.lru_cache(maxsize=None)
def text(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def lines(name):
    return text(name).splitlines()


_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


@functools.lru_cache(maxsize=None)
def code(name):
    """C without comments and without the insides of strings, line numbers kept."""
    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return "\n" * token.count("\n")
        return token[0] + token[0]
    kept = re.sub(r'(#\s*include\s*)"([^"\n]+)"', r"\1<\2>", text(name))
    return _TOKEN.sub(blank, kept)


_NAME = re.compile(r"(\w+)\s*\(")


def functions(name):
    """(function, first line, length) of each definition: a brace alone in the first column opens a body in this style."""
    found, all_lines, start = [], code(name).splitlines(), None
    for number, line in enumerate(all_lines, 1):
        if line == "{":
            start = number - 1
            while start > 1 and all_lines[start - 1][:1].isspace():
                start -= 1
        elif line == "}" and start is not None:
            named = _NAME.search(all_lines[start - 1])
            if named:
                found.append((named.group(1), start, number - start + 1))
            start = None
    return found
