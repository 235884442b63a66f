#!/usr/bin/env python3
"""Virtual repositories and views: one address for the charts of many (T-FED-15).
Long because its tables are relations over the same members."""
import contextlib
import functools
import json
import re
import sqlite3

from wire import Server, check_refusal, contains, equal, make_repo, settled
from people import PASSWORD, add_token, add_user, basic, bearer
from upstream import Upstream, status
from harness import chart, command, main, must, provenance, table, temporary, test


def post(running, path, body, status=201, headers=None):
    answer = running.request("POST", path, json.dumps(body).encode(), headers or {})
    equal(answer.status, status, answer.body)
    return json.loads(answer.body)


def check_problem(answer, status, code):
    equal((answer.status, json.loads(answer.body)["code"]), (status, code), answer.body)


def change(running, name, **settings):
    answer = running.request("PATCH", f"/api/v1/repos/{name}", json.dumps(settings).encode())
    equal(answer.status, 200, answer.body)
    return json.loads(answer.body)


def publish(running, repo, *charts):
    for archive in charts:
        answer = running.publish(archive, repo)
        equal(answer.status, 201, answer.body)


def shown(running, repo="all", headers=None):
    """{chart: its versions, the newest first} of an index."""
    answer = running.get(f"/{repo}/index.yaml", headers or {})
    equal(answer.status, 200, answer.body)
    return {name: [v["version"] for v in list] for name, list in json.loads(answer.body)["entries"].items()}


def with_upstream(mode="proxy"):
    """(A server that has redis and app, one that follows it and hosts an app of its own.)"""
    far, near = Server(), Server()
    publish(far, "", chart("redis"), chart("app", "9.0.0"))
    make_repo(near, "stable")
    make_repo(near, "up", upstream=far.url, mode=mode, allow_private=True)
    make_repo(near, "all", members="stable up")
    assert settled(lambda: len(shown(near, "up")) == 2), near.log()
    publish(near, "stable", chart("app", "1.0.0"))
    return far, near


# ---- what it shows ----

@test
def t_fed_15_hosted_first_and_upstreams_behind():
    far, near = with_upstream()
    equal(shown(near), {"app": ["1.0.0"], "redis": ["1.0.0"]})
    equal(near.get("/all/charts/app-1.0.0.tgz").body, chart("app", "1.0.0"))
    equal(near.get("/all/charts/redis-1.0.0.tgz").body, chart("redis"))
    check_refusal(near, near.get("/all/charts/app-9.0.0.tgz"), 404, "not_found")
    equal(near.get("/up/charts/app-9.0.0.tgz").status, 200)     # the member has it all the same
    far.stop()
    equal(near.get("/all/charts/redis-1.0.0.tgz").body, chart("redis"))


@test
def t_fed_15_a_file_of_ours_is_no_other_chart_s():
    """Hosted kafka-3 1.0.0 and an upstream's kafka 3-1.0.0 make the same name of a file."""
    up, near = Upstream(), Server()
    evil, ours = chart("kafka", "3-1.0.0"), chart("kafka-3", "1.0.0")
    up.put("kafka", "3-1.0.0", evil)
    up.put("kafka", "3.0.0")
    make_repo(near, "stable")
    publish(near, "stable", ours)
    make_repo(near, "up", upstream=up.url, mode="proxy", allow_private=True)
    make_repo(near, "all", members="up stable")
    assert settled(lambda: "kafka" in shown(near, "up")), near.log()
    equal(shown(near), {"kafka": ["3.0.0"], "kafka-3": ["1.0.0"]})
    equal(near.get("/all/charts/kafka-3-1.0.0.tgz").body, ours)
    equal(near.get("/up/charts/kafka-3-1.0.0.tgz").body, evil)
    [told] = json.loads(near.get("/api/v1/repos/all/conflicts").body)["conflicts"]
    equal((told["chart"], told["file"], told["winner"], [(m["member"], m["verdict"], m["versions"]) for m in told["members"]]),
          ("kafka", "kafka-3-1.0.0.tgz", "stable", [("up", "shadowed", 1), ("stable", "hosted here", 1)]))
    contains(must("virtual", "conflicts", "all", "--data", near.data), "kafka-3-1.0.0.tgz")
    contains(near.get("/repos/all").body.decode(), "<td>kafka-3-1.0.0.tgz</td>")
    must("delete", "--repo", "stable", "kafka-3", "1.0.0", "--data", near.data)
    equal(shown(near), {"kafka": ["3.0.0", "3-1.0.0"]})
    equal(near.get("/all/charts/kafka-3-1.0.0.tgz").body, evil)


@table(("no digest, and pinned", "redis=b", False, True), ("no digest, and had it first", "", False, True),
       ("a dead archive", "redis=b", True, False), ("a dead archive, and had it first", "", True, False))
