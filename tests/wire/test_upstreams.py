#!/usr/bin/env python3
"""How people declare and steer upstreams: the API and who may use it, commands, the settings file with
credentials, the inbound hook, metrics, and lists of other programs. What a refresh makes of an
index is test_upstream_refresh.py's.
Long because it has a part for each way of declaring the same thing."""
import functools
import hashlib
import hmac
import json
import os
import re
import resource
import signal
import sqlite3
import threading

from wire import EXIT_MISUSED, Server, check_refusal, contains, equal, make_repo, shared
from chart_server import ChartServer
from people import PASSWORD, add_token, add_user, basic, bearer
from harness import chart, command, main, must, settled, table, temporary, test

API = "/api/v1/upstreams"
LINK_LOCAL = "http://169.254.169.254/latest"
DAY = 86400 * 10**9


def ask(server, method, path="", body=None, headers=None):
    answer = server.request(method, API + path, json.dumps(body) if body is not None else None, headers)
    return answer.status, json.loads(answer.body)


def upstream_of(*versions):
    upstream = ChartServer()
    for version in versions or ("1.0.0", "1.1.0"):
        upstream.put("demo", version)
    return upstream


def local(upstream, **settings):
    return {"url": upstream.url, "mode": "proxy", "allow_private": True, "refresh_minutes": 0, **settings}


def following(*versions, keep=False, **settings):
    server, upstream = Server(keep=keep), upstream_of(*versions)
    code, said = ask(server, "POST", "", {"name": "up", **local(upstream, **settings)})
    equal(code, 201, said)
    code, said = ask(server, "POST", "/up/refresh", {})
    equal((code, said["ok"]), (200, True), said)
    return server, upstream


# ---- the API ----

@test
def made_shown_changed_and_deleted():
    server, upstream = following()
    code, is_now = ask(server, "GET", "/up")
    equal(code, 200)
    equal({key: is_now[key] for key in ("name", "url", "mode", "charts", "versions", "skipped", "held",
                                        "drifted", "gone", "reason", "failing_since", "phase", "hook")},
          {"name": "up", "url": upstream.url, "mode": "proxy", "charts": 1, "versions": 2, "skipped": 0,
           "held": 0, "drifted": 0, "gone": 0, "reason": "", "failing_since": None, "phase": "idle",
           "hook": False})
    assert is_now["checked_at"] and is_now["fresh_at"], is_now
    equal([one["name"] for one in ask(server, "GET")[1]], ["up"])
    equal(server.get("/up/charts/demo-1.0.0.tgz").status, 200)
    equal(ask(server, "GET", "/up")[1]["held"], 1)
    equal(ask(server, "PATCH", "/up", {"paused": True})[1]["settings"]["paused"], True)
    equal(ask(server, "GET", "/up")[1]["state"], "paused")
    equal([run["added"] for run in ask(server, "GET", "/up/runs")[1]["runs"]][-1], 2)
    equal(ask(server, "DELETE", "/up")[0], 400)
    equal(ask(server, "DELETE", "/up?confirm=up"), (200, {"deleted": True, "name": "up"}))
    equal(ask(server, "GET", "/up")[0], 404)


@table(("no address", {"name": "up"}, 400, "url: the address"),
       ("no name", {"url": "https://a.example"}, 400, "name: the name of a repository is expected"),
       ("a reserved name", {"name": "api", "url": "https://a.example"}, 400, '"api" is reserved'),
       ("a mode that is none", {"name": "up", "url": "https://a.example", "mode": "copy"}, 400,
        "catalog proxy mirror"),
       ("members as well", {"name": "up", "url": "https://a.example", "members": "main"}, 400, "members"),
       ("a setting of hosted ones", {"name": "up", "url": "https://a.example", "keep_last": 3}, 400,
        "keep_last"),
       ("another scheme", {"name": "up", "url": "ftp://a.example"}, 400, "https://, http:// or oci://"),
       ("this machine", {"name": "up", "url": "http://127.0.0.1:8080"}, 422, "--allow-private"),
       ("its name", {"name": "up", "url": "http://localhost:8080"}, 422, "--allow-private"),
       ("in other digits", {"name": "up", "url": "http://0x7f000001:8080"}, 422, "--allow-private"),
       ("as IPv6", {"name": "up", "url": "http://[::ffff:127.0.0.1]:8080"}, 422, "--allow-private"),
       ("link-local", {"name": "up", "url": LINK_LOCAL}, 422, "nothing is ever asked of"),
       ("link-local, allowed", {"name": "up", "url": LINK_LOCAL, "allow_private": True}, 422,
        "nothing is ever asked of"))
def refused(body, status, words):
    server = shared()
    answer = server.request("POST", API, json.dumps(body))
    equal(answer.status, status, answer.body)
    contains(json.loads(answer.body)["detail"], words)
    equal(ask(server, "GET"), (200, []))


@test
def t_auth_15_only_the_servers_administrator_leads_it_elsewhere():
    """Who administers some repositories has no say in what this machine asks for; not over either API,
    and not on a page, which sends its form to the same door."""
    server, upstream = Server(), upstream_of()
    server.stop()
    add_user(server.data, "root", "admin:*")
    root = bearer(add_token(server.data, "root", "admin:*"))
    team = bearer(add_token(server.data, "team", "admin:team/*"))
    server = Server(data=server.data)
    equal(ask(server, "POST", "", {"name": "team/up", **local(upstream)}, root)[0], 201)
    make_repo(server, "team/own", root)
    for method, path, body in (
            ("POST", API, {"name": "team/x", **local(upstream)}),
            ("POST", "/api/v1/repos", {"name": "team/x", "upstream": upstream.url}),
            ("PATCH", "/api/v1/repos/team/own", {"upstream": upstream.url}),
            ("PATCH", "/api/v1/repos/team/own", {"members": "main"}),
            ("PATCH", "/api/v1/repos/team/own", {"known_as": "https://charts.example.org/stable"}),
            ("POST", "/api/v1/repos", {"name": "team/x", "known_as": "https://charts.example.org"}),
            ("PATCH", "/api/v1/repos/team/own", {"upstream": LINK_LOCAL, "allow_private": True}),
            ("PATCH", "/api/v1/repos/team/up", {"allow_private": False}),
            ("PATCH", "/api/v1/repos/team/up", {"description": "ours"}),
            ("PATCH", API + "/team~up", {"upstream": "https://other.example"}),
            ("DELETE", API + "/team~up?confirm=team/up", None)):
        answer = server.request(method, path, json.dumps(body) if body else None, team)
        equal((answer.status, json.loads(answer.body)["code"]), (403, "not_allowed"), (path, answer.body))
    equal(server.request("PATCH", "/api/v1/repos/team/own", '{"keep_last":2}', team).status, 200)
    equal(ask(server, "POST", "/team~up/refresh", {}, team)[1]["ok"], True)
    equal(ask(server, "POST", "/team~up/refresh", {})[0], 401)
    assert upstream.count("/index.yaml") >= 1


