#!/usr/bin/env python3
"""chartlocker mirror: what arrives over a link that breaks, is slow, or may be used at night alone."""
import functools
import json
import re
import resource
import shutil
import signal
import subprocess
import time

from wire import Server
from bundles import inner, refused
from following import follow, refreshed
from upstream import Upstream
from mirrored import BUNDLE, Holding, Link, Outer, half, index, mirror, nothing_left, same
from hostile_server import Hostile, response, whole
from harness import (PROGRAM, chart, chart_of_size, clean_environment, command, contains, equal, form, main, must,
                     provenance, settled, table, temporary, test)


# ---- trips ----

@test
def all_of_it_then_what_changed():
    one = chart("one")
    outer = Outer(chart("two", "2.0.0+build"))
    equal(outer.request("POST", "/api/charts", *form(one, provenance(one, "one"))).status, 201)
    must("repo", "create", "team-a/stable", "--data", outer.data)
    outer.publish(chart("three" * 30), "team-a/stable")      # its name takes a header of its own
    data = inner(outer)
    said = mirror(outer, data)
    equal([(s["repo"], s["added"]) for s in said], [("main", 2), ("team-a/stable", 1)])
    same(outer, data, "", "team-a/stable")
    nothing_left(data)
    equal(outer.kept(), [])
    steps = (
        lambda: outer.publish(chart("one", "1.1.0")),
        lambda: outer.request("DELETE", "/api/charts/one/1.0.0"),
        lambda: must("yank", "--repo", "main", "two", "2.0.0+build", "--reason", "broken", "--data", outer.data),
        lambda: (outer.publish(chart("four")), outer.request("DELETE", "/api/charts/one/1.1.0")),
        lambda: must("unyank", "--repo", "main", "two", "2.0.0+build", "--data", outer.data),
    )
    for step in steps:
        step()
        said = mirror(outer, data)
        contains(said[1]["passed"], "nothing is new")
        assert said[0]["parent"] > 0, said
        same(outer, data)
    equal([s.get("passed", "")[:14] for s in mirror(outer, data)], ["nothing is new"] * 2)


@test
def beside_a_running_server():
    outer = Outer(chart("one"))
    data = inner(outer)
    running = Server(data=data)
    equal(mirror(outer, data)[0]["added"], 1)
    equal(index(running), index(outer))
    outer.publish(chart("two"))
    mirror(outer, data)
    equal(index(running), index(outer))


def pulled_later(outer, _):
    equal(outer.get("/up/charts/demo-1.0.0.tgz").status, 200)


def damaged_inside(_, data):
    file = data / "repos/up/charts/first-1.0.0.tgz"
    file.chmod(0o644)
    file.write_bytes(b"x" + file.read_bytes()[1:])
    command("fsck", "--repair", "--data", data)


def images_pushed(outer, _):
    equal(outer.request("PUT", "/api/v1/charts/up/first/1.0.0/images", b"nginx:1\n").status, 200)


@table(("an archive of an upstream came", pulled_later, "added"), ("one is damaged inside", damaged_inside, "restored"),
       ("a list of images", images_pushed, "changed"))
def what_the_index_does_not_tell(step, fate):
    """Where something is new the index is as it was; where nothing is, no inventory goes over the link."""
    outer, far = Outer(), Upstream()
    for name in ("first", "demo"):
        far.put(name, "1.0.0")
    if step is pulled_later:
        follow(outer, far)
        refreshed(outer)
        equal(outer.get("/up/charts/first-1.0.0.tgz").status, 200)
    else:
        must("repo", "create", "up", "--data", outer.data)
        equal(outer.publish(chart("first"), "up").status, 201)
    data, link = inner(outer), Link(outer)
    equal(mirror(link, data, "--repo", "up")[0]["added"], 1)
    link.seen.clear()
    contains(mirror(link, data, "--repo", "up")[0]["passed"], "nothing is new")
    equal([r.method for r in link.seen if r.method != "GET"], [])
    step(outer, data)
    equal(mirror(link, data, "--repo", "up")[0][fate], 1)
    contains(mirror(link, data, "--repo", "up")[0]["passed"], "nothing is new")


@test
def what_is_left_out():
    """It is told, by a dry run too."""
    outer, far = Outer(chart("one")), Upstream()
    for version in ("1.0.0", "1.1.0"):
        far.put("demo", version)
    follow(outer, far)
    refreshed(outer)
    equal(outer.get("/up/charts/demo-1.0.0.tgz").status, 200)
    data = inner(outer)
    for more in (("--dry-run",), ()):
        done = must("mirror", outer.url, "--to", data, "--json", *more)
        lost, = json.loads(done)["missing"]
        equal((lost["repo"], lost["what"]), ("up", "demo-1.1.0.tgz"))
    done = command("mirror", outer.url, "--to", inner(outer))
    contains(done.stderr, "missing: up: demo-1.1.0.tgz: its archive is not here")


@test
def another_server_of_the_same_state():
    """A repository of that name, and as many events."""
    outer, other = Outer(chart("one")), Outer(chart("two"))
    data = inner(outer)
    mirror(outer, data, "--repo", "main")
    contains(mirror(other, data, "--repo", "main", status=1), "another data directory")


