#!/usr/bin/env python3
"""ChartMuseum's API, the part that reads: every address, status and text that its clients see, in
this program's own mode and in ChartMuseum's."""
import base64
import functools
import json

from wire import check_refusal, contains, demo_server, equal, no_trace, shared
from harness import (LONG, Server, chart, chart_of_size, chart_yaml, digest, main, real_charts, rendered, settled,
                     table, temporary, test)
from museum import Museum

RICH = {
    "home": "https://example.com", "sources": ["https://github.com/x/y"],
    "description": 'A test: chart with "quotes" & <html> é', "keywords": ["a", "b"],
    "maintainers": [{"name": "Jo", "email": "jo@example.com", "url": "https://jo"},
                    {"name": "No one"}],
    "icon": "https://example.com/i.png", "appVersion": "1.16.0", "deprecated": True,
    "annotations": {"c": "1.0", "b": 'tr\\"ue', "a": "{[,]}:\n"}, "kubeVersion": ">=1.20.0-0",
    "dependencies": [{"name": "redis", "version": ">=1.0.0 <2", "alias": "r", "tags": ["db"],
                      "repository": "https://charts.example.com", "condition": "redis.enabled",
                      "import-values": ["x", {"child": "a", "parent": "b"}]}],
    "type": "application"}
KEYS = ["name", "home", "sources", "version", "description", "keywords", "maintainers", "icon",
        "apiVersion", "appVersion", "deprecated", "annotations", "kubeVersion", "dependencies",
        "type", "urls", "created", "digest"]
VALUES = b"""# a comment stays
greeting: hello
port: 8080
big: 12345678901234567890
ratio: 0.123456789012
hex: 0x1F
yes: no
nothing: ~
version: "1.10"
list: [1, {a: b}, []]
base: &base {x: 1}
copy: *base
"""
TEMPLATES = {"templates/a.yaml": b"kind: {{ .Values.x }}\n", "templates/sub/_b.tpl": b"\xff\0"}


def fill(server, repo=""):
    files = {"values.yaml": VALUES, "templates/configmap.yaml": None, "other.txt": b"",
             "charts/sub/Chart.yaml": chart_yaml("sub"),
             "charts/sub/templates/not-mine.yaml": b"", **TEMPLATES}
    archives = [chart("full", "1.2.3", files, **RICH),
                chart("demo", "0.1.0"), chart("demo", "0.2.0"), chart("demo", "1.0.0+build.5"),
                chart("demo", "1.1.0-rc.1"), chart("beta", "1.0.0-rc.1"), chart("Upper", "1.0.0"),
                chart("empty", "1.0.0", {"values.yaml": None, "templates/configmap.yaml": None})]
    for archive in archives:
        equal(server.publish(archive, repo).status, 201)
    return archives


@functools.cache
def native():
    server = Server(keep=True)
    for repo in ("", "one", "team/two"):
        fill(server, repo)
    return server


@functools.cache
def museum():
    server = Museum(temporary(keep=True) / "storage", keep=True)
    for repo in ("", "one", "team/two"):
        fill(server, repo)
    return server


SERVERS = {"native": native, "museum": museum}
PLACES = [(f"{mode} at depth {depth}", mode, repo) for mode in SERVERS
          for depth, repo in enumerate(("", "one", "team/two"))]


def ask(mode, repo, path, method="GET", headers=None):
    return SERVERS[mode]().request(method, f"/api{'/' if repo else ''}{repo}/charts{path}",
                                   None, headers)


def refused(answer, status, text):
    equal((answer.status, json.loads(answer.body)["error"]), (status, text))


# ---- one version ----

