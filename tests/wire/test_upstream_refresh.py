#!/usr/bin/env python3
"""An upstream is followed: what its index says becomes versions here, what changes there is told, and
what is here stays. Hostile ones are in test_upstream_hostile.py.
Long because the table of what may change in an index is one."""
import hashlib
import json
import threading
import time

from wire import Server, contains, equal, make_repo
from chart_server import ChartServer
from hostile_server import response
from following import events, follow, refresh, refreshed, shown, status
from upstream import Upstream, honest, status as response_of
from harness import chart, main, must, settled, table, test


def drifted(server):
    return json.loads(server.request("GET", "/api/v1/upstreams/up/drift").body)["drift"]


SIZES_ASKED_MAX = 500                # UPSTREAM_SIZES_ASKED_MAX of limits.h
UPSTREAM_EVENTS = "upstream.add", "upstream.change", "upstream.gone", "drift"


# ---- the index ----

@test
def what_an_index_says_is_here():
    with ChartServer() as upstream:
        upstream.put("demo", "1.0.0")
        upstream.put("demo", "1.1.0")
        upstream.put("other", "0.1.0")
        server = Server()
        follow(server, upstream)
        equal(refreshed(server)["added"], 3)
        equal(shown(server), {"demo": ["1.1.0", "1.0.0"], "other": ["0.1.0"]})
        equal(events(server, *UPSTREAM_EVENTS),
              [("upstream.add", "demo", "1.0.0"), ("upstream.add", "demo", "1.1.0"),
               ("upstream.add", "other", "0.1.0")])
        before = server.request("GET", "/up/index.yaml")
        server.stop()
        again = Server(data=server.data).request("GET", "/up/index.yaml")
        equal((again.body, again.headers["ETag"]), (before.body, before.headers["ETag"]))


@test
def unchanged_costs_no_event():
    with ChartServer() as upstream:
        upstream.put("demo", "1.0.0")
        server = Server()
        follow(server, upstream)
        refreshed(server)
        etag = server.request("GET", "/up/index.yaml").headers["ETag"]
        log = must("log", "--json", "-d", server.data)
        said = refreshed(server)
        equal((said["state"], said["added"], said["changed"]), ("unchanged", 0, 0))
        upstream.conditional = False         # the same bytes, and no 304
        equal(refreshed(server)["state"], "unchanged")
        upstream.index = json.dumps({"entries": upstream.entries, "apiVersion": "v1"}).encode() + b" "
        equal(refreshed(server)["state"], "unchanged")
        equal(must("log", "--json", "-d", server.data), log)
        equal(server.request("GET", "/up/index.yaml").headers["ETag"], etag)


@test
def new_changed_and_gone():
    with ChartServer() as upstream:
        for version in "1.0.0", "1.1.0", "1.2.0", "1.3.0":
            upstream.put("demo", version)
        server = Server()
        follow(server, upstream)
        refreshed(server)
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").status, 200)
        upstream.drop("demo", "1.0.0")       # kept here
        upstream.drop("demo", "1.1.0")       # not
        upstream.put("demo", "1.2.0", description="better")
        upstream.put("demo", "2.0.0")
        said = refreshed(server)
        equal((said["added"], said["changed"], said["gone"]), (1, 1, 2), said)
        equal(shown(server), {"demo": ["2.0.0", "1.3.0", "1.2.0", "1.0.0"]})
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").status, 200)
        equal(server.request("GET", "/up/charts/demo-1.1.0.tgz").status, 404)
        equal(refreshed(server, whole=True)["gone"], 0, "told once")
        upstream.put("demo", "1.1.0")        # it comes back
        equal(refreshed(server)["added"], 1)
        equal(server.request("GET", "/up/charts/demo-1.1.0.tgz").status, 200)