def t_fed_15_a_copied_entry_leads_to_no_other_member(pins, digest, answers):
    """The index of a says of redis what that of b does; whose it is, is not asked of the line."""
    ours, theirs = chart("redis", description="ours"), chart("redis", description="ours" if digest else "theirs")
    a, b, near = Upstream(), Upstream(), Server()
    more = {} if digest else {"digest": None}
    a.put("bait", "1.0.0")
    b.put("redis", "1.0.0", ours, prov=provenance(ours, "redis"), **more)
    for name, one in (("a", a), ("b", b)):
        make_repo(near, name, upstream=one.url, mode="proxy", allow_private=True)
    make_repo(near, "all", members="a b", pins=pins)
    assert settled(lambda: shown(near) == {"bait": ["1.0.0"], "redis": ["1.0.0"]}), shown(near)
    a.put("redis", "1.0.0", theirs, **more)
    if not answers:
        a.spoil(status(404), "/redis-1.0.0.tgz")
    must("upstream", "refresh", "a", "--data", near.data)
    equal(shown(near, "a"), {"bait": ["1.0.0"], "redis": ["1.0.0"]})
    for _ in range(2):
        equal(near.get("/all/charts/redis-1.0.0.tgz").body, ours)
        equal(near.get("/all/charts/redis-1.0.0.tgz.prov").body, provenance(ours, "redis"))
    equal(a.count("/redis-1.0.0.tgz"), 0)


@test
def not_cached_while_its_upstream_is_down():
    far, near = with_upstream()
    far.stop()
    answer = near.get("/all/charts/redis-1.0.0.tgz")
    assert answer.status in (502, 503, 504), answer
    equal(shown(near), {"app": ["1.0.0"], "redis": ["1.0.0"]})


@test
def catalog_mode_leads_to_the_origin():
    far, near = with_upstream("catalog")
    [entry] = json.loads(near.get("/all/index.json").body)["entries"]["redis"]
    equal(entry["urls"], [far.url + "/charts/redis-1.0.0.tgz"])
    [entry] = json.loads(near.get("/all/index.json").body)["entries"]["app"]
    equal(entry["urls"], ["charts/app-1.0.0.tgz"])


@test
def a_publish_is_there_when_it_is_acknowledged():
    running = Server()
    make_repo(running, "inner", members="main")
    make_repo(running, "all", members="inner")
    for number in range(30):
        publish(running, "", chart("app", f"1.{number}.0"))
        equal(shown(running)["app"][0], f"1.{number}.0")
        equal(running.get(f"/all/charts/app-1.{number}.0.tgz").status, 200)
    equal(running.request("DELETE", "/api/charts/app/1.29.0").status, 200)
    equal(shown(running)["app"][0], "1.28.0")
    equal(running.get("/all/charts/app-1.29.0.tgz").status, 404)


@test
def provenance_and_head():
    running = Server()
    make_repo(running, "all", members="main")
    archive = chart("app")
    publish(running, "", archive)
    equal(running.request("POST", "/api/prov", provenance(archive, "app")).status, 201)
    equal(running.get("/all/charts/app-1.0.0.tgz.prov").body, provenance(archive, "app"))
    for path in ("index.yaml", "index.json", "charts/app-1.0.0.tgz", "charts/app-1.0.0.tgz.prov"):
        got, head = running.get(f"/all/{path}"), running.request("HEAD", f"/all/{path}")
        equal((head.status, head.headers["ETag"]), (200, got.headers["ETag"]), path)


@test
def it_moves_only_with_what_it_shows():
    running = Server()
    make_repo(running, "prod", members="main", take_prereleases=False)
    publish(running, "", chart("app"))
    before = running.get("/prod/index.yaml")
    etag = {"If-None-Match": before.headers["ETag"]}
    publish(running, "", chart("app", "2.0.0-rc.1"))
    equal(running.get("/prod/index.yaml", etag).status, 304)
    publish(running, "", chart("app", "2.0.0"))
    after = running.get("/prod/index.yaml", etag)
    equal(after.status, 200)
    running.stop()
    running = Server(running.data)
    again = running.get("/prod/index.yaml")
    equal((again.body, again.headers["ETag"]), (after.body, after.headers["ETag"]))
    running.stop()
    must("rebuild", "--data", running.data)
    must("fsck", "--data", running.data)
    again = Server(running.data).get("/prod/index.yaml")
    equal((again.body, again.headers["ETag"]), (after.body, after.headers["ETag"]))


@test
def chartmuseum_s_addresses():
    running = Server()
    make_repo(running, "all", members="main")
    publish(running, "", chart("app", files={"values.yaml": b"a: 1\n", "templates/x.yaml": b"x"}))
    equal(list(json.loads(running.get("/api/all/charts").body)), ["app"])
    equal(json.loads(running.get("/api/all/charts/app/1.0.0").body)["version"], "1.0.0")
    equal(running.get("/api/all/charts/app/1.0.0/values").body, b"a: 1\n")
    equal(running.get("/api/all/charts/app/1.0.0/templates").status, 200)


@functools.cache
def over_main():
    """For rows that change nothing."""
    running = Server(keep=True)
    make_repo(running, "all", members="main")
    make_repo(running, "b", members="a")
    publish(running, "", chart("app"))
    return running