@table(*PLACES)
def the_fields_and_their_order(mode, repo):
    answer = ask(mode, repo, "/full/1.2.3")
    equal((answer.status, answer.headers["Content-Type"]),
          (200, "application/json; charset=utf-8"))
    found = json.loads(answer.body)
    equal(list(found), KEYS)
    equal({key: found[key] for key in RICH}, RICH)
    equal([list(m) for m in found["maintainers"]], [["name", "email", "url"], ["name"]])
    equal(list(found["dependencies"][0]), ["name", "version", "repository", "condition", "tags",
                                           "import-values", "alias"])
    equal((found["name"], found["version"], found["apiVersion"], found["urls"]),
          ("full", "1.2.3", "v2", ["charts/full-1.2.3.tgz"]))
    archive = SERVERS[mode]().get(f"/{repo}/charts/full-1.2.3.tgz").body
    equal(found["digest"], digest(archive))
    entry, = SERVERS[mode]().index(repo)["entries"]["full"]
    equal(found, entry)
    assert b" " not in answer.body.replace(b"A test: chart with", b"").split(b'"description"')[0]
    assert not answer.body.endswith(b"\n")


VERSIONS = (("exact", "0.1.0", "0.1.0"), ("exact pre-release", "1.1.0-rc.1", "1.1.0-rc.1"),
            ("exact, with build metadata", "1.0.0+build.5", "1.0.0+build.5"),
            ("encoded plus", "1.0.0%2Bbuild.5", "1.0.0+build.5"),
            ("without build metadata", "1.0.0", "1.0.0+build.5"),
            ("latest is stable", "latest", "1.0.0+build.5"), ("star", "*", "1.0.0+build.5"),
            ("minor alone", "0.1", "0.1.0"), ("major alone", "0", "0.2.0"),
            ("caret", "%5E0.1", "0.1.0"), ("tilde", "~0.2", "0.2.0"), ("x", "0.x", "0.2.0"),
            ("greater", "%3E=0.1", "1.0.0+build.5"), ("with v", "v0.1.0", "0.1.0"),
            ("range", "%3E0.1.0%20%3C1", "0.2.0"), ("or", "9%20%7C%7C%200.1.0", "0.1.0"),
            ("with pre-releases", "%3E=1.0.0-0", "1.1.0-rc.1"))


@table(*VERSIONS)
def version_lookup(wanted, version):
    for mode in SERVERS:
        for method in ("GET", "HEAD"):
            equal(ask(mode, "", f"/demo/{wanted}", method).status, 200)
        equal(json.loads(ask(mode, "one", f"/demo/{wanted}").body)["version"], version)


MISSES = (("unknown chart", "/nobody/1.0.0", "no chart name found"),
          ("unknown chart, latest", "/nobody/latest", "no chart name found"),
          ("unknown version", "/demo/9.9.9", "no chart version found for demo-9.9.9"),
          ("no stable version", "/beta/latest", "no chart version found for beta-"),
          ("no constraint", "/demo/foo", "improper constraint: foo"),
          ("no such versions", "/nobody", "chart not found"),
          ("names are exact", "/DEMO", "chart not found"),
          ("values of an unknown chart", "/nobody/1.0.0/values", "no chart name found"),
          ("templates of no version", "/demo/%3E9/templates", "no chart version found for demo->9"),
          ("no values", "/empty/1.0.0/values", "values.yaml not found"))


@table(*MISSES)
def misses(path, text):
    for mode in SERVERS:
        for repo in ("", "team/two"):
            refused(ask(mode, repo, path), 404, text)
            answer = ask(mode, repo, path, "HEAD")
            equal((answer.status, answer.body), (404, b""))


@table(*PLACES)
def versions_of_a_chart(mode, repo):
    found = json.loads(ask(mode, repo, "/demo").body)
    equal([v["version"] for v in found], ["1.1.0-rc.1", "1.0.0+build.5", "0.2.0", "0.1.0"])
    equal(found, SERVERS[mode]().index(repo)["entries"]["demo"])
    equal(ask(mode, repo, "/demo", "HEAD").status, 200)


# ---- all charts ----

@table(*PLACES)
def all_charts(mode, repo):
    answer = ask(mode, repo, "")
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")
    found = json.loads(answer.body)
    equal(list(found), ["Upper", "beta", "demo", "empty", "full"])
    equal(found, SERVERS[mode]().index(repo)["entries"])
    head = ask(mode, repo, "", "HEAD")
    equal((head.status, head.headers["Content-Length"]), (200, str(len(answer.body))))


