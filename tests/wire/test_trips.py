#!/usr/bin/env python3
"""Trips across an air gap, one after the other, while the outer side changes in every way: after each of
them both sides show the same (lib/same_state.py). Long because its rows share both sides."""
import copy
import functools
import json
import shutil
import sqlite3

from wire import Server, contains, equal, make_repo
from bundles import Outer, inner
from same_state import differences
from chart_server import ChartServer
from following import follow, refresh, refreshed
from people import add_token, bearer
from harness import chart, command, form, main, must, provenance, settled, table, temporary, test

QUERIES = ("", "one", "two umbrella", "shop", "nothing here")


class Gap:
    """Both sides, each with a server; what is carried between them is the repository "stable"."""

    def __init__(self, *charts, repo="stable", keep=False):
        self.outer = Outer(keep=keep)
        self.inner = Server(data=inner(self.outer, keep), keep=keep)
        self.repo, self.last = repo, 0
        if repo != "main":
            make_repo(self.outer, repo)
        self.put(*charts)

    def copied(self):
        """The same anew, where both servers have ended."""
        other = copy.copy(self)
        other.outer, other.inner = (Server(shutil.copytree(side.data, temporary() / "data"))
                                    for side in (self.outer, self.inner))
        return other

    # ---- what happens outside ----

    def put(self, *charts, repo=None):
        for archive in charts:
            equal(self.outer.publish(archive, repo or self.repo).status, 201)

    def put_signed(self, archive, name):
        equal(self.outer.request("POST", f"/api/{self.repo}/charts",
                                 *form(archive, provenance(archive, name))).status, 201)

    def put_prov(self, prov):
        equal(self.outer.request("POST", f"/api/{self.repo}/prov", prov).status, 201)

    def do(self, verb, name, version, *more):
        must(verb, "--repo", self.repo, name, version, "--data", self.outer.data, *more)

    def delete(self, name, version):
        equal(self.outer.request("DELETE", f"/api/{self.repo}/charts/{name}/{version}").status, 200)

    # ---- trips ----

    def make(self, *how):
        """The bundle's report and file; a delta since the last one that arrived unless it is said how."""
        how = how or (("--parent", self.last) if self.last else ())
        into = temporary()
        said = json.loads(must("bundle", "create", "--repo", self.repo, "--data", self.outer.data, "-o",
                               f"{into}/", "--closure", "--json", *how))
        return said["trip"], into / said["file"]

    def bring(self, made):
        trip, path = made
        must("bundle", "import", "--data", self.inner.data, path)
        self.last = trip

    def trip(self, *how):
        self.bring(self.make(*how))
        self.same()

    def inventory(self):
        path = temporary() / "inventory"
        must("bundle", "inventory", "--repo", self.repo, "--data", self.inner.data, "-o", path)
        return "--inventory", path

    def same(self, *others):
        equal(differences(self.outer, self.inner, self.repo, QUERIES), [])
        for other in others:
            equal(differences(self.outer, self.inner, other, QUERIES, came_along=True), [])


@test
def five_trips():
    """The third one is lost, and made up for by the fourth."""
    one, two = chart("one", description="A shop"), chart("two")
    gap = Gap(one, two, chart("one", "1.1.0"), chart("gone"))
    gap.do("yank", "one", "1.1.0", "--reason", "breaks upgrades")
    gap.delete("gone", "1.0.0")
    gap.trip()

    gap.do("unyank", "one", "1.1.0")
    gap.do("yank", "two", "1.0.0", "--reason", "old")
    gap.put_prov(provenance(one, "one"))
    gap.do("undelete", "gone", "1.0.0")
    gap.put(chart("one", "2.0.0-rc.1"), chart("three", "1.0.0+build.5"))
    gap.trip()

    gap.delete("one", "1.0.0")
    gap.delete("three", "1.0.0+build.5")
    gap.put_signed(chart("four", keywords=["shop"]), "four")
    gap.make()

    gap.do("undelete", "three", "1.0.0+build.5")
    gap.do("yank", "two", "1.0.0", "--reason", "older than old")
    gap.put(chart("umbrella", dependencies=[{"name": "two", "version": "1.x", "repository": ""}]))
    gap.trip()

    gap.do("unyank", "two", "1.0.0")
    gap.put(one)
    gap.delete("gone", "1.0.0")
    gap.trip(*gap.inventory())


