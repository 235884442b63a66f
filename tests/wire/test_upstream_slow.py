#!/usr/bin/env python3
"""One upstream that is slow, or becomes another one, while others are asked for."""
import json
import threading
import time

from wire import Server, equal, settled
import charts
import upstream as bad
from follower import Follower
from harness import LONG, chart, cleanup, contains, main, table, test
from hostile_server import Hostile, response
from registry import MadeUp
from upstream import Upstream

SOON = 30.0              # seconds; what waits here for a slow one would wait for minutes
MANY = 20                # more than there are threads of any kind for one upstream

TESTS = 3                # of upstreams that may run at a time
HOSTS, PLACES = 8, 4     # of one host so many come at a time: of these together as many as there are threads


def slow_archives(count=MANY, **options):
    up = Upstream(**options)
    for number in range(count):
        up.put(f"slow{number}", "1.0.0")
        up.spoil(bad.drip(b"x" * 100000, 0.05), f"/slow{number}-1.0.0.tgz")
    return up, up.url.replace("127.0.0.1", "localhost")      # a host of its own


def asked(up):
    return sum(up.count(f"/slow{n}-1.0.0.tgz") for n in range(MANY))


def at_once(act, count=MANY):
    def one(number):
        try:
            act(number)
        except Exception:                        # the server ends before it
            pass
    for number in range(count):
        threading.Thread(target=one, args=(number,), daemon=True).start()


def wait_until(asked):
    """The slow one is; who else asks comes in the next moment, and more of them only make it harder."""
    assert settled(asked), "it is not asked"
    time.sleep(0.5)


def in_time(server, path):
    began = time.monotonic()
    equal(server.get(path, timeout=60).status, 200, path)
    seconds = time.monotonic() - began
    assert seconds < SOON, (path, seconds)


def quick(server, mode="proxy"):
    up = Upstream()
    up.put("demo", "1.0.0")
    follower = Follower(up, server, mode=mode)
    follower.refreshed()
    return follower


@test
def pulls_of_a_slow_one_delay_no_other():
    server = Server()
    up, url = slow_archives()
    slow, good = Follower(up, server, url=url), quick(server)
    slow.refreshed()
    at_once(lambda n: slow.get(f"slow{n}-1.0.0.tgz", timeout=60))
    wait_until(lambda: asked(up))
    in_time(server, f"/{good.name}/charts/demo-1.0.0.tgz")
    assert asked(up) <= 4, asked(up)
    server.kill()


@test
def pulls_of_many_slow_ones_delay_no_other():
    server = Server()
    ups = [slow_archives(PLACES, address=f"127.0.0.{host + 2}")[0] for host in range(HOSTS)]
    slow, good = [Follower(up, server) for up in ups], quick(server)
    for one in slow:
        one.refreshed()
    at_once(lambda n: slow[n % HOSTS].get(f"slow{n // HOSTS}-1.0.0.tgz", timeout=60), HOSTS * PLACES)
    wait_until(lambda: all(asked(up) for up in ups))
    in_time(server, f"/{good.name}/charts/demo-1.0.0.tgz")
    server.kill()


@test
def pages_of_a_slow_one_delay_no_other():
    server = Server()
    up, url = slow_archives()
    slow, good = Follower(up, server, url=url, mode="catalog"), quick(server, "catalog")
    slow.refreshed()
    at_once(lambda n: server.get(f"/packages/{slow.name}/slow{n}", timeout=60))
    wait_until(lambda: asked(up))
    in_time(server, f"/packages/{good.name}/demo")
    in_time(server, f"/api/v1/charts/{good.name}/demo/1.0.0/show/chart")
    server.kill()


@test
def refreshes_of_a_slow_one_delay_no_other():
    server = Server()
    up, url = slow_archives(1)
    slow, good = Follower(up, server, url=url), quick(server)
    up.spoil(bad.drip(up.index(), 1))
    at_once(lambda _: server.request("POST", f"/api/v1/upstreams/{slow.name}/refresh?wait=60", b"{}",
                                     timeout=100))
    wait_until(lambda: up.count("/index.yaml"))
    began = time.monotonic()
    good.refreshed()
    assert time.monotonic() - began < SOON, time.monotonic() - began
    server.kill()


@test
def tests_of_a_slow_one_delay_no_refresh():
    server = Server()
    up, url = slow_archives(1)
    same, good = Follower(up, server, url=url), quick(server)
    slow = bad.drip(up.index(), 1)
    up.spoil(lambda request: slow(request) if up.count("/index.yaml") <= TESTS else bad.honest(up.index(), request))
    refused = []

    def tested(_):
        answer = server.request("POST", "/api/v1/upstreams/test", json.dumps({"url": url, "allow_private": True}),
                                timeout=100)
        refused.append((answer.status, json.loads(answer.body)["detail"]))
    at_once(tested)
    assert settled(lambda: len(refused) == MANY - TESTS), len(refused)
    equal(refused, [(429, f"{TESTS} tests of upstreams are under way, and there may be no more at a time; test "
                          "again when one of them is over")] * (MANY - TESTS))
    began = time.monotonic()
    good.refreshed()
    equal(same.refreshed()["added"], 1)
    assert time.monotonic() - began < SOON, time.monotonic() - began
    server.kill()


