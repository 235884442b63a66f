#!/usr/bin/env python3
"""One chart of an upstream with very many versions: nobody else has to wait for it."""
import json
import re

from wire import Server, contains, equal
from chart_server import entry
from following import follow, refresh, refreshed, shown, status
from upstream import Upstream, whole
from harness import chart, main, rendered, settled, test

CHUNK_MAX = 512                      # UPSTREAM_CHUNK_VERSIONS_MAX of limits.h
VERSIONS_MAX = 20000                 # UPSTREAM_CHART_VERSIONS_MAX
ANSWER_MAX = 5000                    # HUB_VERSIONS_MAX
RELEASES_MAX = 1000                  # HUB_RELEASES_MAX


def versions(count):
    return [f"1.0.{i}" for i in reversed(range(count))]


def say(upstream, list, **fields):
    entries = [entry("demo", v, urls=[f"demo-{v}.tgz"], **fields) for v in list]
    others = [entry("other", "1.0.0", urls=["other-1.0.0.tgz"])]
    upstream.spoil(whole(json.dumps({"apiVersion": "v1", "entries": {"demo": entries, "other": others}}).encode()))


def commits(server):
    [line] = [l for l in server.get("/metrics").body.decode().splitlines()
              if l.startswith("chartlocker_commits_total ")]
    return int(line.split()[1])


@test
def comes_in_parts():
    upstream, server = Upstream(), Server()
    follow(server, upstream)
    for description, what in (("a", "added"), ("b", "changed")):
        say(upstream, versions(4 * CHUNK_MAX), description=description)
        before = commits(server)
        equal(refreshed(server)[what], 4 * CHUNK_MAX + (what == "added"))
        assert commits(server) - before >= 4, "others come between them"
        equal(shown(server), {"demo": versions(4 * CHUNK_MAX), "other": ["1.0.0"]})
    say(upstream, ["1.0.1"])
    equal(refresh(server)[1]["held"], True)
    equal(refreshed(server, accept_drop=True)["gone"], 4 * CHUNK_MAX - 1)
    page = server.get("/repos/up").body.decode()
    contains(page, f'<dt>Gone there</dt><dd><a href="#gone">{4 * CHUNK_MAX - 1:,} versions</a></dd>')
    contains(page.split('id="gone"')[1], '<a href="/api/v1/upstreams/up/gone">All of them, as JSON</a>')
    assert "#drift" not in page and "#unfetched" not in page, "there is none"
    equal(shown(server), {"demo": ["1.0.1"], "other": ["1.0.0"]})


@test
def t_fed_05_more_than_a_chart_may_have():
    upstream, server = Upstream(), Server()
    follow(server, upstream)
    all = versions(VERSIONS_MAX + 2)
    for whole in (False, True):          # again, when they are known
        say(upstream, all)
        refreshed(server, whole=whole)
        equal(shown(server), {"demo": all[:VERSIONS_MAX], "other": ["1.0.0"]})
        equal(status(server)["skipped"], 2)
        told = json.loads(server.request("GET", "/api/v1/upstreams/up/skipped").body)["skipped"]
        equal([row["version"] for row in told], all[VERSIONS_MAX:])
        contains(told[0]["why"], f"more than {VERSIONS_MAX} versions")
    assert settled(lambda: rendered(server) == VERSIONS_MAX + 1, 120), "the catalog opens the chart for each version"
    say(upstream, all[1:])
    said = refreshed(server)
    equal([said[key] for key in ("added", "gone")], [1, 1])
    equal(shown(server)["demo"], all[1:-1], "there is room again")
    users_are_cut(server)


def users_are_cut(server):
    """Each range is compared with each version, in a request."""
    often = " || ".join(["=9.9.9-a"] * 31)
    for count, cut in ((2, False), (490, True)):
        needs = [{"name": "demo", "version": f"{often} || ={n}.0.0", "repository": f"{server.url}/up", "alias": f"a{n}"}
                 for n in range(count)]
        equal(server.publish(chart(f"needs{count}", dependencies=needs)).status, 201)
        answer = json.loads(server.get(f"/api/v1/charts/main/needs{count}/1.0.0/dependencies").body)
        equal(answer["cut"], cut)
        equal(len(answer["dependencies"]) == count, not cut)


@test
def answers_have_the_newest():
    upstream, server = Upstream(), Server()
    follow(server, upstream)
    all = versions(ANSWER_MAX + 1)
    say(upstream, all, annotations={"artifacthub.io/changes": "- it works"})
    refreshed(server)
    data = json.loads(server.get("/api/chartsvc/v1/charts/up/demo/versions").body)["data"]
    equal([one["attributes"]["version"] for one in data], all[:ANSWER_MAX])
    feed = server.get("/api/v1/packages/helm/up/demo/feed/rss").body.decode()
    equal(re.findall("<title>([0-9.]+)</title>", feed), all[:ANSWER_MAX])
    text = server.get("/api/v1/packages/helm/up/demo/changelog.md").body.decode()
    equal(sorted(re.findall("(?m)^## ([0-9.]+)", text)), sorted(all[:RELEASES_MAX]))
    assert text.endswith("\nThere is more, which is left out here.\n"), text[-200:]
    whole = json.loads(server.get("/api/v1/charts/up/demo/versions?limit=1").body)
    equal((whole["total"], whole["next"]), (ANSWER_MAX + 1, all[0]))


main()
