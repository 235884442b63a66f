#!/usr/bin/env python3
"""The audit log: who did what from where, and what became of it. Every route that changes
something leaves a row, and so does everybody who is refused."""
import functools
import json
import re
import sqlite3
from urllib.parse import urlencode

from wire import equal, metric
from people import PASSWORD, add_token, basic, bearer, peopled, rows, token
from route_table import over_control, routes
from harness import (Server, chart, command, main, must, open_catalog, provenance, settled, table, temporary,
                     test)
from museum import Museum

CANARIES = ("canary-password-of-alice", "canary-password-of-bob")


def audit(data, since=0):
    with open_catalog(data) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM audit WHERE id > ?", (since,))]


def last(data):
    return max([row["id"] for row in audit(data)], default=0)


def wait_for(data, since, count=1):
    """What was refused is written a second later."""
    settled(lambda: len(audit(data, since)) >= count)
    return audit(data, since)


def with_people(keep=False):
    """A server with alice (admin:*), a token of hers and one that may pull."""
    data = peopled({"alice": "admin:*"}, keep)
    texts = {name: add_token(data, name, roles, user="alice")
             for name, roles in (("all", "admin:*"), ("reader", "pull:*"))}
    return Server(data=data, keep=keep), texts


@functools.cache
def known():
    """The same, for rows that look at what they add alone."""
    return with_people(keep=True)


def form(server, who, path, fields):
    """As a page sends it."""
    page = server.get("/account", bearer(who)).body.decode()
    fields = {**fields, "code": re.search(r'name="code" value="(\w+)"', page)[1]}
    return server.request("POST", path, urlencode(fields), {
        **bearer(who), "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"})


def send(server, who, method, path, body=None):
    if path.startswith(("/account/", "/admin/")):
        return form(server, who, path, body)
    body = json.dumps(body) if isinstance(body, dict) else body
    return server.request(method, path, body, {**bearer(who), "Accept": "application/json"})


# Other servers' addresses of publishing; {file} is the version's.
ELSEWHERE = (
    ("POST", "/api/v4/projects/{any}/packages/helm/api/{repo}/charts"),
    ("POST", "/api/api/v4/projects/{any}/packages/helm/{repo}/charts"),
    ("POST", "/api/packages/{repo}/helm/api/charts"),
    ("PUT", "/api/packages/{repo}/helm/api/charts"),
    ("POST", "/api/api/packages/{repo}/helm/charts"),
    ("PUT", "/repository/{repo}/{file}"), ("PUT", "/artifactory/{repo}/{file}"),
)


def elsewhere(number, method, pattern):
    file = f"demo-2.{number}.0.tgz"
    path = pattern.replace("{any}", "7").replace("{repo}", "team").replace("{file}", file)
    return (method, pattern, path, chart("demo", f"2.{number}.0"), "publish", f"team/{file}")


