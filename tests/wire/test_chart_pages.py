#!/usr/bin/env python3
"""The pages of a version — values, files, dependencies, versions, comparisons, changelog — with charts
that people wrote, with one that wants to harm, and for those who may not see it."""
import functools
import gzip
import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

from wire import Server, contains, equal
from harness import CHARTS, chart, main, must, real_charts, table, test
from people import PASSWORD, add_user, basic

BROWSER = {"Accept": "text/html"}
PARTS = ("", "/latest", "/latest/values", "/latest/templates", "/latest/dependencies", "/versions",
         "/latest/changelog", "/compare", "/compare/latest...latest")
PAGE_PACKED_MAX = 60_000


class Seen(HTMLParser):
    """What a page leads to, loads and writes into attributes."""
    def __init__(self, body):
        super().__init__()
        self.links, self.loads, self.styled, self.elements = [], [], [], []
        self.ids = set()
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "script" and found == {"type": "application/ld+json"}:
            return    # data, which nothing runs
        self.elements.append(tag)
        self.ids.add(found.get("id"))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        for name in ("src", "srcset", "action", "data-suggest"):
            if name in found:
                self.loads.append(found[name])
        if tag == "link" and found["rel"] == "canonical":
            self.links.append(found["href"])
        elif tag == "link":
            self.loads.append(found["href"])
        self.styled += [name for name in found if name == "style" or name.startswith("on")]


def page(server, path, **headers):
    return server.get(path, {**BROWSER, **headers})


def body_of(server, path, status=200):
    answer = page(server, path)
    equal(answer.status, status, path)
    return answer.body.decode()


# ---- charts that people wrote ----

NAMES = ("redis", "mysql", "postgresql", "mariadb", "jenkins", "grafana", "traefik", "wordpress", "minio",
         "consul", "airflow", "sentry", "elastic-stack", "prometheus-operator", "velero", "drupal",
         "keycloak", "ghost", "memcached", "metrics-server")


@functools.cache
def real():
    """Two versions of each."""
    real_charts()
    server = Server(keep=True)
    for name in NAMES:
        found = sorted(one for one in (CHARTS / "stable").glob(f"{name}-*.tgz")
                       if re.fullmatch(re.escape(name) + r"-[0-9][^/]*", one.stem))
        assert found, name
        for one in {found[0], found[-1]}:
            equal(server.publish(one.read_bytes()).status, 201, one.name)
    return server


@table(*[(name, name) for name in NAMES])
def pages_of_a_real_chart(name):
    for part in PARTS:
        path = f"/packages/main/{name}{part}"
        answer = page(real(), path, **{"Accept-Encoding": "gzip"})
        equal(answer.status, 200, path)
        assert len(answer.body) <= PAGE_PACKED_MAX, f"{path}: {len(answer.body)} bytes"
        seen = Seen(gzip.decompress(answer.body).decode())
        equal([one for one in seen.loads if not one.startswith("/")], [], path)
        equal(seen.styled, [], path)


@table(("redis", "redis"), ("jenkins", "jenkins"), ("elastic-stack", "elastic-stack"))
def every_link_leads_somewhere(name):
    asked = set()
    for part in PARTS:
        path = f"/packages/main/{name}{part}"
        for link in Seen(body_of(real(), path)).links:
            there = urljoin(path, link).removeprefix(f"http://{real().host}:{real().port}").split("#")[0]
            if there.startswith("/packages/"):
                asked.add(there)
    assert len(asked) > 50, asked
    for there in sorted(asked):
        status = page(real(), there).status
        assert status < 400, f"{there}: {status}"


# ---- what they say ----

VALUES = b"# How many.\nreplicas: 1\nimage:\n  # Which one.\n  tag: '1.0'\ndb:\n  size: 2\n"
SUB = chart("db", "0.1.0", {"values.yaml": b"size: 1\nport: 5432\n"})
OLD = chart("site", "1.0.0", {"values.yaml": VALUES + b"gone: true\n"}, description="Short.")
NEW = chart("site", "1.1.0+b.1", {
    "values.yaml": VALUES, "charts/db-0.1.0.tgz": SUB, "blob.bin": b"\0\1\2",
    "values.schema.json": b'{"properties": {"replicas": {"type": "integer", "minimum": 2}}}',
    "CHANGELOG.md": b"# Changelog\n\n## 1.1.0\n\n- No longer *gone*.\n\n## 1.0.0\n\n- First.\n"},
    appVersion="7.7", description="word " * 120 + "end",
    dependencies=[{"name": "db", "version": "~0.1", "repository": "", "condition": "db.enabled"}])


