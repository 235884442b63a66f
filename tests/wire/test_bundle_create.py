#!/usr/bin/env python3
"""chartlocker bundle create: what is in a bundle, and that what is in it is what it says.
Long because its rows look at the same few bundles, which cost more than looking at them."""
import functools
import hashlib
import json
import subprocess
import tarfile
import threading

from wire import Server, shared
import bundles
from bundles import one
from following import follow, refreshed
from harness import (PROGRAM, chart, chart_of_size, clean_environment, cleanup, command,
                     contains, digest, equal, form, main, must, need, provenance, settled, table, temporary, test)
from openpgp import key
from upstream import Upstream


class Outer(bundles.Outer):
    """With other repositories as well."""

    def put(self, archive, repo="", prov=None):
        if prov:
            answer = self.request("POST", "/api/charts", *form(archive, prov))
        else:
            answer = self.publish(archive, repo)
        equal(answer.status, 201, answer.body)

    def repo(self, name, **settings):
        must("repo", "create", name, "--data", self.data,
             *(word for key, value in settings.items() for word in ("--set", f"{key}={value}")))

    def end(self, name, version, verb="delete", repo="main"):
        if verb == "delete":
            path = f"/api/{'' if repo == 'main' else repo + '/'}charts/{name}/{version}"
            equal(self.request("DELETE", path).status, 200)
        else:
            must(verb, "--repo", repo, name, version, "--reason", "broken", "--data", self.data)


def members(path):
    with tarfile.open(path) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar.getmembers()}


def files(path):
    """The charts and provenance files in it."""
    return sorted(name for name in members(path) if "charts/" in name)


def told(path):
    return {(v["repo"], v["chart"], v["version"]): v
            for v in map(json.loads, members(path)["versions.jsonl"].decode().splitlines())}


def names(path):
    return sorted(f"{chart}-{version}" for _, chart, version in told(path))


def index(path, folder=""):
    entries = json.loads(members(path)[f"{folder}index.yaml"])["entries"]
    return sorted(f"{v['name']}-{v['version']}" for versions in entries.values() for v in versions)


def root(path):
    """The root of the log, as the lines of log.jsonl of a whole bundle make it (RFC 6962)."""
    edge = []

    def join(level, value):
        while edge and edge[-1][0] == level:
            value = hashlib.sha256(b"\1" + edge.pop()[1] + value).digest()
            level += 1
        edge.append((level, value))

    for line in members(path)["log.jsonl"].splitlines():
        said = json.loads(line)
        if "level" in said:
            equal(said["leaves"], 1 << said["level"])
            join(said["level"], bytes.fromhex(said["hash"]))
        else:
            equal(said["seq"], sum(1 << level for level, _ in edge) + 1)
            join(0, hashlib.sha256(b"\0" + line).digest())
    value = edge.pop()[1]
    while edge:
        value = hashlib.sha256(b"\1" + edge.pop()[1] + value).digest()
    return value.hex()


def verified_root(outer, trip):
    return must("log", "--verify", "--until", trip, "--data", outer.data)


@test
def whole():
    signed, two = chart("one"), chart("two", "2.0.0+build")
    outer = Outer(two)
    outer.put(signed, prov=provenance(signed, "one"))
    said, path = outer.create()
    equal((path.name, path.stat().st_mode & 0o777), (f"main-0-{said['trip']}.tar", 0o644))
    with tarfile.open(path) as tar:
        order = [m.name for m in tar.getmembers()]
        equal({(m.mode, m.uid, m.gid, m.type) for m in tar.getmembers()}, {(0o644, 0, 0, b"0")})
    equal(order, ["BUNDLE", "BUNDLE.sig", "MANIFEST", "versions.jsonl", "log.jsonl", "images.txt", "index.yaml",
                  "charts/one-1.0.0.tgz", "charts/one-1.0.0.tgz.prov", "charts/two-2.0.0+build.tgz"])
    equal(members(path)["charts/one-1.0.0.tgz"], signed)
    equal((said["versions"], said["added"], said["parts"], said["bytes"]), (2, 2, 1, path.stat().st_size))
    contains(members(path)["BUNDLE.sig"].decode(), "outer.example.org")


@test
def sha256sum_checks_it():
    outer = Outer(chart("one"), chart("two"))
    _, path = outer.create()
    into = temporary()
    subprocess.run(["tar", "xf", path, "-C", into], check=True)
    done = subprocess.run(["sha256sum", "-c", "MANIFEST"], cwd=into, capture_output=True, text=True,
                          check=False)
    equal(done.returncode, 0, done.stderr)
    equal(len(done.stdout.splitlines()), 6)
    contains((into / "BUNDLE").read_text(), digest((into / "MANIFEST").read_bytes()))


