"""Every row of the program's tables is in its documentation, in `code` type: a user who meets an
error code, a setting or a metric can look it up. Addresses are in static/openapi.yaml, which
check_openapi.py compares; those of the control socket alone are here."""
import re

import source

DOCUMENT = "server/README.md"

TABLES = (    # what a row is, where the rows are, what finds a row's name
    ("error", ("indexer/base/err.def",), r'^X\(\w+,\s*"(\w+)"'),
    ("setting", ("server/config.def",), r"^X\(([\w.]+),"),
    ("setting of a repository", ("indexer/format/repo_setting.def",), r"^X\((\w+),"),
    ("ChartMuseum flag", ("server/cmd/chartmuseum.def",), r'^X\(\w+,\s*"([\w-]+)"'),
    ("finding of `ready`", ("indexer/document/readiness.def",), r'^X\(\w+,\s*"([\w-]+)", (?!FINE)'),
    ("format of images", ("indexer/document/images_format.def",), r'^X\(\w+,\s*"([\w-]+)"'),
    ("address of the control socket", ("server/routes.c",), r'"(/control/[^"]*)"'),
    ("metric", ("server/api/metrics.c", "server/api/metrics_upstreams.c",
                "server/api/trips.c"), r'"(chartlocker_\w+)"'),
)
STALE_METRIC = re.compile(r"`(chartlocker_[a-z_]+)[`{]")


def documented(name, document):
    return re.search(rf"`[^`\n]*{re.escape(name)}[^`\n]*`", document) is not None


def main():
    if not (source.TOP / DOCUMENT).exists():
        source.finish("tables", [f"{DOCUMENT} is missing"])
    document = source.text(DOCUMENT)
    problems, metrics = [], set()
    for what, files, pattern in TABLES:
        rows = [row for file in files for row in re.findall(pattern, source.text(file), re.M)]
        problems += [] if rows else [f"{', '.join(files)}: no {what} found; has the table moved?"]
        problems += [f"{DOCUMENT}: the {what} `{row}` is not documented"
                     for row in dict.fromkeys(rows) if not documented(row, document)]
        metrics |= set(rows) if what == "metric" else set()
    problems += [f"{DOCUMENT}: there is no metric `{name}`"
                 for name in dict.fromkeys(STALE_METRIC.findall(document)) if name not in metrics]
    source.finish("tables", problems)


main()
