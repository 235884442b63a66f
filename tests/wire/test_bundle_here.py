#!/usr/bin/env python3
"""chartlocker bundle import where something is already: rules, other trips, versions that went, another import."""
import fcntl
import functools
import json
import os
import shutil

from wire import Server
from harness import (chart, command, contains, equal, form, free_port, holds, main, must, provenance, settled, table,
                     temporary, test)
from bundles import Outer, bring, entries, inner, refused, shown, state, trust


# ---- what is here already ----

def outer_of(repo, *charts, keep=False, **options):
    """It, and a bundle of the repository."""
    outer = Outer(keep=keep, **options)
    for archive in charts:
        equal(outer.publish(archive, repo).status, 201)
    return outer, outer.create(repo=repo, into=temporary(keep))[1]


@functools.cache
def of_two():
    return outer_of("stable", chart("one"), chart("two"), keep=True)


VIRTUAL = (("repo", "create", "x"), ("virtual", "add", "stable", "x"))
RULES = (
    ("too many versions", [("repo", "create", "stable", "--set", "max_versions=1")], "would hold 2 versions"),
    ("too many bytes", [("repo", "create", "stable", "--set", "max_bytes=400")], "and may hold 400"),
    ("none that is signed", [("repo", "create", "stable", "--set", "provenance=require")], "one-1.0.0.tgz has no good"),
    ("a virtual repository", VIRTUAL, "no hosted repository here"),
    ("an upstream", [("upstream", "add", "stable", f"http://localhost:{free_port()}/", "--allow-private")], "no hosted repository here"),
)


@table(*RULES)
def t_bnd_04_a_dry_run_refuses_as_the_import_does(lines, text):
    outer, path = of_two()
    data = inner(outer)
    for line in lines:
        command(*line, "--data", data)                  # an upstream fails, and is there
    before = state(data)
    for more in (("--dry-run",), ()):
        contains(refused(data, path, *more), text)
        equal(state(data), before)


@test
def a_quota_counts_as_it_goes():
    """What was deleted makes room, what is replaced does not count twice, and what is here stays."""
    outer, data = Outer(chart("one"), chart("two")), None
    data = inner(outer)
    said, path = outer.create()
    bring(data, path)
    must("repo", "set", "main", "max_versions=2", "--data", data)
    outer.end("one", "1.0.0")
    equal(outer.publish(chart("zebra")).status, 201)
    _, path = outer.create("--parent", str(said["trip"]))
    would, = bring(data, path, "--dry-run")
    does, = bring(data, path)
    equal((does["added"], does["removed"], {**would, "dry_run": False, "taken_in": True}), (1, 1, does))
    equal(outer.publish(chart("apple")).status, 201)
    _, path = outer.create()
    contains(refused(data, path, "--dry-run"), "would hold 3 versions and may hold 2")


# ---- what went here ----

ENDS = (("deleted", [("delete", "--repo", "main", "one", "1.0.0")]),
        ("purged", [("purge", "--repo", "main", "one", "1.0.0", "--reason", "a secret")]),
        ("let go by retention", [("repo", "set", "main", "keep_last=1"), ("retention", "--repo", "main")]))


@functools.cache
def of_two_versions():
    """Both are inside; a third one is outside alone."""
    signed, outer = chart("one"), Outer(chart("one", "2.0.0"), keep=True)
    equal(outer.request("POST", "/api/charts", *form(signed, provenance(signed, "one"))).status, 201)
    data = inner(outer, keep=True)
    said, path = outer.create()
    bring(data, path)
    equal(outer.publish(chart("two")).status, 201)
    return outer, data, said["trip"]


def told(said):
    return {key: said[key] for key in ("added", "restored", "left_deleted", "left_yanked", "unyanked") if said[key]}