@table(("publish", "POST", "/api/all/charts", chart("x")), ("put", "PUT", "/all/charts/x-1.0.0.tgz", chart("x")),
       ("delete", "DELETE", "/api/all/charts/app/1.0.0", None))
def takes_nothing_itself(method, path, body):
    running = over_main()
    contains(check_refusal(running, running.request(method, path, body), 400, "invalid_request")["error"], "virtual")
    equal(shown(running), {"app": ["1.0.0"]})


@test
def its_past_is_not_kept():
    running = over_main()
    for path in ("/all/@3/index.yaml", "/all/@3/charts/app-1.0.0.tgz", "/all/@2026-11-01T00:00:00Z/index.yaml"):
        contains(check_refusal(running, running.get(path), 404, "not_found")["error"], "virtual")


@test
def each_chart_once_in_the_catalog():
    running = Server()
    make_repo(running, "all", members="main")
    publish(running, "", chart("app"))
    found = lambda: [c["repo"] for c in json.loads(running.get("/api/v1/search?q=app").body)["results"]]
    assert settled(lambda: found() == ["main"]), found()
    change(running, "all", description="x")
    publish(running, "", chart("app", "1.1.0"))
    assert settled(lambda: '"version":"1.1.0"' in running.get("/api/v1/search?q=app").body.decode())
    equal(found(), ["main"])
    equal(json.loads(running.get("/api/v1/packages/stats").body), {"packages": 1, "releases": 2})
    equal([c["id"] for c in json.loads(running.get("/api/chartsvc/v1/charts").body)["data"]], ["main/app"])


# ---- members that change ----

@test
def members_renamed_and_deleted():
    running = Server()
    for name in ("one", "two"):
        make_repo(running, name)
        publish(running, name, chart(name))
    make_repo(running, "all", members="one two")
    post(running, "/api/v1/repos/one/rename", {"to": "first"}, 200)
    equal(sorted(shown(running)), ["one", "two"])
    equal(running.get("/all/charts/one-1.0.0.tgz").body, chart("one"))
    equal(running.request("DELETE", "/api/v1/repos/two?confirm=two").status, 200)
    equal(sorted(shown(running)), ["one"])
    equal(running.get("/all/charts/two-1.0.0.tgz").status, 404)
    running.stop()
    equal(sorted(shown(Server(running.data))), ["one"])


@test
def a_member_that_is_none_yet():
    running = Server()
    equal(make_repo(running, "all", members="main later")["absent_members"], ["later"])
    make_repo(running, "later")
    publish(running, "later", chart("app"))
    equal(shown(running), {"app": ["1.0.0"]})
    equal(json.loads(running.get("/api/v1/repos/all").body)["absent_members"], [])


@table(("itself", {"members": "a"}), ("a circle", {"members": "b"}), ("no names", {"members": "A!"}),
       ("a pin of none", {"members": "main", "pins": "x=other"}),
       ("a range", {"members": "main", "take_versions": "~~"}),
       ("what hosted ones have", {"members": "main", "overwrite": True}))
def settings_that_are_refused(settings):
    running = over_main()
    answer = running.request("POST", "/api/v1/repos", json.dumps({"name": "a", **settings}).encode())
    check_problem(answer, 400, "invalid_request")
    equal(running.get("/a/index.yaml").status, 404)


# ---- who sees what ----

@test
def t_fed_private_members_never_leak():
    running = Server()
    make_repo(running, "vault", private=True)
    make_repo(running, "inner", members="vault", private=True)
    publish(running, "vault", chart("secret"), chart("app", "2.0.0"))
    publish(running, "", chart("app"))
    make_repo(running, "all", members="vault inner main")
    running.stop()
    add_user(running.data, "root", "admin:*")
    add_user(running.data, "bob", "pull:all\npull:main")
    running = Server(running.data)
    for who in ({}, basic("bob", PASSWORD), basic("root", PASSWORD)):
        equal(shown(running, "all", who), {"app": ["1.0.0"]})
        for path in ("/all/charts/secret-1.0.0.tgz", "/all/charts/app-2.0.0.tgz", "/api/all/charts/secret",
                     "/api/all/charts/secret/1.0.0", "/api/all/charts/secret/1.0.0/values"):
            equal(running.get(path, who).status, 404, path)
    conflicts = json.loads(running.get("/api/v1/repos/all/conflicts", basic("bob", PASSWORD)).body)
    equal(conflicts, {"repo": "all", "conflicts": [], "warnings": []})
    [conflict] = json.loads(running.get("/api/v1/repos/all/conflicts", basic("root", PASSWORD)).body)["conflicts"][:1]
    equal((conflict["chart"], conflict["winner"]), ("app", "main"))
    equal(running.get("/api/v1/repos/inner/conflicts", basic("bob", PASSWORD)).status, 404)


