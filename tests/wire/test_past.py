#!/usr/bin/env python3
"""The time machine: every index that ever was, as an address."""
import json
import time
import urllib.request

from wire import Server, equal, shared
from harness import chart, main, table, test


def must(answer, status):
    equal(answer.status, status, answer.body)
    return answer.body

def events(server):
    """Publishes, deletes and publishes; returns what index.json was after each event."""
    seen = {}
    for action in ("publish a-1", "publish b-1", "delete a-1", "publish c-1", "publish b-2"):
        verb, what = action.split()
        name, major = what.split("-")
        if verb == "publish":
            event = json.loads(must(server.publish(chart(name, f"{major}.0.0")), 201))["event"]
        else:
            event = json.loads(must(server.request("DELETE", f"/api/charts/{name}/{major}.0.0"), 200))["event"]
        seen[event] = (server.get("/index.json").body, server.get("/index.yaml").body)
    return seen


@table(("json", ()), ("yaml", ("--set", "index_format=yaml")))
def every_index_that_was(settings):
    server = Server(args=settings)
    seen = events(server)
    for _ in range(2):
        for event, (as_json, as_yaml) in seen.items():
            equal(server.get(f"/@{event}/index.json").body, as_json)
            equal(server.get(f"/main/@{event}/index.yaml").body, as_yaml)
        server.stop()
        server = Server(data=server.data, args=settings)


@test
def a_time_leads_to_its_event():
    server = Server()
    seen = events(server)
    last = max(seen)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    answer = server.get(f"/main/@{now}/index.yaml")
    equal((answer.status, answer.headers["Location"]), (302, f"../@{last}/index.yaml"))
    answer = server.get(f"/@{now}/charts/b-2.0.0.tgz")
    equal((answer.status, answer.headers["Location"]), (302, f"../../@{last}/charts/b-2.0.0.tgz"))
    with urllib.request.urlopen(f"{server.url}/main/@{now}/index.json") as followed:
        equal(followed.read(), seen[last][0])
    equal(server.get("/@2020-01-01T00:00:00Z/index.yaml").status, 404)


@test
def charts_of_an_index_that_was():
    server = Server()
    first = chart("a", "1.0.0")
    published = json.loads(must(server.publish(first), 201))["event"]
    equal(server.get(f"/@{published}/charts/a-1.0.0.tgz").body, first)
    equal(server.get(f"/@{published - 1}/charts/a-1.0.0.tgz").status, 404)
    must(server.request("DELETE", "/api/charts/a/1.0.0"), 200)
    gone = server.get(f"/@{published}/charts/a-1.0.0.tgz")
    equal((gone.status, json.loads(gone.body)["code"]), (410, "gone"))
    equal(json.loads(gone.body)["error"], "a-1.0.0.tgz was deleted since, and is not served; for 7 days after that it "
          "can be undeleted")
    must(server.publish(first), 201)
    equal(server.get(f"/@{published}/charts/a-1.0.0.tgz").body, first)


def api(server, method, path, body=None):
    headers = {"Content-Type": "application/json"}
    return must(server.request(method, f"/api/v1/repos{path}", body and json.dumps(body), headers),
                201 if path == "" else 200)


def past(server, repo, event):
    answer = server.get(f"/{repo}/@{event}/index.json")
    return sorted(json.loads(answer.body)["entries"]) if answer.status == 200 else answer.status


@test
def a_name_that_is_used_again():
    """A is renamed to B and made again, renamed to C, made again and deleted, made again."""
    server = Server()
    made = {}
    for name, follows in (("one", "b"), ("two", "c"), ("three", None), ("four", "")):
        made[name] = json.loads(must(server.publish(chart(name), repo="a"), 201) if name == "one"
                                else api(server, "POST", "", {"name": "a"}))["event"]
        if name != "one":
            made[name] = json.loads(must(server.publish(chart(name), repo="a"), 201))["event"]
        if follows:
            api(server, "POST", "/a/rename", {"to": follows})
        elif follows is None:
            api(server, "DELETE", "/a?confirm=a")
    seen = {}
    for again in (False, True):
        if again:
            server.stop()
            server = Server(data=server.data)
        for repo in "abc":
            for name, event in made.items():
                seen[again, repo, name] = past(server, repo, event)
    for again in (False, True):
        equal({(repo, name): seen[again, repo, name] for repo in "abc" for name in made},
              {("b", "one"): ["one"], ("b", "two"): ["one"], ("b", "three"): ["one"],
               ("b", "four"): ["one"],
               ("c", "one"): 404, ("c", "two"): ["two"], ("c", "three"): ["two"],
               ("c", "four"): ["two"],
               ("a", "one"): 404, ("a", "two"): 404, ("a", "three"): 404,
               ("a", "four"): ["four"]})


@table(*[(at or "nothing", at, status) for at, status in (
    ("0", 404), ("99999", 404), ("18446744073709551616", 404), ("-1", 404), ("x", 404), ("", 404),
    ("2026-13-01T00:00:00Z", 404), ("1", 200), ("001", 200))])
def addresses(at, status):
    server = shared()
    equal(server.get(f"/@{at}/index.yaml").status, status)
    if status == 404:
        equal(server.get(f"/main/@{at}/charts/a-1.0.0.tgz").status, 404)


@test
def an_index_that_was_is_revalidated():
    server = Server()
    event = json.loads(must(server.publish(chart("a", "1.0.0")), 201))["event"]
    answer = server.get(f"/@{event}/index.yaml")
    again = server.request("GET", f"/@{event}/index.yaml", headers={"If-None-Match": answer.headers["ETag"]})
    equal(again.status, 304)


if __name__ == "__main__":
    main()