@test
def a_private_one_is_not_there():
    server, upstream = Server(), upstream_of()
    equal(ask(server, "POST", "", {"name": "up", **local(upstream, private=True)})[0], 201)
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    server.stop()
    add_user(server.data, "root", "admin:*")
    server = Server(data=server.data)
    equal(ask(server, "GET"), (200, []))
    for path in ("", "/skipped", "/runs", "/drift", "/gone"):
        answer = server.request("GET", f"{API}/up{path}")
        other = server.request("GET", f"{API}/none{path}")
        equal((answer.status, json.loads(answer.body)["code"]), (404, "repository_not_found"))
        equal(answer.body.replace(b'"up', b'"none').split(b"request_id")[0],
              other.body.split(b"request_id")[0])


@test
def a_slow_one_is_answered_before_it_is_over():
    server, upstream = Server(), upstream_of()
    upstream.hold = threading.Event()
    equal(ask(server, "POST", "", {"name": "up", **local(upstream)})[0], 201)
    equal(ask(server, "POST", "/up/refresh?wait=0", {}), (202, {"name": "up", "running": True}))
    assert settled(lambda: ask(server, "GET", "/up")[1]["phase"] == "asking for the index")
    equal(ask(server, "GET", "/up")[1]["state"], "never asked")
    upstream.hold.set()
    assert settled(lambda: ask(server, "GET", "/up")[1]["versions"] == 2)
    equal(ask(server, "POST", "/up/refresh?wait=x", {})[0], 400)
    for field in "all", "dry_run":               # a dry run is asked for in the address, as everywhere
        equal(ask(server, "POST", "/up/refresh", {field: True})[0], 400)


@test
def a_server_that_ends_waits_for_no_upstream():
    server, upstream = Server(), upstream_of()
    upstream.hold = threading.Event()
    equal(ask(server, "POST", "", {"name": "up", **local(upstream)})[0], 201)
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(ask(server, "POST", "/up/refresh", {})))
    waiting.start()
    assert settled(lambda: upstream.count("/index.yaml") > 0)
    server.stop()
    waiting.join(20)
    equal(answers[0][0], 503, answers)
    upstream.hold.set()


@test
def publishing_there_is_refused():
    server, upstream = following()
    for answer in (server.publish(chart("demo", "9.0.0"), "up"),
                   server.request("PUT", "/up/demo-9.0.0.tgz", chart("demo", "9.0.0"))):
        check_refusal(server, answer, 400, "invalid_request", f"follows {upstream.url}")
    equal([v["version"] for v in server.index("up")["entries"]["demo"]], ["1.1.0", "1.0.0"])


@test
def tested_before_it_is_made():
    server, upstream = Server(), upstream_of("1.0.0", "1.1.0", "2.0.0")
    upstream.entries["bad"] = [{"name": "bad", "version": "not a version"}]
    upstream.entries["refused"] = [{"name": "refused", "version": "1.0.0"}]
    code, said = ask(server, "POST", "/test", {"url": upstream.url, "allow_private": True, "take_last": 1})
    equal((code, said["charts"], said["versions"], said["skipped"]), (200, 2, 4, 2), said)
    contains(said["first_skipped"], "bad not a version: ")
    equal({rule["rule"]: rule["versions"] for rule in said["rules"]}, {"taken": 1, "take_last": 2})
    equal(ask(server, "POST", "/test", {"url": upstream.url})[0], 422)
    equal(ask(server, "POST", "/test", {})[0], 400)
    equal(ask(server, "GET"), (200, []))
    equal(ask(server, "POST", "", {"name": "up", **local(upstream)})[0], 201)
    code, said = ask(server, "POST", "/up/test", {"take_charts": "none*"})
    equal((code, [rule["rule"] for rule in said["rules"]]), (200, ["take_charts"]), said)
    code, out, told = run(server.data, "test", upstream.url, "--allow-private")
    equal((code, out.split(":")[0]), (0, upstream.url.split(":")[0]), told)
    contains(out, "2 charts, 4 versions")
    contains(out, "\n2 cannot be taken, one of them: bad not a version: its version is not a semantic version\n")
    contains(run(server.data, "test", "up")[1], "up: 2 charts, 4 versions")
    upstream.status = 404
    code, said = ask(server, "POST", "/up/test", {})
    equal((code, said["detail"]), (502, "it answered 404 to index.yaml"))


ID = "0a1b2c3d-0000-4000-8000-00000000000a"
OTHER = ID[:-1] + "b"
YAML = "artifacthub-repo.yml:2: did not find expected node content"
NEITHER = {"verified": False, "ids": [], "owners": [], "ignored": 0}


@table(("none", None, "absent", "", {}, "there is no artifacthub-repo.yml\n"),
       ("all of it", f"repositoryIDs: [{ID}, {OTHER}]\nowners: [{{name: Ann}}]\nignore: [{{name: other}}]\n", "valid", "",
        {"verified": True, "ids": [ID, OTHER], "owners": [{"name": "Ann"}], "ignored": 1},
        f"repositoryID {ID}, repositoryID {OTHER}, 1 ignored"),
       ("whose is not said", "ignore: []\n", "valid", "", {}, "no repositoryID, 0 ignored"),
       ("no YAML", "a: [", "invalid", YAML, {}, f"{YAML}; a refresh passes that by\n"),
       ("too long", "#" * (65 << 10), "unanswered", "65536", {}, "no answer to artifacthub-repo.yml: "))