@test
def a_restored_backup():
    """What the inner side saw last is no more: it is said how it goes on, and so it does."""
    outer = Outer(chart("one"))
    data, backup = inner(outer), temporary() / "backup"
    must("backup", "--data", outer.data, backup)
    outer.publish(chart("two"))
    mirror(outer, data)
    outer.stop()
    restored = temporary() / "restored"
    must("restore", backup, "--data", restored)
    shutil.copytree(outer.data / "keys", restored / "keys")
    Server.__init__(outer, data=restored)
    hint = "chartlocker repo rename main NEW"
    for name in ("three", "four"):
        contains(mirror(outer, data, status=1), hint)
        outer.publish(chart(name))
    contains(refused(data, outer.create()[1]), hint)
    must("repo", "rename", "main", "main-old", "--data", data, env={"CHARTLOCKER_DEFAULT_REPOSITORY": "main-old"})
    mirror(outer, data)
    same(outer, data)


@test
def what_is_selected():
    outer = Outer(chart("one"), chart("one", "2.0.0"), chart("two"))
    data = inner(outer)
    said, = mirror(outer, data, "--select", "one >=2", "--repo", "main")
    equal((said["added"], said["versions"][0]["version"]), (1, "2.0.0"))
    more = ("--select", "one", "--repo", "main")         # of the same state
    equal(mirror(outer, data, *more)[0]["added"], 1)
    contains(mirror(outer, data, *more)[0]["passed"], "nothing is new")
    contains(mirror(outer, data, "--repo", "nowhere", status=1), 'no repository "nowhere"')


@test
def a_dry_run():
    outer = Outer(chart("one"))
    data = inner(outer)
    said, = mirror(outer, data, "--dry-run")
    equal((said["state"], said["versions"], said["file"]), ("planned", 1, "main-0-2.tar"))
    equal((outer.kept(), list((data / "arriving").iterdir())), ([], []))
    equal(mirror(outer, data)[0]["file"], said["file"])