def slow_index():
    up, url = slow_archives(1)
    up.spoil(bad.drip(up.index(), 1))
    return up, url


def slow_registry(tags=1000):
    """A question for each of its versions, which are many."""
    made = MadeUp("charts/demo", chart("demo"))
    made.tags(*(f"1.0.{number}" for number in range(tags)))
    far = Hostile({made.at("tags/list"): made.answers[made.at("tags/list")],
                   "*": lambda _: (time.sleep(0.1), response(b"no", 404))[1]})
    return far, far.url.replace("http://127.0.0.1", "oci://localhost") + "/charts/demo"


if LONG:                     # it waits for two minutes
    @test
    def a_test_of_a_registry_with_many_versions_ends():
        server, (_, url) = Server(), slow_registry(2000)
        answer = server.request("POST", "/api/v1/upstreams/test", json.dumps({"url": url, "allow_private": True}),
                                timeout=200)
        equal(answer.status, 502)
        contains(json.loads(answer.body)["detail"], "more versions than a test of 100 seconds can read")


@table(("an index", slow_index), ("a registry", slow_registry))
def a_new_one_does_not_wait_for_a_deleted_one_of_its_name(begin):
    server = Server()
    up, url = begin()
    slow, good = Follower(up, server, url=url), quick(server)
    at_once(lambda _: server.request("POST", f"/api/v1/upstreams/{slow.name}/refresh?wait=60", b"{}",
                                     timeout=100), 1)
    wait_until(lambda: up.seen)
    equal(server.request("DELETE", f"/api/v1/upstreams/{slow.name}?confirm={slow.name}").status, 200)
    new = Upstream()
    new.put("demo", "1.0.0")
    equal(slow.add(new.url, allow_private=True).status, 201)
    began = time.monotonic()
    equal(slow.refreshed()["added"], 1)
    assert time.monotonic() - began < SOON, time.monotonic() - began
    equal(slow.versions(), {"demo": ["1.0.0"]})
    equal(good.versions(), {"demo": ["1.0.0"]})


def becomes_another(change):
    """What comes from the old one is not what the new one has."""
    server = Server()
    old, new = Upstream(), Upstream()
    theirs, ours = charts.chart_of_size(20000, "demo", "1.0.0", seed=1), chart("demo", "1.0.0")
    old.put("demo", "1.0.0", data=theirs, digest=None)
    new.put("demo", "1.0.0", data=ours, digest=None)
    begun, goes_on = threading.Event(), threading.Event()
    cleanup(goes_on.set)

    def slowly(_):
        yield bad.response(theirs)[:-len(theirs) // 2]
        begun.set()
        goes_on.wait(60)
        yield theirs[-len(theirs) // 2:]
    old.spoil(slowly, "/demo-1.0.0.tgz")
    follower = Follower(old, server)
    follower.refreshed()
    answers = []
    pull = threading.Thread(target=lambda: answers.append(follower.get("demo-1.0.0.tgz", timeout=60)))
    pull.start()
    assert begun.wait(60)
    change(server, follower, new)
    follower.refreshed()
    goes_on.set()
    pull.join()
    equal(answers[0].status, 502, answers[0].body[:200])
    equal(follower.pulled(), ours)
    equal(follower.pulled(), ours)


@test
def what_comes_for_a_deleted_one_is_not_kept_in_its_successor():
    def again(server, follower, new):
        equal(server.request("DELETE", f"/api/v1/upstreams/{follower.name}?confirm={follower.name}").status, 200)
        equal(follower.add(new.url, allow_private=True).status, 201)
    becomes_another(again)


@test
def what_comes_from_a_former_address_is_not_kept():
    def move(server, follower, new):
        equal(server.request("PATCH", f"/api/v1/repos/{follower.name}",
                             json.dumps({"upstream": new.url})).status, 200)
    becomes_another(move)


@test
def one_that_is_paused_while_its_archives_come():
    """Nobody is asked by itself from then on; who asks says so."""
    up, goes_on = Upstream(), threading.Event()
    cleanup(goes_on.set)

    def slowly(data):
        return lambda _: (goes_on.wait(60), response(data))[1]
    for number in range(MANY):
        up.spoil(slowly(up.put(f"slow{number}", "1.0.0")), f"/slow{number}-1.0.0.tgz")
    follower, said = Follower(up, Server(), mode="mirror"), []
    pause = lambda is_paused: equal(follower.server.request(
        "PATCH", f"/api/v1/repos/{follower.name}", json.dumps({"paused": is_paused})).status, 200)
    refresh = threading.Thread(target=lambda: said.append(follower.refresh()))
    refresh.start()
    assert settled(lambda: asked(up))
    pause(True)
    goes_on.set()
    refresh.join()
    [(ok, report)] = said
    equal((ok, report["fetched"] <= PLACES, report["failed"]), (False, True, MANY - report["fetched"]))
    contains(report["reason"], "is paused")
    equal(asked(up), report["fetched"])
    equal((follower.refreshed()["fetched"], asked(up)), (MANY - report["fetched"], MANY))


if __name__ == "__main__":
    main()
