#!/usr/bin/env python3
"""What an upstream is watched for besides its bytes: that it stands still, shows an older index, or promises no
digests (T-FED-07, T-FED-09)."""
import contextlib
import json
import re
import sqlite3
import time

from wire import Server, contains, equal
from charts import chart, digest
from following import follow, refresh, refreshed, status
from harness import command, main, must, test
from upstream import Upstream

DAY = 86400 * 10**9


def following(*versions, **settings):
    upstream, server = Upstream(), Server()
    for version in versions or ("1.0.0", "1.1.0"):
        upstream.put("demo", version)
    follow(server, upstream, **settings)
    refreshed(server)
    return server, upstream


def change(server, **settings):
    answer = server.request("PATCH", "/api/v1/upstreams/up", json.dumps(settings).encode())
    equal(answer.status, 200, answer.body)


def said(server, *arguments):
    done = command("upstream", *arguments, "--data", server.data)
    equal(done.returncode, 0, done.stderr)
    return re.sub(" +", " ", done.stdout)


def metrics(server):
    return server.get("/metrics").body.decode().splitlines()


# ---- it stands still ----

def days_later(server, days):
    """The server again. So long ago something was new; it answered until yesterday."""
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data / "catalog.db")) as db, db:
        db.execute(f"UPDATE upstream SET changed_ns = changed_ns - {int(days * DAY)}, fresh_ns = fresh_ns - {DAY}")
    return Server(data=server.data)


def frozen_events(server):
    told = [e["event"] for e in json.loads(server.get("/api/v1/events").body)["events"]]
    return [e["detail"] for e in told if e["kind"] == "upstream.frozen"]


@test
def t_fed_07_an_upstream_that_stands_still_is_called_frozen():
    server, upstream = following()
    server = days_later(server, 89)
    refreshed(server)
    equal((status(server)["state"], status(server)["frozen_since"], frozen_events(server)), ("unchanged", None, []))
    server = days_later(server, 1.5)
    refreshed(server)                            # which is no failure
    now = status(server)
    equal((now["state"], now["frozen_since"]), ("frozen", now["changed_at"]))
    contains(said(server, "list"), " frozen ")
    contains(said(server, "show", "up"), "frozen since ")
    contains(metrics(server), 'chartlocker_upstream_state{repo="up",state="frozen"} 1')
    contains(server.get("/repos/up").body.decode(), "<strong>Frozen.</strong> It answers, and has had nothing new ")
    contains(server.get("/repos").body.decode(), "frozen")
    equal(server.get("/up/index.yaml").headers.get("Warning"), None)
    equal([(e["days"], e["since"][:19]) for e in frozen_events(server)], [(90, now["changed_at"][:19])])
    refreshed(server)
    equal(len(frozen_events(server)), 1, "told once")
    change(server, frozen_days=0)
    equal(status(server)["state"], "unchanged")
    change(server, frozen_days=90)
    equal(status(server)["state"], "frozen")
    upstream.put("demo", "3.0.0")
    refreshed(server)
    equal((status(server)["state"], status(server)["frozen_since"]), ("fresh", None))


