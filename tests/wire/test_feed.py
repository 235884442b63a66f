#!/usr/bin/env python3
"""Atom feeds by the rules of RFC 4287, badges, and what machines ask a site for."""
import json
import os
import re
import xml.etree.ElementTree as ET

from wire import contains, equal
from harness import Server, chart, main, must, settled, table, temporary, test
from hub import RFC3339, RICH, ROOT, alpha, copied, fill, server

ATOM = "{http://www.w3.org/2005/Atom}"
SVG = "{http://www.w3.org/2000/svg}"
SITE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ENTRIES_MAX = 100


def feed(path="/feed", headers=None, where=None):
    answer = (where or server()).get(path, headers)
    equal((answer.status, answer.headers["Content-Type"]), (200, "application/atom+xml; charset=utf-8"))
    root = ET.fromstring(answer.body)
    valid(root)
    return root


def one(element, name):
    """The text of a child that has to be there exactly once."""
    [child] = element.findall(ATOM + name)
    return child.text or ""


def links(element):
    """{(relation, type): address}; no pair stands twice (§4.1.1, §4.1.2)."""
    found = {}
    for link in element.findall(ATOM + "link"):
        key = link.get("rel", "alternate"), link.get("type")
        assert key not in found, key
        found[key] = link.get("href")
        assert found[key].startswith("http"), found
    return found


def valid(root):
    """What RFC 4287 demands of a feed and its entries."""
    equal(root.tag, ATOM + "feed")
    ids = set()
    for element in [root, *root.findall(ATOM + "entry")]:
        assert UUID.fullmatch(one(element, "id")), one(element, "id")
        ids.add(one(element, "id"))
        assert one(element, "title").strip()
        for name in ("updated", "published")[:1 if element is root else 2]:
            assert RFC3339.fullmatch(one(element, name)), one(element, name)
        contains(links(element), ("alternate", "text/html"))
        for author in element.findall(ATOM + "author"):
            assert one(author, "name").strip()
        for category in element.findall(ATOM + "category"):
            assert category.get("term")
    entries = root.findall(ATOM + "entry")
    equal(len(ids), 1 + len(entries), "an id stands twice")
    assert root.find(ATOM + "author") is not None
    contains(links(root), ("self", "application/atom+xml"))
    assert len(entries) <= ENTRIES_MAX
    times = [one(entry, "updated") for entry in entries]
    equal(times, sorted(times, reverse=True), "not the newest first")
    if times:
        equal(one(root, "updated"), times[0])


def titles(path="/feed", headers=None, where=None):
    return [one(entry, "title") for entry in feed(path, headers, where).findall(ATOM + "entry")]


MAIN = {"alpha 1.0.0", "alpha 1.1.0", "alpha 2.0.0-rc.1", "edge 0.1.0-beta.1", "old 3.0.0"}
TEAM = {"alpha 1.1.0", "plus 1.0.0+build.7"}


@table(("everything", "/feed", {*(f"main/{one}" for one in MAIN), *(f"team-a/stable/{one}" for one in TEAM)}),
       ("a repository", "/feed/main", MAIN),
       ("one of two segments", "/feed/team-a~stable", TEAM),
       ("a chart", "/feed/main/alpha", {"alpha 1.0.0", "alpha 1.1.0", "alpha 2.0.0-rc.1"}),
       ("a search", "/feed?q=edge", {"main/edge 0.1.0-beta.1"}),
       ("nothing found", "/feed?q=zzzqqqxxx", set()))
def entries(path, wanted):
    found = titles(path)
    equal((set(found), len(found)), (wanted, len(wanted)))


@test
def an_entry():
    running = Server(data=copied())
    root = feed("/feed/main/alpha", where=running)
    equal(one(root, "title"), "alpha of main")
    equal(links(root), {("self", "application/atom+xml"): f"{running.url}/feed/main/alpha",
                        ("alternate", "text/html"): f"{running.url}/packages/main/alpha"})
    [entry] = [e for e in root.findall(ATOM + "entry") if one(e, "title") == "alpha 1.1.0"]
    equal(links(entry), {
        ("alternate", "text/html"): f"{running.url}/packages/main/alpha/1.1.0",
        ("enclosure", "application/gzip"): f"{running.url}/charts/alpha-1.1.0.tgz"})
    equal([one(a, "name") for a in entry.findall(ATOM + "author")], ["Jo", "No one"])
    equal([c.get("term") for c in entry.findall(ATOM + "category")], ["security"])
    [content] = entry.findall(ATOM + "content")
    equal(content.get("type"), "html")
    equal(content.text,
          "<p>The letter &quot;A&quot; &amp; &lt;more&gt;</p><p>Contains security updates.</p><ul>"
          "<li><strong>added</strong>: Cool &lt;feature&gt; &amp; more"
          ' <a href="https://example.org/1" rel="nofollow noopener noreferrer">the issue</a></li>'
          "<li><strong>fixed</strong>: A bug</li></ul>")
    for address in [*links(root).values(), *links(entry).values()]:
        equal(running.get(address.removeprefix(running.url)).status, 200, address)


