"""The catalogue of faults: what can go wrong here, a row each, and the tests that show what happens then.

A test covers a row by having its id in its name, as T-TAR-08 or t_tar_08; one may cover several. What a
row asks for is more than its title says, and the same for all: the status and the text of the refusal,
that nothing of it stays (no_trace() of tests/wire/wire.py), and that the next good request is answered.

At the end of `make check` every row has a test, a reason why it cannot happen here (NOT_HERE) or a reason
why nobody tries it (OPEN, which are few); tests/run.py fails where one has none of them. All of it goes
to build/faults.txt, and what is not covered to standard output too.
"""
import collections
import os
import re
from pathlib import Path

OPEN_MAX = 10
FILES_SHOWN, TITLE_WIDTH = 2, 66

CATALOGUE = """
HTTP HTTP framing and resources
01 Content-Length and Transfer-Encoding together
02 two Content-Length
03 a Content-Length that is no number of bytes
04 a header's name with spaces, controls or nothing
05 a Transfer-Encoding that is not known
06 Transfer-Encoding twice, or in HTTP/1.0
07 chunks of wrong, huge or missing sizes
08 trailers of chunks that are large or mean something
09 lines that end in LF, have a CR or are folded
10 NUL and controls in headers and the request line
11 a Host that is missing, twice or none
12 a Host that is not ours
13 HTTP/0.9, HTTP/2, other versions, TLS on the plain port
14 TRACE, CONNECT, get, unknown methods
15 Expect: 100-continue on what is refused
16 addresses and headers that are too long or too many
17 a head that comes a byte a second
18 a body that comes a byte a second
19 readers that take a byte a second
20 absolute addresses, //host and fragments
21 .. in every spelling, in every part of an address
22 NUL, bad escapes, overlong UTF-8 and raw bytes
23 an encoded slash within a name
24 ranges that are none
25 a thousand ranges
26 ranges near 2^63, negative, reversed
27 malformed If-Range, If-None-Match, If-Modified-Since
28 a bad request with a good one behind it
29 a body that nobody reads, and keep-alive
30 Accept-Encoding with q=0, and 64 KB of it
31 Content-Encoding on an upload
32 a wrong Content-Type on an upload
33 clients that are gone at any point
34 idle connections beyond the descriptors there are
35 line ends in what becomes a header
36 X-Forwarded-… from anybody
37 parameters that are many, twice or without a value
38 limit and offset that are none or out of range
39 HEAD where there is GET
40 addresses where nothing is
UP Upload and multipart
01 an empty or short body
02 a body over the limit
03 what is no gzip archive
04 malformed multipart
05 a chart with a bad provenance file
06 a provenance of another chart
07 a provenance file that is none
08 a hundred uploads at once
09 uploads that are broken off
10 rights, quota or repository gone during the upload
11 a declared digest that is another
TAR gzip and tar
01 damaged gzip
02 something behind the archive
03 damaged tar
04 no files
05 absolute paths and ..
06 names that mean something on Windows
07 empty, long and deep names
08 symbolic links
09 hard links
10 devices and other kinds of entries
11 one name twice, in any spelling
12 more or less than one top directory
13 no proper Chart.yaml
14 names with controls, bidi marks, bad UTF-8
15 GNU long names
16 pax headers that contradict
17 global pax headers
18 numbers in headers that are none
19 what is taken reads the same elsewhere
20 bombs: large and many
21 bombs: a high ratio
22 a million entries
23 archives within archives
24 sizes beyond the input, sums beyond 2^64
25 random bytes, every flipped bit
YAML YAML
01 nesting
02 anchors and aliases
03 large files, scalars and maps
04 keys twice
05 documents, directives, tags, encodings
06 types that YAML guesses
META Chart.yaml
01 names that are paths
02 names that are none
03 versions that are none
04 versions that are paths
05 two charts with one file name
06 versions that differ in build metadata
07 apiVersion and type that are none
08 ten thousand maintainers, keywords …
09 dependencies with hostile aliases and addresses
10 descriptions with controls, markup and 1 MB
11 every field with every type
12 addresses with javascript:, data: and internal hosts
13 fields of the index in Chart.yaml
14 a schema that refers elsewhere
15 README, values, templates that are large or no UTF-8
IMM Immutability and names
01 the same bytes again
02 other bytes under a version that is there
03 other bytes under a version that was deleted
04 yank and unyank
05 an OCI tag that is moved
06 changes where nothing may be changed
07 names that look alike
08 force
09 a repository that is renamed
IDX Index
01 hostile metadata in the index
02 50,000 versions
03 writers and readers at once
04 a chart that is damaged
05 HEAD where GET fails
06 two programs with one data directory
OCI OCI registries
01 the conformance suite
02 names that are none
03 tags and digests that are none
04 a blob with another digest
05 chunks out of order
06 upload sessions of others, old and many
07 manifests that are none
08 descriptors that are wrong or lead elsewhere
09 manifests up to the limit and above
10 a chart's manifest that contradicts the chart
11 one chart both ways
12 page sizes that are none
13 referrers
14 mounting a blob of others
15 deleting a blob that others have
16 tokens for more than was asked
17 referrers in a circle
18 a Location elsewhere
FED Federation
01 an upstream that is down
02 answers that do not end
03 200 with something else
04 redirects
05 an index with bad entries
06 one version twice
07 an older index, an old index, an index with other charts
08 a version with another digest
09 an index without digests
10 charts on other hosts
11 credentials and redirects
12 challenges that lead elsewhere
13 token servers that lie
14 addresses that look like one
15 a name of ours offered elsewhere
16 ourselves as upstream
17 five hundred clients ask for one chart
18 killed while a chart is taken over
19 a chart of an upstream that is refused here
20 relative and odd addresses in an index
SSRF Outgoing requests
01 addresses of this machine and its network
02 names that lead there later
03 other schemes
04 addresses that parsers read differently
05 trying an address, as a port scanner
06 proxies of the environment
07 hosts that look like an allowed one
HOOK Webhooks
01 a receiver that is down, slow, huge
02 killed before the delivery
03 signatures and secrets
AUTH Authentication and permissions
01 the first administrator
02 malformed Basic credentials
03 malformed and revoked tokens
04 guessing passwords
05 every route with every role
06 time that tells of names and passwords
07 answers that tell of private charts
08 what belongs to others
09 rights that are taken away
10 fields that are not the client's to set
11 forged JSON web tokens
12 OpenID tokens used twice
13 OpenID claims that nearly match
14 OpenID issuers that lie
15 a token that makes itself wider
16 a required signature that is missing or wrong
17 hostile passwords, and many sign-ins at once
18 files with secrets that others can read
WEB Pages
01 scripts in everything a chart can say
02 scripts in Markdown
03 Markdown bombs
04 raw files of charts
05 forms of other sites
06 security headers on every answer
07 sessions that are planted, copied or over
08 ?next= to other sites
09 without JavaScript; large files and catalogs
SQL Search and SQL
01 SQL and wildcards in every parameter
02 filters by what is secret
03 operators of the search index in a query
04 queries that are too broad
05 a catalog that is locked
06 a catalog that is none or damaged
07 killed while the schema changes
CRASH Crashes and failing calls
01 killed at each system call
02 each system call fails
03 an order in which a crash loses something
04 short reads and writes
05 each allocation fails
06 killed a thousand times under load
07 signals during up- and downloads
08 a crash in the recovery of a crash
09 a virtual machine that is killed
DISK Disks
01 full
02 no inodes, no rights, read-only
03 a flipped bit
04 a stored chart that is another kind of file
05 a log that is full, closed or slow
06 a disk that takes its time
TIME Clocks
01 jumps
02 ties, time zones, locales
FS Backups and versions
01 a backup during load
02 a catalog and files of different days
03 an older program on newer data
BND Bundles for the other side of an air gap
01 cut and damaged
02 not, wrongly or partly signed
03 older than what came already
04 in conflict with what is here
05 hostile names and sizes
06 databases, programs, pages within
07 killed and full while importing
08 made while something is published
09 the same again
LOG Logs
01 line ends, controls and JSON in what is logged
02 secrets
03 long values
OPS Operations
01 settings that are wrong
02 certificates and protocols that are wrong
03 few descriptors, little memory
04 a hostile environment to start in
05 health while something fails
06 labels of metrics that others choose
07 a long time under load
08 system calls that are not needed
09 mistakes of administrators
10 old clients
"""

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
# Rows that take a minute of measuring: their tests run with LONG=1 alone.
LONG_ONLY = {"AUTH-06"}

