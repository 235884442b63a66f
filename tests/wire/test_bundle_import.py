#!/usr/bin/env python3
"""chartlocker bundle import: what arrives is what left, or nothing is changed and it is said why."""
import functools
import json
import subprocess
import threading

from wire import Server
from harness import (LONG, PROGRAM, chart, chart_of_size, clean_environment, cleanup, command, contains, equal,
                     form, main, must, provenance, settled, table, temporary, test)
from following import follow, refreshed
from upstream import Upstream
from bundles import Outer, bring, entries, inner, member, one, refused, shown, state, trust


def counts(said):
    return {key: said[key] for key in ("kept", "added", "changed", "yanked", "unyanked", "removed", "reserved", "refused")
            if said[key]}


@functools.cache
def two():
    """Nothing changes here."""
    return Outer(chart("one"), chart("two"), keep=True)


@test
def round_trip():
    signed = chart("one")
    outer = Outer(chart("two", "2.0.0+build"))
    equal(outer.request("POST", "/api/charts", *form(signed, provenance(signed, "one"))).status, 201)
    _, path = outer.create()
    data = inner(outer)
    said, = bring(data, path)
    equal((counts(said), said["signed_by"], said["taken_in"]), ({"added": 2}, ["outer.example.org"], True))
    equal(shown(data), entries(outer.index()))
    equal((data / "repos/main/charts/one-1.0.0.tgz").read_bytes(), signed)
    equal((data / "repos/main/charts/one-1.0.0.tgz.prov").exists(), True)
    equal(list((data / "incoming").iterdir()), [])
    kinds = [json.loads(line)["kind"] for line in must("log", "--data", data, "--json").splitlines()]
    equal(sorted(kinds), ["import", "import", "prov", "repo.create"])


@test
def trips():
    """Five of them with deletions and yanks between: both sides show the same."""
    outer = Outer(chart("one"), chart("one", "2.0.0"), chart("two"))
    data = inner(outer)
    last = 0
    steps = (lambda: None, lambda: outer.publish(chart("three")), lambda: outer.end("one", "1.0.0"),
             lambda: outer.yank("two", "1.0.0"), lambda: outer.yank("two", "1.0.0", "unyank"))
    for step in steps:
        step()
        said, path = outer.create(*(("--parent", str(last)) if last else ()))
        bring(data, path.parent)
        last = said["trip"]
        equal(shown(data), entries(outer.index()))
    rows = json.loads(must("bundle", "list", "--repo", "main", "--data", data, "--json"))["trips"]
    equal((len(rows), rows[0]["trip"], rows[0]["signed_by"]), (5, last, "outer.example.org"))


@test
def two_selections_of_one_trip():
    """Two files, and the second one adds to the first; the same again is here already."""
    outer, stick = two(), temporary()
    data = inner(outer)
    paths = [outer.create("--select", name, into=stick)[1] for name in ("one", "two")]
    equal(len(list(stick.iterdir())), 2)
    for path in paths:
        equal(counts(bring(data, path)[0]), {"added": 1})
    contains(bring(data, paths[1])[0]["passed"], "is here already")
    equal(shown(data), entries(outer.index()))


@test
def what_is_no_bundle():
    file = temporary() / "one-1.0.0.tar"
    file.write_bytes(b"no tar" * 1000)
    said = refused(inner(one()), file)
    contains(said, "this is no bundle")
    equal(said.count("carry"), 1)


@test
def a_directory_in_its_order():
    outer, stick = Outer(chart("one")), temporary()
    data = inner(outer)
    first, _ = outer.create(into=stick)
    outer.publish(chart("two"))
    second, _ = outer.create("--parent", str(first["trip"]), into=stick)
    said = bring(data, stick)
    equal([s["trip"] for s in said], [first["trip"], second["trip"]])
    before = state(data)
    contains(" ".join(s["passed"] for s in bring(data, stick)), "is here already")
    equal(state(data), before)


@test
def tars_of_others_beside_it():
    outer = one()
    data = inner(outer)
    _, path = outer.create()
    path.rename(path.parent / "renamed.tar")
    (path.parent / "images.tar").write_bytes(b"docker/" + bytes(10233))
    done = command("bundle", "import", "--data", data, path.parent)
    equal((done.returncode, done.stderr), (0, "images.tar: is no bundle\n"))
    equal(shown(data), entries(outer.index()))
    (path.parent / "renamed.tar").unlink()
    contains(refused(data, path.parent), "there is no bundle")
    (path.parent / "images.tar").rename(path)
    contains(refused(data, path.parent), f"{path.name}: BUNDLE")


@test
def needs_a_trip():
    outer = Outer(chart("one"))
    data = inner(outer)
    first, path = outer.create()
    outer.publish(chart("two"))
    second, lost = outer.create("--parent", str(first["trip"]))
    outer.publish(chart("three"))
    _, third = outer.create("--parent", str(second["trip"]))
    bring(data, path)
    before = state(data)
    contains(refused(data, third), f"needs trip {second['trip']}, has {first['trip']}")
    equal(state(data), before)
    bring(data, lost)
    bring(data, third)
    equal(shown(data), entries(outer.index()))
    contains(refused(inner(outer), third), f"needs trip {second['trip']}, has 0: carry that one too, or make a "
             "whole one, without --parent and --inventory")