@test
def t_fed_08_other_bytes_under_a_version():
    with ChartServer() as upstream:
        first = upstream.put("demo", "1.0.0")
        server = Server()
        follow(server, upstream)
        refreshed(server)
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").body, first)
        other = upstream.put("demo", "1.0.0", chart("demo", "1.0.0", {"README.md": b"other"}))
        said = refreshed(server)
        equal(said["drifted"], 1, said)
        refreshed(server, whole=True)
        equal(events(server, "drift"), [("drift", "demo", "1.0.0")], "told once")
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").body, first)
        [drift] = drifted(server)
        equal(drift["digest"], hashlib.sha256(first).hexdigest(), drift)
        [line] = json.loads(server.request("GET", "/up/index.json").body)["entries"]["demo"]
        equal(line["digest"], drift["digest"])
        answer = server.request("POST", "/api/v1/upstreams/up/drift/accept",
                                json.dumps({"chart": "demo", "version": "1.0.0"}))
        equal(answer.status, 200, answer.body)
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").body, other)
        equal(drifted(server), [])
        equal(refreshed(server, whole=True)["drifted"], 0)


@test
def most_of_it_gone_waits_for_an_operator():
    with ChartServer() as upstream:
        for n in range(10):
            upstream.put("demo", f"1.{n}.0")
        server = Server()
        follow(server, upstream)
        refreshed(server)
        index = server.request("GET", "/up/index.yaml").body
        for n in range(6):
            upstream.drop("demo", f"1.{n}.0")
        upstream.put("new", "1.0.0")
        said = refresh(server, accept_drop=True)[1]
        equal((said["ok"], said["held"]), (False, True), "nobody looked at it yet")
        contains(said["reason"], "what was accepted is another drop, or none was held")
        code, said = refresh(server)
        equal((code, said["ok"], said["held"]), (200, False, True), said)
        contains(said["reason"], "lost 6 of 10 versions")
        contains(said["reason"], "nothing was changed; if it is meant to: ")
        equal(status(server)["state"], "held")
        equal(server.request("GET", "/up/index.yaml").body, index, "nothing of it was taken")
        equal(refresh(server)[1]["held"], True, "it stays so")
        equal(refreshed(server, accept_drop=True)["gone"], 6)
        equal(shown(server), {"demo": ["1.9.0", "1.8.0", "1.7.0", "1.6.0"], "new": ["1.0.0"]})


@test
def what_was_held_is_accepted_after_a_broken_index():
    with ChartServer() as up:
        for minor in range(4):
            up.put("demo", f"1.{minor}.0")
        server = Server()
        follow(server, up)
        refreshed(server)
        up.entries = {"demo": up.entries["demo"][:1]}
        equal(refresh(server)[1]["held_for"], "drop")
        up.index = b"entries: [\n"
        equal(refresh(server)[1]["held_for"], "drop")
        up.index = None
        equal(refreshed(server, accept_drop=True)["gone"], 3)


@test
def what_is_needed_goes_when_it_no_longer_is():
    """Also if it was pulled meanwhile; and what it needs itself stays as long as it does."""
    with ChartServer() as one, ChartServer() as two:
        two.put("lib", "1.0.0")
        one.put("app", "1.0.0", dependencies=[{"name": "mid", "version": "1.x", "repository": one.url}])
        one.put("mid", "1.0.0", dependencies=[{"name": "lib", "version": "*", "repository": two.url}])
        server = Server()
        follow(server, two, "two", take_charts="nothing", drop_max_percent=100)
        follow(server, one, "one", take_charts="app", take_closure=True, drop_max_percent=100)
        for name in "two", "one", "two":
            refreshed(server, name, whole=True)
        equal(shown(server, "two"), {"lib": ["1.0.0"]})
        equal(server.get("/one/charts/mid-1.0.0.tgz").status, 200)
        refreshed(server, "two", whole=True)
        equal(shown(server, "two"), {"lib": ["1.0.0"]})
        one.put("mid", "1.1.0")
        refreshed(server, "one")
        equal(shown(server, "one"), {"app": ["1.0.0"], "mid": ["1.1.0"]})


