#!/usr/bin/env python3
"""What the page of a chart says of it: every fact that its archive, its annotations and the catalog
know, each a row of a table that fails when the page no longer tells it."""
import base64
import functools
import json
import re
from html.parser import HTMLParser
from urllib.parse import quote

from wire import Server, contains, equal
from harness import chart, chart_yaml, main, must, table, test
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


# ---- rights ----

RBAC = "apiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata: {{name: r}}\n"
RULES = "rules:\n- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n"
EITHER = ("{{ if .Capabilities.APIVersions.Has \"rbac.authorization.k8s.io/v1\" }}\napiVersion: rbac.authorization.k8s.io/v1\n"
          "{{ else }}\napiVersion: rbac.authorization.k8s.io/v1beta1\n{{ end }}\nkind: RoleBinding\nmetadata: {name: b}\n")


def rbac(kind, more=""):
    return (RBAC.format(kind) + more).encode()


@functools.cache
def mighty():
    server = Server(keep=True)
    publish(server, "mighty", files={
        "templates/roles.yaml": rbac("ClusterRole", RULES) + b"---\n" + rbac("ClusterRole", RULES) + b"---\n" + rbac("Role"),
        "templates/either.yaml": EITHER.encode(),
        **{f"templates/sa-{i}.yaml": b"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n" for i in range(9)},
        "charts/open/Chart.yaml": chart_yaml("open"), "charts/open/templates/r.yaml": rbac("Role"),
        "charts/shut-1.0.0.tgz": chart("shut", files={"templates/r.yaml": rbac("Role")})})
    publish(server, "meek")
    return server


FILE = "/packages/main/mighty/1.0.0/templates?path="


@table(    # kind, how many, where they stand: the text, and the link or none
    ("ClusterRole", "ClusterRole", 2, [("templates/roles.yaml:2", "templates%2Froles.yaml#L2"),
                                       ("templates/roles.yaml:8", "templates%2Froles.yaml#L8")]),
    ("Role", "Role", 3, [("templates/roles.yaml:14", "templates%2Froles.yaml#L14"),
                         ("open: templates/r.yaml:2", "charts%2Fopen%2Ftemplates%2Fr.yaml#L2"),
                         ("shut: templates/r.yaml:2", None)]),
    ("in one of two versions", "RoleBinding", 1, [("templates/either.yaml:6", "templates%2Feither.yaml#L6")]),
    ("many", "ServiceAccount", 9, [(f"templates/sa-{i}.yaml:2", f"templates%2Fsa-{i}.yaml#L2") for i in range(6)]))
def kinds_that_give_rights(kind, count, places):
    rights = section(page(mighty(), "/packages/main/mighty"), "Rights in the cluster")
    item = rights[rights.index(f"<li>{kind} <span"):].split("</li>")[0]
    contains(item, f'<span class="count">{count}</span>')
    found = [shown(one) for one in item.split("<br>")[1:]]
    equal(found, [text for text, _ in places] + (["and 3 more"] if count == 9 else []))
    links = re.findall(r'href="([^"]*)"', item)
    equal([one.replace("%2F", "/") for one in links], [(FILE + link).replace("%2F", "/") for _, link in places if link])
    for link in links:
        path, _, line = link.partition("#")
        contains(page(mighty(), path), f'id="{line}"')


@table(("rules", "2 rules in its roles."), ("dangers", "allows everything"))
def rights_say(text):
    contains(section(page(mighty(), "/packages/main/mighty"), "Rights in the cluster"), text)


@test
def no_rights():
    assert "Rights in the cluster" not in page(mighty(), "/packages/main/meek")


# ---- maintainers ----

@functools.cache
def kept():
    server = Server(keep=True)
    ann = {"name": "Ann Sealock", "email": "ann@x.example"}
    publish(server, "both", maintainers=[ann], annotations=notes(maintainers=[ann, {"name": "Bo Quill"}]))
    publish(server, "said", annotations=notes(maintainers=[{"name": "Bo Quill"}, {"email": "nobody@x.example"}]))
    publish(server, "listed", maintainers=[ann])
    return server


@table(("a word", "quill", ["both", "said"]), ("a field", "maintainer:quill", ["both", "said"]),
       ("a phrase", 'maintainer:"bo quill"', ["both", "said"]), ("Chart.yaml's", "sealock", ["both", "listed"]))
def maintainers_are_found(query, names):
    found = json.loads(kept().get("/api/v1/search?q=" + quote(query)).body)["results"]
    equal(sorted(one["name"] for one in found), names)


@table(("in both places", "Ann Sealock", 2), ("in the annotation alone", "Bo Quill", 2))
def maintainers_are_counted(name, count):
    body = page(kept(), "/search?q=")
    found = re.search(rf'name="maintainer" value="{name}"><span>[^<]*</span> <span class="count">(\d+)<', body)
    equal(int(found[1]), count)
    body = page(kept(), "/search?maintainer=" + quote(name))
    equal(body.count('<li class="row'), count)


