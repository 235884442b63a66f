#!/usr/bin/env python3
"""Monocular's API: every key that its clients read, paging, files, who sees what."""
import gzip
import json

from wire import Server, contains, equal, make_repo, shared
from harness import chart, digest, main, table, test
from hub import (ALL, ALPHA, PNG, PUBLIC, README, RFC3339, RICH, ROOT, SCHEMA, VALUES, alpha, copied, fill, get,
                 keys, server)

CHARTS = "/api/chartsvc/v1/charts"
ASSETS = "/api/chartsvc/v1/assets"
FACTS = {"version": "str", "app_version": "str", "created": "str", "digest": "str",
         "urls[]": "str", "readme": "str", "values": "str", "schema": "str"}
ATTRIBUTES = {"name": "str", "repo.name": "str", "repo.url": "str", "description": "str", "home": "str",
              "keywords[]": "str", "maintainers[].name": "str", "maintainers[].email": "str",
              "maintainers[].url": "str", "sources[]": "str", "icon": "str"}


def below(prefix, shape):
    return {f"{prefix}.{key}": kind for key, kind in shape.items()}


LATEST = "relationships.latestChartVersion"
CHART = {"id": "str", "artifactHub.packageUrl": "str", "type": "str", "links.self": "str",
         **below("attributes", ATTRIBUTES), **below(f"{LATEST}.data", FACTS),
         f"{LATEST}.links.self": "str"}
VERSION = {"id": "str", "type": "str", "links.self": "str", **below("attributes", FACTS),
           **below("relationships.chart.data", ATTRIBUTES), "relationships.chart.links.self": "str"}


def shown(charts):
    """{(repository, name): version}"""
    return {tuple(one["id"].split("/")): one["relationships"]["latestChartVersion"]["data"]["version"]
            for one in charts}


def search(q="", headers=None):
    return get(f"{CHARTS}/search?q={q}", headers)["data"]


# ---- shapes ----

@test
def a_chart_key_by_key():
    one = get(f"{CHARTS}/main/alpha")
    equal(list(one), ["data"])
    equal(keys(one["data"]), CHART)
    url = f"http://{server().host}:{server().port}"
    created = one["data"]["relationships"]["latestChartVersion"]["data"].pop("created")
    assert RFC3339.fullmatch(created), created
    equal(one["data"], {
        "id": "main/alpha", "type": "chart",
        "artifactHub": {"packageUrl": f"{url}/packages/main/alpha"},
        "attributes": {
            "name": "alpha", "repo": {"name": "main", "url": url},
            "icon": "/v1/assets/main/alpha/logo",
            **{key: RICH[key] for key in ("description", "home", "keywords", "sources")},
            "maintainers": [RICH["maintainers"][0], {"name": "No one", "email": "", "url": ""}]},
        "links": {"self": "/v1/charts/main/alpha"},
        "relationships": {"latestChartVersion": {
            "data": {"version": "1.1.0", "app_version": "9.8", "digest": digest(ALPHA),
                     "urls": [f"{url}/charts/alpha-1.1.0.tgz"],
                     "readme": "/v1/assets/main/alpha/versions/1.1.0/README.md",
                     "values": "/v1/assets/main/alpha/versions/1.1.0/values.yaml",
                     "schema": "/v1/assets/main/alpha/versions/1.1.0/values.schema.json"},
            "links": {"self": "/v1/charts/main/alpha/versions/1.1.0"}}}})


@test
def a_version_key_by_key():
    one = get(f"{CHARTS}/main/alpha/versions/1.0.0")["data"]
    equal(keys(one), VERSION)
    equal((one["id"], one["type"]), ("main/alpha-1.0.0", "chartVersion"))
    equal(one["attributes"]["app_version"], "9.7")
    equal(one["relationships"]["chart"]["data"]["name"], "alpha")


@test
def versions_are_the_newest_first():
    found = get(f"{CHARTS}/main/alpha/versions")["data"]
    equal([one["attributes"]["version"] for one in found], ["2.0.0-rc.1", "1.1.0", "1.0.0"])
    for one in found:
        equal(keys(one), VERSION)


