#!/usr/bin/env python3
"""Searching: the order of what is found over the real charts, facets, typos, pages, and who sees
what."""
import collections
import functools
import itertools
import json
import time
import urllib.parse

from wire import Server, contains, equal
import people
from harness import CHARTS, TOP, Skip, chart, main, must, settled, table, temporary, test
from ranking import expected

RIGHT_FIRST = 55                     # of 60
HOSTILE = TOP / "tests/bench/hostile_queries.txt"
HOSTILE_SECONDS = 30     # what hangs; how long it takes is measured elsewhere


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


def get(server, path, headers=None, **parameters):
    answer = server.get(f"{path}?{urllib.parse.urlencode(parameters, doseq=True)}", headers)
    equal(answer.status, 200, answer.body)
    return json.loads(answer.body)


def search(server, text="", headers=None, **parameters):
    return get(server, "/api/v1/search", headers, q=text, **parameters)


def suggest(server, text, headers=None, **parameters):
    return names(get(server, "/api/v1/suggest", headers, q=text, **parameters), "suggestions")


def names(found, key="results"):
    return [f"{hit['repo']}/{hit['name']}" for hit in found[key]]


def everything(server, text="", **parameters):
    """All pages."""
    page = search(server, text, limit=100, **parameters)
    hits = page["results"]
    while "next" in page:
        page = search(server, text, limit=100, after=page["next"], **parameters)
        hits += page["results"]
    equal(len(hits), page["total"])
    return hits


@functools.cache
def everything_for(query):
    """Of the real charts; nobody changes them."""
    return everything(real(), query)


# ---- the real charts ----

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


@table(("as Helm names it", "stable/grafana", "stable/grafana"), ("of another repository", "grafana/grafana", "stable/grafana"),
       ("deprecated", "stable/wordpress", "stable/wordpress"), ("with another word", "stable/redis cache", "stable/redis"),
       ("with a dash", "stable/prometheus-operator", "stable/prometheus-operator"))
def repository_and_name(query, first):
    equal(names(search(real(), query))[0], first)


@test
def deprecated_charts_come_last():
    for query in ("", "database", "mysql", "prometheus", "a", "elasticsearch", "kube"):
        deprecated = [hit["deprecated"] for hit in everything_for(query)]
        equal(deprecated, sorted(deprecated), query)
        assert any(deprecated), query


FACET_FIELDS = {
    "repo": lambda hit: [hit["repo"]], "category": lambda hit: [hit.get("category", "")],
    "keyword": lambda hit: [word.strip().lower() for word in hit["keywords"]],
    "license": lambda hit: [hit.get("license", "")], "type": lambda hit: [hit["type"]],
    **{facet: lambda hit, key=key: [str(hit[key]).lower()] for facet, key in
       (("signed", "signed"), ("deprecated", "deprecated"), ("prerelease", "prerelease"))},
}
CHOICES = (
    {}, {"repo": ["stable"]}, {"repo": ["stable", "rancher"]}, {"keyword": ["Monitoring", "database"]},
    {"repo": ["rancher"], "deprecated": ["false"]}, {"keyword": ["prometheus"], "repo": ["stable"]},
    {"category": ["networking"], "type": ["application"]}, {"type": ["library"]},
    {"keyword": ["nothing has it"], "repo": ["stable"]}, {"signed": ["false"], "prerelease": ["true"]},
    {"keyword": ["sql"], "repo": ["rancher"], "deprecated": ["true"]},
)


def passes(hit, chosen, but=None):
    return all(set(FACET_FIELDS[facet](hit)) & {value.lower() for value in values}
               for facet, values in chosen.items() if facet != but)


@table(*[(f"{query!r} {chosen}", query, chosen)
         for query, chosen in itertools.product(("", "prometheus", "is:deprecated"), CHOICES)])
def facets_leave_themselves_out(query, chosen):
    """Each is counted with the filters of all others."""
    hits = everything_for(query)
    found = search(real(), query, facets="true", **chosen)
    equal(sorted(names({"results": everything(real(), query, **chosen)})),
          sorted(names({"results": [hit for hit in hits if passes(hit, chosen)]})))
    for facet, fields in FACET_FIELDS.items():
        counts = collections.Counter(value for hit in hits if passes(hit, chosen, facet)
                                     for value in set(fields(hit)) if value)
        listed = found["facets"][facet]
        picked = {value.lower() for value in chosen.get(facet, ())}
        equal({v["value"] for v in listed["values"] if v["chosen"]}, picked, facet)
        for value in listed["values"]:
            equal(value["count"], counts[value["value"]], f"{facet} {value}")
        others = sorted(((-count, value) for value, count in counts.items() if value not in picked))
        shown = [(-v["count"], v["value"]) for v in listed["values"] if not v["chosen"]]
        equal(shown, others[:len(shown)], facet)
        equal(listed["more"], len(others) - len(shown), facet)
        assert len(shown) >= min(12 - len(picked), len(others)), facet