@functools.cache
def small():
    server = Server(keep=True)
    for archive in (OLD, NEW):
        equal(server.publish(archive).status, 201)
    return server


@table(    # what it is, its address, what stands there
    ("versions", "versions", ["1.1.0+b.1", "1.0.0", "compare/1.0.0...1.1.0%2Bb.1", "7.7"]),
    ("values", "latest/values", ['id="replicas"', "How many.", "≥ 2", 'class="depth-1"',
                                 "Defaults that are wrong", "5432", "of the subchart"]),
    ("a long description", "latest", ['<details class="lead"><summary dir="auto">word word', " end</summary></details>"]),
    ("a description that is not", "1.0.0", ['<p class="lead" dir="auto">Short.</p>']),
    ("a value", "latest/values?path=image.tag", ["--set image.tag=1.0", "Which one.", "image:\n  tag: &quot;1.0&quot;"]),
    ("no such value", "latest/values?path=no.such", ["This version knows no <code>no.such</code>"]),
    ("a template", "latest/templates", ['id="L2"', "ConfigMap", '<span class="hl-key">kind</span>']),
    ("a file", "latest/templates?path=Chart.yaml", ["appVersion", 'aria-current="page">Chart.yaml']),
    ("no text", "latest/templates?path=blob.bin", ["No text: 3 B"]),
    ("a file of a packed chart", "latest/templates?path=charts/db-0.1.0.tgz/values.yaml",
     ['<span class="hl-key">port</span>', "charts/db-0.1.0.tgz", 'aria-current="page">values.yaml']),
    ("the same as it is", "latest/file?path=charts/db-0.1.0.tgz/values.yaml", ["size: 1\nport: 5432\n"]),
    ("no such file", "latest/templates?path=x", ["No such file"]),
    ("dependencies", "latest/dependencies", ["~0.1", "db.enabled", "packed in", "No chart here depends on it"]),
    ("no dependencies", "1.0.0/dependencies", ["No dependencies"]),
    ("comparison", "compare/1.0.0...1.1.0+b.1", ["1 value removed", "gone", 'class="gap"', 'class="del"',
                                                  "No longer <em>gone</em>."]),
    ("the other way", "compare/1.1.0%2Bb.1...1.0.0", ["Backwards"]),
    ("changelog", "latest/changelog", ["No longer <em>gone</em>.", "First.", "compare/1.0.0...1.1.0%2Bb.1"]),
    ("no changelog", "1.0.0/changelog", ["No changelog"]))
def says(path, expected):
    body = body_of(small(), f"/packages/main/site/{path}", 404 if any("No such file" in one or "knows no" in one for one in expected) else 200)
    for text in expected:
        contains(body, text, path)


@test
def a_comment_that_was_taken_away():
    server = Server()
    for version, values in (("1.0.0", b"# how many\na: 1\n# the rest\nb: 2\n"), ("1.1.0", b"# how many there are\na: 1\nb: 2\n")):
        equal(server.publish(chart("noted", version, {"values.yaml": values})).status, 201)
    body = body_of(server, "/packages/main/noted/compare/1.0.0...1.1.0")
    equal(re.findall(r">((?:no )?comment[^<]*)<", body), ["comment: how many there are", "no comment any more"])


# ---- files that are large, or more than text ----

PAGE_MAX, ONE_LINE_MAX = 1 << 20, 5 << 20    # bytes; the second where 1 MiB of "<" is escaped


def keys(count):
    return "".join(f"key{n}:\n  nested{n}: some words to set\n" for n in range(count)).encode()


@functools.cache
def large():
    server = Server(keep=True)
    lines = b"".join(b"a line <of> %d & more\n" % n for n in range(200_000))
    many = {"values.yaml": keys(9_000), "templates/x.yaml": lines, "one.txt": b"<" * (4 << 20)}
    more = {"values.yaml": keys(90_000), "README.md": b"# A title\n\n" + b"*a* <b>b</b> \xff " * 300_000}
    for name, files in ("many", many), ("more", more):
        equal(server.publish(chart(name, files=files)).status, 201)
    return server


@table(("values", "many", "values", PAGE_MAX, "18,000 values"), ("too many values", "more", "values", PAGE_MAX, "So none of it"),
       ("the overview", "more", "", PAGE_MAX, "Templates"), ("lines", "many", "templates?path=templates/x.yaml", ONE_LINE_MAX, 'id="L10000"'),
       ("one line", "many", "templates?path=one.txt", ONE_LINE_MAX, "&lt;"),
       ("dependencies", "more", "dependencies", PAGE_MAX, ""))
