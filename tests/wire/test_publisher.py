#!/usr/bin/env python3
"""artifacthub-repo.yml: an upstream's is followed, ours is served."""
import json

from wire import Server, equal
from chart_server import ChartServer
from following import follow, refresh, refreshed, shown, status
from harness import chart, main, test

ID, OTHER = "0a1b2c3d-0000-4000-8000-00000000000a", "0a1b2c3d-0000-4000-8000-00000000000b"
FILE = "/artifacthub-repo.yml"


def publish(upstream, text):
    upstream.files[FILE] = text.encode()


def followed(upstream, **settings):
    for version in "1.0.0", "1.1.0-beta.1", "1.1.0":
        upstream.put("demo", version)
    upstream.put("other", "0.1.0")
    server = Server()
    follow(server, upstream, **settings)
    return server


@test
def what_the_publisher_ignores_is_left_out():
    with ChartServer() as upstream:
        publish(upstream, "ignore:\n- name: demo\n  version: beta\n- name: other\n")
        server = followed(upstream)
        dry = refreshed(server, dry_run=True)
        equal([(r["rule"], r["versions"]) for r in dry["rules"]],
              [("taken", 2), ("ignored by its publisher", 2)])
        equal(refreshed(server)["added"], 2)
        equal(shown(server), {"demo": ["1.1.0", "1.0.0"]})
        publish(upstream, "ignore: [{name: demo, version: '^1\\.0'}]\n")
        refreshed(server)                    # the index is what it was
        equal(shown(server), {"demo": ["1.1.0", "1.1.0-beta.1"], "other": ["0.1.0"]})
        del upstream.files[FILE]
        refreshed(server)
        equal(shown(server), {"demo": ["1.1.0", "1.1.0-beta.1", "1.0.0"], "other": ["0.1.0"]})


@test
def an_error_flips_nothing():
    with ChartServer() as upstream:
        publish(upstream, f"repositoryID: {ID}\nignore: [{{name: other}}]\n")
        server = followed(upstream, publisher_id=ID)
        refreshed(server)
        for broken in "a: [", "<!doctype html>\n<title>Sign in</title>\n", "#" * (65 << 10):
            publish(upstream, broken)
            refreshed(server, whole=True)
            equal(status(server)["publisher"]["verified"], True, broken[:20])
            equal(sorted(shown(server)), ["demo"], broken[:20])
        upstream.status = 500
        refresh(server)
        equal(status(server)["publisher"]["verified"], True)
        equal(sorted(shown(server)), ["demo"])


@test
def it_is_asked_for_once_a_refresh_and_conditionally():
    with ChartServer() as upstream:
        publish(upstream, f"repositoryID: {ID}\n")
        server = followed(upstream)
        for count in 1, 2, 3:
            refreshed(server)
            equal((upstream.count(FILE), upstream.count("/index.yaml")), (count, count))
        conditions = ["If-None-Match" in headers for path, headers in upstream.requests if path == FILE]
        equal(conditions, [False, True, True])


@test
def a_verified_publisher():
    with ChartServer() as upstream:
        publish(upstream, f"repositoryIDs: [{OTHER}, {ID.upper()}]\n"
                          "owners: [{name: Ann, email: ann@example.org}]\n")
        server = followed(upstream, publisher_id=ID)
        refreshed(server)
        said = status(server)["publisher"]
        equal(said, {"verified": True, "ids": [OTHER, ID.upper()], "ignored": 0,
                     "owners": [{"name": "Ann", "email": "ann@example.org"}]})
        answer = json.loads(server.request("GET", "/api/v1/repositories/search?name=up").body)
        equal([r["verified_publisher"] for r in answer], [True])
        repos = lambda: {r["name"]: r["verified"] for r in
                         json.loads(server.request("GET", "/api/v1/repos").body)}
        one = lambda: json.loads(server.request("GET", "/api/v1/repos/up").body)["verified"]
        equal((repos(), one()), ({"main": False, "up": True}, True))
        for page, word in (("/repos/up", b"verified publisher"), ("/repos/up", b"Ann (ann@example.org)"),
                           ("/packages/up/demo", b"a verified publisher")):
            assert word in server.request("GET", page, headers={"Accept": "text/html"}).body, (page, word)
        server.stop()
        server = Server(data=server.data)    # remembered
        equal(repos(), {"main": False, "up": True})
        answer = json.loads(server.request("GET", "/api/v1/packages/helm/up/demo").body)
        equal(answer["repository"]["verified_publisher"], True)
        names = lambda asked: sorted(p["name"] for p in json.loads(server.request(
            "GET", f"/api/v1/packages/search?{asked}").body)["packages"])
        equal(server.publish(chart("here")).status, 201)
        equal((names(""), names("verified_publisher=true")), (["demo", "here", "other"], ["demo", "other"]))
        equal(names("verified_publisher=true&limit=1&offset=1&sort=last_updated&repo=up&facets=true"), ["other"])
        publish(upstream, f"repositoryID: {OTHER}\n")
        refreshed(server)
        equal(names("verified_publisher=true"), [])
        answer = json.loads(server.request("GET", "/api/v1/packages/helm/up/demo").body)
        equal(answer["repository"]["verified_publisher"], False)
        equal((repos(), one()), ({"main": False, "up": False}, False))


@test
def ours_is_served():
    server = Server()
    server.request("PATCH", "/api/v1/repos/main", json.dumps({"maintainers": "Ann <ann@example.org>\nPlatform"}))
    [repo] = json.loads(server.request("GET", "/api/v1/repositories/search?name=main").body)
    answer = server.request("GET", "/main/artifacthub-repo.yml")
    equal(answer.status, 200, answer.body)
    equal(answer.body.decode(), f"repositoryID: {repo['repository_id']}\n"
          'owners:\n  - name: "Ann"\n    email: "ann@example.org"\n  - name: "Platform"\n')
    server.request("PATCH", "/api/v1/repos/main", json.dumps({"publisher_id": ID, "maintainers": None}))
    equal(server.request("GET", "/artifacthub-repo.yml").body.decode(), f"repositoryID: {ID}\n")
    with ChartServer() as upstream:
        follow(server, upstream)
        equal(server.request("GET", "/up/artifacthub-repo.yml").status, 404)


if __name__ == "__main__":
    main()
