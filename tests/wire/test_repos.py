#!/usr/bin/env python3
"""Repositories over /api/v1/repos: made, shown, set, renamed, deleted; and what becomes of their
charts. The command `chartlocker repo` is in tests/client/test_repo_command.py."""
import functools
import json

from wire import Server, catalog, contains, equal
from openpgp import PUBLIC
from people import add_token, bearer
from harness import chart, must, main, table, test

DEFAULTS = {"create_on_push": False, "description": "", "index_format": "default", "keep_days": 0,
            "keep_last": 0, "keep_per_minor": 0, "keep_pulled_days": 0, "keyring": "", "known_as": "",
            "maintainers": "", "max_bytes": 0, "max_versions": 0, "overwrite": False,
            "private": False, "provenance": "off", "publisher_id": "", "undelete_days": 7}
LONG = "a" * 63


def call(server, method, path, body=None):
    """(status, what the answer says)."""
    text = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
    answer = server.request(method, f"/api/v1/repos{path}", text)
    kind = answer.headers["Content-Type"].split(";")[0]
    equal(kind, "application/json" if answer.status < 400 else "application/problem+json")
    return answer.status, json.loads(answer.body)


def refused(server, method, path, body, status, code, words):
    before = catalog(server)
    got, said = call(server, method, path, body)
    equal((got, said["status"], said["code"]), (status, status, code), said)
    contains(said["detail"], words)
    equal(said["error"], said["detail"])
    equal(catalog(server), before, "it left something")


def events(server):
    return [(e["kind"], e["repo"], e["detail"])
            for e in map(json.loads, must("log", "--json", "-d", server.data).splitlines())
            if e["kind"].startswith("repo.")]


def names(server):
    return [repo["name"] for repo in call(server, "GET", "")[1]]


def shown(name, charts=0, versions=0, event=0, **settings):
    return {"name": name, "default": name == "main", "kind": "hosted",
            "private": settings.get("private", False), "verified": False,
            "charts": charts, "versions": versions, "event": event,
            "settings": {**DEFAULTS, **settings}}


# ---- making, showing, setting ----

@test
def made_and_shown():
    server = Server()
    equal(call(server, "GET", ""), (200, [shown("main", event=1)]))
    made = shown("stable", event=2, private=True)
    equal(call(server, "POST", "", {"name": "stable", "private": True}), (201, made))
    empty = {"pulls": 0, "stored": {"versions": 0, "bytes": 0}}
    equal(call(server, "GET", "/stable"), (200, {**made, **empty}))
    team = shown("team-a/stable", event=3, keep_last=20, max_bytes=1 << 30, description="wörds")
    equal(call(server, "POST", "", {"name": "team-a/stable", "keep_last": "20", "max_bytes": "1g",
                                    "description": "wörds"}), (201, team))
    equal(call(server, "GET", "/team-a/stable"), (200, {**team, **empty}))
    equal(call(server, "GET", "")[1], [shown("main", event=1), made, team])
    equal(events(server)[1:], [
        ("repo.create", "stable", {"settings": {"private": True}}),
        ("repo.create", "team-a/stable",
         {"settings": {"description": "wörds", "keep_last": 20, "max_bytes": 1 << 30}})])
    server.stop()
    equal(call(Server(data=server.data), "GET", "")[1], [shown("main", event=1), made, team])


@table(("all of them", ""), ("one", "/stable"))
def a_kind_that_is_none(path):
    refused(shared(), "GET", f"{path}?kind=Virtual", None, 400, "invalid_request", "none of: hosted upstream virtual")
    equal(call(shared(), "GET", "?kind=virtual"), (200, []))


@test
def set_and_given_back():
    server = Server()
    call(server, "POST", "", {"name": "stable", "private": True, "keep_last": 3})
    equal(call(server, "PATCH", "/stable", {"keep_last": 5, "keep_days": 30}),
          (200, shown("stable", event=3, private=True, keep_last=5, keep_days=30)))
    equal(call(server, "PATCH", "/stable", {"private": None, "keep_last": None}),
          (200, shown("stable", event=4, keep_days=30)))
    for same in ({}, {"keep_days": 30}, b""):
        equal(call(server, "PATCH", "/stable", same), (200, shown("stable", event=4, keep_days=30)))
    equal(events(server)[2:], [
        ("repo.set", "stable", {"settings": {"keep_days": 30, "keep_last": 5, "private": True}}),
        ("repo.set", "stable", {"settings": {"keep_days": 30}})])