@table(("both", "both", 1, 1), ("annotation", "said", 0, 1), ("Chart.yaml", "listed", 1, 0))
def maintainers_stand_once(chart_name, ann, bo):
    people = shown(section(page(kept(), f"/packages/main/{chart_name}"), "Maintainers"))
    equal((people.count("Ann Sealock"), people.count("Bo Quill")), (ann, bo))


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


# ---- deprecated, yanked ----

HUB = "https://artifacthub.io/packages/helm/"


@functools.cache
def given_up():
    server = Server(keep=True)
    add_user(server.data, "root", "admin:*")
    must("repo", "create", "vault", "--data", server.data, "--private")
    must("repo", "create", "team/apps", "--data", server.data)
    for name, repo in (("new", ""), ("secret", "vault"), ("deep", "team/apps")):
        publish(server, name, repo=repo, headers=root())
    urls = [HUB + "main/new", HUB + "vault/secret", HUB + "x/other?a=1", "https://ours.example/packages/team~apps/deep",
            "https://blog.example/moved"]
    named = notes(recommendations=[{"url": url} for url in urls])
    publish(server, "old", deprecated=True, annotations=named, headers=root())
    publish(server, "alone", deprecated=True, description="DEPRECATED: use new", headers=root())
    publish(server, "with", annotations=named, headers=root())
    for name, versions in (("many", ("1.0.0", "1.1.0", "1.2.0-rc.1")), ("only", ("1.0.0",)), ("quiet", ("0.1.0", "0.2.0"))):
        for version in versions:
            publish(server, name, version, headers=root())
    for name, version, why in (("many", "1.1.0", ["--reason", "breaks <all> of it"]), ("only", "1.0.0", []),
                               ("quiet", "0.1.0", [])):
        must("yank", name, version, "--data", server.data, "-y", *why)
    return server


def shown(html):
    return " ".join(re.sub(r"<[^>]*>", "", html.replace("<br>", " ")).split())


def notices(body):
    return [shown(one) for one in re.findall(r'<p class="notice[^>]*>(.*?)</p>', body, re.DOTALL)]


@table(    # the chart, who reads it, what the page says above the tabs
    ("replaced", "old", {}, ["Deprecated. Its authors recommend new, secret artifacthub.io, other artifacthub.io, deep, "
                             "https://blog.example/moved instead."]),
    ("no replacement", "alone", {}, ["Deprecated. Its authors have given it up and name no chart to take its place."]),
    ("yanked", "many/1.1.0", {}, ["Yanked. breaks &lt;all&gt; of it Use 1.0.0 instead; what is different there."]),
    ("the only one", "only/1.0.0", {}, ["Yanked. Who asks for exactly this version still gets it."]),
    ("yanked, and newer", "quiet/0.1.0", {}, ["Yanked. Who asks for exactly this version still gets it. "
                                              "Use 0.2.0 instead; what is different there."]),
    ("neither", "with", {}, []))
def notices_say_what_to_use(path, headers, expected):
    for part in ("", "/values") if "/" in path else ("", "/latest/values"):
        equal(notices(page(given_up(), f"/packages/main/{path}{part}", **headers))[:1], expected[:1], part)


@table(("new", "/packages/main/new", True, True), ("private, seen", "/packages/vault/secret", True, False),
       ("two segments", "/packages/team~apps/deep", True, True), ("elsewhere", HUB + "x/other?a=1", True, True))
def recommendations_are_links(link, reader_has_it, stranger_has_it):
    for name in ("old", "with"):
        path = f"/packages/main/{name}"
        equal(f'<a href="{link}" rel=' in page(given_up(), path, **root()), reader_has_it, name)
        equal(f'<a href="{link}" rel=' in page(given_up(), path), stranger_has_it, name)


@table(("recommended with it", "with", True), ("instead", "old", False))
def heading_of_recommendations(name, expected):
    equal("<h2>Recommended with it" in page(given_up(), f"/packages/main/{name}"), expected)


@table(("deprecated", "old", "button"), ("yanked", "many/1.1.0", "button"), ("neither", "with", "button primary"))
def button_to_install(path, kind):
    body = page(given_up(), f"/packages/main/{path}")
    contains(body[:body.index("</header>", body.index("chart-head"))], f'<a class="{kind}" href="/packages/main/')


@table(("its version", "many/1.0.0"), ("the difference", "many/compare/1.1.0...1.0.0"))
def what_to_use_is_there(path):
    contains(page(given_up(), "/packages/main/many/1.1.0"), f'href="/packages/main/{path}"')
    page(given_up(), f"/packages/main/{path}")


# ---- what search engines read ----

HOSTILE = "</script><script>alert(1)</script><!-- \"'\\ \u2028\u2029 & \t"


