"""A bundle's import that is killed or has no room: nothing half is visible, and bringing it again completes it,
to what an import makes that nothing disturbs.

Each system call that stores something is a point: `make check` takes some of them, LONG=1 takes 200.
"""
import errno
import functools
import json
import os
import shutil
import subprocess
import time

from mounts import own_mounts
from inject import CHANGES, CREATES, FAIL, KILL, STORES, SYNCS, WRITES, Fault
from harness import (LONG, PROGRAM, Server, chart, chart_of_size, clean_environment, command, contains, equal, form,
                     main, must, provenance, table, temporary, test)
from bundles import Outer, bring, entries, inner, reads, result, shown

POINTS = 200 if LONG else 3
NEVER = 3000
DAY_SECONDS = 24 * 3600
TRIPS = (("whole", 0), ("delta", 1))


@functools.cache
def trips():
    """The other side: two trips, the second one a delta with a deletion; what is shown before and after each; and
    a data directory that trusts them."""
    outer, one = Outer(keep=True), chart("one")
    equal(outer.request("POST", "/api/charts", *form(one, provenance(one, "one"))).status, 201)
    for number in range(3):
        equal(outer.publish(chart_of_size(60 << 10, "two", f"{number}.0.0", number)).status, 201)
    first, whole = outer.create(into=temporary(keep=True))
    visible = [{}, entries(outer.index())]
    outer.end("two", "0.0.0")
    equal(outer.publish(chart("three")).status, 201)
    _, delta = outer.create("--parent", str(first["trip"]), into=temporary(keep=True))
    visible.append(entries(outer.index()))
    outer.stop()
    data = inner(outer, keep=True)
    must("repo", "create", "local", "--data", data)
    return (whole, delta), visible, data


@functools.cache
def prepared(trip):
    """A data directory that has the trips before this one."""
    paths, _, empty = trips()
    data = temporary(keep=True) / "data"
    shutil.copytree(empty, data, symlinks=True)
    for path in paths[:trip]:
        bring(data, path)
    return data


@functools.cache
def undisturbed(trip):
    data = temporary(keep=True) / "data"
    shutil.copytree(prepared(trip), data, symlinks=True)
    bring(data, trips()[0][trip])
    return result(data)


