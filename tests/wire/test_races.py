#!/usr/bin/env python3
"""Many at once: who gets a version, and what readers see meanwhile. Also run under TSan."""
import gzip
import http.client
import json
import os
import threading
import time

from together import together
from wire import SANITIZED, Server, catalog, check_refusal, equal, make_repo, versions
from harness import LONG, chart, digest, form, main, must, test

ROUNDS = 20 if LONG else 3
PUBLISHES, MEMBER_PUBLISHES = 1000, 1000 if LONG else 400
WRITERS, READERS = 8, 4


def upload(running, archive, as_form):
    if not as_form:
        return running.publish(archive)
    return running.request("POST", "/api/charts", *form(archive))


@test
def t_imm_02_one_of_64():
    """64 uploads of one version with different bytes: one 201, 63 × 409, one's bytes stay."""
    running = Server()
    for number in range(ROUNDS):
        name = f"race-{number}"
        archives = [chart(name, description=f"by {i}") for i in range(64)]
        answers = together([lambda a=a, i=i: upload(running, a, i % 2)
                            for i, a in enumerate(archives)])
        statuses = [answer.status for answer in answers]
        equal(sorted(statuses), [201] + [409] * 63)
        winner = archives[statuses.index(201)]
        for archive, answer in zip(archives, answers):
            if answer.status == 409:
                fields = check_refusal(running, answer, 409, "version_exists")
                equal((fields["digest"], fields["stored_digest"]),
                      (digest(archive), digest(winner)))
        equal(running.get(f"/charts/{name}-1.0.0.tgz").body, winner)
        equal([v["digest"] for v in running.index()["entries"][name]], [digest(winner)])
    running.stop()
    must("fsck", "--data", running.data)
    equal(len(list((running.data / "repos/main/charts").iterdir())), ROUNDS)


@test
def t_imm_01_the_same_64_times():
    """64 uploads of the same bytes: all succeed, one event, one file."""
    running = Server()
    archive = chart("same")
    answers = together([lambda: running.publish(archive)] * 64)
    equal({answer.status for answer in answers}, {201})
    bodies = [json.loads(answer.body) for answer in answers]
    equal(len({body["event"] for body in bodies}), 1)
    equal(sum(1 for body in bodies if not body.get("existing")), 1)
    equal(versions(running, "same"), ["1.0.0"])


@test
def t_meta_05_one_file_name_for_two():
    running = Server()
    for number in range(10):
        one = chart(f"n{number}", "1.0.0-2.0.0")
        two = chart(f"n{number}-1.0.0", "2.0.0")
        answers = together([lambda a=a: running.publish(a) for a in (one, two)])
        equal(sorted(answer.status for answer in answers), [201, 409])
        winner = one if answers[0].status == 201 else two
        equal(running.get(f"/charts/n{number}-1.0.0-2.0.0.tgz").body, winner)


@test
def publish_against_delete():
    """Whatever the order was, the log, the files and the index agree on it afterwards."""
    running = Server()
    archives = [chart("x", description=str(i)) for i in range(8)]
    for _ in range(10):
        together([lambda a=a: running.publish(a) for a in archives] +
                 [lambda: running.request("DELETE", "/api/charts/x/1.0.0")] * 8)
    shown = running.index()["entries"].get("x", [])
    answer = running.get("/charts/x-1.0.0.tgz")
    if shown:
        equal(digest(answer.body), shown[0]["digest"])
    else:
        equal(answer.status, 404)
    running.stop()
    must("fsck", "--data", running.data)


