#!/usr/bin/env python3
"""What costs much, asked for too often: who is slowed down, with what answer, and who never is."""
import functools
import json
import time

from wire import Server, contains, equal, metric
from harness import chart, main, table, test
from people import PASSWORD, add_user, basic

BURST = 4
TRIES_MAX = 200
SLOW = ("--set", "trusted_proxies=127.0.0.1", "--set", "http.reads_per_second=1",
        "--set", f"http.reads_burst={BURST}")
VALUES = "/packages/main/demo/1.0.0/values"
_next = iter(range(1, 255))


@functools.cache
def server():
    running = Server(args=SLOW, keep=True).set_up()
    equal(running.publish(chart("demo")).status, 201)
    return running


def stranger():
    """An address that nobody had before."""
    return {"X-Forwarded-For": f"192.0.2.{next(_next)}"}


def statuses(path, headers, tries, running=None):
    return [(running or server()).get(path, headers).status for _ in range(tries)]


def until_slowed(path, headers, running=None):
    """The answers up to the first that says 429: one a second comes back, and a machine may be busy."""
    answers = [(running or server()).get(path, headers)]
    while answers[-1].status != 429 and len(answers) < TRIES_MAX:
        answers.append((running or server()).get(path, headers))
    equal(answers[-1].status, 429, path)
    return answers


@table(*((path, path) for path in (
    "/api/v1/search?q=a", "/api/v1/suggest?q=a", "/search?q=a", VALUES, "/packages/main/demo/1.0.0/templates",
    "/packages/main/demo/compare/1.0.0...latest", "/api/v1/packages/search", "/api/chartsvc/v1/charts/search?q=a",
    "/api/charts/demo/1.0.0/values", "/feed?q=a")))
def costly(path):
    found = [answer.status for answer in until_slowed(path, stranger())]
    assert len(found) > BURST and set(found[:-1]) <= {200, 404}, found


@test
def costly_dependencies_of_a_chart_that_is_elsewhere():
    one, found = stranger(), []
    while 429 not in found and len(found) < TRIES_MAX:
        found.append(server().request("POST", "/api/v1/dependencies", '{"dependencies":[]}', one).status)
    equal(found[-1], 429)
    assert len(found) > BURST and set(found[:-1]) == {200}, found


@table(*((path, path) for path in ("/index.yaml", "/charts/demo-1.0.0.tgz", "/", "/packages/main/demo", "/livez")))
def never(path):
    equal(statuses(path, stranger(), 3 * BURST), [200] * 3 * BURST)


@test
def one_address_alone():
    one = stranger()
    until_slowed("/search", one)
    assert len(until_slowed(VALUES, one)) <= BURST, "all of it is one"
    equal(server().get("/search", stranger()).status, 200)
    equal(statuses("/search", {}, 3 * BURST), [200] * 3 * BURST)
    time.sleep(1.1)
    equal(server().get("/search", one).status, 200)


@test
def what_is_answered():
    one, before = stranger(), metric(server(), "chartlocker_http_slowed_total")
    for path, accept, kind in (("/search", "text/html", "text/html; charset=utf-8"),
                               ("/api/v1/search", "*/*", "application/problem+json")):
        answer = until_slowed(path, {**one, "Accept": accept})[-1]
        equal((answer.status, answer.headers["Retry-After"], answer.headers["Content-Type"],
               answer.headers["Cache-Control"]), (429, "1", kind, "no-store"))
        contains(answer.body.decode(), "oo many requests from your address; try again in a second, or sign in")
    contains(until_slowed("/search", {**one, "Accept": "text/html"})[-1].body.decode(), "It passes by itself")
    equal(json.loads(answer.body)["code"], "too_many_requests")    # of the API's
    equal(metric(server(), "chartlocker_http_slowed_total"), before + 3)


@test
def who_is_signed_in():
    running = Server(args=SLOW, keep=True).set_up()
    running.stop()
    add_user(running.data, "root", "admin:*")
    again = Server(args=SLOW, data=running.data)
    one = stranger()
    equal(statuses("/search", {**one, **basic("root", PASSWORD)}, 3 * BURST, again), [200] * 3 * BURST)
    until_slowed("/search", one, again)


@test
def switched_off():
    running = Server(args=("--set", "trusted_proxies=127.0.0.1", "--set", "http.reads_per_second=0",
                           "--set", "http.reads_burst=1"))
    equal(statuses("/search", stranger(), 30, running), [200] * 30)


if __name__ == "__main__":
    main()