# In an order that each finds what it needs: method, pattern, path, body, action, object.
VERSION = {"chart": "demo", "version": "1.0.0"}
GOOD = (
    ("POST", "/api/v1/repos", "/api/v1/repos", {"name": "team"}, "repo.create", "team"),
    ("PATCH", "/api/v1/repos/{repo}", "/api/v1/repos/team", {"description": "x"}, "repo.set",
     "team"),
    ("POST", "/api/{repo?}/charts", "/api/team/charts", chart("demo", "1.0.0"), "publish",
     "team/demo-1.0.0.tgz"),
    ("PUT", "/{repo?}/charts/{file}", "/team/charts/demo-1.1.0.tgz", chart("demo", "1.1.0"),
     "publish", "team/demo-1.1.0.tgz"),
    *(elsewhere(number, *row) for number, row in enumerate(ELSEWHERE)),
    ("PUT", "/{repo?}/{file}", "/team/demo-1.2.0.tgz", chart("demo", "1.2.0"), "publish",
     "team/demo-1.2.0.tgz"),
    ("POST", "/api/{repo?}/prov", "/api/team/prov", provenance(chart("demo", "1.0.0")),
     "provenance", "team/demo-1.0.0.tgz"),
    *((method, "/api/v1/charts/{repo~}/{name}/{version}/images", "/api/v1/charts/team/demo/1.0.0/images", body, action,
       "team/demo-1.0.0.tgz") for method, body, action in (("PUT", b"redis:7", "images"), ("DELETE", b"", "images.remove"))),
    ("POST", "/api/v1/repos/{repo}/yank", "/api/v1/repos/team/yank", VERSION, "yank",
     "team/demo-1.0.0.tgz"),
    ("POST", "/api/v1/repos/{repo}/unyank", "/api/v1/repos/team/unyank", VERSION, "unyank",
     "team/demo-1.0.0.tgz"),
    ("DELETE", "/api/{repo?}/charts/{name}/{version}", "/api/team/charts/demo/1.0.0", None,
     "delete", "team/demo-1.0.0.tgz"),
    ("POST", "/api/v1/repos/{repo}/undelete", "/api/v1/repos/team/undelete", VERSION, "undelete",
     "team/demo-1.0.0.tgz"),
    ("POST", "/api/v1/repos/{repo}/purge", "/api/v1/repos/team/purge", VERSION, "purge",
     "team/demo-1.0.0.tgz"),
    ("POST", "/api/v1/repos", "/api/v1/repos", {"name": "all", "members": "team"}, "repo.create", "all"),
    ("POST", "/api/v1/repos/{repo}/promote", "/api/v1/repos/all/promote",
     {"chart": "demo", "version": "1.1.0", "reason": "tested"}, "promote", "all/demo-1.1.0.tgz"),
    ("POST", "/api/v1/repos/{repo}/unpromote", "/api/v1/repos/all/unpromote",
     {"chart": "demo", "version": "1.1.0"}, "unpromote", "all/demo-1.1.0.tgz"),
    ("POST", "/api/v1/repos/{repo}/retention", "/api/v1/repos/team/retention", None, "retention",
     "/api/v1/repos/team/retention"),
    ("POST", "/api/v1/repos/{repo}/rename", "/api/v1/repos/team/rename", {"to": "crew"},
     "repo.rename", "team to crew"),
    ("DELETE", "/api/v1/repos/{repo}", "/api/v1/repos/crew?confirm=crew", None, "repo.delete",
     "crew"),
    ("DELETE", "/api/v1/quarantine/{repo}", "/api/v1/quarantine/crew?confirm=crew", None,
     "repo.purge", "crew"),
    ("POST", "/api/v1/upstreams", "/api/v1/upstreams",
     {"name": "follow", "url": "http://127.0.0.1:8099", "allow_private": True}, "repo.create", "follow"),
    ("PATCH", "/api/v1/upstreams/{repo~}", "/api/v1/upstreams/follow", {"refresh_minutes": 0}, "repo.set",
     "follow"),
    ("POST", "/api/v1/upstreams/{repo~}/refresh", "/api/v1/upstreams/follow/refresh", {},
     "upstream.refresh", "/api/v1/upstreams/follow/refresh"),
    ("POST", "/api/v1/upstreams/{repo~}/hook", "/api/v1/upstreams/follow/hook", None, "upstream.hook",
     "follow"),
    ("DELETE", "/api/v1/upstreams/{repo~}", "/api/v1/upstreams/follow?confirm=follow", None, "repo.delete",
     "follow"),
    ("POST", "/api/v1/users", "/api/v1/users",
     {"name": "bob", "roles": ["pull:*"], "password": CANARIES[0]}, "user.add", "user bob"),
    ("PATCH", "/api/v1/users/{name}", "/api/v1/users/bob", {"roles": ["push:*"]}, "user.set",
     "user bob"),
    ("POST", "/api/v1/users/{name}/password", "/api/v1/users/bob/password",
     {"password": CANARIES[1]}, "user.password", "user bob"),
    ("DELETE", "/api/v1/users/{name}", "/api/v1/users/bob", None, "user.remove", "user bob"),
    ("POST", "/api/v1/tokens", "/api/v1/tokens", {"name": "ci", "roles": ["pull:*"]},
     "token.create", "token ci"),
    ("DELETE", "/api/v1/tokens/{id}", "/api/v1/tokens/3", None, "token.revoke", "token 3"),
    ("POST", "/api/v1/account/tokens", "/api/v1/account/tokens",
     {"name": "own", "roles": ["pull:*"]}, "token.create", "token own"),
    ("DELETE", "/api/v1/account/tokens/{id}", "/api/v1/account/tokens/4", None, "token.revoke",
     "token 4"),
    ("POST", "/account/tokens", "/account/tokens", {"name": "desk", "roles": "pull:*"}, "token.create",
     "token desk"),
    ("POST", "/account/tokens/{id}/revoke", "/account/tokens/5/revoke", {}, "token.revoke", "token 5"),
    ("POST", "/account/tokens", "/account/tokens", {"name": "shelf", "roles": "pull:*"}, "token.create",
     "token shelf"),
    ("POST", "/admin/tokens/{id}/revoke", "/admin/tokens/6/revoke", {}, "token.revoke", "token 6"),
    ("POST", "/admin/users", "/admin/users", {"name": "carol", "roles": "pull:*", "password": CANARIES[0]},
     "user.add", "user carol"),
    ("POST", "/admin/users/{name}", "/admin/users/carol", {"roles": "push:*"}, "user.set", "user carol"),
    ("POST", "/admin/users/{name}/password", "/admin/users/carol/password", {"password": CANARIES[1]},
     "user.password", "user carol"),
    ("POST", "/admin/users/{name}/remove", "/admin/users/carol/remove", {}, "user.remove", "user carol"),
    ("POST", "/api/v1/hooks", "/api/v1/hooks", {"name": "one", "url": "http://127.0.0.1:9080/",
     "allow_private": True, "secret": CANARIES[0]}, "hook.add", "webhook one"),
    ("PATCH", "/api/v1/hooks/{name}", "/api/v1/hooks/one", {"headers": ["X-K: " + CANARIES[0]]}, "hook.set",
     "webhook one"),
    ("POST", "/api/v1/hooks/{name}/rotate", "/api/v1/hooks/one/rotate", {"secret": CANARIES[1]},
     "hook.rotate", "webhook one"),
    ("POST", "/api/v1/hooks/{name}/test", "/api/v1/hooks/one/test", None, "hook.test", "webhook one"),
    ("PUT", "/{repo?}/charts/{file}", "/charts/demo-1.0.0.tgz", chart("demo", "1.0.0"), "publish",
     "main/demo-1.0.0.tgz"),
    ("POST", "/control/fsck", "/control/fsck", None, "fsck", "/control/fsck"),
    ("POST", "/control/rebuild", "/control/rebuild", None, "rebuild", "/control/rebuild"),
    ("POST", "/control/damage", "/control/damage?repo=main&file=x-1.tgz", None, "damage",
     "/control/damage"),
    ("POST", "/control/scrubbed", "/control/scrubbed?files=1&bytes=1&problems=0", None, "scrub",
     "/control/scrubbed"),
    ("POST", "/control/backed-up", "/control/backed-up?events=1", None, "backup",
     "/control/backed-up"),
    ("POST", "/api/v1/deliveries/{id}/resend", "/api/v1/deliveries/1/resend", None, "hook.resend",
     "delivery 1"),
    ("DELETE", "/api/v1/hooks/{name}", "/api/v1/hooks/one", None, "hook.remove", "webhook one"),
    ("POST", "/admin/hooks", "/admin/hooks", {"name": "two", "url": "http://127.0.0.1:9080/", "allow_private": "on",
     "secret": CANARIES[0], "kinds": "*"}, "hook.add", "webhook two"),
    ("POST", "/admin/hooks/{name}", "/admin/hooks/two",
     {"headers": "X-K: " + CANARIES[0], "allow_private": "on"}, "hook.set",
     "webhook two"),
    ("POST", "/admin/hooks/{name}/test", "/admin/hooks/two/test", {}, "hook.test", "webhook two"),
    ("PUT", "/{repo?}/charts/{file}", "/charts/demo-1.1.0.tgz", chart("demo", "1.1.0"), "publish",
     "main/demo-1.1.0.tgz"),
    ("POST", "/admin/hooks/{name}/rotate", "/admin/hooks/two/rotate", {"secret": CANARIES[1]},
     "hook.rotate", "webhook two"),
    ("POST", "/control/fsck", "/control/fsck", None, "fsck", "/control/fsck"),
    ("POST", "/admin/hooks/{name}/deliveries/{id}/resend", "/admin/hooks/two/deliveries/2/resend", {},
     "hook.resend", "delivery 2"),
    ("POST", "/admin/hooks/{name}/remove", "/admin/hooks/two/remove", {}, "hook.remove", "webhook two"),
)
QUIET = {("POST", "/control/routes"), ("POST", "/api/v1/dependencies"),    # they read
         ("POST", "/login"), ("POST", "/logout")}    # change a cookie; a login that failed is told