@test
def t_fed_06_twice_the_same_counts_once():
    """Also when it is known and did not change."""
    with ChartServer() as upstream:
        upstream.put("demo", "1.0.0")
        upstream.entries["demo"] *= 2
        server = Server()
        follow(server, upstream)
        for count in 1, 2:
            refreshed(server)
            said = status(server)
            equal([said[key] for key in ("skipped", "taken", "in_index")], [0, count, count], said)
            upstream.put("other", "1.0.0")


@test
def t_fed_06_twice_in_one_index():
    with ChartServer() as upstream:
        upstream.put("demo", "1.0.0")
        upstream.put("fine", "1.0.0")
        server = Server()
        follow(server, upstream)
        refreshed(server)
        upstream.put("new", "1.0.0")
        for name in "demo", "new":
            upstream.entries[name].append(dict(upstream.entries[name][0], digest="1" * 64))
        refreshed(server)
        equal(shown(server), {"demo": ["1.0.0"], "fine": ["1.0.0"]}, "what was known stays")
        said = status(server)
        equal([said[key] for key in ("skipped", "taken", "in_index")], [1, 2, 3], said)
        [told] = json.loads(server.request("GET", "/api/v1/upstreams/up/skipped").body)["skipped"]
        equal(told["chart"], "new")
        contains(told["why"], "twice")
        [drift] = drifted(server)
        equal((drift["chart"], drift["upstream_digest"]), ("demo", "1" * 64))
        contains(server.request("GET", "/feed/up").body.decode(), "1" * 64)
        log = events(server, *UPSTREAM_EVENTS)
        equal([e for e in log if e[0] == "drift"], [("drift", "demo", "1.0.0")])
        refreshed(server, whole=True)
        equal(events(server, *UPSTREAM_EVENTS), log, "it is not told again")
        upstream.entries["demo"].pop(0)      # the other one alone
        refreshed(server)
        equal(events(server, *UPSTREAM_EVENTS), log)
        upstream.entries["new"].pop()
        upstream.put("demo", "1.0.0")
        refreshed(server)
        equal(shown(server), {"demo": ["1.0.0"], "fine": ["1.0.0"], "new": ["1.0.0"]})
        equal(drifted(server), [])


def no_address(upstream):
    for entries in upstream.entries.values():
        for entry in entries:
            entry["urls"] = []


def other_digests(upstream):
    for entries in upstream.entries.values():
        for entry in entries:
            entry["digest"] = "none"


def ignored(upstream):
    upstream.files["/artifacthub-repo.yml"] = b"ignore: [{name: demo}]"


@table(("no address", no_address), ("no digest that is one", other_digests), ("ignored", ignored))
def what_the_upstream_takes_back_is_dropped(spoil):
    """Held as if it were missing; and what is here stays, marked."""
    with ChartServer() as upstream:
        for version in "1.0.0", "1.1.0", "1.2.0":
            upstream.put("demo", version)
        server = Server()
        follow(server, upstream)
        refreshed(server)
        data = server.request("GET", "/up/charts/demo-1.0.0.tgz").body
        index = server.request("GET", "/up/index.yaml").body
        spoil(upstream)
        code, said = refresh(server)
        equal((code, said["held"]), (200, True), said)
        contains(said["reason"], "lost 3 of 3 versions")
        equal(server.request("GET", "/up/index.yaml").body, index)
        equal(refreshed(server, accept_drop=True)["gone"], 3)
        equal(shown(server), {"demo": ["1.0.0"]})
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").body, data)
        gone = json.loads(server.request("GET", "/api/v1/upstreams/up/gone").body)["gone"]
        equal([(g["version"], g["held"]) for g in gone],
              [("1.0.0", True), ("1.1.0", False), ("1.2.0", False)])
        log = events(server, *UPSTREAM_EVENTS)
        refreshed(server, whole=True)
        equal(events(server, *UPSTREAM_EVENTS), log, "it is not told again")


