"""The catalogue of faults: what can go wrong here (catalogue.txt, a row each), and the tests that show what
happens then.

A test covers a row by having its id in its name, as T-TAR-08 or t_tar_08; one may cover several. What a
row asks for is more than its title says, and the same for all: the status and the text of the refusal,
that nothing of it stays (no_trace() of tests/wire/wire.py), and that the next good request is answered.

At the end of `make check` every row has a test, a reason why it cannot happen here (NOT_HERE) or a reason
why nobody tries it (OPEN, which are few); tests/run.py fails where one has none of them. IN_PART says
where a test shows less than the row asks for. All of it goes to build/faults.txt, and what is not
covered to standard output too.
"""
import collections
import os
import re
from pathlib import Path

OPEN_MAX = 10
FILES_SHOWN, TITLE_WIDTH = 2, 60

# What cannot happen here.
NO_OCI = "charts are served and pushed over HTTP alone; of OCI registries it only reads"
NO_TOKENS = "there are neither JSON web tokens nor OpenID Connect"
NOT_HERE = {
    **{f"OCI-{row}": NO_OCI for row in ("01", "05", "06", "11", "12", "13", "14", "15", "17", "18")},
    "IMM-05": NO_OCI,
    **{f"AUTH-{row}": NO_TOKENS for row in ("11", "12", "13", "14")},
}
# What can happen, and nobody tries.
OPEN = {
    "CRASH-09": "needs a virtual machine; the order of its writes (T-CRASH-03) and each point of a kill "
                "(T-CRASH-01) stand for it",
}
# What is tried, and is not all as one would want it.
LIBRARY = "libmicrohttpd lets it pass (Known limits in server/README.md): "
IN_PART = {
    "HTTP-03": LIBRARY + "a NUL within a length",
    "HTTP-04": LIBRARY + "an empty name",
    "HTTP-07": LIBRARY + "LF for line ends, many zeros, an extension of 30 KB",
    "HTTP-08": LIBRARY + "a trailer of 9 KB",
    "HTTP-09": LIBRARY + "lines that end in LF",
    "HTTP-10": LIBRARY + "NUL in a value or in the address",
    "TAR-12": "a top directory that is not the chart's name is a warning, because Helm takes it",
    "IMM-07": "names that differ in case alone are different charts, as everywhere in Helm's world",
    "AUTH-16": "provenance files are judged; of cosign it knows nothing",
    "OPS-10": "Helm 3.12 to 4.3 and what helm-push sends; Flux and Argo CD use Helm's library",
}
# Rows that take a minute of measuring: their tests run with LONG=1 alone.
LONG_ONLY = {"AUTH-06"}

ROW_ID = re.compile(r"(?<![a-z])t[-_]([a-z]+)[-_](\d\d)(?!\d)", re.I)
HEAD = re.compile(r"([A-Z]+) (.+)")


def read(text):
    """{group: (title, {row: title})}. Each group begins with its name and title."""
    groups = {}
    for line in text.strip().splitlines():
        if head := HEAD.fullmatch(line):
            groups[head[1]] = head[2], {}
        else:
            group = list(groups)[-1]
            groups[group][1][f"{group}-{line[:2]}"] = line[3:]
    return groups


GROUPS = read(Path(__file__).with_suffix(".txt").read_text())
TITLES = {row: title for _, rows in GROUPS.values() for row, title in rows.items()}


def ids(name):
    return [f"{group.upper()}-{row}" for group, row in ROW_ID.findall(name)]


def claims(results):
    """{row: {source file: [names of its tests]}} of what ran, whether it passed or failed."""
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for result in results:
        for name in result.passed + result.failed:
            for row in ids(name):
                names = found[row][source(result.program)]
                if name not in names:
                    names.append(name)
    return found


def source(program):
    path = Path(program)
    return program if path.suffix else f"tests/unit/{path.name}.c"


def told(files):
    """As `wire/test_framing.py: t_http_01_… +2; unit/http_framing_test.c: …; +3 files`."""
    texts = []
    for file, names in sorted(files.items(), key=lambda item: -len(item[1]))[:FILES_SHOWN]:
        more = f" +{len(names) - 1}" if len(names) > 1 else ""
        texts.append(f"{file.removeprefix('tests/')}: {names[0]}{more}")
    if len(files) > FILES_SHOWN:
        texts.append(f"+{len(files) - FILES_SHOWN} files")
    return "; ".join(texts)


class Coverage:
    """What the tests that ran cover."""

    def __init__(self, results):
        self.found = claims(results)
        self.later = set() if os.environ.get("LONG") else LONG_ONLY - self.found.keys()

    def state(self, row):
        """How it stands with a row, and why."""
        if row in self.found:
            return ("in part", IN_PART[row]) if row in IN_PART else ("covered", "")
        if row in NOT_HERE:
            return "not here", NOT_HERE[row]
        if row in OPEN:
            return "open", OPEN[row]
        return ("later", "by make check-long") if row in self.later else ("LOST", "no test has it in its name")

    def problems(self):
        lost = [f"T-{row}: {TITLES[row]}: no test covers it" for row in TITLES if self.state(row)[0] == "LOST"]
        unknown = [f"T-{row}: there is no such row" for row in sorted(self.found.keys() - TITLES.keys())]
        stale = [f"T-{row}: a test covers it, and tests/catalogue.py says that none does"
                 for row in sorted(self.found.keys() & (NOT_HERE.keys() | OPEN.keys()))]
        return lost + unknown + stale

    def line(self, row, tests=True):
        state, why = self.state(row)
        text = "; ".join(filter(None, (why, tests and told(self.found.get(row, {})))))
        return f"{row:<9} {state:<9} {TITLES[row]:<{TITLE_WIDTH}} {text}".rstrip()

    def table(self):
        lines = []
        for group, (title, rows) in GROUPS.items():
            lines += ["", f"{group}: {title}", *(self.line(row) for row in rows)]
        return "\n".join([*lines[1:], "", self.sum(), ""])

    def count(self, rows):
        counts = collections.Counter(self.state(row)[0] for row in rows)
        return ", ".join(f"{counts[state]} {state}" for state in ("covered", "in part", "later", "not here", "open", "LOST")
                         if counts[state])

    def sum(self):
        return f"{len(TITLES)} rows: {self.count(TITLES)}"

    def summary(self):
        """A line per group, then every row that is not covered."""
        lines = [f"  {group:<6} {title:<44} {len(rows):>3} rows: {self.count(rows)}"
                 for group, (title, rows) in GROUPS.items()]
        lines += [f"  {self.line(row, tests=False)}" for row in TITLES if self.state(row)[0] != "covered"]
        return "\n".join([*lines, f"  {self.sum()}"])