@test
def a_lost_trip_and_each_way_to_make_up_for_it():
    """By a cumulative delta, by an inventory, and whole; all three lead to the same."""
    gap = Gap(chart("one"), chart("two"))
    gap.trip()
    gap.put(chart("three"))
    gap.delete("one", "1.0.0")
    lost, _ = gap.make()
    gap.put(chart("four"))
    gap.do("yank", "three", "1.0.0")
    _, next_one = gap.make("--parent", lost)
    done = command("bundle", "import", "--data", gap.inner.data, next_one)
    contains(done.stderr, f"needs trip {lost}, has {gap.last}")
    gap.trip("--parent", gap.last)
    for how in (gap.inventory(), ("--parent", 0)):
        gap.put(chart("more", f"1.0.{gap.last}"))
        gap.delete("four", "1.0.0") if how[0] == "--parent" else None
        gap.trip(*how)


@test
def more_of_what_is_outside():
    """Nothing happened there: by an inventory more is selected, and what was damaged inside comes again."""
    gap = Gap(chart("one"), chart("two"))
    gap.bring(gap.make("--select", "one"))
    gap.trip(*gap.inventory())
    damage_inside(gap)
    gap.trip(*gap.inventory())
    damage_inside(gap)
    gap.trip(*gap.inventory())


@test
def a_renamed_repository():
    """Renamed on both sides it goes on; the old name's dependencies are found by either."""
    gap = Gap(chart("one"), chart("two"))
    gap.trip()
    must("repo", "rename", "stable", "tools", "--data", gap.outer.data)
    gap.repo = "tools"
    gap.put(chart("three"))
    gap.delete("one", "1.0.0")
    made = gap.make()
    done = command("bundle", "import", "--data", gap.inner.data, made[1])
    equal(done.returncode, 1)
    contains(done.stderr, "chartlocker repo rename stable tools")
    must("repo", "rename", "stable", "tools", "--data", gap.inner.data)
    gap.bring(made)
    gap.same()
    gap.put(chart("four"))
    gap.trip(*gap.inventory())


def known_as(server, repo):
    return json.loads(server.get(f"/api/v1/repos/{repo}").body)["settings"].get("known_as", "")


@test
def what_repositories_are_known_as():
    """It comes with the first bundle that tells it, also to the default one; what is set inside stays."""
    address, other = "https://charts.example.org/library", "https://other.example.org"
    gap = Gap(chart("one"), repo="main")
    gap.trip()
    equal(known_as(gap.inner, "main"), "")
    must("repo", "set", "main", f"known_as={address}", "--data", gap.outer.data)
    must("repo", "create", "library", "--data", gap.outer.data, "--set", f"known_as={other}")
    gap.put(chart("lib"), repo="library")
    gap.put(chart("app", dependencies=[{"name": "lib", "version": "1.x", "repository": other}]))
    gap.trip()
    equal((known_as(gap.inner, "main"), known_as(gap.inner, "library")), (address, other))
    must("repo", "set", "main", f"known_as={other}/mine", "--data", gap.inner.data)
    gap.put(chart("two"))
    gap.trip()
    equal(known_as(gap.inner, "main"), f"{other}/mine")


@test
def an_upstreams_address():
    """Its own first, then what it is known as too."""
    with ChartServer() as far:
        gap = Gap(repo="main")
        far.put("one", "1.0.0")
        follow(gap.outer, far, "up", mode="mirror", known_as="https://also.example.org")
        refreshed(gap.outer, "up")
        mirrored(gap.outer, "one-1.0.0.tgz")
        gap.repo = "up"
        gap.trip()
        equal(known_as(gap.inner, "up"), f"{far.url} https://also.example.org")


def mirrored(server, *files):
    """The archives are fetched after the refresh."""
    charts = server.data / "repos/up/charts"
    assert settled(lambda: all((charts / file).exists() for file in files)), list(charts.iterdir())