@test
def the_index_format_is_a_setting():
    server = Server()
    equal(server.publish(chart(), "stable").status, 201)
    equal(server.get("/stable/index.yaml").body[:1], b"{")
    equal(call(server, "PATCH", "/stable", {"index_format": "yaml"})[0], 200)
    equal(server.get("/stable/index.yaml").body[:10], b"apiVersion")
    equal(call(server, "PATCH", "/stable", {"index_format": None})[0], 200)
    equal(server.get("/stable/index.yaml").body[:1], b"{")


@table(("a reserved name", {"name": "api"}, '"api" is reserved'),
       ("a reserved second segment", {"name": "team/charts"}, '"charts" is reserved'),
       ("a name like an event's", {"name": "team/@1"}, "a segment is"),
       ("capitals", {"name": "Stable"}, "a segment is"),
       ("three segments", {"name": "a/b/c"}, "more than two segments"),
       ("a long segment", {"name": LONG + "a"}, "a segment is 1 to 63"),
       ("a path", {"name": "../x"}, "a segment is"),
       ("no name", {"private": True}, "name: the name of a repository is expected"),
       ("a number", {"name": 5}, "name: the name of a repository is expected"),
       ("a list of names", {"name": ["a"]}, "name: the name of a repository is expected"),
       ("an unknown setting", {"name": "x", "privat": True}, 'has no setting "privat"'),
       ("neither true nor false", {"name": "x", "private": "maybe"}, "neither true nor false"),
       ("a list as a value", {"name": "x", "private": [True]}, "private: a single value"),
       ("a word that is none of them", {"name": "x", "provenance": "on"}, "off check require"),
       ("below the minimum", {"name": "x", "keep_last": -1}, '"-1" is not a number'),
       ("above the maximum", {"name": "x", "undelete_days": 3651}, "not between 0 and 3650"),
       ("a fraction", {"name": "x", "keep_last": 1.5}, '"1.5" is not a number'),
       ("a description that is too long", {"name": "x", "description": "x" * 1001}, "1000 bytes"),
       ("a list", [], "a JSON object is expected"), ("no JSON", b"{", "body:1:"),
       ("a key that stands twice", b'{"name":"x","name":"y"}', "name"))
def not_made(body, words):
    refused(shared(), "POST", "", body, 400, "invalid_request", words)


@table(("an unknown setting", "/stable", {"privat": True}, 400, 'has no setting "privat"'),
       ("a new name", "/stable", {"name": "other"}, 400, 'has no setting "name"'),
       ("a wrong value", "/stable", {"max_bytes": "many"}, 400, "a size like 20m"),
       ("no repository", "/none", {}, 404, 'there is no repository "none"'))
def not_set(path, body, status, words):
    refused(shared(), "PATCH", path, body, status,
            "invalid_request" if status == 400 else "repository_not_found", words)


@test
def a_large_keyring():
    server, keys = Server(), PUBLIC * 400
    equal(call(server, "POST", "", {"name": "stable", "keyring": keys})[0], 201)
    equal(call(server, "GET", "/stable")[1]["settings"]["keyring"], keys)
    equal(call(server, "PATCH", "/stable", {"keyring": keys * 2})[0], 400)


@test
def a_body_is_not_endless():
    answer = shared().request("POST", "/api/v1/repos", b" " * (600 << 10))
    equal((answer.status, json.loads(answer.body)["code"]), (413, "too_large"))


@test
def made_twice():
    refused(shared(), "POST", "", {"name": "stable"}, 409, "repository_exists",
            "chartlocker repo set stable")


@functools.cache
def shared():
    """A server with a repository, for what is refused."""
    running = Server(keep=True)
    equal(call(running, "POST", "", {"name": "stable"})[0], 201)
    return running


# ---- renaming ----

