"""Scrubbing: what rots is found, at a set pace, with and without a server."""
import contextlib
import json
import os
import threading
import time
from pathlib import Path

from changes import DEMO, OLD, OTHER, OTHER_FILE, PROV, flip
from following import follow, refreshed
from upstream import Upstream
from harness import (Server, chart, chart_of_size, command, contains, equal, form, main,
                     metric, must, provenance, settled, table, test)

CHARTS = "repos/main/charts"
KIB = 1024


def remove(path):
    path.unlink()


def filled(args=()):
    running = Server(args=args)
    equal(running.request("POST", "/api/charts", *form(OLD, provenance(OLD))).status, 201)
    equal(running.publish(OTHER).status, 201)
    return running


def scrub(data, status, *more):
    done = command("scrub", "--data", data, "--json", *more)
    equal(done.returncode, status, done.stderr)
    return json.loads(done.stdout)


def problems(said):
    return [(p["repo"], p["file"]) for p in said["problems"]]


@test
def all_is_well():
    running = filled()
    stored = len(OLD) + len(provenance(OLD)) + len(OTHER)
    equal(scrub(running.data, 0), {"files": 3, "bytes": stored, "problem_count": 0, "problems": []})
    equal((metric(running, "chartlocker_scrub_files_total"), metric(running, "chartlocker_scrub_bytes_total"),
           metric(running, "chartlocker_scrub_problems")), (3, stored, 0))
    assert abs(metric(running, "chartlocker_scrub_timestamp_seconds") - time.time()) < 30
    running.stop()
    contains(must("scrub", "--data", running.data), "all is well")


def check_out_of_index(running, shown):
    assert settled(lambda: set(running.index()["entries"]) == shown), running.index()
    equal(running.get(f"/charts/{DEMO}").status, 503)
    equal(running.get(f"/charts/{OTHER_FILE}").status, 200)
    equal(running.publish(OLD).status, 201)
    equal(running.get(f"/charts/{DEMO}").body, OLD)
    contains(must("fsck", "--data", running.data), "all is well")


FETCHED = chart("demo", "1.0.0", {"README.md": b"# marmalade\n"})


def following(mode):
    """A server that has an upstream's chart, which its catalog of charts has read too, and where."""
    up = Upstream()
    up.put("demo", "1.0.0", FETCHED)
    running = Server()
    follow(running, up, mode=mode)
    refreshed(running)
    equal(running.get(f"/up/charts/{DEMO}").body, FETCHED)
    assert settled(lambda: json.loads(running.get("/api/v1/search?q=marmalade").body)["total"])
    return up, running, running.data / "repos/up/charts" / DEMO


HELP = "pull it again; when the upstream has it no more, put the good file back and run chartlocker rebuild"


@table(("rotten, of a proxy", "proxy", flip), ("missing, of a proxy", "proxy", remove),
       ("rotten, of a mirror", "mirror", flip), ("missing, of a mirror", "mirror", remove))
def t_disk_03_of_an_upstream(mode, damage):
    """Nothing may be pushed there: it is fetched again, though it is in memory still. The catalog of charts may
    have found it before the scrub does."""
    _, running, kept = following(mode)
    was_there = damage is flip
    damage(kept)
    command("scrub", "--data", running.data)
    ask = (lambda: refreshed(running)) if mode == "mirror" else lambda: running.get(f"/up/charts/{DEMO}")
    assert settled(lambda: ask() and kept.exists() and kept.read_bytes() == FETCHED), "it is not fetched again"
    equal(running.get(f"/up/charts/{DEMO}").body, FETCHED)
    equal(os.listdir(running.data / "quarantine"), [f"up~{DEMO}~replaced~1"] * was_there)
    equal(running.index("up")["entries"]["demo"][0]["version"], "1.0.0")
    contains(must("fsck", "--data", running.data), "versions 1, files 1")


@table(("rotten", flip), ("missing", remove))
def t_disk_03_what_is_said_of_an_upstreams(damage):
    _, running, kept = following("proxy")
    running.stop()
    damage(kept)
    contains(command("fsck", "--data", running.data).stdout, HELP)
    equal(problems(scrub(running.data, 1)), [("up", DEMO)])
    contains(must("fsck", "--data", running.data), "all is well")