@test
def two_segments_are_joined_by_a_tilde():
    one = get(f"{CHARTS}/team-a~stable/plus")["data"]
    url = f"http://{server().host}:{server().port}"
    equal(one["id"], "team-a~stable/plus")
    equal(one["attributes"]["repo"], {"name": "team-a~stable", "url": f"{url}/team-a/stable"})
    equal(one["artifactHub"]["packageUrl"], f"{url}/packages/team-a~stable/plus")
    latest = one["relationships"]["latestChartVersion"]
    equal(latest["links"]["self"], "/v1/charts/team-a~stable/plus/versions/1.0.0%2Bbuild.7")
    equal(get("/api/chartsvc" + latest["links"]["self"])["data"]["attributes"], latest["data"])
    [archive] = latest["data"]["urls"]
    equal(server().get(archive.removeprefix(url)).status, 200)


@test
def links_lead_somewhere():
    for one in search():
        equal(get("/api/chartsvc" + one["links"]["self"])["data"], one)
        page = one["artifactHub"]["packageUrl"].removeprefix(server().url)
        equal(server().get(page).status, 200, page)
        [archive] = one["relationships"]["latestChartVersion"]["data"]["urls"]
        equal(server().get(archive.removeprefix(server().url)).status, 200, archive)


@test
def scalars_are_strings():
    """Helm drops a number, and stops at a time that is none."""
    for one in search():
        for where, kind in keys(one).items():
            assert kind in ("str", "[]"), (where, kind)
        created = one["relationships"]["latestChartVersion"]["data"]["created"]
        assert RFC3339.fullmatch(created), created


# ---- searching ----

@table(("all", ""), ("without q", None), ("blanks", "+%20"))
def everything(q):
    path = f"{CHARTS}/search" + ("" if q is None else f"?q={q}")
    equal(shown(get(path)["data"]), PUBLIC)


@table(("a word", "plus", ["team-a~stable/plus"]),
       ("two words", "only+before", ["main/edge"]),
       ("a phrase", "%22before+its%22", ["main/edge"]),
       ("either", "plus+or+edge", ["main/edge", "team-a~stable/plus"]),
       ("not", "letter+-nobody+-alpha", ["team-a~stable/plus"]),
       ("nothing", "zzzqqqxxx", []))
def words(q, ids):
    equal(sorted(one["id"] for one in search(q)), ids)


@test
def deprecated_charts_come_last():
    equal(search()[-1]["id"], "main/old")


@test
def of_one_repository():
    path = f"{CHARTS}/team-a~stable/search"
    equal(sorted(shown(get(path + "?q=")["data"])), [("team-a~stable", "alpha"), ("team-a~stable", "plus")])
    equal(sorted(shown(get(path + "?q=plus")["data"])), [("team-a~stable", "plus")])
    equal(get(path + "?q=edge")["data"], [])


# ---- lists ----

def names(path):
    return ["/".join(key) for key in shown(get(path)["data"])]


@table(("the same archive once", "", ["main/alpha", "main/edge", "main/old", "team-a~stable/plus"], 1),
       ("showDuplicates", "?showDuplicates=true",
        ["main/alpha", "team-a~stable/alpha", "main/edge", "main/old", "team-a~stable/plus"], 1),
       ("first page", "?size=3&page=1", ["main/alpha", "main/edge", "main/old"], 2),
       ("last page", "?size=3&page=2", ["team-a~stable/plus"], 2),
       ("beyond the last page", "?size=3&page=9", ["team-a~stable/plus"], 2),
       ("page 0", "?size=1&page=0", ["main/alpha"], 4),
       ("no size", "?page=2", ["main/alpha", "main/edge", "main/old", "team-a~stable/plus"], 1),
       ("a repository", "/main", ["main/alpha", "main/edge", "main/old"], 1),
       ("another", "/team-a~stable?size=1", ["team-a~stable/alpha"], 2))
def pages(more, ids, total):
    equal(names(CHARTS + more), ids)
    equal(get(CHARTS + more)["meta"], {"totalPages": total})


@table(("there", "?name=alpha&version=1.0.0&appversion=9.7", ["main/alpha"]),
       ("in two repositories", "?name=alpha&version=1.1.0&appversion=9.8",
        ["main/alpha", "team-a~stable/alpha"]),
       ("another appVersion", "?name=alpha&version=1.0.0&appversion=9.8", []),
       ("no such version", "?name=alpha&version=7.0.0&appversion=9.7", []),
       ("appversion is not asked", "?name=alpha&version=1.0.0",
        ["main/alpha", "main/edge", "main/old", "team-a~stable/plus"]))
def same_version_elsewhere(query, ids):
    equal(names(CHARTS + query), ids)


# ---- files ----