PLACES = ("/repos", "/repos/all", "/repos/up", "/api/v1/upstreams", "/api/v1/upstreams/up", "/api/v1/upstreams/all", "/api/v1/repos", "/api/v1/repos/all", "/api/v1/repos/all/conflicts", "/feed/all",
          "/feed", "/feed/up", "/all/index.yaml", "/all/index.json", "/api/all/charts", "/api/v1/events", "/api/v1/events?repo=all",
          "/api/v1/events?repo=up", "/api/v1/search?q=app", "/api/v1/search?q=secret", "/packages/main/app",
          "/api/v1/charts/main/app/1.0.0/used-by", "/api/chartsvc/v1/all/charts", "/sitemap.xml", "/admin/repos/all",
          "/packages/all/app", "/packages/all/redis", "/all/charts/redis-1.0.0.tgz", "/all/charts/app-2.0.0.tgz", "/",
          "/api/v1/repositories/search", "/api/v1/packages/search?ts_query_web=app", "/api/v1/stats", "/api/v1/repos/all/versions",
          "/api/v1/packages/helm/all/app", "/api/v1/charts/all/app", "/admin/repos", "/admin")


def named(running, headers, words):
    """{(place, word)}: where the reader is told a word, also in headers."""
    told = {}
    for path in PLACES:
        answer = running.get(path, headers)
        told[path] = answer.body.decode() + repr(sorted(answer.headers.items()))
    return {(path, word) for path, text in told.items() for word in words if re.search(rf"\b{word}\b", text)}


@table(("a public one", False), ("a private one", True))
def t_fed_private_members_are_named_nowhere(private):
    """Nor one that is none yet, which looks the same; an administrator of the one alone knows no more."""
    far, running = Server(), Server()
    publish(far, "", chart("redis"))
    for name in ("yore", "also"):
        make_repo(running, name, private=True)
        publish(running, name, chart("secret"), chart("app", "2.0.0"))
    make_repo(running, "old")
    post(running, "/api/v1/repos/yore/rename", {"to": "vault"}, 200)
    post(running, "/api/v1/repos/old/rename", {"to": "new"}, 200)
    make_repo(running, "up", upstream=far.url, mode="proxy", allow_private=True)
    publish(running, "", chart("app"))
    make_repo(running, "all", members="yore also unmade main up old", pins="app=main redis=yore lone=unmade", private=private)
    make_repo(running, "hushed", members="up main", private=True)
    assert settled(lambda: "redis" in shown(running, "up"))
    publish(far, "", chart("app", "9.0.0"))
    assert settled(lambda: "app" in shown(running, "up"))
    running.stop()
    far.stop()
    add_user(running.data, "root", "admin:*")
    add_user(running.data, "bob", "pull:all\npull:main\npull:up\npull:new")
    add_user(running.data, "eve", "admin:all")
    running = Server(running.data)
    words = ("vault", "yore", "also", "unmade", "lone", "hushed", *(() if private else ("secret",)))
    for who in ({}, basic("bob", PASSWORD), basic("eve", PASSWORD)):
        equal(named(running, who, words), set(), who)
    [root, bob] = [json.loads(running.get("/api/v1/repos/all", basic(who, PASSWORD)).body) for who in ("root", "bob")]
    equal((bob["kind"], bob["settings"]["members"], bob["settings"]["pins"]), ("virtual", "main up old", "app=main"))
    equal(sorted(root["settings"]), sorted(bob["settings"]))
    equal((root["settings"]["members"], root["settings"]["pins"], root["absent_members"]),
          ("yore also unmade main up old", "app=main redis=yore lone=unmade", ["unmade"]))
    contains(running.get("/repos/all", basic("bob", PASSWORD)).body.decode(), ">old</a>")


@test
def t_fed_who_promotes_is_told_no_member_that_he_may_not_see():
    running = Server()
    make_repo(running, "vault", private=True)
    publish(running, "vault", chart("app"))
    make_repo(running, "prod", members="vault", private=True, take_charts="nothing")
    running.stop()
    token = bearer(add_token(running.data, "t", "push:prod\npull:prod"))
    running = Server(running.data)
    for chart_name, version, status in (("app", "7.0.0", 404), ("none", "1.0.0", 404), ("app", "1.0.0", 200)):
        told = post(running, "/api/v1/repos/prod/promote", {"chart": chart_name, "version": version}, status, token)
        assert "vault" not in json.dumps(told), told


