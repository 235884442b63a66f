#!/usr/bin/env python3
"""What the page of a chart says of it: every fact that its archive, its annotations and the catalog
know, each a row of a table that fails when the page no longer tells it."""
import base64
import functools
import json
import re

from wire import Server, contains, equal
from harness import chart, main, must, table, test
from people import PASSWORD, add_user, basic

BROWSER = {"Accept": "text/html"}


def page(server, path, **headers):
    answer = server.get(path, {**BROWSER, **headers})
    equal(answer.status, 200, path)
    return answer.body.decode()


def side(body):
    return body[body.index('<aside class="side"'):]


def section(body, title):
    """From a heading of the facts to the end of its section."""
    at = side(body).index(f"<h2>{title}")
    return side(body)[at:].split("</section>")[0]


def notes(**values):
    return {f"artifacthub.io/{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in values.items()}


def publish(server, name, version="1.0.0", files=None, repo="", headers=None, **metadata):
    equal(server.publish(chart(name, version, files, **metadata), repo, headers=headers).status, 201, name)


# ---- annotations ----

CRD = b"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.shop.example}
spec:
  group: shop.example
  scope: Namespaced
  names: {kind: Foo, plural: foos}
  versions:
  - {name: v1beta1, served: true, storage: false}
  - {name: v1, served: true, storage: true}
"""
FOO = {"kind": "Foo", "version": "v1", "name": "foos.shop.example", "displayName": "A foo",
       "description": "What is <sold>."}
BAR = {"kind": "Bar", "version": "v2", "name": "bars.shop.example", "displayName": "A bar",
       "description": "Where it is sold."}
EXAMPLE = {"apiVersion": "shop.example/v1", "kind": "Foo", "metadata": {"name": "a<b>"}}


@functools.cache
def annotated():
    server = Server(keep=True)
    publish(server, "all", files={"crds/foo.yaml": CRD}, annotations=notes(
        alternativeName="all-in-one", containsSecurityUpdates="true", crds=[FOO, BAR], crdsExamples=[EXAMPLE, EXAMPLE],
        operator="true", operatorCapabilities="Deep Insights", prerelease="true",
        signKey={"fingerprint": "0123ABCD", "url": "https://keys.example/me"}))
    publish(server, "said", annotations=notes(crds=[BAR], crdsExamples=[EXAMPLE]))
    publish(server, "wrong", annotations=notes(category="<b>", links=[{"name": "x"}], operator="perhaps"))
    publish(server, "plain")
    return server


@table(    # what it is, the chart, the section or none, what stands there
    ("alternative name", "all", None, ["<dt>Also called</dt><dd>all-in-one</dd>"]),
    ("security updates", "all", None, ['<span class="mark accent">security updates</span>']),
    ("operator", "all", None, ['<span class="mark">operator</span>', "<dt>Operator</dt><dd>deep insights</dd>"]),
    ("pre-release", "all", None, ['<span class="mark accent">pre-release</span>']),
    ("resource of both", "all", "Custom resources", [
        '<span class="count">2</span>',
        '<li>Foo <span class="muted">shop.example v1</span><br>A foo<br><span class="muted">What is &lt;sold&gt;.</span></li>',
        '<li>Bar <span class="muted">shop.example v2</span><br>A bar']),
    ("resource of the annotation", "said", "Custom resources", ["<li>Bar ", "Where it is sold."]),
    ("examples", "all", "Custom resources", [
        "2 examples", "apiVersion: shop.example/v1\nkind: Foo\nmetadata:\n  name: &quot;a&lt;b&gt;&quot;\n---\n"]),
    ("key without a signature", "all", "Signature", [
        "This version is not signed.", '<a href="https://keys.example/me"', "0123ABCD"]),
    ("what is wrong", "wrong", "Not all is understood", [
        '<span class="count">3</span>', "<li>artifacthub.io/category: &quot;&lt;b&gt;&quot; is no category</li>",
        "<li>artifacthub.io/links: entry 1 has no url</li>", "<li>artifacthub.io/operator: is neither true nor false</li>"]))
def annotations_are_shown(name, where, expected):
    body = page(annotated(), f"/packages/main/{name}")
    for text in expected:
        contains(section(body, where) if where else body, text, name)


@table(*[(text, text) for text in ("Also called", "security updates", ">operator<", "<dt>Operator", "pre-release",
                                   "Custom resources", "<h2>Signature", "Not all is understood")])
def nothing_is_said_of_what_is_not_there(text):
    assert text not in page(annotated(), "/packages/main/plain"), text


# ---- pre-releases by annotation ----

@functools.cache
def calling():
    """One whose newest version calls itself a pre-release, and one that has no other."""
    server = Server(keep=True)
    publish(server, "half", "1.0.0")
    publish(server, "half", "1.1.0-rc.1")
    publish(server, "half", "1.2.0", annotations=notes(prerelease="true"))
    publish(server, "whole", "2.0.0", annotations=notes(prerelease="true"))
    publish(server, "denied", "3.0.0", annotations=notes(prerelease="false"))
    return server


@table(("half", "half", "1.0.0", False), ("whole", "whole", "2.0.0", True), ("denied", "denied", "3.0.0", False))
def newest_stable_is_shown(name, version, prerelease):
    found = {one["name"]: one for one in json.loads(calling().get("/api/v1/search?q=").body)["results"]}
    equal((found[name]["version"], found[name]["prerelease"]), (version, prerelease))
    contains(page(calling(), f"/packages/main/{name}"), f'<summary class="button slim mono">{version}<')
    equal(json.loads(calling().get(f"/api/chartsvc/v1/charts/main/{name}").body)
          ["data"]["relationships"]["latestChartVersion"]["data"]["version"], version)


@table(("said", "is:prerelease", ["whole"]), ("denied", "-is:prerelease", ["denied", "half"]))
def search_by_it(query, names):
    found = json.loads(calling().get(f"/api/v1/search?q={query}").body)["results"]
    equal(sorted(one["name"] for one in found), names)


@table(("its page", "half/1.2.0", 1), ("another", "half/1.0.0", 0), ("the list", "half/versions", 2),
       ("a search", None, 1))
def pre_releases_are_marked(path, count):
    body = page(calling(), f"/packages/main/{path}" if path else "/search?q=")
    equal(body.count('<span class="mark accent">pre-release</span>'), count)


@table(("to a stable one", "half/1.1.0-rc.1", False), ("of a stable one", "half/1.0.0", False), ("only", "whole", False))
def no_pre_release_is_recommended(path, newer):
    equal("A newer version is there" in page(calling(), f"/packages/main/{path}"), newer)


# ---- icons ----

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script></svg>'


@functools.cache
def pictured():
    server = Server(keep=True)
    must("repo", "create", "team/vault", "--data", server.data, "--private")
    add_user(server.data, "root", "admin:*")
    publish(server, "data", icon="data:image/png;base64," + base64.b64encode(PNG).decode(), headers=root())
    publish(server, "file", files={"icon.svg": SVG}, icon="./icon.svg", headers=root())
    publish(server, "away", icon="https://elsewhere.example/i.png", headers=root())
    publish(server, "gone", icon="none.png", headers=root())
    publish(server, "text", icon="Chart.yaml", headers=root())
    publish(server, "plain", headers=root())
    publish(server, "file", files={"icon.svg": SVG}, repo="team/vault", icon="icon.svg", headers=root())
    return server


def root():
    return basic("root", PASSWORD)


@table(("data:", "main/data", PNG), ("a file", "main/file", SVG), ("elsewhere", "main/away", None),
       ("no file", "main/gone", None), ("no image", "main/text", None), ("none", "main/plain", None),
       ("private", "team~vault/file", SVG))
def icon_is_shown_where_it_is_served(chart_path, served):
    for path in (f"/packages/{chart_path}", f"/packages/{chart_path}/1.0.0/values", "/search?q="):
        found = re.findall(r'<img class="tile[^>]*src="([^"]*)"', page(pictured(), path, **root()))
        link = f"/api/chartsvc/v1/assets/{chart_path}/logo"
        equal(link in found, served is not None, path)
    if served:
        answer = pictured().get(link, root())
        equal((answer.status, answer.body), (200, served))
        contains(answer.headers["Content-Security-Policy"], "sandbox")


@test
def stranger_gets_no_private_icon():
    path = "/api/chartsvc/v1/assets/team~vault/file/logo"
    answer, absent = pictured().get(path), pictured().get(path.replace("vault", "nowhere"))
    equal((answer.status, answer.body.replace(b"vault", b"nowhere")), (404, absent.body))


if __name__ == "__main__":
    main()
