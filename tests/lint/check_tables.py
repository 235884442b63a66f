"""Every row of the program's tables is in its documentation, in `code` type: a user who meets an
error code, a setting, an address or a metric can look it up. And the help of chartlocker repo has
the settings of a repository, all of them and no other."""
import re

import source

DOCUMENT = "server/README.md"

TABLES = (    # what a row is, where the rows are, what finds a row's name
    ("error", ("indexer/base/err.def",), r'^X\(\w+,\s*"(\w+)"'),
    ("setting", ("server/config.def",), r"^X\(([\w.]+),"),
    ("setting of a repository", ("indexer/format/repo_setting.def",), r"^X\((\w+),"),
    ("ChartMuseum flag", ("server/cmd/chartmuseum.def",), r'^X\(\w+,\s*"([\w-]+)"'),
    ("address", ("server/routes.c",), r'"(/[^"]*)"'),
    ("metric", ("server/api/metrics.c",), r'"(chartlocker_\w+)"'),
)
SETTINGS, HELP = "indexer/format/repo_setting.def", "server/cmd/commands.def"
STALE_METRIC = re.compile(r"`(chartlocker_[a-z_]+)[`{]")


def documented(name, document):
    return re.search(rf"`[^`\n]*{re.escape(name)}[^`\n]*`", document) is not None


def check_help():
    """The list "Settings: a b c." in the help."""
    text = re.sub(r'\\n"\n +"', " ", source.text(HELP))
    listed = re.search(r"Settings: ([a-z_ ]+)\.", text)
    wanted = re.findall(r"^X\((\w+),", source.text(SETTINGS), re.M)
    if not listed:
        return [f'{HELP}: the help of repo has no line "Settings: …"']
    found = listed.group(1).split()
    return [f"{HELP}: the help of repo names {found}, {SETTINGS} {wanted}"] if found != wanted else []


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
    source.finish("tables", problems + check_help())


main()