@table(("name", "name", lambda hit: (hit["name"], hit["repo"])),
       ("released", "released", lambda hit: ([-ord(c) for c in hit["created"]], hit["name"], hit["repo"])),
       ("pulls", "pulls", lambda hit: (-hit["recent_pulls"], hit["name"], hit["repo"])),
       ("used-by", "used-by", lambda hit: (-hit["used_by"], hit["name"], hit["repo"])))
def sorted_by(sort, key):
    hits = everything(real(), "chart", sort=sort)
    assert len(hits) > 50
    equal(names({"results": hits}), names({"results": sorted(hits, key=key)}))


@test
def pages_are_one_list():
    whole = [f"{hit['repo']}/{hit['name']}" for hit in everything_for("kubernetes")]
    page, seen = search(real(), "kubernetes", limit=7), []
    while True:
        seen += names(page)
        equal(names(search(real(), "kubernetes", limit=7, after=len(seen) - len(page["results"]))),
              names(page))
        if "next" not in page:
            break
        page = search(real(), "kubernetes", limit=7, after=page["next"])
    equal(seen, whole)
    equal(search(real(), "kubernetes", after=10**9)["results"], [])


@test
def found_in_a_text():
    where = set()
    for query in ("persistence", "annotations", "storage", "bitnami", "monitoring"):
        for hit in everything_for(query):
            where.add(hit.get("found_in"))
            row = " ".join((hit["repo"], hit["name"], hit["description"])).lower()
            equal("found_in" in hit, query.rstrip("s") not in row, hit)
            if "found_in" in hit:
                text, marks = hit["snippet"]["text"], hit["snippet"]["marks"]
                assert marks, hit
                assert all(text[begin:end].lower().startswith(query.rstrip("s")) for begin, end in marks), hit
    equal(where, {"README", "values", "keywords", "maintainers", "images", "kinds", None})


# ---- what is not there ----

@table(("nothing is found", "grafanna", "grafana", True),
       ("one of two words", "promethues operator", "prometheus operator", True),
       ("with a field", "repo:stable postgers", "repo:stable postgres", True),
       ("several", "-foo grafanna wordpres \"x y\"", None, None),
       ("a word that is right", "grafana", None, None),
       ("a word of a description", "gitops", None, None),
       ("nothing near", "qqqqqqqq", None, None))
def did_you_mean(query, meant, corrected):
    found = search(real(), query)
    equal((found.get("did_you_mean"), found.get("corrected")), (meant, corrected))
    if corrected:
        equal(names(found), names(search(real(), meant)))


@test
def what_was_not_understood():
    equal(search(real(), "updated:>soon redis foo:bar")["notes"], ["updated:>soon", "foo:bar"])
    assert "notes" not in search(real(), "redis is:deprecated")


@table(*[(f"{number}: {line[:40]}", line) for number, line in
         enumerate(HOSTILE.read_text().splitlines(), 1)])
def t_sql_03_t_sql_04_hostile(line):
    began = time.monotonic()
    answer = real().get(f"/api/v1/search?facets=true&{line}")
    equal(answer.status, 200, answer.body)
    json.loads(answer.body)
    assert time.monotonic() - began < HOSTILE_SECONDS, "it took too long"


@table(("limit", "limit=0"), ("limit, too many", "limit=101"), ("no limit", "limit=x"),
       ("after", "after=x"), ("below 0", "after=-1"), ("sort", "sort=stars"),
       ("neither true nor false", "signed=1"), ("no type", "type=Library"), ("no origin", "origin=elsewhere"))
def refused(query):
    equal(real().get(f"/api/v1/search?{query}").status, 400)


@table(("format", "format=json"), ("limit", "limit=51"))
def suggestions_refused(query):
    equal(real().get(f"/api/v1/suggest?{query}").status, 400)


@test
def suggestions():
    equal(suggest(real(), "graf"), ["stable/grafana", "rancher/rancher-grafana"])
    equal(suggest(real(), "GRAF", limit=1), ["stable/grafana"])
    equal(suggest(real(), "cert-m"), ["stable/cert-manager"])
    equal(suggest(real(), "certm"), ["stable/cert-manager"])
    equal(suggest(real(), "postgers"), ["stable/postgresql"])
    equal(suggest(real(), ""), [])
    for query in ("limit=0", "limit=51"):
        equal(real().get(f"/api/v1/suggest?q=a&{query}").status, 400)


@test
def the_same_again():
    for path in ("/api/v1/search?q=grafana&facets=true", "/api/v1/suggest?q=graf"):
        answer = real().get(path)
        again = real().get(path, {"If-None-Match": answer.headers["ETag"]})
        equal((again.status, again.body), (304, b""))


# ---- who sees what ----

