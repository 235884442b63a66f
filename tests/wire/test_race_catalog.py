#!/usr/bin/env python3
"""Who searches, reads pages and downloads while versions are published, yanked, deleted, brought back
and damaged: every answer is a valid one, and at the end the catalog shows what the index holds. Also
run under TSan."""
import itertools
import json
import random
import re
import time

from together import together
from wire import Server, equal
from harness import LONG, chart, main, must, settled, test

SECONDS = 60 if LONG else 3
WRITERS, READERS = 4, 8
WAIT_SECONDS = 0.9       # nearly HUB_WAIT_MS
VERSIONS = ("1.0.0", "1.1.0", "2.0.0-rc.1")
VERSION = re.compile(r"^[0-9.]+(-rc\.1)?$")


def moving(number, version):
    return chart(f"moving-{number}", version, {
        "README.md": b"# Moving\n\nIt has *letters*.\n" + version.encode(),
        "values.yaml": f"# of {version}\nreplicas: {number}\nimage: {{tag: {version}}}\n".encode(),
    }, description=f"moving chart {number}",
        dependencies=[{"name": "steady", "version": ">=1.0.0", "repository": "@main"}],
        annotations={"artifacthub.io/changes": f"- something in {version}\n"})


ARCHIVES = {(number, version): moving(number, version)
            for number in range(WRITERS) for version in VERSIONS}


# ---- who changes ----

class Writer:
    """Has a chart of its own, so it knows what each of its requests has to be answered."""

    def __init__(self, running, number):
        self.running, self.number, self.name = running, number, f"moving-{number}"
        self.random = random.Random(number)
        self.state = dict.fromkeys(VERSIONS)       # of STEPS; None: never there
        self.count = self.damaged = 0

    def post(self, action, version):
        body = json.dumps({"chart": self.name, "version": version}).encode()
        answer = self.running.request("POST", f"/api/v1/repos/main/{action}", body)
        equal(answer.status, 200, f"{action} {self.name} {version}: {answer.body}")

    def publish(self, version):
        answer = self.running.publish(ARCHIVES[self.number, version])
        equal(answer.status, 201, f"{self.name} {version}: {answer.body}")

    def delete(self, version):
        answer = self.running.request("DELETE", f"/api/charts/{self.name}/{version}")
        equal(answer.status, 200, f"{self.name} {version}: {answer.body}")

    def damage(self, version):
        """The file is gone: who asks for it makes the server see that, unless it has the bytes in memory
        anyway. The same bytes heal it."""
        file, archive = f"{self.name}-{version}.tgz", ARCHIVES[self.number, version]
        path = self.running.data / "repos/main/charts" / file
        path.unlink()
        answer = self.running.get(f"/charts/{file}")
        if answer.status == 200:
            equal(answer.body, archive, file)
            path.write_bytes(archive)
        else:
            equal(answer.status, 503, file)
            self.damaged += 1
        self.publish(version)

    STEPS = {None: {"publish": "live"}, "deleted": {"publish": "live", "undelete": "live"},
             "live": {"delete": "deleted", "yank": "yanked", "damage": "live"},
             "yanked": {"unyank": "live", "delete": "deleted yanked"},
             "deleted yanked": {"publish": "live", "undelete": "yanked"}}

    def step(self):
        version = self.random.choice(VERSIONS)
        action, after = self.random.choice(sorted(self.STEPS[self.state[version]].items()))
        if action in ("publish", "delete", "damage"):
            getattr(self, action)(version)
        else:
            self.post(action, version)
        self.state[version] = after
        self.count += 1
        self.look(f"{self.name}: {action} {version}", at_once=action != "damage")

    def look(self, what, at_once):
        """The search shows it at once, or has waited for that as long as a reader is made to. What was
        damaged a moment ago, and may be reported by readers even now, is back a moment later."""
        asked = time.monotonic()
        is_shown = lambda: found(self.running, self.name) == self.shown()
        if not is_shown():
            waited = time.monotonic() - asked
            assert not at_once or waited >= WAIT_SECONDS, f"{what}: not found after {waited:.2f} s"
            assert settled(is_shown), f"{what}: never found"

    def live(self):
        return [version for version in reversed(VERSIONS) if self.state[version] == "live"]

    def has_page(self):
        """Also a chart whose versions were all yanked: who has it installed reads why."""
        return any(state in ("live", "yanked") for state in self.state.values())

    def shown(self):
        """The newest that is stable, or the newest."""
        live = self.live()
        stable = [version for version in live if "-" not in version]
        return (stable + live)[0] if live else None


# ---- who reads ----

def found(running, name):
    """The version that the search shows of a chart; of others that are called nearly so, none."""
    answer = running.get(f"/api/v1/search?limit=100&q=name:{name}")
    equal(answer.status, 200, answer.body)
    page = json.loads(answer.body)
    hits = {hit["name"]: hit["version"] for hit in page["results"]}
    equal((len(hits), len(page["results"])), (page["total"],) * 2, name)
    return hits.get(name)


