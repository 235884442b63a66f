"""What has no place in the repository: paths of somebody's machine, hosts of package registries,
unfinished marks, generated files, files at the top that do not belong there; and what is longer than
one reads at once: functions of more than 60 lines, and files whose head does not say "Long because"."""
import re

import source

TOP_LEVEL = {"server", "indexer", "templates", "static", "deploy", "tests", "Makefile",
             "README.md", "LICENSE"}
CODE = (".c", ".h", ".def", ".sql", ".py", ".js", ".css", ".html", "Makefile")

LINE_RULES = (    # endings of files it is for ("": all), pattern, what it is
    ("", r"/(?:work|farm|root|home/\w+)/[a-z.]|/tmp/[a-z]", "a path of somebody's machine"),
    ("", r"\b(?:proxy[.]golang|registry[.]npmjs|pypi[.]org|deb[.]debian|static[.]crates|"
         r"repo1?[.]maven)", "a registry's host"),
    (CODE, r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b", "an unfinished mark"),
    (CODE, r"[ \t]+$", "white space at the end"),
)
LINES_MAX = (("tests/", 500), ("indexer/", 400), ("server/", 400), ("templates/", 400), ("static/", 400))
LONG = (".c", ".h", ".def", ".py", ".js", ".css", ".awk", ".html")
FUNCTION_LINES_MAX = 60              # of the program, between its braces
GENERATED = (".tgz", ".so", ".o", ".a", ".min.js", ".pyc", ".gz")


def check_lines(name, content):
    for number, line in enumerate(content.split("\n"), 1):
        for endings, pattern, what in LINE_RULES:
            if name.endswith(endings) and re.search(pattern, line):
                yield f"{name}:{number}: {what}"


def check_length(name, content):
    most = next((most for where, most in LINES_MAX if name.startswith(where)), None)
    lines = content.count("\n")
    if most and name.endswith(LONG) and lines > most and "Long because" not in content[:2000]:
        yield f'{name}: {lines} lines; split it, or say in its head what it is "Long because" of'
    if name.endswith(".c") and not name.startswith("tests/"):
        for body in re.finditer(r"^\{\n(.*?)^\}", content, re.M | re.S):
            if body[1].count("\n") > FUNCTION_LINES_MAX:
                line = content.count("\n", 0, body.start())
                yield f"{name}:{line}: a function of {body[1].count(chr(10))} lines"


def check_head(name, content):
    if not content and name.endswith(LONG):
        yield f"{name}: is empty"
    elif name.endswith((".c", ".h")) and not content.startswith("/*"):
        yield f"{name}: does not begin with what it is for"


def check_name(name):
    top = name.split("/")[0]
    if top not in TOP_LEVEL and not top.startswith("."):
        yield f"{name}: has no place at the top level"
    if name.endswith(GENERATED) and not name.startswith("tests/"):
        yield f"{name}: looks generated"


def main():
    problems = []
    for name in source.tracked():
        problems += check_name(name)
        if not name.startswith("tests/fuzz/corpus/") and not name.endswith(GENERATED):
            problems += check_lines(name, source.text(name))
            problems += check_length(name, source.text(name))
            problems += check_head(name, source.text(name))
    source.finish("text", problems)


main()