@test
def t_fed_a_pin_to_a_private_member_is_told_to_nobody():
    """A name that it keeps from the others is no conflict to who does not see it; one to a member he sees is."""
    running = Server()
    make_repo(running, "vault", private=True)
    far = [Server(), Server()]
    for n, one in enumerate(far):
        publish(one, "", chart("redis"), chart("app"))
        make_repo(running, f"up{n}", upstream=one.url, mode="proxy", allow_private=True)
    make_repo(running, "bare")
    assert settled(lambda: len(shown(running, "up0")) == len(shown(running, "up1")) == 2), running.log()
    make_repo(running, "all", members="vault up0 up1 bare", pins="redis=vault app=bare db=vault web=up0")
    for one in far:
        publish(one, "", chart("db"), chart("web"))
    assert settled(lambda: len(shown(running, "up0")) == len(shown(running, "up1")) == 4), running.log()
    running.stop()
    add_user(running.data, "root", "admin:*")
    running = Server(running.data)

    def told(who):
        page = running.get("/repos/all", who).body.decode()
        return [c["chart"] for c in json.loads(running.get("/api/v1/repos/all/conflicts", who).body)["conflicts"]], \
            sorted(set(re.findall(r"<tr><td>(\w+)</td><td><a", page)))
    equal(told({}), (["app", "web"], ["app", "web"]))
    equal(told(basic("root", PASSWORD)), (["app", "db", "redis", "web"],) * 2)
    shadowed = lambda who: {e["event"]["chart"] for e in json.loads(running.get("/api/v1/events", who).body)["events"]
                            if e.get("event", {}).get("kind") == "upstream.shadowed"}
    equal((shadowed({}), shadowed(basic("root", PASSWORD))), ({"web"}, {"db", "web"}))


@table(("a member", "stable up"), ("below another one", "inner up"))
def t_fed_15_a_private_name_goes_to_no_upstream(members):
    """Who may not see ours gets nothing for it, and is not told why."""
    far, near = with_upstream()
    make_repo(near, "inner", members="stable")
    change(near, "all", members=members)
    change(near, "stable", private=True)
    publish(near, "stable", chart("redis", "0.1.0"))
    near.stop()
    add_user(near.data, "root", "admin:*")
    add_user(near.data, "bob", "pull:all\npull:up\npull:inner")
    near = Server(near.data)
    for who in ({}, basic("bob", PASSWORD), basic("root", PASSWORD)):
        equal(shown(near, "all", who), {})
        for file in ("app-9.0.0", "app-1.0.0", "redis-1.0.0"):
            equal(near.get(f"/all/charts/{file}.tgz", who).status, 404)
        equal(near.get("/up/charts/app-9.0.0.tgz", who).status, 200)
    report = "/api/v1/repos/all/conflicts"
    equal(json.loads(near.get(report, basic("bob", PASSWORD)).body)["conflicts"], [])
    told = json.loads(near.get(report, basic("root", PASSWORD)).body)["conflicts"]
    equal([(c["chart"], c["winner"], [m["verdict"] for m in c["members"]]) for c in told],
          [(name, None, ["private member", "kept for a private member"]) for name in ("app", "redis")])
    must("fsck", "--data", near.data)


@test
def no_deeper_than_a_file_is_found():
    """Whichever of them is made or set last, and by a name that is yet to be made."""
    running = Server()
    running.publish(chart("app"))
    for n in range(40):
        make_repo(running, f"up{n}", members="main" if not n else f"up{n - 1}")
    for n in range(24):
        make_repo(running, f"top{n}", members="later" if not n else f"top{n - 1}")

    def told(method, path, body):
        answer = running.request(method, path, json.dumps(body))
        return "" if answer.status < 300 else json.loads(answer.body)["error"]
    wrong = "members: more than 64 virtual repositories below each other"
    equal(told("POST", "/api/v1/repos", {"name": "later", "members": "main up39"}), wrong)
    make_repo(running, "later", members="up38")
    equal(running.get("/top23/charts/app-1.0.0.tgz").status, 200)
    equal(told("PATCH", "/api/v1/repos/later", {"members": "up39"}), wrong)
    equal(told("PATCH", "/api/v1/repos/up0", {"members": "top23"}), 'members: "up0" would be a member of itself')
    equal(told("POST", "/api/v1/repos", {"name": "more", "members": "top23"}), wrong)
    make_repo(running, "side", members="main")
    equal(told("PATCH", "/api/v1/repos/up0", {"members": "main side"}), wrong)
    equal(told("PATCH", "/api/v1/repos/up1", {"members": "up0 side"}), "")


@test
def a_private_view_is_read_by_its_own_right():
    """Who may pull from the view gets what it shows, and nothing else of its member."""
    running = Server()
    make_repo(running, "dev", private=True)
    publish(running, "dev", chart("app"), chart("app", "1.1.0-rc.1"))
    make_repo(running, "prod", members="dev", private=True, take_prereleases=False)
    running.stop()
    add_user(running.data, "bob", "pull:prod")
    running = Server(running.data)
    bob = basic("bob", PASSWORD)
    equal(shown(running, "prod", bob), {"app": ["1.0.0"]})
    equal(running.get("/prod/charts/app-1.0.0.tgz", bob).body, chart("app"))
    equal(running.get("/prod/charts/app-1.1.0-rc.1.tgz", bob).status, 404)
    equal(running.get("/dev/charts/app-1.0.0.tgz", bob).status, 404)
    for path in ("/prod/index.yaml", "/prod/charts/app-1.0.0.tgz"):
        assert running.get(path).status in (401, 404), path


# ---- promoted by hand ----