def tested_with_its_publisher(text, file, reason, publisher, told):
    server, upstream = shared(), upstream_of()
    upstream.put("other", "1.0.0")
    if text is not None:
        upstream.files["/artifacthub-repo.yml"] = text.encode()
    asked = {"url": upstream.url, "allow_private": True, "publisher_id": ID}
    code, said = ask(server, "POST", "/test", asked)
    equal((code, said["publisher_file"], said["publisher"]), (200, file, {**NEITHER, **publisher}), said)
    contains(said["publisher_reason"], reason)
    equal(bool(said["publisher_reason"]), bool(reason), said)
    equal({rule["rule"]: rule["versions"] for rule in said["rules"]},
          {"taken": 2, "ignored by its publisher": 1} if "other" in (text or "") else {"taken": 3})
    out = run(server.data, "test", upstream.url, "--allow-private")[1]
    contains(out, f"\npublisher: {told}")
    contains(re.sub(" +", " ", out), "\nRULE VERSIONS\n")


# ---- drift, gone, skipped ----

def listed(server, kind, link):
    """(rows of each page, whether each says that there are more)"""
    pages, more = [], []
    while link:
        answer = server.get(link)
        equal(answer.status, 200, answer.body)
        said = json.loads(answer.body)
        pages.append([f"{row['chart']} {row['version']}" for row in said[kind]])
        more.append(said["more"])
        link = re.fullmatch(r'<http://[^/]+(/[^<>"]*)>; rel="next"', answer.headers.get("Link", ""))
        link = link and link[1]
    return pages, more


@table(("gone", "gone"), ("drift", "drift"))
def in_pages(kind):
    charts = [(name, version) for name in ("demo", "demo-b") for version in ("1.0.0", "1.10.0+x", "1.2.0")]
    upstream, server = ChartServer(), Server()
    for name, version in (*charts, ("stays", "1.0.0")):
        upstream.put(name, version)
    equal(ask(server, "POST", "", {"name": "up", **local(upstream, drop_max_percent=100)})[0], 201)
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    for name, version in charts:
        if kind == "gone":
            upstream.drop(name, version)
        else:
            upstream.put(name, version, chart(name, version, description="other"))
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    path, rows = f"{API}/up/{kind}", [f"{name} {version}" for name, version in charts]
    equal(listed(server, kind, path), ([rows], [False]))
    equal(listed(server, kind, f"{path}?limit=4"), ([rows[:4], rows[4:]], [True, False]))
    equal(listed(server, kind, f"{path}?limit=3&x=%22"), ([rows[:3], rows[3:]], [True, False]))
    equal(listed(server, kind, f"{path}?after=demo-a"), ([rows[3:]], [False]))
    for limit in ("0", "10001", "x"):
        equal(server.get(f"{path}?limit={limit}").status, 400)


@test
def what_a_person_looks_at():
    server, upstream = following()
    upstream.drop("demo", "1.0.0")
    upstream.put("demo", "1.1.0", chart("demo", "1.1.0", description="other"))
    upstream.put("demo", "1.2.0")
    upstream.put("other", "1.0.0")
    upstream.entries["bad"] = [{"name": "bad", "version": "not a version"}]
    equal(ask(server, "POST", "/up/refresh", {})[1]["drifted"], 1)
    [drift] = ask(server, "GET", "/up/drift")[1]["drift"]
    equal((drift["chart"], drift["version"], drift["held"]), ("demo", "1.1.0", False))
    equal((drift["digest"], drift["upstream_digest"]),
          (hashlib.sha256(chart("demo", "1.1.0")).hexdigest(),
           hashlib.sha256(upstream.files["/demo-1.1.0.tgz"]).hexdigest()))
    told = ask(server, "GET", "/up/gone")[1]
    [gone] = told["gone"]
    equal((gone["chart"], gone["version"], gone["held"], told["total"]), ("demo", "1.0.0", False, 1))
    [skipped] = ask(server, "GET", "/up/skipped")[1]["skipped"]
    equal((skipped["chart"], skipped["version"]), ("bad", "not a version"))
    equal(skipped["kind"], "skipped")
    accept = {"chart": "demo", "version": "1.1.0"}
    code, said = ask(server, "POST", "/up/drift/accept", accept)
    equal((code, said["digest"]), (200, drift["upstream_digest"]), said)
    equal(ask(server, "GET", "/up/drift")[1], {"drift": [], "more": False, "total": 0})
    equal(ask(server, "POST", "/up/drift/accept", accept)[0], 404)
    audit = [json.loads(line) for line in must("audit", "--json", "-d", server.data).splitlines()]
    equal([(r["action"], r["object"], r["verdict"]) for r in audit if r["action"] == "upstream.accept"][:1],
          [("upstream.accept", "up/demo-1.1.0.tgz", "ok")])


@test
def what_cannot_be_taken_has_a_kind():
    server, upstream = following()
    upstream.put("good", "1.0.0")
    upstream.put("late", "1.0.0")
    del upstream.files["/late-1.0.0.tgz"]
    upstream.put("odd", "1.0.0")
    upstream.entries["odd"][0]["digest"] = "short"
    upstream.entries["bad"] = [{"name": "bad", "version": "not a version"}]
    ask(server, "POST", "/up/refresh", {})
    server.get("/up/charts/late-1.0.0.tgz")
    told = lambda query="": [(row["kind"], row["chart"]) for row in
                             ask(server, "GET", f"/up/skipped{query}")[1]["skipped"]]
    wanted = [("skipped", "bad"), ("refused", "odd"), ("unfetched", "late")]
    equal(told(), wanted)
    by_command = lambda *more: [" ".join(line.split()[:2]) for line in
                                run(server.data, "skipped", "up", *more)[1].splitlines()]
    equal(by_command(), ["KIND CHART", *(" ".join(row) for row in wanted)])
    contains(run(server.data, "skipped", "up", "--kind", "unfetched")[1], "late   1.0.0    -     ")
    for kind, name in wanted:
        equal(told(f"?kind={kind}"), [(kind, name)])
        equal(by_command("--kind", kind), ["KIND CHART", f"{kind} {name}"])
        said = json.loads(run(server.data, "skipped", "up", "--kind", kind, "--json")[1])["skipped"]
        equal([row["chart"] for row in said], [name])
    code, said = ask(server, "GET", "/up/skipped?kind=other")
    equal((code, said["error"]), (400, 'kind: "other" is none of: skipped refused unfetched'))
    equal(run(server.data, "skipped", "up", "--kind", "other")[0], EXIT_MISUSED)
    equal(run(server.data, "gone", "up", "--kind", "refused")[0], EXIT_MISUSED)