@test
def the_index_is_relative_and_that_of_the_server():
    outer = Outer(chart("one"), chart("one", "2.0.0"))
    _, path = outer.create()
    equal(json.loads(members(path)["index.yaml"])["entries"], outer.index()["entries"])


@test
def the_log_proves_itself():
    """What is not in the bundle is there by hashes, and both make the root of the log."""
    outer = Outer(*(chart("one", f"1.0.{i}") for i in range(5)))
    outer.repo("other")
    for i in range(20):
        outer.put(chart("two", f"1.0.{i}"), "other")
    for i in range(3):
        outer.put(chart("three", f"1.0.{i}"))
    for wishes in ((), ("--select", "three")):
        said, path = outer.create(*wishes)
        contains(verified_root(outer, said["trip"]), root(path))
        log = [json.loads(line) for line in members(path)["log.jsonl"].splitlines()]
        equal({e["repo"] for e in log if "repo" in e}, {"main"})


@test
def t_bnd_09_equal_selections_are_equal_bytes():
    outer = Outer(chart("one"), chart("two"))
    outer.repo("other")
    _, first = outer.create()
    outer.put(chart("three"), "other")
    _, second = outer.create()
    equal((first.name, first.read_bytes() == second.read_bytes()), (second.name, True))


@test
def parts_are_the_whole():
    outer = Outer(chart_of_size(300_000, "big"), chart("one"))
    _, whole_one = outer.create()
    said, path = outer.create("--split", "100K")
    parts = sorted(p for p in path.parent.iterdir() if p.suffix != ".parts")
    equal(len(parts), said["parts"])
    assert said["parts"] > 2 and all(p.stat().st_size <= 100_000 for p in parts)
    equal(b"".join(p.read_bytes() for p in parts), whole_one.read_bytes())


@test
def names_that_take_several_headers():
    outer = Outer(chart("a" * 90), chart("b" * 120), chart("c" * 150))
    said, path = outer.create()
    equal(said["bytes"], path.stat().st_size)
    for part_bytes in (said["bytes"] - 1, said["bytes"]):
        parts, _ = outer.create("--dry-run", "--split", str(part_bytes))
        equal(parts["parts"], 1 + (part_bytes < said["bytes"]))
    data = bundles.inner(outer)
    equal(bundles.bring(data, path)[0]["added"], 3)


@test
def to_standard_output():
    _, path = one().create()
    done = subprocess.run([PROGRAM, "bundle", "create", "--repo", "main", "--data", one().data, "-o", "-"],
                          env=clean_environment(), capture_output=True, check=True)
    equal(done.stdout == path.read_bytes(), True)


@test
def delta_by_parent():
    outer = Outer(chart("one"), chart("one", "2.0.0"), chart("two"))
    first, _ = outer.create()
    outer.put(chart("three"))
    outer.end("one", "1.0.0")
    outer.end("two", "1.0.0", "yank")
    said, path = outer.create("--parent", str(first["trip"]))
    equal(path.name, f"main-{first['trip']}-{said['trip']}.tar")
    equal({key[1]: v["state"] for key, v in told(path).items()},
          {"one": "deleted", "two": "yanked", "three": "live"})
    equal(told(path)["main", "two", "1.0.0"]["reason"], "broken")
    equal(files(path), ["charts/three-1.0.0.tgz"])
    equal(index(path), ["one-2.0.0", "three-1.0.0"])
    equal((said["added"], said["yanked"], said["deleted"]), (1, 1, 1))
    log = [json.loads(line) for line in members(path)["log.jsonl"].splitlines()]
    equal([e["kind"] for e in log if "kind" in e], ["publish", "delete", "yank"])


@test
def a_delta_of_nothing_is_not_made():
    """But to a stream, whose reader waits for one. The trip stays: the next one follows the last that was made."""
    outer, folder = Outer(chart("one")), temporary()
    first, _ = outer.create()
    must("repo", "create", "other", "--data", outer.data)
    line = ("bundle", "create", "--repo", "main", "--data", outer.data, "--parent", str(first["trip"]))
    said = json.loads(must(*line, "-o", f"{folder}/", "--json"))
    equal((said["trip"], said["bytes"], "file" in said), (first["trip"], 0, False))
    for more in (("-o", f"{folder}/"), ("--dry-run",)):
        equal(must(*line, *more), f"nothing new in main since trip {first['trip']}: no bundle is made\n")
    equal(list(folder.iterdir()), [])
    done = subprocess.run([PROGRAM, *line, "-o", "-"], env=clean_environment(), capture_output=True, check=True)
    contains(done.stdout.decode(errors="replace"), "versions 0")
    outer.put(chart("two"))
    contains(must(*line, "-o", f"{folder}/"), "versions 1")