@test
def promote_and_back():
    running = Server()
    publish(running, "", chart("app"), chart("app", "1.1.0-rc.1"))
    data = ("--data", running.data)
    must("virtual", "add", "prod", "main", "--set", "take_prereleases=false", *data)
    contains(running.get("/repos/prod").body.decode(), '<dt>Take pre-releases.</dt><dd class="mono">no</dd>')
    contains(must("promote", "main/app", "1.1.0-rc.1", "--to", "prod", "--reason", "tested", *data), "promoted to prod")
    equal(shown(running, "prod"), {"app": ["1.1.0-rc.1", "1.0.0"]})
    equal(running.get("/prod/charts/app-1.1.0-rc.1.tgz").status, 200)
    told = [e["event"] for e in json.loads(running.get("/api/v1/events").body)["events"]]
    [event] = [e for e in told if e["kind"] == "promote"]
    equal((event["repo"], event["chart"], event["version"], event["detail"]),
          ("prod", "app", "1.1.0-rc.1", {"reason": "tested"}))
    contains(must("promote", "main/app", "1.1.0-rc.1", "--to", "prod", *data), "before")
    must("promote", "main/app", "1.1.0-rc.1", "--to", "prod", "--undo", *data)
    equal(shown(running, "prod"), {"app": ["1.0.0"]})
    for arguments, text in ((("main/app", "7.0.0", "--to", "prod"), "no app 7.0.0"),
                            (("other/app", "1.0.0", "--to", "prod"), "does not come from"),
                            (("main/app", "1.0.0", "--to", "main"), "virtual"),
                            (("main/app", "1.0.0", "--to", "nope"), "make it with: chartlocker virtual add nope MEMBER…"),
                            (("main/app", "1.0.0", "--to", "nope", "--undo"), "chartlocker virtual add nope MEMBER…")):
        refused = command("promote", *arguments, *data)
        equal(refused.returncode, 1, refused)
        contains(refused.stderr, text)


@test
def promotions_stand_on_its_page():
    """As long as they are shown: with the same bytes, and until they are taken back."""
    def promoted():
        text = running.get("/repos/prod").body.decode()
        part = text.partition('<section id="promoted">')[2].partition("</section>")[0]
        return [re.sub("<[^>]*>", "|", row).split("||") for row in re.findall("<tr><td>(.*?)</tr>", part)]

    running = Server()
    make_repo(running, "prod", members="main", take_prereleases=False)
    publish(running, "", chart("app", "1.0.0"), chart("app", "1.1.0-rc.1"), chart("app", "1.2.0-rc.1"))
    equal(promoted(), [])
    for version in ("1.1.0-rc.1", "1.2.0-rc.1"):
        must("promote", "main/app", version, "--to", "prod", "--reason", f"<{version}>", "--data", running.data)
    equal([(row[0], row[1], row[-1].strip("|")) for row in promoted()],
          [("app", "1.1.0-rc.1", "&lt;1.1.0-rc.1&gt;"), ("app", "1.2.0-rc.1", "&lt;1.2.0-rc.1&gt;")])
    must("promote", "main/app", "1.2.0-rc.1", "--to", "prod", "--undo", "--data", running.data)
    equal(running.request("POST", "/api/v1/repos/main/yank",
                          '{"chart":"app","version":"1.1.0-rc.1","reason":"x"}').status, 200)
    equal(promoted(), [])


@test
def promotions_stand_in_its_feed():
    running = Server()
    make_repo(running, "prod", members="main", take_prereleases=False)
    publish(running, "", chart("app", "1.0.0-rc.1"), chart("app", "1.1.0-rc.1"))
    for version in ("1.0.0-rc.1", "1.1.0-rc.1"):
        must("promote", "main/app", version, "--to", "prod", "--reason", "tested <well>", "--data", running.data)
    must("promote", "main/app", "1.1.0-rc.1", "--to", "prod", "--undo", "--data", running.data)
    feed = running.get("/feed/prod").body.decode()
    contains(feed, "app 1.0.0-rc.1: promoted")
    contains(feed, "tested &lt;well&gt;")
    assert "1.1.0-rc.1" not in feed and "1970" not in feed, feed
    [link] = re.findall(r'<entry>.*?<link rel="alternate"[^>]*href="[^"]*?(/repos/[^"]*)"', feed, re.DOTALL)
    equal(running.get(link).status, 200)


@test
def who_may_promote():
    running = Server()
    publish(running, "", chart("app"), chart("db"))
    make_repo(running, "prod", members="main", take_charts="nothing")
    running.stop()
    add_user(running.data, "root", "admin:*")
    tokens = {roles: add_token(running.data, f"t{number}", roles)
              for number, roles in enumerate(("pull:*", "push:main", "push:prod:db", "push:prod:app"))}
    running = Server(running.data)
    body = {"chart": "app", "version": "1.0.0", "reason": "x"}
    for roles, status in (("pull:*", 403), ("push:main", 403), ("push:prod:db", 403), ("push:prod:app", 200)):
        post(running, "/api/v1/repos/prod/promote", body, status, bearer(tokens[roles]))
    equal(shown(running, "prod"), {"app": ["1.0.0"]})


# ---- what waits for a cool-down ----

