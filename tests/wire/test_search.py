#!/usr/bin/env python3
"""Searching: the order of what is found over the real charts, facets, typos, and who sees what."""
import functools
import json
import urllib.parse

from wire import Server, equal
from harness import CHARTS, Skip, main, must, settled, temporary, test
from ranking import expected

RIGHT_FIRST = 55                     # of 60


@functools.cache
def real():
    """A server with the real charts, in a repository for each folder of them."""
    if not (CHARTS / "stable").is_dir():
        raise Skip(f"no charts in {CHARTS}")
    data = temporary(keep=True) / "data"
    for repo in ("stable", "rancher"):
        must("import", "--data", data, "--repo", repo, CHARTS / repo)
    server = Server(data=data, keep=True)
    charts = sum(len(server.index(repo)["entries"]) for repo in ("stable", "rancher"))
    assert settled(lambda: search(server, limit=1)["total"] == charts), "charts are missing"
    return server


def search(server, text="", headers=None, **parameters):
    query = urllib.parse.urlencode({"q": text, **parameters}, doseq=True)
    answer = server.get(f"/api/v1/search?{query}", headers)
    equal(answer.status, 200, answer.body)
    return json.loads(answer.body)


def names(found):
    return [f"{hit['repo']}/{hit['name']}" for hit in found["results"]]


@test
def what_a_person_expects():
    right, wrong, late = 0, [], []
    for query, first, why in expected():
        found = names(search(real(), query))
        if found[:1] and found[0] in first:
            right += 1
            continue
        wrong.append(f"{query}: {found[:3]}, not {first[0]} ({why})")
        if not set(first) & set(found[:3]):
            late.append(query)
    print(f"# {right} of {len(expected())} have the right chart first", *wrong, sep="\n#   ")
    assert right >= RIGHT_FIRST, wrong
    assert not late, late


if __name__ == "__main__":
    main()