@test
def an_upstream_that_drifts():
    """Of a version that was published anew there the first bytes are kept, on both sides."""
    with ChartServer() as far:
        gap = Gap(repo="main")
        far.put("one", "1.0.0")
        far.put("two", "1.0.0")
        follow(gap.outer, far, "up", mode="mirror")
        refreshed(gap.outer, "up")
        gap.repo = "up"
        mirrored(gap.outer, "one-1.0.0.tgz", "two-1.0.0.tgz")
        gap.trip()
        far.put("one", "1.0.0", chart("one", description="other bytes"))
        far.put("one", "1.1.0")
        far.drop("two", "1.0.0")
        equal(refreshed(gap.outer, "up")["drifted"], 1)
        mirrored(gap.outer, "one-1.1.0.tgz")
        gap.trip()


@test
def what_of_an_upstream_cannot_be_carried():
    """It is told with what to do, and all else is carried."""
    with ChartServer() as far:
        gap = Gap(repo="main")
        far.put("inside", "1.0.0", key="outside")
        far.put("lost", "1.0.0")
        far.put("one", "1.0.0")
        del far.files["/lost-1.0.0.tgz"]
        follow(gap.outer, far, "up", mode="mirror")
        refresh(gap.outer, "up")
        mirrored(gap.outer, "one-1.0.0.tgz", "outside-1.0.0.tgz")
        said = json.loads(must("bundle", "create", "--repo", "up", "--data", gap.outer.data, "-n", "--json"))
        why = {m["what"]: m["why"] for m in said["missing"]}
        equal(sorted(why), ["lost-1.0.0.tgz", "outside-1.0.0.tgz"])
        contains(why["outside-1.0.0.tgz"], "under another name than its own")
        for verb in ("skipped", "refresh"):
            contains(why["lost-1.0.0.tgz"], f"chartlocker upstream {verb} up")
        gap.repo = "up"
        gap.bring(gap.make())
        equal(list(gap.inner.index("up")["entries"]), ["one"])


@test
def what_came_along():
    """A dependency's repository changes, and the trips of the umbrella's tell it."""
    gap = Gap()
    address = "https://charts.example.org/library"
    must("repo", "create", "library", "--data", gap.outer.data, "--set", f"known_as={address}")
    gap.put(chart("lib"), chart("lib", "1.1.0"), repo="library")
    gap.put(chart("app", dependencies=[{"name": "lib", "version": "1.x", "repository": address}]))
    gap.trip()
    must("yank", "--repo", "library", "lib", "1.1.0", "--reason", "broken", "--data", gap.outer.data)
    gap.trip()
    must("unyank", "--repo", "library", "lib", "1.1.0", "--data", gap.outer.data)
    gap.put(chart("lib", "1.2.0"), repo="library")
    gap.trip()


@test
def after_a_rebuild_and_a_restore():
    """What the log cannot tell of trips is kept with it."""
    gap = Gap(chart("one"), chart("two"))
    gap.trip()
    gap.inner.stop()
    must("rebuild", "--data", gap.inner.data)
    copy, again = temporary() / "copy", temporary() / "again"
    must("backup", "--data", gap.inner.data, copy)
    must("restore", copy, "--data", again)
    (again / "keys").mkdir(mode=0o700, exist_ok=True)
    must("keys", "trust", gap.outer.key, "--data", again)
    gap.inner = Server(data=again)
    gap.put(chart("three"))
    gap.delete("two", "1.0.0")
    gap.trip()


# ---- other bytes ----

def files_of(gap):
    return sorted(path.name for path in (gap.inner.data / "repos/stable/charts").iterdir())


def put_anew(gap, archive, *prov):
    answer = gap.outer.request("POST", "/api/stable/charts?force", *form(archive, *prov))
    equal(answer.status, 201, answer.body)


def brought(gap, made, status=0):
    done = command("bundle", "import", "--data", gap.inner.data, "--json", made[1])
    equal(done.returncode, status, done.stderr)
    gap.last = made[0] if status == 0 else gap.last
    return json.loads(done.stdout)["bundles"][0]


def replacing():
    gap = Gap()
    must("repo", "set", "stable", "overwrite=true", "--data", gap.outer.data)
    gap.put_signed(chart("one"), "one")
    gap.put(chart("two"))
    gap.trip()
    return gap