@test
def a_replayed_one_is_refused():
    outer = Outer(chart("one"))
    data = inner(outer)
    _, old = outer.create("--select", "one")
    outer.publish(chart("two"))
    other = outer.create()[1]
    bring(data, other)
    before = state(data)
    contains(refused(data, old), "is older than what is here")
    equal(state(data), before)
    bring(data, "--force-older", old)


@test
def unknown_key():
    data = inner(Outer(key="another.example.org"))
    contains(refused(data, one().create()[1]), "outer.example.org")
    equal((data / "incoming").exists(), False)


@test
def t_bnd_04_other_bytes():
    outer = two()
    data = inner(outer)
    server = Server(data=data)
    equal(server.publish(chart("two", description="mine")).status, 201)
    server.stop()
    before = state(data)
    _, path = outer.create()
    would, = bring(data, "--dry-run", path, status=3)
    said, = bring(data, path, status=3)
    equal({**would, "dry_run": False}, said)
    equal((counts(said), said["taken_in"]), ({"added": 1, "refused": 1}, False))
    equal([(v["chart"], v["fate"]) for v in said["versions"] if v["fate"] == "refused"], [("two", "refused")])
    equal(state(data), before)


@test
def t_bnd_04_dry_run_says_what_the_import_does():
    data = inner(two())
    _, path = two().create()
    would, = bring(data, "--dry-run", path)
    before = state(data)
    equal(list((data / "incoming").iterdir()), [])
    does, = bring(data, path)
    equal((counts(would), would["dry_run"]), (counts(does), True))
    assert state(data) != before


@test
def what_is_neither_here_nor_there():
    outer = Outer(chart("one"), chart("two"))
    data = inner(outer)
    first, path = outer.create("--select", "one")
    bring(data, path)
    outer.publish(chart("three"))
    _, delta = outer.create("--parent", str(first["trip"]))
    contains(refused(data, delta), "neither here nor in the bundle: two-1.0.0")


@test
def from_a_pipe():
    _, path = one().create()
    data = inner(one())
    with path.open("rb") as pipe:
        done = subprocess.run([PROGRAM, "bundle", "import", "--data", data, "-"], env=clean_environment(),
                              stdin=pipe, capture_output=True, check=False)
    equal(done.returncode, 0, done.stderr)
    equal(shown(data), entries(one().index()))


@test
def t_bnd_08_made_while_charts_come_and_go():
    """Each one is of one moment, and whole."""
    outer, ended = Outer(chart("one")), threading.Event()
    def change():
        number = 0
        while not ended.is_set():
            number += 1
            equal(outer.publish(chart("two", f"{number}.0.0")).status, 201)
            if number % 25 == 0:
                outer.end("two", f"{number - 20}.0.0")
    changing = threading.Thread(target=change)
    changing.start()
    try:
        paths = [outer.create()[1] for _ in range(8 if LONG else 4)]
    finally:
        ended.set()
        changing.join()
    for path in paths:
        data, raw = inner(outer), path.read_bytes()
        bring(data, path)
        equal(shown(data), entries(json.loads(member(raw, "index.yaml").data)))
    assert len({path.name for path in paths}) > 1, "nothing changed in between"


# ---- beside a server ----

@test
def into_a_running_server():
    outer, server = two(), Server()
    trust(outer, server.data)
    _, path = outer.create()
    said, = bring(server.data, path)
    equal(counts(said), {"added": 2})
    equal(entries(server.index()), entries(outer.index()))
    rows = [json.loads(line) for line in must("audit", "--data", server.data, "--json").splitlines()]
    contains([(r["action"], r["verdict"]) for r in rows], ("bundle", "ok"))
    contains(refused(server.data, "--force-older", path.parent / "none.tar"), "none.tar")