@test
def marks():
    found = {one(e, "title"): [c.get("term") for c in e.findall(ATOM + "category")]
             for e in feed("/feed/main").findall(ATOM + "entry")}
    equal(found["edge 0.1.0-beta.1"], ["pre-release"])
    equal(found["old 3.0.0"], ["deprecated"])
    equal(found["alpha 2.0.0-rc.1"], ["pre-release", "security"])


@test
def names_and_versions_are_encoded():
    [plus] = [e for e in feed("/feed/team-a~stable").findall(ATOM + "entry") if "plus" in one(e, "title")]
    page = links(plus)["alternate", "text/html"]
    assert page.endswith("/packages/team-a~stable/plus/1.0.0%2Bbuild.7"), page
    archive = links(plus)["enclosure", "application/gzip"]
    equal(server().get(archive.removeprefix(server().url)).status, 200)


@test
def hostile_text():
    """It stays text: neither XML nor the HTML in it ends early, and what XML cannot say is left out."""
    running = Server()
    evil = "]]></title><script>alert(1)</script>&\x01\ufffe\uffff"
    note = "- kind: fixed\n  description: '<img src=x onerror=alert(1)>'\n  links: [{name: '<b>', url: 'javascript:alert(1)'}]\n"
    archive = chart("evil", description=evil.replace("\x01", ""), maintainers=[{"name": evil[:30]}],
                    annotations={"artifacthub.io/changes": note}, home="javascript:alert(1)")
    equal(running.publish(archive).status, 201)
    [entry] = feed("/feed", where=running).findall(ATOM + "entry")
    content = one(entry, "content")
    assert "<script" not in content and "<img" not in content and "javascript:" not in content, content
    contains(content, "&lt;script&gt;")
    contains(content, "&lt;img src=x")
    contains(content, "&lt;img src=x onerror=alert(1)&gt; &lt;b&gt;</li>")


@test
def ids_survive_a_restart_and_are_ones_own():
    data = copied()
    running = Server(data=data)
    ids = lambda where: {one(e, "title"): one(e, "id") for e in feed(where=where).findall(ATOM + "entry")}
    before = ids(running), one(feed(where=running), "id")
    running.stop()
    running = Server(data=data)
    equal((ids(running), one(feed(where=running), "id")), before)
    other = Server()
    fill(other)
    assert not set(ids(other).values()) & set(before[0].values())


@test
def unchanged_is_304_and_changes_are_there():
    running = Server()
    equal(running.publish(chart("demo", "1.0.0")).status, 201)
    for path in ("/feed", "/feed/main", "/feed/main/demo"):
        first = running.get(path)
        again = running.get(path, {"If-None-Match": first.headers["ETag"]})
        equal((again.status, again.body), (304, b""))
        equal(first.headers["Cache-Control"].split(", ")[-1], "no-cache")
    equal(running.publish(chart("demo", "1.0.1")).status, 201)
    for path in ("/feed", "/feed/main", "/feed/main/demo"):
        assert titles(path, where=running)[0].endswith("demo 1.0.1")
    equal(running.request("DELETE", "/api/charts/demo/1.0.1").status, 200)
    yank = json.dumps({"chart": "demo", "version": "1.0.0"})
    for path in ("/feed", "/feed/main", "/feed/main/demo"):
        assert [title.split()[-1] for title in titles(path, where=running)] == ["1.0.0"]
    equal(running.request("POST", "/api/v1/repos/main/yank", yank,
                          {"Content-Type": "application/json"}).status, 200)
    equal(titles(where=running), [])


@test
def at_most_a_hundred():
    running = Server()
    for number in range(ENTRIES_MAX + 5):
        equal(running.publish(chart("many", f"1.0.{number}")).status, 201)
    for path in ("/feed", "/feed/main", "/feed/main/many"):
        found = titles(path, where=running)
        equal(len(found), ENTRIES_MAX)
        assert found[0].endswith(f"many 1.0.{ENTRIES_MAX + 4}"), found[0]
        assert found[-1].endswith("many 1.0.5"), found[-1]