def waiting(running, view="slow", headers=None):
    """What the API says, and what the page says above the charts."""
    told = json.loads(running.get(f"/api/v1/repos/{view}", headers or {}).body)["waiting"]
    page = running.get(f"/repos/{view}", headers or {})
    equal(page.status, 200)
    text = page.body.decode()
    notices = re.findall(r'<p class="notice[^"]*">(.*?)</p>', text, re.S)
    return told, " ".join(re.sub("<[^>]*>", "", notice) for notice in notices)


@test
def what_cools_down_is_told():
    """How many, and which one comes when; promoted it waits no more, and rules that leave it out leave it out."""
    running = Server()
    make_repo(running, "stable")
    publish(running, "stable", chart("lib", "2.0.0"), chart("app", "1.0.0"), chart("app", "1.1.0-rc.1"))
    make_repo(running, "slow", members="stable", cooldown_days=3, take_prereleases=False)
    make_repo(running, "plain", members="stable")
    equal(shown(running, "slow"), {})
    told, text = waiting(running)
    events = [e["event"] for e in json.loads(running.get("/api/v1/events").body)["events"]]
    [lib] = [e["at"] for e in events if e.get("chart") == "lib"]
    at = told["next"].pop("at")
    equal((told, at[10:]), ({"versions": 2, "unpinned": 0,
                             "next": {"repo": "stable", "chart": "lib", "version": "2.0.0"}}, lib[10:]))
    for part in ("2 versions wait for the cool-down. The next, lib 2.0.0, appears on " + at[:10], "(in ",
                 "chartlocker promote stable/lib 2.0.0 --to slow"):
        contains(text, part)
    contains(must("virtual", "show", "slow", "--data", running.data), f"2; the next, lib 2.0.0, appears at {at}")
    must("promote", "stable/lib", "2.0.0", "--to", "slow", "--data", running.data)
    told, text = waiting(running)
    equal((told["versions"], told["next"]["chart"]), (1, "app"))
    contains(text, "1 version waits for the cool-down. It, app 1.0.0, appears on ")
    change(running, "slow", cooldown_days=0)
    equal(waiting(running), ({"versions": 0, "unpinned": 0}, ""))
    equal(waiting(running, "plain"), ({"versions": 0, "unpinned": 0}, ""))


@test
def what_the_newest_will_push_out_does_not_wait():
    running = Server()
    make_repo(running, "stable")
    publish(running, "stable", *(chart("app", f"1.{n}.0") for n in range(4)))
    make_repo(running, "slow", members="stable", cooldown_days=3, take_last=1)
    told, _ = waiting(running)
    equal((told["versions"], told["next"]["version"]), (1, "1.3.0"))


@test
def what_waits_in_a_private_member_is_told_to_its_readers():
    running = Server()
    make_repo(running, "stable", private=True)
    publish(running, "stable", chart("app"))
    make_repo(running, "slow", members="stable", cooldown_days=3, private=True)
    running.stop()
    add_user(running.data, "root", "admin:*")
    add_user(running.data, "bob", "pull:slow")
    running = Server(data=running.data)
    told, text = waiting(running, headers=basic("root", PASSWORD))
    equal(told["versions"], 1)
    contains(text, "promote stable/app 1.0.0")
    equal(waiting(running, headers=basic("bob", PASSWORD)), ({"versions": 0, "unpinned": 0}, ""))


# ---- the report ----

@test
def conflicts_are_told():
    far, near = with_upstream()
    told = json.loads(near.get("/api/v1/repos/all/conflicts").body)
    equal(told, {"repo": "all", "conflicts": [{"chart": "app", "winner": "stable", "members": [
        {"member": "stable", "repo": "stable", "kind": "hosted", "verdict": "hosted here", "wins": True, "versions": 1},
        {"member": "up", "repo": "up", "kind": "upstream", "verdict": "shadowed", "wins": False, "versions": 1}]}],
                 "warnings": []})
    lines = must("virtual", "conflicts", "all", "--data", near.data).splitlines()
    equal([line.split()[:2] for line in lines[1:]], [["app", "stable"], ["app", "up"]])
    change(near, "all", pins="app=up")
    equal(shown(near)["app"], ["9.0.0"])
    change(near, "all", pins="", own_names="re*")
    equal(sorted(shown(near)), ["app"])
    contains(must("virtual", "conflicts", "all", "--data", near.data), "held back")
    check_problem(near.get("/api/v1/repos/stable/conflicts"), 400, "invalid_request")