ROW_ID = re.compile(r"(?<![a-z])t[-_]([a-z]+)[-_](\d\d)(?!\d)", re.I)
HEAD = re.compile(r"([A-Z]+) (.+)")


def read(text):
    """{group: (title, {row: title})}"""
    groups = {}
    for line in text.strip().splitlines():
        if head := HEAD.fullmatch(line):
            groups[head[1]] = head[2], {}
        else:
            group = list(groups)[-1]
            groups[group][1][f"{group}-{line[:2]}"] = line[3:]
    return groups


GROUPS = read(CATALOGUE)
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
    """As `test_framing.py: t_http_01_…, +2; http_framing_test.c: …; 3 more files`."""
    texts = []
    for file, names in sorted(files.items(), key=lambda item: -len(item[1]))[:FILES_SHOWN]:
        more = f" +{len(names) - 1}" if len(names) > 1 else ""
        texts.append(f"{file.removeprefix('tests/')}: {names[0]}{more}")
    if len(files) > FILES_SHOWN:
        texts.append(f"{len(files) - FILES_SHOWN} more files")
    return "; ".join(texts)


class Coverage:
    """What the tests that ran cover."""

    def __init__(self, results):
        self.found = claims(results)
        self.later = set() if os.environ.get("LONG") else LONG_ONLY - self.found.keys()

    def state(self, row):
        """How it stands with a row, and what is said of it."""
        if row in self.found:
            return "covered", told(self.found[row])
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

    def line(self, row):
        state, text = self.state(row)
        return f"{row:<9} {state:<9} {TITLES[row]:<{TITLE_WIDTH}} {text}"

    def table(self):
        lines = []
        for group, (title, rows) in GROUPS.items():
            lines += ["", f"{group}: {title}", *(self.line(row) for row in rows)]
        return "\n".join([*lines[1:], "", self.sum(), ""])

    def count(self, rows):
        counts = collections.Counter(self.state(row)[0] for row in rows)
        return ", ".join(f"{counts[state]} {state}" for state in ("covered", "later", "not here", "open", "LOST")
                         if counts[state])

    def sum(self):
        return f"{len(TITLES)} rows: {self.count(TITLES)}"

    def summary(self):
        """A line per group, then every row that is not covered."""
        lines = [f"  {group:<6} {title:<44} {len(rows):>3} rows: {self.count(rows)}"
                 for group, (title, rows) in GROUPS.items()]
        lines += [f"  {self.line(row).rstrip()}" for row in TITLES if self.state(row)[0] != "covered"]
        return "\n".join([*lines, f"  {self.sum()}"])