@test
def replaced_where_that_is_wanted():
    """Not unless the repository inside says so; then the old provenance file goes with the old bytes."""
    gap = replacing()
    put_anew(gap, chart("one", description="other bytes"))
    gap.put(chart("three"))
    made, before = gap.make(), files_of(gap)
    said = brought(gap, made, status=3)
    equal((said["refused"], said["replaced"], said["taken_in"]), (1, 0, False))
    [refused] = [v for v in said["versions"] if v["fate"] == "refused"]
    contains(refused["reason"], "chartlocker repo set stable overwrite=true")
    equal(files_of(gap), before)
    must("repo", "set", "stable", "overwrite=true", "--data", gap.inner.data)
    said = brought(gap, made)
    equal((said["replaced"], said["added"], said["refused"]), (1, 1, 0))
    equal(files_of(gap), ["one-1.0.0.tgz", "three-1.0.0.tgz", "two-1.0.0.tgz"])
    gap.same()
    equal(gap.inner.get("/stable/charts/one-1.0.0.tgz").body, chart("one", description="other bytes"))
    kinds = [json.loads(line)["kind"] for line in must("log", "--data", gap.inner.data, "--json").splitlines()]
    equal(kinds[-2:], ["overwrite", "import"])
    contains(must("fsck", "--data", gap.inner.data), "all is well")


@test
def replaced_with_provenance_and_yanked():
    gap = replacing()
    must("repo", "set", "stable", "overwrite=true", "--data", gap.inner.data)
    other, again = (chart("one", description=text) for text in ("other", "again"))
    put_anew(gap, other, provenance(other, "one"))
    gap.trip()
    put_anew(gap, again, provenance(again, "one"))
    gap.do("yank", "one", "1.0.0", "--reason", "broken")
    gap.trip(*gap.inventory())
    put_anew(gap, again, provenance(again, "one").replace(b"AAAA", b"BBBB"))
    equal(brought(gap, gap.make())["replaced"], 1)
    gap.same()
    put_anew(gap, chart("one", description="gone soon"))
    gap.delete("one", "1.0.0")
    equal(brought(gap, gap.make())["removed"], 1)        # bytes that never came are not asked for
    equal(files_of(gap), ["two-1.0.0.tgz"])
    contains(must("fsck", "--data", gap.inner.data), "all is well")


@test
def replaced_with_a_list_of_images():
    """A list belongs to its bytes: with others its own comes."""
    gap = replacing()
    must("repo", "set", "stable", "overwrite=true", "--data", gap.inner.data)
    put_anew(gap, chart("one", description="other bytes"))
    path = "/api/v1/charts/stable/one/1.0.0/images"
    equal(gap.outer.request("PUT", path, b"redis:7\n").status, 200)
    gap.trip()
    equal(gap.inner.get(path).body, gap.outer.get(path).body)
    contains(gap.inner.get(path).body.decode(), "redis:7")


@test
def nothing_is_replaced_where_something_is_refused():
    """The name of another chart's file is taken here; what waited beside the old file is gone."""
    gap = replacing()
    must("repo", "set", "stable", "overwrite=true", "--data", gap.inner.data)
    put_anew(gap, chart("one", description="other bytes"))
    gap.put(chart("zzz-1", "2.0.0"))
    equal(gap.inner.publish(chart("zzz", "1-2.0.0"), "stable").status, 201)
    before, index = files_of(gap), gap.inner.get("/stable/index.yaml").body
    said = brought(gap, gap.make(), status=3)
    equal((said["refused"], said["taken_in"]), (1, False))
    equal((files_of(gap), gap.inner.get("/stable/index.yaml").body), (before, index))


# ---- the comparison itself ----

def publish_inside(gap):
    equal(gap.inner.publish(chart("more"), "stable").status, 201)


def delete_inside(gap):
    equal(gap.inner.request("DELETE", "/api/stable/charts/one/1.0.0").status, 200)


def yank_inside(gap):
    must("yank", "--repo", "stable", "one", "1.0.0", "--data", gap.inner.data)


def yank_otherwise(gap):
    yank_inside(gap)
    gap.do("yank", "one", "1.0.0", "--reason", "broken")


def delete_otherwise(gap):
    delete_inside(gap)
    must("purge", "--repo", "stable", "one", "1.0.0", "--reason", "a secret", "--yes", "--data", gap.outer.data)


def prov_inside(gap):
    equal(gap.inner.request("POST", "/api/stable/prov", provenance(chart("one"), "one")).status, 201)


def damage_inside(gap):
    path = gap.inner.data / "repos/stable/charts/one-1.0.0.tgz"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert gap.inner.get("/stable/charts/one-1.0.0.tgz").status >= 500
    assert settled(lambda: "one" not in gap.inner.index("stable")["entries"]), "nobody notices"


