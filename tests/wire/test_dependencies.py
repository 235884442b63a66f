#!/usr/bin/env python3
"""What charts depend on over HTTP: trees, users, what is out of date, and who may see which of it.
Long because its rows share one graph."""
import functools
import json
import re
from pathlib import Path
from urllib.parse import quote

from wire import Server, contains, equal, make_repo
from harness import chart, chart_yaml, main, must, real_charts, table, test
from following import follow, refreshed
from people import PASSWORD, add_user, basic
from upstream import Upstream

ROOT = basic("root", PASSWORD)
KEYS = {"name", "range", "alias", "condition", "tags", "resolved", "locked", "missing", "cycle",
        "dependencies"}
ELSEWHERE = "https://charts.elsewhere.example/x"


def on(name, version, repository, **more):
    return {"name": name, "version": version, "repository": repository, **more}


def lock(*dependencies):
    """Chart.lock, as far as it is read here."""
    entries = [{k: d[k] for k in ("name", "version", "repository")} for d in dependencies]
    return json.dumps({"dependencies": entries, "digest": "sha256:0", "generated": "2026-01-01T00:00:00Z"}).encode()


def packed(name, version="1.0.0", **more):
    return {f"charts/{name}/Chart.yaml": json.dumps({"apiVersion": "v2", "name": name, "version": version, **more}).encode()}


@test
def own_address():
    """A listener answers below base_path and without it, and is known as both."""
    running = Server(args=("--set", "base_path=/charts"))
    url = f"http://{running.host}:{running.port}"
    for archive in (chart("lib"), chart("below", dependencies=[on("lib", "^1", f"{url}/charts")]),
                    chart("without", dependencies=[on("lib", "^1", url)])):
        equal(running.publish(archive).status, 201)
    users = json.loads(running.get("/api/v1/charts/main/lib/1.0.0/used-by").body)
    equal([one["name"] for one in users], ["below", "without"])


@functools.cache
def server():
    running = Server(keep=True)
    url = running.url
    for repo, settings in (("stable", {"known_as": ELSEWHERE}), ("team-a/stable", {}),
                           ("vault", {"private": True, "known_as": "https://vault.example"})):
        make_repo(running, repo, **settings)
    charts = [
        ("stable", chart("common", "1.0.0", type="library")), ("stable", chart("common", "1.4.2", type="library")),
        ("stable", chart("common", "2.0.0", type="library")), ("stable", chart("common", "2.1.0-rc.1", type="library")),
        ("stable", chart("redis", "17.0.1", dependencies=[on("common", "1.x.x", ELSEWHERE)])),
        ("stable", chart("redis", "17.3.0", dependencies=[on("common", "1.x.x", ELSEWHERE)])),
        ("stable", chart("redis", "18.0.0", dependencies=[on("common", "2.x.x", ELSEWHERE)])),
        ("stable", chart("meta", "1.0.0+up2.3.4")),
        ("vault", chart("secret", "1.0.0", dependencies=[on("common", "^1", ELSEWHERE)])),
        ("team-a/stable", chart("umbrella", "1.0.0", {
            **packed("bundled", "0.1.0"),
            "Chart.lock": lock(on("redis", "17.0.1", ELSEWHERE), on("common", "1.0.0", f"{url}/stable")),
        }, dependencies=[
            on("redis", "^17.0.0", ELSEWHERE, condition="redis.enabled", tags=["cache", "back"]),
            on("common", "^1.0.0", f"{url}/stable", **{"import-values": ["x", {"child": "a", "parent": "b"}]}),
            on("bundled", "*", ""), on("nowhere", "1", "https://nobody.example"),
            on("secret", "1", "https://vault.example"), on("meta", ">=1", f"http://localhost:{running.port}/stable",
                                                           alias="other"),
        ])),
        ("stable", chart("both", "1.0.0", dependencies=[on("common", "2.x.x", ELSEWHERE),
                                                        on("redis", "17.x.x", ELSEWHERE)])),
        ("", chart("ring-a", "1.0.0", dependencies=[on("ring-b", "1", url)])),
        ("", chart("ring-b", "1.0.0", dependencies=[on("ring-a", "1", url)])),
    ]
    for repo, archive in charts:
        equal(running.publish(archive, repo).status, 201)
    add_user(running.data, "root", "admin:*")
    return running