@test
def delta_brings_what_the_rules_reach_now():
    """Of the newest two, one is deleted: the third one was there before, and comes now."""
    outer = Outer(*(chart("one", f"{i}.0.0") for i in (1, 2, 3)))
    first, path = outer.create("--set", "take_last=2")
    equal(names(path), ["one-2.0.0", "one-3.0.0"])
    outer.end("one", "3.0.0")
    _, path = outer.create("--set", "take_last=2", "--parent", str(first["trip"]))
    equal((files(path), names(path)), (["charts/one-1.0.0.tgz"], ["one-1.0.0", "one-3.0.0"]))


@test
def delta_of_an_upstream():
    """What is new there comes, also one whose bytes nobody had promised, and nothing else."""
    outer, far = Outer(), Upstream()
    follow(outer, far, "up", mode="mirror")

    def trip(*how):
        refreshed(outer, "up")
        said, path = outer.create(*how, repo="up")
        return str(said["trip"]), files(path), index(path)

    far.put("one", "1.0.0")
    last, *made = trip()
    equal(made, [["charts/one-1.0.0.tgz"], ["one-1.0.0"]])
    far.put("one", "1.1.0")
    far.put("bare", "1.0.0", digest=None)
    last, *made = trip("--parent", last)
    equal(made, [["charts/bare-1.0.0.tgz", "charts/one-1.1.0.tgz"], ["bare-1.0.0", "one-1.0.0", "one-1.1.0"]])
    far.put("one", "1.1.0", description="other words")
    far.put("two", "1.0.0")
    last, *made = trip("--parent", last)
    equal(made[0], ["charts/two-1.0.0.tgz"])


@test
def delta_brings_what_is_verified_now():
    """It was there before, and is signed since; or nobody had looked at signatures then."""
    outer, signed = Outer(), ("--set", "take_signed=true")

    def check(how):
        must("repo", "set", "main", f"provenance={how}", "--keyring", key().ring, "--data", outer.data)

    def trip(*how):
        said, path = outer.create(*signed, *how)
        return str(said["trip"]), files(path), index(path)

    check("check")
    outer.put(chart("one"), prov=key().signed(chart("one"), "one"))
    outer.put(chart("two"))
    last, *made = trip()
    equal(made, [["charts/one-1.0.0.tgz", "charts/one-1.0.0.tgz.prov"], ["one-1.0.0"]])
    equal(outer.request("POST", "/api/prov", key().signed(chart("two"), "two")).status, 201)
    last, *made = trip("--parent", last)
    equal(made, [["charts/two-1.0.0.tgz", "charts/two-1.0.0.tgz.prov"], ["one-1.0.0", "two-1.0.0"]])
    check("off")
    last, *made = trip()
    equal(made, [[], []])
    check("check")
    last, *made = trip("--parent", last)
    equal(made, [[f"charts/{name}-1.0.0.tgz{end}" for name in ("one", "two") for end in ("", ".prov")],
                 ["one-1.0.0", "two-1.0.0"]])


@test
def a_later_provenance_file_comes_alone():
    outer = Outer(chart("one"))
    first, _ = outer.create()
    equal(outer.request("POST", "/api/prov", provenance(chart("one"), "one")).status, 201)
    _, path = outer.create("--parent", str(first["trip"]))
    equal(files(path), ["charts/one-1.0.0.tgz.prov"])


@table(("unknown", "99", "event 99: on the other side `chartlocker bundle list` tells the last trip", 1),
       ("no number", "x", "x", 2))
def no_such_parent(parent, text, status):
    done = command("bundle", "create", "--repo", "main", "--data", one().data, "--parent", parent, "-o",
                   temporary())
    equal(done.returncode, status)
    contains(done.stderr, text)


def inventory(folder, repo="main"):
    path = temporary() / "inventory"
    must("bundle", "inventory", "--repo", repo, "--data", folder, "-o", path)
    return path


@test
def inventory_lists_digests():
    archive = chart("one")
    prov = provenance(archive, "one")
    outer = Outer(chart("two"))
    outer.put(archive, prov=prov)
    text = inventory(outer.data).read_text()
    contains(text, "chartlocker inventory 1\nrepo main\n")
    contains(text, digest(archive))
    contains(text, digest(prov))
    contains(text, "\n\n— outer.example.org ")