@test
def our_own_rules_drop_what_they_will():
    with ChartServer() as upstream:
        for version in "1.0.0", "1.1.0", "2.0.0":
            upstream.put("demo", version)
        server = Server()
        follow(server, upstream)
        refreshed(server)
        server.request("PATCH", "/api/v1/repos/up", json.dumps({"take_versions": ">=2"}))
        refreshed(server)
        equal(shown(server), {"demo": ["2.0.0"]})


@test
def an_accepted_drop_is_the_one_that_was_held():
    with ChartServer() as upstream:
        for n in range(10):
            upstream.put("demo", f"1.{n}.0")
        server = Server()
        follow(server, upstream)
        refreshed(server)
        for n in range(6):
            upstream.drop("demo", f"1.{n}.0")
        equal(refresh(server, accept_drop=True)[1]["held"], True, "nobody has seen it")
        upstream.drop("demo", "1.6.0")
        said = refresh(server, accept_drop=True)[1]
        equal(said["held"], True, "another one")
        contains(said["reason"], "lost 7 of 10")
        upstream.status = 503
        equal(refresh(server, accept_drop=True)[1]["ok"], False)
        upstream.status = 200
        upstream.put("new", "1.0.0")         # loses the same ones
        equal(refreshed(server, accept_drop=True)["gone"], 7)
        equal(shown(server), {"demo": ["1.9.0", "1.8.0", "1.7.0"], "new": ["1.0.0"]})


@test
def t_fed_08_away_and_back_with_other_bytes():
    with ChartServer() as upstream:
        upstream.put("lib", "1.0.0")
        upstream.put("fine", "1.0.0")
        server = Server()
        follow(server, upstream)
        make_repo(server, "prod", members="up", cooldown_days=3)
        refreshed(server)
        first = upstream.entries["lib"][0]["digest"]
        upstream.drop("lib", "1.0.0")
        equal(refreshed(server)["gone"], 1)
        other = chart("lib", "1.0.0", {"README.md": b"other"})
        upstream.put("lib", "1.0.0", other)
        equal(refreshed(server)["drifted"], 1)
        [drift] = drifted(server)
        equal((drift["digest"], drift["upstream_digest"]), (first, hashlib.sha256(other).hexdigest()))
        upstream.drop("lib", "1.0.0")
        refreshed(server)
        equal(drifted(server), [], "there is nothing to accept")
        upstream.put("lib", "1.0.0", other)
        refreshed(server)
        equal(len(events(server, "drift")), 1, "told once")
        equal(drifted(server)[0]["since"], drift["since"])
        assert server.request("GET", "/up/charts/lib-1.0.0.tgz").status >= 500
        equal(shown(server, "prod"), {})


# ---- what is taken ----

@table(("names", {"take_charts": "de* !demon"}, {"demo": ["2.0.0", "1.1.0", "1.0.0", "1.0.0-rc1"]}),
       ("versions", {"take_versions": ">=1.1"}, {"demo": ["2.0.0", "1.1.0"], "demon": ["2.0.0"]}),
       ("the last", {"take_last": 1}, {"demo": ["2.0.0"], "demon": ["2.0.0"], "old": ["1.0.0"]}),
       ("no pre-releases", {"take_prereleases": False},
        {"demo": ["2.0.0", "1.1.0", "1.0.0"], "demon": ["2.0.0"], "old": ["1.0.0"]}),
       ("not deprecated", {"take_deprecated": False},
        {"demo": ["2.0.0", "1.1.0", "1.0.0", "1.0.0-rc1"], "demon": ["2.0.0"]}))
def rules_say_what_is_taken(settings, wanted):
    with ChartServer() as upstream:
        for version in "1.0.0-rc1", "1.0.0", "1.1.0", "2.0.0":
            upstream.put("demo", version)
        upstream.put("demon", "2.0.0")
        upstream.put("old", "1.0.0", deprecated=True)
        server = Server()
        follow(server, upstream, **settings)
        refreshed(server)
        equal(shown(server), wanted)
        everything = {key: None for key in settings}
        server.request("PATCH", "/api/v1/repos/up", json.dumps(everything))
        refreshed(server)
        equal(sum(map(len, shown(server).values())), 6)
        server.request("PATCH", "/api/v1/repos/up", json.dumps(settings))
        refreshed(server, accept_drop=True)
        equal(shown(server), wanted, "the same from the other side")


