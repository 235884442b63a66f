#!/usr/bin/env python3
"""Artifact Hub's API: shapes against the lists of its documentation, parameters, limits and their
words, and who sees what.
Long because it holds the lists of fields that the documentation of that API has."""
import base64
import datetime
import functools
import json
import re
import time
import xml.etree.ElementTree as ET

from wire import contains, equal, shared
from harness import Server, chart, digest, main, table, test
from hub import (ALL, ALPHA, PNG, PUBLIC, README, RICH, ROOT, SCHEMA, VALUES, copied, get, keys, server)

API = "/api/v1"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

# What a client of Artifact Hub may read there, by name and type; what is marked with ? may be absent
# (Artifact Hub leaves out what is null).
REPOSITORY = """repository_id kind:int name display_name url verified_publisher:bool official:bool
    cncf:bool scanner_disabled:bool organization_name? organization_display_name? user_alias?"""
WHOLE_REPOSITORY = REPOSITORY + " private:bool branch?"
COMMON = """package_id name normalized_name official:bool cncf:bool display_name? description?
    logo_image_id? version app_version? license? deprecated:bool signed:bool signatures[]?
    all_containers_images_whitelisted:bool production_organizations_count:int ts:int"""
HIT = COMMON + " category:int? stars:int has_values_schema:bool"
SUMMARY = COMMON + " stars:int"
WHOLE = COMMON + """ category:int? is_operator:bool keywords[] home_url? readme? links[].name links[].url
    capabilities? data.apiVersion data.type? data.kubeVersion? data.dependencies[].name
    data.dependencies[].version data.dependencies[].repository
    available_versions[].version available_versions[].app_version
    available_versions[].contains_security_updates:bool available_versions[].prerelease:bool
    available_versions[].ts:int digest contains_security_updates:bool prerelease:bool content_url
    containers_images[].name? containers_images[].image containers_images[].whitelisted:bool
    containers_images[].platforms[] has_values_schema:bool has_changelog:bool changes[].kind
    changes[].description changes[].links[].name changes[].links[].url maintainers[].name
    maintainers[].email recommendations[].url screenshots[].title screenshots[].url
    sign_key.fingerprint sign_key.url crds[].kind crds[].version crds[].name crds[].displayName
    crds[].description crds_examples[].kind stats.subscriptions:int stats.webhooks:int"""


def shape(*texts, **below):
    """{key: (type, needed)} of such a text."""
    found = {}
    for word in " ".join(texts).split():
        name, _, kind = word.rstrip("?").partition(":")
        found[name] = kind or "str", not word.endswith("?")
    for prefix, text in below.items():
        found.update({f"{prefix}.{key}": value for key, value in shape(text).items()})
    return found


def check(value, wanted):
    """Every key is one that is known, of its type, and none that is needed is missing."""
    found = keys(value)
    empty = {key for key, kind in found.items() if kind == "[]"}    # of which nothing more is known
    for key, kind in found.items():
        if key in empty:
            assert any(known.startswith(key + "[]") for known in wanted), f"nobody knows {key}"
        else:
            assert key in wanted, f"nobody knows {key}"
            equal(kind, wanted[key][0], key)
    for key, (_, needed) in wanted.items():
        excused = any(key.startswith(one + "[]") for one in empty)
        assert not needed or key in found or excused, f"{key} is missing"


HIT_SHAPE = shape(HIT, repository=REPOSITORY)
SUMMARY_SHAPE = shape(SUMMARY, repository=WHOLE_REPOSITORY)
WHOLE_SHAPE = shape(WHOLE, repository=WHOLE_REPOSITORY)

