#!/usr/bin/env python3
"""Archives that an upstream lists and does not give, and provenance files that do not come with theirs: what a
mirror tells of them, when what was told is put right, how a pause is kept that it asks for with one of them; and what a
mirror does not ask for any more."""
import json
import re

from wire import Server, equal
from harness import chart_of_size, command, contains, main, must, provenance, settled, table, test
from follower import Follower
from upstream import Upstream, drip, html, status

MANY = 60
PLACES = 4               # so many archives of an upstream are asked for at a time


def upstream_of(count, **codes):
    """Versions 1.0.0, 1.1.0 …; `v1=404`: the archive of 1.1.0 is answered so."""
    up = Upstream()
    for number in range(count):
        up.put("demo", f"1.{number}.0")
        if f"v{number}" in codes:
            spoil(up, number, codes[f"v{number}"])
    return up


def spoil(up, number, code, **headers):
    up.spoil(status(code, **headers), f"/demo-1.{number}.0.tgz")


def listed(follower):
    answer = follower.server.get(f"/api/v1/upstreams/{follower.name}/skipped?kind=unfetched").body
    return [(row["version"], row["why"]) for row in json.loads(answer)["skipped"]]


def history(follower):
    return json.loads(follower.server.get(f"/api/v1/upstreams/{follower.name}/runs").body)["runs"]


ONE, TWO = "1 of its archives could not be had", "2 of its archives could not be had"
THREE, SEE = "3 of its archives could not be had", "; see: chartlocker upstream skipped "


@table(("refused", {"v1": 403}, f"{ONE}: the upstream answered 403{SEE}", 1),
       ("without a login", {"v1": 401}, f"{ONE}: the upstream answered 401{SEE}", 1),
       ("not there", {"v1": 404, "v2": 404}, f"{TWO}: the upstream answered 404{SEE}", 2),
       ("too many requests", {"v0": 429, "v1": 429}, f"{TWO}: the upstream answered 429", 0),
       ("broken", {"v1": 500}, f"{ONE}: the upstream answered 500", 0),
       ("both", {"v0": 503, "v1": 403, "v2": 503}, f"{THREE}, 2 of them: the upstream answered 503; for 1{SEE[1:]}", 1))
def what_a_mirror_tells(codes, told, count):
    up = upstream_of(3, **codes)
    server = Server()
    added = command("upstream", "add", "up", up.url, "--allow-private", "--mode", "mirror", "-d", server.data)
    words = told + "up" * told.endswith(" ")
    equal((added.returncode, added.stderr), (1, f"chartlocker upstream: up: {words}\n"))
    follower = Follower(up, server, mode="mirror")
    ok, said = follower.refresh()
    words = told + follower.name * told.endswith(" ")
    equal((ok, said["reason"], said["state"], said["failed"]), (False, words, "fresh", len(codes)))
    equal([follower.show()["reason"], history(follower)[0]["reason"]], [words] * 2)
    equal(len(listed(follower)), count)
    up.heal()
    follower.server.stop()                       # or what failed is not asked for in the next seconds
    follower.server = Server(data=server.data)
    follower.refreshed()
    equal([follower.show()["reason"], history(follower)[0]["reason"], listed(follower)], ["", "", []])


@test
def who_may_not_administer_it_is_not_told_how():
    up = upstream_of(1, v0=403)
    follower = Follower(up, Server(), mode="mirror")
    follower.refresh()
    stranger = {"X-Forwarded-For": "10.0.0.1"}
    for path in "", "/runs", "/skipped":
        answer = follower.server.get(f"/api/v1/upstreams/{follower.name}{path}", stranger)
        equal(answer.status, 200)
        assert not re.search(rb"\b403\b", answer.body), answer.body


@test
def what_is_listed_is_put_right():
    """Also by what may pass by itself, which is not listed otherwise."""
    up = upstream_of(1)
    server = Server()
    follower = Follower(up, server)
    follower.refreshed()
    for code, told in ((503, []), (404, [404]), (403, [403]), (503, [503]), (401, [401])):
        spoil(up, 0, code)
        follower.not_pulled(words=f"answered {code}")
        equal(listed(follower), [("1.0.0", f"the upstream answered {code}") for code in told])
        server.stop()
        server = follower.server = Server(data=server.data)
    up.heal()
    follower.pulled()
    equal(listed(follower), [])


@table(("429", 429), ("503", 503))
def a_pause_is_kept(code):
    up = upstream_of(MANY)
    for number in range(MANY):
        spoil(up, number, code, Retry_After="3600")
    asked = lambda: sum(up.count(f"/demo-1.{number}.0.tgz") for number in range(MANY))
    follower = Follower(up, Server(), mode="mirror")
    for _ in range(2):
        ok, said = follower.refresh()
        equal((ok, said["failed"]), (False, MANY))
        contains(said["reason"], f"the upstream answered {code}")
        contains(said["reason"], "(Retry-After)")
    first = asked()
    assert 0 < first <= PLACES, first
    follower.not_pulled("demo-1.50.0.tgz", "(Retry-After)")
    follower.refresh(whole=True)
    equal(asked(), first)
    equal(listed(follower), [])