@test
def renamed():
    server = Server()
    equal(server.publish(chart(), "stable").status, 201)
    equal(call(server, "PATCH", "/stable", {"private": True, "keep_last": 4})[0], 200)
    before = server.index("stable")["entries"]
    status, said = call(server, "POST", "/stable/rename", {"to": "team-a/prod"})
    equal((status, said), (200, shown("team-a/prod", 1, 1, said["event"], private=True, keep_last=4)))
    equal(server.index("team-a/prod")["entries"], before)
    equal(server.get("/team-a/prod/charts/demo-1.0.0.tgz").body, chart())
    for old, new in (("/stable/index.yaml", "/team-a/prod/index.yaml"),
                     ("/stable/charts/demo-1.0.0.tgz", "/team-a/prod/charts/demo-1.0.0.tgz"),
                     ("/api/v1/repos/stable", "/api/v1/repos/team-a/prod")):
        answer = server.get(old)
        equal((answer.status, answer.headers["Location"]), (308, new))
        said = json.loads(answer.body)
        equal(said["code"], "repository_renamed")
        contains(said["error"], f'repository "stable" is called "team-a/prod" now; send it to {new}')
    for method, old, new in (("POST", "/api/stable/charts", "/api/team-a/prod/charts"),
                             ("PUT", "/stable/demo-1.0.0.tgz", "/team-a/prod/demo-1.0.0.tgz"),
                             ("DELETE", "/api/stable/charts/demo/1.0.0?x=1",
                              "/api/team-a/prod/charts/demo/1.0.0?x=1")):
        answer = server.request(method, old, chart("more"))
        equal((answer.status, answer.headers["Location"]), (308, new))
        said = json.loads(answer.body)
        equal(said, {"error": f'repository "stable" is called "team-a/prod" now; send it to {new}',
                     "code": "repository_renamed", "request_id": answer.headers["X-Request-Id"]})
    equal(names(server), ["main", "team-a/prod"])
    equal(server.publish(chart("more"), "team-a/prod").status, 201)
    server.stop()
    again = Server(data=server.data)
    equal(sorted(again.index("team-a/prod")["entries"]), ["demo", "more"])
    equal(again.get("/stable/index.yaml").status, 308)
    equal(must("fsck", "-d", server.data, "--json")[:1], "{")


@test
def the_right_segment_of_an_address_is_renamed():
    """Other servers' addresses may say the repository's old name elsewhere as well."""
    server = Server(args=("--set", "base_path=/pub"))
    equal(server.publish(chart(), "x").status, 201)
    equal(call(server, "POST", "/x/rename", {"to": "team/x"})[0], 200)
    for old, new in (("/api/v4/projects/x/packages/helm/x/index.yaml?a=/x",
                      "/api/v4/projects/x/packages/helm/team/x/index.yaml?a=/x"),
                     ("/artifactory/api/helm/x/index.yaml", "/artifactory/api/helm/team/x/index.yaml"),
                     ("/api/v1/repos/x", "/api/v1/repos/team/x"),
                     ("/pub/x/index.yaml", "/pub/team/x/index.yaml"),
                     ("/%78//index.yaml", "/team/x//index.yaml"),
                     ("//x/index.yaml", "/team/x/index.yaml")):
        answer = server.get(old)
        equal((old, answer.headers["Location"]), (old, new))
        equal(server.get(new).status, 200)


@test
def no_cache_keeps_where_a_repository_went():
    """Its old name is free for another one, and a private one's is nobody else's business."""
    server = Server()
    for name in "open", "vault":
        equal(server.publish(chart(), name).status, 201)
        equal(call(server, "PATCH", f"/{name}", {"private": name == "vault"})[0], 200)
        equal(call(server, "POST", f"/{name}/rename", {"to": f"new-{name}"})[0], 200)
    for path in "index.yaml", "charts/demo-1.0.0.tgz", "@2026-11-01T00:00:00Z/charts/demo-1.0.0.tgz":
        answer = server.get(f"/open/{path}")
        equal((answer.status, answer.headers["Cache-Control"]), (308, "no-store"))
        answer = server.get(f"/vault/{path}")
        equal((answer.status, answer.headers["Cache-Control"]), (308, "no-store"))
    answer = server.get("/new-open/@2199-11-01T00:00:00Z/charts/demo-1.0.0.tgz")
    equal((answer.status, answer.headers["Cache-Control"]), (302, "no-cache"))
    equal(server.get("/api/v1/repos/open").headers["Cache-Control"], "no-store")


@test
def the_old_name_is_free():
    server = Server()
    call(server, "POST", "", {"name": "stable"})
    equal(call(server, "POST", "/stable/rename", {"to": "prod"})[0], 200)
    equal(call(server, "POST", "", {"name": "stable", "keep_last": 1}),
          (201, shown("stable", event=5, keep_last=1)))
    equal(server.publish(chart(), "stable").status, 201)
    equal(list(server.index("prod")["entries"]), [])


