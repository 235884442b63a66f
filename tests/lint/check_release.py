"""One version: what must state it in a file of its own says what the Makefile says."""
import re

import source

MAKEFILE = source.text("Makefile")
VERSION = re.search(r"^VERSION := (\S+)$", MAKEFILE, re.M)[1]
RELEASED = re.search(r"^RELEASED := (\S+)$", MAKEFILE, re.M)[1]

STATED = (    # file, what finds the statement, what it has to be
    ("deploy/CHANGELOG.md", r"^## (.*)$", f"{VERSION} ({RELEASED})"),
    ("deploy/helm/chartlocker/Chart.yaml", r"^version: (\S+)$", VERSION),
    ("deploy/helm/chartlocker/Chart.yaml", r"^appVersion: (\S+)$", VERSION),
    ("deploy/Dockerfile", r"-t chartlocker:(\S+)", VERSION),
    ("deploy/Dockerfile", r"image\.version=(\S+)", VERSION),
    ("deploy/compose.yaml", r"image: chartlocker:(\S+)", VERSION),
    ("deploy/README.md", r"-t chartlocker:(\S+)", VERSION),
)


def main():
    problems = []
    for file, pattern, wanted in STATED:
        found = re.search(pattern, source.text(file), re.M)
        if not found or found[1] != wanted:
            problems.append(f"{file}: {found[0] if found else f'nothing like {pattern}'}; the Makefile says {wanted}")
    source.finish("release", problems)


main()