@test
def t_fed_15_a_name_stays_with_the_upstream_that_had_it_first():
    evil, good, near = Server(), Server(), Server()
    publish(evil, "", chart("bait"))
    publish(good, "", chart("redis"))
    make_repo(near, "evil", upstream=evil.url, mode="proxy", allow_private=True)
    make_repo(near, "good", upstream=good.url, mode="proxy", allow_private=True)
    make_repo(near, "all", members="evil good")
    assert settled(lambda: shown(near) == {"bait": ["1.0.0"], "redis": ["1.0.0"]}), shown(near)
    publish(evil, "", chart("redis", "9.0.0"))
    assert settled(lambda: "redis" in shown(near, "evil")), shown(near, "evil")
    equal(shown(near)["redis"], ["1.0.0"])
    check_refusal(near, near.get("/all/charts/redis-9.0.0.tgz"), 404, "not_found")
    [conflict] = json.loads(near.get("/api/v1/repos/all/conflicts").body)["conflicts"]
    equal((conflict["chart"], conflict["winner"], [m["verdict"] for m in conflict["members"]]),
          ("redis", "good", ["came later", "had it first"]))
    contains(must("virtual", "conflicts", "all", "--data", near.data), "came later")
    told = [e["event"] for e in json.loads(near.get("/api/v1/events").body)["events"]]
    equal([(e["repo"], e["chart"], e["detail"]) for e in told if e["kind"] == "upstream.shadowed"],
          [("evil", "redis", {"in": "all", "why": "came later"})])
    before = json.loads(near.get("/all/index.yaml").body)["entries"]
    near.stop()
    must("rebuild", "--data", near.data)
    must("fsck", "--data", near.data)
    near = Server(near.data)
    equal(json.loads(near.get("/all/index.yaml").body)["entries"], before)
    change(near, "all", pins="redis=evil")
    equal(shown(near)["redis"], ["9.0.0"])


@test
def commands():
    running = Server()
    data = ("--data", running.data)
    warned = command("virtual", "add", "all", "main", "later", *data)
    equal(warned.returncode, 0, warned)
    contains(warned.stderr, '"later"')
    contains(must("virtual", "list", *data), "main later")
    contains(must("virtual", "set", "all", "members=main", "take_last=1", *data), "take_last")
    equal(json.loads(must("virtual", "show", "all", "--json", *data))["kind"], "virtual")
    refused = command("virtual", "remove", "main", *data)
    equal((refused.returncode, "no virtual" in refused.stderr), (1, True), refused)
    refused = command("virtual", "show", "main", *data)
    equal((refused.returncode, "no virtual repository" in refused.stderr), (1, True), refused)
    refused = command("virtual", "remove", "nope", *data)
    equal((refused.returncode, 'there is no repository "nope"' in refused.stderr), (1, True), refused)
    assert "repo create" not in refused.stderr, refused
    must("virtual", "remove", "all", *data)
    equal(must("virtual", "list", *data).splitlines()[1:], [])


# ---- fsck ----

def told(data):
    """{(repository, kind)} of the problems that fsck finds."""
    done = command("fsck", "--data", data, "--json")
    problems = {(p["repo"], p["kind"]) for p in json.loads(done.stdout)["problems"]}
    equal(done.returncode, 1 if problems else 0, done)
    return problems


def with_view():
    """A server with a view, in which a pre-release was promoted."""
    running = Server()
    publish(running, "", chart("app"), chart("app", "1.1.0-rc.1"))
    make_repo(running, "prod", members="main", take_prereleases=False)
    must("promote", "main/app", "1.1.0-rc.1", "--to", "prod", "--data", running.data)
    equal(shown(running, "prod"), {"app": ["1.1.0-rc.1", "1.0.0"]})
    return running


@test
def t_ops_fsck_likes_a_virtual_repository():
    running = Server()
    data = ("--data", running.data)
    publish(running, "", chart("app"))
    must("virtual", "add", "rel", "main", *data)
    equal(told(running.data), set())
    running.stop()
    equal(told(running.data), set())


@test
def t_ops_fsck_likes_promotions_and_a_backup_of_them():
    running = with_view()
    equal(told(running.data), set())
    copy = temporary()
    must("backup", "--data", running.data, copy / "backup")
    must("promote", "main/app", "1.1.0-rc.1", "--to", "prod", "--undo", "--data", running.data)
    equal(told(running.data), set())
    running.stop()
    equal(told(running.data), set())
    must("restore", copy / "backup", "--data", copy / "data")
    equal(told(copy / "data"), set())
    equal(shown(Server(copy / "data"), "prod"), {"app": ["1.1.0-rc.1", "1.0.0"]})
    equal(told(copy / "data"), set())


@test
def t_ops_fsck_likes_an_upstream_among_the_members():
    far, near = with_upstream()
    equal(near.get("/all/charts/redis-1.0.0.tgz").body, chart("redis"))
    must("promote", "up/redis", "1.0.0", "--to", "all", "--data", near.data)
    equal(told(near.data), set())
    far.stop()
    near.stop()
    equal(told(near.data), set())


@test
def t_ops_fsck_tells_a_promotion_that_nobody_made():
    running = with_view()
    running.stop()
    with contextlib.closing(sqlite3.connect(running.data / "catalog.db")) as catalog, catalog:
        catalog.execute("UPDATE release SET digest = zeroblob(32)")
    equal(told(running.data), {("prod", "log")})
    equal(shown(Server(running.data), "prod"), {"app": ["1.0.0"]})
    must("rebuild", "--data", running.data)
    equal(told(running.data), set())


if __name__ == "__main__":
    main()