@test
def t_fed_07_an_index_that_is_made_anew_lives():
    server, upstream = following()
    upstream.fields["generated"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    refreshed(server)
    server = days_later(server, 100)
    refreshed(server)
    equal(status(server)["state"], "unchanged")
    upstream.fields["generated"] = "2999-01-01T00:00:00Z"            # but not in the future
    refreshed(server)
    equal(status(server)["state"], "frozen")


@test
def t_fed_07_an_older_index_waits():
    server, upstream = following("1.0.0", "1.1.0", "1.2.0", "1.3.0")
    newest = upstream.entries["demo"]

    def shows(generated, entries):
        upstream.fields["generated"], upstream.entries["demo"] = generated, entries

    shows("2026-02-02T00:00:00Z", newest)
    refreshed(server)
    shows("2026-02-01T00:00:00Z", newest)        # another replica's, with all of it
    refreshed(server)
    shows("2026-01-01T00:00:00Z", newest[:3])
    code, told = refresh(server)
    equal((code, told["ok"], told["held"]), (200, False, True))
    contains(told["reason"], "its index is an older one (generated 2026-01-01T00:00:00Z, before 2026-02-01T00:00:00Z)")
    equal((status(server)["state"], status(server)["versions"]), ("held", 4))
    shows("2026-02-03T00:00:00Z", newest)        # the newer one is there again
    refreshed(server)
    shows("2026-01-01T00:00:00Z", newest[:3])
    equal(refresh(server)[1]["ok"], False)
    refreshed(server, accept_drop=True)
    equal(status(server)["versions"], 3)


# ---- it promises no digests ----

def without_digests(**settings):
    server, upstream = following(**settings)
    for version in ("2.0.0", "2.1.0"):
        upstream.put("demo", version, digest=None)
    refreshed(server)
    return server, upstream


def version(server, number):
    return json.loads(server.get(f"/api/v1/charts/up/demo/{number}").body)


@test
def t_fed_09_what_nobody_knows_is_not_promoted():
    """A promotion is of bytes, which the first archive pins: until then there is nothing to say yes to."""
    server, upstream = without_digests()
    data = ("--data", server.data)
    must("virtual", "add", "prod", "up", "--set", "take_versions=<1", *data)
    refused = command("promote", "up/demo", "2.0.0", "--to", "prod", *data)
    equal(refused.returncode, 1, refused)
    contains(refused.stderr, "pull it from there once")
    first = server.get("/up/charts/demo-2.0.0.tgz").body
    must("promote", "up/demo", "2.0.0", "--to", "prod", *data)
    for _ in range(2):
        answer = server.get("/prod/charts/demo-2.0.0.tgz")
        equal((answer.status, answer.body), (200, first))


@test
def t_fed_09_what_nobody_knows_does_not_cool_down():
    """Any bytes may come of it yet, so the time counts from those that did."""
    server, upstream = without_digests()
    must("virtual", "add", "prod", "up", "--set", "cooldown_days=3", "--data", server.data)

    def later():
        server.stop()
        with sqlite3.connect(server.data / "catalog.db") as db:
            db.execute("UPDATE remote SET seen_ns = seen_ns - 4 * 86400000000000")
        again = Server(data=server.data)
        must("virtual", "set", "prod", "description=later", "--data", again.data)
        return again

    def shown():
        entries = json.loads(server.get("/prod/index.json").body)["entries"]
        return [v["version"] for v in entries.get("demo", [])]

    def waits():
        return json.loads(server.get("/api/v1/repos/prod").body)["waiting"]

    equal((waits()["versions"], waits()["unpinned"], waits()["next"]["version"][:2]), (2, 2, "1."))
    server = later()
    equal(shown(), ["1.1.0", "1.0.0"])
    equal(waits(), {"versions": 0, "unpinned": 2})
    page = server.get("/repos/prod").body.decode()
    contains(page, "2 versions have no digest yet.")
    equal(server.get("/up/charts/demo-2.0.0.tgz").status, 200)
    upstream.put("demo", "2.1.0")                # it promises one by now
    refreshed(server)
    equal(shown(), ["1.1.0", "1.0.0"])
    server = later()
    equal(shown(), ["2.1.0", "2.0.0", "1.1.0", "1.0.0"])


@test
def t_fed_09_unpinned_until_the_first_archive_came():
    server, upstream = without_digests()
    equal(status(server)["unpinned"], 2)
    contains(said(server, "show", "up"), "without a digest yet 2\n")
    contains(metrics(server), 'chartlocker_upstream_unpinned{repo="up"} 2')
    page = server.get("/repos/up").body.decode()
    contains(page, "2 without a digest yet")
    contains(page, "<li>demo 2.0.0</li>")
    equal([version(server, n)["unpinned"] for n in ("1.1.0", "2.0.0", "2.1.0")], [False, True, True])
    listed = json.loads(server.get("/api/v1/repos/up/versions").body)["versions"]
    equal({one["version"]: one["digest"] == version(server, one["version"])["digest"] for one in listed},
          {n: True for n in ("1.0.0", "1.1.0", "2.0.0", "2.1.0")})
    contains(server.get("/packages/up/demo/2.1.0").body.decode(), "<strong>Unpinned.</strong>")
    first = server.get("/up/charts/demo-2.0.0.tgz")
    equal((first.status, first.body), (200, upstream.files["/demo-2.0.0.tgz"]))
    equal(status(server)["unpinned"], 1)
    now = version(server, "2.0.0")
    equal((now["unpinned"], now["digest"]), (False, digest(first.body)))
    assert "<strong>Unpinned.</strong>" not in server.get("/packages/up/demo/2.0.0").body.decode()
    upstream.put("demo", "2.0.0", chart("demo", "2.0.0", description="other"), digest=None)
    refreshed(server)
    equal(server.get("/up/charts/demo-2.0.0.tgz").body, first.body)
    upstream.put("demo", "2.0.0", chart("demo", "2.0.0", description="other"))
    refreshed(server)                            # it promises one by now, and not that
    equal((status(server)["drifted"], status(server)["unpinned"]), (1, 1))
    equal(version(server, "2.0.0")["digest"], digest(first.body))
    server.stop()
    must("rebuild", "--data", server.data)
    must("fsck", "--data", server.data)
    server = Server(data=server.data)
    equal((status(server)["unpinned"], version(server, "2.0.0")["digest"]), (1, digest(first.body)))


@test
def t_fed_09_refused_where_that_is_set():
    server, upstream = without_digests(missing_digest="refuse")
    equal((status(server)["versions"], status(server)["unpinned"]), (2, 0))
    equal(server.get("/up/charts/demo-2.0.0.tgz").status, 404)
    contains(said(server, "skipped", "up"), "demo 2.0.0 ")


if __name__ == "__main__":
    main()