@test
def inventory_says_what_it_wrote():
    path = temporary() / "inventory"
    line = ("bundle", "inventory", "--repo", "main", "--data", one().data, "-o")
    contains(must(*line, path), f"{path}: trip 0 of main, files 1, bytes ")
    said = json.loads(must(*line, path, "--json"))
    equal(said, {"repo": "main", "file": str(path), "trip": 0, "files": 1, "bytes": path.stat().st_size, "signed": True})
    equal(must(*line, "-", "--json"), path.read_text())


@test
def inventory_of_who_had_nothing_makes_a_whole_bundle():
    _, path = one().create("--inventory", inventory(shared().data))
    equal(files(path), ["charts/one-1.0.0.tgz"])


@table(*((f"without {cut} bytes", cut) for cut in (1, 30, 64, 200)))
def a_torn_inventory_is_refused(cut):
    path = inventory(shared().data)
    path.write_bytes(path.read_bytes()[:-cut])
    done = command("bundle", "create", "--repo", "main", "--data", one().data, "--inventory", path, "-o",
                   temporary())
    equal(done.returncode, 1)
    contains(done.stderr, "inventory")


def umbrella_of(outer, *needs, name="umbrella"):
    outer.put(chart(name, dependencies=[
        {"name": n, "version": v, "repository": url} for n, v, url in needs]))


def stacked():
    """main/umbrella needs bitnami/redis, which needs common of the same."""
    outer = Outer()
    outer.repo("bitnami", known_as="https://charts.bitnami.com/bitnami")
    for version in ("17.0.0", "18.1.0", "18.2.0", "19.0.0"):
        outer.put(chart("redis", version, dependencies=[
            {"name": "common", "version": "2.x.x",
             "repository": "oci://registry-1.docker.io/bitnamicharts"}]),
            "bitnami")
    outer.put(chart("common", "2.5.0"), "bitnami")
    outer.put(chart("unrelated"), "bitnami")
    umbrella_of(outer, ("redis", "^18.0.0", "https://charts.bitnami.com/bitnami"))
    return outer


@test
def closure():
    outer = stacked()
    said, path = outer.create("--closure")
    equal(said["repositories"], ["main", "bitnami"])
    equal(files(path), ["charts/umbrella-1.0.0.tgz", "deps/bitnami/charts/common-2.5.0.tgz",
                        "deps/bitnami/charts/redis-18.2.0.tgz"])
    equal(index(path, "deps/bitnami/"), ["common-2.5.0", "redis-18.2.0"])
    equal(said["missing"], [])
    contains(verified_root(outer, said["trip"]), root(path))
    _, alone = outer.create()
    equal(files(alone), ["charts/umbrella-1.0.0.tgz"])


@test
def closure_tells_what_nothing_satisfies():
    outer = Outer()
    outer.repo("bitnami", known_as="https://charts.bitnami.com/bitnami")
    outer.put(chart("redis", "17.0.0"), "bitnami")
    umbrella_of(outer, ("redis", "^18.0.0", "https://charts.bitnami.com/bitnami"),
                ("else", "1.0.0", "https://nobody.example"))
    said, _ = outer.create("--closure")
    equal([(m["what"], m["why"]) for m in said["missing"]], [
        ("umbrella-1.0.0.tgz needs redis ^18.0.0 of https://charts.bitnami.com/bitnami",
         "no version here fits"),
        ("umbrella-1.0.0.tgz needs else 1.0.0 of https://nobody.example",
         "no repository here is known by this address: follow it (upstream add), or set known_as of one")])


@test
def closure_takes_no_pre_release_unasked():
    outer, url = Outer(), "https://charts.example.org"
    outer.repo("other", known_as=url)
    for version in ("1.0.0", "2.0.0-rc.1"):
        outer.put(chart("redis", version), "other")
    outer.put(chart("umbrella", dependencies=[{"name": "redis", "repository": url}]))
    _, path = outer.create("--closure")
    equal(files(path), ["charts/umbrella-1.0.0.tgz", "deps/other/charts/redis-1.0.0.tgz"])