@test
def two_of_one_at_once():
    """Beside a server each is a process of its own: the second one leaves to the first what that reads."""
    outer, server = Outer(chart_of_size(3 << 20, "big")), Server()
    trust(outer, server.data)
    _, path = outer.create()
    raw = path.read_bytes()
    with subprocess.Popen([PROGRAM, "bundle", "import", "--data", server.data, "-"], env=clean_environment(),
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        cleanup(first.kill)
        first.stdin.write(raw[:-4096])
        first.stdin.flush()
        assert settled(lambda: list((server.data / "incoming").glob("*/marks"))), "it does not begin"
        for arguments in ((path,), ("--dry-run", path)):
            contains(refused(server.data, *arguments), "another import reads this bundle now")
        _, said = first.communicate(raw[-4096:], 60)
        equal(first.returncode, 0, said)
    equal(entries(server.index()), entries(outer.index()))


# ---- dependencies ----

@test
def what_an_umbrella_needs():
    outer = Outer()
    must("repo", "create", "bitnami", "--data", outer.data, "--set", "known_as=https://charts.bitnami.com/bitnami")
    equal(outer.publish(chart("redis", "18.1.0"), "bitnami").status, 201)
    needs = [{"name": "redis", "version": "^18.0.0", "repository": "https://charts.bitnami.com/bitnami"}]
    equal(outer.publish(chart("umbrella", dependencies=needs)).status, 201)
    _, path = outer.create("--closure")
    data = inner(outer)
    said, = bring(data, path)
    equal(counts(said), {"added": 2})
    server = Server(data=data)
    equal(list(server.index("bitnami")["entries"]), ["redis"])
    equal(server.request("GET", "/bitnami/charts/redis-18.1.0.tgz").status, 200)


@test
def what_another_repository_has_already():
    """The same bytes were published elsewhere too: an inventory that has them under one name is none of the other."""
    outer, redis = Outer(), chart("redis", "18.1.0")
    must("repo", "create", "bitnami", "--data", outer.data, "--set", "known_as=https://charts.bitnami.com/bitnami")
    equal(outer.publish(redis, "bitnami").status, 201)
    needs = [{"name": "redis", "version": "^18.0.0", "repository": "https://charts.bitnami.com/bitnami"}]
    equal(outer.publish(chart("umbrella", dependencies=needs)).status, 201)
    data, inventory = inner(outer), temporary() / "inventory"
    bring(data, outer.create("--closure")[1])
    must("bundle", "inventory", "--repo", "main", "--data", data, "-o", inventory)
    equal(outer.publish(redis).status, 201)
    said, = bring(data, outer.create("--closure", "--inventory", inventory)[1])
    equal(counts(said), {"added": 1})
    equal(shown(data), entries(outer.index()))


@test
def another_repository_of_that_name():
    """Deleted and made anew there: it is not mixed with what came of the one before."""
    outer = Outer()
    must("repo", "create", "team", "--data", outer.data)
    outer.publish(chart("old"), "team")
    data = inner(outer)
    bring(data, outer.create(repo="team")[1])
    must("repo", "delete", "team", "--confirm", "team", "--data", outer.data)
    must("repo", "create", "team", "--data", outer.data)
    outer.publish(chart("new"), "team")
    path = outer.create(repo="team")[1]
    for how in ((), ("--force-older",)):
        contains(refused(data, path, *how), "chartlocker repo rename team NEW")
    must("repo", "rename", "team", "team-old", "--data", data)
    equal(counts(bring(data, path)[0]), {"added": 1})


@table(("nothing was promised", {"digest": None}, "demo"), ("what was promised", {}, "demo"),
       ("other bytes than were promised", {}, "other"))
def of_an_upstream_what_had_never_come(fields, words):
    """It left the upstream's index before anybody pulled it, and came back: nobody had its name meanwhile."""
    outer, far = Outer(), Upstream()
    far.put("kept", "1.0.0")
    far.put("demo", "1.0.0", chart("demo", description="demo"), **fields)
    follow(outer, far, drop_max_percent=100)
    refreshed(outer)
    equal(outer.get("/up/charts/kept-1.0.0.tgz").status, 200)
    far.drop("demo", "1.0.0")
    refreshed(outer)
    data = inner(outer)
    said, path = outer.create(repo="up")
    equal(counts(bring(data, path)[0]), {"added": 1})
    far.put("demo", "1.0.0", chart("demo", description=words), **fields)
    refreshed(outer)
    if words == "other":
        must("upstream", "drift", "up", "--accept", "demo", "1.0.0", "-d", outer.data)
    equal(outer.get("/up/charts/demo-1.0.0.tgz").status, 200)
    equal(counts(bring(data, outer.create("--parent", str(said["trip"]), repo="up")[1])[0]), {"added": 1})


@test
def what_adds_to_the_last_trip_may_be_gone_on_with():
    """Of the same state outside, and with more in it: it waits as any other one does."""
    outer = Outer(chart("one"), chart("two"))
    must("repo", "create", "other", "--data", outer.data)
    equal(outer.publish(chart("three"), "other").status, 201)
    data, inventory = inner(outer), temporary() / "inventory"
    bring(data, outer.create("--select", "one")[1])
    must("bundle", "inventory", "--repo", "main", "--data", data, "-o", inventory)
    _, path = outer.create("--inventory", inventory)
    raw = path.read_bytes()
    path.write_bytes(raw[:-1])
    refused(data, path)
    waiting, = json.loads(must("bundle", "list", "--repo", "main", "--data", data, "--json"))["waiting"]
    equal(waiting["useless"], False)
    bring(data, outer.create(repo="other")[1])
    equal(len(list((data / "incoming").iterdir())), 1)
    path.write_bytes(raw)
    equal(counts(bring(data, path)[0]), {"added": 1})
    equal(shown(data), entries(outer.index()))


if __name__ == "__main__":
    main()