def copy_of(trip):
    data = temporary() / "data"
    shutil.copytree(prepared(trip), data, symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
    return data


def attempt(data, trip, env=None):
    return command("bundle", "import", "--data", data, trips()[0][trip], env=env)


def check(data, trip, look):
    """All of the trip or nothing of it; then, brought again, all."""
    visible = trips()[1]
    if look and (data / "repos/main").exists():
        assert shown(data) in visible[trip:trip + 2], "half there"
    done = attempt(data, trip)
    equal(done.returncode, 0, done.stderr)
    check_end(data, trip)


def check_end(data, trip):
    equal(result(data), undisturbed(trip))
    equal(list((data / "incoming").iterdir()), [], "incoming/")
    contains(must("fsck", "--data", data), "all is well")


def spread(count):
    return sorted({at * count // POINTS for at in range(POINTS)})


def some(trip, mask):
    """The calls of a whole import, as many of them as are wanted, evenly spread."""
    fault, data = Fault(), copy_of(trip)
    fault.arm(mask, NEVER, FAIL)
    done = attempt(data, trip, fault.env)
    equal(done.returncode, 0, done.stderr)
    shutil.rmtree(data)
    return spread(fault.count)


def at_each(points, one):
    """one(fault, at, turn) for each of them; what failed is told with its call."""
    for turn, at in enumerate(points):
        fault = Fault()
        try:
            one(fault, at, turn)
        except AssertionError as failure:
            raise AssertionError(f"call {at} ({fault.where}): {failure}") from failure
    print(f"# {len(points)} points", flush=True)


# ---- killed ----

@table(*TRIPS)
def t_bnd_07_t_crash_01_killed(trip):
    def one(fault, at, turn):
        data = copy_of(trip)
        fault.arm(STORES, at, KILL)
        done = attempt(data, trip, fault.env)
        equal(done.returncode, -9 if fault.hits else 0, done.stderr)
        check(data, trip, look=turn % 3 == 0)
        shutil.rmtree(data)
    at_each(some(trip, STORES), one)


def beside(trip, mask, of_server=False):
    """The calls of the command while a server runs, or of that server."""
    fault, data = Fault(), copy_of(trip)
    server = Server(data, env=fault.env if of_server else None)
    fault.arm(mask, NEVER, FAIL)
    done = attempt(data, trip, None if of_server else fault.env)
    equal(done.returncode, 0, done.stderr)
    count = fault.count
    fault.disarm()
    server.stop()
    check_end(data, trip)
    return spread(count)


@table(*TRIPS)
def t_bnd_07_killed_beside_a_server(trip):
    """Which has all of it or nothing, and takes it when it is brought again."""
    def one(fault, at, _):
        data = copy_of(trip)
        server = Server(data)
        fault.arm(STORES, at, KILL)
        done = attempt(data, trip, fault.env)
        equal(done.returncode, -9 if fault.hits else 0, done.stderr)
        visible = server.get("/index.yaml")
        assert (entries(server.index()) if visible.status == 200 else {}) in trips()[1][trip:trip + 2], "half there"
        done = attempt(data, trip)
        equal(done.returncode, 0, done.stderr)
        equal(entries(server.index()), trips()[1][trip + 1])
        server.stop()
        check_end(data, trip)
    at_each(beside(trip, STORES), one)


@table(*TRIPS)
def t_bnd_07_a_server_that_is_killed_while_it_takes_it(trip):
    def one(fault, at, turn):
        data = copy_of(trip)
        server = Server(data, env=fault.env)
        fault.arm(STORES, at, KILL)
        done = attempt(data, trip)
        if fault.hits:
            server.process.wait(60)
        equal(done.returncode in ((0, 1) if fault.hits else (0,)), True, done.stderr)
        fault.disarm()
        if server.process.poll() is None:
            server.stop()
        check(data, trip, look=turn % 3 == 0)
    at_each(beside(trip, STORES, of_server=True), one)


# ---- no room ----

def told(done):
    """Whether it said how much is needed. (SQLite does not keep why it could not make a file.)"""
    assert done.returncode in (0, 1), done
    if done.returncode and "unable to open database file" not in done.stderr:
        contains(done.stderr.lower(), "free some space")
    return "bytes are needed" in done.stderr


@table(*TRIPS)
def t_bnd_07_t_crash_02_no_room(trip):
    """From a call on each one fails: until somebody makes room."""
    how_much = []

    def one(fault, at, _):
        data = copy_of(trip)
        fault.arm(WRITES | CREATES, at, FAIL, errno.ENOSPC, onwards=True)
        how_much.append(told(attempt(data, trip, fault.env)))
        check(data, trip, look=True)
        shutil.rmtree(data)
    at_each(some(trip, WRITES | CREATES), one)
    assert any(how_much), "how much is needed was never said"


@table(*TRIPS)
def t_bnd_07_no_room_beside_a_server(trip):
    """Of whom nothing is asked but that there is room again."""
    how_much = []

    def one(fault, at, _):
        data = copy_of(trip)
        server = Server(data, env=fault.env)
        fault.arm(WRITES | CREATES, at, FAIL, errno.ENOSPC, onwards=True)
        done = attempt(data, trip)
        how_much.append(told(done))
        fault.disarm()
        if done.returncode:
            index = server.get("/index.yaml")
            equal(entries(json.loads(index.body)) if index.status == 200 else {}, trips()[1][trip])
        done = attempt(data, trip)
        equal(done.returncode, 0, done.stderr)
        server.stop()
        check_end(data, trip)
    at_each(beside(trip, WRITES | CREATES, of_server=True), one)
    assert any(how_much), "how much is needed was never said"


SMALL_DISK = """
mount -t tmpfs -o size=$SIZE tmpfs "$0" || exit 99
cp -a "$EMPTY" "$0/data" || exit 98
"$@" --data "$0/data" "$BUNDLE"; echo "exit $?"
echo "visible: $(ls "$0/data/repos/main/charts" 2>/dev/null | wc -l)"
mount -o remount,size=20m tmpfs "$0" || exit 97
"$@" --data "$0/data" "$BUNDLE"; echo "again $?"
cp -a "$0/data" "$AFTER"
"""


SMALL_STICK = """
mount -t tmpfs -o size=64k tmpfs "$0" || exit 99
"$@" -o "$0/" >"$REPORT"; echo "exit $?"
ls -A "$0" | grep -q . && echo left; true
"""


@test
def a_stick_that_is_too_small():
    """Told before anything is written, and nothing is left there."""
    outer, report = Outer(chart_of_size(60 << 10, "big")), temporary() / "report"
    done = subprocess.run([*own_mounts(), "sh", "-c", SMALL_STICK, temporary(), PROGRAM, "bundle", "create", "--repo",
                           "main", "--data", outer.data], text=True, capture_output=True, timeout=60, check=False,
                          env=clean_environment({"REPORT": str(report)}))
    equal((done.stdout, report.read_text()), ("exit 1\n", ""), done.stderr)
    contains(done.stderr, "main-0-2.tar needs ")
    contains(done.stderr, "are free")


@test
def t_bnd_07_a_small_disk():
    """A real one, of each size from too small on; then it is made larger."""
    paths, _, empty = trips()
    seen, needed = set(), set()
    for size in range(300, 1000, 20 if LONG else 60):
        disk, after = temporary(), temporary() / "data"
        done = subprocess.run([*own_mounts(), "sh", "-c", SMALL_DISK, disk, PROGRAM, "bundle", "import"], text=True,
                              env=clean_environment({"SIZE": f"{size}k", "EMPTY": str(empty), "AFTER": str(after),
                                                     "BUNDLE": str(paths[0])}),
                              capture_output=True, timeout=60, check=False)
        equal(done.returncode, 0, done)
        failed = "exit 1" in done.stdout
        contains(done.stdout, "visible: 0" if failed else "visible: 5", f"{size}: {done.stderr}")
        contains(done.stdout, "again 0", done.stderr)
        if failed:
            contains(done.stderr.lower(), "free some space")
        seen.add(failed)
        needed.add("bytes are needed" in done.stderr)
        check_end(after, 0)
    equal((seen, needed), ({True, False}, {True, False}))


@test
def t_disk_01_what_a_sync_lost_is_read_again():
    data, fault = copy_of(0), Fault()
    fault.arm(SYNCS, NEVER, FAIL)
    equal(attempt(data, 0, fault.env).returncode, 0)
    at = [name for _, name in fault.calls].index("syncfs")
    data, fault = copy_of(0), Fault()
    fault.arm(SYNCS, at, FAIL, errno.EIO)
    done = attempt(data, 0, fault.env)
    equal((done.returncode, fault.where, list((data / "incoming").iterdir())), (1, "syncfs", []), done)
    contains(done.stderr, "Input/output error")
    check(data, 0, look=True)


# ---- what need not be read again ----

def kept_calls(data, path):
    """Which calls keep what is read: those that give a file its name alone."""
    fault = Fault()
    fault.arm(CHANGES, NEVER, FAIL)
    equal(command("bundle", "import", "--data", data, path, env=fault.env).returncode, 0)
    calls = [name for _, name in fault.calls]
    return [at for at, pair in enumerate(zip(calls, calls[1:])) if pair[0] == "linkat" and pair[1] != "renameat"]


def tear(data, path, call):
    """An import that was killed before it was done."""
    fault = Fault()
    fault.arm(CHANGES, call, KILL)
    equal(command("bundle", "import", "--data", data, path, env=fault.env).returncode, -9)
    equal(len(list((data / "incoming").iterdir())), 1)


@test
def only_what_is_missing_is_read():
    outer = Outer(*(chart_of_size(3 << 20, f"big{i}", seed=i) for i in range(5)))
    _, path = outer.create()
    for call in kept_calls(inner(outer), path)[6:]:    # versions, log, index and three of the charts are there
        data = inner(outer)
        tear(data, path, call)
        here = sum(p.stat().st_size for p in (data / "incoming").rglob("*"))
        if here > 3 << 20:    # threads take turns: the same call may come earlier
            break
    assert here > 3 << 20, here
    count = reads(data, path)[path.name]
    assert count < path.stat().st_size - here + (4 << 20), (count, path.stat().st_size, here)
    equal(shown(data), entries(outer.index()))


# ---- what is left ----

def torn(data, trip):
    path = trips()[0][trip]
    tear(data, path, kept_calls(copy_of(trip), path)[2])


def waiting(data):
    return json.loads(must("bundle", "list", "--repo", "main", "--data", data, "--json"))["waiting"]


@test
def what_waits_is_told_and_goes_when_it_is_useless():
    paths, _, _ = trips()
    data = copy_of(1)
    torn(data, 1)
    one, = waiting(data)
    equal((one["useless"], one["files_here"] < one["files"]), (False, True))
    contains(must("bundle", "list", "--repo", "main", "--data", data), "bring it again to go on")
    must("bundle", "import", "--data", data, paths[0])           # is here already
    equal(len(waiting(data)), 1)
    folder, = (data / "incoming").iterdir()
    long_ago = time.time() - 31 * DAY_SECONDS
    kept = time.time() - 29 * DAY_SECONDS
    os.utime(folder, (kept, kept))
    must("bundle", "import", "--data", data, paths[0])
    equal(len(waiting(data)), 1, "it can still be gone on with")
    os.utime(folder, (long_ago, long_ago))
    equal(waiting(data)[0]["useless"], True)
    must("bundle", "import", "--data", data, paths[0])
    equal(list((data / "incoming").iterdir()), [])


@test
def a_later_trip_makes_an_earlier_one_useless():
    data, other = copy_of(1), copy_of(0)
    torn(other, 0)
    bundle, = (other / "incoming").iterdir()
    shutil.copytree(bundle, data / "incoming" / bundle.name)
    equal(waiting(data)[0]["useless"], True)
    equal(attempt(data, 1).returncode, 0)
    equal(list((data / "incoming").iterdir()), [])


if __name__ == "__main__":
    main()