@test
def nothing_is_published_by_the_old_name():
    """A job that may push and not pull is not led to the new name: what it sends must not become
    public by a new repository of the old one."""
    server = Server()
    call(server, "POST", "", {"name": "stable", "private": True})
    equal(call(server, "POST", "/stable/rename", {"to": "prod"})[0], 200)
    server.stop()
    token = bearer(add_token(server.data, "ci", "push:stable"))
    again = Server(data=server.data)
    for query in ("", "?dry_run"):
        answer = again.request("POST", f"/api/stable/charts{query}", chart(), token)
        equal((answer.status, json.loads(answer.body)["code"]), (404, "repository_not_found"))
    equal(again.get("/stable/index.yaml").status, 404)
    equal(json.loads(again.get("/api/v1/repos").body)[1:], [])


@table(("the default repository", "/main", {"to": "x"}, 400, "invalid_request", "default repository"),
       ("to one that is there", "/stable", {"to": "main"}, 409, "repository_exists", '"main" exists'),
       ("to itself", "/stable", {"to": "stable"}, 409, "repository_exists", '"stable" exists'),
       ("to a reserved name", "/stable", {"to": "v2"}, 400, "invalid_request", "reserved"),
       ("to nothing", "/stable", {}, 400, "invalid_request", "to: the name of a repository"),
       ("with settings", "/stable", {"to": "x", "private": True}, 400, "invalid_request", '"private"'),
       ("one that is not there", "/none", {"to": "x"}, 404, "repository_not_found", '"none"'))
def not_renamed(path, body, status, code, words):
    refused(shared(), "POST", f"{path}/rename", body, status, code, words)


# ---- deleting ----

@test
def deleted():
    server = Server()
    for repo in ("stable", "team-a/stable"):
        equal(server.publish(chart(), repo).status, 201)
        equal(call(server, "DELETE", f"/{repo}?confirm={repo}"), (200, {"deleted": True, "name": repo}))
        for path in ("/index.yaml", "/charts/demo-1.0.0.tgz"):
            equal(server.get(f"/{repo}{path}").status, 404)
    equal(names(server), ["main"])
    kept = [p for p in (server.data / "quarantine").rglob("*.tgz")]
    equal([p.read_bytes() for p in kept], [chart(), chart()])
    equal([e[:2] for e in events(server)][-3:], [("repo.delete", "stable"), (
        "repo.create", "team-a/stable"), ("repo.delete", "team-a/stable")])
    server.stop()
    again = Server(data=server.data)
    equal(names(again), ["main"])
    equal(call(again, "POST", "", {"name": "stable"})[0], 201)
    equal(again.publish(chart(description="other"), "stable").status, 201)    # nothing of it is left


@test
def a_deletion_takes_no_body():
    """Who asks for a dry run there would not be read."""
    server = Server()
    call(server, "POST", "", {"name": "stable"})
    for path in ("/repos/stable", "/upstreams/stable", "/quarantine/stable"):
        answer = server.request("DELETE", f"/api/v1{path}?confirm=stable", '{"dry_run":true}')
        equal((answer.status, json.loads(answer.body)["code"]), (413, "too_large"), path)
    equal(names(server), ["main", "stable"])


def ended(server, repo, how):
    end = repo
    if "renamed" in how:
        end = f"{repo}-other"
        equal(call(server, "POST", f"/{repo}/rename", {"to": end})[0], 200)
    if "deleted" in how:
        equal(call(server, "DELETE", f"/{end}?confirm={end}")[0], 200)
    if "purged" in how:
        equal(server.request("DELETE", f"/api/v1/quarantine/{end}?confirm={end}").status, 200)


ENDS = tuple((how, how) for how in (
    "renamed", "deleted", "deleted and purged", "renamed and deleted"))


def not_made_by_a_push(server, repo, words):
    for query in ("", "?dry_run"):
        answer = server.request("POST", f"/api/{repo}/charts{query}", chart())
        said = json.loads(answer.body)
        equal((answer.status, said["code"]), (404, "repository_not_found"))
        contains(said["error"], words)
    equal(server.get(f"/{repo}/index.yaml").status, 404)


@table(("beyond its quota", {"max_bytes": 10}, 507, "quota_exceeded"),
       ("without a signature", {"provenance": "require"}, 422, "signature_required"))