CRD = b"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: letters.example.org}
spec:
  group: example.org
  names: {kind: Letter, plural: letters}
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true}
"""
# Everything that an author can say.
ANNOTATIONS = {
    "category": "networking", "license": "MIT", "operator": "true", "prerelease": "true",
    "operatorCapabilities": "Deep Insights", "containsSecurityUpdates": "true",
    "changes": "[{kind: security, description: x, links: [{name: n, url: 'https://example.org/c'}]}]",
    "images": "[{name: app, image: example.org/app:1, whitelisted: true, platforms: [linux/amd64]}]",
    "links": "[{name: support, url: 'https://example.org/help'}, {name: docs, url: 'https://example.org/d'}]",
    "maintainers": "[{name: Joanna, email: jo@example.org}, {name: Kim, email: kim@example.org}]",
    "recommendations": "[{url: 'https://hub.example.org/packages/helm/a/b'}]",
    "screenshots": "[{title: One, url: 'https://example.org/1.png'}]",
    "signKey": "{fingerprint: ABCD, url: 'https://example.org/key.asc'}",
    "crdsExamples": "[{apiVersion: example.org/v1, kind: Letter, metadata: {name: x}}]",
}


def packages(path, headers=None):
    """{(repository, name): version} of a list of hits or summaries."""
    found = get(path, headers)
    found = found["packages"] if isinstance(found, dict) else found
    return {(one["repository"]["name"], one["name"]): one["version"] for one in found}


def search(query="", headers=None):
    return packages(f"{API}/packages/search?{query}", headers)


def package_id(repo, name, headers=None):
    return get(f"{API}/packages/helm/{repo}/{name}/summary", headers)["package_id"]


LIVE = {key: version for key, version in PUBLIC.items() if key[1] != "old"}


def only(*names):
    return {key: version for key, version in PUBLIC.items() if key[1] in names}


# ---- shapes ----

@test
def hits():
    for one in get(f"{API}/packages/search?deprecated=true")["packages"]:
        check(one, HIT_SHAPE)
    [one] = [one for one in get(f"{API}/packages/search")["packages"]
             if (one["repository"]["name"], one["name"]) == ("main", "alpha")]
    assert UUID.fullmatch(one["package_id"]) and UUID.fullmatch(one["repository"]["repository_id"])
    equal({key: one[key] for key in ("name", "normalized_name", "category", "stars", "official", "cncf",
                                     "description", "version", "app_version", "license", "deprecated",
                                     "has_values_schema", "signed", "signatures")},
          {"name": "alpha", "normalized_name": "alpha", "category": 2, "stars": 0, "official": False,
           "cncf": False, "description": RICH["description"], "version": "1.1.0", "app_version": "9.8",
           "license": "Apache-2.0", "deprecated": False, "has_values_schema": True, "signed": True,
           "signatures": ["prov"]})
    assert abs(one["ts"] - time.time()) < 3600
    equal(one["repository"]["url"], server().url)


@test
def summaries():
    for (repo, name), version in PUBLIC.items():
        one = get(f"{API}/packages/helm/{repo}/{name}/summary")
        check(one, SUMMARY_SHAPE)
        equal((one["name"], one["version"], one["repository"]["name"]), (name, version, repo))
        assert one["repository"]["private"] is False
    check(get(f"{API}/packages/helm/vault/secret/summary", ROOT), SUMMARY_SHAPE)
    assert get(f"{API}/packages/helm/vault/secret/summary", ROOT)["repository"]["private"]


@test
def repositories_of_teams():
    repo = get(f"{API}/packages/helm/team-a~stable/plus/summary")["repository"]
    equal({key: repo[key] for key in ("name", "display_name", "url", "organization_name")},
          {"name": "team-a~stable", "display_name": "team-a/stable",
           "url": f"{server().url}/team-a/stable", "organization_name": "team-a"})


@test
def whole_packages():
    for (repo, name), version in PUBLIC.items():
        one = get(f"{API}/packages/helm/{repo}/{name}")
        equal(one["version"], version)
        check(one, {key: (kind, needed and not key.startswith(("sign_key", "available_versions[].app")))
                    for key, (kind, needed) in WHOLE_SHAPE.items()})


@test
def a_whole_package():
    one = get(f"{API}/packages/helm/main/alpha")
    url = server().url
    equal(one["readme"], README.decode())
    equal(one["digest"], digest(ALPHA))
    equal(one["content_url"], f"{url}/charts/alpha-1.1.0.tgz")
    equal((one["home_url"], one["keywords"]), (RICH["home"], RICH["keywords"]))
    equal(one["links"], [{"name": "source", "url": RICH["sources"][0]}])
    equal(one["maintainers"], [{"name": "Jo", "email": "jo@example.org"}, {"name": "No one", "email": ""}])
    equal(one["data"], {"apiVersion": "v2", "type": "application", "kubeVersion": ">=1.25.0-0",
                        "dependencies": [{key: RICH["dependencies"][0][key]
                                          for key in ("name", "version", "repository")}]})
    versions = one["available_versions"]
    equal([v["version"] for v in versions], ["2.0.0-rc.1", "1.1.0", "1.0.0"])
    equal([v["ts"] for v in versions], sorted((v["ts"] for v in versions), reverse=True))
    equal([v["prerelease"] for v in versions], [True, False, False])
    equal([v["app_version"] for v in versions], ["10", "9.8", "9.7"])
    equal((one["contains_security_updates"], one["prerelease"], one["has_changelog"]), (True, False, True))
    equal(one["changes"][0], {"kind": "added", "description": "Cool <feature> & more",
                              "links": [{"name": "the issue", "url": "https://example.org/1"}]})
    assert "stars" not in one


@test
def all_that_an_author_can_say():
    running = Server()
    archive = chart("All Said", files={"crds/letters.yaml": CRD, "CHANGELOG.md": b"# 1.0.0\n\n- x\n",
                                       "values.yaml": b"image: {repository: other, tag: '2'}\n"},
                    home="https://example.org", sources=["https://example.org/src"],
                    maintainers=[{"name": "Jo", "email": "jo@example.org"}],
                    annotations={f"artifacthub.io/{key}": text for key, text in ANNOTATIONS.items()})
    equal(running.publish(archive).status, 201)
    one = json.loads(running.get(f"{API}/packages/helm/main/all-said").body)
    check(one, {key: (kind, needed and not key.startswith(("data.dependencies", "available_versions[].app")))
                for key, (kind, needed) in {**WHOLE_SHAPE, "crds_examples[].apiVersion": ("str", True),
                                            "crds_examples[].metadata.name": ("str", True)}.items()})
    equal((one["name"], one["normalized_name"]), ("All Said", "all-said"))
    equal((one["category"], one["license"], one["is_operator"]), (5, "MIT", True))
    equal((one["capabilities"], one["prerelease"]), ("deep insights", True))
    equal(one["containers_images"], [{"name": "app", "image": "example.org/app:1", "whitelisted": True,
                                      "platforms": ["linux/amd64"]}])
    equal(one["links"], [{"name": "source", "url": "https://example.org/src"},
                         {"name": "docs", "url": "https://example.org/d"},
                         {"name": "support", "url": "https://example.org/help"}])
    equal(one["maintainers"], [{"name": "Joanna", "email": "jo@example.org"},
                               {"name": "Kim", "email": "kim@example.org"}])
    equal(one["recommendations"], [{"url": "https://hub.example.org/packages/helm/a/b"}])
    equal(one["screenshots"], [{"title": "One", "url": "https://example.org/1.png"}])
    equal(one["sign_key"], {"fingerprint": "ABCD", "url": "https://example.org/key.asc"})
    equal(one["crds"], [{"kind": "Letter", "version": "v1", "name": "letters.example.org",
                         "displayName": "Letter", "description": ""}])
    equal(one["crds_examples"][0]["metadata"], {"name": "x"})
    found = json.loads(running.get(f"{API}/packages/search?operators=true&facets=1&capabilities=deep+insights").body)
    equal([hit["name"] for hit in found["packages"]], ["All Said"])
    equal(found["facets"][3]["options"], [{"id": "deep insights", "name": "deep insights", "total": 1}])


@test
def a_version():
    one = get(f"{API}/packages/helm/main/alpha/1.0.0")
    equal((one["version"], one["app_version"]), ("1.0.0", "9.7"))
    equal(one["signed"], False)
    equal(get(f"{API}/packages/helm/team-a~stable/plus/1.0.0%2Bbuild.7")["version"], "1.0.0+build.7")


# ---- search: parameters ----

@table(("all", "", LIVE),
       ("with deprecated ones", "deprecated=true", PUBLIC),
       ("words", "ts_query_web=edge", only("edge")),
       ("a phrase", "ts_query_web=%22before+its%22", only("edge")),
       ("either", "ts_query_web=edge+or+plus", only("edge", "plus")),
       ("not", "ts_query_web=letter+-more", {}),
       ("ts_query", "ts_query=edge+%26+before", only("edge")),
       ("ts_query either", "ts_query=edge+%7C+plus", only("edge", "plus")),
       ("ts_query not", "ts_query=letter%3A*+%26+!alpha", only("plus")),
       ("both", "ts_query_web=letters&ts_query=plus", only("plus")),
       ("Helm", "kind=0", LIVE), ("Helm and others", "kind=3&kind=0", LIVE), ("others", "kind=3", {}),
       ("category", "category=2", only("alpha")), ("categories", "category=2&category=3", only("alpha")),
       ("no category", "category=99", {}),
       ("repository", "repo=main", {key: v for key, v in LIVE.items() if key[0] == "main"}),
       ("repositories", "repo=main&repo=team-a~stable", LIVE),
       ("of two segments", "repo=team-a/stable", {k: v for k, v in LIVE.items() if k[0] != "main"}),
       ("no repository", "repo=nowhere", {}), ("a private one", "repo=vault", {}),
       ("organization", "org=team-a", {k: v for k, v in LIVE.items() if k[0] != "main"}),
       ("organization or user", "org=team-a&user=x", {k: v for k, v in LIVE.items() if k[0] != "main"}),
       ("user", "user=x", {}), ("no organization", "org=nobody", {}),
       ("license", "license=Apache-2.0", only("alpha")), ("no license", "license=MIT", {}),
       ("capabilities", "capabilities=auto+pilot", {}), ("operators", "operators=true", {}),
       ("official", "official=true", {}), ("not only official", "official=F", LIVE),
       ("verified", "verified_publisher=1", {}), ("cncf", "cncf=t", {}),
       ("nothing", "ts_query_web=zzzqqqxxx", {}), ("syntax", "ts_query_web=%22(*%3A", LIVE),
       ("hostile", "ts_query=%27%29%3B--", LIVE))
def parameters(query, wanted):
    equal(search(query), wanted)


@table(("first", "limit=2", 2), ("second", "limit=2&offset=2", 2), ("last", "limit=3&offset=3", 1),
       ("beyond", "offset=99", 0), ("facets too", "limit=2&offset=1&facets=true", 2),
       ("operators", "operators=false&limit=1", 1))
def pages(query, count):
    answer = server().get(f"{API}/packages/search?{query}")
    equal((answer.status, answer.headers["Pagination-Total-Count"]), (200, str(len(LIVE))))
    equal(len(json.loads(answer.body)["packages"]), count)


@test
def pages_are_all_of_it():
    found = {}
    for offset in range(len(LIVE)):
        found |= search(f"limit=1&offset={offset}&sort=last_updated")
    equal(found, LIVE)


@test
def sorted_by_time():
    found = get(f"{API}/packages/search?sort=last_updated")["packages"]
    times = [one["ts"] for one in found]
    equal(times, sorted(times, reverse=True))
    for sort in ("", "relevance", "stars"):
        equal(search(f"sort={sort}"), LIVE)


@test
def facets():
    assert "facets" not in get(f"{API}/packages/search")
    found = get(f"{API}/packages/search?facets=true&limit=1")["facets"]
    equal([(one["title"], one["filter_key"]) for one in found],
          [("Kind", "kind"), ("Category", "category"), ("License", "license"),
           ("Operator capabilities", "capabilities")])
    equal(found[0]["options"], [{"id": 0, "name": "Helm charts", "total": len(LIVE)}])
    equal(found[1]["options"], [{"id": 2, "name": "Database", "total": 2}])
    equal(found[2]["options"], [{"id": "Apache-2.0", "name": "Apache-2.0", "total": 2}])
    equal(found[3]["options"], [])
    edge = get(f"{API}/packages/search?facets=true&ts_query_web=edge")["facets"]
    equal([one["options"] for one in edge], [[{"id": 0, "name": "Helm charts", "total": 1}], [], [], []])


@table(("above", "limit=61", "invalid limit (0 < l <= 60)"),
       ("zero", "limit=0", "invalid limit (0 < l <= 60)"),
       ("below", "limit=-1", "invalid limit (0 < l <= 60)"),
       ("no number", "limit=x", "invalid limit: x"),
       ("offset", "offset=-1", "invalid offset (o >= 0)"),
       ("no offset", "offset=1.5", "invalid offset: 1.5"),
       ("sort", "sort=downloads", "invalid sort (relevance|stars|last_updated)"),
       ("facets", "facets=yes", "invalid facets: yes"),
       ("deprecated", "deprecated=2", "invalid deprecated: 2"),
       ("operators", "operators=x", "invalid operators: x"),
       ("verified publisher", "verified_publisher=x", "invalid verified publisher: x"),
       ("official", "official=x", "invalid official: x"), ("cncf", "cncf=x", "invalid cncf: x"),
       ("kind", "kind=helm", "invalid kind: helm"),
       ("category", "category=database", "invalid category: database"),
       ("repository", "repo=", "invalid repository name"),
       ("organization", "org=", "invalid organization name"), ("user", "user=", "invalid user alias"))
def wrong_parameters(query, text):
    equal(get(f"{API}/packages/search?{query}", status=400), {"message": f"invalid input: {text}"})


@test
def sixty_is_fine():
    equal(search("limit=60"), LIVE)


@test
def repository_limits():
    for query in ("limit=61", "offset=-1"):
        contains(get(f"{API}/repositories/search?{query}", status=400)["message"], "invalid input: invalid ")


# ---- the rest of packages ----

@test
def random_packages():
    for _ in range(3):
        found = get(f"{API}/packages/random")
        equal({(one["repository"]["name"], one["name"]) for one in found},
              {("main", "alpha"), ("team-a~stable", "alpha")})    # those with a README
        for one in found:
            check(one, SUMMARY_SHAPE)


@test
def how_many():
    equal(get(f"{API}/packages/stats"), {"packages": 5, "releases": 7})
    equal(get(f"{API}/packages/stats", ROOT), {"packages": 6, "releases": 8})


@test
def files_by_id():
    one = f"{API}/packages/{package_id('main', 'alpha')}/1.0.0"
    answer = server().get(f"{one}/values")
    equal((answer.status, answer.headers["Content-Type"], answer.body), (200, "application/yaml", VALUES))
    equal(server().get(f"{one}/values-schema").body, SCHEMA)
    templates = get(f"{one}/templates")
    equal(list(templates), ["templates", "values"])
    equal(templates["values"], {"replicas": 2})
    [only_one] = templates["templates"]
    equal(only_one["name"], "templates/configmap.yaml")
    contains(base64.b64decode(only_one["data"]), b"kind: ConfigMap")
    edge = f"{API}/packages/{package_id('main', 'edge')}/0.1.0-beta.1"
    get(f"{edge}/values-schema", status=404)
    get(f"{API}/packages/{package_id('main', 'alpha')}/7.0.0/values", status=404)


@test
def changelog():
    found = get(f"{API}/packages/{package_id('main', 'alpha')}/changelog")
    check(found, shape("""[].version [].ts:int [].contains_security_updates:bool [].prerelease:bool
        [].changes[].kind [].changes[].description [].changes[].links[].name [].changes[].links[].url"""))
    equal([one["version"] for one in found], ["2.0.0-rc.1", "1.1.0", "1.0.0"])
    equal(get(f"{API}/packages/{package_id('main', 'edge')}/changelog"), [])


@test
def changelog_as_markdown():
    answer = server().get(f"{API}/packages/helm/main/alpha/changelog.md")
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/markdown; charset=utf-8"))
    today = datetime.datetime.now(datetime.timezone.utc).date()
    text = answer.body.decode()
    for day in (today, today - datetime.timedelta(1)):    # it was published a moment ago
        text = text.replace(day.isoformat(), "DAY")
    contains(text, "# Changelog\n\n## 2.0.0-rc.1 - DAY\n\n### Added\n\n- Cool <feature> & more\n\n"
                   "### Fixed\n\n- A bug\n\n## 1.1.0 - DAY\n")
    get(f"{API}/packages/helm/main/edge/changelog.md", status=404)
    running = Server()
    text = b"# 1.0.0\n\n- first\n"
    equal(running.publish(chart("demo", files={"CHANGELOG.md": text})).status, 201)
    equal(running.get(f"{API}/packages/helm/main/demo/changelog.md").body, text)


@test
def rss():
    answer = server().get(f"{API}/packages/helm/main/alpha/feed/rss")
    equal((answer.status, answer.headers["Content-Type"]), (200, "application/rss+xml; charset=utf-8"))
    channel = ET.fromstring(answer.body).find("channel")
    equal(channel.find("title").text, "main/alpha (Chartlocker)")
    equal(channel.find("description").text, RICH["description"])
    equal(channel.find("managingEditor").text, "jo@example.org (Jo)")
    items = channel.findall("item")
    equal([item.find("title").text for item in items], ["2.0.0-rc.1", "1.1.0", "1.0.0"])
    one = package_id("main", "alpha")
    equal([item.find("guid").text for item in items], [f"{one}#{v}" for v in ("2.0.0-rc.1", "1.1.0", "1.0.0")])
    for item in items:
        equal(server().get(item.find("link").text.removeprefix(server().url)).status, 200)
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", item.find("pubDate").text)


@test
def views_are_downloads():
    running = Server(data=copied())
    summary = json.loads(running.get(f"{API}/packages/helm/main/alpha/summary").body)
    path = f"{API}/packages/{summary['package_id']}/views"
    equal(json.loads(running.get(path).body), {})
    for file, count in (("alpha-1.0.0.tgz", 2), ("alpha-1.1.0.tgz", 1), ("old-3.0.0.tgz", 4)):
        for _ in range(count):
            equal(running.get(f"/charts/{file}").status, 200)
    running.stop()                   # writes what was counted
    running = Server(data=running.data)
    found = json.loads(running.get(path).body)
    equal({version: sum(days.values()) for version, days in found.items()}, {"1.0.0": 2, "1.1.0": 1})
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for days in found.values() for day in days), found
    stats = json.loads(running.get(f"{API}/stats").body)["packages"]
    equal(sum(n for _, n in stats["views_daily"]), 7)
    equal(sum(n for _, n in stats["views_monthly"]), 7)
    equal([(top["package"]["name"], top["views"]) for top in stats["top_views_current_month"]],
          [("old", 4), ("alpha", 3)])
    equal(json.loads(running.get(path).body), found)


@test
def images():
    logo = get(f"{API}/packages/helm/main/alpha/summary")["logo_image_id"]
    for size in ("", "@1x", "@4x"):
        answer = server().get(f"/image/{logo}{size}")
        equal((answer.status, answer.headers["Content-Type"], answer.body), (200, "image/png", PNG))
        contains(answer.headers["Content-Security-Policy"], "default-src 'none'")
    assert "logo_image_id" not in get(f"{API}/packages/helm/main/edge/summary")
    get("/image/00000000-0000-5000-8000-000000000000", status=404)


@table(    # its repository, what Chart.yaml names; there is an image
    ("a file", "file", "logo.png", True), ("no such file", "gone", "nowhere.png", False),
    ("a file that is no image", "text", "notes.txt", False),
    ("a URL", "url", "https://example.org/a.png", False),
    ("no image in it", "data", "data:image/png;base64,AAAA", False),
    ("no base64", "code", "data:image/png;base64,%%%", False), ("nothing", "none", "", False),
    ("no scheme", "half", "//example.org/a.png", False))
def an_image_that_is_told_is_there(repo, icon, there):
    archive = chart("a", "1.0.0", {"logo.png": PNG, "notes.txt": b"no image"}, icon=icon)
    equal(shared().publish(archive, repo).status, 201)
    ask = lambda path: json.loads(shared().get(f"{API}{path}").body)
    [hit] = ask(f"/packages/search?repo={repo}")["packages"]
    for found in (ask(f"/packages/helm/{repo}/a/summary"), ask(f"/packages/helm/{repo}/a"), hit):
        equal("logo_image_id" in found, there)
        if there:
            equal(shared().get(f"/image/{found['logo_image_id']}").status, 200)
    [logo] = [one.get("logo") for one in ask("/nova") if one["repository"]["name"] == repo]
    if logo:
        assert logo == icon or shared().get("/image/" + logo.rsplit("/", 1)[1]).status == 200, logo


@table(("no id", "x", 400), ("one of nobody", "00000000-0000-5000-8000-000000000000", 404))
def wrong_ids(one, status):
    for path in ("changelog", "views", "1.0.0/values", "1.0.0/values-schema", "1.0.0/templates"):
        error = get(f"{API}/packages/{one}/{path}", status=status)
        equal(list(error), ["message"])
        if status == 400:
            equal(error["message"], "invalid input: invalid package id")


@table(("no chart", "main/nothing"), ("no version", "main/alpha/7.0.0"), ("no repository", "nowhere/alpha"),
       ("a private one", "vault/secret"), ("no summary", "main/nothing/summary"),
       ("no feed", "main/nothing/feed/rss"))
def not_found(path):
    equal(list(get(f"{API}/packages/helm/{path}", status=404)), ["message"])


@test
def ids_survive_a_restart():
    data = copied()
    running = Server(data=data)
    ids = lambda where: [json.loads(where.get(f"{API}/packages/helm/{repo}/{name}/summary").body)
                         for repo, name in PUBLIC]
    ids_of = lambda where: [(one["package_id"], one["repository"]["repository_id"]) for one in ids(where)]
    before = ids_of(running)
    running.stop()
    equal(ids_of(Server(data=data)), before)
    equal(len({package for package, _ in before}), len(PUBLIC))
    equal(len({repo for _, repo in before}), 2)


# ---- repositories ----

@test
def repositories():
    found = get(f"{API}/repositories/search")
    wanted = shape(WHOLE_REPOSITORY, "disabled:bool packages_deletion_protection:bool digest last_tracking_ts:int")
    for one in found:
        check(one, {f"{key}": value for key, value in wanted.items()})
    equal([one["name"] for one in found], ["main", "team-a~stable"])
    equal([one["name"] for one in get(f"{API}/repositories/search", ROOT)],
          ["main", "team-a~stable", "vault"])
    equal(server().get(f"{API}/repositories/search").headers["Pagination-Total-Count"], "2")


@table(("part", "name=STABLE", ["team-a~stable"]), ("beginning", "name=^m", ["main"]),
       ("end", "name=e$", ["team-a~stable"]), ("whole", "name=^main$", ["main"]), ("none", "name=x", []),
       ("joined", "name=team-a~stable", ["team-a~stable"]), ("split", "name=team-a/s", ["team-a~stable"]),
       ("no expression", "name=(a%2B)%2B$", []), ("address", "url=team-a/stable", ["team-a~stable"]),
       ("kind", "kind=0", ["main", "team-a~stable"]), ("other kinds", "kind=3", []),
       ("page", "limit=1&offset=1", ["team-a~stable"]), ("a private one", "name=vault", []))
def repository_search(query, names):
    equal([one["name"] for one in get(f"{API}/repositories/search?{query}")], names)


@test
def badge_of_a_repository():
    found = get("/badge/repository/team-a~stable")
    equal(keys(found), {"color": "str", "label": "str", "labelColor": "str", "logoSvg": "str",
                        "logoWidth": "int", "message": "str", "schemaVersion": "int", "style": "str"})
    equal((found["message"], found["schemaVersion"], found["style"]), ('team-a~stable', 1, "flat"))
    assert re.fullmatch("[0-9a-f]{6}", found["color"]) and ET.fromstring(found["logoSvg"]) is not None
    for name in ("vault", "nowhere", "team-a", "%22"):
        get(f"/badge/repository/{name}", status=404)
    equal(get("/badge/repository/vault", ROOT)["message"], "vault")


# ---- dumps ----

@test
def harbor():
    for name in ("harbor-replication", "harborReplication"):
        found = get(f"{API}/{name}")
        check(found, shape("[].repository [].package [].version [].url"))
        equal({(one["repository"], one["package"], one["version"]) for one in found},
              {("main", "alpha", v) for v in ("1.0.0", "1.1.0", "2.0.0-rc.1")} |
              {("main", "edge", "0.1.0-beta.1"), ("team-a~stable", "alpha", "1.1.0"),
               ("team-a~stable", "plus", "1.0.0+build.7")})
    for one in found:
        equal(server().get(one["url"].removeprefix(server().url)).status, 200, one["url"])
        equal(get(f"{API}/packages/helm/{one['repository']}/{one['package']}/{one['version']}")["version"],
              one["version"])


@test
def exporter():
    found = get(f"{API}/helm-exporter")
    check(found, shape("[].name [].version [].repository.name [].repository.url"))
    equal({(one["repository"]["name"], one["name"]): one["version"] for one in found}, PUBLIC)


@test
def nova():
    found = get(f"{API}/nova")
    check(found, shape("""[].name [].description? [].home? [].latest_version [].links[].name? [].links[].url?
        [].logo? [].maintainers[].name? [].official:bool [].stars:int [].repository.name
        [].repository.url [].versions[].pkg [].versions[].app [].versions[].kube
        [].versions[].deprecated:bool?"""))
    equal({(one["repository"]["name"], one["name"]): one["latest_version"] for one in found}, PUBLIC)
    [alpha] = [one for one in found if one["name"] == "alpha" and one["repository"]["name"] == "main"]
    equal(alpha["versions"], [{"pkg": v, "app": app, "kube": ">=1.25.0-0"}
                              for v, app in (("2.0.0-rc.1", "10"), ("1.1.0", "9.8"), ("1.0.0", "9.7"))])
    equal(server().get(alpha["logo"].removeprefix(server().url)).body, PNG)
    [old] = [one for one in found if one["name"] == "old"]
    equal(old["versions"], [{"pkg": "3.0.0", "app": "", "kube": "", "deprecated": True}])


@test
def nova_by_searching():
    """The other way of Nova: sixty at a time by `sort=stars`, then each package by what the search called it."""
    asked = "kind=0&limit=60&offset={}&sort=stars&ts_query_web=alpha"
    first = server().get(f"{API}/packages/search?{asked.format(0)}", {"Accept": "application/json"})
    found = json.loads(first.body)["packages"]
    equal((first.status, first.headers["Pagination-Total-Count"]), (200, str(len(found))))
    equal({(one["repository"]["name"], one["name"]) for one in found}, {("main", "alpha"), ("team-a~stable", "alpha")})
    for one in found:
        whole = get(f"{API}/packages/helm/{one['repository']['name']}/{one['name']}")
        equal((whole["name"], whole["repository"]), (one["name"], {**one["repository"], "private": False}))
        contains([v["version"] for v in whole["available_versions"]], one["version"])
    equal(json.loads(server().get(f"{API}/packages/search?{asked.format(60)}").body), {"packages": []})


@test
def statistics():
    found = get(f"{API}/stats")
    equal(list(found), ["generated_at", "packages", "snapshots", "repositories", "organizations", "users"])
    assert abs(found["generated_at"] / 1000 - time.time()) < 60
    equal([found[key]["total"] for key in found if key != "generated_at"], [5, 7, 2, 1, 0])
    for key in ("packages", "snapshots", "repositories"):
        equal(found[key]["running_total"][-1][1], found[key]["total"])
        moment = datetime.datetime.fromtimestamp(found[key]["running_total"][-1][0] / 1000,
                                                 datetime.timezone.utc)
        equal((moment.day, moment.hour), (1, 0))
    equal(list(found["packages"]), ["total", "running_total", "created_monthly", "views_daily",
                                    "views_monthly", "top_views_today", "top_views_current_month"])
    equal([get(f"{API}/stats", ROOT)[key]["total"] for key in ("packages", "snapshots", "repositories")],
          [6, 8, 3])


# ---- who sees what ----

@test
def private_packages_are_for_their_readers():
    equal(search("deprecated=true", ROOT), ALL)
    equal(search("ts_query_web=secret"), {})
    equal(search("ts_query_web=secret", ROOT), {("vault", "secret"): "1.0.0"})
    one = package_id("vault", "secret", ROOT)
    for path in (f"packages/{one}/changelog", f"packages/{one}/views", f"packages/{one}/1.0.0/values",
                 f"packages/{one}/1.0.0/templates", "packages/helm/vault/secret",
                 "packages/helm/vault/secret/1.0.0", "packages/helm/vault/secret/feed/rss"):
        equal((server().get(f"{API}/{path}").status, server().get(f"{API}/{path}", ROOT).status),
              (404, 200), path)


@functools.cache
def opened():
    """A server on the same data, where nothing is private."""
    running = Server(data=copied(keep=True), keep=True)
    equal(running.request("PATCH", f"{API}/repos/vault", '{"private": false}',
                          {**ROOT, "Content-Type": "application/json"}).status, 200)
    return running


@table(*((path, path) for path in (
    "packages/search?limit=60&facets=true&deprecated=true", "packages/random", "packages/stats",
    "repositories/search", "stats", "nova", "harbor-replication", "helm-exporter")))
def strangers_are_told_nothing(path):
    """What they get is what they would get if there were no private repository at all."""
    running, before = opened(), server().get(f"{API}/{path}")
    assert b"vault" not in before.body and b"secret" not in before.body
    after = running.get(f"{API}/{path}").body.replace(running.url.encode(), server().url.encode())
    equal(before.headers["Cache-Control"], "no-cache")
    if path != "packages/random":    # it has no README
        assert after != before.body, "it makes no difference"
    for headers, word in ((None, "no-cache"), (ROOT, "private")):
        answer = running.get(f"{API}/{path}", headers)
        contains(answer.headers["Cache-Control"], word)
        contains(", ".join(answer.headers.get_all("Vary")), "Authorization")


@test
def nobody_reads_without_signing_in():
    running = Server(data=copied(), args=("--set", "auth.anonymous_read=false"))
    equal(json.loads(running.get(f"{API}/packages/search").body), {"packages": []})
    equal(json.loads(running.get(f"{API}/nova").body), [])
    answer = running.get(f"{API}/packages/helm/main/alpha")
    equal((answer.status, list(json.loads(answer.body))), (401, ["message"]))


@test
def pages_of_other_sites():
    running = Server(data=copied(), args=("--set", "cors.origins=*"))
    for path in (f"{API}/packages/search", f"{API}/packages/helm/main/alpha/summary"):
        answer = running.get(path, {"Origin": "https://portal.example.com"})
        equal(answer.headers["Access-Control-Allow-Origin"], "*")
        contains(answer.headers["Access-Control-Expose-Headers"], "Pagination-Total-Count")


@test
def unchanged_is_304():
    for path in ("packages/search", "packages/helm/main/alpha", "nova", "harbor-replication"):
        first = server().get(f"{API}/{path}")
        again = server().get(f"{API}/{path}", {"If-None-Match": first.headers["ETag"]})
        equal((again.status, again.body), (304, b""), path)


if __name__ == "__main__":
    main()
