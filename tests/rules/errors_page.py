"""Makes docs/reference/errors.md from the fault list: python3 tests/rules/errors_page.py >docs/reference/errors.md

The list is the only source; a rule fails when the page says something else.
"""

import collections
import re

from source import text

LIST = "gateway/base/include/base/fault_list.h"
HEAD = """# Errors

Made from `gateway/base/include/base/fault_list.h`; do not edit. Every refusal the gateway can give is a row: the OAuth
`error` and the HTTP status it is answered with, the sentence in `error_description`, and the *reason* under which
records, metrics and `dragoman explain` know it. Several reasons share a sentence where telling them apart would help
somebody who guesses. Every answer, refusals included, carries `dragoman_exchange`; `dragoman explain` takes it and prints
each check that was made, with the document that decided.
"""
ROW = re.compile(r'^FAULT\((\w+),\s*"([^"]+)",\s*(\d+),\s*"([^"]+)"\)')
Row = collections.namedtuple("Row", "section symbol error status sentence")


def rows():
    section, found = "", []
    for line in text(LIST).splitlines():
        heading = re.match(r"/\* -- (.*?) \*/", line)
        match = ROW.match(line)
        if heading:
            section = heading.group(1)
        elif line.startswith("FAULT(") and not match:
            raise ValueError(f"{LIST}: this row does not read: {line}")
        elif match:
            symbol, error, status, sentence = match.groups()
            found.append(Row(section, symbol, error, int(status), sentence))
    return found


def render():
    page, section = [HEAD], None
    for row in rows():
        if row.section != section:
            section = row.section
            page.append(f"\n## {section[0].upper()}{section[1:]}\n\n| reason | status | error | sentence |\n|---|---|---|---|")
        page.append(f"| `{row.symbol.lower()}` | {row.status} | `{row.error}` | {row.sentence} |")
    return "\n".join(page) + "\n"


if __name__ == "__main__":
    print(render(), end="")