@table(("before it was found", False), ("when the row says it is not here", True))
def t_disk_03_what_an_upstream_has_no_more(found):
    up, running, kept = following("proxy")
    up.stop()
    flip(kept)
    if found:
        command("scrub", "--data", running.data)
        assert settled(lambda: running.get(f"/up/charts/{DEMO}").status == 502)
    kept.unlink()
    kept.write_bytes(FETCHED)
    must("rebuild", "--data", running.data)
    equal(running.get(f"/up/charts/{DEMO}").body, FETCHED)
    contains(must("fsck", "--data", running.data), "versions 1, files 1")


@table(("rotten", flip), ("missing", remove))
def t_disk_03_t_disk_04_found_while_serving(damage):
    running = filled()
    damage(running.data / CHARTS / DEMO)
    said = scrub(running.data, 1)
    equal(problems(said), [("main", DEMO)])
    equal(metric(running, "chartlocker_scrub_problems"), 1)
    check_out_of_index(running, {"other"})


@table(("rotten", flip), ("missing", remove))
def t_disk_03_t_disk_04_found_without_a_server(damage):
    running = filled()
    running.stop()
    damage(running.data / CHARTS / DEMO)
    text = command("scrub", "--data", running.data)
    equal(text.returncode, 1)
    contains(text.stderr, f"damaged: main/{DEMO}: the file ")
    check_out_of_index(Server(running.data), {"other"})


@table(("rotten", flip), ("missing", remove))
def t_disk_03_t_disk_04_found_in_the_background(damage):
    """Nobody asks for the file: the server notices by itself."""
    running = filled(("--set", "scrub.interval=1s", "--set", "scrub.rate=1g"))
    assert settled(lambda: metric(running, "chartlocker_scrub_timestamp_seconds") > 0), "it never ran"
    equal(metric(running, "chartlocker_scrub_problems"), 0)
    damage(running.data / CHARTS / DEMO)
    assert settled(lambda: f"scrub.damaged repo=main file={DEMO}" in running.log()), "not found"
    check_out_of_index(running, {"other"})
    assert settled(lambda: metric(running, "chartlocker_scrub_problems") == 0), "it is not healed"


@test
def t_disk_03_rotten_provenance():
    """Its chart is whole and stays in the index."""
    running = filled()
    flip(running.data / CHARTS / PROV)
    equal(problems(scrub(running.data, 1)), [("main", PROV)])
    equal(set(running.index()["entries"]), {"demo", "other"})


@test
def a_name_with_a_plus_sign():
    """In a query a plus sign is a space."""
    running = filled()
    equal(running.publish(chart("plus", "1.0.0+build.1")).status, 201)
    flip(running.data / CHARTS / "plus-1.0.0+build.1.tgz")
    equal(problems(scrub(running.data, 1)), [("main", "plus-1.0.0+build.1.tgz")])
    assert settled(lambda: set(running.index()["entries"]) == {"demo", "other"})


@test
def at_a_set_pace():
    running = filled()
    equal(running.publish(chart_of_size(600 * KIB)).status, 201)
    began = time.monotonic()
    said = scrub(running.data, 0, "--rate", "300k")
    took = time.monotonic() - began
    assert said["bytes"] / (300 * KIB) - 0.1 < took < 60, took
    began = time.monotonic()
    scrub(running.data, 0, "--rate", "1g")
    assert time.monotonic() - began < 60


def is_read(running, file):
    """Whether the server has it open just now."""
    for path in Path(f"/proc/{running.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if os.readlink(path).endswith(f"/{file}"):
                return True
    return False


@test
def the_server_ends_in_the_middle_of_a_scrub():
    running = filled(("--set", "scrub.interval=1s", "--set", "scrub.rate=1k"))
    equal(running.publish(chart_of_size(100 * KIB, "large")).status, 201)
    assert settled(lambda: is_read(running, "large-1.0.0.tgz"))
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began < 60


@test
def what_is_deleted_meanwhile_is_no_problem():
    """The scrub comes to files that went while it was busy with a large one."""
    running = Server()
    equal(running.publish(chart_of_size(900 * KIB, "a")).status, 201)
    for number in range(5):
        equal(running.publish(chart("z", f"{number}.0.0")).status, 201)
    said = []
    reading = threading.Thread(target=lambda: said.append(
        scrub(running.data, 0, "--rate", "600k")))
    reading.start()
    time.sleep(0.4)
    for number in range(5):
        equal(running.request("DELETE", f"/api/charts/z/{number}.0.0").status, 200)
    reading.join()
    equal(said[0]["problems"], [])


@table(("no size", "fast"), ("too slow", "10"))
def wrong_pace(rate):
    done = command("scrub", "--rate", rate)
    equal(done.returncode, 2)
    contains(done.stderr, rate)


if __name__ == "__main__":
    main()