@table(("of many", "@all"), ("within another", "alias:more"))
def closure_through_a_virtual_repository(repository):
    """All its members are meant, however many and however deep."""
    outer, members = Outer(), [f"m{i:02}" for i in range(12)]
    for name in members:
        outer.repo(name)
    outer.repo("all", members=" ".join(members))
    outer.repo("more", members="all")
    outer.put(chart("redis", "18.2.0"), members[-1])
    umbrella_of(outer, ("redis", "^18.0.0", repository))
    said, path = outer.create("--closure")
    equal((said["missing"], files(path)), ([], ["charts/umbrella-1.0.0.tgz", "deps/m11/charts/redis-18.2.0.tgz"]))


@table(("what is hosted goes before", {}, ">=1", "stable", "1.0.0"), ("a pin", {"pins": "app=up"}, ">=1", "up", "2.0.0"),
       ("names of ours", {"members": "up", "own_names": "ap*"}, ">=1", None, None),
       ("no version of an upstream's instead", {}, ">=2", None, None),
       ("a range of its own", {"pins": "app=up", "take_versions": "<2"}, ">=1", "up", "1.5.0"),
       ("the newest of the chart alone", {"pins": "app=up", "take_last": "1"}, "<2", None, None),
       ("what cools down", {"cooldown_days": "3"}, ">=1", None, None),
       ("signed ones alone", {"take_signed": "true"}, ">=1", None, None),
       ("below another one", {"members": "up inner"}, ">=1", "stable", "1.0.0"))
def closure_of_what_a_virtual_repository_shows(settings, range_, repo, version):
    """Who has the name there, and which versions of it, as the index says."""
    outer, up = Outer(), Upstream()
    for number in ("1.5.0", "2.0.0"):
        up.put("app", number)
    outer.repo("stable")
    outer.put(chart("app"), "stable")
    follow(outer, up, mode="mirror")
    refreshed(outer)
    outer.repo("inner", members="stable")
    outer.repo("all", **{"members": "up stable", **settings})
    umbrella_of(outer, ("app", range_, "@all"))
    said, path = outer.create("--closure")
    equal(files(path), ["charts/umbrella-1.0.0.tgz"] + [f"deps/{repo}/charts/app-{version}.tgz"] * bool(repo))
    equal([m["why"] for m in said["missing"]], [] if repo else ["no version here fits"])
    wanted = temporary() / "u.tgz"
    wanted.write_bytes(chart("u", dependencies=[{"name": "app", "version": range_, "repository": "@all"}]))
    made = command("bundle", "create", "--repo", "main", "--data", outer.data, "-o", f"{temporary()}/", "--from", wanted,
                   "--closure", "--json")
    equal(json.loads(made.stdout)["repositories"] if repo else made.returncode, ["main", repo] if repo else 1, made)


@test
def closure_of_what_an_upstream_had_first():
    outer, one, two = Outer(), Upstream(), Upstream()
    one.put("bait", "1.0.0")
    two.put("app", "1.0.0")
    for name, up in (("a", one), ("b", two)):
        follow(outer, up, name, mode="mirror")
        refreshed(outer, name)
    outer.repo("all", members="a b")
    one.put("app", "9.0.0")
    refreshed(outer, "a")
    umbrella_of(outer, ("app", ">=1", "@all"))
    _, path = outer.create("--closure")
    equal(files(path), ["charts/umbrella-1.0.0.tgz", "deps/b/charts/app-1.0.0.tgz"])


@table(("one that both have", "1.1.0", "1.1.0"), ("the newest of both", "1.x", "1.5.0"))
def closure_of_two_with_one_address(wanted, version):
    """A proxy that has the older ones, of which no archive is here, and a mirror that has all."""
    outer, up = Outer(), Upstream()
    for minor in range(6):
        up.put("two", f"1.{minor}.0")
    for name, more in (("a", {"take_versions": "<1.3"}), ("b", {"mode": "mirror"})):
        follow(outer, up, name, **more)
        refreshed(outer, name)
    umbrella_of(outer, ("two", wanted, up.url))
    said, path = outer.create("--closure")
    equal((said["missing"], files(path)), ([], ["charts/umbrella-1.0.0.tgz", f"deps/b/charts/two-{version}.tgz"]))


@test
def closure_in_a_delta():
    """A newer dependency comes with the next trip, and the end of the old one is told."""
    outer = stacked()
    first, _ = outer.create("--closure")
    outer.put(chart("redis", "18.3.0"), "bitnami")
    outer.end("redis", "18.2.0", repo="bitnami")
    _, path = outer.create("--closure", "--parent", str(first["trip"]))
    equal(files(path), ["deps/bitnami/charts/redis-18.3.0.tgz"])
    equal(told(path)["bitnami", "redis", "18.2.0"]["state"], "deleted")