# Forms of pages, which take a code: test_upload_page.py, test_admin_pages.py and
# test_upstream_pages.py look at their rows.
FORMS = {("POST", "/upload/{repo~}"), ("POST", "/admin/repos"), ("POST", "/admin/repos/{repo~}"),
         ("POST", "/admin/repos/{repo~}/rename"), ("POST", "/admin/repos/{repo~}/delete"),
         ("POST", "/admin/quarantine/{repo~}"),
         ("POST", "/admin/repos/{repo~}/refresh"), ("POST", "/admin/repos/{repo~}/accept")}
# test_upstreams.py looks at their rows.
OF_UPSTREAMS = {("POST", "/api/v1/upstreams/test"), ("POST", "/api/v1/upstreams/{repo~}/test"),
                ("POST", "/api/v1/upstreams/{repo~}/drift/accept"), ("POST", "/hooks/upstream/{repo~}")}
OF_BUNDLES = {("POST", "/control/bundle"),           # test_bundle_import.py looks at its row
              ("POST", "/api/v1/bundles"), ("DELETE", "/api/v1/bundles/{id}")}    # test_mirror_guards.py does
BY_PASSWORD = {("POST", "/api/v1/account/password"), ("POST", "/account/password")}    # test_people_pages.py


@test
def t_log_02_every_route_that_changes_something():
    """Against the route table: a new row without an entry here, or without a row there, fails."""
    server, texts = with_people()
    changing = {(method, row["pattern"]) for row in routes(server)
                for method in row["methods"].split(", ") if method not in ("GET", "HEAD")}
    equal({(method, pattern) for method, pattern, *_ in GOOD} | QUIET | FORMS | BY_PASSWORD | OF_UPSTREAMS | OF_BUNDLES,
          changing)
    for method, pattern, path, body, action, about in GOOD:
        before = last(server.data)
        answer = over_control(server, method, path, body) if path.startswith("/control/") else \
            send(server, texts["all"], method, path, body)
        assert 200 <= answer.status < 300 or answer.status == 303, (method, path, answer)
        found = wait_for(server.data, before)
        equal([(r["action"], r["object"], r["verdict"]) for r in found], [(action, about, "ok")],
              path)
        control = path.startswith("/control/")
        equal((found[0]["actor"], found[0]["name"]), ("admin", "admin") if control else ("t1", "all"))
        equal(found[0]["remote"], "unix" if control else "127.0.0.1")
        equal(found[0]["request"], answer.headers["X-Request-Id"])
    dump = json.dumps(audit(server.data))
    assert not any(c in dump for c in (*CANARIES, *texts.values(), PASSWORD)), "a secret"


