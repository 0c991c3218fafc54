"""Rules of words: calls nobody makes, libraries that have one room, phrases and places that have no business here."""

import re

from source import c_files, code, files, lines, text

# Unbounded copies, shells, hidden state, silent conversions, and stack that cannot be checked.
BANNED_CALLS = ("strcpy strcat sprintf vsprintf gets system popen atoi atol atoll atof strtok alloca tmpnam tempnam mktemp "
                "usleep sleep rand srand longjmp signal bcmp bcopy").split()
CALLS_ALLOWED_IN = {"usleep": ("tests/", "dev/"), "sleep": ("tests/", "dev/")}

# Header, and where it may be included. Tests may use what they test with.
LIBRARY_ROOMS = {
    r"yajl/": ("gateway/json/",),
    r"sqlite3\.h": ("gateway/store/sqlite/",),
    r"yaml\.h": ("gateway/config/",),
    r"curl/": ("gateway/runtime/",),
    r"h2o(\.h|/)": ("gateway/transport/", "gateway/runtime/loop.c"),
    r"seccomp\.h": ("gateway/confinement/",),
    r"jwt\.h": ("gateway/authorization/",),
    r"jansson\.h": (),
}

# Put together from halves, so that this file does not break its own rule.
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
UNFINISHED_PHRASES = ["for " + "now,", "not implemented " + "yet", "temporary " + "workaround"]
MACHINE_PATHS = ["/wo" + "rk/", "/tmp/" + "brief", "/ro" + "ot/", "/ho" + "me/"]
REGISTRIES = ["registry." + "npmjs", "deb." + "debian", "pypi" + ".org", "proxy.golang" + ".org", "crates" + ".io"]
NOT_PROSE = ("package-lock.json", "LICENSE")


def rule_no_banned_call_is_made():
    call = re.compile(r"(?<![\w.>])(" + "|".join(BANNED_CALLS) + r")\s*\(")
    broken = []
    for name in c_files():
        for number, line in enumerate(code(name).splitlines(), 1):
            for found in call.findall(line):
                if not name.startswith(CALLS_ALLOWED_IN.get(found, ())):
                    broken.append(f"{name}:{number}: {found}")
    return broken


def rule_each_foreign_library_has_its_one_room():
    broken = []
    for name in c_files("gateway", "cli", "dev", "adapters"):
        for header in re.findall(r"#\s*include\s*<([^>]+)>", code(name)):
            for pattern, rooms in LIBRARY_ROOMS.items():
                if re.match(pattern, header) and not name.startswith(rooms or ("tests/",)):
                    broken.append(f"{name} includes {header}, which belongs to {', '.join(rooms) or 'tests'}")
    return broken


def _search(words, is_word):
    broken = []
    edge = r"\b" if is_word else ""
    pattern = re.compile("|".join(f"{edge}{re.escape(word)}{edge}" for word in words))
    for name in files():
        if name.endswith(NOT_PROSE) or "\0" in text(name)[:4096]:
            continue
        for number, line in enumerate(lines(name), 1):
            found = pattern.search(line)
            if found:
                broken.append(f"{name}:{number}: {found.group(0)}")
    return broken


def rule_nothing_is_left_unfinished():
    return _search(UNFINISHED, True) + _search(UNFINISHED_PHRASES, False)


def rule_no_path_of_somebodys_machine_and_no_package_registry_is_named():
    return _search(MACHINE_PATHS, False) + _search(REGISTRIES, False)


def rule_there_is_no_goto():
    return [f"{name}:{number}: goto" for name in c_files("gateway", "cli", "dev", "adapters")
            for number, line in enumerate(code(name).splitlines(), 1) if re.search(r"\bgoto\b", line)]


def rule_nothing_is_called_util_common_or_misc():
    return [name for name in files() if re.search(r"(^|[/_.-])(utils?|common|misc|helpers?)([/_.-]|$)", name)]


def bash_scripts():
    return [name for name in files() if re.match(r"#!.*\bbash\n", text(name)[:40]) or name == "scripts/packages.sh"]


def rule_functions_of_scripts_are_there_once_and_called():
    """Bash takes the last of two without a word, and runs on past a name that is nothing's."""
    scripts, broken = bash_scripts(), []
    everything = "\n".join(map(text, scripts))
    for script in scripts:
        defined = re.findall(r"^(\w+)\(\) \{", text(script), re.M)
        broken += [f"{script} defines {name} more than once" for name in sorted(set(defined)) if defined.count(name) > 1]
        broken += [f"nothing calls {name} of {script}" for name in defined
                   if len(re.findall(rf"(?<![\w-]){name}(?![\w-])", everything)) < 2]
    return broken if scripts else ["there are no scripts"]