@table(("a README", "README.md", "text/markdown; charset=utf-8", README),
       ("values", "values.yaml", "application/yaml", VALUES),
       ("a schema", "values.schema.json", "application/json", SCHEMA))
def assets(name, kind, content):
    answer = server().get(f"{ASSETS}/main/alpha/versions/1.0.0/{name}")
    equal((answer.status, answer.headers["Content-Type"], answer.body), (200, kind, content))
    equal(answer.headers["X-Content-Type-Options"], "nosniff")
    edge = server().get(f"{ASSETS}/main/edge/versions/0.1.0-beta.1/{name}")
    equal(edge.status, 200 if name == "values.yaml" else 404)


@table(("logo", "logo"), ("its other name", "logo-160x160-fit.png"))
def icon(name):
    answer = server().get(f"{ASSETS}/main/alpha/{name}")
    equal((answer.status, answer.headers["Content-Type"], answer.body), (200, "image/png", PNG))
    contains(answer.headers["Content-Security-Policy"], "default-src 'none'")
    equal(server().get(f"{ASSETS}/main/edge/{name}").status, 404)


@test
def svg_icon_is_inert():
    running = shared()
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    archive = chart("drawn", files={"icon.svg": svg}, icon="./icon.svg")
    equal(running.publish(archive).status, 201)
    answer = running.get(f"{ASSETS}/main/drawn/logo")
    equal((answer.headers["Content-Type"], answer.body), ("image/svg+xml", svg))
    contains(answer.headers["Content-Security-Policy"], "default-src 'none'")
    contains(answer.headers["Content-Security-Policy"], "sandbox")


# ---- addresses ----

@test
def an_icon_that_is_none_is_not_told():
    running = shared()
    equal(running.publish(chart("blank", icon="data:image/png;base64,AAAA")).status, 201)
    told = json.loads(running.get(f"{CHARTS}/main/blank").body)["data"]["attributes"]["icon"]
    equal((told, running.get(f"{ASSETS}/main/blank/logo").status), ("", 404))


@table(("slash at the end", f"{CHARTS}/search/?q=plus"),
       ("doubled slashes", "//api//chartsvc/v1/charts//search?q=plus"))
def slashes(path):
    equal(shown(get(path)["data"]), {("team-a~stable", "plus"): "1.0.0+build.7"})