@test
def for_whose_sake_it_came():
    """Is told to who sees that repository, with what was selected of it."""
    gap = Gap()
    make_repo(gap.outer, "deps", known_as=(address := "https://deps.example.org"))
    gap.put(chart("one"), repo="deps")
    gap.put(chart("umbrella", dependencies=[{"name": "one", "version": "1.0.0", "repository": address}]))
    gap.bring(gap.make("--select", "umbrella"))
    equal(gap.inner.request("PATCH", "/api/v1/repos/stable", '{"private":true}').status, 200)
    for who, bundle, selected in (({}, "", ""), (bearer(add_token(gap.inner.data, "reader", "pull:*")), "stable",
                                                 "umbrella, closure")):
        trip = json.loads(gap.inner.get("/api/v1/repos/deps/trips", who).body)["trips"][0]
        equal([trip[k] for k in ("bundle", "filter", "versions")], [bundle, selected, 1])
        equal(json.loads(gap.inner.get("/api/v1/repos/deps", who).body)["trip"], trip)
        page = gap.inner.get("/repos/deps", {**who, "Accept": "text/html"}).body.decode()
        equal(("came along with another" in page, "umbrella, closure" in page), (not bundle, bool(bundle)))


def forge_trip(column, value):
    def change(gap):
        with sqlite3.connect(gap.inner.data / "catalog.db") as db:
            db.execute(f"UPDATE trip SET {column} = {value}")
        db.close()
    return change


def came_by_hand(gap, archive=chart("one")):
    """Published here: no bundle ever came."""
    gap.inner = Server()
    make_repo(gap.inner, "stable")
    equal(gap.inner.publish(archive, "stable").status, 201)


def other_bytes(gap):
    came_by_hand(gap, chart("one", description="another"))


@functools.cache
def after_one_trip():
    gap = Gap(chart("one"), keep=True)
    gap.trip()
    gap.outer.stop()
    gap.inner.stop()
    return gap


@table(
    ("a version more", publish_inside, ("versions: more 1.0.0: only on the inner", "files: more-1.0.0.tgz",
                                        "index: more 1.0.0", "search: :", "pages: more")),
    ("a version less", delete_inside, ("versions: one 1.0.0: state: live / deleted", "files: one-1.0.0.tgz: only",
                                       "index: one 1.0.0: only", "pages: one: only", "reasons: one 1.0.0")),
    ("a yank", yank_inside, ("versions: one 1.0.0: state: live / yanked", "pages: one 1.0.0: yanked: False")),
    ("another reason", yank_otherwise, ("versions: one 1.0.0: yank_reason: broken / ", )),
    ("a deletion for a purge", delete_otherwise, ("versions: one 1.0.0: state: purged / deleted",
                                                  "reasons: one 1.0.0: a secret / ")),
    ("a provenance file", prov_inside, ("versions: one 1.0.0: provenance: False / True",
                                        "files: one-1.0.0.tgz.prov: only", "search: one: ")),
    ("bytes on disk", damage_inside, ("files: one-1.0.0.tgz: ", )),
    ("other bytes", other_bytes, ("versions: one 1.0.0: digest", "index: one 1.0.0: digest",
                                  "index: one 1.0.0: description", "pages: one: description")),
    ("another time", came_by_hand, ("versions: one 1.0.0: created: ", "index: one 1.0.0: created",
                                    "history: trip 0 is no event")),
    ("an event that never came", lambda gap: gap.put(chart("one", "2.0.0")),
     ("history: the outer side's last event is 4, the inner side knows 3", )),
    ("another event", forge_trip("leaf", "zeroblob(32)"), ("history: event 3 has another hash", )),
    ("another log", forge_trip("root", "zeroblob(32)"), ("history: the log up to event 3 has another root", )),
    ("a gap", forge_trip("parent", "2"), ("history: trip 3 stands on 2, which never came", )),
    ("another as-of", forge_trip("at_ns", "5"), ("history: trip 3 is as of", )))
def the_comparison_finds(change, wanted):
    gap = after_one_trip().copied()
    change(gap)
    found = differences(gap.outer, gap.inner, "stable", QUERIES)
    for text in wanted:
        assert any(line.startswith(text) for line in found), (text, found)


if __name__ == "__main__":
    main()