def t_web_09_t_meta_15_large_files(name, path, most, says):
    """Pages, without a script, of which a browser can take the first part."""
    body = body_of(large(), f"/packages/main/{name}/1.0.0/{path}".rstrip("/"))
    assert len(body) < most, len(body)
    contains(body, says)
    contains(body, "</html>")


HARMFUL = {"a.html": b"<script>alert(1)</script>", "a.svg": b"<svg onload='alert(1)'/>", "a.js": b"alert(1)",
           "a.xml": b"<?xml-stylesheet href='x.xsl'?>", "a.HTM": b"<html>", "a.pdf": b"%PDF", "a": b"<html>"}


@functools.cache
def harmful():
    server = Server(keep=True)
    equal(server.publish(chart("site", files=HARMFUL)).status, 201)
    return server


@table(*((name, name) for name in HARMFUL))
def t_web_04_raw_files(name):
    """Text, or a picture that may do nothing: what is asked for by its address runs nowhere."""
    answer = page(harmful(), f"/packages/main/site/1.0.0/file?path={name}")
    equal((answer.status, answer.body), (200, HARMFUL[name]))
    equal(answer.headers["Content-Type"], "image/svg+xml" if name == "a.svg" else "text/plain; charset=utf-8")
    equal(answer.headers["X-Content-Type-Options"], "nosniff")
    for part in "default-src 'none'", "sandbox", "frame-ancestors 'none'":
        contains(answer.headers["Content-Security-Policy"], part)


@table(    # what is typed above the table, which rows stay
    ("a part of a path, with its parents", "latest/values?q=TAG", ["image", "image.tag"]),
    ("of a comment", "latest/values?q=how+many", ["replicas"]),
    ("of a default", "latest/values?q=5432", ["db", "db.port"]),
    ("words that are not together", "latest/values?q=which+image", ["image", "image.tag"]),
    ("nothing has it", "latest/values?q=tag+size", []),
    ("blanks", "latest/values?q=+", ["replicas", "image", "image.tag", "db", "db.size", "db.port"]),
    ("of a version", "versions?q=B.1", ["1.1.0+b.1"]),
    ("no version", "versions?q=9", []))
def filter_of_a_table(path, rows):
    body = body_of(small(), f"/packages/main/site/{path}")
    kind = r'class="mono" href="[^"]+">([^<]+)' if path.startswith("versions") else r'<tr id="([^"]+)"'
    equal(re.findall(kind, body), rows)
    assert rows or "All v" in body


@test
def notes_of_the_versions_between():
    """An annotation speaks of its own version: those of the others are asked as well, both ways."""
    server = Server()
    notes = {"1.0.0": "the first", "1.1.0": "see [a fix](https://bugs.example/1)", "1.2.0-rc.1": "tried `it`",
             "1.2.0": "the last", "2.0.0": "later"}
    for version, text in notes.items():
        changes = json.dumps([{"kind": "fixed", "description": text}])
        equal(server.publish(chart("noted", version, annotations={"artifacthub.io/changes": changes})).status, 201)
    for way in ("1.0.0...1.2.0", "1.2.0...1.0.0"):
        body = body_of(server, f"/packages/main/noted/compare/{way}")
        changelog = body[body.index('id="changelog"'):body.index('id="files"')]
        equal(re.findall(r'<h3 class="mono">([^\s<]+)', changelog), ["1.2.0", "1.2.0-rc.1", "1.1.0"])
        contains(changelog, '<a href="https://bugs.example/1" rel="nofollow noopener noreferrer">a fix</a>')
        contains(changelog, "tried <code>it</code>")
    for version, told in (("1.2.0", ["1.2.0", "1.2.0-rc.1", "1.1.0", "1.0.0"]), ("1.0.0", ["1.0.0"])):
        body = body_of(server, f"/packages/main/noted/{version}/changelog")
        equal(re.findall(r'<h2 class="mono"><a href="[^"]*">([^<]+)', body), told)
        said = page(server, f"/packages/main/noted/{version}/changelog.md").body.decode()
        equal([text in said for text in notes.values()], [v in told for v in notes])


@test
def notes_beside_a_file():
    """The file knows dates and other versions; of one that speaks for itself it tells nothing else."""
    server = Server()
    for version in ("1.0.0", "1.1.0"):
        log = b"# C\n\n## 1.1.0 - 2026-02-03\n\n- from the file\n\n## 0.9.0 - 2026-01-01\n\n- long ago\n"
        changes = json.dumps([f"by {version} itself"])
        equal(server.publish(chart("noted", version, {"CHANGELOG.md": log},
                                   annotations={"artifacthub.io/changes": changes})).status, 201)
    body = body_of(server, "/packages/main/noted/1.1.0/changelog")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))
    assert re.search(r"1.1.0 2026-02-03 by 1.1.0 itself 1\.0\.0 [0-9-]{10} by 1.0.0 itself 0.9.0 2026-01-01 long ago", text), text
    assert "from the file" not in text