def get(path, headers=None, status=200):
    answer = server().get(f"/api/v1/charts/{path}", headers)
    equal(answer.status, status, answer.body)
    return json.loads(answer.body)


def tree(nodes):
    """{"redis ^17.0.0": {"common 1.x.x": {}}}, as far down as it goes."""
    return {f"{n['name']} {n['range']} {n['resolved']}": tree(n["dependencies"]) for n in nodes}


@test
def an_umbrella():
    found = get("team-a~stable/umbrella/1.0.0/dependencies")
    equal([found[k] for k in ("repo", "name", "version", "cut", "missing", "cycles")],
          ["team-a/stable", "umbrella", "1.0.0", False, 2, []])
    equal(tree(found["dependencies"]), {
        "redis ^17.0.0 17.3.0": {"common 1.x.x 1.4.2": {}}, "common ^1.0.0 1.4.2": {}, "bundled * None": {},
        "nowhere 1 None": {}, "secret 1 None": {}, "meta >=1 1.0.0+up2.3.4": {}})
    redis, common, bundled, nowhere, secret, meta = found["dependencies"]
    for node in (*found["dependencies"], *redis["dependencies"]):
        equal(KEYS - node.keys(), set())
    wanted = {"repo": "stable", "condition": "redis.enabled", "tags": ["cache", "back"], "alias": None,
              "locked": "17.0.1", "vendored": None, "missing": None, "cycle": False, "current": "17.0.1",
              "newest": "18.0.0", "kind": "major", "admitted": False, "repository": ELSEWHERE,
              "steps": {"minor": "17.3.0", "major": "18.0.0"}}
    equal({k: redis[k] for k in wanted}, wanted)
    equal((common["locked"], common["kind"], common["import_values"]),
          ("1.0.0", "major", ["x", {"child": "a", "parent": "b"}]))
    equal((bundled["vendored"], bundled["missing"], bundled["kind"]), ("0.1.0", None, None))
    equal((nowhere["missing"], nowhere["elsewhere"]), ("no repository here is known as https://nobody.example", []))
    equal((meta["alias"], meta["kind"], meta["repo"]), ("other", None, "stable"))


@test
def the_same_by_every_address():
    ways = [get(f"{repo}/umbrella/{version}/dependencies")
            for repo in ("team-a~stable", "team-a%7Estable") for version in ("1.0.0", "latest")]
    equal([way == ways[0] for way in ways], [True] * 4)
    for version in ("1.0.0+up2.3.4", "1.0.0%2Bup2.3.4", "latest"):
        equal(get(f"stable/meta/{version}/dependencies")["version"], "1.0.0+up2.3.4")
    equal(get("main/ring-a/latest/dependencies")["repo"], "main")


@test
def a_ring():
    found = get("main/ring-a/1.0.0/dependencies")
    b = found["dependencies"][0]
    a = b["dependencies"][0]
    equal((b["cycle"], a["name"], a["cycle"], a["dependencies"]), (False, "ring-a", True, []))
    equal([(c["length"], [v["name"] for v in c["charts"]]) for c in found["cycles"]], [(2, ["ring-a", "ring-b"])])


@test
def a_conflict():
    found = get("stable/both/latest/dependencies")["conflicts"]
    equal([(k["repo"], k["name"], k["common"], sorted((r["range"], r["resolved"], r["by"]["name"]) for r in k["ranges"]))
           for k in found],
          [("stable", "common", None, [("1.x.x", "1.4.2", "redis"), ("2.x.x", "2.0.0", "both")])])


# ---- who may see what ----