@test
def closure_of_what_nobody_needs_any_more():
    """The last event of a trip may be that of a dependency, and then there is nothing new, not a wrong parent."""
    outer, folder = stacked(), temporary()
    data = bundles.inner(outer)
    first, path = outer.create("--closure")
    bundles.bring(data, path)
    outer.end("redis", "18.1.0", repo="bitnami")
    outer.end("redis", "18.2.0", repo="bitnami")
    second, path = outer.create("--closure", "--parent", str(first["trip"]))
    equal((second["trip"] > first["trip"], second["deleted"]), (True, 1))
    bundles.bring(data, path)
    for how in ("--parent", str(second["trip"])), ("--inventory", inventory(data)):
        contains(must("bundle", "create", "--repo", "main", "--data", outer.data, "--closure", *how, "-o", f"{folder}/"),
                 "nothing new in main since trip ")
    done = command("bundle", "create", "--repo", "main", "--data", outer.data, "--parent", str(second["trip"]),
                   "-o", f"{folder}/")
    contains(done.stderr, f"nothing came after {second['trip']}")


MANY = [chart("nginx", v) for v in ("3.9.0", "4.0.0", "4.1.0", "5.0.0-rc.1")] + [
    chart("nginx-old", "4.0.0"), chart("redis", "18.0.0", deprecated=True), chart("redis", "17.0.0")]


@functools.cache
def many():
    """Nothing changes here."""
    return Outer(*MANY, keep=True)


@table(*((" ".join(arguments), arguments, wanted) for arguments, wanted in (
    (("--select", "nginx >=4"), ["nginx-4.0.0", "nginx-4.1.0"]),
    (("--select", "nginx* >=4"), ["nginx-4.0.0", "nginx-4.1.0", "nginx-old-4.0.0"]),
    (("--select", "nginx*", "--select", "!nginx-old", "--select", "!nginx <4"),
     ["nginx-4.0.0", "nginx-4.1.0", "nginx-5.0.0-rc.1"]),
    (("--select", "!nginx*"), ["redis-17.0.0", "redis-18.0.0"]),
    (("--set", "take_last=1"), ["nginx-5.0.0-rc.1", "nginx-old-4.0.0", "redis-18.0.0"]),
    (("--set", "take_last=1", "--set", "take_prereleases=false", "--set", "take_deprecated=false"),
     ["nginx-4.1.0", "nginx-old-4.0.0", "redis-17.0.0"]),
    (("--select", "redis", "--set", "take_last=1"), ["redis-18.0.0"]),
    (("--set", "take_charts=red* nginx-old"), ["nginx-old-4.0.0", "redis-17.0.0", "redis-18.0.0"]),
    (("--set", "take_since=2099-01-01"), []))))
def selection(arguments, wanted):
    _, path = many().create(*arguments)
    equal((names(path), index(path)), (wanted, wanted))


@table(*((" ".join(arguments), arguments, text) for arguments, text in (
    (("--select", "absent"), "nothing in \"main\" is meant by this selection"),
    (("--select", "[x]"), "[x]"), (("--select", "nginx >>1"), "improper constraint"),
       (("--set", "keep_last=1"), "keep_last"), (("--set", "take_last"), "KEY=VALUE"),
       (("--set", "take_all=1"), "take_all"), (("--split", "0"), "--split"), (("--split", "4X"), "--split"))))
def selections_that_are_none(arguments, text):
    done = command("bundle", "create", "--repo", "main", "--data", one().data, "-o", temporary(), *arguments)
    equal(done.returncode, 2 if text in ("KEY=VALUE", "--split") else 1)
    contains(done.stderr, text)


@test
def a_wish_that_nothing_fulfils_is_told():
    said, _ = one().create("--select", "one", "--select", "two ^1.0.0")
    equal([m["what"] for m in said["missing"]], ["two ^1.0.0"])


# ---- --from ----

LOCK = """dependencies:
- name: redis
  repository: https://charts.example.org
  version: 17.0.0
digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
generated: "2026-01-01T00:00:00Z"
"""
FLUX = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: nginx}
spec:
  chart:
    spec:
      chart: nginx
      version: ">=3.0.0 <4.1.0"
      sourceRef: {kind: HelmRepository, name: stable}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: stable}