OFFSET, LIMIT = ("offset is not a valid non-negative integer",
                 "limit is not a valid positive integer")
PAGES = (("first", "?offset=0&limit=2", ["Upper", "beta"]),
         ("second", "?offset=2&limit=2", ["demo", "empty"]),
         ("last, not full", "?offset=4&limit=2", ["full"]), ("past the end", "?offset=9&limit=1", []),
         ("limit alone", "?limit=1", ["Upper"]), ("offset alone", "?offset=3", ["empty", "full"]),
         ("large", "?limit=18446744073709551615&offset=1", ["beta", "demo", "empty", "full"]),
         ("largest offset", "?offset=18446744073709551615", []),
         ("negative offset", "?offset=-1", OFFSET), ("empty offset", "?offset=", OFFSET),
         ("bare offset", "?offset", OFFSET), ("word as offset", "?offset=x&limit=1", OFFSET),
         ("offset too large", "?offset=18446744073709551616", OFFSET),
         ("limit 0", "?limit=0", LIMIT), ("negative limit", "?limit=-1", LIMIT),
         ("word as limit", "?limit=abc", LIMIT), ("empty limit", "?limit=", LIMIT))


@table(*PAGES)
def pages(query, expected):
    for mode in SERVERS:
        answer = ask(mode, "one", query)
        if isinstance(expected, str):
            refused(answer, 400, expected)
        else:
            equal((answer.status, list(json.loads(answer.body))), (200, expected))


@table(*SERVERS.items())
def a_change_is_in_the_next_answer(started):
    server = started()
    for path in ("", "/changing", "/changing/latest"):
        server.request("DELETE", "/api/live/charts/changing/1.0.0")
        equal(server.publish(chart("changing", description=f"for {path}"), f"live{len(path)}")
              .status, 201)
        where = f"/api/live{len(path)}/charts{path}"
        first = server.get(where)
        again = server.get(where, {"If-None-Match": first.headers["ETag"]})
        equal((again.status, again.body), (304, b""))
        equal(server.publish(chart("changing", "2.0.0"), f"live{len(path)}").status, 201)
        then = server.get(where, {"If-None-Match": first.headers["ETag"]})
        equal(then.status, 200)
        contains(then.body.decode(), '"version":"2.0.0"')
        equal(then.headers["Cache-Control"], "no-cache")


@test
def lists_of_two_repositories_are_not_mixed_up():
    server = Server()
    for repo in ("a", "b"):
        equal(server.publish(chart(f"only-{repo}"), repo).status, 201)
    for repo in ("a", "b", "a", "b"):
        equal(list(json.loads(server.get(f"/api/{repo}/charts").body)), [f"only-{repo}"])


@test
def more_repositories_than_are_kept():
    server = Server()
    for _ in range(2):
        for number in range(12):
            if _ == 0:
                equal(server.publish(chart(f"c{number}"), f"r{number}").status, 201)
            equal(list(json.loads(server.get(f"/api/r{number}/charts").body)), [f"c{number}"])


# ---- what is in a chart ----

@table(*PLACES)
def values_are_the_bytes(mode, repo):
    for version in ("1.2.3", "latest", "%5E1"):
        answer = ask(mode, repo, f"/full/{version}/values")
        equal((answer.status, answer.headers["Content-Type"], answer.body),
              (200, "application/yaml", VALUES))


@table(*PLACES)
def templates_and_values(mode, repo):
    answer = ask(mode, repo, "/full/1.2.3/templates")
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")
    found = json.loads(answer.body)
    equal(list(found), ["templates", "values"])
    equal([list(t) for t in found["templates"]], [["name", "data"]] * 2)
    equal({t["name"]: base64.b64decode(t["data"]) for t in found["templates"]}, TEMPLATES)
    equal(found["values"],
          {"greeting": "hello", "port": 8080, "big": 12345678901234567890, "ratio": 0.123456789012,
           "hex": 31, "true": False, "nothing": None, "version": "1.10",
           "list": [1, {"a": "b"}, []], "base": {"x": 1}, "copy": {"x": 1}})