# ---- the inbound hook ----

BODY = '{"ref":"refs/heads/main"}'


def signature(secret, body=BODY):
    return "sha256=" + hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()


@functools.cache
def hooked():
    return following(keep=True)


@table(("GitHub", "X-Hub-Signature-256", signature), ("generic", "X-Signature", signature),
       ("Gitea", "X-Gitea-Signature", lambda secret: signature(secret).removeprefix("sha256=")),
       ("GitLab", "X-Gitlab-Token", str), ("Harbor", "Authorization", str),
       ("bearer", "Authorization", "Bearer {}".format))
def a_hook_that_is_signed(header, sign):
    server, upstream = hooked()
    code, made = ask(server, "POST", "/up/hook")
    equal((code, made["path"]), (200, "/hooks/upstream/up"))
    count = ask(server, "GET", "/up")[1]["versions"] + 1
    upstream.put("demo", f"{count}.0.0")
    answer = server.request("POST", made["path"], BODY, {header: sign(made["secret"])})
    equal((answer.status, json.loads(answer.body)), (202, {"accepted": True}))
    assert settled(lambda: ask(server, "GET", "/up")[1]["versions"] == count)
    again = server.request("POST", made["path"], BODY, {header: sign(made["secret"])})
    equal(again.status, 202, "a refresh leaves the secret as it is")
    assert settled(lambda: ask(server, "GET", "/up")[1]["phase"] == "idle")


@test
def one_that_is_paused():
    """Neither its hook nor a pull asks it for anything; what is here is served, and a person may."""
    server, upstream = following("1.0.0", "1.1.0", refresh_minutes=30)
    hook = ask(server, "POST", "/up/hook")[1]
    equal(server.get("/up/charts/demo-1.0.0.tgz").status, 200)
    equal(ask(server, "PATCH", "/up", {"paused": True})[0], 200)
    equal(ask(server, "GET", "/up")[1]["next"], None)
    upstream.put("demo", "2.0.0")
    asked = len(upstream.requests)
    answer = server.request("POST", hook["path"], BODY, {"X-Hub-Signature-256": signature(hook["secret"])})
    equal((answer.status, json.loads(answer.body)), (202, {"accepted": False, "reason": "it is paused"}))
    pull = server.get("/up/charts/demo-1.1.0.tgz")
    equal(pull.status, 502)
    contains(pull.body.decode(), "up is paused, and this archive is not here")
    equal(server.get("/up/charts/demo-1.0.0.tgz").status, 200)
    equal(len(upstream.requests), asked)
    said = ask(server, "POST", "/up/refresh", {})[1]
    equal((said["ok"], said["added"]), (True, 1))
    equal(ask(server, "GET", "/up")[1]["next"], None)
    equal(ask(server, "PATCH", "/up", {"paused": False})[0], 200)
    equal(server.get("/up/charts/demo-1.1.0.tgz").status, 200)


# ---- other settings ----

@test
def other_settings_make_it_due():
    server, upstream = following(refresh_minutes=30)
    upstream.put("other", "1.0.0")
    equal(ask(server, "PATCH", "/up", {"take_charts": "other"})[0], 200)
    assert settled(lambda: b"demo" not in server.get("/up/index.yaml").body), server.log()
    contains(run(server.data, "set", "up", "take_charts=demo")[1], "it is refreshed now")
    assert settled(lambda: b"demo" in server.get("/up/index.yaml").body)
    asked = len(upstream.requests)
    equal(ask(server, "PATCH", "/up", {"paused": True})[0], 200)
    contains(run(server.data, "set", "up", "take_charts=other")[1], "it is paused, so what is here is as it was")
    equal(len(upstream.requests), asked)
    equal(ask(server, "PATCH", "/up", {"paused": False})[0], 200)
    assert settled(lambda: b"demo" not in server.get("/up/index.yaml").body)


@test
def another_address():
    """What is here is of the old one, and said to be so, until the new one was asked."""
    server, upstream = following()
    other = upstream_of("7.0.0")
    contains(run(server.data, "set", "up", f"url={other.url}")[1], "refresh_minutes is 0")
    is_now = ask(server, "GET", "/up")[1]
    equal((is_now["state"], is_now["in_index"], is_now["next"]), ("never asked", 0, None))
    contains(is_now["reason"], f"what is here is from {upstream.url}")
    assert settled(lambda: "Warning" in server.get("/up/index.yaml").headers)
    contains(server.get("/repos/up").body.decode(), "Not asked yet:")
    equal(ask(server, "POST", "/up/refresh", {})[1]["held_for"], "drop")
    equal(ask(server, "POST", "/up/refresh", {"accept_drop": True})[1]["ok"], True)
    is_now = ask(server, "GET", "/up")[1]
    equal((is_now["state"], is_now["reason"], is_now["in_index"]), ("fresh", "", 1))
    assert "Warning" not in server.get("/up/index.yaml").headers


@test
def declared_at_another_address():
    folder, old, new = temporary(), upstream_of(), upstream_of("1.0.0", "1.1.0", "7.0.0")
    text = "upstreams:\n  - {{name: up, url: '{}', mode: proxy, allow_private: true}}\n".format
    server = Server(data=folder / "data", args=("--config", configured(folder, text(old.url))))
    assert settled(lambda: ask(server, "GET", "/up")[1]["versions"] == 2)
    server.stop()
    server = Server(data=folder / "data", args=("--config", configured(folder, text(new.url))))
    assert settled(lambda: ask(server, "GET", "/up")[1]["versions"] == 3), ask(server, "GET", "/up")
    configured(folder, text(old.url))
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: ask(server, "GET", "/up")[1]["versions"] == 2), ask(server, "GET", "/up")