def links_of(value):
    """The addresses in it, as Monocular writes them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*map(links_of, value))
    return {value} if isinstance(value, str) and value.startswith("/v1/") else set()


@test
def every_link_of_a_virtual_repository_leads_somewhere():
    running = Server(data=copied())
    make_repo(running, "all", members="main", headers=ROOT)
    todo, seen = {"/v1/charts/all/alpha", "/v1/charts/all/alpha/versions"}, set()
    while todo:
        link = todo.pop()
        seen.add(link)
        answer = running.get("/api/chartsvc" + link)
        equal(answer.status, 200, link)
        if link.startswith("/v1/charts"):
            todo |= links_of(json.loads(answer.body)) - seen
    equal({link for link in seen if "/all/alpha" not in link}, set())
    equal(len(seen), 2 + 1 + 3 * (1 + 3), seen)      # and an icon; of each version itself and three files


@test
def head_and_gzip():
    for method in ("GET", "HEAD"):
        answer = server().request(method, f"{CHARTS}/search", headers={"Accept-Encoding": "gzip"})
        equal((answer.status, answer.headers["Content-Encoding"]), (200, "gzip"))
        contains(", ".join(answer.headers.get_all("Vary")), "Accept-Encoding")
    packed = server().get(f"{CHARTS}/search", {"Accept-Encoding": "gzip"})
    plain = server().get(f"{CHARTS}/search")
    equal(plain.headers["Content-Encoding"], None)
    equal(gzip.decompress(packed.body), plain.body)
    assert packed.headers["ETag"] != plain.headers["ETag"]


@test
def unchanged_is_304():
    plain = server().get(f"{CHARTS}/search")
    again = server().get(f"{CHARTS}/search", {"If-None-Match": plain.headers["ETag"]})
    equal((again.status, again.body), (304, b""))
    equal(again.headers["ETag"], plain.headers["ETag"])


@table(("live", "/api/chartsvc/live"), ("ready", "/api/chartsvc/ready"), ("slash", "/api/chartsvc/ready/"))
def health(path):
    equal(server().get(path).status, 200)


@test
def below_a_base_path():
    running = Server(args=("--set", "base_path=/hub"))
    fill(running)
    found = json.loads(running.get(f"/hub{CHARTS}/search?q=plus").body)["data"]
    url = f"http://{running.host}:{running.port}/hub"
    equal(found[0]["artifactHub"]["packageUrl"], f"{url}/packages/team-a~stable/plus")
    equal(found[0]["attributes"]["repo"]["url"], f"{url}/team-a/stable")


@test
def addresses_are_those_of_who_asks():
    [one] = get(f"{CHARTS}/search?q=plus", {"Host": "charts.example.org"})["data"]
    equal(one["artifactHub"]["packageUrl"], "http://charts.example.org/packages/team-a~stable/plus")
    running = Server(args=("--set", "public_url=https://charts.example.net/x")).set_up()
    fill(running)
    answer = running.get(f"{CHARTS}/search?q=plus", {"Host": "evil.example"})
    assert b"evil" not in answer.body
    [one] = json.loads(answer.body)["data"]
    equal(one["attributes"]["repo"]["url"], "https://charts.example.net/x/team-a/stable")


# ---- refusals ----

@table(("no chart", f"{CHARTS}/main/nothing", "could not find chart"),
       ("no versions", f"{CHARTS}/main/nothing/versions", "could not find chart"),
       ("no version", f"{CHARTS}/main/alpha/versions/7.0.0", "could not find chart version"),
       ("no repository", f"{CHARTS}/nowhere/alpha", "there is no repository"),
       ("a private one", f"{CHARTS}/vault/secret", "there is no repository"),
       ("no README", f"{ASSETS}/main/edge/versions/0.1.0-beta.1/README.md", "could not find README.md"),
       ("no icon", f"{ASSETS}/main/edge/logo", "the chart brings no icon along"))
def not_found(path, text):
    error = get(path, status=404)
    equal(list(error), ["code", "message"])
    equal(error["code"], 404)
    contains(error["message"], text)


@test
def wrong_numbers():
    error = get(f"{CHARTS}?size=x", status=400)
    equal((list(error), error["code"]), (["code", "message"], 400))


@test
def wrong_password():
    answer = server().get(f"{CHARTS}/search", {"Authorization": "Basic eDp5"})
    equal((answer.status, json.loads(answer.body)["code"]), (401, 401))


# ---- who sees what ----

@test
def private_charts_are_for_their_readers():
    equal(shown(search()), PUBLIC)
    equal(shown(search("", ROOT)), ALL)
    equal(search("secret"), [])
    equal(shown(search("secret", ROOT)), {("vault", "secret"): "1.0.0"})
    assert ("vault", "secret") not in shown(get(CHARTS)["data"])
    assert ("vault", "secret") in shown(get(CHARTS, ROOT)["data"])
    one_version = f"{CHARTS}?name=secret&version=1.0.0&appversion="
    equal(get(one_version)["data"], [])
    equal(shown(get(one_version, ROOT)["data"]), {("vault", "secret"): "1.0.0"})
    for path in ("/vault", "/vault/search", "/vault/secret", "/vault/secret/versions/1.0.0"):
        equal(server().get(CHARTS + path).status, 404, path)
        equal(server().get(CHARTS + path, ROOT).status, 200, path)
    values = f"{ASSETS}/vault/secret/versions/1.0.0/values.yaml"
    equal((server().get(values).status, server().get(values, ROOT).status), (404, 200))


@test
def caches_tell_readers_apart():
    for headers, word in ((None, "no-cache"), (ROOT, "private")):
        answer = server().get(f"{CHARTS}/search", headers)
        contains(answer.headers["Cache-Control"], word)
        contains(", ".join(answer.headers.get_all("Vary")), "Authorization")


# ---- changes ----

@test
def what_was_acknowledged_is_there():
    running = Server()
    for number in range(5):
        equal(running.publish(alpha(f"1.0.{number}")).status, 201)
        found = json.loads(running.get(f"{CHARTS}/search").body)["data"]
        equal(shown(found), {("main", "alpha"): f"1.0.{number}"})
    equal(running.request("DELETE", "/api/charts/alpha/1.0.4").status, 200)
    found = json.loads(running.get(f"{CHARTS}/search").body)["data"]
    equal(shown(found), {("main", "alpha"): "1.0.3"})


@test
def an_empty_server():
    running = Server()
    equal(json.loads(running.get(f"{CHARTS}/search?q=").body), {"data": []})
    equal(json.loads(running.get(CHARTS).body), {"data": [], "meta": {"totalPages": 1}})


if __name__ == "__main__":
    main()