def check_search(answer):
    for hit in json.loads(answer.body)["results"]:
        assert VERSION.match(hit["version"]) and hit["description"], hit


def check_page(answer):
    text = answer.body.decode()
    assert text.startswith("<!doctype html>") and text.rstrip().endswith("</html>"), text[-200:]


def check_json(answer):
    json.loads(answer.body)


def check_index(answer):
    for name, entries in json.loads(answer.body)["entries"].items():
        stand = [entry["version"] for entry in entries]
        assert stand and len(stand) == len(set(stand)), f"{name}: {stand}"


def check_feed(answer):
    assert answer.body.rstrip().endswith(b"</feed>"), answer.body[-100:]


def check_text(answer):
    answer.body.decode()


ALWAYS = (    # what is never away
    ("/api/v1/search?q=moving", check_search), ("/api/v1/search?q=letters&limit=3", check_search),
    ("/api/v1/search?q=moving&facets=1", check_search), ("/api/v1/suggest?q=mov", check_json),
    ("/", check_page), ("/search?q=mving", check_page), ("/search?repo=main&sort=released", check_page),
    ("/repos", check_page), ("/repos/main", check_page), ("/packages/main/steady", check_page),
    ("/packages/main/steady/1.0.0/dependencies", check_page), ("/index.yaml", check_index),
    ("/main/index.json", check_index), ("/api/v1/charts/main/steady/1.0.0/used-by", check_json),
    ("/api/v1/events", check_json), ("/api/v1/packages/search?ts_query_web=moving", check_json),
    ("/feed", check_feed), ("/sitemap.xml", check_text), ("/metrics", check_text),
    ("/api/charts", check_json), ("/api/v1/stats", check_json),
)
CHART = "/packages/main/moving-{n}"
SOMETIMES = tuple((f"{CHART}{rest}", check_page) for rest in (
    "", "/{v}", "/{v}/values", "/{v}/templates", "/{v}/dependencies", "/{v}/changelog", "/versions",
    "/compare", "/compare/1.0.0...{v}")) + (
    ("/api/v1/charts/main/moving-{n}/{v}/dependencies", check_json),
    ("/api/v1/packages/helm/main/moving-{n}/{v}", check_json),
    ("/packages/main/moving-{n}/{v}/changelog.md", check_text),
    ("/packages/main/moving-{n}/{v}/file?path=values.yaml", check_text),
    ("/badge/main/moving-{n}/version.svg", check_text), ("/feed/main/moving-{n}", check_feed),
    ("/api/charts/moving-{n}/{v}/values", check_text), ("/charts/moving-{n}-{v}.tgz", None),
)
AWAY = (404, 503)    # not there now; its file is not there now


def read(running, number, end):
    """Every address in turn, beginning elsewhere than the others do. Returns how many were read."""
    link, choose = running.connection(), random.Random(100 + number)
    addresses = ALWAYS + SOMETIMES
    begin = number * len(addresses) // READERS
    for count, (address, check) in enumerate(itertools.cycle(addresses[begin:] + addresses[:begin])):
        if not end():
            link.close()
            return count
        n, v = choose.randrange(WRITERS), choose.choice(VERSIONS)
        address, may_be_away = address.format(n=n, v=v), (address, check) in SOMETIMES
        answer = running.get(address, connection=link)
        if answer.status != 200:
            assert may_be_away and answer.status in AWAY, f"{address}: {answer.status} {answer.body[-300:]}"
        elif check:
            check(answer)
        else:
            assert answer.body == ARCHIVES[n, v], f"{address}: other bytes"


# ---- together ----

def settle(running, writers):
    """What was acknowledged is what the index, the catalog and the pages say."""
    entries = running.index()["entries"]
    for writer in writers:
        equal([entry["version"] for entry in entries.get(writer.name, [])], writer.live(), writer.name)
        equal(found(running, writer.name), writer.shown())
        status = running.get(f"/packages/main/{writer.name}").status
        equal(status, 200 if writer.has_page() else 404, writer.name)
        for version in writer.live():
            answer = running.get(f"/charts/{writer.name}-{version}.tgz")
            assert answer.body == ARCHIVES[writer.number, version], (writer.name, version)


@test
def every_answer_is_a_valid_one():
    running = Server()
    equal(running.publish(chart("steady")).status, 201)
    writers = [Writer(running, number) for number in range(WRITERS)]
    until = time.monotonic() + SECONDS
    is_on = lambda: time.monotonic() < until

    def write(writer):
        while is_on():
            writer.step()

    reads = together([lambda w=w: write(w) for w in writers] +
                     [lambda n=n: read(running, n, is_on) for n in range(READERS)])[WRITERS:]
    changes = sum(writer.count for writer in writers)
    damaged = sum(writer.damaged for writer in writers)
    print(f"# {sum(reads)} answers during {changes} changes, {damaged} damages", flush=True)
    assert changes >= 4 * WRITERS and min(reads) >= 5, (changes, reads)
    settle(running, writers)
    running.stop()
    must("fsck", "--data", running.data)
    again = Server(running.data)
    settle(again, writers)


if __name__ == "__main__":
    main()