@test
def the_row_names_the_event():
    server = Server()
    event = json.loads(server.publish(chart("demo")).body)["event"]
    equal([(r["event"], r["actor"]) for r in audit(server.data)], [(event, "anonymous")])


@table(("publish", "POST", "/api/charts", chart("demo")),
       ("rename", "POST", "/api/v1/repos/main/rename", {"to": "other"}),
       ("delete", "DELETE", "/api/charts/demo/1.0.0", None))
def refused_for_everybody(method, path, body):
    """Nobody in particular, somebody who may not, and a token that is none."""
    server, texts = known()
    for who, actor, action, verdict in ((None, "anonymous", None, "unauthorized"),
                                        (texts["reader"], "t2", None, "not_allowed"),
                                        (token(), "anonymous", "sign-in", "unauthorized")):
        before = last(server.data)
        answer = send(server, who, method, path, body) if who else \
            server.request(method, path, json.dumps(body) if isinstance(body, dict) else body)
        assert answer.status in (401, 403), answer
        found = wait_for(server.data, before)
        equal([(r["actor"], r["verdict"], r["object"]) for r in found], [(actor, verdict, path)])
        want = action or {"POST": "publish", "DELETE": "delete"}[method]
        equal(found[0]["action"], "repo.rename" if not action and "rename" in path else want)


