"""The queries that searches are judged by, and those that they are measured with: all of them are
there, and they ask what can be asked."""
import re
import sys
from pathlib import Path
from urllib.parse import parse_qs

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "lib"))
from harness import CHARTS, equal, main, real_charts, table, test
from ranking import expected

QUERIES = 60
SORTS = set(re.findall(r'^X\(\w+, *"([\w-]+)"', (TESTS.parent / "indexer/hub/sort.def").read_text(), re.M))
PARAMETERS = {"q", "sort", "page", "repo", "category", "keyword", "license", "type", "maintainer",
              "kube", "signed", "schema", "crds", "deprecated", "prerelease"}


@test
def every_query_once():
    queries = [row.query for row in expected()]
    equal(len(queries), QUERIES)
    equal(sorted(set(queries)), sorted(queries))


@test
def every_row_says_why():
    equal([row for row in expected() if not row.query.strip() or not row.why.strip()], [])


@test
def every_expected_chart_is_there():
    there = {str(file.relative_to(CHARTS)) for file in real_charts()}
    wanted = {chart for row in expected() for chart in row.first}
    equal([chart for chart in sorted(wanted) if not any(is_version_of(chart, file) for file in there)],
          [])


def is_version_of(chart, file):
    return file.startswith(f"{chart}-") and file[len(chart) + 1].isdigit()


def lines(name):
    return (TESTS / "bench" / name).read_text().splitlines()


@table(("the mix", "queries.txt", 400),
       ("the hostile ones", "hostile_queries.txt", 60))
def what_is_measured_fits_an_address(name, count):
    equal(len(lines(name)), count)
    equal([line for line in lines(name) if not re.fullmatch(r"q=[!-~]*", line)], [])


@test
def the_mix_asks_what_can_be_asked():
    asked = [parse_qs(line, keep_blank_values=True, strict_parsing=True)
             for line in lines("queries.txt")]
    equal(set().union(*asked), PARAMETERS)
    equal({sort for query in asked for sort in query.get("sort", ())}, SORTS)


if __name__ == "__main__":
    main()
