#!/usr/bin/env python3
"""What the page of a chart says of it: every fact that its archive, its annotations and the catalog
know, each a row of a table that fails when the page no longer tells it."""
import base64
import functools
import json
import re
from urllib.parse import quote

from wire import Server, contains, equal
from harness import chart, chart_yaml, form, main, must, provenance, table, test
from chart_page import notes, page, publish, root, section, shown, side
from openpgp import Key, key
from people import add_user


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
        '<li>Foo <span class="muted">shop.example v1</span><br><bdi>A foo</bdi><br><bdi class="muted">What is &lt;sold&gt;.</bdi></li>',
        '<li>Bar <span class="muted">shop.example v2</span><br><bdi>A bar']),
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
    item = rights[rights.index(f">{kind} <span"):].split("</details>")[0]
    contains(item, f'<span class="count">{count}</span></summary>')
    found = [shown(one) for one in re.findall("<li[^>]*>.*?</li>", item)]
    equal(found, [text for text, _ in places] + (["and 3 more"] if count == 9 else []))
    links = re.findall(r'href="([^"]*)"', item)
    equal([one.replace("%2F", "/") for one in links], [(FILE + link).replace("%2F", "/") for _, link in places if link])
    for link in links:
        path, _, line = link.partition("#")
        contains(page(mighty(), path), f'id="{line}"')


@table(("rules", "2 rules in its roles, as far as they can be read."), ("dangers", "allows everything"))
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
    found = re.search(rf'name="maintainer" value="{name}"><span dir="auto">[^<]*</span> <span class="count">(\d+)<', body)
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


# ---- every other fact ----

VALUES = b"image:\n  repository: registry.example/shop\n  tag: '2.1'\n"
README_MAX = 1 << 20


