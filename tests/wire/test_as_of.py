#!/usr/bin/env python3
"""What came in bundles says so: as of when it is, by which trip, who signed that, and how old it is."""
import json
import re

from wire import Server
from harness import chart, command, contains, equal, main, must, temporary, test


class Trip:
    """A server whose repository came in two bundles, and another one that did not."""

    def __init__(self):
        outer, self.usb = temporary() / "outer", temporary()
        self.bring(outer, "one", "1.0.0")
        must("keys", "generate", "--data", outer, "--name", "outer.example.org")
        self.carry(outer)
        inner = temporary() / "inner"
        inner.mkdir()
        must("keys", "trust", outer / "keys" / "bundle.pub", "--data", inner)
        must("bundle", "import", self.usb, "--data", inner)
        self.bring(outer, "one", "1.1.0")
        self.carry(outer, "--parent", str(self.said["trip"]))
        must("bundle", "import", self.usb, "--data", inner)
        self.bring(inner, "two", "1.0.0", "--repo", "own")
        self.server = Server(data=inner)

    @staticmethod
    def bring(data, name, version, *arguments):
        file = temporary() / f"{name}-{version}.tgz"
        file.write_bytes(chart(name, version))
        must("import", "--data", data, *arguments, file)

    def carry(self, outer, *arguments):
        self.said = json.loads(must("bundle", "create", "--repo", "main", "--data", outer, "--json",
                                    "-o", f"{self.usb}/", *arguments))


def asked(server, path):
    answer = server.request("GET", path)
    equal(answer.status, 200, path)
    return answer.body.decode()


@test
def the_api_tells_the_trips():
    trip = Trip()
    server = trip.server
    trips = json.loads(asked(server, "/api/v1/repos/main/trips"))["trips"]
    equal([t["trip"] for t in trips], [trip.said["trip"], trip.said["parent"]])
    equal({t["signed_by"] for t in trips}, {"outer.example.org"})
    equal([t["versions"] for t in trips], [1, 1])
    equal(json.loads(asked(server, "/api/v1/repos/main"))["trip"], trips[0])
    equal(json.loads(asked(server, "/api/v1/repos/own/trips")), {"trips": []})
    equal("trip" in json.loads(asked(server, "/api/v1/repos/own")), False)
    equal(server.request("GET", "/api/v1/repos/none/trips").status, 404)
    told = json.loads(must("bundle", "list", "--repo", "main", "--data", server.data, "--json"))
    equal(told["trips"], trips)
    equal([t["repo"] for t in trips], ["main", "main"])
    equal(json.loads(must("bundle", "list", "--data", server.data, "--json"))["trips"], trips)


@test
def the_command_tells_them_to_people():
    trip = Trip()
    data, said = trip.server.data, trip.said
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
    trip = Trip()
    number = trip.said["trip"]
    server = trip.server
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
    trip = Trip()
    server = trip.server
    text = asked(server, "/metrics")
    contains(text, f'chartlocker_trip_event{{repo="main"}} {trip.said["trip"]}\n')
    equal(re.findall(r'chartlocker_trip_timestamp_seconds{repo="(\w+)"} [1-9]\d{9}\n', text), ["main"])


main()
