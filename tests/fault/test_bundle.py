"""A bundle's import that is killed or has no room: nothing half is visible, and bringing it again completes it.

Each system call that stores something is a point: `make check` takes 20 of them, LONG=1 takes 200.
"""
import errno
import functools
import json
import os
import shutil
import subprocess
import time

from mounts import own_mounts
from inject import CHANGES, CREATES, FAIL, KILL, STORES, WRITES, Fault
from harness import (LONG, PROGRAM, Server, chart, chart_of_size, clean_environment, command, contains, equal, form,
                     main, must, provenance, table, temporary, test)

POINTS = 200 if LONG else 20
NEVER = 3000
DAY_SECONDS = 24 * 3600


def entries(running):
    return {(name, v["version"]): v["digest"] for name, versions in running.index()["entries"].items()
            for v in versions}


def create(running, *arguments):
    into = temporary(keep=True)
    said = json.loads(must("bundle", "create", "--repo", "main", "--data", running.data, "-o", f"{into}/", "--json",
                           *arguments))
    return into / said["file"], said["trip"]


@functools.cache
def trips():
    """The other side: two trips, the second one a delta with a deletion; what is shown after each; and a data
    directory that trusts them."""
    outer = Server(temporary(keep=True) / "outer")
    key = must("keys", "generate", "--data", outer.data, "--name", "outer.example.org").strip()
    one = chart("one")
    equal(outer.request("POST", "/api/charts", *form(one, provenance(one, "one"))).status, 201)
    for number in range(3):
        equal(outer.publish(chart_of_size(60 << 10, "two", f"{number}.0.0", number)).status, 201)
    first, shown = create(outer), [entries(outer)]
    equal(outer.request("DELETE", "/api/charts/two/0.0.0").status, 200)
    equal(outer.publish(chart("three")).status, 201)
    second = create(outer, "--parent", str(first[1]))
    shown.append(entries(outer))
    outer.stop()
    empty = temporary(keep=True) / "inner"
    must("keys", "trust", key, "--data", empty)
    return (first[0], second[0]), shown, empty


@functools.cache
def inner(trip):
    """A data directory that has the trips before this one."""
    paths, _, empty = trips()
    data = temporary(keep=True) / "data"
    shutil.copytree(empty, data, symlinks=True)
    for path in paths[:trip]:
        must("bundle", "import", "--data", data, path)
    return data


def copy_of(trip):
    data = temporary() / "data"
    shutil.copytree(inner(trip), data, symlinks=True)
    return data


def bring(data, trip, env=None):
    return command("bundle", "import", "--data", data, trips()[0][trip], env=env)


def shown(data):
    if not (data / "repos").exists():
        return {}
    running = Server(data)
    index = running.get("/index.yaml")
    found = entries(running) if index.status == 200 else {}
    running.stop()
    contains(must("fsck", "--data", data), "all is well")
    return found


def before(trip):
    return trips()[1][trip - 1] if trip else {}


def check(data, trip, look):
    """All of the trip or nothing of it; then, brought again, all."""
    after = trips()[1][trip]
    if look:
        assert shown(data) in (before(trip), after), "half there"
    done = bring(data, trip)
    equal(done.returncode, 0, done.stderr)
    equal(shown(data), after)
    equal(list((data / "incoming").iterdir()), [], "incoming/")
    return done.stdout


def some(trip, mask, most):
    """The calls of a whole import, as many of them as are wanted, evenly spread."""
    fault, data = Fault(), copy_of(trip)
    fault.arm(mask, NEVER, FAIL)
    done = bring(data, trip, fault.env)
    equal(done.returncode, 0, done.stderr)
    count = fault.count
    shutil.rmtree(data)
    return sorted({at * count // most for at in range(most)})


@table(("whole", 0), ("delta", 1))
def killed(trip):
    points = some(trip, STORES, POINTS // 2)
    for turn, at in enumerate(points):
        fault, data = Fault(), copy_of(trip)
        fault.arm(STORES, at, KILL)
        done = bring(data, trip, fault.env)
        try:
            equal(done.returncode, -9 if fault.hits else 0, done.stderr)
            check(data, trip, look=turn % 3 == 0)
        except AssertionError as failure:
            raise AssertionError(f"call {at} ({fault.where}): {failure}") from failure
        shutil.rmtree(data)
    print(f"# {len(points)} points", flush=True)


@table(("whole", 0), ("delta", 1))
def no_room(trip):
    """From a call on each one fails: until somebody makes room."""
    told = 0
    for at in some(trip, WRITES | CREATES, POINTS // 2):
        fault, data = Fault(), copy_of(trip)
        fault.arm(WRITES | CREATES, at, FAIL, errno.ENOSPC, onwards=True)
        done = bring(data, trip, fault.env)
        try:
            assert done.returncode in (0, 1), done
            if done.returncode:
                contains(done.stderr.lower(), "free some space")
                told += "bytes are needed" in done.stderr
            check(data, trip, look=True)
        except AssertionError as failure:
            raise AssertionError(f"call {at} ({fault.where}): {failure}") from failure
        shutil.rmtree(data)
    assert told, "how much is needed was never said"


@test
def a_small_disk():
    """A real one: too small, then made larger."""
    paths, _, empty = trips()
    disk = temporary()
    script = (f'mount -t tmpfs -o size=300k tmpfs "$0" && cp -a {empty} "$0/data" && '
              f'"$@" --data "$0/data" {paths[0]}; echo "exit $?"; ls "$0/data/incoming"/* >&2; '
              'mount -o remount,size=20m tmpfs "$0"; '
              f'"$@" --data "$0/data" {paths[0]}; echo "exit $?"; {PROGRAM} fsck --data "$0/data"')
    done = subprocess.run([*own_mounts(), "sh", "-c", script, disk, PROGRAM, "bundle", "import"], text=True,
                          env=clean_environment(), capture_output=True, timeout=60, check=False)
    contains(done.stdout, "exit 1")
    contains(done.stderr, "bytes are needed")
    contains(done.stdout, "4 added")
    contains(done.stdout, "exit 0")
    contains(done.stdout, "all is well")


# ---- what is left ----

def torn(data, trip):
    """An import that was killed before it was done."""
    fault = Fault()
    fault.arm(CHANGES, some(trip, CHANGES, 3)[1], KILL)
    equal(bring(data, trip, fault.env).returncode, -9)
    equal(len(list((data / "incoming").iterdir())), 1)


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
    equal(bring(data, 1).returncode, 0)
    equal(list((data / "incoming").iterdir()), [])


if __name__ == "__main__":
    main()