@test
def by_the_time_they_were_made():
    """Not in the order in which they came here."""
    folder, data = temporary(), temporary() / "data"
    days = {"b-1.0.0": 3, "a-1.0.0": 1, "c-1.0.0": 2, "a-0.9.0": 4}
    for name, day in days.items():
        file = folder / f"{name}.tgz"
        file.write_bytes(chart(*name.split("-")))
        os.utime(file, (day * 86400, day * 86400))
    must("import", "--data", data, folder)
    running = Server(data=data)
    for path in ("/feed", "/feed/main"):
        equal([title.split("/")[-1].replace(" ", "-") for title in titles(path, where=running)],
              sorted(days, key=days.get, reverse=True))
    equal(titles("/feed/main/a", where=running), ["a 0.9.0", "a 1.0.0"])


@test
def private_versions_are_for_their_readers():
    assert not any("secret" in title for title in titles())
    assert "vault/secret 1.0.0" in titles("/feed", ROOT)
    equal(titles("/feed?q=secret"), [])
    equal(titles("/feed?q=secret", ROOT), ["vault/secret 1.0.0"])
    for path in ("/feed/vault", "/feed/vault/secret", "/badge/vault/secret.svg"):
        equal((server().get(path).status, server().get(path, ROOT).status), (404, 200), path)
    answer = server().get("/feed", ROOT)
    contains(answer.headers["Cache-Control"], "private")


@table(("no repository", "/feed/nowhere"), ("no chart", "/feed/main/nothing"),
       ("no chart for a badge", "/badge/main/nothing.svg"), ("no picture", "/badge/main/alpha.png"), ("no chart, without its ending", "/badge/main/nothing"),
       ("no name", "/badge/main/.svg"))
def not_there(path):
    equal(server().get(path).status, 404)


@table(("home", "/", "/feed"), ("search", "/search?q=edge", "/feed?q=edge"), ("repository", "/repos/main", "/feed/main"),
       ("chart", "/packages/team-a~stable/plus", "/feed/team-a~stable/plus"))
def pages_tell_of_their_feed(page, path):
    body = server().get(page, {"Accept": "text/html"}).body.decode()
    contains(body, f'<link rel="alternate" type="application/atom+xml" href="{path}">')
    contains(body, '<link rel="search" href="/opensearch.xml"')
    feed(path)


# ---- badges ----

def badge(path, where=None):
    """(what it says, colours, width)"""
    answer = (where or server()).get(path)
    equal((answer.status, answer.headers["Content-Type"]), (200, "image/svg+xml"))
    contains(answer.headers["Content-Security-Policy"], "default-src 'none'")
    root = ET.fromstring(answer.body)
    equal(root.find(SVG + "title").text, root.get("aria-label"))
    texts = [text.text for text in root.iter(SVG + "text")]
    equal(": ".join(texts), root.get("aria-label"))
    fills = [rect.get("fill") for rect in root.iter(SVG + "rect") if rect.get("fill")]
    widths = [int(rect.get("width")) for rect in root.iter(SVG + "rect") if rect.get("fill")]
    equal(sum(widths), int(root.get("width")))
    for text, width in zip(root.iter(SVG + "text"), widths):
        assert 0 < int(text.get("textLength")) <= width, (text.text, width)
    return texts, fills[1], int(root.get("width"))


BLUE, GREEN, AMBER, GREY = "#1d5fa8", "#1b7440", "#8f5a00", "#66707c"


@table(("version", "main/alpha.svg", ["alpha", "1.1.0"], BLUE),
       ("version by its name", "main/alpha/version.svg", ["alpha", "1.1.0"], BLUE),
       ("pre-release", "main/edge.svg", ["edge", "0.1.0-beta.1"], AMBER),
       ("deprecated", "main/old.svg", ["old", "3.0.0"], GREY),
       ("of a team", "team-a~stable/plus.svg", ["plus", "1.0.0+build.7"], BLUE),
       ("app", "main/alpha/app.svg", ["app", "9.8"], BLUE),
       ("no appVersion", "main/old/app.svg", ["app", "unknown"], GREY),
       ("signed", "main/alpha/signed.svg", ["chart", "signed, unchecked"], AMBER),
       ("not signed", "main/old/signed.svg", ["chart", "not signed"], GREY))
def badges(path, texts, colour):
    assert settled(lambda: badge("/badge/" + path)[:2] == (texts, colour)), badge("/badge/" + path)


@test
def badge_without_its_ending():
    equal(server().get("/badge/main/alpha").body, server().get("/badge/main/alpha.svg").body)