LOG = b"# C\n\n## v1.3.0 - 2026-02-03\n\n- in the file\n\n## 1.2\n\n- short\n\n## 1.1.0\n\n- plain\n\n## 1.0.0+b.2\n\n- other\n"
PATH = "/packages/main/noted/"


@table(    # versions, the oldest first; whether they speak for themselves; what stands there, with * a mark for security
    ("with v", ["v1.2.0", "v1.3.0"], False, "v1.3.0* in the file, v1.2.0* short, 1.1.0 plain, 1.0.0+b.2 other"),
    ("with v, annotated", ["v1.2.0", "v1.3.0"], True, "v1.3.0* v1.3.0 itself, v1.2.0* v1.2.0 itself, 1.1.0 plain, 1.0.0+b.2 other"),
    ("without", ["1.2.0", "1.3.0"], True, "1.3.0* 1.3.0 itself, 1.2.0* 1.2.0 itself, 1.1.0 plain, 1.0.0+b.2 other"),
    ("with build metadata", ["1.0.0+b.1", "1.1.0+b.1", "1.3.0"], False,
     "1.3.0* in the file, 1.2 short, 1.1.0+b.1* plain, 1.0.0+b.2 other"),
    ("with other metadata, annotated", ["1.0.0+b.1", "1.3.0"], True,
     "1.3.0* 1.3.0 itself, 1.2 short, 1.1.0 plain, 1.0.0+b.1* 1.0.0+b.1 itself, 1.0.0+b.2 other"),
    ("one that is written so, and another", ["1.1.0", "1.1.0+b.1", "1.3.0"], False,
     "1.3.0* in the file, 1.2 short, 1.1.0* plain, 1.0.0+b.2 other"))
def headings_of_versions(versions, annotated, told):
    """A heading means the version that it is by semver: its page, its date, its mark."""
    server = Server()
    for version in versions:
        notes = {"artifacthub.io/containsSecurityUpdates": "true"}
        if annotated:
            notes["artifacthub.io/changes"] = json.dumps([f"{version} itself"])
        equal(server.publish(chart("noted", version, {"CHANGELOG.md": LOG}, annotations=notes)).status, 201)
    body = body_of(server, PATH + versions[-1] + "/changelog")
    sections = re.findall(r"<section>(.*?)</section>", body, re.S)
    found = []
    for section in sections:
        link, entry = re.search(rf'href="{PATH}([^"]+)">', section), re.search(r"<bdi>(.*?)</bdi>", section).group(1)
        version = re.search(r'<h2 class="mono">(?:<a[^>]*>)?([^\s<]+)', section).group(1)
        equal(link and link.group(1).replace("%2B", "+"), version if version in versions else None)
        found.append(f"{version}{'*' * ('security updates' in section)} {entry}")
    equal(", ".join(found), told)


@table(("raw", "1.1.0+b.1"), ("encoded", "1.1.0%2Bb.1"), ("latest", "latest"))
def plus(version):
    contains(body_of(small(), f"/packages/main/site/{version}/values"), "replicas")


@test
def changelog_as_markdown():
    answer = page(small(), "/packages/main/site/latest/changelog.md")
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/markdown; charset=utf-8"))
    contains(answer.body.decode(), "First.")


@table(    # its versions, the oldest first; from which to which the form compares
    ("the newest", ["1.0.0", "1.1.0", "1.2.0"], "1.1.0", "1.2.0"),
    ("pre-releases on top", ["1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0-rc.2"], "1.0.0", "1.1.0"),
    ("but one", ["1.0.0", "1.1.0-rc.1", "1.1.0-rc.2"], "1.0.0", "1.1.0-rc.1"),
    ("one alone", ["1.0.0"], None, "1.0.0"))
def versions_that_the_form_compares(versions, older, newer):
    server = Server()
    for version in versions:
        equal(server.publish(chart("steps", version)).status, 201)
    form = body_of(server, "/packages/main/steps/compare").split("<select")[1:]
    chosen = [re.findall("<option selected>([^<]*)", part) for part in form]
    equal(chosen, [[older] if older else [], [newer]])


@table(("both", "?from=1.0.0&to=1.1.0%2Bb.1", 302, "/packages/main/site/compare/1.0.0...1.1.0%2Bb.1"),
       ("one", "?from=1.0.0", 200, None))