@table(*ENDS)
def what_went_here_stays_so(lines):
    """It is no gap in what a delta tells, an inventory asks for it no more, and no bundle brings it back."""
    outer, data, trip = of_two_versions()
    for how, left in (("parent", {}), ("inventory", {}), ("whole", {"left_deleted": 1})):
        side, inventory = shutil.copytree(data, temporary() / "data"), temporary() / "inventory"
        for line in lines:
            must(*line, "--data", side)
        must("bundle", "inventory", "--repo", "main", "--data", side, "-o", inventory)
        arguments = {"parent": ("--parent", trip), "inventory": ("--inventory", inventory), "whole": ()}[how]
        made, path = outer.create(*arguments)
        equal(made["versions"], 3 if how == "whole" else 1)
        equal(told(bring(side, path)[0]), {"added": 1, **left})
        equal(sorted(shown(side)), [("one", "2.0.0"), ("two", "1.0.0")])
        must("bundle", "inventory", "--repo", "main", "--data", side, "-o", inventory)
        contains(must("bundle", "create", "--repo", "main", "--data", outer.data, "--inventory", inventory, "-n"),
                 "no bundle is made")


@test
def what_went_here_comes_back():
    """By undelete, and with a trip if a trip had taken it; what was yanked here, by unyank."""
    outer, data = Outer(chart("one"), chart("two"), chart("three")), None
    data = inner(outer)
    bring(data, outer.create()[1])
    must("delete", "--repo", "main", "one", "1.0.0", "--data", data)
    must("yank", "--repo", "main", "three", "1.0.0", "--data", data)
    outer.end("two", "1.0.0")
    equal(bring(data, outer.create()[1])[0]["removed"], 1)
    must("undelete", "--repo", "main", "two", "1.0.0", "--data", outer.data)
    done = must("bundle", "import", "--data", data, outer.create()[1])
    for text in ("1 restored, 1 left deleted, 1 left yanked", "left deleted", "restored"):
        contains(done, text)
    equal(list(shown(data)), [("two", "1.0.0")])
    must("undelete", "--repo", "main", "one", "1.0.0", "--data", data)
    must("unyank", "--repo", "main", "three", "1.0.0", "--data", data)
    equal(shown(data), entries(outer.index()))
    must("rebuild", "--data", data)
    equal(shown(data), entries(outer.index()))


@test
def other_bytes_than_those_that_went_here():
    outer = Outer(chart("one"))
    data = inner(outer)
    server = Server(data=data)
    equal(server.publish(chart("one", description="mine")).status, 201)
    equal(server.request("DELETE", "/api/charts/one/1.0.0").status, 200)
    server.stop()
    refusal, = bring(data, outer.create()[1], status=3)
    reason = refusal["versions"][0]["reason"]
    for text in ("was deleted here with sha256:", "--select '!one 1.0.0'"):
        contains(reason, text)
    for line in (("undelete", "--repo", "main", "one", "1.0.0"), ("repo", "set", "main", "overwrite=true")):
        contains(reason, "chartlocker " + " ".join(line))
        must(*line, "--data", data)
    equal(bring(data, outer.create()[1])[0]["replaced"], 1)


CANARY = "canary7f3a9"


def kept(data):
    pass


def deleted(data):
    must("repo", "set", "main", "undelete_days=100", "--data", data)
    server = Server(data=data)
    equal(server.request("DELETE", "/api/charts/leak/1.0.0").status, 200)
    server.stop()


@table(("kept", kept), ("deleted", deleted))
def a_purge_there_is_one_here(before):
    """Nothing is left that could be brought back, with a server or without."""
    leak = chart("leak", files={"values.yaml": f"a: {CANARY}\n".encode()}, description=CANARY)
    outer = Outer(chart("one"), leak)
    data, (said, path) = inner(outer), outer.create()
    bring(data, path)
    before(data)
    served = Server(data=shutil.copytree(data, temporary() / "served"))
    must("purge", "--repo", "main", "leak", "1.0.0", "--data", outer.data, "--reason", "a token")
    _, path = outer.create("--parent", str(said["trip"]))
    for side in (data, served.data):
        assert holds(side, CANARY)
        would, = bring(side, path, "--dry-run")
        does, = bring(side, path)
        equal((does["purged"], does["removed"], {**would, "dry_run": False, "taken_in": True}), (1, 0, does))
        assert settled(lambda: not holds(side, CANARY)), holds(side, CANARY)
        contains(command("undelete", "leak", "1.0.0", "--data", side).stderr, "was purged")
        must("fsck", "--data", side)
        must("rebuild", "--data", side)
        contains(command("undelete", "leak", "1.0.0", "--data", side).stderr, "was purged")
    data = inner(outer)                                  # which never had it, and does not take it
    equal(bring(data, outer.create()[1])[0]["reserved"], 1)
    refusal = Server(data=data).publish(leak)
    equal(refusal.status, 409)
    contains(refusal.body.decode(), "was purged")


