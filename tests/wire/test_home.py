#!/usr/bin/env python3
"""The home page, and searching from a browser's own box."""
import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

from wire import Server, contains, equal, make_repo
from harness import chart, main, settled, table, test
from hub import ROOT, copied, server

NAMESPACE = "{http://a9.com/-/spec/opensearch/1.1/}"


def home(headers=None, running=None):
    answer = (running or server()).get("/", {"Accept": "text/html", **(headers or {})})
    equal(answer.status, 200)
    return answer.body.decode()


def section(body, title):
    """The charts below a heading, in their order."""
    found = re.search(rf"<section>\n<div class=\"list-head\">\n<h2>{title}</h2>.*?</section>", body, re.S)
    return re.findall(r'class="row-name"><a href="/packages/([^"]*)"', found[0]) if found else []


@test
def recently_published():
    recent = section(home(), "Recently published")
    equal(sorted(recent), ["main/alpha", "main/edge", "main/old", "team-a~stable/alpha", "team-a~stable/plus"])
    contains(home(), '<a href="/search?sort=released">All</a>')
    assert "vault/secret" in section(home(ROOT), "Recently published")


@test
def most_used():
    """Charts that nobody pulled and nothing depends on are not shown there."""
    running = Server(data=copied())
    equal(section(home(running=running), "Most used"), [])
    uses = [{"name": "alpha", "version": ">=0", "repository": "@main"}]
    equal(running.publish(chart("user", dependencies=uses), headers=ROOT).status, 201)
    assert settled(lambda: section(home(running=running), "Most used") == ["main/alpha"])


@test
def categories():
    chips = re.findall(r'<a class="chip" href="([^"]*)">([^<]*) <span class="count">(\d+)</span></a>', home())
    equal(chips, [("/search?category=database", "Database", "2")])
    equal(server().get(chips[0][0]).status, 200)


@test
def how_to_use_it():
    body = home()
    assert re.search(rf"helm repo add (\S+) \\\n  {re.escape(server().url)}\nhelm repo update\nhelm search repo \1", body)
    contains(body, f"chartlocker push mychart/ \\\n  {server().url}")
    equal(re.findall(r'<dt><a href="(/repos/[^"]*)">', body), ["/repos/main", "/repos/team-a/stable"])


@test
def how_to_publish_there():
    """The page of a repository has a command that can be typed."""
    for repo, option in (("main", ""), ("team-a/stable", "--repo team-a/stable ")):
        contains(server().get(f"/repos/{repo}").body.decode(), f"chartlocker push {option}mychart/ \\\n  {server().url}<")


@test
def more_than_a_request_has_room_for():
    """Texts of repositories and charts that are a mebibyte and more together."""
    running = Server()
    for i in range(800):
        make_repo(running, f"team-{i}/stable", description="of a team " * 99)
    for i in range(50):
        equal(running.publish(chart(f"demo-{i}", description="long " * 6000)).status, 201)
    for path, least in (("/", 12), ("/repos", 801), ("/repos/main", 50)):
        answer = running.get(path, {"Accept": "text/html"})
        equal(answer.status, 200, path)
        assert len(re.findall(r'href="/(?:repos|packages)/', answer.body.decode())) >= least, path


# ---- the box of a browser ----

def suggest(query):
    answer = server().get(f"/api/v1/suggest?format=opensearch&q={query}")
    equal((answer.status, answer.headers["Content-Type"]), (200, "application/x-suggestions+json; charset=utf-8"))
    return json.loads(answer.body)


@test
def suggestions():
    url = server().url
    equal(suggest("al"), ["al", ["alpha", "alpha"], ['The letter "A" & <more>'] * 2,
                          [f"{url}/packages/main/alpha", f"{url}/packages/team-a~stable/alpha"]])
    equal(suggest("zzz"), ["zzz", [], [], []])
    equal(suggest("%22%3Cb%3E"), ['"<b>', [], [], []])
    equal(suggest(""), ["", [], [], []])


@table(("the page", "text/html", "text/html; charset=utf-8"),
       ("the feed", "application/atom+xml", "application/atom+xml; charset=utf-8"),
       ("suggestions", "application/x-suggestions+json", "application/x-suggestions+json; charset=utf-8"),
       ("itself", "application/opensearchdescription+xml", "application/opensearchdescription+xml; charset=utf-8"))
def addresses_of_the_description(kind, answered):
    root = ET.fromstring(server().get("/opensearch.xml").body)
    one = [url for url in root.findall(f"{NAMESPACE}Url") if url.get("type") == kind]
    equal(len(one), 1)
    address = urlsplit(one[0].get("template").replace("{searchTerms}", "alpha"))
    equal(f"{address.scheme}://{address.netloc}", server().url)
    answer = server().get(f"{address.path}?{address.query}" if address.query else address.path)
    equal((answer.status, answer.headers["Content-Type"]), (200, answered))
    contains(answer.body.decode(), "alpha" if address.query else "OpenSearchDescription")


if __name__ == "__main__":
    main()