@test
def a_hook_that_is_not():
    """An upstream that is not there, one without a hook, a repository of another kind, and a wrong
    signature are told in the same words."""
    server, upstream = following()
    secret = ask(server, "POST", "/up/hook")[1]["secret"]
    equal(ask(server, "POST", "", {"name": "bare", **local(upstream)})[0], 201)
    asked = upstream.count("/index.yaml")
    good = {"X-Hub-Signature-256": signature(secret)}
    told = set()
    for path, body, headers in (
            ("up", BODY, {}), ("up", BODY + " ", good), ("none", BODY, good), ("bare", BODY, good),
            ("main", BODY, good), ("up", BODY, {"X-Hub-Signature-256": signature("")}),
            ("up", BODY, {"X-Gitlab-Token": ""}), ("up", BODY, {"Authorization": "Basic eDp5"}),
            ("up", BODY, {"X-Signature": "sha256="}), ("bare", "", {"X-Gitlab-Token": ""})):
        answer = server.request("POST", f"/hooks/upstream/{path}", body, headers)
        equal(answer.status, 401, (path, headers))
        told.add(answer.body.split(b'"request_id"')[0])
    equal(len(told), 1, told)
    again = ask(server, "POST", "/up/hook")[1]["secret"]
    equal(server.request("POST", "/hooks/upstream/up", BODY, good).status, 401, "the old secret")
    assert upstream.count("/index.yaml") - asked <= 1            # bare's first one
    log = server.log() + must("audit", "--json", "-d", server.data) + json.dumps(ask(server, "GET")[1])
    assert secret not in log and again not in log, "a secret"


# ---- commands ----

def run(data, *words):
    done = command("upstream", *words, "-d", data)
    return done.returncode, done.stdout, done.stderr


@table(("a server runs", True), ("none does", False))
def by_command(runs):
    upstream, data = upstream_of(), temporary() / "data"
    server = Server(data=data) if runs else None
    code, _, told = run(data, "add", "up", upstream.url)
    equal(code, 1)
    contains(told, "--allow-private")
    code, out, told = run(data, "add", "up", upstream.url, "--mode", "proxy", "--allow-private",
                          "--set", "refresh_minutes=0")
    equal((code, out.split(":")[0]), (0, "up"), told)
    contains(out, "1 chart, 2 versions")
    shown = json.loads(run(data, "show", "up", "--json")[1])
    equal((shown["state"] in ("fresh", "unchanged"), shown["reason"], shown["charts"], shown["versions"],
           shown["skipped"]), (True, "", 1, 2, 0), shown)
    contains(shown["checked_at"], ".")
    assert re.search(r"^asked +[-0-9]+T[:0-9]+Z \(\d+ s ago\)$", run(data, "show", "up")[1], re.M)
    upstream.put("demo", "2.0.0")
    heads, taken = run(data, "refresh", "up", "--dry-run")[1].splitlines()[-2:]
    equal((re.split("  +", heads), taken.split()[:2]), (["RULE", "VERSIONS", "BYTES", "SIZE UNKNOWN"], ["taken", "3"]))
    contains(run(data, "refresh", "up")[1], "up: fresh: 1 new, 0 changed, 0 gone;")
    equal(run(data, "set", "up", "take_charts=none*")[:2],
          (0, "up: changed; refresh_minutes is 0, so what is here is as it was until: chartlocker upstream refresh up\n"))
    equal(run(data, "pause", "up")[0], 0)
    equal(json.loads(run(data, "show", "up", "--json")[1])["state"], "paused")
    equal(run(data, "resume", "up")[0], 0)
    heads, row = (re.split("  +", line) for line in run(data, "list")[1].strip().splitlines())
    equal((heads, row[0], row[-1]), (["NAME", "STATE", "MODE", "CHARTS", "VERSIONS", "ASKED", "CHANGED", "URL"],
                                     "up", upstream.url))
    upstream.status = 500
    code, _, told = run(data, "refresh", "up")
    equal(code, 1, "a refresh that failed")
    contains(told, "chartlocker upstream: up: failing: ")
    equal(run(data, "remove", "up")[0], 1)
    equal(run(data, "remove", "up", "--confirm", "up")[:2],
          (0, "up: removed; what was kept of it is in quarantine/\n"))
    if server:
        server.stop()


@test
def a_held_refresh_fails_the_command():
    server, upstream = following(*(f"1.{n}.0" for n in range(9)))
    upstream.entries["demo"] = upstream.entries["demo"][:1]
    code, _, told = run(server.data, "refresh", "up")
    equal(code, 1, told)
    contains(told, "up: held: ")
    contains(told, "chartlocker upstream refresh up --accept-drop")
    equal(json.loads(run(server.data, "show", "up", "--json")[1])["state"], "held")
    code, out, told = run(server.data, "refresh", "up", "--dry-run")
    equal(code, 0, told)
    lines = [line.split() for line in out.splitlines()]
    equal(" ".join(lines[0]), "up: held; a refresh would drop 8 versions that its index has no more")
    equal([lines[1][:2], lines[2][:2]], [["RULE", "VERSIONS"], ["taken", "1"]])
    said = ask(server, "POST", "/up/refresh?dry_run", {})[1]
    equal((said["ok"], said["gone"], said["state"]), (True, 8, "held"))
    equal(run(server.data, "refresh", "up")[0], 1, "it waits as before")
    equal(run(server.data, "refresh", "up", "--accept-drop")[0], 0)
    equal(ask(server, "GET", "/up")[1]["versions"], 1)


@test
def drift_by_command():
    server, upstream = following()
    upstream.put("demo", "1.1.0", chart("demo", "1.1.0", description="other"))
    equal(run(server.data, "refresh", "up")[0], 0)
    _, out, _ = run(server.data, "drift", "up")
    equal([line.split()[:2] for line in out.splitlines()], [["CHART", "VERSION"], ["demo", "1.1.0"]])
    equal(run(server.data, "drift", "up", "--accept", "demo", "1.1.0")[0], 0)
    equal(len(run(server.data, "drift", "up")[1].splitlines()), 1)


