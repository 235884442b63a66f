#!/usr/bin/env python3
"""The images of a whole repository, a page at a time: hosted, virtual, of an upstream."""
import json
import re

from wire import Server, contains, equal, make_repo, shared
from people import add_token, bearer
from harness import chart, main, must, rendered, settled, table, test


def runs(*images, more=b""):
    return {"templates/a.yaml": b"---\n".join(f"image: {image}\n".encode() for image in images) + more}


def ask(server, repo="main", query="", headers=None):
    """All pages, and how many there were."""
    found, path, pages = [], f"/api/v1/repos/{repo}/images{query}", 0
    while path and pages < 20:
        answer = server.get(path, headers or {})
        equal(answer.status, 200, answer.body)
        found += json.loads(answer.body)
        link = re.fullmatch(r'<https?://[^/]+(/[^>]+)>; rel="next"', answer.headers["Link"] or "")
        path, pages = link and link[1], pages + 1
    return found, pages


def short(found):
    return [(x["name"], x["version"], x.get("certain")) for x in found]


def filled():
    server = Server()
    for version in ("1.0.0", "2.0.0", "1.5.0"):
        equal(server.publish(chart("a", version, runs(f"a:{version}"))).status, 201)
    equal(server.publish(chart("b", "1.0.0", {**runs("b:1"), "values.yaml": b"x: {image: {repository: some/off, tag: v1}}\n"})).status, 201)
    return server


ALL = [("a", "2.0.0", ["a:2.0.0"]), ("a", "1.5.0", ["a:1.5.0"]), ("a", "1.0.0", ["a:1.0.0"]), ("b", "1.0.0", ["b:1"])]


@test
def of_every_version():
    server = filled()
    for query, pages in (("", 1), ("?limit=4", 1), ("?limit=3", 2), ("?limit=1", 4)):
        found, count = ask(server, query=query)
        equal((short(found), count), (ALL, pages))
        equal([x["possible"] for x in found], [[], [], [], ["some/off:v1"]])
        equal({x["repo"] for x in found}, {"main"})
    for after, wanted in (("a@1.5.0", ALL[2:]), ("a@1.2.0", ALL[2:]), ("a@1.0.0", ALL[3:]), ("aa@1.0.0", ALL[3:]), ("b@1.0.0", [])):
        equal(short(ask(server, query=f"?after={after}")[0]), wanted, after)


@test
def versions_that_differ_in_what_no_order_tells():
    """The index has the newest first of what only differs behind a '+'; each stands in one page."""
    server = Server()
    for build in ("2", "1", "3"):
        equal(server.publish(chart("a", f"1.0.0+{build}", runs(f"a:{build}"))).status, 201)
    wanted = [("a", f"1.0.0+{build}", [f"a:{build}"]) for build in ("3", "1", "2")]
    for query, pages in (("", 1), ("?limit=2", 2), ("?limit=1", 3)):
        found, count = ask(server, query=query)
        equal((short(found), count), (wanted, pages))


@test
def of_whatever_is_known_when():
    """A list that was pushed wins, before the version was rendered in the background and after."""
    server = filled()
    must("images", "add", "main/a@1.5.0", "--data", server.data, stdin="pushed:1\n")
    for _ in range(3):
        found = ask(server)[0]
        equal(short(found), [ALL[0], ("a", "1.5.0", ["pushed:1"]), *ALL[2:]])
        equal([x.get("pushed", False) for x in found], [False, True, False, False])
        equal(found[1]["possible"], ["a:1.5.0"])
        must("search", "a:2.0.0", "--data", server.data)
    must("images", "remove", "main/a@1.5.0", "--data", server.data)
    equal(short(ask(server)[0]), ALL)


@test
def of_what_cannot_be_read():
    server = filled()
    equal(server.publish(chart("c", "1.0.0", runs("c:1", more=b'x: {{ required "say x" .Values.x }}\n'))).status, 201)
    equal(server.publish(chart("d", "1.0.0", runs("d:1"))).status, 201)
    (server.data / "repos/main/charts/d-1.0.0.tgz").unlink()
    for _ in range(2):
        found = {x["name"]: x for x in ask(server)[0]}
        contains(found["c"]["incomplete"], "say x")
        equal(found["c"]["certain"], ["c:1"])
        if "d" in found:         # until it is taken out of the index
            equal([key for key in found["d"] if key not in ("repo", "name", "version")], ["unread"])


@test
def of_a_virtual_repository():
    server = filled()
    make_repo(server, "other", private=True)
    equal(server.publish(chart("z", "1.0.0", runs("z:1")), "other").status, 201)
    equal(server.publish(chart("b", "9.0.0", runs("not:seen")), "other").status, 201)
    make_repo(server, "virt", members="main other", private=True)
    found = ask(server, "virt")[0]
    equal(short(found), [*ALL, ("z", "1.0.0", ["z:1"])])
    equal([x["repo"] for x in found], ["main"] * 4 + ["other"])
    reader = bearer(add_token(server.data, "reader", "pull:virt\npull:main"))
    found = ask(server, "virt", headers=reader)[0]
    equal([x.get("repo") for x in found], ["main"] * 4 + [None])
    equal(short(found), [*ALL, ("z", "1.0.0", ["z:1"])], "who may load a file may know what is in it")
    equal(server.get("/api/v1/repos/other/images", reader).status in (401, 403, 404), True)


@test
def of_an_upstream():
    """What is not here is nobody's to carry yet."""
    there, here = filled(), Server()
    must("upstream", "add", "up", there.url, "--mode", "proxy", "--allow-private", "--data", here.data)
    equal(here.get("/up/charts/a-1.5.0.tgz").status, 200)
    equal(short(ask(here, "up")[0]), [ALL[1]])


@table(("no repository", "none/images", 404, "no repository"), ("no limit", "main/images?limit=0", 400, "limit"),
       ("a large limit", "main/images?limit=10001", 400, "limit"))
def refused(path, status, part):
    answer = shared().get(f"/api/v1/repos/{path}")
    equal(answer.status, status)
    contains(json.loads(answer.body)["detail"], part)


@test
def a_repository_waits_for_no_other():
    """What is published in the first one takes as long as rendering may; the last one has its turn meanwhile."""
    server = Server()
    slow = {"templates/a.yaml": b"{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}"}
    for name in ("aaa", "zzz"):
        make_repo(server, name)
    for minor in range(30):
        equal(server.publish(chart("slow", f"1.{minor}.0", slow), "aaa").status, 201)
    equal(server.publish(chart("quick", "1.0.0", runs("q:1")), "zzz").status, 201)
    assert settled(lambda: rendered(server, "zzz") == 1, 60)
    assert rendered(server, "aaa") < 30, "all of it was rendered first"


main()