spec: {url: https://charts.example.org}
---
{{ if .Values.broken }}
"""
ARGO = """apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source: {repoURL: https://charts.example.org, chart: nginx-old, targetRevision: 4.*}
"""


def wanted_by(name):
    folder = temporary()
    if name == "umbrella":
        path = folder / "u.tgz"
        path.write_bytes(chart("u", dependencies=[
            {"name": "nginx", "version": "^4.0.0", "repository": "https://charts.example.org"},
            {"name": "local", "version": "1.0.0", "repository": "file://../local"}]))
        return path
    if name == "lock":
        (folder / "Chart.lock").write_text(LOCK)
        return folder / "Chart.lock"
    if name == "no version":
        (folder / "flux.yaml").write_text(FLUX.replace('      version: ">=3.0.0 <4.1.0"\n', ""))
        return folder
    (folder / "more").mkdir()
    (folder / "flux.yaml").write_text(FLUX)
    (folder / "more/argo.yml").write_text(ARGO)
    return folder


@table(*((kind, kind, wanted) for kind, wanted in (
    ("umbrella", ["nginx-4.1.0"]), ("lock", ["redis-17.0.0"]), ("no version", ["nginx-4.1.0"]),
    ("manifests", ["nginx-4.0.0", "nginx-old-4.0.0"]))))
def wanted_elsewhere(kind, wanted):
    said, path = many().create("--from", wanted_by(kind))
    equal((names(path), said["missing"]), (wanted, []))


@test
def a_list_on_standard_input():
    into = temporary()
    said = json.loads(must("bundle", "create", "--repo", "main", "--data", many().data, "-o", into, "--json",
                           "--from", "-", stdin="# wanted\nredis\nnginx ^4.0.0\n\n"))
    equal(names(into / said["file"]), ["nginx-4.0.0", "nginx-4.1.0", "redis-17.0.0", "redis-18.0.0"])


@test
def an_umbrella_reaches_other_repositories_with_closure():
    outer = stacked()
    path = temporary() / "u.tgz"
    path.write_bytes(chart("u", dependencies=[
        {"name": "redis", "version": "17.x", "repository": "https://charts.bitnami.com/bitnami"}]))
    said, made = outer.create("--from", path, "--closure")
    equal(files(made), ["deps/bitnami/charts/common-2.5.0.tgz", "deps/bitnami/charts/redis-17.0.0.tgz"])
    done = command("bundle", "create", "--repo", "main", "--data", outer.data, "-o", f"{temporary()}/",
                   "--from", path)
    equal(done.returncode, 1)
    contains(done.stderr, "--closure")


@test
def another_place_is_another_selection():
    """By equal words of what is wanted alone the second would replace the first, and be passed over inside."""
    outer, folder, paths = Outer(), temporary(), []
    for name in ("a", "b"):
        outer.repo(name, known_as=f"https://{name}.example.org")
        outer.put(chart("redis", description=name), name)
    outer.put(chart("last"))
    for name in ("a", "b"):
        path = temporary() / "u.tgz"
        path.write_bytes(chart("u", dependencies=[
            {"name": "redis", "version": "1.0.0", "repository": f"https://{name}.example.org"}]))
        paths.append(outer.create("--from", path, "--closure", into=folder)[1])
    equal([files(path) for path in paths], [[f"deps/{name}/charts/redis-1.0.0.tgz"] for name in ("a", "b")])
    data = bundles.inner(outer)
    equal([bundles.bring(data, path)[0].get("added") for path in paths], [1, 1])


# ---- dry runs, damage ----

@table(("with a slash", "/"), ("without", ""))
def says_where_it_is(slash):
    into = temporary()
    said = must("bundle", "create", "--repo", "main", "--data", one().data, "-o", f"{into}{slash}")
    contains(said, f"{into}/main-0-2.tar: trip 2, ")


@test
def dry_run():
    wishes = "--select", "nginx >=4", "--select", "redis", "--select", "nothing"
    arguments = "bundle", "create", "--repo", "main", "--data", many().data, *wishes
    text = must(*arguments, "--dry-run")
    contains(text, "RULE")
    contains(text, "nginx >=4")
    said = json.loads(must(*arguments, "--dry-run", "--json"))
    equal([(r["rule"], r["versions"]) for r in said["rules"][:3]],
          [("nginx >=4", 2), ("redis", 2), ("nothing", 0)])
    equal(said["rules"][0]["bytes"], len(MANY[1]) + len(MANY[2]))
    equal([m["what"] for m in said["missing"]], ["nothing"])
    made, path = many().create(*wishes)
    equal({**said, "dry_run": False}, made)
    equal(made["bytes"], path.stat().st_size)


@test
def a_damaged_file_is_named():
    outer = Outer(chart("one"), chart("two"))
    outer.stop()
    stored = outer.data / "repos/main/charts/two-1.0.0.tgz"
    stored.chmod(0o644)
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 1
    stored.write_bytes(data)
    into = temporary()
    done = command("bundle", "create", "--repo", "main", "--data", outer.data, "-o", into)
    equal(done.returncode, 1)
    contains(done.stderr, "main/two-1.0.0.tgz")
    equal(list(into.iterdir()), [])


@test
def without_a_key():
    running = Server()
    running.publish(chart("one"))
    done = command("bundle", "create", "--repo", "main", "--data", running.data, "-o", temporary())
    equal(done.returncode, 1)
    contains(done.stderr, "chartlocker keys generate")


@test
def repositories_without_charts():
    outer = Outer(chart("one"))
    must("virtual", "add", "view", "main", "--data", outer.data)
    for repo, text in (("nowhere", "nowhere"), ("view", "virtual")):
        done = command("bundle", "create", "--repo", repo, "--data", outer.data, "-o", temporary())
        equal(done.returncode, 1, repo)
        contains(done.stderr, text)


@table(*((line, *line.split()) for line in (
    "bundle", "bundle burn", "bundle create", "bundle create --repo main",
    "bundle create --repo main -o - --split 4G", "bundle create --repo main -o x --parent 1 --inventory x",
    "bundle inventory --repo main")))
def misuse(*arguments):
    equal(command(*arguments).returncode, 2)


@test
def t_bnd_08_while_charts_come_and_go():
    """Each bundle is one state: its log is that of its trip, and its manifest holds."""
    outer = Outer(chart("base"))
    stopped = threading.Event()

    def come_and_go():
        for i in range(400):
            if stopped.is_set():
                return
            outer.publish(chart("busy", f"1.0.{i}"))
            if i % 3 == 0:
                outer.request("DELETE", f"/api/charts/busy/1.0.{i}")

    busy = threading.Thread(target=come_and_go)
    busy.start()
    cleanup(busy.join)
    cleanup(stopped.set)
    trips = set()
    for _ in range(5):
        said, path = outer.create()
        trips.add(said["trip"])
        contains(verified_root(outer, said["trip"]), root(path))
        inside = members(path)
        for line in inside["MANIFEST"].decode().splitlines():
            wanted, name = line.split("  ", 1)
            equal(digest(inside[name]), wanted, name)
        live = sorted(f"{c}-{v}" for (_, c, v), row in told(path).items() if row["state"] == "live")
        equal(live, index(path))
        equal([f"charts/{name}.tgz" for name in live], files(path))
    assert len(trips) > 1, "nothing changed in between"


def made_during(outer, change):
    """The report, and the bundle that was being made, slowly, while `change` was done."""
    opened, into = temporary() / "opened", temporary()
    trace = (need("strace"), "-o", opened, "-e", "trace=openat,openat2", "-e", "inject=openat,openat2:delay_enter=20000")
    making = subprocess.Popen(list(map(str, (
        *trace, PROGRAM, "bundle", "create", "--repo", "main", "--data", outer.data, "-o", f"{into}/", "--json"))),
        env=clean_environment({"ASAN_OPTIONS": "detect_leaks=0"}), stdout=subprocess.PIPE, text=True)
    assert settled(lambda: opened.exists() and ".tgz" in opened.read_text()), "it does not begin"
    change()
    said = json.loads(making.communicate(timeout=300)[0])
    equal(making.returncode, 0)
    return said, into / said["file"]


@test
def deleted_while_it_is_made():
    """It is as of the event that it names, all the same: what is deleted waits in quarantine/."""
    count = 30
    outer = Outer(*(chart("a", f"{n}.0.0") for n in range(count)))
    said, path = made_during(outer, lambda: [outer.end("a", f"{n}.0.0") for n in range(count)])
    equal((said["versions"], said["added"]), (count, count))
    equal(files(path), sorted(f"charts/a-{n}.0.0.tgz" for n in range(count)))
    data = bundles.inner(outer)
    bundles.bring(data, path)
    equal(len(bundles.shown(data)), count)


@test
def replaced_while_it_is_made():
    """It is made anew, of what is there then."""
    old, new = ([chart("a", f"{n}.0.0", description=text) for n in range(30)] for text in ("old", "new"))
    outer = Outer(*old)
    must("repo", "set", "main", "overwrite=true", "--data", outer.data)
    _, path = made_during(outer, lambda: [
        equal(outer.request("POST", "/api/charts?force", archive).status, 201) for archive in new])
    inside = members(path)
    equal(sorted(inside[name] for name in files(path)), sorted(new))


if __name__ == "__main__":
    main()