@test
def nothing_in_it():
    for mode in SERVERS:
        equal(json.loads(ask(mode, "", "/empty/1.0.0/templates").body),
              {"templates": [], "values": None})


@table(("not UTF-8", "other", b"# \xff\xfe \x80 title\n"), ("4 MiB in one line", "long", b"x" * (4 << 20)),
       ("with NULs", "nul", b"a\0b\0" * 1000), ("empty", "empty", b""))
def t_meta_15_readme_and_templates_are_bytes(name, text):
    """Nobody makes text of them: the archive and Base64 give back what was published."""
    archive = chart(name, files={"README.md": text, "templates/NOTES.txt": text})
    equal(shared().publish(archive).status, 201)
    found = json.loads(shared().get(f"/api/charts/{name}/1.0.0/templates").body)["templates"]
    equal({t["name"]: base64.b64decode(t["data"]) for t in found}["templates/NOTES.txt"] == text, True)
    equal(shared().get(f"/charts/{name}-1.0.0.tgz").body == archive, True)
    contains(shared().index()["entries"], name)


@test
def t_meta_15_values_that_are_no_text():
    """Helm could not load them either."""
    with no_trace(shared()):
        answer = shared().publish(chart("odd", files={"values.yaml": b"a: \xff\xfe\n"}))
    equal((answer.status, json.loads(answer.body)["code"]), (400, "metadata_refused"))
    contains(json.loads(answer.body)["error"], "values.yaml:1: invalid leading UTF-8 octet")


@test
def a_large_archive():
    """One that the cache keeps as a descriptor."""
    equal(demo_server().publish(chart_of_size(200_000, "large")).status, 201)
    for _ in range(2):
        equal(demo_server().get("/api/charts/large/1.0.0/values").body, b"greeting: hello\n")


@test
def real_charts_in_the_order_of_fields():
    server = Server()
    for file in real_charts()[::1 if LONG else 15]:
        server.publish(file.read_bytes())
    entries = server.index()["entries"]
    equal(json.loads(server.get("/api/charts").body), entries)
    for name, versions in entries.items():
        newest = versions[0]["version"]
        answer = server.get(f"/api/charts/{name}/{newest}/templates".replace("+", "%2B"))
        equal(answer.status, 200, answer.body)
        assert list(json.loads(answer.body)) == ["templates", "values"]


@test
def a_damaged_archive_is_told():
    server = Server()
    equal(server.publish(chart()).status, 201)
    assert settled(lambda: rendered(server) == 1), "or the catalog would see it first"
    stored = server.data / "repos/main/charts/demo-1.0.0.tgz"
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 255
    stored.chmod(0o644)
    stored.write_bytes(data)
    check_refusal(server, server.get("/api/charts/demo/1.0.0/values"), 503, "chart_damaged")
    assert settled(lambda: server.get("/api/charts/demo/1.0.0").status == 404)


# ---- repositories that nobody made ----

UNKNOWN = (("list", "", (404, None), (200, {})),
           ("page", "?limit=1", (404, None), (200, {})),
           ("chart", "/x", (404, None), (404, "chart not found")),
           ("version", "/x/1", (404, None), (404, "no chart name found")),
           ("values", "/x/1/values", (404, None), (404, "no chart name found")))


@table(*UNKNOWN)
def an_unknown_repository(path, native_says, museum_says):
    for repo in ("nobody", "no/body"):
        answer = ask("native", repo, path)
        equal(answer.status, native_says[0])
        equal(json.loads(answer.body)["code"], "repository_not_found")
        answer = ask("museum", repo, path)
        found = json.loads(answer.body)
        equal((answer.status, found.get("error", found)), museum_says)


@table(("no name", "/api/charts/demo/1.0.0/readme"), ("deeper", "/api/charts/demo/1.0.0/values/x"),
       ("three segments", "/api/a/b/c/charts"))
def no_such_address(path):
    equal(native().get(path).status, 404)


@test
def reading_with_post_is_refused():
    answer = native().request("POST", "/api/charts/demo", b"")
    equal((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))


if __name__ == "__main__":
    main()