@table(("no verb", ()), ("another verb", ("follow",)), ("no address", ("add", "up")),
       ("a mode to list", ("list", "--mode", "proxy")), ("to accept what", ("drift", "up", "--accept")),
       ("two names", ("show", "a", "b")), ("a drop of a list", ("list", "--accept-drop")))
def misused(words):
    equal(run(temporary() / "data", *words)[0], EXIT_MISUSED)


HELM = """apiVersion: ""
generated: "0001-01-01T00:00:00Z"
repositories:
- {name: Team Charts, url: "https://charts.example.org", username: robot, password: canary,
   insecure_skip_tls_verify: true, caFile: ca.pem}
- {name: team-charts, url: "https://other.example.org"}
- {name: registry, url: "oci://registry.example.org/charts"}
- {name: inside, url: "http://127.0.0.1:8080"}
- {name: taken, url: "https://taken.example.org"}
"""
HUB = "repositories: [{name: hub, url: 'https://hub.example.org', maintainers: [{name: A, email: a@b.example}]}]\n"
SYNC = "sync:\n  repos:\n  - {name: one, url: 'https://one.example.org'}\n"


@table(("an address that is none", ("add", "up", "ftp://a"),
        "chartlocker upstream: \"ftp://a\" is no address that begins with https://, http:// or oci://\n"),
       ("a port that is none", ("test", "http://a:1"), "chartlocker upstream: a URL with port 1, where no web server is\n"),
       ("a host that is none", ("test", "http://nobody.invalid"),
        "chartlocker upstream: Could not resolve host: nobody.invalid\n"),
       ("no credentials by that name", ("test", "http://a.example", "--credentials", "it"),
        "chartlocker upstream: the settings file has no credentials \"it\"\n"))
def mistakes_are_told_once(words, told):
    contains(run(temporary() / "data", *words)[2], told)


@test
def a_list_of_helms():
    data, file = temporary() / "data", temporary() / "repositories.yaml"
    file.write_text(HELM)
    must("repo", "create", "taken", "-d", data)
    code, out, told = run(data, "import", file, "--json")
    equal(code, 1)
    equal([(u["name"], u["outcome"]) for u in json.loads(out)],
          [("team-charts", "would be made"), ("team-charts-2", "would be made"), ("registry", "would be made"),
           ("inside", "refused"), ("taken", "there already")])
    for words in ('"Team Charts" is called team-charts here', "credentials in the list",
                  "skips the check of certificates", "authorities of its own", "with --yes they are"):
        contains(told, words)
    equal(json.loads(run(data, "list", "--json")[1]), [])
    out, told = run(data, "import", file, "--yes", "--mode", "proxy")[1:]
    assert "canary" not in out + told + json.dumps(json.loads(run(data, "list", "--json")[1]))
    equal([(u["name"], u["mode"], u["url"]) for u in json.loads(run(data, "list", "--json")[1])],
          [("registry", "proxy", "oci://registry.example.org/charts"),
           ("team-charts", "proxy", "https://charts.example.org"),
           ("team-charts-2", "proxy", "https://other.example.org")])


@test
def a_password_in_a_list_is_told_nowhere():
    data, file = temporary() / "data", temporary() / "list.yaml"
    file.write_text("repositories:\n- {name: a, url: 'https://u:canary@p@charts.example.org/x'}\n")
    code, out, err = run(data, "import", file, "--json")
    equal((code, [(u["url"], u["outcome"]) for u in json.loads(out)]),
          (1, [("https://…@charts.example.org/x", "refused")]))
    assert "canary" not in out + err, out


@test
def a_mirror_that_lacks_an_archive():
    """It is no success: the command says which are missing, and its exit status as well."""
    server, upstream = Server(), upstream_of()
    del upstream.files["/demo-1.1.0.tgz"]
    code, out, err = run(server.data, "add", "up", upstream.url, "--allow-private", "--mode", "mirror")
    equal(code, 1)
    contains(err, "up: 1 of its archives could not be had: the upstream answered 404; see: chartlocker upstream skipped up")
    said = ask(server, "POST", "/up/refresh", {})[1]
    equal((said["ok"], said["state"], said["failed"]), (False, "unchanged", 1))
    contains(said["reason"], "1 of its archives could not be had")
    equal(run(server.data, "refresh", "up")[0], 1)


@table(("without a name", ("refresh",), "refresh takes NAME"), ("two", ("refresh", "a", "b"), "refresh takes NAME"),
       ("import", ("import",), "import takes FILE"), ("add", ("add", "x"), "add takes NAME URL"))
def how_a_verb_is_called(words, told):
    code, _, err = run(temporary(), *words)
    equal((code, err.splitlines()[0]), (EXIT_MISUSED, "chartlocker upstream: " + told))


@table(("of a hub", HUB, "hub", "A <a@b.example>"), ("of a sync", SYNC, "one", ""))
def lists_of_others(text, name, maintainers):
    data, file = temporary() / "data", temporary() / "list.yaml"
    file.write_text(text)
    equal(run(data, "import", file, "--yes")[0], 0)
    equal([(u["name"], u["settings"]["maintainers"]) for u in json.loads(run(data, "list", "--json")[1])],
          [(name, maintainers)])


# ---- the settings file ----

def configured(folder, text):
    file = folder / "c.yaml"
    file.write_text("log: {format: json}\n" + text)
    return file


@test
def declared_and_reloaded():
    folder, upstream = temporary(), upstream_of()
    item = f"  - {{name: up, url: '{upstream.url}', mode: proxy, allow_private: true, refresh_minutes: 0"
    file = configured(folder, "upstreams:\n" + item + "}\nvirtual:\n  - {name: all, members: [main, up]}\n")
    data = folder / "data"
    contains(must("config", "check", "--config", file, "--data", data), "+ make up\n+ make all\n")
    printed = must("config", "print", "--config", file)
    contains(printed, f"mode=proxy, refresh_minutes=0, upstream={upstream.url}")
    contains(printed, "members=main up")
    server = Server(data=data, args=("--config", file))
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    equal(ask(server, "GET", "/up")[1]["versions"], 2)
    equal(must("config", "check", "--config", file, "--data", data), "the settings are valid\n")
    configured(folder, "upstreams:\n" + item + ", take_charts: [none*]}\n")
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: ask(server, "GET", "/up")[1]["settings"]["take_charts"] == "none*")
    assert settled(lambda: "repository.declared_no_more" in server.log())


