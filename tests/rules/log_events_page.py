"""Makes docs/reference/log-events.md: python3 tests/rules/log_events_page.py --write

What code logs says which events there are, how loud and with which fields; what an event means is written in the page, and
kept when it is made again. A rule fails while the page says something else, or while an event has no sentence.
"""

import re
import sys

from source import ROOT, c_files, text

PAGE = "docs/reference/log-events.md"
HEAD = """# Events in the log

Made from what the code logs by `tests/rules/log_events_page.py --write`; only the last column is written by hand. Each line is a JSON
object with `ts`, `level` and `event`, then the ids of the request it belongs to, where it belongs to one ([tracing.md](../operations/tracing.md)),
then the fields of the event. Which of them a line has depends on what happened.

| event | level | fields | |
|---|---|---|---|
"""
COMMENT = re.compile(r"/\*.*?\*/", re.S)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
LEVEL = re.compile(r"\bLOG_(DEBUG|INFO|WARNING|ERROR)\b")
ORDER = ["DEBUG", "INFO", "WARNING", "ERROR"]


def closed(content, start):
    """Where the parenthesis that opens before start closes."""
    depth, in_string = 1, False
    for at in range(start, len(content)):
        char = content[at]
        if char == '"' and content[at - 1] != "\\":
            in_string = not in_string
        elif not in_string:
            depth += (char == "(") - (char == ")")
            if depth == 0:
                return at
    raise ValueError("a call of LOG does not end")


def arguments(call):
    """The parts of a call between its commas."""
    parts, depth, begin, in_string = [], 0, 0, False
    for at, char in enumerate(call):
        if char == '"' and call[at - 1] != "\\":
            in_string = not in_string
        elif not in_string:
            depth += (char in "([{") - (char in ")]}")
            if char == "," and depth == 0:
                parts.append(call[begin:at].strip())
                begin = at + 1
    return parts + [call[begin:].strip()]


def function_around(content, at):
    """Its name and text: bodies begin with a brace in the first column here, and end with one."""
    begin = content.rfind("\n{\n", 0, at)
    head = content.rfind("\n\n", 0, begin)
    return re.search(r"(\w+)\s*\(", content[head:begin]).group(1), content[head:content.find("\n}\n", at)]


def assigned(function, name):
    """Every value that a local name or array is given."""
    return "\n".join(re.findall(rf"\b{name}\b(?:\[\])? = (.*?);", function, re.S))


def strings_of(expression, content, at):
    """The names an expression can be: a string, a choice, an element of an array, or a parameter that callers give."""
    found = STRING.findall(expression)
    if found:
        return found
    word = re.match(r"\w+", expression).group(0)
    name, function = function_around(content, at)
    found = STRING.findall(assigned(function, word))
    if found:
        return found
    parameters = arguments(re.search(rf"\b{name}\(([^)]*)\)", function).group(1))
    place = [parameter.split("*")[-1].split()[-1] for parameter in parameters].index(word)
    calls = [match.end() for match in re.finditer(rf"\b{name}\(", content)]
    given = [arguments(content[start:closed(content, start)])[place] for start in calls]
    return [string for expression in given for string in STRING.findall(expression)]


def levels_of(expression, content, at):
    if LEVEL.search(expression):
        return LEVEL.findall(expression)
    _, function = function_around(content, at)
    values = assigned(function, re.match(r"\w+", expression).group(0))
    if "(enum log_level)" in values:
        return ORDER  # as loud as somebody else says
    return LEVEL.findall(values) or LEVEL.findall(content)


def events():
    """By name: (levels, fields), each in the order of the code, whichever places log it."""
    found = {}
    for name in c_files("gateway", "adapters", "cli", suffixes=(".c",)):
        content = COMMENT.sub("", text(name))
        for match in re.finditer(r"\bLOG\(", content):
            level, event, *fields = arguments(content[match.end():closed(content, match.end())])
            names = re.findall(r'log_(?:text|number)\("(\w+)"', " ".join(fields))
            strings = strings_of(event, content, match.start())
            if not strings:
                raise ValueError(f"{name}: which events does LOG({level}, {event} log?")
            for string in strings:
                levels, listed = found.setdefault(string, ([], []))
                levels.extend(one for one in levels_of(level, content, match.start()) if one not in levels)
                listed.extend(one for one in names if one not in listed)
    return found


def sentences():
    path = ROOT / PAGE
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", path.read_text(), re.M) if path.is_file() else []
    return dict(rows)


def render():
    said, rows = sentences(), []
    for event, (levels, fields) in sorted(events().items()):
        loud = ", ".join(level.lower() for level in sorted(levels, key=ORDER.index))
        rows.append(f"| `{event}` | {loud} | {', '.join(f'`{field}`' for field in fields)} | {said.get(event, '')} |\n")
    return HEAD + "".join(rows)


def without_sentence():
    return [event for event in events() if not sentences().get(event, "").strip()]


if __name__ == "__main__":
    (ROOT / PAGE).write_text(render()) if sys.argv[1:] == ["--write"] else print(render(), end="")
