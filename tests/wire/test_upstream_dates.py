#!/usr/bin/env python3
"""Versions of which an upstream tells no date that can be: none is made up for them. Where one is needed, in
feeds and for keep_days, it is the time at which they were first seen here."""
import datetime
import email.utils
import json
import xml.etree.ElementTree as ET

from wire import Server, contains, equal, make_repo
from bundles import Outer, trust
from following import follow, refreshed
from harness import chart, main, must, settled, table, test
from hostile_server import Hostile
from registry import MadeUp
from upstream import Upstream

ATOM = "{http://www.w3.org/2005/Atom}"
VERSIONS = "1.1.0", "1.0.0"


def upstream_of(created):
    up = Upstream()
    for version in VERSIONS:
        up.put("demo", version, created=created)
    return up


def ask(server, path):
    answer = server.get(path)
    equal(answer.status, 200, answer.body)
    return json.loads(answer.body)


@test
def t_fed_13_a_registry_that_dates_as_helm_does_not_read():
    """The index stays one that everybody reads, and the catalog goes on."""
    made = MadeUp("charts/demo", chart("demo"),
                  annotations={"org.opencontainers.image.created": "2026-03-05 09:12:44+02:00"})
    made.tags("1.0.0")
    server = Server()
    make_repo(server, "up", upstream=Hostile(made.answers).url.replace("http", "oci") + "/charts/demo",
              allow_private=True, refresh_minutes=0)
    refreshed(server)
    [line] = ask(server, "/up/index.json")["entries"]["demo"]
    equal(line["created"], "2026-03-05T07:12:44Z")
    assert settled(lambda: ask(server, "/api/v1/search?q=demo")["total"] == 1), server.log()


NONE = (("none", None), ("Go's zero time", "0001-01-01T00:00:00Z"),
        ("before there were charts", "1970-01-01T00:00:00Z"))


@table(*NONE)
def nobody_makes_one_up(created):
    server = Server()
    follow(server, upstream_of(created))
    refreshed(server)
    equal(ask(server, "/api/v1/charts/up/demo")["created"], None)
    for path, key in (("charts/up/demo/versions", "versions"), ("repos/up/versions", "versions")):
        equal([v["created"] for v in ask(server, f"/api/v1/{path}")[key]], [None, None], path)
    said = must("show", "up/demo", "--data", server.data)
    contains(said, "date unknown, ")
    assert "1970" not in said and "0001" not in said, said


@table(*NONE)
def in_feeds_it_is_when_it_came(created):
    """Beside a hundred that were published long ago, it is there, and foremost."""
    server, up = Server(), upstream_of(created)
    for number in range(100):
        up.put("old", f"1.{number}.0", created="2020-01-01T00:00:00Z")
    follow(server, up)
    refreshed(server)
    make_repo(server, name="all", members="up")
    today = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)
    for path in "/feed", "/feed/up", "/feed/up/demo", "/feed?q=demo", "/feed/all":
        found = ET.fromstring(server.get(path).body).findall(ATOM + "entry")
        for entry in found[:1 if "?" in path else 2]:
            contains(entry.findtext(ATOM + "title"), "demo 1.")
            published = entry.findtext(ATOM + "published")
            assert published >= today.isoformat(), (path, published)


@table(*NONE)
def in_statistics_they_are_of_no_month(created):
    """A chart begins with its first version that has a date."""
    server, up = Server(), upstream_of(created)
    up.put("old", "1.1.0", created="2020-02-03T00:00:00Z")
    up.put("old", "1.0.0", created=created)
    follow(server, up)
    refreshed(server)
    found = ask(server, "/api/v1/stats")
    month = int(datetime.datetime(2020, 2, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1000
    for key, total in ("packages", 2), ("snapshots", 4):
        equal([found[key][part] for part in ("total", "running_total", "created_monthly")], [total, [[month, 1]], [[month, 1]]])


@table(*NONE)
def as_artifact_hub_has_them(created):
    """An RSS feed has to have a date that can be, a changelog need not."""
    server, up = Server(), upstream_of(created)
    for entry in up.entries["demo"]:
        entry["annotations"] = {"artifacthub.io/changes": "- it works"}
    follow(server, up)
    refreshed(server)
    rss = ET.fromstring(server.get("/api/v1/packages/helm/up/demo/feed/rss").body)
    for date in rss.iterfind("channel/item/pubDate"):
        age = datetime.datetime.now(datetime.timezone.utc) - email.utils.parsedate_to_datetime(date.text)
        assert abs(age) < datetime.timedelta(days=1), date.text
    text = server.get("/api/v1/packages/helm/up/demo/changelog.md").body.decode()
    equal([line for line in text.splitlines() if line.startswith("## ")], [f"## {version}" for version in VERSIONS])


@table(*NONE)
def keep_days_count_from_when_it_came(created):
    """Also on the other side of a bundle, where it is no upstream's any more."""
    outer, server = Outer(), Server()
    follow(outer, upstream_of(created), mode="mirror")
    refreshed(outer)
    bundle = outer.create(repo="up")[1]
    trust(outer, server.data)
    must("bundle", "import", "--data", server.data, bundle)
    must("repo", "set", "up", "keep_days=30", "--data", server.data)
    plan = json.loads(server.request("POST", "/api/v1/repos/up/retention?dry_run").body)
    equal((plan["taken"], plan["kept"]), (0, len(VERSIONS)))


if __name__ == "__main__":
    main()