@test
def t_fed_10_t_log_02_credentials_from_the_settings_file():
    """Sent to their origin, never shown; a new secret counts at once, and credentials that SIGHUP brought
    as well. To a host that they are not for they are not sent."""
    folder, upstream = temporary(), upstream_of()
    secret = folder / "secret"
    secret.write_text("canary-one\n")
    secret.chmod(0o600)
    os.environ["CANARY_VARIABLE"] = "canary-env"
    text = (f"upstreams:\n  - {{name: up, url: '{upstream.url}', allow_private: true, credentials: team, "
            "refresh_minutes: 0}\ncredentials:\n"
            f"  - {{name: team, origin: '{upstream.url}', username: robot, password_file: {secret}}}\n")
    file = configured(folder, text)
    server = Server(data=folder / "data", args=("--config", file))

    def sent(header="Authorization"):
        code, said = ask(server, "POST", "/up/refresh", {"whole": True})
        equal((code, said["ok"]), (200, True), said)
        return [headers.get(header) for path, headers in upstream.requests if path == "/index.yaml"][-1]

    equal(sent(), "Basic cm9ib3Q6Y2FuYXJ5LW9uZQ==")
    secret.write_text("canary-two\n")
    equal(sent(), "Basic cm9ib3Q6Y2FuYXJ5LXR3bw==")
    configured(folder, text.replace(f"username: robot, password_file: {secret}",
                                    f"header: X-Api-Key, header_file: {secret}"))
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.reloaded" in server.log())
    equal((sent("X-Api-Key"), sent()), ("canary-two", None))
    configured(folder, text.replace(f"origin: '{upstream.url}'", "origin: 'https://elsewhere.example.org'"))
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: server.log().count("config.reloaded") == 2)
    equal((sent(), sent("X-Api-Key")), (None, None))
    secret.chmod(0o644)
    said = ask(server, "POST", "/up/refresh", {"whole": True})[1]
    equal(said["ok"], False)
    contains(said["reason"], "everybody on this machine may read it")
    told = server.log() + json.dumps(ask(server, "GET")[1]) + json.dumps(said)
    assert "canary" not in told, "a secret"
    secret.chmod(0o600)
    assert "canary" not in must("config", "print", "--config", file, "--json"), "a secret"


@test
def what_fails_here_is_told_without_details():
    server, upstream = Server(), upstream_of()
    equal(ask(server, "POST", "", {"name": "up", **local(upstream)})[0], 201)
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    upstream.put("demo", "2.0.0", description="x" * (4 << 20))
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))
    said = ask(server, "POST", "/up/refresh", {"whole": True})[1]
    equal((said["ok"], said["reason"]), (False, ask(server, "GET", "/up")[1]["reason"]))
    assert "File too large" not in said["reason"], said


@test
def credentials_that_nobody_declared():
    server, upstream = Server(), upstream_of()
    equal(ask(server, "POST", "", {"name": "up", **local(upstream, credentials="team")})[0], 201)
    said = ask(server, "POST", "/up/refresh", {})[1]
    reason = 'the settings file has no credentials "team"'
    equal((said["ok"], said["state"], said["reason"]), (False, "failing", reason))
    equal(upstream.requests, [])
    is_now = ask(server, "GET", "/up")[1]
    equal([is_now[key] for key in ("state", "reason", "failures")], ["failing", reason, 1])
    equal([run["reason"] for run in ask(server, "GET", "/up/runs")[1]["runs"]], [reason])
    equal(metric(server, "failures"), 1)
    contains(server.log(), "state=failing")
    contains(server.get("/up/index.yaml").headers["Warning"], "110")
    code, out, err = run(server.data, "add", "other", upstream.url, "--allow-private", "--credentials", "team")
    equal((code, out), (1, ""))
    contains(err, reason)


@test
def a_secret_that_went_away_and_came_back():
    """It fails as any upstream does, with a next try; what is here is stale until it is back."""
    folder, upstream = temporary(), upstream_of()
    secret = folder / "secret"
    secret.write_text("canary\n")
    secret.chmod(0o600)
    file = configured(folder, f"upstreams:\n  - {{name: up, url: '{upstream.url}', allow_private: true, "
                      "credentials: team, refresh_minutes: 30}\ncredentials:\n"
                      f"  - {{name: team, origin: '{upstream.url}', username: robot, password_file: {secret}}}\n")
    server = Server(data=folder / "data", args=("--config", file))
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    secret.rename(folder / "away")
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], False)
    is_now = ask(server, "GET", "/up")[1]
    equal((is_now["state"], is_now["failures"]), ("failing", 1))
    assert is_now["next"] > is_now["checked_at"], is_now
    contains(server.get("/up/index.yaml").headers["Warning"], "110")
    (folder / "away").rename(secret)
    equal(ask(server, "POST", "/up/refresh", {})[1]["state"], "unchanged")
    assert "Warning" not in server.get("/up/index.yaml").headers


# ---- metrics ----

def metric(server, name):
    [value] = re.findall(rf'^chartlocker_upstream_{name}{{repo="up"}} (\d+)$',
                         server.get("/metrics").body.decode(), re.MULTILINE)
    return int(value)


def moved_back(server, change):
    """The server again, after so much time as nobody waits for."""
    server.stop()
    with sqlite3.connect(server.data / "catalog.db") as db:
        db.execute(change)
    return Server(data=server.data)