@test
def badge_of_strange_text():
    running = Server()
    archive = chart("long", appVersion="<&>" + "é" * 200)
    equal(running.publish(archive).status, 201)
    texts, _, width = badge("/badge/main/long/app.svg", running)
    equal(texts, ["app", "<&>" + "é" * 38])
    assert width < 1000


@test
def badge_is_kept_until_it_changes():
    running = Server()
    equal(running.publish(alpha("1.0.0")).status, 201)
    first = running.get("/badge/main/alpha.svg")
    equal(running.get("/badge/main/alpha.svg", {"If-None-Match": first.headers["ETag"]}).status, 304)
    equal(running.publish(alpha("1.0.1")).status, 201)
    equal(badge("/badge/main/alpha.svg", running)[0], ["alpha", "1.0.1"])


# ---- machines ----

def sitemap(headers=None, where=None):
    where = where or server()
    answer = where.get("/sitemap.xml", headers)
    equal((answer.status, answer.headers["Content-Type"]), (200, "application/xml; charset=utf-8"))
    root = ET.fromstring(answer.body)
    equal(root.tag, SITE + "urlset")
    for url in root:
        changed = url.find(SITE + "lastmod")
        assert changed is None or RFC3339.fullmatch(changed.text), changed.text
    return [url.find(SITE + "loc").text.removeprefix(where.url) for url in root]


@test
def sitemap_has_public_pages_whoever_asks():
    wanted = ["/", "/repos", "/repos/main", "/packages/main/alpha", "/packages/main/edge",
              "/packages/main/old", "/repos/team-a/stable", "/packages/team-a~stable/alpha",
              "/packages/team-a~stable/plus"]
    equal(sitemap(), wanted)
    equal(sitemap(ROOT), wanted)
    for path in wanted:
        equal(server().get(path).status, 200, path)
    equal(server().get("/sitemap.xml?page=1").status, 200)
    equal(server().get("/sitemap.xml?page=2").status, 400)


@test
def where_strangers_see_nothing():
    running = Server(data=copied(), args=("--set", "auth.anonymous_read=false"))
    equal(running.get("/robots.txt").body, b"User-agent: *\nDisallow: /\n")
    equal(sitemap(ROOT, running), ["/", "/repos"])
    equal(titles("/feed", where=running), [])
    running = Server(data=copied())
    hide = '{"private": true}'
    equal(running.request("PATCH", "/api/v1/repos/main", hide,
                          {**ROOT, "Content-Type": "application/json"}).status, 200)
    equal(running.get("/robots.txt").body, b"User-agent: *\nDisallow: /\n")
    assert not any(path.startswith("/packages/main/") for path in sitemap(None, running))


HIDDEN = ("/api/", "/search", "/login", "/*/compare", "/*?theme=", "/*&theme=")


@test
def robots():
    answer = server().get("/robots.txt")
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
    equal(answer.body.decode(), "User-agent: *\n" + "".join(
        f"Disallow: {path}\n" for path in HIDDEN) + f"Sitemap: {server().url}/sitemap.xml\n")
    below = Server(args=("--set", "public_url=https://charts.example.org/hub"))
    equal(below.get("/robots.txt").body, b"User-agent: *\n" + b"".join(
        b"Disallow: /hub%s\n" % path.encode() for path in HIDDEN) +
          b"Sitemap: https://charts.example.org/hub/sitemap.xml\n")


@test
def opensearch():
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    answer = server().get("/opensearch.xml")
    equal((answer.status, answer.headers["Content-Type"]),
          (200, "application/opensearchdescription+xml; charset=utf-8"))
    root = ET.fromstring(answer.body)
    equal(root.tag, space + "OpenSearchDescription")
    assert 0 < len(root.find(space + "ShortName").text) <= 16
    assert 0 < len(root.find(space + "Description").text) <= 1024
    equal(root.find(space + "InputEncoding").text, "UTF-8")
    templates = {url.get("type"): url.get("template") for url in root.findall(space + "Url")}
    equal(templates["text/html"], f"{server().url}/search?q={{searchTerms}}")
    path = templates["application/x-suggestions+json"].removeprefix(server().url)
    answer = server().get(path.replace("{searchTerms}", "alp"))
    equal((answer.status, answer.headers["Content-Type"]),
          (200, "application/x-suggestions+json; charset=utf-8"))
    typed, names, texts, urls = json.loads(answer.body)
    equal((typed, set(names), set(texts)), ("alp", {"alpha"}, {RICH["description"]}))
    contains(urls, f"{server().url}/packages/main/alpha")
    for kind in ("text/html", "application/atom+xml"):
        path = templates[kind].removeprefix(server().url).replace("{searchTerms}", "alpha")
        equal(server().get(path).status, 200)


if __name__ == "__main__":
    main()