@functools.cache
def known():
    """A chart of each kind, one of them damaged while the server was away."""
    server = Server(keep=True)
    must("repo", "create", "vault", "--data", server.data, "--private")
    add_user(server.data, "root", "admin:*")
    must("repo", "set", "main", "provenance=check", "--keyring", key().ring, "--data", server.data)
    publish(server, "full", "1.2.3+b", {"values.yaml": VALUES}, appVersion="7.7", kubeVersion=">=1.25 <1.27",
            keywords=["UPPER"], home="https://home.example", maintainers=[{"name": "Ann", "url": "https://ann.example"}],
            annotations=notes(category="database", license="MIT", images=[{"name": "i", "image": "registry.example/said:1"}],
                              links=[{"name": "support", "url": "https://support.example"}],
                              screenshots=[{"title": "One <shot>", "url": "https://shots.example/1.png"}],
                              recommendations=[{"url": "https://other.example/chart"}]), headers=root())
    publish(server, "base", type="library", headers=root())
    publish(server, "never", kubeVersion=">=2", headers=root())
    publish(server, "long", files={"README.md": b"word\n" * (README_MAX // 5 + 1)}, headers=root())
    publish(server, "small", files={"readme.md": b"word\n" * (README_MAX // 5 + 1)}, headers=root())
    publish(server, "bare", headers=root())
    publish(server, "hidden", repo="vault", headers=root())
    publish(server, "user", dependencies=[{"name": "base", "version": "1.0.0", "repository": "@main"}], headers=root())
    for name in ("good", "strange"):
        archive = chart(name)
        body, more = form(archive, (key() if name == "good" else Key()).signed(archive, name))
        equal(server.request("POST", "/api/charts", body, {**more, **root()}).status, 201)
    publish(server, "rotten", headers=root())
    for _ in range(3):
        equal(server.get("/charts/full-1.2.3+b.tgz").status, 200)
    server.stop()
    path = server.data / "repos/main/charts/rotten-1.0.0.tgz"
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)
    again = Server(server.data, keep=True)
    equal(again.get("/charts/rotten-1.0.0.tgz").status, 503)
    return again


@table(    # what it is, the chart, the section or none, what stands there in words
    ("published", "full", None, "Published 20"),
    ("application", "full", None, "App version 7.7"),
    ("Kubernetes", "full", None, "Kubernetes &gt;=1.25 &lt;1.27 1.25 – 1.26"),
    ("no Kubernetes", "never", None, "Kubernetes &gt;=2 none that is known"),
    ("pulls", "full", None, "3 / 30 d"),
    ("no pulls", "base", None, "0 / 30 d"),
    ("used by", "base", None, "Used by 1 chart"),
    ("used by none", "full", None, "Used by nothing here"),
    ("license", "full", None, "License MIT"),
    ("category", "full", None, "Category Database"),
    ("type", "base", None, "Type library"),
    ("no type", "full", None, "Type application"),
    ("hosted here", "full", None, "Origin hosted here"),
    ("archive", "full", None, "Archive 5"),
    ("maintainers", "full", "Maintainers", "Ann"),
    ("links", "full", "Links", "home home.example"),
    ("support", "full", "Links", "Report a problem"),
    ("keywords", "full", "Keywords", "UPPER"),
    ("image of an annotation", "full", "Images", "registry.example/said:1 artifacthub.io/images"),
    ("image of a value", "full", "Images", "registry.example/shop:2.1 values.yaml:2 image.repository"),
    ("screenshots", "full", "Screenshots", "One &lt;shot&gt;"),
    ("recommended with it", "full", "Recommended with it", "https://other.example/chart"),
    ("a good signature", "good", "Signature",
     "signed provenance file The signature is good, and it is for this file. Chartlocker Test"),
    ("a key nobody knows", "strange", "Signature", "signed, unknown key provenance file The key is not in"))
def side_says(name, where, expected):
    body = page(known(), f"/packages/main/{name}")
    found = section(body, where) if where else re.search(r'<dl class="facts">.*?</dl>', body, re.DOTALL)[0]
    contains(shown(re.sub(r"<title>.*?</title>|(?<=</dt>)|<br>", " ", found)), expected, name)


@table(("a good signature", "good", ["signed"]), ("a key nobody knows", "strange", ["signed, unknown key"]),
       ("none", "bare", []))
def marks_of_signatures(name, words):
    """Green where a key of the keyring signed it; the same words at the top, in lists and among versions."""
    for path, begins in ((f"/packages/main/{name}", '<header class="chart-head">'),
                         (f"/packages/main/{name}/versions", "<tbody>"), (f"/search?q={name}", '<ul class="rows">')):
        found = re.findall(r'<span class="mark([^"]*)">(signed[^<]*|bad signature)</span>',
                           page(known(), path).split(begins)[1])
        equal([word for _, word in found[:1]], words, path)
        equal([kind for kind, word in found if word != "signed" and "good" in kind], [], path)


@test
def a_signature_that_nobody_checked_is_not_green():
    server = Server()
    archive = chart("demo")
    body, more = form(archive, provenance(archive, "demo"))
    equal(server.request("POST", "/api/charts", body, more).status, 201)
    for path in ("/packages/main/demo", "/packages/main/demo/versions", "/repos/main"):
        text = page(server, path)
        contains(text, '<span class="mark">signed, not checked</span>')
        assert 'mark good">signed' not in text, path


@table(("support", "https://support.example"), ("home", "https://home.example"), ("maintainer", "https://ann.example"),
       ("screenshot", "https://shots.example/1.png"), ("archive", "/charts/full-1.2.3%2Bb.tgz"),
       ("category", "/search?category=database"), ("keyword", "/search?keyword=UPPER"))
def side_leads_to(link):
    contains(side(page(known(), "/packages/main/full")), f'href="{link}"')


@test
def what_is_no_address_is_text():
    """A link would be one to this page, or to a page that this server does not have."""
    server = Server()
    bad = {"signKey": {"fingerprint": "AB", "url": "data:x"}, "screenshots": [{"title": "Shot", "url": "javascript:x"}],
           "recommendations": [{"url": "not a url"}, {"url": "x:/packages/helm/a/named"}],
           "changes": [{"kind": "fixed", "description": "It", "links": [{"name": "Why", "url": "javascript:x"}]}]}
    publish(server, "odd", annotations=notes(**bad), maintainers=[{"name": "Ann", "url": "ann"}, {"name": "B", "url": "//b"}])
    body = page(server, "/packages/main/odd") + page(server, "/packages/main/odd/1.0.0/changelog")
    for text in ("The author&#39;s key", "Shot", "not a url", "named", "Why", "Ann", "B"):
        contains(shown(body), text)
    equal(re.findall(r'<a [^>]*href="(?:#"|not|ann|//|data|x:)[^>]*>', body), [])


@table(("as usual", "README.md", "long"), ("small letters", "readme.md", "small"))
def a_readme_that_is_cut_leads_to_its_file(file, name):
    body = page(known(), f"/packages/main/{name}")
    path = re.search(r'<a href="([^"]*)">the whole file</a>', body)[1]
    contains(path, f"path={file}")
    equal(known().get(path).status, 200)


@test
def side_has_the_digest():
    [one] = known().index()["entries"]["full"]
    contains(side(page(known(), "/packages/main/full")), f"<code>{one['digest'][:12]}…</code>")


@test
def signature_has_its_key():
    key = json.loads(known().get("/api/v1/repos/main/versions?chart=good").body)["versions"][0]["signature"]
    found = shown(section(page(known(), "/packages/main/good"), "Signature"))
    contains(found, key["fingerprint"])
    contains(found, key["signer"].replace("<", "&lt;").replace(">", "&gt;"))


@table(    # what it is, its address, what the page says somewhere
    ("no README", "main/bare", "This version has no README."),
    ("long README", "main/long", "The README is longer than what can be shown: the whole file."),
    ("library", "main/base", "A library chart cannot be installed. Other charts name it as a dependency."),
    ("private", "vault/hidden", "This repository is private: add --username and --password, or a token as the password."),
    ("damaged", "main/rotten/1.0.0", "Not all can be shown:"))
def page_says(path, expected):
    contains(shown(page(known(), f"/packages/{path}", **root())), expected)


@table(("library", "main/full", "A library chart cannot"), ("private", "main/full", "This repository is private"),
       ("damaged", "main/full", "Not all can be shown"), ("long README", "main/full", "longer than what can be shown"),
       ("no README", "main/long", "This version has no README"), ("install", "main/base", ">Install<"))
def page_does_not_say(path, text):
    assert text not in page(known(), f"/packages/{path}"), text


@table(("keyword", {"keywords": ["k" * 9000]}, "k" * 9000),
       ("mail address", {"maintainers": [{"name": "Ann", "email": "\u00e9" * 3000 + "@a.example"}]}, "Ann"),
       ("name and host alone", {"maintainers": [{"name": "Ann", "email": "ann"}, {"name": "B", "email": "@b"}]}, "Ann B"))
def what_makes_no_address_is_text(metadata, text):
    """Longer than one that a server takes, or none."""
    server = Server()
    publish(server, "odd", **metadata)
    body = side(page(server, "/packages/main/odd"))
    contains(shown(body), text)
    equal(re.findall(r'href="(?:mailto|/search)[^"]*', body), [])


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


@table(("two spans", ">= 1.24.0-0 < 1.30.0 || ~1.31", "1.24 – 1.29, 1.31"), ("none", ">=2", "none that is known"),
       ("an open end", ">1.20 <1.25 || >=1.30", "1.21 – 1.24, 1.30 and newer"), ("one", "~1.31", "1.31"),
       ("a patch", "1.27.4", "1.27"), ("no range", "not a range", "is no range: Helm refuses it everywhere"))
def which_kubernetes(range_, told):
    """On the page and on a terminal."""
    server = Server()
    equal(server.publish(chart("a", kubeVersion=range_)).status, 201)
    contains(server.get("/packages/main/a").body.decode(), f">{told}<")
    contains(must("show", "a", "--server", server.url), f"{range_} ({told})")


if __name__ == "__main__":
    main()