@test
def a_private_repository():
    stranger = get("team-a~stable/umbrella/1.0.0/dependencies")["dependencies"][4]
    equal((stranger["resolved"], stranger["repo"], stranger["missing"], stranger["elsewhere"]),
          (None, None, "no repository here is known as https://vault.example", []))
    root = get("team-a~stable/umbrella/1.0.0/dependencies", ROOT)["dependencies"][4]
    equal((root["resolved"], root["repo"], [n["name"] for n in root["dependencies"]]), ("1.0.0", "vault", ["common"]))
    equal([n["name"] for n in get("stable/common/1.0.0/used-by")], ["both", "redis", "umbrella"])
    contains([n["name"] for n in get("stable/common/1.0.0/used-by", ROOT)], "secret")
    for who, says in ((None, "no-cache"), (ROOT, "private, no-cache")):      # of a public one, but it names others
        answer = server().get("/api/v1/charts/stable/common/1.0.0/used-by", who)
        equal((answer.headers["Cache-Control"], "Authorization" in answer.headers.get_all("Vary")), (says, who is not None))
    for what in ("dependencies", "used-by", "outdated"):
        hidden = server().get(f"/api/v1/charts/vault/secret/1.0.0/{what}")
        absent = server().get(f"/api/v1/charts/nowhere/secret/1.0.0/{what}")
        equal((hidden.status, absent.status), (404, 404))
        blank = lambda body: re.sub(rb"vault|nowhere|[0-9a-f-]{20,}", b"", body)
        equal(blank(hidden.body), blank(absent.body))
        equal(server().get(f"/api/v1/charts/vault/secret/1.0.0/{what}", ROOT).status, 200)


# ---- users ----

@test
def users():
    found = get("stable/common/2.0.0/used-by", ROOT)
    wanted = {"stable/both": ("1.0.0", "2.x.x", True, True), "stable/redis": ("18.0.0", "2.x.x", True, True), "team-a/stable/umbrella": ("1.0.0", "^1.0.0", False, False),
              "vault/secret": ("1.0.0", "^1", False, False)}
    seen = {f"{u['repo']}/{u['name']}": (u["version"], u["range"], u["accepts"], u["accepts_newest"])
            for u in found}
    equal(seen, wanted)
    old = {f"{u['name']} {u['version']}": u["accepts"] for u in get("stable/common/1.4.2/used-by?versions=all")}
    equal(old, {"both 1.0.0": False, "redis 17.0.1": True, "redis 17.3.0": True, "redis 18.0.0": False, "umbrella 1.0.0": True})
    equal(get("stable/meta/latest/used-by"), [{"repo": "team-a/stable", "name": "umbrella", "version": "1.0.0",
                                               "range": ">=1", "alias": "other", "accepts": True,
                                               "accepts_newest": True}])
    equal(get("team-a~stable/umbrella/latest/used-by"), [])


@table(("shown", "shown"), ("all", "all"))
def users_page_by_page(versions):
    whole = get(f"stable/common/1.0.0/used-by?versions={versions}", ROOT)
    for limit in (1, 2, 3):
        path, seen = f"/api/v1/charts/stable/common/1.0.0/used-by?limit={limit}&versions={versions}", []
        while path:
            answer = server().get(path, ROOT)
            page = json.loads(answer.body)
            assert len(page) <= limit, page
            seen += page
            link = re.fullmatch(r'<(http://[^/]*)(/[^>]*)>; rel="next"', answer.headers.get("Link", ""))
            equal(link is None, len(seen) >= len(whole), answer.headers.get("Link"))
            path = link and link[2]
        equal(seen, whole)


@test
def settings_that_change():
    """Users follow known_as and names of repositories, at the next request."""
    running = Server()
    send = lambda method, path, body: running.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
    used_by = lambda repo: [u["name"] for u in json.loads(running.get(f"/api/v1/charts/{repo}/lib/latest/used-by").body)]
    for name in ("libs", "apps"):
        make_repo(running, name)
    for repo, archive in (("libs", chart("lib")), ("apps", chart("a", dependencies=[on("lib", "1", "https://libs.example/")])),
                          ("apps", chart("b", dependencies=[on("lib", "1", f"{running.url}/shared")]))):
        equal(running.publish(archive, repo).status, 201)
    equal(used_by("libs"), [])
    equal(send("PATCH", "/api/v1/repos/libs", {"known_as": "https://libs.example"}).status, 200)
    equal(used_by("libs"), ["a"])
    equal(send("POST", "/api/v1/repos/libs/rename", {"to": "shared"}).status, 200)
    equal(used_by("shared"), ["a", "b"])
    equal(send("PATCH", "/api/v1/repos/shared", {"known_as": None}).status, 200)
    equal(used_by("shared"), ["b"])
    equal(json.loads(running.get("/api/v1/charts/apps/a/latest/dependencies").body)["missing"], 1)