@test
def a_dry_run_counts_and_changes_nothing():
    with ChartServer() as upstream:
        sizes = {v: len(upstream.put("demo", v)) for v in ("1.0.0", "1.1.0", "2.0.0-rc1")}
        other = len(upstream.put("other", "1.0.0"))
        server = Server()
        follow(server, upstream, take_charts="demo", take_prereleases=False, take_last=1)
        log = must("log", "--json", "-d", server.data)
        said = refreshed(server, dry_run=True)
        rules = {r["rule"]: (r["versions"], r["bytes"]) for r in said["rules"] if r["versions"]}
        equal(rules, {"taken": (1, sizes["1.1.0"]), "take_last": (1, sizes["1.0.0"]), "take_charts": (1, other),
                      "take_prereleases": (1, sizes["2.0.0-rc1"])})
        equal((said["sizes_unknown"], said["left_out"]), (0, 0))
        equal(must("log", "--json", "-d", server.data), log)
        equal(status(server)["state"], "never asked")


@test
def a_dry_run_says_what_it_does_not_know():
    """And what changed rules would leave out; what is here has its size, whoever else tells."""
    with ChartServer() as upstream:
        sizes = {v: len(upstream.put("demo", v)) for v in ("1.0.0", "1.1.0", "1.2.0", "2.0.0")}
        server = Server()
        follow(server, upstream)
        refreshed(server)
        for version in "1.0.0", "2.0.0":
            equal(server.get(f"/up/charts/demo-{version}.tgz").status, 200)
        for version in "1.0.0", "1.1.0", "2.0.0":
            del upstream.files[f"/demo-{version}.tgz"]
        counted = lambda: {r["rule"]: (r["versions"], r["bytes"], r["sizes_unknown"])
                           for r in refreshed(server, dry_run=True)["rules"]}
        equal(counted(), {"taken": (4, sum(sizes.values()) - sizes["1.1.0"], 1)})
        equal(server.request("PATCH", "/api/v1/repos/up", json.dumps({"take_versions": ">=1.2"})).status, 200)
        said = refreshed(server, dry_run=True)
        equal((said["left_out"], said["sizes_unknown"], said["gone"]), (2, 0, 0))
        equal(counted(), {"taken": (2, sizes["1.2.0"] + sizes["2.0.0"], 0), "take_versions": (2, sizes["1.0.0"], 1)})
        told = must("upstream", "refresh", "up", "--dry-run", "-d", server.data)
        contains(told, "2 versions that are taken now would be left out by the rules")
        equal([line.split() for line in told.splitlines()][-1], ["take_versions", "2", str(sizes["1.0.0"]), "1"])
        equal(len(shown(server)["demo"]), 4)
        refreshed(server, accept_drop=True)
        equal(refreshed(server, dry_run=True)["left_out"], 0)


@test
def a_dry_run_asks_for_so_many_sizes():
    with ChartServer() as upstream:
        size = len(upstream.put("demo", "1.0.0"))
        for n in range(1, SIZES_ASKED_MAX + 5):
            upstream.put("demo", f"1.0.{n}", b"x" * size)
        server = Server()
        follow(server, upstream)
        said = refreshed(server, dry_run=True)
        equal(said["rules"], [{"rule": "taken", "versions": SIZES_ASKED_MAX + 5,
                               "bytes": SIZES_ASKED_MAX * size, "sizes_unknown": 5}])
        equal(said["sizes_unknown"], 5)