def a_push_that_is_refused_makes_nothing(settings, status, code):
    server = Server()
    equal(call(server, "POST", "", {"name": "team", "create_on_push": True, **settings})[0], 201)
    before, log = names(server), events(server)
    answer = server.publish(chart(), "team/one")
    equal((answer.status, json.loads(answer.body)["code"]), (status, code))
    equal((names(server), events(server)), (before, log))
    equal([path.name for path in (server.data / "repos/team").iterdir() if path.is_dir()], ["charts"])
    equal(call(server, "PATCH", "/team", dict.fromkeys(settings))[0], 200)
    equal(server.publish(chart(), "team/one").status, 201)


@functools.cache
def teams():
    """A server whose private repositories, {how each ended: its name}, are no more; started again since."""
    first, teams = Server(keep=True), {}
    for how, _ in ENDS[1:]:                      # a renamed one: nothing_is_published_by_the_old_name
        teams[how] = f"team-{len(teams)}"
        equal(call(first, "POST", "", {"name": teams[how], "private": True})[0], 201)
        ended(first, teams[how], how)
    first.stop()
    return Server(data=first.data, keep=True), teams


@table(*ENDS[1:])
def a_push_makes_no_name_again(how):
    """It was private, and what a push makes is public."""
    server, names = teams()
    not_made_by_a_push(server, names[how], f"make it with: chartlocker repo create {names[how]}")
    equal(call(server, "POST", "", {"name": names[how], "private": True})[0], 201)
    equal(server.publish(chart(), names[how]).status, 201)


@table(*ENDS)
def a_push_makes_nothing_below_what_ended(how):
    server, corp = teams()[0], f"corp-{how.replace(' ', '-')}"
    equal(call(server, "POST", "", {"name": corp, "private": True, "create_on_push": True})[0], 201)
    ended(server, corp, how)
    not_made_by_a_push(server, f"{corp}/new", f"make it with: chartlocker repo create {corp}/new")
    equal(call(server, "POST", "", {"name": f"{corp}/new", "private": True})[0], 201)
    equal(server.publish(chart(), f"{corp}/new").status, 201)


@test
def a_push_makes_what_nothing_was_handed_down_to():
    server = teams()[0]
    call(server, "POST", "", {"name": "crew", "private": True})
    ended(server, "crew", "deleted")
    equal(server.publish(chart(), "crew/new").status, 201)


@test
def an_upload_that_outlives_its_repository():
    server, body = Server(), chart()
    call(server, "POST", "", {"name": "team", "private": True})
    with server.connect() as link:
        link.sendall(f"POST /api/team/charts HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
                     f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body[:200])
        ended(server, "team", "deleted")
        link.sendall(body[200:])
        contains(link.recv(65536).decode(), "HTTP/1.1 404 ")
    equal(names(server), ["main"])


@table(("without its name", "/stable", 400, "invalid_request", "?confirm=stable"),
       ("with another name", "/stable?confirm=main", 400, "invalid_request", "?confirm=stable"),
       ("with an empty name", "/stable?confirm=", 400, "invalid_request", "?confirm=stable"),
       ("the default repository", "/main?confirm=main", 400, "invalid_request", "default repository"),
       ("one that is not there", "/none?confirm=none", 404, "repository_not_found", '"none"'))
def t_ops_09_not_deleted(path, status, code, words):
    refused(shared(), "DELETE", path, None, status, code, words)


# ---- dry runs ----

@table(("made", "POST", "", {"name": "new", "private": True}, "new"),
       ("set", "PATCH", "/stable", {"private": True}, "stable"),
       ("renamed", "POST", "/stable/rename", {"to": "other"}, "other"),
       ("deleted", "DELETE", "/stable", None, "stable"))
def t_ops_09_dry_run(method, path, body, name):
    server = shared()
    before = catalog(server), call(server, "GET", "")
    equal(call(server, method, f"{path}?dry_run&confirm=stable", body),
          (200, {"dry_run": True, "name": name}))
    equal((catalog(server), call(server, "GET", "")), before)


@table(("made twice", "POST", "", {"name": "stable"}, 409),
       ("an unknown setting of a new one", "POST", "", {"name": "new", "x": 1}, 400),
       ("an unknown setting", "PATCH", "/stable", {"x": 1}, 400),
       ("renamed to one that is there", "POST", "/stable/rename", {"to": "main"}, 409),
       ("the default deleted", "DELETE", "/main", None, 400))
def dry_run_is_the_whole_verdict(method, path, body, status):
    equal(call(shared(), method, f"{path}?dry_run&confirm=main", body)[0], status)


if __name__ == "__main__":
    main()