@test
def a_server_that_takes_no_changes():
    outer = Outer(chart("one"))
    server = Server(args=("--set", "read_only=true"))
    must("keys", "trust", outer.key, "--data", server.data)
    _, path = outer.create()
    contains(refused(server.data, path), "takes no changes at the moment")
    equal(server.index()["entries"], {})
    server.stop()
    bring(server.data, path)


# ---- trips ----

@test
def a_parent_that_was_no_trip():
    """Nobody can carry that one, too."""
    outer = Outer(chart("one"), chart("two"))
    data = inner(outer)
    said, path = outer.create()
    bring(data, path)
    equal(outer.publish(chart("three")).status, 201)
    _, path = outer.create("--parent", "2")
    said_to = refused(data, path)
    contains(said_to, f"make it with --parent {said['trip']}")
    assert "carry that one too" not in said_to, said_to


@test
def a_dry_run_of_several():
    """The one that the next one needs is there, but for being taken."""
    outer, stick = Outer(chart("one")), temporary()
    said, first = outer.create(into=stick)
    equal(outer.publish(chart("two")).status, 201)
    outer.create("--parent", str(said["trip"]), into=stick)
    would = bring(inner(outer), stick, "--dry-run")
    contains(would[1]["passed"], f"it follows {first.name}")
    contains(refused(inner(outer), stick / would[1]["file"], "--dry-run"), "carry that one too")


@test
def a_log_that_ends_before_an_inventory():
    """Of a data directory that was restored."""
    outer, path = Outer(chart("one")), temporary() / "inventory"
    data, then = inner(outer), temporary() / "then"
    shutil.copytree(outer.data, then, ignore=shutil.ignore_patterns("*.sock", "LOCK", "search.db*"))
    equal(outer.publish(chart("two")).status, 201)
    bring(data, outer.create()[1])
    must("bundle", "inventory", "--repo", "main", "--data", data, "-o", path)
    done = command("bundle", "create", "--repo", "main", "--data", then, "-n", "--inventory", path)
    equal(done.returncode, 1)
    contains(done.stderr, "knows an event 3 that is not in the log here")


@test
def a_place_that_was_made_anew():
    """What is here stays, under another name."""
    data = inner(Outer())
    for again in (False, True):
        outer, path = outer_of("stable", chart("one"), own_key=True)
        trust(outer, data)
        if again:
            contains(refused(data, path), "to have both, rename the repository here")
            must("repo", "rename", "stable", "stable-then", "--data", data)
        bring(data, path)
    names = {row["repo"] for row in json.loads(must("bundle", "list", "--data", data, "--json"))["trips"]}
    equal(names, {"stable", "stable-then"})


# ---- two at a time ----

@test
def somebody_else_reads_it_in():
    """Who ends first removes what was staged, also after a dry run."""
    outer, server = Outer(chart("one")), Server()
    must("keys", "trust", outer.key, "--data", server.data)
    _, path = outer.create()
    raw = path.read_bytes()
    path.write_bytes(raw[:-1])
    refused(server.data, path)                           # leaves what was read
    path.write_bytes(raw)
    folder, = (server.data / "incoming").iterdir()
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    for more in ((), ("--dry-run",)):
        contains(refused(server.data, path, *more), "another import reads this bundle now")
        equal(folder.exists(), True)
    os.close(lock)
    bring(server.data, path)
    equal(list(server.index()["entries"]), ["one"])


if __name__ == "__main__":
    main()