@test
def added_by_command_it_is_asked_once():
    """The server asks a new one by itself, and the command waits for a refresh: one of them is enough."""
    server = Server()
    for n in range(8):
        upstream = Upstream()
        upstream.put("demo", "1.0.0")
        if n % 2:                            # that one of them comes while the other runs
            upstream.spoil(lambda request, up=upstream: (time.sleep(0.3), honest(up.index(), request))[1])
        said = must("upstream", "add", f"up{n}", upstream.url, "--allow-private", "-d", server.data)
        contains(said, f"up{n}: 1 chart, 1 version")
        time.sleep(0.3)
        equal(upstream.count("/index.yaml"), 1, n)
        equal(status(server, f"up{n}")["phase"], "idle")


@test
def the_first_refresh_is_told_to_who_comes_late():
    upstream = Upstream()
    server = Server()
    follow(server, upstream)
    upstream.spoil(lambda request: response(b"no", 500))
    code, said = refresh(server, first=True)
    equal((code, said["ok"], said["state"]), (200, False, "failing"))
    again = refresh(server, first=True)[1]
    equal((again["ok"], again["state"], again["reason"]), (False, "failing", said["reason"]))
    contains(said["reason"], "it answered 500")
    equal(upstream.count("/index.yaml"), 1)
    upstream.heal()
    upstream.put("demo", "1.0.0")
    equal(refreshed(server)["state"], "fresh")
    equal(refreshed(server, first=True)["state"], "fresh")
    equal(upstream.count("/index.yaml"), 2)


@test
def the_last_moves_on():
    with ChartServer() as upstream:
        for version in "1.0.0", "1.1.0", "1.2.0":
            upstream.put("demo", version)
        server = Server()
        follow(server, upstream, take_last=2, drop_max_percent=100)
        refreshed(server)
        equal(shown(server), {"demo": ["1.2.0", "1.1.0"]})
        upstream.put("demo", "1.3.0")
        refreshed(server)
        equal(shown(server), {"demo": ["1.3.0", "1.2.0"]})
        upstream.drop("demo", "1.3.0")
        refreshed(server)
        equal(shown(server), {"demo": ["1.2.0", "1.1.0"]})


@test
def what_is_needed_comes_along():
    with ChartServer() as one, ChartServer() as two:
        need = [{"name": "lib", "version": "^1.0.0", "repository": one.url + "/"},
                {"name": "db", "version": "2.x",     # another way to write the address
                 "repository": two.url.replace("http://127.0.0.1", "HTTP://LocalHost") + "//index.yaml"}]
        one.put("app", "1.0.0", dependencies=need)
        for version in "1.0.0", "1.4.0", "2.0.0":
            one.put("lib", version, dependencies=[{"name": "base", "version": "*",
                                                   "repository": one.url}])
        one.put("base", "0.3.0")
        one.put("unused", "1.0.0")
        two.put("db", "2.7.0")
        two.put("db", "3.0.0")
        server = Server()
        follow(server, two, "two", take_charts="nothing*")
        refreshed(server, "two")
        equal(shown(server, "two"), {})
        follow(server, one, "one", take_charts="app", take_closure=True, drop_max_percent=100)
        refreshed(server, "one")
        equal(shown(server, "one"), {"app": ["1.0.0"], "base": ["0.3.0"], "lib": ["1.4.0"]})
        assert settled(lambda: shown(server, "two")), "it was not read anew"
        equal(shown(server, "two"), {"db": ["2.7.0"]})
        one.put("lib", "1.5.0")
        refreshed(server, "one")
        equal(shown(server, "one"), {"app": ["1.0.0"], "lib": ["1.5.0"]})