def catalog(private):
    """A few public charts, and those of a private repository in which they are used."""
    server = Server(keep=True)
    lib = {"name": "library", "version": ">=0", "repository": "@open"}
    charts = {"open": [chart("library", description="for others"), chart("zebra", keywords=["stripes"]),
                       chart("zebra-tools", description="for zebras", keywords=["stripes"]),
                       chart("okapi", dependencies=[lib])]}
    if private:
        charts["closed"] = [chart("quagga", keywords=["stripes", "extinct"], dependencies=[lib],
                                  maintainers=[{"name": "Hidden Hand"}],
                                  annotations={"artifacthub.io/license": "Secret-1.0"}),
                            chart("zebra", "9.0.0", description="the real one", dependencies=[lib],
                                  files={"README.md": b"# zebra\n\nxenomorphs everywhere\n"})]
    for repo, archives in charts.items():
        must("repo", "create", repo, "--data", server.data, *(["--private"] if repo == "closed" else []))
        for archive in archives:
            equal(server.publish(archive, repo).status, 201)
    if private:
        people.add_user(server.data, "root", "admin:*")
        people.add_user(server.data, "reader", "pull:closed")
    return server


@functools.cache
def catalogs():
    return catalog(private=False), catalog(private=True)


def plain(answer):
    """Without what is of the moment."""
    for hit in answer.get("results", []) + answer.get("suggestions", []):
        hit.pop("created", None)
        hit.pop("url")
    return answer


SECRET_QUERIES = (
    "", "zebra", "quagga", "quaga", "stripes", "extinct", "xenomorphs", "xenomorp", "hidden hand",
    "maintainer:hidden", "repo:closed", "repo:open", "license:Secret-1.0", "keyword:extinct",
    "depends:library", "library", "zebr", "zebrs", "is:deprecated", "-stripes", "closed",
)


@table(*[(f"{query!r} {more}", query, more) for query in SECRET_QUERIES for more in
         ({}, {"sort": "used-by"}, {"sort": "name"}, {"repo": "closed"}, {"keyword": "extinct"})])
def a_stranger_learns_nothing(query, more):
    """Not from results, their number and order, facets, dependents or corrections."""
    without, with_private = catalogs()
    equal(plain(search(with_private, query, facets="true", **more)),
          plain(search(without, query, facets="true", **more)))


@table(*[(repr(text), text) for text in
         ("q", "quagga", "quaga", "zebra", "stri", "ext", "hidden", "closed", "xeno", "lib")])
def a_stranger_is_suggested_nothing(text):
    without, with_private = catalogs()
    equal(suggest(with_private, text), suggest(without, text))


@test
def who_may_sees_it():
    _, server = catalogs()
    for name in ("root", "reader"):
        login = people.basic(name, people.PASSWORD)
        equal(names(search(server, "quagga", login)), ["closed/quagga"])
        equal(names(search(server, "xenomorphs", login)), ["closed/zebra"])
        equal(search(server, "quaga", login)["did_you_mean"], "quagga")
        equal(search(server, "library", login)["results"][0]["used_by"], 3)
        equal(suggest(server, "qua", login), ["closed/quagga"])
        contains(json.dumps(search(server, "", login, facets="true")["facets"]), "Hidden Hand")
        answer = server.get("/api/v1/search?q=quagga", login)
        equal(answer.headers["Cache-Control"], "private, no-cache")
    equal(search(server, "library")["results"][0]["used_by"], 1)


@test
def what_was_published_is_found_at_once():
    server = Server()
    for number in range(20):
        equal(server.publish(chart(f"one-{number}", description="of many")).status, 201)
        equal(search(server, "many")["total"], number + 1)
        equal(names(search(server, f"one-{number}"))[0], f"main/one-{number}")
    equal(server.request("DELETE", "/api/charts/one-7/1.0.0").status, 200)
    equal(search(server, "many")["total"], 19)
    equal(search(server, "\"one-7\"")["total"], 0)


@functools.cache
def in_other_scripts():
    server = Server(keep=True)
    for name, said in (("a", "Redis™ cluster of many"), ("b", "हिन्दी में एक चार्ट"), ("c", "缓存：集群 ﹣ ﬁ"), ("d", "שָׁלוֹם")):
        equal(server.publish(chart(name, description=said)).status, 201)
    return server


@table(("trade marks", "redis™cluster", ["main/a"]), ("a sign within a word", "redis：cluster", ["main/a"]),
       ("vowels that are signs", "हिन्दी", ["main/b"]), ("the beginning of such", "हिन्दी चार", ["main/b"]),
       ("such and others", "redis हिन्दी", []), ("either", "redis or हिन्दी", ["main/a", "main/b"]),
       ("with a sign of its own", "缓存：集", ["main/c"]), ("points", "שָׁלוֹם ", ["main/d"]))
def other_scripts(query, expected):
    """Words are told apart by the index of words in another way than here: no text is an error."""
    found = search(in_other_scripts(), query)
    equal((sorted(names(found)), found.get("corrected")), (expected, None))


if __name__ == "__main__":
    main()