@test
def t_auth_04_failed_logins_are_told():
    """On any address; by the name of an account, and never by one that may be a secret."""
    server, _ = known()
    for user, told in (("alice", "alice"), ("canary-typed-as-name", "")):
        before = last(server.data)
        equal(server.get("/index.yaml", basic(user, "not the password")).status, 401)
        found = wait_for(server.data, before)
        equal([(r["action"], r["verdict"], r["name"], r["object"]) for r in found],
              [("sign-in", "unauthorized", told, "/index.yaml")])
    assert "canary" not in json.dumps(audit(server.data))


@test
def what_was_judged_and_refused():
    server = Server()
    equal(server.publish(chart("demo")).status, 201)
    before = last(server.data)
    equal(server.publish(chart("demo", description="other")).status, 409)
    equal(server.publish(b"no archive").status, 400)
    found = wait_for(server.data, before, 2)     # each by a worker of its own: in no order
    equal(sorted((r["action"], r["object"], r["verdict"]) for r in found),
          [("publish", "main", "archive_refused"), ("publish", "main/demo-1.0.0.tgz", "version_exists")])


@test
def a_dry_run_and_a_reader_leave_none():
    server = Server()
    equal(server.publish(chart("demo")).status, 201)
    before = last(server.data)
    equal(server.request("POST", "/api/charts?dry_run", chart("demo", "2.0.0")).status, 200)
    equal(server.get("/index.yaml").status, 200)
    equal(server.get("/charts/none-1.0.0.tgz").status, 404)
    equal(server.publish(b"no archive").status, 400)     # whose row comes behind any of theirs
    equal([r["verdict"] for r in wait_for(server.data, before)], ["archive_refused"])


@test
def a_flood_of_strangers_is_bounded():
    """Ten rows a second above the queue's room; what is dropped is counted."""
    server, _ = with_people()
    link = server.connection()
    before, sent = len(audit(server.data)), 1500
    for _ in range(sent):
        equal(server.request("DELETE", "/api/charts/demo/1.0.0", connection=link).status, 401)
    link.close()

    def told():
        return len(audit(server.data)) + metric(server, "chartlocker_audit_dropped_total")

    assert settled(lambda: told() == before + sent), (told(), before + sent)
    assert metric(server, "chartlocker_audit_dropped_total") > 0


@test
def over_the_api():
    server, texts = known()
    before = last(server.data)
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        equal(send(server, texts["all"], "POST", "/api/charts", chart("demo", version)).status, 201)
    page = json.loads(send(server, texts["all"], "GET", f"/api/v1/audit?since={before}&limit=2").body)
    equal([r["object"] for r in page["audit"]], ["main/demo-1.0.0.tgz", "main/demo-1.1.0.tgz"])
    rest = json.loads(send(server, texts["all"], "GET", f"/api/v1/audit?since={page['next']}").body)
    equal([r["object"] for r in rest["audit"]], ["main/demo-1.2.0.tgz"])
    equal(sorted(rest["audit"][0]), sorted(("id", "at", "actor", "name", "remote", "request",
                                            "action", "object", "verdict", "event")))
    equal(json.loads(send(server, texts["all"], "GET",
                          f"/api/v1/audit?since={rest['next']}").body),
          {"audit": [], "next": rest["next"]})
    equal(send(server, texts["reader"], "GET", "/api/v1/audit").status, 403)
    equal(server.get("/api/v1/audit").status, 401)
    for wrong in ("since=-1", "since=x", "limit=1001"):
        equal(send(server, texts["all"], "GET", f"/api/v1/audit?{wrong}").status, 400)


