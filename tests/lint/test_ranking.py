"""The table of what searches should find: whole, and about charts that are there."""
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS / "wire")]
from harness import CHARTS, equal, main, real_charts, test
from ranking import expected

QUERIES = 60


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


if __name__ == "__main__":
    main()
