"""kill -9 while an upstream's index is loaded, and while its archives are copied, at many moments.

After each: the index has all versions of a chart or none, fsck finds nothing, nothing strays in tmp/,
and the next refresh brings the rest: no version is told of twice, and no archive that is here is
asked for again."""
import http.client
import os
import re
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from chart_server import ChartServer
from following import events, follow, refresh, refreshed, shown, status
from harness import LONG, Server, chart, contains, equal, main, must, test

ROUNDS = 200 if LONG else 4
CHARTS, VERSIONS = 40, 50
ARCHIVES = 150


def begin(server):
    """A refresh that somebody waits for, until the server is gone."""
    def run():
        try:
            refresh(server)
        except (http.client.HTTPException, OSError, AssertionError):
            pass
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def seconds_of(upstream, mode):
    """How long a refresh takes that nothing disturbs."""
    server = Server()
    follow(server, upstream, mode=mode)
    began = time.monotonic()
    refreshed(server)
    took = time.monotonic() - began
    server.stop()
    return took


def killed_after(upstream, mode, seconds):
    """The data directory of a server that was killed while it refreshed."""
    server = Server()
    follow(server, upstream, mode=mode)
    thread = begin(server)
    time.sleep(seconds)
    server.kill()
    thread.join(30)
    assert not thread.is_alive()
    return server.data


def check_start(data):
    server = Server(data)
    equal(os.listdir(data / "tmp"), [], "tmp/")
    strays = [path for path in data.rglob(".*") if path.name.endswith(".new") or ".new-" in path.name]
    equal(strays, [])
    contains(must("fsck", "--data", data), "all is well")
    return server


def check_end(server, versions):
    added = events(server, "upstream.add")
    equal((len(added), len(set(added))), (versions, versions), "each is told of once")
    equal(sum(map(len, shown(server).values())), versions)
    contains(must("fsck", "--data", server.data), "all is well")
    equal(os.listdir(server.data / "tmp"), [], "tmp/")
    server.stop()


@test
def t_fed_18_killed_while_an_index_is_loaded():
    with ChartServer() as upstream:
        archive = chart("x")
        for number in range(CHARTS):
            for version in range(VERSIONS):
                upstream.put(f"chart-{number}", f"1.{version}.0", archive)
        usual, seen = seconds_of(upstream, "proxy"), set()
        for turn in range(ROUNDS):
            data = killed_after(upstream, "proxy", usual * turn / ROUNDS)
            server = check_start(data)
            index = shown(server)
            equal({name: len(versions) for name, versions in index.items()},
                  dict.fromkeys(index, VERSIONS), "half of a chart")
            seen.add(len(index))
            before = len(index) * VERSIONS
            equal(refreshed(server)["added"], CHARTS * VERSIONS - before)
            check_end(server, CHARTS * VERSIONS)
        print(f"# a load of {usual:.2f} s; charts that were there after a kill: {sorted(seen)}")
        assert len(seen) > 1 or not LONG, "never killed in its midst"


@test
def t_fed_18_killed_while_archives_are_copied():
    with ChartServer() as upstream:
        for number in range(ARCHIVES):
            upstream.put(f"chart-{number}", "1.0.0")
        usual, seen = seconds_of(upstream, "mirror"), set()
        for turn in range(ROUNDS):
            data = killed_after(upstream, "mirror", usual * (turn + 1) / (ROUNDS + 1))
            kept = data / "repos/up/charts"
            there = {path.name for path in kept.glob("[!.]*.tgz")} if kept.exists() else set()
            del upstream.requests[:]
            server = check_start(data)
            held = status(server)["held"]
            seen.add(held)
            equal(held, len(there), "archives that are here, and versions that say so")
            said = refreshed(server)
            equal((said["failed"], said["fetched"]), (0, ARCHIVES - held))
            asked = [path for path, _ in upstream.requests if re.fullmatch(r"/.*\.tgz", path)]
            equal(sorted(asked), sorted(f"/chart-{n}-1.0.0.tgz" for n in range(ARCHIVES)
                                        if f"chart-{n}-1.0.0.tgz" not in there))
            for name, data_there in upstream.files.items():
                equal((server.data / "repos/up/charts" / name[1:]).read_bytes(), data_there)
            check_end(server, ARCHIVES)
        print(f"# a copy of {usual:.2f} s; archives that were there after a kill: {sorted(seen)}")
        assert len(seen) > 1, "never killed in its midst"


if __name__ == "__main__":
    main()