@test
def on_a_terminal():
    """Beside the server."""
    server = Server()
    equal(server.publish(chart("demo")).status, 201)
    lines = must("audit", "--data", server.data).splitlines()
    equal(lines[0].split(), ["ID", "TIME", "ACTOR", "NAME", "FROM", "ACTION", "OBJECT", "VERDICT"])
    equal(lines[1].split()[2:], ["anonymous", "-", "127.0.0.1", "publish", "main/demo-1.0.0.tgz",
                                 "ok"])
    first = json.loads(must("audit", "--data", server.data, "--json", "--limit", "1"))
    equal((first["id"], first["action"]), (1, "publish"))
    equal(must("audit", "--data", server.data, "--json", "--since", "1"), "")
    equal(command("audit", "--data", server.data, "--since", "x").returncode, 2)


# ---- without a server ----

def spoil(data):
    path = data / "repos/main/charts/demo-1.0.0.tgz"
    path.chmod(0o640)
    path.write_bytes(b"spoiled")


def done_by_commands(data):
    """A chart that is new, one that is there, and one that is none; a check; a damaged chart."""
    folder = temporary()
    new, bad = folder / "demo-1.0.0.tgz", folder / "bad-1.0.0.tgz"
    new.write_bytes(chart("demo"))
    bad.write_bytes(b"no chart")
    lines = ((("import", new), 0), (("import", new), 0), (("import", bad), 1), (("fsck", "--repair"), 0),
             (("rebuild",), 0))
    for rows, (line, status) in enumerate(lines, 1):
        equal(command(*line, "--data", data).returncode, status, line)
        wait_for(data, 0, rows)      # written after the answer
    spoil(data)
    equal(command("scrub", "--data", data).returncode, 1)


@table(("beside a server", True), ("without a server", False))
def t_log_02_what_commands_do(running):
    """Nobody can tell from the rows whether a server ran."""
    server = Server() if running else None
    data = server.data if running else temporary() / "data"
    done_by_commands(data)
    ours = ("admin", "admin", "unix")
    equal([(r["actor"], r["name"], r["remote"], r["action"], r["object"], r["verdict"])
           for r in wait_for(data, 0, 7)],
          [(*ours, "publish", "main/demo-1.0.0.tgz", "ok"),
           (*ours, "publish", "main/demo-1.0.0.tgz", "ok"),
           (*ours, "publish", "main", "archive_refused"),
           (*ours, "fsck", "/control/fsck", "ok"), (*ours, "rebuild", "/control/rebuild", "ok"),
           (*ours, "damage", "/control/damage", "ok"), (*ours, "scrub", "/control/scrubbed", "ok")])
    equal([r["event"] != 0 for r in audit(data)], [True] + [False] * 6)


@test
def what_only_reads_leaves_none():
    """Of a directory that nobody serves, a backup for example."""
    data = temporary() / "data"
    must("repo", "create", "team", "--data", data)
    before = last(data)
    for line in (("fsck",), ("scrub",), ("log",), ("repo", "list"), ("backup", temporary() / "copy")):
        must(*line, "--data", data)
    equal(audit(data, before), [])


@test
def what_chartmuseum_left():
    """Its charts and its account; a chart that is none is told in the log, at every start."""
    storage = temporary() / "storage"
    storage.mkdir()
    (storage / "demo-1.0.0.tgz").write_bytes(chart("demo"))
    (storage / "bad-1.0.0.tgz").write_bytes(b"no chart")
    before = 0
    for wanted in (["user.add", "publish"], ["user.password"]):
        server = Museum(storage, "--basic-auth-user=me", f"--basic-auth-pass={PASSWORD}")
        server.stop()
        found = audit(server.data, before)
        before = last(server.data)
        equal([r["action"] for r in found], wanted)
        equal({(r["actor"], r["name"], r["verdict"]) for r in found}, {("admin", "chartmuseum", "ok")})
        equal(found[0]["object"], "user me")
        assert PASSWORD not in json.dumps(found)


@test
def rows_are_never_edited():
    server = Server()
    equal(server.publish(chart("demo")).status, 201)
    server.stop()
    with rows(server.data) as db:
        try:
            db.execute("UPDATE audit SET verdict = 'x'")
        except sqlite3.IntegrityError as error:
            return equal(str(error), "audit rows are never edited")
    raise AssertionError("a row was edited")


if __name__ == "__main__":
    main()
