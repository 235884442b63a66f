#!/usr/bin/env python3
"""What came in bundles says so: as of when it is, by which trip, who signed that, and how old it is."""
import functools
import json
import re

from wire import Server, contains, equal
from harness import chart, command, main, must, test
from bundles import Outer, bring, inner


@functools.cache
def trips():
    """A server with a repository that came in two bundles, and one that did not; what the last one said."""
    outer = Outer(chart("one", "1.0.0"))
    data = inner(outer, keep=True)
    first, path = outer.create()
    bring(data, path)
    equal(outer.publish(chart("one", "1.1.0")).status, 201)
    said, path = outer.create("--parent", str(first["trip"]))
    bring(data, path)
    server = Server(data=data, keep=True)
    equal(server.publish(chart("two"), "own").status, 201)
    return server, said


def asked(server, path):
    answer = server.request("GET", path)
    equal(answer.status, 200, path)
    return answer.body.decode()


@test
def the_api_tells_the_trips():
    server, said = trips()
    rows = json.loads(asked(server, "/api/v1/repos/main/trips"))["trips"]
    equal([t["trip"] for t in rows], [said["trip"], said["parent"]])
    equal({t["signed_by"] for t in rows}, {"outer.example.org"})
    equal([t["versions"] for t in rows], [1, 1])
    equal(json.loads(asked(server, "/api/v1/repos/main"))["trip"], rows[0])
    equal(json.loads(asked(server, "/api/v1/repos/own/trips")), {"trips": []})
    equal("trip" in json.loads(asked(server, "/api/v1/repos/own")), False)
    equal(server.request("GET", "/api/v1/repos/none/trips").status, 404)
    told = json.loads(must("bundle", "list", "--repo", "main", "--data", server.data, "--json"))
    equal(told["trips"], rows)
    equal([t["repo"] for t in rows], ["main", "main"])
    equal(json.loads(must("bundle", "list", "--data", server.data, "--json"))["trips"], rows)


@test
def the_command_tells_them_to_people():
    server, said = trips()
    data = server.data
    head, *rows = must("bundle", "list", "--data", data).splitlines()
    equal(head.split()[:2], ["REPOSITORY", "TRIP"])
    equal([row.split()[:2] for row in rows], [["main", str(said["trip"])], ["main", str(said["parent"])]])
    equal([len(re.findall(r" \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row)) for row in rows], [2, 2], "no fractions")
    equal(must("bundle", "list", "--repo", "own", "--data", data), "no bundle was brought into own\n")
    wrong = command("bundle", "list", "--frob", "--data", data)
    equal(wrong.returncode, 2)
    contains(wrong.stderr, "chartlocker bundle list: unrecognized option '--frob'")


@test
def pages_say_as_of_when_they_are():
    server, said = trips()
    number = said["trip"]
    page = asked(server, "/repos/main")
    for part in ("outer.example.org", f'<a href="#trips">trip {number}</a>', 'id="trips"'):
        contains(page, part)
    contains(asked(server, "/packages/main/one"), f"trip {number}")
    contains(asked(server, "/packages/main/one"), "signed by outer.example.org")
    contains(asked(server, "/repos"), f"trip {number}")
    for path in ("/repos/own", "/packages/own/two"):
        equal(re.findall("[Tt]rip", asked(server, path)), [], path)


@test
def metrics_say_how_old_it_is():
    server, said = trips()
    text = asked(server, "/metrics")
    contains(text, f'chartlocker_trip_event{{repo="main"}} {said["trip"]}\n')
    equal(re.findall(r'chartlocker_trip_timestamp_seconds{repo="(\w+)"} [1-9]\d{9}\n', text), ["main"])


if __name__ == "__main__":
    main()