def linked_data(body):
    class Scripts(HTMLParser):
        found, within = [], False
        scripts = 0

        def handle_starttag(self, tag, attributes):
            self.scripts += tag == "script"
            self.within = tag == "script" and dict(attributes).get("type") == "application/ld+json"

        def handle_data(self, data):
            if self.within:
                self.found = self.found + [data]
                self.within = False
    parser = Scripts()
    parser.feed(body)
    equal((len(parser.found), parser.scripts), (1, 2))
    return parser.found[0]


@functools.cache
def described():
    server = Server(keep=True)
    publish(server, "full", "1.2.3+b", description="What it is", maintainers=[{"name": "Ann"}],
            annotations=notes(license="MIT", maintainers=[{"name": "Bob"}, {"url": "https://x.example"}]))
    publish(server, "bad", description=HOSTILE, maintainers=[{"name": HOSTILE}], annotations=notes(license=HOSTILE))
    return server


@test
def chart_is_linked_data():
    found = json.loads(linked_data(page(described(), "/packages/main/full")))
    origin = f"http://{described().host}:{described().port}"
    created = described().index()["entries"]["full"][0]["created"]
    equal(found.pop("dateModified")[:19], created[:19])
    equal(found, {"@context": "https://schema.org", "@type": "SoftwareApplication", "name": "full",
                  "softwareVersion": "1.2.3+b", "description": "What it is", "license": "MIT",
                  "url": origin + "/packages/main/full", "applicationCategory": "DeveloperApplication",
                  "operatingSystem": "Kubernetes",
                  "author": [{"@type": "Person", "name": "Ann"}, {"@type": "Person", "name": "Bob"}]})


@test
def hostile_words_stay_data():
    text = linked_data(page(described(), "/packages/main/bad"))
    for char in "<>&\u2028\u2029":
        assert char not in text, char
    found = json.loads(text)
    said = " ".join(HOSTILE.split())
    equal([" ".join(one.split()) for one in (found["description"], found["license"], found["author"][0]["name"])],
          [said] * 3)


@test
def site_is_linked_data():
    origin = f"http://{described().host}:{described().port}"
    equal(json.loads(linked_data(page(described(), "/"))), {
        "@context": "https://schema.org", "@type": "WebSite", "name": "Chartlocker", "url": origin + "/",
        "potentialAction": {"@type": "SearchAction", "target": origin + "/search?q={search_term_string}",
                            "query-input": "required name=search_term_string"}})


# ---- small things ----

LINKS = b"# The title\n\n[a](templates/configmap.yaml#L3) [b](README.md#the-title) [c](#the-title) [d](README.md)\n"
LOG = b"# Changelog\n\n## 1.1.0\n\n- More.\n\n## 1.0.0 - 2020-02-02\n\n- First.\n\n## 0.9.0\n\n- Before.\n"


@functools.cache
def small():
    server = Server(keep=True)
    files = {"README.md": LINKS, "CHANGELOG.md": LOG}
    publish(server, "one", annotations=notes(changes=["x"]))
    publish(server, "two", "1.0.0", files, annotations=notes(containsSecurityUpdates="true"))
    publish(server, "two", "1.1.0", files)
    return server


@table(("one version", "one", "All versions"), ("two versions", "two", "All 2 versions"))
def menu_of_versions(name, words):
    contains(page(small(), f"/packages/main/{name}"), f'/packages/main/{name}/versions">{words}</a>')


@table(("a line of a file", "a", "/packages/main/two/1.1.0/templates?path=templates%2Fconfigmap.yaml#L3"),
       ("a heading of the file's", "b", "#h-the-title"), ("a heading", "c", "#h-the-title"),
       ("the file", "d", "/packages/main/two/1.1.0/templates?path=README.md"))
def links_of_a_readme(text, link):
    found = re.search(rf'<a href="([^"]*)">{text}</a>', page(small(), "/packages/main/two"))
    equal(found[1].replace("%2F", "/"), link.replace("%2F", "/"))


@test
def changelog_has_dates_that_are_known():
    body = page(small(), "/packages/main/two/latest/changelog")
    created = {one["version"]: one["created"][:10] for one in small().index()["entries"]["two"]}
    equal([shown(one) for one in re.findall(r'<h2 class="mono">(.*?)</h2>', body, re.DOTALL)],
          [f"1.1.0 {created['1.1.0']}", "1.0.0 2020-02-02 security updates", "0.9.0"])
    assert '<span class="muted small"></span>' not in body


@test
def feed_of_a_chart_that_says_nothing():
    feeds = [small().get(f"/feed/main/{name}").body.decode() for name in ("one", "two")]
    for feed in feeds:
        assert "&lt;p&gt;&lt;/p&gt;" not in feed, feed
    contains(feeds[0], '<content type="html">&lt;ul&gt;&lt;li&gt;x')


if __name__ == "__main__":
    main()
