#!/usr/bin/env python3
"""Upstreams that change, pulls, publishes and readers of a virtual repository, all at once. Also run
under TSan."""
import itertools
import json
import threading
import time

from together import together
from wire import SANITIZED, Server, equal, make_repo
from chart_server import ChartServer
from following import follow, refresh, refreshed, shown
from harness import chart, main, must, test

SECONDS = 3 if SANITIZED else 2
NAMES = [f"chart-{n}" for n in range(6)]


class Scene:
    def __init__(self, one, two):
        self.far, self.published = {"one": one, "two": two}, set()
        self.server = Server()
        for (name, upstream), mode in zip(self.far.items(), ("proxy", "mirror")):
            for number in range(4):
                for chart_name in NAMES:
                    upstream.put(f"{name}-{chart_name}", f"1.{number}.0")
            follow(self.server, upstream, name, mode, drop_max_percent=100)
            refreshed(self.server, name)
        make_repo(self.server, "all", members="main one two")
        self.end = time.monotonic() + SECONDS

    def turns(self):
        """How often, so that nobody's work was nothing."""
        for turn in itertools.count(1):
            yield turn
            if time.monotonic() > self.end:
                return


def move(scene, name):
    """The upstream has others, and is asked."""
    upstream, turn = scene.far[name], 0
    for turn in scene.turns():
        chart_name = f"{name}-{NAMES[turn % len(NAMES)]}"
        upstream.put(chart_name, f"2.{turn}.0")
        upstream.drop(chart_name, f"2.{turn - 6}.0")
        refreshed(scene.server, name, whole=turn % 2 == 0)
    return turn


def ask_too(scene, name):
    """A second one, who waits for the first."""
    for turn in scene.turns():
        code, said = refresh(scene.server, name)
        equal((code, said["ok"]), (200, True), said)
    return turn


def pull(scene, name):
    for turn in scene.turns():
        chart_name = f"{name}-{NAMES[turn % len(NAMES)]}"
        file = f"{chart_name}-1.{turn % 4}.0.tgz"
        for repo in name, "all":
            answer = scene.server.get(f"/{repo}/charts/{file}")
            equal((answer.status, answer.body), (200, scene.far[name].files[f"/{file}"]), file)
    return turn


def publish(scene):
    for turn in scene.turns():
        equal(scene.server.publish(chart("hosted", f"1.{turn}.0")).status, 201)
        scene.published.add(f"1.{turn}.0")
    return turn


def read(scene):
    """All that was acknowledged is there, once, and so is what never goes."""
    for turn in scene.turns():
        before = set(scene.published)
        index = json.loads(scene.server.get("/all/index.json").body)["entries"]
        versions = {name: [v["version"] for v in list] for name, list in index.items()}
        assert all(len(list) == len(set(list)) for list in versions.values()), versions
        assert before <= set(versions.get("hosted", ())), "a publish is not in it"
        for name, chart_name in itertools.product(scene.far, NAMES):
            assert {f"1.{n}.0" for n in range(4)} <= set(versions[f"{name}-{chart_name}"]), versions
    return turn


def look(scene):
    for turn in scene.turns():
        equal(scene.server.get("/api/v1/upstreams").status, 200)
        equal(scene.server.get("/api/v1/upstreams/one").status, 200)
        equal(scene.server.get("/metrics").status, 200)
        equal(scene.server.get("/api/v1/search?q=chart").status, 200)
    return turn


def come_and_go(scene):
    """A third that is made, asked, and meanwhile set otherwise and removed."""
    for turn in scene.turns():
        follow(scene.server, scene.far["one"], "third")
        asking = threading.Thread(target=refresh, args=(scene.server, "third"))
        asking.start()
        change = scene.server.request("PATCH", "/api/v1/repos/third", json.dumps({"take_last": turn % 3 + 1}))
        equal(change.status, 200, change.body)
        equal(scene.server.request("DELETE", "/api/v1/repos/third?confirm=third").status, 200)
        asking.join()
    return turn


@test
def upstreams_pulls_publishes_and_readers():
    with ChartServer() as one, ChartServer() as two:
        scene = Scene(one, two)
        work = [lambda n=n: move(scene, n) for n in scene.far]
        work += [lambda n=n, f=f: f(scene, n) for n in scene.far for f in (ask_too, pull)]
        work += [lambda f=f: f(scene) for f in (publish, read, read, look, come_and_go)]
        turns = together(work)
        print(f"# turns of each: {turns}")
        assert min(turns) >= 2, "too little to prove anything"
        for name, upstream in scene.far.items():
            refreshed(scene.server, name, whole=True)
            mine = {key: set(versions) for key, versions in shown(scene.server, name).items()}
            theirs = {key: {v["version"] for v in versions} for key, versions in upstream.entries.items()}
            equal({key: theirs[key] - mine[key] for key in theirs}, dict.fromkeys(theirs, set()))
        must("fsck", "--data", scene.server.data)
        scene.server.stop()


if __name__ == "__main__":
    main()