@test
def a_yanked_version():
    """Nobody chooses it, and who has it wants to know what it needs and who else uses it."""
    running = Server()
    for archive in (chart("lib", "1.0.0"), chart("lib", "1.1.0", dependencies=[on("lib2", "1", "")]),
                    chart("app", dependencies=[on("lib", "^1", "@main")])):
        equal(running.publish(archive).status, 201)
    resolved = lambda: json.loads(running.get("/api/v1/charts/main/app/latest/dependencies").body)["dependencies"][0]["resolved"]
    equal(resolved(), "1.1.0")
    yanked = running.request("POST", "/api/v1/repos/main/yank", json.dumps({"chart": "lib", "version": "1.1.0"}),
                             {"Content-Type": "application/json"})
    equal(yanked.status, 200)
    equal(resolved(), "1.0.0")
    for what, found in (("dependencies", 1), ("used-by", 1), ("outdated", 0)):
        answer = running.get(f"/api/v1/charts/main/lib/1.1.0/{what}")
        equal(answer.status, 200, answer.body)
        value = json.loads(answer.body)
        equal(len(value["dependencies"] if isinstance(value, dict) else value), found, what)
    equal(running.request("DELETE", "/api/charts/lib/1.0.0").status, 200)
    equal(running.get("/api/v1/charts/main/lib/1.0.0/used-by").status, 404)
    equal(running.get("/api/v1/charts/main/lib/latest/used-by").status, 404)