@test
def how_far_a_mirror_is_behind():
    """Of what is taken: neither what rules leave out, nor what left the index, nor what a proxy may get."""
    server, upstream = following("1.0.0", "1.1.0", "1.2.0", "1.3.0", "2.0.0", mode="mirror",
                                 take_versions="<2", drop_max_percent=100)
    equal([ask(server, "GET", "/up")[1][key] for key in ("held", "behind", "oldest_behind")], [4, 0, None])
    equal((metric(server, "behind"), metric(server, "oldest_behind_seconds")), (0, 0))
    missing = {}
    for version in ("1.4.0", "1.5.0", "2.1.0"):
        upstream.put("demo", version)
        missing[f"/demo-{version}.tgz"] = upstream.files.pop(f"/demo-{version}.tgz")
    ask(server, "POST", "/up/refresh", {})
    server = moved_back(server, f"UPDATE remote SET seen_ns = seen_ns - {4 * DAY} WHERE"
                                " version IN ('1.5.0', '2.1.0')")
    is_now = ask(server, "GET", "/up")[1]
    equal((is_now["held"], is_now["behind"]), (4, 2))
    assert is_now["oldest_behind"] < is_now["checked_at"]
    assert 4 * 86400 <= metric(server, "oldest_behind_seconds") < 5 * 86400
    equal(metric(server, "behind"), 2)
    shown = run(server.data, "show", "up")[1]
    contains(re.sub(" +", " ", shown), "archives to come 2\nthe oldest seen ")
    contains(shown, "(4 d ago)")
    contains(server.get("/repos/up").body.decode(), "<dt>Behind</dt><dd>2 versions, the oldest 4 days ago</dd>")
    upstream.entries["demo"] = [e for e in upstream.entries["demo"] if e["version"] != "1.5.0"]
    ask(server, "POST", "/up/refresh", {})
    equal(ask(server, "GET", "/up")[1]["behind"], 1)
    upstream.files.update(missing)
    server.stop()                    # which remembers for a while what could not be fetched
    server = Server(data=server.data)
    ask(server, "POST", "/up/refresh", {})
    equal([ask(server, "GET", "/up")[1][key] for key in ("held", "behind")], [5, 0])
    equal(ask(server, "PATCH", "/up", {"mode": "proxy"})[0], 200)
    upstream.put("demo", "1.6.0")
    ask(server, "POST", "/up/refresh", {})
    equal([ask(server, "GET", "/up")[1][key] for key in ("behind", "oldest_behind")], [0, None])


@test
def t_fed_07_a_frozen_index_gets_older():
    server, upstream = following()
    changed = ask(server, "GET", "/up")[1]["changed_at"]
    server = moved_back(server, f"UPDATE upstream SET changed_ns = changed_ns - {40 * DAY}")
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    assert 40 * 86400 <= metric(server, "changed_seconds") < 41 * 86400
    assert metric(server, "age_seconds") < 3600, "it answers all the same"
    contains(run(server.data, "list")[1], " 40 d ago ")
    assert ask(server, "GET", "/up")[1]["changed_at"] < changed
    upstream.put("demo", "3.0.0")
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    assert metric(server, "changed_seconds") < 3600
    assert ask(server, "GET", "/up")[1]["changed_at"] > changed


@test
def metrics_of_each():
    server, upstream = following()
    equal(server.get("/up/charts/demo-1.0.0.tgz").status, 200)
    upstream.status = 500
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], False)
    lines = set(server.get("/metrics").body.decode().splitlines())
    for sample in ('state{repo="up",state="failing"} 1', 'state{repo="up",state="fresh"} 0',
                   'versions{repo="up"} 2', 'held{repo="up"} 1', 'drifted{repo="up"} 0',
                   'failures{repo="up"} 1', 'failures_total{repo="up"} 1', 'fetched_total{repo="up"} 1'):
        assert "chartlocker_upstream_" + sample in lines, sample
    server.stop()
    add_user(server.data, "root", "admin:*")
    assert b'repo="up"' not in Server(data=server.data).get("/metrics").body    # whose names are no secret


@test
def t_ssrf_05_strangers_learn_nothing_of_a_network_inside():
    """Why a server there cannot be reached is for who administers the upstream: elsewhere one refusal is as
    another."""
    upstream = upstream_of()
    for name, url in (("port", "http://127.0.0.1:1024/x.tgz"), ("name", "http://no-such.inside/x.tgz"),
                      ("missing", f"{upstream.url}/none.tgz"), ("never", "http://169.254.169.254/x.tgz")):
        upstream.put(name, "1.0.0", urls=[url])
    server = Server()
    equal(ask(server, "POST", "", {"name": "up", **local(upstream)})[0], 201)
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], True)
    make_repo(server, "all", members="up")
    names = ("port", "name", "missing", "never")
    files = [f"/{repo}/charts/{n}-1.0.0.tgz" for repo in ("up", "all") for n in names]
    upstream.status = 500
    equal(ask(server, "POST", "/up/refresh", {})[1]["ok"], False)
    server.stop()
    add_user(server.data, "root", "admin:*")
    server = Server(server.data)
    root, words = basic("root", PASSWORD), re.compile(r"(?i)connect|resolve|not allowed|\b(404|500)\b")
    equal({(r.status, json.loads(r.body)["error"]) for r in map(server.get, files)},
          {(502, "the upstream cannot be reached")})
    contains(server.get(files[1], root).body, b": no-such.inside")
    for path in [f"/packages/up/{n}" for n in names] + [f"/api/v1/charts/up/{n}/1.0.0/show/all" for n in names] + \
                ["/repos/up", "/feed/up", f"{API}/up", f"{API}/up/runs", f"{API}/up/skipped?kind=unfetched"]:
        told = re.findall(r"(?i)(?:upstream|reason|why|error|fail)[^<}]{0,200}", server.get(path).body.decode())
        equal([x for x in told if words.search(x)], [], path)
    equal(ask(server, "GET", "/up")[1]["reason"], "the upstream cannot be reached")
    equal(ask(server, "GET", "/up/runs")[1]["runs"][0]["reason"], "the upstream cannot be reached")
    contains(ask(server, "GET", "/up", headers=root)[1]["reason"], "500")
    contains(ask(server, "GET", "/up/runs", headers=root)[1]["runs"][0]["reason"], "500")


if __name__ == "__main__":
    main()