@test
def again_and_again():
    outer = Outer(chart("one"))
    data = inner(outer)
    server = Server(data=data)
    running = subprocess.Popen([PROGRAM, "mirror", outer.url, "--to", str(data), "--every", "1s"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
    try:
        assert settled(lambda: "one" in index(server)), "the first round"
        contains(mirror(outer, data, status=1), "another chartlocker mirror works on")
        outer.publish(chart("two"))
        assert settled(lambda: "two" in index(server)), "a later round"
    finally:
        running.kill()
        running.wait()


# ---- a link that breaks ----

@functools.cache
def large_and_small():
    return Outer(chart_of_size(300000), chart("one"), keep=True)


@table(("in the head", [0, 1]), ("in the header of a member", [100, 512, 700]), ("in an archive", [200000]),
       ("at the last byte", [-1]), ("often", [1000, 50000, 3, 100000, 7]))
def resumes_at_the_byte(passes):
    outer = large_and_small()
    data = inner(outer)
    total = outer.ask("repo=main&dry_run")[1]["bytes"]
    link = Link(outer, [total - 1 if n < 0 else n for n in passes])
    mirror(link, data)
    same(outer, data)
    equal(len(link.sent), len(passes) + 1)
    at = 0
    for first, sent in link.sent:
        equal(first, at, link.sent)
        at += sent
    equal(at, total)
    ranges = [r for r in link.seen if BUNDLE.fullmatch(r.path) and r.method == "GET" and "range" in r.headers]
    assert all(r.headers["if-range"] == f'"{r.path[-64:]}"' for r in ranges), ranges


@test
def killed_and_again():
    outer = Outer(chart_of_size(400000), chart("one"))
    data = inner(outer)
    total = outer.ask("repo=main&dry_run")[1]["bytes"]
    link, at = Holding(outer), 0
    for step in (150000, 100000, 90000):
        link.passes = [step]
        running = subprocess.Popen([PROGRAM, "mirror", link.url, "--to", str(data)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=clean_environment())
        assert settled(lambda at=at, step=step: list(data.glob("arriving/main/*.tar"))
                       and half(data).stat().st_size == at + step), link.sent
        running.kill()
        running.wait()
        at += step
    link.held.set()
    link.passes = []
    mirror(link, data)
    equal([first for first, _ in link.sent], [0, 150000, 250000, 340000])
    equal(sum(sent for _, sent in link.sent), total)
    same(outer, data)


def begun(outer, data, passed=200000):
    """So many bytes are here, and nobody goes on."""
    link = Link(outer, [passed])
    link.answers = {"*": lambda request: response(b"", 403) if link.sent and BUNDLE.fullmatch(request.path)
                    else link.pass_on(request)}
    mirror(link, data, status=1)
    equal(half(data).stat().st_size, passed)
    return link


def through(link):
    """The same address, and now it passes everything."""
    link.answers, link.sent = {"*": link.pass_on}, []
    return link


@test
def the_bundle_went_and_is_made_again():
    """Equal bytes: what is here is worth as much as before."""
    outer = Outer(chart_of_size(300000))
    data = inner(outer)
    link = begun(outer, data)
    kept, = outer.kept()
    equal(outer.request("DELETE", f"/api/v1/bundles/{kept['id']}").status, 200)
    mirror(through(link), data)
    equal(link.sent[-1][0], 200000)
    same(outer, data)


@test
def another_bundle_meanwhile():
    """The old one is no more, and there is more by now: it begins anew."""
    outer = Outer(chart_of_size(300000))
    data = inner(outer)
    link = begun(outer, data)
    kept, = outer.kept()
    equal(outer.request("DELETE", f"/api/v1/bundles/{kept['id']}").status, 200)
    outer.publish(chart("new"))
    mirror(through(link), data)
    equal(link.sent[-1][0], 0)
    same(outer, data)
    nothing_left(data)


@test
def files_of_another_bundle_come_once():
    """What came of the old one as a whole is not fetched again, wherever it stands in the new one."""
    outer = Outer(*(chart_of_size(300000, f"big-{n}", seed=n) for n in range(5)))
    data = inner(outer)
    link = through(begun(outer, data, 1300000))      # four of the five, and a part
    kept, = outer.kept()
    equal(outer.request("DELETE", f"/api/v1/bundles/{kept['id']}").status, 200)
    for n, name in enumerate(("aaa", "big-1b", "zzz")):
        outer.publish(chart_of_size(60000, name, seed=10 + n))
    done = command("mirror", link.url, "--to", data, "--rate", "1M")
    equal(done.returncode, 0, done.stderr)
    taken = [int(n) for n in re.findall(r"(\d+) bytes came with an earlier bundle", done.stderr)]
    assert len(taken) > 1 and sum(taken) > 500000, (done.stderr, link.sent)
    starts = [first for first, _ in link.sent][1:]      # the old one was asked for, and is gone
    equal((starts[0], starts), (0, sorted(starts)))
    same(outer, data)
    nothing_left(data)


@test
def more_meanwhile():
    """The old one is there still: it is finished, and what came since follows as a trip of its own."""
    outer = Outer(chart_of_size(300000))
    data = inner(outer)
    link = begun(outer, data)
    outer.publish(chart("new"))
    said = mirror(through(link), data)
    equal([s["parent"] > 0 for s in said], [False, True])
    equal([first for first, _ in link.sent], [200000, 0])
    same(outer, data)


@test
def asked_for_something_else():
    outer = Outer(chart_of_size(300000), chart("one"))
    data = inner(outer)
    link = begun(outer, data)
    said, = mirror(through(link), data, "--select", "one")
    equal((said["added"], [first for first, _ in link.sent]), (1, [0]))


@test
def no_room():
    """A file may not become larger, as on a full disk; with room it goes on at its byte."""
    outer = Outer(chart_of_size(300000))
    data = inner(outer)
    must("fsck", "--data", data)
    link = Link(outer)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (250000, 250000))
    done = subprocess.run([PROGRAM, "mirror", link.url, "--to", str(data)], capture_output=True, text=True,
                          env=clean_environment(), preexec_fn=limit, restore_signals=False, check=False)
    equal(done.returncode, 1, done.stderr)
    size = half(data).stat().st_size
    assert 0 < size <= 250000, size
    link.sent.clear()
    mirror(link, data)
    equal(link.sent[0][0], size)
    same(outer, data)


# ---- windows, rates ----

@test
def outside_of_its_windows_nothing_is_asked():
    far = Hostile({"*": whole(b"x")})
    now = time.localtime()
    hour = (now.tm_hour + 3) % 24
    running = subprocess.Popen([PROGRAM, "mirror", far.url, "--to", str(temporary() / "inner"), "--window",
                                f"{hour}:00-{(hour + 1) % 24}:00"], stderr=subprocess.PIPE, text=True,
                               env=clean_environment())
    contains(running.stderr.readline(), "outside of its windows: going on in")
    running.send_signal(signal.SIGTERM)
    running.wait()
    equal(far.seen, [])


@test
def at_a_rate_in_a_window():
    outer = Outer(chart_of_size(100000))
    data = inner(outer)
    mirror(outer, data, "--rate", "5M", "--window", "00:00-12:00", "--window", "12:00-24:00")
    same(outer, data)


@table(("a rate that is none", ("--rate", "fast"), "--rate fast"), ("a rate of nothing", ("--rate", "0"), "--rate 0"),
       ("a rate that servers end", ("--rate", "1k"), "at least"),
       ("a window that is none", ("--window", "night"), "--window night"),
       ("a time that is none", ("--every", "often"), "--every often"),
       ("once and again", ("--every", "1h", "--once"), "leave out --once"),
       ("a name that is none", ("--repo", "../x"), "--repo"))
def misused(arguments, text):
    done = command("mirror", "http://127.0.0.1:1", "--to", temporary() / "inner", *arguments)
    equal(done.returncode, 2, done.stderr)
    contains(done.stderr, text)


if __name__ == "__main__":
    main()