@test
def what_a_private_virtual_repository_is_made_of():
    """It is as if it were not there, by whatever name it had; also to the users of a chart."""
    running = Server()
    send = lambda method, path, body: equal(running.request(method, path, json.dumps(body)).status // 100, 2)
    for body in ({"name": "apps"}, {"name": "was", "members": "main", "private": True},
                 {"name": "open", "members": "closed"}):
        send("POST", "/api/v1/repos", body)
    send("POST", "/api/v1/repos/was/rename", {"to": "closed"})
    places = ("closed", "was", "open", "nothing")
    running.publish(chart("lib"))
    running.publish(chart("app", dependencies=[on("lib", "1", "@closed")]), "apps")
    running.stop()
    add_user(running.data, "root", "admin:*")
    running = Server(running.data)
    ours = [f"{running.url}/{p}" for p in places] + [f"@{p}" for p in places]

    def answers(who):
        body = {"dependencies": [{"name": n, "range": "1", "repository": a} for a in ours for n in ("lib", "else")]}
        found = json.loads(running.request("POST", "/api/v1/dependencies", json.dumps(body), who).body)
        users = json.loads(running.get("/api/v1/charts/main/lib/latest/used-by", who).body)
        return [(d["repo"], d["missing"]) for d in found], [u["name"] for u in users]

    def counts(who):
        """Wherever users are counted: in the API, in a search, on the page."""
        page = running.get("/packages/main/lib", who).body.decode()
        return (json.loads(running.get("/api/v1/charts/main/lib", who).body)["used_by"],
                [c["used_by"] for c in json.loads(running.get("/api/v1/search?q=lib", who).body)["results"] if c["name"] == "lib"],
                re.findall(r"Used by</dt>\s*<dd>(?:<a[^>]*>)?\s*(\d+)", page))
    found, users = answers({})
    equal({repo for repo, _ in found}, {None})
    said = [missing.replace(ours[i // 2], "X").replace(f'"{places[i // 2 % 4]}"', "X") for i, (_, missing) in enumerate(found)
            if places[i // 2 % 4] != "open"]
    equal((len(set(said[:6])), len(set(said[6:]))), (1, 1), said)
    contains(found[4][1], "open has no chart lib")              # what its index shows, to everybody
    found, users_of_root = answers(basic("root", PASSWORD))
    equal([repo for repo, _ in found[::2]], (["main"] * 2 + [None] * 2) * 2)
    contains(found[1][1], "closed has no chart else")
    contains(found[4][1], "open has no chart lib")
    equal((users, users_of_root), ([], ["app"]))
    equal((counts({}), counts(basic("root", PASSWORD))), ((0, [0], []), (1, [1], ["1"])))
    running.publish(chart("app", "1.1.0", dependencies=[on("lib", "1", f"{running.url}/main")]), "apps", headers=basic("root", PASSWORD))
    equal(counts({}), (1, [1], ["1"]))


# ---- what is out of date ----

@test
def outdated():
    found = get("team-a~stable/umbrella/1.0.0/outdated")
    equal([(d["name"], d["current"], d["newest"], d["kind"], d["admitted"]) for d in found],
          [("redis", "17.0.1", "18.0.0", "major", False), ("common", "1.0.0", "2.0.0", "major", False)])
    equal(get("stable/common/1.0.0/outdated"), [])


@table(("of one repository", "a", "1.0.0", "1.1.0", "minor"), ("in use itself", "a", "2.0.0", "2.1.0", "minor"),
       ("of two of one address", "both", "1.0.0", "1.2.0", "minor"))
def outdated_but_for_prereleases(where, locked, newest, kind):
    """A version whose annotation says so is one, whatever its number: asked of a server, and of the index."""
    running = Server(keep=True)
    for repo, versions in (("a", ("1.0.0", "1.1.0", "2.0.0", "2.1.0")), ("b", ("1.2.0", "2.2.0"))):
        make_repo(running, repo, **({"known_as": ELSEWHERE} if where == "both" else {}))
        for version in versions:
            called = "true" if version[0] == "2" else "false"
            equal(running.publish(chart("lib", version, annotations={"artifacthub.io/prerelease": called}), repo).status, 201)
    asked = on("lib", "*", ELSEWHERE if where == "both" else f"{running.url}/a")
    body = {"dependencies": [{"name": "lib", "range": "*", "repository": asked["repository"], "locked": locked}]}
    [found] = json.loads(running.request("POST", "/api/v1/dependencies", json.dumps(body)).body)
    equal((found["newest"], found["kind"], found["resolved"][0]), (newest, kind, "2"))
    if where != "both":
        user = Path(running.data, "user")
        user.mkdir()
        (user / "Chart.yaml").write_bytes(chart_yaml("user", dependencies=[asked]))
        (user / "Chart.lock").write_bytes(lock({**asked, "version": locked}))
        [[found]] = [chart["outdated"] for chart in json.loads(must("outdated", user, "--json"))]
        equal((found["newest"], found["kind"]), (newest, kind))


def behind(query="", headers=None):
    answer = server().get(f"/api/v1/outdated{query}", headers)
    equal(answer.status, 200, answer.body)
    return [(row["repo"], row["name"], row["version"], row["dependencies"], [d["name"] for d in row["outdated"]],
             [d["name"] for d in row["missing"]]) for row in json.loads(answer.body)]


@test
def outdated_of_all():
    """Every chart with dependencies in every hosted repository that one may read."""
    rings = [("main", "ring-a", "1.0.0", 1, [], []), ("main", "ring-b", "1.0.0", 1, [], [])]
    stable = [("stable", "both", "1.0.0", 2, ["redis"], []), ("stable", "redis", "18.0.0", 1, [], [])]
    umbrella = ("team-a/stable", "umbrella", "1.0.0", 6, ["redis", "common"])
    equal(behind(), [*rings, *stable, (*umbrella, ["nowhere", "secret"])])
    equal(behind(headers=basic("root", PASSWORD)), [*rings, *stable, (*umbrella, ["nowhere"]),
                                                    ("vault", "secret", "1.0.0", 1, ["common"], [])])
    equal(behind("?repo=team-a/stable"), [(*umbrella, ["nowhere", "secret"])])
    equal(server().get("/api/v1/outdated?repo=vault").status, 404)
    equal(server().get("/api/v1/outdated?repo=none").status, 404)


def rows_of(query="", headers=None):
    """(The sentence, the cells of the rows, the charts with missing ones) of the page."""
    answer = server().get(f"/outdated{query}", {"Accept": "text/html", **(headers or {})})
    equal(answer.status, 200, answer.body)
    text = answer.body.decode().split("<main")[1]
    cells = [[" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in re.findall("<td[^>]*>(.*?)</td>", row)]
             for row in re.findall("<tr><td.*?</tr>", text)]
    missing = [" ".join(re.sub("<[^>]*>", " ", one).split()) for one in re.findall("<li>(.*?)</li>", text.partition("Not compared")[2])]
    return re.search(r"<p>([^<]*)\.</p>", text)[1], cells, missing


@test
def page_of_what_is_out_of_date():
    """The same as the API tells, for people: linked from the page of a repository and of all of them."""
    said, cells, missing = rows_of("?repo=team-a/stable")
    equal(said, "1 of 1 chart with dependencies in team-a/stable is out of date; 1 could not be compared as a whole")
    equal(cells, [["umbrella 1.0.0", "redis", "^17.0.0", "17.0.1", "major 18.0.0 outside the range"],
                  ["umbrella 1.0.0", "common", "^1.0.0", "1.0.0", "major 2.0.0 outside the range"]])
    equal(missing, ["umbrella 1.0.0 2 missing"])
    said, cells, missing = rows_of()
    equal(said, "2 of 5 charts with dependencies are out of date; 1 could not be compared as a whole")
    equal([row[0] for row in cells], ["stable/both 1.0.0"] + ["team-a/stable/umbrella 1.0.0"] * 2)
    said, cells, missing = rows_of(headers=basic("root", PASSWORD))
    equal((said, cells[-1][0]),
          ("3 of 6 charts with dependencies are out of date; 1 could not be compared as a whole", "vault/secret 1.0.0"))
    equal(missing, ["team-a/stable/umbrella 1.0.0 1 missing"])
    equal(rows_of("?repo=main"), ("0 of 2 charts with dependencies in main are out of date", [], []))
    for query, status in (("?repo=vault", 404), ("?repo=none", 404), ("?page=9", 200), ("?page=x", 400)):
        equal(server().get(f"/outdated{query}", {"Accept": "text/html"}).status, status, query)
    for path, link in (("/repos", "/outdated"), ("/repos/team-a/stable", "/outdated?repo=team-a%2Fstable")):
        contains(server().get(path).body.decode(), f'href="{link}"')


@test
def two_packed_charts_of_one_name():
    """Each dependency has the one that its range admits."""
    files = {f"charts/{folder}/Chart.yaml": chart_yaml("sub", version) for folder, version in (("a", "1.0.0"), ("b", "2.0.0"))}
    needs = [{"name": "sub", "version": wish, "repository": ELSEWHERE, "alias": f"x{i}"} for i, wish in enumerate(("1.x", "2.x", "3.x"))]
    running = Server()
    equal(running.publish(chart("twice", files=files, dependencies=needs)).status, 201)
    found = json.loads(running.get("/api/v1/charts/main/twice/1.0.0/dependencies").body)["dependencies"]
    equal([d["vendored"] for d in found], ["1.0.0", "2.0.0", None])


def resolve(body, headers=None):
    return server().request("POST", "/api/v1/dependencies", body if isinstance(body, (str, bytes)) else json.dumps(body),
                            {"Content-Type": "application/json", **(headers or {})})


@test
def a_chart_that_is_elsewhere():
    answer = resolve({"dependencies": [
        {"name": "redis", "range": "^17.0.0", "repository": ELSEWHERE, "locked": "17.0.1"},
        {"name": "common", "range": "1.0.0", "repository": "@stable", "alias": "x", "vendored": None},
        {"name": "secret", "range": "1", "repository": "https://vault.example"},
        {"name": "local", "range": "1", "repository": "file://../local"}]})
    equal(answer.status, 200, answer.body)
    found = json.loads(answer.body)
    equal([(d["name"], d["resolved"], d["newest"], d["kind"], bool(d["missing"])) for d in found],
          [("redis", "17.3.0", "18.0.0", "major", False), ("common", "1.0.0", "2.0.0", "major", False),
           ("secret", None, None, None, True), ("local", None, None, None, True)])
    equal(json.loads(resolve({"dependencies": []}).body), [])
    root = resolve({"dependencies": [{"name": "secret", "range": "1", "repository": "https://vault.example"}]}, ROOT)
    equal(json.loads(root.body)[0]["resolved"], "1.0.0")


@functools.cache
def halves():
    """A proxy that has the older versions of an upstream, a mirror that has all of them; and a virtual one."""
    up, running = Upstream(), Server(keep=True)
    for minor in range(6):
        up.put("two", f"1.{minor}.0")
    for name, more in (("a", {"mode": "proxy", "take_versions": "<1.3"}), ("b", {"mode": "mirror"})):
        follow(running, up, name, **{"known_as": "https://two.example", **more})
        refreshed(running, name)
    make_repo(running, "all", members="a b")
    return running, up.url


@table(("the only one that has it", "1.5.0", None, "b", "1.5.0"), ("the newest", "1.x", None, "b", "1.5.0"),
       ("of equal ones that whose archive is here", "1.1.0", None, "b", "1.1.0"),
       ("what is out of date", "~1.1", "1.1.0", "b", "1.1.0"),
       ("neither", "2.x", None, "a", None))
def two_repositories_of_one_address(range_, locked, repo, resolved):
    running, url = halves()
    for address in url, "https://two.example":
        asked = {"name": "two", "range": range_, "repository": address, **({"locked": locked} if locked else {})}
        answer = running.request("POST", "/api/v1/dependencies", json.dumps({"dependencies": [asked]}))
        [found] = json.loads(answer.body)
        equal((found["repo"], found["resolved"], found["newest"]), (repo, resolved, "1.5.0"))
        equal(bool(found["missing"]), not resolved)


@test
def the_first_member_of_a_virtual_repository_has_the_name():
    running, _ = halves()
    asked = {"name": "two", "range": "1.x", "repository": "@all"}
    answer = running.request("POST", "/api/v1/dependencies", json.dumps({"dependencies": [asked]}))
    equal([(d["repo"], d["resolved"]) for d in json.loads(answer.body)], [("a", "1.2.0")])


@table(("no list", {}, "a list of at most 500"), ("not a list", {"dependencies": {}}, "a list of at most 500"),
       ("no objects", {"dependencies": ["x"]}, "a list of objects"),
       ("no name", {"dependencies": [{"range": "1"}]}, "one has no name"),
       ("an unknown field", {"dependencies": [{"name": "x", "version": "1"}]}, 'unknown field "version"'),
       ("a number as a range", {"dependencies": [{"name": "x", "range": 1}]}, "range: a string"),
       ("too many", {"dependencies": [{"name": "x"}] * 501}, "a list of at most 500"),
       ("no JSON", "{", "body:1"), ("no object", "[]", "a JSON object"))
def refused_bodies(body, said):
    answer = resolve(body)
    equal(answer.status, 400)
    contains(json.loads(answer.body)["detail"], said)


@test
def deprecated_and_yanked():
    running = Server()
    for archive in (chart("old", deprecated=True), chart("was", deprecated=True), chart("was", "2.0.0"), chart("bad"),
                    chart("user", dependencies=[on(name, "1", running.url) for name in ("old", "was", "bad")])):
        equal(running.publish(archive).status, 201)
    must("yank", "--data", running.data, "bad", "1.0.0", "--reason", "it loses data")
    whole = json.loads(running.get("/api/v1/charts/main/user/latest/dependencies").body)
    equal([(d["deprecated"], d["missing"]) for d in whole["dependencies"]],
          [(True, None), (True, None), (False, "main/bad 1.0.0 was yanked: it loses data")])
    [of] = json.loads(running.get("/api/v1/outdated").body)
    equal([d["name"] for d in of["deprecated"]], ["old", "was"])
    page = running.get("/packages/main/user/1.0.0/dependencies").body.decode()
    equal(page.count('<span class="mark warn">deprecated</span>'), 2)
    contains(page, '<text class="sub"')
    contains(page, ">yanked</text>")


@test
def locked_and_gone():
    """The range gives another version, which `helm dependency build` does not take."""
    running = Server()
    needs = [on("dep", "^1", running.url)]
    for archive in (chart("dep", "1.0.0"), chart("dep", "1.2.0"),
                    chart("user", files={"Chart.lock": lock({**needs[0], "version": "1.2.0"})}, dependencies=needs)):
        equal(running.publish(archive).status, 201)
    at = "/api/v1/charts/main/user/1.0.0"
    for reason in None, "cve":
        if reason:
            must("yank", "--data", running.data, "dep", "1.2.0", "--reason", reason)
        said = f"the lock names 1.2.0, which was yanked: {reason}" if reason else None
        [found] = json.loads(running.get(f"{at}/dependencies").body)["dependencies"]
        equal((found["resolved"], found["missing"]), ("1.0.0" if reason else "1.2.0", said))
        ready = json.loads(running.get(f"{at}/readiness").body)
        equal((ready["ready"], [(f["code"], f.get("why")) for f in ready["findings"] if f["code"].startswith("dep")]),
              (not reason, [("dependency-missing" if reason else "dependency-not-packed", said)]))
        equal("the lock names" in running.get("/packages/main/user/1.0.0/dependencies").body.decode(), bool(reason))


# ---- the rules of HTTP ----

@test
def asked_again():
    for what in ("dependencies", "used-by", "outdated"):
        path = f"/api/v1/charts/team-a~stable/umbrella/1.0.0/{what}"
        first = server().get(path)
        again = server().get(path, {"If-None-Match": first.headers["ETag"]})
        equal((again.status, again.body, first.headers["Cache-Control"]), (304, b"", "no-cache"))
        equal(server().request("HEAD", path).status, 200)
        equal(server().get(path, ROOT).headers["Cache-Control"], "private, no-cache")


@table(*[(f"{path} {what}", path, what, status)
         for path, status in (("stable/none/latest", 404), ("stable/redis/9.9.9", 404), ("none/x/1.0.0", 404),
                              ("stable/redis/17.0.1", 200), ("STABLE/redis/17.0.1", 404), ("a~b~c/redis/1", 404),
                              ("~/redis/1", 404))
         for what in ("dependencies", "used-by", "outdated")],
       *[(f"used-by?{query}", "stable/redis/latest", f"used-by?{query}", 400)
         for query in ("limit=0", "limit=1001", "limit=x", "versions=some", "after=x", "after=eA==",
                       "after=" + quote("YQpiCmMKZA=="), "after=" + "A" * 400)])
def statuses(path, what, status):
    answer = server().get(f"/api/v1/charts/{path}/{what}")
    equal(answer.status, status, answer.body)
    json.loads(answer.body)


# ---- charts as they are ----

@test
def real_umbrellas():
    """Every dependency of a real chart on the former stable repository is found here, or it is said
    why not; what a range gives is the newest version that is there and fits."""
    running = Server()
    make_repo(running, "stable", known_as="https://kubernetes-charts.storage.googleapis.com/ "
              "https://charts.helm.sh/stable http://storage.googleapis.com/kubernetes-charts")
    wanted = [path for path in real_charts() if "stable" in path.parts]
    for path in wanted:
        equal(running.publish(path.read_bytes(), "stable").status, 201, path.name)
    index = running.index("stable")["entries"]
    seen = resolved = 0
    for name, versions in sorted(index.items()):
        for version in versions:
            found = json.loads(running.get(f"/api/v1/charts/stable/{name}/{quote(version['version'])}/dependencies").body)
            written = version.get("dependencies", [])
            equal([(d["name"], d["range"]) for d in found["dependencies"][:len(written)]],
                  [(d["name"], d.get("version", "")) for d in written])
            for node in found["dependencies"]:
                seen += 1
                resolved += node["resolved"] is not None
                if node["resolved"]:
                    contains([v["version"] for v in index[node["name"]]], node["resolved"])
                else:
                    assert node["missing"] or node["vendored"], node
    assert seen > 300 and resolved > 100, (seen, resolved)


if __name__ == "__main__":
    main()