@test
def what_is_needed_stays_beside_the_last():
    """A rule over several versions leaves it out each time, and is not asked."""
    with ChartServer() as one, ChartServer() as two:
        one.put("app", "1.0.0", dependencies=[{"name": "lib", "version": "1.x", "repository": two.url}])
        two.put("lib", "1.0.0")
        server = Server()
        follow(server, two, "two", take_last=1, drop_max_percent=100)
        follow(server, one, "one", take_closure=True, drop_max_percent=100)
        for name in "two", "one":
            refreshed(server, name)
        equal(shown(server, "two"), {"lib": ["1.0.0"]})
        for version in "2.0.0", "3.0.0":
            two.put("lib", version)
            said = refreshed(server, "two")
            equal(shown(server, "two"), {"lib": [version, "1.0.0"]})
            equal((said["state"], status(server, "two")["taken"]), ("fresh", 2))
        equal(events(server, "upstream.gone"), [("upstream.gone", "lib", "2.0.0")])
        one.drop("app", "1.0.0")
        for name in "one", "two":
            refreshed(server, name, whole=True)
        equal(shown(server, "two"), {"lib": ["3.0.0"]})
        two.drop("lib", "3.0.0")
        refreshed(server, "two")
        two.drop("lib", "2.0.0")
        refreshed(server, "two")
        equal(shown(server, "two"), {"lib": ["1.0.0"]}, "it counts as any other one again")


@test
def what_is_needed_of_one_that_is_down_comes_when_it_is_back():
    """Its index is as it was, and is read all the same."""
    one, two, server = Upstream(), Upstream(), Server()
    two.put("lib", "1.0.0")
    one.put("app", "1.0.0", dependencies=[{"name": "lib", "version": "1.x", "repository": two.url}])
    follow(server, two, "two", take_charts="nothing*")
    refreshed(server, "two")
    two.spoil(response_of(503))
    follow(server, one, "one", take_closure=True)
    refreshed(server, "one")
    assert settled(lambda: status(server, "two")["state"] == "failing"), "it was not read anew"
    two.heal()
    refreshed(server, "two")
    equal(shown(server, "two"), {"lib": ["1.0.0"]})
    equal(refreshed(server, "two")["state"], "unchanged")


@test
def what_is_needed_counts_once():
    with ChartServer() as upstream:
        upstream.put("app", "1.0.0")
        upstream.put("lib", "1.0.0")
        server = Server()
        follow(server, upstream, take_charts="app", take_closure=True)
        refreshed(server)
        upstream.put("app", "1.1.0", dependencies=[{"name": "lib", "version": "*", "repository": upstream.url}])
        refreshed(server)
        equal(shown(server), {"app": ["1.1.0", "1.0.0"], "lib": ["1.0.0"]})
        equal(status(server)["taken"], 3)
        equal({r["rule"]: r["versions"] for r in refreshed(server, dry_run=True)["rules"]},
              {"taken": 2, "take_closure": 1})


@test
def what_is_needed_needs_more():
    """Through an upstream that itself takes nothing along, and by another name of it."""
    with ChartServer() as one, ChartServer() as two, ChartServer() as three:
        old = "https://old.example.org/charts"
        one.put("app", "1.0.0", dependencies=[{"name": "mid", "version": "1.x", "repository": two.url}])
        two.put("mid", "1.2.0", dependencies=[{"name": "low", "version": "*", "repository": two.url},
                                              {"name": "deep", "version": "*", "repository": old}])
        two.put("low", "0.1.0")
        three.put("deep", "3.0.0")
        three.put("other", "3.0.0")
        server = Server()
        follow(server, three, "three", take_charts="nothing*", known_as=old)
        follow(server, two, "two", take_charts="nothing*")
        follow(server, one, "one", take_closure=True)
        for name in "three", "two", "one", "two", "three":
            refreshed(server, name, whole=True)
        equal(shown(server, "two"), {"low": ["0.1.0"], "mid": ["1.2.0"]})
        equal(shown(server, "three"), {"deep": ["3.0.0"]})


# ---- archives ----

@test
def t_fed_17_a_crowd_is_one_request():
    with ChartServer() as upstream:
        data = upstream.put("demo", "1.0.0")
        server = Server()
        follow(server, upstream)
        refreshed(server)
        upstream.hold = threading.Event()
        got = []

        def pull():
            got.append(server.request("GET", "/up/charts/demo-1.0.0.tgz").body)

        crowd = [threading.Thread(target=pull) for _ in range(60)]
        for one in crowd:
            one.start()
        time.sleep(0.5)
        upstream.hold.set()
        for one in crowd:
            one.join()
        equal([body == data for body in got], [True] * 60)
        equal(upstream.count("/demo-1.0.0.tgz"), 1)
        upstream.stop()
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").body, data, "kept for ever after")