class Ledger:
    """What was acknowledged, for readers to compare with what they see."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = set()
        self.done = False

    def add(self, name, version):
        with self.lock:
            self.acknowledged.add((name, version))

    def now(self):
        with self.lock:
            return frozenset(self.acknowledged)


def write(running, ledger, writer, count):
    link = running.connection(250)
    for number in range(count):
        name, version = f"c{writer}-{number % 10}", f"1.{number}.0"
        answer = running.request("POST", "/api/charts", chart(name, version), connection=link)
        equal(answer.status, 201, answer.body)
        ledger.add(name, version)
    link.close()


def read(running, ledger, path, headers):
    """Reads the index over and over; each must be whole and hold all that was acknowledged before
    it was asked for, and what an earlier one had."""
    link = running.connection(250)
    seen, generated, etags, reads = frozenset(), "", {}, 0
    while True:
        last, before = ledger.done, ledger.now()
        answer = running.get(path, headers, connection=link)
        equal(answer.status, 200)
        body = answer.body
        if headers:
            body = gzip.decompress(body)
        data = json.loads(body)
        found = frozenset((n, v["version"]) for n, vs in data["entries"].items() for v in vs)
        equal(sum(map(len, data["entries"].values())), len(found), "a version stands twice")
        assert before <= found, f"acknowledged, but not in the index: {sorted(before - found)[:5]}"
        assert seen <= found, f"was in an earlier index: {sorted(seen - found)[:5]}"
        assert sortable(data["generated"]) >= sortable(generated), (generated, data["generated"])
        assert etags.setdefault(answer.headers["ETag"], body) == body, "one ETag, two contents"
        if len(etags) > 20:
            etags.pop(next(iter(etags)))
        seen, generated, reads = found, data["generated"], reads + 1
        if last:
            link.close()
            return reads


def sortable(time_text):
    whole, _, fraction = time_text.rstrip("Z").partition(".")
    return whole, fraction.ljust(9, "0")


def read_during_publishes(running, forms, publishes):
    """Writers publish into main; each of the forms is read meanwhile."""
    ledger = Ledger()
    count = publishes // WRITERS
    left = [WRITERS]

    def writer(number):
        try:
            write(running, ledger, number, count)
        finally:
            with ledger.lock:
                left[0] -= 1
                ledger.done = left[0] == 0

    results = together([lambda n=n: writer(n) for n in range(WRITERS)] +
                       [lambda f=forms[n % 3]: read(running, ledger, *f) for n in range(READERS)])
    reads = sum(results[WRITERS:])
    assert reads >= READERS * (3 if SANITIZED else 10), f"only {reads} reads: this proves nothing"
    equal(len(ledger.acknowledged), count * WRITERS)
    equal(sum(len(v) for v in running.index()["entries"].values()), count * WRITERS)


@test
def t_idx_03_readers_during_1000_publishes():
    read_during_publishes(Server(), [("/index.yaml", {}), ("/index.yaml", {"Accept-Encoding": "gzip"}),
                                     ("/main/index.json", {})], PUBLISHES)


@test
def virtual_readers_during_publishes():
    """What is acknowledged in a member is in the virtual repositories over it, also two levels up."""
    running = Server()
    make_repo(running, "inner", members="main other")
    make_repo(running, "all", members="inner")
    read_during_publishes(running, [("/all/index.yaml", {}), ("/inner/index.json", {}),
                                    ("/all/index.yaml", {"Accept-Encoding": "gzip"})], MEMBER_PUBLISHES)
    before = running.get("/all/index.yaml").body
    running.stop()
    equal(Server(running.data).get("/all/index.yaml").body, before)


@test
def virtual_repositories_while_members_come_and_go():
    """Readers of a virtual repository while its members are made, filled, renamed, hidden and deleted: an
    answer is an index or a file, whatever the moment."""
    running = Server()
    equal(running.publish(chart("app")).status, 201)
    make_repo(running, "all", members="other main")
    end = time.monotonic() + (1 if SANITIZED else 2)

    def ask(method, path, fields=None):
        answer = running.request(method, path, json.dumps(fields).encode() if fields else None)
        assert answer.status in (200, 201), answer

    def change():
        while time.monotonic() < end:
            ask("POST", "/api/v1/repos", {"name": "other"})
            equal(running.publish(chart("app", "2.0.0"), "other").status, 201)
            ask("PATCH", "/api/v1/repos/other", {"private": True})
            ask("PATCH", "/api/v1/repos/all", {"take_charts": "app"})
            ask("POST", "/api/v1/repos/other/rename", {"to": "another"})
            ask("PATCH", "/api/v1/repos/all", {"take_charts": None})
            ask("DELETE", "/api/v1/repos/another?confirm=another")

    def read():
        while time.monotonic() < end:
            [[shown]] = json.loads(running.get("/all/index.yaml").body)["entries"].values()
            assert shown["version"] in ("1.0.0", "2.0.0"), shown
            assert running.get("/all/charts/app-1.0.0.tgz").status in (200, 404)
            assert running.get("/api/v1/repos/all/conflicts").status == 200

    together([change] + [read] * READERS)
    equal(json.loads(running.get("/all/index.yaml").body)["entries"]["app"][0]["version"], "1.0.0")
    running.stop()
    must("fsck", "--data", running.data)


@test
def downloads_while_versions_come_and_go():
    """A chart that is served is whole, also while it is deleted and brought back."""
    running = Server()
    archive = chart("x", files={"big.txt": b"x" * 10, "noise": os.urandom(100_000)})
    equal(running.publish(archive).status, 201)
    end = time.monotonic() + (1 if SANITIZED else 2)

    def change():
        while time.monotonic() < end:
            equal(running.request("DELETE", "/api/charts/x/1.0.0").status, 200)
            equal(running.publish(archive).status, 201)

    def download():
        seen = set()
        while time.monotonic() < end:
            answer = running.get("/charts/x-1.0.0.tgz")
            seen.add(answer.status)
            assert answer.status == 404 or answer.body == archive, answer.status
        return seen

    results = together([change] + [download] * 4)
    assert set().union(*results[1:]) <= {200, 404}
    equal(running.get("/charts/x-1.0.0.tgz").body, archive)


@test
def repositories_made_at_the_same_time():
    running = Server()
    archive = chart("x")
    answers = together([lambda r=r: running.publish(archive, r)
                        for r in ["new", "new/one", "new/two", "other"] * 8])
    equal({answer.status for answer in answers}, {201})
    for repo in ("new", "new/one", "new/two", "other"):
        equal(versions(running, "x", repo), ["1.0.0"])
    equal(sum("repo.create" in line for line in catalog(running)), 5)


@test
def everything_while_it_stops():
    """SIGTERM under load: exit status 0, and whatever was acknowledged is there."""
    running = Server()
    ledger = Ledger()

    def writer(number):
        for i in range(10_000):
            try:
                answer = running.publish(chart(f"w{number}", f"1.{i}.0"))
            except (OSError, http.client.HTTPException, AssertionError):
                return
            if answer.status == 503:
                return
            equal(answer.status, 201, answer.body)
            ledger.add(f"w{number}", f"1.{i}.0")

    def reader():
        try:
            while running.get("/index.yaml", {"Accept-Encoding": "gzip"}).status == 200:
                pass
        except (OSError, http.client.HTTPException, AssertionError):
            pass

    def stop():
        time.sleep(0.5)
        running.process.terminate()

    together([lambda n=n: writer(n) for n in range(4)] + [reader] * 4 + [stop])
    equal(running.process.wait(60), 0)
    must("fsck", "--data", running.data)
    again = Server(running.data)
    found = {(n, v["version"]) for n, vs in again.index()["entries"].items() for v in vs}
    assert ledger.acknowledged and ledger.acknowledged <= found, ledger.acknowledged - found


if __name__ == "__main__":
    main()
