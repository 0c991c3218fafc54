"""Makes docs/reference/metrics.md from the list of metrics: python3 tests/rules/metrics_page.py >docs/reference/metrics.md

The list is the only source; a rule fails when the page says something else. Alerts and the dashboard are held against
names() too.
"""

import collections
import re

from source import text

LIST = "gateway/runtime/include/runtime/metrics_list.h"
HEAD = """# Metrics

Made from `gateway/runtime/include/runtime/metrics_list.h`; do not edit. `GET /metrics` on the monitoring listener or the admin
socket answers them as Prometheus text 0.0.4, or as OpenMetrics to who accepts that. All labels have closed sets of values, but
for `adapter`, which is the name of an `Adapter` document: no subject, client, address or URL is ever one. What to look at, and
the alerts that come with it: [monitoring.md](../operations/monitoring.md).

Counters begin at 0 with each worker. A histogram has `_bucket` (bounds from 1 ms to 10 s), `_sum` and `_count`.

| metric | type | labels | |
|---|---|---|---|
"""
ROW = re.compile(r'^(METRIC|HISTOGRAM|AGE)\((\w+),\s*(.+?),\s*"((?:[^"\\]|\\.)*)"\)$')
FAMILY = re.compile(r'^FAMILY\((\w+),\s*(\w+),\s*"([^"]+)",\s*"([^"]*)",\s*"((?:[^"\\]|\\.)*)"\)$')
MACRO = re.compile(r'^#define (CUT|STAGE)\((\w+)\) "(.*?)" \2 "(.*?)"$', re.M)
Metric = collections.namedtuple("Metric", "name type labels help")


BORROWED = re.compile(r'^#define (\w+)\(symbol, word, meaning\) (METRIC\(.*\))\n#include "(\w+)/(\w+\.h)"$', re.M)


def expanded():
    """The list with rows that another list makes, as the preprocessor sees it."""
    def rows(match):
        kind, row, room, name = match.groups()
        return "\n".join(row.replace("##symbol", symbol).replace('" word "', word) for symbol, word in
                         re.findall(rf'^{kind}\((\w+),\s*"([^"]+)"', text(f"gateway/{room}/include/{room}/{name}"), re.M))
    return BORROWED.sub(rows, text(LIST))


def named(expression, macros):
    """What a row calls its metric: a string, or a macro with one."""
    call = re.match(r'^(\w+)\("(\w+)"\)$', expression)
    whole = macros[call.group(1)].replace("*", call.group(2)) if call else expression.strip('"')
    name, _, label = whole.replace('\\"', '"').partition("{")
    return name, label.rstrip("}")


def add(found, name, kind, label, words):
    if name not in found:
        found[name] = Metric(name, kind, {}, words)
    key, _, value = label.partition("=")
    if key:
        found[name].labels.setdefault(key, []).append(value.strip('"'))


def metrics():
    """By name, in the order of the list. Values of a label are those that are listed; empty where they are open."""
    content, found = expanded(), {}
    macros = {name: begin.replace('\\"', '"') + "*" + end.replace('\\"', '"') for name, _, begin, end in MACRO.findall(content)}
    for line in content.splitlines():
        row, family = ROW.match(line), FAMILY.match(line)
        if row:
            kind, _, expression, words = row.groups()
            name, label = named(expression, macros)
            kind = {"HISTOGRAM": "histogram", "AGE": "gauge"}.get(kind, "counter" if name.endswith("_total") else "gauge")
            add(found, name, kind, label, words)
        elif family:
            _, kind, name, labels, words = family.groups()
            found[name] = Metric(name, kind.lower(), {label: [] for label in labels.split()}, words)
        elif re.match(r"(METRIC|HISTOGRAM|AGE|FAMILY)\(", line):
            raise ValueError(f"{LIST}: this row does not read: {line}")
    return found


def names():
    """As samples have them, histograms with their three endings."""
    for metric in metrics().values():
        if metric.type == "histogram":
            yield from (metric.name + ending for ending in ("_bucket", "_sum", "_count"))
        else:
            yield metric.name


def shown(labels):
    return ", ".join(f"`{name}`" + (": " + ", ".join(f"`{value}`" for value in values) if values else "")
                     for name, values in labels.items())


def render():
    return HEAD + "".join(f"| `{metric.name}` | {metric.type} | {shown(metric.labels)} | {metric.help} |\n"
                          for metric in metrics().values())


if __name__ == "__main__":
    print(render(), end="")