@test
def a_short_pause_is_over_soon():
    up = upstream_of(2)
    spoil(up, 0, 429, Retry_After="1")
    follower = Follower(up, Server())
    follower.refreshed()
    follower.not_pulled("demo-1.0.0.tgz", "answered 429")
    assert settled(lambda: follower.get("demo-1.1.0.tgz").status == 200)


# ---- provenance files ----

def signed(count=1):
    up = Upstream()
    for number in range(count):
        data = up.put("demo", f"1.{number}.0")
        up.files[f"/demo-1.{number}.0.tgz.prov"] = provenance(data, "demo", f"1.{number}.0")
    return up


def provs(follower):
    return len(list((follower.server.data / f"repos/{follower.name}/charts").glob("*.prov")))


def restarted(follower):
    """What failed a moment ago is asked for again."""
    data = follower.server.data
    follower.server.stop()
    follower.server = Server(data=data)


@table(("broken", 503, {}, f"1 of its provenance files could not be had: the upstream answered 503{SEE}"),
       ("a pause", 429, {"Retry_After": "1"}, "the upstream answered 429"))
def provenance_files_are_asked_for_again(code, headers, told):
    up = signed(2)
    up.spoil(status(code, **headers), "/demo-1.0.0.tgz.prov")
    follower = Follower(up, Server(), mode="mirror")
    ok, said = follower.refresh()
    equal(ok, False)
    contains(said["reason"], told)
    up.heal()
    restarted(follower)
    follower.refreshed()
    equal((provs(follower), follower.show()["reason"], listed(follower)), (2, "", []))
    asked = len(up.seen)
    follower.refreshed()
    equal([request.path for request in up.seen[asked:] if ".tgz" in request.path], [])


@test
def a_provenance_file_that_a_shutdown_kept_from_coming():
    up = signed()
    up.spoil(drip(b"x" * 10000), "/demo-1.0.0.tgz.prov")
    follower = Follower(up, Server(), mode="mirror")
    equal(follower.server.request("POST", f"/api/v1/upstreams/{follower.name}/refresh", "{}").status, 202)
    assert settled(lambda: up.count("/demo-1.0.0.tgz.prov"))
    restarted(follower)
    up.heal()
    equal((provs(follower), listed(follower)), (0, [("1.0.0", "its provenance file: it has not come yet")]))
    follower.refreshed()
    equal((provs(follower), listed(follower)), (1, []))


@table(("none", status(404)), ("refused", status(403)), ("a page in its place", html))
def what_is_no_provenance_file_is_asked_for_once(answer):
    up = signed()
    up.spoil(answer, "/demo-1.0.0.tgz.prov")
    follower = Follower(up, Server(), mode="mirror")
    follower.refreshed()
    restarted(follower)
    follower.refreshed()
    equal((provs(follower), listed(follower), up.count("/demo-1.0.0.tgz.prov")), (0, [], 1))


# ---- what is not asked for any more ----

@test
def a_purged_version():
    up = upstream_of(2)
    follower = Follower(up, Server(), mode="mirror")
    follower.refreshed()
    must("purge", f"{follower.name}/demo", "1.0.0", "-d", follower.server.data)
    for _ in range(2):
        follower.refreshed()
        up.put("other", "1.0.0")
    equal((follower.versions(), up.count("/demo-1.0.0.tgz")), ({"demo": ["1.1.0"], "other": ["1.0.0"]}, 1))
    rows = json.loads(follower.server.get(f"/api/v1/upstreams/{follower.name}/skipped").body)["skipped"]
    equal([(r["kind"], r["version"], r["why"]) for r in rows], [("refused", "1.0.0", "it was deleted here")])


@test
def beyond_the_quota():
    up = Upstream()
    for number in range(MANY):
        up.put("demo", f"1.{number}.0", chart_of_size(20000, "demo", f"1.{number}.0", seed=number))
    asked = lambda: sum(up.count(f"/demo-1.{number}.0.tgz") for number in range(MANY))
    follower = Follower(up, Server(), mode="mirror", max_bytes=30000)
    words = f"{MANY - 1} of its archives could not be had: there is no room for more, as its max_bytes says"
    before = 0
    for most in PLACES + 1, PLACES:
        ok, said = follower.refresh()
        equal((ok, said["reason"], said["failed"]), (False, words, MANY - 1))
        assert asked() - before <= most, (before, asked())
        before = asked()
        restarted(follower)


if __name__ == "__main__":
    main()
