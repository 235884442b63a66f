"""What a person expects of the search over the real charts: the rows of data/ranking.tsv."""
import collections

from harness import TOP

TABLE = TOP / "tests/wire/data/ranking.tsv"

# `first` holds the charts that are right in the first place, as repo/name, the foremost first.
Expected = collections.namedtuple("Expected", "query first why")


def expected():
    lines = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return [Expected(query, [first, *others.split()], why)
            for query, first, others, why in (line.split("\t") for line in lines)]