def form_leads_to_the_comparison(query, status, to):
    answer = page(small(), "/packages/main/site/compare" + query)
    equal((answer.status, answer.headers["Location"]), (status, to))


@table(("values", "1.0.9/values"), ("files", "1.0.9/templates"), ("dependencies", "1.0.9/dependencies"),
       ("changelog", "1.0.9/changelog"), ("comparison", "compare/1.0.0...1.0.9"))
def unknown_version_names_those_near(path):
    answer = page(small(), f"/packages/main/site/{path}")
    equal(answer.status, 404)
    contains(answer.body.decode(), '<a class="chip" href="/packages/main/site/1.0.0">1.0.0</a>')
    contains(answer.body.decode(), '<a class="chip" href="/packages/main/site/1.1.0%2Bb.1">1.1.0+b.1</a>')


@table(("the chart", "/packages/main/sitte"), ("one of its pages", "/packages/main/sitte/1.0.0/values"))
def unknown_chart_names_those_near(path):
    answer = page(small(), path)
    equal(answer.status, 404)
    contains(answer.body.decode(), '<a class="chip" href="/packages/main/site">main/site</a>')


@table(("no dots", "1.0.0"), ("one side", "1.0.0..."), ("the other side", "...1.0.0"))
def comparison_of_nothing(what):
    equal(page(small(), f"/packages/main/site/compare/{what}").status, 404)


@table(("zero", "0"), ("a word", "x"))
def page_that_is_none(number):
    for part in ("versions", "latest/values"):
        equal(page(small(), f"/packages/main/site/{part}?page={number}").status, 400)


@test
def page_behind_the_last():
    for path in ("/packages/main/site/versions", "/packages/main/site/latest/values", "/repos/main", "/search"):
        body = body_of(small(), f"{path}?page=100000")
        contains(body, "There is no such page")
        assert re.search(r'href="[^"?]*">Last page</a>', body), body
        assert 'class="pager"' not in body, path


# ---- who may not see it ----

@test
def private_repository():
    """A stranger is told what he is told of a repository that is not there; its reader sees all."""
    server = Server()
    must("repo", "create", "vault", "--data", server.data, "--private")
    add_user(server.data, "root", "admin:*")
    root = basic("root", PASSWORD)
    equal(server.publish(chart("secret"), "vault", headers=root).status, 201)
    for part in (*PARTS, "/latest/changelog.md", "/latest/file?path=Chart.yaml"):
        path = f"/packages/vault/secret{part}"
        equal(page(server, path, **root).status, 200, path)
        answer, absent = page(server, path), page(server, path.replace("vault", "nowhere"))
        equal((answer.status, absent.status), (404, 404), path)
        assert b"1.0.0" not in answer.body.replace(b"compare/1.0.0", b""), path


# ---- one that wants to harm ----

BAD = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
HOSTILE = chart("hostile", "1.0.0", {
    "README.md": f"# {BAD}\n\n{BAD}\n".encode(),
    "values.yaml": f"# {BAD}\n'{BAD.replace(chr(39), '')}': '{BAD.replace(chr(39), '')}'\nx: 1\n".encode(),
    "values.schema.json": b'{"properties": {"x": {"type": "integer", "enum": ["<b>"], "pattern": "<script>"}}}',
    "templates/<img src=x onerror=alert(1)>.yaml": f"kind: <b>\nx: {BAD}\n".encode(),
    "CHANGELOG.md": f"# C\n\n## 1.0.0\n\n- {BAD}\n".encode()},
    description=BAD, appVersion=BAD, dependencies=[
        {"name": "x", "version": "1.0.0", "repository": "javascript:alert(1)", "condition": "a.b"}])


@functools.cache
def hostile():
    server = Server(keep=True)
    answer = server.publish(HOSTILE)
    equal(answer.status, 201, answer.body)
    equal(server.publish(chart("hostile", "0.9.0")).status, 201)
    return server


@table(*[(part or "chart", part) for part in PARTS + ("/compare/0.9.0...1.0.0", "/compare/1.0.0...0.9.0",
         "/latest/values?path=%3Cscript%3E", "/latest/templates?path=%3Cscript%3E",
         "/latest/templates?path=CHANGELOG.md", "/latest/templates?path=README.md")])
def markup_of_strangers_is_text(part):
    body = body_of(hostile(), "/packages/main/hostile" + part, 404 if "?path=%3C" in part else 200)
    seen = Seen(body)
    equal(seen.styled, [])
    equal(seen.elements.count("script"), 1)
    equal([one for one in seen.loads if not one.startswith("/")], [])
    equal([one for one in seen.links if one.lower().startswith("javascript:")], [])


if __name__ == "__main__":
    main()
