"""Rules of shape: how long files, functions and headers may be, how full folders are, what stands beside what."""

import collections
import pathlib
import re

from source import ROOT, c_files, code, files, functions, lines, note, text

FILE_AIM, FILE_CEILING = 400, 600
FUNCTION_AIM, FUNCTION_CEILING = 40, 80
HEADER_AIM, HEADER_CEILING = 150, 300
FOLDER_AIM, FOLDER_CEILING = 12, 18
SCRIPTS = (".py", ".js", ".sh")


def rule_files_stay_readable():
    broken = []
    for name in c_files() + [name for name in files() if name.endswith(SCRIPTS)]:
        count = len(lines(name))
        if count > FILE_CEILING:
            broken.append(f"{name} has {count} lines, the ceiling is {FILE_CEILING}")
        elif count > FILE_AIM:
            note(f"{name} has {count} lines, the aim is {FILE_AIM}")
    return broken


def rule_functions_stay_readable():
    broken = []
    for name in c_files():
        for function, line, count in functions(name):
            if count > FUNCTION_CEILING:
                broken.append(f"{name}:{line}: {function} has {count} lines, the ceiling is {FUNCTION_CEILING}")
            elif count > FUNCTION_AIM:
                note(f"{name}:{line}: {function} has {count} lines, the aim is {FUNCTION_AIM}")
    return broken


def rule_headers_stay_small():
    broken = []
    for name in c_files(suffixes=(".h",)):
        count = len(lines(name))
        if count > HEADER_CEILING:
            broken.append(f"{name} has {count} lines, the ceiling is {HEADER_CEILING}")
        elif count > HEADER_AIM:
            note(f"{name} has {count} lines, the aim is {HEADER_AIM}")
    return broken


def rule_folders_can_be_taken_in_at_a_glance():
    folders = collections.Counter(str(pathlib.PurePath(name).parent)
                                  for name in c_files("gateway", "cli", "dev", "adapters", suffixes=(".c",)))
    broken = []
    for folder, count in sorted(folders.items()):
        if count > FOLDER_CEILING:
            broken.append(f"{folder} has {count} source files, the ceiling is {FOLDER_CEILING}")
        elif count > FOLDER_AIM:
            note(f"{folder} has {count} source files, the aim is {FOLDER_AIM}")
    return broken


def rule_every_file_opens_by_saying_what_it_is():
    broken = []
    for name in files():
        if not name.endswith((".c", ".h", ".cmake", ".sql") + SCRIPTS) and not text(name).startswith("#!"):
            continue
        opening = [line for line in lines(name)[:4] if line and not line.startswith("#!")]
        if not opening or not opening[0].startswith(("/*", "//", "#", '"""', "--")) \
                or opening[0].startswith(("#include", "#define", "#ifndef", "#pragma")):
            broken.append(f"{name} does not open with a comment")
    return broken


def untested_files():
    """tests/rules/untested.txt: a source file and, after it, why it has no unit test of its own."""
    listed = {}
    for line in lines("tests/rules/untested.txt"):
        if line and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            listed[name] = reason.strip()
    return listed


def rule_every_source_file_of_a_room_has_its_unit_test():
    excused, broken = untested_files(), []
    for name in c_files("gateway", suffixes=(".c",)):
        parts = pathlib.PurePath(name).parts
        if len(parts) < 3:
            continue
        test = f"tests/unit/{parts[1]}/{pathlib.PurePath(name).stem}_test.c"
        has_test = (ROOT / test).is_file()
        if not has_test and not excused.get(name):
            broken.append(f"{name} has no {test}, and tests/rules/untested.txt does not say why")
        if has_test and name in excused:
            broken.append(f"{name} is excused in tests/rules/untested.txt but has {test}")
    broken.extend(f"tests/rules/untested.txt excuses {name}, which is not there"
                  for name in excused if not (ROOT / name).is_file())
    return broken


def rule_test_names_are_sentences():
    broken = []
    for name in c_files("tests/unit", suffixes=(".c",)):
        macros = re.compile(r"^\s*#\s*define(?:.*\\\n)*.*$", re.MULTILINE)
        for case in re.findall(r"cmocka_unit_test\w*\((\w+)", macros.sub("", code(name))):
            if case.count("_") < 2:
                broken.append(f"{name}: {case} does not say what it shows")
    return broken


def rule_the_page_about_testing_names_every_test_of_faults():
    page = "docs/testing.md"
    named = set(re.findall(r"`(\w+\.test\.js)`", "".join(line for line in lines(page) if line.startswith("|"))))
    there = {path.name for path in (ROOT / "tests/faults").glob("*.test.js")}
    return ([f"{page} has no row for tests/faults/{name}" for name in sorted(there - named)]
            + [f"{page} has a row for tests/faults/{name}, which is not there" for name in sorted(named - there)])


STORIES = ("gateway/exchange/token_exchange.c", "gateway/mcp/mcp_call.c", "gateway/mcp/client/session_opening.c")


def rule_the_steps_of_a_story_stand_in_the_order_of_their_table():
    broken = []
    for name in STORIES:
        if not (ROOT / name).is_file():
            broken.append(f"{name} is not there")
            continue
        steps = re.findall(r"\bFLOW_STEP(?:_ALWAYS)?(?:_IN)?\((?:STAGE_\w+, )?(\w+)\)", code(name))
        written = [function for function, _, _ in functions(name) if function in steps]
        listed = [step for step in steps if step in written]  # steps shared with other stories stand in their own file
        if len(written) < 8:
            broken.append(f"{name}: only {len(written)} rows of the step table are defined here")
        elif listed != written:
            broken += [f"{name}: the table says {' '.join(listed)}", f"the file defines {' '.join(written)}"]
    return broken