@test
def catalog_leads_to_the_origin():
    with ChartServer() as upstream:
        upstream.put("demo", "1.0.0")
        server = Server()
        follow(server, upstream, mode="catalog")
        refreshed(server)
        answer = server.request("GET", "/up/charts/demo-1.0.0.tgz")
        equal((answer.status, answer.headers["Location"]), (302, upstream.url + "/demo-1.0.0.tgz"))
        [line] = json.loads(server.request("GET", "/up/index.json").body)["entries"]["demo"]
        equal(line["urls"], [upstream.url + "/demo-1.0.0.tgz"])
        server.request("PATCH", "/api/v1/repos/up", json.dumps({"mode": "proxy"}))
        refreshed(server)
        [line] = json.loads(server.request("GET", "/up/index.json").body)["entries"]["demo"]
        equal(line["urls"], ["charts/demo-1.0.0.tgz"])


@test
def a_mirror_has_everything():
    with ChartServer() as upstream:
        data = {v: upstream.put("demo", v) for v in ("1.0.0", "1.1.0", "1.2.0")}
        server = Server()
        follow(server, upstream, mode="mirror")
        equal(refreshed(server)["fetched"], 3)
        equal(refreshed(server)["fetched"], 0)
        upstream.stop()
        for version, body in data.items():
            equal(server.request("GET", f"/up/charts/demo-{version}.tgz").body, body)
        equal(must("fsck", "-d", server.data).count("problem"), 0)


@test
def t_fed_09_what_came_first_is_pinned():
    with ChartServer() as upstream:
        data = upstream.put("demo", "1.0.0", digest=None)
        server = Server()
        follow(server, upstream)
        refreshed(server)
        [line] = json.loads(server.request("GET", "/up/index.json").body)["entries"]["demo"]
        equal("digest" in line, False)
        equal(server.request("GET", "/up/charts/demo-1.0.0.tgz").body, data)
        [line] = json.loads(server.request("GET", "/up/index.json").body)["entries"]["demo"]
        equal(line["digest"], hashlib.sha256(data).hexdigest())
        refreshed(server, whole=True)
        [line] = json.loads(server.request("GET", "/up/index.json").body)["entries"]["demo"]
        equal(line.get("digest"), hashlib.sha256(data).hexdigest(), "and stays so")


@test
def listed_under_its_key():
    with ChartServer() as upstream:
        data = upstream.put("inside", "1.0.0", key="outside")
        server = Server()
        follow(server, upstream)
        refreshed(server)
        equal(shown(server), {"outside": ["1.0.0"]})
        equal(server.request("GET", "/up/charts/outside-1.0.0.tgz").body, data)


@test
def rebuilt_it_is_the_same():
    with ChartServer() as upstream:
        for version in "1.0.0", "1.1.0", "1.2.0":
            upstream.put("demo", version)
        server = Server()
        follow(server, upstream)
        refreshed(server)
        server.request("GET", "/up/charts/demo-1.0.0.tgz")
        upstream.drop("demo", "1.1.0")
        refreshed(server)
        index = server.request("GET", "/up/index.yaml").body
        server.stop()
        must("rebuild", "-d", server.data)
        must("fsck", "-d", server.data)
        upstream.stop()
        again = Server(data=server.data)
        equal(again.request("GET", "/up/index.yaml").body, index)
        equal(again.request("GET", "/up/charts/demo-1.0.0.tgz").status, 200)


@test
def nothing_else_brings_charts_there():
    with ChartServer() as upstream:
        server = Server()
        follow(server, upstream)
        answer = server.request("POST", "/api/up/charts", chart())
        equal(answer.status, 400, answer.body)
        contains(answer.body.decode(), "follows")


main()
